//! Unstructured data: the text of a USSD dialogue with its data coding scheme (TS 23.038 clause 5, TS 29.002 17.7.4).

use super::Malformed;
use super::ber::{OCTET_STRING, Reader, SEQUENCE, octet, push, push_with};
use crate::sms::{Alphabet, gsm7};

/// The longest string, in octets (TS 29.002 maxUSSD-StringLength).
const LONGEST: usize = 160;
/// GSM 7-bit, language unspecified.
const GSM7: u8 = 0x0f;
/// UCS2 without a class.
const UCS2: u8 = 0x48;
const CARRIAGE_RETURN: u8 = 0x0d;

/// The alphabet of a cell broadcast data coding scheme, which USSD uses too; what is reserved counts as GSM 7-bit.
#[must_use]
pub const fn cell_broadcast_alphabet(scheme: u8) -> Alphabet {
    match (scheme >> 4, scheme >> 2 & 3) {
        (4..=7 | 9, 1) => Alphabet::EightBit,
        (4..=7 | 9, 2) => Alphabet::Ucs2,
        (0xf, 1 | 3) => Alphabet::EightBit,
        (1, 0) if scheme & 0x0f == 1 => Alphabet::Ucs2,
        _ => Alphabet::Gsm7,
    }
}

/// A string with the data coding scheme that says how to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdString {
    /// The data coding scheme.
    pub scheme: u8,
    /// The octets.
    pub octets: Vec<u8>,
}

impl UssdString {
    /// The text in GSM 7-bit where that has all its characters, else in UCS2; `None` when it is too long.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::with_scheme(text, GSM7).or_else(|| Self::with_scheme(text, UCS2))
    }

    /// The text as this scheme writes it; `None` when it cannot, or when the text is too long.
    #[must_use]
    pub fn with_scheme(text: &str, scheme: u8) -> Option<Self> {
        let octets = match cell_broadcast_alphabet(scheme) {
            Alphabet::Gsm7 => pack(gsm7::encode(text)?),
            Alphabet::Ucs2 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Alphabet::EightBit => return None,
        };
        Self::of_octets(octets, scheme)
    }

    /// Octets as they are; `None` when there are too many.
    #[must_use]
    pub fn of_octets(octets: Vec<u8>, scheme: u8) -> Option<Self> {
        (octets.len() <= LONGEST).then_some(Self { scheme, octets })
    }

    /// The alphabet.
    #[must_use]
    pub const fn alphabet(&self) -> Alphabet {
        cell_broadcast_alphabet(self.scheme)
    }

    /// The text; `None` for octets without a meaning as text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.alphabet() {
            Alphabet::Gsm7 => Some(gsm7::decode(&unpack(&self.octets))),
            Alphabet::Ucs2 => {
                let units: Vec<u16> = self
                    .octets
                    .chunks_exact(2)
                    .map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1]))
                    .collect();
                Some(String::from_utf16_lossy(&units))
            }
            Alphabet::EightBit => None,
        }
    }
}

/// Seven spare bits at the end would read as `@`, so they hold CR; a CR that is meant and ends there is doubled.
fn pack(mut septets: Vec<u8>) -> Vec<u8> {
    let ends_on_an_octet = septets.len().is_multiple_of(8) && septets.last() == Some(&CARRIAGE_RETURN);
    if septets.len() % 8 == 7 || ends_on_an_octet {
        septets.push(CARRIAGE_RETURN);
    }
    gsm7::pack(&septets, 0)
}

fn unpack(octets: &[u8]) -> Vec<u8> {
    let mut septets = gsm7::unpack(octets, 0, octets.len() * 8 / 7);
    if septets.len().is_multiple_of(8) && septets.last() == Some(&CARRIAGE_RETURN) {
        septets.pop();
    }
    septets
}

/// The argument and the result of every USSD operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdArgument {
    /// The string.
    pub string: UssdString,
}

impl UssdArgument {
    /// An argument with nothing but a string.
    #[must_use]
    pub const fn new(string: UssdString) -> Self {
        Self { string }
    }

    /// The octets of its element.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_with(&mut out, SEQUENCE, |out| {
            push(out, OCTET_STRING, &[self.string.scheme]);
            push(out, OCTET_STRING, &self.string.octets);
        });
        out
    }

    /// Reads the element; an alerting pattern or a number that follows is skipped.
    ///
    /// # Errors
    /// [`Malformed`] when scheme or string is missing, or the string is too long.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(Reader::new(octets).required(SEQUENCE, "USSD argument")?);
        let scheme = octet(inner.required(OCTET_STRING, "data coding scheme")?, "data coding scheme")?;
        let string = inner.required(OCTET_STRING, "USSD string")?.to_vec();
        UssdString::of_octets(string, scheme).map(Self::new).ok_or(Malformed("USSD string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_names_the_alphabet() {
        let rows = [
            (0x00, Alphabet::Gsm7),
            (0x0f, Alphabet::Gsm7),
            (0x11, Alphabet::Ucs2),
            (0x44, Alphabet::EightBit),
            (0x48, Alphabet::Ucs2),
            (0x58, Alphabet::Ucs2),
            (0x94, Alphabet::EightBit),
            (0xf0, Alphabet::Gsm7),
            (0xf4, Alphabet::EightBit),
            (0xff, Alphabet::EightBit),
        ];
        for (scheme, alphabet) in rows {
            assert_eq!(cell_broadcast_alphabet(scheme), alphabet, "{scheme:#04x}");
        }
    }

    #[test]
    fn seven_spare_bits_are_no_commercial_at() {
        for text in ["1234567", "123456789012345", "*#100#", "12345678", "", "Solde : 10 €"] {
            let string = UssdString::new(text).unwrap();
            assert_eq!((string.scheme, string.text().as_deref()), (GSM7, Some(text)), "{text}");
        }
        assert_eq!(hex::encode(UssdString::new("1234567").unwrap().octets), "31d98c56b3dd1a");
    }

    #[test]
    fn a_text_outside_the_default_alphabet_is_ucs2() {
        let string = UssdString::new("Ça va à Łódź").unwrap();
        assert_eq!((string.scheme, string.text().as_deref()), (UCS2, Some("Ça va à Łódź")));
        assert_eq!(&string.octets[..4], [0x00, 0xc7, 0x00, 0x61]);
    }

    #[test]
    fn a_string_has_its_limit() {
        assert!(UssdString::new(&"a".repeat(182)).is_some());
        assert!(UssdString::new(&"a".repeat(183)).is_none());
        assert!(UssdString::new(&"Ł".repeat(81)).is_none());
        assert_eq!(UssdString::with_scheme("a", 0x44), None);
    }

    #[test]
    fn what_follows_the_string_is_skipped() {
        // With alerting pattern and the caller's number, as home networks forward it.
        let octets = hex::decode("301304010f0403b19ad80401008006911233445566").unwrap();
        assert_eq!(UssdArgument::parse(&octets).unwrap().string.octets, [0xb1, 0x9a, 0xd8]);
        assert!(UssdArgument::parse(&hex::decode("300304010f").unwrap()).is_err());
    }
}
