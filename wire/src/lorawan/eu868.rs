//! The band EU863-870 (Regional Parameters 1.0.2rB clause 2.1).
//!
//! The functions are [`REGION`]'s, for callers that know nothing of other bands. Data rate 7 (FSK) exists as a number and
//! has limits, but no LoRa modulation. Powers are EIRP in dBm.

use super::crypto::Direction;
pub use super::region::DataRate;
use super::region::{
    Band, Beacon, DataRateRow, Dwell, PayloadRule, Raster, Region, Rx1Rule, SubBand, Way, sub_band,
};
use crate::air::lora::{Hertz, Modulation};

/// Channels 0 to 2, which are also the join channels and cannot be changed.
pub const DEFAULT_CHANNELS: [Hertz; 3] = [Hertz(868_100_000), Hertz(868_300_000), Hertz(868_500_000)];
/// The five channels that operators usually add by CFList.
pub const USUAL_CHANNELS: [Hertz; 5] =
    [Hertz(867_100_000), Hertz(867_300_000), Hertz(867_500_000), Hertz(867_700_000), Hertz(867_900_000)];
/// How many channels a device can hold.
pub const MAX_CHANNELS: usize = 16;
/// Every channel allows these data rates unless NewChannelReq says otherwise.
pub const CHANNEL_DATA_RATES: std::ops::RangeInclusive<u8> = 0..=5;
/// Default frequency of RX2.
pub const RX2_FREQUENCY: Hertz = Hertz(869_525_000);
/// Default data rate of RX2.
pub const RX2_DATA_RATE: DataRate = DataRate(0);
/// The most a device may radiate, EIRP.
pub const MAX_EIRP_DBM: i8 = 16;
/// The largest RX1DROffset that is defined.
pub const MAX_RX1_DR_OFFSET: u8 = 5;
/// The largest TXPower index that is defined.
pub const MAX_TX_POWER: u8 = 7;

const UPLINK: &[Raster] =
    &[Raster { first: DEFAULT_CHANNELS[0], step: 200_000, count: 3, data_rates: (0, 5) }];

const BEACON: Raster = Raster { first: RX2_FREQUENCY, step: 0, count: 1, data_rates: (3, 3) };

/// The bands of duty cycle, in order of frequency. At a common edge the lower band counts.
pub const BANDS: [SubBand; 6] = [
    sub_band(863_000_000, 865_000_000, 1, 14),
    sub_band(865_000_000, 868_000_000, 10, 14),
    sub_band(868_000_000, 868_600_000, 10, 14),
    sub_band(868_700_000, 869_200_000, 1, 14),
    sub_band(869_400_000, 869_650_000, 100, 27),
    sub_band(869_700_000, 870_000_000, 10, 14),
];

const DATA_RATES: &[Option<DataRateRow>] = &[
    DataRateRow::lora(Way::Both, (12, 125), 51, 51),
    DataRateRow::lora(Way::Both, (11, 125), 51, 51),
    DataRateRow::lora(Way::Both, (10, 125), 51, 51),
    DataRateRow::lora(Way::Both, (9, 125), 115, 115),
    DataRateRow::lora(Way::Both, (8, 125), 242, 222),
    DataRateRow::lora(Way::Both, (7, 125), 242, 222),
    DataRateRow::lora(Way::Both, (7, 250), 242, 222),
    DataRateRow::fsk(242, 222),
];

/// The region.
pub static REGION: Region = Region {
    band: Band::Eu868,
    uplink: UPLINK,
    downlink: None,
    usual_channels: Some(USUAL_CHANNELS),
    max_channels: MAX_CHANNELS,
    channel_data_rates: CHANNEL_DATA_RATES,
    join_data_rates: CHANNEL_DATA_RATES,
    data_rates: DATA_RATES,
    rx1: Rx1Rule { base: 0, lowest: 0, lowest_in_dwell: 0, highest: 7, offsets: &[0, 1, 2, 3, 4, 5] },
    rx2_frequency: RX2_FREQUENCY,
    rx2_data_rate: RX2_DATA_RATE,
    max_eirp_dbm: MAX_EIRP_DBM,
    max_tx_power: MAX_TX_POWER,
    sub_bands: &BANDS,
    uplink_dwell: Dwell::Free,
    downlink_dwell: Dwell::Free,
    min_narrow_channels: 0,
    beacon: Beacon { channels: BEACON, data_rate: DataRate(3) },
};

/// The LoRa modulation of a data rate; none for FSK and for undefined ones.
#[must_use]
pub fn modulation(data_rate: DataRate) -> Option<Modulation> {
    REGION.modulation(data_rate)
}

/// The data rate of a LoRa modulation.
#[must_use]
pub fn data_rate(modulation: Modulation) -> Option<DataRate> {
    REGION.data_rate(modulation, Direction::Up)
}

/// Whether the region defines the data rate (FSK included).
#[must_use]
pub fn is_defined(data_rate: DataRate) -> bool {
    REGION.is_defined(data_rate, Direction::Up)
}

/// N: the largest FRMPayload at this data rate while FOpts is empty; with FOpts it shrinks by their length.
#[must_use]
pub fn max_frm_payload(data_rate: DataRate) -> Option<usize> {
    REGION.max_frm_payload(data_rate, PayloadRule::Plain)
}

/// M: the largest MACPayload at this data rate, which is N + 8.
#[must_use]
pub fn max_mac_payload(data_rate: DataRate) -> Option<usize> {
    REGION.max_mac_payload(data_rate, PayloadRule::Plain)
}

/// The data rate of RX1 after an uplink; none when the offset or the uplink's data rate is not defined.
#[must_use]
pub fn rx1_data_rate(uplink: DataRate, rx1_dr_offset: u8) -> Option<DataRate> {
    REGION.rx1_data_rate(uplink, rx1_dr_offset, false)
}

/// The EIRP of a TXPower index; none for the reserved ones.
#[must_use]
pub fn eirp_dbm(tx_power: u8) -> Option<i8> {
    REGION.eirp_dbm(tx_power)
}

/// The number of the band in [`BANDS`] that a frequency lies in; none outside all of them.
#[must_use]
pub fn band_index(frequency: Hertz) -> Option<usize> {
    REGION.sub_band_index(frequency)
}

/// The band that a frequency lies in; none outside all of them.
#[must_use]
pub fn band_of(frequency: Hertz) -> Option<&'static SubBand> {
    REGION.sub_band(frequency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_rates_and_modulations_are_a_pair() {
        let rows = ["SF12BW125", "SF11BW125", "SF10BW125", "SF9BW125", "SF8BW125", "SF7BW125", "SF7BW250"];
        for (number, name) in rows.iter().enumerate() {
            let rate = DataRate(number as u8);
            let modulation = modulation(rate).unwrap();
            assert_eq!(modulation.to_string(), *name);
            assert_eq!(data_rate(modulation), Some(rate));
        }
        assert_eq!(modulation(DataRate(7)), None);
        assert!(is_defined(DataRate(7)) && !is_defined(DataRate(8)));
        assert_eq!(data_rate(Modulation { spreading_factor: 12, bandwidth_khz: 250 }), None);
    }

    #[test]
    fn payload_limits_per_data_rate() {
        let rows = [
            (0, 59, 51),
            (1, 59, 51),
            (2, 59, 51),
            (3, 123, 115),
            (4, 250, 242),
            (5, 250, 242),
            (6, 250, 242),
            (7, 250, 242),
        ];
        for (rate, m, n) in rows {
            assert_eq!(max_mac_payload(DataRate(rate)), Some(m), "DR{rate}");
            assert_eq!(max_frm_payload(DataRate(rate)), Some(n), "DR{rate}");
        }
        assert_eq!(max_frm_payload(DataRate(8)), None);
    }

    #[test]
    fn the_table_of_rx1_data_rates() {
        let table = [
            [0, 0, 0, 0, 0, 0],
            [1, 0, 0, 0, 0, 0],
            [2, 1, 0, 0, 0, 0],
            [3, 2, 1, 0, 0, 0],
            [4, 3, 2, 1, 0, 0],
            [5, 4, 3, 2, 1, 0],
            [6, 5, 4, 3, 2, 1],
            [7, 6, 5, 4, 3, 2],
        ];
        for (uplink, row) in table.iter().enumerate() {
            for (offset, want) in row.iter().enumerate() {
                assert_eq!(rx1_data_rate(DataRate(uplink as u8), offset as u8), Some(DataRate(*want)));
            }
        }
        assert_eq!(rx1_data_rate(DataRate(5), 6), None);
        assert_eq!(rx1_data_rate(DataRate(8), 0), None);
    }

    #[test]
    fn powers_fall_by_two_decibels() {
        let powers: Vec<_> = (0..=8).map(eirp_dbm).collect();
        let want = [16, 14, 12, 10, 8, 6, 4, 2];
        assert_eq!(powers[..8], want.map(Some));
        assert_eq!(powers[8], None);
    }

    #[test]
    fn every_usual_channel_has_its_band() {
        for channel in DEFAULT_CHANNELS.iter().chain(&USUAL_CHANNELS) {
            assert_eq!(band_of(*channel).unwrap().duty_per_mille, 10, "{channel}");
        }
        assert_eq!(band_of(RX2_FREQUENCY).unwrap().duty_per_mille, 100);
        assert_eq!(band_of(Hertz(868_800_000)).unwrap().duty_per_mille, 1);
        assert_eq!(band_of(Hertz(868_650_000)), None);
        assert_eq!(band_of(Hertz(902_300_000)), None);
        assert_ne!(band_index(Hertz(867_900_000)), band_index(Hertz(868_100_000)));
    }
}
