//! MAC commands that a network sends.

use super::super::join::{DlSettings, frequency_from_wire, frequency_to_wire};
use super::{Commands, cid, read_all};
use crate::air::lora::Hertz;
use std::fmt;

/// A MAC command from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DownlinkCommand {
    /// How well the network heard the LinkCheckReq.
    LinkCheckAns {
        /// dB above the demodulation floor, 0 to 254.
        margin: u8,
        /// How many gateways heard it.
        gateways: u8,
    },
    /// Data rate, power, channels and repetitions.
    LinkAdrReq {
        /// Four bits.
        data_rate: u8,
        /// Four bits.
        tx_power: u8,
        /// Bit 0 is the first channel of the group.
        channel_mask: u16,
        /// Three bits: which group, or 6 for all channels.
        channel_mask_control: u8,
        /// Four bits: transmissions per unconfirmed uplink; 0 keeps the default.
        nb_trans: u8,
    },
    /// Aggregated duty cycle 1 / 2^n; 0 for none beyond the law.
    DutyCycleReq {
        /// Four bits.
        max_duty_cycle: u8,
    },
    /// Receive window parameters.
    RxParamSetupReq {
        /// RX1DROffset and RX2 data rate.
        dl_settings: DlSettings,
        /// RX2 frequency.
        frequency: Hertz,
    },
    /// Asks for battery and margin.
    DevStatusReq,
    /// Defines or removes a channel.
    NewChannelReq {
        /// Channel number.
        index: u8,
        /// Zero removes the channel.
        frequency: Hertz,
        /// Four bits.
        min_data_rate: u8,
        /// Four bits.
        max_data_rate: u8,
    },
    /// Delay of RX1.
    RxTimingSetupReq {
        /// Four bits, seconds; 0 and 1 are both one second.
        delay: u8,
    },
    /// Dwell time and power, only where the region uses it.
    TxParamSetupReq {
        /// Bit 5: downlinks are limited to 400 ms.
        downlink_dwell: bool,
        /// Bit 4: uplinks are limited to 400 ms.
        uplink_dwell: bool,
        /// Four bits: index into the table of powers.
        max_eirp_index: u8,
    },
    /// RX1 frequency of a channel.
    DlChannelReq {
        /// Channel number.
        index: u8,
        /// The downlink frequency.
        frequency: Hertz,
    },
    /// Class B.
    PingSlotInfoAns,
    /// Class B: frequency and data rate of the ping slots.
    PingSlotChannelReq {
        /// Zero for the default.
        frequency: Hertz,
        /// Four bits.
        data_rate: u8,
    },
    /// Class B: when the next beacon comes.
    BeaconTimingAns {
        /// In units of 30 ms.
        delay: u16,
        /// Beacon channel.
        channel: u8,
    },
    /// Class B: beacon frequency, zero for the default.
    BeaconFreqReq {
        /// The frequency.
        frequency: Hertz,
    },
}

impl DownlinkCommand {
    /// Reads the commands of a downlink.
    #[must_use]
    pub fn read_all(octets: &[u8]) -> Commands<Self> {
        read_all(octets, Self::payload_length, Self::read)
    }

    /// The octets of `commands`, one after the other.
    #[must_use]
    pub fn write_all(commands: &[Self]) -> Vec<u8> {
        commands.iter().flat_map(|command| command.to_octets()).collect()
    }

    /// CID and payload. Bits that a field does not have are cut off.
    #[must_use]
    pub fn to_octets(self) -> Vec<u8> {
        match self {
            Self::LinkCheckAns { margin, gateways } => vec![cid::LINK_CHECK, margin, gateways],
            Self::LinkAdrReq { data_rate, tx_power, channel_mask, channel_mask_control, nb_trans } => {
                let [mask_low, mask_high] = channel_mask.to_le_bytes();
                let redundancy = (channel_mask_control & 0x07) << 4 | nb_trans & 0x0f;
                vec![cid::LINK_ADR, data_rate << 4 | tx_power & 0x0f, mask_low, mask_high, redundancy]
            }
            Self::DutyCycleReq { max_duty_cycle } => vec![cid::DUTY_CYCLE, max_duty_cycle & 0x0f],
            Self::RxParamSetupReq { dl_settings, frequency } => {
                let [a, b, c] = frequency_to_wire(frequency);
                vec![cid::RX_PARAM_SETUP, dl_settings.to_wire(), a, b, c]
            }
            Self::DevStatusReq => vec![cid::DEV_STATUS],
            Self::NewChannelReq { index, frequency, min_data_rate, max_data_rate } => {
                let [a, b, c] = frequency_to_wire(frequency);
                vec![cid::NEW_CHANNEL, index, a, b, c, max_data_rate << 4 | min_data_rate & 0x0f]
            }
            Self::RxTimingSetupReq { delay } => vec![cid::RX_TIMING_SETUP, delay & 0x0f],
            Self::TxParamSetupReq { downlink_dwell, uplink_dwell, max_eirp_index } => {
                let dwell = u8::from(downlink_dwell) << 5 | u8::from(uplink_dwell) << 4;
                vec![cid::TX_PARAM_SETUP, dwell | max_eirp_index & 0x0f]
            }
            Self::DlChannelReq { index, frequency } => {
                let [a, b, c] = frequency_to_wire(frequency);
                vec![cid::DL_CHANNEL, index, a, b, c]
            }
            Self::PingSlotInfoAns => vec![cid::PING_SLOT_INFO],
            Self::PingSlotChannelReq { frequency, data_rate } => {
                let [a, b, c] = frequency_to_wire(frequency);
                vec![cid::PING_SLOT_CHANNEL, a, b, c, data_rate & 0x0f]
            }
            Self::BeaconTimingAns { delay, channel } => {
                let [low, high] = delay.to_le_bytes();
                vec![cid::BEACON_TIMING, low, high, channel]
            }
            Self::BeaconFreqReq { frequency } => {
                let [a, b, c] = frequency_to_wire(frequency);
                vec![cid::BEACON_FREQ, a, b, c]
            }
        }
    }

    const fn payload_length(id: u8) -> Option<usize> {
        match id {
            cid::DEV_STATUS | cid::PING_SLOT_INFO => Some(0),
            cid::DUTY_CYCLE | cid::RX_TIMING_SETUP | cid::TX_PARAM_SETUP => Some(1),
            cid::LINK_CHECK => Some(2),
            cid::BEACON_TIMING | cid::BEACON_FREQ => Some(3),
            cid::LINK_ADR | cid::RX_PARAM_SETUP | cid::DL_CHANNEL | cid::PING_SLOT_CHANNEL => Some(4),
            cid::NEW_CHANNEL => Some(5),
            _ => None,
        }
    }

    fn read(id: u8, payload: &[u8]) -> Option<Self> {
        Some(match (id, payload) {
            (cid::LINK_CHECK, &[margin, gateways]) => Self::LinkCheckAns { margin, gateways },
            (cid::LINK_ADR, &[rate_power, mask_low, mask_high, redundancy]) => Self::LinkAdrReq {
                data_rate: rate_power >> 4,
                tx_power: rate_power & 0x0f,
                channel_mask: u16::from_le_bytes([mask_low, mask_high]),
                channel_mask_control: redundancy >> 4 & 0x07,
                nb_trans: redundancy & 0x0f,
            },
            (cid::DUTY_CYCLE, &[octet]) => Self::DutyCycleReq { max_duty_cycle: octet & 0x0f },
            (cid::RX_PARAM_SETUP, &[settings, a, b, c]) => Self::RxParamSetupReq {
                dl_settings: DlSettings::from_wire(settings),
                frequency: frequency_from_wire([a, b, c]),
            },
            (cid::DEV_STATUS, []) => Self::DevStatusReq,
            (cid::NEW_CHANNEL, &[index, a, b, c, range]) => Self::NewChannelReq {
                index,
                frequency: frequency_from_wire([a, b, c]),
                min_data_rate: range & 0x0f,
                max_data_rate: range >> 4,
            },
            (cid::RX_TIMING_SETUP, &[octet]) => Self::RxTimingSetupReq { delay: octet & 0x0f },
            (cid::TX_PARAM_SETUP, &[octet]) => Self::TxParamSetupReq {
                downlink_dwell: octet & 0x20 != 0,
                uplink_dwell: octet & 0x10 != 0,
                max_eirp_index: octet & 0x0f,
            },
            (cid::DL_CHANNEL, &[index, a, b, c]) => {
                Self::DlChannelReq { index, frequency: frequency_from_wire([a, b, c]) }
            }
            (cid::PING_SLOT_INFO, []) => Self::PingSlotInfoAns,
            (cid::PING_SLOT_CHANNEL, &[a, b, c, rate]) => {
                Self::PingSlotChannelReq { frequency: frequency_from_wire([a, b, c]), data_rate: rate & 0x0f }
            }
            (cid::BEACON_TIMING, &[low, high, channel]) => {
                Self::BeaconTimingAns { delay: u16::from_le_bytes([low, high]), channel }
            }
            (cid::BEACON_FREQ, &[a, b, c]) => {
                Self::BeaconFreqReq { frequency: frequency_from_wire([a, b, c]) }
            }
            _ => return None,
        })
    }
}

impl fmt::Display for DownlinkCommand {
    /// The command's name in the text of the specification, with its fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LinkCheckAns { margin, gateways } => {
                write!(f, "LinkCheckAns margin {margin} dB, {gateways} gateways")
            }
            Self::LinkAdrReq { data_rate, tx_power, channel_mask, channel_mask_control, nb_trans } => write!(
                f,
                "LinkADRReq DR{data_rate}, TXPower {tx_power}, mask {channel_mask:04x}, control {channel_mask_control}, NbTrans {nb_trans}"
            ),
            Self::DutyCycleReq { max_duty_cycle } => write!(f, "DutyCycleReq {max_duty_cycle}"),
            Self::RxParamSetupReq { dl_settings, frequency } => write!(
                f,
                "RXParamSetupReq RX1 offset {}, RX2 DR{} at {frequency}",
                dl_settings.rx1_dr_offset, dl_settings.rx2_data_rate
            ),
            Self::DevStatusReq => f.write_str("DevStatusReq"),
            Self::NewChannelReq { index, frequency, min_data_rate, max_data_rate } => {
                write!(f, "NewChannelReq {index} at {frequency}, DR{min_data_rate} to DR{max_data_rate}")
            }
            Self::RxTimingSetupReq { delay } => write!(f, "RXTimingSetupReq {delay} s"),
            Self::TxParamSetupReq { downlink_dwell, uplink_dwell, max_eirp_index } => write!(
                f,
                "TxParamSetupReq downlink dwell {downlink_dwell}, uplink dwell {uplink_dwell}, EIRP index {max_eirp_index}"
            ),
            Self::DlChannelReq { index, frequency } => write!(f, "DlChannelReq {index} at {frequency}"),
            Self::PingSlotInfoAns => f.write_str("PingSlotInfoAns"),
            Self::PingSlotChannelReq { frequency, data_rate } => {
                write!(f, "PingSlotChannelReq {frequency}, DR{data_rate}")
            }
            Self::BeaconTimingAns { delay, channel } => {
                write!(f, "BeaconTimingAns delay {delay}, channel {channel}")
            }
            Self::BeaconFreqReq { frequency } => write!(f, "BeaconFreqReq {frequency}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RX2: Hertz = Hertz(869_525_000);

    #[test]
    fn the_commands_of_the_vectors() {
        let new_channel = |index, hertz| DownlinkCommand::NewChannelReq {
            index,
            frequency: Hertz(hertz),
            min_data_rate: 0,
            max_data_rate: 5,
        };
        let p10 = DownlinkCommand::LinkAdrReq {
            data_rate: 5,
            tx_power: 1,
            channel_mask: 0x00ff,
            channel_mask_control: 0,
            nb_trans: 1,
        };
        let p11 = [
            new_channel(3, 867_100_000),
            new_channel(4, 867_300_000),
            DownlinkCommand::RxParamSetupReq {
                dl_settings: DlSettings { rx1_dr_offset: 2, rx2_data_rate: 3 },
                frequency: RX2,
            },
            DownlinkCommand::DevStatusReq,
        ];
        let p16 = [
            DownlinkCommand::LinkCheckAns { margin: 20, gateways: 2 },
            DownlinkCommand::DutyCycleReq { max_duty_cycle: 7 },
            DownlinkCommand::RxTimingSetupReq { delay: 5 },
            DownlinkCommand::TxParamSetupReq {
                downlink_dwell: false,
                uplink_dwell: true,
                max_eirp_index: 13,
            },
            DownlinkCommand::DlChannelReq { index: 1, frequency: RX2 },
        ];
        let rows: &[(&str, &str, &[DownlinkCommand])] = &[
            ("P10", "0351ff0001", &[p10]),
            ("P11", "0703184f84500704e85684500523d2ad8406", &p11),
            ("P16", "02140204070805091d0a01d2ad84", &p16),
        ];
        for (name, hex, want) in rows {
            let read = DownlinkCommand::read_all(&hex::decode(hex).unwrap());
            assert_eq!(read.commands, *want, "{name}");
            assert_eq!(read.stopped, None, "{name}");
            assert_eq!(hex::encode(DownlinkCommand::write_all(want)), *hex, "{name}");
        }
    }

    #[test]
    fn the_mask_of_a_link_adr_request_is_little_endian_and_its_control_has_three_bits() {
        let request = DownlinkCommand::LinkAdrReq {
            data_rate: 0,
            tx_power: 0,
            channel_mask: 0xff00,
            channel_mask_control: 7,
            nb_trans: 15,
        };
        assert_eq!(hex::encode(request.to_octets()), "030000ff7f");
        assert_eq!(DownlinkCommand::read_all(&request.to_octets()).commands, [request]);
    }
}
