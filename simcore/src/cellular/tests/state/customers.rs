//! What customers have: subscribers of later, alarms, communications, applications.

use super::super::esme::{OWN, texts, to_device};
use super::super::subscribers::new_subscriber;
use super::*;
use wire::id::Imei;
use wire::sms::Address;

/// One thing that a customer or the operator does, drawn from the stream.
pub(super) fn act(t: &mut Timeline, rng: &mut Rng, dev: Dev, round: u32) {
    let (now, imsi, on) = (t.now(), dev.imsi(), rng.chance(500));
    let imei: Imei = "350000000000006".parse().unwrap();
    match rng.below(9) {
        0 => {
            let mut new = new_subscriber(&format!("+336399{round:05}"));
            new.imsi = format!("2080100001{round:05}").parse().unwrap();
            new.iccid = format!("89330110000000{round:05}").parse().unwrap();
            t.core.provision(now, new).unwrap();
        }
        1 | 2 => {
            for suspended in [VOICE, DATA, OTHER] {
                drop(t.core.move_sim(now, &suspended.imsi(), SimState::Activated, Actor::Operator));
            }
            if rng.chance(200) {
                drop(t.core.move_sim(now, &imsi, SimState::Suspended, Actor::Operator));
            }
        }
        3 => t.core.list_equipment(&imei, if on { EquipmentList::Grey } else { EquipmentList::White }),
        4 => drop(t.core.set_account_quota(now, "acme", on.then_some(9000), Some(secs(600)))),
        5 | 6 => {
            let measure = Measure { medium: Medium::Sms, direction: None };
            let scope = if on { Scope::Line(imsi) } else { Scope::Account("acme".to_owned()) };
            let criterion = match rng.below(3) {
                0 => Criterion::OperatorChanged,
                1 => Criterion::Below { measure, threshold: 3, period: secs(120) },
                _ => Criterion::Above { measure, threshold: 1, period: secs(300) },
            };
            t.core.set_alarm(now, AlarmRule { scope, criterion, suspends: false }).unwrap();
        }
        _ => {
            let bind = t.bind(BindMode::Transceiver);
            for schedule in [None, Some(EsmeTime::After(secs(30)))] {
                let request =
                    EsmeSubmit { schedule, alert: on, ..to_device(dev.msisdn(), &format!("of {round}")) };
                let _ = t.core.esme_submit(now, bind, request);
            }
            let plmn = FRANCE;
            let to = Address::from_number(&number(OWN));
            let mut submit = wire::sms::Submit::new(to, UserData::text("hello").unwrap());
            submit.message_reference = round as u8;
            t.up(dev, plmn, mo(0, round as u8, smsc(), &Tpdu::from(submit)));
            t.pass(secs(1));
            // Now and then the ESME takes what waits for it.
            while on && let Some(delivery) = t.next(bind) {
                t.taken(bind, &delivery);
            }
            t.core.unbind_esme(t.now(), bind, UnbindCause::Asked);
        }
    }
}

fn with_esmes() -> CellularConfig {
    CellularConfig { esmes: esmes(), ..config() }
}

#[test]
fn a_message_of_an_esme_comes_once_and_its_receipt_waits_for_the_esme() {
    let (mut t, mut store) = kept(with_esmes());
    let bind = t.bind(BindMode::Transceiver);
    let id = t.core.esme_submit(t.now(), bind, to_device(VOICE.msisdn(), "good evening")).unwrap();
    restart(&mut t, &mut store, secs(60));
    let mut phone = Phone::new(VOICE, FRANCE);
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    phone.live(&mut t, secs(10));
    assert_eq!(phone.texts(), ["good evening"]);
    assert_eq!(t.core.esme_waiting("acme-app"), 1);
    restart(&mut t, &mut store, secs(60));
    phone.live(&mut t, secs(600));
    assert_eq!(phone.texts(), ["good evening"]);
    let bind = t.bind(BindMode::Transceiver);
    let given = t.next(bind).unwrap();
    assert_eq!(texts(std::slice::from_ref(&given)), [format!("{id} delivered")]);
    let EsmeContent::Receipt(receipt) = &given.content else { panic!("{given:?}") };
    assert_eq!(
        (receipt.user_reference, receipt.delivered, receipt.text.as_str()),
        (Some(7), 1, "good evening")
    );
    restart(&mut t, &mut store, secs(1));
    let bind = t.bind(BindMode::Transceiver);
    let again = t.next(bind).unwrap();
    assert_eq!(again.content, given.content, "it was not answered for");
    t.taken(bind, &again);
    restart(&mut t, &mut store, secs(1));
    let bind = t.bind(BindMode::Transceiver);
    assert_eq!(t.next(bind), None);
    let next = t.core.esme_submit(t.now(), bind, to_device(VOICE.msisdn(), "more")).unwrap();
    assert!(next > id, "no identity is given twice");
    let query = t.core.esme_query(t.now(), bind, id, None).unwrap();
    assert!(matches!(query.state, SmsState::Delivered { .. }));
}

#[test]
fn what_waits_for_an_esme_keeps_its_order_and_a_scheduled_message_its_time() {
    let (mut t, mut store) = kept(with_esmes());
    t.attach(VOICE, FRANCE);
    let mut phone = Phone::new(VOICE, FRANCE);
    let bind = t.bind(BindMode::Transmitter);
    let later = EsmeSubmit {
        schedule: Some(EsmeTime::After(secs(900))),
        receipt: ReceiptWish::Never,
        ..to_device(VOICE.msisdn(), "later")
    };
    t.core.esme_submit(t.now(), bind, later).unwrap();
    for (reference, text) in
        (1..).zip(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"])
    {
        let submit =
            wire::sms::Submit::new(Address::from_number(&number(OWN)), UserData::text(text).unwrap());
        let submit = wire::sms::Submit { message_reference: reference, ..submit };
        t.up(VOICE, FRANCE, mo(0, reference, smsc(), &Tpdu::from(submit)));
        phone.live(&mut t, secs(2));
        phone.say(&mut t, &wire::sms::CpMessage::ack(wire::sms::TransactionId::originator(0)));
        if reference == 9 {
            restart(&mut t, &mut store, secs(1));
        }
    }
    restart(&mut t, &mut store, secs(1));
    let bind = t.bind(BindMode::Receiver);
    let mut got = Vec::new();
    while let Some(delivery) = t.next(bind) {
        got.extend(texts(std::slice::from_ref(&delivery)));
        t.taken(bind, &delivery);
    }
    assert_eq!(
        got,
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
    );
    phone.live(&mut t, secs(600));
    assert_eq!(phone.texts(), [""; 0], "a quarter of an hour is not over");
    phone.live(&mut t, secs(600));
    assert_eq!(phone.texts(), ["later"]);
}

#[test]
fn a_subscriber_that_was_provisioned_is_there_and_one_that_the_operator_suspended_stays_so() {
    let (mut t, mut store) = kept(config());
    let mut new = new_subscriber("+33639000777");
    new.static_addresses.insert("iot.private".to_owned(), Ipv4Addr::new(10, 0, 0, 2));
    let imsi = new.imsi.clone();
    t.core.provision(t.now(), new.clone()).unwrap();
    t.core.move_sim(t.now(), &DATA.imsi(), SimState::Suspended, Actor::Operator).unwrap();
    t.core.terminate(t.now(), &OTHER.imsi()).unwrap();
    let mut heir = new_subscriber(OTHER.msisdn().as_str());
    heir.imsi = "208010000000000".parse().unwrap();
    heir.iccid = "8933010000000000088".parse().unwrap();
    t.core.provision(t.now(), heir.clone()).unwrap();
    restart(&mut t, &mut store, secs(60));
    assert_eq!(t.core.subscriber(&imsi), Some(&new));
    assert_eq!(t.core.subscriber_of(&OTHER.msisdn()), Some(&heir.imsi), "a number that was free");
    t.attach(VOICE, FRANCE);
    let taken = t.core.sessions(&VOICE.imsi())[0].address.ipv4();
    assert_ne!(taken, Some(Ipv4Addr::new(10, 0, 0, 2)), "it is somebody's");
    let refused = t.core.resume(t.now(), &DATA.imsi());
    assert_eq!(refused, Err(ControlError::SuspendedByOperator(DATA.imsi())));
    let mut without = config();
    without.accounts.retain(|account| account.name != "acme");
    without.subscribers.retain(|subscriber| *subscriber.account != *"acme");
    without.apns.retain(|apn| apn.kind != ApnKind::Dedicated { account: "acme".to_owned() });
    let error = restored(without, t.now, &store.records()).unwrap_err().to_string();
    assert!(error.contains("subscriber record of") && error.contains("the lab file"), "{error}");
}

#[test]
fn the_clock_of_a_state_goes_on_and_a_card_that_left_it_is_left_alone() {
    let mut sleeping = config();
    sleeping.subscribers[0].state = SimState::Sleeping;
    sleeping.subscribers[1].state = SimState::Test;
    let (mut t, mut store) = kept(sleeping);
    t.core.set_sim_state(t.now(), &VOICE.imsi(), SimState::Activated).unwrap();
    t.pass(secs(3600));
    t.core.set_sim_state(t.now(), &VOICE.imsi(), SimState::Sleeping).unwrap();
    restart(&mut t, &mut store, LONGEST_SLEEP - secs(1));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Sleeping));
    assert_eq!(t.core.sim_state(&DATA.imsi()), Some(SimState::Sleeping), "a month is over");
    t.pass(secs(1));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Activated));
}

#[test]
fn communications_use_and_alarms_go_on() {
    let (mut t, mut store) = kept(config());
    let measure = Measure { medium: Medium::Sms, direction: None };
    let criterion = Criterion::Above { measure, threshold: 12, period: secs(24 * 3600) };
    let rule = AlarmRule { scope: Scope::Line(VOICE.imsi()), criterion, suspends: false };
    let first = t.core.set_alarm(t.now(), rule.clone()).unwrap();
    let last = t.core.set_alarm(t.now(), rule.clone()).unwrap();
    t.core.remove_alarm(t.now(), last).unwrap();
    let mut phone = Phone::new(VOICE, FRANCE);
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    for round in 0..12 {
        send(&mut t, VOICE, &format!("message {round}"), None);
        phone.live(&mut t, secs(10));
    }
    let all = |t: &Timeline| t.core.history(&VOICE.imsi(), Instant::ZERO, t.now());
    let (before, usage) = (all(&t), t.core.usage(&VOICE.imsi()));
    restart(&mut t, &mut store, secs(60));
    assert_eq!((all(&t), t.core.usage(&VOICE.imsi())), (before, usage));
    assert_eq!(usage.sms_mt, 12);
    assert_eq!(t.core.raised_alarms().count(), 0);
    send(&mut t, VOICE, "one too many", None);
    phone.live(&mut t, secs(10));
    assert_eq!(t.core.raised_alarms().map(|raised| raised.alarm).collect::<Vec<_>>(), [first]);
    restart(&mut t, &mut store, secs(60));
    send(&mut t, VOICE, "told already", None);
    phone.live(&mut t, secs(10));
    assert_eq!(t.core.raised_alarms().count(), 1, "once in a period");
    let next = t.core.set_alarm(t.now(), rule).unwrap();
    assert!(next > last, "no number is given twice");
    let numbers: Vec<u64> = all(&t).iter().map(|known| known.number).filter(|number| *number > 0).collect();
    assert_eq!(numbers, (1..=14).collect::<Vec<_>>());
}

#[test]
fn lists_of_equipment_quotas_and_identities_are_still_known() {
    let (mut t, mut store) = kept(config());
    let imei: Imei = "350000000000006".parse().unwrap();
    t.core.list_equipment(&imei, EquipmentList::Black);
    t.core.set_quota(t.now(), &VOICE.imsi(), Some(0), Some(secs(3600)));
    t.core.set_account_quota(t.now(), "zeta", Some(0), None).unwrap();
    t.attach(DATA, FRANCE);
    let given = *t.core.identities.last.get(&DATA.imsi()).unwrap();
    restart(&mut t, &mut store, secs(60));
    assert_eq!(t.core.equipment_list(&imei), EquipmentList::Black);
    assert!(t.core.quota_used_up(&VOICE.imsi()).is_some());
    let guti = wire::nas::Guti { plmn: FRANCE.parse().unwrap(), group: 0x8001, code: 1, m_tmsi: given };
    assert!(t.core.identities.knows(guti));
}
