//! Which sessions have which DevAddr, so that the owner of a frame is found without asking every device.
//!
//! Where an address has several sessions, those come first whose last counter is nearest below the frame's: the owner is
//! nearly always the first or second, and each further one costs a MIC.

use super::device::SessionSlot;
use super::table::Table;
use std::collections::{BTreeMap, BTreeSet};
use wire::id::Eui64;
use wire::lorawan::DevAddr;

/// One session of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    pub(super) dev_eui: Eui64,
    pub(super) slot: SessionSlot,
}

/// The sessions of one address.
#[derive(Debug)]
pub(super) enum Holders {
    One(Holder),
    Many(Box<Many>),
}

#[derive(Debug, Default)]
pub(super) struct Many {
    /// By the low half of the last counter; a session without an uplink stands just below zero.
    by_counter: BTreeSet<(u16, Holder)>,
    places: BTreeMap<Holder, u16>,
}

impl Many {
    fn place(&mut self, holder: Holder, counter: u16) {
        if let Some(before) = self.places.insert(holder, counter) {
            self.by_counter.remove(&(before, holder));
        }
        self.by_counter.insert((counter, holder));
    }
}

impl Holders {
    pub(super) const fn is_shared(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// The most likely first.
    pub(super) fn likely(&self, fcnt: u16) -> impl Iterator<Item = Holder> {
        let (one, many) = match self {
            Self::One(holder) => (Some(*holder), None),
            Self::Many(many) => (None, Some(&many.by_counter)),
        };
        let near = many.into_iter().flat_map(move |all| {
            let split = (fcnt.saturating_add(1), FIRST);
            let (below, above) = (all.range(..split), all.range(split..));
            below.rev().chain(above.rev()).map(|(_, holder)| *holder)
        });
        one.into_iter().chain(near)
    }
}

const BEFORE_ZERO: u16 = u16::MAX;

#[derive(Debug, Default)]
pub(super) struct AddressBook {
    holders: Table<DevAddr, Holders>,
}

impl AddressBook {
    pub(super) fn add(&mut self, dev_addr: DevAddr, holder: Holder) {
        let mut is_new = false;
        let holders = self.holders.get_or_insert_with(dev_addr, || {
            is_new = true;
            Holders::One(holder)
        });
        if is_new {
            return;
        }
        if let Holders::One(first) = *holders {
            let mut many = Box::new(Many::default());
            many.place(first, BEFORE_ZERO);
            *holders = Holders::Many(many);
        }
        if let Holders::Many(many) = holders {
            many.place(holder, BEFORE_ZERO);
        }
    }

    pub(super) fn remove(&mut self, dev_addr: DevAddr, holder: Holder) {
        let empty = match self.holders.get_mut(dev_addr) {
            Some(Holders::One(only)) => *only == holder,
            Some(Holders::Many(many)) => {
                if let Some(counter) = many.places.remove(&holder) {
                    many.by_counter.remove(&(counter, holder));
                }
                many.places.is_empty()
            }
            None => false,
        };
        if empty {
            self.holders.remove(dev_addr);
        }
    }

    /// The session has accepted this counter. Nothing to do where it has the address for itself.
    pub(super) fn accepted(&mut self, dev_addr: DevAddr, holder: Holder, fcnt: u32) {
        if let Some(Holders::Many(many)) = self.holders.get_mut(dev_addr) {
            many.place(holder, fcnt as u16);
        }
    }

    /// The sessions of the address.
    pub(super) fn get(&self, dev_addr: DevAddr) -> Option<&Holders> {
        self.holders.get(dev_addr)
    }
}

/// Not above any holder.
const FIRST: Holder = Holder { dev_eui: Eui64::from_value(0), slot: SessionSlot::Offered };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_whose_counter_is_just_below_comes_first() {
        let address = DevAddr::from_value(7);
        let holder = |value| Holder { dev_eui: Eui64::from_value(value), slot: SessionSlot::Current };
        let mut book = AddressBook::default();
        let asked = |book: &AddressBook, fcnt| {
            let likely = book.get(address).into_iter().flat_map(|holders| holders.likely(fcnt));
            likely.map(|holder| holder.dev_eui.value()).collect::<Vec<_>>()
        };
        assert!(asked(&book, 0).is_empty());
        for value in 1..=4 {
            book.add(address, holder(value));
        }
        for (value, fcnt) in [(1, 10), (2, 500), (3, 0x1_0014)] {
            book.accepted(address, holder(value), fcnt);
        }
        assert_eq!(asked(&book, 11), [1, 4, 2, 3]);
        assert_eq!(asked(&book, 21), [3, 1, 4, 2]);
        assert_eq!(asked(&book, 0)[0], 4, "a session without an uplink waits for zero");
        book.remove(address, holder(1));
        assert_eq!(asked(&book, 11), [4, 2, 3]);
        for value in 2..=4 {
            book.remove(address, holder(value));
        }
        assert!(book.holders.is_empty());
    }
}
