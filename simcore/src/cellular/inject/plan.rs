//! A fault plan: how often which procedure meets which fault, drawn from the seed.
//!
//! One stream of its own; a procedure that the plan does not name draws nothing. What a test ordered comes first.

use super::{Answer, Disturbance, Effect, Procedure, UnfitAnswer};
use std::collections::BTreeMap;
use wire::seed::Rng;
use wire::time::Duration;

/// Parts of the whole.
const WHOLE: u32 = 1_000_000;

/// One line of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRate {
    procedure: Procedure,
    effect: Effect,
    per_million: u32,
}

/// Why a plan cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Not a share.
    #[error("a rate is a number from 0 to 1, not {0}")]
    Rate(f64),
    /// More than all.
    #[error("the rates of {0} procedures add up to more than 1")]
    TooMany(Procedure),
    /// A line that says too little, or something that does not exist.
    #[error("{0}")]
    Line(String),
    /// The fault does not fit.
    #[error(transparent)]
    Unfit(#[from] UnfitAnswer),
}

/// One line of a plan as a person writes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultLine {
    /// The name of the procedure.
    pub procedure: String,
    /// `refuse`, `ignore`, `late`, `twice` or `malformed`.
    pub fault: String,
    /// Share of the procedures, 0 to 1.
    pub rate: f64,
    /// The cause of a refusal.
    pub cause: Option<u8>,
    /// Its back-off, and how late a message is, in seconds.
    pub seconds: Option<u32>,
    /// What is malformed.
    pub damage: Option<String>,
}

impl FaultLine {
    /// What the line means.
    ///
    /// # Errors
    /// Names what is missing, unknown or does not fit.
    pub fn read(&self) -> Result<FaultRate, PlanError> {
        let line = |text: String| PlanError::Line(text);
        let procedure: Procedure = self.procedure.parse().map_err(line)?;
        let span = self.seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let missing = |what: &str| line(format!("the fault \"{}\" needs {what}", self.fault));
        let effect: Effect = match self.fault.as_str() {
            "ignore" => Answer::Silence.into(),
            "twice" => Disturbance::Twice.into(),
            "late" => Disturbance::Late(span.ok_or_else(|| missing("seconds"))?).into(),
            "malformed" => {
                let damage = self.damage.as_deref().ok_or_else(|| missing("damage"))?;
                Disturbance::Malformed(damage.parse().map_err(line)?).into()
            }
            "refuse" => {
                let cause = self.cause.ok_or_else(|| missing("a cause"))?;
                let refusal = Answer::refusal(procedure, cause, span);
                refusal.ok_or_else(|| line(format!("no {procedure} procedure can be refused")))?.into()
            }
            other => {
                let known = "refuse, ignore, late, twice, malformed";
                return Err(line(format!("\"{other}\" is not a fault; known ones: {known}")));
            }
        };
        FaultRate::new(procedure, effect, self.rate)
    }
}

impl FaultRate {
    /// A share of the procedures, from 0 to 1.
    ///
    /// # Errors
    /// A share that is none, or a fault that does not fit the procedure.
    pub fn new(procedure: Procedure, effect: impl Into<Effect>, rate: f64) -> Result<Self, PlanError> {
        let effect = effect.into();
        if !(0.0..=1.0).contains(&rate) {
            return Err(PlanError::Rate(rate));
        }
        if !effect.fits(procedure) {
            return Err(UnfitAnswer { procedure, effect }.into());
        }
        // The range was checked; a part of a millionth is rounded.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to one million")]
        let per_million = (rate * f64::from(WHOLE)).round() as u32;
        Ok(Self { procedure, effect, per_million })
    }
}

/// The faults that happen by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan(BTreeMap<Procedure, Vec<(u32, Effect)>>);

impl FaultPlan {
    /// A plan of these rates; those of one procedure exclude each other.
    ///
    /// # Errors
    /// The rates of one procedure are more than all.
    pub fn new(rates: impl IntoIterator<Item = FaultRate>) -> Result<Self, PlanError> {
        let mut plan = Self::default();
        for FaultRate { procedure, effect, per_million } in rates {
            let lines = plan.0.entry(procedure).or_default();
            lines.push((per_million, effect));
            if lines.iter().map(|line| u64::from(line.0)).sum::<u64>() > u64::from(WHOLE) {
                return Err(PlanError::TooMany(procedure));
            }
        }
        Ok(plan)
    }

    /// Whether nothing ever happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn draw(&self, procedure: Procedure, rng: &mut Rng) -> Option<Effect> {
        let lines = self.0.get(&procedure)?;
        let mut drawn = rng.below(u64::from(WHOLE));
        for (share, effect) in lines {
            match drawn.checked_sub(u64::from(*share)) {
                Some(rest) => drawn = rest,
                None => return Some(*effect),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::Damage;
    use super::*;
    use wire::cause::EmmCause;
    use wire::seed::Seed;

    fn rate(procedure: Procedure, effect: impl Into<Effect>, rate: f64) -> FaultRate {
        FaultRate::new(procedure, effect, rate).unwrap()
    }

    #[test]
    fn faults_come_as_often_as_planned_and_the_same_ones_from_the_same_seed() {
        let congestion = Answer::Emm(EmmCause::CONGESTION.into());
        let plan = FaultPlan::new([
            rate(Procedure::Attach, congestion, 0.2),
            rate(Procedure::Attach, Disturbance::Twice, 0.1),
        ])
        .unwrap();
        let run = |seed| -> Vec<_> {
            let mut rng = Seed(seed).rng();
            (0..10_000).map(|_| plan.draw(Procedure::Attach, &mut rng)).collect()
        };
        let drawn = run(1);
        let count = |effect: Option<Effect>| drawn.iter().filter(|one| **one == effect).count();
        let (refused, twice) = (count(Some(congestion.into())), count(Some(Disturbance::Twice.into())));
        assert!((1_850..2_150).contains(&refused), "{refused}");
        assert!((880..1_120).contains(&twice), "{twice}");
        assert_eq!(count(None), 10_000 - refused - twice);
        assert_eq!(drawn, run(1));
        assert_ne!(drawn, run(2));
    }

    #[test]
    fn what_is_not_planned_draws_nothing() {
        let plan = FaultPlan::new([rate(Procedure::Pdn, Answer::Silence, 1.0)]).unwrap();
        let (mut rng, mut untouched) = (Seed(4).rng(), Seed(4).rng());
        assert_eq!(plan.draw(Procedure::Attach, &mut rng), None);
        assert_eq!(rng.below(1_000), untouched.below(1_000));
        assert_eq!(plan.draw(Procedure::Pdn, &mut rng), Some(Answer::Silence.into()));
        assert!(FaultPlan::default().is_empty() && !plan.is_empty());
    }

    #[test]
    fn a_line_is_read_or_says_what_it_lacks() {
        let line = |procedure: &str, fault: &str| FaultLine {
            procedure: procedure.to_owned(),
            fault: fault.to_owned(),
            rate: 0.25,
            ..FaultLine::default()
        };
        assert_eq!(
            line("tau", "ignore").read(),
            Ok(rate(Procedure::TrackingAreaUpdate, Answer::Silence, 0.25))
        );
        let late = FaultLine { seconds: Some(20), ..line("attach", "late") };
        let want = rate(Procedure::Attach, Disturbance::Late(Duration::from_secs(20)), 0.25);
        assert_eq!(late.read(), Ok(want));
        let rows = [
            (line("tau", "late"), "the fault \"late\" needs seconds"),
            (line("tau", "refuse"), "the fault \"refuse\" needs a cause"),
            (line("mt-sms", "malformed"), "the fault \"malformed\" needs damage"),
            (FaultLine { cause: Some(3), ..line("paging", "refuse") }, "no paging procedure can be refused"),
            (line("attach", "explode"), "\"explode\" is not a fault; known ones: refuse, ignore, late"),
            (line("dance", "ignore"), "\"dance\" is not a procedure"),
            (
                FaultLine { damage: Some("hair".to_owned()), ..line("attach", "malformed") },
                "\"hair\" is not a damage; known ones: connection-layer",
            ),
        ];
        for (line, want) in rows {
            let error = line.read().unwrap_err().to_string();
            assert!(error.starts_with(want), "{error}");
        }
    }

    #[test]
    fn an_impossible_plan_is_refused() {
        assert_eq!(FaultRate::new(Procedure::Pdn, Answer::Silence, 1.5), Err(PlanError::Rate(1.5)));
        assert!(FaultRate::new(Procedure::Pdn, Answer::Silence, f64::NAN).is_err());
        let unfit = Disturbance::Malformed(Damage::Component);
        assert!(matches!(FaultRate::new(Procedure::Pdn, unfit, 0.5), Err(PlanError::Unfit(_))));
        let twice = [0.6, 0.5].map(|share| rate(Procedure::Pdn, Answer::Silence, share));
        let error = FaultPlan::new(twice).unwrap_err();
        assert_eq!(error.to_string(), "the rates of PDN connectivity procedures add up to more than 1");
    }
}
