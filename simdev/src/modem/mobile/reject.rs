//! What a reject makes the mobile do (TS 24.301 clauses 5.5.1.2.5, 5.5.1.2.6 and 5.5.3.2.5).
//!
//! Every reject counts as integrity protected: the bounded handling of unprotected ones (T3247) is not here.

use super::timers::MobileTimer;
use super::{Emm, Mobile};
use crate::defect::Defect;
use crate::sim::EpsUpdateStatus;
use wire::cause::{EmmCause, EsmCause};
use wire::time::{Duration, Instant};

/// The behaviour that a cause prescribes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reaction {
    /// The card is invalid until power-off or removal.
    CardInvalid,
    /// The network goes into EF_FPLMN; another one is selected.
    PlmnForbidden,
    /// No packet service on this network; another one is selected.
    PlmnForbiddenForPacket,
    /// The area is forbidden; the mobile stays with the network.
    AreaForbiddenStay,
    /// The area is forbidden; network selection.
    AreaForbiddenSelect,
    /// The area is forbidden; first other areas of the same network, then other networks.
    AreaForbiddenSameNetworkFirst,
    /// Wait for T3346 where it is given.
    Congestion,
    /// The network is avoided for a while.
    AvoidNetwork,
    /// Attach again at once (update and detach only).
    AttachAgain,
    /// Count the attempt as five.
    AbnormalForGood,
    /// Count the attempt.
    Abnormal,
}

fn reaction(cause: EmmCause) -> Reaction {
    match cause.0 {
        3 | 5 | 6 | 7 | 8 => Reaction::CardInvalid,
        9 | 10 | 40 => Reaction::AttachAgain,
        11 | 35 => Reaction::PlmnForbidden,
        12 => Reaction::AreaForbiddenStay,
        13 => Reaction::AreaForbiddenSelect,
        14 => Reaction::PlmnForbiddenForPacket,
        15 => Reaction::AreaForbiddenSameNetworkFirst,
        22 => Reaction::Congestion,
        42 => Reaction::AvoidNetwork,
        95 | 96 | 97 | 99 | 111 => Reaction::AbnormalForGood,
        _ => Reaction::Abnormal,
    }
}

impl Mobile {
    pub(super) fn attach_rejected(
        &mut self,
        now: Instant,
        cause: EmmCause,
        esm: Option<EsmCause>,
        t3346: Option<Duration>,
    ) {
        if self.emm != Emm::RegisteredInitiated {
            return;
        }
        self.last_failure = Some(esm.map_or(cause.name(), EsmCause::name));
        if let (EmmCause::ESM_FAILURE, Some(esm)) = (cause, esm) {
            self.sessions_attach_refused(now, esm);
        }
        // In an attach "attach again" has no meaning of its own.
        let prescribed = reaction(cause);
        let reaction = if prescribed == Reaction::AttachAgain { Reaction::Abnormal } else { prescribed };
        self.react(now, cause, reaction, t3346);
        if self.emm == Emm::AttemptingToAttach {
            self.respect_access_point_back_off(now);
        }
    }

    /// After #19 the next attempt waits for the back-off of the access point name, too (6.5.1.4).
    fn respect_access_point_back_off(&mut self, now: Instant) {
        if self.has(Defect::RetriesRefusedApn) {
            return;
        }
        if let Some(until) = self.sessions_attach_blocked(now) {
            self.stop_mobility_timers();
            self.timers.start_at(MobileTimer::T3396, until);
            let error = self.rejected_error();
            self.end_selection(Err(error));
        }
    }

    pub(super) fn update_rejected(&mut self, now: Instant, cause: EmmCause) {
        if self.emm == Emm::TrackingAreaUpdating {
            self.last_failure = Some(cause.name());
            self.react(now, cause, reaction(cause), None);
        }
    }

    pub(super) fn detached_by_network(&mut self, now: Instant, reattach: bool, cause: Option<EmmCause>) {
        if !self.is_registered() {
            return;
        }
        self.report_network_detach();
        match cause {
            _ if reattach => self.attach_again(now),
            Some(cause) => {
                self.last_failure = Some(cause.name());
                self.react(now, cause, reaction(cause), None);
            }
            // 5.5.2.3.4 b: wait for T3402, here or on another network.
            None => {
                self.stop_mobility_timers();
                self.give_up_network(now);
            }
        }
    }

    fn react(&mut self, now: Instant, cause: EmmCause, reaction: Reaction, t3346: Option<Duration>) {
        self.last_reject = Some(cause);
        self.stop_mobility_timers();
        match reaction {
            Reaction::CardInvalid => {
                self.forbidden.card = true;
                self.deny(EpsUpdateStatus::RoamingNotAllowed);
                let error = self.rejected_error();
                self.end_selection(Err(error));
            }
            Reaction::PlmnForbidden => {
                self.forbid_plmn();
                self.deny_and_select(now);
            }
            Reaction::PlmnForbiddenForPacket => {
                if let Some(cell) = self.serving {
                    self.forbidden.packet.insert(cell.id.plmn);
                }
                self.deny_and_select(now);
            }
            Reaction::AreaForbiddenStay => {
                self.selection.stay_on = self.forbid_area();
                self.deny_and_select(now);
            }
            Reaction::AreaForbiddenSelect => {
                self.forbid_area();
                self.deny_and_select(now);
            }
            Reaction::AreaForbiddenSameNetworkFirst => {
                let plmn = self.forbid_area();
                if let Some(plmn) = plmn {
                    self.prefer(plmn);
                }
                self.deny_and_select(now);
            }
            Reaction::Congestion => match t3346.filter(|span| !span.is_zero()) {
                Some(span) => {
                    self.enter(Emm::AttemptingToAttach);
                    self.timers.start(MobileTimer::T3346, now, span);
                    let error = self.rejected_error();
                    self.end_selection(Err(error));
                }
                None => self.attempt_failed(now),
            },
            Reaction::AvoidNetwork => {
                self.enter(Emm::AttemptingToAttach);
                self.give_up_network(now);
            }
            Reaction::AttachAgain => self.attach_again(now),
            Reaction::AbnormalForGood => {
                self.attempts = u8::MAX - 1;
                self.attempt_failed(now);
            }
            Reaction::Abnormal => self.attempt_failed(now),
        }
    }

    /// AUTHENTICATION REJECT makes the card invalid as "illegal UE" does (TS 24.301 5.4.2.5).
    pub(super) fn card_rejected(&mut self, now: Instant) {
        self.last_failure = Some("authentication rejected");
        self.react(now, EmmCause::ILLEGAL_UE, Reaction::CardInvalid, None);
    }

    fn attach_again(&mut self, now: Instant) {
        self.lose_registration();
        self.last_reject = None;
        self.attempts = 0;
        self.register(now);
    }

    fn deny(&mut self, status: EpsUpdateStatus) {
        self.delete_registration(status);
        self.attempts = 0;
        self.enter(Emm::LimitedService);
    }

    /// Denied here: the host sees it, then the next candidate is tried, after a new search if this was not a round of
    /// selection.
    fn deny_and_select(&mut self, now: Instant) {
        self.deny(EpsUpdateStatus::RoamingNotAllowed);
        self.try_next_or_search(now);
    }

    /// Puts the serving network on the card's forbidden list; home is never put there (TS 23.122 clause 3.1).
    fn forbid_plmn(&mut self) {
        let forgets = self.has(Defect::IgnoresPlmnForbidden);
        let Some(plmn) = self.serving.map(|cell| cell.id.plmn) else { return };
        let home = self.subscriber.as_ref().is_some_and(|who| who.is_home(plmn));
        if let (Some(card), false) = (&mut self.card, forgets || home) {
            let _ = card.add_forbidden_plmn(plmn);
        }
    }

    fn forbid_area(&mut self) -> Option<wire::plmn::Plmn> {
        let cell = self.serving?;
        self.forbidden.add_area(cell.id);
        Some(cell.id.plmn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TS 24.301 5.5.1.2.5, as in the facts' table of reject causes.
    #[test]
    fn each_cause_has_its_reaction() {
        let rows = [
            (EmmCause::ILLEGAL_UE, Reaction::CardInvalid),
            (EmmCause::EPS_AND_NON_EPS_NOT_ALLOWED, Reaction::CardInvalid),
            (EmmCause::PLMN_NOT_ALLOWED, Reaction::PlmnForbidden),
            (EmmCause::TRACKING_AREA_NOT_ALLOWED, Reaction::AreaForbiddenStay),
            (EmmCause::ROAMING_NOT_ALLOWED, Reaction::AreaForbiddenSelect),
            (EmmCause::EPS_NOT_ALLOWED_IN_PLMN, Reaction::PlmnForbiddenForPacket),
            (EmmCause::NO_SUITABLE_CELLS, Reaction::AreaForbiddenSameNetworkFirst),
            (EmmCause::NETWORK_FAILURE, Reaction::Abnormal),
            (EmmCause::ESM_FAILURE, Reaction::Abnormal),
            (EmmCause::CONGESTION, Reaction::Congestion),
            (EmmCause::PROTOCOL_ERROR, Reaction::AbnormalForGood),
        ];
        for (cause, want) in rows {
            assert_eq!(reaction(cause), want, "{cause}");
        }
    }
}
