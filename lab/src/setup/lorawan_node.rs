//! The nodes of LoRaWAN: the simulated ones, how they are spoken to, and what the network server knows of them.

use super::{SetupError, defects, lora_radio};
use crate::ether::lora::{LoraAir, RadioKind};
use crate::plan::{DevicePlan, NodePlan, Plan, PortPlan};
use crate::seats::{NodeKeys, Simulated};
use drivers::lora::dialect::{self as dialects, Dialect};
use simcore::lorawan;
use simdev::node::{Node, NodeConfig, NodeModel, Provisioning};
use wire::id::Key;
use wire::lorawan::NetId;
use wire::seed::Seed;

/// Its identity and key, and its band.
pub fn keys(plan: &Plan, node: &NodePlan) -> Result<NodeKeys, SetupError> {
    let app_key: Key = node.app_key.reveal("a key: 32 hexadecimal digits").map_err(|source| {
        SetupError::Secret { what: "app_key", name: node.name.get_ref().clone(), source }
    })?;
    let app_key = counted_up(&app_key, node.copy);
    Ok(NodeKeys { dev_eui: node.dev_eui.0, app_eui: node.app_eui.0, app_key, band: plan.band_of(node) })
}

/// The key as a number of 128 bits, and so much more.
fn counted_up(key: &Key, more: u16) -> Key {
    Key::new(u128::from_be_bytes(*key.expose()).wrapping_add(more.into()).to_be_bytes())
}

/// The dialect that the lab file names; `None` for hardware that is to be asked.
pub fn dialect(node: &NodePlan) -> Result<Option<&'static Dialect>, SetupError> {
    let model = node.model.get_ref();
    let hardware = node.port.get_ref().0 != PortPlan::Simulated;
    if hardware && model == "auto" {
        return Ok(None);
    }
    dialects::named(model).map(Some).ok_or_else(|| SetupError::Model {
        name: node.name.get_ref().clone(),
        model: model.clone(),
        known: if hardware { format!("{}, auto", dialects::names()) } else { dialects::names() },
    })
}

/// The simulated node with its radio.
pub fn simulated(
    node: &NodePlan,
    keys: &NodeKeys,
    air: &mut LoraAir,
    seed: Seed,
) -> Result<Simulated, SetupError> {
    let name = node.name.get_ref();
    let model: NodeModel = node.model.get_ref().parse().map_err(|_| SetupError::Model {
        name: name.clone(),
        model: node.model.get_ref().clone(),
        known: NodeModel::ALL.map(NodeModel::name).join(", "),
    })?;
    let NodeKeys { dev_eui, app_eui, app_key, band } = keys.clone();
    let config = NodeConfig {
        model,
        hw_eui: node.dev_eui.0,
        provisioned: Some(Provisioning { dev_eui, app_eui, app_key }),
        defects: defects(name, &node.defects)?,
        test_mode: node.test_mode,
        band,
        ..NodeConfig::default()
    };
    let radio = air.add_radio(RadioKind::Node);
    lora_radio::stand(node, radio, air, seed);
    Ok(Simulated::Node(Box::new(Node::new(config, seed.child(name))), radio))
}

/// The network server with the nodes and gateways of the lab file.
pub fn server_config(plan: &Plan) -> Result<lorawan::NsConfig, SetupError> {
    let mut config = lorawan::NsConfig::in_band(NetId::from_value(plan.operator.net_id), plan.band());
    (config.channels, config.tx_params) = (plan.network_channels(), plan.tx_params());
    config.gateways = lora_radio::registered(plan);
    for device in &plan.devices {
        let DevicePlan::Node(node) = device else { continue };
        let NodeKeys { dev_eui, app_eui, app_key, .. } = keys(plan, node)?;
        let account = node.account.as_ref().map(|account| account.get_ref().clone()).unwrap_or_default();
        config.devices.push(lorawan::DeviceConfig {
            dev_eui,
            app_eui,
            app_key,
            account,
            class: lorawan::Class::A,
        });
    }
    Ok(config)
}
