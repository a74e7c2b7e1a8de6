//! The customer's message platform, as Live Objects is to a LoRaWAN device: store, index, search.
//!
//! Field names follow the published data message with `metadata.network.lora`. Time stamps are UTC with milliseconds.
//! Memory is bounded: the oldest messages go first. Not here: MQTT, HTTP, FIFOs and keys, which are doors onto this store.

mod message;
mod store;

pub use message::{Location, StoredMessage, equivalent_signal_power, signal_level};
pub use store::{MessageStore, Query};
