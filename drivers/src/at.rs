//! The AT command channel of a modem, seen from the host.

mod channel;
mod command;
mod error;
mod oddity;

pub use channel::{Answer, AtChannel, AtEvent, CommandId, Output};
pub use command::{After, Command, Octets};
pub use error::AtError;
pub use oddity::Oddity;
