//! The mobile's side of authentication (TS 24.301 clauses 5.4.2.3 to 5.4.2.7; TS 24.008 4.3.2 on GSM and UTRAN, where the
//! procedure of the domain that is being asked is the one that is challenged, and 4.7.7).
//!
//! The card answers the challenge; the mobile checks the separation bit of AMF on E-UTRAN, and that a challenge has AUTN
//! where it must, and counts what the network does wrong. After three failed challenges in a row, or when none that holds
//! follows in time, the cell counts as barred.

use super::legacy::{DomainState, T3210, T3310, T3330};
use super::mobility::{T3410, T3430};
use super::reject::Procedure;
use super::timers::MobileTimer;
use super::{Emm, Mobile};
use crate::defect::Defect;
use crate::sim::Authenticated;
use wire::air::cellular::Rat;
use wire::cause::EmmCause;
use wire::milenage::{Autn, Auts, Rand, Response};
use wire::nas::NasUp;
use wire::time::{Duration, Instant};

/// T3418, T3214 and T3318.
const AFTER_FAILURE: Duration = Duration::from_secs(20);
/// T3420, T3216 and T3320.
const AFTER_SYNCH_FAILURE: Duration = Duration::from_secs(15);
/// GSM authentication unacceptable: a cause of MM and GMM (TS 24.008 10.5.3.6).
const GSM_UNACCEPTABLE: EmmCause = EmmCause(23);
/// Challenges in a row that may fail before the network counts as false.
const MOST_FAILURES: u8 = 3;
/// How long a cell stays barred (TS 36.304 clause 5.3.1).
const BARRED: Duration = Duration::from_secs(300);
/// What runs while a procedure waits for its answer.
const PROCEDURE_TIMERS: &[MobileTimer] =
    &[MobileTimer::T3410, MobileTimer::T3430, MobileTimer::T3210, MobileTimer::T3310, MobileTimer::T3330];
/// What runs while the next challenge is awaited.
const CHALLENGE_TIMERS: &[MobileTimer] = &[
    MobileTimer::T3418,
    MobileTimer::T3420,
    MobileTimer::T3214,
    MobileTimer::T3216,
    MobileTimer::T3318,
    MobileTimer::T3320,
];
/// The separation bit, in the first octet of AMF (TS 33.102 annex H).
const SEPARATION_BIT: u8 = 0x80;

impl Mobile {
    pub(super) fn authentication_requested(&mut self, now: Instant, rand: &Rand, autn: Option<Autn>) {
        if !self.may_be_challenged() {
            return;
        }
        let rat = self.serving.map_or(Rat::Eutran, |cell| cell.rat);
        match autn {
            None if rat == Rat::Gsm => {
                let Some(card) = &self.card else { return };
                if let Ok((sres, _)) = card.authenticate_gsm(rand) {
                    self.answer_challenge(now, Response::Sres(sres));
                }
            }
            None if rat == Rat::Utran => self.fail_challenge(now, GSM_UNACCEPTABLE, None),
            Some(autn) if rat != Rat::Eutran || autn[6] & SEPARATION_BIT != 0 => {
                self.check_challenge(now, rand, &autn);
            }
            None | Some(_) => {
                self.fail_challenge(now, EmmCause::NON_EPS_AUTHENTICATION_UNACCEPTABLE, None);
            }
        }
    }

    /// The card decides about a challenge with AUTN.
    fn check_challenge(&mut self, now: Instant, rand: &Rand, autn: &Autn) {
        let Some(card) = &mut self.card else { return };
        match card.authenticate(rand, autn) {
            Ok(Authenticated::Success(agreement)) => {
                self.answer_challenge(now, Response::Res(agreement.res));
            }
            Ok(Authenticated::SynchronisationFailure(auts)) => {
                self.fail_challenge(now, EmmCause::SYNCH_FAILURE, Some(auts));
            }
            Err(_) if self.has(Defect::IgnoresFalseNetwork) => {}
            Err(_) => self.fail_challenge(now, EmmCause::MAC_FAILURE, None),
        }
    }

    fn answer_challenge(&mut self, now: Instant, res: Response) {
        self.failed_challenges = 0;
        let resumed = self.stop_challenge_timers();
        self.send(NasUp::AuthenticationResponse { res });
        if resumed {
            self.resume_procedure(now);
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
        let gsm = cause == GSM_UNACCEPTABLE;
        self.last_failure = Some(if gsm { "GSM authentication unacceptable" } else { cause.name() });
        self.failed_challenges = self.failed_challenges.saturating_add(1);
        // 5.4.2.6, TS 24.008 4.3.2.6: the timers of the procedure wait for the next challenge.
        for timer in PROCEDURE_TIMERS {
            self.timers.stop(*timer);
        }
        self.stop_challenge_timers();
        if self.failed_challenges >= MOST_FAILURES {
            self.network_not_authentic(now);
            return;
        }
        let (failure, synch_failure) = self.challenge_timers();
        if auts.is_some() {
            self.timers.start(synch_failure, now, AFTER_SYNCH_FAILURE);
        } else {
            self.timers.start(failure, now, AFTER_FAILURE);
        }
    }

    /// The timers that wait for the next challenge, after a failure and after a synch failure.
    fn challenge_timers(&self) -> (MobileTimer, MobileTimer) {
        match self.challenged() {
            Procedure::Location => (MobileTimer::T3214, MobileTimer::T3216),
            Procedure::GprsAttach | Procedure::Routing => (MobileTimer::T3318, MobileTimer::T3320),
            Procedure::Attach | Procedure::Update | Procedure::Service | Procedure::Detach => {
                (MobileTimer::T3418, MobileTimer::T3420)
            }
        }
    }

    /// The procedure in which the network challenges the mobile.
    fn challenged(&self) -> Procedure {
        if !self.on_legacy() {
            return if self.emm == Emm::TrackingAreaUpdating { Procedure::Update } else { Procedure::Attach };
        }
        if self.circuit.state == DomainState::Asked || self.packet.state != DomainState::Asked {
            Procedure::Location
        } else if self.packet.update {
            Procedure::Routing
        } else {
            Procedure::GprsAttach
        }
    }

    /// Whether one of them ran.
    fn stop_challenge_timers(&mut self) -> bool {
        let ran = CHALLENGE_TIMERS.iter().any(|timer| self.timers.is_running(*timer));
        for timer in CHALLENGE_TIMERS {
            self.timers.stop(*timer);
        }
        ran
    }

    /// The timer of the procedure that the failed challenge stopped runs again.
    fn resume_procedure(&mut self, now: Instant) {
        let asked = [self.circuit.state, self.packet.state].contains(&DomainState::Asked);
        match self.challenged() {
            Procedure::Attach if self.emm == Emm::RegisteredInitiated => {
                self.timers.start(MobileTimer::T3410, now, T3410);
            }
            Procedure::Update => self.timers.start(MobileTimer::T3430, now, T3430),
            Procedure::Location if asked => self.timers.start(MobileTimer::T3210, now, T3210),
            Procedure::GprsAttach => self.timers.start(MobileTimer::T3310, now, T3310),
            Procedure::Routing => self.timers.start(MobileTimer::T3330, now, T3330),
            Procedure::Attach | Procedure::Location | Procedure::Service | Procedure::Detach => {}
        }
    }

    /// 5.4.2.7: the network failed the check. Its cell is barred, and the mobile looks for another.
    pub(super) fn network_not_authentic(&mut self, now: Instant) {
        self.failed_challenges = 0;
        let Some(cell) = self.serving else { return };
        self.forbidden.bar(cell.id, now + BARRED);
        self.stop_mobility_timers();
        self.attempts = 0;
        for domain in [&mut self.circuit, &mut self.packet] {
            if domain.state == DomainState::Asked {
                domain.state = DomainState::Null;
            }
        }
        self.enter(Emm::AttemptingToAttach);
        self.try_next_or_search(now);
    }

    /// 5.4.2.5, TS 24.008 4.3.2.5 and 4.7.7.5: the card is invalid until it is taken out or the power goes.
    pub(super) fn authentication_rejected(&mut self, now: Instant) {
        if self.may_be_challenged() {
            self.failed_challenges = 0;
            let procedure = self.challenged();
            self.card_rejected(now, procedure);
        }
    }
}
