//! Nodes of bands other than EU868.

use super::*;
use wire::lorawan::{Band, DataRate};

fn joined(band: Band) -> (Bench, Sent) {
    let mut b = Bench::joiner(NodeConfig { band, ..NodeConfig::default() }, 1);
    let request = b.start("mac join otaa");
    let accept = JoinAccept {
        app_nonce: AppNonce::from_value(1),
        net_id: NetId::from_value(0x13),
        dev_addr: ADDR,
        dl_settings: DlSettings { rx1_dr_offset: 0, rx2_data_rate: band.region().rx2_data_rate.0 },
        rx_delay: 1,
        cf_list: None,
    };
    let region = band.region();
    let modulation = region.modulation(region.rx2_data_rate).unwrap();
    b.downlink(secs(6), region.rx2_frequency, modulation, accept.seal(&APP_KEY.parse().unwrap()));
    assert_eq!(b.lines, ["accepted"], "{band}");
    (b, request)
}

#[test]
fn a_node_joins_and_sends_by_the_rules_of_its_band() {
    let rows = [(Band::Us915, "915"), (Band::As923, "923"), (Band::Au915, "915")];
    for (band, name) in rows {
        let region = band.region();
        let (mut b, request) = joined(band);
        let rate = region.data_rate(request.frame.modulation, Direction::Up).unwrap();
        assert!(region.allows_join(request.frame.frequency, rate), "{band}: {rate}");
        assert_eq!(b.command("mac get band"), [name]);
        b.rest();
        let data = b.start("mac tx uncnf 1 68656C6C6F");
        let channel = region.channel_on(data.frame.frequency).unwrap();
        let rate = region.data_rate(data.frame.modulation, Direction::Up).unwrap();
        assert!(channel.allows(rate), "{band}: {rate} on channel {}", channel.index);
    }
}

#[test]
fn a_fixed_plan_answers_in_rx1_on_the_paired_downlink_channel() {
    let mut b = Bench::personalised_in(Band::Us915);
    let data = b.start("mac tx cnf 1 00");
    let region = Band::Us915.region();
    let rate = region.data_rate(data.frame.modulation, Direction::Up).unwrap();
    let rx1 = region.modulation(region.rx1_data_rate(rate, 0, false).unwrap()).unwrap();
    assert_eq!(rx1.bandwidth_khz, 500);
    let ack = DataMessage { ack: true, ..message(0) }.seal(&keys());
    b.downlink(secs(1), region.rx1_frequency(data.frame.frequency), rx1, ack);
    assert_eq!(b.lines, ["mac_tx_ok"]);
}

#[test]
fn the_longest_payload_is_that_of_the_band() {
    let (mut b, _) = joined(Band::Us915);
    b.rest();
    b.command("mac set dr 0");
    assert_eq!(b.command(&format!("mac tx uncnf 1 {}", "00".repeat(12))), ["invalid_data_len"]);
    let mut b = Bench::joiner(NodeConfig { band: Band::As923, ..NodeConfig::default() }, 1);
    b.command("mac set dr 1");
    let request = b.start("mac join otaa");
    let rate = Band::As923.region().data_rate(request.frame.modulation, Direction::Up);
    assert_eq!(rate, Some(DataRate(2)), "dwell time forbids DR1");
}

#[test]
fn a_join_keeps_to_the_channels_that_the_host_has_left_on() {
    let mut b = Bench::joiner(NodeConfig { band: Band::Us915, ..NodeConfig::default() }, 1);
    for channel in (0..8).chain(16..72) {
        b.command(&format!("mac set ch status {channel} off"));
    }
    for _ in 0..6 {
        let request = b.start("mac join otaa");
        let channel = Band::Us915.region().channel_on(request.frame.frequency).unwrap().index;
        assert!((8..16).contains(&channel), "channel {channel}");
        b.rest();
    }
}
