//! Services outside a call, at the mobile's end: USSD dialogues from either side (TS 24.090, TS 24.080).
//!
//! One dialogue at a time: whatever else the network begins meanwhile is answered with "USSD busy".

use super::service_operation::RunningOperation;
use super::timers::MobileTimer;
use super::{Mobile, MobileEvent};
use wire::at::error::CmeError;
use wire::cause::{CcCause, SsError};
use wire::nas::{NasUp, Side, TransactionId};
use wire::ss::{Component, InvokeId, Problem, SsMessage, SsMessageKind, UssdArgument, UssdString, operation};
use wire::time::{Duration, Instant};

/// How long the network may take for an answer; the specifications leave it open.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// The one invocation of the mobile within a dialogue.
const OWN_INVOKE: InvokeId = InvokeId(1);

/// What a dialogue tells the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UssdEvent {
    /// The network answered, and the dialogue is over.
    Answer(UssdString),
    /// The network asks and waits for a reply.
    Question(UssdString),
    /// The network shows something and wants nothing.
    Notice(UssdString),
    /// The network ended the dialogue.
    Ended,
    /// The network does not do what was asked.
    NotSupported,
    /// The network did not answer.
    TimedOut,
}

/// The dialogue that is open.
#[derive(Debug, Default)]
pub(super) struct SsLink {
    dialogue: Option<Dialogue>,
    pub(super) operation: Option<RunningOperation>,
}

impl SsLink {
    /// Whether this is the transaction of the open dialogue.
    pub(super) fn is_dialogue(&self, transaction: TransactionId) -> bool {
        self.dialogue.is_some_and(|dialogue| dialogue.transaction == transaction)
    }
}

#[derive(Clone, Copy, Debug)]
struct Dialogue {
    transaction: TransactionId,
    /// The question of the network that waits for a reply; without one the mobile waits for the network.
    asked: Option<InvokeId>,
}

impl Mobile {
    /// Sends a request, or the reply to the network's question.
    pub(crate) fn send_ussd(&mut self, now: Instant, string: UssdString) -> Result<(), CmeError> {
        if !self.has_circuit_services() {
            return Err(CmeError::NO_NETWORK_SERVICE);
        }
        let argument = UssdArgument::new(string).encode();
        let (transaction, kind, component) = match self.ss.dialogue {
            Some(Dialogue { asked: None, .. }) => return Err(CmeError::OPERATION_NOT_ALLOWED),
            Some(Dialogue { transaction, asked: Some(id) }) => {
                let result = Some((operation::USSD_REQUEST, argument));
                (transaction, SsMessageKind::Facility, Component::ReturnResult { id, result })
            }
            None => {
                let in_use = |candidate| {
                    self.ss.operation.as_ref().is_some_and(|running| running.transaction == candidate)
                };
                let transaction =
                    TransactionId::free(Side::Mobile, in_use).ok_or(CmeError::OPERATION_NOT_ALLOWED)?;
                let operation = operation::PROCESS_USSD;
                let invoke = Component::Invoke { id: OWN_INVOKE, linked: None, operation, argument };
                (transaction, SsMessageKind::Register, invoke)
            }
        };
        self.ss.dialogue = Some(Dialogue { transaction, asked: None });
        self.send_ss(&SsMessage::new(transaction, kind, component));
        self.timers.start(MobileTimer::Ussd, now, ANSWER_TIME);
        Ok(())
    }

    /// Gives the dialogue up; nothing happens when none is open.
    pub(crate) fn cancel_ussd(&mut self) {
        if let Some(dialogue) = self.end_dialogue() {
            self.send_ss(&SsMessage::release(dialogue.transaction, None));
        }
    }

    /// Nobody is there to whom the network's question could be shown.
    pub(crate) fn refuse_ussd(&mut self) {
        if let Some(Dialogue { transaction, asked: Some(id) }) = self.end_dialogue() {
            let component = Component::ReturnError { id, error: SsError::FACILITY_NOT_SUPPORTED };
            self.send_ss(&SsMessage::new(transaction, SsMessageKind::ReleaseComplete, component));
        }
    }

    pub(super) fn ss_received(&mut self, octets: &[u8]) {
        match SsMessage::parse(Side::Network, octets) {
            Ok(message) => self.ss_message(message),
            Err(_) => {
                if let Some(transaction) = SsMessage::transaction_of(Side::Network, octets) {
                    let component = Component::Reject { id: None, problem: Problem::BADLY_STRUCTURED };
                    if self.ss.is_dialogue(transaction) && self.end_dialogue().is_some() {
                        self.event(MobileEvent::Ussd(UssdEvent::Ended));
                    }
                    if self.ss.operation.as_ref().is_some_and(|own| own.transaction == transaction) {
                        self.end_operation(Err(CmeError::UNKNOWN));
                    }
                    self.send_ss(&SsMessage::new(transaction, SsMessageKind::ReleaseComplete, component));
                }
            }
        }
    }

    fn ss_message(&mut self, message: SsMessage) {
        let transaction = message.transaction;
        let ours = self.ss.dialogue.filter(|dialogue| dialogue.transaction == transaction);
        let component = message.components.into_iter().next();
        if self.ss.operation.as_ref().is_some_and(|running| running.transaction == transaction) {
            return self.operation_message(message.kind, component);
        }
        match (message.kind, ours, component) {
            (SsMessageKind::ReleaseComplete, Some(_), component) => self.dialogue_released(component),
            (SsMessageKind::ReleaseComplete, None, _) => {}
            (SsMessageKind::Facility, None, _) => {
                self.send_ss(&SsMessage::release(transaction, Some(CcCause::PROTOCOL_ERROR)));
            }
            (SsMessageKind::Register | SsMessageKind::Facility, _, Some(component)) => {
                self.network_invokes(transaction, ours.is_some(), component);
            }
            (SsMessageKind::Register | SsMessageKind::Facility, _, None) => {}
        }
    }

    fn network_invokes(&mut self, transaction: TransactionId, ours: bool, component: Component) {
        let Component::Invoke { id, operation, argument, .. } = component else { return };
        let refuse = |component| SsMessage::new(transaction, SsMessageKind::ReleaseComplete, component);
        let string = UssdArgument::parse(&argument).map(|argument| argument.string);
        let busy = self.ss.dialogue.is_some() && !ours;
        let message = match (operation, string) {
            (operation::USSD_REQUEST | operation::USSD_NOTIFY, _) if busy => {
                refuse(Component::ReturnError { id, error: SsError::USSD_BUSY })
            }
            (operation::USSD_REQUEST, Ok(string)) => {
                self.timers.stop(MobileTimer::Ussd);
                self.ss.dialogue = Some(Dialogue { transaction, asked: Some(id) });
                return self.event(MobileEvent::Ussd(UssdEvent::Question(string)));
            }
            (operation::USSD_NOTIFY, Ok(string)) => {
                self.event(MobileEvent::Ussd(UssdEvent::Notice(string)));
                let shown = Component::ReturnResult { id, result: None };
                SsMessage::new(transaction, SsMessageKind::Facility, shown)
            }
            (operation::USSD_REQUEST | operation::USSD_NOTIFY, Err(_)) => {
                refuse(Component::Reject { id: Some(id), problem: Problem::MISTYPED_PARAMETER })
            }
            _ => refuse(Component::Reject { id: Some(id), problem: Problem::UNRECOGNIZED_OPERATION }),
        };
        self.send_ss(&message);
    }

    fn dialogue_released(&mut self, component: Option<Component>) {
        let Some(dialogue) = self.end_dialogue() else { return };
        let answered = dialogue.transaction.origin() == Side::Network && dialogue.asked.is_none();
        let event = match component {
            Some(Component::ReturnResult { result: Some((_, result)), .. }) => {
                match UssdArgument::parse(&result) {
                    Ok(argument) => UssdEvent::Answer(argument.string),
                    Err(_) => UssdEvent::Ended,
                }
            }
            Some(Component::ReturnError { error, .. }) => event_of(error),
            Some(Component::Reject { .. }) => UssdEvent::NotSupported,
            // The reply was the last word of a dialogue that the network began.
            None if answered => return,
            Some(Component::ReturnResult { result: None, .. } | Component::Invoke { .. }) | None => {
                UssdEvent::Ended
            }
        };
        self.event(MobileEvent::Ussd(event));
    }

    pub(super) fn ussd_timed_out(&mut self) {
        if let Some(dialogue) = self.end_dialogue() {
            self.send_ss(&SsMessage::release(dialogue.transaction, Some(CcCause::RECOVERY_ON_TIMER)));
            self.event(MobileEvent::Ussd(UssdEvent::TimedOut));
        }
    }

    /// The registration or the cell is gone, and every transaction with it.
    pub(super) fn ss_lost(&mut self) {
        self.end_operation(Err(CmeError::NO_NETWORK_SERVICE));
        if self.end_dialogue().is_some() {
            self.event(MobileEvent::Ussd(UssdEvent::Ended));
        }
    }

    fn end_dialogue(&mut self) -> Option<Dialogue> {
        self.timers.stop(MobileTimer::Ussd);
        self.ss.dialogue.take()
    }

    pub(super) fn send_ss(&mut self, message: &SsMessage) {
        self.send(NasUp::Ss(message.encode(Side::Mobile)));
    }
}

/// The error of an operation as the host sees it.
pub(super) const fn error_of(error: SsError) -> CmeError {
    match error {
        SsError::CALL_BARRED => CmeError(62),
        SsError::SYSTEM_FAILURE => CmeError(60),
        SsError::DATA_MISSING => CmeError(61),
        SsError::UNEXPECTED_DATA_VALUE => CmeError(59),
        SsError::NEGATIVE_PASSWORD_CHECK => CmeError::INCORRECT_PASSWORD,
        SsError::FACILITY_NOT_SUPPORTED => CmeError::OPERATION_NOT_SUPPORTED,
        SsError::ILLEGAL_SS_OPERATION
        | SsError::SS_ERROR_STATUS
        | SsError::SS_NOT_AVAILABLE
        | SsError::SUBSCRIPTION_VIOLATION
        | SsError::SS_INCOMPATIBILITY
        | SsError::BEARER_SERVICE_NOT_PROVISIONED
        | SsError::TELESERVICE_NOT_PROVISIONED
        | SsError::PASSWORD_REGISTRATION_FAILURE
        | SsError::TOO_MANY_PASSWORD_ATTEMPTS
        | SsError::MULTIPARTY_FULL => CmeError::OPERATION_NOT_ALLOWED,
        _ => CmeError::UNKNOWN,
    }
}

/// An error says that the network cannot do it, or that it gave up.
const fn event_of(error: SsError) -> UssdEvent {
    match error {
        SsError::ILLEGAL_SS_OPERATION
        | SsError::SS_NOT_AVAILABLE
        | SsError::FACILITY_NOT_SUPPORTED
        | SsError::DATA_MISSING
        | SsError::UNEXPECTED_DATA_VALUE
        | SsError::UNKNOWN_ALPHABET => UssdEvent::NotSupported,
        _ => UssdEvent::Ended,
    }
}
