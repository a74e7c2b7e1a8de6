//! What the cellular core keeps over a restart.
//!
//! Kept is what the network knows: subscribers and accounts as they were changed, registrations with their sessions,
//! addresses, short messages with their queues, sequence numbers, counters, calls that are over, and the timers of all
//! these. Not kept is what hangs on an exchange that a restart cuts: challenges, calls that run, USSD dialogues,
//! messages on their way, TCP connections of the servers, and answers that a test ordered. A new kind of thing is one
//! more [`Kept`](crate::state::Kept) field and one more row in [`CellularCore::parts`] or in the parts of its module.

use super::calls::{CallState, EndedBy};
use super::config::{Services, SimState, Subscriber};
use super::{CellularCore, Registration};
use crate::state::{self, Change, Durable, Parts, Record, StateError};
use serde::{Deserialize, Serialize};
use wire::cause::CcCause;
use wire::id::{Imei, Imsi};
use wire::time::Instant;

/// Kinds whose key is the IMSI of a subscriber.
const OF_SUBSCRIBERS: [&str; 10] = [
    "subscriber",
    "authentication",
    "sms-queue",
    "sms-last-submit",
    "ota-counter",
    "ota-answers",
    "ss-services",
    "quota",
    "traffic",
    "session-records",
];

/// What may have changed of a subscription since it was configured.
#[derive(Serialize, Deserialize)]
struct Subscription {
    state: SimState,
    imei_lock: Option<Imei>,
    services: Services,
}

impl Durable for Subscriber {
    fn write(&self) -> serde_json::Result<String> {
        let Self { state, imei_lock, services, .. } = self.clone();
        serde_json::to_string(&Subscription { state, imei_lock, services })
    }

    fn read(text: &str, configured: Option<Self>) -> serde_json::Result<Option<Self>> {
        let Subscription { state, imei_lock, services } = serde_json::from_str(text)?;
        Ok(configured.map(|subscriber| Self { state, imei_lock, services, ..subscriber }))
    }
}

impl CellularCore {
    /// Notes changes from now on, so that they can be taken.
    pub(crate) fn keep_state(&mut self) {
        for (_, part) in self.parts() {
            part.keep();
        }
    }

    /// What has changed since the last call.
    pub(crate) fn take_changes(&mut self) -> Result<Vec<Change>, StateError> {
        state::take_changes(self.parts())
    }

    /// Takes up a record; false when it is of no kind of this core.
    pub(crate) fn restore(&mut self, record: &Record) -> Result<bool, StateError> {
        let missing = || StateError::Missing { kind: record.kind.clone(), key: record.key.clone() };
        let is_known = match record.kind.as_str() {
            "account" => self.accounts.contains_key(&record.key),
            kind if OF_SUBSCRIBERS.contains(&kind) => match record.key.parse::<Imsi>() {
                Ok(imsi) => {
                    let known = self.subscribers.contains_key(&imsi);
                    if known && kind == "authentication" {
                        self.authentication.record(&imsi);
                    }
                    known
                }
                // What is wrong with the key is told by whoever reads it.
                Err(_) => true,
            },
            _ => true,
        };
        if !is_known {
            return Err(missing());
        }
        state::restore(self.parts(), record)
    }

    /// Every record has been taken up, and it is `now`: what follows from them is made again. A call that ran was cut.
    pub(crate) fn restored(&mut self, now: Instant) -> Result<(), StateError> {
        self.now = self.now.max(now);
        let served =
            |registration: &Registration| registration.imsi.clone().filter(|_| !registration.emergency);
        for (ue, registration) in &self.registrations {
            let Some(imsi) = served(registration) else { continue };
            if !self.subscribers.contains_key(&imsi) {
                let (kind, key) = ("registration".to_owned(), imsi.to_string());
                return Err(StateError::Missing { kind, key });
            }
            self.ue_by_imsi.insert(imsi, *ue);
        }
        self.sms_restored();
        let over = |state: &CallState| matches!(state, CallState::Ended { .. });
        let cut: Vec<_> =
            self.calls.all.iter().filter(|(_, call)| !over(&call.state)).map(|(id, _)| *id).collect();
        for id in cut {
            if let Some(call) = self.calls.all.get_mut(&id) {
                let cause = CcCause::TEMPORARY_FAILURE;
                call.state = CallState::Ended { cause, by: EndedBy::Network, refused: None };
            }
        }
        Ok(())
    }

    /// Every kind of record.
    #[cfg(test)]
    pub(super) fn kinds(&mut self) -> Vec<&'static str> {
        self.parts().into_iter().map(|(kind, _)| kind).collect()
    }

    fn parts(&mut self) -> Parts<'_> {
        let mut parts: Parts<'_> = vec![
            ("subscriber", &mut self.subscribers),
            ("account", &mut self.accounts),
            ("address", &mut self.pools),
            ("registration", &mut self.registrations),
            ("m-tmsi", &mut self.last_tmsi),
            ("known-mobile", &mut self.known),
            ("location", &mut self.last_seen),
            ("steering", &mut self.steering.subscribers),
            ("counters", &mut self.counters),
            ("authentication", &mut self.authentication.records),
            ("call", &mut self.calls.all),
            ("ss-services", &mut self.ss.services),
            ("timer", &mut self.agenda),
        ];
        parts.extend(self.smsc.parts());
        parts.extend(self.ota.parts());
        parts.extend(self.gateway.parts());
        parts
    }
}
