//! Regions (Regional Parameters 1.0.2rB): what differs between bands, as rows of one shape.
//!
//! A region is a value that a node, a gateway and a server ask. Either a network adds channels to a few fixed ones (EU868,
//! AS923), or all 72 uplink channels are fixed and the network only switches them on and off (US915, AU915). Powers are
//! EIRP in dBm unless a name says ERP. FSK data rates have numbers and limits, but no LoRa modulation.

mod band;
mod channels;
mod data_rate;
mod power;

pub use band::{Band, UnknownBand};
pub use channels::{ChannelSet, MaskError, Raster, RegionChannel};
pub use data_rate::{DataRate, PayloadRule, Way};
pub use power::{SubBand, max_eirp_of_index};

pub(super) use data_rate::DataRateRow;
pub(super) use power::sub_band;

use super::crypto::Direction;
use crate::air::lora::{Hertz, Modulation};
use crate::time::Duration;
use std::ops::RangeInclusive;

/// The longest transmission where dwell time is limited.
pub const MAX_DWELL: Duration = Duration::from_millis(400);

/// Whether a transmission may last longer than [`MAX_DWELL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dwell {
    /// It may.
    Free,
    /// It may not, on channels of 125 kHz.
    Limited,
    /// TxParamSetupReq says; until then it may not.
    BySetup,
}

/// How RX1's data rate follows from the uplink's: `base + uplink - offset`, kept within `lowest` and `highest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rx1Rule {
    /// The data rate that answers DR0 without an offset.
    pub base: i8,
    /// Never below this.
    pub lowest: i8,
    /// Never below this while downlinks are limited in dwell time.
    pub lowest_in_dwell: i8,
    /// Never above this.
    pub highest: i8,
    /// What each RX1DROffset takes away; offsets beyond the row are reserved.
    pub offsets: &'static [i8],
}

/// Where beacons and the default ping slots are (class B, experimental in 1.0.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// One channel, or eight that beacons and ping slots hop over.
    pub channels: Raster,
    /// Data rate of both.
    pub data_rate: DataRate,
}

/// One region.
#[derive(Debug)]
pub struct Region {
    /// Its name.
    pub band: Band,
    /// The uplink channels that every device has, in order of their numbers. None of them can be changed.
    pub uplink: &'static [Raster],
    /// The downlink channels where RX1 is not on the uplink's frequency.
    pub downlink: Option<Raster>,
    /// The channels that operators usually add by CFList; none where the network cannot add channels.
    pub usual_channels: Option<[Hertz; 5]>,
    /// How many channels a device can hold.
    pub max_channels: usize,
    /// A channel that a network adds allows these unless NewChannelReq says otherwise.
    pub channel_data_rates: RangeInclusive<u8>,
    /// What a join-request may use on channels of 125 kHz.
    pub join_data_rates: RangeInclusive<u8>,
    /// DR0 on; `None` is reserved.
    pub(super) data_rates: &'static [Option<DataRateRow>],
    /// RX1.
    pub rx1: Rx1Rule,
    /// Default frequency of RX2.
    pub rx2_frequency: Hertz,
    /// Default data rate of RX2.
    pub rx2_data_rate: DataRate,
    /// The most a device may radiate unless TxParamSetupReq says otherwise.
    pub max_eirp_dbm: i8,
    /// The largest TXPower index that is defined; each takes 2 dB away.
    pub max_tx_power: u8,
    /// Where frequencies are legal, in order; at a common edge the lower row counts.
    pub sub_bands: &'static [SubBand],
    /// Dwell time of uplinks.
    pub uplink_dwell: Dwell,
    /// Dwell time of downlinks.
    pub downlink_dwell: Dwell,
    /// Data rates of 125 kHz need at least this many such channels switched on.
    pub min_narrow_channels: u32,
    /// Class B.
    pub beacon: Beacon,
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.band == other.band
    }
}

impl Eq for Region {}

impl Region {
    /// Whether all channels are fixed, so that NewChannelReq, DlChannelReq and CFLists of frequencies do not exist.
    #[must_use]
    pub const fn is_fixed(&self) -> bool {
        self.usual_channels.is_none()
    }

    /// Whether TxParamSetupReq exists; elsewhere a device gives it no answer.
    #[must_use]
    pub fn has_tx_param_setup(&self) -> bool {
        self.uplink_dwell == Dwell::BySetup
    }

    /// Whether dwell time is limited before any TxParamSetupReq, which then limits both ways.
    #[must_use]
    pub fn starts_in_dwell(&self) -> bool {
        self.has_tx_param_setup()
    }

    /// The LoRa modulation of a data rate; none for FSK and for reserved ones.
    #[must_use]
    pub fn modulation(&self, data_rate: DataRate) -> Option<Modulation> {
        self.row(data_rate)?.modulation
    }

    /// The data rate of a LoRa modulation in one direction.
    #[must_use]
    pub fn data_rate(&self, modulation: Modulation, direction: Direction) -> Option<DataRate> {
        let fits = |row: &DataRateRow| row.modulation == Some(modulation) && row.way.includes(direction);
        let at = self.data_rates.iter().position(|row| row.as_ref().is_some_and(fits))?;
        u8::try_from(at).ok().map(DataRate)
    }

    /// Whether the region defines the data rate for one direction (FSK included).
    #[must_use]
    pub fn is_defined(&self, data_rate: DataRate, direction: Direction) -> bool {
        self.row(data_rate).is_some_and(|row| row.way.includes(direction))
    }

    /// N: the largest FRMPayload at this data rate while FOpts is empty; with FOpts it shrinks by their length.
    #[must_use]
    pub fn max_frm_payload(&self, data_rate: DataRate, rule: PayloadRule) -> Option<usize> {
        self.row(data_rate)?.max_frm_payload(rule)
    }

    /// M: the largest MACPayload at this data rate, which is N + 8.
    #[must_use]
    pub fn max_mac_payload(&self, data_rate: DataRate, rule: PayloadRule) -> Option<usize> {
        self.max_frm_payload(data_rate, rule).map(|n| n + 8)
    }

    /// The data rate of RX1 after an uplink, while downlinks are limited in dwell time or not; none when the offset or
    /// the uplink's data rate is not defined.
    #[must_use]
    pub fn rx1_data_rate(&self, uplink: DataRate, rx1_dr_offset: u8, dwell: bool) -> Option<DataRate> {
        let rule = &self.rx1;
        let offset = rule.offsets.get(usize::from(rx1_dr_offset))?;
        let uplink = i8::try_from(uplink.0).ok().filter(|_| self.is_defined(uplink, Direction::Up))?;
        let lowest = if dwell { rule.lowest_in_dwell } else { rule.lowest };
        let rate = (rule.base + uplink - offset).clamp(lowest, rule.highest);
        u8::try_from(rate).ok().map(DataRate)
    }

    /// The frequency of RX1 after an uplink on `uplink`, where no DlChannelReq has moved it.
    #[must_use]
    pub fn rx1_frequency(&self, uplink: Hertz) -> Hertz {
        let down = self.downlink.as_ref();
        let paired = down.and_then(|down| down.frequency(self.channel_on(uplink)?.index % down.count));
        paired.unwrap_or(uplink)
    }

    /// The EIRP of a TXPower index; none for the reserved ones.
    #[must_use]
    pub fn eirp_dbm(&self, tx_power: u8) -> Option<i8> {
        let steps = i8::try_from(tx_power).ok().filter(|_| tx_power <= self.max_tx_power)?;
        Some(self.max_eirp_dbm - 2 * steps)
    }

    /// The number of the row in `sub_bands` that a frequency lies in; none where the region may not send.
    #[must_use]
    pub fn sub_band_index(&self, frequency: Hertz) -> Option<usize> {
        self.sub_bands.iter().position(|band| (band.low..=band.high).contains(&frequency))
    }

    /// The row that a frequency lies in; none where the region may not send.
    #[must_use]
    pub fn sub_band(&self, frequency: Hertz) -> Option<&'static SubBand> {
        self.sub_bands.get(self.sub_band_index(frequency)?)
    }

    fn row(&self, data_rate: DataRate) -> Option<&'static DataRateRow> {
        self.data_rates.get(usize::from(data_rate.0))?.as_ref()
    }
}

#[cfg(test)]
mod tests;
