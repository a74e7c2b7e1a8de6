//! The radio path: who hears whom, and when. It alone carries what devices and core say to each other.

pub mod cellular;
pub mod lora;
