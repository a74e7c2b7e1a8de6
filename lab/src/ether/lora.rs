//! The LoRa air that nodes and gateways share: who hears a frame, how well, and which frames destroy each other.
//!
//! A frame travels at no cost of time: its preamble begins for everybody when the transmitter begins, and it is handed
//! over whole at its end. Uplink polarity reaches gateways only, downlink polarity nodes only. A receiver decodes a frame
//! when its SNR is above the floor of the spreading factor, and when every other frame of the same polarity on the same
//! channel is weak enough (6 dB for the same spreading factor; Goursaud and Gorce 2015 for the others). An interferer
//! that ends before the last five preamble symbols does no harm.
//!
//! The loss between two radios is what somebody set for them; else that of the ground between them, where the air has a
//! ground and both stand somewhere; else [`DEFAULT_PATH_LOSS`], so that on a table without places all hear all. A frame
//! costs as much as there are radios that can hear it, however many there are.
//!
//! Units: power in dBm, loss in dB, SNR in tenths of a dB; tenths of both inside. Frames of opposite polarity do not
//! disturb each other. Whether a radio listened on that frequency, had a demodulator free, or was transmitting itself, is
//! the radio's own affair. Not here: movement, adjacent channels.

mod path_loss;
mod reception;
mod terrain;

pub use path_loss::{PathLoss, Surroundings};
pub use reception::MAX_SNR;
pub use terrain::{Ground, Place};

use reception::{is_above_floor, shares_channel, snr, survives, vulnerable_from};
use std::collections::{BTreeMap, VecDeque};
use terrain::Terrain;
use wire::air::lora::{HeardFrame, LoraFrame, Modulation};
use wire::seed::Seed;
use wire::time::{Instant, Wakeup};

/// The loss between two radios unless told otherwise: 14 dBm arrive as -57 dBm.
pub const DEFAULT_PATH_LOSS: u16 = 71;
/// The strongest transmitter of any region, tenths of a dBm: nobody is heard farther.
const STRONGEST: i32 = 360;

/// A radio on the air, in the order in which it was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RadioIndex(pub usize);

/// What a radio is, which decides the polarity that it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RadioKind {
    /// Hears downlinks.
    Node,
    /// Hears uplinks.
    Gateway,
}

/// What arrives at a radio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AirOutput {
    /// A preamble begins at a radio that could decode the frame. It may still be destroyed before its end.
    Preamble {
        /// The receiver.
        to: RadioIndex,
        /// When it began.
        started: Instant,
        /// The frame that begins.
        frame: LoraFrame,
    },
    /// A frame ended and could be decoded.
    Heard {
        /// The receiver.
        to: RadioIndex,
        /// The frame and how well it was heard.
        heard: HeardFrame,
    },
    /// A frame has ended and was handed to everybody who could decode it.
    Ended(Ended),
}

/// What became of a frame at the radios of the kind that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The transmitter.
    pub from: RadioIndex,
    /// Whether it was an uplink.
    pub uplink: bool,
    /// Its modulation.
    pub modulation: Modulation,
    /// How many could decode it.
    pub heard: usize,
    /// At how many another frame destroyed it.
    pub collided: usize,
}

/// A frame that is in the air, or ended while another one overlaps it.
#[derive(Clone, Debug)]
struct Flight {
    from: RadioIndex,
    frame: LoraFrame,
    started: Instant,
    ended: Instant,
    /// What fading adds to the loss at each receiver in reach, in the order of radios; empty where there is none.
    fades: Vec<(RadioIndex, i32)>,
    handed_over: bool,
}

/// One shared air.
#[derive(Clone, Debug, Default)]
pub struct LoraAir {
    kinds: Vec<RadioKind>,
    terrain: Option<Terrain>,
    /// Who can hear a radio's uplinks (false) or downlinks (true), worked out when it first sends.
    reach: BTreeMap<(RadioIndex, bool), Vec<RadioIndex>>,
    /// The losses of the ground on those ways, tenths of a dB.
    ground_losses: BTreeMap<(RadioIndex, RadioIndex), i32>,
    losses: BTreeMap<RadioIndex, u16>,
    pair_losses: BTreeMap<(RadioIndex, RadioIndex), u16>,
    flights: Vec<Flight>,
    outputs: VecDeque<AirOutput>,
}

impl LoraAir {
    /// An air without radios.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lays the ground on which radios stand.
    pub fn lay_ground(&mut self, ground: Ground, seed: Seed) {
        self.terrain = Some(Terrain::new(ground, seed));
        self.ground_losses.clear();
        self.forget_reach();
    }

    /// Stands a radio somewhere, with an aerial of `gain` dBi, which counts on what it hears: what it sends is given as
    /// EIRP. Its name tells its share of chance from that of others. Does nothing where there is no ground.
    pub fn place(&mut self, radio: RadioIndex, name: &str, place: Place, gain: f64) {
        if let Some(terrain) = &mut self.terrain {
            terrain.place(radio, name, place, gain);
        }
        self.ground_losses.clear();
        self.forget_reach();
    }

    /// Adds a radio.
    pub fn add_radio(&mut self, kind: RadioKind) -> RadioIndex {
        self.kinds.push(kind);
        self.forget_reach();
        RadioIndex(self.kinds.len() - 1)
    }

    /// The loss in dB of everything from and to `radio`, wherever it stands; `None` to forget it.
    ///
    /// Between two radios with a loss of their own the larger one counts. 200 dB are out of everybody's coverage.
    pub fn set_path_loss(&mut self, radio: RadioIndex, decibel: Option<u16>) {
        match decibel {
            Some(decibel) => self.losses.insert(radio, decibel),
            None => self.losses.remove(&radio),
        };
        self.forget_reach();
    }

    /// The loss in dB between two radios, both ways, whatever their own losses are; `None` to forget it.
    pub fn set_pair_path_loss(&mut self, a: RadioIndex, b: RadioIndex, decibel: Option<u16>) {
        let pair = (a.min(b), a.max(b));
        match decibel {
            Some(decibel) => self.pair_losses.insert(pair, decibel),
            None => self.pair_losses.remove(&pair),
        };
        self.forget_reach();
    }

    /// Begins a frame at `now`.
    pub fn transmit(&mut self, now: Instant, from: RadioIndex, frame: LoraFrame) {
        let receivers = self.receivers(from, frame.inverted_iq);
        let fades = match &mut self.terrain {
            Some(terrain) => receivers.iter().map(|to| (*to, terrain.fade(from, *to))).collect(),
            None => Vec::new(),
        };
        let ended = now + frame.time_on_air();
        let flight = Flight { from, frame, started: now, ended, fades, handed_over: false };
        for to in receivers {
            if is_above_floor(self.rssi(&flight, to), flight.frame.modulation) {
                let frame = flight.frame.clone();
                self.outputs.push_back(AirOutput::Preamble { to, started: now, frame });
            }
        }
        self.flights.push(flight);
    }

    /// Hands over the frames that have ended.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(index) = self.next_to_end().filter(|index| self.flights[*index].ended <= now) {
            self.flights[index].handed_over = true;
            self.hand_over(index);
        }
        let oldest =
            self.flights.iter().filter(|flight| !flight.handed_over).map(|flight| flight.started).min();
        self.flights
            .retain(|flight| oldest.is_some_and(|oldest| !flight.handed_over || flight.ended > oldest));
    }

    /// The next arrival; call it until `None` after every call that may have caused one.
    pub fn poll_output(&mut self) -> Option<AirOutput> {
        self.outputs.pop_front()
    }

    /// When the next frame ends.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        self.next_to_end().map(|index| Wakeup::new(self.flights[index].ended, "end of a LoRa frame"))
    }

    /// The frame in the air that ends first; of two that end at once, the one that was sent first.
    fn next_to_end(&self) -> Option<usize> {
        let in_the_air = self.flights.iter().enumerate().filter(|(_, flight)| !flight.handed_over);
        in_the_air.min_by_key(|(index, flight)| (flight.ended, *index)).map(|(index, _)| index)
    }

    fn hand_over(&mut self, index: usize) {
        let flight = self.flights[index].clone();
        let (mut heard, mut collided) = (0, 0);
        for to in self.receivers(flight.from, flight.frame.inverted_iq) {
            let rssi = self.rssi(&flight, to);
            if !is_above_floor(rssi, flight.frame.modulation) {
                continue;
            }
            if !self.survives(index, to) {
                collided += 1;
                continue;
            }
            heard += 1;
            let heard = HeardFrame {
                rssi_dbm: whole(rssi),
                snr_decibel_tenths: snr(rssi, flight.frame.modulation),
                frame: flight.frame.clone(),
                started: flight.started,
                ended: flight.ended,
            };
            self.outputs.push_back(AirOutput::Heard { to, heard });
        }
        let (from, uplink, modulation) = (flight.from, !flight.frame.inverted_iq, flight.frame.modulation);
        self.outputs.push_back(AirOutput::Ended(Ended { from, uplink, modulation, heard, collided }));
    }

    /// Everybody who can hear `from` at all.
    fn receivers(&mut self, from: RadioIndex, inverted_iq: bool) -> Vec<RadioIndex> {
        if let Some(known) = self.reach.get(&(from, inverted_iq)) {
            return known.clone();
        }
        let wanted = if inverted_iq { RadioKind::Node } else { RadioKind::Gateway };
        let others = self.kinds.iter().enumerate().map(|(index, kind)| (RadioIndex(index), *kind));
        let others = others.filter(|(index, kind)| *kind == wanted && *index != from);
        let mut reach = Vec::new();
        for to in others.map(|(index, _)| index).collect::<Vec<_>>() {
            let luck = self.terrain.as_ref().map_or(0, |terrain| {
                if let Some(loss) = terrain.loss(from, to) {
                    self.ground_losses.insert((from, to), loss);
                }
                terrain.luck()
            });
            if STRONGEST + luck - self.path_loss(from, to) >= reception::FAINTEST {
                reach.push(to);
            }
        }
        self.reach.insert((from, inverted_iq), reach.clone());
        reach
    }

    /// The losses of the ground stay: frames in the air need them.
    fn forget_reach(&mut self) {
        self.reach.clear();
    }

    /// Whether nothing at the receiver `to` destroyed the frame.
    fn survives(&self, index: usize, to: RadioIndex) -> bool {
        let wanted = &self.flights[index];
        let vulnerable = vulnerable_from(wanted.started, wanted.frame.modulation);
        let strength = |flight: &Flight| (self.rssi(flight, to), flight.frame.modulation);
        let destroyed = self.flights.iter().enumerate().any(|(at, other)| {
            at != index
                && other.started < wanted.ended
                && other.ended > vulnerable
                && shares_channel(&other.frame, &wanted.frame)
                && !survives(strength(wanted), strength(other))
        });
        !destroyed
    }

    /// Tenths of a dB.
    fn path_loss(&self, from: RadioIndex, to: RadioIndex) -> i32 {
        let own = |radio| self.losses.get(radio).copied();
        let pair = self.pair_losses.get(&(from.min(to), from.max(to))).copied();
        let set = pair.or_else(|| own(&from).max(own(&to))).map(|loss| 10 * i32::from(loss.min(1000)));
        set.or_else(|| self.ground_losses.get(&(from, to)).copied())
            .unwrap_or(10 * i32::from(DEFAULT_PATH_LOSS))
    }

    /// Tenths of a dBm.
    fn rssi(&self, flight: &Flight, to: RadioIndex) -> i32 {
        let place = flight.fades.binary_search_by_key(&to, |(radio, _)| *radio).ok();
        let fade = place.and_then(|place| flight.fades.get(place)).map_or(0, |(_, fade)| *fade);
        10 * i32::from(flight.frame.eirp_dbm) - self.path_loss(flight.from, to) - fade
    }
}

/// Tenths of a dBm as a receiver reports them: whole dBm.
fn whole(tenths: i32) -> i16 {
    i16::try_from((tenths + 5).div_euclid(10)).unwrap_or(i16::MIN)
}

#[cfg(test)]
mod aloha;
#[cfg(test)]
mod tests;
