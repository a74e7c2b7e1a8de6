//! Attach, tracking area update and detach (TS 24.301 5.5).
//!
//! An attach whose data is barred is accepted without a PDN connection and with the ESM cause, so that SMS and calls
//! work (EMM-REGISTERED without PDN connection). A tracking area update in another network asks the home network
//! again, but does not steer: only an attach does. A mobile that the core does not know has its update rejected with
//! #9, one that it knew before with #10; both attach again at once.

use super::agenda::Timer;
use super::inject::{Answer, Procedure};
use super::note::{ControlNote, DetachReason, MobilityNote, Reason, SessionNote, Who};
use super::rights::BearerKind;
use super::session::PdnDecision;
use super::{ANSWER_DELAY, CellularCore, MOBILITY_DELAY, Registration};
use wire::air::cellular::{CellId, UeId};
use wire::cause::{CcCause, EmmCause, EsmCause};
use wire::id::{Imei, Imsi};
use wire::nas::{AttachType, MobilityGrant, NasDown, PdnRequest, Reject, UpdateType};
use wire::time::Duration;

/// The parts of an ATTACH REQUEST.
#[derive(Clone, Debug)]
pub(super) struct Attach {
    pub(super) imsi: Option<Imsi>,
    pub(super) imei: Imei,
    pub(super) attach_type: AttachType,
    pub(super) pdn: PdnRequest,
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
        let ordered = self.injected(Procedure::Attach, &Who::Imsi(imsi.clone()));
        if ordered == Some(Answer::Silence) {
            return;
        }
        if self.subscribers.contains_key(imsi) {
            self.challenge_attach(ue, cell, imsi, request, ordered);
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
        if let Some(answer) = ordered {
            return self.answer_attach_as_ordered(ue, cell, who, answer);
        }
        if let Err(denied) = self.may_register(imsi, &request.imei, cell) {
            return self.reject_attach(ue, cell, who, denied.cause, None, denied.reason);
        }
        if let Some(cause) = self.steered_away(imsi, cell) {
            let reject = NasDown::AttachReject { reject: cause.into(), esm: None };
            return self.send_after(MOBILITY_DELAY, ue, reject);
        }
        self.replace_registration(imsi);
        let decided = self.decide_pdn(imsi, cell, &[], &request.pdn);
        self.count_pdn(imsi, &request.pdn, decided.as_ref().ok().map(|decision| decision.apn.as_str()));
        match decided {
            Ok(decision) => self.accept_attach(ue, cell, imsi, request, Ok(decision)),
            Err(refusal) => {
                self.note(SessionNote::Rejected {
                    imsi: imsi.clone(),
                    apn: request.pdn.apn.clone(),
                    cause: refusal.cause,
                    t3396: None,
                    reason: refusal.reason.clone(),
                });
                if self.barred(imsi, cell.plmn, BearerKind::Data).is_some() {
                    self.accept_attach(ue, cell, imsi, request, Err(refusal.cause));
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
    ) {
        let combined = request.attach_type == AttachType::Combined;
        self.register(ue, cell, request, combined);
        self.seen(imsi, cell, Some(&request.imei));
        self.note(MobilityNote::AttachAccepted {
            who: Who::Imsi(imsi.clone()),
            imei: request.imei.clone(),
            cell,
            combined,
            emergency: false,
        });
        let grant = MobilityGrant::with_periodic(self.config.policy.t3412);
        let (pdn, esm) = match pdn {
            Ok(decision) => (Some(self.activate(ue, imsi, cell, &decision)), None),
            Err(cause) => (None, Some(cause)),
        };
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachAccept { pdn, esm, combined, grant });
        self.sms_contact_after(imsi, SETTLE);
    }

    fn attach_for_emergency(&mut self, ue: UeId, cell: CellId, request: Attach) {
        self.register(ue, cell, &request, true);
        let who = self.who(ue);
        let imei = request.imei.clone();
        self.note(MobilityNote::AttachAccepted { who, imei, cell, combined: true, emergency: true });
        let pdn = Some(self.activate_emergency(ue, cell));
        let grant = MobilityGrant::with_periodic(self.config.policy.t3412);
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachAccept { pdn, esm: None, combined: true, grant });
    }

    fn register(&mut self, ue: UeId, cell: CellId, request: &Attach, combined: bool) {
        let registration = Registration {
            imsi: request.imsi.clone(),
            imei: request.imei.clone(),
            cell,
            combined,
            emergency: request.attach_type == AttachType::Emergency,
            since: self.now,
            bearers: Vec::new(),
        };
        self.known.insert(ue);
        if let Some(imsi) = registration.imsi.clone().filter(|_| !registration.emergency) {
            self.ue_by_imsi.insert(imsi, ue);
        }
        self.registrations.insert(ue, registration);
        self.watch(ue);
    }

    /// Starts the mobile reachable timer again.
    pub(super) fn watch(&mut self, ue: UeId) {
        if let Some(grace) = self.config.policy.implicit_detach {
            let at = self.now + self.config.policy.t3412 + grace;
            self.agenda.start(at, Timer::MobileReachable(ue));
        }
    }

    /// The mobile reachable timer expired. A mobile in a call is connected, and so reachable.
    pub(super) fn detach_implicitly(&mut self, ue: UeId) {
        if self.calls.of(ue).is_some() {
            return self.watch(ue);
        }
        let who = self.who(ue);
        self.note(MobilityNote::NetworkDetached { who, reason: DetachReason::NotHeard, cause: None });
        self.drop_registration(ue, DetachReason::NotHeard);
    }

    /// An attach ends what the same subscriber had in another mobile.
    fn replace_registration(&mut self, imsi: &Imsi) {
        if let Some(other) = self.ue_of(imsi) {
            self.note(MobilityNote::NetworkDetached {
                who: Who::Imsi(imsi.clone()),
                reason: DetachReason::Replaced,
                cause: None,
            });
            self.drop_registration(other, DetachReason::Replaced);
        }
    }

    fn reject_attach(
        &mut self,
        ue: UeId,
        cell: CellId,
        who: Who,
        cause: EmmCause,
        esm: Option<EsmCause>,
        reason: Reason,
    ) {
        self.note(MobilityNote::AttachRejected { who, cell, cause, esm, reason });
        self.send_after(MOBILITY_DELAY, ue, NasDown::AttachReject { reject: cause.into(), esm });
    }

    fn answer_attach_as_ordered(&mut self, ue: UeId, cell: CellId, who: Who, answer: Answer) {
        let (cause, esm, t3346) = match answer {
            Answer::Emm { cause, t3346 } => (cause, None, t3346),
            Answer::Esm { cause, .. } => (EmmCause::ESM_FAILURE, Some(cause), None),
            Answer::Rp(_) | Answer::Cc(_) | Answer::Silence => return,
        };
        self.note(MobilityNote::AttachRejected { who, cell, cause, esm, reason: Reason::Injected });
        self.send_after(
            MOBILITY_DELAY,
            ue,
            NasDown::AttachReject { reject: Reject::from(cause).with_back_off(t3346), esm },
        );
    }

    /// The answer that a test ordered for this procedure, with its note.
    pub(super) fn injected(&mut self, procedure: Procedure, who: &Who) -> Option<Answer> {
        let imsi = match who {
            Who::Imsi(imsi) => Some(imsi),
            Who::Imei(_) | Who::Ue(_) => None,
        };
        let answer = self.injections.take(procedure, imsi)?;
        self.note(ControlNote::Injected { who: who.clone(), procedure, answer });
        Some(answer)
    }

    pub(super) fn tracking_area_update(&mut self, ue: UeId, cell: CellId, update: UpdateType) {
        let who = self.who(ue);
        if let Who::Imsi(imsi) = &who {
            let counters = self.counters.entry(imsi.clone()).or_default();
            counters.tracking_area_updates.push(self.now);
        }
        match self.injected(Procedure::TrackingAreaUpdate, &who) {
            Some(Answer::Emm { cause, .. }) => return self.reject_update(ue, cell, cause, Reason::Injected),
            Some(Answer::Esm { .. } | Answer::Rp(_) | Answer::Cc(_) | Answer::Silence) => return,
            None => {}
        }
        let Some(registration) = self.registrations.get(&ue) else {
            let known = self.known.contains(&ue);
            let cause = if known { EmmCause::IMPLICITLY_DETACHED } else { EmmCause::IDENTITY_NOT_DERIVED };
            return self.reject_update(ue, cell, cause, Reason::NotRegistered);
        };
        if let (Some(imsi), false) = (registration.imsi.clone(), registration.emergency)
            && registration.cell.plmn != cell.plmn
        {
            if let Err(denied) = self.may_register(&imsi, &registration.imei.clone(), cell) {
                return self.reject_update(ue, cell, denied.cause, denied.reason);
            }
            self.contact(ue, cell);
            self.release_barred_sessions(&imsi);
        } else {
            self.contact(ue, cell);
        }
        let periodic = update == UpdateType::Periodic;
        self.note(MobilityNote::TauAccepted { who, cell, periodic });
        let Some(registration) = self.registrations.get(&ue) else { return };
        let combined = registration.combined;
        let bearers = registration.bearers.iter().map(|bearer| bearer.identity).collect();
        let grant = MobilityGrant::with_periodic(self.config.policy.t3412);
        self.send_after(MOBILITY_DELAY, ue, NasDown::TrackingAreaUpdateAccept { combined, bearers, grant });
    }

    /// A rejected update leaves no registration (TS 24.301 5.5.3.2.5), unless the failure may pass.
    fn reject_update(&mut self, ue: UeId, cell: CellId, cause: EmmCause, reason: Reason) {
        let who = self.who(ue);
        self.note(MobilityNote::TauRejected { who, cell, cause, reason });
        if !may_pass(cause) {
            self.drop_registration(ue, DetachReason::Replaced);
        }
        self.send_after(MOBILITY_DELAY, ue, NasDown::TrackingAreaUpdateReject(cause.into()));
    }

    pub(super) fn detach(&mut self, ue: UeId, switch_off: bool) {
        self.abandon_challenge(ue);
        if self.registrations.contains_key(&ue) {
            let who = self.who(ue);
            self.note(MobilityNote::Detached { who, switch_off });
            self.drop_registration(ue, DetachReason::Ordered);
        }
        self.end_call_of(ue, CcCause::DESTINATION_OUT_OF_ORDER);
        if !switch_off {
            self.send_after(ANSWER_DELAY, ue, NasDown::DetachAccept);
        }
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
        self.drop_registration(ue, reason);
        self.send(ue, NasDown::DetachRequest { reattach, cause });
    }

    /// Forgets a registration with its calls and connections. The mobile is not told.
    pub(super) fn drop_registration(&mut self, ue: UeId, reason: DetachReason) {
        if !self.registrations.contains_key(&ue) {
            return;
        }
        let cause = match reason {
            DetachReason::SimState(_) => CcCause::OPERATOR_DETERMINED_BARRING,
            DetachReason::Replaced | DetachReason::NotHeard | DetachReason::Ordered => {
                CcCause::DESTINATION_OUT_OF_ORDER
            }
        };
        self.end_call_of(ue, cause);
        self.release_all(ue, EsmCause::REGULAR_DEACTIVATION);
        self.agenda.stop(&Timer::T305(ue));
        self.agenda.stop(&Timer::MobileReachable(ue));
        if let Some(imsi) = self.registrations.remove(&ue).and_then(|registration| registration.imsi) {
            if self.ue_by_imsi.get(&imsi) == Some(&ue) {
                self.ue_by_imsi.remove(&imsi);
            }
            self.sms_lost(&imsi);
        }
    }
}

/// Causes that TS 24.301 5.5.3.2.6 treats as abnormal cases: the mobile stays registered and tries again.
const fn may_pass(cause: EmmCause) -> bool {
    matches!(
        cause,
        EmmCause::MSC_NOT_REACHABLE
            | EmmCause::NETWORK_FAILURE
            | EmmCause::CS_NOT_AVAILABLE
            | EmmCause::CONGESTION
    ) || cause.0 >= 95
}
