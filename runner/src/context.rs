//! The lab of one test, as the verbs of a script reach it.
//!
//! Handles in a script hold a reference to it. A verb borrows the lab for as long as it runs and never while it calls a
//! closure of the script, since the closure's verbs borrow it too.

use crate::trouble::Trouble;
use drivers::at::{Answer, Command};
use drivers::blame::Blame;
use lab::{Happening, Host, Lab, SeatId};
use rhai::{Dynamic, EvalAltResult, NativeCallContext};
use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use wire::time::{Duration, Instant};

/// What a verb returns.
pub type Verb<T> = Result<T, Box<EvalAltResult>>;

/// The lab of one test with the test's limit.
#[derive(Debug)]
pub struct Context {
    lab: RefCell<Lab>,
    limit: Instant,
}

/// A reference that scripts can hold.
pub type Shared = Rc<Context>;

impl Context {
    /// A context over `lab` for a test that may take `limit` of lab time.
    #[must_use]
    pub fn new(lab: Lab, limit: Duration) -> Shared {
        Rc::new(Self { lab: RefCell::new(lab), limit: Instant::ZERO + limit })
    }

    /// The context of the script that called a free verb.
    ///
    /// # Errors
    /// A trouble of the lab when the script was not called with one.
    pub fn of(call: &NativeCallContext<'_>) -> Verb<Shared> {
        call.tag().and_then(|tag| tag.clone().try_cast::<Shared>()).ok_or_else(|| {
            Trouble::new(Blame::Script, "this verb needs a lab: call it inside a test").terminal()
        })
    }

    /// The lab.
    pub fn lab(&self) -> RefMut<'_, Lab> {
        self.lab.borrow_mut()
    }

    /// Lab time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.lab.borrow().now()
    }

    /// Writes a step into the log.
    pub fn step(&self, text: impl Into<String>) {
        let mut lab = self.lab();
        let now = lab.now();
        lab.bench_mut().record(now, Happening::Step(text.into()));
    }

    /// Moves the lab on to the next thing that happens, not beyond `limit`; whether `limit` is still ahead.
    ///
    /// # Errors
    /// Ends the test when the run is interrupted or the test has used up its time.
    pub fn advance(&self, limit: Instant) -> Verb<bool> {
        let mut lab = self.lab();
        let ahead = lab.step(limit.min(self.limit)).map_err(|_| Trouble::interrupted().terminal())?;
        if !ahead && self.limit < limit {
            let seconds = self.limit.as_secs_f64();
            let message = format!("the test has used up its {seconds} s of lab time (see @timeout)");
            return Err(Trouble::new(Blame::Script, message).terminal());
        }
        Ok(ahead)
    }

    /// The lab time that is left to the test.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.limit.since(self.now())
    }

    /// Runs the lab for a span of time.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn run_for(&self, span: Duration) -> Verb<()> {
        let limit = self.now() + span;
        while self.advance(limit)? {}
        Ok(())
    }

    /// Sends a command to a modem and runs the lab until its final result code, whatever that says.
    ///
    /// # Errors
    /// A trouble of the device when no result code comes, of the lab when the port is gone.
    pub fn ask(&self, seat: SeatId, command: Command) -> Verb<Answer> {
        let id = {
            let mut lab = self.lab();
            let now = lab.now();
            let host = lab.bench_mut().seats.touch(seat).and_then(|seat| seat.host.as_mut());
            match host.and_then(|host| host.send(now, command)) {
                Some(sent) => sent.map_err(|error| Trouble::from(error).thrown())?,
                None => {
                    return Err(Trouble::new(
                        Blame::Lab,
                        "another program holds this device's port: type there",
                    )
                    .thrown());
                }
            }
        };
        loop {
            if let Some(Host::Modem { ended, .. }) =
                self.lab().bench_mut().seats.touch(seat).and_then(|seat| seat.host.as_mut())
                && let Some(result) = ended.remove(&id)
            {
                return result.map_err(|error| Trouble::from(error).thrown());
            }
            self.advance(self.limit + Duration::from_micros(1))?;
        }
    }

    /// As [`Self::ask`], and a result code other than success is a trouble of the device.
    ///
    /// # Errors
    /// As [`Self::ask`], and [`drivers::at::AtError::Refused`].
    pub fn execute(&self, seat: SeatId, command: Command) -> Verb<Answer> {
        self.ask(seat, command)?.success().map_err(|error| Trouble::from(error).thrown())
    }
}

/// Seconds as a script writes them, whole or not.
///
/// # Errors
/// A trouble of the script when the span is negative or not a number.
pub fn span(seconds: &Dynamic) -> Verb<Duration> {
    let number = seconds.as_float().or_else(|_| seconds.as_int().map(|whole| whole as f64));
    number.ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(|| {
        Trouble::new(Blame::Script, format!("{seconds} is not a span of time in seconds")).terminal()
    })
}
