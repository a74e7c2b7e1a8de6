//! A device is not judged by manners that modules have: the cellular kit passes on modems with all kinds of quirks.

#![cfg(test)]

use clap::Parser as _;
use reports::run::Verdict;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs the cellular kit in the default lab, each modem with these quirks; only these tests may end otherwise than with
/// a pass, each for its own reason.
fn assert_passes(quirks: &[&str], excused: &[&str]) {
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let kind = "kind = \"modem\"\n";
    assert!(text.contains(kind), "where are the modems?");
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.toml");
    std::fs::write(&lab, text.replace(kind, &format!("{kind}quirks = {quirks:?}\n"))).unwrap();
    let mut words: Vec<String> = ["dtk", "run", "--json", "cellular/"].map(str::to_owned).to_vec();
    for (option, path) in
        [("--lab", &lab), ("--suites", &root().join("suites")), ("--out", &folder.path().to_owned())]
    {
        words.extend([option.to_owned(), path.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    let run = reports::read_run(&folder.path().join("latest"))
        .unwrap_or_else(|error| panic!("exit code {code}: {error}"));
    let mut wrong = Vec::new();
    for test in run.tests.iter().filter(|test| !excused.contains(&test.id.as_str())) {
        if !matches!(test.verdict, Verdict::Pass | Verdict::NotApplicable) {
            let message = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
            wrong.push(format!("{} is \"{}\": {message}", test.id, test.verdict));
        }
    }
    assert!(wrong.is_empty(), "{quirks:?}\n  {}", wrong.join("\n  "));
}

#[test]
fn the_kit_passes_on_a_modem_with_the_first_set_of_quirks() {
    assert_passes(
        &[
            "mixed-case-prefix",
            "echo-twice",
            "noise-at-boot",
            "chatty-boot",
            "blank-lines",
            "location-padded",
            "search-without-technology",
            "storages-empty",
            "mask-apart",
            "clock-bare",
            "card-data-bare",
            "functionality-pair",
            "error-text-in-capitals",
            "card-identity-filled",
        ],
        &[],
    );
}

#[test]
fn the_kit_passes_on_a_modem_with_the_second_set_of_quirks() {
    assert_passes(
        &[
            "echo-partly",
            "no-space",
            "location-bare",
            "search-line-by-line",
            "storages-bare",
            "clock-without-zone",
            "card-identity-bare",
        ],
        &[],
    );
}

#[test]
fn the_kit_passes_on_a_modem_with_the_third_set_of_quirks() {
    assert_passes(
        &[
            "location-spaced",
            "location-with-rac",
            "location-empty",
            "search-without-names",
            "search-unbalanced",
            "strange-name",
            "context-range-split",
        ],
        &[],
    );
}
