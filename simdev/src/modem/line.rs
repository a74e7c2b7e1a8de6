//! The serial line as the host sees it: framing of what is sent, what waits to be sent, and the text after a prompt.
//!
//! Spec: V.250 5.7 (formats), TS 27.005 3.5 (prompt). Information lines of one response are separated by one CR LF,
//! as real modules do it. A report waits while the host types a line or a text.

use super::dress::{dressed, dressed_error};
use super::outcome::{Prompt, ResultCode};
use super::profile::Profile;
use super::quirk::{Quirk, Quirks};
use std::collections::VecDeque;
use wire::at::command::LineCollector;
use wire::at::text::octets_of;
use wire::time::{Duration, Instant, Wakeup};

/// The longest text after a prompt that is kept; what is longer is refused when it ends.
const LONGEST_ENTRY: usize = 2048;
/// The most input that waits for a command to end.
const LONGEST_BACKLOG: usize = 16_384;
/// How long a prompt waits for the next character of its text; modules wait 60 to 180 s.
const LONGEST_PROMPT: Duration = Duration::from_secs(120);
/// How long a line that the host has begun and not ended keeps reports back.
const LONGEST_TYPING: Duration = Duration::from_secs(5);

/// What a UART may make of the levels at power-up.
const NOISE: &[u8] = &[0x00, 0xff, 0xff, 0x00];
/// The quirks that are about the first command line.
const FIRST_LINE_QUIRKS: [Quirk; 3] = [Quirk::EchoTwice, Quirk::EchoPartly, Quirk::LosesFirstLine];

/// A pause after which data mode sends what it has: the time of a block of 256 octets at 9600 bit/s.
const DATA_PAUSE: Duration = Duration::from_millis(270);

/// The text after a prompt.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) prompt: Prompt,
    pub(super) text: Vec<u8>,
    pub(super) too_long: bool,
    /// When it last got a character.
    pub(super) touched: Instant,
}

impl Entry {
    pub(super) const fn new(prompt: Prompt, now: Instant) -> Self {
        Self { prompt, text: Vec::new(), too_long: false, touched: now }
    }

    /// Whether the host has left the prompt alone for too long; data mode is not left so.
    pub(super) fn is_abandoned(&self, now: Instant) -> bool {
        !self.prompt.is_data_mode() && now.since(self.touched) >= LONGEST_PROMPT
    }

    /// Whether the host has paused in data mode with something to send.
    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.prompt.is_data_mode() && !self.text.is_empty() && now.since(self.touched) >= DATA_PAUSE
    }

    fn next_wakeup(&self) -> Option<Wakeup> {
        if self.prompt.is_data_mode() {
            let waits = !self.text.is_empty();
            return waits.then(|| Wakeup::new(self.touched + DATA_PAUSE, "pause in data mode"));
        }
        Some(Wakeup::new(self.touched + LONGEST_PROMPT, "prompt without an answer"))
    }

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
    /// The host's DTR on a channel of the multiplexer; a plain line has none.
    pub(super) terminal_ready: bool,
    /// When the host began the line that it types.
    pub(super) typing_since: Option<Instant>,
    backlog: VecDeque<u8>,
    reports: VecDeque<Report>,
    /// How many of the reports, the oldest, the other channels have too.
    shared: usize,
    /// Whether the last thing sent was an information line of the same response.
    continues: bool,
    /// Whether the command line that runs has been answered with an information line.
    informed: bool,
    /// The line that is typed is the first one since power-on; what of it was echoed.
    first_line: Option<Vec<u8>>,
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

    /// Everything that has come in and was not looked at.
    pub(super) fn take_backlog(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.backlog).into()
    }

    /// Octets of the data state.
    pub(super) fn data(&mut self, octets: &[u8]) {
        self.out.extend(octets);
    }

    /// A result code that nothing asked for, on this channel only.
    pub(super) fn report_here(&mut self, code: ResultCode) {
        self.reports.insert(self.shared, Report::Code(code));
        self.shared += 1;
    }

    /// The reports are heard elsewhere.
    pub(super) fn drop_reports(&mut self) {
        self.reports.clear();
        self.shared = 0;
    }

    pub(super) fn next_byte(&mut self) -> Option<u8> {
        self.backlog.pop_front()
    }

    pub(super) fn echo(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// The module has started: some have a way of their own with the first line that they hear.
    pub(super) fn begin_first_line(&mut self, quirks: &Quirks) {
        self.out.extend(if quirks.contains(&Quirk::NoiseAtBoot) { NOISE } else { &[] });
        self.first_line = FIRST_LINE_QUIRKS.iter().any(|quirk| quirks.contains(quirk)).then(Vec::new);
    }

    /// A character of a command line is echoed, in the module's way.
    pub(super) fn echo_command(&mut self, quirks: &Quirks, byte: u8) {
        let Some(first) = &mut self.first_line else { return self.out.push(byte) };
        first.push(byte);
        let hidden = quirks.contains(&Quirk::LosesFirstLine)
            || (first.len() == 1 && quirks.contains(&Quirk::EchoPartly));
        if !hidden {
            self.out.push(byte);
        }
    }

    /// A command line has ended; whether the module has heard it.
    pub(super) fn end_command_line(&mut self, quirks: &Quirks) -> bool {
        self.informed = false;
        let Some(first) = self.first_line.take() else { return true };
        if quirks.contains(&Quirk::EchoTwice) {
            self.out.extend(first);
        }
        !quirks.contains(&Quirk::LosesFirstLine)
    }

    /// A new response begins.
    pub(super) fn begin_response(&mut self) {
        self.continues = false;
    }

    /// Whether the command line that runs has been answered with an information line.
    pub(super) const fn is_informed(&self) -> bool {
        self.informed
    }

    /// An information line.
    pub(super) fn information(&mut self, profile: &Profile, quirks: &Quirks, text: &str) {
        self.informed = true;
        for line in dressed(quirks, text) {
            if profile.verbose && (!self.continues || quirks.contains(&Quirk::BlankLines)) {
                self.end_of_line(profile);
            }
            self.continues = true;
            self.push_text(&line);
            self.end_of_line(profile);
        }
    }

    /// A line that belongs to the information line before it, as a message to its header.
    pub(super) fn payload(&mut self, profile: &Profile, text: &str) {
        self.push_text(text);
        self.end_of_line(profile);
    }

    /// A result code, final or not.
    pub(super) fn result(&mut self, profile: &Profile, quirks: &Quirks, code: ResultCode) {
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
                self.push_text(&dressed_error(quirks, &text));
                self.end_of_line(profile);
            }
        }
    }

    /// Lines of the modem's own, which belong together.
    pub(super) fn say(&mut self, profile: &Profile, quirks: &Quirks, lines: Vec<String>) {
        self.continues = false;
        if profile.quiet {
            return;
        }
        self.end_of_line(profile);
        // Only the first line has a name; what follows is its payload.
        let mut lines = lines.into_iter();
        for line in lines.next().map(|first| dressed(quirks, &first)).into_iter().flatten().chain(lines) {
            self.push_text(&line);
            self.end_of_line(profile);
        }
    }

    /// `CR LF > space`, with nothing after it.
    pub(super) fn prompt(&mut self, profile: &Profile, sign: &str) {
        self.end_of_line(profile);
        self.out.extend(sign.bytes());
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
        let typing = since.map(|since| Wakeup::new(since + LONGEST_TYPING, "unfinished command line"));
        Wakeup::earliest(typing, self.entry.as_ref().and_then(Entry::next_wakeup))
    }

    /// Sends what waits; the caller knows that nothing would be split.
    pub(super) fn flush_reports(&mut self, profile: &Profile, quirks: &Quirks) {
        self.shared = 0;
        while let Some(report) = self.reports.pop_front() {
            match report {
                Report::Code(code) => self.result(profile, quirks, code),
                Report::Lines(lines) => self.say(profile, quirks, lines),
            }
        }
    }

    /// Everything that waits is lost with the power.
    pub(super) fn reset(&mut self) {
        *self = Self { out: std::mem::take(&mut self.out), ..Self::default() };
    }

    fn push_text(&mut self, text: &str) {
        self.out.extend(octets_of(text));
    }

    fn end_of_line(&mut self, profile: &Profile) {
        self.out.extend([profile.terminator(), profile.formatting()]);
    }
}
