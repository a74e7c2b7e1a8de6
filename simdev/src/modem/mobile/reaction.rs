//! What the mobile does after a reject, cause by cause (TS 24.301 5.5.1.2.5 and the clauses that repeat it).
//!
//! A reject without integrity protection binds for T3247 only: what it put on a list is taken off again, and a card
//! that it called invalid counts as valid elsewhere (TS 24.301 5.3.7b). After that has happened ten times it is believed.

use super::forbidden::Event;
use super::mobility::T3402;
use super::reject::{Procedure, Reaction, reaction};
use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use crate::defect::Defect;
use crate::sim::EpsUpdateStatus;
use wire::cause::{EmmCause, EsmCause};
use wire::nas::{BackOffTime, Reject};
use wire::plmn::Plmn;
use wire::time::{Duration, Instant};

const T3440: Duration = Duration::from_secs(10);
/// T3247, at random within these.
const T3247: (u64, u64) = (30 * 60, 60 * 60);
/// The life of forbidden areas and T3245, at random within these.
pub(super) const HALF_A_DAY_TO_A_DAY: (u64, u64) = (12 * 3600, 24 * 3600);
/// T3346 after a reject without protection, at random within these (TS 24.008 11.2.2).
const DEFAULT_T3346: (u64, u64) = (15 * 60, 30 * 60);
/// How often a device knocks that does not accept that it is illegal.
const DEFECT_KNOCK: Duration = Duration::from_secs(10);

impl Mobile {
    pub(super) fn attach_rejected(&mut self, now: Instant, reject: Reject, esm: Option<EsmCause>) {
        if self.emm != Emm::RegisteredInitiated || self.on_legacy() {
            return;
        }
        self.last_failure = Some(esm.map_or(reject.cause.name(), EsmCause::name));
        if let (EmmCause::ESM_FAILURE, Some(esm)) = (reject.cause, esm) {
            self.sessions_attach_refused(now, esm);
        }
        self.react(now, Procedure::Attach, reject);
        if self.emm == Emm::AttemptingToAttach {
            self.respect_access_point_back_off(now);
        }
    }

    /// After #19 the next attempt waits for the back-off of the access point name, too (6.5.1.4).
    fn respect_access_point_back_off(&mut self, now: Instant) {
        if self.has(Defect::RetriesRefusedApn) {
            return;
        }
        if let Some(until) = self.sessions_attach_blocked(now) {
            self.stop_mobility_timers();
            self.timers.start_at(MobileTimer::T3396, until);
            let error = self.rejected_error();
            self.end_selection(Err(error));
        }
    }

    pub(super) fn update_rejected(&mut self, now: Instant, reject: Reject) {
        if self.emm == Emm::TrackingAreaUpdating {
            self.last_failure = Some(reject.cause.name());
            self.react(now, Procedure::Update, reject);
        }
    }

    pub(super) fn detached_by_network(&mut self, now: Instant, reattach: bool, cause: Option<EmmCause>) {
        if !self.is_registered() {
            return;
        }
        self.report_network_detach();
        match cause {
            _ if reattach => self.attach_again(now),
            Some(cause) => {
                self.last_failure = Some(cause.name());
                self.react(now, Procedure::Detach, cause.into());
            }
            None => {
                if !self.on_legacy() {
                    self.stop_mobility_timers();
                }
                self.detached_without_rule(now);
            }
        }
    }

    /// 5.5.2.3.4 b, TS 24.008 4.7.4.2.4 d: wait for T3402 or T3302, here or on another network.
    fn detached_without_rule(&mut self, now: Instant) {
        if self.on_legacy() {
            self.packet_lost(now);
        } else {
            self.lose_registration();
            self.give_up_network(now);
        }
    }

    /// AUTHENTICATION REJECT makes the card invalid as "illegal UE" does (TS 24.301 5.4.2.5).
    pub(super) fn card_rejected(&mut self, now: Instant, procedure: Procedure) {
        self.last_failure = Some("authentication rejected");
        self.react(now, procedure, EmmCause::ILLEGAL_UE.into());
    }

    /// Does what the cause of a reject prescribes for the procedure that it ends.
    pub(super) fn react(&mut self, now: Instant, procedure: Procedure, reject: Reject) {
        let reaction = reaction(procedure, reject.cause);
        self.event(MobileEvent::Rejected { procedure, cause: reject.cause });
        let abnormal = matches!(reaction, Reaction::Abnormal | Reaction::AbnormalForGood);
        if procedure == Procedure::Service && abnormal {
            // 5.6.1.6: the procedure is over, the mobile stays registered.
            return;
        }
        self.last_reject = Some(reject.cause);
        // On GSM and UTRAN the other domain goes on, and so do its timers.
        let one_domain = matches!(
            reaction,
            Reaction::Abnormal
                | Reaction::AbnormalForGood
                | Reaction::Congestion
                | Reaction::CircuitInvalid
                | Reaction::PacketInvalid
        );
        if !(self.on_legacy() && one_domain) && reaction != Reaction::NoFallback {
            self.stop_mobility_timers();
        }
        self.timers.start(MobileTimer::T3440, now, T3440);
        let reaction = if reject.protected { reaction } else { self.unprotected(now, reaction) };
        match reaction {
            Reaction::CardInvalid => self.card_invalid(now, true, true),
            Reaction::PacketInvalid => self.card_invalid(now, true, false),
            Reaction::CircuitInvalid => self.card_invalid(now, false, true),
            Reaction::PlmnForbidden => {
                self.forbid_plmn(now, reject.protected);
                self.selection.by_hand_again = false;
                self.deny_and_select(now);
            }
            Reaction::PlmnForbiddenForPacket => {
                if let Some(cell) = self.serving {
                    self.forbidden.forbid_packet(cell.id.plmn, reject.protected);
                    self.start_t3245(now);
                }
                self.selection.by_hand_again = false;
                self.deny_packet_and_select(now);
            }
            Reaction::AreaForbiddenStay => {
                self.selection.stay_on = self.forbid_area(now, reject.protected);
                self.deny_and_select(now);
            }
            Reaction::AreaForbiddenSelect => {
                self.forbid_area(now, reject.protected);
                self.deny_and_select(now);
            }
            Reaction::AreaForbiddenSameNetworkFirst => {
                self.other_area_of_same_network(now, reject.protected);
            }
            Reaction::Congestion => self.congested(now, procedure, reject),
            Reaction::AvoidNetwork => {
                self.enter(Emm::AttemptingToAttach);
                self.give_up_network_everywhere(now);
            }
            Reaction::AttachAgain => self.attach_again(now),
            Reaction::NoFallback => {
                if let Some(span) = reject.back_off.filter(|span| !span.is_zero()) {
                    self.timers.start(MobileTimer::T3442, now, span);
                }
            }
            Reaction::AbnormalForGood => self.procedure_failed(now, procedure, true),
            Reaction::Abnormal => self.procedure_failed(now, procedure, false),
        }
    }

    fn procedure_failed(&mut self, now: Instant, procedure: Procedure, for_good: bool) {
        match procedure {
            Procedure::Attach | Procedure::Update | Procedure::Service => self.attempt_failed(now, for_good),
            Procedure::Detach => self.detached_without_rule(now),
            Procedure::Location => self.location_failed(now),
            Procedure::GprsAttach | Procedure::Routing => self.packet_failed(now, for_good),
        }
    }

    /// What remains of a reaction when the reject was not protected (5.3.7b).
    fn unprotected(&mut self, now: Instant, reaction: Reaction) -> Reaction {
        let plmn = self.serving.map(|cell| cell.id.plmn);
        let home = plmn.is_some_and(|plmn| self.subscriber.as_ref().is_some_and(|who| who.is_home(plmn)));
        let (event, bounded) = match (reaction, plmn) {
            (Reaction::CardInvalid | Reaction::PacketInvalid, _) => {
                (Some(Event::PacketInvalid), Reaction::AreaForbiddenSameNetworkFirst)
            }
            (Reaction::CircuitInvalid, _) => {
                (Some(Event::CircuitInvalid), Reaction::AreaForbiddenSameNetworkFirst)
            }
            (Reaction::PlmnForbidden, Some(plmn)) => {
                let elsewhere =
                    if home { Reaction::AreaForbiddenSameNetworkFirst } else { Reaction::PlmnForbidden };
                (Some(Event::Plmn(plmn)), elsewhere)
            }
            (Reaction::PlmnForbiddenForPacket, Some(plmn)) => (Some(Event::PlmnPacket(plmn)), reaction),
            (
                Reaction::AreaForbiddenStay
                | Reaction::AreaForbiddenSelect
                | Reaction::AreaForbiddenSameNetworkFirst,
                _,
            ) => (None, reaction),
            (
                Reaction::PlmnForbidden
                | Reaction::PlmnForbiddenForPacket
                | Reaction::Congestion
                | Reaction::AvoidNetwork
                | Reaction::AttachAgain
                | Reaction::NoFallback
                | Reaction::AbnormalForGood
                | Reaction::Abnormal,
                _,
            ) => return reaction,
        };
        if event.is_some_and(|event| !self.forbidden.is_bounded(event)) {
            return reaction;
        }
        if !self.timers.is_running(MobileTimer::T3247) {
            let span = self.random_seconds(T3247);
            self.timers.start(MobileTimer::T3247, now, span);
        }
        bounded
    }

    /// T3247 expired: what came without protection no longer binds.
    pub(super) fn forget_unprotected(&mut self, now: Instant) {
        for plmn in self.forbidden.forget_unprotected() {
            if let Some(card) = &mut self.card {
                let _ = card.remove_forbidden_plmn(plmn);
            }
        }
        if matches!(self.emm, Emm::LimitedService | Emm::PlmnSearch) {
            self.begin_selection(now);
        } else if self.emm == Emm::Registered && self.on_legacy() {
            self.next_domain(now);
        }
    }

    /// The card is invalid for one domain or both. Where the other one remains, the mobile looks for it.
    fn card_invalid(&mut self, now: Instant, packet: bool, circuit: bool) {
        self.forbidden.packet_card |= packet;
        self.forbidden.circuit_card |= circuit;
        self.start_t3245(now);
        if packet && circuit {
            self.deny(EpsUpdateStatus::RoamingNotAllowed);
            let error = self.rejected_error();
            self.end_selection(Err(error));
            if self.has(Defect::IgnoresIllegalUe) {
                self.forbidden.packet_card = false;
                self.forbidden.circuit_card = false;
                self.enter(Emm::AttemptingToAttach);
                self.timers.start(MobileTimer::T3411, now, DEFECT_KNOCK);
            }
        } else if packet {
            self.deny_packet_and_select(now);
        } else {
            self.deny_circuit(now);
        }
    }

    /// #15, and what takes its place in a reject without protection.
    fn other_area_of_same_network(&mut self, now: Instant, protected: bool) {
        let plmn = self.forbid_area(now, protected);
        if let Some(plmn) = plmn {
            self.prefer(plmn);
        }
        self.deny(EpsUpdateStatus::RoamingNotAllowed);
        self.selection.same_network_first = plmn.filter(|_| !self.selection.in_round);
        self.try_next_or_search(now);
    }

    fn congested(&mut self, now: Instant, procedure: Procedure, reject: Reject) {
        let given = reject.back_off.filter(|span| !span.is_zero() && *span != BackOffTime::DEACTIVATED);
        let Some(given) = given else {
            if procedure != Procedure::Service {
                self.procedure_failed(now, procedure, false);
            }
            return;
        };
        if self.has(Defect::IgnoresT3346) {
            self.procedure_failed(now, procedure, false);
            return;
        }
        let span = if reject.protected { given } else { self.random_seconds(DEFAULT_T3346) };
        let until = now + span;
        if procedure == Procedure::Location {
            // T3246 holds back mobility management of the circuit-switched domain only.
            self.location_congested(now, until);
            return;
        }
        self.congestion = self.serving.map(|cell| (cell.id.plmn, until));
        match procedure {
            Procedure::GprsAttach | Procedure::Routing => self.packet_congested(until),
            Procedure::Service | Procedure::Location => {}
            Procedure::Attach | Procedure::Update | Procedure::Detach => {
                self.attempts = 0;
                if let Some(registered) = &mut self.registered {
                    registered.updated = false;
                }
                self.enter(Emm::AttemptingToAttach);
            }
        }
        self.timers.start_at(MobileTimer::T3346, until);
        let error = self.rejected_error();
        self.end_selection(Err(error));
    }

    /// Until when a network has asked not to be asked.
    pub(super) fn congested_until(&self, plmn: Plmn, now: Instant) -> Option<Instant> {
        self.congestion.filter(|(asked, until)| *asked == plmn && *until > now).map(|(_, until)| until)
    }

    pub(super) fn attach_again(&mut self, now: Instant) {
        if self.on_legacy() {
            self.attach_packet_again(now);
            return;
        }
        self.forget_identity();
        self.lose_registration();
        self.last_reject = None;
        self.attempts = 0;
        self.register(now);
    }

    pub(super) fn deny(&mut self, status: EpsUpdateStatus) {
        self.delete_registration(status);
        self.attempts = 0;
        self.circuit = Default::default();
        self.packet = Default::default();
        self.enter(Emm::LimitedService);
    }

    /// Denied here: the host sees it, then the next candidate is tried, after a new search if this was not a round of
    /// selection.
    fn deny_and_select(&mut self, now: Instant) {
        self.deny(EpsUpdateStatus::RoamingNotAllowed);
        self.try_next_or_search(now);
    }

    /// No packet services here. Circuit-switched services may go on where the mobile has them by themselves.
    fn deny_packet_and_select(&mut self, now: Instant) {
        if self.on_legacy() && self.registered.as_ref().is_some_and(|registered| registered.combined) {
            self.packet_denied(now);
            return;
        }
        self.deny_and_select(now);
    }

    fn deny_circuit(&mut self, now: Instant) {
        if self.on_legacy() {
            self.circuit_denied(now);
        } else if let Some(registered) = &mut self.registered {
            registered.combined = false;
            self.tell_registration();
        }
    }

    /// Puts the serving network on the card's forbidden list; home is never put there (TS 23.122 clause 3.1).
    fn forbid_plmn(&mut self, now: Instant, protected: bool) {
        let forgets = self.has(Defect::IgnoresPlmnForbidden);
        let Some(plmn) = self.serving.map(|cell| cell.id.plmn) else { return };
        let home = self.subscriber.as_ref().is_some_and(|who| who.is_home(plmn));
        if let (Some(card), false) = (&mut self.card, forgets || home) {
            let _ = card.add_forbidden_plmn(plmn);
            if !protected {
                self.forbidden.remember_unprotected(plmn);
            }
            self.start_t3245(now);
        }
        if home
            && !forgets
            && let Some(cell) = self.serving
        {
            // Home is never forbidden; it is asked again, but not at once.
            self.forbidden.rest(plmn, cell.rat, now + T3402);
        }
    }

    fn forbid_area(&mut self, now: Instant, protected: bool) -> Option<Plmn> {
        let cell = self.serving?;
        self.forbidden.add_area(&cell, protected);
        if !self.timers.is_running(MobileTimer::ForbiddenAreas) {
            let span = self.random_seconds(HALF_A_DAY_TO_A_DAY);
            self.timers.start(MobileTimer::ForbiddenAreas, now, span);
        }
        Some(cell.id.plmn)
    }

    pub(super) fn random_seconds(&mut self, (shortest, longest): (u64, u64)) -> Duration {
        Duration::from_millis(self.rng.between(shortest * 1_000, longest * 1_000))
    }
}
