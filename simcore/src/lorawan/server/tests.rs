//! Time-line tests: a device made of the wire codec, one or two simulated gateways, and the server.

mod bands;
mod class_c;
mod data;
mod evidence;
mod group;
mod join;
mod presence;
mod state;
mod windows;

use super::*;
use crate::lorawan::{ChannelPlan, Gateway, GatewayOutput};
use wire::air::lora::{HeardFrame, Hertz, LoraFrame, Modulation};
use wire::id::Key;
use wire::lorawan::{
    DataMessage, DataRate, DevNonce, JoinAccept, JoinRequest, NetId, PortPayload, SessionKeys, eu868,
};

const APP_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const DEVICE: Eui64 = Eui64::from_value(0x0004_a30b_001a_2b3c);
const APP: Eui64 = Eui64::from_value(0x70b3_d57e_d000_0001);
const GATEWAYS: [Eui64; 2] =
    [Eui64::from_value(0x0016_c001_f150_0001), Eui64::from_value(0x0016_c001_f150_0002)];
const F0: Hertz = Hertz(868_100_000);

fn secs(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

fn device_config() -> DeviceConfig {
    DeviceConfig {
        dev_eui: DEVICE,
        app_eui: APP,
        app_key: APP_KEY.parse().unwrap(),
        account: "acme".to_owned(),
        class: Class::A,
    }
}

fn config() -> NsConfig {
    NsConfig {
        devices: vec![device_config()],
        gateways: GATEWAYS.map(GatewayConfig::new).to_vec(),
        ..NsConfig::new(NetId::from_value(0x13))
    }
}

/// Server and gateways on one time line; what goes out is collected with its time.
struct Timeline {
    now: Instant,
    server: NetworkServer,
    gateways: Vec<Gateway>,
    /// Start of each transmission, the gateway's number, and the frame.
    sent: Vec<(Instant, usize, LoraFrame)>,
    notes: Vec<LorawanNote>,
    messages: Vec<UplinkMessage>,
    keys: Option<(SessionKeys, wire::lorawan::DevAddr)>,
}

impl Timeline {
    fn new(config: NsConfig) -> Self {
        let channels = if config.band.region().is_fixed() { 64 } else { 8 };
        let plan = ChannelPlan::of(config.band, channels, 1).unwrap();
        // The first gateway's counter wraps three seconds into every test.
        let first = Gateway::with_counter(GATEWAYS[0], plan, u32::MAX - 2_999_999);
        let second = Gateway::with_counter(GATEWAYS[1], plan, 77);
        Self {
            now: Instant::ZERO,
            server: NetworkServer::new(config, Seed(1)),
            gateways: vec![first, second],
            sent: Vec::new(),
            notes: Vec::new(),
            messages: Vec::new(),
            keys: None,
        }
    }

    /// A frame whose last symbol ends at `ended`, heard by gateways with these SNRs in tenths of a dB.
    fn heard_at(&mut self, ended: Instant, frequency: Hertz, rate: u8, octets: &[u8], snrs: &[(usize, i16)]) {
        self.run_until(ended);
        let modulation = self.server.region().modulation(DataRate(rate)).unwrap();
        let frame = LoraFrame {
            frequency,
            modulation,
            inverted_iq: false,
            crc: true,
            eirp_dbm: 14,
            payload: octets.to_vec(),
        };
        for (gateway, snr_decibel_tenths) in snrs {
            let started = ended - frame.time_on_air();
            let heard = HeardFrame {
                frame: frame.clone(),
                started,
                ended,
                rssi_dbm: -80,
                snr_decibel_tenths: *snr_decibel_tenths,
            };
            self.gateways[*gateway].handle_radio(ended, &heard);
        }
        self.settle();
    }

    /// Heard at DR5 on 868.1 MHz by the first gateway.
    fn uplink_at(&mut self, ended: Instant, octets: &[u8]) {
        self.heard_at(ended, F0, 5, octets, &[(0, 50)]);
    }

    fn run_until(&mut self, until: Instant) {
        loop {
            let server = self.server.next_wakeup();
            let next =
                self.gateways.iter().fold(server, |at, gateway| Wakeup::earliest(at, gateway.next_wakeup()));
            let Some(next) = next.filter(|next| next.at <= until) else { break };
            self.now = self.now.max(next.at);
            self.server.handle_timeout(self.now);
            self.gateways.iter_mut().for_each(|gateway| gateway.handle_timeout(next.at));
            self.settle();
        }
        self.now = until;
    }

    /// Carries outputs until nobody has any.
    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            for index in 0..self.gateways.len() {
                while let Some(output) = self.gateways[index].poll_output() {
                    quiet = false;
                    match output {
                        GatewayOutput::Transmit(frame) => self.sent.push((self.now, index, frame)),
                        GatewayOutput::Uplink(uplink) => self.server.handle_uplink(self.now, uplink),
                        GatewayOutput::Note(note) => self.notes.push(note),
                    }
                }
            }
            while let Some(output) = self.server.poll_output() {
                quiet = false;
                match output {
                    NsOutput::Downlink { gateway, downlink } => self.schedule(gateway, downlink),
                    NsOutput::Note(note) => self.notes.push(note),
                    NsOutput::Message(message) => self.messages.push(message),
                }
            }
            if quiet {
                break;
            }
        }
    }

    fn schedule(&mut self, eui: Eui64, downlink: GatewayDownlink) {
        let token = downlink.token;
        let gateway = self.gateways.iter_mut().find(|gateway| gateway.eui() == eui).unwrap();
        let ack = gateway.schedule(self.now, downlink);
        self.server.handle_tx_ack(self.now, eui, token, ack);
    }

    /// The codes of the notes since the last call.
    fn codes(&mut self) -> Vec<&'static str> {
        self.notes.drain(..).map(|note| note.code()).collect()
    }

    /// Joins at the start and uses the session from then on.
    fn joined(mut self) -> Self {
        self.uplink_at(secs(1), &join_request(0x1234));
        self.run_until(secs(8));
        let (.., frame) = self.sent.pop().expect("no join-accept");
        self.take_join_accept(&frame.payload, 0x1234);
        self.notes.clear();
        self
    }

    fn take_join_accept(&mut self, octets: &[u8], nonce: u16) -> JoinAccept {
        let Ok(Frame::JoinAccept(frame)) = Frame::parse(octets) else { panic!("no join-accept") };
        let key: Key = APP_KEY.parse().unwrap();
        let accept = frame.open(&key).unwrap();
        self.keys = Some((accept.session_keys(&key, DevNonce::from_value(nonce)), accept.dev_addr));
        accept
    }

    /// An uplink of the device, before it is changed and sealed.
    fn message(&self, fcnt: u32) -> DataMessage {
        let mut message = DataMessage::new(Direction::Up, self.keys.as_ref().unwrap().1, fcnt);
        message.payload = Some(PortPayload { port: 1, octets: b"hello".to_vec() });
        message
    }

    fn seal(&self, message: &DataMessage) -> Vec<u8> {
        message.seal(&self.keys.as_ref().unwrap().0)
    }

    /// Sends an uplink at DR5 on 868.1 MHz.
    fn send_at(&mut self, ended: Instant, message: &DataMessage) {
        let octets = self.seal(message);
        self.uplink_at(ended, &octets);
    }

    /// The next downlink that went out, opened with the device's keys: its start, its frame, its message.
    fn downlink(&mut self, fcnt: u32) -> (Instant, LoraFrame, DataMessage) {
        assert!(!self.sent.is_empty(), "no downlink; notes: {:?}", self.notes);
        let (at, _, frame) = self.sent.remove(0);
        let Ok(Frame::Data(data)) = Frame::parse(&frame.payload) else { panic!("no data frame") };
        let message = data.open(&self.keys.as_ref().unwrap().0, fcnt).expect("MIC of the downlink");
        (at, frame, message)
    }
}

fn join_request(nonce: u16) -> Vec<u8> {
    let request = JoinRequest { app_eui: APP, dev_eui: DEVICE, dev_nonce: DevNonce::from_value(nonce) };
    request.seal(&APP_KEY.parse().unwrap())
}

const SF12: Modulation = Modulation { spreading_factor: 12, bandwidth_khz: 125 };
const SF7: Modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
