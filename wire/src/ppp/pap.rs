//! The password authentication protocol (RFC 1334 clause 2).

use super::packet::PacketError;

/// Code of an Authenticate-Request.
pub const AUTHENTICATE_REQUEST: u8 = 1;
/// Code of an Authenticate-Ack.
pub const AUTHENTICATE_ACK: u8 = 2;
/// Code of an Authenticate-Nak.
pub const AUTHENTICATE_NAK: u8 = 3;

/// What an Authenticate-Request carries.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Peer-ID.
    pub user: Vec<u8>,
    /// Password.
    pub password: Vec<u8>,
}

impl std::fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &String::from_utf8_lossy(&self.user))
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads the data of an Authenticate-Request.
    ///
    /// # Errors
    /// A length reaches beyond the packet.
    pub fn parse(data: &[u8]) -> Result<Self, PacketError> {
        let (user, rest) = counted(data)?;
        let (password, _) = counted(rest)?;
        Ok(Self { user: user.to_vec(), password: password.to_vec() })
    }

    /// The data of an Authenticate-Request.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&self.user, &self.password].into_iter().flat_map(|field| count(field)).collect()
    }
}

/// The data of an Ack or Nak: a message for a person.
#[must_use]
pub fn message(text: &str) -> Vec<u8> {
    count(text.as_bytes())
}

fn counted(octets: &[u8]) -> Result<(&[u8], &[u8]), PacketError> {
    let (length, rest) = octets.split_first().ok_or(PacketError::Field)?;
    rest.split_at_checked(usize::from(*length)).ok_or(PacketError::Field)
}

fn count(field: &[u8]) -> Vec<u8> {
    let length = field.len().min(255);
    let mut octets = vec![length as u8];
    octets.extend(field.iter().take(length));
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_two_counted_fields() {
        let data = b"\x04user\x06secret";
        let credentials = Credentials::parse(data).unwrap();
        assert_eq!(
            (credentials.user.as_slice(), credentials.password.as_slice()),
            (&b"user"[..], &b"secret"[..])
        );
        assert_eq!(credentials.encode(), data);
        assert!(!format!("{credentials:?}").contains("secret"));
        for wrong in [&b""[..], b"\x04use", b"\x04user", b"\x04user\x07secret"] {
            assert_eq!(Credentials::parse(wrong), Err(PacketError::Field));
        }
    }
}
