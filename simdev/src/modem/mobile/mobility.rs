//! Attach and tracking area update on E-UTRAN (TS 24.301 clauses 5.5.1 and 5.5.3).

use super::selection::Recall;
use super::state::Registered;
use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use crate::defect::Defect;
use crate::sim::EpsUpdateStatus;
use wire::air::cellular::{HeardCell, RadioUp, Rat};
use wire::at::error::CmeError;
use wire::cause::{EmmCause, EsmCause};
use wire::nas::{AttachType, MobilityGrant, NasUp, PdnGrant, UpdateType};
use wire::plmn::Plmn;
use wire::time::{Duration, Instant};

pub(super) const T3410: Duration = Duration::from_secs(15);
const T3411: Duration = Duration::from_secs(10);
pub(super) const T3402: Duration = Duration::from_secs(12 * 60);
pub(super) const T3430: Duration = Duration::from_secs(15);
/// Attempts before another network is selected.
pub(super) const MOST_ATTEMPTS: u8 = 5;
/// The tracking area code that stands for a deleted one (TS 24.301 9.9.3.32).
const DELETED_TAC: u16 = 0xfffe;
/// The context whose definition the attach uses.
const ATTACH_CONTEXT: u8 = 1;
/// The pause of a device that knows no T3411.
const DEFECT_T3411: Duration = Duration::from_secs(2);

impl Mobile {
    /// Switches the radio on or off (`+CFUN=1`, `0`, `4`). Off means detach without waiting for an answer.
    pub(crate) fn set_radio(&mut self, now: Instant, on: bool) {
        if on == self.radio {
            return;
        }
        if on {
            self.radio = true;
            self.begin_selection_as(now, Recall::Last);
        } else {
            self.switch_off();
        }
    }

    pub(crate) fn radio_is_on(&self) -> bool {
        self.radio
    }

    /// Attaches (`+CGATT=1`); answered by [`MobileEvent::SelectionEnded`].
    pub(crate) fn attach(&mut self, now: Instant) {
        self.selection_awaited = true;
        self.packet_wanted = true;
        if self.has_packet_services() {
            self.end_selection(Ok(()));
        } else if self.serving.is_some()
            && (self.emm == Emm::Deregistered || (self.is_registered() && self.on_legacy()))
        {
            self.attempts = 0;
            self.register(now);
        } else {
            self.begin_selection_as(now, Recall::Last);
        }
    }

    /// Whether the serving cell is one of GSM or UTRAN.
    pub(super) fn on_legacy(&self) -> bool {
        self.serving.is_some_and(|cell| cell.rat != Rat::Eutran)
    }

    /// Registers on the serving cell: an update where the network knows the mobile, else an attach.
    pub(super) fn register(&mut self, now: Instant) {
        let Some(cell) = self.serving else {
            self.begin_selection(now);
            return;
        };
        self.stop_mobility_timers();
        if let Some(until) = self.congested_until(cell.id.plmn, now) {
            self.timers.start_at(MobileTimer::T3346, until);
            self.last_reject = Some(EmmCause::CONGESTION);
            self.enter(Emm::AttemptingToAttach);
            self.end_selection(Err(CmeError::from_emm(EmmCause::CONGESTION)));
            return;
        }
        if cell.rat != Rat::Eutran {
            self.register_on_legacy(now, cell);
            return;
        }
        match &self.registered {
            Some(known) if known.knows(&cell) => {
                self.camp_silently(now, cell);
            }
            Some(known) if known.covers(cell.id.plmn) && known.packet => {
                let imsi_attach = known.rat != Rat::Eutran;
                let update = if self.combined_mode() {
                    UpdateType::Combined { imsi_attach }
                } else {
                    UpdateType::Area
                };
                self.send_update(now, update);
            }
            _ => self.send_attach(now),
        }
    }

    /// In an area of its list a mobile says nothing (5.5.3.2.2).
    fn camp_silently(&mut self, now: Instant, cell: HeardCell) {
        self.up.push_back(RadioUp::Camped(cell.id));
        self.selection.in_round = false;
        self.last_reject = None;
        self.enter(Emm::Registered);
        self.end_selection(Ok(()));
        self.start_periodic_update(now);
        self.plan_better_search(now, true);
        self.resume_waiting();
    }

    /// Whether circuit-switched services are asked for together with EPS (`+CEMODE` 1 and 2).
    pub(super) fn combined_mode(&self) -> bool {
        self.settings.combined && !self.forbidden.circuit_card
    }

    fn send_attach(&mut self, now: Instant) {
        let Some(imsi) = self.subscriber.as_ref().map(|who| who.imsi.clone()) else {
            self.enter(Emm::LimitedService);
            return;
        };
        self.lose_registration();
        if let Some(until) = self.sessions_attach_blocked(now) {
            self.timers.start_at(MobileTimer::T3396, until);
            self.enter(Emm::AttemptingToAttach);
            self.end_selection(Err(CmeError(119)));
            return;
        }
        let pdn = self.pdn_request(ATTACH_CONTEXT);
        let imei = self.config.imei.clone();
        let attach_type = if self.combined_mode() { AttachType::Combined } else { AttachType::Eps };
        let (guti, power) = (self.guti(), self.settings.saving.request());
        self.enter(Emm::RegisteredInitiated);
        self.send(NasUp::AttachRequest { imsi: Some(imsi), imei, attach_type, pdn, guti, power });
        self.timers.start(MobileTimer::T3410, now, T3410);
    }

    pub(super) fn attach_accepted(
        &mut self,
        now: Instant,
        pdn: Option<PdnGrant>,
        esm: Option<EsmCause>,
        combined: bool,
        grant: MobilityGrant,
    ) {
        let Some(cell) = self.serving.filter(|_| self.emm == Emm::RegisteredInitiated && !self.on_legacy())
        else {
            return;
        };
        self.stop_mobility_timers();
        self.registered_at(&cell, combined, true, grant);
        self.send(NasUp::AttachComplete);
        self.enter(Emm::Registered);
        self.sessions_attached(now, ATTACH_CONTEXT, pdn, esm);
        self.end_selection(Ok(()));
        self.start_periodic_update(now);
        self.plan_better_search(now, true);
        self.combined_in_part(now);
    }

    /// The network let the mobile in: what that ends, and what is kept of it, in memory and on the card.
    pub(super) fn registered_at(
        &mut self,
        cell: &HeardCell,
        combined: bool,
        packet: bool,
        mut grant: MobilityGrant,
    ) {
        let plmn = cell.id.plmn;
        self.sessions.registered_on(plmn);
        self.selection.in_round = false;
        self.selection.stay_on = None;
        self.selection.same_network_first = None;
        self.attempts = 0;
        self.last_reject = None;
        self.congestion = None;
        self.forbidden.wake(plmn);
        let home = |plmn: Plmn| self.subscriber.as_ref().is_some_and(|who| who.is_home(plmn));
        let forbidden = self.card.as_ref().and_then(|card| card.forbidden_plmns().ok()).unwrap_or_default();
        // TS 24.301 5.5.1.2.4: forbidden networks leave the list of equivalent ones, unless they are home.
        grant.equivalents.retain(|other| *other != plmn && (home(*other) || !forbidden.contains(other)));
        if self.registered.as_ref().and_then(|known| known.grant.power.edrx) != grant.power.edrx {
            self.event(MobileEvent::Edrx(grant.power.edrx));
        }
        let mut areas = grant.areas.clone();
        areas.push(cell.id.tac);
        self.keep_identity(grant.guti);
        self.registered =
            Some(Registered { plmn, rat: cell.rat, combined, packet, areas, updated: true, grant });
        if let Some(card) = &mut self.card {
            // A card that refuses the update costs the mobile its memory, not its service.
            let _ = card.set_last_registered(plmn, cell.id.tac, EpsUpdateStatus::Updated);
            if !matches!(self.selection.mode, super::SelectionMode::Automatic) {
                let _ = card.remove_forbidden_plmn(plmn);
            }
        }
    }

    /// A combined procedure that brought packet services only (5.5.1.3.4.3): what becomes of the other half.
    fn combined_in_part(&mut self, now: Instant) {
        let Some(registered) = self.registered.as_ref().filter(|known| !known.combined) else { return };
        match registered.grant.cause.map(|cause| cause.0) {
            Some(2) => self.forbidden.circuit_card = true,
            Some(16 | 17) => {
                self.attempts = self.attempts.saturating_add(1);
                let (timer, span) = if self.attempts < MOST_ATTEMPTS {
                    (MobileTimer::T3411, T3411)
                } else {
                    self.attempts = 0;
                    (MobileTimer::T3402, self.t3402())
                };
                self.timers.start(timer, now, span);
            }
            Some(22) => self.timers.start(MobileTimer::T3402, now, self.t3402()),
            // #18: no circuit-switched services on this network.
            Some(_) | None => {}
        }
    }

    /// T3402, which the network may have set.
    pub(super) fn t3402(&self) -> Duration {
        self.registered.as_ref().and_then(|known| known.grant.after_attempts).unwrap_or(T3402)
    }

    pub(super) fn attach_unanswered(&mut self, now: Instant) {
        if self.emm == Emm::RegisteredInitiated {
            self.last_reject = None;
            self.attempt_failed(now, false);
        }
    }

    /// An abnormal case: try again in a while, and elsewhere after the fifth time (5.5.1.2.6, 5.5.3.2.6).
    pub(super) fn attempt_failed(&mut self, now: Instant, for_good: bool) {
        self.attempts = if for_good { MOST_ATTEMPTS } else { self.attempts.saturating_add(1) };
        if self.has(Defect::KeepsNoAttemptCounter) {
            self.attempts = 0;
        }
        if let Some(registered) = &mut self.registered {
            registered.updated = false;
        }
        self.stop_mobility_timers();
        self.enter(Emm::AttemptingToAttach);
        if self.attempts < MOST_ATTEMPTS {
            let span = if self.has(Defect::RetriesTooSoon) { DEFECT_T3411 } else { T3411 };
            self.timers.start(MobileTimer::T3411, now, span);
            return;
        }
        self.give_up_network(now);
    }

    /// T3411 or T3402: the next attempt, or the missing half of a combined procedure.
    pub(super) fn next_attempt(&mut self, now: Instant) {
        match self.emm {
            Emm::Registered => {
                if self.registered.as_ref().is_some_and(|known| !known.combined) && self.combined_mode() {
                    self.send_update(now, UpdateType::Combined { imsi_attach: true });
                }
            }
            Emm::LimitedService | Emm::PlmnSearch => self.repeat_selection(),
            Emm::AttemptingToAttach => self.register(now),
            Emm::Null
            | Emm::RegisteredInitiated
            | Emm::TrackingAreaUpdating
            | Emm::DeregisteredInitiated
            | Emm::Deregistered => {}
        }
    }

    /// The network had its five attempts: this technology of it rests for T3402 and the mobile tries another. A mobile
    /// that failed to attach forgets its registration, one that failed to update keeps it (5.5.3.2.6).
    pub(super) fn give_up_network(&mut self, now: Instant) {
        let rest = self.t3402();
        if let Some(cell) = self.serving {
            self.forbidden.rest(cell.id.plmn, cell.rat, now + rest);
        }
        self.attempts = 0;
        match &mut self.registered {
            Some(registered) if registered.packet => {
                registered.grant.equivalents.clear();
                self.store_status(EpsUpdateStatus::NotUpdated);
            }
            _ => self.delete_registration(EpsUpdateStatus::NotUpdated),
        }
        self.try_next_or_search(now);
    }

    /// #42: the network is avoided, whatever the technology.
    pub(super) fn give_up_network_everywhere(&mut self, now: Instant) {
        if let Some(cell) = self.serving {
            for rat in [Rat::Eutran, Rat::Utran, Rat::Gsm] {
                self.forbidden.rest(cell.id.plmn, rat, now + T3402);
            }
        }
        self.attempts = 0;
        self.delete_registration(EpsUpdateStatus::NotUpdated);
        self.try_next_or_search(now);
    }

    /// The next candidate of the round that runs, or a new round that does not come back to the last network first.
    pub(super) fn try_next_or_search(&mut self, now: Instant) {
        if self.selection.in_round {
            self.try_next(now);
        } else {
            self.begin_selection(now);
        }
    }

    /// Forgets the registration as a reject or a fifth failure demands: in memory and on the card.
    pub(super) fn delete_registration(&mut self, status: EpsUpdateStatus) {
        self.lose_registration();
        self.forget_identity();
        if let Some(card) = &mut self.card
            && let Ok(Some(plmn)) = card.last_registered_plmn()
        {
            let _ = card.set_last_registered(plmn, DELETED_TAC, status);
        }
    }

    fn store_status(&mut self, status: EpsUpdateStatus) {
        if let (Some(card), Some(registered)) = (&mut self.card, &self.registered) {
            let area = registered.areas.last().copied().unwrap_or(DELETED_TAC);
            let _ = card.set_last_registered(registered.plmn, area, status);
        }
    }

    /// GUTI, in memory and on the card.
    fn keep_identity(&mut self, guti: Option<wire::nas::Guti>) {
        if let Some(guti) = guti {
            self.guti = Some(guti);
            if let Some(card) = &mut self.card {
                let _ = card.set_guti(Some(guti));
            }
        }
    }

    pub(super) fn forget_identity(&mut self) {
        self.guti = None;
        if let Some(card) = &mut self.card {
            let _ = card.set_guti(None);
        }
    }

    /// The network no longer knows the mobile: its sessions are gone.
    pub(super) fn lose_registration(&mut self) {
        self.registered = None;
        self.circuit = Default::default();
        self.packet = Default::default();
        self.sessions_lost();
        self.link_gone();
        self.timers.stop(MobileTimer::HigherPrioritySearch);
        self.timers.stop(MobileTimer::BetterTechnology);
    }

    pub(super) fn stop_mobility_timers(&mut self) {
        for timer in [
            MobileTimer::T3410,
            MobileTimer::T3411,
            MobileTimer::T3402,
            MobileTimer::T3412,
            MobileTimer::T3417,
            MobileTimer::T3430,
            MobileTimer::T3418,
            MobileTimer::T3420,
            MobileTimer::T3214,
            MobileTimer::T3216,
            MobileTimer::T3318,
            MobileTimer::T3320,
            MobileTimer::T3346,
            MobileTimer::T3396,
            MobileTimer::T3324,
            MobileTimer::T3210,
            MobileTimer::T3211,
            MobileTimer::T3212,
            MobileTimer::T3310,
            MobileTimer::T3311,
            MobileTimer::T3302,
            MobileTimer::T3312,
            MobileTimer::T3330,
            MobileTimer::BetterTechnology,
            MobileTimer::NextSelection,
        ] {
            self.timers.stop(timer);
        }
    }

    fn start_periodic_update(&mut self, now: Instant) {
        if self.has(Defect::SkipsPeriodicUpdate) {
            return;
        }
        if let Some(span) = self.registered.as_ref().and_then(Registered::periodic) {
            self.timers.start(MobileTimer::T3412, now, span);
        }
    }

    pub(super) fn periodic_update(&mut self, now: Instant) {
        if self.emm == Emm::Registered {
            self.send_update(now, UpdateType::Periodic);
        }
    }

    pub(super) fn send_update(&mut self, now: Instant, update: UpdateType) {
        self.wake();
        if self.serving.is_none() {
            // The cell went while the mobile slept: the update follows the search.
            return;
        }
        let power = self.settings.saving.request();
        let bearers = self.connections().values().map(|grant| grant.bearer).collect();
        self.stop_mobility_timers();
        // 5.6.1.5 #39: calls are held back until the next update at the latest.
        self.timers.stop(MobileTimer::T3442);
        self.enter(Emm::TrackingAreaUpdating);
        self.send(NasUp::TrackingAreaUpdateRequest { update, bearers, power });
        self.timers.start(MobileTimer::T3430, now, T3430);
    }

    pub(super) fn update_accepted(
        &mut self,
        now: Instant,
        combined: bool,
        bearers: &[u8],
        grant: MobilityGrant,
    ) {
        let Some(cell) = self.serving.filter(|_| self.emm == Emm::TrackingAreaUpdating) else { return };
        self.timers.stop(MobileTimer::T3430);
        let attempts = self.attempts;
        self.registered_at(&cell, combined, true, grant);
        if !combined {
            self.attempts = attempts;
        }
        self.keep_connections(bearers);
        self.enter(Emm::Registered);
        self.end_selection(Ok(()));
        self.start_periodic_update(now);
        self.combined_in_part(now);
        self.send_waiting();
        if !self.timers.is_running(MobileTimer::HigherPrioritySearch) {
            self.plan_better_search(now, true);
        }
    }

    pub(super) fn update_unanswered(&mut self, now: Instant) {
        if self.emm == Emm::TrackingAreaUpdating {
            self.attempt_failed(now, false);
        }
    }

    /// The host changed the context that the attach uses: a wait for its back-off may be over.
    pub(super) fn attach_context_changed(&mut self, now: Instant) {
        if self.emm == Emm::AttemptingToAttach && self.timers.is_running(MobileTimer::T3396) {
            self.timers.stop(MobileTimer::T3396);
            self.register(now);
        }
    }

    /// The last reject, for a selection or attach that ends with it.
    pub(super) fn rejected_error(&self) -> CmeError {
        self.last_reject.map_or(CmeError::NO_NETWORK_SERVICE, CmeError::from_emm)
    }

    pub(super) fn report_network_detach(&mut self) {
        self.event(MobileEvent::NetworkDetached);
    }
}
