//! The 16-bit frame check sequence (RFC 1662 clause C.2): x^16 + x^12 + x^5 + 1, reversed.

/// What the register holds after a frame and its own check sequence.
const GOOD: u16 = 0xf0b8;

fn register(octets: &[u8]) -> u16 {
    octets.iter().fold(0xffff, |register, octet| step(register ^ u16::from(*octet)))
}

const fn step(mut register: u16) -> u16 {
    let mut bit = 0;
    while bit < 8 {
        register = if register & 1 == 1 { (register >> 1) ^ 0x8408 } else { register >> 1 };
        bit += 1;
    }
    register
}

/// The check sequence that is sent after these octets, low octet first.
#[must_use]
pub fn fcs(octets: &[u8]) -> [u8; 2] {
    (!register(octets)).to_le_bytes()
}

/// Whether octets end with the right check sequence.
#[must_use]
pub fn is_good(octets: &[u8]) -> bool {
    register(octets) == GOOD
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-16/X-25 in the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_catalogue_value() {
        assert_eq!(fcs(b"123456789"), 0x906e_u16.to_le_bytes());
        assert!(is_good(b"123456789\x6e\x90"));
        assert!(!is_good(b"123456788\x6e\x90"));
    }
}
