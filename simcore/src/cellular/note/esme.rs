//! Notes on the customers' applications at the service centre; no content and no password is ever part of one.

use super::Seconds;
use crate::cellular::esme::{BindMode, BindRefusal, ManageRefusal, SubmitRefusal, UnbindCause};
use crate::cellular::smsc::{MessageId, SmsState};
use std::fmt;
use wire::time::Duration;

/// What happened between the service centre and an ESME.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum EsmeNote {
    /// An ESME is bound.
    Bound { system_id: String, mode: BindMode, peer: String },
    /// A bind was refused.
    BindRefused { system_id: String, peer: String, refusal: BindRefusal },
    /// A bind ended; what was `unanswered` is given out again.
    Unbound { system_id: String, cause: UnbindCause, unanswered: usize },
    /// A message of an ESME was refused.
    SubmitRefused { system_id: String, to: String, refusal: SubmitRefusal },
    /// An ESME asked or ordered something about its messages.
    Managed { system_id: String, order: &'static str, result: Result<(), ManageRefusal> },
    /// A receipt waits for an ESME.
    Receipt { system_id: String, id: MessageId, state: SmsState },
    /// An ESME has taken a message of a device or a receipt.
    Taken { system_id: String, id: MessageId, receipt: bool },
    /// An ESME could not take something at present.
    Deferred { system_id: String, id: MessageId, receipt: bool, next: Duration },
    /// A receipt or, without a message, an alert was not fetched in time.
    Expired { system_id: String, receipt_for: Option<MessageId> },
    /// A device that missed a message is there again; an ESME had asked to be told.
    Alert { system_id: String, device: String },
    /// Something waits for an ESME that is not bound: it was called at its address.
    Called { system_id: String, address: String },
    /// An ESME could not be called.
    NotReached { system_id: String, address: String, problem: String },
    /// An ESME did not want something.
    NotTaken { system_id: String, id: MessageId, receipt: bool },
    /// Octets were not what the protocol asks for; `who` is a system_id, or an address before the bind.
    Protocol { who: String, problem: String },
}

impl EsmeNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Bound { .. } => "esme-bound",
            Self::BindRefused { .. } => "esme-bind-refused",
            Self::Unbound { .. } => "esme-unbound",
            Self::SubmitRefused { refusal: SubmitRefusal::Throttled(_), .. } => "esme-throttled",
            Self::SubmitRefused { .. } => "esme-submit-refused",
            Self::Managed { result: Ok(()), .. } => "esme-ordered",
            Self::Managed { result: Err(_), .. } => "esme-order-refused",
            Self::Receipt { .. } => "esme-receipt",
            Self::Taken { .. } => "esme-delivered",
            Self::Deferred { .. } => "esme-deferred",
            Self::NotTaken { .. } => "esme-not-delivered",
            Self::Expired { .. } => "esme-expired",
            Self::Alert { .. } => "esme-alert",
            Self::Called { .. } => "esme-called",
            Self::NotReached { .. } => "esme-not-reached",
            Self::Protocol { .. } => "esme-protocol-error",
        }
    }

    /// The ESME; before a bind its address.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Bound { system_id, .. }
            | Self::BindRefused { system_id, .. }
            | Self::Unbound { system_id, .. }
            | Self::SubmitRefused { system_id, .. }
            | Self::Managed { system_id, .. }
            | Self::Receipt { system_id, .. }
            | Self::Taken { system_id, .. }
            | Self::Deferred { system_id, .. }
            | Self::NotTaken { system_id, .. }
            | Self::Expired { system_id, .. }
            | Self::Alert { system_id, .. }
            | Self::Called { system_id, .. }
            | Self::NotReached { system_id, .. } => format!("ESME {system_id}"),
            Self::Protocol { who, .. } => format!("ESME {who}"),
        }
    }
}

/// What a delivery was, in words.
const fn what(receipt: bool) -> &'static str {
    if receipt { "the receipt for " } else { "" }
}

impl fmt::Display for EsmeNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bound { system_id, mode, peer } => {
                write!(f, "ESME {system_id} bound as {} from {peer}", mode.name())
            }
            Self::BindRefused { system_id, peer, refusal } => {
                write!(f, "bind of ESME {system_id} from {peer} refused: {refusal}")
            }
            Self::Unbound { system_id, cause, unanswered } => {
                write!(f, "ESME {system_id} unbound: {cause}")?;
                if *unanswered > 0 {
                    write!(f, "; {unanswered} unanswered are given out again")?;
                }
                Ok(())
            }
            Self::SubmitRefused { system_id, to, refusal } => {
                write!(f, "message of ESME {system_id} to {to} refused: {refusal}")
            }
            Self::Managed { system_id, order, result: Ok(()) } => {
                write!(f, "{order} of ESME {system_id} done")
            }
            Self::Managed { system_id, order, result: Err(refusal) } => {
                write!(f, "{order} of ESME {system_id} refused: {refusal}")
            }
            Self::Receipt { system_id, id, state } => {
                write!(f, "receipt for ESME {system_id}: {id} is {}", state.name())
            }
            Self::Taken { system_id, id, receipt } => {
                write!(f, "ESME {system_id} has taken {}{id}", what(*receipt))
            }
            Self::Deferred { system_id, id, receipt, next } => write!(
                f,
                "ESME {system_id} could not take {}{id}: next try in {}",
                what(*receipt),
                Seconds(*next)
            ),
            Self::NotTaken { system_id, id, receipt } => {
                write!(f, "ESME {system_id} did not take {}{id}", what(*receipt))
            }
            Self::Expired { system_id, receipt_for: Some(id) } => {
                write!(f, "ESME {system_id} did not fetch the receipt for {id} in time")
            }
            Self::Expired { system_id, receipt_for: None } => {
                write!(f, "ESME {system_id} did not fetch an alert in time")
            }
            Self::Alert { system_id, device } => {
                write!(f, "{device} is there again: an alert for ESME {system_id}")
            }
            Self::Called { system_id, address } => write!(f, "ESME {system_id} called at {address}"),
            Self::NotReached { system_id, address, problem } => {
                write!(f, "ESME {system_id} not reached at {address}: {problem}")
            }
            Self::Protocol { who, problem } => write!(f, "SMPP of ESME {who}: {problem}"),
        }
    }
}
