//! Commands that keep numbers: what each takes, what it begins with, and the numbers that stand.
//!
//! A row is all that such a command needs; where the numbers lie follows from its class in [`KEEP`](super::keep).

use super::Modem;
use super::keep::{Keep, keep_of};
use super::outcome::{Flow, Outcome, Refusal};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use wire::at::command::Form;

/// A command that keeps numbers.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

/// One number of a setting: what it may be, and what the factory set.
pub(super) struct Field {
    pub(super) allowed: &'static [RangeInclusive<u32>],
    pub(super) factory: u32,
}

/// The numbers that were set, by command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers(BTreeMap<&'static str, Vec<u32>>);

impl Setting {
    /// As the test form shows it: `(0-3),(0,1)`.
    fn ranges(&self) -> String {
        let field = |field: &Field| {
            let ranges: Vec<String> = field.allowed.iter().map(range).collect();
            format!("({})", ranges.join(","))
        };
        self.fields.iter().map(field).collect::<Vec<_>>().join(",")
    }

    fn factory(&self) -> Vec<u32> {
        self.fields.iter().map(|field| field.factory).collect()
    }
}

/// `0`, `0,1` or `0-2`.
fn range(range: &RangeInclusive<u32>) -> String {
    match (*range.start(), *range.end()) {
        (start, end) if start == end => start.to_string(),
        (start, end) if start + 1 == end => format!("{start},{end}"),
        (start, end) => format!("{start}-{end}"),
    }
}

impl Modem {
    /// The numbers that stand for a command.
    pub(super) fn numbers(&self, setting: &Setting) -> Vec<u32> {
        let set = match keep_of(setting.name) {
            Some(Keep::Profile) => &self.profile.numbers,
            Some(Keep::Flash | Keep::Card) => &self.flash.numbers,
            Some(Keep::Volatile) | None => &self.local.numbers,
        };
        set.0.get(setting.name).cloned().unwrap_or_else(|| setting.factory())
    }

    /// The number at a place.
    pub(super) fn number(&self, setting: &Setting, place: usize) -> u32 {
        self.numbers(setting).get(place).copied().unwrap_or_default()
    }

    pub(super) fn set_numbers(&mut self, setting: &'static Setting, values: Vec<u32>) {
        let set = match keep_of(setting.name) {
            Some(Keep::Profile) => &mut self.profile.numbers,
            Some(Keep::Flash | Keep::Card) => &mut self.flash.numbers,
            Some(Keep::Volatile) | None => &mut self.local.numbers,
        };
        set.0.insert(setting.name, values);
    }

    /// Carries out such a command; a number that is left out stays as it is.
    pub(super) fn keep_numbers(&mut self, setting: &'static Setting, form: &Form) -> Outcome {
        match form {
            Form::Test => self.information(&format!("{}: {}", setting.name, setting.ranges())),
            Form::Read => {
                let values: Vec<String> = self.numbers(setting).iter().map(u32::to_string).collect();
                self.information(&format!("{}: {}", setting.name, values.join(",")));
            }
            Form::Set(list) => {
                let mut values = self.numbers(setting);
                if list.len() > values.len() {
                    return Err(Refusal::Plain);
                }
                for (index, (value, field)) in values.iter_mut().zip(setting.fields).enumerate() {
                    let number = list.number(index).map_err(|_| Refusal::Plain)?.unwrap_or(*value);
                    if !field.allowed.iter().any(|range| range.contains(&number)) {
                        return Err(Refusal::Plain);
                    }
                    *value = number;
                }
                self.set_numbers(setting, values);
            }
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }
}
