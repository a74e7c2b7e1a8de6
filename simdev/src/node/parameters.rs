//! Everything about a node that `mac save` keeps: identities, keys, counters, channels and radio parameters.

use super::channels::ChannelPlan;
use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::{DataRate, DevAddr, SessionKeys, eu868, timing};
use wire::time::Duration;

/// How often an unacknowledged uplink is sent again unless the host says otherwise.
const DEFAULT_RETRANSMISSIONS: u8 = 7;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub dev_eui: Option<Eui64>,
    pub app_eui: Option<Eui64>,
    pub app_key: Option<Key>,
    pub dev_addr: Option<DevAddr>,
    pub nwk_s_key: Option<Key>,
    pub app_s_key: Option<Key>,
    /// The counter of the next new uplink.
    pub fcnt_up: u32,
    /// The counter of the next downlink, if none is lost.
    pub fcnt_down: u32,
    pub adr: bool,
    pub automatic_reply: bool,
    pub battery: u8,
    pub retransmissions: u8,
    /// Between two link checks.
    pub link_check: Option<Duration>,
    pub network: NetworkParameters,
}

/// What the network can change, and what a join puts back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NetworkParameters {
    pub channels: ChannelPlan,
    pub data_rate: DataRate,
    /// Index into the region's table.
    pub tx_power: u8,
    /// Transmissions of an unconfirmed uplink.
    pub nb_trans: u8,
    pub rx1_dr_offset: u8,
    pub rx2_data_rate: DataRate,
    pub rx2_frequency: Hertz,
    pub rx_delay1: Duration,
    /// DutyCycleReq: 1 / 2^n of the time.
    pub max_duty_cycle: u8,
}

impl Default for NetworkParameters {
    fn default() -> Self {
        Self {
            channels: ChannelPlan::default(),
            data_rate: DataRate(5),
            tx_power: 1,
            nb_trans: 1,
            rx1_dr_offset: 0,
            rx2_data_rate: eu868::RX2_DATA_RATE,
            rx2_frequency: eu868::RX2_FREQUENCY,
            rx_delay1: timing::RECEIVE_DELAY1,
            max_duty_cycle: 0,
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            dev_eui: None,
            app_eui: None,
            app_key: None,
            dev_addr: None,
            nwk_s_key: None,
            app_s_key: None,
            fcnt_up: 0,
            fcnt_down: 0,
            adr: false,
            automatic_reply: false,
            battery: 255,
            retransmissions: DEFAULT_RETRANSMISSIONS,
            link_check: None,
            network: NetworkParameters::default(),
        }
    }
}

impl Parameters {
    /// The address and keys of a session, where all three are there.
    pub(super) fn session(&self) -> Option<(DevAddr, SessionKeys)> {
        let keys = SessionKeys { nwk_s_key: self.nwk_s_key.clone()?, app_s_key: self.app_s_key.clone()? };
        Some((self.dev_addr?, keys))
    }

    /// What a join-request needs, where all three are there.
    pub(super) fn join_identity(&self) -> Option<(Eui64, Eui64, &Key)> {
        Some((self.dev_eui?, self.app_eui?, self.app_key.as_ref()?))
    }
}
