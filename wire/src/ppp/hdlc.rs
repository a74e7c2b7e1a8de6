//! Frames on an asynchronous line (RFC 1662).
//!
//! Address and control, or the first octet of the protocol, may be missing from what is received, whether that was
//! negotiated or not; a frame that is sent leaves them out only where the peer has agreed, and never with LCP.

use super::fcs::{fcs, is_good};
use super::protocol;
use std::collections::VecDeque;

const FLAG: u8 = 0x7e;
const ESCAPE: u8 = 0x7d;
const COMPLEMENT: u8 = 0x20;
const ADDRESS: u8 = 0xff;
const CONTROL: u8 = 0x03;
/// Every control character is escaped, as before any negotiation.
const ALL: u32 = 0xffff_ffff;

/// A protocol number and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Protocol number.
    pub protocol: u16,
    /// Information field.
    pub information: Vec<u8>,
}

/// How a frame is written, as the peer has asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// The control characters that are escaped, one bit each.
    pub accm: u32,
    /// A protocol number below 256 takes one octet.
    pub compress_protocol: bool,
    /// Address and control are left out.
    pub compress_address: bool,
}

impl Default for Framing {
    /// As before any negotiation.
    fn default() -> Self {
        Self { accm: ALL, compress_protocol: false, compress_address: false }
    }
}

impl Framing {
    /// The octets of a frame, with both flags.
    #[must_use]
    pub fn encode(&self, frame: &Frame) -> Vec<u8> {
        let framing = if frame.protocol == protocol::LCP { Self::default() } else { *self };
        let mut octets = Vec::with_capacity(frame.information.len() + 6);
        if !framing.compress_address {
            octets.extend([ADDRESS, CONTROL]);
        }
        let [high, low] = frame.protocol.to_be_bytes();
        if high != 0 || !framing.compress_protocol {
            octets.push(high);
        }
        octets.push(low);
        octets.extend(&frame.information);
        octets.extend(fcs(&octets));
        let mut sent = vec![FLAG];
        for octet in octets {
            let control = octet < 0x20 && framing.accm & (1 << octet) != 0;
            if control || matches!(octet, FLAG | ESCAPE) {
                sent.extend([ESCAPE, octet ^ COMPLEMENT]);
            } else {
                sent.push(octet);
            }
        }
        sent.push(FLAG);
        sent
    }
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deframed {
    /// A frame.
    Frame(Frame),
    /// Octets between two flags that are no frame.
    Spoiled(Spoiled),
}

/// Why octets between two flags are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Spoiled {
    /// Shorter than a protocol number and a check sequence.
    #[error("{0} octets are too short for a frame")]
    TooShort(usize),
    /// Longer than this end takes.
    #[error("the frame is longer than {0} octets")]
    TooLong(usize),
    /// The check sequence does not fit.
    #[error("the frame check sequence is wrong")]
    CheckSequence,
    /// The sender gave the frame up: an escape before the flag.
    #[error("the sender gave the frame up")]
    Aborted,
    /// The protocol number is cut off or even.
    #[error("the protocol number is not well-formed")]
    Protocol,
}

/// Takes a stream of octets apart. How the stream is cut into pieces makes no difference.
#[derive(Clone, Debug)]
pub struct Deframer {
    input: VecDeque<u8>,
    collected: Vec<u8>,
    escaped: bool,
    too_long: bool,
    /// A flag has been seen: what comes before it is no frame.
    open: bool,
    longest: usize,
    /// Control characters that a line may have put in, and that the peer would have escaped.
    accm: u32,
}

impl Deframer {
    /// A deframer that takes information fields up to this length.
    #[must_use]
    pub const fn new(longest: usize) -> Self {
        Self {
            input: VecDeque::new(),
            collected: Vec::new(),
            escaped: false,
            too_long: false,
            open: false,
            // Address, control, protocol and check sequence.
            longest: longest.saturating_add(6),
            accm: 0,
        }
    }

    /// Sets which control characters are taken out, since the peer escapes those that it means (RFC 1662 7.1).
    pub const fn drop_control_characters(&mut self, accm: u32) {
        self.accm = accm;
    }

    /// Takes octets from the line; [`Self::next`] gives what they make.
    pub fn push(&mut self, octets: &[u8]) {
        self.input.extend(octets);
    }

    /// What came next; `None` when more octets are needed.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: more octets may come")]
    pub fn next(&mut self) -> Option<Deframed> {
        loop {
            let octet = self.input.pop_front()?;
            if octet == FLAG {
                if let Some(deframed) = self.end() {
                    return Some(deframed);
                }
            } else if self.open {
                self.collect(octet);
            }
        }
    }

    fn collect(&mut self, octet: u8) {
        if octet < 0x20 && self.accm & (1 << octet) != 0 {
            return;
        }
        if octet == ESCAPE {
            self.escaped = true;
            return;
        }
        let octet = if std::mem::take(&mut self.escaped) { octet ^ COMPLEMENT } else { octet };
        if self.collected.len() < self.longest {
            self.collected.push(octet);
        } else {
            self.too_long = true;
        }
    }

    fn end(&mut self) -> Option<Deframed> {
        let octets = std::mem::take(&mut self.collected);
        let aborted = std::mem::take(&mut self.escaped);
        let too_long = std::mem::take(&mut self.too_long);
        self.open = true;
        if octets.is_empty() && !aborted {
            return None;
        }
        let frame = match (aborted, too_long) {
            (true, _) => Err(Spoiled::Aborted),
            (false, true) => Err(Spoiled::TooLong(self.longest)),
            (false, false) => Frame::parse(&octets),
        };
        Some(frame.map_or_else(Deframed::Spoiled, Deframed::Frame))
    }
}

impl Frame {
    /// Reads what stood between two flags, escapes resolved.
    fn parse(octets: &[u8]) -> Result<Self, Spoiled> {
        let length = octets.len().checked_sub(2).filter(|length| *length > 0);
        let length = length.ok_or(Spoiled::TooShort(octets.len()))?;
        if !is_good(octets) {
            return Err(Spoiled::CheckSequence);
        }
        let body = octets.get(..length).unwrap_or_default();
        let body = body.strip_prefix(&[ADDRESS, CONTROL]).unwrap_or(body);
        let (protocol, information) = match body {
            [only, rest @ ..] if only & 1 == 1 => (u16::from(*only), rest),
            [high, low, rest @ ..] if low & 1 == 1 => (u16::from_be_bytes([*high, *low]), rest),
            _ => return Err(Spoiled::Protocol),
        };
        Ok(Self { protocol, information: information.to_vec() })
    }
}

#[cfg(test)]
mod tests;
