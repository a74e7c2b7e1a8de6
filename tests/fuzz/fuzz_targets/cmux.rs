//! The multiplexer: a stream gives the same frames however it is cut, and a frame that was read is written the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::cmux::{ControlMessage, Decoder, Received};

fn received(parts: &[&[u8]]) -> Vec<Received> {
    let mut decoder = Decoder::new(1500);
    let mut received = Vec::new();
    for part in parts {
        decoder.push(part);
        received.extend(std::iter::from_fn(|| decoder.next()));
    }
    received
}

fuzz_target!(|octets: &[u8]| {
    let [cut, stream @ ..] = octets else { return };
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    let whole = received(&[stream]);
    assert_eq!(whole, received(&[head, tail]));
    for frame in whole {
        if let Received::Frame(frame) = frame {
            let again = received(&[&frame.encode()]);
            assert!(again.contains(&Received::Frame(frame.clone())), "{frame:?} -> {again:?}");
            let _ = ControlMessage::parse_all(&frame.information);
        }
    }
    let _ = ControlMessage::parse_all(stream);
});
