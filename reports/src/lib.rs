//! Reads a finished run and writes what people and other programs read of it.
//!
//! The only input is [`run::Run`]: nothing here knows a modem, a core or a script. Equal runs give equal bytes; the
//! wall clock appears only in the [`store`], where the caller hands it in. Only [`write`](mod@write) and [`read`] touch
//! files, only [`store`] is asynchronous, and nothing prints.

pub mod capture;
pub mod chart;
pub mod clean;
pub mod events;
pub mod html;
pub mod junit;
pub mod read;
pub mod run;
pub mod store;
pub mod summary;
pub mod terminal;
pub mod write;

#[cfg(test)]
mod sample;

pub use read::{ReadError, read_run};
pub use run::Run;
pub use store::{
    CoreState, KeptChange, KeptRecord, RunRow, StateStore, Store, StoreError, TestRow, history_table,
};
pub use summary::{Counts, counts, worst};
pub use write::{WriteError, Written, write_all};
