//! The whole operator: both networks and the customer's message store.

use crate::cellular::CellularCore;
use crate::lorawan::NetworkServer;
use crate::platform::MessageStore;

/// Everything behind the antenna.
#[derive(Debug)]
pub struct Core {
    /// Cellular: mobility, sessions, calls, short messages.
    pub cellular: CellularCore,
    /// LoRaWAN: network server and join server.
    pub lorawan: NetworkServer,
    /// Where a customer finds the messages of its LoRaWAN devices.
    pub platform: MessageStore,
}
