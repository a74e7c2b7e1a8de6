//! Identities of subscribers, cards, devices and keys, each a type of its own.
//!
//! All of them are written as text. A key never prints itself: `Debug` shows `[REDACTED]`, and there is no `Display`.

use crate::plmn::Plmn;
use crate::state::text_form;
use std::fmt;
use std::str::FromStr;

/// Why a text is not the identity it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {expected}")]
pub struct IdError {
    text: String,
    expected: &'static str,
}

/// Up to `N` octets of ASCII, kept in place: identities are copied, compared and sorted by the million. The octets after
/// the text are zero, so that the order is that of the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Short<const N: usize> {
    octets: [u8; N],
    length: u8,
}

impl<const N: usize> Short<N> {
    /// `None` for a text that is longer than `N` octets.
    fn new(text: &str) -> Option<Self> {
        let mut octets = [0; N];
        octets.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { octets, length: u8::try_from(text.len()).ok()? })
    }

    fn as_str(&self) -> &str {
        let text = self.octets.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Debug for Short<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

fn digits<const N: usize>(
    text: &str,
    lengths: std::ops::RangeInclusive<usize>,
    expected: &'static str,
) -> Result<Short<N>, IdError> {
    let legal = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let short = Short::new(text).filter(|_| legal);
    short.ok_or_else(|| IdError { text: text.to_owned(), expected })
}

macro_rules! digit_identity {
    ($(#[$doc:meta])* $name:ident, $least:literal..=$most:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Short<$most>);

        impl $name {
            /// The decimal digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                digits(text, $least..=$most, $expected).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_str().fmt(f)
            }
        }

        text_form!($name);
    };
}

digit_identity!(
    /// International mobile subscriber identity (TS 23.003 clause 2.2): up to 15 digits.
    Imsi, 6..=15, "an IMSI: 6 to 15 decimal digits"
);
digit_identity!(
    /// Integrated circuit card identity (ITU-T E.118): 19 or 20 digits.
    Iccid, 19..=20, "an ICCID: 19 or 20 decimal digits"
);
digit_identity!(
    /// International mobile equipment identity (TS 23.003 clause 6.2): 15 digits with the check digit.
    Imei, 15..=15, "an IMEI: 15 decimal digits"
);

impl Imsi {
    /// The home network, given how many digits its network code has (EF_AD octet 4; never guessed from the IMSI).
    #[must_use]
    pub fn home(&self, mnc_length: usize) -> Option<Plmn> {
        self.as_str().get(..3 + mnc_length)?.parse().ok()
    }
}

/// A telephone number: digits with `*` and `#`, international when it starts with `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Short<21>);

impl PhoneNumber {
    /// The number as dialled, with its `+` where it is international.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The digits without a leading `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.as_str().strip_prefix('+').unwrap_or(self.as_str())
    }

    /// Whether the number is in international format.
    #[must_use]
    pub fn is_international(&self) -> bool {
        self.as_str().starts_with('+')
    }

    /// The type of address octet (TS 24.008 10.5.4.7): 145 international, 129 unknown.
    #[must_use]
    pub fn type_of_address(&self) -> u8 {
        if self.is_international() { 145 } else { 129 }
    }
}

impl FromStr for PhoneNumber {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let legal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
        let legal = (1..=20).contains(&digits.len()) && digits.bytes().all(legal);
        Short::new(text).filter(|_| legal).map(Self).ok_or_else(|| IdError {
            text: text.to_owned(),
            expected: "a telephone number: 1 to 20 digits, + first where international",
        })
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// An EUI-64 (DevEUI, AppEUI or gateway EUI), printed big endian as on the label of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Eui64(u64);

impl Eui64 {
    /// From the number that is printed on the device.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        Self(value)
    }

    /// The number that is printed on the device.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// From the eight octets on the air, little endian.
    #[must_use]
    pub const fn from_air(octets: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(octets))
    }

    /// The eight octets on the air, little endian.
    #[must_use]
    pub const fn to_air(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }
}

impl FromStr for Eui64 {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let hex: String = text.chars().filter(|c| !matches!(c, ':' | '-')).collect();
        let error = || IdError { text: text.to_owned(), expected: "an EUI-64: 16 hexadecimal digits" };
        if hex.len() != 16 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        u64::from_str_radix(&hex, 16).map(Self).map_err(|_| error())
    }
}

impl fmt::Display for Eui64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

text_form!(PhoneNumber);
text_form!(Eui64);

/// A 128-bit secret key. It has no `Display`, its `Debug` shows nothing of it, and it is wiped when it is dropped.
///
/// The octets stand in the value itself: a server has hundreds of thousands of keys, and each one somewhere else costs as
/// much as its cipher.
pub struct Key(secrecy::zeroize::Zeroizing<[u8; 16]>);

impl Key {
    /// A key of these sixteen octets.
    #[must_use]
    pub fn new(octets: [u8; 16]) -> Self {
        Self(secrecy::zeroize::Zeroizing::new(octets))
    }

    /// The octets, for the cipher that uses them and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        Self::new(*self.expose())
    }
}

impl FromStr for Key {
    type Err = IdError;
    /// The error never repeats the text: what was typed may be most of a key.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut octets = [0; 16];
        hex::decode_to_slice(text, &mut octets)
            .map(|()| Self::new(octets))
            .map_err(|_| IdError { text: "[REDACTED]".to_owned(), expected: "a key: 32 hexadecimal digits" })
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_refuses_the_wrong_length_and_letters() {
        assert!("208010000000001".parse::<Imsi>().is_ok());
        assert!("20801000000000a".parse::<Imsi>().is_err());
        assert!("2080100000000012".parse::<Imsi>().is_err());
        assert!("8933010000000000002".parse::<Iccid>().is_ok());
        assert!("893301000000000000".parse::<Iccid>().is_err());
        assert!("+33 6".parse::<PhoneNumber>().is_err());
        assert!("+".parse::<PhoneNumber>().is_err());
        assert!("0004A30B001A2B3C".parse::<Eui64>().is_ok());
        assert!("+004A30B001A2B3C".parse::<Eui64>().is_err());
    }

    #[test]
    fn the_home_network_follows_the_length_of_its_code() {
        let imsi: Imsi = "310260000000001".parse().unwrap();
        assert_eq!(imsi.home(3).unwrap().to_string(), "310-260");
        assert_eq!(imsi.home(2).unwrap().to_string(), "310-26");
    }

    #[test]
    fn an_eui_is_little_endian_on_the_air() {
        let eui: Eui64 = "70b3d57ed0000001".parse().unwrap();
        assert_eq!(hex::encode(eui.to_air()), "010000d07ed5b370");
        assert_eq!(Eui64::from_air(eui.to_air()), eui);
    }

    #[test]
    fn a_key_never_shows_itself() {
        let key: Key = "2b7e151628aed2a6abf7158809cf4f3c".parse().unwrap();
        assert!(!format!("{key:?}").contains("2b7e"));
        let error = "2b7e151628aed2a6abf7158809cf4f".parse::<Key>().unwrap_err();
        assert!(!error.to_string().contains("2b7e"), "{error}");
    }
}
