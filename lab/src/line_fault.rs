//! A serial line that does not carry octets as it should: it loses, doubles, changes and holds them back, and cuts what
//! was written in one go.
//!
//! What a bad line does is drawn from a seed and written down octet by octet, so that nobody blames a device for it. A cut
//! alone is no fault: a serial line has no packets.

use std::collections::VecDeque;
use std::fmt;
use wire::seed::Rng;
use wire::time::{Duration, Instant};

/// How likely something is for each octet, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate(u32);

impl Rate {
    /// A rate between 0 (never) and 1 (always).
    #[must_use]
    pub fn new(rate: f64) -> Option<Self> {
        (0.0..=1.0).contains(&rate).then(|| Self((rate * 1e6).round() as u32))
    }

    /// Nothing is drawn for what never happens, so that one kind of fault does not shift another.
    fn happens(self, rng: &mut Rng) -> bool {
        self.0 > 0 && rng.below(1_000_000) < u64::from(self.0)
    }
}

/// What a line does to each octet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineFaults {
    /// It loses it.
    pub drop: Rate,
    /// It delivers it twice.
    pub duplicate: Rate,
    /// It changes one of its bits.
    pub flip: Rate,
    /// It holds it back for 1 to 50 ms, and all after it.
    pub delay: Rate,
    /// It delivers what comes after it on its own, up to 5 ms later.
    pub split: Rate,
}

impl LineFaults {
    /// Whether it is a good line.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The way of an octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the host to the device.
    ToDevice,
    /// From the device to the host.
    ToHost,
}

/// What was done to one octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// It was lost.
    Lost,
    /// It was delivered twice.
    Doubled,
    /// It was delivered as this one.
    Changed(u8),
    /// It was held back.
    HeldBack(Duration),
}

/// A fault that was injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// When the octet was written.
    pub at: Instant,
    /// Where it was going.
    pub way: Way,
    /// The octet as it was written.
    pub octet: u8,
    /// What became of it.
    pub harm: Harm,
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::ToDevice => "to the device",
            Way::ToHost => "to the host",
        };
        let octet = Octet(self.octet);
        match self.harm {
            Harm::Lost => write!(f, "{octet} was lost on its way {way}"),
            Harm::Doubled => write!(f, "{octet} was doubled on its way {way}"),
            Harm::Changed(to) => write!(f, "{octet} became {} on its way {way}", Octet(to)),
            Harm::HeldBack(span) => {
                write!(f, "{octet} was held back for {} ms on its way {way}", span.as_millis())
            }
        }
    }
}

struct Octet(u8);

impl fmt::Display for Octet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({:02X})", self.0.escape_ascii(), self.0)
    }
}

/// One way of a bad line.
#[derive(Debug)]
pub(crate) struct Disturber {
    faults: LineFaults,
    way: Way,
    rng: Rng,
    told: VecDeque<LineFault>,
}

impl Disturber {
    pub(crate) const fn new(faults: LineFaults, way: Way, rng: Rng) -> Self {
        Self { faults, way, rng, told: VecDeque::new() }
    }

    /// What becomes of octets that are written at `now`: pieces, each with the pause before it.
    pub(crate) fn disturb(&mut self, now: Instant, octets: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        let mut pieces = vec![(Duration::ZERO, Vec::new())];
        for octet in octets {
            if self.faults.delay.happens(&mut self.rng) {
                let span = Duration::from_millis(self.rng.between(1, 50));
                self.tell(now, *octet, Harm::HeldBack(span));
                pieces.push((span, Vec::new()));
            }
            let carried = self.carry(now, *octet);
            if let Some((_, piece)) = pieces.last_mut() {
                piece.extend(carried);
            }
            if self.faults.split.happens(&mut self.rng) {
                pieces.push((Duration::from_micros(self.rng.between(100, 5_000)), Vec::new()));
            }
        }
        pieces
    }

    /// The next fault that nobody has written down; call it until `None`.
    pub(crate) fn poll_fault(&mut self) -> Option<LineFault> {
        self.told.pop_front()
    }

    fn carry(&mut self, now: Instant, octet: u8) -> Vec<u8> {
        if self.faults.drop.happens(&mut self.rng) {
            self.tell(now, octet, Harm::Lost);
            return Vec::new();
        }
        if self.faults.flip.happens(&mut self.rng) {
            let changed = octet ^ (1 << self.rng.below(8));
            self.tell(now, octet, Harm::Changed(changed));
            return vec![changed];
        }
        if self.faults.duplicate.happens(&mut self.rng) {
            self.tell(now, octet, Harm::Doubled);
            return vec![octet, octet];
        }
        vec![octet]
    }

    fn tell(&mut self, at: Instant, octet: u8, harm: Harm) {
        self.told.push_back(LineFault { at, way: self.way, octet, harm });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::seed::Seed;

    fn disturber(faults: LineFaults) -> Disturber {
        Disturber::new(faults, Way::ToHost, Seed(1).rng())
    }

    fn rate(rate: f64) -> Rate {
        Rate::new(rate).unwrap()
    }

    fn flat(pieces: &[(Duration, Vec<u8>)]) -> Vec<u8> {
        pieces.iter().flat_map(|(_, piece)| piece.clone()).collect()
    }

    #[test]
    fn every_kind_of_fault_does_what_it_says_and_is_told() {
        let always = rate(1.0);
        let rows = [
            (LineFaults { drop: always, ..LineFaults::default() }, b"".as_slice(), 2),
            (LineFaults { duplicate: always, ..LineFaults::default() }, b"OOKK", 2),
            (LineFaults { delay: always, ..LineFaults::default() }, b"OK", 2),
            (LineFaults { split: always, ..LineFaults::default() }, b"OK", 0),
            (LineFaults::default(), b"OK", 0),
        ];
        for (faults, want, told) in rows {
            let mut line = disturber(faults);
            assert_eq!(flat(&line.disturb(Instant::ZERO, b"OK")), want, "{faults:?}");
            assert_eq!(std::iter::from_fn(|| line.poll_fault()).count(), told, "{faults:?}");
        }
        let mut line = disturber(LineFaults { flip: always, ..LineFaults::default() });
        let changed = flat(&line.disturb(Instant::ZERO, b"O"));
        assert_eq!((changed[0] ^ b'O').count_ones(), 1);
        let told = line.poll_fault().unwrap();
        assert_eq!(told.to_string(), format!("'O' (4F) became {} on its way to the host", Octet(changed[0])));
    }

    #[test]
    fn a_rate_is_met_and_a_seed_repeats_it() {
        let faults = LineFaults { flip: rate(0.01), drop: rate(0.002), ..LineFaults::default() };
        let run = || {
            let mut line = disturber(faults);
            let carried = flat(&line.disturb(Instant::ZERO, &[0x55; 100_000]));
            (carried, std::iter::from_fn(|| line.poll_fault()).collect::<Vec<_>>())
        };
        let (carried, told) = run();
        assert_eq!(run(), (carried, told.clone()));
        let flips = told.iter().filter(|fault| matches!(fault.harm, Harm::Changed(_))).count();
        let drops = told.iter().filter(|fault| fault.harm == Harm::Lost).count();
        assert!((900..1100).contains(&flips) && (150..250).contains(&drops), "{flips} {drops}");
    }

    #[test]
    fn a_rate_beyond_its_bounds_is_none() {
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert_eq!(Rate::new(wrong), None);
        }
    }
}
