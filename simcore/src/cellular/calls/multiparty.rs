//! Operations on a device's calls: multiparty (TS 24.084) and explicit call transfer (TS 24.091).
//!
//! As delivered a subscription has no multiparty, and transfer at home only.

use super::{Call, CallId, CallState, EndedBy, Leg};
use crate::cellular::CellularCore;
use crate::cellular::config::Rank;
use crate::cellular::note::{CallNote, SsNote, SsReason};
use std::collections::BTreeSet;
use wire::cause::{CcCause, SsError};
use wire::nas::{CallMessage, NasDown};
use wire::ss::{Component, InvokeId, Notification, Problem, SsCode, operation};
use wire::time::Duration;

/// Remote parties of a multiparty call.
const MOST_PARTIES: usize = 5;

type Refusal = (SsError, SsReason);

impl CellularCore {
    /// FACILITY from a device: operations on its calls.
    pub(super) fn call_facility(&mut self, leg: Leg, id: CallId, facility: &[u8]) {
        let Ok(components) = Component::parse_all(facility) else {
            let who = self.who(leg.ue);
            self.unexpected(who, "a FACILITY that cannot be read");
            let reject = Component::Reject { id: None, problem: Problem::BADLY_STRUCTURED };
            return self.answer_operation(leg, &reject);
        };
        for component in components {
            if let Component::Invoke { id: invoke, operation, .. } = component {
                self.call_operation(leg, id, invoke, operation);
            }
        }
    }

    fn call_operation(&mut self, leg: Leg, id: CallId, invoke: InvokeId, code: u8) {
        let outcome = match code {
            operation::BUILD_MPTY => self.build_multiparty(leg),
            operation::HOLD_MPTY => self.hold_multiparty(leg, true),
            operation::RETRIEVE_MPTY => self.hold_multiparty(leg, false),
            operation::SPLIT_MPTY => self.split_multiparty(leg, id),
            operation::EXPLICIT_CT => return self.transfer(leg, invoke),
            _ => {
                let reject = Component::Reject { id: Some(invoke), problem: Problem::UNRECOGNIZED_OPERATION };
                return self.answer_operation(leg, &reject);
            }
        };
        self.end_operation(leg, invoke, code, outcome);
    }

    fn end_operation(&mut self, leg: Leg, invoke: InvokeId, code: u8, outcome: Result<(), Refusal>) {
        let answer = match outcome {
            Ok(()) => Component::ReturnResult { id: invoke, result: None },
            Err((error, reason)) => {
                if let Some((imsi, _)) = self.served(leg.ue) {
                    let what = operation::name(code).to_owned();
                    self.note(SsNote::Refused { imsi, what, error, reason });
                }
                Component::ReturnError { id: invoke, error }
            }
        };
        self.answer_operation(leg, &answer);
    }

    fn answer_operation(&mut self, leg: Leg, answer: &Component) {
        self.send(leg.ue, NasDown::Call(CallMessage::facility(leg.transaction, answer)));
    }

    /// The answered calls of a mobile, held or not.
    fn calls_held(&self, leg: Leg, held: bool) -> Vec<(CallId, Leg)> {
        let is_so = |call: &Call, leg| call.state == CallState::Active && call.is_held_by(leg) == held;
        let all = self.calls.all_of(leg.ue).into_iter();
        all.filter_map(|id| {
            let call = self.calls.all.get(&id)?;
            let own = call.leg_of(leg.ue).filter(|own| is_so(call, *own))?;
            Some((id, own))
        })
        .collect()
    }

    fn build_multiparty(&mut self, leg: Leg) -> Result<(), Refusal> {
        let subscribed = self.served(leg.ue).and_then(|(imsi, _)| self.subscribers.get(&imsi));
        if !subscribed.is_some_and(|subscriber| subscriber.services.conference) {
            return Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NotSubscribed));
        }
        let (active, held) = (self.calls_held(leg, false), self.calls_held(leg, true));
        if active.is_empty() || held.is_empty() {
            return Err((SsError::SS_ERROR_STATUS, SsReason::NoFittingCalls));
        }
        if active.len() + held.len() > MOST_PARTIES {
            return Err((SsError::MULTIPARTY_FULL, SsReason::TooManyParties));
        }
        for (id, own) in &held {
            self.set_held(*own, *id, false);
        }
        let members: BTreeSet<CallId> = active.iter().chain(&held).map(|(id, _)| *id).collect();
        let joined = Notification { code: Some(SsCode::MPTY), multiparty: true, ..Notification::default() };
        for (id, own) in active.iter().chain(&held) {
            let other = self.calls.all.get(id).and_then(|call| call.beyond(*own).leg());
            self.notify(other, &joined);
        }
        let (who, calls) = (self.who(leg.ue), members.iter().copied().collect());
        self.calls.conferences.insert(leg.ue, members);
        self.note(CallNote::Joined { who, calls });
        Ok(())
    }

    fn members(&self, leg: Leg) -> Result<Vec<CallId>, Refusal> {
        let members = self.calls.conferences.get(&leg.ue);
        let members = members.ok_or((SsError::SS_ERROR_STATUS, SsReason::NoFittingCalls))?;
        Ok(members.iter().copied().collect())
    }

    fn hold_multiparty(&mut self, leg: Leg, hold: bool) -> Result<(), Refusal> {
        for id in self.members(leg)? {
            self.hold_own(leg, id, hold);
        }
        Ok(())
    }

    fn hold_own(&mut self, leg: Leg, id: CallId, hold: bool) {
        if let Some(own) = self.calls.all.get(&id).and_then(|call| call.leg_of(leg.ue)) {
            self.set_held(own, id, hold);
        }
    }

    fn split_multiparty(&mut self, leg: Leg, id: CallId) -> Result<(), Refusal> {
        let members = self.members(leg)?;
        if !members.contains(&id) {
            return Err((SsError::SS_ERROR_STATUS, SsReason::NoFittingCalls));
        }
        for other in members.into_iter().filter(|member| *member != id) {
            self.hold_own(leg, other, true);
        }
        if let Some(members) = self.calls.conferences.get_mut(&leg.ue) {
            members.remove(&id);
        }
        self.calls.conferences.retain(|_, members| members.len() > 1);
        Ok(())
    }

    /// The other parties of the active and the held call go on without the device.
    fn transfer(&mut self, leg: Leg, invoke: InvokeId) {
        match self.transferable(leg) {
            Ok((held, active)) => {
                self.end_operation(leg, invoke, operation::EXPLICIT_CT, Ok(()));
                self.connect_others(leg, held, active);
            }
            Err(refusal) => self.end_operation(leg, invoke, operation::EXPLICIT_CT, Err(refusal)),
        }
    }

    fn transferable(&self, leg: Leg) -> Result<(CallId, CallId), Refusal> {
        let (imsi, cell) =
            self.served(leg.ue).ok_or((SsError::ILLEGAL_SS_OPERATION, SsReason::NotSubscribed))?;
        if !self.subscribers.get(&imsi).is_some_and(|subscriber| subscriber.services.transfer) {
            return Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NotSubscribed));
        }
        if self.rank(cell.plmn) != Rank::Home {
            return Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NotInRoaming));
        }
        let none = (SsError::SS_ERROR_STATUS, SsReason::NoFittingCalls);
        let held = self.calls_held(leg, true).first().map(|(id, _)| *id).ok_or(none)?;
        // The party that is being called may still ring.
        let other = self.calls.all_of(leg.ue).into_iter().find(|id| {
            let fits = |call: &Call| matches!(call.state, CallState::Active | CallState::Alerting);
            *id != held && self.calls.all.get(id).is_some_and(fits)
        });
        Ok((held, other.ok_or(none)?))
    }

    /// One call out of two: its parties are those that the device leaves.
    fn connect_others(&mut self, leg: Leg, held: CallId, other: CallId) {
        let party = |core: &Self, id: CallId| {
            let call = core.calls.all.get(&id)?;
            Some((call.beyond(call.leg_of(leg.ue)?).clone(), call.leg_of(leg.ue)?, call.state.clone()))
        };
        let (Some((first, own_first, _)), Some((second, own_second, state))) =
            (party(self, held), party(self, other))
        else {
            return;
        };
        let who = self.who(leg.ue);
        for (id, own) in [(held, own_first), (other, own_second)] {
            self.calls.end(id, CcCause::NORMAL_CLEARING, EndedBy::Caller, None);
            self.record_call(id);
            self.stop_call_timers(id, &[own]);
            self.disconnect(own, CcCause::NORMAL_CLEARING, Duration::ZERO);
        }
        let transferred = u8::from(state == CallState::Active);
        let notice = Notification {
            code: Some(SsCode::ECT),
            transferred: Some(transferred),
            ..Notification::default()
        };
        let legs = [first.leg(), second.leg()];
        let parties = (first.to_string(), second.to_string());
        let id = self.calls.begin(first, second);
        if let Some(call) = self.calls.all.get_mut(&id) {
            call.connected_at = (state == CallState::Active).then_some(self.now);
            call.state = state;
        }
        self.note(CallNote::Transferred { who, call: id, caller: parties.0, callee: parties.1 });
        legs.into_iter().for_each(|leg| self.notify(leg, &notice));
    }
}
