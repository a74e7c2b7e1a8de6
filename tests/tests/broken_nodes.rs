//! Each rule of LoRaWAN 1.0.2 that a node may break, and each defect known from the field: a node that has it is caught by
//! the tests about it, with the reason in words, and a node without any passes them all.

#![cfg(test)]

#[path = "broken_nodes/table.rs"]
mod table;

use clap::Parser as _;
use reports::run::{Run, Verdict};
use std::path::{Path, PathBuf};
use table::{SEEDS, TABLE};

/// The defect that many nodes show and one alone does not; see `load.rs`.
const IN_A_FIELD: &str = "retries-in-step";

/// A defect, and tests that must fail on it with words that the finding must have. A name that ends with "[" stands for the rows
/// of a test: at least one must fail.
pub struct Broken {
    defect: &'static str,
    caught_by: &'static [(&'static str, &'static str)],
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs the LoRaWAN kit.
fn run_kit(lab: &Path, seed: u64) -> Run {
    let out = tempfile::tempdir().unwrap();
    let path = |path: &Path| path.display().to_string();
    let mut words: Vec<String> =
        ["dtk", "run", "--json", "lorawan/", "--seed", &seed.to_string()].map(str::to_owned).into();
    let suites = root().join("suites");
    for (option, value) in [("--lab", lab), ("--suites", &suites), ("--out", out.path())] {
        words.extend([option.to_owned(), path(value)]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    reports::read_run(&out.path().join("latest")).unwrap_or_else(|error| panic!("exit code {code}: {error}"))
}

/// The default lab with the defect put into its node.
fn lab_with(defect: &str, folder: &Path) -> PathBuf {
    let name = "name = \"node-a\"\n";
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    assert_eq!(text.matches(name).count(), 1, "lab.toml has not exactly one node-a");
    let lab = folder.join("lab.toml");
    std::fs::write(&lab, text.replace(name, &format!("{name}defects = [\"{defect}\"]\n"))).unwrap();
    lab
}

fn assert_caught(broken: &Broken) {
    let folder = tempfile::tempdir().unwrap();
    let run = run_kit(&lab_with(broken.defect, folder.path()), 1);
    let defect = broken.defect;
    for (name, words) in broken.caught_by {
        let own = run
            .tests
            .iter()
            .filter(|test| test.id == *name || (name.ends_with('[') && test.id.starts_with(name)));
        let findings: Vec<_> = own
            .filter(|test| test.verdict == Verdict::Fail)
            .filter_map(|test| test.finding.as_ref())
            .collect();
        assert!(!findings.is_empty(), "{name} does not catch {defect}");
        let says = findings
            .iter()
            .any(|finding| finding.message.contains(words) && finding.blame.as_str() == "device");
        assert!(says, "{name} catches {defect} for another reason: {}", findings[0].message);
    }
    for test in &run.tests {
        assert_ne!(test.verdict, Verdict::Error, "{} breaks on {defect}", test.id);
    }
}

#[test]
fn every_broken_node_is_caught() {
    // Two at a time: each is a run of the whole LoRaWAN kit.
    std::thread::scope(|scope| {
        for half in TABLE.chunks(TABLE.len().div_ceil(2)) {
            scope.spawn(|| half.iter().for_each(assert_caught));
        }
    });
}

#[test]
fn every_defect_of_a_node_is_in_the_table() {
    let listed: Vec<&str> = TABLE.iter().map(|broken| broken.defect).collect();
    let after = simdev::defect::Defect::ALL
        .iter()
        .skip_while(|defect| defect.name() != "keeps-counter-after-failure");
    let missing: Vec<&str> = after
        .map(|defect| defect.name())
        .filter(|name| !listed.contains(name) && *name != IN_A_FIELD)
        .collect();
    assert!(missing.is_empty(), "defects of nodes that nothing is shown to catch: {missing:?}");
}

#[test]
fn a_good_node_passes_with_every_seed() {
    for seed in 1..=SEEDS {
        let run = run_kit(&root().join("lab.toml"), seed);
        for test in &run.tests {
            let message = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
            let of_another_lab = test.verdict == Verdict::NotApplicable
                && ["needs band:", "needs lora-field"].iter().any(|need| message.starts_with(need));
            assert!(
                test.verdict == Verdict::Pass || of_another_lab,
                "{} with seed {seed}: {message}",
                test.id
            );
        }
    }
}
