//! What can go wrong with an AT command, and whose fault it is.

use super::oddity::Oddity;
use crate::blame::Blame;
use wire::at::error::{CmeError, CmsError};
use wire::at::response::{ErrorCode, FinalResult};
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
    /// No final result code came in time, and what came instead is what a bad line makes of an answer.
    #[error("{command}: no final result code after {} s; the serial line is to blame: {evidence}", waited.as_secs_f64())]
    LineDisturbed {
        /// The command line.
        command: String,
        /// How long the driver waited.
        waited: Duration,
        /// What the driver saw of it.
        evidence: Oddity,
    },
    /// The modem started anew before it had answered.
    #[error("{command}: the device restarted before it had answered, and said {banner}")]
    Restarted {
        /// The command line.
        command: String,
        /// The first line of its banner.
        banner: String,
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
            Self::Refused { .. }
            | Self::NoAnswer { .. }
            | Self::Restarted { .. }
            | Self::Malformed { .. } => Blame::Device,
            Self::Busy { .. } => Blame::Script,
            Self::LineDisturbed { .. } | Self::PortGone { .. } => Blame::Lab,
        }
    }

    /// The number of a `+CME ERROR` or `+CMS ERROR`, where that is what came, as a number or as a text of the standard.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        let Self::Refused { result, .. } = self else { return None };
        match result {
            FinalResult::Cme(ErrorCode::Number(number)) | FinalResult::Cms(ErrorCode::Number(number)) => {
                Some(*number)
            }
            FinalResult::Cme(ErrorCode::Text(text)) => CmeError::from_text(text).map(|code| code.0),
            FinalResult::Cms(ErrorCode::Text(text)) => CmsError::from_text(text).map(|code| code.0),
            FinalResult::Ok
            | FinalResult::Connect(_)
            | FinalResult::Sent
            | FinalResult::NotSent
            | FinalResult::Error
            | FinalResult::NoCarrier
            | FinalResult::NoDialtone
            | FinalResult::Busy
            | FinalResult::NoAnswer => None,
        }
    }
}
