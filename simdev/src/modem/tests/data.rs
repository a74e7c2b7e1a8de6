//! The data state, played through as pppd 2.4.9 does it: its options in its order.

use super::*;
use wire::nas::{Authentication, InterfaceIdentifier};
use wire::ppp::{ConfigOption, Deframed, Deframer, Frame, Framing, Packet, chap, code, pap, protocol};

/// The host's end of a link: it says what the test says.
struct Host {
    deframer: Deframer,
    framing: Framing,
}

impl Host {
    fn new() -> Self {
        Self { deframer: Deframer::new(1600), framing: Framing::default() }
    }

    fn send(&self, bench: &mut Bench, protocol: u16, information: Vec<u8>) {
        bench.type_bytes(&self.framing.encode(&Frame { protocol, information }));
    }

    fn say(&self, bench: &mut Bench, protocol: u16, code: u8, identifier: u8, data: &str) {
        let data = hex::decode(data.replace(' ', "")).unwrap();
        self.send(bench, protocol, Packet { code, identifier, data }.encode());
    }

    /// Every frame that has come; anything that is none is a fault.
    fn frames(&mut self, bench: &mut Bench) -> Vec<Frame> {
        self.deframer.push(&std::mem::take(&mut bench.serial));
        let deframed = std::iter::from_fn(|| self.deframer.next());
        deframed
            .map(|deframed| match deframed {
                Deframed::Frame(frame) => frame,
                Deframed::Spoiled(why) => panic!("{why}"),
            })
            .collect()
    }

    /// Every packet that has come, as protocol, code, identifier and data.
    #[track_caller]
    fn packets(&mut self, bench: &mut Bench) -> Vec<(u16, Packet)> {
        let packet = |frame: Frame| (frame.protocol, Packet::parse(&frame.information).unwrap());
        self.frames(bench).into_iter().map(packet).collect()
    }

    /// The only packet that has come.
    #[track_caller]
    fn packet(&mut self, bench: &mut Bench) -> (u16, u8, u8, String) {
        let packets = self.packets(bench);
        let [(protocol, packet)] = packets.as_slice() else { panic!("{packets:02x?}") };
        (*protocol, packet.code, packet.identifier, hex::encode(&packet.data))
    }

    /// Negotiates the link; the modem's request is acknowledged as far as the host can do what it asks for.
    fn open_link(&mut self, bench: &mut Bench) {
        let (protocol, code, identifier, data) = self.packet(bench);
        assert_eq!((protocol, code), (protocol::LCP, code::CONFIGURE_REQUEST));
        self.say(bench, protocol::LCP, code::CONFIGURE_ACK, identifier, &data);
        self.say(bench, protocol::LCP, code::CONFIGURE_REQUEST, 1, PPPD_LCP);
        self.framing = Framing { accm: 0, compress_protocol: true, compress_address: true };
    }

    fn answer_challenge(&mut self, bench: &mut Bench, packets: &[(u16, Packet)]) {
        let (_, challenge) = packets.iter().find(|(number, _)| *number == protocol::CHAP).unwrap();
        let value = chap::Value::parse(&challenge.data).unwrap();
        let hash = chap::response(challenge.identifier, b"secret", &value.value);
        let data = chap::Value { value: hash.to_vec(), name: b"meter".to_vec() }.encode();
        let answer = Packet { code: chap::RESPONSE, identifier: challenge.identifier, data };
        self.send(bench, protocol::CHAP, answer.encode());
    }
}

/// `<asyncmap 0x0> <magic 0x2f7c1a93> <pcomp> <accomp>`.
const PPPD_LCP: &str = "020600000000 05062f7c1a93 0702 0802";
/// `<compress VJ 0f 01> <addr 0.0.0.0> <ms-dns1 0.0.0.0> <ms-dns2 0.0.0.0>`.
const PPPD_IPCP: &str = "0206002d0f01 030600000000 810600000000 830600000000";

/// In the data state on context 1, with the first frame of the modem in the buffer.
fn online() -> Bench {
    let mut bench = Bench::registered();
    bench.type_line("ATDT*99#");
    let text = String::from_utf8_lossy(&bench.serial).into_owned();
    let connect = "\r\nCONNECT 150000000\r\n";
    assert!(text.starts_with(connect), "{text}");
    bench.serial.drain(..connect.len());
    bench
}

/// A link with addresses given.
fn linked() -> (Bench, Host) {
    let mut bench = online();
    let mut host = Host::new();
    host.open_link(&mut bench);
    let packets = host.packets(&mut bench);
    host.answer_challenge(&mut bench, &packets);
    let packets = host.packets(&mut bench);
    let (_, request) = packets.iter().find(|(number, _)| *number == protocol::IPCP).unwrap();
    host.say(
        &mut bench,
        protocol::IPCP,
        code::CONFIGURE_ACK,
        request.identifier,
        &hex::encode(&request.data),
    );
    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 1, "03060a400001");
    assert_eq!(host.packet(&mut bench).1, code::CONFIGURE_ACK);
    (bench, host)
}

#[test]
fn a_link_as_pppd_brings_it_up() {
    let mut bench = online();
    let mut host = Host::new();
    let (protocol, code, _, data) = host.packet(&mut bench);
    assert_eq!((protocol, code), (protocol::LCP, code::CONFIGURE_REQUEST));
    let kinds = Packet { code, identifier: 1, data: hex::decode(&data).unwrap() }.options().unwrap();
    let kinds: Vec<u8> = kinds.iter().map(|option| option.kind).collect();
    assert_eq!(kinds, [2, 3, 5, 7, 8], "{data}");
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_REQUEST, 1, PPPD_LCP);
    let ack = (protocol::LCP, code::CONFIGURE_ACK, 1, PPPD_LCP.replace(' ', ""));
    assert_eq!(host.packet(&mut bench), ack);
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_ACK, 1, &data);
    host.framing = Framing { accm: 0, compress_protocol: true, compress_address: true };

    let packets = host.packets(&mut bench);
    let [(protocol::CHAP, challenge)] = packets.as_slice() else { panic!("{packets:02x?}") };
    assert_eq!(challenge.code, chap::CHALLENGE);
    host.answer_challenge(&mut bench, &packets);
    let packets = host.packets(&mut bench);
    let [(protocol::CHAP, success), (protocol::IPCP, request)] = packets.as_slice() else {
        panic!("{packets:02x?}")
    };
    assert_eq!((success.code, request.code), (chap::SUCCESS, code::CONFIGURE_REQUEST));
    let own = hex::encode(&request.data);
    assert_eq!(own, "0306c0a8fefe");

    // Compression is not for this link: of protocols, and of headers.
    host.say(&mut bench, protocol::CCP, code::CONFIGURE_REQUEST, 1, "1a0478001804780015032f");
    let (number, code, _, data) = host.packet(&mut bench);
    assert_eq!((number, code), (protocol::LCP, code::PROTOCOL_REJECT));
    assert_eq!(data, "80fd0101000f1a0478001804780015032f");
    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 1, PPPD_IPCP);
    let reject = (protocol::IPCP, code::CONFIGURE_REJECT, 1, "0206002d0f01".to_owned());
    assert_eq!(host.packet(&mut bench), reject);
    host.say(&mut bench, protocol::IPV6CP, code::CONFIGURE_REQUEST, 1, "010a1122334455667788");
    assert_eq!(host.packet(&mut bench).1, code::PROTOCOL_REJECT);

    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 2, &PPPD_IPCP[13..]);
    let right = "03060a400001 81060a0a0a0a 83060a0a0a0b".replace(' ', "");
    assert_eq!(host.packet(&mut bench), (protocol::IPCP, code::CONFIGURE_NAK, 2, right.clone()));
    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 3, &right);
    assert_eq!(host.packet(&mut bench), (protocol::IPCP, code::CONFIGURE_ACK, 3, right));
    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_ACK, request.identifier, &own);

    let packet = vec![0x45, 0, 0, 20, 0x7e, 0x7d];
    host.send(&mut bench, protocol::IPV4, packet.clone());
    assert_eq!(bench.packets.pop_front(), Some((5, packet.clone())));
    bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet: packet.clone() });
    bench.drain();
    assert!(hex::encode(&bench.serial).starts_with("7e2145"), "fields are left out as agreed");
    assert_eq!(host.frames(&mut bench), [Frame { protocol: protocol::IPV4, information: packet }]);

    host.say(&mut bench, protocol::LCP, code::ECHO_REQUEST, 9, "2f7c1a93 6c6f6f70");
    let (_, code, identifier, data) = host.packet(&mut bench);
    assert_eq!((code, identifier, data.get(8..)), (code::ECHO_REPLY, 9, Some("6c6f6f70")));

    host.say(&mut bench, protocol::LCP, code::TERMINATE_REQUEST, 2, &hex::encode("User request"));
    let text = std::mem::take(&mut bench.serial);
    assert!(text.ends_with(b"\x7e\r\nNO CARRIER\r\n"), "{}", hex::encode(&text));
    bench.at("AT", &["OK"]);
    bench.at("AT+CGACT?", &["+CGACT: 1,1", "OK"]);
}

#[test]
fn a_link_comes_up_twice_in_a_row() {
    let (mut bench, host) = linked();
    host.say(&mut bench, protocol::LCP, code::TERMINATE_REQUEST, 2, "");
    bench.take_raw();
    bench.type_line("ATD*99***1#");
    let text = bench.take_raw();
    assert!(text.starts_with(b"\r\nCONNECT 150000000\r\n\x7e"), "{}", hex::encode(text));
}

#[test]
fn a_host_says_how_it_proves_who_it_is() {
    // It has no password at all, as pppd without secrets.
    let mut bench = online();
    let mut host = Host::new();
    let (_, _, identifier, _) = host.packet(&mut bench);
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_REJECT, identifier, "0305c22305");
    let (_, _, identifier, data) = host.packet(&mut bench);
    assert!(!data.contains("0305c22305"), "{data}");
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_ACK, identifier, &data);
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_REQUEST, 1, PPPD_LCP);
    let numbers: Vec<u16> = host.packets(&mut bench).iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [protocol::LCP, protocol::IPCP]);

    // It would rather use PAP.
    let mut bench = online();
    let mut host = Host::new();
    let (_, _, identifier, _) = host.packet(&mut bench);
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_NAK, identifier, "0304c023");
    let (_, _, identifier, data) = host.packet(&mut bench);
    assert!(data.contains("0304c023"), "{data}");
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_ACK, identifier, &data);
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_REQUEST, 1, PPPD_LCP);
    host.packets(&mut bench);
    let credentials = pap::Credentials { user: b"meter".to_vec(), password: b"secret".to_vec() };
    let request = Packet { code: pap::AUTHENTICATE_REQUEST, identifier: 1, data: credentials.encode() };
    host.send(&mut bench, protocol::PAP, request.encode());
    let numbers: Vec<(u16, u8)> =
        host.packets(&mut bench).iter().map(|(number, packet)| (*number, packet.code)).collect();
    assert_eq!(numbers, [(protocol::PAP, pap::AUTHENTICATE_ACK), (protocol::IPCP, 1)]);
}

#[test]
fn credentials_of_ppp_go_to_a_network_that_wants_some() {
    for (granted, end) in [(true, None), (false, Some("\r\nNO CARRIER\r\n"))] {
        let mut bench = Bench::registered();
        bench.at("AT+CGDCONT=2,\"IP\",\"acme.dedicated\"", &["OK"]);
        bench.type_line("ATD*99***2#");
        let NasUp::PdnConnectivityRequest { pti, pdn } = bench.nas() else { panic!("no request") };
        assert_eq!(pdn.authentication, None);
        let cause = EsmCause::USER_AUTHENTICATION_FAILED;
        bench.network(NasDown::PdnConnectivityReject { pti, cause, t3396: None });
        assert!(bench.take_raw_up_to("CONNECT 150000000\r\n"));
        let mut host = Host::new();
        host.open_link(&mut bench);
        let packets = host.packets(&mut bench);
        host.answer_challenge(&mut bench, &packets);
        let NasUp::PdnConnectivityRequest { pti, pdn } = bench.nas() else { panic!("no request") };
        let Some(Authentication::Chap { user, identifier, challenge, response }) = pdn.authentication else {
            panic!("no credentials")
        };
        assert_eq!(user, "meter");
        assert_eq!(response, chap::response(identifier, b"secret", &challenge));
        host.packets(&mut bench);
        host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 1, "030600000000");
        assert_eq!(host.packets(&mut bench), []);
        if granted {
            let pdn = PdnGrant { bearer: 6, ..grant("acme.dedicated") };
            bench.network(NasDown::PdnGranted { pti, pdn });
            let codes: Vec<u8> = host.packets(&mut bench).iter().map(|(_, packet)| packet.code).collect();
            assert_eq!(codes, [code::CONFIGURE_REQUEST, code::CONFIGURE_NAK]);
        } else {
            bench.network(NasDown::PdnConnectivityReject { pti, cause, t3396: None });
            assert_eq!(host.packet(&mut bench).1, code::TERMINATE_REQUEST);
            host.say(&mut bench, protocol::LCP, code::TERMINATE_ACK, 3, "");
            assert_eq!(bench.take_text(), end.unwrap());
        }
    }
}

#[test]
fn ipv6_gets_the_interface_identifier_of_the_network() {
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=2,\"IPV6\",\"acme.dedicated\"", &["OK"]);
    bench.type_line("AT+CGDATA=\"PPP\",2");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    let interface = InterfaceIdentifier([0, 0, 0, 0, 0, 0, 0, 7]);
    let address = PdnAddress::Ipv6(interface);
    bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, address, ..grant("acme") } });
    assert!(bench.take_raw_up_to("CONNECT 150000000\r\n"));
    let mut host = Host::new();
    host.open_link(&mut bench);
    let packets = host.packets(&mut bench);
    host.answer_challenge(&mut bench, &packets);
    host.packets(&mut bench);
    host.say(&mut bench, protocol::IPV6CP, code::CONFIGURE_REQUEST, 1, "010a1122334455667788");
    let right = "010a0000000000000007".to_owned();
    assert_eq!(host.packet(&mut bench), (protocol::IPV6CP, code::CONFIGURE_NAK, 1, right.clone()));
    host.say(&mut bench, protocol::IPV6CP, code::CONFIGURE_REQUEST, 2, &right);
    assert_eq!(host.packet(&mut bench), (protocol::IPV6CP, code::CONFIGURE_ACK, 2, right));
    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 1, "030600000000");
    assert_eq!(host.packet(&mut bench).1, code::PROTOCOL_REJECT);
}

#[test]
fn a_host_that_keeps_silent_gets_its_command_line_back() {
    let mut bench = online();
    bench.wait(secs(29));
    assert!(!String::from_utf8_lossy(&bench.take_raw()).contains("NO CARRIER"));
    bench.wait(secs(2));
    assert_eq!(bench.take_text(), "\r\nNO CARRIER\r\n");
}

#[test]
fn three_plus_signs_lead_to_the_command_state_and_o_leads_back() {
    let (mut bench, mut host) = linked();
    bench.wait(secs(1));
    bench.type_bytes(b"+++");
    bench.wait(Duration::from_millis(999));
    assert_eq!(bench.take_text(), "");
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.take_text(), "\r\nOK\r\n");
    bench.at("AT+CGPADDR=1", &["+CGPADDR: 1,\"10.64.0.1\"", "OK"]);
    bench.at("ATD*99#", &["NO CARRIER"]);
    // What comes meanwhile waits.
    let packet = vec![0x45, 1, 2, 3];
    bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet: packet.clone() });
    bench.drain();
    assert_eq!(bench.take_text(), "");
    bench.type_line("ATO");
    assert!(bench.take_raw_up_to("CONNECT 150000000\r\n"));
    assert_eq!(host.frames(&mut bench), [Frame { protocol: protocol::IPV4, information: packet }]);
    bench.wait(secs(1));
    bench.type_bytes(b"+++");
    bench.wait(secs(1));
    bench.take_text();
    bench.at("ATH", &["OK"]);
    bench.at("ATO", &["NO CARRIER"]);
    bench.type_line("ATX0D*99#");
    assert!(bench.take_raw().starts_with(b"\r\nCONNECT\r\n\x7e"));
}

#[test]
fn the_network_ends_the_connection_and_the_host_is_told() {
    let (mut bench, mut host) = linked();
    bench.wait(secs(1));
    bench.type_bytes(b"+++");
    bench.wait(secs(1));
    bench.type_line("AT+CGEREP=2,0;O");
    bench.take_raw();
    let cause = EsmCause::REGULAR_DEACTIVATION;
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause });
    let (_, code, identifier, _) = host.packet(&mut bench);
    assert_eq!(code, code::TERMINATE_REQUEST);
    host.say(&mut bench, protocol::LCP, code::TERMINATE_ACK, identifier, "");
    assert_eq!(bench.lines(), ["+CGEV: NW PDN DEACT 1", "NO CARRIER"]);
    bench.at("AT", &["OK"]);

    // A host that does not answer holds nothing up for long, and one that never began not at all.
    let (mut bench, _) = linked();
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause });
    bench.wait(secs(6));
    let raw = bench.take_raw();
    assert!(String::from_utf8_lossy(&raw).contains("\r\nNO CARRIER\r\n"), "{}", hex::encode(raw));
    let mut bench = online();
    bench.take_raw();
    bench.network(NasDown::BearerDeactivated { pti: 0, bearer: 5, cause });
    assert_eq!(bench.lines().first().map(String::as_str), Some("NO CARRIER"));
}

#[test]
fn a_registration_that_is_lost_ends_the_call() {
    let (mut bench, mut host) = linked();
    bench.network(NasDown::DetachRequest { reattach: false, cause: None });
    let packets = host.packets(&mut bench);
    let (number, request) = packets.last().unwrap();
    assert_eq!((*number, request.code), (protocol::LCP, code::TERMINATE_REQUEST));
    host.say(&mut bench, protocol::LCP, code::TERMINATE_ACK, request.identifier, "");
    assert!(bench.lines().contains(&"NO CARRIER".to_owned()));
    bench.at("AT", &["OK"]);
}

#[test]
fn cuts_in_the_stream_change_nothing() {
    let dial = b"ATD*99#\r".to_vec();
    let frame = |information: &str| {
        let information = hex::decode(information).unwrap();
        Framing::default().encode(&Frame { protocol: protocol::LCP, information })
    };
    let stream = [
        dial,
        frame("0101001402060000000005062f7c1a9307020802"),
        b"noise \x7e\x7d\x7e".to_vec(),
        frame("0401000905 0305c22305".replace(' ', "").as_str()),
        frame("050200040000"),
        b"AT+CGMI\r".to_vec(),
    ]
    .concat();
    let answer = |cuts: &mut dyn FnMut() -> usize| {
        let mut bench = Bench::registered();
        let mut rest = stream.as_slice();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(cuts().clamp(1, rest.len()));
            bench.type_bytes(head);
            rest = tail;
        }
        bench.take_raw()
    };
    let whole = answer(&mut || usize::MAX);
    let mut rng = Seed(12).rng();
    for round in 0..50 {
        assert_eq!(answer(&mut || 1 + rng.below(12) as usize), whole, "round {round}");
    }
}

#[test]
fn what_cannot_be_dialled_is_refused_in_the_right_words() {
    let mut bench = Bench::registered();
    bench.at("ATD*99***7#", &["NO CARRIER"]);
    bench.at("ATD*99***x#", &["NO CARRIER"]);
    bench.at("AT+CGDATA=\"PPP\",7", &["+CME ERROR: 50"]);
    bench.at("AT+CGDATA=\"M-HEX\",1", &["+CME ERROR: 50"]);
    bench.at("AT+CGDATA=?", &["+CGDATA: (\"PPP\")", "OK"]);
    bench.at("AT+CGDCONT=2,\"IP\",\"wrong.apn\"", &["OK"]);
    for (command, answer) in [
        ("ATD*99***2#", "NO CARRIER"),
        ("AT+CGDATA=\"PPP\",2", "+CME ERROR: 133"),
        ("AT+CMEE=0;+CGDATA=\"PPP\",2", "NO CARRIER"),
    ] {
        bench.type_line(command);
        if let Some((_, _, NasUp::PdnConnectivityRequest { pti, .. })) = bench.sent.pop_front() {
            let cause = EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED;
            bench.network(NasDown::PdnConnectivityReject { pti, cause, t3396: None });
        }
        assert_eq!(bench.lines(), [answer], "{command}");
    }
    let mut bench = Bench::booted();
    bench.at("ATD*99***1#", &["NO CARRIER"]);
}

#[test]
fn a_connection_that_was_made_for_the_call_is_given_back() {
    let mut bench = Bench::registered();
    bench.at("AT+CGDCONT=2,\"IP\",\"acme.dedicated\"", &["OK"]);
    bench.type_line("ATD*99***2#");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, ..grant("acme") } });
    assert!(bench.take_raw_up_to("CONNECT 150000000\r\n"));
    bench.wait(secs(31));
    assert!(matches!(bench.nas(), NasUp::PdnDisconnectRequest { bearer: 6, .. }));
}

#[test]
fn a_map_of_control_characters_and_a_small_unit_are_kept_to() {
    let mut bench = online();
    let mut host = Host::new();
    let (_, _, identifier, data) = host.packet(&mut bench);
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_ACK, identifier, &data);
    // 64 octets are too few even for headers.
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_REQUEST, 1, "01040040 0206000a0000");
    assert_eq!(host.packet(&mut bench), (protocol::LCP, code::CONFIGURE_NAK, 1, "01040080".to_owned()));
    host.say(&mut bench, protocol::LCP, code::CONFIGURE_REQUEST, 2, "01040080 0206000a0000");
    let packets = host.packets(&mut bench);
    host.answer_challenge(&mut bench, &packets);
    let packets = host.packets(&mut bench);
    let (_, request) = packets.iter().find(|(number, _)| *number == protocol::IPCP).unwrap();
    host.say(
        &mut bench,
        protocol::IPCP,
        code::CONFIGURE_ACK,
        request.identifier,
        &hex::encode(&request.data),
    );
    host.say(&mut bench, protocol::IPCP, code::CONFIGURE_REQUEST, 1, "03060a400001");
    host.packet(&mut bench);
    for (length, arrives) in [(128, true), (129, false)] {
        let mut packet = vec![0x11; length];
        packet[0] = 0x45;
        bench.modem.handle_radio(bench.now, RadioDown::Packet { bearer: 5, packet });
        bench.drain();
        assert!(!bench.serial.contains(&0x11), "XON is escaped");
        assert_eq!(!host.frames(&mut bench).is_empty(), arrives, "{length}");
    }
}

#[test]
fn no_octets_of_a_host_break_the_link() {
    let mut rng = Seed(9).rng();
    let protocols = [protocol::LCP, protocol::IPCP, protocol::IPV6CP, protocol::CHAP, protocol::PAP, 0x80fd];
    for round in 0..300 {
        let (mut bench, host) = if round % 2 == 0 { (online(), Host::new()) } else { linked() };
        for _ in 0..60 {
            match rng.below(4) {
                0 => bench.type_bytes(&rng.octets::<9>()),
                1 => bench.wait(Duration::from_millis(rng.below(4000))),
                2 => {
                    let options: Vec<ConfigOption> = (0..rng.below(4))
                        .map(|_| ConfigOption::new(rng.below(10) as u8, rng.octets::<4>()))
                        .collect();
                    let code = 1 + rng.below(11) as u8;
                    let identifier = rng.below(4) as u8;
                    let protocol = protocols[rng.below(6) as usize];
                    let packet = Packet::with_options(code, identifier, &options);
                    host.send(&mut bench, protocol, packet.encode());
                }
                _ => {
                    let octets = rng.octets::<12>();
                    host.send(&mut bench, protocols[rng.below(6) as usize], octets.to_vec());
                }
            }
        }
        bench.sent.clear();
        // Whatever happened, a silent host gets the command line back, or the link stands and can be left.
        bench.wait(secs(40));
        bench.type_bytes(b"+++");
        bench.wait(secs(2));
        bench.type_bytes(b"\x18\r");
        bench.take_raw();
        bench.type_line("ATE0");
        assert!(bench.take_raw().ends_with(b"\r\nOK\r\n"), "round {round}");
    }
}
