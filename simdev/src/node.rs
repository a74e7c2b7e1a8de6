//! A LoRaWAN 1.0.2 class A node behind the serial interface of Microchip's RN2483.
//!
//! Spec: LoRaWAN 1.0.2 with Regional Parameters 1.0.2rB; RN2483 command reference DS40001784, firmware 1.0.5. The serial
//! side speaks lines with CR LF; the radio side gives frames that begin at the `now` of the call that produced them, is
//! told when a downlink's preamble begins in reach, and is handed the frame at its end. What `mac save` kept, and the
//! source of DevNonces, outlive a power cycle. Not here: `radio` commands, class C, FSK.

mod answers;
mod certification;
mod channels;
mod console;
mod downlink;
mod duty;
mod exchange;
mod get;
mod mac;
mod nonce;
mod parameters;
mod receive;
mod requests;
mod set;
mod uplink;
mod windows;

use crate::defect::Defect;
use certification::TestMode;
use console::{Console, Line};
use mac::{Mac, MacOutput};
use nonce::Nonces;
use parameters::Parameters;
use std::collections::{BTreeSet, VecDeque};
use wire::air::lora::{HeardFrame, LoraFrame};
use wire::id::{Eui64, Key};
use wire::lorawan::Band;
use wire::seed::{Rng, Seed};
use wire::time::{Duration, Instant, Wakeup};

/// The version line.
const VERSION: &str = "RN2483 1.0.5 Oct 31 2018 15:06:52";
/// From power-up or reset to the version line.
const START_TIME: Duration = Duration::from_millis(100);
/// The clock of a node that opens its windows late: RX1 after a second 18 us before its time, a join's early enough.
const LATE_CLOCK_PPM: i16 = -102;
/// How long `mac save` writes.
const SAVE_TIME: Duration = Duration::from_millis(500);

/// What a node is made as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The EUI that the module was made with: `sys get hweui`.
    pub hw_eui: Eui64,
    /// Identity and key as if they had been set and saved before delivery.
    pub provisioned: Option<Provisioning>,
    /// The band it is built for.
    pub band: Band,
    /// How it misbehaves.
    pub defects: BTreeSet<Defect>,
    /// How fast its clock runs, parts per million; negative is slow.
    pub clock_error_ppm: i16,
    /// Whether its firmware has the test mode of certification on FPort 224.
    pub test_mode: bool,
}

impl Default for NodeConfig {
    fn default() -> Self {
        let hw_eui = Eui64::from_value(0x0004_a30b_001a_2b3c);
        let defects = BTreeSet::new();
        Self { hw_eui, provisioned: None, band: Band::Eu868, defects, clock_error_ppm: 0, test_mode: false }
    }
}

/// What a node needs to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// The device.
    pub dev_eui: Eui64,
    /// The application provider.
    pub app_eui: Eui64,
    /// The root key.
    pub app_key: Key,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeOutput {
    /// Writes these bytes to its serial port.
    Serial(Vec<u8>),
    /// Begins to transmit this frame.
    Transmit(LoraFrame),
}

/// Why the node does not take commands at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stall {
    Starting,
    Saving,
    Sleeping,
}

/// A node with power.
#[derive(Debug)]
struct Running {
    mac: Mac,
    console: Console,
    stall: Option<(Instant, Stall)>,
}

/// A simulated node.
#[derive(Debug)]
pub struct Node {
    config: NodeConfig,
    saved: Parameters,
    nonces: Nonces,
    /// The MAC's source of chance while the node is off.
    rng: Rng,
    running: Option<Running>,
    outputs: VecDeque<NodeOutput>,
}

impl Node {
    /// A node without power.
    #[must_use]
    pub fn new(config: NodeConfig, seed: Seed) -> Self {
        let nonces = Nonces::new(&config.defects, seed.child("dev-nonce"));
        let saved = factory_parameters(&config);
        let rng = seed.child("mac").rng();
        Self { config, saved, nonces, rng, running: None, outputs: VecDeque::new() }
    }

    /// Gives power: the node starts and prints its version line. Does nothing when it has power.
    pub fn power_on(&mut self, now: Instant) {
        if self.running.is_none() {
            let mac = {
                let test = TestMode::new(self.config.test_mode);
                let late = self.config.defects.contains(&Defect::OpensWindowsLate);
                let clock = if late { LATE_CLOCK_PPM } else { self.config.clock_error_ppm };
                let defects = self.config.defects.clone();
                Mac::new(now, self.saved.clone(), self.rng.clone(), clock, test, defects)
            };
            let stall = Some((now + START_TIME, Stall::Starting));
            self.running = Some(Running { mac, console: Console::default(), stall });
        }
    }

    /// Takes the power away, whatever the node is doing. What was not saved is lost.
    pub fn power_off(&mut self, _now: Instant) {
        if let Some(running) = self.running.take() {
            self.rng = running.mac.into_rng();
        }
        self.outputs.clear();
    }

    /// Whether the node has power.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.running.is_some()
    }

    /// Takes bytes from the serial port.
    pub fn handle_serial(&mut self, now: Instant, bytes: &[u8]) {
        self.handle_timeout(now);
        let Some(running) = &mut self.running else { return };
        match running.stall {
            Some((_, Stall::Starting)) => {}
            // A break reads as an octet of zeros, and wakes.
            Some((_, Stall::Sleeping)) if bytes.contains(&0) => running.stall = Some((now, Stall::Sleeping)),
            Some((_, Stall::Sleeping)) => {}
            Some((_, Stall::Saving)) | None => running.console.push(bytes),
        }
        self.handle_timeout(now);
        self.run_console(now);
    }

    /// A preamble of downlink polarity begins in reach. A receiver knows this at once, and stays on for the frame.
    ///
    /// `started` is when it began; the call may come late.
    pub fn handle_preamble(&mut self, _now: Instant, started: Instant, frame: &LoraFrame) {
        if let Some(running) = self.running.as_mut().filter(|running| running.is_listening()) {
            running.mac.handle_preamble(started, frame);
        }
    }

    /// A frame of downlink polarity that could be decoded has ended in reach.
    pub fn handle_radio(&mut self, now: Instant, heard: &HeardFrame) {
        if let Some(running) = self.running.as_mut().filter(|running| running.is_listening()) {
            running.mac.handle_radio(now, heard);
        }
        self.drain();
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some(running) = &mut self.running else { return };
        if let Some((_, stall)) = running.stall.take_if(|(until, _)| *until <= now) {
            let line = match stall {
                Stall::Starting => VERSION,
                Stall::Saving | Stall::Sleeping => "ok",
            };
            self.outputs.push_back(serial(line));
        }
        running.mac.handle_timeout(now);
        if running.mac.wants_test_join(now) {
            // A refusal, by the duty cycle say, leaves the next try to the next pause.
            running.mac.join(now, &mut self.nonces).ok();
        }
        self.drain();
        self.run_console(now);
    }

    /// The next output; call it until `None` after every call.
    pub fn poll_output(&mut self) -> Option<NodeOutput> {
        self.outputs.pop_front()
    }

    /// When something is due.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let running = self.running.as_ref()?;
        let stall = running.stall.map(|(until, stall)| {
            let why = match stall {
                Stall::Starting => "node start",
                Stall::Saving => "mac save",
                Stall::Sleeping => "sys sleep",
            };
            Wakeup::new(until, why)
        });
        Wakeup::earliest(stall, running.mac.next_wakeup())
    }

    /// Runs the complete lines that wait, until one of them stalls the node.
    fn run_console(&mut self, now: Instant) {
        while let Some(running) = self.running.as_mut().filter(|running| running.stall.is_none()) {
            match running.console.next_line() {
                Some(Line::Complete(line)) => self.run_line(now, &line),
                Some(Line::Broken) => self.outputs.push_back(serial("invalid_param")),
                None => return,
            }
        }
    }

    fn run_line(&mut self, now: Instant, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["sys", "reset"] => self.restart(now),
            ["sys", "factoryRESET"] => {
                self.saved = factory_parameters(&self.config);
                self.restart(now);
            }
            ["sys", "sleep", span] => self.sleep(now, span),
            ["sys", "get", what] => self.answer(self.get_system(what)),
            ["mac", rest @ ..] => self.run_mac(now, rest),
            _ => self.outputs.push_back(serial("invalid_param")),
        }
        self.drain();
    }

    fn run_mac(&mut self, now: Instant, words: &[&str]) {
        let Some(running) = &mut self.running else { return };
        let mac = &mut running.mac;
        let answer = match words {
            ["save"] => {
                self.saved = mac.parameters.clone();
                running.stall = Some((now + SAVE_TIME, Stall::Saving));
                return;
            }
            ["reset", band] if *band == get::band(mac) => {
                mac.reset(Parameters::new(self.config.band.region()));
                Some("ok".to_owned())
            }
            ["pause"] => Some(console::pause(mac)),
            ["resume"] => {
                mac.paused = false;
                Some("ok".to_owned())
            }
            // The network of 1.0.2 cannot silence a node, so there is nothing to undo.
            ["forceENABLE"] => Some("ok".to_owned()),
            ["join", "otaa"] => Some(console::word(mac.join(now, &mut self.nonces))),
            ["join", "abp"] => Some(console::join_abp(mac)),
            ["tx", rest @ ..] => console::transmit(mac, now, rest),
            ["set", rest @ ..] => set::set(mac, now, rest).map(|()| "ok".to_owned()),
            ["get", rest @ ..] => get::get(mac, now, rest),
            _ => None,
        };
        self.answer(answer);
    }

    fn get_system(&self, what: &str) -> Option<String> {
        match what {
            "ver" => Some(VERSION.to_owned()),
            "hweui" => Some(format!("{:016X}", self.config.hw_eui.value())),
            "vdd" => Some("3284".to_owned()),
            _ => None,
        }
    }

    fn sleep(&mut self, now: Instant, span: &str) {
        // The command reference gives 100 ms as the shortest sleep.
        match (set::number::<u32>(span).filter(|millis| *millis >= 100), &mut self.running) {
            (Some(millis), Some(running)) if running.mac.exchange.is_none() => {
                running.stall = Some((now + Duration::from_millis(u64::from(millis)), Stall::Sleeping));
            }
            (Some(_) | None, _) => self.answer(None),
        }
    }

    fn restart(&mut self, now: Instant) {
        let outputs = std::mem::take(&mut self.outputs);
        self.power_off(now);
        self.outputs = outputs;
        self.power_on(now);
    }

    /// Writes an immediate answer; none is a command or parameter that does not exist.
    fn answer(&mut self, line: Option<String>) {
        self.outputs.push_back(serial(line.as_deref().unwrap_or("invalid_param")));
    }

    /// Hands on what the MAC wants, behind the immediate answer.
    fn drain(&mut self) {
        let Some(running) = &mut self.running else { return };
        while let Some(output) = running.mac.outputs.pop_front() {
            let line = output.line();
            if let MacOutput::Transmit(frame) = output {
                self.outputs.push_back(NodeOutput::Transmit(frame));
            }
            self.outputs.extend(line.as_deref().map(serial));
        }
    }
}

impl Running {
    /// The receiver works unless the node is starting.
    const fn is_listening(&self) -> bool {
        !matches!(self.stall, Some((_, Stall::Starting)))
    }
}

fn serial(line: &str) -> NodeOutput {
    NodeOutput::Serial(format!("{line}\r\n").into_bytes())
}

fn factory_parameters(config: &NodeConfig) -> Parameters {
    let identity = config.provisioned.as_ref();
    Parameters {
        dev_eui: identity.map(|identity| identity.dev_eui),
        app_eui: identity.map(|identity| identity.app_eui),
        app_key: identity.map(|identity| identity.app_key.clone()),
        ..Parameters::new(config.band.region())
    }
}

#[cfg(test)]
mod tests;
