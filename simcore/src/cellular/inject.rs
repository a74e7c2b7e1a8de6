//! Faults on purpose: a test tells the core to refuse, not to answer, or to answer badly, the next procedures of a kind.
//!
//! An effect has to fit its procedure, which the constructor checks. Emergency attaches and calls are never touched.
//! What a refusal or a silence is, the procedure itself knows; what is late, twice or malformed is a matter of the
//! message on its way out ([`delivery`]). A [`FaultPlan`] does the same at random, by rates and from the seed.

mod delivery;
mod disturbance;
mod plan;
mod unasked;

pub(super) use delivery::Faults;
pub use disturbance::{Damage, Disturbance};
pub use plan::{FaultLine, FaultPlan, FaultRate, PlanError};
pub use unasked::Unasked;

use std::fmt;
use wire::cause::{CcCause, EmmCause, EsmCause, RpCause, SsError};
use wire::id::Imsi;
use wire::nas::{BackOffTime, Reject};
use wire::time::Duration;

/// The procedure that something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// PDN DISCONNECT REQUEST.
    PdnDisconnect,
    /// A short message from a device (RP-DATA).
    MoSms,
    /// A call from a device.
    MoCall,
    /// A request for a supplementary service, or USSD, from a device.
    Ss,
    /// The network pages a device.
    Paging,
    /// AUTHENTICATION REQUEST, and each repeat of it.
    Authentication,
    /// IDENTITY REQUEST, and each repeat of it.
    Identity,
    /// A short message to a device (CP-DATA), and each repeat of it.
    MtSms,
    /// A call to a device (SETUP).
    MtCall,
    /// DETACH REQUEST of the network.
    NetworkDetach,
    /// DEACTIVATE EPS BEARER CONTEXT REQUEST that the network begins.
    Deactivation,
    /// MODIFY EPS BEARER CONTEXT REQUEST, and each repeat of it.
    Modification,
}

impl Procedure {
    /// Every procedure with its name in scripts and lab files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("attach", Self::Attach),
        ("tau", Self::TrackingAreaUpdate),
        ("service", Self::Service),
        ("location", Self::LocationUpdate),
        ("gprs-attach", Self::GprsAttach),
        ("routing", Self::RoutingAreaUpdate),
        ("detach", Self::Detach),
        ("pdn", Self::Pdn),
        ("pdn-disconnect", Self::PdnDisconnect),
        ("mo-sms", Self::MoSms),
        ("mo-call", Self::MoCall),
        ("ss", Self::Ss),
        ("paging", Self::Paging),
        ("authentication", Self::Authentication),
        ("identity", Self::Identity),
        ("mt-sms", Self::MtSms),
        ("mt-call", Self::MtCall),
        ("network-detach", Self::NetworkDetach),
        ("deactivation", Self::Deactivation),
        ("modification", Self::Modification),
    ];

    /// Attach, the updates, service request and their like: what EMM, MM and GMM reject.
    const fn is_registration(self) -> bool {
        matches!(
            self,
            Self::Attach
                | Self::TrackingAreaUpdate
                | Self::Service
                | Self::LocationUpdate
                | Self::GprsAttach
                | Self::RoutingAreaUpdate
        )
    }
}

impl std::str::FromStr for Procedure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        by_name(Self::ALL, text, "a procedure")
    }
}

/// One of a few things by its name in scripts and lab files; an unknown name is answered with the list.
fn by_name<T: Copy>(all: &[(&str, T)], text: &str, what: &str) -> Result<T, String> {
    all.iter().find(|(name, _)| *name == text).map(|(_, found)| *found).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("\"{text}\" is not {what}; known ones: {}", known.join(", "))
    })
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
            Self::PdnDisconnect => "PDN disconnection",
            Self::MoSms => "MO short message",
            Self::MoCall => "MO call",
            Self::Ss => "supplementary service",
            Self::Paging => "paging",
            Self::Authentication => "authentication",
            Self::Identity => "identification",
            Self::MtSms => "MT short message",
            Self::MtCall => "MT call",
            Self::NetworkDetach => "network detach",
            Self::Deactivation => "bearer deactivation",
            Self::Modification => "bearer modification",
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
    /// PDN connectivity or disconnect reject; for an attach, #19 with this ESM cause.
    Esm {
        /// The cause.
        cause: EsmCause,
        /// Session back-off, only of PDN connectivity: ATTACH REJECT does not carry it here.
        t3396: Option<Duration>,
    },
    /// RP-ERROR to a short message.
    Rp(RpCause),
    /// DISCONNECT of a call, after CALL PROCEEDING.
    Cc(CcCause),
    /// Return error to a supplementary service.
    Ss(SsError),
    /// No answer at all, on any layer: a short message gets no CP-ACK either, and each repeat of its CP-DATA counts. What
    /// the network begins is not sent.
    Silence,
}

impl Answer {
    /// The refusal of a procedure with a cause of its own layer; the back-off is T3346 or T3396. `None` where the
    /// procedure cannot be refused.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others cannot be refused")]
    pub fn refusal(procedure: Procedure, cause: u8, back_off: Option<Duration>) -> Option<Self> {
        Some(match procedure {
            procedure if procedure.is_registration() => {
                Self::Emm(Reject::from(EmmCause(cause)).with_back_off(back_off))
            }
            Procedure::Pdn | Procedure::PdnDisconnect => {
                Self::Esm { cause: EsmCause(cause), t3396: back_off }
            }
            Procedure::MoSms => Self::Rp(RpCause(cause)),
            Procedure::MoCall => Self::Cc(CcCause(cause)),
            Procedure::Ss => Self::Ss(SsError(cause)),
            _ => return None,
        })
    }
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
            Self::Ss(error) => write!(f, "SS error {error}"),
            Self::Silence => f.write_str("no answer"),
        }
    }
}

/// What is done to a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It gets this answer.
    Answer(Answer),
    /// It runs as usual, and this happens to its answer on the way; for what the network begins, to its message.
    Disturb(Disturbance),
}

impl From<Answer> for Effect {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Disturbance> for Effect {
    fn from(disturbance: Disturbance) -> Self {
        Self::Disturb(disturbance)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => answer.fmt(f),
            Self::Disturb(disturbance) => disturbance.fmt(f),
        }
    }
}

impl Effect {
    #[expect(clippy::wildcard_enum_match_arm, reason = "an answer fits the few procedures that are named")]
    fn fits(self, procedure: Procedure) -> bool {
        match self {
            Self::Disturb(disturbance) => disturbance.fits(procedure),
            Self::Answer(Answer::Silence) => true,
            Self::Answer(Answer::Emm(reject)) => match procedure {
                Procedure::MoCall => reject.back_off.is_none(),
                procedure => procedure.is_registration(),
            },
            Self::Answer(Answer::EpsOnly(_)) => {
                matches!(procedure, Procedure::Attach | Procedure::TrackingAreaUpdate)
            }
            Self::Answer(Answer::Esm { t3396, .. }) => match procedure {
                Procedure::Pdn => true,
                Procedure::Attach | Procedure::PdnDisconnect => t3396.is_none(),
                _ => false,
            },
            Self::Answer(Answer::Rp(_)) => procedure == Procedure::MoSms,
            Self::Answer(Answer::Cc(_)) => procedure == Procedure::MoCall,
            Self::Answer(Answer::Ss(_)) => procedure == Procedure::Ss,
        }
    }
}

/// A procedure cannot be answered so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {procedure} procedure can be answered with {effect}")]
pub struct UnfitAnswer {
    /// The procedure.
    pub procedure: Procedure,
    /// What cannot be done to it.
    pub effect: Effect,
}

/// What is done to the next procedures of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    procedure: Procedure,
    effect: Effect,
    left: u32,
    imsi: Option<Imsi>,
}

impl Injection {
    /// Does this to the next `count` procedures of one subscriber, or of anybody.
    ///
    /// # Errors
    /// [`UnfitAnswer`] when that cannot be done to the procedure.
    pub fn new(
        procedure: Procedure,
        effect: impl Into<Effect>,
        count: u32,
        imsi: Option<Imsi>,
    ) -> Result<Self, UnfitAnswer> {
        let effect = effect.into();
        if effect.fits(procedure) {
            Ok(Self { procedure, effect, left: count, imsi })
        } else {
            Err(UnfitAnswer { procedure, effect })
        }
    }
}

/// The injections that wait for their procedure, oldest first.
#[derive(Debug, Default)]
struct Injections(Vec<Injection>);

impl Injections {
    fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    /// What is to be done to this procedure of this subscriber, if anything; counts it.
    fn take(&mut self, procedure: Procedure, imsi: Option<&Imsi>) -> Option<Effect> {
        let fits = |injection: &&mut Injection| {
            injection.procedure == procedure
                && injection.left > 0
                && injection.imsi.as_ref().is_none_or(|wanted| Some(wanted) == imsi)
        };
        let injection = self.0.iter_mut().find(fits)?;
        injection.left -= 1;
        let effect = injection.effect;
        self.0.retain(|injection| injection.left > 0);
        Some(effect)
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
        assert_eq!(all.take(Procedure::Attach, Some(&imsi)), Some(answer.into()));
        assert_eq!(all.take(Procedure::Attach, Some(&imsi)), Some(answer.into()));
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
            (Procedure::PdnDisconnect, Answer::Esm { cause: EsmCause(49), t3396: back_off }),
            (Procedure::Paging, Answer::Emm(EmmCause(11).into())),
        ];
        for (procedure, answer) in rows {
            assert!(Injection::new(procedure, answer, 1, None).is_err(), "{procedure} {answer}");
        }
        let error = Injection::new(Procedure::Attach, Answer::Rp(RpCause(42)), 1, None).unwrap_err();
        assert_eq!(error.to_string(), "no attach procedure can be answered with RP cause #42 (congestion)");
    }

    #[test]
    fn every_procedure_has_a_name_and_no_two_share_one() {
        for (name, procedure) in Procedure::ALL {
            assert_eq!(name.parse(), Ok(*procedure));
        }
        let error = "attack".parse::<Procedure>().unwrap_err();
        assert!(error.contains("\"attack\"") && error.contains("attach, tau"), "{error}");
    }

    #[test]
    fn a_refusal_has_the_layer_of_its_procedure_and_fits_it() {
        for (name, procedure) in Procedure::ALL {
            if let Some(refusal) = Answer::refusal(*procedure, 17, None) {
                assert!(Injection::new(*procedure, refusal, 1, None).is_ok(), "{name}");
            }
        }
        assert_eq!(Answer::refusal(Procedure::Paging, 17, None), None);
        assert_eq!(Answer::refusal(Procedure::Ss, 34, None), Some(Answer::Ss(SsError::SYSTEM_FAILURE)));
    }
}
