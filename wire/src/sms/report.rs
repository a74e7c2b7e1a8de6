//! The reports of the transfer layer: what became of a message, and why one was refused.
//!
//! Spec: 3GPP TS 23.040 clauses 9.2.2.1a (DELIVER-REPORT), 9.2.2.2a (SUBMIT-REPORT) and 9.2.2.3 (STATUS-REPORT). A
//! report in an RP-ERROR has a failure cause and one in an RP-ACK has none; the octets do not say so, but a cause is
//! at least 128 and a parameter indicator is below, which is how the two are told apart here.

use super::address::Address;
use super::data_coding::{DataCoding, ProtocolId};
use super::message::Submit;
use super::reader::Reader;
use super::status::{FailureCause, Status};
use super::timestamp::Timestamp;
use super::tpdu::{MORE_MESSAGES_BIT, TpduError, flag};
use super::user_data::UserData;

const HEADER: u8 = 0x40;
const HAS_PID: u8 = 1;
const HAS_DCS: u8 = 2;
const HAS_USER_DATA: u8 = 4;
const EXTENSION: u8 = 0x80;

/// The optional fields that a parameter indicator (TP-PI) announces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportParameters {
    /// TP-PID.
    pub pid: Option<ProtocolId>,
    /// TP-DCS. Where user data is present, its own coding is what is written.
    pub dcs: Option<DataCoding>,
    /// TP-UDL and TP-UD; without TP-DCS they are GSM 7-bit.
    pub user_data: Option<UserData>,
}

impl ReportParameters {
    fn dcs_to_write(&self) -> Option<DataCoding> {
        match &self.user_data {
            Some(data) if self.dcs.is_some() || data.dcs() != DataCoding::GSM7 => Some(data.dcs()),
            Some(_) => None,
            None => self.dcs,
        }
    }

    fn indicator(&self) -> u8 {
        flag(self.pid.is_some(), HAS_PID)
            | flag(self.dcs_to_write().is_some(), HAS_DCS)
            | flag(self.user_data.is_some(), HAS_USER_DATA)
    }

    fn has_header(&self) -> bool {
        self.user_data.as_ref().is_some_and(|data| data.header().is_some())
    }

    fn write_fields(&self, octets: &mut Vec<u8>) {
        octets.extend(self.pid.map(|pid| pid.0));
        octets.extend(self.dcs_to_write().map(|dcs| dcs.0));
        if let Some(data) = &self.user_data {
            data.write(octets);
        }
    }

    fn read_fields(indicator: u8, with_header: bool, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let mut parameters = Self::default();
        if indicator & HAS_PID != 0 {
            parameters.pid = Some(ProtocolId(reader.octet("protocol identifier")?));
        }
        if indicator & HAS_DCS != 0 {
            parameters.dcs = Some(DataCoding(reader.octet("data coding scheme")?));
        }
        if indicator & HAS_USER_DATA != 0 {
            let dcs = parameters.dcs.unwrap_or(DataCoding::GSM7);
            parameters.user_data = Some(UserData::read(dcs, with_header, reader)?);
        }
        Ok(parameters)
    }
}

/// TP-PI; its extension octets say nothing that is known here.
fn read_indicator(reader: &mut Reader<'_>) -> Result<u8, TpduError> {
    let indicator = reader.octet("parameter indicator")?;
    let mut last = indicator;
    while last & EXTENSION != 0 {
        last = reader.octet("parameter indicator extension")?;
    }
    Ok(indicator)
}

fn read_failure(reader: &mut Reader<'_>) -> Option<FailureCause> {
    let cause = reader.rest().first().copied().and_then(FailureCause::new)?;
    reader.octet("failure cause").ok().map(|_| cause)
}

/// SMS-STATUS-REPORT: from the service centre to the sender of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// TP-MR of the message that is reported on.
    pub message_reference: u8,
    /// TP-RA, whom the message was for.
    pub recipient: Address,
    /// TP-SCTS, when the service centre received the message.
    pub submitted: Timestamp,
    /// TP-DT, when it was delivered or last tried.
    pub discharge: Timestamp,
    /// TP-ST.
    pub status: Status,
    /// Whether more messages wait in the service centre (TP-MMS coded 0).
    pub more_messages: bool,
    /// TP-LP.
    pub loop_prevention: bool,
    /// TP-SRQ: the report answers an SMS-COMMAND.
    pub for_command: bool,
    /// TP-PI and what follows it; `None` where the report ends with TP-ST.
    pub parameters: Option<ReportParameters>,
}

impl StatusReport {
    /// The report on a message, without optional fields.
    #[must_use]
    pub fn new(submit: &Submit, submitted: Timestamp, discharge: Timestamp, status: Status) -> Self {
        Self {
            message_reference: submit.message_reference,
            recipient: submit.destination.clone(),
            submitted,
            discharge,
            status,
            more_messages: false,
            loop_prevention: false,
            for_command: false,
            parameters: None,
        }
    }

    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let first = 0x02
            | flag(!self.more_messages, MORE_MESSAGES_BIT)
            | flag(self.loop_prevention, 0x08)
            | flag(self.for_command, 0x20)
            | flag(self.parameters.as_ref().is_some_and(ReportParameters::has_header), HEADER);
        let mut octets = vec![first, self.message_reference];
        self.recipient.write(&mut octets);
        octets.extend(self.submitted.octets());
        octets.extend(self.discharge.octets());
        octets.push(self.status.0);
        if let Some(parameters) = &self.parameters {
            octets.push(parameters.indicator());
            parameters.write_fields(&mut octets);
        }
        octets
    }

    /// `padded`: an indicator of FF is the padding of a record and not part of the report.
    pub(super) fn read(first: u8, padded: bool, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let message_reference = reader.octet("message reference")?;
        let recipient = Address::read(reader)?;
        let submitted = Timestamp::from_octets(reader.array("service centre time stamp")?);
        let discharge = Timestamp::from_octets(reader.array("discharge time")?);
        let status = Status(reader.octet("status")?);
        let ends_here = reader.is_empty() || padded && reader.rest().first() == Some(&0xff);
        let parameters = if ends_here {
            None
        } else {
            let indicator = read_indicator(reader)?;
            Some(ReportParameters::read_fields(indicator, first & HEADER != 0, reader)?)
        };
        Ok(Self {
            message_reference,
            recipient,
            submitted,
            discharge,
            status,
            more_messages: first & MORE_MESSAGES_BIT == 0,
            loop_prevention: first & 0x08 != 0,
            for_command: first & 0x20 != 0,
            parameters,
        })
    }
}

/// SMS-SUBMIT-REPORT: the service centre's answer to a SUBMIT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitReport {
    /// TP-FCS; present in an RP-ERROR.
    pub failure: Option<FailureCause>,
    /// TP-SCTS, when the service centre received the message.
    pub timestamp: Timestamp,
    /// TP-PI and what it announces.
    pub parameters: ReportParameters,
}

impl SubmitReport {
    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = vec![0x01 | flag(self.parameters.has_header(), HEADER)];
        octets.extend(self.failure.map(FailureCause::value));
        octets.push(self.parameters.indicator());
        octets.extend(self.timestamp.octets());
        self.parameters.write_fields(&mut octets);
        octets
    }

    pub(super) fn read(first: u8, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let failure = read_failure(reader);
        let indicator = read_indicator(reader)?;
        let timestamp = Timestamp::from_octets(reader.array("service centre time stamp")?);
        let parameters = ReportParameters::read_fields(indicator, first & HEADER != 0, reader)?;
        Ok(Self { failure, timestamp, parameters })
    }
}

/// SMS-DELIVER-REPORT: the mobile's answer to a DELIVER or STATUS-REPORT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverReport {
    /// TP-FCS; present in an RP-ERROR.
    pub failure: Option<FailureCause>,
    /// TP-PI and what it announces.
    pub parameters: ReportParameters,
}

impl DeliverReport {
    /// The report in an RP-ACK, without optional fields.
    #[must_use]
    pub fn accepted() -> Self {
        Self { failure: None, parameters: ReportParameters::default() }
    }

    /// The report in an RP-ERROR, without optional fields.
    #[must_use]
    pub fn refused(cause: FailureCause) -> Self {
        Self { failure: Some(cause), parameters: ReportParameters::default() }
    }

    /// The octets of the TPDU.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = vec![flag(self.parameters.has_header(), HEADER)];
        octets.extend(self.failure.map(FailureCause::value));
        octets.push(self.parameters.indicator());
        self.parameters.write_fields(&mut octets);
        octets
    }

    pub(super) fn read(first: u8, reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let failure = read_failure(reader);
        let indicator = read_indicator(reader)?;
        let parameters = ReportParameters::read_fields(indicator, first & HEADER != 0, reader)?;
        Ok(Self { failure, parameters })
    }
}
