//! Phone books (TS 27.007 8.11 to 8.14): on the card, in the modem, and the numbers that nobody writes.

mod shelf;

use shelf::CallList;
pub(in crate::modem) use shelf::NumberShelf;

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, open};
use crate::sim::{
    PHONE_BOOK_NAME_LENGTH, PHONE_BOOK_NUMBER_LENGTH, PhoneBook, PhoneBookEntry, PhoneBookError, PinRef,
    StatusWord,
};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CPBS", Test::Own, Modem::phone_book_storage),
    open("+CPBR", Test::Own, Modem::read_phone_book),
    open("+CPBF", Test::Own, Modem::find_in_phone_book),
    open("+CPBW", Test::Own, Modem::write_phone_book),
];

/// Types of a number: unknown, national, international.
const TYPES: [u32; 3] = [129, 161, 145];

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
    /// `EN`.
    Emergency,
    /// `ME`.
    Equipment,
    /// `LD` and `DC`: what was dialled last, the newest first.
    LastDialled,
    /// `MC`: who called and was not answered.
    Missed,
    /// `RC`: who called and was answered.
    Received,
}

/// Where the entries of a choice are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Card(PhoneBook),
    Emergency,
    Equipment,
    Calls(CallList),
}

type Entries = Vec<(u16, PhoneBookEntry)>;

impl PhoneBookChoice {
    const ALL: &'static [(Self, &'static str, Place)] = &[
        (Self::Abbreviated, "SM", Place::Card(PhoneBook::Adn)),
        (Self::Fixed, "FD", Place::Card(PhoneBook::Fdn)),
        (Self::Service, "SN", Place::Card(PhoneBook::Sdn)),
        (Self::Own, "ON", Place::Card(PhoneBook::Msisdn)),
        (Self::Emergency, "EN", Place::Emergency),
        (Self::Equipment, "ME", Place::Equipment),
        (Self::LastDialled, "LD", Place::Calls(CallList::Dialled)),
        (Self::LastDialled, "DC", Place::Calls(CallList::Dialled)),
        (Self::Missed, "MC", Place::Calls(CallList::Missed)),
        (Self::Received, "RC", Place::Calls(CallList::Received)),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("SM", |row| row.1)
    }

    fn place(self) -> Place {
        Self::ALL.iter().find(|row| row.0 == self).map_or(Place::Card(PhoneBook::Adn), |row| row.2)
    }
}

impl Modem {
    pub(super) fn phone_book_storage(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                let names: Vec<String> =
                    PhoneBookChoice::ALL.iter().map(|row| format!("\"{}\"", row.1)).collect();
                self.information(&format!("+CPBS: ({})", names.join(",")));
            }
            Form::Read => {
                let name = self.local.phone_book.name();
                let (used, total) = (self.entries()?.len(), self.phone_book_places()?);
                self.information(&format!("+CPBS: \"{name}\",{used},{total}"));
            }
            Form::Set(list) => {
                let name = list.required_text(0)?;
                let row = PhoneBookChoice::ALL.iter().find(|row| row.1 == name).ok_or(CmeError::NOT_FOUND)?;
                if let Some(pin2) = list.characters(1) {
                    if row.0 != PhoneBookChoice::Fixed {
                        return Err(Refusal::Parameter);
                    }
                    let pin2 = pin2.to_owned();
                    self.present_pin(PinRef::Pin2, &pin2)?;
                }
                self.local.phone_book = row.0;
            }
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn read_phone_book(&mut self, _now: Instant, form: &Form) -> Outcome {
        let total = u32::from(self.phone_book_places()?);
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
        let within = |index: &u16| (first..=last).contains(&u32::from(*index));
        let entries = self.entries()?.into_iter().filter(|(index, _)| within(index)).collect();
        self.list_entries("+CPBR", entries)
    }

    /// The text is the beginning of a name; capitals do not matter.
    pub(super) fn find_in_phone_book(&mut self, _now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Test => {
                self.information(&format!("+CPBF: {PHONE_BOOK_NUMBER_LENGTH},{PHONE_BOOK_NAME_LENGTH}"));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Read | Form::Action => return Err(Refusal::NoSuchForm),
        };
        let wanted = self.text_of_host(list.required_text(0)?).ok_or(CmeError::INVALID_TEXT)?.to_lowercase();
        let begins = |entry: &PhoneBookEntry| entry.name.to_lowercase().starts_with(&wanted);
        let entries = self.entries()?.into_iter().filter(|(_, entry)| begins(entry)).collect();
        self.list_entries("+CPBF", entries)
    }

    fn list_entries(&mut self, command: &str, entries: Entries) -> Outcome {
        if entries.is_empty() {
            return Err(CmeError::NOT_FOUND.into());
        }
        for (index, entry) in entries {
            let kind = if entry.number.starts_with('+') { 145 } else { 129 };
            let name = self.host_text(&entry.name);
            self.information(&format!("{command}: {index},\"{}\",{kind},\"{name}\"", entry.number));
        }
        Ok(Flow::Done)
    }

    pub(super) fn write_phone_book(&mut self, _now: Instant, form: &Form) -> Outcome {
        let total = self.phone_book_places()?;
        let list = match form {
            Form::Test => {
                self.information(&format!(
                    "+CPBW: (1-{total}),{PHONE_BOOK_NUMBER_LENGTH},(129,145,161),{PHONE_BOOK_NAME_LENGTH}"
                ));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Read | Form::Action => return Err(Refusal::NoSuchForm),
        };
        match self.local.phone_book.place() {
            Place::Card(PhoneBook::Fdn) => self.require_pin2()?,
            Place::Card(PhoneBook::Adn | PhoneBook::Msisdn) | Place::Equipment => {}
            Place::Card(PhoneBook::Sdn) | Place::Emergency | Place::Calls(_) => {
                return Err(CmeError::OPERATION_NOT_ALLOWED.into());
            }
        }
        let index = list.number(0)?;
        if index.is_some_and(|index| index < 1 || index > u32::from(total)) {
            return Err(CmeError::INVALID_INDEX.into());
        }
        let index = index.and_then(|index| u16::try_from(index).ok());
        match list.text(1)? {
            None => self.delete_entry(index.ok_or(Refusal::Parameter)?)?,
            Some(number) => {
                let entry = self.new_entry(number, list)?;
                self.store_entry(index, &entry)?;
            }
        }
        Ok(Flow::Done)
    }

    fn new_entry(&self, number: &str, list: &Parameters) -> Result<PhoneBookEntry, Refusal> {
        let kind = list.number(2)?;
        if kind.is_some_and(|kind| !TYPES.contains(&kind)) {
            return Err(Refusal::Parameter);
        }
        let international = kind == Some(145) && !number.starts_with('+');
        let number = if international { format!("+{number}") } else { number.to_owned() };
        if number.trim_start_matches('+').len() > PHONE_BOOK_NUMBER_LENGTH {
            return Err(CmeError::DIAL_STRING_TOO_LONG.into());
        }
        let name = self.text_of_host(list.text(3)?.unwrap_or_default()).ok_or(CmeError::INVALID_TEXT)?;
        Ok(PhoneBookEntry { name, number })
    }

    fn store_entry(&mut self, index: Option<u16>, entry: &PhoneBookEntry) -> Result<(), Refusal> {
        let written = match self.local.phone_book.place() {
            Place::Card(book) => {
                let index = index.and_then(|index| u8::try_from(index).ok());
                self.card_or_error()?.write_phone_book(book, index, entry).map(drop)
            }
            Place::Equipment | Place::Emergency | Place::Calls(_) => {
                self.flash.numbers_kept.write(index, entry)
            }
        };
        written.map_err(|error| write_error(error).into())
    }

    fn delete_entry(&mut self, index: u16) -> Result<(), Refusal> {
        match self.local.phone_book.place() {
            Place::Card(book) => {
                let index = u8::try_from(index).map_err(|_| CmeError::INVALID_INDEX)?;
                let deleted = self.card_or_error()?.delete_phone_book(book, index);
                deleted.map_err(|_| CmeError::OPERATION_NOT_ALLOWED)?;
            }
            Place::Equipment | Place::Emergency | Place::Calls(_) => {
                self.flash.numbers_kept.delete(index);
            }
        }
        Ok(())
    }

    fn entries(&mut self) -> Result<Entries, Refusal> {
        Ok(match self.local.phone_book.place() {
            Place::Card(book) => {
                let entries = self.card_or_error()?.phone_book(book).map_err(|_| CmeError::SIM_FAILURE)?;
                entries.into_iter().map(|(index, entry)| (u16::from(index), entry)).collect()
            }
            Place::Emergency => numbered(self.mobile.emergency_numbers()),
            Place::Equipment => self.flash.numbers_kept.entries(),
            Place::Calls(list) => numbered(self.flash.numbers_kept.calls(list)),
        })
    }

    fn phone_book_places(&mut self) -> Result<u16, Refusal> {
        Ok(match self.local.phone_book.place() {
            Place::Card(book) => self.card_or_error()?.phone_book_capacity(book).into(),
            Place::Emergency => self.mobile.emergency_numbers().len() as u16,
            Place::Equipment => NumberShelf::PLACES,
            Place::Calls(_) => NumberShelf::CALLS,
        })
    }

    /// A number was dialled: it is the first of `LD`.
    pub(super) fn remember_dialled(&mut self, number: &wire::id::PhoneNumber) {
        self.flash.numbers_kept.push_dialled(number.as_str());
    }
}

fn numbered(numbers: Vec<String>) -> Entries {
    let entry = |number: String| PhoneBookEntry { name: String::new(), number };
    (1..).zip(numbers.into_iter().map(entry)).collect()
}

fn write_error(error: PhoneBookError) -> CmeError {
    match error {
        PhoneBookError::Full => CmeError::MEMORY_FULL,
        PhoneBookError::NameTooLong => CmeError::TEXT_TOO_LONG,
        PhoneBookError::InvalidNumber => CmeError::INVALID_DIAL_STRING,
        PhoneBookError::Card(StatusWord::NOT_ENOUGH_MEMORY) => CmeError::MEMORY_FAILURE,
        PhoneBookError::Card(_) => CmeError::OPERATION_NOT_ALLOWED,
    }
}
