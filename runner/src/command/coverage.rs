//! `dtk list --coverage`: every requirement with the tests that prove it, and those that no test proves.
//!
//! What is counted is the kit's own tests, of a test with rows the test once, and the program's own tests in Rust; whether a lab
//! can run it does not count. A requirement of the core has two sides: that it works, and that the opposite is refused (`@refuses`).

use crate::requirements::{self, Requirement};
use crate::suite::TestSpec;
use crate::{console, exit};
use serde_json::json;

/// A requirement and its tests, each side in the order of the kit.
struct Row {
    requirement: Requirement,
    proves: Vec<Prover>,
    refuses: Vec<Prover>,
}

/// A test function, of a suite or of the program, and in how many rows it comes.
struct Prover {
    id: String,
    rows: usize,
}

/// Shows the requirements whose identifier begins with one of `words`, all where there is none.
#[must_use]
pub fn show(tests: &[TestSpec], words: &[String], as_json: bool) -> u8 {
    let rows: Vec<Row> =
        requirements::all().filter(|row| is_meant(row, words)).map(|row| covered(row, tests)).collect();
    if rows.is_empty() {
        console::talk(&format!("no requirement begins with \"{}\"", words.join("\" or \"")));
        return exit::NOTHING_SELECTED;
    }
    for row in &rows {
        console::result(&if as_json { line(row) } else { paragraph(row) });
    }
    if !as_json {
        console::result(&summary(&rows));
    }
    exit::PASSED
}

fn is_meant(requirement: &Requirement, words: &[String]) -> bool {
    let id = requirement.id.to_lowercase();
    words.is_empty() || words.iter().any(|word| id.starts_with(&word.to_lowercase()))
}

fn covered(requirement: Requirement, tests: &[TestSpec]) -> Row {
    let side = |refuses: bool, clauses: fn(&TestSpec) -> &[String]| {
        let suites = tests.iter().filter(|test| clauses(test).iter().any(|clause| clause == requirement.id));
        let program = requirements::program_tests(requirement.id, refuses);
        let program = program.map(|id| Prover { id: id.to_owned(), rows: 1 });
        provers(suites).into_iter().chain(program).collect()
    };
    let proves = side(false, |test| &test.document.clauses);
    Row { requirement, proves, refuses: side(true, |test| &test.document.refuses) }
}

/// The functions of these tests; the rows of a test follow each other.
fn provers<'a>(tests: impl Iterator<Item = &'a TestSpec>) -> Vec<Prover> {
    let mut provers: Vec<Prover> = Vec::new();
    for test in tests {
        let id = if test.row.is_some() { test.id.split('[').next().unwrap_or(&test.id) } else { &test.id };
        match provers.last_mut() {
            Some(last) if last.id == id => last.rows += 1,
            Some(_) | None => provers.push(Prover { id: id.to_owned(), rows: 1 }),
        }
    }
    provers
}

fn paragraph(row: &Row) -> String {
    let Requirement { id, who, text } = row.requirement;
    let mut paragraph = format!("{id:<13} {who:<4} {text}");
    let mut add = |side: &str, provers: &[Prover]| {
        for (index, Prover { id, rows }) in provers.iter().enumerate() {
            let side = if index == 0 { side } else { "" };
            let rows = if *rows > 1 { format!(" ({rows} rows)") } else { String::new() };
            paragraph.push_str(&format!("\n    {side:<8} {id}{rows}"));
        }
        if provers.is_empty() {
            paragraph.push_str(&format!("\n    {side:<8} -"));
        }
    };
    add("proves", &row.proves);
    if row.requirement.has_two_sides() || !row.refuses.is_empty() {
        add("refuses", &row.refuses);
    }
    paragraph
}

fn line(row: &Row) -> String {
    let Requirement { id, who, text } = row.requirement;
    let ids = |provers: &[Prover]| provers.iter().map(|prover| prover.id.clone()).collect::<Vec<_>>();
    json!({
        "id": id,
        "who": who,
        "text": text,
        "two_sides": row.requirement.has_two_sides(),
        "proves": ids(&row.proves),
        "refuses": ids(&row.refuses),
    })
    .to_string()
}

fn summary(rows: &[Row]) -> String {
    let ids = |rows: &[&Row]| rows.iter().map(|row| row.requirement.id).collect::<Vec<_>>().join(" ");
    let bare: Vec<&Row> = rows.iter().filter(|row| row.proves.is_empty() && row.refuses.is_empty()).collect();
    let two_sided: Vec<&Row> = rows.iter().filter(|row| row.requirement.has_two_sides()).collect();
    let open: Vec<&Row> = two_sided.iter().copied().filter(|row| row.refuses.is_empty()).collect();
    let unproved: Vec<&Row> = two_sided.iter().copied().filter(|row| row.proves.is_empty()).collect();
    format!(
        "{} requirements: {} with a test, {} without; {} have two sides: {} are proved, {} are shown to refuse the opposite\n\
         without a test: {}\nwithout a refusal: {}",
        rows.len(),
        rows.len() - bare.len(),
        bare.len(),
        two_sided.len(),
        two_sided.len() - unproved.len(),
        two_sided.len() - open.len(),
        ids(&bare),
        ids(&open),
    )
}
