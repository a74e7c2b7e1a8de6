//! The validity period of a SUBMIT: how long the service centre keeps trying.
//!
//! Spec: 3GPP TS 23.040 clause 9.2.3.12, in its relative (one octet), absolute and enhanced (seven octets each) forms.

use super::timestamp::{Timestamp, digits};
use crate::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// TP-VP in one of its three formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidityPeriod {
    /// One octet: steps of 5 minutes up to 12 hours, 30 minutes up to a day, days up to 30, weeks up to 63.
    Relative(u8),
    /// Functionality indicator and six octets that depend on it.
    Enhanced([u8; 7]),
    /// Until this point of time.
    Absolute(Timestamp),
}

impl ValidityPeriod {
    /// 24 hours, what most devices send.
    pub const RELATIVE_24H: Self = Self::Relative(0xa7);

    /// The shortest relative period that is not shorter than `span`; 63 weeks for anything longer.
    #[must_use]
    pub fn relative(span: Duration) -> Self {
        let fits = |value: &u8| Duration::from_secs(relative_seconds(*value)) >= span;
        Self::Relative((0..=u8::MAX).find(fits).unwrap_or(u8::MAX))
    }

    /// How long after its submission the message is valid.
    ///
    /// `None` when the octets name no period (enhanced format without one, reserved format, impossible date). An
    /// absolute period in the past gives zero.
    #[must_use]
    pub fn span(self, submitted: jiff::Timestamp) -> Option<Duration> {
        match self {
            Self::Relative(value) => Some(Duration::from_secs(relative_seconds(value))),
            Self::Enhanced(octets) => enhanced_seconds(octets).map(Duration::from_secs),
            Self::Absolute(until) => {
                let remaining = until.utc()?.duration_since(submitted);
                Some(Duration::try_from(remaining).unwrap_or(Duration::ZERO))
            }
        }
    }

    /// TP-VPF, two bits: 1 enhanced, 2 relative, 3 absolute.
    pub(super) const fn format(self) -> u8 {
        match self {
            Self::Enhanced(_) => 1,
            Self::Relative(_) => 2,
            Self::Absolute(_) => 3,
        }
    }

    pub(super) fn write(self, octets: &mut Vec<u8>) {
        match self {
            Self::Relative(value) => octets.push(value),
            Self::Enhanced(period) => octets.extend(period),
            Self::Absolute(until) => octets.extend(until.octets()),
        }
    }
}

/// TS 23.040 9.2.3.12.1.
fn relative_seconds(value: u8) -> u64 {
    let number = u64::from(value);
    match value {
        0..=143 => (number + 1) * 5 * MINUTE,
        144..=167 => 12 * HOUR + (number - 143) * 30 * MINUTE,
        168..=196 => (number - 166) * DAY,
        197..=255 => (number - 192) * WEEK,
    }
}

/// TS 23.040 9.2.3.12.3. An extension of the functionality indicator (bit 7) moves the period by one octet.
fn enhanced_seconds(octets: [u8; 7]) -> Option<u64> {
    let [indicator, rest @ ..] = octets;
    let period: &[u8] = if indicator & 0x80 == 0 { &rest } else { rest.get(1..)? };
    match (indicator & 7, period) {
        (1, [value, ..]) => Some(relative_seconds(*value)),
        (2, [0, ..]) => None,
        (2, [seconds, ..]) => Some(u64::from(*seconds)),
        (3, [hours, minutes, seconds, ..]) => {
            let [hours, minutes, seconds] = [digits(*hours)?, digits(*minutes)?, digits(*seconds)?];
            Some(
                u64::from(hours.unsigned_abs()) * HOUR
                    + u64::from(minutes.unsigned_abs()) * MINUTE
                    + u64::from(seconds.unsigned_abs()),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn hours(count: u64) -> Duration {
        Duration::from_secs(count * HOUR)
    }

    fn now() -> jiff::Timestamp {
        "2026-03-14T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_relative_period_follows_the_four_ranges_of_the_clause() {
        let rows = [
            (0x00, Duration::from_secs(300)),
            (143, hours(12)),
            (144, hours(12) + Duration::from_secs(1800)),
            (0xa7, hours(24)),
            (168, hours(48)),
            (0xaa, hours(4 * 24)),
            (0xc4, hours(30 * 24)),
            (197, hours(5 * 7 * 24)),
            (0xff, hours(63 * 7 * 24)),
        ];
        for (value, span) in rows {
            assert_eq!(ValidityPeriod::Relative(value).span(now()), Some(span), "{value}");
            assert_eq!(ValidityPeriod::relative(span), ValidityPeriod::Relative(value), "{value}");
        }
        assert_eq!(ValidityPeriod::relative(Duration::from_secs(301)), ValidityPeriod::Relative(1));
        assert_eq!(ValidityPeriod::relative(Duration::MAX), ValidityPeriod::Relative(255));
    }

    #[test]
    fn an_absolute_period_counts_from_the_submission() {
        let until = |text: &str| ValidityPeriod::Absolute(Timestamp::from_utc(text.parse().unwrap(), 4));
        assert_eq!(until("2026-03-14T10:00:00Z").span(now()), Some(hours(2)));
        assert_eq!(until("2026-03-13T10:00:00Z").span(now()), Some(Duration::ZERO));
        assert_eq!(ValidityPeriod::Absolute(Timestamp::from_octets([0; 7])).span(now()), None);
    }

    #[test]
    fn an_enhanced_period_follows_its_indicator() {
        let rows = [
            ("none", [0, 0xa7, 0, 0, 0, 0, 0], None),
            ("relative", [1, 0xa7, 0, 0, 0, 0, 0], Some(hours(24))),
            ("seconds", [2, 90, 0, 0, 0, 0, 0], Some(Duration::from_secs(90))),
            ("zero seconds is reserved", [2, 0, 0, 0, 0, 0, 0], None),
            ("hh:mm:ss", [3, 0x21, 0x43, 0x65, 0, 0, 0], Some(Duration::from_secs(12 * 3600 + 34 * 60 + 56))),
            ("single shot", [0x41, 0xa7, 0, 0, 0, 0, 0], Some(hours(24))),
            ("extended", [0x81, 0, 0xa7, 0, 0, 0, 0], Some(hours(24))),
            ("reserved", [5, 1, 1, 1, 1, 1, 1], None),
        ];
        for (name, octets, span) in rows {
            assert_eq!(ValidityPeriod::Enhanced(octets).span(now()), span, "{name}");
        }
    }

    #[test]
    fn any_octets_are_read_without_panic() {
        let mut rng = Seed(3).child("validity").rng();
        for _ in 0..5000 {
            let _ = ValidityPeriod::Enhanced(rng.octets()).span(now());
            let _ = ValidityPeriod::Absolute(Timestamp::from_octets(rng.octets())).span(now());
        }
    }
}
