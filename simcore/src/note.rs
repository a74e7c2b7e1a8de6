//! What the core decided, as values that a test can ask for and a person can read.

use crate::cellular::CellularNote;
use crate::lorawan::LorawanNote;
use std::fmt;

/// A note of one of the two networks.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// Of the cellular core.
    Cellular(CellularNote),
    /// Of the LoRaWAN network server.
    Lorawan(LorawanNote),
}

impl Note {
    /// The kind of note, in kebab case: `attach-rejected`, `join-refused-dev-nonce-used`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cellular(note) => note.code(),
            Self::Lorawan(note) => note.code(),
        }
    }

    /// Whom the note is about: an IMSI, a DevEUI, an account, a gateway.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Cellular(note) => note.subject(),
            Self::Lorawan(note) => note.subject(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cellular(note) => note.fmt(f),
            Self::Lorawan(note) => note.fmt(f),
        }
    }
}
