//! `junit.xml` for CI servers.
//!
//! The model and the writer are `junit-report`'s; a pass over its output ([`amend`]) adds what it lacks. The result keeps
//! to Jenkins' `junit-10.xsd`: a case has no `file` and no properties of its own, so case numbers, clauses, the exchange
//! and the command that repeats the test are in the case's `system-out`.
//!
//! | verdict | element |
//! |---|---|
//! | pass, flaky | none |
//! | fail | `failure`, type `fail` |
//! | error, inconclusive | `error`, type `error` or `inconclusive` |
//! | expected fail, not applicable | `skipped` with that type and the reason |
//!
//! Times are lab time in seconds. One `testsuite` per suite; its time stamp is the calendar date of lab time zero.

mod amend;

use crate::clean;
use crate::run::{Finding, Run, TestRun, Verdict};
use crate::summary::{self, Group};
use amend::SuiteFacts;
use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestCaseBuilder, TestSuiteBuilder};

/// The `hostname` of every suite: a fixed word, because a lab's name is in the properties and a machine's name would make
/// equal runs differ.
pub const HOSTNAME: &str = "dtk-lab";

/// Why no JUnit text could be made.
#[derive(Debug, thiserror::Error)]
pub enum JunitError {
    /// The calendar date of the run cannot be read.
    #[error("read the calendar date {text:?} of the run: {cause}")]
    Calendar {
        /// The date as the run gives it.
        text: String,
        /// What is wrong with it.
        cause: jiff::Error,
    },
    /// `junit-report` did not write its model.
    #[error("write the JUnit model: {0}")]
    Model(junit_report::Error),
    /// The pass over the output did not understand it.
    #[error("amend the JUnit text: {0}")]
    Amend(quick_xml::Error),
}

/// The JUnit text of a run.
///
/// # Errors
/// [`JunitError::Calendar`] when the run's date is not RFC 3339; the other variants would be a defect of the writer.
pub fn render(run: &Run) -> Result<String, JunitError> {
    let timestamp = timestamp(&run.about.calendar)?;
    let groups = summary::suites(run);
    let mut report = ReportBuilder::new();
    for group in &groups {
        let cases = group.tests.iter().map(|(_, test)| case(test));
        let suite = TestSuiteBuilder::new(&clean::attribute(group.name))
            .set_timestamp(timestamp)
            .add_testcases(cases)
            .build();
        report.add_testsuite(suite);
    }
    let mut plain = Vec::new();
    report.build().write_xml(&mut plain).map_err(JunitError::Model)?;
    let facts: Vec<SuiteFacts> = groups.iter().map(|group| facts(run, group)).collect();
    amend::amend(&String::from_utf8_lossy(&plain), &facts).map_err(JunitError::Amend)
}

/// Whole seconds, in the years that RFC 3339 can write.
fn timestamp(calendar: &str) -> Result<OffsetDateTime, JunitError> {
    const YEAR_ONE: i64 = -62_135_596_800;
    const END_OF_9999: i64 = 253_402_300_799;
    let instant: jiff::Timestamp =
        calendar.parse().map_err(|cause| JunitError::Calendar { text: calendar.to_owned(), cause })?;
    let seconds = instant.as_second().clamp(YEAR_ONE, END_OF_9999);
    Ok(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

fn case(test: &TestRun) -> TestCase {
    let name = clean::attribute(&test.id);
    let message = clean::attribute(test.finding.as_ref().map_or("", |finding| &finding.message));
    let kind = test.verdict.words();
    let micros = i64::try_from(test.lab_time_micros).unwrap_or(i64::MAX);
    let time = Duration::microseconds(micros);
    let mut case = match test.verdict {
        Verdict::Pass | Verdict::Flaky => TestCaseBuilder::success(&name, time),
        Verdict::Fail => TestCaseBuilder::failure(&name, time, kind, &message),
        Verdict::Error | Verdict::Inconclusive => TestCaseBuilder::error(&name, time, kind, &message),
        Verdict::ExpectedFail | Verdict::NotApplicable => {
            TestCaseBuilder::skipped_with_cause(&name, kind, &message)
        }
    };
    case.set_classname(&clean::attribute(&test.suite.replace('/', ".")));
    if let Some(finding) = &test.finding {
        case.set_trace(&clean::cdata(&trace(finding)));
    }
    case.set_system_out(&clean::cdata(&system_out(test)));
    case.build()
}

/// The body of a failure: what a person reads below the message.
fn trace(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    if let Some(place) = &finding.place {
        lines.push(format!("  --> {}:{}:{}", place.file, place.line, place.column));
        lines.push(format!("{} | {}", place.line, place.source));
    }
    let labelled = [("expected", &finding.expected), ("seen", &finding.seen)];
    lines.extend(labelled.iter().filter_map(|(label, value)| Some(format!("{label}: {}", value.as_ref()?))));
    if !finding.blame.is_empty() {
        lines.push(format!("blame: {}", finding.blame));
    }
    lines.join("\n")
}

/// What has no attribute of its own in JUnit.
fn system_out(test: &TestRun) -> String {
    let mut lines = vec![format!("title: {}", test.title), format!("verdict: {}", test.verdict)];
    let lists = [("cases", &test.cases), ("clauses", &test.clauses), ("needs", &test.needs)];
    let named = lists.iter().filter(|(_, list)| !list.is_empty());
    lines.extend(named.map(|(label, list)| format!("{label}: {}", list.join(" "))));
    lines.push(format!("repeat: {}", test.repeat));
    if let Some(finding) = &test.finding {
        for (label, list) in [("exchange", &finding.exchange), ("notes", &finding.notes)] {
            if !list.is_empty() {
                lines.push(format!("{label}:"));
                lines.extend(list.iter().map(|line| format!("  {line}")));
            }
        }
    }
    lines.join("\n")
}

fn facts(run: &Run, group: &Group<'_>) -> SuiteFacts {
    let skipped = [Verdict::ExpectedFail, Verdict::NotApplicable];
    SuiteFacts {
        skipped: group.tests.iter().filter(|(_, test)| skipped.contains(&test.verdict)).count(),
        case_micros: group.tests.iter().map(|(_, test)| test.lab_time_micros).collect(),
        properties: properties(run, group.name),
    }
}

/// The run's own facts, then the hash of the suite's file and of every library file.
fn properties(run: &Run, suite: &str) -> Vec<(String, String)> {
    let about = &run.about;
    let mut properties = vec![
        ("seed".to_owned(), about.seed.to_string()),
        ("lab".to_owned(), about.lab.clone()),
        ("lab-file".to_owned(), about.lab_file.clone()),
        ("lab-sha256".to_owned(), about.lab_hash.clone()),
        ("mode".to_owned(), about.mode.to_string()),
        ("version".to_owned(), about.version.clone()),
    ];
    let took_part =
        |path: &str| path.starts_with("lib/") || path.rsplit_once('.').is_some_and(|p| p.0 == suite);
    let sources = about.sources.iter().filter(|source| took_part(&source.path));
    properties.extend(sources.map(|source| (format!("sha256:{}", source.path), source.sha256.clone())));
    properties
}

#[cfg(test)]
mod tests;
