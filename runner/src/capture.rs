//! From the packets of the table to the frames of a capture.

use lab::{Bench, Happening, Packet};
use reports::capture::Section;
use reports::run::{Direction, Frame};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use wire::nas::Side;

/// Link type RAW: an IPv4 or IPv6 packet.
const RAW: u16 = 101;

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
    let name = bench.seats.get(packet.seat).map_or("", |seat| seat.name.as_str());
    let comment = match packet.remark {
        Some(remark) => format!("{name}: {remark}"),
        None => name.to_owned(),
    };
    let direction = match packet.sender {
        Side::Mobile => Direction::FromDevice,
        Side::Network => Direction::ToDevice,
    };
    Frame {
        at: packet.at.as_micros(),
        plane: packet.plane.name().to_owned(),
        link_type: RAW,
        direction,
        comment,
        octets: packet.octets.clone(),
    }
}

/// The capture of a lab that is served: a file that grows.
#[derive(Debug)]
pub struct CaptureFile {
    file: File,
    section: Section,
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
        Ok(Self { file, section })
    }

    /// Adds what has been captured since the last call.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, bench: &mut Bench) -> io::Result<()> {
        for packet in bench.capture.take() {
            self.section.push(&frame(bench, &packet));
        }
        self.file.write_all(&self.section.take())
    }
}
