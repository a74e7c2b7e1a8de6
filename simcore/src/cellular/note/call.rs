//! Notes on calls.

use super::{Reason, Seconds, Who};
use crate::cellular::calls::{CallId, Direction, EndedBy};
use std::fmt;
use wire::air::cellular::CellId;
use wire::cause::{CcCause, EmmCause};
use wire::id::{Imsi, PhoneNumber};
use wire::ss::SsCode;
use wire::time::Duration;

/// With what a call was refused: before it had a call reference, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallCause {
    /// CM SERVICE REJECT.
    Service(EmmCause),
    /// DISCONNECT, or what the caller outside was told.
    Call(CcCause),
}

/// What happened to a call. Parties are telephone numbers, or words for those that have none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum CallNote {
    /// A call of a subscriber was refused by the network.
    Refused { imsi: Imsi, direction: Direction, peer: Option<PhoneNumber>, cause: CallCause, reason: Reason },
    /// A call was answered.
    Connected { call: CallId, caller: String, callee: String },
    /// A call ended; `lasted` counts from the answer.
    Ended {
        call: CallId,
        caller: String,
        callee: String,
        cause: CcCause,
        by: EndedBy,
        lasted: Option<Duration>,
    },
    /// A call to a subscriber goes to the number that it has set.
    Forwarded { imsi: Imsi, to: PhoneNumber, code: SsCode },
    /// A device put a call on hold, or retrieved it.
    Held { who: Who, call: CallId, held: bool },
    /// A device could not hold or retrieve a call.
    HoldRefused { who: Who, call: CallId, hold: bool, cause: CcCause },
    /// A device joined its calls.
    Joined { who: Who, calls: Vec<CallId> },
    /// A device connected the other parties of two calls, which are one call now.
    Transferred { who: Who, call: CallId, caller: String, callee: String },
    /// An emergency call is set up.
    Emergency { who: Who, dialled: PhoneNumber, cell: CellId, data_only: bool },
}

impl CallNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { reason, .. } => refusal_code(reason),
            Self::Connected { .. } => "call-connected",
            Self::Ended { .. } => "call-ended",
            Self::Forwarded { .. } => "call-forwarded",
            Self::Held { held: true, .. } => "call-held",
            Self::Held { held: false, .. } => "call-retrieved",
            Self::HoldRefused { .. } => "hold-refused",
            Self::Joined { .. } => "calls-joined",
            Self::Transferred { .. } => "call-transferred",
            Self::Emergency { .. } => "emergency-call",
        }
    }

    /// The subscriber, or the call.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Refused { imsi, .. } | Self::Forwarded { imsi, .. } => imsi.to_string(),
            Self::Connected { call, .. } | Self::Ended { call, .. } => call.to_string(),
            Self::Held { who, .. }
            | Self::HoldRefused { who, .. }
            | Self::Joined { who, .. }
            | Self::Transferred { who, .. }
            | Self::Emergency { who, .. } => who.to_string(),
        }
    }
}

const fn refusal_code(reason: &Reason) -> &'static str {
    match reason {
        Reason::OffWhitelist { .. } | Reason::WithheldNumber { .. } => "call-refused-by-whitelist",
        Reason::Profile => "call-refused-by-profile",
        Reason::RoamingControl { .. } => "call-refused-by-roaming-control",
        Reason::Barred | Reason::BarredByService(_) | Reason::BarredInRoaming => "call-refused-by-barring",
        Reason::VideoOff => "call-refused-by-service",
        Reason::UnknownImsi
        | Reason::SimState(_)
        | Reason::ImeiLock
        | Reason::BlackEquipment
        | Reason::AccountQuotaUsedUp(_)
        | Reason::GatewayFailure
        | Reason::NoAgreement(_)
        | Reason::ApnNotSubscribed
        | Reason::ApnUnknown
        | Reason::NoDefaultApn
        | Reason::ApnOfAnotherAccount
        | Reason::ApnNotInRoaming
        | Reason::PdnType
        | Reason::Authentication
        | Reason::QuotaUsedUp
        | Reason::DuplicateApn
        | Reason::TooManyPdn(_)
        | Reason::LastPdn
        | Reason::NoSuchBearer(_)
        | Reason::PoolExhausted
        | Reason::Injected
        | Reason::NotRegistered
        | Reason::NotCombined
        | Reason::Busy
        | Reason::UnassignedNumber
        | Reason::Unreachable
        | Reason::ForeignServiceCentre
        | Reason::Malformed
        | Reason::Duplicate => "call-refused",
    }
}

impl fmt::Display for CallCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(cause) => write!(f, "CM service reject {cause}"),
            Self::Call(cause) => cause.fmt(f),
        }
    }
}

impl fmt::Display for CallNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { imsi, direction, peer, cause, reason } => {
                let preposition = match direction {
                    Direction::Mo => "to",
                    Direction::Mt => "from",
                };
                let peer = peer.as_ref().map_or("a withheld number", PhoneNumber::as_str);
                write!(f, "{direction} call of {imsi} {preposition} {peer} refused {cause}: {reason}")
            }
            Self::Connected { call, caller, callee } => {
                write!(f, "{call} from {caller} to {callee} connected")
            }
            Self::Ended { call, caller, callee, cause, by, lasted } => {
                write!(f, "{call} from {caller} to {callee} ended by {by} {cause}")?;
                match lasted {
                    Some(lasted) => write!(f, " after {}", Seconds(*lasted)),
                    None => f.write_str(" before an answer"),
                }
            }
            Self::Forwarded { imsi, to, code } => write!(f, "call to {imsi} forwarded to {to}: {code}"),
            Self::Held { who, call, held: true } => write!(f, "{call} held by {who}"),
            Self::Held { who, call, held: false } => write!(f, "{call} retrieved by {who}"),
            Self::HoldRefused { who, call, hold, cause } => {
                let what = if *hold { "hold" } else { "retrieval" };
                write!(f, "{what} of {call} by {who} refused {cause}")
            }
            Self::Joined { who, calls } => {
                write!(f, "{} calls joined by {who}", calls.len())
            }
            Self::Transferred { who, call, caller, callee } => {
                write!(f, "{call} from {caller} to {callee} left by {who}: call transfer")
            }
            Self::Emergency { who, dialled, cell, data_only } => {
                write!(f, "emergency call of {who} ({dialled} dialled) set up on {cell}")?;
                if *data_only { f.write_str("; the profile is data only") } else { Ok(()) }
            }
        }
    }
}
