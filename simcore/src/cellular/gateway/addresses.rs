//! Which mobile has which address, so that a packet finds it among any number of others.

use crate::cellular::session::Bearer;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use wire::air::cellular::UeId;

/// The addresses in use. Of an IPv6 address only the /64 counts, which is the mobile's own.
#[derive(Debug, Default)]
pub(in crate::cellular) struct Addresses(BTreeMap<(IpAddr, String), (UeId, u8)>);

impl Addresses {
    /// A connection has begun.
    pub(in crate::cellular) fn insert(&mut self, ue: UeId, bearer: &Bearer) {
        for address in of(bearer) {
            self.0.insert((address, bearer.apn.clone()), (ue, bearer.identity));
        }
    }

    /// A connection has ended.
    pub(super) fn remove(&mut self, ue: UeId, bearer: &Bearer) {
        for address in of(bearer) {
            let key = (address, bearer.apn.clone());
            if self.0.get(&key) == Some(&(ue, bearer.identity)) {
                self.0.remove(&key);
            }
        }
    }

    /// Who has an address on an access point.
    pub(super) fn holder(&self, apn: &str, address: IpAddr) -> Option<(UeId, u8)> {
        self.0.get(&(network(address), apn.to_ascii_lowercase())).copied()
    }

    /// Whether any mobile has an address.
    pub(super) fn is_used(&self, address: IpAddr) -> bool {
        let network = network(address);
        self.0.range((network, String::new())..).next().is_some_and(|((used, _), _)| *used == network)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

fn of(bearer: &Bearer) -> impl Iterator<Item = IpAddr> {
    let four = bearer.address.ipv4().map(IpAddr::V4);
    let six = bearer.prefix.map(|prefix| network(IpAddr::V6(prefix)));
    four.into_iter().chain(six)
}
