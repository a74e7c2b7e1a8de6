//! Which family a module is of, and the commands that differ between families.
//!
//! The driver asks who is there (TS 27.007 5.1 to 5.3, V.250 6.1.3) and takes every command that the standards leave to
//! the maker from the row of that family (`wire::dialect`). A module of no known family is spoken to with the standards'
//! commands alone, and that is told.

use super::sim;
use crate::at::{Answer, AtError, Command};
use std::collections::BTreeMap;
use std::fmt;
use wire::at::error::CmeError;
use wire::at::response::{name, parameters};
use wire::cause::EsmCause;
use wire::dialect::{self, Attempts, Dialect, Does, Iccid, Query, When, template};
use wire::time::Duration;

const LOCAL: Duration = Duration::from_secs(5);
const CARD: Duration = Duration::from_secs(15);
/// Signing off from the network takes its time.
const SIGN_OFF: Duration = Duration::from_secs(60);

/// Who a module says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleIdentity {
    /// Its maker, as it says.
    pub manufacturer: String,
    /// Its model, as it says.
    pub model: String,
    /// Its firmware, as it says.
    pub revision: String,
    /// Its family, or plain 3GPP where none is recognised.
    pub dialect: &'static Dialect,
    /// Whether the family was recognised.
    pub recognised: bool,
}

impl fmt::Display for ModuleIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [&self.manufacturer, &self.model, &self.revision];
        let words: Vec<&str> =
            words.into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        let said = if words.is_empty() {
            "a module that says nothing of itself".to_owned()
        } else {
            words.join(" ")
        };
        if self.recognised {
            write!(f, "{said}, family {}", self.dialect.name)
        } else {
            write!(f, "{said}, of no known family: spoken to as {}", self.dialect.name)
        }
    }
}

/// The questions that identify a module, in the order in which [`identity`] takes their answers.
#[must_use]
pub fn questions() -> [Command; 4] {
    ["AT+CGMI", "AT+CGMM", "AT+CGMR", "ATI"].map(|line| Command::new(line, LOCAL))
}

/// The text of an identification answer: without the command's name, quotes and what other lines say.
fn said(answer: Option<&Answer>) -> String {
    let line = answer.filter(|answer| answer.result.is_success()).and_then(|answer| answer.lines.first());
    let line = line.map_or("", String::as_str);
    let text = if line.starts_with('+') { parameters(line) } else { line };
    text.trim().trim_matches('"').trim().to_owned()
}

/// A field of `ATI`, labelled or by its place.
fn from_card(card: Option<&Answer>, label: &str, place: usize) -> String {
    let lines = card.filter(|answer| answer.result.is_success()).map_or(&[][..], |answer| &answer.lines);
    let labelled =
        lines.iter().find(|line| name(line).trim().eq_ignore_ascii_case(label)).map(|line| parameters(line));
    let placed = || lines.get(place).map(String::as_str).filter(|line| !line.contains(':'));
    labelled.or_else(placed).unwrap_or_default().trim().to_owned()
}

/// Who answered the [`questions`]; an answer may be missing or a refusal.
#[must_use]
pub fn identity(answers: &[Option<Answer>; 4]) -> ModuleIdentity {
    let [manufacturer, model, revision, card] = answers.each_ref().map(Option::as_ref);
    let or_card = |answer: Option<&Answer>, label: &str, place: usize| {
        Some(said(answer)).filter(|text| !text.is_empty()).unwrap_or_else(|| from_card(card, label, place))
    };
    let manufacturer = or_card(manufacturer, "Manufacturer", 0);
    let model = or_card(model, "Model", 1);
    let revision = or_card(revision, "Revision", 2);
    let found = dialect::recognised(&manufacturer, &model);
    ModuleIdentity {
        dialect: found.unwrap_or(&dialect::plain::DIALECT),
        recognised: found.is_some(),
        manufacturer,
        model,
        revision,
    }
}

/// Asks for the identity of the card.
#[must_use]
pub fn read_iccid(dialect: &Dialect) -> Command {
    match &dialect.iccid {
        // EF_ICCID (TS 31.102 4.2, TS 102 221 13.2).
        Iccid::File => sim::restricted_access(176, 12_258, 0, 0, 10, ""),
        Iccid::Query(query) => Command::new(query.line(), CARD),
    }
}

/// Reads the identity of the card: 19 or 20 digits, without the filler.
///
/// # Errors
/// [`AtError::Malformed`] when the answer has another form than the family's.
pub fn iccid(dialect: &Dialect, answer: &Answer) -> Result<String, AtError> {
    const FORM: &str = "a card identity of 18 to 20 digits";
    let digits = match &dialect.iccid {
        Iccid::File => {
            let data = sim::card_answer(answer)?.data;
            let mut digits = String::with_capacity(data.len());
            for octet in data.as_bytes().chunks(2) {
                digits.extend(octet.iter().rev().copied().map(char::from));
            }
            digits
        }
        Iccid::Query(query) => {
            let values = values(query, answer).ok_or_else(|| answer.malformed(FORM))?;
            values.1.into_values().next().unwrap_or_default()
        }
    };
    let digits = digits.trim_end_matches(['F', 'f']);
    let well_formed = (18..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { Ok(digits.to_owned()) } else { Err(answer.malformed(FORM)) }
}

/// Asks for the remaining attempts of `code` (`SIM PIN`, `SIM PUK`, `SIM PIN2`, `SIM PUK2`).
#[must_use]
pub fn read_attempts(dialect: &Dialect, code: &str) -> Command {
    match attempts_row(dialect, code) {
        Some((query, _)) => Command::new(query.line(), CARD),
        None => sim::read_attempts(),
    }
}

/// Reads the remaining attempts of `code`.
///
/// # Errors
/// [`AtError::Malformed`] when the answer has another form than the family's.
pub fn attempts(dialect: &Dialect, code: &str, answer: &Answer) -> Result<u8, AtError> {
    let Some((query, value)) = attempts_row(dialect, code) else { return sim::attempts(answer, code) };
    let number = values(query, answer).and_then(|(_, values)| values.get(value)?.parse().ok());
    number.ok_or_else(|| answer.malformed("the remaining attempts in the form of the family"))
}

fn attempts_row(dialect: &Dialect, code: &str) -> Option<(&'static Query, &'static str)> {
    match dialect.attempts {
        Attempts::Standard => None,
        Attempts::Queries(rows) => {
            rows.iter().find(|row| row.0 == code).map(|(_, query, value)| (query, *value))
        }
    }
}

/// Switches the module off by its own command; `None` for a family that has none.
#[must_use]
pub fn switch_off(dialect: &Dialect) -> Option<Command> {
    let order = dialect.orders.iter().find(|order| order.does == Does::SwitchOff)?;
    Some(Command::new(order.line(), SIGN_OFF))
}

/// Starts the module anew by its own command; `None` for a family that has none.
#[must_use]
pub fn restart(dialect: &Dialect) -> Option<Command> {
    let order = dialect.orders.iter().find(|order| order.does != Does::SwitchOff)?;
    Some(Command::new(order.line(), SIGN_OFF))
}

/// Whether the family refuses `command` with plain `ERROR`, so that the cause has to be asked for with `+CEER`.
#[must_use]
pub fn hides_cause_of(dialect: &Dialect, command: &str) -> bool {
    dialect.plain_errors.contains(&command)
}

/// The `+CME ERROR` that stands for the session management cause of this name, where it is the name of one.
#[must_use]
pub fn session_error(cause: &str) -> Option<CmeError> {
    EsmCause::named(cause).map(CmeError::from_esm)
}

/// Asks for the serving cell; `None` for a family that has no command for it.
#[must_use]
pub fn read_radio(dialect: &Dialect) -> Option<Command> {
    dialect.radio.as_ref().map(|query| Command::new(query.line(), LOCAL))
}

/// The serving cell as a module tells it. What the family does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServingCell {
    /// Digits of the network.
    pub plmn: Option<String>,
    /// Area code.
    pub tac: Option<u32>,
    /// Cell identity.
    pub cell: Option<u32>,
    /// Channel number.
    pub earfcn: Option<u32>,
    /// Band.
    pub band: Option<u32>,
    /// Reference signal received power, dBm.
    pub rsrp: Option<i32>,
    /// Reference signal received quality, dB.
    pub rsrq: Option<i32>,
    /// Received signal strength, dBm.
    pub rssi: Option<i32>,
}

/// Reads the serving cell; `None` without service.
///
/// # Errors
/// [`AtError::Malformed`] when the answer has none of the forms of the family.
pub fn serving_cell(dialect: &Dialect, answer: &Answer) -> Result<Option<ServingCell>, AtError> {
    const FORM: &str = "the serving cell in the form of the family";
    let query = dialect.radio.as_ref().ok_or_else(|| answer.malformed(FORM))?;
    let (when, values) = values(query, answer).ok_or_else(|| answer.malformed(FORM))?;
    if !matches!(when, When::On(_)) {
        return Ok(None);
    }
    let text = |names: &[&str]| names.iter().find_map(|name| values.get(name)).cloned();
    let hex = |names: &[&str]| u32::from_str_radix(&text(names)?, 16).ok();
    let number = |name: &str| values.get(name)?.parse::<i32>().ok();
    let level = |plain: &str, tenths: &str| number(plain).or_else(|| Some(number(tenths)? / 10));
    let unsigned = |name: &str| values.get(name)?.parse::<u32>().ok();
    let joined = || Some(format!("{}{}", values.get("mcc")?, values.get("mnc")?));
    let separated = || text(&["plmn_dashed", "plmn_spaced"]).map(|text| text.replace(['-', ' '], ""));
    Ok(Some(ServingCell {
        plmn: text(&["plmn"]).or_else(separated).or_else(joined),
        tac: hex(&["tac", "tac_lower"]).or_else(|| unsigned("tac_decimal")),
        cell: hex(&["cell", "cell_upper", "cell_lower"]).or_else(|| unsigned("cell_decimal")),
        earfcn: unsigned("earfcn"),
        band: unsigned("band"),
        rsrp: level("rsrp", "rsrp_tenths").or_else(|| Some(number("rsrp_index")? - 141)),
        rsrq: level("rsrq", "rsrq_tenths").or_else(|| Some((number("rsrq_index")? - 40) / 2)),
        rssi: level("rssi", "rssi_tenths"),
    }))
}

/// The values of an answer and the condition of the reply that it is; the first reply whose lines all fit.
fn values(query: &Query, answer: &Answer) -> Option<(When, BTreeMap<&'static str, String>)> {
    query.replies.iter().find_map(|reply| {
        if reply.lines.len() != answer.lines.len() {
            return None;
        }
        let mut all = BTreeMap::new();
        for (line, said) in reply.lines.iter().zip(&answer.lines) {
            all.extend(template::read(line, said)?);
        }
        Some((reply.when, all))
    })
}

#[cfg(test)]
mod tests;
