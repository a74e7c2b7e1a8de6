//! What the server remembers of one device.

use super::config::{CounterRule, DeviceConfig};
use super::dedup::Collected;
use super::duty::AirtimeLog;
use super::session::Session;
use crate::lorawan::link::Window;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wire::id::Key;
use wire::lorawan::{AppNonce, DataRate, DevAddr, DevNonce, NetId, PortPayload, Region};
use wire::seed::Seed;
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
    pub(super) heard: Collected,
    pub(super) data_rate: DataRate,
}

/// What a device last said of itself (DevStatusAns).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeviceStatus {
    /// When the answer came.
    pub at: Instant,
    /// 0 external power, 1 to 254 the level, 255 cannot be measured.
    pub battery: u8,
    /// SNR of the request at the device, dB, -32 to 31.
    pub margin: i8,
}

/// Which of a device's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SessionSlot {
    /// The one of a join-accept that the device may never have heard.
    Offered,
    /// The one in use.
    Current,
    /// The one before, which no longer counts and explains a frame that would else be a stranger's.
    Ended,
}

/// A session that is over.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct EndedSession {
    pub(super) session: Box<Session>,
    pub(super) at: Instant,
}

#[derive(Debug)]
pub(super) struct Device {
    pub(super) config: DeviceConfig,
    /// That of `config`, which is read with every message: all devices of an account have the same octets in hand.
    pub(super) account: Arc<str>,
    /// The network's.
    pub(super) region: &'static Region,
    /// Registered by hand, and not by the configuration.
    pub(super) by_hand: bool,
    pub(super) seed: Seed,
    pub(super) used_nonces: BTreeMap<DevNonce, Instant>,
    pub(super) last_app_nonce: u32,
    pub(super) former_app_key: Option<Key>,
    pub(super) counter_rule: CounterRule,
    /// In the device itself: with every uplink the way to it would cost as much as its MIC.
    pub(super) current: Option<Session>,
    pub(super) offered: Option<Box<Session>>,
    pub(super) ended: Option<EndedSession>,
    pub(super) queue: VecDeque<QueuedDownlink>,
    pub(super) preferred: Window,
    pub(super) last_uplink: Option<LastUplink>,
    pub(super) airtime: AirtimeLog,
    pub(super) status: Option<DeviceStatus>,
}

impl Device {
    pub(super) fn new(config: DeviceConfig, account: Arc<str>, region: &'static Region, seed: Seed) -> Self {
        Self {
            seed: seed.child(&config.dev_eui.to_string()),
            config,
            account,
            region,
            by_hand: false,
            used_nonces: BTreeMap::new(),
            last_app_nonce: 0,
            former_app_key: None,
            counter_rule: CounterRule::Strict,
            current: None,
            offered: None,
            ended: None,
            queue: VecDeque::new(),
            preferred: Window::Rx1,
            last_uplink: None,
            airtime: AirtimeLog::default(),
            status: None,
        }
    }

    /// An address for the session of the AppNonce that was given last. A seed of its own for each: a generator in every device
    /// would be most of what a server remembers.
    pub(super) fn draw_address(&self, net_id: NetId) -> DevAddr {
        let drawn = Seed(self.seed.0.wrapping_add(u64::from(self.last_app_nonce))).child("dev-addr");
        DevAddr::in_network(net_id, (drawn.0 & 0x01ff_ffff) as u32)
    }

    /// A counter never repeats, which is what the text asks of an AppNonce.
    pub(super) const fn next_app_nonce(&mut self) -> AppNonce {
        self.last_app_nonce += 1;
        AppNonce::from_value(self.last_app_nonce)
    }

    pub(super) fn session(&self, slot: SessionSlot) -> Option<&Session> {
        match slot {
            SessionSlot::Current => self.current.as_ref(),
            SessionSlot::Offered => self.offered.as_deref(),
            SessionSlot::Ended => match &self.ended {
                Some(ended) => Some(&ended.session),
                None => None,
            },
        }
    }

    /// The addresses of all its sessions.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (DevAddr, SessionSlot)> {
        [SessionSlot::Offered, SessionSlot::Current, SessionSlot::Ended]
            .into_iter()
            .filter_map(|slot| Some((self.session(slot)?.dev_addr, slot)))
    }
}
