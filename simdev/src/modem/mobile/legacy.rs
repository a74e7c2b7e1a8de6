//! Registration on GSM and UTRAN: location updating (MM), GPRS attach and routing area update (GMM).
//!
//! Spec: TS 24.008 4.4.4 (location updating), 4.7.3 (GPRS attach), 4.7.5 (routing area update), 11.2.2 (timers). The
//! networks are of operation mode II, so the domains register one after the other: first circuit-switched services, then
//! packet services. Each has its own attempt counter and timers, and a failure of one does not stop the other.

use super::mobility::MOST_ATTEMPTS as MOST_PACKET_ATTEMPTS;
use super::reject::Procedure;
use super::selection::SelectionMode;
use super::timers::MobileTimer;
use super::{Emm, Mobile};
use wire::air::cellular::{HeardCell, RadioUp};
use wire::cause::EmmCause;
use wire::nas::{LocationUpdateType, MobilityGrant, NasUp, Reject};
use wire::time::{Duration, Instant};

pub(super) const T3210: Duration = Duration::from_secs(20);
const T3211: Duration = Duration::from_secs(15);
/// T3212 of a network that has not told its own: one hour, ten units of 6 minutes.
const T3212: Duration = Duration::from_secs(3600);
pub(super) const T3310: Duration = Duration::from_secs(15);
const T3311: Duration = Duration::from_secs(15);
const T3302: Duration = Duration::from_secs(12 * 60);
pub(super) const T3330: Duration = Duration::from_secs(15);
const MOST_LOCATION_ATTEMPTS: u8 = 4;

/// How far a domain is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DomainState {
    /// Not registered, and nothing is under way.
    #[default]
    Null,
    /// The request was sent.
    Asked,
    /// An attempt failed; a timer runs towards the next one.
    Waiting,
    /// Registered.
    Registered,
}

/// Circuit-switched services, or packet services.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Domain {
    pub(super) state: DomainState,
    pub(super) cause: Option<EmmCause>,
    attempts: u8,
    /// The request was an update, of a registration that the network knows.
    pub(super) update: bool,
}

impl Mobile {
    fn wants_circuit(&self) -> bool {
        self.settings.combined && !self.forbidden.circuit_card
    }

    fn wants_packet(&self, cell: &HeardCell) -> bool {
        let by_hand = !matches!(self.selection.mode, SelectionMode::Automatic);
        self.packet_wanted
            && !self.forbidden.packet_card
            && (by_hand || !self.forbidden.forbids_packet(cell.id.plmn))
    }

    /// Registers in the domains that are wanted and missing; one after the other.
    pub(super) fn register_on_legacy(&mut self, now: Instant, cell: HeardCell) {
        if self.subscriber.is_none() {
            self.enter(Emm::LimitedService);
            return;
        }
        if self.registered.as_ref().is_some_and(|known| known.knows(&cell)) && self.domains_settled(&cell) {
            self.up.push_back(RadioUp::Camped(cell.id));
            self.legacy_settled(now);
            return;
        }
        let moved = self.registered.as_ref().is_some_and(|known| !known.knows(&cell));
        if moved || self.registered.is_none() {
            self.circuit.state = DomainState::Null;
            self.packet.state = DomainState::Null;
        }
        self.next_domain(now);
    }

    fn domains_settled(&self, cell: &HeardCell) -> bool {
        let settled = |domain: &Domain, wanted: bool| domain.state == DomainState::Registered || !wanted;
        settled(&self.circuit, self.wants_circuit()) && settled(&self.packet, self.wants_packet(cell))
    }

    /// Asks for the next domain that is wanted and that nobody has asked for.
    pub(super) fn next_domain(&mut self, now: Instant) {
        let Some(cell) = self.serving else { return };
        let asked = [self.circuit.state, self.packet.state].contains(&DomainState::Asked);
        if asked {
            return;
        }
        if self.circuit.state == DomainState::Null && self.wants_circuit() {
            let known = self.registered.as_ref().is_some_and(|known| known.combined);
            let kind = if known { LocationUpdateType::Normal } else { LocationUpdateType::ImsiAttach };
            self.update_location(now, kind);
        } else if self.packet.state == DomainState::Null && self.wants_packet(&cell) {
            self.ask_for_packet(now, cell);
        } else {
            self.legacy_settled(now);
        }
    }

    pub(super) fn update_location(&mut self, now: Instant, update: LocationUpdateType) {
        let Some(imsi) = self.subscriber.as_ref().map(|who| who.imsi.clone()) else { return };
        self.circuit.state = DomainState::Asked;
        self.circuit.update = update == LocationUpdateType::Periodic;
        self.show_legacy_progress();
        let imei = self.config.imei.clone();
        self.timers.stop(MobileTimer::T3212);
        self.send(NasUp::LocationUpdatingRequest { imsi, imei, update });
        self.timers.start(MobileTimer::T3210, now, T3210);
    }

    fn ask_for_packet(&mut self, now: Instant, cell: HeardCell) {
        let known = self.registered.as_ref().is_some_and(|known| known.packet && known.covers(cell.id.plmn));
        if known {
            self.update_routing(now, false);
            return;
        }
        let Some(imsi) = self.subscriber.as_ref().map(|who| who.imsi.clone()) else { return };
        self.packet.state = DomainState::Asked;
        self.packet.update = false;
        self.show_legacy_progress();
        let imei = self.config.imei.clone();
        self.send(NasUp::GprsAttachRequest { imsi, imei });
        self.timers.start(MobileTimer::T3310, now, T3310);
    }

    fn update_routing(&mut self, now: Instant, periodic: bool) {
        let contexts = self.connections().values().map(|grant| grant.bearer).collect();
        self.packet.state = DomainState::Asked;
        self.packet.update = true;
        self.show_legacy_progress();
        self.timers.stop(MobileTimer::T3312);
        self.send(NasUp::RoutingAreaUpdateRequest { periodic, contexts });
        self.timers.start(MobileTimer::T3330, now, T3330);
    }

    /// A mobile that is registered in one domain stays so while it asks for the other.
    fn show_legacy_progress(&mut self) {
        let update = self.circuit.update && self.circuit.state == DomainState::Asked
            || self.packet.update && self.packet.state == DomainState::Asked;
        let registered = [self.circuit.state, self.packet.state].contains(&DomainState::Registered);
        if update || registered {
            self.enter(Emm::Registered);
        } else {
            self.enter(Emm::RegisteredInitiated);
        }
    }

    pub(super) fn location_accepted(&mut self, now: Instant, grant: MobilityGrant) {
        let Some(cell) = self.legacy_answer(self.circuit.state) else { return };
        self.timers.stop(MobileTimer::T3210);
        let span = if grant.periodic.is_zero() { None } else { Some(grant.periodic) };
        let packet = self.packet.state == DomainState::Registered
            || self.registered.as_ref().is_some_and(|known| known.packet && known.covers(cell.id.plmn));
        self.registered_at(&cell, true, packet, grant);
        self.circuit = Domain { state: DomainState::Registered, ..Domain::default() };
        if let Some(span) = span {
            self.timers.start(MobileTimer::T3212, now, span);
        }
        self.enter(Emm::Registered);
        self.next_domain(now);
    }

    pub(super) fn location_rejected(&mut self, now: Instant, reject: Reject) {
        if self.legacy_answer(self.circuit.state).is_some() {
            self.timers.stop(MobileTimer::T3210);
            self.last_failure = Some(reject.cause.name());
            self.circuit.cause = Some(reject.cause);
            self.circuit.state = DomainState::Null;
            self.react(now, Procedure::Location, reject);
        }
    }

    pub(super) fn location_unanswered(&mut self, now: Instant) {
        if self.circuit.state == DomainState::Asked {
            self.circuit.cause = None;
            self.location_failed(now);
        }
    }

    /// 4.4.4.9: the next attempt after T3211, the fifth after T3212; a mobile that roams looks for another network.
    pub(super) fn location_failed(&mut self, now: Instant) {
        self.circuit.attempts = self.circuit.attempts.saturating_add(1);
        self.circuit.state = DomainState::Waiting;
        let tried_enough = self.circuit.attempts >= MOST_LOCATION_ATTEMPTS;
        let (timer, span) =
            if tried_enough { (MobileTimer::T3212, T3212) } else { (MobileTimer::T3211, T3211) };
        self.timers.start(timer, now, span);
        if tried_enough {
            self.circuit.attempts = 0;
            if let Some(registered) = &mut self.registered {
                registered.combined = false;
            }
            let home = self
                .serving
                .is_some_and(|cell| self.subscriber.as_ref().is_some_and(|who| who.is_home(cell.id.plmn)));
            let served = self.packet.state == DomainState::Registered;
            if !home && !served && self.selects_automatically() {
                self.give_up_legacy(now, T3212);
                return;
            }
        }
        self.legacy_attempt_failed(now);
    }

    /// T3246, kept in the timer of the next location updating.
    pub(super) fn location_congested(&mut self, now: Instant, until: Instant) {
        self.circuit.attempts = 0;
        self.circuit.state = DomainState::Waiting;
        self.timers.start_at(MobileTimer::T3211, until);
        self.legacy_attempt_failed(now);
    }

    pub(super) fn packet_congested(&mut self, until: Instant) {
        self.packet.attempts = 0;
        self.packet.state = DomainState::Waiting;
        self.timers.start_at(MobileTimer::T3311, until);
        self.legacy_waits();
    }

    /// T3211 or T3212: location updating again.
    pub(super) fn location_again(&mut self, now: Instant) {
        if !self.on_legacy() || self.circuit.state == DomainState::Asked || !self.wants_circuit() {
            return;
        }
        match self.circuit.state {
            DomainState::Registered => self.update_location(now, LocationUpdateType::Periodic),
            DomainState::Waiting | DomainState::Null => {
                self.circuit.state = DomainState::Null;
                self.next_domain(now);
            }
            DomainState::Asked => {}
        }
    }

    pub(super) fn gprs_accepted(&mut self, now: Instant, contexts: Option<&[u8]>, grant: MobilityGrant) {
        let Some(cell) = self.legacy_answer(self.packet.state) else { return };
        self.timers.stop(MobileTimer::T3310);
        self.timers.stop(MobileTimer::T3330);
        let combined = self.circuit.state == DomainState::Registered;
        let periodic = grant.periodic;
        self.registered_at(&cell, combined, true, grant);
        self.packet = Domain { state: DomainState::Registered, ..Domain::default() };
        if let Some(contexts) = contexts {
            self.keep_connections(contexts);
        }
        if !periodic.is_zero() {
            self.timers.start(MobileTimer::T3312, now, periodic);
        }
        self.enter(Emm::Registered);
        self.next_domain(now);
    }

    pub(super) fn gprs_rejected(&mut self, now: Instant, reject: Reject) {
        if self.legacy_answer(self.packet.state).is_none() {
            return;
        }
        self.timers.stop(MobileTimer::T3310);
        self.timers.stop(MobileTimer::T3330);
        let procedure = if self.packet.update { Procedure::Routing } else { Procedure::GprsAttach };
        self.last_failure = Some(reject.cause.name());
        self.packet.cause = Some(reject.cause);
        self.packet.state = DomainState::Null;
        self.react(now, procedure, reject);
    }

    pub(super) fn gprs_unanswered(&mut self, now: Instant) {
        if self.packet.state == DomainState::Asked {
            self.packet.cause = None;
            self.packet_failed(now, false);
        }
    }

    /// 4.7.3.1.5: the next attempt after T3311, the sixth after T3302.
    pub(super) fn packet_failed(&mut self, now: Instant, for_good: bool) {
        self.packet.attempts =
            if for_good { MOST_PACKET_ATTEMPTS } else { self.packet.attempts.saturating_add(1) };
        self.packet.state = DomainState::Waiting;
        if self.packet.attempts < MOST_PACKET_ATTEMPTS {
            self.timers.start(MobileTimer::T3311, now, T3311);
            self.legacy_attempt_failed(now);
            return;
        }
        self.packet.attempts = 0;
        let rest = self
            .registered
            .as_ref()
            .and_then(|known| known.grant.after_attempts.filter(|_| known.packet))
            .unwrap_or(T3302);
        self.timers.start(MobileTimer::T3302, now, rest);
        let circuit = matches!(self.circuit.state, DomainState::Registered | DomainState::Waiting);
        if circuit {
            self.legacy_attempt_failed(now);
        } else {
            self.give_up_legacy(now, rest);
        }
    }

    /// T3311 or T3302: GPRS attach or routing area update again.
    pub(super) fn gprs_again(&mut self, now: Instant) {
        if self.on_legacy() && matches!(self.packet.state, DomainState::Waiting | DomainState::Null) {
            self.packet.state = DomainState::Null;
            self.next_domain(now);
        }
    }

    /// T3312.
    pub(super) fn periodic_routing(&mut self, now: Instant) {
        if self.on_legacy() && self.packet.state == DomainState::Registered {
            self.update_routing(now, true);
        }
    }

    /// The answer to a request of this state is expected here.
    fn legacy_answer(&self, state: DomainState) -> Option<HeardCell> {
        self.serving.filter(|_| self.on_legacy() && state == DomainState::Asked && self.radio)
    }

    fn legacy_attempt_failed(&mut self, now: Instant) {
        self.legacy_waits();
        self.next_domain(now);
    }

    fn legacy_waits(&mut self) {
        if [self.circuit.state, self.packet.state].contains(&DomainState::Registered) {
            self.enter(Emm::Registered);
        } else {
            self.enter(Emm::AttemptingToAttach);
        }
    }

    /// This technology of the network rests, and the mobile looks elsewhere.
    fn give_up_legacy(&mut self, now: Instant, rest: Duration) {
        if let Some(cell) = self.serving {
            self.forbidden.rest(cell.id.plmn, cell.rat, now + rest);
        }
        // The other domain would ask the network again that the mobile leaves.
        self.timers.stop(MobileTimer::T3211);
        self.timers.stop(MobileTimer::T3311);
        self.delete_registration(crate::sim::EpsUpdateStatus::NotUpdated);
        self.try_next_or_search(now);
    }

    /// Nothing is asked for: the mobile is where it can be.
    fn legacy_settled(&mut self, now: Instant) {
        let registered = [self.circuit.state, self.packet.state].contains(&DomainState::Registered);
        if registered {
            self.last_reject = None;
            self.enter(Emm::Registered);
            self.end_selection(Ok(()));
            self.plan_better_search(now, true);
            self.plan_better_technology(now);
            self.resume_waiting();
        } else if self.emm != Emm::AttemptingToAttach {
            self.try_next_or_search(now);
        }
    }

    /// Circuit-switched services are refused for good; packet services go on.
    pub(super) fn circuit_denied(&mut self, now: Instant) {
        self.circuit.state = DomainState::Null;
        if let Some(registered) = &mut self.registered {
            registered.combined = false;
        }
        self.tell_registration();
        self.next_domain(now);
    }

    /// Packet services are refused for good; circuit-switched services go on.
    pub(super) fn packet_denied(&mut self, now: Instant) {
        self.packet.state = DomainState::Null;
        if let Some(registered) = &mut self.registered {
            registered.packet = false;
        }
        self.sessions_lost();
        self.enter(Emm::Registered);
        self.legacy_settled(now);
    }

    /// The network lost the packet side: GPRS attach at once (4.7.5.1.4, causes #9 and #10).
    pub(super) fn attach_packet_again(&mut self, now: Instant) {
        self.packet = Domain::default();
        if let Some(registered) = &mut self.registered {
            registered.packet = false;
        }
        self.last_reject = None;
        self.sessions_lost();
        self.next_domain(now);
    }

    /// The network ended packet services and does not say for how long: GPRS attach after T3302.
    pub(super) fn packet_lost(&mut self, now: Instant) {
        if let Some(registered) = &mut self.registered {
            registered.packet = false;
        }
        self.sessions_lost();
        self.timers.stop(MobileTimer::T3312);
        self.packet_failed(now, true);
    }

    /// GPRS detach leaves circuit-switched services as they are.
    pub(super) fn packet_detached(&mut self) {
        self.packet = Domain::default();
        if let Some(registered) = &mut self.registered {
            registered.packet = false;
        }
        self.sessions_lost();
        self.timers.stop(MobileTimer::T3312);
        self.enter(Emm::Registered);
    }
}
