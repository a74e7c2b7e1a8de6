//! Delivery to a device: when to try, what a refusal means, and when to try again.
//!
//! Retry schedule: one minute after the first failure, then 5, 15, 30, 60 and 120 minutes, then every four hours until
//! the validity period ends. A device that is heard is tried at once. A barred recipient is not tried: the home
//! network answers the routing question with a barring, and the message is refused for good.

use super::{Content, Hold, ON_CONTACT, ReportTo, SmsState};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::calls::Direction;
use crate::cellular::connection::Reach;
use crate::cellular::note::{Reason, SmsNote};
use crate::cellular::rights::BearerKind;
use wire::air::cellular::{CellId, UeId};
use wire::cause::RpCause;
use wire::id::Imsi;
use wire::sms::{Deliver, Tpdu};
use wire::time::Duration;

const MINUTE: u64 = 60;
/// The pauses between attempts; the last one repeats.
const RETRY: [Duration; 7] = [
    Duration::from_secs(MINUTE),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(15 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(60 * MINUTE),
    Duration::from_secs(120 * MINUTE),
    Duration::from_secs(240 * MINUTE),
];
/// Between the end of an attempt and the next message of the queue.
const NEXT_MESSAGE: Duration = Duration::from_millis(100);

/// The pause after the `attempts`-th failure, counted from one.
fn pause_after(attempts: u32) -> Duration {
    let step = (attempts.saturating_sub(1) as usize).min(RETRY.len() - 1);
    RETRY.get(step).copied().unwrap_or(ON_CONTACT)
}

/// Whether a refusal by the device may pass (TS 23.040 annex E: temporary).
const fn is_temporary(cause: RpCause) -> bool {
    matches!(
        cause,
        RpCause::NETWORK_OUT_OF_ORDER
            | RpCause::TEMPORARY_FAILURE
            | RpCause::CONGESTION
            | RpCause::RESOURCES_UNAVAILABLE
    )
}

impl CellularCore {
    /// The device was heard: what waits for contact is tried soon.
    pub(in crate::cellular) fn sms_contact(&mut self, imsi: &Imsi) {
        self.sms_contact_after(imsi, ON_CONTACT);
    }

    pub(in crate::cellular) fn sms_contact_after(&mut self, imsi: &Imsi, delay: Duration) {
        self.alert_esmes(imsi);
        let Some(queue) = self.smsc.queues.get_mut(imsi).filter(|queue| queue.hold == Hold::Contact) else {
            return;
        };
        queue.hold = Hold::None;
        self.agenda.start(self.now + delay, Timer::SmsAttempt(imsi.clone()));
    }

    /// Tries the oldest message of a subscriber.
    pub(in crate::cellular) fn sms_attempt(&mut self, imsi: &Imsi) {
        let Some(queue) = self.smsc.queues.get_mut(imsi) else { return };
        if queue.attempt.is_some() || queue.hold == Hold::Memory {
            return;
        }
        queue.hold = Hold::None;
        let more = queue.waiting.len() > 1;
        let Some(id) = queue.waiting.front().copied() else { return };
        let recipient = self.ue_of(imsi).and_then(|ue| Some((ue, self.served(ue)?.1)));
        if let Some((cause, reason)) = self.may_not_receive(imsi, recipient) {
            let sender = self.smsc.messages.get(&id).map(|stored| match &stored.content {
                Content::Message { from, .. } => from.to_string(),
                Content::Report(report) => report.recipient.to_string(),
            });
            let direction = Direction::Mt;
            self.note(SmsNote::Refused { imsi: imsi.clone(), direction, peer: sender, cause, reason });
            self.finish(id, SmsState::Undeliverable { cause });
            return self.agenda.start(self.now + NEXT_MESSAGE, Timer::SmsAttempt(imsi.clone()));
        }
        // An idle device is paged first; its answer is the contact that brings the attempt.
        if recipient.is_some_and(|(ue, _)| self.reach(ue) == Reach::Idle) {
            if let Some(queue) = self.smsc.queues.get_mut(imsi) {
                queue.hold = Hold::Contact;
            }
            if let Some((ue, _)) = recipient {
                self.page(ue);
            }
            return;
        }
        if let Some(stored) = self.smsc.messages.get_mut(&id) {
            stored.attempts += 1;
        }
        let recipient = recipient.filter(|(ue, _)| self.reach(*ue) == Reach::Connected);
        match (recipient, self.tpdu_of(id, more)) {
            (Some((ue, _)), Some(tpdu)) => self.sms_transmit(imsi, ue, id, &tpdu),
            (None, _) | (_, None) => self.sms_defer(imsi),
        }
    }

    /// Why the home network does not route a message to a subscriber.
    fn may_not_receive(&self, imsi: &Imsi, recipient: Option<(UeId, CellId)>) -> Option<(RpCause, Reason)> {
        let Some(subscriber) = self.subscribers.get(imsi) else {
            return Some((RpCause::UNKNOWN_SUBSCRIBER, Reason::UnknownImsi));
        };
        if !subscriber.state.may_use_network() {
            return Some((RpCause::OPERATOR_DETERMINED_BARRING, Reason::SimState(subscriber.state)));
        }
        // Where the subscriber is away, it counts as where it was last seen.
        let last = self.last_seen.get(imsi).map(|(cell, _)| *cell);
        let cell = recipient.map(|(_, cell)| cell).or(last)?;
        let reason = self.barred(imsi, cell.plmn, BearerKind::Sms)?;
        Some((RpCause::OPERATOR_DETERMINED_BARRING, reason))
    }

    fn tpdu_of(&self, id: super::MessageId, more_messages: bool) -> Option<Tpdu> {
        let stored = self.smsc.messages.get(&id)?;
        Some(match stored.content.clone() {
            Content::Message { from, pid, user_data } => {
                let deliver = Deliver::new(from, self.stamp(stored.accepted), user_data);
                Tpdu::from(Deliver { pid, more_messages, ..deliver })
            }
            Content::Report(mut report) => {
                report.more_messages = more_messages;
                Tpdu::from(report)
            }
        })
    }

    /// The device took the message.
    pub(super) fn sms_taken(&mut self, imsi: &Imsi) {
        if let Some(attempt) = self.end_attempt(imsi) {
            self.finish(attempt, SmsState::Delivered { at: self.now });
            self.agenda.start(self.now + NEXT_MESSAGE, Timer::SmsAttempt(imsi.clone()));
        }
    }

    /// The device refused the message.
    pub(super) fn sms_refused_by_device(&mut self, imsi: &Imsi, cause: RpCause) {
        let Some(id) = self.end_attempt(imsi) else { return };
        if cause == RpCause::MEMORY_CAPACITY_EXCEEDED {
            self.note(SmsNote::MemoryFull { imsi: imsi.clone(), id });
            if let Some(queue) = self.smsc.queues.get_mut(imsi) {
                queue.hold = Hold::Memory;
            }
            self.expire_if_due(id);
        } else if is_temporary(cause) {
            self.sms_defer(imsi);
        } else {
            self.finish(id, SmsState::Undeliverable { cause });
            self.agenda.start(self.now + NEXT_MESSAGE, Timer::SmsAttempt(imsi.clone()));
        }
    }

    /// Nothing came back from the device, or it cannot be reached.
    pub(in crate::cellular) fn sms_unanswered(&mut self, imsi: &Imsi) {
        if self.end_attempt(imsi).is_some() {
            self.sms_defer(imsi);
        }
    }

    /// The device did not answer paging: absent subscriber.
    pub(in crate::cellular) fn sms_paging_failed(&mut self, imsi: &Imsi) {
        let waits = |queue: &super::Queue| queue.attempt.is_none() && !queue.waiting.is_empty();
        if !self.smsc.queues.get(imsi).is_some_and(waits) {
            return;
        }
        let first = self.smsc.queues.get(imsi).and_then(|queue| queue.waiting.front().copied());
        if let Some(stored) = first.and_then(|id| self.smsc.messages.get_mut(&id)) {
            stored.attempts += 1;
        }
        self.sms_defer(imsi);
    }

    /// The device is gone: an attempt that ran has failed.
    pub(in crate::cellular) fn sms_lost(&mut self, imsi: &Imsi) {
        self.sms_unanswered(imsi);
    }

    /// RP-SMMA: what waited for memory goes on.
    pub(super) fn sms_memory_available(&mut self, imsi: &Imsi) {
        self.note(SmsNote::MemoryAvailable { imsi: imsi.clone() });
        let Some(queue) = self.smsc.queues.get_mut(imsi).filter(|queue| queue.hold == Hold::Memory) else {
            return;
        };
        queue.hold = Hold::None;
        self.agenda.start(self.now + ON_CONTACT, Timer::SmsAttempt(imsi.clone()));
    }

    /// The oldest message waits for contact or for the next step of the schedule.
    fn sms_defer(&mut self, imsi: &Imsi) {
        let Some(queue) = self.smsc.queues.get_mut(imsi) else { return };
        queue.hold = Hold::Contact;
        let Some(id) = queue.waiting.front().copied() else { return };
        let attempts = self.smsc.messages.get(&id).map_or(0, |stored| stored.attempts);
        if self.expire_if_due(id) {
            return self.agenda.start(self.now + NEXT_MESSAGE, Timer::SmsAttempt(imsi.clone()));
        }
        let next = pause_after(attempts);
        self.note(SmsNote::Deferred { id, imsi: imsi.clone(), attempts, next });
        if let Some(ReportTo::Esme(message)) =
            self.smsc.messages.get(&id).and_then(|stored| stored.report_to.as_ref())
        {
            self.esme_part_deferred(*message, imsi);
        }
        self.agenda.start(self.now + next, Timer::SmsAttempt(imsi.clone()));
    }

    /// A message whose validity ended while it was tried expires after the attempt.
    fn expire_if_due(&mut self, id: super::MessageId) -> bool {
        let due = self.smsc.messages.get(&id).is_some_and(|stored| stored.expires <= self.now);
        if due {
            self.finish(id, SmsState::Expired { at: self.now });
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_then_stay() {
        let minutes: Vec<u64> = (1..=9).map(|attempts| pause_after(attempts).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 5, 15, 30, 60, 120, 240, 240, 240]);
        assert_eq!(pause_after(0), pause_after(1));
    }
}
