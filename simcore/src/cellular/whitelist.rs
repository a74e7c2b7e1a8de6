//! An account's voice whitelist: at most twenty numbers that its subscribers may call and be called by.
//!
//! Spec: service description 1.4.2. No list (`None` in the account) filters nothing; an empty list lets nothing
//! through. Numbers are compared in the form of [`super::number`]. The number that a call is forwarded to is looked up as one
//! that is dialled. Not here: emergency numbers, which are decided before any list is looked at.

use super::number::{Canonical, canonical};
use wire::id::PhoneNumber;

/// The most numbers that one account may list.
pub const LIMIT: usize = 20;

/// The list is full: nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// One account's list, in the order in which the numbers were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Whitelist {
    entries: Vec<(Canonical, PhoneNumber)>,
}

impl Whitelist {
    /// A list of these numbers; a number that is written twice counts once.
    ///
    /// # Errors
    /// [`Full`] for more than [`LIMIT`] different numbers.
    pub fn of(numbers: &[PhoneNumber], country_code: &str) -> Result<Self, Full> {
        let mut list = Self::default();
        for number in numbers {
            list.add(number, country_code)?;
        }
        Ok(list)
    }

    /// Adds a number; one that is on the list already, in whatever form, changes nothing.
    ///
    /// # Errors
    /// [`Full`] when [`LIMIT`] other numbers are listed.
    pub fn add(&mut self, number: &PhoneNumber, country_code: &str) -> Result<(), Full> {
        let form = canonical(number, country_code);
        if self.entries.iter().any(|(listed, _)| *listed == form) {
            return Ok(());
        }
        if self.entries.len() >= LIMIT {
            return Err(Full);
        }
        self.entries.push((form, number.clone()));
        Ok(())
    }

    /// Takes a number off the list, in whatever form; tells whether it was there.
    pub fn remove(&mut self, number: &PhoneNumber, country_code: &str) -> bool {
        let form = canonical(number, country_code);
        let before = self.entries.len();
        self.entries.retain(|(listed, _)| *listed != form);
        self.entries.len() != before
    }

    /// Whether the number may be called and may call.
    #[must_use]
    pub fn allows(&self, number: &PhoneNumber, country_code: &str) -> bool {
        let form = canonical(number, country_code);
        self.entries.iter().any(|(listed, _)| *listed == form)
    }

    /// The numbers as they were written.
    pub fn numbers(&self) -> impl ExactSizeIterator<Item = &PhoneNumber> {
        self.entries.iter().map(|(_, number)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_of_a_listed_number_matches_every_form_that_is_dialled() {
        let line = ["+33123456789", "0033123456789", "0123456789"];
        let others = ["+33123456780", "0123456780", "123456789", "+44123456789", "3900"];
        for listed in line {
            let list = Whitelist::of(&[number(listed)], "33").unwrap();
            for dialled in line {
                assert!(list.allows(&number(dialled), "33"), "listed {listed}, dialled {dialled}");
            }
            for dialled in others {
                assert!(!list.allows(&number(dialled), "33"), "listed {listed}, dialled {dialled}");
            }
        }
    }

    #[test]
    fn a_special_number_matches_itself_only() {
        let list = Whitelist::of(&[number("3900")], "33").unwrap();
        assert!(list.allows(&number("3900"), "33"));
        assert!(!list.allows(&number("+333900"), "33"));
        assert!(!list.allows(&number("03900"), "33"));
    }

    #[test]
    fn the_twenty_first_number_is_refused_and_changes_nothing() {
        let numbers: Vec<_> = (0..20).map(|n| number(&format!("+331000000{n:02}"))).collect();
        let mut list = Whitelist::of(&numbers, "33").unwrap();
        let before = list.clone();
        assert_eq!(list.add(&number("+33999999999"), "33"), Err(Full));
        assert_eq!(list, before);
        assert_eq!(list.add(&number("0100000000"), "33"), Ok(()), "the first number in another form");
        assert_eq!(list.numbers().len(), 20);
        assert!(list.remove(&number("0033100000000"), "33"));
        assert_eq!(list.add(&number("+33999999999"), "33"), Ok(()));
    }
}
