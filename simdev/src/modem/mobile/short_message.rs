//! Short messages over the connection and relay layers (TS 24.011): one outgoing transfer at a time.
//!
//! An incoming message is handed to the AT side, which decides whether it can be kept; its decision is the RP-ACK or
//! RP-ERROR. Not here: a link that is kept open between messages, and SMS-COMMAND.

use super::timers::MobileTimer;
use super::{Mobile, MobileEvent};
use crate::defect::Defect;
use std::collections::VecDeque;
use wire::at::error::CmsError;
use wire::cause::RpCause;
use wire::nas::NasUp;
use wire::sms::{
    Address, CpBody, CpCause, CpMessage, DeliverReport, Direction, FailureCause, RpMessage, RpUserData, Tpdu,
    TransactionId,
};
use wire::time::{Duration, Instant};

/// TC1*: at most TR1M less 10 s, for three transmissions.
const TC1: Duration = Duration::from_secs(12);
const TR1M: Duration = Duration::from_secs(40);
const TRAM: Duration = Duration::from_secs(30);
const MOST_TRANSMISSIONS: u8 = 3;
/// Transaction identifiers 0 to 6; 7 is reserved (TS 24.007 11.2.3.1.3).
const TRANSACTIONS: u8 = 7;

/// What a transfer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// RP-DATA with a SUBMIT of this TP-MR.
    Submit(u8),
    /// RP-SMMA; it is repeated once.
    MemoryAvailable { repeated: bool },
}

#[derive(Clone, Debug)]
struct Transfer {
    transaction: TransactionId,
    message: RpMessage,
    content: Content,
    transmissions: u8,
    /// The network acknowledged the CP-DATA.
    under_way: bool,
}

#[derive(Debug, Default)]
pub(super) struct SmsLink {
    running: Option<Transfer>,
    waiting: VecDeque<(RpMessage, Content)>,
    last_transaction: u8,
    last_reference: u8,
    /// The last CP-DATA of the network: the same octets again are a repeat.
    last_received: Vec<u8>,
}

/// A message that arrived, to be answered with [`Mobile::answer_message`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Incoming {
    transaction: TransactionId,
    reference: u8,
    pub(crate) service_centre: Option<Address>,
    /// The octets as they came.
    pub(crate) tpdu: Vec<u8>,
}

/// What became of a message that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryAnswer {
    /// RP-ACK.
    Accepted,
    /// RP-ERROR, with TP-FCS where the transfer layer refused it.
    Refused { cause: RpCause, failure: Option<FailureCause> },
}

impl Mobile {
    /// Sends a message; answered by [`MobileEvent::SmsSent`]. The TP-MR is the mobile's own.
    pub(crate) fn send_message(
        &mut self,
        now: Instant,
        centre: Address,
        mut tpdu: Tpdu,
    ) -> Result<(), CmsError> {
        if !self.has_circuit_services() {
            return Err(CmsError::NO_NETWORK_SERVICE);
        }
        let destination = match &tpdu {
            Tpdu::Submit(submit) => &submit.destination,
            Tpdu::Command(command) => &command.destination,
            Tpdu::Deliver(_) | Tpdu::StatusReport(_) | Tpdu::SubmitReport(_) | Tpdu::DeliverReport(_) => {
                return Err(CmsError::OPERATION_NOT_SUPPORTED);
            }
        };
        let allowed =
            |address: &Address| address.number().is_some_and(|number| self.fixed_dialling_allows(&number));
        if !(allowed(destination) && allowed(&centre)) {
            return Err(CmsError::OPERATION_NOT_ALLOWED);
        }
        let message_reference = self.next_message_reference();
        match &mut tpdu {
            Tpdu::Submit(submit) => submit.message_reference = message_reference,
            Tpdu::Command(command) => command.message_reference = message_reference,
            Tpdu::Deliver(_) | Tpdu::StatusReport(_) | Tpdu::SubmitReport(_) | Tpdu::DeliverReport(_) => {}
        }
        let content = Content::Submit(message_reference);
        let reference = self.next_relay_reference();
        let user_data = RpUserData::from(tpdu);
        self.transfer(now, RpMessage::Data { reference, service_centre: Some(centre), user_data }, content);
        Ok(())
    }

    /// There is room again after the memory was full (RP-SMMA).
    pub(crate) fn memory_available(&mut self, now: Instant) {
        if self.has_circuit_services() {
            let reference = self.next_relay_reference();
            self.transfer(now, RpMessage::Smma { reference }, Content::MemoryAvailable { repeated: false });
        }
    }

    pub(crate) fn answer_message(&mut self, incoming: &Incoming, answer: DeliveryAnswer) {
        let reference = incoming.reference;
        let report = |report: DeliverReport| Some(RpUserData::from(Tpdu::DeliverReport(report)));
        let message = match answer {
            DeliveryAnswer::Accepted => {
                RpMessage::Ack { reference, user_data: report(DeliverReport::accepted()) }
            }
            DeliveryAnswer::Refused { cause, failure } => {
                let user_data = failure.and_then(|failure| report(DeliverReport::refused(failure)));
                RpMessage::Error { reference, cause, diagnostic: None, user_data }
            }
        };
        let cp = CpMessage::data(incoming.transaction.opposite(), &message, Direction::MobileToNetwork);
        self.send(NasUp::Sms(cp.to_octets()));
    }

    /// RP-ACK with the host's own report.
    pub(crate) fn accept_message_with(&mut self, incoming: &Incoming, report: DeliverReport) {
        let user_data = Some(RpUserData::from(Tpdu::DeliverReport(report)));
        let message = RpMessage::Ack { reference: incoming.reference, user_data };
        let cp = CpMessage::data(incoming.transaction.opposite(), &message, Direction::MobileToNetwork);
        self.send(NasUp::Sms(cp.to_octets()));
    }

    fn next_message_reference(&mut self) -> u8 {
        let Some(card) = &mut self.card else { return 0 };
        let next = card.last_message_reference().map_or(0, |last| last.wrapping_add(1));
        // A card that keeps no reference makes every message number 0; it is still sent.
        let _ = card.set_last_message_reference(next);
        next
    }

    fn next_relay_reference(&mut self) -> u8 {
        self.sms.last_reference = self.sms.last_reference.wrapping_add(1);
        self.sms.last_reference
    }

    fn transfer(&mut self, now: Instant, message: RpMessage, content: Content) {
        self.sms.waiting.push_back((message, content));
        self.transfer_next(now);
    }

    fn transfer_next(&mut self, now: Instant) {
        if self.sms.running.is_some() {
            return;
        }
        let Some((message, content)) = self.sms.waiting.pop_front() else { return };
        let transaction = TransactionId::originator(self.sms.last_transaction);
        self.sms.last_transaction = (self.sms.last_transaction + 1) % TRANSACTIONS;
        self.sms.running =
            Some(Transfer { transaction, message, content, transmissions: 0, under_way: false });
        let answer_timer = match content {
            Content::Submit(_) => (MobileTimer::Tr1m, TR1M),
            Content::MemoryAvailable { .. } => (MobileTimer::Tram, TRAM),
        };
        self.timers.start(answer_timer.0, now, answer_timer.1);
        self.transmit(now);
    }

    fn transmit(&mut self, now: Instant) {
        let Some(transfer) = &mut self.sms.running else { return };
        transfer.transmissions += 1;
        let cp = CpMessage::data(transfer.transaction, &transfer.message, Direction::MobileToNetwork);
        self.send(NasUp::Sms(cp.to_octets()));
        self.timers.start(MobileTimer::Tc1, now, TC1);
    }

    pub(super) fn sms_timer(&mut self, now: Instant, timer: MobileTimer) {
        let Some(transfer) = &self.sms.running else { return };
        let again = timer == MobileTimer::Tc1 && transfer.transmissions < MOST_TRANSMISSIONS;
        if again && !transfer.under_way {
            self.transmit(now);
        } else if timer != MobileTimer::Tc1 || !transfer.under_way {
            self.finish(now, Err(CmsError::NETWORK_TIMEOUT));
        }
    }

    pub(super) fn sms_cell_lost(&mut self, now: Instant) {
        if self.sms.running.is_some() {
            self.finish(now, Err(CmsError::NO_NETWORK_SERVICE));
        }
    }

    /// Ends the transfer that runs and begins the next.
    fn finish(&mut self, now: Instant, result: Result<(), CmsError>) {
        let Some(transfer) = self.sms.running.take() else { return };
        for timer in [MobileTimer::Tc1, MobileTimer::Tr1m, MobileTimer::Tram] {
            self.timers.stop(timer);
        }
        match transfer.content {
            Content::Submit(reference) => self.event(MobileEvent::SmsSent(result.map(|()| reference))),
            Content::MemoryAvailable { repeated: false } if result == Err(CmsError::NETWORK_TIMEOUT) => {
                let reference = self.next_relay_reference();
                let again = Content::MemoryAvailable { repeated: true };
                self.sms.waiting.push_front((RpMessage::Smma { reference }, again));
            }
            Content::MemoryAvailable { .. } => {
                if let (Ok(()), Some(card)) = (result, &mut self.card) {
                    let _ = card.set_memory_exceeded(false);
                }
            }
        }
        self.transfer_next(now);
    }

    pub(super) fn handle_cp(&mut self, now: Instant, octets: &[u8]) {
        let Ok(message) = CpMessage::parse(octets) else { return self.refuse_connection_layer(octets) };
        let transaction = message.transaction;
        let ours = |transfer: &Transfer| transfer.transaction.opposite() == transaction;
        let ours = self.sms.running.as_ref().is_some_and(ours);
        match message.body {
            CpBody::Ack => {
                if !transaction.from_responder() {
                    // The network has the answer: the transaction that it began is over.
                    self.sms.last_received.clear();
                }
                if let Some(transfer) = self.sms.running.as_mut().filter(|_| ours) {
                    transfer.under_way = true;
                    self.timers.stop(MobileTimer::Tc1);
                }
            }
            CpBody::Error(cause) if ours => self.finish(now, Err(from_cp(cause))),
            CpBody::Error(_) => {}
            // 9.2.1: an answer in a transaction that the mobile does not have.
            CpBody::Data(_) if transaction.from_responder() && !ours => {
                let error = CpMessage::error(transaction.opposite(), CpCause::INVALID_TRANSACTION);
                self.send(NasUp::Sms(error.to_octets()));
            }
            CpBody::Data(_) if self.is_repeated(transaction, octets) => {
                self.send(NasUp::Sms(CpMessage::ack(transaction.opposite()).to_octets()));
            }
            CpBody::Data(data) => self.handle_rp(now, transaction, data.as_slice()),
        }
    }

    /// The network repeats CP-DATA when it did not hear CP-ACK (5.3.2.1): it is acknowledged and shown once.
    fn is_repeated(&mut self, transaction: TransactionId, octets: &[u8]) -> bool {
        if transaction.from_responder() {
            return false;
        }
        let repeated = self.sms.last_received == octets;
        self.sms.last_received = octets.to_vec();
        repeated && !self.has(Defect::ShowsRepeatedSms)
    }

    /// CP-DATA that cannot be read is answered with CP-ERROR in its transaction (9.2.3); nothing else is.
    fn refuse_connection_layer(&mut self, octets: &[u8]) {
        const CP_DATA: u8 = 1;
        let Some(transaction) = CpMessage::transaction_of(octets) else { return };
        if octets.get(1) == Some(&CP_DATA) {
            let error = CpMessage::error(transaction.opposite(), CpCause::INVALID_MANDATORY_INFORMATION);
            self.send(NasUp::Sms(error.to_octets()));
        }
    }

    fn handle_rp(&mut self, now: Instant, transaction: TransactionId, octets: &[u8]) {
        self.send(NasUp::Sms(CpMessage::ack(transaction.opposite()).to_octets()));
        let message = match RpMessage::parse(Direction::NetworkToMobile, octets) {
            Ok(message) => message,
            Err(_) => {
                self.refuse_malformed(transaction, octets);
                return;
            }
        };
        let running = self.sms.running.as_ref().map(|transfer| transfer.message.reference());
        match message {
            RpMessage::Data { reference, service_centre, user_data } => {
                let tpdu = user_data.as_slice().to_vec();
                self.event(MobileEvent::SmsArrived(Incoming {
                    transaction,
                    reference,
                    service_centre,
                    tpdu,
                }));
            }
            RpMessage::Ack { reference, .. } if Some(reference) == running => self.finish(now, Ok(())),
            RpMessage::Error { reference, cause, user_data, .. } if Some(reference) == running => {
                let failure = user_data.and_then(|data| failure_cause(&data));
                let error = failure
                    .map_or(CmsError::from_rp(cause), |octet| CmsError::from_failure_cause(octet.value()));
                self.last_failure = Some(cause.name());
                self.finish(now, Err(error));
            }
            RpMessage::Ack { .. } | RpMessage::Error { .. } | RpMessage::Smma { .. } => {}
        }
    }

    fn refuse_malformed(&mut self, transaction: TransactionId, octets: &[u8]) {
        let Some(reference) = RpMessage::reference_of(octets) else { return };
        let incoming = Incoming { transaction, reference, service_centre: None, tpdu: Vec::new() };
        let cause = RpCause::INVALID_MANDATORY_INFORMATION;
        self.answer_message(&incoming, DeliveryAnswer::Refused { cause, failure: None });
    }
}

fn failure_cause(data: &RpUserData) -> Option<FailureCause> {
    match Tpdu::parse(Direction::NetworkToMobile, data.as_slice()).ok()? {
        Tpdu::SubmitReport(report) => report.failure,
        Tpdu::Submit(_)
        | Tpdu::Deliver(_)
        | Tpdu::StatusReport(_)
        | Tpdu::DeliverReport(_)
        | Tpdu::Command(_) => None,
    }
}

/// CP-ERROR as the host sees it: congestion as the RP cause of that name, the others by their number.
fn from_cp(cause: CpCause) -> CmsError {
    if cause == CpCause::CONGESTION {
        CmsError::from_rp(RpCause::CONGESTION)
    } else {
        CmsError(u16::from(cause.0))
    }
}
