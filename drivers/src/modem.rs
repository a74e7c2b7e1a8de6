//! A cellular modem as the host sees it: the channel, and everything it reported unasked.
//!
//! The commands themselves are plain functions in the modules of this one: each gives the command line of one clause of
//! TS 27.007 or TS 27.005, and a second function reads its answer.

pub mod call;
pub mod clock;
pub mod family;
pub mod packet;
pub mod registration;
pub mod sim;
pub mod sms;
pub mod socket;
pub mod supplementary;
pub mod ussd;

use crate::at::{AtChannel, AtEvent, Oddity};
use std::collections::VecDeque;
use wire::time::Instant;

/// A report of the modem with the time at which its line was complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When.
    pub at: Instant,
    /// The line, such as `+CEREG: 5` or `RING`.
    pub line: String,
    /// The payload line of `+CMT`, `+CDS` and `+CBM`.
    pub payload: Option<String>,
}

impl Report {
    /// Whether the report begins so; the space after the colon is optional (trap 5).
    #[must_use]
    pub fn begins(&self, start: &str) -> bool {
        match (self.line.split_once(':'), start.split_once(':')) {
            (Some((name, rest)), Some((wanted, start))) => {
                name == wanted && rest.trim_start().starts_with(start.trim_start())
            }
            (Some(_) | None, _) => self.line.starts_with(start),
        }
    }
}

/// The host's view of one modem.
#[derive(Debug, Default)]
pub struct ModemHost {
    /// The command channel.
    pub channel: AtChannel,
    /// Who answered, once somebody has asked.
    pub identity: Option<family::ModuleIdentity>,
    reports: Vec<Report>,
    oddities: VecDeque<Oddity>,
}

impl ModemHost {
    /// Keeps an event of the channel if it is a report; gives it back if it is anything else.
    pub fn keep_report(&mut self, now: Instant, event: AtEvent) -> Option<AtEvent> {
        match event {
            AtEvent::Unsolicited { line, payload } => {
                self.reports.push(Report { at: now, line, payload });
                None
            }
            AtEvent::Stray(line) => {
                self.reports.push(Report { at: now, line, payload: None });
                None
            }
            AtEvent::Odd(oddity) => {
                self.oddities.push_back(oddity);
                None
            }
            event @ (AtEvent::Done { .. } | AtEvent::Failed { .. }) => Some(event),
        }
    }

    /// The next odd thing that nobody has taken; call it until `None` after every input.
    pub fn poll_oddity(&mut self) -> Option<Oddity> {
        self.oddities.pop_front()
    }

    /// Every report so far, in the order in which they came.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }
}
