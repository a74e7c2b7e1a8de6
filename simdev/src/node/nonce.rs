//! What a node joins with: the DevNonce and the data rate of each try (LoRaWAN 1.0.2 clause 6.2.4).
//!
//! The DevNonce is random, drawn for every request. The source runs on over a power cycle. A server drops a value that it
//! has seen, so the last ones are remembered and drawn again. The data rates of the tries are those of Semtech's
//! reference stack; the text of 1.0.2 only asks that not all of them are the slowest.

use crate::defect::Defect;
use std::collections::{BTreeSet, VecDeque};
use wire::lorawan::{DataRate, DevNonce, Region};
use wire::seed::{Rng, Seed};

/// How many nonces the node remembers.
const REMEMBERED: usize = 64;

/// Where DevNonces come from.
#[derive(Clone, Debug)]
pub(super) struct Nonces {
    rng: Rng,
    used: VecDeque<DevNonce>,
    always: Option<DevNonce>,
}

impl Nonces {
    pub(super) fn new(defects: &BTreeSet<Defect>, seed: Seed) -> Self {
        let mut rng = seed.rng();
        let always = defects.contains(&Defect::ReusesDevNonce).then(|| draw(&mut rng));
        Self { rng, used: VecDeque::new(), always }
    }

    pub(super) fn next(&mut self) -> DevNonce {
        if let Some(nonce) = self.always {
            return nonce;
        }
        let mut nonce = draw(&mut self.rng);
        while self.used.contains(&nonce) {
            nonce = draw(&mut self.rng);
        }
        self.used.push_back(nonce);
        if self.used.len() > REMEMBERED {
            self.used.pop_front();
        }
        nonce
    }
}

fn draw(rng: &mut Rng) -> DevNonce {
    DevNonce::from_wire(rng.octets())
}

/// The data rate of join try number `number`, the first being 1, of a node that is set to `configured`.
///
/// Where channels are fixed, the wide ones and the narrow ones take turns.
pub(super) fn join_data_rate(region: &Region, number: u32, configured: DataRate) -> DataRate {
    let (slowest, fastest) = (*region.join_data_rates.start(), *region.join_data_rates.end());
    if let [_, wide] = region.uplink {
        return DataRate(if number.is_multiple_of(2) { slowest } else { wide.data_rates.0 });
    }
    let steps = [(48, 0), (32, 1), (24, 2), (16, 3), (8, 4)];
    let step = steps.iter().find(|(every, _)| number.is_multiple_of(*every));
    DataRate(step.map_or(fastest, |(_, rate)| *rate)).min(configured).max(DataRate(slowest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::lorawan::Band;

    #[test]
    fn nonces_differ_unless_the_node_is_defective() {
        let mut good = Nonces::new(&BTreeSet::new(), Seed(1));
        let drawn: Vec<_> = (0..REMEMBERED).map(|_| good.next()).collect();
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), REMEMBERED);
        let mut bad = Nonces::new(&BTreeSet::from([Defect::ReusesDevNonce]), Seed(1));
        assert_eq!(bad.next(), bad.next());
    }

    #[test]
    fn the_tries_walk_through_the_data_rates() {
        let eu868 = Band::Eu868.region();
        let rate = |number| join_data_rate(eu868, number, DataRate(5)).0;
        assert_eq!([1, 7, 8, 9, 16, 24, 32, 40, 48, 49].map(rate), [5, 5, 4, 5, 3, 2, 1, 4, 0, 5]);
        assert_eq!(join_data_rate(eu868, 1, DataRate(3)), DataRate(3));
        let slow = |band: Band, number| join_data_rate(band.region(), number, DataRate(0)).0;
        assert_eq!([1, 2, 3].map(|number| slow(Band::Us915, number)), [4, 0, 4]);
        assert_eq!([1, 2, 3].map(|number| slow(Band::Au915, number)), [6, 0, 6]);
        assert_eq!(slow(Band::As923, 1), 2, "dwell time forbids DR0");
    }
}
