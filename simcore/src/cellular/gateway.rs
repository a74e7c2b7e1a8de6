//! The packet gateway: the user plane of PDN connections.

use super::CellularCore;
use wire::air::cellular::{CellId, UeId};
use wire::time::Instant;

impl CellularCore {
    /// An IP packet of a PDN connection.
    pub fn handle_packet(&mut self, now: Instant, ue: UeId, cell: CellId, bearer: u8, packet: Vec<u8>) {
        self.advance(now);
        self.contact(ue, cell);
        let _ = (bearer, packet);
    }
}
