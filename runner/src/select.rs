//! Which tests a run takes.

use crate::suite::TestSpec;

/// Keeps the tests that the words of the command line mean; all where there is no word.
///
/// A whole identifier means that test alone. Any other word means a test whose identifier or suite contains it, or whose
/// case, clause or tag is that word; a clause is also meant by its beginning, so that `ICX-1.4.2` takes all its rows.
pub fn select(tests: &mut Vec<TestSpec>, words: &[String]) {
    let whole: Vec<bool> = words.iter().map(|word| tests.iter().any(|test| test.id == *word)).collect();
    let means =
        |test: &TestSpec, word: &str, whole: bool| if whole { test.id == word } else { is_meant(test, word) };
    tests.retain(|test| {
        words.is_empty() || words.iter().zip(&whole).any(|(word, whole)| means(test, word, *whole))
    });
}

fn is_meant(test: &TestSpec, word: &str) -> bool {
    let same = |other: &String| other.eq_ignore_ascii_case(word);
    let document = &test.document;
    test.id.contains(word)
        || test.suite.contains(word)
        || document.cases.iter().any(same)
        || document.tags.iter().any(same)
        || document.clauses().any(|clause| clause.to_lowercase().starts_with(&word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Document;

    fn selected(words: &[&str]) -> Vec<String> {
        let test = |id: &str, comment: &str| TestSpec {
            id: id.to_owned(),
            suite: "cellular/sim".to_owned(),
            suite_title: String::new(),
            function: String::new(),
            row: None,
            line: 1,
            document: Document::parse([comment]).unwrap(),
        };
        let mut tests = vec![
            test("sim::pin1", "/// T\n/// @case SIM-01\n/// @clause ICX-1.3.2.3a"),
            test("sim::pin1_blocks", "/// T\n/// @case SIM-04\n/// @clause ICX-1.3.2.3b"),
        ];
        select(&mut tests, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        tests.into_iter().map(|test| test.id).collect()
    }

    #[test]
    fn a_whole_identifier_means_that_test_alone_and_a_part_means_all_that_contain_it() {
        assert_eq!(selected(&["sim::pin1"]), ["sim::pin1"]);
        assert_eq!(selected(&["pin1"]), ["sim::pin1", "sim::pin1_blocks"]);
        assert_eq!(selected(&[]).len(), 2);
    }

    #[test]
    fn cases_and_beginnings_of_clauses_mean_their_tests() {
        assert_eq!(selected(&["sim-04"]), ["sim::pin1_blocks"]);
        assert_eq!(selected(&["ICX-1.3.2"]).len(), 2);
        assert!(selected(&["SIM-0"]).is_empty());
    }
}
