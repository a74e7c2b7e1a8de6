//! The card behind the modem: codes, facility locks, phone books, files (TS 27.007 clauses 7.4, 7.5, 8.3, 8.11 to 8.18).
//!
//! A code is part of a command line and therefore of the transcript; the service's default codes are public. A code that
//! is secret must not be typed on a recorded port.

use crate::at::{Answer, AtError, Command};
use wire::at::response::fields;
use wire::time::Duration;

const CARD: Duration = Duration::from_secs(15);

/// Asks which code the card waits for.
#[must_use]
pub fn read_pin_state() -> Command {
    Command::new("AT+CPIN?", CARD)
}

/// Reads `+CPIN: <code>`: `READY`, `SIM PIN`, `SIM PUK` and so on.
///
/// # Errors
/// [`AtError::Malformed`] when the line is missing.
pub fn pin_state(answer: &Answer) -> Result<String, AtError> {
    answer.parameters("+CPIN", "+CPIN: <code>").map(str::to_owned)
}

/// Enters the code that the card waits for.
#[must_use]
pub fn enter_pin(pin: &str) -> Command {
    Command::new(format!("AT+CPIN=\"{pin}\""), CARD)
}

/// Unblocks a blocked PIN with its PUK and sets a new PIN.
#[must_use]
pub fn unblock_pin(puk: &str, new_pin: &str) -> Command {
    Command::new(format!("AT+CPIN=\"{puk}\",\"{new_pin}\""), CARD)
}

/// Asks for the remaining attempts of all codes.
#[must_use]
pub fn read_attempts() -> Command {
    Command::new("AT+CPINR", CARD)
}

/// Reads the remaining attempts of `code` (`SIM PIN`, `SIM PUK`, `SIM PIN2`, `SIM PUK2`).
///
/// # Errors
/// [`AtError::Malformed`] when the code is not among the answer's lines.
pub fn attempts(answer: &Answer, code: &str) -> Result<u8, AtError> {
    const FORM: &str = "+CPINR: <code>,<retries>[,<default_retries>]";
    answer
        .lines
        .iter()
        .map(|line| fields(wire::at::response::parameters(line)))
        .find(|fields| fields.first().is_some_and(|name| name == code))
        .and_then(|fields| fields.get(1)?.parse().ok())
        .ok_or_else(|| answer.malformed(FORM))
}

/// Asks whether a facility (`SC`, `FD`) is locked.
#[must_use]
pub fn read_lock(facility: &str) -> Command {
    Command::new(format!("AT+CLCK=\"{facility}\",2"), CARD)
}

/// Reads `+CLCK: <status>`.
///
/// # Errors
/// [`AtError::Malformed`] when the status is missing.
pub fn is_locked(answer: &Answer) -> Result<bool, AtError> {
    const FORM: &str = "+CLCK: <status 0 or 1>";
    match fields(answer.parameters("+CLCK", FORM)?).first().map(String::as_str) {
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) | None => Err(answer.malformed(FORM)),
    }
}

/// Locks or unlocks a facility with its code.
#[must_use]
pub fn set_lock(facility: &str, locked: bool, code: &str) -> Command {
    Command::new(format!("AT+CLCK=\"{facility}\",{},\"{code}\"", u8::from(locked)), CARD)
}

/// Changes the code of a facility (`SC` for PIN1, `P2` for PIN2).
#[must_use]
pub fn change_code(facility: &str, old: &str, new: &str) -> Command {
    Command::new(format!("AT+CPWD=\"{facility}\",\"{old}\",\"{new}\""), CARD)
}

/// Selects a phone book (`SM` abbreviated, `FD` fixed, `SN` service dialling) and asks for its size in one line.
#[must_use]
pub fn select_phone_book(book: &str) -> Command {
    Command::new(format!("AT+CPBS=\"{book}\";+CPBS?"), CARD)
}

/// Reads how many entries of the selected phone book are used, and how many there are.
///
/// # Errors
/// [`AtError::Malformed`] when the figures are missing.
pub fn phone_book_size(answer: &Answer) -> Result<(u16, u16), AtError> {
    const FORM: &str = "+CPBS: <storage>,<used>,<total>";
    let fields = fields(answer.parameters("+CPBS", FORM)?);
    let number = |index: usize| fields.get(index).and_then(|field| field.parse().ok());
    number(1).zip(number(2)).ok_or_else(|| answer.malformed(FORM))
}

/// An entry of a phone book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneBookEntry {
    /// Position, from 1.
    pub index: u16,
    /// Telephone number.
    pub number: String,
    /// Alpha identifier.
    pub text: String,
}

/// Reads the entries from `first` to `last` of the selected phone book.
#[must_use]
pub fn read_phone_book(first: u16, last: u16) -> Command {
    Command::new(format!("AT+CPBR={first},{last}"), Duration::from_secs(30))
}

/// Reads `+CPBR: <index>,<number>,<type>,<text>` lines; empty positions are left out by the modem.
///
/// # Errors
/// [`AtError::Malformed`] when a line has no index.
pub fn phone_book_entries(answer: &Answer) -> Result<Vec<PhoneBookEntry>, AtError> {
    answer
        .lines
        .iter()
        .filter(|line| wire::at::response::name(line) == "+CPBR")
        .map(|line| {
            let fields = fields(wire::at::response::parameters(line));
            let text = |index: usize| fields.get(index).cloned().unwrap_or_default();
            let index =
                text(0).parse().map_err(|_| answer.malformed("+CPBR: <index>,<number>,<type>,<text>"))?;
            Ok(PhoneBookEntry { index, number: text(1), text: text(3) })
        })
        .collect()
}

/// Writes an entry at `index`, or at the first free position.
#[must_use]
pub fn write_phone_book(index: Option<u16>, number: &str, text: &str) -> Command {
    let position = index.map(|index| index.to_string()).unwrap_or_default();
    let kind = if number.starts_with('+') { 145 } else { 129 };
    Command::new(format!("AT+CPBW={position},\"{number}\",{kind},\"{text}\""), CARD)
}

/// Deletes the entry at `index`.
#[must_use]
pub fn delete_phone_book(index: u16) -> Command {
    Command::new(format!("AT+CPBW={index}"), CARD)
}

/// Restricted SIM access (`+CRSM`): `command` 176, 178, 192, 214, 220 or 242, all numbers decimal on the line.
#[must_use]
pub fn restricted_access(command: u8, file: u16, p1: u8, p2: u8, p3: u8, data: &str) -> Command {
    let data = if data.is_empty() { String::new() } else { format!(",\"{data}\"") };
    Command::new(format!("AT+CRSM={command},{file},{p1},{p2},{p3}{data}"), CARD)
}

/// What the card answered: status words and data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardAnswer {
    /// Status word 1.
    pub sw1: u8,
    /// Status word 2.
    pub sw2: u8,
    /// Data, upper-case hexadecimal; empty where there is none.
    pub data: String,
}

/// Reads `+CRSM: <sw1>,<sw2>[,<response>]`, quoted or not.
///
/// # Errors
/// [`AtError::Malformed`] when a status word is missing.
pub fn card_answer(answer: &Answer) -> Result<CardAnswer, AtError> {
    const FORM: &str = "+CRSM: <sw1>,<sw2>[,<response>]";
    let fields = fields(answer.parameters("+CRSM", FORM)?);
    let number = |index: usize| fields.get(index).and_then(|field| field.trim().parse::<u8>().ok());
    let (sw1, sw2) = number(0).zip(number(1)).ok_or_else(|| answer.malformed(FORM))?;
    Ok(CardAnswer { sw1, sw2, data: fields.get(2).map(|data| data.to_uppercase()).unwrap_or_default() })
}

/// Passes a whole command to the card (`+CSIM`, TS 27.007 clause 8.17); `apdu` in hexadecimal digits.
#[must_use]
pub fn generic_access(apdu: &str) -> Command {
    Command::new(format!("AT+CSIM={},\"{apdu}\"", apdu.len()), CARD)
}

/// The card's response with what the modem said of its length, which on some modules is wrong (trap 17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardResponse {
    /// Data and status words.
    pub octets: Vec<u8>,
    /// Whether the length in front of it is that of the digits.
    pub length_is_right: bool,
}

/// Reads `+CSIM: <length>,<response>`, with both quotes, one or none.
///
/// # Errors
/// [`AtError::Malformed`] when the response is not made of octets or has no status words.
pub fn card_response(answer: &Answer) -> Result<CardResponse, AtError> {
    const FORM: &str = "+CSIM: <length>,\"<response with its status words>\"";
    let parameters = answer.parameters("+CSIM", FORM)?;
    let (length, digits) = parameters.split_once(',').ok_or_else(|| answer.malformed(FORM))?;
    let digits = digits.trim().trim_matches('"');
    let octets = hex::decode(digits).ok().filter(|octets| octets.len() >= 2);
    Ok(CardResponse {
        octets: octets.ok_or_else(|| answer.malformed(FORM))?,
        length_is_right: length.trim().parse() == Ok(digits.len()),
    })
}

/// Reads the card's identity from the answer to any of the vendors' commands, without the filler of its last half octet
/// (trap 24).
///
/// # Errors
/// [`AtError::Malformed`] when there is no line with 18 to 20 digits.
pub fn card_identity(answer: &Answer) -> Result<String, AtError> {
    let identity = |line: &String| {
        let digits = line.rsplit(':').next().unwrap_or(line).trim().trim_matches('"');
        let digits = digits.trim_end_matches(['F', 'f']);
        let right = (18..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| digits.to_owned())
    };
    match answer.lines.as_slice() {
        [line] => identity(line).ok_or_else(|| answer.malformed("a card identity of 18 to 20 digits")),
        [] | [_, _, ..] => Err(answer.malformed("one line with a card identity")),
    }
}

/// Asks for the IMSI.
#[must_use]
pub fn read_imsi() -> Command {
    Command::new("AT+CIMI", CARD)
}

/// Reads the one information line of an identification command such as `+CIMI`, `+CGSN` or `+CGMM`.
///
/// # Errors
/// [`AtError::Malformed`] when there is no line or more than one.
pub fn single_line(answer: &Answer) -> Result<String, AtError> {
    match answer.lines.as_slice() {
        [line] => Ok(line.clone()),
        [] | [_, _, ..] => Err(answer.malformed("one line of information text")),
    }
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
    fn a_card_answer_is_read_quoted_or_not() {
        for line in ["+CRSM: 144,0,\"0054FF\"", "+CRSM: 144, 0,0054ff"] {
            let seen = card_answer(&answer(&[line])).unwrap();
            assert_eq!((seen.sw1, seen.sw2, seen.data.as_str()), (144, 0, "0054FF"), "{line}");
        }
        assert!(card_answer(&answer(&["+CRSM: 300,0"])).is_err());
    }

    #[test]
    fn attempts_are_found_by_their_code() {
        let answer = answer(&["+CPINR: SIM PIN,3,3", "+CPINR: SIM PIN2,2,3"]);
        assert_eq!(attempts(&answer, "SIM PIN2").unwrap(), 2);
        assert!(attempts(&answer, "SIM PUK").is_err());
    }

    #[test]
    fn an_eight_zero_pin2_keeps_its_zeros() {
        assert_eq!(set_lock("FD", true, "00000000").line, "AT+CLCK=\"FD\",1,\"00000000\"");
        assert_eq!(write_phone_book(None, "+336", "A").line, "AT+CPBW=,\"+336\",145,\"A\"");
    }
}
