//! The TCP/IP of the modem itself: sockets, name lookups and pings over its contexts, whatever commands they are asked with.
//!
//! One stack for each context that is used; it lives as long as the context. What happens is told in [`SocketEvent`]s,
//! which the family of commands turns into reports. Not here: connections from outside, which the operator's network
//! lets nobody make.

mod lookup;
mod ping;
mod stack;

pub(super) use ping::{PingOrder, PingReply, PingSummary};

use lookup::Lookup;
use ping::Ping;
use smoltcp::iface::SocketHandle;
use stack::Stack;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use wire::nas::PdnGrant;
use wire::seed::Rng;
use wire::time::{Duration, Instant, Wakeup};

/// How long a TCP connection may take to be made.
const CONNECT_TIME: Duration = Duration::from_secs(75);
/// Local ports that are given out.
const PORTS: std::ops::RangeInclusive<u16> = 49_152..=65_535;

/// A server as the host names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(String),
}

impl Host {
    pub(super) fn named(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Address)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp,
    Udp,
}

/// Why a socket cannot do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SocketError {
    /// The context is not active.
    NoContext,
    /// The identity is in use.
    InUse,
    /// There is no such socket, or it is not connected.
    NotConnected,
    /// The name is unknown or no DNS server answers.
    Dns,
    /// The server refuses.
    Refused,
    /// The server does not answer.
    Timeout,
    /// There is no room for so much.
    Full,
    /// An address of a family that the context does not have.
    Unreachable,
}

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// The other side ended or reset the connection.
    Remote,
    /// The other side does not acknowledge any more.
    Timeout,
    /// The context is gone.
    Context,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SocketEvent {
    Opened {
        id: u8,
        result: Result<(), SocketError>,
    },
    /// There is something to read that was not told of.
    Arrived {
        id: u8,
    },
    Closed {
        id: u8,
        reason: CloseReason,
    },
    Resolved {
        result: Result<Vec<IpAddr>, SocketError>,
    },
    PingReplied(PingReply),
    PingEnded(Result<PingSummary, SocketError>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its server's name is being looked up, or it is there and has no peer yet.
    Initial,
    Connecting {
        until: Instant,
    },
    Connected,
    /// The other side has closed.
    Closed,
}

#[derive(Debug)]
pub(super) struct Socket {
    pub(super) cid: u8,
    pub(super) kind: Kind,
    pub(super) state: State,
    pub(super) peer: Option<(Host, u16)>,
    pub(super) address: Option<IpAddr>,
    pub(super) local_port: u16,
    handle: SocketHandle,
    /// What waits to be read was told of.
    told: bool,
    pub(super) sent: u64,
    pub(super) read: u64,
}

/// All sockets of the modem.
#[derive(Debug)]
pub(super) struct Sockets {
    stacks: BTreeMap<u8, Stack>,
    sockets: BTreeMap<u8, Socket>,
    /// Lookups that run, with the socket that waits for each.
    lookups: Vec<(Option<u8>, Lookup)>,
    ping: Option<Ping>,
    events: VecDeque<SocketEvent>,
    packets: VecDeque<(u8, Vec<u8>)>,
    rng: Rng,
}

impl Sockets {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            stacks: BTreeMap::new(),
            sockets: BTreeMap::new(),
            lookups: Vec::new(),
            ping: None,
            events: VecDeque::new(),
            packets: VecDeque::new(),
            rng,
        }
    }

    /// Everything is gone with the power.
    pub(super) fn power_cycle(&mut self) {
        self.stacks.clear();
        self.sockets.clear();
        self.lookups.clear();
        self.ping = None;
        self.events.clear();
        self.packets.clear();
    }

    /// Gives a context its stack; `prefix` completes an IPv6 address. `source` is used in place of the granted address.
    pub(super) fn attach(
        &mut self,
        now: Instant,
        cid: u8,
        grant: &PdnGrant,
        prefix: Option<IpAddr>,
        source: Option<IpAddr>,
    ) {
        let seed = self.rng.below(u64::MAX);
        let stack = self.stacks.entry(cid).or_insert_with(|| Stack::new(now, grant, seed));
        stack.set_prefix(prefix);
        if let Some(source) = source {
            stack.pretend(source);
        }
    }

    /// Whether there is nothing to do and nothing to tell.
    pub(super) fn is_idle(&self) -> bool {
        self.stacks.is_empty() && self.events.is_empty()
    }

    /// Whether a context has a stack.
    pub(super) fn is_attached(&self, cid: u8) -> bool {
        self.stacks.contains_key(&cid)
    }

    /// A context is gone, and with it everything on it.
    pub(super) fn detach(&mut self, cid: u8) {
        if self.stacks.remove(&cid).is_none() {
            return;
        }
        self.lookups.retain(|(_, lookup)| lookup.cid() != cid);
        if self.ping.take_if(|ping| ping.cid() == cid).is_some() {
            self.events.push_back(SocketEvent::PingEnded(Err(SocketError::NoContext)));
        }
        let gone: Vec<u8> =
            self.sockets.iter().filter(|(_, socket)| socket.cid == cid).map(|(id, _)| *id).collect();
        for id in gone {
            let Some(socket) = self.sockets.remove(&id) else { continue };
            let opening = matches!(socket.state, State::Initial | State::Connecting { .. });
            self.events.push_back(if opening && socket.peer.is_some() {
                SocketEvent::Opened { id, result: Err(SocketError::NoContext) }
            } else {
                SocketEvent::Closed { id, reason: CloseReason::Context }
            });
        }
    }

    pub(super) fn all(&self) -> &BTreeMap<u8, Socket> {
        &self.sockets
    }

    pub(super) fn get(&self, id: u8) -> Option<&Socket> {
        self.sockets.get(&id)
    }

    /// Opens a socket; [`SocketEvent::Opened`] follows when it has a peer to connect to.
    pub(super) fn open(
        &mut self,
        now: Instant,
        id: u8,
        cid: u8,
        kind: Kind,
        peer: Option<(Host, u16)>,
        local_port: Option<u16>,
    ) -> Result<(), SocketError> {
        if self.sockets.contains_key(&id) {
            return Err(SocketError::InUse);
        }
        let local_port = local_port.filter(|port| *port != 0).unwrap_or_else(|| self.free_port());
        let stack = self.stacks.get_mut(&cid).ok_or(SocketError::NoContext)?;
        let handle = stack.add(kind, local_port).ok_or(SocketError::InUse)?;
        let socket = Socket {
            cid,
            kind,
            state: if kind == Kind::Udp && peer.is_none() { State::Connected } else { State::Initial },
            peer: None,
            address: None,
            local_port,
            handle,
            told: false,
            sent: 0,
            read: 0,
        };
        self.sockets.insert(id, socket);
        match peer {
            Some((host, port)) => self.connect(now, id, host, port),
            None => Ok(()),
        }
    }

    /// Connects a socket that is open; [`SocketEvent::Opened`] follows.
    pub(super) fn connect(&mut self, now: Instant, id: u8, host: Host, port: u16) -> Result<(), SocketError> {
        let socket = self.sockets.get_mut(&id).ok_or(SocketError::NotConnected)?;
        socket.peer = Some((host.clone(), port));
        match host {
            Host::Address(address) => self.connect_to(now, id, address),
            Host::Name(name) => {
                let cid = socket.cid;
                let lookup =
                    self.stacks.get_mut(&cid).and_then(|stack| Lookup::start(now, cid, stack, &name));
                self.lookups.push((Some(id), lookup.ok_or(SocketError::Dns)?));
                Ok(())
            }
        }
    }

    fn connect_to(&mut self, now: Instant, id: u8, address: IpAddr) -> Result<(), SocketError> {
        let socket = self.sockets.get_mut(&id).ok_or(SocketError::NotConnected)?;
        let stack = self.stacks.get_mut(&socket.cid).ok_or(SocketError::NoContext)?;
        let port = socket.peer.as_ref().map(|(_, port)| *port).unwrap_or_default();
        socket.address = Some(address);
        if !stack.reaches(address) {
            return Err(SocketError::Unreachable);
        }
        match socket.kind {
            Kind::Tcp => {
                stack
                    .connect(socket.handle, address, port, socket.local_port)
                    .ok_or(SocketError::Unreachable)?;
                socket.state = State::Connecting { until: now + CONNECT_TIME };
            }
            Kind::Udp => {
                socket.state = State::Connected;
                self.events.push_back(SocketEvent::Opened { id, result: Ok(()) });
            }
        }
        Ok(())
    }

    /// Sends over a connection, or a datagram to the socket's peer or to another.
    pub(super) fn send(
        &mut self,
        id: u8,
        octets: &[u8],
        to: Option<(IpAddr, u16)>,
    ) -> Result<(), SocketError> {
        let socket = self.sockets.get_mut(&id).ok_or(SocketError::NotConnected)?;
        let stack = self.stacks.get_mut(&socket.cid).ok_or(SocketError::NoContext)?;
        if socket.state != State::Connected {
            return Err(SocketError::NotConnected);
        }
        match socket.kind {
            Kind::Tcp => stack.send(socket.handle, octets)?,
            Kind::Udp => {
                let own = socket.address.zip(socket.peer.as_ref().map(|(_, port)| *port));
                stack.send_to(socket.handle, octets, to.or(own).ok_or(SocketError::NotConnected)?)?;
            }
        }
        socket.sent += octets.len() as u64;
        Ok(())
    }

    /// Octets that the other side has not acknowledged.
    pub(super) fn unacknowledged(&self, id: u8) -> u64 {
        self.of(id).map_or(0, |(stack, socket)| stack.unacknowledged(socket.kind, socket.handle))
    }

    /// Octets that wait to be read.
    pub(super) fn waiting(&self, id: u8) -> usize {
        self.of(id).map_or(0, |(stack, socket)| stack.waiting(socket.kind, socket.handle))
    }

    /// Reads up to `most` octets, or one datagram, and where they came from.
    pub(super) fn read(&mut self, id: u8, most: usize) -> Option<(Vec<u8>, IpAddr, u16)> {
        let socket = self.sockets.get_mut(&id)?;
        let stack = self.stacks.get_mut(&socket.cid)?;
        let (octets, from, port) = stack.read(socket.kind, socket.handle, most)?;
        socket.read += octets.len() as u64;
        socket.told = stack.waiting(socket.kind, socket.handle) > 0 && socket.told;
        Some((octets, from, port))
    }

    /// Closes a socket for good; the connection ends in the background. `false` where there is none.
    pub(super) fn close(&mut self, now: Instant, id: u8) -> bool {
        let Some(socket) = self.sockets.remove(&id) else { return false };
        self.lookups.retain(|(waits, _)| *waits != Some(id));
        if let Some(stack) = self.stacks.get_mut(&socket.cid) {
            stack.close(now, socket.kind, socket.handle);
        }
        true
    }

    /// Looks a name up; [`SocketEvent::Resolved`] follows.
    pub(super) fn resolve(&mut self, now: Instant, cid: u8, name: &str) -> Result<(), SocketError> {
        let stack = self.stacks.get_mut(&cid).ok_or(SocketError::NoContext)?;
        let lookup = Lookup::start(now, cid, stack, name).ok_or(SocketError::Dns)?;
        self.lookups.push((None, lookup));
        Ok(())
    }

    /// Pings; [`SocketEvent::PingReplied`] for each and [`SocketEvent::PingEnded`] follow.
    pub(super) fn ping(
        &mut self,
        now: Instant,
        cid: u8,
        host: &Host,
        order: PingOrder,
    ) -> Result<(), SocketError> {
        if self.ping.is_some() {
            return Err(SocketError::InUse);
        }
        let stack = self.stacks.get_mut(&cid).ok_or(SocketError::NoContext)?;
        let identifier = u16::try_from(self.rng.below(0xffff)).unwrap_or_default();
        let ping = match host {
            Host::Address(address) => Ping::new(cid, Some(*address), None, order, identifier),
            Host::Name(name) => {
                let lookup = Lookup::start(now, cid, stack, name).ok_or(SocketError::Dns)?;
                Ping::new(cid, None, Some(lookup), order, identifier)
            }
        };
        self.ping = Some(ping);
        Ok(())
    }

    /// A packet came over a context.
    pub(super) fn receive(&mut self, now: Instant, cid: u8, packet: Vec<u8>) {
        let mine =
            self.ping.as_mut().filter(|ping| ping.cid() == cid).and_then(|ping| ping.receive(now, &packet));
        match mine {
            Some(reply) => self.events.push_back(SocketEvent::PingReplied(reply)),
            None => {
                if let Some(stack) = self.stacks.get_mut(&cid) {
                    stack.receive(packet);
                }
            }
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<SocketEvent> {
        self.events.pop_front()
    }

    /// The next packet to send, and over which context.
    pub(super) fn poll_packet(&mut self) -> Option<(u8, Vec<u8>)> {
        self.packets.pop_front()
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let stacks = self.stacks.values().filter_map(Stack::wake);
        let lookups = self.lookups.iter().map(|(_, lookup)| lookup.deadline());
        let sockets = self.sockets.values().filter_map(|socket| match socket.state {
            State::Connecting { until } => Some(until),
            State::Initial | State::Connected | State::Closed => None,
        });
        let ping = self.ping.iter().map(Ping::due);
        let at = stacks.chain(lookups).chain(sockets).chain(ping).min()?;
        Some(Wakeup::new(at, "TCP/IP of the modem"))
    }

    /// Lets everything go on as far as it can now.
    pub(super) fn poll(&mut self, now: Instant) {
        if self.stacks.is_empty() {
            return;
        }
        loop {
            for (cid, stack) in &mut self.stacks {
                stack.poll(now);
                while let Some(packet) = stack.next_packet() {
                    self.packets.push_back((*cid, packet));
                }
            }
            let resolved = self.poll_lookups(now);
            self.poll_ping(now);
            self.watch(now);
            if !resolved {
                break;
            }
        }
    }

    fn of(&self, id: u8) -> Option<(&Stack, &Socket)> {
        let socket = self.sockets.get(&id)?;
        self.stacks.get(&socket.cid).map(|stack| (stack, socket))
    }

    fn free_port(&mut self) -> u16 {
        let span = u64::from(PORTS.end() - PORTS.start());
        let port = PORTS.start() + u16::try_from(self.rng.below(span)).unwrap_or_default();
        let used = |port: u16| self.sockets.values().any(|socket| socket.local_port == port);
        (port..=*PORTS.end()).chain(PORTS).find(|port| !used(*port)).unwrap_or(port)
    }

    /// Whether a lookup ended.
    fn poll_lookups(&mut self, now: Instant) -> bool {
        let mut ended = Vec::new();
        let stacks = &mut self.stacks;
        self.lookups.retain_mut(|(id, lookup)| {
            let result = stacks.get_mut(&lookup.cid()).and_then(|stack| lookup.poll(now, stack));
            let done = result.is_some();
            ended.extend(result.map(|result| (*id, result)));
            !done
        });
        let any = !ended.is_empty();
        for (id, result) in ended {
            let Some(id) = id else {
                self.events.push_back(SocketEvent::Resolved { result });
                continue;
            };
            let first = result.and_then(|found| found.first().copied().ok_or(SocketError::Dns));
            if let Err(error) = first.and_then(|address| self.connect_to(now, id, address)) {
                self.fail(now, id, error);
            }
        }
        any
    }

    fn fail(&mut self, now: Instant, id: u8, error: SocketError) {
        self.close(now, id);
        self.events.push_back(SocketEvent::Opened { id, result: Err(error) });
    }

    fn poll_ping(&mut self, now: Instant) {
        let Some(ping) = &mut self.ping else { return };
        let Some(stack) = self.stacks.get_mut(&ping.cid()) else { return };
        let cid = ping.cid();
        let step = ping.poll(now, stack);
        self.events.extend(step.replies.into_iter().map(SocketEvent::PingReplied));
        self.packets.extend(step.packet.map(|packet| (cid, packet)));
        if let Some(end) = step.end {
            self.ping = None;
            self.events.push_back(SocketEvent::PingEnded(end));
        }
    }

    /// Tells what has become of connections, and what arrived.
    fn watch(&mut self, now: Instant) {
        let mut failed = Vec::new();
        for (id, socket) in &mut self.sockets {
            let Some(stack) = self.stacks.get(&socket.cid) else { continue };
            if socket.kind == Kind::Tcp {
                let (is_open, may_send) = stack.connection(socket.handle);
                match socket.state {
                    State::Connecting { .. } if may_send => {
                        socket.state = State::Connected;
                        self.events.push_back(SocketEvent::Opened { id: *id, result: Ok(()) });
                    }
                    State::Connecting { until } if until <= now => failed.push((*id, SocketError::Timeout)),
                    State::Connecting { .. } if !is_open => failed.push((*id, SocketError::Refused)),
                    State::Connecting { .. } | State::Initial | State::Connected | State::Closed => {}
                }
            }
            if !socket.told && stack.waiting(socket.kind, socket.handle) > 0 {
                socket.told = true;
                self.events.push_back(SocketEvent::Arrived { id: *id });
            }
            if socket.kind == Kind::Tcp && socket.state == State::Connected {
                let reason = stack.end_of(socket.handle);
                if let Some(reason) = reason {
                    socket.state = State::Closed;
                    self.events.push_back(SocketEvent::Closed { id: *id, reason });
                }
            }
        }
        for (id, error) in failed {
            self.fail(now, id, error);
        }
    }
}
