//! Lab time and the calendar, which are never mixed.
//!
//! Units: an [`Instant`] is microseconds since the lab began; a [`Calendar`] says which civil date that beginning had.
//! Protocol code is handed an `Instant` and never asks a clock.

pub use core::time::Duration;
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A point of lab time: microseconds since the lab began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Instant(u64);

impl Instant {
    /// The moment at which the lab begins.
    pub const ZERO: Self = Self(0);

    /// The instant `micros` microseconds after the lab began.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the lab began.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds since the lab began, for printing and charts.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The time that has passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Instant {
    /// Seconds with milliseconds, as in `+32.001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}.{:03}", self.0 / 1_000_000, self.0 / 1_000 % 1_000)
    }
}

/// When a part wants to be called again, and why: a stuck run explains itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wakeup {
    /// The moment at which `handle_timeout` has something to do.
    pub at: Instant,
    /// The timer or slot that is due, in the words of the specification.
    pub why: &'static str,
}

impl Wakeup {
    /// A wake-up at `at` for the reason `why`.
    #[must_use]
    pub const fn new(at: Instant, why: &'static str) -> Self {
        Self { at, why }
    }

    /// The earlier of two optional wake-ups; the first one where both are due at once.
    #[must_use]
    pub fn earliest(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// The civil date and time at which lab time zero falls, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    start: jiff::Timestamp,
}

impl Calendar {
    /// The start of every virtual lab: 2026-03-14 08:00:00 UTC, a Saturday.
    #[must_use]
    pub fn virtual_start() -> Self {
        Self { start: jiff::Timestamp::constant(1_773_475_200, 0) }
    }

    /// A calendar whose lab time zero is `start`.
    #[must_use]
    pub const fn starting_at(start: jiff::Timestamp) -> Self {
        Self { start }
    }

    /// The UTC time stamp of a point of lab time.
    #[must_use]
    pub fn timestamp(&self, at: Instant) -> jiff::Timestamp {
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        self.start.checked_add(jiff::SignedDuration::from_micros(micros)).unwrap_or(jiff::Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_wakeup_wins_and_a_tie_goes_to_the_first() {
        let a = Wakeup::new(Instant::from_micros(5), "a");
        let b = Wakeup::new(Instant::from_micros(3), "b");
        let c = Wakeup::new(Instant::from_micros(5), "c");
        assert_eq!(Wakeup::earliest(Some(a), Some(b)), Some(b));
        assert_eq!(Wakeup::earliest(Some(a), Some(c)), Some(a));
        assert_eq!(Wakeup::earliest(None, Some(c)), Some(c));
    }

    #[test]
    fn the_virtual_calendar_starts_on_a_fixed_date() {
        let stamp = Calendar::virtual_start().timestamp(Instant::from_micros(1_500_000));
        assert_eq!(stamp.to_string(), "2026-03-14T08:00:01.5Z");
    }

    #[test]
    fn an_instant_prints_as_seconds_and_milliseconds() {
        assert_eq!(Instant::from_micros(32_001_999).to_string(), "+32.001");
    }
}
