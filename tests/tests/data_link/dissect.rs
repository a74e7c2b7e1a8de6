//! What crossed a line, as tshark sees it. Where there is no tshark the test says so and proves nothing.

use crate::peer::Crossed;
use std::io::Write as _;
use std::process::Command;

/// One frame.
#[derive(Debug)]
pub struct Seen {
    /// The protocols of the frame, from the outside in, with colons.
    pub protocols: String,
    /// The line that a person reads.
    pub info: String,
    /// The frame has a check sequence, and it fits.
    pub good: bool,
    /// What the dissector has against the frame, from a warning on: checksums, lengths, malformed fields.
    pub complaint: String,
}

/// Frames of asynchronous PPP with flags and escapes, as they stood on the line.
pub fn ppp_frames(crossed: &Crossed) -> Vec<Vec<u8>> {
    let frame = |octets: &[u8]| [&[0x7e], octets, &[0x7e]].concat();
    let frames = |octets: &[u8]| -> Vec<Vec<u8>> {
        octets.split(|octet| *octet == 0x7e).filter(|octets| !octets.is_empty()).map(frame).collect()
    };
    crossed.iter().flat_map(|(_, octets)| frames(octets)).collect()
}

/// Dissects asynchronous PPP with flags, escapes and check sequences.
pub fn ppp(crossed: &Crossed) -> Option<Vec<Seen>> {
    const USER0: u32 = 147;
    let table = "uat:user_dlts:\"User 0 (DLT=147)\",\"ppp_raw_hdlc\",\"0\",\"\",\"0\",\"\"";
    tshark(USER0, &ppp_frames(crossed), &["-o", table, "-o", "ppp.fcs_type:16-Bit"])
}

/// Dissects frames of the multiplexer, each with whether the host sent it.
pub fn mux(frames: &[(bool, Vec<u8>)]) -> Option<Vec<Seen>> {
    const MUX27010: u32 = 236;
    // An empty extended header, then the direction.
    let packet =
        |(from_host, octets): &(bool, Vec<u8>)| [&[0, u8::from(!from_host)], octets.as_slice()].concat();
    let packets: Vec<Vec<u8>> = frames.iter().map(packet).collect();
    tshark(MUX27010, &packets, &[])
}

fn tshark(link_type: u32, packets: &[Vec<u8>], options: &[&str]) -> Option<Vec<Seen>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&capture(link_type, packets)).unwrap();
    let mut command = Command::new("tshark");
    command.arg("-r").arg(file.path()).args(options).args(["-T", "fields", "-E", "separator=/t"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: tshark is not installed, so nobody has looked at what crossed the line");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().map(seen).collect())
}

const FIELDS: [&str; 5] =
    ["frame.protocols", "_ws.col.Info", "ppp.fcs.status", "_ws.expert.severity", "_ws.expert.message"];
/// The severity of a warning; a note or a chat is no complaint.
const WARNING: u32 = 0x0060_0000;

fn seen(line: &str) -> Seen {
    let fields: Vec<&str> = line.split('\t').collect();
    let [protocols, info, status, severities, message] = fields.as_slice() else { panic!("{line}") };
    let warned =
        severities.split(',').any(|number| number.parse().is_ok_and(|severity: u32| severity >= WARNING));
    Seen {
        protocols: (*protocols).to_owned(),
        info: (*info).to_owned(),
        good: *status == "1",
        complaint: if warned { (*message).to_owned() } else { String::new() },
    }
}

/// A capture file with these packets, all at the same time.
fn capture(link_type: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0xffff, link_type] {
        file.extend(word.to_le_bytes());
    }
    for packet in packets {
        let length = u32::try_from(packet.len()).unwrap();
        for word in [0, 0, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}
