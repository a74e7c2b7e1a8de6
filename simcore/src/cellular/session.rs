//! PDN connections (TS 24.301 6.5): which APN, with which address, and why not.
//!
//! The questions are asked in this order: may the subscriber use data here, which APN is meant, is it subscribed, does
//! the operator have it, may this account and this network use it, does the address family fit, is it a second
//! connection to the same APN, is there room for one more, is an address free. An APN may be requested with the
//! operator identifier, and in any case. Not here: PAP and CHAP, which the NAS contract does not carry.

use super::CellularCore;
use super::config::Rank;
use super::inject::{Answer, Procedure};
use super::note::{Reason, SessionNote, Who};
use super::rights::BearerKind;
use std::net::{IpAddr, Ipv4Addr};
use wire::air::cellular::{CellId, UeId};
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::nas::{NasDown, PdnAddress, PdnGrant, PdnRequest, PdnType};
use wire::time::{Duration, Instant};

/// The subscription entry that allows any APN.
const WILDCARD: &str = "*";
/// EPS bearer identities (TS 24.007 11.2.3.1.5).
const BEARER_IDENTITIES: std::ops::RangeInclusive<u8> = 5..=15;

/// One PDN connection of a mobile.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) identity: u8,
    /// Network identifier, lower case; the key of its pool.
    pub(super) apn: String,
    pub(super) address: Ipv4Addr,
    pub(super) since: Instant,
}

/// A connection that may be activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PdnDecision {
    pub(super) apn: String,
    pub(super) identity: u8,
    pub(super) address: Ipv4Addr,
    pub(super) cause: Option<EsmCause>,
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

/// What an APN's subscription makes of the requested address family; the core gives out IPv4 addresses.
fn family(requested: PdnType, subscribed: PdnType) -> Result<Option<EsmCause>, EsmCause> {
    match (subscribed, requested) {
        (PdnType::Ipv4 | PdnType::Ipv4v6, PdnType::Ipv4) => Ok(None),
        (PdnType::Ipv4 | PdnType::Ipv4v6, PdnType::Ipv4v6) => Ok(Some(EsmCause::IPV4_ONLY)),
        (PdnType::Ipv4 | PdnType::Ipv4v6, PdnType::Ipv6) => Err(EsmCause::IPV4_ONLY),
        (PdnType::Ipv6, PdnType::Ipv4) => Err(EsmCause::IPV6_ONLY),
        (PdnType::Ipv6, PdnType::Ipv6 | PdnType::Ipv4v6) => Err(EsmCause::SERVICE_OPTION_NOT_SUPPORTED),
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
        let (apn, cause) = self.choose_apn(imsi, cell, request)?;
        if existing.iter().any(|bearer| bearer.apn == apn) {
            return Err(PdnRefusal::new(EsmCause::DUPLICATE_APN, Reason::DuplicateApn));
        }
        let limit = self.config.policy.max_pdn;
        let mut identities = BEARER_IDENTITIES;
        let free = identities.find(|identity| existing.iter().all(|bearer| bearer.identity != *identity));
        let Some(identity) = free.filter(|_| existing.len() < limit) else {
            return Err(PdnRefusal::new(EsmCause::MAXIMUM_BEARERS, Reason::TooManyPdn(limit)));
        };
        let Some(address) = self.pools.get_mut(&apn).and_then(|pool| pool.take(imsi)) else {
            let t3396 = self.config.policy.t3396;
            return Err(PdnRefusal {
                cause: EsmCause::INSUFFICIENT_RESOURCES,
                t3396,
                reason: Reason::PoolExhausted,
            });
        };
        Ok(PdnDecision { apn, identity, address, cause })
    }

    /// The APN that is meant, when the subscriber may use it here.
    fn choose_apn(
        &self,
        imsi: &Imsi,
        cell: CellId,
        request: &PdnRequest,
    ) -> Result<(String, Option<EsmCause>), PdnRefusal> {
        let policy = &self.config.policy;
        if let Some(reason) = self.barred(imsi, cell.plmn, BearerKind::Data) {
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
        let cause = family(request.pdn_type, apn.pdn_type)
            .map_err(|cause| PdnRefusal::new(cause, Reason::PdnType))?;
        Ok((name, cause))
    }

    /// Activates a connection that was decided on.
    pub(super) fn activate(
        &mut self,
        ue: UeId,
        imsi: &Imsi,
        cell: CellId,
        decision: &PdnDecision,
    ) -> PdnGrant {
        let PdnDecision { apn, identity, address, cause } = decision.clone();
        let since = self.now;
        if let Some(registration) = self.registrations.get_mut(&ue) {
            registration.bearers.push(Bearer { identity, apn: apn.clone(), address, since });
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
        let configured = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(&apn));
        let dns = configured.map(|apn| apn.dns.clone()).unwrap_or_default();
        let (address, dns) = (PdnAddress::Ipv4(address), dns.into_iter().map(IpAddr::V4).collect());
        PdnGrant { bearer: identity, apn: self.full_apn(&apn), address, dns, mtu: None, cause }
    }

    /// The connection of an emergency attach; its address is the mobile's own for the whole run (RFC 6598 space).
    pub(super) fn activate_emergency(&mut self, ue: UeId, cell: CellId) -> PdnGrant {
        let [_, _, high, low] = ue.0.to_be_bytes();
        let address = Ipv4Addr::new(100, 127, high, low);
        let (apn, identity, since) = ("sos".to_owned(), *BEARER_IDENTITIES.start(), self.now);
        if let Some(registration) = self.registrations.get_mut(&ue) {
            registration.bearers.push(Bearer { identity, apn: apn.clone(), address, since });
        }
        let who = self.who(ue);
        let (name, plmn) = (apn.clone(), cell.plmn);
        self.note(SessionNote::Granted { who, apn: name, address, bearer: identity, plmn, cause: None });
        let (apn, address) = (self.full_apn(&apn), PdnAddress::Ipv4(address));
        PdnGrant { bearer: identity, apn, address, dns: Vec::new(), mtu: None, cause: None }
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
        let injected = self.injected(Procedure::Pdn, &who);
        let decided = match injected {
            Some(Answer::Esm { cause, t3396 }) => Err(PdnRefusal { cause, t3396, reason: Reason::Injected }),
            Some(Answer::Emm { .. } | Answer::Rp(_) | Answer::Cc(_) | Answer::Silence) => {
                return self.count_pdn(&imsi, request, None);
            }
            None => {
                let existing =
                    self.registrations.get(&ue).map(|known| known.bearers.clone()).unwrap_or_default();
                self.decide_pdn(&imsi, cell, &existing, request)
            }
        };
        self.count_pdn(&imsi, request, decided.as_ref().ok().map(|decision| decision.apn.as_str()));
        match decided {
            Ok(decision) => {
                let pdn = self.activate(ue, &imsi, cell, &decision);
                self.send(ue, NasDown::PdnGranted { pti, pdn });
            }
            Err(PdnRefusal { cause, t3396, reason }) => {
                self.note(SessionNote::Rejected { imsi, apn: request.apn.clone(), cause, t3396, reason });
                self.send(ue, NasDown::PdnConnectivityReject { pti, cause, t3396 });
            }
        }
    }

    pub(super) fn pdn_disconnect(&mut self, ue: UeId, pti: u8, bearer: u8) {
        let Some((imsi, _)) = self.served(ue) else {
            return self.unknown_mobile(ue, "PDN DISCONNECT REQUEST");
        };
        let bearers = self.registrations.get(&ue).map(|known| known.bearers.as_slice()).unwrap_or_default();
        let refusal = if !bearers.iter().any(|known| known.identity == bearer) {
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

    /// Releases every connection without telling the mobile.
    pub(super) fn release_all(&mut self, ue: UeId, cause: EsmCause) {
        self.release(ue, cause, |_| true);
    }

    fn release(&mut self, ue: UeId, cause: EsmCause, which: impl Fn(&Bearer) -> bool) -> Vec<u8> {
        let who = self.who(ue);
        let Some(registration) = self.registrations.get_mut(&ue) else { return Vec::new() };
        let (gone, kept): (Vec<_>, Vec<_>) = registration.bearers.drain(..).partition(which);
        registration.bearers = kept;
        for Bearer { identity, apn, address, since } in &gone {
            if let Some(pool) = self.pools.get_mut(apn) {
                pool.release(*address);
            }
            let (apn, lasted) = (apn.clone(), self.now.since(*since));
            let (who, address, bearer) = (who.clone(), *address, *identity);
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

    #[test]
    fn the_address_family_follows_the_subscription() {
        use PdnType::{Ipv4, Ipv4v6, Ipv6};
        let rows = [
            (Ipv4, Ipv4, Ok(None)),
            (Ipv4v6, Ipv4, Ok(Some(EsmCause(50)))),
            (Ipv6, Ipv4, Err(EsmCause(50))),
            (Ipv4, Ipv6, Err(EsmCause(51))),
            (Ipv6, Ipv6, Err(EsmCause(32))),
        ];
        for (requested, subscribed, want) in rows {
            assert_eq!(family(requested, subscribed), want, "{requested} requested, {subscribed} subscribed");
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
