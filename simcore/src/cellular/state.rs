//! What the cellular core keeps over a restart.
//!
//! Kept is what the network knows: subscribers and accounts as they were changed, registrations with their sessions,
//! addresses, short messages with their queues, what ESMEs submitted and what waits for them, sequence numbers, counters,
//! communications, alarms, calls that are over, policy and steering as they were ordered, and the timers of all these. Not kept
//! is what hangs on an exchange that a restart cuts: challenges, modifications of bearers, calls that run, USSD dialogues,
//! messages on their way, bindings of the address translation, TCP connections of the servers, and faults and answers that a
//! test ordered. A new kind of thing is one
//! more [`Kept`](crate::state::Kept) field and one more row in [`CellularCore::parts`] or in the parts of its module.

use super::agenda::Timer;
use super::calls::{CallState, EndedBy};
use super::{CellularCore, Registration};
use crate::state::{self, Change, Parts, Record, StateError};
use wire::cause::CcCause;
use wire::id::Imsi;
use wire::time::Instant;

/// The kind whose records are taken up before all others, which may be of such a subscriber.
pub(crate) const SUBSCRIBER: &str = "subscriber";

/// Kinds whose key is the IMSI of a subscriber.
const OF_SUBSCRIBERS: [&str; 11] = [
    "suspended-by-operator",
    "authentication",
    "guti",
    "sms-queue",
    "sms-last-submit",
    "ota-counter",
    "ota-answers",
    "ss-services",
    "quota",
    "traffic",
    "usage",
];

/// Kinds whose key is the name of an account.
const OF_ACCOUNTS: [&str; 2] = ["account", "account-quota"];

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
            kind if OF_ACCOUNTS.contains(&kind) => self.accounts.contains_key(&record.key),
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
        let taken = state::restore(self.parts(), record)?;
        if record.kind == SUBSCRIBER
            && let Ok(imsi) = record.key.parse()
            && self.sim_state(&imsi).is_some_and(|state| state.ends().is_none())
        {
            // The configuration may have started it.
            self.agenda.stop(&Timer::SimState(imsi));
        }
        Ok(taken)
    }

    /// Every record has been taken up, and it is `now`: what follows from them is made again. A call that ran was cut.
    pub(crate) fn restored(&mut self, now: Instant) -> Result<(), StateError> {
        self.now = self.now.max(now);
        self.subscribers_restored()?;
        self.orders_restored()?;
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
        for (ue, registration) in &self.registrations {
            registration.bearers.iter().for_each(|bearer| self.addresses.insert(*ue, bearer));
        }
        self.sms_restored()?;
        self.esmes_restored()?;
        self.identities.restored();
        self.alarms_restored()?;
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

    /// Accounts and fixed addresses of those that were provisioned while an earlier core ran; the clock of a card's state is
    /// the one that was kept.
    fn subscribers_restored(&mut self) -> Result<(), StateError> {
        self.subscribers.restored(&self.config.country_code)?;
        for subscriber in self.subscribers.by_hand() {
            if !self.accounts.contains_key(&*subscriber.account) {
                let (kind, key) = (SUBSCRIBER.to_owned(), subscriber.imsi.to_string());
                return Err(StateError::Missing { kind, key });
            }
            for (apn, address) in &subscriber.static_addresses {
                if let Some(pool) = self.pools.get_mut(&apn.to_ascii_lowercase()) {
                    pool.reserve(*address);
                }
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
            (SUBSCRIBER, &mut self.subscribers),
            ("suspended-by-operator", &mut self.suspended_by_operator),
            ("account", &mut self.accounts),
            ("address", &mut self.pools),
            ("registration", &mut self.registrations),
            ("m-tmsi", &mut self.last_tmsi),
            ("known-mobile", &mut self.known),
            ("location", &mut self.last_seen),
            ("steering", &mut self.steering.subscribers),
            ("guti", &mut self.identities.last),
            ("equipment", &mut self.equipment),
            ("unheard-mobile", &mut self.unheard),
            ("counters", &mut self.counters),
            ("authentication", &mut self.authentication.records),
            ("call", &mut self.calls.all),
            ("ss-services", &mut self.ss.services),
            ("timer", &mut self.agenda),
        ];
        parts.extend(self.orders.parts());
        parts.extend(self.smsc.parts());
        parts.extend(self.ota.parts());
        parts.extend(self.gateway.parts());
        parts.extend(self.history.parts());
        parts.extend(self.alarms.parts());
        parts.extend(self.esmes.parts());
        parts
    }
}
