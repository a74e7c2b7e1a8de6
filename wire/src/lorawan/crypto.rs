//! AES-128 as LoRaWAN 1.0.2 uses it: MIC (clauses 4.4, 6.2.4, 6.2.5), payload cipher (4.3.3), session keys (6.2.5).
//!
//! The frame counter is always the whole 32 bits, although 16 of them travel.

use super::address::{AppNonce, DevAddr, DevNonce, NetId};
use crate::id::Key;
use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use aes::{Aes128, Aes128Enc};
use cmac::{Cmac, Mac as _};

/// Message integrity code: the first four octets of an AES-CMAC.
pub type Mic = [u8; 4];

/// Which way a frame travels; its octet in the blocks B0 and A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the device, octet 0.
    Up,
    /// To the device, octet 1.
    Down,
}

impl Direction {
    const fn octet(self) -> u8 {
        match self {
            Self::Up => 0,
            Self::Down => 1,
        }
    }
}

/// The two keys of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKeys {
    /// NwkSKey: MIC of all data frames, and the payload of FPort 0.
    pub nwk_s_key: Key,
    /// AppSKey: the payload of all other ports.
    pub app_s_key: Key,
}

impl SessionKeys {
    /// The keys that follow from a join (clause 6.2.5).
    #[must_use]
    pub fn derive(app_key: &Key, app_nonce: AppNonce, net_id: NetId, dev_nonce: DevNonce) -> Self {
        let cipher = cipher(app_key);
        let key = |kind: u8| {
            let mut block = [0; 16];
            block[0] = kind;
            block[1..4].copy_from_slice(&app_nonce.to_wire());
            block[4..7].copy_from_slice(&net_id.to_wire());
            block[7..9].copy_from_slice(&dev_nonce.to_wire());
            encrypt_block(&cipher, &mut block);
            Key::new(block)
        };
        Self { nwk_s_key: key(1), app_s_key: key(2) }
    }

    /// The key that covers the FRMPayload of `port`.
    #[must_use]
    pub const fn for_port(&self, port: u8) -> &Key {
        if port == 0 { &self.nwk_s_key } else { &self.app_s_key }
    }
}

/// The MIC of a join-request or join-accept: CMAC over `message`, which starts with the MHDR.
#[must_use]
pub fn join_mic(app_key: &Key, message: &[u8]) -> Mic {
    let cmac = cmac(app_key, &[message]);
    [cmac[0], cmac[1], cmac[2], cmac[3]]
}

/// The MIC of a data frame (clause 4.4). `message` is MHDR | FHDR | FPort | FRMPayload as on the air.
#[must_use]
pub fn data_mic(nwk_s_key: &Key, direction: Direction, dev_addr: DevAddr, fcnt: u32, message: &[u8]) -> Mic {
    let b0 = block(0x49, direction, dev_addr, fcnt, message.len() as u8);
    let cmac = cmac(nwk_s_key, &[&b0, message]);
    [cmac[0], cmac[1], cmac[2], cmac[3]]
}

/// Ciphers or deciphers an FRMPayload in place (clause 4.3.3): both are the same operation.
pub fn apply_keystream(key: &Key, direction: Direction, dev_addr: DevAddr, fcnt: u32, payload: &mut [u8]) {
    let cipher = cipher(key);
    for (index, chunk) in payload.chunks_mut(16).enumerate() {
        let mut stream = block(0x01, direction, dev_addr, fcnt, (index as u8).wrapping_add(1));
        encrypt_block(&cipher, &mut stream);
        for (octet, mask) in chunk.iter_mut().zip(stream) {
            *octet ^= mask;
        }
    }
}

/// The forward cipher on every whole block of `octets` (ECB); a device opens a join-accept with it.
pub fn encrypt_blocks(key: &Key, octets: &mut [u8]) {
    let cipher = cipher(key);
    each_block(octets, |block| encrypt_block(&cipher, block));
}

/// The inverse cipher on every whole block of `octets` (ECB); a server seals a join-accept with it.
pub fn decrypt_blocks(key: &Key, octets: &mut [u8]) {
    let cipher = Aes128::new(&(*key.expose()).into());
    each_block(octets, |block| {
        let mut state = (*block).into();
        cipher.decrypt_block(&mut state);
        *block = state.into();
    });
}

/// AES-CMAC (RFC 4493) over the concatenated `parts`.
#[must_use]
pub fn cmac(key: &Key, parts: &[&[u8]]) -> [u8; 16] {
    let mut cmac = Cmac::<Aes128>::new(&(*key.expose()).into());
    for part in parts {
        cmac.update(part);
    }
    cmac.finalize().into_bytes().into()
}

fn each_block(octets: &mut [u8], mut apply: impl FnMut(&mut [u8; 16])) {
    let (blocks, _) = octets.as_chunks_mut::<16>();
    for block in blocks {
        apply(block);
    }
}

/// The forward cipher. Its key schedule costs more than a block, so it is made once for all of them.
fn cipher(key: &Key) -> Aes128Enc {
    Aes128Enc::new(&(*key.expose()).into())
}

fn encrypt_block(cipher: &Aes128Enc, block: &mut [u8; 16]) {
    let mut state = (*block).into();
    cipher.encrypt_block(&mut state);
    *block = state.into();
}

/// The shape that B0 and A share: kind, four zeros, direction, address, counter, zero, last.
fn block(kind: u8, direction: Direction, dev_addr: DevAddr, fcnt: u32, last: u8) -> [u8; 16] {
    let mut block = [0; 16];
    block[0] = kind;
    block[5] = direction.octet();
    block[6..10].copy_from_slice(&dev_addr.to_wire());
    block[10..14].copy_from_slice(&fcnt.to_le_bytes());
    block[15] = last;
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(hex: &str) -> Key {
        hex.parse().unwrap()
    }

    #[test]
    fn the_cmac_is_that_of_rfc_4493() {
        let message = hex::decode("6bc1bee22e409f96e93d7e117393172a").unwrap();
        let cmac = cmac(&key("2b7e151628aed2a6abf7158809cf4f3c"), &[&message]);
        assert_eq!(hex::encode(cmac), "070a16b46b4d4144f79bdd9dd04a287c");
    }

    #[test]
    fn blocks_b0_and_a_of_the_worked_frame() {
        let addr = DevAddr::from_value(0x2601_1bda);
        let nwk = key("5b70d14f51b43828904bb305fdc9c87c");
        let app = key("59256e497e4a52e972e4c3ffe1d7bb11");
        let b0 = block(0x49, Direction::Up, addr, 65536, 11);
        assert_eq!(hex::encode(b0), "490000000000da1b012600000100000b");
        let message = hex::decode("40da1b012600000002631c").unwrap();
        assert_eq!(hex::encode(cmac(&nwk, &[&b0, &message])), "4ba9cd3c0aed0551cbff9959de5d612b");
        let a1 = block(0x01, Direction::Up, addr, 65536, 1);
        assert_eq!(hex::encode(a1), "010000000000da1b0126000001000001");
        let mut stream = a1;
        encrypt_block(&cipher(&app), &mut stream);
        assert_eq!(hex::encode(stream), "c949a79a8bbe006de05d3e98c6423142");
    }

    #[test]
    fn the_inverse_cipher_undoes_the_forward_one_on_whole_blocks() {
        let key = key("2b7e151628aed2a6abf7158809cf4f3c");
        let mut octets: Vec<u8> = (0..33).collect();
        decrypt_blocks(&key, &mut octets);
        assert_eq!(octets[32], 32);
        encrypt_blocks(&key, &mut octets);
        assert_eq!(octets, (0..33).collect::<Vec<u8>>());
    }
}
