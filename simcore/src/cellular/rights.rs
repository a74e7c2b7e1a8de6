//! What a subscriber may do where it is: profile, barrings, roaming control and the account's lists.
//!
//! Spec: service description 1.4.1 to 1.4.3. Roaming control looks at the country code of the serving network only;
//! the home network's code is never on a list. A card that does not support roaming control is not touched by it. Not
//! here: emergencies, which are decided before anything here is asked.

use super::CellularCore;
use super::config::{ApnKind, Bearers, Network, Profile, Rank};
use super::inventory::SimKind;
use super::note::Reason;
use super::number::canonical;
use super::whitelist::Whitelist;
use std::collections::BTreeMap;
use wire::id::{Imsi, PhoneNumber};
use wire::plmn::Plmn;

/// The options of one account.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct AccountRights {
    pub(super) whitelist: Option<Whitelist>,
    pub(super) roaming_control: BTreeMap<u16, Bearers>,
    pub(super) test_sims: Option<usize>,
    pub(super) prototype_sims: Option<usize>,
    pub(super) mixed_apns_accepted: bool,
}

impl AccountRights {
    /// How many cards of a kind were agreed; `None` sets no limit.
    pub(super) const fn agreed(&self, kind: SimKind) -> Option<usize> {
        match kind {
            SimKind::Production => None,
            SimKind::Test => self.test_sims,
            SimKind::Prototype => self.prototype_sims,
        }
    }
}

/// One bearer, to ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BearerKind {
    Voice,
    Sms,
    Data,
}

impl Bearers {
    const fn has(self, kind: BearerKind) -> bool {
        match kind {
            BearerKind::Voice => self.voice,
            BearerKind::Sms => self.sms,
            BearerKind::Data => self.data,
        }
    }
}

impl CellularCore {
    /// The network, where the operator knows it.
    pub(super) fn network(&self, plmn: Plmn) -> Option<&Network> {
        self.config.networks.iter().find(|network| network.plmn == plmn)
    }

    /// How much the operator likes a network; one that it does not know has no agreement.
    pub(super) fn rank(&self, plmn: Plmn) -> Rank {
        if plmn == self.config.home {
            return Rank::Home;
        }
        self.network(plmn).map_or(Rank::NoAgreement, |network| network.rank)
    }

    /// The best network of the same country that is better than this one.
    pub(super) fn better_network(&self, plmn: Plmn) -> Option<Plmn> {
        let here = self.network(plmn)?;
        let same_country = self.config.networks.iter().filter(|network| network.country == here.country);
        same_country
            .filter(|network| network.rank < here.rank)
            .min_by_key(|network| network.rank)
            .map(|best| best.plmn)
    }

    /// Why a bearer is barred for a subscriber in a network; `None` when it is not.
    pub(super) fn barred(&self, imsi: &Imsi, plmn: Plmn, kind: BearerKind) -> Option<Reason> {
        let subscriber = self.subscribers.get(imsi)?;
        if subscriber.services.barred.has(kind) {
            return Some(Reason::Barred);
        }
        let account = self.accounts.get(&*subscriber.account)?;
        let bar = account.roaming_control.get(&plmn.mcc())?;
        (subscriber.roaming_control_compatible && bar.has(kind))
            .then(|| Reason::RoamingControl { account: subscriber.account.to_string(), mcc: plmn.mcc() })
    }

    /// Why every bearer that the profile has is barred here; `None` when one is left.
    pub(super) fn all_barred(&self, imsi: &Imsi, plmn: Plmn) -> Option<Reason> {
        let voice = self.subscribers.get(imsi)?.profile == Profile::DataVoice;
        if voice && self.barred(imsi, plmn, BearerKind::Voice).is_none() {
            return None;
        }
        self.barred(imsi, plmn, BearerKind::Sms)?;
        self.barred(imsi, plmn, BearerKind::Data)
    }

    /// Why the account's voice whitelist stops a call with this peer; `None` when it passes. A withheld number
    /// matches no entry.
    pub(super) fn off_whitelist(&self, imsi: &Imsi, peer: Option<&PhoneNumber>) -> Option<Reason> {
        let name = &*self.subscribers.get(imsi)?.account;
        let list = self.accounts.get(name)?.whitelist.as_ref()?;
        match peer {
            None => Some(Reason::WithheldNumber { account: name.to_owned() }),
            Some(peer) if list.allows(peer, &self.config.country_code) => None,
            Some(_) => Some(Reason::OffWhitelist { account: name.to_owned() }),
        }
    }

    /// Whether the number is one that nothing may filter.
    pub(super) fn is_emergency_number(&self, number: &PhoneNumber) -> bool {
        let form = canonical(number, &self.config.country_code);
        self.config
            .emergency_numbers
            .iter()
            .any(|emergency| canonical(emergency, &self.config.country_code) == form)
    }

    /// The subscriber with this telephone number, however it is written; a terminated one has none.
    pub(super) fn subscriber_of(&self, number: &PhoneNumber) -> Option<&Imsi> {
        self.subscribers.of_number(&canonical(number, &self.config.country_code))
    }

    /// Whether the operator uses CAMEL signalling for a subscriber: its account has ordered voice filtering.
    #[must_use]
    pub fn uses_camel(&self, imsi: &Imsi) -> bool {
        let account = self.subscribers.get(imsi).and_then(|known| self.accounts.get(&*known.account));
        account.is_some_and(|account| account.whitelist.is_some())
    }

    /// Whether an access point is open to an account.
    pub(super) fn may_use_apn(kind: &ApnKind, account: &str) -> bool {
        match kind {
            ApnKind::SharedPrivate | ApnKind::SharedPublic => true,
            ApnKind::Dedicated { account: owner } => owner == account,
        }
    }
}
