//! How a subscriber is written down.

use crate::cellular::config::{Profile, Services, SimState, Subscriber};
use crate::cellular::inventory::CardItem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use wire::id::{Iccid, Imei, Imsi, PhoneNumber};

/// What may have changed of a subscription since it was configured.
#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    state: SimState,
    imei_lock: Option<Imei>,
    services: Services,
    /// Only of a card whose profile may change.
    profile: Option<Profile>,
    /// The rest, of a subscriber that the lab file does not have.
    by_hand: Option<ByHand>,
}

/// What never changes of a subscription.
#[derive(Serialize, Deserialize)]
struct ByHand {
    iccid: Iccid,
    card: CardItem,
    msisdn: PhoneNumber,
    account: String,
    profile: Profile,
    apns: Vec<String>,
    static_addresses: BTreeMap<String, Ipv4Addr>,
    roaming_control_compatible: bool,
}

impl Written {
    pub(super) fn of(subscriber: &Subscriber, by_hand: bool) -> Self {
        let Subscriber { iccid, card, msisdn, account, profile, apns, static_addresses, .. } =
            subscriber.clone();
        let whole = || ByHand {
            iccid,
            card,
            msisdn,
            account: account.to_string(),
            profile,
            apns: apns.to_vec(),
            static_addresses,
            roaming_control_compatible: subscriber.roaming_control_compatible,
        };
        Self {
            state: subscriber.state,
            imei_lock: subscriber.imei_lock.clone(),
            services: subscriber.services,
            profile: card.kind.has_flexible_profile().then_some(profile),
            by_hand: by_hand.then(whole),
        }
    }

    /// Brings a subscriber of the lab file to where it was.
    pub(super) fn over(self, subscriber: &mut Subscriber) {
        subscriber.state = self.state;
        subscriber.imei_lock = self.imei_lock;
        subscriber.services = self.services;
        if let Some(profile) = self.profile.filter(|_| subscriber.card.kind.has_flexible_profile()) {
            subscriber.profile = profile;
        }
    }

    /// The subscriber, where all of it is written.
    pub(super) fn whole(self, imsi: &Imsi) -> Option<Subscriber> {
        let Self { state, imei_lock, services, by_hand, .. } = self;
        let by_hand = by_hand?;
        Some(Subscriber {
            imsi: imsi.clone(),
            iccid: by_hand.iccid,
            card: by_hand.card,
            imei_lock,
            msisdn: by_hand.msisdn,
            account: by_hand.account.into(),
            profile: by_hand.profile,
            apns: by_hand.apns.into(),
            static_addresses: by_hand.static_addresses,
            roaming_control_compatible: by_hand.roaming_control_compatible,
            state,
            services,
        })
    }
}
