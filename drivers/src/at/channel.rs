//! One AT command channel: framing, pairing of commands with answers, time-outs. It owns no port and no clock.
//!
//! Spec: ITU-T V.250 clauses 5.2 to 5.8. One command at a time; nothing is written while it runs, since any character
//! may abort it (V.250 5.6.1). Lines that belong to nobody are handed on as [`AtEvent::Stray`], never dropped.

use super::command::Command;
use super::error::AtError;
use super::oddity::{Oddity, echo_of, is_garbled, is_nearly_a_result};
use std::collections::VecDeque;
use wire::at::response::{
    Body, FinalResult, LineSplitter, Piece, body, is_registration_report, is_report_name, is_start, name,
};
use wire::at::text::octets_of;
use wire::time::{Duration, Instant, Wakeup};

/// Names a command that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId(u64);

/// What a modem answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The command line that was sent.
    pub command: String,
    /// Information text, a line each.
    pub lines: Vec<String>,
    /// The final result code.
    pub result: FinalResult,
}

impl Answer {
    /// The answer itself when its result code says success, else the refusal.
    ///
    /// # Errors
    /// [`AtError::Refused`] with the result code.
    pub fn success(self) -> Result<Self, AtError> {
        if self.result.is_success() {
            Ok(self)
        } else {
            Err(AtError::Refused { command: self.command, result: self.result })
        }
    }

    /// The parameters of the first information line called `name`, or the complaint that it is missing.
    ///
    /// # Errors
    /// [`AtError::Malformed`] naming `expected`.
    pub fn parameters(&self, name: &str, expected: &'static str) -> Result<&str, AtError> {
        self.lines
            .iter()
            .find(|line| wire::at::response::name(line) == name)
            .map(|line| wire::at::response::parameters(line))
            .ok_or_else(|| self.malformed(expected))
    }

    /// The complaint that the answer does not have the form `expected`.
    #[must_use]
    pub fn malformed(&self, expected: &'static str) -> AtError {
        let got = if self.lines.is_empty() {
            "no information text".to_owned()
        } else {
            format!("{:?}", self.lines)
        };
        AtError::Malformed { command: self.command.clone(), expected, got }
    }
}

/// What the channel wants done or has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes to the port.
    Transmit(Vec<u8>),
    /// Something happened.
    Event(AtEvent),
}

/// What happened on the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtEvent {
    /// A command came to its final result code, good or bad.
    Done {
        /// Which command.
        id: CommandId,
        /// What the modem said.
        answer: Answer,
        /// Time from the last byte written to the result code.
        took: Duration,
    },
    /// A command got no final result code.
    Failed {
        /// Which command.
        id: CommandId,
        /// Why.
        error: AtError,
    },
    /// An unsolicited result code, with the payload line that belongs to it.
    Unsolicited {
        /// The report, such as `+CMTI: "SM",3`.
        line: String,
        /// The payload of `+CMT`, `+CDS` and `+CBM`.
        payload: Option<String>,
    },
    /// A line that belongs to no command and is no known report: a late answer, a boot message of a vendor.
    Stray(String),
    /// Something that was understood, or left out, although it is not as the standard says.
    Odd(Oddity),
}

#[derive(Debug)]
struct Running {
    id: CommandId,
    command: Command,
    sent: Instant,
    echoed: bool,
    /// The octets of its data mode are on their way.
    in_data: bool,
    lines: Vec<String>,
    /// What came since that a bad line would explain.
    suspicion: Option<Oddity>,
}

/// Whose body the next line or text is.
#[derive(Debug, Default)]
enum Awaited {
    #[default]
    Nothing,
    /// The body of this report.
    OfReport(String, Body),
    /// The body of the last line of the answer.
    OfAnswer,
}

/// The host's side of one AT command channel.
#[derive(Debug, Default)]
pub struct AtChannel {
    splitter: LineSplitter,
    running: Option<Running>,
    awaited: Awaited,
    next_id: u64,
    outputs: VecDeque<Output>,
}

impl AtChannel {
    /// Sends a command.
    ///
    /// # Errors
    /// [`AtError::Busy`] while another command runs; nothing is sent then.
    pub fn send(&mut self, now: Instant, command: Command) -> Result<CommandId, AtError> {
        if let Some(running) = &self.running {
            return Err(AtError::Busy { command: command.line, running: running.command.line.clone() });
        }
        self.next_id += 1;
        let id = CommandId(self.next_id);
        let mut bytes = Vec::with_capacity(command.line.len() + 1);
        bytes.extend_from_slice(command.line.as_bytes());
        bytes.push(b'\r');
        self.splitter.expect_prompt(command.prompt());
        self.outputs.push_back(Output::Transmit(bytes));
        self.running = Some(Running {
            id,
            command,
            sent: now,
            echoed: false,
            in_data: false,
            lines: Vec::new(),
            suspicion: None,
        });
        Ok(id)
    }

    /// Takes what the modem sent.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        for byte in bytes {
            let (noise, piece) = self.splitter.push(*byte);
            for piece in noise.into_iter().chain(piece) {
                self.handle_piece(now, piece);
            }
        }
    }

    /// Ends a command whose time is up.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due = self.running.as_ref().is_some_and(|running| running.sent + running.command.timeout <= now);
        if !due {
            return;
        }
        self.give_up_body();
        let last = self.running.as_ref().and_then(|running| running.lines.last()).cloned();
        if let Some(line) = last.filter(|line| is_nearly_a_result(line)) {
            self.odd(Oddity::ResultUnreadable(line));
        }
        if let Some(Running { id, command, suspicion, .. }) = self.running.take() {
            self.splitter.expect_prompt(None);
            let (command, waited) = (command.line, command.timeout);
            let error = match suspicion {
                Some(evidence) => AtError::LineDisturbed { command, waited, evidence },
                None => AtError::NoAnswer { command, waited },
            };
            self.event(AtEvent::Failed { id, error });
        }
    }

    /// Ends the running command because the port is gone.
    pub fn handle_port_gone(&mut self, port: &str, reason: &str) {
        if let Some(running) = self.running.take() {
            let error = AtError::PortGone { port: port.to_owned(), reason: reason.to_owned() };
            self.event(AtEvent::Failed { id: running.id, error });
        }
    }

    /// The next output; call it until `None` after every input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When the running command times out.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.running
            .as_ref()
            .map(|running| Wakeup::new(running.sent + running.command.timeout, "AT command time-out"))
    }

    /// Whether a command is running.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    fn answer_prompt(&mut self) {
        if let Some(text) = self.running.as_ref().and_then(|running| running.command.text.as_ref()) {
            let mut bytes = text.clone().into_bytes();
            bytes.push(0x1a);
            self.outputs.push_back(Output::Transmit(bytes));
        } else if let Some(data) = self.running.as_ref().and_then(|running| running.command.octets.as_ref()) {
            self.outputs.push_back(Output::Transmit(data.octets.clone()));
        }
    }

    fn handle_piece(&mut self, now: Instant, piece: Piece) {
        match piece {
            Piece::Prompt => self.answer_prompt(),
            Piece::Noise(octets) => self.odd(Oddity::Noise(octets)),
            Piece::Body(text) => self.handle_body(text),
            Piece::Line(line) => self.handle_line(now, line),
        }
    }

    /// A text that was asked for, or the line in its place.
    fn handle_body(&mut self, text: String) {
        match std::mem::take(&mut self.awaited) {
            Awaited::OfReport(report, Body::RestOfString) => {
                let line = format!("{report}\n{text}");
                self.event(AtEvent::Unsolicited { line, payload: None });
            }
            Awaited::OfReport(line, Body::NextLine | Body::Text(_) | Body::Octets(_)) => {
                self.event(AtEvent::Unsolicited { line, payload: Some(text) });
            }
            Awaited::OfAnswer => match &mut self.running {
                Some(running) => running.lines.push(text),
                None => self.event(AtEvent::Stray(text)),
            },
            Awaited::Nothing => self.event(AtEvent::Stray(text)),
        }
    }

    fn handle_line(&mut self, now: Instant, line: String) {
        if !matches!(self.awaited, Awaited::Nothing) {
            return self.handle_body(line);
        }
        if is_garbled(&line) && !self.is_what_was_typed(&line) {
            self.odd(Oddity::Garbled(line.clone()));
        }
        let Some(running) = &mut self.running else {
            return self.handle_idle_line(line);
        };
        if running.in_data && running.command.end_of_data() == Some(name(&line)) {
            let through = wire::at::response::parameters(&line) == "0";
            return self.finish(now, if through { FinalResult::Ok } else { FinalResult::Error });
        }
        if let Some(result) = FinalResult::parse(&line) {
            if result == FinalResult::Ok && running.command.end_of_data().is_some() && !running.in_data {
                running.in_data = true;
                return self.answer_prompt();
            }
            if result.may_be_unsolicited() && !answers_a_call(&running.command.line) {
                return self.event(AtEvent::Unsolicited { line, payload: None });
            }
            return self.finish(now, result);
        }
        if is_start(&line) {
            return self.restarted(line);
        }
        if self.is_echo(&line) {
            return;
        }
        let Some(running) = &mut self.running else { return };
        if is_report_name(&line) && !is_answer_to(&running.command.line, &line) {
            return self.handle_report(line);
        }
        if let Some(body) = body(&line) {
            self.splitter.expect_body(&line, body);
            self.awaited = Awaited::OfAnswer;
        }
        running.lines.push(line);
    }

    /// Whether a line is what was typed, coming back: the command, or the text after its prompt.
    fn is_echo(&mut self, line: &str) -> bool {
        if self.is_entered_text(line) {
            return true;
        }
        let Some(running) = &mut self.running else { return false };
        if !running.lines.is_empty() {
            return false;
        }
        let sent = running.command.line.clone();
        if running.echoed {
            let twice = line == sent;
            if twice {
                self.odd(Oddity::EchoTwice(sent));
            }
            return twice;
        }
        match echo_of(&sent, line) {
            Some(oddity) => {
                running.echoed = true;
                oddity.into_iter().for_each(|oddity| self.odd(oddity));
                true
            }
            None => false,
        }
    }

    /// Whether a line is octet for octet what was typed, whatever that is.
    fn is_what_was_typed(&self, line: &str) -> bool {
        let command = self.running.as_ref().is_some_and(|running| running.command.line == line);
        command || self.is_entered_text(line)
    }

    fn is_entered_text(&self, line: &str) -> bool {
        let Some(Running { command, .. }) = &self.running else { return false };
        let text = command.text.as_deref().is_some_and(|text| line.trim_end_matches('\u{1a}') == text);
        text || command.octets.as_ref().is_some_and(|data| !line.is_empty() && octets_of(line) == data.octets)
    }

    fn handle_idle_line(&mut self, line: String) {
        let report = is_report_name(&line)
            || FinalResult::parse(&line).is_some_and(|result| result.may_be_unsolicited());
        if report { self.handle_report(line) } else { self.event(AtEvent::Stray(line)) }
    }

    fn handle_report(&mut self, line: String) {
        match body(&line) {
            Some(body) => {
                self.splitter.expect_body(&line, body);
                self.awaited = Awaited::OfReport(line, body);
            }
            None => self.event(AtEvent::Unsolicited { line, payload: None }),
        }
    }

    /// The banner of a modem that has just started stands where the answer should: there will be none.
    fn restarted(&mut self, banner: String) {
        self.event(AtEvent::Unsolicited { line: banner.clone(), payload: None });
        if let Some(Running { id, command, .. }) = self.running.take() {
            self.splitter.expect_prompt(None);
            self.event(AtEvent::Failed { id, error: AtError::Restarted { command: command.line, banner } });
        }
    }

    /// A body that has not come by now will not come.
    fn give_up_body(&mut self) {
        let rest = self.splitter.abandon_body().unwrap_or_default();
        let begun = match std::mem::take(&mut self.awaited) {
            Awaited::Nothing => return,
            Awaited::OfAnswer => String::new(),
            Awaited::OfReport(report, _) => report + "\n",
        };
        self.odd(Oddity::TextCutShort(begun + &rest));
    }

    fn odd(&mut self, oddity: Oddity) {
        if let Some(running) = &mut self.running
            && oddity.points_at_the_line()
        {
            running.suspicion.get_or_insert(oddity.clone());
        }
        self.event(AtEvent::Odd(oddity));
    }

    fn finish(&mut self, now: Instant, result: FinalResult) {
        if let Some(running) = self.running.take() {
            let answer = Answer { command: running.command.line, lines: running.lines, result };
            self.splitter.expect_prompt(None);
            self.event(AtEvent::Done { id: running.id, answer, took: now.since(running.sent) });
        }
    }

    fn event(&mut self, event: AtEvent) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// Whether `NO CARRIER` and its like are the final result code of this command.
fn answers_a_call(command: &str) -> bool {
    let body = command.get(2..).unwrap_or_default();
    body.starts_with(['D', 'd']) || body.eq_ignore_ascii_case("A") || body.starts_with(['O', 'o'])
}

/// Whether a line that could be a report is the information text of the command in flight.
fn is_answer_to(command: &str, line: &str) -> bool {
    let name = name(line);
    // A concatenated line asks for several things at once.
    let asked = command.get(2..).unwrap_or_default().split(';').any(|part| {
        let part_name = part.split(['?', '=']).next().unwrap_or(part);
        part_name.eq_ignore_ascii_case(name) && part.len() > part_name.len()
    });
    let registration = matches!(name, "+CREG" | "+CGREG" | "+CEREG");
    asked && !(registration && is_registration_report(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::seed::Seed;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    fn events(channel: &mut AtChannel) -> Vec<AtEvent> {
        std::iter::from_fn(|| channel.poll_output())
            .filter_map(|output| match output {
                Output::Event(event) => Some(event),
                Output::Transmit(_) => None,
            })
            .collect()
    }

    fn exchange(command: Command, input: &[u8]) -> Vec<AtEvent> {
        let mut channel = AtChannel::default();
        channel.send(Instant::ZERO, command).unwrap();
        channel.handle_input(at(10), input);
        events(&mut channel)
    }

    fn unsolicited(line: &str) -> AtEvent {
        AtEvent::Unsolicited { line: line.to_owned(), payload: None }
    }

    fn lines_of(event: &AtEvent) -> Vec<String> {
        match event {
            AtEvent::Done { answer, .. } => answer.lines.clone(),
            AtEvent::Failed { .. } | AtEvent::Unsolicited { .. } | AtEvent::Stray(_) | AtEvent::Odd(_) => {
                panic!("not done: {event:?}")
            }
        }
    }

    #[test]
    fn reports_around_and_inside_an_answer_are_kept_apart_from_it() {
        let input = b"AT+CREG?\r\r\n+CREG: 5\r\n\r\n+CREG: 2,1,\"0064\",\"0012BEEF\",7\r\n\r\n+CGEV: ME PDN ACT 1\r\n\r\nOK\r\n\r\n+CMTI: \"SM\",3\r\n";
        let seen = exchange(Command::new("AT+CREG?", SECOND), input);
        assert_eq!(seen[0], unsolicited("+CREG: 5"));
        assert_eq!(seen[1], unsolicited("+CGEV: ME PDN ACT 1"));
        assert_eq!(lines_of(&seen[2]), ["+CREG: 2,1,\"0064\",\"0012BEEF\",7"]);
        assert_eq!(seen[3], unsolicited("+CMTI: \"SM\",3"));
    }

    #[test]
    fn a_message_body_that_looks_like_a_result_is_payload() {
        let seen = exchange(Command::new("AT+CMGR=1", SECOND), b"\r\n+CMGR: 0,,30\r\nOK\r\n\r\nOK\r\n");
        assert_eq!(lines_of(&seen[0]), ["+CMGR: 0,,30", "OK"]);
        let seen = exchange(Command::new("AT", SECOND), b"\r\n+CMT: ,30\r\nERROR\r\n\r\nOK\r\n");
        assert_eq!(seen[0], AtEvent::Unsolicited { line: "+CMT: ,30".into(), payload: Some("ERROR".into()) });
        assert_eq!(lines_of(&seen[1]), Vec::<String>::new());
    }

    #[test]
    fn no_carrier_ends_a_dial_command_and_is_a_report_elsewhere() {
        let seen = exchange(Command::new("ATD+33639980002;", SECOND), b"\r\nNO CARRIER\r\n");
        assert!(matches!(&seen[0], AtEvent::Done { answer, .. } if answer.result == FinalResult::NoCarrier));
        let seen =
            exchange(Command::new("AT+CSQ", SECOND), b"\r\nNO CARRIER\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
        assert_eq!(seen[0], unsolicited("NO CARRIER"));
    }

    #[test]
    fn the_text_is_sent_only_after_the_prompt() {
        let mut channel = AtChannel::default();
        channel.send(Instant::ZERO, Command::with_text("AT+CMGS=22", "0001", SECOND)).unwrap();
        assert_eq!(channel.poll_output(), Some(Output::Transmit(b"AT+CMGS=22\r".to_vec())));
        assert_eq!(channel.poll_output(), None);
        channel.handle_input(at(5), b"AT+CMGS=22\r\r\n> ");
        assert_eq!(channel.poll_output(), Some(Output::Transmit(b"0001\x1a".to_vec())));
        channel.handle_input(at(9), b"0001\x1a\r\n+CMGS: 42\r\n\r\nOK\r\n");
        assert_eq!(lines_of(&events(&mut channel)[0]), ["+CMGS: 42"]);
    }

    #[test]
    fn a_second_command_is_refused_while_one_runs() {
        let mut channel = AtChannel::default();
        channel.send(Instant::ZERO, Command::new("AT+COPS=?", SECOND)).unwrap();
        let error = channel.send(at(1), Command::new("AT", SECOND)).unwrap_err();
        assert_eq!(error.to_string(), "AT: AT+COPS=? is still running on this port");
    }

    #[test]
    fn silence_ends_a_command_at_its_time_out_and_not_before() {
        let mut channel = AtChannel::default();
        channel.send(Instant::ZERO, Command::new("AT", SECOND)).unwrap();
        assert_eq!(channel.next_wakeup().map(|wakeup| wakeup.at), Some(at(1_000_000)));
        channel.handle_timeout(at(999_999));
        assert!(channel.is_busy());
        channel.handle_timeout(at(1_000_000));
        assert!(matches!(
            events(&mut channel).as_slice(),
            [AtEvent::Failed { error: AtError::NoAnswer { .. }, .. }]
        ));
        channel.handle_input(at(1_200_000), b"\r\nOK\r\n");
        assert_eq!(events(&mut channel), [AtEvent::Stray("OK".into())], "a late answer is told, not dropped");
    }

    #[test]
    fn garbage_never_panics() {
        let mut rng = Seed(3).child("garbage").rng();
        let mut channel = AtChannel::default();
        for step in 0..5_000u64 {
            let _ = channel.send(at(step), Command::new("AT+CPIN?", SECOND));
            channel.handle_input(at(step), &rng.octets::<5>());
            channel.handle_input(at(step), b"\r\n");
            while channel.poll_output().is_some() {}
        }
    }
}
