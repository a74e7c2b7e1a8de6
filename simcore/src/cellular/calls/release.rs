//! The end of a call: who is told what, and the timers that end it when nobody does.

use super::{CallId, EndedBy, Party};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::note::CallNote;
use wire::air::cellular::UeId;
use wire::cause::CcCause;
use wire::nas::NasDown;
use wire::time::Duration;

impl CellularCore {
    /// Ends a call: every device in it but `released` gets DISCONNECT.
    pub(in crate::cellular) fn end_call(
        &mut self,
        id: CallId,
        by: EndedBy,
        cause: CcCause,
        released: Option<UeId>,
    ) {
        let Some(call) = self.calls.end(id, cause, by, None) else { return };
        let lasted = call.connected_at.map(|connected| self.now.since(connected));
        let (caller, callee) = (call.caller.to_string(), call.callee.to_string());
        let devices = [call.caller.ue(), call.callee.ue()];
        for timer in [Timer::T301(id), Timer::T303(id), Timer::ExternalReacts(id), Timer::ExternalAnswers(id)]
        {
            self.agenda.stop(&timer);
        }
        self.note(CallNote::Ended { call: id, caller, callee, cause, by, lasted });
        for ue in devices.into_iter().flatten().filter(|ue| Some(*ue) != released) {
            self.disconnect(ue, cause, Duration::ZERO);
        }
    }

    /// The side on which a mobile is in a call.
    fn side_of(&self, id: CallId, ue: UeId) -> EndedBy {
        let is_caller = |party: &Party| party.ue() == Some(ue);
        match self.calls.all.get(&id) {
            Some(call) if is_caller(&call.caller) => EndedBy::Caller,
            Some(_) | None => EndedBy::Callee,
        }
    }

    /// DISCONNECT from a device.
    pub(in crate::cellular) fn call_disconnect(&mut self, ue: UeId, cause: CcCause) {
        if let Some(id) = self.calls.of(ue) {
            self.end_call(id, self.side_of(id, ue), cause, Some(ue));
        }
        self.agenda.stop(&Timer::T305(ue));
        self.send(ue, NasDown::ReleaseComplete(cause));
    }

    /// RELEASE COMPLETE from a device: the answer to DISCONNECT, or the refusal of a SETUP.
    pub(in crate::cellular) fn call_released(&mut self, ue: UeId, cause: CcCause) {
        if self.agenda.runs(&Timer::T305(ue)) {
            return self.agenda.stop(&Timer::T305(ue));
        }
        match self.calls.of(ue) {
            Some(id) => self.end_call(id, self.side_of(id, ue), cause, Some(ue)),
            None => {
                let who = self.who(ue);
                self.unexpected(who, "RELEASE COMPLETE");
            }
        }
    }

    /// Nobody answered: the caller hears #19, the called device #102 (TS 24.008 5.2.2.3.2, 5.4.4.1).
    pub(in crate::cellular) fn t301_expired(&mut self, id: CallId) {
        let callee = self.calls.all.get(&id).and_then(|call| call.callee.ue());
        self.end_call(id, EndedBy::Network, CcCause::NO_ANSWER, callee);
        if let Some(ue) = callee {
            self.disconnect(ue, CcCause::RECOVERY_ON_TIMER, Duration::ZERO);
        }
    }

    /// DISCONNECT was not answered: the call is over all the same.
    pub(in crate::cellular) fn t305_expired(&mut self, ue: UeId) {
        self.send(ue, NasDown::ReleaseComplete(CcCause::RECOVERY_ON_TIMER));
    }

    /// A mobile in a call cannot be reached.
    pub(in crate::cellular) fn call_lost(&mut self, ue: UeId) {
        self.agenda.stop(&Timer::T305(ue));
        self.end_call_of(ue, CcCause::DESTINATION_OUT_OF_ORDER);
    }

    /// The call of a mobile that is gone ends for the other side.
    pub(in crate::cellular) fn end_call_of(&mut self, ue: UeId, cause: CcCause) {
        if let Some(id) = self.calls.of(ue) {
            self.end_call(id, EndedBy::Network, cause, Some(ue));
        }
    }
}
