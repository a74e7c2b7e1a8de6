//! Rules about the suites and what tests prove: what each test must say of itself.

use crate::tree::{SourceFile, files, nothing_found, root};

/// The suites of the kit; the tests' own suites live elsewhere and may be as wrong as they like.
fn suites() -> Vec<SourceFile> {
    let mut suites = files(&[".rhai"]);
    suites.retain(|file| file.path.starts_with("suites/"));
    assert!(suites.len() > 3, "where is the kit?");
    suites
}

/// A test function: its line and the doc comment above it.
struct Test<'a> {
    line: usize,
    name: &'a str,
    comment: Vec<(usize, &'a str)>,
}

fn tests(file: &SourceFile) -> Vec<Test<'_>> {
    let mut comment: Vec<(usize, &str)> = Vec::new();
    let mut tests = Vec::new();
    for (line, text) in file.lines() {
        if let Some(doc) = text.strip_prefix("/// ") {
            comment.push((line, doc));
        } else {
            if let Some(rest) = text.strip_prefix("fn test_") {
                let name = rest.split('(').next().unwrap_or_default();
                tests.push(Test { line, name, comment: comment.clone() });
            }
            comment.clear();
        }
    }
    tests
}

/// The words behind a tag, with their lines.
fn tagged<'a>(test: &Test<'a>, tag: &str) -> Vec<(usize, &'a str)> {
    let values = |(line, text): &(usize, &'a str)| text.strip_prefix(tag).map(|values| (*line, values));
    test.comment
        .iter()
        .filter_map(values)
        .flat_map(|(line, values)| values.split_whitespace().map(move |value| (line, value)))
        .collect()
}

/// Every test of the kit for which `complaint` has something to say.
fn complain(rule: &str, complaint: impl Fn(&Test<'_>) -> Option<(usize, String)>) {
    let mut found = Vec::new();
    for file in suites() {
        for test in tests(&file) {
            if let Some((line, text)) = complaint(&test) {
                found.push(format!("{}:{line}: {}: {text}", file.path, test.name));
            }
        }
    }
    nothing_found(rule, &found);
}

#[test]
fn the_kit_has_tests_at_all() {
    let count: usize = suites().iter().map(|file| tests(file).len()).sum();
    assert!(count > 50, "only {count} tests were found: the rules below would hold for nothing");
}

#[test]
fn every_test_names_its_case_or_clause() {
    complain("a test names the case or clause that it implements", |test| {
        let named = ["@case ", "@clause ", "@refuses "].iter().any(|tag| !tagged(test, tag).is_empty());
        (!named).then(|| (test.line, "none of @case, @clause and @refuses".to_owned()))
    });
}

#[test]
fn every_test_has_a_title() {
    complain("a test's comment begins with one sentence that says what must hold", |test| {
        let title = test.comment.first().is_some_and(|(_, text)| !text.starts_with('@'));
        (!title).then(|| (test.line, "no title".to_owned()))
    });
}

#[test]
fn every_test_states_what_it_needs() {
    complain("a suite states what it needs, or nobody can say where it runs", |test| {
        tagged(test, "@needs ").is_empty().then(|| (test.line, "no @needs".to_owned()))
    });
}

#[test]
fn every_case_has_the_form_of_the_catalogue() {
    complain("a case is written as in the catalogue: VOI-04", |test| {
        tagged(test, "@case ")
            .into_iter()
            .find(|(_, case)| !is_case(case))
            .map(|(line, case)| (line, case.to_owned()))
    });
}

#[test]
fn every_clause_has_the_form_of_the_requirements() {
    complain("a clause is written as in the requirements: ICX-1.4.2a, ICA-1.3a", |test| {
        let mut clauses = tagged(test, "@clause ").into_iter().chain(tagged(test, "@refuses "));
        let wrong = clauses.find(|(_, clause)| !is_clause(clause));
        wrong.map(|(line, clause)| (line, clause.to_owned()))
    });
}

/// What the program's own tests say that they prove, as lines of `runner/src/requirements/program_tests.tsv`.
fn program_proofs(file: &SourceFile) -> Vec<String> {
    let mut tags: Vec<(&str, &str)> = Vec::new();
    let mut proofs = Vec::new();
    for (_, line) in file.lines() {
        let line = line.trim_start();
        let side = [("/// @clause ", "proves"), ("/// @refuses ", "refuses")]
            .into_iter()
            .find_map(|(tag, side)| Some((side, line.strip_prefix(tag)?)));
        if let Some((side, clauses)) = side {
            tags.extend(clauses.split_whitespace().map(|clause| (clause, side)));
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| !line.starts_with("//")) {
            let name = rest.split('(').next().unwrap_or_default();
            let proof = |(clause, side): (&str, &str)| format!("{clause}\t{side}\t{}: {name}", file.path);
            proofs.extend(tags.drain(..).map(proof));
        }
    }
    proofs
}

#[test]
fn what_the_programs_own_tests_prove_is_in_the_table_of_the_requirements() {
    let mut proofs: Vec<String> = files(&[".rs"]).iter().flat_map(program_proofs).collect();
    proofs.sort();
    let table = "runner/src/requirements/program_tests.tsv";
    let text = std::fs::read_to_string(root().join(table)).unwrap();
    let wanted = proofs.join("\n") + "\n";
    assert!(text == wanted, "{table} is to hold what the tags in the Rust tests say:\n{wanted}");
}

#[test]
fn a_tag_above_a_test_is_a_proof_and_one_in_a_text_is_none() {
    let text = "    /// @clause ICX-1.2a ICX-1.2b\n    #[test]\n    fn one() {}\n    \"/// @clause ICX-1.3a\";\nfn two() {}\n";
    let file = SourceFile { path: "a/b.rs".to_owned(), text: text.to_owned() };
    assert_eq!(program_proofs(&file), ["ICX-1.2a\tproves\ta/b.rs: one", "ICX-1.2b\tproves\ta/b.rs: one"]);
}

/// `[A-Z]+-\d+`
fn is_case(text: &str) -> bool {
    text.split_once('-').is_some_and(|(family, number)| {
        !family.is_empty()
            && family.bytes().all(|byte| byte.is_ascii_uppercase())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `IC[XA]-\d+(\.\d+)*[a-z]`
fn is_clause(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("ICX-").or_else(|| text.strip_prefix("ICA-")) else { return false };
    let Some(numbers) = rest.strip_suffix(|c: char| c.is_ascii_lowercase()) else { return false };
    numbers.split('.').all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn forms_are_told_from_near_misses() {
    for good in ["VOI-04", "LJN-12"] {
        assert!(is_case(good), "{good}");
    }
    for bad in ["VOI-4a", "voi-04", "VOI04", "-04", "VOI-"] {
        assert!(!is_case(bad), "{bad}");
    }
    for good in ["ICX-1.4.2a", "ICA-1.3a", "ICX-1.13a"] {
        assert!(is_clause(good), "{good}");
    }
    for bad in ["ICX-1.4.2", "ICB-1.4a", "ICX-1..4a", "ICX-a", "1.4.2a"] {
        assert!(!is_clause(bad), "{bad}");
    }
}
