//! What the network server keeps over a restart: of each device its nonces, sessions, counters, queue and time on air.
//!
//! Not kept: copies inside a de-duplication window and frames that a gateway has in its hands, which are over before the
//! server is back, gateways, which are the lab file's, and multicast groups, which are a script's. A device that was registered by hand is kept whole, its AppKey
//! included; of one from the lab file the configuration is not written.

use super::NetworkServer;
use super::config::{Class, CounterRule, DeviceConfig};
use super::device::{Device, DeviceStatus, EndedSession, LastUplink, QueuedDownlink, Traffic};
use super::duty::AirtimeLog;
use super::nonces::UsedNonces;
use super::offer::Offer;
use super::session::Session;
use crate::lorawan::link::Window;
use crate::state::{self, Change, Durable, Parts, Record, StateError};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wire::id::Eui64;
use wire::time::Instant;

const DEVICE: &str = "lorawan-device";

/// Session keys, written knowingly: without them no session outlives a restart.
pub(super) mod keys {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use wire::lorawan::SessionKeys;

    pub fn serialize<S: Serializer>(keys: &SessionKeys, serializer: S) -> Result<S::Ok, S::Error> {
        [&keys.nwk_s_key, &keys.app_s_key].map(|key| hex::encode(key.expose())).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SessionKeys, D::Error> {
        let [nwk_s_key, app_s_key] = <[String; 2]>::deserialize(deserializer)?;
        let key = |text: String| text.parse().map_err(D::Error::custom);
        Ok(SessionKeys { nwk_s_key: key(nwk_s_key)?, app_s_key: key(app_s_key)? })
    }
}

/// The configuration of a device that was registered by hand.
#[derive(Serialize, Deserialize)]
struct Registered {
    app_eui: Eui64,
    app_key: String,
    account: String,
    class: Class,
}

/// What is read first of a device that the lab file does not have.
#[derive(Deserialize)]
struct ByHand {
    by_hand: Option<Registered>,
}

/// What is written of a device.
#[derive(Serialize)]
struct Writing<'a> {
    by_hand: Option<Registered>,
    used_nonces: &'a UsedNonces,
    last_app_nonce: u32,
    counter_rule: CounterRule,
    current: &'a Option<Session>,
    offered: &'a Option<Offer>,
    ended: &'a Option<EndedSession>,
    queue: &'a VecDeque<QueuedDownlink>,
    preferred: Window,
    last_uplink: &'a Option<LastUplink>,
    airtime: &'a AirtimeLog,
    status: Option<DeviceStatus>,
}

/// The same, as it is read back.
#[derive(Deserialize)]
struct Written {
    used_nonces: UsedNonces,
    last_app_nonce: u32,
    counter_rule: CounterRule,
    current: Option<Session>,
    offered: Option<Offer>,
    ended: Option<EndedSession>,
    queue: VecDeque<QueuedDownlink>,
    preferred: Window,
    last_uplink: Option<LastUplink>,
    airtime: AirtimeLog,
    status: Option<DeviceStatus>,
}

impl Durable for Device {
    fn write(&self) -> serde_json::Result<String> {
        let registered = |config: &DeviceConfig| Registered {
            app_eui: config.app_eui,
            app_key: hex::encode(config.app_key.expose()),
            account: config.account.clone(),
            class: config.class,
        };
        serde_json::to_string(&Writing {
            by_hand: self.traffic.by_hand.then(|| registered(&self.config)),
            used_nonces: &self.used_nonces,
            last_app_nonce: self.last_app_nonce,
            counter_rule: self.counter_rule,
            current: &self.traffic.current,
            offered: &self.offered,
            ended: &self.traffic.ended,
            queue: &self.traffic.queue,
            preferred: self.preferred,
            last_uplink: &self.traffic.last_uplink,
            airtime: &self.airtime,
            status: self.traffic.status,
        })
    }

    fn read(text: &str, configured: Option<Self>) -> serde_json::Result<Option<Self>> {
        let was: Written = serde_json::from_str(text)?;
        Ok(configured.map(|device| Self {
            used_nonces: was.used_nonces,
            last_app_nonce: was.last_app_nonce,
            counter_rule: was.counter_rule,
            offered: was.offered,
            preferred: was.preferred,
            airtime: was.airtime,
            traffic: Box::new(Traffic {
                current: was.current,
                ended: was.ended,
                queue: was.queue,
                last_uplink: was.last_uplink,
                status: was.status,
                ..*device.traffic
            }),
            ..device
        }))
    }
}

impl NetworkServer {
    /// Notes changes from now on, so that they can be taken.
    pub(crate) fn keep_state(&mut self) {
        for (_, part) in self.parts() {
            part.keep();
        }
    }

    /// What has changed since the last call.
    pub(crate) fn take_changes(&mut self) -> Result<Vec<Change>, StateError> {
        state::take_changes(self.parts())
    }

    /// Takes up a record; false when it is of no kind of this server.
    pub(crate) fn restore(&mut self, record: &Record) -> Result<bool, StateError> {
        if record.kind == DEVICE {
            self.register_as_before(record)?;
        }
        state::restore(self.parts(), record)
    }

    /// Every record has been taken up, and it is `now`.
    pub(crate) fn restored(&mut self, now: Instant) {
        self.now = self.now.max(now);
        for dev_eui in self.devices.euis() {
            self.note_addresses(dev_eui);
            self.wait_for_class_c(dev_eui);
        }
    }

    /// Registers a device again that was registered by hand.
    fn register_as_before(&mut self, record: &Record) -> Result<(), StateError> {
        let (kind, key) = (record.kind.clone(), record.key.clone());
        let Ok(dev_eui) = record.key.parse::<Eui64>() else { return Ok(()) };
        if self.devices.contains(dev_eui) {
            return Ok(());
        }
        let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
        let ByHand { by_hand } = serde_json::from_str(&record.value).map_err(unreadable)?;
        let Some(Registered { app_eui, app_key, account, class }) = by_hand else { return Ok(()) };
        let app_key = app_key.parse().map_err(|error| unreadable(serde_json::Error::custom(error)))?;
        let config = DeviceConfig { dev_eui, app_eui, app_key, account, class };
        let device = self.new_device(config);
        self.devices.insert(device);
        Ok(())
    }

    fn parts(&mut self) -> Parts<'_> {
        vec![(DEVICE, &mut self.devices)]
    }
}
