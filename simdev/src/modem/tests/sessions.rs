//! PDN connections and the back-off after a refusal.

use super::*;
use crate::modem::mobile::MobileEvent;
use wire::nas::{PdnRequest, PdnType};

/// Asks for context 2 with this access point and gives the transaction of the request.
#[track_caller]
fn activate(bench: &mut Bench, apn: &str) -> u8 {
    bench.at(&format!("AT+CGDCONT=2,\"IP\",\"{apn}\""), &["OK"]);
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pti, pdn } = bench.nas() else { panic!("no request") };
    assert_eq!(pdn, PdnRequest::new(Some(apn.to_owned()), PdnType::Ipv4));
    pti
}

fn refuse(bench: &mut Bench, pti: u8, cause: EsmCause, t3396: Option<Duration>) {
    bench.network(NasDown::PdnConnectivityReject { pti, cause, t3396 });
}

#[test]
fn a_second_connection_is_made_shown_and_given_back() {
    let mut bench = Bench::registered();
    bench.at("AT+CGEREP=2,0", &["OK"]);
    let pti = activate(&mut bench, "acme.dedicated");
    let qci = Qci::new(6).unwrap();
    let pdn = PdnGrant { bearer: 6, cause: Some(EsmCause::IPV4_ONLY), qci, ..grant("acme.dedicated") };
    bench.network(NasDown::PdnGranted { pti, pdn });
    assert_eq!(bench.lines(), ["OK", "+CGEV: ME PDN ACT 2,0"]);
    bench.at("AT+CGACT?", &["+CGACT: 1,1", "+CGACT: 2,1", "OK"]);
    bench.at("AT+CGEQOSRDP=2", &["+CGEQOSRDP: 2,6", "OK"]);
    bench.at(
        "AT+CGCONTRDP=2",
        &[
            "+CGCONTRDP: 2,6,\"acme.dedicated.mnc001.mcc208.gprs\",\"10.64.0.1.255.255.255.255\",,\"10.10.10.10\",\"10.10.10.11\"",
            "OK",
        ],
    );
    bench.type_line("AT+CGACT=0,2");
    let NasUp::PdnDisconnectRequest { pti, bearer: 6 } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::BearerDeactivated { pti, bearer: 6, cause: EsmCause::REGULAR_DEACTIVATION });
    assert_eq!(bench.lines(), ["OK", "+CGEV: ME PDN DEACT 2"]);
    bench.type_line("AT+CGACT=0,1");
    let NasUp::PdnDisconnectRequest { pti, bearer: 5 } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::PdnDisconnectReject { pti, cause: EsmCause::LAST_PDN });
    assert_eq!(bench.lines(), ["+CME ERROR: 171"]);
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause::REGULAR_DEACTIVATION });
    assert_eq!(bench.lines(), ["+CGEV: NW PDN DEACT 1"]);
}

#[test]
fn a_refused_access_point_is_left_alone_for_twelve_minutes() {
    let mut bench = Bench::registered();
    let pti = activate(&mut bench, "wrong.apn");
    refuse(&mut bench, pti, EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED, None);
    assert_eq!(bench.lines(), ["+CME ERROR: 133"]);
    bench.at("AT+CEER", &["+CEER: Requested service option not subscribed", "OK"]);
    // Refused by the modem itself, without a word to the network.
    bench.wait(secs(12 * 60 - 1));
    bench.at("AT+CGACT=1,2", &["+CME ERROR: 133"]);
    bench.expect_no_nas();
    // Another access point is not concerned, however the first is spelt.
    bench.at("AT+CGDCONT=2,\"IP\",\"WRONG.apn\"", &["OK"]);
    bench.at("AT+CGACT=1,2", &["+CME ERROR: 133"]);
    bench.expect_no_nas();
    let pti = activate(&mut bench, "right.apn");
    bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, ..grant("right.apn") } });
    bench.at("AT+CGDCONT=2,\"IP\",\"wrong.apn\"", &["OK"]);
    bench.wait(secs(2));
    bench.type_line("AT+CGACT=0,2");
    let NasUp::PdnDisconnectRequest { pti, .. } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::BearerDeactivated { pti, bearer: 6, cause: EsmCause::REGULAR_DEACTIVATION });
    activate(&mut bench, "wrong.apn");
}

#[test]
fn t3396_counts_and_outlives_a_power_cycle() {
    let mut bench = Bench::registered();
    let pti = activate(&mut bench, "full.apn");
    refuse(&mut bench, pti, EsmCause::INSUFFICIENT_RESOURCES, Some(secs(600)));
    bench.modem.power_off(bench.now);
    bench.boot();
    bench.register();
    bench.at("AT+CGACT=1,2", &["+CME ERROR: 126"]);
    bench.expect_no_nas();
    bench.wait(secs(600));
    bench.sent.clear();
    activate(&mut bench, "full.apn");
}

#[test]
fn insufficient_resources_without_a_value_may_be_tried_at_once() {
    let mut bench = Bench::registered();
    let pti = activate(&mut bench, "full.apn");
    refuse(&mut bench, pti, EsmCause::INSUFFICIENT_RESOURCES, None);
    activate(&mut bench, "full.apn");
}

#[test]
fn the_defect_asks_again_every_five_seconds() {
    let mut bench = Bench::with_defects(Some(SimCard::new(profile())), &[Defect::RetriesRefusedApn]);
    bench.boot();
    bench.register();
    let mut pti = activate(&mut bench, "wrong.apn");
    for _ in 0..10 {
        refuse(&mut bench, pti, EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED, None);
        bench.wait(secs(5));
        let NasUp::PdnConnectivityRequest { pti: again, .. } = bench.nas() else { panic!("no request") };
        pti = again;
    }
}

#[test]
fn a_good_device_asks_once_in_ten_minutes() {
    let mut bench = Bench::registered();
    let pti = activate(&mut bench, "wrong.apn");
    refuse(&mut bench, pti, EsmCause::MISSING_OR_UNKNOWN_APN, None);
    bench.wait(secs(600));
    bench.expect_no_nas();
}

#[test]
fn an_attach_refused_for_its_access_point_waits_or_takes_another() {
    let mut bench = Bench::booted();
    bench.nas();
    bench.network(reject_session(EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED));
    bench.wait(secs(11 * 60));
    bench.expect_no_nas();
    bench.at("AT+CEREG=3;+CEREG?", &["+CEREG: 3,3,,,,0,19", "OK"]);
    bench.at("AT+CGDCONT=1,\"IP\",\"iot.example\"", &["+CEREG: 2", "OK"]);
    let NasUp::AttachRequest { pdn, .. } = bench.nas() else { panic!("no attach") };
    assert_eq!(pdn.apn.as_deref(), Some("iot.example"));
}

#[test]
fn an_attach_without_a_connection_registers_and_backs_off() {
    let mut bench = Bench::booted();
    bench.nas();
    let esm = Some(EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED);
    bench.network(NasDown::AttachAccept { pdn: None, esm, combined: true, grant: periodic(3600) });
    assert_eq!(bench.nas(), NasUp::AttachComplete);
    bench.at("AT+CEREG?", &["+CEREG: 0,1", "OK"]);
    bench.at("AT+CGACT=1,1", &["+CME ERROR: 133"]);
    bench.expect_no_nas();
}

#[test]
fn an_unanswered_request_is_sent_five_times() {
    let mut bench = Bench::registered();
    activate(&mut bench, "a.b");
    bench.wait(secs(60));
    assert_eq!(bench.sent.len(), 4);
    assert_eq!(bench.lines(), ["+CME ERROR: 148"]);
}

#[test]
fn on_gsm_and_utran_t3380_and_t3390_count() {
    for rat in [Rat::Gsm, Rat::Utran] {
        let mut bench = misplaced::registered_on(rat);
        let pti = activate(&mut bench, "a.b");
        bench.wait(secs(29));
        bench.expect_no_nas();
        bench.wait(secs(1));
        assert!(matches!(bench.nas(), NasUp::PdnConnectivityRequest { pti: again, .. } if again == pti));
        bench.wait(secs(119));
        assert_eq!(bench.sent.len(), 3, "five in all");
        assert_eq!(bench.lines(), Vec::<String>::new());
        bench.sent.clear();
        bench.wait(secs(1));
        assert_eq!(bench.lines(), ["+CME ERROR: 148"]);
        let pti = activate(&mut bench, "a.b");
        bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, ..grant("a.b") } });
        bench.lines();
        bench.type_line("AT+CGACT=0,2");
        bench.wait(secs(39));
        assert_eq!(bench.sent.len(), 5, "every 8 s");
        bench.wait(secs(1));
        assert_eq!(bench.lines(), ["OK"], "released locally");
        bench.sent.clear();
        bench.wait(secs(60));
        bench.expect_no_nas();
    }
}

#[test]
fn a_reactivation_that_the_network_asks_for_happens_at_once() {
    let mut bench = Bench::registered();
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause::REACTIVATION_REQUESTED });
    assert!(matches!(bench.nas(), NasUp::PdnConnectivityRequest { .. }));
}

#[test]
fn definitions_are_checked_and_shown() {
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=3,\"IPV4V6\",\"a.b\"", &["OK"]);
    bench.at(
        "AT+CGDCONT?",
        &["+CGDCONT: 1,\"IP\",\"\",\"0.0.0.0\",0,0", "+CGDCONT: 3,\"IPV4V6\",\"a.b\",\"0.0.0.0\",0,0", "OK"],
    );
    bench.at("AT+CGDCONT=3", &["OK"]);
    bench.at("AT+CGACT=1,3", &["+CME ERROR: 50"]);
    bench.at("AT+CGDCONT=9,\"IP\"", &["+CME ERROR: 50"]);
    bench.at("AT+CGDCONT=2,\"XYZ\"", &["+CME ERROR: 50"]);
    bench.at("AT+CGDCONT=2,\"IP\",\"a..b\"", &["+CME ERROR: 50"]);
    bench.at("AT+CFUN=4;+CGACT=1,1", &["+CME ERROR: 30"]);
}

#[test]
fn packets_travel_on_the_bearer_of_their_context_while_it_is_active() {
    let mut bench = Bench::registered();
    assert_eq!(bench.modem.mobile.context_grant(1), Some(&grant("iot.example")));
    bench.modem.mobile.send_packet(1, vec![0x45]);
    bench.modem.mobile.send_packet(2, vec![0x46]);
    bench.drain();
    assert_eq!(bench.packets, [(5, vec![0x45])]);
    bench.modem.mobile.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet: vec![0x45] });
    bench.modem.mobile.handle_radio(bench.now, RadioDown::Packet { bearer: 6, packet: vec![0x46] });
    let events: Vec<MobileEvent> = std::iter::from_fn(|| bench.modem.mobile.poll_event()).collect();
    assert_eq!(events, [MobileEvent::Packet { cid: 1, packet: vec![0x45] }]);
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(36) });
    bench.modem.mobile.send_packet(1, vec![0x45]);
    bench.drain();
    assert_eq!(bench.packets.len(), 1);
}

#[test]
fn credentials_travel_with_the_request_and_never_show() {
    use wire::nas::Authentication;
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=2,\"IP\",\"acme.secure\"", &["OK"]);
    bench.at("AT+CGAUTH=2,1,\"meter\",\"hunter2\"", &["OK"]);
    bench.at("AT+CGAUTH?", &["+CGAUTH: 1,0", "+CGAUTH: 2,1,\"meter\"", "OK"]);
    bench.at("AT+CGAUTH=2,3,\"x\",\"y\"", &["+CME ERROR: 50"]);
    bench.at("AT+CGAUTH=7,1,\"x\",\"y\"", &["+CME ERROR: 50"]);
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pdn, pti } = bench.nas() else { panic!("no request") };
    let sent = pdn.authentication.unwrap();
    assert!(matches!(sent, Authentication::Pap { .. }) && sent.proves("meter", "hunter2"));
    bench.network(NasDown::PdnConnectivityReject { pti, cause: EsmCause(29), t3396: None });
    assert_eq!(bench.lines(), ["+CME ERROR: 129"]);
    bench.at("AT+CGAUTH=2,2,\"meter\",\"hunter2\"", &["OK"]);
    bench.type_line("AT+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pdn, .. } = bench.nas() else { panic!("no request") };
    let sent = pdn.authentication.unwrap();
    assert!(matches!(sent, Authentication::Chap { .. }) && sent.proves("meter", "hunter2"));
}
