//! Everything that happened on the table, in order.

use simcore::Note;
use wire::air::lora::HeardFrame;
use wire::nas::{NasDown, NasUp};
use wire::time::Instant;

/// A device's place on the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(pub usize);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When, in lab time.
    pub at: Instant,
    /// What.
    pub what: Happening,
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
            | Happening::Step(_)
            | Happening::Measure(..)
            | Happening::PortGone(..) => None,
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
    /// The core decided something.
    Note(Note),
    /// A change that was made by hand, or a step that the script announced.
    Step(String),
    /// A figure worth a chart: name, value, unit, what to compare it with.
    Measure(SeatId, &'static str, f64, &'static str, &'static str),
    /// A port is gone; what the operating system said.
    PortGone(SeatId, String),
}
