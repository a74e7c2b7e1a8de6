//! The end of a call at the mobile's end (TS 24.008 5.4): DISCONNECT, RELEASE, RELEASE COMPLETE, from either side, and the
//! timers of a call.

use super::super::timers::MobileTimer;
use super::super::{Mobile, MobileEvent};
use super::CallPhase;
use wire::cause::{CcCause, EmmCause};
use wire::nas::{CallContent, TransactionId};
use wire::time::{Duration, Instant};

const T305: Duration = Duration::from_secs(30);
const T308: Duration = Duration::from_secs(30);
/// How often RELEASE is sent before the mobile gives up (TS 24.008 5.4.4.1.1.2).
const RELEASES: u8 = 2;

/// How a call ended, as far as the final result code depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// The other side was busy (#17).
    Busy,
    /// Nobody answered (#18, #19).
    NoAnswer,
    /// Everything else.
    Cleared,
}

impl CallEnd {
    const fn of(cause: CcCause) -> Self {
        match cause {
            CcCause::USER_BUSY => Self::Busy,
            CcCause::NO_USER_RESPONDING | CcCause::NO_ANSWER => Self::NoAnswer,
            _ => Self::Cleared,
        }
    }
}

impl Mobile {
    /// Ends every call, whatever its phase.
    pub(crate) fn hang_up(&mut self, now: Instant) {
        for id in self.calls.list.iter().map(|call| call.id).collect::<Vec<u8>>() {
            self.release(now, id, None);
        }
        self.search.for_emergency = false;
    }

    /// Nobody answered the call that is being set up in the time that the host gave it. An emergency call has all the time.
    pub(crate) fn give_up_setting_up(&mut self, now: Instant) {
        let waits = |call: &&super::Call| {
            let phase = matches!(call.phase, CallPhase::Dialling | CallPhase::Alerting);
            call.outgoing && !call.emergency && phase
        };
        let Some(call) = self.calls.list.iter().find(waits) else { return };
        let (id, transaction) = (call.id, call.transaction);
        let end = if call.phase == CallPhase::Alerting { CallEnd::NoAnswer } else { CallEnd::Cleared };
        if let Some(transaction) = transaction {
            self.disconnect(now, transaction, CcCause::NORMAL_CLEARING);
        }
        self.end_call(id, CcCause::NO_ANSWER.name(), end);
    }

    /// The person ends a call. Without a cause of its own an unanswered call is rejected and any other cleared normally.
    pub(super) fn release(&mut self, now: Instant, id: u8, cause: Option<CcCause>) {
        let Some(call) = self.take_call(id) else { return };
        let usual = match call.phase {
            CallPhase::Incoming | CallPhase::Waiting => CcCause::CALL_REJECTED,
            CallPhase::Active | CallPhase::Held | CallPhase::Dialling | CallPhase::Alerting => {
                CcCause::NORMAL_CLEARING
            }
        };
        if let Some(transaction) = call.transaction {
            self.disconnect(now, transaction, cause.unwrap_or(usual));
        }
        self.wake_waiting();
    }

    /// DISCONNECT; what answers it belongs to this transaction and to no other call.
    fn disconnect(&mut self, now: Instant, transaction: TransactionId, cause: CcCause) {
        self.calls.releasing.insert(transaction, 0);
        self.send_call(transaction, CallContent::Disconnect(cause));
        self.timers.start(MobileTimer::T305(transaction), now, T305);
    }

    fn send_release(&mut self, now: Instant, transaction: TransactionId, cause: CcCause) {
        self.timers.stop(MobileTimer::T305(transaction));
        *self.calls.releasing.entry(transaction).or_default() += 1;
        self.send_call(transaction, CallContent::Release(cause));
        self.timers.start(MobileTimer::T308(transaction), now, T308);
    }

    fn forget_release(&mut self, transaction: TransactionId) {
        self.calls.releasing.remove(&transaction);
        self.timers.stop(MobileTimer::T305(transaction));
        self.timers.stop(MobileTimer::T308(transaction));
    }

    /// DISCONNECT from the network, which may cross the mobile's own.
    pub(super) fn call_disconnected(&mut self, now: Instant, transaction: TransactionId, cause: CcCause) {
        self.send_release(now, transaction, cause);
        self.call_cleared(transaction, cause);
    }

    /// RELEASE from the network.
    pub(super) fn call_releasing(&mut self, transaction: TransactionId, cause: CcCause) {
        self.forget_release(transaction);
        self.send_call(transaction, CallContent::ReleaseComplete(cause));
        self.call_cleared(transaction, cause);
    }

    /// RELEASE COMPLETE from the network.
    pub(super) fn call_released(&mut self, transaction: TransactionId, cause: CcCause) {
        self.forget_release(transaction);
        self.call_cleared(transaction, cause);
    }

    fn call_cleared(&mut self, transaction: TransactionId, cause: CcCause) {
        if let Some((id, phase)) = self.calls.with(transaction).map(|call| (call.id, call.phase)) {
            if phase == CallPhase::Held {
                self.event(MobileEvent::HeldReleased);
            }
            self.end_call(id, cause.name(), CallEnd::of(cause));
        }
    }

    /// CM SERVICE REJECT: the call that was about to be set up is not.
    pub(in crate::modem::mobile) fn call_service_rejected(&mut self, cause: EmmCause) {
        let waits = |call: &&super::Call| call.phase == CallPhase::Dialling && call.transaction.is_some();
        if let Some(id) = self.calls.list.iter().rev().find(waits).map(|call| call.id) {
            self.end_call(id, cause.name(), CallEnd::Cleared);
        }
    }

    /// T305: DISCONNECT was not answered.
    pub(in crate::modem::mobile) fn disconnect_unanswered(&mut self, now: Instant, of: TransactionId) {
        self.send_release(now, of, CcCause::RECOVERY_ON_TIMER);
    }

    /// T308: RELEASE was not answered; it is sent once more.
    pub(in crate::modem::mobile) fn release_unanswered(&mut self, now: Instant, of: TransactionId) {
        let sent = self.calls.releasing.get(&of).copied().unwrap_or(RELEASES);
        if sent < RELEASES {
            self.send_release(now, of, CcCause::RECOVERY_ON_TIMER);
        } else {
            self.forget_release(of);
        }
    }

    /// T303, T310, T313 and T301: the call makes no progress.
    pub(in crate::modem::mobile) fn give_up(
        &mut self,
        now: Instant,
        transaction: TransactionId,
        cause: CcCause,
    ) {
        if let Some(id) = self.calls.with(transaction).map(|call| call.id) {
            self.disconnect(now, transaction, cause);
            self.end_call(id, cause.name(), CallEnd::of(cause));
        }
    }

    /// The calls end with the radio or the registration.
    pub(in crate::modem::mobile) fn end_call_locally(&mut self) {
        self.ss_lost();
        let transactions: Vec<TransactionId> =
            self.calls.list.iter().filter_map(|call| call.transaction).collect();
        for transaction in transactions {
            self.send_call(transaction, CallContent::Disconnect(CcCause::NORMAL_CLEARING));
        }
        self.end_all_calls(CcCause::NORMAL_CLEARING.name());
        self.search.for_emergency = false;
    }

    pub(in crate::modem::mobile) fn call_cell_lost(&mut self) {
        self.ss_lost();
        self.end_all_calls("radio link failure");
    }

    fn end_all_calls(&mut self, why: &'static str) {
        for transaction in std::mem::take(&mut self.calls.releasing).into_keys() {
            self.forget_release(transaction);
        }
        // Nothing that waits may ring when the others are gone.
        let ids: Vec<u8> = self.calls.list.iter().map(|call| call.id).collect();
        let mut gone = 0;
        for id in ids {
            gone += usize::from(self.take_call(id).is_some());
        }
        for _ in 0..gone {
            self.last_failure = Some(why);
            self.event(MobileEvent::CallEnded(CallEnd::Cleared));
        }
    }

    /// A call is over, and the host hears of it.
    pub(super) fn end_call(&mut self, id: u8, why: &'static str, end: CallEnd) {
        if let Some(call) = self.take_call(id) {
            self.last_failure = Some(why);
            self.event(MobileEvent::CallEnded(end));
            if call.emergency {
                self.search.for_emergency = false;
            }
            self.wake_waiting();
        }
    }

    fn take_call(&mut self, id: u8) -> Option<super::Call> {
        let place = self.calls.list.iter().position(|call| call.id == id)?;
        let call = self.calls.list.remove(place);
        if let Some(transaction) = call.transaction {
            for timer in [MobileTimer::T303, MobileTimer::T310, MobileTimer::T301, MobileTimer::T313] {
                self.timers.stop(timer(transaction));
            }
            self.steps_lost(transaction);
        }
        self.calls.tones.clear();
        let members = self.calls.list.iter().filter(|call| call.multiparty).count();
        if members < 2 {
            self.calls.list.iter_mut().for_each(|call| call.multiparty = false);
        }
        Some(call)
    }

    /// A call that waited rings once nothing else is in its way.
    fn wake_waiting(&mut self) {
        let in_the_way = [CallPhase::Active, CallPhase::Held, CallPhase::Dialling, CallPhase::Alerting];
        if self.calls.any_in(&in_the_way) {
            return;
        }
        if let Some(call) = self.calls.list.iter_mut().find(|call| call.phase == CallPhase::Waiting) {
            call.phase = CallPhase::Incoming;
            self.event(MobileEvent::CallOffered);
        }
    }
}
