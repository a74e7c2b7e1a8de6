//! Network selection: which network to try next (TS 23.122 clauses 4.4.3.1 and 4.4.3.3).
//!
//! A round begins with a search, orders what was heard, and tries one candidate after the other until one registers
//! the mobile or none is left. Entries of the card's lists are read at every round, so that an update over the air
//! takes effect. In i, iv and v every technology is searched; entries of the lists name theirs.

use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use crate::defect::Defect;
use std::collections::VecDeque;
use wire::air::cellular::{HeardCell, Rat};
use wire::at::error::CmeError;
use wire::plmn::Plmn;
use wire::time::{Duration, Instant};

/// Pause between two rounds while no service is to be had.
const NEXT_SELECTION: Duration = Duration::from_secs(60);
/// The first search for a better network after a selection: at least 2 minutes later.
const FIRST_BETTER_SEARCH: Duration = Duration::from_secs(120);
/// How often a mobile on a lesser technology looks for a better one (TS 36.304 5.2.4.2).
const BETTER_TECHNOLOGY: Duration = Duration::from_secs(60);

/// What counts as high quality (TS 36.304 5.1.2.2, TS 25.304 5.1.2.2, TS 43.022).
const fn high_quality_dbm(rat: Rat) -> i16 {
    match rat {
        Rat::Eutran => -110,
        Rat::Utran => -95,
        Rat::Gsm => -85,
    }
}

/// Where the standard leaves the order of technologies open: the newest first.
pub(super) const fn preference(rat: Rat) -> u8 {
    match rat {
        Rat::Eutran => 0,
        Rat::Utran => 1,
        Rat::Gsm => 2,
    }
}

/// Whether a round begins with the network of the last registration (23.122 4.4.3.1: at switch-on and at recovery from
/// lack of coverage; not after that network turned the mobile away).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Recall {
    /// The last network first.
    #[default]
    Last,
    /// By the lists alone.
    Nothing,
}

/// Who chooses the network (`<mode>` of `+COPS`); it outlives a power cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SelectionMode {
    /// The mobile, by the lists of the card: mode 0.
    #[default]
    Automatic,
    /// The user: mode 1.
    Manual { plmn: Plmn, rat: Option<Rat> },
    /// The user, and the mobile when that fails: mode 4.
    ManualThenAutomatic { plmn: Plmn, rat: Option<Rat> },
    /// Nobody: mode 2.
    Deregistered,
}

#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) mode: SelectionMode,
    candidates: VecDeque<HeardCell>,
    /// The cell to camp on when no candidate is left.
    strongest: Option<HeardCell>,
    /// Whether the candidates are those of a search that has not led to a registration yet.
    pub(super) in_round: bool,
    /// The network that must not be left (#12).
    pub(super) stay_on: Option<Plmn>,
    /// The network whose other cells come first (#15).
    pub(super) same_network_first: Option<Plmn>,
    /// A person chose a network, and that network has not said since that it is forbidden.
    pub(super) by_hand_again: bool,
    recall: Recall,
}

impl Selection {
    pub(super) fn end_round(&mut self) {
        self.candidates.clear();
        self.strongest = None;
        self.in_round = false;
    }
}

impl Mobile {
    pub(crate) fn selection_mode(&self) -> SelectionMode {
        self.selection.mode
    }

    /// Selects a network (`+COPS=0`, `1`, `4`); answered by [`MobileEvent::SelectionEnded`].
    pub(crate) fn select(&mut self, now: Instant, mode: SelectionMode) {
        self.selection.mode = mode;
        self.selection.stay_on = None;
        self.selection.by_hand_again = true;
        if let SelectionMode::Manual { plmn, .. } | SelectionMode::ManualThenAutomatic { plmn, .. } = mode {
            self.forbidden.rouse(plmn);
        }
        self.selection_awaited = true;
        if self.already_there() {
            self.end_selection(Ok(()));
        } else {
            self.begin_selection(now);
        }
    }

    fn already_there(&self) -> bool {
        let on = |plmn: Plmn, rat: Option<Rat>| {
            self.serving.is_some_and(|cell| cell.id.plmn == plmn && rat.is_none_or(|rat| rat == cell.rat))
        };
        self.is_registered()
            && match self.selection.mode {
                SelectionMode::Automatic => true,
                SelectionMode::Manual { plmn, rat } | SelectionMode::ManualThenAutomatic { plmn, rat } => {
                    on(plmn, rat)
                }
                SelectionMode::Deregistered => false,
            }
    }

    /// The host does not wait for the selection any longer; the selection itself goes on.
    pub(crate) fn abandon_selection(&mut self) {
        self.selection_awaited = false;
    }

    pub(super) fn end_selection(&mut self, result: Result<(), CmeError>) {
        if std::mem::take(&mut self.selection_awaited) {
            self.event(MobileEvent::SelectionEnded(result));
        }
    }

    /// Begins a round by the lists alone.
    pub(super) fn begin_selection(&mut self, now: Instant) {
        self.begin_selection_as(now, Recall::Nothing);
    }

    /// Begins a round.
    pub(super) fn begin_selection_as(&mut self, _now: Instant, recall: Recall) {
        self.selection.recall = recall;
        if !self.radio {
            self.end_selection(Err(CmeError::NO_NETWORK_SERVICE));
            return;
        }
        if self.selection.mode == SelectionMode::Deregistered {
            self.enter(Emm::Deregistered);
            self.end_selection(Err(CmeError::NO_NETWORK_SERVICE));
            return;
        }
        self.selection.end_round();
        self.stop_mobility_timers();
        self.search.for_selection = true;
        self.enter(Emm::PlmnSearch);
        self.start_search();
    }

    /// Another round while no service is to be had: the state stays what it is until something is found.
    pub(super) fn repeat_selection(&mut self) {
        if matches!(self.emm, Emm::LimitedService | Emm::PlmnSearch) {
            self.search.for_selection = true;
            self.start_search();
        }
    }

    pub(super) fn selection_searched(&mut self, now: Instant, cells: Vec<HeardCell>) {
        if !cells.iter().any(|cell| self.selection.stay_on == Some(cell.id.plmn)) {
            self.selection.stay_on = None;
        }
        self.selection.strongest = cells.iter().max_by_key(|cell| cell.rsrp_dbm).copied();
        self.selection.candidates = self.order(cells).into();
        self.selection.in_round = true;
        self.attempts = 0;
        self.try_next(now);
    }

    /// Camps on the next candidate that may be tried, or gives up this round.
    pub(super) fn try_next(&mut self, now: Instant) {
        while let Some(cell) = self.selection.candidates.pop_front() {
            if self.may_try(&cell, now) {
                self.serving = Some(cell);
                self.attempts = 0;
                self.register(now);
                return;
            }
        }
        self.give_up_round(now);
    }

    /// Puts the other cells of a network, as far as they were heard, before everything else (#15).
    pub(super) fn prefer(&mut self, plmn: Plmn) {
        let (same, others): (Vec<_>, Vec<_>) =
            self.selection.candidates.drain(..).partition(|cell| cell.id.plmn == plmn);
        self.selection.candidates = same.into_iter().chain(others).collect();
    }

    fn give_up_round(&mut self, now: Instant) {
        if let SelectionMode::ManualThenAutomatic { .. } = self.selection.mode {
            self.selection.mode = SelectionMode::Automatic;
            self.begin_selection(now);
            return;
        }
        self.selection.in_round = false;
        self.serving =
            self.serving.filter(|_| self.selection.strongest.is_some()).or(self.selection.strongest);
        let camped = self.serving.is_some();
        self.enter(if camped { Emm::LimitedService } else { Emm::PlmnSearch });
        let error = match self.last_reject {
            Some(cause) if camped => CmeError::from_emm(cause),
            _ => CmeError::NO_NETWORK_SERVICE,
        };
        self.end_selection(Err(error));
        self.plan_next_round(now, camped);
    }

    fn plan_next_round(&mut self, now: Instant, camped: bool) {
        let no_circuit = self.forbidden.circuit_card || !self.settings.combined;
        let hopeless = (self.forbidden.packet_card && no_circuit) || self.subscriber.is_none();
        if camped && hopeless {
            return;
        }
        match self.forbidden.next_awake(now) {
            Some(at) if camped && at > now + NEXT_SELECTION => self.timers.start_at(MobileTimer::T3402, at),
            _ => {}
        }
        self.timers.start(MobileTimer::NextSelection, now, NEXT_SELECTION);
    }

    pub(super) fn may_try(&self, cell: &HeardCell, now: Instant) -> bool {
        if self.subscriber.is_none() || self.forbidden.has_area(cell) {
            return false;
        }
        if self.forbidden.is_barred(cell.id, now) {
            return false;
        }
        let plmn = cell.id.plmn;
        if self.selection.stay_on.is_some_and(|stay| stay != plmn) {
            return false;
        }
        let by_hand =
            self.selection.by_hand_again && !matches!(self.selection.mode, SelectionMode::Automatic);
        let circuit = cell.rat != Rat::Eutran && self.settings.combined && !self.forbidden.circuit_card;
        let packet = !self.forbidden.packet_card && (by_hand || !self.forbidden.forbids_packet(plmn));
        if !(circuit || packet) {
            return false;
        }
        let forbidden = !self.has(Defect::IgnoresPlmnForbidden) && self.card_forbids(plmn);
        match self.selection.mode {
            SelectionMode::Manual { .. } | SelectionMode::ManualThenAutomatic { .. } => {
                (by_hand || !forbidden) && !self.forbidden.is_resting(cell, now)
            }
            SelectionMode::Deregistered => false,
            SelectionMode::Automatic => !forbidden && !self.forbidden.is_resting(cell, now),
        }
    }

    /// Whether EF_FPLMN lists the network.
    pub(super) fn card_forbids(&self, plmn: Plmn) -> bool {
        self.card
            .as_ref()
            .and_then(|card| card.forbidden_plmns().ok())
            .is_some_and(|list| list.contains(&plmn))
    }

    fn order(&mut self, mut cells: Vec<HeardCell>) -> Vec<HeardCell> {
        cells.sort_by_key(|cell| std::cmp::Reverse(cell.rsrp_dbm));
        match self.selection.mode {
            SelectionMode::Manual { plmn, rat } | SelectionMode::ManualThenAutomatic { plmn, rat } => {
                cells.retain(|cell| cell.id.plmn == plmn && rat.is_none_or(|rat| rat == cell.rat));
                cells
            }
            SelectionMode::Automatic | SelectionMode::Deregistered => self.order_automatic(cells),
        }
    }

    /// Last registered network, then home, the lists, others of high quality at random, the rest by level.
    fn order_automatic(&mut self, cells: Vec<HeardCell>) -> Vec<HeardCell> {
        let mut listed: Vec<(usize, HeardCell)> = Vec::new();
        let mut good: Vec<HeardCell> = Vec::new();
        let mut weak: Vec<HeardCell> = Vec::new();
        for cell in cells {
            match self.rank(&cell) {
                _ if self.selection.same_network_first == Some(cell.id.plmn) => listed.push((0, cell)),
                _ if self.is_recalled(cell.id.plmn) => listed.push((1, cell)),
                Some(rank) => listed.push((rank + 2, cell)),
                None if cell.rsrp_dbm >= high_quality_dbm(cell.rat) => good.push(cell),
                None => weak.push(cell),
            }
        }
        listed.sort_by_key(|(rank, cell)| (*rank, preference(cell.rat), std::cmp::Reverse(cell.rsrp_dbm)));
        let mut ordered: Vec<HeardCell> = listed.into_iter().map(|(_, cell)| cell).collect();
        ordered.extend(self.shuffle_combinations(good));
        ordered.extend(weak);
        ordered
    }

    /// Combinations of network and technology in random order, the cells of each by level.
    fn shuffle_combinations(&mut self, cells: Vec<HeardCell>) -> Vec<HeardCell> {
        let mut combinations: Vec<(Plmn, Rat)> = Vec::new();
        for cell in &cells {
            if !combinations.contains(&(cell.id.plmn, cell.rat)) {
                combinations.push((cell.id.plmn, cell.rat));
            }
        }
        for place in (1..combinations.len()).rev() {
            let other = self.rng.below(place as u64 + 1) as usize;
            combinations.swap(place, other);
        }
        let of = |(plmn, rat): (Plmn, Rat)| {
            cells.iter().filter(move |cell| (cell.id.plmn, cell.rat) == (plmn, rat)).copied()
        };
        combinations.into_iter().flat_map(of).collect()
    }

    /// Whether a network is the one of the last registration, or equivalent to it.
    fn is_recalled(&self, plmn: Plmn) -> bool {
        if self.selection.recall == Recall::Nothing {
            return false;
        }
        match &self.registered {
            Some(registered) => registered.covers(plmn),
            None => self.last_registered() == Some(plmn),
        }
    }

    fn last_registered(&self) -> Option<Plmn> {
        self.card.as_ref().and_then(|card| card.last_registered_plmn().ok().flatten())
    }

    /// Place among home networks, user list and operator list; `None` for a network that no list names.
    pub(super) fn rank(&self, cell: &HeardCell) -> Option<usize> {
        let subscriber = self.subscriber.as_ref()?;
        let card = self.card.as_ref()?;
        if let Some(place) = subscriber.home_list.iter().position(|plmn| *plmn == cell.id.plmn) {
            return Some(place);
        }
        let mut lists = card.user_plmns().unwrap_or_default();
        lists.extend(card.operator_plmns().unwrap_or_default());
        let matches =
            |(plmn, technologies): &(Plmn, u16)| *plmn == cell.id.plmn && names_rat(*technologies, cell.rat);
        lists.iter().position(matches).map(|place| place + subscriber.home_list.len())
    }

    /// Starts the search for networks of higher priority where the standard asks for one.
    pub(super) fn plan_better_search(&mut self, now: Instant, first: bool) {
        self.timers.stop(MobileTimer::HigherPrioritySearch);
        let Some(subscriber) = &self.subscriber else { return };
        let at_home = self.serving.is_some_and(|cell| subscriber.is_home(cell.id.plmn));
        if let (false, true, Some(period)) = (at_home, self.selects_automatically(), subscriber.search_period)
        {
            let span = if first { FIRST_BETTER_SEARCH.min(period) } else { period };
            self.timers.start(MobileTimer::HigherPrioritySearch, now, span);
        }
    }

    pub(super) fn look_for_better(&mut self, now: Instant) {
        self.plan_better_search(now, false);
        if self.is_idle() && !self.is_asleep() {
            self.search.for_better = true;
            self.start_search();
        }
    }

    /// Only an idle mobile looks around.
    fn is_idle(&self) -> bool {
        self.emm == Emm::Registered && !self.has_call() && (self.on_legacy() || !self.is_connected())
    }

    /// On a lesser technology a mobile looks for a better one of the same network.
    pub(super) fn plan_better_technology(&mut self, now: Instant) {
        let best = self.rats().iter().map(|rat| preference(*rat)).min();
        let lesser = self.serving.is_some_and(|cell| best.is_some_and(|best| best < preference(cell.rat)));
        let named = match self.selection.mode {
            SelectionMode::Manual { rat, .. } | SelectionMode::ManualThenAutomatic { rat, .. } => rat,
            SelectionMode::Automatic | SelectionMode::Deregistered => None,
        };
        if lesser && named.is_none() {
            self.timers.start(MobileTimer::BetterTechnology, now, BETTER_TECHNOLOGY);
        }
    }

    pub(super) fn look_for_better_technology(&mut self, now: Instant) {
        self.plan_better_technology(now);
        if self.is_idle() {
            self.search.for_technology = true;
            self.start_search();
        }
    }

    pub(super) fn technology_searched(&mut self, now: Instant, cells: &[HeardCell]) {
        let Some(serving) = self.serving.filter(|_| self.is_idle()) else { return };
        let fits = |cell: &&HeardCell| {
            preference(cell.rat) < preference(serving.rat)
                && self.registered.as_ref().is_some_and(|known| known.covers(cell.id.plmn))
                && self.may_try(cell, now)
        };
        let better = cells
            .iter()
            .filter(fits)
            .min_by_key(|cell| (preference(cell.rat), std::cmp::Reverse(cell.rsrp_dbm)));
        if let Some(better) = better.copied() {
            self.serving = Some(better);
            self.register(now);
        }
    }

    pub(super) fn better_searched(&mut self, now: Instant, cells: &[HeardCell]) {
        let Some(serving) = self.serving.filter(|_| self.is_idle()) else { return };
        let current = self.rank(&serving).unwrap_or(usize::MAX);
        let better = |cell: &&HeardCell| {
            self.rank(cell).is_some_and(|rank| rank < current)
                && same_country(cell.id.plmn, serving.id.plmn)
                && self.may_try(cell, now)
        };
        if cells.iter().any(|cell| better(&cell)) {
            let mut ordered: Vec<HeardCell> = cells.to_vec();
            ordered.sort_by_key(|cell| {
                let rank = self.rank(cell).unwrap_or(usize::MAX);
                (rank, preference(cell.rat), std::cmp::Reverse(cell.rsrp_dbm))
            });
            ordered.retain(|cell| same_country(cell.id.plmn, serving.id.plmn));
            self.stop_mobility_timers();
            self.selection.strongest = Some(serving);
            self.selection.candidates = ordered.into();
            self.selection.in_round = true;
            self.try_next(now);
        }
    }
}

/// Countries with several codes, as the first and the last of them (ITU-T E.212): the United States, the United Kingdom,
/// Japan, India, China.
const COUNTRIES: &[(u16, u16)] = &[(310, 316), (234, 235), (440, 441), (404, 406), (460, 461)];

/// Whether two networks are of one country.
fn same_country(a: Plmn, b: Plmn) -> bool {
    let both = |(first, last): &(u16, u16)| {
        (*first..=*last).contains(&a.mcc()) && (*first..=*last).contains(&b.mcc())
    };
    a.mcc() == b.mcc() || COUNTRIES.iter().any(both)
}

/// Access technology identifiers of the card's lists (TS 31.102 4.2.5): E-UTRAN 4000, UTRAN 8000, GSM 0080.
fn names_rat(technologies: u16, rat: Rat) -> bool {
    let bit = match rat {
        Rat::Gsm => 0x0080,
        Rat::Utran => 0x8000,
        Rat::Eutran => 0x4000,
    };
    technologies & bit != 0
}
