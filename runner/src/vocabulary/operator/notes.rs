//! What the core decided, as a script may ask for it: in a served lab also before its last start.

use super::OperatorHandle;
use crate::vocabulary::values::{array, map};
use rhai::{Array, Dynamic, Engine, Map};
use wire::time::Instant;

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
    let wanted = |of: &str| code.is_empty() || of == code;
    let earlier = lab.bench().core.notes.past().iter().filter(|note| wanted(&note.code));
    let earlier = earlier.map(|note| view(note.at, &note.code, note.subject.clone(), note.text.clone()));
    let trace = lab.bench().trace().iter().filter_map(|record| Some((record.at, record.note()?)));
    let present = trace.filter(|(_, note)| wanted(note.code()));
    let present = present.map(|(at, note)| view(at, note.code(), note.subject(), note.to_string()));
    array(earlier.chain(present))
}

fn view(at: Instant, code: &str, subject: String, text: String) -> Map {
    map([
        ("at", Dynamic::from_float(at.as_secs_f64())),
        ("code", Dynamic::from(code.to_owned())),
        ("subject", Dynamic::from(subject)),
        ("text", Dynamic::from(text)),
    ])
}

fn count(core: &OperatorHandle, code: &str) -> i64 {
    let table = core.0.lab();
    let earlier = table.bench().core.notes.past().iter().filter(|note| note.code == code).count();
    let notes = table.bench().trace().iter().filter_map(lab::Record::note);
    let count = notes.filter(|note| note.code() == code).count();
    i64::try_from(earlier + count).unwrap_or(i64::MAX)
}
