//! A call as a value: its parties, how far it is, and who ended it.

use crate::cellular::note::Reason;
use std::fmt;
use wire::air::cellular::UeId;
use wire::cause::CcCause;
use wire::id::{Imsi, PhoneNumber};
use wire::nas::TransactionId;
use wire::time::Instant;

/// The identity of a call in the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct CallId(pub u32);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

/// From the device or to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// The end of a call at a mobile: which mobile, and its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Leg {
    /// The mobile.
    pub ue: UeId,
    /// The transaction that the call has there.
    pub transaction: TransactionId,
}

/// One end of a call.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Party {
    /// A mobile, with its number where it has one.
    Device {
        /// Which mobile, and its transaction.
        leg: Leg,
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
    pub(super) const fn leg(&self) -> Option<Leg> {
        match self {
            Self::Device { leg, .. } => Some(*leg),
            Self::External(_) | Self::EmergencyCentre | Self::Unreached(_) => None,
        }
    }

    pub(super) fn ue(&self) -> Option<UeId> {
        self.leg().map(|leg| leg.ue)
    }

    /// The telephone number, where there is one.
    pub(super) fn number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Device { number, .. } => number.as_ref(),
            Self::External(number) | Self::Unreached(number) => Some(number),
            Self::EmergencyCentre => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device { number: Some(number), .. } | Self::External(number) | Self::Unreached(number) => {
                number.fmt(f)
            }
            Self::Device { leg, number: None, .. } => write!(f, "UE {}", leg.ue.0),
            Self::EmergencyCentre => f.write_str("the emergency centre"),
        }
    }
}

/// Which side ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Call {
    /// Who called.
    pub caller: Party,
    /// Who was called.
    pub callee: Party,
    /// How far it is.
    pub state: CallState,
    /// When it was answered.
    pub connected_at: Option<Instant>,
    /// Whether the caller has put it on hold.
    pub held_by_caller: bool,
    /// Whether the called party has put it on hold.
    pub held_by_callee: bool,
    /// Whether it waits at a called party that has another call.
    pub waits: bool,
    /// Whether the caller withheld its number.
    pub hidden: bool,
    /// The keys that devices have sent in it, in order.
    pub keys: String,
}

impl Call {
    pub(super) const fn new(caller: Party, callee: Party) -> Self {
        Self {
            caller,
            callee,
            state: CallState::Proceeding,
            connected_at: None,
            held_by_caller: false,
            held_by_callee: false,
            waits: false,
            hidden: false,
            keys: String::new(),
        }
    }

    /// The end at a mobile, if it takes part.
    pub(super) fn leg_of(&self, ue: UeId) -> Option<Leg> {
        [&self.caller, &self.callee].into_iter().filter_map(Party::leg).find(|leg| leg.ue == ue)
    }

    /// The party at the other end of a leg.
    pub(super) fn beyond(&self, leg: Leg) -> &Party {
        if self.caller.leg() == Some(leg) { &self.callee } else { &self.caller }
    }

    /// Whether the mobile of this leg has put the call on hold.
    pub(super) fn is_held_by(&self, leg: Leg) -> bool {
        if self.caller.leg() == Some(leg) { self.held_by_caller } else { self.held_by_callee }
    }

    pub(super) fn set_held_by(&mut self, leg: Leg, held: bool) {
        let side =
            if self.caller.leg() == Some(leg) { &mut self.held_by_caller } else { &mut self.held_by_callee };
        *side = held;
    }
}
