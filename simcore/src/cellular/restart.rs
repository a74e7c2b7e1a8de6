//! A network element that restarts, and mobiles that are forgotten in time.
//!
//! Spec: TS 23.007 clause 14 (restart of an MME: the contexts are gone, nothing is told to the mobiles), TS 23.401 5.3.8.3 and
//! TS 29.272 5.2.1.3 (implicit detach, purge). Until a mobile speaks, nothing reaches it.

use super::CellularCore;
use super::agenda::Timer;
use super::note::{ControlNote, DetachReason, MobilityNote, Who};
use wire::air::cellular::UeId;
use wire::time::Instant;

impl CellularCore {
    /// Every registration is lost, with its calls and connections, and what was on its way to a mobile. Where identities are
    /// kept, an update or service request is then rejected with #10, otherwise with #9, and an attach by a temporary
    /// identity is asked for its IMSI.
    pub fn restart(&mut self, now: Instant, keeps_identities: bool) {
        self.advance(now);
        let lost: Vec<UeId> = self.registrations.keys().copied().collect();
        self.note(ControlNote::Restarted { registrations: lost.len() });
        for ue in lost {
            self.drop_registration(ue, DetachReason::Restarted);
        }
        self.abandon_challenges();
        self.agenda.lose_messages();
        if !keeps_identities {
            self.known.clear();
            self.identities.forget_all();
        }
    }

    /// A mobile that is not heard for long enough after its implicit detach is forgotten.
    pub(super) fn purge_later(&mut self, ue: UeId, who: Who) {
        if let Some(span) = self.config.policy.purge_after {
            self.unheard.insert(ue, who);
            self.agenda.start(self.now + span, Timer::Purge(ue));
        }
    }

    pub(super) fn heard_again(&mut self, ue: UeId) {
        if self.unheard.remove(&ue).is_some() {
            self.agenda.stop(&Timer::Purge(ue));
        }
    }

    pub(super) fn purge(&mut self, ue: UeId) {
        let Some(who) = self.unheard.remove(&ue) else { return };
        self.known.remove(&ue);
        if let Who::Imsi(imsi) = &who {
            self.identities.forget(imsi);
        }
        self.note(MobilityNote::Purged { who });
    }
}
