//! Calls at the far end: parties outside, and calls to a device.

use super::{OperatorHandle, permitted};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, optional, parse};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{Call, CallId, CallState, ExternalParty, Party, canonical};
use wire::id::PhoneNumber;
use wire::time::Duration;

/// A call that a script made from a number outside.
#[derive(Clone, Debug)]
struct NetworkCall {
    core: OperatorHandle,
    id: CallId,
}

/// How long a party outside rings before it answers.
const ANSWERS_AFTER: Duration = Duration::from_secs(2);

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("external", set_external)
        .register_fn("external_hangs_up", external_hangs_up)
        .register_fn("calls", calls)
        .register_fn("place_call", |core: &mut OperatorHandle, from: &str, to: &str| {
            call(core, from, to, false)
        })
        .register_fn("place_hidden_call", |core: &mut OperatorHandle, from: &str, to: &str| {
            call(core, from, to, true)
        })
        .register_fn(
            "place_video_call",
            |core: &mut OperatorHandle, from: &str, to: &str| -> Verb<NetworkCall> {
                let (from, to): (PhoneNumber, PhoneNumber) = (parse(from)?, parse(to)?);
                let id = core.order(|core, now| core.video_call(now, from, to));
                Ok(NetworkCall { core: core.clone(), id })
            },
        )
        .register_type_with_name::<NetworkCall>("NetworkCall")
        .register_fn("alerting", |call: &mut NetworkCall| state(call) == Some(CallState::Alerting))
        .register_fn("active", |call: &mut NetworkCall| state(call) == Some(CallState::Active))
        .register_fn("ended", |call: &mut NetworkCall| matches!(state(call), Some(CallState::Ended { .. })))
        .register_fn("refused", |call: &mut NetworkCall| {
            matches!(state(call), Some(CallState::Ended { refused: Some(_), .. }))
        })
        .register_fn("cause", |call: &mut NetworkCall| match state(call) {
            Some(CallState::Ended { cause, .. }) => Dynamic::from_int(cause.0.into()),
            Some(CallState::Proceeding | CallState::Alerting | CallState::Active) | None => Dynamic::UNIT,
        })
        .register_fn("hang_up", |call: &mut NetworkCall| {
            permitted(call.core.order(|core, now| core.hang_up(now, call.id)))
        });
}

fn call(core: &OperatorHandle, from: &str, to: &str, clir: bool) -> Verb<NetworkCall> {
    let (from, to): (PhoneNumber, PhoneNumber) = (parse(from)?, parse(to)?);
    let id = core.order(|core, now| core.call(now, from, to, clir));
    Ok(NetworkCall { core: core.clone(), id })
}

fn state(call: &NetworkCall) -> Option<CallState> {
    call.core.order(|core, _| core.call_state(call.id).cloned())
}

/// What a party outside does when it is called.
fn set_external(core: &mut OperatorHandle, number: &str, behaviour: &str) -> Verb<()> {
    let number: PhoneNumber = parse(number)?;
    let behaviour = match behaviour {
        "answers" => ExternalParty::Answers { after: ANSWERS_AFTER },
        "busy" => ExternalParty::Busy,
        "no-answer" => ExternalParty::NoAnswer,
        "rejects" => ExternalParty::Rejects,
        "unassigned" => ExternalParty::Unassigned,
        other => {
            let message =
                format!("\"{other}\" is not a behaviour: answers, busy, no-answer, rejects, unassigned are");
            return Err(Trouble::new(Blame::Script, message).terminal());
        }
    };
    core.order(|core, _| core.set_external(&number, behaviour));
    Ok(())
}

/// A party outside ends its running call, whoever made it.
fn external_hangs_up(core: &mut OperatorHandle, number: &str) -> Verb<()> {
    let number: PhoneNumber = parse(number)?;
    core.order(|core, now| {
        let form = |number: &PhoneNumber| canonical(number, &core.config().country_code);
        let is_it = |party: &Party| matches!(party, Party::External(known) if form(known) == form(&number));
        let running = |call: &Call| !matches!(call.state, CallState::Ended { .. });
        let found =
            core.calls().find(|(_, call)| running(call) && (is_it(&call.caller) || is_it(&call.callee)));
        let Some(id) = found.map(|(id, _)| id) else {
            return Err(Trouble::new(Blame::Script, format!("{number} has no call to hang up")).terminal());
        };
        permitted(core.hang_up(now, id))
    })
}

/// Every call of the run as the network saw it.
fn calls(core: &mut OperatorHandle) -> Array {
    let view = |call: &Call| -> Map {
        let (state, cause) = match &call.state {
            CallState::Proceeding => ("proceeding", None),
            CallState::Alerting => ("alerting", None),
            CallState::Active => ("active", None),
            CallState::Ended { cause, .. } => ("ended", Some(cause.0)),
        };
        map([
            ("caller", Dynamic::from(call.caller.to_string())),
            ("callee", Dynamic::from(call.callee.to_string())),
            ("state", Dynamic::from(state)),
            ("cause", optional(cause)),
            ("answered", Dynamic::from(call.connected_at.is_some())),
            ("held_by_caller", Dynamic::from(call.held_by_caller)),
            ("held_by_callee", Dynamic::from(call.held_by_callee)),
            ("keys", Dynamic::from(call.keys.clone())),
        ])
    };
    core.order(|core, _| array(core.calls().map(|(_, call)| view(call))))
}
