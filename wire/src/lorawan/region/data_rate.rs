//! Data rates: modulation and payload limits.

use super::super::crypto::Direction;
use crate::air::lora::Modulation;
use std::fmt;

/// A data rate of the region, DR0 to DR15. Whether the region defines it is asked of the region.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct DataRate(pub u8);

impl fmt::Display for DataRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DR{}", self.0)
    }
}

/// For which direction a data rate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Uplinks.
    Up,
    /// Downlinks.
    Down,
    /// Both.
    Both,
}

impl Way {
    pub(super) fn includes(self, direction: Direction) -> bool {
        match self {
            Self::Both => true,
            Self::Up => direction == Direction::Up,
            Self::Down => direction == Direction::Down,
        }
    }
}

/// Which column of the payload limits counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayloadRule {
    /// No repeater, no limit of dwell time by TxParamSetupReq.
    #[default]
    Plain,
    /// The frame may pass a repeater, which adds its own header.
    Repeater,
    /// TxParamSetupReq limits dwell time to 400 ms, or none has come yet.
    Dwell,
}

impl PayloadRule {
    /// The rule where no repeater is.
    #[must_use]
    pub const fn with_dwell(limited: bool) -> Self {
        if limited { Self::Dwell } else { Self::Plain }
    }
}

/// One data rate: its limits are N, the largest FRMPayload while FOpts is empty.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct DataRateRow {
    pub(super) modulation: Option<Modulation>,
    pub(super) way: Way,
    plain: u8,
    repeater: u8,
    /// `None`: the data rate is not allowed then.
    dwell: Option<u8>,
}

impl DataRateRow {
    pub(in super::super) const fn lora(
        way: Way,
        (spreading_factor, bandwidth_khz): (u8, u16),
        plain: u8,
        repeater: u8,
    ) -> Option<Self> {
        let modulation = Some(Modulation { spreading_factor, bandwidth_khz });
        Some(Self { modulation, way, plain, repeater, dwell: Some(plain) })
    }

    pub(in super::super) const fn fsk(plain: u8, repeater: u8) -> Option<Self> {
        Some(Self { modulation: None, way: Way::Both, plain, repeater, dwell: Some(plain) })
    }

    /// A data rate of both directions with its own limit in dwell time.
    pub(in super::super) const fn in_dwell(
        (spreading_factor, bandwidth_khz): (u8, u16),
        plain: u8,
        repeater: u8,
        dwell: Option<u8>,
    ) -> Option<Self> {
        let modulation = Some(Modulation { spreading_factor, bandwidth_khz });
        Some(Self { modulation, way: Way::Both, plain, repeater, dwell })
    }

    pub(super) fn max_frm_payload(&self, rule: PayloadRule) -> Option<usize> {
        match rule {
            PayloadRule::Plain => Some(self.plain),
            PayloadRule::Repeater => Some(self.repeater),
            PayloadRule::Dwell => self.dwell,
        }
        .map(usize::from)
    }
}
