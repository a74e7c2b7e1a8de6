//! Suite files on disk: their text, their hash, and the library that they share.

use reports::run::Place;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file of the kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteSource {
    /// Path relative to the suites folder without its ending, with `/` between parts: `cellular/voice_whitelist`.
    pub name: String,
    /// Path as a person would open it.
    pub path: String,
    /// The text.
    pub text: String,
}

impl SuiteSource {
    /// SHA-256 of the text, hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_bytes()))
    }

    /// The last part of the name, which test identifiers begin with.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// A place in the file, line and column from 1, with the text of the line.
    #[must_use]
    pub fn place(&self, line: usize, column: usize) -> Place {
        let source = self.text.lines().nth(line.wrapping_sub(1)).unwrap_or_default().to_owned();
        Place { file: self.path.clone(), line, column, source }
    }
}

/// The whole kit: suites and the library under `lib/`, each sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kit {
    /// Files with tests.
    pub suites: Vec<SuiteSource>,
    /// Files that suites import, by the name they import: `lib/cellular`.
    pub library: BTreeMap<String, SuiteSource>,
}

/// Why the kit cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// The folder or a file cannot be read.
    #[error("failed to read {path}: {source}; --suites names the folder of the kit")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no suite in the folder.
    #[error("no suite (*.rhai) in {path}; --suites names the folder of the kit")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

impl Kit {
    /// Reads every suite and library file under `folder`.
    ///
    /// # Errors
    /// [`KitError`] names the path.
    pub fn read(folder: &Path) -> Result<Self, KitError> {
        let mut files = Vec::new();
        collect(folder, &mut files)?;
        files.sort();
        let mut kit = Self::default();
        for path in files {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| KitError::Unreadable { path: path.clone(), source })?;
            let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
            let relative = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
            let name = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            let source = SuiteSource { name: name.clone(), path: path.display().to_string(), text };
            if name.starts_with("lib/") {
                kit.library.insert(name, source);
            } else {
                kit.suites.push(source);
            }
        }
        if kit.suites.is_empty() {
            return Err(KitError::Empty { path: folder.to_owned() });
        }
        Ok(kit)
    }

    /// Every file, in the order of names.
    pub fn files(&self) -> impl Iterator<Item = &SuiteSource> {
        self.library.values().chain(&self.suites)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), KitError> {
    let unreadable = |source| KitError::Unreadable { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        // The entry's own type: a link to a folder above would be walked for ever.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rhai") {
            files.push(path);
        }
    }
    Ok(())
}
