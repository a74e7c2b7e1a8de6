//! A LoRaWAN node behind a serial interface, seen from the host.
//!
//! [`Order`] says what a host wants, a [`Dialect`] words it and hears what came, [`NodeHost`] owns framing, pairing and
//! time-outs, and [`Answer`] keeps what was said. Joins and uplinks have a later outcome beside their immediate answer. Not
//! here: commands of the bare radio.

mod answer;
pub mod dialect;
mod error;
mod framing;
mod host;
mod order;
mod redact;

pub use answer::{Answer, Exchange, JoinOutcome, TransmitOutcome};
pub use dialect::{Dialect, LinkCheck};
pub use error::{LoraError, Refusal};
pub use host::{Command, CommandId, NodeEvent, NodeHost, Output, Report, UnaskedDownlink};
pub use order::{Class, KeyName, Order, Skill, Uplink};
pub use redact::redact;
