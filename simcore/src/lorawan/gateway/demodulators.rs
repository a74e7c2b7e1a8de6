//! The LoRa demodulators of a gateway: eight for each concentrator (SX1301 data sheet), whatever its channels are.
//!
//! A demodulator is taken when a preamble begins and is free again at the end of the frame, even where another frame
//! destroys it meanwhile. A ninth frame is lost, though one of the eight may end before it does.

use wire::air::lora::LoraFrame;
use wire::time::Instant;

/// How many frames a concentrator demodulates at a time.
const PER_CONCENTRATOR: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Demodulators {
    /// Concentrator, and end of the frame.
    taken: Vec<(usize, Instant)>,
    /// Frames that began when none was free.
    missed: Vec<(Instant, LoraFrame)>,
}

impl Demodulators {
    /// A frame begins at a concentrator.
    pub(super) fn begin(&mut self, concentrator: usize, started: Instant, frame: &LoraFrame) {
        self.taken.retain(|(_, end)| *end > started);
        self.missed.retain(|(at, missed)| *at + missed.time_on_air() >= started);
        let busy = self.taken.iter().filter(|(other, _)| *other == concentrator).count();
        if busy < PER_CONCENTRATOR {
            self.taken.push((concentrator, started + frame.time_on_air()));
        } else {
            self.missed.push((started, frame.clone()));
        }
    }

    /// Whether this frame began when none was free.
    pub(super) fn take_missed(&mut self, started: Instant, frame: &LoraFrame) -> bool {
        let place = self.missed.iter().position(|(at, missed)| *at == started && missed == frame);
        place.map(|place| self.missed.swap_remove(place)).is_some()
    }
}
