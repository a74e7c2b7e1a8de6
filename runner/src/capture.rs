//! From the packets of the table to the frames of a capture.

use lab::{Bench, Happening, Packet, Plane, Whose};
use reports::capture::Section;
use reports::run::{Direction, Frame};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use wire::lorawan::loratap;
use wire::nas::Side;

/// Link type RAW: an IPv4 or IPv6 packet.
const RAW: u16 = 101;
/// Link type WIRESHARK_UPPER_PDU: what follows a list of tags is for the dissector that they name.
const UPPER_PDU: u16 = 252;
/// The tags of octets that are not to be dissected: dissector name `data`, end.
const AS_DATA: &[u8] = &[0, 12, 0, 4, b'd', b'a', b't', b'a', 0, 0, 0, 0];
/// The same of a PDU of SMPP.
const AS_SMPP: &[u8] = &[0, 12, 0, 4, b's', b'm', b'p', b'p', 0, 0, 0, 0];

/// The frames of a test. Its name stands at the first one, each step of the script at the first one that follows it.
#[must_use]
pub fn of_test(bench: &mut Bench, id: &str) -> Vec<Frame> {
    let packets = bench.capture.take();
    let bench = &*bench;
    let mut steps = bench
        .trace()
        .iter()
        .filter_map(
            |record| if let Happening::Step(text) = &record.what { Some((record.at, text)) } else { None },
        )
        .peekable();
    let told = |packet: &Packet| {
        let mut frame = frame(bench, packet);
        while let Some((_, text)) = steps.next_if(|(at, _)| *at <= packet.at) {
            frame.comment.push_str("\nstep: ");
            frame.comment.push_str(text);
        }
        frame
    };
    let mut frames: Vec<Frame> = packets.iter().map(told).collect();
    if let Some(first) = frames.first_mut() {
        first.comment = format!("test: {id}\n{}", first.comment);
    }
    frames
}

/// The frame of a packet, with the name of its device.
#[must_use]
pub fn frame(bench: &Bench, packet: &Packet) -> Frame {
    let name = match &packet.whose {
        Whose::Seat(seat) => bench.seats.get(*seat).map_or("", |seat| seat.name.as_str()),
        Whose::Named(name) => name,
    };
    let comment = match &packet.remark {
        Some(remark) => format!("{name}: {remark}"),
        None => name.to_owned(),
    };
    let direction = match packet.sender {
        Side::Mobile => Direction::FromDevice,
        Side::Network => Direction::ToDevice,
    };
    let (link_type, octets) = match packet.plane {
        Plane::Malformed | Plane::LoraClear => (UPPER_PDU, [AS_DATA, &packet.octets].concat()),
        Plane::Lora => (loratap::LINK_TYPE, packet.octets.clone()),
        Plane::Smpp => (UPPER_PDU, [AS_SMPP, &packet.octets].concat()),
        Plane::Nas | Plane::Sms | Plane::Sim | Plane::Ip => (RAW, packet.octets.clone()),
    };
    Frame {
        at: packet.at.as_micros(),
        plane: packet.plane.name().to_owned(),
        link_type,
        direction,
        comment,
        octets,
    }
}

/// The capture of a lab that is served: a file that grows.
#[derive(Debug)]
pub struct CaptureFile {
    file: File,
    section: Section,
    /// The table of keys, and how many lines it has.
    keys: PathBuf,
    lines: usize,
}

impl CaptureFile {
    /// A new file, in place of one that was there; lab time zero is `start`.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path, start: jiff::Timestamp) -> io::Result<Self> {
        let mut file = File::create(path)?;
        let mut section = Section::new(start, "dtk serve");
        file.write_all(&section.take())?;
        let mut keys = path.as_os_str().to_owned();
        keys.push(".keys");
        Ok(Self { file, section, keys: keys.into(), lines: 0 })
    }

    /// Adds what has been captured since the last call.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, bench: &mut Bench) -> io::Result<()> {
        for packet in bench.capture.take() {
            self.section.push(&frame(bench, &packet));
        }
        self.file.write_all(&self.section.take())?;
        let keys = bench.capture.lora_keys();
        if keys.len() != self.lines {
            self.lines = keys.len();
            std::fs::write(&self.keys, reports::capture::key_table(&keys))?;
        }
        Ok(())
    }
}
