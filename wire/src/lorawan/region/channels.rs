//! Channels of a region, and what the mask of a LinkADRReq does to them.

use super::{DataRate, Region};
use crate::air::lora::Hertz;

/// Channels at equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raster {
    /// The first.
    pub first: Hertz,
    /// From one to the next, Hz.
    pub step: u32,
    /// How many.
    pub count: usize,
    /// The data rates that they allow, lowest and highest.
    pub data_rates: (u8, u8),
}

impl Raster {
    /// The frequency of the channel with this number, counted from 0.
    #[must_use]
    pub fn frequency(&self, index: usize) -> Option<Hertz> {
        let steps = u32::try_from(index).ok().filter(|_| index < self.count)?;
        Some(Hertz(self.first.0 + self.step * steps))
    }
}

/// An uplink channel that every device of the region has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionChannel {
    /// Its number.
    pub index: usize,
    /// Its frequency.
    pub frequency: Hertz,
    /// The lowest data rate.
    pub min_data_rate: u8,
    /// The highest data rate.
    pub max_data_rate: u8,
}

impl RegionChannel {
    /// Whether the channel allows this data rate.
    #[must_use]
    pub const fn allows(&self, data_rate: DataRate) -> bool {
        self.min_data_rate <= data_rate.0 && data_rate.0 <= self.max_data_rate
    }
}

/// A set of channel numbers, 0 to 127.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChannelSet(u128);

impl ChannelSet {
    /// The numbers from `start` on, `count` of them.
    #[must_use]
    pub const fn span(start: usize, count: usize) -> Self {
        let ones = if count >= 128 { u128::MAX } else { (1 << count) - 1 };
        Self(if start >= 128 { 0 } else { ones << start })
    }

    /// Sixteen bits, of which bit 0 is channel `start`.
    #[must_use]
    pub const fn of_mask(start: usize, mask: u16) -> Self {
        Self(if start >= 128 { 0 } else { (mask as u128) << start })
    }

    /// The sixteen bits whose bit 0 is channel `start`.
    #[must_use]
    pub const fn mask(self, start: usize) -> u16 {
        if start >= 128 { 0 } else { (self.0 >> start & 0xffff) as u16 }
    }

    /// Whether the channel is in it.
    #[must_use]
    pub const fn contains(self, index: usize) -> bool {
        index < 128 && self.0 >> index & 1 == 1
    }

    /// What is in either.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// How many.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<usize> for ChannelSet {
    fn from_iter<I: IntoIterator<Item = usize>>(indexes: I) -> Self {
        indexes.into_iter().fold(Self::default(), |set, index| set.with(Self::span(index, 1)))
    }
}

/// Why a device refuses a channel mask (bit 0 of LinkADRAns is 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// The region reserves this ChMaskCntl.
    #[error("ChMaskCntl {0} is reserved in this region")]
    ReservedControl(u8),
    /// It switches a channel on that is not defined.
    #[error("the mask names a channel that is not defined")]
    UndefinedChannel,
    /// It leaves no channel on.
    #[error("the mask leaves no channel on")]
    NoChannel,
}

/// Channels 64 on are the wide ones of the fixed plans.
const WIDE_START: usize = 64;
const WIDE_COUNT: usize = 8;

impl Region {
    /// The uplink channels that every device has, in order.
    pub fn channels(&self) -> impl Iterator<Item = RegionChannel> + use<> {
        let rasters: &'static [Raster] = self.uplink;
        let all = rasters.iter().flat_map(|raster| {
            (0..raster.count).filter_map(|at| Some((raster.frequency(at)?, raster.data_rates)))
        });
        all.enumerate().map(|(index, (frequency, (min_data_rate, max_data_rate)))| RegionChannel {
            index,
            frequency,
            min_data_rate,
            max_data_rate,
        })
    }

    /// The channel that every device has on this frequency.
    #[must_use]
    pub fn channel_on(&self, frequency: Hertz) -> Option<RegionChannel> {
        self.channels().find(|channel| channel.frequency == frequency)
    }

    /// How many channels every device has; where the network can add some, they follow.
    #[must_use]
    pub fn default_channels(&self) -> usize {
        self.uplink.iter().map(|raster| raster.count).sum()
    }

    /// The numbers of the channels that every device has.
    #[must_use]
    pub fn all_channels(&self) -> ChannelSet {
        ChannelSet::span(0, self.default_channels())
    }

    /// Whether a join-request may come on this frequency at this data rate.
    #[must_use]
    pub fn allows_join(&self, frequency: Hertz, data_rate: DataRate) -> bool {
        self.channel_on(frequency).is_some_and(|channel| {
            let wide = self.is_fixed() && channel.index >= WIDE_START;
            channel.allows(data_rate) && (wide || self.join_data_rates.contains(&data_rate.0))
        })
    }

    /// Applies one LinkADRReq's mask to the channels that are on (clause 5.2 and the region's table of ChMaskCntl).
    ///
    /// # Errors
    /// [`MaskError`] where the device refuses; a block of requests is refused as a whole. On a fixed plan one request of a
    /// block may leave nothing on, so there the result of the block is to be asked with [`Region::accepts_channels`].
    pub fn masked(
        &self,
        enabled: ChannelSet,
        defined: ChannelSet,
        mask: u16,
        control: u8,
    ) -> Result<ChannelSet, MaskError> {
        let result = if self.is_fixed() {
            let narrow = ChannelSet::span(0, WIDE_START);
            let group = |start, count| {
                enabled.without(ChannelSet::span(start, count)).with(ChannelSet::of_mask(start, mask))
            };
            match control {
                0..=3 => group(16 * usize::from(control), 16),
                4 => group(WIDE_START, WIDE_COUNT),
                6 => narrow.with(ChannelSet::of_mask(WIDE_START, mask)),
                7 => ChannelSet::of_mask(WIDE_START, mask),
                _ => return Err(MaskError::ReservedControl(control)),
            }
        } else {
            match control {
                0 => ChannelSet::of_mask(0, mask),
                6 => defined,
                _ => return Err(MaskError::ReservedControl(control)),
            }
        };
        if !result.without(defined).is_empty() {
            return Err(MaskError::UndefinedChannel);
        }
        if result.is_empty() && !self.is_fixed() {
            return Err(MaskError::NoChannel);
        }
        Ok(result)
    }

    /// Whether a device at this data rate may be left with these channels: at least one, and in US915 at least two of
    /// 125 kHz for a data rate of that width.
    #[must_use]
    pub fn accepts_channels(&self, enabled: ChannelSet, data_rate: DataRate) -> bool {
        let narrow = enabled.common(ChannelSet::span(0, WIDE_START)).len();
        let is_narrow = self.modulation(data_rate).is_none_or(|modulation| modulation.bandwidth_khz < 500);
        !enabled.is_empty() && (!is_narrow || narrow >= self.min_narrow_channels)
    }

    /// The ChMaskCntl and ChMask of the LinkADRReq block that leaves just these channels on, in order.
    #[must_use]
    pub fn mask_requests(&self, wanted: ChannelSet) -> Vec<(u8, u16)> {
        if !self.is_fixed() {
            return vec![(0, wanted.mask(0))];
        }
        let wide = wanted.mask(WIDE_START);
        if ChannelSet::span(0, WIDE_START).without(wanted).is_empty() {
            return vec![(6, wide)];
        }
        let groups = (0..4_u8).map(|group| (group, wanted.mask(16 * usize::from(group))));
        let mut requests = vec![(7, wide)];
        requests.extend(groups.filter(|(_, mask)| *mask != 0));
        requests
    }

    /// The channels of sub-band 1 to 8 of a fixed plan: eight narrow ones and a wide one. Empty for another number, and
    /// where channels are not fixed.
    #[must_use]
    pub fn sub_band_channels(&self, number: u8) -> ChannelSet {
        let Some(at) = usize::from(number).checked_sub(1).filter(|at| *at < WIDE_COUNT && self.is_fixed())
        else {
            return ChannelSet::default();
        };
        ChannelSet::span(8 * at, 8).with(ChannelSet::span(WIDE_START + at, 1))
    }
}
