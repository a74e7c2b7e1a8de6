//! The LoRa radio path: modulated frames with their exact times.
//!
//! Times are lab time in microseconds; a frame is heard whole or not at all. Whether a radio was listening on the right
//! frequency, spreading factor and polarity when the preamble began is the radio's own affair, not the ether's.

use crate::time::{Duration, Instant};
use std::fmt;

/// A frequency in hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Hertz(pub u32);

impl fmt::Display for Hertz {
    /// As in `868.100 MHz`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} MHz", self.0 / 1_000_000, self.0 / 1_000 % 1_000)
    }
}

/// A LoRa modulation: spreading factor 7 to 12 and bandwidth in kHz (125, 250 or 500).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Modulation {
    /// Spreading factor, 7 to 12.
    pub spreading_factor: u8,
    /// Bandwidth in kHz: 125, 250 or 500.
    pub bandwidth_khz: u16,
}

impl fmt::Display for Modulation {
    /// As Semtech's `datr`: `SF7BW125`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SF{}BW{}", self.spreading_factor, self.bandwidth_khz)
    }
}

/// One frame as a transmitter sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoraFrame {
    /// Carrier frequency.
    pub frequency: Hertz,
    /// Spreading factor and bandwidth.
    pub modulation: Modulation,
    /// Downlinks are sent with inverted polarity, uplinks are not.
    pub inverted_iq: bool,
    /// Whether the frame carries a CRC: uplinks do, downlinks do not.
    pub crc: bool,
    /// Equivalent isotropically radiated power, dBm.
    pub eirp_dbm: i8,
    /// The PHYPayload.
    pub payload: Vec<u8>,
}

impl LoraFrame {
    /// How long the frame occupies the air.
    #[must_use]
    pub fn time_on_air(&self) -> Duration {
        crate::lorawan::airtime::time_on_air(self.modulation, self.payload.len(), self.crc)
    }
}

/// An unmodulated carrier, as a device sends it under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Where it is.
    pub frequency: Hertz,
    /// Equivalent isotropically radiated power, dBm.
    pub eirp_dbm: i8,
    /// From its beginning to its end.
    pub lasts: Duration,
}

/// A frame as a receiver hears it; `handle` calls happen at `ended`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardFrame {
    /// The frame.
    pub frame: LoraFrame,
    /// When its first preamble symbol began.
    pub started: Instant,
    /// When its last symbol ended.
    pub ended: Instant,
    /// Received signal strength, dBm.
    pub rssi_dbm: i16,
    /// Signal to noise ratio in tenths of a dB.
    pub snr_decibel_tenths: i16,
}
