//! One message to many destinations, and the alert when a device is there again, octet by octet after SMPP 3.4.

use super::dissect;
use super::table::{Table, by_id, id_in, pdus, request};
use crate::smpp::pdu::{Pdu, command, status};
use crate::smpp::translate;
use simcore::cellular::Alert;
use wire::sms::Address;

const ONE: &[u8] = b"\x01\x01\x0133639980001\0";
/// A device of another account.
const FOREIGN: &[u8] = b"\x01\x01\x0133639980002\0";
/// A name is no destination.
const NAME: &[u8] = b"\x01\x05\x00Name\0";
const LIST: &[u8] = b"\x02friends\0";
const NEITHER: &[u8] = b"\x03\x01\x0133639980001\0";

/// A submit_multi to these, with a receipt asked for and a validity of ten seconds.
fn multi(sequence: u32, count: u8, destinations: &[&[u8]], replace: u8) -> Vec<u8> {
    let mut body = b"\0\x05\0Orange\0".to_vec();
    body.push(count);
    body.extend(destinations.concat());
    body.extend(b"\0\0\0\x00000000000010000R\0\x01");
    body.extend([replace, 0, 0, 5]);
    body.extend(b"hello");
    request(command::SUBMIT_MULTI, sequence, &body)
}

#[test]
fn a_message_to_many_is_answered_with_the_list_of_those_it_is_not_for() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSCEIVER);
    t.notes();
    let submitted = multi(5, 4, &[FOREIGN, ONE, NAME, ONE], 0);
    let answer = t.ask(connection, &submitted);
    assert_eq!((answer.command, answer.status, answer.sequence), (0x8000_0021, 0, 5));
    let expected = b"00000001\0\x02\x01\x0133639980002\0\0\0\0\x0b\x05\0Name\0\0\0\0\x50";
    assert_eq!(answer.body, expected, "{}", String::from_utf8_lossy(&answer.body));
    let notes = t.notes();
    let codes: Vec<_> = notes.iter().map(|note| note.split(':').next().unwrap()).collect();
    assert_eq!(codes, ["esme-protocol-error", "esme-submit-refused", "sms-accepted", "sms-accepted"]);
    t.pass(30);
    let (receipts, _) = t.hear(connection);
    let texts: Vec<_> = receipts.iter().map(|pdu| String::from_utf8_lossy(&pdu.body).into_owned()).collect();
    assert_eq!(texts.len(), 2, "a receipt of each destination: {texts:?}");
    assert!(texts.iter().all(|text| text.contains("id:00000001 sub:001") && text.contains("stat:EXPIRED")));
    let answer = t.ask(connection, &by_id(command::QUERY_SM, 6, "00000001"));
    assert_eq!(answer.body[answer.body.len() - 2..], [3, 0], "EXPIRED");
    // The second destination has an identity in the service centre, which is none of the ESME's.
    let answer = t.ask(connection, &by_id(command::QUERY_SM, 7, "00000002"));
    assert_eq!(answer.status, status::RINVMSGID);
    let crossed = [(true, submitted), (false, written(&pdu_of(expected)))];
    if let Some((seen, complaints)) = dissect::commands(&crossed) {
        assert_eq!((seen, complaints.as_str()), (vec![0x21, 0x8000_0021], ""));
    }
}

fn pdu_of(body: &[u8]) -> Pdu {
    Pdu { command: 0x8000_0021, status: 0, sequence: 5, body: body.to_vec() }
}

fn written(pdu: &Pdu) -> Vec<u8> {
    request(pdu.command, pdu.sequence, &pdu.body)
}

#[test]
fn a_list_that_cannot_be_is_refused_with_its_own_status() {
    let mut t = Table::new();
    let connection = t.bound(command::BIND_TRANSMITTER);
    let rows = [
        (multi(2, 0, &[], 0), status::RINVNUMDESTS),
        (multi(2, 255, &[ONE; 255], 0), status::RINVNUMDESTS),
        (multi(2, 2, &[ONE, LIST], 0), status::RINVDLNAME),
        (multi(2, 2, &[ONE, NEITHER], 0), status::RINVDESTFLAG),
        (multi(2, 1, &[ONE], 1), status::RINVREPFLAG),
        // Fewer than were promised: the rest of the body is read as destinations, or ends.
        (
            request(command::SUBMIT_MULTI, 2, b"\0\x05\0Orange\0\x02\x01\x01\x0133639980001\0"),
            status::RINVCMDLEN,
        ),
        // None of them: the status of the first, without a body.
        (multi(2, 2, &[FOREIGN, NAME], 0), status::RINVDSTADR),
        (multi(2, 2, &[NAME, FOREIGN], 0), status::RINVDSTTON),
    ];
    for (index, (octets, expected)) in rows.iter().enumerate() {
        t.pass(1);
        let answer = t.ask(connection, octets);
        assert_eq!((answer.command, answer.status), (0x8000_0021, *expected), "row {index}");
        assert_eq!(answer.body, b"", "row {index}");
    }
    assert!(!t.notes().iter().any(|note| note.starts_with("sms-accepted")), "one was accepted");
    // More than the rate allows: those before it are accepted, the others are in the list.
    t.pass(1);
    let answer = t.ask(connection, &multi(3, 30, &[ONE; 30], 0));
    assert_eq!((answer.status, answer.body[9]), (0, 10), "the rate is 20");
    assert_eq!(answer.body[answer.body.len() - 4..], [0, 0, 0, 0x58]);
    let receiver = t.bound(command::BIND_RECEIVER);
    assert_eq!(t.ask(receiver, &multi(4, 1, &[ONE], 0)).status, status::RINVBNDSTS);
    // Cancelled by the one identity: all.
    t.notes();
    let id = id_in(&answer);
    assert_eq!(t.ask(connection, &by_id(command::CANCEL_SM, 5, &id)).status, status::ROK);
    assert_eq!(t.notes().iter().filter(|note| note.starts_with("sms-deleted")).count(), 20);
}

#[test]
fn an_alert_is_written_as_the_clause_has_it() {
    let alert = Alert {
        device: "+33639980001".parse().unwrap(),
        to: Address::from_number(&"36123".parse().unwrap()),
    };
    let mut out = Vec::new();
    crate::smpp::pdu::write(&mut out, command::ALERT_NOTIFICATION, 0, 7, Some(&translate::alert(&alert)));
    let pdu = pdus(&out).remove(0);
    assert_eq!(pdu.body, b"\x01\x0133639980001\0\0\x0136123\0\x04\x22\0\x01\0");
    if let Some((seen, complaints)) = dissect::commands(&[(false, out)]) {
        assert_eq!((seen, complaints.as_str()), (vec![0x102], ""));
    }
}
