//! A core that is lost and taken up again goes on as if nothing had happened.

use super::esme::esmes;
use super::sms::{Phone, SHORT_CODE, mo, send, smsc, submit};
use super::*;
use crate::state::{Change, Record, StateError};
use std::collections::BTreeSet;
use wire::ota::RefreshKind;
use wire::seed::Rng;
use wire::sms::{Tpdu, UserData};
use wire::ss::{Component, InvokeId, ServiceRequest, SsCode, SsMessage, SsMessageKind, operation};

mod customers;

/// What is stored of a core, its configuration, and the kinds that were ever stored.
#[derive(Clone)]
struct Store(BTreeMap<(String, String), String>, CellularConfig, BTreeSet<&'static str>);

impl Store {
    fn take(&mut self, core: &mut CellularCore) {
        for Change { kind, key, value } in core.take_changes().unwrap() {
            if value.is_some() {
                self.2.insert(kind);
            }
            let place = (kind.to_owned(), key);
            match value {
                Some(value) => drop(self.0.insert(place, value)),
                None => drop(self.0.remove(&place)),
            }
        }
    }

    fn records(&self) -> Vec<Record> {
        let record = |((kind, key), value): (&(String, String), &String)| Record {
            kind: kind.clone(),
            key: key.clone(),
            value: value.clone(),
        };
        self.0.iter().map(record).collect()
    }

    /// Without the order in which timers were made: messages on their way are counted in it. What waits for an ESME is
    /// numbered anew where nothing waited at a restart.
    fn compared(&self) -> BTreeMap<(String, String), String> {
        let cut = |kind: &str, value: &str| match kind {
            "timer" => value.split(',').next().unwrap_or_default().to_owned(),
            _ => value.to_owned(),
        };
        let named = |(kind, key): &(String, String), value: &str| match kind.as_str() {
            "esme-delivery" => (kind.clone(), value.to_owned()),
            "timer" if key.contains("EsmeDelivery") => (kind.clone(), cut(kind, value)),
            _ => (kind.clone(), key.clone()),
        };
        self.0.iter().map(|(place, value)| (named(place, value), cut(&place.0, value))).collect()
    }
}

fn restored(config: CellularConfig, now: Instant, records: &[Record]) -> Result<CellularCore, StateError> {
    let mut core = CellularCore::new(config, Calendar::virtual_start(), Seed(1)).unwrap();
    core.keep_state();
    let (subscribers, others): (Vec<_>, Vec<_>) =
        records.iter().partition(|record| record.kind == SUBSCRIBER);
    for record in subscribers.into_iter().chain(others) {
        assert!(core.restore(record)?, "no part takes {record:?}");
    }
    core.restored(now)?;
    Ok(core)
}

/// A timeline whose core is stored.
fn kept(config: CellularConfig) -> (Timeline, Store) {
    let mut t = Timeline::with(config.clone());
    t.core.keep_state();
    (t, Store(BTreeMap::new(), config, BTreeSet::new()))
}

/// Loses the core and takes it up again after a while.
fn restart(t: &mut Timeline, store: &mut Store, down: Duration) {
    store.take(&mut t.core);
    t.now += down;
    t.core = restored(store.1.clone(), t.now, &store.records()).unwrap();
    t.core.handle_timeout(t.now);
    t.collect();
}

#[test]
fn orders_to_the_network_hold_and_the_configuration_holds_for_the_rest() {
    let (mut t, mut store) = kept(config());
    t.core.change_policy(|policy| policy.t3412 = secs(600));
    let rule = Steering { enabled: true, rejects: 1, ..Steering::default() };
    t.core.set_steering(rule.clone());
    store.take(&mut t.core);
    let fields: Vec<&str> =
        store.0.keys().filter(|(kind, _)| kind == "policy").map(|place| &*place.1).collect();
    assert_eq!(fields, ["t3412"], "only what was changed");
    store.1.policy.max_pdn = 2;
    restart(&mut t, &mut store, secs(10));
    let policy = &t.core.config.policy;
    assert_eq!((policy.t3412, policy.max_pdn), (secs(600), 2), "the lab file was changed too");
    assert_eq!(t.core.config.steering, rule);
    store.0.insert(("policy".to_owned(), "t3413".to_owned()), "7".to_owned());
    let error = restored(store.1.clone(), t.now, &store.records()).unwrap_err().to_string();
    assert!(error.contains("a policy record of \"t3413\""), "{error}");
    store.0.remove(&("policy".to_owned(), "t3413".to_owned()));
    store.0.insert(("policy".to_owned(), "t3412".to_owned()), "true".to_owned());
    let error = restored(store.1.clone(), t.now, &store.records()).unwrap_err().to_string();
    assert!(error.contains("the policy record \"t3412\" cannot be read"), "{error}");
}

const PLMNS: [&str; 3] = [FRANCE, SPAIN_BEST, SPAIN_PARTNER];

fn steered() -> CellularConfig {
    let steering = Steering { enabled: true, rejects: 2, ..Steering::default() };
    let policy = Policy { purge_after: Some(secs(600)), ..config().policy };
    CellularConfig { steering, policy, esmes: esmes(), ..config() }
}

/// One thing that somebody does, drawn from the stream.
fn act(t: &mut Timeline, rng: &mut Rng, phones: &mut [Phone; 3], round: u32) {
    let index = rng.below(3) as usize;
    let dev = [VOICE, DATA, OTHER][index];
    let (now, imsi, on) = (t.now(), dev.imsi(), rng.chance(500));
    let plmn = PLMNS[rng.below(3) as usize];
    match rng.below(24) {
        0..=3 => {
            phones[index].plmn = plmn;
            t.up(dev, plmn, Timeline::request(dev, AttachType::Combined, no_apn()));
        }
        4 => t.up(dev, phones[index].plmn, NasUp::DetachRequest { switch_off: true }),
        5 => t.up(dev, phones[index].plmn, Timeline::update(UpdateType::Periodic)),
        6 | 7 => {
            let validity = on.then(|| secs(7200));
            send(t, dev, &format!("message {round} é"), validity);
        }
        8 => {
            let to = if on { SHORT_CODE.to_owned() } else { VOICE.msisdn().to_string() };
            let mut submit = submit(&to);
            submit.status_report_request = true;
            submit.message_reference = round as u8;
            t.up(dev, phones[index].plmn, mo(0, round as u8, smsc(), &Tpdu::from(submit)));
        }
        9 => phones[index].full = on,
        10 if on => drop(t.core.suspend(now, &imsi)),
        10 | 11 => drop(t.core.resume(now, &imsi)),
        12 => drop(t.core.set_voice_whitelist("acme", &[number("3900"), dev.msisdn()])),
        13 => drop(t.core.set_roaming_control(now, "acme", 214, Bearers { data: on, ..Bearers::default() })),
        14 => t.core.set_quota(now, &imsi, on.then_some(5000), Some(secs(60))),
        15 => drop(t.core.ota_refresh(now, &imsi, RefreshKind::FileChange, &[0x6f61])),
        16 => {
            let pdn = apn(["iot.public", "acme.dedicated"][rng.below(2) as usize]);
            t.up(dev, phones[index].plmn, NasUp::PdnConnectivityRequest { pti: 1, pdn });
        }
        17..=20 => customers::act(t, rng, dev, round),
        21 => t.core.change_policy(|policy| policy.t3412 = secs(if on { 1200 } else { 3240 })),
        22 => {
            let rejects = u32::from(on) + 1;
            t.core.set_steering(Steering { enabled: true, rejects, ..Steering::default() });
        }
        _ => {
            let request = ServiceRequest::new(SsCode::CALL_WAITING).encode();
            let operation = if on { operation::ACTIVATE_SS } else { operation::DEACTIVATE_SS };
            let id = InvokeId(1);
            let invoke = Component::Invoke { id, linked: None, operation, argument: request };
            let message = SsMessage::new(super::mo(0), SsMessageKind::Register, invoke);
            t.up(dev, phones[index].plmn, NasUp::Ss(message.encode(Side::Mobile)));
            let session = t.core.sessions(&imsi).into_iter().next();
            if let Some((bearer, source)) = session.and_then(|it| Some((it.bearer, it.address.ipv4()?))) {
                let mut packet =
                    hex::decode("4500001c0000000040110000000000000a0000630001000200080000").unwrap();
                packet[12..16].copy_from_slice(&source.octets());
                t.core.handle_packet(t.now(), dev.ue(), cell(phones[index].plmn), bearer, packet);
            }
            let call = t.core.call(now, number("+33123456789"), dev.msisdn(), false);
            t.pass(secs(1));
            drop(t.core.hang_up(t.now(), call));
        }
    }
}

/// A long run of random traffic; a restart after the rounds for which the stream `restarts` says so.
fn run(seed: u64, mut restarts: Option<Rng>) -> (Vec<String>, Store, u32) {
    let (mut t, mut store) = kept(steered());
    let mut rng = Seed(seed).rng();
    let mut phones = [VOICE, DATA, OTHER].map(|dev| Phone::new(dev, FRANCE));
    let (mut told, mut count) = (Vec::new(), 0);
    for round in 0..150 {
        act(&mut t, &mut rng, &mut phones, round);
        for _ in 0..60 {
            for phone in &mut phones {
                phone.live(&mut t, Duration::from_millis(50));
            }
        }
        let pause = if rng.chance(300) { rng.below(20_000_000) } else { rng.below(60_000) };
        for _ in 0..40 {
            t.pass(Duration::from_millis(pause / 40));
            for phone in &mut phones {
                phone.live(&mut t, Duration::from_millis(400));
            }
        }
        told.extend(t.sentences());
        store.take(&mut t.core);
        // What is on its way is lost with the core, so it is lost when nothing is.
        if restarts.as_mut().is_some_and(|rng| rng.chance(300)) && !t.core.agenda.sends() {
            restart(&mut t, &mut store, Duration::ZERO);
            count += 1;
        }
    }
    (told, store, count)
}

#[test]
fn a_run_with_restarts_is_the_same_run() {
    let mut kinds = BTreeSet::new();
    let mut states = String::new();
    for seed in 1..=6 {
        let (want, kept, _) = run(seed, None);
        let (got, again, restarts) = run(seed, Some(Seed(seed).child("restarts").rng()));
        assert!(restarts > 20, "{restarts} restarts");
        for (place, (want, got)) in want.iter().zip(&got).enumerate() {
            assert_eq!(want, got, "note {place} of seed {seed}");
        }
        assert_eq!(want.len(), got.len(), "seed {seed}");
        let (kept_of, again_of) = (kept.compared(), again.compared());
        let places: BTreeSet<_> = kept_of.keys().chain(again_of.keys()).collect();
        for place in places {
            assert_eq!(kept_of.get(place), again_of.get(place), "{place:?} of seed {seed}");
        }
        states.extend(kept.0.values().map(String::as_str));
        kinds.extend(kept.2);
    }
    kinds.remove("sms-reply");
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let mut want: Vec<&str> = Timeline::new().core.kinds();
    want.sort_unstable();
    // An answer to a device waits for its acknowledgement only for a moment; it has a test of its own.
    want.retain(|kind| *kind != "sms-reply");
    assert_eq!(kinds, want, "a kind that never was stored was not tested");
    for state in
        ["\"Enroute\"", "\"Delivered\"", "\"Expired\"", "\"Undeliverable\"", "\"Memory\"", "\"Contact\""]
    {
        assert!(states.contains(state), "no {state}");
    }
}

#[test]
fn the_network_still_knows_who_is_attached_and_keeps_the_address() {
    let (mut t, mut store) = kept(config());
    t.attach(VOICE, FRANCE);
    let before = (t.core.registration(&VOICE.imsi()), t.core.sessions(&VOICE.imsi()));
    restart(&mut t, &mut store, secs(60));
    assert_eq!((t.core.registration(&VOICE.imsi()), t.core.sessions(&VOICE.imsi())), before);
    let answer = t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    let [NasDown::TrackingAreaUpdateAccept { bearers, .. }] = answer.as_slice() else { panic!("{answer:?}") };
    assert_eq!(bearers, &[5]);
    t.codes();
    t.attach(DATA, FRANCE);
    assert_ne!(t.core.sessions(&DATA.imsi())[0].address, before.1[0].address, "it is taken");
    t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
    restart(&mut t, &mut store, secs(60));
    let answer = t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    let [NasDown::TrackingAreaUpdateReject(reject)] = answer.as_slice() else { panic!("{answer:?}") };
    assert_eq!(reject.cause.0, 10, "a mobile that was known before: #10, and not #9");
    t.attach(VOICE, FRANCE);
    assert_eq!(t.core.sessions(&VOICE.imsi())[0].address, before.1[0].address, "it gets its old address");
}

#[test]
fn a_message_for_a_device_that_is_off_waits_over_a_restart_and_comes_once() {
    let (mut t, mut store) = kept(config());
    let id = send(&mut t, VOICE, "good evening", None);
    t.pass(secs(5));
    restart(&mut t, &mut store, secs(600));
    assert_eq!((t.core.sms_state(id), t.core.sms_waiting(&VOICE.imsi())), (Some(SmsState::Enroute), 1));
    let mut phone = Phone::new(VOICE, FRANCE);
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    phone.live(&mut t, secs(10));
    assert_eq!(phone.texts(), ["good evening"]);
    restart(&mut t, &mut store, secs(1));
    phone.live(&mut t, secs(3600));
    assert_eq!(phone.texts(), ["good evening"]);
    assert!(matches!(t.core.sms_state(id), Some(SmsState::Delivered { .. })));
}

#[test]
fn what_fell_due_while_the_core_was_away_happens_at_once() {
    let (mut t, mut store) = kept(config());
    t.attach(DATA, FRANCE);
    let id = send(&mut t, VOICE, "too late", Some(secs(300)));
    t.pass(secs(5));
    t.codes();
    restart(&mut t, &mut store, secs(24 * 3600));
    assert!(matches!(t.core.sms_state(id), Some(SmsState::Expired { .. })));
    assert_eq!(t.core.registration(&DATA.imsi()), None, "it was not heard for a day");
    let codes = t.codes();
    assert!(codes.contains(&"sms-expired") && codes.contains(&"network-detach"), "{codes:?}");
}

#[test]
fn a_submit_that_is_repeated_after_a_restart_is_not_sent_twice() {
    let (mut t, mut store) = kept(config());
    t.attach(VOICE, FRANCE);
    let message = mo(0, 7, smsc(), &Tpdu::from(submit(SHORT_CODE)));
    t.up(VOICE, FRANCE, message.clone());
    restart(&mut t, &mut store, secs(1));
    t.up(VOICE, FRANCE, message);
    t.pass(secs(60));
    assert_eq!(t.core.application_inbox(&number(SHORT_CODE)).len(), 1);
    restart(&mut t, &mut store, secs(1));
    let inbox = t.core.application_inbox(&number(SHORT_CODE));
    assert_eq!(
        inbox.iter().map(|message| message.user_data.clone()).collect::<Vec<_>>(),
        [UserData::text("hello").unwrap()]
    );
    assert_eq!(t.heard(VOICE).len(), 3, "CP-ACK, and the answer with one repeat; the first ones were lost");
}

#[test]
fn sequence_numbers_go_on_so_that_a_card_sees_no_old_one() {
    let (mut t, mut store) = kept(config());
    for _ in 0..3 {
        t.attach(VOICE, FRANCE);
        restart(&mut t, &mut store, secs(10));
    }
    let sqn = store.0.get(&("authentication".to_owned(), VOICE.imsi().to_string())).cloned();
    assert_eq!(sqn.as_deref(), Some("99"), "SEQ 3, IND 3");
}

#[test]
fn a_call_that_ran_is_over_after_a_restart() {
    let (mut t, mut store) = kept(config());
    t.attach(VOICE, FRANCE);
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(1));
    restart(&mut t, &mut store, secs(1));
    let calls: Vec<_> = t.core.calls().map(|(_, call)| call.state.clone()).collect();
    let [CallState::Ended { cause, by: EndedBy::Network, .. }] = calls.as_slice() else {
        panic!("{calls:?}")
    };
    assert_eq!(cause.0, 41);
}

#[test]
fn a_state_of_another_lab_file_is_refused_with_the_name_of_what_is_missing() {
    let (mut t, mut store) = kept(config());
    t.attach(VOICE, FRANCE);
    send(&mut t, DATA, "waits", None);
    t.core.set_voice_whitelist("zeta", &[]).unwrap();
    store.take(&mut t.core);
    let change = |change: &dyn Fn(&mut CellularConfig)| {
        let mut changed = config();
        change(&mut changed);
        restored(changed, t.now, &store.records()).unwrap_err().to_string()
    };
    let without = |dev: Dev| {
        move |config: &mut CellularConfig| {
            config.subscribers.retain(|subscriber| subscriber.imsi != dev.imsi());
        }
    };
    let rows: [(&str, String); 3] = [
        ("208010000000001", change(&without(VOICE))),
        ("sms-queue record of \"208010000000002\"", change(&without(DATA))),
        (
            "address record of \"iot.private 10.0.0.2\"",
            change(&|config| config.apns[0].pool_start = Ipv4Addr::new(10, 7, 0, 2)),
        ),
    ];
    for (want, got) in rows {
        assert!(got.contains(want) && got.contains("the lab file"), "{got}");
    }
    let of = |kind: &str, key: &str, value: &str| Record {
        kind: kind.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    };
    for (kind, key, value) in [
        ("short-message", "1", "{\"content\":{\"Message\":\"00\"}}"),
        ("short-message", "one", "{}"),
        ("sms-queue", "208", "{}"),
        ("registration", "1", "null"),
        ("timer", "\"T9999\"", "[1,2]"),
    ] {
        let error = restored(config(), t.now, &[of(kind, key, value)]).unwrap_err();
        assert!(matches!(error, StateError::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains(&format!("the {kind} record \"{key}\"")), "{error}");
    }
}

#[test]
fn nothing_is_noted_unless_it_is_kept() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    assert_eq!(t.core.take_changes().unwrap(), []);
}
