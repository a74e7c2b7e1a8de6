//! Vectors that three codecs of different people agree on, and what must not open.

use super::super::Frame;
use super::*;

struct Vector {
    name: &'static str,
    hex: &'static str,
    fcnt: u32,
    fctrl: u8,
    f_opts: &'static str,
    payload: Option<(u8, &'static str)>,
}

/// P05 to P16: DevAddr 26011bda and the session keys of the join-accept P04.
const VECTORS: &[Vector] = &[
    Vector { name: "P05", hex: "40da1b01268000008b4fa2f4", fcnt: 0, fctrl: 0x80, f_opts: "", payload: None },
    Vector {
        name: "P06",
        hex: "40da1b012680010001a0d4b4a69d846ba11e",
        fcnt: 1,
        fctrl: 0x80,
        f_opts: "",
        payload: Some((1, "68656c6c6f")),
    },
    Vector {
        name: "P07",
        hex: "80da1b0126850200030706fe3b0a86b64dde2c7d528eda",
        fcnt: 2,
        fctrl: 0x85,
        f_opts: "030706fe3b",
        payload: Some((10, "0102030405")),
    },
    Vector {
        name: "P08",
        hex: "40da1b0126c0030000df88faf51bc75aa5",
        fcnt: 3,
        fctrl: 0xc0,
        f_opts: "",
        payload: Some((0, "05070802")),
    },
    Vector { name: "P09", hex: "60da1b012620000040619216", fcnt: 0, fctrl: 0x20, f_opts: "", payload: None },
    Vector {
        name: "P10",
        hex: "a0da1b0126b501000351ff00012ae1230af970130746",
        fcnt: 1,
        fctrl: 0xb5,
        f_opts: "0351ff0001",
        payload: Some((42, "deadbeef")),
    },
    Vector {
        name: "P11",
        hex: "60da1b0126000200001dc2223c29137bd80accb2ce7de2974e18a578d10bdd",
        fcnt: 2,
        fctrl: 0x00,
        f_opts: "",
        payload: Some((0, "0703184f84500704e85684500523d2ad8406")),
    },
    Vector {
        name: "P12",
        hex: "40da1b012600ffff020ede425a185a",
        fcnt: 65535,
        fctrl: 0x00,
        f_opts: "",
        payload: Some((2, "aa55")),
    },
    Vector {
        name: "P13",
        hex: "40da1b012600000002631c4ba9cd3c",
        fcnt: 65536,
        fctrl: 0x00,
        f_opts: "",
        payload: Some((2, "aa55")),
    },
    Vector {
        name: "P14",
        hex: "40da1b0126005634644ad63d04c22d3bec19e2c8bf7c3cc5033b24f23fd5908026629090c6a870296a1113b873df2bcb4195099a3721b34d9019e7af6a10b1e9",
        fcnt: 0x0002_3456,
        fctrl: 0x00,
        f_opts: "",
        payload: Some((
            100,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132",
        )),
    },
    Vector {
        name: "P15",
        hex: "60da1b0126000500e04c16f3760fe70ee8",
        fcnt: 0x0001_0005,
        fctrl: 0x00,
        f_opts: "",
        payload: Some((224, "01010101")),
    },
    Vector {
        name: "P16",
        hex: "60da1b01260e090002140204070805091d0a01d2ad84479f10ce",
        fcnt: 9,
        fctrl: 0x0e,
        f_opts: "02140204070805091d0a01d2ad84",
        payload: None,
    },
];

fn keys() -> SessionKeys {
    SessionKeys {
        nwk_s_key: "5b70d14f51b43828904bb305fdc9c87c".parse().unwrap(),
        app_s_key: "59256e497e4a52e972e4c3ffe1d7bb11".parse().unwrap(),
    }
}

fn frame(hex: &str) -> DataFrame {
    match Frame::parse(&hex::decode(hex).unwrap()) {
        Ok(Frame::Data(frame)) => frame,
        other => panic!("{hex}: {other:?}"),
    }
}

#[test]
fn the_vectors_open_and_seal_to_the_same_octets() {
    for vector in VECTORS {
        let frame = frame(vector.hex);
        assert_eq!(frame.dev_addr().value(), 0x2601_1bda, "{}", vector.name);
        assert_eq!(frame.fcnt(), vector.fcnt as u16, "{}", vector.name);
        assert_eq!(frame.port(), vector.payload.map(|(port, _)| port), "{}", vector.name);
        let message = frame.open(&keys(), vector.fcnt).expect(vector.name);
        assert_eq!(hex::encode(message.f_opts.as_slice()), vector.f_opts, "{}", vector.name);
        assert_eq!(message.fctrl(), vector.fctrl, "{}", vector.name);
        let payload = message.payload.as_ref().map(|payload| (payload.port, hex::encode(&payload.octets)));
        assert_eq!(payload, vector.payload.map(|(port, hex)| (port, hex.to_owned())), "{}", vector.name);
        assert_eq!(hex::encode(message.seal(&keys())), vector.hex, "{}", vector.name);
    }
}

#[test]
fn the_header_bits_of_the_vectors_are_named_right() {
    let up = frame(VECTORS[3].hex).open(&keys(), 3).unwrap();
    assert!(up.adr && up.adr_ack_req && !up.ack && !up.f_pending && !up.confirmed);
    assert_eq!(up.direction, Direction::Up);
    assert_eq!(hex::encode(up.mac_octets()), "05070802");
    let down = frame(VECTORS[5].hex).open(&keys(), 1).unwrap();
    assert!(down.adr && !down.adr_ack_req && down.ack && down.f_pending && down.confirmed);
    assert_eq!(down.direction, Direction::Down);
    assert_eq!(hex::encode(down.mac_octets()), "0351ff0001");
}

#[test]
fn a_known_answer_of_another_codec() {
    let keys = SessionKeys {
        nwk_s_key: "44024241ed4ce9a68c6a8bc055233fd3".parse().unwrap(),
        app_s_key: "ec925802ae430ca77fd3dd73cb2cc588".parse().unwrap(),
    };
    let frame = frame("40f17dbe4900020001954378762b11ff0d");
    assert_eq!(frame.dev_addr().to_string(), "49be7df1");
    let message = frame.open(&keys, 2).unwrap();
    assert_eq!(message.payload, Some(PortPayload { port: 1, octets: b"test".to_vec() }));
}

#[test]
fn another_counter_key_or_octet_does_not_open() {
    let p13 = frame(VECTORS[8].hex);
    assert_eq!(p13.open(&keys(), 0), Err(WrongMic));
    let mut swapped = keys();
    std::mem::swap(&mut swapped.nwk_s_key, &mut swapped.app_s_key);
    assert_eq!(p13.open(&swapped, 65536), Err(WrongMic));
    for at in 0..p13.octets().len() {
        let mut octets = p13.octets().to_vec();
        octets[at] ^= 0x04;
        if let Ok(Frame::Data(frame)) = Frame::parse(&octets) {
            assert!(frame.open(&keys(), 65536).is_err(), "octet {at}");
        }
    }
}

#[test]
fn an_empty_payload_keeps_its_port() {
    let mut message = DataMessage::new(Direction::Up, DevAddr::from_value(1), 0);
    message.payload = Some(PortPayload { port: 7, octets: Vec::new() });
    let frame = frame(&hex::encode(message.seal(&keys())));
    assert_eq!(frame.octets().len(), 13);
    assert_eq!(frame.open(&keys(), 0).unwrap(), message);
}

#[test]
fn f_opts_holds_fifteen_octets() {
    assert!(FOpts::new(vec![0; 15]).is_ok());
    assert_eq!(FOpts::new(vec![0; 16]), Err(FOptsTooLong(16)));
}
