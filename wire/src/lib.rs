//! Bytes to values and back, and the words that the other crates share.
//!
//! Nothing here behaves over time: a codec turns octets into a value or says what is wrong with them, and a value can
//! always be written out again. Both ends of the cable and both ends of the radio path use this crate, so a mirrored
//! coding error would go unseen: every codec is tested against vectors that somebody else made.

pub mod air;
pub mod at;
pub mod cause;
pub mod cmux;
pub mod dialect;
pub mod gsmtap;
pub mod id;
pub mod ip;
pub mod lorawan;
pub mod milenage;
pub mod nas;
pub mod ota;
pub mod plmn;
pub mod ppp;
pub mod seed;
pub mod semtech_udp;
pub mod sms;
pub mod sockets;
pub mod ss;
mod state;
pub mod time;
