//! What crossed the radio path, as packets that a protocol analyser reads.
//!
//! Signalling is taken down at the mobile, as GSMTAP: what it sends, and what reaches it. User packets are taken down at
//! the gateway, as they are. A plane for frames of LoRa can be put beside them.

use crate::trace::SeatId;
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

/// Which kind of traffic a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Mobility, session and call control, supplementary services.
    Nas,
    /// Short messages, from CP on.
    Sms,
    /// Octets that are no message although they stand for one: what was malformed on purpose.
    Malformed,
    /// Packets of PDN connections.
    Ip,
}

impl Plane {
    /// The name of its interface in a capture.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nas => "nas",
            Self::Sms => "sms",
            Self::Malformed => "malformed",
            Self::Ip => "ip",
        }
    }
}

/// A packet: IPv4 or IPv6, from its header on; bare octets on the plane of what is malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, in lab time.
    pub at: Instant,
    /// What it is part of.
    pub plane: Plane,
    /// Whose it is.
    pub seat: SeatId,
    /// Who sent it.
    pub sender: Side,
    /// What the octets do not show.
    pub remark: Option<&'static str>,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// The packets since they were last taken.
#[derive(Debug, Default)]
pub struct Capture {
    running: bool,
    encoders: BTreeMap<SeatId, Encoder>,
    packets: Vec<Packet>,
}

impl Capture {
    /// A capture that takes down everything from now on.
    #[must_use]
    pub fn running() -> Self {
        Self { running: true, ..Self::default() }
    }

    /// Takes packets down, or no longer.
    pub const fn run(&mut self, running: bool) {
        self.running = running;
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
            return self.malformed(at, seat, Side::Mobile, sent);
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
            return self.malformed(at, seat, Side::Network, sent);
        }
        let unprotected = message.reject().is_some_and(|reject| !reject.protected);
        let remark = unprotected.then_some("not integrity protected");
        self.signalling(at, plane, seat, Side::Network, remark, &octets);
    }

    /// A packet of a PDN connection is at the gateway.
    pub(crate) fn user_packet(&mut self, at: Instant, seat: SeatId, sender: Side, packet: &[u8]) {
        let octets = packet.to_vec();
        self.push(Packet { at, plane: Plane::Ip, seat, sender, remark: None, octets });
    }

    /// What is no message stands on a plane of its own, as bare octets: an analyser would call it malformed, which it
    /// is, and so hide what is malformed without anybody wanting it.
    fn malformed(&mut self, at: Instant, seat: SeatId, sender: Side, octets: &[u8]) {
        let remark = Some("these octets are no message of TS 24.011, TS 23.040 or TS 24.080");
        self.push(Packet { at, plane: Plane::Malformed, seat, sender, remark, octets: octets.to_vec() });
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
        let number = u32::try_from(seat.0).unwrap_or(u32::MAX);
        let device = Ipv4Addr::from_bits(NETWORK.to_bits().saturating_add(1).saturating_add(number));
        let (from, to) = match sender {
            Side::Mobile => (device, NETWORK),
            Side::Network => (NETWORK, device),
        };
        let octets = gsmtap::packet(sender, message.framing, &message.octets, from, to);
        self.push(Packet { at, plane, seat, sender, remark, octets });
    }

    fn push(&mut self, packet: Packet) {
        if self.running {
            self.packets.push(packet);
        }
    }
}

/// Whether octets are a short message, or one of supplementary services.
fn is_well_formed(plane: Plane, sender: Side, octets: &[u8]) -> bool {
    let direction = match sender {
        Side::Mobile => Direction::MobileToNetwork,
        Side::Network => Direction::NetworkToMobile,
    };
    match plane {
        Plane::Sms => CpMessage::is_well_formed(direction, octets),
        Plane::Nas | Plane::Malformed | Plane::Ip => SsMessage::parse(sender, octets).is_ok(),
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
