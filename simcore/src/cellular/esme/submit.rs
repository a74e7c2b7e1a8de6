//! A message from an ESME: whether the service centre takes it, and what its sender is told in the end.

use super::{BindId, EsmeAddress, EsmeName, Receipt, ReceiptKind};
use crate::cellular::CellularCore;
use crate::cellular::note::EsmeNote;
use crate::cellular::smsc::{Content, MessageId, Recipient, ReportTo, SmsState, Terms};
use std::fmt;
use wire::id::{Imsi, PhoneNumber};
use wire::sms::{Address, ProtocolId, Timestamp, UserData};
use wire::time::{Duration, Instant};

/// Characters of the text that a receipt repeats (SMPP 3.4 appendix B).
const RECEIPT_TEXT: usize = 20;

/// A point of time as an ESME gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EsmeTime {
    /// So long after the submission.
    After(Duration),
    /// A date.
    At(Timestamp),
}

/// When the ESME wants to be told what became of a message (registered_delivery).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ReceiptWish {
    /// Never.
    #[default]
    Never,
    /// Whatever the outcome.
    Always,
    /// When it could not be delivered.
    OnFailure,
}

impl ReceiptWish {
    const fn covers(self, state: SmsState) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::OnFailure => !matches!(state, SmsState::Delivered { .. }),
        }
    }
}

/// A message from an ESME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EsmeSubmit {
    /// The sender that the device sees; `None` stands for the ESME's first address.
    pub from: Option<Address>,
    /// The telephone number of a subscriber.
    pub to: PhoneNumber,
    /// service_type, which belongs to the identity of a message that is to be replaced.
    pub service_type: String,
    /// TP-PID.
    pub pid: ProtocolId,
    /// What is sent, in as many short messages as it takes.
    pub parts: Vec<UserData>,
    /// How long to try; `None` for the operator's default.
    pub validity: Option<EsmeTime>,
    /// When to try first; `None` for at once.
    pub schedule: Option<EsmeTime>,
    /// Whether there is to be a receipt.
    pub receipt: ReceiptWish,
    /// Whether failed attempts are told too.
    pub intermediate: bool,
    /// Whether it takes the place of a message of the same sender, recipient and service_type that waits.
    pub replace: bool,
    /// The ESME's own reference, which comes back in receipts.
    pub user_reference: Option<u16>,
    /// Whether the ESME wants to know when a device that missed the message is there again (set_dpf).
    pub alert: bool,
}

/// Why a message of an ESME was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitRefusal {
    /// There is no such bind, or it is one for receiving.
    NotTransmitter,
    /// More than the agreed rate.
    Throttled(u32),
    /// As many messages wait as may.
    QueueFull(usize),
    /// The sender is no address of the ESME.
    SourceNotAllowed,
    /// Nobody, or nobody of the ESME's account, has the number of the recipient.
    UnknownRecipient,
    /// The time of the first attempt is none, is past, or is after the end of the validity.
    Schedule,
    /// The end of the validity is none, or is past.
    Validity,
    /// There is nothing to send.
    Empty,
}

/// A message that was accepted from an ESME.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Submitted {
    pub(super) esme: EsmeName,
    /// The sender as the ESME gave it, to be given again with every order about the message.
    pub(super) given: Option<Address>,
    pub(super) from: Address,
    pub(super) to: PhoneNumber,
    pub(super) service_type: String,
    pub(super) parts: Vec<MessageId>,
    /// Parts that are not final.
    pub(super) open: usize,
    pub(super) receipt: ReceiptWish,
    intermediate: bool,
    accepted: Instant,
    /// When the last part became final.
    pub(super) done: Option<Instant>,
    user_reference: Option<u16>,
    #[serde(default)]
    pub(super) alert: bool,
    /// The identity by which the ESME knows it, where that is the one of another destination.
    #[serde(default)]
    pub(super) known_as: Option<MessageId>,
    /// The messages to the other destinations of which the ESME knows this identity.
    #[serde(default)]
    pub(super) others: Vec<MessageId>,
}

impl CellularCore {
    /// Takes a message of an ESME.
    ///
    /// # Errors
    /// [`SubmitRefusal`]; it is noted.
    pub fn esme_submit(
        &mut self,
        now: Instant,
        bind: BindId,
        request: EsmeSubmit,
    ) -> Result<MessageId, SubmitRefusal> {
        self.advance(now);
        let esme = self.transmitter(bind).ok_or(SubmitRefusal::NotTransmitter)?;
        let to = request.to.to_string();
        self.take_from_esme(&esme, request).inspect_err(|refusal| {
            let system_id = esme.to_string();
            self.note(EsmeNote::SubmitRefused { system_id, to, refusal: *refusal });
        })
    }

    /// The ESME of a bind that may submit.
    pub(super) fn transmitter(&self, bind: BindId) -> Option<EsmeName> {
        let bound = self.esmes.binds.get(&bind).filter(|bound| bound.mode.transmits())?;
        Some(bound.esme.clone())
    }

    pub(super) fn take_from_esme(
        &mut self,
        esme: &EsmeName,
        request: EsmeSubmit,
    ) -> Result<MessageId, SubmitRefusal> {
        let now = self.now;
        let known = self.esmes.get_mut(esme).ok_or(SubmitRefusal::NotTransmitter)?;
        if !known.allowance.spend(now) {
            return Err(SubmitRefusal::Throttled(known.agreed.rate));
        }
        if known.unfinished + request.parts.len() > known.agreed.queue {
            return Err(SubmitRefusal::QueueFull(known.agreed.queue));
        }
        let from = self.sender_for(esme, request.from.as_ref())?;
        let recipient = self.recipient_for(esme, &request.to)?;
        let (validity, not_before) = self.times_of(request.validity, request.schedule)?;
        if let Some(replaced) = self.replaceable(esme, &from, &request) {
            self.replace_in_place(replaced, &request, validity, not_before);
            return Ok(replaced);
        }
        let first = self.smsc.next_id();
        let mut parts = Vec::new();
        for user_data in request.parts {
            let content = Content::Message { from: from.clone(), pid: request.pid, user_data };
            let terms = Terms { validity, not_before, report_to: Some(ReportTo::Esme(first)) };
            let recipient = Recipient::Subscriber(recipient.clone());
            parts.push(self.store(content, &from.to_string(), recipient, request.to.to_string(), terms));
        }
        if parts.is_empty() {
            return Err(SubmitRefusal::Empty);
        }
        let key = (esme.clone(), from.to_string(), request.to.to_string());
        self.esmes.pending.entry(key).or_default().insert(first);
        if let Some(known) = self.esmes.get_mut(esme) {
            known.unfinished += parts.len();
        }
        let submitted = Submitted {
            esme: esme.clone(),
            given: request.from,
            from,
            to: request.to,
            service_type: request.service_type,
            open: parts.len(),
            parts,
            receipt: request.receipt,
            intermediate: request.intermediate,
            accepted: self.now,
            done: None,
            user_reference: request.user_reference,
            alert: request.alert,
            known_as: None,
            others: Vec::new(),
        };
        self.esmes.submitted.insert(first, submitted);
        Ok(first)
    }

    fn sender_for(&self, esme: &EsmeName, given: Option<&Address>) -> Result<Address, SubmitRefusal> {
        let addresses =
            self.esmes.get(esme).map(|known| known.agreed.addresses.as_slice()).unwrap_or_default();
        let Some(given) = given else {
            return addresses.first().map(EsmeAddress::as_sender).ok_or(SubmitRefusal::SourceNotAllowed);
        };
        let allowed = match given.number() {
            Some(number) => self.esme_of(&number).as_ref() == Some(esme),
            None => {
                addresses.iter().any(|address| matches!(address, EsmeAddress::Name(name) if name == given))
            }
        };
        if allowed { Ok(given.clone()) } else { Err(SubmitRefusal::SourceNotAllowed) }
    }

    fn recipient_for(&self, esme: &EsmeName, to: &PhoneNumber) -> Result<Imsi, SubmitRefusal> {
        let imsi = self.subscriber_of(to).ok_or(SubmitRefusal::UnknownRecipient)?;
        let account = self.subscribers.get(imsi).map(|subscriber| &*subscriber.account);
        if account == self.account_of_esme(esme) {
            Ok(imsi.clone())
        } else {
            Err(SubmitRefusal::UnknownRecipient)
        }
    }

    /// Validity from now, and when to begin.
    pub(super) fn times_of(
        &self,
        validity: Option<EsmeTime>,
        schedule: Option<EsmeTime>,
    ) -> Result<(Option<Duration>, Option<Instant>), SubmitRefusal> {
        let delay = schedule.map(|time| self.delay_until(time).ok_or(SubmitRefusal::Schedule)).transpose()?;
        let validity =
            validity.map(|time| self.delay_until(time).ok_or(SubmitRefusal::Validity)).transpose()?;
        let Some(delay) = delay else { return Ok((validity, None)) };
        let longest = self.config.policy.sms_validity_max;
        let validity = validity.unwrap_or(delay + self.config.policy.sms_validity).min(longest);
        if delay >= validity {
            return Err(SubmitRefusal::Schedule);
        }
        Ok((Some(validity), Some(self.now + delay)))
    }

    /// How long it is until then; `None` for the past and for no date.
    fn delay_until(&self, time: EsmeTime) -> Option<Duration> {
        match time {
            EsmeTime::After(span) => Some(span),
            EsmeTime::At(date) => {
                let seconds = date.utc()?.as_second() - self.calendar.timestamp(self.now).as_second();
                u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
            }
        }
    }

    /// A part of an ESME's message has become final.
    pub(in crate::cellular) fn esme_part_finished(&mut self, id: MessageId) {
        let now = self.now;
        let Some(submitted) = self.esmes.submitted.get_mut(&id) else { return };
        submitted.open = submitted.open.saturating_sub(1);
        let (esme, open) = (submitted.esme.clone(), submitted.open);
        if open == 0 {
            submitted.done = Some(now);
            let key = (esme.clone(), submitted.from.to_string(), submitted.to.to_string());
            if let Some(pending) = self.esmes.pending.get_mut(&key) {
                pending.remove(&id);
                if pending.is_empty() {
                    self.esmes.pending.remove(&key);
                }
            }
        }
        if let Some(known) = self.esmes.get_mut(&esme) {
            known.unfinished = known.unfinished.saturating_sub(1);
        }
        if open == 0
            && let Some(receipt) = self.receipt_for(id, ReceiptKind::Final)
            && self.esmes.submitted.get(&id).is_some_and(|known| known.receipt.covers(receipt.state))
        {
            self.enqueue_receipt(&esme, receipt);
        }
    }

    /// An attempt at an ESME's message failed, and there will be another.
    pub(in crate::cellular) fn esme_part_deferred(&mut self, id: MessageId, imsi: &Imsi) {
        self.set_delivery_pending(id, imsi);
        let wanted = self.esmes.submitted.get(&id).filter(|submitted| submitted.intermediate);
        if let Some(esme) = wanted.map(|submitted| submitted.esme.clone())
            && let Some(receipt) = self.receipt_for(id, ReceiptKind::Intermediate)
        {
            self.enqueue_receipt(&esme, receipt);
        }
    }

    /// How a message is as a whole: the first part that failed decides, then the first that is on its way.
    pub(super) fn esme_state(&self, submitted: &Submitted) -> SmsState {
        let states = || submitted.parts.iter().filter_map(|part| self.smsc.state(*part));
        let failed = states().find(|state| !matches!(state, SmsState::Enroute | SmsState::Delivered { .. }));
        let enroute = states().find(|state| *state == SmsState::Enroute);
        let open = submitted.open > 0;
        let whole = if open { enroute } else { failed };
        whole.or_else(|| states().next_back()).unwrap_or(SmsState::Enroute)
    }

    pub(super) fn receipt_for(&self, id: MessageId, kind: ReceiptKind) -> Option<Receipt> {
        let submitted = self.esmes.submitted.get(&id)?;
        let delivered =
            |part: &&MessageId| matches!(self.smsc.state(**part), Some(SmsState::Delivered { .. }));
        let first = submitted.parts.first().and_then(|part| self.smsc.text(*part));
        Some(Receipt {
            kind,
            message: submitted.known_as.unwrap_or(id),
            from: submitted.from.clone(),
            to: submitted.to.clone(),
            state: self.esme_state(submitted),
            submitted: self.stamp(submitted.accepted),
            done: self.stamp(submitted.done.unwrap_or(self.now)),
            parts: submitted.parts.len(),
            delivered: submitted.parts.iter().filter(delivered).count(),
            text: first.map(|text| text.chars().take(RECEIPT_TEXT).collect()).unwrap_or_default(),
            user_reference: submitted.user_reference,
        })
    }
}

impl fmt::Display for SubmitRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTransmitter => f.write_str("the bind is not one for submitting"),
            Self::Throttled(rate) => write!(f, "more than {rate} messages in a second"),
            Self::QueueFull(limit) => write!(f, "{limit} messages wait, which is the limit"),
            Self::SourceNotAllowed => f.write_str("the source address is not one of the ESME"),
            Self::UnknownRecipient => f.write_str("no subscriber of the account has this number"),
            Self::Schedule => f.write_str("the scheduled time is past or outside the validity"),
            Self::Validity => f.write_str("the validity has ended"),
            Self::Empty => f.write_str("there is nothing to send"),
        }
    }
}
