//! What gateways outside cost and send: octets of their backhaul, datagrams that are not served, their own statistics.
//!
//! Octets are those on the backhaul, IP and UDP headers included. A month has 30 days. The doors count; this adds up,
//! extrapolates once it has measured for [`MEASURED_AT_LEAST`], and notes a gateway that will use more than its plan.

use super::NetworkServer;
use crate::lorawan::note::LorawanNote;
use std::collections::BTreeMap;
use wire::id::Eui64;
use wire::semtech_udp::Stat;
use wire::time::{Duration, Instant};

/// What a gateway on a mobile backhaul may use in a month: 300 MB.
pub const MONTHLY_PLAN: u64 = 300_000_000;
/// Shorter measurements say nothing about a month.
pub const MEASURED_AT_LEAST: Duration = Duration::from_secs(60);
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// Octets and datagrams, or messages, that crossed a backhaul; what a door has counted since it told last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// From the gateway.
    pub octets_up: u64,
    /// To the gateway.
    pub octets_down: u64,
    /// From the gateway.
    pub datagrams_up: u64,
    /// To the gateway.
    pub datagrams_down: u64,
}

impl Traffic {
    /// Adds one datagram of the gateway with so many octets.
    pub const fn up(&mut self, octets: usize) {
        self.octets_up = self.octets_up.saturating_add(octets as u64);
        self.datagrams_up = self.datagrams_up.saturating_add(1);
    }

    /// Adds one datagram to the gateway with so many octets.
    pub const fn down(&mut self, octets: usize) {
        self.octets_down = self.octets_down.saturating_add(octets as u64);
        self.datagrams_down = self.datagrams_down.saturating_add(1);
    }

    const fn add(&mut self, more: Self) {
        self.octets_up = self.octets_up.saturating_add(more.octets_up);
        self.octets_down = self.octets_down.saturating_add(more.octets_down);
        self.datagrams_up = self.datagrams_up.saturating_add(more.datagrams_up);
        self.datagrams_down = self.datagrams_down.saturating_add(more.datagrams_down);
    }
}

/// What is known of the backhaul of a registered gateway outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Backhaul {
    /// Since [`Backhaul::since`].
    pub traffic: Traffic,
    /// When the gateway came first.
    pub since: Instant,
    /// Datagrams, or frames in them, that are not served.
    pub refused: u64,
    /// What it last said of itself.
    pub stat: Option<Stat>,
    over_plan: bool,
}

impl Backhaul {
    const fn new(since: Instant) -> Self {
        let traffic = Traffic { octets_up: 0, octets_down: 0, datagrams_up: 0, datagrams_down: 0 };
        Self { traffic, since, refused: 0, stat: None, over_plan: false }
    }

    /// Octets in a month that goes on as it began, both ways; `None` before [`MEASURED_AT_LEAST`].
    #[must_use]
    pub fn per_month(&self, now: Instant) -> Option<u64> {
        let measured = now.since(self.since);
        let octets = u128::from(self.traffic.octets_up) + u128::from(self.traffic.octets_down);
        let month = octets * MONTH.as_micros() / measured.as_micros().max(1);
        (measured >= MEASURED_AT_LEAST).then_some(u64::try_from(month).unwrap_or(u64::MAX))
    }
}

impl NetworkServer {
    /// A door counted traffic of a gateway. That of gateways that nobody registered is not kept.
    pub fn handle_backhaul(&mut self, now: Instant, gateway: Eui64, traffic: Traffic) {
        self.handle_timeout(now);
        let Some(backhaul) = self.backhaul_mut(gateway) else { return };
        backhaul.traffic.add(traffic);
        let Some(octets) = backhaul.per_month(now) else { return };
        let over_plan = octets > MONTHLY_PLAN;
        let crossed = over_plan && !backhaul.over_plan;
        backhaul.over_plan = over_plan;
        if crossed {
            self.outbox.note(LorawanNote::GatewayOverPlan { gateway, octets, plan: MONTHLY_PLAN });
        }
    }

    /// A door did not serve what came from `gateway`, or from somebody who is none, and says why.
    pub fn handle_refused_datagram(&mut self, now: Instant, gateway: Option<Eui64>, peer: &str, why: &str) {
        self.handle_timeout(now);
        if let Some(backhaul) = gateway.and_then(|gateway| self.backhaul_mut(gateway)) {
            backhaul.refused = backhaul.refused.saturating_add(1);
        }
        let (peer, why) = (peer.to_owned(), why.to_owned());
        self.outbox.note(LorawanNote::GatewayRefused { gateway, peer, why });
    }

    /// Something came to a door in clear in the name of `gateway`, whose backhaul is a tunnel with the addresses of `tunnel`.
    /// It is not served.
    pub fn handle_outside_tunnel(&mut self, now: Instant, gateway: Eui64, peer: &str, tunnel: &str) {
        self.handle_timeout(now);
        if let Some(backhaul) = self.backhaul_mut(gateway) {
            backhaul.refused = backhaul.refused.saturating_add(1);
        }
        let (peer, tunnel) = (peer.to_owned(), tunnel.to_owned());
        self.outbox.note(LorawanNote::GatewayOutsideTunnel { gateway, peer, tunnel });
    }

    /// A door has dropped what nobody could serve, since it came too fast.
    pub fn handle_flood(&mut self, now: Instant, datagrams: u64) {
        self.handle_timeout(now);
        self.outbox.note(LorawanNote::GatewayFlood { datagrams });
    }

    /// A gateway tells its statistics.
    pub fn handle_gateway_stat(&mut self, now: Instant, gateway: Eui64, stat: Stat) {
        self.handle_timeout(now);
        if let Some(backhaul) = self.backhaul_mut(gateway) {
            backhaul.stat = Some(stat);
        }
    }

    /// The backhaul of every registered gateway that has come through a door.
    #[must_use]
    pub const fn backhauls(&self) -> &BTreeMap<Eui64, Backhaul> {
        &self.backhauls
    }

    fn backhaul_mut(&mut self, gateway: Eui64) -> Option<&mut Backhaul> {
        let (known, now) = (self.gateways.contains(gateway), self.now);
        known.then(|| self.backhauls.entry(gateway).or_insert_with(|| Backhaul::new(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lorawan::{GatewayConfig, NsConfig, NsOutput};
    use wire::lorawan::NetId;
    use wire::seed::Seed;

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    fn server() -> NetworkServer {
        let mut config = NsConfig::new(NetId::from_value(0x13));
        config.gateways = vec![GatewayConfig::new(GATEWAY)];
        NetworkServer::new(config, Seed(1))
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn codes(server: &mut NetworkServer) -> Vec<&'static str> {
        std::iter::from_fn(|| server.poll_output())
            .filter_map(|output| match output {
                NsOutput::Note(note) => Some(note.code()),
                NsOutput::Downlink { .. } | NsOutput::Message(_) => None,
            })
            .collect()
    }

    #[test]
    fn an_idle_gateway_stays_under_its_plan_and_the_month_is_extrapolated() {
        let mut server = server();
        for second in (0..=600).step_by(10) {
            // PULL_DATA and its answer, and every 30 s a stat, with their headers.
            let mut traffic = Traffic::default();
            traffic.up(40);
            traffic.down(32);
            if second % 30 == 0 {
                traffic.up(290);
                traffic.down(32);
            }
            server.handle_backhaul(at(second), GATEWAY, traffic);
        }
        let backhaul = &server.backhauls()[&GATEWAY];
        let month = backhaul.per_month(at(600)).unwrap();
        assert!((45_000_000..50_000_000).contains(&month), "{month}");
        assert_eq!(backhaul.per_month(at(59)), None, "too short to say");
        assert_eq!(codes(&mut server), [""; 0]);
    }

    #[test]
    fn a_gateway_over_its_plan_is_noted_once_each_time_it_gets_there() {
        let mut server = server();
        // 300 MB in 30 days are 115.7 octets in a second.
        let minute = |octets_up| Traffic { octets_up, ..Traffic::default() };
        server.handle_backhaul(at(0), GATEWAY, minute(6_000));
        server.handle_backhaul(at(60), GATEWAY, minute(6_000));
        server.handle_backhaul(at(61), GATEWAY, minute(1));
        assert_eq!(codes(&mut server), ["gateway-over-plan"]);
        server.handle_backhaul(at(120), GATEWAY, minute(0));
        server.handle_backhaul(at(121), GATEWAY, minute(6_000));
        assert_eq!(codes(&mut server), ["gateway-over-plan"]);
    }

    #[test]
    fn strangers_are_noted_and_nothing_is_kept_of_them() {
        let mut server = server();
        let stranger = Eui64::from_value(7);
        server.handle_backhaul(at(0), stranger, Traffic { octets_up: u64::MAX, ..Traffic::default() });
        server.handle_refused_datagram(at(0), Some(stranger), "10.0.0.1:1", "protocol version 9");
        server.handle_refused_datagram(at(0), Some(GATEWAY), "10.0.0.1:2", "no base64");
        server.handle_outside_tunnel(at(0), GATEWAY, "10.0.0.1:2", "10.8.0.0/16");
        server.handle_flood(at(1), 1_000);
        assert_eq!(server.backhauls().keys().collect::<Vec<_>>(), [&GATEWAY]);
        assert_eq!(server.backhauls()[&GATEWAY].refused, 2);
        let want = ["gateway-refused", "gateway-refused", "gateway-outside-tunnel", "gateway-flood"];
        assert_eq!(codes(&mut server), want);
    }
}
