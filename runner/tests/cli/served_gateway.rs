//! A packet forwarder outside, as the Semtech UDP door of a served lab sees it.
//!
//! Datagrams are written by hand after Semtech's PROTOCOL.TXT, frames come from the crate `lorawan`: nothing here is sealed
//! or opened by the code under test.

use crate::program::PATIENCE;
use crate::serve::Served;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lorawan::creator::{DataPayloadCreator, JoinRequestCreator};
use lorawan::keys::AppKey;
use lorawan::parser::{DecryptedJoinAcceptPayload, DevNonce};
use serde_json::{Value, json};
use std::net::UdpSocket;

/// The gateway that lab.toml says is outside.
pub const GATEWAY: u64 = 0x0016_c001_f150_0002;
const STRANGER: u64 = 0x0016_c001_f150_00ff;
pub const DEV_EUI: u64 = 0x0004_a30b_001a_2b3c;
pub const APP_EUI: u64 = 0x70b3_d57e_d000_0001;
pub const APP_KEY: [u8; 16] =
    [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c];

const PUSH_DATA: u8 = 0;
const PUSH_ACK: u8 = 1;
const PULL_DATA: u8 = 2;
pub const PULL_RESP: u8 = 3;
const PULL_ACK: u8 = 4;
pub const TX_ACK: u8 = 5;

/// A forwarder's socket.
pub struct Forwarder {
    pub socket: UdpSocket,
    eui: u64,
}

impl Forwarder {
    pub fn new(served: &Served, eui: u64) -> Self {
        Self::from(served, eui, UdpSocket::bind("127.0.0.1:0").unwrap())
    }

    /// One whose datagrams come from this socket.
    pub fn from(served: &Served, eui: u64, socket: UdpSocket) -> Self {
        socket.connect(served.semtech_udp()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, eui }
    }

    pub fn send(&self, kind: u8, token: u16, body: &str) {
        let mut datagram = vec![2];
        datagram.extend(token.to_be_bytes());
        datagram.push(kind);
        datagram.extend(self.eui.to_be_bytes());
        datagram.extend(body.as_bytes());
        self.socket.send(&datagram).unwrap();
    }

    /// The next datagram: its kind, its token and its body.
    pub fn receive(&self) -> (u8, u16, String) {
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer).expect("the door does not answer");
        let datagram = &buffer[..length];
        assert_eq!(datagram[0], 2, "protocol version");
        let body = String::from_utf8(datagram[4..].to_vec()).unwrap();
        (datagram[3], u16::from_be_bytes([datagram[1], datagram[2]]), body)
    }

    pub fn pull(&self) {
        self.send(PULL_DATA, 0xa1b2, "");
        assert_eq!(self.receive(), (PULL_ACK, 0xa1b2, String::new()));
    }

    /// Pushes a frame that was heard at `tmst` on 868.1 MHz at SF7.
    pub fn push(&self, tmst: u32, frame: &[u8]) {
        self.push_at(tmst, 868.1, "SF7BW125", frame);
    }

    /// The same without waiting for its acknowledgement.
    pub fn send_frame(&self, tmst: u32, frame: &[u8]) {
        self.send_frame_at(tmst, 868.1, "SF7BW125", frame);
    }

    /// Pushes a frame that was heard at `tmst`.
    pub fn push_at(&self, tmst: u32, freq: f64, datr: &str, frame: &[u8]) {
        self.send_frame_at(tmst, freq, datr, frame);
        assert_eq!(self.receive(), (PUSH_ACK, 0xc3d4, String::new()));
    }

    fn send_frame_at(&self, tmst: u32, freq: f64, datr: &str, frame: &[u8]) {
        let rxpk = json!({ "rxpk": [{
            "tmst": tmst, "chan": 0, "rfch": 1, "freq": freq, "stat": 1, "modu": "LORA", "datr": datr,
            "codr": "4/5", "rssi": -57, "lsnr": 7.8, "size": frame.len(), "data": BASE64_STANDARD.encode(frame),
        }]});
        self.send(PUSH_DATA, 0xc3d4, &rxpk.to_string());
    }
}

pub fn join_request(nonce: u16) -> Vec<u8> {
    let mut creator = JoinRequestCreator::new();
    creator
        .set_app_eui(&APP_EUI.to_le_bytes())
        .set_dev_eui(&DEV_EUI.to_le_bytes())
        .set_dev_nonce(&nonce.to_le_bytes());
    creator.build(&AppKey::from(APP_KEY)).to_vec()
}

pub fn notes(served: &Served, code: &str) -> String {
    served.ctl(&format!("lab.core().note_count(\"{code}\")"))
}

/// The `txpk` of the next PULL_RESP, and its token.
fn downlink(forwarder: &Forwarder) -> (u16, Value) {
    let (kind, token, body) = forwarder.receive();
    assert_eq!(kind, PULL_RESP, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    (token, body["txpk"].clone())
}

#[test]
fn a_pull_is_acknowledged() {
    let served = Served::start();
    Forwarder::new(&served, GATEWAY).pull();
}

/// @clause ICA-1.2a
#[test]
fn a_join_request_is_answered_in_the_first_window() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    let tmst = 3_000_000_000_u32;
    forwarder.push(tmst, &join_request(0x1234));
    let (_, txpk) = downlink(&forwarder);
    assert_eq!(txpk["tmst"], tmst + 5_000_000, "{txpk}");
    assert_eq!(txpk["freq"], 868.1, "{txpk}");
    assert_eq!(txpk["datr"], "SF7BW125", "{txpk}");
    assert_eq!(txpk["modu"], "LORA", "{txpk}");
    assert_eq!(txpk["codr"], "4/5", "{txpk}");
    assert_eq!(txpk["ipol"], true, "{txpk}");
    assert_ne!(txpk["imme"], true, "{txpk}");
    let data = BASE64_STANDARD.decode(txpk["data"].as_str().unwrap()).unwrap();
    assert_eq!(txpk["size"], data.len(), "{txpk}");
    assert!(
        DecryptedJoinAcceptPayload::new(data, &AppKey::from(APP_KEY)).is_ok(),
        "no join-accept for this key"
    );
}

/// A router on the way gives the gateway another port when it comes back: downlinks follow the latest PULL_DATA.
///
/// @clause ICA-1.3.4d
#[test]
fn a_gateway_behind_a_router_is_reached_by_its_latest_port() {
    let served = Served::start();
    let before = Forwarder::new(&served, GATEWAY);
    before.pull();
    let after = Forwarder::new(&served, GATEWAY);
    after.pull();
    before.push(20_000_000, &join_request(0x0042));
    assert_eq!(downlink(&after).1["tmst"], 25_000_000);
}

#[test]
fn a_downlink_for_a_gateway_that_nobody_can_reach_fails_at_once() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.push(10_000_000, &join_request(0x0007));
    let began = std::time::Instant::now();
    while notes(&served, "downlink-failed") == "0" && began.elapsed() < PATIENCE {}
    let said = served.ctl("lab.core().notes(\"downlink-failed\")[-1].text");
    assert!(said.contains("GATEWAY_NOT_REACHABLE"), "without a PULL_DATA there is no way to it: {said}");
}

#[test]
fn a_counter_that_wraps_is_followed() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    let tmst = u32::MAX - 1_000_000;
    forwarder.push(tmst, &join_request(1));
    assert_eq!(downlink(&forwarder).1["tmst"], tmst.wrapping_add(5_000_000));
}

/// @clause ICA-1.2a
#[test]
fn a_session_that_began_through_the_door_carries_data() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    forwarder.push(10_000_000, &join_request(0x0001));
    let (token, txpk) = downlink(&forwarder);
    forwarder.send(TX_ACK, token, "{\"txpk_ack\":{\"error\":\"NONE\"}}");
    let data = BASE64_STANDARD.decode(txpk["data"].as_str().unwrap()).unwrap();
    let app_key = AppKey::from(APP_KEY);
    let accept = DecryptedJoinAcceptPayload::new(data, &app_key).unwrap();
    let nonce = DevNonce::from(1_u16.to_le_bytes());
    let (nwk, app) = (accept.derive_newskey(&nonce, &app_key), accept.derive_appskey(&nonce, &app_key));
    let dev_addr = accept.dev_addr().to_owned();
    let mut creator = DataPayloadCreator::new();
    creator.set_confirmed(true).set_uplink(true).set_f_port(42).set_dev_addr(dev_addr).set_fcnt(0);
    let frame = creator.build(b"hello", &[], &nwk, &app).unwrap().to_vec();
    forwarder.push(20_000_000, &frame);
    let (_, txpk) = downlink(&forwarder);
    assert_eq!(txpk["tmst"], 21_000_000, "the acknowledgement goes out in RX1 of the new session");
    assert_eq!(notes(&served, "uplink-accepted"), "1");
    assert_eq!(notes(&served, "session-started"), "1");
}

/// @clause ICA-1.3.5a
/// @refuses ICA-1.3.5a
#[test]
fn a_gateway_that_nobody_registered_is_acknowledged_and_not_served() {
    let served = Served::start();
    let stranger = Forwarder::new(&served, STRANGER);
    stranger.pull();
    stranger.push(10_000_000, &join_request(0x0002));
    // The door hands everything to one thread in order: once this one is answered, the stranger's was refused.
    let known = Forwarder::new(&served, GATEWAY);
    known.pull();
    known.push(20_000_000, &join_request(0x0003));
    downlink(&known);
    assert_ne!(notes(&served, "gateway-unknown"), "0");
    assert_eq!(notes(&served, "join-accepted"), "1", "the stranger's join-request was served");
    stranger.socket.set_nonblocking(true).unwrap();
    assert!(stranger.socket.recv(&mut [0; 64]).is_err(), "the stranger got a downlink");
}

#[test]
fn a_join_request_that_is_sent_again_is_refused() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    forwarder.push(10_000_000, &join_request(0x0004));
    downlink(&forwarder);
    forwarder.push(40_000_000, &join_request(0x0004));
    forwarder.push(70_000_000, &join_request(0x0005));
    assert_eq!(downlink(&forwarder).1["tmst"], 75_000_000, "the answer to the second request should be none");
    assert_eq!(notes(&served, "join-refused-dev-nonce-used"), "1");
}

#[test]
fn a_session_outlives_the_program_and_what_was_spent_stays_spent() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    forwarder.push(10_000_000, &join_request(0x0007));
    let (token, txpk) = downlink(&forwarder);
    forwarder.send(TX_ACK, token, "{\"txpk_ack\":{\"error\":\"NONE\"}}");
    let app_key = AppKey::from(APP_KEY);
    let data = BASE64_STANDARD.decode(txpk["data"].as_str().unwrap()).unwrap();
    let accept = DecryptedJoinAcceptPayload::new(data, &app_key).unwrap();
    let nonce = DevNonce::from(7_u16.to_le_bytes());
    let (nwk, app) = (accept.derive_newskey(&nonce, &app_key), accept.derive_appskey(&nonce, &app_key));
    let dev_addr = accept.dev_addr().to_owned();
    let uplink = |fcnt: u32, payload: &[u8]| {
        let mut creator = DataPayloadCreator::new();
        creator.set_confirmed(true).set_uplink(true).set_f_port(42).set_dev_addr(dev_addr).set_fcnt(fcnt);
        creator.build(payload, &[], &nwk, &app).unwrap().to_vec()
    };
    forwarder.push(20_000_000, &uplink(0, b"before"));
    // It is answered, so it is kept.
    downlink(&forwarder);
    let served = served.killed_and_started_again(&[]);
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    forwarder.push(30_000_000, &join_request(0x0007));
    forwarder.push(40_000_000, &uplink(0, b"again"));
    forwarder.push(50_000_000, &uplink(1, b"after"));
    assert_eq!(downlink(&forwarder).1["tmst"], 51_000_000, "only the new uplink is answered");
    let codes = ["join-refused-dev-nonce-used", "uplink-refused-replay", "uplink-accepted"];
    // Notes outlive the program, too: one uplink was accepted before its end.
    assert_eq!(codes.map(|code| notes(&served, code)), ["1", "1", "2"]);
    assert_eq!(notes(&served, "session-started"), "1", "the session goes on, none begins");
}

#[test]
fn garbage_does_not_close_the_door() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    let mut rng = wire::seed::Seed(1).child("garbage at the door").rng();
    for _ in 0..200 {
        let octets: [u8; 64] = rng.octets();
        forwarder.socket.send(&octets[..usize::try_from(rng.below(65)).unwrap()]).unwrap();
    }
    forwarder.send(PUSH_DATA, 1, "{\"rxpk\":[{\"tmst\":\"soon\"}]}");
    forwarder.send(PUSH_DATA, 2, "[");
    let known = Forwarder::new(&served, GATEWAY);
    known.pull();
    known.push(10_000_000, &join_request(0x0006));
    downlink(&known);
}

#[test]
fn every_wrong_datagram_is_noted_with_its_reason_and_the_served_gateway_does_not_notice() {
    let served = Served::start();
    let known = Forwarder::new(&served, GATEWAY);
    known.pull();
    let datagram = |head: &[u8], body: &str| [head, &GATEWAY.to_be_bytes(), body.as_bytes()].concat();
    let push = |body: &str| datagram(&[2, 0, 7, PUSH_DATA], body);
    let frame = |field: &str, value: &str| {
        let mut rxpk = json!({ "tmst": 1, "freq": 868.1, "stat": 1, "datr": "SF7BW125", "rssi": -1, "size": 1, "data": "QA==" });
        rxpk[field] = serde_json::from_str(value).unwrap();
        push(&json!({ "rxpk": [rxpk] }).to_string())
    };
    let long = "QEBA".repeat(86);
    let many = format!("[{}]", vec!["{}"; 65].join(","));
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (vec![2, 0, 7], "has 3 octets, its header needs 4"),
        (vec![2, 0, 7, PUSH_DATA, 0, 0x16], "has 6 octets, its header needs 12"),
        (datagram(&[3, 0, 7, PUSH_DATA], "{}"), "protocol version 3 is neither 1 nor 2"),
        (datagram(&[2, 0, 7, 9], ""), "datagram identifier 9 is unknown"),
        (datagram(&[2, 0, 7, PULL_RESP], "{}"), "only a server sends"),
        (push("{\"rxpk\":["), "not the JSON object"),
        (push(&"x".repeat(65_000)), "not the JSON object"),
        (push(&format!("{{\"rxpk\":{many}}}")), "has 65 frames"),
        (frame("tmst", "\"soon\""), "missing or of the wrong type"),
        (frame("freq", "-1"), "out of range"),
        (frame("datr", "\"SF13BW125\""), "is not known"),
        (frame("data", "\"!!\""), "not base64"),
        (frame("size", "2"), "size is 2, data has 1 octets"),
        (frame("stat", "-1"), "no good CRC"),
        (datagram(&[2, 0, 7, TX_ACK], "{\"txpk_ack\":7}"), "TX_ACK"),
    ];
    let odd = push(&format!(
        "{{\"rxpk\":[{{\"tmst\":1,\"freq\":868.1,\"stat\":1,\"datr\":\"SF7BW125\",\"rssi\":-1,\"size\":258,\"data\":\"{long}\"}}]}}"
    ));
    for (number, (octets, want)) in (0..).zip(rows.into_iter().chain([(odd, "at most 255")])) {
        let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
        stranger.connect(served.semtech_udp()).unwrap();
        stranger.send(&octets).unwrap();
        known.push(10_000_000 * (number + 1), &join_request(0x3000 + u16::try_from(number).unwrap()));
        assert_eq!(downlink(&known).1["tmst"], 10_000_000 * (number + 1) + 5_000_000, "{want}");
        let text = served.ctl("lab.core().notes(\"gateway-refused\")[-1].text");
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[test]
fn a_gateway_that_cannot_send_is_asked_for_the_second_window_and_then_named() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    forwarder.push(20_000_000, &join_request(0x0009));
    for (error, tmst) in [("TOO_LATE", 25_000_000), ("TX_FREQ", 26_000_000)] {
        let (token, txpk) = downlink(&forwarder);
        assert_eq!(txpk["tmst"], tmst, "{txpk}");
        forwarder.send(TX_ACK, token, &format!("{{\"txpk_ack\":{{\"error\":\"{error}\"}}}}"));
    }
    let began = std::time::Instant::now();
    while notes(&served, "downlink-failed") == "0" && began.elapsed() < PATIENCE {}
    let text = |code: &str| served.ctl(&format!("lab.core().notes(\"{code}\")[-1].text"));
    let (retried, failed) = (text("downlink-retried"), text("downlink-failed"));
    assert!(retried.contains("answered TOO_LATE") && retried.contains("tried in RX2"), "{retried}");
    assert!(failed.contains("0016c001f1500002 answered TX_FREQ"), "{failed}");
}

#[test]
fn the_backhaul_of_a_gateway_is_counted_and_what_it_says_wrong_is_noted() {
    let served = Served::start();
    let forwarder = Forwarder::new(&served, GATEWAY);
    forwarder.pull();
    let wrong = [
        "{",
        "[]",
        "{\"rxpk\":{}}",
        "{\"rxpk\":[{\"tmst\":1,\"freq\":868.1,\"stat\":1,\"datr\":\"SF7BW125\",\"rssi\":-1,\"size\":1,\"data\":\"!\"}]}",
        "{\"stat\":7}",
    ];
    let mut up = 12 + 28;
    for body in wrong {
        forwarder.send(PUSH_DATA, 9, body);
        assert_eq!(forwarder.receive(), (PUSH_ACK, 9, String::new()), "{body}");
        up += 12 + 28 + body.len();
    }
    let stat = "{\"stat\":{\"rxnb\":2,\"rxfw\":2,\"ackr\":100.0,\"dwnb\":1,\"txnb\":1}}";
    forwarder.send(PUSH_DATA, 10, stat);
    forwarder.receive();
    up += 12 + 28 + stat.len();
    let seen = || {
        served.ctl(
            "let g = lab.core().gateways()[0]; `${g.octets_up} ${g.octets_down} ${g.refused} ${g.received}`",
        )
    };
    let expected = format!("{up} {} {} 2", 7 * (4 + 28), wrong.len());
    let began = std::time::Instant::now();
    while seen() != expected && began.elapsed() < PATIENCE {}
    assert_eq!(seen(), expected);
    assert_eq!(notes(&served, "gateway-refused"), wrong.len().to_string());
}

#[test]
fn a_flood_of_a_stranger_is_dropped_and_the_served_gateway_does_not_notice() {
    let served = Served::start();
    let (stranger, known) = (Forwarder::new(&served, STRANGER), Forwarder::new(&served, GATEWAY));
    known.pull();
    for round in 0..20 {
        for token in 0..200 {
            stranger.send(PUSH_DATA, token, "{\"rxpk\":[]}");
        }
        // Acknowledged and served in the middle of it.
        known.push(10_000_000 * (round + 1), &join_request(0x2000 + u16::try_from(round).unwrap()));
        assert_eq!(downlink(&known).1["tmst"], 10_000_000 * (round + 1) + 5_000_000);
    }
    let began = std::time::Instant::now();
    while notes(&served, "gateway-flood") == "0" && began.elapsed() < PATIENCE {}
    assert_ne!(notes(&served, "gateway-flood"), "0");
}
