//! Public land mobile network identities: MCC, MNC and their coding (3GPP TS 23.003 clause 2, TS 24.008 10.5.1.13).

use crate::state::text_form;
use std::fmt;
use std::str::FromStr;

/// A public land mobile network: a mobile country code of three digits and a network code of two or three.
///
/// The length of the network code belongs to the identity: 310-260 and 310-26 differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plmn {
    mcc: u16,
    mnc: u16,
    three_digits: bool,
}

/// Why a text is not a PLMN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a PLMN: expected MCC and MNC, such as \"208-01\" or \"310260\"")]
pub struct PlmnError(String);

impl Plmn {
    /// The mobile country code, such as 208 for France.
    #[must_use]
    pub const fn mcc(self) -> u16 {
        self.mcc
    }

    /// The mobile network code as a number; its digits are shown by `Display`.
    #[must_use]
    pub const fn mnc(self) -> u16 {
        self.mnc
    }

    /// How many digits the network code has: 2 or 3.
    #[must_use]
    pub const fn mnc_length(self) -> usize {
        if self.three_digits { 3 } else { 2 }
    }

    /// The digits without a separator, as AT commands show them: `20801`.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:03}{:0width$}", self.mcc, self.mnc, width = self.mnc_length())
    }

    /// The three octets of TS 24.008 10.5.1.13, such as `02 F8 10` for 208-01.
    #[must_use]
    pub fn to_octets(self) -> [u8; 3] {
        let mcc = [self.mcc / 100, self.mcc / 10 % 10, self.mcc % 10].map(|digit| digit as u8);
        let mnc = if self.three_digits {
            [self.mnc / 100, self.mnc / 10 % 10, self.mnc % 10]
        } else {
            [self.mnc / 10, self.mnc % 10, 0xf]
        }
        .map(|digit| digit as u8);
        [mcc[1] << 4 | mcc[0], mnc[2] << 4 | mcc[2], mnc[1] << 4 | mnc[0]]
    }

    /// Reads three octets; `None` for an unused entry (`FF FF FF`) and for octets that hold no digits.
    #[must_use]
    pub fn from_octets(octets: [u8; 3]) -> Option<Self> {
        let [a, b, c] = octets;
        let digits = [a & 15, a >> 4, b & 15, c & 15, c >> 4, b >> 4].map(u16::from);
        let three_digits = digits[5] != 0xf;
        if digits[..5].iter().any(|digit| *digit > 9) || (three_digits && digits[5] > 9) {
            return None;
        }
        let mcc = digits[0] * 100 + digits[1] * 10 + digits[2];
        let mnc = if three_digits {
            digits[3] * 100 + digits[4] * 10 + digits[5]
        } else {
            digits[3] * 10 + digits[4]
        };
        Some(Self { mcc, mnc, three_digits })
    }
}

impl FromStr for Plmn {
    type Err = PlmnError;

    fn from_str(text: &str) -> Result<Self, PlmnError> {
        let error = || PlmnError(text.to_owned());
        let digits: String = match text.split_once('-') {
            Some((mcc, mnc)) if mcc.len() == 3 => [mcc, mnc].concat(),
            Some(_) => return Err(error()),
            None => text.to_owned(),
        };
        if !(5..=6).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error());
        }
        let (mcc, mnc) = digits.split_at(3);
        Ok(Self {
            mcc: mcc.parse().map_err(|_| error())?,
            mnc: mnc.parse().map_err(|_| error())?,
            three_digits: mnc.len() == 3,
        })
    }
}

impl fmt::Display for Plmn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}-{:0width$}", self.mcc, self.mnc, width = self.mnc_length())
    }
}

text_form!(Plmn);

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets decoded by pySim (facts, cellular.md clause 4.2).
    const ROWS: &[(&str, [u8; 3])] = &[
        ("208-01", [0x02, 0xf8, 0x10]),
        ("208-10", [0x02, 0xf8, 0x01]),
        ("206-10", [0x02, 0xf6, 0x01]),
        ("310-260", [0x13, 0x00, 0x62]),
        ("604-00", [0x06, 0xf4, 0x00]),
        ("901-31", [0x09, 0xf1, 0x13]),
    ];

    #[test]
    fn octets_are_those_of_24_008_both_ways() {
        for (text, octets) in ROWS {
            let plmn: Plmn = text.parse().unwrap();
            assert_eq!(plmn.to_octets(), *octets, "{text}");
            assert_eq!(Plmn::from_octets(*octets), Some(plmn), "{text}");
            assert_eq!(plmn.to_string(), *text);
        }
        assert_eq!(Plmn::from_octets([0xff; 3]), None);
    }

    #[test]
    fn the_length_of_the_network_code_is_part_of_the_identity() {
        let long: Plmn = "310260".parse().unwrap();
        assert_eq!(long.digits(), "310260");
        assert_ne!(long, "310-26".parse().unwrap());
    }

    #[test]
    fn refuses_what_is_not_a_plmn() {
        for text in ["", "208", "2080", "208-1", "20801x", "20-801", "2080123", "é08-01"] {
            assert!(text.parse::<Plmn>().is_err(), "{text}");
        }
    }

    #[test]
    fn no_three_octets_make_it_panic() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let _ = Plmn::from_octets([a, b, a ^ b]);
            }
        }
    }
}
