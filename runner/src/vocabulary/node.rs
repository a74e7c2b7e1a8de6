//! A LoRaWAN node in a script: the verbs that type on its port, in the dialect that it speaks.

mod settings;

use super::values::{array, map, narrow, octets, parse};
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use drivers::lora::dialect::{self, Dialect};
use drivers::lora::{
    Answer, Command, CommandId, JoinOutcome, LoraError, NodeHost, Order, Skill, TransmitOutcome, Uplink,
};
use lab::{Happening, Host, SeatId};
use rhai::{Array, Dynamic, Engine, Map};
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
        .register_get("dialect", |node: &mut NodeHandle| Verb::Ok(node.dialect()?.name))
        .register_fn("can", can)
        .register_fn("command", |node: &mut NodeHandle, line: &str| {
            let answer = finish(&start(node, Command::typed(line))?)?;
            Verb::Ok(answer.values.join("\n"))
        })
        .register_fn("provision", provision)
        .register_fn("personalise", personalise)
        .register_fn("resume", resume)
        .register_fn("join_group", join_group)
        .register_fn("leave_group", |node: &mut NodeHandle, address: &str| {
            accepted(node, &Order::LeaveGroup(parse(address)?))
        })
        .register_fn("downlinks", |node: &mut NodeHandle| downlinks(node))
        .register_fn("start_join", |node: &mut NodeHandle| order(node, &Order::Join))
        .register_fn("join", |node: &mut NodeHandle| {
            Verb::Ok(read(ask(node, &Order::Join)?.join_outcome())? == JoinOutcome::Accepted)
        })
        .register_fn("send", |node: &mut NodeHandle, port: i64, payload: &str| {
            transmitted(&uplink(node, false, port, payload)?)
        })
        .register_fn("send_confirmed", |node: &mut NodeHandle, port: i64, payload: &str| {
            transmitted(&uplink(node, true, port, payload)?)
        })
        .register_fn("start_send", |node: &mut NodeHandle, port: i64, payload: &str| {
            uplink(node, false, port, payload)
        })
        .register_fn("start_send_confirmed", |node: &mut NodeHandle, port: i64, payload: &str| {
            uplink(node, true, port, payload)
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
    settings::register(engine);
}

impl NodeHandle {
    /// Its name in the lab file.
    pub fn name(&self) -> String {
        let lab = self.context.lab();
        lab.bench().seats.get(self.seat).map(|seat| seat.name.clone()).unwrap_or_default()
    }

    /// The dialect that it speaks: that of the lab file, or what the node says it is.
    ///
    /// # Errors
    /// A trouble of the device that answers in no known dialect.
    fn dialect(&self) -> Verb<&'static Dialect> {
        match self.with_host(|host| host.dialect()) {
            Some(Some(dialect)) => Ok(dialect),
            Some(None) => self.recognise(),
            None => Err(Trouble::new(Blame::Lab, HELD).thrown()),
        }
    }

    /// Asks in one dialect after the other; what was found stands in the log.
    fn recognise(&self) -> Verb<&'static Dialect> {
        for dialect in dialect::ALL {
            self.with_host(|host| host.speak(dialect, false));
            let Some(question) = Command::order(dialect, &Order::Version) else { continue };
            let answer = wait(&start(self, question)?)?;
            let version = answer.as_ref().ok().and_then(|answer| answer.values.first());
            if let Some(found) = version.and_then(|version| dialect::recognised(version)) {
                self.with_host(|host| host.speak(found, true));
                let mut lab = self.context.lab();
                let now = lab.now();
                lab.bench_mut().record(now, Happening::Identified(self.seat, found.what.to_owned()));
                return Ok(found);
            }
        }
        let message = format!("{} answers in none of the dialects {}", self.name(), dialect::names());
        Err(Trouble::new(Blame::Device, message).thrown())
    }

    fn with_host<T>(&self, action: impl FnOnce(&mut NodeHost) -> T) -> Option<T> {
        match self.context.lab().bench_mut().seats.touch(self.seat)?.host.as_mut()? {
            Host::Node { driver, .. } => Some(action(driver)),
            Host::Modem { .. } => None,
        }
    }
}

const HELD: &str = "another program holds this device's port: type there";

/// An error of a driver's parser as a trouble of the script.
fn read<T>(result: Result<T, LoraError>) -> Verb<T> {
    result.map_err(|error| Trouble::from(error).thrown())
}

/// Whether the dialect of the node has a command for this.
fn can(node: &mut NodeHandle, what: &str) -> Verb<bool> {
    let skill = Skill::named(what).ok_or_else(|| {
        let words: Vec<&str> = Skill::all().map(Skill::word).collect();
        let message =
            format!("\"{what}\" is nothing that a node may have a command for: {}", words.join(", "));
        Trouble::new(Blame::Script, message).terminal()
    })?;
    Ok(node.dialect()?.can(skill))
}

/// Begins what a node is to do. Where its dialect has no command for that, the test does not apply to it.
fn order(node: &NodeHandle, order: &Order) -> Verb<Pending> {
    start(node, worded(node, order)?)
}

fn worded(node: &NodeHandle, order: &Order) -> Verb<Command> {
    let dialect = node.dialect()?;
    let lacking = || {
        let message = format!(
            "{} is a {}, which has no command or report for {}",
            node.name(),
            dialect.name,
            order.skill().what()
        );
        Trouble::not_applicable(message).terminal()
    };
    Command::order(dialect, order).ok_or_else(lacking)
}

fn start(node: &NodeHandle, command: Command) -> Verb<Pending> {
    let mut lab = node.context.lab();
    let now = lab.now();
    match lab.bench_mut().seats.touch(node.seat).and_then(|seat| seat.host.as_mut()) {
        Some(Host::Node { driver, .. }) => {
            let id = read(driver.send(now, command))?;
            Ok(Pending { node: node.clone(), id, ended: Rc::default() })
        }
        Some(Host::Modem { .. }) | None => Err(Trouble::new(Blame::Lab, HELD).thrown()),
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
fn wait(pending: &Pending) -> Verb<Result<Answer, LoraError>> {
    while !is_ended(pending) {
        pending.node.context.advance(Instant::ZERO + Duration::from_secs(u64::from(u32::MAX)))?;
    }
    let ended = pending.ended.borrow().clone();
    ended.ok_or_else(|| Trouble::new(Blame::Lab, "a node's command ended without a result").terminal())
}

fn finish(pending: &Pending) -> Verb<Answer> {
    read(wait(pending)?)
}

/// Lets the node do it, and waits for the end.
fn ask(node: &NodeHandle, what: &Order) -> Verb<Answer> {
    finish(&order(node, what)?)
}

fn accepted(node: &NodeHandle, what: &Order) -> Verb<()> {
    let command = worded(node, what)?;
    if command.is_empty() { Ok(()) } else { finish(&start(node, command)?).map(drop) }
}

/// Writes the identities and the key of the lab file into the node.
fn provision(node: &mut NodeHandle) -> Verb<()> {
    let keys = node.context.lab().node_keys(node.seat).cloned();
    let keys =
        keys.ok_or_else(|| Trouble::new(Blame::Lab, "the lab file has no keys for this node").terminal())?;
    accepted(node, &Order::SetDevEui(keys.dev_eui))?;
    accepted(node, &Order::SetAppEui(keys.app_eui))?;
    accepted(node, &Order::SetAppKey(keys.app_key))
}

/// Gives the node a session without a join (ABP), and lets it take that up where its dialect asks for it.
fn personalise(node: &mut NodeHandle, dev_addr: &str, nwk_s_key: &str, app_s_key: &str) -> Verb<()> {
    let (dev_addr, nwk_s_key, app_s_key) = (parse(dev_addr)?, parse(nwk_s_key)?, parse(app_s_key)?);
    accepted(node, &Order::SetSession { dev_addr, nwk_s_key, app_s_key })?;
    if node.dialect()?.can(Skill::Resume) { accepted(node, &Order::Resume) } else { Ok(()) }
}

/// Makes the node a member of a multicast group, whose counter begins at zero.
fn join_group(node: &mut NodeHandle, address: &str, nwk_s_key: &str, app_s_key: &str) -> Verb<()> {
    let (address, nwk_s_key, app_s_key) = (parse(address)?, parse(nwk_s_key)?, parse(app_s_key)?);
    accepted(node, &Order::JoinGroup { address, nwk_s_key, app_s_key })
}

/// What the node was sent outside its own exchanges.
fn downlinks(node: &NodeHandle) -> Array {
    let told = node.with_host(|host| host.downlinks().to_vec()).unwrap_or_default();
    array(told.into_iter().map(|downlink| -> Map {
        map([
            ("at", Dynamic::from_float(downlink.at.as_secs_f64())),
            ("port", Dynamic::from_int(downlink.port.into())),
            ("payload", Dynamic::from(hex::encode(downlink.payload))),
        ])
    }))
}

/// Takes up the session that was set or saved: whether the node has one.
fn resume(node: &mut NodeHandle) -> Verb<bool> {
    Ok(read(ask(node, &Order::Resume)?.join_outcome())? == JoinOutcome::Accepted)
}

fn uplink(node: &NodeHandle, confirmed: bool, port: i64, payload: &str) -> Verb<Pending> {
    let (port, payload) = (narrow(port, "an FPort")?, octets(payload)?);
    order(node, &Order::Send(Uplink { confirmed, port, payload }))
}

/// Waits for the end of an uplink.
fn transmitted(pending: &Pending) -> Verb<Map> {
    let answer = finish(pending)?;
    let (outcome, port, payload) = match read(answer.transmit_outcome())? {
        TransmitOutcome::Sent => ("sent", Dynamic::UNIT, String::new()),
        TransmitOutcome::Received { port, payload } => {
            ("received", Dynamic::from_int(port.into()), hex::encode(payload))
        }
        TransmitOutcome::NotAcknowledged => ("not-acknowledged", Dynamic::UNIT, String::new()),
        TransmitOutcome::TooLong => ("too-long", Dynamic::UNIT, String::new()),
    };
    let evidence = answer.exchange.map(|exchange| exchange.evidence).unwrap_or_default();
    Ok(map([
        ("outcome", Dynamic::from(outcome)),
        ("port", port),
        ("payload", Dynamic::from(payload)),
        ("evidence", Dynamic::from_array(array(evidence))),
    ]))
}

fn power(node: &mut NodeHandle, on: bool) -> Verb<()> {
    let name = node.name();
    node.context.step(format!("power of {name} {}", if on { "on" } else { "off" }));
    let switched = node.context.lab().set_power(node.seat, on);
    switched.map_err(|error| Trouble::new(Blame::Lab, error.to_string()).terminal())
}
