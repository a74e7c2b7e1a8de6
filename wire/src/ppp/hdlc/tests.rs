//! Frames against the octets that other implementations send.

use super::*;
use crate::seed::{Rng, Seed};

fn all(deframer: &mut Deframer, octets: &[u8]) -> Vec<Deframed> {
    deframer.push(octets);
    std::iter::from_fn(|| deframer.next()).collect()
}

/// Configure-Request of pppd: `<asyncmap 0x0> <magic …> <pcomp> <accomp>`, every control character escaped.
const PPPD_FRAME: &str =
    "7eff7d23c0217d217d217d207d347d227d267d207d207d207d207d257d262f7c7d3a937d277d227d287d22";

fn pppd_frame() -> (Vec<u8>, Frame) {
    let information = hex::decode("0101001402060000000005062f7c1a9307020802").unwrap();
    let frame = Frame { protocol: protocol::LCP, information };
    let octets = Framing { accm: 0, compress_protocol: true, compress_address: true }.encode(&frame);
    (octets, frame)
}

#[test]
fn lcp_is_sent_with_everything_escaped_and_nothing_left_out() {
    let (octets, frame) = pppd_frame();
    assert!(hex::encode(&octets).starts_with(PPPD_FRAME), "{}", hex::encode(&octets));
    assert_eq!(all(&mut Deframer::new(1500), &octets), [Deframed::Frame(frame)]);
}

#[test]
fn fields_are_left_out_where_the_peer_agreed() {
    let frame = Frame { protocol: protocol::IPV4, information: vec![0x45, 0x11, 0x7e, 0x7d, 0x03] };
    for (framing, start) in [
        (Framing::default(), "7eff7d237d2021457d317d5e7d5d7d23"),
        (Framing { accm: 0, ..Framing::default() }, "7eff03002145117d5e7d5d03"),
        (Framing { accm: 1 << 0x11, ..Framing::default() }, "7eff030021457d317d5e7d5d03"),
        (Framing { accm: 0, compress_protocol: true, compress_address: false }, "7eff032145117d5e"),
        (Framing { accm: 0, compress_protocol: true, compress_address: true }, "7e2145117d5e7d5d03"),
    ] {
        let octets = framing.encode(&frame);
        assert!(hex::encode(&octets).starts_with(start), "{framing:?}: {}", hex::encode(&octets));
        assert_eq!(all(&mut Deframer::new(1500), &octets), [Deframed::Frame(frame.clone())], "{framing:?}");
    }
}

#[test]
fn what_is_no_frame_is_told_with_its_reason() {
    let (good, _) = pppd_frame();
    let mut bent = good.clone();
    bent[10] ^= 1;
    let mut given_up = good[..20].to_vec();
    given_up.extend([ESCAPE, FLAG]);
    let long = Framing::default().encode(&Frame { protocol: 0x21, information: vec![0x55; 20] });
    // The check sequence is right, the protocol number is even in its last octet.
    let mut even = vec![0xff, 0x03, 0x00, 0x20, 0x45];
    even.extend(fcs(&even));
    let even = [&[FLAG], even.as_slice(), &[FLAG]].concat();
    for (octets, why) in [
        (bent, Spoiled::CheckSequence),
        (given_up, Spoiled::Aborted),
        (vec![FLAG, 0x55, 0x55, FLAG], Spoiled::TooShort(2)),
        (long, Spoiled::TooLong(16)),
        (even, Spoiled::Protocol),
    ] {
        let mut deframer = Deframer::new(if why == Spoiled::TooLong(16) { 10 } else { 1500 });
        assert_eq!(all(&mut deframer, &octets), [Deframed::Spoiled(why)], "{}", hex::encode(&octets));
        let (_, frame) = pppd_frame();
        if why != Spoiled::TooLong(16) {
            assert_eq!(all(&mut deframer, &good), [Deframed::Frame(frame)], "after {why:?}");
        }
    }
}

#[test]
fn what_comes_before_the_first_flag_is_no_frame() {
    let (good, frame) = pppd_frame();
    let octets = [b"CONNECT\r\n".as_slice(), &good].concat();
    assert_eq!(all(&mut Deframer::new(1500), &octets), [Deframed::Frame(frame)]);
}

#[test]
fn control_characters_that_a_line_put_in_are_taken_out() {
    let (good, frame) = pppd_frame();
    let mut octets = good;
    octets.insert(5, 0x11);
    octets.insert(9, 0x13);
    let mut deframer = Deframer::new(1500);
    assert_eq!(all(&mut deframer, &octets), [Deframed::Spoiled(Spoiled::CheckSequence)]);
    deframer.drop_control_characters(ALL);
    assert_eq!(all(&mut deframer, &octets), [Deframed::Frame(frame)]);
}

fn random_frame(rng: &mut Rng) -> Frame {
    let protocols = [protocol::IPV4, protocol::LCP, protocol::IPCP, protocol::IPV6];
    let length = rng.below(40);
    Frame {
        protocol: protocols[rng.below(4) as usize],
        information: (0..length)
            .map(|_| if rng.chance(200) { 0x7d + rng.below(2) as u8 } else { rng.below(256) as u8 })
            .collect(),
    }
}

#[test]
fn frames_come_out_the_same_wherever_the_stream_is_cut() {
    let mut rng = Seed(1).rng();
    for round in 0..500 {
        let frames: Vec<Frame> = (0..5).map(|_| random_frame(&mut rng)).collect();
        let framing = Framing {
            accm: rng.below(1 << 32) as u32,
            compress_protocol: rng.chance(500),
            compress_address: rng.chance(500),
        };
        let octets: Vec<u8> = frames.iter().flat_map(|frame| framing.encode(frame)).collect();
        let want: Vec<Deframed> = frames.into_iter().map(Deframed::Frame).collect();
        let mut deframer = Deframer::new(1500);
        let mut got = Vec::new();
        let mut rest = octets.as_slice();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at((1 + rng.below(9) as usize).min(rest.len()));
            got.extend(all(&mut deframer, head));
            rest = tail;
        }
        assert_eq!(got, want, "round {round}");
    }
}

#[test]
fn no_octets_make_it_panic() {
    let mut rng = Seed(2).rng();
    let mut deframer = Deframer::new(64);
    for _ in 0..100_000 {
        let mut octets = rng.octets::<4>();
        if rng.chance(200) {
            octets[0] = FLAG;
        }
        for deframed in all(&mut deframer, &octets) {
            if let Deframed::Frame(frame) = deframed {
                let _ = super::super::Packet::parse(&frame.information).map(|packet| packet.options());
            }
        }
    }
}
