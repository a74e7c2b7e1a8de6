//! Long texts: splitting them into concatenated parts, and putting parts together again.
//!
//! Spec: 3GPP TS 23.040 clauses 9.2.3.24.1 and 9.2.3.24.8. A character of two septets or two UTF-16 units is never
//! split over parts.

use super::address::Address;
use super::data_coding::{Alphabet, DataCoding, MessageClass};
use super::gsm7;
use super::header::{Concatenation, UserDataHeader};
use super::user_data::{UserData, UserDataError, decode_text};
use std::collections::BTreeMap;

/// How many incomplete messages a [`Reassembly`] keeps; the one that began first makes room.
pub const MAX_INCOMPLETE: usize = 32;

/// The reference that the parts of one message share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// 8 bits (information element 00): 153 septets or 67 UCS2 characters per part.
    Short(u8),
    /// 16 bits (information element 08): 152 septets or 66 UCS2 characters per part.
    Long(u16),
}

impl Reference {
    const fn place(self, total: u8, sequence: u8) -> Concatenation {
        match self {
            Self::Short(reference) => {
                Concatenation { reference: reference as u16, total, sequence, wide: false }
            }
            Self::Long(reference) => Concatenation { reference, total, sequence, wide: true },
        }
    }

    /// Septets of GSM 7-bit, or octets of UCS2, that one part holds.
    const fn capacity(self, alphabet: Alphabet) -> usize {
        match (self, alphabet) {
            (Self::Short(_), Alphabet::Gsm7) => 153,
            (Self::Long(_), Alphabet::Gsm7) => 152,
            (Self::Short(_), Alphabet::EightBit | Alphabet::Ucs2) => 134,
            (Self::Long(_), Alphabet::EightBit | Alphabet::Ucs2) => 132,
        }
    }
}

/// The user data of a text: one part without a header where it fits, else as many parts as it takes.
///
/// The whole text is GSM 7-bit where all of it is representable, else all of it is UCS2.
///
/// # Errors
/// When the text takes more than 255 parts.
pub fn split_text(
    text: &str,
    class: Option<MessageClass>,
    reference: Reference,
) -> Result<Vec<UserData>, UserDataError> {
    if let Ok(whole) = UserData::text_with(text, class, None) {
        return Ok(vec![whole]);
    }
    let alphabet = if gsm7::encode(text).is_some() { Alphabet::Gsm7 } else { Alphabet::Ucs2 };
    let parts = cut(text, alphabet, reference.capacity(alphabet));
    let total = u8::try_from(parts.len()).map_err(|_| UserDataError::TooManyParts { parts: parts.len() })?;
    (1..=total)
        .zip(parts)
        .map(|(sequence, part)| {
            let header = UserDataHeader::concatenated(reference.place(total, sequence));
            UserData::binary(DataCoding::general(alphabet, class), Some(header), part)
        })
        .collect()
}

/// The text of parts in their order; `None` when there are none, or one of them is no text.
#[must_use]
pub fn joined_text(parts: &[UserData]) -> Option<String> {
    let (first, rest) = parts.split_first()?;
    let alike = |part: &UserData| part.dcs().text_alphabet() == first.dcs().text_alphabet();
    if !rest.iter().all(alike) {
        return parts.iter().map(UserData::decoded_text).collect();
    }
    // Joined before it is decoded: other senders do split a character over two parts.
    let octets: Vec<u8> = parts.iter().flat_map(|part| part.payload().octets()).copied().collect();
    decode_text(first.dcs(), &octets)
}

/// The octets (or septets) of a text, cut so that no part is longer than `capacity` and no character is split.
fn cut(text: &str, alphabet: Alphabet, capacity: usize) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    let mut units = [0; 2];
    for character in text.chars() {
        let encoded = match alphabet {
            Alphabet::Gsm7 => gsm7::encode(character.encode_utf8(&mut [0; 4])).unwrap_or_default(),
            Alphabet::EightBit | Alphabet::Ucs2 => {
                character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect()
            }
        };
        match parts.last_mut() {
            Some(part) if part.len() + encoded.len() <= capacity => part.extend(encoded),
            _ => parts.push(encoded),
        }
    }
    parts
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    from: Address,
    reference: u16,
    wide: bool,
    total: u8,
}

#[derive(Clone, Debug)]
struct Incomplete {
    began: u64,
    parts: BTreeMap<u8, UserData>,
}

/// Puts the parts of concatenated messages together; they may come in any order and more than once.
#[derive(Clone, Debug, Default)]
pub struct Reassembly {
    incomplete: BTreeMap<Key, Incomplete>,
    begun: u64,
}

impl Reassembly {
    /// Without any part.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a part in. Gives all parts in their order when it was the last one, and a message that is not
    /// concatenated at once. A part that came before is replaced.
    pub fn add(&mut self, from: &Address, part: UserData) -> Option<Vec<UserData>> {
        let Some(place) = part.header().and_then(UserDataHeader::concatenation) else {
            return Some(vec![part]);
        };
        let key =
            Key { from: from.clone(), reference: place.reference, wide: place.wide, total: place.total };
        if !self.incomplete.contains_key(&key) {
            self.make_room();
        }
        let begun = &mut self.begun;
        let message = self.incomplete.entry(key.clone()).or_insert_with(|| {
            *begun += 1;
            Incomplete { began: *begun, parts: BTreeMap::new() }
        });
        message.parts.insert(place.sequence, part);
        if message.parts.len() < usize::from(place.total) {
            return None;
        }
        self.incomplete.remove(&key).map(|message| message.parts.into_values().collect())
    }

    /// How many messages still miss parts.
    #[must_use]
    pub fn incomplete(&self) -> usize {
        self.incomplete.len()
    }

    fn make_room(&mut self) {
        if self.incomplete.len() >= MAX_INCOMPLETE {
            let oldest = self.incomplete.iter().min_by_key(|(_, message)| message.began);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.incomplete.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use crate::sms::{CpBody, CpMessage, Direction, RpMessage, Submit, Tpdu, TransactionId};

    fn sender() -> Address {
        Address::from_number(&"+33639980002".parse().unwrap())
    }

    fn split(text: &str, reference: Reference) -> Vec<UserData> {
        split_text(text, None, reference).unwrap()
    }

    #[test]
    fn a_text_that_fits_is_one_part_without_a_header() {
        let parts = split(&"a".repeat(160), Reference::Short(1));
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].header(), None);
    }

    #[test]
    fn parts_have_the_capacity_of_the_clause() {
        let rows = [
            ("septets, 8-bit reference", "a", Reference::Short(1), 153),
            ("septets, 16-bit reference", "a", Reference::Long(1), 152),
            ("ucs2, 8-bit reference", "П", Reference::Short(1), 67),
            ("ucs2, 16-bit reference", "П", Reference::Long(1), 66),
        ];
        for (name, character, reference, capacity) in rows {
            let text = character.repeat(capacity * 2);
            assert_eq!(split(&text, reference).len(), 2, "{name}");
            assert_eq!(split(&character.repeat(capacity * 2 + 1), reference).len(), 3, "{name}");
            assert_eq!(joined_text(&split(&text, reference)), Some(text), "{name}");
        }
    }

    #[test]
    fn no_character_is_split_over_parts() {
        let euro = format!("{}€{}", "a".repeat(152), "b".repeat(20));
        let parts = split(&euro, Reference::Short(1));
        assert_eq!(parts[0].decoded_text().unwrap(), "a".repeat(152));
        assert_eq!(parts[1].decoded_text().unwrap(), format!("€{}", "b".repeat(20)));
        let flame = format!("{}🔥{}", "П".repeat(66), "П".repeat(20));
        let parts = split(&flame, Reference::Short(1));
        assert_eq!(parts[0].decoded_text().unwrap(), "П".repeat(66));
        assert_eq!(joined_text(&parts), Some(flame));
    }

    #[test]
    fn a_character_that_another_sender_split_is_joined() {
        let part = |octets: &[u8]| UserData::binary(DataCoding::UCS2, None, octets.to_vec()).unwrap();
        assert_eq!(joined_text(&[part(&[0xd8, 0x3d]), part(&[0xdd, 0x25])]).unwrap(), "🔥");
        assert_eq!(joined_text(&[]), None);
    }

    #[test]
    fn more_than_255_parts_are_refused() {
        let text = "a".repeat(153 * 255);
        assert_eq!(split(&text, Reference::Short(1)).len(), 255);
        let error = split_text(&format!("{text}a"), None, Reference::Short(1));
        assert_eq!(error, Err(UserDataError::TooManyParts { parts: 256 }));
    }

    #[test]
    fn parts_in_any_order_and_twice_make_the_message_once() {
        let text = "0123456789".repeat(60);
        let mut rng = Seed(5).child("concat").rng();
        for round in 0..200 {
            let mut reassembly = Reassembly::new();
            let mut parts = split(&text, Reference::Long(round));
            parts.push(parts[0].clone());
            for index in (1..parts.len()).rev() {
                parts.swap(index, rng.below(index as u64 + 1) as usize);
            }
            let complete: Vec<_> =
                parts.into_iter().filter_map(|part| reassembly.add(&sender(), part)).collect();
            assert_eq!(joined_text(&complete[0]).unwrap(), text);
            assert_eq!(complete.len(), 1);
        }
    }

    /// The whole way of a text: parts, TPDUs, relay and connection layer octets, and back, out of order.
    #[test]
    fn any_text_arrives_as_it_was_sent() {
        let direction = Direction::MobileToNetwork;
        let alphabets = ["abc@€{|", "aà€Ω", "П€🔥a"];
        let mut rng = Seed(9).child("concat").rng();
        for round in 0..300 {
            let pool: Vec<char> = alphabets[round % 3].chars().collect();
            let text: String =
                (0..rng.below(700)).map(|_| pool[rng.below(pool.len() as u64) as usize]).collect();
            let reference = if rng.chance(500) { Reference::Short(7) } else { Reference::Long(777) };
            let mut parts = split(&text, reference);
            parts.reverse();
            let mut reassembly = Reassembly::new();
            let mut complete = None;
            for part in parts {
                let tpdu = Tpdu::from(Submit::new(sender(), part));
                let data = RpMessage::Data {
                    reference: 1,
                    service_centre: Some(sender()),
                    user_data: (&tpdu).into(),
                };
                let octets = CpMessage::data(TransactionId::originator(2), &data, direction).to_octets();
                let CpBody::Data(cp) = CpMessage::parse(&octets).unwrap().body else { panic!("no CP-DATA") };
                let RpMessage::Data { user_data, .. } = RpMessage::parse(direction, cp.as_slice()).unwrap()
                else {
                    panic!("no RP-DATA")
                };
                let read = user_data.tpdu(direction).unwrap();
                assert_eq!(read, tpdu);
                assert_eq!(complete, None, "complete before the last part");
                complete = reassembly.add(&sender(), read.user_data().unwrap().clone());
            }
            assert_eq!(joined_text(&complete.unwrap()), Some(text));
        }
    }

    #[test]
    fn parts_of_different_senders_are_not_mixed() {
        let mut reassembly = Reassembly::new();
        let parts = split(&"x".repeat(200), Reference::Short(9));
        let other = Address::from_number(&"36123".parse().unwrap());
        assert_eq!(reassembly.add(&sender(), parts[0].clone()), None);
        assert_eq!(reassembly.add(&other, parts[1].clone()), None);
        assert!(reassembly.add(&sender(), parts[1].clone()).is_some());
        assert_eq!(reassembly.incomplete(), 1);
    }

    #[test]
    fn the_oldest_incomplete_message_makes_room() {
        let mut reassembly = Reassembly::new();
        for reference in 0..=MAX_INCOMPLETE as u16 {
            let parts = split(&"x".repeat(200), Reference::Long(reference));
            reassembly.add(&sender(), parts[0].clone());
        }
        assert_eq!(reassembly.incomplete(), MAX_INCOMPLETE);
        let last = |reference| split(&"x".repeat(200), Reference::Long(reference))[1].clone();
        assert_eq!(reassembly.add(&sender(), last(0)), None, "the first one is gone");
        assert!(reassembly.add(&sender(), last(MAX_INCOMPLETE as u16)).is_some());
    }
}
