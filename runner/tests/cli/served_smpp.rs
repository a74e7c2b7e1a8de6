//! Applications at the SMPP door of a served lab, good ones and bad ones, written by hand after SMPP 3.4.

use crate::program::{Out, PATIENCE, root};
use crate::serve::Served;
use runner::exit;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

pub const LAB: &str = "tests/labs/ten-modems.toml";
pub const SUBMIT_SM: u32 = 4;
pub const DELIVER_SM: u32 = 5;
pub const BIND_RECEIVER: u32 = 1;
const BIND_TRANSCEIVER: u32 = 9;
const ENQUIRE_LINK: u32 = 0x15;
const GENERIC_NACK: u32 = 0x8000_0000;
pub const RESPONSE: u32 = 0x8000_0000;

/// An application's connection.
pub struct Application(TcpStream);

impl Application {
    fn connect(served: &Served) -> Self {
        Self::at(served.smpp())
    }

    /// Connected to this door.
    pub fn at(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// On a connection that somebody made.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    pub fn bound(served: &Served) -> Self {
        let mut application = Self::connect(served);
        assert_eq!(application.bind("secret"), (BIND_TRANSCEIVER | RESPONSE, 0, 1));
        application
    }

    fn bind(&mut self, password: &str) -> (u32, u32, u32) {
        let body = [b"labesme\0", password.as_bytes(), b"\0\0\x34\0\0\0"].concat();
        self.send(BIND_TRANSCEIVER, 1, &body);
        self.header()
    }

    pub fn send(&mut self, command: u32, sequence: u32, body: &[u8]) {
        self.0.write_all(&pdu(command, sequence, body)).unwrap();
    }

    /// Sends the first octets of a PDU.
    pub fn send_part(&mut self, command: u32, sequence: u32, body: &[u8], octets: usize) {
        self.0.write_all(&pdu(command, sequence, body)[..octets]).unwrap();
    }

    /// command_id, command_status, sequence_number and body of the next PDU.
    pub fn receive(&mut self) -> (u32, u32, u32, Vec<u8>) {
        let mut header = [0; 16];
        self.0.read_exact(&mut header).expect("the door does not answer");
        let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(word(0)).unwrap() - 16];
        self.0.read_exact(&mut body).unwrap();
        (word(4), word(8), word(12), body)
    }

    pub fn header(&mut self) -> (u32, u32, u32) {
        let (command, status, sequence, _) = self.receive();
        (command, status, sequence)
    }

    pub fn lives(&mut self) {
        self.send(ENQUIRE_LINK, 77, &[]);
        assert_eq!(self.header(), (ENQUIRE_LINK | RESPONSE, 0, 77));
    }

    /// Whether the door has closed the connection.
    fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).is_ok() && rest.is_empty()
    }

    /// What comes until the door closes the connection, or resets it.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let ended = self.0.read_to_end(&mut rest);
        let in_time = ended.map_or_else(|error| error.kind() == ErrorKind::ConnectionReset, |_| true);
        assert!(in_time, "the door does not close the connection");
        rest
    }
}

fn pdu(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let mut octets = [length, command, 0, sequence].map(u32::to_be_bytes).concat();
    octets.extend(body);
    octets
}

fn submit(to: &str, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [b"\0\0\x0136123\0\x01\x01", to.as_bytes(), b"\0\0\0\0\0\0\x01\0\0\0", &[length], text.as_bytes()]
        .concat()
}

#[test]
fn a_bad_application_gets_the_protocols_answer_and_a_good_one_does_not_notice() {
    let served = Served::of(LAB);
    let mut good = Application::bound(&served);
    // A wrong password.
    let mut wrong = Application::connect(&served);
    assert_eq!(wrong.bind("guess"), (BIND_TRANSCEIVER | RESPONSE, 0x0e, 1));
    // A request before the bind, and an unknown one.
    wrong.send(SUBMIT_SM, 2, &submit("33639980100", "x"));
    assert_eq!(wrong.header(), (SUBMIT_SM | RESPONSE, 0x04, 2));
    wrong.send(0x1234, 3, b"body");
    assert_eq!(wrong.header(), (GENERIC_NACK, 0x03, 3));
    // One bind too many.
    let second = Application::bound(&served);
    assert_eq!(wrong.bind("secret"), (BIND_TRANSCEIVER | RESPONSE, 0x0d, 1));
    drop(second);
    // A length of two gigabytes, and an HTTP request: the connection has no meaning any more.
    for octets in [&b"\x7f\xff\xff\xff\0\0\0\x04\0\0\0\0\0\0\0\x09"[..], b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]
    {
        let mut bad = Application::connect(&served);
        bad.0.write_all(octets).unwrap();
        let (command, status, _) = bad.header();
        assert_eq!((command, status), (GENERIC_NACK, 0x02));
        assert!(bad.is_closed());
    }
    // A PDU that is cut off by the end of the connection, and connections that say nothing.
    let mut cut = Application::connect(&served);
    cut.0.write_all(&pdu(SUBMIT_SM, 4, &submit("33639980100", "x"))[..30]).unwrap();
    cut.0.shutdown(Shutdown::Write).unwrap();
    assert!(cut.is_closed());
    let _silent: Vec<_> = (0..20).map(|_| Application::connect(&served)).collect();
    good.lives();
    let notes = served.ctl("lab.core().notes(\"esme-protocol-error\").len()");
    assert_eq!(notes, "5");
    assert_eq!(served.ctl("lab.core().note_count(\"esme-bind-refused\")"), "2");
}

#[test]
fn a_flood_is_throttled_and_another_session_is_served() {
    let served = Served::of(LAB);
    let (mut flood, mut good) = (Application::bound(&served), Application::bound(&served));
    let count = 2_000;
    let all: Vec<u8> =
        (1..=count).flat_map(|sequence| pdu(SUBMIT_SM, sequence, &submit("33639980100", "x"))).collect();
    let mut writer = flood.0.try_clone().unwrap();
    let sent = std::thread::spawn(move || writer.write_all(&all).unwrap());
    good.lives();
    let (mut accepted, mut throttled, mut answered) = (0, 0, 0);
    while answered < count {
        let (command, status, sequence) = flood.header();
        if command == SUBMIT_SM | RESPONSE {
            answered += 1;
            assert_eq!(sequence, answered, "answers in order");
            match status {
                0 => accepted += 1,
                0x58 => throttled += 1,
                other => panic!("status {other:#x}"),
            }
        } else {
            assert_eq!(command, DELIVER_SM);
            flood.send(DELIVER_SM | RESPONSE, sequence, b"\0");
        }
    }
    sent.join().unwrap();
    assert!(accepted > 0 && throttled > 1_000, "{accepted} accepted, {throttled} throttled");
    good.lives();
    assert_eq!(served.ctl("lab.core().note_count(\"sms-accepted\")"), accepted.to_string());
}

/// An application that keeps to its window, ten requests at a time, and not to its rate.
#[test]
fn more_than_the_rate_is_throttled_though_the_window_is_kept() {
    let text = std::fs::read_to_string(root().join(LAB)).unwrap();
    let out = Out::new();
    let file = out.file("slow.toml", &text.replace("rate = 1000\n", "rate = 2\n"));
    let served = Served::start_in(out, &["--lab", &file]);
    let mut application = Application::bound(&served);
    let began = Instant::now();
    let (mut accepted, mut throttled) = (0, 0);
    let mut answer = |application: &mut Application, expected| {
        let (command, status, sequence) = application.header();
        assert_eq!((command, sequence), (SUBMIT_SM | RESPONSE, expected));
        match status {
            0 => accepted += 1,
            0x58 => throttled += 1,
            other => panic!("status {other:#x}"),
        }
        status == 0
    };
    for round in 0..10 {
        let sequences = round * 10 + 1..=round * 10 + 10;
        for sequence in sequences.clone() {
            application.send(SUBMIT_SM, sequence, &submit("33639980100", "x"));
        }
        for sequence in sequences {
            answer(&mut application, sequence);
        }
    }
    // What is left for the next second can be used then.
    let mut sequence = 100;
    let mut taken = false;
    while !taken {
        assert!(began.elapsed() < PATIENCE, "throttled for ever");
        sequence += 1;
        application.send(SUBMIT_SM, sequence, &submit("33639980100", "x"));
        taken = answer(&mut application, sequence);
    }
    let allowed = 2 + 2 * (began.elapsed().as_secs() + 1);
    assert!(accepted <= allowed && throttled > 0, "{accepted} accepted of {allowed}, {throttled} throttled");
    assert_eq!(served.ctl("lab.core().note_count(\"esme-throttled\")"), throttled.to_string());
    assert_eq!(served.ctl("lab.core().note_count(\"sms-accepted\")"), accepted.to_string());
    assert_eq!(served.ctl("lab.core().note_count(\"esme-protocol-error\")"), "0", "the window was kept");
}

#[test]
fn a_message_of_a_device_waits_until_its_application_is_bound() {
    let served = Served::of(LAB);
    let mut modem = served.open("m3");
    modem.until("+CPIN: READY\r\n");
    modem.type_in("ATE0;+CMGF=1;+CREG=1;+CREG?\r");
    if !modem.until("OK\r\n").contains("+CREG: 1,1") {
        modem.until("+CREG: 1\r\n");
    }
    modem.type_in("AT+CMGS=\"36123\"\r");
    modem.until("> ");
    modem.type_in("STATUS\x1a");
    modem.until("OK\r\n");
    let mut application = Application::bound(&served);
    let (command, _, sequence, body) = application.receive();
    assert_eq!(command, DELIVER_SM);
    let expected = b"\0\x01\x0133639980103\0\0\x0136123\0\0\0\0\0\0\0\0\0\0\x06STATUS";
    assert_eq!(body, expected, "{}", String::from_utf8_lossy(&body));
    application.send(DELIVER_SM | RESPONSE, sequence, b"\0");
    application.lives();
    assert_eq!(served.ctl("lab.core().note_count(\"sms-delivered\")"), "1");
}

/// Waits until there are so many notes of this code, those of before this start included.
pub fn until_noted(served: &Served, code: &str, count: u32) {
    let began = Instant::now();
    let counted = format!("lab.core().note_count(\"{code}\")");
    while served.ctl(&counted) != count.to_string() {
        let codes = || served.ctl("lab.core().notes(\"\").map(|note| `${note.at} ${note.code}`)");
        assert!(began.elapsed() < PATIENCE, "not {count} times {code}: {}", codes());
    }
}

/// submit_sm with a receipt asked for.
pub fn submit_registered(to: &str, text: &str) -> Vec<u8> {
    let mut body = submit(to, text);
    let registered_delivery = body.len() - text.len() - 5;
    body[registered_delivery] = 1;
    body
}

#[test]
fn a_message_that_was_accepted_outlives_the_program_and_its_receipt_reaches_the_application() {
    outlives(&["--lab", LAB]);
}

/// The same wherever the state is kept.
pub fn outlives(arguments: &[&str]) {
    let served = Served::start_in(Out::new(), arguments);
    let mut modem = served.open("m3");
    modem.until("+CPIN: READY\r\n");
    modem.type_in("AT+CFUN=0\r");
    modem.until("OK\r\n");
    let mut application = Application::bound(&served);
    application.send(SUBMIT_SM, 2, &submit_registered("33639980103", "before the end"));
    let (command, status, _, id) = application.receive();
    assert_eq!((command, status), (SUBMIT_SM | RESPONSE, 0));
    // The lab has no chance to write anything when it is killed.
    let served = served.killed_and_started_again(arguments);
    let mut modem = served.open("m3");
    modem.until("+CPIN: READY\r\n");
    modem.type_in("ATE0;+CMGF=1\r");
    modem.until("OK\r\n");
    until_noted(&served, "sms-delivered", 1);
    // Delivered, told to nobody yet, and killed again.
    let served = served.killed_and_started_again(arguments);
    let mut application = Application::bound(&served);
    let (command, _, sequence, body) = application.receive();
    assert_eq!(command, DELIVER_SM);
    let (receipt, id) = (String::from_utf8_lossy(&body), String::from_utf8_lossy(&id));
    let id = id.trim_end_matches('\0');
    assert!(receipt.contains(&format!("id:{id} ")) && receipt.contains("stat:DELIVRD"), "{receipt}");
    application.send(DELIVER_SM | RESPONSE, sequence, b"\0");
    // Notes are kept too.
    let before: u32 = served.ctl("lab.core().note_count(\"sms-delivered\")").parse().unwrap();
    application.send(SUBMIT_SM, 3, &submit("33639980103", "after it"));
    let (command, status, _, next) = application.receive();
    assert_eq!((command, status), (SUBMIT_SM | RESPONSE, 0));
    assert_ne!(String::from_utf8_lossy(&next).trim_end_matches('\0'), id);
    let mut modem = served.open("m3");
    modem.until("+CPIN: READY\r\n");
    modem.type_in("ATE0;+CMGF=1;+CNMI=2,2\r");
    let mut seen = modem.until("OK\r\n");
    while !seen.contains("after it") {
        seen.push_str(&modem.until("\r\n"));
    }
    assert!(!seen.contains("before the end"), "{seen}");
    until_noted(&served, "sms-delivered", before + 1);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let served = Served::of(LAB);
    let out = Out::new();
    let address = served.smpp().to_string();
    let arguments = ["serve", "--semtech-udp", "127.0.0.1:0", "--smpp", &address];
    out.dtk(&arguments).has_code(exit::BAD_USAGE).complains(&[&address]);
}

/// Plane, protocol, command_id and complaint of each frame; `None` where tshark is not installed.
fn dissected(file: &Path) -> Option<Vec<[String; 4]>> {
    let mut command = Command::new("tshark");
    command.arg("-n").arg("-r").arg(file).args(["-T", "fields", "-E", "separator=/t"]);
    for field in ["frame.interface_name", "_ws.col.Protocol", "smpp.command_id", "_ws.malformed"] {
        command.args(["-e", field]);
    }
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: tshark is not installed, nobody has read the capture");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let columns = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        [(); 4].map(|()| columns.next().unwrap_or_default())
    };
    Some(text.lines().map(columns).collect())
}

#[test]
fn what_applications_and_the_door_say_is_a_plane_of_the_capture() {
    let out = Out::new();
    let file = out.path().join("live.pcapng");
    let served = Served::start_in(out, &["--lab", LAB, "--capture", &file.display().to_string()]);
    let mut application = Application::bound(&served);
    application.send(SUBMIT_SM, 2, &submit("33639980100", "first"));
    assert_eq!(application.header(), (SUBMIT_SM | RESPONSE, 0, 2));
    application.send(SUBMIT_SM, 3, b"\0\0");
    assert_eq!(application.header().0, SUBMIT_SM | RESPONSE);
    application.send(0x1234, 4, b"body");
    assert_eq!(application.header(), (GENERIC_NACK, 0x03, 4));
    application.lives();
    application.send(6, 5, &[]);
    assert_eq!(application.header(), (6 | RESPONSE, 0, 5));
    // A round of the lab after the last one.
    served.ctl("1");
    served.ctl("1");
    let octets = std::fs::read(&file).unwrap();
    assert!(!octets.windows(6).any(|window| window == b"secret"), "the password is masked");
    let Some(frames) = dissected(&file) else { return };
    assert!(frames.iter().all(|[.., complaint]| complaint.is_empty()), "{frames:?}");
    let smpp = frames.iter().filter(|[plane, ..]| plane == "smpp");
    let seen: Vec<_> = smpp.map(|[_, protocol, command, _]| (protocol.as_str(), command.as_str())).collect();
    let commands = [
        "0x00000009",
        "0x80000009",
        "0x00000004",
        "0x80000004",
        "0x80000004",
        "0x80000000",
        "0x00000015",
        "0x80000015",
        "0x00000006",
        "0x80000006",
    ];
    assert_eq!(seen, commands.map(|command| ("SMPP", command)));
    let malformed = frames.iter().filter(|[plane, ..]| plane == "malformed");
    assert_eq!(malformed.count(), 2, "a body that ends too early, and a command that there is not");
}
