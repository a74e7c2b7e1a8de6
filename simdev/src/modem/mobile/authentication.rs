//! The mobile's side of EPS authentication (TS 24.301 clauses 5.4.2.3 to 5.4.2.7).
//!
//! The card answers the challenge; the mobile checks the separation bit of AMF and counts what the network does wrong.
//! After three failed challenges in a row, or when none that holds follows in time, the cell counts as barred.

use super::mobility::{T3410, T3430};
use super::timers::MobileTimer;
use super::{Emm, Mobile};
use crate::defect::Defect;
use crate::sim::Authenticated;
use wire::cause::EmmCause;
use wire::milenage::{Autn, Auts, Rand};
use wire::nas::NasUp;
use wire::time::{Duration, Instant};

const T3418: Duration = Duration::from_secs(20);
const T3420: Duration = Duration::from_secs(15);
/// Challenges in a row that may fail before the network counts as false.
const MOST_FAILURES: u8 = 3;
/// How long a cell stays barred (TS 36.304 clause 5.3.1).
const BARRED: Duration = Duration::from_secs(300);
/// The separation bit, in the first octet of AMF (TS 33.102 annex H).
const SEPARATION_BIT: u8 = 0x80;

impl Mobile {
    pub(super) fn authentication_requested(&mut self, now: Instant, rand: &Rand, autn: &Autn) {
        if !self.may_be_challenged() {
            return;
        }
        let Some(card) = &mut self.card else { return };
        if autn[6] & SEPARATION_BIT == 0 {
            self.fail_challenge(now, EmmCause::NON_EPS_AUTHENTICATION_UNACCEPTABLE, None);
            return;
        }
        match card.authenticate(rand, autn) {
            Ok(Authenticated::Success(agreement)) => {
                self.failed_challenges = 0;
                let resumed = self.stop_challenge_timers();
                self.send(NasUp::AuthenticationResponse { res: agreement.res });
                if resumed {
                    self.resume_procedure(now);
                }
            }
            Ok(Authenticated::SynchronisationFailure(auts)) => {
                self.fail_challenge(now, EmmCause::SYNCH_FAILURE, Some(auts));
            }
            Err(_) if self.has(Defect::IgnoresFalseNetwork) => {}
            Err(_) => self.fail_challenge(now, EmmCause::MAC_FAILURE, None),
        }
    }

    /// A challenge needs a connection: a procedure that runs, or a registration.
    const fn may_be_challenged(&self) -> bool {
        match self.emm {
            Emm::RegisteredInitiated
            | Emm::Registered
            | Emm::TrackingAreaUpdating
            | Emm::DeregisteredInitiated => true,
            Emm::Null
            | Emm::PlmnSearch
            | Emm::LimitedService
            | Emm::AttemptingToAttach
            | Emm::Deregistered => false,
        }
    }

    fn fail_challenge(&mut self, now: Instant, cause: EmmCause, auts: Option<Auts>) {
        self.send(NasUp::AuthenticationFailure { cause, auts });
        self.last_failure = Some(cause.name());
        self.failed_challenges = self.failed_challenges.saturating_add(1);
        // 5.4.2.6: the timers of the procedure wait for the next challenge.
        for timer in [MobileTimer::T3410, MobileTimer::T3430] {
            self.timers.stop(timer);
        }
        self.stop_challenge_timers();
        if self.failed_challenges >= MOST_FAILURES {
            self.network_not_authentic(now);
        } else if auts.is_some() {
            self.timers.start(MobileTimer::T3420, now, T3420);
        } else {
            self.timers.start(MobileTimer::T3418, now, T3418);
        }
    }

    /// Whether one of them ran.
    fn stop_challenge_timers(&mut self) -> bool {
        let timers = [MobileTimer::T3418, MobileTimer::T3420];
        let ran = timers.into_iter().any(|timer| self.timers.is_running(timer));
        for timer in timers {
            self.timers.stop(timer);
        }
        ran
    }

    /// The timer of the procedure that the failed challenge stopped runs again.
    fn resume_procedure(&mut self, now: Instant) {
        match self.emm {
            Emm::RegisteredInitiated => self.timers.start(MobileTimer::T3410, now, T3410),
            Emm::TrackingAreaUpdating => self.timers.start(MobileTimer::T3430, now, T3430),
            Emm::Null
            | Emm::PlmnSearch
            | Emm::LimitedService
            | Emm::AttemptingToAttach
            | Emm::Registered
            | Emm::DeregisteredInitiated
            | Emm::Deregistered => {}
        }
    }

    /// 5.4.2.7: the network failed the check. Its cell is barred, and the mobile looks for another.
    pub(super) fn network_not_authentic(&mut self, now: Instant) {
        self.failed_challenges = 0;
        let Some(cell) = self.serving else { return };
        self.forbidden.bar(cell.id, now + BARRED);
        self.stop_mobility_timers();
        self.attempts = 0;
        self.enter(Emm::AttemptingToAttach);
        self.try_next_or_search(now);
    }

    /// 5.4.2.5: the card is invalid until it is taken out or the power goes.
    pub(super) fn authentication_rejected(&mut self, now: Instant) {
        if self.may_be_challenged() {
            self.failed_challenges = 0;
            self.card_rejected(now);
        }
    }
}
