//! Programs that know nothing of this project, unmodified, against `dtk serve`.
//!
//! A program that is missing is installed where that may be done, else its test is skipped and says so on standard
//! error, past the test harness. What is installed stays under the build folder or belongs to the system.

mod basics_station;
mod gammu;
mod library;
mod modem_manager;
mod smpp;

use crate::serve::Served;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long one call of a program may take: its own waits, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says why a test does nothing, where it is seen.
fn skip(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}

/// Whether the program can be called, after an attempt to install its package.
fn installed(program: &str, package: &str) -> bool {
    let there = || Command::new(program).arg("--version").output().is_ok();
    if !there() && quiet("id", &["-u"]).is_some_and(|id| id.trim() == "0") {
        let _ = quiet("apt-get", &["install", "-y", "--no-install-recommends", package])
            .or_else(|| quiet("apt-get", &["update"]))
            .and_then(|_| quiet("apt-get", &["install", "-y", "--no-install-recommends", package]));
    }
    there()
}

/// What a program says, or nothing where it cannot be called or fails.
fn quiet(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Calls a program to its end; what it says on both outputs.
#[track_caller]
fn call(program: &str, arguments: &[&str]) -> String {
    call_for(PATIENCE, program, arguments)
}

/// The same for a program that has much to do.
#[track_caller]
fn call_for(patience: Duration, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).env("LANG", "C").env("LC_ALL", "C");
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(command.output()));
    let output = ended
        .recv_timeout(patience)
        .unwrap_or_else(|_| panic!("{program} {arguments:?} does not end"))
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} ends with {}:\n{said}", output.status);
    said
}

/// Fails unless each of these lines begins a line of the text, blanks between words not counted.
#[track_caller]
fn shows(said: &str, lines: &[&str]) {
    let plain = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let said_lines: Vec<String> = said.lines().map(plain).collect();
    for line in lines {
        assert!(said_lines.iter().any(|seen| seen.starts_with(line)), "no {line:?} in:\n{said}");
    }
}

/// Waits until a modem answers and is registered, as a program's user would.
fn registered(lab: &Served, device: &str) {
    let mut terminal = lab.open(device);
    terminal.wake();
    terminal.type_in("AT+CREG=1;+CREG?\r");
    if !terminal.until("OK\r\n").contains("+CREG: 1,1") {
        terminal.until("+CREG: 1\r\n");
    }
    terminal.type_in("AT+CREG=0\r");
    terminal.until("OK\r\n");
}

/// A folder for what tests install.
fn tools() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("third-party");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
