//! The TCP/IP stack on one context: smoltcp, with the context's address.

use super::{CloseReason, Kind, SocketError};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::{Socket, dns, tcp, udp};
use smoltcp::wire::{DnsQueryType, HardwareAddress, IpCidr, IpEndpoint};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::ip::{Link, lab_time, stack_time};
use wire::nas::{InterfaceIdentifier, PdnGrant};
use wire::time::{Duration, Instant};

const BUFFER: usize = 8 * 1024;
/// What is sent and not acknowledged for so long ends the connection.
const ACKNOWLEDGE_TIME: Duration = Duration::from_secs(90);
/// How long a connection may take to end in the background.
const CLOSE_TIME: Duration = Duration::from_secs(10);
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

pub(super) struct Stack {
    link: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    servers: Vec<IpAddr>,
    interface_identifier: Option<InterfaceIdentifier>,
    /// Connections that end in the background, and until when they may.
    closing: Vec<(SocketHandle, Instant)>,
    wake: Option<Instant>,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("addresses", &self.interface.ip_addrs()).finish_non_exhaustive()
    }
}

fn tcp_buffer() -> tcp::SocketBuffer<'static> {
    tcp::SocketBuffer::new(vec![0; BUFFER])
}

fn udp_buffer() -> udp::PacketBuffer<'static> {
    udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 16], vec![0; BUFFER])
}

impl Stack {
    pub(super) fn new(now: Instant, grant: &PdnGrant, seed: u64) -> Self {
        let mut link = Link::new(grant.mtu.unwrap_or(1_500));
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut link, stack_time(now));
        interface.update_ip_addrs(|addresses| {
            // smoltcp has room for two addresses.
            let _ = grant.address.ipv4().map(|address| addresses.push(IpCidr::new(address.into(), 32)));
        });
        let routes = interface.routes_mut();
        let _ = routes.add_default_ipv4_route(Ipv4Addr::new(192, 0, 0, 1));
        let _ = routes.add_default_ipv6_route(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1));
        Self {
            link,
            interface,
            sockets: SocketSet::new(Vec::new()),
            servers: grant.dns.clone(),
            interface_identifier: grant.address.interface(),
            closing: Vec::new(),
            wake: None,
        }
    }

    /// A router advertisement gave the prefix of the IPv6 address.
    pub(super) fn set_prefix(&mut self, prefix: Option<IpAddr>) {
        let (Some(IpAddr::V6(prefix)), Some(interface)) = (prefix, self.interface_identifier) else { return };
        let address = IpCidr::new(interface.under(prefix).into(), 128);
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|known| IpAddr::from(known.address()).is_ipv4());
            let _ = addresses.push(address);
        });
    }

    /// Sends from another address than the one that was granted.
    pub(super) fn pretend(&mut self, address: IpAddr) {
        self.interface.update_ip_addrs(|addresses| {
            addresses.clear();
            let _ = addresses.push(IpCidr::new(address.into(), if address.is_ipv4() { 32 } else { 128 }));
        });
    }

    /// The address that packets to this destination come from.
    pub(super) fn source(&self, destination: IpAddr) -> Option<IpAddr> {
        let same_family = |cidr: &&IpCidr| IpAddr::from(cidr.address()).is_ipv4() == destination.is_ipv4();
        self.interface.ip_addrs().iter().find(same_family).map(|cidr| cidr.address().into())
    }

    pub(super) fn reaches(&self, destination: IpAddr) -> bool {
        self.source(destination).is_some()
    }

    /// The DNS server at a place.
    pub(super) fn server(&self, place: usize) -> Option<IpAddr> {
        self.servers.iter().copied().filter(|server| self.reaches(*server)).nth(place)
    }

    /// A socket, bound to a local port; `None` when another has it.
    pub(super) fn add(&mut self, kind: Kind, local_port: u16) -> Option<SocketHandle> {
        Some(match kind {
            Kind::Tcp => self.sockets.add(tcp::Socket::new(tcp_buffer(), tcp_buffer())),
            Kind::Udp => {
                let mut socket = udp::Socket::new(udp_buffer(), udp_buffer());
                socket.bind(local_port).ok()?;
                self.sockets.add(socket)
            }
        })
    }

    pub(super) fn connect(&mut self, handle: SocketHandle, to: IpAddr, port: u16, from: u16) -> Option<()> {
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.connect(self.interface.context(), IpEndpoint::new(to.into(), port), from).ok()
    }

    /// Whether a connection is open in any way, and whether it can be sent over.
    pub(super) fn connection(&self, handle: SocketHandle) -> (bool, bool) {
        let socket = self.sockets.get::<tcp::Socket<'_>>(handle);
        (socket.is_open(), socket.may_send())
    }

    /// Why an established connection is over, when it is.
    pub(super) fn end_of(&self, handle: SocketHandle) -> Option<CloseReason> {
        let socket = self.sockets.get::<tcp::Socket<'_>>(handle);
        match socket.state() {
            tcp::State::CloseWait => Some(CloseReason::Remote),
            // smoltcp keeps what was not acknowledged when it gives up, and drops it at a reset.
            tcp::State::Closed if socket.send_queue() > 0 => Some(CloseReason::Timeout),
            tcp::State::Closed => Some(CloseReason::Remote),
            tcp::State::Listen
            | tcp::State::SynSent
            | tcp::State::SynReceived
            | tcp::State::Established
            | tcp::State::FinWait1
            | tcp::State::FinWait2
            | tcp::State::Closing
            | tcp::State::LastAck
            | tcp::State::TimeWait => None,
        }
    }

    pub(super) fn send(&mut self, handle: SocketHandle, octets: &[u8]) -> Result<(), SocketError> {
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        if socket.send_capacity() - socket.send_queue() < octets.len() {
            return Err(SocketError::Full);
        }
        socket.send_slice(octets).map(|_| ()).map_err(|_| SocketError::NotConnected)
    }

    pub(super) fn send_to(
        &mut self,
        handle: SocketHandle,
        octets: &[u8],
        (to, port): (IpAddr, u16),
    ) -> Result<(), SocketError> {
        if !self.reaches(to) {
            return Err(SocketError::Unreachable);
        }
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(handle);
        socket.send_slice(octets, IpEndpoint::new(to.into(), port)).map_err(|_| SocketError::Full)
    }

    pub(super) fn unacknowledged(&self, kind: Kind, handle: SocketHandle) -> u64 {
        match kind {
            Kind::Tcp => self.sockets.get::<tcp::Socket<'_>>(handle).send_queue() as u64,
            Kind::Udp => 0,
        }
    }

    pub(super) fn waiting(&self, kind: Kind, handle: SocketHandle) -> usize {
        match kind {
            Kind::Tcp => self.sockets.get::<tcp::Socket<'_>>(handle).recv_queue(),
            Kind::Udp => self.sockets.get::<udp::Socket<'_>>(handle).recv_queue(),
        }
    }

    /// Reads from a connection, or a datagram, of which what does not fit is lost.
    pub(super) fn read(
        &mut self,
        kind: Kind,
        handle: SocketHandle,
        most: usize,
    ) -> Option<(Vec<u8>, IpAddr, u16)> {
        match kind {
            Kind::Tcp => {
                let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
                let peer = socket.remote_endpoint();
                let mut octets = vec![0; socket.recv_queue().min(most)];
                let length = socket.recv_slice(&mut octets).ok()?;
                octets.truncate(length);
                let peer =
                    peer.map_or((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0), |peer| (peer.addr.into(), peer.port));
                Some((octets, peer.0, peer.1))
            }
            Kind::Udp => {
                let socket = self.sockets.get_mut::<udp::Socket<'_>>(handle);
                let (octets, meta) = socket.recv().ok()?;
                let octets = octets.get(..octets.len().min(most)).unwrap_or_default().to_vec();
                Some((octets, meta.endpoint.addr.into(), meta.endpoint.port))
            }
        }
    }

    /// Ends a connection in the background, or forgets a datagram socket.
    pub(super) fn close(&mut self, now: Instant, kind: Kind, handle: SocketHandle) {
        match kind {
            Kind::Tcp => {
                self.sockets.get_mut::<tcp::Socket<'_>>(handle).close();
                self.closing.push((handle, now + CLOSE_TIME));
            }
            Kind::Udp => drop(self.sockets.remove(handle)),
        }
    }

    /// Asks a DNS server for the addresses of a name, of the family that the context has.
    pub(super) fn query(&mut self, server: IpAddr, name: &str) -> Option<(SocketHandle, dns::QueryHandle)> {
        let four = self.interface.ipv4_addr().is_some();
        let wanted = if four { DnsQueryType::A } else { DnsQueryType::Aaaa };
        let mut socket = dns::Socket::new(&[server.into()], Vec::new());
        let query = socket.start_query(self.interface.context(), name, wanted).ok()?;
        Some((self.sockets.add(socket), query))
    }

    /// The answer to a query, once there is one.
    pub(super) fn answer(
        &mut self,
        (handle, query): (SocketHandle, dns::QueryHandle),
    ) -> Option<Result<Vec<IpAddr>, SocketError>> {
        match self.sockets.get_mut::<dns::Socket<'_>>(handle).get_query_result(query) {
            Ok(found) => Some(Ok(found.iter().map(|address| (*address).into()).collect())),
            Err(dns::GetQueryResultError::Pending) => None,
            Err(dns::GetQueryResultError::Failed) => Some(Err(SocketError::Dns)),
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn forget_query(&mut self, handle: SocketHandle) {
        self.sockets.remove(handle);
    }

    pub(super) fn receive(&mut self, packet: Vec<u8>) {
        self.link.receive_packet(packet);
    }

    pub(super) fn next_packet(&mut self) -> Option<Vec<u8>> {
        self.link.next_to_send()
    }

    pub(super) fn poll(&mut self, now: Instant) {
        self.limit_waits();
        self.interface.poll(stack_time(now), &mut self.link, &mut self.sockets);
        let sockets = &mut self.sockets;
        self.closing.retain(|(handle, until)| {
            let socket = sockets.get_mut::<tcp::Socket<'_>>(*handle);
            if *until <= now {
                socket.abort();
            }
            let over = matches!(socket.state(), tcp::State::Closed | tcp::State::TimeWait);
            if over {
                sockets.remove(*handle);
            }
            !over
        });
        self.limit_waits();
        let next = self.interface.poll_at(stack_time(now), &self.sockets).map(lab_time);
        let closing = self.closing.iter().map(|(_, until)| *until).min();
        self.wake = next.into_iter().chain(closing).min().map(|at| at.max(now + SHORTEST_WAIT));
    }

    /// A connection waits for an answer to what it has sent, but for nothing when it is idle: smoltcp would end it then.
    fn limit_waits(&mut self) {
        for (_, socket) in self.sockets.iter_mut() {
            if let Socket::Tcp(socket) = socket {
                let idle = socket.state() == tcp::State::Established && socket.send_queue() == 0;
                socket.set_timeout((!idle).then(|| span(ACKNOWLEDGE_TIME)));
            }
        }
    }

    pub(super) const fn wake(&self) -> Option<Instant> {
        self.wake
    }
}

fn span(duration: Duration) -> smoltcp::time::Duration {
    smoltcp::time::Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
