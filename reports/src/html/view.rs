//! What the template shows, in the words and the order of the page. All texts are cleaned here and escaped there.

use super::EVENTS_SHOWN;
use super::timeline::{self, Line};
use crate::chart::Chart;
use crate::run::{Finding, Run, TestRun, Verdict};
use crate::summary::{self, Counts, Group};
use crate::{capture, clean};
use askama::Template;
use std::cmp::Reverse;

/// The page. The template's file is `templates/report.html`.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    facts: Vec<(&'static str, String)>,
    lab: String,
    under_test: String,
    banner: Banner,
    charts: &'a [Chart],
    families: Vec<Family>,
    findings: Vec<Block>,
    skipped: Vec<Skipped>,
    devices: Vec<Device>,
    clauses: Vec<Clause>,
    sources: Vec<(String, String)>,
    meanings: Vec<(Badge, &'static str)>,
}

struct Badge {
    class: &'static str,
    words: &'static str,
}

struct Banner {
    badge: Badge,
    sentences: Vec<String>,
    parts: Vec<Part>,
    interrupted: bool,
}

struct Part {
    badge: Badge,
    count: u64,
    /// Share of all tests in per cent, for the bar.
    share: String,
}

struct Family {
    name: String,
    titles: Vec<String>,
    counts: String,
    tests: Vec<Row>,
}

struct Row {
    position: usize,
    id: String,
    title: String,
    cases: Vec<String>,
    clauses: Vec<String>,
    badge: Badge,
    has_block: bool,
    time: String,
    events: usize,
    lines: Vec<Line>,
    more: usize,
    /// Path under `captures/`.
    capture: Option<String>,
}

struct Block {
    position: usize,
    id: String,
    title: String,
    badge: Badge,
    message: String,
    facts: Vec<(&'static str, String)>,
    place: Option<Place>,
    exchange: Vec<String>,
    notes: Vec<String>,
    repeat: String,
}

struct Place {
    at: String,
    source: String,
    /// What stands before the caret in the line below the source.
    gutter: String,
}

struct Skipped {
    position: usize,
    id: String,
    reason: String,
    needs: String,
}

struct Device {
    name: String,
    kind: String,
    model: String,
    port: String,
    identities: Vec<(String, String)>,
}

struct Clause {
    name: String,
    tests: Vec<(usize, String)>,
    badge: Badge,
}

pub(super) fn page<'a>(run: &Run, charts: &'a [Chart]) -> Page<'a> {
    let numbered = || run.tests.iter().enumerate();
    Page {
        facts: facts(run),
        lab: own(&run.about.lab),
        under_test: under_test(run),
        banner: banner(run),
        charts,
        families: summary::families(run).iter().map(family).collect(),
        findings: findings(run),
        skipped: numbered()
            .filter(|(_, test)| test.verdict == Verdict::NotApplicable)
            .map(|(position, test)| skipped(position, test))
            .collect(),
        devices: devices(run),
        clauses: summary::clauses(run).iter().map(clause).collect(),
        sources: sources(run),
        meanings: Verdict::ALL.into_iter().map(|verdict| (badge(verdict), meaning(verdict))).collect(),
    }
}

/// The blocks, most severe first, otherwise in the order of the run.
fn findings(run: &Run) -> Vec<Block> {
    let mut tests: Vec<(usize, &TestRun)> =
        run.tests.iter().enumerate().filter(|(_, test)| has_block(test)).collect();
    tests.sort_by_key(|(_, test)| Reverse(test.verdict));
    tests.into_iter().map(|(position, test)| block(position, test)).collect()
}

fn own(text: &str) -> String {
    clean::line(text).into_owned()
}

fn seconds(micros: u64) -> String {
    format!("{}.{:03} s", micros / 1_000_000, micros / 1_000 % 1_000)
}

const fn badge(verdict: Verdict) -> Badge {
    Badge { class: verdict.code(), words: verdict.words() }
}

/// Whether the test gets a block of its own: it was run and did not plainly pass, or somebody has something to say.
fn has_block(test: &TestRun) -> bool {
    match test.verdict {
        Verdict::NotApplicable => false,
        Verdict::Pass => test.finding.is_some(),
        Verdict::ExpectedFail | Verdict::Flaky | Verdict::Inconclusive | Verdict::Fail | Verdict::Error => {
            true
        }
    }
}

const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "The device and the network behaved as the clause says.",
        Verdict::Fail => "The device or the network misbehaved.",
        Verdict::Error => "The test script or the lab broke; nothing is said about the device.",
        Verdict::Inconclusive => "A precondition outside the test was not met.",
        Verdict::Flaky => "Passed, but only when it was tried again.",
        Verdict::ExpectedFail => "A known failure with a ticket that has not expired.",
        Verdict::NotApplicable => "This lab does not have what the test needs.",
    }
}

fn under_test(run: &Run) -> String {
    let devices =
        run.about.devices.iter().map(|device| format!("{} ({})", own(&device.name), own(&device.model)));
    devices.collect::<Vec<_>>().join(", ")
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let about = &run.about;
    vec![
        ("Lab", own(&about.lab)),
        ("Lab date", own(&about.calendar.replace('T', " ").replace('Z', " UTC"))),
        ("Mode", about.mode.to_string()),
        ("Seed", about.seed.to_string()),
        ("Version", format!("dtk {}", own(&about.version))),
        ("Lab file", own(&about.lab_file)),
        ("Tests", run.tests.len().to_string()),
        ("Lab time", seconds(summary::lab_time_micros(run))),
    ]
}

fn banner(run: &Run) -> Banner {
    let counts = summary::counts(&run.tests);
    let worst = summary::worst(&run.tests);
    let sentences = match worst {
        None => vec!["No test was run.".to_owned()],
        Some(Verdict::Pass) => vec![format!("Every applicable test passed ({}).", counts.words())],
        Some(Verdict::NotApplicable) => vec!["No test is applicable in this lab.".to_owned()],
        Some(_) => told(&counts),
    };
    Banner {
        badge: worst.map_or(Badge { class: Verdict::NotApplicable.code(), words: "nothing run" }, badge),
        sentences,
        parts: parts(&counts),
        interrupted: run.interrupted,
    }
}

/// What each verdict that is no pass means for the reader, most severe first.
fn told(counts: &Counts) -> Vec<String> {
    let mut present: Vec<(Verdict, u64)> = counts.iter().filter(|(_, count)| *count > 0).collect();
    present.sort_by_key(|(verdict, _)| Reverse(*verdict));
    let worth_telling = present.iter().filter(|(verdict, _)| *verdict > Verdict::Pass);
    worth_telling
        .map(|(verdict, count)| format!("{count} {verdict}: {}", lower_first(meaning(*verdict))))
        .collect()
}

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn parts(counts: &Counts) -> Vec<Part> {
    let total = counts.total().max(1) as f64;
    let share = |count: u64| format!("{:.3}", count as f64 * 100.0 / total);
    let shown = counts.iter().filter(|(_, count)| *count > 0);
    shown.map(|(verdict, count)| Part { badge: badge(verdict), count, share: share(count) }).collect()
}

fn family(group: &Group<'_>) -> Family {
    let mut titles: Vec<String> = Vec::new();
    for (_, test) in &group.tests {
        let title = own(&test.suite_title);
        if !title.is_empty() && !titles.contains(&title) {
            titles.push(title);
        }
    }
    Family {
        name: own(group.name),
        titles,
        counts: group.counts().words(),
        tests: group.tests.iter().map(|(position, test)| row(*position, test)).collect(),
    }
}

fn row(position: usize, test: &TestRun) -> Row {
    Row {
        position,
        id: own(&test.id),
        title: own(&test.title),
        cases: test.cases.iter().map(|case| own(case)).collect(),
        clauses: test.clauses.iter().map(|clause| own(clause)).collect(),
        badge: badge(test.verdict),
        has_block: has_block(test),
        time: seconds(test.lab_time_micros),
        events: test.events.len(),
        capture: capture::path_of(position, test),
        lines: test.events.iter().take(EVENTS_SHOWN).map(timeline::line).collect(),
        more: test.events.len().saturating_sub(EVENTS_SHOWN),
    }
}

fn block(position: usize, test: &TestRun) -> Block {
    let finding = test.finding.as_ref();
    let all = |list: fn(&Finding) -> &Vec<String>| {
        finding.map(|finding| list(finding).iter().map(|line| own(line)).collect()).unwrap_or_default()
    };
    Block {
        position,
        id: own(&test.id),
        title: own(&test.title),
        badge: badge(test.verdict),
        message: finding.map(|finding| own(&finding.message)).unwrap_or_default(),
        facts: block_facts(test),
        place: finding.and_then(|finding| finding.place.as_ref()).map(place),
        exchange: all(|finding| &finding.exchange),
        notes: all(|finding| &finding.notes),
        repeat: own(&test.repeat),
    }
}

fn block_facts(test: &TestRun) -> Vec<(&'static str, String)> {
    let finding = test.finding.as_ref();
    let text = |value: Option<&String>| value.filter(|text| !text.is_empty()).map(|text| own(text));
    let rows = [
        ("Expected", text(finding.and_then(|finding| finding.expected.as_ref()))),
        ("Seen", text(finding.and_then(|finding| finding.seen.as_ref()))),
        ("Blame", text(finding.map(|finding| &finding.blame))),
        ("Cases", text(Some(&test.cases.join(" ")))),
        ("Clauses", text(Some(&test.clauses.join(" ")))),
        ("Lab time", Some(seconds(test.lab_time_micros))),
    ];
    rows.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

fn place(place: &crate::run::Place) -> Place {
    // A tab is one character in the column count, so it must be one on the page.
    let source = own(&place.source.replace('\t', " "));
    let before = place.column.saturating_sub(1).min(source.chars().count());
    Place {
        at: format!("{}:{}:{}", own(&place.file), place.line, place.column),
        gutter: format!("{} | {}", " ".repeat(place.line.to_string().len()), " ".repeat(before)),
        source: format!("{} | {source}", place.line),
    }
}

fn skipped(position: usize, test: &TestRun) -> Skipped {
    Skipped {
        position,
        id: own(&test.id),
        reason: test.finding.as_ref().map(|finding| own(&finding.message)).unwrap_or_default(),
        needs: own(&test.needs.join(" ")),
    }
}

fn devices(run: &Run) -> Vec<Device> {
    let device = |device: &crate::run::DeviceInfo| Device {
        name: own(&device.name),
        kind: own(&device.kind),
        model: own(&device.model),
        port: own(&device.port),
        identities: device.identities.iter().map(|(label, value)| (own(label), own(value))).collect(),
    };
    run.about.devices.iter().map(device).collect()
}

/// The lab file first, then the suites and libraries.
fn sources(run: &Run) -> Vec<(String, String)> {
    let lab = (own(&run.about.lab_file), own(&run.about.lab_hash));
    let rest = run.about.sources.iter().map(|source| (own(&source.path), own(&source.sha256)));
    std::iter::once(lab).chain(rest).collect()
}

fn clause(group: &Group<'_>) -> Clause {
    let worst = summary::worst(group.tests.iter().map(|(_, test)| *test)).unwrap_or(Verdict::NotApplicable);
    Clause {
        name: own(group.name),
        tests: group.tests.iter().map(|(position, test)| (*position, own(&test.id))).collect(),
        badge: badge(worst),
    }
}
