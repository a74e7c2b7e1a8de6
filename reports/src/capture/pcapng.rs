//! The pcapng file format (draft-ietf-opsawg-pcapng): section header, interface description and enhanced packet blocks.

use crate::run::{Direction, Frame};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

const COMMENT: u16 = 1;
const INTERFACE_NAME: u16 = 2;
const PACKET_FLAGS: u16 = 2;
const TIME_RESOLUTION: u16 = 9;
/// Ten to the power of minus six.
const MICROSECONDS: u8 = 6;

/// A section: a file of its own, or a part of one. An interface that is new is described before its first packet.
#[derive(Clone, Debug)]
pub struct Section {
    /// Lab time zero, µs since 1970.
    start: u64,
    /// Plane and link type of each interface.
    interfaces: Vec<(String, u16)>,
    octets: Vec<u8>,
}

impl Section {
    /// A section that begins with a comment; its lab time zero is `start`.
    #[must_use]
    pub fn new(start: jiff::Timestamp, comment: &str) -> Self {
        let start = u64::try_from(start.as_microsecond()).unwrap_or(0);
        let mut body = Vec::new();
        body.extend(BYTE_ORDER.to_le_bytes());
        // Version 1.0; how long the section will be is not known.
        body.extend([1, 0, 0, 0]);
        body.extend([0xff; 8]);
        text_option(&mut body, COMMENT, comment);
        let mut section = Self { start, interfaces: Vec::new(), octets: Vec::new() };
        section.block(SECTION_HEADER, body);
        section
    }

    /// Adds a packet.
    pub fn push(&mut self, frame: &Frame) {
        let interface = self.interface(&frame.plane, frame.link_type);
        let at = self.start.saturating_add(frame.at).to_be_bytes();
        let (high, low) = at.split_at(4);
        let mut body = Vec::new();
        body.extend(interface.to_le_bytes());
        body.extend(high.iter().rev());
        body.extend(low.iter().rev());
        let length = length_of(frame.octets.len()).to_le_bytes();
        body.extend(length);
        body.extend(length);
        body.extend(&frame.octets);
        pad(&mut body);
        text_option(&mut body, COMMENT, &frame.comment);
        // As the network sees it: inbound is 1, outbound is 2.
        let flags: u32 = match frame.direction {
            Direction::FromDevice => 1,
            Direction::ToDevice => 2,
        };
        option(&mut body, PACKET_FLAGS, &flags.to_le_bytes());
        self.block(ENHANCED_PACKET, body);
    }

    /// What has been added since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.octets)
    }

    /// The number of an interface; a new one is described first.
    pub(super) fn interface(&mut self, plane: &str, link_type: u16) -> u32 {
        let known = |(name, link): &(String, u16)| name == plane && *link == link_type;
        if let Some(index) = self.interfaces.iter().position(known) {
            return length_of(index);
        }
        let mut body = Vec::new();
        body.extend(link_type.to_le_bytes());
        // Reserved, then the longest packet: no limit.
        body.extend([0; 6]);
        text_option(&mut body, INTERFACE_NAME, plane);
        option(&mut body, TIME_RESOLUTION, &[MICROSECONDS]);
        self.block(INTERFACE, body);
        self.interfaces.push((plane.to_owned(), link_type));
        length_of(self.interfaces.len() - 1)
    }

    /// Type, length, body with the end of its options, and the length once more.
    fn block(&mut self, kind: u32, mut body: Vec<u8>) {
        body.extend([0; 4]);
        let length = length_of(body.len() + 12).to_le_bytes();
        self.octets.extend(kind.to_le_bytes());
        self.octets.extend(length);
        self.octets.extend(body);
        self.octets.extend(length);
    }
}

fn length_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn pad(octets: &mut Vec<u8>) {
    octets.resize(octets.len().next_multiple_of(4), 0);
}

/// A text, unless it is empty.
fn text_option(body: &mut Vec<u8>, code: u16, text: &str) {
    if !text.is_empty() {
        option(body, code, text.as_bytes());
    }
}

/// Code, length, value; what a length cannot say is cut.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    body.extend(code.to_le_bytes());
    body.extend(length.to_le_bytes());
    body.extend(value.iter().take(usize::from(length)));
    pad(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(plane: &str, at: u64) -> Frame {
        Frame {
            at,
            plane: plane.to_owned(),
            link_type: 101,
            direction: Direction::ToDevice,
            comment: String::new(),
            octets: vec![0x45],
        }
    }

    #[test]
    fn blocks_have_the_lengths_and_options_of_the_draft() {
        let mut section = Section::new("2026-03-14T08:00:00Z".parse().unwrap(), "a");
        let head = section.take();
        assert_eq!(head.len(), 40);
        assert_eq!(&head[..12], [0x0a, 0x0d, 0x0d, 0x0a, 40, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a]);
        section.push(&frame("nas", 1));
        let first = section.take();
        section.push(&frame("nas", 2));
        let second = section.take();
        assert_eq!(first.len() - second.len(), 40, "the interface is described once");
        assert!(first.ends_with(&[48, 0, 0, 0]) && second.len() == 48);
        // The high half comes first.
        let at = 1_773_475_200_000_002_u64;
        assert_eq!(&second[12..16], ((at >> 32) as u32).to_le_bytes());
        assert_eq!(&second[16..20], (at as u32).to_le_bytes());
    }

    #[test]
    fn each_plane_has_its_interface() {
        let mut section = Section::new(jiff::Timestamp::UNIX_EPOCH, "");
        for plane in ["nas", "ip", "nas"] {
            section.push(&frame(plane, 0));
        }
        assert_eq!(section.interfaces.len(), 2);
    }
}
