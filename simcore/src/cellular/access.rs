//! Who may use which network: the questions of an attach, in the order in which the networks ask them.
//!
//! Spec: TS 29.272 annex A and TS 24.301 5.5.1.2.5 for the causes. Not here: the PDN connection of the attach.

use super::CellularCore;
use super::config::{Rank, SimState};
use super::equipment::EquipmentList;
use super::note::{MobilityNote, Reason, Who};
use super::steering::Steer;
use wire::air::cellular::CellId;
use wire::cause::EmmCause;
use wire::id::{Imei, Imsi};

/// A refusal of access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) cause: EmmCause,
    pub(super) reason: Reason,
}

impl CellularCore {
    /// Whether the subscriber may register here, steering aside.
    pub(super) fn may_register(&self, imsi: &Imsi, imei: &Imei, cell: CellId) -> Result<(), Denied> {
        let policy = &self.config.policy;
        let denied = |cause, reason| Err(Denied { cause, reason });
        let Some(subscriber) = self.subscribers.get(imsi) else {
            return denied(policy.unknown_imsi, Reason::UnknownImsi);
        };
        match subscriber.state {
            SimState::Test | SimState::Sleeping | SimState::Activated => {}
            SimState::PreActivated | SimState::Suspended => {
                return denied(policy.suspended, Reason::SimState(subscriber.state));
            }
            SimState::Cancelled => return denied(policy.cancelled, Reason::SimState(subscriber.state)),
        }
        if subscriber.imei_lock.as_ref().is_some_and(|lock| lock != imei) {
            return denied(policy.imei_locked, Reason::ImeiLock);
        }
        if self.equipment_list(imei) == EquipmentList::Black {
            return denied(EmmCause::ILLEGAL_ME, Reason::BlackEquipment);
        }
        if self.rank(cell.plmn) == Rank::NoAgreement {
            return denied(policy.no_agreement, Reason::NoAgreement(cell.plmn));
        }
        match (self.all_barred(imsi, cell.plmn), policy.all_barred) {
            (Some(reason), Some(cause)) => denied(cause, reason),
            (Some(_), None) | (None, _) => Ok(()),
        }
    }

    /// The cause with which steering refuses the subscriber here; emits the note of the refusal.
    pub(super) fn steered_away(&mut self, imsi: &Imsi, cell: CellId) -> Option<EmmCause> {
        let rule = &self.config.steering;
        if !rule.enabled {
            return None;
        }
        let Some(better) = self.better_network(cell.plmn) else {
            self.steering.forget(imsi);
            return None;
        };
        let (cause, limit) = (rule.cause, rule.rejects);
        match self.steering.decide(self.now, rule, imsi, cell.plmn) {
            Steer::Accept => None,
            Steer::Reject { count } => {
                self.note(MobilityNote::SteeringRejected {
                    imsi: imsi.clone(),
                    cell,
                    cause,
                    count,
                    limit,
                    better,
                });
                Some(cause)
            }
        }
    }

    /// Remembers where and in what a subscriber was seen, and notes what changed.
    pub(super) fn seen(&mut self, imsi: &Imsi, cell: CellId, imei: Option<&Imei>) {
        let before = self.last_seen.get(imsi).cloned();
        let imei = match (imei, &before) {
            (Some(imei), _) | (None, Some((_, imei))) => imei.clone(),
            (None, None) => return,
        };
        self.last_seen.insert(imsi.clone(), (cell, imei.clone()));
        let from = before.as_ref().map(|(cell, _)| cell.plmn);
        if from != Some(cell.plmn) {
            self.watch_location(imsi, from, cell.plmn);
        }
        let Some((old_cell, old_imei)) = before else { return };
        if old_cell.plmn != cell.plmn {
            self.note(MobilityNote::LocationCancelled { imsi: imsi.clone(), at: old_cell.plmn });
            self.note(MobilityNote::LocationChanged {
                imsi: imsi.clone(),
                from: old_cell.plmn,
                to: cell.plmn,
            });
        }
        if old_imei != imei {
            self.equipment_changed(imsi, &old_imei, &imei);
            self.note(MobilityNote::ImeiChanged { imsi: imsi.clone(), from: old_imei, to: imei });
        }
    }

    /// Notes a message that fits no procedure.
    pub(super) fn unexpected(&mut self, who: Who, message: impl ToString) {
        self.note(MobilityNote::UnexpectedMessage { who, message: message.to_string() });
    }
}
