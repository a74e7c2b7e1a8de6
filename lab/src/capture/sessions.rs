//! The keys of LoRaWAN sessions, as whoever knows the AppKeys and hears everything finds them (LoRaWAN 1.0.2 clause 6.2.5).
//!
//! A join-accept belongs to the last request of the device whose key opens it. Of a frame counter only the low half is on
//! the air; the MIC tells which high half is right.

use std::collections::BTreeMap;
use wire::id::{Eui64, Key};
use wire::lorawan::{DataFrame, DevAddr, DevNonce, Direction, Frame, SessionKeys, counter};

/// A counter's steps of 65536 that a test may have it jump.
const JUMPS: u32 = 4;

/// What is in a data frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clear {
    pub(super) direction: Direction,
    pub(super) dev_addr: DevAddr,
    /// All 32 bits.
    pub(super) fcnt: u32,
    pub(super) port: u8,
    /// FRMPayload.
    pub(super) octets: Vec<u8>,
}

/// Devices with their keys, and their sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    app_keys: BTreeMap<Eui64, Key>,
    /// The latest last.
    requests: Vec<(Eui64, DevNonce)>,
    sessions: Vec<Session>,
}

#[derive(Debug)]
struct Session {
    dev_addr: DevAddr,
    keys: SessionKeys,
    last: BTreeMap<Direction, u32>,
}

impl Sessions {
    /// Joins of this device can be followed.
    pub(super) fn follow(&mut self, dev_eui: Eui64, app_key: Key) {
        self.app_keys.insert(dev_eui, app_key);
    }

    /// A session that began.
    pub(super) fn know(&mut self, dev_addr: DevAddr, keys: SessionKeys) {
        let known = |session: &Session| session.dev_addr == dev_addr && session.keys == keys;
        if !self.sessions.iter().any(known) {
            self.sessions.push(Session { dev_addr, keys, last: BTreeMap::new() });
        }
    }

    /// All sessions.
    pub(super) fn latest_first(&self) -> impl Iterator<Item = (DevAddr, &SessionKeys)> {
        self.sessions.iter().rev().map(|session| (session.dev_addr, &session.keys))
    }

    /// What is in a frame with FPort, if a session opens it. Joins begin sessions.
    pub(super) fn open(&mut self, frame: &Frame) -> Option<Clear> {
        match frame {
            Frame::JoinRequest(request) => {
                let request = request.request();
                self.requests.retain(|(dev_eui, _)| *dev_eui != request.dev_eui);
                self.requests.push((request.dev_eui, request.dev_nonce));
            }
            Frame::JoinAccept(accept) => {
                let began = self.requests.iter().rev().find_map(|(dev_eui, nonce)| {
                    let app_key = self.app_keys.get(dev_eui)?;
                    let accept = accept.open(app_key).ok()?;
                    Some((accept.dev_addr, accept.session_keys(app_key, *nonce)))
                });
                if let Some((dev_addr, keys)) = began {
                    self.know(dev_addr, keys);
                }
            }
            Frame::Data(data) => {
                let mut sessions = self.sessions.iter_mut().rev();
                return sessions.find_map(|session| session.open(data));
            }
            Frame::Proprietary(_) => {}
        }
        None
    }
}

impl Session {
    fn open(&mut self, data: &DataFrame) -> Option<Clear> {
        if data.dev_addr() != self.dev_addr {
            return None;
        }
        let direction = data.direction();
        let fcnt = self.counter(data, self.last.get(&direction).copied())?;
        self.last.insert(direction, fcnt);
        let payload = data.decipher(&self.keys, fcnt).payload?;
        Some(Clear { direction, dev_addr: self.dev_addr, fcnt, port: payload.port, octets: payload.octets })
    }

    /// The counter that fits the MIC: next, used before, far ahead, or at the end of all counters.
    fn counter(&self, data: &DataFrame, last: Option<u32>) -> Option<u32> {
        let low = data.fcnt();
        let next = counter::next_above(last, low);
        let ahead = (1..=JUMPS).filter_map(|jump| next?.checked_add(jump << 16));
        let highest = u32::MAX << 16 | u32::from(low);
        let candidates = next.into_iter().chain(counter::last_used(last, low)).chain(ahead).chain([highest]);
        candidates.into_iter().find(|fcnt| data.is_authentic(&self.keys.nwk_s_key, *fcnt))
    }
}
