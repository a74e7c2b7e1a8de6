//! One stored LoRaWAN message.

use crate::lorawan::{Position, Reception, UplinkMessage};
use serde::Serialize;
use wire::id::Eui64;
use wire::time::{Calendar, Instant};

/// An uplink as the customer sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredMessage {
    /// 24 hexadecimal digits, growing.
    pub id: String,
    /// When the network received it: UTC, ISO 8601 with milliseconds and Z.
    pub timestamp: String,
    /// When it was stored.
    pub created: String,
    /// `urn:lo:nsid:lora:` and the DevEUI in upper case.
    pub stream_id: String,
    /// The account that owns it; another account never sees it.
    #[serde(skip)]
    pub account: String,
    /// The DevEUI.
    #[serde(skip)]
    pub dev_eui: Eui64,
    /// When the network received it, in lab time.
    #[serde(skip)]
    pub received_at: Instant,
    /// FRMPayload in clear, lower-case hexadecimal.
    pub payload: String,
    /// FPort.
    pub port: u8,
    /// The whole uplink counter.
    pub fcnt: u32,
    /// Frames lost since the one before.
    pub missing_fcnt: u32,
    /// `CONFIRMED_DATA_UP` or `UNCONFIRMED_DATA_UP`.
    pub message_type: &'static str,
    /// The uplink's ACK bit.
    pub ack: bool,
    /// dBm, of the best gateway.
    pub rssi: i16,
    /// dB, of the best gateway.
    pub snr: f64,
    /// Equivalent signal power, dBm with two decimals.
    pub esp: f64,
    /// Spreading factor.
    pub sf: u8,
    /// MHz.
    pub frequency: f64,
    /// 1 (poor) to 5.
    pub signal_level: u8,
    /// Where the device is, judged by the gateways' places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How many gateways heard it.
    pub gateway_cnt: usize,
    /// Which gateways heard it and how well, the best first.
    #[serde(skip)]
    pub receptions: Vec<Reception>,
}

/// A place as the platform writes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Location {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Metres; the network does not know it.
    pub alt: f64,
    /// Metres; what the published messages have, whatever the gateways.
    pub accuracy: f64,
}

impl Location {
    fn of(position: Position) -> Self {
        let degrees = |millionths: i32| f64::from(millionths) / 1e6;
        Self {
            lat: degrees(position.latitude),
            lon: degrees(position.longitude),
            alt: 0.0,
            accuracy: 10_000.0,
        }
    }
}

impl StoredMessage {
    pub(super) fn new(number: u64, now: Instant, calendar: &Calendar, message: UplinkMessage) -> Self {
        let best = message.receptions.first();
        let rssi = best.map_or(0, |best| best.rssi_dbm);
        let snr = best.map_or(0.0, |best| f64::from(best.snr_decibel_tenths) / 10.0);
        let esp = equivalent_signal_power(f64::from(rssi), snr);
        let stamp = |at: Instant| format!("{:.3}", calendar.timestamp(at));
        let dev_eui = format!("{:016X}", message.dev_eui.value());
        Self {
            id: object_id(calendar, now, number),
            timestamp: stamp(message.received_at),
            created: stamp(now),
            stream_id: format!("urn:lo:nsid:lora:{dev_eui}"),
            account: message.account,
            dev_eui: message.dev_eui,
            received_at: message.received_at,
            payload: hex::encode(&message.payload),
            port: message.f_port,
            fcnt: message.fcnt,
            missing_fcnt: message.missing_fcnt,
            message_type: if message.confirmed { "CONFIRMED_DATA_UP" } else { "UNCONFIRMED_DATA_UP" },
            ack: message.ack,
            rssi,
            snr,
            esp,
            sf: message.modulation.spreading_factor,
            frequency: f64::from(message.frequency.0) / 1e6,
            signal_level: signal_level(esp, message.modulation.spreading_factor),
            location: message.location.map(Location::of),
            gateway_cnt: message.receptions.len(),
            receptions: message.receptions,
        }
    }

    /// The DevEUI as the platform writes it, in upper case.
    #[must_use]
    pub fn dev_eui_text(&self) -> String {
        format!("{:016X}", self.dev_eui.value())
    }

    /// FRMPayload in clear.
    #[must_use]
    pub fn payload_octets(&self) -> Vec<u8> {
        hex::decode(&self.payload).unwrap_or_default()
    }
}

/// Seconds since 1970 in eight digits, then a number that grows.
fn object_id(calendar: &Calendar, now: Instant, number: u64) -> String {
    format!("{:08x}{number:016x}", calendar.timestamp(now).as_second())
}

/// Equivalent signal power: `rssi + snr - 10 log10(1 + 10^(snr/10))`, dBm with two decimals.
#[must_use]
pub fn equivalent_signal_power(rssi_dbm: f64, snr_db: f64) -> f64 {
    let esp = rssi_dbm + snr_db - 10.0 * (1.0 + 10.0_f64.powf(snr_db / 10.0)).log10();
    (esp * 100.0).round() / 100.0
}

/// 1 (poor) to 5, by the margin above the sensitivity of SF7 to SF12. The real formula is not public; this one is ours.
#[must_use]
pub fn signal_level(esp_dbm: f64, spreading_factor: u8) -> u8 {
    const SENSITIVITY: [f64; 6] = [-123.0, -126.0, -129.0, -132.0, -134.5, -137.0];
    let index = usize::from(spreading_factor.clamp(7, 12) - 7);
    match esp_dbm - SENSITIVITY[index] {
        margin if margin >= 15.0 => 5,
        margin if margin >= 10.0 => 4,
        margin if margin >= 5.0 => 3,
        margin if margin >= 0.0 => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signal_power_of_recorded_messages() {
        for (rssi, snr, want) in [(-113.0, 0.0, -116.01), (-99.0, 7.0, -99.79), (-105.0, 6.5, -105.88)] {
            assert!((equivalent_signal_power(rssi, snr) - want).abs() < 1e-9, "{rssi} {snr}");
        }
    }

    #[test]
    fn the_level_falls_with_the_margin() {
        let levels: Vec<u8> =
            [-132.5, -132.0, -127.0, -122.0, -117.0].map(|esp| signal_level(esp, 10)).to_vec();
        assert_eq!(levels, [1, 2, 3, 4, 5]);
        assert_eq!(signal_level(-105.88, 9), 5);
    }
}
