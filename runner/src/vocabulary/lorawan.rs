//! The network server's and the platform's view of one node.

use super::node::NodeHandle;
use super::values::{array, map, narrow, octets, optional, parse};
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use lab::{NodeKeys, SeatId};
use rhai::{Array, Dynamic, Engine, Map};
use simcore::lorawan::{Class, CounterRule, DeviceConfig, NetworkServer, Window};
use simcore::platform::{Location, Query};
use wire::id::{Eui64, Key};
use wire::lorawan::DevNonce;
use wire::time::Instant;

/// `core.node(node)`.
#[derive(Clone, Debug)]
pub struct LorawanHandle {
    context: Shared,
    dev_eui: Eui64,
}

impl LorawanHandle {
    /// The network's view of `node`.
    ///
    /// # Errors
    /// A trouble of the lab when the lab file has no keys for it.
    pub fn of(context: &Shared, node: &NodeHandle) -> Verb<Self> {
        let dev_eui = context.lab().node_keys(node.seat).map(|keys| keys.dev_eui);
        let missing = || Trouble::new(Blame::Lab, "the lab file has no identity for this node").terminal();
        Ok(Self { context: context.clone(), dev_eui: dev_eui.ok_or_else(missing)? })
    }

    fn order<T>(&self, order: impl FnOnce(&mut NetworkServer, Instant) -> T) -> T {
        let mut lab = self.context.lab();
        let now = lab.now();
        order(&mut lab.bench_mut().core.lorawan, now)
    }
}

/// An order that the server refuses.
fn permitted<T, E: std::fmt::Display>(result: Result<T, E>) -> Verb<T> {
    result.map_err(|error| Trouble::new(Blame::Script, error.to_string()).thrown())
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<LorawanHandle>("LorawanDevice")
        .register_get("dev_eui", |device: &mut LorawanHandle| device.dev_eui.to_string())
        .register_fn("session", session)
        .register_fn("has_session", |device: &mut LorawanHandle| {
            let dev_eui = device.dev_eui;
            device.order(|server, _| {
                server.session(dev_eui).is_some() || server.offered_session(dev_eui).is_some()
            })
        })
        .register_fn("used_nonces", |device: &mut LorawanHandle| {
            array(
                device
                    .order(|server, _| server.used_nonces(device.dev_eui))
                    .iter()
                    .map(|(nonce, _)| nonce.to_string()),
            )
        })
        .register_fn("forget_nonces", |device: &mut LorawanHandle| {
            permitted(device.order(|server, _| server.forget_nonces(device.dev_eui)))
        })
        .register_fn("set_app_key", |device: &mut LorawanHandle, key: &str| {
            let key: Key = parse(key)?;
            device.context.step("the join server's AppKey of the device is changed");
            permitted(device.order(|server, _| server.set_app_key(device.dev_eui, key)))
        })
        .register_fn("restore_app_key", restore_app_key)
        .register_fn("register", register_device)
        .register_fn("unregister", |device: &mut LorawanHandle| {
            device.order(|server, _| server.unregister(device.dev_eui))
        })
        .register_fn("register", register_device)
        .register_fn("downlink", |device: &mut LorawanHandle, port: i64, payload: &str| {
            downlink(device, port, payload, false)
        })
        .register_fn("downlink_confirmed", |device: &mut LorawanHandle, port: i64, payload: &str| {
            downlink(device, port, payload, true)
        })
        .register_fn("queued_downlinks", |device: &mut LorawanHandle| {
            i64::try_from(device.order(|server, _| server.queued_downlinks(device.dev_eui)))
                .unwrap_or(i64::MAX)
        })
        .register_fn("prefer_window", prefer_window)
        .register_fn("messages", messages)
        .register_fn("replay_last_uplink", replay_last_uplink)
        .register_fn("coverage", set_coverage);
    register_state(engine);
}

/// Nonces, counters and settings that a test may read and set.
fn register_state(engine: &mut Engine) {
    engine
        .register_fn("spend_nonce", |device: &mut LorawanHandle, nonce: i64| {
            let nonce = DevNonce::from_value(narrow(nonce, "a DevNonce")?);
            permitted(device.order(|server, now| server.spend_nonce(now, device.dev_eui, nonce)))
        })
        .register_fn("app_nonce", |device: &mut LorawanHandle| {
            permitted(device.order(|server, _| server.app_nonce(device.dev_eui))).map(i64::from)
        })
        .register_fn("set_app_nonce", |device: &mut LorawanHandle, last: i64| {
            let last = narrow(last, "an AppNonce")?;
            permitted(device.order(|server, _| server.set_app_nonce(device.dev_eui, last)))
        })
        .register_fn("set_fcnt_up", |device: &mut LorawanHandle, last: i64| {
            let last = narrow(last, "a frame counter")?;
            permitted(device.order(|server, _| server.set_fcnt_up(device.dev_eui, Some(last))))
        })
        .register_fn("set_fcnt_down", |device: &mut LorawanHandle, next: i64| {
            let next = narrow(next, "a frame counter")?;
            permitted(device.order(|server, _| server.set_fcnt_down(device.dev_eui, next)))
        })
        .register_fn("counter_rule", set_counter_rule)
        .register_fn("class", set_class)
        .register_fn("request_status", |device: &mut LorawanHandle| {
            permitted(device.order(|server, _| server.request_device_status(device.dev_eui)))
        })
        .register_fn("status", status);
}

fn unknown(what: &str, got: &str, known: &str) -> Trouble {
    Trouble::new(Blame::Script, format!("\"{got}\" is no {what}: {known} are"))
}

fn set_counter_rule(device: &mut LorawanHandle, rule: &str) -> Verb<()> {
    let rule = match rule {
        "strict" => CounterRule::Strict,
        "16-bit" => CounterRule::SixteenBits,
        "reset-allowed" => CounterRule::ResetAllowed,
        other => return Err(unknown("counter rule", other, "strict, 16-bit and reset-allowed").terminal()),
    };
    permitted(device.order(|server, _| server.set_counter_rule(device.dev_eui, rule)))
}

fn set_class(device: &mut LorawanHandle, class: &str) -> Verb<()> {
    let class = match class {
        "A" => Class::A,
        "C" => Class::C,
        other => return Err(unknown("class of this server", other, "A and C").terminal()),
    };
    permitted(device.order(|server, _| server.set_class(device.dev_eui, class)))
}

/// What the device last said of its battery and its reception; unit when it never did.
fn status(device: &mut LorawanHandle) -> Dynamic {
    let Some(status) = device.order(|server, _| server.device_status(device.dev_eui)) else {
        return Dynamic::UNIT;
    };
    Dynamic::from_map(map([
        ("at", Dynamic::from_float(status.at.as_secs_f64())),
        ("battery", Dynamic::from_int(status.battery.into())),
        ("margin", Dynamic::from_int(status.margin.into())),
    ]))
}

/// Registers the device at the operator's desk for an account, with the identities and the key of the lab file.
fn register_device(device: &mut LorawanHandle, account: &str) -> Verb<()> {
    let NodeKeys { dev_eui, app_eui, app_key, .. } = keys_of(device)?;
    let config = DeviceConfig { dev_eui, app_eui, app_key, account: account.to_owned(), class: Class::A };
    device.context.step(format!("the device is registered for {account}"));
    permitted(device.order(|server, _| server.register(config)))
}

/// What the lab file says of the device.
fn keys_of(device: &LorawanHandle) -> Verb<NodeKeys> {
    let keys = {
        let lab = device.context.lab();
        let mut seats = (0..lab.bench().seats.len()).map(SeatId);
        seats.find_map(|seat| lab.node_keys(seat).filter(|keys| keys.dev_eui == device.dev_eui).cloned())
    };
    keys.ok_or_else(|| Trouble::new(Blame::Lab, "the lab file has no keys for this node").terminal())
}

/// The AppKey that the lab file gives the device is the join server's again.
fn restore_app_key(device: &mut LorawanHandle) -> Verb<()> {
    let keys = keys_of(device)?;
    device.context.step("the join server has the device's AppKey again");
    permitted(device.order(|server, _| server.set_app_key(device.dev_eui, keys.app_key)))
}

fn session(device: &mut LorawanHandle) -> Dynamic {
    let Some(session) = device.order(|server, _| server.session(device.dev_eui)) else {
        return Dynamic::UNIT;
    };
    Dynamic::from_map(map([
        ("dev_addr", Dynamic::from(session.dev_addr.to_string())),
        ("fcnt_up", optional(session.fcnt_up)),
        ("fcnt_down", Dynamic::from_int(session.fcnt_down.into())),
        ("joined_at", Dynamic::from_float(session.joined_at.as_secs_f64())),
    ]))
}

fn downlink(device: &LorawanHandle, port: i64, payload: &str, confirmed: bool) -> Verb<()> {
    let (port, payload) = (narrow(port, "an FPort")?, octets(payload)?);
    permitted(device.order(|server, _| server.queue_downlink(device.dev_eui, port, payload, confirmed)))
}

fn prefer_window(device: &mut LorawanHandle, window: &str) -> Verb<()> {
    let window = match window {
        "RX1" => Window::Rx1,
        "RX2" => Window::Rx2,
        other => {
            return Err(Trouble::new(
                Blame::Script,
                format!("\"{other}\" is not a receive window: RX1 and RX2 are"),
            )
            .terminal());
        }
    };
    permitted(device.order(|server, _| server.set_preferred_window(device.dev_eui, window)))
}

fn place(location: Location) -> Dynamic {
    let degrees = [("latitude", location.lat), ("longitude", location.lon), ("accuracy", location.accuracy)];
    Dynamic::from_map(map(degrees.map(|(name, number)| (name, Dynamic::from_float(number)))))
}

/// What the customer finds in the platform's message store.
fn messages(device: &mut LorawanHandle) -> Array {
    let lab = device.context.lab();
    let query = Query { dev_eui: Some(device.dev_eui), ..Query::default() };
    array(lab.bench().core.platform.find(&query).map(|message| -> Map {
        map([
            ("time", Dynamic::from(message.timestamp.clone())),
            ("port", Dynamic::from_int(message.port.into())),
            ("payload", Dynamic::from(message.payload.clone())),
            ("fcnt", Dynamic::from_int(message.fcnt.into())),
            ("kind", Dynamic::from(message.message_type)),
            ("spreading_factor", Dynamic::from_int(message.sf.into())),
            ("location", message.location.map_or(Dynamic::UNIT, place)),
            ("gateways", Dynamic::from_int(i64::try_from(message.gateway_cnt).unwrap_or(i64::MAX))),
        ])
    }))
}

/// Sends the last accepted uplink again, as an eavesdropper with a transmitter would.
fn replay_last_uplink(device: &mut LorawanHandle) -> Verb<()> {
    device.context.step("an eavesdropper sends the node's last uplink again");
    let replayed = device.context.lab().replay_last_uplink(device.dev_eui);
    let message = "the network server has heard no uplink of this node yet";
    if replayed { Ok(()) } else { Err(Trouble::new(Blame::Script, message).thrown()) }
}

/// Takes all gateways off the air, or puts them back.
fn set_coverage(device: &mut LorawanHandle, covered: bool) {
    device.context.step(if covered { "LoRa coverage is back" } else { "LoRa coverage is lost" });
    device.context.lab().set_lora_coverage(covered);
}
