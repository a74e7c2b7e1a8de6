//! MAC commands of the network and what the node answers (LoRaWAN 1.0.2 clause 5, Regional Parameters 1.0.2rB).
//!
//! A request is applied whole or not at all. Contiguous LinkADRReq are one block with one status. While ADR is off a
//! LinkADRReq changes the channel mask only and is acknowledged, as in Semtech's reference stack; the text is silent.
//! What the region does not have gets no answer: TxParamSetupReq outside AS923, NewChannelReq and DlChannelReq where all
//! channels are fixed. Class B commands get none either. FSK is not supported.

use super::answers::Answers;
use super::channels::{Channel, ChannelPlan};
use super::parameters::{NetworkParameters, Parameters};
use crate::defect::Defect;
use std::collections::BTreeSet;
use wire::air::lora::Hertz;
use wire::lorawan::crypto::Direction;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand};
use wire::lorawan::region::max_eirp_of_index;
use wire::lorawan::{DataRate, DlSettings, timing};

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
                let (block, after) = adr_block(&commands[commands.len() - rest.len() - 1..]);
                rest = after;
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
            DownlinkCommand::NewChannelReq { index, frequency, min_data_rate: min, max_data_rate: max }
                if !network.region().is_fixed() =>
            {
                answers.push(new_channel(index, frequency, min, max, &mut network.channels, defects));
                network.keep_able_to_send();
            }
            DownlinkCommand::RxTimingSetupReq { delay } => {
                network.rx_delay1 = timing::receive_delay(delay);
                answers.push(UplinkCommand::RxTimingSetupAns);
            }
            DownlinkCommand::DlChannelReq { index, frequency } if !network.region().is_fixed() => {
                answers.push(dl_channel(index, frequency, &mut network.channels));
            }
            DownlinkCommand::TxParamSetupReq { downlink_dwell, uplink_dwell, max_eirp_index }
                if network.region().has_tx_param_setup() =>
            {
                network.max_eirp_dbm = max_eirp_of_index(max_eirp_index);
                (network.downlink_dwell, network.uplink_dwell) = (downlink_dwell, uplink_dwell);
                network.data_rate = network.data_rate.max(network.lowest_data_rate());
                network.keep_able_to_send();
                answers.push(UplinkCommand::TxParamSetupAns);
            }
            DownlinkCommand::NewChannelReq { .. }
            | DownlinkCommand::DlChannelReq { .. }
            | DownlinkCommand::TxParamSetupReq { .. }
            | DownlinkCommand::PingSlotInfoAns
            | DownlinkCommand::PingSlotChannelReq { .. }
            | DownlinkCommand::BeaconTimingAns { .. }
            | DownlinkCommand::BeaconFreqReq { .. } => {}
        }
    }
    quality
}

/// The LinkADRReq at the beginning, and what comes after them.
fn adr_block(commands: &[DownlinkCommand]) -> (&[DownlinkCommand], &[DownlinkCommand]) {
    let is_adr = |command: &&DownlinkCommand| matches!(command, DownlinkCommand::LinkAdrReq { .. });
    commands.split_at(commands.iter().take_while(is_adr).count())
}

/// One block: masks in order, the rest from its last request.
fn link_adr(
    block: &[DownlinkCommand],
    adr: bool,
    network: &mut NetworkParameters,
    defects: &BTreeSet<Defect>,
) -> UplinkCommand {
    let region = network.region();
    let defined = network.channels.defined_set();
    let mut enabled = network.channels.enabled_set();
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
            match region.masked(enabled, defined, channel_mask, channel_mask_control) {
                Ok(masked) => enabled = masked,
                Err(_) => channel_mask_ack = false,
            }
            wanted = (DataRate(data_rate), tx_power, nb_trans.max(1));
        }
    }
    if !adr {
        wanted = (network.data_rate, network.tx_power, network.nb_trans);
    }
    let (data_rate, tx_power, _) = wanted;
    channel_mask_ack &= region.accepts_channels(enabled, data_rate);
    let mut channels = network.channels.clone();
    channels.enable_only(enabled);
    let candidates = if channel_mask_ack { &channels } else { &network.channels };
    let data_rate_ack = region.modulation(data_rate).is_some()
        && network.max_frm_payload(data_rate).is_some()
        && candidates.usable(data_rate).next().is_some();
    let power_ack = region.eirp_dbm(tx_power).is_some() || defects.contains(&Defect::AcceptsReservedPower);
    if data_rate_ack && defects.contains(&Defect::AppliesRefusedLinkAdr) {
        network.data_rate = data_rate;
    }
    if channel_mask_ack && data_rate_ack && power_ack {
        (network.data_rate, network.tx_power, network.nb_trans) = wanted;
        network.channels = channels;
    }
    UplinkCommand::LinkAdrAns { power_ack, data_rate_ack, channel_mask_ack }
}

fn rx_param_setup(settings: DlSettings, frequency: Hertz, network: &mut NetworkParameters) -> UplinkCommand {
    let rx2_data_rate = DataRate(settings.rx2_data_rate);
    let region = network.region();
    let rx1_dr_offset_ack = usize::from(settings.rx1_dr_offset) < region.rx1.offsets.len();
    let rx2_data_rate_ack =
        region.is_defined(rx2_data_rate, Direction::Down) && region.modulation(rx2_data_rate).is_some();
    let channel_ack = region.sub_band(frequency).is_some();
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
    let (index, region) = (usize::from(index), channels.region());
    let mine_to_change = channels.is_changeable(index)
        || (index < region.default_channels() && defects.contains(&Defect::ChangesDefaultChannels));
    if frequency == Hertz(0) && mine_to_change {
        channels.set(index, None);
        return UplinkCommand::NewChannelAns { data_rate_range_ok: true, channel_frequency_ok: true };
    }
    let data_rate_range_ok = min <= max && region.modulation(DataRate(max)).is_some();
    let channel_frequency_ok = mine_to_change && region.sub_band(frequency).is_some();
    if data_rate_range_ok && channel_frequency_ok {
        let channel = channels.added(frequency, true);
        channels.set(index, Some(Channel { min_data_rate: min, max_data_rate: max, ..channel }));
    }
    UplinkCommand::NewChannelAns { data_rate_range_ok, channel_frequency_ok }
}

fn dl_channel(index: u8, frequency: Hertz, channels: &mut ChannelPlan) -> UplinkCommand {
    let channel_frequency_ok = channels.region().sub_band(frequency).is_some();
    let channel = channels.get_mut(usize::from(index));
    let uplink_frequency_exists = channel.is_some();
    if let Some(channel) = channel.filter(|_| channel_frequency_ok) {
        channel.downlink = Some(frequency);
    }
    UplinkCommand::DlChannelAns { uplink_frequency_exists, channel_frequency_ok }
}

#[cfg(test)]
mod tests;
