//! GSMTAP: signalling in UDP datagrams, as protocol analysers read it (libosmocore `gsmtap.h`).
//!
//! The datagram is a whole IPv4 packet, so that a capture of link type RAW can hold it.

use crate::nas::Side;
use crate::nas::octets::Framing;
use std::net::Ipv4Addr;

/// UDP port of GSMTAP (IANA).
pub const PORT: u16 = 4729;

const VERSION: u8 = 2;
/// In words of four octets.
const HEADER_WORDS: u8 = 4;
const HEADER: u16 = 16;
const UDP_HEADER: u16 = 8;
const IPV4_HEADER: u16 = 20;
/// The bit of the ARFCN field that says "from the mobile".
const UPLINK: u16 = 0x4000;
const UDP: u8 = 17;

/// SIM, APDU.
const CARD: (u8, u8) = (0x04, 0);

/// Payload type and sub-type.
const fn kind(framing: Framing) -> (u8, u8) {
    match framing {
        // The dissector of Abis payloads reads layer 3 without a layer 2 below it.
        Framing::Layer3 => (0x02, 0),
        Framing::EpsPlain => (0x12, 0),
        Framing::EpsSecured => (0x12, 1),
    }
}

/// A message from `sender` as an IPv4 packet from one address to the other.
///
/// A message that no IPv4 packet could hold is cut; none of layer 3 is that long.
#[must_use]
pub fn packet(sender: Side, framing: Framing, octets: &[u8], from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let arfcn = if sender == Side::Mobile { UPLINK } else { 0 };
    datagram(kind(framing), arfcn, octets, from, to)
}

/// A command to a card with its answer, as a protocol analyser expects them: the command with its data, the data of the
/// answer, the status word.
#[must_use]
pub fn card_packet(command: &[u8], answer: &[u8], from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    datagram(CARD, 0, &[command, answer].concat(), from, to)
}

fn datagram((kind, sub_type): (u8, u8), arfcn: u16, octets: &[u8], from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let room = usize::from(u16::MAX - IPV4_HEADER - UDP_HEADER - HEADER);
    let octets = octets.get(..room).unwrap_or(octets);
    let length = u16::try_from(octets.len()).unwrap_or(0) + HEADER + UDP_HEADER;
    let mut packet = ipv4_header(length + IPV4_HEADER, from, to);
    for field in [PORT, PORT, length, 0] {
        packet.extend(field.to_be_bytes());
    }
    packet.extend([VERSION, HEADER_WORDS, kind, 0]);
    packet.extend(arfcn.to_be_bytes());
    packet.extend([0; 6]);
    packet.extend([sub_type, 0, 0, 0]);
    packet.extend(octets);
    packet
}

fn ipv4_header(length: u16, from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend(length.to_be_bytes());
    header.extend([0, 1, 0, 0, 64, UDP, 0, 0]);
    header.extend(from.octets());
    header.extend(to.octets());
    let sum = checksum(&header).to_be_bytes();
    for (octet, value) in header.iter_mut().skip(10).zip(sum) {
        *octet = value;
    }
    header
}

/// RFC 1071.
fn checksum(header: &[u8]) -> u16 {
    let words = header.chunks_exact(2).map(|pair| match pair {
        [high, low] => u32::from(*high) << 8 | u32::from(*low),
        _ => 0,
    });
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) as u16 + (folded >> 16) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame of an ATTACH REJECT that Wireshark dissected.
    #[test]
    fn a_datagram_is_the_one_that_wireshark_read() {
        let reject = [0x07, 0x44, 0x0b];
        let (from, to) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let packet = packet(Side::Network, Framing::EpsPlain, &reject, from, to);
        let want = concat!(
            "4500002f00010000401166bb0a0000010a000002",
            "12791279001b0000",
            "02041200000000000000000000000000",
            "07440b"
        );
        assert_eq!(hex::encode(packet), want);
    }

    /// Wireshark calls it `READ BINARY Offset=0` with the status word 9000.
    #[test]
    fn a_card_is_asked_and_answers_in_one_datagram() {
        let address = Ipv4Addr::LOCALHOST;
        let command = [0x00, 0xb0, 0x00, 0x00, 0x02];
        let packet = card_packet(&command, &[0x01, 0x02, 0x90, 0x00], address, address);
        assert_eq!(hex::encode(&packet[28..]), "0204040000000000000000000000000000b000000201029000");
    }

    #[test]
    fn the_mobile_is_marked_as_the_sender() {
        let address = Ipv4Addr::LOCALHOST;
        let up = packet(Side::Mobile, Framing::Layer3, &[5], address, address);
        assert_eq!(hex::encode(&up[28..44]), "02040200400000000000000000000000");
        let secured = packet(Side::Mobile, Framing::EpsSecured, &[0xc7], address, address);
        assert_eq!(hex::encode(&secured[28..44]), "02041200400000000000000001000000");
    }
}
