//! Elements that restart, mobiles that are forgotten, identities that are asked for, and equipment on lists.

use super::*;
use wire::cause::EmmCause;
use wire::nas::{Guti, Identity, IdentityKind, ServiceType};

fn guti(t: &mut Timeline, dev: Dev) -> Guti {
    let answer = t.try_attach(dev, FRANCE);
    let NasDown::AttachAccept { grant, .. } = answer else { panic!("{answer}") };
    grant.guti.unwrap()
}

fn by_guti(dev: Dev, guti: Guti) -> NasUp {
    let (imsi, imei, power) = (Some(dev.imsi()), dev.imei(), PowerSaving::default());
    let attach_type = AttachType::Combined;
    NasUp::AttachRequest { imsi, imei, attach_type, pdn: no_apn(), guti: Some(guti), power }
}

#[test]
fn a_restart_is_noticed_by_the_next_update_or_service_request() {
    for (keeps, cause) in [(false, EmmCause::IDENTITY_NOT_DERIVED), (true, EmmCause::IMPLICITLY_DETACHED)] {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        t.attach(OTHER, FRANCE);
        t.codes();
        t.core.restart(t.now(), keeps);
        t.pass(secs(60));
        assert_eq!((t.heard(VOICE), t.heard(OTHER)), (vec![], vec![]), "nobody is told");
        assert_eq!(t.codes(), ["network-restarted", "pdn-released", "pdn-released"]);
        let update = t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
        assert_eq!(update, [NasDown::TrackingAreaUpdateReject(cause.into())]);
        let service = t.ask(OTHER, FRANCE, NasUp::ServiceRequest(ServiceType::MobileOriginated));
        assert_eq!(service, [NasDown::ServiceReject(cause.into())]);
        t.attach(VOICE, FRANCE);
        assert_eq!(t.core.sessions(&VOICE.imsi()).len(), 1);
    }
}

#[test]
fn after_a_restart_nothing_reaches_a_mobile_until_it_speaks() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.restart(t.now(), false);
    let call = t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    let id = t.core.send_sms(t.now(), faults::hello(VOICE)).unwrap();
    t.pass(secs(30));
    assert_eq!(t.heard(VOICE), []);
    assert!(matches!(t.core.call_state(call), Some(CallState::Ended { .. })));
    assert_eq!(t.core.sms_state(id), Some(SmsState::Enroute));
    t.try_attach(VOICE, FRANCE);
    t.pass(secs(5));
    assert!(matches!(t.heard(VOICE)[..], [NasDown::Sms(_)]), "the message comes with the attach");
}

#[test]
fn a_restart_in_a_call_or_a_challenge_leaves_nothing_running() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.ask(VOICE, FRANCE, setup(&number("+33123456789")));
    t.answers_challenges = false;
    t.up(OTHER, FRANCE, Timeline::request(OTHER, AttachType::Eps, no_apn()));
    t.core.restart(t.now(), false);
    t.pass(secs(600));
    assert!(t.core.calls().all(|(_, call)| matches!(call.state, CallState::Ended { .. })));
    let late = t.ask(OTHER, FRANCE, NasUp::AuthenticationResponse { res: Response::Res([0; 8]) });
    assert_eq!(late, [], "its challenge is forgotten");
}

#[test]
fn a_mobile_that_stays_silent_is_purged_and_one_that_speaks_before_is_not() {
    let policy = Policy { inactivity: None, purge_after: Some(secs(3_600)), ..Policy::default() };
    let run = |silence: u64| {
        let mut t = Timeline::with(CellularConfig { policy: policy.clone(), ..config() });
        t.attach(VOICE, FRANCE);
        t.pass(secs(silence));
        let answer = t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
        (answer, t.codes().contains(&"purged"))
    };
    let reject = |cause: EmmCause| vec![NasDown::TrackingAreaUpdateReject(cause.into())];
    assert_eq!(run(58 * 60 + 600), (reject(EmmCause::IMPLICITLY_DETACHED), false));
    assert_eq!(run(58 * 60 + 3_700), (reject(EmmCause::IDENTITY_NOT_DERIVED), true));
}

#[test]
fn an_attach_by_an_identity_that_nobody_knows_is_asked_for_its_imsi() {
    let mut t = Timeline::new();
    let known = guti(&mut t, VOICE);
    let answer = t.ask(VOICE, FRANCE, by_guti(VOICE, known));
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]), "it is known: {answer:?}");
    t.core.restart(t.now(), false);
    t.codes();
    assert_eq!(t.ask(VOICE, FRANCE, by_guti(VOICE, known)), [NasDown::IdentityRequest(IdentityKind::Imsi)]);
    let answer = NasUp::IdentityResponse(Some(Identity::Imsi(VOICE.imsi())));
    assert!(matches!(t.ask(VOICE, FRANCE, answer)[..], [NasDown::AttachAccept { .. }]));
    let notes = t.sentences();
    assert_eq!(notes[0], format!("UE 1 is IMSI {}", VOICE.imsi()));
}

#[test]
fn an_identity_that_is_not_told_ends_the_attach() {
    let mut t = Timeline::new();
    let known = guti(&mut t, VOICE);
    t.core.restart(t.now(), false);
    t.ask(VOICE, FRANCE, by_guti(VOICE, known));
    let answer = t.ask(VOICE, FRANCE, NasUp::IdentityResponse(None));
    let [NasDown::AttachReject { reject, .. }] = answer[..] else { panic!("{answer:?}") };
    assert_eq!(reject.cause, EmmCause::IDENTITY_NOT_DERIVED);
    t.codes();
    t.up(VOICE, FRANCE, by_guti(VOICE, known));
    t.pass(secs(40));
    let asked = t.heard(VOICE);
    assert_eq!(asked, vec![NasDown::IdentityRequest(IdentityKind::Imsi); 5], "T3470, five times");
    assert!(t.codes().contains(&"identity-unanswered"));
    let unasked = t.ask(VOICE, FRANCE, NasUp::IdentityResponse(None));
    assert_eq!((unasked, t.codes()), (vec![], vec!["unexpected-message"]));
}

#[test]
fn a_test_may_ask_for_each_identity() {
    let mut t = Timeline::new();
    assert!(t.core.ask_identity(t.now(), &VOICE.imsi(), IdentityKind::Imei).is_err(), "nobody is there");
    t.attach(VOICE, FRANCE);
    let identity = Identity::Imeisv(VOICE.imei(), 3);
    t.core.ask_identity(t.now(), &VOICE.imsi(), IdentityKind::Imeisv).unwrap();
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::IdentityRequest(IdentityKind::Imeisv)]);
    t.up(VOICE, FRANCE, NasUp::IdentityResponse(Some(identity.clone())));
    assert_eq!(t.core.identities(&VOICE.imsi()), [identity]);
    t.core.ask_identity(t.now(), &VOICE.imsi(), IdentityKind::Imei).unwrap();
    t.up(VOICE, FRANCE, NasUp::IdentityResponse(Some(Identity::Imsi(VOICE.imsi()))));
    assert_eq!(t.core.identities(&VOICE.imsi()).len(), 1, "that was not what was asked for");
}

#[test]
fn black_equipment_is_served_in_an_emergency_unless_the_regulator_forbids_it() {
    for (forbidden, with_card) in [(false, true), (false, false), (true, true), (true, false)] {
        let mut t = Timeline::new();
        let cause = forbidden.then_some(EmmCause::IMEI_NOT_ACCEPTED);
        t.core.change_policy(|policy| policy.black_in_emergency = cause);
        let (imsi, imei) = (with_card.then(|| VOICE.imsi()), VOICE.imei());
        let (attach_type, pdn, power) = (AttachType::Emergency, no_apn(), PowerSaving::default());
        let request = NasUp::AttachRequest { imsi, imei: imei.clone(), attach_type, pdn, guti: None, power };
        let white = t.ask(VOICE, FRANCE, request.clone());
        assert!(matches!(white[..], [NasDown::AttachAccept { .. }]), "a white one: {white:?}");
        t.core.list_equipment(&imei, EquipmentList::Black);
        t.codes();
        let answer = t.ask(VOICE, FRANCE, request);
        match (&answer[..], forbidden) {
            ([NasDown::AttachAccept { .. }], false) => {}
            ([NasDown::AttachReject { reject, esm: None }], true) => {
                assert_eq!(reject.cause, EmmCause::IMEI_NOT_ACCEPTED);
                let told = t.sentences().join("\n");
                assert!(told.contains("#5") && told.contains("black"), "{told}");
            }
            (other, _) => panic!("{other:?}"),
        }
    }
}

#[test]
fn black_equipment_is_refused_on_every_technology_and_grey_is_noted() {
    use wire::nas::LocationUpdateType;
    let mut t = Timeline::new();
    t.core.list_equipment(&VOICE.imei(), EquipmentList::Black);
    let answer = t.try_attach(VOICE, FRANCE);
    let NasDown::AttachReject { reject, .. } = answer else { panic!("{answer}") };
    assert_eq!((reject.cause, reject.protected), (EmmCause::ILLEGAL_ME, true));
    let update = LocationUpdateType::ImsiAttach;
    let request = NasUp::LocationUpdatingRequest { imsi: VOICE.imsi(), imei: VOICE.imei(), update };
    let answer = t.ask(VOICE, FRANCE, request);
    assert_eq!(answer, [NasDown::LocationUpdatingReject(EmmCause::ILLEGAL_ME.into())]);
    let answer = t.ask(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Emergency, no_apn()));
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]), "an emergency is let in");
    t.attach(OTHER, FRANCE);
    t.core.list_equipment(&VOICE.imei(), EquipmentList::Grey);
    t.codes();
    t.attach(VOICE, FRANCE);
    assert!(t.codes().contains(&"equipment-grey"));
    t.core.list_equipment(&VOICE.imei(), EquipmentList::White);
    t.codes();
    t.attach(VOICE, FRANCE);
    assert!(!t.codes().contains(&"equipment-grey"));
    assert_eq!(t.core.equipment_list(&VOICE.imei()), EquipmentList::White);
}

#[test]
fn the_old_network_hears_that_the_subscriber_is_elsewhere() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t.attach(VOICE, SPAIN_BEST);
    let notes = t.sentences();
    let want = format!("location of {} on {FRANCE} cancelled: it is elsewhere now", VOICE.imsi());
    assert!(notes.contains(&want), "{notes:?}");
    t.attach(VOICE, SPAIN_BEST);
    assert!(!t.codes().contains(&"location-cancelled"));
}
