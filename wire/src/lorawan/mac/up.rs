//! MAC commands that a device sends.

use super::{Commands, cid, read_all};
use std::fmt;

/// A MAC command from the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UplinkCommand {
    /// Asks how well the network hears the device.
    LinkCheckReq,
    /// Status of a LinkADRReq; anything false means that nothing was applied.
    LinkAdrAns {
        /// Bit 2.
        power_ack: bool,
        /// Bit 1.
        data_rate_ack: bool,
        /// Bit 0.
        channel_mask_ack: bool,
    },
    /// The duty-cycle limit was taken.
    DutyCycleAns,
    /// Status of an RXParamSetupReq; repeated until a downlink is heard.
    RxParamSetupAns {
        /// Bit 2.
        rx1_dr_offset_ack: bool,
        /// Bit 1.
        rx2_data_rate_ack: bool,
        /// Bit 0.
        channel_ack: bool,
    },
    /// Battery and link margin.
    DevStatusAns {
        /// 0 external power, 1 to 254 level, 255 cannot measure.
        battery: u8,
        /// SNR of the DevStatusReq in dB, -32 to 31.
        margin: i8,
    },
    /// Status of a NewChannelReq.
    NewChannelAns {
        /// Bit 1.
        data_rate_range_ok: bool,
        /// Bit 0.
        channel_frequency_ok: bool,
    },
    /// The receive delay was taken; repeated until a downlink is heard.
    RxTimingSetupAns,
    /// Only where the region uses it.
    TxParamSetupAns,
    /// Status of a DlChannelReq; repeated until a downlink is heard.
    DlChannelAns {
        /// Bit 1.
        uplink_frequency_exists: bool,
        /// Bit 0.
        channel_frequency_ok: bool,
    },
    /// Class B: periodicity and data rate of the ping slots, as on the air.
    PingSlotInfoReq {
        /// The octet.
        parameters: u8,
    },
    /// Class B: status of a PingSlotChannelReq.
    PingSlotChannelAns {
        /// Bit 1.
        data_rate_ok: bool,
        /// Bit 0.
        frequency_ok: bool,
    },
    /// Class B: asks when the next beacon comes.
    BeaconTimingReq,
    /// Class B: status of a BeaconFreqReq.
    BeaconFreqAns {
        /// Bit 0.
        frequency_ok: bool,
    },
}

impl UplinkCommand {
    /// Reads the commands of an uplink.
    #[must_use]
    pub fn read_all(octets: &[u8]) -> Commands<Self> {
        read_all(octets, Self::payload_length, Self::read)
    }

    /// The octets of `commands`, one after the other.
    #[must_use]
    pub fn write_all(commands: &[Self]) -> Vec<u8> {
        commands.iter().flat_map(|command| command.to_octets()).collect()
    }

    /// CID and payload.
    #[must_use]
    pub fn to_octets(self) -> Vec<u8> {
        match self {
            Self::LinkCheckReq => vec![cid::LINK_CHECK],
            Self::LinkAdrAns { power_ack, data_rate_ack, channel_mask_ack } => {
                vec![cid::LINK_ADR, bits([power_ack, data_rate_ack, channel_mask_ack])]
            }
            Self::DutyCycleAns => vec![cid::DUTY_CYCLE],
            Self::RxParamSetupAns { rx1_dr_offset_ack, rx2_data_rate_ack, channel_ack } => {
                vec![cid::RX_PARAM_SETUP, bits([rx1_dr_offset_ack, rx2_data_rate_ack, channel_ack])]
            }
            Self::DevStatusAns { battery, margin } => {
                vec![cid::DEV_STATUS, battery, margin.clamp(-32, 31) as u8 & 0x3f]
            }
            Self::NewChannelAns { data_rate_range_ok, channel_frequency_ok } => {
                vec![cid::NEW_CHANNEL, bits([false, data_rate_range_ok, channel_frequency_ok])]
            }
            Self::RxTimingSetupAns => vec![cid::RX_TIMING_SETUP],
            Self::TxParamSetupAns => vec![cid::TX_PARAM_SETUP],
            Self::DlChannelAns { uplink_frequency_exists, channel_frequency_ok } => {
                vec![cid::DL_CHANNEL, bits([false, uplink_frequency_exists, channel_frequency_ok])]
            }
            Self::PingSlotInfoReq { parameters } => vec![cid::PING_SLOT_INFO, parameters],
            Self::PingSlotChannelAns { data_rate_ok, frequency_ok } => {
                vec![cid::PING_SLOT_CHANNEL, bits([false, data_rate_ok, frequency_ok])]
            }
            Self::BeaconTimingReq => vec![cid::BEACON_TIMING],
            Self::BeaconFreqAns { frequency_ok } => {
                vec![cid::BEACON_FREQ, bits([false, false, frequency_ok])]
            }
        }
    }

    const fn payload_length(id: u8) -> Option<usize> {
        match id {
            cid::LINK_CHECK
            | cid::DUTY_CYCLE
            | cid::RX_TIMING_SETUP
            | cid::TX_PARAM_SETUP
            | cid::BEACON_TIMING => Some(0),
            cid::LINK_ADR
            | cid::RX_PARAM_SETUP
            | cid::NEW_CHANNEL
            | cid::DL_CHANNEL
            | cid::PING_SLOT_INFO
            | cid::PING_SLOT_CHANNEL
            | cid::BEACON_FREQ => Some(1),
            cid::DEV_STATUS => Some(2),
            _ => None,
        }
    }

    fn read(id: u8, payload: &[u8]) -> Option<Self> {
        Some(match (id, payload) {
            (cid::LINK_CHECK, []) => Self::LinkCheckReq,
            (cid::LINK_ADR, &[status]) => Self::LinkAdrAns {
                power_ack: status & 4 != 0,
                data_rate_ack: status & 2 != 0,
                channel_mask_ack: status & 1 != 0,
            },
            (cid::DUTY_CYCLE, []) => Self::DutyCycleAns,
            (cid::RX_PARAM_SETUP, &[status]) => Self::RxParamSetupAns {
                rx1_dr_offset_ack: status & 4 != 0,
                rx2_data_rate_ack: status & 2 != 0,
                channel_ack: status & 1 != 0,
            },
            // Shifting left and back spreads the sign of the six-bit margin.
            (cid::DEV_STATUS, &[battery, margin]) => {
                Self::DevStatusAns { battery, margin: ((margin << 2) as i8) >> 2 }
            }
            (cid::NEW_CHANNEL, &[status]) => Self::NewChannelAns {
                data_rate_range_ok: status & 2 != 0,
                channel_frequency_ok: status & 1 != 0,
            },
            (cid::RX_TIMING_SETUP, []) => Self::RxTimingSetupAns,
            (cid::TX_PARAM_SETUP, []) => Self::TxParamSetupAns,
            (cid::DL_CHANNEL, &[status]) => Self::DlChannelAns {
                uplink_frequency_exists: status & 2 != 0,
                channel_frequency_ok: status & 1 != 0,
            },
            (cid::PING_SLOT_INFO, &[parameters]) => Self::PingSlotInfoReq { parameters },
            (cid::PING_SLOT_CHANNEL, &[status]) => {
                Self::PingSlotChannelAns { data_rate_ok: status & 2 != 0, frequency_ok: status & 1 != 0 }
            }
            (cid::BEACON_TIMING, []) => Self::BeaconTimingReq,
            (cid::BEACON_FREQ, &[status]) => Self::BeaconFreqAns { frequency_ok: status & 1 != 0 },
            _ => return None,
        })
    }
}

fn bits([four, two, one]: [bool; 3]) -> u8 {
    u8::from(four) << 2 | u8::from(two) << 1 | u8::from(one)
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "ok" } else { "refused" }
}

impl fmt::Display for UplinkCommand {
    /// The command's name in the text of the specification, with its fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LinkCheckReq => f.write_str("LinkCheckReq"),
            Self::LinkAdrAns { power_ack, data_rate_ack, channel_mask_ack } => write!(
                f,
                "LinkADRAns power {}, data rate {}, channel mask {}",
                yes_no(power_ack),
                yes_no(data_rate_ack),
                yes_no(channel_mask_ack)
            ),
            Self::DutyCycleAns => f.write_str("DutyCycleAns"),
            Self::RxParamSetupAns { rx1_dr_offset_ack, rx2_data_rate_ack, channel_ack } => write!(
                f,
                "RXParamSetupAns RX1 offset {}, RX2 data rate {}, channel {}",
                yes_no(rx1_dr_offset_ack),
                yes_no(rx2_data_rate_ack),
                yes_no(channel_ack)
            ),
            Self::DevStatusAns { battery, margin } => {
                write!(f, "DevStatusAns battery {battery}, margin {margin} dB")
            }
            Self::NewChannelAns { data_rate_range_ok, channel_frequency_ok } => write!(
                f,
                "NewChannelAns data rates {}, frequency {}",
                yes_no(data_rate_range_ok),
                yes_no(channel_frequency_ok)
            ),
            Self::RxTimingSetupAns => f.write_str("RXTimingSetupAns"),
            Self::TxParamSetupAns => f.write_str("TxParamSetupAns"),
            Self::DlChannelAns { uplink_frequency_exists, channel_frequency_ok } => write!(
                f,
                "DlChannelAns uplink channel {}, frequency {}",
                yes_no(uplink_frequency_exists),
                yes_no(channel_frequency_ok)
            ),
            Self::PingSlotInfoReq { parameters } => write!(f, "PingSlotInfoReq {parameters:02x}"),
            Self::PingSlotChannelAns { data_rate_ok, frequency_ok } => write!(
                f,
                "PingSlotChannelAns data rate {}, frequency {}",
                yes_no(data_rate_ok),
                yes_no(frequency_ok)
            ),
            Self::BeaconTimingReq => f.write_str("BeaconTimingReq"),
            Self::BeaconFreqAns { frequency_ok } => {
                write!(f, "BeaconFreqAns frequency {}", yes_no(frequency_ok))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_vectors() {
        let all_ok =
            UplinkCommand::LinkAdrAns { power_ack: true, data_rate_ack: true, channel_mask_ack: true };
        let rx_ok = UplinkCommand::RxParamSetupAns {
            rx1_dr_offset_ack: true,
            rx2_data_rate_ack: true,
            channel_ack: true,
        };
        let rows: &[(&str, &str, &[UplinkCommand])] = &[
            ("P07", "030706fe3b", &[all_ok, UplinkCommand::DevStatusAns { battery: 254, margin: -5 }]),
            ("P08", "05070802", &[rx_ok, UplinkCommand::RxTimingSetupAns, UplinkCommand::LinkCheckReq]),
        ];
        for (name, hex, want) in rows {
            let read = UplinkCommand::read_all(&hex::decode(hex).unwrap());
            assert_eq!(read.commands, *want, "{name}");
            assert_eq!(read.stopped, None, "{name}");
            assert_eq!(hex::encode(UplinkCommand::write_all(want)), *hex, "{name}");
        }
    }

    #[test]
    fn each_status_bit_has_its_place() {
        let hex = |command: UplinkCommand| hex::encode(command.to_octets());
        assert_eq!(
            hex(UplinkCommand::LinkAdrAns { power_ack: true, data_rate_ack: false, channel_mask_ack: false }),
            "0304"
        );
        assert_eq!(
            hex(UplinkCommand::RxParamSetupAns {
                rx1_dr_offset_ack: false,
                rx2_data_rate_ack: true,
                channel_ack: false
            }),
            "0502"
        );
        assert_eq!(
            hex(UplinkCommand::NewChannelAns { data_rate_range_ok: true, channel_frequency_ok: false }),
            "0702"
        );
        assert_eq!(
            hex(UplinkCommand::DlChannelAns { uplink_frequency_exists: false, channel_frequency_ok: true }),
            "0a01"
        );
        assert_eq!(hex(UplinkCommand::DevStatusAns { battery: 1, margin: -32 }), "060120");
        assert_eq!(hex(UplinkCommand::DevStatusAns { battery: 1, margin: 31 }), "06011f");
    }
}
