//! The operator in a script: what a person at its desk could order or look up.

mod account;
mod alarm;
mod authentication;
mod disturbance;
mod fault;
mod gateway;
mod history;
mod information;
mod message;
mod mobility;
mod multicast;
mod notes;
mod ota;
mod provisioning;
mod server;
mod session;
mod subscriber;
mod ussd;
mod voice;

use super::lorawan::LorawanHandle;
use super::modem::ModemHandle;
use super::node::NodeHandle;
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use rhai::Engine;
use simcore::cellular::{CellularCore, ControlError};
use wire::id::Imsi;
use wire::time::Instant;

/// `lab.core()`.
#[derive(Clone, Debug)]
pub struct OperatorHandle(pub Shared);

/// Registers the verbs of the operator.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<OperatorHandle>("Core")
        .register_fn("node", |core: &mut OperatorHandle, node: NodeHandle| LorawanHandle::of(&core.0, &node));
    account::register(engine);
    alarm::register(engine);
    authentication::register(engine);
    disturbance::register(engine);
    fault::register(engine);
    gateway::register(engine);
    information::register(engine);
    message::register(engine);
    mobility::register(engine);
    multicast::register(engine);
    notes::register(engine);
    ota::register(engine);
    provisioning::register(engine);
    subscriber::register(engine);
    server::register(engine);
    session::register(engine);
    ussd::register(engine);
    voice::register(engine);
}

impl OperatorHandle {
    /// Orders something of the cellular core.
    fn order<T>(&self, order: impl FnOnce(&mut CellularCore, Instant) -> T) -> T {
        let mut lab = self.0.lab();
        let now = lab.now();
        order(&mut lab.bench_mut().core.cellular, now)
    }
}

/// A refusal of the operator's desk as a trouble that a script may catch.
fn permitted<T>(result: Result<T, ControlError>) -> Verb<T> {
    result.map_err(|error| Trouble::new(Blame::Script, error.to_string()).thrown())
}

/// The subscription of the card that the lab file puts into a modem.
fn subscription(modem: &ModemHandle) -> Verb<Imsi> {
    let lab = modem.context.lab();
    let imsi = lab.subscription(modem.seat).cloned();
    imsi.ok_or_else(|| Trouble::new(Blame::Script, "the lab file names no card for this modem").terminal())
}
