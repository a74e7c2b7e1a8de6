//! Which gateways are there: one that told of itself at intervals and no longer does is noted, and asked for nothing.
//!
//! A packet forwarder sends PULL_DATA every ten seconds, so its silence means something. A gateway that has never told of
//! itself without an uplink is not watched: its silence may be that of the air.

use super::NetworkServer;
use crate::lorawan::note::{GatewayEvent, LorawanNote};
use std::collections::{BTreeMap, BTreeSet};
use wire::id::Eui64;
use wire::time::{Duration, Instant, Wakeup};

/// A gateway is offline after this: six keep-alives of a packet forwarder.
pub const SILENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
struct Watched {
    last: Instant,
    offline: bool,
}

#[derive(Debug, Default)]
pub(super) struct Presence {
    watched: BTreeMap<Eui64, Watched>,
    /// The last word of each that is there.
    waiting: BTreeSet<(Instant, Eui64)>,
}

impl Presence {
    /// A sign of life of a gateway that is watched; how long it had been away where it was offline.
    pub(super) fn heard(&mut self, at: Instant, gateway: Eui64) -> Option<Duration> {
        let known = self.watched.get_mut(&gateway).filter(|known| known.offline || known.last < at)?;
        let before = std::mem::replace(known, Watched { last: at, offline: false });
        self.waiting.remove(&(before.last, gateway));
        self.waiting.insert((at, gateway));
        before.offline.then(|| at.since(before.last))
    }

    /// As [`Presence::heard`], of one that tells of itself and is watched from now on.
    fn told(&mut self, at: Instant, gateway: Eui64) -> Option<Duration> {
        if self.watched.contains_key(&gateway) {
            return self.heard(at, gateway);
        }
        self.watched.insert(gateway, Watched { last: at, offline: false });
        self.waiting.insert((at, gateway));
        None
    }

    pub(super) fn forget(&mut self, gateway: Eui64) {
        if let Some(known) = self.watched.remove(&gateway) {
            self.waiting.remove(&(known.last, gateway));
        }
    }

    /// Since when nothing has come from a gateway that is offline.
    pub(super) fn offline_since(&self, gateway: Eui64) -> Option<Instant> {
        self.watched.get(&gateway).filter(|known| known.offline).map(|known| known.last)
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.waiting.first().map(|(last, _)| Wakeup::new(*last + SILENCE, "a gateway is silent"))
    }

    /// A gateway that has just become offline, and when it was heard last.
    fn take_silent(&mut self, now: Instant) -> Option<(Eui64, Instant)> {
        let (last, gateway) = *self.waiting.first().filter(|(last, _)| *last + SILENCE <= now)?;
        self.waiting.remove(&(last, gateway));
        if let Some(known) = self.watched.get_mut(&gateway) {
            known.offline = true;
        }
        Some((gateway, last))
    }
}

impl NetworkServer {
    /// A registered gateway told at `at` that it is there, as its protocol has it do at intervals, uplink or none. From then
    /// on it is offline when nothing comes from it for [`SILENCE`].
    pub fn handle_keep_alive(&mut self, at: Instant, gateway: Eui64) {
        self.handle_timeout(at);
        if self.gateways.contains(gateway) {
            let away = self.gateways.presence.told(at, gateway);
            self.note_return(gateway, away);
        }
    }

    /// Since when nothing has come from a gateway that is offline; `None` while it is there, and where it is not watched.
    #[must_use]
    pub fn gateway_offline_since(&self, gateway: Eui64) -> Option<Instant> {
        self.gateways.presence.offline_since(gateway)
    }

    pub(super) fn note_return(&mut self, gateway: Eui64, away: Option<Duration>) {
        if let Some(away) = away {
            let event = GatewayEvent::Online { away };
            self.outbox.note(LorawanNote::Gateway { gateway, event });
        }
    }

    pub(super) fn note_silent_gateways(&mut self) {
        while let Some((gateway, since)) = self.gateways.presence.take_silent(self.now) {
            let event = GatewayEvent::Offline { since };
            self.outbox.note(LorawanNote::Gateway { gateway, event });
        }
    }
}
