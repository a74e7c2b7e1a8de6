//! A lab with the vocabulary around it: one vocabulary for scripts and for hands.

use crate::context::{Context, Shared};
use crate::judge;
use crate::suite::{Kit, engine};
use crate::vocabulary::lab::LabHandle;
use lab::Lab;
use rhai::{Dynamic, Engine, Scope};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wire::time::Duration;

/// A session has no end of its own.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A lab in which expressions can be evaluated; `lab` is in scope, as in a test.
pub struct Session {
    context: Shared,
    engine: Engine,
    scope: Scope<'static>,
}

impl Session {
    /// A session over `lab` with the library of `kit`, which ends what it does when the flag becomes true.
    #[must_use]
    pub fn new(lab: Lab, kit: &Kit, stop: Arc<AtomicBool>) -> Self {
        let context = Context::new(lab, FOR_EVER);
        let mut engine = engine(kit.library.clone(), stop);
        engine.set_default_tag(Dynamic::from(context.clone()));
        let mut scope = Scope::new();
        scope.push("lab", LabHandle(context.clone()));
        Self { context, engine, scope }
    }

    /// Evaluates an expression and shows its value: handles by their kind, everything else by its content.
    ///
    /// # Errors
    /// What went wrong, in an engineer's words.
    pub fn evaluate(&mut self, expression: &str) -> Result<String, String> {
        let depth = self.scope.len();
        let result = self.engine.eval_with_scope::<Dynamic>(&mut self.scope, expression);
        self.scope.rewind(depth);
        match result {
            Ok(value) if value.is_unit() => Ok(String::new()),
            Ok(value) if value.is_string() => Ok(value.to_string()),
            Ok(value) if value.is_variant() => {
                Ok(format!("a {}", self.engine.map_type_name(value.type_name())))
            }
            Ok(value) => Ok(format!("{value:?}")),
            Err(error) => Err(judge::words(&error)),
        }
    }

    /// Moves the lab on to the next thing that happens, at most by `span`; `false` when it was stopped.
    pub fn step(&self, span: Duration) -> bool {
        self.context.advance(self.context.now() + span).is_ok()
    }

    /// Does something with the lab.
    pub fn with_lab<T>(&self, action: impl FnOnce(&mut Lab) -> T) -> T {
        action(&mut self.context.lab())
    }
}
