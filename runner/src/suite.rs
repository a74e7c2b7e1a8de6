//! The kit: suite files, the tests in them, and what each test says of itself.

mod document;
mod engine;
mod needs;
mod resolver;
mod source;
mod tests_of;

pub use document::Document;
pub use engine::{MAX_OPERATIONS, engine};
pub use needs::{Need, Reservation, reserve};
pub use source::{Kit, KitError, SuiteSource};
pub use tests_of::{SuiteFault, TestSpec, compile, discover};
