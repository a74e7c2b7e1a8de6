//! Which other program has a port open, as far as the process table shows it to this user.

use std::fmt;
use std::path::Path;

/// A program that has a port open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} ({})", self.pid, self.name)
    }
}

/// The other programs that have the port at `path` open. A user sees only programs of the same user; nobody is also the
/// answer on systems without `/proc`.
#[must_use]
pub fn holders(path: &str) -> Vec<Holder> {
    let Ok(real) = std::fs::canonicalize(path) else { return Vec::new() };
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let own = std::process::id();
    let mut found: Vec<Holder> = processes
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            (pid != own && has_open(&entry.path(), &real)).then(|| Holder { pid, name: name(&entry.path()) })
        })
        .collect();
    found.sort_by_key(|holder| holder.pid);
    found
}

fn has_open(process: &Path, port: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(process.join("fd")) else { return false };
    files.filter_map(Result::ok).any(|file| std::fs::read_link(file.path()).is_ok_and(|link| link == port))
}

fn name(process: &Path) -> String {
    std::fs::read_to_string(process.join("comm"))
        .map_or_else(|_| "?".to_owned(), |name| name.trim().to_owned())
}
