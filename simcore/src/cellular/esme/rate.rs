//! How many messages an ESME may submit in a second: an allowance that grows with time and is spent by messages.

use wire::time::Instant;

/// One message, in the unit of the allowance.
const MESSAGE: u64 = 1_000_000;

/// What may be submitted at once: at most one second's worth.
#[derive(Debug)]
pub(super) struct Allowance {
    rate: u64,
    left: u64,
    at: Instant,
}

impl Allowance {
    pub(super) fn new(rate: u32) -> Self {
        let rate = u64::from(rate);
        Self { rate, left: rate * MESSAGE, at: Instant::ZERO }
    }

    /// Spends one message; `false`, and nothing spent, where there is none left.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let passed = now.as_micros().saturating_sub(self.at.as_micros());
        self.at = now;
        self.left = passed.saturating_mul(self.rate).saturating_add(self.left).min(self.rate * MESSAGE);
        let enough = self.left >= MESSAGE;
        if enough {
            self.left -= MESSAGE;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::time::Duration;

    #[test]
    fn a_second_gives_the_rate_and_no_more_is_saved() {
        let mut allowance = Allowance::new(3);
        let burst = |allowance: &mut Allowance, at| (0..10).filter(|_| allowance.spend(at)).count();
        let start = Instant::ZERO + Duration::from_secs(5);
        assert_eq!(burst(&mut allowance, start), 3);
        assert_eq!(burst(&mut allowance, start + Duration::from_millis(999)), 2);
        assert_eq!(burst(&mut allowance, start + Duration::from_millis(1001)), 1);
        assert_eq!(burst(&mut allowance, start + Duration::from_secs(60)), 3);
    }
}
