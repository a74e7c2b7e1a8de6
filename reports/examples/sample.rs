//! Writes the reports of a made-up run, to look at them: `cargo run -p reports --example sample -- FOLDER`.

use reports::run;
use std::path::PathBuf;
use std::process::ExitCode;

#[path = "../src/sample.rs"]
mod sample;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return ExitCode::from(2);
    };
    let sample: run::Run = sample::varied();
    match reports::write_all(&sample, &folder) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
