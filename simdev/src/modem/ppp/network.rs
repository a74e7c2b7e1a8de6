//! The options of the network layers: IPCP (RFC 1332, RFC 1877) and IPV6CP (RFC 5072).
//!
//! The host gets the address and the DNS servers of the PDN connection and nothing else. A mask and a router do not
//! exist on a mobile's link: the modem's own end has an address that was made up, as modules do it.

use super::automaton::{Negotiation, Objections};
use std::net::Ipv4Addr;
use wire::nas::{InterfaceIdentifier, PdnGrant};
use wire::ppp::{ConfigOption, ipcp, ipv6cp};

/// The modem's end of the link.
const OWN_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 254, 254);
/// The modem's end of the link, in IPv6.
const OWN_INTERFACE: [u8; 8] = [0x02, 0, 0, 0xff, 0xfe, 0, 0, 0xfe];

/// What the host is given in IPv4.
#[derive(Debug)]
pub(super) struct Ipv4Options {
    address: Ipv4Addr,
    dns: Vec<Ipv4Addr>,
    own: bool,
}

impl Ipv4Options {
    pub(super) fn new(grant: &PdnGrant) -> Option<Self> {
        Some(Self { address: grant.address.ipv4()?, dns: grant.dns_ipv4().collect(), own: true })
    }

    /// The only value that an option may have; `None` for what is not negotiated.
    fn right(&self, kind: u8) -> Option<Ipv4Addr> {
        match kind {
            ipcp::ADDRESS => Some(self.address),
            ipcp::PRIMARY_DNS => self.dns.first().copied(),
            // With one server the secondary is the same one: pppd asks for both or for none.
            ipcp::SECONDARY_DNS => self.dns.get(1).or(self.dns.first()).copied(),
            _ => None,
        }
    }
}

impl Negotiation for Ipv4Options {
    fn wishes(&self) -> Vec<ConfigOption> {
        let own = ConfigOption::new(ipcp::ADDRESS, OWN_ADDRESS.octets());
        if self.own { vec![own] } else { Vec::new() }
    }

    fn examine(&mut self, options: &[ConfigOption]) -> Objections {
        let mut objections = Objections::default();
        for option in options {
            match self.right(option.kind) {
                Some(_) if option.value.len() != 4 => objections.reject.push(option.clone()),
                Some(right) if option.value == right.octets() => {}
                Some(right) => objections.nak.push(ConfigOption::new(option.kind, right.octets())),
                None => objections.reject.push(option.clone()),
            }
        }
        // A host that does not ask for an address would use one of its own.
        if !options.iter().any(|option| option.kind == ipcp::ADDRESS) {
            objections.nak.push(ConfigOption::new(ipcp::ADDRESS, self.address.octets()));
        }
        objections
    }

    /// The modem's address is not for the host to choose.
    fn refused(&mut self, options: &[ConfigOption]) {
        self.rejected(options);
    }

    fn rejected(&mut self, options: &[ConfigOption]) {
        self.own &= options.iter().all(|option| option.kind != ipcp::ADDRESS);
    }
}

/// What the host is given in IPv6; the prefix comes in a router advertisement of the network.
#[derive(Debug)]
pub(super) struct Ipv6Options {
    interface: InterfaceIdentifier,
    own: bool,
}

impl Ipv6Options {
    pub(super) fn new(grant: &PdnGrant) -> Option<Self> {
        Some(Self { interface: grant.address.interface()?, own: true })
    }
}

impl Negotiation for Ipv6Options {
    fn wishes(&self) -> Vec<ConfigOption> {
        let own = ConfigOption::new(ipv6cp::INTERFACE_IDENTIFIER, OWN_INTERFACE);
        if self.own { vec![own] } else { Vec::new() }
    }

    fn examine(&mut self, options: &[ConfigOption]) -> Objections {
        let right = ConfigOption::new(ipv6cp::INTERFACE_IDENTIFIER, self.interface.0);
        let mut objections = Objections::default();
        for option in options {
            match option.kind {
                _ if *option == right => {}
                ipv6cp::INTERFACE_IDENTIFIER => objections.nak.push(right.clone()),
                _ => objections.reject.push(option.clone()),
            }
        }
        if !options.iter().any(|option| option.kind == ipv6cp::INTERFACE_IDENTIFIER) {
            objections.nak.push(right);
        }
        objections
    }

    fn refused(&mut self, options: &[ConfigOption]) {
        self.rejected(options);
    }

    fn rejected(&mut self, options: &[ConfigOption]) {
        self.own &= options.iter().all(|option| option.kind != ipv6cp::INTERFACE_IDENTIFIER);
    }
}
