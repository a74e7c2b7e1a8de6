use super::*;
use crate::sample::{test_with, varied};
use quick_xml::Reader;
use quick_xml::events::Event;

/// An element with its attributes, and the text that follows its start.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// The document as an XML reader sees it.
fn read_back(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    let mut elements: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            let attributes = tag.attributes().map(|attribute| {
                let attribute = attribute.unwrap();
                let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                (key, attribute.unescape_value().unwrap().into_owned())
            });
            let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
            elements.push(Element { name, attributes: attributes.collect(), text: String::new() });
        } else if let Event::CData(data) = &event {
            elements.last_mut().unwrap().text.push_str(std::str::from_utf8(data).unwrap());
        } else if matches!(event, Event::Eof) {
            return elements;
        }
    }
}

#[test]
fn each_suite_has_its_counts_time_stamp_and_properties() {
    let run = varied();
    let elements = read_back(&render(&run).unwrap());
    let suites: Vec<_> = elements.iter().filter(|e| e.name == "testsuite").collect();
    assert_eq!(suites.len(), summary::suites(&run).len());
    for (element, group) in suites.iter().zip(summary::suites(&run)) {
        let counts = group.counts();
        assert_eq!(element.attribute("name"), group.name);
        assert_eq!(element.attribute("hostname"), "dtk-lab");
        assert_eq!(element.attribute("timestamp"), "2026-01-05T08:00:00Z");
        assert_eq!(element.attribute("tests"), counts.total().to_string());
        assert_eq!(element.attribute("failures"), counts.of(Verdict::Fail).to_string());
        let errors = counts.of(Verdict::Error) + counts.of(Verdict::Inconclusive);
        assert_eq!(element.attribute("errors"), errors.to_string());
        let skipped = counts.of(Verdict::NotApplicable) + counts.of(Verdict::ExpectedFail);
        assert_eq!(element.attribute("skipped"), skipped.to_string());
    }
    let seed = elements.iter().find(|e| e.name == "property" && e.attribute("name") == "seed").unwrap();
    assert_eq!(seed.attribute("value"), "7");
    let first_case = elements.iter().position(|e| e.name == "testcase").unwrap();
    assert!(elements[..first_case].iter().any(|e| e.name == "properties"), "properties come first");
}

#[test]
fn each_verdict_has_its_element_and_its_lab_time() {
    let rows = [
        (Verdict::Pass, None),
        (Verdict::Flaky, None),
        (Verdict::Fail, Some(("failure", "fail"))),
        (Verdict::Error, Some(("error", "error"))),
        (Verdict::Inconclusive, Some(("error", "inconclusive"))),
        (Verdict::ExpectedFail, Some(("skipped", "expected fail"))),
        (Verdict::NotApplicable, Some(("skipped", "not applicable"))),
    ];
    for (verdict, want) in rows {
        let mut run = varied();
        run.tests = vec![test_with(verdict, "no network <found> & \"lost\"")];
        let elements = read_back(&render(&run).unwrap());
        let case = elements.iter().position(|e| e.name == "testcase").unwrap();
        assert_eq!(elements[case].attribute("time"), "34.102000", "{verdict}");
        let result = elements[case + 1..].iter().find(|e| e.name != "system-out");
        assert_eq!(result.map(|e| (e.name.as_str(), e.attribute("type"))), want, "{verdict}");
        if let Some(result) = result {
            assert_eq!(result.attribute("message"), "no network <found> & \"lost\"");
        }
        let out = elements.iter().find(|e| e.name == "system-out").unwrap();
        assert!(out.text.contains("repeat: dtk run"), "{verdict}: {}", out.text);
    }
}

#[test]
fn nothing_that_a_device_says_makes_the_file_unreadable() {
    const NASTY: &str = "\x1b[2J\0\x07]]>\u{fffe}\u{ffff}\u{85}<&\">'\r\n\t\u{7f}é€😀";
    let mut run = varied();
    let mut test = test_with(Verdict::Fail, NASTY);
    for text in [&mut test.id, &mut test.suite, &mut test.title, &mut test.repeat] {
        text.push_str(NASTY);
    }
    test.cases.push(NASTY.to_owned());
    if let Some(finding) = &mut test.finding {
        finding.exchange.push(NASTY.to_owned());
        finding.notes.push(NASTY.to_owned());
        finding.seen = Some(NASTY.to_owned());
    }
    run.tests = vec![test];
    run.about.lab = NASTY.to_owned();
    let xml = render(&run).unwrap();
    // XML 1.0 clause 2.2: Char.
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(xml.chars().find(|c| !allowed(*c)), None);
    assert!(!xml.contains('\u{85}') && !xml.contains('\u{7f}'));
    let elements = read_back(&xml);
    let failure = elements.iter().find(|e| e.name == "failure").unwrap();
    assert!(failure.attribute("message").starts_with("␛[2J␀␇]]>"), "{failure:?}");
    assert!(failure.text.contains("]] >"), "{failure:?}");
    assert!(failure.text.contains("é€😀"), "{failure:?}");
}

#[test]
fn equal_runs_give_equal_bytes() {
    assert_eq!(render(&varied()).unwrap(), render(&varied()).unwrap());
}

#[test]
fn a_run_without_tests_is_still_a_document() {
    let mut run = varied();
    run.tests.clear();
    assert!(render(&run).unwrap().contains("<testsuites/>"));
}

#[test]
fn a_date_that_is_none_is_refused_by_name() {
    let mut run = varied();
    run.about.calendar = "yesterday".to_owned();
    let error = render(&run).unwrap_err().to_string();
    assert!(error.contains("\"yesterday\""), "{error}");
}
