//! The requirements: every testable clause of the two service descriptions, as the program carries them.
//!
//! One line of `requirements/table.tsv` is one row: identifier, who, and what must hold, with tabs between. The
//! identifier is the clause number and a letter, behind `ICX-` (IoT Connect Express, cellular) or `ICA-` (IoT Connect
//! Anywhere, LoRaWAN). `requirements/program_tests.tsv` has what the program's own tests prove, in Rust: clause, side, test;
//! its lines are those of the tags in the sources, which a rule of the house compares. Not here: which suites prove a row.

const TABLE: &str = include_str!("requirements/table.tsv");
const PROGRAM_TESTS: &str = include_str!("requirements/program_tests.tsv");

/// One thing that a test can prove or disprove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Clause number and letter: `ICX-1.4.2b`.
    pub id: &'static str,
    /// Where the behaviour lives: `D` the device, `C` the operator's core, `P` an interface of the platform, several
    /// with commas, `-` for what the kit itself is.
    pub who: &'static str,
    /// What must hold.
    pub text: &'static str,
}

impl Requirement {
    /// Whether one must see both that it works and that the opposite is refused: what the core does of the clauses 1.4
    /// to 1.9 of IoT Connect Express.
    #[must_use]
    pub fn has_two_sides(&self) -> bool {
        let clause = self.id.strip_prefix("ICX-1.").unwrap_or_default();
        let number = clause.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        self.who.split(',').any(|who| who == "C")
            && number.parse().is_ok_and(|number| (4..=9).contains(&number))
    }
}

/// Every requirement, in the order of the service descriptions.
pub fn all() -> impl Iterator<Item = Requirement> {
    TABLE.lines().filter_map(row)
}

fn row(line: &'static str) -> Option<Requirement> {
    let mut fields = line.split('\t');
    let row = Requirement { id: fields.next()?, who: fields.next()?, text: fields.next()? };
    fields.next().is_none().then_some(row)
}

/// The program's own tests that prove a clause, or that its opposite is refused: file and name.
pub fn program_tests(clause: &str, refuses: bool) -> impl Iterator<Item = &'static str> {
    let side = if refuses { "refuses" } else { "proves" };
    PROGRAM_TESTS.lines().filter_map(move |line| {
        let mut fields = line.split('\t');
        (fields.next() == Some(clause) && fields.next() == Some(side)).then(|| fields.next()).flatten()
    })
}

/// Whether there is a requirement of this identifier.
///
/// # Errors
/// One sentence that names the nearest one.
pub fn expect_known(id: &str) -> Result<(), String> {
    if all().any(|requirement| requirement.id == id) {
        return Ok(());
    }
    let ids: Vec<&str> = all().map(|requirement| requirement.id).collect();
    let help = lab::plan::nearest(id, &ids).map_or_else(
        || "`dtk list --coverage` shows them".to_owned(),
        |nearest| format!("did you mean {nearest}?"),
    );
    Err(format!("{id} is not a clause of the requirements; {help}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_of_the_table_is_a_row_of_its_own() {
        let rows: Vec<Requirement> = all().collect();
        assert_eq!(rows.len(), TABLE.lines().count(), "a line of the table does not have three fields");
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), rows.len(), "an identifier comes twice");
        for row in rows {
            let mut known = row.who.split(',').map(|who| ["C", "D", "P", "-"].contains(&who));
            assert!(known.all(|known| known) && row.text.ends_with('.'), "{row:?}");
        }
    }

    #[test]
    fn a_test_of_the_program_proves_a_clause_that_exists() {
        for line in PROGRAM_TESTS.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [clause, side, test] = fields[..] else { panic!("{line}") };
            assert_eq!(expect_known(clause), Ok(()));
            assert!(program_tests(clause, side == "refuses").any(|known| known == test), "{line}");
        }
    }

    #[test]
    fn what_the_core_does_of_the_service_has_two_sides() {
        let two_sided = |id: &str| all().find(|row| row.id == id).unwrap().has_two_sides();
        for id in ["ICX-1.4.2b", "ICX-1.4.1g", "ICX-1.6a", "ICX-1.8c"] {
            assert!(two_sided(id), "{id}");
        }
        for id in ["ICX-1.2a", "ICX-1.4.1n", "ICX-1.9a", "ICX-1.10a", "ICX-1.13a", "ICA-1.5a", "ICX-1.3.2.2a"]
        {
            assert!(!two_sided(id), "{id}");
        }
    }

    #[test]
    fn an_unknown_clause_names_the_nearest_one() {
        assert_eq!(expect_known("ICX-1.4.2b"), Ok(()));
        let message = expect_known("ICX-1.4.2z").unwrap_err();
        assert!(message.contains("ICX-1.4.2z") && message.contains("did you mean ICX-1.4.2"), "{message}");
        assert!(expect_known("something else").unwrap_err().contains("--coverage"));
    }
}
