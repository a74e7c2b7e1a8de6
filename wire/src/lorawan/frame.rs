//! PHYPayload: which frame it is, and whether its shape is right (LoRaWAN 1.0.2 clauses 4.1 to 4.3).
//!
//! Parsing checks shape only. Whether the MIC fits is asked of the frame with a key, and payload limits belong to the
//! region and data rate.

use super::address::DevAddr;
use super::crypto::Direction;
use super::data::DataFrame;
use super::join::{JoinAcceptFrame, JoinRequestFrame};
use crate::id::Eui64;

/// MHDR of a join-request.
pub const MHDR_JOIN_REQUEST: u8 = 0x00;
/// MHDR of a join-accept.
pub const MHDR_JOIN_ACCEPT: u8 = 0x20;
/// The longest PHYPayload that a LoRa radio can send.
pub const MAX_PHY_PAYLOAD: usize = 255;

/// A PHYPayload whose shape is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// MType 000.
    JoinRequest(JoinRequestFrame),
    /// MType 001, still encrypted.
    JoinAccept(JoinAcceptFrame),
    /// MType 010 to 101, the payload still encrypted.
    Data(DataFrame),
    /// MType 111: the body after the MHDR, which has no MIC and no agreed shape.
    Proprietary(Vec<u8>),
}

/// Why a PHYPayload is dropped before any key is tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No octet at all.
    #[error("the frame is empty")]
    Empty,
    /// More than a radio can send.
    #[error("the frame has {0} octets, more than 255")]
    TooLong(usize),
    /// The Major field is not LoRaWAN R1.
    #[error("major version {0} is not LoRaWAN R1")]
    Major(u8),
    /// MType 110 is reserved in 1.0.2.
    #[error("message type 110 is reserved in LoRaWAN 1.0.2")]
    ReservedType,
    /// A join-request has exactly 23 octets.
    #[error("a join-request has 23 octets, not {0}")]
    JoinRequestLength(usize),
    /// A join-accept has 17 or 33 octets.
    #[error("a join-accept has 17 or 33 octets, not {0}")]
    JoinAcceptLength(usize),
    /// A data frame has at least 12 octets.
    #[error("a data frame has at least 12 octets, not {0}")]
    DataTooShort(usize),
    /// FOptsLen reaches beyond the frame.
    #[error("FOptsLen is {announced}, but only {available} octets follow")]
    FOptsOverrun {
        /// What FCtrl says.
        announced: usize,
        /// What lies between FCnt and MIC.
        available: usize,
    },
    /// MAC commands in FOpts and on FPort 0: the receiver ignores the frame (clause 5).
    #[error("MAC commands both in FOpts and on FPort 0")]
    MacCommandsTwice,
    /// FPort 225 to 255.
    #[error("FPort {0} is reserved in LoRaWAN 1.0.2")]
    ReservedPort(u8),
}

impl Frame {
    /// Reads a PHYPayload as it came from the radio.
    ///
    /// # Errors
    /// One [`FrameError`] per way to be wrong. The RFU bits of the MHDR are ignored, as the text asks.
    pub fn parse(octets: &[u8]) -> Result<Self, FrameError> {
        let (mhdr, body) = octets.split_first().ok_or(FrameError::Empty)?;
        if octets.len() > MAX_PHY_PAYLOAD {
            return Err(FrameError::TooLong(octets.len()));
        }
        if mhdr & 0x03 != 0 {
            return Err(FrameError::Major(mhdr & 0x03));
        }
        match mhdr >> 5 {
            0 => JoinRequestFrame::parse(octets).map(Self::JoinRequest),
            1 => JoinAcceptFrame::parse(octets).map(Self::JoinAccept),
            2 => DataFrame::parse(octets, Direction::Up, false).map(Self::Data),
            3 => DataFrame::parse(octets, Direction::Down, false).map(Self::Data),
            4 => DataFrame::parse(octets, Direction::Up, true).map(Self::Data),
            5 => DataFrame::parse(octets, Direction::Down, true).map(Self::Data),
            6 => Err(FrameError::ReservedType),
            _ => Ok(Self::Proprietary(body.to_vec())),
        }
    }
}

/// Who a frame to a server says that it is from. Nothing else of the frame is looked at, and nothing of it is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A join-request of this device (clause 6.2.4).
    Joins(Eui64),
    /// An uplink of this address (clause 4.3.1).
    Sends(DevAddr),
}

impl Claim {
    /// None for what does not go to a server, and for what is too short to say.
    #[must_use]
    pub fn of(octets: &[u8]) -> Option<Self> {
        let (mhdr, body) = octets.split_first()?;
        match mhdr >> 5 {
            // After the AppEUI.
            0 => body.get(8..)?.first_chunk().map(|eui| Self::Joins(Eui64::from_air(*eui))),
            2 | 4 => body.first_chunk().map(|address| Self::Sends(DevAddr::from_wire(*address))),
            _ => None,
        }
    }
}

/// The `N` octets of `octets` from `at` on. Callers have checked the length; a short slice gives zeros.
pub(super) fn field<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    octets.get(at..at + N).and_then(|part| part.try_into().ok()).unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn every_way_to_be_wrong_has_its_error() {
        let rows: &[(&str, FrameError)] = &[
            ("", FrameError::Empty),
            ("41da1b01268000008b4fa2f4", FrameError::Major(1)),
            ("c0da1b01268000008b4fa2f4", FrameError::ReservedType),
            ("00010000d07ed5b3703c2b1a000ba304003412343ce7", FrameError::JoinRequestLength(22)),
            ("2073e31c43bb5e4edc0f5a59d8051b901f00", FrameError::JoinAcceptLength(18)),
            ("40da1b01268000008b4fa2", FrameError::DataTooShort(11)),
            ("40da1b01268100008b4fa2f4", FrameError::FOptsOverrun { announced: 1, available: 0 }),
            ("40da1b012681000002008b4fa2f4", FrameError::MacCommandsTwice),
            ("40da1b0126800000e1008b4fa2f4", FrameError::ReservedPort(225)),
        ];
        for (hex, want) in rows {
            assert_eq!(Frame::parse(&hex::decode(hex).unwrap()).as_ref(), Err(want), "{hex}");
        }
        assert_eq!(Frame::parse(&[0xe0; 256]), Err(FrameError::TooLong(256)));
        assert_eq!(Frame::parse(&[0xe0, 1, 2]), Ok(Frame::Proprietary(vec![1, 2])));
    }

    #[test]
    fn a_claim_is_what_the_whole_frame_says() {
        let rows = [
            "00010000d07ed5b3703c2b1a000ba304003412343ce7a5",
            "2073e31c43bb5e4edc0f5a59d8051b901f",
            "40da1b01268000008b4fa2f4",
            "60da1b01268000008b4fa2f4",
            "80da1b01268000008b4fa2f4",
            "e00102",
        ];
        for hex in rows {
            let octets = hex::decode(hex).unwrap();
            let read = match Frame::parse(&octets).unwrap() {
                Frame::JoinRequest(frame) => Some(Claim::Joins(frame.request().dev_eui)),
                Frame::Data(frame) if frame.direction() == Direction::Up => {
                    Some(Claim::Sends(frame.dev_addr()))
                }
                Frame::JoinAccept(_) | Frame::Data(_) | Frame::Proprietary(_) => None,
            };
            assert_eq!(Claim::of(&octets), read, "{hex}");
            let said = [0, 1, 4, 16].map(|length| octets.get(..length).and_then(Claim::of));
            assert_eq!(said, [None; 4], "{hex} cut short");
        }
    }

    #[test]
    fn garbage_is_refused_or_read_and_never_panics() {
        let mut rng = Seed(1).child("lorawan-frames").rng();
        let key = crate::id::Key::new([7; 16]);
        let keys = super::super::SessionKeys { nwk_s_key: key.clone(), app_s_key: key.clone() };
        for _ in 0..5000 {
            let octets: [u8; 64] = rng.octets();
            let length = rng.below(65) as usize;
            match Frame::parse(&octets[..length]) {
                Ok(Frame::Data(frame)) => {
                    assert_eq!(frame.octets(), &octets[..length]);
                    assert!(frame.open(&keys, 1).is_err());
                }
                Ok(Frame::JoinRequest(frame)) => assert!(!frame.is_authentic(&key)),
                Ok(Frame::JoinAccept(frame)) => assert!(frame.open(&key).is_err()),
                Ok(Frame::Proprietary(_)) | Err(_) => {}
            }
        }
    }
}
