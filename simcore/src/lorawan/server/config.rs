//! What an operator configures.

use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::eu868::{self, DataRate};
use wire::lorawan::{DlSettings, NetId};
use wire::time::Duration;

/// Configuration of the network.
#[derive(Clone, Debug)]
pub struct NsConfig {
    /// The network's identifier; its low bits stand in every DevAddr.
    pub net_id: NetId,
    /// Registered devices.
    pub devices: Vec<DeviceConfig>,
    /// Registered gateways; others are not served.
    pub gateways: Vec<GatewayConfig>,
    /// How long copies of an uplink are collected; zero judges every copy at once.
    pub dedup_window: Duration,
    /// Receive windows that a join-accept sets.
    pub windows: WindowSettings,
    /// Channels 3 to 7, given by the CFList of a join-accept; `None` sends no list.
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
    /// and duty cycles on, eight tries of a confirmed downlink.
    #[must_use]
    pub const fn new(net_id: NetId) -> Self {
        Self {
            net_id,
            devices: Vec::new(),
            gateways: Vec::new(),
            dedup_window: Duration::from_millis(200),
            windows: WindowSettings::DEFAULT,
            cf_list: Some(eu868::USUAL_CHANNELS),
            adr: true,
            enforce_duty_cycle: true,
            enforce_gateway_duty_cycle: true,
            confirmed_tries: 8,
        }
    }
}

/// A registered gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Its EUI.
    pub eui: Eui64,
    /// Where it stands, where that is known.
    pub position: Option<Position>,
}

impl GatewayConfig {
    /// A gateway that stands nobody knows where.
    #[must_use]
    pub const fn new(eui: Eui64) -> Self {
        Self { eui, position: None }
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
    /// RX1DROffset, 0 to 5.
    pub rx1_dr_offset: u8,
    /// Data rate of RX2.
    pub rx2_data_rate: DataRate,
}

impl WindowSettings {
    /// One second, no offset, RX2 at DR0.
    pub const DEFAULT: Self = Self { rx_delay: 1, rx1_dr_offset: 0, rx2_data_rate: eu868::RX2_DATA_RATE };

    pub(super) const fn dl_settings(self) -> DlSettings {
        DlSettings { rx1_dr_offset: self.rx1_dr_offset, rx2_data_rate: self.rx2_data_rate.0 }
    }
}
