//! The end of a call: who is told what, and the timers that end it when nobody does (TS 24.008 5.4).

use super::{CallId, EndedBy, Leg, T308};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::note::CallNote;
use wire::air::cellular::UeId;
use wire::cause::CcCause;
use wire::nas::CallContent;
use wire::ss::SsCode;
use wire::time::Duration;

/// How often RELEASE is sent before the core gives up.
const RELEASES: u8 = 2;

impl CellularCore {
    /// Ends a call: every device in it but `released` gets DISCONNECT.
    pub(in crate::cellular) fn end_call(
        &mut self,
        id: CallId,
        by: EndedBy,
        cause: CcCause,
        released: Option<Leg>,
    ) {
        let Some(call) = self.calls.end(id, cause, by, None) else { return };
        let lasted = call.connected_at.map(|connected| self.now.since(connected));
        let (caller, callee) = (call.caller.to_string(), call.callee.to_string());
        let legs: Vec<Leg> = [call.caller.leg(), call.callee.leg()].into_iter().flatten().collect();
        self.stop_call_timers(id, &legs);
        self.record_call(id);
        self.note(CallNote::Ended { call: id, caller, callee, cause, by, lasted });
        for leg in legs.into_iter().filter(|leg| Some(*leg) != released) {
            self.disconnect(leg, cause, Duration::ZERO);
        }
    }

    pub(super) fn stop_call_timers(&mut self, id: CallId, legs: &[Leg]) {
        for timer in [
            Timer::T301(id),
            Timer::T303(id),
            Timer::T310(id),
            Timer::NoReply(id),
            Timer::ExternalReacts(id),
            Timer::ExternalAnswers(id),
        ] {
            self.agenda.stop(&timer);
        }
        for leg in legs {
            self.agenda.stop(&Timer::T313(*leg));
        }
    }

    /// The side on which a leg is in a call.
    fn side_of(&self, id: CallId, leg: Leg) -> EndedBy {
        let is_caller = self.calls.all.get(&id).is_some_and(|call| call.caller.leg() == Some(leg));
        if is_caller { EndedBy::Caller } else { EndedBy::Callee }
    }

    /// DISCONNECT from a device.
    pub(super) fn call_disconnect(&mut self, leg: Leg, id: CallId, cause: CcCause) {
        self.refused_by_device(leg, id, cause);
        self.send_release(leg, cause);
    }

    /// RELEASE, which the device answers with RELEASE COMPLETE.
    pub(super) fn send_release(&mut self, leg: Leg, cause: CcCause) {
        self.agenda.stop(&Timer::T305(leg));
        *self.calls.releasing.entry(leg).or_default() += 1;
        self.send_call(leg, CallContent::Release(cause));
        self.agenda.start(self.now + T308, Timer::T308(leg));
    }

    /// RELEASE from a device: the answer to DISCONNECT, or the end of a call without one.
    pub(super) fn call_releasing(&mut self, leg: Leg, cause: CcCause) {
        if !self.forget_release(leg) {
            match self.calls.of_leg(leg) {
                Some(id) => self.end_call(id, self.side_of(id, leg), cause, Some(leg)),
                None => {
                    let who = self.who(leg.ue);
                    self.unexpected(who, "RELEASE");
                }
            }
        }
        self.send_call(leg, CallContent::ReleaseComplete(cause));
    }

    /// RELEASE COMPLETE from a device: the answer to RELEASE, or the refusal of a SETUP.
    pub(super) fn call_released(&mut self, leg: Leg, cause: CcCause) {
        if self.forget_release(leg) {
            return;
        }
        match self.calls.of_leg(leg) {
            Some(id) => self.refused_by_device(leg, id, cause),
            None => {
                let who = self.who(leg.ue);
                self.unexpected(who, "RELEASE COMPLETE");
            }
        }
    }

    /// A user who says that he is busy is busy for forwarding too (TS 22.082 2.2.1, UDUB).
    fn refused_by_device(&mut self, leg: Leg, id: CallId, cause: CcCause) {
        let busy = cause == CcCause::USER_BUSY && self.side_of(id, leg) == EndedBy::Callee;
        if busy && self.forward_offered(id, SsCode::CFB, cause) {
            return;
        }
        self.end_call(id, self.side_of(id, leg), cause, Some(leg));
    }

    /// The release of a leg is complete; false when none was under way.
    pub(super) fn forget_release(&mut self, leg: Leg) -> bool {
        self.agenda.stop(&Timer::T305(leg));
        self.agenda.stop(&Timer::T308(leg));
        self.calls.releasing.remove(&leg).is_some()
    }

    /// A mobile is gone: nobody will answer what was sent to it.
    pub(in crate::cellular) fn forget_releases(&mut self, ue: UeId) {
        let theirs: Vec<Leg> = self.calls.releasing.keys().filter(|leg| leg.ue == ue).copied().collect();
        theirs.into_iter().for_each(|leg| {
            self.forget_release(leg);
        });
    }

    /// Nobody answered: the caller hears #19, the called device #102 (TS 24.008 5.2.2.3.2, 5.4.4.1).
    pub(in crate::cellular) fn t301_expired(&mut self, id: CallId) {
        let callee = self.calls.all.get(&id).and_then(|call| call.callee.leg());
        self.end_call(id, EndedBy::Network, CcCause::NO_ANSWER, callee);
        if let Some(leg) = callee {
            self.disconnect(leg, CcCause::RECOVERY_ON_TIMER, Duration::ZERO);
        }
    }

    /// DISCONNECT was not answered.
    pub(in crate::cellular) fn t305_expired(&mut self, leg: Leg) {
        self.send_release(leg, CcCause::RECOVERY_ON_TIMER);
    }

    /// RELEASE was not answered: once more, then the transaction is free all the same.
    pub(in crate::cellular) fn t308_expired(&mut self, leg: Leg) {
        if self.calls.releasing.get(&leg).is_some_and(|sent| *sent < RELEASES) {
            self.send_release(leg, CcCause::RECOVERY_ON_TIMER);
        } else {
            self.forget_release(leg);
        }
    }

    /// A mobile in a call cannot be reached.
    pub(in crate::cellular) fn call_lost(&mut self, ue: UeId) {
        self.forget_releases(ue);
        self.end_call_of(ue, CcCause::DESTINATION_OUT_OF_ORDER);
    }

    /// The calls of a mobile that is gone end for the other sides.
    pub(in crate::cellular) fn end_call_of(&mut self, ue: UeId, cause: CcCause) {
        for id in self.calls.all_of(ue) {
            let leg = self.calls.all.get(&id).and_then(|call| call.leg_of(ue));
            let called = self.calls.all.get(&id).is_some_and(|call| call.callee.leg() == leg);
            if !(called && self.forward_offered(id, SsCode::CFNRC, cause)) {
                self.end_call(id, EndedBy::Network, cause, leg);
            }
        }
    }
}
