//! The world outside: the runtime for store, signal and doors, and today's date.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wire::time::Calendar;

/// The calendar of a live lab that begins now.
#[must_use]
pub fn today() -> Calendar {
    Calendar::starting_at(jiff::Timestamp::now())
}

/// Runs a future to its end on this thread.
///
/// # Errors
/// When the operating system gives no runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

/// A flag that Ctrl-C sets, telling `what` is done about it; a second Ctrl-C ends the program at once.
#[must_use]
pub fn stop_on_interrupt(what: &'static str) -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let setter = flag.clone();
    std::thread::spawn(move || {
        let _ = block_on(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if setter.swap(true, Ordering::Relaxed) {
                    std::process::exit(i32::from(crate::exit::INTERRUPTED));
                }
                crate::console::talk(&format!("interrupted: {what} (once more ends at once)"));
            }
        });
    });
    flag
}
