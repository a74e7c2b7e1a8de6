//! The equipment identity register: white, grey and black lists (TS 22.016, TS 23.018 10.7, TS 29.272 clause 6).
//!
//! The register is asked in every attach. An equipment that is on no list is white. A black one is refused with #6 (illegal
//! ME); in an emergency it is let in, unless the regulator says otherwise: then it is refused with #5 (IMEI not accepted). A grey
//! one is let in and noted.

use super::CellularCore;
use super::note::{ControlNote, MobilityNote};
use wire::id::{Imei, Imsi};

/// A list of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum EquipmentList {
    /// Allowed.
    White,
    /// Allowed, and watched.
    Grey,
    /// Barred: stolen, or a danger to the network.
    Black,
}

impl EquipmentList {
    /// All of them with their names in scripts.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("white", Self::White), ("grey", Self::Grey), ("black", Self::Black)];

    /// The name in scripts and notes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Grey => "grey",
            Self::Black => "black",
        }
    }
}

impl CellularCore {
    /// Puts an equipment on a list. A device that is registered notices at its next attach.
    pub fn list_equipment(&mut self, imei: &Imei, list: EquipmentList) {
        if list == EquipmentList::White {
            self.equipment.remove(imei);
        } else {
            self.equipment.insert(imei.clone(), list);
        }
        self.note(ControlNote::EquipmentListed { imei: imei.clone(), list });
    }

    /// The list that an equipment is on.
    #[must_use]
    pub fn equipment_list(&self, imei: &Imei) -> EquipmentList {
        self.equipment.get(imei).copied().unwrap_or(EquipmentList::White)
    }

    /// Notes that a grey equipment was let in.
    pub(super) fn watch_equipment(&mut self, imsi: &Imsi, imei: &Imei) {
        if self.equipment_list(imei) == EquipmentList::Grey {
            self.note(MobilityNote::GreyEquipment { imsi: imsi.clone(), imei: imei.clone() });
        }
    }
}
