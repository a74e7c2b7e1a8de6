//! The service centre's other side: messages for applications, and what an application may still change.

use super::{Content, Hold, MessageId, ReceivedSms, Recipient, SmsState, Smsc};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use wire::cause::RpCause;
use wire::id::PhoneNumber;
use wire::sms::{ProtocolId, UserData};
use wire::time::{Duration, Instant};

impl Smsc {
    /// The device whose message is for an ESME.
    pub(in crate::cellular) fn device_for_esme(&self, id: MessageId) -> Option<PhoneNumber> {
        match &self.messages.get(&id)?.recipient {
            Recipient::Esme { from, .. } => Some(from.clone()),
            Recipient::Application { .. } | Recipient::Subscriber(_) => None,
        }
    }
}

impl CellularCore {
    /// A message is on its way out of the service centre: an ESME is waited for, any other application has it.
    pub(in crate::cellular) fn sms_forward(&mut self, id: MessageId) {
        match self.smsc.messages.get(&id).map(|stored| &stored.recipient) {
            Some(Recipient::Esme { esme, .. }) => {
                let esme = esme.clone();
                self.enqueue_for_esme(&esme, id);
            }
            Some(Recipient::Application { .. }) => self.sms_reached_application(id),
            Some(Recipient::Subscriber(_)) | None => {}
        }
    }

    /// A message of a device that is on its way, as its application receives it.
    pub(in crate::cellular) fn sms_for_application(&self, id: MessageId) -> Option<ReceivedSms> {
        let stored = self.smsc.messages.get(&id).filter(|stored| stored.state == SmsState::Enroute)?;
        let Content::Message { pid, user_data, .. } = &stored.content else { return None };
        let (from, to) = match &stored.recipient {
            Recipient::Application { from, to } | Recipient::Esme { from, to, .. } => (from, to),
            Recipient::Subscriber(_) => return None,
        };
        let (from, to, user_data) = (from.clone(), to.clone(), user_data.clone());
        Some(ReceivedSms { id, from, to, pid: *pid, user_data, at: self.now })
    }

    /// A message has reached its application.
    pub(in crate::cellular) fn sms_reached_application(&mut self, id: MessageId) {
        let Some(received) = self.sms_for_application(id) else { return };
        let form = self.canonical(&received.to).to_string();
        self.smsc.inbox.entry(form).or_default().push(received);
        self.finish(id, SmsState::Delivered { at: self.now });
    }

    /// An application does not want a message.
    pub(in crate::cellular) fn sms_refused_by_application(&mut self, id: MessageId, cause: RpCause) {
        self.finish(id, SmsState::Undeliverable { cause });
    }

    /// A message whose validity ended while its application was asked expires.
    pub(in crate::cellular) fn expire_for_application(&mut self, id: MessageId) {
        if self.smsc.messages.get(&id).is_some_and(|stored| stored.expires <= self.now) {
            self.sms_validity_ended(id);
        }
    }

    /// The time has come to begin with a message.
    pub(in crate::cellular) fn sms_scheduled(&mut self, id: MessageId) {
        let recipient = self.smsc.messages.get(&id).map(|stored| stored.recipient.clone());
        if let Some(Recipient::Subscriber(imsi)) = recipient {
            self.queue_for_subscriber(&imsi, id);
        }
    }

    /// Whether a message for a device is on its way and not with the device just now.
    pub(in crate::cellular) fn sms_waits(&self, id: MessageId) -> bool {
        let Some(stored) = self.smsc.messages.get(&id).filter(|stored| stored.state == SmsState::Enroute)
        else {
            return false;
        };
        let Recipient::Subscriber(imsi) = &stored.recipient else { return false };
        let attempt = self.smsc.queues.get(imsi).and_then(|queue| queue.attempt.as_ref());
        attempt.is_none_or(|attempt| attempt.message != id)
    }

    /// Gives a message that waits for a device another content; `None` keeps what it had.
    pub(in crate::cellular) fn change_waiting(
        &mut self,
        id: MessageId,
        new: UserData,
        new_pid: Option<ProtocolId>,
        validity: Option<Duration>,
        not_before: Option<Instant>,
    ) {
        let (now, longest) = (self.now, self.config.policy.sms_validity_max);
        let Some(stored) = self.smsc.messages.get_mut(&id) else { return };
        let Content::Message { pid, user_data, .. } = &mut stored.content else { return };
        *user_data = new;
        *pid = new_pid.unwrap_or(*pid);
        if let Some(validity) = validity {
            stored.expires = now + validity.min(longest);
            self.agenda.start(stored.expires, Timer::SmsValidity(id));
        }
        if let (Some(at), Recipient::Subscriber(imsi)) = (not_before, &stored.recipient) {
            if let Some(queue) = self.smsc.queues.get_mut(imsi) {
                queue.waiting.retain(|waiting| *waiting != id);
            }
            self.agenda.start(at, Timer::SmsScheduled(id));
        }
    }

    /// The youngest in the queue of a subscriber from now on.
    pub(super) fn queue_for_subscriber(&mut self, imsi: &wire::id::Imsi, id: MessageId) {
        let queue = self.smsc.queues.entry(imsi.clone()).or_default();
        queue.waiting.push_back(id);
        let attempt = Timer::SmsAttempt(imsi.clone());
        if queue.hold == Hold::None && queue.attempt.is_none() && !self.agenda.runs(&attempt) {
            self.agenda.start(self.now + super::FORWARDING, attempt);
        }
    }
}
