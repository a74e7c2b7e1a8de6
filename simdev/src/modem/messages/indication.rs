//! Telling the host of messages, and its acknowledgements (TS 27.005 3.4.1 `+CNMI`, 3.4.4 `+CNMA`).

use super::super::Modem;
use super::super::mobile::Incoming;
use std::collections::VecDeque;
use wire::cause::RpCause;
use wire::sms::{DeliverReport, FailureCause};
use wire::time::{Duration, Instant};

/// How long the host may take for `+CNMA`.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(15);
/// Indications that are kept while the host does not want them.
const MOST_BUFFERED: usize = 32;

/// Messages that were routed to the host and not acknowledged, and indications that were held back.
#[derive(Debug, Default)]
pub(in crate::modem) struct Indications {
    /// Oldest first. Only the oldest has been shown: the next one waits for its acknowledgement.
    awaiting: VecDeque<(Incoming, Vec<String>)>,
    /// The time that the oldest has.
    pub(super) deadline: Option<Instant>,
    /// Held back by `+CNMI` mode 0.
    buffered: VecDeque<Vec<String>>,
}

impl Modem {
    /// Shows a message to the host; with `+CSMS=1` the host acknowledges it, else the modem does.
    pub(super) fn route(&mut self, now: Instant, incoming: Incoming, lines: Vec<String>) {
        if self.discards_indications() {
            // 27.005 3.4.1: new messages are rejected while the link is reserved.
            return self.refuse(&incoming, RpCause::PROTOCOL_ERROR, Some(FailureCause::UNSPECIFIED));
        }
        if !self.profile.acknowledged {
            self.indicate(lines);
            self.accept(&incoming);
            return;
        }
        if self.messages.indications.awaiting.is_empty() {
            self.indicate(lines.clone());
            self.messages.indications.deadline = Some(now + ACKNOWLEDGEMENT);
        }
        self.messages.indications.awaiting.push_back((incoming, lines));
    }

    /// Whether the host has a message to acknowledge.
    pub(in crate::modem) fn awaits_acknowledgement(&self) -> bool {
        !self.messages.indications.awaiting.is_empty()
    }

    /// The host's `+CNMA`, with its own report where it sent one; the next message that waits is shown.
    pub(in crate::modem) fn acknowledged_by_host(
        &mut self,
        now: Instant,
        accepted: bool,
        report: Option<DeliverReport>,
    ) {
        let Some((incoming, _)) = self.messages.indications.awaiting.pop_front() else { return };
        match (accepted, report) {
            (true, Some(report)) => self.mobile.accept_message_with(&incoming, report),
            (true, None) => self.accept(&incoming),
            (false, report) => {
                let failure = report.and_then(|report| report.failure).unwrap_or(FailureCause::UNSPECIFIED);
                self.refuse(&incoming, RpCause::PROTOCOL_ERROR, Some(failure));
            }
        }
        let next = self.messages.indications.awaiting.front().map(|(_, lines)| lines.clone());
        self.messages.indications.deadline = next.is_some().then_some(now + ACKNOWLEDGEMENT);
        if let Some(lines) = next {
            self.indicate(lines);
        }
    }

    /// A host that does not acknowledge loses the direct route (TS 27.005 3.4.4).
    pub(super) fn acknowledgement_timeout(&mut self, now: Instant) {
        if self.messages.indications.deadline.is_some_and(|deadline| deadline <= now) {
            self.messages.indications.deadline = None;
            self.profile.cnmi.mt = 0;
            self.profile.cnmi.ds = 0;
            for (incoming, _) in std::mem::take(&mut self.messages.indications.awaiting) {
                self.refuse(&incoming, RpCause::PROTOCOL_ERROR, Some(FailureCause::UNSPECIFIED));
            }
        }
    }

    /// `+CNMI` mode 1 in the data state. Mode 2 keeps what there is to tell until the line is free; so does 3, as there is
    /// no way to tell it inside data here.
    fn discards_indications(&self) -> bool {
        self.profile.cnmi.mode == 1 && self.is_link_reserved()
    }

    /// Tells the host of a message, or keeps that for later: of too many the oldest is forgotten.
    pub(super) fn indicate(&mut self, lines: Vec<String>) {
        if self.profile.cnmi.mode == 0 {
            let buffered = &mut self.messages.indications.buffered;
            buffered.push_back(lines);
            if buffered.len() > MOST_BUFFERED {
                buffered.pop_front();
            }
        } else if !self.discards_indications() {
            self.line.report(lines);
        }
    }

    /// `+CNMI` changed: what was held back is sent or forgotten.
    pub(in crate::modem) fn release_indications(&mut self) {
        if self.profile.cnmi.mode == 0 {
            return;
        }
        let buffered = std::mem::take(&mut self.messages.indications.buffered);
        if self.profile.cnmi.bfr == 0 {
            for lines in buffered {
                self.line.report(lines);
            }
        }
    }
}
