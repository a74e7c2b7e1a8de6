//! Data frames, both ways (LoRaWAN 1.0.2 clauses 4.3 and 4.4).
//!
//! [`DataMessage`] is the clear value with the 32-bit counter; [`DataMessage::seal`] ciphers it and adds the MIC. A
//! received [`DataFrame`] shows what travels in clear, and opens with the session keys and the recovered counter.
//! FOpts travel in clear in 1.0.2.

use super::address::DevAddr;
use super::crypto::{self, Direction, Mic, SessionKeys};
use super::frame::{FrameError, field};
use crate::id::Key;

const MHDR: usize = 1;
const FHDR_WITHOUT_FOPTS: usize = 7;
const MIC: usize = 4;
const SHORTEST: usize = MHDR + FHDR_WITHOUT_FOPTS + MIC;

/// Up to fifteen octets of MAC commands in the frame header.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Vec<u8>")]
pub struct FOpts(Vec<u8>);

/// More MAC commands than the frame header can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("FOpts holds 15 octets, not {0}")]
pub struct FOptsTooLong(pub usize);

impl FOpts {
    /// The most octets that fit.
    pub const MAX: usize = 15;

    /// FOpts of these octets.
    ///
    /// # Errors
    /// [`FOptsTooLong`] beyond fifteen octets.
    pub fn new(octets: Vec<u8>) -> Result<Self, FOptsTooLong> {
        if octets.len() > Self::MAX { Err(FOptsTooLong(octets.len())) } else { Ok(Self(octets)) }
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Vec<u8>> for FOpts {
    type Error = FOptsTooLong;

    fn try_from(octets: Vec<u8>) -> Result<Self, FOptsTooLong> {
        Self::new(octets)
    }
}

/// FPort and FRMPayload, which come together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PortPayload {
    /// FPort: 0 MAC commands, 1 to 223 application, 224 test protocol.
    pub port: u8,
    /// FRMPayload, which may be empty.
    pub octets: Vec<u8>,
}

/// A data message in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataMessage {
    /// Which way it travels.
    pub direction: Direction,
    /// Whether an acknowledgement is asked for.
    pub confirmed: bool,
    /// The device's address.
    pub dev_addr: DevAddr,
    /// FCtrl bit 7.
    pub adr: bool,
    /// FCtrl bit 6 up; reserved down, where it must be false.
    pub adr_ack_req: bool,
    /// FCtrl bit 5: acknowledges the last confirmed message of the other end.
    pub ack: bool,
    /// FCtrl bit 4: FPending down; class B up.
    pub f_pending: bool,
    /// The whole 32-bit frame counter.
    pub fcnt: u32,
    /// MAC commands in the header.
    pub f_opts: FOpts,
    /// FPort and FRMPayload in clear.
    pub payload: Option<PortPayload>,
}

impl DataMessage {
    /// An empty message: header only, no bit of FCtrl set.
    #[must_use]
    pub fn new(direction: Direction, dev_addr: DevAddr, fcnt: u32) -> Self {
        Self {
            direction,
            confirmed: false,
            dev_addr,
            adr: false,
            adr_ack_req: false,
            ack: false,
            f_pending: false,
            fcnt,
            f_opts: FOpts::default(),
            payload: None,
        }
    }

    /// The MAC commands that the message carries, from FPort 0 or else from FOpts.
    #[must_use]
    pub fn mac_octets(&self) -> &[u8] {
        match &self.payload {
            Some(payload) if payload.port == 0 => &payload.octets,
            Some(_) | None => self.f_opts.as_slice(),
        }
    }

    /// The PHYPayload: ciphered, with MIC. It is not checked against the 255 octets of a radio.
    #[must_use]
    pub fn seal(&self, keys: &SessionKeys) -> Vec<u8> {
        let mut octets = vec![self.mhdr()];
        octets.extend(self.dev_addr.to_wire());
        octets.push(self.fctrl());
        octets.extend((self.fcnt as u16).to_le_bytes());
        octets.extend(self.f_opts.as_slice());
        if let Some(payload) = &self.payload {
            octets.push(payload.port);
            let mut body = payload.octets.clone();
            let key = keys.for_port(payload.port);
            crypto::apply_keystream(key, self.direction, self.dev_addr, self.fcnt, &mut body);
            octets.extend(body);
        }
        let mic = crypto::data_mic(&keys.nwk_s_key, self.direction, self.dev_addr, self.fcnt, &octets);
        octets.extend(mic);
        octets
    }

    const fn mhdr(&self) -> u8 {
        match (self.direction, self.confirmed) {
            (Direction::Up, false) => 0x40,
            (Direction::Down, false) => 0x60,
            (Direction::Up, true) => 0x80,
            (Direction::Down, true) => 0xa0,
        }
    }

    fn fctrl(&self) -> u8 {
        u8::from(self.adr) << 7
            | u8::from(self.adr_ack_req) << 6
            | u8::from(self.ack) << 5
            | u8::from(self.f_pending) << 4
            | self.f_opts.as_slice().len() as u8
    }
}

/// The MIC does not fit the key and the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the MIC does not fit the session key and the frame counter")]
pub struct WrongMic;

/// A received data frame whose shape is right and whose MIC has not been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFrame {
    octets: Vec<u8>,
    direction: Direction,
    confirmed: bool,
}

impl DataFrame {
    pub(super) fn parse(octets: &[u8], direction: Direction, confirmed: bool) -> Result<Self, FrameError> {
        if octets.len() < SHORTEST {
            return Err(FrameError::DataTooShort(octets.len()));
        }
        let frame = Self { octets: octets.to_vec(), direction, confirmed };
        let available = octets.len() - SHORTEST;
        if frame.f_opts_len() > available {
            return Err(FrameError::FOptsOverrun { announced: frame.f_opts_len(), available });
        }
        match frame.port() {
            Some(0) if frame.f_opts_len() > 0 => Err(FrameError::MacCommandsTwice),
            Some(port @ 225..) => Err(FrameError::ReservedPort(port)),
            Some(_) | None => Ok(frame),
        }
    }

    /// The PHYPayload as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Which way it travels.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether an acknowledgement is asked for.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// The address it claims.
    #[must_use]
    pub fn dev_addr(&self) -> DevAddr {
        DevAddr::from_wire(field(&self.octets, 1))
    }

    /// The low half of the frame counter.
    #[must_use]
    pub fn fcnt(&self) -> u16 {
        u16::from_le_bytes(field(&self.octets, 6))
    }

    /// FPort, absent when there is no FRMPayload.
    #[must_use]
    pub fn port(&self) -> Option<u8> {
        self.after_f_opts().first().copied()
    }

    /// MAC commands in the header.
    #[must_use]
    pub fn f_opts(&self) -> &[u8] {
        let start = MHDR + FHDR_WITHOUT_FOPTS;
        self.octets.get(start..start + self.f_opts_len()).unwrap_or_default()
    }

    /// The MIC as received.
    #[must_use]
    pub fn mic(&self) -> Mic {
        field(&self.octets, self.octets.len() - MIC)
    }

    /// Whether the MIC fits the key and the 32-bit counter.
    #[must_use]
    pub fn is_authentic(&self, nwk_s_key: &Key, fcnt: u32) -> bool {
        let message = &self.octets[..self.octets.len() - MIC];
        crypto::data_mic(nwk_s_key, self.direction, self.dev_addr(), fcnt, message) == self.mic()
    }

    /// Checks the MIC and deciphers the payload. `fcnt` is the recovered 32-bit counter.
    ///
    /// # Errors
    /// [`WrongMic`] when key or counter are not those of the sender.
    pub fn open(&self, keys: &SessionKeys, fcnt: u32) -> Result<DataMessage, WrongMic> {
        if self.is_authentic(&keys.nwk_s_key, fcnt) { Ok(self.decipher(keys, fcnt)) } else { Err(WrongMic) }
    }

    /// Deciphers the payload of a frame whose MIC has been checked with these keys and this counter, without doing it again.
    #[must_use]
    pub fn decipher(&self, keys: &SessionKeys, fcnt: u32) -> DataMessage {
        let fctrl = self.fctrl();
        let payload = self.after_f_opts().split_first().map(|(port, body)| {
            let mut octets = body.to_vec();
            crypto::apply_keystream(keys.for_port(*port), self.direction, self.dev_addr(), fcnt, &mut octets);
            PortPayload { port: *port, octets }
        });
        DataMessage {
            direction: self.direction,
            confirmed: self.confirmed,
            dev_addr: self.dev_addr(),
            adr: fctrl & 0x80 != 0,
            adr_ack_req: fctrl & 0x40 != 0,
            ack: fctrl & 0x20 != 0,
            f_pending: fctrl & 0x10 != 0,
            fcnt,
            f_opts: FOpts(self.f_opts().to_vec()),
            payload,
        }
    }

    /// The octets between FOpts and MIC: FPort and FRMPayload, or nothing.
    fn after_f_opts(&self) -> &[u8] {
        let start = MHDR + FHDR_WITHOUT_FOPTS + self.f_opts_len();
        self.octets.get(start..self.octets.len() - MIC).unwrap_or_default()
    }

    fn fctrl(&self) -> u8 {
        field::<1>(&self.octets, 5)[0]
    }

    fn f_opts_len(&self) -> usize {
        usize::from(self.fctrl() & 0x0f)
    }
}

#[cfg(test)]
mod tests;
