//! Activation.

use super::*;

#[test]
fn a_join_accept_goes_out_five_seconds_after_the_request_over_a_wrap_of_the_counter() {
    let mut t = Timeline::new(config());
    t.uplink_at(secs(1), &join_request(0x1234));
    t.run_until(secs(10));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent"]);
    let [(at, 0, frame)] = t.sent.as_slice() else { panic!("{:?}", t.sent) };
    assert_eq!(*at, secs(6));
    assert_eq!((frame.frequency, frame.modulation), (F0, SF7));
    assert!(frame.inverted_iq && !frame.crc);
    let octets = frame.payload.clone();
    let accept = t.take_join_accept(&octets, 0x1234);
    assert_eq!(octets.len(), 33);
    assert_eq!(accept.net_id.value(), 0x13);
    assert_eq!(accept.dev_addr.nwk_id(), 0x13);
    assert_eq!(accept.rx_delay, 1);
    assert_eq!(accept.cf_list.unwrap().frequencies, eu868::USUAL_CHANNELS);
}

#[test]
fn rx2_of_a_join_is_six_seconds_later_on_the_default_channel() {
    let mut t = Timeline::new(config());
    t.server.set_preferred_window(DEVICE, crate::lorawan::Window::Rx2).unwrap();
    t.uplink_at(secs(1), &join_request(1));
    t.run_until(secs(10));
    let [(at, _, frame)] = t.sent.as_slice() else { panic!("{:?}", t.sent) };
    assert_eq!(*at, secs(7));
    assert_eq!((frame.frequency, frame.modulation), (eu868::RX2_FREQUENCY, SF12));
    assert_eq!(frame.eirp_dbm, 27);
}

#[test]
fn a_used_nonce_is_refused_with_the_time_of_its_use_until_it_is_forgotten() {
    let mut t = Timeline::new(config());
    t.uplink_at(secs(1), &join_request(0x1f2e));
    t.run_until(secs(60));
    t.notes.clear();
    t.uplink_at(secs(60), &join_request(0x1f2e));
    t.run_until(secs(70));
    let text: Vec<String> = t.notes.iter().map(ToString::to_string).collect();
    assert_eq!(text, ["join-request with DevNonce 1f2e refused: the DevNonce was already used at +1.200 s"]);
    assert_eq!(t.codes(), ["join-refused-dev-nonce-used"]);
    assert_eq!(t.sent.len(), 1);
    // A lower nonce that was never used is fine.
    t.uplink_at(secs(70), &join_request(0x0001));
    t.run_until(secs(80));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent"]);
    t.server.forget_nonces(DEVICE).unwrap();
    assert!(t.server.used_nonces(DEVICE).is_empty());
    t.uplink_at(secs(80), &join_request(0x1f2e));
    t.run_until(secs(90));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent"]);
}

#[test]
fn a_wrong_mic_is_refused_and_burns_no_nonce() {
    let mut t = Timeline::new(config());
    let mut wrong = join_request(7);
    wrong[22] ^= 0xff;
    t.uplink_at(secs(1), &wrong);
    t.run_until(secs(9));
    assert_eq!(t.codes(), ["join-refused-wrong-mic"]);
    t.uplink_at(secs(10), &join_request(7));
    t.run_until(secs(20));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent"]);
}

#[test]
fn every_other_refusal_of_a_join_has_its_note() {
    let key: Key = APP_KEY.parse().unwrap();
    let nonce = DevNonce::from_value(1);
    let stranger = JoinRequest { app_eui: APP, dev_eui: APP, dev_nonce: nonce }.seal(&key);
    let other_app = JoinRequest { app_eui: DEVICE, dev_eui: DEVICE, dev_nonce: nonce }.seal(&key);
    let rows: [(&str, Vec<u8>, u32, u8); 4] = [
        ("join-refused-unknown-device", stranger, 868_100_000, 5),
        ("join-refused-wrong-app-eui", other_app, 868_100_000, 5),
        ("join-refused-wrong-channel", join_request(1), 867_100_000, 5),
        ("join-refused-wrong-data-rate", join_request(1), 868_300_000, 6),
    ];
    for (code, octets, hertz, rate) in rows {
        let mut t = Timeline::new(config());
        t.heard_at(secs(1), Hertz(hertz), rate, &octets, &[(0, 50)]);
        t.run_until(secs(9));
        assert_eq!(t.codes(), [code]);
        assert!(t.sent.is_empty());
    }
}

#[test]
fn copies_of_a_request_are_one_and_the_best_gateway_answers() {
    let mut t = Timeline::new(config());
    t.heard_at(secs(1), F0, 5, &join_request(1), &[(0, -20), (1, 60)]);
    t.run_until(secs(10));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent"]);
    let [(at, 1, _)] = t.sent.as_slice() else { panic!("{:?}", t.sent) };
    assert_eq!(*at, secs(6));
}

#[test]
fn the_old_session_lives_until_the_new_keys_are_used() {
    let mut t = Timeline::new(config()).joined();
    let first = t.message(0);
    t.send_at(secs(10), &first);
    t.run_until(secs(15));
    assert_eq!(t.codes(), ["session-started", "uplink-accepted"]);
    let old = t.server.session(DEVICE).unwrap();
    // The device does not hear the second join-accept and goes on with the old keys.
    t.uplink_at(secs(20), &join_request(2));
    t.run_until(secs(30));
    let second = t.message(1);
    t.send_at(secs(30), &second);
    t.run_until(secs(35));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent", "uplink-accepted"]);
    assert_eq!(t.server.session(DEVICE).unwrap().dev_addr, old.dev_addr);
    let (.., accept) = t.sent.pop().unwrap();
    t.take_join_accept(&accept.payload, 2);
    let fresh = t.message(0);
    t.send_at(secs(40), &fresh);
    t.run_until(secs(45));
    assert_eq!(t.codes(), ["session-started", "uplink-accepted"]);
    assert_eq!(t.server.session(DEVICE).unwrap().fcnt_up, Some(0));
    assert_eq!(t.server.session(DEVICE).unwrap().joined_at, Instant::from_micros(20_200_000));
}

#[test]
fn app_nonces_and_addresses_follow_the_seed() {
    let join = |seed: u64| {
        let mut t = Timeline::new(config());
        t.server = NetworkServer::new(config(), Seed(seed));
        t.uplink_at(secs(1), &join_request(1));
        t.run_until(secs(9));
        t.sent.pop().unwrap().2.payload
    };
    assert_eq!(join(1), join(1));
    assert_ne!(join(1), join(2));
}

#[test]
fn an_unregistered_gateway_is_refused_and_reported() {
    let mut t = Timeline::new(config());
    t.server.unregister_gateway(GATEWAYS[0]);
    t.uplink_at(secs(1), &join_request(1));
    t.run_until(secs(9));
    assert_eq!(t.notes[0].subject(), "0016c001f1500001");
    assert_eq!(t.codes(), ["gateway-unknown"]);
    assert!(t.sent.is_empty());
    t.server.handle_gateway_contact(secs(10), GATEWAYS[1]);
    t.server.handle_gateway_contact(secs(10), GATEWAYS[0]);
    t.run_until(secs(11));
    t.settle();
    assert_eq!(t.codes(), ["gateway-unknown"]);
}

#[test]
fn a_changed_app_key_refuses_the_device() {
    let mut t = Timeline::new(config());
    t.server.set_app_key(DEVICE, Key::new([1; 16])).unwrap();
    t.uplink_at(secs(1), &join_request(1));
    t.run_until(secs(9));
    assert_eq!(t.codes(), ["join-refused-wrong-mic"]);
    assert!(t.server.unregister(DEVICE));
    t.uplink_at(secs(10), &join_request(1));
    t.run_until(secs(19));
    assert_eq!(t.codes(), ["join-refused-unknown-device"]);
    t.server.register(device_config()).unwrap();
    assert!(t.server.register(device_config()).is_err(), "twice");
    t.uplink_at(secs(20), &join_request(1));
    t.run_until(secs(29));
    assert_eq!(t.codes(), ["join-accepted", "downlink-sent"]);
}
