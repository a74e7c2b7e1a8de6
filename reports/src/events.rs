//! `events.jsonl`: everything that happened, one JSON object per line.
//!
//! Each line has a `record`: `run-start` (what ran), then for each test `test-start`, its `event` lines in order of lab
//! time and `verdict`, and last `run-end` with the counts. Every line of a test carries the test's identifier, so that
//! `grep` finds a test whole. Times are microseconds of the test's own lab time. Keys have a fixed order: equal runs
//! give equal bytes.

use crate::run::{About, Event, Finding, Run, TestRun, Verdict};
use crate::summary;
use serde::Serialize;
use std::collections::BTreeMap;

/// The lines of a run, each ended by a line feed.
///
/// # Errors
/// [`serde_json::Error`] when a value has no JSON form; no value of [`Run`] is like that.
pub fn render(run: &Run) -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    push(&mut lines, &Record::RunStart { about: &run.about, tests: run.tests.len() })?;
    for test in &run.tests {
        push(&mut lines, &start_of(test))?;
        for event in &test.events {
            push(&mut lines, &Record::Event { test: &test.id, event })?;
        }
        push(&mut lines, &verdict_of(test))?;
    }
    push(&mut lines, &end_of(run))?;
    Ok(lines)
}

#[derive(Serialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Record<'a> {
    RunStart {
        about: &'a About,
        tests: usize,
    },
    TestStart {
        test: &'a str,
        suite: &'a str,
        title: &'a str,
        cases: &'a [String],
        clauses: &'a [String],
        needs: &'a [String],
    },
    Event {
        test: &'a str,
        #[serde(flatten)]
        event: &'a Event,
    },
    Verdict {
        test: &'a str,
        verdict: Verdict,
        lab_time_micros: u64,
        finding: Option<&'a Finding>,
        repeat: &'a str,
    },
    RunEnd {
        tests: u64,
        counts: BTreeMap<&'static str, u64>,
        worst: Option<Verdict>,
        lab_time_micros: u64,
        interrupted: bool,
    },
}

fn start_of(test: &TestRun) -> Record<'_> {
    Record::TestStart {
        test: &test.id,
        suite: &test.suite,
        title: &test.title,
        cases: &test.cases,
        clauses: &test.clauses,
        needs: &test.needs,
    }
}

fn verdict_of(test: &TestRun) -> Record<'_> {
    Record::Verdict {
        test: &test.id,
        verdict: test.verdict,
        lab_time_micros: test.lab_time_micros,
        finding: test.finding.as_ref(),
        repeat: &test.repeat,
    }
}

fn end_of(run: &Run) -> Record<'static> {
    let counts = summary::counts(&run.tests);
    Record::RunEnd {
        tests: counts.total(),
        counts: counts.iter().map(|(verdict, count)| (verdict.code(), count)).collect(),
        worst: summary::worst(&run.tests),
        lab_time_micros: summary::lab_time_micros(run),
        interrupted: run.interrupted,
    }
}

fn push(lines: &mut String, record: &Record<'_>) -> Result<(), serde_json::Error> {
    lines.push_str(&serde_json::to_string(record)?);
    lines.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::varied;
    use serde_json::Value;

    fn parsed(run: &Run) -> Vec<Value> {
        render(run).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_event_has_a_line_between_start_and_verdict_of_its_test() {
        let run = varied();
        let lines = parsed(&run);
        let events: usize = run.tests.iter().map(|test| test.events.len()).sum();
        assert_eq!(lines.len(), 2 + 2 * run.tests.len() + events);
        let first = &lines[1];
        assert_eq!(first["record"], "test-start");
        assert_eq!(first["test"], Value::from(run.tests[0].id.as_str()));
        assert_eq!(lines[2]["record"], "event");
        assert_eq!(lines[2]["test"], first["test"]);
        assert!(lines[2]["at"].is_u64());
    }

    #[test]
    fn the_verdict_line_carries_the_finding() {
        let run = varied();
        let lines = parsed(&run);
        let fail = lines.iter().find(|line| line["verdict"] == "fail").unwrap();
        assert_eq!(fail["record"], "verdict");
        assert_eq!(fail["finding"]["blame"], "device");
        assert!(fail["finding"]["place"]["line"].is_u64());
    }

    #[test]
    fn the_last_line_counts_all_verdicts() {
        let run = varied();
        let lines = parsed(&run);
        let end = lines.last().unwrap();
        assert_eq!(end["record"], "run-end");
        assert_eq!(end["tests"], Value::from(run.tests.len()));
        let sum: u64 = end["counts"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(sum, run.tests.len() as u64);
    }

    #[test]
    fn equal_runs_give_equal_bytes_and_the_first_keys_are_fixed() {
        let text = render(&varied()).unwrap();
        assert_eq!(text, render(&varied()).unwrap());
        assert!(text.starts_with(r#"{"record":"run-start","about":{"version":"#), "{}", &text[..60]);
        assert!(text.lines().nth(2).unwrap().starts_with(r#"{"record":"event","test":"#));
    }
}
