//! Alarms: each criterion, its opposite, and the suspension that it may order.

use super::gateway::{ACME_SERVER, phone, with_servers};
use super::*;
use std::collections::BTreeSet;

const HOUR: Duration = Duration::from_secs(3600);

fn line(dev: Dev, criterion: Criterion, suspends: bool) -> AlarmRule {
    AlarmRule { scope: Scope::Line(dev.imsi()), criterion, suspends }
}

fn above(medium: Medium, direction: Option<Direction>, threshold: u64) -> Criterion {
    Criterion::Above { measure: Measure { medium, direction }, threshold, period: HOUR }
}

fn below(medium: Medium, threshold: u64) -> Criterion {
    Criterion::Below { measure: Measure { medium, direction: None }, threshold, period: HOUR }
}

fn raised(t: &Timeline) -> Vec<(AlarmId, Imsi)> {
    t.core.raised_alarms().map(|raised| (raised.alarm, raised.imsi.clone())).collect()
}

#[test]
fn too_much_data_is_told_once_in_a_period_and_again_in_the_next() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    let now = t.now();
    // A datagram of 72 octets goes up as a packet of 100.
    let id =
        t.core.set_alarm(now, line(VOICE, above(Medium::Data, Some(Direction::Mo), 200), false)).unwrap();
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 72]);
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 72]);
    assert_eq!(raised(&t), [], "as much as the threshold is in order");
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 72]);
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 72]);
    let measure = Measure { medium: Medium::Data, direction: Some(Direction::Mo) };
    let all: Vec<_> = t.core.raised_alarms().collect();
    let [only] = all.as_slice() else { panic!("once") };
    assert_eq!((only.alarm, &only.evidence), (id, &Evidence::Above { measure, used: 300, threshold: 200 }));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Activated), "it has no action");
    t.pass(HOUR);
    t.attach(VOICE, FRANCE);
    for _ in 0..3 {
        phone.udp(&mut t, ACME_SERVER, 7, &[1; 72]);
    }
    assert_eq!(raised(&t).len(), 2, "a period of its own");
}

#[test]
fn an_alarm_that_suspends_cuts_the_running_service() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    let now = t.now();
    t.core.set_alarm(now, line(VOICE, above(Medium::Data, None, 1_000), true)).unwrap();
    t.codes();
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 900]);
    t.pass(secs(1));
    let codes = t.codes();
    assert_eq!(codes, ["alarm-raised", "sim-state-changed", "network-detach", "pdn-released"]);
    assert_eq!(t.core.sessions(&VOICE.imsi()), []);
    let heard = t.heard(VOICE);
    assert!(matches!(heard[..], [NasDown::DetachRequest { .. }]), "{heard:?}");
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachReject { .. }));
    let now = t.now();
    t.core.resume(now, &VOICE.imsi()).unwrap();
    t.attach(VOICE, FRANCE);
}

#[test]
fn a_suspension_that_the_life_of_the_card_forbids_is_told() {
    let mut config = config();
    config.subscribers[0].state = SimState::Test;
    let mut t = Timeline::with(config);
    t.attach(VOICE, FRANCE);
    let now = t.now();
    t.core.set_alarm(now, line(VOICE, Criterion::CountryChanged, true)).unwrap();
    t.codes();
    t.attach(VOICE, SPAIN_BEST);
    assert!(t.codes().contains(&"alarm-action-refused"));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Test));
}

#[test]
fn too_little_is_told_when_the_period_ends_of_lines_that_may_use_the_network() {
    let mut t = Timeline::new();
    let scope = Scope::Account("acme".to_owned());
    let rule = AlarmRule { scope, criterion: below(Medium::Voice, 1), suspends: false };
    let id = t.core.set_alarm(Instant::ZERO, rule).unwrap();
    t.pass(HOUR - secs(1));
    assert_eq!(raised(&t), []);
    t.pass(secs(1));
    assert_eq!(raised(&t), [(id, VOICE.imsi()), (id, DATA.imsi())]);
    let now = t.now();
    t.core.suspend(now, &DATA.imsi()).unwrap();
    t.attach(VOICE, FRANCE);
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(60));
    t.up(VOICE, FRANCE, says(mo(0), CallContent::Disconnect(wire::cause::CcCause::NORMAL_CLEARING)));
    t.pass(HOUR);
    assert_eq!(raised(&t).len(), 2, "one was used, one is suspended");
}

#[test]
fn another_country_operator_or_device_is_told_and_the_same_is_not() {
    let mut t = Timeline::new();
    t.attach(VOICE, SPAIN_BEST);
    let now = t.now();
    let mut set = |criterion| t.core.set_alarm(now, line(VOICE, criterion, false)).unwrap();
    let (country, operator) = (set(Criterion::CountryChanged), set(Criterion::OperatorChanged));
    let outside = set(Criterion::OutsideCountries(BTreeSet::from(["ES".to_owned()])));
    let imei = set(Criterion::ImeiChanged);
    t.attach(VOICE, SPAIN_BEST);
    assert_eq!(raised(&t), [], "nothing changed");
    let of = |id| (id, VOICE.imsi());
    t.attach(VOICE, SPAIN_PARTNER);
    assert_eq!(raised(&t), [of(operator)], "another operator of the same country");
    t.attach(VOICE, FRANCE);
    assert_eq!(raised(&t)[1..], [of(country), of(operator), of(outside)]);
    let other = NasUp::AttachRequest {
        imsi: Some(VOICE.imsi()),
        imei: OTHER.imei(),
        attach_type: AttachType::Combined,
        pdn: no_apn(),
        guti: None,
        power: PowerSaving::default(),
    };
    t.ask(VOICE, FRANCE, other);
    assert_eq!(raised(&t)[4..], [of(imei)]);
    let last = &t.core.raised_alarms().nth(4).unwrap().evidence;
    assert_eq!(*last, Evidence::Imei { from: VOICE.imei(), to: OTHER.imei() });
}

#[test]
fn an_alarm_can_be_seen_changed_and_removed() {
    let mut t = Timeline::new();
    let now = t.now();
    let id = t.core.set_alarm(now, line(VOICE, Criterion::CountryChanged, true)).unwrap();
    assert_eq!(t.core.alarms().map(|(id, _)| id).collect::<Vec<_>>(), [id]);
    t.core.change_alarm(now, id, Criterion::ImeiChanged, false).unwrap();
    t.attach(VOICE, FRANCE);
    t.attach(VOICE, SPAIN_BEST);
    assert_eq!(raised(&t), [], "it watches something else now");
    let now = t.now();
    t.core.change_alarm(now, id, Criterion::CountryChanged, true).unwrap();
    t.up(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Combined, no_apn()));
    t.pass(Duration::from_millis(200));
    assert_eq!(raised(&t).len(), 1);
    let now = t.now();
    t.core.remove_alarm(now, id).unwrap();
    t.pass(secs(10));
    assert_eq!(t.core.sim_state(&VOICE.imsi()), Some(SimState::Activated), "no action of a removed alarm");
    assert_eq!(t.core.remove_alarm(now, id), Err(ControlError::UnknownAlarm(id)));
    let gone = t.core.change_alarm(now, id, Criterion::ImeiChanged, false);
    assert_eq!((gone, t.core.alarms().count()), (Err(ControlError::UnknownAlarm(id)), 0));
    let nobody = AlarmRule {
        scope: Scope::Account("nobody".to_owned()),
        ..line(VOICE, Criterion::ImeiChanged, false)
    };
    assert_eq!(t.core.set_alarm(now, nobody), Err(ControlError::UnknownAccount("nobody".to_owned())));
    let measure = Measure { medium: Medium::Sms, direction: None };
    let timeless = Criterion::Above { measure, threshold: 1, period: Duration::ZERO };
    assert_eq!(t.core.set_alarm(now, line(VOICE, timeless, false)), Err(ControlError::AlarmPeriod));
}
