//! Account options: the voice whitelist and roaming control.

use super::ControlError;
use super::setup::check_country;
use crate::cellular::CellularCore;
use crate::cellular::config::{Bearers, SimState, Subscriber};
use crate::cellular::note::ControlNote;
use crate::cellular::rights::AccountRights;
use crate::cellular::whitelist::Whitelist;
use wire::id::{Imsi, PhoneNumber};
use wire::time::Instant;

impl CellularCore {
    fn account(&mut self, name: &str) -> Result<&mut AccountRights, ControlError> {
        self.accounts.get_mut(name).ok_or_else(|| ControlError::UnknownAccount(name.to_owned()))
    }

    fn whitelist_changed(&mut self, name: &str) {
        let numbers = self.accounts.get(name).and_then(|rights| rights.whitelist.as_ref());
        let numbers = numbers.map(|list| list.numbers().len());
        self.note(ControlNote::WhitelistChanged { account: name.to_owned(), numbers });
    }

    /// Sets an account's voice whitelist; an empty list lets no call through but emergencies.
    ///
    /// # Errors
    /// Unknown account; more than 20 different numbers.
    pub fn set_voice_whitelist(
        &mut self,
        account: &str,
        numbers: &[PhoneNumber],
    ) -> Result<(), ControlError> {
        let list = Whitelist::of(numbers, &self.config.country_code)
            .map_err(|_| ControlError::WhitelistFull { account: account.to_owned() })?;
        self.account(account)?.whitelist = Some(list);
        self.whitelist_changed(account);
        Ok(())
    }

    /// Adds a number to an account's voice whitelist, and switches the option on where it was off.
    ///
    /// # Errors
    /// Unknown account; a 21st number.
    pub fn add_to_voice_whitelist(
        &mut self,
        account: &str,
        number: &PhoneNumber,
    ) -> Result<(), ControlError> {
        let country_code = self.config.country_code.clone();
        let rights = self.account(account)?;
        let added = rights.whitelist.get_or_insert_default().add(number, &country_code);
        added.map_err(|_| ControlError::WhitelistFull { account: account.to_owned() })?;
        self.whitelist_changed(account);
        Ok(())
    }

    /// Takes a number, in whatever form, off an account's voice whitelist; tells whether it was there.
    ///
    /// # Errors
    /// Unknown account.
    pub fn remove_from_voice_whitelist(
        &mut self,
        account: &str,
        number: &PhoneNumber,
    ) -> Result<bool, ControlError> {
        let country_code = self.config.country_code.clone();
        let rights = self.account(account)?;
        let removed = rights.whitelist.as_mut().is_some_and(|list| list.remove(number, &country_code));
        if removed {
            self.whitelist_changed(account);
        }
        Ok(removed)
    }

    /// Removes an account's voice whitelist: calls are not filtered.
    ///
    /// # Errors
    /// Unknown account.
    pub fn clear_voice_whitelist(&mut self, account: &str) -> Result<(), ControlError> {
        self.account(account)?.whitelist = None;
        self.whitelist_changed(account);
        Ok(())
    }

    /// Sets what is barred for an account in a country code; sessions that it bars end at once.
    ///
    /// # Errors
    /// Unknown account; the home country; not a country code; a card of the account without the feature.
    pub fn set_roaming_control(
        &mut self,
        now: Instant,
        account: &str,
        mcc: u16,
        bar: Bearers,
    ) -> Result<(), ControlError> {
        self.advance(now);
        self.account(account)?;
        check_country(&self.config, mcc)?;
        let incompatible = |subscriber: &&Subscriber| {
            subscriber.state != SimState::Cancelled && !subscriber.roaming_control_compatible
        };
        if let Some(subscriber) = self.subscribers.fleet(account).find(incompatible) {
            let (account, iccid) = (account.to_owned(), subscriber.iccid.clone());
            return Err(ControlError::IncompatibleSim { account, iccid });
        }
        self.account(account)?.roaming_control.insert(mcc, bar);
        self.roaming_control_changed(account, mcc, bar);
        Ok(())
    }

    /// Sets what is barred for an account in a country, with all the country's codes.
    ///
    /// # Errors
    /// Unknown account; unknown country; the home country; a card of the account without the feature.
    pub fn set_roaming_control_of_country(
        &mut self,
        now: Instant,
        account: &str,
        country: &str,
        bar: Bearers,
    ) -> Result<(), ControlError> {
        // What refuses one code of a country refuses all: the first refusal comes before any change.
        for mcc in self.known_codes(country)? {
            self.set_roaming_control(now, account, mcc, bar)?;
        }
        Ok(())
    }

    /// Takes a country, with all its codes, off an account's roaming control; tells whether any was there.
    ///
    /// # Errors
    /// Unknown account; unknown country.
    pub fn remove_roaming_control_of_country(
        &mut self,
        now: Instant,
        account: &str,
        country: &str,
    ) -> Result<bool, ControlError> {
        let mut removed = false;
        for mcc in self.known_codes(country)? {
            removed |= self.remove_roaming_control(now, account, mcc)?;
        }
        Ok(removed)
    }

    /// Takes a country code off an account's roaming control; tells whether it was there.
    ///
    /// # Errors
    /// Unknown account.
    pub fn remove_roaming_control(
        &mut self,
        now: Instant,
        account: &str,
        mcc: u16,
    ) -> Result<bool, ControlError> {
        self.advance(now);
        let removed = self.account(account)?.roaming_control.remove(&mcc).is_some();
        if removed {
            self.roaming_control_changed(account, mcc, Bearers::default());
        }
        Ok(removed)
    }

    /// Removes every country from an account's roaming control.
    ///
    /// # Errors
    /// Unknown account.
    pub fn clear_roaming_control(&mut self, now: Instant, account: &str) -> Result<(), ControlError> {
        self.advance(now);
        let removed = std::mem::take(&mut self.account(account)?.roaming_control);
        for mcc in removed.into_keys() {
            self.roaming_control_changed(account, mcc, Bearers::default());
        }
        Ok(())
    }

    fn known_codes(&self, country: &str) -> Result<Vec<u16>, ControlError> {
        let codes = self.country_codes(country);
        if codes.is_empty() { Err(ControlError::UnknownCountry(country.to_owned())) } else { Ok(codes) }
    }

    fn roaming_control_changed(&mut self, account: &str, mcc: u16, bar: Bearers) {
        self.note(ControlNote::RoamingControlChanged { account: account.to_owned(), mcc, bar });
        let imsis: Vec<Imsi> = self.subscribers.fleet(account).map(|known| known.imsi.clone()).collect();
        for imsi in imsis {
            self.release_barred_sessions(&imsi);
        }
    }
}
