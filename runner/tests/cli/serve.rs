//! `dtk serve` as outside programs see it: devices behind paths that stay, and one vocabulary for hands.

use crate::program::{Out, PATIENCE, Running, next, root};
use runner::exit;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};

/// A served lab.
pub struct Served {
    pub out: Out,
    pub running: Running,
    ready: Value,
}

impl Served {
    /// Serves the default lab on a free port and waits until it says that it is ready.
    pub fn start() -> Self {
        Self::of("lab.toml")
    }

    /// Serves this lab.
    pub fn of(lab: &str) -> Self {
        Self::start_in(Out::new(), &["--lab", lab])
    }

    /// Kills the lab, which gets no chance to do anything, and serves it again in the same folder.
    pub fn killed_and_started_again(self, arguments: &[&str]) -> Self {
        let Self { out, running, .. } = self;
        drop(running);
        Self::start_in(out, arguments)
    }

    /// Serves in this folder, with more arguments.
    pub fn start_in(out: Out, arguments: &[&str]) -> Self {
        let free = "127.0.0.1:0";
        let usual = ["serve", "--json", "--semtech-udp", free, "--smpp", free, "--basics-station", free];
        let running = out.start(&[usual.as_slice(), arguments].concat());
        let line = next(&running.stdout).expect("the program ended before it was ready");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        Self { out, running, ready }
    }

    /// Where the door for gateways listens.
    pub fn semtech_udp(&self) -> SocketAddr {
        self.door("semtech-udp")
    }

    /// Where the door for applications listens.
    pub fn smpp(&self) -> SocketAddr {
        self.door("smpp")
    }

    /// Where the door for stations listens.
    pub fn basics_station(&self) -> SocketAddr {
        self.door("basics-station")
    }

    /// Where a door listens.
    pub fn door(&self, name: &str) -> SocketAddr {
        let doors = self.ready["doors"].as_array().unwrap();
        let door = doors.iter().find(|door| door["name"] == name).unwrap();
        door["address"].as_str().unwrap().parse().unwrap()
    }

    /// The path of a device's port.
    pub fn port(&self, device: &str) -> String {
        let devices = self.ready["devices"].as_array().unwrap();
        let device =
            devices.iter().find(|known| known["name"] == device).unwrap_or_else(|| panic!("no {device}"));
        device["port"].as_str().unwrap().to_owned()
    }

    /// The port of a device, opened as any program would.
    pub fn open(&self, device: &str) -> Terminal {
        Terminal::open(&self.port(device))
    }

    /// What `dtk ctl` says to an expression.
    pub fn ctl(&self, expression: &str) -> String {
        self.out.dtk(&["ctl", expression]).has_code(exit::PASSED).stdout.trim().to_owned()
    }
}

/// A device's port as a file, read on a thread so that no wait is without end.
pub struct Terminal {
    file: File,
    heard: Receiver<u8>,
}

impl Terminal {
    fn open(path: &str) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut reader = file.try_clone().unwrap();
        let (sender, heard) = channel();
        std::thread::spawn(move || {
            let mut octet = [0];
            while reader.read_exact(&mut octet).is_ok() && sender.send(octet[0]).is_ok() {}
        });
        Self { file, heard }
    }

    pub fn type_in(&mut self, text: &str) {
        self.file.write_all(text.as_bytes()).unwrap();
    }

    /// What comes until the text has come.
    pub fn until(&self, text: &str) -> String {
        let mut seen = String::new();
        while !seen.ends_with(text) {
            match self.heard.recv_timeout(PATIENCE) {
                Ok(octet) => seen.push(char::from(octet)),
                Err(error) => panic!("no {text:?}, but {seen:?}: {error}"),
            }
        }
        seen
    }

    /// Types a command until the modem answers it: one that has just been switched on hears nothing.
    pub fn wake(&mut self) {
        self.until("APP RDY\r\n");
        self.type_in("AT\r");
        self.until("OK\r\n");
    }
}

#[test]
fn the_ready_line_names_every_device_and_door() {
    let served = Served::start();
    assert_eq!(served.ready["ready"], true);
    let devices = served.ready["devices"].as_array().unwrap();
    let names: Vec<&str> = devices.iter().map(|device| device["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["modem-a", "modem-b", "modem-c", "modem-bare", "node-a"]);
    for device in devices {
        let link = std::path::Path::new(device["port"].as_str().unwrap());
        assert!(link.is_absolute() && link.starts_with(served.out.path()), "{device}");
        assert!(link.is_symlink() && link.exists(), "{device}: the link leads nowhere");
        assert!(["modem", "lora-node"].contains(&device["kind"].as_str().unwrap()), "{device}");
    }
    assert_ne!(served.semtech_udp().port(), 0, "the port that was chosen is not told");
}

#[test]
fn a_modem_answers_whoever_opens_its_port() {
    let served = Served::start();
    let mut modem = served.open("modem-a");
    modem.wake();
    modem.type_in("AT+CGSN\r");
    assert!(modem.until("OK\r\n").contains("356938035643809"));
    modem.type_in("AT+NOSUCH\r");
    modem.until("ERROR\r\n");
}

#[test]
fn a_port_that_was_closed_can_be_opened_again() {
    let served = Served::start();
    served.open("modem-a").wake();
    let mut modem = served.open("modem-a");
    modem.type_in("AT\r");
    modem.until("OK\r\n");
}

#[test]
fn a_node_answers_whoever_opens_its_port() {
    let served = Served::start();
    let mut node = served.open("node-a");
    node.type_in("sys get ver\r\n");
    assert!(node.until("\r\n").contains("RN2483") || node.until("\r\n").contains("RN2483"));
    node.type_in("mac join otaa\r\n");
    node.until("ok\r\n");
    node.until("accepted\r\n");
}

#[test]
fn a_short_message_sent_by_hand_reaches_the_port() {
    let served = Served::start();
    let mut modem = served.open("modem-a");
    modem.wake();
    modem.type_in("AT+CMGF=0;+CPMS=\"SM\",\"SM\",\"SM\";+CNMI=2,1,0,1,0\r");
    modem.until("OK\r\n");
    served.ctl("lab.core().send_sms(\"+33639980002\", \"+33639980001\", \"hello\")");
    modem.until("+CMTI: \"SM\",1\r\n");
    modem.type_in("AT+CMGR=1\r");
    assert!(modem.until("OK\r\n").contains("+CMGR: 0,"));
}

#[test]
fn hands_have_the_vocabulary_of_scripts() {
    let served = Served::start();
    assert_eq!(served.ctl("1 + 1"), "2");
    assert_eq!(served.ctl("lab.core().note_count(\"no-such-note\")"), "0");
    let ended = served.out.dtk(&["ctl", "lab.cor()"]).has_code(exit::BROKEN);
    ended.complains(&["error: Function not found: cor"]);
    let ended = served.out.dtk(&["ctl", "lab.core("]).has_code(exit::BROKEN);
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    assert_eq!(served.ctl("2 + 2"), "4", "the lab did not survive a mistyped expression");
}

#[test]
fn ctrl_c_takes_the_lab_down() {
    let served = Served::start();
    let Served { out, running, ready } = served;
    running.interrupt();
    running.end().has_code(exit::PASSED);
    for device in ready["devices"].as_array().unwrap() {
        let link = std::path::Path::new(device["port"].as_str().unwrap());
        assert!(!link.is_symlink(), "{} is left behind", link.display());
    }
    out.dtk(&["ctl", "1"]).has_code(exit::BAD_USAGE);
}

#[test]
fn a_door_that_cannot_be_opened_is_named() {
    let served = Served::start();
    let address = served.semtech_udp().to_string();
    let out = Out::new();
    let ended = out.dtk(&["serve", "--json", "--semtech-udp", &address]).has_code(exit::BAD_USAGE);
    ended.complains(&[&address]);
}

#[test]
fn the_kit_need_not_exist_for_a_lab_to_be_served() {
    let out = Out::new();
    let lab = root().join("tests/labs/one-modem.toml").display().to_string();
    let running = out.start(&[
        "serve",
        "--json",
        "--semtech-udp",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
        "--suites",
        "no/such/kit",
        "--lab",
        &lab,
    ]);
    let line = next(&running.stdout).expect("the program ended before it was ready");
    assert!(line.contains("\"ready\":true"), "{line}");
}

#[test]
fn a_second_lab_in_the_same_folder_is_refused_and_leaves_the_first_alone() {
    let served = Served::start();
    let second = served
        .out
        .dtk(&["serve", "--semtech-udp", "127.0.0.1:0", "--smpp", "127.0.0.1:0"])
        .has_code(exit::BAD_USAGE);
    second.complains(&["already served", "--out names another folder"]);
    assert_eq!(served.ctl("1 + 1"), "2");
    served.open("modem-a").wake();
}

#[test]
fn a_client_that_says_nothing_does_not_keep_the_others_waiting() {
    let served = Served::start();
    let silent = std::os::unix::net::UnixStream::connect(served.out.path().join("dev/control.sock")).unwrap();
    assert_eq!(served.ctl("6 * 7"), "42");
    drop(silent);
}

#[test]
fn the_capture_of_a_served_lab_grows_while_it_is_served() {
    let out = Out::new();
    let file = out.path().join("live.pcapng");
    let path = file.display().to_string();
    let free = "127.0.0.1:0";
    let running = out.start(&["serve", "--json", "--semtech-udp", free, "--smpp", free, "--capture", &path]);
    next(&running.stdout).expect("the program ended before it was ready");
    let began = std::time::Instant::now();
    // The modems attach by themselves; the first message is an ATTACH REQUEST in a datagram of GSMTAP.
    let holds = |wanted: &[u8]| {
        let octets = std::fs::read(&file).unwrap();
        octets.windows(wanted.len()).any(|window| window == wanted)
    };
    while !(holds(&[0x12, 0x79, 0x12, 0x79]) && holds(b"modem-a")) {
        assert!(began.elapsed() < PATIENCE, "nothing was captured");
        out.dtk(&["ctl", "1"]).has_code(exit::PASSED);
    }
}

#[test]
fn a_capture_that_cannot_be_written_is_refused_with_its_path() {
    let free = "127.0.0.1:0";
    let words = ["serve", "--semtech-udp", free, "--smpp", free, "--capture", "no/such/folder/live.pcapng"];
    let refused = Out::new().dtk(&words).has_code(exit::BAD_USAGE);
    refused.complains(&["no/such/folder/live.pcapng", "No such file"]);
}

#[test]
fn the_frames_of_a_served_lab_are_opened_on_demand() {
    let out = Out::new();
    let file = out.path().join("live.pcapng").display().to_string();
    let served = Served::start_in(out, &["--capture", &file, "--capture-decrypted"]);
    let mut node = served.open("node-a");
    node.type_in("sys get ver\r\n");
    node.until("RN2483");
    node.type_in("mac join otaa\r\n");
    node.until("ok\r\n");
    node.until("accepted\r\n");
    served.ctl("1");
    served.ctl("1");
    let table = std::fs::read_to_string(format!("{file}.keys")).unwrap();
    assert!(table.lines().count() == 1 && table.len() == 100, "{table}");
    let octets = std::fs::read(&file).unwrap();
    assert!(octets.windows(6).any(|window| window == b"lora\x09\0"), "there is no plane of frames");
}
