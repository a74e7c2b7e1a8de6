//! The Point-to-Point Protocol: frames of an asynchronous line and the packets of its control protocols.
//!
//! Spec: RFC 1661 (LCP), RFC 1662 (framing like HDLC), RFC 1332 and RFC 1877 (IPCP), RFC 5072 (IPV6CP), RFC 1334 (PAP),
//! RFC 1994 (CHAP). A [`Deframer`] turns octets into [`Frame`]s; a frame's information is a [`Packet`] where its
//! protocol has codes, and a packet's data is a list of [`ConfigOption`]s where its code has options. Not here:
//! compression, multilink, and the automaton, which takes time.

pub mod chap;
pub mod fcs;
pub mod hdlc;
pub mod packet;
pub mod pap;

pub use hdlc::{Deframed, Deframer, Frame, Framing, Spoiled};
pub use packet::{ConfigOption, Packet, PacketError};

/// Protocol numbers (the field in front of the information).
pub mod protocol {
    /// An IPv4 packet.
    pub const IPV4: u16 = 0x0021;
    /// An IPv6 packet.
    pub const IPV6: u16 = 0x0057;
    /// IP control protocol.
    pub const IPCP: u16 = 0x8021;
    /// IPv6 control protocol.
    pub const IPV6CP: u16 = 0x8057;
    /// Compression control protocol.
    pub const CCP: u16 = 0x80fd;
    /// Link control protocol.
    pub const LCP: u16 = 0xc021;
    /// Password authentication protocol.
    pub const PAP: u16 = 0xc023;
    /// Challenge handshake authentication protocol.
    pub const CHAP: u16 = 0xc223;
}

/// Codes of LCP; the network control protocols use the first seven.
pub mod code {
    /// Configure-Request.
    pub const CONFIGURE_REQUEST: u8 = 1;
    /// Configure-Ack.
    pub const CONFIGURE_ACK: u8 = 2;
    /// Configure-Nak.
    pub const CONFIGURE_NAK: u8 = 3;
    /// Configure-Reject.
    pub const CONFIGURE_REJECT: u8 = 4;
    /// Terminate-Request.
    pub const TERMINATE_REQUEST: u8 = 5;
    /// Terminate-Ack.
    pub const TERMINATE_ACK: u8 = 6;
    /// Code-Reject.
    pub const CODE_REJECT: u8 = 7;
    /// Protocol-Reject.
    pub const PROTOCOL_REJECT: u8 = 8;
    /// Echo-Request.
    pub const ECHO_REQUEST: u8 = 9;
    /// Echo-Reply.
    pub const ECHO_REPLY: u8 = 10;
    /// Discard-Request.
    pub const DISCARD_REQUEST: u8 = 11;
}

/// Option types of LCP (RFC 1661 clause 6, RFC 1662 clause 7).
pub mod lcp {
    /// Maximum receive unit.
    pub const MRU: u8 = 1;
    /// Async control character map.
    pub const ACCM: u8 = 2;
    /// Authentication protocol.
    pub const AUTHENTICATION: u8 = 3;
    /// Magic number.
    pub const MAGIC: u8 = 5;
    /// Protocol field compression.
    pub const PFC: u8 = 7;
    /// Address and control field compression.
    pub const ACFC: u8 = 8;
}

/// Option types of IPCP (RFC 1332 clause 3, RFC 1877).
pub mod ipcp {
    /// The address of the sender.
    pub const ADDRESS: u8 = 3;
    /// Primary DNS server.
    pub const PRIMARY_DNS: u8 = 129;
    /// Secondary DNS server.
    pub const SECONDARY_DNS: u8 = 131;
}

/// Option types of IPV6CP (RFC 5072 clause 4).
pub mod ipv6cp {
    /// The interface identifier of the sender.
    pub const INTERFACE_IDENTIFIER: u8 = 1;
}
