//! The connection layer: CP-DATA, CP-ACK and CP-ERROR.
//!
//! Spec: 3GPP TS 24.011 clauses 7.2 and 8.1, TS 24.007 clause 11.2.3.1 (protocol discriminator, transaction). Not
//! here: extended transaction identifiers, timers TC1* and repeats.

use super::Direction;
use super::relay::RpMessage;
use std::fmt;

/// The most octets of CP-User data.
pub const MAX_USER_DATA: usize = 248;

/// Protocol discriminator of short message service messages.
const PROTOCOL_DISCRIMINATOR: u8 = 9;

const CP_DATA: u8 = 1;
const CP_ACK: u8 = 4;
const CP_ERROR: u8 = 16;

/// CP-Cause (TS 24.011 8.1.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpCause(pub u8);

impl CpCause {
    /// 17: network failure.
    pub const NETWORK_FAILURE: Self = Self(17);
    /// 22: congestion.
    pub const CONGESTION: Self = Self(22);
    /// 81: invalid transaction identifier value.
    pub const INVALID_TRANSACTION: Self = Self(81);
    /// 95: semantically incorrect message.
    pub const SEMANTICALLY_INCORRECT: Self = Self(95);
    /// 96: invalid mandatory information.
    pub const INVALID_MANDATORY_INFORMATION: Self = Self(96);
    /// 97: message type non-existent or not implemented.
    pub const MESSAGE_TYPE_NOT_IMPLEMENTED: Self = Self(97);
    /// 98: message not compatible with the short message protocol state.
    pub const INCOMPATIBLE_STATE: Self = Self(98);
    /// 99: information element non-existent or not implemented.
    pub const ELEMENT_NOT_IMPLEMENTED: Self = Self(99);
    /// 111: protocol error, unspecified.
    pub const PROTOCOL_ERROR: Self = Self(111);

    /// The name of the cause; "unknown cause" for a value that the clause does not name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            17 => "network failure",
            22 => "congestion",
            81 => "invalid transaction identifier value",
            95 => "semantically incorrect message",
            96 => "invalid mandatory information",
            97 => "message type non-existent or not implemented",
            98 => "message not compatible with short message protocol state",
            99 => "information element non-existent or not implemented",
            111 => "protocol error, unspecified",
            _ => "unknown cause",
        }
    }
}

impl fmt::Display for CpCause {
    /// As in `#22 (congestion)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} ({})", self.0, self.name())
    }
}

/// Transaction identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransactionId {
    value: u8,
    from_responder: bool,
}

impl TransactionId {
    /// The transaction `value` (three bits) in a message of the side that began it.
    #[must_use]
    pub const fn originator(value: u8) -> Self {
        Self { value: value & 7, from_responder: false }
    }

    /// 0 to 7.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.value
    }

    /// The transaction identifier flag: whether the side that did not begin the transaction sends the message.
    #[must_use]
    pub const fn from_responder(self) -> bool {
        self.from_responder
    }

    /// The same transaction in a message of the other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        Self { value: self.value, from_responder: !self.from_responder }
    }
}

/// CP-User data: the octets of a relay layer message, at most 248 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpUserData(Vec<u8>);

impl CpUserData {
    /// Octets that may or may not be a relay layer message; `None` for more than 248.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Option<Self> {
        (octets.len() <= MAX_USER_DATA).then_some(Self(octets))
    }

    /// The octets of a relay layer message. Every one fits: the longest, an RP-DATA, has 248 octets.
    #[must_use]
    pub fn rp(message: &RpMessage, direction: Direction) -> Self {
        Self(message.to_octets(direction))
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// What a message of the connection layer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CpBody {
    /// CP-DATA: a relay layer message.
    Data(CpUserData),
    /// CP-ACK.
    Ack,
    /// CP-ERROR.
    Error(CpCause),
}

/// A message of the connection layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpMessage {
    /// Which transaction, and who speaks.
    pub transaction: TransactionId,
    /// What is said.
    pub body: CpBody,
}

/// Why octets are not a message of the connection layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpError {
    /// The octets end before a field does.
    #[error("the octets end in or before the {field}")]
    Truncated {
        /// The field, in the words of the clause.
        field: &'static str,
    },
    /// Another protocol.
    #[error("the protocol discriminator {0} is not the one of short messages")]
    WrongProtocol(u8),
    /// A message type that does not exist.
    #[error("the message type {0} does not exist")]
    UnknownMessageType(u8),
    /// More user data than the layer carries.
    #[error("user data of {octets} octets is longer than 248")]
    UserDataTooLong {
        /// Octets that the length field announces.
        octets: usize,
    },
    /// Octets after the last field.
    #[error("{count} octets follow the end of the message")]
    TrailingOctets {
        /// How many.
        count: usize,
    },
}

impl CpMessage {
    /// CP-DATA with a relay layer message that travels in this direction.
    #[must_use]
    pub fn data(transaction: TransactionId, message: &RpMessage, direction: Direction) -> Self {
        Self { transaction, body: CpBody::Data(CpUserData::rp(message, direction)) }
    }

    /// CP-ACK.
    #[must_use]
    pub const fn ack(transaction: TransactionId) -> Self {
        Self { transaction, body: CpBody::Ack }
    }

    /// CP-ERROR.
    #[must_use]
    pub const fn error(transaction: TransactionId, cause: CpCause) -> Self {
        Self { transaction, body: CpBody::Error(cause) }
    }

    /// Whether octets are a message whose relay layer message and TPDU, where it has them, can be read.
    #[must_use]
    pub fn is_well_formed(direction: Direction, octets: &[u8]) -> bool {
        let Ok(message) = Self::parse(octets) else { return false };
        let CpBody::Data(relayed) = message.body else { return true };
        let tpdu = match RpMessage::parse(direction, relayed.as_slice()) {
            Ok(RpMessage::Data { user_data, .. }) => Some(user_data),
            Ok(RpMessage::Ack { user_data, .. } | RpMessage::Error { user_data, .. }) => user_data,
            Ok(RpMessage::Smma { .. }) => None,
            Err(_) => return false,
        };
        tpdu.is_none_or(|tpdu| tpdu.tpdu(direction).is_ok())
    }

    /// Reads a message; the layer is the same in both directions.
    ///
    /// # Errors
    /// Says which field is wrong and how.
    pub fn parse(octets: &[u8]) -> Result<Self, CpError> {
        let (first, rest) =
            octets.split_first().ok_or(CpError::Truncated { field: "protocol discriminator" })?;
        if first & 15 != PROTOCOL_DISCRIMINATOR {
            return Err(CpError::WrongProtocol(first & 15));
        }
        let transaction = TransactionId { value: first >> 4 & 7, from_responder: first & 0x80 != 0 };
        let (message_type, rest) = rest.split_first().ok_or(CpError::Truncated { field: "message type" })?;
        let (body, rest) = match *message_type {
            CP_DATA => read_data(rest)?,
            CP_ACK => (CpBody::Ack, rest),
            CP_ERROR => {
                let (cause, rest) = rest.split_first().ok_or(CpError::Truncated { field: "cause" })?;
                (CpBody::Error(CpCause(cause & 0x7f)), rest)
            }
            other => return Err(CpError::UnknownMessageType(other)),
        };
        match rest.len() {
            0 => Ok(Self { transaction, body }),
            count => Err(CpError::TrailingOctets { count }),
        }
    }

    /// The transaction of octets that may be no whole message.
    #[must_use]
    pub fn transaction_of(octets: &[u8]) -> Option<TransactionId> {
        let first = octets.first().filter(|first| **first & 15 == PROTOCOL_DISCRIMINATOR)?;
        Some(TransactionId { value: first >> 4 & 7, from_responder: first & 0x80 != 0 })
    }

    /// The octets of the message.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let flag = if self.transaction.from_responder { 0x80 } else { 0 };
        let first = flag | self.transaction.value << 4 | PROTOCOL_DISCRIMINATOR;
        match &self.body {
            CpBody::Data(data) => {
                let mut octets = vec![first, CP_DATA, data.0.len() as u8];
                octets.extend(&data.0);
                octets
            }
            CpBody::Ack => vec![first, CP_ACK],
            CpBody::Error(cause) => vec![first, CP_ERROR, cause.0 & 0x7f],
        }
    }
}

fn read_data(octets: &[u8]) -> Result<(CpBody, &[u8]), CpError> {
    let (length, rest) = octets.split_first().ok_or(CpError::Truncated { field: "user data length" })?;
    let length = usize::from(*length);
    if length > MAX_USER_DATA {
        return Err(CpError::UserDataTooLong { octets: length });
    }
    let (data, rest) = rest.split_at_checked(length).ok_or(CpError::Truncated { field: "user data" })?;
    Ok((CpBody::Data(CpUserData(data.to_vec())), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::RpCause;
    use crate::seed::Seed;
    use crate::sms::{Address, DeliverReport, FailureCause, RpUserData, SmscPdu, Tpdu};
    use Direction::{MobileToNetwork, NetworkToMobile};

    fn rp_error(reference: u8, cause: RpCause, user_data: Option<RpUserData>) -> RpMessage {
        RpMessage::Error { reference, cause, diagnostic: None, user_data }
    }

    fn rp_data(direction: Direction, reference: u8, pdu: &str) -> RpMessage {
        let tpdu = SmscPdu::parse_hex(direction, pdu, None).unwrap().tpdu;
        let service_centre = Some(Address::from_number(&"+33639989000".parse().unwrap()));
        RpMessage::Data { reference, service_centre, user_data: RpUserData::from(tpdu) }
    }

    /// The transport examples of the facts: octets that Wireshark 4.0.17 dissects.
    #[test]
    fn transport_examples_have_their_meaning_both_ways() {
        const S2: &str = "00312A0B913336990800F20000A70CD4721BDE93C55C35D07309";
        const D1: &str = "07913336999800F0040B913336990800F20000623041906235800CC8F71D14969741F977FD07";
        let first = TransactionId::originator(0);
        let report = |report: DeliverReport| Some(RpUserData::from(Tpdu::from(report)));
        let s2 = format!("09012500010007913336999800F019{}", &S2[2..]);
        let d1 = format!("09012A010707913336999800F0001E{}", &D1[16..]);
        let failed = report(DeliverReport::refused(FailureCause::MEMORY_CAPACITY_EXCEEDED));
        let rows = [
            ("MO of S2", first, MobileToNetwork, rp_data(MobileToNetwork, 1, S2), s2.as_str()),
            ("MT of D1", first, NetworkToMobile, rp_data(NetworkToMobile, 7, D1), d1.as_str()),
            (
                "ack",
                first.opposite(),
                NetworkToMobile,
                RpMessage::Ack { reference: 1, user_data: None },
                "8901020301",
            ),
            ("error 50", first.opposite(), NetworkToMobile, rp_error(1, RpCause(50), None), "89010405010132"),
            ("error 8", first.opposite(), NetworkToMobile, rp_error(1, RpCause(8), None), "89010405010108"),
            (
                "ack of the mobile",
                first.opposite(),
                MobileToNetwork,
                RpMessage::Ack { reference: 7, user_data: report(DeliverReport::accepted()) },
                "890106020741020000",
            ),
            (
                "error 22 of the mobile",
                first.opposite(),
                MobileToNetwork,
                rp_error(7, RpCause(22), failed),
                "89010904070116410300D300",
            ),
            ("smma", first, MobileToNetwork, RpMessage::Smma { reference: 5 }, "0901020605"),
        ];
        for (name, transaction, direction, message, hex) in rows {
            let cp = CpMessage::data(transaction, &message, direction);
            assert_eq!(hex::encode_upper(cp.to_octets()), hex, "{name}");
            assert_eq!(CpMessage::parse(&hex::decode(hex).unwrap()), Ok(cp.clone()), "{name}");
            let CpBody::Data(data) = cp.body else { panic!("{name}") };
            assert_eq!(RpMessage::parse(direction, data.as_slice()), Ok(message), "{name}");
        }
    }

    #[test]
    fn ack_and_error_name_their_transaction() {
        let transaction = TransactionId::originator(0).opposite();
        assert_eq!(CpMessage::ack(transaction).to_octets(), [0x89, 0x04]);
        assert_eq!(CpMessage::parse(&[0x89, 0x04]), Ok(CpMessage::ack(transaction)));
        let error = CpMessage::error(TransactionId::originator(3), CpCause::CONGESTION);
        assert_eq!(error.to_octets(), [0x39, 0x10, 22]);
        assert_eq!(CpMessage::parse(&[0x39, 0x10, 22]), Ok(error));
        assert_eq!(CpCause::CONGESTION.to_string(), "#22 (congestion)");
    }

    #[test]
    fn what_is_not_a_connection_message_is_refused_for_its_reason() {
        let rows: [(&[u8], CpError); 8] = [
            (&[], CpError::Truncated { field: "protocol discriminator" }),
            (&[0x05, 4], CpError::WrongProtocol(5)),
            (&[0x09], CpError::Truncated { field: "message type" }),
            (&[0x09, 2], CpError::UnknownMessageType(2)),
            (&[0x09, 1, 3, 0, 0], CpError::Truncated { field: "user data" }),
            (&[0x09, 1, 249], CpError::UserDataTooLong { octets: 249 }),
            (&[0x09, 16], CpError::Truncated { field: "cause" }),
            (&[0x09, 4, 0], CpError::TrailingOctets { count: 1 }),
        ];
        for (octets, error) in rows {
            assert_eq!(CpMessage::parse(octets), Err(error), "{octets:02x?}");
        }
    }

    #[test]
    fn any_octets_are_read_without_panic_and_what_is_read_is_written_the_same() {
        let mut rng = Seed(6).child("connection").rng();
        for round in 0..20_000 {
            let mut octets: Vec<u8> = (0..rng.below(24)).map(|_| rng.below(16) as u8).collect();
            if round % 2 == 0 {
                octets.splice(..octets.len().min(2), [9, 1]);
            }
            if let Ok(message) = CpMessage::parse(&octets) {
                assert_eq!(CpMessage::parse(&message.to_octets()), Ok(message));
            }
            for direction in [MobileToNetwork, NetworkToMobile] {
                if let Ok(message) = RpMessage::parse(direction, &octets) {
                    assert_eq!(RpMessage::parse(direction, &message.to_octets(direction)), Ok(message));
                }
            }
        }
    }
}
