//! What crossed a connection, as tshark sees it. Where there is no tshark the test says so and proves nothing.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// LINKTYPE_RAW: packets begin with the IP header.
const RAW_IP: u32 = 101;
const SMPP: u16 = 2775;
const ESME: u16 = 40_000;

/// The command_ids that tshark finds, and its complaints.
pub(in crate::smpp) fn commands(crossed: &[(bool, Vec<u8>)]) -> Option<(Vec<u32>, String)> {
    let capture = capture(crossed);
    let ids = tshark(&capture, &["-T", "fields", "-e", "smpp.command_id", "-Y", "smpp"])?;
    let words = ids.split([',', '\n']).filter(|word| !word.is_empty());
    let id = |word: &str| u32::from_str_radix(word.trim_start_matches("0x"), 16).unwrap();
    let complaints = tshark(&capture, &["-Y", "_ws.malformed || _ws.expert.severity >= 6291456"])?;
    Some((words.map(id).collect(), complaints))
}

fn tshark(capture: &[u8], options: &[&str]) -> Option<String> {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-d", "tcp.port==2775,smpp"]).args(options);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut tshark) = spawned else {
        let why = "SKIPPED: tshark is not installed, so nobody has looked at what crossed the connection";
        let _ = writeln!(std::io::stderr(), "{why}");
        return None;
    };
    tshark.stdin.take().unwrap().write_all(capture).unwrap();
    let output = tshark.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A capture file of one TCP connection; `true` stands for what the ESME sent.
fn capture(crossed: &[(bool, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0xffff, RAW_IP] {
        file.extend(word.to_le_bytes());
    }
    let mut next = [1_u32, 1];
    for (from_esme, octets) in crossed {
        let (us, them) = if *from_esme { (0, 1) } else { (1, 0) };
        let packet = packet(*from_esme, next[us], next[them], octets);
        next[us] += u32::try_from(octets.len()).unwrap();
        let length = u32::try_from(packet.len()).unwrap();
        for word in [0, 0, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

/// IPv4 and TCP around octets, without checksums.
fn packet(from_esme: bool, sequence: u32, acknowledged: u32, octets: &[u8]) -> Vec<u8> {
    let (addresses, ports) = if from_esme { ([1, 2], [ESME, SMPP]) } else { ([2, 1], [SMPP, ESME]) };
    let length = u16::try_from(40 + octets.len()).unwrap().to_be_bytes();
    let mut packet = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
    for last in addresses {
        packet.extend([192, 0, 2, last]);
    }
    packet.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    packet.extend(sequence.to_be_bytes());
    packet.extend(acknowledged.to_be_bytes());
    packet.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(octets);
    packet
}
