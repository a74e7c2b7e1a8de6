//! Steering of roaming by reject: who was refused where, how often, and when that is forgotten.
//!
//! Spec: GSMA IR.73, as signalling steering. A reject storm always ends: after `rejects` refusals in a window the
//! subscriber is let in, and the network that let it in stays good for the rest of the window. Refusals are counted per
//! country: a subscriber that travels on is steered anew. Not here: whether a better network exists, and emergency
//! attaches, which nobody steers.

use super::config::Steering;
use super::world;
use crate::state::Kept;
use std::collections::BTreeSet;
use wire::id::Imsi;
use wire::plmn::Plmn;
use wire::time::Instant;

/// What is remembered of every steered subscriber.
#[derive(Debug, Default)]
pub struct SteeringMemory {
    pub(super) subscribers: Kept<Imsi, Steered>,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Steered {
    /// Mobile country code of the refusals that are counted.
    mcc: u16,
    rejects: u32,
    accepted: BTreeSet<Plmn>,
    forgotten_at: Instant,
}

/// What to do with an attach on a network that is not the best of its country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Refuse it; this is the `count`-th refusal.
    Reject {
        /// Refusals in this window, this one included.
        count: u32,
    },
    /// Let it in.
    Accept,
}

impl SteeringMemory {
    /// Decides on an attach of `imsi` to `plmn` while a better network exists, and remembers the decision.
    pub fn decide(&mut self, now: Instant, rule: &Steering, imsi: &Imsi, plmn: Plmn) -> Steer {
        if self.subscribers.get(imsi).is_some_and(|steered| steered.forgotten_at <= now) {
            self.subscribers.remove(imsi);
        }
        let mcc = plmn.mcc();
        let fresh =
            || Steered { mcc, rejects: 0, accepted: BTreeSet::new(), forgotten_at: now + rule.window };
        let steered = self.subscribers.entry(imsi.clone()).or_insert_with(fresh);
        if !world::are_of_one_country(steered.mcc, mcc) {
            (steered.mcc, steered.rejects) = (mcc, 0);
        }
        if steered.accepted.contains(&plmn) {
            return Steer::Accept;
        }
        if steered.rejects < rule.rejects {
            steered.rejects += 1;
            return Steer::Reject { count: steered.rejects };
        }
        steered.accepted.insert(plmn);
        steered.forgotten_at = now + rule.window;
        Steer::Accept
    }

    /// The subscriber found its way to the best network: the count starts anew.
    pub fn forget(&mut self, imsi: &Imsi) {
        self.subscribers.remove(imsi);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::time::Duration;

    fn secs(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn refuses_so_often_then_accepts_and_keeps_accepting_until_the_window_ends() {
        let rule = Steering { enabled: true, rejects: 2, ..Steering::default() };
        let imsi: Imsi = "208010000000001".parse().unwrap();
        let (plmn, other) = ("214-07".parse().unwrap(), "214-01".parse().unwrap());
        let mut memory = SteeringMemory::default();
        assert_eq!(memory.decide(secs(0), &rule, &imsi, plmn), Steer::Reject { count: 1 });
        assert_eq!(
            memory.decide(secs(10), &rule, &imsi, other),
            Steer::Reject { count: 2 },
            "counted per subscriber"
        );
        assert_eq!(memory.decide(secs(20), &rule, &imsi, plmn), Steer::Accept);
        assert_eq!(memory.decide(secs(1000), &rule, &imsi, plmn), Steer::Accept);
        assert_eq!(memory.decide(secs(20 + 1800), &rule, &imsi, plmn), Steer::Reject { count: 1 });
        let abroad = "260-01".parse().unwrap();
        assert_eq!(
            memory.decide(secs(1830), &rule, &imsi, abroad),
            Steer::Reject { count: 1 },
            "another country"
        );
        memory.forget(&imsi);
        assert_eq!(memory.decide(secs(2000), &rule, &imsi, plmn), Steer::Reject { count: 1 });
    }
}
