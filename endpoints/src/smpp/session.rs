//! One connection: its state, what it still has to answer, and what waits to be sent.

use super::pdu::{self, BadLength, Body, Frames, Pdu, command};
use simcore::cellular::{BindId, BindMode, DeliveryId};
use std::collections::BTreeMap;
use wire::time::Instant;

/// The highest sequence_number.
const LAST_SEQUENCE: u32 = 0x7fff_ffff;

/// The state of a session (SMPP 3.4 clause 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Connected and not bound.
    Open,
    /// Bound.
    Bound {
        /// The bind.
        bind: BindId,
        /// For which way.
        mode: BindMode,
    },
    /// The server has asked for the end and waits for the answer.
    Unbinding,
    /// Over.
    Closed,
}

/// What the server has asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Delivery(DeliveryId),
    EnquireLink,
    Unbind,
}

impl Sent {
    const fn command(self) -> u32 {
        match self {
            Self::Delivery(_) => command::DELIVER_SM_RESP,
            Self::EnquireLink => command::ENQUIRE_LINK_RESP,
            Self::Unbind => command::UNBIND_RESP,
        }
    }
}

/// A connection with its session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) peer: String,
    pub(super) state: State,
    pub(super) connected: Instant,
    /// The last PDU.
    pub(super) heard: Instant,
    /// The last PDU that was no answer to enquire_link.
    pub(super) active: Instant,
    /// Binds that were refused.
    pub(super) failures: u32,
    /// Whether the connection ends as soon as everything is sent.
    pub(super) closing: bool,
    /// Pieces of input since output was last taken.
    pub(super) handled: usize,
    /// Requests of the ESME whose answers wait to be sent, and how many these may be.
    pub(super) unanswered: usize,
    pub(super) window: usize,
    frames: Frames,
    out: Vec<u8>,
    sequence: u32,
    requests: BTreeMap<u32, (Sent, Instant)>,
}

impl Session {
    pub(super) fn new(now: Instant, peer: String) -> Self {
        Self {
            peer,
            state: State::Open,
            connected: now,
            heard: now,
            active: now,
            failures: 0,
            closing: false,
            handled: 0,
            unanswered: 0,
            window: 0,
            frames: Frames::default(),
            out: Vec::new(),
            sequence: 0,
            requests: BTreeMap::new(),
        }
    }

    pub(super) const fn bind(&self) -> Option<BindId> {
        match self.state {
            State::Bound { bind, .. } => Some(bind),
            State::Open | State::Unbinding | State::Closed => None,
        }
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        self.frames.push(octets);
    }

    pub(super) fn next_pdu(&mut self) -> Result<Option<Pdu>, BadLength> {
        self.frames.next_pdu()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.frames.is_cut()
    }

    pub(super) fn hear(&mut self, now: Instant, by_itself: bool) {
        self.heard = now;
        if by_itself {
            self.active = now;
        }
    }

    pub(super) fn close(&mut self) {
        self.state = State::Closed;
        self.closing = true;
    }

    pub(super) fn respond(&mut self, pdu: &Pdu, status: u32, body: Option<&dyn Body>) {
        self.respond_as(pdu.command | command::RESPONSE, pdu, status, body);
    }

    pub(super) fn respond_as(&mut self, command: u32, pdu: &Pdu, status: u32, body: Option<&dyn Body>) {
        pdu::write(&mut self.out, command, status, pdu.sequence, body);
    }

    pub(super) fn request(&mut self, now: Instant, command: u32, sent: Sent, body: Option<&dyn Body>) {
        self.tell(command, body);
        self.requests.insert(self.sequence, (sent, now));
    }

    /// Sends what is not answered for.
    pub(super) fn tell(&mut self, command: u32, body: Option<&dyn Body>) {
        self.sequence = if self.sequence >= LAST_SEQUENCE { 1 } else { self.sequence + 1 };
        pdu::write(&mut self.out, command, 0, self.sequence, body);
    }

    /// The request that a response belongs to, by its number and its kind.
    pub(super) fn answered(&mut self, sequence: u32, command: u32) -> Option<Sent> {
        let (sent, _) = self.requests.get(&sequence)?;
        if command != sent.command() && command != command::GENERIC_NACK {
            return None;
        }
        self.requests.remove(&sequence).map(|(sent, _)| sent)
    }

    /// Since when the ESME owes an answer.
    pub(super) fn oldest_request(&self) -> Option<Instant> {
        self.requests.values().map(|(_, at)| *at).min()
    }

    pub(super) fn take_octets(&mut self) -> Vec<u8> {
        self.unanswered = 0;
        std::mem::take(&mut self.out)
    }
}
