//! Octets of the line as text, and back: nothing that a host can send is lost.
//!
//! Most of what crosses the line is ASCII or UTF-8 and is read as such. An octet that is neither (a character of
//! ISO 8859-1, TS 27.007 clause 5.5, or noise) becomes a character of a private area of its own, U+F780 to U+F7FF, from
//! which the octet can be had again.

/// The private character of octet 0.
const PRIVATE: u32 = 0xf700;

/// The text of these octets.
#[must_use]
pub fn text_of(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        for character in chunk.valid().chars() {
            if octet(character).is_some() {
                // A private character itself would come back as one octet.
                text.extend(character.encode_utf8(&mut [0; 4]).bytes().map(private));
            } else {
                text.push(character);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(private));
    }
    text
}

/// The octets of this text.
#[must_use]
pub fn octets_of(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    for character in text.chars() {
        match octet(character) {
            Some(octet) => octets.push(octet),
            None => octets.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    octets
}

/// The character that stands for an octet which is no text by itself; ASCII stands for itself.
#[must_use]
pub fn private(octet: u8) -> char {
    if octet.is_ascii() {
        return char::from(octet);
    }
    char::from_u32(PRIVATE + u32::from(octet)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The octet that a private character stands for.
fn octet(character: char) -> Option<u8> {
    u8::try_from(u32::from(character).checked_sub(PRIVATE)?).ok().filter(|octet| !octet.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn text_is_read_as_utf_8_and_other_octets_are_kept() {
        assert_eq!(text_of("élan".as_bytes()), "élan");
        assert_eq!(text_of(b"caf\xe9"), "caf\u{f7e9}");
        assert_eq!(octets_of("caf\u{f7e9}"), b"caf\xe9");
        assert_eq!(octets_of("é"), [0xc3, 0xa9]);
        assert_eq!(private(b'A'), 'A');
        let itself = "\u{f7e9}".as_bytes();
        assert_eq!(octets_of(&text_of(itself)), itself);
    }

    #[test]
    fn any_octets_come_back_as_they_were() {
        let mut rng = Seed(11).rng();
        for length in 0..200 {
            let octets: Vec<u8> = (0..length).map(|_| rng.octets::<1>()[0]).collect();
            let kept = octets_of(&text_of(&octets));
            assert_eq!(kept, octets);
        }
    }
}
