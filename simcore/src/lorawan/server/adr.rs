//! Adaptive data rate: the usual server algorithm (as in ChirpStack and, nearly, The Things Stack).
//!
//! The best SNR of the last twenty uplinks says how many steps of 3 dB are to spare: first the data rate rises, then the
//! power falls. The share of lost frames says how often each is to be sent. A request that a device refused is not made
//! again.

use super::dedup::Collected;
use super::mac::demodulation_floor_tenths;
use super::session::Session;
use std::collections::VecDeque;
use wire::lorawan::DataMessage;
use wire::lorawan::eu868::{self, DataRate};
use wire::lorawan::mac::DownlinkCommand;

const HISTORY: usize = 20;
const INSTALLATION_MARGIN_TENTHS: i16 = 100;
const STEP_TENTHS: i16 = 30;
/// The largest data rate of 125 kHz.
const MAX_DATA_RATE: u8 = 5;
/// NbTrans by the lost share in per cent (below 5, 10, 30, and above) and by the NbTrans in use (1, 2, 3).
const NB_TRANS: [(u32, [u8; 3]); 4] = [(5, [1, 1, 2]), (10, [1, 2, 3]), (30, [2, 3, 3]), (101, [3, 3, 3])];

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct AdrState {
    /// Counter and best SNR of the last uplinks.
    heard: VecDeque<(u32, i16)>,
    tx_power: u8,
    nb_trans: u8,
    refused: Vec<DownlinkCommand>,
}

impl Default for AdrState {
    fn default() -> Self {
        Self { heard: VecDeque::new(), tx_power: 0, nb_trans: 1, refused: Vec::new() }
    }
}

impl AdrState {
    /// Learns from the answer to a LinkADRReq.
    pub(super) fn settle(&mut self, request: DownlinkCommand, applied: bool) {
        if let DownlinkCommand::LinkAdrReq { tx_power, nb_trans, .. } = request {
            self.heard.clear();
            if applied {
                (self.tx_power, self.nb_trans) = (tx_power, nb_trans.max(1));
            } else {
                self.refused.push(request);
            }
        }
    }

    /// Frames of the history that nobody heard, in per cent.
    fn lost_percent(&self) -> u32 {
        let (Some((first, _)), Some((last, _))) = (self.heard.front(), self.heard.back()) else { return 0 };
        let sent = last.saturating_sub(*first).saturating_add(1);
        let heard = self.heard.len() as u32;
        sent.saturating_sub(heard).saturating_mul(100) / sent
    }
}

impl Session {
    /// Takes one more uplink into account, and asks for other settings when they are worth it.
    pub(super) fn adapt_data_rate(
        &mut self,
        collected: &Collected,
        message: &DataMessage,
        data_rate: DataRate,
    ) {
        let adr = &mut self.adr;
        if !message.adr {
            adr.heard.clear();
            return;
        }
        adr.heard.push_back((message.fcnt, collected.best().snr_decibel_tenths));
        if adr.heard.len() < HISTORY {
            return;
        }
        let best = adr.heard.iter().map(|(_, snr)| *snr).max().unwrap_or_default();
        let nb_trans = wanted_nb_trans(adr.lost_percent(), adr.nb_trans);
        adr.heard.pop_front();
        let margin = best - demodulation_floor_tenths(collected.modulation) - INSTALLATION_MARGIN_TENTHS;
        let (rate, tx_power) = wanted(margin, data_rate, adr.tx_power);
        let request = DownlinkCommand::LinkAdrReq {
            data_rate: rate.0,
            tx_power,
            channel_mask: self.channels.keys().fold(0, |mask, index| mask | 1 << (index & 0x0f)),
            channel_mask_control: 0,
            nb_trans,
        };
        let asked = self.requests.iter().chain(&self.awaiting);
        let pending = asked.into_iter().any(|other| matches!(other, DownlinkCommand::LinkAdrReq { .. }));
        let changes = (rate, tx_power, nb_trans) != (data_rate, adr.tx_power, adr.nb_trans);
        if changes && !pending && !adr.refused.contains(&request) {
            self.requests.push_back(request);
        }
    }
}

/// How often each frame is to be sent.
fn wanted_nb_trans(lost_percent: u32, nb_trans: u8) -> u8 {
    let row = NB_TRANS.iter().find(|(below, _)| lost_percent < *below);
    row.map_or(3, |(_, by_current)| by_current[usize::from(nb_trans.clamp(1, 3)) - 1])
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

    #[test]
    fn lost_frames_raise_the_number_of_transmissions_and_a_good_link_lowers_it() {
        let rows = [
            (0, [1, 1, 2]),
            (4, [1, 1, 2]),
            (5, [1, 2, 3]),
            (10, [2, 3, 3]),
            (30, [3, 3, 3]),
            (100, [3, 3, 3]),
        ];
        for (lost, want) in rows {
            assert_eq!([1, 2, 3].map(|now| wanted_nb_trans(lost, now)), want, "{lost} %");
        }
        let mut adr = AdrState::default();
        adr.heard.extend([(10, 0), (11, 0), (14, 0)]);
        assert_eq!(adr.lost_percent(), 40);
    }
}
