//! Messages per second through the SMPP door of `dtk serve`, beside the same client against a loop that says yes.
//!
//! The client keeps a window of unanswered submit_sm full. The card is in no device: what is measured is the way from the
//! socket into the service centre's store and back.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Instant as Clock;

const MESSAGES: u32 = 50_000;
const WINDOWS: [u32; 3] = [1, 10, 100];
const LAB: &str = r#"
[lab]
name = "bench"
[operator]
home = "208-01"
service_centre = "+33639989000"
[[account]]
name = "acme"
[[esme]]
system_id = "labesme"
password = "secret"
account = "acme"
addresses = ["36123"]
max_binds = 10
window = 1000
rate = 1000000
queue = 1000000
[[sim]]
name = "a"
iccid = "8933010000000000002"
imsi = "208010000000001"
msisdn = "+33639980001"
account = "acme"
profile = "data-voice"
apns = []
puk1 = "12345678"
puk2 = "87654321"
"#;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = folder.path().join("lab.toml");
    std::fs::write(&lab, LAB).expect("a lab file");
    println!("{:>8} {:>14} {:>14}", "window", "door, msg/s", "yes, msg/s");
    for window in WINDOWS {
        // A lab of its own, so that no store is fuller than the other.
        let mut serve = Command::new(env!("CARGO_BIN_EXE_dtk"))
            .args(["serve", "--json", "--semtech-udp", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--lab"])
            .arg(&lab)
            .arg("--out")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut ready = String::new();
        BufReader::new(serve.stdout.take().expect("an output")).read_line(&mut ready).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the line is JSON");
        let doors = ready["doors"].as_array().expect("doors");
        let door = doors.iter().find(|door| door["name"] == "smpp").expect("the door");
        let door = door["address"].as_str().and_then(|text| text.parse().ok()).expect("an address");
        let (through_door, against_yes) = (client(door, window), client(yes(), window));
        println!("{window:>8} {through_door:>14.0} {against_yes:>14.0}");
        let _ = serve.kill();
        let _ = serve.wait();
    }
}

/// A server that answers every request with status 0.
fn yes() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let _ = stream.set_nodelay(true);
        let mut pending = VecDeque::new();
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            pending.extend(&buffer[..length]);
            let mut answers = Vec::new();
            while let Some(pdu) = take_pdu(&mut pending) {
                let command = u32::from_be_bytes([pdu[4], pdu[5], pdu[6], pdu[7]]) | 0x8000_0000;
                answers.extend(25_u32.to_be_bytes());
                answers.extend(command.to_be_bytes());
                answers.extend([0; 4]);
                answers.extend(&pdu[12..16]);
                answers.extend(b"00000001\0");
            }
            if stream.write_all(&answers).is_err() {
                return;
            }
        }
    });
    address
}

fn take_pdu(octets: &mut VecDeque<u8>) -> Option<Vec<u8>> {
    let length: Vec<u8> = octets.iter().take(4).copied().collect();
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    (octets.len() >= length).then(|| octets.drain(..length).collect())
}

/// Messages per second with so many unanswered.
fn client(address: SocketAddr, window: u32) -> f64 {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let mut pending = VecDeque::new();
    stream.write_all(&pdu(2, 0, b"labesme\0secret\0\0\x34\0\0\0")).expect("the bind is sent");
    assert_eq!(answers(&mut stream, &mut pending), 1);
    let body = [&b"\0\0\x0136123\0\x01\x0133639980001\0\0\0\0\0\0\0\0\0\0\x0c"[..], b"hello, bench"].concat();
    let began = Clock::now();
    let (mut sent, mut answered) = (0, 0);
    while answered < MESSAGES {
        let room = (window - (sent - answered)).min(MESSAGES - sent);
        let more: Vec<u8> = (0..room).flat_map(|index| pdu(4, sent + index + 1, &body)).collect();
        stream.write_all(&more).expect("the requests are sent");
        sent += room;
        answered += answers(&mut stream, &mut pending);
    }
    f64::from(MESSAGES) / began.elapsed().as_secs_f64()
}

/// Waits for answers and counts them; each has to be good.
fn answers(stream: &mut TcpStream, pending: &mut VecDeque<u8>) -> u32 {
    let mut buffer = [0; 16 * 1024];
    let length = stream.read(&mut buffer).expect("an answer");
    assert!(length > 0, "the connection was closed");
    pending.extend(&buffer[..length]);
    let mut count = 0;
    while let Some(pdu) = take_pdu(pending) {
        assert_eq!(pdu[8..12], [0; 4], "refused");
        count += 1;
    }
    count
}

fn pdu(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len() as u32;
    let mut octets = [length, command, 0, sequence].map(u32::to_be_bytes).concat();
    octets.extend(body);
    octets
}
