//! A LoRaWAN node in a script: the verbs that type on its port.

use super::values::{map, narrow, octets};
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use drivers::lora::{Answer, Command, CommandId, JoinOutcome, LoraError, TransmitOutcome, command};
use lab::{Host, SeatId};
use rhai::{Dynamic, Engine, Map};
use std::cell::RefCell;
use std::rc::Rc;
use wire::time::{Duration, Instant};

/// A node of the lab.
#[derive(Clone, Debug)]
pub struct NodeHandle {
    /// The lab of the test.
    pub context: Shared,
    /// The node's place on the table.
    pub seat: SeatId,
}

/// A command of a node that is under way.
#[derive(Clone, Debug)]
struct Pending {
    node: NodeHandle,
    id: CommandId,
    ended: Rc<RefCell<Option<Result<Answer, LoraError>>>>,
}

/// Registers the verbs of a node.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<NodeHandle>("Node")
        .register_get("name", |node: &mut NodeHandle| node.name())
        .register_fn("command", |node: &mut NodeHandle, line: &str| {
            let answer = finish(&start(node, Command::new(line))?)?;
            Verb::Ok(answer.line)
        })
        .register_fn("dev_eui", |node: &mut NodeHandle| {
            Verb::Ok(read(finish(&start(node, command::get_dev_eui())?)?.eui())?.to_string())
        })
        .register_fn("provision", provision)
        .register_fn("start_join", |node: &mut NodeHandle| start(node, command::join_otaa()))
        .register_fn("join", |node: &mut NodeHandle| {
            let answer = finish(&start(node, command::join_otaa())?)?;
            Verb::Ok(read(answer.join_outcome())? == JoinOutcome::Accepted)
        })
        .register_fn("send", |node: &mut NodeHandle, port: i64, payload: &str| {
            transmit(node, false, port, payload)
        })
        .register_fn("send_confirmed", |node: &mut NodeHandle, port: i64, payload: &str| {
            transmit(node, true, port, payload)
        })
        .register_fn("start_send", |node: &mut NodeHandle, port: i64, payload: &str| {
            start(node, command::transmit(false, narrow(port, "an FPort")?, &octets(payload)?))
        })
        .register_fn("start_send_confirmed", |node: &mut NodeHandle, port: i64, payload: &str| {
            start(node, command::transmit(true, narrow(port, "an FPort")?, &octets(payload)?))
        })
        .register_fn("set_data_rate", |node: &mut NodeHandle, data_rate: i64| {
            accepted(node, command::set_data_rate(narrow(data_rate, "a data rate")?))
        })
        .register_fn("set_adr", |node: &mut NodeHandle, on: bool| accepted(node, command::set_adr(on)))
        .register_fn("set_retransmissions", |node: &mut NodeHandle, count: i64| {
            accepted(node, command::set_retransmissions(narrow(count, "a number of retransmissions")?))
        })
        .register_fn("power_on", |node: &mut NodeHandle| power(node, true))
        .register_fn("power_off", |node: &mut NodeHandle| power(node, false));
    engine
        .register_type_with_name::<Pending>("Pending")
        .register_fn("ended", |pending: &mut Pending| is_ended(pending))
        .register_fn("outcome", |pending: &mut Pending| transmitted(pending))
        .register_fn("accepted", |pending: &mut Pending| -> Verb<bool> {
            let ended = is_ended(pending);
            Ok(ended && read(finish(pending)?.join_outcome())? == JoinOutcome::Accepted)
        });
}

impl NodeHandle {
    /// Its name in the lab file.
    pub fn name(&self) -> String {
        let lab = self.context.lab();
        lab.bench().seats.get(self.seat).map(|seat| seat.name.clone()).unwrap_or_default()
    }
}

/// An error of a driver's parser as a trouble of the script.
fn read<T>(result: Result<T, LoraError>) -> Verb<T> {
    result.map_err(|error| Trouble::from(error).thrown())
}

fn start(node: &NodeHandle, command: Command) -> Verb<Pending> {
    let mut lab = node.context.lab();
    let now = lab.now();
    match lab.bench_mut().seats.touch(node.seat).and_then(|seat| seat.host.as_mut()) {
        Some(Host::Node { driver, .. }) => {
            let id = read(driver.send(now, command))?;
            Ok(Pending { node: node.clone(), id, ended: Rc::default() })
        }
        Some(Host::Modem { .. }) | None => {
            Err(Trouble::new(Blame::Lab, "another program holds this device's port: type there").thrown())
        }
    }
}

fn is_ended(pending: &Pending) -> bool {
    let mut lab = pending.node.context.lab();
    let seat = lab.bench_mut().seats.touch(pending.node.seat).and_then(|seat| seat.host.as_mut());
    if let Some(Host::Node { ended, .. }) = seat
        && let Some(result) = ended.remove(&pending.id)
    {
        *pending.ended.borrow_mut() = Some(result);
    }
    pending.ended.borrow().is_some()
}

/// Runs the lab until the command has ended.
fn finish(pending: &Pending) -> Verb<Answer> {
    while !is_ended(pending) {
        pending.node.context.advance(Instant::ZERO + Duration::from_secs(u64::from(u32::MAX)))?;
    }
    let ended = pending.ended.borrow().clone();
    match ended {
        Some(result) => read(result),
        None => Err(Trouble::new(Blame::Lab, "a node's command ended without a result").terminal()),
    }
}

fn accepted(node: &NodeHandle, command: Command) -> Verb<()> {
    read(finish(&start(node, command)?)?.accepted())
}

/// Writes the identities and the key of the lab file into the node, and saves them.
fn provision(node: &mut NodeHandle) -> Verb<()> {
    let keys = node.context.lab().node_keys(node.seat).cloned();
    let keys =
        keys.ok_or_else(|| Trouble::new(Blame::Lab, "the lab file has no keys for this node").terminal())?;
    for command in command::set_keys(keys.dev_eui, keys.app_eui, &keys.app_key) {
        accepted(node, command)?;
    }
    Ok(())
}

fn transmit(node: &NodeHandle, confirmed: bool, port: i64, payload: &str) -> Verb<Map> {
    let command = command::transmit(confirmed, narrow(port, "an FPort")?, &octets(payload)?);
    transmitted(&start(node, command)?)
}

/// Waits for the end of an uplink.
fn transmitted(pending: &Pending) -> Verb<Map> {
    let outcome = read(finish(pending)?.transmit_outcome())?;
    let (outcome, port, payload) = match outcome {
        TransmitOutcome::Sent => ("sent", Dynamic::UNIT, String::new()),
        TransmitOutcome::Received { port, payload } => {
            ("received", Dynamic::from_int(port.into()), hex::encode(payload))
        }
        TransmitOutcome::NotAcknowledged => ("not-acknowledged", Dynamic::UNIT, String::new()),
        TransmitOutcome::TooLong => ("too-long", Dynamic::UNIT, String::new()),
    };
    Ok(map([("outcome", Dynamic::from(outcome)), ("port", port), ("payload", Dynamic::from(payload))]))
}

fn power(node: &mut NodeHandle, on: bool) -> Verb<()> {
    let name = node.name();
    node.context.step(format!("power of {name} {}", if on { "on" } else { "off" }));
    let switched = node.context.lab().set_power(node.seat, on);
    switched.map_err(|error| Trouble::new(Blame::Lab, error.to_string()).terminal())
}
