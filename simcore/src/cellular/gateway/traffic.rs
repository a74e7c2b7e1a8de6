//! What is counted of a PDN connection, and why a packet went nowhere.

use crate::cellular::history::{Closing, Communication};
use std::fmt;
use wire::air::cellular::CellId;
use wire::cause::EsmCause;
use wire::nas::PdnAddress;
use wire::time::Instant;

/// Packets and octets of user data, IP headers included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Traffic {
    /// Packets from the mobile.
    pub packets_up: u64,
    /// Octets from the mobile.
    pub octets_up: u64,
    /// Packets to the mobile.
    pub packets_down: u64,
    /// Octets to the mobile.
    pub octets_down: u64,
    /// Packets in either direction that were dropped; those are not counted above, except by a route that is closed.
    pub dropped: u64,
}

impl Traffic {
    /// Octets in both directions.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets_up + self.octets_down
    }

    pub(in crate::cellular) fn add(&mut self, other: Self) {
        self.packets_up += other.packets_up;
        self.octets_up += other.octets_up;
        self.packets_down += other.packets_down;
        self.octets_down += other.octets_down;
        self.dropped += other.dropped;
    }

    pub(super) fn sent_up(&mut self, octets: usize) {
        self.packets_up += 1;
        self.octets_up += octets as u64;
    }

    pub(super) fn sent_down(&mut self, octets: usize) {
        self.packets_down += 1;
        self.octets_down += octets as u64;
    }
}

/// A session that ended, as the platform shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionRecord {
    /// Network identifier of the APN.
    pub apn: String,
    /// The address of the device.
    pub address: PdnAddress,
    /// When it began.
    pub since: Instant,
    /// When it ended.
    pub until: Instant,
    /// Network and cell in which the mobile was last heard.
    pub cell: CellId,
    /// Volume.
    pub traffic: Traffic,
    /// Why it ended.
    pub cause: EsmCause,
}

impl SessionRecord {
    /// A communication that was a PDN connection and has ended.
    pub(super) fn of(known: &Communication) -> Option<Self> {
        let (Some((until, Closing::Released(cause))), Some(apn), Some(address), Some(place)) =
            (known.ended, known.apn.clone(), known.address, known.place.as_ref())
        else {
            return None;
        };
        let (cell, traffic, since) = (place.cell, known.traffic, known.began);
        Some(Self { apn, address, since, until, cell, traffic, cause })
    }
}

/// Why a packet went nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The mobile has no such connection.
    NoConnection,
    /// Not a whole IP packet.
    Malformed,
    /// The source is not the address of the connection.
    ForeignSource,
    /// Larger than the connection's MTU.
    TooBig,
    /// The access point does not lead there.
    NotReachable,
    /// The destination is another mobile.
    AnotherMobile,
    /// The content filter answered in place of the server.
    Filtered,
    /// The address translation knows nothing of it, or nothing any more.
    NoBinding,
    /// The tunnel to the customer's gateway is down.
    TunnelDown,
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => "the mobile has no such connection",
            Self::Malformed => "not a whole IP packet",
            Self::ForeignSource => "the source is not the address of the connection",
            Self::TooBig => "larger than the MTU",
            Self::NotReachable => "the access point does not lead there",
            Self::AnotherMobile => "the destination is another mobile",
            Self::Filtered => "the content filter stands in its place",
            Self::NoBinding => "the address translation has no binding for it",
            Self::TunnelDown => "the tunnel to the customer's gateway is down",
        })
    }
}
