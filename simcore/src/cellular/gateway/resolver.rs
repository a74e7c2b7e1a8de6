//! The operator's DNS servers: one query, one answer (RFC 1035), for the names of the servers behind an access point.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    DnsOpcode, DnsPacket, DnsQueryType, DnsQuestion, IpAddress, IpProtocol, IpRepr, IpVersion, Ipv4Packet,
    Ipv6Packet, UdpPacket, UdpRepr,
};
use std::net::IpAddr;

/// The port of DNS.
pub(super) const PORT: u16 = 53;
const TTL_SECONDS: u32 = 600;
const CLASS_INTERNET: u16 = 1;
/// Response, recursion available; the query's RD bit is copied.
const RESPONSE: u16 = 0x8080;
const RECURSION_DESIRED: u16 = 0x0100;
const NO_SUCH_NAME: u16 = 3;
const NOT_IMPLEMENTED: u16 = 4;
/// A compressed name: the one at octet 12, where the question begins.
const NAME_OF_QUESTION: [u8; 2] = [0xc0, 12];
const HOP_LIMIT: u8 = 64;

/// The packet that answers a packet with a query; `None` where there is nothing to answer.
pub(super) fn answer(packet: &[u8], lookup: impl Fn(&str) -> Vec<IpAddr>) -> Option<Vec<u8>> {
    wire::ip::Header::parse(packet).ok()?;
    let (source, destination, payload) = match IpVersion::of_packet(packet).ok()? {
        IpVersion::Ipv4 => {
            let packet = Ipv4Packet::new_checked(packet).ok()?;
            let (from, to) = (IpAddress::Ipv4(packet.src_addr()), IpAddress::Ipv4(packet.dst_addr()));
            (from, to, packet.payload().to_vec())
        }
        IpVersion::Ipv6 => {
            let packet = Ipv6Packet::new_checked(packet).ok()?;
            let (from, to) = (IpAddress::Ipv6(packet.src_addr()), IpAddress::Ipv6(packet.dst_addr()));
            (from, to, packet.payload().to_vec())
        }
    };
    let udp = UdpPacket::new_checked(payload.as_slice()).ok()?;
    if !udp.verify_checksum(&source, &destination) {
        return None;
    }
    let message = message(udp.payload(), lookup)?;
    let header = UdpRepr { src_port: udp.dst_port(), dst_port: udp.src_port() };
    let length = header.header_len() + message.len();
    let ip = IpRepr::new(destination, source, IpProtocol::Udp, length, HOP_LIMIT);
    let mut octets = vec![0; ip.buffer_len()];
    let (head, body) = octets.split_at_mut_checked(ip.header_len())?;
    let checksums = ChecksumCapabilities::default();
    ip.emit(head, &checksums);
    let mut out = UdpPacket::new_unchecked(body);
    let fill = |payload: &mut [u8]| payload.copy_from_slice(&message);
    header.emit(&mut out, &destination, &source, message.len(), fill, &checksums);
    Some(octets)
}

/// The message that answers a query message.
fn message(query: &[u8], lookup: impl Fn(&str) -> Vec<IpAddr>) -> Option<Vec<u8>> {
    let packet = DnsPacket::new_checked(query).ok()?;
    let flags = u16::from_be_bytes([*query.get(2)?, *query.get(3)?]);
    if flags & 0x8000 != 0 {
        return None;
    }
    let head = |code: u16, records: u16| {
        let mut head = packet.transaction_id().to_be_bytes().to_vec();
        head.extend((RESPONSE | flags & RECURSION_DESIRED | code).to_be_bytes());
        head.extend([0, u8::from(code != NOT_IMPLEMENTED)]);
        head.extend(records.to_be_bytes());
        head.extend([0; 4]);
        head
    };
    if packet.opcode() != DnsOpcode::Query || packet.question_count() != 1 {
        return Some(head(NOT_IMPLEMENTED, 0));
    }
    let (rest, question) = DnsQuestion::parse(packet.payload()).ok()?;
    let asked = packet.payload().get(..packet.payload().len() - rest.len())?;
    let labels: Result<Vec<&str>, ()> = packet
        .parse_name(question.name)
        .map(|label| label.ok().and_then(|label| std::str::from_utf8(label).ok()).ok_or(()))
        .collect();
    let known = lookup(&labels.ok()?.join(".").to_ascii_lowercase());
    let records: Vec<Vec<u8>> = known.iter().filter_map(|address| record(question.type_, *address)).collect();
    let code = if known.is_empty() { NO_SUCH_NAME } else { 0 };
    let mut message = head(code, u16::try_from(records.len()).ok()?);
    message.extend(asked);
    message.extend(records.concat());
    Some(message)
}

fn record(wanted: DnsQueryType, address: IpAddr) -> Option<Vec<u8>> {
    let (number, data) = match (wanted, address) {
        (DnsQueryType::A, IpAddr::V4(address)) => (1_u16, address.octets().to_vec()),
        (DnsQueryType::Aaaa, IpAddr::V6(address)) => (28, address.octets().to_vec()),
        _ => return None,
    };
    let mut record = NAME_OF_QUESTION.to_vec();
    record.extend(number.to_be_bytes());
    record.extend(CLASS_INTERNET.to_be_bytes());
    record.extend(TTL_SECONDS.to_be_bytes());
    record.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
    record.extend(data);
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::seed::Seed;

    /// `example.com A`, a worked example of a public tutorial.
    const QUERY: &str = "db42 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001";

    fn query() -> Vec<u8> {
        hex::decode(QUERY.replace(' ', "")).unwrap()
    }

    #[test]
    fn a_known_name_is_answered_and_another_does_not_exist() {
        let address: IpAddr = "192.0.2.10".parse().unwrap();
        let known = |name: &str| if name == "example.com" { vec![address] } else { Vec::new() };
        let answer = message(&query(), known).unwrap();
        let want = "db42 8180 0001 0001 0000 0000 076578616d706c6503636f6d0000010001 c00c0001000100000258 0004c000020a";
        assert_eq!(hex::encode(answer), want.replace(' ', ""));
        let none = message(&query(), |_| Vec::new()).unwrap();
        assert_eq!(hex::encode(&none[..12]), "db4281830001000000000000");
    }

    #[test]
    fn garbage_and_cuts_are_survived() {
        let whole = query();
        for length in 0..whole.len() {
            let _ = message(&whole[..length], |_| Vec::new());
            let _ = answer(&whole[..length], |_| Vec::new());
        }
        let mut rng = Seed(8).rng();
        for _ in 0..2_000 {
            let mut octets = query();
            let place = usize::try_from(rng.below(octets.len() as u64)).unwrap();
            octets[place] ^= 1 << rng.below(8);
            let _ = message(&octets, |_| Vec::new());
        }
        assert_eq!(answer(&[], |_| Vec::new()), None);
    }
}
