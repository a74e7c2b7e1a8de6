//! The door for gateways that run LoRa Basics Station: its LNS protocol over a websocket (basicstation 2.0.6, `tc.c`,
//! `s2e.c`, `timesync.c`).
//!
//! A station asks `/router-info` where to go, and is sent to `/router-<EUI>` at the same address; there it gets its
//! `router_config`, tells what it hears and is told what to send. A frame that the station could not place is told by its
//! silence alone. Region EU863-870. Not here: class B, `rejoin`, remote shell and commands, certificates and tokens of
//! stations.

mod config;
mod door;
mod message;
mod session;

pub use config::router_config;
pub use door::{BasicsStationDoor, StationSender};
pub use message::MessageError;
pub use session::{StationEvent, StationSession};

use simcore::lorawan::ChannelPlan;
use std::collections::BTreeMap;
use wire::id::Eui64;

/// The registered gateways and what each listens to.
pub type Stations = BTreeMap<Eui64, ChannelPlan>;
