//! The words of a test procedure: one vocabulary for scripts and for hands.

mod flow;
pub mod lab;
mod modem;
mod node;
mod operator;
mod lorawan;
mod values;

use rhai::Engine;

/// Registers every verb.
pub fn register(engine: &mut Engine) {
    flow::register(engine);
    lab::register(engine);
    modem::register(engine);
    node::register(engine);
    operator::register(engine);
    lorawan::register(engine);
}
