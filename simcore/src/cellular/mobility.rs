//! Attach, tracking area update and detach (TS 24.301 5.5).
//!
//! An attach whose data is barred is accepted without a PDN connection and with the ESM cause, so that SMS and calls
//! work (EMM-REGISTERED without PDN connection). A tracking area update in another network asks the home network
//! again, which steers as for an attach, unless the networks are equivalent; one in the same network does not. A mobile that the core does not know has its update rejected with
//! #9, one that it knew before with #10; both attach again at once.

use super::agenda::Timer;
use super::authentication::Challenged;
use super::connection::{Connection, Reach, granted};
use super::equipment::EquipmentList;
use super::information::InformationKind;
use super::inject::{Answer, Procedure};
use super::note::{DetachReason, MobilityNote, Reason, SessionNote, Who};
use super::rights::BearerKind;
use super::session::PdnDecision;
use super::{ANSWER_DELAY, CellularCore, MOBILITY_DELAY, Registration};
use wire::air::cellular::{CellId, UeId};
use wire::cause::{CcCause, EmmCause, EsmCause};
use wire::id::{Imei, Imsi};
use wire::nas::{AttachType, Guti, MobilityGrant, NasDown, PdnRequest, PowerSaving, Reject, UpdateType};
use wire::time::Duration;

/// The parts of an ATTACH REQUEST.
#[derive(Clone, Debug)]
pub(super) struct Attach {
    pub(super) imsi: Option<Imsi>,
    pub(super) imei: Imei,
    pub(super) attach_type: AttachType,
    pub(super) pdn: PdnRequest,
    pub(super) guti: Option<Guti>,
    pub(super) power: PowerSaving,
}

/// After an attach, short messages that wait are sent when the mobile has settled.
const SETTLE: Duration = Duration::from_secs(2);

impl CellularCore {
    pub(super) fn attach(&mut self, ue: UeId, cell: CellId, request: Attach) {
        if let Some(imsi) = &request.imsi {
            let counters = self.counters.entry(imsi.clone()).or_default();
            counters.attach_requests.push(self.now);
        }
        // A mobile that attaches has forgotten whatever it had.
        self.abandon_challenge(ue);
        self.abandon_question(ue);
        self.end_call_of(ue, CcCause::DESTINATION_OUT_OF_ORDER);
        self.drop_registration(ue, DetachReason::Replaced);
        match (request.attach_type, request.imsi.clone()) {
            (AttachType::Emergency, _) => self.attach_for_emergency(ue, cell, request),
            (AttachType::Eps | AttachType::Combined, Some(imsi)) => {
                self.attach_subscriber(ue, cell, &imsi, request)
            }
            (AttachType::Eps | AttachType::Combined, None) => {
                let who = Who::Imei(request.imei);
                self.reject_attach(ue, cell, who, EmmCause::ILLEGAL_UE, None, Reason::UnknownImsi);
            }
        }
    }

    /// A card that the operator issued is challenged first; a network that is told to be silent does not even do that.
    fn attach_subscriber(&mut self, ue: UeId, cell: CellId, imsi: &Imsi, request: Attach) {
        let ordered = self.injected(Procedure::Attach, ue, &Who::Imsi(imsi.clone()));
        if ordered == Some(Answer::Silence) {
            return;
        }
        if request.guti.is_some_and(|guti| !self.identities.knows(guti)) {
            return self.identify_for_attach(ue, cell, request, ordered);
        }
        self.attach_identified(ue, cell, imsi, request, ordered);
    }

    /// The network knows whose identity it is.
    pub(super) fn attach_identified(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: &Imsi,
        request: Attach,
        ordered: Option<Answer>,
    ) {
        if self.subscribers.contains_key(imsi) {
            self.challenge(ue, cell, imsi, Challenged::Attach(request), ordered);
        } else {
            self.attach_authenticated(ue, cell, imsi, &request, ordered);
        }
    }

    /// The card has proved itself, or there is none that could.
    pub(super) fn attach_authenticated(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: &Imsi,
        request: &Attach,
        ordered: Option<Answer>,
    ) {
        let who = Who::Imsi(imsi.clone());
        let mut eps_only = None;
        match ordered {
            Some(Answer::EpsOnly(cause)) => eps_only = Some(cause),
            Some(answer) => return self.answer_attach_as_ordered(ue, cell, who, answer),
            None => {}
        }
        if let Err(denied) = self.may_register(imsi, &request.imei, cell) {
            return self.reject_attach(ue, cell, who, denied.cause, None, denied.reason);
        }
        if let Some(cause) = self.steered_away(imsi, cell) {
            let reject = NasDown::AttachReject { reject: cause.into(), esm: None };
            self.send_after(MOBILITY_DELAY, ue, reject);
            return self.release_soon(ue);
        }
        self.replace_registration(imsi);
        let decided = self.decide_pdn(imsi, cell, &[], &request.pdn);
        self.count_pdn(imsi, &request.pdn, decided.as_ref().ok().map(|decision| decision.apn.as_str()));
        match decided {
            Ok(decision) => self.accept_attach(ue, cell, imsi, request, Ok(decision), eps_only),
            Err(refusal) => {
                self.note(SessionNote::Rejected {
                    imsi: imsi.clone(),
                    apn: request.pdn.apn.clone(),
                    cause: refusal.cause,
                    t3396: None,
                    reason: refusal.reason.clone(),
                });
                if self.barred(imsi, cell.plmn, BearerKind::Data).is_some() {
                    self.accept_attach(ue, cell, imsi, request, Err(refusal.cause), eps_only);
                } else {
                    let (cause, esm) = (EmmCause::ESM_FAILURE, Some(refusal.cause));
                    self.reject_attach(ue, cell, who, cause, esm, refusal.reason);
                }
            }
        }
    }

    fn accept_attach(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: &Imsi,
        request: &Attach,
        pdn: Result<PdnDecision, EsmCause>,
        eps_only: Option<EmmCause>,
    ) {
        let combined = request.attach_type == AttachType::Combined && eps_only.is_none();
        self.register(ue, cell, request, combined);
        self.watch_equipment(imsi, &request.imei);
        self.seen(imsi, cell, Some(&request.imei));
        self.note(MobilityNote::AttachAccepted {
            who: Who::Imsi(imsi.clone()),
            imei: request.imei.clone(),
            cell,
            combined,
            emergency: false,
            guti: request.guti.is_some(),
        });
        let grant = MobilityGrant { cause: eps_only, ..self.grant(ue, cell, true) };
        let (pdn, esm) = match pdn {
            Ok(decision) => (Some(self.activate(ue, imsi, cell, &decision)), None),
            Err(cause) => (None, Some(cause)),
        };
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachAccept { pdn, esm, combined, grant });
        self.sms_contact_after(imsi, SETTLE);
    }

    fn attach_for_emergency(&mut self, ue: UeId, cell: CellId, request: Attach) {
        let black = self.equipment_list(&request.imei) == EquipmentList::Black;
        if let Some(cause) = self.config.policy.black_in_emergency.filter(|_| black) {
            let who = request.imsi.map_or(Who::Imei(request.imei), Who::Imsi);
            return self.reject_attach(ue, cell, who, cause, None, Reason::BlackEquipment);
        }
        self.register(ue, cell, &request, true);
        let who = self.who(ue);
        let imei = request.imei.clone();
        self.note(MobilityNote::AttachAccepted {
            who,
            imei,
            cell,
            combined: true,
            emergency: true,
            guti: false,
        });
        let pdn = Some(self.activate_emergency(ue, cell));
        let grant = self.grant(ue, cell, false);
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachAccept { pdn, esm: None, combined: true, grant });
    }

    fn register(&mut self, ue: UeId, cell: CellId, request: &Attach, combined: bool) {
        let power = granted(request.power, &self.config.policy.power);
        let registration = Registration {
            imsi: request.imsi.clone(),
            imei: request.imei.clone(),
            cell,
            combined,
            packet: true,
            periodic: self.periodic_with(power),
            connection: Connection::of(true, power),
            emergency: request.attach_type == AttachType::Emergency,
            since: self.now,
            bearers: Vec::new(),
        };
        self.known.insert(ue, ());
        if let Some(imsi) = registration.imsi.clone().filter(|_| !registration.emergency) {
            self.ue_by_imsi.insert(imsi, ue);
        }
        self.registrations.insert(ue, registration);
        self.watch(ue);
    }

    /// Starts the mobile reachable timer again.
    pub(super) fn watch(&mut self, ue: UeId) {
        if !self.registrations.contains_key(&ue) {
            return;
        }
        if let Some(grace) = self.config.policy.implicit_detach {
            let periodic = self.registrations.get(&ue).map(|known| known.periodic).unwrap_or_default();
            if periodic.is_zero() {
                for timer in
                    [Timer::MobileReachable(ue), Timer::Inactivity(ue), Timer::Page(ue), Timer::T3413(ue)]
                {
                    self.agenda.stop(&timer);
                }
            } else {
                self.agenda.start(self.now + periodic + grace, Timer::MobileReachable(ue));
            }
        }
    }

    /// The periodic timer that holds with what was granted; zero when it is deactivated.
    fn periodic_with(&self, power: PowerSaving) -> Duration {
        power.t3412_extended.map_or(self.config.policy.t3412, |timer| timer.span().unwrap_or(Duration::ZERO))
    }

    /// What goes with an acceptance on E-UTRAN.
    fn grant(&mut self, ue: UeId, cell: CellId, new_identity: bool) -> MobilityGrant {
        let policy = &self.config.policy;
        let together = policy.tracking_areas.contains(&cell.tac);
        let areas = if together { policy.tracking_areas.clone() } else { vec![cell.tac] };
        let (periodic, after_attempts) = (policy.t3412, policy.t3402);
        let power = self.registrations.get(&ue).map(|known| known.connection.power).unwrap_or_default();
        if new_identity {
            *self.last_tmsi += 1;
        }
        let guti = Guti { plmn: cell.plmn, group: 0x8001, code: 1, m_tmsi: *self.last_tmsi };
        let guti = new_identity.then_some(guti);
        if let (Some(guti), Some(imsi)) = (guti, self.served(ue).map(|served| served.0)) {
            self.identities.give(guti, &imsi);
        }
        let equivalents = self.equivalents_at(cell);
        MobilityGrant { guti, areas, equivalents, periodic, after_attempts, power, cause: None }
    }

    /// The networks that are equivalent to the one of a cell.
    pub(super) fn equivalents_at(&self, cell: CellId) -> Vec<wire::plmn::Plmn> {
        let list = &self.config.policy.equivalents;
        if list.contains(&cell.plmn) {
            list.iter().copied().filter(|plmn| *plmn != cell.plmn).collect()
        } else {
            Vec::new()
        }
    }

    /// Who is not known cannot have been authenticated, and so gets a reject without integrity protection.
    pub(super) fn protected_unless_unknown(&self, cause: EmmCause, reason: &Reason) -> Reject {
        Reject { protected: *reason != Reason::UnknownImsi, ..Reject::from(cause) }
    }

    /// The mobile reachable timer expired. A mobile in a call is connected, and so reachable.
    pub(super) fn detach_implicitly(&mut self, ue: UeId) {
        if self.calls.of(ue).is_some() {
            return self.watch(ue);
        }
        let who = self.who(ue);
        self.note(MobilityNote::NetworkDetached {
            who: who.clone(),
            reason: DetachReason::NotHeard,
            cause: None,
        });
        self.drop_registration(ue, DetachReason::NotHeard);
        self.purge_later(ue, who);
    }

    /// An attach ends what the same subscriber had in another mobile.
    pub(super) fn replace_registration(&mut self, imsi: &Imsi) {
        if let Some(other) = self.ue_of(imsi) {
            self.note(MobilityNote::NetworkDetached {
                who: Who::Imsi(imsi.clone()),
                reason: DetachReason::Replaced,
                cause: None,
            });
            self.drop_registration(other, DetachReason::Replaced);
        }
    }

    pub(super) fn reject_attach(
        &mut self,
        ue: UeId,
        cell: CellId,
        who: Who,
        cause: EmmCause,
        esm: Option<EsmCause>,
        reason: Reason,
    ) {
        let reject = self.protected_unless_unknown(cause, &reason);
        self.note(MobilityNote::AttachRejected { who, cell, cause, esm, reason });
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachReject { reject, esm });
        self.release_soon(ue);
    }

    fn answer_attach_as_ordered(&mut self, ue: UeId, cell: CellId, who: Who, answer: Answer) {
        let (reject, esm) = match answer {
            Answer::Emm(reject) => (reject, None),
            Answer::Esm { cause, .. } => (EmmCause::ESM_FAILURE.into(), Some(cause)),
            Answer::Rp(_) | Answer::Cc(_) | Answer::Ss(_) | Answer::EpsOnly(_) | Answer::Silence => return,
        };
        let cause = reject.cause;
        self.note(MobilityNote::AttachRejected { who, cell, cause, esm, reason: Reason::Injected });
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachReject { reject, esm });
        self.release_soon(ue);
    }

    pub(super) fn tracking_area_update(
        &mut self,
        ue: UeId,
        cell: CellId,
        update: UpdateType,
        bearers: &[u8],
        power: PowerSaving,
    ) {
        let who = self.who(ue);
        if let Who::Imsi(imsi) = &who {
            let counters = self.counters.entry(imsi.clone()).or_default();
            counters.tracking_area_updates.push(self.now);
        }
        self.abandon_challenge(ue);
        let ordered = self.injected(Procedure::TrackingAreaUpdate, ue, &who);
        if ordered == Some(Answer::Silence) {
            return;
        }
        match who {
            Who::Imsi(imsi) if self.config.policy.authenticate_updates => {
                let request = Challenged::Update { update, bearers: bearers.to_vec(), power };
                self.challenge(ue, cell, &imsi, request, ordered);
            }
            Who::Imsi(_) | Who::Imei(_) | Who::Ue(_) => {
                self.update_authenticated(ue, cell, update, bearers, power, ordered);
            }
        }
    }

    /// The card has proved itself, or need not.
    pub(super) fn update_authenticated(
        &mut self,
        ue: UeId,
        cell: CellId,
        update: UpdateType,
        bearers: &[u8],
        power: PowerSaving,
        ordered: Option<Answer>,
    ) {
        let who = self.who(ue);
        let mut eps_only = None;
        match ordered {
            Some(Answer::Emm(reject)) => return self.reject_update(ue, cell, reject, Reason::Injected),
            Some(Answer::EpsOnly(cause)) => eps_only = Some(cause),
            Some(Answer::Esm { .. } | Answer::Rp(_) | Answer::Cc(_) | Answer::Ss(_) | Answer::Silence) => {
                return;
            }
            None => {}
        }
        let Some(registration) = self.registrations.get(&ue).filter(|known| known.packet) else {
            let known = self.known.contains_key(&ue);
            let cause = if known { EmmCause::IMPLICITLY_DETACHED } else { EmmCause::IDENTITY_NOT_DERIVED };
            return self.reject_update(ue, cell, cause.into(), Reason::NotRegistered);
        };
        let moved = registration.cell.plmn != cell.plmn;
        if let (Some(imsi), false, true) = (registration.imsi.clone(), registration.emergency, moved)
            && let Err(denied) = self.may_register(&imsi, &registration.imei.clone(), cell)
        {
            return self.reject_update(ue, cell, denied.cause.into(), denied.reason);
        }
        if let Some(cause) = self.steered_by_update(ue, cell) {
            self.send_after(MOBILITY_DELAY, ue, NasDown::TrackingAreaUpdateReject(cause.into()));
            return self.release_soon(ue);
        }
        self.update_registration(ue, update, power, eps_only.is_some());
        self.contact(ue, cell);
        if let (Who::Imsi(imsi), true) = (&who, moved) {
            self.release_barred_sessions(imsi);
        }
        self.keep_bearers(ue, bearers);
        let periodic = update == UpdateType::Periodic;
        self.note(MobilityNote::TauAccepted { who, cell, periodic });
        let combined = self.registrations.get(&ue).is_some_and(|known| known.combined);
        let bearers = self.bearer_status(ue);
        let grant = MobilityGrant { cause: eps_only, ..self.grant(ue, cell, moved) };
        self.send_after(MOBILITY_DELAY, ue, NasDown::TrackingAreaUpdateAccept { combined, bearers, grant });
        if moved {
            self.inform(ue, cell, InformationKind::Emm);
        }
        self.flush_waiting(ue);
    }

    /// The cause with which an update that comes from another network is steered away; its registration stays where the
    /// failure may pass.
    fn steered_by_update(&mut self, ue: UeId, cell: CellId) -> Option<EmmCause> {
        let registration = self.registrations.get(&ue).filter(|known| !known.emergency)?;
        let (imsi, from) = (registration.imsi.clone()?, registration.cell.plmn);
        if from == cell.plmn || self.equivalents_at(cell).contains(&from) {
            return None;
        }
        let cause = self.steered_away(&imsi, cell)?;
        if !may_pass(cause) {
            self.drop_registration(ue, DetachReason::Replaced);
        }
        Some(cause)
    }

    /// What an update changes: circuit-switched services, power saving, the way back from GSM and UTRAN.
    fn update_registration(&mut self, ue: UeId, update: UpdateType, power: PowerSaving, eps_only: bool) {
        let power = granted(power, &self.config.policy.power);
        let periodic = self.periodic_with(power);
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        let returned = !registration.connection.evolved;
        registration.combined = match update {
            UpdateType::Combined { .. } => !eps_only,
            UpdateType::Area => registration.combined && !returned,
            UpdateType::Periodic => registration.combined,
        };
        registration.connection.evolved = true;
        registration.connection.power = power;
        registration.periodic = periodic;
    }

    /// A rejected update leaves no registration (TS 24.301 5.5.3.2.5), unless the failure may pass.
    fn reject_update(&mut self, ue: UeId, cell: CellId, reject: Reject, reason: Reason) {
        let who = self.who(ue);
        let cause = reject.cause;
        self.note(MobilityNote::TauRejected { who, cell, cause, reason });
        if !may_pass(cause) {
            self.drop_registration(ue, DetachReason::Replaced);
        }
        self.send_after(MOBILITY_DELAY, ue, NasDown::TrackingAreaUpdateReject(reject));
        self.release_soon(ue);
    }

    pub(super) fn detach(&mut self, ue: UeId, switch_off: bool) {
        if !switch_off && self.leaves_detach_unanswered(ue) {
            return;
        }
        self.abandon_challenge(ue);
        if let Some(registration) = self.registrations.get_mut(&ue) {
            let circuit = registration.combined && !registration.connection.evolved;
            registration.packet = false;
            let who = self.who(ue);
            self.note(MobilityNote::Detached { who, switch_off });
            if circuit {
                // GPRS detach: circuit-switched services stay as they are.
                self.release_all(ue, EsmCause::REGULAR_DEACTIVATION);
                if !switch_off {
                    self.send_after(ANSWER_DELAY, ue, NasDown::DetachAccept);
                }
                return;
            }
            self.drop_registration(ue, DetachReason::Ordered);
        }
        self.end_call_of(ue, CcCause::DESTINATION_OUT_OF_ORDER);
        if !switch_off {
            self.send_after(ANSWER_DELAY, ue, NasDown::DetachAccept);
        }
    }

    /// Counts the request; whether a test told the core to act as if it had not come.
    fn leaves_detach_unanswered(&mut self, ue: UeId) -> bool {
        let who = self.who(ue);
        if let Who::Imsi(imsi) = &who {
            self.counters.entry(imsi.clone()).or_default().detaches.push(self.now);
        }
        self.injected(Procedure::Detach, ue, &who).is_some()
    }

    /// Detaches a mobile by the network: calls end, connections are released, the mobile is told.
    pub(super) fn network_detach(
        &mut self,
        ue: UeId,
        reason: DetachReason,
        reattach: bool,
        cause: Option<EmmCause>,
    ) {
        let who = self.who(ue);
        self.note(MobilityNote::NetworkDetached { who, reason, cause });
        let idle = self.reach(ue);
        self.send_detach(ue, idle, NasDown::DetachRequest { reattach, cause });
        if !(reason == DetachReason::Ordered && self.detach_in_part(ue, cause)) {
            self.drop_registration(ue, reason);
        }
    }

    /// Whether something of a registration is left: #2 ends circuit-switched services only (TS 24.301 5.5.2.3.2), and on GSM
    /// and UTRAN what the SGSN detaches stays with the VLR, unless the cause is about the card.
    fn detach_in_part(&mut self, ue: UeId, cause: Option<EmmCause>) -> bool {
        let Some(registration) = self.registrations.get_mut(&ue) else { return false };
        if cause == Some(EmmCause(2)) {
            registration.combined = false;
            return registration.packet;
        }
        let card = matches!(cause, Some(EmmCause(3 | 6 | 8 | 11..=13 | 15)));
        if card || registration.connection.evolved || !registration.combined {
            return false;
        }
        registration.packet = false;
        self.release_all(ue, EsmCause::REGULAR_DEACTIVATION);
        true
    }

    /// A connected mobile is told at once. An idle one would have to be paged, which this core does in one step here: the
    /// detach goes out together with the page.
    fn send_detach(&mut self, ue: UeId, reach: Reach, message: NasDown) {
        match reach {
            Reach::Connected | Reach::Idle => self.send(ue, message),
            // Nothing reaches the mobile: it learns of it with its next message.
            Reach::Asleep => {}
        }
    }

    /// Forgets a registration with its calls and connections. The mobile is not told.
    pub(super) fn drop_registration(&mut self, ue: UeId, reason: DetachReason) {
        if !self.registrations.contains_key(&ue) {
            return;
        }
        let cause = match reason {
            DetachReason::SimState(_) => CcCause::OPERATOR_DETERMINED_BARRING,
            DetachReason::Replaced
            | DetachReason::NotHeard
            | DetachReason::Restarted
            | DetachReason::Ordered => CcCause::DESTINATION_OUT_OF_ORDER,
        };
        self.end_call_of(ue, cause);
        self.release_all(ue, EsmCause::REGULAR_DEACTIVATION);
        self.forget_releases(ue);
        self.agenda.stop(&Timer::MobileReachable(ue));
        if let Some(imsi) = self.registrations.remove(&ue).and_then(|registration| registration.imsi) {
            if self.ue_by_imsi.get(&imsi) == Some(&ue) {
                self.ue_by_imsi.remove(&imsi);
            }
            self.sms_lost(&imsi);
        }
    }
}

/// Causes after which the mobile stays registered and tries again: all but those that TS 24.301 5.5.3.2.5 makes it delete
/// its registration for.
pub(super) const fn may_pass(cause: EmmCause) -> bool {
    !matches!(cause.0, 3 | 5..=15 | 35 | 40 | 42)
}
