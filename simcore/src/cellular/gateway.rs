//! The packet gateway: where the packets of PDN connections go, and where they do not.
//!
//! An access point leads to the servers that its configuration names and nowhere else: a customer's servers are reached
//! by its cards only, one mobile never reaches another, and a packet that does not come from the address of its
//! connection is dropped (TS 29.061). The content filter of a shared access point stands in the place of a filtered
//! server. Where an access point leads through a tunnel to the customer's gateway and that is down, nothing passes in
//! either direction and nothing takes another way. What is dropped is counted, and noted once for each connection, reason and destination. Not here: charging
//! records, the octets of IPsec, fragments.

mod addresses;
mod nat;
mod orders;
mod quota;
mod resolver;
mod server;
mod stack;
mod traffic;

pub(super) use addresses::Addresses;
pub use nat::NatIdle;
pub use orders::UnknownServer;
pub use server::{Behaviour, Condition, Protocol, Server, Service};
pub use stack::Stored;
pub use traffic::{DropReason, SessionRecord, Traffic};

use super::calls::Direction;
use super::config::ApnKind;
use super::history::Medium;
use super::note::SessionNote;
use super::session::Bearer;
use super::{CellularCore, CellularOutput};
use crate::state::{Kept, Parts};
use nat::Bindings;
use server::Host;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::air::cellular::{CellId, UeId};
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::ip::{self, Advertisement, Header};
use wire::seed::Seed;
use wire::time::{Instant, Wakeup};

/// The gateway's own address on every IPv6 link.
const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

#[derive(Debug)]
pub(super) struct Gateway {
    hosts: Vec<Host>,
    /// What stands in the place of each filtered server, in the same order.
    filters: Vec<Option<Host>>,
    /// DNS servers that do not answer.
    silent_resolvers: BTreeSet<IpAddr>,
    /// Access points whose tunnel to the customer's gateway is down.
    tunnels_down: BTreeSet<String>,
    bindings: Bindings,
    told: BTreeSet<(UeId, u8, DropReason, IpAddr)>,
    quotas: quota::Quotas,
    totals: Kept<Imsi, Traffic>,
}

/// Which host a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Host(usize),
    Filter(usize),
    Resolver,
}

impl Gateway {
    pub(super) fn new(servers: &[Server], seed: Seed) -> Self {
        let filter = |server: &Server| server.filtered.then(|| Host::filter_of(server, seed));
        Self {
            hosts: servers.iter().map(|server| Host::new(server.clone(), seed)).collect(),
            filters: servers.iter().map(filter).collect(),
            silent_resolvers: BTreeSet::new(),
            tunnels_down: BTreeSet::new(),
            bindings: Bindings::default(),
            told: BTreeSet::new(),
            quotas: quota::Quotas::default(),
            totals: Kept::default(),
        }
    }

    pub(super) fn next_wakeup(&self) -> Option<Wakeup> {
        let hosts = self.hosts.iter().chain(self.filters.iter().flatten());
        let at = hosts.filter_map(Host::next_wakeup).min()?;
        Some(Wakeup::new(at, "a server's TCP/IP stack"))
    }

    pub(super) fn parts(&mut self) -> Parts<'_> {
        vec![
            ("quota", &mut self.quotas.subscribers),
            ("account-quota", &mut self.quotas.accounts),
            ("traffic", &mut self.totals),
        ]
    }

    fn tunnel_is_down(&self, apn: &str) -> bool {
        self.tunnels_down.iter().any(|down| down.eq_ignore_ascii_case(apn))
    }

    /// Nothing more is known of a connection that ended.
    fn forget(&mut self, ue: UeId, bearer: u8) {
        self.bindings.forget(ue, bearer);
        let first = (ue, bearer, DropReason::NoConnection, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let theirs: Vec<_> =
            self.told.range(first..).take_while(|told| (told.0, told.1) == (ue, bearer)).copied().collect();
        for told in theirs {
            self.told.remove(&told);
        }
    }
}

impl CellularCore {
    /// An IP packet of a PDN connection.
    pub fn handle_packet(&mut self, now: Instant, ue: UeId, cell: CellId, bearer: u8, packet: Vec<u8>) {
        self.advance(now);
        let known = self.registrations.get(&ue).is_some_and(|known| known.cell.plmn == cell.plmn);
        let Some(session) = self.bearer(ue, bearer).filter(|_| known).cloned() else {
            return self.drop_packet(ue, bearer, None, DropReason::NoConnection);
        };
        self.contact(ue, cell);
        let header = match Header::parse(&packet) {
            Ok(header) => header,
            Err(_) => return self.drop_packet(ue, bearer, None, DropReason::Malformed),
        };
        if ip::is_solicitation(&packet) {
            return self.advertise(ue, &session);
        }
        if !session.owns(header.source) {
            return self.drop_packet(ue, bearer, Some(header), DropReason::ForeignSource);
        }
        if packet.len() > usize::from(self.mtu(&session.apn)) {
            return self.drop_packet(ue, bearer, Some(header), DropReason::TooBig);
        }
        self.count(ue, bearer, |traffic| traffic.sent_up(packet.len()));
        self.data_consumed(ue, Direction::Mo, packet.len());
        if self.quota_exceeded(ue) {
            return;
        }
        match self.route_packet(ue, &session, header) {
            Ok(route) => self.carry(ue, &session, header, route, packet),
            Err(reason) => self.drop_packet(ue, bearer, Some(header), reason),
        }
    }

    /// Lets the servers do what is due.
    pub(super) fn poll_servers(&mut self) {
        let now = self.now;
        let gateway = &mut self.gateway;
        for host in gateway.hosts.iter_mut().chain(gateway.filters.iter_mut().flatten()) {
            host.poll(now);
        }
        self.collect_packets();
    }

    /// Tells a mobile its IPv6 prefix.
    pub(super) fn advertise(&mut self, ue: UeId, session: &Bearer) {
        let Some(prefix) = session.prefix else { return };
        let mtu = Some(u32::from(self.mtu(&session.apn)));
        let packet = ip::advertisement(ROUTER, Advertisement { prefix, mtu });
        self.outputs.push_back(CellularOutput::Packet { to: ue, bearer: session.identity, packet });
    }

    fn bearer(&self, ue: UeId, identity: u8) -> Option<&Bearer> {
        self.registrations.get(&ue)?.bearers.iter().find(|bearer| bearer.identity == identity)
    }

    fn mtu(&self, apn: &str) -> u16 {
        let apn = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(apn));
        apn.and_then(|apn| apn.mtu).unwrap_or(1_500)
    }

    fn account_of(&self, ue: UeId) -> Option<&str> {
        let imsi = self.registrations.get(&ue)?.imsi.as_ref()?;
        Some(&self.subscribers.get(imsi)?.account)
    }

    fn route_packet(&mut self, ue: UeId, session: &Bearer, header: Header) -> Result<Route, DropReason> {
        let apn = self.config.apns.iter().find(|apn| apn.name.eq_ignore_ascii_case(&session.apn));
        let (Some(apn), Some(account)) = (apn, self.account_of(ue)) else {
            // An emergency connection carries no user data to the Internet.
            return Err(DropReason::NotReachable);
        };
        if self.gateway.tunnel_is_down(&apn.name) {
            return Err(DropReason::TunnelDown);
        }
        if apn.dns.contains(&header.destination) && header.transport.to_port() == Some(resolver::PORT) {
            return Ok(Route::Resolver);
        }
        let reached = |host: &Host| {
            host.server.addresses.contains(&header.destination) && host.server.is_reached(&apn.name, account)
        };
        if let Some(index) = self.gateway.hosts.iter().position(reached) {
            let nat = if apn.kind == ApnKind::SharedPrivate { apn.nat_idle } else { None };
            let (bearer, now) = (session.identity, self.now);
            if !self.gateway.bindings.pass_up(now, ue, bearer, header, nat) {
                return Err(DropReason::NoBinding);
            }
            let filtered = self.gateway.filters.get(index).is_some_and(Option::is_some) && apn.filtered;
            return Ok(if filtered { Route::Filter(index) } else { Route::Host(index) });
        }
        Err(if self.addresses.is_used(header.destination) {
            DropReason::AnotherMobile
        } else {
            DropReason::NotReachable
        })
    }

    fn carry(&mut self, ue: UeId, session: &Bearer, header: Header, route: Route, packet: Vec<u8>) {
        let now = self.now;
        match route {
            Route::Host(index) => {
                if let Some(host) = self.gateway.hosts.get_mut(index) {
                    host.receive(now, packet);
                }
            }
            Route::Filter(index) => {
                self.tell(ue, session.identity, Some(header), DropReason::Filtered);
                if let Some(host) = self.gateway.filters.get_mut(index).and_then(Option::as_mut) {
                    host.receive(now, packet);
                }
            }
            Route::Resolver => {
                if !self.gateway.silent_resolvers.contains(&header.destination)
                    && let Some(answer) = resolver::answer(&packet, |name| self.resolve(ue, session, name))
                {
                    self.deliver(&session.apn.clone(), answer);
                }
            }
        }
        self.collect_packets();
    }

    /// The addresses of a name that an access point leads to.
    fn resolve(&self, ue: UeId, session: &Bearer, name: &str) -> Vec<IpAddr> {
        let Some(account) = self.account_of(ue) else { return Vec::new() };
        let servers = self.gateway.hosts.iter().map(|host| &host.server);
        servers
            .filter(|server| server.name.eq_ignore_ascii_case(name))
            .filter(|server| server.is_reached(&session.apn, account))
            .flat_map(|server| server.addresses.iter().copied())
            .collect()
    }

    /// Everything that the servers want to send goes to the mobiles.
    fn collect_packets(&mut self) {
        for index in 0..self.gateway.hosts.len() {
            loop {
                let gateway = &mut self.gateway;
                let host = gateway.hosts.get_mut(index).and_then(Host::next_packet);
                let filter = || gateway.filters.get_mut(index)?.as_mut()?.next_packet();
                let Some(packet) = host.or_else(filter) else { break };
                let host = self.gateway.hosts.get(index);
                let apns = host.map(|host| host.server.apns.clone()).unwrap_or_default();
                for apn in apns {
                    if self.deliver(&apn, packet.clone()) {
                        break;
                    }
                }
            }
        }
    }

    /// Sends a packet down to the mobile that has its destination address on this access point, where there is one.
    fn deliver(&mut self, apn: &str, packet: Vec<u8>) -> bool {
        let Ok(header) = Header::parse(&packet) else { return false };
        let Some((to, bearer)) = self.addresses.holder(apn, header.destination) else { return false };
        if self.gateway.tunnel_is_down(apn) {
            self.drop_packet(to, bearer, Some(header), DropReason::TunnelDown);
            return true;
        }
        let config = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(apn));
        let nat = config.filter(|apn| apn.kind == ApnKind::SharedPrivate).and_then(|apn| apn.nat_idle);
        let from_server = !config.is_some_and(|apn| apn.dns.contains(&header.source));
        if from_server && !self.gateway.bindings.pass_down(self.now, to, bearer, header, nat) {
            self.drop_packet(to, bearer, Some(header), DropReason::NoBinding);
            return true;
        }
        if packet.len() > usize::from(self.mtu(apn)) {
            self.drop_packet(to, bearer, Some(header), DropReason::TooBig);
            return true;
        }
        self.outputs.push_back(CellularOutput::Packet { to, bearer, packet });
        true
    }

    /// A packet goes down the air: now it counts. One whose connection is gone by now goes nowhere.
    pub(super) fn deliver_counted(&mut self, to: UeId, bearer: u8, packet: Vec<u8>) -> Option<Vec<u8>> {
        let header = Header::parse(&packet).ok();
        if self.bearer(to, bearer).is_none() {
            self.drop_packet(to, bearer, header, DropReason::NoConnection);
            return None;
        }
        if header.is_none_or(|header| header.source != IpAddr::V6(ROUTER)) {
            self.count(to, bearer, |traffic| traffic.sent_down(packet.len()));
            self.data_consumed(to, Direction::Mt, packet.len());
            self.quota_exceeded(to);
        }
        Some(packet)
    }

    fn data_consumed(&mut self, ue: UeId, direction: Direction, octets: usize) {
        if let Some(imsi) = self.registrations.get(&ue).and_then(|known| known.imsi.clone()) {
            self.consumed(&imsi, Medium::Data, direction, octets as u64);
        }
    }

    fn count(&mut self, ue: UeId, identity: u8, add: impl Fn(&mut Traffic)) {
        let Some(registration) = self.registrations.get_mut(&ue) else { return };
        if let Some(bearer) = registration.bearers.iter_mut().find(|bearer| bearer.identity == identity) {
            add(&mut bearer.traffic);
        }
        let Some(imsi) = registration.imsi.clone() else { return };
        let total = self.gateway.totals.entry(imsi.clone()).or_default();
        let before = total.octets();
        add(total);
        let used = total.octets() - before;
        let account = self.subscribers.get(&imsi).map(|subscriber| &*subscriber.account);
        self.gateway.quotas.count(self.now, &imsi, account, used);
    }

    fn drop_packet(&mut self, ue: UeId, bearer: u8, header: Option<Header>, reason: DropReason) {
        self.count(ue, bearer, |traffic| traffic.dropped += 1);
        self.tell(ue, bearer, header, reason);
    }

    fn tell(&mut self, ue: UeId, bearer: u8, header: Option<Header>, reason: DropReason) {
        let destination = header.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |header| header.destination);
        if self.gateway.told.insert((ue, bearer, reason, destination)) {
            let who = self.who(ue);
            self.note(SessionNote::PacketDropped { who, bearer, header, reason });
        }
    }

    /// A connection ended: its record is kept.
    pub(super) fn session_ended(&mut self, ue: UeId, bearer: &Bearer, cause: EsmCause) {
        self.gateway.forget(ue, bearer.identity);
        self.addresses.remove(ue, bearer);
        let imsi = self.registrations.get(&ue).and_then(|registration| registration.imsi.clone());
        if let Some(imsi) = imsi {
            self.record_session(&imsi, bearer, cause);
        }
    }
}
