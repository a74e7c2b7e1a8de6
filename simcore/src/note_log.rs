//! The latest notes of a core that is kept, so that whoever comes back after a restart can read what went before.
//!
//! A note is kept as it is read: its time, its kind, whom it is about, its sentence. There are [`PLACES`] of them, numbered
//! from the first start on; each takes the place of one that is so much older, so that a note costs one record and the store
//! does not grow. A core that keeps nothing logs nothing. Not here: the notes of this life, which come out of the cores.

use crate::note::Note;
use crate::state::{Change, Kept, Part as _, Record, StateError, restore, take_changes};
use wire::time::Instant;

const KIND: &str = "note";
/// How many notes are kept.
const PLACES: u64 = 1000;

/// A note of an earlier life.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PastNote {
    number: u64,
    /// When, in lab time, which goes on over a restart.
    pub at: Instant,
    /// The kind of note.
    pub code: String,
    /// Whom it is about.
    pub subject: String,
    /// The sentence.
    pub text: String,
}

/// The log.
#[derive(Debug, Default)]
pub struct NoteLog {
    places: Kept<u64, PastNote>,
    last: u64,
    /// What an earlier life left behind, oldest first.
    past: Vec<PastNote>,
}

impl NoteLog {
    /// The notes of earlier lives that are still there, oldest first.
    #[must_use]
    pub fn past(&self) -> &[PastNote] {
        &self.past
    }

    /// Writes a note down, where the core is kept.
    pub fn push(&mut self, at: Instant, note: &Note) {
        if !self.places.is_kept() {
            return;
        }
        self.last += 1;
        let (code, subject, text) = (note.code().to_owned(), note.subject(), note.to_string());
        let note = PastNote { number: self.last, at, code, subject, text };
        self.places.insert(self.last % PLACES, note);
    }

    pub(crate) fn keep_state(&mut self) {
        self.places.keep();
    }

    pub(crate) fn take_changes(&mut self) -> Result<Vec<Change>, StateError> {
        take_changes(vec![(KIND, &mut self.places)])
    }

    pub(crate) fn restore(&mut self, record: &Record) -> Result<bool, StateError> {
        restore(vec![(KIND, &mut self.places)], record)
    }

    /// Every record has been taken up.
    pub(crate) fn restored(&mut self) {
        self.past = self.places.values().cloned().collect();
        self.past.sort_by_key(|note| note.number);
        self.last = self.past.last().map_or(0, |note| note.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cellular::{CellularNote, ControlNote};
    use std::collections::BTreeMap;

    fn note(registrations: usize) -> Note {
        Note::Cellular(CellularNote::Control(ControlNote::Restarted { registrations }))
    }

    fn texts(log: &NoteLog) -> Vec<String> {
        log.past().iter().map(|note| note.text.clone()).collect()
    }

    /// Another life with what this one has left in the store.
    fn next_life(log: &mut NoteLog, store: &mut BTreeMap<String, String>) -> NoteLog {
        for Change { key, value, .. } in log.take_changes().unwrap() {
            store.insert(key, value.unwrap());
        }
        let mut next = NoteLog::default();
        next.keep_state();
        for (key, value) in store.iter() {
            let record = Record { kind: KIND.to_owned(), key: key.clone(), value: value.clone() };
            assert!(next.restore(&record).unwrap());
        }
        next.restored();
        next
    }

    #[test]
    fn the_latest_notes_of_all_lives_are_there_in_their_order() {
        let (mut log, mut store) = (NoteLog::default(), BTreeMap::new());
        log.push(Instant::ZERO, &note(0));
        log.keep_state();
        let mut told = Vec::new();
        for life in 1..=4_usize {
            for count in 0..400 {
                let note = note(life * 1000 + count);
                told.push(note.to_string());
                log.push(Instant::from_micros(1), &note);
            }
            log = next_life(&mut log, &mut store);
            let kept = told.len().min(1000);
            assert_eq!(texts(&log), told[told.len() - kept..], "life {life}");
        }
        assert_eq!(store.len(), 1000, "the store does not grow");
        assert_eq!(log.past()[0].code, note(0).code());
    }
}
