//! Sockets of the makers: one family of commands for each, over the same TCP/IP.
//!
//! Which family a module has is a field of its dialect. A family is a file with its rows and with what it makes of
//! [`SocketEvent`]s; what they share is here.

mod nordic;
mod quectel;
mod simcom;
mod ublox;

use super::Modem;
use super::commands::{Entry, Service};
use super::ip::{Host, SocketError, SocketEvent, Sockets};
use super::line::Entry as Typed;
use super::mobile::{Credentials, Protocol};
use super::outcome::{Flow, Outcome, Pending, Prompt, Refusal, ResultCode};
use crate::defect::Defect;
use std::net::IpAddr;
use wire::at::error::CmeError;
use wire::at::text::text_of;
use wire::seed::Rng;
use wire::sockets::SocketFamily;
use wire::time::{Instant, Wakeup};

const CTRL_Z: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;

/// The sockets and what the family remembers about them.
#[derive(Debug)]
pub(super) struct SocketService {
    engine: Sockets,
    nordic: nordic::Memory,
    quectel: quectel::Memory,
    simcom: simcom::Memory,
    ublox: ublox::Memory,
}

impl SocketService {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            engine: Sockets::new(rng),
            nordic: nordic::Memory::default(),
            quectel: quectel::Memory::default(),
            simcom: simcom::Memory::default(),
            ublox: ublox::Memory::default(),
        }
    }

    pub(super) fn power_cycle(&mut self) {
        self.engine.power_cycle();
        self.nordic = nordic::Memory::default();
        self.quectel = quectel::Memory::default();
        self.simcom = simcom::Memory::default();
        self.ublox = ublox::Memory::default();
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        Wakeup::earliest(self.engine.next_wakeup(), self.nordic.next_wakeup())
    }
}

/// What a socket command waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// A context to become active.
    Context(u8),
    /// A socket to be opened.
    Open(u8),
    /// A name to be looked up.
    Lookup,
    /// Data on a socket, or its end.
    Arrival(u8),
}

/// Octets that the host gives after a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SocketData {
    pub(super) id: u8,
    /// What ends them.
    pub(super) until: Until,
    /// Where a datagram goes.
    pub(super) to: Option<(IpAddr, u16)>,
    /// What the modem says when it is ready for them.
    pub(super) sign: &'static str,
    /// Whether they are echoed.
    pub(super) echoed: bool,
}

/// What ends the octets after a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// So many have come.
    Count(usize),
    /// Ctrl-Z; ESC leaves them unsent.
    CtrlZ,
    /// Three plus signs, alone or behind the last of them.
    Terminator,
}

impl SocketData {
    pub(super) fn prompt(self) -> Outcome {
        Ok(Flow::Prompt(Prompt::SocketData(self)))
    }
}

/// The row of a socket command of this family.
pub(super) fn entry(family: Option<SocketFamily>, name: &str) -> Option<&'static Entry> {
    rows(family).iter().find(|entry| entry.name == name)
}

/// The socket commands of a family.
pub(super) fn rows(family: Option<SocketFamily>) -> &'static [Entry] {
    match family {
        Some(SocketFamily::Quectel) => quectel::ROWS,
        Some(SocketFamily::Simcom) => simcom::ROWS,
        Some(SocketFamily::UbloxR4 | SocketFamily::UbloxR5) => ublox::ROWS,
        Some(SocketFamily::Nordic) => nordic::ROWS,
        Some(SocketFamily::Telit | SocketFamily::Sierra) | None => &[],
    }
}

impl Modem {
    /// Lets sockets and pings go on, sends their packets and tells the host.
    pub(super) fn poll_sockets(&mut self, now: Instant) {
        self.nordic_timeout(now);
        if self.sockets.engine.is_idle() {
            return;
        }
        loop {
            self.sockets.engine.poll(now);
            while let Some((cid, packet)) = self.sockets.engine.poll_packet() {
                self.mobile.send_packet(cid, packet);
            }
            let Some(event) = self.sockets.engine.poll_event() else { break };
            let channel = self.channel_that_waits_for(|pending| awaits(pending, &event));
            self.on_channel(channel, |modem| modem.socket_event(now, event));
        }
        self.on_each_channel(|modem| modem.send_reports(now));
    }

    /// A packet came over a context.
    pub(super) fn packet_for_sockets(&mut self, now: Instant, cid: u8, packet: Vec<u8>) {
        if !self.sockets.engine.is_attached(cid) {
            return;
        }
        if let Some(prefix) = self.mobile.prefix(cid) {
            self.attach_sockets(now, cid, Some(prefix));
        }
        self.sockets.engine.receive(now, cid, packet);
        self.poll_sockets(now);
    }

    /// A context is active, or was refused: whoever waits for it goes on.
    pub(super) fn context_settled(&mut self, now: Instant, cid: u8, result: Result<(), CmeError>) {
        if self.pending_socket() != Some(&Awaited::Context(cid)) {
            return;
        }
        let outcome = match self.config.model.sockets {
            Some(SocketFamily::Quectel) => self.quectel_context(cid, result),
            Some(SocketFamily::Simcom) => self.simcom_context(cid, result),
            Some(SocketFamily::UbloxR4 | SocketFamily::UbloxR5) => self.ublox_context(cid, result),
            Some(SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic) | None => Ok(Flow::Done),
        };
        self.after_command(now, outcome, Service::Mobile);
    }

    /// A context is gone: so are its sockets.
    pub(super) fn context_gone(&mut self, now: Instant, cid: u8) {
        if self.config.defects.contains(&Defect::SendsAfterContextLoss) {
            return;
        }
        let used = self.sockets.engine.is_attached(cid);
        match self.config.model.sockets {
            Some(SocketFamily::Quectel) => self.quectel_context_gone(cid),
            Some(SocketFamily::Simcom) if used => self.simcom_context_gone(),
            Some(SocketFamily::UbloxR4 | SocketFamily::UbloxR5) => self.ublox_context_gone(cid),
            Some(
                SocketFamily::Simcom | SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic,
            )
            | None => {}
        }
        self.sockets.engine.detach(cid);
        self.poll_sockets(now);
    }

    fn socket_event(&mut self, now: Instant, event: SocketEvent) {
        match self.config.model.sockets {
            Some(SocketFamily::Quectel) => self.quectel_event(now, event),
            Some(SocketFamily::Simcom) => self.simcom_event(now, event),
            Some(SocketFamily::UbloxR4 | SocketFamily::UbloxR5) => self.ublox_event(now, event),
            Some(SocketFamily::Nordic) => self.nordic_event(now, event),
            Some(SocketFamily::Telit | SocketFamily::Sierra) | None => {}
        }
    }

    /// Makes a context that is active usable for sockets.
    fn use_context(&mut self, now: Instant, cid: u8) -> Result<(), SocketError> {
        if self.sockets.engine.is_attached(cid) {
            return Ok(());
        }
        let prefix = self.mobile.prefix(cid);
        if self.attach_sockets(now, cid, prefix) { Ok(()) } else { Err(SocketError::NoContext) }
    }

    fn attach_sockets(&mut self, now: Instant, cid: u8, prefix: Option<IpAddr>) -> bool {
        let Some(grant) = self.mobile.context_grant(cid) else { return false };
        let forged = IpAddr::from([192, 168, 0, 100]);
        let source = self.config.defects.contains(&Defect::WrongSourceAddress).then_some(forged);
        self.sockets.engine.attach(now, cid, grant, prefix, source);
        true
    }

    /// Asks for a context, unless it is there.
    fn bring_up(&mut self, now: Instant, cid: u8) -> Option<Pending> {
        if self.mobile.context_grant(cid).is_some() {
            return None;
        }
        self.mobile.activate(now, cid);
        Some(Pending::Socket(Awaited::Context(cid)))
    }

    /// The addresses of a context in quotes, as sockets take them.
    fn quoted_addresses(&self, cid: u8) -> Vec<String> {
        self.mobile.addresses(cid).iter().map(|address| format!("\"{address}\"")).collect()
    }

    /// Credentials as the makers' commands set them: 0 none, 1 PAP, 2 CHAP, 3 either.
    fn set_credentials(&mut self, cid: u8, protocol: u32, user: &str, password: &str) {
        let protocol = match protocol {
            0 => None,
            2 => Some(Protocol::Chap),
            _ => Some(Protocol::Pap),
        };
        let (user, password) = (user.to_owned(), password.to_owned());
        let credentials = protocol.map(|protocol| Credentials { protocol, user, password });
        self.mobile.set_credentials(cid, credentials);
    }

    fn pending_socket(&self) -> Option<&Awaited> {
        match self.pending() {
            Some(Pending::Socket(awaited)) => Some(awaited),
            _ => None,
        }
    }

    /// An octet of the data that a socket command waits for.
    pub(super) fn read_socket_data(&mut self, now: Instant, byte: u8) {
        let Some(entry) = &mut self.line.entry else { return };
        entry.touched = now;
        let Prompt::SocketData(data) = &entry.prompt else { return };
        let (until, echoed) = (data.until, data.echoed);
        if until == Until::CtrlZ && byte == ESCAPE {
            self.line.entry = None;
            return self.finish(now, ResultCode::Ok);
        }
        if !(until == Until::CtrlZ && byte == CTRL_Z) {
            entry.push(byte);
        }
        let ended = match until {
            Until::Count(count) => entry.text.len() >= count,
            Until::CtrlZ => byte == CTRL_Z,
            Until::Terminator => return self.read_data_mode(now),
        };
        if echoed && self.profile.echo && (until != Until::CtrlZ || !ended) {
            self.line.echo(byte);
        }
        if ended && let Some(entry) = self.line.entry.take() {
            let outcome = self.socket_data_complete(now, entry);
            self.after_command(now, outcome, Service::Mobile);
            self.poll_sockets(now);
        }
    }

    fn socket_data_complete(&mut self, _now: Instant, entry: Typed) -> Outcome {
        let Prompt::SocketData(data) = entry.prompt else { return Err(Refusal::Plain) };
        self.line.begin_response();
        let sent = if entry.too_long {
            Err(SocketError::Full)
        } else {
            self.sockets.engine.send(data.id, &entry.text, data.to)
        };
        match self.config.model.sockets {
            Some(SocketFamily::Quectel) => self.quectel_sent(sent),
            Some(SocketFamily::Simcom) => self.simcom_sent(data.id, entry.text.len(), sent),
            Some(SocketFamily::UbloxR4 | SocketFamily::UbloxR5) => {
                self.ublox_sent(&data, entry.text.len(), sent)
            }
            Some(SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic) | None => {
                Err(Refusal::Plain)
            }
        }
    }

    /// An information line, and octets under it that end with a line end of their own.
    fn information_with_octets(&mut self, header: &str, octets: &[u8]) {
        let text = text_of(octets);
        self.information_with_payload(header, &text);
    }
}

/// Whether a command waits for this event.
fn awaits(pending: &Pending, event: &SocketEvent) -> bool {
    let Pending::Socket(awaited) = pending else { return false };
    match (awaited, event) {
        (Awaited::Open(id), SocketEvent::Opened { id: told, .. }) => id == told,
        (Awaited::Lookup, SocketEvent::Resolved { .. }) => true,
        (Awaited::Arrival(id), SocketEvent::Arrived { id: told } | SocketEvent::Closed { id: told, .. }) => {
            id == told
        }
        _ => false,
    }
}

/// A host in quotes that must be there.
fn host(text: &str) -> Result<Host, Refusal> {
    if text.is_empty() || text.len() > 150 { Err(Refusal::Parameter) } else { Ok(Host::named(text)) }
}

/// A number that must fit.
fn narrow<T: TryFrom<u32>>(number: u32) -> Result<T, Refusal> {
    T::try_from(number).map_err(|_| Refusal::Parameter)
}
