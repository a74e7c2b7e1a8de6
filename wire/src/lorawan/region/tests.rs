//! The figures of Regional Parameters 1.0.2rB, written out as its tables are.

use super::super::airtime::time_on_air;
use super::*;

fn region(band: Band) -> &'static Region {
    band.region()
}

/// Data rate, modulation, N without a repeater, N with one, N in dwell time.
type Row = (u8, &'static str, usize, usize, Option<usize>);

fn assert_data_rates(band: Band, direction: Direction, rows: &[Row]) {
    let region = region(band);
    for (number, name, plain, repeater, dwell) in rows {
        let rate = DataRate(*number);
        let what = format!("{band} {rate} {direction:?}");
        assert!(region.is_defined(rate, direction), "{what}");
        let modulation = region.modulation(rate);
        assert_eq!(modulation.map_or("FSK".to_owned(), |it| it.to_string()), *name, "{what}");
        if let Some(modulation) = modulation {
            assert_eq!(region.data_rate(modulation, direction), Some(rate), "{what}");
        }
        let n = |rule| region.max_frm_payload(rate, rule);
        assert_eq!(n(PayloadRule::Plain), Some(*plain), "{what}");
        assert_eq!(n(PayloadRule::Repeater), Some(*repeater), "{what} with a repeater");
        assert_eq!(n(PayloadRule::Dwell), *dwell, "{what} in dwell time");
        assert_eq!(region.max_mac_payload(rate, PayloadRule::Plain), Some(plain + 8), "{what}");
    }
    let defined = (0..=255).filter(|rate| region.is_defined(DataRate(*rate), direction));
    let wanted = rows.iter().map(|row| row.0);
    assert!(defined.eq(wanted), "{band}: no other data rate is defined {direction:?}");
}

#[test]
fn data_rates_and_payloads_of_eu868() {
    let rows = [
        (0, "SF12BW125", 51, 51, Some(51)),
        (1, "SF11BW125", 51, 51, Some(51)),
        (2, "SF10BW125", 51, 51, Some(51)),
        (3, "SF9BW125", 115, 115, Some(115)),
        (4, "SF8BW125", 242, 222, Some(242)),
        (5, "SF7BW125", 242, 222, Some(242)),
        (6, "SF7BW250", 242, 222, Some(242)),
        (7, "FSK", 242, 222, Some(242)),
    ];
    assert_data_rates(Band::Eu868, Direction::Up, &rows);
    assert_data_rates(Band::Eu868, Direction::Down, &rows);
}

#[test]
fn data_rates_and_payloads_of_as923() {
    let rows = [
        (0, "SF12BW125", 51, 51, None),
        (1, "SF11BW125", 51, 51, None),
        (2, "SF10BW125", 51, 51, Some(11)),
        (3, "SF9BW125", 115, 115, Some(53)),
        (4, "SF8BW125", 242, 222, Some(125)),
        (5, "SF7BW125", 242, 222, Some(242)),
        (6, "SF7BW250", 242, 222, Some(242)),
        (7, "FSK", 242, 222, Some(242)),
    ];
    assert_data_rates(Band::As923, Direction::Up, &rows);
    assert_data_rates(Band::As923, Direction::Down, &rows);
}

const DOWN_500: [Row; 6] = [
    (8, "SF12BW500", 53, 33, Some(53)),
    (9, "SF11BW500", 129, 109, Some(129)),
    (10, "SF10BW500", 242, 222, Some(242)),
    (11, "SF9BW500", 242, 222, Some(242)),
    (12, "SF8BW500", 242, 222, Some(242)),
    (13, "SF7BW500", 242, 222, Some(242)),
];

#[test]
fn data_rates_and_payloads_of_us915() {
    let up = [
        (0, "SF10BW125", 11, 11, Some(11)),
        (1, "SF9BW125", 53, 53, Some(53)),
        (2, "SF8BW125", 125, 125, Some(125)),
        (3, "SF7BW125", 242, 242, Some(242)),
        (4, "SF8BW500", 242, 242, Some(242)),
    ];
    assert_data_rates(Band::Us915, Direction::Up, &up);
    assert_data_rates(Band::Us915, Direction::Down, &DOWN_500);
}

#[test]
fn data_rates_and_payloads_of_au915() {
    let up = [
        (0, "SF12BW125", 51, 51, Some(51)),
        (1, "SF11BW125", 51, 51, Some(51)),
        (2, "SF10BW125", 51, 51, Some(51)),
        (3, "SF9BW125", 115, 115, Some(115)),
        (4, "SF8BW125", 242, 222, Some(242)),
        (5, "SF7BW125", 242, 222, Some(242)),
        (6, "SF8BW500", 242, 222, Some(242)),
    ];
    assert_data_rates(Band::Au915, Direction::Up, &up);
    assert_data_rates(Band::Au915, Direction::Down, &DOWN_500);
}

/// The limits of dwell time are what the time on air of the longest frame says.
#[test]
fn the_longest_frame_in_dwell_time_lasts_at_most_400_ms() {
    let cases = [(Band::Us915, PayloadRule::Plain, 0..=3), (Band::As923, PayloadRule::Dwell, 2..=5)];
    for (band, rule, rates) in cases {
        for rate in rates.map(DataRate) {
            let modulation = region(band).modulation(rate).unwrap();
            let longest = region(band).max_mac_payload(rate, rule).unwrap() + 5;
            assert!(time_on_air(modulation, longest, true) <= MAX_DWELL, "{band} {rate}");
        }
    }
    let sf11 = region(Band::As923).modulation(DataRate(1)).unwrap();
    assert!(time_on_air(sf11, 13, true) > MAX_DWELL, "not even an empty frame with FPort");
}

fn assert_rx1(band: Band, dwell: bool, table: &[(u8, &[u8])]) {
    let region = region(band);
    for (uplink, row) in table {
        for (offset, want) in (0..).zip(*row) {
            let got = region.rx1_data_rate(DataRate(*uplink), offset, dwell);
            assert_eq!(got, Some(DataRate(*want)), "{band} DR{uplink}, offset {offset}, dwell {dwell}");
        }
        let beyond = u8::try_from(row.len()).unwrap();
        assert_eq!(region.rx1_data_rate(DataRate(*uplink), beyond, dwell), None, "{band} offset {beyond}");
    }
    let after = table.last().unwrap().0 + 1;
    assert_eq!(region.rx1_data_rate(DataRate(after), 0, dwell), None, "{band} DR{after}");
}

#[test]
fn rx1_data_rates_by_table() {
    let eu868: &[(u8, &[u8])] = &[
        (0, &[0, 0, 0, 0, 0, 0]),
        (1, &[1, 0, 0, 0, 0, 0]),
        (2, &[2, 1, 0, 0, 0, 0]),
        (3, &[3, 2, 1, 0, 0, 0]),
        (4, &[4, 3, 2, 1, 0, 0]),
        (5, &[5, 4, 3, 2, 1, 0]),
        (6, &[6, 5, 4, 3, 2, 1]),
        (7, &[7, 6, 5, 4, 3, 2]),
    ];
    assert_rx1(Band::Eu868, false, eu868);
    let us915: &[(u8, &[u8])] = &[
        (0, &[10, 9, 8, 8]),
        (1, &[11, 10, 9, 8]),
        (2, &[12, 11, 10, 9]),
        (3, &[13, 12, 11, 10]),
        (4, &[13, 13, 12, 11]),
    ];
    assert_rx1(Band::Us915, false, us915);
    let au915: &[(u8, &[u8])] = &[
        (0, &[8, 8, 8, 8, 8, 8]),
        (1, &[9, 8, 8, 8, 8, 8]),
        (2, &[10, 9, 8, 8, 8, 8]),
        (3, &[11, 10, 9, 8, 8, 8]),
        (4, &[12, 11, 10, 9, 8, 8]),
        (5, &[13, 12, 11, 10, 9, 8]),
        (6, &[13, 13, 12, 11, 10, 9]),
    ];
    assert_rx1(Band::Au915, false, au915);
    let as923: &[(u8, &[u8])] = &[
        (0, &[0, 0, 0, 0, 0, 0, 1, 2]),
        (1, &[1, 0, 0, 0, 0, 0, 2, 3]),
        (2, &[2, 1, 0, 0, 0, 0, 3, 4]),
        (3, &[3, 2, 1, 0, 0, 0, 4, 5]),
        (4, &[4, 3, 2, 1, 0, 0, 5, 5]),
        (5, &[5, 4, 3, 2, 1, 0, 5, 5]),
        (6, &[5, 5, 4, 3, 2, 1, 5, 5]),
        (7, &[5, 5, 5, 4, 3, 2, 5, 5]),
    ];
    assert_rx1(Band::As923, false, as923);
    let in_dwell: &[(u8, &[u8])] = &[
        (0, &[2, 2, 2, 2, 2, 2, 2, 2]),
        (1, &[2, 2, 2, 2, 2, 2, 2, 3]),
        (2, &[2, 2, 2, 2, 2, 2, 3, 4]),
        (3, &[3, 2, 2, 2, 2, 2, 4, 5]),
        (4, &[4, 3, 2, 2, 2, 2, 5, 5]),
        (5, &[5, 4, 3, 2, 2, 2, 5, 5]),
        (6, &[5, 5, 4, 3, 2, 2, 5, 5]),
        (7, &[5, 5, 5, 4, 3, 2, 5, 5]),
    ];
    assert_rx1(Band::As923, true, in_dwell);
}

#[test]
fn channels_and_their_rx1_frequencies() {
    // Band, number, uplink, lowest and highest data rate, RX1; kHz.
    let rows = [
        (Band::Eu868, 0, 868_100, 0, 5, 868_100),
        (Band::Eu868, 2, 868_500, 0, 5, 868_500),
        (Band::As923, 0, 923_200, 0, 5, 923_200),
        (Band::As923, 1, 923_400, 0, 5, 923_400),
        (Band::Us915, 0, 902_300, 0, 3, 923_300),
        (Band::Us915, 8, 903_900, 0, 3, 923_300),
        (Band::Us915, 15, 905_300, 0, 3, 927_500),
        (Band::Us915, 63, 914_900, 0, 3, 927_500),
        (Band::Us915, 64, 903_000, 4, 4, 923_300),
        (Band::Us915, 65, 904_600, 4, 4, 923_900),
        (Band::Us915, 71, 914_200, 4, 4, 927_500),
        (Band::Au915, 0, 915_200, 0, 5, 923_300),
        (Band::Au915, 63, 927_800, 0, 5, 927_500),
        (Band::Au915, 64, 915_900, 6, 6, 923_300),
        (Band::Au915, 71, 927_100, 6, 6, 927_500),
    ];
    for (band, index, khz, min_data_rate, max_data_rate, rx1) in rows {
        let frequency = Hertz(khz * 1000);
        let want = RegionChannel { index, frequency, min_data_rate, max_data_rate };
        assert_eq!(region(band).channels().nth(index), Some(want), "{band} {index}");
        assert_eq!(region(band).channel_on(frequency), Some(want), "{band} {index}");
        assert_eq!(region(band).rx1_frequency(frequency), Hertz(rx1 * 1000), "{band} {index}");
    }
    let counts = Band::ALL.map(|band| (region(band).default_channels(), region(band).max_channels));
    assert_eq!(counts, [(3, 16), (72, 72), (2, 16), (72, 72)]);
    assert_eq!(region(Band::Us915).channel_on(Hertz(902_400_000)), None);
    for band in Band::ALL {
        let legal = |channel: RegionChannel| region(band).sub_band(channel.frequency).is_some();
        assert!(region(band).channels().all(legal), "{band}");
        assert!(region(band).sub_band(region(band).rx2_frequency).is_some(), "{band}");
    }
}

#[test]
fn joins_use_the_channels_and_data_rates_of_their_region() {
    let rows = [
        (Band::Eu868, 868_100, 0, true),
        (Band::Eu868, 868_100, 6, false),
        (Band::Eu868, 867_100, 5, false),
        (Band::As923, 923_400, 2, true),
        (Band::As923, 923_400, 1, false),
        (Band::Us915, 902_300, 0, true),
        (Band::Us915, 902_300, 1, false),
        (Band::Us915, 903_000, 4, true),
        (Band::Us915, 903_000, 0, false),
        (Band::Au915, 915_900, 6, true),
        (Band::Au915, 927_800, 0, true),
    ];
    for (band, khz, rate, want) in rows {
        assert_eq!(
            region(band).allows_join(Hertz(khz * 1000), DataRate(rate)),
            want,
            "{band} {khz} DR{rate}"
        );
    }
}

#[test]
fn second_windows_powers_and_beacons() {
    // Band, RX2 in kHz and data rate, EIRP of the first and the last index, the last index, beacon in kHz and data rate.
    let rows = [
        (Band::Eu868, 869_525, 0, 16, 2, 7, 869_525, 3),
        (Band::Us915, 923_300, 8, 30, 10, 10, 923_300, 8),
        (Band::As923, 923_200, 2, 16, 2, 7, 923_400, 3),
        (Band::Au915, 923_300, 8, 30, 10, 10, 923_300, 10),
    ];
    for (band, rx2, rx2_rate, first, last, index, beacon, beacon_rate) in rows {
        let region = region(band);
        assert_eq!(
            (region.rx2_frequency, region.rx2_data_rate),
            (Hertz(rx2 * 1000), DataRate(rx2_rate)),
            "{band}"
        );
        assert_eq!(region.eirp_dbm(0), Some(first), "{band}");
        assert_eq!(region.eirp_dbm(1), Some(first - 2), "{band}");
        assert_eq!(region.eirp_dbm(index), Some(last), "{band}");
        assert_eq!(region.eirp_dbm(index + 1), None, "{band}");
        assert_eq!(region.eirp_dbm(255), None, "{band}");
        assert_eq!(region.beacon.channels.frequency(0), Some(Hertz(beacon * 1000)), "{band}");
        assert_eq!(region.beacon.data_rate, DataRate(beacon_rate), "{band}");
        let hops = if region.is_fixed() { 8 } else { 1 };
        assert_eq!(region.beacon.channels.count, hops, "{band}");
    }
    let indexes: Vec<i8> = (0..16).map(max_eirp_of_index).collect();
    assert_eq!(indexes, [8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36]);
}

#[test]
fn only_as923_sets_dwell_time_and_only_dynamic_plans_take_channels() {
    assert_eq!(Band::ALL.map(|band| region(band).has_tx_param_setup()), [false, false, true, false]);
    assert_eq!(Band::ALL.map(|band| region(band).is_fixed()), [false, true, false, true]);
    assert_eq!(region(Band::Us915).uplink_dwell, Dwell::Limited);
    let usual = region(Band::As923).usual_channels.unwrap().map(|frequency| frequency.0 / 1000);
    assert_eq!(usual, [923_600, 923_800, 924_000, 924_200, 924_400]);
}

#[test]
fn masks_of_a_dynamic_plan() {
    let (eu, defined) = (region(Band::Eu868), ChannelSet::span(0, 8));
    let masked = |mask, control| eu.masked(ChannelSet::span(0, 3), defined, mask, control);
    assert_eq!(masked(0x00f0, 0), Ok(ChannelSet::span(4, 4)));
    assert_eq!(masked(0, 6), Ok(defined), "the mask does not count");
    assert_eq!(masked(0x0100, 0), Err(MaskError::UndefinedChannel));
    assert_eq!(masked(0, 0), Err(MaskError::NoChannel));
    for control in [1, 2, 3, 4, 5, 7] {
        assert_eq!(masked(1, control), Err(MaskError::ReservedControl(control)));
    }
    assert_eq!(eu.mask_requests(ChannelSet::span(0, 8)), [(0, 0x00ff)]);
}

#[test]
fn masks_of_a_fixed_plan() {
    let all = ChannelSet::span(0, 72);
    for band in [Band::Us915, Band::Au915] {
        let masked = |enabled, mask, control| region(band).masked(enabled, all, mask, control);
        let sub_band_2 = ChannelSet::span(8, 8).with(ChannelSet::span(65, 1));
        let only_wide = masked(all, 0x0002, 7).unwrap();
        assert_eq!(only_wide, ChannelSet::span(65, 1), "{band}");
        assert_eq!(masked(only_wide, 0xff00, 0), Ok(sub_band_2), "{band}");
        assert_eq!(region(band).sub_band_channels(2), sub_band_2, "{band}");
        assert_eq!(region(band).mask_requests(sub_band_2), [(7, 0x0002), (0, 0xff00)], "{band}");
        let all_narrow = ChannelSet::span(0, 64);
        assert_eq!(masked(sub_band_2, 0x0080, 6), Ok(all_narrow.with(ChannelSet::span(71, 1))), "{band}");
        assert_eq!(masked(all, 0, 3), Ok(all.without(ChannelSet::span(48, 16))), "{band}");
        assert_eq!(masked(all, 0x0001, 4), Ok(all_narrow.with(ChannelSet::span(64, 1))), "{band}");
        assert_eq!(
            masked(all, 0x0100, 4),
            Err(MaskError::UndefinedChannel),
            "{band}: there is no channel 72"
        );
        assert_eq!(masked(all, 1, 5), Err(MaskError::ReservedControl(5)), "{band}");
        assert!(!region(band).accepts_channels(ChannelSet::default(), DataRate(4)), "{band}");
    }
    let us = region(Band::Us915);
    assert!(!us.accepts_channels(ChannelSet::span(63, 9), DataRate(3)), "one narrow channel is too few");
    assert!(us.accepts_channels(ChannelSet::span(62, 10), DataRate(3)));
    assert!(
        us.accepts_channels(ChannelSet::span(64, 8), DataRate(4)),
        "a wide data rate needs no narrow channel"
    );
    assert_eq!(us.sub_band_channels(0), ChannelSet::default());
    assert_eq!(us.sub_band_channels(9), ChannelSet::default());
    assert_eq!(region(Band::Eu868).sub_band_channels(1), ChannelSet::default());
}

/// Whatever is wanted, a device that applies the block ends with it.
#[test]
fn mask_requests_lead_to_what_is_wanted() {
    let us = region(Band::Us915);
    let all = ChannelSet::span(0, 72);
    let mut rng = crate::seed::Seed(1).child("masks").rng();
    for _ in 0..200 {
        let wanted: ChannelSet = (0..72).filter(|_| rng.chance(300)).collect();
        let start: ChannelSet = (0..72).filter(|_| rng.chance(500)).collect();
        let apply = |set, (control, mask): (u8, u16)| us.masked(set, all, mask, control).unwrap();
        assert_eq!(us.mask_requests(wanted).into_iter().fold(start, apply), wanted);
    }
}
