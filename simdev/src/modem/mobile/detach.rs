//! Detach by the mobile (TS 24.301 clause 5.5.2.2).

use super::selection::SelectionMode;
use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use wire::nas::NasUp;
use wire::time::{Duration, Instant};

const T3421: Duration = Duration::from_secs(15);

impl Mobile {
    /// Detaches (`+CGATT=0`, or `+COPS=2` with `stay`); answered by [`MobileEvent::Detached`].
    pub(crate) fn detach(&mut self, now: Instant, stay: bool) {
        if stay {
            self.selection.mode = SelectionMode::Deregistered;
        }
        self.detach_awaited = true;
        let was_registered = self.is_registered();
        self.stop_mobility_timers();
        self.selection.end_round();
        self.search.for_selection = false;
        self.end_call_locally();
        if was_registered {
            self.enter(Emm::DeregisteredInitiated);
            self.send(NasUp::DetachRequest { switch_off: false });
            self.timers.start(MobileTimer::T3421, now, T3421);
        } else {
            self.detached(false);
        }
    }

    pub(super) fn detach_accepted(&mut self) {
        if self.emm == Emm::DeregisteredInitiated {
            self.detached(true);
        }
    }

    /// The answer is not worth waiting for: the mobile leaves in any case.
    pub(super) fn detach_unanswered(&mut self, _now: Instant) {
        self.detach_accepted();
    }

    fn detached(&mut self, attached: bool) {
        self.lose_registration();
        self.last_reject = None;
        if self.radio {
            self.enter(Emm::Deregistered);
        }
        self.end_detach(attached);
    }

    /// Nobody waits for an answer to the detach any longer.
    pub(super) fn end_detach(&mut self, attached: bool) {
        self.timers.stop(MobileTimer::T3421);
        if std::mem::take(&mut self.detach_awaited) {
            self.event(MobileEvent::Detached { attached });
        }
    }

    /// The radio goes off: DETACH REQUEST with switch-off, to which no answer follows.
    pub(super) fn switch_off(&mut self) {
        self.end_call_locally();
        if self.is_registered() {
            self.send(NasUp::DetachRequest { switch_off: true });
        }
        self.stop_mobility_timers();
        self.timers.stop(MobileTimer::T3421);
        self.selection.end_round();
        self.search.for_selection = false;
        self.search.for_better = false;
        self.lose_registration();
        self.last_reject = None;
        self.serving = None;
        self.radio = false;
        self.enter(Emm::Null);
    }
}
