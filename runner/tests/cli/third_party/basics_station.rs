//! A station over the websocket client of the Python package `websockets`, with frames of the crate `lorawan`.
//!
//! The station takes frames apart and puts its messages together as `s2e.c` does; it is written in Python, and the frames
//! come over its standard input, so that neither end is the code under test.

use super::{PATIENCE, quiet, skip, tools};
use crate::serve::Served;
use crate::served_gateway::{APP_KEY, join_request, notes};
use lorawan::creator::DataPayloadCreator;
use lorawan::keys::AppKey;
use lorawan::parser::{DecryptedJoinAcceptPayload, DevNonce};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};

const PACKAGE: &str = "websockets==15.0.1";
const STATION: &str = include_str!("station.py");

/// Two tests want it at once, and a folder that is half made is of no use to either.
fn interpreter() -> Option<PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(make_interpreter).clone()
}

fn make_interpreter() -> Option<PathBuf> {
    let folder = tools().join("websockets");
    let python = folder.join("bin/python");
    let usable = || quiet(python.to_str()?, &["-c", "import websockets.sync.client"]);
    if usable().is_none() {
        quiet("python3", &["-m", "venv", folder.to_str()?])?;
        quiet(python.to_str()?, &["-m", "pip", "install", "--quiet", PACKAGE])?;
        usable()?;
    }
    Some(python)
}

/// A station in a process of its own: a line of JSON in is an order, a line out is what the door said.
struct Station {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<String>,
}

impl Station {
    fn start(python: &PathBuf, served: &Served, router: &str) -> Self {
        let uri = format!("ws://{}", served.basics_station());
        let mut child = Command::new(python)
            .args(["-c", STATION, &uri, router])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(said).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, orders, lines }
    }

    fn order(&mut self, order: &Value) {
        writeln!(self.orders, "{order}").unwrap();
    }

    #[track_caller]
    fn says(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("the door says nothing");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    fn hears(&mut self, xtime: i64, frame: &[u8]) {
        self.order(&json!({ "frame": hex::encode(frame), "xtime": xtime, "dr": 5, "freq": 868_100_000 }));
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_station_joins_a_device_and_carries_its_data() {
    let Some(python) = interpreter() else {
        skip(
            "a_station_joins_a_device_and_carries_its_data",
            "no python3 with venv, or the package cannot be fetched",
        );
        return;
    };
    let served = Served::start();
    let mut station = Station::start(&python, &served, "16:c001:f150:2");
    let info = station.says();
    assert_eq!(info["router"], "16:c001:f150:2", "{info}");
    let config = station.says();
    assert_eq!((&config["msgtype"], &config["region"]), (&json!("router_config"), &json!("EU868")));
    assert_eq!(config["hwspec"], "sx1301/1");
    assert_eq!(config["upchannels"].as_array().unwrap().len(), 8);

    let start = 0x0012_3456_0000_0000_i64 + 0xffff_0000;
    station.hears(start, &join_request(0x0101));
    let accept = station.says();
    assert_eq!(
        (&accept["msgtype"], &accept["dC"], &accept["RxDelay"]),
        (&json!("dnmsg"), &json!(0), &json!(5))
    );
    assert_eq!((&accept["RX1DR"], &accept["RX1Freq"]), (&json!(5), &json!(868_100_000)), "{accept}");
    assert_eq!((&accept["xtime"], &accept["rctx"]), (&json!(start), &json!(3)), "{accept}");
    assert_eq!(accept["DevEui"], "00-04-A3-0B-00-1A-2B-3C");
    station.order(&json!({ "dntxed": accept }));

    let app_key = AppKey::from(APP_KEY);
    let pdu = hex::decode(accept["pdu"].as_str().unwrap()).unwrap();
    let accept = DecryptedJoinAcceptPayload::new(pdu, &app_key).unwrap();
    let nonce = DevNonce::from(0x0101_u16.to_le_bytes());
    let (nwk, app) = (accept.derive_newskey(&nonce, &app_key), accept.derive_appskey(&nonce, &app_key));
    let frame = |fcnt: u32, confirmed: bool| {
        let mut creator = DataPayloadCreator::new();
        creator.set_confirmed(confirmed).set_uplink(true).set_f_port(42).set_fcnt(fcnt);
        creator.set_dev_addr(accept.dev_addr().to_owned());
        creator.build(b"hello", &[], &nwk, &app).unwrap().to_vec()
    };
    let device = "lab.core().node(lab.node(\"node-a\"))";
    station.hears(start + 20_000_000, &frame(0, true));
    let ack = station.says();
    assert_eq!(ack["DevEui"], "00-04-A3-0B-00-1A-2B-3C", "a station tells nothing of a frame without it");
    assert_eq!((&ack["RxDelay"], &ack["xtime"]), (&json!(1), &json!(start + 20_000_000)), "{ack}");
    station.order(&json!({ "dntxed": ack }));
    served.ctl(&format!("{device}.prefer_window(\"RX2\"); {device}.downlink(9, \"CAFE\")"));
    station.hears(start + 40_000_000, &frame(1, false));
    let downlink = station.says();
    assert_eq!(
        (&downlink["RX2DR"], &downlink["RX2Freq"], &downlink["RxDelay"]),
        (&json!(0), &json!(869_525_000), &json!(1))
    );
    assert_eq!(downlink["RX1Freq"], Value::Null);
    station.order(&json!({ "dntxed": downlink }));
    station.order(&json!({ "raw": "{\"msgtype\":\"timesync\",\"txtime\":77}" }));
    let sync = station.says();
    assert_eq!((&sync["msgtype"], &sync["txtime"]), (&json!("timesync"), &json!(77)));
    assert!(sync["gpstime"].as_u64().unwrap() > 1_450_000_000_000_000, "{sync}");

    // What goes at once, for the device and for a group that it is in.
    served.ctl(&format!("{device}.class(\"C\"); {device}.downlink(10, \"BEEF\")"));
    let at_once = station.says();
    assert_eq!(
        (&at_once["dC"], &at_once["DevEui"]),
        (&json!(2), &json!("00-04-A3-0B-00-1A-2B-3C")),
        "{at_once}"
    );
    station.order(&json!({ "dntxed": at_once }));
    let key = "00112233445566778899aabbccddeeff";
    served.ctl(&format!(
        "lab.core().multicast_group(\"11223344\", \"{key}\", \"{key}\", [lab.node(\"node-a\")]).send(5, \"01\")"
    ));
    let copy = station.says();
    assert_eq!((&copy["dC"], &copy["DevEui"]), (&json!(2), &json!("00-00-00-00-00-00-00-01")), "{copy}");
    station.order(&json!({ "dntxed": copy }));
    // The answer to what the station says last: all before it has been taken.
    station.order(&json!({ "raw": "{\"msgtype\":\"timesync\",\"txtime\":78}" }));
    assert_eq!(station.says()["txtime"], 78);

    assert_eq!(notes(&served, "join-accepted"), "1");
    assert_eq!(notes(&served, "uplink-accepted"), "2");
    assert_eq!(notes(&served, "downlink-sent"), "4");
    assert_eq!(notes(&served, "multicast-sent"), "1");
    assert_eq!(notes(&served, "gateway-refused"), "0");
    assert_eq!(served.ctl("lab.core().gateways()[0].datagrams_up"), "11");
}

#[test]
fn a_bad_station_is_noted_and_a_good_one_does_not_notice() {
    let Some(python) = interpreter() else {
        skip(
            "a_bad_station_is_noted_and_a_good_one_does_not_notice",
            "no python3 with venv, or the package cannot be fetched",
        );
        return;
    };
    let served = Served::start();
    let stranger = Station::start(&python, &served, "16:c001:f150:ff");
    assert_eq!(stranger.says()["error"], "the gateway is not registered");
    let mut good = Station::start(&python, &served, "16:c001:f150:2");
    good.says();
    assert_eq!(good.says()["msgtype"], "router_config");
    // No websocket at all, no such path, and nothing said.
    for request in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n"] {
        let mut stream = std::net::TcpStream::connect(served.basics_station()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
    }
    let _silent: Vec<_> =
        (0..20).map(|_| std::net::TcpStream::connect(served.basics_station()).unwrap()).collect();
    let bad = [
        "{",
        "[]",
        "{\"msgtype\":\"updf\"}",
        "{\"msgtype\":\"rejoin\"}",
        "{\"msgtype\":\"jreq\",\"MHdr\":0,\"JoinEui\":\"zz\",\"DevEui\":\"::1\",\"DevNonce\":1,\"MIC\":0}",
    ];
    for text in bad {
        good.order(&json!({ "raw": text }));
    }
    good.hears(5_000_000, &join_request(0x0202));
    assert_eq!(good.says()["msgtype"], "dnmsg", "the station is not served after its bad messages");
    assert_eq!(notes(&served, "gateway-refused"), (bad.len() + 2).to_string());
    assert_eq!(notes(&served, "gateway-unknown"), "1");
}
