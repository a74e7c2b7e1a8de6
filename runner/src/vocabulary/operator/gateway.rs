//! The gateways: which are installed and where, and what the backhaul carried of those that came through a door.

use super::OperatorHandle;
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, optional, parse};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::lorawan::{Backhaul, GatewayConfig, MONTHLY_PLAN, Position};
use wire::id::Eui64;
use wire::time::Instant;

/// `core.gateway(eui)`.
#[derive(Clone, Debug)]
struct GatewayHandle {
    context: Shared,
    eui: Eui64,
}

impl GatewayHandle {
    fn install(&self, position: Option<Position>) {
        self.context.step(format!("gateway {} is installed", self.eui));
        let config = GatewayConfig { position, ..GatewayConfig::new(self.eui) };
        self.context.lab().bench_mut().core.lorawan.register_gateway(config);
    }

    fn remove(&self) -> bool {
        self.context.step(format!("gateway {} is no longer known to the network server", self.eui));
        self.context.lab().bench_mut().core.lorawan.unregister_gateway(self.eui)
    }
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<GatewayHandle>("Gateway")
        .register_fn("gateway", |core: &mut OperatorHandle, eui: &str| -> Verb<GatewayHandle> {
            Ok(GatewayHandle { context: core.0.clone(), eui: parse(eui)? })
        })
        .register_fn("installed_gateways", |core: &mut OperatorHandle| -> Array {
            array(core.0.lab().bench().core.lorawan.gateways().map(|eui| eui.to_string()))
        })
        .register_get("eui", |gateway: &mut GatewayHandle| gateway.eui.to_string())
        .register_fn("is_installed", |gateway: &mut GatewayHandle| {
            gateway.context.lab().bench().core.lorawan.knows_gateway(gateway.eui)
        })
        .register_fn("install", |gateway: &mut GatewayHandle| gateway.install(None))
        .register_fn("install", |gateway: &mut GatewayHandle, latitude: f64, longitude: f64| -> Verb<()> {
            gateway.install(Some(position(latitude, longitude)?));
            Ok(())
        })
        .register_fn("remove", |gateway: &mut GatewayHandle| gateway.remove())
        .register_fn("gateways", |core: &mut OperatorHandle| -> Array {
            let lab = core.0.lab();
            let now = lab.now();
            array(lab.bench().core.lorawan.backhauls().iter().map(|(eui, known)| view(now, *eui, known)))
        });
}

/// A place from degrees.
fn position(latitude: f64, longitude: f64) -> Verb<Position> {
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        let message =
            format!("{latitude}, {longitude} is no place: degrees north (-90 to 90) and east (-180 to 180)");
        return Err(Trouble::new(Blame::Script, message).thrown());
    }
    let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
    Ok(Position { latitude: millionths(latitude), longitude: millionths(longitude) })
}

fn view(now: Instant, eui: Eui64, known: &Backhaul) -> Map {
    let count = |number: u64| Dynamic::from_int(i64::try_from(number).unwrap_or(i64::MAX));
    let stat = known.stat.clone().unwrap_or_default();
    map([
        ("eui", Dynamic::from(eui.to_string())),
        ("since", Dynamic::from_float(known.since.as_secs_f64())),
        ("octets_up", count(known.traffic.octets_up)),
        ("octets_down", count(known.traffic.octets_down)),
        ("datagrams_up", count(known.traffic.datagrams_up)),
        ("datagrams_down", count(known.traffic.datagrams_down)),
        ("refused", count(known.refused)),
        ("octets_per_month", known.per_month(now).map_or(Dynamic::UNIT, count)),
        ("plan", count(MONTHLY_PLAN)),
        ("received", optional(stat.received)),
        ("forwarded", optional(stat.forwarded)),
        ("acknowledged_percent", stat.acknowledged_percent.map_or(Dynamic::UNIT, Dynamic::from_float)),
        ("downlinks", optional(stat.downlinks)),
        ("transmitted", optional(stat.transmitted)),
    ])
}
