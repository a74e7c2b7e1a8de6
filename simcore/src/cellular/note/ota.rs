//! Notes on the server for cards; no content and no key is ever part of one.

use crate::cellular::smsc::MessageId;
use std::fmt;
use wire::id::Imsi;
use wire::ota::ResponseStatus;

/// What happened between the server and a card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum OtaNote {
    /// A packet was given to the service centre.
    Sent { imsi: Imsi, id: MessageId },
    /// The card answered.
    Answered { imsi: Imsi, id: MessageId, status: ResponseStatus },
    /// The report of the delivery holds no answer that can be trusted.
    NoAnswer { imsi: Imsi, id: MessageId },
}

impl OtaNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "ota-sent",
            Self::Answered { status: ResponseStatus::OK, .. } => "ota-carried-out",
            Self::Answered { .. } => "ota-refused",
            Self::NoAnswer { .. } => "ota-no-answer",
        }
    }

    /// The subscriber.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Sent { imsi, .. } | Self::Answered { imsi, .. } | Self::NoAnswer { imsi, .. } => {
                imsi.to_string()
            }
        }
    }
}

impl fmt::Display for OtaNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { imsi, id } => write!(f, "packet for the card of {imsi} sent as {id}"),
            Self::Answered { imsi, id, status } => {
                write!(f, "card of {imsi} answered {id}: {}", status.name())
            }
            Self::NoAnswer { imsi, id } => write!(f, "card of {imsi} did not answer {id}"),
        }
    }
}
