//! A host that knows nothing of this project on the line of a simulated modem: other people's PPP, TCP/IP and
//! multiplexer against the modem's, in a virtual lab, and what crossed the line as another dissector sees it.
//!
//! The kernel's own line disciplines cannot be run everywhere; these peers can. They share no code with the product.

#![cfg(test)]

mod channels;
mod dissect;
mod mux;
mod peer;
mod ppp;
mod table;
