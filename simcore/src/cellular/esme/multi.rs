//! One message to many devices (SMPP 3.4 clause 4.5, submit_multi).
//!
//! Each destination is a message of its own, with its own outcome and its own receipt; the ESME knows all of them by one
//! identity, that of the first which was accepted. Not here: replacing, which one identity for many does not allow.

use super::{BindId, EsmeSubmit, SubmitRefusal, Submitted};
use crate::cellular::CellularCore;
use crate::cellular::note::EsmeNote;
use crate::cellular::smsc::{MessageId, SmsState};
use wire::time::Instant;

impl CellularCore {
    /// Takes one message to many: for each the identity of all that were accepted, or why it was not. Each counts for
    /// the rate and for the queue.
    pub fn esme_submit_multi(
        &mut self,
        now: Instant,
        bind: BindId,
        requests: Vec<EsmeSubmit>,
    ) -> Vec<Result<MessageId, SubmitRefusal>> {
        self.advance(now);
        let Some(esme) = self.transmitter(bind) else {
            return requests.iter().map(|_| Err(SubmitRefusal::NotTransmitter)).collect();
        };
        let mut known_as: Option<MessageId> = None;
        let mut results = Vec::new();
        for request in requests {
            let to = request.to.to_string();
            let result = self.take_from_esme(&esme, request);
            match (result, known_as) {
                (Ok(id), None) => known_as = Some(id),
                (Ok(id), Some(first)) => self.join(first, id),
                (Err(refusal), _) => {
                    self.note(EsmeNote::SubmitRefused { system_id: esme.to_string(), to, refusal });
                }
            }
            results.push(result.map(|id| known_as.unwrap_or(id)));
        }
        results
    }

    /// From now on the ESME knows a message by the identity of another.
    fn join(&mut self, first: MessageId, id: MessageId) {
        if let Some(submitted) = self.esmes.submitted.get_mut(&id) {
            submitted.known_as = Some(first);
        }
        if let Some(submitted) = self.esmes.submitted.get_mut(&first) {
            submitted.others.push(id);
        }
    }

    /// How a message is for all its destinations, and since when it is final: one that is on its way decides, then the
    /// first that failed.
    pub(super) fn whole_state(&self, submitted: &Submitted) -> (SmsState, Option<Instant>) {
        let others = submitted.others.iter().filter_map(|id| self.esmes.submitted.get(id));
        let all: Vec<_> = std::iter::once(submitted).chain(others).collect();
        let states: Vec<_> = all.iter().map(|one| self.esme_state(one)).collect();
        let enroute = states.contains(&SmsState::Enroute).then_some(SmsState::Enroute);
        let failed = states.iter().find(|state| !matches!(state, SmsState::Delivered { .. })).copied();
        let state = enroute.or(failed).or(states.last().copied()).unwrap_or(SmsState::Enroute);
        (state, all.iter().filter_map(|one| one.done).max())
    }
}
