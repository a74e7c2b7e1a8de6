//! MAC commands of a device: its questions are answered, its answers are matched with what was asked.
//!
//! A request that the next uplink does not answer is noted; an answer that comes later still counts. The receive windows change with the uplink
//! that carries the answer, so that the downlink after it uses the new ones.

use super::super::note::LorawanNote;
use super::Outbox;
use super::dedup::Collected;
use super::device::{Device, DeviceStatus};
use super::session::{Channel, Session};
use wire::air::lora::Modulation;
use wire::id::Eui64;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand, cid};
use wire::lorawan::{DataMessage, DataRate, Region};

/// Takes the commands of a new uplink into the session in use.
pub(super) fn take_commands(
    device: &mut Device,
    outbox: &mut Outbox,
    collected: &Collected,
    message: &DataMessage,
) {
    let (dev_eui, region) = (device.config.dev_eui, device.region);
    let Some(session) = device.traffic.current.as_mut() else { return };
    let octets = message.mac_octets();
    if octets.is_empty() && session.awaiting.is_empty() && session.sticky.is_empty() {
        return;
    }
    let read = UplinkCommand::read_all(octets);
    let due_again = std::mem::take(&mut session.sticky);
    let mut carried = Vec::new();
    for command in read.commands {
        outbox.note(LorawanNote::MacReceived { dev_eui, command });
        carried.extend(command.to_octets().first());
        if command == UplinkCommand::LinkCheckReq {
            // The last question counts, and one answer is enough.
            session.answers.retain(|answer| !matches!(answer, DownlinkCommand::LinkCheckAns { .. }));
            session.answers.push(link_check_answer(collected));
        }
        if let UplinkCommand::DevStatusAns { battery, margin } = command {
            device.traffic.status = Some(DeviceStatus { at: collected.first_at, battery, margin });
        }
        if let Some(applied) = applied(command) {
            settle_request(region, session, outbox, dev_eui, command, applied);
        }
    }
    if let Some(error) = read.stopped {
        outbox.note(LorawanNote::MacUnreadable { dev_eui, error });
    }
    for request in session.awaiting.drain(..) {
        outbox.note(LorawanNote::MacUnanswered { dev_eui, request });
        session.unanswered.retain(|other| cid_of(other) != cid_of(&request));
        session.unanswered.push(request);
    }
    for id in due_again.into_iter().filter(|id| !carried.contains(id)) {
        outbox.note(LorawanNote::MacNotRepeated { dev_eui, id });
    }
    session.sticky = carried.into_iter().filter(|id| is_sticky(*id)).collect();
}

fn settle_request(
    region: &Region,
    session: &mut Session,
    outbox: &mut Outbox,
    dev_eui: Eui64,
    command: UplinkCommand,
    applied: bool,
) {
    let id = command.to_octets().first().copied();
    let take = |requests: &mut Vec<DownlinkCommand>| {
        let at = requests.iter().position(|request| cid_of(request) == id)?;
        Some(requests.remove(at))
    };
    let Some(request) = take(&mut session.awaiting).or_else(|| take(&mut session.unanswered)) else {
        // Sticky answers come again until the device hears a downlink, which need not be the one that was sent.
        if !id.is_some_and(is_sticky) {
            outbox.note(LorawanNote::MacUnasked { dev_eui, command });
        }
        return;
    };
    session.unanswered.retain(|other| cid_of(other) != id);
    if applied {
        apply(region, session, request);
    }
    session.adr.settle(request, applied);
    outbox.note(LorawanNote::MacAnswered { dev_eui, request, applied });
}

fn cid_of(request: &DownlinkCommand) -> Option<u8> {
    request.to_octets().first().copied()
}

const fn is_sticky(id: u8) -> bool {
    matches!(id, cid::RX_PARAM_SETUP | cid::RX_TIMING_SETUP | cid::DL_CHANNEL)
}

/// For an answer: whether all of the request was taken. `None` for a question of the device.
const fn applied(command: UplinkCommand) -> Option<bool> {
    match command {
        UplinkCommand::LinkCheckReq
        | UplinkCommand::PingSlotInfoReq { .. }
        | UplinkCommand::BeaconTimingReq => None,
        UplinkCommand::LinkAdrAns { power_ack: a, data_rate_ack: b, channel_mask_ack: c }
        | UplinkCommand::RxParamSetupAns { rx1_dr_offset_ack: a, rx2_data_rate_ack: b, channel_ack: c } => {
            Some(a && b && c)
        }
        UplinkCommand::NewChannelAns { data_rate_range_ok: a, channel_frequency_ok: b }
        | UplinkCommand::DlChannelAns { uplink_frequency_exists: a, channel_frequency_ok: b }
        | UplinkCommand::PingSlotChannelAns { data_rate_ok: a, frequency_ok: b } => Some(a && b),
        UplinkCommand::BeaconFreqAns { frequency_ok } => Some(frequency_ok),
        UplinkCommand::DutyCycleAns
        | UplinkCommand::DevStatusAns { .. }
        | UplinkCommand::RxTimingSetupAns
        | UplinkCommand::TxParamSetupAns => Some(true),
    }
}

/// What the device now does, the server must know.
fn apply(region: &Region, session: &mut Session, request: DownlinkCommand) {
    match request {
        DownlinkCommand::RxParamSetupReq { dl_settings, frequency } => {
            session.windows.rx1_dr_offset = dl_settings.rx1_dr_offset;
            session.windows.rx2_data_rate = DataRate(dl_settings.rx2_data_rate);
            session.rx2_frequency = frequency;
        }
        DownlinkCommand::RxTimingSetupReq { delay } => session.windows.rx_delay = delay,
        DownlinkCommand::NewChannelReq { index, frequency, min_data_rate, max_data_rate } => {
            session.channels.remove(&index);
            if frequency.0 > 0 {
                let channel = Channel { min_data_rate, max_data_rate, ..Channel::usual(region, frequency) };
                session.channels.insert(index, channel);
            }
        }
        DownlinkCommand::DlChannelReq { index, frequency } => {
            if let Some(channel) = session.channels.get_mut(&index) {
                channel.downlink = frequency;
            }
        }
        DownlinkCommand::LinkAdrReq { channel_mask, channel_mask_control, .. } if region.is_fixed() => {
            let all = region.all_channels();
            let masked = region.masked(session.enabled, all, channel_mask, channel_mask_control);
            session.enabled = masked.unwrap_or(session.enabled);
        }
        DownlinkCommand::TxParamSetupReq { downlink_dwell, uplink_dwell, .. } => {
            (session.downlink_dwell, session.uplink_dwell) = (downlink_dwell, uplink_dwell);
        }
        DownlinkCommand::LinkAdrReq { .. }
        | DownlinkCommand::LinkCheckAns { .. }
        | DownlinkCommand::DutyCycleReq { .. }
        | DownlinkCommand::DevStatusReq
        | DownlinkCommand::PingSlotInfoAns
        | DownlinkCommand::PingSlotChannelReq { .. }
        | DownlinkCommand::BeaconTimingAns { .. }
        | DownlinkCommand::BeaconFreqReq { .. } => {}
    }
}

/// Margin above the demodulation floor and number of gateways.
fn link_check_answer(collected: &Collected) -> DownlinkCommand {
    let floor = demodulation_floor_tenths(collected.modulation);
    let margin = (collected.best().snr_decibel_tenths - floor) / 10;
    DownlinkCommand::LinkCheckAns {
        margin: margin.clamp(0, 254) as u8,
        gateways: collected.receptions.len().min(255) as u8,
    }
}

/// The SNR that a spreading factor needs, in tenths of a dB: SF7 -7.5 dB, then 2.5 dB less each.
pub(super) fn demodulation_floor_tenths(modulation: Modulation) -> i16 {
    -75 - 25 * (i16::from(modulation.spreading_factor.clamp(7, 12)) - 7)
}
