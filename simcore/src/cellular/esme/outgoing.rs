//! What waits for an ESME: messages of devices, receipts and alerts, in order, each until the ESME has answered for it.
//!
//! A message expires as any other does. A receipt and an alert wait as long as a message that says nothing of its
//! validity. An alert has no answer (SMPP 3.4 clause 4.12.1): it is given out once.

use super::{Alert, BindId, EsmeName};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::note::EsmeNote;
use crate::cellular::smsc::{MessageId, ReceivedSms, SmsState};
use crate::state::Kept;
use std::collections::{BTreeMap, BTreeSet};
use wire::cause::RpCause;
use wire::id::PhoneNumber;
use wire::sms::{Address, ProtocolId, Timestamp, UserData};
use wire::time::{Duration, Instant};

/// After this time a delivery that the ESME could not take is tried again; what is newer waits for it.
const RETRY: Duration = Duration::from_secs(10);

/// Something that was given to an ESME.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct DeliveryId(u64);

/// Something for an ESME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EsmeDelivery {
    /// To answer for it.
    pub id: DeliveryId,
    /// What it is.
    pub content: EsmeContent,
}

/// What an ESME is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EsmeContent {
    /// A message of a device.
    Message {
        /// The number of the device.
        from: PhoneNumber,
        /// The number that it was sent to.
        to: PhoneNumber,
        /// TP-PID.
        pid: ProtocolId,
        /// Text or octets.
        user_data: UserData,
    },
    /// What became of a message of the ESME.
    Receipt(Box<Receipt>),
    /// A device is there again. It is not answered for.
    Alert(Alert),
}

/// Whether more will follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ReceiptKind {
    /// The outcome.
    Final,
    /// A delivery attempt failed and there will be more.
    Intermediate,
}

/// What became of a message of an ESME.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// The outcome or not yet.
    pub kind: ReceiptKind,
    /// The message.
    pub message: MessageId,
    /// Its sender, as the ESME gave it or as the operator has put it.
    pub from: Address,
    /// Its recipient.
    pub to: PhoneNumber,
    /// How it is; of several parts the first that failed decides.
    pub state: SmsState,
    /// When it was accepted, in the service centre's time.
    pub submitted: Timestamp,
    /// When it reached its state, in the service centre's time.
    pub done: Timestamp,
    /// Its parts.
    pub parts: usize,
    /// Those that were delivered.
    pub delivered: usize,
    /// The beginning of its text, empty for binary data.
    pub text: String,
    /// The ESME's own reference.
    pub user_reference: Option<u16>,
}

/// What an ESME says to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EsmeAnswer {
    /// It has it.
    Taken,
    /// It cannot take it at present.
    Later,
    /// It does not want it.
    Refused,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Queued {
    Message(MessageId),
    Receipt(Box<Receipt>),
    Alert(Alert),
}

impl Queued {
    fn message(&self) -> Option<MessageId> {
        match self {
            Self::Message(id) => Some(*id),
            Self::Receipt(receipt) => Some(receipt.message),
            Self::Alert(_) => None,
        }
    }

    /// The device that it is from or about; the service centre knows that of a message.
    fn device(&self, device_of: impl Fn(MessageId) -> Option<PhoneNumber>) -> Option<PhoneNumber> {
        match self {
            Self::Message(id) => device_of(*id),
            Self::Receipt(receipt) => Some(receipt.to.clone()),
            Self::Alert(alert) => Some(alert.device.clone()),
        }
    }
}

/// The queue of one ESME.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pub(super) all: Kept<DeliveryId, Queued>,
    waiting: BTreeSet<DeliveryId>,
    unanswered: BTreeMap<BindId, BTreeSet<DeliveryId>>,
    by_message: BTreeMap<MessageId, DeliveryId>,
    /// The device of each, whose order is kept.
    devices: BTreeMap<DeliveryId, PhoneNumber>,
    /// The ESME could take nothing: until when it is left alone.
    held_until: Instant,
    so_far: u64,
}

impl Outgoing {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    fn push(&mut self, what: Queued, device: Option<PhoneNumber>) -> DeliveryId {
        self.so_far += 1;
        let id = DeliveryId(self.so_far);
        if let Queued::Message(message) = &what {
            self.by_message.insert(*message, id);
        }
        if let Some(device) = device {
            self.devices.insert(id, device);
        }
        self.all.insert(id, what);
        self.waiting.insert(id);
        id
    }

    /// Everything that was taken up waits: the binds are gone.
    pub(super) fn restored(&mut self, device_of: impl Fn(MessageId) -> Option<PhoneNumber>) {
        self.so_far = self.all.last_key_value().map_or(0, |(id, _)| id.0);
        self.waiting = self.all.keys().copied().collect();
        let message = |(id, queued): (&DeliveryId, &Queued)| match queued {
            Queued::Message(message) => Some((*message, *id)),
            Queued::Receipt(_) | Queued::Alert(_) => None,
        };
        self.by_message = self.all.iter().filter_map(message).collect();
        let device = |(id, queued): (&DeliveryId, &Queued)| Some((*id, queued.device(&device_of)?));
        self.devices = self.all.iter().filter_map(device).collect();
    }

    /// The oldest that waits and whose device has nothing unanswered on another bind, now unanswered on this one.
    fn next(&mut self, bind: BindId, window: usize, now: Instant) -> Option<(DeliveryId, Queued)> {
        let unanswered = self.unanswered.get(&bind).map_or(0, BTreeSet::len);
        if now < self.held_until || unanswered >= window {
            return None;
        }
        let others = self.unanswered.iter().filter(|(other, _)| **other != bind);
        let busy: BTreeSet<_> =
            others.flat_map(|(_, ids)| ids).filter_map(|id| self.devices.get(id)).collect();
        let is_free = |id: &&DeliveryId| self.devices.get(id).is_none_or(|device| !busy.contains(device));
        let id = self.waiting.iter().find(is_free).copied()?;
        self.waiting.remove(&id);
        self.unanswered.entry(bind).or_default().insert(id);
        Some((id, self.all.get(&id)?.clone()))
    }

    /// What was unanswered on a bind waits again; how many these are.
    pub(super) fn take_back(&mut self, bind: BindId) -> usize {
        let unanswered = self.unanswered.remove(&bind).unwrap_or_default();
        let count = unanswered.len();
        self.waiting.extend(unanswered);
        count
    }

    fn answered(&mut self, bind: BindId, id: DeliveryId) -> bool {
        self.unanswered.get_mut(&bind).is_some_and(|unanswered| unanswered.remove(&id))
    }

    fn remove(&mut self, id: DeliveryId) -> Option<Queued> {
        let queued = self.all.remove(&id)?;
        self.waiting.remove(&id);
        self.devices.remove(&id);
        if let Queued::Message(message) = &queued {
            self.by_message.remove(message);
        }
        Some(queued)
    }

    /// Forgets a message of a device; `false` where the ESME is asked about it just now.
    fn forget(&mut self, message: MessageId) -> bool {
        let Some(id) = self.by_message.get(&message).copied() else { return true };
        let waits = self.waiting.contains(&id);
        if waits {
            self.remove(id);
        }
        waits
    }
}

impl CellularCore {
    /// The next message or receipt for the ESME of a bind, until `None`; it is to be answered for with
    /// [`CellularCore::esme_answered`]. Nothing comes while as much is unanswered as the window allows.
    pub fn esme_next(&mut self, now: Instant, bind: BindId) -> Option<EsmeDelivery> {
        self.advance(now);
        loop {
            let bound = self.esmes.binds.get(&bind).filter(|bound| bound.mode.receives())?;
            let (esme, now) = (bound.esme.clone(), self.now);
            let known = self.esmes.get_mut(&esme)?;
            let window = known.agreed.window;
            let (id, queued) = known.outgoing.next(bind, window, now)?;
            let is_answered_for = !matches!(queued, Queued::Alert(_));
            let content = self.content_of(queued);
            if content.is_none() || !is_answered_for {
                self.esmes.get_mut(&esme)?.outgoing.answered(bind, id);
                self.take_from_queue(&esme, id);
            }
            if let Some(content) = content {
                return Some(EsmeDelivery { id, content });
            }
        }
    }

    fn content_of(&self, queued: Queued) -> Option<EsmeContent> {
        Some(match queued {
            Queued::Receipt(receipt) => EsmeContent::Receipt(receipt),
            Queued::Alert(alert) => EsmeContent::Alert(alert),
            Queued::Message(id) => {
                let ReceivedSms { from, to, pid, user_data, .. } = self.sms_for_application(id)?;
                EsmeContent::Message { from, to, pid, user_data }
            }
        })
    }

    /// The ESME has answered for a delivery; an answer that belongs to none is `false`.
    pub fn esme_answered(&mut self, now: Instant, bind: BindId, id: DeliveryId, answer: EsmeAnswer) -> bool {
        self.advance(now);
        let Some(esme) = self.esmes.binds.get(&bind).map(|bound| bound.esme.clone()) else { return false };
        let until = self.now + RETRY;
        let Some(known) = self.esmes.get_mut(&esme) else { return false };
        if !known.outgoing.answered(bind, id) {
            return false;
        }
        let system_id = known.agreed.system_id.clone();
        let queued = match answer {
            EsmeAnswer::Taken | EsmeAnswer::Refused => self.take_from_queue(&esme, id),
            EsmeAnswer::Later => {
                known.outgoing.waiting.insert(id);
                known.outgoing.held_until = until;
                known.outgoing.all.get(&id).cloned()
            }
        };
        let Some(queued) = queued else { return true };
        let Some(message) = queued.message() else { return true };
        let receipt = matches!(queued, Queued::Receipt(_));
        self.note(match answer {
            EsmeAnswer::Taken => EsmeNote::Taken { system_id, id: message, receipt },
            EsmeAnswer::Later => EsmeNote::Deferred { system_id, id: message, receipt, next: RETRY },
            EsmeAnswer::Refused => EsmeNote::NotTaken { system_id, id: message, receipt },
        });
        match (answer, receipt) {
            (EsmeAnswer::Taken, false) => self.sms_reached_application(message),
            (EsmeAnswer::Refused, false) => {
                self.sms_refused_by_application(message, RpCause::TRANSFER_REJECTED)
            }
            (EsmeAnswer::Later, false) => self.expire_for_application(message),
            (_, true) => {}
        }
        true
    }

    /// A message of a device waits for its ESME from now on.
    pub(in crate::cellular) fn enqueue_for_esme(&mut self, esme: &EsmeName, id: MessageId) {
        let device = self.smsc.device_for_esme(id);
        if let Some(known) = self.esmes.get_mut(esme) {
            known.outgoing.push(Queued::Message(id), device);
        }
    }

    pub(super) fn enqueue_receipt(&mut self, esme: &EsmeName, receipt: Receipt) {
        let system_id = esme.to_string();
        let note = EsmeNote::Receipt { system_id, id: receipt.message, state: receipt.state };
        self.enqueue_with_validity(esme, Queued::Receipt(Box::new(receipt)));
        self.note(note);
    }

    /// Something that is no message waits from now on, and not for ever.
    pub(super) fn enqueue_with_validity(&mut self, esme: &EsmeName, what: Queued) {
        let Some(known) = self.esmes.get_mut(esme) else { return };
        let device = what.device(|_| None);
        let id = known.outgoing.push(what, device);
        let expires = self.now + self.config.policy.sms_validity;
        self.agenda.start(expires, Timer::EsmeDelivery(esme.clone(), id));
    }

    fn take_from_queue(&mut self, esme: &EsmeName, id: DeliveryId) -> Option<Queued> {
        let queued = self.esmes.get_mut(esme)?.outgoing.remove(id)?;
        if !matches!(queued, Queued::Message(_)) {
            self.agenda.stop(&Timer::EsmeDelivery(esme.clone(), id));
        }
        Some(queued)
    }

    /// A receipt or an alert has waited long enough. One that the ESME is asked about just now is left to its answer.
    pub(in crate::cellular) fn esme_delivery_expired(&mut self, esme: &EsmeName, id: DeliveryId) {
        let Some(known) = self.esmes.get(esme) else { return };
        if known.outgoing.waiting.contains(&id) {
            let Some(queued) = self.take_from_queue(esme, id) else { return };
            self.note(EsmeNote::Expired { system_id: esme.to_string(), receipt_for: queued.message() });
        } else if known.outgoing.all.contains_key(&id) {
            self.agenda.start(self.now + RETRY, Timer::EsmeDelivery(esme.clone(), id));
        }
    }

    /// Takes a message of a device from the queue of its ESME; `false` where the ESME is asked about it just now.
    pub(in crate::cellular) fn forget_for_esme(&mut self, esme: &EsmeName, id: MessageId) -> bool {
        self.esmes.get_mut(esme).is_none_or(|known| known.outgoing.forget(id))
    }
}
