//! Unstructured supplementary service data (TS 27.007 clause 7.15): codes such as `#123#`, and the menus that they open.

use crate::at::Command;
use wire::sms::Alphabet;
use wire::ss::cell_broadcast_alphabet;
use wire::time::Duration;

const LOCAL: Duration = Duration::from_secs(5);
/// Some modems answer only when the network has.
const NETWORK: Duration = Duration::from_secs(60);

/// Sends a code, or the reply to a menu. The network's answer is a report.
#[must_use]
pub fn request(text: &str) -> Command {
    Command::new(format!("AT+CUSD=1,\"{text}\",15"), NETWORK)
}

/// Makes the modem report what the network sends by itself.
#[must_use]
pub fn listen() -> Command {
    Command::new("AT+CUSD=1", LOCAL)
}

/// Gives a dialogue up.
#[must_use]
pub fn cancel() -> Command {
    Command::new("AT+CUSD=2", NETWORK)
}

/// How a dialogue stands after a report (`<m>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UssdStatus {
    /// 0: over, or a notice.
    Done,
    /// 1: the network waits for a reply.
    ReplyWanted,
    /// 2: ended by the network.
    Ended,
    /// 3: another client has answered.
    AnsweredElsewhere,
    /// 4: the network does not do it.
    NotSupported,
    /// 5: the network did not answer.
    TimedOut,
}

/// A report of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdReport {
    /// How the dialogue stands.
    pub status: UssdStatus,
    /// The text; empty where there is none.
    pub text: String,
}

/// Reads `+CUSD: <m>[,<str>[,<dcs>]]`; `None` when the line is another report or has another form. The text may hold
/// quotes and line ends; in UCS2 it comes as hexadecimal digits.
#[must_use]
pub fn report(line: &str) -> Option<UssdReport> {
    if wire::at::response::name(line) != "+CUSD" {
        return None;
    }
    let parameters = wire::at::response::parameters(line);
    let (status, rest) = parameters.split_once(',').unwrap_or((parameters, ""));
    let status = match status.trim() {
        "0" => UssdStatus::Done,
        "1" => UssdStatus::ReplyWanted,
        "2" => UssdStatus::Ended,
        "3" => UssdStatus::AnsweredElsewhere,
        "4" => UssdStatus::NotSupported,
        "5" => UssdStatus::TimedOut,
        _ => return None,
    };
    let quoted = rest.trim_start().strip_prefix('"');
    let (text, after) = quoted.and_then(|rest| rest.rsplit_once('"')).unwrap_or_default();
    let scheme = after.trim_start_matches([',', ' ']).trim().parse::<u8>().ok();
    let text = match scheme.map(cell_broadcast_alphabet) {
        Some(Alphabet::Ucs2) => ucs2(text).unwrap_or_else(|| text.to_owned()),
        Some(Alphabet::Gsm7 | Alphabet::EightBit) | None => text.to_owned(),
    };
    Some(UssdReport { status, text })
}

fn ucs2(digits: &str) -> Option<String> {
    let octets = hex::decode(digits).ok().filter(|octets| octets.len() % 2 == 0)?;
    let units: Vec<u16> =
        octets.chunks_exact(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_with_whatever_its_text_holds() {
        let rows = [
            ("+CUSD: 0,\"Credit 10 EUR\",15", UssdStatus::Done, "Credit 10 EUR"),
            ("+CUSD: 1,\"1 \"Solde\"\n2, Fin\",15", UssdStatus::ReplyWanted, "1 \"Solde\"\n2, Fin"),
            ("+CUSD: 0,\"04170434\",72", UssdStatus::Done, "Зд"),
            ("+CUSD:0, \"x\" , 15", UssdStatus::Done, "x"),
            ("+CUSD: 0,\"no scheme\"", UssdStatus::Done, "no scheme"),
            ("+CUSD: 2", UssdStatus::Ended, ""),
            ("+CUSD: 4", UssdStatus::NotSupported, ""),
            ("+CUSD: 5", UssdStatus::TimedOut, ""),
        ];
        for (line, status, text) in rows {
            assert_eq!(report(line), Some(UssdReport { status, text: text.to_owned() }), "{line}");
        }
        for other in ["+CUSD: 9", "+CUSD: ", "+CLIP: 0", "RING", "é"] {
            assert_eq!(report(other), None, "{other}");
        }
    }
}
