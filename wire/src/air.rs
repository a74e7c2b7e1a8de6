//! What crosses the radio path between a simulated device and the simulated operator, and nothing else.
//!
//! `simdev` and `simcore` share only this module; the lab's ether alone carries it. A device cannot look into the core
//! and the core cannot look into a device.

pub mod cellular;
pub mod lora;
