//! Messages against the octets of published traces and of the Linux line discipline.

use super::*;

const SIGNALS: ModemStatus = ModemStatus {
    flow_control: false,
    ready_to_communicate: true,
    ready_to_receive: true,
    incoming_call: false,
    data_valid: true,
};

fn rows() -> Vec<(&'static str, bool, Message)> {
    let status = SIGNALS;
    let without_carrier = ModemStatus { data_valid: false, ..SIGNALS };
    let pn = ParameterNegotiation {
        dlci: 1,
        frame_type: 0,
        convergence_layer: 0,
        priority: 7,
        t1: 10,
        frame_size: 127,
        retransmissions: 3,
        window: 2,
    };
    vec![
        // TS 27.010: signals of DLCI 1, and the close-down.
        ("e305078d", true, Message::Msc { dlci: 1, status, line_break: None }),
        ("e105078d", false, Message::Msc { dlci: 1, status, line_break: None }),
        ("c301", true, Message::Cld),
        ("c101", false, Message::Cld),
        // n_gsm raises DTR and RTS when its port is opened, and sends a break of the default length.
        ("e305070d", true, Message::Msc { dlci: 1, status: without_carrier, line_break: None }),
        ("e307070c13", true, Message::Msc { dlci: 1, status: without_carrier, line_break: Some(1) }),
        ("e307078c01", true, Message::Msc { dlci: 1, status, line_break: Some(0) }),
        // n_gsm negotiates before it opens a connection.
        ("8311010007 0a7f00 0302", true, Message::Pn(pn)),
        ("8111010007 0a7f00 0302", false, Message::Pn(pn)),
        // Its keep-alive.
        ("2303 50", true, Message::Test(b"\x50".to_vec())),
        ("4301", true, Message::Psc),
        ("a301", true, Message::FlowOn),
        ("6301", true, Message::FlowOff),
        ("110313", false, Message::Nsc(0x13)),
        ("53050703", true, Message::Rls { dlci: 1, status: 3 }),
        ("930307", true, Message::Rpn { dlci: 1, settings: Vec::new() }),
        ("d3050b01", true, Message::Snc { dlci: 2, services: vec![1] }),
        ("f303aa", true, Message::Unknown { type_octet: 0xf3, value: vec![0xaa] }),
    ]
}

#[test]
fn messages_are_the_published_octets() {
    for (octets, command, message) in rows() {
        let octets = hex::decode(octets.replace(' ', "")).unwrap();
        let message = ControlMessage { command, message };
        assert_eq!(ControlMessage::parse_all(&octets), Ok(vec![message.clone()]), "{}", hex::encode(&octets));
        assert_eq!(message.encode(), octets, "{message:?}");
    }
}

#[test]
fn a_long_test_has_a_long_length() {
    let message = ControlMessage { command: true, message: Message::Test(vec![0x55; 300]) };
    let octets = message.encode();
    assert!(octets.starts_with(&[0x23, 0x58, 0x05, 0x55]), "{octets:02x?}");
    assert_eq!(ControlMessage::parse_all(&octets), Ok(vec![message]));
}

#[test]
fn several_messages_fit_one_field() {
    let octets = hex::decode("e305078dc301").unwrap();
    assert_eq!(ControlMessage::parse_all(&octets).unwrap().len(), 2);
}

#[test]
fn what_is_cut_short_or_does_not_fit_is_refused() {
    for (octets, error) in [
        ("e3", ControlError::Header),
        ("e304", ControlError::Header),
        ("e3050703".get(..6).unwrap(), ControlError::Short { announced: 2, available: 1 }),
        ("e30307", ControlError::Value(1)),
        ("8303010000".get(..6).unwrap(), ControlError::Value(1)),
        ("c30301", ControlError::Value(1)),
        ("1101", ControlError::Value(0)),
    ] {
        assert_eq!(ControlMessage::parse_all(&hex::decode(octets).unwrap()), Err(error), "{octets}");
    }
}
