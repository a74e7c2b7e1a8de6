//! The band AU915-928 (Regional Parameters 1.0.2rB clause 2.5; the first issue of 1.0.2 had other data rates).
//!
//! All channels are fixed, as in US915, and the downlinks are those of US915. A join alternates between DR0 and DR6; that
//! the slow one is DR0 is Semtech's reference stack.

use super::region::{
    Band, Beacon, DataRate, DataRateRow, Dwell, Raster, Region, Rx1Rule, SubBand, Way, sub_band,
};
use super::us915;
use crate::air::lora::Hertz;

const UPLINK: &[Raster] = &[
    Raster { first: Hertz(915_200_000), step: 200_000, count: 64, data_rates: (0, 5) },
    Raster { first: Hertz(915_900_000), step: 1_600_000, count: 8, data_rates: (6, 6) },
];

/// No duty cycle.
const SUB_BANDS: &[SubBand] = &[sub_band(915_000_000, 928_000_000, 1000, 27)];

const DATA_RATES: &[Option<DataRateRow>] = &[
    DataRateRow::lora(Way::Up, (12, 125), 51, 51),
    DataRateRow::lora(Way::Up, (11, 125), 51, 51),
    DataRateRow::lora(Way::Up, (10, 125), 51, 51),
    DataRateRow::lora(Way::Up, (9, 125), 115, 115),
    DataRateRow::lora(Way::Up, (8, 125), 242, 222),
    DataRateRow::lora(Way::Up, (7, 125), 242, 222),
    DataRateRow::lora(Way::Up, (8, 500), 242, 222),
    None,
    DataRateRow::lora(Way::Down, (12, 500), 53, 33),
    DataRateRow::lora(Way::Down, (11, 500), 129, 109),
    DataRateRow::lora(Way::Down, (10, 500), 242, 222),
    DataRateRow::lora(Way::Down, (9, 500), 242, 222),
    DataRateRow::lora(Way::Down, (8, 500), 242, 222),
    DataRateRow::lora(Way::Down, (7, 500), 242, 222),
];

/// The region.
pub static REGION: Region = Region {
    band: Band::Au915,
    uplink: UPLINK,
    downlink: Some(us915::DOWNLINK),
    usual_channels: None,
    max_channels: 72,
    channel_data_rates: 0..=5,
    join_data_rates: 0..=0,
    data_rates: DATA_RATES,
    rx1: Rx1Rule { base: 8, lowest: 8, lowest_in_dwell: 8, highest: 13, offsets: &[0, 1, 2, 3, 4, 5] },
    rx2_frequency: Hertz(923_300_000),
    rx2_data_rate: DataRate(8),
    max_eirp_dbm: 30,
    max_tx_power: 10,
    sub_bands: SUB_BANDS,
    uplink_dwell: Dwell::Free,
    downlink_dwell: Dwell::Free,
    min_narrow_channels: 0,
    beacon: Beacon { channels: us915::DOWNLINK, data_rate: DataRate(10) },
};
