//! The receiver of class C: it listens with the parameters of RX2 whenever the node neither transmits nor has RX1 open
//! (LoRaWAN 1.0.2 clause 17).
//!
//! A frame that RX1 would interrupt is lost. Listening begins with a session. A downlink heard here does not end the
//! repetition of sticky answers.

use super::exchange::{Exchange, Phase, Purpose};
use super::mac::Mac;
use super::windows::Tuning;
use wire::air::lora::{HeardFrame, LoraFrame};
use wire::time::Instant;

/// When a node listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Class {
    /// After its uplinks.
    #[default]
    A,
    /// Always.
    C,
}

impl Class {
    /// The letter.
    pub(super) const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::C => 'C',
        }
    }
}

/// A receiver without windows, and the frame that it is locked on to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OpenReceiver(Option<(Instant, Instant, Tuning)>);

impl OpenReceiver {
    fn preamble(&mut self, started: Instant, frame: &LoraFrame, tuning: Tuning) {
        let locked = self.0.is_some_and(|(_, ends, _)| started < ends);
        if tuning.fits(frame) && !locked {
            self.0 = Some((started, started + frame.time_on_air(), tuning));
        }
    }

    /// A frame has ended; whether it is the one that the receiver was locked on to.
    pub(super) fn take(&mut self, heard: &HeardFrame) -> bool {
        self.0
            .take_if(|(started, _, tuning)| *started == heard.started && tuning.fits(&heard.frame))
            .is_some()
    }

    /// The radio is needed for something else.
    pub(super) const fn stop(&mut self) {
        self.0 = None;
    }
}

impl Mac {
    /// A preamble begins that no window of class A takes.
    pub(super) fn listen_in_class_c(&mut self, started: Instant, frame: &LoraFrame) {
        let ends = started + frame.time_on_air();
        let free = match &self.exchange {
            None => true,
            Some(Exchange { purpose: Purpose::Join { .. }, .. }) => false,
            Some(Exchange { phase: Phase::Waiting { .. }, .. }) => true,
            Some(Exchange { phase: Phase::Listening(windows), .. }) => windows.leave_free(started, ends),
        };
        if free && self.joined && self.parameters.class == Class::C {
            let tuning = self.class_c_tuning();
            self.open_receiver.preamble(started, frame, tuning);
        }
    }
}
