//! Many nodes that live by themselves for days: `lab.field(habit)`.

use super::lab::LabHandle;
use super::values::{array, map, narrow};
use crate::context::{Verb, span};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use lab::field::{FieldTally, Habit, Loss};
use rhai::{Array, Dynamic, Engine, EvalAltResult, Map};
use simcore::lorawan::MONTHLY_PLAN;
use wire::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// The longest payload that every data rate of EU863-870 takes.
const MOST_OCTETS: u8 = 51;

/// Registers the verb.
pub fn register(engine: &mut Engine) {
    engine.register_fn("field", run);
}

fn wrong(message: String) -> Box<EvalAltResult> {
    Trouble::new(Blame::Script, message).terminal()
}

fn run(lab: &mut LabHandle, wanted: Map) -> Verb<Map> {
    let (days, habit) = read(wanted)?;
    let span = DAY * u32::from(days);
    let left = lab.0.time_left();
    if left < span {
        let seconds = left.as_secs();
        let message =
            format!("{days} days are longer than the {seconds} s that are left to the test (see @timeout)");
        return Err(wrong(message));
    }
    let nodes = lab.0.lab().bench().seats.len();
    lab.0.step(format!("{nodes} nodes live by themselves for {days} days"));
    let tally = lab.0.lab().run_field(&habit, span).map_err(|_| Trouble::interrupted().terminal())?;
    Ok(view(&tally, days))
}

/// What a script asks for; what it leaves out is usual.
fn read(wanted: Map) -> Verb<(u16, Habit)> {
    let mut days = 1;
    let mut habit = Habit {
        period: (Duration::from_secs(600), Duration::from_secs(1200)),
        port: 2,
        octets: 16,
        confirmed: false,
        adr: true,
    };
    let number = |key: &str, value: &Dynamic| {
        value.as_int().map_err(|kind| wrong(format!("{key} is a whole number, not a {kind}")))
    };
    let truth = |key: &str, value: &Dynamic| {
        value.as_bool().map_err(|kind| wrong(format!("{key} is true or false, not a {kind}")))
    };
    for (key, value) in wanted {
        match key.as_str() {
            "days" => days = narrow(number("days", &value)?, "a number of days")?,
            "port" => habit.port = narrow(number("port", &value)?, "an FPort")?,
            "octets" => habit.octets = narrow(number("octets", &value)?, "a number of octets")?,
            "confirmed" => habit.confirmed = truth("confirmed", &value)?,
            "adr" => habit.adr = truth("adr", &value)?,
            "period" => habit.period = period(&value)?,
            other => {
                return Err(wrong(format!(
                    "\"{other}\" is not said of a field: days, period, octets, port, confirmed and adr are"
                )));
            }
        }
    }
    let fits = (1..=MOST_OCTETS).contains(&habit.octets)
        && (1..=223).contains(&habit.port)
        && (1..=3650).contains(&days);
    if !fits {
        return Err(wrong(format!(
            "a field has 1 to 3650 days, an FPort of 1 to 223 and 1 to {MOST_OCTETS} octets, not {days}, {} and {}",
            habit.port, habit.octets
        )));
    }
    Ok((days, habit))
}

/// `[shortest, longest]` in seconds.
fn period(value: &Dynamic) -> Verb<(Duration, Duration)> {
    let ends = value.as_array_ref().ok().map(|ends| ends.iter().map(span).collect::<Verb<Vec<Duration>>>());
    match ends.transpose()?.unwrap_or_default().as_slice() {
        [shortest, longest] if shortest <= longest && shortest.as_secs() >= 10 => Ok((*shortest, *longest)),
        _ => Err(wrong("period is [shortest, longest] in seconds, from 10 on".to_owned())),
    }
}

fn count(number: u64) -> Dynamic {
    Dynamic::from_int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn view(tally: &FieldTally, days: u16) -> Map {
    let causes = Loss::ALL.map(|cause| (cause.word(), count(tally.lost(cause))));
    let lost: u64 = tally.rates.values().map(|rate| rate.lost).sum();
    let collisions = tally.days.iter().map(|day| day.collisions).sum();
    map([
        ("sent", count(tally.sent())),
        ("lost", count(lost)),
        ("causes", Dynamic::from_map(map(causes))),
        ("collisions", count(collisions)),
        ("joins", count(tally.joins)),
        ("refused", count(tally.refused)),
        ("messages", count(tally.messages)),
        ("downlinks", count(tally.downlinks)),
        ("gateways", Dynamic::from_array(gateways(tally, days))),
        ("rates", Dynamic::from_array(rates(tally))),
    ])
}

fn gateways(tally: &FieldTally, days: u16) -> Array {
    array(tally.gateways().iter().map(|gateway| -> Map {
        let octets = tally.backhaul(*gateway);
        map([
            ("eui", Dynamic::from(gateway.to_string())),
            ("forwarded", count(tally.forwarded.get(gateway).copied().unwrap_or_default())),
            ("octets", count(octets)),
            ("octets_per_month", count(octets * 30 / u64::from(days.max(1)))),
            ("plan", count(MONTHLY_PLAN)),
        ])
    }))
}

fn rates(tally: &FieldTally) -> Array {
    array(tally.rates.iter().map(|(modulation, rate)| -> Map {
        map([
            ("modulation", Dynamic::from(modulation.to_string())),
            ("sent", count(rate.sent)),
            ("lost", count(rate.lost)),
        ])
    }))
}
