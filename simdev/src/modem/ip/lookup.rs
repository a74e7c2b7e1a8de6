//! A name lookup: the first DNS server, and the next when it does not answer.

use super::SocketError;
use super::stack::Stack;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::dns::QueryHandle;
use std::net::IpAddr;
use wire::time::{Duration, Instant};

/// How long one server has for its answer; the query is repeated within it.
const SERVER_TIME: Duration = Duration::from_secs(4);

pub(super) struct Lookup {
    cid: u8,
    name: String,
    place: usize,
    query: (SocketHandle, QueryHandle),
    until: Instant,
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Lookup {
    /// Begins with the first server; `None` for a name that is none, or without a server.
    pub(super) fn start(now: Instant, cid: u8, stack: &mut Stack, name: &str) -> Option<Self> {
        let query = stack.query(stack.server(0)?, name)?;
        Some(Self { cid, name: name.to_owned(), place: 0, query, until: now + SERVER_TIME })
    }

    pub(super) const fn cid(&self) -> u8 {
        self.cid
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.until
    }

    /// The addresses, or that there are none, once that is known.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        stack: &mut Stack,
    ) -> Option<Result<Vec<IpAddr>, SocketError>> {
        let answer = stack.answer(self.query);
        if answer.is_none() && now < self.until {
            return None;
        }
        stack.forget_query(self.query.0);
        if answer.is_some() {
            return answer;
        }
        self.place += 1;
        match stack.server(self.place).and_then(|server| stack.query(server, &self.name)) {
            Some(query) => {
                self.query = query;
                self.until = now + SERVER_TIME;
                None
            }
            None => Some(Err(SocketError::Dns)),
        }
    }
}
