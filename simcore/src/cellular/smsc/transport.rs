//! The connection and relay layers of the network side: CP-ACK, references, repeats (TS 24.011 clauses 5 and 6).
//!
//! A transaction identity belongs to the side that began it, so a device's transaction 0 and the core's differ. A
//! device's CP-DATA that comes again while its answer is under way is acknowledged and not treated twice.

use super::MessageId;
use super::submit::{DECISION, Decision};
use crate::cellular::agenda::Timer;
use crate::cellular::{ANSWER_DELAY, CellularCore};
use wire::air::cellular::UeId;
use wire::cause::RpCause;
use wire::id::Imsi;
use wire::nas::NasDown;
use wire::sms::{Address, CpBody, CpCause, CpMessage, Direction, RpMessage, RpUserData, Tpdu, TransactionId};
use wire::time::Duration;

/// CP-DATA is repeated when it is not acknowledged within this time.
pub const TC1N: Duration = Duration::from_secs(10);
/// The network waits this long for RP-ACK.
pub const TR1N: Duration = Duration::from_secs(45);
/// CP-DATA is repeated so often (TS 24.011 5.3.2.1: one to three times).
const REPEATS: u8 = 2;
/// Transaction identities 0 to 6 (TS 24.007 11.2.3.1.3); 7 is reserved.
const TRANSACTIONS: u8 = 7;

/// An attempt at delivery that runs.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Attempt {
    pub(super) message: MessageId,
    ue: UeId,
    transaction: u8,
    reference: u8,
    octets: Vec<u8>,
    repeats: u8,
}

/// An answer to a device's message that waits for its CP-ACK, with the message it answers.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Reply {
    request: Vec<u8>,
    answer: Vec<u8>,
    repeats: u8,
}

/// Whether the network lets a device know that it heard its message; silence on purpose does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Yes,
    No,
}

impl CellularCore {
    /// CP octets from a device.
    pub(in crate::cellular) fn sms_from(&mut self, ue: UeId, octets: &[u8]) {
        let Some((imsi, _)) = self.served(ue) else {
            return self.unknown_mobile(ue, "UPLINK NAS TRANSPORT with SMS");
        };
        let message = match CpMessage::parse(octets) {
            Ok(message) => message,
            Err(error) => {
                let who = self.who(ue);
                return self.unexpected(who, format_args!("CP octets that are none: {error}"));
            }
        };
        let transaction = message.transaction;
        match message.body {
            CpBody::Data(data) if transaction.from_responder() => {
                self.send_cp(ue, &CpMessage::ack(transaction.opposite()), ANSWER_DELAY);
                self.delivery_answer(ue, &imsi, transaction, data.as_slice());
            }
            CpBody::Data(data) => {
                let open = self.smsc.replies.get(&(ue, transaction.value()));
                let again = open.is_some_and(|reply| reply.request == octets);
                if again || self.relay(ue, &imsi, transaction, octets, data.as_slice()) == Heard::Yes {
                    self.send_cp(ue, &CpMessage::ack(transaction.opposite()), ANSWER_DELAY);
                }
            }
            CpBody::Ack if transaction.from_responder() => self.agenda.stop(&Timer::SmsTc1n(imsi)),
            CpBody::Error(_) if transaction.from_responder() => self.sms_unanswered(&imsi),
            CpBody::Ack | CpBody::Error(_) => {
                self.smsc.replies.remove(&(ue, transaction.value()));
                self.agenda.stop(&Timer::SmsReplyTc1n(ue, transaction.value()));
            }
        }
    }

    /// A relay layer message in a transaction that the device began. Its CP-ACK leaves before the answer, whose
    /// decision takes longer.
    fn relay(
        &mut self,
        ue: UeId,
        imsi: &Imsi,
        transaction: TransactionId,
        request: &[u8],
        data: &[u8],
    ) -> Heard {
        let answer = match RpMessage::parse(Direction::MobileToNetwork, data) {
            Ok(RpMessage::Data { reference, service_centre, user_data }) => {
                self.answer_submit(imsi, reference, service_centre.as_ref(), &user_data)
            }
            Ok(RpMessage::Smma { reference }) => {
                self.sms_memory_available(imsi);
                Some(RpMessage::Ack { reference, user_data: None })
            }
            Ok(RpMessage::Ack { reference, .. } | RpMessage::Error { reference, .. }) => {
                Some(rp_error(reference, RpCause::INCOMPATIBLE_STATE))
            }
            Err(_) => match RpMessage::reference_of(data) {
                Some(reference) => Some(rp_error(reference, RpCause::INVALID_MANDATORY_INFORMATION)),
                None => {
                    let error =
                        CpMessage::error(transaction.opposite(), CpCause::INVALID_MANDATORY_INFORMATION);
                    self.send_cp(ue, &error, ANSWER_DELAY);
                    return Heard::Yes;
                }
            },
        };
        let Some(answer) = answer else { return Heard::No };
        let message = CpMessage::data(transaction.opposite(), &answer, Direction::NetworkToMobile);
        self.send_cp(ue, &message, DECISION);
        let reply = Reply { request: request.to_vec(), answer: message.to_octets(), repeats: 0 };
        self.smsc.replies.insert((ue, transaction.value()), reply);
        self.agenda.start(self.now + DECISION + TC1N, Timer::SmsReplyTc1n(ue, transaction.value()));
        Heard::Yes
    }

    fn answer_submit(
        &mut self,
        imsi: &Imsi,
        reference: u8,
        centre: Option<&Address>,
        tpdu: &RpUserData,
    ) -> Option<RpMessage> {
        match self.submit(imsi, centre, tpdu) {
            Decision::Accepted => Some(RpMessage::Ack { reference, user_data: None }),
            Decision::Refused(refusal) => {
                let user_data = refusal.failure.map(|failure| self.submit_report(failure));
                Some(RpMessage::Error { reference, cause: refusal.cause, diagnostic: None, user_data })
            }
            Decision::Silence => None,
        }
    }

    /// A relay layer message in a transaction that the core began: the answer to a delivery.
    fn delivery_answer(&mut self, ue: UeId, imsi: &Imsi, transaction: TransactionId, data: &[u8]) {
        let queue = self.smsc.queues.get(imsi);
        let attempt = queue.and_then(|queue| queue.attempt.as_ref());
        let Some(attempt) = attempt.filter(|attempt| attempt.transaction == transaction.value()) else {
            let who = self.who(ue);
            return self.unexpected(who, "CP-DATA of a transaction that is over");
        };
        let (expected, message) = (attempt.reference, attempt.message);
        match RpMessage::parse(Direction::MobileToNetwork, data) {
            Ok(RpMessage::Ack { reference, user_data }) if reference == expected => {
                self.ota_reported(imsi, message, user_data.as_ref());
                self.sms_taken(imsi);
            }
            Ok(RpMessage::Error { reference, cause, user_data, .. }) if reference == expected => {
                self.ota_reported(imsi, message, user_data.as_ref());
                self.sms_refused_by_device(imsi, cause);
            }
            Ok(_) => {
                let who = self.who(ue);
                self.unexpected(who, "RP message that answers no delivery");
            }
            Err(error) => {
                let who = self.who(ue);
                self.unexpected(who, format_args!("RP octets that are none: {error}"));
            }
        }
    }

    /// Sends a message to a device and waits for its answer.
    pub(super) fn sms_transmit(&mut self, imsi: &Imsi, ue: UeId, message: MessageId, tpdu: &Tpdu) {
        let reference = self.smsc.next_reference;
        let transaction = self.smsc.next_transaction;
        self.smsc.next_reference = reference.wrapping_add(1);
        self.smsc.next_transaction = (transaction + 1) % TRANSACTIONS;
        let service_centre = Some(Address::from_number(&self.config.smsc));
        let data = RpMessage::Data { reference, service_centre, user_data: RpUserData::from(tpdu) };
        let cp = CpMessage::data(TransactionId::originator(transaction), &data, Direction::NetworkToMobile);
        let octets = cp.to_octets();
        if let Some(queue) = self.smsc.queues.get_mut(imsi) {
            queue.attempt = Some(Attempt { message, ue, transaction, reference, octets, repeats: 0 });
        }
        self.send_cp(ue, &cp, ANSWER_DELAY);
        self.agenda.start(self.now + TC1N, Timer::SmsTc1n(imsi.clone()));
        self.agenda.start(self.now + TR1N, Timer::SmsTr1n(imsi.clone()));
    }

    /// TC1N of a delivery expired: CP-DATA again, or the attempt fails.
    pub(in crate::cellular) fn sms_repeat(&mut self, imsi: &Imsi) {
        let queue = self.smsc.queues.get_mut(imsi);
        let Some(attempt) = queue.and_then(|queue| queue.attempt.as_mut()) else { return };
        if attempt.repeats >= REPEATS {
            return self.sms_unanswered(imsi);
        }
        attempt.repeats += 1;
        let (ue, octets) = (attempt.ue, attempt.octets.clone());
        self.send(ue, NasDown::Sms(octets));
        self.agenda.start(self.now + TC1N, Timer::SmsTc1n(imsi.clone()));
    }

    /// TC1N of an answer expired: CP-DATA again, or the transaction is given up.
    pub(in crate::cellular) fn sms_repeat_reply(&mut self, ue: UeId, transaction: u8) {
        let Some(reply) = self.smsc.replies.get_mut(&(ue, transaction)) else { return };
        if reply.repeats >= REPEATS {
            self.smsc.replies.remove(&(ue, transaction));
            return;
        }
        reply.repeats += 1;
        let octets = reply.answer.clone();
        self.send(ue, NasDown::Sms(octets));
        self.agenda.start(self.now + TC1N, Timer::SmsReplyTc1n(ue, transaction));
    }

    /// Paging for a delivery was not answered.
    pub(in crate::cellular) fn sms_undeliverable(&mut self, ue: UeId, octets: &[u8]) {
        let is_it = |attempt: &Attempt| attempt.ue == ue && attempt.octets == octets;
        let mut queues = self.smsc.queues.iter();
        let found = queues.find(|(_, queue)| queue.attempt.as_ref().is_some_and(is_it));
        if let Some(imsi) = found.map(|(imsi, _)| imsi.clone()) {
            self.sms_unanswered(&imsi);
        }
    }

    /// Ends the attempt that runs, and gives its message.
    pub(super) fn end_attempt(&mut self, imsi: &Imsi) -> Option<MessageId> {
        self.agenda.stop(&Timer::SmsTc1n(imsi.clone()));
        self.agenda.stop(&Timer::SmsTr1n(imsi.clone()));
        self.smsc.queues.get_mut(imsi)?.attempt.take().map(|attempt| attempt.message)
    }

    fn send_cp(&mut self, ue: UeId, message: &CpMessage, delay: Duration) {
        self.send_after(delay, ue, NasDown::Sms(message.to_octets()));
    }
}

const fn rp_error(reference: u8, cause: RpCause) -> RpMessage {
    RpMessage::Error { reference, cause, diagnostic: None, user_data: None }
}
