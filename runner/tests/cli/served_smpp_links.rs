//! The connections of applications: cut with answers on their way, over TLS, and made by the service centre.

use crate::program::{Out, PATIENCE, root};
use crate::serve::{Served, Terminal};
use crate::served_smpp::{
    Application, BIND_RECEIVER, DELIVER_SM, LAB, RESPONSE, SUBMIT_SM, submit_registered, until_noted,
};
use runner::exit;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::Instant;

const OUTBIND: u32 = 0xb;
const DATA_SM: u32 = 0x103;
const ALERT_NOTIFICATION: u32 = 0x102;
const CERTIFICATE: &str = "tests/labs/tls/door.pem";
const KEY: &str = "tests/labs/tls/door.key";

/// A modem that shows every message at once.
fn listening(served: &Served, device: &str) -> Terminal {
    let mut modem = served.open(device);
    modem.until("+CPIN: READY\r\n");
    modem.type_in("ATE0;+CMGF=1;+CNMI=2,2;+CREG=1;+CREG?\r");
    if !modem.until("OK\r\n").contains("+CREG: 1,1") {
        modem.until("+CREG: 1\r\n");
    }
    modem
}

/// submit_sm to m3 with a receipt asked for and this user_message_reference.
fn numbered(reference: u8) -> Vec<u8> {
    let mut body = submit_registered("33639980103", &text_of(reference));
    body.extend([0x02, 0x04, 0, 2, 0, reference]);
    body
}

fn text_of(reference: u8) -> String {
    format!("number {reference}.")
}

/// The user_message_reference of a receipt, and the identity that it is for.
fn receipted(body: &[u8]) -> (u8, String) {
    let at = body.windows(4).position(|tlv| tlv == [0x02, 0x04, 0, 2]).expect("no user_message_reference");
    let text = String::from_utf8_lossy(body).into_owned();
    assert!(text.contains("stat:DELIVRD"), "{text}");
    (body[at + 5], text.split("id:").nth(1).unwrap()[..8].to_owned())
}

/// The link is lost with two answers of six read, and with half of a seventh request sent. The application does what the
/// protocol leaves it: it binds again and submits what was not answered for.
///
/// What nobody can tell apart: a request whose answer was lost, and one that never arrived. So the four that were
/// accepted unheard are sent twice; their receipts have one user_message_reference, by which the application sees it.
#[test]
fn a_link_that_is_cut_with_answers_unread_loses_nothing_and_doubles_only_what_was_not_answered() {
    let served = Served::of(LAB);
    let modem = listening(&served, "m3");
    let mut application = Application::bound(&served);
    (1..=6).for_each(|reference| application.send(SUBMIT_SM, reference, &numbered(reference as u8)));
    let mut known = BTreeMap::new();
    for reference in 1..=2 {
        let (command, status, sequence, id) = application.receive();
        assert_eq!((command, status, sequence), (SUBMIT_SM | RESPONSE, 0, reference));
        known.insert(id_of(&id), reference as u8);
    }
    until_noted(&served, "sms-accepted", 6);
    application.send_part(SUBMIT_SM, 7, &numbered(7), 40);
    // With octets unread this end resets the connection.
    drop(application);
    until_noted(&served, "esme-unbound", 1);
    let mut application = Application::bound(&served);
    (3..=7).for_each(|reference| application.send(SUBMIT_SM, reference, &numbered(reference as u8)));
    let mut receipts: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    let began = Instant::now();
    while known.len() < 7 || receipts.values().map(Vec::len).sum::<usize>() < 11 {
        assert!(began.elapsed() < PATIENCE, "{known:?}, {receipts:?}");
        let (command, status, sequence, body) = application.receive();
        if command == SUBMIT_SM | RESPONSE {
            assert_eq!(status, 0);
            known.insert(id_of(&body), sequence as u8);
        } else {
            assert_eq!(command, DELIVER_SM);
            application.send(DELIVER_SM | RESPONSE, sequence, b"\0");
            let (reference, id) = receipted(&body);
            receipts.entry(reference).or_default().push(id);
        }
    }
    for (reference, ids) in &receipts {
        let mine = ids.iter().filter(|id| known.get(*id) == Some(reference)).count();
        let expected = if (3..=6).contains(reference) { (1, 2) } else { (1, 1) };
        assert_eq!((mine, ids.len()), expected, "receipts of {reference}: {ids:?}, answered {known:?}");
    }
    assert_eq!(receipts.len(), 7, "one was lost: {receipts:?}");
    modem_has_each(&modem, &[1, 1, 2, 2, 2, 2, 1]);
    application.lives();
    assert_eq!(served.ctl("lab.core().note_count(\"sms-accepted\")"), "11");
}

fn id_of(body: &[u8]) -> String {
    String::from_utf8_lossy(body).trim_end_matches('\0').to_owned()
}

/// Whether the modem has shown the text of each reference so many times.
fn modem_has_each(modem: &Terminal, times: &[usize]) {
    let mut shown = String::new();
    for _ in 0..times.iter().sum() {
        shown.push_str(&modem.until(".\r\n"));
    }
    let counts: Vec<_> =
        (1..).zip(times).map(|(reference, _)| shown.matches(&text_of(reference)).count()).collect();
    assert_eq!(counts, times, "{shown}");
}

#[test]
fn plain_octets_at_the_tls_door_end_that_connection_and_no_other() {
    let out = Out::new();
    let free = "127.0.0.1:0";
    let tls = ["--smpp-tls", free, "--smpp-certificate", CERTIFICATE, "--smpp-key", KEY];
    let served = Served::start_in(out, &[&["--lab", LAB], tls.as_slice()].concat());
    let mut plain = Application::bound(&served);
    let mut wrong = Application::at(served.door("smpp-tls"));
    wrong.send(BIND_RECEIVER, 1, b"labesme\0secret\0\0\x34\0\0\0");
    // An alert of TLS may come, but no PDU.
    assert!(wrong.rest().len() < 16);
    until_noted(&served, "esme-protocol-error", 1);
    let notes = served.ctl("lab.core().notes(\"esme-protocol-error\")[0].text");
    assert!(notes.contains("TLS: "), "{notes}");
    plain.lives();
}

#[test]
fn a_certificate_that_is_none_is_named() {
    let out = Out::new();
    let serve = |certificate: &str, key: &str| {
        let doors = ["serve", "--semtech-udp", "127.0.0.1:0", "--smpp", "127.0.0.1:0"];
        let tls = ["--smpp-tls", "127.0.0.1:0", "--smpp-certificate", certificate, "--smpp-key", key];
        out.dtk(&[doors.as_slice(), tls.as_slice()].concat()).has_code(exit::BAD_USAGE)
    };
    serve("lab.toml", KEY).complains(&["lab.toml", "expected a certificate in PEM form"]);
    serve(CERTIFICATE, CERTIFICATE).complains(&["door.pem", "expected a private key in PEM form"]);
    serve("tests/labs/none.pem", KEY).complains(&["none.pem", "No such file"]);
    let alone = ["serve", "--smpp-tls", "127.0.0.1:0"];
    out.dtk(&alone).has_code(exit::BAD_USAGE).complains(&["--smpp-certificate"]);
}

/// The lab with an application that waits to be called.
fn lab_with_outbind(out: &Out, address: SocketAddr) -> String {
    let text = std::fs::read_to_string(root().join(LAB)).unwrap();
    let row = format!("rate = 1000\noutbind = {{ address = \"{address}\", password = \"core\" }}\n");
    out.file("called.toml", &text.replace("rate = 1000\n", &row))
}

fn send_from(modem: &mut Terminal, text: &str) {
    modem.type_in("AT+CMGS=\"36123\"\r");
    modem.until("> ");
    modem.type_in(&format!("{text}\x1a"));
    modem.until("OK\r\n");
}

#[test]
fn an_application_that_waits_to_be_called_is_called_when_a_message_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let out = Out::new();
    let file = lab_with_outbind(&out, listener.local_addr().unwrap());
    let served = Served::start_in(out, &["--lab", &file]);
    let mut modem = listening(&served, "m3");
    let (sender, calls) = channel();
    std::thread::spawn(move || listener.incoming().flatten().try_for_each(|call| sender.send(call)));
    assert!(calls.try_recv().is_err(), "called though nothing waits");
    send_from(&mut modem, "STATUS");
    let call: TcpStream = calls.recv_timeout(PATIENCE).expect("nobody has called");
    let mut application = Application::over(call);
    let (command, status, _, body) = application.receive();
    assert_eq!((command, status, body.as_slice()), (OUTBIND, 0, &b"dtk\0core\0"[..]));
    application.send(BIND_RECEIVER, 1, b"labesme\0secret\0\0\x34\0\0\0");
    assert_eq!(application.header(), (BIND_RECEIVER | RESPONSE, 0, 1));
    let (command, _, sequence, body) = application.receive();
    assert_eq!(command, DELIVER_SM);
    assert!(String::from_utf8_lossy(&body).contains("STATUS"), "{body:?}");
    application.send(DELIVER_SM | RESPONSE, sequence, b"\0");
    application.lives();
    assert_eq!(served.ctl("lab.core().note_count(\"sms-delivered\")"), "1");
    assert_eq!(served.ctl("lab.core().note_count(\"esme-called\")"), "1");
}

#[test]
fn an_application_that_cannot_be_called_is_noted() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let out = Out::new();
    let file = lab_with_outbind(&out, nobody);
    let served = Served::start_in(out, &["--lab", &file]);
    let mut modem = listening(&served, "m3");
    send_from(&mut modem, "STATUS");
    until_noted(&served, "esme-not-reached", 1);
    let note = served.ctl("lab.core().notes(\"esme-not-reached\")[0].text");
    assert!(note.contains(&nobody.to_string()) && note.contains("refused"), "{note}");
}

#[test]
fn a_device_that_was_away_is_alerted_when_it_is_there_again() {
    let served = Served::of(LAB);
    let mut modem = listening(&served, "m3");
    modem.type_in("AT+CFUN=0\r");
    modem.until("OK\r\n");
    let mut application = Application::bound(&served);
    // set_dpf, and the text in message_payload.
    let body = b"\0\0\x0136123\0\x01\x0133639980103\0\0\0\0\x04\x21\0\x01\x01\x04\x24\0\x05hello";
    application.send(DATA_SM, 2, body);
    assert_eq!(application.header(), (DATA_SM | RESPONSE, 0, 2));
    until_noted(&served, "sms-deferred", 1);
    modem.type_in("AT+CFUN=1\r");
    let (command, status, _, body) = application.receive();
    assert_eq!((command, status), (ALERT_NOTIFICATION, 0));
    let expected = b"\x01\x0133639980103\0\0\x0136123\0\x04\x22\0\x01\0";
    assert_eq!(body, expected, "{}", String::from_utf8_lossy(&body));
    application.lives();
}

#[test]
fn a_connection_that_is_no_application_is_no_trouble_for_the_tls_door() {
    let free = "127.0.0.1:0";
    let tls = ["--smpp-tls", free, "--smpp-certificate", CERTIFICATE, "--smpp-key", KEY];
    let served = Served::start_in(Out::new(), &[&["--lab", LAB], tls.as_slice()].concat());
    // One that goes away in the middle of its greeting: the first octets of a ClientHello.
    let mut cut = TcpStream::connect(served.door("smpp-tls")).unwrap();
    cut.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]).unwrap();
    drop(cut);
    until_noted(&served, "esme-protocol-error", 1);
    Application::bound(&served).lives();
}
