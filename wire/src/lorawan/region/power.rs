//! Where a region may send, how often and how loud.

use crate::air::lora::Hertz;

/// A part of the band with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubBand {
    /// Lower edge.
    pub low: Hertz,
    /// Upper edge.
    pub high: Hertz,
    /// The share of time that one sender may use, in thousandths; 1000 is no limit.
    pub duty_per_mille: u16,
    /// The most that may be radiated, ERP in dBm (EIRP is 2.15 dB more).
    pub max_erp_dbm: i8,
}

pub(in super::super) const fn sub_band(low: u32, high: u32, duty_per_mille: u16, max_erp_dbm: i8) -> SubBand {
    SubBand { low: Hertz(low), high: Hertz(high), duty_per_mille, max_erp_dbm }
}

/// The EIRP in dBm that an index of TxParamSetupReq stands for (LoRaWAN 1.0.2 clause 5.8); the field has four bits.
#[must_use]
pub fn max_eirp_of_index(index: u8) -> i8 {
    const TABLE: [i8; 16] = [8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36];
    TABLE[usize::from(index & 0x0f)]
}
