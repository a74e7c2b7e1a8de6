//! Services of a subscriber as its device sets and asks for them: forwarding, barring, call waiting, line identification
//! (TS 22.004 to 22.088, TS 24.082, TS 24.088).
//!
//! As delivered, line identification, call waiting and barring are part of a subscription, and forwarding is not
//! ([`Services`](crate::cellular::Services)). Barring changes with its password. Services apply to speech; other basic
//! services are accepted and change nothing of their own.

use super::{Request, ss};
use crate::cellular::CellularCore;
use crate::cellular::config::Profile;
use crate::cellular::note::{SsNote, SsReason, Who};
use std::collections::{BTreeMap, BTreeSet};
use wire::air::cellular::UeId;
use wire::cause::SsError;
use wire::id::{Imsi, PhoneNumber};
use wire::nas::TransactionId;
use wire::ss::{
    BasicService, Component, ForwardingFeature, Interrogation, InvokeId, Problem, ServiceRequest, SsCode,
    SsMessage, SsMessageKind, SsStatus, changed, operation, read_password, read_service_alone,
};

/// What the network has for barring until it is changed.
const FIRST_PASSWORD: &str = "0000";
/// After so many wrong passwords in a row barring cannot be changed any longer.
const MOST_WRONG: u8 = 3;
/// Seconds that a call rings before it is forwarded, where the device names none.
const USUAL_NO_REPLY: u8 = 20;

type Refusal = (SsError, SsReason);

/// What a subscriber has set.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(in crate::cellular) struct ServiceData {
    forwarding: BTreeMap<SsCode, Forwarding>,
    barring: BTreeSet<SsCode>,
    waiting: bool,
    password: String,
    wrong: u8,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Forwarding {
    number: PhoneNumber,
    active: bool,
    no_reply: u8,
}

impl Default for ServiceData {
    fn default() -> Self {
        Self {
            forwarding: BTreeMap::new(),
            barring: BTreeSet::new(),
            waiting: true,
            password: FIRST_PASSWORD.to_owned(),
            wrong: 0,
        }
    }
}

/// A request that waits for a password.
#[derive(Clone, Debug)]
pub(in crate::cellular) struct Guarded {
    imsi: Imsi,
    id: InvokeId,
    task: Task,
}

#[derive(Clone, Debug)]
enum Task {
    /// Activate or deactivate barring.
    Change { operation: u8, request: ServiceRequest },
    /// A new password: what was entered so far.
    Password { code: SsCode, entered: Vec<String> },
}

impl CellularCore {
    /// An operation on a service.
    pub(super) fn service_operation(&mut self, request: Request, operation: u8, argument: &[u8]) {
        if operation == operation::REGISTER_PASSWORD {
            return self.register_password(request, argument);
        }
        let Ok(asked) = ServiceRequest::parse(argument) else {
            self.unexpected(Who::Imsi(request.imsi.clone()), operation::name(operation));
            return self.ss_reject(&request, Problem::MISTYPED_PARAMETER);
        };
        let changes = matches!(operation, operation::ACTIVATE_SS | operation::DEACTIVATE_SS);
        if changes && asked.code.is_barring() {
            let task = Task::Change { operation, request: asked };
            return self.ask_password(request, task, 0);
        }
        let outcome = self.carry_out(&request.imsi, operation, &asked);
        self.end_service(&request, operation, asked.code, outcome);
    }

    fn end_service(
        &mut self,
        request: &Request,
        operation: u8,
        code: SsCode,
        outcome: Result<Vec<u8>, Refusal>,
    ) {
        let what = format!("{} of {code}", operation::name(operation));
        match outcome {
            Ok(result) => {
                self.note(SsNote::CarriedOut { imsi: request.imsi.clone(), what });
                self.ss_return(request, operation, result);
            }
            Err((error, reason)) => self.ss_refuse(request, what, error, reason),
        }
    }

    fn carry_out(&mut self, imsi: &Imsi, operation: u8, asked: &ServiceRequest) -> Result<Vec<u8>, Refusal> {
        let known =
            self.subscribers.get(imsi).ok_or((SsError::UNKNOWN_SUBSCRIBER, SsReason::NotSubscribed))?;
        let services = known.services;
        let voice = known.profile == Profile::DataVoice;
        if operation == operation::INTERROGATE_SS {
            return Ok(self.interrogate(imsi, asked.code, voice)?.encode());
        }
        if !voice {
            return Err((SsError::TELESERVICE_NOT_PROVISIONED, SsReason::NotSubscribed));
        }
        let data = self.ss.services.entry(imsi.clone()).or_default();
        let code = asked.code;
        if code.is_forwarding() {
            if !services.forwarding {
                return Err((SsError::SUBSCRIPTION_VIOLATION, SsReason::NotSubscribed));
            }
            return data.forward(operation, asked);
        }
        let active = operation == operation::ACTIVATE_SS;
        match (code, operation) {
            (SsCode::CALL_WAITING, operation::ACTIVATE_SS | operation::DEACTIVATE_SS) => {
                if !services.second_call {
                    return Err((SsError::SUBSCRIPTION_VIOLATION, SsReason::NotSubscribed));
                }
                data.waiting = active;
                Ok(changed(code, &feature(SsStatus::new(true, false, active), None, None)))
            }
            (_, operation::ACTIVATE_SS | operation::DEACTIVATE_SS) if code.is_barring() => {
                for member in code.members() {
                    if active {
                        data.barring.insert(*member);
                    } else {
                        data.barring.remove(member);
                    }
                }
                Ok(changed(code, &feature(SsStatus::new(true, false, active), None, None)))
            }
            _ => Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NoSuchOperation)),
        }
    }

    fn interrogate(&self, imsi: &Imsi, code: SsCode, voice: bool) -> Result<Interrogation, Refusal> {
        let known =
            self.subscribers.get(imsi).ok_or((SsError::UNKNOWN_SUBSCRIBER, SsReason::NotSubscribed))?;
        let services = known.services;
        let data = self.ss.services.get(imsi).cloned().unwrap_or_default();
        let group = |active: bool| {
            if active {
                Interrogation::Groups(vec![BasicService::SPEECH])
            } else {
                Interrogation::Status(SsStatus::new(voice, false, false))
            }
        };
        let generic = |on: bool| SsStatus::new(on && voice, false, on && voice);
        match code {
            SsCode::CLIP => Ok(Interrogation::Generic { status: generic(services.clip), restriction: None }),
            SsCode::CLIR => {
                let restriction = (services.clir && voice).then_some(2);
                Ok(Interrogation::Generic { status: generic(services.clir), restriction })
            }
            SsCode::COLP => Ok(Interrogation::Generic { status: generic(true), restriction: None }),
            SsCode::CALL_WAITING => Ok(group(voice && services.second_call && data.waiting)),
            _ if code.is_barring() => {
                Ok(group(voice && code.members().iter().any(|member| data.barring.contains(member))))
            }
            _ if code.is_forwarding() => {
                let features = data.features(code);
                Ok(if features.is_empty() {
                    Interrogation::Status(SsStatus::new(services.forwarding && voice, false, false))
                } else {
                    Interrogation::Forwarding(features)
                })
            }
            _ => Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NoSuchOperation)),
        }
    }

    fn register_password(&mut self, request: Request, argument: &[u8]) {
        match read_service_alone(argument) {
            Ok(code) if code.is_barring() => {
                self.ask_password(request, Task::Password { code, entered: Vec::new() }, 0);
            }
            Ok(code) => {
                let refusal = Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NoSuchOperation));
                self.end_service(&request, operation::REGISTER_PASSWORD, code, refusal);
            }
            Err(_) => self.ss_reject(&request, Problem::MISTYPED_PARAMETER),
        }
    }

    /// getPassword, linked to the operation that needs it.
    fn ask_password(&mut self, request: Request, task: Task, step: u8) {
        let blocked = self.ss.services.get(&request.imsi).is_some_and(|data| data.wrong >= MOST_WRONG);
        if blocked {
            let what = "change of barring".to_owned();
            return self.ss_refuse(
                &request,
                what,
                SsError::TOO_MANY_PASSWORD_ATTEMPTS,
                SsReason::WrongPassword,
            );
        }
        let invoke = Component::Invoke {
            id: InvokeId(step + 1),
            linked: Some(request.id),
            operation: operation::GET_PASSWORD,
            argument: wire::ss::guidance(step),
        };
        let Request { ue, imsi, transaction, id } = request;
        self.ss.guarded.insert((ue, transaction), Guarded { imsi, id, task });
        let message = SsMessage::new(transaction, SsMessageKind::Facility, invoke);
        self.send_after(super::HOME_ANSWER, ue, ss(&message));
    }

    /// The device has given a password; false when none was asked for in this transaction.
    pub(super) fn password_given(
        &mut self,
        ue: UeId,
        transaction: TransactionId,
        component: &Component,
    ) -> bool {
        let Some(Guarded { imsi, id, task }) = self.ss.guarded.remove(&(ue, transaction)) else {
            return false;
        };
        let request = Request { ue, imsi, transaction, id };
        let given = match component {
            Component::ReturnResult { result: Some((_, value)), .. } => read_password(value).ok(),
            Component::ReturnResult { result: None, .. }
            | Component::Invoke { .. }
            | Component::ReturnError { .. }
            | Component::Reject { .. } => None,
        };
        match task {
            Task::Change { operation, request: asked } => {
                let outcome = match self.check_password(&request.imsi, given.as_deref()) {
                    Ok(()) => self.carry_out(&request.imsi, operation, &asked),
                    Err(refusal) => Err(refusal),
                };
                self.end_service(&request, operation, asked.code, outcome);
            }
            Task::Password { code, mut entered } => {
                entered.push(given.unwrap_or_default());
                if let Ok(step @ 1..=2) = u8::try_from(entered.len()) {
                    return self.next_password(request, code, entered, step);
                }
                let outcome = self.change_password(&request.imsi, &entered);
                self.end_service(&request, operation::REGISTER_PASSWORD, code, outcome);
            }
        }
        true
    }

    fn next_password(&mut self, request: Request, code: SsCode, entered: Vec<String>, step: u8) -> bool {
        self.ask_password(request, Task::Password { code, entered }, step);
        true
    }

    fn check_password(&mut self, imsi: &Imsi, given: Option<&str>) -> Result<(), Refusal> {
        let data = self.ss.services.entry(imsi.clone()).or_default();
        if given == Some(data.password.as_str()) {
            data.wrong = 0;
            return Ok(());
        }
        data.wrong += 1;
        Err((SsError::NEGATIVE_PASSWORD_CHECK, SsReason::WrongPassword))
    }

    fn change_password(&mut self, imsi: &Imsi, entered: &[String]) -> Result<Vec<u8>, Refusal> {
        let [old, new, again] = entered else {
            return Err((SsError::PASSWORD_REGISTRATION_FAILURE, SsReason::WrongPassword));
        };
        self.check_password(imsi, Some(old))?;
        if new != again || new.is_empty() {
            return Err((SsError::PASSWORD_REGISTRATION_FAILURE, SsReason::WrongPassword));
        }
        self.ss.services.entry(imsi.clone()).or_default().password.clone_from(new);
        Ok(wire::ss::password(new))
    }

    /// Where a subscriber's calls go for this reason; `None` when they stay.
    pub(in crate::cellular) fn forwarded_to(&self, imsi: &Imsi, reason: SsCode) -> Option<(PhoneNumber, u8)> {
        if !self.subscribers.get(imsi)?.services.forwarding {
            return None;
        }
        let rule = self.ss.services.get(imsi)?.forwarding.get(&reason).filter(|rule| rule.active)?;
        Some((rule.number.clone(), rule.no_reply))
    }

    /// Whether a subscriber has set a barring.
    pub(in crate::cellular) fn has_barred(&self, imsi: &Imsi, code: SsCode) -> bool {
        self.ss.services.get(imsi).is_some_and(|data| data.barring.contains(&code))
    }

    /// Whether a second call may wait.
    pub(in crate::cellular) fn lets_calls_wait(&self, imsi: &Imsi) -> bool {
        self.ss.services.get(imsi).is_none_or(|data| data.waiting)
    }
}

const fn feature(status: SsStatus, number: Option<PhoneNumber>, no_reply: Option<u8>) -> ForwardingFeature {
    ForwardingFeature { basic: Some(BasicService::SPEECH), status, number, no_reply }
}

impl ServiceData {
    fn forward(&mut self, operation: u8, asked: &ServiceRequest) -> Result<Vec<u8>, Refusal> {
        let no_number = (SsError::DATA_MISSING, SsReason::NoNumber);
        for member in asked.code.members() {
            match operation {
                operation::REGISTER_SS => {
                    let number = asked.number.clone().ok_or(no_number)?;
                    let no_reply = asked.no_reply.unwrap_or(USUAL_NO_REPLY);
                    if !(5..=30).contains(&no_reply) {
                        return Err((SsError::UNEXPECTED_DATA_VALUE, SsReason::NoReplyTime));
                    }
                    self.forwarding.insert(*member, Forwarding { number, active: true, no_reply });
                }
                operation::ERASE_SS => {
                    self.forwarding.remove(member);
                }
                operation::ACTIVATE_SS | operation::DEACTIVATE_SS => {
                    let active = operation == operation::ACTIVATE_SS;
                    match self.forwarding.get_mut(member) {
                        Some(rule) => rule.active = active,
                        None if active => return Err((SsError::SS_ERROR_STATUS, SsReason::NoNumber)),
                        None => {}
                    }
                }
                _ => return Err((SsError::ILLEGAL_SS_OPERATION, SsReason::NoSuchOperation)),
            }
        }
        let now = self.features(asked.code).into_iter().next();
        Ok(changed(
            asked.code,
            &now.unwrap_or_else(|| feature(SsStatus::new(true, false, false), None, None)),
        ))
    }

    fn features(&self, code: SsCode) -> Vec<ForwardingFeature> {
        let rules = code.members().iter().filter_map(|member| Some((*member, self.forwarding.get(member)?)));
        rules
            .map(|(member, rule)| {
                let no_reply = (member == SsCode::CFNRY).then_some(rule.no_reply);
                feature(SsStatus::new(true, true, rule.active), Some(rule.number.clone()), no_reply)
            })
            .collect()
    }
}
