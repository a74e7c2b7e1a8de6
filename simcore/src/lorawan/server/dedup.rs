//! Copies of one transmission, heard by several gateways, become one.
//!
//! Copies have the same octets and come within the window of the first. A device's own repetition comes later than that
//! and is judged by itself. A window of zero is de-duplication off: every copy is judged by itself, at once.

use super::super::link::{GatewayUplink, Reception};
use smallvec::{SmallVec, smallvec};
use std::collections::{BTreeSet, VecDeque};
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

/// The last octets, the MIC among them: frames that differ have seldom the same ones.
fn mark(payload: &[u8]) -> u64 {
    payload.last_chunk().map_or(0, |last| u64::from_le_bytes(*last))
}

#[derive(Debug)]
pub(super) struct Dedup {
    window: Duration,
    /// In the order of their first copy, so also of their end.
    open: VecDeque<Collected>,
    /// Where in `open` a payload stands, counted from the first that ever was, behind what is looked for.
    places: BTreeSet<(u64, usize)>,
    closed: usize,
}

impl Dedup {
    pub(super) const fn new(window: Duration) -> Self {
        Self { window, open: VecDeque::new(), places: BTreeSet::new(), closed: 0 }
    }

    /// Collects a copy; without a window it is handed back at once. A copy that the same gateway sends twice counts once.
    pub(super) fn add(&mut self, now: Instant, uplink: GatewayUplink) -> Option<Collected> {
        if self.window.is_zero() {
            return Some(Collected::new(now, uplink));
        }
        let mark = mark(&uplink.payload);
        let mut alike =
            self.places.range((mark, 0)..=(mark, usize::MAX)).map(|(_, place)| place - self.closed);
        let same = |place: &usize| self.open.get(*place).is_some_and(|other| other.payload == uplink.payload);
        if let Some(known) = alike.find(same).and_then(|place| self.open.get_mut(place)) {
            if known.receptions.iter().all(|other| other.gateway != uplink.gateway) {
                known.add(reception(&uplink));
            }
        } else {
            self.places.insert((mark, self.closed + self.open.len()));
            self.open.push_back(Collected::new(now, uplink));
        }
        None
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<Collected> {
        let window = self.window;
        let collected = self.open.pop_front_if(|first| first.first_at + window <= now)?;
        self.places.remove(&(mark(&collected.payload), self.closed));
        self.closed += 1;
        Some(collected)
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.open.front().map(|first| Wakeup::new(first.first_at + self.window, "end of the dedup window"))
    }
}
