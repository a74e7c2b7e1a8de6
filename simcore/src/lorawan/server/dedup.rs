//! Copies of one transmission, heard by several gateways, become one.
//!
//! Copies have the same octets and come within the window of the first. A device's own repetition comes later than that
//! and is judged by itself.

use super::super::link::{GatewayUplink, Reception};
use wire::air::lora::{Hertz, Modulation};
use wire::time::{Duration, Instant, Wakeup};

/// One transmission and all who heard it.
#[derive(Clone, Debug)]
pub(super) struct Collected {
    pub(super) first_at: Instant,
    pub(super) payload: Vec<u8>,
    pub(super) frequency: Hertz,
    pub(super) modulation: Modulation,
    /// The best first: by SNR, then by RSSI. Never empty.
    pub(super) receptions: Vec<Reception>,
}

impl Collected {
    fn new(now: Instant, uplink: GatewayUplink) -> Self {
        let reception = reception(&uplink);
        Self {
            first_at: now,
            payload: uplink.payload,
            frequency: uplink.frequency,
            modulation: uplink.modulation,
            receptions: vec![reception],
        }
    }

    /// The gateway that answers.
    pub(super) fn best(&self) -> Reception {
        self.receptions[0]
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

#[derive(Debug)]
pub(super) struct Dedup {
    window: Duration,
    /// In the order of their first copy, so also of their end.
    open: Vec<Collected>,
}

impl Dedup {
    pub(super) const fn new(window: Duration) -> Self {
        Self { window, open: Vec::new() }
    }

    /// A copy that the same gateway sends twice counts once.
    pub(super) fn add(&mut self, now: Instant, uplink: GatewayUplink) {
        let Some(known) = self.open.iter_mut().find(|known| known.payload == uplink.payload) else {
            self.open.push(Collected::new(now, uplink));
            return;
        };
        if known.receptions.iter().all(|other| other.gateway != uplink.gateway) {
            known.add(reception(&uplink));
        }
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<Collected> {
        let due = self.open.first().is_some_and(|first| first.first_at + self.window <= now);
        due.then(|| self.open.remove(0))
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.open.first().map(|first| Wakeup::new(first.first_at + self.window, "end of the dedup window"))
    }
}
