//! How much the door does for those whom it does not serve.

use wire::time::{Duration, Instant};

/// Datagrams in a second of everybody who is not served, together.
const PER_SECOND: u32 = 20;
const SECOND: Duration = Duration::from_secs(1);

/// Counts what strangers send: so many datagrams in a second are dealt with, the others are only counted.
#[derive(Debug, Default)]
pub struct Allowance {
    began: Instant,
    used: u32,
    dropped: u64,
}

impl Allowance {
    /// Whether one more is dealt with.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        if now.since(self.began) >= SECOND {
            (self.began, self.used) = (now, 0);
        }
        let allowed = self.used < PER_SECOND;
        if allowed {
            self.used += 1;
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
        allowed
    }

    /// How many were dropped and not yet told, once the second in which they came is over.
    pub(super) fn take_dropped(&mut self, now: Instant) -> Option<u64> {
        let over = self.used < PER_SECOND || now.since(self.began) >= SECOND;
        (over && self.dropped > 0).then(|| std::mem::take(&mut self.dropped))
    }

    /// Whether there is something to tell.
    pub(super) const fn owes(&self) -> bool {
        self.dropped > 0
    }
}
