//! What an operator, and a test, can ask of the server and change in it.

use super::NetworkServer;
use super::addresses::Holder;
use super::config::{Class, CounterRule, DeviceConfig, GatewayConfig};
use super::device::{Device, DeviceStatus, QueuedDownlink, SessionSlot};
use super::downlink::{reply_path, smallest_limit};
use super::nonces::UsedNonces;
use super::offer::Offer;
use super::session::Session;
use crate::lorawan::link::Window;
use wire::id::{Eui64, Key};
use wire::lorawan::mac::DownlinkCommand;
use wire::lorawan::{DevAddr, DevNonce, PortPayload, Region, SessionKeys};
use wire::time::Instant;

/// Nobody has registered this DevEUI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("device {0} is not registered")]
pub struct UnknownDevice(pub Eui64);

/// Somebody has registered this DevEUI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("device {0} is already registered")]
pub struct AlreadyRegistered(pub Eui64);

/// Why a downlink is not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownlinkError {
    /// Nobody has registered this DevEUI.
    #[error(transparent)]
    UnknownDevice(#[from] UnknownDevice),
    /// The device has no session.
    #[error("device {0} has not joined")]
    NotJoined(Eui64),
    /// FPort 0 and 225 to 255 are not for applications.
    #[error("FPort {0} is not for applications, 1 to 224 are")]
    Port(u8),
    /// More than the receive windows can carry.
    #[error("the payload has {got} octets, the receive windows allow {limit}")]
    TooLong {
        /// Octets of payload.
        got: usize,
        /// The most that is allowed at the data rates of the last uplink's windows.
        limit: usize,
    },
}

/// A session as a test may see it: no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The address.
    pub dev_addr: DevAddr,
    /// The last accepted uplink counter.
    pub fcnt_up: Option<u32>,
    /// The counter of the next downlink.
    pub fcnt_down: u32,
    /// When the join-request was accepted.
    pub joined_at: Instant,
}

impl NetworkServer {
    /// Registers a device. A device that is registered keeps what it has: unregister it first.
    ///
    /// # Errors
    /// [`AlreadyRegistered`].
    pub fn register(&mut self, config: DeviceConfig) -> Result<(), AlreadyRegistered> {
        let dev_eui = config.dev_eui;
        if self.devices.contains(dev_eui) {
            return Err(AlreadyRegistered(dev_eui));
        }
        let device = self.new_device(config);
        self.devices.insert(device);
        Ok(())
    }

    /// Forgets a device and its session; false when it was not registered.
    pub fn unregister(&mut self, dev_eui: Eui64) -> bool {
        self.flights.forget_device(dev_eui);
        self.class_c.remove(&dev_eui);
        self.forget_addresses(dev_eui);
        self.devices.remove(dev_eui)
    }

    /// The parameters of the network's band.
    #[must_use]
    pub const fn region(&self) -> &'static Region {
        self.config.band.region()
    }

    /// Registered devices, in order of their DevEUI.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceConfig> {
        self.devices.all().map(|device| &device.config)
    }

    /// Registers a gateway.
    pub fn register_gateway(&mut self, gateway: GatewayConfig) {
        self.gateways.register(gateway);
    }

    /// Stops serving a gateway; false when it was not registered.
    pub fn unregister_gateway(&mut self, gateway: Eui64) -> bool {
        self.gateways.unregister(gateway)
    }

    /// Registered gateways, in order.
    pub fn gateways(&self) -> impl Iterator<Item = Eui64> {
        self.gateways.all()
    }

    /// Whether a gateway is registered.
    #[must_use]
    pub fn knows_gateway(&self, gateway: Eui64) -> bool {
        self.gateways.contains(gateway)
    }

    /// The session in use; a join-accept that the device has not yet used does not count.
    #[must_use]
    pub fn session(&self, dev_eui: Eui64) -> Option<SessionInfo> {
        self.devices.get(dev_eui)?.traffic.current.as_ref().map(info)
    }

    /// The session of a join-accept that the device has not yet used.
    #[must_use]
    pub fn offered_session(&self, dev_eui: Eui64) -> Option<SessionInfo> {
        let offer = self.devices.get(dev_eui)?.offered.as_ref()?;
        let Offer { dev_addr, joined_at, .. } = *offer;
        Some(SessionInfo { dev_addr, fcnt_up: None, fcnt_down: 0, joined_at })
    }

    /// DevNonces that are spent, with the time of their use.
    #[must_use]
    pub fn used_nonces(&self, dev_eui: Eui64) -> Vec<(DevNonce, Instant)> {
        let device = self.devices.get(dev_eui);
        device.map_or_else(Vec::new, |device| device.used_nonces.iter().collect())
    }

    /// The last accepted uplink as it was on the air, to be sent again on purpose.
    #[must_use]
    pub fn last_uplink_frame(&self, dev_eui: Eui64) -> Option<Vec<u8>> {
        self.devices.get(dev_eui)?.traffic.last_uplink.as_ref().map(|last| last.heard.payload.clone())
    }

    /// How many payloads wait for the device.
    #[must_use]
    pub fn queued_downlinks(&self, dev_eui: Eui64) -> usize {
        self.devices.get(dev_eui).map_or(0, |device| device.traffic.queue.len())
    }

    /// Makes every DevNonce of the device usable again.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn forget_nonces(&mut self, dev_eui: Eui64) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| device.used_nonces = UsedNonces::default())
    }

    /// Marks a DevNonce as used now, as if the device had joined with it.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn spend_nonce(
        &mut self,
        now: Instant,
        dev_eui: Eui64,
        nonce: DevNonce,
    ) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| {
            device.used_nonces.insert(nonce, now);
        })
    }

    /// The AppNonce of the last join-accept; zero before the first.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn app_nonce(&self, dev_eui: Eui64) -> Result<u32, UnknownDevice> {
        let device = self.devices.get(dev_eui).ok_or(UnknownDevice(dev_eui))?;
        Ok(device.last_app_nonce)
    }

    /// Sets the AppNonce that counts as the last one; 24 bits travel.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn set_app_nonce(&mut self, dev_eui: Eui64, last: u32) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| device.last_app_nonce = last & 0x00ff_ffff)
    }

    /// How the device counts.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn set_counter_rule(&mut self, dev_eui: Eui64, rule: CounterRule) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| device.counter_rule = rule)
    }

    /// Sets the class, which in 1.0.2 is agreed out of band.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn set_class(&mut self, dev_eui: Eui64, class: Class) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| device.config.class = class)?;
        self.wait_for_class_c(dev_eui);
        Ok(())
    }

    /// What the device last said of its battery and its reception.
    #[must_use]
    pub fn device_status(&self, dev_eui: Eui64) -> Option<DeviceStatus> {
        self.devices.get(dev_eui)?.traffic.status
    }

    /// Changes the AppKey that the join server knows.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn set_app_key(&mut self, dev_eui: Eui64, app_key: Key) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| {
            device.traffic.former_app_key = Some(std::mem::replace(&mut device.config.app_key, app_key));
        })
    }

    /// Sends the device's downlinks in this window from now on.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn set_preferred_window(&mut self, dev_eui: Eui64, window: Window) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| device.preferred = window)
    }

    /// Sets the last accepted uplink counter.
    ///
    /// # Errors
    /// [`DownlinkError::UnknownDevice`] or [`DownlinkError::NotJoined`].
    pub fn set_fcnt_up(&mut self, dev_eui: Eui64, last: Option<u32>) -> Result<(), DownlinkError> {
        self.session_mut(dev_eui).map(|session| session.fcnt_up = last)
    }

    /// Sets the counter of the next downlink.
    ///
    /// # Errors
    /// [`DownlinkError::UnknownDevice`] or [`DownlinkError::NotJoined`].
    pub fn set_fcnt_down(&mut self, dev_eui: Eui64, next: u32) -> Result<(), DownlinkError> {
        self.session_mut(dev_eui).map(|session| session.fcnt_down = next)
    }

    /// Ends the device's sessions: it has to join again.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn end_session(&mut self, dev_eui: Eui64) -> Result<(), UnknownDevice> {
        self.forget_addresses(dev_eui);
        self.device_mut(dev_eui).map(|device| {
            (device.traffic.current, device.offered, device.traffic.ended) = (None, None, None);
        })
    }

    /// Gives the device a session by personalisation (clause 6.3), counters at zero.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn personalise(
        &mut self,
        now: Instant,
        dev_eui: Eui64,
        dev_addr: DevAddr,
        keys: SessionKeys,
    ) -> Result<(), UnknownDevice> {
        let windows = super::WindowSettings::of(self.config.band.region());
        let channels = self.channels.clone();
        self.forget_addresses(dev_eui);
        self.device_mut(dev_eui).map(|device| {
            device.traffic.current =
                Some(Session::new(device.region, dev_addr, keys, now, windows, channels));
        })?;
        self.note_addresses(dev_eui);
        Ok(())
    }

    /// Queues a payload for the device's next receive window.
    ///
    /// # Errors
    /// One [`DownlinkError`] per reason; nothing is cut off silently.
    pub fn queue_downlink(
        &mut self,
        dev_eui: Eui64,
        f_port: u8,
        payload: Vec<u8>,
        confirmed: bool,
    ) -> Result<(), DownlinkError> {
        if !(1..=224).contains(&f_port) {
            return Err(DownlinkError::Port(f_port));
        }
        self.session_mut(dev_eui)?;
        let device = self.device_mut(dev_eui)?;
        let (limit, got) = (payload_limit(device), payload.len());
        if got > limit {
            return Err(DownlinkError::TooLong { got, limit });
        }
        let payload = PortPayload { port: f_port, octets: payload };
        device.traffic.queue.push_back(QueuedDownlink { payload, confirmed });
        self.wait_for_class_c(dev_eui);
        Ok(())
    }

    /// Drops all payloads that wait for the device.
    ///
    /// # Errors
    /// [`UnknownDevice`].
    pub fn flush_downlinks(&mut self, dev_eui: Eui64) -> Result<(), UnknownDevice> {
        self.device_mut(dev_eui).map(|device| device.traffic.queue.clear())
    }

    /// Sends a MAC command with the next downlink; the device's answer comes as a note.
    ///
    /// # Errors
    /// [`DownlinkError::UnknownDevice`] or [`DownlinkError::NotJoined`].
    pub fn queue_mac_command(
        &mut self,
        dev_eui: Eui64,
        command: DownlinkCommand,
    ) -> Result<(), DownlinkError> {
        self.session_mut(dev_eui).map(|session| session.requests.push_back(command))
    }

    /// Asks the device for battery and margin with the next downlink.
    ///
    /// # Errors
    /// [`DownlinkError::UnknownDevice`] or [`DownlinkError::NotJoined`].
    pub fn request_device_status(&mut self, dev_eui: Eui64) -> Result<(), DownlinkError> {
        self.queue_mac_command(dev_eui, DownlinkCommand::DevStatusReq)
    }

    /// Its sessions no longer receive.
    fn forget_addresses(&mut self, dev_eui: Eui64) {
        for (dev_addr, slot) in self.sessions_of(dev_eui) {
            self.addresses.remove(dev_addr, Holder { dev_eui, slot });
        }
    }

    /// What is queued for a class C device goes out as soon as it can.
    pub(super) fn wait_for_class_c(&mut self, dev_eui: Eui64) {
        let device = self.devices.get(dev_eui);
        if device.is_some_and(|device| device.config.class == Class::C && !device.traffic.queue.is_empty()) {
            self.class_c.insert(dev_eui);
        }
    }

    /// Its sessions can be found.
    pub(super) fn note_addresses(&mut self, dev_eui: Eui64) {
        for (dev_addr, slot) in self.sessions_of(dev_eui) {
            self.addresses.add(dev_addr, Holder { dev_eui, slot });
        }
    }

    fn sessions_of(&self, dev_eui: Eui64) -> Vec<(DevAddr, SessionSlot)> {
        self.devices.get(dev_eui).map_or_else(Vec::new, |device| device.addresses().collect())
    }

    fn device_mut(&mut self, dev_eui: Eui64) -> Result<&mut Device, UnknownDevice> {
        self.devices.get_mut(dev_eui).ok_or(UnknownDevice(dev_eui))
    }

    fn session_mut(&mut self, dev_eui: Eui64) -> Result<&mut Session, DownlinkError> {
        self.device_mut(dev_eui)?.traffic.current.as_mut().ok_or(DownlinkError::NotJoined(dev_eui))
    }
}

const fn info(session: &Session) -> SessionInfo {
    SessionInfo {
        dev_addr: session.dev_addr,
        fcnt_up: session.fcnt_up,
        fcnt_down: session.fcnt_down,
        joined_at: session.joined_at,
    }
}

/// What the preferred window of the last uplink can carry; the smallest limit before any uplink.
fn payload_limit(device: &Device) -> usize {
    let limit = reply_path(device).and_then(|path| {
        let rate = match path.preferred {
            Window::Rx1 => path.rx1_data_rate,
            Window::Rx2 => path.rx2_data_rate,
        };
        device.region.max_frm_payload(rate, path.rule)
    });
    let session = device.traffic.current.as_ref();
    limit.unwrap_or_else(|| smallest_limit(device.region, session.map(|it| it.downlink_rule())))
}
