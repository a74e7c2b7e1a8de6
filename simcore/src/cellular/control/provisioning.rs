//! New subscribers while the core runs, what their cards may be, and what is unwise about them.

use super::ControlError;
use super::setup::{ConfigError, admit};
use crate::cellular::CellularCore;
use crate::cellular::config::{ApnKind, Profile, SimState, Subscriber};
use crate::cellular::note::ControlNote;
use wire::id::Imsi;
use wire::time::Instant;

impl CellularCore {
    /// Provisions a subscriber; its card may be used from now on as its state says.
    ///
    /// # Errors
    /// What a configuration with it would be refused for; a card without roaming control for an account that uses it; a
    /// fixed address that somebody else has. Nothing is changed then.
    pub fn provision(&mut self, now: Instant, subscriber: Subscriber) -> Result<(), ConfigError> {
        self.advance(now);
        let account = subscriber.account.to_string();
        let controlled = self.accounts.get(&account).is_some_and(|rights| !rights.roaming_control.is_empty());
        if controlled && !subscriber.roaming_control_compatible {
            let (name, iccid) = (account.clone(), subscriber.iccid.clone());
            let source = ControlError::IncompatibleSim { account: name, iccid };
            return Err(ConfigError::Account { account, source });
        }
        for (apn, address) in &subscriber.static_addresses {
            let pool = self.pools.get(&apn.to_ascii_lowercase());
            if pool.is_some_and(|pool| pool.is_taken(*address)) {
                return Err(ConfigError::AddressTaken { apn: apn.clone(), address: *address });
            }
        }
        let (imsi, card) = (subscriber.imsi.clone(), subscriber.card);
        let fixed = subscriber.static_addresses.clone();
        admit(&mut self.subscribers, &self.accounts, subscriber, &self.config.country_code)?;
        for (apn, address) in fixed {
            if let Some(pool) = self.pools.get_mut(&apn.to_ascii_lowercase()) {
                pool.reserve(address);
            }
        }
        self.note(ControlNote::Provisioned { imsi: imsi.clone(), account, card });
        self.begin_life(&imsi);
        Ok(())
    }

    /// Gives a prototype card another profile; it holds from the next call on.
    ///
    /// # Errors
    /// Unknown subscriber; a card of another kind.
    pub fn change_profile(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        profile: Profile,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let unknown = || ControlError::UnknownSubscriber(imsi.clone());
        let subscriber = self.subscribers.get_mut(imsi).ok_or_else(unknown)?;
        if !subscriber.card.kind.has_flexible_profile() {
            return Err(ControlError::ProfileFixed(imsi.clone()));
        }
        subscriber.profile = profile;
        self.note(ControlNote::ProfileChanged { imsi: imsi.clone(), profile });
        Ok(())
    }

    /// The subscribers with shared and dedicated access points on one card whose customers have not accepted the weakness.
    pub fn unaccepted_mixed_apns(&self) -> impl Iterator<Item = &Subscriber> {
        self.subscribers.values().filter(|subscriber| self.mixes_apns_unaccepted(subscriber))
    }

    /// The lives of the subscribers that the core begins with.
    pub(in crate::cellular) fn begin_lives(&mut self) {
        let deserves = |subscriber: &&Subscriber| {
            subscriber.state.ends().is_some() || self.mixes_apns_unaccepted(subscriber)
        };
        let imsis: Vec<Imsi> =
            self.subscribers.values().filter(deserves).map(|known| known.imsi.clone()).collect();
        imsis.iter().for_each(|imsi| self.begin_life(imsi));
    }

    fn begin_life(&mut self, imsi: &Imsi) {
        let Some(subscriber) = self.subscribers.get(imsi) else { return };
        let (state, account) = (subscriber.state, subscriber.account.to_string());
        let mixed = self.mixes_apns_unaccepted(subscriber);
        if state.ends().is_some() {
            self.watch_sim_state(imsi, state);
        }
        if mixed {
            self.note(ControlNote::MixedApns { imsi: imsi.clone(), account });
        }
    }

    fn mixes_apns_unaccepted(&self, subscriber: &Subscriber) -> bool {
        let accepted =
            |account: &str| self.accounts.get(account).is_some_and(|rights| rights.mixed_apns_accepted);
        let has = |dedicated: bool| {
            self.config.apns.iter().any(|apn| {
                matches!(apn.kind, ApnKind::Dedicated { .. }) == dedicated
                    && Self::may_use_apn(&apn.kind, &subscriber.account)
                    && subscriber.apns.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(&apn.name))
            })
        };
        subscriber.state != SimState::Cancelled && !accepted(&subscriber.account) && has(true) && has(false)
    }
}
