//! Time on air of one device per band, over the last hour (ETSI EN 300 220; Regional Parameters 1.0.2rB clause 2.1).
//!
//! The text speaks of a share of time. The window is one hour, as in the European norm, so that a burst within the share
//! is no breach.

use super::super::note::DutyCycleBreach;
use std::collections::VecDeque;
use wire::air::lora::{Hertz, LoraFrame};
use wire::lorawan::eu868;
use wire::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct AirtimeLog {
    /// End of the frame, band, time on air; in order of time.
    frames: VecDeque<(Instant, usize, Duration)>,
}

impl AirtimeLog {
    /// Counts a frame; a breach when its band is used up with it.
    pub(super) fn record(&mut self, at: Instant, frame: &LoraFrame) -> Option<DutyCycleBreach> {
        let band = eu868::band_index(frame.frequency)?;
        self.frames.push_back((at, band, frame.time_on_air()));
        while self.frames.front().is_some_and(|(earlier, ..)| at.since(*earlier) >= HOUR) {
            self.frames.pop_front();
        }
        let in_band = self.frames.iter().filter(|(_, other, _)| *other == band);
        let used: Duration = in_band.map(|(.., time_on_air)| *time_on_air).sum();
        let allowed = HOUR * u32::from(eu868::BANDS[band].duty_per_mille) / 1000;
        (used > allowed).then_some(DutyCycleBreach { used, allowed })
    }
}

/// The frame that a device sent, as far as its time on air goes.
pub(super) fn sent_frame(
    frequency: Hertz,
    modulation: wire::air::lora::Modulation,
    octets: &[u8],
) -> LoraFrame {
    LoraFrame { frequency, modulation, inverted_iq: false, crc: true, eirp_dbm: 0, payload: octets.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Modulation;

    #[test]
    fn a_band_of_one_percent_allows_36_seconds_an_hour() {
        let mut log = AirtimeLog::default();
        let sf12 = Modulation { spreading_factor: 12, bandwidth_khz: 125 };
        // 2.793472 s each: twelve fit into 36 s, the thirteenth does not.
        let frame = sent_frame(Hertz(868_100_000), sf12, &[0; 64]);
        for index in 0..12 {
            assert_eq!(log.record(Instant::from_micros(index * 4_000_000), &frame), None, "{index}");
        }
        let breach = log.record(Instant::from_micros(60_000_000), &frame).unwrap();
        assert_eq!(breach.allowed, Duration::from_secs(36));
        assert_eq!(breach.used, frame.time_on_air() * 13);
        let other_band = sent_frame(Hertz(867_100_000), sf12, &[0; 64]);
        assert_eq!(log.record(Instant::from_micros(61_000_000), &other_band), None);
        assert_eq!(log.record(Instant::from_micros(3_700_000_000), &frame), None, "an hour later");
    }
}
