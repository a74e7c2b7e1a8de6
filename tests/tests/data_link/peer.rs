//! A host with the PPP of embassy and the TCP/IP of smoltcp.

use crate::table::Line;
use ppproto::pppos::{PPPoS, PPPoSAction};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::socket::{dns, tcp};
use smoltcp::wire::{DnsQueryType, HardwareAddress, IpAddress, IpCidr};
use std::net::Ipv4Addr;
use wire::ip::{Link, stack_time};
use wire::time::{Duration, Instant};

/// What crossed the line in the data state: from the host or not, and the octets.
pub type Crossed = Vec<(bool, Vec<u8>)>;

pub struct Peer<'a> {
    ppp: PPPoS<'a>,
    rx: Vec<u8>,
    tx: Vec<u8>,
    /// IP packets that have come.
    packets: Vec<Vec<u8>>,
    pub crossed: Crossed,
}

impl<'a> Peer<'a> {
    /// Begins a link; the modem has said these octets already.
    pub fn open(line: &mut dyn Line, user: &'a str, password: &'a str, heard: &[u8]) -> Self {
        let config = ppproto::Config { username: user.as_bytes(), password: password.as_bytes() };
        let mut ppp = PPPoS::new(config);
        ppp.open().unwrap();
        let mut peer =
            Self { ppp, rx: vec![0; 2048], tx: vec![0; 4096], packets: Vec::new(), crossed: Vec::new() };
        peer.hear(line, heard);
        peer
    }

    fn hear(&mut self, line: &mut dyn Line, octets: &[u8]) {
        self.crossed.push((false, octets.to_vec()));
        let mut rest = octets;
        loop {
            let taken = self.ppp.consume(rest, &mut self.rx);
            rest = &rest[taken..];
            match self.ppp.poll(&mut self.tx, &mut self.rx) {
                PPPoSAction::None if rest.is_empty() => return,
                PPPoSAction::None => {}
                PPPoSAction::Received(range) => self.packets.push(self.rx[range].to_vec()),
                PPPoSAction::Transmit(length) => {
                    let octets = self.tx[..length].to_vec();
                    self.write(line, octets);
                }
            }
        }
    }

    pub fn write(&mut self, line: &mut dyn Line, octets: Vec<u8>) {
        line.write(&octets);
        self.crossed.push((true, octets));
    }

    /// The address and the DNS servers that the link gave; `None` when it does not come up.
    pub fn bring_up(&mut self, line: &mut dyn Line) -> Option<(Ipv4Addr, [Option<Ipv4Addr>; 2])> {
        loop {
            if let Some(status) = self.ppp.status().ipv4 {
                return Some((status.address.unwrap(), status.dns_servers));
            }
            let octets = line.read(Duration::from_secs(20))?;
            if octets.windows(10).any(|window| window == b"NO CARRIER") {
                return None;
            }
            self.hear(line, &octets);
        }
    }

    /// Ends the link as pppd does, which this peer cannot; the modem is in command state afterwards.
    pub fn terminate(&mut self, line: &mut dyn Line) {
        // Terminate-Request 2 "User request", every control character escaped.
        let request = "7eff7d23c0217d257d227d207d3055736572207265717565737453337e";
        let request = hex::decode(request).unwrap();
        self.write(line, request);
        let (before, behind) = line.read_up_to("\r\nNO CARRIER\r\n");
        self.crossed.push((false, before[..before.len() - 14].to_vec()));
        assert!(behind.is_empty());
    }
}

/// A stack on the link.
pub struct Stack {
    interface: Interface,
    link: Link,
    sockets: SocketSet<'static>,
    began: Instant,
}

impl Stack {
    pub fn new(now: Instant, address: Ipv4Addr) -> Self {
        let mut link = Link::new(1500);
        let config = Config::new(HardwareAddress::Ip);
        let mut interface = Interface::new(config, &mut link, stack_time(now));
        interface.update_ip_addrs(|list| list.push(IpCidr::new(IpAddress::Ipv4(address), 32)).unwrap());
        interface.routes_mut().add_default_ipv4_route(Ipv4Addr::new(192, 168, 254, 254)).unwrap();
        Self { interface, link, sockets: SocketSet::new(Vec::new()), began: now }
    }

    /// Lets the stack, the link and the lab work until `done` gives something; at most a minute.
    fn work<T>(
        &mut self,
        line: &mut dyn Line,
        peer: &mut Peer<'_>,
        mut done: impl FnMut(&mut Interface, &mut SocketSet<'static>) -> Option<T>,
    ) -> T {
        let mut tx = vec![0; 4096];
        loop {
            for packet in std::mem::take(&mut peer.packets) {
                self.link.receive_packet(packet);
            }
            self.interface.poll(stack_time(line.now()), &mut self.link, &mut self.sockets);
            let found = done(&mut self.interface, &mut self.sockets);
            self.interface.poll(stack_time(line.now()), &mut self.link, &mut self.sockets);
            while let Some(packet) = self.link.next_to_send() {
                let length = peer.ppp.send(&packet, &mut tx).unwrap();
                peer.write(line, tx[..length].to_vec());
            }
            if let Some(found) = found {
                return found;
            }
            assert!(line.now().since(self.began) < Duration::from_secs(60), "the exchange hangs");
            if let Some(octets) = line.read(Duration::from_millis(100)) {
                peer.hear(line, &octets);
            }
        }
    }

    /// Asks a DNS server for a name.
    pub fn resolve(
        &mut self,
        line: &mut dyn Line,
        peer: &mut Peer<'_>,
        server: Ipv4Addr,
        name: &str,
    ) -> Ipv4Addr {
        let mut socket = dns::Socket::new(&[IpAddress::Ipv4(server)], vec![]);
        let query = socket.start_query(self.interface.context(), name, DnsQueryType::A).unwrap();
        let handle = self.sockets.add(socket);
        let addresses = self.work(line, peer, |_, sockets| {
            match sockets.get_mut::<dns::Socket<'_>>(handle).get_query_result(query) {
                Err(dns::GetQueryResultError::Pending) => None,
                result => Some(result.unwrap()),
            }
        });
        match addresses[0] {
            IpAddress::Ipv4(address) => address,
            IpAddress::Ipv6(address) => panic!("{address}"),
        }
    }

    /// Sends octets to the echo service of a server and gives what comes back, over a connection that is closed after.
    pub fn echo(
        &mut self,
        line: &mut dyn Line,
        peer: &mut Peer<'_>,
        server: Ipv4Addr,
        octets: &[u8],
    ) -> Vec<u8> {
        let buffer = || tcp::SocketBuffer::new(vec![0; 8192]);
        let handle = self.sockets.add(tcp::Socket::new(buffer(), buffer()));
        let port = 49_152 + u16::try_from(line.now().as_micros() % 10_000).unwrap();
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.connect(self.interface.context(), (server, 7), port).unwrap();
        let mut sent = 0;
        let mut echoed = Vec::new();
        self.work(line, peer, |_, sockets| {
            let socket = sockets.get_mut::<tcp::Socket<'_>>(handle);
            if socket.can_send() && sent < octets.len() {
                sent += socket.send_slice(&octets[sent..]).unwrap();
            }
            while socket.can_recv() {
                socket.recv(|data| (data.len(), echoed.extend_from_slice(data))).unwrap();
            }
            (echoed.len() >= octets.len()).then(|| socket.close())
        });
        self.work(line, peer, |_, sockets| {
            (!sockets.get_mut::<tcp::Socket<'_>>(handle).may_recv()).then_some(())
        });
        echoed
    }
}
