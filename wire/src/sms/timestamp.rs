//! Time stamps of short messages: seven octets of swapped digits and a time zone in quarters of an hour.
//!
//! Spec: 3GPP TS 23.040 clause 9.2.3.11. The octets are kept as they came, so that an impossible date (all zeros is
//! common) is carried through and shown. The century is not coded; it is taken to be 20xx.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::fmt;

/// A service centre time stamp, discharge time or absolute validity period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp([u8; 7]);

impl Timestamp {
    /// The time stamp of these octets, whatever they hold.
    #[must_use]
    pub const fn from_octets(octets: [u8; 7]) -> Self {
        Self(octets)
    }

    /// A local date and time, with its distance from UTC in quarters of an hour (east positive; kept within ±79, the
    /// range of the coding).
    #[must_use]
    pub fn from_civil(local: DateTime, quarter_hours: i8) -> Self {
        let year = local.year().rem_euclid(100) as i8;
        let fields = [year, local.month(), local.day(), local.hour(), local.minute(), local.second()];
        let [year, month, day, hour, minute, second] = fields.map(|field| swapped(field.unsigned_abs()));
        let zone = swapped(quarter_hours.unsigned_abs().min(79)) | if quarter_hours < 0 { 8 } else { 0 };
        Self([year, month, day, hour, minute, second, zone])
    }

    /// A point of time as the clocks show it in the zone `quarter_hours` from UTC.
    #[must_use]
    pub fn from_utc(utc: jiff::Timestamp, quarter_hours: i8) -> Self {
        let quarter_hours = quarter_hours.clamp(-79, 79);
        let offset = Offset::from_seconds(i32::from(quarter_hours) * 900).unwrap_or(Offset::UTC);
        Self::from_civil(offset.to_datetime(utc), quarter_hours)
    }

    /// The seven octets.
    #[must_use]
    pub const fn octets(self) -> [u8; 7] {
        self.0
    }

    /// The local date and time and the distance from UTC in quarters of an hour; `None` for an impossible date.
    #[must_use]
    pub fn civil(self) -> Option<(DateTime, i8)> {
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = 2000 + i16::from(digits(year)?);
        let local = DateTime::new(
            year,
            digits(month)?,
            digits(day)?,
            digits(hour)?,
            digits(minute)?,
            digits(second)?,
            0,
        );
        let quarters = digits(zone & !8)?;
        Some((local.ok()?, if zone & 8 == 0 { quarters } else { -quarters }))
    }

    /// The point of time; `None` for an impossible date.
    #[must_use]
    pub fn utc(self) -> Option<jiff::Timestamp> {
        let (local, quarter_hours) = self.civil()?;
        Offset::from_seconds(i32::from(quarter_hours) * 900).ok()?.to_timestamp(local).ok()
    }
}

impl fmt::Display for Timestamp {
    /// As in AT text mode (TS 27.005 clause 3.1): `26/03/14,09:26:53+08`. What is no digit shows as hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second, zone] = self.0.map(|octet| octet.rotate_left(4));
        let sign = if zone & 0x80 == 0 { '+' } else { '-' };
        let zone = zone & 0x7f;
        write!(f, "{year:02x}/{month:02x}/{day:02x},{hour:02x}:{minute:02x}:{second:02x}{sign}{zone:02x}")
    }
}

/// A number below 100 as two decimal digits, the tens in the low half.
pub(super) const fn swapped(number: u8) -> u8 {
    ((number % 10) << 4) | (number / 10 % 10)
}

/// The number of two swapped digits; `None` when either is no digit.
pub(super) fn digits(octet: u8) -> Option<i8> {
    let (tens, units) = (octet & 15, octet >> 4);
    (tens < 10 && units < 10).then_some((tens * 10 + units) as i8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use jiff::civil::date;

    /// The time stamps of the worked PDUs D1, D2, D3 and R1.
    #[test]
    fn time_stamps_have_the_octets_of_the_worked_examples_both_ways() {
        let morning = date(2026, 3, 14).at(9, 26, 53, 0);
        let rows = [
            ("D1, +02:00", morning, 8, "62304190623580", "26/03/14,09:26:53+08", "2026-03-14T07:26:53Z"),
            ("D2, +01:00", morning, 4, "62304190623540", "26/03/14,09:26:53+04", "2026-03-14T08:26:53Z"),
            ("D3, -04:00", morning, -16, "62304190623569", "26/03/14,09:26:53-16", "2026-03-14T13:26:53Z"),
            (
                "S8 validity",
                date(2026, 3, 15).at(12, 0, 0, 0),
                4,
                "62305121000040",
                "26/03/15,12:00:00+04",
                "2026-03-15T11:00:00Z",
            ),
        ];
        for (name, local, quarters, hex, shown, utc) in rows {
            let stamp = Timestamp::from_civil(local, quarters);
            assert_eq!(hex::encode(stamp.octets()), hex, "{name}");
            assert_eq!(stamp.civil(), Some((local, quarters)), "{name}");
            assert_eq!(stamp.to_string(), shown, "{name}");
            assert_eq!(stamp.utc().unwrap().to_string(), utc, "{name}");
            assert_eq!(Timestamp::from_utc(utc.parse().unwrap(), quarters), stamp, "{name}");
        }
    }

    #[test]
    fn an_impossible_date_is_carried_through_and_shown() {
        let zero = Timestamp::from_octets([0; 7]);
        assert_eq!(zero.civil(), None);
        assert_eq!(zero.utc(), None);
        assert_eq!(zero.to_string(), "00/00/00,00:00:00+00");
        assert_eq!(Timestamp::from_octets([0xff; 7]).to_string(), "ff/ff/ff,ff:ff:ff-7f");
    }

    #[test]
    fn any_octets_are_read_without_panic() {
        let mut rng = Seed(2).child("timestamp").rng();
        for _ in 0..5000 {
            let stamp = Timestamp::from_octets(rng.octets());
            let _ = stamp.to_string();
            if let Some((local, quarters)) = stamp.civil() {
                assert_eq!(Timestamp::from_civil(local, quarters).civil(), Some((local, quarters)));
                assert_eq!(Timestamp::from_utc(stamp.utc().unwrap(), quarters).utc(), stamp.utc());
            }
        }
    }
}
