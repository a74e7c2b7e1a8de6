//! Several calls at once: hold, swap, join, split, transfer (TS 22.030 6.5.5, TS 24.083, TS 24.084, TS 24.091).
//!
//! A command may take several steps at the network; it ends when the last is answered, and fails if one of them did.

use super::super::timers::MobileTimer;
use super::super::{Mobile, MobileEvent};
use super::{Call, CallEnd, CallPhase};
use wire::at::error::CmeError;
use wire::cause::CcCause;
use wire::nas::{CallContent, CallMessage, NasUp, TransactionId};
use wire::ss::{Component, InvokeId, operation};
use wire::time::{Duration, Instant};

/// How long the network may take for a step; the specifications leave it open.
const STEP_TIME: Duration = Duration::from_secs(15);

/// What the person wants with its calls (`+CHLD`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldCommand {
    /// 0: release the held calls, or tell the one that waits that the person is busy.
    ReleaseHeld,
    /// 1: release the active calls and take the other one.
    ReleaseActive,
    /// 1x: release this call.
    ReleaseOne(u8),
    /// 2: hold the active calls and take the other one.
    Swap,
    /// 2x: hold all active calls but this one.
    KeepOnly(u8),
    /// 3: join the held call to the active one.
    Join,
    /// 4: connect the other two parties and leave.
    Transfer,
}

/// Whether a command is done or waits for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldFlow {
    Done,
    Pending,
}

/// Steps that the network has not answered.
#[derive(Debug)]
pub(super) struct Steps {
    then: Then,
    waiting: Vec<Step>,
    failed: Option<CmeError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Hold(TransactionId),
    Retrieve(TransactionId),
    /// An operation on a call; the call is what [`Operation`] is about.
    Operation(TransactionId, Operation),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    HoldGroup,
    RetrieveGroup,
    Join,
    /// The call that stays in the conversation.
    Split(u8),
    Transfer,
}

impl Operation {
    const fn code(self) -> u8 {
        match self {
            Self::HoldGroup => operation::HOLD_MPTY,
            Self::RetrieveGroup => operation::RETRIEVE_MPTY,
            Self::Join => operation::BUILD_MPTY,
            Self::Split(_) => operation::SPLIT_MPTY,
            Self::Transfer => operation::EXPLICIT_CT,
        }
    }
}

/// What follows when all steps are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The command ends.
    End,
    /// A call that waits for its turn is set up; the command ended long ago.
    Dial(u8),
    /// The call that waits is answered, and the command ends.
    Accept(u8),
}

const REFUSED: CmeError = CmeError::OPERATION_NOT_ALLOWED;
const INVOKE: InvokeId = InvokeId(1);

impl Mobile {
    /// Carries a command out; [`MobileEvent::HoldEnded`] tells the end of one that waits.
    pub(crate) fn hold_command(&mut self, now: Instant, command: HoldCommand) -> Result<HoldFlow, CmeError> {
        if self.calls.steps.is_some() {
            return Err(REFUSED);
        }
        match command {
            HoldCommand::ReleaseHeld => self.release_held(now),
            HoldCommand::ReleaseActive => self.release_active(now),
            HoldCommand::ReleaseOne(id) => {
                self.calls.by_id(id).ok_or(REFUSED)?;
                self.release(now, id, None);
                Ok(HoldFlow::Done)
            }
            HoldCommand::Swap => self.swap(now),
            HoldCommand::KeepOnly(id) => self.keep_only(now, id),
            HoldCommand::Join => self.join(now),
            HoldCommand::Transfer => self.transfer_calls(now),
        }
    }

    fn release_held(&mut self, now: Instant) -> Result<HoldFlow, CmeError> {
        if let Some(id) = self.calls.ids_in(CallPhase::Waiting).first() {
            self.release(now, *id, Some(CcCause::USER_BUSY));
            return Ok(HoldFlow::Done);
        }
        let held = self.calls.ids_in(CallPhase::Held);
        if held.is_empty() {
            return Err(REFUSED);
        }
        held.into_iter().for_each(|id| self.release(now, id, None));
        Ok(HoldFlow::Done)
    }

    fn release_active(&mut self, now: Instant) -> Result<HoldFlow, CmeError> {
        let waiting = self.calls.ids_in(CallPhase::Waiting).first().copied();
        let ended: Vec<u8> = [CallPhase::Active, CallPhase::Dialling, CallPhase::Alerting]
            .into_iter()
            .flat_map(|phase| self.calls.ids_in(phase))
            .collect();
        if ended.is_empty() && waiting.is_none() && !self.calls.any_in(&[CallPhase::Held]) {
            return Err(REFUSED);
        }
        if let Some(id) = waiting.and_then(|id| self.calls.by_id(id)) {
            // It is answered below: nothing rings in between.
            id.phase = CallPhase::Incoming;
        }
        ended.into_iter().for_each(|id| self.release(now, id, None));
        match waiting {
            Some(id) => {
                self.accept(now, id);
                Ok(HoldFlow::Done)
            }
            None if self.calls.any_in(&[CallPhase::Held]) => {
                let steps = self.steps_for(CallPhase::Held);
                Ok(self.begin_steps(now, steps, Then::End))
            }
            None => Ok(HoldFlow::Done),
        }
    }

    fn swap(&mut self, now: Instant) -> Result<HoldFlow, CmeError> {
        let setting_up = [CallPhase::Dialling, CallPhase::Alerting, CallPhase::Incoming];
        let waiting = self.calls.ids_in(CallPhase::Waiting).first().copied();
        let (active, held) = (self.calls.any_in(&[CallPhase::Active]), self.calls.any_in(&[CallPhase::Held]));
        if self.calls.any_in(&setting_up) || (waiting.is_some() && active && held) {
            return Err(REFUSED);
        }
        match waiting {
            Some(id) => {
                let steps = self.steps_for(CallPhase::Active);
                Ok(self.begin_steps(now, steps, Then::Accept(id)))
            }
            None if active || held => {
                let mut steps = self.steps_for(CallPhase::Active);
                steps.extend(self.steps_for(CallPhase::Held));
                Ok(self.begin_steps(now, steps, Then::End))
            }
            None => Err(REFUSED),
        }
    }

    fn keep_only(&mut self, now: Instant, id: u8) -> Result<HoldFlow, CmeError> {
        let held = self.calls.any_in(&[CallPhase::Held]);
        let call = self.calls.by_id(id).ok_or(REFUSED)?;
        let transaction = call.transaction.filter(|_| call.multiparty && call.phase == CallPhase::Active);
        let transaction = transaction.filter(|_| !held).ok_or(REFUSED)?;
        Ok(self.begin_steps(now, vec![Step::Operation(transaction, Operation::Split(id))], Then::End))
    }

    fn join(&mut self, now: Instant) -> Result<HoldFlow, CmeError> {
        let held = self.calls.any_in(&[CallPhase::Held]);
        let transaction = self.one_in(CallPhase::Active).filter(|_| held).ok_or(REFUSED)?;
        Ok(self.begin_steps(now, vec![Step::Operation(transaction, Operation::Join)], Then::End))
    }

    /// The other party may still ring.
    fn transfer_calls(&mut self, now: Instant) -> Result<HoldFlow, CmeError> {
        let held = self.calls.any_in(&[CallPhase::Held]);
        let other = self.one_in(CallPhase::Active).or_else(|| self.one_in(CallPhase::Alerting));
        let transaction = other.filter(|_| held).ok_or(REFUSED)?;
        Ok(self.begin_steps(now, vec![Step::Operation(transaction, Operation::Transfer)], Then::End))
    }

    /// The active calls are held, then the new one is set up.
    pub(super) fn hold_to_dial(&mut self, now: Instant, id: u8) {
        let steps = self.steps_for(CallPhase::Active);
        self.begin_steps(now, steps, Then::Dial(id));
    }

    fn one_in(&self, phase: CallPhase) -> Option<TransactionId> {
        self.calls.list.iter().find(|call| call.phase == phase).and_then(|call| call.transaction)
    }

    /// What changes the calls of a phase: one operation for a group, one message for a single call.
    fn steps_for(&self, phase: CallPhase) -> Vec<Step> {
        let calls = || self.calls.list.iter().filter(|call| call.phase == phase);
        let group = calls().find(|call| call.multiparty).and_then(|call| call.transaction);
        let (single, operation): (fn(TransactionId) -> Step, Operation) = match phase {
            CallPhase::Held => (Step::Retrieve, Operation::RetrieveGroup),
            CallPhase::Active
            | CallPhase::Dialling
            | CallPhase::Alerting
            | CallPhase::Incoming
            | CallPhase::Waiting => (Step::Hold, Operation::HoldGroup),
        };
        match group {
            Some(transaction) => vec![Step::Operation(transaction, operation)],
            None => calls().filter_map(|call| call.transaction).map(single).collect(),
        }
    }

    /// Sends the steps all at once (TS 24.083 2.2.2).
    fn begin_steps(&mut self, now: Instant, waiting: Vec<Step>, then: Then) -> HoldFlow {
        for step in &waiting {
            match *step {
                Step::Hold(transaction) => self.send_call(transaction, CallContent::Hold),
                Step::Retrieve(transaction) => self.send_call(transaction, CallContent::Retrieve),
                Step::Operation(transaction, operation) => {
                    let (operation, argument) = (operation.code(), Vec::new());
                    let invoke = Component::Invoke { id: INVOKE, linked: None, operation, argument };
                    self.send(NasUp::Call(CallMessage::facility(transaction, &invoke)));
                }
            }
        }
        self.timers.start(MobileTimer::Hold, now, STEP_TIME);
        self.calls.steps = Some(Steps { then, waiting, failed: None });
        self.finish_steps(now);
        HoldFlow::Pending
    }

    /// The answer to HOLD or RETRIEVE.
    pub(super) fn hold_answered(&mut self, now: Instant, transaction: TransactionId, hold: bool, done: bool) {
        let step = if hold { Step::Hold(transaction) } else { Step::Retrieve(transaction) };
        if !self.step_over(step, (!done).then_some(REFUSED)) {
            return;
        }
        if done && let Some(call) = self.calls.with_mut(transaction) {
            call.phase = if hold { CallPhase::Held } else { CallPhase::Active };
        }
        self.finish_steps(now);
    }

    /// The answer to an operation on a call.
    pub(super) fn call_operation_answered(
        &mut self,
        now: Instant,
        transaction: TransactionId,
        facility: &[u8],
    ) {
        let Some(operation) = self.calls.steps.as_ref().and_then(|steps| {
            steps.waiting.iter().find_map(|step| match step {
                Step::Operation(of, operation) if *of == transaction => Some(*operation),
                Step::Operation(..) | Step::Hold(_) | Step::Retrieve(_) => None,
            })
        }) else {
            return;
        };
        for component in Component::parse_all(facility).unwrap_or_default() {
            let error = match component {
                Component::ReturnResult { .. } => None,
                Component::ReturnError { error, .. } => Some(super::super::ss::error_of(error)),
                Component::Reject { .. } => Some(CmeError::OPERATION_NOT_SUPPORTED),
                Component::Invoke { .. } => continue,
            };
            if self.step_over(Step::Operation(transaction, operation), error) {
                if error.is_none() {
                    self.carry_out(operation);
                }
                self.finish_steps(now);
            }
        }
    }

    /// What an operation of the network did to the calls.
    fn carry_out(&mut self, operation: Operation) {
        let calls = &mut self.calls.list;
        let change = |call: &mut Call, from: CallPhase, to: CallPhase| {
            if call.phase == from {
                call.phase = to;
            }
        };
        match operation {
            Operation::HoldGroup => {
                calls.iter_mut().for_each(|call| change(call, CallPhase::Active, CallPhase::Held));
            }
            Operation::RetrieveGroup => {
                calls
                    .iter_mut()
                    .filter(|call| call.multiparty)
                    .for_each(|call| change(call, CallPhase::Held, CallPhase::Active));
            }
            Operation::Join => {
                for call in calls.iter_mut() {
                    change(call, CallPhase::Held, CallPhase::Active);
                    call.multiparty = call.phase == CallPhase::Active;
                }
            }
            Operation::Split(kept) => {
                let others = calls.iter().filter(|call| call.multiparty && call.id != kept).count();
                for call in calls.iter_mut() {
                    if call.id == kept {
                        call.multiparty = false;
                    } else {
                        change(call, CallPhase::Active, CallPhase::Held);
                        call.multiparty &= others > 1;
                    }
                }
            }
            // The network clears both calls.
            Operation::Transfer => {}
        }
    }

    /// Takes a step off the list; false when it is not on it.
    fn step_over(&mut self, step: Step, error: Option<CmeError>) -> bool {
        let Some(steps) = &mut self.calls.steps else { return false };
        let before = steps.waiting.len();
        steps.waiting.retain(|waiting| *waiting != step);
        steps.failed = steps.failed.or(error);
        steps.waiting.len() < before
    }

    /// A call is gone, and what was asked about it.
    pub(super) fn steps_lost(&mut self, transaction: TransactionId) {
        let of = |step: &Step| match step {
            Step::Hold(of) | Step::Retrieve(of) | Step::Operation(of, _) => *of,
        };
        let Some(steps) = &mut self.calls.steps else { return };
        steps.waiting.retain(|step| of(step) != transaction);
        if steps.waiting.is_empty() {
            self.end_steps_without_calls();
        }
    }

    pub(in crate::modem::mobile) fn hold_unanswered(&mut self, now: Instant) {
        if let Some(steps) = &mut self.calls.steps {
            steps.waiting.clear();
            steps.failed = Some(CmeError::NETWORK_TIMEOUT);
            self.finish_steps(now);
        }
    }

    /// Steps whose call went away in the middle: the command is over; a call that was to follow is set up by its timer.
    fn end_steps_without_calls(&mut self) {
        let Some(steps) = self.calls.steps.take() else { return };
        self.timers.stop(MobileTimer::Hold);
        match steps.then {
            Then::End | Then::Accept(_) => {
                self.event(MobileEvent::HoldEnded(steps.failed.map_or(Ok(()), Err)));
            }
            Then::Dial(id) => self.end_call(id, "call held was cleared", CallEnd::Cleared),
        }
    }

    fn finish_steps(&mut self, now: Instant) {
        let Some(steps) = self.calls.steps.take_if(|steps| steps.waiting.is_empty()) else { return };
        self.timers.stop(MobileTimer::Hold);
        let result = steps.failed.map_or(Ok(()), Err);
        match steps.then {
            Then::End => self.event(MobileEvent::HoldEnded(result)),
            Then::Accept(id) => {
                if result.is_ok() {
                    self.accept(now, id);
                }
                self.event(MobileEvent::HoldEnded(result));
            }
            Then::Dial(id) if result.is_ok() => self.set_up(now, id),
            Then::Dial(id) => self.end_call(id, "the active call cannot be held", CallEnd::Cleared),
        }
    }
}
