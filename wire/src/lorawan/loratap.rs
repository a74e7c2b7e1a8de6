//! LoRaTap, version 0: the header before a PHYPayload in a capture (eriknl/LoRaTap; link type 270).
//!
//! 15 octets, big endian. Version 1 knows the gateway and the polarity, but Wireshark 4.0 takes its additional octets for
//! payload. A capture holds frames as they were on the air, encrypted; Wireshark opens them with keys of its own settings,
//! which [`wireshark_keys`] writes.

use super::address::DevAddr;
use super::crypto::SessionKeys;
use crate::air::lora::HeardFrame;

/// The link type of capture files.
pub const LINK_TYPE: u16 = 270;
/// The header's length, octets.
pub const HEADER: usize = 15;

const VERSION: u8 = 0;
/// The sync word of public networks.
const SYNC_WORD: u8 = 0x34;
/// The signal strength that zero stands for, dBm.
const FLOOR_DBM: i16 = -139;

/// Header and PHYPayload of a frame as a receiver heard it.
#[must_use]
pub fn packet(heard: &HeardFrame) -> Vec<u8> {
    let frame = &heard.frame;
    let header_length = [0, HEADER as u8];
    let mut octets = vec![VERSION, 0];
    octets.extend(header_length);
    octets.extend(frame.frequency.0.to_be_bytes());
    octets.push((frame.modulation.bandwidth_khz / 125).min(255) as u8);
    octets.push(frame.modulation.spreading_factor);
    let snr = quarters(heard.snr_decibel_tenths);
    octets.push(packet_strength(heard.rssi_dbm, snr));
    // Wireshark takes the strength of the packet for whole dB however weak it was; these two it shows as they are.
    octets.extend([strength(heard.rssi_dbm); 2]);
    octets.extend(snr.to_be_bytes());
    octets.push(SYNC_WORD);
    octets.extend(&frame.payload);
    octets
}

/// dBm above -139.
fn strength(rssi_dbm: i16) -> u8 {
    (rssi_dbm - FLOOR_DBM).clamp(0, 254) as u8
}

/// The same, in quarters when the SNR says that the signal is below the noise.
fn packet_strength(rssi_dbm: i16, snr_quarters: i8) -> u8 {
    strength(rssi_dbm).saturating_mul(if snr_quarters < 0 { 4 } else { 1 }).min(254)
}

/// Tenths of a dB as quarters, cut to what a signed octet holds.
fn quarters(tenths: i16) -> i8 {
    (i32::from(tenths) * 4 / 10).clamp(-128, 127) as i8
}

/// The line of Wireshark's table `encryption_keys_lorawan` that opens a session: `-o uat:encryption_keys_lorawan:LINE`.
///
/// It holds the keys in clear: for a file that the user asked for, not for a log.
#[must_use]
pub fn wireshark_keys(dev_addr: DevAddr, keys: &SessionKeys) -> String {
    let [address, nwk, app] = [
        hex::encode(dev_addr.to_wire()),
        hex::encode(keys.nwk_s_key.expose()),
        hex::encode(keys.app_s_key.expose()),
    ];
    format!("\"{address}\",\"{nwk}\",\"{app}\",\"0000000000000000\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::air::lora::{Hertz, LoraFrame, Modulation};
    use crate::time::Instant;

    fn heard(bandwidth_khz: u16, rssi_dbm: i16, snr_decibel_tenths: i16) -> HeardFrame {
        let frame = LoraFrame {
            frequency: Hertz(868_100_000),
            modulation: Modulation { spreading_factor: 9, bandwidth_khz },
            inverted_iq: false,
            crc: true,
            eirp_dbm: 14,
            payload: vec![0x40, 0xda],
        };
        HeardFrame { frame, started: Instant::ZERO, ended: Instant::ZERO, rssi_dbm, snr_decibel_tenths }
    }

    #[test]
    fn the_header_has_fifteen_octets_and_the_frame_follows() {
        let hex = |heard: &HeardFrame| hex::encode(packet(heard));
        assert_eq!(hex(&heard(125, -57, 78)), "0000000f33be27a001095252521f3440da");
        assert_eq!(hex(&heard(500, -110, -50)), "0000000f33be27a00409741d1dec3440da", "quarters of a dB");
        assert_eq!(packet(&heard(250, -139, 400))[8..14], [2, 9, 0, 0, 0, 127]);
        assert_eq!(packet(&heard(250, 200, -400))[8..14], [2, 9, 254, 254, 254, 0x80]);
        // Less than a quarter below the noise is written as zero, and the strength as it is read with that.
        assert_eq!(packet(&heard(125, -117, -2))[8..14], [1, 9, 22, 22, 22, 0]);
    }
}
