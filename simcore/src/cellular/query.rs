//! What a test may ask the core: registrations, sessions, counters, calls, short messages.

use super::CellularCore;
use super::calls::{Call, CallId, CallState};
use super::config::{CellularConfig, Network, SimState, Subscriber};
use super::gateway::Traffic;
use super::number::{Canonical, canonical};
use super::smsc::{MessageId, ReceivedSms, SmsState};
use super::world;
use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use wire::air::cellular::{CellId, UeId};
use wire::id::{Iccid, Imei, Imsi, PhoneNumber};
use wire::nas::{Ambr, PdnAddress, Qci};
use wire::plmn::Plmn;
use wire::time::Instant;

/// A registration as a test sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationView {
    /// The handle of the mobile.
    pub ue: UeId,
    /// The equipment.
    pub imei: Imei,
    /// The network and the cell in which the mobile was last heard.
    pub cell: CellId,
    /// Whether calls are possible too.
    pub combined: bool,
    /// Since when.
    pub since: Instant,
}

/// A PDN connection as a test sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Network identifier of the APN.
    pub apn: String,
    /// The address of the device.
    pub address: PdnAddress,
    /// The /64 of its IPv6 address.
    pub prefix: Option<Ipv6Addr>,
    /// EPS bearer identity.
    pub bearer: u8,
    /// Class of service.
    pub qci: Qci,
    /// Bit rates of the access point, where any were set.
    pub ambr: Option<Ambr>,
    /// Since when.
    pub since: Instant,
    /// Volume so far.
    pub traffic: Traffic,
}

/// When a subscriber asked for what; each request counts, whatever its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counters {
    /// ATTACH REQUEST.
    pub attach_requests: Vec<Instant>,
    /// AUTHENTICATION REQUEST of the network, repeats of one challenge not counted.
    pub authentications: Vec<Instant>,
    /// TRACKING AREA UPDATE REQUEST.
    pub tracking_area_updates: Vec<Instant>,
    /// SERVICE REQUEST.
    pub service_requests: Vec<Instant>,
    /// DETACH REQUEST of a device that stays on, and its repeats.
    pub detaches: Vec<Instant>,
    /// LOCATION UPDATING REQUEST.
    pub location_updates: Vec<Instant>,
    /// GPRS ATTACH REQUEST.
    pub gprs_attaches: Vec<Instant>,
    /// ROUTING AREA UPDATE REQUEST.
    pub routing_area_updates: Vec<Instant>,
    /// PDN connections asked for, in an attach or later, by APN; the empty name stands for none in a refused request.
    pub pdn_requests: BTreeMap<String, Vec<Instant>>,
    /// Short messages sent (RP-DATA).
    pub mo_sms: Vec<Instant>,
    /// Calls begun, emergency calls aside.
    pub mo_calls: Vec<Instant>,
}

impl CellularCore {
    /// The registration of a subscriber; an emergency registration is none.
    #[must_use]
    pub fn registration(&self, imsi: &Imsi) -> Option<RegistrationView> {
        let ue = self.ue_of(imsi)?;
        self.registrations.get(&ue).map(|registration| RegistrationView {
            ue,
            imei: registration.imei.clone(),
            cell: registration.cell,
            combined: registration.combined,
            since: registration.since,
        })
    }

    /// The PDN connections of a subscriber, oldest first.
    #[must_use]
    pub fn sessions(&self, imsi: &Imsi) -> Vec<SessionView> {
        let registration = self.ue_of(imsi).and_then(|ue| self.registrations.get(&ue));
        let bearers = registration.map(|registration| registration.bearers.as_slice()).unwrap_or_default();
        let view = |bearer: &super::session::Bearer| SessionView {
            apn: bearer.apn.clone(),
            address: bearer.address,
            prefix: bearer.prefix,
            traffic: bearer.traffic,
            bearer: bearer.identity,
            qci: bearer.quality.qci,
            ambr: bearer.quality.ambr,
            since: bearer.since,
        };
        bearers.iter().map(view).collect()
    }

    /// What a subscriber, or an IMSI that is none, has asked for so far.
    #[must_use]
    pub fn counters(&self, imsi: &Imsi) -> Counters {
        self.counters.get(imsi).cloned().unwrap_or_default()
    }

    /// Every network that the operator knows, its own included.
    #[must_use]
    pub fn networks(&self) -> &[Network] {
        &self.config.networks
    }

    /// Where a subscriber was last seen, registered or not.
    #[must_use]
    pub fn location(&self, imsi: &Imsi) -> Option<CellId> {
        self.last_seen.get(imsi).map(|(cell, _)| *cell)
    }

    /// The equipment in which a subscriber was last seen.
    #[must_use]
    pub fn equipment(&self, imsi: &Imsi) -> Option<&Imei> {
        self.last_seen.get(imsi).map(|(_, imei)| imei)
    }

    /// A subscriber with its present state and services.
    #[must_use]
    pub fn subscriber(&self, imsi: &Imsi) -> Option<&Subscriber> {
        self.subscribers.get(imsi)
    }

    /// All subscribers in the order of their IMSI.
    pub fn subscribers(&self) -> impl Iterator<Item = &Subscriber> {
        self.subscribers.values()
    }

    /// The subscriber that has a telephone number, however it is written.
    #[must_use]
    pub fn imsi_of(&self, number: &PhoneNumber) -> Option<&Imsi> {
        self.subscriber_of(number)
    }

    /// The subscriber of a card.
    #[must_use]
    pub fn imsi_of_card(&self, iccid: &Iccid) -> Option<&Imsi> {
        self.subscribers.of_card(iccid)
    }

    /// The subscribers of an account in the order of their IMSI.
    pub fn fleet<'a>(&'a self, account: &str) -> impl Iterator<Item = &'a Subscriber> {
        self.subscribers.fleet(account)
    }

    /// The name of a network and its country, ISO 3166 alpha-2, where the operator knows it.
    #[must_use]
    pub fn network_name(&self, plmn: Plmn) -> Option<(&str, &str)> {
        self.network(plmn).map(|network| (network.name.as_str(), network.country.as_str()))
    }

    /// The configuration; lists and states that change are asked for by their own queries.
    #[must_use]
    pub const fn config(&self) -> &CellularConfig {
        &self.config
    }

    /// The numbers on an account's voice whitelist; `None` when the option is off or the account does not exist.
    #[must_use]
    pub fn voice_whitelist(&self, account: &str) -> Option<Vec<PhoneNumber>> {
        let list = self.accounts.get(account)?.whitelist.as_ref()?;
        Some(list.numbers().cloned().collect())
    }

    /// An account's roaming control: what is barred in which country code.
    #[must_use]
    pub fn roaming_control(&self, account: &str) -> Vec<super::RoamingBar> {
        let entries = self.accounts.get(account).map(|rights| rights.roaming_control.iter());
        entries.into_iter().flatten().map(|(mcc, bar)| super::RoamingBar { mcc: *mcc, bar: *bar }).collect()
    }

    /// The country codes of a country, ISO 3166 alpha-2, of the world as delivered and of the configured networks;
    /// none where neither knows it.
    #[must_use]
    pub fn country_codes(&self, country: &str) -> Vec<u16> {
        let there =
            self.config.networks.iter().filter(|network| network.country.eq_ignore_ascii_case(country));
        let mut codes = world::country_of(country).map(|known| known.codes).unwrap_or_default();
        codes.extend(there.map(|network| network.plmn.mcc()));
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Every call so far, in the order in which they began.
    pub fn calls(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.calls.all.iter().map(|(id, call)| (*id, call))
    }

    /// How far a call is.
    #[must_use]
    pub fn call_state(&self, call: CallId) -> Option<&CallState> {
        self.calls.all.get(&call).map(|call| &call.state)
    }

    /// What became of a short message.
    #[must_use]
    pub fn sms_state(&self, id: MessageId) -> Option<SmsState> {
        self.smsc.state(id)
    }

    /// How many short messages and status reports wait for a subscriber.
    #[must_use]
    pub fn sms_waiting(&self, imsi: &Imsi) -> usize {
        self.smsc.waiting(imsi)
    }

    /// The messages that devices sent to a number outside, oldest first.
    #[must_use]
    pub fn application_inbox(&self, number: &PhoneNumber) -> &[ReceivedSms] {
        self.smsc.inbox(&self.canonical(number).to_string())
    }

    pub(super) fn canonical(&self, number: &PhoneNumber) -> Canonical {
        canonical(number, &self.config.country_code)
    }

    /// The state of a card.
    #[must_use]
    pub fn sim_state(&self, imsi: &Imsi) -> Option<SimState> {
        self.subscribers.get(imsi).map(|subscriber| subscriber.state)
    }
}
