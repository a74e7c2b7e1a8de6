//! Supplementary services of calls (TS 27.007 clauses 7.6, 7.7, 7.11 to 7.13 and 7.17; TS 22.030): what the network keeps for a
//! subscriber, and what is done with several calls.

use crate::at::{Answer, AtError, Command};
use wire::at::response::{fields, name, parameters};
use wire::time::Duration;

const LOCAL: Duration = Duration::from_secs(5);
/// The network is asked.
const NETWORK: Duration = Duration::from_secs(60);
/// The class of speech (TS 27.007 7.4).
const VOICE: u8 = 1;

/// When a call is forwarded (`<reason>` of `+CCFC`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardingReason {
    /// 0: always, without ringing.
    Unconditional,
    /// 1.
    Busy,
    /// 2: after a time.
    NoReply,
    /// 3.
    NotReachable,
}

impl ForwardingReason {
    /// All of them, with their names in scripts.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("always", Self::Unconditional),
        ("busy", Self::Busy),
        ("no-reply", Self::NoReply),
        ("not-reachable", Self::NotReachable),
    ];

    const fn number(self) -> u8 {
        match self {
            Self::Unconditional => 0,
            Self::Busy => 1,
            Self::NoReply => 2,
            Self::NotReachable => 3,
        }
    }
}

/// Registers and activates forwarding of speech calls; `seconds` 1 to 30 is for [`ForwardingReason::NoReply`].
#[must_use]
pub fn register_forwarding(reason: ForwardingReason, number: &str, seconds: Option<u8>) -> Command {
    let reason = reason.number();
    let kind = if number.starts_with('+') { 145 } else { 129 };
    let time = seconds.map(|seconds| format!(",,,{seconds}")).unwrap_or_default();
    Command::new(format!("AT+CCFC={reason},3,\"{number}\",{kind},{VOICE}{time}"), NETWORK)
}

/// Erases a registration.
#[must_use]
pub fn erase_forwarding(reason: ForwardingReason) -> Command {
    Command::new(format!("AT+CCFC={},4", reason.number()), NETWORK)
}

/// Asks the network where calls are forwarded to.
#[must_use]
pub fn query_forwarding(reason: ForwardingReason) -> Command {
    Command::new(format!("AT+CCFC={},2", reason.number()), NETWORK)
}

/// What the network keeps about one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarding {
    /// Whether it is active for speech.
    pub active: bool,
    /// Where to; empty where nothing is registered.
    pub number: String,
    /// How long it rings first, in seconds.
    pub seconds: Option<u8>,
}

/// Reads the `+CCFC: <status>,<class>[,<number>,<type>[,<subaddr>,<satype>[,<time>]]]` line of speech.
///
/// # Errors
/// [`AtError::Malformed`] when no line is about speech.
pub fn forwarding(answer: &Answer) -> Result<Forwarding, AtError> {
    const FORM: &str = "+CCFC: <status 0 or 1>,<class with speech>[,<number>,<type>[,,,<time>]]";
    let lines = answer.lines.iter().filter(|line| name(line) == "+CCFC");
    let found = lines.map(|line| fields(parameters(line))).find(|parts| is_voice(parts.get(1)));
    let parts = found.ok_or_else(|| answer.malformed(FORM))?;
    Ok(Forwarding {
        active: status(parts.first()).ok_or_else(|| answer.malformed(FORM))?,
        number: parts.get(2).cloned().unwrap_or_default(),
        seconds: parts.get(6).and_then(|time| time.parse().ok()),
    })
}

/// Makes the modem report a call that waits (`+CCWA`) and what the network notifies (`+CSSI`, `+CSSU`).
#[must_use]
pub fn report_services() -> Command {
    Command::new("AT+CSSN=1,1;+CCWA=1", LOCAL)
}

/// Asks the network whether call waiting is active.
#[must_use]
pub fn query_call_waiting() -> Command {
    Command::new(format!("AT+CCWA=1,2,{VOICE}"), NETWORK)
}

/// Reads `+CCWA: <status>,<class>`.
///
/// # Errors
/// [`AtError::Malformed`] when no line is about speech.
pub fn call_waiting(answer: &Answer) -> Result<bool, AtError> {
    let lines = answer.lines.iter().filter(|line| name(line) == "+CCWA");
    let found = lines.map(|line| fields(parameters(line))).find(|parts| is_voice(parts.get(1)));
    let active = found.and_then(|parts| status(parts.first()));
    active.ok_or_else(|| answer.malformed("+CCWA: <status 0 or 1>,<class with speech>"))
}

/// The number of a `+CCWA` report; empty where it is withheld. `None` when the line is another report.
#[must_use]
pub fn waiting_number(line: &str) -> Option<String> {
    (name(line) == "+CCWA").then(|| fields(parameters(line)).first().cloned().unwrap_or_default())
}

/// A notification of the network in a call: of the own side's calls (`+CSSI`) or of the other side's (`+CSSU`), as its
/// number. `None` when the line is another report.
#[must_use]
pub fn notification(line: &str) -> Option<(bool, u8)> {
    let own = match name(line) {
        "+CSSI" => true,
        "+CSSU" => false,
        _ => return None,
    };
    Some((own, fields(parameters(line)).first()?.parse().ok()?))
}

/// What is done with several calls (`+CHLD`, TS 22.030 6.5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeveralCalls {
    /// 0: the held calls end, or the one that waits is told busy.
    ReleaseHeld,
    /// 1: the active calls end, and the other is taken.
    ReleaseActive,
    /// 2: the active calls are held, and the other is taken.
    Swap,
    /// 3: the held call joins the conversation.
    Join,
    /// 4: the other parties are connected with each other.
    Transfer,
}

/// Does it.
#[must_use]
pub fn several_calls(action: SeveralCalls) -> Command {
    let number = match action {
        SeveralCalls::ReleaseHeld => 0,
        SeveralCalls::ReleaseActive => 1,
        SeveralCalls::Swap => 2,
        SeveralCalls::Join => 3,
        SeveralCalls::Transfer => 4,
    };
    Command::new(format!("AT+CHLD={number}"), NETWORK)
}

/// Sends the tone of a key in a call.
#[must_use]
pub fn press_key(key: char) -> Command {
    Command::new(format!("AT+VTS=\"{key}\""), Duration::from_secs(15))
}

/// Asks the network about the presentation of the caller's number.
#[must_use]
pub fn query_clip() -> Command {
    Command::new("AT+CLIP?", NETWORK)
}

/// Asks the network about the restriction of the own number.
#[must_use]
pub fn query_clir() -> Command {
    Command::new("AT+CLIR?", NETWORK)
}

/// What the network says in the second field of `+CLIP: <n>,<m>` and `+CLIR: <n>,<m>`.
///
/// # Errors
/// [`AtError::Malformed`] when it is missing.
pub fn provision(answer: &Answer, command: &str) -> Result<u8, AtError> {
    const FORM: &str = "<n>,<m>";
    let parts = fields(answer.parameters(command, FORM)?);
    parts.get(1).and_then(|state| state.parse().ok()).ok_or_else(|| answer.malformed(FORM))
}

fn is_voice(class: Option<&String>) -> bool {
    class.and_then(|class| class.parse::<u8>().ok()).is_some_and(|class| class & VOICE != 0)
}

fn status(field: Option<&String>) -> Option<bool> {
    match field?.as_str() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    fn answer(lines: &[&str]) -> Answer {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Answer { command: "AT+X".to_owned(), lines, result: FinalResult::Ok }
    }

    /// Lines of TS 27.007 7.11 and of modules.
    #[test]
    fn forwarding_is_read_for_speech() {
        let none = Forwarding { active: false, number: String::new(), seconds: None };
        assert_eq!(forwarding(&answer(&["+CCFC: 0,7"])).unwrap(), none);
        let set = answer(&["+CCFC: 0,2", "+CCFC: 1,1,\"+33639980002\",145,,,20", "+CCFC: 0,4"]);
        let wanted = Forwarding { active: true, number: "+33639980002".to_owned(), seconds: Some(20) };
        assert_eq!(forwarding(&set).unwrap(), wanted);
        for lines in [&["+CCFC: 1,2"][..], &["+CCFC: 3,1"], &["+CCFC"], &[]] {
            assert!(forwarding(&answer(lines)).is_err(), "{lines:?}");
        }
    }

    #[test]
    fn a_registration_names_class_and_time() {
        let command = register_forwarding(ForwardingReason::NoReply, "+33639980002", Some(10));
        assert_eq!(command.line, "AT+CCFC=2,3,\"+33639980002\",145,1,,,10");
        let command = register_forwarding(ForwardingReason::Unconditional, "3900", None);
        assert_eq!(command.line, "AT+CCFC=0,3,\"3900\",129,1");
    }

    #[test]
    fn reports_of_services_are_told_apart() {
        assert_eq!(waiting_number("+CCWA: \"+33639980002\",145,1,,0").as_deref(), Some("+33639980002"));
        assert_eq!(waiting_number("+CCWA: \"\",128,1,,1").as_deref(), Some(""));
        assert_eq!(waiting_number("+CLIP: \"1\",129"), None);
        assert_eq!(notification("+CSSI: 5"), Some((true, 5)));
        assert_eq!(notification("+CSSU: 2"), Some((false, 2)));
        assert_eq!(notification("+CSSU: x"), None);
        assert!(call_waiting(&answer(&["+CCWA: 1,1"])).unwrap());
        assert!(call_waiting(&answer(&["+CCWA: 1,2"])).is_err());
        assert_eq!(provision(&answer(&["+CLIR: 0,4"]), "+CLIR").unwrap(), 4);
        assert!(provision(&answer(&["+CLIR: 0"]), "+CLIR").is_err());
    }
}
