//! Writes the files of a run: `junit.xml`, `report.html`, `charts/*.svg`, `captures/**/*.pcapng`, `events.jsonl`,
//! `run.json`.
//!
//! Each file is written under a temporary name in its folder and then renamed, so that nobody reads half a file. A file
//! of an earlier run under the same name is replaced.

use crate::run::{Run, TestRun};
use crate::{capture, chart, events, html, junit};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// `junit.xml`.
    pub junit: PathBuf,
    /// `report.html`.
    pub html: PathBuf,
    /// `events.jsonl`.
    pub events: PathBuf,
    /// `run.json`.
    pub run: PathBuf,
    /// The pictures under `charts/`, in the order in which the report shows them.
    pub charts: Vec<PathBuf>,
    /// The captures under `captures/`.
    pub captures: Vec<PathBuf>,
}

impl Written {
    /// Every file.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.junit, &self.html, &self.events, &self.run]
            .into_iter()
            .chain(&self.charts)
            .chain(&self.captures)
            .map(PathBuf::as_path)
    }
}

/// Why the reports could not be written. The text names the file and the cause.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder does not exist and cannot be made.
    #[error("create the report folder {}: {cause}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file cannot be written.
    #[error("write the report file {}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The JUnit text cannot be made.
    #[error("make junit.xml: {0}")]
    Junit(junit::JunitError),
    /// A picture cannot be made.
    #[error("draw charts/{name}.svg: {cause}")]
    Chart {
        /// Name of the picture, without its ending.
        name: &'static str,
        /// What the drawing library said.
        cause: chart::ChartError,
    },
    /// The page cannot be made.
    #[error("make report.html: {0}")]
    Html(askama::Error),
    /// The packets have no date.
    #[error("make the captures: the run's calendar is no time stamp: {0}")]
    Calendar(jiff::Error),
    /// A value has no JSON form.
    #[error("make {name}: {cause}")]
    Json {
        /// The file that lacks it.
        name: &'static str,
        /// What the JSON writer said.
        cause: serde_json::Error,
    },
}

/// Writes all reports of a run under `folder`, which is made if it is missing.
///
/// # Errors
/// See [`WriteError`]; files that were written before the error stay.
pub fn write_all(run: &Run, folder: &Path) -> Result<Written, WriteError> {
    let charts = chart::all(run).map_err(|(name, cause)| WriteError::Chart { name, cause })?;
    let chart_folder = folder.join("charts");
    create(folder)?;
    create(&chart_folder)?;
    let events = events::render(run).map_err(|cause| WriteError::Json { name: "events.jsonl", cause })?;
    let captures = capture::all(run).map_err(WriteError::Calendar)?;
    let written = Written {
        captures: captures
            .iter()
            .map(|file| put_below(folder, &format!("captures/{}", file.path), &file.octets))
            .collect::<Result<_, _>>()?,
        folder: folder.to_owned(),
        events: put(folder, "events.jsonl", &events)?,
        run: put(folder, "run.json", &what_ran(run)?)?,
        junit: put(folder, "junit.xml", &junit::render(run).map_err(WriteError::Junit)?)?,
        charts: charts
            .iter()
            .map(|chart| put(&chart_folder, &format!("{}.svg", chart.name), &chart.svg))
            .collect::<Result<_, _>>()?,
        html: put(folder, "report.html", &html::render(run, &charts).map_err(WriteError::Html)?)?,
    };
    Ok(written)
}

/// `run.json`: the run without its events, which are in `events.jsonl`.
fn what_ran(run: &Run) -> Result<String, WriteError> {
    let bare = Run {
        about: run.about.clone(),
        tests: run.tests.iter().map(without_events).collect(),
        interrupted: run.interrupted,
    };
    let mut text =
        serde_json::to_string_pretty(&bare).map_err(|cause| WriteError::Json { name: "run.json", cause })?;
    text.push('\n');
    Ok(text)
}

fn without_events(test: &TestRun) -> TestRun {
    TestRun {
        id: test.id.clone(),
        suite: test.suite.clone(),
        suite_title: test.suite_title.clone(),
        family: test.family.clone(),
        title: test.title.clone(),
        cases: test.cases.clone(),
        clauses: test.clauses.clone(),
        needs: test.needs.clone(),
        verdict: test.verdict,
        finding: test.finding.clone(),
        lab_time_micros: test.lab_time_micros,
        repeat: test.repeat.clone(),
        events: Vec::new(),
        frames: Vec::new(),
        lora_keys: Vec::new(),
    }
}

fn create(folder: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(folder).map_err(|cause| WriteError::Folder { folder: folder.to_owned(), cause })
}

/// A file in folders that are made if they are missing; `path` has slashes.
fn put_below(folder: &Path, path: &str, octets: &[u8]) -> Result<PathBuf, WriteError> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folder.join(folders);
    create(&folder)?;
    put(&folder, name, octets)
}

fn put(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> Result<PathBuf, WriteError> {
    let file = folder.join(name);
    let part = folder.join(format!(".{name}.part"));
    fs::write(&part, text).and_then(|()| fs::rename(&part, &file)).map_err(|cause| {
        // The rest of a failed write is of no use to anybody; the first error is the one to tell.
        let _ = fs::remove_file(&part);
        WriteError::File { file: file.clone(), cause }
    })?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::varied;

    #[test]
    fn the_same_run_gives_the_same_files() {
        let first = tempfile::tempdir().unwrap();
        let second = tempfile::tempdir().unwrap();
        let one = write_all(&varied(), &first.path().join("deep/out")).unwrap();
        let two = write_all(&varied(), second.path()).unwrap();
        assert_eq!(one.files().count(), 11);
        for (a, b) in one.files().zip(two.files()) {
            assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap(), "{} differs", a.display());
        }
    }

    #[test]
    fn a_second_run_replaces_the_first_and_leaves_no_parts() {
        let folder = tempfile::tempdir().unwrap();
        write_all(&varied(), folder.path()).unwrap();
        let mut run = varied();
        run.about.seed = 4711;
        let written = write_all(&run, folder.path()).unwrap();
        assert!(fs::read_to_string(&written.junit).unwrap().contains("4711"));
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["charts", "events.jsonl", "junit.xml", "report.html", "run.json"]);
    }

    #[test]
    fn an_unwritable_folder_is_named_with_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("taken");
        fs::write(&file, "a file where a folder should be").unwrap();
        let error = write_all(&varied(), &file.join("out")).unwrap_err();
        assert!(matches!(error, WriteError::Folder { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("taken/out") && text.contains("ot a directory"), "{text}");
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_named_with_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("junit.xml/full")).unwrap();
        let error = write_all(&varied(), folder.path()).unwrap_err();
        assert!(matches!(&error, WriteError::File { file, .. } if file.ends_with("junit.xml")), "{error:?}");
        assert!(!folder.path().join(".junit.xml.part").exists());
    }
}
