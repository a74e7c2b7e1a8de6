//! The cellular radio path: cells as a mobile hears them, NAS messages, and the packets of PDN connections.
//!
//! Signal levels are RSRP in dBm. The ether answers a search after the time that a search takes, delivers a message
//! after the air's latency, or reports that the cell is gone; it never says why a network decided what it decided.

use crate::nas::{NasDown, NasUp};
use crate::plmn::Plmn;
use std::fmt;

/// Radio access technology, with the access technology number of TS 27.007 clause 7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Rat {
    /// GSM, number 0.
    Gsm,
    /// UTRAN, number 2.
    Utran,
    /// E-UTRAN, number 7.
    Eutran,
}

impl Rat {
    /// The `<AcT>` number that AT commands show.
    #[must_use]
    pub const fn act(self) -> u8 {
        match self {
            Self::Gsm => 0,
            Self::Utran => 2,
            Self::Eutran => 7,
        }
    }
}

/// The identity of a cell: unique within its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct CellId {
    /// The network that broadcasts the cell.
    pub plmn: Plmn,
    /// Tracking area code (E-UTRAN) or location area code.
    pub tac: u16,
    /// Cell identity, 28 bits in E-UTRAN.
    pub cell: u32,
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} TAC {:04X} cell {:08X}", self.plmn, self.tac, self.cell)
    }
}

/// The handle that the ether gives to a mobile's radio, so that the core can answer whom it heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct UeId(pub u32);

/// A cell as a mobile hears it during a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeardCell {
    /// Which cell.
    pub id: CellId,
    /// Its radio access technology.
    pub rat: Rat,
    /// Reference signal received power, dBm.
    pub rsrp_dbm: i16,
}

/// From the mobile to the ether.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RadioUp {
    /// Search all bands; answered by [`RadioDown::Searched`].
    Search,
    /// The mobile now listens to this cell, without saying anything to the network.
    Camped(CellId),
    /// A NAS message to the network behind the cell.
    Nas {
        /// The cell that the mobile camps on.
        cell: CellId,
        /// The message.
        message: NasUp,
    },
    /// One IP packet of a PDN connection; lost when the cell cannot be heard.
    Packet {
        /// The cell that the mobile camps on.
        cell: CellId,
        /// EPS bearer identity.
        bearer: u8,
        /// The packet, from its IP header on.
        packet: Vec<u8>,
    },
}

/// From the ether to the mobile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RadioDown {
    /// Every cell that can be heard, strongest first.
    Searched(Vec<HeardCell>),
    /// A NAS message from the network behind the cell that the mobile last used.
    Nas(NasDown),
    /// The network pages the mobile.
    Paging,
    /// The network released the connection: the mobile is idle.
    Released,
    /// The cell that the mobile last used can no longer be heard.
    CellLost,
    /// One page of a cell broadcast message, which every mobile on the cell hears (TS 23.041 9.4.1.2).
    Broadcast(Vec<u8>),
    /// One IP packet of a PDN connection.
    Packet {
        /// EPS bearer identity.
        bearer: u8,
        /// The packet, from its IP header on.
        packet: Vec<u8>,
    },
}
