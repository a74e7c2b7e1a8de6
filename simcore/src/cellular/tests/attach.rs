//! Attach, tracking area update, detach, steering.

use super::*;
use wire::cause::{EmmCause, EsmCause};
use wire::nas::Reject;

fn is_accepted(answer: &[NasDown]) -> bool {
    matches!(answer, [NasDown::TrackingAreaUpdateAccept { .. }])
}

fn reject(cause: EmmCause) -> NasDown {
    NasDown::AttachReject { reject: cause.into(), esm: None }
}

#[test]
fn an_attach_gives_the_default_apn_after_the_processing_time() {
    let mut t = Timeline::new();
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    t.pass(ANSWER_DELAY + MOBILITY_DELAY - Duration::from_micros(1));
    assert_eq!(t.heard(VOICE), []);
    t.pass(Duration::from_micros(1));
    let [NasDown::AttachAccept { pdn: Some(pdn), esm: None, combined: true, grant }] = &t.heard(VOICE)[..]
    else {
        panic!("no attach accept")
    };
    assert_eq!(pdn.apn, "iot.private.mnc001.mcc208.gprs");
    assert_eq!(pdn.address.ipv4(), Some(Ipv4Addr::new(10, 0, 0, 2)));
    assert_eq!((pdn.bearer, pdn.cause), (5, None));
    assert_eq!(grant.periodic, secs(54 * 60));
    assert_eq!(t.codes(), ["attach-accepted", "pdn-granted"]);
    let registration = t.core.registration(&VOICE.imsi()).unwrap();
    assert_eq!((registration.cell, registration.combined), (cell(FRANCE), true));
    assert_eq!(t.core.sessions(&VOICE.imsi())[0].apn, "iot.private");
    assert_eq!(t.core.counters(&VOICE.imsi()).attach_requests, [Instant::ZERO]);
}

#[test]
fn an_attach_is_rejected_with_the_cause_of_its_reason() {
    let state = |state| {
        let mut config = config();
        config.subscribers[0].state = state;
        config
    };
    let mut locked = config();
    locked.subscribers[0].imei_lock = Some(OTHER.imei());
    let mut unknown = config();
    unknown.subscribers.remove(0);
    let rows = [
        ("unknown IMSI", unknown, FRANCE, 8, "no such subscriber"),
        ("suspended", state(SimState::Suspended), FRANCE, 7, "the SIM is suspended"),
        ("not yet activated", state(SimState::PreActivated), FRANCE, 7, "the SIM is pre-activated"),
        ("cancelled", state(SimState::Cancelled), FRANCE, 8, "the SIM is cancelled"),
        ("locked to another device", locked, FRANCE, 6, "the SIM is locked to another device"),
        ("no agreement", config(), SPAIN_STRANGER, 11, "no roaming agreement with 214-01"),
        ("network nobody knows", config(), "310-260", 11, "no roaming agreement with 310-260"),
    ];
    for (name, config, plmn, cause, reason) in rows {
        let mut t = Timeline::with(config);
        // Who is unknown cannot be authenticated, so that the reject is not protected.
        let protected = name != "unknown IMSI";
        let want = Reject { protected, ..EmmCause(cause).into() };
        assert_eq!(t.try_attach(VOICE, plmn), NasDown::AttachReject { reject: want, esm: None }, "{name}");
        let sentences = t.sentences();
        let [sentence] = &sentences[..] else { panic!("{name}: {sentences:?}") };
        assert!(sentence.ends_with(reason), "{name}: {sentence}");
        assert_eq!(t.core.registration(&VOICE.imsi()), None, "{name}");
    }
    let mut t = Timeline::new();
    t.try_attach(VOICE, SPAIN_STRANGER);
    assert_eq!(
        t.sentences(),
        [
            "attach from 208010000000001 on 214-01 rejected #11 (PLMN not allowed): no roaming agreement with 214-01"
        ]
    );
}

#[test]
fn states_that_allow_traffic_attach_and_a_sleeping_card_wakes() {
    for state in [SimState::Test, SimState::Sleeping, SimState::Activated] {
        let mut config = config();
        config.subscribers[0].state = state;
        let mut t = Timeline::with(config);
        t.attach(VOICE, FRANCE);
        let want = if state == SimState::Test { SimState::Test } else { SimState::Activated };
        assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(want));
    }
}

#[test]
fn barred_data_leaves_a_registration_without_pdn() {
    let mut t = Timeline::new();
    let bar = Bearers { data: true, ..Bearers::default() };
    t.core.set_roaming_control(Instant::ZERO, "acme", 214, bar).unwrap();
    let NasDown::AttachAccept { pdn: None, esm: Some(esm), combined: true, .. } =
        t.try_attach(VOICE, SPAIN_BEST)
    else {
        panic!("no attach accept without PDN")
    };
    assert_eq!(esm, EsmCause::OPERATOR_DETERMINED_BARRING);
    assert_eq!(t.codes(), ["roaming-control-changed", "pdn-rejected", "attach-accepted"]);
    let answer = t.ask(VOICE, SPAIN_BEST, NasUp::PdnConnectivityRequest { pti: 1, pdn: no_apn() });
    assert_eq!(answer, [NasDown::PdnConnectivityReject { pti: 1, cause: EsmCause(8), t3396: None }]);
}

#[test]
fn an_apn_that_is_not_subscribed_fails_the_attach_with_both_causes() {
    let mut t = Timeline::new();
    let answer = t.ask(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Eps, apn("nobody.knows")));
    let esm = Some(EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED);
    assert_eq!(answer, [NasDown::AttachReject { reject: EmmCause::ESM_FAILURE.into(), esm }]);
    assert_eq!(t.codes(), ["pdn-rejected", "attach-rejected"]);
}

#[test]
fn every_combination_of_barred_bearers_attaches_unless_nothing_is_left() {
    for bits in 0..8u8 {
        let bar = Bearers { voice: bits & 1 != 0, sms: bits & 2 != 0, data: bits & 4 != 0 };
        let mut t = Timeline::new();
        t.core.set_roaming_control(Instant::ZERO, "acme", 214, bar).unwrap();
        let answer = t.try_attach(VOICE, SPAIN_BEST);
        if let NasDown::AttachReject { reject, .. } = &answer {
            assert_eq!((bits, reject.cause), (7, EmmCause::ROAMING_NOT_ALLOWED), "{bar:?}");
        } else {
            let NasDown::AttachAccept { pdn, .. } = &answer else { panic!("{bar:?}: {answer}") };
            assert_eq!((pdn.is_none(), bits == 7), (bar.data, false), "{bar:?}");
        }
        // A data-only card has no calls, so that SMS and data are all it has.
        let data_only = t.try_attach(DATA, SPAIN_BEST);
        assert_eq!(matches!(data_only, NasDown::AttachReject { .. }), bar.sms && bar.data, "{bar:?}");
        // The other account and the home country are not touched.
        assert!(
            matches!(t.try_attach(OTHER, SPAIN_BEST), NasDown::AttachAccept { pdn: Some(_), .. }),
            "{bar:?}"
        );
        assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachAccept { pdn: Some(_), .. }), "{bar:?}");
    }
}

#[test]
fn steering_refuses_then_accepts_and_never_touches_the_best_network_or_an_emergency() {
    let mut config = config();
    config.steering = Steering { enabled: true, ..Steering::default() };
    let mut t = Timeline::with(config);
    for count in 1..=4 {
        assert_eq!(t.try_attach(VOICE, SPAIN_PARTNER), reject(EmmCause::NETWORK_FAILURE), "refusal {count}");
    }
    assert_eq!(t.codes(), ["steering-rejected"; 4]);
    assert!(matches!(t.try_attach(VOICE, SPAIN_PARTNER), NasDown::AttachAccept { .. }));
    assert!(
        matches!(t.try_attach(VOICE, SPAIN_PARTNER), NasDown::AttachAccept { .. }),
        "accepted networks stay good"
    );
    assert!(matches!(t.try_attach(OTHER, SPAIN_BEST), NasDown::AttachAccept { .. }));
    let answer = t.ask(DATA, SPAIN_PARTNER, Timeline::request(DATA, AttachType::Emergency, no_apn()));
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]));
    t.pass(secs(31 * 60));
    assert_eq!(t.try_attach(VOICE, SPAIN_PARTNER), reject(EmmCause::NETWORK_FAILURE), "the window is over");
}

#[test]
fn an_update_from_another_network_is_steered_and_one_in_the_same_or_an_equivalent_network_is_not() {
    let update = || Timeline::update(UpdateType::Area);
    let steered = |cause: EmmCause| [NasDown::TrackingAreaUpdateReject(cause.into())];
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let rule = Steering { enabled: true, rejects: 1, ..Steering::default() };
    t.core.set_steering(rule.clone());
    t.codes();
    assert_eq!(t.ask(VOICE, SPAIN_PARTNER, update()), steered(EmmCause::NETWORK_FAILURE));
    assert_eq!(t.codes(), ["steering-rejected"]);
    assert!(t.core.registration(&VOICE.imsi()).is_some(), "network failure may pass");
    assert!(matches!(t.ask(VOICE, SPAIN_PARTNER, update())[..], [NasDown::TrackingAreaUpdateAccept { .. }]));
    t.pass(secs(31 * 60));
    assert!(
        matches!(t.ask(VOICE, SPAIN_PARTNER, update())[..], [NasDown::TrackingAreaUpdateAccept { .. }]),
        "one who is there is left alone, whatever is forgotten"
    );
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_steering(Steering { cause: EmmCause::NO_SUITABLE_CELLS, ..rule.clone() });
    assert_eq!(t.ask(VOICE, SPAIN_PARTNER, update()), steered(EmmCause::NO_SUITABLE_CELLS));
    assert!(t.core.registration(&VOICE.imsi()).is_none(), "no suitable cells does not pass");
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_steering(rule);
    let equivalents = [FRANCE, SPAIN_PARTNER].map(|plmn| plmn.parse().unwrap()).to_vec();
    t.core.change_policy(|policy| policy.equivalents = equivalents);
    assert!(matches!(t.ask(VOICE, SPAIN_PARTNER, update())[..], [NasDown::TrackingAreaUpdateAccept { .. }]));
}

#[test]
fn steering_is_off_until_it_is_switched_on() {
    let mut t = Timeline::new();
    assert!(matches!(t.try_attach(VOICE, SPAIN_PARTNER), NasDown::AttachAccept { .. }));
    let rule = Steering { enabled: true, cause: EmmCause::NO_SUITABLE_CELLS, rejects: 1, window: secs(60) };
    t.core.set_steering(rule);
    assert_eq!(t.try_attach(VOICE, SPAIN_PARTNER), reject(EmmCause::NO_SUITABLE_CELLS));
    assert!(matches!(t.try_attach(VOICE, SPAIN_PARTNER), NasDown::AttachAccept { .. }));
}

#[test]
fn an_update_of_an_unknown_mobile_is_rejected_with_9_and_of_a_known_one_with_10() {
    let mut t = Timeline::new();
    let update = || Timeline::update(UpdateType::Area);
    let rejected = |cause: EmmCause| [NasDown::TrackingAreaUpdateReject(cause.into())];
    assert_eq!(t.ask(VOICE, FRANCE, update()), rejected(EmmCause::IDENTITY_NOT_DERIVED));
    t.attach(VOICE, FRANCE);
    assert!(is_accepted(&t.ask(VOICE, FRANCE, update())));
    t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [], "a switched-off mobile gets no answer");
    assert_eq!(t.ask(VOICE, FRANCE, update()), rejected(EmmCause::IMPLICITLY_DETACHED));
    assert_eq!(t.core.counters(&VOICE.imsi()).tracking_area_updates.len(), 1);
}

#[test]
fn an_update_in_another_network_asks_again_and_ends_sessions_that_are_barred_there() {
    let mut t = Timeline::new();
    let bar = Bearers { data: true, ..Bearers::default() };
    t.core.set_roaming_control(Instant::ZERO, "acme", 214, bar).unwrap();
    t.attach(VOICE, FRANCE);
    t.codes();
    let update = Timeline::update(UpdateType::Area);
    let answer = t.ask(VOICE, SPAIN_BEST, update.clone());
    let cause = EsmCause::OPERATOR_DETERMINED_BARRING;
    let ended = NasDown::BearerDeactivated { pti: 0, bearer: 5, cause };
    assert_eq!(answer[0], ended);
    assert!(is_accepted(&answer[1..]));
    assert_eq!(t.codes(), ["location-cancelled", "location-changed", "pdn-released", "tau-accepted"]);
    assert_eq!(t.core.location(&VOICE.imsi()), Some(cell(SPAIN_BEST)));
    let answer = t.ask(VOICE, SPAIN_STRANGER, update);
    assert_eq!(answer, [NasDown::TrackingAreaUpdateReject(EmmCause::PLMN_NOT_ALLOWED.into())]);
    assert_eq!(t.core.registration(&VOICE.imsi()), None);
}

#[test]
fn a_registration_does_not_follow_a_mobile_into_another_network_by_itself() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let answer = t.ask(VOICE, SPAIN_BEST, NasUp::PdnConnectivityRequest { pti: 1, pdn: no_apn() });
    let cause = Some(EmmCause::IMPLICITLY_DETACHED);
    assert_eq!(answer, [NasDown::DetachRequest { reattach: true, cause }]);
}

#[test]
fn a_card_in_another_device_ends_the_old_registration_and_is_noted() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    let (imsi, imei) = (Some(VOICE.imsi()), OTHER.imei());
    let moved = NasUp::AttachRequest {
        imsi,
        imei,
        attach_type: AttachType::Eps,
        pdn: no_apn(),
        guti: None,
        power: PowerSaving::default(),
    };
    t.ask(OTHER, FRANCE, moved);
    let want = ["network-detach", "pdn-released", "imei-changed", "attach-accepted", "pdn-granted"];
    assert_eq!(t.codes(), want);
    assert_eq!(t.core.registration(&VOICE.imsi()).unwrap().ue, OTHER.ue());
    assert_eq!(
        t.core.sessions(&VOICE.imsi())[0].address.ipv4(),
        Some(Ipv4Addr::new(10, 0, 0, 2)),
        "the same address again"
    );
}

#[test]
fn an_emergency_attach_needs_neither_card_nor_agreement() {
    let mut t = Timeline::new();
    let request = NasUp::AttachRequest {
        imsi: None,
        imei: VOICE.imei(),
        attach_type: AttachType::Emergency,
        pdn: no_apn(),
        guti: None,
        power: PowerSaving::default(),
    };
    let answer = t.ask(VOICE, SPAIN_STRANGER, request);
    assert!(matches!(answer[..], [NasDown::AttachAccept { pdn: Some(_), .. }]), "{answer:?}");
    assert_eq!(t.codes(), ["attach-accepted", "pdn-granted"]);
    assert_eq!(t.core.registration(&VOICE.imsi()), None);
}

#[test]
fn a_mobile_that_is_not_heard_is_detached_without_being_told() {
    let mut t = Timeline::new();
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    t.pass(secs(50 * 60));
    t.up(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    t.pass(secs(58 * 60 - 1));
    assert!(t.core.registration(&VOICE.imsi()).is_some());
    t.heard(VOICE);
    t.codes();
    t.pass(secs(1));
    assert_eq!(t.core.registration(&VOICE.imsi()), None);
    assert_eq!(t.heard(VOICE), []);
    assert_eq!(t.codes(), ["network-detach", "pdn-released"]);
    let answer = t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    assert_eq!(answer, [NasDown::TrackingAreaUpdateReject(EmmCause::IMPLICITLY_DETACHED.into())]);
}
