//! Captures of a run: `captures/<suite>.pcapng`, and a file of its own for each test that did not pass or whose keys are
//! told; those stand beside it in `*.keys`.
//!
//! Each test is a section of its suite's file and says its name in the section's comment; each plane is an interface.
//! Time stamps are lab time on the lab's calendar, so that equal runs give equal bytes.

mod pcapng;

pub use pcapng::Section;

use crate::run::{About, Run, TestRun, Verdict};
use std::collections::BTreeSet;

/// Name and link type of every interface of a run. Each section has them all, in one order: a reader that takes interfaces of
/// a later section for those of the first is right nevertheless.
type Planes<'a> = BTreeSet<(&'a str, u16)>;

/// A file of packets, or of the keys to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureFile {
    /// Path under `captures/`, with slashes.
    pub path: String,
    /// pcapng, or text.
    pub octets: Vec<u8>,
}

/// All captures of a run, in the order of its tests.
///
/// # Errors
/// The calendar of the run is no RFC 3339 time stamp.
pub fn all(run: &Run) -> Result<Vec<CaptureFile>, jiff::Error> {
    let mut files: Vec<CaptureFile> = Vec::new();
    let mut own = Vec::new();
    let frames = run.tests.iter().flat_map(|test| &test.frames);
    let planes: Planes<'_> = frames.map(|frame| (frame.plane.as_str(), frame.link_type)).collect();
    for (position, test) in run.tests.iter().enumerate().filter(|(_, test)| !test.frames.is_empty()) {
        let octets = section(&run.about, test, &planes)?;
        if let Some(path) = own_path(position, test) {
            if !test.lora_keys.is_empty() {
                let octets = key_table(&test.lora_keys).into_bytes();
                own.push(CaptureFile { path: format!("{}.keys", path.trim_end_matches(".pcapng")), octets });
            }
            own.push(CaptureFile { path, octets: octets.clone() });
        }
        let path = suite_path(test);
        match files.iter_mut().find(|file| file.path == path) {
            Some(file) => file.octets.extend(octets),
            None => files.push(CaptureFile { path, octets }),
        }
    }
    files.extend(own);
    Ok(files)
}

/// Wireshark's table `encryption_keys_lorawan` as a file of its profile.
#[must_use]
pub fn key_table(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Where the packets of a test are, under `captures/`; `None` where it has none.
#[must_use]
pub fn path_of(position: usize, test: &TestRun) -> Option<String> {
    (!test.frames.is_empty()).then(|| own_path(position, test).unwrap_or_else(|| suite_path(test)))
}

fn suite_path(test: &TestRun) -> String {
    format!("{}.pcapng", test.suite)
}

/// A test that somebody has to look at, or whose sessions have a table of keys: the next test has others with the same
/// addresses.
fn own_path(position: usize, test: &TestRun) -> Option<String> {
    let bad = match test.verdict {
        Verdict::NotApplicable | Verdict::Pass => false,
        Verdict::ExpectedFail | Verdict::Flaky | Verdict::Inconclusive | Verdict::Fail | Verdict::Error => {
            true
        }
    };
    let name = test.id.rsplit("::").next().unwrap_or(&test.id);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = name.chars().map(plain).collect();
    (bad || !test.lora_keys.is_empty())
        .then(|| format!("{}/{position:04}-{}.pcapng", test.suite, name.trim_end_matches('_')))
}

fn section(about: &About, test: &TestRun, planes: &Planes<'_>) -> Result<Vec<u8>, jiff::Error> {
    let start: jiff::Timestamp = about.calendar.parse()?;
    let mut section = Section::new(start, &format!("{}: {}", test.id, test.title));
    for (plane, link_type) in planes {
        section.interface(plane, *link_type);
    }
    for frame in &test.frames {
        section.push(frame);
    }
    Ok(section.take())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Direction, Frame};
    use crate::sample::{test_with, varied};

    fn run(tests: Vec<TestRun>) -> Run {
        Run { tests, ..varied() }
    }

    fn test(suite: &str, verdict: Verdict, frames: usize) -> TestRun {
        let frame = |at| Frame {
            at,
            plane: "nas".to_owned(),
            link_type: 101,
            direction: Direction::FromDevice,
            comment: String::new(),
            octets: vec![0x45; 20],
        };
        let frames = (0..frames as u64).map(frame).collect();
        TestRun { suite: suite.to_owned(), id: "s::a[b c]".to_owned(), frames, ..test_with(verdict, "") }
    }

    #[test]
    fn a_suite_has_a_file_and_a_test_that_failed_its_own() {
        let run = run(vec![
            test("a/b", Verdict::Pass, 1),
            test("a/c", Verdict::Pass, 0),
            test("a/b", Verdict::Fail, 2),
        ]);
        let files = all(&run).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/b.pcapng", "a/b/0002-a_b_c.pcapng"]);
        assert!(files[0].octets.ends_with(&files[1].octets), "the same section");
        let links: Vec<_> =
            run.tests.iter().enumerate().map(|(position, test)| path_of(position, test)).collect();
        assert_eq!(links, [Some(paths[0].to_owned()), None, Some(paths[1].to_owned())]);
    }

    #[test]
    fn keys_stand_beside_the_file_of_their_test() {
        let keys = vec!["one".to_owned(), "two".to_owned()];
        let test = TestRun { lora_keys: keys, ..test("a/b", Verdict::Pass, 1) };
        let files = all(&run(vec![test])).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/b.pcapng", "a/b/0000-a_b_c.keys", "a/b/0000-a_b_c.pcapng"]);
        assert_eq!(files[1].octets, b"one\ntwo\n");
    }

    #[test]
    fn a_calendar_that_is_none_is_an_error() {
        let mut run = run(vec![test("a", Verdict::Pass, 1)]);
        run.about.calendar = "yesterday".to_owned();
        assert!(all(&run).is_err());
    }
}
