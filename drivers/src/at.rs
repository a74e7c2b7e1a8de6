//! The AT command channel of a modem, seen from the host.

mod channel;
mod error;
mod oddity;

pub use channel::{Answer, AtChannel, AtEvent, Command, CommandId, Output};
pub use error::AtError;
pub use oddity::Oddity;
