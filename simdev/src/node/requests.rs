//! MAC commands of the network and what the node answers (LoRaWAN 1.0.2 clause 5, Regional Parameters EU863-870).
//!
//! A request is applied whole or not at all. Contiguous LinkADRReq are one block with one status. While ADR is off a
//! LinkADRReq changes the channel mask only and is acknowledged, as in Semtech's reference stack; the text is silent.
//! TxParamSetupReq and class B commands get no answer. Data rate 7 (FSK) is not supported.

use super::answers::Answers;
use super::channels::{Channel, ChannelPlan, DEFAULTS};
use super::parameters::{NetworkParameters, Parameters};
use crate::defect::Defect;
use std::collections::BTreeSet;
use wire::air::lora::Hertz;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand};
use wire::lorawan::{DataRate, DlSettings, eu868, timing};

/// What the network said about the last LinkCheckReq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkQuality {
    pub margin: u8,
    pub gateways: u8,
}

/// Applies the commands of one downlink, which was heard with `snr` dB.
pub(super) fn apply(
    commands: &[DownlinkCommand],
    snr: i8,
    parameters: &mut Parameters,
    answers: &mut Answers,
    defects: &BTreeSet<Defect>,
) -> Option<LinkQuality> {
    let mut quality = None;
    let mut rest = commands;
    while let Some((command, after)) = rest.split_first() {
        rest = after;
        let network = &mut parameters.network;
        match *command {
            DownlinkCommand::LinkCheckAns { margin, gateways } => {
                quality = Some(LinkQuality { margin, gateways })
            }
            DownlinkCommand::LinkAdrReq { .. } => {
                let is_adr =
                    |command: &&DownlinkCommand| matches!(command, DownlinkCommand::LinkAdrReq { .. });
                let more = rest.iter().take_while(is_adr).count();
                let block = &commands[commands.len() - rest.len() - 1..commands.len() - rest.len() + more];
                rest = rest.get(more..).unwrap_or_default();
                let answer = link_adr(block, parameters.adr, network, defects);
                block.iter().for_each(|_| answers.push(answer));
            }
            DownlinkCommand::DutyCycleReq { max_duty_cycle } => {
                network.max_duty_cycle = max_duty_cycle;
                answers.push(UplinkCommand::DutyCycleAns);
            }
            DownlinkCommand::RxParamSetupReq { dl_settings, frequency } => {
                answers.push(rx_param_setup(dl_settings, frequency, network));
            }
            DownlinkCommand::DevStatusReq => {
                answers.push(UplinkCommand::DevStatusAns {
                    battery: parameters.battery,
                    margin: snr.clamp(-32, 31),
                });
            }
            DownlinkCommand::NewChannelReq { index, frequency, min_data_rate, max_data_rate } => {
                answers.push(new_channel(
                    index,
                    frequency,
                    min_data_rate,
                    max_data_rate,
                    &mut network.channels,
                    defects,
                ));
            }
            DownlinkCommand::RxTimingSetupReq { delay } => {
                network.rx_delay1 = timing::receive_delay(delay);
                answers.push(UplinkCommand::RxTimingSetupAns);
            }
            DownlinkCommand::DlChannelReq { index, frequency } => {
                answers.push(dl_channel(index, frequency, &mut network.channels));
            }
            DownlinkCommand::TxParamSetupReq { .. }
            | DownlinkCommand::PingSlotInfoAns
            | DownlinkCommand::PingSlotChannelReq { .. }
            | DownlinkCommand::BeaconTimingAns { .. }
            | DownlinkCommand::BeaconFreqReq { .. } => {}
        }
    }
    quality
}

/// One block: masks in order, the rest from its last request.
fn link_adr(
    block: &[DownlinkCommand],
    adr: bool,
    network: &mut NetworkParameters,
    defects: &BTreeSet<Defect>,
) -> UplinkCommand {
    let mut channels = network.channels.clone();
    let mut channel_mask_ack = true;
    let mut wanted = (network.data_rate, network.tx_power, network.nb_trans);
    for command in block {
        if let DownlinkCommand::LinkAdrReq {
            data_rate,
            tx_power,
            channel_mask,
            channel_mask_control,
            nb_trans,
        } = *command
        {
            channel_mask_ack &= apply_mask(channel_mask, channel_mask_control, &mut channels);
            wanted = (DataRate(data_rate), tx_power, nb_trans.max(1));
        }
    }
    if !adr {
        wanted = (network.data_rate, network.tx_power, network.nb_trans);
    }
    let (data_rate, tx_power, _) = wanted;
    let candidates = if channel_mask_ack { &channels } else { &network.channels };
    let data_rate_ack =
        eu868::modulation(data_rate).is_some() && candidates.usable(data_rate).next().is_some();
    let power_ack = eu868::eirp_dbm(tx_power).is_some() || defects.contains(&Defect::AcceptsReservedPower);
    if data_rate_ack && defects.contains(&Defect::AppliesRefusedLinkAdr) {
        network.data_rate = data_rate;
    }
    if channel_mask_ack && data_rate_ack && power_ack {
        (network.data_rate, network.tx_power, network.nb_trans) = wanted;
        network.channels = channels;
    }
    UplinkCommand::LinkAdrAns { power_ack, data_rate_ack, channel_mask_ack }
}

/// Whether the mask names defined channels only and leaves one on.
fn apply_mask(mask: u16, control: u8, channels: &mut ChannelPlan) -> bool {
    let mask = match control {
        0 => mask,
        6 => channels.defined_mask(),
        _ => return false,
    };
    if mask == 0 || mask & !channels.defined_mask() != 0 {
        return false;
    }
    channels.set_mask(mask);
    true
}

fn rx_param_setup(settings: DlSettings, frequency: Hertz, network: &mut NetworkParameters) -> UplinkCommand {
    let rx2_data_rate = DataRate(settings.rx2_data_rate);
    let rx1_dr_offset_ack = settings.rx1_dr_offset <= eu868::MAX_RX1_DR_OFFSET;
    let rx2_data_rate_ack = eu868::modulation(rx2_data_rate).is_some();
    let channel_ack = eu868::band_of(frequency).is_some();
    if rx1_dr_offset_ack && rx2_data_rate_ack && channel_ack {
        network.rx1_dr_offset = settings.rx1_dr_offset;
        network.rx2_data_rate = rx2_data_rate;
        network.rx2_frequency = frequency;
    }
    UplinkCommand::RxParamSetupAns { rx1_dr_offset_ack, rx2_data_rate_ack, channel_ack }
}

fn new_channel(
    index: u8,
    frequency: Hertz,
    min: u8,
    max: u8,
    channels: &mut ChannelPlan,
    defects: &BTreeSet<Defect>,
) -> UplinkCommand {
    let index = usize::from(index);
    let first = if defects.contains(&Defect::ChangesDefaultChannels) { 0 } else { DEFAULTS };
    let mine_to_change = (first..eu868::MAX_CHANNELS).contains(&index);
    if frequency == Hertz(0) && mine_to_change {
        channels.set(index, None);
        return UplinkCommand::NewChannelAns { data_rate_range_ok: true, channel_frequency_ok: true };
    }
    let data_rate_range_ok = min <= max && eu868::modulation(DataRate(max)).is_some();
    let channel_frequency_ok = mine_to_change && eu868::band_of(frequency).is_some();
    if data_rate_range_ok && channel_frequency_ok {
        let channel = Channel::new(frequency, true);
        channels.set(index, Some(Channel { min_data_rate: min, max_data_rate: max, ..channel }));
    }
    UplinkCommand::NewChannelAns { data_rate_range_ok, channel_frequency_ok }
}

fn dl_channel(index: u8, frequency: Hertz, channels: &mut ChannelPlan) -> UplinkCommand {
    let channel_frequency_ok = eu868::band_of(frequency).is_some();
    let channel = channels.get_mut(usize::from(index));
    let uplink_frequency_exists = channel.is_some();
    if let Some(channel) = channel.filter(|_| channel_frequency_ok) {
        channel.downlink = Some(frequency);
    }
    UplinkCommand::DlChannelAns { uplink_frequency_exists, channel_frequency_ok }
}

#[cfg(test)]
mod tests;
