//! Which tests a run takes.

use crate::suite::TestSpec;

/// Whether a test is meant by the words of the command line: any word, or no word at all.
///
/// A word means a test whose identifier or suite contains it, or whose case, clause or tag is that word; a clause is also
/// meant by its beginning, so that `ICX-1.4.2` takes all its rows.
#[must_use]
pub fn is_selected(test: &TestSpec, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| is_meant(test, word))
}

fn is_meant(test: &TestSpec, word: &str) -> bool {
    let same = |other: &String| other.eq_ignore_ascii_case(word);
    let document = &test.document;
    test.id.contains(word)
        || test.suite.contains(word)
        || document.cases.iter().any(same)
        || document.tags.iter().any(same)
        || document.clauses.iter().any(|clause| clause.to_lowercase().starts_with(&word.to_lowercase()))
}
