//! Rules about words: who may judge, and what a core's refusal is.

use crate::tree::{PURE, has_word, nothing_found, product_files};

/// Names that judge a device. Below the runner there are answers, refusals, errors and notes.
const JUDGING: &[&str] =
    &["Verdict", "Judgement", "Pass", "Fail", "Passed", "\"pass\"", "\"fail\"", "reports"];

#[test]
fn no_verdict_word_below_the_runner() {
    let mut found = Vec::new();
    for file in product_files(PURE).iter().chain(&product_files(&["endpoints"])) {
        for (number, line) in file.product_lines() {
            for word in JUDGING.iter().filter(|word| names_a_type(line, word)) {
                found.push(format!("{}:{number}: {word} in `{}`", file.path, line.trim()));
            }
        }
    }
    nothing_found("the core decides and emits a note; only the runner judges", &found);
}

fn names_a_type(line: &str, word: &str) -> bool {
    match word {
        "reports" => line.trim_start().starts_with("use reports::"),
        _ => has_word(line, word),
    }
}

#[test]
fn no_error_is_a_bag_for_any_text() {
    let mut found = Vec::new();
    for file in
        product_files(&["wire", "simcore", "simdev", "drivers", "lab", "endpoints", "reports", "runner"])
    {
        for (number, line) in file.product_lines() {
            if line.trim_start().starts_with("Other(String)") {
                found.push(format!("{}:{number}", file.path));
            }
        }
    }
    nothing_found("one variant per way to be wrong", &found);
}
