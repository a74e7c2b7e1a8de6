//! One gateway with its packet forwarder, a router, a line that loses datagrams, the door and the network server, on one time
//! line. The device is the crate `lorawan`.

use endpoints::semtech_udp::{DoorEvent, Session};
use lorawan::creator::DataPayloadCreator;
use lorawan::keys::{AppSKey, NewSKey};
use simcore::lorawan::{
    ChannelPlan, Class, DeviceConfig, Gateway, GatewayConfig, GatewayOutput, LorawanNote, NetworkServer,
    NsConfig, NsOutput, PacketForwarder, Stream, UplinkMessage,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use wire::air::lora::{HeardFrame, Hertz, LoraFrame, Modulation};
use wire::id::{Eui64, Key};
use wire::lorawan::{DevAddr, NetId, SessionKeys};
use wire::seed::{Rng, Seed};
use wire::time::{Calendar, Duration, Instant, Wakeup};

pub const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);
pub const DEVICE: Eui64 = Eui64::from_value(0x0004_a30b_001a_2b3c);
const ADDRESS: DevAddr = DevAddr::from_value(0x2601_1bda);
const NWK: [u8; 16] = [0x5b; 16];
const APP: [u8; 16] = [0x59; 16];
/// Data after the header of a PUSH_DATA that has frames begins like this, whichever forwarder sends it.
const FRAMES: &[u8] = b"{\"rxpk\"";

pub fn secs(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

/// A router that gives each socket behind it a port, and forgets it when nothing has gone out for a while.
pub struct Router {
    idle: Duration,
    ports: BTreeMap<Stream, (u16, Instant)>,
    next: u16,
}

impl Router {
    fn outward(&mut self, now: Instant, stream: Stream) -> SocketAddr {
        let known = self.ports.get(&stream).filter(|(_, used)| now.since(*used) < self.idle);
        let port = known.map_or_else(
            || {
                self.next += 1;
                self.next
            },
            |(port, _)| *port,
        );
        self.ports.insert(stream, (port, now));
        SocketAddr::from(([198, 51, 100, 7], port))
    }

    fn lets_in(&self, now: Instant, to: SocketAddr) -> bool {
        self.ports.values().any(|(port, used)| *port == to.port() && now.since(*used) < self.idle)
    }

    /// As after a restart: each socket gets another port when it sends next.
    pub fn forget(&mut self) {
        self.ports.clear();
    }
}

/// Datagrams that are under way, each for 5 to 40 ms: a forwarder waits 100 ms for an acknowledgement.
pub struct Line {
    rng: Rng,
    /// How many of a thousand are lost towards the server, and towards the gateway.
    pub loss: [u32; 2],
    flying: BTreeMap<(Instant, u64), (bool, SocketAddr, Vec<u8>)>,
    number: u64,
}

impl Line {
    fn carry(&mut self, now: Instant, up: bool, peer: SocketAddr, octets: Vec<u8>) {
        if !self.rng.chance(self.loss[usize::from(!up)]) {
            self.number += 1;
            let arrives = now + Duration::from_millis(self.rng.between(5, 40));
            self.flying.insert((arrives, self.number), (up, peer, octets));
        }
    }

    fn next(&self) -> Option<Wakeup> {
        self.flying.keys().next().map(|(at, _)| Wakeup::new(*at, "datagram arrives"))
    }
}

/// The rule of a forwarder that, other than Semtech's, repeats what was not acknowledged.
pub struct Repeats {
    pub after: Duration,
    pub times: u8,
    waiting: BTreeMap<u16, (Instant, u8, Vec<u8>)>,
}

impl Repeats {
    pub fn new(after: Duration, times: u8) -> Self {
        Self { after, times, waiting: BTreeMap::new() }
    }

    fn next(&self) -> Option<Wakeup> {
        self.waiting.values().map(|(due, ..)| *due).min().map(|at| Wakeup::new(at, "repetition"))
    }

    fn take_due(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut again = Vec::new();
        for (due, left, octets) in self.waiting.values_mut().filter(|(due, ..)| *due <= now) {
            *due = now + self.after;
            *left -= 1;
            again.push(octets.clone());
        }
        self.waiting.retain(|_, (_, left, _)| *left > 0);
        again
    }
}

pub struct Rig {
    pub now: Instant,
    pub server: NetworkServer,
    pub router: Router,
    pub line: Line,
    pub repeats: Option<Repeats>,
    gateway: Gateway,
    forwarder: PacketForwarder,
    session: Session,
    fcnt: u32,
    /// Datagrams as they left the gateway.
    pub left: Vec<(Instant, Vec<u8>)>,
    /// Datagrams as they reached it.
    pub reached: Vec<(Instant, Vec<u8>)>,
    /// Whole frames that got to the server in a PUSH_DATA, repetitions too.
    pub pushed: usize,
    /// Where the door was told that the gateway is.
    pub places: Vec<SocketAddr>,
    /// Start of each transmission of the gateway.
    pub sent: Vec<Instant>,
    pub notes: Vec<LorawanNote>,
    pub messages: Vec<UplinkMessage>,
}

impl Rig {
    pub fn new(class: Class, seed: u64) -> Self {
        let device = DeviceConfig {
            dev_eui: DEVICE,
            app_eui: Eui64::from_value(0x70b3_d57e_d000_0001),
            app_key: Key::new([1; 16]),
            account: "acme".to_owned(),
            class,
        };
        let config = NsConfig {
            devices: vec![device],
            gateways: vec![GatewayConfig::new(GATEWAY)],
            cf_list: None,
            ..NsConfig::new(NetId::from_value(0x13))
        };
        let mut server = NetworkServer::new(config, Seed(seed));
        let keys = SessionKeys { nwk_s_key: Key::new(NWK), app_s_key: Key::new(APP) };
        server.personalise(Instant::ZERO, DEVICE, ADDRESS, keys).unwrap();
        let rng = Seed(seed).child("backhaul").rng();
        Self {
            now: Instant::ZERO,
            server,
            router: Router { idle: Duration::from_secs(30), ports: BTreeMap::new(), next: 40_000 },
            line: Line { rng, loss: [0, 0], flying: BTreeMap::new(), number: 0 },
            repeats: None,
            // Its counter wraps 100 s into every test.
            gateway: Gateway::with_counter(GATEWAY, ChannelPlan::Eu868Eight, u32::MAX - 99_999_999),
            forwarder: PacketForwarder::new(GATEWAY, Calendar::virtual_start(), 7),
            session: Session::new(BTreeSet::from([GATEWAY])),
            fcnt: 0,
            left: Vec::new(),
            reached: Vec::new(),
            pushed: 0,
            places: Vec::new(),
            sent: Vec::new(),
            notes: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// The device's next uplink, on one of the three channels, ends at `at`.
    pub fn uplink(&mut self, at: Instant, confirmed: bool) {
        self.run_until(at);
        let mut creator = DataPayloadCreator::new();
        creator.set_confirmed(confirmed).set_uplink(true).set_f_port(1);
        creator.set_dev_addr(&ADDRESS.to_wire()).set_fcnt(self.fcnt);
        let payload = self.fcnt.to_be_bytes();
        let octets = creator.build(&payload, &[], &NewSKey::from(NWK), &AppSKey::from(APP)).unwrap().to_vec();
        let frame = LoraFrame {
            frequency: Hertz(868_100_000 + 200_000 * (self.fcnt % 3)),
            modulation: Modulation { spreading_factor: 7, bandwidth_khz: 125 },
            inverted_iq: false,
            crc: true,
            eirp_dbm: 14,
            payload: octets,
        };
        self.fcnt += 1;
        let started = at - frame.time_on_air();
        let heard = HeardFrame { frame, started, ended: at, rssi_dbm: -80, snr_decibel_tenths: 50 };
        self.gateway.handle_radio(at, &heard);
        self.settle();
    }

    /// A payload that a class C device is to get at once.
    pub fn downlink(&mut self, at: Instant) {
        self.run_until(at);
        self.server.queue_downlink(DEVICE, 5, vec![0xbe, 0xef], false).unwrap();
        self.run_until(at);
    }

    pub fn run_until(&mut self, until: Instant) {
        loop {
            let repeats = self.repeats.as_ref().and_then(Repeats::next);
            let others = [self.gateway.next_wakeup(), self.line.next(), self.server.next_wakeup(), repeats];
            let next = others.into_iter().fold(Some(self.forwarder.next_wakeup()), Wakeup::earliest);
            let Some(next) = next.filter(|next| next.at <= until) else { break };
            self.now = self.now.max(next.at);
            self.server.handle_timeout(self.now);
            self.gateway.handle_timeout(self.now);
            self.forwarder.handle_timeout(self.now);
            for octets in self.repeats.as_mut().map(|rule| rule.take_due(self.now)).unwrap_or_default() {
                self.leave(Stream::Up, octets);
            }
            self.arrive();
            self.settle();
        }
        self.now = until;
    }

    fn arrive(&mut self) {
        while let Some(first) = self.line.flying.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (up, peer, octets) = first.remove();
            if up {
                self.pushed += usize::from(octets.get(12..).is_some_and(|body| body.starts_with(FRAMES)));
                self.session.handle_datagram(self.now, peer, &octets);
            } else if self.router.lets_in(self.now, peer) {
                if let Some(rule) = self.repeats.as_mut().filter(|_| octets[3] == 1) {
                    rule.waiting.remove(&u16::from_be_bytes([octets[1], octets[2]]));
                }
                self.reached.push((self.now, octets.clone()));
                self.forwarder.handle_datagram(self.now, &mut self.gateway, &octets);
            }
        }
    }

    fn leave(&mut self, stream: Stream, octets: Vec<u8>) {
        let from = self.router.outward(self.now, stream);
        self.left.push((self.now, octets.clone()));
        self.line.carry(self.now, true, from, octets);
    }

    /// Carries what anybody has for another until nobody has anything.
    fn settle(&mut self) {
        loop {
            let before = (self.left.len(), self.line.number, self.notes.len(), self.sent.len());
            self.settle_gateway();
            while let Some((to, octets)) =
                self.session.next_answer().map(|(to, octets)| (to, octets.to_vec()))
            {
                self.session.answer_sent();
                self.line.carry(self.now, false, to, octets);
            }
            while let Some(event) = self.session.poll_event() {
                self.take(event);
            }
            while let Some(output) = self.server.poll_output() {
                match output {
                    // A gateway that nobody can reach is as good as one that does not answer.
                    NsOutput::Downlink { gateway, downlink } => {
                        if let Ok((to, octets)) = self.session.pull_resp(gateway, &downlink) {
                            self.line.carry(self.now, false, to, octets);
                        }
                    }
                    NsOutput::Note(note) => self.notes.push(note),
                    NsOutput::Message(message) => self.messages.push(message),
                }
            }
            if before == (self.left.len(), self.line.number, self.notes.len(), self.sent.len()) {
                return;
            }
        }
    }

    fn settle_gateway(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            match output {
                GatewayOutput::Transmit(_) => {
                    self.forwarder.handle_transmission();
                    self.sent.push(self.now);
                }
                GatewayOutput::Uplink(uplink) => self.forwarder.handle_uplink(self.now, uplink),
                GatewayOutput::Note(note) => panic!("{note}"),
            }
        }
        while let Some((stream, octets)) = self.forwarder.poll_datagram() {
            if let Some(rule) = self.repeats.as_mut().filter(|_| octets[3] == 0) {
                let (token, due) = (u16::from_be_bytes([octets[1], octets[2]]), self.now + rule.after);
                rule.waiting.insert(token, (due, rule.times, octets.clone()));
            }
            self.leave(stream, octets);
        }
        assert_eq!(self.forwarder.poll_note(), None, "the forwarder does not understand the door");
    }

    /// What the program does with an event of the door.
    fn take(&mut self, event: DoorEvent) {
        match event {
            DoorEvent::Uplink(uplink) => self.server.handle_uplink(self.now, uplink),
            DoorEvent::TxAck { gateway, token, ack } => {
                self.server.handle_tx_ack(self.now, gateway, token, ack);
            }
            DoorEvent::GatewayReachable { gateway, address } => {
                self.server.handle_gateway_contact(self.now, gateway);
                self.places.push(address);
            }
            DoorEvent::Statistics { gateway, stat } => {
                self.server.handle_gateway_stat(self.now, gateway, *stat);
            }
            DoorEvent::Traffic { gateway, traffic } => {
                self.server.handle_backhaul(self.now, gateway, traffic);
                if traffic.datagrams_up > 0 {
                    self.server.handle_keep_alive(self.now, gateway);
                }
            }
            DoorEvent::Flood { .. } | DoorEvent::OutsideTunnel { .. } | DoorEvent::Refused { .. } => {
                panic!("{event:?}")
            }
        }
    }

    /// How often the server noted this.
    pub fn count(&self, code: &str) -> usize {
        self.notes.iter().filter(|note| note.code() == code).count()
    }
}
