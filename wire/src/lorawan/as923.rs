//! The band AS923 (Regional Parameters 1.0.2rB clause 2.7).
//!
//! As EU868, but dwell time and power are set by TxParamSetupReq, and until then dwell time is limited both ways, which
//! forbids DR0 and DR1.

use super::region::{Band, Beacon, DataRate, DataRateRow, Dwell, Raster, Region, Rx1Rule, SubBand, sub_band};
use crate::air::lora::Hertz;

/// Channels 0 and 1, which are also the join channels and cannot be changed.
const UPLINK: &[Raster] =
    &[Raster { first: Hertz(923_200_000), step: 200_000, count: 2, data_rates: (0, 5) }];

/// The five channels that operators usually add by CFList.
const USUAL_CHANNELS: [Hertz; 5] =
    [Hertz(923_600_000), Hertz(923_800_000), Hertz(924_000_000), Hertz(924_200_000), Hertz(924_400_000)];

const SUB_BANDS: &[SubBand] = &[sub_band(915_000_000, 928_000_000, 10, 14)];

const BEACON: Raster = Raster { first: Hertz(923_400_000), step: 0, count: 1, data_rates: (3, 3) };

const DATA_RATES: &[Option<DataRateRow>] = &[
    DataRateRow::in_dwell((12, 125), 51, 51, None),
    DataRateRow::in_dwell((11, 125), 51, 51, None),
    DataRateRow::in_dwell((10, 125), 51, 51, Some(11)),
    DataRateRow::in_dwell((9, 125), 115, 115, Some(53)),
    DataRateRow::in_dwell((8, 125), 242, 222, Some(125)),
    DataRateRow::in_dwell((7, 125), 242, 222, Some(242)),
    DataRateRow::in_dwell((7, 250), 242, 222, Some(242)),
    DataRateRow::fsk(242, 222),
];

/// The region.
pub static REGION: Region = Region {
    band: Band::As923,
    uplink: UPLINK,
    downlink: None,
    usual_channels: Some(USUAL_CHANNELS),
    max_channels: 16,
    channel_data_rates: 0..=5,
    join_data_rates: 2..=5,
    data_rates: DATA_RATES,
    rx1: Rx1Rule { base: 0, lowest: 0, lowest_in_dwell: 2, highest: 5, offsets: &[0, 1, 2, 3, 4, 5, -1, -2] },
    rx2_frequency: Hertz(923_200_000),
    rx2_data_rate: DataRate(2),
    max_eirp_dbm: 16,
    max_tx_power: 7,
    sub_bands: SUB_BANDS,
    uplink_dwell: Dwell::BySetup,
    downlink_dwell: Dwell::BySetup,
    min_narrow_channels: 0,
    beacon: Beacon { channels: BEACON, data_rate: DataRate(3) },
};
