//! The LoRa air that nodes and gateways share: who hears a frame, how well, and which frames destroy each other.
//!
//! A frame travels at no cost of time: its preamble begins for everybody when the transmitter begins, and it is handed
//! over whole at its end. Uplink polarity reaches gateways only, downlink polarity nodes only. A receiver decodes a frame
//! when its SNR is above the floor of the spreading factor, and when every other frame of the same polarity on the same
//! channel is weak enough (6 dB for the same spreading factor; Goursaud and Gorce 2015 for the others). An interferer
//! that ends before the last five preamble symbols does no harm.
//!
//! Units: power in dBm, loss in dB, SNR in tenths of a dB. Frames of opposite polarity do not disturb each other. Whether
//! a radio listened on that frequency, or was transmitting itself, is the radio's own affair. Not here: fading,
//! distance, adjacent channels.

use std::collections::{BTreeMap, VecDeque};
use wire::air::lora::{HeardFrame, LoraFrame, Modulation};
use wire::lorawan::airtime::symbol_time;
use wire::time::{Instant, Wakeup};

/// The loss between two radios unless told otherwise: 14 dBm arrive as -57 dBm.
pub const DEFAULT_PATH_LOSS: u16 = 71;
/// No receiver reports more than this, however strong the signal is: tenths of a dB.
pub const MAX_SNR: i16 = 78;
/// Preamble symbols that an interferer may cover without harm: eight less the five that a receiver needs.
const HARMLESS_SYMBOLS: u32 = 3;

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
    /// The preamble of a downlink begins at a node. The frame may still be destroyed before its end.
    Preamble {
        /// The node.
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
}

/// A frame that is in the air, or ended while another one overlaps it.
#[derive(Clone, Debug)]
struct Flight {
    from: RadioIndex,
    frame: LoraFrame,
    started: Instant,
    ended: Instant,
    handed_over: bool,
}

/// One shared air.
#[derive(Clone, Debug, Default)]
pub struct LoraAir {
    kinds: Vec<RadioKind>,
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

    /// Adds a radio.
    pub fn add_radio(&mut self, kind: RadioKind) -> RadioIndex {
        self.kinds.push(kind);
        RadioIndex(self.kinds.len() - 1)
    }

    /// The loss in dB of everything from and to `radio`; `None` for [`DEFAULT_PATH_LOSS`].
    ///
    /// Between two radios with a loss of their own the larger one counts. 200 dB are out of everybody's coverage.
    pub fn set_path_loss(&mut self, radio: RadioIndex, decibel: Option<u16>) {
        match decibel {
            Some(decibel) => self.losses.insert(radio, decibel),
            None => self.losses.remove(&radio),
        };
    }

    /// The loss in dB between two radios, both ways, whatever their own losses are; `None` to forget it.
    pub fn set_pair_path_loss(&mut self, a: RadioIndex, b: RadioIndex, decibel: Option<u16>) {
        let pair = (a.min(b), a.max(b));
        match decibel {
            Some(decibel) => self.pair_losses.insert(pair, decibel),
            None => self.pair_losses.remove(&pair),
        };
    }

    /// Begins a frame at `now`.
    pub fn transmit(&mut self, now: Instant, from: RadioIndex, frame: LoraFrame) {
        if frame.inverted_iq {
            for to in self.receivers(from, &frame) {
                if self.is_above_floor(from, to, &frame) {
                    self.outputs.push_back(AirOutput::Preamble { to, started: now, frame: frame.clone() });
                }
            }
        }
        let ended = now + frame.time_on_air();
        self.flights.push(Flight { from, frame, started: now, ended, handed_over: false });
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
        for to in self.receivers(flight.from, &flight.frame) {
            if self.is_above_floor(flight.from, to, &flight.frame) && self.survives(index, to) {
                let heard = HeardFrame {
                    rssi_dbm: self.rssi_dbm(flight.from, to, &flight.frame),
                    snr_decibel_tenths: self.snr_tenths(flight.from, to, &flight.frame),
                    frame: flight.frame.clone(),
                    started: flight.started,
                    ended: flight.ended,
                };
                self.outputs.push_back(AirOutput::Heard { to, heard });
            }
        }
    }

    fn receivers(&self, from: RadioIndex, frame: &LoraFrame) -> Vec<RadioIndex> {
        let wanted = if frame.inverted_iq { RadioKind::Node } else { RadioKind::Gateway };
        let others = self.kinds.iter().enumerate().map(|(index, kind)| (RadioIndex(index), *kind));
        others.filter(|(index, kind)| *kind == wanted && *index != from).map(|(index, _)| index).collect()
    }

    /// Whether nothing at the receiver `to` destroyed the frame.
    fn survives(&self, index: usize, to: RadioIndex) -> bool {
        let wanted = &self.flights[index];
        let vulnerable = wanted.started + symbol_time(wanted.frame.modulation) * HARMLESS_SYMBOLS;
        let overlaps = |other: &Flight, from: Instant| other.started < wanted.ended && other.ended > from;
        let destroyed = self.flights.iter().enumerate().any(|(at, other)| {
            at != index
                && overlaps(other, vulnerable)
                && shares_channel(&other.frame, &wanted.frame)
                && self.rssi_dbm(wanted.from, to, &wanted.frame)
                    < self.rssi_dbm(other.from, to, &other.frame)
                        + isolation(wanted.frame.modulation, other.frame.modulation)
        });
        !destroyed
    }

    fn path_loss(&self, a: RadioIndex, b: RadioIndex) -> u16 {
        let own = |radio| self.losses.get(radio).copied();
        let pair = self.pair_losses.get(&(a.min(b), a.max(b))).copied();
        pair.or_else(|| own(&a).max(own(&b))).unwrap_or(DEFAULT_PATH_LOSS)
    }

    fn rssi_dbm(&self, from: RadioIndex, to: RadioIndex, frame: &LoraFrame) -> i16 {
        i16::from(frame.eirp_dbm).saturating_sub_unsigned(self.path_loss(from, to).min(1000))
    }

    fn snr_tenths(&self, from: RadioIndex, to: RadioIndex, frame: &LoraFrame) -> i16 {
        let floor = noise_floor_tenths(frame.modulation.bandwidth_khz);
        (10 * self.rssi_dbm(from, to, frame) - floor).min(MAX_SNR)
    }

    fn is_above_floor(&self, from: RadioIndex, to: RadioIndex, frame: &LoraFrame) -> bool {
        self.snr_tenths(from, to, frame) >= required_snr_tenths(frame.modulation.spreading_factor)
    }
}

fn shares_channel(a: &LoraFrame, b: &LoraFrame) -> bool {
    a.frequency == b.frequency
        && a.modulation.bandwidth_khz == b.modulation.bandwidth_khz
        && a.inverted_iq == b.inverted_iq
}

/// -174 dBm/Hz over the bandwidth with a noise figure of 6 dB, in tenths of a dBm.
const fn noise_floor_tenths(bandwidth_khz: u16) -> i16 {
    match bandwidth_khz {
        500.. => -1110,
        250..500 => -1140,
        _ => -1170,
    }
}

/// The SNR below which a spreading factor cannot be decoded: -7.5 dB at SF7, 2.5 dB less for each step.
fn required_snr_tenths(spreading_factor: u8) -> i16 {
    -75 - 25 * (i16::from(spreading_factor.clamp(7, 12)) - 7)
}

/// How many dB a frame must be above another one to survive it; rows are the wanted spreading factors from SF7 on.
const ISOLATION: [[i16; 6]; 6] = [
    [6, -16, -18, -19, -19, -20],
    [-24, 6, -20, -22, -22, -22],
    [-27, -27, 6, -23, -25, -25],
    [-30, -30, -30, 6, -26, -28],
    [-33, -33, -33, -33, 6, -29],
    [-36, -36, -36, -36, -36, 6],
];

fn isolation(wanted: Modulation, other: Modulation) -> i16 {
    let place = |modulation: Modulation| usize::from(modulation.spreading_factor.clamp(7, 12) - 7);
    ISOLATION[place(wanted)][place(other)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Hertz;
    use wire::time::Duration;

    struct World {
        air: LoraAir,
        nodes: [RadioIndex; 2],
        gateways: [RadioIndex; 2],
    }

    fn world() -> World {
        let mut air = LoraAir::new();
        let nodes = [air.add_radio(RadioKind::Node), air.add_radio(RadioKind::Node)];
        let gateways = [air.add_radio(RadioKind::Gateway), air.add_radio(RadioKind::Gateway)];
        World { air, nodes, gateways }
    }

    fn uplink(spreading_factor: u8) -> LoraFrame {
        LoraFrame {
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor, bandwidth_khz: 125 },
            inverted_iq: false,
            crc: true,
            eirp_dbm: 14,
            payload: vec![0; 23],
        }
    }

    fn downlink() -> LoraFrame {
        LoraFrame { inverted_iq: true, crc: false, eirp_dbm: 27, ..uplink(9) }
    }

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    impl World {
        /// Who hears which payload once everything has ended.
        fn heard(&mut self) -> Vec<(RadioIndex, HeardFrame)> {
            while let Some(wakeup) = self.air.next_wakeup() {
                self.air.handle_timeout(wakeup.at);
            }
            std::iter::from_fn(|| self.air.poll_output())
                .filter_map(|output| match output {
                    AirOutput::Heard { to, heard } => Some((to, heard)),
                    AirOutput::Preamble { .. } => None,
                })
                .collect()
        }

        fn ears(&mut self) -> Vec<RadioIndex> {
            self.heard().into_iter().map(|(to, _)| to).collect()
        }
    }

    #[test]
    fn an_uplink_reaches_every_gateway_at_its_end_and_no_node() {
        let mut w = world();
        w.air.transmit(at(10), w.nodes[0], uplink(7));
        assert_eq!(w.air.poll_output(), None);
        assert_eq!(w.air.next_wakeup().map(|wakeup| wakeup.at), Some(at(10) + Duration::from_micros(61_696)));
        w.air.handle_timeout(at(71));
        assert_eq!(w.air.poll_output(), None, "it has not ended yet");
        let heard = w.heard();
        assert_eq!(heard.iter().map(|(to, _)| *to).collect::<Vec<_>>(), w.gateways);
        let (_, first) = &heard[0];
        assert_eq!((first.rssi_dbm, first.snr_decibel_tenths, first.started), (-57, 78, at(10)));
    }

    #[test]
    fn a_downlink_announces_its_preamble_and_reaches_nodes_only() {
        let mut w = world();
        w.air.transmit(at(10), w.gateways[0], downlink());
        let want = w.nodes.map(|to| AirOutput::Preamble { to, started: at(10), frame: downlink() });
        assert_eq!(std::iter::from_fn(|| w.air.poll_output()).collect::<Vec<_>>(), want);
        assert_eq!(w.ears(), w.nodes);
    }

    #[test]
    fn out_of_coverage_nothing_is_heard_either_way() {
        let mut w = world();
        w.air.set_path_loss(w.nodes[0], Some(200));
        w.air.transmit(at(0), w.nodes[0], uplink(12));
        w.air.transmit(at(0), w.gateways[0], downlink());
        assert_eq!(w.ears(), [w.nodes[1]]);
        w.air.set_path_loss(w.nodes[0], None);
        w.air.transmit(at(5000), w.nodes[0], uplink(12));
        assert_eq!(w.ears(), w.gateways);
    }

    #[test]
    fn the_floor_of_the_spreading_factor_decides_far_away() {
        // 14 dBm less 140 dB is -126 dBm: SNR -9 dB, under SF7's -7.5 and above SF8's -10.
        for (spreading_factor, decodable) in [(7, false), (8, true)] {
            let mut w = world();
            w.air.set_pair_path_loss(w.gateways[0], w.nodes[0], Some(140));
            w.air.set_pair_path_loss(w.nodes[0], w.gateways[1], Some(200));
            w.air.transmit(at(0), w.nodes[0], uplink(spreading_factor));
            let heard = w.heard();
            assert_eq!(!heard.is_empty(), decodable, "SF{spreading_factor}");
            assert!(heard.iter().all(|(_, heard)| (heard.rssi_dbm, heard.snr_decibel_tenths) == (-126, -90)));
        }
    }

    #[test]
    fn two_frames_on_a_channel_destroy_each_other_unless_one_is_six_decibels_stronger() {
        for (extra_loss, survivors) in [(0, 0), (5, 0), (6, 2)] {
            let mut w = world();
            w.air.set_path_loss(w.nodes[1], Some(DEFAULT_PATH_LOSS + extra_loss));
            w.air.transmit(at(0), w.nodes[0], uplink(7));
            w.air.transmit(at(30), w.nodes[1], uplink(7));
            assert_eq!(w.ears().len(), survivors, "{extra_loss} dB");
        }
    }

    #[test]
    fn what_does_not_overlap_in_time_channel_or_spreading_factor_does_no_harm() {
        let other_channel = LoraFrame { frequency: Hertz(868_300_000), ..uplink(7) };
        let rows = [
            ("other spreading factor", 30, uplink(9)),
            ("other channel", 30, other_channel),
            // 61.696 ms long; the first three symbols of the second frame, 3.072 ms, may be covered.
            ("covered preamble", 59, uplink(7)),
            ("afterwards", 62, uplink(7)),
        ];
        for (name, start, frame) in rows {
            let mut w = world();
            w.air.set_path_loss(w.gateways[1], Some(200));
            w.air.transmit(at(0), w.nodes[0], uplink(7));
            w.air.transmit(at(start), w.nodes[1], frame);
            let survivors = w.ears().len();
            // The end of the first frame is hit by the preamble of the second; the second survives.
            assert_eq!(survivors, if name == "covered preamble" { 1 } else { 2 }, "{name}");
        }
    }

    #[test]
    fn frames_that_can_no_longer_disturb_are_forgotten() {
        let mut w = world();
        for step in 0..100 {
            w.air.transmit(at(step * 1000), w.nodes[0], uplink(7));
            assert_eq!(w.ears().len(), 2);
        }
        assert!(w.air.flights.is_empty());
    }
}
