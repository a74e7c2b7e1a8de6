//! Captures are read by another implementation: Wireshark's `tshark` names every frame and calls none malformed.
//!
//! Where `tshark` is not installed these tests say so and prove nothing.

#![cfg(test)]

mod expected;
mod kit;
mod lorawan;
mod messages;
mod samples;

use std::path::Path;
use std::process::Command;

/// What `tshark` says of each frame, one column for each field; `None` where it is not installed.
fn dissect(file: &Path, fields: &[&str]) -> Option<Vec<Vec<String>>> {
    dissect_with(file, &[], fields)
}

/// The same with preferences.
fn dissect_with(file: &Path, preferences: &[String], fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let mut command = Command::new("tshark");
    for preference in preferences {
        command.args(["-o", preference]);
    }
    command.arg("-n").arg("-r").arg(file).args(["-T", "fields", "-E", "separator=/t"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: tshark is not installed, nobody has read the captures");
        return None;
    };
    assert!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}
