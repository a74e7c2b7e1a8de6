//! The address translation of a shared private access point, as far as a mobile notices it: a binding that is idle for too
//! long is gone, and what comes from outside without a binding does not pass.
//!
//! Addresses themselves are not rewritten: a server sees the mobile's own.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use wire::air::cellular::UeId;
use wire::ip::{Header, Transport};
use wire::time::{Duration, Instant};

/// How long a binding may be idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NatIdle {
    /// Of a TCP connection.
    pub tcp: Duration,
    /// Of anything else.
    pub udp: Duration,
}

/// Protocol (TCP or not), port of the mobile, port of the server.
type Flow = (bool, u16, u16);

/// When each binding was last used.
#[derive(Debug, Default)]
pub(super) struct Bindings(BTreeMap<(UeId, u8, IpAddr, Flow), Instant>);

impl Bindings {
    /// Whether a packet from a mobile passes; it makes a binding, except in the middle of a TCP connection.
    pub(super) fn pass_up(
        &mut self,
        now: Instant,
        ue: UeId,
        bearer: u8,
        header: Header,
        idle: Option<NatIdle>,
    ) -> bool {
        let Some(idle) = idle else { return true };
        let key = (ue, bearer, header.destination, flow(header.transport, false));
        let opens = !matches!(header.transport, Transport::Tcp { opens: false, .. });
        let passes = opens || self.is_alive(now, key, idle);
        if passes {
            self.0.insert(key, now);
        }
        passes
    }

    /// Whether a packet from a server passes.
    pub(super) fn pass_down(
        &mut self,
        now: Instant,
        ue: UeId,
        bearer: u8,
        header: Header,
        idle: Option<NatIdle>,
    ) -> bool {
        let Some(idle) = idle else { return true };
        let key = (ue, bearer, header.source, flow(header.transport, true));
        let passes = self.is_alive(now, key, idle);
        if passes {
            self.0.insert(key, now);
        }
        passes
    }

    pub(super) fn forget(&mut self, ue: UeId, bearer: u8) {
        let lowest = (ue, bearer, IpAddr::V4(Ipv4Addr::UNSPECIFIED), (false, 0, 0));
        let theirs =
            self.0.range(lowest..).take_while(|((of, identity, ..), _)| (*of, *identity) == (ue, bearer));
        let theirs: Vec<_> = theirs.map(|(key, _)| *key).collect();
        for key in theirs {
            self.0.remove(&key);
        }
    }

    fn is_alive(&self, now: Instant, key: (UeId, u8, IpAddr, Flow), idle: NatIdle) -> bool {
        let longest = if key.3.0 { idle.tcp } else { idle.udp };
        self.0.get(&key).is_some_and(|last| now.since(*last) < longest)
    }
}

fn flow(transport: Transport, down: bool) -> Flow {
    let (is_tcp, from, to) = match transport {
        Transport::Tcp { from, to, .. } => (true, from, to),
        Transport::Udp { from, to } => (false, from, to),
        Transport::Icmp | Transport::Other(_) => (false, 0, 0),
    };
    if down { (is_tcp, to, from) } else { (is_tcp, from, to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_lives_as_long_as_it_is_used_and_lets_its_own_answers_in() {
        let idle = Some(NatIdle { tcp: Duration::from_secs(900), udp: Duration::from_secs(120) });
        let (mobile, server) = ("10.64.0.1".parse().unwrap(), "192.0.2.10".parse().unwrap());
        let up = Header { source: mobile, destination: server, transport: Transport::Udp { from: 9, to: 7 } };
        let down =
            Header { source: server, destination: mobile, transport: Transport::Udp { from: 7, to: 9 } };
        let at = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        let mut bindings = Bindings::default();
        assert!(!bindings.pass_down(at(0), UeId(1), 5, down, idle), "nobody spoke yet");
        assert!(bindings.pass_down(at(0), UeId(1), 5, down, None), "no translation, no filter");
        assert!(bindings.pass_up(at(0), UeId(1), 5, up, idle));
        assert!(bindings.pass_down(at(119), UeId(1), 5, down, idle));
        assert!(bindings.pass_down(at(238), UeId(1), 5, down, idle), "the answer kept it alive");
        assert!(!bindings.pass_down(at(358), UeId(1), 5, down, idle));
        let middle = Transport::Tcp { from: 9, to: 7, opens: false };
        assert!(!bindings.pass_up(at(0), UeId(1), 5, Header { transport: middle, ..up }, idle));
        let open = Transport::Tcp { from: 9, to: 7, opens: true };
        assert!(bindings.pass_up(at(0), UeId(1), 5, Header { transport: open, ..up }, idle));
        assert!(bindings.pass_up(at(899), UeId(1), 5, Header { transport: middle, ..up }, idle));
        bindings.forget(UeId(1), 5);
        assert!(!bindings.pass_up(at(899), UeId(1), 5, Header { transport: middle, ..up }, idle));
    }
}
