//! The check of a configuration, and the account lists and subscribers that the core begins with.

use super::ControlError;
use crate::cellular::config::{CellularConfig, Subscriber};
use crate::cellular::rights::AccountRights;
use crate::cellular::whitelist::Whitelist;
use crate::cellular::world;
use std::collections::{BTreeMap, BTreeSet};
use wire::id::{Imsi, PhoneNumber};

/// Why a configuration cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Two subscribers with one IMSI.
    #[error("two subscribers have the IMSI {0}")]
    DuplicateImsi(Imsi),
    /// Two subscribers with one telephone number.
    #[error("two subscribers have the number {0}")]
    DuplicateMsisdn(PhoneNumber),
    /// A subscriber of an account that is not configured.
    #[error("subscriber {imsi} belongs to the account \"{account}\", which does not exist")]
    NoSuchAccount {
        /// The subscriber.
        imsi: Imsi,
        /// The account that is missing.
        account: String,
    },
    /// A list that the service forbids.
    #[error("account \"{account}\" cannot be set up")]
    Account {
        /// The account.
        account: String,
        /// What is wrong with its lists.
        source: ControlError,
    },
}

/// The accounts of a configuration with their lists.
pub(in crate::cellular) fn accounts(
    config: &CellularConfig,
) -> Result<BTreeMap<String, AccountRights>, ConfigError> {
    let mut accounts = BTreeMap::new();
    for account in &config.accounts {
        let name = account.name.clone();
        let failed = |source| ConfigError::Account { account: name.clone(), source };
        let full = |_| failed(ControlError::WhitelistFull { account: name.clone() });
        let list = account.voice_whitelist.as_ref();
        let whitelist =
            list.map(|numbers| Whitelist::of(numbers, &config.country_code)).transpose().map_err(full)?;
        let mut roaming_control = BTreeMap::new();
        for entry in &account.roaming_control {
            check_country(config, entry.mcc).map_err(failed)?;
            roaming_control.insert(entry.mcc, entry.bar);
        }
        accounts.insert(name.clone(), AccountRights { whitelist, roaming_control });
    }
    Ok(accounts)
}

/// The subscribers of a configuration.
pub(in crate::cellular) fn subscribers(
    config: &CellularConfig,
) -> Result<BTreeMap<Imsi, Subscriber>, ConfigError> {
    let mut subscribers: BTreeMap<Imsi, Subscriber> = BTreeMap::new();
    let mut numbers: BTreeSet<&PhoneNumber> = BTreeSet::new();
    for subscriber in &config.subscribers {
        let imsi = subscriber.imsi.clone();
        if !config.accounts.iter().any(|account| account.name == subscriber.account) {
            return Err(ConfigError::NoSuchAccount { imsi, account: subscriber.account.clone() });
        }
        if !numbers.insert(&subscriber.msisdn) {
            return Err(ConfigError::DuplicateMsisdn(subscriber.msisdn.clone()));
        }
        if subscribers.insert(imsi.clone(), subscriber.clone()).is_some() {
            return Err(ConfigError::DuplicateImsi(imsi));
        }
    }
    Ok(subscribers)
}

pub(super) fn check_country(config: &CellularConfig, mcc: u16) -> Result<(), ControlError> {
    if world::are_of_one_country(mcc, config.home.mcc()) {
        Err(ControlError::HomeCountry { mcc })
    } else if (200..=999).contains(&mcc) {
        Ok(())
    } else {
        Err(ControlError::NoCountryCode(mcc))
    }
}
