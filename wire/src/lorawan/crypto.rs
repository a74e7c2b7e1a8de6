//! AES-128 as LoRaWAN 1.0.2 uses it: MIC (clauses 4.4, 6.2.4, 6.2.5), payload cipher (4.3.3), session keys (6.2.5).
//!
//! The frame counter is always the whole 32 bits, although 16 of them travel.

use super::address::{AppNonce, DevAddr, DevNonce, NetId};
use crate::id::Key;
use aes::cipher::consts::U16;
use aes::cipher::{
    BlockCipherDecrypt as _, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser,
    KeyInit as _,
};
use aes::{Aes128, Aes128Enc, Block};
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
        ReadyAppKey::new(app_key).session_keys(app_nonce, net_id, dev_nonce)
    }

    /// The key that covers the FRMPayload of `port`.
    #[must_use]
    pub const fn for_port(&self, port: u8) -> &Key {
        if port == 0 { &self.nwk_s_key } else { &self.app_s_key }
    }
}

/// An AppKey with its schedules made. A join uses the key four times, and a schedule costs more than a block.
#[derive(Debug)]
pub struct ReadyAppKey(Aes128);

impl ReadyAppKey {
    /// Makes the schedules.
    #[must_use]
    pub fn new(app_key: &Key) -> Self {
        Self(Aes128::new(&(*app_key.expose()).into()))
    }

    /// [`join_mic`] with this key.
    #[must_use]
    pub fn join_mic(&self, message: &[u8]) -> Mic {
        mic(&self.0, None, message)
    }

    /// [`SessionKeys::derive`] with this key.
    #[must_use]
    pub fn session_keys(&self, app_nonce: AppNonce, net_id: NetId, dev_nonce: DevNonce) -> SessionKeys {
        let mut blocks = [1, 2].map(|kind: u8| {
            let mut block = [0; 16];
            block[0] = kind;
            block[1..4].copy_from_slice(&app_nonce.to_wire());
            block[4..7].copy_from_slice(&net_id.to_wire());
            block[7..9].copy_from_slice(&dev_nonce.to_wire());
            block.into()
        });
        self.0.encrypt_blocks(&mut blocks);
        let [nwk_s_key, app_s_key] = blocks.map(|block| Key::new(block.into()));
        SessionKeys { nwk_s_key, app_s_key }
    }

    /// [`decrypt_blocks`] with this key.
    pub fn decrypt_blocks(&self, octets: &mut [u8]) {
        let (blocks, _) = Block::slice_as_chunks_mut(octets);
        self.0.decrypt_blocks(blocks);
    }
}

/// The MIC of a join-request or join-accept: CMAC over `message`, which starts with the MHDR.
#[must_use]
pub fn join_mic(app_key: &Key, message: &[u8]) -> Mic {
    mic(&cipher(app_key), None, message)
}

/// The MIC of a data frame (clause 4.4). `message` is MHDR | FHDR | FPort | FRMPayload as on the air.
#[must_use]
pub fn data_mic(nwk_s_key: &Key, direction: Direction, dev_addr: DevAddr, fcnt: u32, message: &[u8]) -> Mic {
    let b0 = block(0x49, direction, dev_addr, fcnt, message.len() as u8);
    mic(&cipher(nwk_s_key), Some(b0), message)
}

/// Ciphers or deciphers an FRMPayload in place (clause 4.3.3): both are the same operation.
pub fn apply_keystream(key: &Key, direction: Direction, dev_addr: DevAddr, fcnt: u32, payload: &mut [u8]) {
    let cipher = cipher(key);
    // All blocks of the longest frame at once are four times as fast as one by one.
    for (part, sixteen) in payload.chunks_mut(256).enumerate() {
        let index = |at: usize| (16 * part + at) as u8;
        let mut stream: [Block; 16] = std::array::from_fn(|at| {
            block(0x01, direction, dev_addr, fcnt, index(at).wrapping_add(1)).into()
        });
        let needed = sixteen.len().div_ceil(16);
        cipher.encrypt_blocks(stream.get_mut(..needed).unwrap_or_default());
        for (octet, mask) in sixteen.iter_mut().zip(stream.iter().flatten()) {
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
    ReadyAppKey::new(key).decrypt_blocks(octets);
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

/// The first octets of the AES-CMAC over `head` and `message`, in one pass through the cipher: entering it costs as much as
/// several blocks. [`cmac`] is the same by the library.
fn mic(cipher: &impl BlockCipherEncrypt<BlockSize = U16>, head: Option<[u8; 16]>, message: &[u8]) -> Mic {
    let mut state = [0; 16];
    cipher.encrypt_with_backend(Chain { head, message, state: &mut state });
    [state[0], state[1], state[2], state[3]]
}

/// What [`mic`] does inside the cipher.
struct Chain<'a> {
    head: Option<[u8; 16]>,
    message: &'a [u8],
    state: &'a mut [u8; 16],
}

impl BlockSizeUser for Chain<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Chain<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let encrypted = |value: u128| {
            let mut block: Block = value.to_be_bytes().into();
            backend.encrypt_block((&mut block).into());
            u128::from_be_bytes(block.into())
        };
        let mut state = self.head.map_or(0, |head| encrypted(u128::from_be_bytes(head)));
        let (mut whole, mut last) = self.message.as_chunks::<16>();
        // The last block is never an empty one, unless there is nothing else.
        if let ([front @ .., back], []) = (whole, last) {
            (whole, last) = (front, back);
        }
        for block in whole {
            state = encrypted(state ^ u128::from_be_bytes(*block));
        }
        let mut padded = [0; 16];
        let (used, rest) = padded.split_at_mut(last.len());
        used.copy_from_slice(last);
        let mut subkey = doubled(encrypted(0));
        if let [first, ..] = rest {
            *first = 0x80;
            subkey = doubled(subkey);
        }
        *self.state = encrypted(state ^ u128::from_be_bytes(padded) ^ subkey).to_be_bytes();
    }
}

/// Twice the value in the field of RFC 4493 clause 2.3.
const fn doubled(value: u128) -> u128 {
    (value << 1) ^ ((value >> 127) * 0x87)
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
    fn the_mic_is_the_beginning_of_the_library_s_cmac_at_every_length() {
        let mut rng = crate::seed::Seed(1).rng();
        for length in 0..=256 {
            let (key, head) = (Key::new(rng.octets()), rng.octets::<16>());
            let octets: [u8; 256] = rng.octets();
            let message = &octets[..length];
            assert_eq!(join_mic(&key, message), cmac(&key, &[message])[..4], "{length}");
            assert_eq!(ReadyAppKey::new(&key).join_mic(message), cmac(&key, &[message])[..4], "{length}");
            let after = mic(&cipher(&key), Some(head), message);
            // B0 with nothing behind it does not occur: a frame has a header.
            assert!(length == 0 || after == cmac(&key, &[&head, message])[..4], "{length}");
        }
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
