//! Sockets of the makers, with a server that is nothing but a TCP/IP stack at the other end of the bearer.
//!
//! The conversations are those that were seen of modules; where a line holds a time or a port, its shape is checked.

use super::*;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::{tcp, udp};
use smoltcp::wire::{HardwareAddress, IpCidr};
use wire::ip::{Link, stack_time};

const SERVER: [u8; 4] = [192, 0, 2, 10];

/// A server on one address: TCP port 4242, UDP port 5683, pings.
pub(super) struct Server {
    link: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    tcp: SocketHandle,
    udp: SocketHandle,
}

impl Server {
    pub(super) fn new() -> Self {
        let mut link = Link::new(1_500);
        let mut interface =
            Interface::new(Config::new(HardwareAddress::Ip), &mut link, stack_time(Instant::ZERO));
        interface.update_ip_addrs(|list| list.push(IpCidr::new(Ipv4Addr::from(SERVER).into(), 32)).unwrap());
        interface.routes_mut().add_default_ipv4_route(Ipv4Addr::new(192, 0, 0, 1)).unwrap();
        let mut sockets = SocketSet::new(Vec::new());
        let buffer = || tcp::SocketBuffer::new(vec![0; 4_096]);
        let mut listener = tcp::Socket::new(buffer(), buffer());
        listener.listen(4_242).unwrap();
        let tcp = sockets.add(listener);
        let slots = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 4], vec![0; 4_096]);
        let mut datagrams = udp::Socket::new(slots(), slots());
        datagrams.bind(5_683).unwrap();
        let udp = sockets.add(datagrams);
        Self { link, interface, sockets, tcp, udp }
    }

    pub(super) fn tcp(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.tcp)
    }

    /// What the last datagram said; answers it.
    pub(super) fn answer_datagram(&mut self, answer: &[u8]) -> Vec<u8> {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.udp);
        let (octets, peer) = socket.recv().expect("no datagram");
        let octets = octets.to_vec();
        socket.send_slice(answer, peer.endpoint).unwrap();
        octets
    }

    pub(super) fn received(&mut self) -> Vec<u8> {
        let mut octets = vec![0; 4_096];
        let length = self.tcp().recv_slice(&mut octets).unwrap_or_default();
        octets.truncate(length);
        octets
    }
}

/// Lets time pass and packets cross, each in ten milliseconds.
pub(super) fn run(bench: &mut Bench, server: &mut Server, span: Duration) {
    let end = bench.now + span;
    while bench.now < end {
        for (bearer, packet) in std::mem::take(&mut bench.packets) {
            assert_eq!(bearer, 5);
            server.link.receive_packet(packet);
        }
        server.interface.poll(stack_time(bench.now), &mut server.link, &mut server.sockets);
        bench.wait(Duration::from_millis(10));
        while let Some(packet) = server.link.next_to_send() {
            bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet });
            bench.drain();
        }
    }
}

fn registered(family: &str) -> Bench {
    Bench::of(family)
}

fn second() -> Duration {
    secs(1)
}

#[test]
fn a_quectel_conversation_over_udp() {
    let (mut bench, mut server) = (registered("quectel-bg95"), Server::new());
    bench.at("AT+QICSGP=1,1,\"iot.example\",\"\",\"\",0;+QIACT=1", &["OK"]);
    bench.at("AT+QIACT?", &["+QIACT: 1,1,1,\"10.64.0.1\"", "OK"]);
    bench.type_line("AT+QIOPEN=1,0,\"UDP\",\"192.0.2.10\",5683,0,0");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.take_text(), "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n");
    bench.type_line("AT+QISEND=0,5");
    assert_eq!(bench.take_text(), "\r\n> ");
    bench.type_bytes(b"hello");
    assert_eq!(bench.take_text(), "\r\nSEND OK\r\n");
    run(&mut bench, &mut server, second());
    assert_eq!(server.answer_datagram(b"world"), b"hello");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.take_text(), "\r\n+QIURC: \"recv\",0\r\n");
    bench.type_line("AT+QIRD=0,5");
    assert_eq!(bench.take_text(), "\r\n+QIRD: 5\r\nworld\r\n\r\nOK\r\n");
    bench.at("AT+QIRD=0", &["+QIRD: 0", "OK"]);
    bench.at("AT+QIRD=0,0", &["+QIRD: 5,5,0", "OK"]);
    bench.at("AT+QICLOSE=0", &["OK"]);
    bench.at("AT+QISTATE", &["OK"]);
}

#[test]
fn a_quectel_connection_over_tcp_with_any_octet() {
    let (mut bench, mut server) = (registered("quectel-bg95"), Server::new());
    bench.at("AT+QIACT=1", &["OK"]);
    bench.type_line("AT+QIOPEN=1,3,\"TCP\",\"192.0.2.10\",4242,0,1");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["OK", "+QIOPEN: 3,0"]);
    // The terminators and escapes of a text are data here.
    bench.type_line("AT+QISEND=3,6");
    bench.type_bytes(b"\x1a\x1b\r\n\x00\xff");
    run(&mut bench, &mut server, second());
    assert_eq!(server.received(), b"\x1a\x1b\r\n\x00\xff");
    assert_eq!(bench.lines(), ["> ", "SEND OK"]);
    bench.at("AT+QISEND=3,0", &["+QISEND: 6,6,0", "OK"]);
    server.tcp().send_slice(b"push").unwrap();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.take_text(), "\r\n+QIURC: \"recv\",3,4\r\npush\r\n");
    server.tcp().close();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+QIURC: \"closed\",3"]);
    bench.at("AT+QISEND=3,1", &["ERROR"]);
    bench.at("AT+QIGETERROR", &["+QIGETERROR: 567,socket has been closed", "OK"]);
    bench.at("AT+QICLOSE=3", &["OK"]);
}

#[test]
fn a_text_without_a_length_ends_with_control_z_and_escape_sends_nothing() {
    let (mut bench, mut server) = (registered("quectel-bg95"), Server::new());
    bench.at("AT+QIACT=1", &["OK"]);
    bench.type_line("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",4242");
    run(&mut bench, &mut server, second());
    bench.lines();
    bench.type_line("AT+QISEND=0");
    bench.type_bytes(b"two\r\nlines\x1a");
    run(&mut bench, &mut server, second());
    assert_eq!(server.received(), b"two\r\nlines");
    bench.type_line("AT+QISEND=0");
    bench.type_bytes(b"nothing\x1b");
    run(&mut bench, &mut server, second());
    assert_eq!(server.received(), b"");
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (mut bench, mut server) = (registered("quectel-bg95"), Server::new());
    bench.at("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",4242", &["OK", "+QIOPEN: 0,561"]);
    bench.at("AT+QIACT=9", &["ERROR"]);
    bench.at("AT+QIGETERROR", &["+QIGETERROR: 573,apn not configured", "OK"]);
    bench.at("AT+QIACT=1", &["OK"]);
    for wrong in
        ["1,12,\"TCP\",\"x\",1", "0,0,\"TCP\",\"x\",1", "1,0,\"SCTP\",\"x\",1", "1,0,\"TCP\",\"x\",0"]
    {
        bench.at(&format!("AT+QIOPEN={wrong}"), &["ERROR"]);
        bench.at("AT+QIGETERROR", &["+QIGETERROR: 552,invalid parameters", "OK"]);
    }
    bench.type_line("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",4243");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["OK", "+QIOPEN: 0,566"], "a port without a program refuses");
    bench.type_line("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.99\",4242");
    run(&mut bench, &mut server, secs(80));
    assert_eq!(bench.lines(), ["OK", "+QIOPEN: 0,569"], "nobody is there");
    bench.type_line("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",4242");
    run(&mut bench, &mut server, second());
    bench.at("AT+QIOPEN=1,0,\"UDP\",\"192.0.2.10\",5683", &["OK", "+QIOPEN: 0,563"]);
}

#[test]
fn a_context_that_the_network_takes_away_ends_its_sockets() {
    let (mut bench, mut server) = (registered("quectel-bg95"), Server::new());
    bench.at("AT+QIACT=1;+CGEREP=2", &["OK"]);
    bench.type_line("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",4242");
    run(&mut bench, &mut server, second());
    bench.lines();
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(36) });
    assert_eq!(bench.lines(), ["+QIURC: \"pdpdeact\",1", "+CGEV: NW PDN DEACT 1"]);
    bench.at("AT+QISTATE?", &["OK"]);
    bench.at("AT+QISEND=0,5", &["ERROR"]);
}

#[test]
fn a_ping_takes_the_time_that_it_takes() {
    let (mut bench, mut server) = (registered("quectel-bg95"), Server::new());
    bench.at("AT+QIACT=1", &["OK"]);
    bench.type_line("AT+QPING=1,\"192.0.2.10\",4,2");
    run(&mut bench, &mut server, secs(3));
    let want = ["OK", "+QPING: 0,\"192.0.2.10\",32,10,64", "+QPING: 0,\"192.0.2.10\",32,10,64"];
    let lines = bench.lines();
    assert_eq!(lines[..3], want);
    assert_eq!(lines[3..], ["+QPING: 0,2,2,0,10,10,10"]);
    bench.type_line("AT+QPING=1,\"192.0.2.99\",2,2");
    run(&mut bench, &mut server, secs(6));
    assert_eq!(bench.lines(), ["OK", "+QPING: 569", "+QPING: 569", "+QPING: 0,2,0,2,0,0,0"]);
    bench.type_line("AT+QPING=1,\"no.dns.example\",1,1");
    run(&mut bench, &mut server, secs(10));
    assert_eq!(bench.lines(), ["OK", "+QPING: 565"], "no DNS server answers");
}

#[test]
fn a_simcom_conversation() {
    let (mut bench, mut server) = (registered("simcom-sim7600"), Server::new());
    bench.at("AT+CIPOPEN=0,\"TCP\",\"192.0.2.10\",4242", &["+CIPOPEN: 0,2", "ERROR"]);
    bench.type_line("AT+NETOPEN");
    assert_eq!(bench.take_text(), "\r\nOK\r\n\r\n+NETOPEN: 0\r\n");
    bench.at("AT+NETOPEN", &["+IP ERROR: Network is already opened", "ERROR"]);
    bench.at("AT+IPADDR", &["+IPADDR: 10.64.0.1", "OK"]);
    bench.type_line("AT+CIPOPEN=0,\"TCP\",\"192.0.2.10\",4242");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.take_text(), "\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n");
    bench.type_line("AT+CIPSEND=0,5");
    assert_eq!(bench.take_text(), "\r\n>");
    bench.type_bytes(b"hello");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.take_text(), "\r\nOK\r\n\r\n+CIPSEND: 0,5,5\r\n");
    assert_eq!(server.received(), b"hello");
    server.tcp().send_slice(b"hello").unwrap();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.take_text(), "\r\nRECV FROM:192.0.2.10:4242\r\n+IPD5\r\nhello\r\n");
    bench.at("AT+CIPRXGET=1", &["OK"]);
    server.tcp().send_slice(b"hello").unwrap();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+CIPRXGET: 1,0"]);
    bench.at("AT+CIPRXGET=4,0", &["+CIPRXGET: 4,0,5", "OK"]);
    bench.type_line("AT+CIPRXGET=2,0,5");
    assert_eq!(bench.take_text(), "\r\n+CIPRXGET: 2,0,5,0\r\nhello\r\n\r\nOK\r\n");
    server.tcp().close();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+IPCLOSE: 0,1"]);
    bench.type_line("AT+CPING=\"192.0.2.10\",1,1");
    run(&mut bench, &mut server, secs(3));
    assert_eq!(bench.lines(), ["OK", "+CPING: 1,192.0.2.10,64,10,64", "+CPING: 3,1,1,0,10,10,10"]);
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(36) });
    assert_eq!(bench.lines(), ["+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY"]);
}

#[test]
fn a_ublox_conversation() {
    let (mut bench, mut server) = (registered("ublox-sara-r4"), Server::new());
    bench.at("AT+USOCR=6", &["+USOCR: 0", "OK"]);
    bench.type_line("AT+USOCO=0,\"192.0.2.10\",4242");
    assert_eq!(bench.take_text(), "");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["OK"]);
    bench.at("AT+USOCTL=0,10", &["+USOCTL: 0,10,4", "OK"]);
    bench.type_line("AT+USOWR=0,5");
    assert_eq!(bench.take_text(), "\r\n@");
    bench.type_bytes(b"he\x1alo");
    assert_eq!(bench.take_text(), "\r\n+USOWR: 0,5\r\n\r\nOK\r\n");
    run(&mut bench, &mut server, second());
    assert_eq!(server.received(), b"he\x1alo");
    bench.at("AT+USOWR=0,5,\"again\"", &["+USOWR: 0,5", "OK"]);
    bench.at("AT+USOWR=0,5,\"longer\"", &["+CME ERROR: 50"]);
    server.tcp().send_slice(b"hello").unwrap();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+UUSORD: 0,5"]);
    bench.at("AT+USORD=0,5", &["+USORD: 0,5,\"hello\"", "OK"]);
    server.tcp().close();
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+UUSOCL: 0"]);
    bench.at("AT+USOCR=17", &["+USOCR: 0", "OK"]);
    bench.at("AT+USOST=0,\"192.0.2.10\",5683,5,\"hello\"", &["+USOST: 0,5", "OK"]);
    run(&mut bench, &mut server, second());
    assert_eq!(server.answer_datagram(b"hello"), b"hello");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+UUSORF: 0,5"]);
    bench.at("AT+USORF=0,5", &["+USORF: 0,\"192.0.2.10\",5683,5,\"hello\"", "OK"]);
    bench.at("AT+USOCR=6", &["+USOCR: 1", "OK"]);
    bench.type_line("AT+USOCO=1,\"192.0.2.10\",4243");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["+CME ERROR: 3"]);
    bench.at("AT+USOER", &["+USOER: 111", "OK"]);
    bench.type_line("AT+UPING=\"192.0.2.10\",1");
    run(&mut bench, &mut server, second());
    assert_eq!(bench.lines(), ["OK", "+UUPING: 1,32,\"192.0.2.10\",\"192.0.2.10\",64,10"]);
}

#[test]
fn a_module_without_sockets_knows_no_command_of_the_makers() {
    let mut bench = Bench::registered();
    for command in
        ["+QIOPEN=1,0,\"TCP\",\"x\",1", "+NETOPEN", "+USOCR=6", "#SD=1,0,1,\"x\"", "#XSOCKET=1,1,0"]
    {
        bench.at(&format!("AT{command}"), &["ERROR"]);
    }
}

#[test]
fn garbage_in_socket_commands_is_survived() {
    let mut rng = Seed(6).rng();
    for family in ["quectel-bg95", "simcom-sim7600", "ublox-sara-r4", "ublox-sara-r5", "nordic-nrf91"] {
        let mut bench = registered(family);
        let rows = crate::modem::sockets::rows(bench.modem.config.model.sockets);
        bench.type_line("AT+QIACT=1;+NETOPEN");
        for _ in 0..400 {
            let row = &rows[usize::try_from(rng.below(rows.len() as u64)).unwrap()];
            let parts =
                ["0", "1", "6", "65536", "4294967295", "\"\"", "\"x\"", "\"192.0.2.10\"", "\"TCP\"", ""];
            let picked: Vec<&str> = (0..rng.below(7))
                .map(|_| parts[usize::try_from(rng.below(parts.len() as u64)).unwrap()])
                .collect();
            let form = ["=", "?", "=?", ""][usize::try_from(rng.below(4)).unwrap()];
            bench.type_line(&format!("AT{}{form}{}", row.name, picked.join(",")));
            bench.type_bytes(&rng.octets::<16>());
            bench.type_bytes(b"\x1b\r");
            let packet = rng.octets::<40>().to_vec();
            bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet });
            bench.wait(Duration::from_millis(rng.below(3_000)));
        }
    }
}
