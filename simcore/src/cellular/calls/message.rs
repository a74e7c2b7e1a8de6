//! Call control messages from devices, each for the call of its transaction (TS 24.008 5.2, 8.3).

use super::{CallId, CallState, Leg, T310};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use wire::air::cellular::{CellId, UeId};
use wire::cause::CcCause;
use wire::nas::{CallContent, CallMessage};

/// Invalid transaction identifier value.
const INVALID_TRANSACTION: CcCause = CcCause(81);
/// Message type not compatible with protocol state.
const WRONG_STATE: CcCause = CcCause(98);

impl CellularCore {
    pub(in crate::cellular) fn call_message(&mut self, ue: UeId, cell: CellId, message: CallMessage) {
        let CallMessage { transaction, content, facility } = message;
        let leg = Leg { ue, transaction };
        match content {
            CallContent::Setup { called, clir } => {
                self.begin_anew(leg);
                self.call_setup(leg, called, clir);
            }
            CallContent::EmergencySetup { dialled } => {
                self.begin_anew(leg);
                self.emergency_setup(leg, cell, dialled);
            }
            CallContent::Release(cause) => self.call_releasing(leg, cause),
            CallContent::ReleaseComplete(cause) => self.call_released(leg, cause),
            content @ (CallContent::IncomingSetup { .. }
            | CallContent::CallConfirmed
            | CallContent::CallProceeding
            | CallContent::Alerting
            | CallContent::Connect { .. }
            | CallContent::ConnectAcknowledge
            | CallContent::Disconnect(_)
            | CallContent::Facility
            | CallContent::Hold
            | CallContent::HoldAcknowledge
            | CallContent::HoldReject(_)
            | CallContent::Retrieve
            | CallContent::RetrieveAcknowledge
            | CallContent::RetrieveReject(_)
            | CallContent::StartDtmf(_)
            | CallContent::StartDtmfAcknowledge
            | CallContent::StartDtmfReject(_)
            | CallContent::StopDtmf
            | CallContent::StopDtmfAcknowledge) => match self.calls.of_leg(leg) {
                Some(id) => self.call_goes_on(leg, id, content, facility.as_deref()),
                None => self.call_unknown(leg, &content),
            },
        }
    }

    /// SETUP under a transaction that the core still holds: the device has done with what it had there.
    fn begin_anew(&mut self, leg: Leg) {
        self.forget_release(leg);
        if let Some(id) = self.calls.of_leg(leg) {
            self.end_call(id, super::EndedBy::Network, CcCause::NORMAL_CLEARING, Some(leg));
        }
    }

    fn call_goes_on(&mut self, leg: Leg, id: CallId, content: CallContent, facility: Option<&[u8]>) {
        let called = self.calls.called_as(leg).is_some();
        match content {
            CallContent::CallConfirmed if called => {
                self.agenda.stop(&Timer::T303(id));
                self.agenda.start(self.now + T310, Timer::T310(id));
            }
            CallContent::Alerting if called => self.ringing(id),
            CallContent::Connect { .. } if called => {
                self.answered(id);
                self.send_call(leg, CallContent::ConnectAcknowledge);
            }
            CallContent::ConnectAcknowledge => self.agenda.stop(&Timer::T313(leg)),
            CallContent::Disconnect(cause) => self.call_disconnect(leg, id, cause),
            CallContent::Hold => self.call_hold(leg, id, true),
            CallContent::Retrieve => self.call_hold(leg, id, false),
            CallContent::Facility => self.call_facility(leg, id, facility.unwrap_or_default()),
            CallContent::StartDtmf(key) => self.key_pressed(leg, id, key),
            CallContent::StopDtmf => self.send_call(leg, CallContent::StopDtmfAcknowledge),
            other @ (CallContent::Setup { .. }
            | CallContent::EmergencySetup { .. }
            | CallContent::IncomingSetup { .. }
            | CallContent::CallConfirmed
            | CallContent::CallProceeding
            | CallContent::Alerting
            | CallContent::Connect { .. }
            | CallContent::Release(_)
            | CallContent::ReleaseComplete(_)
            | CallContent::HoldAcknowledge
            | CallContent::HoldReject(_)
            | CallContent::RetrieveAcknowledge
            | CallContent::RetrieveReject(_)
            | CallContent::StartDtmfAcknowledge
            | CallContent::StartDtmfReject(_)
            | CallContent::StopDtmfAcknowledge) => {
                let who = self.who(leg.ue);
                self.unexpected(who, other);
            }
        }
    }

    /// A message for a call that is not there, or that is being released.
    fn call_unknown(&mut self, leg: Leg, content: &CallContent) {
        match (self.calls.releasing.contains_key(&leg), content) {
            (true, CallContent::Disconnect(cause)) => self.send_release(leg, *cause),
            // What a device sends before it hears of the end.
            (true, _) => {}
            (false, _) => {
                let who = self.who(leg.ue);
                self.unexpected(who, content);
                self.send_call(leg, CallContent::ReleaseComplete(INVALID_TRANSACTION));
            }
        }
    }

    fn key_pressed(&mut self, leg: Leg, id: CallId, key: char) {
        let call = self.calls.all.get_mut(&id).filter(|call| call.state == CallState::Active);
        let answer = match call {
            Some(call) => {
                call.keys.push(key);
                CallContent::StartDtmfAcknowledge
            }
            None => CallContent::StartDtmfReject(WRONG_STATE),
        };
        self.send_call(leg, answer);
    }

    pub(in crate::cellular) fn t310_expired(&mut self, id: CallId) {
        self.end_call(id, super::EndedBy::Network, CcCause::NO_USER_RESPONDING, None);
    }

    /// CONNECT was not acknowledged: the call ends (TS 24.008 5.2.2.6).
    pub(in crate::cellular) fn t313_expired(&mut self, leg: Leg) {
        if let Some(id) = self.calls.of_leg(leg) {
            self.end_call(id, super::EndedBy::Network, CcCause::RECOVERY_ON_TIMER, None);
        }
    }
}
