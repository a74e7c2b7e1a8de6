//! How values are written into the state that a core keeps over a restart.
//!
//! Identities stand as the text that people write, short messages as the octets that travel, in hexadecimal. What is read
//! back passes the same check as any other input. A key has no such form: whoever keeps one does it knowingly.

use crate::sms::{Address, Deliver, Direction, StatusReport, Submit, Timestamp, Tpdu};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type that is written by its `Display` and read by its `FromStr`.
macro_rules! text_form {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_form;

macro_rules! tpdu_form {
    ($name:ident, $direction:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&hex::encode(self.to_octets()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let octets = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
                let tpdu = Tpdu::parse(Direction::$direction, &octets).map_err(D::Error::custom)?;
                let Tpdu::$name(message) = tpdu else {
                    return Err(D::Error::custom(concat!("the TPDU is not a ", stringify!($name))));
                };
                Ok(message)
            }
        }
    };
}

/// Octets that a type is written as, in hexadecimal.
macro_rules! octets_form {
    ($name:ident, $write:expr, $read:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&hex::encode($write(self)))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let octets = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
                $read(octets.as_slice()).map_err(D::Error::custom)
            }
        }
    };
}

octets_form!(Address, Address::octets, Address::from_octets);
octets_form!(Timestamp, |stamp: &Timestamp| stamp.octets(), |octets: &[u8]| octets
    .try_into()
    .map(Timestamp::from_octets));
tpdu_form!(Submit, MobileToNetwork);
tpdu_form!(Deliver, NetworkToMobile);
tpdu_form!(StatusReport, NetworkToMobile);
