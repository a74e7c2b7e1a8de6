//! When a node may transmit again (LoRaWAN 1.0.2 clause 7, Regional Parameters 1.0.2rB).
//!
//! After a transmission the band is closed for `time on air * (1 / duty - 1)`; so is the channel with its own share, and
//! everything after a DutyCycleReq. Join-requests have a budget of time on air besides: 36 s in the first hour after
//! power-up, 36 s in the ten hours after it, then 8.7 s in every 24 hours. What was sent before power-up is forgotten.
//! From the end of RX2 to the next join-request goes a time by chance, up to a hundred times its time on air beyond the duty
//! cycle: the text asks for a random interval and says nothing of its length.

use super::channels::Channel;
use wire::lorawan::Region;
use wire::seed::Rng;
use wire::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
const JOIN_BUDGET_FIRST: Duration = Duration::from_secs(36);
const JOIN_BUDGET_PER_DAY: Duration = Duration::from_millis(8700);
/// The longest random pause, in times on air.
const PAUSE_SHARE: u32 = 100;

/// The moments from which bands and channels are free.
#[derive(Clone, Debug)]
pub(super) struct DutyCycle {
    region: &'static Region,
    bands: Vec<Instant>,
    channels: Vec<Instant>,
    everything: Instant,
}

impl DutyCycle {
    pub(super) fn new(region: &'static Region) -> Self {
        let bands = vec![Instant::ZERO; region.sub_bands.len()];
        let channels = vec![Instant::ZERO; region.max_channels];
        Self { region, bands, channels, everything: Instant::ZERO }
    }

    pub(super) fn free_at(&self, index: usize, channel: &Channel) -> Instant {
        let band = self.region.sub_band_index(channel.frequency).and_then(|band| self.bands.get(band));
        let own = self.channels.get(index);
        self.everything.max(band.copied().unwrap_or_default()).max(own.copied().unwrap_or_default())
    }

    /// From when the network's own limit lets it send, whatever the law says of bands and channels.
    pub(super) const fn all_free_at(&self) -> Instant {
        self.everything
    }

    /// Closes band and channel, and everything when `max_duty_cycle` is not zero (1 / 2^n of the time).
    pub(super) fn record(
        &mut self,
        ended: Instant,
        on_air: Duration,
        (index, channel): (usize, &Channel),
        max_duty_cycle: u8,
    ) {
        if let Some(band) = self.region.sub_band_index(channel.frequency)
            && let (Some(free_at), Some(limits)) = (self.bands.get_mut(band), self.region.sub_bands.get(band))
        {
            let per_mille = u32::from(limits.duty_per_mille.max(1));
            *free_at = ended + on_air * (1000 - per_mille.min(1000)) / per_mille;
        }
        if let Some(free_at) = self.channels.get_mut(index) {
            *free_at = ended + on_air * u32::from(channel.duty_divider);
        }
        self.everything = ended + on_air * ((1 << max_duty_cycle.min(15)) - 1);
    }
}

/// The time on air that join-requests have used in the current span.
#[derive(Clone, Debug)]
pub(super) struct JoinBudget {
    powered: Instant,
    span: u64,
    used: Duration,
}

impl JoinBudget {
    pub(super) const fn new(powered: Instant) -> Self {
        Self { powered, span: 0, used: Duration::ZERO }
    }

    pub(super) fn allows(&self, now: Instant, on_air: Duration) -> bool {
        let (span, budget) = self.span_at(now);
        let used = if span == self.span { self.used } else { Duration::ZERO };
        used + on_air <= budget
    }

    /// When a request of this length may be sent: now, or when the next span begins.
    pub(super) fn free_at(&self, now: Instant, on_air: Duration) -> Instant {
        if self.allows(now, on_air) {
            return now;
        }
        let (span, _) = self.span_at(now);
        self.powered
            + match u32::try_from(span).unwrap_or(u32::MAX) {
                0 => HOUR,
                1 => HOUR * 11,
                later => HOUR * 11 + HOUR * 24 * (later - 1),
            }
    }

    pub(super) fn record(&mut self, now: Instant, on_air: Duration) {
        let (span, _) = self.span_at(now);
        if span != self.span {
            self.span = span;
            self.used = Duration::ZERO;
        }
        self.used += on_air;
    }

    fn span_at(&self, now: Instant) -> (u64, Duration) {
        let up = now.since(self.powered);
        if up < HOUR {
            (0, JOIN_BUDGET_FIRST)
        } else if up < HOUR * 11 {
            (1, JOIN_BUDGET_FIRST)
        } else {
            (2 + (up - HOUR * 11).as_secs() / (24 * 3600), JOIN_BUDGET_PER_DAY)
        }
    }
}

/// The random time before a join-request is sent again.
#[derive(Clone, Copy, Debug)]
pub(super) struct JoinPause {
    from: Instant,
    longest: Duration,
}

impl JoinPause {
    /// Counted from `from`, for a request that was or will be `on_air` so long.
    pub(super) fn new(from: Instant, on_air: Duration) -> Self {
        Self { from, longest: on_air * PAUSE_SHARE }
    }

    /// When it is over.
    pub(super) fn drawn(self, rng: &mut Rng) -> Instant {
        let longest = u64::try_from(self.longest.as_micros()).unwrap_or(u64::MAX);
        self.from + Duration::from_micros(rng.between(0, longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Hertz;
    use wire::lorawan::eu868::REGION;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn a_band_of_one_per_cent_is_closed_for_99_times_the_time_on_air() {
        let mut duty = DutyCycle::new(&REGION);
        let channel =
            |frequency| Channel { duty_divider: 9, ..Channel::new(&REGION, Hertz(frequency), true) };
        duty.record(at(10), Duration::from_secs(1), (0, &channel(868_100_000)), 0);
        assert_eq!(duty.free_at(1, &channel(868_300_000)), at(10 + 99));
        assert_eq!(duty.free_at(3, &channel(867_100_000)), at(10), "another band");
        duty.record(at(10), Duration::from_secs(1), (4, &channel(869_525_000)), 0);
        assert_eq!(duty.free_at(4, &channel(869_525_000)), at(10 + 9), "ten per cent");
    }

    #[test]
    fn a_channel_has_its_own_share_and_the_network_can_limit_everything() {
        let mut duty = DutyCycle::new(&REGION);
        let channel = Channel { duty_divider: 302, ..Channel::new(&REGION, Hertz(868_100_000), true) };
        duty.record(at(0), Duration::from_secs(1), (0, &channel), 7);
        assert_eq!(duty.free_at(0, &channel), at(302));
        assert_eq!(duty.free_at(3, &Channel::new(&REGION, Hertz(867_100_000), true)), at(127));
    }

    #[test]
    fn join_requests_get_36_seconds_then_36_then_8_7_a_day() {
        let mut budget = JoinBudget::new(at(100));
        let second = Duration::from_secs(1);
        let mut sent = [0; 3];
        let mut free_at = at(100);
        for step in 0..(11 + 48) * 3600 {
            let now = at(100 + step);
            assert_eq!(budget.allows(now, second), free_at <= now);
            if budget.allows(now, second) {
                budget.record(now, second);
                let span = if step < 3600 {
                    0
                } else if step < 11 * 3600 {
                    1
                } else {
                    2
                };
                sent[span] += 1;
            }
            free_at = budget.free_at(now, second);
        }
        assert_eq!(sent, [36, 36, 16], "two days of eight whole seconds each");
    }
}
