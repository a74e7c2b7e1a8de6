//! Everything that happened on the table, in order.

use crate::line_fault::LineFault;
use drivers::at::Oddity;
use simcore::Note;
use std::borrow::Cow;
use wire::air::lora::{Carrier, HeardFrame};
use wire::nas::{NasDown, NasUp};
use wire::time::Instant;

/// A device's place on the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(pub usize);

impl SeatId {
    /// No device's place, for what belongs to the lab as a whole.
    pub const NOBODY: Self = Self(usize::MAX);
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When, in lab time.
    pub at: Instant,
    /// What.
    pub what: Happening,
}

/// What happened, in order. A lab that runs for days keeps only the latest part.
#[derive(Debug)]
pub struct Trace {
    records: Vec<Record>,
    limit: usize,
}

impl Trace {
    /// A trace that keeps everything.
    #[must_use]
    pub const fn whole() -> Self {
        Self { records: Vec::new(), limit: usize::MAX }
    }

    /// A trace that keeps at least the latest `limit` records.
    #[must_use]
    pub const fn latest(limit: usize) -> Self {
        Self { records: Vec::new(), limit }
    }

    /// Everything that is kept, oldest first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Keeps at least the latest `limit` records from now on.
    pub const fn bound(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Writes down something that happened.
    pub fn push(&mut self, record: Record) {
        // Dropped in halves, so that a record costs the same however many there are.
        if self.records.len() >= self.limit.saturating_mul(2) {
            self.records.drain(..self.records.len() - self.limit);
        }
        self.records.push(record);
    }
}

impl Record {
    /// The core's note, where that is what happened.
    #[must_use]
    pub const fn note(&self) -> Option<&Note> {
        match &self.what {
            Happening::Note(note) => Some(note),
            Happening::ToDevice(..)
            | Happening::FromDevice(..)
            | Happening::Search(_)
            | Happening::NasUp(..)
            | Happening::NasDown(..)
            | Happening::Lora { .. }
            | Happening::Carrier(..)
            | Happening::Step(_)
            | Happening::Measure(..)
            | Happening::Line(..)
            | Happening::PortGone(..)
            | Happening::PortBack(..)
            | Happening::Identified(..) => None,
        }
    }
}

/// The kinds of things that happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// The host wrote to the device's port.
    ToDevice(SeatId, Vec<u8>),
    /// The device wrote to its port.
    FromDevice(SeatId, Vec<u8>),
    /// The device began a search for networks.
    Search(SeatId),
    /// A NAS message from the device.
    NasUp(SeatId, NasUp),
    /// A NAS message that reached the device.
    NasDown(SeatId, NasDown),
    /// A LoRa frame that a gateway or the device heard, whole.
    Lora {
        /// The node that sent or heard it; `None` for a frame of a radio that is not on the table.
        seat: Option<SeatId>,
        /// Whether the node sent it.
        uplink: bool,
        /// The frame with its times.
        frame: HeardFrame,
    },
    /// The node began a carrier without a frame.
    Carrier(SeatId, Carrier),
    /// The core decided something.
    Note(Note),
    /// A change that was made by hand, or a step that the script announced.
    Step(String),
    /// A figure worth a chart: name, value, unit, what to compare it with.
    Measure(SeatId, &'static str, f64, &'static str, Cow<'static, str>),
    /// Something is wrong with the serial line of a device.
    Line(SeatId, LineEvent),
    /// A port is gone; what the operating system said.
    PortGone(SeatId, String),
    /// A port that was gone is there again; its path.
    PortBack(SeatId, String),
    /// The host has found out what answers; in words.
    Identified(SeatId, String),
}

/// What is known of a serial line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEvent {
    /// The lab harmed an octet.
    Injected(LineFault),
    /// The driver saw something that no modem should send.
    Noticed(Oddity),
}

impl LineEvent {
    /// Whether it says that the line does not carry what was written. What the lab did is known; what a driver saw is
    /// evidence.
    #[must_use]
    pub const fn points_at_the_line(&self) -> bool {
        match self {
            Self::Injected(_) => true,
            Self::Noticed(oddity) => oddity.points_at_the_line(),
        }
    }
}

impl std::fmt::Display for LineEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Injected(fault) => fault.fmt(f),
            Self::Noticed(oddity) => oddity.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_trace_keeps_the_latest_records() {
        let mut trace = Trace::latest(10);
        for step in 0..1_000 {
            trace.push(Record { at: Instant::from_micros(step), what: Happening::Step(String::new()) });
        }
        assert!((10..=20).contains(&trace.records().len()));
        assert_eq!(trace.records().last().map(|record| record.at), Some(Instant::from_micros(999)));
    }
}
