//! Every dialect of LoRaWAN nodes runs the LoRaWAN kit with the verdicts of an RN2483. Or a test is not applicable with what the
//! dialect lacks, or it fails for what the maker's manual says of the module.

#![cfg(test)]

use clap::Parser as _;
use drivers::lora::dialect;
use reports::run::{Run, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Those of the band of the default lab.
const DIALECTS: &[&str] = &["rn2483", "lora-e5", "rak3172", "stm32wl", "murata"];

/// Tests that fail on a module because of what its manual says, and with which words.
const TRUE_FAILURES: &[(&str, &str, &str)] = &[
    ("rak3172", "frame_security::keys_cannot_be_read", "the node shows its appkey"),
    ("stm32wl", "frame_security::keys_cannot_be_read", "the node shows its appkey"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn run_kit(model: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.toml");
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let own = "model = \"rn2483\"";
    assert_eq!(text.matches(own).count(), 1, "lab.toml has not exactly one node");
    std::fs::write(&lab, text.replace(own, &format!("model = \"{model}\""))).unwrap();
    let suites = root().join("suites");
    let mut words = ["dtk", "run", "--json", "lorawan/"].map(str::to_owned).to_vec();
    for (option, value) in [("--lab", &lab), ("--suites", &suites), ("--out", &folder.path().join("out"))] {
        words.extend([option.to_owned(), value.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    reports::read_run(&folder.path().join("out/latest"))
        .unwrap_or_else(|error| panic!("exit code {code}: {error}"))
}

fn verdicts(run: &Run) -> BTreeMap<String, (Verdict, String)> {
    let message = |test: &reports::run::TestRun| {
        test.finding.as_ref().map(|finding| finding.message.clone()).unwrap_or_default()
    };
    run.tests.iter().map(|test| (test.id.clone(), (test.verdict, message(test)))).collect()
}

/// Whether the verdict differs for a reason that is named.
fn explained(model: &str, id: &str, verdict: Verdict, message: &str) -> bool {
    let lacks = verdict == Verdict::NotApplicable && message.contains(&format!("is a {model}, which has no"));
    let fails = TRUE_FAILURES.iter().any(|(own, test, words)| {
        *own == model && *test == id && verdict == Verdict::Fail && message.contains(words)
    });
    lacks || fails
}

#[test]
fn every_dialect_runs_the_kit_with_equal_verdicts_or_says_what_it_lacks() {
    let wanted = verdicts(&run_kit("rn2483"));
    let passed = wanted.values().filter(|(verdict, _)| *verdict == Verdict::Pass).count();
    assert!(passed > 250, "where is the kit?");
    // What needs another band applies to none of them.
    let good = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    assert!(wanted.values().all(|(verdict, _)| good(*verdict)));
    let mut differences = Vec::new();
    let runs: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = DIALECTS.iter().map(|model| (model, scope.spawn(|| run_kit(model)))).collect();
        runs.into_iter().map(|(model, run)| (*model, run.join().unwrap())).collect()
    });
    for (model, run) in runs {
        let seen = verdicts(&run);
        assert_eq!(seen.len(), wanted.len(), "{model}");
        let applicable = seen.values().filter(|(verdict, _)| *verdict == Verdict::Pass).count();
        assert!(applicable * 10 > passed * 9, "{model}: only {applicable} tests of {passed} are applicable");
        for (id, (verdict, message)) in seen {
            let same = wanted.get(&id).is_some_and(|(wanted, _)| *wanted == verdict);
            if !same && !explained(model, &id, verdict, &message) {
                differences.push(format!("{model}: {id}: {verdict}: {message}"));
            }
        }
        for (_, test, words) in TRUE_FAILURES.iter().filter(|(own, ..)| *own == model) {
            assert!(wanted.contains_key(*test), "there is no test {test} to fail with {words}");
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn every_dialect_of_the_band_is_compared() {
    let compared = |name: &str| DIALECTS.contains(&name) || name == "rn2903";
    assert!(dialect::ALL.iter().all(|dialect| compared(dialect.name)));
}
