//! A call as a value: its parties, how far it is, and who ended it.

use crate::cellular::note::Reason;
use std::fmt;
use wire::air::cellular::UeId;
use wire::cause::CcCause;
use wire::id::{Imsi, PhoneNumber};
use wire::time::Instant;

/// The identity of a call in the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

/// From the device or to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Mobile originated.
    Mo,
    /// Mobile terminated.
    Mt,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mo => "MO",
            Self::Mt => "MT",
        })
    }
}

/// One end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// A mobile, with its number where it has one.
    Device {
        /// Which mobile.
        ue: UeId,
        /// Its subscriber; `None` in an emergency call without a card.
        imsi: Option<Imsi>,
        /// Its telephone number.
        number: Option<PhoneNumber>,
    },
    /// Somebody outside the operator's fleet.
    External(PhoneNumber),
    /// The emergency centre.
    EmergencyCentre,
    /// A number of the operator whose device was not reached.
    Unreached(PhoneNumber),
}

impl Party {
    pub(super) const fn ue(&self) -> Option<UeId> {
        match self {
            Self::Device { ue, .. } => Some(*ue),
            Self::External(_) | Self::EmergencyCentre | Self::Unreached(_) => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device { number: Some(number), .. } | Self::External(number) | Self::Unreached(number) => {
                number.fmt(f)
            }
            Self::Device { ue, number: None, .. } => write!(f, "UE {}", ue.0),
            Self::EmergencyCentre => f.write_str("the emergency centre"),
        }
    }
}

/// Which side ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The calling party.
    Caller,
    /// The called party.
    Callee,
    /// The network: a refusal or a timer.
    Network,
}

impl fmt::Display for EndedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "the caller",
            Self::Callee => "the called party",
            Self::Network => "the network",
        })
    }
}

/// How far a call is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Being set up.
    Proceeding,
    /// The called party rings.
    Alerting,
    /// Answered.
    Active,
    /// Over.
    Ended {
        /// Why.
        cause: CcCause,
        /// Who ended it.
        by: EndedBy,
        /// The rule by which the network refused it.
        refused: Option<Reason>,
    },
}

/// A call, running or over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who called.
    pub caller: Party,
    /// Who was called.
    pub callee: Party,
    /// How far it is.
    pub state: CallState,
    /// When it was answered.
    pub connected_at: Option<Instant>,
}
