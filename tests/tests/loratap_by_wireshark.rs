//! Wireshark reads LoRa frames in LoRaTap: radio fields, addresses, counters, MICs and clear text.

#![cfg(test)]

use std::process::Command;
use wire::air::lora::{HeardFrame, Hertz, LoraFrame, Modulation};
use wire::lorawan::{DevAddr, SessionKeys, loratap};
use wire::time::Instant;

/// What Wireshark 4.0 is asked for, one column each.
const FIELDS: [&str; 9] = [
    "loratap.channel.frequency",
    "loratap.channel.sf",
    "loratap.rssi.current",
    "lorawan.mhdr.mtype",
    "lorawan.fhdr.devaddr",
    "lorawan.fhdr.fcnt",
    "lorawan.fport",
    "lorawan.mic.status",
    "lorawan.frmpayload_decrypted",
];

fn heard(hex: &str) -> HeardFrame {
    let frame = LoraFrame {
        frequency: Hertz(868_300_000),
        modulation: Modulation { spreading_factor: 9, bandwidth_khz: 125 },
        inverted_iq: false,
        crc: true,
        eirp_dbm: 14,
        payload: hex::decode(hex).unwrap(),
    };
    HeardFrame { frame, started: Instant::ZERO, ended: Instant::ZERO, rssi_dbm: -57, snr_decibel_tenths: -75 }
}

/// A classic capture file, little endian, with the link type of LoRaTap.
fn capture(frames: &[&str]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, u32::from(loratap::LINK_TYPE)] {
        file.extend(u32::to_le_bytes(word));
    }
    for hex in frames {
        let packet = loratap::packet(&heard(hex));
        let length = u32::try_from(packet.len()).unwrap();
        for word in [0, 0, length, length] {
            file.extend(u32::to_le_bytes(word));
        }
        file.extend(packet);
    }
    file
}

#[test]
fn wireshark_reads_and_opens_the_vectors() {
    let keys = SessionKeys {
        nwk_s_key: "5b70d14f51b43828904bb305fdc9c87c".parse().unwrap(),
        app_s_key: "59256e497e4a52e972e4c3ffe1d7bb11".parse().unwrap(),
    };
    // Vectors P06, P07, P10 and P12, then P06 with a wrong MIC.
    let frames = [
        "40da1b012680010001a0d4b4a69d846ba11e",
        "80da1b0126850200030706fe3b0a86b64dde2c7d528eda",
        "a0da1b0126b501000351ff00012ae1230af970130746",
        "40da1b012600ffff020ede425a185a",
        "40da1b012680010001a0d4b4a69d846ba11f",
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), capture(&frames)).unwrap();
    let table = loratap::wireshark_keys(DevAddr::from_value(0x2601_1bda), &keys);
    let mut tshark = Command::new("tshark");
    tshark.args(["-r", file.path().to_str().unwrap(), "-T", "fields", "-E", "separator=|"]);
    tshark.args(["-o", &format!("uat:encryption_keys_lorawan:{table}")]);
    for field in FIELDS {
        tshark.args(["-e", field]);
    }
    let Ok(output) = tshark.output() else {
        eprintln!("SKIPPED: tshark is not installed");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    // The strength above -139 dBm, also of a frame below the noise.
    let want = [
        "868300000|9|82|2|0x26011bda|1|0x01|1|68656c6c6f",
        "868300000|9|82|4|0x26011bda|2|0x0a|1|0102030405",
        "868300000|9|82|5|0x26011bda|1|0x2a|1|deadbeef",
        "868300000|9|82|2|0x26011bda|65535|0x02|1|aa55",
        "868300000|9|82|2|0x26011bda|1|0x01|0|68656c6c6f",
    ];
    assert_eq!(lines, want);
}
