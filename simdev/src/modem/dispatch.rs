//! From received characters to commands, and from their outcomes to one final result code per line.

use super::Modem;
use super::commands::{self, Entry as Row, Needs, Service, Test};
use super::interject::Place;
use super::line::Entry;
use super::outcome::{Flow, Outcome, Pending, Prompt, Refusal, ResultCode};
use super::quirk::Quirk;
use super::sockets;
use crate::sim::{PinRef, PinState};
use std::collections::VecDeque;
use wire::at::command::{Collected, Command, EditingCharacters, Form, SyntaxError};
use wire::at::error::{CmeError, CmsError};
use wire::time::{Duration, Instant};

/// Characters this soon after a command line do not abort it (V.250 5.6.1).
const ABORT_GUARD: Duration = Duration::from_millis(125);
const CTRL_Z: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;
const LINE_FEED: u8 = 10;
/// What stands before each line of a text (TS 27.005 3.5).
const TEXT_SIGN: &str = "> ";

/// A command line that is being executed.
#[derive(Debug)]
pub(super) struct Running {
    rest: VecDeque<Result<Command, SyntaxError>>,
    since: Instant,
    pending: Option<Pending>,
    /// The command shows no error but `ERROR`.
    plain_error: bool,
}

impl Running {
    pub(super) const fn since(&self) -> Instant {
        self.since
    }

    pub(super) const fn pending(&self) -> Option<&Pending> {
        self.pending.as_ref()
    }
}

impl Modem {
    /// Whether the next character can be looked at: a command that waits leaves the others where they are, unless
    /// they abort it.
    pub(super) fn may_read(&mut self, now: Instant) -> bool {
        let Some(running) = self.running.as_ref().filter(|_| self.line.entry.is_none()) else { return true };
        let Some(code) = running.pending.as_ref().and_then(Pending::when_aborted) else { return false };
        let guarded = now.since(running.since) < ABORT_GUARD;
        // The character that aborts is no part of the next line; one that comes too early is lost.
        while self.line.next_byte().is_some() {
            if !guarded {
                self.abandon(now);
                self.finish(now, code);
                return true;
            }
        }
        false
    }

    /// What the command that waits has begun is no longer wanted.
    fn abandon(&mut self, now: Instant) {
        if self.pending() == Some(&Pending::Call) {
            self.mobile.hang_up(now);
        }
        self.mobile.abandon_selection();
        self.mobile.abandon_scan();
    }

    pub(super) fn read_command(&mut self, now: Instant, byte: u8) {
        let mixed_prefix = self.config.quirks.contains(&Quirk::MixedCasePrefix);
        let editing = EditingCharacters { mixed_prefix, ..self.profile.editing() };
        let collected = self.line.collector.push(byte, editing);
        if self.profile.echo && collected != Collected::Dropped {
            self.line.echo_command(&self.config.quirks, byte);
        }
        self.line.typing_since =
            if self.line.collector.is_typing() { self.line.typing_since.or(Some(now)) } else { None };
        let ended = matches!(collected, Collected::TooLong | Collected::Repeat | Collected::Line(_));
        if ended && !self.line.end_command_line(&self.config.quirks) {
            return;
        }
        match collected {
            Collected::Dropped | Collected::Kept | Collected::NoCommand => {}
            Collected::TooLong => {
                self.line.begin_response();
                self.line.result(&self.profile, &self.config.quirks, ResultCode::Error);
            }
            Collected::Repeat => {
                let body = self.line.last_body.clone();
                self.execute_line(now, &body);
            }
            Collected::Line(body) => {
                self.line.last_body.clone_from(&body);
                self.execute_line(now, &body);
            }
        }
    }

    /// A character of the text after a prompt.
    pub(super) fn read_entry(&mut self, now: Instant, byte: u8) {
        if let Some(Entry { prompt: Prompt::SocketData(_), .. }) = &self.line.entry {
            return self.read_socket_data(now, byte);
        }
        let text_mode = self.profile.text_mode;
        let (terminator, backspace) = (self.profile.terminator(), self.profile.editing().backspace);
        let Some(entry) = &mut self.line.entry else { return };
        entry.touched = now;
        if byte == CTRL_Z {
            let Some(entry) = self.line.entry.take() else { return };
            let outcome = self.entry_completed(now, entry);
            self.after_command(now, outcome, Service::Message);
            return;
        }
        match byte {
            ESCAPE => {
                self.line.entry = None;
                let refused = self.config.model.escape_refused;
                let code = ResultCode::Cms(CmsError::UNKNOWN);
                self.finish(now, if refused { code } else { ResultCode::Ok });
            }
            _ if byte == terminator && text_mode => {
                entry.push(LINE_FEED);
                self.line.prompt(&self.profile, TEXT_SIGN);
            }
            _ if byte == backspace => {
                entry.text.pop();
                self.echo_entry(byte);
            }
            LINE_FEED => {}
            _ if byte == terminator => {}
            _ => {
                entry.push(byte);
                self.echo_entry(byte);
            }
        }
    }

    /// A prompt that nobody answers does not hold the line for ever (modules wait 60 to 180 s).
    pub(super) fn entry_timeout(&mut self, now: Instant) {
        if self.line.entry.as_ref().is_some_and(|entry| entry.is_paused(now)) {
            return self.data_mode_paused(now);
        }
        if self.line.entry.take_if(|entry| entry.is_abandoned(now)).is_some() {
            self.finish(now, ResultCode::Error);
        }
    }

    fn echo_entry(&mut self, byte: u8) {
        if self.profile.echo {
            self.line.echo(byte);
        }
    }

    fn execute_line(&mut self, now: Instant, body: &str) {
        let rest = wire::at::command::commands(body).collect();
        self.running = Some(Running { rest, since: now, pending: None, plain_error: false });
        self.stand_at(Place::AfterEcho);
        self.advance(now);
    }

    /// Executes what is left of the line, up to a command that waits.
    fn advance(&mut self, now: Instant) {
        while let Some(running) = &mut self.running {
            let Some(command) = running.rest.pop_front() else {
                self.finish(now, ResultCode::Ok);
                return;
            };
            self.line.begin_response();
            self.executing = true;
            let (outcome, service) = match command {
                Ok(command) => self.execute(now, command),
                Err(_) => (Err(Refusal::NoSuchForm), Service::Mobile),
            };
            self.executing = false;
            match outcome {
                Ok(Flow::Done) => self.handle_events(now),
                other => {
                    self.settle(now, other, service);
                    return;
                }
            }
        }
    }

    /// A command that waited has its outcome; the rest of the line follows.
    pub(super) fn after_command(&mut self, now: Instant, outcome: Outcome, service: Service) {
        match outcome {
            Ok(Flow::Done) => self.advance(now),
            other => self.settle(now, other, service),
        }
    }

    /// Everything but "done".
    fn settle(&mut self, now: Instant, outcome: Outcome, service: Service) {
        match outcome {
            Ok(Flow::Done | Flow::EndOfLine) => self.finish(now, ResultCode::Ok),
            Ok(Flow::Pending(pending)) => {
                if let Some(running) = &mut self.running {
                    running.pending = Some(pending);
                }
                self.handle_events(now);
            }
            Ok(Flow::Prompt(prompt)) => {
                self.stand_at(Place::BeforePrompt);
                self.line.prompt(&self.profile, prompt.sign());
                self.line.entry = Some(Entry::new(prompt, now));
            }
            Ok(Flow::Connect { cid, made_here }) => self.connect(now, cid, made_here),
            Ok(Flow::Resume) => self.resume(now),
            Ok(Flow::Multiplex(parameters)) => {
                self.finish(now, ResultCode::Ok);
                self.begin_multiplexer(now, parameters);
            }
            Ok(Flow::Restart) => {
                self.finish(now, ResultCode::Ok);
                self.restart(now);
            }
            Ok(Flow::PowerDown(farewell)) => {
                self.finish(now, ResultCode::Ok);
                self.power_down(now, farewell);
            }
            Err(refusal) => self.finish(now, code_of(refusal, service)),
        }
    }

    /// The one final result code of the line.
    pub(super) fn finish(&mut self, now: Instant, code: ResultCode) {
        let plain = self.running.take().is_some_and(|running| running.plain_error);
        let code = if plain && matches!(code, ResultCode::Cme(_)) { ResultCode::Error } else { code };
        self.stand_at(Place::BeforeResult);
        self.line.result(&self.profile, &self.config.quirks, code);
        self.stand_at(Place::AfterResult);
        if std::mem::take(&mut self.local.card_report_due) {
            self.report_card_state();
        }
        self.handle_events(now);
        self.send_reports(now);
    }

    pub(super) fn pending(&self) -> Option<&Pending> {
        self.running.as_ref().and_then(Running::pending)
    }

    fn execute(&mut self, now: Instant, command: Command) -> (Outcome, Service) {
        match command {
            Command::Basic { name, value } => (self.basic(now, &name, value), Service::Mobile),
            Command::RegisterRead(register) => (self.read_register(register), Service::Mobile),
            Command::RegisterSet { register, value } => (self.set_register(register, value), Service::Mobile),
            Command::Dial { string, voice } => (self.dial(now, &string, voice), Service::Mobile),
            Command::Extended { name, form } => {
                if let Some(running) = &mut self.running {
                    running.plain_error = self.config.model.plain_errors.contains(&name.as_str());
                }
                if let Some(outcome) = self.vendor_command(now, &name, &form) {
                    return (outcome, Service::Mobile);
                }
                let own = || sockets::entry(self.config.model.sockets, &name);
                match commands::entry(&name).or_else(own) {
                    Some(entry) => (self.extended(now, entry, &form), entry.service),
                    None => (Err(Refusal::NoSuchForm), Service::Mobile),
                }
            }
        }
    }

    fn extended(&mut self, now: Instant, entry: &Row, form: &Form) -> Outcome {
        if entry.needs == Needs::Pin {
            self.require_card(entry.service)?;
        }
        match (form, entry.test) {
            (Form::Test, Test::Bare) => Ok(Flow::Done),
            (Form::Test, Test::Text(text)) => {
                self.information(&format!("{}: {text}", entry.name));
                Ok(Flow::Done)
            }
            _ => (entry.run)(self, now, form),
        }
    }

    /// The card is there and open, or the error that says what it lacks.
    pub(super) fn require_card(&self, service: Service) -> Result<(), Refusal> {
        let (mobile, message) = match self.mobile.card().map(|card| card.pin_state(PinRef::Pin1)) {
            None => (CmeError::SIM_NOT_INSERTED, CmsError::SIM_NOT_INSERTED),
            Some(PinState::Required) => (CmeError::SIM_PIN_REQUIRED, CmsError::SIM_PIN_REQUIRED),
            Some(PinState::Blocked) => (CmeError::SIM_PUK_REQUIRED, CmsError::SIM_PUK_REQUIRED),
            Some(PinState::Dead) => (CmeError::SIM_FAILURE, CmsError::SIM_FAILURE),
            Some(PinState::Disabled | PinState::Verified) => return Ok(()),
        };
        Err(match service {
            Service::Mobile => mobile.into(),
            Service::Message => message.into(),
        })
    }
}

fn code_of(refusal: Refusal, service: Service) -> ResultCode {
    match (refusal, service) {
        (Refusal::NoSuchForm | Refusal::Plain, _) => ResultCode::Error,
        (Refusal::Code(code), _) => code,
        (Refusal::Parameter, Service::Mobile) => ResultCode::Cme(CmeError::INCORRECT_PARAMETERS),
        (Refusal::Parameter, Service::Message) => ResultCode::Cms(CmsError::INVALID_TEXT_PARAMETER),
    }
}
