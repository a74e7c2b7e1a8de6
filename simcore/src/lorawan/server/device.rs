//! What the server remembers of one device.

use super::config::DeviceConfig;
use super::duty::AirtimeLog;
use super::session::Session;
use crate::lorawan::link::{Reception, Window};
use std::collections::{BTreeMap, VecDeque};
use wire::air::lora::Hertz;
use wire::lorawan::{AppNonce, DataRate, DevNonce, PortPayload};
use wire::seed::{Rng, Seed};
use wire::time::Instant;

/// A payload that waits for the device's next receive window.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct QueuedDownlink {
    pub(super) payload: PortPayload,
    pub(super) confirmed: bool,
}

/// Where and how the last accepted uplink came, which is the way of the answer.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct LastUplink {
    pub(super) octets: Vec<u8>,
    pub(super) best: Reception,
    pub(super) frequency: Hertz,
    pub(super) data_rate: DataRate,
}

/// Which of a device's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionSlot {
    /// The one in use.
    Current,
    /// The one of a join-accept that the device may never have heard.
    Offered,
}

#[derive(Debug)]
pub(super) struct Device {
    pub(super) config: DeviceConfig,
    /// Registered by hand, and not by the configuration.
    pub(super) by_hand: bool,
    pub(super) rng: Rng,
    pub(super) used_nonces: BTreeMap<DevNonce, Instant>,
    pub(super) last_app_nonce: u32,
    pub(super) current: Option<Session>,
    pub(super) offered: Option<Session>,
    pub(super) queue: VecDeque<QueuedDownlink>,
    pub(super) preferred: Window,
    pub(super) last_uplink: Option<LastUplink>,
    pub(super) airtime: AirtimeLog,
}

impl Device {
    pub(super) fn new(config: DeviceConfig, seed: Seed) -> Self {
        Self {
            rng: seed.child(&config.dev_eui.to_string()).rng(),
            config,
            by_hand: false,
            used_nonces: BTreeMap::new(),
            last_app_nonce: 0,
            current: None,
            offered: None,
            queue: VecDeque::new(),
            preferred: Window::Rx1,
            last_uplink: None,
            airtime: AirtimeLog::default(),
        }
    }

    /// A counter never repeats, which is what the text asks of an AppNonce.
    pub(super) const fn next_app_nonce(&mut self) -> AppNonce {
        self.last_app_nonce += 1;
        AppNonce::from_value(self.last_app_nonce)
    }

    pub(super) const fn session(&self, slot: SessionSlot) -> Option<&Session> {
        match slot {
            SessionSlot::Current => self.current.as_ref(),
            SessionSlot::Offered => self.offered.as_ref(),
        }
    }
}
