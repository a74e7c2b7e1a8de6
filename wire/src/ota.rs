//! Secured packets: what an operator's server and a card send each other over the air.
//!
//! Spec: ETSI TS 102 225 (packets, table 5 for the status of a response) with the SMS dialect of TS 31.115. Ciphering is AES
//! in CBC mode with a zero start value, the checksum an AES-CMAC cut to eight octets; the older DES and the redundancy check
//! are not here. A packet is written from its length on; the user data header that announces it (70 for a command, 71 for a
//! response) belongs to the short message, and is part of the checksum of a response only.

mod refresh;
mod script;
mod security;

pub use refresh::RefreshKind;
pub use script::{Script, ScriptError};
pub use security::{Counter, Proof, ProofWanted, Security};

use crate::id::{Iccid, Key};
use crate::lorawan::crypto::cmac;
use crate::seed::Seed;
use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};

/// Information element of a command packet (TS 31.115 clause 4).
pub const COMMAND_ELEMENT: u8 = 0x70;
/// Information element of a response packet.
pub const RESPONSE_ELEMENT: u8 = 0x71;
/// Remote file management of the USIM (TS 101 220 annex D).
pub const TAR_USIM_FILES: [u8; 3] = [0xb0, 0x00, 0x11];

/// Octets of a checksum.
const CHECKSUM: usize = 8;
/// AES, in the low half of KIc and KID.
const AES: u8 = 2;
const BLOCK: usize = 16;

/// The keys of one key set, and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtaKeys {
    /// Key set, 1 to 15.
    pub index: u8,
    /// For ciphering.
    pub kic: Key,
    /// For the checksum.
    pub kid: Key,
}

impl OtaKeys {
    /// The keys of a card whose lab file gives none: always the same for the same card.
    #[must_use]
    pub fn derived(iccid: &Iccid) -> Self {
        let seed = Seed(0x1022_2500).child(iccid.as_str());
        let key = |name: &str| Key::new(seed.child(name).rng().octets());
        Self { index: 1, kic: key("kic"), kid: key("kid") }
    }

    const fn octet(&self) -> u8 {
        self.index << 4 | AES
    }
}

/// What a response says of its command (table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ResponseStatus(pub u8);

impl ResponseStatus {
    /// The command was carried out.
    pub const OK: Self = Self(0x00);
    /// The checksum is wrong.
    pub const CHECKSUM_FAILED: Self = Self(0x01);
    /// The counter is not above that of the card.
    pub const COUNTER_LOW: Self = Self(0x02);
    /// The counter is further ahead than it may be.
    pub const COUNTER_HIGH: Self = Self(0x03);
    /// What was deciphered makes no sense.
    pub const CIPHERING_ERROR: Self = Self(0x05);
    /// Anything else about security.
    pub const SECURITY_ERROR: Self = Self(0x06);
    /// No application has this TAR.
    pub const UNKNOWN_APPLICATION: Self = Self(0x09);
    /// The application asks for more security.
    pub const INSUFFICIENT_SECURITY: Self = Self(0x0a);

    /// The name of the status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0x00 => "carried out",
            0x01 => "checksum failed",
            0x02 => "counter low",
            0x03 => "counter high",
            0x04 => "counter blocked",
            0x05 => "ciphering error",
            0x06 => "unidentified security error",
            0x07 => "insufficient memory",
            0x08 => "more time needed",
            0x09 => "application unknown",
            0x0a => "insufficient security level",
            _ => "unknown status",
        }
    }
}

/// A command packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandPacket {
    /// How it is secured, and what its response is to be.
    pub security: Security,
    /// The application that it is for.
    pub tar: [u8; 3],
    /// Counter, 40 bits.
    pub counter: u64,
    /// What the application gets.
    pub data: Vec<u8>,
}

/// A command packet as it arrived: what can be read of it without a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCommand {
    /// How it says that it is secured.
    pub security: Security,
    /// KIc and KID: key sets and algorithms.
    pub keys: [u8; 2],
    /// The application that it is for.
    pub tar: [u8; 3],
    length: [u8; 2],
    header: Vec<u8>,
    body: Vec<u8>,
}

impl CommandPacket {
    /// The packet from its length on.
    #[must_use]
    pub fn seal(&self, keys: &OtaKeys) -> Vec<u8> {
        let signature = if self.security.checksum { CHECKSUM } else { 0 };
        let padding = if self.security.ciphered { pad(6 + signature + self.data.len()) } else { 0 };
        let mut data = self.data.clone();
        data.resize(self.data.len() + padding, 0);
        let mut head = vec![13 + signature as u8];
        head.extend(self.security.octets());
        head.extend([keys.octet(), keys.octet()]);
        head.extend(self.tar);
        let counter = counter_field(self.counter, padding);
        let length = ((head.len() + counter.len() + signature + data.len()) as u16).to_be_bytes();
        let sum = cmac(&keys.kid, &[&length[..], &head, &counter, &data]);
        let mut body = counter.to_vec();
        body.extend(sum.iter().take(signature));
        body.extend(data);
        if self.security.ciphered {
            encipher(&keys.kic, &mut body);
        }
        [&length[..], &head, &body].concat()
    }
}

impl SealedCommand {
    /// Reads the part of a packet that is never ciphered; `None` for what is no packet.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let (length, rest) = octets.split_first_chunk::<2>()?;
        let rest = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        let (header, body) = rest.split_at_checked(8)?;
        let [_, spi_first, spi_second, kic, kid, tar @ ..] = header else { return None };
        Some(Self {
            security: Security::from_octets([*spi_first, *spi_second]),
            keys: [*kic, *kid],
            tar: tar.try_into().ok()?,
            length: *length,
            header: header.to_vec(),
            body: body.to_vec(),
        })
    }

    /// Deciphers and checks.
    ///
    /// # Errors
    /// The status of the response.
    pub fn open(&self, keys: &OtaKeys) -> Result<CommandPacket, ResponseStatus> {
        let secured = self.security.ciphered || self.security.checksum;
        if secured && self.keys != [keys.octet(); 2] {
            return Err(ResponseStatus::SECURITY_ERROR);
        }
        let mut body = self.body.clone();
        if self.security.ciphered {
            decipher(&keys.kic, &mut body).ok_or(ResponseStatus::CIPHERING_ERROR)?;
        }
        let (counter, rest) = body.split_first_chunk::<6>().ok_or(ResponseStatus::CIPHERING_ERROR)?;
        let signature = usize::from(self.header.first().copied().unwrap_or(0)).saturating_sub(13);
        let (sum, data) = rest.split_at_checked(signature).ok_or(ResponseStatus::CHECKSUM_FAILED)?;
        if self.security.checksum {
            let expected = cmac(&keys.kid, &[&self.length[..], &self.header, counter, data]);
            if sum.len() != CHECKSUM || expected.get(..CHECKSUM) != Some(sum) {
                return Err(ResponseStatus::CHECKSUM_FAILED);
            }
        }
        let [number @ .., padding] = counter;
        let kept = data.len().checked_sub(usize::from(*padding)).ok_or(ResponseStatus::CIPHERING_ERROR)?;
        Ok(CommandPacket {
            security: self.security,
            tar: self.tar,
            counter: number.iter().fold(0, |value, octet| value << 8 | u64::from(*octet)),
            data: data.get(..kept).unwrap_or_default().to_vec(),
        })
    }
}

/// A response packet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ResponsePacket {
    /// The application that answers.
    pub tar: [u8; 3],
    /// The counter of the command, or of the card where that was wrong.
    pub counter: u64,
    /// What became of the command.
    pub status: ResponseStatus,
    /// What the application answers.
    pub data: Vec<u8>,
}

impl ResponsePacket {
    /// The packet from its length on.
    #[must_use]
    pub fn seal(&self, keys: &OtaKeys, proof: Proof) -> Vec<u8> {
        let signature = if proof.checksum { CHECKSUM } else { 0 };
        let padding = if proof.ciphered { pad(7 + signature + self.data.len()) } else { 0 };
        let mut data = self.data.clone();
        data.resize(self.data.len() + padding, 0);
        let mut head = vec![10 + signature as u8];
        head.extend(self.tar);
        let counter = counter_field(self.counter, padding);
        let length = ((head.len() + counter.len() + 1 + signature + data.len()) as u16).to_be_bytes();
        let status = [self.status.0];
        let announced = [2, RESPONSE_ELEMENT, 0];
        let sum = cmac(&keys.kid, &[&announced[..], &length, &head, &counter, &status, &data]);
        let mut body = [&counter[..], &status].concat();
        body.extend(sum.iter().take(signature));
        body.extend(data);
        if proof.ciphered {
            encipher(&keys.kic, &mut body);
        }
        [&length[..], &head, &body].concat()
    }

    /// Reads a response that was asked for with this `proof`; `None` for one that is damaged or not genuine.
    #[must_use]
    pub fn open(octets: &[u8], keys: &OtaKeys, proof: Proof) -> Option<Self> {
        let (length, rest) = octets.split_first_chunk::<2>()?;
        let rest = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        let (head, body) = rest.split_first_chunk::<4>()?;
        let mut body = body.to_vec();
        if proof.ciphered {
            decipher(&keys.kic, &mut body)?;
        }
        let (counter, rest) = body.split_first_chunk::<6>()?;
        let (status, rest) = rest.split_first_chunk::<1>()?;
        let [header_length, tar @ ..] = *head;
        let (sum, data) = rest.split_at_checked(usize::from(header_length).checked_sub(10)?)?;
        if proof.checksum {
            let announced = [2, RESPONSE_ELEMENT, 0];
            let expected = cmac(&keys.kid, &[&announced[..], length, head, counter, status, data]);
            if sum.len() != CHECKSUM || expected.get(..CHECKSUM) != Some(sum) {
                return None;
            }
        }
        let [number @ .., padding] = counter;
        let kept = data.len().checked_sub(usize::from(*padding))?;
        Some(Self {
            tar,
            counter: number.iter().fold(0, |value, octet| value << 8 | u64::from(*octet)),
            status: ResponseStatus(status[0]),
            data: data.get(..kept)?.to_vec(),
        })
    }
}

/// Counter (5) and padding counter (1).
fn counter_field(counter: u64, padding: usize) -> [u8; 6] {
    let [_, _, _, a, b, c, d, e] = counter.to_be_bytes();
    [a, b, c, d, e, padding as u8]
}

const fn pad(length: usize) -> usize {
    (BLOCK - length % BLOCK) % BLOCK
}

/// CBC with a zero start value, in place, on whole blocks.
fn encipher(key: &Key, octets: &mut [u8]) {
    let cipher = Aes128::new(&(*key.expose()).into());
    let mut last = [0; BLOCK];
    let (blocks, _) = octets.as_chunks_mut::<BLOCK>();
    for block in blocks {
        for (octet, mask) in block.iter_mut().zip(last) {
            *octet ^= mask;
        }
        let mut state = (*block).into();
        cipher.encrypt_block(&mut state);
        *block = state.into();
        last = *block;
    }
}

/// `None` for what is not made of whole blocks.
fn decipher(key: &Key, octets: &mut [u8]) -> Option<()> {
    let cipher = Aes128::new(&(*key.expose()).into());
    let mut last = [0; BLOCK];
    let (blocks, []) = octets.as_chunks_mut::<BLOCK>() else { return None };
    for block in blocks {
        let ciphered = *block;
        let mut state = ciphered.into();
        cipher.decrypt_block(&mut state);
        *block = state.into();
        for (octet, mask) in block.iter_mut().zip(last) {
            *octet ^= mask;
        }
        last = ciphered;
    }
    Some(())
}

#[cfg(test)]
mod tests;
