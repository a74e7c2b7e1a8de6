//! The host end of a device's port: what a test engineer would type, made exact.
//!
//! A driver turns a wish into bytes and bytes into typed answers. It cannot tell a simulated device from a real one, and
//! it never repairs: no silent retry, no tolerant parse without an event. Everything but [`port`] is free of I/O.

pub mod at;
pub mod blame;
pub mod lora;
pub mod modem;
pub mod port;
