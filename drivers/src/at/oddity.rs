//! What a channel noticed that no modem that keeps to its standards sends, and what it says about the line.
//!
//! A driver does not repair in silence: where real modules vary it understands them and tells it here. Some of these are
//! known manners of modules; the others are what a bad serial line looks like from its end.

use std::fmt;

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Octets that no line begins with, as at power-up (trap 2).
    Noise(Vec<u8>),
    /// A command was echoed a second time (trap 1).
    EchoTwice(String),
    /// Only the end of a command was echoed (trap 1).
    EchoPartly {
        /// What was sent.
        sent: String,
        /// What came back.
        echoed: String,
    },
    /// The echo of a command has other characters than the command.
    EchoDiffers {
        /// What was sent.
        sent: String,
        /// What came back.
        echoed: String,
    },
    /// A line outside any text has octets that are no characters of a command line.
    Garbled(String),
    /// The last line of an answer without a final result code is nearly one.
    ResultUnreadable(String),
    /// A text with line ends in it did not come to its end.
    TextCutShort(String),
}

impl Oddity {
    /// Whether it is what a line that changes or loses octets looks like. A module's own manners are not.
    #[must_use]
    pub const fn points_at_the_line(&self) -> bool {
        match self {
            Self::EchoDiffers { .. }
            | Self::Garbled(_)
            | Self::ResultUnreadable(_)
            | Self::TextCutShort(_) => true,
            Self::Noise(_) | Self::EchoTwice(_) | Self::EchoPartly { .. } => false,
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noise(octets) => write!(f, "{} octets of noise before a line", octets.len()),
            Self::EchoTwice(sent) => write!(f, "{sent:?} was echoed twice"),
            Self::EchoPartly { sent, echoed } => write!(f, "{sent:?} was echoed as {echoed:?}, its end only"),
            Self::EchoDiffers { sent, echoed } => write!(f, "{sent:?} was echoed as {echoed:?}"),
            Self::Garbled(line) => write!(f, "a line has octets that are no text: {line:?}"),
            Self::ResultUnreadable(line) => write!(f, "{line:?} is nearly a final result code"),
            Self::TextCutShort(text) => write!(f, "a text has no end: {text:?}"),
        }
    }
}

/// What a line is that came while the echo of `sent` was expected; `None` when it is no echo of it.
pub(super) fn echo_of(sent: &str, line: &str) -> Option<Option<Oddity>> {
    if line == sent {
        return Some(None);
    }
    let told = |oddity: fn(String, String) -> Oddity| Some(Some(oddity(sent.to_owned(), line.to_owned())));
    // Without its `AT` a command is what some answers look like (`+CLAC`).
    let headless = sent.get(2..).filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    if sent.get(1..) == Some(line) || headless == Some(line) {
        return told(|sent, echoed| Oddity::EchoPartly { sent, echoed });
    }
    if resembles(sent, line) {
        return told(|sent, echoed| Oddity::EchoDiffers { sent, echoed });
    }
    None
}

/// Whether two lines differ in one place of a few characters and agree in most of the others.
fn resembles(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let shorter = a.len().min(b.len());
    let longer = a.len().max(b.len());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take(shorter - head).take_while(|(a, b)| a == b).count();
    let differs = longer - head - tail;
    longer - shorter <= 1 && differs <= 2 && head + tail >= differs
}

/// Whether a line is nearly a final result code. It says something only of the last line of an answer that has none.
pub(super) fn is_nearly_a_result(line: &str) -> bool {
    const RESULTS: &[&str] = &["OK", "ERROR", "NO CARRIER", "NO DIALTONE", "BUSY", "NO ANSWER"];
    let error = line.split(':').next().unwrap_or(line);
    RESULTS.iter().any(|result| resembles(result, line))
        || resembles("+CME ERROR", error)
        || resembles("+CMS ERROR", error)
}

/// Whether a line has characters outside strings that no command line or response has (V.250 5.1: IA5 characters).
pub(super) fn is_garbled(line: &str) -> bool {
    let mut quoted = false;
    line.chars().any(|c| {
        quoted ^= c == '"';
        !quoted && (!c.is_ascii() || (c.is_ascii_control() && c != '\t'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_told_from_an_answer_however_it_was_changed() {
        let rows: &[(&str, &str, bool, bool)] = &[
            ("AT+CSQ", "AT+CSQ", true, false),
            ("AT+CSQ", "T+CSQ", true, false),
            ("AT+CSQ", "AT+CRQ", true, true),
            ("AT+CSQ", "AT+CQ", true, true),
            ("AT+CSQ", "AT+CSSQ", true, true),
            ("AT+CSQ", "Q\u{f4}+CSQ", true, true),
            ("AT+CSQ", "+CSQ: 20,99", false, false),
            ("AT+CMEE?", "+CMEE: 1", false, false),
            ("ATI", "dtk", false, false),
            ("AT", "356938035643809", false, false),
            ("AT+CLAC", "+CLAC", false, false),
            ("ATE0", "E0", true, false),
            ("AT", "T", true, false),
        ];
        for (sent, line, echo, line_to_blame) in rows {
            let seen = echo_of(sent, line);
            assert_eq!(seen.is_some(), *echo, "{line}");
            let blamed = seen.flatten().is_some_and(|oddity| oddity.points_at_the_line());
            assert_eq!(blamed, *line_to_blame, "{line}");
        }
    }

    #[test]
    fn a_result_with_a_wrong_character_is_nearly_one() {
        for line in ["OJ", "O", "EROR", "NO CARRIER~", "+CME ERROZ: 3", "+CM ERROR: 3"] {
            assert!(is_nearly_a_result(line), "{line}");
        }
        for line in ["+CSQ: 20,99", "dtk", "+CPIN: READY"] {
            assert!(!is_nearly_a_result(line), "{line}");
        }
    }

    #[test]
    fn a_strange_character_is_garbled_only_outside_a_string() {
        assert!(is_garbled("+CSQ\u{ba} 20,99"));
        assert!(is_garbled("O\u{1}"));
        assert!(!is_garbled("+COPS: 0,0,\"\u{d6}sterreich\",7"));
        assert!(!is_garbled("+CSQ: 20,99"));
    }
}
