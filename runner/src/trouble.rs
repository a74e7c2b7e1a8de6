//! What a verb throws into a script, and what it means for the verdict.

use drivers::at::AtError;
use drivers::blame::Blame;
use drivers::lora::LoraError;
use rhai::{Dynamic, EvalAltResult, Position};

/// A failed verb or expectation, with whom to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// One sentence in an engineer's words.
    pub message: String,
    /// What was expected, where something was compared.
    pub expected: Option<String>,
    /// What was seen, where something was compared.
    pub seen: Option<String>,
    /// What kind of end it is.
    pub kind: Kind,
    /// The number of a `+CME ERROR` or `+CMS ERROR`, where that is what came.
    pub code: Option<u16>,
    /// What the word with which a node refused may mean.
    pub refusals: Vec<&'static str>,
    /// Whether it ends the test, whatever the script says.
    pub ends_the_test: bool,
}

/// How a test can end before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something misbehaved; the blame decides between fail and error.
    Blamed(Blame),
    /// A precondition outside the test was not met.
    Inconclusive,
    /// The device has no such thing, and does not claim to.
    NotApplicable,
    /// Somebody stopped the run.
    Interrupted,
}

impl Trouble {
    /// A trouble with nothing to compare.
    #[must_use]
    pub fn new(blame: Blame, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            expected: None,
            seen: None,
            kind: Kind::Blamed(blame),
            code: None,
            refusals: Vec::new(),
            ends_the_test: false,
        }
    }

    /// The same trouble with what was expected and what was seen.
    #[must_use]
    pub fn compared(mut self, expected: String, seen: String) -> Self {
        self.expected = Some(expected);
        self.seen = Some(seen);
        self
    }

    /// A precondition that was not met.
    #[must_use]
    pub fn inconclusive(message: impl Into<String>) -> Self {
        Self { kind: Kind::Inconclusive, ..Self::new(Blame::Lab, message) }
    }

    /// The test asks for what the device does not have.
    #[must_use]
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self { kind: Kind::NotApplicable, ..Self::new(Blame::Lab, reason) }
    }

    /// Somebody stopped the run.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { kind: Kind::Interrupted, ..Self::new(Blame::Lab, "the run was interrupted") }
    }

    /// As an error that a script may catch.
    #[must_use]
    pub fn thrown(self) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE))
    }

    /// As an error that ends the test, whatever the script says.
    ///
    /// Not Rhai's own `ErrorTerminated`: that loses its place on the way out of every function.
    #[must_use]
    pub fn terminal(self) -> Box<EvalAltResult> {
        Self { ends_the_test: true, ..self }.thrown()
    }
}

impl From<AtError> for Trouble {
    fn from(error: AtError) -> Self {
        Self { code: error.code(), ..Self::new(error.blame(), error.to_string()) }
    }
}

impl From<LoraError> for Trouble {
    fn from(error: LoraError) -> Self {
        let refusals = error.meanings().iter().map(|meaning| meaning.name()).collect();
        Self { refusals, ..Self::new(error.blame(), error.to_string()) }
    }
}
