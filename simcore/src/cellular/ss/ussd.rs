//! USSD: the answers and menus of the home network, and what it sends by itself (TS 22.090, TS 24.090).
//!
//! A menu stays open until its reply comes or [`MENU_TIME`] is over; a reply that is no choice gets the menu again. The
//! texts are the operator's own, with `{msisdn}` and `{imsi}` for those of the subscriber.

use super::{HOME_ANSWER, Request, ss};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::control::ControlError;
use crate::cellular::note::{SsNote, SsReason, Who};
use wire::air::cellular::UeId;
use wire::cause::{CcCause, SsError};
use wire::id::Imsi;
use wire::nas::{Side, TransactionId};
use wire::ss::{Component, InvokeId, Problem, SsMessage, SsMessageKind, UssdArgument, UssdString, operation};
use wire::time::{Duration, Instant};

/// How long a menu waits for its reply.
pub const MENU_TIME: Duration = Duration::from_secs(60);
/// The network's own invocation within a dialogue; one at a time.
const NETWORK_INVOKE: InvokeId = InvokeId(1);

/// A code that devices may send, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdService {
    /// The code, such as `#123#`.
    pub code: String,
    /// The answer.
    pub page: UssdPage,
}

/// A text, and the replies that lead on from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdPage {
    /// The text.
    pub text: String,
    /// Reply and next page; without any the page ends the dialogue.
    pub choices: Vec<(String, UssdPage)>,
}

/// What came of a message that the network sent by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UssdOutcome {
    /// The person replied with this text.
    Replied(String),
    /// A notification was shown.
    Acknowledged,
    /// The device refused it.
    Refused(SsError),
    /// The device gave the dialogue up.
    Released,
    /// The device was not reached.
    Unreachable,
    /// No reply came.
    TimedOut,
}

/// An open dialogue.
#[derive(Clone, Debug)]
pub(in crate::cellular) struct Dialogue {
    imsi: Imsi,
    /// The request that began it; `None` where the network did.
    request: Option<(InvokeId, String)>,
    /// The page that waits for a reply.
    page: UssdPage,
}

impl CellularCore {
    /// processUnstructuredSS-Request.
    pub(super) fn ussd_requested(&mut self, request: Request, argument: &[u8]) {
        let Ok(argument) = UssdArgument::parse(argument) else {
            self.unexpected(Who::Imsi(request.imsi.clone()), "a USSD request without a string");
            return self.ss_reject(&request, Problem::MISTYPED_PARAMETER);
        };
        let Some(code) = argument.string.text() else {
            let what = "USSD request".to_owned();
            return self.ss_refuse(&request, what, SsError::UNKNOWN_ALPHABET, SsReason::NoText);
        };
        let known = self.config.ussd.iter().find(|service| service.code == code).cloned();
        match known {
            Some(service) => self.ussd_show(request, code, service.page),
            None => {
                let what = format!("USSD request {}", service_code(&code));
                self.ss_refuse(&request, what, SsError::UNEXPECTED_DATA_VALUE, SsReason::UnknownUssdCode);
            }
        }
    }

    /// Answers with a page: the result of the request, or a question that keeps the dialogue open.
    fn ussd_show(&mut self, request: Request, code: String, page: UssdPage) {
        let Some(string) = self.ussd_text(&request.imsi, &page.text) else {
            let what = format!("USSD request {}", service_code(&code));
            return self.ss_refuse(&request, what, SsError::SYSTEM_FAILURE, SsReason::TextTooLong);
        };
        let more = !page.choices.is_empty();
        self.note(SsNote::UssdAnswered { imsi: request.imsi.clone(), code: service_code(&code), more });
        let key = (request.ue, request.transaction);
        if more {
            self.ussd_ask(key, SsMessageKind::Facility, operation::USSD_REQUEST, string);
            let request_of = Some((request.id, code));
            self.ss.dialogues.insert(key, Dialogue { imsi: request.imsi, request: request_of, page });
        } else {
            self.ss.dialogues.remove(&key);
            self.ss_return(&request, operation::PROCESS_USSD, UssdArgument::new(string).encode());
        }
    }

    fn ussd_ask(
        &mut self,
        (ue, transaction): (UeId, TransactionId),
        kind: SsMessageKind,
        operation: u8,
        string: UssdString,
    ) {
        let argument = UssdArgument::new(string).encode();
        let component = Component::Invoke { id: NETWORK_INVOKE, linked: None, operation, argument };
        self.send_after(HOME_ANSWER, ue, ss(&SsMessage::new(transaction, kind, component)));
        self.agenda.start(self.now + HOME_ANSWER + MENU_TIME, Timer::Ussd(ue, transaction));
    }

    /// The text of a page for a subscriber.
    fn ussd_text(&self, imsi: &Imsi, text: &str) -> Option<UssdString> {
        let msisdn = self.subscribers.get(imsi).map_or("", |subscriber| subscriber.msisdn.as_str());
        UssdString::new(&text.replace("{msisdn}", msisdn).replace("{imsi}", imsi.as_str()))
    }

    /// The mobile answers what the network asked.
    pub(super) fn ussd_answered(
        &mut self,
        ue: UeId,
        imsi: &Imsi,
        transaction: TransactionId,
        component: Component,
    ) {
        self.agenda.stop(&Timer::Ussd(ue, transaction));
        let Some(dialogue) = self.ss.dialogues.remove(&(ue, transaction)) else { return };
        let reply = reply_of(&component);
        match (&dialogue.request, reply) {
            (Some((id, code)), UssdOutcome::Replied(text)) => {
                let next = dialogue.page.choices.iter().find(|(reply, _)| *reply == text.trim());
                let page = next.map_or_else(|| dialogue.page.clone(), |(_, page)| page.clone());
                let request = Request { ue, imsi: imsi.clone(), transaction, id: *id };
                self.ussd_show(request, code.clone(), page);
            }
            (Some(_), _) => {
                self.ussd_over(&dialogue, reply_of(&component));
                self.send(ue, ss(&SsMessage::release(transaction, None)));
            }
            (None, outcome) => {
                self.ussd_over(&dialogue, outcome);
                self.send(ue, ss(&SsMessage::release(transaction, None)));
            }
        }
    }

    /// The mobile ends the dialogue, with an answer or without.
    pub(super) fn ussd_released(
        &mut self,
        ue: UeId,
        imsi: &Imsi,
        transaction: TransactionId,
        component: Option<Component>,
    ) {
        self.agenda.stop(&Timer::Ussd(ue, transaction));
        match self.ss.dialogues.remove(&(ue, transaction)) {
            Some(dialogue) => {
                let outcome = component.as_ref().map_or(UssdOutcome::Released, reply_of);
                self.ussd_over(&dialogue, outcome);
            }
            None => self.note(SsNote::Released { imsi: imsi.clone() }),
        }
    }

    pub(in crate::cellular) fn ussd_timed_out(&mut self, ue: UeId, transaction: TransactionId) {
        if let Some(dialogue) = self.ss.dialogues.remove(&(ue, transaction)) {
            self.ussd_over(&dialogue, UssdOutcome::TimedOut);
            self.send(ue, ss(&SsMessage::release(transaction, Some(CcCause::RECOVERY_ON_TIMER))));
        }
    }

    /// A dialogue that did not end with a page of the network.
    pub(super) fn ussd_over(&mut self, dialogue: &Dialogue, outcome: UssdOutcome) {
        let (imsi, by_network) = (dialogue.imsi.clone(), dialogue.request.is_none());
        self.note(SsNote::UssdEnded { imsi: imsi.clone(), by_network, outcome: outcome.clone() });
        if by_network {
            self.ss.outcomes.entry(imsi).or_default().push(outcome);
        }
    }

    /// Sends a text to a subscriber's device, to be replied to or only to be shown.
    ///
    /// # Errors
    /// The subscriber is not registered; the text is too long; too many dialogues are open.
    pub fn send_ussd(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        text: &str,
        wants_reply: bool,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let ue = self.ue_of(imsi).ok_or_else(|| ControlError::NotRegistered(imsi.clone()))?;
        let string = self.ussd_text(imsi, text).ok_or(ControlError::UssdText)?;
        let in_use = |id| self.ss.dialogues.contains_key(&(ue, id));
        let transaction = TransactionId::free(Side::Network, in_use).ok_or(ControlError::UssdText)?;
        let operation = if wants_reply { operation::USSD_REQUEST } else { operation::USSD_NOTIFY };
        self.ussd_ask((ue, transaction), SsMessageKind::Register, operation, string);
        let page = UssdPage { text: text.to_owned(), choices: Vec::new() };
        self.ss.dialogues.insert((ue, transaction), Dialogue { imsi: imsi.clone(), request: None, page });
        Ok(())
    }

    /// What came of the texts that [`CellularCore::send_ussd`] sent to a subscriber and that are over, oldest first.
    #[must_use]
    pub fn ussd_outcomes(&self, imsi: &Imsi) -> &[UssdOutcome] {
        self.ss.outcomes.get(imsi).map(Vec::as_slice).unwrap_or_default()
    }
}

fn reply_of(component: &Component) -> UssdOutcome {
    match component {
        Component::ReturnResult { result: Some((_, result)), .. } => UssdArgument::parse(result)
            .ok()
            .and_then(|argument| argument.string.text())
            .map_or(UssdOutcome::Acknowledged, UssdOutcome::Replied),
        Component::ReturnResult { result: None, .. } => UssdOutcome::Acknowledged,
        Component::ReturnError { error, .. } => UssdOutcome::Refused(*error),
        Component::Reject { .. } | Component::Invoke { .. } => UssdOutcome::Released,
    }
}

/// The part of a code that names the service; what follows may be a customer's secret, such as a voucher.
fn service_code(code: &str) -> String {
    let digits = code.trim_start_matches(['*', '#']);
    let head = code.len() - digits.len();
    let end = digits.find(['*', '#']).map_or(code.len(), |place| head + place + 1);
    let shown = code.get(..end).unwrap_or_default();
    if end < code.len() { format!("{shown}…") } else { shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::service_code;

    #[test]
    fn a_note_shows_the_service_and_no_voucher() {
        for (code, shown) in
            [("#123#", "#123#"), ("*#100#", "*#100#"), ("*124*12345678#", "*124*…"), ("é", "é"), ("", "")]
        {
            assert_eq!(service_code(code), shown);
        }
    }
}
