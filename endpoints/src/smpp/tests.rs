//! The server as an ESME sees it, octet by octet and without a socket.
//!
//! The examples are the facts' worked PDUs, which Wireshark reads as SMPP; none of them was made by the code under test.

mod dissect;
mod multi;
mod outbind;
mod table;

use super::pdu::{self, Pdu, command, status};
use super::translate;
use rusmpp::encode::owned::Encode as _;
use rusmpp::pdus::{BindTransceiver, BindTransceiverResp, SubmitSm, SubmitSmResp};
use rusmpp::values::InterfaceVersion;
use simcore::cellular::{EsmeContent, MessageId, Receipt, ReceiptKind, ReceiptWish, SmsState};
use table::{Submit, Table, bind, by_id, id_in, octets, pdus, request};
use wire::seed::Seed;
use wire::sms::{Address, ProtocolId, Timestamp, UserData};
use wire::time::Instant;

const BIND: &str = "000000270000000900000000000000016C616265736D650073656372657400494F540034010100";
const BIND_RESP: &str = "0000001D8000000900000000000000014C4142534D5343000210000134";
const SUBMIT: &str = "000000470000000400000000000000020005004F72616E6765000101333336333939383030303100000000003030303030313030303030303030305200010000000568656C6C6F";
const SUBMIT_RESP: &str = "00000019800000040000000000000002303041314232433300";
const DELIVER: &str = "0000003D00000005000000000000000800010133333633393938303030310000013336313233000000000000000008000C041F04400438043204350442";
const UDHI: &str = "000000410000000400000000000000090005004F72616E67650001013333363339393830303031004000000000000000000F050003A5020170617274206F6E6520";
const RECEIPT: &str = "000000B400000005000000000000000700010133333633393938303030310005004F72616E6765000400000000000000006969643A3030413142324333207375623A30303120646C7672643A303031207375626D697420646174653A3236303331343039323620646F6E6520646174653A3236303331343039323720737461743A44454C49565244206572723A30303020746578743A68656C6C6F001E0009303041314232433300042700010204230003030000";
const THROTTLED: &str = "0000001080000004000000580000000D";
const ENQUIRE: &str = "0000001000000015000000000000000B";
const ENQUIRE_RESP: &str = "0000001080000015000000000000000B";

#[test]
fn the_worked_pdus_are_read_and_written_octet_for_octet() {
    let body = |hex: &str| pdus(&octets(hex)).remove(0).body;
    let mut bytes = bytes::BytesMut::new();
    pdu::read::<BindTransceiver>(&body(BIND)).unwrap().encode(&mut bytes);
    assert_eq!(bytes, body(BIND));
    for hex in [SUBMIT, UDHI] {
        let mut bytes = bytes::BytesMut::new();
        pdu::read::<SubmitSm>(&body(hex)).unwrap().encode(&mut bytes);
        assert_eq!(bytes, body(hex));
    }
    let submit = translate::submit(&body(SUBMIT), 0).unwrap();
    assert_eq!(submit.from, Address::alphanumeric("Orange"));
    assert_eq!((submit.to.as_str(), submit.receipt), ("+33639980001", ReceiptWish::Always));
    assert_eq!(submit.parts[0].decoded_text().unwrap(), "hello");
    let parts = translate::submit(&body(UDHI), 0).unwrap().parts;
    assert_eq!(parts[0].decoded_text().unwrap(), "part one ");

    let write = |command, status, sequence, body: Option<&dyn pdu::Body>| {
        let mut out = Vec::new();
        pdu::write(&mut out, command, status, sequence, body);
        hex::encode_upper(out)
    };
    let resp = BindTransceiverResp::new(translate::text("LABSMSC"), Some(InterfaceVersion::Smpp3_4));
    assert_eq!(write(0x8000_0009, 0, 1, Some(&resp)), BIND_RESP);
    let resp = SubmitSmResp::new(translate::written(MessageId(0x00a1_b2c3)), Vec::new());
    assert_eq!(write(0x8000_0004, 0, 2, Some(&resp)), SUBMIT_RESP);
    assert_eq!(write(0x8000_0004, status::RTHROTTLED, 13, None), THROTTLED);
    let message = EsmeContent::Message {
        from: "+33639980001".parse().unwrap(),
        to: "36123".parse().unwrap(),
        pid: ProtocolId::NORMAL,
        user_data: UserData::text("Привет").unwrap(),
    };
    assert_eq!(write(command::DELIVER_SM, 0, 8, Some(&translate::deliver(&message))), DELIVER);
    let at = |minute| Timestamp::from_octets([0x62, 0x30, 0x41, 0x90, minute, 0, 0x40]);
    let receipt = EsmeContent::Receipt(Box::new(Receipt {
        kind: ReceiptKind::Final,
        message: MessageId(0x00a1_b2c3),
        from: Address::alphanumeric("Orange").unwrap(),
        to: "+33639980001".parse().unwrap(),
        state: SmsState::Delivered { at: Instant::ZERO },
        submitted: at(0x62),
        done: at(0x72),
        parts: 1,
        delivered: 1,
        text: "hello".to_owned(),
        user_reference: None,
    }));
    assert_eq!(write(command::DELIVER_SM, 0, 7, Some(&translate::deliver(&receipt))), RECEIPT);
}

#[test]
fn a_session_binds_submits_asks_and_unbinds() {
    let mut t = Table::new();
    let connection = t.connect();
    let answer = t.ask(connection, &octets(BIND));
    assert_eq!((answer.command, answer.status, answer.sequence), (0x8000_0009, 0, 1));
    assert_eq!(answer.body, b"dtk\0\x02\x10\0\x01\x34");
    let answer = t.ask(connection, &octets(SUBMIT));
    assert_eq!((answer.command, answer.status, answer.body.as_slice()), (0x8000_0004, 0, &b"00000001\0"[..]));
    assert_eq!(t.ask(connection, &octets(ENQUIRE)), pdus(&octets(ENQUIRE_RESP))[0]);
    let (answers, closed) = t.talk(connection, &request(command::UNBIND, 9, &[]));
    assert_eq!((answers[0].command, answers[0].status, closed), (command::UNBIND_RESP, 0, true));
    assert_eq!(
        t.notes(),
        [
            "esme-bound: ESME labesme bound as transceiver from 192.0.2.1:1",
            "sms-accepted: short message 00000001 from Orange to +33639980001 accepted",
            "esme-unbound: ESME labesme unbound: unbind",
        ]
    );
    assert_eq!(t.server.connections(), 0);
}

#[test]
fn wireshark_reads_whole_sessions_without_a_complaint() {
    let worked =
        [BIND, BIND_RESP, SUBMIT, SUBMIT_RESP, DELIVER, UDHI, RECEIPT, THROTTLED, ENQUIRE, ENQUIRE_RESP];
    let mut crossed: Vec<_> = worked.iter().map(|hex| (true, octets(hex))).collect();
    let mut t = Table::new();
    let connection = t.connect();
    let scheduled = Submit { schedule: "000000010000000R", registered: 1, ..Submit::default() };
    let expiring = Submit { validity: "000000000001000R", registered: 1, ..Submit::default() };
    let requests = [
        octets(BIND),
        scheduled.pdu(2),
        expiring.pdu(3),
        by_id(command::QUERY_SM, 4, "00000001"),
        by_id(command::CANCEL_SM, 5, "00000001"),
        by_id(command::QUERY_SM, 6, "00000001"),
        by_id(command::QUERY_SM, 7, "00000009"),
        octets(ENQUIRE),
        request(command::DATA_SM, 9, b"\0\0\0\0\x01\x0133639980001\0\0\0\0\x04\x24\0\x05hello"),
        request(command::UNBIND, 10, &[]),
    ];
    for pdu in requests {
        crossed.push((true, pdu.clone()));
        t.send(connection, &pdu);
        t.pass(1);
        crossed.extend(t.round().into_iter().map(|outgoing| (false, outgoing.octets)));
    }
    let expected: Vec<_> =
        crossed.iter().flat_map(|(_, octets)| pdus(octets)).map(|pdu| pdu.command).collect();
    assert!(expected.len() > 30, "{expected:x?}");
    if let Some((seen, complaints)) = dissect::commands(&crossed) {
        assert_eq!((seen, complaints.as_str()), (expected, ""));
    }
}

#[test]
fn octets_that_come_one_by_one_make_the_same_session() {
    let mut t = Table::new();
    let connection = t.connect();
    let mut answers = Vec::new();
    for octet in [octets(BIND), octets(SUBMIT), octets(UDHI), octets(ENQUIRE)].concat() {
        answers.extend(t.talk(connection, &[octet]).0);
    }
    let statuses: Vec<_> = answers.iter().map(|pdu| (pdu.command & 0xff, pdu.status)).collect();
    assert_eq!(statuses, [(9, 0), (4, 0), (4, 0), (0x15, 0)]);
}

#[test]
fn a_bind_that_is_refused_says_why() {
    let mut t = Table::new();
    let connection = t.connect();
    let kind = command::BIND_TRANSMITTER;
    assert_eq!(t.ask(connection, &bind(kind, "nobody", "secret")).status, status::RINVSYSID);
    assert_eq!(t.ask(connection, &bind(kind, "labesme", "wrong")).status, status::RINVPASWD);
    let first = t.bound(kind);
    t.bound(command::BIND_RECEIVER);
    assert_eq!(t.ask(first, &bind(kind, "labesme", "secret")).status, status::RALYBND);
    // The third refusal on a connection is the last.
    let (answers, closed) = t.talk(connection, &bind(kind, "labesme", "secret"));
    assert_eq!((answers[0].status, closed), (status::RBINDFAIL, true));
    let codes: Vec<_> = t.notes().iter().map(|note| note.split(':').next().unwrap().to_owned()).collect();
    let refused = "esme-bind-refused";
    assert_eq!(codes, [refused, refused, "esme-bound", "esme-bound", "esme-protocol-error", refused]);
    // A bind that ends makes room.
    t.talk(first, &request(command::UNBIND, 2, &[]));
    t.bound(command::BIND_TRANSCEIVER);
}

#[test]
fn a_request_in_the_wrong_state_is_refused_and_changes_nothing() {
    let mut t = Table::new();
    let open = t.connect();
    let receiver = t.bound(command::BIND_RECEIVER);
    for connection in [open, receiver] {
        for kind in
            [command::SUBMIT_SM, command::DATA_SM, command::QUERY_SM, command::CANCEL_SM, command::REPLACE_SM]
        {
            let answer = t.ask(connection, &request(kind, 5, &[]));
            assert_eq!(
                (answer.command, answer.status, answer.sequence),
                (kind | 1 << 31, status::RINVBNDSTS, 5)
            );
        }
        assert_eq!(t.ask(connection, &request(command::DELIVER_SM, 6, &[])).status, status::RINVBNDSTS);
    }
    assert_eq!(t.ask(open, &request(command::UNBIND, 6, &[])).status, status::RINVBNDSTS);
    assert_eq!(t.ask(open, &request(command::ENQUIRE_LINK, 7, &[])).status, status::ROK);
}

#[test]
fn what_is_no_request_gets_the_protocols_own_answer() {
    let mut t = Table::new();
    let other = t.bound(command::BIND_TRANSCEIVER);
    let connection = t.bound(command::BIND_TRANSCEIVER);
    for (kind, sequence) in [(0x77, 3), (command::ALERT_NOTIFICATION, 4), (command::OUTBIND, 5), (0x111, 6)] {
        let answer = t.ask(connection, &request(kind, sequence, b"anything"));
        assert_eq!(
            (answer.command, answer.status, answer.sequence),
            (command::GENERIC_NACK, status::RINVCMDID, sequence)
        );
    }
    // A body that ends too early, at every place; none of them costs the session.
    let whole = octets(SUBMIT);
    for end in 16..whole.len() {
        let answer = t.ask(connection, &request(command::SUBMIT_SM, 7, &whole[16..end]));
        assert_eq!((answer.command, answer.sequence), (0x8000_0004, 7));
        assert_ne!(answer.status, 0, "cut after {end}");
    }
    // A response to no request is noted and not answered.
    t.notes();
    assert_eq!(t.talk(connection, &request(command::DELIVER_SM_RESP, 99, b"\0")).0, []);
    assert_eq!(t.notes(), ["esme-protocol-error: SMPP of ESME labesme: deliver_sm_resp to no request"]);
    // Lengths that no PDU has: two gigabytes, and less than a header.
    for (octets, sequence) in [
        (&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 42][..], 42),
        (&[0, 0, 0, 15, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 43], 43),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0x2e31_0d0a),
    ] {
        let connection = t.connect();
        let (answers, closed) = t.talk(connection, octets);
        let answer = &answers[0];
        assert_eq!((answer.command, answer.status), (command::GENERIC_NACK, status::RINVCMDLEN));
        assert_eq!((answer.sequence, answers.len(), closed), (sequence, 1, true));
    }
    assert_eq!(t.notes().len(), 3);
    assert_eq!(t.ask(other, &Submit::default().pdu(2)).status, status::ROK, "another session noticed");
}

#[test]
fn octets_without_sense_never_make_it_fall() {
    let mut t = Table::new();
    let mut rng = Seed(1).child("garbage").rng();
    for _ in 0..300 {
        let connection = t.bound(command::BIND_TRANSMITTER);
        for _ in 0..8 {
            let noise: [u8; 96] = rng.octets();
            let body = &noise[..usize::try_from(rng.below(97)).unwrap()];
            let kinds = [4, 0x103, 3, 8, 7, 9, 0x15, 0x21, 0x8000_0005];
            let kind = kinds[usize::try_from(rng.below(9)).unwrap()];
            t.send(connection, &request(kind, 5, body));
            let mut pdu = octets(SUBMIT);
            let at = 16 + usize::try_from(rng.below(pdu.len() as u64 - 16)).unwrap();
            pdu[at] = noise[0];
            t.send(connection, &pdu);
            t.round();
        }
        let noise: [u8; 64] = rng.octets();
        t.send(connection, &noise);
        t.round();
        t.server.lost(&mut t.core, t.now, connection);
        t.pass(1);
    }
}

#[test]
fn every_field_that_cannot_be_is_refused_with_its_own_status() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSMITTER);
    let base = Submit::default;
    let tlv = |tag: u16, value: &[u8]| {
        [&tag.to_be_bytes(), &u16::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
    };
    let sar = |reference: &[u8], total: &[u8], sequence: &[u8]| {
        [tlv(0x20c, reference), tlv(0x20e, total), tlv(0x20f, sequence)].concat()
    };
    let rows = [
        (Submit { source: (1, "33600000000"), ..base() }, status::RINVSRCADR),
        (Submit { source: (5, "Other"), ..base() }, status::RINVSRCADR),
        (Submit { source: (7, "1"), ..base() }, status::RINVSRCTON),
        (Submit { to: (1, "33600000000"), ..base() }, status::RINVDSTADR),
        // A device of another account.
        (Submit { to: (1, "33639980002"), ..base() }, status::RINVDSTADR),
        (Submit { to: (1, ""), ..base() }, status::RINVDSTADR),
        (Submit { to: (5, "Orange"), ..base() }, status::RINVDSTTON),
        (Submit { esm_class: 0x04, ..base() }, status::RINVESMCLASS),
        (Submit { esm_class: 0x40, text: b"\x09".to_vec(), ..base() }, status::RINVESMCLASS),
        (Submit { priority: 4, ..base() }, status::RINVPRTFLG),
        (Submit { registered: 3, ..base() }, status::RINVREGDLVFLG),
        (Submit { replace: 2, ..base() }, status::RINVREPFLAG),
        (Submit { default: 1, ..base() }, status::RINVDFTMSGID),
        (Submit { data_coding: 5, ..base() }, status::RSUBMITFAIL),
        (Submit { text: vec![b'x'; 255], ..base() }, status::RINVMSGLEN),
        (Submit { data_coding: 8, ..base() }, status::RINVMSGLEN),
        (Submit { schedule: "whenever", ..base() }, status::RINVSCHED),
        // Virtual labs begin on 14 March 2026, 08:00 UTC.
        (Submit { schedule: "260314085959004+", ..base() }, status::RINVSCHED),
        (Submit { schedule: "260314091000004+", validity: "000000000059000R", ..base() }, status::RINVSCHED),
        (Submit { validity: "260314090000004+", ..base() }, status::RINVEXPIRY),
        (Submit { validity: "000000000000000X", ..base() }, status::RINVEXPIRY),
        (Submit { tlvs: tlv(0x424, b"also"), ..base() }, status::ROPTPARNOTALLWD),
        (Submit { tlvs: tlv(0x20c, &[0, 1]), ..base() }, status::RMISSINGOPTPARAM),
        (Submit { tlvs: sar(&[0, 1], &[2], &[3]), ..base() }, status::RINVOPTPARAMVAL),
        (Submit { tlvs: sar(&[0, 1], &[2], &[0]), ..base() }, status::RINVOPTPARAMVAL),
        (
            Submit { tlvs: sar(&[0, 1], &[2], &[2]), esm_class: 0x40, text: b"\0".to_vec(), ..base() },
            status::ROPTPARNOTALLWD,
        ),
        (Submit { tlvs: tlv(0x204, &[1]), ..base() }, status::RINVPARLEN),
        (Submit { tlvs: vec![0x04, 0x24, 0, 200, 1], ..base() }, status::RINVPARLEN),
        // These are well.
        (Submit { source: (0, ""), ..base() }, status::ROK),
        (Submit { source: (0, "36123"), to: (1, "+33639980001"), ..base() }, status::ROK),
        (Submit { to: (0, "0639980001"), ..base() }, status::ROK),
        (Submit { tlvs: [tlv(0x1403, b"unknown"), tlv(0x204, &[0, 7])].concat(), ..base() }, status::ROK),
        (Submit { tlvs: sar(&[0, 1], &[2], &[2]), ..base() }, status::ROK),
        (Submit { text: Vec::new(), tlvs: tlv(0x424, &[b'x'; 400]), ..base() }, status::ROK),
        (Submit { schedule: "260314090100004+", validity: "000000000061000R", ..base() }, status::ROK),
    ];
    for (index, (submit, status)) in rows.iter().enumerate() {
        t.pass(1);
        assert_eq!(t.ask(connection, &submit.pdu(3)).status, *status, "row {index}");
    }
}

#[test]
fn more_than_the_rate_is_throttled_and_more_than_may_wait_is_full() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSMITTER);
    t.pass(1);
    let mut statuses = Vec::new();
    for sequence in 0..25 {
        statuses.push(t.ask(connection, &Submit::default().pdu(sequence)).status);
    }
    assert_eq!(statuses[..20], [0; 20]);
    assert_eq!(statuses[20..], [status::RTHROTTLED; 5]);
    let throttled = t.notes().iter().filter(|note| note.starts_with("esme-throttled")).count();
    assert_eq!(throttled, 5);
    for _ in 0..3 {
        t.pass(1);
        statuses.extend((0..15).map(|sequence| t.ask(connection, &Submit::default().pdu(sequence)).status));
    }
    assert_eq!(statuses[25..55], [0; 30]);
    assert_eq!(statuses[55..], [status::RMSGQFUL; 15]);
}

#[test]
fn more_requests_than_the_window_are_throttled() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSMITTER);
    let five: Vec<u8> = (1..=5).flat_map(|sequence| Submit::default().pdu(sequence)).collect();
    let (answers, _) = t.talk(connection, &five);
    let statuses: Vec<_> = answers.iter().map(|pdu| pdu.status).collect();
    assert_eq!(statuses, [0, 0, 0, status::RTHROTTLED, status::RTHROTTLED]);
    assert_eq!(t.ask(connection, &Submit::default().pdu(6)).status, 0, "it has drained");
}

#[test]
fn receipts_come_in_order_within_the_window_and_again_after_a_cut() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSCEIVER);
    t.pass(1);
    // Nobody has the device, so that all of them expire.
    let wishes = [(1, true), (2, true), (0, false), (1, true), (1, true), (1, true)];
    let mut expected = Vec::new();
    for (sequence, (registered, wanted)) in (1..).zip(wishes) {
        let submit = Submit { registered, validity: "000000000010000R", ..Submit::default() };
        let id = id_in(&t.ask(connection, &submit.pdu(sequence)));
        expected.extend(wanted.then_some(id));
    }
    let receipted = |pdu: &Pdu| {
        assert_eq!(pdu.command, command::DELIVER_SM);
        let text = String::from_utf8_lossy(&pdu.body).into_owned();
        assert!(text.contains(" stat:EXPIRED err:000 text:hello"), "{text}");
        text.split("id:").nth(1).unwrap()[..8].to_owned()
    };
    t.pass(30);
    let (first, _) = t.hear(connection);
    assert_eq!(first.iter().map(receipted).collect::<Vec<_>>(), expected[..3]);
    assert_eq!(t.hear(connection).0, []);
    let answer = |pdu: &Pdu, status: u32| {
        let mut octets = request(command::DELIVER_SM_RESP, pdu.sequence, b"\0");
        octets[8..12].copy_from_slice(&status.to_be_bytes());
        octets
    };
    // One is taken, which makes room for the next; then the link is cut.
    let (more, _) = t.talk(connection, &answer(&first[0], 0));
    assert_eq!(more.iter().map(receipted).collect::<Vec<_>>(), expected[3..4]);
    t.server.lost(&mut t.core, t.now, connection);
    assert_eq!(t.core.esme_waiting("labesme"), 4);
    let connection = t.connect();
    let (answers, _) = t.talk(connection, &octets(BIND));
    assert_eq!(answers[0].command, 0x8000_0009);
    assert_eq!(answers[1..].iter().map(receipted).collect::<Vec<_>>(), expected[1..4]);
    // One cannot be taken now: it comes again, and before what is newer.
    let later =
        [answer(&answers[1], status::RX_T_APPN), answer(&answers[2], 0), answer(&answers[3], 0x65)].concat();
    assert_eq!(t.talk(connection, &later).0, []);
    t.pass(10);
    let (last, _) = t.hear(connection);
    assert_eq!(last.iter().map(receipted).collect::<Vec<_>>(), [expected[1].clone(), expected[4].clone()]);
    t.talk(connection, &[answer(&last[0], 0), answer(&last[1], 0)].concat());
    assert_eq!(t.core.esme_waiting("labesme"), 0);
}

#[test]
fn messages_that_wait_are_queried_cancelled_and_replaced() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSCEIVER);
    let scheduled = Submit { schedule: "000000010000000R", registered: 1, ..Submit::default() };
    let id = id_in(&t.ask(connection, &scheduled.pdu(1)));
    let answer = t.ask(connection, &by_id(command::QUERY_SM, 2, &id));
    assert_eq!((answer.status, answer.body), (0, format!("{id}\0\0\x01\0").into_bytes()));
    for (wrong, status) in
        [("FFFFFFFF", status::RINVMSGID), ("x", status::RINVMSGID), ("", status::RINVMSGID)]
    {
        assert_eq!(t.ask(connection, &by_id(command::QUERY_SM, 3, wrong)).status, status, "{wrong:?}");
    }
    let other_source = request(command::QUERY_SM, 4, format!("{id}\0\x01\x0133600000000\0").as_bytes());
    assert_eq!(t.ask(connection, &other_source).status, status::RQUERYFAIL);
    let replace = format!("{id}\0\x05\0Orange\0\0\0\x01\0\x03new");
    assert_eq!(t.ask(connection, &request(command::REPLACE_SM, 5, replace.as_bytes())).status, 0);
    // A submission that may replace takes the place, and the identity, of what waits.
    let again = Submit { replace: 1, text: b"newer".to_vec(), ..scheduled };
    assert_eq!(id_in(&t.ask(connection, &again.pdu(6))), id);
    let (answers, _) = t.talk(connection, &by_id(command::CANCEL_SM, 7, &id));
    assert_eq!((answers[0].command, answers[0].status), (0x8000_0008, 0));
    let text = String::from_utf8_lossy(&answers[1].body).into_owned();
    assert!(text.contains(&format!("id:{id} sub:001 dlvrd:000")) && text.contains("stat:DELETED"), "{text}");
    assert!(text.contains("text:newer"), "{text}");
    let answer = t.ask(connection, &by_id(command::QUERY_SM, 8, &id));
    assert_eq!(answer.body, format!("{id}\0260314090000004+\0\x04\0").into_bytes());
    assert_eq!(t.ask(connection, &by_id(command::CANCEL_SM, 9, &id)).status, status::RCANCELFAIL);
    assert_eq!(
        t.ask(connection, &request(command::REPLACE_SM, 10, replace.as_bytes())).status,
        status::RREPLACEFAIL
    );
    // All between two: those that wait, and then none.
    for sequence in 11..13 {
        assert_eq!(t.ask(connection, &Submit::default().pdu(sequence)).status, 0);
    }
    let all = request(command::CANCEL_SM, 14, b"\0\0\x05\0Orange\0\x01\x0133639980001\0");
    assert_eq!(t.ask(connection, &all).status, 0);
    assert_eq!(t.ask(connection, &all).status, status::RCANCELFAIL);
}

#[test]
fn a_message_in_parts_has_one_identity_and_one_receipt() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSCEIVER);
    let payload = [&[0x04, 0x24, 0x01, 0x90][..], &[b'x'; 400]].concat();
    let submit = Submit {
        text: Vec::new(),
        tlvs: payload,
        registered: 1,
        validity: "000000000010000R",
        ..Submit::default()
    };
    let id = id_in(&t.ask(connection, &submit.pdu(1)));
    t.pass(30);
    let (receipts, _) = t.hear(connection);
    assert_eq!(receipts.len(), 1);
    let text = String::from_utf8_lossy(&receipts[0].body).into_owned();
    assert!(text.contains(&format!("id:{id} sub:003 dlvrd:000 ")), "{text}");
    assert!(text.contains("text:xxxxxxxxxxxxxxxxxxxx\0"), "twenty characters: {text}");
}

#[test]
fn a_session_that_does_nothing_is_ended_by_its_timers() {
    let mut t = Table::new();
    let silent = t.connect();
    t.pass(29);
    assert_eq!(t.hear(silent), (Vec::new(), false));
    t.pass(1);
    assert_eq!(t.hear(silent), (Vec::new(), true), "session-init");

    let connection = t.bound(command::BIND_RECEIVER);
    let mut asked = 0;
    for second in 1..=299 {
        t.pass(1);
        for pdu in t.hear(connection).0 {
            assert_eq!((pdu.command, second % 60), (command::ENQUIRE_LINK, 0));
            asked += 1;
            t.send(connection, &request(command::ENQUIRE_LINK_RESP, pdu.sequence, &[]));
        }
    }
    assert_eq!(asked, 4);
    t.pass(1);
    let (last, closed) = t.hear(connection);
    assert_eq!((last[0].command, last.len(), closed), (command::UNBIND, 1, false), "inactivity");
    assert_eq!(t.talk(connection, &request(command::UNBIND_RESP, last[0].sequence, &[])), (Vec::new(), true));

    let connection = t.bound(command::BIND_RECEIVER);
    t.pass(60);
    assert_eq!(t.hear(connection).0[0].command, command::ENQUIRE_LINK);
    t.pass(9);
    assert_eq!(t.hear(connection), (Vec::new(), false));
    t.pass(1);
    assert_eq!(t.hear(connection), (Vec::new(), true), "response");
    let notes = t.notes();
    assert!(notes.iter().any(|note| note.contains("session-init")), "{notes:?}");
    assert!(notes.iter().any(|note| note.ends_with("unbound: inactivity timer")), "{notes:?}");
    assert!(notes.iter().any(|note| note.ends_with("a request was not answered")), "{notes:?}");
}
