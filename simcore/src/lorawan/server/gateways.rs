//! What the server knows of its gateways: which are served, when they send, and how much of their duty cycle is left.
//!
//! Times of transmissions are the gateway's own count. What is known here is what this server asked for; the gateway has
//! the last word in its TX_ACK.

use super::super::note::{DutyCycleBreach, Obstacle};
use super::config::GatewayConfig;
use super::duty::AirtimeLog;
use super::presence::Presence;
use std::collections::{BTreeMap, VecDeque};
use wire::air::lora::Hertz;
use wire::id::Eui64;
use wire::lorawan::Region;
use wire::time::{Duration, Instant};

/// Between the end of one frame and the start of the next: start delay, just-in-time delay and margin (`jitqueue.c`).
const SPACING: u32 = 42_500;
/// No window lies further ahead than RxDelay 15 and one second, and no frame is longer than three.
const REMEMBERED: Duration = Duration::from_secs(20);

/// A transmission: band, length, and the count at its start unless it is to begin at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) start: Option<u32>,
    pub(super) frequency: Hertz,
    pub(super) time_on_air: Duration,
}

/// A transmission at a known count, small because hundreds of them are gone through for each downlink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Booked {
    at: Instant,
    start: u32,
    length: u32,
}

impl Booked {
    /// None for one that is to begin at once, which the gateway's own queue puts somewhere.
    fn of(at: Instant, slot: &Slot) -> Option<Self> {
        let length = u32::try_from(slot.time_on_air.as_micros()).unwrap_or(u32::MAX);
        Some(Self { at, start: slot.start?, length })
    }

    const fn end(&self) -> u32 {
        self.start.wrapping_add(self.length)
    }

    /// The one that ends later.
    const fn later(self, other: Self) -> Self {
        if is_after(other.end(), self.end()) { other } else { self }
    }

    /// Whether it begins after this count, with the spacing between.
    const fn is_clear_of(&self, end: u32) -> bool {
        is_after(self.start, end.wrapping_add(SPACING))
    }

    fn collides(&self, other: &Self) -> bool {
        let before = |first: &Self, second: &Self| {
            is_after(second.start, first.start)
                && second.start.wrapping_sub(first.start) < first.length.saturating_add(SPACING)
        };
        before(self, other) || before(other, self)
    }
}

/// Whether the count is not before the other. It wraps: a distance in its upper half lies in the past.
const fn is_after(count: u32, other: u32) -> bool {
    count.wrapping_sub(other) <= u32::MAX / 2
}

/// More than a gateway can send within [`REMEMBERED`]: the shortest frame and the pause after it last 84 ms.
const MOST_BOOKED: usize = 256;

#[derive(Debug)]
struct State {
    config: GatewayConfig,
    airtime: AirtimeLog,
    booked: VecDeque<Booked>,
    /// That of `booked` which ends last.
    last: Option<Booked>,
}

#[derive(Debug)]
pub(super) struct Gateways {
    region: &'static Region,
    known: BTreeMap<Eui64, State>,
    /// Which of them are there.
    pub(super) presence: Presence,
}

impl Gateways {
    pub(super) fn new(region: &'static Region) -> Self {
        Self { region, known: BTreeMap::new(), presence: Presence::default() }
    }

    pub(super) fn register(&mut self, config: GatewayConfig) {
        let fresh = || State { config, airtime: AirtimeLog::default(), booked: VecDeque::new(), last: None };
        self.known.entry(config.eui).or_insert_with(fresh).config = config;
    }

    pub(super) fn unregister(&mut self, gateway: Eui64) -> bool {
        self.presence.forget(gateway);
        self.known.remove(&gateway).is_some()
    }

    pub(super) fn contains(&self, gateway: Eui64) -> bool {
        self.known.contains_key(&gateway)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Eui64> {
        self.known.keys().copied()
    }

    pub(super) fn config(&self, gateway: Eui64) -> Option<&GatewayConfig> {
        self.known.get(&gateway).map(|state| &state.config)
    }

    /// What speaks against a transmission.
    pub(super) fn obstacle(
        &mut self,
        now: Instant,
        gateway: Eui64,
        slot: &Slot,
        duty_cycle: bool,
    ) -> Option<Obstacle> {
        let Some(state) = self.known.get_mut(&gateway) else { return Some(Obstacle::NotServed) };
        if self.presence.offline_since(gateway).is_some() {
            return Some(Obstacle::Offline);
        }
        let breach: Option<DutyCycleBreach> =
            state.airtime.breach(self.region, now, slot.frequency, slot.time_on_air).filter(|_| duty_cycle);
        if let Some(breach) = breach {
            return Some(Obstacle::DutyCycle(breach));
        }
        while state.booked.pop_front_if(|booked| now.since(booked.at) >= REMEMBERED).is_some() {}
        let wanted = Booked::of(now, slot)?;
        let busy = match state.last {
            _ if state.booked.is_empty() => false,
            // Most begin after all others, as their uplinks did; of those that do not, many meet the longest.
            Some(last) if wanted.is_clear_of(last.end()) => false,
            Some(last) if wanted.collides(&last) => true,
            _ => state.booked.iter().rev().any(|other| wanted.collides(other)),
        };
        busy.then_some(Obstacle::Busy)
    }

    /// The gateway is asked for this transmission.
    pub(super) fn book(&mut self, now: Instant, gateway: Eui64, slot: Slot) {
        let Some(state) = self.known.get_mut(&gateway) else { return };
        state.airtime.record(self.region, now, slot.frequency, slot.time_on_air);
        if state.booked.len() >= MOST_BOOKED {
            state.booked.pop_front();
        }
        let Some(booked) = Booked::of(now, &slot) else { return };
        let last = state.last.filter(|_| !state.booked.is_empty());
        state.last = Some(last.map_or(booked, |last| last.later(booked)));
        state.booked.push_back(booked);
    }

    /// The gateway refused it.
    pub(super) fn release(&mut self, gateway: Eui64, slot: &Slot) {
        let Some(state) = self.known.get_mut(&gateway) else { return };
        state.airtime.take_back(self.region, slot.frequency, slot.time_on_air);
        let same = |booked: &Booked| Booked::of(booked.at, slot).as_ref() == Some(booked);
        if let Some(at) = state.booked.iter().rposition(same) {
            state.booked.remove(at);
            state.last = state.booked.iter().copied().reduce(Booked::later);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_transmissions_collide_over_the_wrap_of_the_counter_too() {
        let slot = |start: u32| Booked { at: Instant::ZERO, start, length: 100_000 };
        for (a, b, want) in [
            (0, 0, true),
            (1_000_000, 1_142_499, true),
            (1_000_000, 1_142_500, false),
            (u32::MAX - 50_000, 92_498, true),
            (u32::MAX - 50_000, 92_499, false),
        ] {
            assert_eq!(slot(a).collides(&slot(b)), want, "{a} {b}");
            assert_eq!(slot(b).collides(&slot(a)), want, "{b} {a}");
        }
    }

    #[test]
    fn a_gateway_is_busy_exactly_when_one_of_all_that_it_was_asked_for_is_in_the_way() {
        let (eui, mut rng) = (Eui64::from_value(1), wire::seed::Seed(3).rng());
        let mut gateways = Gateways::new(&wire::lorawan::eu868::REGION);
        gateways.register(GatewayConfig::new(eui));
        let (mut asked, mut seen): (Vec<Slot>, _) = (Vec::new(), [0, 0]);
        for turn in 0..4_000_u64 {
            let now = Instant::from_micros(turn * 1000);
            let ahead = rng.between(0, 6_000_000);
            let slot = Slot {
                // Over the wrap.
                start: Some((u32::MAX - 2_000_000).wrapping_add((turn * 1000 + ahead) as u32)),
                frequency: Hertz(868_100_000),
                time_on_air: Duration::from_micros(rng.between(20_000, 1_800_000)),
            };
            let booked = |slot: &Slot| Booked::of(now, slot).unwrap();
            let want = asked.iter().any(|other| booked(other).collides(&booked(&slot)));
            let got = gateways.obstacle(now, eui, &slot, false) == Some(Obstacle::Busy);
            assert_eq!(got, want, "{turn}: {slot:?}");
            seen[usize::from(got)] += 1;
            if rng.chance(100) {
                gateways.book(now, eui, slot);
                asked.push(slot);
            }
            if asked.len() > 4 {
                gateways.release(eui, &asked.swap_remove(rng.below(5) as usize));
            }
        }
        assert!(seen.iter().all(|count| *count > 300), "{seen:?}");
    }

    #[test]
    fn a_gateway_without_duty_cycle_left_is_named_with_its_time_on_air() {
        let eui = Eui64::from_value(1);
        let mut gateways = Gateways::new(&wire::lorawan::eu868::REGION);
        gateways.register(GatewayConfig::new(eui));
        let slot = Slot { start: None, frequency: Hertz(868_100_000), time_on_air: Duration::from_secs(18) };
        for _ in 0..2 {
            assert_eq!(gateways.obstacle(Instant::ZERO, eui, &slot, true), None);
            gateways.book(Instant::ZERO, eui, slot);
        }
        let full = gateways.obstacle(Instant::ZERO, eui, &slot, true);
        assert!(matches!(full, Some(Obstacle::DutyCycle(breach)) if breach.used == Duration::from_secs(54)));
        assert_eq!(gateways.obstacle(Instant::ZERO, eui, &slot, false), None);
        gateways.release(eui, &slot);
        assert_eq!(gateways.obstacle(Instant::ZERO, eui, &slot, true), None);
    }
}
