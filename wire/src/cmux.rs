//! The multiplexer of 3GPP TS 27.010, basic option: frames, and the messages of its control channel.
//!
//! A [`Decoder`] turns a stream of octets into frames and says what it refused; a [`Frame`] writes itself. Messages on
//! DLCI 0 are [`ControlMessage`]s. Both ends of the line use this: who is initiator shows in the C/R bits, see
//! [`Frame::command`]. Not here: the advanced option, error recovery mode, and everything that takes time.

pub mod control;
pub mod decoder;
pub mod fcs;
pub mod frame;

pub use control::{ControlError, ControlMessage, Message, ModemStatus, ParameterNegotiation};
pub use decoder::{Decoder, Received, Refused};
pub use frame::{Frame, Kind, Role};

/// Opens and closes a frame (5.2.6.1).
pub const FLAG: u8 = 0xf9;
/// The highest data link connection identifier; 62 and 63 are reserved (5.6).
pub const MAX_DLCI: u8 = 61;
/// The longest information field that two length octets can announce (5.2.1.5).
pub const MAX_INFORMATION: usize = 0x7fff;
