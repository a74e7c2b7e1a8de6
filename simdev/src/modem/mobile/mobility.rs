//! Attach and tracking area update (TS 24.301 clauses 5.5.1 and 5.5.3).

use super::state::Registered;
use super::timers::MobileTimer;
use super::{Emm, Mobile, MobileEvent};
use crate::sim::EpsUpdateStatus;
use wire::at::error::CmeError;
use wire::cause::EsmCause;
use wire::nas::{AttachType, NasUp, PdnGrant, PowerSaving, UpdateType};
use wire::time::{Duration, Instant};

pub(super) const T3410: Duration = Duration::from_secs(15);
const T3411: Duration = Duration::from_secs(10);
const T3402: Duration = Duration::from_secs(12 * 60);
pub(super) const T3430: Duration = Duration::from_secs(15);
/// Attempts before another network is selected.
const MOST_ATTEMPTS: u8 = 5;
/// The tracking area code that stands for a deleted one (TS 24.301 9.9.3.32).
const DELETED_TAC: u16 = 0xfffe;
/// The context whose definition the attach uses.
const ATTACH_CONTEXT: u8 = 1;

impl Mobile {
    /// Switches the radio on or off (`+CFUN=1`, `0`, `4`). Off means detach without waiting for an answer.
    pub(crate) fn set_radio(&mut self, now: Instant, on: bool) {
        if on == self.radio {
            return;
        }
        if on {
            self.radio = true;
            self.begin_selection(now);
        } else {
            self.switch_off();
        }
    }

    pub(crate) fn radio_is_on(&self) -> bool {
        self.radio
    }

    /// Attaches (`+CGATT=1`); answered by [`MobileEvent::SelectionEnded`].
    pub(crate) fn attach(&mut self, now: Instant) {
        self.selection_awaited = true;
        if self.is_registered() {
            self.end_selection(Ok(()));
        } else if self.serving.is_some() && self.emm == Emm::Deregistered {
            self.attempts = 0;
            self.register(now);
        } else {
            self.begin_selection(now);
        }
    }

    /// Registers on the serving cell: an update where the network knows the mobile, else an attach.
    pub(super) fn register(&mut self, now: Instant) {
        let Some(cell) = self.serving else {
            self.begin_selection(now);
            return;
        };
        self.stop_mobility_timers();
        match self.registered {
            Some(registered) if registered.plmn == cell.id.plmn => self.send_update(now, false),
            _ => self.send_attach(now),
        }
    }

    fn send_attach(&mut self, now: Instant) {
        let Some(imsi) = self.subscriber.as_ref().map(|who| who.imsi.clone()) else {
            self.enter(Emm::LimitedService);
            return;
        };
        self.lose_registration();
        if let Some(until) = self.sessions_attach_blocked(now) {
            self.timers.start_at(MobileTimer::T3396, until);
            self.enter(Emm::AttemptingToAttach);
            self.end_selection(Err(CmeError(119)));
            return;
        }
        let pdn = self.sessions.attach_request(ATTACH_CONTEXT);
        let imei = self.config.imei.clone();
        self.enter(Emm::RegisteredInitiated);
        self.send(NasUp::AttachRequest {
            imsi: Some(imsi),
            imei,
            attach_type: AttachType::Combined,
            pdn,
            guti: None,
            power: PowerSaving::default(),
        });
        self.timers.start(MobileTimer::T3410, now, T3410);
    }

    pub(super) fn attach_accepted(
        &mut self,
        now: Instant,
        pdn: Option<PdnGrant>,
        esm: Option<EsmCause>,
        combined: bool,
        t3412: Duration,
    ) {
        let Some(cell) = self.serving.filter(|_| self.emm == Emm::RegisteredInitiated) else { return };
        self.stop_mobility_timers();
        self.selection.in_round = false;
        self.selection.stay_on = None;
        self.registered = Some(Registered { plmn: cell.id.plmn, combined, t3412 });
        self.send(NasUp::AttachComplete);
        self.attempts = 0;
        self.last_reject = None;
        self.forbidden.wake(cell.id.plmn);
        if let Some(card) = &mut self.card {
            // A card that refuses the update costs the mobile its memory, not its service.
            let _ = card.set_last_registered(cell.id.plmn, cell.id.tac, EpsUpdateStatus::Updated);
            if !matches!(self.selection.mode, super::SelectionMode::Automatic) {
                let _ = card.remove_forbidden_plmn(cell.id.plmn);
            }
        }
        self.enter(Emm::Registered);
        self.sessions_attached(now, ATTACH_CONTEXT, pdn, esm);
        self.end_selection(Ok(()));
        self.start_periodic_update(now);
        self.plan_better_search(now, true);
    }

    pub(super) fn attach_unanswered(&mut self, now: Instant) {
        if self.emm == Emm::RegisteredInitiated {
            self.last_reject = None;
            self.attempt_failed(now);
        }
    }

    /// An abnormal case: try again in a while, and elsewhere after the fifth time (5.5.1.2.6).
    pub(super) fn attempt_failed(&mut self, now: Instant) {
        self.attempts = self.attempts.saturating_add(1);
        self.stop_mobility_timers();
        self.enter(Emm::AttemptingToAttach);
        if self.attempts < MOST_ATTEMPTS {
            self.timers.start(MobileTimer::T3411, now, T3411);
            return;
        }
        self.give_up_network(now);
    }

    /// The network had its five attempts: it rests for T3402 and the mobile tries another.
    pub(super) fn give_up_network(&mut self, now: Instant) {
        if let Some(cell) = self.serving {
            self.forbidden.rest(cell.id.plmn, now + T3402);
        }
        self.attempts = 0;
        self.delete_registration(EpsUpdateStatus::NotUpdated);
        self.try_next_or_search(now);
    }

    /// The next candidate of the round that runs, or a new round.
    pub(super) fn try_next_or_search(&mut self, now: Instant) {
        if self.selection.in_round {
            self.try_next(now);
        } else {
            self.begin_selection(now);
        }
    }

    /// Forgets the registration as a reject or a fifth failure demands: in memory and on the card.
    pub(super) fn delete_registration(&mut self, status: EpsUpdateStatus) {
        self.lose_registration();
        if let Some(card) = &mut self.card
            && let Ok(Some(plmn)) = card.last_registered_plmn()
        {
            let _ = card.set_last_registered(plmn, DELETED_TAC, status);
        }
    }

    /// The network no longer knows the mobile: its sessions are gone.
    pub(super) fn lose_registration(&mut self) {
        self.registered = None;
        self.sessions_lost();
        self.timers.stop(MobileTimer::HigherPrioritySearch);
    }

    pub(super) fn stop_mobility_timers(&mut self) {
        for timer in [
            MobileTimer::T3410,
            MobileTimer::T3411,
            MobileTimer::T3402,
            MobileTimer::T3412,
            MobileTimer::T3430,
            MobileTimer::T3418,
            MobileTimer::T3420,
            MobileTimer::T3346,
            MobileTimer::T3396,
            MobileTimer::NextSelection,
        ] {
            self.timers.stop(timer);
        }
    }

    fn start_periodic_update(&mut self, now: Instant) {
        if let Some(registered) = self.registered.filter(|registered| !registered.t3412.is_zero()) {
            self.timers.start(MobileTimer::T3412, now, registered.t3412);
        }
    }

    pub(super) fn periodic_update(&mut self, now: Instant) {
        if self.emm == Emm::Registered {
            self.send_update(now, true);
        }
    }

    fn send_update(&mut self, now: Instant, periodic: bool) {
        self.enter(Emm::TrackingAreaUpdating);
        let update =
            if periodic { UpdateType::Periodic } else { UpdateType::Combined { imsi_attach: false } };
        self.send(NasUp::TrackingAreaUpdateRequest {
            update,
            bearers: Vec::new(),
            power: PowerSaving::default(),
        });
        self.timers.start(MobileTimer::T3430, now, T3430);
    }

    pub(super) fn update_accepted(&mut self, now: Instant) {
        if self.emm != Emm::TrackingAreaUpdating {
            return;
        }
        self.timers.stop(MobileTimer::T3430);
        self.attempts = 0;
        self.last_reject = None;
        self.enter(Emm::Registered);
        self.end_selection(Ok(()));
        self.start_periodic_update(now);
        if !self.timers.is_running(MobileTimer::HigherPrioritySearch) {
            self.plan_better_search(now, true);
        }
    }

    pub(super) fn update_unanswered(&mut self, now: Instant) {
        if self.emm == Emm::TrackingAreaUpdating {
            self.attempt_failed(now);
        }
    }

    /// The host changed the context that the attach uses: a wait for its back-off may be over.
    pub(super) fn attach_context_changed(&mut self, now: Instant) {
        if self.emm == Emm::AttemptingToAttach && self.timers.is_running(MobileTimer::T3396) {
            self.timers.stop(MobileTimer::T3396);
            self.register(now);
        }
    }

    /// The last reject, for a selection or attach that ends with it.
    pub(super) fn rejected_error(&self) -> CmeError {
        self.last_reject.map_or(CmeError::NO_NETWORK_SERVICE, CmeError::from_emm)
    }

    pub(super) fn report_network_detach(&mut self) {
        self.event(MobileEvent::NetworkDetached);
    }
}
