//! Subscribers: new ones, their cards, the moves of their lives.

use super::*;

const STATES: [SimState; 6] = SimState::ALL;

pub(super) fn new_subscriber(number: &str) -> Subscriber {
    Subscriber {
        imsi: "208010000000009".parse().unwrap(),
        iccid: "8933010000000000099".parse().unwrap(),
        msisdn: number.parse().unwrap(),
        ..subscriber(VOICE, "acme", Profile::DataVoice)
    }
}

/// Brings a core to a card in this state, by the moves that lead there.
fn with_state(state: SimState) -> Timeline {
    let mut config = config();
    config.subscribers[0].state = state;
    Timeline::with(config)
}

#[test]
fn a_move_that_is_not_in_the_table_is_refused_and_changes_nothing() {
    for from in STATES {
        for to in STATES.into_iter().filter(|to| *to != from) {
            for by in [Actor::Itself, Actor::Customer, Actor::Operator] {
                let mut t = with_state(from);
                let moved = t.core.move_sim(Instant::ZERO, &VOICE.imsi(), to, by);
                let legal = from.may_become(to, by);
                assert_eq!(moved.is_ok(), legal, "{} to {} by {}", from.name(), to.name(), by.name());
                let now = if legal { to } else { from };
                assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(now));
                assert_eq!(t.codes().is_empty(), !legal, "a refused move is no change");
            }
        }
    }
}

#[test]
fn each_state_has_its_traffic_rights() {
    for state in STATES {
        let mut t = with_state(state);
        let answer = t.try_attach(VOICE, FRANCE);
        let served = matches!(answer, NasDown::AttachAccept { .. });
        assert_eq!(served, matches!(state, SimState::Test | SimState::Sleeping | SimState::Activated));
        assert_eq!(served, state.may_use_network(), "{}", state.name());
        if state == SimState::Sleeping {
            assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Activated), "first traffic wakes it");
        }
    }
}

#[test]
fn a_card_leaves_the_test_and_wakes_by_itself() {
    let mut t = with_state(SimState::Test);
    t.pass(LONGEST_TEST - secs(1));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Test));
    t.pass(secs(1));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Sleeping));
    t.pass(LONGEST_SLEEP);
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Activated));
    assert_eq!(t.core.next_wakeup(), None);
}

#[test]
fn what_the_operator_suspended_its_customer_does_not_resume() {
    let mut t = Timeline::new();
    let (now, imsi) = (Instant::ZERO, VOICE.imsi());
    t.core.move_sim(now, &imsi, SimState::Suspended, Actor::Operator).unwrap();
    assert_eq!(t.core.resume(now, &imsi), Err(ControlError::SuspendedByOperator(imsi.clone())));
    assert_eq!(t.core.sim_state(&imsi), Some(SimState::Suspended));
    t.core.move_sim(now, &imsi, SimState::Activated, Actor::Operator).unwrap();
    t.core.suspend(now, &imsi).unwrap();
    t.core.resume(now, &imsi).unwrap();
}

#[test]
fn a_new_subscriber_is_served_and_nothing_of_it_may_be_taken() {
    let mut t = Timeline::new();
    let fresh = new_subscriber("+33639980009");
    let now = t.now();
    let taken = [
        (Subscriber { imsi: OTHER.imsi(), ..fresh.clone() }, ConfigError::DuplicateImsi(OTHER.imsi())),
        (
            Subscriber { iccid: "8933010000000000003".parse().unwrap(), ..fresh.clone() },
            ConfigError::DuplicateIccid("8933010000000000003".parse().unwrap()),
        ),
        // The same number in national form.
        (new_subscriber("0639980003"), ConfigError::DuplicateMsisdn(number("0639980003"))),
        (
            Subscriber { account: "nobody".into(), ..fresh.clone() },
            ConfigError::NoSuchAccount { imsi: fresh.imsi.clone(), account: "nobody".to_owned() },
        ),
    ];
    for (subscriber, error) in taken {
        assert_eq!(t.core.provision(now, subscriber), Err(error));
        assert_eq!((t.core.subscribers().count(), t.codes().len()), (3, 0), "nothing was changed");
    }
    t.core.provision(now, fresh.clone()).unwrap();
    assert_eq!(t.codes(), ["subscriber-provisioned"]);
    assert_eq!(t.core.imsi_of(&number("0639980009")), Some(&fresh.imsi));
    assert_eq!(t.core.imsi_of_card(&fresh.iccid), Some(&fresh.imsi));
    let request = NasUp::AttachRequest {
        imsi: Some(fresh.imsi.clone()),
        imei: OTHER.imei(),
        attach_type: AttachType::Combined,
        pdn: no_apn(),
        guti: None,
        power: PowerSaving::default(),
    };
    let answer = t.ask(Dev(9), FRANCE, request);
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]), "{answer:?}");
}

#[test]
fn an_account_under_roaming_control_gets_no_card_without_it() {
    let mut t = Timeline::new();
    t.core.set_roaming_control(Instant::ZERO, "acme", 214, Bearers::ALL).unwrap();
    let fresh = Subscriber { roaming_control_compatible: false, ..new_subscriber("+33639980009") };
    assert!(matches!(t.core.provision(Instant::ZERO, fresh), Err(ConfigError::Account { .. })));
    assert_eq!(t.core.provision(Instant::ZERO, new_subscriber("+33639980009")), Ok(()));
}

#[test]
fn a_fixed_address_is_given_to_one_subscriber() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let held = t.core.sessions(&VOICE.imsi())[0].address.ipv4().unwrap();
    let with = |address| Subscriber {
        static_addresses: [("iot.private".to_owned(), address)].into(),
        ..new_subscriber("+33639980009")
    };
    let (now, apn) = (t.now(), "iot.private".to_owned());
    let error = ConfigError::AddressTaken { apn, address: held };
    assert_eq!(t.core.provision(now, with(held)), Err(error));
    let free = Ipv4Addr::new(10, 0, 0, 50);
    assert_eq!(t.core.provision(now, with(free)), Ok(()));
}

#[test]
fn as_many_cards_are_lent_as_were_agreed() {
    let mut agreed = config();
    agreed.accounts[0].prototype_sims = Some(1);
    agreed.subscribers[0].card.kind = SimKind::Prototype;
    let mut t = Timeline::with(agreed.clone());
    let card = CardItem { kind: SimKind::Prototype, ..CardItem::default() };
    let fresh = Subscriber { card, ..new_subscriber("+33639980009") };
    let account = "acme".to_owned();
    let error = ConfigError::NotAgreed { account, kind: SimKind::Prototype, agreed: 1 };
    assert_eq!(t.core.provision(Instant::ZERO, fresh), Err(error.clone()));
    let card = CardItem { kind: SimKind::Test, ..CardItem::default() };
    let test = Subscriber { card, ..new_subscriber("+33639980009") };
    assert_eq!(t.core.provision(Instant::ZERO, test), Ok(()), "test cards have no limit here");
    agreed.subscribers[1].card.kind = SimKind::Prototype;
    let refused = CellularCore::new(agreed, Calendar::virtual_start(), Seed(1)).map(|_| ());
    assert_eq!(refused.unwrap_err(), error);
}

#[test]
fn a_profile_stays_but_for_a_prototype() {
    let mut config = config();
    config.subscribers[1].card.kind = SimKind::Prototype;
    config.subscribers[2].card.kind = SimKind::Test;
    let mut t = Timeline::with(config);
    for fixed in [VOICE, OTHER] {
        let refused = Err(ControlError::ProfileFixed(fixed.imsi()));
        assert_eq!(t.core.change_profile(Instant::ZERO, &fixed.imsi(), Profile::DataOnly), refused);
    }
    t.attach(DATA, FRANCE);
    let service_reject = |t: &mut Timeline| {
        let answer = t.ask(DATA, FRANCE, setup(&number("+33123456789")));
        answer.iter().any(|message| matches!(message, NasDown::CmServiceReject(_)))
    };
    assert!(service_reject(&mut t), "data only");
    let now = t.now();
    t.core.change_profile(now, &DATA.imsi(), Profile::DataVoice).unwrap();
    assert!(!service_reject(&mut t), "a prototype card has another profile");
}

#[test]
fn a_terminated_subscriber_gives_its_number_back() {
    let mut t = Timeline::new();
    let fresh = new_subscriber(OTHER.msisdn().as_str());
    assert!(t.core.provision(Instant::ZERO, fresh.clone()).is_err());
    t.core.terminate(Instant::ZERO, &OTHER.imsi()).unwrap();
    assert_eq!(t.core.imsi_of(&OTHER.msisdn()), None);
    assert_eq!(t.core.provision(Instant::ZERO, fresh.clone()), Ok(()));
    assert_eq!(t.core.imsi_of(&OTHER.msisdn()), Some(&fresh.imsi));
}

#[test]
fn mixed_access_points_are_flagged_where_they_are_not_accepted() {
    let mut config = config();
    config.accounts[0].mixed_apns_accepted = false;
    config.subscribers[1].apns = ["iot.private".to_owned()].into();
    let mut t = Timeline::with(config);
    t.collect();
    let flagged: Vec<_> = t.core.unaccepted_mixed_apns().map(|known| known.imsi.clone()).collect();
    assert_eq!((flagged, t.codes()), (vec![VOICE.imsi()], vec!["apns-mixed"]));
    let mut accepted = Timeline::new();
    assert_eq!((accepted.core.unaccepted_mixed_apns().count(), accepted.codes().len()), (0, 0));
}

#[test]
fn camel_is_used_where_voice_filtering_is_ordered() {
    let mut t = Timeline::new();
    assert!(!t.core.uses_camel(&VOICE.imsi()));
    t.core.set_voice_whitelist("acme", &[]).unwrap();
    assert!(t.core.uses_camel(&VOICE.imsi()) && !t.core.uses_camel(&OTHER.imsi()));
    t.core.clear_voice_whitelist("acme").unwrap();
    assert!(!t.core.uses_camel(&VOICE.imsi()));
}
