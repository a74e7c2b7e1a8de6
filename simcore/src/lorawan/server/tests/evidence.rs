//! A refusal says why, as far as the server can know: which key would have fitted, which session is over, how the device
//! counts.

use super::*;
use crate::lorawan::CounterRule;

fn started() -> Timeline {
    let mut t = Timeline::new(config()).joined();
    let first = t.message(0);
    t.send_at(secs(10), &first);
    t.run_until(secs(15));
    t.notes.clear();
    t
}

fn only_note(t: &Timeline) -> String {
    let [note] = t.notes.as_slice() else { panic!("{:?}", t.notes) };
    note.to_string()
}

#[test]
fn a_join_request_under_a_reversed_or_a_former_key_is_recognised() {
    let key: Key = APP_KEY.parse().unwrap();
    let mut reversed = *key.expose();
    reversed.reverse();
    let request = JoinRequest { app_eui: APP, dev_eui: DEVICE, dev_nonce: DevNonce::from_value(1) };
    let rows = [
        (Key::new(reversed), "; it fits that key with its octets in reverse"),
        (Key::new([9; 16]), "; it fits the AppKey that was registered before"),
        (Key::new([8; 16]), ""),
    ];
    for (used, want) in rows {
        let mut t = Timeline::new(config());
        t.server.set_app_key(DEVICE, Key::new([9; 16])).unwrap();
        t.server.set_app_key(DEVICE, key.clone()).unwrap();
        t.uplink_at(secs(1), &request.seal(&used));
        t.run_until(secs(9));
        let text = only_note(&t);
        assert!(text.ends_with(&format!("the MIC does not fit the registered AppKey{want}")), "{text}");
    }
}

#[test]
fn a_data_frame_under_another_key_or_counter_is_recognised() {
    let t = started();
    let (keys, _) = t.keys.clone().unwrap();
    let app_key: Key = APP_KEY.parse().unwrap();
    let under = |key: &Key| SessionKeys { nwk_s_key: key.clone(), app_s_key: keys.app_s_key.clone() };
    let rows = [
        (under(&keys.app_s_key), 1, "; it fits the AppSKey"),
        (under(&app_key), 1, "; it fits the AppKey"),
        (keys.clone(), 0x2_0001, "; it fits a frame counter that is 65536 or more further on"),
        (under(&Key::new([7; 16])), 1, "(1 session)"),
    ];
    for (keys, fcnt, want) in rows {
        let mut t = started();
        let octets = DataMessage { fcnt, ..t.message(1) }.seal(&keys);
        t.uplink_at(secs(20), &octets);
        t.run_until(secs(25));
        assert!(only_note(&t).ends_with(want), "{} / {want}", only_note(&t));
        assert_eq!(t.codes(), ["uplink-refused-wrong-mic"]);
    }
    // A device with 16-bit counters after 65535.
    let mut t = started();
    t.server.set_fcnt_up(DEVICE, Some(65_535)).unwrap();
    let octets = DataMessage { fcnt: 0, ..t.message(0) }.seal(&keys);
    t.uplink_at(secs(20), &octets);
    t.run_until(secs(25));
    assert!(only_note(&t).contains("frame counter 0 was already used"), "{}", only_note(&t));
}

#[test]
fn a_frame_of_the_session_before_is_named_as_such() {
    let mut t = started();
    let (keys, address) = t.keys.clone().unwrap();
    t.uplink_at(secs(20), &join_request(2));
    t.run_until(secs(30));
    let (.., accept) = t.sent.pop().unwrap();
    t.take_join_accept(&accept.payload, 2);
    let fresh = t.message(0);
    t.send_at(secs(40), &fresh);
    t.run_until(secs(45));
    t.notes.clear();
    t.uplink_at(secs(50), &DataMessage { dev_addr: address, ..t.message(1) }.seal(&keys));
    t.run_until(secs(55));
    assert!(
        only_note(&t).ends_with("the session that a newer one replaced at +40.200 s"),
        "{}",
        only_note(&t)
    );
    assert_eq!(t.codes(), ["uplink-refused-session-ended"]);
}

#[test]
fn how_a_device_counts_is_a_setting() {
    let rows: [(CounterRule, u32, &[&str]); 6] = [
        (CounterRule::Strict, 3, &["uplink-refused-replay"]),
        (CounterRule::ResetAllowed, 3, &["counter-reset", "uplink-accepted"]),
        (CounterRule::SixteenBits, 3, &["uplink-accepted"]),
        (CounterRule::SixteenBits, 65_533, &["uplink-refused-replay"]),
        (CounterRule::SixteenBits, 20_000, &["uplink-refused-replay"]),
        (CounterRule::Strict, 0x1_0003, &["uplink-accepted"]),
    ];
    for (rule, fcnt, want) in rows {
        let mut t = started();
        t.server.set_counter_rule(DEVICE, rule).unwrap();
        t.server.set_fcnt_up(DEVICE, Some(65_534)).unwrap();
        let octets = t.seal(&DataMessage { fcnt, ..t.message(0) });
        t.uplink_at(secs(20), &octets);
        t.run_until(secs(25));
        assert_eq!(t.codes(), want, "{rule:?} {fcnt}");
    }
}

#[test]
fn nonces_and_counters_are_read_and_set() {
    let mut t = Timeline::new(config());
    t.server.spend_nonce(secs(0), DEVICE, DevNonce::from_value(5)).unwrap();
    t.server.set_app_nonce(DEVICE, 41).unwrap();
    t.uplink_at(secs(1), &join_request(5));
    t.run_until(secs(8));
    assert_eq!(t.codes(), ["join-refused-dev-nonce-used"]);
    t.uplink_at(secs(10), &join_request(6));
    t.run_until(secs(18));
    let (.., accept) = t.sent.pop().unwrap();
    assert_eq!(t.take_join_accept(&accept.payload, 6).app_nonce.value(), 42);
    assert_eq!(t.server.app_nonce(DEVICE), Ok(42));
}
