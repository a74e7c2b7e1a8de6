//! PDN connections and the back-off after a refusal (TS 24.301 clause 6.5.1; TS 24.008 clause 6.1.3 on GSM and UTRAN).
//!
//! Back-off is per network and access point name. A value from the network (T3396) counts as given; the causes #8,
//! #27, #32 and #33 without a value mean 12 minutes; #66 means until power-off, on this technology. It outlives a power
//! cycle with the same card, except where it lasts until power-off. A refused type of connection (#50, #51, #57, #58,
//! #61) is asked for again after power-off or in another network; another type at once. Not here: dedicated bearers, a
//! report when a back-off runs out.

use super::context::{ContextDefinition, Credentials};
use super::timers::MobileTimer;
use super::{Mobile, MobileEvent};
use crate::defect::Defect;
use std::collections::{BTreeMap, VecDeque};
use wire::air::cellular::Rat;
use wire::at::error::CmeError;
use wire::cause::EsmCause;
use wire::nas::{Authentication, BackOffTime, NasUp, PdnGrant, PdnType};
use wire::plmn::Plmn;
use wire::time::{Duration, Instant};

const MOST_TRIES: u8 = 5;
/// EPS bearer identities (TS 24.007 11.2.3.1.5).
const BEARER_IDENTITIES: std::ops::RangeInclusive<u8> = 5..=15;
/// The smallest packet that IPv4 has to carry (RFC 791): less is no MTU.
const LEAST_MTU: u16 = 68;
const DEFAULT_BACK_OFF: Duration = Duration::from_secs(12 * 60);
/// How often a device asks that ignores the back-off.
const DEFECT_RETRY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connect,
    Disconnect,
}

impl Kind {
    /// How long an answer may take: on E-UTRAN (TS 24.301 10.3), and on GSM and UTRAN (TS 24.008 11.2.2).
    const fn timer(self, on_legacy: bool) -> (MobileTimer, Duration) {
        match (self, on_legacy) {
            (Self::Connect, false) => (MobileTimer::T3482, Duration::from_secs(8)),
            (Self::Connect, true) => (MobileTimer::T3380, Duration::from_secs(30)),
            (Self::Disconnect, false) => (MobileTimer::T3492, Duration::from_secs(6)),
            (Self::Disconnect, true) => (MobileTimer::T3390, Duration::from_secs(8)),
        }
    }
}

/// The procedure that runs; there is one at a time.
#[derive(Clone, Copy, Debug)]
struct Procedure {
    cid: u8,
    pti: u8,
    kind: Kind,
    tries: u8,
}

#[derive(Clone, Copy, Debug)]
struct BackOff {
    /// `None`: until power-off.
    until: Option<Instant>,
    cause: EsmCause,
    /// The technology that it holds on; `None` for every one.
    rat: Option<Rat>,
}

/// What a back-off of an access point does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BackOffEvent {
    /// It begins, for this many seconds; until power-off without.
    Started(Option<u64>),
    /// A connection is there after all.
    Stopped,
}

type AccessPoint = (Plmn, Option<String>);

#[derive(Debug)]
pub(super) struct Sessions {
    definitions: BTreeMap<u8, ContextDefinition>,
    active: BTreeMap<u8, PdnGrant>,
    running: Option<Procedure>,
    waiting: VecDeque<(u8, Kind)>,
    last_pti: u8,
    /// What the hosts of data calls said who they are.
    dial_credentials: BTreeMap<u8, Authentication>,
    back_offs: BTreeMap<AccessPoint, BackOff>,
    /// Types of connection that an access point does not have.
    refused_types: BTreeMap<(AccessPoint, PdnType), EsmCause>,
    credentials: BTreeMap<u8, Credentials>,
    /// The bearers of connections that are gone, for a defective device that sends on.
    ghosts: BTreeMap<u8, u8>,
    /// The context whose refusal a defective device does not accept.
    defect_cid: Option<u8>,
}

impl Default for Sessions {
    /// One context is defined: IPv4 on the access point that the network chooses.
    fn default() -> Self {
        let definition = ContextDefinition::of(PdnType::Ipv4);
        Self {
            definitions: BTreeMap::from([(1, definition)]),
            active: BTreeMap::new(),
            running: None,
            waiting: VecDeque::new(),
            last_pti: 0,
            dial_credentials: BTreeMap::new(),
            back_offs: BTreeMap::new(),
            refused_types: BTreeMap::new(),
            credentials: BTreeMap::new(),
            ghosts: BTreeMap::new(),
            defect_cid: None,
        }
    }
}

impl Sessions {
    /// Connections are gone; definitions and timed back-offs stay.
    pub(super) fn power_cycle(&mut self) {
        self.active.clear();
        self.running = None;
        self.waiting.clear();
        self.defect_cid = None;
        self.back_offs.retain(|_, back_off| back_off.until.is_some());
        self.refused_types.clear();
    }

    pub(super) fn forget_back_offs(&mut self) {
        self.back_offs.clear();
        self.refused_types.clear();
    }

    /// The types that another network refused may be asked for again there.
    pub(super) fn registered_on(&mut self, plmn: Plmn) {
        self.refused_types.retain(|((refusing, _), _), _| *refusing == plmn);
    }

    pub(super) fn dial_credentials(&self, cid: u8) -> Option<&Authentication> {
        self.dial_credentials.get(&cid)
    }

    /// The context of a bearer, and what was granted for it.
    pub(super) fn of_bearer(&mut self, bearer: u8) -> Option<(u8, &mut PdnGrant)> {
        let found = self.active.iter_mut().find(|(_, grant)| grant.bearer == bearer);
        found.map(|(cid, grant)| (*cid, grant))
    }

    fn next_pti(&mut self) -> u8 {
        self.last_pti = if self.last_pti >= 254 { 1 } else { self.last_pti + 1 };
        self.last_pti
    }

    fn back_off(&self, point: &AccessPoint, rat: Rat, now: Instant) -> Option<BackOff> {
        let back_off = *self.back_offs.get(point)?;
        let holds = back_off.until.is_none_or(|until| until > now) && back_off.rat.is_none_or(|of| of == rat);
        holds.then_some(back_off)
    }
}

/// How long a refusal keeps the mobile from asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    No,
    For(Duration),
    UntilPowerOff,
}

/// Whether a cause refuses the type of the connection and nothing else.
const fn refuses_type(cause: EsmCause) -> bool {
    matches!(cause.0, 50 | 51 | 57 | 58 | 61)
}

fn pause(cause: EsmCause, t3396: Option<Duration>) -> Pause {
    let has_rules_of_its_own = matches!(cause.0, 50 | 51 | 54 | 57 | 58 | 61 | 65 | 66);
    match t3396.filter(|_| !has_rules_of_its_own) {
        Some(Duration::ZERO) => Pause::No,
        Some(BackOffTime::DEACTIVATED) => Pause::UntilPowerOff,
        Some(span) => Pause::For(span),
        None if matches!(cause.0, 8 | 27 | 32 | 33) => Pause::For(DEFAULT_BACK_OFF),
        None if cause == EsmCause::APN_NOT_SUPPORTED_HERE => Pause::UntilPowerOff,
        None => Pause::No,
    }
}

impl Mobile {
    pub(crate) fn contexts(&self) -> &BTreeMap<u8, ContextDefinition> {
        &self.sessions.definitions
    }

    /// Defines a context, or undefines it with `None`.
    pub(crate) fn define_context(&mut self, now: Instant, cid: u8, definition: Option<ContextDefinition>) {
        let changed = self.sessions.definitions.get(&cid) != definition.as_ref();
        match definition {
            Some(definition) => self.sessions.definitions.insert(cid, definition),
            None => self.sessions.definitions.remove(&cid),
        };
        if changed && cid == 1 {
            self.attach_context_changed(now);
        }
    }

    pub(crate) fn credentials(&self, cid: u8) -> Option<&Credentials> {
        self.sessions.credentials.get(&cid)
    }

    /// Sets the credentials of a context, or forgets them with `None`.
    pub(crate) fn set_credentials(&mut self, cid: u8, credentials: Option<Credentials>) {
        match credentials {
            Some(credentials) => self.sessions.credentials.insert(cid, credentials),
            None => self.sessions.credentials.remove(&cid),
        };
    }

    /// The bearer that a defective device still uses for a connection that is gone.
    pub(super) fn ghost(&self, cid: u8) -> Option<u8> {
        self.sessions.ghosts.get(&cid).copied()
    }

    pub(crate) fn connection(&self, cid: u8) -> Option<&PdnGrant> {
        self.sessions.active.get(&cid)
    }

    pub(crate) fn connections(&self) -> &BTreeMap<u8, PdnGrant> {
        &self.sessions.active
    }

    /// Whether the next request for a context has credentials.
    pub(crate) fn has_credentials(&self, cid: u8) -> bool {
        self.sessions.dial_credentials.contains_key(&cid)
    }

    /// What the host of a data call says who it is, for the requests of its context.
    pub(crate) fn set_dial_credentials(&mut self, cid: u8, credentials: Option<Authentication>) {
        match credentials {
            Some(credentials) => self.sessions.dial_credentials.insert(cid, credentials),
            None => self.sessions.dial_credentials.remove(&cid),
        };
    }

    /// Asks for a PDN connection; answered by [`MobileEvent::PdnActivated`] or [`MobileEvent::PdnRefused`].
    pub(crate) fn activate(&mut self, now: Instant, cid: u8) {
        self.sessions.waiting.push_back((cid, Kind::Connect));
        self.run_next(now);
    }

    /// Gives a PDN connection back; answered by [`MobileEvent::PdnDeactivated`] or [`MobileEvent::PdnKept`].
    pub(crate) fn deactivate(&mut self, now: Instant, cid: u8) {
        self.sessions.waiting.push_back((cid, Kind::Disconnect));
        self.run_next(now);
    }

    fn run_next(&mut self, now: Instant) {
        while self.sessions.running.is_none() {
            let Some((cid, kind)) = self.sessions.waiting.pop_front() else { return };
            if let Err(error) = self.begin(now, cid, kind) {
                self.event(match kind {
                    Kind::Connect => MobileEvent::PdnRefused { cid, error },
                    Kind::Disconnect => MobileEvent::PdnKept { cid, error },
                });
            }
        }
    }

    fn begin(&mut self, now: Instant, cid: u8, kind: Kind) -> Result<(), CmeError> {
        if !self.is_registered() {
            return Err(CmeError::NO_NETWORK_SERVICE);
        }
        if kind == Kind::Connect {
            let point = self.access_point(cid).ok_or(CmeError::INCORRECT_PARAMETERS)?;
            // The card may limit the access points (TS 31.102 5.3.14).
            let card = self.card.as_ref();
            if card.is_some_and(|card| card.allows_access_point(point.1.as_deref()) == Ok(false)) {
                return Err(CmeError::OPERATION_NOT_ALLOWED);
            }
            let refused = self.refused_before(cid, &point, now);
            if let Some((cause, _)) = refused.filter(|_| !self.has(Defect::RetriesRefusedApn)) {
                return Err(CmeError::from_esm(cause));
            }
        }
        let pti = self.sessions.next_pti();
        self.sessions.running = Some(Procedure { cid, pti, kind, tries: 0 });
        self.send_procedure(now);
        Ok(())
    }

    fn send_procedure(&mut self, now: Instant) {
        let Some(procedure) = &mut self.sessions.running else { return };
        procedure.tries += 1;
        let Procedure { cid, pti, kind, .. } = *procedure;
        match kind {
            Kind::Connect => {
                let pdn = self.pdn_request(cid);
                self.send(NasUp::PdnConnectivityRequest { pti, pdn });
            }
            Kind::Disconnect => {
                let bearer = self.sessions.active.get(&cid).map_or(0, |grant| grant.bearer);
                self.send(NasUp::PdnDisconnectRequest { pti, bearer });
            }
        }
        let (timer, span) = kind.timer(self.on_legacy());
        self.timers.start(timer, now, span);
    }

    pub(super) fn session_unanswered(&mut self, now: Instant) {
        let Some(procedure) = self.sessions.running else { return };
        if procedure.tries < MOST_TRIES {
            self.send_procedure(now);
            return;
        }
        self.sessions.running = None;
        let Procedure { cid, kind, .. } = procedure;
        match kind {
            Kind::Connect => {
                self.event(MobileEvent::PdnRefused { cid, error: CmeError::UNSPECIFIED_GPRS_ERROR });
            }
            // 24.301 6.5.2.5: the connection is released locally.
            Kind::Disconnect => self.connection_gone(cid, false),
        }
        self.run_next(now);
    }

    fn take_running(&mut self, pti: u8, kind: Kind) -> Option<Procedure> {
        let procedure = self.sessions.running.filter(|running| running.pti == pti && running.kind == kind)?;
        self.sessions.running = None;
        // The mobile may have changed the technology since it asked.
        for on_legacy in [false, true] {
            self.timers.stop(kind.timer(on_legacy).0);
        }
        Some(procedure)
    }

    pub(super) fn pdn_granted(&mut self, now: Instant, pti: u8, grant: PdnGrant) {
        let asked = self.sessions.running.is_some_and(|running| running.pti == pti);
        let known = self.sessions.active.values().any(|active| active.bearer == grant.bearer);
        let refusal = if !asked && known {
            // The network repeats itself (7.3.1): the connection stands.
            return;
        } else if !BEARER_IDENTITIES.contains(&grant.bearer) {
            EsmCause::INVALID_BEARER_IDENTITY
        } else if let Some(procedure) = self.take_running(pti, Kind::Connect) {
            self.connection_made(procedure.cid, grant);
            return self.run_next(now);
        } else {
            EsmCause::PTI_MISMATCH
        };
        self.send(NasUp::BearerRejected { bearer: grant.bearer, cause: refusal });
    }

    fn connection_made(&mut self, cid: u8, mut grant: PdnGrant) {
        // Options that mean nothing are left out (TS 24.008 10.5.6.3: what cannot be used is ignored).
        grant.mtu = grant.mtu.filter(|mtu| *mtu >= LEAST_MTU);
        grant.dns.retain(|server| !server.is_unspecified());
        let reason = grant.cause.and_then(|cause| match cause.0 {
            50 => Some(0),
            51 => Some(1),
            52 => Some(2),
            _ => None,
        });
        if let Some(point) = self.access_point(cid)
            && self.sessions.back_offs.remove(&point).is_some()
        {
            self.event(MobileEvent::BackOff { apn: point.1, event: BackOffEvent::Stopped });
        }
        self.sessions.defect_cid = self.sessions.defect_cid.filter(|refused| *refused != cid);
        self.sessions.active.insert(cid, grant);
        self.event(MobileEvent::PdnActivated { cid, reason });
    }

    pub(super) fn pdn_rejected(&mut self, now: Instant, pti: u8, cause: EsmCause, t3396: Option<Duration>) {
        let Some(procedure) = self.take_running(pti, Kind::Connect) else {
            return self.refuse_transaction(pti);
        };
        self.event(MobileEvent::SessionRejected { cid: procedure.cid, cause });
        self.refused(now, procedure.cid, cause, t3396);
        self.event(MobileEvent::PdnRefused { cid: procedure.cid, error: CmeError::from_esm(cause) });
        self.run_next(now);
    }

    /// Remembers a refusal as its cause demands.
    fn refused(&mut self, now: Instant, cid: u8, cause: EsmCause, t3396: Option<Duration>) {
        self.last_failure = Some(cause.name());
        if self.has(Defect::RetriesRefusedApn) {
            self.sessions.defect_cid = Some(cid);
            self.timers.start(MobileTimer::DefectRetry, now, DEFECT_RETRY);
        }
        let Some(point) = self.access_point(cid) else { return };
        if let (true, Some(pdn_type)) = (refuses_type(cause), self.pdn_type(cid)) {
            self.sessions.refused_types.insert((point.clone(), pdn_type), cause);
        }
        let until = match pause(cause, t3396) {
            Pause::No => return,
            Pause::For(span) => Some(now + span),
            Pause::UntilPowerOff => None,
        };
        let event = BackOffEvent::Started(until.map(|until| until.since(now).as_secs()));
        self.event(MobileEvent::BackOff { apn: point.1.clone(), event });
        let here_only = cause == EsmCause::APN_NOT_SUPPORTED_HERE;
        let rat = self.serving.filter(|_| here_only).map(|cell| cell.rat);
        self.sessions.back_offs.insert(point, BackOff { until, cause, rat });
    }

    /// The defective device asks again, whatever it was told.
    pub(super) fn retry_refused(&mut self, now: Instant) {
        let Some(cid) = self.sessions.defect_cid else { return };
        if self.emm == super::Emm::AttemptingToAttach {
            self.register(now);
        } else if self.is_registered() && self.sessions.running.is_none() {
            self.activate(now, cid);
        }
        self.timers.start(MobileTimer::DefectRetry, now, DEFECT_RETRY);
    }

    pub(super) fn bearer_deactivated(&mut self, now: Instant, pti: u8, bearer: u8, cause: EsmCause) {
        let cid = self.sessions.active.iter().find(|(_, grant)| grant.bearer == bearer).map(|(cid, _)| *cid);
        // 6.5.2.6: whatever its transaction, the bearer that the mobile wanted to give back is gone.
        let wanted = self.sessions.running.filter(|own| own.kind == Kind::Disconnect && Some(own.cid) == cid);
        let pti = wanted.map_or(pti, |own| own.pti);
        let own = pti != 0 && self.take_running(pti, Kind::Disconnect).is_some();
        if let Some(cid) = cid {
            if !own {
                self.last_failure = Some(cause.name());
            }
            self.connection_gone(cid, !own);
            if cause == EsmCause::REACTIVATION_REQUESTED && !own {
                self.sessions.waiting.push_back((cid, Kind::Connect));
            }
        }
        self.run_next(now);
    }

    fn connection_gone(&mut self, cid: u8, by_network: bool) {
        if let Some(grant) = self.sessions.active.remove(&cid) {
            if self.has(Defect::SendsAfterContextLoss) {
                self.sessions.ghosts.insert(cid, grant.bearer);
            }
            self.prefixes.remove(&cid);
            self.event(MobileEvent::PdnDeactivated { cid, by_network });
        }
    }

    /// The network told which bearers it has (EPS bearer context status): the others are gone.
    pub(super) fn keep_connections(&mut self, bearers: &[u8]) {
        let gone = |(_, grant): &(&u8, &PdnGrant)| !bearers.contains(&grant.bearer);
        let gone: Vec<u8> = self.sessions.active.iter().filter(gone).map(|(cid, _)| *cid).collect();
        for cid in gone {
            self.connection_gone(cid, true);
        }
    }

    pub(super) fn pdn_disconnect_rejected(&mut self, now: Instant, pti: u8, cause: EsmCause) {
        let Some(procedure) = self.take_running(pti, Kind::Disconnect) else {
            return self.refuse_transaction(pti);
        };
        self.last_failure = Some(cause.name());
        if cause == EsmCause::PDN_NONEXISTENT && self.sessions.active.contains_key(&procedure.cid) {
            // 6.5.2.4: the network does not have it, and so it is gone here too.
            self.connection_gone(procedure.cid, false);
        } else {
            self.event(MobileEvent::PdnKept { cid: procedure.cid, error: CmeError::from_esm(cause) });
        }
        self.run_next(now);
    }

    /// The attach brought a connection, or a reason why it did not.
    pub(super) fn sessions_attached(
        &mut self,
        now: Instant,
        cid: u8,
        pdn: Option<PdnGrant>,
        esm: Option<EsmCause>,
    ) {
        match (pdn, esm) {
            (Some(grant), _) => self.connection_made(cid, grant),
            (None, Some(cause)) => {
                self.event(MobileEvent::SessionRejected { cid, cause });
                self.refused(now, cid, cause, None);
            }
            (None, None) => {}
        }
    }

    pub(super) fn sessions_attach_refused(&mut self, now: Instant, cause: EsmCause) {
        self.refused(now, 1, cause, None);
    }

    /// Until when the access point of the attach must not be asked for.
    pub(super) fn sessions_attach_blocked(&self, now: Instant) -> Option<Instant> {
        if self.has(Defect::RetriesRefusedApn) {
            return None;
        }
        let (_, until) = self.refused_before(1, &self.access_point(1)?, now)?;
        // Until power-off: the attach is tried again when the selection comes round to it, a day from now at most.
        Some(until.unwrap_or(now + Duration::from_secs(24 * 3600)))
    }

    /// All connections are gone together with the registration.
    pub(super) fn sessions_lost(&mut self) {
        self.timers.stop(MobileTimer::T3482);
        self.timers.stop(MobileTimer::T3492);
        self.prefixes.clear();
        for cid in std::mem::take(&mut self.sessions.active).into_keys() {
            self.event(MobileEvent::PdnLost { cid });
        }
        let running = self.sessions.running.take().map(|running| (running.cid, running.kind));
        let waiting: Vec<(u8, Kind)> = running.into_iter().chain(self.sessions.waiting.drain(..)).collect();
        for (cid, kind) in waiting {
            self.event(match kind {
                Kind::Connect => MobileEvent::PdnRefused { cid, error: CmeError::NO_NETWORK_SERVICE },
                Kind::Disconnect => MobileEvent::PdnDeactivated { cid, by_network: false },
            });
        }
    }

    /// Why a context must not be asked for now, and until when; `None` is until power-off.
    fn refused_before(
        &self,
        cid: u8,
        point: &AccessPoint,
        now: Instant,
    ) -> Option<(EsmCause, Option<Instant>)> {
        let rat = self.serving?.rat;
        if let Some(back_off) = self.sessions.back_off(point, rat, now) {
            return Some((back_off.cause, back_off.until));
        }
        let wanted = (point.clone(), self.pdn_type(cid)?);
        self.sessions.refused_types.get(&wanted).map(|cause| (*cause, None))
    }

    fn pdn_type(&self, cid: u8) -> Option<PdnType> {
        self.sessions.definitions.get(&cid).map(|definition| definition.pdn_type)
    }

    /// The access point that a context asks for on the serving network; names are compared without case.
    fn access_point(&self, cid: u8) -> Option<AccessPoint> {
        let definition = self.sessions.definitions.get(&cid);
        let apn = definition.and_then(|definition| definition.apn.as_deref()).map(str::to_ascii_lowercase);
        Some((self.serving?.id.plmn, apn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_pauses_as_its_cause_and_value_demand() {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        let rows = [
            (26, None, Pause::No),
            (26, Some(minutes(5)), Pause::For(minutes(5))),
            (26, Some(Duration::ZERO), Pause::No),
            (26, Some(BackOffTime::DEACTIVATED), Pause::UntilPowerOff),
            (33, None, Pause::For(minutes(12))),
            (8, None, Pause::For(minutes(12))),
            (27, None, Pause::For(minutes(12))),
            (32, None, Pause::For(minutes(12))),
            (33, Some(minutes(30)), Pause::For(minutes(30))),
            (38, None, Pause::No),
            (50, Some(minutes(5)), Pause::No),
            (66, None, Pause::UntilPowerOff),
        ];
        for (cause, t3396, want) in rows {
            assert_eq!(pause(EsmCause(cause), t3396), want, "#{cause} {t3396:?}");
        }
    }
}
