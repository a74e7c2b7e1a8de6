//! How much a subscriber or an account may send and receive, once or in each period.
//!
//! The packet that reaches the limit ends the connections, and no new one is granted until the period ends or the limit is
//! changed. Both directions count, IP headers included.

use super::super::control::ControlError;
use super::super::note::{Reason, SessionNote};
use super::CellularCore;
use crate::state::Kept;
use wire::air::cellular::UeId;
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::time::{Duration, Instant};

/// A volume that may be used.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Quota {
    octets: u64,
    /// After each of these the count begins anew; without one it never does.
    period: Option<Duration>,
    /// The start of the period that runs.
    since: Instant,
    used: u64,
}

impl Quota {
    const fn new(octets: u64, period: Option<Duration>, since: Instant) -> Self {
        Self { octets, period, since, used: 0 }
    }

    /// The same at a later time: whole periods that have passed are over.
    fn at(mut self, now: Instant) -> Self {
        let Some(period) = self.period.map(|period| period.as_micros()).filter(|period| *period > 0) else {
            return self;
        };
        let passed = now.since(self.since).as_micros() / period;
        if passed > 0 {
            let whole = u64::try_from(passed * period).unwrap_or(u64::MAX);
            self.since += Duration::from_micros(whole);
            self.used = 0;
        }
        self
    }

    const fn is_used_up(&self) -> bool {
        self.used >= self.octets
    }
}

/// The limits that are set.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    pub(super) subscribers: Kept<Imsi, Quota>,
    pub(super) accounts: Kept<String, Quota>,
}

impl Quotas {
    pub(super) fn count(&mut self, now: Instant, imsi: &Imsi, account: Option<&str>, octets: u64) {
        let account = account.and_then(|account| self.accounts.get_mut(account));
        for quota in self.subscribers.get_mut(imsi).into_iter().chain(account) {
            *quota = quota.at(now);
            quota.used = quota.used.saturating_add(octets);
        }
    }
}

impl CellularCore {
    /// Lets a subscriber use this many octets more, once or in each period from now on, or as many as it likes.
    pub fn set_quota(&mut self, now: Instant, imsi: &Imsi, octets: Option<u64>, period: Option<Duration>) {
        self.advance(now);
        match octets {
            Some(octets) => {
                self.gateway.quotas.subscribers.insert(imsi.clone(), Quota::new(octets, period, self.now))
            }
            None => self.gateway.quotas.subscribers.remove(imsi),
        };
    }

    /// The same for all subscribers of an account together.
    ///
    /// # Errors
    /// Unknown account.
    pub fn set_account_quota(
        &mut self,
        now: Instant,
        account: &str,
        octets: Option<u64>,
        period: Option<Duration>,
    ) -> Result<(), ControlError> {
        self.advance(now);
        if !self.accounts.contains_key(account) {
            return Err(ControlError::UnknownAccount(account.to_owned()));
        }
        match octets {
            Some(octets) => {
                let quota = Quota::new(octets, period, self.now);
                self.gateway.quotas.accounts.insert(account.to_owned(), quota)
            }
            None => self.gateway.quotas.accounts.remove(&account.to_owned()),
        };
        Ok(())
    }

    /// Why a subscriber may use no more data, where that is so.
    pub(in crate::cellular) fn quota_used_up(&self, imsi: &Imsi) -> Option<Reason> {
        let quotas = &self.gateway.quotas;
        let used_up = |quota: &&Quota| quota.at(self.now).is_used_up();
        if quotas.subscribers.get(imsi).filter(used_up).is_some() {
            return Some(Reason::QuotaUsedUp);
        }
        let account = &self.subscribers.get(imsi)?.account;
        quotas
            .accounts
            .get(&**account)
            .filter(used_up)
            .map(|_| Reason::AccountQuotaUsedUp(account.to_string()))
    }

    /// Whether the subscriber behind a mobile has used up what it may use; connections end when that is new.
    pub(super) fn quota_exceeded(&mut self, ue: UeId) -> bool {
        let Some(imsi) = self.registrations.get(&ue).and_then(|known| known.imsi.clone()) else {
            return false;
        };
        match self.quota_used_up(&imsi) {
            Some(Reason::AccountQuotaUsedUp(account)) => {
                let used = self.gateway.quotas.accounts.get(&account).map_or(0, |quota| quota.used);
                self.note(SessionNote::AccountQuotaReached { account: account.clone(), used });
                for ue in self.mobiles_of(&account) {
                    self.deactivate(ue, EsmCause::OPERATOR_DETERMINED_BARRING, |_| true);
                }
                true
            }
            Some(_) => {
                let used = self.traffic(&imsi).octets();
                self.note(SessionNote::QuotaReached { imsi, used });
                self.deactivate(ue, EsmCause::OPERATOR_DETERMINED_BARRING, |_| true);
                true
            }
            None => false,
        }
    }

    fn mobiles_of(&self, account: &str) -> Vec<UeId> {
        let of_account =
            |imsi: &Imsi| self.subscribers.get(imsi).is_some_and(|known| *known.account == *account);
        self.ue_by_imsi.iter().filter(|(imsi, _)| of_account(imsi)).map(|(_, ue)| *ue).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_gives_the_whole_volume_again_and_keeps_its_beat() {
        let second = |count: u64| Instant::ZERO + Duration::from_secs(count);
        let mut quota = Quota::new(100, Some(Duration::from_secs(60)), second(10));
        quota.used = 100;
        assert!(quota.is_used_up() && quota.at(second(69)).is_used_up());
        let next = quota.at(second(70));
        assert_eq!((next.used, next.since), (0, second(70)));
        let later = quota.at(second(10 + 60 * 5 + 59));
        assert_eq!((later.used, later.since), (0, second(10 + 60 * 5)));
        let once = Quota { period: None, ..quota };
        assert!(once.at(second(1_000_000)).is_used_up());
    }
}
