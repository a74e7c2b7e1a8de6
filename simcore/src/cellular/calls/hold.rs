//! Call hold (TS 24.083 clause 2): HOLD and RETRIEVE from a device, and what the other side is told.

use super::{CallId, CallState, Leg, NOTIFICATION};
use crate::cellular::CellularCore;
use crate::cellular::note::CallNote;
use wire::cause::CcCause;
use wire::nas::{CallContent, CallMessage, NasDown};
use wire::ss::{Notification, SsCode};

impl CellularCore {
    pub(super) fn call_hold(&mut self, leg: Leg, id: CallId, hold: bool) {
        if let Some(cause) = self.hold_refusal(leg, id, hold) {
            let who = self.who(leg.ue);
            self.note(CallNote::HoldRefused { who, call: id, hold, cause });
            let refusal =
                if hold { CallContent::HoldReject(cause) } else { CallContent::RetrieveReject(cause) };
            return self.send_call(leg, refusal);
        }
        self.set_held(leg, id, hold);
        let done = if hold { CallContent::HoldAcknowledge } else { CallContent::RetrieveAcknowledge };
        self.send_call(leg, done);
    }

    /// Why a call cannot be held or retrieved now.
    fn hold_refusal(&self, leg: Leg, id: CallId, hold: bool) -> Option<CcCause> {
        let subscribed = self.served(leg.ue).and_then(|(imsi, _)| self.subscribers.get(&imsi));
        if !subscribed.is_some_and(|subscriber| subscriber.services.second_call) {
            return Some(CcCause::FACILITY_NOT_SUBSCRIBED);
        }
        let call = self.calls.all.get(&id)?;
        let fits = call.state == CallState::Active && call.is_held_by(leg) != hold;
        (!fits).then_some(CcCause::FACILITY_REJECTED)
    }

    /// Holds or retrieves a call, and tells the other side.
    pub(super) fn set_held(&mut self, leg: Leg, id: CallId, held: bool) {
        let who = self.who(leg.ue);
        let Some(call) = self.calls.all.get_mut(&id) else { return };
        if call.is_held_by(leg) == held {
            return;
        }
        call.set_held_by(leg, held);
        let other = call.beyond(leg).leg();
        self.note(CallNote::Held { who, call: id, held });
        let notice =
            Notification { code: Some(SsCode::HOLD), on_hold: Some(held), ..Notification::default() };
        self.notify(other, &notice);
    }

    /// Tells a device something about its call; nobody answers it.
    pub(super) fn notify(&mut self, leg: Option<Leg>, notice: &Notification) {
        if let Some(leg) = leg {
            let message = CallMessage::facility(leg.transaction, &notice.component(NOTIFICATION));
            self.send(leg.ue, NasDown::Call(message));
        }
    }
}
