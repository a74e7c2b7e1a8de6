//! Frames that gateways have been asked to send, until they say what became of them.

use super::config::Class;
use super::downlink::{Outgoing, Way};
use super::gateways::Slot;
use super::table::Table;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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

impl Flight {
    /// The end of its time on air, as far as the server can tell.
    fn ends_at(&self) -> Instant {
        let path = &self.outgoing.path;
        self.way.window.map_or(path.first_at, |window| path.first_at + path.delay(window))
            + self.slot.time_on_air
    }
}

#[derive(Debug, Default)]
pub(super) struct Flights {
    last_token: u16,
    flying: Table<(Eui64, u16), Flight>,
    /// In the order of the requests, so also of the times; some have been answered.
    deadlines: VecDeque<(Instant, Eui64, u16)>,
    /// Class C devices with a frame outside the windows.
    at_once: BTreeSet<Eui64>,
    /// Class C devices with a frame in a window, and its end.
    in_window: BTreeMap<Eui64, Instant>,
}

impl Flights {
    /// Names a request. Zero is what version 1 of the protocol sends, so it names none.
    pub(super) fn next_token(&mut self) -> u16 {
        self.last_token = self.last_token.checked_add(1).unwrap_or(1);
        self.last_token
    }

    pub(super) fn add(&mut self, gateway: Eui64, token: u16, flight: Flight) {
        let dev_eui = flight.outgoing.dev_eui;
        if flight.outgoing.at_once {
            self.at_once.insert(dev_eui);
        } else if flight.outgoing.path.class == Class::C {
            self.in_window.insert(dev_eui, flight.ends_at());
        }
        self.deadlines.push_back((flight.gives_up_at, gateway, token));
        self.flying.insert((gateway, token), flight);
    }

    pub(super) fn take(&mut self, gateway: Eui64, token: u16) -> Option<Flight> {
        let flight = self.flying.remove((gateway, token))?;
        if flight.outgoing.at_once {
            self.at_once.remove(&flight.outgoing.dev_eui);
        }
        self.forget_answered();
        Some(flight)
    }

    /// A request whose gateway has said nothing for too long.
    pub(super) fn take_silent(&mut self, now: Instant) -> Option<(Eui64, Flight)> {
        self.forget_answered();
        let (_, gateway, token) = self.deadlines.pop_front_if(|(at, ..)| *at <= now)?;
        self.take(gateway, token).map(|flight| (gateway, flight))
    }

    /// When nothing of a class C device is on its way that another frame could overtake: a device that has heard a counter
    /// refuses all before it. `None` while a gateway has not answered for a frame outside the windows.
    pub(super) fn is_free_at(&self, dev_eui: Eui64) -> Option<Instant> {
        let free = self.in_window.get(&dev_eui).copied().unwrap_or(Instant::ZERO);
        (!self.at_once.contains(&dev_eui)).then_some(free)
    }

    pub(super) fn forget_device(&mut self, dev_eui: Eui64) {
        self.flying.retain(|flight| flight.outgoing.dev_eui != dev_eui);
        self.at_once.remove(&dev_eui);
        self.in_window.remove(&dev_eui);
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
