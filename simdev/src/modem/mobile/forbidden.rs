//! The lists of networks and areas that a mobile keeps in its own memory (TS 23.122 clause 3.1, TS 24.301 5.3.2, 5.3.7b).
//!
//! The list of forbidden PLMNs itself is on the card; everything here is lost with the power or the card. What a reject
//! without integrity protection put on a list is remembered as such, and goes when T3247 expires.

use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::{CellId, HeardCell, Rat};
use wire::plmn::Plmn;
use wire::time::Instant;

/// How often a reject without protection is forgotten again before it is believed (implementation specific).
const MOST_EVENTS: u8 = 10;

/// An area: tracking areas and location areas have lists of their own.
type Area = (Plmn, bool, u16);

fn area(cell: &HeardCell) -> Area {
    (cell.id.plmn, cell.rat == Rat::Eutran, cell.id.tac)
}

/// What a reject without protection is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// The card was called invalid for packet services.
    PacketInvalid,
    /// The card was called invalid for circuit-switched services.
    CircuitInvalid,
    /// The network forbade itself.
    Plmn(Plmn),
    /// The network forbade its packet services.
    PlmnPacket(Plmn),
}

/// Networks and areas that must not be tried.
#[derive(Debug, Default)]
pub(super) struct Forbidden {
    /// "Forbidden PLMNs for GPRS service": #14.
    packet_plmns: BTreeSet<Plmn>,
    /// For regional provision of service (#12) and for roaming (#13, #15): both keep a mobile out in the same way.
    areas: BTreeSet<Area>,
    /// Networks that failed five times or severely, and when they may be tried again.
    resting: BTreeMap<(Plmn, Rat), Instant>,
    /// Cells that are barred for a while because the network behind them could not prove itself.
    barred: BTreeMap<CellId, Instant>,
    /// The card is invalid for packet services (#3, #6 to #8) until power-off or removal.
    pub(super) packet_card: bool,
    /// The card is invalid for circuit-switched services (#2, #3, #6, #8).
    pub(super) circuit_card: bool,
    events: BTreeMap<Event, u8>,
    /// Entries of the card's forbidden list that come from rejects without protection.
    unprotected_plmns: BTreeSet<Plmn>,
    unprotected_packet_plmns: BTreeSet<Plmn>,
    unprotected_areas: BTreeSet<Area>,
}

impl Forbidden {
    pub(super) fn add_area(&mut self, cell: &HeardCell, protected: bool) {
        self.areas.insert(area(cell));
        if !protected {
            self.unprotected_areas.insert(area(cell));
        }
    }

    pub(super) fn has_area(&self, cell: &HeardCell) -> bool {
        self.areas.contains(&area(cell))
    }

    pub(super) fn bar(&mut self, cell: CellId, until: Instant) {
        self.barred.insert(cell, until);
    }

    pub(super) fn is_barred(&self, cell: CellId, now: Instant) -> bool {
        self.barred.get(&cell).is_some_and(|until| *until > now)
    }

    pub(super) fn forget_areas(&mut self) {
        self.areas.clear();
        self.unprotected_areas.clear();
    }

    pub(super) fn forbid_packet(&mut self, plmn: Plmn, protected: bool) {
        self.packet_plmns.insert(plmn);
        if !protected {
            self.unprotected_packet_plmns.insert(plmn);
        }
    }

    pub(super) fn forbids_packet(&self, plmn: Plmn) -> bool {
        self.packet_plmns.contains(&plmn)
    }

    pub(super) fn rest(&mut self, plmn: Plmn, rat: Rat, until: Instant) {
        self.resting.insert((plmn, rat), until);
    }

    pub(super) fn is_resting(&self, cell: &HeardCell, now: Instant) -> bool {
        self.resting.get(&(cell.id.plmn, cell.rat)).is_some_and(|until| *until > now)
    }

    /// When the first network that rests may be tried again.
    pub(super) fn next_awake(&self, now: Instant) -> Option<Instant> {
        self.resting.values().copied().filter(|until| *until > now).min()
    }

    /// A person asks for a network that rests.
    pub(super) fn rouse(&mut self, plmn: Plmn) {
        self.resting.retain(|(resting, _), _| *resting != plmn);
    }

    /// The network let the mobile in.
    pub(super) fn wake(&mut self, plmn: Plmn) {
        self.rouse(plmn);
        self.packet_plmns.remove(&plmn);
    }

    /// Whether a reject without protection is to be forgotten later; counts it (5.3.7b).
    pub(super) fn is_bounded(&mut self, event: Event) -> bool {
        let count = self.events.entry(event).or_insert(0);
        *count = count.saturating_add(1);
        *count <= MOST_EVENTS
    }

    pub(super) fn remember_unprotected(&mut self, plmn: Plmn) {
        self.unprotected_plmns.insert(plmn);
    }

    /// T3247 expired: what came without protection is forgotten; gives the networks that leave the card's list.
    pub(super) fn forget_unprotected(&mut self) -> BTreeSet<Plmn> {
        for area in std::mem::take(&mut self.unprotected_areas) {
            self.areas.remove(&area);
        }
        for plmn in std::mem::take(&mut self.unprotected_packet_plmns) {
            self.packet_plmns.remove(&plmn);
        }
        std::mem::take(&mut self.unprotected_plmns)
    }

    /// T3245 expired: the card counts as valid again and no network forbids its packet services. Areas stay forbidden.
    pub(super) fn forget_invalid(&mut self) {
        self.packet_card = false;
        self.circuit_card = false;
        self.packet_plmns.clear();
        self.unprotected_packet_plmns.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(tac: u16, rat: Rat) -> HeardCell {
        HeardCell { id: CellId { plmn: "214-03".parse().unwrap(), tac, cell: 1 }, rat, rsrp_dbm: -80 }
    }

    #[test]
    fn a_tracking_area_and_a_location_area_of_the_same_number_are_two_areas() {
        let mut lists = Forbidden::default();
        lists.add_area(&cell(1, Rat::Eutran), true);
        assert!(lists.has_area(&cell(1, Rat::Eutran)));
        assert!(!lists.has_area(&cell(1, Rat::Gsm)) && !lists.has_area(&cell(2, Rat::Eutran)));
    }

    #[test]
    fn only_what_came_without_protection_is_forgotten_early() {
        let mut lists = Forbidden::default();
        lists.add_area(&cell(1, Rat::Eutran), true);
        lists.add_area(&cell(2, Rat::Eutran), false);
        let plmn = cell(1, Rat::Gsm).id.plmn;
        lists.remember_unprotected(plmn);
        assert_eq!(lists.forget_unprotected(), BTreeSet::from([plmn]));
        assert!(lists.has_area(&cell(1, Rat::Eutran)) && !lists.has_area(&cell(2, Rat::Eutran)));
        assert!(lists.forget_unprotected().is_empty());
    }

    #[test]
    fn the_eleventh_reject_without_protection_is_believed() {
        let mut lists = Forbidden::default();
        let answers: Vec<bool> = (0..11).map(|_| lists.is_bounded(Event::PacketInvalid)).collect();
        assert_eq!(answers.iter().filter(|bounded| **bounded).count(), 10);
        assert!(!answers[10]);
    }
}
