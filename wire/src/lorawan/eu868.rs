//! The band EU863-870 (Regional Parameters 1.0.2rB clause 2.1).
//!
//! Data rate 7 (FSK) exists as a number and has limits, but no LoRa modulation. Powers are EIRP in dBm.

use crate::air::lora::{Hertz, Modulation};
use std::fmt;

/// A data rate of the region, DR0 to DR15. Whether the region defines it is asked of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct DataRate(pub u8);

impl fmt::Display for DataRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DR{}", self.0)
    }
}

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

/// LoRa modulations of DR0 to DR6.
const MODULATIONS: [Modulation; 7] = [
    Modulation { spreading_factor: 12, bandwidth_khz: 125 },
    Modulation { spreading_factor: 11, bandwidth_khz: 125 },
    Modulation { spreading_factor: 10, bandwidth_khz: 125 },
    Modulation { spreading_factor: 9, bandwidth_khz: 125 },
    Modulation { spreading_factor: 8, bandwidth_khz: 125 },
    Modulation { spreading_factor: 7, bandwidth_khz: 125 },
    Modulation { spreading_factor: 7, bandwidth_khz: 250 },
];

/// N of DR0 to DR7 without a repeater: the largest FRMPayload while FOpts is empty.
const MAX_FRM_PAYLOAD: [usize; 8] = [51, 51, 51, 115, 242, 242, 242, 242];

/// The LoRa modulation of a data rate; none for FSK and for undefined ones.
#[must_use]
pub fn modulation(data_rate: DataRate) -> Option<Modulation> {
    MODULATIONS.get(usize::from(data_rate.0)).copied()
}

/// The data rate of a LoRa modulation.
#[must_use]
pub fn data_rate(modulation: Modulation) -> Option<DataRate> {
    MODULATIONS.iter().position(|known| *known == modulation).map(|index| DataRate(index as u8))
}

/// Whether the region defines the data rate (FSK included).
#[must_use]
pub const fn is_defined(data_rate: DataRate) -> bool {
    (data_rate.0 as usize) < MAX_FRM_PAYLOAD.len()
}

/// N: the largest FRMPayload at this data rate while FOpts is empty; with FOpts it shrinks by their length.
#[must_use]
pub fn max_frm_payload(data_rate: DataRate) -> Option<usize> {
    MAX_FRM_PAYLOAD.get(usize::from(data_rate.0)).copied()
}

/// M: the largest MACPayload at this data rate, which is N + 8.
#[must_use]
pub fn max_mac_payload(data_rate: DataRate) -> Option<usize> {
    max_frm_payload(data_rate).map(|n| n + 8)
}

/// The data rate of RX1 after an uplink; none when the offset or the uplink's data rate is not defined.
#[must_use]
pub fn rx1_data_rate(uplink: DataRate, rx1_dr_offset: u8) -> Option<DataRate> {
    (is_defined(uplink) && rx1_dr_offset <= MAX_RX1_DR_OFFSET)
        .then(|| DataRate(uplink.0.saturating_sub(rx1_dr_offset)))
}

/// The EIRP of a TXPower index; none for the reserved ones.
#[must_use]
pub const fn eirp_dbm(tx_power: u8) -> Option<i8> {
    if tx_power <= MAX_TX_POWER { Some(MAX_EIRP_DBM - 2 * tx_power as i8) } else { None }
}

/// A duty-cycle band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Lower edge.
    pub low: Hertz,
    /// Upper edge.
    pub high: Hertz,
    /// The share of time that one sender may use, in thousandths.
    pub duty_per_mille: u16,
    /// The most that may be radiated, ERP in dBm (EIRP is 2.15 dB more).
    pub max_erp_dbm: i8,
}

/// The bands, in order of frequency. At a common edge the lower band counts.
pub const BANDS: [Band; 6] = [
    band(863_000_000, 865_000_000, 1, 14),
    band(865_000_000, 868_000_000, 10, 14),
    band(868_000_000, 868_600_000, 10, 14),
    band(868_700_000, 869_200_000, 1, 14),
    band(869_400_000, 869_650_000, 100, 27),
    band(869_700_000, 870_000_000, 10, 14),
];

const fn band(low: u32, high: u32, duty_per_mille: u16, max_erp_dbm: i8) -> Band {
    Band { low: Hertz(low), high: Hertz(high), duty_per_mille, max_erp_dbm }
}

/// The number of the band in [`BANDS`] that a frequency lies in; none outside all of them.
#[must_use]
pub fn band_index(frequency: Hertz) -> Option<usize> {
    BANDS.iter().position(|band| (band.low..=band.high).contains(&frequency))
}

/// The band that a frequency lies in; none outside all of them.
#[must_use]
pub fn band_of(frequency: Hertz) -> Option<&'static Band> {
    BANDS.get(band_index(frequency)?)
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
