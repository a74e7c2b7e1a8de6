//! Numbers in the modem's own memory: the book `ME`, and who was called or has called last. They outlive the power.

use crate::sim::{PhoneBookEntry, PhoneBookError};
use std::collections::{BTreeMap, VecDeque};

/// A list of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CallList {
    Dialled,
    Missed,
    Received,
}

/// The modem's own numbers.
#[derive(Clone, Debug, Default)]
pub(in crate::modem) struct NumberShelf {
    book: Vec<Option<PhoneBookEntry>>,
    /// The newest first.
    calls: BTreeMap<CallList, VecDeque<String>>,
}

impl NumberShelf {
    /// How many entries the book has.
    pub(super) const PLACES: u16 = 50;
    /// How many numbers a list of calls keeps.
    pub(super) const CALLS: u16 = 10;

    pub(super) fn entries(&self) -> Vec<(u16, PhoneBookEntry)> {
        (1..).zip(&self.book).filter_map(|(index, entry)| Some((index, entry.clone()?))).collect()
    }

    /// At a place, or at the first free one. What an entry may be is what the card's records hold.
    pub(super) fn write(&mut self, index: Option<u16>, entry: &PhoneBookEntry) -> Result<(), PhoneBookError> {
        entry.check()?;
        self.book.resize(usize::from(Self::PLACES), None);
        let place = match index {
            Some(index) => self.book.get_mut(usize::from(index).saturating_sub(1)),
            None => self.book.iter_mut().find(|place| place.is_none()),
        };
        *place.ok_or(PhoneBookError::Full)? = Some(entry.clone());
        Ok(())
    }

    pub(super) fn delete(&mut self, index: u16) {
        if let Some(place) = self.book.get_mut(usize::from(index).saturating_sub(1)) {
            *place = None;
        }
    }

    pub(super) fn push_dialled(&mut self, number: &str) {
        self.push(CallList::Dialled, number);
    }

    /// A call from outside is over.
    pub(in crate::modem) fn push_incoming(&mut self, number: &str, answered: bool) {
        self.push(if answered { CallList::Received } else { CallList::Missed }, number);
    }

    /// A number that is there already moves to the front.
    fn push(&mut self, list: CallList, number: &str) {
        let numbers = self.calls.entry(list).or_default();
        numbers.retain(|known| known != number);
        numbers.push_front(number.to_owned());
        numbers.truncate(usize::from(Self::CALLS));
    }

    pub(super) fn calls(&self, list: CallList) -> Vec<String> {
        self.calls.get(&list).into_iter().flatten().cloned().collect()
    }
}
