//! Where the radios of a lab stand, and what the ground between two of them does to a signal.
//!
//! The loss between two places is the mean of the model and a log-normal part (shadowing) that belongs to the pair and
//! stays; each frame has a further part of its own (fading). Both are drawn from the seed by the names of the radios, so
//! that a radio more does not change the others. Units: degrees (WGS 84), metres, dB; losses in tenths of a dB.

use super::RadioIndex;
use super::path_loss::PathLoss;
use std::collections::BTreeMap;
use wire::seed::{Rng, Seed};

/// The mean radius of the earth (IUGG), metres.
const EARTH_RADIUS: f64 = 6_371_008.8;

/// A place on earth and the height of an aerial above its ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north of the equator.
    pub latitude: f64,
    /// Degrees east of Greenwich.
    pub longitude: f64,
    /// Metres above ground.
    pub height: f64,
}

impl Place {
    /// Metres to another place, in a straight line over ground that is flat: good for what a LoRa radio reaches.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        // Two places on either side of the date line are neighbours.
        let turn = (other.longitude - self.longitude).rem_euclid(360.0);
        let turn = if turn > 180.0 { turn - 360.0 } else { turn };
        let middle = f64::midpoint(self.latitude, other.latitude).to_radians().cos();
        let north = (other.latitude - self.latitude).to_radians() * EARTH_RADIUS;
        let east = turn.to_radians() * middle * EARTH_RADIUS;
        (north * north + east * east + (other.height - self.height).powi(2)).sqrt()
    }

    /// The place so many metres to the north and to the east, at the same height.
    #[must_use]
    pub fn moved(self, north: f64, east: f64) -> Self {
        let circle = self.latitude.to_radians().cos().max(1e-6) * EARTH_RADIUS;
        Self {
            latitude: self.latitude + (north / EARTH_RADIUS).to_degrees(),
            longitude: self.longitude + (east / circle).to_degrees(),
            ..self
        }
    }

    /// A place within `radius` metres, each equally likely.
    #[must_use]
    pub fn scattered(self, radius: f64, rng: &mut Rng) -> Self {
        const FINENESS: u64 = 1 << 20;
        let unit = |rng: &mut Rng| rng.below(2 * FINENESS + 1) as f64 / FINENESS as f64 - 1.0;
        // Four in five draws fall into the circle.
        loop {
            let (north, east) = (unit(rng), unit(rng));
            if north * north + east * east <= 1.0 {
                return self.moved(north * radius, east * radius);
            }
        }
    }
}

/// How the ground is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// The mean loss.
    pub path_loss: PathLoss,
    /// The carrier at which losses are worked out, MHz.
    pub megahertz: f64,
    /// Standard deviation of what a pair of places adds, dB.
    pub shadowing: f64,
    /// Standard deviation of what each frame adds, dB.
    pub fading: f64,
}

/// A radio that stands somewhere.
#[derive(Clone, Debug)]
struct Standing {
    name: String,
    place: Place,
    gain: f64,
}

/// The radios that stand somewhere.
#[derive(Clone, Debug)]
pub(super) struct Terrain {
    ground: Ground,
    seed: Seed,
    standing: BTreeMap<RadioIndex, Standing>,
    fading: BTreeMap<(RadioIndex, RadioIndex), Rng>,
}

impl Terrain {
    pub(super) const fn new(ground: Ground, seed: Seed) -> Self {
        Self { ground, seed, standing: BTreeMap::new(), fading: BTreeMap::new() }
    }

    /// `gain` of the aerial in dBi counts on what it hears; what it sends is given as EIRP.
    pub(super) fn place(&mut self, radio: RadioIndex, name: &str, place: Place, gain: f64) {
        self.standing.insert(radio, Standing { name: name.to_owned(), place, gain });
    }

    /// The loss of everything between two radios that stand somewhere, gain of the receiving aerial taken off.
    pub(super) fn loss(&self, from: RadioIndex, to: RadioIndex) -> Option<i32> {
        let (a, b) = (self.standing.get(&from)?, self.standing.get(&to)?);
        let Ground { path_loss, megahertz, shadowing, .. } = self.ground;
        let heights = (a.place.height, b.place.height);
        let mean = path_loss.decibel(megahertz, a.place.distance(b.place), heights);
        let shadow = shadowing * normal(&mut self.pair_seed("shadowing", a, b).rng());
        Some(tenths(mean + shadow - b.gain))
    }

    /// What the ground adds to the loss of one frame.
    pub(super) fn fade(&mut self, from: RadioIndex, to: RadioIndex) -> i32 {
        let (Some(a), Some(b)) = (self.standing.get(&from), self.standing.get(&to)) else { return 0 };
        if self.ground.fading == 0.0 {
            return 0;
        }
        let seed = self.pair_seed("fading", a, b);
        let rng = self.fading.entry((from.min(to), from.max(to))).or_insert_with(|| seed.rng());
        tenths(self.ground.fading * normal(rng))
    }

    /// The most that a frame may gain by fading: it is no more than this in all but a few of a million frames.
    pub(super) fn luck(&self) -> i32 {
        tenths(self.ground.fading * 4.5)
    }

    /// The same for both directions.
    fn pair_seed(&self, what: &str, a: &Standing, b: &Standing) -> Seed {
        let (first, second) = if a.name <= b.name { (a, b) } else { (b, a) };
        self.seed.child(what).child(&first.name).child(&second.name)
    }
}

fn tenths(decibel: f64) -> i32 {
    (decibel * 10.0).round().clamp(-10_000.0, 10_000.0) as i32
}

/// A draw of the standard normal distribution: twelve equal ones summed, whole numbers up to the last step, so that it is
/// the same on every machine. It never exceeds 6.
fn normal(rng: &mut Rng) -> f64 {
    const RANGE: u64 = 1 << 32;
    let sum: u64 = (0..12).map(|_| rng.below(RANGE)).sum();
    sum as f64 / RANGE as f64 - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS: Place = Place { latitude: 48.8566, longitude: 2.3522, height: 30.0 };

    #[test]
    fn distances_are_those_of_the_map() {
        // One degree of a meridian is 111.195 km on a sphere of that radius; at 60° a degree of longitude is half of it.
        let at = |latitude, longitude| Place { latitude, longitude, height: 0.0 };
        assert!((at(48.0, 2.0).distance(at(49.0, 2.0)) - 111_195.0).abs() < 1.0);
        assert!((at(60.0, 2.0).distance(at(60.0, 3.0)) - 55_597.5).abs() < 10.0);
        assert!(at(0.0, 179.999).distance(at(0.0, -179.999)) < 223.0, "over the date line");
        // Notre-Dame to the Eiffel tower: 4.1 km.
        let (cathedral, tower) = (at(48.852_97, 2.349_90), at(48.858_37, 2.294_48));
        assert!((cathedral.distance(tower) - 4_100.0).abs() < 30.0);
    }

    #[test]
    fn a_scattered_place_is_within_its_radius_and_fills_the_circle() {
        let mut rng = Seed(1).rng();
        let distances: Vec<f64> =
            (0..2_000).map(|_| PARIS.distance(PARIS.scattered(1_000.0, &mut rng))).collect();
        assert!(distances.iter().all(|distance| *distance <= 1_001.0));
        // Half of the area is within 0.7071 of the radius.
        let inner = distances.iter().filter(|distance| **distance <= 707.1).count();
        assert!((900..1_100).contains(&inner), "{inner}");
    }

    #[test]
    fn shadowing_belongs_to_the_pair_and_has_its_deviation() {
        let ground = Ground { path_loss: PathLoss::NS3, megahertz: 868.0, shadowing: 6.0, fading: 0.0 };
        let mut terrain = Terrain::new(ground, Seed(3));
        terrain.place(RadioIndex(0), "gateway", PARIS, 0.0);
        let mean = 10.0 * PathLoss::NS3.decibel(868.0, 1_000.0, (30.0, 30.0));
        let mut sum = 0.0;
        for number in 1..=1_000 {
            terrain.place(RadioIndex(number), &format!("node-{number}"), PARIS.moved(1_000.0, 0.0), 0.0);
            let (up, down) = (
                terrain.loss(RadioIndex(number), RadioIndex(0)),
                terrain.loss(RadioIndex(0), RadioIndex(number)),
            );
            assert_eq!(up, down, "the way there is the way back");
            sum += (f64::from(up.unwrap()) - mean).powi(2);
        }
        let deviation = (sum / 1_000.0).sqrt();
        assert!((55.0..65.0).contains(&deviation), "{deviation} tenths of a dB");
        assert_eq!(terrain.loss(RadioIndex(0), RadioIndex(9_999)), None);
    }

    #[test]
    fn fading_changes_from_frame_to_frame_and_the_aerial_of_the_receiver_counts() {
        let ground = Ground { path_loss: PathLoss::NS3, megahertz: 868.0, shadowing: 0.0, fading: 2.0 };
        let mut terrain = Terrain::new(ground, Seed(3));
        terrain.place(RadioIndex(0), "gateway", PARIS, 3.0);
        terrain.place(RadioIndex(1), "node", PARIS.moved(500.0, 500.0), 0.0);
        let fades: Vec<i32> = (0..1_000).map(|_| terrain.fade(RadioIndex(1), RadioIndex(0))).collect();
        let deviation = (fades.iter().map(|fade| f64::from(fade.pow(2))).sum::<f64>() / 1_000.0).sqrt();
        assert!((18.0..22.0).contains(&deviation), "{deviation} tenths of a dB");
        let loss = |from, to| terrain.loss(RadioIndex(from), RadioIndex(to)).unwrap();
        assert_eq!(loss(0, 1) - loss(1, 0), 30, "3 dBi at the gateway help it to hear");
    }
}
