//! The options of a tester's verbs: a map whose keys are checked.

use super::script_error;
use crate::context::Verb;
use crate::vocabulary::values::{narrow, parse};
use rhai::{Dynamic, Map};
use std::str::FromStr;
use wire::air::lora::Hertz;
use wire::time::{Duration, Instant};

/// The options of one call.
#[derive(Debug)]
pub struct Options<'a>(&'a Map);

impl<'a> Options<'a> {
    /// The options, when each key is one of `known`.
    ///
    /// # Errors
    /// A trouble of the script that names the key and those that exist.
    pub fn new(given: &'a Map, known: &[&str]) -> Verb<Self> {
        match given.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                Err(script_error(format!("\"{key}\" is not an option here; there are {}", known.join(", "))))
            }
            None => Ok(Self(given)),
        }
    }

    fn get(&self, key: &str) -> Option<&Dynamic> {
        self.0.get(key).filter(|value| !value.is_unit())
    }

    /// A whole number.
    ///
    /// # Errors
    /// A trouble of the script when it is something else, or too large.
    pub fn number<T: TryFrom<i64>>(&self, key: &str) -> Verb<Option<T>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let value =
            value.as_int().map_err(|kind| script_error(format!("{key} is a whole number, not {kind}")))?;
        narrow(value, &format!("a value of {key}")).map(Some)
    }

    /// True or false; absent is false.
    ///
    /// # Errors
    /// A trouble of the script when it is something else.
    pub fn flag(&self, key: &str) -> Verb<bool> {
        let Some(value) = self.get(key) else { return Ok(false) };
        value.as_bool().map_err(|kind| script_error(format!("{key} is true or false, not {kind}")))
    }

    /// True or false where it is said.
    ///
    /// # Errors
    /// A trouble of the script when it is something else.
    pub fn optional_flag(&self, key: &str) -> Verb<Option<bool>> {
        self.get(key).map(|_| self.flag(key)).transpose()
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(ToString::to_string)
    }

    /// A key or an address.
    ///
    /// # Errors
    /// A trouble of the script when it is not of the form.
    pub fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, key: &str) -> Verb<Option<T>> {
        self.text(key).map(|text| parse(&text)).transpose()
    }

    /// Up to five frequencies in Hz.
    ///
    /// # Errors
    /// A trouble of the script when it is no list of those.
    pub fn frequencies(&self, key: &str) -> Verb<Option<[Hertz; 5]>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let wrong = || script_error(format!("{key} is a list of up to five frequencies in Hz"));
        let list = value.clone().into_typed_array::<i64>().map_err(|_| wrong())?;
        let mut frequencies = [Hertz(0); 5];
        if list.len() > frequencies.len() {
            return Err(wrong());
        }
        for (place, frequency) in frequencies.iter_mut().zip(list) {
            *place = Hertz(narrow(frequency, "a frequency in Hz")?);
        }
        Ok(Some(frequencies))
    }

    /// Whether the answer goes to the second window.
    ///
    /// # Errors
    /// A trouble of the script when `window` is neither 1 nor 2.
    pub fn is_rx2(&self) -> Verb<bool> {
        match self.number::<u8>("window")? {
            None | Some(1) => Ok(false),
            Some(2) => Ok(true),
            Some(other) => Err(script_error(format!("there is no receive window {other}: 1 and 2 are"))),
        }
    }

    /// `at`, moved by `offset_us` microseconds.
    ///
    /// # Errors
    /// A trouble of the script when that is not a number.
    pub fn shifted(&self, at: Instant) -> Verb<Instant> {
        let offset = self.number::<i64>("offset_us")?.unwrap_or(0);
        let span = Duration::from_micros(offset.unsigned_abs());
        Ok(if offset < 0 { at - span } else { at + span })
    }
}
