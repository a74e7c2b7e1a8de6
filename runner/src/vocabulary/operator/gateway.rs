//! The gateways that have come through a door: what their backhaul carried.

use super::OperatorHandle;
use crate::vocabulary::values::{array, map, optional};
use rhai::{Array, Dynamic, Engine, Map};
use simcore::lorawan::{Backhaul, MONTHLY_PLAN};
use wire::id::Eui64;
use wire::time::Instant;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine.register_fn("gateways", |core: &mut OperatorHandle| -> Array {
        let lab = core.0.lab();
        let now = lab.now();
        array(lab.bench().core.lorawan.backhauls().iter().map(|(eui, known)| view(now, *eui, known)))
    });
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
