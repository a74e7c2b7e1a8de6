//! What the core has to do later: messages on their way out and timers that run.
//!
//! Entries fall due in the order of their time, and in the order in which they were made where times are equal.

use super::alarms::AlarmId;
use super::calls::{CallId, Leg};
use super::esme::{DeliveryId, EsmeName};
use super::smsc::MessageId;
use crate::state::{Change, Kept, Part, Record, StateError, key_of};
use std::collections::BTreeMap;
use wire::air::cellular::UeId;
use wire::id::Imsi;
use wire::nas::{NasDown, TransactionId};
use wire::time::{Instant, Wakeup};

/// A timer of the core.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(super) enum Timer {
    /// A registered mobile has not been heard (TS 24.301 5.3.5).
    MobileReachable(UeId),
    /// A challenge was not answered (TS 24.301 5.4.2.7; T3260 and T3360 of TS 24.008 4.3.2.4 and 4.7.7.3).
    T3460(UeId),
    /// Nothing passed over a connection for a while: it is released.
    Inactivity(UeId),
    /// A paging occasion of a mobile.
    Page(UeId),
    /// A page that leaves late on purpose.
    LatePage(UeId),
    /// Paging not answered.
    T3413(UeId),
    /// A question for an identity was not answered (TS 24.301 5.4.4).
    T3470(UeId),
    /// A mobile that was detached for not being heard is forgotten (TS 29.272 5.2.1.3).
    Purge(UeId),
    /// The called device has not answered SETUP (TS 24.008 11.3).
    T303(CallId),
    /// The called party rings and nobody answers.
    T301(CallId),
    /// DISCONNECT was sent and not answered with a release.
    T305(Leg),
    /// RELEASE was sent and not answered.
    T308(Leg),
    /// The called device confirmed the call and neither rings nor answers.
    T310(CallId),
    /// CONNECT was sent and not acknowledged.
    T313(Leg),
    /// The party outside the network begins to ring, or refuses.
    ExternalReacts(CallId),
    /// The party outside the network answers.
    ExternalAnswers(CallId),
    /// The called party has rung as long as it may before its calls are forwarded.
    NoReply(CallId),
    /// A USSD menu has no reply.
    Ussd(UeId, TransactionId),
    /// A delivery attempt to a subscriber.
    SmsAttempt(Imsi),
    /// CP-DATA to a subscriber was not acknowledged (TS 24.011 5.3.2.1).
    SmsTc1n(Imsi),
    /// No RP-ACK from a subscriber (TS 24.011 6.3.1).
    SmsTr1n(Imsi),
    /// The CP-DATA that answers a device's message was not acknowledged.
    SmsReplyTc1n(UeId, u8),
    /// A message goes on to the application outside.
    SmsForward(MessageId),
    /// The first attempt at a message was put off until now.
    SmsScheduled(MessageId),
    /// The validity period of a message ends.
    SmsValidity(MessageId),
    /// A receipt or an alert has waited for its ESME as long as it may.
    EsmeDelivery(EsmeName, DeliveryId),
    /// The time of a card in its state ends.
    SimState(Imsi),
    /// The period of an alarm ends.
    AlarmPeriod(AlarmId),
    /// The action of an alarm that was raised is due.
    AlarmAction(AlarmId, Imsi),
    /// The modification of a bearer was not answered (TS 24.301 10.3; T3386 of TS 24.008 11.2.3).
    T3486(UeId, u8),
    /// A connection with an IPv6 address waits for its prefix.
    Advertise(UeId, u8),
}

impl Timer {
    /// Whether the timer outlives a restart: what it watches over does.
    const fn is_kept(&self) -> bool {
        match self {
            Self::MobileReachable(_)
            | Self::Inactivity(_)
            | Self::Page(_)
            | Self::LatePage(_)
            | Self::T3413(_)
            | Self::Purge(_)
            | Self::SmsAttempt(_)
            | Self::SmsTc1n(_)
            | Self::SmsTr1n(_)
            | Self::SmsReplyTc1n(..)
            | Self::SmsForward(_)
            | Self::SmsScheduled(_)
            | Self::SmsValidity(_)
            | Self::EsmeDelivery(..)
            | Self::SimState(_)
            | Self::AlarmPeriod(_)
            | Self::AlarmAction(..)
            | Self::Advertise(..) => true,
            Self::T3460(_)
            | Self::T3470(_)
            | Self::T3486(..)
            | Self::T303(_)
            | Self::T301(_)
            | Self::T305(_)
            | Self::T308(_)
            | Self::T310(_)
            | Self::T313(_)
            | Self::ExternalReacts(_)
            | Self::ExternalAnswers(_)
            | Self::NoReply(_)
            | Self::Ussd(..) => false,
        }
    }

    const fn why(&self) -> &'static str {
        match self {
            Self::MobileReachable(_) => "mobile reachable timer: implicit detach",
            Self::T3460(_) => "T3460, T3260 or T3360: AUTHENTICATION REQUEST not answered",
            Self::Inactivity(_) => "inactivity: release of the connection",
            Self::Page(_) => "paging occasion",
            Self::LatePage(_) => "page on purpose late",
            Self::T3470(_) => "T3470: IDENTITY REQUEST not answered",
            Self::Purge(_) => "purge of a mobile that is not heard",
            Self::T3413(_) => "T3413: paging not answered",
            Self::T303(_) => "T303: SETUP not answered",
            Self::T301(_) => "T301: called party does not answer",
            Self::T305(_) => "T305: DISCONNECT not answered",
            Self::T308(_) => "T308: RELEASE not answered",
            Self::T310(_) => "T310: confirmed call makes no progress",
            Self::T313(_) => "T313: CONNECT not acknowledged",
            Self::ExternalReacts(_) => "external party reacts to a call",
            Self::ExternalAnswers(_) => "external party answers a call",
            Self::NoReply(_) => "no reply: call forwarding",
            Self::Ussd(..) => "USSD menu without a reply",
            Self::SmsAttempt(_) => "short message delivery attempt",
            Self::SmsTc1n(_) | Self::SmsReplyTc1n(..) => "TC1N: CP-DATA not acknowledged",
            Self::SmsTr1n(_) => "TR1N: no RP-ACK",
            Self::SmsForward(_) => "short message to an application",
            Self::SmsScheduled(_) => "scheduled short message",
            Self::SmsValidity(_) => "short message validity ends",
            Self::EsmeDelivery(..) => "a receipt for an application expires",
            Self::SimState(_) => "end of a card's time in its state",
            Self::AlarmPeriod(_) => "end of an alarm's period",
            Self::AlarmAction(..) => "action of an alarm",
            Self::T3486(..) => "T3486 or T3386: modification of a bearer not answered",
            Self::Advertise(..) => "router advertisement",
        }
    }
}

/// Something that falls due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A message leaves the core after its processing time.
    Send(UeId, NasDown),
    /// A timer expires.
    Expired(Timer),
}

/// Everything that falls due, soonest first.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<(Instant, u64), Due>,
    /// Where each running timer stands.
    running: Kept<Timer, (Instant, u64)>,
    made: u64,
}

impl Agenda {
    /// Lets a message leave at `at`.
    pub(super) fn send(&mut self, at: Instant, to: UeId, message: NasDown) {
        self.made += 1;
        self.entries.insert((at, self.made), Due::Send(to, message));
    }

    /// Starts a timer, or starts it again if it runs.
    pub(super) fn start(&mut self, at: Instant, timer: Timer) {
        self.stop(&timer);
        self.made += 1;
        self.running.insert(timer.clone(), (at, self.made));
        self.entries.insert((at, self.made), Due::Expired(timer));
    }

    pub(super) fn stop(&mut self, timer: &Timer) {
        if let Some(place) = self.running.remove(timer) {
            self.entries.remove(&place);
        }
    }

    /// Messages that have not left yet are lost.
    pub(super) fn lose_messages(&mut self) {
        self.entries.retain(|_, due| !matches!(due, Due::Send(..)));
    }

    pub(super) fn runs(&self, timer: &Timer) -> bool {
        self.running.contains_key(timer)
    }

    /// Takes the next entry that is due at `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Due> {
        let entry = self.entries.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let due = entry.remove();
        if let Due::Expired(timer) = &due {
            self.running.remove(timer);
        }
        Some(due)
    }

    /// Whether messages are on their way.
    #[cfg(test)]
    pub(super) fn sends(&self) -> bool {
        self.entries.values().any(|due| matches!(due, Due::Send(..)))
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        self.entries.first_key_value().map(|((at, _), due)| match due {
            Due::Send(..) => Wakeup::new(*at, "NAS message to a mobile"),
            Due::Expired(timer) => Wakeup::new(*at, timer.why()),
        })
    }
}

/// Timers are kept; messages on their way are lost with the restart.
impl Part for Agenda {
    fn keep(&mut self) {
        self.running.keep();
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        self.running.drop_changes(|timer| !timer.is_kept());
        self.running.take_changes(kind, changes)
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let Record { kind, key, .. } = record;
        let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
        let timer: Timer = key_of(key).map_err(unreadable)?;
        // The configuration may have started it too.
        let configured = self.running.get(&timer).copied();
        self.running.restore(record)?;
        if let Some(place) = configured {
            self.entries.remove(&place);
        }
        if let Some(place) = self.running.get(&timer).copied() {
            self.made = self.made.max(place.1);
            if let Some(Due::Expired(other)) = self.entries.remove(&place) {
                self.start(place.0, other);
            }
            self.entries.insert(place, Due::Expired(timer));
        }
        Ok(())
    }
}
