//! The command channel of a node: framing, pairing of commands with answers and outcomes, time-outs. It owns no port.
//!
//! One command at a time, its outcome included. A line that belongs to no command is a [`Report`], never dropped. A node that
//! starts anew unasked ends the running command.

mod running;

use super::answer::Answer;
use super::dialect::{self, Dialect, Event, Heard, Line, LinkCheck, Waiting};
use super::error::LoraError;
use super::framing::Lines;
use super::order::Order;
use super::redact;
use running::{Next, Running};
use std::collections::VecDeque;
use std::fmt;
use wire::time::{Duration, Instant, Wakeup};

/// Names a command that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId(u64);

/// The lines for one order.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    lines: Vec<Line>,
    /// Whether somebody typed it: then a refusal is an answer like any other.
    typed: bool,
}

impl Command {
    /// The lines of `dialect` for an order; `None` where it has no command for it.
    #[must_use]
    pub fn order(dialect: &Dialect, order: &Order) -> Option<Self> {
        Some(Self { lines: (dialect.lines)(order)?, typed: false })
    }

    /// Any line with an immediate answer and nothing after it.
    pub fn typed(line: impl Into<String>) -> Self {
        Self { lines: vec![Line::new(line)], typed: true }
    }

    /// Whether the node does without any line what is ordered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last line as people may see it: without a key.
    #[must_use]
    pub fn shown(&self) -> String {
        redact(self.lines.last().map_or("", |line| &line.text)).into_owned()
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Command").field(&self.shown()).finish()
    }
}

/// A line that answers no command, with the time at which it was complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When.
    pub at: Instant,
    /// The line.
    pub line: String,
}

/// A downlink that belongs to no exchange of the node: in class C one comes at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnaskedDownlink {
    /// When its line was complete.
    pub at: Instant,
    /// FPort.
    pub port: u8,
    /// FRMPayload in clear.
    pub payload: Vec<u8>,
}

/// What the driver wants done or has to tell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Write these bytes to the port. They may hold a key: see [`super::redact`].
    Transmit(Vec<u8>),
    /// Something happened.
    Event(NodeEvent),
}

/// What happened on the channel.
#[derive(Clone, Debug)]
pub enum NodeEvent {
    /// A command was answered; where it has an outcome, that has come too.
    Done {
        /// Which command.
        id: CommandId,
        /// What the node said.
        answer: Answer,
        /// From the last byte written to the last line of it.
        took: Duration,
    },
    /// A command was refused or not answered, or its outcome never came.
    Failed {
        /// Which command.
        id: CommandId,
        /// What went wrong.
        error: LoraError,
    },
    /// A line came that answers no command.
    Report(Report),
}

/// The host's view of one node.
#[derive(Debug)]
pub struct NodeHost {
    dialect: &'static Dialect,
    /// Whether the dialect is that of the lab file, or of the node's own word.
    known: bool,
    lines: Lines,
    running: Option<Running>,
    next_id: u64,
    link_check: Option<LinkCheck>,
    reports: Vec<Report>,
    downlinks: Vec<UnaskedDownlink>,
    outputs: VecDeque<Output>,
}

impl NodeHost {
    /// A node that speaks this dialect.
    #[must_use]
    pub fn new(dialect: &'static Dialect) -> Self {
        Self {
            dialect,
            known: true,
            lines: Lines::default(),
            running: None,
            next_id: 0,
            link_check: None,
            reports: Vec::new(),
            downlinks: Vec::new(),
            outputs: VecDeque::new(),
        }
    }

    /// A node that is to be asked what it is.
    #[must_use]
    pub fn unknown() -> Self {
        Self { known: false, ..Self::new(&dialect::rn2483::RN2483) }
    }

    /// Its dialect; `None` while nobody knows it.
    #[must_use]
    pub fn dialect(&self) -> Option<&'static Dialect> {
        self.known.then_some(self.dialect)
    }

    /// Speaks this dialect from now on: to find out whether the node does, or, once it is `known`, for good.
    pub fn speak(&mut self, dialect: &'static Dialect, known: bool) {
        (self.dialect, self.known) = (dialect, known);
    }

    /// Sends a command.
    ///
    /// # Errors
    /// [`LoraError::Running`] while another one has not come to its end.
    pub fn send(&mut self, now: Instant, command: Command) -> Result<CommandId, LoraError> {
        if let Some(running) = &self.running {
            return Err(LoraError::Running { command: command.shown(), running: running.shown() });
        }
        self.give_up_data(now);
        self.next_id += 1;
        let id = CommandId(self.next_id);
        let running = Running::new(id, command.lines, command.typed, now);
        self.transmit(running.line());
        self.running = Some(running);
        Ok(id)
    }

    /// Takes what the node sent.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        for byte in bytes {
            if let Some(line) = self.lines.push(self.dialect.framing, *byte) {
                self.handle_line(now, &line);
            }
        }
    }

    /// Ends a command whose time is up, and goes on with one whose lines have all come.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some(running) = self.running.as_mut().filter(|running| running.due() <= now) else { return };
        let next = running.expire(now, self.dialect);
        self.give_up_data(now);
        self.go_on(now, next);
    }

    /// Ends the running command because the port is gone.
    pub fn handle_port_gone(&mut self, port: &str, reason: &str) {
        if let Some(running) = self.running.take() {
            let error = LoraError::PortGone { port: port.to_owned(), reason: reason.to_owned() };
            self.fail(running.id, error);
        }
    }

    /// The next output; call it until `None` after every input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When the running command times out, or goes on.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let running = self.running.as_ref()?;
        Some(Wakeup::new(running.due(), "LoRa node command time-out"))
    }

    /// Whether a command is running.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Every report so far, in the order in which they came.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// Every downlink with data that came outside an exchange, in the order in which they came; each is a report too.
    #[must_use]
    pub fn downlinks(&self) -> &[UnaskedDownlink] {
        &self.downlinks
    }

    /// The answer to the last link check, where the node told it unasked.
    #[must_use]
    pub const fn link_check(&self) -> Option<LinkCheck> {
        self.link_check
    }

    fn handle_line(&mut self, now: Instant, line: &str) {
        let waiting =
            self.running.as_ref().map(|running| Waiting { line: running.line(), taken: running.is_taken() });
        let heard = (self.dialect.hear)(waiting, line);
        if let Heard::Told { event: Event::LinkCheck(check), .. } = &heard {
            self.link_check = Some(*check);
        }
        let taken = self.running.as_ref().is_some_and(Running::is_taken);
        if let Heard::Told { event: Event::Downlink { port, payload }, .. } = &heard
            && !taken
        {
            self.downlinks.push(UnaskedDownlink { at: now, port: *port, payload: payload.clone() });
        }
        let Some(running) = self.running.as_mut() else { return self.report(now, line) };
        if heard == Heard::Restarted {
            let (id, command) = (running.id, running.shown());
            self.running = None;
            self.report(now, line);
            return self.fail(id, LoraError::Restarted { command });
        }
        match running.take(now, self.dialect, heard, line) {
            Some(next) => self.go_on(now, next),
            None => self.report(now, line),
        }
    }

    fn go_on(&mut self, now: Instant, next: Next) {
        match next {
            Next::Wait => {}
            Next::Line(line) => self.transmit(&line),
            Next::Done => {
                if let Some(running) = self.running.take() {
                    let (id, took) = (running.id, now.since(running.sent()));
                    let answer = running.into_answer(self.dialect);
                    self.outputs.push_back(Output::Event(NodeEvent::Done { id, answer, took }));
                }
            }
            Next::Failed(error) => {
                if let Some(running) = self.running.take() {
                    // What came of an answer that was never complete.
                    running.values().iter().for_each(|line| self.report(now, line));
                    self.fail(running.id, error);
                }
            }
        }
    }

    fn transmit(&mut self, line: &Line) {
        let mut bytes = format!("{}{}", line.text, self.dialect.line_end).into_bytes();
        bytes.extend(&line.octets);
        self.outputs.push_back(Output::Transmit(bytes));
    }

    /// Octets that a line has promised do not come any more: they must not swallow the next answer.
    fn give_up_data(&mut self, now: Instant) {
        if let Some(line) = self.lines.give_up_data() {
            self.report(now, &line);
        }
    }

    fn report(&mut self, now: Instant, line: &str) {
        let report = Report { at: now, line: line.to_owned() };
        self.reports.push(report.clone());
        self.outputs.push_back(Output::Event(NodeEvent::Report(report)));
    }

    fn fail(&mut self, id: CommandId, error: LoraError) {
        self.outputs.push_back(Output::Event(NodeEvent::Failed { id, error }));
    }
}

#[cfg(test)]
mod tests;
