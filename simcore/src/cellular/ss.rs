//! Supplementary services outside a call: transactions with mobiles, and the operations that they carry.
//!
//! Spec: TS 24.010 and TS 24.080 (transactions, components), TS 24.090 (USSD). What is refused is refused with the error
//! of its operation and noted with its reason; what cannot be read is rejected.

mod service;
mod ussd;

pub use ussd::{UssdOutcome, UssdPage, UssdService};

use super::CellularCore;
use super::agenda::Timer;
use super::inject::{Answer, Procedure};
use super::note::{SsNote, SsReason, Who};
use crate::state::Kept;
use std::collections::BTreeMap;
use wire::air::cellular::UeId;
use wire::cause::{CcCause, SsError};
use wire::id::Imsi;
use wire::nas::{NasDown, Side, TransactionId};
use wire::ss::{Component, InvokeId, Problem, SsMessage, SsMessageKind, operation};
use wire::time::Duration;

/// The home network decides on a service request.
pub const HOME_ANSWER: Duration = Duration::from_millis(500);

/// The transactions that are open, and what came of those that the network began.
#[derive(Debug, Default)]
pub(super) struct SsTransactions {
    dialogues: BTreeMap<(UeId, TransactionId), ussd::Dialogue>,
    outcomes: BTreeMap<Imsi, Vec<UssdOutcome>>,
    /// What subscribers have set.
    pub(super) services: Kept<Imsi, service::ServiceData>,
    /// Requests that wait for a password.
    guarded: BTreeMap<(UeId, TransactionId), service::Guarded>,
}

/// A request of a registered subscriber.
struct Request {
    ue: UeId,
    imsi: Imsi,
    transaction: TransactionId,
    id: InvokeId,
}

impl CellularCore {
    /// A message of supplementary services from a mobile.
    pub(super) fn ss_from(&mut self, ue: UeId, octets: &[u8]) {
        let Some((imsi, _)) = self.served(ue) else {
            let who = self.who(ue);
            return self.unexpected(who, "a supplementary service message");
        };
        match SsMessage::parse(Side::Mobile, octets) {
            Ok(message) => self.ss_message(ue, imsi, message),
            Err(error) => {
                self.unexpected(Who::Imsi(imsi), error);
                if let Some(transaction) = SsMessage::transaction_of(Side::Mobile, octets) {
                    let reject = Component::Reject { id: None, problem: Problem::BADLY_STRUCTURED };
                    self.ss_end(ue, transaction, reject);
                }
            }
        }
    }

    fn ss_message(&mut self, ue: UeId, imsi: Imsi, message: SsMessage) {
        let transaction = message.transaction;
        match message.kind {
            SsMessageKind::Register => {
                match self.injected(Procedure::Ss, ue, &Who::Imsi(imsi.clone())) {
                    Some(Answer::Ss(error)) => return self.ss_refused(ue, transaction, &message, error),
                    Some(_) => return,
                    None => {}
                }
                for component in message.components {
                    self.ss_invoked(ue, &imsi, transaction, component);
                }
            }
            SsMessageKind::Facility => {
                for component in message.components {
                    self.ss_answered(ue, &imsi, transaction, component);
                }
            }
            SsMessageKind::ReleaseComplete => {
                let component = message.components.into_iter().next();
                self.ss.guarded.remove(&(ue, transaction));
                self.ussd_released(ue, &imsi, transaction, component);
            }
        }
    }

    /// A refusal on purpose: a return error to the first operation.
    fn ss_refused(&mut self, ue: UeId, transaction: TransactionId, message: &SsMessage, error: SsError) {
        if let Some(Component::Invoke { id, .. }) = message.components.first() {
            self.ss_end(ue, transaction, Component::ReturnError { id: *id, error });
        }
    }

    /// The first component of a transaction: an operation that the mobile asks for.
    fn ss_invoked(&mut self, ue: UeId, imsi: &Imsi, transaction: TransactionId, component: Component) {
        let Component::Invoke { id, operation, argument, .. } = component else {
            self.unexpected(Who::Imsi(imsi.clone()), component);
            return self.ss_end(
                ue,
                transaction,
                Component::Reject { id: None, problem: Problem::General(0) },
            );
        };
        let request = Request { ue, imsi: imsi.clone(), transaction, id };
        match operation {
            operation::PROCESS_USSD => self.ussd_requested(request, &argument),
            operation::REGISTER_SS
            | operation::ERASE_SS
            | operation::ACTIVATE_SS
            | operation::DEACTIVATE_SS
            | operation::INTERROGATE_SS
            | operation::REGISTER_PASSWORD => self.service_operation(request, operation, &argument),
            _ => {
                self.unexpected(Who::Imsi(imsi.clone()), format_args!("operation {operation}"));
                self.ss_reject(&request, Problem::UNRECOGNIZED_OPERATION);
            }
        }
    }

    /// A component of a transaction that goes on.
    fn ss_answered(&mut self, ue: UeId, imsi: &Imsi, transaction: TransactionId, component: Component) {
        if self.password_given(ue, transaction, &component) {
            return;
        }
        if self.ss.dialogues.contains_key(&(ue, transaction)) {
            self.ussd_answered(ue, imsi, transaction, component);
        } else {
            self.unexpected(Who::Imsi(imsi.clone()), component);
            self.send(ue, ss(&SsMessage::release(transaction, Some(CcCause::PROTOCOL_ERROR))));
        }
    }

    /// The mobile could not be reached.
    pub(super) fn ss_undeliverable(&mut self, ue: UeId, octets: &[u8]) {
        let Some(transaction) = SsMessage::transaction_of(Side::Network, octets) else { return };
        self.agenda.stop(&Timer::Ussd(ue, transaction));
        if let Some(dialogue) = self.ss.dialogues.remove(&(ue, transaction)) {
            self.ussd_over(&dialogue, UssdOutcome::Unreachable);
        }
    }

    /// Carried out: the result ends the transaction.
    fn ss_return(&mut self, request: &Request, operation: u8, result: Vec<u8>) {
        let component = Component::ReturnResult { id: request.id, result: Some((operation, result)) };
        self.ss_end(request.ue, request.transaction, component);
    }

    /// Refused: the error ends the transaction, and the note says why.
    fn ss_refuse(&mut self, request: &Request, what: String, error: SsError, reason: SsReason) {
        self.note(SsNote::Refused { imsi: request.imsi.clone(), what, error, reason });
        let component = Component::ReturnError { id: request.id, error };
        self.ss_end(request.ue, request.transaction, component);
    }

    fn ss_reject(&mut self, request: &Request, problem: Problem) {
        let component = Component::Reject { id: Some(request.id), problem };
        self.ss_end(request.ue, request.transaction, component);
    }

    /// RELEASE COMPLETE with a component.
    fn ss_end(&mut self, ue: UeId, transaction: TransactionId, component: Component) {
        let message = SsMessage::new(transaction, SsMessageKind::ReleaseComplete, component);
        self.send_after(HOME_ANSWER, ue, ss(&message));
    }
}

/// A message to a mobile.
fn ss(message: &SsMessage) -> NasDown {
    NasDown::Ss(message.encode(Side::Network))
}
