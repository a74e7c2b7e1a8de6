//! The security parameter indicator: how a command is secured, and how its response is to be (TS 102 225 clause 5.1.1).

/// What the card does with the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Counter {
    /// There is none.
    Absent,
    /// It is there and not looked at.
    Ignored,
    /// The command is carried out if the counter is above that of the card.
    Higher,
    /// The command is carried out if the counter is that of the card and one.
    OneHigher,
}

/// When a response is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ProofWanted {
    /// Never.
    Never,
    /// Always.
    Always,
    /// When something went wrong.
    OnError,
}

/// How the response is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Proof {
    /// When it is wanted.
    pub wanted: ProofWanted,
    /// With a checksum.
    pub checksum: bool,
    /// Ciphered.
    pub ciphered: bool,
}

/// How a command is secured. Redundancy check and signature are not known here, and count as no checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Security {
    /// With a checksum.
    pub checksum: bool,
    /// Ciphered.
    pub ciphered: bool,
    /// The rule for the counter.
    pub counter: Counter,
    /// The response.
    pub proof: Proof,
}

const CHECKSUM: u8 = 0x02;

impl Security {
    /// Everything that there is: ciphered, with checksum, a counter that rises, and a response with checksum.
    pub const FULL: Self = Self {
        checksum: true,
        ciphered: true,
        counter: Counter::Higher,
        proof: Proof { wanted: ProofWanted::Always, checksum: true, ciphered: false },
    };

    /// Nothing but a response.
    pub const NONE: Self = Self {
        checksum: false,
        ciphered: false,
        counter: Counter::Absent,
        proof: Proof { wanted: ProofWanted::Always, checksum: false, ciphered: false },
    };

    /// The two octets.
    #[must_use]
    pub const fn octets(self) -> [u8; 2] {
        let counter = match self.counter {
            Counter::Absent => 0,
            Counter::Ignored => 1,
            Counter::Higher => 2,
            Counter::OneHigher => 3,
        };
        let wanted = match self.proof.wanted {
            ProofWanted::Never => 0,
            ProofWanted::Always => 1,
            ProofWanted::OnError => 2,
        };
        let first =
            (counter << 3) | ((self.ciphered as u8) << 2) | (if self.checksum { CHECKSUM } else { 0 });
        let sum = if self.proof.checksum { CHECKSUM << 2 } else { 0 };
        [first, wanted | sum | ((self.proof.ciphered as u8) << 4)]
    }

    /// From the two octets; reserved bits are dropped.
    #[must_use]
    pub const fn from_octets([first, second]: [u8; 2]) -> Self {
        Self {
            checksum: first & 3 == CHECKSUM,
            ciphered: first & 4 != 0,
            counter: match first >> 3 & 3 {
                0 => Counter::Absent,
                1 => Counter::Ignored,
                2 => Counter::Higher,
                _ => Counter::OneHigher,
            },
            proof: Proof {
                wanted: match second & 3 {
                    1 => ProofWanted::Always,
                    2 => ProofWanted::OnError,
                    _ => ProofWanted::Never,
                },
                checksum: second >> 2 & 3 == CHECKSUM,
                ciphered: second & 0x10 != 0,
            },
        }
    }
}
