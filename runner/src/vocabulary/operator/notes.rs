//! What the core decided, as a script may ask for it.

use super::OperatorHandle;
use crate::vocabulary::values::{array, map};
use rhai::{Array, Dynamic, Engine, Map};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("notes", |core: &mut OperatorHandle, code: &str| notes(core, code))
        .register_fn("notes", |core: &mut OperatorHandle| notes(core, ""))
        .register_fn("note_count", |core: &mut OperatorHandle, code: &str| count(core, code))
        .register_fn("has_note", |core: &mut OperatorHandle, code: &str| count(core, code) > 0);
}

fn notes(core: &OperatorHandle, code: &str) -> Array {
    let lab = core.0.lab();
    let chosen = lab
        .bench()
        .trace()
        .iter()
        .filter_map(|record| Some((record.at, record.note()?)))
        .filter(|(_, note)| code.is_empty() || note.code() == code);
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
    let table = core.0.lab();
    let notes = table.bench().trace().iter().filter_map(lab::Record::note);
    let count = notes.filter(|note| note.code() == code).count();
    i64::try_from(count).unwrap_or(i64::MAX)
}
