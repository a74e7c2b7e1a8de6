//! What a gateway listens on.
//!
//! Where channels are fixed, eight narrow ones and their wide one are what a concentrator hears. Where they are not, no
//! text fixes the eight: here they are the region's own with those that operators usually add, and further ones beside.

use std::ops::RangeInclusive;
use wire::air::lora::{Hertz, Modulation};
use wire::lorawan::region::{ChannelSet, Raster};
use wire::lorawan::{Band, Direction};

/// The frequencies that a gateway listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelPlan {
    /// One concentrator: 867.1 to 867.9 and 868.1 to 868.5 MHz, and SF7/250 kHz on 868.3 MHz.
    Eu868Eight,
    /// Two concentrators: those, and 865.1 to 866.5 MHz. No text fixes the second eight; these fill the 1 % band.
    Eu868Sixteen,
    /// One concentrator: 923.2 to 924.6 MHz, and SF7/250 kHz on 923.4 MHz.
    As923Eight,
    /// Two concentrators: those, and 924.8 to 926.2 MHz.
    As923Sixteen,
    /// US915 or AU915: so many sub-bands from `first` on, each eight channels of 125 kHz and one of 500 kHz.
    SubBands {
        /// US915 or AU915.
        band: Band,
        /// 1 to 8.
        first: u8,
        /// 1 to 8; eight are all 72 channels.
        count: u8,
    },
}

/// Why a gateway cannot be built so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlan {
    /// So many channels are not a number of concentrators of the band.
    #[error("a gateway of {band} has {known} channels here, not {channels}")]
    Channels {
        /// The band.
        band: Band,
        /// What it has.
        known: &'static str,
        /// What was asked for.
        channels: u16,
    },
    /// Sub-bands are numbered from 1 to 8, and the last that the gateway hears must be one of them.
    #[error("a gateway of {channels} channels cannot begin at sub-band {first}: there are sub-bands 1 to 8")]
    SubBand {
        /// The first.
        first: u8,
        /// Channels of 125 kHz.
        channels: u16,
    },
}

/// The eight channels of a concentrator, each so far from the next.
const AS923: Raster = Raster { first: Hertz(923_200_000), step: 200_000, count: 16, data_rates: (0, 5) };

impl ChannelPlan {
    /// The plan of a gateway of this band with so many channels of 125 kHz: 8 or 16, where channels are fixed 64 too.
    /// The sub-band counts there only, and not for 64.
    ///
    /// # Errors
    /// [`UnknownPlan`].
    pub fn of(band: Band, channels: u16, sub_band: u8) -> Result<Self, UnknownPlan> {
        let many = |known| UnknownPlan::Channels { band, known, channels };
        match (band, channels) {
            (Band::Eu868, 8) => Ok(Self::Eu868Eight),
            (Band::Eu868, 16) => Ok(Self::Eu868Sixteen),
            (Band::As923, 8) => Ok(Self::As923Eight),
            (Band::As923, 16) => Ok(Self::As923Sixteen),
            (Band::Eu868 | Band::As923, _) => Err(many("8 or 16")),
            (Band::Us915 | Band::Au915, 64) => Ok(Self::SubBands { band, first: 1, count: 8 }),
            (Band::Us915 | Band::Au915, 8 | 16) => {
                let count = if channels == 8 { 1 } else { 2 };
                let fits = sub_band >= 1 && sub_band <= 9 - count;
                let wrong = UnknownPlan::SubBand { first: sub_band, channels };
                fits.then_some(Self::SubBands { band, first: sub_band, count }).ok_or(wrong)
            }
            (Band::Us915 | Band::Au915, _) => Err(many("8, 16 or 64")),
        }
    }

    /// Its band.
    #[must_use]
    pub const fn band(self) -> Band {
        match self {
            Self::Eu868Eight | Self::Eu868Sixteen => Band::Eu868,
            Self::As923Eight | Self::As923Sixteen => Band::As923,
            Self::SubBands { band, .. } => band,
        }
    }

    /// Where channels are fixed: those that it hears. Empty elsewhere.
    #[must_use]
    pub fn fixed_channels(self) -> ChannelSet {
        let Self::SubBands { band, first, count } = self else { return ChannelSet::default() };
        let numbers = first..first.saturating_add(count);
        numbers.fold(ChannelSet::default(), |set, number| set.with(band.region().sub_band_channels(number)))
    }

    /// Whether a demodulator listens on this frequency with this bandwidth.
    #[must_use]
    pub fn hears(self, frequency: Hertz, modulation: Modulation) -> bool {
        let region = self.band().region();
        if region.is_fixed() {
            let channel = region.channel_on(frequency);
            return channel.filter(|channel| self.fixed_channels().contains(channel.index)).is_some_and(
                |it| {
                    let wide = region.data_rate(modulation, Direction::Up).filter(|rate| it.allows(*rate));
                    // A narrow channel hears every spreading factor, the wide one has a demodulator for its own.
                    if modulation.bandwidth_khz == 125 { it.index < 64 } else { wide.is_some() }
                },
            );
        }
        if modulation.bandwidth_khz == 250 {
            let second = region.channels().nth(1).map(|channel| channel.frequency);
            return Some(frequency) == second && modulation.spreading_factor == 7;
        }
        modulation.bandwidth_khz == 125 && self.narrow(frequency)
    }

    /// Which concentrator listens on this frequency, from 0.
    #[must_use]
    pub fn concentrator(self, frequency: Hertz) -> usize {
        match self {
            Self::Eu868Eight | Self::As923Eight => 0,
            // The second eight lie below the first in Europe, and above them in Asia.
            Self::Eu868Sixteen => usize::from(frequency.0 < 867_000_000),
            Self::As923Sixteen => usize::from(frequency.0 >= AS923.first.0 + 8 * AS923.step),
            Self::SubBands { band, first, .. } => {
                let sub_band = |index: usize| if index < 64 { index / 8 } else { index - 64 };
                let channel = band.region().channel_on(frequency);
                let number = channel.map_or(0, |channel| sub_band(channel.index));
                number.saturating_sub(usize::from(first.saturating_sub(1)))
            }
        }
    }

    /// The channels of 125 kHz that it hears, and those of 500 kHz, in order of frequency.
    #[must_use]
    pub fn frequencies(self) -> Vec<Hertz> {
        const RASTER: usize = 100_000;
        let region = self.band().region();
        if region.is_fixed() {
            let own = region.channels().filter(|channel| self.fixed_channels().contains(channel.index));
            let mut frequencies: Vec<Hertz> = own.map(|channel| channel.frequency).collect();
            frequencies.sort_unstable();
            return frequencies;
        }
        let (Hertz(low), Hertz(high)) = self.radio_limits().into_inner();
        (low..=high).step_by(RASTER).map(Hertz).filter(|frequency| self.narrow(*frequency)).collect()
    }

    /// The frequencies that its radio sends on; TX_FREQ beyond them.
    pub(super) fn radio_limits(self) -> RangeInclusive<Hertz> {
        let rows = self.band().region().sub_bands;
        let low = rows.first().map_or(Hertz(0), |row| row.low);
        low..=rows.last().map_or(Hertz(0), |row| row.high)
    }

    /// Whether one of the narrow channels that are not fixed lies here.
    fn narrow(self, frequency: Hertz) -> bool {
        let region = self.band().region();
        let raster = |first: u32, count: u32| {
            let off = frequency.0.checked_sub(first);
            off.is_some_and(|off| off.is_multiple_of(AS923.step) && off / AS923.step < count)
        };
        let usual = region.channel_on(frequency).is_some()
            || region.usual_channels.is_some_and(|list| list.contains(&frequency));
        match self {
            Self::Eu868Eight => usual,
            Self::Eu868Sixteen => usual || raster(865_100_000, 8),
            Self::As923Eight => raster(AS923.first.0, 8),
            Self::As923Sixteen => raster(AS923.first.0, 16),
            Self::SubBands { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn narrow(spreading_factor: u8) -> Modulation {
        Modulation { spreading_factor, bandwidth_khz: 125 }
    }

    #[test]
    fn sub_band_two_is_eight_narrow_channels_and_a_wide_one() {
        let plan = ChannelPlan::of(Band::Us915, 8, 2).unwrap();
        let wide = Modulation { spreading_factor: 8, bandwidth_khz: 500 };
        for (khz, modulation, want) in [
            (903_900, narrow(10), true),
            (905_300, narrow(7), true),
            (903_700, narrow(7), false),
            (905_500, narrow(7), false),
            (904_600, wide, true),
            (903_000, wide, false),
            (904_600, narrow(7), false),
            (903_900, wide, false),
        ] {
            assert_eq!(plan.hears(Hertz(khz * 1000), modulation), want, "{khz} {modulation}");
        }
        let heard = |plan: ChannelPlan, region: &wire::lorawan::Region| {
            region
                .channels()
                .filter(|channel| {
                    let modulation =
                        region.modulation(wire::lorawan::DataRate(channel.max_data_rate)).unwrap();
                    plan.hears(channel.frequency, modulation)
                })
                .count()
        };
        for band in [Band::Us915, Band::Au915] {
            for (channels, want) in [(8, 9), (16, 18), (64, 72)] {
                let plan = ChannelPlan::of(band, channels, 1).unwrap();
                assert_eq!(plan.frequencies().len(), want, "{band} {channels}");
                assert_eq!(heard(plan, band.region()), want, "{band} {channels}");
            }
        }
    }

    #[test]
    fn a_gateway_of_as923_hears_the_regions_channels_and_the_usual_ones() {
        let plan = ChannelPlan::of(Band::As923, 8, 1).unwrap();
        let heard =
            (0..80).map(|step| 915_000_000 + step * 200_000).filter(|at| plan.hears(Hertz(*at), narrow(9)));
        assert_eq!(plan.frequencies().len(), 8);
        assert_eq!(heard.collect::<Vec<_>>(), (0..8).map(|n| 923_200_000 + n * 200_000).collect::<Vec<_>>());
        let usual = Band::As923.region().usual_channels.unwrap();
        assert!(usual.iter().all(|frequency| plan.hears(*frequency, narrow(7))));
    }

    #[test]
    fn wrong_numbers_of_channels_and_sub_bands_are_named() {
        let words =
            |band, channels, sub_band| ChannelPlan::of(band, channels, sub_band).unwrap_err().to_string();
        assert_eq!(words(Band::Eu868, 64, 1), "a gateway of EU868 has 8 or 16 channels here, not 64");
        assert_eq!(words(Band::Us915, 9, 1), "a gateway of US915 has 8, 16 or 64 channels here, not 9");
        for (channels, sub_band) in [(8, 0), (8, 9), (16, 8)] {
            assert!(
                words(Band::Au915, channels, sub_band).contains("sub-bands 1 to 8"),
                "{channels} {sub_band}"
            );
        }
    }
}
