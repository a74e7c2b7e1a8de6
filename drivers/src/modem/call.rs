//! Voice calls (TS 27.007 clauses 6.31, 7.6, 7.18; ITU-T V.250 clause 6.3).

use crate::at::{Answer, AtError, Command};
use wire::at::response::fields;
use wire::time::Duration;

/// Dials a voice call; `hide_number` invokes CLIR for this call.
#[must_use]
pub fn dial(number: &str, hide_number: bool) -> Command {
    let clir = if hide_number { "I" } else { "" };
    Command::new(format!("ATD{number}{clir};"), Duration::from_secs(90))
}

/// Answers an incoming call.
#[must_use]
pub fn answer_call() -> Command {
    Command::new("ATA", Duration::from_secs(90))
}

/// Hangs up all voice calls.
#[must_use]
pub fn hang_up() -> Command {
    Command::new("AT+CHUP", Duration::from_secs(15))
}

/// The state of a call (`<stat>` of `+CLCC`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// 0.
    Active,
    /// 1.
    Held,
    /// 2.
    Dialling,
    /// 3: the other side rings.
    Alerting,
    /// 4.
    Incoming,
    /// 5.
    Waiting,
}

/// A call of the modem's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCall {
    /// Call identification, 1 to 7.
    pub id: u8,
    /// Whether the other side called.
    pub incoming: bool,
    /// State.
    pub state: CallState,
    /// The other side's number; empty where it is withheld.
    pub number: String,
}

/// Asks for the current calls.
#[must_use]
pub fn list() -> Command {
    Command::new("AT+CLCC", Duration::from_secs(5))
}

/// Reads `+CLCC: <id>,<dir>,<stat>,<mode>,<mpty>[,<number>,<type>]` lines.
///
/// # Errors
/// [`AtError::Malformed`] when a line lacks a figure or has a state beyond 5.
pub fn current_calls(answer: &Answer) -> Result<Vec<CurrentCall>, AtError> {
    answer
        .lines
        .iter()
        .filter(|line| wire::at::response::name(line) == "+CLCC")
        .map(|line| {
            parse(&fields(wire::at::response::parameters(line))).ok_or_else(|| {
                answer.malformed("+CLCC: <id>,<dir>,<stat 0..5>,<mode>,<mpty>[,<number>,<type>]")
            })
        })
        .collect()
}

fn parse(fields: &[String]) -> Option<CurrentCall> {
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u8>().ok());
    let state = match number(2)? {
        0 => CallState::Active,
        1 => CallState::Held,
        2 => CallState::Dialling,
        3 => CallState::Alerting,
        4 => CallState::Incoming,
        5 => CallState::Waiting,
        _ => return None,
    };
    Some(CurrentCall {
        id: number(0)?,
        incoming: number(1)? == 1,
        state,
        number: fields.get(5).cloned().unwrap_or_default(),
    })
}

/// Asks for the cause of the last failure.
#[must_use]
pub fn read_cause() -> Command {
    Command::new("AT+CEER", Duration::from_secs(5))
}

/// Reads the free text of `+CEER`, all lines joined.
#[must_use]
pub fn cause(answer: &Answer) -> String {
    answer.lines.iter().map(|line| line.trim_start_matches("+CEER:").trim()).collect::<Vec<_>>().join(" ")
}

/// The number of a `+CLIP` report; empty where it is withheld. `None` when the line is another report.
#[must_use]
pub fn calling_number(line: &str) -> Option<String> {
    (wire::at::response::name(line) == "+CLIP")
        .then(|| fields(wire::at::response::parameters(line)).first().cloned().unwrap_or_default())
}

/// Whether a report says that a call comes in.
#[must_use]
pub fn is_ring(line: &str) -> bool {
    line == "RING" || line.starts_with("+CRING:")
}

/// Whether a report says that a call has ended or could not be set up.
#[must_use]
pub fn is_end(line: &str) -> bool {
    matches!(line, "NO CARRIER" | "BUSY" | "NO ANSWER")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    #[test]
    fn calls_are_read_with_their_direction_and_state() {
        let lines = vec!["+CLCC: 1,0,3,0,0,\"+33639980002\",145".into(), "+CLCC: 2,1,5,0,0".into()];
        let calls =
            current_calls(&Answer { command: "AT+CLCC".into(), lines, result: FinalResult::Ok }).unwrap();
        assert_eq!((calls[0].state, calls[0].incoming), (CallState::Alerting, false));
        assert_eq!((calls[1].state, calls[1].number.as_str()), (CallState::Waiting, ""));
    }

    #[test]
    fn an_unknown_call_state_is_malformed() {
        let lines = vec!["+CLCC: 1,0,9,0,0".into()];
        assert!(
            current_calls(&Answer { command: "AT+CLCC".into(), lines, result: FinalResult::Ok }).is_err()
        );
    }

    #[test]
    fn a_withheld_number_is_empty_and_another_report_is_none() {
        assert_eq!(calling_number("+CLIP: \"+33639980002\",145,,,,0").unwrap(), "+33639980002");
        assert_eq!(calling_number("+CLIP: \"\",128,,,,1").unwrap(), "");
        assert_eq!(calling_number("RING"), None);
    }
}
