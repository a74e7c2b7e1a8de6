//! Packet domain: contexts, activation, addresses (TS 27.007 clause 10.1).

use crate::at::{Answer, AtError, Command};
use std::net::Ipv4Addr;
use wire::at::response::fields;
use wire::time::Duration;

/// Defines a context; an empty `apn` lets the network choose.
#[must_use]
pub fn define_context(cid: u8, pdp_type: &str, apn: &str) -> Command {
    Command::new(format!("AT+CGDCONT={cid},\"{pdp_type}\",\"{apn}\""), Duration::from_secs(5))
}

/// Activates or deactivates a context.
#[must_use]
pub fn set_active(cid: u8, active: bool) -> Command {
    Command::new(format!("AT+CGACT={},{cid}", u8::from(active)), Duration::from_secs(150))
}

/// Asks which contexts are active.
#[must_use]
pub fn read_active() -> Command {
    Command::new("AT+CGACT?", Duration::from_secs(5))
}

/// Reads whether context `cid` is active.
///
/// # Errors
/// [`AtError::Malformed`] when a line is not `<cid>,<state>`.
pub fn is_active(answer: &Answer, cid: u8) -> Result<bool, AtError> {
    for line in answer.lines.iter().filter(|line| wire::at::response::name(line) == "+CGACT") {
        let fields = fields(wire::at::response::parameters(line));
        let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u8>().ok());
        let (id, state) =
            number(0).zip(number(1)).ok_or_else(|| answer.malformed("+CGACT: <cid>,<state>"))?;
        if id == cid {
            return Ok(state == 1);
        }
    }
    Ok(false)
}

/// Attaches to or detaches from packet service.
#[must_use]
pub fn set_attached(attached: bool) -> Command {
    Command::new(format!("AT+CGATT={}", u8::from(attached)), Duration::from_secs(140))
}

/// Asks for the address of a context.
#[must_use]
pub fn read_address(cid: u8) -> Command {
    Command::new(format!("AT+CGPADDR={cid}"), Duration::from_secs(5))
}

/// Reads the IPv4 address of context `cid`; `None` when it has none.
///
/// # Errors
/// [`AtError::Malformed`] when the text is not an address.
pub fn address(answer: &Answer, cid: u8) -> Result<Option<Ipv4Addr>, AtError> {
    const FORM: &str = "+CGPADDR: <cid>,<IPv4 address>";
    for line in answer.lines.iter().filter(|line| wire::at::response::name(line) == "+CGPADDR") {
        let fields = fields(wire::at::response::parameters(line));
        if fields.first().and_then(|field| field.parse().ok()) == Some(cid) {
            return match fields.get(1).map(String::as_str) {
                None | Some("" | "0.0.0.0") => Ok(None),
                Some(text) => text.parse().map(Some).map_err(|_| answer.malformed(FORM)),
            };
        }
    }
    Ok(None)
}

/// Asks for the dynamic parameters of a context.
#[must_use]
pub fn read_dynamic_parameters(cid: u8) -> Command {
    Command::new(format!("AT+CGCONTRDP={cid}"), Duration::from_secs(5))
}

/// Reads the APN with its operator identifier from `+CGCONTRDP: <cid>,<bearer>,<apn>,…`; `None` when inactive.
#[must_use]
pub fn granted_apn(answer: &Answer) -> Option<String> {
    let parameters = answer.parameters("+CGCONTRDP", "").ok()?;
    fields(parameters).get(2).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    fn answer(lines: &[&str]) -> Answer {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Answer { command: "AT".into(), lines, result: FinalResult::Ok }
    }

    #[test]
    fn an_address_is_read_and_its_absence_is_none() {
        let answer = answer(&["+CGPADDR: 1,\"10.64.0.1\"", "+CGPADDR: 2,"]);
        assert_eq!(address(&answer, 1).unwrap(), Some(Ipv4Addr::new(10, 64, 0, 1)));
        assert_eq!(address(&answer, 2).unwrap(), None);
        assert_eq!(address(&answer, 3).unwrap(), None);
    }

    #[test]
    fn a_context_without_a_line_is_not_active() {
        let answer = answer(&["+CGACT: 1,1", "+CGACT: 2,0"]);
        assert!(is_active(&answer, 1).unwrap());
        assert!(!is_active(&answer, 2).unwrap());
        assert!(!is_active(&answer, 9).unwrap());
    }

    #[test]
    fn the_granted_apn_carries_the_operator_identifier() {
        let answer =
            answer(&["+CGCONTRDP: 1,5,\"iot.example.mnc001.mcc208.gprs\",\"10.64.0.1.255.255.255.255\""]);
        assert_eq!(granted_apn(&answer).unwrap(), "iot.example.mnc001.mcc208.gprs");
    }
}
