//! Telephone numbers brought to one form, so that a list entry matches however it was written or dialled.
//!
//! The rule, in order (service description 1.4.2, "special, national, or international format"):
//! 1. a number with `*` or `#`, or of six digits or fewer without `+`, is a special number and is compared digit by digit;
//! 2. `+X` and `00X` are the international number X;
//! 3. `0X` is a national number of the home country, and becomes country code X;
//! 4. anything else is compared digit by digit.
//!
//! The country is always the home country: the home network compares, wherever the device roams. Not here: what a
//! visited network would make of a national number.

use std::fmt;
use wire::id::PhoneNumber;

/// The longest special number that starts with digits that could be a prefix.
const SPECIAL_DIGITS: usize = 6;

/// A number in the form in which numbers are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Canonical {
    /// Country code and national number.
    International(Box<str>),
    /// Compared as it stands.
    Literal(Box<str>),
}

impl fmt::Display for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::International(digits) => write!(f, "+{digits}"),
            Self::Literal(digits) => f.write_str(digits),
        }
    }
}

/// Brings `number` to the form in which numbers are compared; `country_code` is the home country's, without `+`.
#[must_use]
pub fn canonical(number: &PhoneNumber, country_code: &str) -> Canonical {
    let digits = number.digits();
    if digits.contains(['*', '#']) {
        return Canonical::Literal(digits.into());
    }
    if number.is_international() {
        return Canonical::International(digits.into());
    }
    if digits.len() <= SPECIAL_DIGITS {
        return Canonical::Literal(digits.into());
    }
    if let Some(international) = digits.strip_prefix("00") {
        return Canonical::International(international.into());
    }
    match digits.strip_prefix('0') {
        Some(national) => Canonical::International(format!("{country_code}{national}").into()),
        None => Canonical::Literal(digits.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_one_form_however_it_is_written() {
        let rows = [
            ("international", "+33123456789", "+33123456789"),
            ("international by prefix", "0033123456789", "+33123456789"),
            ("national", "0123456789", "+33123456789"),
            ("abroad by prefix", "004915112345678", "+4915112345678"),
            ("special number", "3900", "3900"),
            ("special number with a leading zero", "0800", "0800"),
            ("short emergency number", "112", "112"),
            ("service code", "*100#", "*100#"),
            ("no prefix at all", "33123456789", "33123456789"),
        ];
        for (name, dialled, want) in rows {
            let number: PhoneNumber = dialled.parse().unwrap();
            assert_eq!(canonical(&number, "33").to_string(), want, "{name}");
        }
    }

    #[test]
    fn no_text_that_is_a_number_makes_it_panic() {
        let mut rng = wire::seed::Seed(1).rng();
        for _ in 0..3000 {
            let length = rng.between(1, 20);
            let digits: String =
                (0..length).map(|_| b"0123456789*#"[rng.below(12) as usize] as char).collect();
            let number: PhoneNumber = digits.parse().unwrap();
            let _ = canonical(&number, "33");
        }
    }
}
