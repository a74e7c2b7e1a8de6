//! A live run: a rehearsal in virtual time first, and a comparison with it afterwards.

use super::watched;
use crate::console;
use crate::execute::{Bed, blank, finding};
use crate::schedule::run_all;
use crate::suite::{TestSpec, reserve};
use reports::run::{Run, TestRun, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use wire::time::Calendar;

/// Rehearses in virtual time, to know how long each test takes, and runs the short ones in real time.
pub fn run_live(bed: &Bed<'_>, tests: &[TestSpec], limit: u64) -> (Vec<TestRun>, Vec<TestRun>) {
    let simulated = |test: &&TestSpec| {
        reserve(bed.plan, &test.document.needs, true)
            .is_ok_and(|reservation| reservation.hardware(bed.plan).next().is_none())
    };
    let rehearsed: Vec<TestSpec> = tests.iter().filter(simulated).cloned().collect();
    let rehearsal = run_all(
        &Bed {
            live: false,
            calendar: Calendar::virtual_start(),
            stop: bed.stop.clone(),
            repeat_options: bed.repeat_options.clone(),
            ..*bed
        },
        &rehearsed,
        |_| {},
    );
    let lab_times: BTreeMap<&str, u64> =
        rehearsal.iter().map(|run| (run.id.as_str(), run.lab_time_micros)).collect();
    let too_long =
        |test: &&TestSpec| lab_times.get(test.id.as_str()).is_some_and(|micros| *micros > limit * 1_000_000);
    let (long, short): (Vec<&TestSpec>, Vec<&TestSpec>) = tests.iter().partition(too_long);
    // The longest first: a long test that begins last would be waited for alone.
    let mut short: Vec<TestSpec> = short.into_iter().cloned().collect();
    short.sort_by_key(|test| Reverse(lab_times.get(test.id.as_str()).copied()));
    let mut runs: BTreeMap<String, TestRun> =
        watched(bed, &short).into_iter().map(|run| (run.id.clone(), run)).collect();
    for test in long {
        let seconds = lab_times.get(test.id.as_str()).copied().unwrap_or_default() / 1_000_000;
        let reason =
            format!("longer than the {limit} s of a live run (--live-limit): {seconds} s of lab time");
        runs.insert(test.id.clone(), blank(bed, test, Verdict::NotApplicable, finding(&reason, "")));
    }
    (tests.iter().filter_map(|test| runs.remove(&test.id)).collect(), rehearsal)
}

/// Compares a live run with its rehearsal, test for test.
pub fn tell_differences(run: &Run, rehearsal: &[TestRun]) {
    let expected: BTreeMap<&str, Verdict> =
        rehearsal.iter().map(|test| (test.id.as_str(), test.verdict)).collect();
    let compared: Vec<(&TestRun, Verdict)> = run
        .tests
        .iter()
        .filter_map(|test| Some((test, *expected.get(test.id.as_str())?)))
        // What took too long for a live run was not tried.
        .filter(|(test, verdict)| {
            test.verdict != Verdict::NotApplicable || *verdict == Verdict::NotApplicable
        })
        .collect();
    let differing: Vec<&(&TestRun, Verdict)> =
        compared.iter().filter(|(test, verdict)| test.verdict != *verdict).collect();
    console::result(&format!(
        "live verdicts equal to the virtual run's: {} of {}",
        compared.len() - differing.len(),
        compared.len()
    ));
    for (test, verdict) in differing {
        console::result(&format!("  {}: {} live, {verdict} virtual", test.id, test.verdict));
    }
}
