//! Networks of bands other than EU868.

use super::*;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand};
use wire::lorawan::{Band, CfList};

fn in_band(band: Band) -> NsConfig {
    let plain = NsConfig::in_band(NetId::from_value(0x13), band);
    NsConfig { devices: config().devices, gateways: config().gateways, ..plain }
}

/// A join on a channel: the join-accept as it went out, and the line of time with the session.
fn join(band: Band, frequency: u32, rate: u8) -> (Instant, LoraFrame, JoinAccept, Timeline) {
    join_to(in_band(band), frequency, rate)
}

fn join_to(config: NsConfig, frequency: u32, rate: u8) -> (Instant, LoraFrame, JoinAccept, Timeline) {
    let mut t = Timeline::new(config);
    t.heard_at(secs(1), Hertz(frequency), rate, &join_request(7), &[(0, 50)]);
    t.run_until(secs(9));
    assert!(!t.sent.is_empty(), "{:?}", t.notes);
    let (at, _, frame) = t.sent.remove(0);
    let accept = t.take_join_accept(&frame.payload, 7);
    t.notes.clear();
    (at, frame, accept, t)
}

fn uplink(t: &mut Timeline, second: u64, fcnt: u32, (frequency, rate): (u32, u8), mac: &[UplinkCommand]) {
    let mut message = t.message(fcnt);
    message.confirmed = true;
    let octets = mac.iter().flat_map(|command| command.to_octets()).collect();
    message.f_opts = wire::lorawan::FOpts::new(octets).unwrap();
    let sealed = t.seal(&message);
    t.heard_at(secs(second), Hertz(frequency), rate, &sealed, &[(0, -50)]);
    t.run_until(secs(second + 3));
}

fn requests(message: &DataMessage) -> Vec<DownlinkCommand> {
    DownlinkCommand::read_all(message.mac_octets()).commands
}

/// Uplink frequency and data rate, where RX1 is and how it is modulated.
#[test]
fn rx1_is_where_the_band_puts_it() {
    let rows = [
        (Band::Us915, 902_300_000, 0, 923_300_000, "SF10BW500"),
        (Band::Us915, 903_900_000, 0, 923_300_000, "SF10BW500"),
        (Band::Us915, 914_900_000, 0, 927_500_000, "SF10BW500"),
        (Band::Us915, 904_600_000, 4, 923_900_000, "SF7BW500"),
        (Band::Au915, 915_400_000, 0, 923_900_000, "SF12BW500"),
        (Band::Au915, 927_100_000, 6, 927_500_000, "SF7BW500"),
        (Band::As923, 923_400_000, 5, 923_400_000, "SF7BW125"),
        (Band::As923, 923_200_000, 2, 923_200_000, "SF10BW125"),
    ];
    for (band, frequency, rate, rx1, modulation) in rows {
        let (at, frame, ..) = join(band, frequency, rate);
        assert_eq!(
            (at, frame.frequency, frame.modulation.to_string().as_str()),
            (secs(6), Hertz(rx1), modulation),
            "{band}"
        );
    }
}

#[test]
fn joins_beside_the_join_channels_and_data_rates_are_refused() {
    let rows = [
        (Band::Us915, 902_300_000, 3, "join-refused-wrong-data-rate"),
        (Band::Au915, 915_200_000, 5, "join-refused-wrong-data-rate"),
        (Band::As923, 923_200_000, 1, "join-refused-wrong-data-rate"),
        (Band::As923, 923_600_000, 5, "join-refused-wrong-channel"),
    ];
    for (band, frequency, rate, code) in rows {
        let mut t = Timeline::new(in_band(band));
        t.heard_at(secs(1), Hertz(frequency), rate, &join_request(7), &[(0, 50)]);
        t.run_until(secs(9));
        assert_eq!(t.codes(), [code], "{band}");
    }
}

#[test]
fn a_fixed_plan_gets_no_channel_list_and_as923_gets_one_where_there_is_time_for_it() {
    assert_eq!(join(Band::Us915, 902_300_000, 0).2.cf_list, None);
    assert_eq!(join(Band::Au915, 915_200_000, 0).2.cf_list, None);
    let usual = Band::As923.region().usual_channels.map(CfList::new);
    assert_eq!(join(Band::As923, 923_200_000, 5).2.cf_list, usual);
    // With the list the join-accept would last 452 ms.
    assert_eq!(join(Band::As923, 923_200_000, 2).2.cf_list, None);
}

#[test]
fn a_device_is_left_with_the_channels_of_the_sub_band() {
    let two = Band::Us915.region().sub_band_channels(2);
    let config = NsConfig { channels: Some(two), ..in_band(Band::Us915) };
    let (.., mut t) = join_to(config, 904_100_000, 0);
    let ask = |channel_mask_control, channel_mask| DownlinkCommand::LinkAdrReq {
        data_rate: 3,
        tx_power: 0,
        channel_mask,
        channel_mask_control,
        nb_trans: 1,
    };
    uplink(&mut t, 20, 0, (904_100_000, 3), &[]);
    let (_, frame, message) = t.downlink(0);
    assert_eq!(requests(&message), [ask(7, 0x0002), ask(0, 0xff00)]);
    assert_eq!((frame.frequency, frame.modulation.to_string()), (Hertz(923_900_000), "SF7BW500".to_owned()));
    let taken = UplinkCommand::LinkAdrAns { power_ack: true, data_rate_ack: true, channel_mask_ack: true };
    uplink(&mut t, 40, 1, (904_100_000, 3), &[taken, taken]);
    assert!(requests(&t.downlink(1).2).is_empty(), "it has answered");
    // At the end of its back-off a device has all channels on again.
    uplink(&mut t, 60, 2, (902_300_000, 3), &[]);
    assert_eq!(requests(&t.downlink(2).2), [ask(7, 0x0002), ask(0, 0xff00)]);
    let refused = UplinkCommand::LinkAdrAns { power_ack: true, data_rate_ack: true, channel_mask_ack: false };
    uplink(&mut t, 80, 3, (902_300_000, 3), &[refused, refused]);
    assert!(requests(&t.downlink(3).2).is_empty(), "what was refused is not asked again");
}

#[test]
fn adr_of_a_fixed_plan_asks_with_the_channels_that_are_on() {
    let (.., mut t) = join(Band::Us915, 902_300_000, 0);
    for fcnt in 0..20 {
        let mut message = t.message(fcnt);
        message.adr = true;
        let sealed = t.seal(&message);
        t.heard_at(secs(20 + 10 * u64::from(fcnt)), Hertz(902_500_000), 0, &sealed, &[(0, 100)]);
    }
    t.run_until(secs(240));
    let (.., message) = t.downlink(0);
    let [DownlinkCommand::LinkAdrReq { data_rate, tx_power, channel_mask, channel_mask_control, .. }] =
        requests(&message)[..]
    else {
        panic!("{message:?}")
    };
    // 10 dB are 15 above the floor of SF10 with its margin: five steps, three of them data rates.
    assert_eq!((data_rate, tx_power, channel_mask_control, channel_mask), (3, 2, 6, 0xff));
}

#[test]
fn limits_of_length_follow_the_band_and_its_dwell_time() {
    let (.., mut t) = join(Band::As923, 923_200_000, 5);
    uplink(&mut t, 20, 0, (923_200_000, 2), &[]);
    let error = t.server.queue_downlink(DEVICE, 1, vec![0; 12], false).unwrap_err();
    assert_eq!(error, DownlinkError::TooLong { got: 12, limit: 11 });
    t.server.queue_downlink(DEVICE, 1, vec![0; 11], false).unwrap();
    let mut long = t.message(1);
    long.payload = Some(PortPayload { port: 1, octets: vec![0; 12] });
    let sealed = t.seal(&long);
    t.heard_at(secs(40), Hertz(923_200_000), 2, &sealed, &[(0, 50)]);
    t.run_until(secs(44));
    assert!(t.codes().contains(&"uplink-refused-too-long"));
    let (.., mut t) = join(Band::Us915, 902_300_000, 0);
    uplink(&mut t, 20, 0, (902_300_000, 0), &[]);
    t.server.queue_downlink(DEVICE, 1, vec![0; 242], false).unwrap();
}

#[test]
fn dwell_time_is_taken_back_by_tx_param_setup() {
    let free = TxParams { uplink_dwell: false, downlink_dwell: false, max_eirp_index: 5 };
    let config = NsConfig { tx_params: Some(free), ..in_band(Band::As923) };
    let (.., mut t) = join_to(config, 923_200_000, 5);
    uplink(&mut t, 20, 0, (923_200_000, 3), &[]);
    let asked =
        DownlinkCommand::TxParamSetupReq { downlink_dwell: false, uplink_dwell: false, max_eirp_index: 5 };
    assert_eq!(requests(&t.downlink(0).2), [asked]);
    uplink(&mut t, 40, 1, (923_200_000, 0), &[UplinkCommand::TxParamSetupAns]);
    let (_, frame, message) = t.downlink(1);
    assert!(requests(&message).is_empty());
    assert_eq!(frame.modulation, SF12, "DR0 is allowed again");
    t.server.queue_downlink(DEVICE, 1, vec![0; 51], false).unwrap();
}

#[test]
fn only_bands_with_a_duty_cycle_count_time_on_air() {
    for (band, frequency, rate, want) in [(Band::Us915, 902_300_000, 0, 0), (Band::As923, 923_200_000, 2, 1)]
    {
        let (.., mut t) = join(band, frequency, rate);
        for fcnt in 0..160 {
            let sealed = t.seal(&t.message(fcnt));
            t.heard_at(secs(20 + 2 * u64::from(fcnt)), Hertz(frequency), rate, &sealed, &[(0, 50)]);
        }
        t.run_until(secs(400));
        let refused = t.codes().iter().filter(|code| **code == "uplink-refused-duty-cycle").count();
        assert_eq!(refused.min(1), want, "{band}");
    }
}
