//! A kit on a serial line that loses, doubles, changes and holds back octets says so of the line, and says nothing of the
//! device: a verdict about a device is worth nothing when what was seen of it is untrue.

#![cfg(test)]

use clap::Parser as _;
use reports::run::{Run, Verdict, What};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs tests of the kit in the default lab, each modem on a line with these faults.
fn run_kit(line: &str, filter: &str) -> (u8, Run) {
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let kind = "kind = \"modem\"\n";
    assert!(text.contains(kind), "where are the modems?");
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.toml");
    std::fs::write(&lab, text.replace(kind, &format!("{kind}line = {{ {line} }}\n"))).unwrap();
    let path = |path: &Path| path.display().to_string();
    let words = [
        "dtk".to_owned(),
        "run".to_owned(),
        "--json".to_owned(),
        filter.to_owned(),
        "--lab".to_owned(),
        path(&lab),
        "--suites".to_owned(),
        path(&root().join("suites")),
        "--out".to_owned(),
        path(folder.path()),
    ];
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    let run = reports::read_run(&folder.path().join("latest"))
        .unwrap_or_else(|error| panic!("{line}: exit code {code}: {error}"));
    (code, run)
}

fn count(run: &Run, verdict: Verdict) -> usize {
    run.tests.iter().filter(|test| test.verdict == verdict).count()
}

/// No test blames anybody but the lab, and each that was disturbed shows what was done to which octet and when.
fn assert_only_the_line_is_blamed(line: &str, run: &Run) {
    for test in &run.tests {
        let message = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
        let disturbed = test.events.iter().any(|event| {
            matches!(&event.what, What::Step { text } if text.starts_with("line of ") && text.contains(" on its way "))
        });
        match test.verdict {
            Verdict::Error => {
                assert!(disturbed, "{line}: {} is an error on a line that did nothing: {message}", test.id);
                let finding = test.finding.as_ref().unwrap();
                assert_eq!(finding.blame, "lab", "{line}: {}: {message}", test.id);
                assert!(
                    message.contains("the serial line of modem-") && message.contains(" on its way to the "),
                    "{line}: {}: {message}",
                    test.id
                );
            }
            Verdict::Pass | Verdict::NotApplicable => {
                assert!(!disturbed, "{line}: {} is \"{}\" on a line that lied", test.id, test.verdict)
            }
            verdict @ (Verdict::Fail | Verdict::Inconclusive | Verdict::ExpectedFail | Verdict::Flaky) => {
                panic!("{line}: {} is \"{verdict}\": {message}", test.id)
            }
        }
    }
}

#[test]
fn a_kit_on_a_bad_line_blames_the_line_at_every_rate() {
    let lines = [
        "drop = 0.0003",
        "duplicate = 0.001",
        "flip = 0.003",
        "delay = 0.002",
        "drop = 0.02, duplicate = 0.02, flip = 0.02, delay = 0.02, split = 0.1",
        "flip = 0.3",
    ];
    let runs: Vec<_> = std::thread::scope(|scope| {
        let runs = lines.map(|line| (line, scope.spawn(move || run_kit(line, "cellular/"))));
        runs.into_iter().map(|(line, run)| (line, run.join().unwrap())).collect()
    });
    for (line, (code, run)) in runs {
        assert_only_the_line_is_blamed(line, &run);
        assert_eq!(code, runner::exit::BROKEN, "{line}");
        assert!(count(&run, Verdict::Error) > 10, "{line}: hardly anything was disturbed");
    }
}

#[test]
fn a_line_that_loses_everything_ends_every_test() {
    let (code, run) = run_kit("drop = 1", "cellular/sim");
    assert_only_the_line_is_blamed("drop = 1", &run);
    assert_eq!(code, runner::exit::BROKEN);
    assert_eq!(count(&run, Verdict::Pass), 0);
}

#[test]
fn a_line_that_only_cuts_changes_no_verdict() {
    let (code, run) = run_kit("split = 0.3", "cellular/");
    assert_eq!(code, runner::exit::PASSED);
    assert!(count(&run, Verdict::Pass) > 100);
    assert_only_the_line_is_blamed("split = 0.3", &run);
}
