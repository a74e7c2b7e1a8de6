//! What the server remembers of one device.

use super::config::{CounterRule, DeviceConfig};
use super::dedup::Collected;
use super::duty::AirtimeLog;
use super::nonces::UsedNonces;
use super::offer::Offer;
use super::session::{Count, Session};
use crate::lorawan::link::Window;
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use wire::id::Key;
use wire::lorawan::{AppNonce, DataRate, DevAddr, NetId, PortPayload, Region};
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

/// A device in the table of all: what a join needs of it, in few lines of memory. A server with many devices waits for
/// those, and for little else.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) config: DeviceConfig,
    pub(super) offered: Option<Offer>,
    pub(super) seed: Seed,
    pub(super) last_app_nonce: u32,
    pub(super) used_nonces: UsedNonces,
    pub(super) preferred: Window,
    pub(super) counter_rule: CounterRule,
    /// The network's.
    pub(super) region: &'static Region,
    pub(super) airtime: AirtimeLog,
    pub(super) traffic: Box<Traffic>,
}

/// What the device sends and is sent, and what is seldom asked.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) current: Option<Session>,
    pub(super) last_uplink: Option<LastUplink>,
    pub(super) queue: VecDeque<QueuedDownlink>,
    /// That of the configuration, which is read with every message: all devices of an account have the same octets in hand.
    pub(super) account: Arc<str>,
    pub(super) ended: Option<EndedSession>,
    pub(super) status: Option<DeviceStatus>,
    pub(super) former_app_key: Option<Key>,
    /// Registered by hand, and not by the configuration.
    pub(super) by_hand: bool,
}

impl Traffic {
    /// Asks memory for the places that every uplink needs (see [`super::ahead`]).
    pub(super) fn fetch(&self) {
        let last = self.last_uplink.as_ref().map(|last| last.heard.first_at);
        black_box((self.queue.len(), last));
        if let Some(session) = &self.current {
            let keys = (session.keys.nwk_s_key.expose()[0], session.keys.app_s_key.expose()[0]);
            let counters = (session.fcnt_up, session.fcnt_down);
            let waiting = (session.answers.len(), session.requests.len(), session.sticky.len());
            black_box((keys, counters, waiting));
        }
    }
}

impl Device {
    pub(super) fn new(config: DeviceConfig, account: Arc<str>, region: &'static Region, seed: Seed) -> Self {
        Self {
            seed: seed.child(&config.dev_eui.to_string()),
            config,
            offered: None,
            last_app_nonce: 0,
            used_nonces: UsedNonces::default(),
            preferred: Window::Rx1,
            counter_rule: CounterRule::Strict,
            region,
            airtime: AirtimeLog::default(),
            traffic: Box::new(Traffic {
                current: None,
                last_uplink: None,
                queue: VecDeque::new(),
                account,
                ended: None,
                status: None,
                former_app_key: None,
                by_hand: false,
            }),
        }
    }

    /// Asks memory for the places that every frame needs (see [`super::ahead`]).
    pub(super) fn fetch(&self) {
        let offered = self.offered.as_ref().map(|offer| (offer.dev_addr, offer.keys.app_s_key.expose()[0]));
        let nonce = self.used_nonces.iter().last();
        black_box((self.config.app_eui, self.config.app_key.expose()[0], offered, self.seed, nonce));
        self.airtime.fetch();
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

    /// How far the uplinks of a session are.
    pub(super) fn count(&self, slot: SessionSlot) -> Option<Count<'_>> {
        match slot {
            SessionSlot::Current => self.traffic.current.as_ref().map(Session::count),
            SessionSlot::Offered => self.offered.as_ref().map(Offer::count),
            SessionSlot::Ended => self.traffic.ended.as_ref().map(|ended| ended.session.count()),
        }
    }

    /// The addresses of all its sessions.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (DevAddr, SessionSlot)> {
        let offered = self.offered.as_ref().map(|offer| (offer.dev_addr, SessionSlot::Offered));
        let current = self.traffic.current.as_ref().map(|session| (session.dev_addr, SessionSlot::Current));
        let ended = self.traffic.ended.as_ref().map(|ended| (ended.session.dev_addr, SessionSlot::Ended));
        [offered, current, ended].into_iter().flatten()
    }
}
