//! PDN connections (TS 24.301 6.5): which APN, with which address, and why not.
//!
//! The questions are asked in this order: may the subscriber use data here, which APN is meant, is it subscribed, does
//! the operator have it, may this account and this network use it, does the address family fit, is it a second
//! connection to the same APN, is there room for one more, does the gateway work, is an address free. An APN may be requested with the
//! operator identifier, and in any case. Not here: dedicated bearers.

use super::agenda::Timer;
use super::config::{Apn, CellularConfig, Credentials, Rank};
use super::gateway::Traffic;
use super::inject::{Answer, Procedure};
use super::modification::Quality;
use super::note::{Reason, SessionNote, Who};
use super::pool::Pool;
use super::rights::BearerKind;
use super::{CellularCore, Registration};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::air::cellular::{CellId, UeId};
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::nas::{InterfaceIdentifier, NasDown, PdnAddress, PdnGrant, PdnRequest, PdnType, Qci};
use wire::time::{Duration, Instant};

/// The subscription entry that allows any APN.
const WILDCARD: &str = "*";
/// The interface identifier that every connection gets: its /64 is its own. The gateway's own end has 1.
const INTERFACE: InterfaceIdentifier = InterfaceIdentifier([0, 0, 0, 0, 0, 0, 0, 2]);
/// From the grant to the first router advertisement.
const ADVERTISEMENT_DELAY: Duration = Duration::from_millis(100);
/// How long a mobile repeats a request: T3482 five times, on GSM and UTRAN T3380.
const REPEATED_WITHIN: Duration = Duration::from_secs(5 * 8);
const REPEATED_ON_LEGACY_WITHIN: Duration = Duration::from_secs(5 * 30);
/// EPS bearer identities (TS 24.007 11.2.3.1.5).
const BEARER_IDENTITIES: std::ops::RangeInclusive<u8> = 5..=15;

/// One PDN connection of a mobile.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Bearer {
    pub(super) identity: u8,
    /// Network identifier, lower case; the key of its pool.
    pub(super) apn: String,
    /// The address that it takes in the pool, whatever family the mobile has.
    slot: Ipv4Addr,
    pub(super) address: PdnAddress,
    /// The /64 of an IPv6 address.
    pub(super) prefix: Option<Ipv6Addr>,
    pub(super) since: Instant,
    pub(super) traffic: Traffic,
    #[serde(default)]
    pub(super) quality: Quality,
    /// The transaction that asked for it and what it was told, for a request that is repeated.
    answered: Option<(u8, PdnGrant)>,
}

impl Bearer {
    /// Whether packets of this connection may come from an address, or go to it.
    pub(super) fn owns(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.address.ipv4() == Some(address),
            IpAddr::V6(address) => {
                self.prefix.is_some_and(|prefix| address.to_bits() >> 64 == prefix.to_bits() >> 64)
            }
        }
    }
}

/// A connection that may be activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PdnDecision {
    pub(super) apn: String,
    pub(super) identity: u8,
    slot: Ipv4Addr,
    address: PdnAddress,
    prefix: Option<Ipv6Addr>,
    pub(super) cause: Option<EsmCause>,
}

/// The address pool of each access point, by its name in lower case, with the fixed addresses kept aside.
pub(super) fn pools(config: &CellularConfig) -> BTreeMap<String, Pool> {
    let pool = |apn: &Apn| (apn.name.to_ascii_lowercase(), Pool::new(apn.pool_start, apn.pool_size));
    let mut pools: BTreeMap<String, Pool> = config.apns.iter().map(pool).collect();
    for (name, address) in config.subscribers.iter().flat_map(|subscriber| &subscriber.static_addresses) {
        if let Some(pool) = pools.get_mut(&name.to_ascii_lowercase()) {
            pool.reserve(*address);
        }
    }
    pools
}

/// A connection that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PdnRefusal {
    pub(super) cause: EsmCause,
    pub(super) t3396: Option<Duration>,
    pub(super) reason: Reason,
}

impl PdnRefusal {
    const fn new(cause: EsmCause, reason: Reason) -> Self {
        Self { cause, t3396: None, reason }
    }
}

/// What an APN's subscription makes of the requested address family (TS 24.301 6.5.1.3, TS 23.401 5.3.1.1).
fn family(requested: PdnType, apn: &Apn) -> Result<(PdnType, Option<EsmCause>), EsmCause> {
    let subscribed = match (apn.pdn_type, apn.prefix) {
        (PdnType::Ipv4v6, None) => PdnType::Ipv4,
        (PdnType::Ipv6, None) if requested != PdnType::Ipv4 => {
            return Err(EsmCause::SERVICE_OPTION_NOT_SUPPORTED);
        }
        (subscribed, _) => subscribed,
    };
    match (subscribed, requested) {
        (PdnType::Ipv4, PdnType::Ipv4v6) => Ok((PdnType::Ipv4, Some(EsmCause::IPV4_ONLY))),
        (PdnType::Ipv6, PdnType::Ipv4v6) => Ok((PdnType::Ipv6, Some(EsmCause::IPV6_ONLY))),
        (PdnType::Ipv4, PdnType::Ipv6) => Err(EsmCause::IPV4_ONLY),
        (PdnType::Ipv6, PdnType::Ipv4) => Err(EsmCause::IPV6_ONLY),
        (PdnType::Ipv4v6, PdnType::Ipv4v6) if apn.single_address => {
            Ok((PdnType::Ipv4, Some(EsmCause::SINGLE_ADDRESS_ONLY)))
        }
        (_, requested) => Ok((requested, None)),
    }
}

/// Whether a connection with this address leaves no room for one of this family.
fn overlap(address: PdnAddress, family: PdnType) -> bool {
    let (v4, v6) = (address.ipv4().is_some(), address.interface().is_some());
    match family {
        PdnType::Ipv4 => v4,
        PdnType::Ipv6 => v6,
        PdnType::Ipv4v6 => true,
    }
}

/// The network identifier of an APN in lower case: without `.mncNNN.mccNNN.gprs` (TS 23.003 9.1.2).
fn network_identifier(apn: &str) -> String {
    let apn = apn.to_ascii_lowercase();
    let Some(without_gprs) = apn.strip_suffix(".gprs") else { return apn };
    let mut labels = without_gprs.rsplitn(3, '.');
    let is_code = |label: Option<&str>, name: &str| {
        label.and_then(|label| label.strip_prefix(name)).is_some_and(|code| code.len() == 3)
    };
    match (is_code(labels.next(), "mcc"), is_code(labels.next(), "mnc"), labels.next()) {
        (true, true, Some(identifier)) => identifier.to_owned(),
        _ => apn,
    }
}

/// Whether a network identifier can be one (TS 23.003 9.1.1).
fn is_possible(identifier: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let starts_badly = ["rac", "lac", "sgsn", "rnc"].iter().any(|start| identifier.starts_with(start));
    // The encoding spends one octet per label in place of each dot, and one more.
    identifier.len() < 63
        && !starts_badly
        && !identifier.ends_with(".gprs")
        && identifier.split('.').all(|label| !label.is_empty() && label.bytes().all(legal))
}

impl CellularCore {
    /// Decides on a connection and takes its address from the pool.
    pub(super) fn decide_pdn(
        &mut self,
        imsi: &Imsi,
        cell: CellId,
        existing: &[Bearer],
        request: &PdnRequest,
    ) -> Result<PdnDecision, PdnRefusal> {
        let (apn, family, cause) = self.choose_apn(imsi, cell, request)?;
        let same = |bearer: &&Bearer| bearer.apn == apn;
        if existing.iter().filter(same).any(|bearer| overlap(bearer.address, family)) {
            return Err(PdnRefusal::new(EsmCause::DUPLICATE_APN, Reason::DuplicateApn));
        }
        let limit = self.config.policy.max_pdn;
        let mut identities = BEARER_IDENTITIES;
        let free = identities.find(|identity| existing.iter().all(|bearer| bearer.identity != *identity));
        let Some(identity) = free.filter(|_| existing.len() < limit) else {
            return Err(PdnRefusal::new(EsmCause::MAXIMUM_BEARERS, Reason::TooManyPdn(limit)));
        };
        if let Some(cause) = self.gateway_failures.get(&apn).copied() {
            let t3396 = self.config.policy.t3396.filter(|_| cause == EsmCause::INSUFFICIENT_RESOURCES);
            return Err(PdnRefusal { cause, t3396, reason: Reason::GatewayFailure });
        }
        let Some((slot, prefix)) = self.take_address(imsi, &apn, family) else {
            let t3396 = self.config.policy.t3396;
            return Err(PdnRefusal {
                cause: EsmCause::INSUFFICIENT_RESOURCES,
                t3396,
                reason: Reason::PoolExhausted,
            });
        };
        let address = match family {
            PdnType::Ipv4 => PdnAddress::Ipv4(slot),
            PdnType::Ipv6 => PdnAddress::Ipv6(INTERFACE),
            PdnType::Ipv4v6 => PdnAddress::Ipv4v6(slot, INTERFACE),
        };
        Ok(PdnDecision { apn, identity, slot, address, prefix, cause })
    }

    /// An address of the APN's pool, and the /64 at the same place of its prefix where IPv6 is granted.
    fn take_address(
        &mut self,
        imsi: &Imsi,
        apn: &str,
        family: PdnType,
    ) -> Option<(Ipv4Addr, Option<Ipv6Addr>)> {
        let fixed = self.subscribers.get(imsi).and_then(|known| {
            known.static_addresses.iter().find(|(name, _)| name.eq_ignore_ascii_case(apn)).map(|(_, at)| *at)
        });
        let pool = self.pools.get_mut(apn)?;
        let slot = match fixed.filter(|_| family != PdnType::Ipv6) {
            Some(address) => address,
            None => pool.take(imsi)?,
        };
        let place = u128::from(pool.place(slot) & 0xffff);
        let config = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(apn))?;
        let prefix = config.prefix.filter(|_| family != PdnType::Ipv4);
        Some((slot, prefix.map(|prefix| Ipv6Addr::from_bits(prefix.to_bits() | place << 64))))
    }

    /// The APN that is meant, when the subscriber may use it here.
    fn choose_apn(
        &self,
        imsi: &Imsi,
        cell: CellId,
        request: &PdnRequest,
    ) -> Result<(String, PdnType, Option<EsmCause>), PdnRefusal> {
        let policy = &self.config.policy;
        if let Some(reason) = self.barred(imsi, cell.plmn, BearerKind::Data) {
            return Err(PdnRefusal::new(policy.data_barred, reason));
        }
        if let Some(reason) = self.quota_used_up(imsi) {
            return Err(PdnRefusal::new(policy.data_barred, reason));
        }
        let unknown = || PdnRefusal::new(EsmCause::MISSING_OR_UNKNOWN_APN, Reason::ApnUnknown);
        let subscriber = self.subscribers.get(imsi).ok_or_else(unknown)?;
        let requested = request.apn.as_deref().filter(|apn| !apn.is_empty()).map(network_identifier);
        let name = match requested {
            Some(name) if !is_possible(&name) => return Err(unknown()),
            Some(name) => {
                let allowed = |apn: &String| apn == WILDCARD || apn.eq_ignore_ascii_case(&name);
                if !subscriber.apns.iter().any(allowed) {
                    return Err(PdnRefusal::new(policy.unsubscribed_apn, Reason::ApnNotSubscribed));
                }
                name
            }
            None => {
                let default = subscriber.apns.iter().find(|apn| *apn != WILDCARD);
                let missing = || PdnRefusal::new(EsmCause::MISSING_OR_UNKNOWN_APN, Reason::NoDefaultApn);
                default.ok_or_else(missing)?.to_ascii_lowercase()
            }
        };
        let apn =
            self.config.apns.iter().find(|apn| apn.name.eq_ignore_ascii_case(&name)).ok_or_else(unknown)?;
        if !Self::may_use_apn(&apn.kind, &subscriber.account) {
            return Err(PdnRefusal::new(policy.unsubscribed_apn, Reason::ApnOfAnotherAccount));
        }
        if !apn.in_roaming && self.rank(cell.plmn) != Rank::Home {
            return Err(PdnRefusal::new(EsmCause::APN_NOT_SUPPORTED_HERE, Reason::ApnNotInRoaming));
        }
        if let Some(Credentials { user, password }) = &apn.credentials
            && !request.authentication.as_ref().is_some_and(|given| given.proves(user, password))
        {
            return Err(PdnRefusal::new(EsmCause::USER_AUTHENTICATION_FAILED, Reason::Authentication));
        }
        let (family, cause) =
            family(request.pdn_type, apn).map_err(|cause| PdnRefusal::new(cause, Reason::PdnType))?;
        Ok((name, family, cause))
    }

    /// Activates a connection that was decided on.
    pub(super) fn activate(
        &mut self,
        ue: UeId,
        imsi: &Imsi,
        cell: CellId,
        decision: &PdnDecision,
    ) -> PdnGrant {
        let PdnDecision { apn, identity, slot, address, prefix, cause } = decision.clone();
        let (since, traffic) = (self.now, Traffic::default());
        let configured = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(&apn));
        let qci = configured.map_or(Qci::BEST_EFFORT, |apn| apn.qci);
        let (quality, answered) = (Quality { qci, ambr: None }, None);
        let bearer =
            Bearer { identity, apn: apn.clone(), slot, address, prefix, since, traffic, quality, answered };
        if let Some(registration) = self.registrations.get_mut(&ue) {
            self.addresses.insert(ue, &bearer);
            registration.bearers.push(bearer);
        }
        self.first_traffic(imsi);
        let who = Who::Imsi(imsi.clone());
        self.note(SessionNote::Granted {
            who,
            apn: apn.clone(),
            address,
            bearer: identity,
            plmn: cell.plmn,
            cause,
        });
        if prefix.is_some() {
            self.agenda.start(self.now + ADVERTISEMENT_DELAY, Timer::Advertise(ue, identity));
        }
        let configured = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(&apn));
        let reachable = |server: &&IpAddr| match server {
            IpAddr::V4(_) => address.ipv4().is_some(),
            IpAddr::V6(_) => address.interface().is_some(),
        };
        let dns = configured.map(|apn| apn.dns.iter().filter(reachable).copied().collect());
        let mtu = configured.and_then(|apn| apn.mtu);
        let dns = dns.unwrap_or_default();
        PdnGrant { bearer: identity, apn: self.full_apn(&apn), address, dns, mtu, cause, qci, ambr: None }
    }

    /// The connection of an emergency attach; its address is the mobile's own for the whole run (RFC 6598 space).
    pub(super) fn activate_emergency(&mut self, ue: UeId, cell: CellId) -> PdnGrant {
        let [_, _, high, low] = ue.0.to_be_bytes();
        let slot = Ipv4Addr::new(100, 127, high, low);
        let address = PdnAddress::Ipv4(slot);
        let (apn, identity, since) = ("sos".to_owned(), *BEARER_IDENTITIES.start(), self.now);
        let traffic = Traffic::default();
        let (quality, prefix, answered) = (Quality::default(), None, None);
        let bearer =
            Bearer { identity, apn: apn.clone(), slot, address, prefix, since, traffic, quality, answered };
        if let Some(registration) = self.registrations.get_mut(&ue) {
            self.addresses.insert(ue, &bearer);
            registration.bearers.push(bearer);
        }
        let who = self.who(ue);
        let (name, plmn) = (apn.clone(), cell.plmn);
        self.note(SessionNote::Granted { who, apn: name, address, bearer: identity, plmn, cause: None });
        let apn = self.full_apn(&apn);
        let Quality { qci, ambr } = quality;
        PdnGrant { bearer: identity, apn, address, dns: Vec::new(), mtu: None, cause: None, qci, ambr }
    }

    /// The first router advertisement of a connection is due.
    pub(super) fn advertise_first(&mut self, ue: UeId, identity: u8) {
        let registration = self.registrations.get(&ue);
        let bearer =
            registration.and_then(|known| known.bearers.iter().find(|known| known.identity == identity));
        if let Some(bearer) = bearer.cloned() {
            self.advertise(ue, &bearer);
        }
    }

    fn full_apn(&self, apn: &str) -> String {
        format!("{apn}.mnc{:03}.mcc{:03}.gprs", self.config.home.mnc(), self.config.home.mcc())
    }

    pub(super) fn count_pdn(&mut self, imsi: &Imsi, request: &PdnRequest, granted: Option<&str>) {
        let requested = request.apn.as_deref().map(network_identifier);
        let apn = requested.or_else(|| granted.map(str::to_owned)).unwrap_or_default();
        let counters = self.counters.entry(imsi.clone()).or_default();
        counters.pdn_requests.entry(apn).or_default().push(self.now);
    }

    pub(super) fn pdn_connectivity(&mut self, ue: UeId, pti: u8, request: &PdnRequest) {
        let Some((imsi, cell)) = self.served(ue) else {
            return self.unknown_mobile(ue, "PDN CONNECTIVITY REQUEST");
        };
        let who = Who::Imsi(imsi.clone());
        let injected = self.injected(Procedure::Pdn, ue, &who);
        let decided = match injected {
            Some(Answer::Esm { cause, t3396 }) => Err(PdnRefusal { cause, t3396, reason: Reason::Injected }),
            Some(
                Answer::Emm(_)
                | Answer::EpsOnly(_)
                | Answer::Rp(_)
                | Answer::Cc(_)
                | Answer::Ss(_)
                | Answer::Silence,
            ) => return self.count_pdn(&imsi, request, None),
            None => {
                if let Some(pdn) = self.granted_before(ue, pti, request) {
                    self.count_pdn(&imsi, request, None);
                    return self.send(ue, NasDown::PdnGranted { pti, pdn });
                }
                let existing =
                    self.registrations.get(&ue).map(|known| known.bearers.clone()).unwrap_or_default();
                self.decide_pdn(&imsi, cell, &existing, request)
            }
        };
        self.count_pdn(&imsi, request, decided.as_ref().ok().map(|decision| decision.apn.as_str()));
        match decided {
            Ok(decision) => {
                let pdn = self.activate(ue, &imsi, cell, &decision);
                self.remember_grant(ue, pti, &pdn);
                self.send(ue, NasDown::PdnGranted { pti, pdn });
            }
            Err(PdnRefusal { cause, t3396, reason }) => {
                self.note(SessionNote::Rejected { imsi, apn: request.apn.clone(), cause, t3396, reason });
                self.send(ue, NasDown::PdnConnectivityReject { pti, cause, t3396 });
            }
        }
    }

    /// What a request was granted that comes again because its answer is late or lost (TS 24.301 6.5.1.6).
    fn granted_before(&self, ue: UeId, pti: u8, request: &PdnRequest) -> Option<PdnGrant> {
        let asked = request.apn.as_deref().filter(|apn| !apn.is_empty()).map(network_identifier);
        let Registration { bearers, connection, .. } = self.registrations.get(&ue)?;
        let within = if connection.evolved { REPEATED_WITHIN } else { REPEATED_ON_LEGACY_WITHIN };
        let (bearer, grant) = bearers.iter().find_map(|bearer| match &bearer.answered {
            Some((transaction, grant)) if *transaction == pti => Some((bearer, grant)),
            Some(_) | None => None,
        })?;
        let recent = self.now.since(bearer.since) <= within;
        (recent && asked.is_none_or(|apn| apn == bearer.apn)).then(|| grant.clone())
    }

    fn remember_grant(&mut self, ue: UeId, pti: u8, grant: &PdnGrant) {
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        if let Some(bearer) = registration.bearers.iter_mut().find(|known| known.identity == grant.bearer) {
            bearer.answered = Some((pti, grant.clone()));
        }
    }

    /// The mobile does not take a connection: it is gone.
    pub(super) fn grant_rejected(&mut self, ue: UeId, bearer: u8, cause: EsmCause) {
        let who = self.who(ue);
        self.note(SessionNote::GrantRejected { who, bearer, cause });
        self.release(ue, cause, |known| known.identity == bearer);
    }

    pub(super) fn pdn_disconnect(&mut self, ue: UeId, pti: u8, bearer: u8) {
        let Some((imsi, _)) = self.served(ue) else {
            return self.unknown_mobile(ue, "PDN DISCONNECT REQUEST");
        };
        let ordered = match self.injected(Procedure::PdnDisconnect, ue, &Who::Imsi(imsi.clone())) {
            Some(Answer::Esm { cause, .. }) => Some(cause),
            Some(_) => return,
            None => None,
        };
        let bearers = self.registrations.get(&ue).map(|known| known.bearers.as_slice()).unwrap_or_default();
        let refusal = if let Some(cause) = ordered {
            Some((cause, Reason::Injected))
        } else if !bearers.iter().any(|known| known.identity == bearer) {
            Some((EsmCause::PDN_NONEXISTENT, Reason::NoSuchBearer(bearer)))
        } else if bearers.len() == 1 {
            Some((EsmCause::LAST_PDN, Reason::LastPdn))
        } else {
            None
        };
        match refusal {
            Some((cause, reason)) => {
                self.note(SessionNote::DisconnectRejected { imsi, bearer, cause, reason });
                self.send(ue, NasDown::PdnDisconnectReject { pti, cause });
            }
            None => {
                let cause = EsmCause::REGULAR_DEACTIVATION;
                self.release(ue, cause, |known| known.identity == bearer);
                self.send(ue, NasDown::BearerDeactivated { pti, bearer, cause });
            }
        }
    }

    /// Deactivates the connections of a subscriber by the network, and tells the mobile.
    pub(super) fn deactivate(&mut self, ue: UeId, cause: EsmCause, which: impl Fn(&Bearer) -> bool) {
        for bearer in self.release(ue, cause, which) {
            self.send(ue, NasDown::BearerDeactivated { pti: 0, bearer, cause });
        }
    }

    /// Deactivates a subscriber's connections where its data is barred.
    pub(super) fn release_barred_sessions(&mut self, imsi: &Imsi) {
        let Some(ue) = self.ue_of(imsi) else { return };
        let Some((_, cell)) = self.served(ue) else { return };
        if self.barred(imsi, cell.plmn, BearerKind::Data).is_some() {
            self.deactivate(ue, self.config.policy.data_barred, |_| true);
        }
    }

    /// EPS bearer context status from the mobile: what it does not have is gone.
    pub(super) fn keep_bearers(&mut self, ue: UeId, kept: &[u8]) {
        self.release(ue, EsmCause::REGULAR_DEACTIVATION, |bearer| !kept.contains(&bearer.identity));
    }

    /// EPS bearer context status for the mobile.
    pub(super) fn bearer_status(&self, ue: UeId) -> Vec<u8> {
        let bearers = self.registrations.get(&ue).map(|known| known.bearers.as_slice()).unwrap_or_default();
        bearers.iter().map(|bearer| bearer.identity).collect()
    }

    /// Releases every connection without telling the mobile.
    pub(super) fn release_all(&mut self, ue: UeId, cause: EsmCause) {
        self.release(ue, cause, |_| true);
    }

    pub(super) fn release(&mut self, ue: UeId, cause: EsmCause, which: impl Fn(&Bearer) -> bool) -> Vec<u8> {
        let who = self.who(ue);
        let Some(registration) = self.registrations.get_mut(&ue) else { return Vec::new() };
        let (gone, kept): (Vec<_>, Vec<_>) = registration.bearers.drain(..).partition(which);
        registration.bearers = kept;
        for ended in &gone {
            let Bearer { identity, apn, slot, address, since, .. } = ended;
            if let Some(pool) = self.pools.get_mut(apn) {
                pool.release(*slot);
            }
            let (apn, lasted) = (apn.clone(), self.now.since(*since));
            let (who, address, bearer) = (who.clone(), *address, *identity);
            self.modification_over(ue, bearer);
            self.session_ended(ue, ended, cause);
            self.note(SessionNote::Released { who, apn, address, bearer, lasted, cause });
        }
        gone.iter().map(|bearer| bearer.identity).collect()
    }

    /// A mobile that is not registered spoke: it is told to attach again.
    pub(super) fn unknown_mobile(&mut self, ue: UeId, message: &str) {
        let who = self.who(ue);
        self.unexpected(who, message);
        let cause = Some(wire::cause::EmmCause::IMPLICITLY_DETACHED);
        self.send(ue, NasDown::DetachRequest { reattach: true, cause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cellular::config::ApnKind;

    #[test]
    fn the_address_family_follows_the_subscription() {
        use PdnType::{Ipv4, Ipv4v6, Ipv6};
        let with = |pdn_type, prefix: Option<&str>, single_address| Apn {
            pdn_type,
            prefix: prefix.map(|prefix| prefix.parse().unwrap()),
            single_address,
            ..crate::cellular::tests::access_point("x", ApnKind::SharedPublic, [10, 0, 0, 1], 1)
        };
        let v6 = Some("2001:db8::");
        let (four, six, both) = (with(Ipv4, None, false), with(Ipv6, v6, false), with(Ipv4v6, v6, false));
        let (single, bare) = (with(Ipv4v6, v6, true), with(Ipv6, None, false));
        let rows = [
            (Ipv4, &four, Ok((Ipv4, None))),
            (Ipv4v6, &four, Ok((Ipv4, Some(EsmCause(50))))),
            (Ipv6, &four, Err(EsmCause(50))),
            (Ipv4, &six, Err(EsmCause(51))),
            (Ipv6, &six, Ok((Ipv6, None))),
            (Ipv4v6, &six, Ok((Ipv6, Some(EsmCause(51))))),
            (Ipv4, &both, Ok((Ipv4, None))),
            (Ipv6, &both, Ok((Ipv6, None))),
            (Ipv4v6, &both, Ok((Ipv4v6, None))),
            (Ipv4v6, &single, Ok((Ipv4, Some(EsmCause(52))))),
            (Ipv6, &single, Ok((Ipv6, None))),
            (Ipv6, &bare, Err(EsmCause(32))),
        ];
        for (requested, apn, want) in rows {
            assert_eq!(family(requested, apn), want, "{requested} requested, {} subscribed", apn.pdn_type);
        }
    }

    #[test]
    fn an_operator_identifier_is_not_part_of_the_name() {
        let rows = [
            ("iot.private", "iot.private"),
            ("IoT.Private", "iot.private"),
            ("iot.private.mnc001.mcc208.gprs", "iot.private"),
            ("iot.private.gprs", "iot.private.gprs"),
            ("mnc001.mcc208.gprs", "mnc001.mcc208.gprs"),
        ];
        for (apn, want) in rows {
            assert_eq!(network_identifier(apn), want);
        }
    }

    #[test]
    fn an_impossible_name_is_recognised() {
        let long = "a".repeat(64);
        for name in ["", "a..b", "a b", "rac1.x", "x.gprs", "é", long.as_str()] {
            assert!(!is_possible(name), "{name}");
        }
        assert!(is_possible("iot.private-2"));
    }
}
