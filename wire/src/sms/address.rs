//! Addresses of short messages: who sends, who receives, and which service centre.
//!
//! Spec: 3GPP TS 23.040 clause 9.1.2.5 (transfer layer: length in semi-octets), TS 24.011 clause 8.2.5.1 and TS 27.005
//! (service centre: length in octets with the type of address). Both codings hold the same value.

use super::gsm7;
use super::reader::Reader;
use super::tpdu::TpduError;
use crate::id::PhoneNumber;
use std::fmt;

/// The most semi-octets that an address holds: ten octets.
pub const MAX_SEMI_OCTETS: usize = 20;

/// The characters of the semi-octet values 0 to 14; 15 is the filler.
const DIGITS: [char; 15] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c'];

/// The type of address octet: 1, type of number (3 bits), numbering plan (4 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeOfAddress(pub u8);

impl TypeOfAddress {
    /// International number, telephone numbering plan.
    pub const INTERNATIONAL: Self = Self(0x91);
    /// Unknown type of number, telephone numbering plan; short codes use it.
    pub const UNKNOWN: Self = Self(0x81);
    /// National number, telephone numbering plan.
    pub const NATIONAL: Self = Self(0xa1);
    /// Alphanumeric, packed in the GSM 7-bit default alphabet.
    pub const ALPHANUMERIC: Self = Self(0xd0);

    /// Type of number: 0 unknown, 1 international, 2 national, 3 network specific, 4 subscriber, 5 alphanumeric,
    /// 6 abbreviated.
    #[must_use]
    pub const fn type_of_number(self) -> u8 {
        self.0 >> 4 & 7
    }

    /// Numbering plan identification: 0 unknown, 1 telephone (E.164).
    #[must_use]
    pub const fn numbering_plan(self) -> u8 {
        self.0 & 15
    }
}

/// An address: its type and at most 20 semi-octets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    type_of_address: TypeOfAddress,
    semi_octets: Vec<u8>,
}

impl Address {
    /// The address of a telephone number.
    #[must_use]
    pub fn from_number(number: &PhoneNumber) -> Self {
        let kind = TypeOfAddress(number.type_of_address());
        let semi_octets = number.digits().chars().filter_map(semi_octet).take(MAX_SEMI_OCTETS).collect();
        Self { type_of_address: kind, semi_octets }
    }

    /// An address of this type with the digits `0-9`, `*`, `#`, `a`, `b`, `c`; `None` for other characters, or more
    /// than 20 of them.
    #[must_use]
    pub fn from_digits(type_of_address: TypeOfAddress, digits: &str) -> Option<Self> {
        let semi_octets: Vec<u8> = digits.chars().map(semi_octet).collect::<Option<_>>()?;
        (semi_octets.len() <= MAX_SEMI_OCTETS).then_some(Self { type_of_address, semi_octets })
    }

    /// An alphanumeric address; `None` for more than 11 septets or a character outside the default alphabet.
    #[must_use]
    pub fn alphanumeric(text: &str) -> Option<Self> {
        let septets = gsm7::encode(text)?;
        let used = (septets.len() * 7).div_ceil(4);
        let semi_octets: Vec<u8> =
            gsm7::pack(&septets, 0).iter().flat_map(|octet| [octet & 15, octet >> 4]).take(used).collect();
        (semi_octets.len() <= MAX_SEMI_OCTETS)
            .then_some(Self { type_of_address: TypeOfAddress::ALPHANUMERIC, semi_octets })
    }

    /// The type of address.
    #[must_use]
    pub const fn type_of_address(&self) -> TypeOfAddress {
        self.type_of_address
    }

    /// The telephone number; `None` for an alphanumeric or empty address and for the digits `a`, `b`, `c`.
    #[must_use]
    pub fn number(&self) -> Option<PhoneNumber> {
        if self.is_alphanumeric() { None } else { self.to_string().parse().ok() }
    }

    /// The text of an alphanumeric address; `None` for any other type.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.is_alphanumeric().then(|| gsm7::decode(&self.septets()))
    }

    /// The octets of a service centre address: its length in octets, type, digits; a single zero for none.
    ///
    /// The same form as the addresses of RP-DATA and as the start of a PDU in AT PDU mode.
    #[must_use]
    pub fn service_centre_octets(address: Option<&Self>) -> Vec<u8> {
        let Some(address) = address else { return vec![0] };
        let digits = address.packed();
        let mut octets = vec![digits.len() as u8 + 1, address.type_of_address.0];
        octets.extend(digits);
        octets
    }

    pub(super) fn read_service_centre(reader: &mut Reader<'_>) -> Result<Option<Self>, TpduError> {
        let length = usize::from(reader.octet("service centre address length")?);
        let Some(digits) = length.checked_sub(1) else { return Ok(None) };
        if digits * 2 > MAX_SEMI_OCTETS {
            return Err(TpduError::AddressTooLong { semi_octets: digits * 2 });
        }
        let type_of_address = TypeOfAddress(reader.octet("service centre type of address")?);
        let mut address = Self { type_of_address, semi_octets: Vec::new() };
        address.semi_octets = unpacked(reader.slice(digits, "service centre address")?);
        if address.semi_octets.last() == Some(&15) && !address.is_alphanumeric() {
            address.semi_octets.pop();
        }
        Ok(Some(address))
    }

    /// The octets of the address as it stands in a TPDU.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        self.write(&mut octets);
        octets
    }

    /// The address that these octets of a TPDU are, and nothing after it.
    pub(crate) fn from_octets(octets: &[u8]) -> Result<Self, TpduError> {
        let mut reader = Reader::new(octets);
        let address = Self::read(&mut reader)?;
        match reader.rest().len() {
            0 => Ok(address),
            count => Err(TpduError::TrailingOctets { count }),
        }
    }

    /// Reads a transfer layer address: its length in semi-octets, type, digits.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let length = usize::from(reader.octet("address length")?);
        if length > MAX_SEMI_OCTETS {
            return Err(TpduError::AddressTooLong { semi_octets: length });
        }
        let type_of_address = TypeOfAddress(reader.octet("type of address")?);
        let mut semi_octets = unpacked(reader.slice(length.div_ceil(2), "address")?);
        semi_octets.truncate(length);
        Ok(Self { type_of_address, semi_octets })
    }

    /// Writes the transfer layer form.
    pub(super) fn write(&self, octets: &mut Vec<u8>) {
        octets.extend([self.semi_octets.len() as u8, self.type_of_address.0]);
        octets.extend(self.packed());
    }

    fn is_alphanumeric(&self) -> bool {
        self.type_of_address.type_of_number() == 5
    }

    fn septets(&self) -> Vec<u8> {
        let mut octets = self.packed();
        if self.semi_octets.len() % 2 == 1
            && let Some(last) = octets.last_mut()
        {
            *last &= 15;
        }
        gsm7::unpack(&octets, 0, self.semi_octets.len() * 4 / 7)
    }

    /// The semi-octets two by two, the first in the low half. An odd one is completed by the filler: 15, and 0 after
    /// text, where the bits are spare.
    fn packed(&self) -> Vec<u8> {
        let filler = if self.is_alphanumeric() { 0 } else { 15 };
        self.semi_octets
            .chunks(2)
            .map(|pair| match pair {
                [low, high] => high << 4 | low,
                [low] => filler << 4 | low,
                _ => filler,
            })
            .collect()
    }
}

impl fmt::Display for Address {
    /// As a person writes it: `+33639980002`, `36123`, `Orange`. A filler inside the digits shows as `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text() {
            return f.write_str(&text);
        }
        if self.type_of_address.type_of_number() == 1 {
            f.write_str("+")?;
        }
        self.semi_octets
            .iter()
            .try_for_each(|value| write!(f, "{}", DIGITS.get(usize::from(*value)).copied().unwrap_or('?')))
    }
}

impl From<&PhoneNumber> for Address {
    fn from(number: &PhoneNumber) -> Self {
        Self::from_number(number)
    }
}

fn semi_octet(digit: char) -> Option<u8> {
    DIGITS.iter().position(|entry| *entry == digit).map(|position| position as u8)
}

fn unpacked(octets: &[u8]) -> Vec<u8> {
    octets.iter().flat_map(|octet| [octet & 15, octet >> 4]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(address: &Address) -> String {
        let mut octets = Vec::new();
        address.write(&mut octets);
        hex::encode_upper(octets)
    }

    fn read(hex: &str) -> Result<Address, TpduError> {
        Address::read(&mut Reader::new(&hex::decode(hex).unwrap()))
    }

    /// The addresses of the worked PDUs S1, S10 and D2 and of the digits of TS 23.040 9.1.2.3.
    #[test]
    fn addresses_have_the_octets_of_the_worked_examples_both_ways() {
        let number = |text: &str| Address::from_number(&text.parse().unwrap());
        let rows = [
            ("international", number("+33639980002"), "0B913336990800F2", "+33639980002"),
            ("short code", number("36123"), "05816321F3", "36123"),
            ("alphanumeric", Address::alphanumeric("Orange").unwrap(), "0BD04F79D87D2E03", "Orange"),
            ("star and hash", number("*100#"), "05811A00FB", "*100#"),
        ];
        for (name, address, hex, text) in rows {
            assert_eq!(written(&address), hex, "{name}");
            assert_eq!(read(hex).unwrap(), address, "{name}");
            assert_eq!(address.to_string(), text, "{name}");
        }
    }

    #[test]
    fn a_service_centre_counts_octets_and_none_is_a_zero() {
        let centre = Address::from_number(&"+33639989000".parse().unwrap());
        let octets = Address::service_centre_octets(Some(&centre));
        assert_eq!(hex::encode_upper(&octets), "07913336999800F0");
        assert_eq!(Address::read_service_centre(&mut Reader::new(&octets)).unwrap(), Some(centre));
        assert_eq!(Address::service_centre_octets(None), [0]);
        assert_eq!(Address::read_service_centre(&mut Reader::new(&[0])).unwrap(), None);
    }

    #[test]
    fn an_address_over_ten_octets_is_refused_and_a_short_one_names_the_field() {
        assert_eq!(read("1581"), Err(TpduError::AddressTooLong { semi_octets: 21 }));
        assert_eq!(read("0B9133"), Err(TpduError::Truncated { field: "address" }));
        assert_eq!(
            Address::read_service_centre(&mut Reader::new(&[12, 0x91])),
            Err(TpduError::AddressTooLong { semi_octets: 22 })
        );
        assert!(Address::alphanumeric("Elevenchars").is_some());
        assert!(Address::alphanumeric("Twelve chars").is_none());
        assert!(Address::from_digits(TypeOfAddress::UNKNOWN, "12x").is_none());
    }

    #[test]
    fn only_dialled_digits_make_a_telephone_number() {
        assert_eq!(read("0B913336990800F2").unwrap().number().unwrap().as_str(), "+33639980002");
        assert_eq!(read("0BD04F79D87D2E03").unwrap().number(), None);
        assert_eq!(read("00810B").unwrap().number(), None);
        assert_eq!(Address::from_digits(TypeOfAddress::UNKNOWN, "1a").unwrap().number(), None);
    }
}
