//! The modem's end of a PPP link: an access server for one host (RFC 1661; TS 27.060 clause 9).
//!
//! Phases follow each other: link, authentication, network. When the host has said who it is, the modem is told to
//! have a connection ready ([`PppEvent::NetworkWanted`]) and answers with [`PppLink::granted`] or
//! [`PppLink::close`]; only then are addresses given. A protocol that the modem does not speak is rejected, compression
//! included. Not here: header compression, multilink, dial-back, and PPP between modems.

mod automaton;
mod lcp;
mod network;
mod proof;

use automaton::{Automaton, Layer};
use lcp::{LinkOptions, Proof};
use network::{Ipv4Options, Ipv6Options};
use proof::{Authenticator, Proven};
use std::collections::VecDeque;
use wire::nas::{Authentication, PdnGrant};
use wire::ppp::{Deframed, Deframer, Frame, Framing, Packet, code, protocol};
use wire::seed::Rng;
use wire::time::Instant;

/// The longest information field that the modem takes, whatever it has told the host.
const LONGEST: usize = 2048;
const DEFAULT_UNIT: u16 = 1500;

/// What the modem is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PppEvent {
    /// The host is who it says, as far as the modem can tell: it wants a connection.
    NetworkWanted(Option<Authentication>),
    /// An IP packet from the host.
    Packet(Vec<u8>),
    /// The link is over.
    Ended,
}

/// A link.
#[derive(Debug)]
pub(super) struct PppLink {
    deframer: Deframer,
    rng: Rng,
    lcp: Automaton<LinkOptions>,
    authenticator: Option<Authenticator>,
    ipcp: Option<Automaton<Ipv4Options>>,
    ipv6cp: Option<Automaton<Ipv6Options>>,
    granted: bool,
    /// What the host asked a network protocol for before there was a connection: the last of each.
    early: Vec<Frame>,
    ended: bool,
    out: Vec<u8>,
    events: VecDeque<PppEvent>,
}

impl PppLink {
    /// Begins to negotiate. The largest packet of the connection is told to the host where it is known.
    pub(super) fn open(now: Instant, mut rng: Rng, unit: Option<u16>) -> Self {
        let options = LinkOptions::new(&mut rng, unit.unwrap_or(DEFAULT_UNIT));
        let mut link = Self {
            deframer: Deframer::new(LONGEST),
            rng,
            lcp: Automaton::open(now, options),
            authenticator: None,
            ipcp: None,
            ipv6cp: None,
            granted: false,
            early: Vec::new(),
            ended: false,
            out: Vec::new(),
            events: VecDeque::new(),
        };
        link.settle(now);
        link
    }

    /// Octets from the host.
    pub(super) fn receive(&mut self, now: Instant, octets: &[u8]) {
        self.deframer.push(octets);
        while let Some(deframed) = self.deframer.next() {
            match deframed {
                Deframed::Frame(frame) => self.receive_frame(now, frame),
                // A damaged frame is dropped in silence (RFC 1662 3.1); who misses it sends it again.
                Deframed::Spoiled(_) => {}
            }
        }
    }

    /// The connection is there.
    pub(super) fn granted(&mut self, now: Instant, grant: &PdnGrant) {
        if self.ended || std::mem::replace(&mut self.granted, true) {
            return;
        }
        self.ipcp = Ipv4Options::new(grant).map(|options| Automaton::open(now, options));
        self.ipv6cp = Ipv6Options::new(grant).map(|options| Automaton::open(now, options));
        self.settle(now);
        for frame in std::mem::take(&mut self.early) {
            self.receive_frame(now, frame);
        }
    }

    /// An IP packet for the host; lost while its network layer is not open, or when it is longer than the host takes.
    pub(super) fn send_packet(&mut self, packet: Vec<u8>) {
        let version = packet.first().map_or(0, |first| first >> 4);
        let ipv4 = self.ipcp.as_ref().is_some_and(Automaton::is_opened);
        let ipv6 = self.ipv6cp.as_ref().is_some_and(Automaton::is_opened);
        let fits = packet.len() <= usize::from(self.lcp.negotiation.host_unit);
        let protocol = match version {
            4 if ipv4 => protocol::IPV4,
            6 if ipv6 => protocol::IPV6,
            _ => return,
        };
        if fits {
            self.send(Frame { protocol, information: packet });
        }
    }

    /// Ends the link; a host that has not opened it is not asked.
    pub(super) fn close(&mut self, now: Instant) {
        if self.lcp.is_opened() {
            self.lcp.close(now);
        } else if !self.lcp.is_closing() {
            self.lcp.lose();
        }
        self.settle(now);
    }

    /// Octets for the host.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub(super) fn poll_event(&mut self) -> Option<PppEvent> {
        self.events.pop_front()
    }

    pub(super) fn next_wakeup(&self) -> Option<Instant> {
        let network = [
            self.ipcp.as_ref().and_then(Automaton::next_wakeup),
            self.ipv6cp.as_ref().and_then(Automaton::next_wakeup),
            self.authenticator.as_ref().and_then(Authenticator::next_wakeup),
        ];
        network.into_iter().chain([self.lcp.next_wakeup()]).flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.lcp.handle_timeout(now);
        let proven = self.authenticator.as_mut().and_then(|phase| phase.handle_timeout(now));
        self.proven(now, proven);
        if let Some(layer) = &mut self.ipcp {
            layer.handle_timeout(now);
        }
        if let Some(layer) = &mut self.ipv6cp {
            layer.handle_timeout(now);
        }
        self.settle(now);
    }

    fn receive_frame(&mut self, now: Instant, frame: Frame) {
        if self.ended {
            return;
        }
        match frame.protocol {
            protocol::LCP => self.receive_lcp(now, &frame),
            // Before the link is open nothing else counts (RFC 1661 3.4).
            _ if !self.lcp.is_opened() => {}
            protocol::PAP | protocol::CHAP => self.receive_proof(now, &frame),
            protocol::IPCP | protocol::IPV6CP => self.receive_network(now, frame),
            protocol::IPV4 => {
                if self.ipcp.as_ref().is_some_and(Automaton::is_opened) {
                    self.events.push_back(PppEvent::Packet(frame.information));
                }
            }
            protocol::IPV6 => {
                if self.ipv6cp.as_ref().is_some_and(Automaton::is_opened) {
                    self.events.push_back(PppEvent::Packet(frame.information));
                }
            }
            _ => self.reject_protocol(&frame),
        }
        self.settle(now);
    }

    fn receive_lcp(&mut self, now: Instant, frame: &Frame) {
        let Ok(packet) = Packet::parse(&frame.information) else { return };
        match packet.code {
            code::PROTOCOL_REJECT => self.protocol_rejected(&packet),
            code::ECHO_REQUEST if self.lcp.is_opened() => {
                let rest = packet.data.get(4..).unwrap_or_default();
                let data = [&self.lcp.negotiation.magic()[..], rest].concat();
                self.lcp.answer(code::ECHO_REPLY, packet.identifier, data);
            }
            code::ECHO_REQUEST | code::ECHO_REPLY | code::DISCARD_REQUEST => {}
            _ => self.lcp.receive(now, &packet),
        }
    }

    fn protocol_rejected(&mut self, packet: &Packet) {
        let [high, low, ..] = packet.data.as_slice() else { return };
        match u16::from_be_bytes([*high, *low]) {
            protocol::IPCP => drop(self.ipcp.take()),
            protocol::IPV6CP => drop(self.ipv6cp.take()),
            protocol::LCP => self.lcp.lose(),
            _ => {}
        }
    }

    fn receive_proof(&mut self, now: Instant, frame: &Frame) {
        let wanted = self.authenticator.as_ref().and_then(Authenticator::protocol);
        if wanted != Some(frame.protocol) {
            return self.reject_protocol(frame);
        }
        let Ok(packet) = Packet::parse(&frame.information) else { return };
        let proven = self.authenticator.as_mut().and_then(|phase| phase.receive(&packet));
        self.proven(now, proven);
    }

    fn proven(&mut self, now: Instant, proven: Option<Proven>) {
        match proven {
            Some(Proven::As(credentials)) => self.events.push_back(PppEvent::NetworkWanted(credentials)),
            Some(Proven::Silent) => self.close(now),
            None => {}
        }
    }

    fn receive_network(&mut self, now: Instant, frame: Frame) {
        let Ok(packet) = Packet::parse(&frame.information) else { return };
        if !self.granted {
            // The host may be ahead of the network: its last word is kept.
            self.early.retain(|kept| kept.protocol != frame.protocol);
            self.early.push(frame);
            return;
        }
        match (frame.protocol, &mut self.ipcp, &mut self.ipv6cp) {
            (protocol::IPCP, Some(layer), _) => layer.receive(now, &packet),
            (protocol::IPV6CP, _, Some(layer)) => layer.receive(now, &packet),
            _ => self.reject_protocol(&frame),
        }
    }

    fn reject_protocol(&mut self, frame: &Frame) {
        let room = usize::from(self.lcp.negotiation.host_unit).saturating_sub(6);
        let told = frame.information.iter().take(room).copied();
        let data = frame.protocol.to_be_bytes().into_iter().chain(told).collect();
        self.lcp.send_new(code::PROTOCOL_REJECT, data);
    }

    /// Sends what the layers have to say, and lets one phase follow the other.
    fn settle(&mut self, now: Instant) {
        for layer in self.lcp.take_told() {
            match layer {
                Layer::Up => self.link_up(now),
                Layer::Down => self.link_down(),
                Layer::Finished => self.end(),
            }
        }
        // The network layers have no say in the link: one that fails leaves the others.
        self.send_all(protocol::LCP, |link| link.lcp.take_output());
        if let Some(number) = self.authenticator.as_ref().and_then(Authenticator::protocol) {
            self.send_all(number, |link| {
                link.authenticator.as_mut().map(Authenticator::take_output).unwrap_or_default()
            });
        }
        self.send_all(protocol::IPCP, |link| {
            link.ipcp.as_mut().map(Automaton::take_output).unwrap_or_default()
        });
        self.send_all(protocol::IPV6CP, |link| {
            link.ipv6cp.as_mut().map(Automaton::take_output).unwrap_or_default()
        });
    }

    fn send_all(&mut self, protocol: u16, take: impl FnOnce(&mut Self) -> Vec<Packet>) {
        for packet in take(self) {
            self.send(Frame { protocol, information: packet.encode() });
        }
    }

    fn send(&mut self, frame: Frame) {
        let framing = if self.lcp.is_opened() { self.lcp.negotiation.framing } else { Framing::default() };
        self.out.extend(framing.encode(&frame));
    }

    fn link_up(&mut self, now: Instant) {
        let proof = self.lcp.negotiation.proof;
        if proof == Proof::Nothing {
            self.events.push_back(PppEvent::NetworkWanted(None));
        } else {
            self.authenticator = Some(Authenticator::new(now, proof, &mut self.rng));
        }
    }

    /// The link is negotiated anew: what stood on it falls.
    fn link_down(&mut self) {
        self.authenticator = None;
        self.ipcp = None;
        self.ipv6cp = None;
        self.granted = false;
        self.early.clear();
    }

    fn end(&mut self) {
        self.link_down();
        if !std::mem::replace(&mut self.ended, true) {
            self.events.push_back(PppEvent::Ended);
        }
    }
}
