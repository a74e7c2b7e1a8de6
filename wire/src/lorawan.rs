//! LoRaWAN 1.0.2 (July 2016) with the Regional Parameters 1.0.2rB, bands EU868, US915, AS923 and AU915.
//!
//! A received PHYPayload becomes a checked view ([`Frame`]); a message is a plain value that is sealed into bytes, which
//! cannot fail. Numbers on the air are little endian; what is printed for a person is big endian. No behaviour over time
//! is here: receive windows, sessions and repetition belong to the device and to the network server.

pub mod address;
pub mod airtime;
pub mod as923;
pub mod au915;
pub mod counter;
pub mod crypto;
pub mod data;
pub mod eu868;
pub mod frame;
pub mod join;
pub mod loratap;
pub mod mac;
pub mod region;
pub mod timing;
pub mod us915;

pub use address::{AppNonce, DevAddr, DevNonce, NetId};
pub use crypto::{Direction, Mic, SessionKeys};
pub use data::{DataFrame, DataMessage, FOpts, PortPayload};
pub use frame::{Claim, Frame, FrameError};
pub use join::{
    CfList, DlSettings, JoinAccept, JoinAcceptError, JoinAcceptFrame, JoinRequest, JoinRequestFrame,
};
pub use region::{Band, DataRate, PayloadRule, Region};
