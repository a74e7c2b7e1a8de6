//! The communications of every subscriber in the order of their ends; each is kept by itself.

use super::Communication;
use crate::state::{Change, Part, Record, StateError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wire::id::Imsi;

/// Communications that are remembered of each subscriber.
const MOST_RECORDS: usize = 1_000;

/// Communications by subscriber, oldest end first.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: BTreeMap<Imsi, VecDeque<Communication>>,
    made: u64,
    /// What came and what went, where somebody keeps them.
    touched: Option<BTreeSet<(Imsi, u64)>>,
}

impl Log {
    /// Adds a communication, which gets the next number; the oldest one of its subscriber goes where there are too many.
    pub(super) fn push(&mut self, imsi: &Imsi, mut communication: Communication) {
        self.made += 1;
        communication.number = self.made;
        let entries = self.entries.entry(imsi.clone()).or_default();
        let gone = if entries.len() >= MOST_RECORDS { entries.pop_front() } else { None };
        entries.push_back(communication);
        if let Some(touched) = &mut self.touched {
            touched.insert((imsi.clone(), self.made));
            touched.extend(gone.map(|gone| (imsi.clone(), gone.number)));
        }
    }

    pub(super) fn of(&self, imsi: &Imsi) -> impl Iterator<Item = &Communication> {
        self.entries.get(imsi).into_iter().flatten()
    }

    fn get(&self, imsi: &Imsi, number: u64) -> Option<&Communication> {
        let entries = self.entries.get(imsi)?;
        entries.get(entries.binary_search_by_key(&number, |known| known.number).ok()?)
    }
}

/// One communication is one record: `208010000000001 17`.
impl Part for Log {
    fn keep(&mut self) {
        self.touched = Some(BTreeSet::new());
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        for (imsi, number) in self.touched.as_mut().map(std::mem::take).unwrap_or_default() {
            let value = self.get(&imsi, number).map(serde_json::to_string).transpose();
            let value = value.map_err(|cause| StateError::Unwritable { kind, cause })?;
            changes.push(Change { kind, key: format!("{imsi} {number}"), value });
        }
        Ok(())
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let Record { kind, key, value } = record;
        let missing = || StateError::Missing { kind: kind.clone(), key: key.clone() };
        let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
        let communication: Communication = serde_json::from_str(value).map_err(unreadable)?;
        let imsi: Imsi = key.split(' ').next().and_then(|imsi| imsi.parse().ok()).ok_or_else(missing)?;
        self.made = self.made.max(communication.number);
        let entries = self.entries.entry(imsi).or_default();
        // The records come in the order of their text.
        let place = entries.partition_point(|known| known.number < communication.number);
        entries.insert(place, communication);
        Ok(())
    }
}
