//! Chance with a seed that a person can type.
//!
//! Every part draws from a stream of its own, named after the part, so that a new part does not shift the draws of the
//! others. The generator is ChaCha8: the same numbers on every platform and in every version.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::fmt;

/// The seed of a run or of one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed of the part called `name`.
    #[must_use]
    pub fn child(self, name: &str) -> Self {
        Self(mix(self.0 ^ fnv1a(name.as_bytes())))
    }

    /// A stream of numbers drawn from this seed.
    #[must_use]
    pub fn rng(self) -> Rng {
        Rng(ChaCha8Rng::seed_from_u64(self.0))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A reproducible stream of random numbers.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// A number in `0..bound`, each equally likely. A bound of zero gives zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Multiply-shift with rejection (Lemire 2019): no bias, one draw in nearly every case.
        if bound == 0 {
            return 0;
        }
        let reject_below = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if product as u64 >= reject_below {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True with a probability of `per_mille` thousandths.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < u64::from(per_mille)
    }

    /// `N` random octets.
    pub fn octets<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        self.0.fill_bytes(&mut octets);
        octets
    }
}

const fn mix(mut value: u64) -> u64 {
    // The finaliser of SplitMix64: neighbouring seeds give unrelated streams.
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_draw_from_streams_of_their_own() {
        let run = Seed(7);
        let draw = |name: &str| run.child(name).rng().below(u64::MAX);
        assert_eq!(draw("modem-a"), draw("modem-a"));
        assert_ne!(draw("modem-a"), draw("modem-b"));
        assert_ne!(Seed(7).child("x"), Seed(8).child("x"));
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_all_values() {
        let mut rng = Seed(1).rng();
        let mut seen = [0u32; 6];
        for _ in 0..600 {
            seen[rng.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
        assert_eq!(rng.below(0), 0);
        assert!((5..=7).contains(&rng.between(5, 7)));
    }
}
