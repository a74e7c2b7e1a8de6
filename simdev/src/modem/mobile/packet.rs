//! The user plane of PDN connections: IP packets as they are, on the bearer of their context.

use super::{Mobile, MobileEvent};
use std::net::IpAddr;
use wire::air::cellular::RadioUp;
use wire::ip::Advertisement;
use wire::nas::PdnGrant;

impl Mobile {
    /// What was granted to a context: address, DNS servers, MTU; `None` while it is not active.
    pub(crate) fn context_grant(&self, cid: u8) -> Option<&PdnGrant> {
        self.connection(cid)
    }

    /// Sends an IP packet over a context. Nothing leaves while it is not active: a host learns of the end by
    /// [`MobileEvent::PdnDeactivated`], not by a packet.
    pub(crate) fn send_packet(&mut self, cid: u8, packet: Vec<u8>) {
        let bearer = self.context_grant(cid).map(|grant| grant.bearer).or_else(|| self.ghost(cid));
        if let (Some(cell), Some(bearer)) = (self.serving, bearer) {
            self.send_up(RadioUp::Packet { cell: cell.id, bearer, packet }, false);
        }
    }

    /// A packet for one of the contexts; one for a bearer that is gone is nobody's.
    pub(super) fn packet_arrived(&mut self, bearer: u8, packet: Vec<u8>) {
        let mut connections = self.connections().iter();
        if let Some(cid) = connections.find(|(_, grant)| grant.bearer == bearer).map(|(cid, _)| *cid) {
            if let Some(told) = Advertisement::parse(&packet) {
                self.prefixes.insert(cid, IpAddr::V6(told.prefix));
            }
            self.event(MobileEvent::Packet { cid, packet });
        }
    }
}
