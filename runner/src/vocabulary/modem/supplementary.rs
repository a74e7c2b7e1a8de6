//! Supplementary services at the device's end: forwarding, several calls, line identification, keys.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, optional};
use drivers::blame::Blame;
use drivers::modem::supplementary::{self as service, ForwardingReason, SeveralCalls};
use rhai::{Array, Dynamic, Engine, Map};
use wire::time::Instant;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("forward_calls", |modem: &mut ModemHandle, when: &str, number: &str| {
            forward(modem, when, number, None)
        })
        .register_fn("forward_calls", |modem: &mut ModemHandle, when: &str, number: &str, seconds: i64| {
            forward(modem, when, number, Some(seconds))
        })
        .register_fn("forwarding", forwarding)
        .register_fn("stop_forwarding", |modem: &mut ModemHandle, when: &str| {
            modem.execute(service::erase_forwarding(reason(when)?)).map(drop)
        });
    engine
        .register_fn("report_services", |modem: &mut ModemHandle| {
            modem.execute(service::report_services()).map(drop)
        })
        .register_fn("has_call_waiting", |modem: &mut ModemHandle| {
            read(service::call_waiting(&modem.execute(service::query_call_waiting())?))
        })
        .register_fn("waiting_callers", |modem: &mut ModemHandle| -> Array {
            array(modem.reports_from(Instant::ZERO, |report| service::waiting_number(&report.line)))
        })
        .register_fn("call_notifications", |modem: &mut ModemHandle| notifications(modem, true))
        .register_fn("peer_notifications", |modem: &mut ModemHandle| notifications(modem, false))
        .register_fn("clip", |modem: &mut ModemHandle| {
            provision(modem, service::query_clip(), "+CLIP", &["not-provisioned", "provisioned", "unknown"])
        })
        .register_fn("clir", |modem: &mut ModemHandle| {
            provision(
                modem,
                service::query_clir(),
                "+CLIR",
                &["not-provisioned", "permanent", "unknown", "restricted", "allowed"],
            )
        });
    for (verb, action) in [
        ("release_held", SeveralCalls::ReleaseHeld),
        ("release_active", SeveralCalls::ReleaseActive),
        ("swap_calls", SeveralCalls::Swap),
        ("join_calls", SeveralCalls::Join),
        ("transfer_calls", SeveralCalls::Transfer),
    ] {
        engine.register_fn(verb, move |modem: &mut ModemHandle| {
            modem.execute(service::several_calls(action)).map(drop)
        });
    }
    engine.register_fn("press_keys", press_keys);
}

fn reason(when: &str) -> Verb<ForwardingReason> {
    let found = ForwardingReason::NAMES.iter().find(|(name, _)| *name == when);
    found.map(|(_, reason)| *reason).ok_or_else(|| {
        let known = ForwardingReason::NAMES.map(|(name, _)| format!("\"{name}\"")).join(", ");
        Trouble::new(Blame::Script, format!("\"{when}\" is no reason to forward a call: expected {known}"))
            .terminal()
    })
}

fn forward(modem: &mut ModemHandle, when: &str, number: &str, seconds: Option<i64>) -> Verb<()> {
    let seconds = match seconds.map(u8::try_from) {
        None => None,
        Some(Ok(seconds @ 1..=30)) => Some(seconds),
        Some(_) => {
            let message = "a call rings 1 to 30 seconds before it is forwarded (TS 22.082)";
            return Err(Trouble::new(Blame::Script, message).terminal());
        }
    };
    modem.execute(service::register_forwarding(reason(when)?, number, seconds)).map(drop)
}

fn forwarding(modem: &mut ModemHandle, when: &str) -> Verb<Map> {
    let shown = read(service::forwarding(&modem.execute(service::query_forwarding(reason(when)?))?))?;
    Ok(map([
        ("active", Dynamic::from(shown.active)),
        ("number", Dynamic::from(shown.number)),
        ("seconds", optional(shown.seconds.map(u16::from))),
    ]))
}

/// The numbers of `+CSSI` or `+CSSU` reports, oldest first.
fn notifications(modem: &ModemHandle, own: bool) -> Array {
    let told = |line: &str| service::notification(line).filter(|(of_own, _)| *of_own == own);
    array(modem.reports_from(Instant::ZERO, |report| told(&report.line).map(|(_, code)| i64::from(code))))
}

fn provision(
    modem: &ModemHandle,
    question: drivers::at::Command,
    name: &str,
    words: &[&str],
) -> Verb<String> {
    let answer = modem.execute(question)?;
    let state = read(service::provision(&answer, name))?;
    let word = words.get(usize::from(state)).map(|word| (*word).to_owned());
    word.ok_or_else(|| Trouble::from(answer.malformed("a state that TS 27.007 knows")).thrown())
}

fn press_keys(modem: &mut ModemHandle, keys: &str) -> Verb<()> {
    let is_key = |key: char| key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D');
    if keys.is_empty() || !keys.chars().all(is_key) {
        let message = format!("\"{keys}\" are no keys: expected 0 to 9, A to D, * and #");
        return Err(Trouble::new(Blame::Script, message).terminal());
    }
    keys.chars().try_for_each(|key| modem.execute(service::press_key(key)).map(drop))
}
