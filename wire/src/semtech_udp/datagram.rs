//! The binary header of the six datagrams.

use crate::id::Eui64;

/// Protocol version, octet 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Without TX_ACK; the token of a PULL_RESP is zero.
    V1,
    /// The usual one.
    V2,
}

impl Version {
    const fn octet(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }
}

/// A datagram whose body, where it has one, is still JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datagram {
    /// Gateway to server: received frames and statistics; read the body with [`super::PushBody::parse`].
    PushData {
        /// Answer with the same.
        version: Version,
        /// Echoed in the acknowledgement.
        token: u16,
        /// The sender.
        gateway: Eui64,
        /// JSON.
        body: Vec<u8>,
    },
    /// Server to gateway.
    PushAck {
        /// That of the PUSH_DATA.
        version: Version,
        /// That of the PUSH_DATA.
        token: u16,
    },
    /// Gateway to server: keeps the way open for PULL_RESP.
    PullData {
        /// Answer with the same.
        version: Version,
        /// Echoed in the acknowledgement.
        token: u16,
        /// The sender.
        gateway: Eui64,
    },
    /// Server to gateway: a frame to send; read the body with [`super::Txpk::parse`].
    PullResp {
        /// That of the gateway.
        version: Version,
        /// The server's, zero in version 1.
        token: u16,
        /// JSON.
        body: Vec<u8>,
    },
    /// Server to gateway.
    PullAck {
        /// That of the PULL_DATA.
        version: Version,
        /// That of the PULL_DATA.
        token: u16,
    },
    /// Gateway to server: what became of a PULL_RESP; read the body with [`super::TxAckCode::parse`].
    TxAck {
        /// That of the PULL_RESP.
        token: u16,
        /// The sender.
        gateway: Eui64,
        /// Empty or JSON.
        body: Vec<u8>,
    },
}

/// Why octets are not a datagram of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatagramError {
    /// Shorter than the header of its kind.
    #[error("the datagram has {got} octets, its header needs {needed}")]
    TooShort {
        /// What its kind needs.
        needed: usize,
        /// What there is.
        got: usize,
    },
    /// Neither version 1 nor 2.
    #[error("protocol version {0} is neither 1 nor 2")]
    Version(u8),
    /// Identifier above 5, or TX_ACK in version 1.
    #[error("datagram identifier {0} is unknown")]
    Kind(u8),
}

impl Datagram {
    /// Reads the header; the body is kept as it is.
    ///
    /// # Errors
    /// One [`DatagramError`] per way to be wrong.
    pub fn parse(octets: &[u8]) -> Result<Self, DatagramError> {
        let short = |needed| DatagramError::TooShort { needed, got: octets.len() };
        let Some((&[version, token_high, token_low, kind], rest)) = octets.split_first_chunk() else {
            return Err(short(4));
        };
        let version = match version {
            1 => Version::V1,
            2 => Version::V2,
            other => return Err(DatagramError::Version(other)),
        };
        let token = u16::from_be_bytes([token_high, token_low]);
        let from_gateway = || {
            let (eui, body) = rest.split_first_chunk().ok_or(short(12))?;
            Ok((Eui64::from_value(u64::from_be_bytes(*eui)), body.to_vec()))
        };
        match (kind, version) {
            (0, _) => from_gateway().map(|(gateway, body)| Self::PushData { version, token, gateway, body }),
            (1, _) => Ok(Self::PushAck { version, token }),
            (2, _) => from_gateway().map(|(gateway, _)| Self::PullData { version, token, gateway }),
            (3, _) => Ok(Self::PullResp { version, token, body: rest.to_vec() }),
            (4, _) => Ok(Self::PullAck { version, token }),
            (5, Version::V2) => from_gateway().map(|(gateway, body)| Self::TxAck { token, gateway, body }),
            (other, _) => Err(DatagramError::Kind(other)),
        }
    }

    /// The octets of the datagram.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let header = |version: Version, token: u16, kind: u8| {
            let [high, low] = token.to_be_bytes();
            vec![version.octet(), high, low, kind]
        };
        let eui = |gateway: Eui64| gateway.value().to_be_bytes();
        match self {
            Self::PushData { version, token, gateway, body } => {
                [&header(*version, *token, 0), &eui(*gateway)[..], body].concat()
            }
            Self::PushAck { version, token } => header(*version, *token, 1),
            Self::PullData { version, token, gateway } => {
                [&header(*version, *token, 2), &eui(*gateway)[..]].concat()
            }
            Self::PullResp { version, token, body } => [&header(*version, *token, 3)[..], body].concat(),
            Self::PullAck { version, token } => header(*version, *token, 4),
            Self::TxAck { token, gateway, body } => {
                [&header(Version::V2, *token, 5), &eui(*gateway)[..], body].concat()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PushBody, TxAckCode, Txpk};
    use super::*;
    use crate::seed::Seed;

    const GATEWAY: Eui64 = Eui64::from_value(0x0016_c001_f150_0001);

    #[test]
    fn pull_data_and_its_answer() {
        let octets = hex::decode("02a1b2020016c001f1500001").unwrap();
        let pull = Datagram::PullData { version: Version::V2, token: 0xa1b2, gateway: GATEWAY };
        assert_eq!(Datagram::parse(&octets), Ok(pull.clone()));
        assert_eq!(pull.emit(), octets);
        let ack = Datagram::PullAck { version: Version::V2, token: 0xa1b2 };
        assert_eq!(hex::encode(ack.emit()), "02a1b204");
    }

    #[test]
    fn every_kind_reads_back() {
        let (version, token, gateway, body) = (Version::V2, 7, GATEWAY, b"{}".to_vec());
        let rows = [
            (
                Datagram::PushData { version, token, gateway, body: body.clone() },
                "020007000016c001f15000017b7d",
            ),
            (Datagram::PushAck { version, token }, "02000701"),
            (Datagram::PullData { version: Version::V1, token, gateway }, "010007020016c001f1500001"),
            (Datagram::PullResp { version, token, body: body.clone() }, "020007037b7d"),
            (Datagram::PullAck { version, token }, "02000704"),
            (Datagram::TxAck { token, gateway, body }, "020007050016c001f15000017b7d"),
        ];
        for (datagram, hex) in rows {
            assert_eq!(hex::encode(datagram.emit()), hex);
            assert_eq!(Datagram::parse(&hex::decode(hex).unwrap()), Ok(datagram));
        }
    }

    #[test]
    fn every_way_to_be_wrong_has_its_error() {
        let rows = [
            ("02a1b2", DatagramError::TooShort { needed: 4, got: 3 }),
            ("02a1b2020016c001f15000", DatagramError::TooShort { needed: 12, got: 11 }),
            ("03a1b2020016c001f1500001", DatagramError::Version(3)),
            ("02a1b2060016c001f1500001", DatagramError::Kind(6)),
            ("01a1b2050016c001f1500001", DatagramError::Kind(5)),
        ];
        for (hex, want) in rows {
            assert_eq!(Datagram::parse(&hex::decode(hex).unwrap()), Err(want), "{hex}");
        }
    }

    #[test]
    fn garbage_never_panics() {
        let mut rng = Seed(1).child("semtech").rng();
        let seeds: [&[u8]; 3] = [
            br#"{"rxpk":[{"tmst":1,"freq":868.1,"datr":"SF7BW125","rssi":-57,"lsnr":7.8,"size":2,"data":"AAA="}]}"#,
            br#"{"txpk":{"imme":true,"freq":868.1,"rfch":0,"modu":"LORA","datr":"SF7BW125","codr":"4/5","size":2,"data":"AAA="}}"#,
            br#"{"txpk_ack":{"error":"TOO_LATE"}}"#,
        ];
        for round in 0..6000 {
            let octets: [u8; 40] = rng.octets();
            let _ = Datagram::parse(&octets[..rng.below(41) as usize]);
            let mut body = seeds[round % 3].to_vec();
            for _ in 0..rng.between(1, 4) {
                let at = rng.below(body.len() as u64) as usize;
                body[at] = rng.between(0x20, 0x7e) as u8;
            }
            let _ = (PushBody::parse(&body), Txpk::parse(&body), TxAckCode::parse(&body));
        }
    }
}
