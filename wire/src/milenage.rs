//! Milenage: the authentication and key generation functions f1 to f5* of a USIM and its home network.
//!
//! Spec: 3GPP TS 35.206 (the functions), TS 33.102 clause 6.3 and annex C (challenge, AUTN, AUTS, sequence numbers) and
//! clause 6.8.1.2 (conversion for GSM). Card and home network use the same functions, so they are tested against the
//! published test sets of TS 35.208. Nothing secret shows itself: K, OPc, CK and IK are [`Key`]s.

use crate::id::{Imsi, Key};
use crate::seed::Seed;
use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use std::fmt;

/// The random challenge RAND.
pub type Rand = [u8; 16];
/// AUTN: the concealed sequence number (6), AMF (2), MAC-A (8).
pub type Autn = [u8; 16];
/// AUTS: the concealed sequence number of the card (6), MAC-S (8).
pub type Auts = [u8; 14];
/// The response RES.
pub type Res = [u8; 8];

/// The response of GSM, SRES.
pub type Sres = [u8; 4];

/// What a mobile answers to a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// RES, to a challenge with AUTN.
    Res(Res),
    /// SRES, to one of GSM.
    Sres(Sres),
}

/// AMF of an EPS challenge: the separation bit is set (TS 33.102 annex H, TS 33.401 clause 6.1.1).
pub const AMF_EPS: [u8; 2] = [0x80, 0x00];
/// AMF of a challenge that is not for EPS.
pub const AMF_PLAIN: [u8; 2] = [0x00, 0x00];

/// A sequence number of 48 bits: SEQ in the upper 43, IND in the lower 5 (TS 33.102 annex C.1.1.1).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Sqn(u64);

impl Sqn {
    /// How many values IND has.
    pub const INDICES: u64 = 32;

    /// From its parts; what does not fit is cut off.
    #[must_use]
    pub const fn new(seq: u64, ind: u64) -> Self {
        Self(((seq & 0x7ff_ffff_ffff) << 5) | (ind & 31))
    }

    /// SEQ.
    #[must_use]
    pub const fn seq(self) -> u64 {
        self.0 >> 5
    }

    /// IND.
    #[must_use]
    pub const fn ind(self) -> u64 {
        self.0 & 31
    }

    const fn octets(self) -> [u8; 6] {
        let [_, _, a, b, c, d, e, f] = self.0.to_be_bytes();
        [a, b, c, d, e, f]
    }

    const fn from_octets([a, b, c, d, e, f]: [u8; 6]) -> Self {
        Self(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

/// The secrets of one subscription: K and OPc.
#[derive(Clone, PartialEq, Eq)]
pub struct Milenage {
    k: Key,
    opc: Key,
}

impl fmt::Debug for Milenage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Milenage([REDACTED])")
    }
}

/// What a challenge yields: f2, f3, f4 and f5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// f2: the response.
    pub res: Res,
    /// f3: the cipher key.
    pub ck: Key,
    /// f4: the integrity key.
    pub ik: Key,
    /// f5: conceals the sequence number.
    ak: [u8; 6],
}

/// What an AUTN that is genuine says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The sequence number.
    pub sqn: Sqn,
    /// The authentication management field.
    pub amf: [u8; 2],
}

impl Milenage {
    /// The functions with K and OPc.
    #[must_use]
    pub const fn new(k: Key, opc: Key) -> Self {
        Self { k, opc }
    }

    /// The functions with K and the operator's OP, from which OPc follows.
    #[must_use]
    pub fn with_op(k: Key, op: &Key) -> Self {
        let opc = xor(op.expose(), &encrypt(&k, op.expose()));
        Self { k, opc: Key::new(opc) }
    }

    /// The keys of a subscription whose lab file gives none: always the same for the same IMSI.
    #[must_use]
    pub fn derived(imsi: &Imsi) -> Self {
        let seed = Seed(0x3520_6000).child(imsi.as_str());
        let key = |name: &str| Key::new(seed.child(name).rng().octets());
        Self { k: key("k"), opc: key("opc") }
    }

    /// The same operator variant with another K, as a test provisions on purpose.
    #[must_use]
    pub fn with_key(&self, k: Key) -> Self {
        Self { k, opc: self.opc.clone() }
    }

    /// f1 (MAC-A) and f1* (MAC-S).
    #[must_use]
    pub fn f1(&self, rand: &Rand, sqn: Sqn, amf: [u8; 2]) -> ([u8; 8], [u8; 8]) {
        let mut input = [0; 16];
        for half in input.chunks_exact_mut(8) {
            let (number, field) = half.split_at_mut(6);
            number.copy_from_slice(&sqn.octets());
            field.copy_from_slice(&amf);
        }
        let rotated = rotate(&xor(&input, self.opc.expose()), 8);
        let out = xor(&encrypt(&self.k, &xor(&self.temp(rand), &rotated)), self.opc.expose());
        split(out)
    }

    /// f2 to f5.
    #[must_use]
    pub fn agree(&self, rand: &Rand) -> Agreement {
        let out2 = self.output(rand, 0, 1);
        let (first, res) = split(out2);
        Agreement {
            res,
            ck: Key::new(self.output(rand, 4, 2)),
            ik: Key::new(self.output(rand, 8, 4)),
            ak: concealing(first),
        }
    }

    /// The challenge of a sequence number: AUTN, and what goes with it at the home network.
    #[must_use]
    pub fn challenge(&self, rand: &Rand, sqn: Sqn, amf: [u8; 2]) -> (Autn, Agreement) {
        let agreement = self.agree(rand);
        let (mac, _) = self.f1(rand, sqn, amf);
        let mut autn = [0; 16];
        autn[..6].copy_from_slice(&conceal(sqn, agreement.ak));
        autn[6..8].copy_from_slice(&amf);
        autn[8..].copy_from_slice(&mac);
        (autn, agreement)
    }

    /// Checks the MAC of an AUTN; `None` when it is not genuine.
    #[must_use]
    pub fn open(&self, rand: &Rand, autn: &Autn) -> Option<(Opened, Agreement)> {
        let agreement = self.agree(rand);
        let [a, b, c, d, e, f, g, h, mac @ ..] = *autn;
        let sqn = Sqn::from_octets(conceal(Sqn::from_octets([a, b, c, d, e, f]), agreement.ak));
        let opened = Opened { sqn, amf: [g, h] };
        (self.f1(rand, sqn, opened.amf).0 == mac).then_some((opened, agreement))
    }

    /// AUTS: the card tells its sequence number (TS 33.102 6.3.3). AMF counts as zero.
    #[must_use]
    pub fn resynchronise(&self, rand: &Rand, sqn: Sqn) -> Auts {
        let mut auts = [0; 14];
        auts[..6].copy_from_slice(&conceal(sqn, self.f5_star(rand)));
        auts[6..].copy_from_slice(&self.f1(rand, sqn, AMF_PLAIN).1);
        auts
    }

    /// The sequence number in an AUTS; `None` when it is not genuine.
    #[must_use]
    pub fn open_auts(&self, rand: &Rand, auts: &Auts) -> Option<Sqn> {
        let [a, b, c, d, e, f, mac @ ..] = *auts;
        let sqn = Sqn::from_octets(conceal(Sqn::from_octets([a, b, c, d, e, f]), self.f5_star(rand)));
        (self.f1(rand, sqn, AMF_PLAIN).1 == mac).then_some(sqn)
    }

    fn f5_star(&self, rand: &Rand) -> [u8; 6] {
        concealing(split(self.output(rand, 12, 8)).0)
    }

    fn temp(&self, rand: &Rand) -> [u8; 16] {
        encrypt(&self.k, &xor(rand, self.opc.expose()))
    }

    /// OUT2 to OUT5: rotation in octets and the constant in the last octet.
    fn output(&self, rand: &Rand, rotation: usize, constant: u8) -> [u8; 16] {
        let mut block = rotate(&xor(&self.temp(rand), self.opc.expose()), rotation);
        block[15] ^= constant;
        xor(&encrypt(&self.k, &block), self.opc.expose())
    }
}

impl Agreement {
    /// SRES and Kc for GSM: conversion functions c2 and c3 (TS 33.102 clause 6.8.1.2).
    #[must_use]
    pub fn gsm(&self) -> (Sres, [u8; 8]) {
        let [a, b, c, d, e, f, g, h] = self.res;
        let halves = [split(*self.ck.expose()), split(*self.ik.expose())];
        let mut kc = [0; 8];
        for (first, second) in halves {
            for (octet, (x, y)) in kc.iter_mut().zip(first.into_iter().zip(second)) {
                *octet ^= x ^ y;
            }
        }
        ([a ^ e, b ^ f, c ^ g, d ^ h], kc)
    }
}

fn conceal(sqn: Sqn, ak: [u8; 6]) -> [u8; 6] {
    let mut octets = sqn.octets();
    for (octet, mask) in octets.iter_mut().zip(ak) {
        *octet ^= mask;
    }
    octets
}

const fn concealing([a, b, c, d, e, f, ..]: [u8; 8]) -> [u8; 6] {
    [a, b, c, d, e, f]
}

const fn split(block: [u8; 16]) -> ([u8; 8], [u8; 8]) {
    let [a, b, c, d, e, f, g, h, rest @ ..] = block;
    ([a, b, c, d, e, f, g, h], rest)
}

fn xor(a: &[u8; 16], b: &[u8; 16]) -> [u8; 16] {
    let mut block = *a;
    for (octet, other) in block.iter_mut().zip(b) {
        *octet ^= other;
    }
    block
}

fn rotate(block: &[u8; 16], octets: usize) -> [u8; 16] {
    let mut rotated = *block;
    rotated.rotate_left(octets);
    rotated
}

fn encrypt(key: &Key, block: &[u8; 16]) -> [u8; 16] {
    let mut state = (*block).into();
    Aes128::new(&(*key.expose()).into()).encrypt_block(&mut state);
    state.into()
}

#[cfg(test)]
mod tests;
