//! Everything about a node that its memory can keep: identities, keys, counters, channels and radio parameters.

use super::channels::ChannelPlan;
use super::class_c::Class;
use super::multicast::{Group, MOST_GROUPS};
use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::{DataRate, DevAddr, PayloadRule, Region, SessionKeys, timing};
use wire::time::Duration;

/// How often an unacknowledged uplink is sent again unless the host says otherwise.
const DEFAULT_RETRANSMISSIONS: u8 = 7;
const FIRST_TX_POWER: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub dev_eui: Option<Eui64>,
    pub app_eui: Option<Eui64>,
    /// The root key of a join.
    pub app_key: Option<Key>,
    /// The AppKey of a stack made for 1.1 too, of which a join of 1.0 makes no use: it uses NwkKey.
    pub app_key_of_1_1: Option<Key>,
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
    /// The TXPower that the host set, or the module's own: a join goes back to it.
    pub tx_power: u8,
    pub retransmissions: u8,
    /// Between two link checks.
    pub link_check: Option<Duration>,
    pub class: Class,
    pub groups: [Group; MOST_GROUPS],
    /// RX1 of a join, after the end of the request; RX2 is a second later.
    pub join_delay1: Duration,
    /// Whether the duty cycle of bands and channels is kept. Some modules let the host switch it off for tests.
    pub duty_cycle: bool,
    /// Whether the budget of join-requests is kept.
    pub join_duty_cycle: bool,
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
    /// TxParamSetupReq: uplinks last at most 400 ms.
    pub uplink_dwell: bool,
    /// TxParamSetupReq: downlinks last at most 400 ms.
    pub downlink_dwell: bool,
    /// What TXPower 0 radiates.
    pub max_eirp_dbm: i8,
}

impl NetworkParameters {
    /// The region's defaults.
    pub(super) fn new(region: &'static Region) -> Self {
        Self {
            channels: ChannelPlan::new(region),
            data_rate: DataRate(*region.channel_data_rates.end()),
            tx_power: FIRST_TX_POWER,
            nb_trans: 1,
            rx1_dr_offset: 0,
            rx2_data_rate: region.rx2_data_rate,
            rx2_frequency: region.rx2_frequency,
            rx_delay1: timing::RECEIVE_DELAY1,
            max_duty_cycle: 0,
            uplink_dwell: region.starts_in_dwell(),
            downlink_dwell: region.starts_in_dwell(),
            max_eirp_dbm: region.max_eirp_dbm,
        }
    }

    pub(super) const fn region(&self) -> &'static Region {
        self.channels.region()
    }

    /// The largest FRMPayload of an uplink; none when the data rate is not allowed at the moment.
    pub(super) fn max_frm_payload(&self, data_rate: DataRate) -> Option<usize> {
        self.region().max_frm_payload(data_rate, PayloadRule::with_dwell(self.uplink_dwell))
    }

    /// Whether an uplink of so many octets of PHYPayload is allowed at the data rate.
    pub(super) fn allows_length(&self, data_rate: DataRate, octets: usize) -> bool {
        let rule = PayloadRule::with_dwell(self.uplink_dwell);
        // PHYPayload is MACPayload with MHDR and MIC.
        self.region().max_mac_payload(data_rate, rule).is_some_and(|most| octets <= most + 5)
    }

    /// The slowest data rate that uplinks may have at the moment.
    pub(super) fn lowest_data_rate(&self) -> DataRate {
        let mut rates = (0..16).map(DataRate);
        rates.find(|rate| self.max_frm_payload(*rate).is_some()).unwrap_or_default()
    }

    /// Goes to the next lower data rate that a channel allows, or to the lowest.
    pub(super) fn lower_data_rate(&mut self) {
        let lowest = self.lowest_data_rate();
        self.data_rate = self.slower(lowest).unwrap_or(lowest);
    }

    /// A node that could not send would never fall back to where the network hears it. Where no channel that is on allows
    /// the data rate, the region's own are switched on, as in Semtech's reference stack; then the nearest one is taken
    /// that a channel allows.
    pub(super) fn keep_able_to_send(&mut self) {
        if !self.channels.allow(self.data_rate) {
            self.channels.enable_defaults();
        }
        if !self.channels.allow(self.data_rate) {
            let mut faster = (self.data_rate.0..16).map(DataRate);
            let nearest = self.slower(self.lowest_data_rate());
            let nearest = nearest.or_else(|| faster.find(|rate| self.channels.allow(*rate)));
            self.data_rate = nearest.unwrap_or(self.data_rate);
        }
    }

    /// The fastest data rate below its own, and not below `lowest`, that a channel allows.
    fn slower(&self, lowest: DataRate) -> Option<DataRate> {
        let mut rates = (lowest.0..self.data_rate.0).rev().map(DataRate);
        rates.find(|rate| self.channels.allow(*rate))
    }

    /// The EIRP of a TXPower index.
    pub(super) fn eirp_dbm(&self, tx_power: u8) -> Option<i8> {
        let region = self.region();
        region.eirp_dbm(tx_power).map(|eirp| eirp - region.max_eirp_dbm + self.max_eirp_dbm)
    }
}

#[cfg(test)]
impl Default for Parameters {
    /// Of EU868.
    fn default() -> Self {
        Self::new(&wire::lorawan::eu868::REGION)
    }
}

impl Parameters {
    /// The region's defaults, and no identity.
    pub(super) fn new(region: &'static Region) -> Self {
        Self {
            dev_eui: None,
            app_eui: None,
            app_key: None,
            app_key_of_1_1: None,
            dev_addr: None,
            nwk_s_key: None,
            app_s_key: None,
            fcnt_up: 0,
            fcnt_down: 0,
            adr: false,
            automatic_reply: false,
            battery: 255,
            tx_power: FIRST_TX_POWER,
            retransmissions: DEFAULT_RETRANSMISSIONS,
            link_check: None,
            class: Class::A,
            groups: Default::default(),
            join_delay1: timing::JOIN_ACCEPT_DELAY1,
            duty_cycle: true,
            join_duty_cycle: true,
            network: NetworkParameters::new(region),
        }
    }

    /// The same node in another region: everything of the old one's channels and radio is gone, and so are its groups. It sends
    /// with the slowest data rate and full power.
    pub(super) fn in_region(&self, region: &'static Region) -> Self {
        let mut network = NetworkParameters { tx_power: 0, ..NetworkParameters::new(region) };
        network.data_rate = network.lowest_data_rate();
        Self { tx_power: network.tx_power, network, groups: Default::default(), ..self.clone() }
    }

    /// The host chooses the power.
    pub(super) const fn set_power(&mut self, tx_power: u8) {
        (self.tx_power, self.network.tx_power) = (tx_power, tx_power);
    }

    /// A join-request is sent as loud as the host wants it and no network limits it, as in Semtech's reference stack.
    pub(super) const fn lift_limits(&mut self) {
        self.network.tx_power = self.tx_power;
        self.network.max_eirp_dbm = self.network.region().max_eirp_dbm;
        self.network.max_duty_cycle = 0;
    }

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
