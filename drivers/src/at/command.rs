//! A command line with what follows it, and how long its answer may take.

use wire::time::Duration;

/// TS 27.005 3.5.
const TEXT_PROMPT: &str = "> ";

/// A command line with what follows its prompt and how long its final result code may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The line without its terminator, such as `AT+CMGS=22`.
    pub line: String,
    /// What to send after the prompt `> `, without the closing Ctrl-Z.
    pub text: Option<String>,
    /// Octets to send after a prompt or in data mode, as they are.
    pub octets: Option<Octets>,
    /// How long to wait for the final result code.
    pub timeout: Duration,
}

/// Octets that follow a command, and what they follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Octets {
    /// What they wait for.
    pub after: After,
    /// What to send.
    pub octets: Vec<u8>,
}

/// What octets wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// A prompt such as `@`; the command has announced their number, and its result follows them.
    Prompt(&'static str),
    /// `OK`, which begins a data mode. The octets end it by what they hold; the line of this name tells the end, with 0
    /// when they are through.
    Ok {
        /// Such as `#XDATAMODE`.
        end: &'static str,
    },
}

impl Command {
    /// A command that is answered without a prompt.
    #[must_use]
    pub fn new(line: impl Into<String>, timeout: Duration) -> Self {
        Self { line: line.into(), text: None, octets: None, timeout }
    }

    /// A command that prompts for a text or PDU.
    #[must_use]
    pub fn with_text(line: impl Into<String>, text: impl Into<String>, timeout: Duration) -> Self {
        Self { line: line.into(), text: Some(text.into()), octets: None, timeout }
    }

    /// A command that prompts for as many octets as it announces.
    #[must_use]
    pub fn with_octets(
        line: impl Into<String>,
        prompt: &'static str,
        octets: Vec<u8>,
        timeout: Duration,
    ) -> Self {
        let octets = Some(Octets { after: After::Prompt(prompt), octets });
        Self { line: line.into(), text: None, octets, timeout }
    }

    /// A command whose `OK` begins a data mode for these octets, which end it themselves; the line called
    /// `end` is the result.
    #[must_use]
    pub fn in_data_mode(
        line: impl Into<String>,
        octets: Vec<u8>,
        end: &'static str,
        timeout: Duration,
    ) -> Self {
        let octets = Some(Octets { after: After::Ok { end }, octets });
        Self { line: line.into(), text: None, octets, timeout }
    }

    /// The prompt that it waits for.
    pub(super) fn prompt(&self) -> Option<&'static str> {
        match self.octets.as_ref().map(|octets| octets.after) {
            Some(After::Prompt(prompt)) => Some(prompt),
            Some(After::Ok { .. }) => None,
            None => self.text.as_ref().map(|_| TEXT_PROMPT),
        }
    }

    /// The line that ends its data mode.
    pub(super) fn end_of_data(&self) -> Option<&'static str> {
        match self.octets.as_ref()?.after {
            After::Prompt(_) => None,
            After::Ok { end } => Some(end),
        }
    }
}
