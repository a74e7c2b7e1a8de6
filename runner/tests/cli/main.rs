//! The command line is a tested interface: arguments in, exit code, words and files out.
//!
//! Each test starts the program itself, in a folder for its results that nobody else uses.

#![cfg(test)]

mod bad_input;
mod bad_line;
mod endings;
mod field;
mod hardware;
mod kept_state;
mod live;
mod postgres;
mod program;
mod results;
mod secrets;
mod serve;
mod served_forwarder;
mod served_gateway;
mod served_smpp;
mod served_smpp_links;
mod served_stack;
mod served_tunnel;
mod third_party;
