//! The air against the law of pure ALOHA (Abramson 1970): with no capture, a share of e^(-2G) of the frames gets through,
//! where G is how many frames begin, on average, in the time of one.
//!
//! A frame is vulnerable for its own length before and after its start, less the three preamble symbols that an earlier
//! one may cover: (2 - 3 Ts / T) G. Both laws are held against what the air does with frames at times drawn from a seed.

use super::*;
use wire::air::lora::Hertz;
use wire::seed::Rng;

const FRAMES: u64 = 20_000;

fn frame(spreading_factor: u8) -> LoraFrame {
    LoraFrame {
        frequency: Hertz(868_100_000),
        modulation: Modulation { spreading_factor, bandwidth_khz: 125 },
        inverted_iq: false,
        crc: true,
        eirp_dbm: 14,
        payload: vec![0; 29],
    }
}

/// Start times of a Poisson process: so many points scattered over a stretch of time.
fn starts(rng: &mut Rng, stretch: u64) -> Vec<u64> {
    let mut starts: Vec<u64> = (0..FRAMES).map(|_| rng.below(stretch)).collect();
    starts.sort_unstable();
    starts
}

/// The share of frames that the one gateway decodes at a load of G, and how many it was given.
fn delivered(load: f64, spreading_factor: u8, seed: u64) -> f64 {
    let mut air = LoraAir::new();
    let gateway = air.add_radio(RadioKind::Gateway);
    // A node for each of a hundred losses far above the floor, all the same: nobody captures anybody.
    let nodes: Vec<RadioIndex> = (0..100).map(|_| air.add_radio(RadioKind::Node)).collect();
    let frame = frame(spreading_factor);
    let length = frame.time_on_air().as_micros() as f64;
    let stretch = (FRAMES as f64 * length / load) as u64;
    let mut rng = Seed(seed).rng();
    let mut heard = 0;
    for (start, node) in starts(&mut rng, stretch).into_iter().zip(nodes.iter().cycle()) {
        while let Some(wakeup) = air.next_wakeup().filter(|wakeup| wakeup.at.as_micros() <= start) {
            air.handle_timeout(wakeup.at);
        }
        air.transmit(Instant::from_micros(start), *node, frame.clone());
        while let Some(output) = air.poll_output() {
            heard += u64::from(matches!(output, AirOutput::Heard { to, .. } if to == gateway));
        }
    }
    heard as f64 / FRAMES as f64
}

#[test]
fn without_capture_the_delivered_share_is_that_of_aloha() {
    for (load, spreading_factor) in [(0.05_f64, 7), (0.2, 7), (0.5, 7), (1.0, 7), (0.5, 12)] {
        let frame = frame(spreading_factor);
        let preamble = wire::lorawan::airtime::symbol_time(frame.modulation).as_secs_f64() * 3.0;
        let harmless = preamble / frame.time_on_air().as_secs_f64();
        let (pure, ours) = ((-2.0 * load).exp(), (-(2.0 - harmless) * load).exp());
        let share = delivered(load, spreading_factor, 1);
        // Four standard deviations of a share of 20,000; neighbours are lost in pairs, so half as much again.
        let tolerance = 6.0 * (ours * (1.0 - ours) / FRAMES as f64).sqrt();
        assert!((share - ours).abs() < tolerance, "G {load}: {share} is not {ours}");
        assert!((share - pure).abs() < tolerance + 0.03, "G {load}: {share} is far from {pure}");
    }
}

#[test]
fn the_same_seed_gives_the_same_share() {
    assert_eq!(delivered(0.5, 7, 3).to_bits(), delivered(0.5, 7, 3).to_bits());
    assert_ne!(delivered(0.5, 7, 3).to_bits(), delivered(0.5, 7, 4).to_bits());
}
