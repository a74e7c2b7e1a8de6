//! Subscribers: the life of a card, its services, and what the network does to its device on order.

use super::ControlError;
use crate::cellular::CellularCore;
use crate::cellular::config::{SimState, Subscriber};
use crate::cellular::lifecycle::Actor;
use crate::cellular::note::{ControlNote, DetachReason};
use wire::cause::{EmmCause, EsmCause};
use wire::id::Imsi;
use wire::time::Instant;

/// A service of a subscription that can be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Caller's number shown.
    Clip,
    /// Own number may be withheld.
    Clir,
    /// Call waiting and call hold.
    SecondCall,
    /// Multiparty calls.
    Conference,
    /// Call transfer.
    Transfer,
    /// Call forwarding.
    Forwarding,
    /// Incoming calls barred in roaming.
    BarIncomingInRoaming,
    /// Calls barred everywhere.
    BarVoice,
    /// Short messages barred everywhere.
    BarSms,
    /// Data barred everywhere.
    BarData,
}

impl CellularCore {
    fn subscriber_mut(&mut self, imsi: &Imsi) -> Result<&mut Subscriber, ControlError> {
        self.subscribers.get_mut(imsi).ok_or_else(|| ControlError::UnknownSubscriber(imsi.clone()))
    }

    /// Suspends a card by order of its customer: its device is detached and refused from now on.
    ///
    /// # Errors
    /// Unknown subscriber; a card that is not activated.
    pub fn suspend(&mut self, now: Instant, imsi: &Imsi) -> Result<(), ControlError> {
        self.move_sim(now, imsi, SimState::Suspended, Actor::Customer)
    }

    /// Resumes a card by order of its customer.
    ///
    /// # Errors
    /// Unknown subscriber; a card that is not suspended, or that the operator suspended.
    pub fn resume(&mut self, now: Instant, imsi: &Imsi) -> Result<(), ControlError> {
        let from = self.subscriber_mut(imsi)?.state;
        match from {
            SimState::Suspended | SimState::Cancelled => {
                self.move_sim(now, imsi, SimState::Activated, Actor::Customer)
            }
            SimState::PreActivated | SimState::Test | SimState::Sleeping | SimState::Activated => {
                let (to, by) = (SimState::Activated, Actor::Customer);
                Err(ControlError::StateNotAllowed { imsi: imsi.clone(), from, to, by })
            }
        }
    }

    /// Terminates a card for good by order of the operator: its device is detached, its number is free.
    ///
    /// # Errors
    /// Unknown subscriber.
    pub fn terminate(&mut self, now: Instant, imsi: &Imsi) -> Result<(), ControlError> {
        self.move_sim(now, imsi, SimState::Cancelled, Actor::Operator)
    }

    /// Moves a card to another state of its life by order of its customer.
    ///
    /// # Errors
    /// As of [`Self::move_sim`].
    pub fn set_sim_state(&mut self, now: Instant, imsi: &Imsi, to: SimState) -> Result<(), ControlError> {
        self.move_sim(now, imsi, to, Actor::Customer)
    }

    /// Moves a card to another state of its life. A device that may no longer use the network is detached. The state that
    /// the card is in already changes nothing.
    ///
    /// # Errors
    /// Unknown subscriber; a cancelled card; a move that the table of [`SimState::may_become`] does not have; a card that
    /// the operator suspended and the customer resumes.
    pub fn move_sim(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        to: SimState,
        by: Actor,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let from = self.subscriber_mut(imsi)?.state;
        if from == to {
            return Ok(());
        }
        if from == SimState::Cancelled {
            return Err(ControlError::Cancelled { imsi: imsi.clone() });
        }
        if !from.may_become(to, by) {
            return Err(ControlError::StateNotAllowed { imsi: imsi.clone(), from, to, by });
        }
        if by != Actor::Operator && self.suspended_by_operator.contains_key(imsi) {
            return Err(ControlError::SuspendedByOperator(imsi.clone()));
        }
        self.suspended_by_operator.remove(imsi);
        if to == SimState::Suspended && by == Actor::Operator {
            self.suspended_by_operator.insert(imsi.clone(), ());
        }
        self.enter_sim_state(imsi, to);
        Ok(())
    }

    /// A card is in another state from now on, with everything that follows.
    pub(in crate::cellular) fn enter_sim_state(&mut self, imsi: &Imsi, to: SimState) {
        let Some(subscriber) = self.subscribers.get_mut(imsi) else { return };
        let from = std::mem::replace(&mut subscriber.state, to);
        let number = subscriber.msisdn.clone();
        if to == SimState::Cancelled {
            self.subscribers.free_number(imsi, &number, &self.config.country_code);
        }
        self.watch_sim_state(imsi, to);
        self.note(ControlNote::SimStateChanged { imsi: imsi.clone(), from, to });
        if let Some(ue) = self.ue_of(imsi).filter(|_| !to.may_use_network()) {
            let policy = &self.config.policy;
            let cause = if to == SimState::Cancelled { policy.cancelled } else { policy.suspended };
            self.network_detach(ue, DetachReason::SimState(to), false, Some(cause));
        }
    }

    /// A sleeping card becomes active with its first traffic.
    pub(in crate::cellular) fn first_traffic(&mut self, imsi: &Imsi) {
        if self.sim_state(imsi) == Some(SimState::Sleeping) {
            self.enter_sim_state(imsi, SimState::Activated);
        }
    }

    /// Switches a service of a subscription; barring data ends its sessions at once.
    ///
    /// # Errors
    /// Unknown subscriber.
    pub fn set_service(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        service: Service,
        on: bool,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let services = &mut self.subscriber_mut(imsi)?.services;
        match service {
            Service::Clip => services.clip = on,
            Service::Clir => services.clir = on,
            Service::SecondCall => services.second_call = on,
            Service::Conference => services.conference = on,
            Service::Transfer => services.transfer = on,
            Service::Forwarding => services.forwarding = on,
            Service::BarIncomingInRoaming => services.bar_incoming_in_roaming = on,
            Service::BarVoice => services.barred.voice = on,
            Service::BarSms => services.barred.sms = on,
            Service::BarData => services.barred.data = on,
        }
        self.release_barred_sessions(imsi);
        Ok(())
    }

    /// Detaches a subscriber's device by the network.
    ///
    /// # Errors
    /// The subscriber is not registered.
    pub fn order_detach(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        reattach: bool,
        cause: Option<EmmCause>,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let ue = self.ue_of(imsi).ok_or_else(|| ControlError::NotRegistered(imsi.clone()))?;
        self.network_detach(ue, DetachReason::Ordered, reattach, cause);
        Ok(())
    }

    /// Deactivates a subscriber's PDN connections by the network with this cause; gives how many there were.
    ///
    /// # Errors
    /// The subscriber is not registered.
    pub fn order_deactivation(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        cause: EsmCause,
    ) -> Result<usize, ControlError> {
        self.advance(now);
        let ue = self.ue_of(imsi).ok_or_else(|| ControlError::NotRegistered(imsi.clone()))?;
        let count = self.sessions(imsi).len();
        self.deactivate(ue, cause, |_| true);
        Ok(count)
    }
}
