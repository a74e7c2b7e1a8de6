//! Everybody the operator serves: found by IMSI, by telephone number, by card and by account.
//!
//! Every operation costs the logarithm of the subscribers, never their number. What subscribers have in common, the
//! account's name and the list of access points, is kept once. A terminated subscriber has no number any more.

mod kept;

use super::config::{SimState, Subscriber};
use super::inventory::SimKind;
use super::number::{Canonical, canonical};
use crate::state::{Change, Durable as _, Part, Record, StateError, key_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::id::{Iccid, Imsi, PhoneNumber};

/// What two subscribers cannot share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Imsi,
    Iccid,
    Msisdn,
}

/// All subscribers.
#[derive(Debug, Default)]
pub(super) struct Directory {
    by_imsi: BTreeMap<Imsi, Subscriber>,
    by_number: BTreeMap<Canonical, Imsi>,
    by_card: BTreeMap<Iccid, Imsi>,
    fleets: BTreeMap<Arc<str>, BTreeSet<Imsi>>,
    access_points: BTreeSet<Arc<[String]>>,
    /// How many cards for tests and prototypes each account was given.
    lent: BTreeMap<(Arc<str>, SimKind), usize>,
    /// Those that the lab file does not have.
    by_hand: BTreeSet<Imsi>,
    /// Those that have changed, where somebody keeps them.
    touched: Option<BTreeSet<Imsi>>,
}

impl Directory {
    /// Takes a subscriber in; nothing is changed where something of it is taken.
    pub(super) fn insert(&mut self, subscriber: Subscriber, country_code: &str) -> Result<(), Taken> {
        let number = canonical(&subscriber.msisdn, country_code);
        if self.by_imsi.contains_key(&subscriber.imsi) {
            return Err(Taken::Imsi);
        }
        if self.by_card.contains_key(&subscriber.iccid) {
            return Err(Taken::Iccid);
        }
        if self.by_number.contains_key(&number) {
            return Err(Taken::Msisdn);
        }
        let imsi = subscriber.imsi.clone();
        if subscriber.state != SimState::Cancelled {
            self.by_number.insert(number, imsi.clone());
        }
        if let Some(touched) = &mut self.touched {
            touched.insert(imsi.clone());
            self.by_hand.insert(imsi);
        }
        self.take_in(subscriber);
        Ok(())
    }

    /// Lists a subscriber under everything but its number.
    fn take_in(&mut self, mut subscriber: Subscriber) {
        if let Some((account, _)) = self.fleets.get_key_value(&subscriber.account) {
            subscriber.account = Arc::clone(account);
        }
        match self.access_points.get(&subscriber.apns) {
            Some(known) => subscriber.apns = Arc::clone(known),
            None => drop(self.access_points.insert(Arc::clone(&subscriber.apns))),
        }
        let kind = subscriber.card.kind;
        if kind != SimKind::Production {
            *self.lent.entry((Arc::clone(&subscriber.account), kind)).or_default() += 1;
        }
        let imsi = subscriber.imsi.clone();
        self.fleets.entry(Arc::clone(&subscriber.account)).or_default().insert(imsi.clone());
        self.by_card.insert(subscriber.iccid.clone(), imsi.clone());
        self.by_imsi.insert(imsi, subscriber);
    }

    pub(super) fn contains_key(&self, imsi: &Imsi) -> bool {
        self.by_imsi.contains_key(imsi)
    }

    pub(super) fn get(&self, imsi: &Imsi) -> Option<&Subscriber> {
        self.by_imsi.get(imsi)
    }

    /// A subscriber, to change anything of it but its identities and its account.
    pub(super) fn get_mut(&mut self, imsi: &Imsi) -> Option<&mut Subscriber> {
        let subscriber = self.by_imsi.get_mut(imsi)?;
        if let Some(touched) = &mut self.touched {
            touched.insert(imsi.clone());
        }
        Some(subscriber)
    }

    /// All of them in the order of their IMSI.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = &Subscriber> {
        self.by_imsi.values()
    }

    /// How many cards for tests or prototypes an account was given, terminated ones included.
    pub(super) fn count(&self, account: &str, kind: SimKind) -> usize {
        self.lent.get(&(Arc::from(account), kind)).copied().unwrap_or_default()
    }

    /// Who has a number.
    pub(super) fn of_number(&self, number: &Canonical) -> Option<&Imsi> {
        self.by_number.get(number)
    }

    /// Whose a card is.
    pub(super) fn of_card(&self, iccid: &Iccid) -> Option<&Imsi> {
        self.by_card.get(iccid)
    }

    /// The subscribers of an account in the order of their IMSI.
    pub(super) fn fleet<'a>(&'a self, account: &str) -> impl Iterator<Item = &'a Subscriber> {
        let imsis = self.fleets.get(account).into_iter().flatten();
        imsis.filter_map(|imsi| self.by_imsi.get(imsi))
    }

    /// A terminated subscriber gives its number back.
    pub(super) fn free_number(&mut self, imsi: &Imsi, number: &PhoneNumber, country_code: &str) {
        let number = canonical(number, country_code);
        if self.by_number.get(&number) == Some(imsi) {
            self.by_number.remove(&number);
        }
    }
}

impl Directory {
    /// The subscribers that the lab file does not have.
    pub(super) fn by_hand(&self) -> impl Iterator<Item = &Subscriber> {
        self.by_hand.iter().filter_map(|imsi| self.by_imsi.get(imsi))
    }

    /// Every record has been taken up: numbers are found again, those of terminated subscribers are free.
    pub(super) fn restored(&mut self, country_code: &str) -> Result<(), StateError> {
        self.by_number.clear();
        for subscriber in self.by_imsi.values().filter(|known| known.state != SimState::Cancelled) {
            let number = canonical(&subscriber.msisdn, country_code);
            if self.by_number.insert(number, subscriber.imsi.clone()).is_some() {
                return Err(missing("subscriber", &subscriber.imsi.to_string()));
            }
        }
        Ok(())
    }
}

fn missing(kind: &str, key: &str) -> StateError {
    StateError::Missing { kind: kind.to_owned(), key: key.to_owned() }
}

/// A subscriber of the lab file is kept as far as it may change; one that was provisioned while the core ran is kept whole.
impl Part for Directory {
    fn keep(&mut self) {
        self.touched = Some(BTreeSet::new());
    }

    fn take_changes(&mut self, kind: &'static str, changes: &mut Vec<Change>) -> Result<(), StateError> {
        for imsi in self.touched.as_mut().map(std::mem::take).unwrap_or_default() {
            let Some(subscriber) = self.by_imsi.get(&imsi) else { continue };
            let written = kept::Written::of(subscriber, self.by_hand.contains(&imsi)).write();
            let value = Some(written.map_err(|cause| StateError::Unwritable { kind, cause })?);
            changes.push(Change { kind, key: imsi.to_string(), value });
        }
        Ok(())
    }

    fn restore(&mut self, record: &Record) -> Result<(), StateError> {
        let Record { kind, key, value } = record;
        let unreadable = |cause| StateError::Unreadable { kind: kind.clone(), key: key.clone(), cause };
        let imsi: Imsi = key_of(key).map_err(unreadable)?;
        let written: kept::Written = serde_json::from_str(value).map_err(unreadable)?;
        match (self.by_imsi.get_mut(&imsi), written) {
            (Some(subscriber), written) => written.over(subscriber),
            (None, written) => {
                let subscriber = written.whole(&imsi).ok_or_else(|| missing(kind, key))?;
                if self.by_card.contains_key(&subscriber.iccid) {
                    return Err(missing(kind, key));
                }
                self.by_hand.insert(imsi);
                self.take_in(subscriber);
            }
        }
        Ok(())
    }
}
