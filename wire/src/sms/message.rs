//! SMS-SUBMIT and SMS-DELIVER: a message on its way in, and on its way out.
//!
//! Spec: 3GPP TS 23.040 clauses 9.2.2.1 (DELIVER) and 9.2.2.2 (SUBMIT).

use super::address::Address;
use super::data_coding::{DataCoding, ProtocolId};
use super::reader::Reader;
use super::timestamp::Timestamp;
use super::tpdu::{MORE_MESSAGES_BIT, REJECT_DUPLICATES, TpduError, flag};
use super::user_data::UserData;
use super::validity::ValidityPeriod;

const REPLY_PATH: u8 = 0x80;
const HEADER: u8 = 0x40;
const REPORT: u8 = 0x20;

/// SMS-SUBMIT: from the mobile to the service centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// TP-MR, counted by the mobile; a repeat keeps it.
    pub message_reference: u8,
    /// TP-DA, the receiver.
    pub destination: Address,
    /// TP-PID.
    pub pid: ProtocolId,
    /// TP-VP; `None` leaves it to the service centre.
    pub validity: Option<ValidityPeriod>,
    /// TP-RD: a message with the same reference and destination is to be refused.
    pub reject_duplicates: bool,
    /// TP-SRR: a status report is asked for.
    pub status_report_request: bool,
    /// TP-RP: a reply path is set.
    pub reply_path: bool,
    /// TP-DCS, TP-UDL, TP-UD; TP-UDHI follows from its header.
    pub user_data: UserData,
}

impl Submit {
    /// A plain message: reference 0, no validity period, no flags.
    #[must_use]
    pub const fn new(destination: Address, user_data: UserData) -> Self {
        Self {
            message_reference: 0,
            destination,
            pid: ProtocolId::NORMAL,
            validity: None,
            reject_duplicates: false,
            status_report_request: false,
            reply_path: false,
            user_data,
        }
    }

    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let format = self.validity.map_or(0, ValidityPeriod::format) << 3;
        let first = 0x01
            | format
            | flag(self.reject_duplicates, REJECT_DUPLICATES)
            | flag(self.status_report_request, REPORT)
            | flag(self.user_data.header().is_some(), HEADER)
            | flag(self.reply_path, REPLY_PATH);
        let mut octets = vec![first, self.message_reference];
        self.destination.write(&mut octets);
        octets.extend([self.pid.0, self.user_data.dcs().0]);
        if let Some(validity) = self.validity {
            validity.write(&mut octets);
        }
        self.user_data.write(&mut octets);
        octets
    }

    pub(super) fn read(first: u8, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let message_reference = reader.octet("message reference")?;
        let destination = Address::read(reader)?;
        let pid = ProtocolId(reader.octet("protocol identifier")?);
        let dcs = DataCoding(reader.octet("data coding scheme")?);
        let validity = match first >> 3 & 3 {
            0 => None,
            1 => Some(ValidityPeriod::Enhanced(reader.array("validity period")?)),
            2 => Some(ValidityPeriod::Relative(reader.octet("validity period")?)),
            _ => Some(ValidityPeriod::Absolute(Timestamp::from_octets(reader.array("validity period")?))),
        };
        Ok(Self {
            message_reference,
            destination,
            pid,
            validity,
            reject_duplicates: first & REJECT_DUPLICATES != 0,
            status_report_request: first & REPORT != 0,
            reply_path: first & REPLY_PATH != 0,
            user_data: UserData::read(dcs, first & HEADER != 0, reader)?,
        })
    }
}

/// SMS-DELIVER: from the service centre to the mobile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// TP-OA, the sender.
    pub originator: Address,
    /// TP-PID.
    pub pid: ProtocolId,
    /// TP-SCTS, when the service centre received the message.
    pub timestamp: Timestamp,
    /// Whether more messages wait in the service centre (TP-MMS coded 0).
    pub more_messages: bool,
    /// TP-LP: the message was forwarded or spawned, no further message may be made of it.
    pub loop_prevention: bool,
    /// TP-SRI: the sender asked for a status report.
    pub status_report_indication: bool,
    /// TP-RP: a reply path is set.
    pub reply_path: bool,
    /// TP-DCS, TP-UDL, TP-UD; TP-UDHI follows from its header.
    pub user_data: UserData,
}

impl Deliver {
    /// A plain message, with no more waiting behind it.
    #[must_use]
    pub const fn new(originator: Address, timestamp: Timestamp, user_data: UserData) -> Self {
        Self {
            originator,
            pid: ProtocolId::NORMAL,
            timestamp,
            more_messages: false,
            loop_prevention: false,
            status_report_indication: false,
            reply_path: false,
            user_data,
        }
    }

    /// What the receiver of a SUBMIT gets: the same user data, PID, reply path and report indication.
    #[must_use]
    pub fn from_submit(submit: &Submit, originator: Address, timestamp: Timestamp) -> Self {
        Self {
            pid: submit.pid,
            status_report_indication: submit.status_report_request,
            reply_path: submit.reply_path,
            ..Self::new(originator, timestamp, submit.user_data.clone())
        }
    }

    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let first = flag(!self.more_messages, MORE_MESSAGES_BIT)
            | flag(self.loop_prevention, 0x08)
            | flag(self.status_report_indication, REPORT)
            | flag(self.user_data.header().is_some(), HEADER)
            | flag(self.reply_path, REPLY_PATH);
        let mut octets = vec![first];
        self.originator.write(&mut octets);
        octets.extend([self.pid.0, self.user_data.dcs().0]);
        octets.extend(self.timestamp.octets());
        self.user_data.write(&mut octets);
        octets
    }

    pub(super) fn read(first: u8, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let originator = Address::read(reader)?;
        let pid = ProtocolId(reader.octet("protocol identifier")?);
        let dcs = DataCoding(reader.octet("data coding scheme")?);
        let timestamp = Timestamp::from_octets(reader.array("service centre time stamp")?);
        Ok(Self {
            originator,
            pid,
            timestamp,
            more_messages: first & MORE_MESSAGES_BIT == 0,
            loop_prevention: first & 0x08 != 0,
            status_report_indication: first & REPORT != 0,
            reply_path: first & REPLY_PATH != 0,
            user_data: UserData::read(dcs, first & HEADER != 0, reader)?,
        })
    }
}
