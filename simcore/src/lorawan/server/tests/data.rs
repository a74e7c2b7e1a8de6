//! Data frames: counters, refusals, acknowledgements, MAC commands.

use super::*;
use crate::lorawan::DownlinkError;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand};
use wire::lorawan::{DlSettings, FOpts};

/// A joined device whose first uplink has been taken.
fn started() -> Timeline {
    let mut t = Timeline::new(config()).joined();
    let first = t.message(0);
    t.send_at(secs(10), &first);
    t.run_until(secs(15));
    t.notes.clear();
    t.messages.clear();
    t
}

#[test]
fn a_payload_reaches_the_platform_once_however_many_gateways_heard_it() {
    let mut t = started();
    let octets = t.seal(&t.message(1));
    t.heard_at(secs(20), F0, 5, &octets, &[(0, -20), (1, 60)]);
    t.run_until(secs(25));
    assert_eq!(t.codes(), ["uplink-accepted"]);
    let [message] = t.messages.as_slice() else { panic!("{:?}", t.messages) };
    assert_eq!((message.f_port, message.fcnt, message.payload.as_slice()), (1, 1, b"hello".as_slice()));
    assert_eq!((message.dev_eui, message.account.as_str()), (DEVICE, "acme"));
    assert_eq!((message.data_rate, message.frequency), (DataRate(5), F0));
    let gateways: Vec<_> = message.receptions.iter().map(|reception| reception.gateway).collect();
    assert_eq!(gateways, [GATEWAYS[1], GATEWAYS[0]], "the best first");
    assert!(t.sent.is_empty(), "an unconfirmed uplink needs no answer");
}

#[test]
fn the_verdict_on_a_counter() {
    let rows: [(&str, u32, &[&str]); 4] = [
        ("next", 1, &["uplink-accepted"]),
        ("some lost", 100, &["uplink-accepted"]),
        ("largest step", 16383, &["uplink-accepted"]),
        ("gap", 16384, &["uplink-refused-counter-gap"]),
    ];
    for (name, fcnt, want) in rows {
        let mut t = started();
        let message = t.message(fcnt);
        t.send_at(secs(20), &message);
        t.run_until(secs(25));
        assert_eq!(t.codes(), want, "{name}");
        assert_eq!(t.messages.len(), usize::from(want[0] == "uplink-accepted"), "{name}");
    }
}

#[test]
fn the_counter_passes_sixteen_bits() {
    let mut t = started();
    t.server.set_fcnt_up(DEVICE, Some(65535)).unwrap();
    let message = t.message(65536);
    t.send_at(secs(20), &message);
    t.run_until(secs(25));
    assert_eq!(t.server.session(DEVICE).unwrap().fcnt_up, Some(65536));
    assert_eq!(t.codes(), ["uplink-accepted"]);
}

#[test]
fn a_replay_is_refused_and_a_repetition_is_answered_but_not_delivered_twice() {
    let mut t = started();
    let old = t.server.last_uplink_frame(DEVICE).unwrap();
    let mut confirmed = t.message(1);
    confirmed.confirmed = true;
    t.send_at(secs(20), &confirmed);
    t.send_at(secs(24), &confirmed);
    t.run_until(secs(28));
    assert_eq!(t.codes(), ["uplink-accepted", "downlink-sent", "uplink-repeated", "downlink-sent"]);
    assert_eq!(t.messages.len(), 1);
    let (at, _, first) = t.downlink(0);
    assert_eq!(at, secs(21));
    assert!(first.ack && first.payload.is_none());
    let (at, _, again) = t.downlink(1);
    assert_eq!(at, secs(25));
    assert!(again.ack);
    t.uplink_at(secs(30), &old);
    t.run_until(secs(35));
    let text = t.notes[0].to_string();
    assert_eq!(
        text,
        "uplink of device 0004a30b001a2b3c refused: frame counter 0 was already used, the last one is 1"
    );
    assert_eq!(t.codes(), ["uplink-refused-replay"]);
    assert_eq!(t.messages.len(), 1);
}

#[test]
fn a_counter_used_again_for_another_payload_is_no_repetition() {
    let mut t = started();
    let mut other = t.message(0);
    other.payload = Some(PortPayload { port: 1, octets: b"other".to_vec() });
    t.send_at(secs(20), &other);
    t.run_until(secs(25));
    assert_eq!(t.codes(), ["uplink-refused-replay"]);
    assert!(t.messages.is_empty());
}

#[test]
fn strangers_and_damage_are_refused() {
    let mut t = started();
    let mut damaged = t.seal(&t.message(1));
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    t.uplink_at(secs(20), &damaged);
    let mut stranger = t.message(1);
    stranger.dev_addr = wire::lorawan::DevAddr::from_value(1);
    t.send_at(secs(22), &stranger);
    t.uplink_at(secs(24), &[0x40, 1, 2]);
    t.uplink_at(secs(26), &[0xe0, 1, 2]);
    t.run_until(secs(30));
    assert_eq!(
        t.codes(),
        ["uplink-refused-wrong-mic", "uplink-unknown-dev-addr", "frame-malformed", "frame-unexpected"]
    );
    assert!(t.messages.is_empty() && t.sent.is_empty());
}

#[test]
fn a_device_outside_its_rules_is_not_served() {
    let mut narrow = config();
    narrow.cf_list = None;
    let mut t = Timeline::new(narrow).joined();
    let octets = t.seal(&t.message(0));
    t.heard_at(secs(10), Hertz(867_100_000), 5, &octets, &[(0, 50)]);
    t.heard_at(secs(12), Hertz(868_300_000), 6, &octets, &[(0, 50)]);
    let mut long = t.message(0);
    long.payload = Some(PortPayload { port: 1, octets: vec![0; 52] });
    let long = t.seal(&long);
    t.heard_at(secs(16), F0, 0, &long, &[(0, 50)]);
    t.run_until(secs(20));
    assert_eq!(
        t.codes(),
        ["uplink-refused-wrong-channel", "uplink-refused-wrong-data-rate", "uplink-refused-too-long"]
    );
    assert!(t.messages.is_empty());
}

#[test]
fn a_device_that_uses_up_its_band_is_not_served() {
    let mut t = started();
    // 51 octets at DR0 are 2.793 s on the air: twelve fit into one hour's 36 s, beside join and first uplink.
    for fcnt in 1..=13 {
        let mut message = t.message(fcnt);
        message.payload = Some(PortPayload { port: 1, octets: vec![0; 51] });
        let octets = t.seal(&message);
        t.heard_at(secs(20 + 10 * u64::from(fcnt)), F0, 0, &octets, &[(0, 50)]);
    }
    t.run_until(secs(200));
    let codes = t.codes();
    assert_eq!(codes[..12], ["uplink-accepted"; 12]);
    assert_eq!(codes[12..], ["uplink-refused-duty-cycle"]);
}

#[test]
fn one_address_may_belong_to_two_devices() {
    let other = Eui64::from_value(2);
    let mut both = config();
    both.devices.push(DeviceConfig { dev_eui: other, ..device_config() });
    let mut t = Timeline::new(both).joined();
    let (keys, dev_addr) = t.keys.clone().unwrap();
    let theirs = SessionKeys { nwk_s_key: Key::new([1; 16]), app_s_key: Key::new([2; 16]) };
    t.server.personalise(secs(9), other, dev_addr, theirs.clone()).unwrap();
    for (at, keys, want) in [(10, theirs, other), (12, keys, DEVICE)] {
        let octets = t.message(0).seal(&keys);
        t.uplink_at(secs(at), &octets);
        t.run_until(secs(at + 1));
        assert_eq!(t.messages.pop().unwrap().dev_eui, want);
    }
    let nobody = SessionKeys { nwk_s_key: Key::new([3; 16]), app_s_key: Key::new([3; 16]) };
    let octets = t.message(1).seal(&nobody);
    t.notes.clear();
    t.uplink_at(secs(20), &octets);
    t.run_until(secs(21));
    assert_eq!(t.notes[0].subject(), dev_addr.to_string());
    assert_eq!(t.codes(), ["uplink-refused-wrong-mic"]);
}

#[test]
fn a_queued_payload_goes_with_the_answer_and_more_is_announced() {
    let mut t = started();
    t.server.queue_downlink(DEVICE, 42, vec![0xde, 0xad], true).unwrap();
    t.server.queue_downlink(DEVICE, 43, vec![0xbe, 0xef], false).unwrap();
    let second = t.message(1);
    t.send_at(secs(20), &second);
    t.run_until(secs(25));
    let (at, _, message) = t.downlink(0);
    assert_eq!(at, secs(21));
    assert!(message.confirmed && message.f_pending && !message.ack);
    assert_eq!(message.payload, Some(PortPayload { port: 42, octets: vec![0xde, 0xad] }));
    let mut third = t.message(2);
    third.ack = true;
    t.send_at(secs(30), &third);
    t.run_until(secs(35));
    let (_, _, message) = t.downlink(1);
    assert!(!message.confirmed && !message.f_pending);
    assert_eq!(
        t.codes(),
        ["uplink-accepted", "downlink-sent", "uplink-accepted", "downlink-acknowledged", "downlink-sent"]
    );
    t.server.queue_downlink(DEVICE, 42, vec![1], true).unwrap();
    let fourth = t.message(3);
    t.send_at(secs(40), &fourth);
    let fifth = t.message(4);
    t.send_at(secs(50), &fifth);
    t.run_until(secs(55));
    assert!(t.codes().contains(&"downlink-not-acknowledged"));
}

#[test]
fn a_payload_that_cannot_be_sent_is_refused_to_the_caller() {
    let mut t = Timeline::new(config());
    assert_eq!(t.server.queue_downlink(DEVICE, 1, vec![1], false), Err(DownlinkError::NotJoined(DEVICE)));
    assert!(matches!(t.server.queue_downlink(APP, 1, vec![1], false), Err(DownlinkError::UnknownDevice(_))));
    let mut t = started();
    for port in [0, 225] {
        assert_eq!(t.server.queue_downlink(DEVICE, port, vec![1], false), Err(DownlinkError::Port(port)));
    }
    let long = t.server.queue_downlink(DEVICE, 1, vec![0; 243], false);
    assert_eq!(long, Err(DownlinkError::TooLong { got: 243, limit: 242 }));
    t.server.set_preferred_window(DEVICE, crate::lorawan::Window::Rx2).unwrap();
    let long = t.server.queue_downlink(DEVICE, 1, vec![0; 52], false);
    assert_eq!(long, Err(DownlinkError::TooLong { got: 52, limit: 51 }));
}

#[test]
fn the_device_asks_and_the_server_answers() {
    let mut t = started();
    let mut message = t.message(1);
    message.f_opts = FOpts::new(vec![0x02]).unwrap();
    let octets = t.seal(&message);
    t.heard_at(secs(20), F0, 5, &octets, &[(0, -20), (1, 60)]);
    t.run_until(secs(25));
    let (_, _, answer) = t.downlink(0);
    // 6 dB are 13.5 dB above the floor of SF7, -7.5 dB.
    assert_eq!(
        DownlinkCommand::read_all(answer.f_opts.as_slice()).commands,
        [DownlinkCommand::LinkCheckAns { margin: 13, gateways: 2 }]
    );
    let mut lonely = t.message(2);
    lonely.adr_ack_req = true;
    lonely.adr = true;
    t.send_at(secs(30), &lonely);
    t.run_until(secs(35));
    let (_, _, answer) = t.downlink(1);
    assert!(answer.payload.is_none() && answer.f_opts.as_slice().is_empty() && !answer.ack);
}

#[test]
fn the_server_asks_and_the_answers_are_noted_and_take_effect() {
    let mut t = started();
    let settings = DownlinkCommand::RxParamSetupReq {
        dl_settings: DlSettings { rx1_dr_offset: 2, rx2_data_rate: 3 },
        frequency: eu868::RX2_FREQUENCY,
    };
    t.server.queue_mac_command(DEVICE, settings).unwrap();
    t.server.request_device_status(DEVICE).unwrap();
    let ask = t.message(1);
    t.send_at(secs(20), &ask);
    t.run_until(secs(25));
    let (_, _, request) = t.downlink(0);
    assert_eq!(
        DownlinkCommand::read_all(request.f_opts.as_slice()).commands,
        [settings, DownlinkCommand::DevStatusReq]
    );
    t.notes.clear();
    let taken = UplinkCommand::RxParamSetupAns {
        rx1_dr_offset_ack: true,
        rx2_data_rate_ack: true,
        channel_ack: true,
    };
    let mut answer = t.message(2);
    answer.confirmed = true;
    answer.f_opts = FOpts::new(UplinkCommand::write_all(&[
        taken,
        UplinkCommand::DevStatusAns { battery: 254, margin: -5 },
        UplinkCommand::DutyCycleAns,
    ]))
    .unwrap();
    t.send_at(secs(30), &answer);
    t.run_until(secs(35));
    assert_eq!(
        t.codes(),
        [
            "uplink-accepted",
            "mac-received",
            "mac-request-applied",
            "mac-received",
            "mac-request-applied",
            "mac-received",
            "mac-answer-unasked",
            "downlink-sent"
        ]
    );
    let (_, frame, _) = t.downlink(1);
    assert_eq!(frame.modulation, eu868::modulation(DataRate(3)).unwrap(), "RX1 two data rates lower");
}

#[test]
fn a_refused_and_an_unanswered_request_are_told_apart() {
    let mut t = started();
    let request = DownlinkCommand::RxTimingSetupReq { delay: 5 };
    t.server.queue_mac_command(DEVICE, request).unwrap();
    t.server.queue_mac_command(DEVICE, DownlinkCommand::DutyCycleReq { max_duty_cycle: 7 }).unwrap();
    t.server.queue_mac_command(DEVICE, DownlinkCommand::DlChannelReq { index: 9, frequency: F0 }).unwrap();
    let ask = t.message(1);
    t.send_at(secs(20), &ask);
    t.run_until(secs(25));
    t.notes.clear();
    let mut answer = t.message(2);
    answer.confirmed = true;
    let refused = UplinkCommand::DlChannelAns { uplink_frequency_exists: false, channel_frequency_ok: true };
    answer.f_opts =
        FOpts::new(UplinkCommand::write_all(&[UplinkCommand::RxTimingSetupAns, refused])).unwrap();
    t.send_at(secs(30), &answer);
    t.run_until(secs(40));
    assert_eq!(
        t.codes(),
        [
            "uplink-accepted",
            "mac-received",
            "mac-request-applied",
            "mac-received",
            "mac-request-refused",
            "mac-request-unanswered",
            "downlink-sent"
        ]
    );
    let (at, ..) = t.sent.pop().unwrap();
    assert_eq!(at, secs(35), "RX1 is five seconds after the uplink");
}

/// Sends `requests` with the answer to uplink 1, and `answers` with uplink 2, which asks for an acknowledgement.
fn ask_and_answer(t: &mut Timeline, requests: &[DownlinkCommand], answers: &[UplinkCommand]) {
    for request in requests {
        t.server.queue_mac_command(DEVICE, *request).unwrap();
    }
    let ask = t.message(1);
    t.send_at(secs(20), &ask);
    t.run_until(secs(25));
    t.downlink(0);
    let mut answer = t.message(2);
    answer.confirmed = true;
    answer.f_opts = FOpts::new(UplinkCommand::write_all(answers)).unwrap();
    t.send_at(secs(30), &answer);
    t.run_until(secs(35));
}

#[test]
fn rx1_moves_with_the_downlink_channel_that_the_device_took() {
    let mut t = started();
    let elsewhere = Hertz(869_525_000);
    let request = DownlinkCommand::DlChannelReq { index: 0, frequency: elsewhere };
    let taken = UplinkCommand::DlChannelAns { uplink_frequency_exists: true, channel_frequency_ok: true };
    ask_and_answer(&mut t, &[request], &[taken]);
    let (at, frame, _) = t.downlink(1);
    assert_eq!((at, frame.frequency, frame.modulation), (secs(31), elsewhere, SF7));
    // Its answer is sticky and comes again until it hears a downlink: no note of an answer that nobody asked for.
    t.notes.clear();
    let mut again = t.message(3);
    again.f_opts = FOpts::new(taken.to_octets()).unwrap();
    t.send_at(secs(40), &again);
    t.run_until(secs(45));
    assert_eq!(t.codes(), ["uplink-accepted", "mac-received"]);
}

#[test]
fn a_channel_is_served_once_the_device_took_it_and_no_longer_when_it_is_removed() {
    let mut t = started();
    let new = Hertz(865_100_000);
    let request = |frequency| DownlinkCommand::NewChannelReq {
        index: 8,
        frequency,
        min_data_rate: 0,
        max_data_rate: 5,
    };
    let taken = UplinkCommand::NewChannelAns { data_rate_range_ok: true, channel_frequency_ok: true };
    t.gateways[1] = Gateway::new(GATEWAYS[1], ChannelPlan::Eu868Sixteen, Seed(1));
    let octets = t.seal(&t.message(1));
    t.heard_at(secs(17), new, 5, &octets, &[(1, 50)]);
    t.run_until(secs(18));
    assert_eq!(t.codes(), ["uplink-refused-wrong-channel"]);
    ask_and_answer(&mut t, &[request(new)], &[taken]);
    t.notes.clear();
    let octets = t.seal(&t.message(3));
    t.heard_at(secs(40), new, 5, &octets, &[(1, 50)]);
    t.run_until(secs(41));
    assert_eq!(t.codes(), ["uplink-accepted"]);
    let device = t.server.devices.get_mut(DEVICE).unwrap();
    device.traffic.current.as_mut().unwrap().awaiting.push(request(Hertz(0)));
    let mut removed = t.message(4);
    removed.f_opts = FOpts::new(taken.to_octets()).unwrap();
    t.send_at(secs(50), &removed);
    let octets = t.seal(&t.message(5));
    t.heard_at(secs(60), new, 5, &octets, &[(1, 50)]);
    t.run_until(secs(61));
    assert_eq!(t.codes().last(), Some(&"uplink-refused-wrong-channel"));
}

#[test]
fn more_commands_than_the_header_holds_go_to_port_zero_and_the_payload_waits() {
    let mut t = started();
    for index in 3..6 {
        let request = DownlinkCommand::NewChannelReq {
            index,
            frequency: Hertz(867_100_000),
            min_data_rate: 0,
            max_data_rate: 5,
        };
        t.server.queue_mac_command(DEVICE, request).unwrap();
    }
    t.server.queue_downlink(DEVICE, 9, vec![1], false).unwrap();
    let ask = t.message(1);
    t.send_at(secs(20), &ask);
    t.run_until(secs(25));
    let (_, _, message) = t.downlink(0);
    assert!(message.f_pending && message.f_opts.as_slice().is_empty());
    let payload = message.payload.unwrap();
    assert_eq!((payload.port, payload.octets.len()), (0, 18));
    assert_eq!(t.server.queued_downlinks(DEVICE), 1);
}

#[test]
fn a_strong_device_is_asked_to_go_faster() {
    let mut t = Timeline::new(config()).joined();
    for fcnt in 0..20 {
        let mut message = t.message(fcnt);
        message.adr = true;
        let octets = t.seal(&message);
        let channel = eu868::DEFAULT_CHANNELS[fcnt as usize % 3];
        t.heard_at(secs(10 + 10 * u64::from(fcnt)), channel, 3, &octets, &[(0, 30)]);
    }
    t.run_until(secs(300));
    let (_, _, message) = t.downlink(0);
    // SNR 3 dB at SF9: 3 + 12.5 - 10 = 5.5 dB, one step.
    let want = DownlinkCommand::LinkAdrReq {
        data_rate: 4,
        tx_power: 0,
        channel_mask: 0x00ff,
        channel_mask_control: 0,
        nb_trans: 1,
    };
    assert_eq!(DownlinkCommand::read_all(message.f_opts.as_slice()).commands, [want]);
}

#[test]
fn garbage_from_a_gateway_is_noted_and_never_panics() {
    let mut t = started();
    let mut rng = Seed(3).rng();
    for round in 0..500 {
        let octets: [u8; 40] = rng.octets();
        let length = rng.below(41) as usize;
        t.uplink_at(secs(20 + round), &octets[..length]);
    }
    t.run_until(secs(600));
    assert!(t.messages.is_empty() && t.sent.is_empty());
    assert_eq!(t.notes.len(), 500);
}

#[test]
fn an_answer_that_must_be_repeated_and_is_not_is_noted_and_the_same_request_waits_meanwhile() {
    let sent = |t: &mut Timeline, fcnt: u32, answers: &[UplinkCommand]| {
        let mut message = t.message(fcnt);
        message.f_opts = FOpts::new(UplinkCommand::write_all(answers)).unwrap();
        t.send_at(secs(20 + 10 * u64::from(fcnt)), &message);
        t.run_until(secs(25 + 10 * u64::from(fcnt)));
    };
    let mut t = started();
    t.server.queue_mac_command(DEVICE, DownlinkCommand::RxTimingSetupReq { delay: 3 }).unwrap();
    sent(&mut t, 1, &[]);
    t.sent.clear();
    sent(&mut t, 2, &[UplinkCommand::RxTimingSetupAns]);
    assert!(t.sent.is_empty(), "no downlink has told the device to stop");
    t.server.queue_mac_command(DEVICE, DownlinkCommand::RxTimingSetupReq { delay: 4 }).unwrap();
    sent(&mut t, 3, &[UplinkCommand::RxTimingSetupAns]);
    let (_, _, empty) = t.downlink(1);
    assert!(empty.f_opts.as_slice().is_empty() && empty.payload.is_none(), "it only ends the repetition");
    sent(&mut t, 4, &[]);
    let (_, _, request) = t.downlink(2);
    assert_eq!(request.f_opts.as_slice(), [0x08, 4]);
    t.notes.clear();
    sent(&mut t, 5, &[UplinkCommand::RxTimingSetupAns]);
    sent(&mut t, 6, &[]);
    assert_eq!(t.codes().last(), Some(&"mac-answer-not-repeated"));
    assert_eq!(t.notes.len(), 0);
}

#[test]
fn a_device_that_may_begin_anew_may_do_so_from_beyond_sixteen_bits() {
    let mut t = started();
    t.server.set_counter_rule(DEVICE, CounterRule::ResetAllowed).unwrap();
    t.server.set_fcnt_up(DEVICE, Some(0x1_0005)).unwrap();
    t.codes();
    let first = t.message(0);
    t.send_at(secs(20), &first);
    t.run_until(secs(25));
    assert_eq!(t.codes(), ["counter-reset", "uplink-accepted"]);
}

#[test]
fn the_last_question_for_the_link_is_answered_once() {
    let mut t = started();
    let mut message = t.message(10);
    message.payload = Some(PortPayload { port: 0, octets: vec![0x02; 242] });
    t.send_at(secs(20), &message);
    t.run_until(secs(25));
    let fcnt = t.server.session(DEVICE).unwrap().fcnt_down - 1;
    let answer = t.downlink(fcnt).2;
    assert_eq!(answer.f_opts.as_slice().len(), 3, "one LinkCheckAns of three octets");
}

#[test]
fn an_answer_may_come_on_the_channel_that_it_is_about_and_may_be_late() {
    let mut t = started();
    let frequency = Hertz(867_100_000);
    let request = DownlinkCommand::NewChannelReq { index: 3, frequency, min_data_rate: 0, max_data_rate: 5 };
    t.server.queue_mac_command(DEVICE, request).unwrap();
    let asking = t.message(10);
    t.send_at(secs(20), &asking);
    t.run_until(secs(25));
    t.codes();
    // The uplink with the answer is lost; what the device sends next is on the new channel.
    let (empty, mut late) = (t.message(12), t.message(13));
    late.f_opts = FOpts::new(vec![0x07, 0x03]).unwrap();
    for (at, message) in [(30, empty), (40, late)] {
        let octets = t.seal(&message);
        t.heard_at(secs(at), frequency, 5, &octets, &[(0, 50)]);
        t.run_until(secs(at + 5));
    }
    assert_eq!(
        t.codes(),
        [
            "uplink-accepted",
            "mac-request-unanswered",
            "uplink-accepted",
            "mac-received",
            "mac-request-applied"
        ]
    );
}
