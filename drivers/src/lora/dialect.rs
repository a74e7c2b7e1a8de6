//! The serial dialects of LoRaWAN nodes: one row each, with a function that words orders and one that hears lines.
//!
//! What a row lacks ends a test as not applicable. A dialect that does not tell how something ended says so in its row too
//! : then the driver waits as long as the exchange can take, and silence is what it reports.

mod lora_e5;
mod murata;
mod parse;
pub(super) mod rn2483;
mod rui3;
mod status;
mod stm32wl;

use super::error::Refusal;
use super::order::{Order, Skill};
use super::redact;
use wire::id::Eui64;
use wire::time::Duration;

/// The usual wait for an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(1);
/// Writing a memory takes up to a second, starting up somewhat less.
pub(super) const SLOW_ANSWER: Duration = Duration::from_secs(5);
/// A join is one request and its two windows: 1.5 s on air, 6 s to RX2, 1.2 to 1.8 s of join-accept, all at SF12.
pub(super) const JOIN: Duration = Duration::from_secs(15);
/// The same where the module keeps a request until its duty cycle and a random pause allow it: 148 s each at SF12.
pub(super) const WAITING_JOIN: Duration = Duration::from_secs(330);
/// Up to fifteen transmissions with their windows, which wait for the duty cycle.
pub(super) const UPLINK: Duration = Duration::from_secs(300);

/// Every dialect, in the order in which an unknown node is asked.
pub static ALL: [&Dialect; 6] = [
    &rn2483::RN2483,
    &rn2483::RN2903,
    &lora_e5::DIALECT,
    &rui3::DIALECT,
    &stm32wl::DIALECT,
    &murata::DIALECT,
];

/// One dialect.
pub struct Dialect {
    /// Its name in lab files.
    pub name: &'static str,
    /// Other names in lab files.
    pub also: &'static [&'static str],
    /// What it is, in words.
    pub what: &'static str,
    /// The speed of its line as delivered, bit/s.
    pub baud: u32,
    /// What ends a line of the host.
    pub line_end: &'static str,
    /// How its bytes become lines.
    pub framing: Framing,
    /// How an EUI looks.
    pub eui: EuiForm,
    /// What it has no command for, or does not tell.
    pub lacks: &'static [Skill],
    /// How long further lines of an answer may follow the one that completes it.
    pub answer_settles: Duration,
    /// How long what belongs to an exchange may follow the line that ends it.
    pub exchange_settles: Duration,
    /// Its words of refusal. One word may have several meanings; one that ends with `*` stands for all that begin so.
    pub refusals: &'static [(&'static str, Refusal)],
    /// Further ones, of a set that it shares with others.
    pub shared_refusals: &'static [(&'static str, Refusal)],
    /// The lines for an order; `None` for what it lacks.
    pub lines: fn(&Order) -> Option<Vec<Line>>,
    /// What a line of the node is, while a line of the host waits for its answer or its outcome.
    pub hear: fn(Option<Waiting<'_>>, &str) -> Heard,
    /// What a version tells that no other dialect's does.
    pub is_version: fn(&str) -> bool,
}

impl std::fmt::Debug for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Dialect").field(&self.name).finish()
    }
}

impl Dialect {
    /// Whether it has a command for this, or tells it.
    #[must_use]
    pub fn can(&self, skill: Skill) -> bool {
        !self.lacks.contains(&skill)
    }

    /// What a word of refusal may mean; empty for a word that it does not have.
    #[must_use]
    pub fn meanings(&self, word: &str) -> Vec<Refusal> {
        let same = |row: &&(&str, Refusal)| match row.0.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == row.0,
        };
        self.refusals.iter().chain(self.shared_refusals).filter(same).map(|(_, refusal)| *refusal).collect()
    }
}

/// The dialect with this name in lab files.
#[must_use]
pub fn named(name: &str) -> Option<&'static Dialect> {
    ALL.into_iter().find(|dialect| dialect.name == name || dialect.also.contains(&name))
}

/// The names of all dialects, for a message.
#[must_use]
pub fn names() -> String {
    ALL.map(|dialect| dialect.name).join(", ")
}

/// The dialect whose version reads like this.
#[must_use]
pub fn recognised(version: &str) -> Option<&'static Dialect> {
    ALL.into_iter().find(|dialect| (dialect.is_version)(version))
}

/// How bytes become lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A line ends with LF, and a line without characters is a line (RN2483).
    Whole,
    /// A line ends with CR or LF; empty lines part others and say nothing.
    Filled,
    /// As [`Framing::Filled`]; `+RECV=port,length` is followed by CR LF LF and so many octets (MKRWAN).
    Octets,
}

/// How an EUI is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EuiForm {
    /// Sixteen upper-case digits.
    Upper,
    /// Sixteen digits.
    Plain,
    /// Eight pairs with colons between them.
    Colons,
}

impl EuiForm {
    /// The form in words.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Self::Upper => "16 upper-case hexadecimal digits",
            Self::Plain => "16 hexadecimal digits",
            Self::Colons => "8 pairs of hexadecimal digits with colons between them",
        }
    }

    /// Reads it, strictly.
    #[must_use]
    pub fn read(self, text: &str) -> Option<Eui64> {
        let digits = match self {
            Self::Upper | Self::Plain => text.to_owned(),
            Self::Colons => {
                let pairs: Vec<&str> = text.split(':').collect();
                (pairs.len() == 8 && pairs.iter().all(|pair| pair.len() == 2)).then(|| pairs.concat())?
            }
        };
        let upper = self == Self::Upper;
        let right = |byte: u8| byte.is_ascii_hexdigit() && !(upper && byte.is_ascii_lowercase());
        let whole = digits.len() == 16 && digits.bytes().all(right);
        whole.then(|| u64::from_str_radix(&digits, 16).ok()).flatten().map(Eui64::from_value)
    }
}

/// How an exchange that follows the answer to a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Nothing follows: the answer is all.
    Nothing,
    /// A join.
    Join {
        /// How long it may take.
        limit: Duration,
    },
    /// An uplink and its windows.
    Uplink {
        /// Whether an acknowledgement is waited for.
        confirmed: bool,
        /// How long it may take.
        limit: Duration,
    },
    /// The same; the last number that the node gave before is RECEIVE_DELAY2 in milliseconds and adds to the limit.
    UplinkAfterDelay {
        /// How long it may take beyond that.
        limit: Duration,
    },
}

/// One line of the host.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The text, without its end.
    pub text: String,
    /// Octets that follow the end of the line.
    pub octets: Vec<u8>,
    /// How long its answer may take.
    pub answer: Duration,
    /// What follows the answer.
    pub later: Later,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Line").field(&redact(&self.text)).finish()
    }
}

impl Line {
    /// A line that is answered at once.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), octets: Vec::new(), answer: ANSWER, later: Later::Nothing }
    }

    /// The same with another wait for its answer.
    #[must_use]
    pub fn answered_within(self, answer: Duration) -> Self {
        Self { answer, ..self }
    }

    /// The same with what follows its answer.
    #[must_use]
    pub fn then(self, later: Later) -> Self {
        Self { later, ..self }
    }
}

/// The line of the host that waits.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The line.
    pub line: &'a Line,
    /// Whether it was answered, and what follows is waited for.
    pub taken: bool,
}

/// What a line of the node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The answer is complete, with a value if the same line has one.
    Done(Option<String>),
    /// A value of the answer, which goes on.
    Value(String),
    /// The host was refused, in this word.
    Refused(String),
    /// The answer is complete, and is itself what is told of the exchange.
    Outcome(Event),
    /// Something about the exchange on the air.
    Told {
        /// What.
        event: Event,
        /// Whether the exchange is over with it.
        over: bool,
    },
    /// The node started anew, unasked.
    Restarted,
    /// A line of the exchange that changes nothing.
    Progress,
    /// A line of the exchange that does not have this form, which it should have.
    Malformed(&'static str),
    /// A line that belongs to nothing.
    Stray,
}

impl Heard {
    /// An event after which more is to come.
    pub(super) const fn told(event: Event) -> Self {
        Self::Told { event, over: false }
    }

    /// An event that ends the exchange.
    pub(super) const fn over(event: Event) -> Self {
        Self::Told { event, over: true }
    }
}

/// What is told of an exchange on the air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Whether a join succeeded.
    Joined(bool),
    /// A downlink with data.
    Downlink {
        /// FPort.
        port: u8,
        /// FRMPayload in clear.
        payload: Vec<u8>,
    },
    /// Whether the network acknowledged the uplink.
    Acknowledged(bool),
    /// The payload does not fit the data rate any more.
    TooLong,
    /// The answer to a link check.
    LinkCheck(LinkCheck),
    /// Nothing but its end.
    Ended,
}

/// The answer to a link check (LoRaWAN 1.0.2 clause 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkCheck {
    /// dB above the floor.
    pub margin: u8,
    /// How many gateways heard it.
    pub gateways: u8,
}

#[cfg(test)]
mod tests;
