//! A command in flight: which of its lines waits, what was answered, and what was told of the exchange on the air.

use super::CommandId;
use crate::lora::answer::{Answer, Exchange};
use crate::lora::dialect::{Dialect, Event, Heard, Later, Line};
use crate::lora::error::LoraError;
use crate::lora::order::Skill;
use crate::lora::redact;
use wire::time::{Duration, Instant};

/// What is to be done after a line, or after a wait.
#[derive(Debug)]
pub enum Next {
    /// Nothing yet.
    Wait,
    /// Send this line.
    Line(Line),
    /// The command has ended well.
    Done,
    /// The command has ended badly.
    Failed(LoraError),
}

/// A command in flight.
#[derive(Debug)]
pub struct Running {
    /// Which.
    pub id: CommandId,
    lines: Vec<Line>,
    index: usize,
    typed: bool,
    sent: Instant,
    /// When the answer came, once an exchange is under way.
    taken: Option<Instant>,
    /// Until when lines may follow the one that was the last for all that is known.
    settling: Option<Instant>,
    values: Vec<String>,
    exchange: Option<Exchange>,
}

const NONE: &Line =
    &Line { text: String::new(), octets: Vec::new(), answer: Duration::ZERO, later: Later::Nothing };

impl Running {
    pub fn new(id: CommandId, lines: Vec<Line>, typed: bool, now: Instant) -> Self {
        let (values, exchange) = (Vec::new(), None);
        Self { id, lines, index: 0, typed, sent: now, taken: None, settling: None, values, exchange }
    }

    /// The line that waits.
    pub fn line(&self) -> &Line {
        self.lines.get(self.index).unwrap_or(NONE)
    }

    /// When the line was sent.
    pub const fn sent(&self) -> Instant {
        self.sent
    }

    /// Whether the line was answered, and what follows is waited for.
    pub const fn is_taken(&self) -> bool {
        self.taken.is_some()
    }

    /// The line as people may see it.
    pub fn shown(&self) -> String {
        redact(&self.line().text).into_owned()
    }

    /// What was answered so far.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// When something is to be done if nothing comes.
    pub fn due(&self) -> Instant {
        self.settling.unwrap_or_else(|| match self.taken {
            Some(taken) => taken + self.limit(),
            None => self.sent + self.line().answer,
        })
    }

    /// Takes a line of the node; `None` when it does not belong to this command.
    pub fn take(&mut self, now: Instant, dialect: &Dialect, heard: Heard, line: &str) -> Option<Next> {
        match heard {
            Heard::Stray | Heard::Restarted => None,
            Heard::Progress => {
                self.note(line);
                Some(Next::Wait)
            }
            Heard::Refused(word) => Some(self.refused(dialect, word)),
            Heard::Done(_) | Heard::Value(_) | Heard::Outcome(_) if self.is_taken() => None,
            Heard::Value(value) => {
                self.values.push(value);
                Some(Next::Wait)
            }
            Heard::Done(value) => Some(self.answered(now, dialect, value, line)),
            Heard::Outcome(event) => {
                self.begin(now);
                Some(self.told(now, dialect, event, true, line))
            }
            Heard::Told { .. } | Heard::Malformed(_) if !self.is_taken() => None,
            Heard::Told { event, over } => Some(self.told(now, dialect, event, over, line)),
            Heard::Malformed(expected) => {
                let command = self.shown();
                Some(Next::Failed(LoraError::Malformed { command, expected, got: line.to_owned() }))
            }
        }
    }

    /// Time is up: what was waited for has settled, or has not come.
    pub fn expire(&mut self, now: Instant, dialect: &Dialect) -> Next {
        if self.settling.take().is_some() {
            return if self.is_taken() { Next::Done } else { self.next_line(now) };
        }
        let command = self.shown();
        let tells = match self.line().later {
            Later::Nothing => true,
            Later::Join { .. } => dialect.can(Skill::JoinFailure),
            Later::Uplink { .. } | Later::UplinkAfterDelay { .. } => dialect.can(Skill::UplinkEnd),
        };
        match (tells, self.taken) {
            (true, Some(_)) => Next::Failed(LoraError::NoOutcome { command, waited: self.limit() }),
            (false, Some(_)) => Next::Done,
            // Whether a join is answered before its end is nowhere said of a dialect that is silent about its failure.
            (false, None) if matches!(self.line().later, Later::Join { .. }) => {
                self.begin(now);
                Next::Done
            }
            (_, None) => Next::Failed(LoraError::NoAnswer { command, waited: self.line().answer }),
        }
    }

    /// What came of the command.
    pub fn into_answer(self, dialect: &'static Dialect) -> Answer {
        Answer { command: self.shown(), values: self.values, exchange: self.exchange, dialect }
    }

    /// How long the exchange may take after the answer.
    fn limit(&self) -> Duration {
        match self.line().later {
            Later::Nothing => Duration::ZERO,
            Later::Join { limit } | Later::Uplink { limit, .. } => limit,
            Later::UplinkAfterDelay { limit } => {
                let delay = self.values.last().and_then(|value| value.trim().parse::<u16>().ok());
                limit + Duration::from_millis(delay.map_or(0, u64::from))
            }
        }
    }

    fn answered(&mut self, now: Instant, dialect: &Dialect, value: Option<String>, line: &str) -> Next {
        match (value, self.typed) {
            (Some(value), _) => self.values.push(value),
            (None, true) => self.values.push(line.to_owned()),
            (None, false) => {}
        }
        if self.line().later != Later::Nothing {
            self.begin(now);
            return Next::Wait;
        }
        if dialect.answer_settles == Duration::ZERO {
            return self.next_line(now);
        }
        self.settling = Some(now + dialect.answer_settles);
        Next::Wait
    }

    /// The answer of a line is complete.
    fn next_line(&mut self, now: Instant) -> Next {
        match self.lines.get(self.index + 1) {
            Some(line) => {
                self.index += 1;
                self.sent = now;
                Next::Line(line.clone())
            }
            None => Next::Done,
        }
    }

    fn begin(&mut self, now: Instant) {
        self.taken = Some(now);
        self.exchange = Some(Exchange::new(self.line().later));
    }

    fn note(&mut self, line: &str) {
        if let Some(exchange) = self.exchange.as_mut() {
            exchange.evidence.push(line.to_owned());
        }
    }

    fn told(&mut self, now: Instant, dialect: &Dialect, event: Event, over: bool, line: &str) -> Next {
        self.note(line);
        if let Some(exchange) = self.exchange.as_mut() {
            exchange.take(event);
        }
        if !over || self.settling.is_some() {
            return Next::Wait;
        }
        if dialect.exchange_settles == Duration::ZERO {
            return Next::Done;
        }
        self.settling = Some(now + dialect.exchange_settles);
        Next::Wait
    }

    fn refused(&mut self, dialect: &Dialect, word: String) -> Next {
        if self.typed {
            self.values.push(word);
            return Next::Done;
        }
        let meanings = dialect.meanings(&word);
        Next::Failed(LoraError::Refused { command: self.shown(), word, meanings })
    }
}
