//! A lab whose core outlives the program: what an earlier one left, and who takes away what changes.

use crate::Lab;
use simcore::{Change, Record, StateError};
use wire::time::Instant;

/// What an earlier run of a lab left behind; empty at its first start.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The lab time at which the new one goes on.
    pub now: Instant,
    /// What its core had kept.
    pub records: Vec<Record>,
}

/// Writes changes away with the time at which they had been made; false when they could not be written.
pub type Keeper = Box<dyn FnMut(Instant, Result<Vec<Change>, StateError>) -> bool>;

impl Lab {
    /// Gives what changes in the core to `keeper` after every step, before anything leaves through a door. For a lab that
    /// was built on a [`Past`].
    pub fn keep_with(&mut self, keeper: Keeper) {
        self.keeper = Some(keeper);
    }

    /// Has what has changed in the core written away. False when it could not be: then nothing may be said of it outside.
    pub fn commit(&mut self) -> bool {
        let Some(keeper) = &mut self.keeper else { return true };
        match self.bench.core.take_changes() {
            Ok(changes) if changes.is_empty() => true,
            result => keeper(self.now, result),
        }
    }
}
