//! Between Rust values and the values of a script.

use crate::context::Verb;
use crate::trouble::Trouble;
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Map};
use std::str::FromStr;

/// A map of these entries.
pub fn map<const N: usize>(entries: [(&str, Dynamic); N]) -> Map {
    entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// An optional number, `()` where there is none.
pub fn optional<T: Into<i64>>(value: Option<T>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| Dynamic::from_int(value.into()))
}

/// An array of values.
pub fn array<T: Into<Dynamic>>(values: impl IntoIterator<Item = T>) -> Array {
    values.into_iter().map(Into::into).collect()
}

/// A number of a script in a smaller type.
///
/// # Errors
/// A trouble of the script that names the range.
pub fn narrow<T: TryFrom<i64>>(value: i64, what: &str) -> Verb<T> {
    T::try_from(value)
        .map_err(|_| Trouble::new(Blame::Script, format!("{value} is out of range for {what}")).terminal())
}

/// A text of a script as an identity.
///
/// # Errors
/// A trouble of the script with the identity's own words.
pub fn parse<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Verb<T> {
    text.parse().map_err(|error: T::Err| Trouble::new(Blame::Script, error.to_string()).terminal())
}

/// Hexadecimal text of a script as octets.
///
/// # Errors
/// A trouble of the script.
pub fn octets(text: &str) -> Verb<Vec<u8>> {
    hex::decode(text).map_err(|error| {
        Trouble::new(Blame::Script, format!("\"{text}\" is not hexadecimal: {error}")).terminal()
    })
}
