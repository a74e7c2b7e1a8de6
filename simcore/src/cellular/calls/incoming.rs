//! The called side of a call: whether a subscriber may be called, and SETUP to its device.
//!
//! What stops the call is told to the caller only; the device never hears of it. A withheld number is not shown to the
//! device, and cannot match a whitelist.

use super::{CallId, CallState, Direction, EndedBy, HOME_DECISION, Leg, Party, T303};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::config::{Profile, Rank};
use crate::cellular::note::{CallCause, CallNote, Reason};
use crate::cellular::rights::BearerKind;
use wire::air::cellular::UeId;
use wire::cause::CcCause;
use wire::id::{Imsi, PhoneNumber};
use wire::nas::{CallContent, CallMessage, NasDown, TransactionId};
use wire::ss::{Notification, SsCode};
use wire::time::Duration;

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
        let visible = caller.number().cloned().filter(|_| !hidden);
        // What is refused whatever the device does is not forwarded either.
        let goes_on =
            self.takes_no_calls(callee).is_none() && self.filters_caller(callee, visible.as_ref()).is_none();
        if let Some((target, _)) = self.forwarded_to(callee, SsCode::CFU).filter(|_| goes_on) {
            return self.forward(caller, callee, target, SsCode::CFU, hidden);
        }
        let callable = match self.may_be_called(callee, visible.as_ref()) {
            // A mobile that calls itself is in a call already: this one.
            Ok((leg, _)) if caller.ue() == Some(leg.ue) => Err((CcCause::USER_BUSY, Reason::Busy)),
            decided => decided,
        };
        match callable {
            Ok((leg, waits)) => {
                let party = Party::Device { leg, imsi: Some(callee.clone()), number: Some(called) };
                let id = self.calls.begin(caller, party);
                if let Some(call) = self.calls.all.get_mut(&id) {
                    call.waits = waits;
                    call.hidden = hidden;
                }
                let clip = self.subscribers.get(callee).is_some_and(|subscriber| subscriber.services.clip);
                let setup = CallContent::IncomingSetup { calling: visible.filter(|_| clip) };
                let message = CallMessage::new(leg.transaction, setup);
                self.agenda.start(self.now + HOME_DECISION + T303, Timer::T303(id));
                self.send_after(HOME_DECISION, leg.ue, NasDown::Call(message));
                id
            }
            Err((_, reason)) if self.forwarding_of(callee, &reason).is_some() => {
                let code = if reason == Reason::Busy { SsCode::CFB } else { SsCode::CFNRC };
                let target = self.forwarding_of(callee, &reason).unwrap_or(called);
                self.forward(caller, callee, target, code, hidden)
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

    /// Why the subscription takes no calls.
    fn takes_no_calls(&self, imsi: &Imsi) -> Option<(CcCause, Reason)> {
        let Some(subscriber) = self.subscribers.get(imsi) else {
            return Some((CcCause::UNASSIGNED_NUMBER, Reason::UnknownImsi));
        };
        if !subscriber.state.may_use_network() {
            return Some((CcCause::CALL_REJECTED, Reason::SimState(subscriber.state)));
        }
        (subscriber.profile == Profile::DataOnly).then_some((CcCause::BEARER_NOT_AUTHORIZED, Reason::Profile))
    }

    /// Why the caller is filtered, wherever the device is; a call of the emergency centre never is.
    fn filters_caller(&self, imsi: &Imsi, calling: Option<&PhoneNumber>) -> Option<(CcCause, Reason)> {
        if calling.is_some_and(|number| self.is_emergency_number(number)) {
            return None;
        }
        if self.subscribers.get(imsi).is_some_and(|subscriber| subscriber.services.barred.voice) {
            return Some((CcCause::CALL_REJECTED, Reason::Barred));
        }
        self.off_whitelist(imsi, calling).map(|reason| (self.config.policy.off_whitelist, reason))
    }

    /// The leg that the call gets at the subscriber's device, and whether it waits there.
    fn may_be_called(
        &self,
        imsi: &Imsi,
        calling: Option<&PhoneNumber>,
    ) -> Result<(Leg, bool), (CcCause, Reason)> {
        let unassigned = (CcCause::UNASSIGNED_NUMBER, Reason::UnknownImsi);
        let subscriber = self.subscribers.get(imsi).ok_or(unassigned)?;
        if let Some(refusal) = self.takes_no_calls(imsi) {
            return Err(refusal);
        }
        let from_emergency = calling.is_some_and(|number| self.is_emergency_number(number));
        let ue = self.ue_of(imsi);
        let seen = ue.and_then(|ue| self.registrations.get(&ue));
        if let Some(registration) = seen {
            let barred = self.barred(imsi, registration.cell.plmn, BearerKind::Voice);
            if let Some(reason) = barred.filter(|_| !from_emergency) {
                return Err((CcCause::CALL_REJECTED, reason));
            }
            let roaming = self.rank(registration.cell.plmn) != Rank::Home;
            if self.has_barred(imsi, SsCode::BAIC) {
                return Err((CcCause::CALL_REJECTED, Reason::BarredByService(SsCode::BAIC)));
            }
            let bic_roam =
                subscriber.services.bar_incoming_in_roaming || self.has_barred(imsi, SsCode::BIC_ROAM);
            if roaming && bic_roam {
                return Err((CcCause::CALL_REJECTED, Reason::BarredInRoaming));
            }
        }
        if let Some(refusal) = self.filters_caller(imsi, calling) {
            return Err(refusal);
        }
        match (ue, seen) {
            (Some(ue), Some(registration)) if registration.combined => {
                let busy = (CcCause::USER_BUSY, Reason::Busy);
                let waits = !self.calls.all_of(ue).is_empty();
                if waits && !self.may_wait(imsi, ue) {
                    return Err(busy);
                }
                self.calls.free_leg(ue).map(|leg| (leg, waits)).ok_or(busy)
            }
            (Some(_), Some(_)) => Err((CcCause::DESTINATION_OUT_OF_ORDER, Reason::NotCombined)),
            (None, _) | (_, None) => Err((CcCause::DESTINATION_OUT_OF_ORDER, Reason::NotRegistered)),
        }
    }

    /// Where a call goes that cannot be offered for this reason.
    fn forwarding_of(&self, callee: &Imsi, reason: &Reason) -> Option<PhoneNumber> {
        let code = if *reason == Reason::Busy {
            SsCode::CFB
        } else if matches!(reason, Reason::NotRegistered | Reason::NotCombined) {
            SsCode::CFNRC
        } else {
            return None;
        };
        self.forwarded_to(callee, code).map(|(number, _)| number)
    }

    /// The call goes to the number that the subscriber has set; a number that leads back, or that the whitelist does not
    /// have, ends it.
    pub(super) fn forward(
        &mut self,
        caller: Party,
        callee: &Imsi,
        target: PhoneNumber,
        code: SsCode,
        hidden: bool,
    ) -> CallId {
        // The number that the call goes to is filtered as one that the subscriber dials.
        let filtered =
            self.off_whitelist(callee, Some(&target)).filter(|_| !self.is_emergency_number(&target));
        if let Some(reason) = filtered {
            let cause = self.config.policy.off_whitelist;
            self.note(CallNote::Refused {
                imsi: callee.clone(),
                direction: Direction::Mo,
                peer: Some(target.clone()),
                cause: CallCause::Call(cause),
                reason: reason.clone(),
            });
            let id = self.calls.begin(caller, Party::Unreached(target));
            self.end_refused(id, cause, reason);
            return id;
        }
        self.note(CallNote::Forwarded { imsi: callee.clone(), to: target.clone(), code });
        let again = self.subscriber_of(&target).is_some_and(|imsi| self.forwarded_to(imsi, code).is_some());
        if again {
            let id = self.calls.begin(caller, Party::Unreached(target));
            self.end_refused(id, CcCause::NO_ROUTE, Reason::Unreachable);
            return id;
        }
        let leg = caller.leg();
        let notice = Notification {
            code: Some(code),
            forwarding: Some(Notification::OUTGOING_FORWARDED),
            ..Notification::default()
        };
        let id = self.route(caller, target, hidden);
        self.notify(leg, &notice);
        id
    }

    /// The called party has rung long enough for the one who forwards such calls.
    pub(in crate::cellular) fn no_reply(&mut self, id: CallId) {
        let alerting = self.calls.all.get(&id).is_some_and(|call| call.state == CallState::Alerting);
        let leg = self.calls.all.get(&id).and_then(|call| call.callee.leg());
        if alerting
            && self.forward_offered(id, SsCode::CFNRY, CcCause::NO_ANSWER)
            && let Some(leg) = leg
        {
            self.disconnect(leg, CcCause::RECOVERY_ON_TIMER, Duration::ZERO);
        }
    }

    /// A call that was offered to a device, and that it does not take, goes on where the subscriber said; false when
    /// the subscriber has said nothing.
    pub(super) fn forward_offered(&mut self, id: CallId, code: SsCode, cause: CcCause) -> bool {
        let Some(call) = self.calls.all.get(&id) else { return false };
        if !matches!(call.state, CallState::Proceeding | CallState::Alerting) {
            return false;
        }
        let Party::Device { leg, imsi: Some(callee), .. } = call.callee.clone() else { return false };
        let (caller, hidden) = (call.caller.clone(), call.hidden);
        let Some((target, _)) = self.forwarded_to(&callee, code) else { return false };
        self.calls.end(id, cause, EndedBy::Network, None);
        self.record_call(id);
        self.stop_call_timers(id, &[leg]);
        self.forward(caller, &callee, target, code, hidden);
        true
    }

    /// Whether another call may wait at a device that has some: one at a time, when all others are answered.
    fn may_wait(&self, imsi: &Imsi, ue: UeId) -> bool {
        let answered =
            |id: &CallId| self.calls.all.get(id).is_some_and(|call| call.state == CallState::Active);
        let subscribed = self.subscribers.get(imsi).is_some_and(|known| known.services.second_call);
        subscribed && self.lets_calls_wait(imsi) && self.calls.all_of(ue).iter().all(answered)
    }

    /// A call that never reached its party ends.
    pub(super) fn end_refused(&mut self, id: CallId, cause: CcCause, reason: Reason) {
        let Some(call) = self.calls.end(id, cause, EndedBy::Network, Some(reason)) else { return };
        if let Some(leg) = call.caller.leg() {
            self.disconnect(leg, cause, HOME_DECISION);
        }
    }

    /// The mobile did not answer SETUP.
    pub(in crate::cellular) fn t303_expired(&mut self, id: CallId) {
        let leg = self.calls.all.get(&id).and_then(|call| call.callee.leg());
        if self.forward_offered(id, SsCode::CFNRC, CcCause::NO_USER_RESPONDING) {
            if let Some(leg) = leg {
                self.disconnect(leg, CcCause::RECOVERY_ON_TIMER, Duration::ZERO);
            }
            return;
        }
        self.end_call(id, EndedBy::Network, CcCause::NO_USER_RESPONDING, None);
    }

    /// Paging for SETUP was not answered.
    pub(in crate::cellular) fn call_unreachable(&mut self, ue: UeId, transaction: TransactionId) {
        let leg = Leg { ue, transaction };
        if let Some(id) = self.calls.called_as(leg)
            && !self.forward_offered(id, SsCode::CFNRC, CcCause::NO_USER_RESPONDING)
        {
            self.end_call(id, EndedBy::Network, CcCause::NO_USER_RESPONDING, Some(leg));
        }
    }
}
