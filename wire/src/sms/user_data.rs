//! User data of a short message: its coding, header and payload as one value that always fits and agrees with itself.
//!
//! Spec: 3GPP TS 23.040 clauses 9.2.3.16 and 9.2.3.24. At most 140 octets: 160 septets, 140 octets or 70 UCS2
//! characters without a header. A header before septets is followed by fill bits up to the next septet.

use super::data_coding::{Alphabet, DataCoding, MessageClass};
use super::gsm7;
use super::header::UserDataHeader;
use super::reader::Reader;
use super::tpdu::TpduError;

/// The most octets of TP-UD.
pub const MAX_OCTETS: usize = 140;

/// The most septets of TP-UD.
pub const MAX_SEPTETS: usize = 160;

/// Why user data cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserDataError {
    /// More than a short message holds.
    #[error("user data of {octets} octets does not fit the 140 octets of a short message")]
    TooLong {
        /// Octets that it would take, header included.
        octets: usize,
    },
    /// More than 255 parts.
    #[error("a text of {parts} parts does not fit the 255 parts of a concatenated message")]
    TooManyParts {
        /// Parts that it would take.
        parts: usize,
    },
}

/// What follows the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Septets of the GSM 7-bit alphabet, unpacked.
    Septets(Vec<u8>),
    /// Octets: 8-bit data, UCS2, or compressed text.
    Octets(Vec<u8>),
}

impl Payload {
    /// The octets, or the septets with one in each octet.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Septets(octets) | Self::Octets(octets) => octets,
        }
    }
}

/// TP-DCS, TP-UDL and TP-UD in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserData {
    dcs: DataCoding,
    header: Option<UserDataHeader>,
    payload: Payload,
}

impl UserData {
    /// A text without class and header, in GSM 7-bit where all of it is representable, else in UCS2.
    ///
    /// # Errors
    /// When the text does not fit one message; [`super::concat::split_text`] makes several.
    pub fn text(text: &str) -> Result<Self, UserDataError> {
        Self::text_with(text, None, None)
    }

    /// A text with a class and a header.
    ///
    /// # Errors
    /// When header and text do not fit one message.
    pub fn text_with(
        text: &str,
        class: Option<MessageClass>,
        header: Option<UserDataHeader>,
    ) -> Result<Self, UserDataError> {
        let (alphabet, payload) = match gsm7::encode(text) {
            Some(septets) => (Alphabet::Gsm7, Payload::Septets(septets)),
            None => {
                let octets = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
                (Alphabet::Ucs2, Payload::Octets(octets))
            }
        };
        Self::checked(DataCoding::general(alphabet, class), header, payload)
    }

    /// Octets with this coding; where the coding means septets, each octet is one septet (its top bit is dropped).
    ///
    /// # Errors
    /// When header and octets do not fit one message.
    pub fn binary(
        dcs: DataCoding,
        header: Option<UserDataHeader>,
        octets: Vec<u8>,
    ) -> Result<Self, UserDataError> {
        let payload = if dcs.is_septets() {
            Payload::Septets(octets.into_iter().map(|octet| octet & 0x7f).collect())
        } else {
            Payload::Octets(octets)
        };
        Self::checked(dcs, header, payload)
    }

    /// No user data, under this coding.
    #[must_use]
    pub fn empty(dcs: DataCoding) -> Self {
        Self { dcs, header: None, payload: empty_payload(dcs) }
    }

    /// TP-DCS.
    #[must_use]
    pub const fn dcs(&self) -> DataCoding {
        self.dcs
    }

    /// The user data header.
    #[must_use]
    pub const fn header(&self) -> Option<&UserDataHeader> {
        self.header.as_ref()
    }

    /// What follows the header.
    #[must_use]
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The text; `None` for 8-bit data and compressed text. What is not valid UCS2 shows as U+FFFD.
    #[must_use]
    pub fn decoded_text(&self) -> Option<String> {
        decode_text(self.dcs, self.payload.octets())
    }

    /// TP-UDL: septets or octets, header included.
    #[must_use]
    pub fn length(&self) -> u8 {
        let length = match &self.payload {
            Payload::Septets(septets) => self.header_septets() + septets.len(),
            Payload::Octets(octets) => self.header_octets() + octets.len(),
        };
        length as u8
    }

    /// TP-UD, header included.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let mut front = Vec::with_capacity(MAX_OCTETS);
        if let Some(header) = &self.header {
            front.push(header.octets().len() as u8);
            front.extend(header.octets());
        }
        match &self.payload {
            Payload::Octets(octets) => front.extend(octets),
            Payload::Septets(septets) => {
                let packed = gsm7::pack(septets, self.header_septets() * 7);
                front.extend(packed.get(self.header_octets()..).unwrap_or_default());
            }
        }
        front
    }

    /// Reads TP-UDL and TP-UD.
    pub(super) fn read(
        dcs: DataCoding,
        with_header: bool,
        reader: &mut Reader<'_>,
    ) -> Result<Self, TpduError> {
        let length = usize::from(reader.octet("user data length")?);
        let septets = dcs.is_septets();
        let size = if septets { (length * 7).div_ceil(8) } else { length };
        if size > MAX_OCTETS {
            return Err(TpduError::UserDataTooLong { octets: size });
        }
        let octets = reader.slice(size, "user data")?;
        let header = if with_header { Some(read_header(octets)?) } else { None };
        let mut data = Self { dcs, header, payload: empty_payload(dcs) };
        data.payload = if septets {
            let count = length.checked_sub(data.header_septets()).ok_or(TpduError::HeaderTooLong)?;
            Payload::Septets(gsm7::unpack(octets, data.header_septets() * 7, count))
        } else {
            Payload::Octets(octets.get(data.header_octets()..).ok_or(TpduError::HeaderTooLong)?.to_vec())
        };
        Ok(data)
    }

    pub(super) fn write(&self, octets: &mut Vec<u8>) {
        octets.push(self.length());
        octets.extend(self.octets());
    }

    fn checked(
        dcs: DataCoding,
        header: Option<UserDataHeader>,
        payload: Payload,
    ) -> Result<Self, UserDataError> {
        let data = Self { dcs, header, payload };
        let size = match &data.payload {
            Payload::Septets(septets) => ((data.header_septets() + septets.len()) * 7).div_ceil(8),
            Payload::Octets(octets) => data.header_octets() + octets.len(),
        };
        if size > MAX_OCTETS { Err(UserDataError::TooLong { octets: size }) } else { Ok(data) }
    }

    /// Octets of the header with its length octet.
    fn header_octets(&self) -> usize {
        self.header.as_ref().map_or(0, |header| header.octets().len() + 1)
    }

    /// Septets that the header takes, fill bits included.
    fn header_septets(&self) -> usize {
        (self.header_octets() * 8).div_ceil(7)
    }
}

/// The text of a payload; `None` where the coding is no text.
pub(super) fn decode_text(dcs: DataCoding, payload: &[u8]) -> Option<String> {
    match dcs.text_alphabet()? {
        Alphabet::Gsm7 => Some(gsm7::decode(payload)),
        Alphabet::Ucs2 => Some(decode_ucs2(payload)),
        Alphabet::EightBit => None,
    }
}

/// UCS2 is read as UTF-16 big endian; an odd octet at the end shows as U+FFFD.
fn decode_ucs2(octets: &[u8]) -> String {
    let units: Vec<u16> = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let mut text = String::from_utf16_lossy(&units);
    if octets.len() % 2 == 1 {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

fn empty_payload(dcs: DataCoding) -> Payload {
    if dcs.is_septets() { Payload::Septets(Vec::new()) } else { Payload::Octets(Vec::new()) }
}

fn read_header(octets: &[u8]) -> Result<UserDataHeader, TpduError> {
    let (length, rest) = octets.split_first().ok_or(TpduError::HeaderTooLong)?;
    let header = rest.get(..usize::from(*length)).ok_or(TpduError::HeaderTooLong)?;
    UserDataHeader::from_octets(header.to_vec()).ok_or(TpduError::HeaderTooLong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::{Concatenation, InformationElement};

    fn short_header() -> UserDataHeader {
        UserDataHeader::concatenated(Concatenation { reference: 1, total: 2, sequence: 1, wide: false })
    }

    fn long_header() -> UserDataHeader {
        UserDataHeader::concatenated(Concatenation { reference: 1, total: 2, sequence: 1, wide: true })
    }

    /// TS 23.040 9.2.3.24.1: capacity without a header, with 8-bit and with 16-bit concatenation.
    #[test]
    fn a_message_holds_what_the_clause_says() {
        let rows = [
            ("septets", 'a', None, 160),
            ("septets, 8-bit reference", 'a', Some(short_header()), 153),
            ("septets, 16-bit reference", 'a', Some(long_header()), 152),
            ("ucs2", 'П', None, 70),
            ("ucs2, 8-bit reference", 'П', Some(short_header()), 67),
            ("ucs2, 16-bit reference", 'П', Some(long_header()), 66),
        ];
        for (name, character, header, capacity) in rows {
            let text = |count| character.to_string().repeat(count);
            let data = UserData::text_with(&text(capacity), None, header.clone()).unwrap();
            assert_eq!(data.decoded_text().unwrap(), text(capacity), "{name}");
            assert!(data.octets().len() <= MAX_OCTETS, "{name}");
            assert!(UserData::text_with(&text(capacity + 1), None, header).is_err(), "{name}");
        }
        for (header, capacity) in [(None, 140), (Some(short_header()), 134), (Some(long_header()), 133)] {
            let data = |count| UserData::binary(DataCoding::EIGHT_BIT, header.clone(), vec![1; count]);
            assert_eq!(data(capacity).unwrap().octets().len(), 140);
            assert_eq!(data(capacity + 1), Err(UserDataError::TooLong { octets: 141 }));
        }
    }

    #[test]
    fn text_is_gsm_7_bit_where_it_can_be_and_ucs2_otherwise() {
        assert_eq!(UserData::text("25 €").unwrap().dcs(), DataCoding::GSM7);
        assert_eq!(UserData::text("25°").unwrap().dcs(), DataCoding::UCS2);
        let flash = UserData::text_with("Alarm", Some(MessageClass::Class0), None).unwrap();
        assert_eq!(flash.dcs(), DataCoding(0x10));
    }

    #[test]
    fn binary_data_has_no_text() {
        let data = UserData::binary(DataCoding::EIGHT_BIT, None, vec![0x41]).unwrap();
        assert_eq!(data.decoded_text(), None);
        assert_eq!(UserData::binary(DataCoding(0x20), None, vec![0x41]).unwrap().decoded_text(), None);
    }

    #[test]
    fn broken_ucs2_shows_replacement_characters() {
        let text = |octets: &[u8]| {
            UserData::binary(DataCoding::UCS2, None, octets.to_vec()).unwrap().decoded_text().unwrap()
        };
        assert_eq!(text(&[0xd8, 0x3d, 0x00, 0x41]), "\u{fffd}A");
        assert_eq!(text(&[0x00, 0x41, 0x00]), "A\u{fffd}");
    }

    #[test]
    fn a_header_of_any_length_ends_on_a_septet_boundary() {
        for length in 0..130 {
            let element = InformationElement { id: 0x70, data: vec![0xff; length] };
            let header = UserDataHeader::new(&[element]);
            let data = UserData::text_with("ab", None, header).unwrap();
            let mut octets = Vec::new();
            data.write(&mut octets);
            assert_eq!(UserData::read(DataCoding::GSM7, true, &mut Reader::new(&octets)), Ok(data));
        }
    }
}
