//! What a LoRa receiver makes of a signal: the noise beneath it, the SNR that it needs, and what an interferer may be.
//!
//! Units: tenths of a dB and of a dBm. Figures: sensitivity of Semtech's SX1301 and SX1276 data sheets; isolation of
//! spreading factors after Goursaud and Gorce 2015, as the LoRaWAN module of ns-3 has it.

use wire::air::lora::{LoraFrame, Modulation};
use wire::lorawan::airtime::symbol_time;
use wire::time::Instant;

/// No receiver reports more than this, however strong the signal is.
pub const MAX_SNR: i16 = 78;
/// A signal below this does nothing to anybody: 6 dB under what SF12 needs in the noise of 125 kHz.
pub(super) const FAINTEST: i32 = -1430;
/// Preamble symbols that an interferer may cover without harm: eight less the five that a receiver needs.
const HARMLESS_SYMBOLS: u32 = 3;

/// How well a signal of this power is heard.
pub(super) fn snr(rssi: i32, modulation: Modulation) -> i16 {
    let snr = rssi - noise_floor(modulation.bandwidth_khz);
    i16::try_from(snr.clamp(i32::from(i16::MIN), i32::from(MAX_SNR))).unwrap_or(MAX_SNR)
}

/// Whether a signal of this power can be decoded where nothing disturbs it.
pub(super) fn is_above_floor(rssi: i32, modulation: Modulation) -> bool {
    rssi - noise_floor(modulation.bandwidth_khz) >= required_snr(modulation.spreading_factor)
}

/// Whether a frame survives another one that it meets with this power.
pub(super) fn survives(wanted: (i32, Modulation), other: (i32, Modulation)) -> bool {
    wanted.0 >= other.0 + 10 * isolation(wanted.1, other.1)
}

/// From when on an interferer harms a frame that began at `started`.
pub(super) fn vulnerable_from(started: Instant, modulation: Modulation) -> Instant {
    started + symbol_time(modulation) * HARMLESS_SYMBOLS
}

/// Whether two frames can disturb each other at all.
pub(super) fn shares_channel(a: &LoraFrame, b: &LoraFrame) -> bool {
    a.frequency == b.frequency
        && a.modulation.bandwidth_khz == b.modulation.bandwidth_khz
        && a.inverted_iq == b.inverted_iq
}

/// -174 dBm/Hz over the bandwidth with a noise figure of 6 dB.
const fn noise_floor(bandwidth_khz: u16) -> i32 {
    match bandwidth_khz {
        500.. => -1110,
        250..500 => -1140,
        _ => -1170,
    }
}

/// The SNR below which a spreading factor cannot be decoded: -7.5 dB at SF7, 2.5 dB less for each step.
fn required_snr(spreading_factor: u8) -> i32 {
    -75 - 25 * (i32::from(spreading_factor.clamp(7, 12)) - 7)
}

/// How many dB a frame must be above another one to survive it; rows are the wanted spreading factors from SF7 on.
const ISOLATION: [[i32; 6]; 6] = [
    [6, -16, -18, -19, -19, -20],
    [-24, 6, -20, -22, -22, -22],
    [-27, -27, 6, -23, -25, -25],
    [-30, -30, -30, 6, -26, -28],
    [-33, -33, -33, -33, 6, -29],
    [-36, -36, -36, -36, -36, 6],
];

fn isolation(wanted: Modulation, other: Modulation) -> i32 {
    let place = |modulation: Modulation| usize::from(modulation.spreading_factor.clamp(7, 12) - 7);
    ISOLATION[place(wanted)][place(other)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn sf(spreading_factor: u8) -> Modulation {
        Modulation { spreading_factor, bandwidth_khz: 125 }
    }

    #[test]
    fn sensitivity_is_that_of_the_data_sheet() {
        // SX1276 data sheet, 125 kHz, in dBm: -124, -127, -130, -133, -135, -137; ours is the formula, within 1 dB.
        for (factor, data_sheet) in (7..).zip([-1240, -1270, -1300, -1330, -1350, -1370]) {
            assert!(is_above_floor(data_sheet + 10, sf(factor)), "SF{factor} is heard 1 dB above it");
            assert!(!is_above_floor(data_sheet - 11, sf(factor)), "SF{factor} is not heard 1.1 dB below it");
        }
    }

    #[test]
    fn twice_the_bandwidth_is_three_decibels_of_noise() {
        let wide = Modulation { bandwidth_khz: 250, ..sf(7) };
        assert_eq!(snr(-1200, sf(7)) - snr(-1200, wide), 30);
        assert_eq!(snr(-300, sf(7)), MAX_SNR);
    }

    #[test]
    fn a_higher_spreading_factor_stands_more_of_the_others() {
        // SF12 beside a signal 36 dB stronger at SF7, and no tenth more; SF7 beside SF12: 20 dB.
        assert!(survives((-1000, sf(12)), (-640, sf(7))) && !survives((-1000, sf(12)), (-639, sf(7))));
        assert!(survives((-1000, sf(7)), (-800, sf(12))) && !survives((-1000, sf(7)), (-799, sf(12))));
        assert!(survives((-1000, sf(9)), (-1060, sf(9))) && !survives((-1000, sf(9)), (-1059, sf(9))));
    }
}
