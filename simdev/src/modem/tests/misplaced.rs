//! Messages that do not fit: repeats, answers to what was not asked, and octets that are none.

use super::messages::{D1, D1_WITH_CENTRE, answer, deliver, hex_of, network_says};
use super::*;
use wire::cause::EmmCause;
use wire::nas::{Identity, IdentityKind, MobilityProtocol, Reject};

const IMEI: &str = "356938035643809";

/// A registered modem with these defects.
fn defective(defects: &[Defect]) -> Bench {
    let mut bench = Bench::with_defects(Some(SimCard::new(profile())), defects);
    bench.boot();
    bench.register();
    bench
}

fn status_98_of(protocol: MobilityProtocol) -> NasUp {
    NasUp::MobilityStatus { protocol, cause: EmmCause::INCOMPATIBLE_MESSAGE_TYPE }
}

fn status_98() -> NasUp {
    status_98_of(MobilityProtocol::Emm)
}

#[test]
fn an_answer_to_a_procedure_that_does_not_run_is_not_obeyed() {
    let illegal = Reject::from(EmmCause::ILLEGAL_UE);
    let messages = [
        accept(),
        reject(3),
        update_accept(),
        NasDown::TrackingAreaUpdateReject(illegal),
        NasDown::ServiceAccept,
        NasDown::ServiceReject(illegal),
        NasDown::DetachAccept,
    ];
    for message in messages {
        let mut bench = Bench::registered();
        bench.network(message.clone());
        assert_eq!(bench.nas(), status_98(), "{message}");
        bench.at("AT+CEREG?", &["+CEREG: 0,1", "OK"]);
        bench.expect_no_nas();
    }
}

#[test]
fn on_gsm_and_utran_each_domain_answers_what_it_did_not_ask_for() {
    use MobilityProtocol::{Gmm, Mm};
    let illegal = Reject::from(EmmCause::ILLEGAL_UE);
    let none = MobilityGrant::default;
    let messages = [
        (NasDown::LocationUpdatingAccept(none()), Mm),
        (NasDown::LocationUpdatingReject(illegal), Mm),
        (NasDown::GprsAttachAccept(none()), Gmm),
        (NasDown::GprsAttachReject(illegal), Gmm),
        (NasDown::RoutingAreaUpdateAccept { contexts: Vec::new(), grant: none() }, Gmm),
        (NasDown::RoutingAreaUpdateReject(illegal), Gmm),
        (NasDown::ServiceReject(illegal), Gmm),
        (NasDown::DetachAccept, Gmm),
    ];
    for rat in [Rat::Gsm, Rat::Utran] {
        for (message, protocol) in messages.clone() {
            let mut bench = registered_on(rat);
            bench.network(message.clone());
            assert_eq!(bench.nas(), status_98_of(protocol), "{message}");
            bench.at("AT+CREG?;+CGREG?", &["+CREG: 0,1", "+CGREG: 0,1", "OK"]);
            bench.expect_no_nas();
        }
    }
}

/// Registered in both domains of this technology.
pub(super) fn registered_on(rat: Rat) -> Bench {
    let mut bench = Bench::new(Some(SimCard::new(profile())));
    bench.cells = vec![HeardCell { rat, ..cell(HOME, -80) }];
    bench.boot();
    assert!(matches!(bench.nas(), NasUp::LocationUpdatingRequest { .. }));
    bench.network(NasDown::LocationUpdatingAccept(MobilityGrant::default()));
    assert!(matches!(bench.nas(), NasUp::GprsAttachRequest { .. }));
    bench.network(NasDown::GprsAttachAccept(MobilityGrant::default()));
    while bench.sent.pop_front().is_some() {}
    bench
}

#[test]
fn a_status_of_the_network_changes_nothing() {
    use MobilityProtocol::{Emm, Gmm, Mm};
    let cause = EmmCause::INCOMPATIBLE_MESSAGE_TYPE;
    for (rat, protocol) in [(Rat::Eutran, Emm), (Rat::Gsm, Mm), (Rat::Gsm, Gmm)] {
        let mut bench = if rat == Rat::Eutran { Bench::registered() } else { registered_on(rat) };
        let shown = |bench: &mut Bench| {
            bench.type_line("AT+CREG?;+CGREG?;+CEREG?");
            bench.lines()
        };
        let before = shown(&mut bench);
        bench.network(NasDown::MobilityStatus { protocol, cause });
        assert_eq!(shown(&mut bench), before, "{protocol}");
        bench.expect_no_nas();
    }
}

#[test]
fn a_defective_device_believes_a_reject_that_it_did_not_ask_for() {
    let mut bench = defective(&[Defect::BelievesUnaskedReject]);
    bench.network(reject(3));
    bench.expect_no_nas();
    bench.at("AT+CEREG?", &["+CEREG: 0,3", "OK"]);
}

#[test]
fn a_session_message_with_another_transaction_is_answered_with_status() {
    let mut bench = Bench::registered();
    let cause = EsmCause(8);
    bench.network(NasDown::PdnConnectivityReject { pti: 77, cause, t3396: None });
    assert_eq!(bench.nas(), NasUp::EsmStatus { pti: 77, cause: EsmCause::PTI_MISMATCH });
    bench.network(NasDown::PdnDisconnectReject { pti: 78, cause });
    assert_eq!(bench.nas(), NasUp::EsmStatus { pti: 78, cause: EsmCause::PTI_MISMATCH });
    let stray = PdnGrant { bearer: 9, ..grant("nobody.asked") };
    bench.network(NasDown::PdnGranted { pti: 79, pdn: stray });
    assert_eq!(bench.nas(), NasUp::BearerRejected { bearer: 9, cause: EsmCause::PTI_MISMATCH });
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 15, cause: EsmCause(36) });
    bench.expect_no_nas();
    bench.at("AT+CGACT?", &["+CGACT: 1,1", "OK"]);
}

#[test]
fn a_disconnect_reject_does_not_answer_a_connection_request_of_the_same_transaction() {
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=2,\"IP\",\"iot.public\"", &["OK"]);
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::PdnDisconnectReject { pti, cause: EsmCause(111) });
    assert_eq!(bench.nas(), NasUp::EsmStatus { pti, cause: EsmCause::PTI_MISMATCH });
    let reserved = PdnGrant { bearer: 3, ..grant("iot.public") };
    bench.network(NasDown::PdnGranted { pti, pdn: reserved });
    assert_eq!(bench.nas(), NasUp::BearerRejected { bearer: 3, cause: EsmCause::INVALID_BEARER_IDENTITY });
    assert_eq!(bench.lines(), Vec::<String>::new(), "the command still waits");
    let odd =
        PdnGrant { bearer: 6, mtu: Some(20), dns: vec![Ipv4Addr::UNSPECIFIED.into()], ..grant("iot.public") };
    bench.network(NasDown::PdnGranted { pti, pdn: odd.clone() });
    assert_eq!(bench.lines(), ["OK"]);
    bench.network(NasDown::PdnGranted { pti, pdn: odd });
    bench.expect_no_nas();
    assert_eq!(bench.lines(), Vec::<String>::new(), "the same again changes nothing");
    bench.at(
        "AT+CGCONTRDP=2",
        &["+CGCONTRDP: 2,6,\"iot.public.mnc001.mcc208.gprs\",\"10.64.0.1.255.255.255.255\",", "OK"],
    );
}

#[test]
fn each_identity_is_told_when_it_is_asked_for() {
    let mut bench = Bench::registered();
    let (imsi, imei) = ("208010000000001".parse().unwrap(), IMEI.parse::<wire::id::Imei>().unwrap());
    let rows = [
        (IdentityKind::Imsi, Identity::Imsi(imsi)),
        (IdentityKind::Imei, Identity::Imei(imei.clone())),
        (IdentityKind::Imeisv, Identity::Imeisv(imei, 1)),
    ];
    for (kind, identity) in rows {
        bench.network(NasDown::IdentityRequest(kind));
        assert_eq!(bench.nas(), NasUp::IdentityResponse(Some(identity)));
    }
}

#[test]
fn a_repeated_short_message_is_acknowledged_and_shown_once() {
    const CP_ACK: &str = "0904";
    for (defects, shown) in [(&[][..], 0), (&[Defect::ShowsRepeatedSms][..], 1)] {
        let mut bench = defective(defects);
        bench.at("AT+CNMI=2,2", &["OK"]);
        deliver(&mut bench, 5, D1);
        assert!(answer(&mut bench).starts_with("0205"));
        assert_eq!(bench.lines().len(), 2, "+CMT and the PDU {D1_WITH_CENTRE}");
        deliver(&mut bench, 5, D1);
        assert_eq!(hex_of(bench.nas()), "8904", "CP-ACK");
        assert_eq!(bench.lines().len(), shown * 2);
        if shown == 0 {
            bench.expect_no_nas();
            deliver(&mut bench, 6, D1);
            assert!(answer(&mut bench).starts_with("0206"), "another message with the same text");
            network_says(&mut bench, CP_ACK);
            deliver(&mut bench, 6, D1);
            assert!(answer(&mut bench).starts_with("0206"), "the transaction was over");
        }
    }
}

#[test]
fn short_message_octets_that_do_not_fit_are_answered_in_their_layer() {
    let mut bench = Bench::registered();
    // CP-DATA that ends early: CP-ERROR #96. A CP-ACK that ends early: nothing.
    network_says(&mut bench, "09010A0105");
    assert_eq!(hex_of(bench.nas()), "891060");
    network_says(&mut bench, "0904AA");
    bench.expect_no_nas();
    // RP-DATA that ends after its reference: RP-ERROR #96.
    network_says(&mut bench, "0901020107");
    assert!(answer(&mut bench).starts_with("04070160"));
    // RP-ACK in a transaction that the mobile does not have: CP-ERROR #81.
    network_says(&mut bench, "E901020309");
    assert_eq!(hex_of(bench.nas()), "691051");
    bench.expect_no_nas();
}

#[test]
fn components_that_cannot_be_read_end_the_dialogue_and_the_host_hears_of_it() {
    let mut bench = Bench::registered();
    bench.at("AT+CUSD=1", &["OK"]);
    bench.type_line("AT+CUSD=1,\"*100#\",15");
    let NasUp::Ss(request) = bench.nas() else { panic!("no request") };
    bench.lines();
    let transaction = request[0] ^ 0x80;
    bench.network(NasDown::Ss(vec![transaction, 0x2a, 0x1c, 9, 0xa2]));
    let NasUp::Ss(answer) = bench.nas() else { panic!("no answer") };
    assert_eq!(answer[1], 0x2a, "RELEASE COMPLETE");
    assert_eq!(bench.lines(), ["+CUSD: 2"]);
}
