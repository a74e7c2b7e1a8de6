//! A stream of octets taken apart into frames (TS 27.010 5.2.6).
//!
//! The basic option is not transparent: a flag may stand inside a frame, so the length field decides where a frame
//! ends. When something does not fit, the flag that seemed to open the frame is given up and the search goes on with
//! the octet behind it: a frame that is whole is found whatever came before. The closing flag of one frame may be the
//! opening flag of the next.

use super::FLAG;
use super::fcs::fcs;
use super::frame::{Frame, Kind};
use std::collections::VecDeque;

const EA: u8 = 0x01;

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A frame.
    Frame(Frame),
    /// A flag where a frame could begin, but none did: fill between frames, or the peer wakes this end (5.4.7).
    Fill,
    /// Octets that looked like a frame and are none.
    Refused(Refused),
}

/// Why octets after a flag are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The address field has a second octet, which TS 27.010 does not know.
    #[error("the address field does not end after one octet")]
    Address,
    /// The control field is of no kind of frame of this option.
    #[error("control field {0:#04x} is unknown")]
    Control(u8),
    /// More than this end takes.
    #[error("an information field of {0} octets is too long")]
    TooLong(usize),
    /// The check sequence does not fit.
    #[error("the frame check sequence is wrong")]
    CheckSequence,
    /// What follows the check sequence is no flag.
    #[error("the closing flag is missing")]
    NoClosingFlag,
}

enum Step {
    More,
    Refused(Refused),
    Frame { frame: Frame, octets: usize },
}

/// Takes a stream apart. How the stream is cut into pieces makes no difference.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// Octets from a flag on, or nothing.
    buffer: VecDeque<u8>,
    input: VecDeque<u8>,
    longest: usize,
    noise: u64,
}

impl Decoder {
    /// A decoder that takes information fields up to this length.
    #[must_use]
    pub const fn new(longest: usize) -> Self {
        Self { buffer: VecDeque::new(), input: VecDeque::new(), longest, noise: 0 }
    }

    /// Takes octets from the line; [`Self::next`] gives what they make.
    pub fn push(&mut self, octets: &[u8]) {
        self.input.extend(octets);
    }

    /// How many octets stood outside of any frame.
    #[must_use]
    pub const fn noise(&self) -> u64 {
        self.noise
    }

    /// What has not been looked at, for the one who reads the line after the multiplexer has ended.
    #[must_use]
    pub fn into_rest(self) -> Vec<u8> {
        // The closing flag of the last frame is no octet of anything else.
        let begun = if self.buffer.len() > 1 { self.buffer } else { VecDeque::new() };
        begun.into_iter().chain(self.input).collect()
    }

    /// What came next; `None` when more octets are needed.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: more octets may come")]
    pub fn next(&mut self) -> Option<Received> {
        loop {
            let octet = self.input.pop_front()?;
            match (self.buffer.len(), octet) {
                (0, FLAG) => self.buffer.push_back(octet),
                (0, _) => self.noise += 1,
                (1, FLAG) => return Some(Received::Fill),
                _ => {
                    self.buffer.push_back(octet);
                    if let Some(received) = self.look() {
                        return Some(received);
                    }
                }
            }
        }
    }

    fn look(&mut self) -> Option<Received> {
        match self.step() {
            Step::More => None,
            Step::Frame { frame, octets } => {
                // The closing flag stays: it may open the next frame.
                self.buffer.drain(..octets - 1);
                Some(Received::Frame(frame))
            }
            Step::Refused(why) => {
                let again: Vec<u8> = self.buffer.drain(..).skip(1).collect();
                self.noise += 1;
                for octet in again.into_iter().rev() {
                    self.input.push_front(octet);
                }
                Some(Received::Refused(why))
            }
        }
    }

    /// Looks at what has been collected since the opening flag.
    fn step(&self) -> Step {
        let at = |place: usize| self.buffer.get(place).copied();
        let Some(address) = at(1) else { return Step::More };
        if address & EA == 0 {
            return Step::Refused(Refused::Address);
        }
        let Some(control) = at(2) else { return Step::More };
        let Some(kind) = Kind::from_control(control) else { return Step::Refused(Refused::Control(control)) };
        let Some(first) = at(3) else { return Step::More };
        let (length, header) = match (first & EA, at(4)) {
            (EA, _) => (usize::from(first >> 1), 3),
            (_, Some(second)) => (usize::from(first >> 1) | usize::from(second) << 7, 4),
            (_, None) => return Step::More,
        };
        if length > self.longest {
            return Step::Refused(Refused::TooLong(length));
        }
        let checked = if kind.checks_information() { header + length } else { header };
        let end = 1 + header + length;
        let (Some(check), Some(closing)) = (at(end), at(end + 1)) else { return Step::More };
        let octets: Vec<u8> = self.buffer.iter().skip(1).take(header + length).copied().collect();
        if fcs(octets.get(..checked).unwrap_or_default()) != check {
            return Step::Refused(Refused::CheckSequence);
        }
        if closing != FLAG {
            return Step::Refused(Refused::NoClosingFlag);
        }
        let information = octets.get(header..).unwrap_or_default().to_vec();
        let frame = Frame {
            dlci: address >> 2,
            command_response: address & 0x02 != 0,
            kind,
            poll_final: control & 0x10 != 0,
            information,
        };
        Step::Frame { frame, octets: end + 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Role, control};
    use super::*;
    use crate::seed::{Rng, Seed};

    fn all(octets: &[u8], cuts: &[usize]) -> Vec<Received> {
        let mut decoder = Decoder::new(64);
        let mut received = Vec::new();
        let mut rest = octets;
        for cut in cuts {
            let (head, tail) = rest.split_at((*cut).min(rest.len()));
            decoder.push(head);
            received.extend(std::iter::from_fn(|| decoder.next()));
            rest = tail;
        }
        decoder.push(rest);
        received.extend(std::iter::from_fn(|| decoder.next()));
        received
    }

    fn random_frame(rng: &mut Rng) -> Frame {
        let kinds = [Kind::Sabm, Kind::Ua, Kind::Dm, Kind::Disc, Kind::Uih, Kind::Ui];
        let kind = kinds[rng.below(6) as usize];
        let length = if rng.chance(300) { rng.below(65) } else { rng.below(6) };
        Frame {
            // The address of DLCI 62 can be a flag: that is why it is reserved.
            dlci: rng.below(62) as u8,
            command_response: rng.chance(500),
            kind,
            poll_final: rng.chance(500),
            information: (0..length)
                .map(|_| if rng.chance(200) { FLAG } else { rng.below(256) as u8 })
                .collect(),
        }
    }

    #[test]
    fn frames_come_out_the_same_wherever_the_stream_is_cut() {
        let mut rng = Seed(1).rng();
        for round in 0..200 {
            let frames: Vec<Frame> = (0..5).map(|_| random_frame(&mut rng)).collect();
            let octets: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
            let cuts: Vec<usize> = (0..40).map(|_| rng.below(9) as usize).collect();
            let want = all(&octets, &[]);
            let got: Vec<Frame> = want.iter().filter_map(frame_of).collect();
            assert_eq!(got, frames, "round {round}");
            assert_eq!(all(&octets, &cuts), want, "round {round}");
        }
    }

    fn frame_of(received: &Received) -> Option<Frame> {
        match received {
            Received::Frame(frame) => Some(frame.clone()),
            Received::Fill | Received::Refused(_) => None,
        }
    }

    #[test]
    fn garbage_before_a_frame_does_not_hide_it() {
        let mut rng = Seed(2).rng();
        let frame = Frame::data(Role::Initiator, 1, b"AT\r".to_vec());
        for round in 0..20_000 {
            let count = rng.below(30);
            let garbage = (0..count).map(|_| if rng.chance(250) { FLAG } else { rng.below(256) as u8 });
            // A peer that was not heard repeats itself: what garbage has begun ends in the repetitions.
            let mut octets: Vec<u8> = garbage.collect();
            for _ in 0..9 {
                octets.extend(frame.encode());
            }
            let got = all(&octets, &[]);
            let found = got.iter().filter(|received| **received == Received::Frame(frame.clone())).count();
            assert!(found >= 7, "round {round}: {found} of 9 in {}", hex::encode(&octets));
        }
    }

    #[test]
    fn one_flag_between_two_frames_is_enough() {
        let octets = hex::decode("f9033f011cf9073f01def9").unwrap();
        let got: Vec<u8> = all(&octets, &[]).iter().filter_map(frame_of).map(|frame| frame.dlci).collect();
        assert_eq!(got, [0, 1]);
    }

    #[test]
    fn what_is_no_frame_is_told_with_its_reason() {
        for (octets, why) in [
            ("f9033f011df9", Refused::CheckSequence),
            ("f9033f011c00", Refused::NoClosingFlag),
            ("f9023f01", Refused::Address),
            ("f9030001", Refused::Control(0)),
            ("f903ef83", Refused::TooLong(65)),
        ] {
            let got = all(&hex::decode(octets).unwrap(), &[]);
            assert_eq!(got.first(), Some(&Received::Refused(why)), "{octets}");
        }
    }

    #[test]
    fn fill_is_told_and_text_is_noise() {
        assert_eq!(all(&[FLAG; 4], &[]), vec![Received::Fill; 3]);
        let mut decoder = Decoder::new(31);
        decoder.push(b"AT+CMUX?\r");
        assert_eq!(decoder.next(), None);
        assert_eq!(decoder.noise(), 9);
    }

    #[test]
    fn no_octets_make_it_panic() {
        let mut rng = Seed(3).rng();
        let mut decoder = Decoder::new(1500);
        for _ in 0..100_000 {
            let octets = rng.octets::<3>();
            decoder.push(&octets);
            while let Some(received) = decoder.next() {
                if let Received::Frame(frame) = received {
                    let _ = control::ControlMessage::parse_all(&frame.information);
                }
            }
        }
    }
}
