//! SMS-COMMAND: a mobile's order about a message that it submitted.
//!
//! Spec: 3GPP TS 23.040 clause 9.2.2.4.

use super::address::Address;
use super::data_coding::ProtocolId;
use super::reader::Reader;
use super::tpdu::{TpduError, flag};

/// The most octets of command data.
pub const MAX_DATA: usize = 157;

/// SMS-COMMAND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// TP-MR of the command itself.
    pub message_reference: u8,
    /// TP-PID.
    pub pid: ProtocolId,
    /// TP-CT: 0 enquiry, 1 cancel status report request, 2 delete, 3 enable status report request.
    pub command_type: u8,
    /// TP-MN: the reference of the message that is meant.
    pub message_number: u8,
    /// TP-DA of the message that is meant.
    pub destination: Address,
    /// TP-SRR: a status report is asked for.
    pub status_report_request: bool,
    /// TP-UDHI: the data begins with a header.
    pub has_header: bool,
    data: Vec<u8>,
}

impl Command {
    /// A command about the message `message_number` to `destination`, without data.
    #[must_use]
    pub const fn new(command_type: u8, message_number: u8, destination: Address) -> Self {
        Self {
            message_reference: 0,
            pid: ProtocolId::NORMAL,
            command_type,
            message_number,
            destination,
            status_report_request: false,
            has_header: false,
            data: Vec::new(),
        }
    }

    /// The same command with TP-CD; `None` for more than 157 octets.
    #[must_use]
    pub fn with_data(self, data: Vec<u8>) -> Option<Self> {
        (data.len() <= MAX_DATA).then_some(Self { data, ..self })
    }

    /// TP-CD.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let first = 0x02 | flag(self.status_report_request, 0x20) | flag(self.has_header, 0x40);
        let mut octets =
            vec![first, self.message_reference, self.pid.0, self.command_type, self.message_number];
        self.destination.write(&mut octets);
        octets.push(self.data.len() as u8);
        octets.extend(&self.data);
        octets
    }

    pub(super) fn read(first: u8, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let [message_reference, pid, command_type, message_number] = reader.array("command")?;
        let destination = Address::read(reader)?;
        let length = usize::from(reader.octet("command data length")?);
        if length > MAX_DATA {
            return Err(TpduError::CommandDataTooLong { octets: length });
        }
        Ok(Self {
            message_reference,
            pid: ProtocolId(pid),
            command_type,
            message_number,
            destination,
            status_report_request: first & 0x20 != 0,
            has_header: first & 0x40 != 0,
            data: reader.slice(length, "command data")?.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::{Direction, Tpdu};

    /// TS 23.040 9.2.2.4: SRR, MR 07, PID 00, CT 02 (delete), MN 2A, DA, no data.
    #[test]
    fn a_delete_command_has_the_octets_of_the_clause() {
        let to = Address::from_number(&"+33639980002".parse().unwrap());
        let command =
            Command { message_reference: 7, status_report_request: true, ..Command::new(2, 0x2a, to) };
        let octets = hex::decode("220700022A0B913336990800F200").unwrap();
        assert_eq!(command.to_octets(), octets);
        assert_eq!(Tpdu::parse(Direction::MobileToNetwork, &octets), Ok(Tpdu::Command(command)));
    }

    #[test]
    fn too_much_data_is_refused() {
        let to = Address::from_number(&"36123".parse().unwrap());
        assert!(Command::new(0, 0, to.clone()).with_data(vec![0; 157]).is_some());
        assert!(Command::new(0, 0, to).with_data(vec![0; 158]).is_none());
        let mut octets = hex::decode("020000000003811122F3").unwrap();
        octets.truncate(9);
        octets.push(158);
        octets.extend([0; 158]);
        assert_eq!(
            Tpdu::parse(Direction::MobileToNetwork, &octets),
            Err(TpduError::CommandDataTooLong { octets: 158 })
        );
    }
}
