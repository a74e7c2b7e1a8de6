//! Copies of one transmission, heard by several gateways, become one.
//!
//! Copies have the same octets and come within the window of the first. A device's own repetition comes later than that
//! and is judged by itself. A window of zero is de-duplication off: every copy is judged by itself, at once.

use super::super::link::{GatewayUplink, Reception};
use super::ahead::GROUP;
use smallvec::{SmallVec, smallvec};
use std::collections::VecDeque;
use wire::air::lora::{Hertz, Modulation};
use wire::lorawan::airtime::time_on_air;
use wire::time::{Duration, Instant, Wakeup};

/// How gateways heard a frame: most are heard by one, which needs no place elsewhere.
pub(super) type Receptions = SmallVec<[Reception; 1]>;

/// One transmission and all who heard it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Collected {
    pub(super) first_at: Instant,
    pub(super) payload: Vec<u8>,
    pub(super) frequency: Hertz,
    pub(super) modulation: Modulation,
    /// The best first: by SNR, then by RSSI. Never empty.
    pub(super) receptions: Receptions,
}

impl Collected {
    fn new(now: Instant, uplink: GatewayUplink) -> Self {
        let reception = reception(&uplink);
        Self {
            first_at: now,
            payload: uplink.payload,
            frequency: uplink.frequency,
            modulation: uplink.modulation,
            receptions: smallvec![reception],
        }
    }

    /// The gateway that heard it best.
    pub(super) fn best(&self) -> Reception {
        self.receptions[0]
    }

    /// How long the device was on the air.
    pub(super) fn time_on_air(&self) -> Duration {
        time_on_air(self.modulation, self.payload.len(), true)
    }

    fn add(&mut self, reception: Reception) {
        let rank = |reception: &Reception| (reception.snr_decibel_tenths, reception.rssi_dbm);
        let at = self.receptions.partition_point(|other| rank(other) >= rank(&reception));
        self.receptions.insert(at, reception);
    }
}

fn reception(uplink: &GatewayUplink) -> Reception {
    Reception {
        gateway: uplink.gateway,
        tmst: uplink.tmst,
        rssi_dbm: uplink.rssi_dbm,
        snr_decibel_tenths: uplink.snr_decibel_tenths,
    }
}

/// How many rows of open windows there are; a row holds the windows whose payloads look alike.
const ROWS: usize = 1 << 14;

/// The row of a payload, by its last octets, the MIC among them: frames that differ have seldom the same ones.
fn row(payload: &[u8]) -> usize {
    let last = payload.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
    // Fibonacci hashing: the upper bits of the product depend on all octets.
    (last.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - ROWS.ilog2())) as usize
}

/// An open window, and the one before it in its row.
#[derive(Debug)]
struct Open {
    collected: Collected,
    before: usize,
}

/// A row is a chain from the newest to the oldest. Windows end in the order in which they began, so that a chain needs no
/// repair: what it names beyond the closed ones is over, and so is all behind that.
#[derive(Debug)]
pub(super) struct Dedup {
    window: Duration,
    /// In the order of their first copy, so also of their end.
    open: VecDeque<Open>,
    /// The number of the newest window of each row. Windows are numbered from one.
    newest: Vec<usize>,
    /// How many windows are over.
    closed: usize,
}

impl Dedup {
    pub(super) fn new(window: Duration) -> Self {
        let rows = if window.is_zero() { 0 } else { ROWS };
        Self { window, open: VecDeque::new(), newest: vec![0; rows], closed: 0 }
    }

    /// Collects a copy; without a window it is handed back at once. A copy that the same gateway sends twice counts once.
    pub(super) fn add(&mut self, now: Instant, uplink: GatewayUplink) -> Option<Collected> {
        let Some(newest) = self.newest.get_mut(row(&uplink.payload)) else {
            return Some(Collected::new(now, uplink));
        };
        let mut number = *newest;
        while number > self.closed {
            let Some(other) = self.open.get_mut(number - self.closed - 1) else { break };
            if other.collected.payload == uplink.payload {
                let known = &mut other.collected;
                if known.receptions.iter().all(|other| other.gateway != uplink.gateway) {
                    known.add(reception(&uplink));
                }
                return None;
            }
            number = other.before;
        }
        self.open.push_back(Open { collected: Collected::new(now, uplink), before: *newest });
        *newest = self.closed + self.open.len();
        None
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<Collected> {
        let window = self.window;
        let open = self.open.pop_front_if(|first| first.collected.first_at + window <= now)?;
        self.closed += 1;
        Some(open.collected)
    }

    /// Whether the windows that end next have not been looked at: once for each [`GROUP`] of them.
    pub(super) const fn begins_group(&self) -> bool {
        self.closed.is_multiple_of(GROUP)
    }

    /// What lies in open windows, in the order in which they end.
    pub(super) fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        self.open.iter().map(|open| open.collected.payload.as_slice())
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let first = self.open.front()?;
        Some(Wakeup::new(first.collected.first_at + self.window, "end of the dedup window"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::id::Eui64;
    use wire::seed::Seed;

    fn heard(gateway: u64, payload: Vec<u8>) -> GatewayUplink {
        GatewayUplink {
            gateway: Eui64::from_value(gateway),
            tmst: 0,
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            rssi_dbm: -80,
            snr_decibel_tenths: 50,
            payload,
        }
    }

    #[test]
    fn copies_are_found_among_frames_of_the_same_row_and_not_after_the_window() {
        let window = Duration::from_millis(200);
        let mut dedup = Dedup::new(window);
        let at = Instant::from_micros;
        // All have the same last octets.
        let frame = |number: u8| [&[0x40, number][..], &[7; 10]].concat();
        for number in 0..4 {
            assert!(dedup.add(at(1000 * u64::from(number)), heard(1, frame(number))).is_none());
        }
        for gateway in [2, 2, 3] {
            dedup.add(at(4000), heard(gateway, frame(1)));
        }
        assert!(dedup.payloads().eq((0..4).map(frame)), "in the order in which they end");
        assert!(dedup.take_due(at(199_999)).is_none());
        let heard_by = |collected: Option<Collected>| collected.map(|one| one.receptions.len());
        assert_eq!(heard_by(dedup.take_due(at(200_000))), Some(1));
        assert_eq!(heard_by(dedup.take_due(at(201_000))), Some(3));
        dedup.add(at(201_500), heard(4, frame(0)));
        dedup.add(at(201_500), heard(5, frame(3)));
        let rest: Vec<_> = std::iter::from_fn(|| heard_by(dedup.take_due(at(900_000)))).collect();
        assert_eq!(rest, [1, 2, 1]);
    }

    #[test]
    fn every_frame_comes_out_once_with_all_who_heard_it() {
        let (mut dedup, mut rng) = (Dedup::new(Duration::from_millis(200)), Seed(1).rng());
        let mut sums = std::collections::BTreeMap::new();
        let mut take = |dedup: &mut Dedup, now: u64| {
            while let Some(collected) = dedup.take_due(Instant::from_micros(now)) {
                let count = (collected.receptions.len(), 1);
                assert_eq!(sums.insert(collected.payload, count), None, "a frame came out twice");
            }
        };
        for number in 0..2_000_u64 {
            let payload = [&[0x40; 8][..], &number.to_le_bytes(), &rng.octets::<4>()].concat();
            for gateway in 0..3 {
                dedup.add(Instant::from_micros(number * 1000 + gateway), heard(gateway, payload.clone()));
            }
            take(&mut dedup, number * 1000 + 10);
        }
        take(&mut dedup, u64::MAX / 2);
        assert_eq!(sums.len(), 2_000);
        assert!(sums.values().all(|count| *count == (3, 1)));
    }
}
