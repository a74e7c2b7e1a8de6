//! What a class C device is sent outside the windows of its uplinks.

use super::windows::next_downlink;
use super::*;
use crate::lorawan::TxAck;
use wire::lorawan::FOpts;
use wire::lorawan::mac::DownlinkCommand;

/// Joined, and heard at 10 s.
fn heard_in_class_c(change: impl FnOnce(&mut NsConfig)) -> Timeline {
    let mut class_c = config();
    class_c.devices[0].class = Class::C;
    change(&mut class_c);
    let mut t = Timeline::new(class_c).joined();
    let first = t.message(0);
    t.send_at(secs(10), &first);
    t.run_until(secs(15));
    t
}

#[test]
fn a_class_c_device_is_reached_at_once_with_the_rx2_parameters() {
    let mut t = heard_in_class_c(|_| {});
    t.server.queue_downlink(DEVICE, 7, vec![1], false).unwrap();
    t.server.queue_downlink(DEVICE, 7, vec![2], false).unwrap();
    assert_eq!(t.server.next_wakeup().unwrap().why, "class C downlink");
    t.run_until(secs(25));
    let (at, frame, message) = t.downlink(0);
    assert_eq!(at, Instant::from_micros(15_080_000));
    assert_eq!((frame.frequency, frame.modulation), (eu868::RX2_FREQUENCY, SF12));
    assert_eq!(message.payload, Some(PortPayload { port: 7, octets: vec![1] }));
    let (_, _, message) = t.downlink(1);
    assert_eq!(message.payload, Some(PortPayload { port: 7, octets: vec![2] }));
    assert_eq!(t.server.next_wakeup(), None);
}

#[test]
fn what_waits_for_a_class_c_device_does_not_overtake_the_answer_in_a_window() {
    // Short enough to fit between the end of the uplink and RX1.
    let mut t = heard_in_class_c(|config| config.windows.rx2_data_rate = DataRate(5));
    t.server.queue_downlink(DEVICE, 7, vec![1], true).unwrap();
    t.server.queue_downlink(DEVICE, 7, vec![2], false).unwrap();
    t.server.queue_downlink(DEVICE, 7, vec![3], false).unwrap();
    let mut answer = t.message(1);
    answer.ack = true;
    t.send_at(secs(20), &answer);
    t.run_until(secs(30));
    let seen: Vec<_> = (0..3).map(|fcnt| t.downlink(fcnt)).map(|(at, _, m)| (at, m.fcnt)).collect();
    assert_eq!(seen[..2], [(Instant::from_micros(15_080_000), 0), (secs(21), 1)]);
    assert!(seen[2].0 > secs(21) && seen[2].1 == 2, "{seen:?}");
}

#[test]
fn a_class_c_frame_that_never_left_asked_nothing_of_the_device() {
    let mut t = heard_in_class_c(|_| {});
    t.server.request_device_status(DEVICE).unwrap();
    t.server.queue_downlink(DEVICE, 7, vec![1], true).unwrap();
    t.server.handle_timeout(secs(15));
    let refused = next_downlink(&mut t).unwrap();
    t.server.handle_tx_ack(secs(15), GATEWAYS[0], refused.token, TxAck::TxFreq);
    t.codes();
    let second = t.message(1);
    t.send_at(secs(20), &second);
    t.run_until(secs(30));
    assert_eq!(t.codes(), ["downlink-failed", "uplink-accepted", "downlink-sent"]);
    let message = t.downlink(0).2;
    assert_eq!(message.f_opts.as_slice(), [0x06], "the request goes with the next answer");
}

#[test]
fn a_class_c_device_without_a_counter_left_is_told_of_and_holds_nothing_up() {
    let mut t = heard_in_class_c(|_| {});
    t.server.set_fcnt_down(DEVICE, u32::MAX).unwrap();
    t.server.queue_downlink(DEVICE, 7, vec![1], false).unwrap();
    t.codes();
    t.run_until(secs(20));
    let note = t.notes[0].to_string();
    assert!(note.ends_with("the session has no downlink counter left, the device must join anew"), "{note}");
    assert_eq!((t.codes(), t.server.next_wakeup()), (vec!["downlink-failed"], None));
}

#[test]
fn a_class_c_frame_does_not_end_the_repetition_of_an_answer() {
    let mut t = heard_in_class_c(|_| {});
    let delay = DownlinkCommand::RxTimingSetupReq { delay: 2 };
    let f_opts = FOpts::new(vec![0x08]).unwrap();
    let [asked, answer, silent] = [1, 2, 3].map(|fcnt| t.message(fcnt));
    t.server.queue_mac_command(DEVICE, delay).unwrap();
    t.send_at(secs(20), &asked);
    t.send_at(secs(30), &DataMessage { f_opts, ..answer });
    t.run_until(secs(40));
    t.server.queue_downlink(DEVICE, 7, vec![1], false).unwrap();
    t.run_until(secs(50));
    t.codes();
    t.send_at(secs(60), &silent);
    t.run_until(secs(70));
    assert!(t.codes().contains(&"mac-answer-not-repeated"), "it is repeated until a downlink in a window");
}
