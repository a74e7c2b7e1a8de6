//! Notes on the alarms of customers.

use crate::cellular::alarms::{AlarmId, Evidence};
use crate::cellular::control::ControlError;
use std::fmt;
use wire::id::Imsi;

/// What became of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum AlarmNote {
    /// An alarm was set.
    Set { alarm: AlarmId },
    /// An alarm has another criterion or action.
    Changed { alarm: AlarmId },
    /// An alarm was removed.
    Removed { alarm: AlarmId },
    /// An alarm was raised for a line.
    Raised { alarm: AlarmId, imsi: Imsi, evidence: Evidence },
    /// The suspension that an alarm ordered was refused.
    ActionRefused { alarm: AlarmId, imsi: Imsi, error: ControlError },
}

impl AlarmNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Set { .. } => "alarm-set",
            Self::Changed { .. } => "alarm-changed",
            Self::Removed { .. } => "alarm-removed",
            Self::Raised { .. } => "alarm-raised",
            Self::ActionRefused { .. } => "alarm-action-refused",
        }
    }

    /// The line, or the alarm.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Set { alarm } | Self::Changed { alarm } | Self::Removed { alarm } => alarm.to_string(),
            Self::Raised { imsi, .. } | Self::ActionRefused { imsi, .. } => imsi.to_string(),
        }
    }
}

impl fmt::Display for AlarmNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { alarm } => write!(f, "{alarm} set"),
            Self::Changed { alarm } => write!(f, "{alarm} changed"),
            Self::Removed { alarm } => write!(f, "{alarm} removed"),
            Self::Raised { alarm, imsi, evidence } => write!(f, "{alarm} raised for {imsi}: {evidence}"),
            Self::ActionRefused { alarm, imsi, error } => {
                write!(f, "{alarm} could not suspend {imsi}: {error}")
            }
        }
    }
}
