//! Idle and connected: service request, paging, release of the connection, power saving (TS 24.301 5.3.11, 5.6).
//!
//! A mobile that neither speaks nor is spoken to for the inactivity time is released. A message for an idle mobile waits
//! until it has answered paging; paging is repeated once. With eDRX it is paged in its paging time windows only, and in
//! power saving mode, T3324 after the release, not at all. On GSM and UTRAN the lower layers do all this. Not here: the
//! paging frames inside a window, which are a matter of less than three seconds.

use super::agenda::Timer;
use super::config::PowerPolicy;
use super::inject::{Answer, Procedure};
use super::note::{DetachReason, MobilityNote, Reason};
use super::{ANSWER_DELAY, CellularCore, CellularOutput, MOBILITY_DELAY};
use std::collections::VecDeque;
use wire::air::cellular::{CellId, UeId};
use wire::cause::EmmCause;
use wire::id::Imsi;
use wire::nas::{Edrx, GprsTimer2, GprsTimer3, NasDown, PowerSaving, Reject, ServiceType};
use wire::time::{Duration, Instant};

/// The network waits this long for the answer to paging (network dependent).
const T3413: Duration = Duration::from_secs(2);
const MOST_PAGES: u8 = 2;
/// From a reject to the release of the connection that it came on.
const RELEASE_AFTER_REJECT: Duration = Duration::from_millis(150);
/// Packets that are kept for a mobile that is being paged.
const MOST_PACKETS: usize = 64;

/// The connection of a registered mobile, and what waits for it.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Connection {
    /// Whether the registration is on E-UTRAN: only there the mobile has to be paged by this core.
    pub(super) evolved: bool,
    connected: bool,
    released_at: Instant,
    pub(super) power: PowerSaving,
    pages: u8,
    #[serde(skip)]
    waiting: VecDeque<NasDown>,
    #[serde(skip)]
    packets: VecDeque<(u8, Vec<u8>)>,
}

impl Connection {
    pub(super) fn of(evolved: bool, power: PowerSaving) -> Self {
        Self { evolved, connected: true, power, ..Self::default() }
    }

    fn is_idle(&self) -> bool {
        self.evolved && !self.connected
    }

    /// Whether the mobile is in power saving mode, where nothing reaches it.
    fn sleeps(&self, now: Instant) -> bool {
        let active = self.power.t3324.and_then(GprsTimer2::span);
        self.is_idle() && active.is_some_and(|span| now >= self.released_at + span)
    }
}

/// What becomes of a message to a mobile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It can be sent.
    Connected,
    /// The mobile has to be paged first.
    Idle,
    /// Power saving mode.
    Asleep,
}

impl CellularCore {
    pub(super) fn reach(&self, ue: UeId) -> Reach {
        match self.registrations.get(&ue).map(|registration| &registration.connection) {
            Some(connection) if connection.sleeps(self.now) => Reach::Asleep,
            Some(connection) if connection.is_idle() => Reach::Idle,
            Some(_) | None => Reach::Connected,
        }
    }

    /// The mobile spoke, or is spoken to: the connection lives on.
    pub(super) fn keep_connection(&mut self, ue: UeId) {
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        registration.connection.connected = true;
        if let (true, Some(span)) = (registration.connection.evolved, self.config.policy.inactivity) {
            self.agenda.start(self.now + span, Timer::Inactivity(ue));
        }
    }

    /// The connection on which a mobile was rejected is released soon.
    pub(super) fn release_soon(&mut self, ue: UeId) {
        self.agenda.start(self.now + MOBILITY_DELAY + RELEASE_AFTER_REJECT, Timer::Inactivity(ue));
    }

    pub(super) fn inactive(&mut self, ue: UeId) {
        if self.calls.of(ue).is_some() {
            return self.keep_connection(ue);
        }
        if let Some(late) = self.late_until(ue) {
            return self.agenda.start(late + RELEASE_AFTER_REJECT, Timer::Inactivity(ue));
        }
        if let Some(registration) = self.registrations.get_mut(&ue) {
            registration.connection.connected = false;
            registration.connection.released_at = self.now;
        }
        self.outputs.push_back(CellularOutput::Release { to: ue });
    }

    /// Sends a message now, or pages the mobile for it.
    pub(super) fn send_or_page(&mut self, to: UeId, message: NasDown) {
        match self.reach(to) {
            Reach::Connected => {
                self.keep_connection(to);
                self.outputs.push_back(CellularOutput::Nas { to, message });
            }
            Reach::Idle => {
                if let Some(registration) = self.registrations.get_mut(&to) {
                    registration.connection.waiting.push_back(message);
                }
                self.page(to);
            }
            Reach::Asleep => self.undeliverable(to, message),
        }
    }

    /// Keeps a packet for a mobile that has to be paged; gives it back where it can go at once.
    pub(super) fn hold_packet(&mut self, to: UeId, bearer: u8, packet: Vec<u8>) -> Option<Vec<u8>> {
        match self.reach(to) {
            Reach::Connected => {
                self.keep_connection(to);
                Some(packet)
            }
            Reach::Idle => {
                if let Some(registration) = self.registrations.get_mut(&to) {
                    registration.connection.packets.push_back((bearer, packet));
                    registration.connection.packets.truncate(MOST_PACKETS);
                }
                self.page(to);
                None
            }
            Reach::Asleep => None,
        }
    }

    /// Pages a mobile, unless that is under way.
    pub(super) fn page(&mut self, ue: UeId) {
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        if registration.connection.pages > 0 {
            return;
        }
        registration.connection.pages = 1;
        self.page_at_occasion(ue);
    }

    fn page_at_occasion(&mut self, ue: UeId) {
        let Some(registration) = self.registrations.get(&ue) else { return };
        let at = match registration.connection.power.edrx {
            Some(edrx) => next_window(self.now, edrx, registration.imsi.as_ref()),
            None => self.now + ANSWER_DELAY,
        };
        self.agenda.start(at, Timer::Page(ue));
    }

    pub(super) fn page_now(&mut self, ue: UeId) {
        if self.registrations.contains_key(&ue) {
            let who = self.who(ue);
            self.note(MobilityNote::Paged { who });
            if self.page_leaves(ue) {
                self.outputs.push_back(CellularOutput::Page { to: ue });
            }
            self.agenda.start(self.now + T3413, Timer::T3413(ue));
        }
    }

    /// T3413: once more, then what waits cannot be delivered.
    pub(super) fn page_unanswered(&mut self, ue: UeId) {
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        if registration.connection.pages < MOST_PAGES {
            registration.connection.pages += 1;
            return self.page_at_occasion(ue);
        }
        registration.connection.pages = 0;
        registration.connection.packets.clear();
        let waiting = std::mem::take(&mut registration.connection.waiting);
        let imsi = registration.imsi.clone();
        for message in waiting {
            self.undeliverable(ue, message);
        }
        if let Some(imsi) = imsi {
            self.sms_paging_failed(&imsi);
        }
    }

    /// The mobile is there: what waited for it goes.
    pub(super) fn flush_waiting(&mut self, ue: UeId) {
        self.agenda.stop(&Timer::Page(ue));
        self.agenda.stop(&Timer::LatePage(ue));
        self.agenda.stop(&Timer::T3413(ue));
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        registration.connection.pages = 0;
        let waiting = std::mem::take(&mut registration.connection.waiting);
        let packets = std::mem::take(&mut registration.connection.packets);
        for message in waiting {
            self.send_after(ANSWER_DELAY * 2, ue, message);
        }
        for (bearer, packet) in packets {
            self.outputs.push_back(CellularOutput::Packet { to: ue, bearer, packet });
        }
    }

    pub(super) fn service_request(&mut self, ue: UeId, cell: CellId, kind: ServiceType) {
        let who = self.who(ue);
        if let super::Who::Imsi(imsi) = &who {
            self.counters.entry(imsi.clone()).or_default().service_requests.push(self.now);
        }
        match self.injected(Procedure::Service, ue, &who) {
            Some(Answer::Emm(reject)) => {
                return self.reject_service_request(ue, cell, reject, Reason::Injected);
            }
            Some(
                Answer::Esm { .. }
                | Answer::Rp(_)
                | Answer::Cc(_)
                | Answer::Ss(_)
                | Answer::EpsOnly(_)
                | Answer::Silence,
            ) => {
                // The mobile believes that it has no connection, and so it has none.
                if let Some(registration) = self.registrations.get_mut(&ue) {
                    registration.connection.connected = false;
                }
                return;
            }
            None => {}
        }
        if !self.registrations.contains_key(&ue) {
            let known = self.known.contains_key(&ue);
            let cause = if known { EmmCause::IMPLICITLY_DETACHED } else { EmmCause::IDENTITY_NOT_DERIVED };
            return self.reject_service_request(ue, cell, cause.into(), Reason::NotRegistered);
        }
        let paged = kind == ServiceType::PagingResponse;
        self.note(MobilityNote::ServiceAccepted { who, cell, paged });
        self.send(ue, NasDown::ServiceAccept);
        self.contact(ue, cell);
        self.flush_waiting(ue);
    }

    fn reject_service_request(&mut self, ue: UeId, cell: CellId, reject: Reject, reason: Reason) {
        let who = self.who(ue);
        let cause = reject.cause;
        self.note(MobilityNote::Rejected { procedure: Procedure::Service, who, cell, cause, reason });
        if !super::mobility::may_pass(cause) && cause != EmmCause::CS_TEMPORARILY_NOT_AVAILABLE {
            self.drop_registration(ue, DetachReason::Replaced);
        }
        self.send_after(ANSWER_DELAY, ue, NasDown::ServiceReject(reject));
        self.release_soon(ue);
    }
}

/// What the operator grants of what a mobile asks for: nothing more, and nothing that was not asked for.
pub(super) fn granted(asked: PowerSaving, policy: &PowerPolicy) -> PowerSaving {
    let shorter = |asked: Duration, most: Duration| asked.min(most);
    let t3324 = asked.t3324.filter(|_| policy.psm).map(|timer| match timer.span() {
        Some(span) if span > policy.longest_active => GprsTimer2::at_least(policy.longest_active),
        Some(_) | None => timer,
    });
    let t3412_extended = asked.t3412_extended.filter(|_| t3324.is_some()).map(|timer| match timer.span() {
        Some(span) if span > policy.longest_periodic => {
            GprsTimer3::at_least(shorter(span, policy.longest_periodic))
        }
        Some(_) | None => timer,
    });
    let edrx = asked
        .edrx
        .filter(|_| policy.edrx)
        .map(|edrx| Edrx { cycle: edrx.cycle.min(policy.longest_cycle), window: Some(policy.window) });
    PowerSaving { t3324, t3412_extended, edrx }
}

/// The start of the paging time window that `now` is in or that comes next; each subscriber has its own place in the cycle.
fn next_window(now: Instant, edrx: Edrx, imsi: Option<&Imsi>) -> Instant {
    let (cycle, window) = (edrx.span().as_micros(), edrx.window_span().as_micros());
    // TS 36.304 7.3: the place depends on the identity, in steps of a hyperframe.
    let digits = imsi.and_then(|imsi| imsi.as_str().parse::<u64>().ok()).unwrap_or(0);
    let place = u128::from(digits % 1024) * 10_240_000 % cycle;
    let since_start = (u128::from(now.as_micros()) + cycle - place) % cycle;
    if since_start < window {
        return now;
    }
    let wait = u64::try_from(cycle - since_start).unwrap_or(u64::MAX);
    now + Duration::from_micros(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_never_more_than_was_asked_for_or_is_allowed() {
        let policy = PowerPolicy {
            longest_active: Duration::from_secs(60),
            longest_periodic: Duration::from_secs(3600),
            ..PowerPolicy::default()
        };
        let asked = PowerSaving {
            t3324: Some("00000100".parse().unwrap()),
            t3412_extended: Some("01011111".parse().unwrap()),
            edrx: Some(Edrx { cycle: 5, window: None }),
        };
        let grant = granted(asked, &policy);
        assert_eq!(grant.t3324, asked.t3324);
        assert_eq!(grant.t3412_extended.unwrap().span(), Some(Duration::from_secs(3600)));
        assert_eq!(grant.edrx, Some(Edrx { cycle: 5, window: Some(policy.window) }));
        assert_eq!(granted(PowerSaving::default(), &policy), PowerSaving::default());
        let refusing = PowerPolicy { psm: false, edrx: false, ..policy };
        assert_eq!(granted(asked, &refusing), PowerSaving::default());
    }

    #[test]
    fn paging_waits_for_the_window_and_never_longer_than_a_cycle() {
        let imsi: Imsi = "208010000000001".parse().unwrap();
        let edrx = Edrx { cycle: 5, window: Some(3) };
        for second in 0..200 {
            let now = Instant::ZERO + Duration::from_secs(second);
            let at = next_window(now, edrx, Some(&imsi));
            assert!(at >= now && at.since(now) < edrx.span(), "{second} s");
            assert_eq!(next_window(at, edrx, Some(&imsi)), at, "{second} s: that is in the window");
        }
        let other: Imsi = "208010000000002".parse().unwrap();
        let now = Instant::ZERO + Duration::from_secs(40);
        assert_ne!(next_window(now, edrx, Some(&imsi)), next_window(now, edrx, Some(&other)));
    }
}
