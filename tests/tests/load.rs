//! Many nodes at once: the network server loses nothing of what a smaller town sends, and a town whose nodes come back together
//! does not ask together, but one does that has nodes in step.

#![cfg(test)]

use clap::Parser as _;
use reports::run::{Run, TestRun, Verdict};
use std::path::{Path, PathBuf};

const LOAD: &str = "load::uplinks_of_many_nodes_become_messages";
const OUTAGE: &str = "load::joins_after_an_outage_are_spread";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs one test in a lab of `tests/labs` in which each of these texts, which it has once, is replaced.
fn run(test: &str, lab: &str, changes: &[(&str, &str)], seed: u64) -> TestRun {
    let folder = tempfile::tempdir().unwrap();
    let mut text = std::fs::read_to_string(root().join("tests/labs").join(lab)).unwrap();
    for (own, other) in changes {
        assert_eq!(text.matches(own).count(), 1, "{lab} has not exactly one {own}");
        text = text.replace(own, other);
    }
    let file = folder.path().join("lab.toml");
    std::fs::write(&file, text).unwrap();
    let mut words: Vec<String> =
        ["dtk", "run", "--json", test, "--seed", &seed.to_string()].map(str::to_owned).into();
    let (suites, out) = (root().join("suites"), folder.path().join("out"));
    for (option, value) in [("--lab", &file), ("--suites", &suites), ("--out", &out)] {
        words.extend([option.to_owned(), value.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    let run: Run =
        reports::read_run(&out.join("latest")).unwrap_or_else(|error| panic!("exit code {code}: {error}"));
    let [test] = <[TestRun; 1]>::try_from(run.tests).unwrap_or_else(|tests| panic!("{} tests", tests.len()));
    test
}

fn message(test: &TestRun) -> &str {
    test.finding.as_ref().map_or("", |finding| finding.message.as_str())
}

#[test]
fn what_a_gateway_of_a_small_town_heard_becomes_a_message() {
    let test = run(LOAD, "load.toml", &[("copies = 1000", "copies = 80")], 1);
    assert_eq!(test.verdict, Verdict::Pass, "{}", message(&test));
}

#[test]
fn nodes_that_get_their_power_back_together_do_not_join_in_step() {
    for seed in 1..=4 {
        let test = run(OUTAGE, "outage.toml", &[], seed);
        assert_eq!(test.verdict, Verdict::Pass, "seed {seed}: {}", message(&test));
    }
}

#[test]
fn nodes_that_join_in_step_are_caught() {
    let broken = [("name = \"meter\"", "name = \"meter\"\ndefects = [\"retries-in-step\"]")];
    let test = run(OUTAGE, "outage.toml", &broken, 1);
    assert_eq!(test.verdict, Verdict::Fail, "{}", message(&test));
    assert!(message(&test).contains("ask to join in step: 50"), "{}", message(&test));
    assert_eq!(test.finding.unwrap().blame.as_str(), "device");
}

#[test]
fn a_module_that_refuses_a_join_in_place_of_keeping_it_leaves_the_pause_to_its_host() {
    let test = run(OUTAGE, "outage.toml", &[("model = \"rak3172\"", "model = \"rn2483\"")], 1);
    assert_eq!(test.verdict, Verdict::NotApplicable);
    assert!(message(&test).contains("needs node:keep-join: meter-01 is a rn2483"), "{}", message(&test));
}
