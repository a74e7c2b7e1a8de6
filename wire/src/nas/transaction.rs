//! Transaction identifiers: which of several calls or service requests a message belongs to (TS 24.007 11.2.3.1.3).

use std::fmt;

/// A side of the radio path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Side {
    /// The mobile.
    Mobile,
    /// The network.
    Network,
}

/// A transaction: a value from 0 to 6, given by the side that began it. Both sides may use the same value at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct TransactionId {
    origin: Side,
    value: u8,
}

impl TransactionId {
    /// Every value that a side can give.
    pub const VALUES: std::ops::RangeInclusive<u8> = 0..=6;

    /// The transaction that `origin` began under this value; `None` above 6, which is reserved.
    #[must_use]
    pub const fn new(origin: Side, value: u8) -> Option<Self> {
        if value <= 6 { Some(Self { origin, value }) } else { None }
    }

    /// The lowest transaction of a side that is not in use.
    #[must_use]
    pub fn free(origin: Side, in_use: impl Fn(Self) -> bool) -> Option<Self> {
        Self::VALUES.map(|value| Self { origin, value }).find(|candidate| !in_use(*candidate))
    }

    /// The side that began it.
    #[must_use]
    pub const fn origin(self) -> Side {
        self.origin
    }

    /// The value.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.value
    }

    /// The first octet of a message from `sender`: flag, value and protocol discriminator. The flag is 0 from the side
    /// that began the transaction.
    #[must_use]
    pub fn octet(self, sender: Side, discriminator: u8) -> u8 {
        u8::from(sender != self.origin) << 7 | self.value << 4 | discriminator & 0x0f
    }

    /// The transaction of the first octet of a message from `sender`; `None` for the reserved value 7.
    #[must_use]
    pub const fn from_octet(octet: u8, sender: Side) -> Option<Self> {
        let origin = match (octet & 0x80 == 0, sender) {
            (true, side) => side,
            (false, Side::Mobile) => Side::Network,
            (false, Side::Network) => Side::Mobile,
        };
        Self::new(origin, octet >> 4 & 7)
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.origin {
            Side::Mobile => "MO",
            Side::Network => "MT",
        };
        write!(f, "TI {} {side}", self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_tells_who_began_the_transaction() {
        // A request and its answer as Osmocom's MSC tests have them: 0B 3B from the mobile, 8B 2A from the network.
        let from_mobile = TransactionId::from_octet(0x0b, Side::Mobile).unwrap();
        assert_eq!(TransactionId::from_octet(0x8b, Side::Network), Some(from_mobile));
        assert_eq!(from_mobile.octet(Side::Network, 0x0b), 0x8b);
        assert_eq!(TransactionId::from_octet(0x7b, Side::Mobile), None, "7 is reserved");
        for octet in (0..=0x6b_u8).step_by(0x10).chain((0x8b..=0xeb).step_by(0x10)) {
            for side in [Side::Mobile, Side::Network] {
                let known = TransactionId::from_octet(octet | 0x0b, side).unwrap();
                assert_eq!(known.octet(side, 0x0b), octet | 0x0b);
            }
        }
    }

    #[test]
    fn the_lowest_free_value_is_given_and_none_when_all_are_taken() {
        let free = |taken: &[u8]| {
            TransactionId::free(Side::Mobile, |id| taken.contains(&id.value())).map(TransactionId::value)
        };
        assert_eq!((free(&[]), free(&[0, 1]), free(&[0, 1, 2, 3, 4, 5, 6])), (Some(0), Some(2), None));
    }
}
