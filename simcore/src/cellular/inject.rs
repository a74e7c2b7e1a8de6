//! Answers on purpose: a test tells the core to refuse, or not to answer, the next procedures of a kind.
//!
//! An answer has to fit its procedure, which the constructor checks. Emergency attaches and calls are never touched.

use std::fmt;
use wire::cause::{CcCause, EmmCause, EsmCause, RpCause};
use wire::id::Imsi;
use wire::nas::{BackOffTime, Reject};
use wire::time::Duration;

/// The procedure that gets the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// ATTACH REQUEST.
    Attach,
    /// TRACKING AREA UPDATE REQUEST.
    TrackingAreaUpdate,
    /// SERVICE REQUEST.
    Service,
    /// LOCATION UPDATING REQUEST.
    LocationUpdate,
    /// GPRS ATTACH REQUEST.
    GprsAttach,
    /// ROUTING AREA UPDATE REQUEST.
    RoutingAreaUpdate,
    /// DETACH REQUEST of a device that stays on.
    Detach,
    /// PDN CONNECTIVITY REQUEST outside an attach.
    Pdn,
    /// A short message from a device (RP-DATA).
    MoSms,
    /// A call from a device.
    MoCall,
    /// A request for a supplementary service, or USSD, from a device.
    Ss,
}

impl fmt::Display for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attach => "attach",
            Self::TrackingAreaUpdate => "tracking area update",
            Self::Service => "service request",
            Self::LocationUpdate => "location updating",
            Self::GprsAttach => "GPRS attach",
            Self::RoutingAreaUpdate => "routing area update",
            Self::Detach => "detach",
            Self::Pdn => "PDN connectivity",
            Self::MoSms => "MO short message",
            Self::MoCall => "MO call",
            Self::Ss => "supplementary service",
        })
    }
}

/// The answer that a procedure gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The reject of a registration or service procedure, or CM SERVICE REJECT of a call, which has no back-off.
    Emm(Reject),
    /// Acceptance of an attach or tracking area update for packet services only, with this cause.
    EpsOnly(EmmCause),
    /// PDN connectivity reject; for an attach, #19 with this ESM cause.
    Esm {
        /// The cause.
        cause: EsmCause,
        /// Session back-off, not in an attach: ATTACH REJECT does not carry it here.
        t3396: Option<Duration>,
    },
    /// RP-ERROR to a short message.
    Rp(RpCause),
    /// DISCONNECT of a call, after CALL PROCEEDING.
    Cc(CcCause),
    /// No answer at all, on any layer: a short message gets no CP-ACK either, and each repeat of its CP-DATA counts.
    Silence,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Emm(reject) => write!(f, "EMM cause {reject}"),
            Self::EpsOnly(cause) => write!(f, "packet services only, {cause}"),
            Self::Esm { cause, t3396: None } => write!(f, "ESM cause {cause}"),
            Self::Esm { cause, t3396: Some(timer) } => {
                write!(f, "ESM cause {cause}, T3396 {}", BackOffTime(*timer))
            }
            Self::Rp(cause) => write!(f, "RP cause {cause}"),
            Self::Cc(cause) => write!(f, "CC cause {cause}"),
            Self::Silence => f.write_str("no answer"),
        }
    }
}

/// A procedure cannot be answered so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {procedure} procedure can be answered with {answer}")]
pub struct UnfitAnswer {
    /// The procedure.
    pub procedure: Procedure,
    /// The answer that it cannot get.
    pub answer: Answer,
}

/// The answer that the next procedures of a kind get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    procedure: Procedure,
    answer: Answer,
    left: u32,
    imsi: Option<Imsi>,
}

impl Injection {
    /// Gives `answer` to the next `count` procedures of one subscriber, or of anybody.
    ///
    /// # Errors
    /// [`UnfitAnswer`] when the procedure has no such answer.
    pub fn new(
        procedure: Procedure,
        answer: Answer,
        count: u32,
        imsi: Option<Imsi>,
    ) -> Result<Self, UnfitAnswer> {
        let fits = match answer {
            Answer::Silence => true,
            Answer::Emm(reject) => match procedure {
                Procedure::Attach
                | Procedure::TrackingAreaUpdate
                | Procedure::Service
                | Procedure::LocationUpdate
                | Procedure::GprsAttach
                | Procedure::RoutingAreaUpdate => true,
                Procedure::MoCall => reject.back_off.is_none(),
                Procedure::Detach | Procedure::Pdn | Procedure::MoSms | Procedure::Ss => false,
            },
            Answer::EpsOnly(_) => {
                matches!(procedure, Procedure::Attach | Procedure::TrackingAreaUpdate)
            }
            Answer::Esm { t3396, .. } => match procedure {
                Procedure::Pdn => true,
                Procedure::Attach => t3396.is_none(),
                Procedure::TrackingAreaUpdate
                | Procedure::Service
                | Procedure::LocationUpdate
                | Procedure::GprsAttach
                | Procedure::RoutingAreaUpdate
                | Procedure::Detach
                | Procedure::MoSms
                | Procedure::MoCall
                | Procedure::Ss => false,
            },
            Answer::Rp(_) => procedure == Procedure::MoSms,
            Answer::Cc(_) => procedure == Procedure::MoCall,
        };
        if fits {
            Ok(Self { procedure, answer, left: count, imsi })
        } else {
            Err(UnfitAnswer { procedure, answer })
        }
    }
}

/// The injections that wait for their procedure, oldest first.
#[derive(Debug, Default)]
pub(super) struct Injections(Vec<Injection>);

impl Injections {
    pub(super) fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The answer for this procedure of this subscriber, if one waits; counts it.
    pub(super) fn take(&mut self, procedure: Procedure, imsi: Option<&Imsi>) -> Option<Answer> {
        let fits = |injection: &&mut Injection| {
            injection.procedure == procedure
                && injection.left > 0
                && injection.imsi.as_ref().is_none_or(|wanted| Some(wanted) == imsi)
        };
        let injection = self.0.iter_mut().find(fits)?;
        injection.left -= 1;
        let answer = injection.answer;
        self.0.retain(|injection| injection.left > 0);
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_as_often_as_ordered_and_to_whom_it_is_meant_for() {
        let imsi: Imsi = "208010000000001".parse().unwrap();
        let other: Imsi = "208010000000002".parse().unwrap();
        let answer = Answer::Emm(EmmCause::CONGESTION.into());
        let mut all = Injections::default();
        all.add(Injection::new(Procedure::Attach, answer, 2, Some(imsi.clone())).unwrap());
        assert_eq!(all.take(Procedure::Attach, Some(&other)), None);
        assert_eq!(all.take(Procedure::Pdn, Some(&imsi)), None);
        assert_eq!(all.take(Procedure::Attach, Some(&imsi)), Some(answer));
        assert_eq!(all.take(Procedure::Attach, Some(&imsi)), Some(answer));
        assert_eq!(all.take(Procedure::Attach, Some(&imsi)), None);
    }

    #[test]
    fn an_answer_that_does_not_fit_its_procedure_is_refused() {
        let back_off = Some(Duration::from_secs(60));
        let rows = [
            (Procedure::Attach, Answer::Rp(RpCause::CONGESTION)),
            (Procedure::Attach, Answer::Esm { cause: EsmCause(26), t3396: back_off }),
            (Procedure::MoCall, Answer::Emm(Reject::from(EmmCause::CONGESTION).with_back_off(back_off))),
            (Procedure::Service, Answer::EpsOnly(EmmCause::CS_NOT_AVAILABLE)),
            (Procedure::Detach, Answer::Emm(EmmCause(11).into())),
            (Procedure::Pdn, Answer::Emm(EmmCause(11).into())),
            (Procedure::MoSms, Answer::Cc(CcCause::USER_BUSY)),
            (Procedure::MoCall, Answer::Esm { cause: EsmCause(33), t3396: None }),
        ];
        for (procedure, answer) in rows {
            assert!(Injection::new(procedure, answer, 1, None).is_err(), "{procedure} {answer}");
        }
        let error = Injection::new(Procedure::Attach, Answer::Rp(RpCause(42)), 1, None).unwrap_err();
        assert_eq!(error.to_string(), "no attach procedure can be answered with RP cause #42 (congestion)");
    }
}
