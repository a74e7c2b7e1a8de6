//! The short message service centre: messages, one ordered queue per recipient, and what became of each.
//!
//! Spec: TS 23.040 clauses 3 and 9, TS 24.011. A queue has one attempt at a time, at its oldest message. A message that
//! the recipient does not take is tried again at fixed steps and as soon as the device is heard; one that finds the
//! memory full waits for RP-SMMA. Not here: the applications' side (`esme`), routing to foreign networks, TP-COMMAND.

mod application;
mod delivery;
mod kept;
mod submit;
mod transport;

use super::agenda::Timer;
use super::calls::Direction;
use super::esme::EsmeName;
use super::note::SmsNote;
use super::{CellularCore, ControlError};
use crate::state::Kept;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use transport::{Attempt, Reply};
use wire::air::cellular::UeId;
use wire::cause::RpCause;
use wire::id::{Imsi, PhoneNumber};
use wire::seed::Seed;
use wire::sms::{Address, ProtocolId, Status, StatusReport, Submit, Timestamp, UserData};
use wire::time::{Duration, Instant};

/// From the acceptance of a message to its first delivery attempt, or to the application.
pub const FORWARDING: Duration = Duration::from_millis(500);
/// From the moment that a device is heard to the attempt at what waits for it.
pub const ON_CONTACT: Duration = Duration::from_secs(1);
/// The service centre's time zone in quarter hours: UTC+1.
const TIME_ZONE: i8 = 4;

/// The identity of a short message in the service centre; `{:08X}` of the number is the identity that SMPP shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct MessageId(pub u32);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "short message {:08X}", self.0)
    }
}

/// What became of a short message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SmsState {
    /// On its way, or waiting for its recipient.
    Enroute,
    /// Taken by the recipient.
    Delivered {
        /// When.
        at: Instant,
    },
    /// Its validity period ended first.
    Expired {
        /// When.
        at: Instant,
    },
    /// Refused for good.
    Undeliverable {
        /// By the network, by the device or by the application.
        cause: RpCause,
    },
    /// Cancelled by its sender.
    Deleted {
        /// When.
        at: Instant,
    },
}

impl SmsState {
    /// The state in one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enroute => "enroute",
            Self::Delivered { .. } => "delivered",
            Self::Expired { .. } => "expired",
            Self::Undeliverable { .. } => "undeliverable",
            Self::Deleted { .. } => "deleted",
        }
    }
}

/// A message from an application to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsRequest {
    /// The sender that the device sees; may be alphanumeric.
    pub from: Address,
    /// The telephone number of a subscriber.
    pub to: PhoneNumber,
    /// TP-PID.
    pub pid: ProtocolId,
    /// Text or octets, with class and header.
    pub user_data: UserData,
    /// How long to try; `None` for the operator's default. Longer than the operator's maximum counts as the maximum.
    pub validity: Option<Duration>,
}

impl SmsRequest {
    /// A plain message.
    #[must_use]
    pub fn new(from: &PhoneNumber, to: PhoneNumber, user_data: UserData) -> Self {
        Self { from: Address::from_number(from), to, pid: ProtocolId::NORMAL, user_data, validity: None }
    }
}

/// A message from a device, as its application receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedSms {
    /// Its identity in the service centre.
    pub id: MessageId,
    /// The telephone number of the device.
    pub from: PhoneNumber,
    /// The number it was sent to.
    pub to: PhoneNumber,
    /// TP-PID.
    pub pid: ProtocolId,
    /// Text or octets.
    pub user_data: UserData,
    /// When the application received it.
    pub at: Instant,
}

/// What is to be delivered.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "kept::Written", from = "kept::Written")]
pub(super) enum Content {
    Message { from: Address, pid: ProtocolId, user_data: UserData },
    Report(StatusReport),
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Recipient {
    Subscriber(Imsi),
    Application { from: PhoneNumber, to: PhoneNumber },
    Esme { esme: EsmeName, from: PhoneNumber, to: PhoneNumber },
}

/// Who is told of the outcome of a message.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum ReportTo {
    /// A device, about which SUBMIT.
    Device(Imsi, Box<Submit>),
    /// The ESME that submitted this message, or the message that this one is a part of.
    Esme(MessageId),
}

/// For how long a message is tried, from when on, and who is told.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub(super) validity: Option<Duration>,
    pub(super) not_before: Option<Instant>,
    pub(super) report_to: Option<ReportTo>,
}

/// A message in the service centre.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Stored {
    content: Content,
    recipient: Recipient,
    /// The recipient as people write it.
    to: String,
    accepted: Instant,
    expires: Instant,
    state: SmsState,
    attempts: u32,
    report_to: Option<ReportTo>,
}

/// Why a queue does not move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Hold {
    #[default]
    None,
    /// Until the device is heard, or the next step of the retry schedule.
    Contact,
    /// Until RP-SMMA.
    Memory,
}

/// What waits for one subscriber, oldest first.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Queue {
    waiting: VecDeque<MessageId>,
    attempt: Option<Attempt>,
    hold: Hold,
}

/// The service centre.
#[derive(Debug)]
pub(super) struct Smsc {
    messages: Kept<MessageId, Stored>,
    queues: Kept<Imsi, Queue>,
    inbox: BTreeMap<String, Vec<ReceivedSms>>,
    /// Answers to devices that wait for their CP-ACK.
    replies: Kept<(UeId, u8), Reply>,
    /// The last SUBMIT of a device: reference and destination, to find duplicates.
    last_submit: Kept<Imsi, Submit>,
    next_reference: u8,
    next_transaction: u8,
}

impl Smsc {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            messages: Kept::default(),
            queues: Kept::default(),
            inbox: BTreeMap::new(),
            replies: Kept::default(),
            last_submit: Kept::default(),
            next_reference: seed.rng().below(256) as u8,
            next_transaction: 0,
        }
    }

    /// The identity of the next message.
    pub(super) fn next_id(&self) -> MessageId {
        MessageId(self.messages.len() as u32 + 1)
    }

    /// The text of a message; `None` for binary data and for reports.
    pub(super) fn text(&self, id: MessageId) -> Option<String> {
        match &self.messages.get(&id)?.content {
            Content::Message { user_data, .. } => user_data.decoded_text(),
            Content::Report(_) => None,
        }
    }

    pub(super) fn state(&self, id: MessageId) -> Option<SmsState> {
        self.messages.get(&id).map(|stored| stored.state)
    }

    pub(super) fn inbox(&self, number: &str) -> &[ReceivedSms] {
        self.inbox.get(number).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn waiting(&self, imsi: &Imsi) -> usize {
        self.queues.get(imsi).map_or(0, |queue| queue.waiting.len())
    }
}

impl CellularCore {
    /// Accepts a message from an application.
    pub(super) fn accept_from_application(&mut self, request: SmsRequest) -> Result<MessageId, ControlError> {
        let imsi = self.subscriber_of(&request.to).cloned();
        let imsi = imsi.ok_or_else(|| ControlError::UnknownNumber(request.to.clone()))?;
        let SmsRequest { from, to, pid, user_data, validity } = request;
        let sender = from.to_string();
        let content = Content::Message { from, pid, user_data };
        let terms = Terms { validity, ..Terms::default() };
        Ok(self.store(content, &sender, Recipient::Subscriber(imsi), to.to_string(), terms))
    }

    /// Stores a message and sets it on its way.
    pub(super) fn store(
        &mut self,
        content: Content,
        from: &str,
        recipient: Recipient,
        to: String,
        terms: Terms,
    ) -> MessageId {
        let Terms { validity, not_before, report_to } = terms;
        let id = self.smsc.next_id();
        let policy = &self.config.policy;
        let expires = self.now + validity.unwrap_or(policy.sms_validity).min(policy.sms_validity_max);
        self.note(SmsNote::Accepted { id, from: from.to_owned(), to: to.clone() });
        self.agenda.start(expires, Timer::SmsValidity(id));
        match (&recipient, not_before) {
            (Recipient::Application { .. } | Recipient::Esme { .. }, _) => {
                self.agenda.start(self.now + FORWARDING, Timer::SmsForward(id));
            }
            (Recipient::Subscriber(_), Some(at)) => self.agenda.start(at, Timer::SmsScheduled(id)),
            (Recipient::Subscriber(imsi), None) => self.queue_for_subscriber(imsi, id),
        }
        let (accepted, state) = (self.now, SmsState::Enroute);
        let stored = Stored { content, recipient, to, accepted, expires, state, attempts: 0, report_to };
        self.smsc.messages.insert(id, stored);
        id
    }

    /// The outcome of a message: its queue moves on and its sender is told.
    pub(super) fn finish(&mut self, id: MessageId, state: SmsState) {
        let Some(stored) = self.smsc.messages.get_mut(&id).filter(|stored| stored.state == SmsState::Enroute)
        else {
            return;
        };
        stored.state = state;
        let (to, accepted, report_to) = (stored.to.clone(), stored.accepted, stored.report_to.take());
        let recipient = stored.recipient.clone();
        let from = match &stored.content {
            Content::Message { from, .. } => Some(from.to_string()),
            Content::Report(_) => None,
        };
        self.agenda.stop(&Timer::SmsValidity(id));
        self.agenda.stop(&Timer::SmsScheduled(id));
        if let Recipient::Subscriber(imsi) = &recipient
            && let Some(queue) = self.smsc.queues.get_mut(imsi)
        {
            // As a rule it is the oldest.
            if queue.waiting.pop_front_if(|waiting| *waiting == id).is_none() {
                queue.waiting.retain(|waiting| *waiting != id);
            }
        }
        if let (SmsState::Delivered { .. }, Recipient::Subscriber(imsi), Some(from)) =
            (state, &recipient, from)
        {
            self.record_sms(imsi, Direction::Mt, from);
        }
        let status = match state {
            SmsState::Enroute => return,
            SmsState::Delivered { .. } => {
                self.note(SmsNote::Delivered { id, to });
                Status::DELIVERED
            }
            SmsState::Expired { .. } => {
                self.note(SmsNote::Expired { id, to });
                Status::VALIDITY_PERIOD_EXPIRED
            }
            SmsState::Undeliverable { cause } => {
                self.note(SmsNote::Undeliverable { id, to, cause });
                undeliverable_status(cause)
            }
            SmsState::Deleted { .. } => {
                self.note(SmsNote::Deleted { id, to });
                Status::DELETED_BY_SENDER
            }
        };
        match report_to {
            Some(ReportTo::Device(sender, submit)) => {
                let report = StatusReport::new(&submit, self.stamp(accepted), self.stamp(self.now), status);
                let known = self.subscribers.get(&sender);
                let to = known.map(|known| known.msisdn.to_string()).unwrap_or_default();
                let from = self.config.smsc.to_string();
                let recipient = Recipient::Subscriber(sender);
                self.store(Content::Report(report), &from, recipient, to, Terms::default());
            }
            Some(ReportTo::Esme(message)) => self.esme_part_finished(message),
            None => {}
        }
    }

    /// The validity period of a message ended. An attempt that runs is left to end first.
    pub(super) fn sms_validity_ended(&mut self, id: MessageId) {
        let in_flight = match self.smsc.messages.get(&id).map(|stored| &stored.recipient) {
            Some(Recipient::Subscriber(imsi)) => {
                let attempt = self.smsc.queues.get(imsi).and_then(|queue| queue.attempt.as_ref());
                attempt.is_some_and(|attempt| attempt.message == id)
            }
            Some(Recipient::Esme { esme, .. }) => !self.forget_for_esme(&esme.clone(), id),
            Some(Recipient::Application { .. }) | None => false,
        };
        if !in_flight {
            self.finish(id, SmsState::Expired { at: self.now });
        }
    }

    pub(super) fn stamp(&self, at: Instant) -> Timestamp {
        Timestamp::from_utc(self.calendar.timestamp(at), TIME_ZONE)
    }
}

/// TP-Status of a permanent failure (TS 23.040 9.2.3.15).
const fn undeliverable_status(cause: RpCause) -> Status {
    match cause {
        RpCause::UNASSIGNED_NUMBER | RpCause::UNKNOWN_SUBSCRIBER => Status::NOT_OBTAINABLE,
        RpCause::OPERATOR_DETERMINED_BARRING | RpCause::CALL_BARRED => Status::REMOTE_PROCEDURE_ERROR,
        _ => Status::REJECTED_BY_SME,
    }
}
