//! The two receive windows of class A (LoRaWAN 1.0.2 clause 3.3).
//!
//! A window opens before its nominal time by the tolerance of the text and a margin for the node's own clock, and stays
//! open for some symbols, at least until it would have opened with a clock that is wrong the other way. A frame is received when its preamble begins while the window is open, on the right frequency,
//! spreading factor and bandwidth, with the polarity of downlinks; then the receiver stays on until the frame ends.

use super::event::Slot;
use wire::air::lora::{HeardFrame, Hertz, LoraFrame, Modulation};
use wire::lorawan::airtime::symbol_time;
use wire::lorawan::timing::{RX2_AFTER_RX1, WINDOW_TOLERANCE};
use wire::time::{Duration, Instant};

/// How long a window stays open without a preamble.
pub(super) const WINDOW_SYMBOLS: u32 = 8;
/// How wrong the node takes its own clock to be.
pub(super) const CLOCK_MARGIN_PPM: u32 = 100;
/// After the end of a frame that could not be decoded the receiver gives up.
const LOST_FRAME_GRACE: Duration = Duration::from_millis(1);

/// Where a window listens. Without a modulation the receiver stays off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tuning {
    pub frequency: Hertz,
    pub modulation: Option<Modulation>,
}

impl Tuning {
    pub(super) fn fits(self, frame: &LoraFrame) -> bool {
        frame.inverted_iq && frame.frequency == self.frequency && Some(frame.modulation) == self.modulation
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    opens: Instant,
    closes: Instant,
    tuning: Tuning,
}

impl Window {
    fn new(sent: Instant, delay: Duration, tuning: Tuning, clock_error_ppm: i16) -> Self {
        // A clock that is fast measures a delay too short.
        let real = delay.as_micros() as u64
            * 1_000_000_u64.saturating_add_signed(-i64::from(clock_error_ppm))
            / 1_000_000;
        let early = WINDOW_TOLERANCE + delay * CLOCK_MARGIN_PPM / 1_000_000;
        let opens = sent + Duration::from_micros(real) - early;
        let symbols = |modulation| symbol_time(modulation) * WINDOW_SYMBOLS;
        let open_for = tuning.modulation.map_or(Duration::ZERO, |it| symbols(it).max(early * 2));
        Self { opens, closes: opens + open_for, tuning }
    }

    fn hears(&self, started: Instant, frame: &LoraFrame) -> bool {
        self.opens <= started && started < self.closes && self.tuning.fits(frame)
    }
}

/// A frame that is coming in.
#[derive(Clone, Copy, Debug)]
struct Reception {
    slot: Slot,
    started: Instant,
    ends: Instant,
    tuning: Tuning,
}

/// What the receiver is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Transmitting,
    BeforeRx1,
    Rx1,
    BetweenWindows,
    Rx2,
}

/// An uplink on its way and the windows after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    sent: Instant,
    rx1: Window,
    rx2: Window,
    reception: Option<Reception>,
}

impl Windows {
    /// The windows after an uplink that ends at `sent`, RX1 after `delay`.
    pub(super) fn new(sent: Instant, delay: Duration, [rx1, rx2]: [Tuning; 2], clock_error_ppm: i16) -> Self {
        Self {
            sent,
            rx1: Window::new(sent, delay, rx1, clock_error_ppm),
            rx2: Window::new(sent, delay + RX2_AFTER_RX1, rx2, clock_error_ppm),
            reception: None,
        }
    }

    /// A preamble begins; the receiver locks on to it when a window is open for it. Whether it did.
    pub(super) fn preamble(&mut self, started: Instant, frame: &LoraFrame) -> bool {
        let windows = [(Slot::Rx1, self.rx1), (Slot::Rx2, self.rx2)];
        let window = windows.into_iter().find(|(_, window)| window.hears(started, frame));
        let Some((slot, window)) = window.filter(|_| !self.is_locked(started)) else { return false };
        let ends = started + frame.time_on_air();
        self.reception = Some(Reception { slot, started, ends, tuning: window.tuning });
        true
    }

    /// A frame has ended; the window of it when it is the one that the receiver was locked on to.
    pub(super) fn take(&mut self, heard: &HeardFrame) -> Option<Slot> {
        let fits = |reception: &mut Reception| {
            reception.started == heard.started && reception.tuning.fits(&heard.frame)
        };
        self.reception.take_if(fits).map(|reception| reception.slot)
    }

    /// Whether the windows and the uplink before them leave the receiver to class C from `started` to `ends`.
    pub(super) fn leave_free(&self, started: Instant, ends: Instant) -> bool {
        let meets_rx1 = started < self.rx1.closes && self.rx1.opens < ends;
        started >= self.sent && !meets_rx1 && !self.is_locked(started)
    }

    fn is_locked(&self, at: Instant) -> bool {
        self.reception.is_some_and(|reception| at < reception.ends)
    }

    /// When there is nothing more to wait for.
    pub(super) fn over_at(&self) -> Instant {
        let closes = self.rx2.closes;
        self.reception.map_or(closes, |reception| closes.max(reception.ends + LOST_FRAME_GRACE))
    }

    pub(super) fn stage(&self, now: Instant) -> Stage {
        if now < self.sent {
            Stage::Transmitting
        } else if now < self.rx1.opens {
            Stage::BeforeRx1
        } else if now < self.rx1.closes {
            Stage::Rx1
        } else if now < self.rx2.opens {
            Stage::BetweenWindows
        } else {
            Stage::Rx2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::lorawan::timing::RECEIVE_DELAY1;

    const SF7: Modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
    const SF12: Modulation = Modulation { spreading_factor: 12, bandwidth_khz: 125 };
    const SENT: Instant = Instant::from_micros(1_000_000);

    fn windows(clock_error_ppm: i16) -> Windows {
        let tuning =
            |frequency, modulation| Tuning { frequency: Hertz(frequency), modulation: Some(modulation) };
        let tunings = [tuning(868_100_000, SF7), tuning(869_525_000, SF12)];
        Windows::new(SENT, RECEIVE_DELAY1, tunings, clock_error_ppm)
    }

    fn frame(frequency: u32, modulation: Modulation) -> LoraFrame {
        let payload = vec![0; 12];
        let frequency = Hertz(frequency);
        LoraFrame { frequency, modulation, inverted_iq: true, crc: false, eirp_dbm: 14, payload }
    }

    fn hears(mut windows: Windows, offset_micros: i64, frame: LoraFrame) -> bool {
        let started = Instant::from_micros(SENT.as_micros().saturating_add_signed(offset_micros));
        windows.preamble(started, &frame);
        let ended = started + frame.time_on_air();
        let heard = HeardFrame { frame, started, ended, rssi_dbm: -57, snr_decibel_tenths: 78 };
        windows.take(&heard).is_some()
    }

    #[test]
    fn a_window_is_open_from_just_before_its_time_for_eight_symbols() {
        let rows = [
            ("nominal", 1_000_000, true),
            ("20 us early", 999_980, true),
            ("20 us late", 1_000_020, true),
            ("at the edge of the margin", 999_880, true),
            ("before it opens", 999_879, false),
            ("last microsecond", 999_880 + 8191, true),
            ("just closed", 999_880 + 8192, false),
            ("200 ms late", 1_200_000, false),
        ];
        for (name, offset, want) in rows {
            assert_eq!(hears(windows(0), offset, frame(868_100_000, SF7)), want, "{name}");
        }
        assert!(hears(windows(0), 2_000_020, frame(869_525_000, SF12)));
        assert!(!hears(windows(0), 1_000_000, frame(869_525_000, SF12)));
    }

    #[test]
    fn a_window_hears_only_its_frequency_modulation_and_polarity() {
        let upright = LoraFrame { inverted_iq: false, ..frame(868_100_000, SF7) };
        for wrong in [frame(868_300_000, SF7), frame(868_100_000, SF12), upright] {
            assert!(!hears(windows(0), 1_000_000, wrong));
        }
    }

    #[test]
    fn a_clock_that_is_wrong_by_its_margin_still_hears() {
        for ppm in [-100, 100] {
            for offset in [999_980, 1_000_020] {
                assert!(hears(windows(ppm), offset, frame(868_100_000, SF7)), "{ppm} ppm, {offset}");
            }
        }
        assert!(
            !hears(windows(-1000), 1_000_000, frame(868_100_000, SF7)),
            "slow by 1 ms: it opens too late"
        );
    }

    #[test]
    fn the_receiver_stays_on_until_the_frame_ends() {
        let mut windows = windows(0);
        let closes = windows.over_at();
        assert_eq!(closes, SENT + Duration::from_micros(2_000_000 - 220 + 8 * 32_768));
        windows.preamble(SENT + Duration::from_secs(2), &frame(869_525_000, SF12));
        assert_eq!(windows.over_at(), SENT + Duration::from_micros(2_000_000 + 991_232 + 1000));
    }
}
