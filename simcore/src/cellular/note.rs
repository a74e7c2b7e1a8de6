//! What the core decided, in a form that a test can ask for and a person can read.
//!
//! A note never holds the content of a short message and no secret. [`CellularNote::code`] is the stable name of a
//! note, its `Display` a sentence with the cause and the reason. Each family of notes is an enum of its own.

mod alarm;
mod authentication;
mod call;
mod control;
mod esme;
mod mobility;
mod ota;
mod reason;
mod session;
mod sms;
mod ss;

pub use alarm::AlarmNote;
pub use authentication::AuthenticationNote;
pub use call::{CallCause, CallNote};
pub use control::ControlNote;
pub use esme::EsmeNote;
pub use mobility::{DetachReason, MobilityNote};
pub use ota::OtaNote;
pub use reason::Reason;
pub use session::SessionNote;
pub use sms::SmsNote;
pub use ss::{SsNote, SsReason};

use std::fmt;
use wire::air::cellular::UeId;
use wire::id::{Imei, Imsi};
use wire::time::Duration;

/// Who a note is about: a subscriber, or an equipment that gave no identity.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Who {
    /// A subscriber.
    Imsi(Imsi),
    /// An equipment without a card.
    Imei(Imei),
    /// A mobile that the core does not know.
    Ue(UeId),
}

/// Something that the core decided or saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellularNote {
    /// Attach, tracking area update, detach, location.
    Mobility(MobilityNote),
    /// Authentication of cards.
    Authentication(AuthenticationNote),
    /// PDN connections.
    Session(SessionNote),
    /// Calls.
    Call(CallNote),
    /// Short messages.
    Sms(SmsNote),
    /// The customers' applications at the service centre.
    Esme(EsmeNote),
    /// Supplementary services outside a call.
    Ss(SsNote),
    /// Packets for cards.
    Ota(OtaNote),
    /// Alarms of customers.
    Alarm(AlarmNote),
    /// Changes that a person or a test made, and answers on purpose.
    Control(ControlNote),
}

impl CellularNote {
    /// The stable name of the note, such as `attach-rejected`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Mobility(note) => note.code(),
            Self::Authentication(note) => note.code(),
            Self::Session(note) => note.code(),
            Self::Call(note) => note.code(),
            Self::Sms(note) => note.code(),
            Self::Esme(note) => note.code(),
            Self::Ss(note) => note.code(),
            Self::Ota(note) => note.code(),
            Self::Alarm(note) => note.code(),
            Self::Control(note) => note.code(),
        }
    }

    /// Whom the note is about: an IMSI, `IMEI` and digits, `UE` and a number, an account, or for a call or a short
    /// message its identity.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Mobility(note) => note.subject(),
            Self::Authentication(note) => note.subject(),
            Self::Session(note) => note.subject(),
            Self::Call(note) => note.subject(),
            Self::Sms(note) => note.subject(),
            Self::Esme(note) => note.subject(),
            Self::Ss(note) => note.subject(),
            Self::Ota(note) => note.subject(),
            Self::Alarm(note) => note.subject(),
            Self::Control(note) => note.subject(),
        }
    }
}

impl fmt::Display for CellularNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mobility(note) => note.fmt(f),
            Self::Authentication(note) => note.fmt(f),
            Self::Session(note) => note.fmt(f),
            Self::Call(note) => note.fmt(f),
            Self::Sms(note) => note.fmt(f),
            Self::Esme(note) => note.fmt(f),
            Self::Ss(note) => note.fmt(f),
            Self::Ota(note) => note.fmt(f),
            Self::Alarm(note) => note.fmt(f),
            Self::Control(note) => note.fmt(f),
        }
    }
}

macro_rules! from_family {
    ($($family:ident($note:ident)),*) => {
        $(impl From<$note> for CellularNote {
            fn from(note: $note) -> Self {
                Self::$family(note)
            }
        })*
    };
}

from_family!(
    Mobility(MobilityNote),
    Authentication(AuthenticationNote),
    Session(SessionNote),
    Call(CallNote),
    Sms(SmsNote),
    Esme(EsmeNote),
    Ss(SsNote),
    Ota(OtaNote),
    Alarm(AlarmNote),
    Control(ControlNote)
);

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imsi(imsi) => imsi.fmt(f),
            Self::Imei(imei) => write!(f, "IMEI {imei}"),
            Self::Ue(ue) => write!(f, "UE {}", ue.0),
        }
    }
}

/// A duration in seconds and tenths, for sentences.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} s", self.0.as_secs(), self.0.subsec_millis() / 100)
    }
}
