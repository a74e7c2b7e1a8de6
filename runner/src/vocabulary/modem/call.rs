//! Voice calls at the device's end.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::vocabulary::values::{array, map};
use drivers::modem::call::{self, CallState, CurrentCall};
use rhai::{Array, Dynamic, Engine, Map};
use std::cell::Cell;
use std::rc::Rc;
use wire::time::Instant;

/// A call that a script dialled.
#[derive(Clone, Debug)]
struct CallHandle {
    modem: ModemHandle,
    began: Instant,
    /// Whether the other side was ever heard to ring or answer.
    progressed: Rc<Cell<bool>>,
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("dial", |modem: &mut ModemHandle, number: &str| dial(modem, number, false))
        .register_fn("dial_hidden", |modem: &mut ModemHandle, number: &str| dial(modem, number, true))
        .register_fn("answer", |modem: &mut ModemHandle| modem.execute(call::answer_call()).map(drop))
        .register_fn("hang_up", |modem: &mut ModemHandle| modem.execute(call::hang_up()).map(drop))
        .register_fn("calls", calls)
        .register_fn("rings", |modem: &mut ModemHandle| {
            i64::try_from(
                modem.reports_from(Instant::ZERO, |report| call::is_ring(&report.line).then_some(())).len(),
            )
            .unwrap_or(i64::MAX)
        })
        .register_fn("is_ringing", |modem: &mut ModemHandle| {
            Verb::Ok(current(modem)?.iter().any(|call| call.state == CallState::Incoming))
        })
        .register_fn("caller", |modem: &mut ModemHandle| {
            modem
                .reports_from(Instant::ZERO, |report| call::calling_number(&report.line))
                .pop()
                .unwrap_or_default()
        })
        .register_fn("last_cause", |modem: &mut ModemHandle| {
            Verb::Ok(call::cause(&modem.execute(call::read_cause())?))
        });
    engine
        .register_type_with_name::<CallHandle>("Call")
        .register_fn("alerting", |call: &mut CallHandle| state_is(call, CallState::Alerting))
        .register_fn("active", |call: &mut CallHandle| state_is(call, CallState::Active))
        .register_fn("ended", |call: &mut CallHandle| ended(call))
        .register_fn("refused", |call: &mut CallHandle| ended(call) && !call.progressed.get())
        .register_fn("cause", |call: &mut CallHandle| {
            Verb::Ok(call::cause(&call.modem.execute(call::read_cause())?))
        })
        .register_fn("hang_up", |call: &mut CallHandle| call.modem.execute(call::hang_up()).map(drop));
}

fn dial(modem: &ModemHandle, number: &str, hide_number: bool) -> Verb<CallHandle> {
    let began = modem.context.now();
    modem.execute(call::dial(number, hide_number))?;
    Ok(CallHandle { modem: modem.clone(), began, progressed: Rc::default() })
}

fn current(modem: &ModemHandle) -> Verb<Vec<CurrentCall>> {
    read(call::current_calls(&modem.execute(call::list())?))
}

fn state_is(call: &CallHandle, state: CallState) -> Verb<bool> {
    let calls = current(&call.modem)?;
    let outgoing = calls.iter().find(|call| !call.incoming);
    if outgoing
        .is_some_and(|call| matches!(call.state, CallState::Active | CallState::Alerting | CallState::Held))
    {
        call.progressed.set(true);
    }
    Ok(outgoing.is_some_and(|call| call.state == state))
}

fn ended(call: &CallHandle) -> bool {
    !call.modem.reports_from(call.began, |report| call::is_end(&report.line).then_some(())).is_empty()
}

fn calls(modem: &mut ModemHandle) -> Verb<Array> {
    let call = |call: CurrentCall| -> Map {
        map([
            ("id", Dynamic::from_int(call.id.into())),
            ("incoming", Dynamic::from(call.incoming)),
            ("state", Dynamic::from(format!("{:?}", call.state).to_lowercase())),
            ("number", Dynamic::from(call.number)),
        ])
    };
    Ok(array(current(modem)?.into_iter().map(call)))
}
