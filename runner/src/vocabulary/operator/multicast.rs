//! Multicast groups of the network server (LoRaWAN 1.0.2 clause 17.3).

use super::OperatorHandle;
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use crate::vocabulary::node::NodeHandle;
use crate::vocabulary::values::{narrow, octets, parse};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine};
use simcore::lorawan::{MulticastGroup, NetworkServer};
use wire::id::Eui64;
use wire::lorawan::{DevAddr, SessionKeys};
use wire::time::Instant;

/// `core.multicast_group(address, nwk_s_key, app_s_key, nodes)`.
#[derive(Clone, Debug)]
struct GroupHandle {
    context: Shared,
    address: DevAddr,
}

impl GroupHandle {
    fn order<T>(&self, order: impl FnOnce(&mut NetworkServer, Instant) -> T) -> T {
        let mut lab = self.context.lab();
        let now = lab.now();
        order(&mut lab.bench_mut().core.lorawan, now)
    }
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("multicast_group", set_up)
        .register_type_with_name::<GroupHandle>("MulticastGroup")
        .register_fn("send", send)
        .register_fn("counter", |group: &mut GroupHandle| {
            let counter = group.order(|server, _| server.multicast_counter(group.address));
            counter.map_or(Dynamic::UNIT, |counter| Dynamic::from_int(counter.into()))
        })
        .register_fn("remove", |group: &mut GroupHandle| {
            group.order(|server, _| server.remove_multicast_group(group.address))
        });
}

/// Sets up a group, whose members listen on the parameters of the band's RX2.
fn set_up(
    core: &mut OperatorHandle,
    address: &str,
    nwk_s_key: &str,
    app_s_key: &str,
    nodes: Array,
) -> Verb<GroupHandle> {
    let (address, nwk_s_key, app_s_key) = (parse(address)?, parse(nwk_s_key)?, parse(app_s_key)?);
    let members = nodes.into_iter().map(|node| member(core, node)).collect::<Verb<Vec<Eui64>>>()?;
    let group = GroupHandle { context: core.0.clone(), address };
    group
        .context
        .step(format!("the network server has a multicast group {address} of {} nodes", members.len()));
    group.order(|server, _| {
        let region = server.region();
        let (frequency, data_rate) = (region.rx2_frequency, region.rx2_data_rate);
        let keys = SessionKeys { nwk_s_key, app_s_key };
        server.set_multicast_group(MulticastGroup { address, keys, frequency, data_rate, members });
    });
    Ok(group)
}

fn member(core: &OperatorHandle, node: Dynamic) -> Verb<Eui64> {
    let trouble = |blame, text: &str| Trouble::new(blame, text.to_owned()).terminal();
    let node: NodeHandle = node
        .try_cast()
        .ok_or_else(|| trouble(Blame::Script, "the members of a multicast group are a list of nodes"))?;
    let keys = core.0.lab().node_keys(node.seat).map(|keys| keys.dev_eui);
    keys.ok_or_else(|| trouble(Blame::Lab, "the lab file has no identity for this node"))
}

/// Sends a payload to all members: its counter.
fn send(group: &mut GroupHandle, port: i64, payload: &str) -> Verb<i64> {
    let (port, payload) = (narrow(port, "an FPort")?, octets(payload)?);
    group.context.step(format!("a message goes to multicast group {}", group.address));
    let sent = group.order(|server, now| server.send_multicast(now, group.address, port, payload));
    sent.map(i64::from).map_err(|error| Trouble::new(Blame::Script, error.to_string()).thrown())
}
