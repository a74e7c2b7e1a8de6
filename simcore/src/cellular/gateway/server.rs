//! The servers behind the access points: what they are configured to be, and how they answer.
//!
//! A server has a TCP/IP stack of its own, made with its first packet: a lab without traffic pays nothing for it.

use super::stack::{Stack, Stored};
use std::fmt;
use std::net::IpAddr;
use wire::seed::Seed;
use wire::time::Instant;

/// What a server does with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Sends it back.
    Echo,
    /// Keeps it, for the platform to look at, and says nothing.
    Sink,
    /// Answers an HTTP/1.1 request with a page and closes.
    Http,
    /// Answers any HTTP/1.1 request with 403 and closes: what a content filter puts in a server's place.
    Blocked,
}

/// A transport protocol with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// One port of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The port that it listens on.
    pub port: u16,
    /// What it does there.
    pub behaviour: Behaviour,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name, which the DNS servers of its access points know.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The access points through which it can be reached, by network identifier.
    pub apns: Vec<String>,
    /// The customer whose cards alone reach it; `None` for a server on the Internet.
    pub account: Option<String>,
    /// Whether the content filter of the shared access points stands in its place.
    pub filtered: bool,
    /// What it listens to.
    pub services: Vec<Service>,
}

impl Server {
    /// Whether a card of this account reaches it through this access point.
    pub(super) fn is_reached(&self, apn: &str, account: &str) -> bool {
        self.apns.iter().any(|known| known.eq_ignore_ascii_case(apn))
            && self.account.as_ref().is_none_or(|owner| owner == account)
    }
}

/// How a server is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It works.
    #[default]
    Up,
    /// Its programs are stopped: connections are refused, pings answered.
    Refusing,
    /// It, or the tunnel to it, is gone: nothing comes back.
    Silent,
}

/// A server with its stack.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) server: Server,
    pub(super) condition: Condition,
    seed: Seed,
    stack: Option<Stack>,
}

impl Host {
    pub(super) fn new(server: Server, seed: Seed) -> Self {
        let seed = seed.child(&server.name);
        Self { server, condition: Condition::Up, seed, stack: None }
    }

    /// What stands in the place of this server behind a content filter.
    pub(super) fn filter_of(server: &Server, seed: Seed) -> Self {
        let service = Service { protocol: Protocol::Tcp, port: 80, behaviour: Behaviour::Blocked };
        let server = Server { services: vec![service], ..server.clone() };
        Self::new(server, seed.child("content filter"))
    }

    /// A packet for this server.
    pub(super) fn receive(&mut self, now: Instant, packet: Vec<u8>) {
        if self.condition == Condition::Silent {
            return;
        }
        let listening = self.condition == Condition::Up;
        let stack = self.stack.get_or_insert_with(|| Stack::new(now, &self.server, self.seed, listening));
        stack.receive(now, packet);
    }

    pub(super) fn set_condition(&mut self, now: Instant, condition: Condition) {
        self.condition = condition;
        if let Some(stack) = &mut self.stack {
            stack.listen(now, condition != Condition::Refusing);
        }
    }

    /// Does what is due.
    pub(super) fn poll(&mut self, now: Instant) {
        if let Some(stack) = self.stack.as_mut().filter(|stack| stack.wake().is_some_and(|at| at <= now)) {
            stack.poll(now);
        }
    }

    pub(super) fn next_wakeup(&self) -> Option<Instant> {
        self.stack.as_ref().and_then(Stack::wake)
    }

    /// The next packet that leaves the server; one that is silent loses it.
    pub(super) fn next_packet(&mut self) -> Option<Vec<u8>> {
        let stack = self.stack.as_mut()?;
        if self.condition == Condition::Silent {
            while stack.next_packet().is_some() {}
        }
        stack.next_packet()
    }

    /// Everything that was received, oldest first.
    pub(super) fn stored(&self) -> &[Stored] {
        self.stack.as_ref().map(Stack::stored).unwrap_or_default()
    }

    /// Sends to whoever last spoke to a port; the number of clients that it goes to.
    pub(super) fn send(&mut self, now: Instant, port: u16, octets: &[u8]) -> usize {
        self.stack.as_mut().map_or(0, |stack| stack.send(now, port, octets))
    }

    /// Ends the connections to a port; how many there were.
    pub(super) fn close(&mut self, now: Instant, port: u16) -> usize {
        self.stack.as_mut().map_or(0, |stack| stack.close(now, port))
    }
}
