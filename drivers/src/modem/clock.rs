//! The modem's clock (TS 27.007 clause 8.15).

use crate::at::{Answer, AtError, Command};
use wire::time::Duration;

/// What the clock shows, as it shows it: whether that is local time or UTC is the module's own affair (trap 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Year of this century, month, day.
    pub date: [u8; 3],
    /// Hour, minute, second.
    pub time: [u8; 3],
    /// Time zone in quarters of an hour, where one is shown.
    pub quarter_hours: Option<i8>,
}

/// Asks for the clock.
#[must_use]
pub fn read() -> Command {
    Command::new("AT+CCLK?", Duration::from_secs(5))
}

/// Reads `+CCLK: "yy/MM/dd,hh:mm:ss±zz"`, with quotes or without, with a zone or without.
///
/// # Errors
/// [`AtError::Malformed`] when a field is missing or beyond its range.
pub fn clock(answer: &Answer) -> Result<Clock, AtError> {
    const FORM: &str = "+CCLK: \"yy/MM/dd,hh:mm:ss[±zz]\"";
    let text = answer.parameters("+CCLK", FORM)?.trim().trim_matches('"');
    parse(text).ok_or_else(|| answer.malformed(FORM))
}

fn parse(text: &str) -> Option<Clock> {
    let (date, rest) = text.split_once(',')?;
    let (time, zone) = rest.split_at(rest.find(['+', '-']).unwrap_or(rest.len()));
    let quarter_hours = match zone {
        "" => None,
        zone if (2..=3).contains(&zone.len()) => {
            Some(zone.parse().ok().filter(|quarters| (-96..=96).contains(quarters))?)
        }
        _ => return None,
    };
    let date = three(date, '/')?;
    let time = three(time, ':')?;
    let right = (1..=12).contains(&date[1])
        && (1..=31).contains(&date[2])
        && time[0] < 24
        && time[1] < 60
        && time[2] <= 60;
    right.then_some(Clock { date, time, quarter_hours })
}

/// Three numbers of two digits.
fn three(text: &str, separator: char) -> Option<[u8; 3]> {
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let numbers: Option<Vec<u8>> = text.split(separator).map(number).collect();
    numbers?.try_into().ok()
}
