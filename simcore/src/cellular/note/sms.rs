//! Notes on short messages; the content is never part of them.

use super::{Reason, Seconds};
use crate::cellular::calls::Direction;
use crate::cellular::smsc::MessageId;
use std::fmt;
use wire::cause::RpCause;
use wire::id::Imsi;
use wire::time::Duration;

/// What happened to a short message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum SmsNote {
    /// A message was accepted for delivery.
    Accepted { id: MessageId, from: String, to: String },
    /// A message, or a status report, was delivered.
    Delivered { id: MessageId, to: String },
    /// A message from or to a device was refused by the network.
    Refused { imsi: Imsi, direction: Direction, peer: Option<String>, cause: RpCause, reason: Reason },
    /// A message waits because its recipient does not take it at the moment; `next` is the pause before the next try.
    Deferred { id: MessageId, imsi: Imsi, attempts: u32, next: Duration },
    /// A device has no room: messages wait until it says that it has.
    MemoryFull { imsi: Imsi, id: MessageId },
    /// A device has room again.
    MemoryAvailable { imsi: Imsi },
    /// The validity period of a message ended before it could be delivered.
    Expired { id: MessageId, to: String },
    /// A message was cancelled by its sender.
    Deleted { id: MessageId, to: String },
    /// A message cannot be delivered, for good.
    Undeliverable { id: MessageId, to: String, cause: RpCause },
}

impl SmsNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "sms-accepted",
            Self::Delivered { .. } => "sms-delivered",
            Self::Refused { .. } => "sms-refused",
            Self::Deferred { .. } => "sms-deferred",
            Self::MemoryFull { .. } => "sms-memory-full",
            Self::MemoryAvailable { .. } => "sms-memory-available",
            Self::Expired { .. } => "sms-expired",
            Self::Undeliverable { .. } => "sms-undeliverable",
            Self::Deleted { .. } => "sms-deleted",
        }
    }

    /// The subscriber, or the message.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Refused { imsi, .. }
            | Self::Deferred { imsi, .. }
            | Self::MemoryFull { imsi, .. }
            | Self::MemoryAvailable { imsi } => imsi.to_string(),
            Self::Accepted { id, .. }
            | Self::Delivered { id, .. }
            | Self::Expired { id, .. }
            | Self::Deleted { id, .. }
            | Self::Undeliverable { id, .. } => id.to_string(),
        }
    }
}

impl fmt::Display for SmsNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { id, from, to } => write!(f, "{id} from {from} to {to} accepted"),
            Self::Delivered { id, to } => write!(f, "{id} delivered to {to}"),
            Self::Refused { imsi, direction, peer, cause, reason } => {
                write!(f, "{direction} short message of {imsi}")?;
                if let Some(peer) = peer {
                    let preposition = match direction {
                        Direction::Mo => "to",
                        Direction::Mt => "from",
                    };
                    write!(f, " {preposition} {peer}")?;
                }
                write!(f, " refused {cause}: {reason}")
            }
            Self::Deferred { id, imsi, attempts, next } => {
                write!(
                    f,
                    "{id} not delivered to {imsi} in attempt {attempts}: next try in {}",
                    Seconds(*next)
                )?;
                f.write_str(" or on contact")
            }
            Self::MemoryFull { imsi, id } => {
                write!(f, "{id} refused by {imsi}: memory capacity exceeded; it waits for RP-SMMA")
            }
            Self::MemoryAvailable { imsi } => write!(f, "{imsi} has memory for short messages again"),
            Self::Expired { id, to } => write!(f, "{id} to {to} expired: its validity period ended"),
            Self::Deleted { id, to } => write!(f, "{id} to {to} was cancelled by its sender"),
            Self::Undeliverable { id, to, cause } => write!(f, "{id} to {to} cannot be delivered {cause}"),
        }
    }
}
