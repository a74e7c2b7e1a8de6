//! Many nodes that live by themselves, for minutes or for months: `lab.field(habit)`.

use super::lab::LabHandle;
use super::values::{array, map, narrow};
use crate::context::{Verb, span};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use lab::field::{Beginning, FieldTally, Habit, Loss};
use rhai::{Array, Dynamic, Engine, EvalAltResult, Map};
use simcore::lorawan::MONTHLY_PLAN;
use wire::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);
/// The longest payload that every data rate of EU863-870 takes.
const MOST_OCTETS: u8 = 51;
/// A field of more is counted in days.
const MOST_MINUTES: u32 = 10_080;

/// Registers the verb.
pub fn register(engine: &mut Engine) {
    engine.register_fn("field", run);
}

fn wrong(message: String) -> Box<EvalAltResult> {
    Trouble::new(Blame::Script, message).terminal()
}

fn run(lab: &mut LabHandle, wanted: Map) -> Verb<Map> {
    let (span, habit) = read(wanted)?;
    let told = told(span);
    let left = lab.0.time_left();
    if left < span {
        let seconds = left.as_secs();
        let message =
            format!("{told} are longer than the {seconds} s that are left to the test (see @timeout)");
        return Err(wrong(message));
    }
    let nodes = lab.0.lab().bench().seats.len();
    lab.0.step(format!("{nodes} nodes live by themselves for {told}"));
    let tally = lab.0.lab().run_field(&habit, span).map_err(|_| Trouble::interrupted().terminal())?;
    Ok(view(&tally, span))
}

/// A span in the unit in which it was asked for.
fn told(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    if minutes.is_multiple_of(24 * 60) {
        format!("{} days", minutes / (24 * 60))
    } else {
        format!("{minutes} minutes")
    }
}

/// What a script asks for; what it leaves out is usual.
fn read(wanted: Map) -> Verb<(Duration, Habit)> {
    let (mut days, mut minutes): (u16, Option<u32>) = (1, None);
    let (mut fresh, mut joined, mut outage) = (None, None, None);
    let mut habit = Habit {
        period: (Duration::from_secs(600), Duration::from_secs(1200)),
        port: 2,
        octets: 16,
        confirmed: false,
        adr: true,
        beginning: Beginning::Fresh(Duration::ZERO),
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
            "minutes" => minutes = Some(narrow(number("minutes", &value)?, "a number of minutes")?),
            "start" => fresh = Some(Beginning::Fresh(span(&value)?)),
            "joined" => joined = Some(Beginning::Joined(narrow(number("joined", &value)?, "a data rate")?)),
            "outage" => outage = Some(Beginning::PowerFailure(span(&value)?)),
            other => {
                return Err(wrong(format!(
                    "\"{other}\" is not said of a field: days, minutes, period, octets, port, confirmed, adr, start, \
                     joined and outage are"
                )));
            }
        }
    }
    habit.beginning = match [fresh, joined, outage].into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => Beginning::Fresh(habit.period.1),
        [one] => *one,
        _ => return Err(wrong("a field begins in one way: with start, joined or outage".to_owned())),
    };
    if minutes.is_some_and(|minutes| !(1..=MOST_MINUTES).contains(&minutes)) {
        return Err(wrong(format!(
            "a field has 1 to {MOST_MINUTES} minutes, not {}",
            minutes.unwrap_or_default()
        )));
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
    let span = minutes.map_or(DAY * u32::from(days), |minutes| Duration::from_secs(60) * minutes);
    Ok((span, habit))
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

fn view(tally: &FieldTally, span: Duration) -> Map {
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
        ("gateways", Dynamic::from_array(gateways(tally, span))),
        ("rates", Dynamic::from_array(rates(tally))),
        ("nodes", Dynamic::from_int(i64::try_from(tally.nodes).unwrap_or(i64::MAX))),
        ("service", Dynamic::from_map(service(tally))),
        ("requests", count(tally.join_requests.len() as u64)),
        ("join_requests", Dynamic::from_array(join_requests(tally))),
        ("last_join", tally.last_join.map_or(Dynamic::UNIT, |at| since(tally, at))),
    ])
}

/// Seconds from the beginning of the field.
fn since(tally: &FieldTally, at: Instant) -> Dynamic {
    Dynamic::from_float(at.since(tally.began()).as_secs_f64())
}

/// When each join-request was sent, after a power failure only: in a month there are too many.
fn join_requests(tally: &FieldTally) -> Array {
    if tally.gateways_back.is_none() {
        return Array::new();
    }
    tally.join_requests.iter().map(|at| since(tally, *at)).collect()
}

/// What the network made of what the gateways forwarded; latencies in seconds, `()` without messages.
fn service(tally: &FieldTally) -> Map {
    let service = &tally.service;
    let latency = |per_mille| {
        service.latency(per_mille).map_or(Dynamic::UNIT, |latency| Dynamic::from_float(latency.as_secs_f64()))
    };
    map([
        ("heard", count(service.heard)),
        ("delivered", count(service.delivered)),
        ("lost", count(service.lost)),
        ("unexpected", count(service.unexpected)),
        ("p50", latency(500)),
        ("p99", latency(990)),
        ("longest", latency(1000)),
    ])
}

fn gateways(tally: &FieldTally, span: Duration) -> Array {
    let month = |octets: u64| octets * 30 * DAY.as_secs() / span.as_secs().max(1);
    array(tally.gateways().iter().map(|gateway| -> Map {
        let octets = tally.backhaul(*gateway);
        map([
            ("eui", Dynamic::from(gateway.to_string())),
            ("forwarded", count(tally.forwarded.get(gateway).copied().unwrap_or_default())),
            ("octets", count(octets)),
            ("octets_per_month", count(month(octets))),
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
