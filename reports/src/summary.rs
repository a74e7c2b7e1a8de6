//! Counts and groups that several reports show: by verdict, by family, by suite and by clause.
//!
//! Groups keep the order in which their first test was selected; clauses are sorted as a person would, with numbers by
//! value.

use crate::run::{Run, TestRun, Verdict};
use std::collections::BTreeMap;

/// How many tests have each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Verdict::ALL.len()]);

impl Counts {
    /// The tests with this verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> u64 {
        self.iter().find(|(known, _)| *known == verdict).map_or(0, |(_, count)| count)
    }

    /// Counts `more` tests with this verdict.
    pub fn add(&mut self, verdict: Verdict, more: u64) {
        for (known, count) in Verdict::ALL.iter().zip(&mut self.0) {
            if *known == verdict {
                *count = count.saturating_add(more);
            }
        }
    }

    /// All tests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every verdict with its count, zeros included, in the order of [`Verdict::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Verdict, u64)> + '_ {
        Verdict::ALL.into_iter().zip(self.0)
    }

    /// The counts that are not zero, in words: `12 pass, 1 fail`. Empty when nothing was counted.
    #[must_use]
    pub fn words(&self) -> String {
        let parts: Vec<String> = self
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| format!("{count} {verdict}"))
            .collect();
        parts.join(", ")
    }
}

/// Counts tests by verdict.
#[must_use]
pub fn counts<'a>(tests: impl IntoIterator<Item = &'a TestRun>) -> Counts {
    let mut counts = Counts::default();
    for test in tests {
        counts.add(test.verdict, 1);
    }
    counts
}

/// The most severe verdict; `None` when there is no test.
#[must_use]
pub fn worst<'a>(tests: impl IntoIterator<Item = &'a TestRun>) -> Option<Verdict> {
    tests.into_iter().map(|test| test.verdict).max()
}

/// Lab time of all tests together, µs.
#[must_use]
pub fn lab_time_micros(run: &Run) -> u64 {
    run.tests.iter().fold(0, |sum, test| sum.saturating_add(test.lab_time_micros))
}

/// Tests that belong together, with the position of each in the run.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The family or the suite.
    pub name: &'a str,
    /// Position in [`Run::tests`] and the test.
    pub tests: Vec<(usize, &'a TestRun)>,
}

impl Group<'_> {
    /// Counts of the group.
    #[must_use]
    pub fn counts(&self) -> Counts {
        counts(self.tests.iter().map(|(_, test)| *test))
    }
}

/// The tests by family.
#[must_use]
pub fn families(run: &Run) -> Vec<Group<'_>> {
    group(run, |test| &test.family)
}

/// The tests by suite.
#[must_use]
pub fn suites(run: &Run) -> Vec<Group<'_>> {
    group(run, |test| &test.suite)
}

/// The tests by clause, sorted by clause; a test appears under each of its clauses.
#[must_use]
pub fn clauses(run: &Run) -> Vec<Group<'_>> {
    let mut by_clause: BTreeMap<(NaturalKey, &str), Vec<(usize, &TestRun)>> = BTreeMap::new();
    for (position, test) in run.tests.iter().enumerate() {
        for clause in &test.clauses {
            let tests = by_clause.entry((natural_key(clause), clause)).or_default();
            if tests.last().is_none_or(|(last, _)| *last != position) {
                tests.push((position, test));
            }
        }
    }
    by_clause.into_iter().map(|((_, name), tests)| Group { name, tests }).collect()
}

fn group<'a>(run: &'a Run, name_of: impl Fn(&'a TestRun) -> &'a str) -> Vec<Group<'a>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (position, test) in run.tests.iter().enumerate() {
        let name = name_of(test);
        let place = *places.entry(name).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group { name, tests: Vec::new() });
        }
        if let Some(group) = groups.get_mut(place) {
            group.tests.push((position, test));
        }
    }
    groups
}

/// Runs of digits count as numbers, so that `1.3.10` comes after `1.3.2`.
type NaturalKey = Vec<(String, u64)>;

fn natural_key(text: &str) -> NaturalKey {
    let mut key = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits_at = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (words, tail) = rest.split_at(digits_at);
        let digits_end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (digits, tail) = tail.split_at(digits_end);
        key.push((words.to_owned(), digits.parse().unwrap_or(0)));
        rest = tail;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::varied;

    #[test]
    fn the_worst_verdict_is_the_most_severe() {
        let run = varied();
        assert_eq!(worst(&run.tests), Some(Verdict::Error));
        assert_eq!(
            worst(run.tests.iter().filter(|t| t.verdict < Verdict::Fail)),
            Some(Verdict::Inconclusive)
        );
        assert_eq!(worst([]), None);
    }

    #[test]
    fn counts_add_up_and_speak() {
        let run = varied();
        let all = counts(&run.tests);
        assert_eq!(all.total(), run.tests.len() as u64);
        let by_family: u64 = families(&run).iter().map(|group| group.counts().total()).sum();
        assert_eq!(by_family, all.total());
        let mut few = Counts::default();
        few.add(Verdict::Pass, 12);
        few.add(Verdict::NotApplicable, 2);
        assert_eq!(few.words(), "12 pass, 2 not applicable");
    }

    #[test]
    fn clauses_sort_by_number() {
        let mut clauses = ["ICX-1.3.10a", "ICX-1.3.2b", "ICA-1.5b", "ICX-1.3.2a"];
        clauses.sort_by_key(|clause| natural_key(clause));
        assert_eq!(clauses, ["ICA-1.5b", "ICX-1.3.2a", "ICX-1.3.2b", "ICX-1.3.10a"]);
    }
}
