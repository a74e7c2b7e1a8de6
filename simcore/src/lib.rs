//! The simulated operator: everything behind the antenna.
//!
//! Two networks, cellular and LoRaWAN, and the platform where a customer finds its messages. Messages and `now` go in;
//! messages, notes and the next wake-up come out. The core decides and writes a note; what a decision means for a test is
//! not its affair.

pub mod cellular;
mod core;
pub mod lorawan;
mod note;
mod note_log;
pub mod platform;
mod state;

pub use core::Core;
pub use note::Note;
pub use note_log::{NoteLog, PastNote};
pub use state::{Change, Record, StateError};
