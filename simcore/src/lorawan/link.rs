//! What passes between gateways, network server and platform.

use super::server::Position;
use wire::air::lora::{Hertz, Modulation};
use wire::id::Eui64;
use wire::lorawan::{DataRate, DevAddr};
use wire::semtech_udp::{CrcStatus, RadioModulation, Rxpk, Txpk};
use wire::time::Instant;

pub use wire::semtech_udp::{TxAckCode as TxAck, When};

/// A frame that a gateway heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayUplink {
    /// Which gateway.
    pub gateway: Eui64,
    /// Its 32-bit microsecond counter at the end of the frame.
    pub tmst: u32,
    /// Carrier frequency.
    pub frequency: Hertz,
    /// Spreading factor and bandwidth.
    pub modulation: Modulation,
    /// RSSI, dBm.
    pub rssi_dbm: i16,
    /// SNR in tenths of a dB.
    pub snr_decibel_tenths: i16,
    /// The PHYPayload.
    pub payload: Vec<u8>,
}

impl GatewayUplink {
    /// The frame as a packet forwarder of one concentrator tells it.
    #[must_use]
    pub fn into_rxpk(self) -> Rxpk {
        Rxpk {
            tmst: self.tmst,
            time: None,
            frequency: self.frequency,
            channel: Some(0),
            rf_chain: Some(0),
            crc: CrcStatus::Ok,
            modulation: RadioModulation::Lora(self.modulation),
            rssi_dbm: self.rssi_dbm,
            snr_decibel_tenths: Some(self.snr_decibel_tenths),
            payload: self.payload,
        }
    }
}

/// A frame that a gateway is to send, without a CRC as all LoRaWAN downlinks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayDownlink {
    /// Names the request in the gateway's answer.
    pub token: u16,
    /// The device that it is for; none where it is for a group, or where nobody said.
    pub dev_eui: Option<Eui64>,
    /// At a count of the gateway's clock, or at once.
    pub when: When,
    /// Carrier frequency.
    pub frequency: Hertz,
    /// Spreading factor and bandwidth.
    pub modulation: Modulation,
    /// Power, dBm.
    pub eirp_dbm: i8,
    /// Inverted polarity, which nodes hear; every network server wants it for a downlink.
    pub inverted_iq: bool,
    /// The PHYPayload.
    pub payload: Vec<u8>,
}

impl GatewayDownlink {
    /// The frame as a packet forwarder is told to send it.
    #[must_use]
    pub fn to_txpk(&self) -> Txpk {
        Txpk {
            when: self.when,
            frequency: self.frequency,
            rf_chain: 0,
            power_dbm: self.eirp_dbm,
            modulation: RadioModulation::Lora(self.modulation),
            inverted_iq: self.inverted_iq,
            no_crc: true,
            size: self.payload.len(),
            payload: self.payload.clone(),
        }
    }
}

/// How one gateway heard a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reception {
    /// Which gateway.
    pub gateway: Eui64,
    /// Its counter at the end of the frame.
    pub tmst: u32,
    /// RSSI, dBm.
    pub rssi_dbm: i16,
    /// SNR in tenths of a dB.
    pub snr_decibel_tenths: i16,
}

/// A class A receive window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Window {
    /// On the uplink's channel.
    Rx1,
    /// On a fixed channel, one second later.
    Rx2,
}

/// An application payload of a registered device, authentic and new.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UplinkMessage {
    /// When its first copy reached the server.
    pub received_at: Instant,
    /// The account that the device belongs to.
    pub account: String,
    /// The device.
    pub dev_eui: Eui64,
    /// Its address in the session.
    pub dev_addr: DevAddr,
    /// FPort, 1 to 224.
    pub f_port: u8,
    /// The whole frame counter.
    pub fcnt: u32,
    /// Frames lost since the one before.
    pub missing_fcnt: u32,
    /// FRMPayload in clear.
    pub payload: Vec<u8>,
    /// Whether the device asked for an acknowledgement.
    pub confirmed: bool,
    /// The ACK bit of the uplink.
    pub ack: bool,
    /// Data rate.
    pub data_rate: DataRate,
    /// Spreading factor and bandwidth.
    pub modulation: Modulation,
    /// Carrier frequency.
    pub frequency: Hertz,
    /// The gateways that heard it, the best first.
    pub receptions: Vec<Reception>,
    /// Where the device is, judged by the places of these gateways; none where no place is known.
    pub location: Option<Position>,
}
