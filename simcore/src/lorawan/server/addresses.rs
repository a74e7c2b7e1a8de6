//! Which sessions have which DevAddr, so that the owner of a frame is found without asking every device.
//!
//! Where an address has several sessions, those come first whose last counter is nearest below the frame's: the owner is
//! nearly always the first or second, and each further one costs a MIC.

use super::device::SessionSlot;
use std::collections::{BTreeMap, BTreeSet};
use wire::id::Eui64;
use wire::lorawan::DevAddr;

/// One session of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    pub(super) dev_eui: Eui64,
    pub(super) slot: SessionSlot,
}

#[derive(Debug)]
enum Holders {
    One(Holder),
    Many {
        /// By the low half of the last counter; a session without an uplink stands just below zero.
        by_counter: BTreeSet<(u16, Holder)>,
        places: BTreeMap<Holder, u16>,
    },
}

const BEFORE_ZERO: u16 = u16::MAX;

#[derive(Debug, Default)]
pub(super) struct AddressBook {
    holders: BTreeMap<DevAddr, Holders>,
}

impl AddressBook {
    pub(super) fn add(&mut self, dev_addr: DevAddr, holder: Holder) {
        let Some(holders) = self.holders.get_mut(&dev_addr) else {
            self.holders.insert(dev_addr, Holders::One(holder));
            return;
        };
        if let Holders::One(first) = *holders {
            *holders = Holders::Many {
                by_counter: BTreeSet::from([(BEFORE_ZERO, first)]),
                places: BTreeMap::from([(first, BEFORE_ZERO)]),
            };
        }
        if let Holders::Many { by_counter, places } = holders {
            place(by_counter, places, holder, BEFORE_ZERO);
        }
    }

    pub(super) fn remove(&mut self, dev_addr: DevAddr, holder: Holder) {
        let empty = match self.holders.get_mut(&dev_addr) {
            Some(Holders::One(only)) => *only == holder,
            Some(Holders::Many { by_counter, places }) => {
                if let Some(counter) = places.remove(&holder) {
                    by_counter.remove(&(counter, holder));
                }
                places.is_empty()
            }
            None => false,
        };
        if empty {
            self.holders.remove(&dev_addr);
        }
    }

    /// The session has accepted this counter. Nothing to do where it has the address for itself.
    pub(super) fn accepted(&mut self, dev_addr: DevAddr, holder: Holder, fcnt: u32) {
        if let Some(Holders::Many { by_counter, places }) = self.holders.get_mut(&dev_addr) {
            place(by_counter, places, holder, fcnt as u16);
        }
    }

    /// The sessions of the address, the most likely first.
    pub(super) fn candidates(&self, dev_addr: DevAddr, fcnt: u16) -> impl Iterator<Item = Holder> {
        let (one, many) = match self.holders.get(&dev_addr) {
            Some(Holders::One(holder)) => (Some(*holder), None),
            Some(Holders::Many { by_counter, .. }) => (None, Some(by_counter)),
            None => (None, None),
        };
        let near = many.into_iter().flat_map(move |all| {
            let split = (fcnt.saturating_add(1), FIRST);
            let (below, above) = (all.range(..split), all.range(split..));
            below.rev().chain(above.rev()).map(|(_, holder)| *holder)
        });
        one.into_iter().chain(near)
    }
}

/// Not above any holder.
const FIRST: Holder = Holder { dev_eui: Eui64::from_value(0), slot: SessionSlot::Offered };

fn place(
    by_counter: &mut BTreeSet<(u16, Holder)>,
    places: &mut BTreeMap<Holder, u16>,
    holder: Holder,
    counter: u16,
) {
    if let Some(before) = places.insert(holder, counter) {
        by_counter.remove(&(before, holder));
    }
    by_counter.insert((counter, holder));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_whose_counter_is_just_below_comes_first() {
        let address = DevAddr::from_value(7);
        let holder = |value| Holder { dev_eui: Eui64::from_value(value), slot: SessionSlot::Current };
        let mut book = AddressBook::default();
        let asked = |book: &AddressBook, fcnt| {
            book.candidates(address, fcnt).map(|holder| holder.dev_eui.value()).collect::<Vec<_>>()
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
