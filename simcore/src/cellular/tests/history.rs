//! What the network remembers of communications, and that its counters are what was exchanged.

use super::gateway::{ACME_SERVER, phone, with_servers};
use super::*;
use wire::cause::CcCause;

/// From the beginning to the end of time.
fn all(t: &Timeline, dev: Dev) -> Vec<Communication> {
    t.core.history(&dev.imsi(), Instant::ZERO, Instant::from_micros(u64::MAX))
}

#[test]
fn the_counters_are_the_packets_of_the_air() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    let mut rng = Seed(7).rng();
    for _ in 0..40 {
        let octets = vec![0x55; rng.between(1, 1_200) as usize];
        if rng.chance(500) {
            phone.udp(&mut t, ACME_SERVER, 7, &octets);
        } else {
            phone.tcp(&mut t, ACME_SERVER, 7, &octets);
        }
        if rng.chance(200) {
            t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
            t.attach(VOICE, FRANCE);
        }
    }
    let (up, down) = (phone.sent, phone.received);
    let used = t.core.usage(&VOICE.imsi()).data;
    assert!(up.0 > 40 && down.0 > 20, "{up:?} {down:?}");
    assert_eq!((used.packets_up, used.octets_up), up, "from the mobile");
    assert_eq!((used.packets_down, used.octets_down), down, "to the mobile");
    t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
    let mut sum = Traffic::default();
    all(&t, VOICE).iter().for_each(|known| sum.add(known.traffic));
    assert_eq!(Traffic { dropped: 0, ..sum }, Traffic { dropped: 0, ..used }, "the sessions add up");
    assert_eq!(t.core.usage_of_account("acme").data, used);
    assert_eq!(t.core.usage_of_account("zeta"), Usage::default());
}

#[test]
fn a_packet_that_never_crossed_the_air_is_not_counted() {
    let mut config = with_servers();
    config.policy.inactivity = Some(secs(10));
    let mut t = Timeline::with(config);
    let mut phone = phone(&mut t, VOICE, None);
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"hello"), [b"hello"]);
    let before = t.core.usage(&VOICE.imsi()).data;
    t.pass(secs(20));
    t.core.server_sends(t.now(), "telemetry.acme.example", 7, b"push").unwrap();
    t.pass(secs(20));
    assert!(!t.pages.is_empty(), "the idle mobile was paged");
    assert_eq!(t.core.usage(&VOICE.imsi()).data, before, "nobody answered");
}

#[test]
fn a_session_has_its_place_and_its_end() {
    let mut t = Timeline::new();
    t.attach(VOICE, SPAIN_BEST);
    let [running] = &all(&t, VOICE)[..] else { panic!("one session") };
    assert_eq!((running.ended, running.number), (None, 0));
    let began = running.began;
    t.pass(secs(100));
    let now = t.now();
    t.core.suspend(now, &VOICE.imsi()).unwrap();
    let [ended] = &all(&t, VOICE)[..] else { panic!("one session") };
    assert_eq!((ended.medium, ended.direction, ended.began), (Medium::Data, Direction::Mo, began));
    assert_eq!(ended.ended.map(|(at, _)| at), Some(now));
    assert_eq!(ended.apn.as_deref(), Some("iot.private"));
    let place = ended.place.clone().unwrap();
    assert_eq!((place.cell, place.imei), (cell(SPAIN_BEST), VOICE.imei()));
    assert_eq!(place.access, Some(RadioAccess::Eutran));
    assert_eq!(t.core.history(&VOICE.imsi(), Instant::ZERO, began - Duration::from_micros(1)), []);
    assert_eq!(t.core.history(&VOICE.imsi(), now + secs(1), now + secs(2)), []);
    assert_eq!(t.core.history(&VOICE.imsi(), now, now).len(), 1);
    assert_eq!(all(&t, OTHER), []);
}

#[test]
fn a_call_between_subscribers_is_a_communication_of_each() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, SPAIN_BEST);
    t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
    t.pass(secs(1));
    t.up(OTHER, SPAIN_BEST, says(mt(0), CallContent::Alerting));
    t.up(OTHER, SPAIN_BEST, says(mt(0), CallContent::Connect { connected: None }));
    t.up(VOICE, FRANCE, says(mo(0), CallContent::ConnectAcknowledge));
    t.pass(secs(61));
    t.up(VOICE, FRANCE, says(mo(0), CallContent::Disconnect(CcCause::NORMAL_CLEARING)));
    let voice = |dev: Dev| all(&t, dev).into_iter().find(|known| known.medium == Medium::Voice).unwrap();
    let (caller, callee) = (voice(VOICE), voice(OTHER));
    assert_eq!((caller.direction, callee.direction), (Direction::Mo, Direction::Mt));
    assert_eq!(caller.peer.as_deref(), Some(OTHER.msisdn().as_str()));
    assert_eq!(callee.peer.as_deref(), Some(VOICE.msisdn().as_str()));
    assert_eq!(callee.place.clone().unwrap().cell, cell(SPAIN_BEST));
    let (mo, mt) = (t.core.usage(&VOICE.imsi()), t.core.usage(&OTHER.imsi()));
    assert_eq!((mo.calls_mo, mo.calls_mt, mt.calls_mo, mt.calls_mt), (1, 0, 0, 1));
    assert_eq!((mo.talk_mo, mt.talk_mt), (caller.lasted(t.now()), callee.lasted(t.now())));
    assert!(mo.talk_mo >= secs(60) && mo.talk_mo <= secs(62), "{:?}", mo.talk_mo);
    let records = t.core.call_data_records("acme", Instant::ZERO, t.now());
    assert_eq!(records.len(), 1, "the callee is of another account");
}

#[test]
fn a_refused_call_is_no_communication_and_one_that_nobody_answers_is_not_counted() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_voice_whitelist("acme", &[number("+33123456789")]).unwrap();
    t.up(VOICE, FRANCE, setup(&number("+33987654321")));
    t.pass(secs(60));
    assert_eq!(all(&t, VOICE).len(), 1, "the session alone");
    t.core.set_external(&number("+33123456789"), ExternalParty::Busy);
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(60));
    let voice: Vec<_> = all(&t, VOICE).into_iter().filter(|known| known.medium == Medium::Voice).collect();
    assert_eq!(voice.len(), 1);
    assert_eq!(voice[0].ended.unwrap().1, Closing::Cleared(CcCause::USER_BUSY));
    assert_eq!(voice[0].lasted(t.now()), Duration::ZERO);
    assert_eq!(t.core.usage(&VOICE.imsi()).calls_mo, 0);
}
