//! The transfer layer TPDU: which message it is, and reading it without trusting a single octet.
//!
//! Spec: 3GPP TS 23.040 clause 9.2.2 and 9.2.3.1. Octets of a reserved message type are refused. Bits that a message
//! type does not use are ignored and written as zero.

use super::Direction;
use super::command::Command;
use super::message::{Deliver, Submit};
use super::reader::Reader;
use super::report::{DeliverReport, StatusReport, SubmitReport};
use super::user_data::UserData;

/// TP-MMS in DELIVER and STATUS-REPORT: 1 means that no more messages wait.
pub(super) const MORE_MESSAGES_BIT: u8 = 0x04;

/// Bit 2 of the first octet of SUBMIT: TP-RD.
pub(super) const REJECT_DUPLICATES: u8 = 0x04;

/// Why octets are not a TPDU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TpduError {
    /// The octets end before a field does.
    #[error("the octets end in or before the {field}")]
    Truncated {
        /// The field, in the words of the clause.
        field: &'static str,
    },
    /// TP-MTI 3.
    #[error("the message type is reserved")]
    ReservedMessageType,
    /// More than 20 semi-octets.
    #[error("an address of {semi_octets} digits is longer than 20")]
    AddressTooLong {
        /// Digits that the length field announces.
        semi_octets: usize,
    },
    /// More than 140 octets.
    #[error("user data of {octets} octets is longer than 140")]
    UserDataTooLong {
        /// Octets that the length field announces.
        octets: usize,
    },
    /// A header indicator, but a header that is longer than the user data.
    #[error("the user data header is longer than the user data")]
    HeaderTooLong,
    /// More than 157 octets of command data.
    #[error("command data of {octets} octets is longer than 157")]
    CommandDataTooLong {
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

/// A message of the transfer layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tpdu {
    /// SMS-SUBMIT.
    Submit(Submit),
    /// SMS-DELIVER.
    Deliver(Deliver),
    /// SMS-STATUS-REPORT.
    StatusReport(StatusReport),
    /// SMS-SUBMIT-REPORT.
    SubmitReport(SubmitReport),
    /// SMS-DELIVER-REPORT.
    DeliverReport(DeliverReport),
    /// SMS-COMMAND.
    Command(Command),
}

impl Tpdu {
    /// Reads a TPDU; all octets must belong to it.
    ///
    /// # Errors
    /// Says which field is wrong and how.
    pub fn parse(direction: Direction, octets: &[u8]) -> Result<Self, TpduError> {
        let mut reader = Reader::new(octets);
        let tpdu = Self::read(direction, false, &mut reader)?;
        match reader.rest().len() {
            0 => Ok(tpdu),
            count => Err(TpduError::TrailingOctets { count }),
        }
    }

    /// Reads a TPDU; `padded` says that octets FF may follow it, as in a record of EF_SMS.
    pub(super) fn read(
        direction: Direction,
        padded: bool,
        reader: &mut Reader<'_>,
    ) -> Result<Self, TpduError> {
        let first = reader.octet("first octet")?;
        match (direction, first & 3) {
            (Direction::MobileToNetwork, 0) => DeliverReport::read(first, reader).map(Self::DeliverReport),
            (Direction::MobileToNetwork, 1) => Submit::read(first, reader).map(Self::Submit),
            (Direction::MobileToNetwork, 2) => Command::read(first, reader).map(Self::Command),
            (Direction::NetworkToMobile, 0) => Deliver::read(first, reader).map(Self::Deliver),
            (Direction::NetworkToMobile, 1) => SubmitReport::read(first, reader).map(Self::SubmitReport),
            (Direction::NetworkToMobile, 2) => {
                StatusReport::read(first, padded, reader).map(Self::StatusReport)
            }
            (Direction::MobileToNetwork | Direction::NetworkToMobile, _) => {
                Err(TpduError::ReservedMessageType)
            }
        }
    }

    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        match self {
            Self::Submit(submit) => submit.to_octets(),
            Self::Deliver(deliver) => deliver.to_octets(),
            Self::StatusReport(report) => report.to_octets(),
            Self::SubmitReport(report) => report.to_octets(),
            Self::DeliverReport(report) => report.to_octets(),
            Self::Command(command) => command.to_octets(),
        }
    }

    /// Which way such a message travels.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        match self {
            Self::Submit(_) | Self::DeliverReport(_) | Self::Command(_) => Direction::MobileToNetwork,
            Self::Deliver(_) | Self::StatusReport(_) | Self::SubmitReport(_) => Direction::NetworkToMobile,
        }
    }

    /// The user data, where the message has any.
    #[must_use]
    pub const fn user_data(&self) -> Option<&UserData> {
        match self {
            Self::Submit(submit) => Some(&submit.user_data),
            Self::Deliver(deliver) => Some(&deliver.user_data),
            Self::StatusReport(report) => match &report.parameters {
                Some(parameters) => parameters.user_data.as_ref(),
                None => None,
            },
            Self::SubmitReport(report) => report.parameters.user_data.as_ref(),
            Self::DeliverReport(report) => report.parameters.user_data.as_ref(),
            Self::Command(_) => None,
        }
    }

    /// The text of the user data, where it is text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.user_data().and_then(UserData::decoded_text)
    }
}

macro_rules! from_message {
    ($($name:ident),*) => {
        $(impl From<$name> for Tpdu {
            fn from(message: $name) -> Self {
                Self::$name(message)
            }
        })*
    };
}

from_message!(Submit, Deliver, StatusReport, SubmitReport, DeliverReport, Command);

pub(super) const fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}

#[cfg(test)]
mod tests;
