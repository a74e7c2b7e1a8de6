//! Every message that the simulated parties can say, on both kinds of radio, read by Wireshark.

use crate::{dissect, expected, samples};
use reports::capture::Section;
use reports::run::{Direction, Frame};
use std::net::Ipv4Addr;
use wire::air::cellular::{CellId, Rat};
use wire::gsmtap;
use wire::nas::Side;
use wire::nas::octets::{Encoder, Octets};

fn frame(at: usize, sender: Side, message: &Octets) -> Frame {
    let (device, network) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
    let (direction, from, to) = match sender {
        Side::Mobile => (Direction::FromDevice, device, network),
        Side::Network => (Direction::ToDevice, network, device),
    };
    Frame {
        at: at as u64,
        plane: "nas".to_owned(),
        link_type: 101,
        direction,
        comment: String::new(),
        octets: gsmtap::packet(sender, message.framing, &message.octets, from, to),
    }
}

/// The messages with the name that Wireshark is to give them.
fn all() -> Vec<(Frame, String, &'static str)> {
    let cell = CellId { plmn: "208-01".parse().unwrap(), tac: 100, cell: 1 };
    let mut all = Vec::new();
    for rat in [Rat::Eutran, Rat::Gsm] {
        let mut encoder = Encoder::new(rat, cell);
        for message in samples::up() {
            let octets = encoder.up(&message);
            let shown = format!("{rat:?} {message}: {}", hex::encode(&octets.octets));
            all.push((frame(all.len(), Side::Mobile, &octets), shown, expected::up(rat, &message)));
        }
        for message in samples::down() {
            let octets = encoder.down(&message);
            let shown = format!("{rat:?} {message}: {}", hex::encode(&octets.octets));
            all.push((frame(all.len(), Side::Network, &octets), shown, expected::down(rat, &message)));
        }
    }
    all
}

#[test]
fn every_message_is_what_it_is_to_another_reader() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.pcapng");
    let all = all();
    let mut section = Section::new("2026-03-14T08:00:00Z".parse().unwrap(), "every message");
    all.iter().for_each(|(frame, _, _)| section.push(frame));
    std::fs::write(&file, section.take()).unwrap();
    let fields = ["_ws.col.Info", "_ws.malformed", "_ws.expert.message"];
    let Some(seen) = dissect(&file, &fields) else { return };
    assert_eq!(seen.len(), all.len());
    let mut wrong = Vec::new();
    for (line, (_, shown, name)) in seen.iter().zip(&all) {
        let complaint: Vec<&str> =
            line[1..].iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        if !line[0].contains(name) || !complaint.is_empty() {
            wrong.push(format!("{shown}\n    is \"{}\", not \"{name}\" {complaint:?}", line[0]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}
