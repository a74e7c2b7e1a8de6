//! u-blox's sockets: `+USOCR`, `+USOCO`, `+USOWR`, `+USOST`, `+USORD`, `+USORF`, `+USOCL`, `+USOCTL`, `+USOER`, `+UDNSRN`,
//! `+UPING`, `+UPSD`, `+UPSDA`, `+UPSND`, `+UDCONF=1`.
//!
//! On SARA-R4 sockets use the first context as it is; on SARA-R5 the profile that `+UPSDA` activated. Binary data follow
//! an `@`. Not here: direct link, listening, secure sockets.

use super::super::Modem;
use super::super::commands::{Entry, Test, free, open};
use super::super::ip::{CloseReason, Kind, PingOrder, PingReply, SocketError, SocketEvent, State};
use super::super::outcome::{Flow, Outcome, Pending, Refusal};
use super::{Awaited, SocketData, Until, host, narrow};
use std::collections::BTreeMap;
use std::net::IpAddr;
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::at::text::{octets_of, text_of};
use wire::sockets::SocketFamily;
use wire::time::{Duration, Instant};

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+USOCR", Test::Text("(6,17),(1-65535)"), Modem::usocr),
    open("+USOCO", Test::Text("(0-6),<remote_addr>,(1-65535),(0,1)"), Modem::usoco),
    open("+USOWR", Test::Text("(0-6),(0-1024)"), Modem::usowr),
    open("+USOST", Test::Text("(0-6),<remote_addr>,(1-65535),(0-1024)"), Modem::usost),
    open("+USORD", Test::Text("(0-6),(0-1024)"), Modem::usord),
    open("+USORF", Test::Text("(0-6),(0-1024)"), Modem::usorf),
    open("+USOCL", Test::Text("(0-6),(0,1)"), Modem::usocl),
    open("+USOCTL", Test::Text("(0-6),(0-4,10,11)"), Modem::usoctl),
    free("+USOER", Test::Bare, Modem::usoer),
    free("+UDCONF", Test::Text("(1),(0,1)"), Modem::udconf),
    open("+UDNSRN", Test::Text("(0),<domain_ip_string>"), Modem::udnsrn),
    open("+UPING", Test::Text("<host>,(1-2147483647),(4-1472),(10-60000),(1-255)"), Modem::uping),
    open("+UPSD", Test::Text("(0-6),(0-100),<param_val>"), Modem::upsd),
    open("+UPSDA", Test::Text("(0-6),(0-4)"), Modem::upsda),
    open("+UPSND", Test::Text("(0-6),(0-8)"), Modem::upsnd),
];

/// The context that a SARA-R4 uses, and the one that a profile uses until it is mapped to another.
const CONTEXT: u8 = 1;
const MOST: u32 = 1_024;
const LAST_SOCKET: u8 = 6;

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Profiles that are active, with their contexts.
    active: BTreeMap<u8, u8>,
    /// `+UPSD=<profile>,100,<cid>`.
    mapped: BTreeMap<u8, u8>,
    /// The profile that is being activated.
    activating: Option<u8>,
    last_error: u8,
    /// `+UDCONF=1,1`: data in strings are hexadecimal.
    hex: bool,
    ping_host: String,
    /// Connections that tell with a report that they are made.
    asynchronous: Vec<u8>,
}

/// The number that `+USOER` shows: those of POSIX.
fn number_of(error: SocketError) -> u8 {
    match error {
        SocketError::NoContext => 100,
        SocketError::InUse => 98,
        SocketError::NotConnected => 107,
        SocketError::Dns => 2,
        SocketError::Refused => 111,
        SocketError::Timeout => 110,
        SocketError::Full => 11,
        SocketError::Unreachable => 113,
    }
}

impl Modem {
    fn ublox_refused(&mut self, error: SocketError) -> Refusal {
        self.sockets.ublox.last_error = number_of(error);
        CmeError::OPERATION_NOT_ALLOWED.into()
    }

    fn ublox_identity(&self, list: &Parameters) -> Result<u8, Refusal> {
        let number = list.required_number(0)?;
        let known = u8::try_from(number).ok().filter(|id| self.sockets.engine.get(*id).is_some());
        known.ok_or_else(|| CmeError::OPERATION_NOT_ALLOWED.into())
    }

    /// The context of new sockets.
    fn ublox_context_id(&self) -> u8 {
        match self.config.model.sockets {
            Some(SocketFamily::UbloxR5) => self.sockets.ublox.active.values().next().copied().unwrap_or(0),
            _ => CONTEXT,
        }
    }

    pub(in crate::modem) fn usocr(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let kind = match list.required_number(0)? {
            6 => Kind::Tcp,
            17 => Kind::Udp,
            _ => return Err(Refusal::Parameter),
        };
        let local: u16 = narrow(list.number(1)?.unwrap_or(0))?;
        let Some(id) = (0..=LAST_SOCKET).find(|id| self.sockets.engine.get(*id).is_none()) else {
            return Err(self.ublox_refused(SocketError::InUse));
        };
        let cid = self.ublox_context_id();
        let made = self
            .use_context(now, cid)
            .and_then(|()| self.sockets.engine.open(now, id, cid, kind, None, Some(local)));
        match made {
            Ok(()) => {
                self.information(&format!("+USOCR: {id}"));
                Ok(Flow::Done)
            }
            Err(error) => Err(self.ublox_refused(error)),
        }
    }

    pub(in crate::modem) fn usoco(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.ublox_identity(list)?;
        let server = host(list.required_text(1)?)?;
        let port: u16 = narrow(list.required_number(2)?)?;
        let asynchronous = list.number(3)?.unwrap_or(0) == 1;
        let begun = self.sockets.engine.connect(now, id, server, port);
        if let Err(error) = begun {
            return Err(self.ublox_refused(error));
        }
        if asynchronous {
            self.sockets.ublox.asynchronous.push(id);
            return Ok(Flow::Done);
        }
        Ok(Flow::Pending(Pending::Socket(Awaited::Open(id))))
    }

    pub(in crate::modem) fn usowr(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.ublox_identity(list)?;
        self.ublox_data(list, id, 1, None)
    }

    pub(in crate::modem) fn usost(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.ublox_identity(list)?;
        let address: IpAddr = list.required_text(1)?.parse().map_err(|_| Refusal::Parameter)?;
        let port: u16 = narrow(list.required_number(2)?)?;
        self.ublox_data(list, id, 3, Some((address, port)))
    }

    /// A length with its data, or with an `@` after which they follow.
    fn ublox_data(&mut self, list: &Parameters, id: u8, index: usize, to: Option<(IpAddr, u16)>) -> Outcome {
        let length = list.required_number(index)?;
        if !(1..=MOST).contains(&length) {
            return Err(Refusal::Parameter);
        }
        let connected = self.sockets.engine.get(id).is_some_and(|socket| socket.state == State::Connected);
        if !connected {
            return Err(self.ublox_refused(SocketError::NotConnected));
        }
        let length = length as usize;
        let data = SocketData { id, until: Until::Count(length), to, sign: "@", echoed: false };
        let octets = match list.text(index + 1)? {
            Some(text) if self.sockets.ublox.hex => Some(hex::decode(text).map_err(|_| Refusal::Parameter)?),
            text => text.map(octets_of),
        };
        match octets {
            None => data.prompt(),
            Some(octets) if octets.len() == length => {
                let sent = self.sockets.engine.send(id, &octets, to);
                self.ublox_sent(&data, length, sent)
            }
            Some(_) => Err(Refusal::Parameter),
        }
    }

    pub(super) fn ublox_sent(
        &mut self,
        data: &SocketData,
        length: usize,
        sent: Result<(), SocketError>,
    ) -> Outcome {
        match sent {
            Ok(()) => {
                let name = if data.to.is_some() { "+USOST" } else { "+USOWR" };
                self.information(&format!("{name}: {},{length}", data.id));
                Ok(Flow::Done)
            }
            Err(error) => Err(self.ublox_refused(error)),
        }
    }

    pub(in crate::modem) fn usord(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.ublox_read(form, "+USORD", false)
    }

    pub(in crate::modem) fn usorf(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.ublox_read(form, "+USORF", true)
    }

    fn ublox_read(&mut self, form: &Form, name: &str, with_sender: bool) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.ublox_identity(list)?;
        let most = list.required_number(1)?;
        if most > MOST {
            return Err(Refusal::Parameter);
        }
        if most == 0 {
            let waiting = self.sockets.engine.waiting(id);
            self.information(&format!("{name}: {id},{waiting}"));
            return Ok(Flow::Done);
        }
        let read = self.sockets.engine.read(id, most as usize).filter(|(octets, ..)| !octets.is_empty());
        let text = match read {
            None => format!("{name}: {id},0,\"\""),
            Some((octets, from, port)) if with_sender => {
                format!("{name}: {id},\"{from}\",{port},{},\"{}\"", octets.len(), self.ublox_string(&octets))
            }
            Some((octets, ..)) => {
                format!("{name}: {id},{},\"{}\"", octets.len(), self.ublox_string(&octets))
            }
        };
        self.information(&text);
        Ok(Flow::Done)
    }

    fn ublox_string(&self, octets: &[u8]) -> String {
        if self.sockets.ublox.hex { hex::encode_upper(octets) } else { text_of(octets) }
    }

    pub(in crate::modem) fn udconf(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        match (list.required_number(0)?, list.number(1)?) {
            (1, None) => {
                let hex = u8::from(self.sockets.ublox.hex);
                self.information(&format!("+UDCONF: 1,{hex}"));
            }
            (1, Some(hex @ (0 | 1))) => self.sockets.ublox.hex = hex == 1,
            _ => return Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn usocl(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.ublox_identity(list)?;
        let asynchronous = list.number(1)?.unwrap_or(0) == 1;
        self.sockets.engine.close(now, id);
        if asynchronous {
            self.line.report(vec![format!("+UUSOCL: {id}")]);
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn usoctl(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.ublox_identity(list)?;
        let Some(socket) = self.sockets.engine.get(id) else { return Err(Refusal::Parameter) };
        let which = list.required_number(1)?;
        let value = match which {
            0 => u8::from(socket.kind == Kind::Udp).saturating_mul(11).saturating_add(6).to_string(),
            1 => self.sockets.ublox.last_error.to_string(),
            2 => socket.sent.to_string(),
            3 => socket.read.to_string(),
            4 => {
                let port = socket.peer.as_ref().map_or(0, |(_, port)| *port);
                format!("\"{}:{port}\"", socket.address.map_or("0.0.0.0".to_owned(), |at| at.to_string()))
            }
            // The states of a TCP connection in the order of the manual; only these are ever seen from outside.
            10 if socket.kind == Kind::Tcp => match socket.state {
                State::Initial => "0".to_owned(),
                State::Connecting { .. } => "2".to_owned(),
                State::Connected => "4".to_owned(),
                State::Closed => "7".to_owned(),
            },
            11 if socket.kind == Kind::Tcp => self.sockets.engine.unacknowledged(id).to_string(),
            _ => return Err(Refusal::Parameter),
        };
        self.information(&format!("+USOCTL: {id},{which},{value}"));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn usoer(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form != Form::Action {
            return Err(Refusal::NoSuchForm);
        }
        let last = self.sockets.ublox.last_error;
        self.information(&format!("+USOER: {last}"));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn udnsrn(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        if list.required_number(0)? != 0 {
            return Err(CmeError::OPERATION_NOT_SUPPORTED.into());
        }
        let (name, cid) = (list.required_text(1)?.to_owned(), self.ublox_context_id());
        let asked = self.use_context(now, cid).and_then(|()| self.sockets.engine.resolve(now, cid, &name));
        match asked {
            Ok(()) => Ok(Flow::Pending(Pending::Socket(Awaited::Lookup))),
            Err(error) => Err(self.ublox_refused(error)),
        }
    }

    pub(in crate::modem) fn uping(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let name = list.required_text(0)?.to_owned();
        let server = host(&name)?;
        let (count, size) = (list.number(1)?.unwrap_or(4), list.number(2)?.unwrap_or(32));
        let (timeout, hops) = (list.number(3)?.unwrap_or(5_000), list.number(4)?.unwrap_or(32));
        let fits = count >= 1
            && (4..=1_472).contains(&size)
            && (10..=60_000).contains(&timeout)
            && (1..=255).contains(&hops);
        if !fits {
            return Err(Refusal::Parameter);
        }
        let timeout = Duration::from_millis(timeout.into());
        let order =
            PingOrder { count: narrow(count)?, size: size as usize, timeout, hop_limit: narrow(hops)? };
        let cid = self.ublox_context_id();
        let begun =
            self.use_context(now, cid).and_then(|()| self.sockets.engine.ping(now, cid, &server, order));
        match begun {
            Ok(()) => {
                self.sockets.ublox.ping_host = name;
                Ok(Flow::Done)
            }
            Err(error) => Err(self.ublox_refused(error)),
        }
    }

    pub(in crate::modem) fn upsd(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let profile =
            list.required_number(0).ok().filter(|profile| *profile <= 6).ok_or(Refusal::Parameter)?;
        let profile: u8 = narrow(profile)?;
        let mapped = self.sockets.ublox.mapped.get(&profile).copied().unwrap_or(CONTEXT);
        match (list.required_number(1)?, list.len()) {
            // IPv4, IPv6 or both: as the context says.
            (0, 3) => list.required_number(2).map(|_| Flow::Done).map_err(Into::into),
            (100, 3) => {
                let cid = narrow(list.required_number(2)?)?;
                self.sockets.ublox.mapped.insert(profile, cid);
                Ok(Flow::Done)
            }
            (100, 2) => {
                self.information(&format!("+UPSD: {profile},100,{mapped}"));
                Ok(Flow::Done)
            }
            _ => Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
        }
    }

    pub(in crate::modem) fn upsda(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let profile: u8 = narrow(list.required_number(0)?)?;
        match list.required_number(1)? {
            3 => {
                let cid = self.sockets.ublox.mapped.get(&profile).copied().unwrap_or(CONTEXT);
                self.sockets.ublox.activating = Some(profile);
                match self.bring_up(now, cid) {
                    Some(pending) => Ok(Flow::Pending(pending)),
                    None => self.ublox_context(cid, Ok(())),
                }
            }
            4 => match self.sockets.ublox.active.remove(&profile) {
                Some(cid) => {
                    self.sockets.engine.detach(cid);
                    Ok(Flow::Done)
                }
                None => Err(CmeError::OPERATION_NOT_ALLOWED.into()),
            },
            _ => Err(Refusal::Parameter),
        }
    }

    pub(super) fn ublox_context(&mut self, cid: u8, result: Result<(), CmeError>) -> Outcome {
        let Some(profile) = self.sockets.ublox.activating.take() else { return Ok(Flow::Done) };
        result.map_err(Refusal::from)?;
        self.sockets.ublox.active.insert(profile, cid);
        let address =
            self.mobile.context_grant(cid).map(|grant| grant.address.to_string()).unwrap_or_default();
        self.line.report(vec![format!("+UUPSDA: 0,\"{address}\"")]);
        Ok(Flow::Done)
    }

    pub(super) fn ublox_context_gone(&mut self, cid: u8) {
        let gone =
            self.sockets.ublox.active.iter().find(|(_, used)| **used == cid).map(|(profile, _)| *profile);
        if let Some(profile) = gone {
            self.sockets.ublox.active.remove(&profile);
            self.line.report(vec![format!("+UUPSDD: {profile}")]);
        }
    }

    pub(in crate::modem) fn upsnd(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let profile: u8 = narrow(list.required_number(0)?)?;
        let which = list.required_number(1)?;
        let cid = self.sockets.ublox.active.get(&profile).copied();
        let grant = cid.and_then(|cid| self.mobile.context_grant(cid));
        let value = match (which, grant) {
            (0, Some(grant)) => format!("\"{}\"", grant.address),
            (0, None) => "\"\"".to_owned(),
            (1 | 2, Some(grant)) => {
                let server = grant.dns.get(which as usize - 1).map(ToString::to_string).unwrap_or_default();
                format!("\"{server}\"")
            }
            (8, grant) => u8::from(grant.is_some()).to_string(),
            _ => return Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
        };
        self.information(&format!("+UPSND: {profile},{which},{value}"));
        Ok(Flow::Done)
    }

    pub(super) fn ublox_event(&mut self, now: Instant, event: SocketEvent) {
        match event {
            SocketEvent::Opened { id, result } => self.ublox_opened(now, id, result),
            SocketEvent::Arrived { id } => {
                let kind = self.sockets.engine.get(id).map(|socket| socket.kind);
                let name = if kind == Some(Kind::Udp) { "+UUSORF" } else { "+UUSORD" };
                let waiting = self.sockets.engine.waiting(id);
                self.line.report(vec![format!("{name}: {id},{waiting}")]);
            }
            SocketEvent::Closed { id, reason } => {
                // What a connection that the other side closed still holds can be read; the socket is free all the same
                // once nothing is left.
                if reason != CloseReason::Remote || self.sockets.engine.waiting(id) == 0 {
                    self.sockets.engine.close(now, id);
                }
                self.line.report(vec![format!("+UUSOCL: {id}")]);
            }
            SocketEvent::Resolved { result } => self.ublox_resolved(now, result),
            SocketEvent::PingReplied(PingReply { number, address, size, answer }) => {
                let host = &self.sockets.ublox.ping_host;
                let (hops, time) = match answer {
                    Some((took, hops)) => (hops, i64::try_from(took.as_millis()).unwrap_or(i64::MAX)),
                    None => (0, -1),
                };
                let text = format!("+UUPING: {number},{size},\"{host}\",\"{address}\",{hops},{time}");
                self.line.report(vec![text]);
            }
            SocketEvent::PingEnded(Ok(_)) => {}
            SocketEvent::PingEnded(Err(error)) => {
                // TCP/IP errors of the manual: 8 for a name that cannot be resolved, 1 for anything else.
                let number = if error == SocketError::Dns { 8 } else { 1 };
                self.line.report(vec![format!("+UUPINGER: {number}")]);
            }
        }
        self.send_reports(now);
    }

    fn ublox_opened(&mut self, now: Instant, id: u8, result: Result<(), SocketError>) {
        let error = result.err().map_or(0, number_of);
        self.sockets.ublox.last_error = error;
        if let Some(place) = self.sockets.ublox.asynchronous.iter().position(|known| *known == id) {
            self.sockets.ublox.asynchronous.remove(place);
            return self.line.report(vec![format!("+UUSOCO: {id},{error}")]);
        }
        if self.pending_socket() == Some(&Awaited::Open(id)) {
            let outcome = result.map(|()| Flow::Done).map_err(|_| CmeError::OPERATION_NOT_ALLOWED.into());
            self.after_command(now, outcome, super::Service::Mobile);
        }
    }

    fn ublox_resolved(&mut self, now: Instant, result: Result<Vec<IpAddr>, SocketError>) {
        if self.pending_socket() != Some(&Awaited::Lookup) {
            return;
        }
        self.line.begin_response();
        let outcome = match result.ok().and_then(|found| found.first().copied()) {
            Some(address) => {
                self.information(&format!("+UDNSRN: \"{address}\""));
                Ok(Flow::Done)
            }
            None => Err(self.ublox_refused(SocketError::Dns)),
        };
        self.after_command(now, outcome, super::Service::Mobile);
    }
}
