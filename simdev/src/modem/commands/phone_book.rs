//! Phone books on the card (TS 27.007 8.11 to 8.14).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, open};
use crate::sim::{
    PHONE_BOOK_NAME_LENGTH, PHONE_BOOK_NUMBER_LENGTH, PhoneBook, PhoneBookEntry, PhoneBookError,
};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::id::PhoneNumber;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CPBS", Test::Text("(\"SM\",\"FD\",\"SN\",\"ON\")"), Modem::phone_book_storage),
    open("+CPBR", Test::Own, Modem::read_phone_book),
    open("+CPBW", Test::Own, Modem::write_phone_book),
];

/// `+CPBS`: the phone book that the other commands mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::modem) enum PhoneBookChoice {
    /// `SM`.
    #[default]
    Abbreviated,
    /// `FD`.
    Fixed,
    /// `SN`.
    Service,
    /// `ON`.
    Own,
}

impl PhoneBookChoice {
    const ALL: &'static [(Self, &'static str, PhoneBook)] = &[
        (Self::Abbreviated, "SM", PhoneBook::Adn),
        (Self::Fixed, "FD", PhoneBook::Fdn),
        (Self::Service, "SN", PhoneBook::Sdn),
        (Self::Own, "ON", PhoneBook::Msisdn),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("SM", |row| row.1)
    }

    fn book(self) -> PhoneBook {
        Self::ALL.iter().find(|row| row.0 == self).map_or(PhoneBook::Adn, |row| row.2)
    }
}

impl Modem {
    pub(super) fn phone_book_storage(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let choice = self.local.phone_book;
                let card = self.card_or_error()?;
                let used = card.phone_book(choice.book()).map_err(|_| CmeError::SIM_FAILURE)?.len();
                let total = card.phone_book_capacity(choice.book());
                self.information(&format!("+CPBS: \"{}\",{used},{total}", choice.name()));
            }
            Form::Set(list) => {
                let name = list.required_text(0)?;
                let row = PhoneBookChoice::ALL.iter().find(|row| row.1 == name).ok_or(CmeError::NOT_FOUND)?;
                self.local.phone_book = row.0;
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn read_phone_book(&mut self, _now: Instant, form: &Form) -> Outcome {
        let book = self.local.phone_book.book();
        let total = u32::from(self.card_or_error()?.phone_book_capacity(book));
        let list = match form {
            Form::Test => {
                self.information(&format!(
                    "+CPBR: (1-{total}),{PHONE_BOOK_NUMBER_LENGTH},{PHONE_BOOK_NAME_LENGTH}"
                ));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Read | Form::Action => return Err(Refusal::NoSuchForm),
        };
        let first = list.required_number(0)?;
        let last = list.number(1)?.unwrap_or(first);
        if first < 1 || last > total || first > last {
            return Err(CmeError::INVALID_INDEX.into());
        }
        let entries = self.card_or_error()?.phone_book(book).map_err(|_| CmeError::SIM_FAILURE)?;
        let within = |index: &u8| (first..=last).contains(&u32::from(*index));
        let entries: Vec<_> = entries.into_iter().filter(|(index, _)| within(index)).collect();
        if entries.is_empty() {
            return Err(CmeError::NOT_FOUND.into());
        }
        for (index, entry) in entries {
            let kind = if entry.number.starts_with('+') { 145 } else { 129 };
            let name = self.host_text(&entry.name);
            self.information(&format!("+CPBR: {index},\"{}\",{kind},\"{name}\"", entry.number));
        }
        Ok(Flow::Done)
    }

    pub(super) fn write_phone_book(&mut self, _now: Instant, form: &Form) -> Outcome {
        let book = self.local.phone_book.book();
        let total = self.card_or_error()?.phone_book_capacity(book);
        let list = match form {
            Form::Test => {
                self.information(&format!(
                    "+CPBW: (1-{total}),{PHONE_BOOK_NUMBER_LENGTH},(129,145),{PHONE_BOOK_NAME_LENGTH}"
                ));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Read | Form::Action => return Err(Refusal::NoSuchForm),
        };
        match self.local.phone_book {
            PhoneBookChoice::Abbreviated => {}
            PhoneBookChoice::Fixed => self.require_pin2()?,
            PhoneBookChoice::Service | PhoneBookChoice::Own => {
                return Err(CmeError::OPERATION_NOT_ALLOWED.into());
            }
        }
        let index = list.number(0)?;
        if index.is_some_and(|index| index < 1 || index > u32::from(total)) {
            return Err(CmeError::INVALID_INDEX.into());
        }
        let index = index.and_then(|index| u8::try_from(index).ok());
        match list.text(1)? {
            None => {
                let index = index.ok_or(Refusal::Parameter)?;
                self.card_or_error()?
                    .delete_phone_book(book, index)
                    .map_err(|_| CmeError::OPERATION_NOT_ALLOWED)?;
            }
            Some(number) => {
                let entry = self.new_entry(number, list)?;
                let written = self.card_or_error()?.write_phone_book(book, index, &entry);
                written.map_err(write_error)?;
            }
        }
        Ok(Flow::Done)
    }

    fn new_entry(&self, number: &str, list: &Parameters) -> Result<PhoneBookEntry, Refusal> {
        let international = list.number(2)? == Some(145) && !number.starts_with('+');
        let number = if international { format!("+{number}") } else { number.to_owned() };
        if number.trim_start_matches('+').len() > PHONE_BOOK_NUMBER_LENGTH {
            return Err(CmeError::DIAL_STRING_TOO_LONG.into());
        }
        let number: PhoneNumber = number.parse().map_err(|_| CmeError::INVALID_DIAL_STRING)?;
        let name = self.text_of_host(list.text(3)?.unwrap_or_default()).ok_or(CmeError::INVALID_TEXT)?;
        Ok(PhoneBookEntry::new(&number, &name))
    }
}

fn write_error(error: PhoneBookError) -> CmeError {
    match error {
        PhoneBookError::Full => CmeError::MEMORY_FULL,
        PhoneBookError::NameTooLong => CmeError::TEXT_TOO_LONG,
        PhoneBookError::InvalidNumber => CmeError::INVALID_DIAL_STRING,
        PhoneBookError::Card(_) => CmeError::OPERATION_NOT_ALLOWED,
    }
}
