//! Frames that wait for the microsecond at which a test wants them on the air.

use crate::ether::lora::RadioIndex;
use std::collections::BTreeMap;
use wire::air::lora::LoraFrame;
use wire::time::{Instant, Wakeup};

/// The frames, by their time and, within it, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct TimedFrames {
    waiting: BTreeMap<(Instant, u64), (RadioIndex, LoraFrame)>,
    added: u64,
}

impl TimedFrames {
    /// Adds a frame that begins at `at`.
    pub fn add(&mut self, at: Instant, from: RadioIndex, frame: LoraFrame) {
        self.added += 1;
        self.waiting.insert((at, self.added), (from, frame));
    }

    /// The next frame whose time has come.
    pub fn take_due(&mut self, now: Instant) -> Option<(RadioIndex, LoraFrame)> {
        let due = self.waiting.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(due.remove())
    }

    /// When the next frame begins.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.waiting.keys().next().map(|(at, _)| Wakeup::new(*at, "timed LoRa frame"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::{Hertz, Modulation};
    use wire::time::Duration;

    fn frame(octet: u8) -> LoraFrame {
        let modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
        let frequency = Hertz(868_100_000);
        let (inverted_iq, crc, eirp_dbm, payload) = (true, false, 14, vec![octet]);
        LoraFrame { frequency, modulation, inverted_iq, crc, eirp_dbm, payload }
    }

    #[test]
    fn frames_leave_at_their_time_and_in_their_order() {
        let at = |micros| Instant::ZERO + Duration::from_micros(micros);
        let mut frames = TimedFrames::default();
        for (micros, octet) in [(20, 2), (10, 0), (20, 3)] {
            frames.add(at(micros), RadioIndex(0), frame(octet));
        }
        assert_eq!(frames.next_wakeup().map(|wakeup| wakeup.at), Some(at(10)));
        assert!(frames.take_due(at(9)).is_none());
        let mut out = Vec::new();
        while let Some((_, frame)) = frames.take_due(at(20)) {
            out.extend(frame.payload);
        }
        assert_eq!(out, [0, 2, 3]);
    }
}
