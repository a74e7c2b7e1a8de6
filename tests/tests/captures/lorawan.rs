//! The captures of the LoRaWAN suites, read by Wireshark, with and without the keys that stand beside them.

use crate::kit::{files, run};
use crate::{dissect, dissect_with};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const LORATAP: usize = 15;

/// Wireshark 4.0 ends with a signal when it is to open payloads that are longer than this.
const LONGEST: usize = 222;

/// Wireshark 4.0 takes a data frame without FRMPayload for malformed, which it is not (LoRaWAN 1.0.2 clauses 4.3.2 and
/// 4.3.3): without FPort, or with FPort and nothing behind it.
fn has_no_payload(octets: &[u8]) -> bool {
    let frame = &octets[LORATAP..];
    let is_data = matches!(frame[0] >> 5, 2..=5);
    is_data && frame.len() <= 13 + usize::from(frame[5] & 0x0f)
}

#[test]
fn the_captures_of_the_lorawan_suites_are_read_without_a_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let captures = files(&run(folder.path(), &["lorawan/"]));
    assert!(captures.len() > 5, "{captures:?}");
    let fields = [
        "frame.interface_name",
        "_ws.col.Protocol",
        "_ws.malformed",
        "lorawan.mhdr.mtype",
        "loratap.channel.sf",
        "frame.comment",
        "loratap",
        "lorawan",
    ];
    let (mut wrong, mut types, mut factors) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut senders = BTreeSet::new();
    for file in &captures {
        let Some(frames) = dissect(file, &fields) else { return };
        let octets = packets(file);
        assert_eq!(octets.len(), frames.len());
        for ((number, frame), octets) in frames.iter().enumerate().zip(&octets) {
            let read = match frame[0].as_str() {
                "lora" => frame[1] == "LoRaWAN" && (frame[2].is_empty() || has_no_payload(octets)),
                // What a test malformed on purpose.
                "malformed" => frame[5].contains("no frame of LoRaWAN"),
                _ => false,
            };
            if !read {
                wrong.push(format!("{} frame {}: {frame:?}", file.display(), number + 1));
            }
            types.insert(frame[3].clone());
            factors.insert(frame[4].clone());
            senders.insert(frame[5].lines().last().unwrap_or_default().to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    for kind in ["0", "1", "2", "3", "4", "5"] {
        assert!(types.contains(kind), "MType {kind}: {types:?}");
    }
    assert!(factors.contains("7") && factors.contains("12"), "{factors:?}");
    for sender in ["gateway 0016c001f1500001", "beside the node", "a transmitter of the test"] {
        assert!(senders.iter().any(|told| told.contains(sender)), "{sender}: {senders:?}");
    }
}

/// Whoever has the keys sees what is in the frames, and the same as the plane of clear text says.
#[test]
fn wireshark_opens_frames_with_the_keys_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let captures = run(folder.path(), &["lorawan/data", "lorawan/join", "--capture-decrypted"]);
    let keys: Vec<PathBuf> = files(&captures)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "keys"))
        .collect();
    assert!(keys.len() > 5, "{keys:?}");
    let fields = [
        "frame.interface_name",
        "lorawan.mic.status",
        "lorawan.frmpayload_decrypted",
        "data.data",
        "lorawan.fport",
    ];
    let mut opened = 0;
    for table in &keys {
        let file = table.with_extension("pcapng");
        if packets(&file).iter().any(|packet| packet.len() > LORATAP + 13 + LONGEST) {
            continue;
        }
        let lines = std::fs::read_to_string(table).unwrap();
        let preferences: Vec<String> =
            lines.lines().map(|line| format!("uat:encryption_keys_lorawan:{line}")).collect();
        let Some(frames) = dissect_with(&file, &preferences, &fields) else {
            return;
        };
        for pair in frames.windows(2) {
            let [sealed, clear] = pair else { panic!() };
            if sealed[0] == "lora" && clear[0] == "lora-clear" && sealed[1] == "1" {
                assert_eq!(sealed[2], clear[3], "{} {pair:?}", table.display());
                opened += 1;
            }
        }
    }
    assert!(opened > 50, "{opened}");
}

/// The packets of a capture, from its blocks.
fn packets(file: &Path) -> Vec<Vec<u8>> {
    let octets = std::fs::read(file).unwrap();
    let word = |at: usize| u32::from_le_bytes(octets[at..at + 4].try_into().unwrap());
    let (mut at, mut packets) = (0, Vec::new());
    while at < octets.len() {
        if word(at) == 6 {
            packets.push(octets[at + 28..at + 28 + word(at + 20) as usize].to_vec());
        }
        at += word(at + 4) as usize;
    }
    packets
}
