//! Receive windows, the gateway's answers, and class C.

use super::*;
use crate::lorawan::{TxAck, When, Window};

const DR0: DataRate = DataRate(0);

fn confirmed(t: &Timeline, fcnt: u32) -> DataMessage {
    DataMessage { confirmed: true, ..t.message(fcnt) }
}

#[test]
fn windows_follow_the_settings_of_the_join_accept() {
    let mut slow = config();
    slow.windows = WindowSettings { rx_delay: 5, rx1_dr_offset: 2, rx2_data_rate: DataRate(3) };
    for (window, at, frequency, rate) in
        [(Window::Rx1, 25, F0, DataRate(3)), (Window::Rx2, 26, eu868::RX2_FREQUENCY, DataRate(3))]
    {
        let mut t = Timeline::new(slow.clone()).joined();
        t.server.set_preferred_window(DEVICE, window).unwrap();
        let message = confirmed(&t, 0);
        t.send_at(secs(20), &message);
        t.run_until(secs(40));
        let (sent_at, frame, _) = t.downlink(0);
        assert_eq!(sent_at, secs(at), "{window:?}");
        assert_eq!(frame.frequency, frequency, "{window:?}");
        assert_eq!(Some(frame.modulation), eu868::modulation(rate), "{window:?}");
    }
}

/// A server whose gateway is the test itself.
fn by_hand() -> Timeline {
    let mut t = Timeline::new(config()).joined();
    t.gateways.clear();
    t
}

fn uplink(t: &Timeline, fcnt: u32, tmst: u32) -> GatewayUplink {
    GatewayUplink {
        gateway: GATEWAYS[0],
        tmst,
        frequency: F0,
        modulation: SF7,
        rssi_dbm: -80,
        snr_decibel_tenths: 50,
        payload: t.seal(&confirmed(t, fcnt)),
    }
}

pub(super) fn next_downlink(t: &mut Timeline) -> Option<GatewayDownlink> {
    while let Some(output) = t.server.poll_output() {
        match output {
            NsOutput::Downlink { downlink, .. } => return Some(downlink),
            NsOutput::Note(note) => t.notes.push(note),
            NsOutput::Message(message) => t.messages.push(message),
        }
    }
    None
}

#[test]
fn the_target_is_the_count_of_the_uplink_plus_the_delay_over_a_wrap() {
    let mut t = by_hand();
    let tmst = u32::MAX - 10;
    let uplink = uplink(&t, 0, tmst);
    t.server.handle_uplink(secs(20), uplink);
    assert_eq!(t.server.next_wakeup().unwrap().at, Instant::from_micros(20_200_000));
    t.server.handle_timeout(Instant::from_micros(20_199_999));
    assert_eq!(next_downlink(&mut t), None, "the dedup window is open");
    t.server.handle_timeout(Instant::from_micros(20_200_000));
    let downlink = next_downlink(&mut t).unwrap();
    assert_eq!(downlink.when, When::AtCounter(999_989));
    assert_eq!((downlink.frequency, downlink.modulation, downlink.eirp_dbm), (F0, SF7, 14));
}

#[test]
fn a_refusal_of_rx1_moves_the_same_frame_to_rx2() {
    for ack in [TxAck::TooLate, TxAck::CollisionPacket] {
        let mut t = by_hand();
        let uplink = uplink(&t, 0, 1_000_000);
        t.server.handle_uplink(secs(20), uplink);
        t.server.handle_timeout(secs(21));
        let first = next_downlink(&mut t).unwrap();
        t.server.handle_tx_ack(secs(21), GATEWAYS[0], first.token, ack.clone());
        let second = next_downlink(&mut t).unwrap();
        assert_eq!(second.when, When::AtCounter(3_000_000));
        assert_eq!(second.frequency, eu868::RX2_FREQUENCY);
        assert_eq!(Some(second.modulation), eu868::modulation(DR0));
        assert_eq!(second.payload, first.payload);
        assert_ne!(second.token, first.token);
        t.server.handle_tx_ack(secs(21), GATEWAYS[0], second.token, TxAck::Accepted);
        assert_eq!(next_downlink(&mut t), None);
        assert_eq!(t.codes(), ["session-started", "uplink-accepted", "downlink-retried", "downlink-sent"]);
    }
}

#[test]
fn a_frame_that_never_went_out_gives_back_its_counter_and_payload() {
    let mut t = by_hand();
    let first = uplink(&t, 0, 0);
    t.server.handle_uplink(secs(20), first);
    t.server.handle_timeout(secs(21));
    let sent = next_downlink(&mut t).unwrap();
    t.server.handle_tx_ack(secs(21), GATEWAYS[0], sent.token, TxAck::Accepted);
    t.server.queue_downlink(DEVICE, 7, vec![1, 2, 3], true).unwrap();
    let second = uplink(&t, 1, 0);
    t.server.handle_uplink(secs(30), second);
    t.server.handle_timeout(secs(31));
    for _ in 0..2 {
        let downlink = next_downlink(&mut t).unwrap();
        t.server.handle_tx_ack(secs(31), GATEWAYS[0], downlink.token, TxAck::TooLate);
    }
    assert_eq!(next_downlink(&mut t), None);
    assert_eq!(t.codes().last(), Some(&"downlink-failed"));
    assert_eq!(t.server.session(DEVICE).unwrap().fcnt_down, 1);
    assert_eq!(t.server.queued_downlinks(DEVICE), 1);
    let third = uplink(&t, 2, 0);
    t.server.handle_uplink(secs(40), third);
    t.server.handle_timeout(secs(41));
    let again = next_downlink(&mut t).unwrap();
    let Ok(Frame::Data(frame)) = Frame::parse(&again.payload) else { panic!("no data frame") };
    assert!(frame.open(&t.keys.as_ref().unwrap().0, 1).is_ok());
    assert!(!t.codes().contains(&"downlink-not-acknowledged"), "it was never on the air");
}

#[test]
fn a_silent_gateway_is_reported() {
    let mut t = by_hand();
    let first = uplink(&t, 0, 0);
    t.server.handle_uplink(secs(20), first);
    t.server.handle_timeout(secs(21));
    assert!(next_downlink(&mut t).is_some());
    t.notes.clear();
    assert_eq!(t.server.next_wakeup().unwrap().why, "TX_ACK missing");
    t.server.handle_timeout(secs(41));
    assert_eq!(next_downlink(&mut t), None);
    assert_eq!(t.codes(), ["downlink-failed"]);
    assert_eq!(t.server.next_wakeup(), None);
}

#[test]
fn a_frame_too_long_for_rx2_is_not_retried_there() {
    let mut t = by_hand();
    let first = uplink(&t, 0, 0);
    t.server.handle_uplink(secs(20), first);
    t.server.handle_timeout(secs(21));
    let sent = next_downlink(&mut t).unwrap();
    t.server.handle_tx_ack(secs(21), GATEWAYS[0], sent.token, TxAck::Accepted);
    t.server.queue_downlink(DEVICE, 7, vec![0; 100], false).unwrap();
    let second = uplink(&t, 1, 0);
    t.server.handle_uplink(secs(30), second);
    t.server.handle_timeout(secs(31));
    let long = next_downlink(&mut t).unwrap();
    t.server.handle_tx_ack(secs(31), GATEWAYS[0], long.token, TxAck::TooLate);
    assert_eq!(next_downlink(&mut t), None);
    assert_eq!(t.codes().last(), Some(&"downlink-failed"));
}

#[test]
fn two_answers_at_the_same_moment_do_not_collide() {
    let other = Eui64::from_value(9);
    let mut t = Timeline::new(config()).joined();
    t.server.register(DeviceConfig { dev_eui: other, ..device_config() }).unwrap();
    // RX1 of the join-request and RX1 of the uplink four seconds later are the same microsecond.
    let request = JoinRequest { app_eui: APP, dev_eui: other, dev_nonce: DevNonce::from_value(1) };
    t.uplink_at(secs(30), &request.seal(&APP_KEY.parse().unwrap()));
    let message = confirmed(&t, 0);
    let octets = t.seal(&message);
    t.heard_at(secs(34), Hertz(868_300_000), 5, &octets, &[(0, 50)]);
    t.run_until(secs(40));
    assert_eq!(
        t.codes(),
        [
            "join-accepted",
            "downlink-sent",
            "session-started",
            "uplink-accepted",
            "downlink-moved",
            "downlink-sent"
        ]
    );
    let times: Vec<Instant> = t.sent.iter().map(|(at, ..)| *at).collect();
    assert_eq!(times, [secs(35), secs(36)]);
}

/// The same uplink by both gateways, the first one better.
fn heard_by_both(t: &mut Timeline, fcnt: u32, count: u32) {
    let first = uplink(t, fcnt, count);
    let second = GatewayUplink { gateway: GATEWAYS[1], tmst: 500, snr_decibel_tenths: 10, ..first.clone() };
    t.server.handle_uplink(secs(20), second);
    t.server.handle_uplink(secs(20), first);
}

/// Everything that gateways are asked for, each refused: who, and at which count.
fn refused_by_all(t: &mut Timeline, ack: &TxAck) -> Vec<(Eui64, u64)> {
    let mut asked = Vec::new();
    while let Some(output) = t.server.poll_output() {
        match output {
            NsOutput::Downlink { gateway, downlink } => {
                let When::AtCounter(count) = downlink.when else { panic!("{downlink:?}") };
                asked.push((gateway, u64::from(count)));
                t.server.handle_tx_ack(
                    Instant::from_micros(20_200_000),
                    gateway,
                    downlink.token,
                    ack.clone(),
                );
            }
            NsOutput::Note(note) => t.notes.push(note),
            NsOutput::Message(message) => t.messages.push(message),
        }
    }
    asked
}

#[test]
fn what_one_gateway_refuses_in_both_windows_another_is_asked_for() {
    let mut t = by_hand();
    heard_by_both(&mut t, 0, 9_000_000);
    t.server.handle_timeout(Instant::from_micros(20_200_000));
    let asked = refused_by_all(&mut t, &TxAck::CollisionPacket);
    let [a, b] = GATEWAYS;
    assert_eq!(asked, [(a, 10_000_000), (a, 11_000_000), (b, 1_000_500), (b, 2_000_500)]);
    let codes = t.codes();
    assert_eq!(codes[2..], ["downlink-retried", "downlink-retried", "downlink-retried", "downlink-failed"]);
    assert_eq!(t.server.session(DEVICE).unwrap().fcnt_down, 0, "the counter is given back");
}

#[test]
fn a_missed_window_is_told_in_microseconds() {
    let mut t = by_hand();
    let first = uplink(&t, 0, 0);
    t.server.handle_uplink(secs(20), first);
    t.server.handle_timeout(secs(21));
    let downlink = next_downlink(&mut t).unwrap();
    t.server.handle_tx_ack(Instant::from_micros(21_000_007), GATEWAYS[0], downlink.token, TxAck::TooLate);
    next_downlink(&mut t);
    let text = t.notes.last().unwrap().to_string();
    assert!(text.contains("the window was missed by 42507 us; it is tried in RX2"), "{text}");
}

#[test]
fn a_gateway_without_duty_cycle_left_is_passed_over() {
    let mut t = by_hand();
    // 36 s an hour on the band of RX1; an answer at DR0 takes 0.991 s.
    let mut moved = None;
    for fcnt in 0..40 {
        let slow = GatewayUplink { modulation: SF12, ..uplink(&t, fcnt, fcnt * 100_000_000) };
        t.server.config.enforce_duty_cycle = false;
        let at = secs(20 + u64::from(fcnt) * 60);
        t.server.handle_uplink(at, slow);
        t.server.handle_timeout(at + wire::time::Duration::from_millis(200));
        let downlink = next_downlink(&mut t).unwrap();
        if downlink.frequency == eu868::RX2_FREQUENCY {
            moved = Some(fcnt);
            break;
        }
        t.server.handle_tx_ack(at, GATEWAYS[0], downlink.token, TxAck::Accepted);
    }
    assert_eq!(moved, Some(36));
    let note = t.notes.iter().find(|note| note.code() == "downlink-moved").unwrap().to_string();
    let want = "gateway 0016c001f1500001 is passed over: 36.748 s on the air within an hour, the duty cycle of the band allows 36.000 s";
    assert_eq!(note, want);
}

#[test]
fn a_confirmed_downlink_is_sent_again_with_its_counter_until_it_is_given_up() {
    let mut t = by_hand();
    t.server.config.confirmed_tries = 3;
    let first = uplink(&t, 0, 0);
    t.server.handle_uplink(secs(20), first);
    t.server.handle_timeout(secs(21));
    let sent = next_downlink(&mut t).unwrap();
    t.server.handle_tx_ack(secs(21), GATEWAYS[0], sent.token, TxAck::Accepted);
    t.server.queue_downlink(DEVICE, 7, vec![1, 2, 3], true).unwrap();
    t.server.queue_downlink(DEVICE, 8, vec![4], false).unwrap();
    let mut ports = Vec::new();
    for fcnt in 1..=4 {
        let at = secs(20 + 10 * u64::from(fcnt));
        let next = uplink(&t, fcnt, fcnt * 10_000_000);
        t.server.handle_uplink(at, next);
        t.server.handle_timeout(at + wire::time::Duration::from_secs(1));
        let downlink = next_downlink(&mut t).unwrap();
        let Ok(Frame::Data(frame)) = Frame::parse(&downlink.payload) else { panic!("no data frame") };
        let message = frame.open(&t.keys.as_ref().unwrap().0, u32::from(frame.fcnt())).unwrap();
        assert!(message.ack, "the uplink asks for it each time");
        ports.push((message.fcnt, message.payload.unwrap().port, message.confirmed));
        t.server.handle_tx_ack(at, GATEWAYS[0], downlink.token, TxAck::Accepted);
    }
    assert_eq!(ports, [(1, 7, true), (1, 7, true), (1, 7, true), (2, 8, false)]);
    let unanswered = t.notes.iter().filter(|note| note.code() == "downlink-not-acknowledged");
    let texts: Vec<String> = unanswered.map(ToString::to_string).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts[0].ends_with("try 1; it is sent again") && texts[2].ends_with("try 3; it is given up"));
}

#[test]
fn a_confirmed_downlink_again_is_the_same_octets_and_with_another_ack_bit_a_new_frame() {
    let mut t = Timeline::new(config()).joined();
    let first = t.message(0);
    t.send_at(secs(10), &first);
    t.run_until(secs(15));
    t.server.queue_downlink(DEVICE, 7, vec![1, 2, 3], true).unwrap();
    for (fcnt, asks) in [(1, false), (2, false), (3, true), (4, true), (5, false)] {
        let mut message = t.message(fcnt);
        message.confirmed = asks;
        t.send_at(secs(10 + 10 * u64::from(fcnt)), &message);
        if fcnt == 1 {
            // More that waits changes the FPending bit of new frames only.
            t.run_until(secs(25));
            t.server.queue_downlink(DEVICE, 8, vec![4], false).unwrap();
        }
    }
    t.run_until(secs(100));
    let frames: Vec<Vec<u8>> = t.sent.iter().map(|(.., frame)| frame.payload.clone()).collect();
    assert_eq!(frames[0], frames[1], "a repetition has the MIC of the first");
    assert_eq!(frames[2], frames[3]);
    let seen: Vec<_> =
        [0, 0, 1, 1, 2].map(|fcnt| t.downlink(fcnt).2).map(|m| (m.fcnt, m.ack, m.f_pending)).into();
    assert_eq!(
        seen,
        [(0, false, false), (0, false, false), (1, true, true), (1, true, true), (2, false, true)],
        "a counter never stands for two frames"
    );
}
