//! The serial line as the host sees it: framing of what is sent, what waits to be sent, and the text after a prompt.
//!
//! Spec: V.250 5.7 (formats), TS 27.005 3.5 (prompt). Information lines of one response are separated by one CR LF,
//! as real modules do it. A report waits while the host types a line or a text.

use super::outcome::{Prompt, ResultCode};
use super::profile::Profile;
use std::collections::VecDeque;
use wire::at::command::LineCollector;
use wire::time::{Duration, Instant, Wakeup};

/// The longest text after a prompt that is kept; what is longer is refused when it ends.
const LONGEST_ENTRY: usize = 2048;
/// The most input that waits for a command to end.
const LONGEST_BACKLOG: usize = 16_384;
/// How long a line that the host has begun and not ended keeps reports back.
const LONGEST_TYPING: Duration = Duration::from_secs(5);

/// The text after a prompt.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) prompt: Prompt,
    pub(super) text: Vec<u8>,
    pub(super) too_long: bool,
}

impl Entry {
    pub(super) fn push(&mut self, byte: u8) {
        if self.text.len() < LONGEST_ENTRY {
            self.text.push(byte);
        } else {
            self.too_long = true;
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) collector: LineCollector,
    /// The body that `A/` repeats.
    pub(super) last_body: String,
    pub(super) entry: Option<Entry>,
    /// When the host began the line that it types.
    pub(super) typing_since: Option<Instant>,
    backlog: VecDeque<u8>,
    reports: VecDeque<Report>,
    /// How many of the reports, the oldest, the other channels have too.
    shared: usize,
    /// Whether the last thing sent was an information line of the same response.
    continues: bool,
    out: Vec<u8>,
}

/// Something that the modem says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Report {
    Code(ResultCode),
    /// Lines that belong together.
    Lines(Vec<String>),
}

impl Line {
    pub(super) fn take_output(&mut self) -> Option<Vec<u8>> {
        (!self.out.is_empty()).then(|| std::mem::take(&mut self.out))
    }

    pub(super) fn received(&mut self, bytes: &[u8]) {
        let room = LONGEST_BACKLOG.saturating_sub(self.backlog.len());
        self.backlog.extend(bytes.iter().take(room));
    }

    pub(super) fn next_byte(&mut self) -> Option<u8> {
        self.backlog.pop_front()
    }

    pub(super) fn echo(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// A new response begins.
    pub(super) fn begin_response(&mut self) {
        self.continues = false;
    }

    /// An information line.
    pub(super) fn information(&mut self, profile: &Profile, text: &str) {
        if profile.verbose && !self.continues {
            self.end_of_line(profile);
        }
        self.continues = true;
        self.push_text(text);
        self.end_of_line(profile);
    }

    /// A result code, final or not.
    pub(super) fn result(&mut self, profile: &Profile, code: ResultCode) {
        self.continues = false;
        if profile.quiet {
            return;
        }
        match code.text(profile.errors) {
            (_, Some(number)) if !profile.verbose => {
                self.out.extend(number.to_string().bytes());
                self.out.push(profile.terminator());
            }
            (text, _) => {
                self.end_of_line(profile);
                self.push_text(&text);
                self.end_of_line(profile);
            }
        }
    }

    /// `CR LF > space`, with nothing after it.
    pub(super) fn prompt(&mut self, profile: &Profile) {
        self.end_of_line(profile);
        self.out.extend(b"> ");
    }

    pub(super) fn report(&mut self, lines: Vec<String>) {
        self.reports.push_back(Report::Lines(lines));
    }

    pub(super) fn report_code(&mut self, code: ResultCode) {
        self.reports.push_back(Report::Code(code));
    }

    /// The reports that no other channel has yet; from now on they have them.
    pub(super) fn fresh_reports(&mut self) -> Vec<Report> {
        let fresh = self.reports.iter().skip(self.shared).cloned().collect();
        self.shared = self.reports.len();
        fresh
    }

    /// Reports of another channel.
    pub(super) fn queue_shared(&mut self, reports: &[Report]) {
        self.reports.extend(reports.iter().cloned());
        self.shared = self.reports.len();
    }

    /// Whether the host is typing a line and has not stopped in the middle of it.
    pub(super) fn is_typing(&self, now: Instant) -> bool {
        self.typing_since.is_some_and(|since| now.since(since) < LONGEST_TYPING)
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let since = self.typing_since.filter(|_| !self.reports.is_empty());
        since.map(|since| Wakeup::new(since + LONGEST_TYPING, "unfinished command line"))
    }

    /// Sends what waits; the caller knows that nothing would be split.
    pub(super) fn flush_reports(&mut self, profile: &Profile) {
        self.shared = 0;
        while let Some(report) = self.reports.pop_front() {
            match report {
                Report::Code(code) => self.result(profile, code),
                Report::Lines(lines) if !profile.quiet => {
                    self.continues = false;
                    self.end_of_line(profile);
                    for line in lines {
                        self.push_text(&line);
                        self.end_of_line(profile);
                    }
                }
                Report::Lines(_) => {}
            }
        }
    }

    /// Everything that waits is lost with the power.
    pub(super) fn reset(&mut self) {
        *self = Self { out: std::mem::take(&mut self.out), ..Self::default() };
    }

    fn push_text(&mut self, text: &str) {
        self.out.extend(text.bytes());
    }

    fn end_of_line(&mut self, profile: &Profile) {
        self.out.extend([profile.terminator(), profile.formatting()]);
    }
}
