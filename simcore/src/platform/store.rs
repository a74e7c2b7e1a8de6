//! A bounded store with a search over several criteria.

use super::message::StoredMessage;
use crate::lorawan::UplinkMessage;
use crate::state::{Change, Kept, Part as _, Record, StateError};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wire::id::Eui64;
use wire::time::{Calendar, Instant};

/// The kind of its records.
const MESSAGE: &str = "platform-message";

/// What to look for; an empty query finds everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Of this account only.
    pub account: Option<String>,
    /// Of this device only.
    pub dev_eui: Option<Eui64>,
    /// On this FPort only.
    pub port: Option<u8>,
    /// Received at this time or later.
    pub since: Option<Instant>,
    /// Received before this time.
    pub until: Option<Instant>,
}

impl Query {
    fn matches(&self, message: &StoredMessage) -> bool {
        self.account.as_ref().is_none_or(|account| *account == message.account)
            && self.dev_eui.is_none_or(|dev_eui| dev_eui == message.dev_eui)
            && self.port.is_none_or(|port| port == message.port)
            && self.since.is_none_or(|since| since <= message.received_at)
            && self.until.is_none_or(|until| message.received_at < until)
    }
}

/// Messages in the order in which they came.
#[derive(Debug)]
pub struct MessageStore {
    calendar: Calendar,
    capacity: usize,
    stored: u64,
    messages: VecDeque<StoredMessage>,
    /// The messages as they came, by number, where somebody keeps them.
    kept: Option<Kept<u64, Arrived>>,
}

/// A message as it came.
#[derive(Debug, Serialize, Deserialize)]
struct Arrived {
    at: Instant,
    message: UplinkMessage,
}

impl MessageStore {
    /// A store of at most `capacity` messages whose dates follow `calendar`.
    #[must_use]
    pub const fn new(calendar: Calendar, capacity: usize) -> Self {
        Self { calendar, capacity, stored: 0, messages: VecDeque::new(), kept: None }
    }

    /// Stores a message; the oldest one goes when the store is full.
    pub fn accept(&mut self, now: Instant, message: UplinkMessage) -> Option<&StoredMessage> {
        self.stored += 1;
        if let Some(kept) = &mut self.kept {
            kept.insert(self.stored, Arrived { at: now, message: message.clone() });
        }
        self.messages.push_back(StoredMessage::new(self.stored, now, &self.calendar, message));
        while self.messages.len() > self.capacity {
            self.messages.pop_front();
            if let Some(kept) = &mut self.kept
                && let Some(oldest) = kept.first_key_value().map(|(number, _)| *number)
            {
                kept.remove(&oldest);
            }
        }
        self.messages.back()
    }

    /// Notes changes from now on, so that they can be taken.
    pub(crate) fn keep_state(&mut self) {
        self.kept.get_or_insert_default().keep();
    }

    /// What has changed since the last call.
    pub(crate) fn take_changes(&mut self) -> Result<Vec<Change>, StateError> {
        let mut changes = Vec::new();
        if let Some(kept) = &mut self.kept {
            kept.take_changes(MESSAGE, &mut changes)?;
        }
        Ok(changes)
    }

    /// Takes up a record; false when it is of no kind of this store.
    pub(crate) fn restore(&mut self, record: &Record) -> Result<bool, StateError> {
        if record.kind != MESSAGE {
            return Ok(false);
        }
        self.kept.get_or_insert_default().restore(record).map(|()| true)
    }

    /// Every record has been taken up: the messages are found again.
    pub(crate) fn restored(&mut self) {
        for (number, Arrived { at, message }) in self.kept.iter().flatten() {
            self.stored = *number;
            self.messages.push_back(StoredMessage::new(*number, *at, &self.calendar, message.clone()));
        }
    }

    /// What the query finds, the oldest first.
    pub fn find<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = &'a StoredMessage> {
        self.messages.iter().filter(|message| query.matches(message))
    }

    /// The message with this identifier.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&StoredMessage> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// How many messages are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lorawan::Reception;
    use wire::air::lora::{Hertz, Modulation};
    use wire::lorawan::{DataRate, DevAddr};

    fn message(dev_eui: u64, f_port: u8, second: u64) -> UplinkMessage {
        UplinkMessage {
            received_at: Instant::from_micros(second * 1_000_000),
            account: if dev_eui < 10 { "acme".to_owned() } else { "other".to_owned() },
            dev_eui: Eui64::from_value(dev_eui),
            dev_addr: DevAddr::from_value(1),
            f_port,
            fcnt: second as u32,
            missing_fcnt: 0,
            payload: vec![0xde, 0xad],
            confirmed: true,
            ack: false,
            data_rate: DataRate(5),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            frequency: Hertz(868_100_000),
            receptions: vec![Reception {
                gateway: Eui64::from_value(1),
                tmst: 0,
                rssi_dbm: -105,
                snr_decibel_tenths: 65,
            }],
            location: None,
        }
    }

    #[test]
    fn a_message_carries_date_identity_and_radio() {
        let mut store = MessageStore::new(Calendar::virtual_start(), 10);
        let stored = store.accept(Instant::from_micros(2_250_000), message(0xabc, 7, 2)).unwrap();
        assert_eq!(stored.timestamp, "2026-03-14T08:00:02.000Z");
        assert_eq!(stored.created, "2026-03-14T08:00:02.250Z");
        assert_eq!(stored.stream_id, "urn:lo:nsid:lora:0000000000000ABC");
        assert_eq!(stored.id.len(), 24);
        assert_eq!((stored.rssi, stored.snr, stored.esp), (-105, 6.5, -105.88));
        assert_eq!((stored.payload.as_str(), stored.frequency), ("dead", 868.1));
        assert_eq!(stored.message_type, "CONFIRMED_DATA_UP");
        assert_eq!(stored.payload_octets(), [0xde, 0xad]);
    }

    #[test]
    fn a_search_combines_its_criteria() {
        let mut store = MessageStore::new(Calendar::virtual_start(), 10);
        for (dev_eui, port, second) in [(1, 1, 1), (1, 2, 2), (2, 1, 3), (1, 1, 4), (11, 1, 5)] {
            store.accept(Instant::from_micros(second * 1_000_000), message(dev_eui, port, second));
        }
        let at = |second: u64| Some(Instant::from_micros(second * 1_000_000));
        let one = Some(Eui64::from_value(1));
        let rows = [
            ("all", Query::default(), vec![1, 2, 3, 4, 5]),
            ("device", Query { dev_eui: one, ..Query::default() }, vec![1, 2, 4]),
            ("device, port", Query { dev_eui: one, port: Some(1), ..Query::default() }, vec![1, 4]),
            ("since", Query { since: at(3), ..Query::default() }, vec![3, 4, 5]),
            ("until", Query { until: at(3), ..Query::default() }, vec![1, 2]),
            ("account", Query { account: Some("other".to_owned()), ..Query::default() }, vec![5]),
        ];
        for (name, query, want) in rows {
            let found: Vec<u32> = store.find(&query).map(|message| message.fcnt).collect();
            assert_eq!(found, want, "{name}");
        }
    }

    #[test]
    fn the_oldest_messages_go_first_and_identifiers_grow() {
        let mut store = MessageStore::new(Calendar::virtual_start(), 2);
        for second in 1..=3 {
            store.accept(Instant::from_micros(second * 1_000_000), message(1, 1, second));
        }
        let query = Query::default();
        let found: Vec<_> = store.find(&query).map(|message| (message.fcnt, message.id.clone())).collect();
        assert_eq!((store.len(), found[0].0, found[1].0), (2, 2, 3));
        assert!(found[0].1 < found[1].1);
        assert_eq!(store.get(&found[1].1).unwrap().fcnt, 3);
    }
}
