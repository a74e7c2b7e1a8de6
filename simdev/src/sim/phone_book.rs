//! Telephone numbers on the card: abbreviated, fixed and service dialling numbers, and the own number.
//!
//! Spec: 3GPP TS 31.102 clauses 4.2.24, 4.2.26, 4.2.29, TS 51.011 clause 10.5.1 (coding). A record is a name of 14
//! octets, the number with its type, and two identifiers that are not used here (capability, extension).

use super::{SimCard, StatusWord, alpha};
use wire::id::PhoneNumber;
use wire::sms::{Address, TypeOfAddress, smsc_pdu};

/// Octets of a name: 14 characters of the GSM 7-bit alphabet, 6 of UCS2.
pub const PHONE_BOOK_NAME_LENGTH: usize = 14;

/// Digits of a number.
pub const PHONE_BOOK_NUMBER_LENGTH: usize = 20;

/// Octets of a record.
pub(super) const RECORD_SIZE: u8 = 28;

const EF_EST: u16 = 0x6f56;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneBook {
    /// EF_ADN: numbers that the user keeps (`SM`).
    Adn,
    /// EF_FDN: the only numbers that may be dialled while fixed dialling is on (`FD`).
    Fdn,
    /// EF_SDN: numbers of the operator's services (`SN`).
    Sdn,
    /// EF_MSISDN: the own number (`ON`).
    Msisdn,
}

impl PhoneBook {
    /// The file of the list.
    #[must_use]
    pub const fn fid(self) -> u16 {
        match self {
            Self::Adn => 0x6f3a,
            Self::Fdn => 0x6f3b,
            Self::Sdn => 0x6f49,
            Self::Msisdn => 0x6f40,
        }
    }
}

/// A name and a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneBookEntry {
    /// Name, maybe empty.
    pub name: String,
    /// Number: `+` first where it is international, then digits, `*`, `#`, `p` (pause) and `?` (any digit). Empty where
    /// the record holds a name alone, or no readable number.
    pub number: String,
}

/// Why an entry cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneBookError {
    /// No free record.
    #[error("the phone book is full")]
    Full,
    /// More than 14 octets.
    #[error("the name is too long")]
    NameTooLong,
    /// More than 20 digits, none, or a character that is no digit.
    #[error("the number is no telephone number of at most 20 digits")]
    InvalidNumber,
    /// The card refuses.
    #[error("the card answers {0}")]
    Card(#[from] StatusWord),
}

impl PhoneBookEntry {
    /// An entry for a telephone number.
    #[must_use]
    pub fn new(number: &PhoneNumber, name: &str) -> Self {
        Self { name: name.to_owned(), number: number.to_string() }
    }

    /// The number, where it is one that can be dialled as it is.
    #[must_use]
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        self.number.parse().ok()
    }

    /// Whether a record can hold the entry.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check(&self) -> Result<(), PhoneBookError> {
        encode_record(self).map(drop)
    }

    /// Whether fixed dialling lets a call to `dialled` through: it begins with the number, digit by digit.
    #[must_use]
    pub fn allows(&self, dialled: &PhoneNumber) -> bool {
        let mut dialled = dialled.as_str().chars();
        !self.number.is_empty()
            && self.number.chars().all(|allowed| {
                dialled
                    .next()
                    .is_some_and(|digit| digit == allowed || allowed == '?' && digit.is_ascii_digit())
            })
    }
}

pub(super) fn encode_record(entry: &PhoneBookEntry) -> Result<Vec<u8>, PhoneBookError> {
    let mut record = alpha::encode(&entry.name, PHONE_BOOK_NAME_LENGTH).ok_or(PhoneBookError::NameTooLong)?;
    let (kind, digits) = match entry.number.strip_prefix('+') {
        Some(digits) => (TypeOfAddress::INTERNATIONAL, digits),
        None => (TypeOfAddress::UNKNOWN, entry.number.as_str()),
    };
    // The addresses of short messages call the half octets C and D `a` and `b`.
    let legal = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'p' | '?');
    let coded: String = digits
        .chars()
        .map(|c| {
            if c == 'p' {
                'a'
            } else if c == '?' {
                'b'
            } else {
                c
            }
        })
        .collect();
    let address = Address::from_digits(kind, &coded)
        .filter(|_| !digits.is_empty() && digits.chars().all(legal))
        .ok_or(PhoneBookError::InvalidNumber)?;
    record.extend(Address::service_centre_octets(Some(&address)));
    record.resize(usize::from(RECORD_SIZE), 0xff);
    Ok(record)
}

/// `None` for an empty record.
fn decode_record(record: &[u8]) -> Option<PhoneBookEntry> {
    if record.iter().all(|octet| *octet == 0xff) {
        return None;
    }
    let (name, number) = record.split_at_checked(PHONE_BOOK_NAME_LENGTH)?;
    let address = smsc_pdu::split(number).ok().and_then(|(address, _)| address);
    let shown = address.map(|address| address.to_string()).unwrap_or_default();
    // A filler inside the digits shows as a question mark there; it is no number then.
    let number = if shown.contains('?') { String::new() } else { shown.replace('a', "p").replace('b', "?") };
    Some(PhoneBookEntry { name: alpha::decode(name), number })
}

impl SimCard {
    /// How many records a list has.
    #[must_use]
    pub fn phone_book_capacity(&self, book: PhoneBook) -> u8 {
        self.records(book.fid())
    }

    /// The entry of a record, counted from 1; `None` when it is empty.
    ///
    /// # Errors
    /// `6982` before PIN1, `6A83` when there is no such record.
    pub fn phone_book_entry(&self, book: PhoneBook, index: u8) -> Result<Option<PhoneBookEntry>, StatusWord> {
        self.read_record(book.fid(), index).map(|record| decode_record(&record))
    }

    /// All entries with their records.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn phone_book(&self, book: PhoneBook) -> Result<Vec<(u8, PhoneBookEntry)>, StatusWord> {
        let mut entries = Vec::new();
        for index in 1..=self.phone_book_capacity(book) {
            entries.extend(self.phone_book_entry(book, index)?.map(|entry| (index, entry)));
        }
        Ok(entries)
    }

    /// Writes an entry to a record, or to the first free one, and says to which.
    ///
    /// # Errors
    /// When there is no free record, the entry cannot be coded, or the card refuses: `6982` for a list that may not be
    /// written, `6A83` for a record that does not exist.
    pub fn write_phone_book(
        &mut self,
        book: PhoneBook,
        index: Option<u8>,
        entry: &PhoneBookEntry,
    ) -> Result<u8, PhoneBookError> {
        let record = encode_record(entry)?;
        let description = self.file(book.fid()).ok_or(StatusWord::FILE_NOT_FOUND)?;
        self.require(description.update)?;
        let index = match index {
            Some(index) => index,
            None => self.free_record(book)?.ok_or(PhoneBookError::Full)?,
        };
        self.update_record(book.fid(), index, &record)?;
        Ok(index)
    }

    /// Empties a record.
    ///
    /// # Errors
    /// `6982` for a list that may not be written, `6A83` for a record that does not exist.
    pub fn delete_phone_book(&mut self, book: PhoneBook, index: u8) -> Result<(), StatusWord> {
        self.update_record(book.fid(), index, &[0xff; RECORD_SIZE as usize])
    }

    /// Whether fixed dialling is on, from EF_EST.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn fdn_enabled(&self) -> Result<bool, StatusWord> {
        Ok(self.read_binary(EF_EST, 0, 1)?.first().is_some_and(|services| services & 1 == 1))
    }

    /// Switches fixed dialling on or off.
    ///
    /// # Errors
    /// `6982` before PIN2.
    pub fn set_fdn_enabled(&mut self, enabled: bool) -> Result<(), StatusWord> {
        let services = self.files.content(EF_EST).first().copied().unwrap_or(0);
        self.update_binary(EF_EST, 0, &[services & !1 | u8::from(enabled)])
    }

    /// Whether a number may be dialled: fixed dialling is off, or a record of EF_FDN allows it. Emergency numbers are
    /// the caller's business.
    ///
    /// # Errors
    /// `6982` before PIN1.
    pub fn fdn_allows(&self, dialled: &PhoneNumber) -> Result<bool, StatusWord> {
        Ok(!self.fdn_enabled()?
            || self.phone_book(PhoneBook::Fdn)?.iter().any(|(_, entry)| entry.allows(dialled)))
    }

    fn free_record(&self, book: PhoneBook) -> Result<Option<u8>, StatusWord> {
        for index in 1..=self.phone_book_capacity(book) {
            if self.phone_book_entry(book, index)?.is_none() {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, number: &str) -> PhoneBookEntry {
        PhoneBookEntry { name: name.to_owned(), number: number.to_owned() }
    }

    #[test]
    fn records_have_the_octets_of_the_example_both_ways() {
        let rows = [
            (entry("SERVER", "+33639980002"), "534552564552FFFFFFFFFFFFFFFF07913336990800F2FFFFFFFFFFFF"),
            (entry("", "3900"), "FFFFFFFFFFFFFFFFFFFFFFFFFFFF03819300FFFFFFFFFFFFFFFFFFFF"),
            (entry("Any", "06?p#"), "416E79FFFFFFFFFFFFFFFFFFFFFF048160CDFBFFFFFFFFFFFFFFFFFF"),
        ];
        for (entry, hex) in rows {
            let record = encode_record(&entry).unwrap();
            assert_eq!(hex::encode_upper(&record), hex.replace(' ', ""), "{}", entry.number);
            assert_eq!(decode_record(&record), Some(entry));
        }
        assert_eq!(decode_record(&[0xff; 28]), None);
    }

    #[test]
    fn what_no_record_holds_is_refused() {
        assert_eq!(encode_record(&entry("123456789012345", "1")), Err(PhoneBookError::NameTooLong));
        for number in ["", "+", "12a", "1 2", "123456789012345678901"] {
            assert_eq!(encode_record(&entry("x", number)), Err(PhoneBookError::InvalidNumber), "{number}");
        }
    }

    #[test]
    fn fixed_dialling_compares_digit_by_digit() {
        let dialled = "+33639980002".parse().unwrap();
        for (number, allowed) in [
            ("+33639980002", true),
            ("+3363998", true),
            ("+3363998000?", true),
            ("+336399800021", false),
            ("33639980002", false),
            ("0639980002", false),
            ("", false),
        ] {
            assert_eq!(entry("", number).allows(&dialled), allowed, "{number}");
        }
    }

    #[test]
    fn any_record_is_read_without_panic() {
        let mut rng = wire::seed::Seed(3).child("record").rng();
        for _ in 0..5000 {
            let mut record: [u8; 28] = rng.octets();
            record[14] = rng.below(14) as u8;
            let entry = decode_record(&record).unwrap();
            assert!(entry.number.len() <= 21);
        }
    }
}
