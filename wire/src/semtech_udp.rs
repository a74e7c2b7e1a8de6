//! Semtech's packet forwarder protocol over UDP (Lora-net/sx1302_hal packet_forwarder/PROTOCOL.md v1.6).
//!
//! A datagram is read in two steps: the header, which is enough to acknowledge it, and the JSON body, which may be wrong
//! by itself. Unknown JSON fields are ignored. Protocol version 2; version 1, which lacks TX_ACK, is read and can be
//! answered in kind. Base64 is read padded or not, and written padded.

mod datagram;
mod downlink;
mod number;
mod uplink;

pub use datagram::{Datagram, DatagramError, Version};
pub use downlink::{TxAckCode, TxAckError, Txpk, TxpkError, When};
pub use number::{RadioModulation, WrongDataRate};
pub use uplink::{CrcStatus, PushBody, PushError, Rxpk, RxpkError, Stat};
