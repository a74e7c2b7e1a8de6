//! What a person reads on a terminal: progress, findings, the summary. Text only; nothing is printed here.
//!
//! Everything can be read without colour. Control characters of a device never reach the terminal.

use crate::clean;
use crate::run::{Finding, Place, Run, TestRun, Verdict};
use crate::summary::{self, Counts};
use anstyle::{AnsiColor, Color, Style};

/// One line for a finished test, without colour: `pass  sim::pin1_disabled_as_delivered   12.301 s`.
#[must_use]
pub fn progress_line(test: &TestRun) -> String {
    format!(
        "{:<14}  {:<58}  {:>11}",
        test.verdict.words(),
        clean::line(&test.id),
        seconds(test.lab_time_micros)
    )
}

/// A verdict that is not a plain pass, with everything that helps to act on it; lines end with a line feed. `width` is
/// the terminal's, in columns; long texts are broken at blanks.
///
/// ```text
/// FAIL voice_whitelist::unlisted_number_is_refused              lab time 34.102 s
///   --> suites/cellular/voice_whitelist.rhai:14:5
/// 14 |     expect(call.refused(), "network let the call through");
///    |     ^ network let the call through
///    = exchange  +32.001 modem-a > ATD+33999999999;
///    = repeat    dtk run voice_whitelist::unlisted_number_is_refused --seed 7
/// ```
#[must_use]
pub fn finding(test: &TestRun, width: usize, colour: bool) -> String {
    let paint = Paint { colour };
    let mut out = headline(test, width, paint);
    let Some(finding) = &test.finding else {
        fact(&mut out, 3, UNBROKEN, paint, "repeat", &test.repeat);
        return out;
    };
    let gutter = finding.place.as_ref().map_or(2, |place| place.line.to_string().len()) + 1;
    match &finding.place {
        Some(place) => at_place(&mut out, place, &finding.message, gutter, paint, test.verdict),
        None => fact(&mut out, gutter, width, paint, "why", &finding.message),
    }
    facts(&mut out, gutter, width, paint, finding);
    fact(&mut out, gutter, UNBROKEN, paint, "repeat", &test.repeat);
    out
}

/// Counts by verdict and a table by family; lines end with a line feed.
#[must_use]
pub fn summary(run: &Run) -> String {
    let all = summary::counts(&run.tests);
    let shown: Vec<Verdict> =
        all.iter().filter(|(_, count)| *count > 0).map(|(verdict, _)| verdict).collect();
    let families = summary::families(run);
    let longest = families.iter().map(|family| family.name.chars().count()).max().unwrap_or(0).max(6);
    let mut out = format!("{:<longest$}  {:>5}", "family", "tests");
    for verdict in &shown {
        out.push_str(&format!("  {:>5}", verdict.words()));
    }
    out.push('\n');
    for family in &families {
        row(&mut out, &clean::line(family.name), longest, &family.counts(), &shown);
    }
    row(&mut out, "all", longest, &all, &shown);
    if run.tests.is_empty() {
        out.clear();
    }
    out.push_str(&last_line(run, &all));
    out
}

fn row(out: &mut String, name: &str, longest: usize, counts: &Counts, shown: &[Verdict]) {
    out.push_str(&format!("{name:<longest$}  {:>5}", counts.total()));
    for verdict in shown {
        let width = verdict.words().len().max(5);
        // A dot lets the eye find the figures that are not zero.
        let figure = match counts.of(*verdict) {
            0 => "·".to_owned(),
            count => count.to_string(),
        };
        out.push_str(&format!("  {figure:>width$}"));
    }
    out.push('\n');
}

fn last_line(run: &Run, all: &Counts) -> String {
    let time = seconds(summary::lab_time_micros(run));
    let stopped = if run.interrupted { ", interrupted before the end" } else { "" };
    match all.total() {
        0 => format!("no test was run{stopped}\n"),
        1 => format!("1 test: {}; lab time {time}{stopped}\n", all.words()),
        total => format!("{total} tests: {}; lab time {time}{stopped}\n", all.words()),
    }
}

fn headline(test: &TestRun, width: usize, paint: Paint) -> String {
    let verdict = test.verdict.words().to_uppercase();
    let id = clean::line(&test.id);
    let time = format!("lab time {}", seconds(test.lab_time_micros));
    let used = verdict.chars().count() + 1 + id.chars().count() + time.chars().count();
    let gap = width.saturating_sub(used).max(2);
    format!("{} {}{:gap$}{time}\n", paint.verdict(test.verdict, &verdict), paint.strong(&id), "")
}

fn at_place(out: &mut String, place: &Place, message: &str, gutter: usize, paint: Paint, verdict: Verdict) {
    let bar = paint.faint("|");
    let number = gutter - 1;
    // One column for each character, or the caret misses.
    let source = clean::line(&place.source.replace('\t', " ")).into_owned();
    let before = " ".repeat(place.column.saturating_sub(1).min(source.chars().count()));
    let message = clean::attribute(message);
    out.push_str(&format!(
        "  {} {}:{}:{}\n",
        paint.faint("-->"),
        clean::line(&place.file),
        place.line,
        place.column
    ));
    out.push_str(&format!("{:>number$} {bar} {source}\n", place.line));
    out.push_str(&format!(
        "{:gutter$}{bar} {before}{}\n",
        "",
        paint.verdict(verdict, &format!("^ {message}"))
    ));
}

fn facts(out: &mut String, gutter: usize, width: usize, paint: Paint, finding: &Finding) {
    let single = [
        ("expected", finding.expected.as_deref()),
        ("seen", finding.seen.as_deref()),
        ("blame", Some(finding.blame.as_str()).filter(|blame| !blame.is_empty())),
    ];
    for (label, value) in single {
        if let Some(value) = value {
            fact(out, gutter, width, paint, label, value);
        }
    }
    for (label, list) in [("exchange", &finding.exchange), ("note", &finding.notes)] {
        for (number, entry) in list.iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            fact(out, gutter, width, paint, label, entry);
        }
    }
}

/// The width of a line that is to be copied whole, such as a command.
const UNBROKEN: usize = usize::MAX;

/// `   = label     text`, broken at blanks; an empty label continues the entry above.
fn fact(out: &mut String, gutter: usize, width: usize, paint: Paint, label: &str, text: &str) {
    let room = width.saturating_sub(gutter + 12).max(24);
    let mut label = label;
    let mut sign = if label.is_empty() { " ".to_owned() } else { paint.faint("=") };
    for line in clean::text(text).lines().flat_map(|line| broken(line, room)) {
        out.push_str(&format!("{:gutter$}{sign} {label:<10}{line}\n", ""));
        label = "";
        " ".clone_into(&mut sign);
    }
}

/// The line in pieces of at most `room` characters, broken at blanks where there are any.
fn broken(line: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let long = word.chars().count();
        if used > 0 && used + word.trim_end().chars().count() > room {
            pieces.push(String::new());
            used = 0;
        }
        used += long;
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(word);
        }
    }
    pieces.iter().map(|piece| piece.trim_end().to_owned()).collect()
}

/// Microseconds as seconds with three digits after the point, rounded down.
fn seconds(micros: u64) -> String {
    format!("{}.{:03} s", micros / 1_000_000, micros / 1_000 % 1_000)
}

#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn verdict(self, verdict: Verdict, text: &str) -> String {
        let colour = match verdict {
            Verdict::Pass => AnsiColor::Green,
            Verdict::Fail => AnsiColor::Red,
            Verdict::Error => AnsiColor::Magenta,
            Verdict::Inconclusive | Verdict::Flaky => AnsiColor::Yellow,
            Verdict::ExpectedFail | Verdict::NotApplicable => AnsiColor::Cyan,
        };
        self.with(Style::new().bold().fg_color(Some(Color::Ansi(colour))), text)
    }

    fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    fn faint(self, text: &str) -> String {
        self.with(Style::new().fg_color(Some(Color::Ansi(AnsiColor::Blue))), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{test_with, varied};

    #[test]
    fn a_finding_shows_place_comparison_exchange_and_repeat_command() {
        let test = test_with(Verdict::Fail, "the network let the call through");
        let want = r#"FAIL voice_whitelist::unlisted_number_is_refused              lab time 34.102 s
  --> suites/cellular/voice_whitelist.rhai:14:5
14 |     expect(call.refused(), "the network let the call through");
   |     ^ the network let the call through
   = expected  refused with cause 21 (call rejected)
   = seen      OK after 2.1 s
   = blame     device
   = exchange  +30.000 modem-a > AT+COPS?
               +30.020 modem-a < +COPS: 0,0,"Orange F",7
               +32.001 modem-a > ATD+33999999999;
               +34.101 modem-a < OK
   = note      +32.050 208011234567890 call-accepted: no whitelist on account
               "acme"
   = repeat    dtk run voice_whitelist::unlisted_number_is_refused --seed 7
"#;
        assert_eq!(finding(&test, 79, false), want);
    }

    #[test]
    fn colour_adds_nothing_but_escapes() {
        let test = test_with(Verdict::Error, "it broke");
        let coloured = finding(&test, 80, true);
        assert!(coloured.contains('\x1b'));
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((head, tail)) = rest.split_once('\x1b') {
            plain.push_str(head);
            rest = tail.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, finding(&test, 80, false));
    }

    #[test]
    fn a_device_cannot_steer_the_terminal() {
        let mut test = test_with(Verdict::Fail, "seen \x1b[2J");
        test.id.push_str("\x1b]0;title\x07");
        let text = [finding(&test, 80, false), progress_line(&test)].concat();
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }

    #[test]
    fn long_texts_are_broken_and_the_place_is_kept_whole() {
        let mut test = test_with(Verdict::Fail, "short");
        if let Some(finding) = &mut test.finding {
            finding.expected = Some("word ".repeat(40));
            finding.place = None;
        }
        let text = finding(&test, 60, false);
        assert!(
            text.lines().skip(1).filter(|line| line.contains("word")).all(|line| line.len() <= 60),
            "{text}"
        );
        assert!(text.contains("= why       short"), "{text}");
    }

    #[test]
    fn the_caret_stays_under_its_column() {
        let rows =
            [("a line above nine", 1), ("a line of three digits", 137), ("a column beyond the line", 14)];
        for (name, line) in rows {
            let mut test = test_with(Verdict::Fail, "here");
            if let Some(place) = test.finding.as_mut().and_then(|finding| finding.place.as_mut()) {
                place.line = line;
                place.source = "\tcall();".to_owned();
                place.column = 2;
            }
            let text = finding(&test, 80, false);
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines[2].find("call"), lines[3].find('^'), "{name}: {text}");
        }
    }

    #[test]
    fn the_summary_counts_every_test_once() {
        let want = "\
family           tests   pass   fail  error  inconclusive  flaky  expected fail  not applicable
sim                  6      5      ·      ·             ·      ·              ·               1
registration         7      5      ·      ·             ·      1              1               ·
sms                  5      4      ·      1             ·      ·              ·               ·
voice whitelist      3      1      1      ·             ·      ·              ·               1
join                 5      4      1      ·             ·      ·              ·               ·
downlink             3      2      ·      ·             1      ·              ·               ·
all                 29     21      2      1             1      1              1               2
29 tests: 21 pass, 2 fail, 1 error, 1 inconclusive, 1 flaky, 1 expected fail, 2 not applicable; lab time 3252.888 s
";
        assert_eq!(summary(&varied()), want);
        let mut run = varied();
        run.tests.clear();
        run.interrupted = true;
        assert_eq!(summary(&run), "no test was run, interrupted before the end\n");
    }

    #[test]
    fn progress_is_one_line_with_verdict_first() {
        let line = progress_line(&varied().tests[0]);
        assert!(line.starts_with("pass ") && line.contains("sim::pin1_disabled_as_delivered"), "{line}");
        assert!(line.ends_with("1.301 s"), "{line}");
    }
}
