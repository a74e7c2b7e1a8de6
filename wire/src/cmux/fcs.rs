//! The frame check sequence (TS 27.010 5.2.1.6): x^8 + x^2 + x + 1, reversed, preset to ones, complemented.

/// The check octet over these octets.
#[must_use]
pub fn fcs(octets: &[u8]) -> u8 {
    !octets.iter().fold(0xff, |register, octet| step(register ^ octet))
}

const fn step(mut register: u8) -> u8 {
    let mut bit = 0;
    while bit < 8 {
        register = if register & 1 == 1 { (register >> 1) ^ 0xe0 } else { register >> 1 };
        bit += 1;
    }
    register
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check octets of published traces.
    #[test]
    fn published_frames_check() {
        assert_eq!(fcs(&[0x03, 0x3f, 0x01]), 0x1c);
        assert_eq!(fcs(&[0x03, 0x73, 0x01]), 0xd7);
        assert_eq!(fcs(&[0x07, 0xef, 0x07]), 0xd3);
    }
}
