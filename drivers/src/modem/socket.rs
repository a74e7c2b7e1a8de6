//! Sockets, name lookups and pings with the makers' commands: one row of functions for each family (`wire::sockets`).
//!
//! A family answers either with its result code or with a report that follows; both are read here. Nothing is repaired:
//! a code that a maker gives is handed on as it is.

mod nordic;
mod quectel;
mod simcom;
mod ublox;

use crate::at::{Answer, AtError, Command};
use std::net::IpAddr;
use wire::at::response::{fields, name, parameters};
use wire::at::text::octets_of;
use wire::sockets::SocketFamily;
use wire::time::Duration;

/// What the module does by itself takes no longer.
pub const LOCAL: Duration = Duration::from_secs(5);
/// A context may take this long (TS 27.007 leaves it to the network; makers say 150 s).
const CONTEXT: Duration = Duration::from_secs(150);
/// A connection or a name may take this long.
pub const NETWORK: Duration = Duration::from_secs(150);
/// Closing a connection may take this long.
const CLOSING: Duration = Duration::from_secs(15);
/// The most that is read at once.
const MOST_READ: usize = 1_024;

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Where a socket leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Why a maker's command did not do it: the maker's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketError(pub u16);

/// What one report of a ping says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingReport {
    /// An answer came after this many milliseconds.
    Answered(u32),
    /// No answer came.
    Lost,
    /// All are done.
    Ended,
}

/// What a report says about the opening of a socket; `None` when it says nothing about it.
pub type Opening = fn(report: &str, id: u8) -> Option<Result<(), SocketError>>;

/// The socket commands of a family: what is sent, and what the modem's lines say. What a family has no need of is `None`.
#[derive(Debug)]
pub struct SocketCommands {
    /// What makes a context usable for sockets.
    pub preparation: Option<Preparation>,
    /// What arrives is to be kept until it is read, in hexadecimal digits where it stands in quotes.
    pub keep_received: Option<&'static str>,
    /// Makes a socket, where that is a step of its own; the modem chooses the number.
    pub creation: Option<Creation>,
    /// Opens or connects a socket of this number on a context.
    pub open: fn(cid: u8, id: u8, peer: &Peer) -> Command,
    /// What a report says about the opening of a socket; `None` when it says nothing about it.
    pub opening: Option<Opening>,
    /// Makes the following commands be about this socket.
    pub select: Option<fn(id: u8) -> Command>,
    /// Sends octets.
    pub send: fn(id: u8, peer: &Peer, octets: Vec<u8>) -> Result<Command, Unsendable>,
    /// How it is known that something has arrived, or that the other side has closed.
    pub arrival: Arrival,
    /// Reads what has arrived.
    pub read: fn(id: u8, protocol: Protocol) -> Command,
    /// What was read; empty when there was nothing.
    pub received: fn(answer: &Answer) -> Result<String, AtError>,
    /// Closes a socket.
    pub close: fn(id: u8) -> Command,
    /// Looks a name up.
    pub look_up: fn(cid: u8, host: &str) -> Command,
    /// The address that a line of an answer or a report tells; an error where it says that there is none.
    pub found: fn(line: &str) -> Option<Result<IpAddr, SocketError>>,
    /// Pings this often.
    pub ping: fn(cid: u8, host: &str, count: u8) -> Command,
    /// Reads a report of a ping.
    pub ping_report: fn(report: &str) -> Option<PingReport>,
}

/// How a context is made usable for sockets.
#[derive(Debug)]
pub struct Preparation {
    /// Asks whether it is so already.
    pub question: &'static str,
    /// The beginning of the line that says so.
    pub ready: fn(cid: u8) -> String,
    /// Makes it so.
    pub command: fn(cid: u8) -> Command,
}

impl Preparation {
    /// Asks whether the context is usable already.
    #[must_use]
    pub fn ask(&self) -> Command {
        Command::new(self.question, LOCAL)
    }

    /// Whether the answer says that the context is usable.
    #[must_use]
    pub fn is_done(&self, answer: &Answer, cid: u8) -> bool {
        let ready = (self.ready)(cid);
        answer.lines.iter().any(|line| line.starts_with(&ready))
    }
}

/// How a socket is made.
#[derive(Debug)]
pub struct Creation {
    /// Makes it.
    pub command: fn(protocol: Protocol) -> Command,
    /// The name of the line whose first field is the number.
    pub name: &'static str,
}

impl Creation {
    /// The number that the modem chose.
    ///
    /// # Errors
    /// [`AtError::Malformed`].
    pub fn number(&self, answer: &Answer) -> Result<u8, AtError> {
        const FORM: &str = "the number of the socket";
        let parts = fields(answer.parameters(self.name, FORM)?);
        parts.first().and_then(|number| number.parse().ok()).ok_or_else(|| answer.malformed(FORM))
    }
}

/// How the host learns that something has arrived.
#[derive(Debug)]
pub enum Arrival {
    /// Reports tell it.
    Reported {
        /// Whether a report says that this socket has something to read.
        arrived: fn(report: &str, id: u8) -> bool,
        /// Whether a report says that this socket was closed by the other side or with its context.
        closed: fn(report: &str, id: u8) -> bool,
    },
    /// Nothing tells it: the host waits in a command.
    Asked {
        /// Waits for as many seconds, at least one.
        wait: fn(seconds: u16) -> Command,
        /// Looks without waiting.
        look: &'static str,
        /// The answer that says that the other side has closed.
        closed: &'static str,
    },
}

/// Octets that a family cannot send: they hold what ends its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data holds \"{0}\", which ends the data of this family")]
pub struct Unsendable(pub &'static str);

/// The socket commands of a family, where the driver has them.
#[must_use]
pub const fn commands(family: SocketFamily) -> Option<&'static SocketCommands> {
    match family {
        SocketFamily::Quectel => Some(&quectel::COMMANDS),
        SocketFamily::Simcom => Some(&simcom::COMMANDS),
        SocketFamily::UbloxR4 => Some(&ublox::R4),
        SocketFamily::UbloxR5 => Some(&ublox::R5),
        SocketFamily::Nordic => Some(&nordic::COMMANDS),
        SocketFamily::Telit | SocketFamily::Sierra => None,
    }
}

/// A text of which a line tells the length; the complaint when it has another.
fn measured(answer: &Answer, length: Option<&String>, text: String) -> Result<String, AtError> {
    const FORM: &str = "a line with a length, and as many characters";
    let length: usize =
        length.and_then(|length| length.parse().ok()).ok_or_else(|| answer.malformed(FORM))?;
    if octets_of(&text).len() == length { Ok(text) } else { Err(answer.malformed(FORM)) }
}

/// The fields of the first line of an answer when it has this name.
fn first_fields(answer: &Answer, wanted: &str) -> Result<Vec<String>, AtError> {
    let first = answer.lines.first().map(String::as_str).unwrap_or_default();
    if name(first) == wanted {
        Ok(fields(parameters(first)))
    } else {
        Err(answer.malformed("a line with a length, and as many characters"))
    }
}

/// An address in one field of a line, or the error number in its second.
fn address_in(line: &str, place: usize) -> Option<Result<IpAddr, SocketError>> {
    let parts = fields(parameters(line));
    if let Some(address) = parts.get(place).and_then(|part| part.parse().ok()) {
        return Some(Ok(address));
    }
    let error: u16 = parts.get(1)?.parse().ok()?;
    (error != 0).then_some(Err(SocketError(error)))
}

/// What a report of this name with a socket and an error number says about this socket.
fn opening(report: &str, wanted: &str, id: u8) -> Option<Result<(), SocketError>> {
    if name(report) != wanted {
        return None;
    }
    let parts = fields(parameters(report));
    let number = |place: usize| parts.get(place)?.parse::<u16>().ok();
    let (told, error) = (number(0)?, number(1)?);
    (told == u16::from(id)).then_some(if error == 0 { Ok(()) } else { Err(SocketError(error)) })
}

/// Whether the fields of a line have these texts at their beginning.
fn begins(line: &str, texts: &[&str]) -> bool {
    let parts = fields(parameters(line));
    texts.iter().enumerate().all(|(place, text)| parts.get(place).is_some_and(|part| part == text))
}

/// The number of milliseconds in a field of a line.
fn answered(parts: &[String], place: usize) -> Option<PingReport> {
    parts.get(place)?.parse().ok().map(PingReport::Answered)
}

#[cfg(test)]
mod tests;
