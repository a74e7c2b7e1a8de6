//! T3245: how long what forbids itself for good is obeyed by a mobile whose card says so (EF_NASCONFIG).
//!
//! Spec: TS 24.008 4.1.1.6, TS 24.301 5.3.7a. It starts when a network forbids itself or calls the card invalid, and does
//! not start again while it runs. It lasts 12 to 24 hours, whether the mobile is on or off, and belongs to the card.

use super::reaction::HALF_A_DAY_TO_A_DAY;
use super::timers::MobileTimer;
use super::{Emm, Mobile};
use wire::time::Instant;

impl Mobile {
    pub(super) fn start_t3245(&mut self, now: Instant) {
        if self.t3245.is_none() && self.subscriber.as_ref().is_some_and(|who| who.t3245) {
            let at = now + self.random_seconds(HALF_A_DAY_TO_A_DAY);
            self.t3245 = Some(at);
            self.timers.start_at(MobileTimer::T3245, at);
        }
    }

    /// The card can be read again: what is left of the timer runs, or it expired meanwhile.
    pub(super) fn resume_t3245(&mut self, now: Instant) {
        let Some(at) = self.t3245.filter(|_| self.subscriber.is_some()) else { return };
        if at > now {
            self.timers.start_at(MobileTimer::T3245, at);
        } else {
            self.forget_forbidding();
        }
    }

    /// It expired: the card counts as valid, no network forbids itself, and the mobile looks again for what it lacks.
    pub(super) fn t3245_expired(&mut self, now: Instant) {
        self.forget_forbidding();
        if matches!(self.emm, Emm::LimitedService | Emm::PlmnSearch) {
            self.begin_selection(now);
        } else if self.emm == Emm::Registered && self.on_legacy() {
            self.next_domain(now);
        }
    }

    fn forget_forbidding(&mut self) {
        self.t3245 = None;
        self.forbidden.forget_invalid();
        if let Some(card) = &mut self.card {
            let _ = card.clear_forbidden_plmns();
        }
    }
}
