//! Call control: between devices, and between a device and a party outside (TS 24.008 clause 5).
//!
//! A mobile may have several calls, told apart by their transactions. The party outside is played by a behaviour per
//! number. Order of the questions of a call from a device: emergency, registration, profile, busy, barring and roaming
//! control, whitelist, destination. A refusal that needs no subscription check of the visited network is a CM SERVICE
//! REJECT; one of the home network comes as DISCONNECT after CALL PROCEEDING, as CAMEL releases a call. Not here: speech.

mod call;
mod external;
mod hold;
mod incoming;
mod message;
mod multiparty;
mod release;

pub use call::{Call, CallId, CallState, Direction, EndedBy, Leg, Party};
pub use external::ExternalParty;

use super::agenda::Timer;
use super::config::{Profile, Rank};
use super::inject::{Answer, Procedure};
use super::note::{CallCause, CallNote, Reason, Who};
use super::number::{Canonical, canonical};
use super::rights::BearerKind;
use super::{ANSWER_DELAY, CellularCore};
use crate::state::Kept;
use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::{CellId, UeId};
use wire::cause::{CcCause, EmmCause};
use wire::id::{Imsi, PhoneNumber};
use wire::nas::{CallContent, CallMessage, Clir, NasDown, Side, TransactionId};
use wire::ss::{InvokeId, Notification, SsCode, SsStatus};
use wire::time::Duration;

/// The called device has to answer SETUP within this time (TS 24.008 table 11.4).
pub const T303: Duration = Duration::from_secs(30);
/// The called party has to answer within this time after ALERTING.
pub const T301: Duration = Duration::from_secs(180);
/// DISCONNECT has to be answered within this time.
pub const T305: Duration = Duration::from_secs(30);
/// RELEASE has to be answered within this time; it is sent twice.
pub const T308: Duration = Duration::from_secs(30);
/// The called device has to ring or answer within this time after CALL CONFIRMED.
pub const T310: Duration = Duration::from_secs(30);
/// CONNECT has to be acknowledged within this time.
pub const T313: Duration = Duration::from_secs(30);
/// The home network decides on a call: after CALL PROCEEDING, before anything rings.
pub const HOME_DECISION: Duration = Duration::from_millis(300);

/// Notifications are not answered: one identity is enough.
const NOTIFICATION: InvokeId = InvokeId(1);
/// #4: IMSI unknown in VLR (TS 24.008 10.5.3.6).
const IMSI_UNKNOWN_IN_VLR: EmmCause = EmmCause(4);
/// #34: service option temporarily out of order.
const OUT_OF_ORDER: EmmCause = EmmCause(34);

/// All calls of a run, and how the parties outside behave.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) all: Kept<CallId, Call>,
    /// Those of them that are not over.
    running: BTreeSet<CallId>,
    pub(super) behaviours: BTreeMap<Canonical, ExternalParty>,
    /// Legs that are being released, with how often RELEASE was sent.
    releasing: BTreeMap<Leg, u8>,
    /// The calls that a mobile has joined.
    conferences: BTreeMap<UeId, BTreeSet<CallId>>,
}

impl Calls {
    fn begin(&mut self, caller: Party, callee: Party) -> CallId {
        let id = CallId(self.all.len() as u32 + 1);
        self.running.insert(id);
        self.all.insert(id, Call::new(caller, callee));
        id
    }

    /// The running calls of a mobile, the oldest first.
    pub(super) fn all_of(&self, ue: UeId) -> Vec<CallId> {
        let takes_part = |call: &Call| call.leg_of(ue).is_some();
        self.running.iter().filter(|id| self.all.get(id).is_some_and(takes_part)).copied().collect()
    }

    /// The latest running call of a mobile.
    pub(super) fn of(&self, ue: UeId) -> Option<CallId> {
        self.all_of(ue).pop()
    }

    /// The running call of a leg.
    fn of_leg(&self, leg: Leg) -> Option<CallId> {
        let is_it = |call: &Call| call.leg_of(leg.ue) == Some(leg);
        self.running.iter().rev().find(|id| self.all.get(id).is_some_and(is_it)).copied()
    }

    /// The running call in which this leg is the called party.
    fn called_as(&self, leg: Leg) -> Option<CallId> {
        let id = self.of_leg(leg)?;
        self.all.get(&id).filter(|call| call.callee.leg() == Some(leg)).map(|_| id)
    }

    /// A transaction of the network's with a mobile that is free.
    fn free_leg(&self, ue: UeId) -> Option<Leg> {
        let in_use = |transaction| {
            let leg = Leg { ue, transaction };
            self.of_leg(leg).is_some() || self.releasing.contains_key(&leg)
        };
        TransactionId::free(Side::Network, in_use).map(|transaction| Leg { ue, transaction })
    }

    /// Ends a call, and gives it; `None` when it is over already.
    fn end(&mut self, id: CallId, cause: CcCause, by: EndedBy, refused: Option<Reason>) -> Option<&Call> {
        let call = self.all.get_mut(&id).filter(|_| self.running.remove(&id))?;
        call.state = CallState::Ended { cause, by, refused };
        for members in self.conferences.values_mut() {
            members.remove(&id);
        }
        self.conferences.retain(|_, members| members.len() > 1);
        Some(call)
    }
}

impl CellularCore {
    /// SETUP from a device, with its CM SERVICE REQUEST.
    fn call_setup(&mut self, leg: Leg, called: PhoneNumber, clir: Clir) {
        let ue = leg.ue;
        if self.is_emergency_number(&called) {
            let cell = self.registrations.get(&ue).map(|registration| registration.cell);
            if let Some(cell) = cell {
                return self.emergency_setup(leg, cell, called);
            }
        }
        let Some((imsi, cell)) = self.served(ue) else {
            let who = self.who(ue);
            self.unexpected(who, format_args!("SETUP to {called}"));
            return self.send(ue, NasDown::CmServiceReject(IMSI_UNKNOWN_IN_VLR));
        };
        self.counters.entry(imsi.clone()).or_default().mo_calls.push(self.now);
        match self.injected(Procedure::MoCall, ue, &Who::Imsi(imsi.clone())) {
            Some(Answer::Emm(reject)) => {
                return self.reject_service(ue, &imsi, called, reject.cause, Reason::Injected);
            }
            Some(Answer::Cc(cause)) => {
                return self.refuse_outgoing(leg, &imsi, called, cause, Reason::Injected);
            }
            Some(
                Answer::EpsOnly(_) | Answer::Esm { .. } | Answer::Rp(_) | Answer::Ss(_) | Answer::Silence,
            ) => {
                return;
            }
            None => {}
        }
        if let Some((cause, reason)) = self.service_refusal(ue, &imsi) {
            return self.reject_service(ue, &imsi, called, cause, reason);
        }
        if let Some(reason) = self.barred(&imsi, cell.plmn, BearerKind::Voice) {
            return self.refuse_outgoing(leg, &imsi, called, CcCause::OPERATOR_DETERMINED_BARRING, reason);
        }
        if let Some(code) = self.outgoing_barring(&imsi, cell, &called) {
            let reason = Reason::BarredByService(code);
            return self.refuse_outgoing(leg, &imsi, called, CcCause::OPERATOR_DETERMINED_BARRING, reason);
        }
        if let Some(reason) = self.off_whitelist(&imsi, Some(&called)) {
            return self.refuse_outgoing(leg, &imsi, called, self.config.policy.off_whitelist, reason);
        }
        self.first_traffic(&imsi);
        self.send_call(leg, CallContent::CallProceeding);
        let (number, may_hide) = self
            .subscribers
            .get(&imsi)
            .map_or((None, false), |subscriber| (Some(subscriber.msisdn.clone()), subscriber.services.clir));
        let caller = Party::Device { leg, imsi: Some(imsi), number };
        self.route(caller, called, clir == Clir::Invoked && may_hide);
    }

    /// The barring that the subscriber has set against a call to this number; none stops an emergency call.
    fn outgoing_barring(&self, imsi: &Imsi, cell: CellId, called: &PhoneNumber) -> Option<SsCode> {
        let home = format!("+{}", self.config.country_code);
        let international = called.as_str().starts_with('+') || called.as_str().starts_with("00");
        let abroad = international && !self.canonical(called).to_string().starts_with(&home);
        let roaming = self.rank(cell.plmn) != Rank::Home;
        let applies = |code: &SsCode| match *code {
            SsCode::BAOC => true,
            SsCode::BOIC => abroad || roaming,
            SsCode::BOIC_EX_HC => abroad,
            _ => false,
        };
        let set = |code: &SsCode| self.has_barred(imsi, *code);
        [SsCode::BAOC, SsCode::BOIC, SsCode::BOIC_EX_HC].into_iter().find(|code| set(code) && applies(code))
    }

    /// What the visited network itself refuses.
    fn service_refusal(&self, ue: UeId, imsi: &Imsi) -> Option<(EmmCause, Reason)> {
        if self.subscribers.get(imsi).is_none_or(|subscriber| subscriber.profile == Profile::DataOnly) {
            return Some((self.config.policy.voice_not_subscribed, Reason::Profile));
        }
        if self.registrations.get(&ue).is_none_or(|registration| !registration.combined) {
            return Some((EmmCause::CS_NOT_AVAILABLE, Reason::NotCombined));
        }
        self.has_no_room(ue).then_some((OUT_OF_ORDER, Reason::Busy))
    }

    /// One call may be held while another is set up, or a group of calls.
    fn has_no_room(&self, ue: UeId) -> bool {
        let running = self.calls.all_of(ue);
        let held = |id: &CallId| {
            self.calls.all.get(id).is_some_and(|call| {
                call.leg_of(ue).is_some_and(|leg| call.state == CallState::Active && call.is_held_by(leg))
            })
        };
        let joined = self.calls.conferences.get(&ue).map_or(0, BTreeSet::len);
        !running.iter().all(held) || (joined == 0 && running.len() > 1)
    }

    fn reject_service(
        &mut self,
        ue: UeId,
        imsi: &Imsi,
        called: PhoneNumber,
        cause: EmmCause,
        reason: Reason,
    ) {
        let (imsi, peer) = (imsi.clone(), Some(called));
        self.note(CallNote::Refused {
            imsi,
            direction: Direction::Mo,
            peer,
            cause: CallCause::Service(cause),
            reason,
        });
        self.send(ue, NasDown::CmServiceReject(cause));
    }

    /// The home network releases a call after CALL PROCEEDING.
    fn refuse_outgoing(
        &mut self,
        leg: Leg,
        imsi: &Imsi,
        called: PhoneNumber,
        cause: CcCause,
        reason: Reason,
    ) {
        let (peer, call_cause) = (Some(called.clone()), CallCause::Call(cause));
        let direction = Direction::Mo;
        self.note(CallNote::Refused {
            imsi: imsi.clone(),
            direction,
            peer,
            cause: call_cause,
            reason: reason.clone(),
        });
        let number = self.subscribers.get(imsi).map(|subscriber| subscriber.msisdn.clone());
        let caller = Party::Device { leg, imsi: Some(imsi.clone()), number };
        let id = self.calls.begin(caller, Party::Unreached(called));
        let barred_by = if let Reason::BarredByService(code) = &reason { Some(*code) } else { None };
        self.calls.end(id, cause, EndedBy::Network, Some(reason));
        self.send_call(leg, CallContent::CallProceeding);
        let why = barred_by.map(|code| Notification {
            code: Some(code),
            status: Some(SsStatus::new(true, false, true)),
            ..Notification::default()
        });
        self.disconnect_with(leg, cause, HOME_DECISION, why);
    }

    /// EMERGENCY SETUP, or SETUP to a number that nothing may filter: always connected, and every other call ends.
    fn emergency_setup(&mut self, leg: Leg, cell: CellId, dialled: PhoneNumber) {
        for running in self.calls.all_of(leg.ue) {
            let other = self.calls.all.get(&running).and_then(|call| call.leg_of(leg.ue));
            self.end_call(running, EndedBy::Network, CcCause::NORMAL_CLEARING, other);
        }
        let who = self.who(leg.ue);
        let imsi = self.registrations.get(&leg.ue).and_then(|registration| registration.imsi.clone());
        let subscriber = imsi.as_ref().and_then(|imsi| self.subscribers.get(imsi));
        let data_only = subscriber.is_some_and(|subscriber| subscriber.profile == Profile::DataOnly);
        let number = subscriber.map(|subscriber| subscriber.msisdn.clone());
        self.note(CallNote::Emergency { who, dialled, cell, data_only });
        let id = self.calls.begin(Party::Device { leg, imsi, number }, Party::EmergencyCentre);
        self.send_call(leg, CallContent::CallProceeding);
        self.agenda.start(self.now + external::REACTION, Timer::ExternalReacts(id));
    }

    /// Finds the called party.
    fn route(&mut self, caller: Party, called: PhoneNumber, hidden: bool) -> CallId {
        match self.subscriber_of(&called).cloned() {
            Some(callee) => self.offer(caller, called, &callee, hidden),
            None => {
                let id = self.calls.begin(caller, Party::External(called));
                if let Some(call) = self.calls.all.get_mut(&id) {
                    call.hidden = hidden;
                }
                self.agenda.start(self.now + external::REACTION, Timer::ExternalReacts(id));
                id
            }
        }
    }

    /// The called party rings: the caller is told and T301 runs.
    fn ringing(&mut self, id: CallId) {
        let Some(call) = self.calls.all.get_mut(&id) else { return };
        if call.state != CallState::Proceeding {
            return;
        }
        call.state = CallState::Alerting;
        let (caller, waits) = (call.caller.leg(), call.waits);
        let callee = match &call.callee {
            Party::Device { imsi, .. } => imsi.clone(),
            Party::External(_) | Party::EmergencyCentre | Party::Unreached(_) => None,
        };
        self.agenda.stop(&Timer::T303(id));
        self.agenda.stop(&Timer::T310(id));
        self.agenda.start(self.now + T301, Timer::T301(id));
        let forwards = callee.and_then(|imsi| self.forwarded_to(&imsi, SsCode::CFNRY));
        if let Some((_, seconds)) = forwards {
            self.agenda.start(self.now + Duration::from_secs(u64::from(seconds)), Timer::NoReply(id));
        }
        if let Some(leg) = caller {
            let message = CallMessage::new(leg.transaction, CallContent::Alerting);
            let waiting = Notification { is_waiting: true, ..Notification::default() };
            let message = if waits { message.with(&waiting.component(NOTIFICATION)) } else { message };
            self.send(leg.ue, NasDown::Call(message));
        }
    }

    /// The called party answers.
    fn answered(&mut self, id: CallId) {
        let Some(call) = self.calls.all.get_mut(&id) else { return };
        match call.state {
            CallState::Proceeding | CallState::Alerting => {}
            CallState::Active | CallState::Ended { .. } => return,
        }
        call.state = CallState::Active;
        call.connected_at = Some(self.now);
        let (caller, callee) = (call.caller.to_string(), call.callee.to_string());
        let (calling, connected) = (call.caller.leg(), call.callee.number().cloned());
        for timer in [Timer::T303(id), Timer::T310(id), Timer::T301(id), Timer::NoReply(id)] {
            self.agenda.stop(&timer);
        }
        self.note(CallNote::Connected { call: id, caller, callee });
        if let Some(leg) = calling {
            self.send_call(leg, CallContent::Connect { connected });
            self.agenda.start(self.now + T313, Timer::T313(leg));
        }
    }

    pub(super) fn behaviour_of(&self, number: &PhoneNumber) -> ExternalParty {
        let form = canonical(number, &self.config.country_code);
        self.calls.behaviours.get(&form).cloned().unwrap_or_default()
    }

    /// Sends DISCONNECT and waits for the release.
    fn disconnect(&mut self, leg: Leg, cause: CcCause, delay: Duration) {
        self.disconnect_with(leg, cause, delay, None);
    }

    /// The same with a notification that says more than the cause does.
    fn disconnect_with(&mut self, leg: Leg, cause: CcCause, delay: Duration, why: Option<Notification>) {
        let message = CallMessage::new(leg.transaction, CallContent::Disconnect(cause));
        let message = match why {
            Some(why) => message.with(&why.component(NOTIFICATION)),
            None => message,
        };
        self.send_after(delay.max(ANSWER_DELAY), leg.ue, NasDown::Call(message));
        self.calls.releasing.insert(leg, 0);
        self.agenda.start(self.now + delay + T305, Timer::T305(leg));
    }

    fn send_call(&mut self, leg: Leg, content: CallContent) {
        self.send(leg.ue, NasDown::Call(CallMessage::new(leg.transaction, content)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_are_over_are_not_searched() {
        let device = |number| {
            let transaction = TransactionId::new(Side::Mobile, 0).unwrap();
            let leg = Leg { ue: UeId(number), transaction };
            Party::Device { leg, imsi: None, number: None }
        };
        let mut calls = Calls::default();
        for _ in 0..1000 {
            let id = calls.begin(device(1), Party::EmergencyCentre);
            assert_eq!(calls.of(UeId(1)), Some(id));
            assert!(calls.end(id, CcCause::NORMAL_CLEARING, EndedBy::Caller, None).is_some());
            assert!(calls.end(id, CcCause::USER_BUSY, EndedBy::Callee, None).is_none(), "it ends once");
            assert_eq!(calls.of(UeId(1)), None);
        }
        let id = calls.begin(Party::EmergencyCentre, device(2));
        assert_eq!((calls.of(UeId(1)), calls.of(UeId(2))), (None, Some(id)));
        assert_eq!((calls.running.len(), calls.all.len()), (1, 1001));
    }
}
