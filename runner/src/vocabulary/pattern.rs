//! Patterns over what devices say: regular expressions in linear time, without look-around and back-references.

use super::modem::ModemHandle;
use super::values::array;
use crate::context::{Verb, span};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use regex::Regex;
use rhai::{Array, Dynamic, Engine};
use wire::at::response::{fields, parameters};
use wire::time::Duration;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("matches", |text: &str, pattern: &str| Verb::Ok(compile(pattern)?.is_match(text)))
        .register_fn("captures", |text: &str, pattern: &str| {
            Verb::Ok(captures(&compile(pattern)?, text).unwrap_or_default())
        })
        .register_fn("fields", |line: &str| array(fields(parameters(line))))
        .register_fn("wait_for_report", |modem: &mut ModemHandle, pattern: &str, seconds: Dynamic| {
            wait_for_report(modem, pattern, span(&seconds)?)
        });
}

fn compile(pattern: &str) -> Verb<Regex> {
    Regex::new(pattern).map_err(|error| {
        // The first lines draw the pattern; the last says what is wrong.
        let reason =
            error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Trouble::new(Blame::Script, format!("\"{pattern}\" is not a pattern: {reason}")).terminal()
    })
}

/// The groups of the first match, the whole match without them; a group that took no part is empty.
fn captures(pattern: &Regex, text: &str) -> Option<Array> {
    let found = pattern.captures(text)?;
    let skip = usize::from(found.len() > 1);
    Some(array(found.iter().skip(skip).map(|group| group.map_or("", |group| group.as_str()).to_owned())))
}

/// Runs the lab until the modem reports something that matches, from now on; the groups of the match.
fn wait_for_report(modem: &ModemHandle, pattern: &str, span: Duration) -> Verb<Array> {
    let pattern = compile(pattern)?;
    let since = modem.context.now();
    let limit = since + span;
    loop {
        let found = modem.reports_from(since, |report| captures(&pattern, &report.line));
        if let Some(groups) = found.into_iter().next() {
            return Ok(groups);
        }
        if !modem.context.advance(limit)? {
            let message = format!(
                "the modem reported nothing that matches \"{pattern}\" within {} s",
                span.as_secs_f64()
            );
            return Err(Trouble::new(Blame::Device, message).thrown());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str, pattern: &str) -> Option<Vec<String>> {
        captures(&compile(pattern).unwrap(), text)
            .map(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn groups_are_taken_or_the_whole_match_where_there_are_none() {
        assert_eq!(groups("+CEREG: 3,,,,0,11", r",(\d),(\d+)$"), Some(vec!["0".into(), "11".into()]));
        assert_eq!(groups("+CMTI: \"SM\",3", r"\d+"), Some(vec!["3".into()]));
        assert_eq!(groups("RING", r"\+CRING"), None);
    }

    #[test]
    fn a_pattern_that_is_none_is_the_scripts_fault_and_says_why() {
        let message = crate::judge::words(&compile("(").unwrap_err());
        assert_eq!(message, "\"(\" is not a pattern: unclosed group");
    }
}
