//! Numbers in the modem's own memory: the book `ME`, and what was dialled last. They outlive the power.

use crate::sim::{PhoneBookEntry, PhoneBookError};
use std::collections::VecDeque;

/// The modem's own numbers.
#[derive(Clone, Debug, Default)]
pub(in crate::modem) struct NumberShelf {
    book: Vec<Option<PhoneBookEntry>>,
    dialled: VecDeque<String>,
}

impl NumberShelf {
    /// How many entries the book has.
    pub(super) const PLACES: u16 = 50;
    /// How many dialled numbers are kept.
    pub(super) const DIALLED: u16 = 10;

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

    /// The newest first; a number that is dialled again moves to the front.
    pub(super) fn push_dialled(&mut self, number: &str) {
        self.dialled.retain(|known| known != number);
        self.dialled.push_front(number.to_owned());
        self.dialled.truncate(usize::from(Self::DIALLED));
    }

    pub(super) fn dialled(&self) -> Vec<String> {
        self.dialled.iter().cloned().collect()
    }
}
