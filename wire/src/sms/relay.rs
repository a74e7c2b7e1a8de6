//! The relay layer: RP-DATA, RP-ACK, RP-ERROR and RP-SMMA.
//!
//! Spec: 3GPP TS 24.011 clauses 7.3 and 8.2. An RP-DATA has one service centre address: the destination on its way
//! from the mobile, the originator on its way to it; the other of its two address fields is empty.

use super::Direction;
use super::address::Address;
use super::reader::Reader;
use super::tpdu::{Tpdu, TpduError};
use crate::cause::RpCause;

/// The most octets of RP-User data.
pub const MAX_USER_DATA: usize = 232;

/// Information element identifier of RP-User data in RP-ACK and RP-ERROR.
const USER_DATA_IEI: u8 = 0x41;

/// Why octets are not a message of the relay layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpError {
    /// The octets end before a field does.
    #[error("the octets end in or before the {field}")]
    Truncated {
        /// The field, in the words of the clause.
        field: &'static str,
    },
    /// A message type that does not exist.
    #[error("the message type {0} does not exist")]
    UnknownMessageType(u8),
    /// A message type that only the other side sends.
    #[error("the message type {0} belongs to the other direction")]
    WrongDirection(u8),
    /// A service centre address that cannot be read.
    #[error("the service centre address is wrong: {0}")]
    ServiceCentre(#[source] TpduError),
    /// The address field that must be empty is not.
    #[error("the {field} must be empty")]
    UnexpectedAddress {
        /// RP-Originator Address or RP-Destination Address.
        field: &'static str,
    },
    /// More user data than the layer carries.
    #[error("user data of {octets} octets is longer than 232")]
    UserDataTooLong {
        /// Octets that the length field announces.
        octets: usize,
    },
    /// RP-Cause of no octets or more than two.
    #[error("a cause of {octets} octets is neither one nor two")]
    CauseLength {
        /// Octets that the length field announces.
        octets: usize,
    },
    /// An information element that is not RP-User data.
    #[error("the information element {0:02X} is not known here")]
    UnknownElement(u8),
    /// Octets after the last field.
    #[error("{count} octets follow the end of the message")]
    TrailingOctets {
        /// How many.
        count: usize,
    },
}

/// RP-User data: the octets of a TPDU, at most 232 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpUserData(Vec<u8>);

impl RpUserData {
    /// Octets that may or may not be a TPDU; `None` for more than 232.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Option<Self> {
        (octets.len() <= MAX_USER_DATA).then_some(Self(octets))
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Reads the TPDU.
    ///
    /// # Errors
    /// When the octets are no TPDU of this direction.
    pub fn tpdu(&self, direction: Direction) -> Result<Tpdu, TpduError> {
        Tpdu::parse(direction, &self.0)
    }
}

impl From<&Tpdu> for RpUserData {
    /// Every TPDU fits: the longest, an SMS-COMMAND, has 175 octets.
    fn from(tpdu: &Tpdu) -> Self {
        Self(tpdu.to_octets())
    }
}

impl From<Tpdu> for RpUserData {
    fn from(tpdu: Tpdu) -> Self {
        Self::from(&tpdu)
    }
}

/// A message of the relay layer; its direction is known from where it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpMessage {
    /// RP-DATA: a TPDU.
    Data {
        /// RP-Message Reference.
        reference: u8,
        /// The service centre.
        service_centre: Option<Address>,
        /// The TPDU.
        user_data: RpUserData,
    },
    /// RP-ACK: the message with this reference was taken over.
    Ack {
        /// RP-Message Reference.
        reference: u8,
        /// A DELIVER-REPORT or SUBMIT-REPORT.
        user_data: Option<RpUserData>,
    },
    /// RP-ERROR: the message with this reference was refused.
    Error {
        /// RP-Message Reference.
        reference: u8,
        /// Why.
        cause: RpCause,
        /// Diagnostic field.
        diagnostic: Option<u8>,
        /// A DELIVER-REPORT or SUBMIT-REPORT with its failure cause.
        user_data: Option<RpUserData>,
    },
    /// RP-SMMA: the mobile has memory available again.
    Smma {
        /// RP-Message Reference.
        reference: u8,
    },
}

impl RpMessage {
    /// Reads a message that travelled in this direction.
    ///
    /// # Errors
    /// Says which field is wrong and how.
    pub fn parse(direction: Direction, octets: &[u8]) -> Result<Self, RpError> {
        let mut reader = Reader::new(octets);
        let message_type = reader.octet("message type").map_err(truncated)?;
        let kind = kind_of(direction, message_type)?;
        let reference = reader.octet("message reference").map_err(truncated)?;
        let message = match kind {
            Kind::Data => {
                let service_centre = read_service_centre(direction, &mut reader)?;
                let user_data = read_user_data(&mut reader)?;
                Self::Data { reference, service_centre, user_data }
            }
            Kind::Ack => Self::Ack { reference, user_data: read_optional_user_data(&mut reader)? },
            Kind::Error => {
                let (cause, diagnostic) = read_cause(&mut reader)?;
                Self::Error { reference, cause, diagnostic, user_data: read_optional_user_data(&mut reader)? }
            }
            Kind::Smma => Self::Smma { reference },
        };
        match reader.rest().len() {
            0 => Ok(message),
            count => Err(RpError::TrailingOctets { count }),
        }
    }

    /// The octets of the message when it travels in this direction. RP-SMMA exists only from the mobile.
    #[must_use]
    pub fn to_octets(&self, direction: Direction) -> Vec<u8> {
        let to_mobile = u8::from(direction == Direction::NetworkToMobile);
        match self {
            Self::Data { reference, service_centre, user_data } => {
                let mut octets = vec![to_mobile, *reference];
                let address = Address::service_centre_octets(service_centre.as_ref());
                match direction {
                    Direction::MobileToNetwork => {
                        octets.push(0);
                        octets.extend(address);
                    }
                    Direction::NetworkToMobile => {
                        octets.extend(address);
                        octets.push(0);
                    }
                }
                octets.push(user_data.0.len() as u8);
                octets.extend(&user_data.0);
                octets
            }
            Self::Ack { reference, user_data } => {
                let mut octets = vec![2 | to_mobile, *reference];
                write_optional_user_data(user_data.as_ref(), &mut octets);
                octets
            }
            Self::Error { reference, cause, diagnostic, user_data } => {
                let mut octets =
                    vec![4 | to_mobile, *reference, 1 + u8::from(diagnostic.is_some()), cause.0 & 0x7f];
                octets.extend(diagnostic);
                write_optional_user_data(user_data.as_ref(), &mut octets);
                octets
            }
            Self::Smma { reference } => vec![6, *reference],
        }
    }

    /// RP-Message Reference.
    #[must_use]
    pub const fn reference(&self) -> u8 {
        match self {
            Self::Data { reference, .. }
            | Self::Ack { reference, .. }
            | Self::Error { reference, .. }
            | Self::Smma { reference } => *reference,
        }
    }

    /// The message reference in octets that may be broken after it, so that they can be answered.
    #[must_use]
    pub fn reference_of(octets: &[u8]) -> Option<u8> {
        octets.get(1).copied()
    }
}

enum Kind {
    Data,
    Ack,
    Error,
    Smma,
}

/// TS 24.011 8.2.2: the lowest bit of the type is the direction, 0 from the mobile. Only three bits count.
fn kind_of(direction: Direction, message_type: u8) -> Result<Kind, RpError> {
    let kind = match message_type & 7 {
        0 | 1 => Kind::Data,
        2 | 3 => Kind::Ack,
        4 | 5 => Kind::Error,
        6 => Kind::Smma,
        _ => return Err(RpError::UnknownMessageType(message_type & 7)),
    };
    let to_mobile = message_type & 1 == 1;
    if to_mobile == (direction == Direction::NetworkToMobile) {
        Ok(kind)
    } else {
        Err(RpError::WrongDirection(message_type & 7))
    }
}

fn read_service_centre(direction: Direction, reader: &mut Reader<'_>) -> Result<Option<Address>, RpError> {
    let originator = Address::read_service_centre(reader).map_err(RpError::ServiceCentre)?;
    let destination = Address::read_service_centre(reader).map_err(RpError::ServiceCentre)?;
    let (used, other, field) = match direction {
        Direction::MobileToNetwork => (destination, originator, "originator address"),
        Direction::NetworkToMobile => (originator, destination, "destination address"),
    };
    if other.is_some() { Err(RpError::UnexpectedAddress { field }) } else { Ok(used) }
}

fn read_user_data(reader: &mut Reader<'_>) -> Result<RpUserData, RpError> {
    let length = usize::from(reader.octet("user data length").map_err(truncated)?);
    if length > MAX_USER_DATA {
        return Err(RpError::UserDataTooLong { octets: length });
    }
    reader.slice(length, "user data").map(|octets| RpUserData(octets.to_vec())).map_err(truncated)
}

fn read_optional_user_data(reader: &mut Reader<'_>) -> Result<Option<RpUserData>, RpError> {
    if reader.is_empty() {
        return Ok(None);
    }
    match reader.octet("information element").map_err(truncated)? {
        USER_DATA_IEI => read_user_data(reader).map(Some),
        other => Err(RpError::UnknownElement(other)),
    }
}

fn write_optional_user_data(user_data: Option<&RpUserData>, octets: &mut Vec<u8>) {
    if let Some(user_data) = user_data {
        octets.extend([USER_DATA_IEI, user_data.0.len() as u8]);
        octets.extend(&user_data.0);
    }
}

fn read_cause(reader: &mut Reader<'_>) -> Result<(RpCause, Option<u8>), RpError> {
    let length = usize::from(reader.octet("cause length").map_err(truncated)?);
    match reader.slice(length, "cause").map_err(truncated)? {
        [cause] => Ok((RpCause(cause & 0x7f), None)),
        [cause, diagnostic] => Ok((RpCause(cause & 0x7f), Some(*diagnostic))),
        _ => Err(RpError::CauseLength { octets: length }),
    }
}

/// The reader knows one kind of failure for the fields read here.
fn truncated(error: TpduError) -> RpError {
    match error {
        TpduError::Truncated { field } => RpError::Truncated { field },
        error @ (TpduError::ReservedMessageType
        | TpduError::AddressTooLong { .. }
        | TpduError::UserDataTooLong { .. }
        | TpduError::HeaderTooLong
        | TpduError::CommandDataTooLong { .. }
        | TpduError::TrailingOctets { .. }) => RpError::ServiceCentre(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::{DeliverReport, FailureCause};
    use Direction::{MobileToNetwork, NetworkToMobile};

    fn octets(hex: &str) -> Vec<u8> {
        hex::decode(hex.replace(' ', "")).unwrap()
    }

    #[test]
    fn what_is_not_a_relay_message_is_refused_for_its_reason() {
        let rows = [
            (MobileToNetwork, "", RpError::Truncated { field: "message type" }),
            (MobileToNetwork, "00", RpError::Truncated { field: "message reference" }),
            (MobileToNetwork, "07 01", RpError::UnknownMessageType(7)),
            (MobileToNetwork, "03 01", RpError::WrongDirection(3)),
            (NetworkToMobile, "06 01", RpError::WrongDirection(6)),
            (
                MobileToNetwork,
                "00 01 02 91 33 00 00",
                RpError::UnexpectedAddress { field: "originator address" },
            ),
            (
                NetworkToMobile,
                "01 01 00 02 91 33 00",
                RpError::UnexpectedAddress { field: "destination address" },
            ),
            (MobileToNetwork, "00 01 00 00 E9", RpError::UserDataTooLong { octets: 233 }),
            (NetworkToMobile, "05 01 00", RpError::CauseLength { octets: 0 }),
            (NetworkToMobile, "05 01 03 01 02 03", RpError::CauseLength { octets: 3 }),
            (NetworkToMobile, "03 01 42 00", RpError::UnknownElement(0x42)),
            (MobileToNetwork, "06 01 00", RpError::TrailingOctets { count: 1 }),
        ];
        for (direction, hex, error) in rows {
            assert_eq!(RpMessage::parse(direction, &octets(hex)), Err(error), "{hex}");
        }
    }

    #[test]
    fn user_data_is_read_as_the_tpdu_of_its_direction() {
        let tpdu = Tpdu::from(DeliverReport::refused(FailureCause::SIM_STORAGE_FULL));
        let data = RpUserData::from(&tpdu);
        assert_eq!(data.tpdu(MobileToNetwork), Ok(tpdu));
        assert!(data.tpdu(NetworkToMobile).is_err());
        assert!(RpUserData::new(vec![0; 233]).is_none());
    }

    #[test]
    fn a_diagnostic_is_kept() {
        let message =
            RpMessage::Error { reference: 5, cause: RpCause(28), diagnostic: Some(0x40), user_data: None };
        assert_eq!(message.to_octets(NetworkToMobile), octets("05 05 02 1C 40"));
        assert_eq!(
            RpMessage::parse(NetworkToMobile, &octets("05 05 02 9C 40")),
            Ok(message),
            "bit 8 is extension"
        );
    }

    #[test]
    fn the_reference_of_broken_octets_is_found() {
        assert_eq!(RpMessage::reference_of(&octets("00 2A FF")), Some(0x2a));
        assert_eq!(RpMessage::reference_of(&[0]), None);
    }
}
