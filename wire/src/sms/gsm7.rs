//! GSM 7-bit default alphabet, its extension table, and the packing of septets.
//!
//! Spec: 3GPP TS 23.038 clauses 6.1.2.1, 6.2.1 and 6.2.1.1. A septet is kept as one `u8` below 128. Not here: national
//! language tables; a text that uses them is shown with the default tables.

/// The septet that announces a character of the extension table.
pub const ESCAPE: u8 = 0x1b;

/// The default alphabet by code; the place of the escape holds a space, which is what a receiver shows for it.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// The extension table: the septet after the escape, and its character.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// The septets of a text; `None` when a character is neither in the default alphabet nor in its extension table.
#[must_use]
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut septets = Vec::with_capacity(text.len());
    for character in text.chars() {
        push_character(&mut septets, character)?;
    }
    Some(septets)
}

/// How many septets a character takes: 1, or 2 from the extension table; `None` when it is not representable.
#[must_use]
pub fn septets_of(character: char) -> Option<usize> {
    let mut septets = Vec::with_capacity(2);
    push_character(&mut septets, character).map(|()| septets.len())
}

/// The text of septets.
///
/// Never fails: an extension code that is not in the table shows its basic character, and an escape without a code, or
/// before another escape, shows a space (TS 23.038 6.2.1, notes 1 and 3). The top bit of an octet is ignored.
#[must_use]
pub fn decode(septets: &[u8]) -> String {
    let mut text = String::with_capacity(septets.len());
    let mut septets = septets.iter().map(|septet| septet & 0x7f);
    while let Some(septet) = septets.next() {
        if septet == ESCAPE {
            text.push(septets.next().map_or(' ', extended));
        } else {
            text.push(basic(septet));
        }
    }
    text
}

/// Packs septets into octets, the first septet in the lowest bits, after `fill_bits` zero bits (0 to 6).
#[must_use]
pub fn pack(septets: &[u8], fill_bits: usize) -> Vec<u8> {
    let mut octets = vec![0; (fill_bits + septets.len() * 7).div_ceil(8)];
    for (index, septet) in septets.iter().enumerate() {
        let bit = fill_bits + index * 7;
        let shifted = u16::from(septet & 0x7f) << (bit % 8);
        let [low, high] = shifted.to_le_bytes();
        if let Some(octet) = octets.get_mut(bit / 8) {
            *octet |= low;
        }
        if let Some(octet) = octets.get_mut(bit / 8 + 1) {
            *octet |= high;
        }
    }
    octets
}

/// Takes `count` septets out of octets after `fill_bits` bits; fewer where the octets end before.
#[must_use]
pub fn unpack(octets: &[u8], fill_bits: usize, count: usize) -> Vec<u8> {
    let available = (octets.len() * 8).saturating_sub(fill_bits) / 7;
    (0..count.min(available))
        .map(|index| {
            let bit = fill_bits + index * 7;
            let low = octets.get(bit / 8).copied().unwrap_or(0);
            let high = octets.get(bit / 8 + 1).copied().unwrap_or(0);
            (u16::from_le_bytes([low, high]) >> (bit % 8)) as u8 & 0x7f
        })
        .collect()
}

fn push_character(septets: &mut Vec<u8>, character: char) -> Option<()> {
    let basic =
        BASIC.iter().enumerate().find(|(code, entry)| **entry == character && *code != usize::from(ESCAPE));
    if let Some((code, _)) = basic {
        septets.push(code as u8);
        return Some(());
    }
    let (code, _) = EXTENSION.iter().find(|(_, entry)| *entry == character)?;
    septets.extend([ESCAPE, *code]);
    Some(())
}

fn basic(septet: u8) -> char {
    BASIC.get(usize::from(septet)).copied().unwrap_or(' ')
}

fn extended(septet: u8) -> char {
    EXTENSION
        .iter()
        .find(|(code, _)| *code == septet)
        .map_or_else(|| basic(septet), |(_, character)| *character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    /// TS 23.038 6.2.1, written as code points so that the rows do not repeat the table of the codec.
    const CODE_POINTS: &str = "\
        0040 00a3 0024 00a5 00e8 00e9 00f9 00ec 00f2 00c7 000a 00d8 00f8 000d 00c5 00e5 \
        0394 005f 03a6 0393 039b 03a9 03a0 03a8 03a3 0398 039e ---- 00c6 00e6 00df 00c9 \
        0020 0021 0022 0023 00a4 0025 0026 0027 0028 0029 002a 002b 002c 002d 002e 002f \
        0030 0031 0032 0033 0034 0035 0036 0037 0038 0039 003a 003b 003c 003d 003e 003f \
        00a1 0041 0042 0043 0044 0045 0046 0047 0048 0049 004a 004b 004c 004d 004e 004f \
        0050 0051 0052 0053 0054 0055 0056 0057 0058 0059 005a 00c4 00d6 00d1 00dc 00a7 \
        00bf 0061 0062 0063 0064 0065 0066 0067 0068 0069 006a 006b 006c 006d 006e 006f \
        0070 0071 0072 0073 0074 0075 0076 0077 0078 0079 007a 00e4 00f6 00f1 00fc 00e0";

    #[test]
    fn every_code_of_the_default_alphabet_has_its_character_both_ways() {
        let mut count = 0;
        for (code, point) in CODE_POINTS.split_whitespace().enumerate() {
            count += 1;
            if point == "----" {
                assert_eq!(code, usize::from(ESCAPE));
                continue;
            }
            let character = char::from_u32(u32::from_str_radix(point, 16).unwrap()).unwrap();
            assert_eq!(decode(&[code as u8]), character.to_string(), "code {code:02x}");
            assert_eq!(encode(&character.to_string()), Some(vec![code as u8]), "code {code:02x}");
            assert_eq!(septets_of(character), Some(1));
        }
        assert_eq!(count, 128);
    }

    #[test]
    fn every_extension_character_takes_two_septets() {
        let rows = [
            (0x0a, 0x0c),
            (0x14, 0x5e),
            (0x28, 0x7b),
            (0x29, 0x7d),
            (0x2f, 0x5c),
            (0x3c, 0x5b),
            (0x3d, 0x7e),
        ];
        for (code, point) in rows.into_iter().chain([(0x3e, 0x5d), (0x40, 0x7c), (0x65, 0x20ac)]) {
            let character = char::from_u32(point).unwrap();
            assert_eq!(decode(&[0x1b, code]), character.to_string(), "code 1b {code:02x}");
            assert_eq!(encode(&character.to_string()), Some(vec![0x1b, code]), "code 1b {code:02x}");
            assert_eq!(septets_of(character), Some(2));
        }
    }

    #[test]
    fn an_unknown_extension_shows_the_basic_character_and_a_lone_escape_a_space() {
        assert_eq!(decode(&[0x1b, 0x41, 0x42]), "AB");
        assert_eq!(decode(&[0x41, 0x1b]), "A ");
        assert_eq!(decode(&[0x1b, 0x1b, 0x41]), " A");
    }

    #[test]
    fn a_character_outside_both_tables_is_refused() {
        for text in ["ê", "`", "\t", "П", "🔥", "ok ç"] {
            assert_eq!(encode(text), None, "{text}");
        }
        assert_eq!(encode(""), Some(vec![]));
    }

    #[test]
    fn septets_are_packed_as_in_the_worked_example() {
        let septets = encode("hellohello").unwrap();
        assert_eq!(hex::encode_upper(pack(&septets, 0)), "E8329BFD4697D9EC37");
        assert_eq!(unpack(&hex::decode("E8329BFD4697D9EC37").unwrap(), 0, 10), septets);
    }

    #[test]
    fn eight_septets_fill_seven_octets_and_fill_bits_shift_them() {
        assert_eq!(pack(&[0x7f; 8], 0), [0xff; 7]);
        assert_eq!(pack(&[0x7f], 1), [0xfe]);
        assert_eq!(pack(&[0x01], 6), [0x40, 0x00]);
        assert_eq!(unpack(&[0xfe], 1, 1), [0x7f]);
        assert_eq!(unpack(&[0xfe], 1, 9), [0x7f], "no more than the octets hold");
    }

    #[test]
    fn packing_is_undone_by_unpacking_for_any_septets() {
        let mut rng = Seed(1).child("gsm7").rng();
        for _ in 0..2000 {
            let septets: Vec<u8> = (0..rng.below(161)).map(|_| rng.below(128) as u8).collect();
            let fill = rng.below(7) as usize;
            assert_eq!(unpack(&pack(&septets, fill), fill, septets.len()), septets);
            let text = decode(&septets);
            assert!(text.chars().count() <= septets.len());
        }
    }
}
