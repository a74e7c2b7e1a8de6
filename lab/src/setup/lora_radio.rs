//! The radios of LoRa on the table: gateways, and where everything stands.

use crate::bench::GatewaySeat;
use crate::ether::lora::{LoraAir, RadioIndex, RadioKind};
use crate::plan::{GatewayPlan, NodePlan, Plan};
use simcore::lorawan::{Gateway, GatewayConfig, PacketForwarder, UnknownPlan};
use wire::seed::Seed;
use wire::time::Calendar;

/// The air, with the ground of the lab file where it has one.
pub fn air(plan: &Plan, seed: Seed) -> LoraAir {
    let mut air = LoraAir::new();
    if let Some(radio) = &plan.radio {
        air.lay_ground(radio.ground(), seed.child("lora-ground"));
    }
    air
}

/// Stands a node where the lab file, or within its spread the seed, wants it.
pub fn stand(node: &NodePlan, radio: RadioIndex, air: &mut LoraAir, seed: Seed) {
    let Some(position) = &node.position else { return };
    let name = node.name.get_ref();
    let mut rng = seed.child(name).child("place").rng();
    let place = position.get_ref().place().scattered(node.spread.0, &mut rng);
    air.place(radio, name, place, node.antenna_gain);
}

/// The simulated gateways, each with its radio.
pub fn gateways(
    plan: &Plan,
    air: &mut LoraAir,
    calendar: Calendar,
    seed: Seed,
) -> Result<Vec<GatewaySeat>, UnknownPlan> {
    plan.gateways
        .iter()
        .filter(|gateway| gateway.simulated)
        .map(|gateway| {
            let eui = gateway.eui.get_ref().0;
            let radio = air.add_radio(RadioKind::Gateway);
            if let Some(position) = &gateway.position {
                air.place(radio, &eui.to_string(), position.get_ref().place(), gateway.antenna_gain);
            }
            let first_token = seed.child("forwarder").child(&eui.to_string()).rng().below(1 << 16);
            let forwarder = gateway
                .server
                .as_ref()
                .map(|_| PacketForwarder::new(eui, calendar, u16::try_from(first_token).unwrap_or_default()));
            let gateway = Gateway::new(eui, plan.channel_plan(gateway)?, seed.child("gateways"));
            Ok(GatewaySeat::new(gateway, radio, forwarder))
        })
        .collect()
}

/// The gateways that the network server knows, each where it stands.
pub fn registered(plan: &Plan) -> Vec<GatewayConfig> {
    let own = plan.gateways.iter().filter(|gateway| gateway.server.is_none());
    let registered = |gateway: &GatewayPlan| GatewayConfig {
        position: gateway.position.as_ref().map(|position| position.get_ref().surveyed()),
        band: Some(plan.band_of_gateway(gateway)),
        ..GatewayConfig::new(gateway.eui.get_ref().0)
    };
    own.map(registered).collect()
}
