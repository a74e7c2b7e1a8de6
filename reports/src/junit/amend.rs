//! The pass over `junit-report`'s output: `hostname`, `skipped`, exact times, and the `properties` of each suite.
//!
//! Suites and cases are met in the order in which they were written, so position alone finds their facts.

use super::HOSTNAME;
use crate::clean;
use quick_xml::events::{BytesEnd, BytesStart, Event};
use quick_xml::{Reader, Writer};

/// What the output of `junit-report` lacks about one suite.
pub(super) struct SuiteFacts {
    /// Cases with a `skipped` element.
    pub skipped: usize,
    /// Lab time of each case, µs; `junit-report` gives a skipped case none.
    pub case_micros: Vec<u64>,
    /// Names and values of the suite's properties.
    pub properties: Vec<(String, String)>,
}

/// The same document with the facts added, indented.
pub(super) fn amend(plain: &str, suites: &[SuiteFacts]) -> Result<String, quick_xml::Error> {
    let mut reader = Reader::from_str(plain);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let mut following = suites.iter();
    let mut case_micros = [].iter();
    loop {
        let event = reader.read_event()?;
        match &event {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == b"testsuite" => {
                let facts = following.next();
                case_micros = facts.map_or([].iter(), |facts| facts.case_micros.iter());
                writer.write_event(Event::Start(suite(tag, facts)?))?;
                properties(&mut writer, facts)?;
            }
            Event::Start(tag) if tag.name().as_ref() == b"testcase" => {
                writer.write_event(Event::Start(case(tag, case_micros.next())?))?;
            }
            Event::Start(_)
            | Event::End(_)
            | Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => writer.write_event(event.borrow())?,
        }
    }
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    Ok(text)
}

fn suite<'a>(tag: &BytesStart<'a>, facts: Option<&SuiteFacts>) -> Result<BytesStart<'a>, quick_xml::Error> {
    let micros =
        facts.map_or(0, |facts| facts.case_micros.iter().fold(0_u64, |sum, one| sum.saturating_add(*one)));
    let mut amended = without(tag, &[b"hostname", b"time"])?;
    amended.push_attribute(("hostname", HOSTNAME));
    amended.push_attribute(("skipped", facts.map_or(0, |facts| facts.skipped).to_string().as_str()));
    amended.push_attribute(("time", seconds(micros).as_str()));
    Ok(amended)
}

fn case<'a>(tag: &BytesStart<'a>, micros: Option<&u64>) -> Result<BytesStart<'a>, quick_xml::Error> {
    let mut amended = without(tag, &[b"time"])?;
    amended.push_attribute(("time", seconds(micros.copied().unwrap_or(0)).as_str()));
    Ok(amended)
}

/// The tag with all attributes but these, their values as they stand in the text.
fn without<'a>(tag: &BytesStart<'a>, names: &[&[u8]]) -> Result<BytesStart<'a>, quick_xml::Error> {
    let mut kept = BytesStart::new(String::from_utf8_lossy(tag.name().as_ref()).into_owned());
    for attribute in tag.attributes() {
        let attribute = attribute?;
        if !names.contains(&attribute.key.as_ref()) {
            kept.push_attribute(attribute);
        }
    }
    Ok(kept)
}

fn properties(writer: &mut Writer<Vec<u8>>, facts: Option<&SuiteFacts>) -> Result<(), quick_xml::Error> {
    writer.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in facts.iter().flat_map(|facts| &facts.properties) {
        let mut tag = BytesStart::new("property");
        tag.push_attribute(("name", clean::attribute(name).as_str()));
        tag.push_attribute(("value", clean::attribute(value).as_str()));
        writer.write_event(Event::Empty(tag))?;
    }
    writer.write_event(Event::End(BytesEnd::new("properties")))?;
    Ok(())
}

/// Microseconds as seconds with six digits after the point.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
