//! Adaptive data rate: the usual server algorithm (as in ChirpStack and, nearly, The Things Stack).
//!
//! The best SNR of the last twenty uplinks says how many steps of 3 dB are to spare: first the data rate rises, then the
//! power falls. The share of lost frames says how often each is to be sent. A request that a device refused is not made
//! again.

use super::config::NsConfig;
use super::dedup::Collected;
use super::mac::demodulation_floor_tenths;
use super::session::Session;
use std::collections::VecDeque;
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::region::ChannelSet;
use wire::lorawan::{DataMessage, DataRate, Region};

const HISTORY: usize = 20;
const INSTALLATION_MARGIN_TENTHS: i16 = 100;
const STEP_TENTHS: i16 = 30;
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
        region: &Region,
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
        let (rate, tx_power) = wanted(region, margin, data_rate, adr.tx_power);
        if (rate, tx_power, nb_trans) != (data_rate, adr.tx_power, adr.nb_trans) {
            self.ask(&link_adr(region, self.channels_on(region), (rate, tx_power, nb_trans)));
        }
    }

    /// What a device is told after its join: the network's channels where all are fixed, and the limits of
    /// TxParamSetupReq where that exists. A device that was told and left it (the end of its back-off) is told again.
    pub(super) fn set_up(
        &mut self,
        region: &Region,
        config: &NsConfig,
        collected: &Collected,
        data_rate: DataRate,
    ) {
        if let Some(params) = config.tx_params.filter(|_| region.has_tx_param_setup()) {
            let (up, down) = (params.uplink_dwell, params.downlink_dwell);
            if (self.uplink_dwell, self.downlink_dwell) != (up, down) {
                self.ask(&[DownlinkCommand::TxParamSetupReq {
                    downlink_dwell: down,
                    uplink_dwell: up,
                    max_eirp_index: params.max_eirp_index,
                }]);
            }
        }
        let Some(wanted) = config.channels.filter(|_| region.is_fixed()) else { return };
        let on = region.channel_on(collected.frequency).map(|channel| channel.index);
        if on.is_some_and(|index| !self.enabled.contains(index)) {
            self.enabled = region.all_channels();
        }
        if self.enabled != wanted {
            let (tx_power, nb_trans) = (self.adr.tx_power, self.adr.nb_trans);
            self.ask(&link_adr(region, wanted, (data_rate, tx_power, nb_trans)));
        }
    }

    /// Queues requests of one kind unless one of that kind is pending, or the device has refused one of these.
    fn ask(&mut self, requests: &[DownlinkCommand]) {
        let id = |request: &DownlinkCommand| request.to_octets().first().copied();
        let mut asked = self.requests.iter().chain(&self.awaiting);
        let pending = asked.any(|other| requests.first().is_some_and(|first| id(first) == id(other)));
        if !pending && !requests.iter().any(|request| self.adr.refused.contains(request)) {
            self.requests.extend(requests);
        }
    }
}

/// The block of LinkADRReq that leaves just these channels on, with one data rate, power and NbTrans.
fn link_adr(
    region: &Region,
    channels: ChannelSet,
    (data_rate, tx_power, nb_trans): (DataRate, u8, u8),
) -> Vec<DownlinkCommand> {
    let request = |(channel_mask_control, channel_mask)| DownlinkCommand::LinkAdrReq {
        data_rate: data_rate.0,
        tx_power,
        channel_mask,
        channel_mask_control,
        nb_trans,
    };
    region.mask_requests(channels).into_iter().map(request).collect()
}

/// How often each frame is to be sent.
fn wanted_nb_trans(lost_percent: u32, nb_trans: u8) -> u8 {
    let row = NB_TRANS.iter().find(|(below, _)| lost_percent < *below);
    row.map_or(3, |(_, by_current)| by_current[usize::from(nb_trans.clamp(1, 3)) - 1])
}

/// Data rate and TXPower index for a margin in tenths of a dB. The data rate never falls: the device does that.
fn wanted(region: &Region, margin_tenths: i16, data_rate: DataRate, tx_power: u8) -> (DataRate, u8) {
    let steps = margin_tenths / STEP_TENTHS;
    if steps < 0 {
        return (data_rate, tx_power.saturating_sub(steps.unsigned_abs().min(255) as u8));
    }
    let steps = steps.min(255) as u8;
    let raise = steps.min(region.channel_data_rates.end().saturating_sub(data_rate.0));
    let tx_power = tx_power.saturating_add(steps - raise).min(region.max_tx_power);
    (DataRate(data_rate.0 + raise), tx_power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::air::lora::Modulation;
    use wire::lorawan::eu868::REGION;

    #[test]
    fn the_worked_examples_at_dr0() {
        let sf12 = Modulation { spreading_factor: 12, bandwidth_khz: 125 };
        for (snr, rate, power) in [(-50, 1, 0), (50, 5, 0), (110, 5, 2)] {
            let margin = snr - demodulation_floor_tenths(sf12) - INSTALLATION_MARGIN_TENTHS;
            assert_eq!(wanted(&REGION, margin, DataRate(0), 0), (DataRate(rate), power), "SNR {snr}");
        }
    }

    #[test]
    fn a_poor_link_raises_the_power_and_never_lowers_the_data_rate() {
        assert_eq!(wanted(&REGION, -60, DataRate(3), 3), (DataRate(3), 1));
        assert_eq!(wanted(&REGION, -300, DataRate(3), 3), (DataRate(3), 0));
        assert_eq!(wanted(&REGION, -20, DataRate(3), 3), (DataRate(3), 3));
        assert_eq!(wanted(&REGION, 900, DataRate(5), 6), (DataRate(5), 7));
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
