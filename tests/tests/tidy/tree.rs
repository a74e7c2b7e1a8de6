//! The files of the repository as the rules see them.

use std::path::{Path, PathBuf};

/// Folders that hold nothing written by hand.
const SKIPPED: &[&str] = &["target", "out", ".git"];

/// The crates in which time, bytes and chance are arguments.
pub const PURE: &[&str] = &["wire", "simcore", "simdev", "drivers", "lab"];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A text file with its path from the root.
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

impl SourceFile {
    /// Lines with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines that go into the product: no comments, no tests.
    pub fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let product = !self.is_test();
        self.lines()
            .take_while(move |(_, line)| product && !line.starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether the whole file is a test.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/") || self.path.starts_with("tests/")
    }

    /// The crate or folder at the root that the file is in.
    pub fn part(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }
}

/// Every file whose name ends with one of `endings`, by path.
pub fn files(endings: &[&str]) -> Vec<SourceFile> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let mut files: Vec<SourceFile> = paths
        .iter()
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .filter_map(|path| {
            let relative = path.strip_prefix(&root).ok()?.display().to_string();
            Some(SourceFile { path: relative, text: std::fs::read_to_string(path).ok()? })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!files.is_empty(), "no file ends with {endings:?}: the rule would hold for nothing");
    files
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if !path.is_dir() {
            paths.push(path);
        } else if !SKIPPED.iter().any(|skipped| name == *skipped) {
            collect(&path, paths);
        }
    }
}

/// Rust files of the product that are in one of `parts`.
pub fn product_files(parts: &[&str]) -> Vec<SourceFile> {
    files(&[".rs"]).into_iter().filter(|file| parts.contains(&file.part()) && !file.is_test()).collect()
}

/// Whether `line` has `word` with no letter, digit or underscore on either side.
pub fn has_word(line: &str, word: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_a_name) && !after.is_some_and(part_of_a_name)
    })
}

/// Fails with all that was found.
pub fn nothing_found(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}\n  {}\n", found.join("\n  "));
}

#[test]
fn a_word_is_found_only_as_a_whole() {
    assert!(has_word("use tokio::net;", "tokio"));
    assert!(!has_word("use tokio_serial;", "tokio"));
    assert!(!has_word("subverdict", "verdict"));
}

#[test]
fn product_lines_end_where_tests_begin() {
    let text = "//! Doc\nlet a;\n  // why\nlet b;\n#[cfg(test)]\nlet c;\n".to_owned();
    let file = SourceFile { path: "wire/src/x.rs".to_owned(), text };
    assert_eq!(file.product_lines().collect::<Vec<_>>(), [(2, "let a;"), (4, "let b;")]);
}
