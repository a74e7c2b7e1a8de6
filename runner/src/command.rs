//! The commands of the program.

pub mod check;
pub mod coverage;
pub mod ctl;
pub mod forwarding;
pub mod history;
pub mod list;
pub mod ports;
pub mod run;
pub mod serve;
