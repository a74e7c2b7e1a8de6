//! The devices of a lab: who sits where, who has something to say, and who is due next.
//!
//! A lab may hold thousands of devices of which few have anything to do at one moment. A seat that is touched is looked at
//! once by the next settling; the others cost nothing.

use crate::ether::lora::RadioIndex;
use crate::host::Host;
use crate::trace::SeatId;
use simdev::modem::Modem;
use simdev::node::Node;
use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::UeId;
use wire::id::{Eui64, Imsi, Key};
use wire::lorawan::Band;
use wire::time::{Instant, Wakeup};

/// A simulated device with its radio.
pub enum Simulated {
    /// A cellular modem.
    Modem(Box<Modem>, UeId),
    /// A LoRaWAN node.
    Node(Box<Node>, RadioIndex),
}

impl std::fmt::Debug for Simulated {
    /// The radio only: a device's state fills pages and holds its keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Modem(_, ue) => f.debug_tuple("Modem").field(ue).finish(),
            Self::Node(_, radio) => f.debug_tuple("Node").field(radio).finish(),
        }
    }
}

/// What the lab file says of a device.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The subscription of the card in a modem, where there is one.
    Modem(Option<Imsi>),
    /// Identities and key of a node.
    Node(NodeKeys),
}

/// Identities and key of a LoRaWAN node.
#[derive(Clone, Debug)]
pub struct NodeKeys {
    /// Device identity.
    pub dev_eui: Eui64,
    /// Application identity.
    pub app_eui: Eui64,
    /// Application key.
    pub app_key: Key,
    /// The band that it is built for.
    pub band: Band,
}

/// A device's place: the host's end of its port, and the device itself where it is simulated.
#[derive(Debug)]
pub struct Seat {
    /// The device's name in the lab file.
    pub name: String,
    /// What the lab file says of it.
    pub identity: Identity,
    /// The driver; absent where an outside program holds the port.
    pub host: Option<Host>,
    /// The device; absent for hardware.
    pub device: Option<Simulated>,
}

impl Seat {
    fn next_wakeup(&self) -> Option<Wakeup> {
        let host = self.host.as_ref().and_then(Host::next_wakeup);
        let device = match &self.device {
            Some(Simulated::Modem(modem, _)) => modem.next_wakeup(),
            Some(Simulated::Node(node, _)) => node.next_wakeup(),
            None => None,
        };
        Wakeup::earliest(host, device)
    }
}

/// Every seat, and an agenda of when each is due.
#[derive(Debug)]
pub struct Seats {
    seats: Vec<Seat>,
    wakeups: Vec<Option<Wakeup>>,
    due: BTreeSet<(Instant, SeatId)>,
    touched: BTreeSet<SeatId>,
    by_name: BTreeMap<String, SeatId>,
    by_ue: BTreeMap<UeId, SeatId>,
    by_radio: BTreeMap<RadioIndex, SeatId>,
}

impl Seats {
    /// Seats in the order of the lab file; each is looked at once at the beginning.
    #[must_use]
    pub fn new(seats: Vec<Seat>) -> Self {
        let mut by_name = BTreeMap::new();
        let mut by_ue = BTreeMap::new();
        let mut by_radio = BTreeMap::new();
        for (index, seat) in seats.iter().enumerate() {
            by_name.entry(seat.name.clone()).or_insert(SeatId(index));
            match &seat.device {
                Some(Simulated::Modem(_, ue)) => drop(by_ue.insert(*ue, SeatId(index))),
                Some(Simulated::Node(_, radio)) => drop(by_radio.insert(*radio, SeatId(index))),
                None => {}
            }
        }
        Self {
            wakeups: seats.iter().map(|_| None).collect(),
            due: BTreeSet::new(),
            touched: (0..seats.len()).map(SeatId).collect(),
            seats,
            by_name,
            by_ue,
            by_radio,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (SeatId, &Seat)> {
        self.seats.iter().enumerate().map(|(index, seat)| (SeatId(index), seat))
    }

    /// All of them, to change what is not due to anybody.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Seat> {
        self.seats.iter_mut()
    }

    /// One of them, to look at.
    #[must_use]
    pub fn get(&self, id: SeatId) -> Option<&Seat> {
        self.seats.get(id.0)
    }

    /// One of them, to change: the next settling looks at it.
    pub fn touch(&mut self, id: SeatId) -> Option<&mut Seat> {
        let seat = self.seats.get_mut(id.0)?;
        self.touched.insert(id);
        Some(seat)
    }

    /// The seat of the device called `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<SeatId> {
        self.by_name.get(name).copied()
    }

    /// The seat of the modem with this radio.
    #[must_use]
    pub fn of_ue(&self, ue: UeId) -> Option<SeatId> {
        self.by_ue.get(&ue).copied()
    }

    /// The seat of the node with this radio.
    #[must_use]
    pub fn of_radio(&self, radio: RadioIndex) -> Option<SeatId> {
        self.by_radio.get(&radio).copied()
    }

    /// Those that are due by `now`, in the order of the lab file.
    pub(crate) fn due(&self, now: Instant) -> Vec<SeatId> {
        let mut due: Vec<SeatId> =
            self.due.iter().take_while(|(at, _)| *at <= now).map(|(_, seat)| *seat).collect();
        due.sort_unstable();
        due
    }

    /// Those that were touched since the last call, in the order of the lab file.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<SeatId> {
        std::mem::take(&mut self.touched)
    }

    /// As [`Self::touch`] for a settling, which writes the seat into the agenda when it has emptied it.
    pub(crate) fn settling(&mut self, id: SeatId) -> Option<&mut Seat> {
        self.seats.get_mut(id.0)
    }

    /// Writes down anew when a seat is due.
    pub(crate) fn reschedule(&mut self, id: SeatId) {
        let next = self.seats.get(id.0).and_then(Seat::next_wakeup);
        let Some(place) = self.wakeups.get_mut(id.0) else { return };
        if let Some(old) = place.take() {
            self.due.remove(&(old.at, id));
        }
        if let Some(next) = &next {
            self.due.insert((next.at, id));
        }
        *place = next;
    }

    /// When the first of them is due, and why.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let (_, seat) = self.due.first()?;
        self.wakeups.get(seat.0).copied().flatten()
    }
}
