//! The clock and the time zone (TS 27.007 8.15, 8.40, 8.41).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::settings::{Field, Setting};
use super::{Entry, Test, free};
use wire::at::command::Form;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CCLK", Test::Bare, Modem::clock),
    free("+CTZU", Test::Own, Modem::time_zone_update),
    free("+CTZR", Test::Own, Modem::time_zone_reporting),
];

/// Whether the clock follows the network.
pub(super) const UPDATE: Setting =
    Setting { name: "+CTZU", fields: &[Field { allowed: &[0..=1], factory: 0 }] };

/// How a change of the time zone is reported.
pub(super) const REPORTING: Setting =
    Setting { name: "+CTZR", fields: &[Field { allowed: &[0..=3], factory: 0 }] };

/// The clock as it was set: how far it is ahead of the calendar, and its zone in quarters of an hour.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::modem) struct ClockSetting {
    pub(super) ahead_by_seconds: i64,
    pub(super) quarter_hours: i8,
}

impl Modem {
    pub(super) fn clock(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let text = self.local_time(now);
                self.information(&format!("+CCLK: \"{text}\""));
            }
            Form::Set(list) => self.set_clock(now, list.required_text(0)?)?,
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// `yy/MM/dd,hh:mm:ss±zz`.
    fn local_time(&self, now: Instant) -> String {
        let clock = self.flash.clock;
        let ahead = jiff::SignedDuration::from_secs(clock.ahead_by_seconds);
        let utc = self.calendar.timestamp(now).checked_add(ahead).unwrap_or(jiff::Timestamp::MAX);
        let local = zone(clock.quarter_hours).unwrap_or(jiff::tz::Offset::UTC).to_datetime(utc);
        format!("{}{:+03}", local.strftime("%y/%m/%d,%H:%M:%S"), clock.quarter_hours)
    }

    fn set_clock(&mut self, now: Instant, text: &str) -> Result<(), Refusal> {
        let (utc, quarter_hours) = parse_clock(text).ok_or(Refusal::Parameter)?;
        let ahead_by_seconds = utc.as_second().saturating_sub(self.calendar.timestamp(now).as_second());
        self.flash.clock = ClockSetting { ahead_by_seconds, quarter_hours };
        Ok(())
    }

    pub(super) fn time_zone_update(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&UPDATE, form)
    }

    pub(super) fn time_zone_reporting(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&REPORTING, form)
    }
}

pub(super) fn zone(quarter_hours: i8) -> Option<jiff::tz::Offset> {
    jiff::tz::Offset::from_seconds(i32::from(quarter_hours) * 900).ok()
}

/// `yy/MM/dd,hh:mm:ss±zz`, zone in quarters of an hour; the UTC time and the zone.
pub(super) fn parse_clock(text: &str) -> Option<(jiff::Timestamp, i8)> {
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
    Some((zone(quarters)?.to_timestamp(local).ok()?, quarters))
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
