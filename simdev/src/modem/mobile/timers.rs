//! The timers of the mobile, each named as its specification names it.

use std::collections::BTreeMap;
use wire::nas::TransactionId;
use wire::time::{Duration, Instant, Wakeup};

/// What can become due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MobileTimer {
    /// Attach neither accepted nor rejected (TS 24.301 10.2): 15 s.
    T3410,
    /// Pause before the next attach or update attempt: 10 s.
    T3411,
    /// Pause after five failed attempts on a network: 12 min.
    T3402,
    /// Periodic tracking area update, given by the network.
    T3412,
    /// Detach not answered: 15 s.
    T3421,
    /// Tracking area update not answered: 15 s.
    T3430,
    /// After a MAC failure or a non-EPS challenge: 20 s.
    T3418,
    /// After a synch failure: 15 s.
    T3420,
    /// After a challenge that failed in location updating (TS 24.008 11.2): 20 s.
    T3214,
    /// After a synch failure in location updating: 15 s.
    T3216,
    /// After a challenge that failed in GPRS attach or routing area update: 20 s.
    T3318,
    /// After a synch failure in GPRS attach or routing area update: 15 s.
    T3320,
    /// Mobility back-off, given by the network.
    T3346,
    /// Back-off of the access point name that the attach needs.
    T3396,
    /// Service request not answered (TS 24.301 10.2): 5 s.
    T3417,
    /// Pause after five service requests without an answer: 60 s.
    T3325,
    /// Wait for the network to release the connection after a reject: 10 s.
    T3440,
    /// No fallback for calls, after #39.
    T3442,
    /// Active time before power saving mode, given by the network.
    T3324,
    /// Rejects that were not integrity protected are forgotten: 30 to 60 min at random.
    T3247,
    /// An invalid card and forbidden lists are forgotten, where the card says so: 12 to 24 h at random.
    T3245,
    /// Forbidden areas are forgotten: 12 to 24 h (TS 24.301 5.3.2).
    ForbiddenAreas,
    /// Location updating not answered (TS 24.008 11.2): 20 s.
    T3210,
    /// Pause before the next location updating: 15 s.
    T3211,
    /// Periodic location updating, and the pause after four failures.
    T3212,
    /// GPRS attach not answered: 15 s.
    T3310,
    /// Pause before the next GPRS attach or routing area update: 15 s.
    T3311,
    /// Pause after five failed GPRS attaches or updates: 12 min.
    T3302,
    /// Periodic routing area update.
    T3312,
    /// Routing area update not answered: 15 s.
    T3330,
    /// Look for a cell of a better radio access technology (TS 36.304 5.2.4.2: every 60 s).
    BetterTechnology,
    /// The next selection when no service is to be had (TS 23.122 leaves the period open).
    NextSelection,
    /// Search for a network of higher priority (TS 23.122 4.4.3.3).
    HigherPrioritySearch,
    /// PDN connectivity request not answered: 8 s, five times.
    T3482,
    /// PDN disconnect request not answered: 6 s, five times.
    T3492,
    /// Activation of a PDP context not answered (TS 24.008 11.2.2): 30 s, five times.
    T3380,
    /// Deactivation of a PDP context not answered: 8 s, five times.
    T3390,
    /// The next request of a device that ignores the back-off.
    DefectRetry,
    /// CP-DATA not acknowledged (TS 24.011 5.3.2.1).
    Tc1,
    /// RP-DATA not answered (TS 24.011 annex E: 35 to 45 s).
    Tr1m,
    /// RP-SMMA not answered, to be repeated once: 25 to 35 s.
    Tram,
    /// An operation on a service not answered; the specifications leave the time open.
    SsOperation,
    /// A USSD request not answered; the specifications leave the time open.
    Ussd,
    /// Call setup not answered (TS 24.008 11.3): 30 s.
    T303(TransactionId),
    /// No progress after CALL PROCEEDING: 30 s.
    T310(TransactionId),
    /// Alerting without an answer: 180 s.
    T301(TransactionId),
    /// DISCONNECT not answered: 30 s.
    T305(TransactionId),
    /// RELEASE not answered: 30 s, twice.
    T308(TransactionId),
    /// CONNECT not acknowledged: 30 s.
    T313(TransactionId),
    /// Hold, retrieve or a multiparty operation not answered.
    Hold,
    /// A tone has lasted as long as it was to.
    Dtmf,
}

impl MobileTimer {
    const fn name(self) -> &'static str {
        match self {
            Self::T3410 => "T3410 attach",
            Self::T3411 => "T3411 next attempt",
            Self::T3402 => "T3402 next round of attempts",
            Self::T3412 => "T3412 periodic tracking area update",
            Self::T3421 => "T3421 detach",
            Self::T3430 => "T3430 tracking area update",
            Self::T3418 => "T3418 next authentication request after a failure",
            Self::T3420 => "T3420 next authentication request after a synch failure",
            Self::T3214 => "T3214 next authentication request after a failure",
            Self::T3216 => "T3216 next authentication request after a synch failure",
            Self::T3318 => "T3318 next authentication and ciphering request after a failure",
            Self::T3320 => "T3320 next authentication and ciphering request after a synch failure",
            Self::T3346 => "T3346 mobility back-off",
            Self::T3396 => "T3396 access point back-off",
            Self::T3417 => "T3417 service request",
            Self::T3325 => "T3325 next service request",
            Self::T3440 => "T3440 wait for release",
            Self::T3442 => "T3442 CS fallback back-off",
            Self::T3324 => "T3324 active time",
            Self::T3247 => "T3247 unprotected rejects",
            Self::T3245 => "T3245 invalid card",
            Self::ForbiddenAreas => "forbidden areas are forgotten",
            Self::T3210 => "T3210 location updating",
            Self::T3211 => "T3211 next location updating",
            Self::T3212 => "T3212 periodic location updating",
            Self::T3310 => "T3310 GPRS attach",
            Self::T3311 => "T3311 next GPRS attach",
            Self::T3302 => "T3302 next round of GPRS attaches",
            Self::T3312 => "T3312 periodic routing area update",
            Self::T3330 => "T3330 routing area update",
            Self::BetterTechnology => "search for a better technology",
            Self::NextSelection => "next network selection",
            Self::HigherPrioritySearch => "higher priority search",
            Self::T3482 => "T3482 PDN connectivity",
            Self::T3492 => "T3492 PDN disconnect",
            Self::T3380 => "T3380 activation of a PDP context",
            Self::T3390 => "T3390 deactivation of a PDP context",
            Self::DefectRetry => "defect: retry of a refused access point",
            Self::Tc1 => "TC1* CP-DATA",
            Self::Tr1m => "TR1M RP-DATA",
            Self::Tram => "TRAM RP-SMMA",
            Self::SsOperation => "service request",
            Self::Ussd => "USSD request",
            Self::T303(_) => "T303 call setup",
            Self::T310(_) => "T310 call proceeding",
            Self::T301(_) => "T301 alerting",
            Self::T305(_) => "T305 disconnect",
            Self::T308(_) => "T308 release",
            Self::T313(_) => "T313 connect",
            Self::Hold => "call hold",
            Self::Dtmf => "tone",
        }
    }
}

/// The timers that run.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeMap<MobileTimer, Instant>);

impl Timers {
    /// Starts a timer, or starts it anew.
    pub(super) fn start(&mut self, timer: MobileTimer, now: Instant, span: Duration) {
        self.0.insert(timer, now + span);
    }

    pub(super) fn start_at(&mut self, timer: MobileTimer, at: Instant) {
        self.0.insert(timer, at);
    }

    pub(super) fn stop(&mut self, timer: MobileTimer) {
        self.0.remove(&timer);
    }

    pub(super) fn is_running(&self, timer: MobileTimer) -> bool {
        self.0.contains_key(&timer)
    }

    /// Removes and returns the timer that expired first.
    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<MobileTimer> {
        let (timer, _) = self.0.iter().filter(|(_, at)| **at <= now).min_by_key(|(_, at)| **at)?;
        let timer = *timer;
        self.0.remove(&timer);
        Some(timer)
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let (timer, at) = self.0.iter().min_by_key(|(_, at)| **at)?;
        Some(Wakeup::new(*at, timer.name()))
    }
}
