//! Who is there: temporary identities that the network gave, and IDENTITY REQUEST (TS 24.301 5.4.4, T3470).
//!
//! An attach by a temporary identity that no network element knows is asked for its IMSI first. A test may ask for the IMSI,
//! the IMEI or the IMEISV at any time.

use super::agenda::Timer;
use super::control::ControlError;
use super::inject::Answer;
use super::mobility::Attach;
use super::note::{MobilityNote, Reason, Who};
use super::{ANSWER_DELAY, CellularCore};
use crate::state::Kept;
use std::collections::BTreeMap;
use wire::air::cellular::{CellId, UeId};
use wire::cause::EmmCause;
use wire::id::Imsi;
use wire::nas::{Guti, Identity, IdentityKind, NasDown};
use wire::time::{Duration, Instant};

const T3470: Duration = Duration::from_secs(6);
/// The first question and four repeats.
const MOST_TRANSMISSIONS: u8 = 5;

/// A question that waits for its answer.
#[derive(Debug)]
struct Question {
    kind: IdentityKind,
    transmissions: u8,
    /// The attach that goes on with the answer.
    attach: Option<(CellId, Attach, Option<Answer>)>,
}

/// Temporary identities, and what was asked and answered.
#[derive(Debug, Default)]
pub(super) struct Identities {
    given: BTreeMap<u32, Imsi>,
    pub(super) last: Kept<Imsi, u32>,
    asked: BTreeMap<UeId, Question>,
    answers: BTreeMap<Imsi, Vec<Identity>>,
}

impl Identities {
    pub(super) fn knows(&self, guti: Guti) -> bool {
        self.given.contains_key(&guti.m_tmsi)
    }

    /// The identities that were taken up are known again.
    pub(super) fn restored(&mut self) {
        self.given = self.last.iter().map(|(imsi, given)| (*given, imsi.clone())).collect();
    }

    /// A new one takes the place of the one before.
    pub(super) fn give(&mut self, guti: Guti, imsi: &Imsi) {
        if let Some(before) = self.last.insert(imsi.clone(), guti.m_tmsi) {
            self.given.remove(&before);
        }
        self.given.insert(guti.m_tmsi, imsi.clone());
    }

    pub(super) fn forget(&mut self, imsi: &Imsi) {
        if let Some(last) = self.last.remove(imsi) {
            self.given.remove(&last);
        }
    }

    /// Nothing is known any more; the answers to a test's questions stay.
    pub(super) fn forget_all(&mut self) {
        self.given.clear();
        self.last.clear();
    }
}

impl CellularCore {
    /// Asks a registered device who it is.
    ///
    /// # Errors
    /// The subscriber is not registered.
    pub fn ask_identity(
        &mut self,
        now: Instant,
        imsi: &Imsi,
        kind: IdentityKind,
    ) -> Result<(), ControlError> {
        self.advance(now);
        let ue = self.ue_of(imsi).ok_or_else(|| ControlError::NotRegistered(imsi.clone()))?;
        self.question(ue, Question { kind, transmissions: 0, attach: None });
        Ok(())
    }

    /// What a device has answered to the questions of a test, oldest first.
    #[must_use]
    pub fn identities(&self, imsi: &Imsi) -> &[Identity] {
        self.identities.answers.get(imsi).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn identify_for_attach(
        &mut self,
        ue: UeId,
        cell: CellId,
        request: Attach,
        ordered: Option<Answer>,
    ) {
        let attach = Some((cell, request, ordered));
        self.question(ue, Question { kind: IdentityKind::Imsi, transmissions: 0, attach });
    }

    fn question(&mut self, ue: UeId, question: Question) {
        self.identities.asked.insert(ue, question);
        self.transmit_question(ue);
    }

    fn transmit_question(&mut self, ue: UeId) {
        let Some(question) = self.identities.asked.get_mut(&ue) else { return };
        question.transmissions += 1;
        let message = NasDown::IdentityRequest(question.kind);
        self.send_after(ANSWER_DELAY, ue, message);
        self.agenda.start(self.now + T3470, Timer::T3470(ue));
    }

    /// T3470: the question is repeated four times, then what waited for it is given up without an answer.
    pub(super) fn identity_unanswered(&mut self, ue: UeId) {
        let Some(question) = self.identities.asked.get(&ue) else { return };
        if question.transmissions < MOST_TRANSMISSIONS {
            return self.transmit_question(ue);
        }
        let asked = question.kind;
        self.abandon_question(ue);
        let who = self.who(ue);
        self.note(MobilityNote::IdentityUnanswered { who, asked });
    }

    /// The mobile began something else, or is gone.
    pub(super) fn abandon_question(&mut self, ue: UeId) {
        self.agenda.stop(&Timer::T3470(ue));
        self.identities.asked.remove(&ue);
    }

    pub(super) fn identified_itself(&mut self, ue: UeId, identity: Option<Identity>) {
        let who = self.who(ue);
        let Some(question) = self.identities.asked.remove(&ue) else {
            return self.unexpected(who, "IDENTITY RESPONSE");
        };
        self.agenda.stop(&Timer::T3470(ue));
        let (asked, answer) = (question.kind, identity.clone());
        self.note(MobilityNote::Identified { who: who.clone(), asked, identity });
        let right = answer.filter(|answer| answer.kind() == asked);
        match (question.attach, right) {
            (Some((cell, request, ordered)), Some(Identity::Imsi(imsi))) => {
                self.attach_identified(ue, cell, &imsi, request, ordered);
            }
            (Some((cell, ..)), _) => {
                let cause = EmmCause::IDENTITY_NOT_DERIVED;
                self.reject_attach(ue, cell, who, cause, None, Reason::UnknownImsi);
            }
            (None, Some(answer)) => {
                if let Who::Imsi(imsi) = who {
                    self.identities.answers.entry(imsi).or_default().push(answer);
                }
            }
            (None, None) => {}
        }
    }
}
