use super::*;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

const fn change<'a>(kind: &'a str, key: &'a str, value: Option<&'a str>) -> KeptChange<'a> {
    KeptChange { kind, key, value }
}

fn record(kind: &str, key: &str, value: &str) -> KeptRecord {
    KeptRecord { kind: kind.to_owned(), key: key.to_owned(), value: value.to_owned() }
}

/// The same for either database: `open` opens the same store each time.
async fn keeps_states<F: Future<Output = StateStore>>(open: impl Fn() -> F) {
    let store = open().await;
    let first = store.start("demo", "/labs/one", at(100), false).await.unwrap();
    assert_eq!((first.epoch, first.reached, first.starts, first.records.len()), (at(100), 0, 1, 0));
    let written = [
        change("short-message", "1", Some("{\"text\":\"é'\"}")),
        change("short-message", "2", Some("{}")),
        change("timer", "{\"SmsAttempt\":\"2080\"}", Some("[7,1]")),
    ];
    store.commit(first.id, 5, &written).await.unwrap();
    let later = [change("short-message", "2", None), change("timer", written[2].key, Some("[8,2]"))];
    store.commit(first.id, 9, &later).await.unwrap();
    store.commit(first.id, 11, &[change("none", "such", None)]).await.unwrap();
    // Nothing is closed: a program that is killed closes nothing.
    let store = open().await;
    let second = store.start("demo", "/labs/one", at(200), false).await.unwrap();
    let want = [record("short-message", "1", "{\"text\":\"é'\"}"), record("timer", written[2].key, "[8,2]")];
    assert_eq!((second.id, second.epoch, second.reached, second.starts), (first.id, at(100), 11, 2));
    assert_eq!(second.records, want);
    for (lab, folder) in [("demo", "/labs/two"), ("other", "/labs/one")] {
        let other = store.start(lab, folder, at(300), false).await.unwrap();
        assert_eq!((other.epoch, other.starts, other.records.len()), (at(300), 1, 0), "{lab} in {folder}");
    }
    let fresh = store.start("demo", "/labs/one", at(400), true).await.unwrap();
    assert_eq!((fresh.epoch, fresh.reached, fresh.starts, fresh.records.len()), (at(400), 0, 1, 0));
    // A commit for a state that is gone changes nothing and fails as a whole.
    assert!(store.commit(first.id, 1, &written).await.is_err());
    assert_eq!(store.start("demo", "/labs/one", at(500), false).await.unwrap().records, []);
    store.close().await;
}

#[tokio::test]
async fn a_state_outlives_its_program_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("deep/dtk.sqlite").display());
    keeps_states(|| async { StateStore::open(&url).await.unwrap() }).await;
}

#[tokio::test]
async fn a_state_outlives_its_program_in_postgresql() {
    let Some(server) = Server::start() else {
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN a_state_outlives_its_program_in_postgresql: no initdb, or it does not work here"
        );
        return;
    };
    let url = server.url();
    keeps_states(|| async { StateStore::open(&url).await.unwrap() }).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgres://dtk:geheim@localhost/dtk?host={}", folder.path().display());
    let error = StateStore::open(&url).await.unwrap_err().to_string();
    assert!(error.contains("PostgreSQL") && !error.contains("geheim"), "{error}");
}

/// A PostgreSQL server of the test's own, behind a socket in a folder of its own.
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
        let command = |program: &str| {
            let path = programs.join(program);
            let mut command = Command::new(if is_root { "runuser".into() } else { path.clone() });
            if is_root {
                command.args(["-u", "nobody", "--"]).arg(path);
            }
            command
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        let data = folder.path().join("data");
        let made =
            command("initdb").args(["-U", "dtk", "-A", "trust", "-N", "-D"]).arg(&data).status().ok()?;
        made.success().then_some(())?;
        let mut postgres = command("postgres");
        postgres.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-h", "", "-F"]);
        let running = postgres.spawn().ok()?;
        let server = Self { folder, running };
        let socket = server.folder.path().join(".s.PGSQL.5432");
        let ready = |_: &u32| {
            let answers = command_answers(&programs, server.folder.path());
            socket.exists() && answers
        };
        (0..600).find(ready)?;
        Some(server)
    }

    fn url(&self) -> String {
        format!("postgres://dtk@localhost/postgres?host={}", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server itself: whoever started it for another user does not pass a kill on.
        let file = self.folder.path().join("data/postmaster.pid");
        let number = std::fs::read_to_string(file).ok();
        let number = number.as_deref().and_then(|text| text.lines().next()).unwrap_or_default().to_owned();
        if !number.is_empty() {
            let _ = Command::new("kill").args(["-QUIT", &number]).status();
        }
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

/// Whether the server takes connections; `pg_isready` waits a moment for it.
fn command_answers(programs: &Path, socket: &Path) -> bool {
    let mut ready = Command::new(programs.join("pg_isready"));
    ready.arg("-h").arg(socket).args(["-t", "1"]).stdout(Stdio::null());
    ready.status().is_ok_and(|status| status.success())
}

/// Where the programs of the newest server lie.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    versions.sort();
    let in_path = || PathBuf::from(said("which", &["initdb"])?.trim()).parent().map(Path::to_owned);
    versions.pop().or_else(in_path)
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
