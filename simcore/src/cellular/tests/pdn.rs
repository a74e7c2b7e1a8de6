//! The rows of the APN decision table, and what else ends or refuses a PDN connection.

use super::*;
use wire::cause::EsmCause;

fn ask_for(t: &mut Timeline, dev: Dev, plmn: &str, pdn: PdnRequest) -> NasDown {
    let answer = t.ask(dev, plmn, NasUp::PdnConnectivityRequest { pti: 9, pdn });
    assert_eq!(answer.len(), 1, "{answer:?}");
    answer[0].clone()
}

/// The cause of a refusal, or of an acceptance with a cause; `None` for a plain acceptance.
fn outcome(answer: &NasDown) -> (bool, Option<EsmCause>) {
    if let NasDown::PdnGranted { pti: 9, pdn } = answer {
        return (true, pdn.cause);
    }
    let NasDown::PdnConnectivityReject { pti: 9, cause, .. } = answer else { panic!("{answer}") };
    (false, Some(*cause))
}

#[test]
fn each_row_of_the_table_has_its_answer() {
    let family = |name: &str, pdn_type| PdnRequest::new(Some(name.to_owned()), pdn_type);
    let granted = (true, None);
    let refused = |cause: u8| (false, Some(EsmCause(cause)));
    let rows = [
        ("subscribed", VOICE, FRANCE, apn("iot.public"), granted),
        ("in any case of letters", VOICE, FRANCE, apn("IOT.Public"), granted),
        ("with operator identifier", VOICE, FRANCE, apn("iot.public.mnc001.mcc208.gprs"), granted),
        ("the account's own", VOICE, FRANCE, apn("acme.dedicated"), granted),
        ("another account's", OTHER, FRANCE, apn("acme.dedicated"), refused(33)),
        ("not subscribed", VOICE, FRANCE, apn("iot.wild"), refused(33)),
        ("impossible", VOICE, FRANCE, apn("no good"), refused(27)),
        ("second to the same", VOICE, FRANCE, apn("iot.private"), refused(55)),
        ("default is there already", VOICE, FRANCE, no_apn(), refused(55)),
        ("both families", VOICE, FRANCE, family("iot.public", PdnType::Ipv4v6), (true, Some(EsmCause(50)))),
        ("wrong family", VOICE, FRANCE, family("iot.public", PdnType::Ipv6), refused(50)),
        ("in roaming", VOICE, SPAIN_BEST, apn("iot.public"), granted),
    ];
    for (name, dev, plmn, request, want) in rows {
        let mut t = Timeline::new();
        t.attach(dev, plmn);
        assert_eq!(outcome(&ask_for(&mut t, dev, plmn, request)), want, "{name}");
    }
}

#[test]
fn rows_that_need_another_subscription() {
    let wild = || {
        let mut config = config();
        config.subscribers[0].apns =
            ["iot.private", "iot.public", "acme.dedicated", "*"].map(str::to_owned).into();
        config
    };
    let mut home_only = config();
    home_only.apns[1].in_roaming = false;
    let mut ipv6_only = config();
    ipv6_only.apns[1].pdn_type = PdnType::Ipv6;
    let mut few = config();
    few.policy.max_pdn = 1;
    let mut resolve_first = config();
    resolve_first.policy.unsubscribed_apn = EsmCause::MISSING_OR_UNKNOWN_APN;
    let rows = [
        ("wildcard, known APN", wild(), FRANCE, "iot.wild", (true, None)),
        ("wildcard, unknown APN", wild(), FRANCE, "nobody.knows", (false, Some(EsmCause(27)))),
        ("home only, in roaming", home_only, SPAIN_BEST, "iot.public", (false, Some(EsmCause(66)))),
        ("IPv6 only", ipv6_only, FRANCE, "iot.public", (false, Some(EsmCause(51)))),
        ("too many", few, FRANCE, "iot.public", (false, Some(EsmCause(65)))),
        ("name resolved first", resolve_first, FRANCE, "iot.wild", (false, Some(EsmCause(27)))),
    ];
    for (name, config, plmn, wanted, want) in rows {
        let mut t = Timeline::with(config);
        t.attach(VOICE, plmn);
        assert_eq!(outcome(&ask_for(&mut t, VOICE, plmn, apn(wanted))), want, "{name}");
    }
    let mut no_default = config();
    no_default.subscribers[0].apns = vec!["*".to_owned()].into();
    let mut t = Timeline::with(no_default);
    let NasDown::AttachReject { esm, .. } = t.try_attach(VOICE, FRANCE) else {
        panic!("attached without a default")
    };
    assert_eq!(esm, Some(EsmCause::MISSING_OR_UNKNOWN_APN), "no APN, no default");
}

/// The rows about credentials, families, states and failures, each with the cause, the back-off and the reason.
#[test]
fn each_other_row_of_the_decision_table_has_its_answer() {
    use wire::nas::Authentication;
    let pap = |password: &str| {
        let (user, password) = ("meter".to_owned(), password.to_owned());
        PdnRequest { authentication: Some(Authentication::Pap { user, password }), ..apn("iot.public") }
    };
    let guarded = |t: &mut Timeline| {
        let (user, password) = ("meter".to_owned(), "right".to_owned());
        t.core.config.apns[1].credentials = Some(Credentials { user, password });
    };
    let single = |t: &mut Timeline| {
        t.core.config.apns[1].pdn_type = PdnType::Ipv4v6;
        t.core.config.apns[1].prefix = Some("2001:db8:1::".parse().unwrap());
        t.core.config.apns[1].single_address = true;
    };
    let both = |t: &mut Timeline| {
        t.core.config.apns[1].pdn_type = PdnType::Ipv6;
        t.core.config.apns[1].prefix = Some("2001:db8:1::".parse().unwrap());
    };
    let failing = |cause: u8| {
        move |t: &mut Timeline| t.core.set_gateway_failure("iot.public", Some(EsmCause(cause))).unwrap()
    };
    let barred = |t: &mut Timeline| {
        // The session that stands ends, the registration stays.
        t.core.set_service(t.now(), &VOICE.imsi(), Service::BarData, true).unwrap();
    };
    let roaming = |t: &mut Timeline| {
        let bar = Bearers { data: true, ..Bearers::default() };
        t.core.set_roaming_control(t.now(), "acme", 214, bar).unwrap();
    };
    let family = |pdn_type| PdnRequest::new(Some("iot.public".to_owned()), pdn_type);
    type Change<'a> = Box<dyn Fn(&mut Timeline) + 'a>;
    type Row<'a> = (&'a str, &'a str, Change<'a>, PdnRequest, (bool, Option<u8>), &'a str);
    let rows: Vec<Row<'_>> = vec![
        ("no credentials", FRANCE, Box::new(guarded), apn("iot.public"), (false, Some(29)), "credentials"),
        ("wrong credentials", FRANCE, Box::new(guarded), pap("wrong"), (false, Some(29)), "credentials"),
        ("right credentials", FRANCE, Box::new(guarded), pap("right"), (true, None), "granted"),
        ("both at once: one", FRANCE, Box::new(single), family(PdnType::Ipv4v6), (true, Some(52)), "granted"),
        ("IPv6 for both", FRANCE, Box::new(both), family(PdnType::Ipv4v6), (true, Some(51)), "granted"),
        ("IPv4 of IPv6", FRANCE, Box::new(both), family(PdnType::Ipv4), (false, Some(51)), "PDN type"),
        ("barred", FRANCE, Box::new(barred), apn("iot.public"), (false, Some(8)), "the customer"),
        ("barred here", SPAIN_BEST, Box::new(roaming), apn("iot.public"), (false, Some(8)), "MCC 214"),
        ("barred elsewhere", FRANCE, Box::new(roaming), apn("iot.public"), (true, None), "granted"),
        ("overload", FRANCE, Box::new(failing(26)), apn("iot.public"), (false, Some(26)), "T3396 720 s"),
        ("network failure", FRANCE, Box::new(failing(38)), apn("iot.public"), (false, Some(38)), "gateway"),
        ("unspecified", FRANCE, Box::new(failing(31)), apn("iot.public"), (false, Some(31)), "gateway"),
        ("out of order", FRANCE, Box::new(failing(34)), apn("iot.public"), (false, Some(34)), "gateway"),
        ("another gateway", FRANCE, Box::new(failing(38)), apn("acme.dedicated"), (true, None), "granted"),
    ];
    for (name, plmn, change, request, (accepted, cause), words) in rows {
        let mut t = Timeline::new();
        t.attach(VOICE, plmn);
        change(&mut t);
        t.pass(secs(1));
        t.heard(VOICE);
        t.sentences();
        let want = (accepted, cause.map(EsmCause));
        assert_eq!(outcome(&ask_for(&mut t, VOICE, plmn, request)), want, "{name}");
        let notes = t.sentences();
        assert!(notes.len() == 1 && notes[0].contains(words), "{name}: {notes:?}");
    }
}

#[test]
fn a_gateway_that_works_again_grants_and_an_unknown_one_is_an_error() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_gateway_failure("IoT.Public", Some(EsmCause(38))).unwrap();
    assert_eq!(outcome(&ask_for(&mut t, VOICE, FRANCE, apn("iot.public"))), (false, Some(EsmCause(38))));
    assert_eq!(t.core.sessions(&VOICE.imsi()).len(), 1, "what stood before stays");
    t.core.set_gateway_failure("iot.public", None).unwrap();
    assert_eq!(outcome(&ask_for(&mut t, VOICE, FRANCE, apn("iot.public"))), (true, None));
    let error = t.core.set_gateway_failure("nobody.knows", None).unwrap_err();
    assert_eq!(error.to_string(), "there is no access point \"nobody.knows\"");
}

#[test]
fn an_exhausted_pool_gives_a_back_off_and_recovers_when_freed() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(DATA, FRANCE);
    assert_eq!(outcome(&ask_for(&mut t, VOICE, FRANCE, apn("iot.public"))), (true, None));
    let t3396 = Some(secs(720));
    let cause = EsmCause::INSUFFICIENT_RESOURCES;
    let refused = NasDown::PdnConnectivityReject { pti: 9, cause, t3396 };
    assert_eq!(ask_for(&mut t, DATA, FRANCE, apn("iot.public")), refused);
    t.ask(VOICE, FRANCE, NasUp::PdnDisconnectRequest { pti: 3, bearer: 6 });
    assert_eq!(outcome(&ask_for(&mut t, DATA, FRANCE, apn("iot.public"))), (true, None));
}

#[test]
fn the_last_connection_stays_and_others_go() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    ask_for(&mut t, VOICE, FRANCE, apn("iot.public"));
    t.codes();
    let mut release = |bearer| t.ask(VOICE, FRANCE, NasUp::PdnDisconnectRequest { pti: 3, bearer });
    assert_eq!(release(9), [NasDown::PdnDisconnectReject { pti: 3, cause: EsmCause::PDN_NONEXISTENT }]);
    assert_eq!(release(5), [NasDown::BearerDeactivated { pti: 3, bearer: 5, cause: EsmCause(36) }]);
    assert_eq!(release(6), [NasDown::PdnDisconnectReject { pti: 3, cause: EsmCause::LAST_PDN }]);
    assert_eq!(t.codes(), ["pdn-disconnect-rejected", "pdn-released", "pdn-disconnect-rejected"]);
    assert_eq!(t.core.sessions(&VOICE.imsi()).len(), 1);
}

#[test]
fn a_ban_in_service_ends_the_session_and_its_removal_lets_it_come_back() {
    let mut t = Timeline::new();
    t.attach(VOICE, SPAIN_BEST);
    let bar = Bearers { data: true, ..Bearers::default() };
    let now = t.now();
    t.core.set_roaming_control(now, "acme", 214, bar).unwrap();
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(8) }]);
    assert!(t.core.registration(&VOICE.imsi()).is_some(), "calls and SMS still work");
    assert_eq!(outcome(&ask_for(&mut t, VOICE, SPAIN_BEST, no_apn())), (false, Some(EsmCause(8))));
    let now = t.now();
    assert_eq!(t.core.remove_roaming_control(now, "acme", 214), Ok(true));
    assert_eq!(outcome(&ask_for(&mut t, VOICE, SPAIN_BEST, no_apn())), (true, None));
}

#[test]
fn requests_are_counted_by_apn_whatever_their_answer() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    ask_for(&mut t, VOICE, FRANCE, apn("Nobody.Knows"));
    ask_for(&mut t, VOICE, FRANCE, apn("nobody.knows"));
    let counters = t.core.counters(&VOICE.imsi());
    let counted: Vec<_> =
        counters.pdn_requests.iter().map(|(apn, times)| (apn.as_str(), times.len())).collect();
    assert_eq!(counted, [("iot.private", 1), ("nobody.knows", 2)]);
}
