//! Time on air of one sender per band, over the last hour (ETSI EN 300 220; Regional Parameters 1.0.2rB clause 2.1).
//!
//! The text speaks of a share of time. The window is one hour, as in the European norm, so that a burst within the share
//! is no breach.

use super::super::note::DutyCycleBreach;
use std::collections::VecDeque;
use wire::air::lora::Hertz;
use wire::lorawan::Region;
use wire::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
/// No region has more sub-bands.
const MOST_SUB_BANDS: usize = 6;
/// This share of time is no limit.
const ALWAYS: u16 = 1000;

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct AirtimeLog {
    /// End of the frame, band, time on air; in order of time.
    frames: VecDeque<(Instant, usize, Duration)>,
    /// The sums of `frames`, so that a frame costs the same however many came before.
    used: [Duration; MOST_SUB_BANDS],
    /// Not after the oldest of `frames`, where it is known: what is younger than an hour need not be looked at.
    #[serde(default)]
    oldest: Option<Instant>,
}

impl AirtimeLog {
    /// Counts a frame; a breach when its band is used up with it.
    pub(super) fn record(
        &mut self,
        region: &Region,
        at: Instant,
        frequency: Hertz,
        time_on_air: Duration,
    ) -> Option<DutyCycleBreach> {
        let breach = self.breach(region, at, frequency, time_on_air);
        if let Some((band, _)) = limited(region, frequency) {
            self.oldest.get_or_insert(at);
            self.frames.push_back((at, band, time_on_air));
            self.used[band] += time_on_air;
        }
        breach
    }

    /// The breach that a frame of this length would be.
    pub(super) fn breach(
        &mut self,
        region: &Region,
        at: Instant,
        frequency: Hertz,
        time_on_air: Duration,
    ) -> Option<DutyCycleBreach> {
        self.forget_before(at);
        let (band, per_mille) = limited(region, frequency)?;
        let used = self.used[band] + time_on_air;
        let allowed = HOUR * u32::from(per_mille) / 1000;
        (used > allowed).then_some(DutyCycleBreach { used, allowed })
    }

    /// The latest frame like this one never went on the air.
    pub(super) fn take_back(&mut self, region: &Region, frequency: Hertz, time_on_air: Duration) {
        let Some((band, _)) = limited(region, frequency) else { return };
        let same = |(_, other, length): &(Instant, usize, Duration)| (*other, *length) == (band, time_on_air);
        if let Some(at) = self.frames.iter().rposition(same) {
            self.frames.remove(at);
            self.used[band] -= time_on_air;
        }
    }

    fn forget_before(&mut self, at: Instant) {
        if self.oldest.is_some_and(|oldest| at.since(oldest) < HOUR) {
            return;
        }
        while let Some((_, band, time_on_air)) =
            self.frames.pop_front_if(|(earlier, ..)| at.since(*earlier) >= HOUR)
        {
            self.used[band] -= time_on_air;
        }
        self.oldest = self.frames.front().map(|(oldest, ..)| *oldest);
    }
}

/// The sub-band that a frequency lies in, and its share of time in thousandths; none where time is not limited.
fn limited(region: &Region, frequency: Hertz) -> Option<(usize, u16)> {
    let band = region.sub_band_index(frequency).filter(|band| *band < MOST_SUB_BANDS)?;
    let per_mille = region.sub_bands.get(band)?.duty_per_mille;
    (per_mille < ALWAYS).then_some((band, per_mille))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Modulation;
    use wire::lorawan::airtime::time_on_air;
    use wire::lorawan::{Band, eu868::REGION};

    #[test]
    fn a_band_of_one_percent_allows_36_seconds_an_hour() {
        let mut log = AirtimeLog::default();
        // 2.793472 s each: twelve fit into 36 s, the thirteenth does not.
        let length = time_on_air(Modulation { spreading_factor: 12, bandwidth_khz: 125 }, 64, true);
        let (band, other_band) = (Hertz(868_100_000), Hertz(867_100_000));
        for index in 0..12 {
            assert_eq!(
                log.record(&REGION, Instant::from_micros(index * 4_000_000), band, length),
                None,
                "{index}"
            );
        }
        let breach = log.record(&REGION, Instant::from_micros(60_000_000), band, length).unwrap();
        assert_eq!(breach.allowed, Duration::from_secs(36));
        assert_eq!(breach.used, length * 13);
        assert_eq!(log.record(&REGION, Instant::from_micros(61_000_000), other_band, length), None);
        log.take_back(&REGION, band, length);
        log.take_back(&REGION, band, length);
        assert_eq!(
            log.record(&REGION, Instant::from_micros(62_000_000), band, length),
            None,
            "one is free again"
        );
        assert_eq!(
            log.record(&REGION, Instant::from_micros(3_700_000_000), band, length),
            None,
            "an hour later"
        );
    }

    #[test]
    fn a_region_without_duty_cycle_counts_nothing() {
        let mut log = AirtimeLog::default();
        for second in 0..3600 {
            let at = Instant::from_micros(second * 1_000_000);
            let region = Band::Us915.region();
            assert_eq!(log.record(region, at, Hertz(902_300_000), Duration::from_secs(1)), None);
        }
        assert!(log.frames.is_empty());
    }
}
