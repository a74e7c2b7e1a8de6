//! `dtk ctl`: one expression for the lab that `dtk serve` runs.

use crate::cli::CtlArgs;
use crate::{console, exit};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Where a served lab listens for expressions.
#[must_use]
pub fn socket(out: &Path) -> PathBuf {
    out.join("dev").join("control.sock")
}

/// Sends the expression and shows its value.
#[must_use]
pub fn run(args: &CtlArgs) -> u8 {
    let path = socket(&args.out);
    match exchange(&path, &args.expression) {
        Ok(answer) if args.json => {
            console::result(&answer.to_string());
            if answer.get("value").is_some() { exit::PASSED } else { exit::BROKEN }
        }
        Ok(answer) => {
            if let Some(value) = answer.get("value").and_then(Value::as_str) {
                if !value.is_empty() {
                    console::result(value);
                }
                return exit::PASSED;
            }
            let error = answer.get("error").and_then(Value::as_str).unwrap_or("the lab gave no answer");
            console::talk(&format!("error: {error}"));
            exit::BROKEN
        }
        Err(error) => {
            console::talk(&format!(
                "error: no lab answers at {}: {error}; is `dtk serve` running?",
                path.display()
            ));
            exit::BAD_USAGE
        }
    }
}

fn exchange(path: &Path, expression: &str) -> std::io::Result<Value> {
    let mut stream = UnixStream::connect(path)?;
    writeln!(stream, "{}", json!({ "expression": expression }))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(std::io::Error::other)
}
