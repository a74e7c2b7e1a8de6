//! The addresses of ESMEs: what they are written as, and which ESME a number belongs to.

use super::EsmeName;
use crate::cellular::number::{Canonical, canonical};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use wire::id::PhoneNumber;
use wire::sms::Address;

/// An address, or a range of numbers, that belongs to an ESME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EsmeAddress {
    /// A short code or a number.
    Number(PhoneNumber),
    /// All numbers of one length from the first to the last.
    Range(PhoneNumber, PhoneNumber),
    /// An alphanumeric sender, to which nobody can answer.
    Name(Address),
}

/// What is no address of an ESME.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not an address of an ESME: expected a number, a range such as \"+33639990000-+33639990099\", or at most 11 letters of the GSM alphabet"
)]
pub struct EsmeAddressError(String);

impl FromStr for EsmeAddress {
    type Err = EsmeAddressError;

    fn from_str(text: &str) -> Result<Self, EsmeAddressError> {
        let error = || EsmeAddressError(text.to_owned());
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let ends = text.split_once('-').map(|(first, last)| (first.trim().parse(), last.trim().parse()));
        if let Some((Ok(first), Ok(last))) = ends {
            let (first, last): (PhoneNumber, PhoneNumber) = (first, last);
            let alike = first.as_str().len() == last.as_str().len()
                && first.is_international() == last.is_international();
            return if alike && first <= last { Ok(Self::Range(first, last)) } else { Err(error()) };
        }
        let name = Address::alphanumeric(text).filter(|_| !text.is_empty() && !text.starts_with('+'));
        name.map(Self::Name).ok_or_else(error)
    }
}

impl fmt::Display for EsmeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Range(first, last) => write!(f, "{first}-{last}"),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl EsmeAddress {
    /// Whether a number belongs to both; `country_code` is the home country's, without `+`.
    #[must_use]
    pub fn overlaps(&self, other: &Self, country_code: &str) -> bool {
        let (Some((first, last)), Some((begin, end))) = (self.span(country_code), other.span(country_code))
        else {
            return false;
        };
        first <= end && begin <= last
    }

    /// First and last number in the order of [`Numbers`]; `None` for a name.
    fn span(&self, country_code: &str) -> Option<(Place, Place)> {
        let (first, last) = match self {
            Self::Number(number) => (number, number),
            Self::Range(first, last) => (first, last),
            Self::Name(_) => return None,
        };
        let place = |number| place_of(&canonical(number, country_code));
        Some((place(first), place(last)))
    }

    /// What stands as sender where an ESME with this address first in its list names none.
    pub(super) fn as_sender(&self) -> Address {
        match self {
            Self::Number(number) | Self::Range(number, _) => Address::from_number(number),
            Self::Name(name) => name.clone(),
        }
    }
}

/// Length and digits of a number.
type Place = (usize, String);

fn place_of(number: &Canonical) -> Place {
    let text = number.to_string();
    (text.len(), text)
}

/// Which ESME a number belongs to, without a search through all of them.
///
/// Numbers of one length are in the order of their digits, so that the last range that begins before a number is the
/// only one that can hold it.
#[derive(Debug, Default)]
pub(super) struct Numbers(BTreeMap<Place, (String, EsmeName)>);

impl Numbers {
    /// Adds the numbers of an address; gives the address back where they belong to somebody.
    pub(super) fn add(
        &mut self,
        address: &EsmeAddress,
        owner: &EsmeName,
        country_code: &str,
    ) -> Result<(), EsmeAddress> {
        let Some((first, last)) = address.span(country_code) else { return Ok(()) };
        let before = self.0.range(..=&last).next_back();
        let taken = before.is_some_and(|((length, _), (end, _))| *length == first.0 && *end >= first.1);
        if taken || first.0 != last.0 {
            return Err(address.clone());
        }
        self.0.insert(first, (last.1, owner.clone()));
        Ok(())
    }

    pub(super) fn owner(&self, number: &Canonical) -> Option<EsmeName> {
        let key = place_of(number);
        let ((length, _), (last, owner)) = self.0.range(..=&key).next_back()?;
        (*length == key.0 && key.1 <= *last).then(|| owner.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EsmeAddress {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_a_number_a_range_or_a_name() {
        for text in ["36123", "+33639990000", "+33639990000-+33639990099", "100-199", "Orange", "A-B"] {
            assert_eq!(address(text).to_string(), text);
        }
        for text in ["", "+", "+12x", "200-100", "99-100", "+100-1000", "Much too long a name", "日本"] {
            assert!(text.parse::<EsmeAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_has_one_owner_however_it_is_written() {
        let mut numbers = Numbers::default();
        let [a, b] = ["a", "b"].map(|name| EsmeName::from(name.to_owned()));
        for (text, owner) in [
            ("36123", &a),
            ("+33639990000-+33639990099", &b),
            ("+33639990200", &a),
            ("Orange", &a),
            ("Orange", &b),
        ] {
            numbers.add(&address(text), owner, "33").unwrap();
        }
        for text in
            ["36123", "+33639990050-+33639990060", "+33639990090-+33639990110", "0639990200", "36000-36999"]
        {
            assert_eq!(numbers.add(&address(text), &b, "33"), Err(address(text)), "{text}");
        }
        for (text, owner) in [
            ("36123", Some(&a)),
            ("36124", None),
            ("+33639990000", Some(&b)),
            ("+33639990099", Some(&b)),
            ("0639990042", Some(&b)),
            ("+33639990100", None),
            ("+336399900990", None),
            ("+33639990200", Some(&a)),
        ] {
            assert_eq!(numbers.owner(&canonical(&text.parse().unwrap(), "33")), owner.cloned(), "{text}");
        }
    }
}
