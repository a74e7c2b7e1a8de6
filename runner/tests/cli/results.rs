//! One seed, one result; and what is remembered of a run.

use crate::program::{Ended, Out, files_under};
use ::reports::run::Verdict;
use runner::exit;
use std::collections::{BTreeMap, BTreeSet};

fn run(seed: &str) -> (Out, Ended) {
    let out = Out::new();
    let ended = out.dtk(&["run", "--seed", seed]);
    (out, ended)
}

fn verdicts(out: &Out) -> BTreeMap<String, Verdict> {
    let run = ::reports::read_run(&out.path().join("latest")).unwrap();
    run.tests.into_iter().map(|test| (test.id, test.verdict)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (first, _) = run("7");
    let (second, _) = run("7");
    let named = |out: &Out| -> BTreeMap<String, Vec<u8>> {
        let latest = std::fs::canonicalize(out.path().join("latest")).unwrap();
        let name = |path: &std::path::Path| path.strip_prefix(&latest).unwrap().display().to_string();
        files_under(&latest).into_iter().map(|(path, bytes)| (name(&path), bytes)).collect()
    };
    let (first, second) = (named(&first), named(&second));
    for name in ["junit.xml", "report.html", "events.jsonl", "run.json"] {
        assert!(first[name].len() > 1000, "{name} says nothing");
    }
    assert!(first.keys().any(|name| name.starts_with("charts/")), "no chart was drawn");
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(bytes == &second[name], "{name} differs between two runs with seed 7");
    }
}

#[test]
fn another_seed_gives_other_events_and_the_same_verdicts() {
    let ((one, first), (two, second)) = (run("1"), run("2"));
    assert_eq!(first.code, second.code);
    assert_eq!(verdicts(&one), verdicts(&two));
    assert_ne!(one.report("events.jsonl"), two.report("events.jsonl"), "the seed has no effect");
}

#[test]
fn a_test_runs_the_same_alone_as_in_company() {
    let (alone, company) = (Out::new(), Out::new());
    alone.dtk(&["run", "attach::cold_attach_at_home"]).has_code(exit::PASSED);
    company.dtk(&["run", "attach"]).has_code(exit::PASSED);
    let of = |out: &Out| {
        let run = ::reports::read_run(&out.path().join("latest")).unwrap();
        run.tests.into_iter().find(|test| test.id == "attach::cold_attach_at_home").unwrap()
    };
    assert_eq!(of(&alone), of(&company));
}

#[test]
fn the_store_remembers_runs_and_tests() {
    let out = Out::new();
    for seed in ["3", "4"] {
        out.dtk(&["run", "attach::cold_attach_at_home", "--seed", seed]).has_code(exit::PASSED);
    }
    let runs = out.dtk(&["history"]).has_code(exit::PASSED).stdout;
    let rows: Vec<Vec<&str>> = runs.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let seeds: Vec<&str> = rows.iter().map(|row| row[4]).collect();
    assert_eq!(seeds, ["4", "3"], "the latest run comes first:\n{runs}");
    let test =
        out.dtk(&["history", "attach::cold_attach_at_home", "--limit", "1"]).has_code(exit::PASSED).stdout;
    assert_eq!(test.lines().count(), 2, "{test}");
    assert!(test.lines().last().unwrap().contains("pass"), "{test}");
}

#[test]
fn results_can_be_read_by_programs() {
    let out = Out::new();
    let ended = out.dtk(&["run", "attach::cold_attach_at_home", "--json"]).has_code(exit::PASSED);
    let line: serde_json::Value = serde_json::from_str(ended.stdout.trim()).unwrap();
    assert_eq!((&line["verdicts"]["pass"], &line["seed"]), (&1.into(), &1.into()), "{line}");
    assert!(std::path::Path::new(line["reports"].as_str().unwrap()).join("junit.xml").exists(), "{line}");
    let ended = out.dtk(&["list", "attach::cold_attach_at_home", "--json"]).has_code(exit::PASSED);
    let line: serde_json::Value = serde_json::from_str(ended.stdout.trim()).unwrap();
    assert_eq!(
        (&line["id"], &line["applicable"]),
        (&"attach::cold_attach_at_home".into(), &true.into()),
        "{line}"
    );
}

#[test]
fn coverage_shows_every_requirement_with_both_sides_and_the_bare_ones() {
    let out = Out::new();
    out.file(
        "kit/sided.rhai",
        "//! Sides.\n\n/// Twenty.\n/// @clause ICX-1.4.2b\nfn test_twenty(lab) {}\n\n/// One more.\n/// @refuses ICX-1.4.2b\n\
         fn test_one_more(lab, row) {}\nfn rows_one_more() { [1, 2] }\n",
    );
    let kit = out.path().join("kit").display().to_string();
    // The program's own tests prove clauses whatever the suites are.
    let own = include_str!("../../src/requirements/program_tests.tsv").lines();
    let own: BTreeSet<&str> = own.filter_map(|line| line.split('\t').next()).collect();
    let tested = own.len() + 1;
    let all = out.dtk(&["list", "--coverage", "--suites", &kit]).has_code(exit::PASSED).shows(&[
        "proves   sided::twenty\n    refuses  sided::one_more (2 rows)",
        &format!("92 requirements: {tested} with a test, {} without", 92 - tested),
        "without a test: ICX-1.2a",
        "runner/tests/cli/results.rs: a_report_page_needs_nothing_else",
    ]);
    assert!(!all.stdout.contains("without a test: ICX-1.4.2b"), "{}", all.stdout);
    let some =
        out.dtk(&["list", "--coverage", "--json", "icx-1.4.2b", "--suites", &kit]).has_code(exit::PASSED);
    let row: serde_json::Value = serde_json::from_str(some.stdout.trim()).unwrap();
    assert_eq!(row["refuses"], serde_json::json!(["sided::one_more"]), "{row}");
    assert_eq!((&row["who"], &row["two_sides"]), (&"C,P".into(), &true.into()), "{row}");
    out.dtk(&["list", "--coverage", "ICX-9", "--suites", &kit]).has_code(exit::NOTHING_SELECTED);
}

/// @clause ICX-1.10a
#[test]
fn a_report_page_needs_nothing_else() {
    let out = Out::new();
    out.dtk(&["run", "attach::cold_attach_at_home"]).has_code(exit::PASSED);
    let page = out.report("report.html");
    for reference in ["src=\"http", "href=\"http", "@import", "<link", "src=\"charts"] {
        assert!(!page.contains(reference), "the page refers to something outside: {reference}");
    }
}
