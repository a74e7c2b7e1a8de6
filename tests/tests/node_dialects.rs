//! Every dialect of LoRaWAN nodes runs the LoRaWAN kit with the verdicts of an RN2483, in US915 with those of an RN2903. Or a test is not applicable with what the
//! dialect lacks, or it fails for what the maker's manual says of the module.

#![cfg(test)]

use clap::Parser as _;
use drivers::lora::dialect;
use reports::run::{Run, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wire::lorawan::Band;

/// A band, the module whose verdicts count there, the others of that band, and how many tests it passes at least.
struct Party {
    band: Band,
    measure: &'static str,
    others: &'static [&'static str],
    at_least: usize,
}

const PARTIES: &[Party] = &[
    // That of the default lab.
    Party {
        band: Band::Eu868,
        measure: "rn2483",
        others: &["lora-e5", "rak3172", "stm32wl", "murata"],
        at_least: 250,
    },
    // The RN2903 exists for this one only.
    Party { band: Band::Us915, measure: "rn2903", others: &["lora-e5", "rak3172"], at_least: 150 },
];

/// Tests that fail on a module because of what its manual says, and with which words.
const TRUE_FAILURES: &[(&str, &str, &str)] = &[
    ("rak3172", "frame_security::keys_cannot_be_read", "the node shows its appkey"),
    ("stm32wl", "frame_security::keys_cannot_be_read", "the node shows its appkey"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The default lab in this band, in a fixed one with gateways of all channels, with a node of this model.
fn lab_of(model: &str, band: Band) -> String {
    let mut text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let mut changes = vec![("model = \"rn2483\"", format!("model = \"{model}\""))];
    if band != Band::Eu868 {
        changes.push(("net_id = 0x000013\n", format!("net_id = 0x000013\nband = \"{band}\"\n")));
        text = text.replace("[[gateway]]\n", "[[gateway]]\nchannels = 64\n");
    }
    for (own, other) in changes {
        assert_eq!(text.matches(own).count(), 1, "lab.toml has not exactly one {own}");
        text = text.replace(own, &other);
    }
    text
}

fn run_kit(model: &str, band: Band) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.toml");
    std::fs::write(&lab, lab_of(model, band)).unwrap();
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

/// What differs from the verdicts of the module that counts: "model: test: verdict: message".
fn differences(party: &Party) -> Vec<String> {
    let models: Vec<&str> = [party.measure].into_iter().chain(party.others.iter().copied()).collect();
    let mut runs: Vec<_> = std::thread::scope(|scope| {
        let run = |model: &'static str| (model, scope.spawn(|| run_kit(model, party.band)));
        let runs: Vec<_> = models.iter().copied().map(run).collect();
        runs.into_iter().map(|(model, run)| (model, run.join().unwrap())).collect()
    });
    let wanted = verdicts(&runs.remove(0).1);
    let passed = wanted.values().filter(|(verdict, _)| *verdict == Verdict::Pass).count();
    assert!(passed > party.at_least, "{}: where is the kit? {passed} tests pass", party.band);
    // What needs another band applies to none of them.
    let good = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    let mut differences: Vec<String> = wanted
        .iter()
        .filter(|(_, (verdict, _))| !good(*verdict))
        .map(|(id, (verdict, message))| format!("{}: {id}: {verdict}: {message}", party.measure))
        .collect();
    for (model, run) in runs {
        let seen = verdicts(&run);
        assert_eq!(seen.len(), wanted.len(), "{model}");
        let applicable = seen.values().filter(|(verdict, _)| *verdict == Verdict::Pass).count();
        // Groups are a suite of their own, and two modules have no commands for them.
        assert!(applicable * 20 > passed * 17, "{model}: only {applicable} tests of {passed} are applicable");
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
    differences
}

#[test]
fn every_dialect_runs_the_kit_with_equal_verdicts_or_says_what_it_lacks() {
    for party in PARTIES {
        let differences = differences(party);
        let (band, count) = (party.band, differences.len());
        assert!(differences.is_empty(), "{count} differences in {band}:\n{}", differences.join("\n"));
    }
}

#[test]
fn every_dialect_is_compared() {
    let compared =
        |name: &&str| PARTIES.iter().any(|party| party.measure == *name || party.others.contains(name));
    assert!(dialect::ALL.iter().all(|dialect| compared(&dialect.name)));
}
