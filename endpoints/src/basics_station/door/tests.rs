//! Stations that are wrong in every way: each is told of in words, and the one beside them is served as before.

use super::*;
use simcore::lorawan::ChannelPlan;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::client_async;

const GOOD: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);
const BAD: Eui64 = Eui64::from_value(0x0016_c001_f150_0002);
const VERSION: &str = r#"{"msgtype":"version","station":"2.0.6(test)","protocol":2}"#;

type Socket = super::Socket<TcpStream>;

struct Opened {
    address: SocketAddr,
    events: UnboundedReceiver<StationEvent>,
}

impl Opened {
    async fn new() -> Self {
        let stations = Stations::from([GOOD, BAD].map(|gateway| (gateway, ChannelPlan::Eu868Eight)));
        let free = "127.0.0.1:0".parse().unwrap();
        let calendar = Calendar::virtual_start();
        let door = BasicsStationDoor::bind(free, stations, calendar).await.unwrap();
        let address = door.local_addr().unwrap();
        let (sender, events) = unbounded_channel();
        tokio::spawn(door.run(move |event| sender.send(event).is_ok()));
        Self { address, events }
    }

    async fn connect(&self, path: &str) -> Socket {
        let stream = TcpStream::connect(self.address).await.unwrap();
        client_async(format!("ws://{}{path}", self.address), stream).await.unwrap().0
    }

    async fn station(&self, gateway: Eui64) -> Socket {
        let mut socket = self.connect(&format!("/router-{gateway}")).await;
        socket.send(Message::text(VERSION)).await.unwrap();
        assert_eq!(says(&mut socket).await.unwrap()["msgtype"], "router_config");
        socket
    }

    /// The next word of refusal or of a stranger.
    async fn refusal(&mut self) -> String {
        loop {
            match self.events.recv().await.unwrap() {
                StationEvent::Refused { why, .. } => return why,
                StationEvent::Unknown { gateway } => return format!("unknown {gateway}"),
                StationEvent::OutsideTunnel { address, gateway, tunnel } => {
                    return format!("{gateway} from {address} outside {tunnel}");
                }
                StationEvent::Connected { .. }
                | StationEvent::Uplink(_)
                | StationEvent::TxAck { .. }
                | StationEvent::Traffic { .. } => {}
            }
        }
    }
}

/// What the door says next; `None` when it has closed the connection.
async fn says(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn expect_served(socket: &mut Socket) {
    socket.send(Message::text(r#"{"msgtype":"timesync","txtime":7}"#)).await.unwrap();
    assert_eq!(says(socket).await.expect("the good station is cut off")["msgtype"], "timesync");
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_told() {
    let mut door = Opened::new().await;
    let mut good = door.station(GOOD).await;
    for (path, want) in [
        ("/", "neither /router-info nor"),
        ("/router-", "neither /router-info nor"),
        ("/router-0016c001", "neither /router-info nor"),
        ("/router-0016c001f15000ff", "unknown 0016c001f15000ff"),
    ] {
        let mut socket = door.connect(path).await;
        assert_eq!(says(&mut socket).await, None, "{path}");
        let why = door.refusal().await;
        assert!(why.contains(want), "{path}: {why}");
    }
    for (question, want) in [("{", "has no router"), (r#"{"router":"::g"}"#, "has no router")] {
        let mut socket = door.connect("/router-info").await;
        socket.send(Message::text(question)).await.unwrap();
        assert!(says(&mut socket).await.unwrap()["error"].is_string(), "{question}");
        let why = door.refusal().await;
        assert!(why.contains(want), "{question}: {why}");
    }
    expect_served(&mut good).await;
}

#[tokio::test]
async fn a_bad_message_is_told_and_the_station_is_served_on() {
    let mut door = Opened::new().await;
    let mut station = door.station(GOOD).await;
    let rows = [
        (Message::binary(vec![0x40; 300]), "not binary"),
        (Message::text("{"), "EOF"),
        (Message::text("\u{0}"), "expected value"),
        (Message::text(r#"{"msgtype":"rejoin"}"#), "msgtype \"rejoin\" is not served"),
        (Message::text(r#"{"msgtype":"propdf","FRMPayload":"0g"}"#), "FRMPayload is not hexadecimal"),
        (Message::text(format!(r#"{{"msgtype":"{}"}}"#, "x".repeat(60_000))), "is not served"),
    ];
    for (message, want) in rows {
        station.send(message).await.unwrap();
        let why = door.refusal().await;
        assert!(why.contains(want), "{want}: {why}");
        expect_served(&mut station).await;
    }
}

#[tokio::test]
async fn a_message_too_long_ends_its_own_connection_only() {
    let mut door = Opened::new().await;
    let mut good = door.station(GOOD).await;
    let mut bad = door.station(BAD).await;
    bad.send(Message::text("x".repeat(LONGEST_MESSAGE + 1))).await.unwrap();
    let why = door.refusal().await;
    assert!(why.contains("too long"), "{why}");
    assert_eq!(says(&mut bad).await, None);
    expect_served(&mut good).await;
    expect_served(&mut door.station(BAD).await).await;
}

#[tokio::test]
async fn a_station_that_is_only_wrong_is_cut_off() {
    let door = Opened::new().await;
    let mut bad = door.station(BAD).await;
    for _ in 0..200 {
        if bad.send(Message::text("{")).await.is_err() {
            break;
        }
    }
    assert_eq!(says(&mut bad).await, None);
}

#[tokio::test]
async fn connections_that_stop_half_way_hold_nobody_up() {
    let door = Opened::new().await;
    let mut good = door.station(GOOD).await;
    let mut halves = Vec::new();
    let handshake = format!("GET /router-{BAD} HTTP/1.1\r\nHost: x\r\nUpgrade: webso");
    // The opening, then a frame that says 32768 octets and has three.
    for octets in [&[][..], handshake.as_bytes(), &[0x81, 0xfe, 0x80, 0x00, 1, 2, 3]] {
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        stream.write_all(octets).await.unwrap();
        halves.push(stream);
    }
    let mut half = door.station(BAD).await;
    half.get_mut().write_all(&[0x81, 0xfe, 0x80, 0x00, 1, 2, 3, 4, 5]).await.unwrap();
    expect_served(&mut good).await;
    // The gateway whose connection hangs comes again, and its old one is over.
    expect_served(&mut door.station(BAD).await).await;
    assert_eq!(says(&mut half).await, None);
}

mod tls;

#[tokio::test]
async fn a_station_behind_a_tunnel_is_served_from_the_tunnel_only() {
    let stations = Stations::from([GOOD, BAD].map(|gateway| (gateway, ChannelPlan::Eu868Eight)));
    let free = "127.0.0.1:0".parse().unwrap();
    let calendar = Calendar::virtual_start();
    let door = BasicsStationDoor::bind(free, stations, calendar).await.unwrap();
    let door = door.with_tunnels(BTreeMap::from([(BAD, "127.8.0.0/16".parse().unwrap())]));
    let address = door.local_addr().unwrap();
    let (sender, events) = unbounded_channel();
    tokio::spawn(door.run(move |event| sender.send(event).is_ok()));
    let mut door = Opened { address, events };
    let through = async |path: &str| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.8.0.1:0".parse().unwrap()).unwrap();
        let stream = socket.connect(address).await.unwrap();
        client_async(format!("ws://{address}{path}"), stream).await.unwrap().0
    };
    let mut good = door.station(GOOD).await;
    let mut inside: Socket = through(&format!("/router-{BAD}")).await;
    inside.send(Message::text(VERSION)).await.unwrap();
    assert_eq!(says(&mut inside).await.unwrap()["msgtype"], "router_config");
    // The same name in clear.
    let mut clear = door.connect(&format!("/router-{BAD}")).await;
    assert_eq!(says(&mut clear).await, None);
    let why = door.refusal().await;
    assert!(
        why.starts_with(&format!("{BAD} from 127.0.0.1:")) && why.ends_with("outside 127.8.0.0/16"),
        "{why}"
    );
    let question = format!(r#"{{"router":"{BAD}"}}"#);
    let mut clear = door.connect("/router-info").await;
    clear.send(Message::text(question.clone())).await.unwrap();
    let answer = says(&mut clear).await.unwrap();
    assert!(answer["error"].as_str().unwrap().contains("tunnel") && answer["uri"].is_null(), "{answer}");
    assert!(door.refusal().await.ends_with("outside 127.8.0.0/16"));
    let mut info: Socket = through("/router-info").await;
    info.send(Message::text(question)).await.unwrap();
    assert!(says(&mut info).await.unwrap()["uri"].is_string());
    for served in [&mut good, &mut inside] {
        expect_served(served).await;
    }
}
