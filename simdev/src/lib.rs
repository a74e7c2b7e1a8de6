//! The simulated device: everything in front of the antenna.
//!
//! A modem with its card, and a LoRaWAN node, each with the defects that they can be asked to imitate. Bytes of the port
//! and messages of the air go in; bytes, messages and the next wake-up come out. Nothing here knows the operator.

pub mod defect;
pub mod modem;
pub mod node;
pub mod sim;
