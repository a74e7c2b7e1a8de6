//! The TCP/IP stack of one server, and the programs that run on it.
//!
//! TCP, UDP and ICMP echo are smoltcp's. A listening socket becomes the connection that it accepts, so that another is
//! put in its place at once.

use super::server::{Behaviour, Protocol, Server, Service};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::{Socket, tcp, udp};
use smoltcp::wire::{HardwareAddress, IpCidr, IpEndpoint};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::ip::{Link, lab_time, stack_time};
use wire::seed::Seed;
use wire::time::{Duration, Instant};

/// Room for what waits in each direction of a connection.
const BUFFER: usize = 8 * 1024;
/// The most that a server keeps of what it received.
const MOST_STORED: usize = 256 * 1024;
/// The largest packet that a server sends: below what any access point grants.
const MTU: u16 = 1_280;
/// A stack that wants to be called at once is called again after this time.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
/// The longest request that is waited for.
const LONGEST_REQUEST: usize = 4 * 1024;

/// What a server received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// When.
    pub at: Instant,
    /// From which address.
    pub from: IpAddr,
    /// On which port.
    pub port: u16,
    /// What.
    pub octets: Vec<u8>,
}

struct Connection {
    socket: SocketHandle,
    service: Service,
    request: Vec<u8>,
}

struct Datagrams {
    socket: SocketHandle,
    service: Service,
    last_peer: Option<IpEndpoint>,
}

pub(super) struct Stack {
    link: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    services: Vec<Service>,
    listening: bool,
    connections: Vec<Connection>,
    datagrams: Vec<Datagrams>,
    stored: Vec<Stored>,
    stored_octets: usize,
    name: String,
    wake: Option<Instant>,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("connections", &self.connections.len()).finish_non_exhaustive()
    }
}

impl Stack {
    pub(super) fn new(now: Instant, server: &Server, seed: Seed, listening: bool) -> Self {
        let mut link = Link::new(MTU);
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed.rng().below(u64::MAX);
        let mut interface = Interface::new(config, &mut link, stack_time(now));
        interface.update_ip_addrs(|addresses| {
            for address in &server.addresses {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                // smoltcp has room for as many addresses as a configuration may give.
                let _ = addresses.push(IpCidr::new((*address).into(), bits));
            }
        });
        let routes = interface.routes_mut();
        let _ = routes.add_default_ipv4_route(Ipv4Addr::new(192, 0, 0, 1));
        let _ = routes.add_default_ipv6_route(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1));
        let mut stack = Self {
            link,
            interface,
            sockets: SocketSet::new(Vec::new()),
            services: server.services.clone(),
            listening,
            connections: Vec::new(),
            datagrams: Vec::new(),
            stored: Vec::new(),
            stored_octets: 0,
            name: server.name.clone(),
            wake: None,
        };
        stack.open();
        stack
    }

    pub(super) const fn wake(&self) -> Option<Instant> {
        self.wake
    }

    pub(super) fn stored(&self) -> &[Stored] {
        &self.stored
    }

    pub(super) fn next_packet(&mut self) -> Option<Vec<u8>> {
        self.link.next_to_send()
    }

    pub(super) fn receive(&mut self, now: Instant, packet: Vec<u8>) {
        self.link.receive_packet(packet);
        self.poll(now);
    }

    /// Starts or stops its programs; a stopped one resets its connections.
    pub(super) fn listen(&mut self, now: Instant, listening: bool) {
        self.listening = listening;
        if !listening {
            for Connection { socket, .. } in &self.connections {
                self.sockets.get_mut::<tcp::Socket<'_>>(*socket).abort();
            }
            for Datagrams { socket, .. } in std::mem::take(&mut self.datagrams) {
                self.sockets.remove(socket);
            }
        }
        self.poll(now);
    }

    /// Lets packets, connections and programs go on as far as they can now.
    pub(super) fn poll(&mut self, now: Instant) {
        loop {
            self.open();
            self.interface.poll(stack_time(now), &mut self.link, &mut self.sockets);
            let served = self.serve_connections(now) | self.serve_datagrams(now);
            self.reap();
            if !served {
                break;
            }
        }
        let next = self.interface.poll_at(stack_time(now), &self.sockets).map(lab_time);
        self.wake = next.map(|at| at.max(now + SHORTEST_WAIT));
    }

    pub(super) fn send(&mut self, now: Instant, port: u16, octets: &[u8]) -> usize {
        let mut reached = 0;
        for Connection { socket, service, .. } in &self.connections {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(*socket);
            if service.port == port && socket.may_send() && socket.send_slice(octets).is_ok() {
                reached += 1;
            }
        }
        for Datagrams { socket, service, last_peer } in &self.datagrams {
            let socket = self.sockets.get_mut::<udp::Socket<'_>>(*socket);
            if let Some(peer) = last_peer.filter(|_| service.port == port)
                && socket.send_slice(octets, peer).is_ok()
            {
                reached += 1;
            }
        }
        self.poll(now);
        reached
    }

    pub(super) fn close(&mut self, now: Instant, port: u16) -> usize {
        let mut closed = 0;
        for Connection { socket, service, .. } in &self.connections {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(*socket);
            if service.port == port && socket.may_send() {
                socket.close();
                closed += 1;
            }
        }
        self.poll(now);
        closed
    }

    /// Opens what ought to be open: one listening socket for each TCP service, one socket for each UDP service.
    fn open(&mut self) {
        if !self.listening {
            return;
        }
        for service in self.services.clone() {
            match service.protocol {
                Protocol::Tcp => {
                    let listens = self.connections.iter().any(|connection| {
                        connection.service == service
                            && self.sockets.get::<tcp::Socket<'_>>(connection.socket).is_listening()
                    });
                    if !listens {
                        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
                        let mut socket = tcp::Socket::new(buffer(), buffer());
                        if socket.listen(service.port).is_ok() {
                            let socket = self.sockets.add(socket);
                            self.connections.push(Connection { socket, service, request: Vec::new() });
                        }
                    }
                }
                Protocol::Udp => {
                    if !self.datagrams.iter().any(|known| known.service == service) {
                        let slots = || vec![udp::PacketMetadata::EMPTY; 16];
                        let buffer = || udp::PacketBuffer::new(slots(), vec![0; BUFFER]);
                        let mut socket = udp::Socket::new(buffer(), buffer());
                        if socket.bind(service.port).is_ok() {
                            let socket = self.sockets.add(socket);
                            self.datagrams.push(Datagrams { socket, service, last_peer: None });
                        }
                    }
                }
            }
        }
    }

    /// Whether any program did something.
    fn serve_connections(&mut self, now: Instant) -> bool {
        let mut served = false;
        for connection in &mut self.connections {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(connection.socket);
            let room = socket.send_capacity() - socket.send_queue();
            let most = if connection.service.behaviour == Behaviour::Echo { room } else { BUFFER };
            let Some(from) = socket.remote_endpoint() else { continue };
            if socket.can_recv() && most > 0 {
                let mut octets = vec![0; socket.recv_queue().min(most)];
                let Ok(length) = socket.recv_slice(&mut octets) else { continue };
                octets.truncate(length);
                served = true;
                match connection.service.behaviour {
                    Behaviour::Echo => {
                        let _ = socket.send_slice(&octets);
                    }
                    Behaviour::Sink => {}
                    behaviour @ (Behaviour::Http | Behaviour::Blocked) => {
                        connection.request.extend(&octets);
                        if let Some(page) = page(behaviour, &connection.request, &self.name) {
                            connection.request.clear();
                            let _ = socket.send_slice(page.as_bytes());
                            socket.close();
                        }
                    }
                }
                let room = MOST_STORED.saturating_sub(self.stored_octets);
                octets.truncate(room);
                self.stored_octets += octets.len();
                let port = connection.service.port;
                self.stored.push(Stored { at: now, from: from.addr.into(), port, octets });
            }
            // The other side has said all it had to say, and so has this one.
            if socket.state() == tcp::State::CloseWait && !socket.can_recv() {
                socket.close();
                served = true;
            }
        }
        served
    }

    fn serve_datagrams(&mut self, now: Instant) -> bool {
        let mut served = false;
        for datagrams in &mut self.datagrams {
            let socket = self.sockets.get_mut::<udp::Socket<'_>>(datagrams.socket);
            while let Ok((octets, peer)) = socket.recv() {
                let mut octets = octets.to_vec();
                served = true;
                datagrams.last_peer = Some(peer.endpoint);
                if datagrams.service.behaviour == Behaviour::Echo {
                    let _ = socket.send_slice(&octets, peer);
                }
                octets.truncate(MOST_STORED.saturating_sub(self.stored_octets));
                self.stored_octets += octets.len();
                let port = datagrams.service.port;
                self.stored.push(Stored { at: now, from: peer.endpoint.addr.into(), port, octets });
            }
        }
        served
    }

    /// Forgets connections that are over.
    fn reap(&mut self) {
        let sockets = &mut self.sockets;
        self.connections.retain(|connection| {
            let over = sockets.get::<tcp::Socket<'_>>(connection.socket).state() == tcp::State::Closed;
            if over {
                let _: Socket<'_> = sockets.remove(connection.socket);
            }
            !over
        });
    }
}

/// The answer to an HTTP request, once it is complete.
fn page(behaviour: Behaviour, request: &[u8], name: &str) -> Option<String> {
    let complete = request.windows(4).any(|octets| octets == b"\r\n\r\n");
    if !complete && request.len() < LONGEST_REQUEST {
        return None;
    }
    let (status, body) = if behaviour == Behaviour::Blocked {
        ("403 Forbidden", format!("{name} is blocked by the content filter.\n"))
    } else if !complete {
        ("431 Request Header Fields Too Large", String::new())
    } else if request.starts_with(b"GET ") || request.starts_with(b"POST ") {
        ("200 OK", format!("Hello from {name}.\n"))
    } else {
        ("501 Not Implemented", String::new())
    };
    let length = body.len();
    Some(format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_follows_a_whole_request() {
        assert_eq!(page(Behaviour::Http, b"GET / HTTP/1.1\r\nHost: x\r\n", "x"), None);
        let answer = |behaviour, request: &[u8]| page(behaviour, request, "x.example").unwrap();
        let whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        assert!(answer(Behaviour::Http, whole).starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(answer(Behaviour::Http, whole).ends_with("\r\n\r\nHello from x.example.\n"));
        assert!(answer(Behaviour::Blocked, whole).starts_with("HTTP/1.1 403 "));
        assert!(answer(Behaviour::Http, b"BREW / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 501 "));
        assert!(answer(Behaviour::Http, &[b'x'; LONGEST_REQUEST]).starts_with("HTTP/1.1 431 "));
    }
}
