//! The world outside: the runtime for store, signal and doors, and today's date.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};
use wire::time::Calendar;

/// The calendar of a live lab that begins now.
#[must_use]
pub fn calendar_from_now() -> Calendar {
    Calendar::starting_at(jiff::Timestamp::now())
}

/// Today's date.
#[must_use]
pub fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// Runs a future to its end on this thread.
///
/// # Errors
/// When the operating system gives no runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

/// A runtime for work that comes again and again.
pub struct Steady(tokio::runtime::Runtime);

impl Steady {
    /// Starts it.
    ///
    /// # Errors
    /// When the operating system gives no runtime.
    pub fn start() -> std::io::Result<Self> {
        Ok(Self(tokio::runtime::Builder::new_current_thread().enable_all().build()?))
    }

    /// Runs a future to its end on this thread.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}

/// A flag that Ctrl-C, SIGTERM and SIGHUP set, telling `what` is done about it; a second one ends the program at once.
#[must_use]
pub fn stop_on_interrupt(what: &'static str) -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let setter = flag.clone();
    std::thread::spawn(move || {
        let (Ok(Err(error)) | Err(error)) = block_on(watch_signals(&setter, what));
        crate::console::talk(&format!("warning: signals end the program at once: {error}"));
    });
    flag
}

async fn watch_signals(setter: &AtomicBool, what: &str) -> std::io::Result<Infallible> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        if setter.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(crate::exit::INTERRUPTED));
        }
        crate::console::talk(&format!("interrupted: {what} (once more ends at once)"));
    }
}
