//! Router advertisement and solicitation (RFC 4861 4.1, 4.2): how a mobile learns the prefix of its IPv6 address.

use smoltcp::wire::{Icmpv6Packet, IpProtocol, Ipv6Packet, Ipv6Repr};
use std::net::Ipv6Addr;

const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const SOLICITATION: u8 = 133;
const ADVERTISEMENT: u8 = 134;
const PREFIX_INFORMATION: u8 = 3;
const MTU: u8 = 5;
/// Autonomous address configuration; the on-link bit stays clear, since every packet goes to the gateway.
const AUTONOMOUS: u8 = 0x40;
/// A prefix of a PDN connection never expires (TS 29.061 11.2.1.3.2).
const FOREVER: [u8; 4] = [0xff; 4];

/// What an advertisement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertisement {
    /// The /64 prefix for autonomous configuration.
    pub prefix: Ipv6Addr,
    /// The largest packet of the link, where it is told.
    pub mtu: Option<u32>,
}

/// The packet that tells every mobile on a link its prefix.
#[must_use]
pub fn advertisement(router: Ipv6Addr, content: Advertisement) -> Vec<u8> {
    // Hop limit 64, no flags, router lifetime 65535 s, reachable and retransmission time unspecified.
    let mut body = vec![ADVERTISEMENT, 0, 0, 0, 64, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    if let Some(mtu) = content.mtu {
        body.extend([MTU, 1, 0, 0]);
        body.extend(mtu.to_be_bytes());
    }
    body.extend([PREFIX_INFORMATION, 4, 64, AUTONOMOUS]);
    body.extend(FOREVER);
    body.extend(FOREVER);
    body.extend([0; 4]);
    body.extend(content.prefix.octets());
    packet(router, ALL_NODES, body)
}

/// The packet that asks for an advertisement.
#[must_use]
pub fn solicitation(from: Ipv6Addr) -> Vec<u8> {
    packet(from, ALL_ROUTERS, vec![SOLICITATION, 0, 0, 0, 0, 0, 0, 0])
}

/// Whether a packet asks for an advertisement.
#[must_use]
pub fn is_solicitation(packet: &[u8]) -> bool {
    message(packet, SOLICITATION).is_some()
}

impl Advertisement {
    /// Reads the prefix out of a packet, when that is an advertisement with a prefix for autonomous configuration.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let mut options = message(packet, ADVERTISEMENT)?.get(16..)?;
        let (mut prefix, mut mtu) = (None, None);
        while let [kind, units, ..] = options {
            let (option, rest) = options.split_at_checked(usize::from(*units) * 8)?;
            if option.is_empty() {
                return None;
            }
            match (*kind, option) {
                (PREFIX_INFORMATION, [_, _, 64, flags, ..]) if flags & AUTONOMOUS != 0 => {
                    let octets: [u8; 16] = option.get(16..32)?.try_into().ok()?;
                    prefix = Some(Ipv6Addr::from(octets));
                }
                (MTU, [_, _, _, _, a, b, c, d]) => mtu = Some(u32::from_be_bytes([*a, *b, *c, *d])),
                _ => {}
            }
            options = rest;
        }
        prefix.map(|prefix| Self { prefix, mtu })
    }
}

/// The ICMPv6 message of this type in a packet, when its checksum and hop limit are right (RFC 4861 6.1).
fn message(packet: &[u8], kind: u8) -> Option<&[u8]> {
    let packet = Ipv6Packet::new_checked(packet).ok()?;
    if packet.next_header() != IpProtocol::Icmpv6 || packet.hop_limit() != 255 {
        return None;
    }
    let icmp = Icmpv6Packet::new_checked(packet.payload()).ok()?;
    let right = icmp.verify_checksum(&packet.src_addr(), &packet.dst_addr());
    let length = usize::from(packet.payload_len());
    let header = packet.header_len();
    let octets = packet.into_inner().get(header..header + length)?;
    (right && octets.first() == Some(&kind)).then_some(octets)
}

fn packet(src_addr: Ipv6Addr, dst_addr: Ipv6Addr, body: Vec<u8>) -> Vec<u8> {
    let payload_len = body.len();
    let header =
        Ipv6Repr { src_addr, dst_addr, next_header: IpProtocol::Icmpv6, payload_len, hop_limit: 255 };
    let mut octets = vec![0; header.buffer_len()];
    header.emit(&mut Ipv6Packet::new_unchecked(&mut octets));
    let mut body = body;
    Icmpv6Packet::new_unchecked(&mut body).fill_checksum(&src_addr, &dst_addr);
    octets.extend(body);
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

    #[test]
    fn the_prefix_and_the_mtu_of_an_advertisement_are_read() {
        // fe80::1 to ff02::1, prefix 2001:db8:0:1::/64 on link and autonomous, MTU 1500; octets and checksum were
        // made by hand from RFC 4861 and RFC 4443.
        let text = "6000000000383afffe800000000000000000000000000001ff020000000000000000000000000001\
                    86002ee2400007080000000000000000030440c000015180000038400000000020010db8000000010000000000000000\
                    05010000000005dc";
        let mut packet = hex::decode(text).unwrap();
        let read = Advertisement::parse(&packet).unwrap();
        let prefix = "2001:db8:0:1::".parse().unwrap();
        assert_eq!(read, Advertisement { prefix, mtu: Some(1500) });
        packet[60] ^= 1;
        assert_eq!(Advertisement::parse(&packet), None, "a wrong checksum was accepted");
    }

    #[test]
    fn what_is_written_is_read_and_no_cut_of_it_is() {
        let content = Advertisement { prefix: "2001:db8:7:9::".parse().unwrap(), mtu: Some(1358) };
        let packet = advertisement(ROUTER, content);
        assert_eq!(Advertisement::parse(&packet), Some(content));
        for length in 0..packet.len() {
            assert_eq!(Advertisement::parse(&packet[..length]), None);
        }
        assert!(is_solicitation(&solicitation(ROUTER)));
        assert!(!is_solicitation(&packet));
    }
}
