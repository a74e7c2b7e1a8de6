//! Activation (LoRaWAN 1.0.2 clause 6).

use super::*;
use std::collections::BTreeSet;
use wire::lorawan::{CfList, DevNonce, Frame};

fn accept() -> JoinAccept {
    JoinAccept {
        app_nonce: AppNonce::from_value(0x2a),
        net_id: NetId::from_value(0x13),
        dev_addr: ADDR,
        dl_settings: DlSettings::default(),
        rx_delay: 1,
        cf_list: None,
    }
}

fn app_key() -> Key {
    APP_KEY.parse().unwrap()
}

fn nonce_of(sent: &Sent) -> DevNonce {
    match Frame::parse(&sent.frame.payload).unwrap() {
        Frame::JoinRequest(frame) => {
            assert!(frame.is_authentic(&app_key()));
            let request = frame.request();
            assert_eq!(request.dev_eui.to_string(), "0004a30b001a2b3c");
            assert_eq!(request.app_eui.to_string(), "70b3d57ed0000001");
            request.dev_nonce
        }
        other @ (Frame::JoinAccept(_) | Frame::Data(_) | Frame::Proprietary(_)) => panic!("{other:?}"),
    }
}

fn joiner() -> Bench {
    Bench::joiner(NodeConfig::default(), 1)
}

#[test]
fn joins_with_an_answer_in_either_window() {
    for rx2 in [false, true] {
        let mut b = joiner();
        let request = b.start("mac join otaa");
        assert_eq!(request.ended.since(request.at), Duration::from_micros(61_696));
        assert!(!request.frame.inverted_iq && request.frame.crc && request.frame.modulation == SF7);
        if rx2 {
            b.rx2(secs(6), accept().seal(&app_key()));
        } else {
            b.rx1(secs(5), accept().seal(&app_key()));
        }
        assert_eq!(b.lines, ["accepted"]);
        assert_eq!(b.command("mac get devaddr"), ["26011BDA"]);
        b.rest();
        let data = b.start("mac tx uncnf 1 68656C6C6F");
        let keys = accept().session_keys(&app_key(), nonce_of(&request));
        let Ok(Frame::Data(frame)) = Frame::parse(&data.frame.payload) else { panic!("{data:?}") };
        assert_eq!(frame.open(&keys, 0).unwrap().payload.unwrap().octets, b"hello");
    }
}

#[test]
fn an_accept_outside_the_windows_or_with_another_key_is_ignored() {
    let late = Duration::from_millis(200);
    let other: Key = "00000000000000000000000000000001".parse().unwrap();
    let mut damaged = accept().seal(&app_key());
    damaged[16] ^= 1;
    let rows: [(&str, Duration, Vec<u8>); 5] = [
        ("late", secs(5) + late, accept().seal(&app_key())),
        ("early", secs(5) - Duration::from_millis(1), accept().seal(&app_key())),
        ("at the time of data", secs(1), accept().seal(&app_key())),
        ("another key", secs(5), accept().seal(&other)),
        ("wrong MIC", secs(5), damaged),
    ];
    for (name, delay, payload) in rows {
        let mut b = joiner();
        b.start("mac join otaa");
        b.rx1(delay, payload);
        assert_eq!(b.lines_within(secs(10)), ["denied"], "{name}");
        assert_eq!(b.command("mac tx uncnf 1 00"), ["not_joined"], "{name}");
    }
}

#[test]
fn an_accept_on_another_frequency_or_modulation_is_ignored() {
    for (frequency, modulation) in [(eu868::RX2_FREQUENCY, SF7), (Hertz(868_700_000), SF7), (Hertz(0), SF12)]
    {
        let mut b = joiner();
        let request = b.start("mac join otaa");
        let frequency = if frequency == Hertz(0) { request.frame.frequency } else { frequency };
        b.downlink(secs(5), frequency, modulation, accept().seal(&app_key()));
        assert_eq!(b.lines_within(secs(10)), ["denied"]);
    }
}

#[test]
fn a_foreign_accept_in_rx1_leaves_rx2_open() {
    let mut b = joiner();
    b.start("mac join otaa");
    b.rx1(secs(5), accept().seal(&"00000000000000000000000000000001".parse().unwrap()));
    assert!(b.lines.is_empty());
    b.rx2(secs(6), accept().seal(&app_key()));
    assert_eq!(b.lines, ["accepted"]);
}

#[test]
fn the_settings_of_the_accept_are_used_and_a_new_join_puts_them_back() {
    let mut b = joiner();
    b.start("mac join otaa");
    let settings = DlSettings { rx1_dr_offset: 2, rx2_data_rate: 3 };
    let list = Some(CfList::new(eu868::USUAL_CHANNELS));
    b.rx1(
        secs(5),
        JoinAccept { dl_settings: settings, rx_delay: 3, cf_list: list, ..accept() }.seal(&app_key()),
    );
    assert_eq!(b.command("mac get rx2 868"), ["3 869525000"]);
    assert_eq!(b.command("mac get rxdelay1"), ["3000"]);
    assert_eq!(b.command("mac get ch freq 7"), ["867900000"]);
    let mut frequencies = BTreeSet::new();
    for _ in 0..80 {
        frequencies.insert(b.plain_uplink().frame.frequency);
    }
    assert_eq!(frequencies.len(), 8, "{frequencies:?}");
    b.start("mac join otaa");
    b.rx1(secs(5), accept().seal(&app_key()));
    assert_eq!(b.lines, ["accepted"]);
    assert_eq!(b.command("mac get rx2 868"), ["0 869525000"]);
    assert_eq!(b.command("mac get rxdelay1"), ["1000"]);
    assert_eq!(b.command("mac get ch freq 3"), ["invalid_param"]);
    assert_eq!(b.command("mac get upctr"), ["0"]);
}

#[test]
fn rx1_follows_offset_and_delay() {
    let mut b = joiner();
    let request = b.start("mac join otaa");
    let settings = DlSettings { rx1_dr_offset: 2, rx2_data_rate: 3 };
    b.rx1(secs(5), JoinAccept { dl_settings: settings, rx_delay: 3, ..accept() }.seal(&app_key()));
    let keys = accept().session_keys(&app_key(), nonce_of(&request));
    for (delay, spreading_factor, heard) in [(3, 9, true), (3, 7, false), (1, 9, false)] {
        b.rest();
        let sent = b.start("mac tx uncnf 1 00");
        let fcnt = u32::from(sent.fcnt());
        let modulation = Modulation { spreading_factor, bandwidth_khz: 125 };
        b.downlink(secs(delay), sent.frame.frequency, modulation, with_data(fcnt, 7, &[1]).seal(&keys));
        let want: &[&str] = if heard { &["mac_rx 7 01"] } else { &["mac_tx_ok"] };
        assert_eq!(b.lines_within(secs(10)), want, "{delay} s, SF{spreading_factor}");
    }
}

#[test]
fn nonces_do_not_repeat_over_power_cycles_unless_the_node_is_defective() {
    for (defects, different) in [(BTreeSet::new(), 20), (BTreeSet::from([Defect::ReusesDevNonce]), 1)] {
        let mut b = Bench::joiner(NodeConfig { defects, ..NodeConfig::default() }, 7);
        let mut nonces = BTreeSet::new();
        for step in 0..20 {
            let request = b.start("mac join otaa");
            nonces.insert(nonce_of(&request));
            b.rest();
            if step % 2 == 0 {
                b.power_cycle();
            }
        }
        assert_eq!(nonces.len(), different);
    }
}

#[test]
fn all_join_channels_and_no_others_are_used() {
    let mut b = joiner();
    for _ in 0..90 {
        b.start("mac join otaa");
        b.rest();
        b.power_cycle();
    }
    for channel in eu868::DEFAULT_CHANNELS {
        let share = b.sent.iter().filter(|sent| sent.frame.frequency == channel).count();
        assert!((18..=45).contains(&share), "{channel}: {share} of 90");
    }
    assert_eq!(b.sent.len(), 90);
}

#[test]
fn nothing_is_sent_before_the_join_windows_have_ended() {
    let mut b = joiner();
    b.start("mac join otaa");
    assert_eq!(b.command("mac join otaa"), ["busy"]);
    assert_eq!(b.lines_within(Duration::from_millis(6200)), [""; 0]);
    assert_eq!(b.lines_within(secs(1)), ["denied"]);
    assert_eq!(b.command("mac join otaa"), ["ok"]);
    assert_eq!(b.sent.len(), 2);
}

#[test]
fn joins_without_an_answer_slow_down_with_the_hours() {
    let mut b = joiner();
    let start = b.now;
    let mut on_air = [Duration::ZERO; 3];
    for step in 0..36 * 3600 / 20 {
        let at = start + secs(20) * step;
        b.run_until(at);
        if b.command("mac join otaa") == ["ok"] {
            let span = if step < 180 {
                0
            } else if step < 180 * 11 {
                1
            } else {
                2
            };
            on_air[span] += b.last().frame.time_on_air();
        }
    }
    let limits = [secs(36), secs(36), Duration::from_millis(8700 * 2)];
    for (used, limit) in on_air.iter().zip(limits) {
        assert!(*used <= limit && *used > limit / 3, "{on_air:?}");
    }
}

#[test]
fn a_saved_session_is_taken_up_after_a_power_cycle() {
    let mut b = joiner();
    b.start("mac join otaa");
    b.rx1(secs(5), accept().seal(&app_key()));
    b.rest();
    b.plain_uplink();
    assert_eq!(b.command("mac save"), [""; 0]);
    assert_eq!(b.lines_within(secs(1)), ["ok"]);
    b.power_cycle();
    assert_eq!(b.command("mac tx uncnf 1 00"), ["not_joined"]);
    assert_eq!(b.command("mac join abp"), ["ok", "accepted"]);
    assert_eq!(b.plain_uplink().fcnt(), 1);
}

#[test]
fn a_mask_of_the_network_does_not_stand_in_the_way_of_a_join() {
    let mut b = joiner();
    let request = b.start("mac join otaa");
    let list = CfList::new(eu868::USUAL_CHANNELS);
    let accept = JoinAccept { cf_list: Some(list), ..accept() };
    b.rx1(secs(5), accept.seal(&app_key()));
    assert_eq!(b.command("mac set adr on"), ["ok"]);
    b.rest();
    b.start("mac tx uncnf 1 00");
    // LinkADRReq: DR5, TXPower 1, channels 3 to 7 only.
    let keys = accept.session_keys(&app_key(), nonce_of(&request));
    let f_opts = FOpts::new(unhex("0351f80001")).unwrap();
    b.rx1(secs(1), DataMessage { f_opts, ..message(0) }.seal(&keys));
    b.rest();
    assert_eq!(b.start("mac tx uncnf 1 00").f_opts(), "0307");
    b.rest();
    let again = b.start("mac join otaa");
    assert!(eu868::DEFAULT_CHANNELS.contains(&again.frame.frequency));
}

#[test]
fn a_join_forgets_the_power_of_the_network_and_keeps_that_of_the_host() {
    for (ours, eirp_dbm) in [(None, 14), (Some("mac set pwridx 2"), 12)] {
        let mut b = joiner();
        ours.into_iter().for_each(|line| assert_eq!(b.command(line), ["ok"]));
        let request = b.start("mac join otaa");
        b.rx1(secs(5), accept().seal(&app_key()));
        assert_eq!(b.command("mac set adr on"), ["ok"]);
        b.rest();
        b.start("mac tx uncnf 1 00");
        // LinkADRReq: DR5, TXPower 5.
        let keys = accept().session_keys(&app_key(), nonce_of(&request));
        let f_opts = FOpts::new(unhex("0355070001")).unwrap();
        b.rx1(secs(1), DataMessage { f_opts, ..message(0) }.seal(&keys));
        b.rest();
        assert_eq!(b.start("mac tx uncnf 1 00").frame.eirp_dbm, 6);
        b.rest();
        assert_eq!(b.start("mac join otaa").frame.eirp_dbm, eirp_dbm);
        b.rx1(secs(5), accept().seal(&app_key()));
        b.rest();
        assert_eq!(b.start("mac tx uncnf 1 00").frame.eirp_dbm, eirp_dbm);
    }
}

#[test]
fn a_join_forgets_the_highest_eirp_that_the_network_gave() {
    let mut b = Bench::joiner(NodeConfig { band: Band::As923, ..NodeConfig::default() }, 1);
    let request = b.start("mac join otaa");
    assert_eq!(request.frame.eirp_dbm, 14);
    b.rx1(secs(5), accept().seal(&app_key()));
    b.rest();
    b.start("mac tx uncnf 1 00");
    // TxParamSetupReq: 8 dBm, no limit of dwell time.
    let keys = accept().session_keys(&app_key(), nonce_of(&request));
    let f_opts = FOpts::new(unhex("0900")).unwrap();
    b.rx1(secs(1), DataMessage { f_opts, ..message(0) }.seal(&keys));
    b.rest();
    assert_eq!(b.start("mac tx uncnf 1 00").frame.eirp_dbm, 6);
    b.rest();
    assert_eq!(b.start("mac join otaa").frame.eirp_dbm, 14);
}
