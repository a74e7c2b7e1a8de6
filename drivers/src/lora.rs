//! A LoRaWAN node behind the serial interface of Microchip's RN2483, seen from the host.
//!
//! Spec: RN2483 LoRa Technology Module Command Reference, DS40001784. Lines end with CR LF, words are lower case. Every
//! command has one immediate answer; `mac join` and `mac tx` have a later outcome as well. [`NodeHost`] owns framing,
//! pairing and time-outs; [`command`] gives the command lines; [`Answer`] reads what came. Not here: `radio` commands.

mod answer;
pub mod command;
mod error;
mod host;

pub use answer::{Answer, JoinOutcome, MacState, Status, TransmitOutcome, Version, parse_downlink};
pub use command::{Command, redact};
pub use error::{LoraError, Refusal};
pub use host::{CommandId, NodeEvent, NodeHost, Output, Report};
