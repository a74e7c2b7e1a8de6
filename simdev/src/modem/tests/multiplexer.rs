//! The multiplexer as a host plays it, with the octets of published traces and of Linux n_gsm.

use super::*;
use wire::cmux::{
    ControlMessage, Decoder, Frame, Kind, Message, ModemStatus, ParameterNegotiation, Received, Role,
};
use wire::ppp;

/// Signals of a host with an open port.
const READY: ModemStatus = ModemStatus {
    flow_control: false,
    ready_to_communicate: true,
    ready_to_receive: true,
    incoming_call: false,
    data_valid: false,
};

/// The host's end: it acknowledges what the modem tells, as every host must.
struct Host {
    decoder: Decoder,
    /// What came on each channel, as (channel, text).
    text: Vec<(u8, Vec<u8>)>,
    /// UA, DM and messages of the control channel.
    said: Vec<String>,
    answers: bool,
}

impl Host {
    fn new() -> Self {
        Self { decoder: Decoder::new(2048), text: Vec::new(), said: Vec::new(), answers: true }
    }

    fn send(&mut self, bench: &mut Bench, frame: &Frame) {
        bench.type_bytes(&frame.encode());
        self.listen(bench);
    }

    fn open(&mut self, bench: &mut Bench, dlci: u8) {
        self.send(bench, &Frame::command(Role::Initiator, Kind::Sabm, dlci));
    }

    fn close(&mut self, bench: &mut Bench, dlci: u8) {
        self.send(bench, &Frame::command(Role::Initiator, Kind::Disc, dlci));
    }

    fn ask(&mut self, bench: &mut Bench, message: Message) {
        let octets = ControlMessage { command: true, message }.encode();
        self.send(bench, &Frame::data(Role::Initiator, 0, octets));
    }

    fn signal(&mut self, bench: &mut Bench, dlci: u8, status: ModemStatus) {
        self.ask(bench, Message::Msc { dlci, status, line_break: None });
    }

    fn type_line(&mut self, bench: &mut Bench, dlci: u8, line: &str) {
        self.send(bench, &Frame::data(Role::Initiator, dlci, format!("{line}\r").into_bytes()));
    }

    fn listen(&mut self, bench: &mut Bench) {
        loop {
            let octets = bench.take_raw();
            if octets.is_empty() {
                return;
            }
            self.decoder.push(&octets);
            while let Some(received) = self.decoder.next() {
                match received {
                    Received::Frame(frame) => self.heard(bench, frame),
                    Received::Fill => {}
                    Received::Refused(why) => panic!("{why}"),
                }
            }
            assert_eq!(self.decoder.noise(), 0);
        }
    }

    fn heard(&mut self, bench: &mut Bench, frame: Frame) {
        assert!(frame.is_from(Role::Responder), "{frame:?}");
        match (frame.kind, frame.dlci) {
            (Kind::Uih, 0) => {
                for heard in ControlMessage::parse_all(&frame.information).unwrap() {
                    self.said.push(told(&heard));
                    if heard.command && self.answers {
                        let answer = ControlMessage { command: false, ..heard };
                        bench.type_bytes(&Frame::data(Role::Initiator, 0, answer.encode()).encode());
                    }
                }
            }
            (Kind::Uih, dlci) => self.text.push((dlci, frame.information)),
            (kind, dlci) => self.said.push(format!("{kind:?} {dlci}")),
        }
    }

    /// What has come on a channel.
    fn text(&mut self, dlci: u8) -> String {
        let (own, others) = self.text.drain(..).partition(|(number, _)| *number == dlci);
        self.text = others;
        let own: Vec<u8> = own.into_iter().flat_map(|(_, octets): (u8, Vec<u8>)| octets).collect();
        String::from_utf8_lossy(&own).into_owned()
    }

    fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }
}

/// A message in few words.
fn told(message: &ControlMessage) -> String {
    let kind = if message.command { "asks" } else { "answers" };
    let octets = message.encode();
    format!("{kind} {}", hex::encode(octets))
}

/// Multiplexed, with these channels open and their signals told.
fn multiplexed(channels: &[u8]) -> (Bench, Host) {
    let mut bench = Bench::registered();
    bench.at("AT+CMUX=0,0,5,127,10,3,30,10,2", &["OK"]);
    let mut host = Host::new();
    host.open(&mut bench, 0);
    for channel in channels {
        host.open(&mut bench, *channel);
        host.signal(&mut bench, *channel, READY);
        host.type_line(&mut bench, *channel, "ATE0");
        host.text(*channel);
    }
    host.said();
    (bench, host)
}

#[test]
fn the_published_conversation_octet_by_octet() {
    let mut bench = Bench::registered();
    bench.at("AT+CMUX=0", &["OK"]);
    for (sent, answer) in [
        ("f9033f011cf9", "f9037301d7f9"),
        // The modem tells its signals: ready, and the channel can be used.
        ("f9073f01def9", "f907730115f9 f901ef09e305078d9af9"),
        // The host's answer, then its own signals, which are repeated.
        ("f903ef09e105078dfbf9", ""),
        ("f903ef09e305078dfbf9", "f901ef09e105078d9af9"),
        ("f907ef0741540dd3f9", "f905ef1341540d0d0a4f4b0d0aa9f9"),
        ("f90753013ff9", "f907730115f9"),
        ("f90753013ff9", "f9071f01f4f9"),
        ("f903ef05c301f2f9", "f901ef05c10193f9"),
    ] {
        bench.type_bytes(&hex::decode(sent).unwrap());
        let got = hex::encode(bench.take_raw());
        assert_eq!(got, answer.replace(' ', ""), "{sent}");
    }
    bench.at("AT", &["OK"]);
}

#[test]
fn parameters_are_checked_and_shown() {
    let mut bench = Bench::booted();
    bench.at("AT+CMUX=?", &["+CMUX: (0),(0),(1-8),(1-32768),(1-255),(0-100),(2-255),(1-255),(1-7)", "OK"]);
    bench.at("AT+CMUX?", &["+CMUX: 0,0,5,31,10,3,30,10,2", "OK"]);
    for wrong in
        ["", "1", "0,1", "0,0,9", "0,0,5,0", "0,0,5,31,30,3,30", "0,0,5,31,10,101", "0,0,5,31,10,3,30,10,8"]
    {
        bench.at(&format!("AT+CMUX={wrong}"), &["+CME ERROR: 50"]);
    }
    bench.at("AT+CMUX", &["ERROR"]);
    bench.at("AT+CMUX=0,0,,127", &["OK"]);
    bench.wait(secs(5));
    bench.at("AT+CMUX?", &["+CMUX: 0,0,5,127,10,3,30,10,2", "OK"]);
}

#[test]
fn channels_have_command_lines_of_their_own() {
    let (mut bench, mut host) = multiplexed(&[1, 2]);
    host.type_line(&mut bench, 1, "AT+CMEE=1;+CIMI");
    assert_eq!(host.text(1), "\r\n208010000000001\r\n\r\nOK\r\n");
    host.type_line(&mut bench, 2, "ATE1");
    host.text(2);
    host.type_line(&mut bench, 2, "AT+CMUX=0");
    assert_eq!(host.text(2), "AT+CMUX=0\r\r\nERROR\r\n");
    host.type_line(&mut bench, 1, "AT+CMUX=0");
    assert_eq!(host.text(1), "\r\n+CME ERROR: 3\r\n");
    // One waits for the network, the other is served.
    host.type_line(&mut bench, 1, "AT+CGDCONT=2,\"IP\",\"acme.dedicated\";+CGACT=1,2");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    assert_eq!(host.text(1), "");
    host.type_line(&mut bench, 2, "ATE0");
    host.text(2);
    host.type_line(&mut bench, 2, "AT+CGMI");
    assert_eq!(host.text(2), "\r\ndtk\r\n\r\nOK\r\n");
    bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, ..grant("acme") } });
    host.listen(&mut bench);
    assert_eq!((host.text(1).as_str(), host.text(2).as_str()), ("\r\nOK\r\n", ""));
}

#[test]
fn reports_go_to_every_channel_in_command_state_and_never_into_data() {
    let (mut bench, mut host) = multiplexed(&[1, 2]);
    host.type_line(&mut bench, 1, "AT+CEREG=1");
    host.text(1);
    host.type_line(&mut bench, 2, "ATD*99#");
    assert!(host.text(2).starts_with("\r\nCONNECT 150000000\r\n~"));
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    host.listen(&mut bench);
    assert!(host.text(1).contains("+CEREG: "), "the other channel hears it");
    assert!(!host.text(2).contains("+CEREG"));
    host.close(&mut bench, 2);
    host.open(&mut bench, 3);
    host.type_line(&mut bench, 3, "ATE0");
    host.text(3);
    bench.wait(secs(1));
    bench.network(accept());
    host.listen(&mut bench);
    let (first, third) = (host.text(1), host.text(3));
    assert_eq!(first.contains("+CEREG: 1"), third.contains("+CEREG: 1"), "{first:?} {third:?}");
}

#[test]
fn a_channel_carries_ppp_and_its_signals_tell_the_carrier() {
    let (mut bench, mut host) = multiplexed(&[1, 2]);
    host.type_line(&mut bench, 2, "ATD*99#");
    assert_eq!(host.said(), [""; 0], "DV of DLCI 2 is on since the channel was opened");
    let text: Vec<u8> = host.text.drain(..).flat_map(|(_, octets)| octets).collect();
    let mut deframer = ppp::Deframer::new(1500);
    deframer.push(&text);
    let Some(ppp::Deframed::Frame(frame)) = deframer.next() else { panic!("{}", hex::encode(text)) };
    assert_eq!(frame.protocol, ppp::protocol::LCP);
    // &D2: DTR falls, the call ends, the carrier is gone.
    host.signal(&mut bench, 2, ModemStatus { ready_to_communicate: false, ..READY });
    assert_eq!(host.text(2), "\r\nNO CARRIER\r\n");
    assert_eq!(host.said(), ["answers e1050b09", "asks e3050b0d", "asks e3050b8d"]);
    // &D1: to the online command state.
    host.signal(&mut bench, 2, READY);
    host.type_line(&mut bench, 2, "AT&D1");
    host.type_line(&mut bench, 2, "ATD*99#");
    host.text(2);
    host.signal(&mut bench, 2, ModemStatus { ready_to_communicate: false, ..READY });
    assert_eq!(host.text(2), "\r\nOK\r\n");
    host.type_line(&mut bench, 2, "AT+CGMI;H");
    assert_eq!(host.text(2), "\r\ndtk\r\n\r\nOK\r\n");
    // &C0: the carrier is always there.
    host.type_line(&mut bench, 2, "AT&C0");
    host.signal(&mut bench, 2, READY);
    host.type_line(&mut bench, 2, "ATD*99#");
    host.text(2);
    host.said();
    host.signal(&mut bench, 2, ModemStatus { ready_to_communicate: false, ..READY });
    host.type_line(&mut bench, 2, "ATH");
    assert!(host.said().iter().all(|message| message != "asks e3050b0d"));
}

#[test]
fn closing_a_channel_ends_its_data_call_and_no_other() {
    let (mut bench, mut host) = multiplexed(&[1, 2]);
    host.type_line(&mut bench, 1, "AT+CGDCONT=2,\"IP\",\"acme.dedicated\"");
    host.type_line(&mut bench, 2, "ATD*99***2#");
    let NasUp::PdnConnectivityRequest { pti, .. } = bench.nas() else { panic!("no request") };
    bench.network(NasDown::PdnGranted { pti, pdn: PdnGrant { bearer: 6, ..grant("acme") } });
    host.listen(&mut bench);
    host.said();
    host.close(&mut bench, 2);
    assert_eq!(host.said(), ["Ua 2"]);
    assert!(matches!(bench.nas(), NasUp::PdnDisconnectRequest { bearer: 6, .. }));
    host.type_line(&mut bench, 1, "AT");
    assert!(host.text(1).ends_with("\r\nOK\r\n"));
    host.type_line(&mut bench, 2, "AT");
    assert_eq!(host.said(), ["Dm 2"]);
}

#[test]
fn the_multiplexer_ends_by_close_down_or_by_its_first_connection() {
    for way in
        [Frame::data(Role::Initiator, 0, vec![0xc3, 0x01]), Frame::command(Role::Initiator, Kind::Disc, 0)]
    {
        let (mut bench, mut host) = multiplexed(&[1]);
        host.type_line(&mut bench, 1, "ATD*99#");
        // The next command is in the same piece.
        bench.take_raw();
        bench.type_bytes(&[way.encode(), b"AT\r".to_vec()].concat());
        let raw = bench.take_raw();
        assert!(raw.ends_with(b"\xf9\r\nOK\r\n"), "{}", hex::encode(raw));
        bench.at("AT+CMUX=0", &["OK"]);
        let mut host = Host::new();
        host.open(&mut bench, 0);
        assert_eq!(host.said(), ["Ua 0"]);
    }
}

#[test]
fn a_host_that_never_opens_the_multiplexer_gets_the_line_back() {
    let mut bench = Bench::booted();
    bench.at("AT+CMUX=0", &["OK"]);
    bench.wait(Duration::from_millis(4999));
    bench.at("AT", &[]);
    bench.wait(Duration::from_millis(1));
    bench.at("AT", &["OK"]);
}

#[test]
fn what_cannot_be_opened_is_refused() {
    let mut bench = Bench::booted();
    bench.at("AT+CMUX=0", &["OK"]);
    let mut host = Host::new();
    host.open(&mut bench, 1);
    assert_eq!(host.said(), ["Dm 1"]);
    host.open(&mut bench, 0);
    host.open(&mut bench, 5);
    host.close(&mut bench, 3);
    assert_eq!(host.said(), ["Ua 0", "Dm 5", "Dm 3"]);
    // Without its poll bit, or with the C/R bit of the other end, a command is none.
    let plain = Frame { poll_final: false, ..Frame::command(Role::Initiator, Kind::Sabm, 1) };
    host.send(&mut bench, &plain);
    host.send(&mut bench, &Frame::command(Role::Responder, Kind::Sabm, 1));
    assert!(host.said().is_empty());
}

#[test]
fn frames_are_as_long_as_the_host_allows() {
    for (command, negotiated, longest) in [
        ("AT+CMUX=0", None, 31),
        ("AT+CMUX=0,0,5,8", None, 8),
        ("AT+CMUX=0", Some(64), 64),
        ("AT+CMUX=0", Some(500), 500),
    ] {
        let mut bench = Bench::booted();
        bench.at(command, &["OK"]);
        let mut host = Host::new();
        host.open(&mut bench, 0);
        if let Some(frame_size) = negotiated {
            // As newer kernels do it, before the connection is opened.
            let wanted = ParameterNegotiation {
                dlci: 1,
                frame_type: 0,
                convergence_layer: 0,
                priority: 7,
                t1: 10,
                frame_size,
                retransmissions: 3,
                window: 2,
            };
            host.ask(&mut bench, Message::Pn(wanted));
            let answer = ControlMessage { command: false, message: Message::Pn(wanted) };
            assert_eq!(host.said().last(), Some(&told(&answer)));
        }
        host.open(&mut bench, 1);
        host.type_line(&mut bench, 1, "AT+CLAC");
        let lengths: Vec<usize> = host.text.iter().map(|(_, octets)| octets.len()).collect();
        let most = lengths.iter().copied().max().unwrap();
        assert_eq!(most, longest, "{command}: {lengths:?}");
    }
}

#[test]
fn flow_control_holds_a_channel_or_all() {
    let (mut bench, mut host) = multiplexed(&[1, 2]);
    for stop in
        [ModemStatus { flow_control: true, ..READY }, ModemStatus { ready_to_receive: false, ..READY }]
    {
        host.signal(&mut bench, 1, stop);
        host.type_line(&mut bench, 1, "AT");
        host.type_line(&mut bench, 2, "AT");
        assert_eq!((host.text(1).as_str(), host.text(2).as_str()), ("", "\r\nOK\r\n"));
        host.signal(&mut bench, 1, READY);
        assert_eq!(host.text(1), "\r\nOK\r\n");
    }
    host.ask(&mut bench, Message::FlowOff);
    host.type_line(&mut bench, 1, "AT");
    host.type_line(&mut bench, 2, "AT");
    assert_eq!((host.text(1).as_str(), host.text(2).as_str()), ("", ""));
    host.ask(&mut bench, Message::FlowOn);
    assert_eq!((host.text(1).as_str(), host.text(2).as_str()), ("\r\nOK\r\n", "\r\nOK\r\n"));
    assert_eq!(
        host.said().iter().filter(|said| *said == "answers 6101" || *said == "answers a101").count(),
        2
    );
}

#[test]
fn every_message_of_the_control_channel_has_its_answer() {
    let (mut bench, mut host) = multiplexed(&[1]);
    for (message, answer) in [
        // The keep-alive of n_gsm.
        (Message::Test(b"P".to_vec()), "answers 210350"),
        (Message::Msc { dlci: 1, status: READY, line_break: Some(1) }, "answers e107070c13"),
        (Message::Rls { dlci: 1, status: 3 }, "answers 51050703"),
        (Message::Rpn { dlci: 1, settings: Vec::new() }, "answers 91110707030011130000"),
        (Message::Snc { dlci: 1, services: vec![1] }, "answers 1103d3"),
        (Message::Unknown { type_octet: 0xf3, value: vec![1] }, "answers 1103f3"),
        (Message::Psc, "answers 4101"),
    ] {
        host.ask(&mut bench, message.clone());
        assert_eq!(host.said(), [answer], "{message:?}");
    }
}

#[test]
fn what_is_not_answered_is_told_again() {
    let mut bench = Bench::booted();
    bench.at("AT+CMUX=0,0,5,31,10,2,30", &["OK"]);
    let mut host = Host::new();
    host.answers = false;
    host.open(&mut bench, 0);
    host.open(&mut bench, 1);
    assert_eq!(host.said(), ["Ua 0", "Ua 1", "asks e305078d"]);
    for repetition in 0..2 {
        bench.wait(Duration::from_millis(299));
        host.listen(&mut bench);
        assert!(host.said().is_empty(), "{repetition}");
        bench.wait(Duration::from_millis(1));
        host.listen(&mut bench);
        assert_eq!(host.said(), ["asks e305078d"], "{repetition}");
    }
    bench.wait(secs(4));
    host.listen(&mut bench);
    assert!(host.said().is_empty());
}

#[test]
fn a_sleeping_host_is_woken_by_flags() {
    let (mut bench, mut host) = multiplexed(&[1]);
    host.type_line(&mut bench, 1, "AT+CEREG=1");
    host.text(1);
    host.ask(&mut bench, Message::Psc);
    bench.modem.handle_radio(bench.now, RadioDown::CellLost);
    bench.drain();
    bench.wait(Duration::from_millis(250));
    let raw = bench.take_raw();
    assert!(!raw.is_empty() && raw.iter().all(|octet| *octet == 0xf9), "{}", hex::encode(raw));
    bench.type_bytes(&[0xf9, 0xf9]);
    host.listen(&mut bench);
    assert!(host.text(1).contains("+CEREG: "));
    // The host wakes the modem, which says that it is awake.
    host.ask(&mut bench, Message::Psc);
    bench.type_bytes(&[0xf9; 3]);
    assert_eq!(bench.take_raw(), [0xf9; 4]);
    // A host that cannot be woken is gone, and the line is plain.
    host.ask(&mut bench, Message::Psc);
    bench.wait(secs(60));
    bench.network(accept());
    bench.wait(secs(120));
    bench.take_raw();
    bench.type_bytes(b"\xf9\xf9");
    bench.take_raw();
}

#[test]
fn power_takes_the_multiplexer_with_it() {
    let (mut bench, mut host) = multiplexed(&[1]);
    host.type_line(&mut bench, 1, "AT+CFUN=1,1");
    assert_eq!(host.text(1), "\r\nOK\r\n");
    bench.wait(secs(2));
    assert_eq!(bench.lines()[0], "RDY");
    bench.type_line("AT");
    assert_eq!(bench.take_text(), "AT\r\r\nOK\r\n");
}

#[test]
fn cuts_in_the_stream_change_nothing() {
    let data = |dlci: u8, octets: &[u8]| Frame::data(Role::Initiator, dlci, octets.to_vec()).encode();
    let stream = [
        b"AT+CMUX=0\r\n".to_vec(),
        Frame::command(Role::Initiator, Kind::Sabm, 0).encode(),
        Frame::command(Role::Initiator, Kind::Sabm, 1).encode(),
        data(0, &[0xe3, 0x05, 0x07, 0x8d]),
        b"\xf9\xf9noise\xf9\x07".to_vec(),
        data(1, b"ATE0\r"),
        data(1, b"AT+CGMI\xf9\x18\r"),
        data(1, b"AT+CGMI\r"),
        Frame::command(Role::Initiator, Kind::Disc, 1).encode(),
        data(0, &[0xc3, 0x01]),
        b"AT+CGMM\r".to_vec(),
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
    assert!(whole.ends_with(b"\r\nSimulated 3GPP module\r\n\r\nOK\r\n"), "{}", hex::encode(&whole));
    let mut rng = Seed(12).rng();
    for round in 0..50 {
        assert_eq!(answer(&mut || 1 + rng.below(12) as usize), whole, "round {round}");
    }
}

#[test]
fn no_octets_of_a_host_break_the_multiplexer() {
    let mut rng = Seed(11).rng();
    let kinds = [Kind::Sabm, Kind::Ua, Kind::Dm, Kind::Disc, Kind::Uih, Kind::Ui];
    for round in 0..200 {
        let (mut bench, _) = multiplexed(&[1, 2]);
        for _ in 0..80 {
            match rng.below(6) {
                0 => bench.type_bytes(&rng.octets::<9>()),
                1 => bench.wait(Duration::from_millis(rng.below(3000))),
                2 => bench.type_bytes(&Frame::data(Role::Initiator, 1, b"ATD*99#\r".to_vec()).encode()),
                3 => {
                    let octets = rng.octets::<6>();
                    bench.type_bytes(&Frame::data(Role::Initiator, 0, octets.to_vec()).encode());
                }
                _ => {
                    let frame = Frame {
                        dlci: rng.below(7) as u8,
                        command_response: rng.chance(800),
                        kind: kinds[rng.below(6) as usize],
                        poll_final: rng.chance(800),
                        information: rng.octets::<4>()[..rng.below(5) as usize].to_vec(),
                    };
                    bench.type_bytes(&frame.encode());
                }
            }
        }
        bench.take_raw();
        bench.sent.clear();
        bench.modem.power_off(bench.now);
        bench.modem.power_on(bench.now);
        bench.wait(secs(2));
        bench.take_raw();
        bench.type_line("ATE0");
        assert!(bench.take_raw().ends_with(b"\r\nOK\r\n"), "round {round}");
    }
}

#[test]
fn the_close_down_that_linux_tells_people_to_type_makes_the_line_plain() {
    let (mut bench, _) = multiplexed(&[1]);
    bench.type_bytes(&[0xf9, 0x03, 0xef, 0x03, 0xc3, 0x16, 0xf9]);
    bench.take_raw();
    bench.at("AT", &["OK"]);
}
