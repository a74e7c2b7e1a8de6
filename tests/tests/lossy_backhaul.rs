//! A gateway behind a bad backhaul (Semtech's PROTOCOL.TXT): acknowledgements that are lost, ports that change, and what the
//! platform and the nodes notice of it.

#![cfg(test)]

#[path = "lossy_backhaul/rig.rs"]
mod rig;

use rig::{DEVICE, GATEWAY, Repeats, Rig, secs};
use simcore::lorawan::Class;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use wire::time::{Duration, Instant};

/// PUSH_DATA, PULL_DATA and PULL_ACK.
const PUSH_DATA: u8 = 0;
const PULL_DATA: u8 = 2;
const PULL_ACK: u8 = 4;

fn of_kind(datagrams: &[(Instant, Vec<u8>)], kind: u8) -> Vec<&(Instant, Vec<u8>)> {
    datagrams.iter().filter(|(_, octets)| octets[..4].ends_with(&[kind])).collect()
}

/// `ackr` of the statistics in a PUSH_DATA.
fn acknowledged_percent(octets: &[u8]) -> Option<f64> {
    let body = std::str::from_utf8(octets.get(12..)?).ok()?;
    let (_, rest) = body.split_once("\"ackr\":")?;
    rest.split([',', '}']).next()?.parse().ok()
}

/// Half of the acknowledgements get lost: Semtech's forwarder counts that and repeats nothing, and the platform has every
/// message once.
///
/// @case LNS-02
/// @clause ICA-1.2a
#[test]
fn lost_acknowledgements_make_no_second_message() {
    let mut rig = Rig::new(Class::A, 1);
    rig.line.loss = [0, 500];
    for number in 0..500 {
        rig.uplink(secs(20 * (number + 1)), false);
    }
    rig.run_until(secs(10_100));
    let frames = of_kind(&rig.left, PUSH_DATA)
        .iter()
        .filter(|(_, octets)| octets[12..].starts_with(b"{\"rxpk\""))
        .count();
    assert_eq!(frames, 500, "a forwarder of Semtech's sends each frame once");
    assert_eq!(
        rig.messages.iter().map(|message| message.fcnt).collect::<Vec<_>>(),
        (0..500).collect::<Vec<_>>()
    );
    let shares: Vec<f64> = rig.left.iter().filter_map(|(_, octets)| acknowledged_percent(octets)).collect();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((40.0..60.0).contains(&mean), "the statistics tell of {mean} % acknowledged");
    let acknowledged = rig.reached.iter().filter(|(_, octets)| octets[3] == 1).count();
    let pushes = of_kind(&rig.left, PUSH_DATA).len();
    assert!((pushes * 4 / 10..pushes * 6 / 10).contains(&acknowledged), "{acknowledged} of {pushes}");
}

/// Half of all datagrams get lost, and the gateway repeats what was not acknowledged, as forwarders of other makers do: what
/// arrives within the window of de-duplication is one uplink, what arrives later is told apart from a repetition of the
/// device. The platform has no message twice, and no uplink is answered twice.
///
/// @case LNS-02
/// @clause ICA-1.2a
#[test]
fn a_gateway_that_repeats_makes_no_second_message_and_no_second_answer() {
    for seed in 1..=5 {
        let mut rig = Rig::new(Class::A, seed);
        rig.line.loss = [500, 500];
        rig.repeats = Some(Repeats::new(Duration::from_millis(100), 6));
        for number in 0..300_u64 {
            rig.uplink(secs(20 * (number + 1)), number % 3 == 0);
        }
        rig.run_until(secs(6_100));
        assert!(rig.pushed > 450, "seed {seed}: only {} frames arrived", rig.pushed);
        let delivered: BTreeSet<u32> = rig.messages.iter().map(|message| message.fcnt).collect();
        assert_eq!(delivered.len(), rig.messages.len(), "seed {seed}: the platform has a message twice");
        // Seven chances of one half each: a hundred and twenty-eighth is lost for good.
        assert!(delivered.len() >= 285, "seed {seed}: {} of 300 arrived", delivered.len());
        assert_eq!(rig.count("uplink-accepted"), delivered.len(), "seed {seed}");
        assert!(rig.count("gateway-repeated-uplink") > 30, "seed {seed}: nothing came after the window");
        assert_eq!(
            rig.count("uplink-repeated"),
            0,
            "seed {seed}: a repetition of the gateway counts as one of the device"
        );
        assert!(rig.sent.len() > 30, "seed {seed}: {} answers", rig.sent.len());
        assert!(
            rig.count("downlink-sent") + rig.count("downlink-failed") <= 100,
            "seed {seed}: an uplink was answered twice"
        );
    }
}

/// PULL_DATA goes out every ten seconds and each is acknowledged with its token: the way back stays open through a router that
/// forgets a port after thirty seconds, and no uplink is needed for that.
///
/// @case LNS-01
/// @clause ICA-1.3.4d
#[test]
fn every_keep_alive_is_acknowledged_and_keeps_the_way_back_open() {
    let mut rig = Rig::new(Class::C, 1);
    rig.uplink(secs(5), false);
    rig.downlink(secs(3_605));
    rig.run_until(secs(3_609));
    let pulls = of_kind(&rig.left, PULL_DATA);
    assert_eq!(
        pulls.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        (0..=360).map(|n| secs(10 * n)).collect::<Vec<_>>()
    );
    let acks = of_kind(&rig.reached, PULL_ACK);
    assert_eq!(acks.len(), pulls.len());
    for ((sent, pull), (answered, ack)) in pulls.iter().zip(acks) {
        assert_eq!(pull[..], [&[2, pull[1], pull[2], 2][..], &GATEWAY.value().to_be_bytes()].concat());
        assert_eq!(ack[..], [2, pull[1], pull[2], 4]);
        assert!(answered.since(*sent) <= Duration::from_millis(120), "{sent} {answered}");
    }
    assert_eq!((rig.places.len(), rig.sent.len()), (1, 1), "{:?}", rig.notes);
    assert_eq!((rig.count("downlink-sent"), rig.count("gateway-offline")), (1, 0));
}

/// The router restarts: what goes to the old port is lost and told after the patience with TX_ACK; from the next PULL_DATA on the
/// gateway is reached where it is now, with and without an uplink.
///
/// @case LNS-01
/// @clause ICA-1.3.4d
#[test]
fn the_way_back_is_open_again_ten_seconds_after_a_router_forgot_it() {
    let mut rig = Rig::new(Class::C, 2);
    rig.uplink(secs(5), false);
    rig.downlink(secs(295));
    rig.run_until(secs(300));
    assert_eq!(rig.sent.len(), 1);
    rig.run_until(secs(301));
    rig.router.forget();
    rig.downlink(secs(302));
    rig.run_until(secs(309));
    assert_eq!(rig.sent.len(), 1, "nobody told the server of the new port");
    rig.run_until(secs(330));
    assert_eq!((rig.count("downlink-failed"), rig.count("downlink-sent")), (1, 1));
    rig.downlink(secs(331));
    rig.uplink(secs(335), true);
    rig.run_until(secs(340));
    assert_eq!(rig.sent.len(), 3, "{:?}", rig.notes);
    assert_eq!(rig.sent[2], secs(336), "the acknowledgement is in RX1");
    assert_eq!((rig.count("downlink-sent"), rig.count("gateway-offline")), (3, 0));
    let ports: Vec<u16> = rig.places.iter().map(SocketAddr::port).collect();
    assert!(ports.len() == 2 && ports[0] != ports[1], "{ports:?}");
    assert!(rig.server.session(DEVICE).is_some());
}

/// A backhaul that is dead for an hour: the server says so, nothing of that time arrives later, and then all is as before.
///
/// @case LNS-03
/// @clause ICA-1.3.4d
#[test]
fn what_a_forwarder_hears_while_its_backhaul_is_dead_is_lost_and_the_outage_is_told() {
    let mut rig = Rig::new(Class::A, 3);
    rig.uplink(secs(5), false);
    rig.run_until(secs(95));
    rig.line.loss = [1_000, 1_000];
    for number in 0..50 {
        rig.uplink(secs(120 + 60 * number), true);
    }
    rig.run_until(secs(3_695));
    assert_eq!(rig.count("gateway-offline"), 1);
    assert_eq!(rig.server.gateway_offline_since(GATEWAY).map(|at| at.as_micros() / 1_000_000), Some(90));
    rig.line.loss = [0, 0];
    rig.uplink(secs(3_711), true);
    rig.run_until(secs(3_720));
    assert_eq!((rig.count("gateway-online"), rig.server.gateway_offline_since(GATEWAY)), (1, None));
    assert_eq!(rig.messages.iter().map(|message| message.fcnt).collect::<Vec<_>>(), [0, 51]);
    assert_eq!(rig.messages[1].missing_fcnt, 50, "the gap is told");
    assert_eq!(rig.sent, [secs(3_712)]);
}
