//! The check of a configuration, and the account lists and subscribers that the core begins with.

use super::ControlError;
use crate::cellular::config::{CellularConfig, Subscriber};
use crate::cellular::directory::{Directory, Taken};
use crate::cellular::esme::{EsmeAddress, Esmes};
use crate::cellular::inventory::SimKind;
use crate::cellular::rights::AccountRights;
use crate::cellular::whitelist::Whitelist;
use crate::cellular::world;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use wire::id::{Iccid, Imsi, PhoneNumber};

/// Why a configuration cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Two subscribers with one IMSI.
    #[error("two subscribers have the IMSI {0}")]
    DuplicateImsi(Imsi),
    /// Two subscribers with one telephone number.
    #[error("two subscribers have the number {0}")]
    DuplicateMsisdn(PhoneNumber),
    /// Two subscribers with one card.
    #[error("two subscribers have the card {0}")]
    DuplicateIccid(Iccid),
    /// A fixed address that somebody else has.
    #[error("the address {address} of access point \"{apn}\" is somebody else's")]
    AddressTaken {
        /// The access point.
        apn: String,
        /// The address.
        address: Ipv4Addr,
    },
    /// More cards for tests or prototypes than were agreed with the customer.
    #[error("{agreed} {kind} cards are agreed with account \"{account}\", and it has them")]
    NotAgreed {
        /// The account.
        account: String,
        /// Test or prototype.
        kind: SimKind,
        /// How many were agreed.
        agreed: usize,
    },
    /// A subscriber of an account that is not configured.
    #[error("subscriber {imsi} belongs to the account \"{account}\", which does not exist")]
    NoSuchAccount {
        /// The subscriber.
        imsi: Imsi,
        /// The account that is missing.
        account: String,
    },
    /// Two ESMEs with one system_id.
    #[error("two ESMEs have the system_id \"{0}\"")]
    DuplicateEsme(String),
    /// An ESME of an account that is not configured.
    #[error("ESME \"{esme}\" belongs to the account \"{account}\", which does not exist")]
    NoSuchEsmeAccount {
        /// The ESME.
        esme: String,
        /// The account that is missing.
        account: String,
    },
    /// A number that belongs to an ESME already.
    #[error("address {address} of ESME \"{esme}\" belongs to an ESME already")]
    EsmeAddressTaken {
        /// The ESME.
        esme: String,
        /// The address.
        address: EsmeAddress,
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
        accounts.insert(
            name.clone(),
            AccountRights {
                whitelist,
                roaming_control,
                test_sims: account.test_sims,
                prototype_sims: account.prototype_sims,
                mixed_apns_accepted: account.mixed_apns_accepted,
            },
        );
    }
    Ok(accounts)
}

/// The ESMEs of a configuration.
pub(in crate::cellular) fn esmes(config: &CellularConfig) -> Result<Esmes, ConfigError> {
    for esme in &config.esmes {
        if !config.accounts.iter().any(|account| account.name == esme.account) {
            let (esme, account) = (esme.system_id.clone(), esme.account.clone());
            return Err(ConfigError::NoSuchEsmeAccount { esme, account });
        }
    }
    Esmes::new(&config.esmes, &config.country_code)
}

/// The subscribers of a configuration, which are taken out of it.
pub(in crate::cellular) fn subscribers(
    config: &mut CellularConfig,
    accounts: &BTreeMap<String, AccountRights>,
) -> Result<Directory, ConfigError> {
    let mut directory = Directory::default();
    for subscriber in std::mem::take(&mut config.subscribers) {
        admit(&mut directory, accounts, subscriber, &config.country_code)?;
    }
    Ok(directory)
}

/// Takes a subscriber in, if its account exists and has agreed on such a card, and nothing of it is taken.
pub(super) fn admit(
    directory: &mut Directory,
    accounts: &BTreeMap<String, AccountRights>,
    subscriber: Subscriber,
    country_code: &str,
) -> Result<(), ConfigError> {
    let account = subscriber.account.to_string();
    let Some(rights) = accounts.get(&account) else {
        return Err(ConfigError::NoSuchAccount { imsi: subscriber.imsi, account });
    };
    let kind = subscriber.card.kind;
    if let Some(agreed) = rights.agreed(kind).filter(|agreed| directory.count(&account, kind) >= *agreed) {
        return Err(ConfigError::NotAgreed { account, kind, agreed });
    }
    let (imsi, iccid) = (subscriber.imsi.clone(), subscriber.iccid.clone());
    let msisdn = subscriber.msisdn.clone();
    directory.insert(subscriber, country_code).map_err(|taken| match taken {
        Taken::Imsi => ConfigError::DuplicateImsi(imsi),
        Taken::Iccid => ConfigError::DuplicateIccid(iccid),
        Taken::Msisdn => ConfigError::DuplicateMsisdn(msisdn),
    })
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
