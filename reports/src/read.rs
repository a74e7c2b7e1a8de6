//! Reads a run back from its folder: `run.json` for what ran and the verdicts, `events.jsonl` for what happened.
//!
//! With it the reports of an old run can be made again, and two runs compared, without the lab that made them.

use crate::run::{Event, Run};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a run could not be read back. The text names the file and the cause.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file cannot be read.
    #[error("read {}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// `run.json` is not a run.
    #[error("understand {}: {cause}", .file.display())]
    Run {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// A line of `events.jsonl` is not an event.
    #[error("understand {} line {line}: {cause}", .file.display())]
    Event {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// An event belongs to a test that `run.json` does not have.
    #[error("understand {} line {line}: run.json has no test {test:?}", .file.display())]
    Stray {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The test that the event names.
        test: String,
    },
}

/// Reads the run that [`crate::write_all`] wrote under `folder`.
///
/// # Errors
/// See [`ReadError`].
pub fn read_run(folder: &Path) -> Result<Run, ReadError> {
    let file = folder.join("run.json");
    let mut run: Run =
        serde_json::from_str(&text(&file)?).map_err(|cause| ReadError::Run { file: file.clone(), cause })?;
    let file = folder.join("events.jsonl");
    let mut events = events(&file, &run)?;
    for test in &mut run.tests {
        test.events = events.remove(&test.id).unwrap_or_default();
    }
    Ok(run)
}

#[derive(Deserialize)]
struct Line {
    record: String,
    #[serde(default)]
    test: String,
}

fn events(file: &Path, run: &Run) -> Result<BTreeMap<String, Vec<Event>>, ReadError> {
    let mut by_test: BTreeMap<String, Vec<Event>> =
        run.tests.iter().map(|test| (test.id.clone(), Vec::new())).collect();
    for (index, text) in text(file)?.lines().enumerate() {
        let line = index + 1;
        let wrong = |cause| ReadError::Event { file: file.to_owned(), line, cause };
        let head: Line = serde_json::from_str(text).map_err(wrong)?;
        if head.record != "event" {
            continue;
        }
        let event: Event = serde_json::from_str(text).map_err(wrong)?;
        match by_test.get_mut(&head.test) {
            Some(events) => events.push(event),
            None => return Err(ReadError::Stray { file: file.to_owned(), line, test: head.test }),
        }
    }
    Ok(by_test)
}

fn text(file: &Path) -> Result<String, ReadError> {
    fs::read_to_string(file).map_err(|cause| ReadError::File { file: file.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::varied;
    use crate::write_all;

    #[test]
    fn a_written_run_reads_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        write_all(&varied(), folder.path()).unwrap();
        assert!(read_run(folder.path()).unwrap() == varied());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let written = write_all(&varied(), folder.path()).unwrap();
        let rows = [
            ("half a line", "{\"record\":\"ev", "line 1"),
            ("no event", "\n{\"record\":\"event\",\"test\":\"x\",\"at\":1}", "line 1"),
            (
                "unknown test",
                "{\"record\":\"event\",\"test\":\"x\",\"at\":1,\"event\":\"step\",\"text\":\"t\"}",
                "\"x\"",
            ),
        ];
        for (name, text, want) in rows {
            fs::write(&written.events, text).unwrap();
            let error = read_run(folder.path()).unwrap_err().to_string();
            assert!(error.contains(want), "{name}: {error}");
        }
        fs::remove_file(&written.run).unwrap();
        assert!(matches!(read_run(folder.path()), Err(ReadError::File { .. })));
    }
}
