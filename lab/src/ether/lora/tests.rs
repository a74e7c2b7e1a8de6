//! Time-line tests of the air, by hand.

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
                AirOutput::Preamble { .. } | AirOutput::Ended(_) => None,
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
    let begins = w.gateways.map(|to| AirOutput::Preamble { to, started: at(10), frame: uplink(7) });
    assert_eq!(std::iter::from_fn(|| w.air.poll_output()).collect::<Vec<_>>(), begins);
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
fn what_does_not_overlap_in_time_channel_modulation_or_polarity_does_no_harm() {
    let other_channel = LoraFrame { frequency: Hertz(868_300_000), ..uplink(7) };
    let wide = Modulation { spreading_factor: 7, bandwidth_khz: 250 };
    let rows = [
        ("other spreading factor", 30, uplink(9)),
        ("other channel", 30, other_channel),
        ("other bandwidth", 30, LoraFrame { modulation: wide, ..uplink(7) }),
        // It reaches the other node instead of the gateway.
        ("other polarity", 30, LoraFrame { inverted_iq: true, ..uplink(7) }),
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

/// Two nodes and two gateways on a line over even ground: gateways at 0 and 4 km, nodes where the test says.
fn standing(nodes: [f64; 2]) -> World {
    standing_on(EVEN, nodes)
}

const EVEN: Ground = Ground { path_loss: PathLoss::NS3, megahertz: 868.0, shadowing: 0.0, fading: 0.0 };

fn standing_on(ground: Ground, nodes: [f64; 2]) -> World {
    let mut w = world();
    w.air.lay_ground(ground, Seed(1));
    let origin = Place { latitude: 0.0, longitude: 0.0, height: 10.0 };
    for (radio, name, east) in [
        (w.gateways[0], "gateway-west", 0.0),
        (w.gateways[1], "gateway-east", 4_000.0),
        (w.nodes[0], "node-a", nodes[0]),
        (w.nodes[1], "node-b", nodes[1]),
    ] {
        w.air.place(radio, name, origin.moved(0.0, east), 0.0);
    }
    w
}

#[test]
fn each_gateway_hears_with_a_strength_of_its_own() {
    let mut w = standing([1_000.0, 2_000.0]);
    w.air.transmit(at(0), w.nodes[0], uplink(12));
    // 7.7 + 37.6 log10(1000) = 120.5 dB, 7.7 + 37.6 log10(3000) = 138.4 dB; the noise is -117 dBm.
    let heard: Vec<_> =
        w.heard().into_iter().map(|(to, heard)| (to, heard.rssi_dbm, heard.snr_decibel_tenths)).collect();
    assert_eq!(heard, [(w.gateways[0], -106, 78), (w.gateways[1], -124, -74)]);
}

#[test]
fn distance_decides_who_hears_which_data_rate() {
    // At 4 km 143.1 dB are lost: -129.1 dBm, SNR -12.1 dB. SF9 needs -12.5 dB, SF8 -10 dB.
    for (spreading_factor, ears) in [(8, 1), (9, 2)] {
        let mut w = standing([0.0, 2_000.0]);
        w.air.transmit(at(0), w.nodes[0], uplink(spreading_factor));
        assert_eq!(w.ears().len(), ears, "SF{spreading_factor}");
    }
    // The power of the frame is what counts: 3 dB less, and SF9 is too weak at 4 km.
    let mut w = standing([0.0, 2_000.0]);
    w.air.transmit(at(0), w.nodes[0], LoraFrame { eirp_dbm: 11, ..uplink(9) });
    assert_eq!(w.ears(), [w.gateways[0]]);
}

#[test]
fn each_gateway_captures_the_node_that_is_near_to_it() {
    // 800 m and 3200 m: 22.6 dB apart at either gateway, so each one keeps the near node and loses the far one.
    let mut w = standing([800.0, 3_200.0]);
    w.air.transmit(at(0), w.nodes[0], uplink(7));
    w.air.transmit(at(20), w.nodes[1], uplink(7));
    let ears: Vec<_> = w.heard().into_iter().map(|(to, heard)| (to, heard.started)).collect();
    assert_eq!(ears, [(w.gateways[0], at(0)), (w.gateways[1], at(20))]);
    // 1900 m and 2100 m: 1.6 dB apart. Neither gateway keeps either.
    let mut w = standing([1_900.0, 2_100.0]);
    w.air.transmit(at(0), w.nodes[0], uplink(7));
    w.air.transmit(at(20), w.nodes[1], uplink(7));
    assert_eq!(w.ears(), []);
}

#[test]
fn a_frame_says_at_its_end_what_became_of_it() {
    let mut w = standing([1_900.0, 2_100.0]);
    w.air.transmit(at(0), w.nodes[0], uplink(7));
    w.air.transmit(at(60), w.nodes[1], uplink(7));
    w.air.handle_timeout(at(1_000));
    let ended: Vec<_> = std::iter::from_fn(|| w.air.poll_output())
        .filter_map(|output| if let AirOutput::Ended(ended) = output { Some(ended) } else { None })
        .map(|ended| (ended.from, ended.heard, ended.collided))
        .collect();
    // The second covers the end of the first, which covers less than three symbols of the second.
    assert_eq!(ended, [(w.nodes[0], 0, 2), (w.nodes[1], 2, 0)]);
}

#[test]
fn a_radio_beyond_reach_costs_nothing_and_a_loss_that_was_set_counts_before_the_ground() {
    let mut w = standing([1_000.0, 200_000.0]);
    assert_eq!(w.air.receivers(w.nodes[1], false), []);
    assert_eq!(w.air.receivers(w.nodes[0], false), w.gateways);
    w.air.set_pair_path_loss(w.nodes[1], w.gateways[0], Some(100));
    w.air.transmit(at(0), w.nodes[1], uplink(7));
    assert_eq!(w.ears(), [w.gateways[0]]);
    w.air.set_path_loss(w.gateways[0], Some(250));
    w.air.transmit(at(5_000), w.nodes[0], uplink(12));
    assert_eq!(w.ears(), [w.gateways[1]], "its aerial is off");
}

#[test]
fn each_frame_arrives_with_a_fading_of_its_own() {
    let mut w = standing_on(Ground { fading: 3.0, ..EVEN }, [1_000.0, 2_000.0]);
    let mut drawn = w.air.terrain.clone().unwrap();
    let mut strengths = BTreeMap::new();
    for number in 0..50 {
        w.air.transmit(at(number * 2_000), w.nodes[0], uplink(12));
        // 120.5 dB are the mean loss over 1 km; what fading adds is a further loss.
        let want = whole(140 - 1_205 - drawn.fade(w.nodes[0], w.gateways[0]));
        let (to, heard) = w.heard().remove(0);
        assert_eq!((to, heard.rssi_dbm), (w.gateways[0], want), "frame {number}");
        *strengths.entry(heard.rssi_dbm).or_insert(0) += 1;
    }
    assert!(strengths.len() > 5, "{strengths:?}");
}

#[test]
fn who_can_hear_only_with_luck_is_within_reach() {
    // At 52 km 185 dB are lost: 36 dBm are 6 dB too weak, and a fading of 3 dB may help by 13.5.
    let reach = |fading| {
        let mut w = standing_on(Ground { fading, ..EVEN }, [52_000.0, 0.0]);
        let reach = w.air.receivers(w.nodes[0], false);
        reach.contains(&w.gateways[0])
    };
    assert_eq!([0.0, 1.0, 3.0].map(reach), [false, false, true]);
}
