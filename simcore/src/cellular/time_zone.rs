//! The time that networks tell: zone and daylight saving time of the countries of the lab.
//!
//! A country with several zones has that of its capital. Countries whose rule changes from year to year are left out.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;

/// When clocks are an hour ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Summer {
    Never,
    /// From the last Sunday of March to the last Sunday of October, 01:00 UTC (directive 2000/84/EC).
    Europe,
    /// From the second Sunday of March to the first Sunday of November, 02:00 by the clock.
    NorthAmerica,
}

/// Country, standard time in quarters of an hour ahead of UTC, and its summer.
const COUNTRIES: &[(&str, i8, Summer)] = &[
    ("BE", 4, Summer::Europe),
    ("CH", 4, Summer::Europe),
    ("CI", 0, Summer::Never),
    ("DE", 4, Summer::Europe),
    ("ES", 4, Summer::Europe),
    ("FR", 4, Summer::Europe),
    ("GB", 0, Summer::Europe),
    ("IT", 4, Summer::Europe),
    ("LU", 4, Summer::Europe),
    ("NL", 4, Summer::Europe),
    ("PL", 4, Summer::Europe),
    ("PT", 0, Summer::Europe),
    ("RO", 8, Summer::Europe),
    ("SK", 4, Summer::Europe),
    ("TN", 4, Summer::Never),
    ("US", -20, Summer::NorthAmerica),
];

/// The zone of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    /// Ahead of UTC, daylight saving time included.
    pub(super) quarter_hours: i8,
    /// Hours.
    pub(super) daylight_saving: u8,
}

/// The zone of a country at a time.
pub(super) fn at(country: &str, time: jiff::Timestamp) -> Option<Zone> {
    let (_, standard, summer) = COUNTRIES.iter().find(|row| row.0 == country)?;
    let ahead = is_summer(*summer, *standard, time).unwrap_or(false);
    let quarter_hours = if ahead { standard + 4 } else { *standard };
    Some(Zone { quarter_hours, daylight_saving: u8::from(ahead) })
}

fn is_summer(summer: Summer, standard: i8, time: jiff::Timestamp) -> Option<bool> {
    let utc = Offset::UTC.to_datetime(time);
    let standard = Offset::from_seconds(i32::from(standard) * 900).ok()?.to_datetime(time);
    Some(match summer {
        Summer::Never => false,
        Summer::Europe => {
            let change = |month| sunday(utc.year(), month, -1).map(|date| date.at(1, 0, 0, 0));
            within(utc, change(3)?, change(10)?)
        }
        Summer::NorthAmerica => {
            let begin = sunday(standard.year(), 3, 2)?.at(2, 0, 0, 0);
            // 02:00 of summer time is 01:00 of standard time.
            let end = sunday(standard.year(), 11, 1)?.at(1, 0, 0, 0);
            within(standard, begin, end)
        }
    })
}

fn within(time: DateTime, begin: DateTime, end: DateTime) -> bool {
    begin <= time && time < end
}

/// A Sunday of a month, counted from its begin, or from its end where negative.
fn sunday(year: i16, month: i8, count: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(count, Weekday::Sunday).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The changes of 2026 as published: 29 March and 25 October in Europe, 8 March and 1 November in the United States.
    #[test]
    fn clocks_change_when_the_law_says() {
        let rows = [
            ("FR", "2026-03-29T00:59:59Z", 4, 0),
            ("FR", "2026-03-29T01:00:00Z", 8, 1),
            ("FR", "2026-10-25T00:59:59Z", 8, 1),
            ("FR", "2026-10-25T01:00:00Z", 4, 0),
            ("GB", "2026-07-01T00:00:00Z", 4, 1),
            ("US", "2026-03-08T06:59:59Z", -20, 0),
            ("US", "2026-03-08T07:00:00Z", -16, 1),
            ("US", "2026-11-01T05:59:59Z", -16, 1),
            ("US", "2026-11-01T06:00:00Z", -20, 0),
            ("TN", "2026-07-01T00:00:00Z", 4, 0),
        ];
        for (country, time, quarter_hours, daylight_saving) in rows {
            let zone = at(country, time.parse().unwrap());
            assert_eq!(zone, Some(Zone { quarter_hours, daylight_saving }), "{country} {time}");
        }
        assert_eq!(at("XX", jiff::Timestamp::UNIX_EPOCH), None);
    }
}
