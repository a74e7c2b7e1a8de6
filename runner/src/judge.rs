//! From the end of a script to a verdict.

mod line;

pub use line::weigh_lines;

use crate::suite::SuiteSource;
use crate::trouble::{Kind, Trouble};
use drivers::blame::Blame;
use reports::run::{Finding, Place, Verdict};
use rhai::{EvalAltResult, Position};

/// How a test ended.
#[derive(Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, unless it passed. Exchange and notes are the recorder's to add.
    pub finding: Option<Finding>,
    /// Whether somebody stopped the run.
    pub interrupted: bool,
}

/// Judges the result of a test function; `files` are those in which an error can lie.
#[must_use]
pub fn judge<'a>(
    result: &Result<(), Box<EvalAltResult>>,
    suite: &SuiteSource,
    files: impl Iterator<Item = &'a SuiteSource>,
) -> Judgement {
    let Err(error) = result else {
        return Judgement { verdict: Verdict::Pass, finding: None, interrupted: false };
    };
    let place = place_of(error, suite, files);
    let trouble = trouble_of(error);
    let (verdict, blame) = match trouble.kind {
        Kind::Blamed(blame) if blame.fails_the_test() => (Verdict::Fail, blame.word()),
        Kind::Blamed(blame) => (Verdict::Error, blame.word()),
        Kind::Inconclusive => (Verdict::Inconclusive, "lab"),
        Kind::NotApplicable => (Verdict::NotApplicable, ""),
        Kind::Interrupted => (Verdict::Inconclusive, "lab"),
    };
    let finding = Finding {
        message: trouble.message,
        expected: trouble.expected,
        seen: trouble.seen,
        blame: blame.to_owned(),
        place,
        exchange: Vec::new(),
        notes: Vec::new(),
    };
    Judgement { verdict, finding: Some(finding), interrupted: trouble.kind == Kind::Interrupted }
}

/// An error in an engineer's words.
#[must_use]
pub fn words(error: &EvalAltResult) -> String {
    trouble_of(error).message
}

/// The trouble that a verb threw; any other error is the script's own.
fn trouble_of(error: &EvalAltResult) -> Trouble {
    let error = layers(error).last().unwrap_or(error);
    if let EvalAltResult::ErrorRuntime(value, _) | EvalAltResult::ErrorTerminated(value, _) = error
        && let Some(trouble) = value.clone().try_cast::<Trouble>()
    {
        return trouble;
    }
    let message = if matches!(error, EvalAltResult::ErrorTooManyOperations(_)) {
        format!("the script runs away: more than {} operations", crate::suite::MAX_OPERATIONS)
    } else {
        without_position(&error.to_string())
    };
    Trouble::new(Blame::Script, message)
}

/// An error and those inside it, outermost first: each function call and module wraps another layer around.
fn layers(error: &EvalAltResult) -> impl Iterator<Item = &EvalAltResult> {
    std::iter::successors(Some(error), |error| {
        if let EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
        | EvalAltResult::ErrorInModule(_, inner, _) = error
        {
            Some(inner.as_ref())
        } else {
            None
        }
    })
}

/// The innermost place in a file of the kit: where the verb was called.
fn place_of<'a>(
    error: &EvalAltResult,
    suite: &SuiteSource,
    mut files: impl Iterator<Item = &'a SuiteSource>,
) -> Option<Place> {
    let mut place: (Option<&str>, Position) = (None, Position::NONE);
    let mut source: Option<&str> = None;
    for layer in layers(error) {
        if !layer.position().is_none() {
            place = (source, layer.position());
        }
        if let EvalAltResult::ErrorInFunctionCall(_, origin, _, _) = layer
            && !origin.is_empty()
        {
            source = Some(origin);
        }
    }
    let (origin, position) = place;
    let file = origin.and_then(|origin| files.find(|file| file.path == origin)).unwrap_or(suite);
    Some(file.place(position.line()?, position.position().unwrap_or(1)))
}

/// Rhai ends its messages with the place, which the finding shows by itself.
fn without_position(message: &str) -> String {
    message.rsplit_once(" (line ").map_or(message, |(text, _)| text).to_owned()
}
