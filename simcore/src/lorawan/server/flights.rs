//! Frames that gateways have been asked to send, until they say what became of them.

use super::downlink::{Outgoing, Way};
use super::gateways::Slot;
use super::table::Table;
use std::collections::{BTreeSet, VecDeque};
use wire::id::Eui64;
use wire::time::{Duration, Instant, Wakeup};

/// How long a gateway's TX_ACK is waited for.
pub(super) const TX_ACK_PATIENCE: Duration = Duration::from_secs(20);

/// A frame that a gateway has been asked to send.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) outgoing: Box<Outgoing>,
    pub(super) way: Way,
    pub(super) slot: Slot,
    pub(super) gives_up_at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Flights {
    last_token: u16,
    flying: Table<(Eui64, u16), Flight>,
    /// In the order of the requests, so also of the times; some have been answered.
    deadlines: VecDeque<(Instant, Eui64, u16)>,
    /// Class C devices with a frame outside the windows.
    at_once: BTreeSet<Eui64>,
}

impl Flights {
    /// Names a request. Zero is what version 1 of the protocol sends, so it names none.
    pub(super) fn next_token(&mut self) -> u16 {
        self.last_token = self.last_token.checked_add(1).unwrap_or(1);
        self.last_token
    }

    pub(super) fn add(&mut self, gateway: Eui64, token: u16, flight: Flight) {
        if flight.outgoing.at_once {
            self.at_once.insert(flight.outgoing.dev_eui);
        }
        self.deadlines.push_back((flight.gives_up_at, gateway, token));
        self.flying.insert((gateway, token), flight);
    }

    pub(super) fn take(&mut self, gateway: Eui64, token: u16) -> Option<Flight> {
        let flight = self.flying.remove((gateway, token))?;
        self.at_once.remove(&flight.outgoing.dev_eui);
        self.forget_answered();
        Some(flight)
    }

    /// A request whose gateway has said nothing for too long.
    pub(super) fn take_silent(&mut self, now: Instant) -> Option<(Eui64, Flight)> {
        self.forget_answered();
        let (_, gateway, token) = self.deadlines.pop_front_if(|(at, ..)| *at <= now)?;
        self.take(gateway, token).map(|flight| (gateway, flight))
    }

    pub(super) fn is_flying(&self, dev_eui: Eui64) -> bool {
        self.at_once.contains(&dev_eui)
    }

    pub(super) fn forget_device(&mut self, dev_eui: Eui64) {
        self.flying.retain(|flight| flight.outgoing.dev_eui != dev_eui);
        self.at_once.remove(&dev_eui);
        self.forget_answered();
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.deadlines.front().map(|(at, ..)| Wakeup::new(*at, "TX_ACK missing"))
    }

    fn forget_answered(&mut self) {
        let flying = &self.flying;
        let answered = |(at, gateway, token): &mut (Instant, Eui64, u16)| {
            flying.get((*gateway, *token)).is_none_or(|flight| flight.gives_up_at != *at)
        };
        while self.deadlines.pop_front_if(answered).is_some() {}
    }
}
