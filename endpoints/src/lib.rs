//! The core's doors for outside clients of live labs.
//!
//! Each door is a thin socket around a protocol state that has no socket: the state is tested with bytes, the socket
//! with a loopback connection. Doors listen on the loopback address unless the lab file says otherwise.

pub mod basics_station;
pub mod semtech_udp;
pub mod smpp;
mod tls;

pub use tls::{ClientAuthority, Tls, TlsError};
