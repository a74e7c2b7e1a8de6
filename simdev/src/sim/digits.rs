//! Digits in swapped half octets, as identities are coded on a card.

/// Packs half octets two by two, the first in the low half, and fills up to `size` octets with F.
pub(super) fn pack(halves: &[u8], size: usize) -> Vec<u8> {
    let mut octets: Vec<u8> = halves
        .chunks(2)
        .map(|pair| pair.first().unwrap_or(&15) | (pair.get(1).unwrap_or(&15) << 4))
        .collect();
    octets.resize(size, 0xff);
    octets
}

/// The decimal digits up to the first half octet that is none.
pub(super) fn unpack(octets: &[u8]) -> String {
    let halves = octets.iter().flat_map(|octet| [octet & 15, octet >> 4]);
    halves.map_while(|half| char::from_digit(u32::from(half), 10)).collect()
}

/// The values of the decimal digits of a text.
pub(super) fn values(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
}
