//! Reports at every place of a conversation, through the driver, the cable and the simulated modem.

#![cfg(test)]

use clap::Parser as _;
use reports::run::Verdict;
use std::path::Path;

#[test]
fn every_verb_survives_a_report_at_every_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let mut words = vec!["dtk".to_owned(), "run".to_owned(), "--json".to_owned()];
    let lab = root.parent().unwrap().join("lab.toml");
    for (option, path) in
        [("--lab", lab.as_path()), ("--suites", &root.join("suites/places")), ("--out", out.path())]
    {
        words.extend([option.to_owned(), path.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    let run = reports::read_run(&out.path().join("latest"))
        .unwrap_or_else(|error| panic!("exit code {code}: {error}"));
    for test in &run.tests {
        let message = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
        assert_eq!(test.verdict, Verdict::Pass, "{}: {message}", test.id);
    }
    assert_eq!((code, run.tests.len()), (runner::exit::PASSED, 37));
}
