//! Quectel's sockets: `+QICSGP`, `+QIACT`, `+QIOPEN`, `+QISEND`, `+QIRD`, `+QICLOSE`, `+QISTATE`, `+QIDNSGIP`, `+QPING`.
//!
//! Errors of a command are `ERROR`, with the number in `+QIGETERROR`. A connection in buffer mode says once that there is
//! something to read and again when all of it was read; in push mode it says what came. Not here: transparent mode, and
//! listening for connections that the operator lets nobody make.

use super::super::Modem;
use super::super::commands::{Entry, Test, free};
use super::super::ip::{CloseReason, Kind, PingOrder, PingReply, SocketError, SocketEvent, State};
use super::super::mobile::ContextDefinition;
use super::super::outcome::{Flow, Outcome, Refusal, ResultCode};
use super::{SocketData, Until, host, narrow};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::nas::PdnType;
use wire::time::{Duration, Instant};

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+QICSGP", Test::Text("(1-16),(1-3),<APN>,<username>,<password>,(0-3)"), Modem::qicsgp),
    free("+QIACT", Test::Text("(1-16)"), Modem::qiact),
    free("+QIDEACT", Test::Text("(1-16)"), Modem::qideact),
    free("+QIOPEN", Test::Text(OPEN_TEST), Modem::qiopen),
    free("+QISEND", Test::Text("(0-11),(0-1460)"), Modem::qisend),
    free("+QIRD", Test::Text("(0-11),(0-1500)"), Modem::qird),
    free("+QICLOSE", Test::Text("(0-11),(0-65535)"), Modem::qiclose),
    free("+QISTATE", Test::Bare, Modem::qistate),
    free("+QIGETERROR", Test::Bare, Modem::qigeterror),
    free("+QIDNSGIP", Test::Text("(1-16),<hostname>"), Modem::qidnsgip),
    free("+QPING", Test::Text("(1-16),<host>,(1-255),(1-10)"), Modem::qping),
];

const OPEN_TEST: &str = "(1-16),(0-11),\"TCP/UDP/TCP LISTENER/UDP SERVICE\",<IP_address>/<domain_name>,<remote_port>,<local_port>,(0-2)";
const CONTEXTS: std::ops::RangeInclusive<u32> = 1..=16;
const IDENTITIES: std::ops::RangeInclusive<u32> = 0..=11;
const MOST_SENT: usize = 1_460;
const MOST_READ: u32 = 1_500;

/// TCP/IP result codes.
const ERRORS: &[(u16, &str)] = &[
    (0, "operate successfully"),
    (550, "unknown error"),
    (551, "operation blocked"),
    (552, "invalid parameters"),
    (554, "create socket failed"),
    (555, "operation not supported"),
    (556, "socket bind failed"),
    (558, "socket write failed"),
    (561, "open pdp context failed"),
    (562, "close pdp context failed"),
    (563, "socket identity has been used"),
    (564, "dns busy"),
    (565, "dns parse failed"),
    (566, "socket connect failed"),
    (567, "socket has been closed"),
    (568, "operation busy"),
    (569, "operation timeout"),
    (570, "pdp context broken down"),
    (572, "operation not allowed"),
    (573, "apn not configured"),
];

/// How data that arrive reach the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Buffer,
    Push,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Contexts that `+QIACT` opened.
    opened: BTreeSet<u8>,
    access: BTreeMap<u8, Access>,
    service: BTreeSet<u8>,
    last_error: u16,
    ping_context: u8,
    /// `+QICSGP`: user, password and protocol for each context.
    credentials: BTreeMap<u8, (String, String, u32)>,
}

fn number_of(error: SocketError) -> u16 {
    match error {
        SocketError::NoContext => 561,
        SocketError::InUse => 563,
        SocketError::NotConnected => 567,
        SocketError::Dns => 565,
        SocketError::Refused | SocketError::Unreachable => 566,
        SocketError::Timeout => 569,
        SocketError::Full => 558,
    }
}

impl Modem {
    fn quectel_refused(&mut self, error: u16) -> Refusal {
        self.sockets.quectel.last_error = error;
        Refusal::Plain
    }

    fn quectel_context_id(&mut self, number: u32) -> Result<u8, Refusal> {
        let fits = CONTEXTS.contains(&number).then(|| narrow(number));
        fits.unwrap_or_else(|| Err(self.quectel_refused(552)))
    }

    fn quectel_identity(&mut self, list: &Parameters, index: usize) -> Result<u8, Refusal> {
        let number = list.required_number(index).ok().filter(|number| IDENTITIES.contains(number));
        number.map_or_else(|| Err(self.quectel_refused(552)), narrow)
    }

    pub(in crate::modem) fn qicsgp(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let cid = self.quectel_context_id(list.required_number(0)?)?;
        if list.len() == 1 {
            let definition = self.mobile.contexts().get(&cid).cloned();
            let kind = definition.as_ref().map_or(1, |definition| match definition.pdn_type {
                PdnType::Ipv4 => 1,
                PdnType::Ipv6 => 2,
                PdnType::Ipv4v6 => 3,
            });
            let apn = definition.and_then(|definition| definition.apn).unwrap_or_default();
            let (user, password, protocol) =
                self.sockets.quectel.credentials.get(&cid).cloned().unwrap_or_default();
            self.information(&format!("+QICSGP: {kind},\"{apn}\",\"{user}\",\"{password}\",{protocol}"));
            return Ok(Flow::Done);
        }
        let pdn_type = match list.number(1)? {
            None | Some(1) => PdnType::Ipv4,
            Some(2) => PdnType::Ipv6,
            Some(3) => PdnType::Ipv4v6,
            Some(_) => return Err(self.quectel_refused(552)),
        };
        let apn = list.text(2)?.filter(|apn| !apn.is_empty()).map(str::to_owned);
        let (user, password) = (list.text(3)?.unwrap_or_default(), list.text(4)?.unwrap_or_default());
        let protocol = list.number(5)?.unwrap_or(0);
        if protocol > 3 || list.len() > 6 {
            return Err(self.quectel_refused(552));
        }
        let credentials = (user.to_owned(), password.to_owned(), protocol);
        self.set_credentials(cid, protocol, user, password);
        self.sockets.quectel.credentials.insert(cid, credentials);
        let definition = ContextDefinition { apn, ..ContextDefinition::of(pdn_type) };
        self.mobile.define_context(now, cid, Some(definition));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn qiact(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Read => {
                for cid in self.sockets.quectel.opened.clone() {
                    if let Some(grant) = self.mobile.context_grant(cid) {
                        let kind = match (grant.address.ipv4(), grant.address.interface()) {
                            (Some(_), None) => 1,
                            (None, _) => 2,
                            (Some(_), Some(_)) => 3,
                        };
                        let text = format!("+QIACT: {cid},1,{kind},{}", self.quoted_addresses(cid).join(","));
                        self.information(&text);
                    }
                }
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let cid = self.quectel_context_id(list.required_number(0)?)?;
        if !self.mobile.contexts().contains_key(&cid) {
            return Err(self.quectel_refused(573));
        }
        match self.bring_up(now, cid) {
            Some(pending) => Ok(Flow::Pending(pending)),
            None => self.quectel_context(cid, Ok(())),
        }
    }

    pub(super) fn quectel_context(&mut self, cid: u8, result: Result<(), CmeError>) -> Outcome {
        match result {
            Ok(()) => {
                self.sockets.quectel.opened.insert(cid);
                Ok(Flow::Done)
            }
            Err(_) => Err(self.quectel_refused(561)),
        }
    }

    /// The last connection stays with the network (TS 24.301 6.5.2): only its sockets end.
    pub(in crate::modem) fn qideact(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let cid = self.quectel_context_id(list.required_number(0)?)?;
        let sockets = self.sockets.engine.all();
        let mine: Vec<u8> = sockets.iter().filter(|(_, it)| it.cid == cid).map(|(id, _)| *id).collect();
        for id in mine {
            self.sockets.engine.close(now, id);
        }
        self.poll_sockets(now);
        self.sockets.engine.detach(cid);
        self.sockets.quectel.opened.remove(&cid);
        if self.mobile.connections().len() > 1 && self.mobile.context_grant(cid).is_some() {
            return self.next_session(now, false, vec![cid]);
        }
        Ok(Flow::Done)
    }

    pub(super) fn quectel_context_gone(&mut self, cid: u8) {
        if self.sockets.quectel.opened.remove(&cid) {
            self.line.report(vec![format!("+QIURC: \"pdpdeact\",{cid}")]);
        }
    }

    pub(in crate::modem) fn qiopen(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let cid = self.quectel_context_id(list.required_number(0)?)?;
        let id = self.quectel_identity(list, 1)?;
        let (kind, service) = match list.text(2)? {
            Some("TCP") => (Kind::Tcp, false),
            Some("UDP") => (Kind::Udp, false),
            Some("UDP SERVICE") => (Kind::Udp, true),
            Some("TCP LISTENER") => return Err(self.quectel_refused(555)),
            Some(_) | None => return Err(self.quectel_refused(552)),
        };
        let server = host(list.required_text(3)?)?;
        let (port, local) =
            (narrow::<u16>(list.number(4)?.unwrap_or(0))?, narrow(list.number(5)?.unwrap_or(0))?);
        let access = match list.number(6)? {
            None | Some(0) => Access::Buffer,
            Some(1) => Access::Push,
            Some(2) => return Err(self.quectel_refused(555)),
            Some(_) => return Err(self.quectel_refused(552)),
        };
        if (port == 0 && !service) || (service && local == 0) {
            return Err(self.quectel_refused(552));
        }
        let peer = (!service).then_some((server, port));
        let ready = if self.sockets.quectel.opened.contains(&cid) {
            self.use_context(now, cid)
        } else {
            Err(SocketError::NoContext)
        };
        let opened = ready.and_then(|()| self.sockets.engine.open(now, id, cid, kind, peer, Some(local)));
        if let Err(error) = opened {
            if error != SocketError::InUse {
                self.sockets.engine.close(now, id);
            }
            // The command is accepted whatever comes of it.
            self.report_opened(id, Err(error));
            return Ok(Flow::Done);
        }
        self.sockets.quectel.access.insert(id, access);
        if service {
            self.sockets.quectel.service.insert(id);
            self.report_opened(id, Ok(()));
        } else {
            self.sockets.quectel.service.remove(&id);
        }
        Ok(Flow::Done)
    }

    fn report_opened(&mut self, id: u8, result: Result<(), SocketError>) {
        let error = result.err().map_or(0, number_of);
        if error != 0 {
            self.sockets.quectel.last_error = error;
        }
        self.line.report(vec![format!("+QIOPEN: {id},{error}")]);
    }

    pub(in crate::modem) fn qisend(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.quectel_identity(list, 0)?;
        let Some(socket) = self.sockets.engine.get(id) else { return Err(self.quectel_refused(567)) };
        let sent = socket.sent;
        let is_connected = socket.state == State::Connected;
        let length = list.number(1)?.map(|length| length as usize);
        if length == Some(0) {
            let unacknowledged = self.sockets.engine.unacknowledged(id);
            self.information(&format!("+QISEND: {sent},{},{unacknowledged}", sent - unacknowledged));
            return Ok(Flow::Done);
        }
        if !is_connected {
            return Err(self.quectel_refused(567));
        }
        if length.is_some_and(|length| length > MOST_SENT) {
            return Err(self.quectel_refused(552));
        }
        let to = match (list.text(2)?, list.number(3)?) {
            (Some(address), Some(port)) => {
                let address: IpAddr = address.parse().map_err(|_| self.quectel_refused(552))?;
                Some((address, narrow(port)?))
            }
            (None, None) if !self.sockets.quectel.service.contains(&id) => None,
            (Some(_), None) | (None, _) => return Err(self.quectel_refused(552)),
        };
        let until = length.map_or(Until::CtrlZ, Until::Count);
        SocketData { id, until, to, sign: "> ", echoed: true }.prompt()
    }

    pub(super) fn quectel_sent(&mut self, sent: Result<(), SocketError>) -> Outcome {
        let code = match sent {
            Ok(()) => "SEND OK",
            Err(error) => {
                self.sockets.quectel.last_error = number_of(error);
                "SEND FAIL"
            }
        };
        Err(Refusal::Code(ResultCode::Own(code)))
    }

    pub(in crate::modem) fn qird(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.quectel_identity(list, 0)?;
        let most = list.number(1)?.unwrap_or(MOST_READ);
        if most > MOST_READ {
            return Err(self.quectel_refused(552));
        }
        let Some(socket) = self.sockets.engine.get(id) else { return Err(self.quectel_refused(567)) };
        let read = socket.read;
        if most == 0 {
            let unread = self.sockets.engine.waiting(id) as u64;
            self.information(&format!("+QIRD: {},{read},{unread}", read + unread));
            return Ok(Flow::Done);
        }
        match self.sockets.engine.read(id, most as usize).filter(|(octets, ..)| !octets.is_empty()) {
            Some((octets, from, port)) => {
                let sender = if self.sockets.quectel.service.contains(&id) {
                    format!(",\"{from}\",{port}")
                } else {
                    String::new()
                };
                self.information_with_octets(&format!("+QIRD: {}{sender}", octets.len()), &octets);
            }
            None => self.information("+QIRD: 0"),
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn qiclose(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = self.quectel_identity(list, 0)?;
        list.number(1)?;
        if !self.sockets.engine.close(now, id) {
            return Err(self.quectel_refused(567));
        }
        self.poll_sockets(now);
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn qistate(&mut self, _now: Instant, form: &Form) -> Outcome {
        let (by, number) = match form {
            Form::Action | Form::Read => (None, 0),
            Form::Set(list) => (Some(list.required_number(0)?), list.required_number(1)?),
            Form::Test => return Err(Refusal::NoSuchForm),
        };
        let mut lines = Vec::new();
        for (id, socket) in self.sockets.engine.all() {
            let fits = match by {
                None => true,
                Some(0) => u32::from(socket.cid) == number,
                Some(_) => u32::from(*id) == number,
            };
            if !fits {
                continue;
            }
            let memory = &self.sockets.quectel;
            let kind = match (socket.kind, memory.service.contains(id)) {
                (Kind::Tcp, _) => "TCP",
                (Kind::Udp, false) => "UDP",
                (Kind::Udp, true) => "UDP SERVICE",
            };
            let state = match socket.state {
                State::Initial => 0,
                State::Connecting { .. } => 1,
                State::Connected => 2,
                State::Closed => 4,
            };
            let peer = socket.address.map_or("0.0.0.0".to_owned(), |address| address.to_string());
            let port = socket.peer.as_ref().map_or(0, |(_, port)| *port);
            let access = u8::from(memory.access.get(id) == Some(&Access::Push));
            let (local, cid) = (socket.local_port, socket.cid);
            lines.push(format!(
                "+QISTATE: {id},\"{kind}\",\"{peer}\",{port},{local},{state},{cid},0,{access},\"uart1\""
            ));
        }
        for line in lines {
            self.information(&line);
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn qigeterror(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form != Form::Action {
            return Err(Refusal::NoSuchForm);
        }
        let last = self.sockets.quectel.last_error;
        let text =
            ERRORS.iter().find(|(number, _)| *number == last).map_or("unknown error", |(_, text)| text);
        self.information(&format!("+QIGETERROR: {last},{text}"));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn qidnsgip(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let cid = self.quectel_context_id(list.required_number(0)?)?;
        let name = list.required_text(1)?.to_owned();
        let asked = self.use_context(now, cid).and_then(|()| self.sockets.engine.resolve(now, cid, &name));
        match asked {
            Ok(()) => Ok(Flow::Done),
            Err(error) => Err(self.quectel_refused(number_of(error))),
        }
    }

    pub(in crate::modem) fn qping(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let cid = self.quectel_context_id(list.required_number(0)?)?;
        let server = host(list.required_text(1)?)?;
        let (seconds, count) = (list.number(2)?.unwrap_or(4), list.number(3)?.unwrap_or(4));
        if !(1..=255).contains(&seconds) || !(1..=10).contains(&count) {
            return Err(self.quectel_refused(552));
        }
        let timeout = Duration::from_secs(seconds.into());
        let order = PingOrder { count: narrow(count)?, size: 32, timeout, hop_limit: 255 };
        let begun =
            self.use_context(now, cid).and_then(|()| self.sockets.engine.ping(now, cid, &server, order));
        match begun {
            Ok(()) => {
                self.sockets.quectel.ping_context = cid;
                Ok(Flow::Done)
            }
            Err(SocketError::InUse) => Err(self.quectel_refused(568)),
            Err(error) => Err(self.quectel_refused(number_of(error))),
        }
    }

    pub(super) fn quectel_event(&mut self, now: Instant, event: SocketEvent) {
        match event {
            SocketEvent::Opened { id, result } => self.report_opened(id, result),
            SocketEvent::Arrived { id } => self.quectel_arrived(id),
            SocketEvent::Closed { reason: CloseReason::Context, .. } => {}
            SocketEvent::Closed { id, reason: CloseReason::Remote | CloseReason::Timeout } => {
                self.line.report(vec![format!("+QIURC: \"closed\",{id}")]);
            }
            SocketEvent::Resolved { result: Ok(found) } => {
                self.line.report(vec![format!("+QIURC: \"dnsgip\",0,{},600", found.len())]);
                for address in found {
                    self.line.report(vec![format!("+QIURC: \"dnsgip\",\"{address}\"")]);
                }
            }
            SocketEvent::Resolved { result: Err(error) } => {
                self.sockets.quectel.last_error = number_of(error);
                self.line.report(vec![format!("+QIURC: \"dnsgip\",{}", number_of(error))]);
            }
            SocketEvent::PingReplied(PingReply { answer: Some((took, hops)), address, size, .. }) => {
                let text = format!("+QPING: 0,\"{address}\",{size},{},{hops}", took.as_millis());
                self.line.report(vec![text]);
            }
            SocketEvent::PingReplied(PingReply { answer: None, .. }) => {
                self.line.report(vec!["+QPING: 569".to_owned()]);
            }
            SocketEvent::PingEnded(Ok(summary)) => {
                let (sent, received) = (summary.sent, summary.received);
                let average = summary.total.checked_div(received.into()).unwrap_or_default();
                let times =
                    [summary.shortest, summary.longest, average].map(|time| time.as_millis().to_string());
                let lost = sent - received;
                self.line.report(vec![format!("+QPING: 0,{sent},{received},{lost},{}", times.join(","))]);
            }
            SocketEvent::PingEnded(Err(error)) => {
                self.line.report(vec![format!("+QPING: {}", number_of(error))]);
            }
        }
        self.send_reports(now);
    }

    fn quectel_arrived(&mut self, id: u8) {
        if self.sockets.quectel.access.get(&id) != Some(&Access::Push) {
            return self.line.report(vec![format!("+QIURC: \"recv\",{id}")]);
        }
        while let Some((octets, from, port)) =
            self.sockets.engine.read(id, MOST_READ as usize).filter(|(octets, ..)| !octets.is_empty())
        {
            let service = self.sockets.quectel.service.contains(&id);
            let sender = if service { format!(",\"{from}\",{port}") } else { String::new() };
            let header = format!("+QIURC: \"recv\",{id},{}{sender}", octets.len());
            self.line.report(vec![header, wire::at::text::text_of(&octets)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_number_with_a_text() {
        use SocketError::{Dns, Full, InUse, NoContext, NotConnected, Refused, Timeout, Unreachable};
        for error in [NoContext, InUse, NotConnected, Dns, Refused, Timeout, Full, Unreachable] {
            let number = number_of(error);
            assert!(ERRORS.iter().any(|(known, _)| *known == number), "{number}");
        }
    }
}
