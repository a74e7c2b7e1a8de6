//! Join-requests and uplinks per second on one core through the whole network server, at 1,000 and at 100,000 devices; then
//! the same through Semtech UDP on the loopback, de-duplication off.
//!
//! Beside it two floors on the same frames and keys in the same order. "CMAC" is the AES-CMAC of each frame that came in, by
//! the library, its key schedule included: a frame in a hundred thousand finds none made. "AES" is all the AES that LoRaWAN
//! asks of a server for it: for an uplink the payload too, for a join-request the session keys, the MIC of the join-accept
//! and its cipher.
//!
//! The devices send in an order that is drawn, so that no session is in a cache by luck. The time of a datagram runs from the
//! call that sends it to the message (or the join-accept) at the server's output.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use endpoints::semtech_udp::{DoorEvent, Session};
use simcore::lorawan::{
    Class, DeviceConfig, GatewayConfig, GatewayUplink, NetworkServer, NsConfig, NsOutput, TxAck,
};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::net::UdpSocket;
use std::time::{Duration as Wall, Instant as Clock};
use wire::air::lora::{Hertz, Modulation};
use wire::id::{Eui64, Key};
use wire::lorawan::crypto::{Direction, apply_keystream, cmac, decrypt_blocks};
use wire::lorawan::{AppNonce, DataMessage, DevAddr, DevNonce, JoinRequest, NetId, PortPayload, SessionKeys};
use wire::seed::Seed;
use wire::time::{Duration, Instant};

const DEVICES: u64 = 100_000;
const FEW: u64 = 1_000;
const GATEWAYS: u64 = 8;
const APP: Eui64 = Eui64::from_value(0x70b3_d57e_d000_0001);
const CHANNELS: [u32; 3] = [868_100_000, 868_300_000, 868_500_000];
/// Joins of each device.
const JOINS: u16 = 3;
/// Uplinks of each device.
const PASSES: u32 = 5;
/// Between two frames.
const BETWEEN: Duration = Duration::from_micros(20);
/// Datagrams that are on their way at most: less than the socket's buffer holds.
const WINDOW: usize = 64;

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |part: &str| only.is_empty() || only.iter().any(|word| part.contains(word.as_str()));
    println!(
        "{:>8} {:>22} {:>10} {:>10} {:>7} {:>10} {:>7} {:>9}",
        "devices", "", "server /s", "CMAC /s", "ratio", "AES /s", "ratio", "ns/frame"
    );
    for devices in [FEW, DEVICES] {
        let mut fleet = Fleet::new(devices);
        for window in [Duration::ZERO, Duration::from_millis(200)] {
            if wanted("joins") {
                fleet.measure_joins(window);
            }
            if wanted("uplinks") {
                fleet.measure_uplinks(window);
            }
        }
    }
    let fleet = Fleet::new(DEVICES);
    println!(
        "{:>8} {:>22} {:>10} {:>10} {:>7} {:>10}",
        "devices", "over UDP", "server /s", "lost", "p50 us", "p99 us"
    );
    if wanted("udp-joins") {
        over_udp("joins", &mut fleet.server(Duration::ZERO), &fleet.joins(1));
    }
    if wanted("udp-uplinks") {
        let mut server = fleet.server(Duration::ZERO);
        fleet.personalise(&mut server);
        over_udp("uplinks", &mut server, &fleet.uplinks(0));
    }
}

/// What a part of the bench took.
#[derive(Default)]
struct Spent {
    frames: usize,
    server: Wall,
    cmac: Wall,
    aes: Wall,
}

impl Spent {
    fn report(&self, devices: u64, name: &str) {
        let rate = |wall: Wall| self.frames as f64 / wall.as_secs_f64();
        let ratio = |floor: Wall| self.server.as_secs_f64() / floor.as_secs_f64();
        println!(
            "{devices:>8} {name:>22} {:>10.0} {:>10.0} {:>7.2} {:>10.0} {:>7.2} {:>9.0}",
            rate(self.server),
            rate(self.cmac),
            ratio(self.cmac),
            rate(self.aes),
            ratio(self.aes),
            self.server.as_secs_f64() * 1e9 / self.frames as f64
        );
    }
}

/// All devices and what they have agreed.
struct Fleet {
    app_keys: Vec<Key>,
    sessions: Vec<(DevAddr, SessionKeys)>,
    order: Vec<usize>,
    now: Instant,
}

impl Fleet {
    fn new(devices: u64) -> Self {
        let mut rng = Seed(7).rng();
        let mut order: Vec<usize> = (0..devices as usize).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, rng.below(at as u64 + 1) as usize);
        }
        let app_keys: Vec<Key> = order.iter().map(|_| Key::new(rng.octets())).collect();
        let sessions = order.iter().map(|index| {
            let keys = SessionKeys { nwk_s_key: Key::new(rng.octets()), app_s_key: Key::new(rng.octets()) };
            (DevAddr::from_value(0x2600_0000 + *index as u32), keys)
        });
        let sessions = sessions.collect();
        Self { app_keys, sessions, order, now: Instant::ZERO }
    }

    fn server(&self, dedup_window: Duration) -> NetworkServer {
        let devices = self.app_keys.iter().zip(0..).map(|(app_key, index)| DeviceConfig {
            dev_eui: dev_eui(index),
            app_eui: APP,
            app_key: app_key.clone(),
            account: "acme".to_owned(),
            class: Class::A,
        });
        let config = NsConfig {
            devices: devices.collect(),
            gateways: (0..GATEWAYS).map(|index| GatewayConfig::new(gateway(index))).collect(),
            dedup_window,
            // Eight gateways cannot send so much; that is not what is measured.
            enforce_gateway_duty_cycle: false,
            ..NsConfig::new(NetId::from_value(0x13))
        };
        NetworkServer::new(config, Seed(1))
    }

    fn personalise(&self, server: &mut NetworkServer) {
        for ((dev_addr, keys), index) in self.sessions.iter().zip(0..) {
            let known = server.personalise(Instant::ZERO, dev_eui(index), *dev_addr, keys.clone());
            known.expect("the device is registered");
        }
    }

    /// Every device joins some times; with few devices a server after the other.
    fn measure_joins(&mut self, window: Duration) {
        let mut spent = Spent::default();
        for _ in 0..DEVICES as usize / self.order.len() {
            let mut server = self.server(window);
            for nonce in 1..=JOINS {
                self.join_all((&mut server, window), nonce, &mut spent);
            }
        }
        spent.report(self.order.len() as u64, &format!("joins, window {} ms", window.as_millis()));
    }

    fn join_all(&mut self, (server, window): (&mut NetworkServer, Duration), nonce: u16, spent: &mut Spent) {
        let joins = self.joins(nonce);
        let mut accepted = 0;
        spent.server += self.run((server, window), &joins, &mut |output| {
            accepted += usize::from(matches!(output, NsOutput::Downlink { .. }));
        });
        assert_eq!(accepted, joins.len(), "every join-request is answered");
        spent.cmac += self.join_cmac(&joins);
        spent.aes += self.join_aes(&joins);
        spent.frames += joins.len();
    }

    /// Every device sends some uplinks; with few devices more of them.
    fn measure_uplinks(&mut self, window: Duration) {
        let mut server = self.server(window);
        self.personalise(&mut server);
        let mut spent = Spent::default();
        let devices = self.order.len();
        for fcnt in 0..PASSES * DEVICES as u32 / devices as u32 {
            let uplinks = self.uplinks(fcnt);
            let mut messages = 0;
            spent.server += self.run((&mut server, window), &uplinks, &mut |output| {
                messages += usize::from(matches!(output, NsOutput::Message(_)));
            });
            assert_eq!(messages, uplinks.len(), "every uplink becomes a message");
            spent.cmac += self.uplink_cmac(&uplinks, fcnt);
            spent.aes += self.uplink_aes(&uplinks, fcnt);
            spent.frames += uplinks.len();
        }
        spent.report(devices as u64, &format!("uplinks, window {} ms", window.as_millis()));
    }

    fn joins(&self, nonce: u16) -> Vec<Vec<u8>> {
        let request = |index: &usize| {
            let dev_eui = dev_eui(*index as u64);
            let request = JoinRequest { app_eui: APP, dev_eui, dev_nonce: DevNonce::from_value(nonce) };
            request.seal(&self.app_keys[*index])
        };
        self.order.iter().map(request).collect()
    }

    fn uplinks(&self, fcnt: u32) -> Vec<Vec<u8>> {
        let uplink = |index: &usize| {
            let (dev_addr, keys) = &self.sessions[*index];
            let mut message = DataMessage::new(Direction::Up, *dev_addr, fcnt);
            message.payload = Some(PortPayload { port: 1, octets: vec![0x5a; 16] });
            message.seal(keys)
        };
        self.order.iter().map(uplink).collect()
    }

    /// Wall time that the server spends on these frames; every downlink is taken by its gateway.
    fn run(
        &mut self,
        (server, window): (&mut NetworkServer, Duration),
        frames: &[Vec<u8>],
        see: &mut dyn FnMut(&NsOutput),
    ) -> Wall {
        let start = Clock::now();
        for (octets, index) in frames.iter().zip(0..) {
            self.now += BETWEEN;
            server.handle_uplink(self.now, heard(index, octets.clone()));
            drain(server, self.now, see);
        }
        let end = self.now + window + BETWEEN;
        while self.now < end {
            self.now += BETWEEN;
            server.handle_timeout(self.now);
            drain(server, self.now, see);
        }
        start.elapsed()
    }

    /// The CMAC of each join-request by the library.
    fn join_cmac(&self, frames: &[Vec<u8>]) -> Wall {
        let start = Clock::now();
        for (frame, index) in frames.iter().zip(&self.order) {
            let (message, mic) = frame.split_at(frame.len() - 4);
            assert_eq!(cmac(&self.app_keys[*index], &[message])[..4], *mic);
        }
        start.elapsed()
    }

    /// The CMAC of each uplink by the library, over B0 and the frame.
    fn uplink_cmac(&self, frames: &[Vec<u8>], fcnt: u32) -> Wall {
        let start = Clock::now();
        for (frame, index) in frames.iter().zip(&self.order) {
            let (dev_addr, keys) = &self.sessions[*index];
            let (message, mic) = frame.split_at(frame.len() - 4);
            let mut b0 = [0; 16];
            b0[0] = 0x49;
            b0[6..10].copy_from_slice(&dev_addr.to_wire());
            b0[10..14].copy_from_slice(&fcnt.to_le_bytes());
            b0[15] = message.len() as u8;
            assert_eq!(cmac(&keys.nwk_s_key, &[&b0, message])[..4], *mic);
        }
        start.elapsed()
    }

    /// All AES work of a join, by the library: the MIC of the request, two session keys, the MIC of the join-accept, and
    /// its cipher.
    fn join_aes(&self, frames: &[Vec<u8>]) -> Wall {
        let net_id = NetId::from_value(0x13);
        let start = Clock::now();
        for (frame, index) in frames.iter().zip(&self.order) {
            let app_key = &self.app_keys[*index];
            let (message, mic) = frame.split_at(frame.len() - 4);
            assert_eq!(cmac(app_key, &[message])[..4], *mic);
            let nonce = AppNonce::from_value(1);
            black_box(SessionKeys::derive(app_key, nonce, net_id, DevNonce::from_value(1)));
            let mut accept = [0x20; 16];
            black_box(cmac(app_key, &[&accept[..13]]));
            decrypt_blocks(app_key, &mut accept);
            black_box(accept);
        }
        start.elapsed()
    }

    /// All AES work of an uplink: its MIC by the library, and its cipher.
    fn uplink_aes(&self, frames: &[Vec<u8>], fcnt: u32) -> Wall {
        let mic = self.uplink_cmac(frames, fcnt);
        let start = Clock::now();
        for index in &self.order {
            let (dev_addr, keys) = &self.sessions[*index];
            let mut payload = [0; 16];
            apply_keystream(&keys.app_s_key, Direction::Up, *dev_addr, fcnt, &mut payload);
            black_box(payload);
        }
        mic + start.elapsed()
    }
}

fn drain(server: &mut NetworkServer, now: Instant, see: &mut dyn FnMut(&NsOutput)) {
    while let Some(output) = server.poll_output() {
        see(&output);
        if let NsOutput::Downlink { gateway, downlink } = output {
            server.handle_tx_ack(now, gateway, downlink.token, TxAck::Accepted);
        }
    }
}

/// One thread sends PUSH_DATA; this one receives, acknowledges, decodes, judges and takes the output.
fn over_udp(name: &str, server: &mut NetworkServer, frames: &[Vec<u8>]) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("an address");
    let datagrams: Vec<Vec<u8>> =
        frames.iter().zip(0..).map(|(octets, index)| push_data(index, octets)).collect();
    let start = Clock::now();
    let sender = std::thread::spawn(move || send_all(address, &datagrams, start));
    socket.set_read_timeout(Some(Wall::from_secs(2))).expect("a time-out");
    let mut session = Session::new((0..GATEWAYS).map(gateway).collect());
    let (mut buffer, mut arrived) = (vec![0; 65_507], Vec::new());
    let (mut last, mut seen) = (start, 0);
    while seen < frames.len() {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { break };
        let now = Instant::from_micros(start.elapsed().as_micros() as u64);
        session.handle_datagram(now, from, &buffer[..length]);
        while let Some((to, octets)) = session.next_answer() {
            socket.send_to(octets, to).expect("the acknowledgement goes out");
            session.answer_sent();
        }
        while let Some(event) = session.poll_event() {
            if let DoorEvent::Traffic { gateway, traffic } = event {
                server.handle_backhaul(now, gateway, traffic);
                continue;
            }
            let DoorEvent::Uplink(uplink) = event else { panic!("{event:?}") };
            let number = uplink.tmst as usize;
            server.handle_uplink(now, uplink);
            let mut done = false;
            drain(server, now, &mut |output| {
                done |= matches!(output, NsOutput::Message(_) | NsOutput::Downlink { .. });
            });
            if done {
                last = Clock::now();
                arrived.push((number, last - start));
                seen += 1;
            }
        }
    }
    let sent = sender.join().expect("the sender ends");
    let mut waits: Vec<Wall> = arrived.iter().map(|(number, at)| at.saturating_sub(sent[number])).collect();
    waits.sort_unstable();
    let at = |share: f64| waits[(waits.len() as f64 * share) as usize].as_micros();
    let rate = waits.len() as f64 / (last - start).as_secs_f64();
    let (devices, lost) = (frames.len(), frames.len() - seen);
    println!("{devices:>8} {name:>22} {rate:>10.0} {lost:>10} {:>7} {:>10}", at(0.5), at(0.99));
}

/// Keeps a window of unacknowledged datagrams full; when each was sent.
fn send_all(to: std::net::SocketAddr, datagrams: &[Vec<u8>], start: Clock) -> BTreeMap<usize, Wall> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(to).expect("a peer");
    socket.set_read_timeout(Some(Wall::from_secs(2))).expect("a time-out");
    let (mut sent, mut acknowledged, mut buffer) = (BTreeMap::new(), 0, [0; 64]);
    for (number, datagram) in datagrams.iter().enumerate() {
        while number - acknowledged >= WINDOW {
            socket.recv(&mut buffer).expect("an acknowledgement");
            acknowledged += 1;
        }
        sent.insert(number, start.elapsed());
        socket.send(datagram).expect("the datagram goes out");
    }
    sent
}

fn push_data(number: u32, octets: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(octets);
    let megahertz = f64::from(CHANNELS[number as usize % CHANNELS.len()]) / 1e6;
    let body = format!(
        r#"{{"rxpk":[{{"tmst":{number},"chan":2,"rfch":0,"freq":{megahertz:.6},"stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/5","rssi":-57,"lsnr":7.8,"size":{},"data":"{data}"}}]}}"#,
        octets.len()
    );
    let mut datagram = vec![2];
    datagram.extend((number as u16).to_be_bytes());
    datagram.push(0);
    datagram.extend(gateway(u64::from(number) % GATEWAYS).value().to_be_bytes());
    datagram.extend(body.as_bytes());
    datagram
}

fn heard(number: u32, payload: Vec<u8>) -> GatewayUplink {
    GatewayUplink {
        gateway: gateway(u64::from(number) % GATEWAYS),
        tmst: number.wrapping_mul(20),
        frequency: Hertz(CHANNELS[number as usize % CHANNELS.len()]),
        modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
        rssi_dbm: -80,
        snr_decibel_tenths: 50,
        payload,
    }
}

const fn dev_eui(index: u64) -> Eui64 {
    Eui64::from_value(0x0004_a30b_0000_0000 + index)
}

const fn gateway(index: u64) -> Eui64 {
    Eui64::from_value(0x0016_c001_f150_0000 + index)
}
