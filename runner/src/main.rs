//! The program `dtk`.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = runner::cli::Cli::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        let code = if error.use_stderr() { runner::exit::BAD_USAGE } else { runner::exit::PASSED };
        std::process::exit(i32::from(code));
    });
    ExitCode::from(runner::run(&cli))
}
