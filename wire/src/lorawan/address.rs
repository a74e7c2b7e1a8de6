//! Addresses and nonces, each a type of its own (LoRaWAN 1.0.2 clauses 6.1.1, 6.2.4, 6.2.5).
//!
//! Little endian on the air, big endian for a person.

use crate::state::text_form;
use std::fmt;
use std::str::FromStr;

/// Why a text is not a DevAddr, NetID or nonce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {expected}")]
pub struct AddressError {
    text: String,
    expected: &'static str,
}

macro_rules! little_endian_number {
    ($(#[$doc:meta])* $name:ident, $number:ty, $octets:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($number);

        impl $name {
            /// From the number as a person reads it; bits that the field does not have are cut off.
            #[must_use]
            pub const fn from_value(value: $number) -> Self {
                Self(value & (<$number>::MAX >> (<$number>::BITS - 8 * $octets)))
            }

            /// The number as a person reads it.
            #[must_use]
            pub const fn value(self) -> $number {
                self.0
            }

            /// From the octets on the air, little endian.
            #[must_use]
            pub fn from_wire(octets: [u8; $octets]) -> Self {
                let mut wide = [0; size_of::<$number>()];
                wide[..$octets].copy_from_slice(&octets);
                Self(<$number>::from_le_bytes(wide))
            }

            /// The octets on the air, little endian.
            #[must_use]
            pub fn to_wire(self) -> [u8; $octets] {
                let mut octets = [0; $octets];
                octets.copy_from_slice(&self.0.to_le_bytes()[..$octets]);
                octets
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:0width$x}", self.0, width = 2 * $octets)
            }
        }

        impl FromStr for $name {
            type Err = AddressError;
            fn from_str(text: &str) -> Result<Self, AddressError> {
                let error = || AddressError { text: text.to_owned(), expected: $expected };
                if text.len() != 2 * $octets || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(error());
                }
                <$number>::from_str_radix(text, 16).map(Self).map_err(|_| error())
            }
        }

        text_form!($name);
    };
}

little_endian_number!(
    /// Device address: bits 31..25 NwkID, 24..0 NwkAddr. It is **not** unique.
    DevAddr, u32, 4, "a DevAddr: 8 hexadecimal digits"
);
little_endian_number!(
    /// Network identifier, 24 bits, whose seven low bits are the NwkID.
    NetId, u32, 3, "a NetID: 6 hexadecimal digits"
);
little_endian_number!(
    /// The device's random number of a join-request.
    DevNonce, u16, 2, "a DevNonce: 4 hexadecimal digits"
);
little_endian_number!(
    /// The server's number of a join-accept, 24 bits; it never repeats for a device.
    AppNonce, u32, 3, "an AppNonce: 6 hexadecimal digits"
);

impl DevAddr {
    /// The address `nwk_addr` (25 bits) in the network `net_id`.
    #[must_use]
    pub const fn in_network(net_id: NetId, nwk_addr: u32) -> Self {
        Self((net_id.nwk_id() as u32) << 25 | (nwk_addr & 0x01ff_ffff))
    }

    /// The seven bits that say which network the address belongs to.
    #[must_use]
    pub const fn nwk_id(self) -> u8 {
        (self.0 >> 25) as u8
    }
}

impl NetId {
    /// The seven low bits, as they stand in every DevAddr of the network.
    #[must_use]
    pub const fn nwk_id(self) -> u8 {
        (self.0 & 0x7f) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_air_is_little_endian_and_a_person_reads_big_endian() {
        let addr: DevAddr = "26011bda".parse().unwrap();
        assert_eq!(addr.to_wire(), [0xda, 0x1b, 0x01, 0x26]);
        assert_eq!(DevAddr::from_wire([0xda, 0x1b, 0x01, 0x26]), addr);
        assert_eq!(addr.to_string(), "26011bda");
        let net: NetId = "000013".parse().unwrap();
        assert_eq!(net.to_wire(), [0x13, 0, 0]);
        assert_eq!(AppNonce::from_wire([0x2a, 0, 0]).value(), 42);
        assert_eq!(DevNonce::from_value(0x1234).to_wire(), [0x34, 0x12]);
    }

    #[test]
    fn a_dev_addr_carries_the_low_bits_of_its_net_id() {
        let net = NetId::from_value(0x00_0013);
        assert_eq!(DevAddr::from_value(0x2601_1bda).nwk_id(), net.nwk_id());
        assert_eq!(DevAddr::in_network(net, 0xffff_ffff).value(), 0x27ff_ffff);
    }

    #[test]
    fn refuses_what_is_not_hexadecimal_or_too_wide() {
        assert!("26011bd".parse::<DevAddr>().is_err());
        assert!("+6011bda".parse::<DevAddr>().is_err());
        assert_eq!(NetId::from_value(0xff00_0013).value(), 0x13);
    }
}
