//! The values that stand in the templates of a dialect, as this modem has them at this moment.
//!
//! The simulated radio path knows a cell, its technology and its level. Channel, band and quality are those of one quiet
//! cell of each technology: they are shown where a maker's command shows them, and nothing is decided by them.

use super::Modem;
use super::names::names_of;
use crate::sim::{PinRef, PinState};
use wire::air::cellular::{HeardCell, Rat};

/// Reference signal received quality of an unloaded cell, dB.
const RSRQ_DB: i16 = -10;
/// Signal to interference and noise, dB.
const SINR_DB: i16 = 18;
/// What a carrier of 10 MHz has in power above one of its reference signals.
const RSSI_ABOVE_RSRP_DB: i16 = 28;

/// Channel and band of the cells of a technology.
const fn channel(rat: Rat) -> (u32, u32) {
    match rat {
        Rat::Gsm => (62, 8),
        Rat::Utran => (10_663, 1),
        Rat::Eutran => (1650, 3),
    }
}

/// Values that are the same for every modem and every cell.
const FIXED: &[(&str, &str)] = &[
    ("dl_bandwidth", "3"),
    ("ul_bandwidth", "3"),
    ("dl_blocks", "50"),
    ("ul_blocks", "50"),
    ("srxlev", "38"),
    ("tmsi", "d60814d1"),
    ("mme_group", "8001"),
    ("mme_code", "01"),
    ("remainder", "3,1,10,28,-50,-6,0,255,255,0"),
    ("drx", "64"),
    ("domains", "3"),
    ("mobility", "19"),
];

impl Modem {
    /// The value called `name`; `None` where there is none, such as an area without service.
    pub(super) fn vendor_value(&mut self, name: &str) -> Option<String> {
        let fixed = FIXED.iter().find(|row| row.0 == name).map(|row| row.1.to_owned());
        fixed
            .or_else(|| self.value_of_module(name))
            .or_else(|| self.value_of_card(name))
            .or_else(|| self.value_of_cell(name, self.mobile.registration().cell?))
    }

    fn value_of_module(&self, name: &str) -> Option<String> {
        let identity = &self.config.model.identity;
        Some(match name {
            "manufacturer" => identity.manufacturer.to_owned(),
            "model" => identity.model.to_owned(),
            "revision" => identity.revision.to_owned(),
            "imei" => self.config.imei.to_string(),
            "registration" => self.mobile.registration().stat.number().to_string(),
            "rrc" if self.mobile.has_call() => "CONNECT".to_owned(),
            "rrc" => "NOCONN".to_owned(),
            "rrc_number" => u8::from(self.mobile.has_call()).to_string(),
            "cause" => capitalised(self.mobile.last_failure()?),
            "cause_name" => self.mobile.last_failure()?.to_uppercase().replace([' ', '-'], "_"),
            _ => return None,
        })
    }

    fn value_of_card(&mut self, name: &str) -> Option<String> {
        let card = self.mobile.card_mut()?;
        let attempts = match name {
            "pin1" | "puk1" | "pending" => card.attempts(PinRef::Pin1),
            "pin2" | "puk2" => card.attempts(PinRef::Pin2),
            "iccid" => return Some(card.iccid().to_string()),
            "iccid_filled" => return Some(format!("{:F<20}", card.iccid().to_string())),
            "imsi" => return card.imsi().ok().map(|imsi| imsi.as_str().to_owned()),
            _ => return None,
        };
        let blocked = matches!(card.pin_state(PinRef::Pin1), PinState::Blocked | PinState::Dead);
        let left = if name.starts_with("puk") || (name == "pending" && blocked) {
            attempts.puk
        } else {
            attempts.pin
        };
        Some(left.to_string())
    }

    fn value_of_cell(&self, name: &str, cell: HeardCell) -> Option<String> {
        let (id, digits) = (cell.id, cell.id.plmn.digits());
        let (mcc, mnc) = digits.split_at_checked(3)?;
        let (earfcn, band) = channel(cell.rat);
        Some(match name {
            "act" => self.shown_act(cell.rat).to_string(),
            "plmn" => digits,
            "mcc" => mcc.to_owned(),
            "mnc" => mnc.to_owned(),
            "plmn_dashed" => format!("{mcc}-{mnc}"),
            "plmn_spaced" => format!("{mcc} {mnc}"),
            "network" => names_of(id.plmn).0,
            "network_short" => names_of(id.plmn).1,
            "tac" => format!("{:04X}", id.tac),
            "tac_lower" => format!("{:04x}", id.tac),
            "tac_decimal" => id.tac.to_string(),
            "cell" => format!("{:08X}", id.cell),
            "cell_upper" => format!("{:X}", id.cell),
            "cell_lower" => format!("{:x}", id.cell),
            "cell_decimal" => id.cell.to_string(),
            "pci" => (id.cell % 504).to_string(),
            "earfcn" => earfcn.to_string(),
            "band" => band.to_string(),
            _ => return level(name, cell),
        })
    }

    /// The `<AcT>` that the family shows for a technology.
    pub(super) fn shown_act(&self, rat: Rat) -> u8 {
        self.mobile.registration().act(rat)
    }
}

/// Levels and qualities of a cell.
fn level(name: &str, cell: HeardCell) -> Option<String> {
    let rsrp = cell.rsrp_dbm;
    let rssi = rsrp + if cell.rat == Rat::Eutran { RSSI_ABOVE_RSRP_DB } else { 0 };
    let value = match name {
        "rsrp" => rsrp,
        "rsrp_tenths" => rsrp.saturating_mul(10),
        "rsrp_index" => (rsrp + 141).clamp(0, 97),
        "rssi" => rssi,
        "rssi_tenths" => rssi.saturating_mul(10),
        "rsrq" => RSRQ_DB,
        "rsrq_tenths" => RSRQ_DB * 10,
        "rsrq_index" => RSRQ_DB * 2 + 40,
        "sinr" => SINR_DB,
        "sinr_quectel" => (SINR_DB + 20) * 5,
        "snr_index" => SINR_DB + 24,
        _ => return None,
    };
    Some(value.to_string())
}

/// The name of a cause with its first letter in upper case.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
