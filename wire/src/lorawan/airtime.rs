//! Time on air of a LoRa frame (Semtech AN1200.13; the formula of the SX127x data sheet).
//!
//! Preamble of 8 symbols, explicit header, coding rate 4/5. Low data rate optimisation is on from a symbol time of
//! 16 ms. Units: octets of PHYPayload in, microseconds out. Not here: FSK and the beacon's implicit header.

use crate::air::lora::Modulation;
use crate::time::Duration;

/// How long one symbol lasts.
#[must_use]
pub fn symbol_time(modulation: Modulation) -> Duration {
    Duration::from_micros(symbol_micros(modulation))
}

/// How long a frame of `length` octets of PHYPayload, with or without a CRC, occupies the air.
#[must_use]
pub fn time_on_air(modulation: Modulation, length: usize, crc: bool) -> Duration {
    let symbol = symbol_micros(modulation);
    let factor = spreading_factor(modulation);
    let low_data_rate = i64::from(symbol >= 16_000);
    let bits = 8 * i64::try_from(length).unwrap_or(i64::MAX / 16) - 4 * factor + 28 + 16 * i64::from(crc);
    let per_block = 4 * (factor - 2 * low_data_rate);
    let blocks = u64::try_from(bits).unwrap_or(0).div_ceil(per_block.unsigned_abs());
    let payload_symbols = 8 + 5 * blocks;
    // 8 + 4.25 symbols of preamble, counted in quarters to stay in whole numbers.
    Duration::from_micros((4 * payload_symbols + 49) * symbol / 4)
}

fn spreading_factor(modulation: Modulation) -> i64 {
    i64::from(modulation.spreading_factor.clamp(6, 12))
}

fn symbol_micros(modulation: Modulation) -> u64 {
    (1000 << spreading_factor(modulation)) / u64::from(modulation.bandwidth_khz.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_worked_frames() {
        // Spreading factor, kHz, PHYPayload, CRC, milliseconds: checked against Semtech's concentrator HAL.
        let rows = [
            (7, 125, 23, true, 61.696, "join-request, EU DR5"),
            (12, 125, 23, true, 1482.752, "join-request, EU DR0"),
            (10, 125, 23, true, 370.688, "join-request, US DR0"),
            (7, 125, 33, false, 71.936, "join-accept with CFList, RX1 DR5"),
            (12, 125, 17, false, 1155.072, "join-accept, RX2 DR0"),
            (9, 125, 33, false, 246.784, "join-accept with CFList, DR3"),
            (7, 125, 12, true, 41.216, "header-only data"),
            (12, 125, 12, false, 991.232, "ACK downlink RX2 DR0"),
            (7, 125, 29, true, 66.816, "16-byte payload DR5"),
            (10, 125, 29, true, 411.648, "16-byte payload DR2"),
            (12, 125, 64, true, 2793.472, "51-byte payload DR0"),
            (7, 125, 255, true, 399.616, "242-byte payload DR5"),
            (7, 250, 29, true, 33.408, "EU DR6"),
            (8, 500, 29, true, 30.848, "US DR4"),
            (10, 125, 24, true, 370.688, "US DR0 full 11-byte payload"),
            (12, 500, 33, false, 411.648, "US DR8 join-accept"),
        ];
        for (spreading_factor, bandwidth_khz, length, crc, millis, name) in rows {
            let modulation = Modulation { spreading_factor, bandwidth_khz };
            let want = Duration::from_micros((millis * 1000.0_f64).round() as u64);
            assert_eq!(time_on_air(modulation, length, crc), want, "{name}");
        }
    }

    #[test]
    fn nonsense_gives_a_time_and_no_panic() {
        for spreading_factor in 0..=255 {
            for bandwidth_khz in [0, 1, 125, u16::MAX] {
                let _ = time_on_air(Modulation { spreading_factor, bandwidth_khz }, 0, false);
                let _ = time_on_air(Modulation { spreading_factor, bandwidth_khz }, 1 << 20, true);
            }
        }
    }
}
