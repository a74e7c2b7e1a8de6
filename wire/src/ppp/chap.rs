//! The challenge handshake authentication protocol with MD5 (RFC 1994).

use super::packet::PacketError;
use md5::{Digest, Md5};

/// Code of a Challenge.
pub const CHALLENGE: u8 = 1;
/// Code of a Response.
pub const RESPONSE: u8 = 2;
/// Code of a Success.
pub const SUCCESS: u8 = 3;
/// Code of a Failure.
pub const FAILURE: u8 = 4;
/// The algorithm octet of the LCP option: CHAP with MD5.
pub const MD5: u8 = 5;

/// What a Challenge or a Response carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The challenge, or the hash.
    pub value: Vec<u8>,
    /// Who sends it.
    pub name: Vec<u8>,
}

impl Value {
    /// Reads the data of a Challenge or a Response.
    ///
    /// # Errors
    /// The length reaches beyond the packet.
    pub fn parse(data: &[u8]) -> Result<Self, PacketError> {
        let (length, rest) = data.split_first().ok_or(PacketError::Field)?;
        let (value, name) = rest.split_at_checked(usize::from(*length)).ok_or(PacketError::Field)?;
        Ok(Self { value: value.to_vec(), name: name.to_vec() })
    }

    /// The data of a Challenge or a Response.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = self.value.len().min(255);
        let mut octets = vec![length as u8];
        octets.extend(self.value.iter().take(length));
        octets.extend(&self.name);
        octets
    }
}

/// The hash that answers a challenge (4.1).
#[must_use]
pub fn response(identifier: u8, secret: &[u8], challenge: &[u8]) -> [u8; 16] {
    let mut hash = Md5::new();
    hash.update([identifier]);
    hash.update(secret);
    hash.update(challenge);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_and_a_name() {
        let value = Value::parse(b"\x03abcname").unwrap();
        assert_eq!((value.value.as_slice(), value.name.as_slice()), (&b"abc"[..], &b"name"[..]));
        assert_eq!(value.encode(), b"\x03abcname");
        assert_eq!(Value::parse(b"\x04abc"), Err(PacketError::Field));
        assert_eq!(Value::parse(b""), Err(PacketError::Field));
    }

    /// MD5 of "a" + "bc" + "": the RFC 1321 value for "abc", and for "message digest".
    #[test]
    fn the_hash_covers_identifier_secret_and_challenge() {
        assert_eq!(hex::encode(response(b'a', b"b", b"c")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex::encode(response(b'm', b"essage ", b"digest")), "f96b697d7cb7938d525a2f31aaf161d0");
    }
}
