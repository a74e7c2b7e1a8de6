//! The band US902-928 (Regional Parameters 1.0.2rB clause 2.2).
//!
//! All channels are fixed. Eight of them and a wide one are a sub-band, which is what a gateway of eight channels hears.
//! With fewer than 50 narrow channels the law allows 21 dBm; the table of powers does not know about it.

use super::region::{
    Band, Beacon, DataRate, DataRateRow, Dwell, Raster, Region, Rx1Rule, SubBand, Way, sub_band,
};
use crate::air::lora::Hertz;

/// The downlink channels, also those of beacons and ping slots.
pub(super) const DOWNLINK: Raster =
    Raster { first: Hertz(923_300_000), step: 600_000, count: 8, data_rates: (8, 13) };

const UPLINK: &[Raster] = &[
    Raster { first: Hertz(902_300_000), step: 200_000, count: 64, data_rates: (0, 3) },
    Raster { first: Hertz(903_000_000), step: 1_600_000, count: 8, data_rates: (4, 4) },
];

/// No duty cycle; the wide downlinks may have 26 dBm.
const SUB_BANDS: &[SubBand] = &[sub_band(902_000_000, 928_000_000, 1000, 26)];

const DATA_RATES: &[Option<DataRateRow>] = &[
    DataRateRow::lora(Way::Up, (10, 125), 11, 11),
    DataRateRow::lora(Way::Up, (9, 125), 53, 53),
    DataRateRow::lora(Way::Up, (8, 125), 125, 125),
    DataRateRow::lora(Way::Up, (7, 125), 242, 242),
    DataRateRow::lora(Way::Up, (8, 500), 242, 242),
    None,
    None,
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
    band: Band::Us915,
    uplink: UPLINK,
    downlink: Some(DOWNLINK),
    usual_channels: None,
    max_channels: 72,
    channel_data_rates: 0..=3,
    join_data_rates: 0..=0,
    data_rates: DATA_RATES,
    rx1: Rx1Rule { base: 10, lowest: 8, lowest_in_dwell: 8, highest: 13, offsets: &[0, 1, 2, 3] },
    rx2_frequency: Hertz(923_300_000),
    rx2_data_rate: DataRate(8),
    max_eirp_dbm: 30,
    max_tx_power: 10,
    sub_bands: SUB_BANDS,
    uplink_dwell: Dwell::Limited,
    downlink_dwell: Dwell::Free,
    min_narrow_channels: 2,
    beacon: Beacon { channels: DOWNLINK, data_rate: DataRate(8) },
};
