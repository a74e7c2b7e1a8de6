//! Alarms of a customer on its lines.

use super::{OperatorHandle, permitted};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{
    AlarmId, AlarmRule, Criterion, Direction, Evidence, Measure, Medium, RaisedAlarm, Scope,
};
use wire::time::Duration;

/// An alarm that a script has set.
#[derive(Clone, Debug)]
pub struct AlarmHandle {
    core: OperatorHandle,
    id: AlarmId,
}

const MEDIA: [(&str, Medium); 3] = [("data", Medium::Data), ("sms", Medium::Sms), ("voice", Medium::Voice)];
const DIRECTIONS: [(&str, Option<Direction>); 3] =
    [("both", None), ("MO", Some(Direction::Mo)), ("MT", Some(Direction::Mt))];
const CRITERIA: &str = "above, below, changes or outside";

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("alarms", |core: &mut OperatorHandle| {
            core.order(|core, _| array(core.alarms().map(|(id, _)| i64::from(id.0))))
        })
        .register_fn("raised_alarms", |core: &mut OperatorHandle| {
            core.order(|core, _| array(core.raised_alarms().map(raised)))
        })
        .register_type_with_name::<AlarmHandle>("Alarm")
        .register_get("id", |alarm: &mut AlarmHandle| i64::from(alarm.id.0))
        .register_fn("raised", |alarm: &mut AlarmHandle| -> Array {
            alarm.core.order(|core, _| {
                let of = core.raised_alarms().filter(|raised| raised.alarm == alarm.id);
                array(of.map(raised))
            })
        })
        .register_fn("change", |alarm: &mut AlarmHandle, rule: Map| -> Verb<()> {
            let (criterion, suspends) = read(&rule)?;
            permitted(alarm.core.order(|core, now| core.change_alarm(now, alarm.id, criterion, suspends)))
        })
        .register_fn("remove", |alarm: &mut AlarmHandle| {
            permitted(alarm.core.order(|core, now| core.remove_alarm(now, alarm.id)))
        });
}

/// Sets an alarm on a line or on an account.
pub fn set(core: &OperatorHandle, scope: Scope, rule: &Map) -> Verb<AlarmHandle> {
    let (criterion, suspends) = read(rule)?;
    let id =
        permitted(core.order(|core, now| core.set_alarm(now, AlarmRule { scope, criterion, suspends })))?;
    Ok(AlarmHandle { core: core.clone(), id })
}

fn wrong(message: String) -> Box<rhai::EvalAltResult> {
    Trouble::new(Blame::Script, message).terminal()
}

/// `#{ above: "data", threshold: 1000, period: 3600, direction: "MO", suspend: true }` and its like.
fn read(rule: &Map) -> Verb<(Criterion, bool)> {
    let known = ["above", "below", "changes", "outside", "threshold", "period", "direction", "suspend"];
    if let Some(key) = rule.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(wrong(format!("\"{key}\" is no part of an alarm; known: {}", known.join(", "))));
    }
    let suspends = match rule.get("suspend") {
        None => false,
        Some(value) => value.as_bool().map_err(|_| wrong("suspend is true or false".to_owned()))?,
    };
    let given: Vec<&str> =
        ["above", "below", "changes", "outside"].into_iter().filter(|key| rule.contains_key(*key)).collect();
    let criterion = match given[..] {
        ["above"] => {
            let (measure, threshold, period) = amount(rule, "above")?;
            Criterion::Above { measure, threshold, period }
        }
        ["below"] => {
            let (measure, threshold, period) = amount(rule, "below")?;
            Criterion::Below { measure, threshold, period }
        }
        ["changes"] => match text(rule, "changes")?.as_str() {
            "country" => Criterion::CountryChanged,
            "operator" => Criterion::OperatorChanged,
            "imei" => Criterion::ImeiChanged,
            other => {
                return Err(wrong(format!("\"{other}\" cannot be watched: country, operator and imei can")));
            }
        },
        ["outside"] => {
            let countries = rule.get("outside").cloned().and_then(Dynamic::try_cast::<Array>);
            let countries = countries
                .ok_or_else(|| wrong("outside is an array of countries, such as [\"FR\"]".to_owned()))?;
            Criterion::OutsideCountries(countries.iter().map(ToString::to_string).collect())
        }
        _ => return Err(wrong(format!("an alarm has exactly one of {CRITERIA}"))),
    };
    Ok((criterion, suspends))
}

fn amount(rule: &Map, key: &str) -> Verb<(Measure, u64, Duration)> {
    let medium = one_of(&MEDIA, &text(rule, key)?)?;
    let direction = match rule.get("direction") {
        None => None,
        Some(_) => one_of(&DIRECTIONS, &text(rule, "direction")?)?,
    };
    let period = Duration::from_secs(whole(rule, "period")?);
    Ok((Measure { medium, direction }, whole(rule, "threshold")?, period))
}

fn one_of<T: Copy>(table: &[(&str, T)], word: &str) -> Verb<T> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = table.iter().map(|(known, _)| *known).collect();
        wrong(format!("\"{word}\" is not one of {}", known.join(", ")))
    })
}

fn text(rule: &Map, key: &str) -> Verb<String> {
    let value = rule.get(key).cloned().and_then(|value| value.into_string().ok());
    value.ok_or_else(|| wrong(format!("{key} is a text")))
}

fn whole(rule: &Map, key: &str) -> Verb<u64> {
    let value =
        rule.get(key).and_then(|value| value.as_int().ok()).and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| wrong(format!("an alarm of this kind needs a {key}, a whole number")))
}

fn raised(raised: &RaisedAlarm) -> Map {
    let used = match raised.evidence {
        Evidence::Above { used, .. } | Evidence::Below { used, .. } => {
            Dynamic::from_int(i64::try_from(used).unwrap_or(i64::MAX))
        }
        Evidence::Country { .. }
        | Evidence::Operator { .. }
        | Evidence::Outside { .. }
        | Evidence::Imei { .. } => Dynamic::UNIT,
    };
    map([
        ("alarm", Dynamic::from_int(raised.alarm.0.into())),
        ("imsi", Dynamic::from(raised.imsi.to_string())),
        ("at", Dynamic::from_float(raised.at.as_secs_f64())),
        ("why", Dynamic::from(raised.evidence.to_string())),
        ("used", used),
    ])
}
