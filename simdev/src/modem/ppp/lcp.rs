//! The options of the link (RFC 1661 clause 6, RFC 1662 clause 7): what the modem asks for and what it grants.
//!
//! The modem asks for CHAP with MD5, for PAP when the host would rather have that, and for nothing when the host knows
//! no password: a network that wants none will do. It does not authenticate itself and measures no quality.

use super::automaton::{Negotiation, Objections};
use wire::ppp::{ConfigOption, Framing, chap, lcp, protocol};
use wire::seed::Rng;

/// How the host proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Chap,
    Pap,
    Nothing,
}

impl Proof {
    fn value(self) -> Option<Vec<u8>> {
        match self {
            Self::Chap => Some([&protocol::CHAP.to_be_bytes()[..], &[chap::MD5]].concat()),
            Self::Pap => Some(protocol::PAP.to_be_bytes().to_vec()),
            Self::Nothing => None,
        }
    }
}

/// The smallest unit that a host may ask for; below it even the headers of IP do not fit.
const SMALLEST_UNIT: u16 = 128;
const DEFAULT_UNIT: u16 = 1500;

/// The state of the negotiation of the link.
#[derive(Debug)]
pub(super) struct LinkOptions {
    pub(super) proof: Proof,
    /// Own magic number; `None` when the host negotiates none.
    magic: Option<[u8; 4]>,
    spare_magic: [u8; 4],
    /// Own receive unit, told when it is not the default.
    unit: u16,
    /// Options that the host does not negotiate.
    dropped: Vec<u8>,
    /// How frames to the host are written once the link is open.
    pub(super) framing: Framing,
    /// The longest information field that the host takes.
    pub(super) host_unit: u16,
}

impl LinkOptions {
    pub(super) fn new(rng: &mut Rng, unit: u16) -> Self {
        Self {
            proof: Proof::Chap,
            magic: Some(rng.octets()),
            spare_magic: rng.octets(),
            unit,
            dropped: Vec::new(),
            framing: Framing::default(),
            host_unit: DEFAULT_UNIT,
        }
    }

    /// The magic number that goes into echoes.
    pub(super) fn magic(&self) -> [u8; 4] {
        self.magic.unwrap_or_default()
    }

    /// What one option comes to: an error holds the value that would do, or nothing where it is rejected.
    fn examine_one(&mut self, option: &ConfigOption) -> Result<(), Option<ConfigOption>> {
        let value = option.value.as_slice();
        match (option.kind, value) {
            (lcp::MRU, [high, low]) => {
                let unit = u16::from_be_bytes([*high, *low]);
                if unit < SMALLEST_UNIT {
                    return Err(Some(ConfigOption::new(lcp::MRU, SMALLEST_UNIT.to_be_bytes())));
                }
                self.host_unit = unit;
            }
            (lcp::ACCM, [a, b, c, d]) => self.framing.accm = u32::from_be_bytes([*a, *b, *c, *d]),
            (lcp::MAGIC, [_, _, _, _]) => {
                // One's own number coming back: the line is looped, or chance was unkind.
                if self.magic.is_some_and(|magic| magic == value) || value == [0; 4] {
                    return Err(Some(ConfigOption::new(lcp::MAGIC, self.spare_magic)));
                }
            }
            (lcp::PFC, []) => self.framing.compress_protocol = true,
            (lcp::ACFC, []) => self.framing.compress_address = true,
            _ => return Err(None),
        }
        Ok(())
    }
}

impl Negotiation for LinkOptions {
    /// In the order of modules in the field: MRU, map, authentication, magic number, compressions.
    fn wishes(&self) -> Vec<ConfigOption> {
        let unit = (self.unit != DEFAULT_UNIT).then(|| self.unit.to_be_bytes().to_vec());
        let wishes = [
            (lcp::MRU, unit),
            (lcp::ACCM, Some(vec![0; 4])),
            (lcp::AUTHENTICATION, self.proof.value()),
            (lcp::MAGIC, self.magic.map(|magic| magic.to_vec())),
            (lcp::PFC, Some(Vec::new())),
            (lcp::ACFC, Some(Vec::new())),
        ];
        let wanted = wishes.into_iter().filter(|(kind, _)| !self.dropped.contains(kind));
        wanted.filter_map(|(kind, value)| Some(ConfigOption::new(kind, value?))).collect()
    }

    fn examine(&mut self, options: &[ConfigOption]) -> Objections {
        // What is not asked for stands at its default (RFC 1661 clause 6).
        self.framing = Framing::default();
        self.host_unit = DEFAULT_UNIT;
        let mut objections = Objections::default();
        for option in options {
            match self.examine_one(option) {
                Ok(()) => {}
                Err(Some(better)) => objections.nak.push(better),
                Err(None) => objections.reject.push(option.clone()),
            }
        }
        objections
    }

    fn refused(&mut self, options: &[ConfigOption]) {
        for option in options {
            match (option.kind, option.value.as_slice()) {
                (lcp::AUTHENTICATION, [0xc0, 0x23]) => self.proof = Proof::Pap,
                (lcp::AUTHENTICATION, [0xc2, 0x23, chap::MD5]) => self.proof = Proof::Chap,
                // Something that the modem does not know: what is left is tried.
                (lcp::AUTHENTICATION, _) => {
                    self.proof = if self.proof == Proof::Chap { Proof::Pap } else { Proof::Nothing };
                }
                (lcp::MAGIC, _) => self.magic = Some(self.spare_magic),
                _ => self.dropped.push(option.kind),
            }
        }
    }

    fn rejected(&mut self, options: &[ConfigOption]) {
        for option in options {
            match option.kind {
                lcp::AUTHENTICATION => self.proof = Proof::Nothing,
                lcp::MAGIC => self.magic = None,
                kind => self.dropped.push(kind),
            }
        }
    }
}
