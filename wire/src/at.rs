//! The AT line of a modem's serial port, seen from both ends (ITU-T V.250, 3GPP TS 27.007 clause 4, TS 27.005 clause 3).
//!
//! `command` is the device's side: command lines into commands. `response` is the host's side: what the device sends
//! into lines. `error` holds the numbers and texts of `+CME ERROR` and `+CMS ERROR`. `text` keeps octets that are no text.

pub mod command;
pub mod error;
pub mod response;
pub mod text;
