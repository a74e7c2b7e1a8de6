//! GSM and UTRAN: location updating, GPRS attach, routing area update (TS 24.008 4.4.4, 4.7.3, 4.7.5).
//!
//! The networks are of operation mode II: each domain registers by itself. Who may use which network is asked as in an
//! attach, and steering refuses here as there.

use super::authentication::Challenged;
use super::connection::Connection;
use super::information::InformationKind;
use super::inject::{Answer, Procedure};
use super::mobility::may_pass;
use super::note::{DetachReason, MobilityNote, Reason, Who};
use super::{CellularCore, MOBILITY_DELAY, Registration};
use wire::air::cellular::{CellId, UeId};
use wire::cause::{EmmCause, EsmCause};
use wire::id::{Imei, Imsi};
use wire::nas::{LocationUpdateType, MobilityGrant, NasDown, PowerSaving, Reject};

impl CellularCore {
    pub(super) fn location_update(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: Imsi,
        imei: Imei,
        update: LocationUpdateType,
    ) {
        self.counters.entry(imsi.clone()).or_default().location_updates.push(self.now);
        self.abandon_challenge(ue);
        let ordered = self.injected(Procedure::LocationUpdate, ue, &Who::Imsi(imsi.clone()));
        if ordered == Some(Answer::Silence) {
            return;
        }
        let known = self.registrations.get(&ue);
        let known = known.is_some_and(|known| known.cell.plmn == cell.plmn && known.combined);
        let held = known && !self.config.policy.authenticate_updates;
        if self.subscribers.contains_key(&imsi) && !held {
            self.challenge(ue, cell, &imsi, Challenged::Location { imei, update }, ordered);
        } else {
            self.location_authenticated(ue, cell, imsi, imei, update, ordered);
        }
    }

    /// The card has proved itself, or need not.
    pub(super) fn location_authenticated(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: Imsi,
        imei: Imei,
        update: LocationUpdateType,
        ordered: Option<Answer>,
    ) {
        let procedure = Procedure::LocationUpdate;
        if !self.may_enter(procedure, ue, cell, (&imsi, &imei), ordered) {
            return;
        }
        let known = self.registrations.get(&ue).is_some_and(|known| known.cell.plmn == cell.plmn);
        if !known {
            self.enter_on_legacy(ue, cell, imsi.clone(), imei.clone());
        }
        if let Some(registration) = self.registrations.get_mut(&ue) {
            registration.combined = true;
            registration.connection.evolved = false;
            registration.periodic = self.config.policy.t3212;
        }
        self.watch_equipment(&imsi, &imei);
        self.seen(&imsi, cell, Some(&imei));
        self.contact(ue, cell);
        let periodic = update == LocationUpdateType::Periodic;
        self.note(MobilityNote::Accepted { procedure, who: Who::Imsi(imsi), cell, periodic });
        let grant = self.legacy_grant(cell);
        self.send_after(MOBILITY_DELAY, ue, NasDown::LocationUpdatingAccept(grant));
        if !periodic {
            self.inform(ue, cell, InformationKind::Mm);
        }
        self.flush_waiting(ue);
    }

    pub(super) fn gprs_attach(&mut self, ue: UeId, cell: CellId, imsi: Imsi, imei: Imei) {
        self.counters.entry(imsi.clone()).or_default().gprs_attaches.push(self.now);
        self.abandon_challenge(ue);
        let ordered = self.injected(Procedure::GprsAttach, ue, &Who::Imsi(imsi.clone()));
        if ordered == Some(Answer::Silence) {
            return;
        }
        if self.subscribers.contains_key(&imsi) {
            self.challenge(ue, cell, &imsi, Challenged::GprsAttach { imei }, ordered);
        } else {
            self.gprs_authenticated(ue, cell, imsi, imei, ordered);
        }
    }

    /// The card has proved itself, or there is none that could.
    pub(super) fn gprs_authenticated(
        &mut self,
        ue: UeId,
        cell: CellId,
        imsi: Imsi,
        imei: Imei,
        ordered: Option<Answer>,
    ) {
        let procedure = Procedure::GprsAttach;
        if !self.may_enter(procedure, ue, cell, (&imsi, &imei), ordered) {
            return;
        }
        let known = self.registrations.get(&ue).is_some_and(|known| known.cell.plmn == cell.plmn);
        if known {
            // A mobile that attaches has forgotten its contexts.
            self.release_all(ue, EsmCause::REGULAR_DEACTIVATION);
        } else {
            self.enter_on_legacy(ue, cell, imsi.clone(), imei.clone());
        }
        if let Some(registration) = self.registrations.get_mut(&ue) {
            registration.packet = true;
            registration.connection.evolved = false;
            registration.periodic = self.config.policy.t3412;
        }
        self.watch_equipment(&imsi, &imei);
        self.seen(&imsi, cell, Some(&imei));
        self.contact(ue, cell);
        self.note(MobilityNote::Accepted { procedure, who: Who::Imsi(imsi), cell, periodic: false });
        let grant = self.legacy_packet_grant(cell);
        self.send_after(MOBILITY_DELAY, ue, NasDown::GprsAttachAccept(grant));
        self.inform(ue, cell, InformationKind::Gmm);
    }

    pub(super) fn routing_area_update(&mut self, ue: UeId, cell: CellId, periodic: bool, contexts: &[u8]) {
        let who = self.who(ue);
        if let Who::Imsi(imsi) = &who {
            self.counters.entry(imsi.clone()).or_default().routing_area_updates.push(self.now);
        }
        self.abandon_challenge(ue);
        let ordered = self.injected(Procedure::RoutingAreaUpdate, ue, &who);
        if ordered == Some(Answer::Silence) {
            return;
        }
        match who {
            Who::Imsi(imsi) if self.config.policy.authenticate_updates => {
                let request = Challenged::Routing { periodic, contexts: contexts.to_vec() };
                self.challenge(ue, cell, &imsi, request, ordered);
            }
            Who::Imsi(_) | Who::Imei(_) | Who::Ue(_) => {
                self.routing_authenticated(ue, cell, periodic, contexts, ordered);
            }
        }
    }

    /// The card has proved itself, or need not.
    pub(super) fn routing_authenticated(
        &mut self,
        ue: UeId,
        cell: CellId,
        periodic: bool,
        contexts: &[u8],
        ordered: Option<Answer>,
    ) {
        let who = self.who(ue);
        let procedure = Procedure::RoutingAreaUpdate;
        match ordered {
            Some(Answer::Emm(reject)) => {
                return self.reject_legacy(procedure, ue, cell, who, reject, Reason::Injected);
            }
            Some(
                Answer::Esm { .. }
                | Answer::Rp(_)
                | Answer::Cc(_)
                | Answer::Ss(_)
                | Answer::EpsOnly(_)
                | Answer::Silence,
            ) => {
                return;
            }
            None => {}
        }
        let known = self.registrations.get(&ue).filter(|known| known.packet && known.cell.plmn == cell.plmn);
        if known.is_none() {
            let before = self.known.contains_key(&ue);
            let cause = if before { EmmCause::IMPLICITLY_DETACHED } else { EmmCause::IDENTITY_NOT_DERIVED };
            return self.reject_legacy(procedure, ue, cell, who, cause.into(), Reason::NotRegistered);
        }
        if let Some(registration) = self.registrations.get_mut(&ue) {
            registration.connection.evolved = false;
        }
        self.contact(ue, cell);
        self.keep_bearers(ue, contexts);
        self.note(MobilityNote::Accepted { procedure, who, cell, periodic });
        let contexts = self.bearer_status(ue);
        let grant = self.legacy_packet_grant(cell);
        self.send_after(MOBILITY_DELAY, ue, NasDown::RoutingAreaUpdateAccept { contexts, grant });
        self.flush_waiting(ue);
    }

    /// IMSI detach: circuit-switched services end, no answer follows.
    pub(super) fn imsi_detach(&mut self, ue: UeId) {
        self.abandon_challenge(ue);
        let who = self.who(ue);
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        registration.combined = false;
        let left = registration.packet;
        self.note(MobilityNote::Detached { who, switch_off: true });
        if !left {
            self.drop_registration(ue, DetachReason::Ordered);
        }
    }

    fn legacy_grant(&self, cell: CellId) -> MobilityGrant {
        MobilityGrant {
            equivalents: self.equivalents_at(cell),
            ..MobilityGrant::with_periodic(self.config.policy.t3212)
        }
    }

    fn legacy_packet_grant(&self, cell: CellId) -> MobilityGrant {
        MobilityGrant {
            equivalents: self.equivalents_at(cell),
            after_attempts: self.config.policy.t3402,
            ..MobilityGrant::with_periodic(self.config.policy.t3412)
        }
    }

    /// The questions of an attach, for one domain; a refusal is sent.
    fn may_enter(
        &mut self,
        procedure: Procedure,
        ue: UeId,
        cell: CellId,
        (imsi, imei): (&Imsi, &Imei),
        ordered: Option<Answer>,
    ) -> bool {
        let who = Who::Imsi(imsi.clone());
        match ordered {
            Some(Answer::Emm(reject)) => {
                self.reject_legacy(procedure, ue, cell, who, reject, Reason::Injected);
                return false;
            }
            Some(
                Answer::Esm { .. }
                | Answer::Rp(_)
                | Answer::Cc(_)
                | Answer::Ss(_)
                | Answer::EpsOnly(_)
                | Answer::Silence,
            ) => {
                return false;
            }
            None => {}
        }
        if let Err(denied) = self.may_register(imsi, imei, cell) {
            let reject = self.protected_unless_unknown(denied.cause, &denied.reason);
            self.reject_legacy(procedure, ue, cell, who, reject, denied.reason);
            return false;
        }
        if let Some(cause) = self.steered_away(imsi, cell) {
            self.send_after(MOBILITY_DELAY, ue, reject_message(procedure, cause.into()));
            return false;
        }
        true
    }

    fn enter_on_legacy(&mut self, ue: UeId, cell: CellId, imsi: Imsi, imei: Imei) {
        self.replace_registration(&imsi);
        self.drop_registration(ue, DetachReason::Replaced);
        let registration = Registration {
            imsi: Some(imsi.clone()),
            imei,
            cell,
            combined: false,
            packet: false,
            emergency: false,
            since: self.now,
            periodic: self.config.policy.t3212,
            connection: Connection::of(false, PowerSaving::default()),
            bearers: Vec::new(),
        };
        self.known.insert(ue, ());
        self.ue_by_imsi.insert(imsi, ue);
        self.registrations.insert(ue, registration);
        self.watch(ue);
    }

    fn reject_legacy(
        &mut self,
        procedure: Procedure,
        ue: UeId,
        cell: CellId,
        who: Who,
        reject: Reject,
        reason: Reason,
    ) {
        let cause = reject.cause;
        self.note(MobilityNote::Rejected { procedure, who, cell, cause, reason });
        // #2 ends circuit-switched services (TS 24.008 4.4.4.7).
        let unknown = procedure == Procedure::LocationUpdate && cause == EmmCause(2);
        if unknown || !may_pass(cause) {
            self.leave_domain(procedure, ue);
        }
        self.send_after(MOBILITY_DELAY, ue, reject_message(procedure, reject));
    }

    /// A reject for good ends the registration in its domain.
    fn leave_domain(&mut self, procedure: Procedure, ue: UeId) {
        let circuit = procedure == Procedure::LocationUpdate;
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        if circuit {
            registration.combined = false;
        } else {
            registration.packet = false;
        }
        if !(registration.combined || registration.packet) {
            self.drop_registration(ue, DetachReason::Replaced);
        } else if !circuit {
            self.release_all(ue, EsmCause::REGULAR_DEACTIVATION);
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the three are rejected here")]
fn reject_message(procedure: Procedure, reject: Reject) -> NasDown {
    match procedure {
        Procedure::LocationUpdate => NasDown::LocationUpdatingReject(reject),
        Procedure::GprsAttach => NasDown::GprsAttachReject(reject),
        Procedure::RoutingAreaUpdate => NasDown::RoutingAreaUpdateReject(reject),
        _ => NasDown::TrackingAreaUpdateReject(reject),
    }
}
