//! Commands, then PPP and TCP, on a channel of the multiplexer.

use crate::channels::Channels;
use crate::dissect::{self, Seen};
use crate::ppp::exchange;
use crate::table::{Line, Table};
use wire::cmux::{Decoder, Received};

/// Frames as they stood on the line, found by their length fields.
fn frames(crossed: &[(bool, Vec<u8>)]) -> Vec<(bool, Vec<u8>)> {
    let mut decoders = [Decoder::new(2048), Decoder::new(2048)];
    let mut frames = Vec::new();
    for (from_host, octets) in crossed {
        let decoder = &mut decoders[usize::from(*from_host)];
        decoder.push(octets);
        while let Some(received) = decoder.next() {
            match received {
                Received::Frame(frame) => frames.push((*from_host, frame.encode())),
                Received::Fill => {}
                Received::Refused(why) => panic!("{why}"),
            }
        }
        assert_eq!(decoder.noise(), 0);
    }
    frames
}

/// Commands and a data call on a channel, twice.
fn converse(command: &str) -> Channels {
    let mut channel = Channels::open(Table::new("modem-a"), command);
    channel.command("ATE0");
    for _ in 0..2 {
        assert!(channel.signals().rtc() && channel.signals().rtr() && channel.signals().dv());
        exchange(&mut channel);
        assert!(channel.command("AT+CIMI").contains("208010000000001"));
    }
    channel
}

#[test]
fn a_foreign_multiplexer_carries_commands_and_data() {
    for command in ["AT+CMUX=0", "AT+CMUX=0,0,5,127"] {
        converse(command);
    }
}

#[test]
fn every_frame_of_the_multiplexer_dissects_as_what_it_is() {
    let channels = converse("AT+CMUX=0,0,5,127");
    let frames = frames(&channels.crossed);
    let Some(seen) = dissect::mux(&frames) else { return };
    assert_eq!(seen.len(), frames.len());
    for Seen { protocols, info, complaint, .. } in &seen {
        assert!(protocols.ends_with("mux27010") && complaint.is_empty(), "{protocols} {info}: {complaint}");
    }
    for text in
        ["(SABM)", "(UA)", "(UIH) Modem Status Command (Command)", "(UIH) Modem Status Command (Response)"]
    {
        assert!(seen.iter().any(|seen| seen.info.starts_with(text)), "no {text}");
    }
    // A frame that was bent is one that the dissector complains of.
    let mut bent = frames[0].clone();
    let check = bent.1.len() - 2;
    bent.1[check] ^= 1;
    assert!(dissect::mux(&[bent]).is_some_and(|seen| !seen[0].complaint.is_empty()));
}
