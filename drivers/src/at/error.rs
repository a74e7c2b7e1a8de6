//! What can go wrong with an AT command, and whose fault it is.

use crate::blame::Blame;
use wire::at::response::FinalResult;
use wire::time::Duration;

/// A command that did not do what it was sent for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AtError {
    /// The modem gave a final result code other than success.
    #[error("{command} was refused: {result}")]
    Refused {
        /// The command line.
        command: String,
        /// The result code.
        result: FinalResult,
    },
    /// No final result code came in time.
    #[error("{command}: no final result code after {} s", waited.as_secs_f64())]
    NoAnswer {
        /// The command line.
        command: String,
        /// How long the driver waited.
        waited: Duration,
    },
    /// The answer does not have the form that the specification gives it.
    #[error("{command}: expected {expected}, got {got}")]
    Malformed {
        /// The command line.
        command: String,
        /// The form of the specification.
        expected: &'static str,
        /// What came.
        got: String,
    },
    /// Another command is still running: V.250 allows one at a time.
    #[error("{command}: {running} is still running on this port")]
    Busy {
        /// The command that was to be sent.
        command: String,
        /// The command that is running.
        running: String,
    },
    /// The port is gone.
    #[error("port {port} is gone: {reason}")]
    PortGone {
        /// Its path.
        port: String,
        /// What the operating system said.
        reason: String,
    },
}

impl AtError {
    /// Device faults fail a test; lab and script faults make it an error. Never the other way round.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Refused { .. } | Self::NoAnswer { .. } | Self::Malformed { .. } => Blame::Device,
            Self::Busy { .. } => Blame::Script,
            Self::PortGone { .. } => Blame::Lab,
        }
    }

    /// The number of a `+CME ERROR` or `+CMS ERROR`, where that is what came.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { result: FinalResult::Cme(code) | FinalResult::Cms(code), .. } => code.number(),
            Self::Refused { .. }
            | Self::NoAnswer { .. }
            | Self::Malformed { .. }
            | Self::Busy { .. }
            | Self::PortGone { .. } => None,
        }
    }
}
