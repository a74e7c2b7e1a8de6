//! What a test may ask and order of servers, DNS servers and volumes.

use super::super::control::ControlError;
use super::super::note::ControlNote;
use super::server::Host;
use super::{CellularCore, Condition, SessionRecord, Stored, Traffic};
use std::net::IpAddr;
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::time::Instant;

/// No server has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no server \"{name}\"; known servers: {known}")]
pub struct UnknownServer {
    /// The name that was asked for.
    pub name: String,
    /// The names that exist.
    pub known: String,
}

impl CellularCore {
    /// Changes how a server is doing.
    ///
    /// # Errors
    /// [`UnknownServer`].
    pub fn set_server(
        &mut self,
        now: Instant,
        name: &str,
        condition: Condition,
    ) -> Result<(), UnknownServer> {
        self.advance(now);
        let now = self.now;
        self.host(name)?.set_condition(now, condition);
        self.collect_packets();
        Ok(())
    }

    /// Sends from a port of a server to whoever last spoke to it; the number of clients.
    ///
    /// # Errors
    /// [`UnknownServer`].
    pub fn server_sends(
        &mut self,
        now: Instant,
        name: &str,
        port: u16,
        octets: &[u8],
    ) -> Result<usize, UnknownServer> {
        self.advance(now);
        let now = self.now;
        let reached = self.host(name)?.send(now, port, octets);
        self.collect_packets();
        Ok(reached)
    }

    /// Ends the connections to a port of a server; how many there were.
    ///
    /// # Errors
    /// [`UnknownServer`].
    pub fn server_closes(&mut self, now: Instant, name: &str, port: u16) -> Result<usize, UnknownServer> {
        self.advance(now);
        let now = self.now;
        let closed = self.host(name)?.close(now, port);
        self.collect_packets();
        Ok(closed)
    }

    /// What a server received, oldest first.
    ///
    /// # Errors
    /// [`UnknownServer`].
    pub fn server_received(&self, name: &str) -> Result<&[Stored], UnknownServer> {
        let host = self.gateway.hosts.iter().find(|host| host.server.name.eq_ignore_ascii_case(name));
        host.map(Host::stored).ok_or_else(|| self.unknown_server(name))
    }

    /// Lets the gateway of an access point refuse every connection with this cause, or work again. What is there stays.
    ///
    /// # Errors
    /// Unknown access point.
    pub fn set_gateway_failure(&mut self, apn: &str, cause: Option<EsmCause>) -> Result<(), ControlError> {
        let apn = apn.to_ascii_lowercase();
        if self.pools.get(&apn).is_none() {
            return Err(ControlError::UnknownApn(apn));
        }
        match cause {
            Some(cause) => self.gateway_failures.insert(apn, cause),
            None => self.gateway_failures.remove(&apn),
        };
        Ok(())
    }

    /// Lets the tunnel of an access point to its customer's gateway fail, or work again. Connections stay.
    ///
    /// # Errors
    /// Unknown access point, or one without a tunnel.
    pub fn set_tunnel(&mut self, now: Instant, apn: &str, up: bool) -> Result<(), ControlError> {
        self.advance(now);
        let Some(known) = self.config.apns.iter().find(|known| known.name.eq_ignore_ascii_case(apn)) else {
            return Err(ControlError::UnknownApn(apn.to_owned()));
        };
        let apn = known.name.clone();
        if !known.tunnel {
            return Err(ControlError::NoTunnel(apn));
        }
        let tunnels = &mut self.gateway.tunnels_down;
        let changed = if up { tunnels.remove(&apn) } else { tunnels.insert(apn.clone()) };
        if changed {
            self.note(ControlNote::TunnelChanged { apn, up });
        }
        Ok(())
    }

    /// Lets a DNS server answer or fall silent.
    pub fn set_resolver(&mut self, address: IpAddr, answers: bool) {
        if answers {
            self.gateway.silent_resolvers.remove(&address);
        } else {
            self.gateway.silent_resolvers.insert(address);
        }
    }

    /// What a subscriber has sent and received so far.
    #[must_use]
    pub fn traffic(&self, imsi: &Imsi) -> Traffic {
        self.gateway.totals.get(imsi).copied().unwrap_or_default()
    }

    /// The sessions of a subscriber that ended, oldest first.
    #[must_use]
    pub fn session_records(&self, imsi: &Imsi) -> Vec<SessionRecord> {
        self.history.of(imsi).filter_map(SessionRecord::of).collect()
    }

    fn host(&mut self, name: &str) -> Result<&mut Host, UnknownServer> {
        let place = self.gateway.hosts.iter().position(|host| host.server.name.eq_ignore_ascii_case(name));
        let unknown = self.unknown_server(name);
        place.and_then(|place| self.gateway.hosts.get_mut(place)).ok_or(unknown)
    }

    fn unknown_server(&self, name: &str) -> UnknownServer {
        let known: Vec<&str> = self.gateway.hosts.iter().map(|host| host.server.name.as_str()).collect();
        UnknownServer { name: name.to_owned(), known: known.join(", ") }
    }
}
