//! A LoRaWAN 1.0.2 node, class A or C, behind the serial interface of one of six modules.
//!
//! Spec: LoRaWAN 1.0.2 with Regional Parameters 1.0.2rB; the command references of the modules' makers. The serial side
//! takes and gives octets; the radio side gives frames that begin at the `now` of the call that produced them, is told when
//! a downlink's preamble begins in reach, and is handed the frame at its end. What a module saves, and the source of
//! DevNonces, outlive a power cycle. Not here: radio commands past the MAC, class B, FSK.

mod answers;
mod certification;
mod channels;
mod class_c;
mod console;
mod downlink;
mod duty;
mod event;
mod exchange;
mod mac;
mod model;
mod multicast;
mod nonce;
mod parameters;
mod receive;
mod requests;
mod uplink;
mod windows;

pub use model::{NodeModel, UnknownModel};

use crate::defect::Defect;
use certification::TestMode;
use console::{Desk, Dialect, LineCutter, Stall, Wish};
use mac::{Mac, MacOutput, When};
use nonce::Nonces;
use parameters::Parameters;
use std::collections::{BTreeSet, VecDeque};
use wire::air::lora::{Carrier, HeardFrame, LoraFrame};
use wire::id::{Eui64, Key};
use wire::lorawan::Band;
use wire::seed::{Rng, Seed};
use wire::time::{Duration, Instant, Wakeup};

/// From power-up or reset to the first command.
const START_TIME: Duration = Duration::from_millis(100);
/// The clock of a node that opens its windows late: RX1 after a second 18 us before its time, a join's early enough.
const LATE_CLOCK_PPM: i16 = -102;

/// What a node is made as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The module.
    pub model: NodeModel,
    /// The EUI that the module was made with.
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
        let (model, band, defects) = (NodeModel::Rn2483, Band::Eu868, BTreeSet::new());
        Self { model, hw_eui, provisioned: None, band, defects, clock_error_ppm: 0, test_mode: false }
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
    /// Begins a carrier of certification.
    Carrier(Carrier),
}

/// A node with power.
#[derive(Debug)]
struct Running {
    mac: Mac,
    lines: LineCutter,
    stall: Option<(Instant, Stall)>,
}

/// A simulated node.
#[derive(Debug)]
pub struct Node {
    config: NodeConfig,
    console: Box<dyn Dialect>,
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
        let console = config.model.console();
        let saved = console.factory(&config);
        let rng = seed.child("mac").rng();
        Self { config, console, saved, nonces, rng, running: None, outputs: VecDeque::new() }
    }

    /// Gives power: the node starts, and says so where its module does. Does nothing when it has power.
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
            self.running = Some(Running { mac, lines: LineCutter::default(), stall });
        }
    }

    /// Takes the power away, whatever the node is doing. What was not saved is lost.
    pub fn power_off(&mut self, _now: Instant) {
        if let Some(running) = self.running.take() {
            self.rng = running.mac.into_rng();
            self.console.power_off();
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
            Some((_, Stall::Sleeping)) if self.console.wakes_on(bytes) => {
                running.stall = Some((now, Stall::Sleeping));
            }
            Some((_, Stall::Sleeping)) => {}
            Some((_, Stall::Saving)) | None => {
                let echo = running.lines.push(bytes, &self.console.framing());
                if !echo.is_empty() {
                    self.outputs.push_back(NodeOutput::Serial(echo));
                }
            }
        }
        self.handle_timeout(now);
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
        self.drain(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some(running) = &mut self.running else { return };
        let woken = running.stall.take_if(|(until, _)| *until <= now);
        if let Some((_, stall)) = woken {
            self.at_the_desk(now, |console, desk| console.woken(desk, stall));
        }
        self.run_mac(now);
        self.drain(now);
        if self.console.due().is_some_and(|due| due.at <= now) {
            self.at_the_desk(now, |console, desk| console.handle_timeout(desk));
            self.drain(now);
        }
        self.run_lines(now);
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
                Stall::Saving => "node save",
                Stall::Sleeping => "node sleep",
            };
            Wakeup::new(until, why)
        });
        let console = self.console.due();
        Wakeup::earliest(Wakeup::earliest(stall, console), running.mac.next_wakeup())
    }

    fn run_mac(&mut self, now: Instant) {
        let Some(running) = &mut self.running else { return };
        running.mac.handle_timeout(now);
        if running.mac.wants_test_join(now) {
            // A refusal, by the duty cycle say, leaves the next try to the next pause.
            running.mac.join(now, &mut self.nonces, When::Now).ok();
        }
    }

    /// Runs the complete lines that wait, until one of them stalls the node.
    fn run_lines(&mut self, now: Instant) {
        while let Some(running) = self.running.as_mut().filter(|running| running.stall.is_none()) {
            let Some(line) = running.lines.next_line() else { return };
            self.at_the_desk(now, |console, desk| console.run(desk, &line));
            self.drain(now);
        }
    }

    /// Lets the console do something, writes what it prints, and does what it wishes.
    fn at_the_desk(&mut self, now: Instant, work: impl FnOnce(&mut dyn Dialect, &mut Desk<'_>)) {
        let Some(running) = &mut self.running else { return };
        let mut desk = Desk {
            now,
            config: &self.config,
            mac: &mut running.mac,
            saved: &mut self.saved,
            nonces: &mut self.nonces,
            text: Vec::new(),
            wish: None,
        };
        work(self.console.as_mut(), &mut desk);
        let Desk { text, wish, .. } = desk;
        if !text.is_empty() {
            self.outputs.push_back(NodeOutput::Serial(text));
        }
        match wish {
            Some(Wish::Stall(stall, span)) => running.stall = Some((now + span, stall)),
            Some(Wish::Restart) => self.restart(now),
            None => {}
        }
    }

    fn restart(&mut self, now: Instant) {
        let outputs = std::mem::take(&mut self.outputs);
        self.power_off(now);
        self.outputs = outputs;
        self.power_on(now);
    }

    /// Hands on what the MAC wants and tells, behind the immediate answer.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.running.as_mut().and_then(|running| running.mac.outputs.pop_front()) {
            match output {
                MacOutput::Transmit(frame) => self.outputs.push_back(NodeOutput::Transmit(frame)),
                MacOutput::Carrier(carrier) => self.outputs.push_back(NodeOutput::Carrier(carrier)),
                MacOutput::Event(event) => {
                    self.at_the_desk(now, |console, desk| console.tell(desk, &event));
                }
            }
        }
    }
}

impl Running {
    /// The receiver works unless the node is starting.
    const fn is_listening(&self) -> bool {
        !matches!(self.stall, Some((_, Stall::Starting)))
    }
}

#[cfg(test)]
mod tests;
