//! Operations on services at the mobile's end: one at a time, with the password of barring where the network asks for it
//! (TS 24.010, TS 24.080).

use super::ss::error_of;
use super::timers::MobileTimer;
use super::{Mobile, MobileEvent};
use wire::at::error::CmeError;
use wire::cause::CcCause;
use wire::nas::{Side, TransactionId};
use wire::ss::{Component, InvokeId, SsMessage, SsMessageKind, operation, password, read_guidance};
use wire::time::{Duration, Instant};

/// How long the network may take; the specifications leave it open.
const ANSWER_TIME: Duration = Duration::from_secs(60);
const INVOKE: InvokeId = InvokeId(1);

/// The operation that the network has not answered.
#[derive(Clone, Debug)]
pub(super) struct RunningOperation {
    pub(super) transaction: TransactionId,
    /// The present password of barring, and the new one.
    passwords: [Option<String>; 2],
}

impl Mobile {
    /// Asks the network; [`MobileEvent::ServiceEnded`] tells the answer.
    pub(crate) fn request_operation(
        &mut self,
        now: Instant,
        operation: u8,
        argument: Vec<u8>,
        passwords: [Option<String>; 2],
    ) -> Result<(), CmeError> {
        if !self.has_circuit_services() {
            return Err(CmeError::NO_NETWORK_SERVICE);
        }
        if self.ss.operation.is_some() {
            return Err(CmeError::OPERATION_NOT_ALLOWED);
        }
        let in_use = |transaction| self.ss.is_dialogue(transaction);
        let transaction = TransactionId::free(Side::Mobile, in_use).ok_or(CmeError::OPERATION_NOT_ALLOWED)?;
        let invoke = Component::Invoke { id: INVOKE, linked: None, operation, argument };
        self.ss.operation = Some(RunningOperation { transaction, passwords });
        self.send_ss(&SsMessage::new(transaction, SsMessageKind::Register, invoke));
        self.timers.start(MobileTimer::SsOperation, now, ANSWER_TIME);
        Ok(())
    }

    /// A message of the transaction of the operation.
    pub(super) fn operation_message(&mut self, kind: SsMessageKind, component: Option<Component>) {
        match (kind, component) {
            (SsMessageKind::ReleaseComplete, component) => self.end_operation(match component {
                Some(Component::ReturnResult { result, .. }) => {
                    Ok(result.map(|(_, octets)| octets).unwrap_or_default())
                }
                Some(Component::ReturnError { error, .. }) => Err(error_of(error)),
                Some(Component::Reject { .. }) => Err(CmeError::OPERATION_NOT_SUPPORTED),
                Some(Component::Invoke { .. }) | None => Err(CmeError::UNKNOWN),
            }),
            (_, Some(Component::Invoke { id, operation: operation::GET_PASSWORD, argument, .. })) => {
                self.give_password(id, read_guidance(&argument).unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Guidance 0 wants the present password, 1 and 2 the new one.
    fn give_password(&mut self, id: InvokeId, guidance: u8) {
        let Some(running) = &self.ss.operation else { return };
        let transaction = running.transaction;
        let [present, new] = &running.passwords;
        let wanted = if guidance == 0 { present } else { new };
        let Some(digits) = wanted.clone() else {
            self.send_ss(&SsMessage::release(transaction, Some(CcCause::NORMAL_CLEARING)));
            return self.end_operation(Err(CmeError::INCORRECT_PASSWORD));
        };
        let result = Some((operation::GET_PASSWORD, password(&digits)));
        let component = Component::ReturnResult { id, result };
        self.send_ss(&SsMessage::new(transaction, SsMessageKind::Facility, component));
    }

    pub(super) fn operation_unanswered(&mut self) {
        if let Some(running) = &self.ss.operation {
            let cause = Some(CcCause::RECOVERY_ON_TIMER);
            let release = SsMessage::release(running.transaction, cause);
            self.send_ss(&release);
            self.end_operation(Err(CmeError::NETWORK_TIMEOUT));
        }
    }

    pub(super) fn end_operation(&mut self, result: Result<Vec<u8>, CmeError>) {
        self.timers.stop(MobileTimer::SsOperation);
        if self.ss.operation.take().is_some() {
            self.event(MobileEvent::ServiceEnded(result));
        }
    }
}
