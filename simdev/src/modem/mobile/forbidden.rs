//! The lists of networks and areas that a mobile keeps in its own memory (TS 23.122 clause 3.1, TS 24.301 5.5.1.2.5).
//!
//! The list of forbidden PLMNs itself is on the card; everything here is lost with the power or the card.

use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::CellId;
use wire::plmn::Plmn;
use wire::time::Instant;

/// Networks and areas that must not be tried.
#[derive(Debug, Default)]
pub(super) struct Forbidden {
    /// "Forbidden PLMNs for GPRS service": #14.
    pub(super) packet: BTreeSet<Plmn>,
    /// Tracking areas forbidden for roaming (#13, #15) or for regional provision of service (#12).
    areas: BTreeSet<(Plmn, u16)>,
    /// Networks that failed five times or severely, and when they may be tried again.
    resting: BTreeMap<Plmn, Instant>,
    /// Cells that are barred for a while because the network behind them could not prove itself.
    barred: BTreeMap<CellId, Instant>,
    /// The card is invalid for packet services (#3, #5 to #8) until power-off or removal.
    pub(super) card: bool,
}

impl Forbidden {
    pub(super) fn add_area(&mut self, cell: CellId) {
        self.areas.insert((cell.plmn, cell.tac));
    }

    pub(super) fn has_area(&self, cell: CellId) -> bool {
        self.areas.contains(&(cell.plmn, cell.tac))
    }

    pub(super) fn bar(&mut self, cell: CellId, until: Instant) {
        self.barred.insert(cell, until);
    }

    pub(super) fn is_barred(&self, cell: CellId, now: Instant) -> bool {
        self.barred.get(&cell).is_some_and(|until| *until > now)
    }

    pub(super) fn rest(&mut self, plmn: Plmn, until: Instant) {
        self.resting.insert(plmn, until);
    }

    pub(super) fn is_resting(&self, plmn: Plmn, now: Instant) -> bool {
        self.resting.get(&plmn).is_some_and(|until| *until > now)
    }

    /// When the first network that rests may be tried again.
    pub(super) fn next_awake(&self, now: Instant) -> Option<Instant> {
        self.resting.values().copied().filter(|until| *until > now).min()
    }

    pub(super) fn wake(&mut self, plmn: Plmn) {
        self.resting.remove(&plmn);
        self.packet.remove(&plmn);
    }
}
