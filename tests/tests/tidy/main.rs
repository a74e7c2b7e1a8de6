//! Holds the invariants of the architecture that the compiler cannot hold.
//!
//! Each test is one rule. A broken rule is told with file and line, and with what to do.

#![cfg(test)]

mod kit;
mod layers;
mod purity;
mod shape;
mod tree;
mod words;
