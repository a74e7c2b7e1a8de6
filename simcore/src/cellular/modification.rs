//! The network changes a bearer that is there: its class of service, the bit rates of its access point, its DNS servers
//! (TS 24.301 6.4.3; TS 24.008 6.1.3.3 on GSM and UTRAN).
//!
//! What was ordered holds from the mobile's acceptance on. A request is sent five times, [`T3486`] apart; a mobile that has to
//! be paged first gets none twice. A refusal with #43 means that the mobile does not have the bearer: it is gone here too. The
//! rates are told and not enforced, as the air has no rate. A procedure that runs does not outlive a restart. Not here:
//! modification that a mobile asks for, dedicated bearers.

use super::CellularCore;
use super::agenda::Timer;
use super::connection::Reach;
use super::control::ControlError;
use super::note::SessionNote;
use std::collections::BTreeMap;
use std::net::IpAddr;
use wire::air::cellular::UeId;
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::nas::{Ambr, BearerModification, NasDown, Qci};
use wire::time::{Duration, Instant};

/// MODIFY EPS BEARER CONTEXT REQUEST not answered (TS 24.301 10.3); T3386 on GSM and UTRAN has the same value.
const T3486: Duration = Duration::from_secs(8);
const MOST_SENT: u8 = 5;

/// What a bearer carries, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Quality {
    pub(super) qci: Qci,
    pub(super) ambr: Option<Ambr>,
}

impl Default for Quality {
    fn default() -> Self {
        Self { qci: Qci::BEST_EFFORT, ambr: None }
    }
}

/// What is to become of a connection; what is `None` or empty stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionChange {
    /// Class of service.
    pub qci: Option<Qci>,
    /// Bit rates of the access point.
    pub ambr: Option<Ambr>,
    /// DNS servers.
    pub dns: Vec<IpAddr>,
}

/// A procedure that waits for the mobile.
#[derive(Clone, Debug)]
struct Running {
    request: BearerModification,
    /// What holds once it is accepted.
    quality: Quality,
    sent: u8,
}

/// The procedures that run, by mobile and bearer.
#[derive(Debug, Default)]
pub(super) struct Modifications(BTreeMap<(UeId, u8), Running>);

impl CellularCore {
    /// Changes the connection of a subscriber to an access point; notes tell what the mobile makes of it.
    ///
    /// # Errors
    /// The subscriber is not registered, has no such connection, is being told of another change of it, or nothing is to change.
    pub fn modify_session(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        apn: &str,
        change: SessionChange,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let ue = self.ue_of(imsi).ok_or_else(|| ControlError::NotRegistered(imsi.clone()))?;
        let no_session = || ControlError::NoSession { imsi: imsi.clone(), apn: apn.to_owned() };
        if change == SessionChange::default() {
            return Err(ControlError::NothingToModify);
        }
        let registration = self.registrations.get(&ue).ok_or_else(no_session)?;
        let bearer = registration.bearers.iter().find(|bearer| bearer.apn.eq_ignore_ascii_case(apn));
        let bearer = bearer.ok_or_else(no_session)?;
        let SessionChange { qci, ambr, dns } = change;
        let Quality { qci: old_qci, ambr: old_ambr } = bearer.quality;
        let quality = Quality { qci: qci.unwrap_or(old_qci), ambr: ambr.or(old_ambr) };
        // MODIFY PDP CONTEXT REQUEST has no place for the rates: there the network holds to them by itself.
        let ambr = ambr.filter(|_| registration.connection.evolved);
        let request = BearerModification { bearer: bearer.identity, qci, ambr, dns };
        let place = (ue, request.bearer);
        if self.modifications.0.contains_key(&place) {
            return Err(ControlError::ModificationRuns { imsi: imsi.clone(), apn: apn.to_owned() });
        }
        self.modifications.0.insert(place, Running { request, quality, sent: 0 });
        self.send_modification(ue, place.1);
        Ok(())
    }

    fn send_modification(&mut self, ue: UeId, bearer: u8) {
        let Some(running) = self.modifications.0.get_mut(&(ue, bearer)) else { return };
        running.sent += 1;
        let message = NasDown::ModifyBearer(running.request.clone());
        self.agenda.start(self.now + T3486, Timer::T3486(ue, bearer));
        self.send(ue, message);
    }

    pub(super) fn modification_unanswered(&mut self, ue: UeId, bearer: u8) {
        let Some(running) = self.modifications.0.get(&(ue, bearer)) else { return };
        if self.reach(ue) == Reach::Idle {
            // The request waits for the answer to the page.
            self.agenda.start(self.now + T3486, Timer::T3486(ue, bearer));
        } else if running.sent < MOST_SENT {
            self.send_modification(ue, bearer);
        } else {
            self.modification_failed(ue, bearer);
        }
    }

    /// The mobile did not answer, or was not to be reached: the bearer stays as it was.
    pub(super) fn modification_failed(&mut self, ue: UeId, bearer: u8) {
        if self.modification_over(ue, bearer).is_some() {
            let who = self.who(ue);
            self.note(SessionNote::ModificationUnanswered { who, bearer });
        }
    }

    /// The procedure ends, if one runs.
    pub(super) fn modification_over(&mut self, ue: UeId, bearer: u8) -> Option<Quality> {
        let running = self.modifications.0.remove(&(ue, bearer))?;
        self.agenda.stop(&Timer::T3486(ue, bearer));
        Some(running.quality)
    }

    pub(super) fn modification_accepted(&mut self, ue: UeId, bearer: u8) {
        let who = self.who(ue);
        let Some(quality) = self.modification_over(ue, bearer) else {
            return self.unexpected(who, "MODIFY EPS BEARER CONTEXT ACCEPT");
        };
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        let Some(held) = registration.bearers.iter_mut().find(|held| held.identity == bearer) else { return };
        held.quality = quality;
        let (apn, Quality { qci, ambr }) = (held.apn.clone(), quality);
        self.note(SessionNote::Modified { who, apn, bearer, qci, ambr });
    }

    pub(super) fn modification_rejected(&mut self, ue: UeId, bearer: u8, cause: EsmCause) {
        let who = self.who(ue);
        if self.modification_over(ue, bearer).is_none() {
            return self.unexpected(who, "MODIFY EPS BEARER CONTEXT REJECT");
        }
        self.note(SessionNote::ModificationRejected { who, bearer, cause });
        if cause == EsmCause::INVALID_BEARER_IDENTITY {
            self.release(ue, cause, |held| held.identity == bearer);
        }
    }
}
