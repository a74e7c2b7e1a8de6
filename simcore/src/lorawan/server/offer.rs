//! The session of a join-accept that the device may never have heard: what was agreed, and no more.
//!
//! Most of a session is what happens in it. Until the device uses the keys there is none of that, and a device that joins
//! again and again leaves nothing behind.

use super::channels::Channels;
use super::config::WindowSettings;
use super::session::{Count, Session};
use wire::lorawan::{DevAddr, Region, SessionKeys};
use wire::time::Instant;

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Offer {
    pub(super) dev_addr: DevAddr,
    #[serde(with = "super::kept::keys")]
    pub(super) keys: SessionKeys,
    /// When the join-request was accepted.
    pub(super) joined_at: Instant,
    pub(super) windows: WindowSettings,
    pub(super) channels: Channels,
}

impl Offer {
    /// The session that begins when the device uses the keys.
    pub(super) fn session(&self, region: &Region) -> Session {
        let Self { dev_addr, keys, joined_at, windows, channels } = self;
        Session::new(region, *dev_addr, keys.clone(), *joined_at, *windows, channels.clone())
    }

    pub(super) const fn count(&self) -> Count<'_> {
        Count { keys: &self.keys, fcnt_up: None, last_mic: None }
    }
}
