//! The door for the customers' applications: SMPP 3.4 over TCP, with or without TLS.
//!
//! The protocol lives in [`Server`], which has no socket; [`SmppDoor`] listens, hands over what comes and sends what it
//! is given. A connection is read no further than the server has got with it, so that nobody can fill the memory.

mod content;
mod door;
pub mod pdu;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod time;
mod translate;
mod wiretap;

pub use crate::tls::{Tls, TlsError};
pub use door::{DoorInput, SmppDoor, SmppSender};
pub use server::{Call, ConnectionId, Outgoing, Server, Timers};
pub use wiretap::{Crossed, Wiretap};

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The usual port, on the loopback address.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2775);
