//! What the network says of calls (TS 24.008 5.2, 8.3).

use super::super::timers::MobileTimer;
use super::super::{Mobile, MobileEvent};
use super::{Call, CallPhase};
use wire::cause::CcCause;
use wire::id::PhoneNumber;
use wire::nas::{CallContent, CallMessage, Clir, TransactionId};
use wire::ss::Notification;
use wire::time::{Duration, Instant};

const T310: Duration = Duration::from_secs(30);
const T301: Duration = Duration::from_secs(180);
/// Invalid transaction identifier value.
const INVALID_TRANSACTION: CcCause = CcCause(81);

impl Mobile {
    pub(in crate::modem::mobile) fn call_message(&mut self, now: Instant, message: CallMessage) {
        let CallMessage { transaction, content, facility } = message;
        let is_setup = matches!(content, CallContent::IncomingSetup { .. });
        let known = self.calls.with(transaction).is_some();
        if !known && !is_setup && !self.calls.releasing.contains_key(&transaction) {
            return self.call_unknown(transaction, &content);
        }
        if let CallContent::IncomingSetup { calling } = content {
            if known {
                // The network repeats itself (TS 24.008 8.3.1 f): the call is there.
                return;
            }
            return self.call_offered(transaction, calling, facility.as_deref());
        }
        let notices = facility.as_deref().map(Notification::of_facility).unwrap_or_default();
        for notice in notices {
            self.notified(transaction, notice);
        }
        if let Some(facility) = &facility {
            self.call_operation_answered(now, transaction, facility);
        }
        match content {
            CallContent::CallProceeding => self.call_proceeding(now, transaction),
            CallContent::Alerting => self.call_alerting(now, transaction),
            CallContent::Connect { connected } => self.call_connected(transaction, connected),
            CallContent::ConnectAcknowledge => self.timers.stop(MobileTimer::T313(transaction)),
            CallContent::Disconnect(cause) => self.call_disconnected(now, transaction, cause),
            CallContent::Release(cause) => self.call_releasing(transaction, cause),
            CallContent::ReleaseComplete(cause) => self.call_released(transaction, cause),
            CallContent::HoldAcknowledge => self.hold_answered(now, transaction, true, true),
            CallContent::HoldReject(_) => self.hold_answered(now, transaction, true, false),
            CallContent::RetrieveAcknowledge => self.hold_answered(now, transaction, false, true),
            CallContent::RetrieveReject(_) => self.hold_answered(now, transaction, false, false),
            CallContent::StartDtmfAcknowledge => self.tone_started(now),
            CallContent::StartDtmfReject(_) => self.calls.tones.clear(),
            CallContent::StopDtmfAcknowledge => self.next_tone(),
            // FACILITY is its facility element; the others only a mobile sends.
            CallContent::Facility
            | CallContent::IncomingSetup { .. }
            | CallContent::Setup { .. }
            | CallContent::EmergencySetup { .. }
            | CallContent::CallConfirmed
            | CallContent::Hold
            | CallContent::Retrieve
            | CallContent::StartDtmf(_)
            | CallContent::StopDtmf => {}
        }
    }

    /// A message for a call that is not there (TS 24.008 8.3.2).
    fn call_unknown(&mut self, transaction: TransactionId, content: &CallContent) {
        if !matches!(content, CallContent::ReleaseComplete(_)) {
            self.send_call(transaction, CallContent::ReleaseComplete(INVALID_TRANSACTION));
        }
    }

    fn call_offered(
        &mut self,
        transaction: TransactionId,
        calling: Option<PhoneNumber>,
        facility: Option<&[u8]>,
    ) {
        let busy = [CallPhase::Dialling, CallPhase::Alerting, CallPhase::Incoming, CallPhase::Waiting];
        let id = self.calls.free_id().filter(|_| !self.calls.any_in(&busy));
        let refusal = match id {
            _ if !self.config.voice => Some(CcCause::INCOMPATIBLE_DESTINATION),
            None => Some(CcCause::USER_BUSY),
            Some(_) => None,
        };
        if let Some(cause) = refusal {
            return self.send_call(transaction, CallContent::ReleaseComplete(cause));
        }
        let waits = !self.calls.is_empty();
        let phase = if waits { CallPhase::Waiting } else { CallPhase::Incoming };
        self.calls.list.push(Call {
            id: id.unwrap_or_default(),
            transaction: Some(transaction),
            phase,
            number: calling.clone(),
            outgoing: false,
            emergency: false,
            multiparty: false,
            clir: Clir::Subscription,
        });
        self.send_call(transaction, CallContent::CallConfirmed);
        self.send_call(transaction, CallContent::Alerting);
        for notice in facility.map(Notification::of_facility).unwrap_or_default() {
            self.notified(transaction, notice);
        }
        self.event(if waits { MobileEvent::CallWaits(calling) } else { MobileEvent::CallOffered });
    }

    /// What the network tells about a call goes to the host as a notification of its direction.
    fn notified(&mut self, transaction: TransactionId, notice: Notification) {
        let Some(call) = self.calls.with(transaction) else { return };
        let setting_up = call.outgoing && matches!(call.phase, CallPhase::Dialling | CallPhase::Alerting);
        self.event(MobileEvent::CallNotice { notice, setting_up });
    }

    fn outgoing_in(&self, transaction: TransactionId, phases: &[CallPhase]) -> bool {
        self.calls.with(transaction).is_some_and(|call| call.outgoing && phases.contains(&call.phase))
    }

    fn call_proceeding(&mut self, now: Instant, transaction: TransactionId) {
        if self.outgoing_in(transaction, &[CallPhase::Dialling]) {
            self.timers.stop(MobileTimer::T303(transaction));
            self.timers.start(MobileTimer::T310(transaction), now, T310);
        }
    }

    fn call_alerting(&mut self, now: Instant, transaction: TransactionId) {
        if self.outgoing_in(transaction, &[CallPhase::Dialling]) {
            self.timers.stop(MobileTimer::T303(transaction));
            self.timers.stop(MobileTimer::T310(transaction));
            if let Some(call) = self.calls.with_mut(transaction) {
                call.phase = CallPhase::Alerting;
            }
            self.timers.start(MobileTimer::T301(transaction), now, T301);
        }
    }

    fn call_connected(&mut self, transaction: TransactionId, connected: Option<PhoneNumber>) {
        if self.outgoing_in(transaction, &[CallPhase::Dialling, CallPhase::Alerting]) {
            for timer in [MobileTimer::T303, MobileTimer::T310, MobileTimer::T301] {
                self.timers.stop(timer(transaction));
            }
            if let Some(call) = self.calls.with_mut(transaction) {
                call.phase = CallPhase::Active;
            }
            self.send_call(transaction, CallContent::ConnectAcknowledge);
            self.event(MobileEvent::CallConnected(connected));
        }
    }
}
