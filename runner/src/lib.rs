//! dtk, the device test kit: selects tests, runs them, judges, explains.
//!
//! A library so that tests can drive it; the program is a thin `main` around [`run`].

mod capture;
pub mod cli;
pub mod command;
mod console;
mod context;
mod diagnostics;
mod execute;
pub mod exit;
mod identify;
mod judge;
mod known;
mod loading;
mod measure;
mod record;
mod requirements;
pub mod runtime;
mod schedule;
mod select;
mod session;
pub mod suite;
mod trouble;
mod vocabulary;

pub use session::Session;

use cli::{Action, Cli};

/// Does what the command line says; the result is one of the [`exit`] codes.
#[must_use]
pub fn run(cli: &Cli) -> u8 {
    match &cli.action {
        Action::Run(args) => command::run::run(args),
        Action::List(args) => command::list::run(args),
        Action::Check(args) => command::check::run(args),
        Action::Serve(args) => command::serve::run(args),
        Action::Ctl(args) => command::ctl::run(args),
        Action::Ports(args) => command::ports::run(args),
        Action::History(args) => command::history::run(args),
    }
}
