//! Rules about the shape of files and of the repository.

use crate::tree::{files, nothing_found, root};

/// No file is longer.
const LONGEST: usize = 800;
/// A longer file must be named in [`LONG`].
const LONG_WITHOUT_A_REASON: usize = 600;
/// Files that may be longer than 600 lines, each with its reason.
const LONG: &[(&str, &str)] = &[];
/// No function of the product is longer.
const LONGEST_FUNCTION: usize = 70;
/// Every kind of text that the repository holds.
const TEXTS: &[&str] = &[".rs", ".rhai", ".toml", ".md", ".sql", ".html", ".ci/run", ".sh", ".yml"];

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    for file in files(&[".rs", ".rhai"]) {
        let count = file.text.lines().count();
        let excused = LONG.iter().any(|(path, _)| *path == file.path);
        if count > LONGEST || (count > LONG_WITHOUT_A_REASON && !excused) {
            found.push(format!("{}: {count} lines", file.path));
        }
    }
    nothing_found("a file has one idea and at most 600 lines, 800 with a reason in tidy: split it", &found);
}

#[test]
fn no_excuse_outlives_its_file() {
    let files = files(&[".rs", ".rhai"]);
    let mut found = Vec::new();
    for (path, _) in LONG {
        let length = files.iter().find(|file| file.path == *path).map_or(0, |file| file.text.lines().count());
        if length <= LONG_WITHOUT_A_REASON {
            found.push(format!("{path}: {length} lines"));
        }
    }
    nothing_found("these files are no longer long: take them off the list in tidy", &found);
}

#[test]
fn a_function_fits_a_screen() {
    let mut found = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| !file.is_test()) {
        let lines: Vec<(usize, &str)> = file.product_lines().collect();
        for (index, (number, line)) in lines.iter().enumerate() {
            if !is_function(line) {
                continue;
            }
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            let end = lines[index..].iter().find(|(_, line)| *line == format!("{indent}}}"));
            let length = end.map_or(1, |(end, _)| end - number + 1);
            if length > LONGEST_FUNCTION {
                found.push(format!("{}:{number}: {length} lines", file.path));
            }
        }
    }
    nothing_found("a function has at most 70 lines: give its steps names", &found);
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    let line =
        line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
    line.trim_start_matches("const ").trim_start_matches("async ").starts_with("fn ") && !line.ends_with('}')
}

#[test]
fn a_file_begins_with_its_contract() {
    let mut found = Vec::new();
    for file in files(&[".rs", ".rhai"]).iter().filter(|file| file.path.ends_with(".rhai") || !file.is_test())
    {
        if !file.text.starts_with("//! ") {
            found.push(format!("{}:1", file.path));
        }
    }
    nothing_found("a file begins with a //! comment that says what it is about", &found);
}

#[test]
fn no_file_is_a_drawer_for_anything() {
    let drawers = ["utils", "util", "helpers", "helper", "common", "misc"];
    let found: Vec<String> = files(&[".rs", ".rhai"])
        .into_iter()
        .map(|file| file.path)
        .filter(|path| path.split(['/', '.']).any(|part| drawers.contains(&part)))
        .collect();
    nothing_found("a module is named after its idea", &found);
}

#[test]
fn no_text_names_a_machine() {
    // Spelled in parts, or this file would break its own rule.
    let places =
        [concat!("/work", "/"), concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];
    let mut found = Vec::new();
    for file in files(TEXTS) {
        for (number, line) in file.lines().filter(|(_, line)| places.iter().any(|place| line.contains(place)))
        {
            found.push(format!("{}:{number}: {}", file.path, line.trim()));
        }
    }
    nothing_found("paths of one machine mean nothing on another", &found);
}

#[test]
fn nothing_is_left_for_later() {
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimple", "mented!(")];
    let mut found = Vec::new();
    for file in files(TEXTS) {
        for (number, line) in file.lines().filter(|(_, line)| marks.iter().any(|mark| line.contains(mark))) {
            found.push(format!("{}:{number}: {}", file.path, line.trim()));
        }
    }
    nothing_found("what is not built is absent, and what is wrong is put right", &found);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut found = Vec::new();
    let root = root();
    for file in files(&[".md", "lab.toml"]).iter().filter(|file| file.path.ends_with(".md")) {
        let folder = root.join(&file.path).parent().unwrap().to_owned();
        for (number, line) in file.lines() {
            for target in targets(line) {
                if !folder.join(target).exists() {
                    found.push(format!("{}:{number}: {target}", file.path));
                }
            }
        }
    }
    nothing_found("these links lead to no file", &found);
}

/// The files that the Markdown links of a line point at, without anchors; links to other hosts are not ours to follow.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty())
}

#[test]
fn link_targets_are_read_without_anchors_and_titles() {
    let line =
        "see [a](design/time.md#two) and [b](https://example.org) or ![c](x.svg \"title\") or [d](#here)";
    assert_eq!(targets(line).collect::<Vec<_>>(), ["design/time.md", "x.svg"]);
}
