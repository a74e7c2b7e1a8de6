//! The parties outside the fleet: how they take a call, and the calls that they make.

use super::{CallId, CallState, Direction, EndedBy, Party};
use crate::cellular::CellularCore;
use crate::cellular::agenda::Timer;
use crate::cellular::note::{CallCause, CallNote, Reason};
use wire::cause::CcCause;
use wire::id::PhoneNumber;
use wire::time::Duration;

/// From the routing of a call until the party outside rings or refuses.
pub const REACTION: Duration = Duration::from_millis(800);
/// A party whose behaviour nobody set rings this long.
pub const USUAL_RINGING: Duration = Duration::from_secs(2);

/// How a party outside takes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalParty {
    /// Rings, and answers after this time.
    Answers {
        /// From the first ring to the answer.
        after: Duration,
    },
    /// In another call.
    Busy,
    /// Rings and nobody answers: T301 ends the call.
    NoAnswer,
    /// Refuses the call.
    Rejects,
    /// The number belongs to nobody.
    Unassigned,
    /// The call is cleared with this cause instead of ringing.
    Clears(CcCause),
}

impl Default for ExternalParty {
    /// Answers two seconds after the first ring.
    fn default() -> Self {
        Self::Answers { after: USUAL_RINGING }
    }
}

impl CellularCore {
    /// The party outside has heard of the call.
    pub(in crate::cellular) fn external_reacts(&mut self, id: CallId) {
        let Some(call) = self.calls.all.get(&id).filter(|call| call.state == CallState::Proceeding) else {
            return;
        };
        let behaviour = match &call.callee {
            Party::External(number) => self.behaviour_of(number),
            Party::EmergencyCentre => ExternalParty::default(),
            Party::Device { .. } | Party::Unreached(_) => return,
        };
        let cause = match behaviour {
            ExternalParty::Answers { after } => {
                self.ringing(id);
                return self.agenda.start(self.now + after, Timer::ExternalAnswers(id));
            }
            ExternalParty::NoAnswer => return self.ringing(id),
            ExternalParty::Busy => CcCause::USER_BUSY,
            ExternalParty::Rejects => CcCause::CALL_REJECTED,
            ExternalParty::Unassigned => CcCause::UNASSIGNED_NUMBER,
            ExternalParty::Clears(cause) => cause,
        };
        self.end_call(id, EndedBy::Callee, cause, None);
    }

    pub(in crate::cellular) fn external_answers(&mut self, id: CallId) {
        if self.calls.all.get(&id).is_some_and(|call| call.state == CallState::Alerting) {
            self.answered(id);
        }
    }

    /// A call from outside to a number of the operator.
    pub(in crate::cellular) fn external_call(
        &mut self,
        from: PhoneNumber,
        to: PhoneNumber,
        hidden: bool,
    ) -> CallId {
        self.route_incoming(Party::External(from), to, hidden)
    }

    /// A video call from outside (64 kbit/s, TS 26.112) to a number of the operator: refused before any device hears of it.
    pub(in crate::cellular) fn external_video_call(&mut self, from: PhoneNumber, to: PhoneNumber) -> CallId {
        let Some(imsi) = self.subscriber_of(&to).cloned() else {
            return self.route_incoming(Party::External(from), to, false);
        };
        let (cause, reason) = (CcCause::BEARER_NOT_AUTHORIZED, Reason::VideoOff);
        self.note(CallNote::Refused {
            imsi,
            direction: Direction::Mt,
            peer: Some(from.clone()),
            cause: CallCause::Call(cause),
            reason: reason.clone(),
        });
        let id = self.calls.begin(Party::External(from), Party::Unreached(to));
        self.end_refused(id, cause, reason);
        id
    }
}
