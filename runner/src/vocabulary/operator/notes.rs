//! What the core decided, as a script may ask for it.

use super::OperatorHandle;
use crate::vocabulary::values::{array, map};
use lab::{Happening, Record};
use rhai::{Array, Dynamic, Engine, Map};
use simcore::Note;
use wire::time::Instant;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("notes", |core: &mut OperatorHandle, code: &str| notes(core, code))
        .register_fn("notes", |core: &mut OperatorHandle| notes(core, ""))
        .register_fn("note_count", |core: &mut OperatorHandle, code: &str| count(core, code))
        .register_fn("has_note", |core: &mut OperatorHandle, code: &str| count(core, code) > 0);
}

fn of(record: &Record) -> Option<(Instant, &Note)> {
    match &record.what {
        Happening::Note(note) => Some((record.at, note)),
        Happening::ToDevice(..)
        | Happening::FromDevice(..)
        | Happening::Search(_)
        | Happening::NasUp(..)
        | Happening::NasDown(..)
        | Happening::Lora { .. }
        | Happening::Step(_)
        | Happening::Measure(..)
        | Happening::PortGone(..) => None,
    }
}

fn notes(core: &OperatorHandle, code: &str) -> Array {
    let lab = core.0.lab();
    let chosen =
        lab.bench().trace().iter().filter_map(of).filter(|(_, note)| code.is_empty() || note.code() == code);
    array(chosen.map(|(at, note)| -> Map {
        map([
            ("at", Dynamic::from_float(at.as_secs_f64())),
            ("code", Dynamic::from(note.code())),
            ("subject", Dynamic::from(note.subject())),
            ("text", Dynamic::from(note.to_string())),
        ])
    }))
}

fn count(core: &OperatorHandle, code: &str) -> i64 {
    let lab = core.0.lab();
    let count = lab.bench().trace().iter().filter_map(of).filter(|(_, note)| note.code() == code).count();
    i64::try_from(count).unwrap_or(i64::MAX)
}
