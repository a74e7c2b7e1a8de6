//! Time-line tests of one gateway.

use super::*;
use wire::air::lora::{Hertz, Modulation};

const EUI: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);
const SF7: Modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
const F0: Hertz = Hertz(868_100_000);

fn millis(at: u64) -> Instant {
    Instant::from_micros(at * 1000)
}

fn heard(frequency: Hertz, modulation: Modulation, started: Instant) -> HeardFrame {
    let frame = LoraFrame {
        frequency,
        modulation,
        inverted_iq: false,
        crc: true,
        eirp_dbm: 14,
        payload: vec![0x40; 29],
    };
    let ended = started + frame.time_on_air();
    HeardFrame { frame, started, ended, rssi_dbm: -57, snr_decibel_tenths: 78 }
}

fn downlink(when: When) -> GatewayDownlink {
    GatewayDownlink {
        token: 1,
        dev_eui: None,
        when,
        frequency: F0,
        modulation: SF7,
        eirp_dbm: 14,
        inverted_iq: true,
        payload: vec![0x60; 12],
    }
}

#[test]
fn an_uplink_carries_the_counter_of_its_last_symbol() {
    let mut gateway = Gateway::with_counter(EUI, ChannelPlan::Eu868Eight, u32::MAX - 999);
    let frame = heard(F0, SF7, Instant::ZERO);
    gateway.handle_radio(frame.ended, &frame);
    let Some(GatewayOutput::Uplink(uplink)) = gateway.poll_output() else { panic!("no uplink") };
    // 66.816 ms on the air; the counter wraps at one millisecond.
    assert_eq!(uplink.tmst, 65_816);
    assert_eq!((uplink.rssi_dbm, uplink.snr_decibel_tenths), (-57, 78));
    assert_eq!(gateway.poll_output(), None);
}

#[test]
fn the_counter_starts_where_the_seed_says() {
    let start = |seed| Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(seed)).counter(Instant::ZERO);
    assert_eq!(start(1), start(1));
    assert_ne!(start(1), start(2));
}

#[test]
fn only_frames_of_the_plan_with_normal_polarity_are_received() {
    let sf7_250 = Modulation { spreading_factor: 7, bandwidth_khz: 250 };
    let rows = [
        ("default channel", ChannelPlan::Eu868Eight, F0, SF7, true),
        ("usual channel", ChannelPlan::Eu868Eight, Hertz(867_900_000), SF7, true),
        ("standard channel", ChannelPlan::Eu868Eight, Hertz(868_300_000), sf7_250, true),
        ("250 kHz elsewhere", ChannelPlan::Eu868Eight, F0, sf7_250, false),
        ("second concentrator missing", ChannelPlan::Eu868Eight, Hertz(865_100_000), SF7, false),
        ("second concentrator", ChannelPlan::Eu868Sixteen, Hertz(865_100_000), SF7, true),
        ("last of sixteen", ChannelPlan::Eu868Sixteen, Hertz(866_500_000), SF7, true),
        ("beside a channel", ChannelPlan::Eu868Sixteen, Hertz(866_600_000), SF7, false),
        ("RX2 frequency", ChannelPlan::Eu868Sixteen, Hertz(869_525_000), SF7, false),
    ];
    for (name, plan, frequency, modulation, received) in rows {
        let mut gateway = Gateway::new(EUI, plan, Seed(1));
        let mut frame = heard(frequency, modulation, Instant::ZERO);
        gateway.handle_radio(frame.ended, &frame);
        match gateway.poll_output() {
            Some(GatewayOutput::Uplink(_)) => assert!(received, "{name}"),
            Some(GatewayOutput::Note(note)) => {
                assert!(!received, "{name}");
                assert_eq!(note.code(), "gateway-missed-outside-plan", "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
        frame.frame.inverted_iq = true;
        gateway.handle_radio(frame.ended, &frame);
        assert_eq!(gateway.poll_output(), None, "{name}");
    }
}

#[test]
fn a_downlink_goes_out_at_its_microsecond_over_a_wrap_of_the_counter() {
    let mut gateway = Gateway::with_counter(EUI, ChannelPlan::Eu868Eight, u32::MAX - 499_999);
    let now = millis(10);
    let target = gateway.counter(millis(1_010));
    assert!(target < gateway.counter(now), "the counter wraps between");
    assert_eq!(gateway.schedule(now, downlink(When::AtCounter(target))), TxAck::Accepted);
    assert_eq!(gateway.next_wakeup(), Some(Wakeup::new(millis(1_010), "gateway transmission")));
    gateway.handle_timeout(Instant::from_micros(1_009_999));
    assert_eq!(gateway.poll_output(), None);
    gateway.handle_timeout(millis(1_010));
    let Some(GatewayOutput::Transmit(frame)) = gateway.poll_output() else { panic!("nothing sent") };
    assert!(frame.inverted_iq && !frame.crc);
    assert_eq!(gateway.next_wakeup(), None);
}

#[test]
fn the_queue_says_too_late_and_too_early() {
    let rows: [(&str, i64, TxAck); 6] = [
        ("past", -1, TxAck::TooEarly),
        ("42.5 ms", 42_500, TxAck::TooLate),
        ("just in time", 42_501, TxAck::Accepted),
        ("512 s", 512_000_000, TxAck::Accepted),
        ("beyond 512 s", 512_000_001, TxAck::TooEarly),
        ("half the counter", 1 << 31, TxAck::TooEarly),
    ];
    for (name, ahead, want) in rows {
        let mut gateway = Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(1));
        let now = millis(1000);
        let tmst = gateway.counter(now).wrapping_add(ahead as u32);
        assert_eq!(gateway.schedule(now, downlink(When::AtCounter(tmst))), want, "{name}");
    }
}

#[test]
fn two_downlinks_cannot_overlap() {
    let mut gateway = Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(1));
    let at = |gateway: &Gateway, millis: u64| {
        When::AtCounter(gateway.counter(Instant::from_micros(millis * 1000)))
    };
    let first = at(&gateway, 1000);
    assert_eq!(gateway.schedule(Instant::ZERO, downlink(first)), TxAck::Accepted);
    // 12 octets at SF7 are 41.216 ms on the air without CRC; then 42.5 ms of spacing.
    for (millis, want) in
        [(1020, TxAck::CollisionPacket), (1083, TxAck::CollisionPacket), (1085, TxAck::Accepted)]
    {
        let when = at(&gateway, millis);
        assert_eq!(gateway.schedule(Instant::ZERO, downlink(when)), want, "{millis}");
    }
    assert_eq!(gateway.schedule(Instant::ZERO, downlink(When::Immediately)), TxAck::Accepted);
    assert_eq!(gateway.next_wakeup().unwrap().at, millis(80));
}

#[test]
fn a_word_that_was_laid_ready_answers_one_request_and_nothing_is_sent() {
    let mut gateway = Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(1));
    let words = [TxAck::GpsUnlocked, TxAck::CollisionBeacon];
    words.iter().for_each(|word| gateway.refuse_next(word.clone()));
    for word in words {
        assert_eq!(gateway.schedule(Instant::ZERO, downlink(When::Immediately)), word);
    }
    assert_eq!(gateway.next_wakeup(), None);
    assert_eq!(gateway.schedule(Instant::ZERO, downlink(When::Immediately)), TxAck::Accepted);
    assert!(gateway.next_wakeup().is_some());
}

#[test]
fn at_once_waits_for_the_first_gap() {
    let mut gateway = Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(1));
    assert_eq!(gateway.schedule(Instant::ZERO, downlink(When::Immediately)), TxAck::Accepted);
    assert_eq!(gateway.schedule(Instant::ZERO, downlink(When::Immediately)), TxAck::Accepted);
    let first = gateway.next_wakeup().unwrap().at;
    gateway.handle_timeout(first);
    let air = Duration::from_micros(41_216);
    assert!(gateway.next_wakeup().unwrap().at >= first + air + Duration::from_micros(42_500));
}

#[test]
fn it_is_deaf_while_it_sends() {
    let mut gateway = Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(1));
    assert_eq!(gateway.schedule(Instant::ZERO, downlink(When::Immediately)), TxAck::Accepted);
    gateway.handle_timeout(millis(80));
    assert!(matches!(gateway.poll_output(), Some(GatewayOutput::Transmit(_))));
    let during = heard(Hertz(868_500_000), SF7, millis(90));
    gateway.handle_radio(during.ended, &during);
    let Some(GatewayOutput::Note(note)) = gateway.poll_output() else { panic!("received while sending") };
    assert_eq!(note.code(), "gateway-missed-while-sending");
    let after = heard(Hertz(868_500_000), SF7, millis(200));
    gateway.handle_radio(after.ended, &after);
    assert!(matches!(gateway.poll_output(), Some(GatewayOutput::Uplink(_))));
}

#[test]
fn a_frequency_outside_the_radio_is_refused_and_power_is_limited() {
    let mut gateway = Gateway::new(EUI, ChannelPlan::Eu868Eight, Seed(1));
    let mut request = downlink(When::Immediately);
    request.frequency = Hertz(923_300_000);
    assert_eq!(gateway.schedule(Instant::ZERO, request.clone()), TxAck::TxFreq);
    request.frequency = F0;
    request.eirp_dbm = 40;
    assert_eq!(gateway.schedule(Instant::ZERO, request), TxAck::Accepted);
    gateway.handle_timeout(millis(80));
    let Some(GatewayOutput::Transmit(frame)) = gateway.poll_output() else { panic!("nothing sent") };
    assert_eq!(frame.eirp_dbm, 27);
}

/// How many of these frames a gateway forwards, each told of when it begins.
fn forwarded(plan: ChannelPlan, frames: &[(Hertz, u8, u64)]) -> usize {
    let mut gateway = Gateway::with_counter(EUI, plan, 0);
    let heard = |(frequency, spreading_factor, start): &(Hertz, u8, u64)| {
        heard(
            *frequency,
            Modulation { spreading_factor: *spreading_factor, bandwidth_khz: 125 },
            millis(*start),
        )
    };
    let frames: Vec<HeardFrame> = frames.iter().map(heard).collect();
    let begins = frames.iter().map(|frame| (frame.started, true, frame));
    let mut happenings: Vec<_> =
        begins.chain(frames.iter().map(|frame| (frame.ended, false, frame))).collect();
    happenings.sort_by_key(|(at, begins, _)| (*at, *begins));
    for (at, begins, frame) in happenings {
        if begins {
            gateway.handle_preamble(at, &frame.frame);
        } else {
            gateway.handle_radio(at, frame);
        }
    }
    let outputs: Vec<GatewayOutput> = std::iter::from_fn(|| gateway.poll_output()).collect();
    let uplinks = outputs.iter().filter(|output| matches!(output, GatewayOutput::Uplink(_))).count();
    let busy = outputs.iter().filter(|output| {
        matches!(output, GatewayOutput::Note(note) if note.code() == "gateway-missed-without-demodulator")
    });
    assert_eq!(uplinks + busy.count(), frames.len());
    uplinks
}

#[test]
fn a_concentrator_demodulates_eight_frames_at_a_time() {
    let eight = |factor: u8| (0..8).map(move |channel| (Hertz(867_100_000 + 200_000 * channel), factor, 0));
    let mut frames: Vec<_> = eight(12).collect();
    assert_eq!(forwarded(ChannelPlan::Eu868Eight, &frames), 8);
    // 1.647 s each at SF12: a ninth at another spreading factor finds none, one after their end does.
    frames.push((F0, 7, 500));
    assert_eq!(forwarded(ChannelPlan::Eu868Eight, &frames), 8);
    frames.push((F0, 7, 1_700));
    assert_eq!(forwarded(ChannelPlan::Eu868Eight, &frames), 9);
}

#[test]
fn sixteen_channels_have_sixteen_demodulators_and_share_none() {
    let first = (0..8).map(|channel| (Hertz(867_100_000 + 200_000 * channel), 12, 0));
    let second = (0..8).map(|channel| (Hertz(865_100_000 + 200_000 * channel), 12, 0));
    let mut frames: Vec<_> = first.clone().chain(second).collect();
    assert_eq!(forwarded(ChannelPlan::Eu868Sixteen, &frames), 16);
    frames.truncate(8);
    frames.extend([(F0, 7, 10), (Hertz(865_100_000), 7, 10)]);
    assert_eq!(forwarded(ChannelPlan::Eu868Sixteen, &frames), 9, "the second concentrator is free");
}
