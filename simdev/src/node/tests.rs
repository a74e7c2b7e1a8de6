//! A node on a bench: a host that types, a clock that jumps from wake-up to wake-up, and downlinks made by hand.

mod adr;
mod bands;
mod carrier;
mod class_c;
mod data;
mod garbage;
mod join;
mod join_pause;
mod lora_e5;
mod multicast;
mod murata;
mod rui3;
mod serial;
mod st_slave;

use super::*;
use wire::air::lora::{Hertz, Modulation};
use wire::lorawan::crypto::Direction;
use wire::lorawan::{
    AppNonce, DataMessage, DevAddr, DlSettings, FOpts, JoinAccept, NetId, PortPayload, SessionKeys, eu868,
};

const VERSION: &str = "RN2483 1.0.5 Oct 31 2018 15:06:52";
const APP_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const ADDR: DevAddr = DevAddr::from_value(0x2601_1bda);
const SF7: Modulation = Modulation { spreading_factor: 7, bandwidth_khz: 125 };
const SF12: Modulation = Modulation { spreading_factor: 12, bandwidth_khz: 125 };

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The session of vectors P05 to P16.
fn keys() -> SessionKeys {
    SessionKeys {
        nwk_s_key: "5b70d14f51b43828904bb305fdc9c87c".parse().unwrap(),
        app_s_key: "59256e497e4a52e972e4c3ffe1d7bb11".parse().unwrap(),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn message(fcnt: u32) -> DataMessage {
    DataMessage::new(Direction::Down, ADDR, fcnt)
}

fn with_f_opts(fcnt: u32, f_opts: &str) -> Vec<u8> {
    DataMessage { f_opts: FOpts::new(unhex(f_opts)).unwrap(), ..message(fcnt) }.seal(&keys())
}

fn with_data(fcnt: u32, port: u8, octets: &[u8]) -> DataMessage {
    DataMessage { payload: Some(PortPayload { port, octets: octets.to_vec() }), ..message(fcnt) }
}

/// The identities of vector P01.
fn identity() -> Provisioning {
    Provisioning {
        dev_eui: "0004a30b001a2b3c".parse().unwrap(),
        app_eui: "70b3d57ed0000001".parse().unwrap(),
        app_key: APP_KEY.parse().unwrap(),
    }
}

/// A join-accept for [`ADDR`] in network 000013.
fn accept() -> Vec<u8> {
    let accept = JoinAccept {
        app_nonce: AppNonce::from_value(0x2a),
        net_id: NetId::from_value(0x13),
        dev_addr: ADDR,
        dl_settings: DlSettings::default(),
        rx_delay: 1,
        cf_list: None,
    };
    accept.seal(&APP_KEY.parse().unwrap())
}

/// An uplink as it left the node.
#[derive(Clone, Debug)]
struct Sent {
    at: Instant,
    ended: Instant,
    frame: LoraFrame,
}

impl Sent {
    fn hex(&self) -> String {
        hex::encode(&self.frame.payload)
    }

    fn fcnt(&self) -> u16 {
        u16::from_le_bytes([self.frame.payload[6], self.frame.payload[7]])
    }

    fn fctrl(&self) -> u8 {
        self.frame.payload[5]
    }

    fn f_opts(&self) -> String {
        hex::encode(&self.frame.payload[8..8 + usize::from(self.fctrl() & 0x0f)])
    }
}

struct Bench {
    node: Node,
    now: Instant,
    lines: Vec<String>,
    /// What was printed, octet by octet.
    printed: Vec<u8>,
    sent: Vec<Sent>,
    carriers: Vec<(Instant, Carrier)>,
    snr_tenths: i16,
}

impl Bench {
    fn with(config: NodeConfig, seed: u64) -> Self {
        let node = Node::new(config, Seed(seed));
        let mut bench = Self::around(node);
        bench.power_on();
        bench
    }

    fn around(node: Node) -> Self {
        let (lines, printed, sent, carriers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { node, now: Instant::ZERO, lines, printed, sent, carriers, snr_tenths: 78 }
    }

    /// Another module than the RN2483, with the identities of vector P01, that has started.
    fn of(model: NodeModel) -> Self {
        let band = model.only_band().unwrap_or_default();
        Self::of_config(NodeConfig { model, band, ..NodeConfig::default() })
    }

    fn of_config(config: NodeConfig) -> Self {
        let config = NodeConfig { provisioned: Some(identity()), ..config };
        let mut bench = Self::around(Node::new(config, Seed(1)));
        bench.snr_tenths = 80;
        bench.node.power_on(bench.now);
        bench.run_for(secs(1));
        bench.said();
        bench
    }

    /// Types octets as they are; what is printed at once.
    fn typed(&mut self, text: &str) -> String {
        self.said();
        self.node.handle_serial(self.now, text.as_bytes());
        self.said()
    }

    /// Types lines and compares what is printed at once.
    fn dialogue(&mut self, rows: &[(&str, &str)]) {
        for (typed, want) in rows {
            assert_eq!(self.typed(typed), *want, "{typed:?}");
        }
    }

    /// What was printed since it was last asked.
    fn said(&mut self) -> String {
        self.collect();
        self.lines.clear();
        String::from_utf8(std::mem::take(&mut self.printed)).unwrap()
    }

    fn new() -> Self {
        Self::with(NodeConfig::default(), 1)
    }

    /// Ready for `mac join otaa`, with the identities of vector P01.
    fn joiner(config: NodeConfig, seed: u64) -> Self {
        Self::with(NodeConfig { provisioned: Some(identity()), ..config }, seed)
    }

    /// In the session of vectors P05 to P16.
    fn personalised() -> Self {
        Self::personalised_in(Band::Eu868)
    }

    fn personalised_in(band: Band) -> Self {
        Self::personalised_as(NodeConfig { band, ..NodeConfig::default() })
    }

    fn personalised_as(config: NodeConfig) -> Self {
        let mut bench = Self::with(config, 1);
        for line in [
            "mac set devaddr 26011BDA",
            "mac set nwkskey 5B70D14F51B43828904BB305FDC9C87C",
            "mac set appskey 59256E497E4A52E972E4C3FFE1D7BB11",
        ] {
            assert_eq!(bench.command(line), ["ok"]);
        }
        assert_eq!(bench.command("mac join abp"), ["ok", "accepted"]);
        bench
    }

    fn power_on(&mut self) {
        self.node.power_on(self.now);
        self.run_for(secs(1));
        assert_eq!(std::mem::take(&mut self.lines), [VERSION]);
    }

    fn power_cycle(&mut self) {
        self.node.power_off(self.now);
        self.run_for(secs(1));
        self.power_on();
    }

    fn collect(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                NodeOutput::Serial(bytes) => {
                    let text = String::from_utf8_lossy(&bytes);
                    let lines = text.strip_suffix("\r\n").unwrap_or(&text).split("\r\n");
                    self.lines.extend(lines.map(str::to_owned));
                    self.printed.extend(bytes);
                }
                NodeOutput::Carrier(carrier) => self.carriers.push((self.now, carrier)),
                NodeOutput::Transmit(frame) => {
                    let ended = self.now + frame.time_on_air();
                    self.sent.push(Sent { at: self.now, ended, frame });
                }
            }
        }
    }

    fn run_until(&mut self, until: Instant) {
        let mut at_one_instant = 0;
        while let Some(wakeup) = self.node.next_wakeup().filter(|wakeup| wakeup.at <= until) {
            assert!(wakeup.at >= self.now, "{wakeup:?} is in the past at {}", self.now);
            at_one_instant = if wakeup.at == self.now { at_one_instant + 1 } else { 0 };
            assert!(at_one_instant < 100, "{wakeup:?}: time stands still");
            self.now = wakeup.at;
            self.node.handle_timeout(self.now);
            self.collect();
        }
        self.now = until;
    }

    fn run_for(&mut self, span: Duration) {
        self.run_until(self.now + span);
    }

    /// Types a line; what is answered at once.
    fn command(&mut self, line: &str) -> Vec<String> {
        self.collect();
        self.lines.clear();
        self.node.handle_serial(self.now, format!("{line}\r\n").as_bytes());
        self.collect();
        std::mem::take(&mut self.lines)
    }

    /// What was printed in `span`.
    fn lines_within(&mut self, span: Duration) -> Vec<String> {
        self.run_for(span);
        std::mem::take(&mut self.lines)
    }

    /// The last transmission so far.
    fn last(&self) -> Sent {
        self.sent.last().unwrap().clone()
    }

    /// Starts an uplink or join that is taken, and gives its first frame.
    fn start(&mut self, line: &str) -> Sent {
        assert_eq!(self.command(line), ["ok"], "{line}");
        self.last()
    }

    /// A downlink begins `delay` after the end of the last transmission and is heard to its end.
    fn downlink(&mut self, delay: Duration, frequency: Hertz, modulation: Modulation, payload: Vec<u8>) {
        let started = self.last().ended + delay;
        let frame = LoraFrame { frequency, modulation, inverted_iq: true, crc: false, eirp_dbm: 14, payload };
        let ended = started + frame.time_on_air();
        self.run_until(started);
        self.node.handle_preamble(started, started, &frame);
        self.run_until(ended);
        let snr_decibel_tenths = self.snr_tenths;
        self.node
            .handle_radio(ended, &HeardFrame { frame, started, ended, rssi_dbm: -57, snr_decibel_tenths });
        self.collect();
    }

    /// A downlink in RX1 of a node with RX1DROffset 0.
    fn rx1(&mut self, delay: Duration, payload: Vec<u8>) {
        let frame = self.last().frame;
        self.downlink(delay, frame.frequency, frame.modulation, payload);
    }

    /// A downlink in the default RX2.
    fn rx2(&mut self, delay: Duration, payload: Vec<u8>) {
        self.downlink(delay, eu868::RX2_FREQUENCY, SF12, payload);
    }

    /// Waits until every band is free again.
    fn rest(&mut self) {
        self.run_for(secs(3600));
        self.lines.clear();
    }

    /// Sends unconfirmed data without answer; its only frame.
    fn plain_uplink(&mut self) -> Sent {
        let sent = self.start("mac tx uncnf 1 00");
        self.rest();
        sent
    }
}
