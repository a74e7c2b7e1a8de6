//! `[device.line]`: what is wrong with the serial line of a simulated device.

use crate::line_fault::{LineFaults, Rate};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// `[device.line]`, each key a rate for each octet between 0 and 1.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePlan {
    /// The line loses an octet.
    #[serde(default, deserialize_with = "rate")]
    drop: Rate,
    /// It delivers an octet twice.
    #[serde(default, deserialize_with = "rate")]
    duplicate: Rate,
    /// It changes a bit of an octet.
    #[serde(default, deserialize_with = "rate")]
    flip: Rate,
    /// It holds an octet and those after it back.
    #[serde(default, deserialize_with = "rate")]
    delay: Rate,
    /// It delivers what was written in one go in two.
    #[serde(default, deserialize_with = "rate")]
    split: Rate,
}

impl LinePlan {
    /// The faults of the line.
    #[must_use]
    pub const fn faults(&self) -> LineFaults {
        LineFaults {
            drop: self.drop,
            duplicate: self.duplicate,
            flip: self.flip,
            delay: self.delay,
            split: self.split,
        }
    }
}

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
    let rate = f64::deserialize(deserializer)?;
    Rate::new(rate).ok_or_else(|| D::Error::custom(format!("{rate} is not a rate: a number from 0 to 1 is")))
}
