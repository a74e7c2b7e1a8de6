//! Pings (RFC 792, RFC 4443): one echo request at a time, a second apart, with the time that each took.

use super::SocketError;
use super::lookup::Lookup;
use super::stack::Stack;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, IpRepr, IpVersion, Ipv4Packet,
    Ipv6Packet,
};
use std::net::IpAddr;
use wire::time::{Duration, Instant};

/// From one request to the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modem) struct PingOrder {
    pub(in crate::modem) count: u16,
    pub(in crate::modem) size: usize,
    pub(in crate::modem) timeout: Duration,
    pub(in crate::modem) hop_limit: u8,
}

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modem) struct PingReply {
    /// From one.
    pub(in crate::modem) number: u16,
    pub(in crate::modem) address: IpAddr,
    pub(in crate::modem) size: usize,
    /// Time and hop limit; `None` when nothing came in time.
    pub(in crate::modem) answer: Option<(Duration, u8)>,
}

/// What came of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::modem) struct PingSummary {
    pub(in crate::modem) sent: u16,
    pub(in crate::modem) received: u16,
    pub(in crate::modem) shortest: Duration,
    pub(in crate::modem) longest: Duration,
    pub(in crate::modem) total: Duration,
}

#[derive(Debug)]
pub(super) struct Ping {
    cid: u8,
    address: Option<IpAddr>,
    lookup: Option<Lookup>,
    order: PingOrder,
    identifier: u16,
    summary: PingSummary,
    /// When the last request was sent, while its answer is awaited.
    awaited: Option<Instant>,
    next: Instant,
}

/// What a poll leads to.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) replies: Option<PingReply>,
    pub(super) packet: Option<Vec<u8>>,
    pub(super) end: Option<Result<PingSummary, SocketError>>,
}

impl Ping {
    pub(super) fn new(
        cid: u8,
        address: Option<IpAddr>,
        lookup: Option<Lookup>,
        order: PingOrder,
        identifier: u16,
    ) -> Self {
        let (summary, next) = (PingSummary::default(), Instant::ZERO);
        Self { cid, address, lookup, order, identifier, summary, awaited: None, next }
    }

    pub(super) const fn cid(&self) -> u8 {
        self.cid
    }

    /// When there is something to do.
    pub(super) fn due(&self) -> Instant {
        match (&self.lookup, self.awaited) {
            (Some(lookup), _) => lookup.deadline(),
            (None, Some(since)) => since + self.order.timeout,
            (None, None) => self.next,
        }
    }

    /// A packet came; the reply when it is one to the request that is awaited.
    pub(super) fn receive(&mut self, now: Instant, packet: &[u8]) -> Option<PingReply> {
        let since = self.awaited?;
        let address = self.address?;
        let (from, hop_limit, identifier, number, size) = echo_reply(packet)?;
        if (from, identifier, number) != (address, self.identifier, self.summary.sent) {
            return None;
        }
        let took = now.since(since);
        self.awaited = None;
        self.next = since + INTERVAL;
        let summary = &mut self.summary;
        summary.shortest = if summary.received == 0 { took } else { summary.shortest.min(took) };
        summary.longest = summary.longest.max(took);
        summary.total += took;
        summary.received += 1;
        Some(PingReply { number, address, size, answer: Some((took, hop_limit)) })
    }

    pub(super) fn poll(&mut self, now: Instant, stack: &mut Stack) -> Step {
        let mut step = Step::default();
        if let Some(lookup) = &mut self.lookup {
            match lookup.poll(now, stack) {
                None => return step,
                Some(result) => {
                    self.lookup = None;
                    self.address = result.ok().and_then(|found| found.first().copied());
                }
            }
        }
        let Some(address) = self.address else {
            step.end = Some(Err(SocketError::Dns));
            return step;
        };
        if let Some(since) = self.awaited.filter(|since| *since + self.order.timeout <= now) {
            self.awaited = None;
            self.next = since + self.order.timeout;
            let number = self.summary.sent;
            step.replies = Some(PingReply { number, address, size: self.order.size, answer: None });
        }
        if self.awaited.is_some() {
            return step;
        }
        if self.summary.sent >= self.order.count {
            step.end = Some(Ok(self.summary));
        } else if self.next <= now {
            self.summary.sent += 1;
            self.awaited = Some(now);
            let request = stack.source(address).and_then(|from| {
                echo_request(from, address, self.identifier, self.summary.sent, &self.order)
            });
            match request {
                Some(packet) => step.packet = Some(packet),
                None => step.end = Some(Err(SocketError::Unreachable)),
            }
        }
        step
    }
}

fn echo_request(from: IpAddr, to: IpAddr, ident: u16, seq_no: u16, order: &PingOrder) -> Option<Vec<u8>> {
    let data: Vec<u8> = (0..order.size).map(|place| b'a' + (place % 23) as u8).collect();
    let checksums = ChecksumCapabilities::default();
    let build = |protocol, length: usize, fill: &dyn Fn(&mut [u8])| {
        let header = IpRepr::new(from.into(), to.into(), protocol, length, order.hop_limit);
        let mut octets = vec![0; header.buffer_len()];
        let (head, body) = octets.split_at_mut_checked(header.header_len())?;
        header.emit(head, &checksums);
        fill(body);
        Some(octets)
    };
    match (from, to) {
        (IpAddr::V4(_), IpAddr::V4(_)) => {
            let echo = Icmpv4Repr::EchoRequest { ident, seq_no, data: &data };
            build(IpProtocol::Icmp, echo.buffer_len(), &|body| {
                echo.emit(&mut Icmpv4Packet::new_unchecked(body), &checksums);
            })
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let echo = Icmpv6Repr::EchoRequest { ident, seq_no, data: &data };
            build(IpProtocol::Icmpv6, echo.buffer_len(), &|body| {
                echo.emit(&from, &to, &mut Icmpv6Packet::new_unchecked(body), &checksums);
            })
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

/// Sender, hop limit, identifier, number and size of an echo reply with a right checksum.
fn echo_reply(packet: &[u8]) -> Option<(IpAddr, u8, u16, u16, usize)> {
    wire::ip::Header::parse(packet).ok()?;
    let checksums = ChecksumCapabilities::default();
    let (from, hop_limit, echo) = match IpVersion::of_packet(packet).ok()? {
        IpVersion::Ipv4 => {
            let packet = Ipv4Packet::new_checked(packet).ok()?;
            let icmp = Icmpv4Packet::new_checked(packet.payload()).ok()?;
            let Icmpv4Repr::EchoReply { ident, seq_no, data } = Icmpv4Repr::parse(&icmp, &checksums).ok()?
            else {
                return None;
            };
            (IpAddress::Ipv4(packet.src_addr()), packet.hop_limit(), (ident, seq_no, data.len()))
        }
        IpVersion::Ipv6 => {
            let packet = Ipv6Packet::new_checked(packet).ok()?;
            let icmp = Icmpv6Packet::new_checked(packet.payload()).ok()?;
            let (from, to) = (packet.src_addr(), packet.dst_addr());
            let reply = Icmpv6Repr::parse(&from, &to, &icmp, &checksums).ok()?;
            let Icmpv6Repr::EchoReply { ident, seq_no, data } = reply else { return None };
            (IpAddress::Ipv6(from), packet.hop_limit(), (ident, seq_no, data.len()))
        }
    };
    Some((from.into(), hop_limit, echo.0, echo.1, echo.2))
}
