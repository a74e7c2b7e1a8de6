//! The terminal: results on standard output, talk on standard error, colour only where a person looks.

use std::io::{IsTerminal as _, Write as _};

/// Writes a line of results.
pub fn result(text: &str) {
    // A closed pipe is the reader's decision, not an error of the run.
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Writes a line of talk.
pub fn talk(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether standard error is a terminal.
#[must_use]
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether results may be coloured; `NO_COLOR` and pipes say no.
#[must_use]
pub fn colours() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// How wide the terminal is taken to be.
pub const WIDTH: usize = 110;
