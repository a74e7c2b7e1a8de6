//! The script engine: every limit set, nothing of the world within reach.

use super::resolver::Library;
use super::source::SuiteSource;
use crate::vocabulary;
use rhai::Engine;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many operations a script may take: a loop without an end stops here, within a few seconds.
pub const MAX_OPERATIONS: u64 = 100_000_000;

/// How often, in operations, a script looks whether it is to stop.
const ATTENTION: u64 = 4_096;

static SEEDED: Once = Once::new();

/// An engine with the vocabulary and the kit's library, which stops when the flag becomes true.
#[must_use]
pub fn engine(library: BTreeMap<String, SuiteSource>, stop: Arc<AtomicBool>) -> Engine {
    // Closure names and function order come from hashes; they must not differ from run to run.
    SEEDED.call_once(|| {
        let _ = rhai::config::hashing::set_hashing_seed(Some([1, 2, 3, 4]));
    });
    let mut engine = Engine::new();
    engine
        .set_max_operations(MAX_OPERATIONS)
        .set_max_call_levels(64)
        .set_max_expr_depths(64, 32)
        .set_max_string_size(1 << 20)
        .set_max_array_size(100_000)
        .set_max_map_size(10_000)
        .set_max_modules(64)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_module_resolver(Library::new(library))
        .disable_symbol("eval")
        // A script catches with `attempt`, which lets the end of a test pass.
        .disable_symbol("try")
        .on_print(|_| {})
        .on_debug(|_, _, _| {})
        .on_progress(move |operations| {
            let stopped = operations % ATTENTION == 0 && stop.load(Ordering::Relaxed);
            stopped.then(|| rhai::Dynamic::from(crate::trouble::Trouble::interrupted()))
        });
    vocabulary::register(&mut engine);
    engine
}
