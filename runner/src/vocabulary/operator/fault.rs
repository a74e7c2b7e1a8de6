//! Anything can be made to go wrong on purpose.

use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{narrow, parse};
use drivers::blame::Blame;
use rhai::Engine;
use simcore::cellular::{Answer, Effect, Injection, Procedure, Steering};
use wire::cause::{EmmCause, EsmCause};
use wire::nas::BackOffTime;
use wire::time::Duration;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    register_refusals(engine);
    register_others(engine);
}

fn register_refusals(engine: &mut Engine) {
    engine
        .register_fn(
            "refuse",
            |core: &mut OperatorHandle, modem: ModemHandle, what: &str, cause: i64, count: i64| {
                inject(core, Some(&modem), what, |procedure| refusal(procedure, cause, None), count)
            },
        )
        .register_fn(
            "refuse",
            |core: &mut OperatorHandle,
             modem: ModemHandle,
             what: &str,
             cause: i64,
             count: i64,
             back_off: i64| {
                let back_off = Duration::from_secs(narrow(back_off, "a back-off in seconds")?);
                inject(core, Some(&modem), what, |procedure| refusal(procedure, cause, Some(back_off)), count)
            },
        )
        .register_fn(
            "refuse",
            |core: &mut OperatorHandle,
             modem: ModemHandle,
             what: &str,
             cause: i64,
             count: i64,
             back_off: &str| {
                let back_off = named_back_off(back_off)?;
                inject(core, Some(&modem), what, |procedure| refusal(procedure, cause, Some(back_off)), count)
            },
        )
        .register_fn("refuse", |core: &mut OperatorHandle, what: &str, cause: i64, count: i64| {
            inject(core, None, what, |procedure| refusal(procedure, cause, None), count)
        });
}

/// Silence, steering, and what the network ends.
fn register_others(engine: &mut Engine) {
    engine
        .register_fn("ignore", |core: &mut OperatorHandle, modem: ModemHandle, what: &str, count: i64| {
            inject(core, Some(&modem), what, |_| Ok(Answer::Silence), count)
        })
        .register_fn("ignore", |core: &mut OperatorHandle, what: &str, count: i64| {
            inject(core, None, what, |_| Ok(Answer::Silence), count)
        })
        .register_fn("serve_normally", |core: &mut OperatorHandle| {
            core.order(|core, _| core.clear_injections())
        })
        .register_fn("steering", |core: &mut OperatorHandle, enabled: bool| {
            core.0.step(if enabled { "steering by reject is on" } else { "steering by reject is off" });
            core.order(|core, _| core.set_steering(Steering { enabled, ..Steering::default() }));
        })
        .register_fn("steering", |core: &mut OperatorHandle, cause: i64, rejects: i64| -> Verb<()> {
            let cause = EmmCause(narrow(cause, "an EMM cause")?);
            let rejects = narrow(rejects, "a number of rejects")?;
            core.0.step(format!("steering by reject is on: {rejects} times {cause}"));
            core.order(|core, _| {
                core.set_steering(Steering { enabled: true, cause, rejects, ..Steering::default() })
            });
            Ok(())
        })
        .register_fn("detach", |core: &mut OperatorHandle, modem: ModemHandle, reattach: bool| {
            let imsi = subscription(&modem)?;
            permitted(core.order(|core, now| core.order_detach(now, &imsi, reattach, None)))
        })
        .register_fn(
            "deactivate",
            |core: &mut OperatorHandle, modem: ModemHandle, cause: i64| -> Verb<i64> {
                let imsi = subscription(&modem)?;
                let cause = EsmCause(narrow(cause, "an ESM cause")?);
                let count = permitted(core.order(|core, now| core.order_deactivation(now, &imsi, cause)))?;
                Ok(i64::try_from(count).unwrap_or(i64::MAX))
            },
        );
}

/// Does something to the next procedures of one modem, or of everybody.
pub(super) fn inject<E: Into<Effect>>(
    core: &OperatorHandle,
    modem: Option<&ModemHandle>,
    what: &str,
    effect: impl FnOnce(Procedure) -> Verb<E>,
    count: i64,
) -> Verb<()> {
    let procedure: Procedure = parse(what)?;
    let imsi = modem.map(subscription).transpose()?;
    let injection = Injection::new(procedure, effect(procedure)?, narrow(count, "a count")?, imsi)
        .map_err(|error| Trouble::new(Blame::Script, error.to_string()).terminal())?;
    core.order(|core, _| core.inject(injection));
    Ok(())
}

/// A back-off that is no number of seconds.
fn named_back_off(name: &str) -> Verb<Duration> {
    match name {
        "deactivated" => Ok(BackOffTime::DEACTIVATED),
        _ => {
            let message =
                format!("\"{name}\" is not a back-off: it is a number of seconds, or \"deactivated\"");
            Err(Trouble::new(Blame::Script, message).terminal())
        }
    }
}

/// The refusal that fits a procedure; the back-off is T3346 or T3396.
fn refusal(procedure: Procedure, cause: i64, back_off: Option<Duration>) -> Verb<Answer> {
    Answer::refusal(procedure, narrow(cause, "a cause")?, back_off).ok_or_else(|| {
        let text = format!("a {procedure} can only be ignored or disturbed on purpose, not refused");
        Trouble::new(Blame::Script, text).terminal()
    })
}
