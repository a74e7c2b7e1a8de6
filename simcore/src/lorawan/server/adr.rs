//! Adaptive data rate: the usual server algorithm (as in ChirpStack and, nearly, The Things Stack).
//!
//! The best SNR of the last twenty uplinks says how many steps of 3 dB are to spare: first the data rate rises, then the
//! power falls. A request that a device refused is not made again.

use super::NetworkServer;
use super::dedup::Collected;
use super::mac::demodulation_floor_tenths;
use std::collections::VecDeque;
use wire::id::Eui64;
use wire::lorawan::DataMessage;
use wire::lorawan::eu868::{self, DataRate};
use wire::lorawan::mac::DownlinkCommand;

const HISTORY: usize = 20;
const INSTALLATION_MARGIN_TENTHS: i16 = 100;
const STEP_TENTHS: i16 = 30;
/// The largest data rate of 125 kHz.
const MAX_DATA_RATE: u8 = 5;

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct AdrState {
    snr_tenths: VecDeque<i16>,
    tx_power: u8,
    refused: Vec<DownlinkCommand>,
}

impl AdrState {
    /// Learns from the answer to a LinkADRReq.
    pub(super) fn settle(&mut self, request: DownlinkCommand, applied: bool) {
        if let DownlinkCommand::LinkAdrReq { tx_power, .. } = request {
            self.snr_tenths.clear();
            if applied {
                self.tx_power = tx_power;
            } else {
                self.refused.push(request);
            }
        }
    }
}

impl NetworkServer {
    pub(super) fn adapt_data_rate(
        &mut self,
        dev_eui: Eui64,
        collected: &Collected,
        message: &DataMessage,
        data_rate: DataRate,
    ) {
        if !self.config.adr {
            return;
        }
        self.with_session(dev_eui, |session| {
            let adr = &mut session.adr;
            if !message.adr {
                adr.snr_tenths.clear();
                return;
            }
            adr.snr_tenths.push_back(collected.best().snr_decibel_tenths);
            if adr.snr_tenths.len() < HISTORY {
                return;
            }
            let best = adr.snr_tenths.iter().copied().max().unwrap_or_default();
            adr.snr_tenths.pop_front();
            let margin = best - demodulation_floor_tenths(collected.modulation) - INSTALLATION_MARGIN_TENTHS;
            let (rate, tx_power) = wanted(margin, data_rate, adr.tx_power);
            let request = DownlinkCommand::LinkAdrReq {
                data_rate: rate.0,
                tx_power,
                channel_mask: session.channels.keys().fold(0, |mask, index| mask | 1 << (index & 0x0f)),
                channel_mask_control: 0,
                nb_trans: 1,
            };
            let asked = session.requests.iter().chain(&session.awaiting);
            let pending = asked.into_iter().any(|other| matches!(other, DownlinkCommand::LinkAdrReq { .. }));
            let changes = (rate, tx_power) != (data_rate, adr.tx_power);
            if changes && !pending && !adr.refused.contains(&request) {
                session.requests.push_back(request);
            }
        });
    }
}

/// Data rate and TXPower index for a margin in tenths of a dB. The data rate never falls: the device does that.
fn wanted(margin_tenths: i16, data_rate: DataRate, tx_power: u8) -> (DataRate, u8) {
    let steps = margin_tenths / STEP_TENTHS;
    if steps < 0 {
        return (data_rate, tx_power.saturating_sub(steps.unsigned_abs().min(255) as u8));
    }
    let steps = steps.min(255) as u8;
    let raise = steps.min(MAX_DATA_RATE.saturating_sub(data_rate.0));
    let tx_power = tx_power.saturating_add(steps - raise).min(eu868::MAX_TX_POWER);
    (DataRate(data_rate.0 + raise), tx_power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Modulation;

    #[test]
    fn the_worked_examples_at_dr0() {
        let sf12 = Modulation { spreading_factor: 12, bandwidth_khz: 125 };
        for (snr, rate, power) in [(-50, 1, 0), (50, 5, 0), (110, 5, 2)] {
            let margin = snr - demodulation_floor_tenths(sf12) - INSTALLATION_MARGIN_TENTHS;
            assert_eq!(wanted(margin, DataRate(0), 0), (DataRate(rate), power), "SNR {snr}");
        }
    }

    #[test]
    fn a_poor_link_raises_the_power_and_never_lowers_the_data_rate() {
        assert_eq!(wanted(-60, DataRate(3), 3), (DataRate(3), 1));
        assert_eq!(wanted(-300, DataRate(3), 3), (DataRate(3), 0));
        assert_eq!(wanted(-20, DataRate(3), 3), (DataRate(3), 3));
        assert_eq!(wanted(900, DataRate(5), 6), (DataRate(5), 7));
    }
}
