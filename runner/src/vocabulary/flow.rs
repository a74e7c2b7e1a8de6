//! Free verbs: expectations, waiting, steps.

use super::values::array;
use crate::context::{Context, Shared, Verb, span};
use crate::trouble::{Kind, Trouble};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, Map, NativeCallContext};
use wire::time::{Duration, Instant};

/// A condition that spoke to a device is asked again after this pause, so that watching does not flood the port.
const PACE: Duration = Duration::from_millis(500);

/// Registers the free verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("expect", |call: NativeCallContext<'_>, good: bool, message: &str| {
            expect(&call, good, message, "device")
        })
        .register_fn("expect", |call: NativeCallContext<'_>, good: bool, message: &str, whom: &str| {
            expect(&call, good, message, whom)
        })
        .register_fn(
            "expect_eq",
            |call: NativeCallContext<'_>, seen: Dynamic, expected: Dynamic, message: &str| {
                expect_equal(&call, &seen, &expected, message)
            },
        )
        .register_fn("require", |call: NativeCallContext<'_>, met: bool, reason: &str| {
            require(&call, met, reason)
        })
        .register_fn("inconclusive", |call: NativeCallContext<'_>, reason: &str| {
            require(&call, false, reason)
        })
        .register_fn("wait_until", |call: NativeCallContext<'_>, condition: FnPtr, seconds: Dynamic| {
            wait_until(&call, &condition, span(&seconds)?, "")
        })
        .register_fn(
            "wait_until",
            |call: NativeCallContext<'_>, condition: FnPtr, seconds: Dynamic, message: &str| {
                wait_until(&call, &condition, span(&seconds)?, message)
            },
        )
        .register_fn("happens", |call: NativeCallContext<'_>, condition: FnPtr, seconds: Dynamic| {
            watch(&call, &condition, span(&seconds)?)
        })
        .register_fn(
            "expect_none",
            |call: NativeCallContext<'_>, condition: FnPtr, seconds: Dynamic, message: &str| {
                expect_none(&call, &condition, span(&seconds)?, message)
            },
        )
        .register_fn("attempt", attempt)
        // Both, since the engine brings a `sleep` of its own for each, which stops the thread.
        .register_fn("sleep", |call: NativeCallContext<'_>, seconds: i64| {
            sleep(&call, &Dynamic::from_int(seconds))
        })
        .register_fn("sleep", |call: NativeCallContext<'_>, seconds: f64| {
            sleep(&call, &Dynamic::from_float(seconds))
        })
        .register_fn("now", |call: NativeCallContext<'_>| Verb::Ok(Context::of(&call)?.now().as_secs_f64()))
        .register_fn("step", |call: NativeCallContext<'_>, text: &str| -> Verb<()> {
            Context::of(&call)?.step(text);
            Ok(())
        });
    engine
        .register_type_with_name::<Trouble>("Trouble")
        .register_get("message", |trouble: &mut Trouble| trouble.message.clone())
        .register_get("code", |trouble: &mut Trouble| {
            trouble.code.map_or(Dynamic::UNIT, |code| Dynamic::from_int(code.into()))
        })
        .register_fn("to_string", |trouble: &mut Trouble| trouble.message.clone());
}

fn blame(word: &str) -> Verb<Blame> {
    [Blame::Device, Blame::Network, Blame::Lab, Blame::Script]
        .into_iter()
        .find(|blame| blame.word() == word)
        .ok_or_else(|| Trouble::new(Blame::Script, format!("nobody is called \"{word}\"")).terminal())
}

/// The end of the test, at the line that called the verb.
fn end(call: &NativeCallContext<'_>, trouble: Trouble) -> Box<EvalAltResult> {
    let mut end = trouble.terminal();
    end.set_position(call.call_position());
    end
}

fn expect(call: &NativeCallContext<'_>, good: bool, message: &str, whom: &str) -> Verb<()> {
    let whom = blame(whom)?;
    if good { Ok(()) } else { Err(end(call, Trouble::new(whom, message))) }
}

fn expect_equal(call: &NativeCallContext<'_>, seen: &Dynamic, expected: &Dynamic, message: &str) -> Verb<()> {
    let comparable = |value: &Dynamic| !value.is_variant() && !value.is_fnptr();
    if !comparable(seen) || !comparable(expected) {
        return Err(end(
            call,
            Trouble::new(Blame::Script, "expect_eq compares values, not devices, handles or closures"),
        ));
    }
    if same(seen, expected) {
        return Ok(());
    }
    // Debug output is unambiguous about types: "1" and 1 differ on paper as they do in a comparison.
    let trouble = Trouble::new(Blame::Device, message).compared(format!("{expected:?}"), format!("{seen:?}"));
    Err(end(call, trouble))
}

/// Whether two values are equal: numbers by their value, arrays and maps by their elements.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b;
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b));
    }
    format!("{a:?}") == format!("{b:?}")
}

fn number(value: &Dynamic) -> Option<f64> {
    value.as_float().ok().or_else(|| value.as_int().ok().map(|whole| whole as f64))
}

fn require(call: &NativeCallContext<'_>, met: bool, reason: &str) -> Verb<()> {
    if met { Ok(()) } else { Err(end(call, Trouble::inconclusive(reason))) }
}

fn sleep(call: &NativeCallContext<'_>, seconds: &Dynamic) -> Verb<()> {
    Context::of(call)?.run_for(span(seconds)?)
}

fn wait_until(call: &NativeCallContext<'_>, condition: &FnPtr, span: Duration, message: &str) -> Verb<()> {
    let seconds = span.as_secs_f64();
    if watch(call, condition, span)? {
        return Ok(());
    }
    let message = if message.is_empty() {
        format!("what the test waits for did not happen within {seconds} s")
    } else {
        format!("{message} (waited {seconds} s)")
    };
    Err(end(call, Trouble::new(Blame::Device, message)))
}

fn expect_none(call: &NativeCallContext<'_>, condition: &FnPtr, span: Duration, message: &str) -> Verb<()> {
    if watch(call, condition, span)? {
        let at = Context::of(call)?.now();
        return Err(end(call, Trouble::new(Blame::Device, format!("{message} (at {at} s)"))));
    }
    Ok(())
}

/// Runs the lab until `condition` holds or `span` has passed; whether it held.
fn watch(call: &NativeCallContext<'_>, condition: &FnPtr, span: Duration) -> Verb<bool> {
    let context = Context::of(call)?;
    let limit = context.now() + span;
    loop {
        let before = context.now();
        if condition.call_within_context::<bool>(call, ())? {
            return Ok(true);
        }
        let ahead = if context.now() > before { pace(&context, limit)? } else { context.advance(limit)? };
        if !ahead {
            return condition.call_within_context(call, ());
        }
    }
}

fn pace(context: &Shared, limit: Instant) -> Verb<bool> {
    let next = (context.now() + PACE).min(limit);
    while context.advance(next)? {}
    Ok(context.now() < limit)
}

/// Calls a closure and says what came of it, instead of letting a refusal end the test.
fn attempt(call: NativeCallContext<'_>, action: FnPtr) -> Verb<Map> {
    let mut outcome = Map::new();
    match action.call_within_context::<Dynamic>(&call, ()) {
        Ok(value) => {
            outcome.insert("ok".into(), Dynamic::TRUE);
            outcome.insert("value".into(), value);
            outcome.insert("code".into(), Dynamic::UNIT);
            outcome.insert("refusals".into(), Dynamic::from_array(Array::new()));
            outcome.insert("message".into(), Dynamic::from("done"));
        }
        Err(error) => {
            let trouble = caught(&error).ok_or(error)?;
            outcome.insert("ok".into(), Dynamic::FALSE);
            outcome.insert("value".into(), Dynamic::UNIT);
            outcome.insert(
                "code".into(),
                trouble.code.map_or(Dynamic::UNIT, |code| Dynamic::from_int(code.into())),
            );
            outcome.insert("refusals".into(), Dynamic::from_array(array(trouble.refusals)));
            outcome.insert("message".into(), Dynamic::from(trouble.message));
        }
    }
    Ok(outcome)
}

/// The trouble inside an error that a script may catch; a broken lab is not the script's to forgive.
fn caught(error: &EvalAltResult) -> Option<Trouble> {
    if let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = error {
        return caught(inner);
    }
    if let EvalAltResult::ErrorRuntime(value, _) = error {
        let forgivable =
            |trouble: &Trouble| !trouble.ends_the_test && trouble.kind != Kind::Blamed(Blame::Lab);
        return value.clone().try_cast().filter(forgivable);
    }
    None
}
