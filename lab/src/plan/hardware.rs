//! What a lab file says of a device that is not simulated: the speed of its port, and the switch of its power.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::num::NonZeroU32;
use wire::time::Duration;

/// `baud`: a speed, or `"auto"` for the speed at which the device answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baud {
    /// This speed, bit/s.
    Rate(NonZeroU32),
    /// Whichever of the usual speeds it answers at.
    Auto,
}

impl<'de> Deserialize<'de> for Baud {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BaudVisitor;

        impl Visitor<'_> for BaudVisitor {
            type Value = Baud;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a nonzero speed in bit/s, or \"auto\"")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Baud, E> {
                let rate = u32::try_from(number).ok().and_then(NonZeroU32::new);
                rate.map(Baud::Rate).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Baud, E> {
                if text == "auto" {
                    Ok(Baud::Auto)
                } else {
                    Err(E::invalid_value(Unexpected::Str(text), &self))
                }
            }
        }

        deserializer.deserialize_any(BaudVisitor)
    }
}

/// `power = { on = "…", off = "…" }`: the commands that switch a device's power, such as those of a relay or a USB hub.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerPlan {
    /// Gives it power; a line for `sh -c`.
    pub on: String,
    /// Cuts it.
    pub off: String,
    /// How long either may take, seconds.
    #[serde(default = "ten")]
    pub timeout: f64,
}

fn ten() -> f64 {
    10.0
}

impl PowerPlan {
    /// The command that switches on or off.
    #[must_use]
    pub fn command(&self, on: bool) -> &str {
        if on { &self.on } else { &self.off }
    }

    /// How long it may take; a span that is none counts as no time at all.
    #[must_use]
    pub fn limit(&self) -> Duration {
        Duration::try_from_secs_f64(self.timeout).unwrap_or_default()
    }
}
