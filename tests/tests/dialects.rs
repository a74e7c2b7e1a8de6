//! Every family of modules runs the whole cellular kit with equal verdicts: those of a plain one, and of the first family
//! that can where a plain one cannot. Or a test is not applicable with the capability that the family lacks.

#![cfg(test)]

use clap::Parser as _;
use reports::run::{Run, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wire::dialect::{ALL, Dialect};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The default lab with every modem of this family.
fn lab_of(dialect: &Dialect) -> String {
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    let model = |line: &str| match line.strip_prefix("model = ") {
        Some(model) if model != "\"rn2483\"" => format!("model = \"{}\"", dialect.name),
        Some(_) | None => line.to_owned(),
    };
    text.lines().map(model).collect::<Vec<_>>().join("\n")
}

fn run_kit(dialect: &Dialect) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.toml");
    std::fs::write(&lab, lab_of(dialect)).unwrap();
    let suites = root().join("suites");
    let mut words = vec!["dtk".to_owned(), "run".to_owned(), "--json".to_owned(), "cellular/".to_owned()];
    for (option, value) in [("--lab", &lab), ("--suites", &suites), ("--out", &folder.path().join("out"))] {
        words.extend([option.to_owned(), value.display().to_string()]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    reports::read_run(&folder.path().join("out/latest"))
        .unwrap_or_else(|error| panic!("exit code {code}: {error}"))
}

/// So many runs side by side, each in a lab and a folder of its own.
const AT_ONCE: usize = 3;

fn run_kits<'a>(dialects: &[&'a Dialect]) -> Vec<(&'a Dialect, Run)> {
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            dialects.iter().map(|dialect| (*dialect, scope.spawn(|| run_kit(dialect)))).collect();
        runs.into_iter().map(|(dialect, run)| (dialect, run.join().unwrap())).collect()
    })
}

fn verdicts(run: &Run) -> BTreeMap<String, (Verdict, String)> {
    let message = |test: &reports::run::TestRun| {
        test.finding.as_ref().map(|finding| finding.message.clone()).unwrap_or_default()
    };
    run.tests.iter().map(|test| (test.id.clone(), (test.verdict, message(test)))).collect()
}

/// What a reason must name: the words of a need that the rows of a family can leave unmet.
const CAPABILITIES: &[&str] =
    &["modem:voice", "second-modem", "calls", "gsm", "utran", "phone-book", "multiplexer", "sockets"];

#[test]
fn every_family_runs_the_whole_kit_with_equal_verdicts_or_says_what_it_lacks() {
    let plain = &wire::dialect::plain::DIALECT;
    let mut wanted = BTreeMap::new();
    let mut differences = Vec::new();
    let others = ALL.iter().copied().filter(|family| family.name != plain.name);
    let dialects: Vec<&Dialect> = std::iter::once(plain).chain(others).collect();
    for (dialect, run) in dialects.chunks(AT_ONCE).flat_map(run_kits) {
        for (id, (verdict, message)) in verdicts(&run) {
            let lacks = verdict == Verdict::NotApplicable
                && message.contains(dialect.name)
                && CAPABILITIES.iter().any(|word| message.contains(&format!("needs {word}:")));
            if lacks {
                continue;
            }
            let first = *wanted.entry(id.clone()).or_insert(verdict);
            if verdict != first {
                differences.push(format!("{}: {id}: {verdict}, others {first}: {message}", dialect.name));
            }
        }
        // The family is what the driver found, not what the lab file said.
        for device in run.about.devices.iter().filter(|device| device.kind == "modem") {
            let answers = device.identities.iter().find(|(label, _)| label == "answers as");
            let family = format!("family {}", dialect.name);
            assert!(answers.is_some_and(|(_, who)| who.ends_with(&family)), "{}: {answers:?}", device.name);
        }
    }
    assert!(wanted.len() > 500, "where is the kit?");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
