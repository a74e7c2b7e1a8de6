//! Detach by the mobile (TS 24.301 clause 5.5.2.2).

use super::selection::SelectionMode;
use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use wire::nas::NasUp;
use wire::time::{Duration, Instant};

const T3421: Duration = Duration::from_secs(15);
const MOST_REQUESTS: u8 = 5;

impl Mobile {
    /// Detaches (`+CGATT=0`, or `+COPS=2` with `stay`); answered by [`MobileEvent::Detached`].
    pub(crate) fn detach(&mut self, now: Instant, stay: bool) {
        if stay {
            self.selection.mode = SelectionMode::Deregistered;
        }
        self.detach_awaited = true;
        self.packet_wanted = stay;
        let was_registered = if stay { self.is_registered() } else { self.has_packet_services() };
        if self.on_legacy() && self.is_registered() {
            self.detach_on_legacy(now, stay);
            return;
        }
        self.stop_mobility_timers();
        self.selection.end_round();
        self.search.for_selection = false;
        self.end_call_locally();
        if was_registered {
            self.enter(Emm::DeregisteredInitiated);
            self.detach_attempts = 0;
            self.request_detach(now);
        } else {
            self.detached(false);
        }
    }

    /// GSM and UTRAN: leaving for good takes an indication for each domain, a packet detach leaves the other as it is.
    fn detach_on_legacy(&mut self, now: Instant, stay: bool) {
        let packet = self.has_packet_services();
        if stay {
            self.stop_mobility_timers();
            self.selection.end_round();
            self.search.for_selection = false;
            self.end_call_locally();
            if self.has_circuit_services() {
                self.send(NasUp::ImsiDetach);
            }
            self.enter(Emm::DeregisteredInitiated);
        }
        self.detach_attempts = 0;
        match (packet, stay) {
            (true, _) => self.request_detach(now),
            (false, true) => self.detached(true),
            (false, false) => self.end_detach(false),
        }
    }

    fn request_detach(&mut self, now: Instant) {
        self.detach_attempts += 1;
        self.send(NasUp::DetachRequest { switch_off: false });
        self.timers.start(MobileTimer::T3421, now, T3421);
    }

    pub(super) fn detach_accepted(&mut self) {
        if self.emm == Emm::DeregisteredInitiated {
            self.detached(true);
        } else if self.detach_awaited && self.on_legacy() {
            self.packet_detached();
            self.end_detach(true);
        }
    }

    /// Five requests without an answer: the mobile leaves in any case (5.5.2.2.4).
    pub(super) fn detach_unanswered(&mut self, now: Instant) {
        if self.detach_attempts < MOST_REQUESTS && self.serving.is_some() {
            self.request_detach(now);
        } else {
            self.detach_accepted();
        }
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
        self.tell_switch_off();
        self.stop_mobility_timers();
        self.timers.stop(MobileTimer::T3421);
        self.selection.end_round();
        self.search.for_selection = false;
        self.search.for_better = false;
        self.search.for_technology = false;
        self.lose_registration();
        self.radio_link_lost();
        self.last_reject = None;
        self.serving = None;
        self.radio = false;
        self.enter(Emm::Null);
    }

    /// No answer follows to a detach with switch-off.
    pub(super) fn tell_switch_off(&mut self) {
        if !self.is_registered() {
            return;
        }
        if self.on_legacy() && self.has_circuit_services() {
            self.send(NasUp::ImsiDetach);
        }
        if self.registered.as_ref().is_some_and(|known| known.packet) {
            self.send(NasUp::DetachRequest { switch_off: true });
        }
    }
}
