//! Data both ways (LoRaWAN 1.0.2 clauses 3.3, 4.3 and 5).

use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn vector_p06_leaves_the_node_octet_by_octet() {
    let mut b = Bench::personalised();
    b.command("mac set adr on");
    b.command("mac set upctr 1");
    let sent = b.start("mac tx uncnf 1 68656C6C6F");
    assert_eq!(sent.hex(), "40da1b012680010001a0d4b4a69d846ba11e");
    assert_eq!(b.lines_within(secs(3)), ["mac_tx_ok"]);
    assert_eq!(b.command("mac get upctr"), ["2"]);
}

#[test]
fn vector_p07_answers_the_commands_of_the_downlink_before() {
    let mut b = Bench::personalised();
    for line in ["mac set adr on", "mac set upctr 1", "mac set bat 254"] {
        b.command(line);
    }
    b.start("mac tx uncnf 1 00");
    b.snr_tenths = -50;
    b.rx1(SECOND, with_f_opts(0, "03510700 01 06".replace(' ', "").as_str()));
    assert_eq!(b.lines, ["mac_tx_ok"]);
    b.rest();
    let sent = b.start("mac tx cnf 10 0102030405");
    assert_eq!(sent.hex(), "80da1b0126850200030706fe3b0a86b64dde2c7d528eda");
}

#[test]
fn vectors_p12_and_p13_wrap_the_counter_on_the_air() {
    let mut b = Bench::personalised();
    b.command("mac set upctr 65535");
    assert_eq!(b.start("mac tx uncnf 2 AA55").hex(), "40da1b012600ffff020ede425a185a");
    b.rest();
    assert_eq!(b.start("mac tx uncnf 2 AA55").hex(), "40da1b012600000002631c4ba9cd3c");
}

#[test]
fn a_confirmed_uplink_ends_with_its_acknowledgement_in_either_window() {
    for rx2 in [false, true] {
        let mut b = Bench::personalised();
        b.start("mac tx cnf 1 00");
        let p09 = unhex("60da1b012620000040619216");
        if rx2 {
            b.rx2(secs(2), p09)
        } else {
            b.rx1(SECOND, p09)
        }
        assert_eq!(b.lines, ["mac_tx_ok"]);
        b.rest();
        assert_eq!(b.sent.len(), 1);
        assert_eq!(b.plain_uplink().fcnt(), 1);
    }
}

#[test]
fn without_acknowledgement_the_same_octets_are_sent_up_to_eight_times() {
    let mut b = Bench::personalised();
    b.command("mac set retx 7");
    b.start("mac tx cnf 1 00");
    assert_eq!(b.lines_within(secs(600)), ["mac_err"]);
    assert_eq!(b.sent.len(), 8);
    assert!(b.sent.iter().all(|sent| sent.frame.payload == b.sent[0].frame.payload));
    let rates: Vec<_> = b.sent.iter().map(|sent| sent.frame.modulation.spreading_factor).collect();
    assert_eq!(rates, [7, 7, 8, 8, 9, 9, 10, 10]);
    for pair in b.sent.windows(2) {
        // RX2 at SF12 closes 262 ms after it opened; then 1 to 3 s.
        let gap = pair[1].at.since(pair[0].ended);
        assert!(gap > Duration::from_millis(3200), "{gap:?}");
        assert_ne!(pair[0].frame.frequency, pair[1].frame.frequency);
    }
    assert_eq!(b.plain_uplink().fcnt(), 1);
}

#[test]
fn ack_timeout_is_between_one_and_three_seconds_after_rx2() {
    let mut b = Bench::personalised();
    let mut gaps = Vec::new();
    // A channel in another band: the duty cycle then does not delay every retry.
    b.command("mac set ch freq 3 867100000");
    b.command("mac set ch status 3 on");
    b.command("mac set retx 1");
    for _ in 0..30 {
        let first = b.start("mac tx cnf 1 00");
        b.rest();
        if b.last().frame.frequency == Hertz(867_100_000) || first.frame.frequency == Hertz(867_100_000) {
            gaps.push(b.last().at.since(first.ended).as_millis());
        }
    }
    assert!(gaps.iter().all(|gap| (3261..=5263).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().max().unwrap() - gaps.iter().min().unwrap() > 500);
}

#[test]
fn a_late_acknowledgement_of_a_retry_ends_the_exchange() {
    let mut b = Bench::personalised();
    b.start("mac tx cnf 1 00");
    while b.sent.len() < 2 {
        b.run_for(secs(1));
    }
    b.rx1(SECOND, unhex("60da1b012620000040619216"));
    assert_eq!(b.lines, ["mac_tx_ok"]);
    b.rest();
    assert_eq!(b.sent.len(), 2);
}

#[test]
fn a_downlink_without_acknowledgement_does_not_confirm() {
    let mut b = Bench::personalised();
    b.command("mac set retx 1");
    b.start("mac tx cnf 1 00");
    b.rx1(SECOND, with_data(0, 9, &[1]).seal(&keys()));
    assert_eq!(b.lines, [""; 0]);
    assert_eq!(b.lines_within(secs(300)), ["mac_err", "mac_rx 9 01"]);
}

#[test]
fn a_confirmed_downlink_is_told_once_and_acknowledged_once() {
    let mut b = Bench::personalised();
    b.command("mac set dnctr 1");
    let p10 = unhex("a0da1b0126b501000351ff00012ae1230af970130746");
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, p10.clone());
    assert_eq!(b.lines, ["mac_rx 42 DEADBEEF"]);
    assert_eq!(b.command("mac get dnctr"), ["2"]);
    b.rest();
    let acknowledging = b.start("mac tx uncnf 1 00");
    assert_eq!((acknowledging.fctrl() & 0x20, acknowledging.f_opts().as_str()), (0x20, "0306"));
    b.rx1(SECOND, p10);
    assert_eq!(b.lines, ["mac_tx_ok"], "the repetition is not told again");
    b.rest();
    assert_eq!(b.plain_uplink().fctrl() & 0x20, 0x20, "but acknowledged again");
    assert_eq!(b.plain_uplink().fctrl() & 0x20, 0);
}

#[test]
fn what_is_not_for_the_node_or_not_new_is_ignored() {
    let mut wrong_mic = with_data(5, 7, &[1]).seal(&keys());
    *wrong_mic.last_mut().unwrap() ^= 1;
    let mut major = with_data(5, 7, &[1]).seal(&keys());
    major[0] |= 1;
    let other = DataMessage { dev_addr: DevAddr::from_value(0x2601_1bdb), ..with_data(5, 7, &[1]) };
    let mut twice = with_data(5, 0, &[6]);
    twice.f_opts = FOpts::new(vec![6]).unwrap();
    let rows: [(&str, Vec<u8>); 10] = [
        ("wrong MIC", wrong_mic),
        ("major version", major),
        ("another address", other.seal(&keys())),
        ("old counter", with_data(3, 7, &[1]).seal(&keys())),
        ("counter of the last one", with_data(4, 7, &[1]).seal(&keys())),
        ("16384 ahead", with_data(4 + 16384, 7, &[1]).seal(&keys())),
        ("MAC commands twice", twice.seal(&keys())),
        ("reserved port", with_data(5, 225, &[1]).seal(&keys())),
        ("proprietary", vec![0xe0; 20]),
        ("reserved type", vec![0xc0; 20]),
    ];
    for (name, payload) in rows {
        let mut b = Bench::personalised();
        b.command("mac set dnctr 5");
        b.start("mac tx uncnf 1 00");
        b.rx1(SECOND, payload);
        assert_eq!(b.lines, [""; 0], "{name}: RX2 is still to come");
        b.rx2(secs(2), with_data(5, 8, &[2]).seal(&keys()));
        assert_eq!(b.lines, ["mac_rx 8 02"], "{name}");
    }
}

#[test]
fn the_largest_gap_is_accepted_and_an_oversized_downlink_is_not() {
    let mut b = Bench::personalised();
    b.command("mac set dnctr 5");
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, with_data(4 + 16383, 7, &[1]).seal(&keys()));
    assert_eq!(b.lines, ["mac_rx 7 01"]);
    for (length, heard) in [(51, true), (52, false)] {
        let mut b = Bench::personalised();
        b.start("mac tx uncnf 1 00");
        b.rx2(secs(2), with_data(0, 7, &vec![0; length]).seal(&keys()));
        b.run_for(secs(1));
        assert_eq!(b.lines[0].starts_with("mac_rx"), heard, "{length} octets at DR0");
    }
}

#[test]
fn after_a_frame_in_rx1_the_second_window_stays_shut() {
    let mut b = Bench::personalised();
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, with_data(0, 7, &[1]).seal(&keys()));
    b.rx2(secs(2), with_data(1, 8, &[2]).seal(&keys()));
    assert_eq!(b.lines, ["mac_rx 7 01"]);
    assert_eq!(b.command("mac get dnctr"), ["1"]);
}

#[test]
fn a_frame_that_is_destroyed_ends_the_exchange_after_its_time() {
    let mut b = Bench::personalised();
    let sent = b.start("mac tx uncnf 1 00");
    let started = sent.ended + secs(2);
    let (frequency, modulation, payload) = (eu868::RX2_FREQUENCY, SF12, vec![0; 20]);
    let frame = LoraFrame { frequency, modulation, inverted_iq: true, crc: false, eirp_dbm: 14, payload };
    b.run_until(started);
    b.node.handle_preamble(started, started, &frame);
    b.run_until(started + frame.time_on_air());
    assert_eq!(b.lines, [""; 0], "the receiver is still on");
    assert_eq!(b.lines_within(Duration::from_millis(2)), ["mac_tx_ok"]);
}

#[test]
fn mac_commands_on_port_0_are_not_told_and_sticky_answers_stay() {
    let mut b = Bench::personalised();
    b.command("mac set dnctr 2");
    b.start("mac tx uncnf 1 00");
    b.snr_tenths = 70;
    let p11 = "60da1b0126000200001dc2223c29137bd80accb2ce7de2974e18a578d10bdd";
    b.rx1(SECOND, unhex(p11));
    assert_eq!(b.lines, ["mac_tx_ok"]);
    b.rest();
    assert_eq!(b.plain_uplink().f_opts(), "07030703050706ff07");
    assert_eq!(b.plain_uplink().f_opts(), "0507");
    assert_eq!(b.command("mac get rx2 868"), ["3 869525000"]);
    b.start("mac tx uncnf 1 00");
    // P11 set RX1DROffset 2: RX1 is at SF9 after SF7.
    let (frequency, modulation) = (b.last().frame.frequency, Modulation { spreading_factor: 9, ..SF7 });
    b.downlink(SECOND, frequency, modulation, message(3).seal(&keys()));
    assert_eq!(b.lines, ["mac_tx_ok"]);
    b.rest();
    assert_eq!(b.plain_uplink().f_opts(), "");
}

#[test]
fn a_new_receive_delay_counts_from_the_uplink_with_its_answer() {
    let mut b = Bench::personalised();
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, with_f_opts(0, "0805"));
    b.rest();
    let sent = b.start("mac tx uncnf 1 00");
    assert_eq!(sent.f_opts(), "08");
    b.rx1(secs(5), with_data(1, 7, &[1]).seal(&keys()));
    assert_eq!(b.lines, ["mac_rx 7 01"]);
}

#[test]
fn pending_data_is_fetched_when_automatic_reply_is_on() {
    let pending = DataMessage { f_pending: true, ..with_data(0, 7, &[1]) }.seal(&keys());
    let confirmed = DataMessage { confirmed: true, ..with_data(0, 7, &[1]) }.seal(&keys());
    for (name, setting, downlink, uplinks) in
        [("off", "off", &pending, 1), ("pending", "on", &pending, 2), ("confirmed", "on", &confirmed, 2)]
    {
        let mut b = Bench::personalised();
        b.command(&format!("mac set ar {setting}"));
        b.start("mac tx uncnf 1 00");
        b.rx1(SECOND, downlink.clone());
        assert_eq!(b.lines_within(secs(60)), ["mac_rx 7 01"], "{name}");
        assert_eq!(b.sent.len(), uplinks, "{name}");
        assert_eq!(b.last().frame.payload.len() == 12, uplinks == 2, "{name}: header only");
    }
}

#[test]
fn repetitions_hop_keep_their_octets_and_stop_at_a_downlink() {
    let mut b = Bench::personalised();
    b.command("mac set adr on");
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, with_f_opts(0, "0351070003"));
    b.rest();
    b.sent.clear();
    b.start("mac tx uncnf 1 00");
    assert_eq!(b.lines_within(secs(60)), ["mac_tx_ok"]);
    assert_eq!(b.sent.len(), 3);
    assert!(b.sent.windows(2).all(|pair| {
        pair[0].frame.payload == pair[1].frame.payload && pair[0].frame.frequency != pair[1].frame.frequency
    }));
    b.rest();
    b.sent.clear();
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, message(1).seal(&keys()));
    b.rest();
    assert_eq!(b.sent.len(), 1);
}

#[test]
fn the_duty_cycle_of_the_band_is_kept() {
    let mut b = Bench::personalised();
    let first = b.start("mac tx uncnf 1 00");
    b.run_for(secs(3));
    assert_eq!(b.command("mac tx uncnf 1 00"), ["no_free_ch"]);
    let on_air = first.frame.time_on_air();
    b.run_until(first.ended + on_air * 99);
    assert_eq!(b.command("mac tx uncnf 1 00"), ["ok"]);
    let start = b.now;
    let mut used = Duration::ZERO;
    while b.now < start + secs(3600) {
        b.run_for(Duration::from_millis(500));
        if b.command("mac tx uncnf 1 00") == ["ok"] {
            used += b.last().frame.time_on_air();
        }
    }
    assert!(used <= secs(36) && used > secs(20), "{used:?} in an hour");
}

#[test]
fn a_duty_cycle_request_limits_all_bands() {
    let mut b = Bench::personalised();
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, with_f_opts(0, "040f"));
    b.rest();
    let sent = b.start("mac tx uncnf 1 00");
    assert_eq!(sent.f_opts(), "04");
    b.run_for(secs(1000));
    assert_eq!(b.command("mac tx uncnf 1 00"), ["no_free_ch"]);
    b.run_until(sent.ended + sent.frame.time_on_air() * 32767);
    assert_eq!(b.command("mac tx uncnf 1 00"), ["ok"]);
}

#[test]
fn a_channel_with_its_own_downlink_frequency_listens_there() {
    let mut b = Bench::personalised();
    b.start("mac tx uncnf 1 00");
    let requests = ["0a00", "0a01", "0a02"].map(|request| format!("{request}d2ad84")).concat();
    b.rx1(SECOND, with_f_opts(0, &requests));
    b.rest();
    b.start("mac tx uncnf 1 00");
    assert_eq!(b.last().f_opts(), "0a030a030a03");
    b.downlink(SECOND, Hertz(869_525_000), SF7, with_data(1, 7, &[1]).seal(&keys()));
    assert_eq!(b.lines, ["mac_rx 7 01"]);
}

#[test]
fn every_channel_has_the_share_that_its_maker_gave_it() {
    let mut b = Bench::personalised();
    b.start("mac tx uncnf 1 00");
    b.rx1(SECOND, with_f_opts(0, "0703184f8450"));
    b.rest();
    b.dialogue(&[("mac get ch dcycle 2\r\n", "302\r\n"), ("mac get ch dcycle 3\r\n", "302\r\n")]);
    b.dialogue(&[("mac reset 868\r\n", "ok\r\n"), ("mac get ch dcycle 0\r\n", "302\r\n")]);
}
