//! The doc comment of a test: its title and what follows an `@`.
//!
//! `@case VOI-04`, `@clause ICX-1.4.2a`, `@refuses ICX-1.4.2a`, `@needs modem:voice core:control`, `@tags slow`, `@timeout 120` (seconds of lab
//! time), `@expected-fail TICKET 2026-12-31`. Several values on a line are separated by spaces; a line may be repeated.

use super::needs::Need;
use crate::known::KnownFailure;
use crate::requirements;
use wire::time::Duration;

/// How much lab time a test may take when it does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(900);

/// What a doc comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The first paragraph.
    pub title: String,
    /// Cases of the catalogue.
    pub cases: Vec<String>,
    /// Clauses of the requirements that it proves.
    pub clauses: Vec<String>,
    /// Clauses of the requirements of which it proves that the opposite is refused.
    pub refuses: Vec<String>,
    /// What the test needs of the lab.
    pub needs: Vec<Need>,
    /// Free words to filter by.
    pub tags: Vec<String>,
    /// How much lab time it may take.
    pub timeout: Duration,
    /// The ticket that excuses its failure.
    pub known_failure: Option<KnownFailure>,
}

impl Document {
    /// Reads the comment lines of a test, with or without their slashes.
    ///
    /// # Errors
    /// One sentence for each line that cannot be read.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<String>> {
        let mut document = Self {
            title: String::new(),
            cases: Vec::new(),
            clauses: Vec::new(),
            refuses: Vec::new(),
            needs: Vec::new(),
            tags: Vec::new(),
            timeout: DEFAULT_TIMEOUT,
            known_failure: None,
        };
        let mut faults = Vec::new();
        for line in lines.into_iter().flat_map(str::lines) {
            let line = line.trim().trim_start_matches('/').trim();
            match line.strip_prefix('@').map(|tag| tag.split_once(char::is_whitespace).unwrap_or((tag, ""))) {
                Some((tag, values)) => document.read_tag(tag, values.trim(), &mut faults),
                None if line.is_empty() => {}
                None if document.title.is_empty() => line.clone_into(&mut document.title),
                None => {
                    document.title.push(' ');
                    document.title.push_str(line);
                }
            }
        }
        if document.title.is_empty() {
            faults.push("a test needs a title: a doc comment (///) that says what must hold".to_owned());
        }
        if document.cases.is_empty() && document.clauses().next().is_none() {
            faults.push(
                "a test names the case or clause that it implements: @case, @clause or @refuses".to_owned(),
            );
        }
        if faults.is_empty() { Ok(document) } else { Err(faults) }
    }

    /// The clauses that it is about: those that it proves, and those of which it proves that the opposite is refused.
    pub fn clauses(&self) -> impl Iterator<Item = &String> {
        self.clauses.iter().chain(self.refuses.iter().filter(|clause| !self.clauses.contains(clause)))
    }

    fn read_tag(&mut self, tag: &str, values: &str, faults: &mut Vec<String>) {
        let words = values.split_whitespace().map(str::to_owned);
        match tag {
            "case" => self.cases.extend(words),
            "clause" | "refuses" => {
                let side = if tag == "clause" { &mut self.clauses } else { &mut self.refuses };
                for clause in words {
                    match requirements::expect_known(&clause) {
                        Ok(()) => side.push(clause),
                        Err(fault) => faults.push(format!("@{tag}: {fault}")),
                    }
                }
            }
            "tags" => self.tags.extend(words),
            "needs" => {
                for word in words {
                    match word.parse() {
                        Ok(need) => self.needs.push(need),
                        Err(fault) => faults.push(fault),
                    }
                }
            }
            "timeout" => match values.parse::<u64>() {
                Ok(seconds) if seconds > 0 => self.timeout = Duration::from_secs(seconds),
                Ok(_) | Err(_) => {
                    faults.push(format!("@timeout {values}: expected seconds of lab time, such as 120"))
                }
            },
            "expected-fail" => {
                match values.split_once(' ').map(|(ticket, date)| (ticket, date.trim().parse())) {
                    Some((ticket, Ok(until))) => {
                        self.known_failure = Some(KnownFailure { ticket: ticket.to_owned(), until });
                    }
                    Some((_, Err(_))) | None => {
                        faults.push(format!("@expected-fail {values}: expected a ticket and its last day, such as DTK-7 2026-12-31"));
                    }
                }
            }
            other => {
                let known = ["case", "clause", "refuses", "needs", "tags", "timeout", "expected-fail"];
                let help = lab::plan::nearest(other, &known).map_or_else(
                    || format!("known ones: @{}", known.join(", @")),
                    |nearest| format!("did you mean @{nearest}?"),
                );
                faults.push(format!("@{other} is not a word of a test's comment; {help}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_gives_title_and_tags() {
        let comment = "/// A number outside the list is refused\n/// by the network.\n/// @case VOI-04\n/// @clause ICX-1.4.2a ICX-1.4.2e\n/// @needs modem:voice core:control\n/// @timeout 120";
        let document = Document::parse([comment]).unwrap();
        assert_eq!(document.title, "A number outside the list is refused by the network.");
        assert_eq!(document.cases, ["VOI-04"]);
        assert_eq!(document.clauses, ["ICX-1.4.2a", "ICX-1.4.2e"]);
        assert_eq!(document.needs.len(), 2);
        assert_eq!(document.timeout, Duration::from_secs(120));
        assert_eq!(document.known_failure, None);
    }

    #[test]
    fn a_known_failure_has_a_ticket_and_a_last_day() {
        let read = |line: &str| Document::parse(["/// T", "/// @case X-1", line]);
        let known = read("/// @expected-fail DTK-7 2026-12-31").unwrap().known_failure.unwrap();
        assert_eq!((known.ticket.as_str(), known.until.to_string().as_str()), ("DTK-7", "2026-12-31"));
        for line in ["/// @expected-fail DTK-7", "/// @expected-fail DTK-7 soon", "/// @expected-fail"] {
            assert!(read(line).unwrap_err()[0].contains("its last day"), "{line}");
        }
    }

    #[test]
    fn a_clause_may_be_refused_as_well_as_proved_and_must_exist() {
        let read = |line: &str| Document::parse(["/// T", line]);
        let document = read("/// @clause ICX-1.4.2a\n/// @refuses ICX-1.4.2b ICX-1.4.2a").unwrap();
        assert_eq!((document.clauses.len(), document.refuses.len()), (1, 2));
        assert_eq!(document.clauses().collect::<Vec<_>>(), ["ICX-1.4.2a", "ICX-1.4.2b"]);
        for tag in ["@clause", "@refuses"] {
            let faults = read(&format!("/// {tag} ICX-1.4.9a\n/// @case X-1")).unwrap_err();
            assert!(faults[0].starts_with(&format!("{tag}: ICX-1.4.9a is not a clause")), "{faults:?}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        let faults =
            Document::parse(["/// T", "/// @cases X", "/// @needs modm", "/// @timeout soon"]).unwrap_err();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults[0].contains("did you mean @case"), "{faults:?}");
        assert!(faults[1].contains("modm"), "{faults:?}");
    }
}
