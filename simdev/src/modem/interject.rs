//! A report at a chosen place of a conversation, to see how a host takes it (V.250 5.7, TS 27.007 4).
//!
//! A modem may say something by itself at any of these places, and a host must understand it at each of them; left to
//! chance some are hardly ever met. What is asked for here is said once, at the next such place.

use super::Modem;
use std::str::FromStr;
use wire::time::Instant;

/// Where a report may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// P1: when nothing runs.
    Idle,
    /// P2: after the echo and before the first information line.
    AfterEcho,
    /// P3: between two information lines.
    BetweenLines,
    /// P4: before the final result code.
    BeforeResult,
    /// P5: right after the final result code.
    AfterResult,
    /// P6: before a prompt.
    BeforePrompt,
}

impl Place {
    /// All, from P1 to P6.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::AfterEcho,
        Self::BetweenLines,
        Self::BeforeResult,
        Self::AfterResult,
        Self::BeforePrompt,
    ];
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a place for a report: P1 (idle), P2 (after the echo), P3 (between information lines), P4 (before the result), P5 (after the result) and P6 (before a prompt) are"
)]
pub struct UnknownPlace(String);

impl FromStr for Place {
    type Err = UnknownPlace;

    fn from_str(text: &str) -> Result<Self, UnknownPlace> {
        let number = text.strip_prefix(['P', 'p']).and_then(|digit| digit.parse::<usize>().ok());
        number
            .and_then(|number| Self::ALL.get(number.checked_sub(1)?).copied())
            .ok_or_else(|| UnknownPlace(text.to_owned()))
    }
}

impl Modem {
    /// Says these lines, which belong together, the next time the conversation stands at `place`; at once, or at the end
    /// of what runs, for [`Place::Idle`]. A modem that is off says nothing.
    pub fn interject(&mut self, now: Instant, place: Place, lines: Vec<String>) {
        if !self.is_on() || lines.is_empty() {
            return;
        }
        match place {
            Place::Idle => {
                self.line.report(lines);
                self.send_reports(now);
            }
            Place::AfterEcho
            | Place::BetweenLines
            | Place::BeforeResult
            | Place::AfterResult
            | Place::BeforePrompt => self.interjections.push((place, lines)),
        }
    }

    /// Takes back what was asked for and has not been said.
    pub fn withdraw_interjections(&mut self) {
        self.interjections.clear();
    }

    /// The conversation stands at `place`.
    pub(super) fn stand_at(&mut self, place: Place) {
        while let Some(index) = self.interjections.iter().position(|(wanted, _)| *wanted == place) {
            let (_, lines) = self.interjections.remove(index);
            self.line.say(&self.profile, &self.config.quirks, lines);
        }
    }

    /// Starts anew by itself, as after a watchdog: what ran is lost, the host sees the banner and the network is not
    /// told.
    pub fn crash(&mut self, now: Instant) {
        if self.is_on() {
            self.halt();
            while self.mobile.poll_radio().is_some() {}
            self.boot(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_p1_to_p6() {
        assert_eq!("P1".parse(), Ok(Place::Idle));
        assert_eq!("p6".parse(), Ok(Place::BeforePrompt));
        for wrong in ["P0", "P7", "", "4", "P"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
