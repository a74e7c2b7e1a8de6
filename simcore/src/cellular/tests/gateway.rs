//! User data through the gateway, by a client that is nothing but a TCP/IP stack on the bearer of its mobile.

use super::*;
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::socket::{tcp, udp};
use smoltcp::wire::{HardwareAddress, IpCidr, IpEndpoint};
use std::net::{IpAddr, Ipv6Addr};
use wire::cause::EsmCause;
use wire::ip::{self, Advertisement, Link, stack_time};

pub(super) const ACME_SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));
const ZETA_SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 20));
const VIDEO: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 81));
const DNS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53));

fn service(protocol: Protocol, port: u16, behaviour: Behaviour) -> ServerService {
    ServerService { protocol, port, behaviour }
}

fn server(name: &str, address: IpAddr, apns: &[&str], account: Option<&str>) -> Server {
    Server {
        name: name.to_owned(),
        addresses: vec![address],
        apns: apns.iter().map(|apn| (*apn).to_owned()).collect(),
        account: account.map(str::to_owned),
        filtered: false,
        services: vec![
            service(Protocol::Tcp, 7, Behaviour::Echo),
            service(Protocol::Udp, 7, Behaviour::Echo),
            service(Protocol::Tcp, 80, Behaviour::Http),
        ],
    }
}

pub(super) fn with_servers() -> CellularConfig {
    let mut config = config();
    let shared = ["iot.private", "iot.public"];
    config.servers = vec![
        server("telemetry.acme.example", ACME_SERVER, &shared, Some("acme")),
        server("telemetry.zeta.example", ZETA_SERVER, &shared, Some("zeta")),
        Server { filtered: true, ..server("video.example", VIDEO, &["iot.public"], None) },
    ];
    config.apns[1].filtered = true;
    config
}

/// A TCP/IP stack on a bearer, with one socket.
pub(super) struct Phone {
    dev: Dev,
    bearer: u8,
    link: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    /// Packets and octets that crossed the air, from the mobile and to it.
    pub(super) sent: (u64, u64),
    pub(super) received: (u64, u64),
}

impl Phone {
    fn new(t: &Timeline, dev: Dev, bearer: u8, address: IpAddr) -> Self {
        let mut link = Link::new(1_500);
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut link, stack_time(t.now()));
        let bits = if address.is_ipv4() { 32 } else { 128 };
        interface.update_ip_addrs(|list| list.push(IpCidr::new(address.into(), bits)).unwrap());
        interface.routes_mut().add_default_ipv4_route(Ipv4Addr::new(192, 0, 0, 1)).unwrap();
        interface.routes_mut().add_default_ipv6_route(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)).unwrap();
        Self {
            dev,
            bearer,
            link,
            interface,
            sockets: SocketSet::new(Vec::new()),
            sent: (0, 0),
            received: (0, 0),
        }
    }

    /// Passes packets to and fro for some time.
    pub(super) fn run(&mut self, t: &mut Timeline, span: Duration) {
        let end = t.now() + span;
        while t.now() < end {
            self.interface.poll(stack_time(t.now()), &mut self.link, &mut self.sockets);
            while let Some(packet) = self.link.next_to_send() {
                self.sent = (self.sent.0 + 1, self.sent.1 + packet.len() as u64);
                t.core.handle_packet(t.now(), self.dev.ue(), cell(FRANCE), self.bearer, packet);
            }
            t.pass(Duration::from_millis(10));
            for (ue, bearer, packet) in std::mem::take(&mut t.packets) {
                if (ue, bearer) == (self.dev.ue(), self.bearer) {
                    self.received = (self.received.0 + 1, self.received.1 + packet.len() as u64);
                    self.link.receive_packet(packet);
                }
            }
        }
        self.interface.poll(stack_time(t.now()), &mut self.link, &mut self.sockets);
    }

    /// Sends over a new TCP connection; what comes back, and the state at the end.
    pub(super) fn tcp(
        &mut self,
        t: &mut Timeline,
        to: IpAddr,
        port: u16,
        octets: &[u8],
    ) -> (Vec<u8>, tcp::State) {
        let buffer = || tcp::SocketBuffer::new(vec![0; 4096]);
        let handle = self.sockets.add(tcp::Socket::new(buffer(), buffer()));
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.connect(self.interface.context(), IpEndpoint::new(to.into(), port), 40_000 + port).unwrap();
        self.run(t, Duration::from_millis(300));
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        if socket.may_send() {
            socket.send_slice(octets).unwrap();
        }
        self.run(t, Duration::from_millis(300));
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        let mut back = vec![0; 4096];
        let length = socket.recv_slice(&mut back).unwrap_or_default();
        back.truncate(length);
        (back, socket.state())
    }

    /// Sends datagrams to one place and gives what comes back.
    pub(super) fn udp(&mut self, t: &mut Timeline, to: IpAddr, port: u16, octets: &[u8]) -> Vec<Vec<u8>> {
        let slots = || vec![udp::PacketMetadata::EMPTY; 4];
        let buffer = || udp::PacketBuffer::new(slots(), vec![0; 4096]);
        let handle = self.sockets.add(udp::Socket::new(buffer(), buffer()));
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(handle);
        socket.bind(50_000 + port).unwrap();
        socket.send_slice(octets, IpEndpoint::new(to.into(), port)).unwrap();
        self.run(t, Duration::from_millis(200));
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(handle);
        let mut back = Vec::new();
        while let Ok((octets, _)) = socket.recv() {
            back.push(octets.to_vec());
        }
        self.sockets.remove(handle);
        back
    }
}

/// A mobile with its default connection, and a second one to an APN when that is named.
pub(super) fn phone(t: &mut Timeline, dev: Dev, second: Option<PdnRequest>) -> Phone {
    t.attach(dev, FRANCE);
    let mut bearer = 5;
    if let Some(pdn) = second {
        let answer = t.ask(dev, FRANCE, NasUp::PdnConnectivityRequest { pti: 1, pdn });
        let [NasDown::PdnGranted { pdn, .. }] = &answer[..] else { panic!("{answer:?}") };
        bearer = pdn.bearer;
    }
    let sessions = t.core.sessions(&dev.imsi());
    let session = sessions.iter().find(|session| session.bearer == bearer).unwrap();
    let address = match (session.address.ipv4(), session.address.interface(), session.prefix) {
        (Some(address), ..) => IpAddr::V4(address),
        (None, Some(interface), Some(prefix)) => IpAddr::V6(interface.under(prefix)),
        _ => panic!("no address"),
    };
    t.codes();
    Phone::new(t, dev, bearer, address)
}

#[test]
fn a_customers_server_answers_over_tcp_and_udp_and_volumes_are_counted() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    let kilobyte = vec![0x5a; 1_000];
    let (back, state) = phone.tcp(&mut t, ACME_SERVER, 7, &kilobyte);
    assert_eq!((back, state), (kilobyte.clone(), tcp::State::Established));
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"hello"), [b"hello"]);
    let (page, state) = phone.tcp(&mut t, ACME_SERVER, 80, b"GET / HTTP/1.1\r\n\r\n");
    assert!(page.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&page));
    assert_eq!(state, tcp::State::CloseWait, "the server closes first");
    let traffic = t.core.traffic(&VOICE.imsi());
    assert!(traffic.octets_up > 1_000 && traffic.octets_down > 1_000, "{traffic:?}");
    assert_eq!(t.core.sessions(&VOICE.imsi())[0].traffic, traffic);
    let received = t.core.server_received("telemetry.acme.example").unwrap();
    assert_eq!(received.iter().filter(|stored| stored.octets == b"hello").count(), 1);
    assert_eq!(t.codes(), [""; 0]);
}

#[test]
fn nothing_but_the_own_servers_is_reached() {
    let mut t = Timeline::with(with_servers());
    let mut other = phone(&mut t, OTHER, None);
    let mut phone = phone(&mut t, VOICE, None);
    assert_eq!(phone.udp(&mut t, ZETA_SERVER, 7, b"x"), [[0; 0]; 0]);
    assert_eq!(other.udp(&mut t, ZETA_SERVER, 7, b"x"), [b"x"]);
    assert_eq!(phone.udp(&mut t, VIDEO, 7, b"x"), [[0; 0]; 0], "only the public APN leads to the Internet");
    let neighbour = t.core.sessions(&OTHER.imsi())[0].address.ipv4().unwrap();
    assert_eq!(phone.udp(&mut t, neighbour.into(), 7, b"x"), [[0; 0]; 0]);
    let said = t.sentences();
    let want = ["the access point does not lead there", "the access point does not", "another mobile"];
    assert_eq!(said.len(), want.len(), "{said:?}");
    for (sentence, want) in said.iter().zip(want) {
        assert!(sentence.contains(want), "{sentence}");
    }
    assert_eq!(phone.udp(&mut t, ZETA_SERVER, 7, b"x"), [[0; 0]; 0]);
    assert_eq!(t.codes(), [""; 0], "told once");
    assert_eq!(t.core.traffic(&VOICE.imsi()).dropped, 4);
}

#[test]
fn a_packet_from_another_address_is_dropped_with_a_note() {
    let mut t = Timeline::with(with_servers());
    phone(&mut t, VOICE, None);
    let mut forged = Phone::new(&t, VOICE, 5, "10.0.0.99".parse().unwrap());
    assert_eq!(forged.udp(&mut t, ACME_SERVER, 7, b"x"), [[0; 0]; 0]);
    let said = t.sentences();
    assert!(said[0].starts_with("UDP port 7 from 10.0.0.99 to 192.0.2.10 on bearer 5 of"), "{said:?}");
    assert!(said[0].ends_with("the source is not the address of the connection"));
    t.core.handle_packet(t.now(), VOICE.ue(), cell(FRANCE), 5, vec![0x45, 0]);
    t.core.handle_packet(t.now(), VOICE.ue(), cell(FRANCE), 9, vec![0x45, 0]);
    assert_eq!(t.codes(), ["packet-dropped", "packet-dropped"], "malformed, and no such bearer");
}

#[test]
fn without_its_tunnel_an_access_point_leads_nowhere() {
    let mut config = with_servers();
    config.apns[2].tunnel = true;
    // The same server is reached through another access point: nothing may take that way.
    let apns = ["iot.private", "acme.dedicated"];
    config.servers[0] = server("telemetry.acme.example", ACME_SERVER, &apns, Some("acme"));
    let mut t = Timeline::with(config);
    let mut phone = phone(&mut t, VOICE, Some(apn("acme.dedicated")));
    let sent = |t: &Timeline| t.core.server_received("telemetry.acme.example").unwrap().len();
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"one"), [b"one"]);
    t.core.set_tunnel(t.now(), "ACME.dedicated", false).unwrap();
    t.core.set_tunnel(t.now(), "acme.dedicated", false).unwrap();
    assert_eq!(t.sentences(), ["the tunnel of acme.dedicated to the customer's gateway is down now"]);
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"two"), [[0; 0]; 0]);
    let reached = t.core.server_sends(t.now(), "telemetry.acme.example", 7, b"down").unwrap();
    assert_eq!((sent(&t), reached), (1, 1));
    t.pass(Duration::from_secs(1));
    let said = t.sentences();
    assert_eq!(said.len(), 2, "one for each direction: {said:?}");
    assert!(
        said.iter().all(|said| said.ends_with("the tunnel to the customer's gateway is down")),
        "{said:?}"
    );
    t.core.set_tunnel(t.now(), "acme.dedicated", true).unwrap();
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"three"), [b"three"]);
    assert_eq!((sent(&t), t.codes()), (2, vec!["tunnel-changed"]));
    let error = t.core.set_tunnel(t.now(), "iot.public", false).unwrap_err().to_string();
    assert_eq!(error, "access point \"iot.public\" has no tunnel: expected one with `tunnel = true`");
    assert!(t.core.set_tunnel(t.now(), "nobody.knows", false).is_err());
}

#[test]
fn the_content_filter_answers_in_place_of_a_filtered_server() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, Some(apn("iot.public")));
    let (page, _) = phone.tcp(&mut t, VIDEO, 80, b"GET / HTTP/1.1\r\n\r\n");
    assert!(page.starts_with(b"HTTP/1.1 403 "), "{}", String::from_utf8_lossy(&page));
    assert_eq!(t.codes(), ["packet-dropped"]);
    let (_, state) = phone.tcp(&mut t, VIDEO, 7, b"x");
    assert_eq!(state, tcp::State::Closed, "no other port of it is open");
}

#[test]
fn dns_knows_what_the_access_point_leads_to() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    let query = |name: &str| {
        let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            query.push(u8::try_from(label.len()).unwrap());
            query.extend(label.bytes());
        }
        query.extend([0, 0, 1, 0, 1]);
        query
    };
    let answer = phone.udp(&mut t, DNS, 53, &query("Telemetry.ACME.example"));
    assert!(answer[0].ends_with(&[0, 4, 192, 0, 2, 10]), "{answer:?}");
    let answer = phone.udp(&mut t, DNS, 53, &query("telemetry.zeta.example"));
    assert_eq!(answer[0][3] & 15, 3, "no such name for this customer");
    t.core.set_resolver(DNS, false);
    assert_eq!(phone.udp(&mut t, DNS, 53, &query("telemetry.acme.example")), [[0; 0]; 0]);
}

#[test]
fn a_server_can_refuse_fall_silent_push_and_close() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    let name = "telemetry.acme.example";
    assert_eq!(t.core.server_sends(t.now(), name, 7, b"early"), Ok(0));
    phone.udp(&mut t, ACME_SERVER, 7, b"hello");
    assert_eq!(t.core.server_sends(t.now(), name, 7, b"push"), Ok(1));
    t.collect();
    assert_eq!(std::mem::take(&mut t.packets).len(), 1);
    t.core.set_server(t.now(), name, Condition::Silent).unwrap();
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"hello"), [[0; 0]; 0]);
    t.core.set_server(t.now(), name, Condition::Refusing).unwrap();
    assert_eq!(phone.tcp(&mut t, ACME_SERVER, 7, b"x").1, tcp::State::Closed);
    t.core.set_server(t.now(), name, Condition::Up).unwrap();
    assert_eq!(phone.tcp(&mut t, ACME_SERVER, 7, b"x").0, b"x");
    assert_eq!(t.core.server_closes(t.now(), name, 7), Ok(1));
    let error = t.core.set_server(t.now(), "nobody", Condition::Up).unwrap_err();
    assert!(error.to_string().starts_with("there is no server \"nobody\"; known servers: telemetry.acme"));
}

#[test]
fn a_used_up_volume_ends_the_connections_and_lets_none_begin() {
    let mut t = Timeline::with(with_servers());
    let mut phone = phone(&mut t, VOICE, None);
    t.core.set_quota(t.now(), &VOICE.imsi(), Some(600), None);
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 400]);
    let refused = NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(8) };
    assert_eq!(t.heard(VOICE), [refused]);
    assert_eq!(t.codes(), ["quota-reached", "pdn-released"]);
    let pdn = apn("iot.private");
    let answer = t.ask(VOICE, FRANCE, NasUp::PdnConnectivityRequest { pti: 2, pdn: pdn.clone() });
    let want = NasDown::PdnConnectivityReject { pti: 2, cause: EsmCause(8), t3396: None };
    assert_eq!(answer, [want]);
    let records = t.core.session_records(&VOICE.imsi());
    assert_eq!((records.len(), records[0].traffic.packets_up, records[0].cause), (1, 1, EsmCause(8)));
    t.core.set_quota(t.now(), &VOICE.imsi(), None, None);
    let answer = t.ask(VOICE, FRANCE, NasUp::PdnConnectivityRequest { pti: 3, pdn });
    assert!(matches!(answer[..], [NasDown::PdnGranted { .. }]), "{answer:?}");
}

#[test]
fn the_volume_of_an_account_ends_all_its_connections_until_the_next_period() {
    let mut t = Timeline::with(with_servers());
    t.attach(DATA, FRANCE);
    t.attach(OTHER, FRANCE);
    let mut phone = phone(&mut t, VOICE, None);
    t.core.set_account_quota(t.now(), "acme", Some(600), Some(secs(1_800))).unwrap();
    phone.udp(&mut t, ACME_SERVER, 7, &[1; 400]);
    let ended = NasDown::BearerDeactivated { pti: 0, bearer: 5, cause: EsmCause(8) };
    assert_eq!((t.heard(VOICE), t.heard(DATA)), (vec![ended.clone()], vec![ended]));
    assert_eq!(t.heard(OTHER), [], "another account is not touched");
    assert_eq!(t.codes(), ["account-quota-reached", "pdn-released", "pdn-released"]);
    let request = |pti| NasUp::PdnConnectivityRequest { pti, pdn: apn("iot.private") };
    let answer = t.ask(DATA, FRANCE, request(2));
    assert!(matches!(answer[..], [NasDown::PdnConnectivityReject { cause: EsmCause(8), .. }]));
    let told = t.sentences();
    assert!(told[0].contains("the volume of account acme is used up"), "{told:?}");
    t.pass(secs(1_800));
    assert!(matches!(t.ask(DATA, FRANCE, request(3))[..], [NasDown::PdnGranted { .. }]));
    t.core.set_account_quota(t.now(), "acme", Some(0), None).unwrap();
    assert!(matches!(t.ask(VOICE, FRANCE, request(4))[..], [NasDown::PdnConnectivityReject { .. }]));
    t.core.set_account_quota(t.now(), "acme", None, None).unwrap();
    assert!(matches!(t.ask(VOICE, FRANCE, request(5))[..], [NasDown::PdnGranted { .. }]));
    assert!(t.core.set_account_quota(t.now(), "nobody", None, None).is_err());
}

#[test]
fn an_idle_binding_is_forgotten() {
    let mut config = with_servers();
    let nat = NatIdle { tcp: secs(900), udp: secs(120) };
    config.apns[0].nat_idle = Some(nat);
    let mut t = Timeline::with(config);
    let mut phone = phone(&mut t, VOICE, None);
    assert_eq!(phone.udp(&mut t, ACME_SERVER, 7, b"hello"), [b"hello"]);
    t.pass(secs(100));
    t.core.server_sends(t.now(), "telemetry.acme.example", 7, b"push").unwrap();
    t.collect();
    assert_eq!(t.packets.len(), 1);
    t.pass(secs(120));
    t.core.server_sends(t.now(), "telemetry.acme.example", 7, b"push").unwrap();
    t.collect();
    assert_eq!((t.packets.len(), t.codes()), (1, vec!["packet-dropped"]));
}

#[test]
fn an_ipv6_connection_gets_its_prefix_and_its_own_traffic_only() {
    let mut config = with_servers();
    let address: IpAddr = "2001:db8:ffff::10".parse().unwrap();
    config.apns[1].pdn_type = PdnType::Ipv6;
    config.apns[1].prefix = Some("2001:db8:64::".parse().unwrap());
    config.apns[1].mtu = Some(1_358);
    config.servers[0].addresses.push(address);
    let mut t = Timeline::with(config);
    let request = PdnRequest::new(Some("iot.public".to_owned()), PdnType::Ipv6);
    let mut phone = phone(&mut t, VOICE, Some(request));
    t.pass(secs(1));
    let prefix = t.core.sessions(&VOICE.imsi())[1].prefix.unwrap();
    let told = t
        .packets
        .iter()
        .find_map(|(_, bearer, packet)| Advertisement::parse(packet).filter(|_| *bearer == phone.bearer));
    assert_eq!(told, Some(Advertisement { prefix, mtu: Some(1_358) }));
    assert_eq!(prefix.segments()[..3], [0x2001, 0xdb8, 0x64]);
    t.packets.clear();
    let router = ip::solicitation("fe80::1".parse().unwrap());
    t.core.handle_packet(t.now(), VOICE.ue(), cell(FRANCE), phone.bearer, router);
    t.collect();
    assert_eq!(t.packets.len(), 1, "a solicitation is answered");
    assert_eq!(phone.udp(&mut t, address, 7, b"six"), [b"six"]);
    assert_eq!(phone.tcp(&mut t, address, 7, b"six").0, b"six");
}

#[test]
fn a_fixed_address_is_given_at_every_session_and_credentials_are_checked() {
    let mut config = config();
    let fixed = Ipv4Addr::new(172, 16, 0, 77);
    config.subscribers[0].static_addresses.insert("acme.dedicated".to_owned(), fixed);
    let (user, password) = ("meter".to_owned(), "hunter2".to_owned());
    config.apns[2].credentials = Some(Credentials { user: user.clone(), password: password.clone() });
    let mut t = Timeline::with(config);
    t.attach(VOICE, FRANCE);
    t.codes();
    use wire::nas::Authentication;
    let rows = [
        (None, false),
        (Some(Authentication::Pap { user: user.clone(), password: "wrong".to_owned() }), false),
        (Some(Authentication::chap(user.clone(), 1, vec![1, 2, 3], "wrong")), false),
        (Some(Authentication::Pap { user: user.clone(), password }), true),
        (Some(Authentication::chap(user, 1, vec![1, 2, 3], "hunter2")), true),
    ];
    for (authentication, accepted) in rows {
        let name = format!("{authentication:?}");
        let pdn = PdnRequest { authentication, ..apn("acme.dedicated") };
        let answer = t.ask(VOICE, FRANCE, NasUp::PdnConnectivityRequest { pti: 1, pdn });
        match &answer[..] {
            [NasDown::PdnGranted { pdn, .. }] if accepted => {
                assert_eq!(pdn.address.ipv4(), Some(fixed), "{name}");
                let bearer = pdn.bearer;
                t.ask(VOICE, FRANCE, NasUp::PdnDisconnectRequest { pti: 2, bearer });
            }
            [NasDown::PdnConnectivityReject { cause: EsmCause(29), .. }] if !accepted => {}
            answer => panic!("{name}: {answer:?}"),
        }
    }
    assert!(!t.sentences().iter().any(|sentence| sentence.contains("hunter2")));
}
