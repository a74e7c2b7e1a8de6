//! MAC commands of a device: its questions are answered, its answers are matched with what was asked.
//!
//! A request that the next uplink does not answer is dropped with a note. The receive windows change with the uplink
//! that carries the answer, so that the downlink after it uses the new ones.

use super::super::note::LorawanNote;
use super::NetworkServer;
use super::dedup::Collected;
use super::session::{Channel, Session};
use wire::air::lora::Modulation;
use wire::id::Eui64;
use wire::lorawan::DataMessage;
use wire::lorawan::eu868::DataRate;
use wire::lorawan::mac::{DownlinkCommand, UplinkCommand, cid};

impl NetworkServer {
    pub(super) fn take_mac_commands(&mut self, dev_eui: Eui64, collected: &Collected, message: &DataMessage) {
        let read = UplinkCommand::read_all(message.mac_octets());
        for command in read.commands {
            self.note(LorawanNote::MacReceived { dev_eui, command });
            if command == UplinkCommand::LinkCheckReq {
                let answer = link_check_answer(collected);
                self.with_session(dev_eui, |session| session.answers.push(answer));
            } else if let Some(applied) = applied(command) {
                self.settle_request(dev_eui, command, applied);
            }
        }
        if let Some(error) = read.stopped {
            self.note(LorawanNote::MacUnreadable { dev_eui, error });
        }
        let unanswered = self.with_session(dev_eui, |session| std::mem::take(&mut session.awaiting));
        for request in unanswered.unwrap_or_default() {
            self.note(LorawanNote::MacUnanswered { dev_eui, request });
        }
    }

    fn settle_request(&mut self, dev_eui: Eui64, command: UplinkCommand, applied: bool) {
        let id = command.to_octets().first().copied();
        let request = self.with_session(dev_eui, |session| {
            let at =
                session.awaiting.iter().position(|request| request.to_octets().first().copied() == id)?;
            let request = session.awaiting.remove(at);
            if applied {
                apply(session, request);
            }
            session.adr.settle(request, applied);
            Some(request)
        });
        match request.flatten() {
            Some(request) => self.note(LorawanNote::MacAnswered { dev_eui, request, applied }),
            // Sticky answers come again until the device hears a downlink.
            None if id.is_some_and(is_sticky) => {}
            None => self.note(LorawanNote::MacUnasked { dev_eui, command }),
        }
    }

    pub(super) fn with_session<T>(
        &mut self,
        dev_eui: Eui64,
        work: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        self.devices.get_mut(&dev_eui).and_then(|device| device.current.as_mut()).map(work)
    }
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
fn apply(session: &mut Session, request: DownlinkCommand) {
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
                let channel = Channel { min_data_rate, max_data_rate, ..Channel::usual(frequency) };
                session.channels.insert(index, channel);
            }
        }
        DownlinkCommand::DlChannelReq { index, frequency } => {
            if let Some(channel) = session.channels.get_mut(&index) {
                channel.downlink = frequency;
            }
        }
        DownlinkCommand::LinkAdrReq { .. }
        | DownlinkCommand::LinkCheckAns { .. }
        | DownlinkCommand::DutyCycleReq { .. }
        | DownlinkCommand::DevStatusReq
        | DownlinkCommand::TxParamSetupReq { .. }
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
