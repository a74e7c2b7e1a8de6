//! Searches over all bands: one at a time on the radio, whoever asked for it.

use super::call::DialError;
use super::selection::{Recall, SelectionMode};
use super::{Emm, Mobile, MobileEvent};
use wire::air::cellular::{HeardCell, RadioUp, Rat};
use wire::plmn::Plmn;
use wire::time::Instant;

/// Who waits for the search that runs.
#[derive(Debug, Default)]
pub(super) struct Search {
    running: bool,
    pub(super) for_selection: bool,
    pub(super) for_better: bool,
    pub(super) for_technology: bool,
    pub(super) for_user: bool,
    pub(super) for_emergency: bool,
}

/// `<stat>` of an entry of `+COPS=?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanStatus {
    Available,
    Current,
    Forbidden,
}

/// A network that was heard, with the technology it was heard on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScanEntry {
    pub(crate) status: ScanStatus,
    pub(crate) plmn: Plmn,
    pub(crate) rat: Rat,
}

impl Mobile {
    /// Searches for a person (`+COPS=?`); answered by [`MobileEvent::Scanned`].
    pub(crate) fn scan(&mut self) {
        self.search.for_user = true;
        self.start_search();
    }

    /// Nobody waits for the scan any longer.
    pub(crate) fn abandon_scan(&mut self) {
        self.search.for_user = false;
    }

    pub(super) fn start_search(&mut self) {
        if !self.search.running {
            self.search.running = true;
            self.up.push_back(RadioUp::Search);
        }
    }

    pub(super) fn searched(&mut self, now: Instant, mut cells: Vec<HeardCell>) {
        if !self.search.running {
            return;
        }
        cells.retain(|cell| self.rats().contains(&cell.rat));
        let search = std::mem::take(&mut self.search);
        self.refresh_serving(&cells);
        if search.for_user {
            let entries = self.scan_entries(&cells);
            self.event(MobileEvent::Scanned(entries));
        }
        if search.for_emergency {
            self.emergency_searched(now, &cells);
        }
        if search.for_better {
            self.better_searched(now, &cells);
        }
        if search.for_technology {
            self.technology_searched(now, &cells);
        }
        if search.for_selection && matches!(self.emm, Emm::PlmnSearch | Emm::LimitedService) {
            self.selection_searched(now, cells);
        }
    }

    /// The level of the serving cell is that of the last measurement.
    fn refresh_serving(&mut self, cells: &[HeardCell]) {
        if let Some(serving) = &mut self.serving
            && let Some(heard) = cells.iter().find(|cell| cell.id == serving.id)
        {
            serving.rsrp_dbm = heard.rsrp_dbm;
        }
    }

    /// Home first, then the lists of the card, then the others by level (TS 27.007 7.3).
    fn scan_entries(&self, cells: &[HeardCell]) -> Vec<ScanEntry> {
        let mut ordered: Vec<HeardCell> = cells.to_vec();
        ordered.sort_by_key(|cell| (self.rank(cell).unwrap_or(usize::MAX), std::cmp::Reverse(cell.rsrp_dbm)));
        let mut entries: Vec<ScanEntry> = Vec::new();
        for cell in ordered {
            if !entries.iter().any(|entry| entry.plmn == cell.id.plmn && entry.rat == cell.rat) {
                let status = self.scan_status(&cell);
                entries.push(ScanEntry { status, plmn: cell.id.plmn, rat: cell.rat });
            }
        }
        entries
    }

    fn scan_status(&self, cell: &HeardCell) -> ScanStatus {
        let current = |serving: HeardCell| serving.id.plmn == cell.id.plmn && serving.rat == cell.rat;
        if self.is_registered() && self.serving.is_some_and(current) {
            ScanStatus::Current
        } else if self.card_forbids(cell.id.plmn) {
            ScanStatus::Forbidden
        } else {
            ScanStatus::Available
        }
    }

    /// The cell is gone: what was in progress on it fails, and the mobile looks for another.
    pub(super) fn cell_lost(&mut self, now: Instant) {
        if self.sleeps_through_loss() {
            return;
        }
        self.call_cell_lost();
        self.sms_cell_lost(now);
        self.radio_link_lost();
        if self.emm == Emm::Null {
            self.serving = None;
            return;
        }
        self.serving_lost(now);
    }

    /// The mobile has no cell any longer, and looks for another unless it was told to stay away.
    pub(super) fn serving_lost(&mut self, now: Instant) {
        if self.emm == Emm::DeregisteredInitiated {
            self.detach_accepted();
            self.serving = None;
            return;
        }
        self.serving = None;
        if self.emm == Emm::Deregistered {
            return;
        }
        self.begin_selection_as(now, Recall::Last);
    }

    /// An emergency call waits for any cell at all; the one that the mobile camps on will do.
    fn emergency_searched(&mut self, now: Instant, cells: &[HeardCell]) {
        let Some(strongest) = cells.iter().max_by_key(|cell| cell.rsrp_dbm).copied() else {
            self.call_failed(DialError::NoService);
            return;
        };
        let camped = self.serving.filter(|serving| cells.iter().any(|cell| cell.id == serving.id));
        if !self.is_registered() {
            self.serving = camped.or(Some(strongest));
        }
        self.emergency_setup(now);
    }

    /// Whether the mode of selection lets the mobile look for networks by itself.
    pub(super) fn selects_automatically(&self) -> bool {
        matches!(self.selection.mode, SelectionMode::Automatic)
    }
}
