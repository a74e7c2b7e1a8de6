//! Late, twice, malformed, unasked, by plan: what leaves the core, and what the core makes of the answers.

use super::*;
use wire::cause::{EsmCause, SsError};
use wire::id::PhoneNumber;
use wire::nas::{MobilityProtocol, ServiceType};
use wire::sms::{CpBody, CpMessage};

fn order(t: &mut Timeline, procedure: Procedure, effect: impl Into<Effect>) {
    t.core.inject(Injection::new(procedure, effect, 1, None).unwrap());
}

fn late(seconds: u64) -> Disturbance {
    Disturbance::Late(secs(seconds))
}

fn pdn(pti: u8, name: &str) -> NasUp {
    NasUp::PdnConnectivityRequest { pti, pdn: apn(name) }
}

pub(super) fn hello(to: Dev) -> SmsRequest {
    let text = wire::sms::UserData::text("hello").unwrap();
    SmsRequest::new(&number("+33123456789"), to.msisdn(), text)
}

/// How many messages a device has heard in each of some spans of time.
fn arrivals(t: &mut Timeline, dev: Dev, spans: &[u64]) -> Vec<usize> {
    spans
        .iter()
        .map(|span| {
            t.pass(secs(*span));
            t.heard(dev).len()
        })
        .collect()
}

#[test]
fn an_answer_comes_late_and_what_follows_it_waits() {
    let mut t = Timeline::new();
    order(&mut t, Procedure::Attach, late(5));
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    assert_eq!(arrivals(&mut t, VOICE, &[4, 2]), [0, 1]);
    order(&mut t, Procedure::Pdn, late(5));
    t.up(VOICE, FRANCE, pdn(1, "iot.public"));
    t.up(VOICE, FRANCE, pdn(2, "acme.dedicated"));
    t.up(VOICE, FRANCE, NasUp::ServiceRequest(ServiceType::MobileOriginated));
    t.pass(secs(4));
    assert_eq!(t.heard(VOICE), [NasDown::ServiceAccept], "another protocol does not wait");
    t.pass(secs(2));
    let order: Vec<u8> = t
        .heard(VOICE)
        .into_iter()
        .map(|message| {
            let NasDown::PdnGranted { pti, .. } = message else { panic!("{message}") };
            pti
        })
        .collect();
    assert_eq!(order, [1, 2]);
}

#[test]
fn a_connection_is_not_released_while_something_late_is_under_way() {
    let mut t = Timeline::with(CellularConfig {
        policy: Policy { inactivity: Some(secs(10)), ..Policy::default() },
        ..config()
    });
    t.attach(VOICE, FRANCE);
    order(&mut t, Procedure::Pdn, late(20));
    t.up(VOICE, FRANCE, pdn(1, "iot.public"));
    t.pass(secs(19));
    assert_eq!((t.releases.len(), t.pages.len()), (0, 0));
    t.pass(secs(2));
    assert!(matches!(t.heard(VOICE)[..], [NasDown::PdnGranted { pti: 1, .. }]));
    t.pass(secs(11));
    assert_eq!(t.releases.len(), 1);
}

#[test]
fn a_message_comes_twice_and_the_network_does_not_take_it_for_two() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    order(&mut t, Procedure::Pdn, Disturbance::Twice);
    let answers = t.ask(VOICE, FRANCE, pdn(3, "iot.public"));
    assert!(answers.len() == 2 && answers[0] == answers[1], "{answers:?}");
    assert_eq!(t.core.sessions(&VOICE.imsi()).len(), 2);
    order(&mut t, Procedure::NetworkDetach, Disturbance::Twice);
    t.core.order_detach(t.now(), &VOICE.imsi(), true, None).unwrap();
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE).len(), 2);
}

#[test]
fn a_request_that_comes_again_gets_the_same_grant_and_no_second_address() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let first = t.ask(VOICE, FRANCE, pdn(3, "iot.private.mnc001.mcc208.gprs"));
    assert!(matches!(first[..], [NasDown::PdnConnectivityReject { cause: EsmCause(55), .. }]));
    let first = t.ask(VOICE, FRANCE, pdn(4, "iot.public"));
    assert_eq!(t.ask(VOICE, FRANCE, pdn(4, "iot.public")), first, "T3482: the mobile asks again");
    assert_eq!(t.core.sessions(&VOICE.imsi()).len(), 2);
    let other = t.ask(VOICE, FRANCE, pdn(5, "iot.public"));
    assert!(matches!(other[..], [NasDown::PdnConnectivityReject { cause: EsmCause(55), .. }]));
    t.pass(secs(60));
    let reused = t.ask(VOICE, FRANCE, pdn(4, "iot.public"));
    assert!(matches!(reused[..], [NasDown::PdnConnectivityReject { cause: EsmCause(55), .. }]));
}

#[test]
fn what_is_malformed_is_what_was_named() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    order(&mut t, Procedure::Pdn, Disturbance::Malformed(Damage::Bearer));
    let answer = t.ask(VOICE, FRANCE, pdn(3, "iot.public"));
    assert!(matches!(&answer[..], [NasDown::PdnGranted { pdn, .. }] if pdn.bearer == 3), "{answer:?}");
    let right = t.ask(VOICE, FRANCE, pdn(3, "iot.public"));
    assert!(matches!(&right[..], [NasDown::PdnGranted { pdn, .. }] if pdn.bearer == 6), "{right:?}");
    order(&mut t, Procedure::PdnDisconnect, Disturbance::Malformed(Damage::Message));
    let answer = t.ask(VOICE, FRANCE, NasUp::PdnDisconnectRequest { pti: 4, bearer: 6 });
    assert!(matches!(answer[..], [NasDown::PdnConnectivityReject { pti: 4, .. }]), "{answer:?}");
    order(&mut t, Procedure::TrackingAreaUpdate, Disturbance::Malformed(Damage::Message));
    assert_eq!(t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic)), [NasDown::DetachAccept]);
    assert!(t.core.registration(&VOICE.imsi()).is_some(), "the update itself was accepted");
}

#[test]
fn what_the_network_begins_is_lost_late_or_damaged_too() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let request = hello(VOICE);
    order(&mut t, Procedure::MtSms, Answer::Silence);
    t.core.send_sms(t.now(), request).unwrap();
    assert_eq!(arrivals(&mut t, VOICE, &[5, 10]), [0, 1], "TC1N brings the CP-DATA that was lost");
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    order(&mut t, Procedure::MtSms, Disturbance::Malformed(Damage::RelayLayer));
    let request = hello(VOICE);
    t.core.send_sms(t.now(), request).unwrap();
    t.pass(secs(1));
    let heard = t.heard(VOICE);
    let [NasDown::Sms(octets)] = &heard[..] else { panic!("{heard:?}") };
    let CpBody::Data(data) = CpMessage::parse(octets).unwrap().body else { panic!("{octets:?}") };
    assert_eq!(data.as_slice().len(), 2);
    order(&mut t, Procedure::MtCall, late(3));
    t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    assert_eq!(arrivals(&mut t, VOICE, &[2, 2]), [0, 1]);
}

#[test]
fn a_page_can_be_lost_late_or_repeated() {
    let called = |effect: Effect| {
        let mut t = Timeline::with(CellularConfig {
            policy: Policy { inactivity: Some(secs(10)), ..Policy::default() },
            ..config()
        });
        t.attach(VOICE, FRANCE);
        t.pass(secs(11));
        order(&mut t, Procedure::Paging, effect);
        let from = t.now();
        t.core.call(from, number("+33123456789"), VOICE.msisdn(), false);
        t.pass(secs(9));
        t.pages.iter().map(|(at, _)| at.since(from).as_millis() / 100).collect::<Vec<_>>()
    };
    assert_eq!(called(Answer::Silence.into()), [23], "T3413 brings the second page");
    assert_eq!(called(late(1).into()), [13, 23]);
    assert_eq!(called(Disturbance::Twice.into()), [3, 3, 23]);
}

#[test]
fn a_service_is_refused_with_the_error_that_was_ordered() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    order(&mut t, Procedure::Ss, Answer::Ss(SsError::SYSTEM_FAILURE));
    let answer = t.ask(VOICE, FRANCE, ss::request("*#100#"));
    let [NasDown::Ss(octets)] = &answer[..] else { panic!("{answer:?}") };
    let message = wire::ss::SsMessage::parse(Side::Network, octets).unwrap();
    let want = wire::ss::Component::ReturnError { id: wire::ss::InvokeId(7), error: SsError::SYSTEM_FAILURE };
    assert_eq!(message.components, [want]);
}

#[test]
fn a_disconnection_is_refused_with_the_cause_that_was_ordered_or_not_answered() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.ask(VOICE, FRANCE, pdn(3, "iot.public"));
    let cause = EsmCause(111);
    order(&mut t, Procedure::PdnDisconnect, Answer::Esm { cause, t3396: None });
    let request = || NasUp::PdnDisconnectRequest { pti: 4, bearer: 6 };
    let refused = NasDown::PdnDisconnectReject { pti: 4, cause };
    assert_eq!(t.ask(VOICE, FRANCE, request()), [refused]);
    order(&mut t, Procedure::PdnDisconnect, Answer::Silence);
    assert_eq!(t.ask(VOICE, FRANCE, request()), []);
    assert!(matches!(t.ask(VOICE, FRANCE, request())[..], [NasDown::BearerDeactivated { pti: 4, .. }]));
}

#[test]
fn status_messages_and_a_refused_grant_are_noted() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.ask(VOICE, FRANCE, pdn(3, "iot.public"));
    t.codes();
    for protocol in [MobilityProtocol::Emm, MobilityProtocol::Mm, MobilityProtocol::Gmm] {
        let cause = wire::cause::EmmCause::INCOMPATIBLE_MESSAGE_TYPE;
        t.up(VOICE, FRANCE, NasUp::MobilityStatus { protocol, cause });
    }
    t.up(VOICE, FRANCE, NasUp::EsmStatus { pti: 9, cause: EsmCause::PTI_MISMATCH });
    t.up(VOICE, FRANCE, NasUp::BearerRejected { bearer: 6, cause: EsmCause::PTI_MISMATCH });
    let told = t.codes();
    assert_eq!(
        told,
        ["emm-status", "mm-status", "gmm-status", "esm-status", "pdn-grant-rejected", "pdn-released"]
    );
    assert_eq!(t.core.sessions(&VOICE.imsi()).len(), 1);
}

#[test]
fn each_unasked_message_leaves_once_and_is_noted() {
    for (name, what) in Unasked::ALL {
        let mut t = Timeline::new();
        assert!(t.core.send_unasked(t.now(), &VOICE.imsi(), *what).is_err(), "{name} to nobody");
        t.attach(VOICE, FRANCE);
        t.codes();
        t.core.send_unasked(t.now(), &VOICE.imsi(), *what).unwrap();
        t.pass(secs(5));
        assert_eq!((t.heard(VOICE).len(), t.codes()), (1, vec!["unasked"]), "{name}");
    }
}

#[test]
fn a_plan_does_the_same_from_the_same_seed_and_a_test_comes_before_it() {
    let line = |procedure: &str, fault: &str, rate| FaultLine {
        procedure: procedure.to_owned(),
        fault: fault.to_owned(),
        rate,
        cause: Some(17),
        ..FaultLine::default()
    };
    let run = |seed| {
        let mut t = Timeline::new();
        t.core = CellularCore::new(config(), Calendar::virtual_start(), Seed(seed)).unwrap();
        let lines = [line("attach", "refuse", 0.3), line("attach", "ignore", 0.3)];
        let rates = lines.map(|line| line.read().unwrap());
        t.core.set_fault_plan(FaultPlan::new(rates).unwrap());
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..40 {
            let answer = t.ask(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Eps, no_apn()));
            let kind = answer.iter().map(|message| message.to_string().chars().take(13).collect::<String>());
            seen.extend(kind.chain(answer.is_empty().then(|| "nothing".to_owned())));
        }
        (seen, t.sentences())
    };
    let (seen, notes) = run(1);
    for want in ["ATTACH ACCEPT", "ATTACH REJECT", "nothing"] {
        assert!(seen.iter().any(|kind| kind == want), "{want}: {seen:?}");
    }
    let told = notes.iter().filter(|note| note.ends_with(": planned fault")).count();
    assert_eq!(told, seen.iter().filter(|kind| *kind != "ATTACH ACCEPT").count());
    assert_eq!((seen.clone(), notes), run(1));
    assert_ne!(seen, run(2).0);
    let mut t = Timeline::new();
    let always = FaultLine { rate: 1.0, ..line("attach", "ignore", 1.0) };
    t.core.set_fault_plan(FaultPlan::new([always.read().unwrap()]).unwrap());
    order(&mut t, Procedure::Attach, Answer::Emm(wire::cause::EmmCause(22).into()));
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachReject { .. }));
    t.core.clear_injections();
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachAccept { .. }));
}

#[test]
fn everything_at_once_neither_panics_nor_loses_an_address() {
    let mut t = Timeline::new();
    let effects = |procedure: Procedure| {
        let damages = Damage::ALL.iter().map(|(_, damage)| Disturbance::Malformed(*damage));
        let all = damages.chain([Disturbance::Twice, late(7)]).map(Effect::from);
        let all = all.chain([Answer::Silence.into()]);
        all.filter_map(move |effect| FaultRate::new(procedure, effect, 0.08).ok())
    };
    let rates: Vec<FaultRate> = Procedure::ALL.iter().flat_map(|row| effects(row.1)).collect();
    t.core.set_fault_plan(FaultPlan::new(rates).unwrap());
    let mut rng = Seed(8).rng();
    let peer: PhoneNumber = number("+33123456789");
    for _ in 0..3000 {
        let dev = [VOICE, DATA, OTHER][rng.below(3) as usize];
        let name = ["iot.private", "iot.public", "acme.dedicated"][rng.below(3) as usize];
        match rng.below(10) {
            0 => t.up(dev, FRANCE, Timeline::request(dev, AttachType::Combined, no_apn())),
            1 => t.up(dev, FRANCE, Timeline::update(UpdateType::Periodic)),
            2 => t.up(dev, FRANCE, pdn(rng.between(1, 9) as u8, name)),
            3 => t.up(dev, FRANCE, NasUp::PdnDisconnectRequest { pti: 5, bearer: rng.between(5, 8) as u8 }),
            4 => t.up(dev, FRANCE, setup(&OTHER.msisdn())),
            5 => drop(t.core.send_sms(t.now(), hello(dev))),
            6 => drop(t.core.call(t.now(), peer.clone(), dev.msisdn(), false)),
            7 => t.core.restart(t.now(), rng.chance(500)),
            8 => t.up(dev, FRANCE, NasUp::BearerRejected { bearer: 6, cause: EsmCause(47) }),
            _ => t.up(dev, FRANCE, NasUp::DetachRequest { switch_off: rng.chance(500) }),
        }
        t.pass(Duration::from_millis(rng.below(20_000)));
        let devs = [VOICE, DATA, OTHER];
        let sessions = devs.iter().flat_map(|dev| t.core.sessions(&dev.imsi()));
        let mut addresses: Vec<_> = sessions.filter_map(|session| session.address.ipv4()).collect();
        let count = addresses.len();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), count, "an address was given out twice");
    }
}
