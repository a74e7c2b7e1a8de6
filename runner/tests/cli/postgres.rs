//! What `dtk serve` knows, kept in PostgreSQL. Without a server's programs these tests say that they prove nothing.

use crate::program::Out;
use crate::served_smpp::{LAB, outlives};
use runner::exit;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A server of the test's own, behind a socket in a folder of its own.
struct Server {
    folder: TempDir,
    running: Child,
}

impl Server {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let programs = programs()?;
        let is_root = said("id", &["-u"])?.trim() == "0";
        // The server refuses to run as root.
        if is_root {
            said("chown", &["nobody", &folder.path().display().to_string()])?;
        }
        let data = folder.path().join("data");
        let mut initdb = command(&programs.join("initdb"), folder.path(), is_root);
        let made = initdb.args(["-U", "dtk", "-A", "trust", "-N", "-D"]).arg(&data).status().ok()?;
        made.success().then_some(())?;
        let mut postgres = command(&programs.join("postgres"), folder.path(), is_root);
        postgres.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-h", "", "-F"]);
        let running = postgres.spawn().ok()?;
        let server = Self { folder, running };
        let answers = |_: &u32| {
            let mut ready = Command::new(programs.join("pg_isready"));
            ready.arg("-h").arg(server.folder.path()).args(["-t", "1"]).stdout(Stdio::null());
            ready.status().is_ok_and(|status| status.success())
        };
        (0..600).find(answers)?;
        Some(server)
    }

    fn url(&self) -> String {
        format!("postgres://dtk@localhost/postgres?host={}", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server itself: whoever started it for another user does not pass a kill on.
        let file =
            std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        if let Some(number) = file.lines().next() {
            let _ = Command::new("kill").args(["-QUIT", number]).status();
        }
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

fn command(program: &Path, folder: &Path, is_root: bool) -> Command {
    let mut command = Command::new(if is_root { Path::new("runuser") } else { program });
    if is_root {
        command.args(["-u", "nobody", "--"]).arg(program);
    }
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Where the programs of the newest server lie.
fn programs() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = folders.map(|entry| entry.path().join("bin")).filter(|path| path.join("initdb").exists());
    let in_path = || PathBuf::from(said("which", &["initdb"])?.trim()).parent().map(Path::to_owned);
    installed.max().or_else(in_path)
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_message_that_was_accepted_outlives_the_program_in_postgresql() {
    let Some(server) = Server::start() else {
        let test = "a_message_that_was_accepted_outlives_the_program_in_postgresql";
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: no initdb, or it does not work here");
        return;
    };
    outlives(&["--lab", LAB, "--db", &server.url()]);
}

#[test]
fn a_database_that_is_not_there_is_told_without_its_password() {
    let out = Out::new();
    let url = "postgres://dtk:hunter2@127.0.0.1:1/dtk";
    let serve = ["serve", "--semtech-udp", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--db", url];
    let ended = out.dtk(&serve).has_code(exit::BAD_USAGE);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}
