//! Lines that modules sent, or that their manuals show, and what the driver makes of them; and the lines that it writes.

use super::*;
use crate::lora::{
    Answer, Class, Command, JoinOutcome, KeyName, LoraError, NodeEvent, NodeHost, Output, TransmitOutcome,
    Uplink,
};
use wire::lorawan::DevAddr;
use wire::time::Instant;

const KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

/// What the host wrote, and how the order ended.
struct Played {
    written: String,
    ended: Option<Result<Answer, LoraError>>,
    reports: Vec<String>,
    link_check: Option<LinkCheck>,
}

impl Played {
    fn answer(self) -> Answer {
        self.ended.expect("the order did not end").unwrap()
    }

    fn refusal(self) -> Vec<Refusal> {
        self.ended.expect("the order did not end").unwrap_err().meanings().to_vec()
    }
}

/// Plays one order: each of `replies` comes after the host has written its next line, then nothing comes for ten minutes.
fn play(name: &str, order: &Order, replies: &[&str]) -> Played {
    let dialect = named(name).unwrap();
    let mut host = NodeHost::new(dialect);
    let mut played = Played { written: String::new(), ended: None, reports: Vec::new(), link_check: None };
    host.send(Instant::ZERO, Command::order(dialect, order).unwrap()).unwrap();
    let mut replies = replies.iter();
    let mut now = Instant::ZERO;
    loop {
        while let Some(output) = host.poll_output() {
            match output {
                Output::Transmit(bytes) => {
                    played.written += &String::from_utf8(bytes).unwrap();
                    now += Duration::from_millis(20);
                    if let Some(reply) = replies.next() {
                        host.handle_input(now, reply.as_bytes());
                    }
                }
                Output::Event(NodeEvent::Done { answer, .. }) => played.ended = Some(Ok(answer)),
                Output::Event(NodeEvent::Failed { error, .. }) => played.ended = Some(Err(error)),
                Output::Event(NodeEvent::Report(report)) => played.reports.push(report.line),
            }
        }
        match host.next_wakeup() {
            Some(wakeup) if wakeup.at <= at(600_000) => {
                now = wakeup.at;
                host.handle_timeout(now);
            }
            Some(_) | None => break,
        }
    }
    played.link_check = host.link_check();
    played
}

fn send(confirmed: bool, port: u16, payload: &[u8]) -> Order {
    Order::Send(Uplink { confirmed, port, payload: payload.to_vec() })
}

fn received(port: u8, payload: &[u8]) -> TransmitOutcome {
    TransmitOutcome::Received { port, payload: payload.to_vec() }
}

fn samples() -> Vec<Order> {
    let key = || KEY.parse().unwrap();
    let eui = "0004a30b001a2b3c".parse().unwrap();
    let dev_addr = DevAddr::from_value(0x2601_1bda);
    vec![
        Order::Version,
        Order::ReadDevEui,
        Order::SetDevEui(eui),
        Order::SetAppEui(eui),
        Order::SetAppKey(key()),
        Order::SetSession { dev_addr, nwk_s_key: key(), app_s_key: key() },
        Order::Join,
        Order::Resume,
        send(false, 10, b"Hello"),
        Order::SetDataRate(5),
        Order::SetAdr(true),
        Order::SetPower(1),
        Order::SetRetransmissions(7),
        Order::SetSecondWindow { data_rate: 3, frequency: 869_525_000 },
        Order::SetDelay(1),
        Order::AskLinkCheck,
        Order::ReadLinkCheck,
        Order::SetBattery(127),
        Order::ReplyByItself,
        Order::StaySilent,
        Order::SetUpCounter(0),
        Order::ReadCounters,
        Order::SetClass(Class::C),
        Order::Save,
        Order::Restart,
        Order::SetChannelShare { channel: 3, parts: 800 },
        Order::ReadKey(KeyName::AppKey),
        Order::JoinGroup { address: dev_addr, nwk_s_key: key(), app_s_key: key() },
        Order::LeaveGroup(dev_addr),
    ]
}

#[test]
fn what_a_dialect_lacks_is_what_it_has_no_lines_for() {
    assert_eq!(samples().len() + 3, Skill::all().count(), "all but what is told and not ordered");
    for dialect in ALL {
        for order in samples() {
            let lines = (dialect.lines)(&order);
            assert_eq!(lines.is_some(), dialect.can(order.skill()), "{}: {:?}", dialect.name, order.skill());
        }
    }
}

#[test]
fn names_and_versions_lead_to_their_dialect() {
    let rows = [
        ("rn2483", "RN2483 1.0.5 Oct 31 2018 15:06:52"),
        ("rn2903", "RN2903 1.0.5 Nov 06 2018 10:45:27"),
        ("lora-e5", "4.0.11"),
        ("rak3172", "RUI_4.1.0_RAK3172-E"),
        ("stm32wl", "APPLICATION_VERSION: V1.3.0"),
        ("murata", "ARD-078"),
    ];
    for (name, version) in rows {
        assert_eq!(recognised(version).map(|dialect| dialect.name), Some(name), "{version}");
        assert_eq!(named(name).map(|dialect| dialect.name), Some(name));
    }
    for version in ["", "4.0", "4.0.x", "Quectel", "OK"] {
        assert!(recognised(version).is_none(), "{version}");
    }
    assert_eq!(named("cmwx1zzabz").map(|dialect| dialect.name), Some("murata"));
    assert!(named("lora").is_none());
}

#[test]
fn orders_are_worded_as_each_manual_words_them() {
    let mut words: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    for dialect in ALL {
        for order in samples() {
            for line in (dialect.lines)(&order).unwrap_or_default() {
                words.entry(dialect.name).or_default().push(line.text);
            }
        }
    }
    let key = KEY.to_ascii_uppercase();
    let colons = "2B:7E:15:16:28:AE:D2:A6:AB:F7:15:88:09:CF:4F:3C";
    let rows: [(&str, Vec<String>); 5] = [
        (
            "rn2483",
            vec![
                "mac set deveui 0004A30B001A2B3C".into(),
                format!("mac set appkey {key}"),
                "mac set devaddr 26011BDA".into(),
                "mac join otaa".into(),
                "mac join abp".into(),
                "mac tx uncnf 10 48656C6C6F".into(),
                "mac set dr 5".into(),
                "mac set adr on".into(),
                "mac set pwridx 1".into(),
                "mac set retx 7".into(),
                "mac set rx2 3 869525000".into(),
                "mac set rxdelay1 1000".into(),
                "mac set ch dcycle 3 799".into(),
                "mac set bat 127".into(),
                "mac set ar on".into(),
                "mac set upctr 0".into(),
                "mac set class c".into(),
                "mac save".into(),
                "mac set mcastdevaddr 26011BDA".into(),
                format!("mac set mcastnwkskey {key}"),
                format!("mac set mcastappskey {key}"),
                "mac set mcastdnctr 0".into(),
                "mac set mcast on".into(),
                "mac set mcast off".into(),
            ],
        ),
        (
            "lora-e5",
            vec![
                "AT+ID=DevEui,\"0004A30B001A2B3C\"".into(),
                format!("AT+KEY=APPKEY,\"{key}\""),
                "AT+ID=DevAddr,\"26011BDA\"".into(),
                "AT+MODE=LWOTAA".into(),
                "AT+MODE=LWABP".into(),
                "AT+JOIN=FORCE".into(),
                "AT+PORT=10".into(),
                "AT+MSGHEX=\"48656C6C6F\"".into(),
                "AT+DR=DR5".into(),
                "AT+ADR=ON".into(),
                "AT+RETRY=7".into(),
                "AT+RXWIN2=869.525,DR3".into(),
                "AT+DELAY=RX1,1000".into(),
                "AT+CLASS=C".into(),
                format!("AT+LW=MC,ON,\"26011BDA\",\"{key}\",\"{key}\",0"),
                "AT+LW=MC,OFF".into(),
            ],
        ),
        (
            "rak3172",
            vec![
                "AT+DEVEUI=0004A30B001A2B3C".into(),
                format!("AT+APPKEY={key}"),
                "AT+DEVADDR=26011BDA".into(),
                "AT+NJM=1".into(),
                "AT+NJM=0".into(),
                "AT+JOIN=1:0:8:0".into(),
                "AT+CFM=0".into(),
                "AT+SEND=10:48656C6C6F".into(),
                "AT+DR=5".into(),
                "AT+ADR=1".into(),
                "AT+TXP=1".into(),
                "AT+RETY=7".into(),
                "AT+RX2DR=3".into(),
                "AT+RX2FQ=869525000".into(),
                "AT+RX1DL=1".into(),
                "AT+LINKCHECK=1".into(),
                format!("AT+ADDMULC=C:26011BDA:{key}:{key}"),
                "AT+RMVMULC=26011BDA".into(),
            ],
        ),
        (
            "stm32wl",
            vec![
                "AT+DEUI=00:04:A3:0B:00:1A:2B:3C".into(),
                format!("AT+NWKKEY={colons}"),
                format!("AT+APPKEY={colons}"),
                "AT+DADDR=26:01:1B:DA".into(),
                "AT+JOIN=1".into(),
                "AT+JOIN=0".into(),
                "AT+SEND=10:0:48656C6C6F".into(),
                "AT+RX1DL=1000".into(),
                "AT+LINKC".into(),
                "AT+CS".into(),
                "AT+CLASS=C".into(),
            ],
        ),
        (
            "murata",
            vec![
                "AT+DEVEUI=0004A30B001A2B3C".into(),
                format!("AT+APPKEY={key}"),
                "AT+MODE=1".into(),
                "AT+MODE=0".into(),
                "AT+JOIN".into(),
                "AT+PORT=10".into(),
                "AT+UTX 5".into(),
                "AT+RFPOWER=0,1".into(),
                "AT+RX2FQ=869525000".into(),
                "AT+FCU?".into(),
                "AT+CLASS=C".into(),
            ],
        ),
    ];
    for (name, lines) in rows {
        for line in lines {
            assert!(words[name].contains(&line), "{name} does not write {line}: {:?}", words[name]);
        }
    }
}

#[test]
fn lora_e5_joins_sends_and_refuses_in_the_names_of_its_commands() {
    let join = |end: &str| play("lora-e5", &Order::Join, &["+MODE: LWOTAA\r\n", end]);
    let good = "+JOIN: Start\r\n+JOIN: NORMAL\r\n+JOIN: Network joined\r\n+JOIN: NetID 000013 DevAddr 26:01:1B:DA\r\n+JOIN: Done\r\n";
    let joined = join(good);
    assert_eq!(joined.written, "AT+MODE=LWOTAA\r\nAT+JOIN=FORCE\r\n");
    let answer = joined.answer();
    assert_eq!(answer.join_outcome(), Ok(JoinOutcome::Accepted));
    assert!(
        answer.exchange.unwrap().evidence.contains(&"+JOIN: NetID 000013 DevAddr 26:01:1B:DA".to_owned())
    );
    let failed = join("+JOIN: Start\r\n+JOIN: NORMAL\r\n+JOIN: Join failed\r\n+JOIN: Done\r\n").answer();
    assert_eq!(failed.join_outcome(), Ok(JoinOutcome::Denied));
    assert_eq!(join("+JOIN: LoRaWAN modem is busy\r\n").refusal(), [Refusal::Busy]);
    assert!(matches!(join("+JOIN: Start\r\n").ended, Some(Err(LoraError::NoOutcome { .. }))));

    let port = "+PORT: 8\r\n";
    let sent = play(
        "lora-e5",
        &send(false, 8, &[1, 2, 0xab]),
        &[
            port,
            "+MSGHEX: Start\r\n+MSGHEX: FPENDING\r\n+MSGHEX: Link 20, 1\r\n\
        +MSGHEX: PORT: 8; RX: \"12345678\"\r\n+MSGHEX: RXWIN1, RSSI -106, SNR 4.0\r\n+MSGHEX: Done\r\n",
        ],
    );
    assert_eq!(sent.written, "AT+PORT=8\r\nAT+MSGHEX=\"0102AB\"\r\n");
    assert_eq!(sent.link_check, Some(LinkCheck { margin: 20, gateways: 1 }));
    assert_eq!(sent.answer().transmit_outcome(), Ok(received(8, &[0x12, 0x34, 0x56, 0x78])));

    let confirmed = |end: &str| play("lora-e5", &send(true, 8, &[1]), &[port, end]);
    let acknowledged = "+CMSGHEX: Start\r\n+CMSGHEX: Wait ACK\r\n+CMSGHEX: ACK Received\r\n+CMSGHEX: RXWIN2, RSSI -57, SNR 9.0\r\n+CMSGHEX: Done\r\n";
    assert_eq!(confirmed(acknowledged).answer().transmit_outcome(), Ok(TransmitOutcome::Sent));
    let lost = "+CMSGHEX: Start\r\n+CMSGHEX: Wait ACK\r\n+CMSGHEX: Done\r\n";
    assert_eq!(confirmed(lost).answer().transmit_outcome(), Ok(TransmitOutcome::NotAcknowledged));
    let rows = [
        ("Please join network first", Refusal::NotJoined),
        ("No band in 13469ms", Refusal::NoFreeChannel),
        ("No free channel", Refusal::NoFreeChannel),
        ("DR error", Refusal::InvalidParam),
        ("Length error 51", Refusal::TooLong),
        ("LoRaWAN modem is busy", Refusal::Busy),
    ];
    for (words, refusal) in rows {
        assert_eq!(confirmed(&format!("+CMSGHEX: {words}\r\n")).refusal(), [refusal], "{words}");
    }
    assert_eq!(
        play("lora-e5", &send(false, 0, &[1]), &["+PORT: ERROR(-1)\r\n"]).refusal(),
        [Refusal::InvalidParam]
    );
    assert_eq!(
        play("lora-e5", &Order::AskLinkCheck, &["+AT: ERROR(-10)\r\n"]).refusal(),
        [Refusal::UnknownCommand]
    );
}

#[test]
fn lora_e5_answers_with_as_many_lines_as_it_likes() {
    let rate = play("lora-e5", &Order::SetDataRate(5), &["+DR: DR5\r\n+DR: EU868 DR5  SF7  BW125K\r\n"]);
    assert_eq!(rate.reports, Vec::<String>::new());
    assert_eq!(rate.answer().values, ["DR5", "EU868 DR5  SF7  BW125K"]);
    let eui = play("lora-e5", &Order::ReadDevEui, &["+ID: DevEui, 2C:F7:F1:20:24:90:03:63\r\n"]).answer();
    assert_eq!(eui.eui().unwrap().to_string(), "2cf7f12024900363");
    assert_eq!(
        play("lora-e5", &Order::ReadCounters, &["+LW: ULDL, 5, 2\r\n"]).answer().two_numbers(),
        Ok([5, 2])
    );
    let late = play("lora-e5", &Order::Version, &["+MSG: PORT: 8; RX: \"12\"\r\n+VER: 4.0.11\r\n"]);
    assert_eq!(late.reports, ["+MSG: PORT: 8; RX: \"12\""]);
    assert_eq!(late.answer().value(), "4.0.11");
}

#[test]
fn rui3_tells_what_comes_later_with_events() {
    let join = |events: &str| play("rak3172", &Order::Join, &["\r\nOK\r\n", &format!("\r\nOK\r\n{events}")]);
    let joined = join("+EVT:JOINED\r\n");
    assert_eq!(joined.written, "AT+NJM=1\r\nAT+JOIN=1:0:8:0\r\n");
    assert_eq!(joined.answer().join_outcome(), Ok(JoinOutcome::Accepted));
    for event in ["JOIN_FAILED_RX_TIMEOUT", "JOIN_FAILED_TX_TIMEOUT", "JOIN_FAILED_7"] {
        assert_eq!(
            join(&format!("+EVT:{event}\r\n")).answer().join_outcome(),
            Ok(JoinOutcome::Denied),
            "{event}"
        );
    }
    let uplink = |confirmed, events: &str| {
        play("rak3172", &send(confirmed, 2, &[0x12, 0x34]), &["\r\nOK\r\n", &format!("\r\nOK\r\n{events}")])
    };
    let rows = [
        (false, "+EVT:TX_DONE\r\n", TransmitOutcome::Sent),
        (false, "+EVT:TX_DONE\r\n+EVT:RX_1:-70:8:UNICAST:1:1234\r\n", received(1, &[0x12, 0x34])),
        (false, "+EVT:RX_2:-70:8:UNICAST:1:1234\r\n+EVT:TX_DONE\r\n", received(1, &[0x12, 0x34])),
        (
            false,
            "+EVT:TX_DONE\r\n+EVT:RX_1, RSSI -52, SNR 9\r\n+EVT:UNICAST\r\n+EVT:3:4321\r\n",
            received(3, &[0x43, 0x21]),
        ),
        (true, "+EVT:SEND_CONFIRMED_OK\r\n", TransmitOutcome::Sent),
        (true, "+EVT:SEND_CONFIRMED_FAILED(4)\r\n", TransmitOutcome::NotAcknowledged),
    ];
    for (confirmed, events, want) in rows {
        assert_eq!(uplink(confirmed, events).answer().transmit_outcome(), Ok(want), "{events}");
    }
    let check = uplink(false, "+EVT:TX_DONE\r\n+EVT:LINKCHECK:0:20:1:-57:8\r\n");
    assert_eq!(check.link_check, Some(LinkCheck { margin: 20, gateways: 1 }));
    assert!(uplink(false, "+EVT:TX_DONE\r\n+EVT:LINKCHECK:1:0:0:0:0\r\n").link_check.is_none());
    assert!(matches!(
        uplink(false, "+EVT:RX_1:-70:8:UNICAST:300:1234\r\n").ended,
        Some(Err(LoraError::Malformed { .. }))
    ));
    let refused = play("rak3172", &send(false, 2, &[1]), &["\r\nOK\r\n", "\r\nAT_NO_NETWORK_JOINED\r\n"]);
    assert_eq!(refused.refusal(), [Refusal::NotJoined]);
    let long = play("rak3172", &send(false, 2, &[1]), &["\r\nOK\r\n", "\r\nAT_PARAM_ERROR\r\n"]);
    assert_eq!(long.refusal(), [Refusal::InvalidParam, Refusal::TooLong]);
    let eui = play("rak3172", &Order::ReadDevEui, &["AT+DEVEUI=AC1F09FFFE000001\r\n\r\nOK\r\n"]).answer();
    assert_eq!(eui.eui().unwrap().to_string(), "ac1f09fffe000001");
    let bare = play("rak3172", &Order::ReadDevEui, &["AC1F09FFFE000001\r\n\r\nOK\r\n"]).answer();
    assert_eq!(bare.eui().unwrap().to_string(), "ac1f09fffe000001");
}

#[test]
fn rui3_has_restarted_with_the_last_line_of_its_banner() {
    let dialect = named("rak3172").unwrap();
    let mut host = NodeHost::new(dialect);
    host.send(at(0), Command::order(dialect, &Order::Restart).unwrap()).unwrap();
    let banner = [
        "RAKwireless RAK3172-E",
        "------------------------------------------------------",
        "Version: RUI_4.1.0_RAK3172-E",
    ];
    for (millis, line) in (100..).zip(banner) {
        host.handle_input(at(millis), format!("{line}\r\n").as_bytes());
        assert!(host.is_busy(), "{line}");
    }
    host.handle_input(at(110), b"Current Work Mode: LoRaWAN.\r\n");
    assert!(!host.is_busy());
    // The next command lives on, until the node starts unasked.
    host.send(at(111), Command::order(dialect, &Order::ReadDevEui).unwrap()).unwrap();
    host.handle_input(at(112), b"AT+DEVEUI=AC1F09FFFE000001\r\n\r\nOK\r\n");
    let ended: Vec<bool> = std::iter::from_fn(|| host.poll_output())
        .filter_map(|output| match output {
            Output::Event(NodeEvent::Done { .. }) => Some(true),
            Output::Event(NodeEvent::Failed { .. }) => Some(false),
            Output::Transmit(_) | Output::Event(NodeEvent::Report(_)) => None,
        })
        .collect();
    assert_eq!((ended, host.reports().len()), (vec![true, true], 0));
    let unasked = play("rak3172", &Order::ReadDevEui, &["RAKwireless RAK3172-E\r\n"]);
    assert!(matches!(unasked.ended, Some(Err(LoraError::Restarted { .. }))));
}

#[test]
fn stm32wl_is_waited_for_where_it_does_not_tell_the_end() {
    let join = |event: &str| {
        play("stm32wl", &Order::Join, &[&format!("\r\nOK\r\n{event}\r\n")]).answer().join_outcome()
    };
    assert_eq!(join("+EVT:JOINED"), Ok(JoinOutcome::Accepted));
    assert_eq!(join("+EVT:JOIN FAILED"), Ok(JoinOutcome::Denied));
    let uplink = |events: &str| {
        play("stm32wl", &send(false, 2, &[0xaa]), &["2000\r\n\r\nOK\r\n", &format!("\r\nOK\r\n{events}")])
    };
    let quiet = uplink("");
    assert_eq!(quiet.written, "AT+RX2DL=?\r\nAT+SEND=2:0:AA\r\n");
    assert_eq!(quiet.answer().transmit_outcome(), Ok(TransmitOutcome::Sent));
    let data =
        uplink("+EVT:42:04:DEADBEEF\r\n+EVT:RX_1, PORT 42, DR 5, RSSI -57, SNR 8, DMODM 20, GWN 1\r\n");
    assert_eq!(data.link_check, Some(LinkCheck { margin: 20, gateways: 1 }));
    assert_eq!(data.answer().transmit_outcome(), Ok(received(42, &[0xde, 0xad, 0xbe, 0xef])));
    assert!(matches!(uplink("+EVT:42:03:DEADBEEF\r\n").ended, Some(Err(LoraError::Malformed { .. }))));
    let confirmed = |events: &str| {
        play("stm32wl", &send(true, 2, &[0xaa]), &[&format!("\r\nOK\r\n{events}")])
            .answer()
            .transmit_outcome()
    };
    assert_eq!(
        confirmed("+EVT:RX_1, PORT 0, DR 5, RSSI -57, SNR 8\r\n+EVT:SEND_CONFIRMED\r\n"),
        Ok(TransmitOutcome::Sent)
    );
    assert_eq!(confirmed(""), Ok(TransmitOutcome::NotAcknowledged));
    let busy = play("stm32wl", &send(true, 2, &[0xaa]), &["\r\nAT_DUTYCYCLE_RESTRICTED\r\n"]);
    assert_eq!(busy.refusal(), [Refusal::NoFreeChannel]);
    let version = "APPLICATION_VERSION: V1.3.0\r\nMW_LORAWAN_VERSION:  V2.5.0\r\nMW_RADIO_VERSION:    V1.3.0\r\n\r\nOK\r\n";
    assert_eq!(
        play("stm32wl", &Order::Version, &[version]).answer().values[0],
        "APPLICATION_VERSION: V1.3.0"
    );
    let restarted = play("stm32wl", &Order::ReadDevEui, &["APPLICATION_VERSION: V1.3.0\r\n"]);
    assert!(matches!(restarted.ended, Some(Err(LoraError::Restarted { .. }))));
    let eui = play("stm32wl", &Order::ReadDevEui, &["00:80:E1:15:00:0A:9B:5C\r\n\r\nOK\r\n"]).answer();
    assert_eq!(eui.eui().unwrap().to_string(), "0080e115000a9b5c");
}

#[test]
fn murata_is_read_in_octets_and_its_silence_is_the_outcome() {
    let join = |events: &str| play("murata", &Order::Join, &["+OK\r", events]).answer().join_outcome();
    assert_eq!(join("+EVENT=1,1\r"), Ok(JoinOutcome::Accepted));
    assert_eq!(join("+OK\r+EVENT=1,1\r"), Ok(JoinOutcome::Accepted));
    assert_eq!(join("+OK\r"), Ok(JoinOutcome::Denied));
    assert_eq!(join(""), Ok(JoinOutcome::Denied));
    let uplink = |confirmed, reply: &str| {
        let delay: &[&str] = if confirmed { &[] } else { &["+OK=2000\r"] };
        play("murata", &send(confirmed, 3, b"hello"), &[&["+OK\r"], delay, &[reply]].concat())
    };
    assert_eq!(uplink(false, "+OK\r").written, "AT+PORT=3\rAT+RX2DL?\rAT+UTX 5\rhello");
    assert_eq!(uplink(false, "+OK\r").answer().transmit_outcome(), Ok(TransmitOutcome::Sent));
    let data = uplink(false, "+OK\r+RECV=3,4\r\n\n+OK\r");
    assert_eq!(data.answer().transmit_outcome(), Ok(received(3, b"+OK\r")));
    assert_eq!(uplink(true, "+OK\r").answer().transmit_outcome(), Ok(TransmitOutcome::Sent));
    assert_eq!(uplink(true, "+ERR\r").answer().transmit_outcome(), Ok(TransmitOutcome::NotAcknowledged));
    assert_eq!(uplink(true, "+ERR_NO_NETWORK\r").refusal(), [Refusal::NotJoined]);
    assert_eq!(uplink(false, "+ERR_BUSY\r").refusal(), [Refusal::Busy]);
    let version = play("murata", &Order::Version, &["+OK=ARD-078\r", "+OK=1.2.3\r"]);
    assert_eq!(version.written, "AT+DEV?\rAT+VER?\r");
    let values = version.answer().values;
    assert_eq!(values, ["ARD-078", "1.2.3"]);
    assert_eq!(recognised(&values[0]).map(|dialect| dialect.name), Some("murata"), "and no LoRa-E5");
    assert_eq!(
        play("murata", &Order::ReadCounters, &["+OK=7\r", "+OK=2\r"]).answer().two_numbers(),
        Ok([7, 2])
    );
    let restarted = play("murata", &Order::Version, &["+EVENT=0,0\r"]);
    assert!(matches!(restarted.ended, Some(Err(LoraError::Restarted { .. }))));
    // Octets that never come do not swallow the next answer.
    let short = uplink(false, "+OK\r+RECV=3,9\r\n\nab");
    assert_eq!(short.reports, ["+RECV=3,9"]);
    assert_eq!(short.answer().transmit_outcome(), Ok(TransmitOutcome::Sent));
}

#[test]
fn a_downlink_outside_an_exchange_is_told_beside_its_report() {
    let rows = [
        ("rn2483", "mac_rx 42 DEAD\r\n", 1),
        ("lora-e5", "+MSG: PORT: 42; RX: \"DEAD\"\r\n+MSG: RXWIN0, RSSI -57, SNR 7.8\r\n+MSG: Done\r\n", 3),
        ("rak3172", "+EVT:RX_C:-57:8:MULTICAST:42:dead\r\n", 1),
        ("rak3172", "+EVT:RX_C:-57:8:UNICAST:42:dead\r\n", 1),
        ("stm32wl", "+EVT:42:02:DEAD\r\n+EVT:RX_C, PORT 42, DR 0, RSSI -57, SNR 8\r\n", 2),
        ("murata", "+RECV=42,2\r\n\n\u{1}\u{2}", 1),
    ];
    for (name, text, reports) in rows {
        let dialect = named(name).unwrap();
        let payload = if name == "murata" { vec![1, 2] } else { vec![0xde, 0xad] };
        let mut idle = NodeHost::new(dialect);
        idle.handle_input(at(7), text.as_bytes());
        let [told] = idle.downlinks() else { panic!("{name}: {:?}", idle.downlinks()) };
        assert_eq!((told.at, told.port, &told.payload), (at(7), 42, &payload), "{name}");
        assert_eq!(idle.reports().len(), reports, "{name}");
        // While a command waits for its answer, too.
        let mut asking = NodeHost::new(dialect);
        asking.send(Instant::ZERO, Command::order(dialect, &Order::ReadDevEui).unwrap()).unwrap();
        asking.handle_input(at(7), text.as_bytes());
        assert!(asking.is_busy(), "{name}");
        assert_eq!((asking.downlinks().len(), asking.reports().len()), (1, reports), "{name}");
    }
}
