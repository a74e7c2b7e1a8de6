//! Names on a card: alpha identifiers in the GSM 7-bit alphabet, one septet per octet, or in UCS2.
//!
//! Spec: 3GPP TS 51.011 annex B and TS 31.102 annex A: the first octet 80, 81 or 82 announces one of three UCS2
//! codings. Unused octets are FF.

use wire::sms::gsm7;

/// A name in `size` octets; `None` when it does not fit. UCS2 is written in the coding 80.
pub(super) fn encode(name: &str, size: usize) -> Option<Vec<u8>> {
    let mut octets = gsm7::encode(name).unwrap_or_else(|| {
        std::iter::once(0x80).chain(name.encode_utf16().flat_map(u16::to_be_bytes)).collect()
    });
    if octets.len() > size {
        return None;
    }
    octets.resize(size, 0xff);
    Some(octets)
}

/// The name in these octets; never fails.
pub(super) fn decode(octets: &[u8]) -> String {
    match octets {
        [0x80, rest @ ..] => ucs2(rest),
        [0x81, length, base, rest @ ..] => based(*length, u32::from(*base) << 7, rest),
        [0x82, length, high, low, rest @ ..] => based(*length, u32::from_be_bytes([0, 0, *high, *low]), rest),
        _ => gsm7::decode(octets.split(|octet| *octet == 0xff).next().unwrap_or_default()),
    }
}

fn ucs2(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    String::from_utf16_lossy(&units.take_while(|unit| *unit != 0xffff).collect::<Vec<u16>>())
}

/// Octets below 80 are of the GSM alphabet, the others count from a base.
fn based(length: u8, base: u32, octets: &[u8]) -> String {
    let character = |octet: &u8| match octet {
        0..=0x7f => gsm7::decode(&[*octet]),
        _ => {
            char::from_u32(base + u32::from(octet & 0x7f)).unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
    };
    octets.iter().take(usize::from(length)).map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::seed::Seed;

    #[test]
    fn names_are_coded_as_in_the_annex() {
        let rows = [
            ("SERVER", "534552564552FFFFFFFFFFFFFFFF"),
            ("", "FFFFFFFFFFFFFFFFFFFFFFFFFFFF"),
            ("Éa@", "1F6100FFFFFFFFFFFFFFFFFFFFFF"),
            ("Пр", "80041F0440FFFFFFFFFFFFFFFFFF"),
        ];
        for (name, hex) in rows {
            assert_eq!(encode(name, 14).map(hex::encode_upper).as_deref(), Some(hex), "{name}");
            assert_eq!(decode(&hex::decode(hex).unwrap()), name);
        }
    }

    /// TS 31.102 annex A: in coding 81, base 13 is 0980 and the octet 95 adds 15 to it; 53 is the S of the GSM alphabet.
    #[test]
    fn the_based_codings_are_read() {
        assert_eq!(decode(&hex::decode("81041353959AA6FFFF").unwrap()), "S\u{995}\u{99a}\u{9a6}");
        assert_eq!(decode(&hex::decode("820205302D82").unwrap()), "-\u{532}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(encode("12345678901234", 14).is_some());
        assert!(encode("123456789012345", 14).is_none());
        assert!(encode("1234567890123€", 14).is_none(), "the euro takes two septets");
        assert!(encode("Привет", 14).is_some());
        assert!(encode("Приветы", 14).is_none());
    }

    #[test]
    fn any_octets_are_read_without_panic() {
        let mut rng = Seed(1).child("alpha").rng();
        for _ in 0..5000 {
            let mut octets: [u8; 14] = rng.octets();
            octets[0] = 0x7e + rng.below(6) as u8;
            let _ = decode(&octets[..rng.below(15) as usize]);
        }
    }
}
