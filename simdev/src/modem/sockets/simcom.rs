//! SIMCom's sockets: `+NETOPEN`, `+CIPOPEN`, `+CIPSEND`, `+CIPRXGET`, `+CIPCLOSE`, `+CDNSGIP`, `+CPING`.
//!
//! They use the first context. What arrives is shown as it comes, or kept until it is asked for (`+CIPRXGET=1`). Not here:
//! transparent mode and servers.

use super::super::Modem;
use super::super::commands::{Entry, Test, free};
use super::super::ip::{CloseReason, Kind, PingOrder, PingReply, SocketError, SocketEvent, State};
use super::super::outcome::{Flow, Outcome, Pending, Refusal};
use super::{Awaited, SocketData, Until, host, narrow};
use std::net::IpAddr;
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::time::{Duration, Instant};

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+NETOPEN", Test::Bare, Modem::netopen),
    free("+NETCLOSE", Test::Bare, Modem::netclose),
    free("+IPADDR", Test::Bare, Modem::ipaddr),
    free("+CIPOPEN", Test::Text("(0-9),(\"TCP\",\"UDP\")"), Modem::cipopen),
    free("+CIPSEND", Test::Text("(0-9),(1-1500)"), Modem::cipsend),
    free("+CIPRXGET", Test::Text("(0-4),(0-9),(1-1500)"), Modem::ciprxget),
    free("+CIPCLOSE", Test::Text("(0-9)"), Modem::cipclose),
    free("+CDNSGIP", Test::Bare, Modem::cdnsgip),
    free(
        "+CPING",
        Test::Text("IP address,(1,2),(1-100),(4-188),(1000-10000),(10000-100000),(16-255)"),
        Modem::cping,
    ),
];

/// The context that sockets use.
const CONTEXT: u8 = 1;
const MOST_SENT: u32 = 1_500;
const MOST_READ: u32 = 1_500;

#[derive(Debug, Default)]
pub(super) struct Memory {
    open: bool,
    /// `+CIPRXGET=1`: received data wait until they are asked for.
    manual: bool,
    /// The name that is looked up.
    name: String,
}

fn number_of(error: SocketError) -> u8 {
    match error {
        SocketError::NoContext => 2,
        SocketError::InUse => 4,
        SocketError::NotConnected | SocketError::Refused | SocketError::Unreachable => 1,
        SocketError::Dns => 11,
        SocketError::Timeout => 10,
        SocketError::Full => 8,
    }
}

fn identity(list: &Parameters, index: usize) -> Result<u8, Refusal> {
    list.required_number(index).ok().filter(|number| *number <= 9).ok_or(Refusal::Plain).and_then(narrow)
}

impl Modem {
    pub(in crate::modem) fn netopen(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let state = u8::from(self.sockets.simcom.open);
                self.information(&format!("+NETOPEN: {state}"));
                Ok(Flow::Done)
            }
            Form::Action if self.sockets.simcom.open => {
                self.information("+IP ERROR: Network is already opened");
                Err(Refusal::Plain)
            }
            Form::Action => match self.bring_up(now, CONTEXT) {
                Some(pending) => Ok(Flow::Pending(pending)),
                None => self.simcom_context(CONTEXT, Ok(())),
            },
            Form::Set(_) | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    pub(super) fn simcom_context(&mut self, _cid: u8, result: Result<(), CmeError>) -> Outcome {
        self.sockets.simcom.open = result.is_ok();
        self.line.report(vec![format!("+NETOPEN: {}", u8::from(result.is_err()))]);
        Ok(Flow::Done)
    }

    pub(super) fn simcom_context_gone(&mut self) {
        if std::mem::take(&mut self.sockets.simcom.open) {
            self.line.report(vec!["+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY".to_owned()]);
        }
    }

    pub(in crate::modem) fn netclose(&mut self, now: Instant, form: &Form) -> Outcome {
        if *form != Form::Action {
            return Err(Refusal::NoSuchForm);
        }
        if !std::mem::take(&mut self.sockets.simcom.open) {
            self.information("+NETCLOSE: 2");
            return Err(Refusal::Plain);
        }
        let mine: Vec<u8> = self.sockets.engine.all().keys().copied().collect();
        for id in mine {
            self.sockets.engine.close(now, id);
        }
        self.poll_sockets(now);
        self.sockets.engine.detach(CONTEXT);
        self.line.report(vec!["+NETCLOSE: 0".to_owned()]);
        Ok(Flow::Done)
    }

    fn simcom_ready(&mut self, now: Instant) -> Result<(), SocketError> {
        if self.sockets.simcom.open { self.use_context(now, CONTEXT) } else { Err(SocketError::NoContext) }
    }

    pub(in crate::modem) fn ipaddr(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form != Form::Action {
            return Err(Refusal::NoSuchForm);
        }
        let address = self.mobile.context_grant(CONTEXT).map(|grant| grant.address.to_string());
        match address.filter(|_| self.sockets.simcom.open) {
            Some(address) => {
                self.information(&format!("+IPADDR: {address}"));
                Ok(Flow::Done)
            }
            None => {
                self.information("+IP ERROR: Network not opened");
                Err(Refusal::Plain)
            }
        }
    }

    pub(in crate::modem) fn cipopen(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Set(list) => list,
            Form::Read => {
                for id in 0..=9 {
                    let text = self.simcom_connection(id);
                    self.information(&text);
                }
                return Ok(Flow::Done);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let id = identity(list, 0)?;
        let local = |index| narrow::<u16>(list.number(index)?.unwrap_or(0));
        let (kind, peer, local) = match list.text(1)? {
            Some("TCP") => {
                let port: u16 = narrow(list.required_number(3)?)?;
                (Kind::Tcp, Some((host(list.required_text(2)?)?, port)), local(4)?)
            }
            Some("UDP") => (Kind::Udp, None, local(4)?),
            Some(_) | None => return Err(Refusal::Plain),
        };
        if kind == Kind::Udp && local == 0 {
            return Err(Refusal::Plain);
        }
        let ready = self.simcom_ready(now);
        if ready.is_err() {
            self.information(&format!("+CIPOPEN: {id},2"));
            return Err(Refusal::Plain);
        }
        let datagrams = peer.is_none();
        let opened = self.sockets.engine.open(now, id, CONTEXT, kind, peer, Some(local));
        match opened {
            Ok(()) if datagrams => self.line.report(vec![format!("+CIPOPEN: {id},0")]),
            Ok(()) => {}
            Err(SocketError::InUse) => {
                self.information(&format!("+CIPOPEN: {id},4"));
                return Err(Refusal::Plain);
            }
            Err(error) => {
                self.sockets.engine.close(now, id);
                self.line.report(vec![format!("+CIPOPEN: {id},{}", number_of(error))]);
            }
        }
        Ok(Flow::Done)
    }

    fn simcom_connection(&self, id: u8) -> String {
        let Some(socket) = self.sockets.engine.get(id) else { return format!("+CIPOPEN: {id}") };
        match (socket.kind, socket.address, &socket.peer) {
            (Kind::Tcp, Some(address), Some((_, port))) => {
                format!("+CIPOPEN: {id},\"TCP\",\"{address}\",{port},-1")
            }
            (Kind::Udp, ..) => format!("+CIPOPEN: {id},\"UDP\",\"0.0.0.0\",0,{}", socket.local_port),
            (Kind::Tcp, ..) => format!("+CIPOPEN: {id}"),
        }
    }

    pub(in crate::modem) fn cipsend(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = identity(list, 0)?;
        let length = list.number(1)?;
        if length.is_some_and(|length| !(1..=MOST_SENT).contains(&length)) {
            return Err(Refusal::Plain);
        }
        let kind = self.sockets.engine.get(id).map(|socket| socket.kind);
        let to = match (kind, list.text(2)?, list.number(3)?) {
            (Some(Kind::Udp), Some(address), Some(port)) => {
                let address: IpAddr = address.parse().map_err(|_| Refusal::Plain)?;
                Some((address, narrow(port)?))
            }
            (Some(Kind::Tcp), None, None) => None,
            (None, ..) => {
                self.information(&format!("+CIPSEND: {id},4"));
                return Err(Refusal::Plain);
            }
            (Some(_), ..) => return Err(Refusal::Plain),
        };
        let until = length.map_or(Until::CtrlZ, |length| Until::Count(length as usize));
        SocketData { id, until, to, sign: ">", echoed: false }.prompt()
    }

    pub(super) fn simcom_sent(&mut self, id: u8, length: usize, sent: Result<(), SocketError>) -> Outcome {
        match sent {
            Ok(()) => {
                self.line.report(vec![format!("+CIPSEND: {id},{length},{length}")]);
                Ok(Flow::Done)
            }
            Err(error) => {
                self.information(&format!("+CIPERROR: {}", number_of(error)));
                Err(Refusal::Plain)
            }
        }
    }

    pub(in crate::modem) fn ciprxget(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Read => {
                let mode = u8::from(self.sockets.simcom.manual);
                self.information(&format!("+CIPRXGET: {mode}"));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let mode = list.required_number(0)?;
        if mode <= 1 {
            self.sockets.simcom.manual = mode == 1;
            return Ok(Flow::Done);
        }
        let id = identity(list, 1)?;
        if self.sockets.engine.get(id).is_none() {
            self.information("+IP ERROR: No data");
            return Err(Refusal::Plain);
        }
        match mode {
            4 => {
                let waiting = self.sockets.engine.waiting(id);
                self.information(&format!("+CIPRXGET: 4,{id},{waiting}"));
                Ok(Flow::Done)
            }
            2 | 3 => {
                let most = list.number(2)?.unwrap_or(MOST_READ).min(MOST_READ) as usize;
                let octets = self.sockets.engine.read(id, most).map(|(octets, ..)| octets);
                let Some(octets) = octets.filter(|octets| !octets.is_empty()) else {
                    self.information("+IP ERROR: No data");
                    return Err(Refusal::Plain);
                };
                let waiting = self.sockets.engine.waiting(id);
                let header = format!("+CIPRXGET: {mode},{id},{},{waiting}", octets.len());
                let ended = self.sockets.engine.get(id).is_some_and(|socket| socket.state == State::Closed);
                if ended && waiting == 0 {
                    self.sockets.engine.close(now, id);
                }
                if mode == 2 {
                    self.information_with_octets(&header, &octets);
                } else {
                    self.information_with_payload(&header, &hex::encode_upper(octets));
                }
                Ok(Flow::Done)
            }
            _ => Err(Refusal::Plain),
        }
    }

    pub(in crate::modem) fn cipclose(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Set(list) => list,
            Form::Read => {
                let states: Vec<String> =
                    (0..=9).map(|id| u8::from(self.sockets.engine.get(id).is_some()).to_string()).collect();
                self.information(&format!("+CIPCLOSE: {}", states.join(",")));
                return Ok(Flow::Done);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let id = identity(list, 0)?;
        if !self.sockets.engine.close(now, id) {
            self.information(&format!("+CIPCLOSE: {id},4"));
            return Err(Refusal::Plain);
        }
        self.line.report(vec![format!("+CIPCLOSE: {id},0")]);
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn cdnsgip(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let name = list.required_text(0)?.to_owned();
        let asked =
            self.use_context(now, CONTEXT).and_then(|()| self.sockets.engine.resolve(now, CONTEXT, &name));
        match asked {
            Ok(()) => {
                self.sockets.simcom.name = name;
                Ok(Flow::Pending(Pending::Socket(Awaited::Lookup)))
            }
            Err(error) => {
                self.information(&format!("+CDNSGIP: 0,{}", number_of(error)));
                Err(Refusal::Plain)
            }
        }
    }

    pub(in crate::modem) fn cping(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let server = host(list.required_text(0)?)?;
        let family = list.required_number(1)?;
        let count = list.number(2)?.unwrap_or(4);
        let (size, timeout) = (list.number(3)?.unwrap_or(64), list.number(5)?.unwrap_or(10_000));
        let (hops, interval) = (list.number(6)?.unwrap_or(64), list.number(4)?.unwrap_or(1_000));
        let fits = (1..=2).contains(&family)
            && (1..=100).contains(&count)
            && (4..=188).contains(&size)
            && (1_000..=10_000).contains(&interval)
            && (10_000..=100_000).contains(&timeout)
            && (16..=255).contains(&hops);
        if !fits {
            return Err(Refusal::Plain);
        }
        let timeout = Duration::from_millis(timeout.into());
        let order =
            PingOrder { count: narrow(count)?, size: size as usize, timeout, hop_limit: narrow(hops)? };
        let begun = self
            .use_context(now, CONTEXT)
            .and_then(|()| self.sockets.engine.ping(now, CONTEXT, &server, order));
        begun.map(|()| Flow::Done).map_err(|_| Refusal::Plain)
    }

    pub(super) fn simcom_event(&mut self, now: Instant, event: SocketEvent) {
        match event {
            SocketEvent::Opened { id, result } => {
                let error = result.err().map_or(0, number_of);
                self.line.report(vec![format!("+CIPOPEN: {id},{error}")]);
            }
            SocketEvent::Arrived { id } => self.simcom_arrived(id),
            SocketEvent::Closed { id, reason } => {
                let number = match reason {
                    CloseReason::Remote | CloseReason::Context => 1,
                    CloseReason::Timeout => 2,
                };
                // What arrived before the end can still be read.
                if self.sockets.engine.waiting(id) == 0 {
                    self.sockets.engine.close(now, id);
                }
                self.line.report(vec![format!("+IPCLOSE: {id},{number}")]);
            }
            SocketEvent::Resolved { result } => self.simcom_resolved(now, &result),
            SocketEvent::PingReplied(PingReply { answer: Some((took, hops)), address, size, .. }) => {
                self.line.report(vec![format!("+CPING: 1,{address},{size},{},{hops}", took.as_millis())]);
            }
            SocketEvent::PingReplied(PingReply { answer: None, .. }) => {
                self.line.report(vec!["+CPING: 2".to_owned()]);
            }
            SocketEvent::PingEnded(result) => {
                let summary = result.unwrap_or_default();
                let (sent, received) = (summary.sent, summary.received);
                let average = summary.total.checked_div(received.into()).unwrap_or_default();
                let times =
                    [summary.shortest, summary.longest, average].map(|time| time.as_millis().to_string());
                let lost = sent - received;
                self.line.report(vec![format!("+CPING: 3,{sent},{received},{lost},{}", times.join(","))]);
            }
        }
        self.send_reports(now);
    }

    fn simcom_resolved(&mut self, now: Instant, result: &Result<Vec<IpAddr>, SocketError>) {
        if self.pending_socket() != Some(&Awaited::Lookup) {
            return;
        }
        self.line.begin_response();
        let first = result.as_ref().ok().and_then(|found| found.first());
        let outcome = match first {
            Some(address) => {
                let text = format!("+CDNSGIP: 1,\"{}\",\"{address}\"", self.sockets.simcom.name);
                self.information(&text);
                Ok(Flow::Done)
            }
            None => {
                self.information("+CDNSGIP: 0,10");
                Err(Refusal::Plain)
            }
        };
        self.after_command(now, outcome, super::Service::Mobile);
    }

    fn simcom_arrived(&mut self, id: u8) {
        if self.sockets.simcom.manual {
            return self.line.report(vec![format!("+CIPRXGET: 1,{id}")]);
        }
        while let Some((octets, from, port)) =
            self.sockets.engine.read(id, MOST_READ as usize).filter(|(octets, ..)| !octets.is_empty())
        {
            let sender = format!("RECV FROM:{from}:{port}");
            let header = format!("+IPD{}", octets.len());
            self.line.report(vec![sender, header, wire::at::text::text_of(&octets)]);
        }
    }
}
