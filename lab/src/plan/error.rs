//! What is wrong with a lab file, with the place and what to do.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong, with the bytes of the file that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl PlanError {
    /// An error about the bytes `span` of the file.
    #[must_use]
    pub const fn new(span: Range<usize>, message: String) -> Self {
        Self { span, message, help: None }
    }

    /// The same error with the name that was probably meant.
    #[must_use]
    pub fn with_nearest(mut self, name: &str, known: &[&str]) -> Self {
        self.help = nearest(name, known).map(|nearest| format!("did you mean \"{nearest}\"?"));
        self
    }

    /// The same error with what to do.
    #[must_use]
    pub fn with_help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }

    /// From the deserialiser's error; an unknown key gets the nearest known one as help.
    #[must_use]
    pub(super) fn from_toml(error: &toml::de::Error) -> Self {
        let text = error.message().lines().next().unwrap_or_default();
        let span = error.span().unwrap_or_default();
        if !text.starts_with("unknown field") {
            return Self::new(span, text.to_owned());
        }
        // serde's message names the unknown key first and then the known ones, each in backticks.
        let names: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        let (unknown, known) = names.split_first().unwrap_or((&"", &[]));
        let help = nearest(unknown, known).map_or_else(
            || format!("known keys here: {}", known.join(", ")),
            |nearest| format!("did you mean `{nearest}`?"),
        );
        Self { span, message: format!("unknown key `{unknown}`"), help: Some(help) }
    }

    /// The bytes of the file that the error is about.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do, where there is a guess.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl std::error::Error for PlanError {}

/// The known name with the fewest edits, if it is near enough to be a slip of the pen.
#[must_use]
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(name, candidate), *candidate))
        .filter(|(edits, candidate)| *edits <= candidate.chars().count().max(3) / 3 + 1)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, to) in b.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or_default();
            let left = row.get(j).copied().unwrap_or_default();
            let best = (above + 1).min(left + 1).min(diagonal + usize::from(from != *to));
            diagonal = above;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = best;
            }
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_strange_one_has_none() {
        assert_eq!(distance("pol", "pool"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("voice_whitelst", &["voice_whitelist", "name"]), Some("voice_whitelist"));
        assert_eq!(nearest("colour", &["seed", "clock"]), None);
    }
}
