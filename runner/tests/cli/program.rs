//! The program `dtk` in a test: started from the root of the repository, with results in a folder of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// How long anything may take before the test gives up: far longer than it should ever take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A folder for results.
pub struct Out(TempDir);

/// How the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Out {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file beside the results and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A file of the latest run.
    pub fn report(&self, name: &str) -> String {
        let path = self.path().join("latest").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs the program with these arguments and `--out` to its end.
    pub fn dtk(&self, arguments: &[&str]) -> Ended {
        let out = self.path().display().to_string();
        dtk(&[arguments, &["--out", &out]].concat())
    }

    /// Starts the program with these arguments and `--out`, and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = command(arguments);
        command.arg("--out").arg(self.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Running { child, stdout, stderr }
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dtk"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    for variable in ["DTK_LAB", "DTK_SUITES", "DTK_OUT", "DTK_DB", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the program with just these arguments to its end.
pub fn dtk(arguments: &[&str]) -> Ended {
    let mut command = command(arguments);
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(command.output()));
    let output =
        ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("dtk {arguments:?} does not end")).unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// Fails unless this is the code, and shows what the program said.
    pub fn has_code(self, code: u8) -> Self {
        assert_eq!(self.code, Some(i32::from(code)), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error has each of these words.
    pub fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no \"{word}\" on standard error:\n{}", self.stderr);
        }
        self
    }

    /// Fails unless standard output has each of these words.
    pub fn shows(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stdout.contains(word), "no \"{word}\" on standard output:\n{}", self.stdout);
        }
        self
    }
}

/// The program while it runs. It is killed when the test ends before it does.
pub struct Running {
    child: Child,
    pub stdout: Receiver<String>,
    pub stderr: Receiver<String>,
}

impl Running {
    /// Ctrl-C.
    pub fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Waits for the end; the exit code and what it wrote since.
    pub fn end(mut self) -> Ended {
        let mut written = [String::new(), String::new()];
        for (text, lines) in written.iter_mut().zip([&self.stdout, &self.stderr]) {
            // The channel closes when the program closes its end.
            while let Some(line) = next(lines) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        let [stdout, stderr] = written;
        Ended { code: self.child.wait().unwrap().code(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line of a running program; `None` when it has closed its output.
pub fn next(lines: &Receiver<String>) -> Option<String> {
    use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
    match lines.recv_timeout(PATIENCE) {
        Ok(line) => Some(line),
        Err(Disconnected) => None,
        Err(Timeout) => panic!("the program says nothing for {PATIENCE:?}"),
    }
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Every file under a folder, with its bytes, by path.
pub fn files_under(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            let mut bytes = Vec::new();
            std::fs::File::open(&path).unwrap().read_to_end(&mut bytes).unwrap();
            files.push((path, bytes));
        }
    }
    files.sort();
    files
}
