//! The sockets of Nordic's serial modem application: `#XSOCKET`, `#XSOCKETSELECT`, `#XCONNECT`, `#XSEND`, `#XRECV`, `#XSENDTO`,
//! `#XRECVFROM`, `#XGETADDRINFO`, `#XPING`.
//!
//! One of up to eight sockets is selected, and the commands are about it. Nothing is reported by itself: the host waits
//! in `#XRECV`. An error is a plain `ERROR`. `#XSEND` and `#XSENDTO` without data begin data mode. Not here: servers, raw and
//! secure sockets, peeking, a name in the `#XSENDTO` of data mode.

use super::super::Modem;
use super::super::commands::{Entry, Test, free};
use super::super::ip::{Kind, PingOrder, PingReply, SocketError, SocketEvent, State};
use super::super::outcome::{Flow, Outcome, Pending, Prompt, Refusal};
use super::{Awaited, SocketData, Until, host, narrow};
use std::net::IpAddr;
use wire::at::command::{Form, Parameters};
use wire::at::text::octets_of;
use wire::time::{Duration, Instant, Wakeup};

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("#XSOCKET", Test::Text("(0,1,2),(1,2,3),(0,1),<cid>"), Modem::xsocket),
    free("#XSOCKETSELECT", Test::Own, Modem::xsocketselect),
    free("#XCONNECT", Test::Own, Modem::xconnect),
    free("#XSEND", Test::Own, Modem::xsend),
    free("#XRECV", Test::Own, Modem::xrecv),
    free("#XSENDTO", Test::Own, Modem::xsendto),
    free("#XRECVFROM", Test::Own, Modem::xrecvfrom),
    free("#XGETADDRINFO", Test::Own, Modem::xgetaddrinfo),
    free("#XPING", Test::Own, Modem::xping),
];

/// The context that stands for `<cid>` 0, the default one.
const CONTEXT: u8 = 1;
const MOST: usize = 1_024;
const HANDLES: std::ops::RangeInclusive<u8> = 1..=8;
/// The flag of `#XRECV` that does not wait.
const AT_ONCE: u32 = 64;

/// What ends data mode.
const TERMINATOR: &[u8] = b"+++";

/// A socket as the application keeps it until the host closes it, whatever became of its connection.
#[derive(Clone, Copy, Debug)]
struct Handle {
    id: u8,
    /// 1 for IPv4, 2 for IPv6.
    family: u32,
    kind: Kind,
    cid: u8,
    ranking: u32,
}

/// A `#XRECV` or `#XRECVFROM` that waits.
#[derive(Clone, Copy, Debug)]
struct Receiving {
    id: u8,
    with_sender: bool,
    until: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    handles: Vec<Handle>,
    selected: Option<u8>,
    ranking: u32,
    receiving: Option<Receiving>,
    /// A datagram that waits for its name to be looked up.
    sending: Option<(u8, Vec<u8>, u16)>,
}

impl Memory {
    /// When a host has waited long enough.
    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let until = self.receiving.and_then(|receiving| receiving.until)?;
        Some(Wakeup::new(until, "a host that waits for data"))
    }

    fn current(&self) -> Result<Handle, Refusal> {
        let found = self.handles.iter().find(|handle| Some(handle.id) == self.selected);
        found.copied().ok_or(Refusal::Plain)
    }
}

const fn type_of(kind: Kind) -> (u8, u8) {
    match kind {
        Kind::Tcp => (1, 6),
        Kind::Udp => (2, 17),
    }
}

fn parameters(form: &Form) -> Result<&Parameters, Refusal> {
    match form {
        Form::Set(list) => Ok(list),
        Form::Action | Form::Read | Form::Test => Err(Refusal::NoSuchForm),
    }
}

fn payload(text: &str) -> Result<Vec<u8>, Refusal> {
    let octets = octets_of(text);
    if (1..=MOST).contains(&octets.len()) { Ok(octets) } else { Err(Refusal::Plain) }
}

/// Octets follow `OK`, up to the terminator.
fn begin_data_mode(id: u8, to: Option<(IpAddr, u16)>) -> Outcome {
    SocketData { id, until: Until::Terminator, to, sign: "OK\r\n", echoed: false }.prompt()
}

fn port(list: &Parameters) -> Result<u16, Refusal> {
    narrow(list.required_number(1)?)
}

fn seconds(time: Duration) -> String {
    let ms = time.as_millis();
    format!("{}.{:03} seconds", ms / 1_000, ms % 1_000)
}

impl Modem {
    pub(in crate::modem) fn xsocket(&mut self, now: Instant, form: &Form) -> Outcome {
        if *form == Form::Read {
            if let Ok(Handle { id, family, kind, cid, .. }) = self.sockets.nordic.current() {
                self.information(&format!("#XSOCKET: {id},{family},0,{},{cid}", type_of(kind).0));
            }
            return Ok(Flow::Done);
        }
        let list = parameters(form)?;
        match list.required_number(0)? {
            0 => self.xsocket_close(now),
            family @ (1 | 2) => self.xsocket_open(now, family, list),
            _ => Err(Refusal::Plain),
        }
    }

    fn xsocket_open(&mut self, now: Instant, family: u32, list: &Parameters) -> Outcome {
        let kind = match (list.required_number(1)?, list.required_number(2)?) {
            (1, 0) => Kind::Tcp,
            (2, 0) => Kind::Udp,
            _ => return Err(Refusal::Plain),
        };
        let cid: u8 = narrow(list.number(3)?.unwrap_or(0))?;
        let context = if cid == 0 { CONTEXT } else { cid };
        let taken = |id: &u8| self.sockets.nordic.handles.iter().any(|handle| handle.id == *id);
        let id = HANDLES.into_iter().find(|id| !taken(id)).ok_or(Refusal::Plain)?;
        self.use_context(now, context)
            .and_then(|()| self.sockets.engine.open(now, id, context, kind, None, None))
            .map_err(|_| Refusal::Plain)?;
        let memory = &mut self.sockets.nordic;
        memory.ranking += 1;
        memory.handles.push(Handle { id, family, kind, cid, ranking: memory.ranking });
        memory.selected = Some(id);
        let (kind, protocol) = type_of(kind);
        self.information(&format!("#XSOCKET: {id},{kind},{protocol}"));
        Ok(Flow::Done)
    }

    fn xsocket_close(&mut self, now: Instant) -> Outcome {
        let handle = self.sockets.nordic.current()?;
        self.sockets.engine.close(now, handle.id);
        let memory = &mut self.sockets.nordic;
        memory.handles.retain(|known| known.id != handle.id);
        memory.selected = memory.handles.iter().max_by_key(|known| known.ranking).map(|known| known.id);
        self.information("#XSOCKET: 0,\"closed\"");
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn xsocketselect(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Read {
            for Handle { id, family, kind, cid, ranking } in self.sockets.nordic.handles.clone() {
                let kind = type_of(kind).0;
                self.information(&format!("#XSOCKETSELECT: {id},{family},0,{kind},-1,{ranking},{cid}"));
            }
            if let Some(id) = self.sockets.nordic.selected {
                self.information(&format!("#XSOCKETSELECT: {id}"));
            }
            return Ok(Flow::Done);
        }
        let wanted = parameters(form)?.required_number(0)?;
        let memory = &mut self.sockets.nordic;
        let found = memory.handles.iter().find(|handle| u32::from(handle.id) == wanted);
        let id = found.map(|handle| handle.id).ok_or(Refusal::Plain)?;
        memory.selected = Some(id);
        self.information(&format!("#XSOCKETSELECT: {id}"));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn xconnect(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = parameters(form)?;
        let (server, port) = (host(list.required_text(0)?)?, port(list)?);
        let id = self.sockets.nordic.current()?.id;
        let fresh = self.sockets.engine.get(id).is_some_and(|socket| socket.peer.is_none());
        if !fresh {
            return Err(Refusal::Plain);
        }
        match self.sockets.engine.connect(now, id, server, port) {
            Ok(()) => Ok(Flow::Pending(Pending::Socket(Awaited::Open(id)))),
            Err(error) => self.xconnected(Err(error)),
        }
    }

    fn xconnected(&mut self, result: Result<(), SocketError>) -> Outcome {
        self.information(&format!("#XCONNECT: {}", u8::from(result.is_ok())));
        result.map(|()| Flow::Done).map_err(|_| Refusal::Plain)
    }

    pub(in crate::modem) fn xsend(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Action {
            let id = self.sockets.nordic.current()?.id;
            return begin_data_mode(id, None);
        }
        let octets = payload(parameters(form)?.required_text(0)?)?;
        let id = self.sockets.nordic.current()?.id;
        self.nordic_send("#XSEND", id, &octets, None)
    }

    fn nordic_send(&mut self, name: &str, id: u8, octets: &[u8], to: Option<(IpAddr, u16)>) -> Outcome {
        self.sockets.engine.send(id, octets, to).map_err(|_| Refusal::Plain)?;
        self.information(&format!("{name}: {}", octets.len()));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn xsendto(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = parameters(form)?;
        let (server, port) = (list.required_text(0)?, port(list)?);
        let handle = self.sockets.nordic.current()?;
        if handle.kind != Kind::Udp {
            return Err(Refusal::Plain);
        }
        let Some(text) = list.text(2)? else {
            let address = server.parse().map_err(|_| Refusal::Plain)?;
            return begin_data_mode(handle.id, Some((address, port)));
        };
        let octets = payload(text)?;
        if let Ok(address) = server.parse() {
            return self.nordic_send("#XSENDTO", handle.id, &octets, Some((address, port)));
        }
        let cid = self.sockets.engine.get(handle.id).map(|socket| socket.cid).ok_or(Refusal::Plain)?;
        self.sockets.engine.resolve(now, cid, server).map_err(|_| Refusal::Plain)?;
        self.sockets.nordic.sending = Some((handle.id, octets, port));
        Ok(Flow::Pending(Pending::Socket(Awaited::Lookup)))
    }

    /// What the host has given in data mode: it goes when there is enough of it, and with what ends the mode.
    pub(super) fn read_data_mode(&mut self, now: Instant) {
        let Some(text) = self.line.entry.as_ref().map(|entry| entry.text.as_slice()) else { return };
        if let Some(data) = text.strip_suffix(TERMINATOR) {
            let data = data.to_vec();
            self.send_in_data_mode(now, &data);
            self.end_data_mode(now, "0");
        } else if text.len() >= MOST && !text.ends_with(b"+") {
            self.data_mode_paused(now);
        }
    }

    /// The host pauses in data mode: what it has given so far goes.
    pub(in crate::modem) fn data_mode_paused(&mut self, now: Instant) {
        let Some(entry) = self.line.entry.as_mut() else { return };
        let data = std::mem::take(&mut entry.text);
        self.send_in_data_mode(now, &data);
    }

    fn send_in_data_mode(&mut self, now: Instant, data: &[u8]) {
        let Some(Prompt::SocketData(SocketData { id, to, .. })) =
            self.line.entry.as_ref().map(|entry| &entry.prompt)
        else {
            return;
        };
        let failed = !data.is_empty() && self.sockets.engine.send(*id, data, *to).is_err();
        if failed {
            self.end_data_mode(now, "-1");
        }
        self.poll_sockets(now);
    }

    fn end_data_mode(&mut self, now: Instant, status: &str) {
        if self.line.entry.take().is_some() {
            self.running = None;
            self.line.report(vec![format!("#XDATAMODE: {status}")]);
            self.send_reports(now);
        }
    }

    pub(in crate::modem) fn xrecv(&mut self, now: Instant, form: &Form) -> Outcome {
        self.nordic_wait(now, form, false)
    }

    pub(in crate::modem) fn xrecvfrom(&mut self, now: Instant, form: &Form) -> Outcome {
        self.nordic_wait(now, form, true)
    }

    fn nordic_wait(&mut self, now: Instant, form: &Form, with_sender: bool) -> Outcome {
        let list = parameters(form)?;
        let timeout: u16 = narrow(list.required_number(0)?)?;
        let at_once = match list.number(1)? {
            None | Some(0) => false,
            Some(AT_ONCE) => true,
            Some(_) => return Err(Refusal::Plain),
        };
        let handle = self.sockets.nordic.current()?;
        if with_sender && handle.kind != Kind::Udp {
            return Err(Refusal::Plain);
        }
        let until = (timeout > 0).then(|| now + Duration::from_secs(timeout.into()));
        let receiving = Receiving { id: handle.id, with_sender, until };
        match self.nordic_receive(receiving) {
            Some(outcome) => outcome,
            None if at_once => Err(Refusal::Plain),
            None => {
                self.sockets.nordic.receiving = Some(receiving);
                Ok(Flow::Pending(Pending::Socket(Awaited::Arrival(handle.id))))
            }
        }
    }

    /// What there is to read, or why there will be nothing; `None` while it can still come.
    fn nordic_receive(&mut self, Receiving { id, with_sender, .. }: Receiving) -> Option<Outcome> {
        let Some(socket) = self.sockets.engine.get(id) else { return Some(Err(Refusal::Plain)) };
        let state = socket.state;
        let read =
            if self.sockets.engine.waiting(id) > 0 { self.sockets.engine.read(id, MOST) } else { None };
        let Some((octets, from, port)) = read else {
            return match state {
                State::Connected => None,
                // The end of a connection reads as nothing (recv(2)).
                State::Closed => {
                    self.information("#XRECV: 0");
                    Some(Ok(Flow::Done))
                }
                State::Initial | State::Connecting { .. } => Some(Err(Refusal::Plain)),
            };
        };
        let length = octets.len();
        let header = if with_sender {
            format!("#XRECVFROM: {length},\"{from}\",{port}")
        } else {
            format!("#XRECV: {length}")
        };
        self.information_with_octets(&header, &octets);
        Some(Ok(Flow::Done))
    }

    /// Ends a wait for data whose time is up.
    pub(super) fn nordic_timeout(&mut self, now: Instant) {
        let late = |receiving: &mut Receiving| receiving.until.is_some_and(|until| until <= now);
        let Some(Receiving { id, .. }) = self.sockets.nordic.receiving.take_if(late) else { return };
        let waits = |pending: &Pending| *pending == Pending::Socket(Awaited::Arrival(id));
        let channel = self.channel_that_waits_for(waits);
        self.on_channel(channel, |modem| {
            modem.after_command(now, Err(Refusal::Plain), super::Service::Mobile)
        });
    }

    pub(in crate::modem) fn xgetaddrinfo(&mut self, now: Instant, form: &Form) -> Outcome {
        let name = parameters(form)?.required_text(0)?;
        self.use_context(now, CONTEXT)
            .and_then(|()| self.sockets.engine.resolve(now, CONTEXT, name))
            .map_err(|_| Refusal::Plain)?;
        Ok(Flow::Pending(Pending::Socket(Awaited::Lookup)))
    }

    pub(in crate::modem) fn xping(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = parameters(form)?;
        let server = host(list.required_text(0)?)?;
        let (size, timeout) = (list.required_number(1)?, list.required_number(2)?);
        let (count, interval) = (list.number(3)?.unwrap_or(1), list.number(4)?.unwrap_or(1_000));
        if size > 548 || timeout == 0 || count == 0 || interval == 0 {
            return Err(Refusal::Plain);
        }
        let timeout = Duration::from_millis(timeout.into());
        let order = PingOrder { count: narrow(count)?, size: size as usize, timeout, hop_limit: 64 };
        self.use_context(now, CONTEXT)
            .and_then(|()| self.sockets.engine.ping(now, CONTEXT, &server, order))
            .map(|()| Flow::Done)
            .map_err(|_| Refusal::Plain)
    }

    pub(super) fn nordic_event(&mut self, now: Instant, event: SocketEvent) {
        match event {
            SocketEvent::Opened { id, result } => {
                if self.pending_socket() == Some(&Awaited::Open(id)) {
                    self.line.begin_response();
                    let outcome = self.xconnected(result);
                    self.after_command(now, outcome, super::Service::Mobile);
                }
            }
            SocketEvent::Arrived { id } | SocketEvent::Closed { id, .. } => self.nordic_go_on(now, id),
            SocketEvent::Resolved { result } => self.nordic_resolved(now, result),
            SocketEvent::PingReplied(PingReply { answer: Some((took, _)), .. }) => {
                self.line.report(vec![format!("#XPING: {}", seconds(took))]);
            }
            SocketEvent::PingReplied(PingReply { answer: None, .. }) => {
                self.line.report(vec!["#XPING: timeout".to_owned()]);
            }
            SocketEvent::PingEnded(result) => {
                let summary = result.unwrap_or_default();
                if let Some(average) = summary.total.checked_div(summary.received.into()) {
                    self.line.report(vec![format!("#XPING: average {}", seconds(average))]);
                }
            }
        }
        self.send_reports(now);
    }

    fn nordic_go_on(&mut self, now: Instant, id: u8) {
        if self.pending_socket() != Some(&Awaited::Arrival(id)) {
            return;
        }
        let Some(receiving) = self.sockets.nordic.receiving else { return };
        self.line.begin_response();
        if let Some(outcome) = self.nordic_receive(receiving) {
            self.sockets.nordic.receiving = None;
            self.after_command(now, outcome, super::Service::Mobile);
        }
    }

    fn nordic_resolved(&mut self, now: Instant, result: Result<Vec<IpAddr>, SocketError>) {
        if self.pending_socket() != Some(&Awaited::Lookup) {
            return;
        }
        self.line.begin_response();
        let sending = self.sockets.nordic.sending.take();
        let found = result.ok().and_then(|found| found.first().copied());
        let outcome = match (found, sending) {
            (None, _) => Err(Refusal::Plain),
            (Some(address), Some((id, octets, port))) => {
                self.nordic_send("#XSENDTO", id, &octets, Some((address, port)))
            }
            (Some(address), None) => {
                self.information(&format!("#XGETADDRINFO: \"{address}\""));
                Ok(Flow::Done)
            }
        };
        self.after_command(now, outcome, super::Service::Mobile);
    }
}
