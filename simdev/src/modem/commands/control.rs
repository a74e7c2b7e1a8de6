//! Control of the modem itself (TS 27.007 clauses 8 and 9).

use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::profile::{CharacterSet, ErrorFormat};
use super::super::{ClockSetting, Functionality, Modem};
use super::{Entry, Test, action, free, setting};
use wire::at::command::Form;
use wire::sms::Timestamp;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CMEE", Test::Text("(0-2)"), Modem::error_format),
    free("+CEER", Test::Bare, Modem::extended_error),
    free("+CSCS", Test::Own, Modem::character_set),
    free("+CFUN", Test::Text("(0,1,4),(0,1)"), Modem::functionality),
    free("+CPAS", Test::Text("(0,3,4)"), Modem::activity),
    free("+CCLK", Test::Bare, Modem::clock),
    free("+CPOF", Test::Bare, Modem::switch_off),
    free("+QPOWD", Test::Text("(0,1)"), Modem::switch_off),
    free("+IPR", Test::Text("(0,9600,115200)"), Modem::port_speed),
    free("+IFC", Test::Text("(0,2),(0,2)"), Modem::flow_control),
    free("+ICF", Test::Text("(3),(3)"), Modem::framing),
];

impl Modem {
    pub(super) fn error_format(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = match self.profile.errors {
            ErrorFormat::Plain => 0,
            ErrorFormat::Number => 1,
            ErrorFormat::Text => 2,
        };
        match setting(self, form, "+CMEE", current, 0..=2)? {
            Some(0) => self.profile.errors = ErrorFormat::Plain,
            Some(1) => self.profile.errors = ErrorFormat::Number,
            Some(_) => self.profile.errors = ErrorFormat::Text,
            None => {}
        }
        Ok(Flow::Done)
    }

    pub(super) fn extended_error(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let text = match self.mobile.last_failure() {
            Some(name) => capitalised(name),
            None => "No cause information available".to_owned(),
        };
        self.information(&format!("+CEER: {text}"));
        Ok(Flow::Done)
    }

    pub(super) fn character_set(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                let names: Vec<String> =
                    CharacterSet::ALL.iter().map(|set| format!("\"{}\"", set.name())).collect();
                self.information(&format!("+CSCS: ({})", names.join(",")));
            }
            Form::Read => {
                let name = self.profile.character_set.name();
                self.information(&format!("+CSCS: \"{name}\""));
            }
            Form::Set(list) => {
                let name = list.required_text(0)?;
                let set = CharacterSet::ALL.iter().find(|set| set.name().eq_ignore_ascii_case(name));
                self.profile.character_set = *set.ok_or(Refusal::Parameter)?;
            }
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn functionality(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let number = match self.local.functionality {
                    Functionality::Minimum => 0,
                    Functionality::Full => 1,
                    Functionality::Flight => 4,
                };
                self.information(&format!("+CFUN: {number}"));
                Ok(Flow::Done)
            }
            Form::Set(list) => {
                let functionality = match list.required_number(0)? {
                    0 => Functionality::Minimum,
                    1 => Functionality::Full,
                    4 => Functionality::Flight,
                    _ => return Err(Refusal::Parameter),
                };
                let reset = match list.number(1)?.unwrap_or(0) {
                    0 => false,
                    1 => true,
                    _ => return Err(Refusal::Parameter),
                };
                self.local.functionality = functionality;
                if reset {
                    return Ok(Flow::Restart);
                }
                self.mobile.set_radio(now, functionality == Functionality::Full);
                Ok(Flow::Done)
            }
            Form::Action | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    pub(super) fn activity(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let ringing = self.next_ring.is_some();
        let activity = match self.mobile.call() {
            Some(_) if ringing => 3,
            Some(_) => 4,
            None => 0,
        };
        self.information(&format!("+CPAS: {activity}"));
        Ok(Flow::Done)
    }

    pub(super) fn clock(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let text = self.local_time(now).to_string();
                self.information(&format!("+CCLK: \"{text}\""));
            }
            Form::Set(list) => self.set_clock(now, list.required_text(0)?)?,
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    fn local_time(&self, now: Instant) -> Timestamp {
        let clock = self.local.clock;
        let ahead = jiff::SignedDuration::from_secs(clock.ahead_by_seconds);
        let utc = self.calendar.timestamp(now).checked_add(ahead).unwrap_or(jiff::Timestamp::MAX);
        Timestamp::from_utc(utc, clock.quarter_hours)
    }

    fn set_clock(&mut self, now: Instant, text: &str) -> Result<(), Refusal> {
        let (utc, quarter_hours) = parse_clock(text).ok_or(Refusal::Parameter)?;
        let ahead_by_seconds = utc.as_second().saturating_sub(self.calendar.timestamp(now).as_second());
        self.local.clock = ClockSetting { ahead_by_seconds, quarter_hours };
        Ok(())
    }

    pub(super) fn switch_off(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Action => Ok(Flow::PowerDown),
            Form::Set(list) if matches!(list.required_number(0)?, 0 | 1) => Ok(Flow::PowerDown),
            Form::Set(_) => Err(Refusal::Parameter),
            Form::Read | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    /// The cable of the lab has the speed; the modem adapts to it.
    pub(super) fn port_speed(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => self.information("+IPR: 0"),
            Form::Set(list) if matches!(list.required_number(0)?, 0 | 9600 | 115_200) => {}
            Form::Set(_) => return Err(Refusal::Parameter),
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn flow_control(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.accept_pair(form, "+IFC: 0,0", &[0, 2])
    }

    pub(super) fn framing(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.accept_pair(form, "+ICF: 3,3", &[3])
    }

    /// A pair of numbers that the line of the lab does not need.
    fn accept_pair(&mut self, form: &Form, shown: &str, allowed: &[u32]) -> Outcome {
        match form {
            Form::Read => self.information(shown),
            Form::Set(list) => {
                let first = list.required_number(0)?;
                let second = list.number(1)?.unwrap_or(first);
                if !(allowed.contains(&first) && allowed.contains(&second)) {
                    return Err(Refusal::Parameter);
                }
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `yy/MM/dd,hh:mm:ss±zz`, zone in quarters of an hour; the UTC time and the zone.
fn parse_clock(text: &str) -> Option<(jiff::Timestamp, i8)> {
    // A number would take a sign of its own.
    let digits = |at: usize| text.get(at..at + 2).filter(|two| two.bytes().all(|byte| byte.is_ascii_digit()));
    let sign = text.get(17..18)?;
    let quarters: i8 = digits(18).filter(|_| text.len() == 20)?.parse().ok()?;
    let quarters = match sign {
        "+" => quarters,
        "-" => -quarters,
        _ => return None,
    };
    let field = |at: usize| digits(at)?.parse::<i8>().ok();
    let separators = [(2, "/"), (5, "/"), (8, ","), (11, ":"), (14, ":")];
    if separators.iter().any(|(at, wanted)| text.get(*at..at + 1) != Some(*wanted)) || quarters.abs() > 96 {
        return None;
    }
    let year = 2000 + i16::from(field(0)?);
    let local =
        jiff::civil::DateTime::new(year, field(3)?, field(6)?, field(9)?, field(12)?, field(15)?, 0).ok()?;
    let offset = jiff::tz::Offset::from_seconds(i32::from(quarters) * 900).ok()?;
    Some((offset.to_timestamp(local).ok()?, quarters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_takes_local_time_with_its_zone() {
        let (utc, quarters) = parse_clock("26/03/14,09:26:53+08").unwrap();
        assert_eq!((utc.to_string().as_str(), quarters), ("2026-03-14T07:26:53Z", 8));
        for wrong in [
            "",
            "26/03/14,09:26:53",
            "26/13/14,09:26:53+08",
            "26-03-14,09:26:53+08",
            "26/03/14,09:26:53+99",
            "26/03/14,+9:26:53+08",
            "26/03/14,09:26:53+-8",
            "é",
        ] {
            assert!(parse_clock(wrong).is_none(), "{wrong}");
        }
    }
}
