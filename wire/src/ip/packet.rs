//! What a router reads of a packet: RFC 791, RFC 8200, and the ports of RFC 768 and RFC 9293.

use smoltcp::wire::{IpProtocol, IpVersion, Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket};
use std::fmt;
use std::net::IpAddr;

/// These octets are no IP packet, or not a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a whole IP packet")]
pub struct MalformedPacket;

/// What is inside a packet, with source and destination port where there are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// TCP; `opens` for a SYN without ACK.
    Tcp {
        /// Source port.
        from: u16,
        /// Destination port.
        to: u16,
        /// Whether it asks for a new connection.
        opens: bool,
    },
    /// UDP.
    Udp {
        /// Source port.
        from: u16,
        /// Destination port.
        to: u16,
    },
    /// ICMP or ICMPv6.
    Icmp,
    /// Another protocol, by its number.
    Other(u8),
}

impl Transport {
    /// The destination port, where there is one.
    #[must_use]
    pub const fn to_port(self) -> Option<u16> {
        match self {
            Self::Tcp { to, .. } | Self::Udp { to, .. } => Some(to),
            Self::Icmp | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { to, .. } => write!(f, "TCP port {to}"),
            Self::Udp { to, .. } => write!(f, "UDP port {to}"),
            Self::Icmp => f.write_str("ICMP"),
            Self::Other(protocol) => write!(f, "IP protocol {protocol}"),
        }
    }
}

/// The part of a packet that decides where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// What is inside.
    pub transport: Transport,
}

impl Header {
    /// Reads the header of a packet.
    ///
    /// # Errors
    /// [`MalformedPacket`] when it is cut short or of another version.
    pub fn parse(packet: &[u8]) -> Result<Self, MalformedPacket> {
        let wrong = |_| MalformedPacket;
        if packet.is_empty() {
            return Err(MalformedPacket);
        }
        let (source, destination, protocol, payload) = match IpVersion::of_packet(packet).map_err(wrong)? {
            IpVersion::Ipv4 => {
                let packet = Ipv4Packet::new_checked(packet).map_err(wrong)?;
                let (source, destination) = (IpAddr::V4(packet.src_addr()), IpAddr::V4(packet.dst_addr()));
                (source, destination, packet.next_header(), packet.payload())
            }
            IpVersion::Ipv6 => {
                let packet = Ipv6Packet::new_checked(packet).map_err(wrong)?;
                let (source, destination) = (IpAddr::V6(packet.src_addr()), IpAddr::V6(packet.dst_addr()));
                (source, destination, packet.next_header(), packet.payload())
            }
        };
        let transport = if protocol == IpProtocol::Tcp {
            let tcp = TcpPacket::new_checked(payload).map_err(wrong)?;
            let opens = tcp.syn() && !tcp.ack();
            Transport::Tcp { from: tcp.src_port(), to: tcp.dst_port(), opens }
        } else if protocol == IpProtocol::Udp {
            let udp = UdpPacket::new_checked(payload).map_err(wrong)?;
            Transport::Udp { from: udp.src_port(), to: udp.dst_port() }
        } else if matches!(protocol, IpProtocol::Icmp | IpProtocol::Icmpv6) {
            Transport::Icmp
        } else {
            Transport::Other(protocol.into())
        };
        Ok(Self { source, destination, transport })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    /// A DNS query from 192.168.0.20 as the Wireshark sample capture dns.cap holds its like.
    const UDP: &str = "4500003c0b3f00008011ae14c0a80014c0a80001dead003500285d1e";
    /// RFC 1071's favourite: an echo request from 10.0.0.1 to 10.0.0.2.
    const ECHO: &str = "4500001c00010000400166de0a0000010a0000020800f7fd00010001";

    #[test]
    fn addresses_and_ports_are_read() {
        let mut packet = hex::decode(UDP).unwrap();
        packet.extend([0; 32]);
        let header = Header::parse(&packet).unwrap();
        assert_eq!(header.source, "192.168.0.20".parse::<IpAddr>().unwrap());
        assert_eq!(header.destination, "192.168.0.1".parse::<IpAddr>().unwrap());
        assert_eq!(header.transport, Transport::Udp { from: 57005, to: 53 });
        assert_eq!(header.transport.to_string(), "UDP port 53");
        let echo = Header::parse(&hex::decode(ECHO).unwrap()).unwrap();
        assert_eq!((echo.transport, echo.source), (Transport::Icmp, "10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn garbage_and_every_cut_of_a_packet_are_refused_without_harm() {
        let packet = hex::decode(ECHO).unwrap();
        for length in 0..packet.len() {
            assert_eq!(Header::parse(&packet[..length]), Err(MalformedPacket), "{length} octets");
        }
        let mut rng = Seed(4).rng();
        for _ in 0..2_000 {
            let mut octets = rng.octets::<64>().to_vec();
            octets.truncate(usize::try_from(rng.below(64)).unwrap());
            if let Some(first) = octets.first_mut() {
                *first = if rng.chance(500) { 0x45 } else { 0x60 };
            }
            let _ = Header::parse(&octets);
        }
    }
}
