//! Class C (LoRaWAN 1.0.2 clause 17): the node listens with the parameters of RX2 whenever it does nothing else.

use super::*;

fn class_c() -> Bench {
    let mut b = Bench::personalised();
    assert_eq!(b.command("mac set class c"), ["ok"]);
    assert_eq!(b.command("mac get class"), ["C"]);
    b.start("mac tx uncnf 1 00");
    b
}

#[test]
fn a_downlink_is_heard_at_any_time() {
    let mut b = class_c();
    b.rest();
    for fcnt in 0..3 {
        b.rx2(secs(5000 + u64::from(fcnt) * 7), with_data(fcnt, 42, &[0xde, 0xad]).seal(&keys()));
        assert_eq!(b.lines, ["mac_rx 42 DEAD"], "{fcnt}");
        b.lines.clear();
    }
}

#[test]
fn a_node_of_class_a_hears_nothing_outside_its_windows() {
    let mut b = class_c();
    b.rest();
    b.command("mac set class a");
    b.rx2(secs(5000), with_data(0, 42, &[0xde, 0xad]).seal(&keys()));
    assert_eq!(b.lines, [""; 0]);
}

#[test]
fn before_rx1_it_listens_with_the_parameters_of_rx2_and_the_uplink_goes_on() {
    let mut b = class_c();
    // SF12 lasts longer than the second before RX1, so RX2 gets a fast data rate for this.
    b.rest();
    b.command("mac set rx2 5 869525000");
    b.start("mac tx uncnf 1 00");
    let early = with_data(0, 42, &[1]).seal(&keys());
    b.downlink(Duration::from_millis(300), eu868::RX2_FREQUENCY, SF7, early);
    assert_eq!(b.lines, ["mac_rx 42 01"]);
    b.rx1(secs(1), message(1).seal(&keys()));
    assert_eq!(b.lines, ["mac_rx 42 01", "mac_tx_ok"]);
}

#[test]
fn rx1_and_transmissions_take_the_receiver_away() {
    let mut b = class_c();
    b.downlink(Duration::from_millis(500), eu868::RX2_FREQUENCY, SF12, with_data(0, 42, &[1]).seal(&keys()));
    assert_eq!(b.lines, [""; 0], "RX1 opens while the frame is coming in");
    b.rest();
    let started = b.now;
    let payload = with_data(0, 42, &[1]).seal(&keys());
    let (frequency, modulation) = (eu868::RX2_FREQUENCY, SF12);
    let frame = LoraFrame { frequency, modulation, inverted_iq: true, crc: false, eirp_dbm: 14, payload };
    b.node.handle_preamble(started, started, &frame);
    b.start("mac tx uncnf 1 00");
    let ended = started + frame.time_on_air();
    b.run_until(ended);
    b.node.handle_radio(ended, &HeardFrame { frame, started, ended, rssi_dbm: -57, snr_decibel_tenths: 78 });
    b.collect();
    assert_eq!(b.lines, [""; 0], "the node has sent in between");
}

#[test]
fn a_confirmed_downlink_is_acknowledged_in_the_next_uplink() {
    for automatic in ["off", "on"] {
        let mut b = class_c();
        b.rest();
        b.command(&format!("mac set ar {automatic}"));
        b.lines.clear();
        let before = b.sent.len();
        b.rx2(secs(5000), DataMessage { confirmed: true, ..with_data(0, 42, &[1]) }.seal(&keys()));
        assert_eq!(b.lines, ["mac_rx 42 01"]);
        if automatic == "off" {
            assert_eq!(b.sent.len(), before);
            assert_eq!(b.plain_uplink().fctrl() & 0x20, 0x20);
        } else {
            assert_eq!(b.last().fctrl() & 0x20, 0x20, "at once");
        }
    }
}

#[test]
fn an_acknowledgement_outside_the_windows_ends_a_confirmed_uplink() {
    let mut b = class_c();
    b.rest();
    b.start("mac tx cnf 1 00");
    let ack = DataMessage { ack: true, ..with_data(0, 42, &[7]) };
    b.rx2(Duration::from_millis(2400), ack.seal(&keys()));
    assert_eq!(b.lines, ["mac_rx 42 07"]);
    let sent = b.sent.len();
    b.rest();
    assert_eq!(b.sent.len(), sent, "it is not sent again");
}

#[test]
fn sticky_answers_are_repeated_until_a_window_of_class_a_hears_something() {
    let mut b = class_c();
    b.rest();
    b.start("mac tx uncnf 1 00");
    b.rx1(secs(1), with_f_opts(0, "0801"));
    b.rest();
    assert_eq!(b.plain_uplink().f_opts(), "08");
    b.rx2(secs(5000), message(1).seal(&keys()));
    assert_eq!(b.plain_uplink().f_opts(), "08");
    b.start("mac tx uncnf 1 00");
    b.rx1(secs(1), message(2).seal(&keys()));
    b.rest();
    assert_eq!(b.plain_uplink().f_opts(), "");
}

#[test]
fn a_join_hears_only_its_own_windows() {
    let mut b = Bench::joiner(NodeConfig::default(), 1);
    b.command("mac set class c");
    b.start("mac join otaa");
    b.rx2(secs(3), accept());
    assert_eq!(b.lines, [""; 0]);
    b.rest();
    b.start("mac join otaa");
    b.rx2(secs(6), accept());
    assert_eq!(b.lines, ["accepted"]);
    b.rest();
    let session = accept_keys(&b);
    let data = with_data(0, 42, &[9]).seal(&session);
    b.rx2(secs(9000), data);
    assert_eq!(b.lines, ["mac_rx 42 09"]);
}

fn accept_keys(b: &Bench) -> SessionKeys {
    let accept = JoinAccept {
        app_nonce: AppNonce::from_value(0x2a),
        net_id: NetId::from_value(0x13),
        dev_addr: ADDR,
        dl_settings: DlSettings::default(),
        rx_delay: 1,
        cf_list: None,
    };
    let frame = wire::lorawan::Frame::parse(&b.last().frame.payload);
    let Ok(wire::lorawan::Frame::JoinRequest(request)) = frame else { panic!("{frame:?}") };
    accept.session_keys(&APP_KEY.parse().unwrap(), request.request().dev_nonce)
}
