//! What crossed the radio path, as packets that a protocol analyser reads.
//!
//! Signalling is taken down at the mobile, as GSMTAP: what it sends, and what reaches it; so is what crosses the contacts
//! of its card. User packets are taken down at the gateway, as they are, and what applications and the service centre say
//! to each other at the core's door. Frames of LoRa are taken down at each gateway.

mod lora;
mod sessions;

use crate::trace::SeatId;
use sessions::Sessions;
use simdev::sim::Exchange;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use wire::air::cellular::{CellId, Rat};
use wire::gsmtap;
use wire::nas::octets::{Encoder, Octets};
use wire::nas::{NasDown, NasUp, Side};
use wire::sms::{CpMessage, Direction};
use wire::ss::SsMessage;
use wire::time::Instant;

/// The address of the network in packets of signalling; that of each device follows.
const NETWORK: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
/// That of the card of a device is as far from this one as the device's is from the network's.
const CARDS: Ipv4Addr = Ipv4Addr::new(10, 128, 0, 1);

const NO_MESSAGE: &str = "these octets are no message of TS 24.011, TS 23.040 or TS 24.080";

/// Which kind of traffic a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Mobility, session and call control, supplementary services.
    Nas,
    /// Short messages, from CP on.
    Sms,
    /// Commands and answers of cards.
    Sim,
    /// Applications of customers and the service centre.
    Smpp,
    /// Octets that are no message although they stand for one: what was malformed on purpose.
    Malformed,
    /// Packets of PDN connections.
    Ip,
    /// LoRaWAN frames as gateways hear and send them.
    Lora,
    /// What is in LoRaWAN data frames.
    LoraClear,
}

impl Plane {
    /// The name of its interface in a capture.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nas => "nas",
            Self::Sms => "sms",
            Self::Sim => "sim",
            Self::Smpp => "smpp",
            Self::Malformed => "malformed",
            Self::Ip => "ip",
            Self::Lora => "lora",
            Self::LoraClear => "lora-clear",
        }
    }
}

/// Whose a packet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A device's.
    Seat(SeatId),
    /// That of a party which is no device, with its name.
    Named(String),
}

/// A packet: IPv4 or IPv6, from its header on; a PDU of SMPP; a frame in LoRaTap; bare octets of what is malformed, and of
/// what is in LoRaWAN frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, in lab time.
    pub at: Instant,
    /// What it is part of.
    pub plane: Plane,
    /// Whose it is.
    pub whose: Whose,
    /// Who sent it; an application and the terminal of a card are on the side of the mobile.
    pub sender: Side,
    /// What the octets do not show.
    pub remark: Option<String>,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// The packets since they were last taken.
#[derive(Debug, Default)]
pub struct Capture {
    running: bool,
    encoders: BTreeMap<SeatId, Encoder>,
    packets: Vec<Packet>,
    /// There while LoRaWAN frames are opened.
    sessions: Option<Sessions>,
    tester: bool,
}

impl Capture {
    /// A capture that takes down everything from now on.
    #[must_use]
    pub fn running() -> Self {
        Self { running: true, ..Self::default() }
    }

    /// Takes packets down, or no longer.
    pub(crate) const fn run(&mut self, running: bool) {
        self.running = running;
    }

    /// Whether packets are taken down.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running
    }

    /// The packets since the last call, in order.
    pub fn take(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.packets)
    }

    /// A mobile uses this cell.
    pub(crate) fn cell(&mut self, seat: SeatId, rat: Rat, cell: CellId) {
        self.encoders.entry(seat).or_insert_with(|| Encoder::new(rat, cell)).move_to(rat, cell);
    }

    /// A mobile sends a message.
    pub(crate) fn nas_up(&mut self, at: Instant, seat: SeatId, message: &NasUp) {
        let Some(octets) = self.encoders.get_mut(&seat).map(|encoder| encoder.up(message)) else { return };
        let plane = if matches!(message, NasUp::Sms(_)) { Plane::Sms } else { Plane::Nas };
        if let NasUp::Sms(sent) | NasUp::Ss(sent) = message
            && !is_well_formed(plane, Side::Mobile, sent)
        {
            return self.malformed(at, seat, Side::Mobile, NO_MESSAGE, sent);
        }
        self.signalling(at, plane, seat, Side::Mobile, None, &octets);
    }

    /// A message reaches a mobile.
    pub(crate) fn nas_down(&mut self, at: Instant, seat: SeatId, message: &NasDown) {
        let Some(octets) = self.encoders.get_mut(&seat).map(|encoder| encoder.down(message)) else { return };
        let plane = if matches!(message, NasDown::Sms(_)) { Plane::Sms } else { Plane::Nas };
        if let NasDown::Sms(sent) | NasDown::Ss(sent) = message
            && !is_well_formed(plane, Side::Network, sent)
        {
            return self.malformed(at, seat, Side::Network, NO_MESSAGE, sent);
        }
        let unprotected = message.reject().is_some_and(|reject| !reject.protected);
        let remark = unprotected.then_some("not integrity protected");
        self.signalling(at, plane, seat, Side::Network, remark, &octets);
    }

    /// A packet of a PDN connection is at the gateway.
    pub(crate) fn user_packet(&mut self, at: Instant, seat: SeatId, sender: Side, packet: &[u8]) {
        let octets = packet.to_vec();
        self.push(Packet { at, plane: Plane::Ip, whose: Whose::Seat(seat), sender, remark: None, octets });
    }

    /// Commands crossed the contacts of a card, and their answers.
    pub(crate) fn card(&mut self, at: Instant, seat: SeatId, exchanges: Vec<Exchange>) {
        let mut rest = exchanges.into_iter().peekable();
        while let Some(first) = rest.next() {
            let answer = rest.next_if(|next| first.is_challenge() && next.fetches_answer_of(&first));
            self.exchange(
                at,
                seat,
                &answer.map_or_else(|| first.clone(), |answer| first.with_answer_of(&answer)),
            );
        }
    }

    fn exchange(&mut self, at: Instant, seat: SeatId, exchange: &Exchange) {
        let Exchange { command, answer, after_reset } = exchange;
        if !exchange.is_well_formed() {
            let octets = [command.as_slice(), answer].concat();
            let remark = "the command is none of TS 102 221, or has not the objects of TS 102 223";
            return self.malformed(at, seat, Side::Mobile, remark, &octets);
        }
        let (device, card) = (address(NETWORK, seat), address(CARDS, seat));
        let octets = gsmtap::card_packet(command, answer, device, card);
        let remark = after_reset.then(|| "the first command after a reset of the card".to_owned());
        let whose = Whose::Seat(seat);
        self.push(Packet { at, plane: Plane::Sim, whose, sender: Side::Mobile, remark, octets });
    }

    /// A PDU crossed the connection of an application, or octets that are none.
    pub fn application(&mut self, at: Instant, name: String, sender: Side, octets: Vec<u8>, is_pdu: bool) {
        let (plane, remark) = if is_pdu {
            (Plane::Smpp, None)
        } else {
            (Plane::Malformed, Some("these octets are no PDU of SMPP 3.4".to_owned()))
        };
        self.push(Packet { at, plane, whose: Whose::Named(name), sender, remark, octets });
    }

    /// What is no message stands on a plane of its own, as bare octets: an analyser would call it malformed, which it
    /// is, and so hide what is malformed without anybody wanting it.
    fn malformed(&mut self, at: Instant, seat: SeatId, sender: Side, why: &'static str, octets: &[u8]) {
        let (whose, remark) = (Whose::Seat(seat), Some(why.to_owned()));
        self.push(Packet { at, plane: Plane::Malformed, whose, sender, remark, octets: octets.to_vec() });
    }

    fn signalling(
        &mut self,
        at: Instant,
        plane: Plane,
        seat: SeatId,
        sender: Side,
        remark: Option<&'static str>,
        message: &Octets,
    ) {
        let device = address(NETWORK, seat);
        let (from, to) = match sender {
            Side::Mobile => (device, NETWORK),
            Side::Network => (NETWORK, device),
        };
        let octets = gsmtap::packet(sender, message.framing, &message.octets, from, to);
        let remark = remark.map(str::to_owned);
        self.push(Packet { at, plane, whose: Whose::Seat(seat), sender, remark, octets });
    }

    fn push(&mut self, packet: Packet) {
        if self.running {
            self.packets.push(packet);
        }
    }
}

/// The address of a device, counted from a first one.
fn address(first: Ipv4Addr, seat: SeatId) -> Ipv4Addr {
    let number = u32::try_from(seat.0).unwrap_or(u32::MAX);
    Ipv4Addr::from_bits(first.to_bits().saturating_add(1).saturating_add(number))
}

/// Whether octets are a short message, or one of supplementary services.
fn is_well_formed(plane: Plane, sender: Side, octets: &[u8]) -> bool {
    let direction = match sender {
        Side::Mobile => Direction::MobileToNetwork,
        Side::Network => Direction::NetworkToMobile,
    };
    if plane == Plane::Sms {
        CpMessage::is_well_formed(direction, octets)
    } else {
        SsMessage::parse(sender, octets).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAT: SeatId = SeatId(0);

    #[test]
    fn signalling_is_taken_down_with_its_plane_and_direction() {
        let mut capture = Capture::running();
        let at = Instant::from_micros(7);
        capture.nas_up(at, SEAT, &NasUp::AttachComplete);
        assert_eq!(capture.take(), [], "on no cell");
        let cell = CellId { plmn: "208-01".parse().unwrap(), tac: 1, cell: 1 };
        capture.cell(SEAT, Rat::Gsm, cell);
        capture.nas_up(at, SEAT, &NasUp::Sms(vec![0x09, 0x04]));
        capture.nas_down(at, SEAT, &NasDown::Sms(vec![0x09, 0x01, 0x01]));
        capture.nas_down(at, SEAT, &NasDown::DetachAccept);
        capture.user_packet(at, SEAT, Side::Mobile, &[0x45]);
        let seen = capture.take();
        let planes: Vec<_> = seen.iter().map(|packet| (packet.plane, packet.sender)).collect();
        assert_eq!(
            planes,
            [
                (Plane::Sms, Side::Mobile),
                (Plane::Malformed, Side::Network),
                (Plane::Nas, Side::Network),
                (Plane::Ip, Side::Mobile)
            ]
        );
        assert_eq!(seen[1].octets, [0x09, 0x01, 0x01], "as it was sent");
        assert!(seen[0].octets.ends_with(&[0x09, 0x04]) && seen[2].octets.ends_with(&[0x08, 0x06, 0x00]));
        assert_eq!(capture.take(), []);
    }

    #[test]
    fn a_card_and_an_application_have_planes_of_their_own_and_their_nonsense_has_another() {
        let mut capture = Capture::running();
        let at = Instant::from_micros(7);
        let exchange = |command: &[u8], answer: &[u8]| Exchange {
            command: command.to_vec(),
            answer: answer.to_vec(),
            after_reset: true,
        };
        let read = exchange(&[0, 0xb0, 0, 0, 1], &[7, 0x90, 0]);
        capture.card(at, SeatId(1), vec![read, exchange(&[0, 0xb0], &[0x67, 0])]);
        for is_pdu in [true, false] {
            capture.application(at, "meter".to_owned(), Side::Network, vec![9], is_pdu);
        }
        let seen = capture.take();
        let planes: Vec<_> = seen.iter().map(|packet| packet.plane).collect();
        assert_eq!(planes, [Plane::Sim, Plane::Malformed, Plane::Smpp, Plane::Malformed]);
        assert_eq!(seen[0].octets[12..20], [10, 0, 0, 3, 10, 128, 0, 3], "from the modem to its card");
        assert!(seen[0].octets.ends_with(&[0, 0xb0, 0, 0, 1, 7, 0x90, 0]) && seen[0].remark.is_some());
        assert_eq!(seen[1].octets, [0, 0xb0, 0x67, 0]);
        assert_eq!((&seen[2].whose, &seen[2].octets), (&Whose::Named("meter".to_owned()), &vec![9]));
    }

    /// Wireshark looks for SRES and Kc in the frame of the challenge.
    #[test]
    fn a_challenge_and_its_answer_are_one_packet_and_a_selection_and_its_template_are_two() {
        let exchange = |command: &[u8], answer: &[u8]| Exchange {
            command: command.to_vec(),
            answer: answer.to_vec(),
            after_reset: false,
        };
        let fetched = |class, size| exchange(&[class, 0xc0, 0, 0, size], &[4, 0xaa, 0x90, 0]);
        let challenge = exchange(&[0x40, 0x88, 0, 0x80, 1, 7], &[0x61, 0x0e]);
        let select = exchange(&[0x40, 0xa4, 0, 4, 2, 0x3f, 0], &[0x61, 0x0e]);
        let mut capture = Capture::running();
        let fetches = [fetched(0x40, 0x0e), fetched(0, 0x0e), fetched(0x40, 0x0d)];
        let challenges = fetches.into_iter().flat_map(|fetch| [challenge.clone(), fetch]);
        let exchanges = challenges.chain([select, fetched(0x40, 0x0e)]).collect();
        capture.card(Instant::ZERO, SeatId(0), exchanges);
        let seen: Vec<_> = capture.take().into_iter().map(|packet| packet.octets[44..].to_vec()).collect();
        assert_eq!(seen[0], [0x40, 0x88, 0, 0x80, 1, 7, 4, 0xaa, 0x90, 0]);
        assert_eq!(
            seen[1],
            [0x40, 0x88, 0, 0x80, 1, 7, 0x61, 0x0e],
            "that of another channel is not its own"
        );
        assert_eq!(seen.len(), 7);
    }

    #[test]
    fn a_stopped_capture_takes_nothing_down_and_knows_the_mobile_nevertheless() {
        let mut capture = Capture::default();
        let cell = CellId { plmn: "208-01".parse().unwrap(), tac: 1, cell: 1 };
        capture.cell(SEAT, Rat::Eutran, cell);
        capture.nas_up(Instant::ZERO, SEAT, &NasUp::AttachComplete);
        assert_eq!(capture.take(), []);
        capture.run(true);
        capture.nas_up(Instant::ZERO, SEAT, &NasUp::AttachComplete);
        assert_eq!(capture.take().len(), 1);
    }
}
