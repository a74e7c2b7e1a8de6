//! PPP: a stream gives the same frames however it is cut; packets, options and credentials never panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::ppp::{Deframed, Deframer, Packet, chap, pap};

fn deframed(parts: &[&[u8]]) -> Vec<Deframed> {
    let mut deframer = Deframer::new(1500);
    let mut deframed = Vec::new();
    for part in parts {
        deframer.push(part);
        deframed.extend(std::iter::from_fn(|| deframer.next()));
    }
    deframed
}

fuzz_target!(|octets: &[u8]| {
    let [cut, stream @ ..] = octets else { return };
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(deframed(&[stream]), deframed(&[head, tail]));
    if let Ok(packet) = Packet::parse(stream) {
        assert_eq!(Packet::parse(&packet.encode()).as_ref(), Ok(&packet));
        let _ = packet.options();
    }
    let _ = (chap::Value::parse(stream), pap::Credentials::parse(stream));
});
