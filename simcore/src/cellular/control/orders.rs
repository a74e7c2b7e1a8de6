//! Orders to the network and to the parties outside: answers on purpose, messages, calls.

use super::ControlError;
use crate::cellular::CellularCore;
use crate::cellular::calls::{CallId, CallState, EndedBy, ExternalParty, Party};
use crate::cellular::note::DetachReason;
use crate::cellular::smsc::{MessageId, SmsRequest};
use wire::cause::CcCause;
use wire::id::{Imsi, PhoneNumber};
use wire::time::Instant;

impl CellularCore {
    /// Loses a registration, as a network element that restarts does: the mobile is not told, and nobody knows it.
    pub fn forget(&mut self, now: Instant, imsi: &Imsi) {
        self.advance(now);
        if let Some(ue) = self.ue_of(imsi) {
            self.drop_registration(ue, DetachReason::NotHeard);
            self.known.remove(&ue);
            self.identities.forget(imsi);
        }
    }

    /// Sends a short message from an application to a device.
    ///
    /// # Errors
    /// No subscriber has the number.
    pub fn send_sms(&mut self, now: Instant, request: SmsRequest) -> Result<MessageId, ControlError> {
        self.advance(now);
        self.accept_from_application(request)
    }

    /// Says how the party outside with this number takes calls, until it is said again.
    pub fn set_external(&mut self, number: &PhoneNumber, behaviour: ExternalParty) {
        let form = self.canonical(number);
        self.calls.behaviours.insert(form, behaviour);
    }

    /// Calls a number of the operator from outside. A call that is refused is a call that has ended.
    pub fn call(&mut self, now: Instant, from: PhoneNumber, to: PhoneNumber, clir: bool) -> CallId {
        self.advance(now);
        self.external_call(from, to, clir)
    }

    /// Calls a number of the operator from outside with video, which the service does not have.
    pub fn video_call(&mut self, now: Instant, from: PhoneNumber, to: PhoneNumber) -> CallId {
        self.advance(now);
        self.external_video_call(from, to)
    }

    /// The party outside hangs up.
    ///
    /// # Errors
    /// The call does not exist, is over, or is between two devices.
    pub fn hang_up(&mut self, now: Instant, call: CallId) -> Result<(), ControlError> {
        self.advance(now);
        let nothing = ControlError::NothingToHangUp(call);
        let Some(found) = self.calls.all.get(&call) else { return Err(nothing) };
        let outside = |party: &Party| match party {
            Party::External(_) | Party::EmergencyCentre => true,
            Party::Device { .. } | Party::Unreached(_) => false,
        };
        let by = if outside(&found.caller) {
            EndedBy::Caller
        } else if outside(&found.callee) {
            EndedBy::Callee
        } else {
            return Err(nothing);
        };
        match found.state {
            CallState::Proceeding | CallState::Alerting | CallState::Active => {
                self.end_call(call, by, CcCause::NORMAL_CLEARING, None);
                Ok(())
            }
            CallState::Ended { .. } => Err(nothing),
        }
    }
}
