//! One frame of the basic option (TS 27.010 5.2.1, 5.3).

use super::fcs::fcs;
use super::{FLAG, MAX_INFORMATION};

/// The poll or final bit of the control field.
const POLL_FINAL: u8 = 0x10;
const EA: u8 = 0x01;
const CR: u8 = 0x02;

/// Who a station is: the one that began the multiplexer, or the other (5.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It established DLCI 0.
    Initiator,
    /// It answered.
    Responder,
}

impl Role {
    /// The C/R bit of a command that this station sends; UIH and UI count as commands.
    #[must_use]
    pub const fn command_bit(self) -> bool {
        matches!(self, Self::Initiator)
    }

    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// What a frame is (5.3, table 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Set asynchronous balanced mode: opens a connection.
    Sabm,
    /// Unnumbered acknowledgement.
    Ua,
    /// Disconnected mode.
    Dm,
    /// Disconnect.
    Disc,
    /// Unnumbered information with header check.
    Uih,
    /// Unnumbered information.
    Ui,
}

const KINDS: [(Kind, u8); 6] = [
    (Kind::Sabm, 0x2f),
    (Kind::Ua, 0x63),
    (Kind::Dm, 0x0f),
    (Kind::Disc, 0x43),
    (Kind::Uih, 0xef),
    (Kind::Ui, 0x03),
];

impl Kind {
    /// The kind of a control field, whatever its P/F bit.
    #[must_use]
    pub fn from_control(octet: u8) -> Option<Self> {
        KINDS.iter().find(|(_, code)| *code == octet & !POLL_FINAL).map(|(kind, _)| *kind)
    }

    fn control(self) -> u8 {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, code)| *code)
    }

    /// Whether it asks for something; UA and DM answer.
    #[must_use]
    pub const fn is_command(self) -> bool {
        !matches!(self, Self::Ua | Self::Dm)
    }

    /// Whether the check sequence covers the information field too; in UIH it does not.
    #[must_use]
    pub const fn checks_information(self) -> bool {
        !matches!(self, Self::Uih)
    }
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Data link connection identifier, 0 to 61; 62 and 63 are reserved, since their address can be a flag.
    pub dlci: u8,
    /// The C/R bit as it stands in the address field.
    pub command_response: bool,
    /// What it is.
    pub kind: Kind,
    /// The poll or final bit.
    pub poll_final: bool,
    /// What it carries.
    pub information: Vec<u8>,
}

impl Frame {
    /// A SABM or DISC that this station sends: the answer is asked for.
    #[must_use]
    pub const fn command(role: Role, kind: Kind, dlci: u8) -> Self {
        let command_response = role.command_bit();
        Self { dlci, command_response, kind, poll_final: true, information: Vec::new() }
    }

    /// A UA or DM that this station sends.
    #[must_use]
    pub const fn response(role: Role, kind: Kind, dlci: u8) -> Self {
        let command_response = !role.command_bit();
        Self { dlci, command_response, kind, poll_final: true, information: Vec::new() }
    }

    /// Data that this station sends, in a UIH frame.
    #[must_use]
    pub const fn data(role: Role, dlci: u8, information: Vec<u8>) -> Self {
        let command_response = role.command_bit();
        Self { dlci, command_response, kind: Kind::Uih, poll_final: false, information }
    }

    /// Whether a station of this role is the one that sent it, as the C/R bit says.
    #[must_use]
    pub const fn is_from(&self, role: Role) -> bool {
        (self.command_response == role.command_bit()) == self.kind.is_command()
    }

    /// The octets, flags included. What is beyond [`MAX_INFORMATION`] is cut off.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = self.information.len().min(MAX_INFORMATION);
        let information = self.information.get(..length).unwrap_or_default();
        let command_response = if self.command_response { CR } else { 0 };
        let poll_final = if self.poll_final { POLL_FINAL } else { 0 };
        let mut octets = vec![FLAG, self.dlci << 2 | command_response | EA, self.kind.control() | poll_final];
        let [low, high] = ((length as u16) << 1).to_le_bytes();
        if length <= 127 {
            octets.push(low | EA);
        } else {
            octets.extend([low, high]);
        }
        let header = octets.split_off(1);
        let check = if self.kind.checks_information() {
            fcs(&[header.as_slice(), information].concat())
        } else {
            fcs(&header)
        };
        octets.extend(header);
        octets.extend(information);
        octets.extend([check, FLAG]);
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, Received};
    use super::*;

    /// Frames of published traces, and computed by another implementation.
    #[test]
    fn frames_are_the_published_octets() {
        use Role::{Initiator, Responder};
        let rows = [
            (Frame::command(Initiator, Kind::Sabm, 0), "f9033f011cf9"),
            (Frame::response(Responder, Kind::Ua, 0), "f9037301d7f9"),
            (Frame::command(Initiator, Kind::Sabm, 1), "f9073f01def9"),
            (Frame::response(Responder, Kind::Ua, 1), "f907730115f9"),
            (Frame::command(Initiator, Kind::Disc, 1), "f90753013ff9"),
            (Frame::response(Responder, Kind::Dm, 1), "f9071f01f4f9"),
            (Frame::data(Initiator, 1, b"AT\r".to_vec()), "f907ef0741540dd3f9"),
            (Frame::data(Responder, 1, b"\r\nOK\r\n".to_vec()), "f905ef0d0d0a4f4b0d0a5ff9"),
            (Frame::data(Initiator, 0, vec![0xe3, 0x05, 0x07, 0x8d]), "f903ef09e305078dfbf9"),
            (Frame::data(Initiator, 0, vec![0xc3, 0x01]), "f903ef05c301f2f9"),
        ];
        for (frame, octets) in rows {
            assert_eq!(hex::encode(frame.encode()), octets);
            let mut decoder = Decoder::new(31);
            decoder.push(&hex::decode(octets).unwrap());
            assert_eq!(decoder.next(), Some(Received::Frame(frame)), "{octets}");
        }
    }

    #[test]
    fn a_long_field_has_two_length_octets() {
        for (length, header) in [(127, "f907efff"), (128, "f907ef0001"), (1500, "f907efb80b")] {
            let octets = Frame::data(Role::Initiator, 1, vec![0x55; length]).encode();
            assert!(hex::encode(&octets).starts_with(header), "{}", hex::encode(&octets));
        }
    }

    #[test]
    fn the_sender_shows_in_the_address() {
        for (octets, sender) in [
            ("f9033f011cf9", Role::Initiator),
            ("f9037301d7f9", Role::Responder),
            ("f905ef0d0d0a4f4b0d0a5ff9", Role::Responder),
            ("f907ef0741540dd3f9", Role::Initiator),
        ] {
            let mut decoder = Decoder::new(31);
            decoder.push(&hex::decode(octets).unwrap());
            let Some(Received::Frame(frame)) = decoder.next() else { panic!("{octets}") };
            assert!(frame.is_from(sender), "{octets}");
            assert!(!frame.is_from(sender.peer()), "{octets}");
        }
    }
}
