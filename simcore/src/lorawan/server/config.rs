//! What an operator configures.

use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::region::ChannelSet;
use wire::lorawan::{Band, DataRate, DlSettings, NetId, PayloadRule, Region};
use wire::time::Duration;

/// Configuration of the network.
#[derive(Clone, Debug)]
pub struct NsConfig {
    /// The network's identifier; its low bits stand in every DevAddr.
    pub net_id: NetId,
    /// The band of all its devices and gateways.
    pub band: Band,
    /// Where all channels are fixed: those that devices are left with by LinkADRReq after a join; `None` leaves all on.
    pub channels: Option<ChannelSet>,
    /// Where TxParamSetupReq exists: what devices are told after a join; `None` leaves the limits of the region.
    pub tx_params: Option<TxParams>,
    /// Registered devices.
    pub devices: Vec<DeviceConfig>,
    /// Registered gateways; others are not served.
    pub gateways: Vec<GatewayConfig>,
    /// How long copies of an uplink are collected; zero judges every copy at once.
    pub dedup_window: Duration,
    /// Receive windows that a join-accept sets.
    pub windows: WindowSettings,
    /// The five channels after the region's own, given by the CFList of a join-accept; `None` sends no list, nor does a
    /// region whose channels are fixed.
    pub cf_list: Option<[Hertz; 5]>,
    /// Whether the server moves data rate and power of devices that set the ADR bit.
    pub adr: bool,
    /// Whether a device that uses up its band within an hour is refused.
    pub enforce_duty_cycle: bool,
    /// Whether a gateway that has used up its band is not asked to send there.
    pub enforce_gateway_duty_cycle: bool,
    /// How often a confirmed downlink is sent with the same counter until the device acknowledges it.
    pub confirmed_tries: u8,
}

impl NsConfig {
    /// A network without devices and gateways: 200 ms of de-duplication, default windows, the five usual channels, ADR
    /// and duty cycles on, eight tries of a confirmed downlink. Its band is EU868.
    #[must_use]
    pub const fn new(net_id: NetId) -> Self {
        Self::in_band(net_id, Band::Eu868)
    }

    /// The same of another band, with the usual channels of that where it has some.
    #[must_use]
    pub const fn in_band(net_id: NetId, band: Band) -> Self {
        Self {
            net_id,
            band,
            channels: None,
            tx_params: None,
            devices: Vec::new(),
            gateways: Vec::new(),
            dedup_window: Duration::from_millis(200),
            windows: WindowSettings::of(band.region()),
            cf_list: band.region().usual_channels,
            adr: true,
            enforce_duty_cycle: true,
            enforce_gateway_duty_cycle: true,
            confirmed_tries: 8,
        }
    }
}

impl NsConfig {
    /// Which limits of length hold for frames to devices whose own settings are not asked, such as a group's.
    pub(super) fn group_rule(&self) -> PayloadRule {
        let free = self.tx_params.is_some_and(|params| !params.downlink_dwell);
        PayloadRule::with_dwell(self.band.region().starts_in_dwell() && !free)
    }
}

/// What TxParamSetupReq sets (clause 5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxParams {
    /// Uplinks last 400 ms at most.
    pub uplink_dwell: bool,
    /// Downlinks last 400 ms at most.
    pub downlink_dwell: bool,
    /// Index of the most that a device may radiate, 0 to 15: 8 to 36 dBm EIRP.
    pub max_eirp_index: u8,
}

/// A registered gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Its EUI.
    pub eui: Eui64,
    /// Where it stands, where that is known.
    pub position: Option<Position>,
    /// The band that it is built for, where that is known; one of another band than the network's is not served.
    pub band: Option<Band>,
}

impl GatewayConfig {
    /// A gateway that stands nobody knows where, of the network's band as far as anybody knows.
    #[must_use]
    pub const fn new(eui: Eui64) -> Self {
        Self { eui, position: None, band: None }
    }
}

/// A place on earth (WGS 84), in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// North of the equator.
    pub latitude: i32,
    /// East of Greenwich.
    pub longitude: i32,
}

/// How a device counts its uplinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CounterRule {
    /// 32 bits, of which 16 travel; a counter never comes again with the same keys.
    #[default]
    Strict,
    /// 16 bits: after 65535 comes 0 (LoRaWAN 1.0.2 clause 4.3.1.5 leaves the choice to the device).
    SixteenBits,
    /// A device by personalisation may begin anew after a reset (clause 6.3). Whoever recorded its frames may too.
    ResetAllowed,
}

/// Device class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Class {
    /// Listens after its own uplinks.
    A,
    /// Listens with the RX2 parameters all the time.
    C,
}

/// A registered device.
#[derive(Clone, Debug)]
pub struct DeviceConfig {
    /// The device.
    pub dev_eui: Eui64,
    /// Its application provider.
    pub app_eui: Eui64,
    /// The key that only the device and the join server know.
    pub app_key: Key,
    /// The account whose platform gets its messages.
    pub account: String,
    /// Set out of band in 1.0.2.
    pub class: Class,
}

/// Receive windows of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WindowSettings {
    /// RxDelay: seconds to RX1, 1 to 15.
    pub rx_delay: u8,
    /// RX1DROffset, 0 to 5 in EU868.
    pub rx1_dr_offset: u8,
    /// Data rate of RX2.
    pub rx2_data_rate: DataRate,
}

impl WindowSettings {
    /// One second, no offset, RX2 at the region's default.
    #[must_use]
    pub const fn of(region: &Region) -> Self {
        Self { rx_delay: 1, rx1_dr_offset: 0, rx2_data_rate: region.rx2_data_rate }
    }

    pub(super) const fn dl_settings(self) -> DlSettings {
        DlSettings { rx1_dr_offset: self.rx1_dr_offset, rx2_data_rate: self.rx2_data_rate.0 }
    }
}
