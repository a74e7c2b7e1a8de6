//! Messages that are late, come twice, are malformed or were not asked for, and faults that happen by themselves.

use super::fault::inject;
use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{narrow, parse};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, EvalAltResult, Map};
use simcore::cellular::{Damage, Disturbance, FaultLine, FaultPlan, FaultRate, Unasked};
use wire::time::Duration;

/// Registers the verbs; each is for one modem, or without it for every device.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn(
            "delay",
            |core: &mut OperatorHandle, modem: ModemHandle, what: &str, seconds: i64, count: i64| {
                inject(core, Some(&modem), what, |_| late(seconds), count)
            },
        )
        .register_fn("delay", |core: &mut OperatorHandle, what: &str, seconds: i64, count: i64| {
            inject(core, None, what, |_| late(seconds), count)
        })
        .register_fn("repeat", |core: &mut OperatorHandle, modem: ModemHandle, what: &str, count: i64| {
            inject(core, Some(&modem), what, |_| Ok(Disturbance::Twice), count)
        })
        .register_fn("repeat", |core: &mut OperatorHandle, what: &str, count: i64| {
            inject(core, None, what, |_| Ok(Disturbance::Twice), count)
        })
        .register_fn(
            "malform",
            |core: &mut OperatorHandle, modem: ModemHandle, what: &str, damage: &str, count: i64| {
                inject(core, Some(&modem), what, |_| malformed(damage), count)
            },
        )
        .register_fn("malform", |core: &mut OperatorHandle, what: &str, damage: &str, count: i64| {
            inject(core, None, what, |_| malformed(damage), count)
        })
        .register_fn("send_unasked", send_unasked)
        .register_fn("fault_plan", |core: &mut OperatorHandle, lines: Array| -> Verb<()> {
            let rates: Vec<FaultRate> = lines.iter().map(rate).collect::<Verb<_>>()?;
            let plan = FaultPlan::new(rates).map_err(|error| wrong(error.to_string()))?;
            core.0.step(format!("a plan of {} faults", lines.len()));
            core.order(|core, _| core.set_fault_plan(plan));
            Ok(())
        });
}

fn wrong(text: String) -> Box<EvalAltResult> {
    Trouble::new(Blame::Script, text).terminal()
}

fn late(seconds: i64) -> Verb<Disturbance> {
    Ok(Disturbance::Late(Duration::from_secs(narrow(seconds, "a delay in seconds")?)))
}

fn malformed(damage: &str) -> Verb<Disturbance> {
    Ok(Disturbance::Malformed(parse::<Damage>(damage)?))
}

fn send_unasked(core: &mut OperatorHandle, modem: ModemHandle, what: &str) -> Verb<()> {
    let found = Unasked::ALL.iter().find(|(name, _)| *name == what).map(|(_, message)| *message);
    let message = found.ok_or_else(|| {
        let known: Vec<&str> = Unasked::ALL.iter().map(|(name, _)| *name).collect();
        wrong(format!("\"{what}\" is no message that can be sent unasked; known ones: {}", known.join(", ")))
    })?;
    let imsi = subscription(&modem)?;
    permitted(core.order(|core, now| core.send_unasked(now, &imsi, message)))
}

/// `#{ procedure, fault, rate, cause, seconds, damage }`; the last three as the fault needs them.
fn rate(line: &Dynamic) -> Verb<FaultRate> {
    let map = line.read_lock::<Map>().ok_or_else(|| wrong("a fault is a map of its fields".to_owned()))?;
    let mut line = FaultLine::default();
    for (key, value) in map.iter() {
        let unfit = |_| wrong(format!("\"{value}\" is no {key} of a fault"));
        match key.as_str() {
            "procedure" => line.procedure = value.clone().into_string().map_err(unfit)?,
            "fault" => line.fault = value.clone().into_string().map_err(unfit)?,
            "damage" => line.damage = Some(value.clone().into_string().map_err(unfit)?),
            "rate" => line.rate = value.as_float().map_err(unfit)?,
            "cause" => line.cause = Some(narrow(value.as_int().map_err(unfit)?, "a cause")?),
            "seconds" => line.seconds = Some(narrow(value.as_int().map_err(unfit)?, "seconds")?),
            other => {
                let known = "procedure, fault, rate, cause, seconds, damage";
                return Err(wrong(format!("a fault has no \"{other}\"; known fields: {known}")));
            }
        }
    }
    line.read().map_err(|error| wrong(error.to_string()))
}
