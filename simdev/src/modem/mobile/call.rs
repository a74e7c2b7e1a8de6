//! Calls at the mobile's end (TS 24.008 clause 5, TS 24.083): several at once, of which one is active, or a group of them,
//! and the others are held, wait, or are being set up. Each has a transaction of its own.

mod dtmf;
mod emergency;
mod hold;
mod network;
mod release;

pub(crate) use hold::{HoldCommand, HoldFlow};
pub(crate) use release::CallEnd;

use super::Mobile;
use super::timers::MobileTimer;
use crate::defect::Defect;
use crate::sim::PhoneBook;
use std::collections::{BTreeMap, VecDeque};
use wire::id::PhoneNumber;
use wire::nas::{CallContent, CallMessage, Clir, NasUp, Side, TransactionId};
use wire::time::{Duration, Instant};

/// Call identifications of `+CLCC`.
const IDS: std::ops::RangeInclusive<u8> = 1..=7;
const T303: Duration = Duration::from_secs(30);
const T313: Duration = Duration::from_secs(30);

/// How far a call is, with the `<stat>` of `+CLCC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallPhase {
    Active,
    Held,
    Dialling,
    Alerting,
    Incoming,
    Waiting,
}

impl CallPhase {
    /// `<stat>`.
    pub(crate) const fn stat(self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Held => 1,
            Self::Dialling => 2,
            Self::Alerting => 3,
            Self::Incoming => 4,
            Self::Waiting => 5,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    id: u8,
    /// None while the call waits for a cell, or for another call to be held.
    transaction: Option<TransactionId>,
    phase: CallPhase,
    /// The other side; `None` when it withholds its number.
    number: Option<PhoneNumber>,
    outgoing: bool,
    emergency: bool,
    multiparty: bool,
    clir: Clir,
}

/// All calls of the mobile, and what is going on with them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    list: Vec<Call>,
    /// Transactions that are being released, with how often RELEASE was sent.
    releasing: BTreeMap<TransactionId, u8>,
    steps: Option<hold::Steps>,
    tones: VecDeque<char>,
    tone_length: Duration,
}

impl Calls {
    /// Whether there is neither a call nor a release that the network has not confirmed.
    pub(super) fn is_idle(&self) -> bool {
        self.list.is_empty() && self.releasing.is_empty()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn with(&self, transaction: TransactionId) -> Option<&Call> {
        self.list.iter().find(|call| call.transaction == Some(transaction))
    }

    fn with_mut(&mut self, transaction: TransactionId) -> Option<&mut Call> {
        self.list.iter_mut().find(|call| call.transaction == Some(transaction))
    }

    fn by_id(&mut self, id: u8) -> Option<&mut Call> {
        self.list.iter_mut().find(|call| call.id == id)
    }

    fn ids_in(&self, phase: CallPhase) -> Vec<u8> {
        self.list.iter().filter(|call| call.phase == phase).map(|call| call.id).collect()
    }

    fn any_in(&self, phases: &[CallPhase]) -> bool {
        self.list.iter().any(|call| phases.contains(&call.phase))
    }

    fn free_id(&self) -> Option<u8> {
        IDS.into_iter().find(|id| self.list.iter().all(|call| call.id != *id))
    }

    fn free_transaction(&self) -> Option<TransactionId> {
        let in_use = |candidate| self.with(candidate).is_some() || self.releasing.contains_key(&candidate);
        TransactionId::free(Side::Mobile, in_use)
    }
}

/// A call as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallView {
    pub(crate) id: u8,
    pub(crate) phase: CallPhase,
    pub(crate) number: Option<PhoneNumber>,
    pub(crate) outgoing: bool,
    pub(crate) multiparty: bool,
}

/// Why a call cannot even be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialError {
    /// No network, or none that lets this mobile in.
    NoService,
    /// Registered, but without circuit-switched services.
    NoCircuitServices,
    /// The number is not among the fixed dialling numbers.
    NotFixedNumber,
    /// The calls that there are leave no room for another.
    CallInProgress,
    /// The module has no voice.
    NoVoice,
}

impl Mobile {
    /// Every call, by its identification.
    pub(crate) fn calls(&self) -> Vec<CallView> {
        let view = |call: &Call| CallView {
            id: call.id,
            phase: call.phase,
            number: call.number.clone(),
            outgoing: call.outgoing,
            multiparty: call.multiparty,
        };
        let mut views: Vec<CallView> = self.calls.list.iter().map(view).collect();
        views.sort_by_key(|call| call.id);
        views
    }

    /// Whether there is a call in any phase.
    pub(crate) fn has_call(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Whether a call rings.
    pub(crate) fn is_ringing(&self) -> bool {
        self.calls.any_in(&[CallPhase::Incoming])
    }

    /// Sets up a call. A call that is active is held first. An emergency call is possible on any cell, the search for one
    /// coming first where none is known, and ends every other call.
    pub(crate) fn dial(&mut self, now: Instant, called: PhoneNumber, clir: Clir) -> Result<(), DialError> {
        if !self.config.voice {
            return Err(DialError::NoVoice);
        }
        let emergency = self.is_emergency_number(&called);
        if emergency {
            self.hang_up(now);
        } else {
            self.may_dial(&called)?;
        }
        let room = self.calls.free_id().filter(|_| self.has_room_for_outgoing());
        let id = room.ok_or(DialError::CallInProgress)?;
        self.calls.list.push(Call {
            id,
            transaction: None,
            phase: CallPhase::Dialling,
            number: Some(called),
            outgoing: true,
            emergency,
            multiparty: false,
            clir,
        });
        if emergency {
            self.begin_emergency(now);
        } else if self.calls.any_in(&[CallPhase::Active]) {
            self.hold_to_dial(now, id);
        } else {
            self.set_up(now, id);
        }
        Ok(())
    }

    /// One call may be active and one held; a call that is being set up, rings or waits comes first.
    fn has_room_for_outgoing(&self) -> bool {
        let busy = [CallPhase::Dialling, CallPhase::Alerting, CallPhase::Incoming, CallPhase::Waiting];
        let both = self.calls.any_in(&[CallPhase::Active]) && self.calls.any_in(&[CallPhase::Held]);
        !both && !self.calls.any_in(&busy) && self.calls.steps.is_none()
    }

    /// SETUP, with the CM SERVICE REQUEST that comes before it.
    fn set_up(&mut self, now: Instant, id: u8) {
        let shows_number = self.has(Defect::IgnoresClir);
        let Some(transaction) = self.calls.free_transaction() else { return };
        let Some(call) = self.calls.by_id(id) else { return };
        let Some(called) = call.number.clone() else { return };
        call.transaction = Some(transaction);
        let content = if call.emergency {
            CallContent::EmergencySetup { dialled: called }
        } else {
            let clir = if shows_number { Clir::Subscription } else { call.clir };
            CallContent::Setup { called, clir }
        };
        self.send_call(transaction, content);
        self.timers.start(MobileTimer::T303(transaction), now, T303);
    }

    fn may_dial(&self, called: &PhoneNumber) -> Result<(), DialError> {
        if !self.is_registered() {
            return Err(DialError::NoService);
        }
        if !self.has_circuit_services() {
            return Err(DialError::NoCircuitServices);
        }
        if !self.on_legacy() && self.timers.is_running(MobileTimer::T3442) {
            // TS 24.301 5.6.1.5 #39: the network has no circuit-switched service for a while.
            return Err(DialError::NoCircuitServices);
        }
        if self.fixed_dialling_allows(called) { Ok(()) } else { Err(DialError::NotFixedNumber) }
    }

    /// Whether fixed dialling is off, or the number is on its list.
    pub(crate) fn fixed_dialling_allows(&self, number: &PhoneNumber) -> bool {
        let Some(card) = &self.card else { return true };
        let active = card.fdn_enabled().unwrap_or(false) && card.phone_book_capacity(PhoneBook::Fdn) > 0;
        !active || card.fdn_allows(number).unwrap_or(false)
    }

    /// Answers a call that rings; false when none does. One that waits is for `+CHLD`.
    pub(crate) fn answer(&mut self, now: Instant) -> bool {
        match self.calls.ids_in(CallPhase::Incoming).first() {
            Some(id) => {
                self.accept(now, *id);
                true
            }
            None => false,
        }
    }

    /// CONNECT.
    fn accept(&mut self, now: Instant, id: u8) {
        let Some(call) = self.calls.by_id(id) else { return };
        call.phase = CallPhase::Active;
        let Some(transaction) = call.transaction else { return };
        self.send_call(transaction, CallContent::Connect { connected: None });
        self.timers.start(MobileTimer::T313(transaction), now, T313);
    }

    fn send_call(&mut self, transaction: TransactionId, content: CallContent) {
        self.send(NasUp::Call(CallMessage::new(transaction, content)));
    }
}
