//! What the network changes about a bearer that is there (TS 24.301 6.4.3, 8.3.18).

use super::Qci;
use std::fmt;
use std::net::IpAddr;

/// A bit rate in kbit/s that an APN-AMBR can say (TS 24.301 9.9.4.2): 1 to 63 by 1, to 568 by 8, to 8640 by 64, to 16 000 by
/// 100, to 128 000 by 1000, to 256 000 by 2000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct BitRate(u32);

/// Rates with one step: the first, the last, the step, and the code of the first.
type Range = (u32, u32, u32, u8);

const RANGES: [Range; 3] = [(1, 63, 1, 0x01), (64, 568, 8, 0x40), (576, 8_640, 64, 0x80)];
/// The same in the octet of the extension.
const EXTENDED: [Range; 3] =
    [(8_700, 16_000, 100, 0x01), (17_000, 128_000, 1_000, 0x4b), (130_000, 256_000, 2_000, 0xbb)];
/// What the first octet says where the extension counts: 8640 kbit/s.
const SEE_EXTENSION: u8 = 0xfe;

fn code(ranges: &[Range], rate: u32) -> Option<u8> {
    let (first, _, step, code) = ranges.iter().find(|(first, last, ..)| (*first..=*last).contains(&rate))?;
    let above = rate - first;
    let steps = u8::try_from(above / step).ok()?;
    code.checked_add(steps).filter(|_| above.is_multiple_of(*step))
}

impl BitRate {
    /// The rate of this many kbit/s; `None` where no octets say it.
    #[must_use]
    pub fn new(kbits: u32) -> Option<Self> {
        code(&RANGES, kbits).or_else(|| code(&EXTENDED, kbits)).map(|_| Self(kbits))
    }

    /// In kbit/s.
    #[must_use]
    pub const fn kbits(self) -> u32 {
        self.0
    }

    /// The octet, and that of the extension, which is 0 where the rate needs none.
    #[must_use]
    pub fn octets(self) -> [u8; 2] {
        match code(&RANGES, self.0) {
            Some(code) => [code, 0],
            None => [SEE_EXTENSION, code(&EXTENDED, self.0).unwrap_or_default()],
        }
    }
}

impl From<BitRate> for u32 {
    fn from(rate: BitRate) -> Self {
        rate.0
    }
}

impl TryFrom<u32> for BitRate {
    type Error = String;

    fn try_from(kbits: u32) -> Result<Self, String> {
        Self::new(kbits).ok_or_else(|| {
            format!(
                "{kbits} kbit/s is no rate of an APN-AMBR: expected 1 to 63 by 1, to 568 by 8, to 8640 by 64, to 16000 by 100, \
                 to 128000 by 1000, to 256000 by 2000"
            )
        })
    }
}

/// The most that all connections to an access point may carry together (APN-AMBR, TS 23.401 4.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ambr {
    /// To the mobile.
    pub down: BitRate,
    /// From the mobile.
    pub up: BitRate,
}

impl fmt::Display for Ambr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kbit/s down, {} kbit/s up", self.down.0, self.up.0)
    }
}

/// MODIFY EPS BEARER CONTEXT REQUEST of the network; what is `None` or empty stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BearerModification {
    /// EPS bearer identity, 5 to 15.
    pub bearer: u8,
    /// Class of service.
    pub qci: Option<Qci>,
    /// Bit rates of the access point; MODIFY PDP CONTEXT REQUEST has no place for them.
    pub ambr: Option<Ambr>,
    /// DNS servers, in the protocol configuration options.
    pub dns: Vec<IpAddr>,
}

impl fmt::Display for BearerModification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bearer {}", self.bearer)?;
        if let Some(qci) = self.qci {
            write!(f, ", QCI {}", qci.number())?;
        }
        if let Some(ambr) = self.ambr {
            write!(f, ", APN-AMBR {ambr}")?;
        }
        self.dns.iter().try_for_each(|server| write!(f, ", DNS {server}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wireshark 4.0, `de_esm_apn_aggr_max_br`.
    #[test]
    fn a_rate_has_the_octets_that_wireshark_reads() {
        let rows = [
            (1, [0x01, 0]),
            (63, [0x3f, 0]),
            (64, [0x40, 0]),
            (568, [0x7f, 0]),
            (576, [0x80, 0]),
            (8_640, [0xfe, 0]),
            (8_700, [0xfe, 0x01]),
            (16_000, [0xfe, 0x4a]),
            (17_000, [0xfe, 0x4b]),
            (128_000, [0xfe, 0xba]),
            (130_000, [0xfe, 0xbb]),
            (256_000, [0xfe, 0xfa]),
        ];
        for (kbits, octets) in rows {
            assert_eq!(BitRate::new(kbits).map(BitRate::octets), Some(octets), "{kbits} kbit/s");
        }
    }

    #[test]
    fn a_rate_that_no_octets_say_is_none() {
        for kbits in [0, 65, 569, 577, 8_641, 8_650, 16_500, 129_000, 256_001, u32::MAX] {
            assert_eq!(BitRate::new(kbits), None, "{kbits} kbit/s");
        }
        assert!(
            BitRate::try_from(65).unwrap_err().starts_with("65 kbit/s is no rate of an APN-AMBR: expected")
        );
    }
}
