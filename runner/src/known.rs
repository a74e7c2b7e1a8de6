//! Known failures: a ticket and the last day on which it excuses a test.
//!
//! A test that fails as its ticket says does not fail the run; one that passes although it should fail does, since the
//! mark would then hide the next failure. After its last day the mark excuses nothing.

use crate::execute::finding;
use jiff::civil::Date;
use reports::run::{Finding, TestRun, Verdict};

/// `@expected-fail TICKET DATE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFailure {
    /// The ticket that tells why.
    pub ticket: String,
    /// The last day on which it holds.
    pub until: Date,
}

/// The verdict on a test with a known failure, as of `today`.
#[must_use]
pub fn judge_known(run: TestRun, known: &KnownFailure, today: Date) -> TestRun {
    let KnownFailure { ticket, until } = known;
    let expired = today > *until;
    match run.verdict {
        Verdict::Fail if expired => {
            told(run, Verdict::Fail, &format!("{ticket} excused this until {until}: "))
        }
        Verdict::Fail => told(run, Verdict::ExpectedFail, &format!("expected ({ticket}, until {until}): ")),
        Verdict::Pass => {
            let message =
                format!("passed although {ticket} says that it fails: take its @expected-fail away");
            TestRun { verdict: Verdict::Fail, finding: finding(&message, "script"), ..run }
        }
        Verdict::NotApplicable
        | Verdict::ExpectedFail
        | Verdict::Flaky
        | Verdict::Inconclusive
        | Verdict::Error => run,
    }
}

/// The same run with another verdict, and words before its message.
#[must_use]
pub fn told(run: TestRun, verdict: Verdict, words: &str) -> TestRun {
    let before = |finding: Finding| Finding { message: format!("{words}{}", finding.message), ..finding };
    TestRun { verdict, finding: run.finding.map(before), ..run }
}
