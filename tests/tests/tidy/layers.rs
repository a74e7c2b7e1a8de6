//! Rules about who may know whom: the drawing of the house, read from every crate's Cargo.toml.

use crate::tree::{files, nothing_found, root};
use toml::Table;

/// Each crate of ours with the crates of ours that it may depend on.
const HOUSE: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("drivers", &["wire"]),
    ("simcore", &["wire"]),
    ("simdev", &["wire"]),
    ("lab", &["wire", "drivers", "simcore", "simdev"]),
    ("endpoints", &["wire", "simcore", "lab"]),
    ("reports", &[]),
    ("runner", &["wire", "drivers", "simcore", "simdev", "lab", "endpoints", "reports"]),
    ("tests", &[]),
];

/// Crates that bring in a reactor, sockets, ports or files of their own.
const WORLDLY: &[&str] = &["tokio", "tokio-serial", "serialport", "sqlx", "rand"];

fn manifest(folder: &str) -> (String, Table) {
    let path = root().join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table = text.parse().unwrap_or_else(|error| panic!("{folder}/Cargo.toml: {error}"));
    (text, table)
}

fn dependencies(table: &Table, section: &str) -> Vec<String> {
    table
        .get(section)
        .and_then(|section| section.as_table())
        .map(|section| section.keys().cloned().collect())
        .unwrap_or_default()
}

/// The line of the manifest that names a dependency.
fn line_of(text: &str, dependency: &str) -> usize {
    let named = |line: &str| line.split(['.', ' ', '=']).next() == Some(dependency);
    text.lines().position(named).map_or(1, |index| index + 1)
}

#[test]
fn every_member_has_its_place_in_the_house() {
    let (_, workspace) = manifest(".");
    let members = workspace["workspace"]["members"].as_array().unwrap();
    let mut members: Vec<&str> = members.iter().filter_map(|member| member.as_str()).collect();
    let mut known: Vec<&str> = HOUSE.iter().map(|(name, _)| *name).collect();
    members.sort_unstable();
    known.sort_unstable();
    assert_eq!(members, known, "a new crate needs its row in tidy's HOUSE and in docs/architecture.md");
}

#[test]
fn dependencies_point_downwards() {
    let mut found = Vec::new();
    for (name, allowed) in HOUSE {
        let (text, table) = manifest(name);
        let ours = |dependency: &String| HOUSE.iter().any(|(name, _)| name == dependency);
        for dependency in dependencies(&table, "dependencies").into_iter().filter(ours) {
            if !allowed.contains(&dependency.as_str()) {
                found.push(format!(
                    "{name}/Cargo.toml:{}: {name} knows {dependency}",
                    line_of(&text, &dependency)
                ));
            }
        }
    }
    nothing_found(
        "drivers, simdev and simcore share only wire; wire knows nobody, reports knows no device",
        &found,
    );
}

#[test]
fn the_two_ends_of_a_cable_do_not_meet_in_their_own_tests_either() {
    let mut found = Vec::new();
    for name in ["wire", "drivers", "simcore", "simdev"] {
        let (text, table) = manifest(name);
        for dependency in dependencies(&table, "dev-dependencies") {
            if HOUSE.iter().any(|(ours, _)| *ours == dependency) && dependency != "wire" {
                found.push(format!("{name}/Cargo.toml:{}: {dependency}", line_of(&text, &dependency)));
            }
        }
    }
    nothing_found("a test that needs two of them belongs into tests/", &found);
}

#[test]
fn protocol_crates_bring_no_world_in() {
    let mut found = Vec::new();
    for name in ["wire", "simcore", "simdev"] {
        let (text, table) = manifest(name);
        for dependency in dependencies(&table, "dependencies") {
            if WORLDLY.contains(&dependency.as_str()) {
                found.push(format!("{name}/Cargo.toml:{}: {dependency}", line_of(&text, &dependency)));
            }
        }
    }
    nothing_found("no reactor, socket, port or unseeded chance in a protocol crate", &found);
}

#[test]
fn versions_are_fixed_in_one_place() {
    let mut found = Vec::new();
    for (name, _) in HOUSE {
        let (text, table) = manifest(name);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for dependency in dependencies(&table, section) {
                let shared = table[section][&dependency].get("workspace").and_then(|value| value.as_bool());
                if shared != Some(true) {
                    found.push(format!("{name}/Cargo.toml:{}: {dependency}", line_of(&text, &dependency)));
                }
            }
        }
    }
    nothing_found("a dependency takes its version from [workspace.dependencies]", &found);
}

#[test]
fn every_member_obeys_the_lints_of_the_workspace() {
    for (name, _) in HOUSE {
        let (_, table) = manifest(name);
        let obeys =
            table.get("lints").and_then(|lints| lints.get("workspace")).and_then(|value| value.as_bool());
        assert_eq!(obeys, Some(true), "{name}/Cargo.toml: [lints] workspace = true is missing");
    }
}

#[test]
fn source_names_no_crate_that_its_manifest_may_not() {
    let mut found = Vec::new();
    for file in files(&[".rs"]) {
        let Some((_, allowed)) = HOUSE.iter().find(|(name, _)| *name == file.part() && *name != "tests")
        else {
            continue;
        };
        for (number, line) in file.product_lines() {
            let stranger = HOUSE.iter().map(|(name, _)| *name).find(|name| {
                let foreign = *name != file.part() && *name != "tests" && !allowed.contains(name);
                foreign && line.trim_start().starts_with(&format!("use {name}::"))
            });
            if let Some(stranger) = stranger {
                found.push(format!("{}:{number}: {stranger}", file.path));
            }
        }
    }
    nothing_found("these files look into a crate that theirs may not know", &found);
}
