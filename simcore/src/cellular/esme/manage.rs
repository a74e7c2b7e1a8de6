//! What an ESME may ask and order about messages that it has submitted: query, cancel, replace.

use super::{BindId, EsmeName, EsmeSubmit, EsmeTime, Receipt, ReceiptKind, ReceiptWish, Submitted};
use crate::cellular::CellularCore;
use crate::cellular::note::EsmeNote;
use crate::cellular::smsc::{MessageId, SmsState};
use std::fmt;
use wire::id::PhoneNumber;
use wire::sms::{Address, UserData};
use wire::time::{Duration, Instant};

/// Why an order about a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManageRefusal {
    /// The ESME has no message with this identity.
    UnknownMessage,
    /// The source address is another than that of the message.
    SourceDiffers,
    /// The message is delivered, or final in another way, or on its way to the device just now.
    TooLate,
    /// No message matches.
    NothingMatches,
    /// The new content does not fit the place of the old one, or its times are past.
    Unfit,
}

/// Which messages are to be cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// One.
    One(MessageId),
    /// All between these two, of this service_type where one is named.
    Between {
        /// The recipient.
        to: PhoneNumber,
        /// service_type; empty for any.
        service_type: String,
    },
}

/// New content for a message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The message.
    pub message: MessageId,
    /// The content: one short message.
    pub user_data: UserData,
    /// A new end; `None` keeps the old one.
    pub validity: Option<EsmeTime>,
    /// A new beginning; `None` keeps the old one.
    pub schedule: Option<EsmeTime>,
    /// Whether there is to be a receipt.
    pub receipt: ReceiptWish,
}

impl CellularCore {
    /// How a message of the ESME of a bind is, as a receipt would tell it.
    ///
    /// # Errors
    /// [`ManageRefusal`]; it is noted.
    pub fn esme_query(
        &mut self,
        now: Instant,
        bind: BindId,
        message: MessageId,
        from: Option<&Address>,
    ) -> Result<Receipt, ManageRefusal> {
        self.advance(now);
        let result = self.owned(bind, message, from).and_then(|()| {
            let mut receipt =
                self.receipt_for(message, ReceiptKind::Final).ok_or(ManageRefusal::UnknownMessage)?;
            if let Some(submitted) = self.esmes.submitted.get(&message) {
                let (state, done) = self.whole_state(submitted);
                receipt.state = state;
                receipt.done = self.stamp(done.unwrap_or(self.now));
            }
            Ok(receipt)
        });
        result.inspect_err(|refusal| self.note_managed(bind, "query", Err(*refusal)))
    }

    /// Cancels messages of the ESME of a bind that wait.
    ///
    /// # Errors
    /// [`ManageRefusal`]; it is noted.
    pub fn esme_cancel(
        &mut self,
        now: Instant,
        bind: BindId,
        from: Option<&Address>,
        which: &Cancel,
    ) -> Result<(), ManageRefusal> {
        self.advance(now);
        let result = self.cancel(bind, from, which);
        self.note_managed(bind, "cancel", result);
        result
    }

    /// Gives a message of the ESME of a bind that waits another content.
    ///
    /// # Errors
    /// [`ManageRefusal`]; it is noted.
    pub fn esme_replace(
        &mut self,
        now: Instant,
        bind: BindId,
        from: Option<&Address>,
        replace: Replace,
    ) -> Result<(), ManageRefusal> {
        self.advance(now);
        let result = self.replace(bind, from, replace);
        self.note_managed(bind, "replace", result);
        result
    }

    fn note_managed(&mut self, bind: BindId, order: &'static str, result: Result<(), ManageRefusal>) {
        let Some(bound) = self.esmes.binds.get(&bind) else { return };
        let system_id = bound.esme.to_string();
        self.note(EsmeNote::Managed { system_id, order, result });
    }

    /// Whether a message is one of the ESME of a bind, and the source address is that of the message.
    fn owned(&self, bind: BindId, message: MessageId, from: Option<&Address>) -> Result<(), ManageRefusal> {
        let esme = self.esmes.binds.get(&bind).map(|bound| &bound.esme);
        let submitted = self.esmes.submitted.get(&message);
        let own = |submitted: &&Submitted| Some(&submitted.esme) == esme && submitted.known_as.is_none();
        let submitted = submitted.filter(own);
        let submitted = submitted.ok_or(ManageRefusal::UnknownMessage)?;
        let same = submitted.given.as_ref() == from || from == Some(&submitted.from);
        if same { Ok(()) } else { Err(ManageRefusal::SourceDiffers) }
    }

    fn cancel(&mut self, bind: BindId, from: Option<&Address>, which: &Cancel) -> Result<(), ManageRefusal> {
        match which {
            Cancel::One(message) => {
                self.owned(bind, *message, from)?;
                let others = self.esmes.submitted.get(message).map(|known| known.others.clone());
                let all = std::iter::once(*message).chain(others.unwrap_or_default());
                let cancelled = all.filter(|message| self.cancel_waiting(*message)).count();
                if cancelled > 0 { Ok(()) } else { Err(ManageRefusal::TooLate) }
            }
            Cancel::Between { to, service_type } => {
                let esme = self.esmes.binds.get(&bind).map(|bound| bound.esme.clone());
                let esme = esme.ok_or(ManageRefusal::NothingMatches)?;
                let from = self.own_sender(&esme, from).ok_or(ManageRefusal::SourceDiffers)?;
                let all = self.matching(&esme, &from, to, service_type, service_type.is_empty());
                // All of them, not only as many as it takes to find one.
                let cancelled = all.into_iter().filter(|message| self.cancel_waiting(*message)).count();
                if cancelled > 0 { Ok(()) } else { Err(ManageRefusal::NothingMatches) }
            }
        }
    }

    fn own_sender(&self, esme: &EsmeName, given: Option<&Address>) -> Option<Address> {
        let first = || self.esmes.get(esme)?.agreed.addresses.first().map(super::EsmeAddress::as_sender);
        given.cloned().or_else(first)
    }

    /// What waits between two, oldest first.
    fn matching(
        &self,
        esme: &EsmeName,
        from: &Address,
        to: &PhoneNumber,
        service_type: &str,
        any: bool,
    ) -> Vec<MessageId> {
        let pending = self.esmes.pending.get(&(esme.clone(), from.to_string(), to.to_string()));
        let alike = |message: &&MessageId| {
            self.esmes.submitted.get(message).is_some_and(|known| any || known.service_type == service_type)
        };
        pending.into_iter().flatten().filter(alike).copied().collect()
    }

    /// Cancels every part that waits; whether there was one.
    fn cancel_waiting(&mut self, message: MessageId) -> bool {
        let parts = self.esmes.submitted.get(&message).map(|known| known.parts.clone()).unwrap_or_default();
        let waiting: Vec<_> = parts.into_iter().filter(|part| self.sms_waits(*part)).collect();
        let at = self.now;
        waiting.iter().for_each(|part| self.finish(*part, SmsState::Deleted { at }));
        !waiting.is_empty()
    }

    fn replace(
        &mut self,
        bind: BindId,
        from: Option<&Address>,
        replace: Replace,
    ) -> Result<(), ManageRefusal> {
        self.owned(bind, replace.message, from)?;
        let submitted = self.esmes.submitted.get(&replace.message).ok_or(ManageRefusal::UnknownMessage)?;
        if submitted.parts.len() != 1 || !submitted.others.is_empty() {
            return Err(ManageRefusal::Unfit);
        }
        if !self.sms_waits(replace.message) {
            return Err(ManageRefusal::TooLate);
        }
        let times = self.times_of(replace.validity, replace.schedule);
        let (validity, not_before) = times.map_err(|_| ManageRefusal::Unfit)?;
        // A message that keeps its validity keeps it also where a new beginning would give it another.
        let validity = replace.validity.and(validity);
        self.change_waiting(replace.message, replace.user_data, None, validity, not_before);
        if let Some(submitted) = self.esmes.submitted.get_mut(&replace.message) {
            submitted.receipt = replace.receipt;
        }
        Ok(())
    }

    /// The message whose place a new one takes.
    pub(super) fn replaceable(
        &self,
        esme: &EsmeName,
        from: &Address,
        request: &EsmeSubmit,
    ) -> Option<MessageId> {
        if !request.replace || request.parts.len() != 1 {
            return None;
        }
        let all = self.matching(esme, from, &request.to, &request.service_type, false);
        let fits = |message: &MessageId| {
            self.sms_waits(*message)
                && self.esmes.submitted.get(message).is_some_and(|known| {
                    known.parts.len() == 1 && known.known_as.is_none() && known.others.is_empty()
                })
        };
        all.into_iter().find(fits)
    }

    pub(super) fn replace_in_place(
        &mut self,
        message: MessageId,
        request: &EsmeSubmit,
        validity: Option<Duration>,
        not_before: Option<Instant>,
    ) {
        let Some(user_data) = request.parts.first().cloned() else { return };
        let validity = validity.or(Some(self.config.policy.sms_validity));
        self.change_waiting(message, user_data, Some(request.pid), validity, not_before);
        let Some(submitted) = self.esmes.submitted.get_mut(&message) else { return };
        submitted.receipt = request.receipt;
        let system_id = submitted.esme.to_string();
        self.note(EsmeNote::Managed { system_id, order: "replace", result: Ok(()) });
    }
}

impl fmt::Display for ManageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownMessage => "the ESME has no message with this identity",
            Self::SourceDiffers => "the source address is not that of the message",
            Self::TooLate => "the message does not wait any more",
            Self::NothingMatches => "no message that waits matches",
            Self::Unfit => "the new content or its times do not fit",
        })
    }
}
