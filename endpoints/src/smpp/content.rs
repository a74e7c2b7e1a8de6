//! What a message says: data_coding and octets to user data of short messages, and back.
//!
//! Spec: SMPP 3.4 clauses 5.2.12 (esm_class), 5.2.19 (data_coding) and 5.3.2 (sar_*, ports), TS 23.038, TS 23.040. The
//! default alphabet is GSM 7-bit with one septet in each octet. ASCII and Latin-1 become GSM 7-bit where all of the text
//! is representable, else UCS2. What is longer than one short message is split.

use super::pdu::{Flaw, status};
use wire::sms::concat::split_text;
use wire::sms::{
    Alphabet, Concatenation, DataCoding, InformationElement, Payload, Reference, UserData, UserDataError,
    UserDataHeader,
};

/// The user data header indicator in esm_class.
pub const UDHI: u8 = 0x40;
/// Octets of binary data in one part of several.
const BINARY_PART: usize = 134;

/// What an ESME says, as it came.
#[derive(Clone, Debug, Default)]
pub struct Content<'a> {
    /// data_coding.
    pub data_coding: u8,
    /// esm_class.
    pub esm_class: u8,
    /// short_message or message_payload.
    pub octets: &'a [u8],
    /// sar_msg_ref_num, sar_total_segments and sar_segment_seqnum.
    pub place: Option<Concatenation>,
    /// source_port and destination_port.
    pub ports: Option<(u16, u16)>,
}

enum Coding {
    /// Septets, one in each octet.
    Septets(DataCoding),
    /// Characters of one octet, the same as their code point.
    Latin,
    /// UTF-16 big endian.
    Ucs2(DataCoding),
    Binary(DataCoding),
}

impl Coding {
    fn of(data_coding: u8) -> Option<Self> {
        let dcs = DataCoding(data_coding);
        Some(match data_coding {
            0 => Self::Septets(DataCoding::GSM7),
            1 | 3 => Self::Latin,
            2 | 4 => Self::Binary(DataCoding::EIGHT_BIT),
            8 => Self::Ucs2(DataCoding::UCS2),
            // The codings of GSM, as they are: with a class, and message waiting.
            0x10..=0x1f | 0xc0..=0xff if dcs.alphabet() == Alphabet::Gsm7 => Self::Septets(dcs),
            0x18..=0x1b | 0xe0..=0xef => Self::Ucs2(dcs),
            0x14..=0x17 | 0xf4..=0xf7 | 0xfc..=0xff => Self::Binary(dcs),
            _ => return None,
        })
    }
}

/// The short messages that a content takes; `reference` is for their concatenation, where there are several.
///
/// # Errors
/// [`Flaw`] with its status.
pub fn read(content: &Content<'_>, reference: u8) -> Result<Vec<UserData>, Flaw> {
    let coding = Coding::of(content.data_coding).ok_or_else(|| {
        Flaw::new(status::RSUBMITFAIL, format!("data_coding {:#04x} is not served", content.data_coding))
    })?;
    let (header, octets) = header_of(content)?;
    let long = |error: UserDataError| Flaw::new(status::RINVMSGLEN, error.to_string());
    match coding {
        Coding::Septets(_) if octets.iter().any(|octet| *octet > 0x7f) => {
            Err(Flaw::new(status::RSUBMITFAIL, "an octet of the default alphabet is not a septet"))
        }
        Coding::Ucs2(_) if octets.len() % 2 == 1 => {
            Err(Flaw::new(status::RINVMSGLEN, "UCS2 of an odd number of octets"))
        }
        Coding::Latin => {
            let text: String = octets.iter().copied().map(char::from).collect();
            match header {
                Some(_) => UserData::text_with(&text, None, header).map(|one| vec![one]),
                None => split_text(&text, None, Reference::Short(reference)),
            }
            .map_err(long)
        }
        Coding::Septets(dcs) | Coding::Ucs2(dcs) | Coding::Binary(dcs) => {
            match UserData::binary(dcs, header.clone(), octets.to_vec()) {
                Ok(one) => Ok(vec![one]),
                Err(error) if header.is_some() => Err(long(error)),
                Err(_) => split(&coding, dcs, octets, reference).map_err(long),
            }
        }
    }
}

fn split(
    coding: &Coding,
    dcs: DataCoding,
    octets: &[u8],
    reference: u8,
) -> Result<Vec<UserData>, UserDataError> {
    if let Coding::Binary(_) = coding {
        let chunks = octets.chunks(BINARY_PART);
        let parts = chunks.len();
        let total = u8::try_from(parts).map_err(|_| UserDataError::TooManyParts { parts })?;
        let part = |(sequence, chunk): (u8, &[u8])| {
            let place = Concatenation { reference: u16::from(reference), total, sequence, wide: false };
            UserData::binary(dcs, Some(UserDataHeader::concatenated(place)), chunk.to_vec())
        };
        return (1..=total).zip(chunks).map(part).collect();
    }
    let text = match coding {
        Coding::Septets(_) | Coding::Latin | Coding::Binary(_) => wire::sms::gsm7::decode(octets),
        Coding::Ucs2(_) => {
            let units = octets
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0, |unit, octet| (unit << 8) | u16::from(*octet)));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
    };
    split_text(&text, dcs.class(), Reference::Short(reference))
}

/// The header, from esm_class or from the optional parameters, and what follows it.
fn header_of<'a>(content: &Content<'a>) -> Result<(Option<UserDataHeader>, &'a [u8]), Flaw> {
    if content.esm_class & UDHI == 0 {
        let mut elements = Vec::new();
        if let Some(place) = content.place {
            let [high, low] = place.reference.to_be_bytes();
            elements.push(InformationElement { id: 8, data: vec![high, low, place.total, place.sequence] });
        }
        if let Some((source, destination)) = content.ports {
            let data = [destination.to_be_bytes(), source.to_be_bytes()].concat();
            elements.push(InformationElement { id: 5, data });
        }
        let header = if elements.is_empty() { None } else { UserDataHeader::new(&elements) };
        return Ok((header, content.octets));
    }
    if content.place.is_some() || content.ports.is_some() {
        return Err(Flaw::new(
            status::ROPTPARNOTALLWD,
            "optional parameters that the user data header holds",
        ));
    }
    let missing =
        || Flaw::new(status::RINVESMCLASS, "esm_class promises a user data header that is not there");
    let (length, rest) = content.octets.split_first().ok_or_else(missing)?;
    let (header, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(missing)?;
    let header = UserDataHeader::from_octets(header.to_vec()).ok_or_else(missing)?;
    Ok((Some(header), rest))
}

/// User data as an ESME gets it: data_coding, the bits of esm_class, short_message.
#[must_use]
pub fn write(user_data: &UserData) -> (u8, u8, Vec<u8>) {
    let dcs = user_data.dcs();
    let data_coding = match (dcs.0, user_data.payload()) {
        // Automatic deletion and compression have no data_coding of their own.
        (0x20..=0xbf, Payload::Septets(_)) => 0,
        (0x20..=0xbf, Payload::Octets(_)) => match dcs.alphabet() {
            Alphabet::Ucs2 if !dcs.is_compressed() => 8,
            Alphabet::Ucs2 | Alphabet::Gsm7 | Alphabet::EightBit => 4,
        },
        (general, _) => general,
    };
    let mut octets = Vec::new();
    if let Some(header) = user_data.header() {
        octets.push(header.octets().len() as u8);
        octets.extend(header.octets());
    }
    let esm_class = if octets.is_empty() { 0 } else { UDHI };
    octets.extend(user_data.payload().octets());
    (data_coding, esm_class, octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(data_coding: u8, octets: &[u8]) -> UserData {
        let mut parts = read(&Content { data_coding, octets, ..Content::default() }, 7).unwrap();
        assert_eq!(parts.len(), 1);
        parts.remove(0)
    }

    #[test]
    fn every_coding_of_the_table_becomes_its_own() {
        let rows: [(u8, &[u8], u8, Option<&str>); 14] = [
            (0, b"hello \x1b\x65 \x00", 0x00, Some("hello € @")),
            (1, b"hello @", 0x00, Some("hello @")),
            (3, b"\xe9t\xe9", 0x00, Some("été")),
            (3, b"25\xb0", 0x08, Some("25°")),
            (2, b"\x00\xff", 0x04, None),
            (4, b"\x00\xff", 0x04, None),
            (8, b"\x04\x1f\x04\x40", 0x08, Some("Пр")),
            (0x10, b"flash", 0x10, Some("flash")),
            (0xf0, b"flash", 0xf0, Some("flash")),
            (0xf1, b"me", 0xf1, Some("me")),
            (0xf6, b"\x01\x02", 0xf6, None),
            (0x18, b"\x04\x1f", 0x18, Some("П")),
            (0xc8, b"", 0xc8, Some("")),
            (0xe8, b"\x04\x1f", 0xe8, Some("П")),
        ];
        for (data_coding, octets, dcs, text) in rows {
            let data = one(data_coding, octets);
            assert_eq!(
                (data.dcs(), data.decoded_text().as_deref()),
                (DataCoding(dcs), text),
                "{data_coding:#x}"
            );
        }
        let flaw = |data_coding, octets: &[u8]| {
            read(&Content { data_coding, octets, ..Content::default() }, 7).unwrap_err().status
        };
        assert_eq!(flaw(5, b"x"), status::RSUBMITFAIL);
        assert_eq!(flaw(0, b"\x80"), status::RSUBMITFAIL);
        assert_eq!(flaw(8, b"\x04\x1f\x04"), status::RINVMSGLEN);
    }

    #[test]
    fn a_header_comes_from_the_octets_or_from_the_parameters() {
        let octets = b"\x05\x00\x03\xa5\x02\x01part one ";
        let parts = read(&Content { esm_class: UDHI, octets, ..Content::default() }, 0).unwrap();
        let place = parts[0].header().unwrap().concatenation().unwrap();
        assert_eq!((place.reference, place.total, place.sequence), (0xa5, 2, 1));
        assert_eq!(parts[0].decoded_text().unwrap(), "part one ");
        assert_eq!(write(&parts[0]), (0, UDHI, octets.to_vec()));

        let place = Some(Concatenation { reference: 0x1234, total: 3, sequence: 2, wide: true });
        let content = Content { octets: b"x", place, ports: Some((16001, 16000)), ..Content::default() };
        let parts = read(&content, 0).unwrap();
        let header = parts[0].header().unwrap();
        assert_eq!(header.octets(), [8, 4, 0x12, 0x34, 3, 2, 5, 4, 0x3e, 0x80, 0x3e, 0x81]);

        for (octets, place, status) in [
            (&b"\x05\x00\x03"[..], None, status::RINVESMCLASS),
            (b"", None, status::RINVESMCLASS),
            (b"\x00", place, status::ROPTPARNOTALLWD),
        ] {
            let content = Content { esm_class: UDHI, octets, place, ..Content::default() };
            assert_eq!(read(&content, 0).unwrap_err().status, status);
        }
    }

    #[test]
    fn what_is_too_long_is_split_and_joins_again() {
        for (data_coding, octets) in [
            (0, b"0123456789".repeat(40)),
            (1, b"0123456789".repeat(40)),
            (3, b"0123456789\xb0".repeat(40)),
            (8, [4, 0x1f].repeat(200)),
        ] {
            let whole = one(data_coding, &octets[..octets.len() / 40 * 2]).decoded_text().unwrap().repeat(20);
            let parts = read(&Content { data_coding, octets: &octets, ..Content::default() }, 7).unwrap();
            assert!(parts.len() > 1);
            assert_eq!(wire::sms::concat::joined_text(&parts).unwrap(), whole, "{data_coding}");
        }
        let octets: Vec<u8> = (0..=255).collect();
        let parts = read(&Content { data_coding: 4, octets: &octets, ..Content::default() }, 7).unwrap();
        let joined: Vec<u8> = parts.iter().flat_map(|part| part.payload().octets()).copied().collect();
        assert_eq!((parts.len(), joined), (2, octets));
        let octets = [b'x'; 40_000];
        let flaw = read(&Content { octets: &octets, ..Content::default() }, 7).unwrap_err();
        assert_eq!(flaw.status, status::RINVMSGLEN);
    }
}
