//! The called side of a call: whether a subscriber may be called, and SETUP to its device.
//!
//! What stops the call is told to the caller only; the device never hears of it. A withheld number is not shown to the
//! device, and cannot match a whitelist.

use super::{CallId, Direction, EndedBy, HOME_DECISION, Party, T303};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::config::{Profile, Rank};
use crate::cellular::note::{CallCause, CallNote, Reason};
use crate::cellular::rights::BearerKind;
use wire::air::cellular::UeId;
use wire::cause::CcCause;
use wire::id::{Imsi, PhoneNumber};
use wire::nas::NasDown;

impl CellularCore {
    /// A call to a number that has to be one of the operator's.
    pub(super) fn route_incoming(&mut self, caller: Party, called: PhoneNumber, hidden: bool) -> CallId {
        match self.subscriber_of(&called).cloned() {
            Some(callee) => self.offer(caller, called, &callee, hidden),
            None => {
                let id = self.calls.begin(caller, Party::Unreached(called));
                self.end_refused(id, CcCause::UNASSIGNED_NUMBER, Reason::UnassignedNumber);
                id
            }
        }
    }

    /// Offers a call to a subscriber's device, or refuses it.
    pub(super) fn offer(
        &mut self,
        caller: Party,
        called: PhoneNumber,
        callee: &Imsi,
        hidden: bool,
    ) -> CallId {
        let number = match &caller {
            Party::Device { number, .. } => number.clone(),
            Party::External(number) | Party::Unreached(number) => Some(number.clone()),
            Party::EmergencyCentre => None,
        };
        let visible = number.filter(|_| !hidden);
        let callable = match self.may_be_called(callee, visible.as_ref()) {
            // A mobile that calls itself is in a call already: this one.
            Ok(ue) if caller.ue() == Some(ue) => Err((CcCause::USER_BUSY, Reason::Busy)),
            decided => decided,
        };
        match callable {
            Ok(ue) => {
                let party = Party::Device { ue, imsi: Some(callee.clone()), number: Some(called) };
                let id = self.calls.begin(caller, party);
                let clip = self.subscribers.get(callee).is_some_and(|subscriber| subscriber.services.clip);
                self.agenda.stop(&Timer::T305(ue));
                self.agenda.start(self.now + HOME_DECISION + T303, Timer::T303(id));
                self.send_after(HOME_DECISION, ue, NasDown::Setup { calling: visible.filter(|_| clip) });
                id
            }
            Err((cause, reason)) => {
                self.note(CallNote::Refused {
                    imsi: callee.clone(),
                    direction: Direction::Mt,
                    peer: visible,
                    cause: CallCause::Call(cause),
                    reason: reason.clone(),
                });
                let id = self.calls.begin(caller, Party::Unreached(called));
                self.end_refused(id, cause, reason);
                id
            }
        }
    }

    fn may_be_called(&self, imsi: &Imsi, calling: Option<&PhoneNumber>) -> Result<UeId, (CcCause, Reason)> {
        let unassigned = (CcCause::UNASSIGNED_NUMBER, Reason::UnknownImsi);
        let subscriber = self.subscribers.get(imsi).ok_or(unassigned)?;
        if !subscriber.state.may_use_network() {
            return Err((CcCause::CALL_REJECTED, Reason::SimState(subscriber.state)));
        }
        if subscriber.profile == Profile::DataOnly {
            return Err((CcCause::BEARER_NOT_AUTHORIZED, Reason::Profile));
        }
        let ue = self.ue_of(imsi);
        let seen = ue.and_then(|ue| self.registrations.get(&ue));
        if let Some(registration) = seen {
            if let Some(reason) = self.barred(imsi, registration.cell.plmn, BearerKind::Voice) {
                return Err((CcCause::CALL_REJECTED, reason));
            }
            let roaming = self.rank(registration.cell.plmn) != Rank::Home;
            if roaming && subscriber.services.bar_incoming_in_roaming {
                return Err((CcCause::CALL_REJECTED, Reason::BarredInRoaming));
            }
        }
        let from_emergency = calling.is_some_and(|number| self.is_emergency_number(number));
        if let Some(reason) = self.off_whitelist(imsi, calling).filter(|_| !from_emergency) {
            return Err((self.config.policy.off_whitelist, reason));
        }
        match (ue, seen) {
            (Some(ue), Some(registration)) if registration.combined => match self.calls.of(ue) {
                None => Ok(ue),
                Some(_) => Err((CcCause::USER_BUSY, Reason::Busy)),
            },
            (Some(_), Some(_)) => Err((CcCause::DESTINATION_OUT_OF_ORDER, Reason::NotCombined)),
            (None, _) | (_, None) => Err((CcCause::DESTINATION_OUT_OF_ORDER, Reason::NotRegistered)),
        }
    }

    /// A call that never reached its party ends.
    fn end_refused(&mut self, id: CallId, cause: CcCause, reason: Reason) {
        let Some(call) = self.calls.end(id, cause, EndedBy::Network, Some(reason)) else { return };
        if let Some(ue) = call.caller.ue() {
            self.disconnect(ue, cause, HOME_DECISION);
        }
    }

    /// The mobile did not answer SETUP.
    pub(in crate::cellular) fn t303_expired(&mut self, id: CallId) {
        self.end_call(id, EndedBy::Network, CcCause::NO_USER_RESPONDING, None);
    }

    /// Paging for SETUP was not answered.
    pub(in crate::cellular) fn call_unreachable(&mut self, ue: UeId) {
        if let Some(id) = self.called_as(ue) {
            self.end_call(id, EndedBy::Network, CcCause::NO_USER_RESPONDING, Some(ue));
        }
    }
}
