//! The words with which RUI3 and ST's AT slave end an answer, and how both tell values: ST's manual UM2592, RAK's RUI3 manual.

use super::{Heard, Waiting};
use crate::lora::error::Refusal;

/// The words of refusal of both.
pub const REFUSALS: &[(&str, Refusal)] = &[
    ("AT_ERROR", Refusal::Unexplained),
    ("AT_PARAM_ERROR", Refusal::InvalidParam),
    // Neither has a word of its own for a payload that does not fit.
    ("AT_PARAM_ERROR", Refusal::TooLong),
    ("AT_BUSY_ERROR", Refusal::Busy),
    ("AT_TEST_PARAM_OVERFLOW", Refusal::InvalidParam),
    ("AT_NO_NETWORK_JOINED", Refusal::NotJoined),
    ("AT_RX_ERROR", Refusal::Unexplained),
    ("AT_MODE_NO_SUPPORT", Refusal::InvalidParam),
    ("AT_COMMAND_NOT_FOUND", Refusal::UnknownCommand),
    ("AT_UNSUPPORTED_BAND", Refusal::InvalidParam),
    ("AT_NO_CLASSB_ENABLE", Refusal::InvalidParam),
    ("AT_NO_CLASS_B_ENABLE", Refusal::InvalidParam),
    ("AT_DUTYCYCLE_RESTRICTED", Refusal::NoFreeChannel),
    ("AT_CRYPTO_ERROR", Refusal::Unexplained),
    ("error unknown", Refusal::Unexplained),
];

/// A line that is no event: a status word, or a value of the answer.
pub fn hear(waiting: Option<Waiting<'_>>, line: &str) -> Heard {
    let Some(Waiting { line: asked, taken: false }) = waiting else { return Heard::Stray };
    // The echo, where it is on.
    if line == asked.text {
        return Heard::Progress;
    }
    if line == "OK" {
        return Heard::Done(None);
    }
    if REFUSALS.iter().any(|(word, _)| *word == line) {
        return Heard::Refused(line.to_owned());
    }
    let name = asked.text.strip_suffix('?');
    Heard::Value(name.and_then(|name| line.strip_prefix(name)).unwrap_or(line).to_owned())
}
