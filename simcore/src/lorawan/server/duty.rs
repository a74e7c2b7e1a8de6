//! Time on air of one sender per band, over the last hour (ETSI EN 300 220; Regional Parameters 1.0.2rB clause 2.1).
//!
//! The text speaks of a share of time. The window is one hour, as in the European norm, so that a burst within the share
//! is no breach.

use super::super::note::DutyCycleBreach;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::hint::black_box;
use wire::air::lora::Hertz;
use wire::lorawan::Region;
use wire::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
/// A thousandth of it, us.
const HOUR_BY_1000: u64 = 3_600_000;
/// No region has more sub-bands.
const MOST_SUB_BANDS: usize = 6;
/// This share of time is no limit.
const ALWAYS: u16 = 1000;

/// One transmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    at: Instant,
    length: u32,
    band: u8,
}

/// Small, because every device has one and most of them send little.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(super) struct AirtimeLog {
    /// The time on air of `frames`, us, by band, so that a frame costs the same however many came before.
    used: [u64; MOST_SUB_BANDS],
    /// Not after the oldest of `frames`, where it is known: what is younger than an hour need not be looked at.
    oldest: Option<Instant>,
    /// In order of time. The first `over` of them are over.
    frames: SmallVec<[Frame; 2]>,
    over: usize,
}

impl AirtimeLog {
    /// Asks memory for the log (see [`super::ahead`]).
    pub(super) fn fetch(&self) {
        black_box((self.used[0], self.over, self.frames.last().map(|frame| frame.at)));
    }

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
            self.push(Frame { at, length: micros(time_on_air), band });
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
        let used = self.used[usize::from(band)] + u64::from(micros(time_on_air));
        let allowed = HOUR_BY_1000 * u64::from(per_mille);
        (used > allowed).then(|| DutyCycleBreach {
            used: Duration::from_micros(used),
            allowed: Duration::from_micros(allowed),
        })
    }

    /// The latest frame like this one never went on the air.
    pub(super) fn take_back(&mut self, region: &Region, frequency: Hertz, time_on_air: Duration) {
        let Some((band, _)) = limited(region, frequency) else { return };
        let length = micros(time_on_air);
        let same = |frame: &Frame| (frame.band, frame.length) == (band, length);
        if let Some(at) = self.live().iter().rposition(same) {
            self.frames.remove(self.over + at);
            self.used[usize::from(band)] -= u64::from(length);
        }
    }

    /// Those that are not over.
    fn live(&self) -> &[Frame] {
        self.frames.get(self.over..).unwrap_or_default()
    }

    fn push(&mut self, frame: Frame) {
        self.used[usize::from(frame.band)] += u64::from(frame.length);
        self.frames.push(frame);
    }

    fn forget_before(&mut self, at: Instant) {
        if self.oldest.is_some_and(|oldest| at.since(oldest) < HOUR) {
            return;
        }
        while let Some(first) = self.live().first().filter(|first| at.since(first.at) >= HOUR) {
            self.used[usize::from(first.band)] -= u64::from(first.length);
            self.over += 1;
        }
        // Not with each that is over: the others move up.
        if self.over > self.frames.len() / 2 {
            self.frames.drain(..self.over);
            self.over = 0;
        }
        self.oldest = self.live().first().map(|frame| frame.at);
    }
}

/// No frame lasts longer than three seconds.
fn micros(time_on_air: Duration) -> u32 {
    u32::try_from(time_on_air.as_micros()).unwrap_or(u32::MAX)
}

/// A log as it is kept over a restart; the rest follows from it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Written {
    /// Time, band, time on air.
    frames: VecDeque<(Instant, u8, Duration)>,
}

impl From<Written> for AirtimeLog {
    fn from(written: Written) -> Self {
        let oldest = written.frames.front().map(|(at, ..)| *at);
        let mut log = Self { oldest, ..Self::default() };
        for (at, band, time_on_air) in written.frames {
            // No more bands than there are: a record of a version with others is not trusted.
            if usize::from(band) < MOST_SUB_BANDS {
                log.push(Frame { at, length: micros(time_on_air), band });
            }
        }
        log
    }
}

impl From<AirtimeLog> for Written {
    fn from(log: AirtimeLog) -> Self {
        let frame = |frame: &Frame| (frame.at, frame.band, Duration::from_micros(frame.length.into()));
        Self { frames: log.live().iter().map(frame).collect() }
    }
}

/// The sub-band that a frequency lies in, and its share of time in thousandths; none where time is not limited.
fn limited(region: &Region, frequency: Hertz) -> Option<(u8, u16)> {
    let band = region.sub_band_index(frequency).filter(|band| *band < MOST_SUB_BANDS)?;
    let per_mille = region.sub_bands.get(band)?.duty_per_mille;
    (per_mille < ALWAYS).then_some((u8::try_from(band).ok()?, per_mille))
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
