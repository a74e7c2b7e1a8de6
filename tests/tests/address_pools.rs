//! An address pool that is really empty, between two devices: `labs/scarce-addresses.toml` has one address for both.

#![cfg(test)]

use clap::Parser as _;
use reports::run::Verdict;
use std::path::Path;

/// @clause ICX-1.4.1h
/// @refuses ICX-1.4.1h
#[test]
fn the_last_address_is_given_once_and_given_on() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let mut words = vec!["dtk".to_owned(), "run".to_owned(), "--json".to_owned()];
    let (lab, suites) = (root.join("labs/scarce-addresses.toml"), root.join("suites/pools"));
    for (option, path) in [("--lab", lab.as_path()), ("--suites", &suites), ("--out", out.path())] {
        words.extend([option.to_owned(), path.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    let run = reports::read_run(&out.path().join("latest"))
        .unwrap_or_else(|error| panic!("exit code {code}: {error}"));
    for test in &run.tests {
        let message = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
        assert_eq!(test.verdict, Verdict::Pass, "{}: {message}", test.id);
    }
    assert_eq!((code, run.tests.len()), (runner::exit::PASSED, 2));
}
