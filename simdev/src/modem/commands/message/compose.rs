//! Writing and sending messages: `+CMGS`, `+CMGW`, `+CMSS`, `+CMGC` (TS 27.005 3.5, 4.3 to 4.6).

use super::super::super::Modem;
use super::super::super::line::Entry;
use super::super::super::messages::Memory;
use super::super::super::outcome::{Flow, MessageOrigin, Outcome, Pending, Prompt, Refusal};
use super::super::super::profile::CharacterSet;
use super::text_parameters::{TextParameters, VALIDITY_FORMAT};
use super::{octet, phone_number};
use crate::sim::{SmsRecord, SmsStatus};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmsError;
use wire::at::text::text_of;
use wire::sms::{
    Address, Alphabet, Command, DataCoding, DeliverReport, Direction, Payload, ProtocolId, SmscPdu, Submit,
    Tpdu, UserData, UserDataHeader,
};
use wire::time::Instant;

/// Bits of the first octet (TS 23.040 9.2.3).
const MESSAGE_TYPE: u8 = 0x03;
const COMMAND: u8 = 0x02;
const REJECT_DUPLICATES: u8 = 0x04;
const STATUS_REPORT: u8 = 0x20;
const HEADER: u8 = 0x40;
const REPLY_PATH: u8 = 0x80;

impl Modem {
    pub(in crate::modem::commands) fn send_message(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let prompt = if self.profile.text_mode {
            let number = self.text_of_host(list.required_text(0)?).ok_or(Refusal::Parameter)?;
            Prompt::SendText { number, type_of_address: type_of_address(list.number(1)?)? }
        } else {
            Prompt::SendPdu { length: pdu_length(list)? }
        };
        Ok(Flow::Prompt(prompt))
    }

    pub(in crate::modem::commands) fn write_message(&mut self, _now: Instant, form: &Form) -> Outcome {
        let prompt = match form {
            Form::Action if self.profile.text_mode => {
                Prompt::WriteText { number: None, type_of_address: None, sent: false }
            }
            Form::Set(list) if self.profile.text_mode => {
                let number = list.text(0)?.and_then(|number| self.text_of_host(number));
                let sent = match list.text(2)? {
                    None | Some("STO UNSENT") => false,
                    Some("STO SENT") => true,
                    Some(_) => return Err(Refusal::Parameter),
                };
                Prompt::WriteText { number, type_of_address: type_of_address(list.number(1)?)?, sent }
            }
            Form::Set(list) => {
                let sent = match list.number(1)? {
                    None | Some(2) => false,
                    Some(3) => true,
                    // A received message cannot be written here.
                    Some(0 | 1) => return Err(CmsError::OPERATION_NOT_SUPPORTED.into()),
                    Some(_) => return Err(CmsError::INVALID_PDU_PARAMETER.into()),
                };
                Prompt::WritePdu { length: pdu_length(list)?, sent }
            }
            Form::Action | Form::Read | Form::Test => return Err(Refusal::NoSuchForm),
        };
        Ok(Flow::Prompt(prompt))
    }

    /// Ctrl-Z ended the text after a prompt.
    pub(in crate::modem) fn entry_completed(&mut self, now: Instant, entry: Entry) -> Outcome {
        self.line.begin_response();
        if entry.too_long {
            return Err(CmsError::INVALID_TEXT_PARAMETER.into());
        }
        match entry.prompt {
            Prompt::SocketData(_) => Err(Refusal::Plain),
            Prompt::SendText { number, type_of_address } => {
                let submit = self.submit_from_text(&number, type_of_address, &entry.text)?;
                self.send_tpdu(now, None, Tpdu::Submit(submit), MessageOrigin::Prompt)
            }
            Prompt::SendPdu { length } => {
                let pdu = parse_pdu(&entry.text, length)?;
                let Tpdu::Submit(submit) = pdu.tpdu else {
                    return Err(CmsError::OPERATION_NOT_SUPPORTED.into());
                };
                self.send_tpdu(now, pdu.smsc, Tpdu::Submit(submit), MessageOrigin::Prompt)
            }
            Prompt::WriteText { number, type_of_address, sent } => {
                let number = number.ok_or(CmsError::INVALID_TEXT_PARAMETER)?;
                let submit = self.submit_from_text(&number, type_of_address, &entry.text)?;
                self.keep(SmscPdu { smsc: None, tpdu: Tpdu::Submit(submit) }, sent)
            }
            Prompt::WritePdu { length, sent } => {
                let pdu = parse_pdu(&entry.text, length)?;
                self.keep(pdu, sent)
            }
            Prompt::CommandText { command } => {
                let text = std::str::from_utf8(&entry.text).map_err(|_| CmsError::INVALID_TEXT_PARAMETER)?;
                let data = hex::decode(text.trim()).map_err(|_| CmsError::INVALID_TEXT_PARAMETER)?;
                let command = command.with_data(data).ok_or(CmsError::INVALID_TEXT_PARAMETER)?;
                self.send_tpdu(now, None, Tpdu::Command(command), MessageOrigin::Command)
            }
            Prompt::CommandPdu { length } => {
                let pdu = parse_pdu(&entry.text, length)?;
                let Tpdu::Command(command) = pdu.tpdu else {
                    return Err(CmsError::INVALID_PDU_PARAMETER.into());
                };
                self.send_tpdu(now, pdu.smsc, Tpdu::Command(command), MessageOrigin::Command)
            }
            Prompt::Acknowledge { accepted, length } => {
                let report = parse_report(&entry.text, length)?;
                self.acknowledged_by_host(now, accepted, Some(report));
                Ok(Flow::Done)
            }
        }
    }

    pub(in crate::modem::commands) fn send_command(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        if !self.profile.text_mode {
            return Ok(Flow::Prompt(Prompt::CommandPdu { length: pdu_length(list)? }));
        }
        let wrong = CmsError::INVALID_TEXT_PARAMETER;
        let number = |index, otherwise| octet(list, index, otherwise).ok_or(wrong);
        let first = number(0, 2)?;
        if first & MESSAGE_TYPE != COMMAND {
            return Err(wrong.into());
        }
        let digits = list.text(4).map_err(|_| wrong)?.unwrap_or_default();
        let digits = self.text_of_host(digits).ok_or(wrong)?;
        let destination = destination(&digits, list.number(5).map_err(|_| wrong)?)?;
        let mut command = Command::new(number(1, 0)?, number(3, 0)?, destination);
        command.pid = ProtocolId(number(2, 0)?);
        command.status_report_request = first & STATUS_REPORT != 0;
        command.has_header = first & HEADER != 0;
        Ok(Flow::Prompt(Prompt::CommandText { command }))
    }

    pub(in crate::modem::commands) fn send_stored(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let wrong = CmsError::INVALID_INDEX;
        let index = u16::try_from(list.required_number(0).map_err(|_| wrong)?).map_err(|_| wrong)?;
        let memory = self.profile.storage[1];
        let record = self.record(memory, index)?.ok_or(wrong)?;
        let (pdu, _) = SmscPdu::parse_record(Direction::MobileToNetwork, &record.pdu)
            .map_err(|_| CmsError::OPERATION_NOT_ALLOWED)?;
        let Tpdu::Submit(mut submit) = pdu.tpdu else { return Err(CmsError::OPERATION_NOT_ALLOWED.into()) };
        if let Some(number) = list.text(1)? {
            let number = self.text_of_host(number).ok_or(Refusal::Parameter)?;
            submit.destination = destination(&number, list.number(2)?)?;
        }
        let report = submit.status_report_request;
        self.send_tpdu(now, pdu.smsc, Tpdu::Submit(submit), MessageOrigin::Stored { memory, index, report })
    }

    fn send_tpdu(
        &mut self,
        now: Instant,
        centre: Option<Address>,
        tpdu: Tpdu,
        origin: MessageOrigin,
    ) -> Outcome {
        let from_card = || self.mobile.card().and_then(|card| card.smsc().ok().flatten());
        let centre = centre.or_else(|| from_card().map(|number| Address::from_number(&number)));
        self.mobile.send_message(now, centre.ok_or(CmsError::SMSC_UNKNOWN)?, tpdu)?;
        Ok(Flow::Pending(Pending::Message(origin)))
    }

    fn keep(&mut self, pdu: SmscPdu, sent: bool) -> Outcome {
        let status = if sent { SmsStatus::Sent } else { SmsStatus::ToBeSent };
        let record = SmsRecord { status, pdu: pdu.to_octets() };
        let index = self.store_record(self.profile.storage[1], &record)?;
        self.information(&format!("+CMGW: {index}"));
        Ok(Flow::Done)
    }

    /// A message of the storage was sent (TS 31.102 4.2.25).
    pub(in crate::modem) fn mark_sent(&mut self, memory: Memory, index: u16, report: bool) {
        let status = if report { SmsStatus::SentReportPending } else { SmsStatus::Sent };
        self.mark_record(memory, index, status);
    }

    /// A SUBMIT of a text and the parameters of `+CSMP`.
    fn submit_from_text(&self, number: &str, kind: Option<u8>, text: &[u8]) -> Result<Submit, CmsError> {
        let TextParameters { first, validity, pid, dcs } = self.profile.csmp;
        let user_data = self.user_data(DataCoding(dcs), first & HEADER != 0, text)?;
        let mut submit = Submit::new(destination(number, kind.map(u32::from))?, user_data);
        submit.pid = ProtocolId(pid);
        submit.reject_duplicates = first & REJECT_DUPLICATES != 0;
        submit.status_report_request = first & STATUS_REPORT != 0;
        submit.reply_path = first & REPLY_PATH != 0;
        submit.validity = (first & VALIDITY_FORMAT != 0).then_some(validity);
        Ok(submit)
    }

    /// TS 27.005 3.1 `<data>`: characters for the GSM alphabet, else two hexadecimal digits for each octet.
    fn user_data(&self, dcs: DataCoding, header: bool, text: &[u8]) -> Result<UserData, CmsError> {
        let wrong = CmsError::INVALID_TEXT_PARAMETER;
        let text = text_of(text);
        if dcs.alphabet() == Alphabet::Gsm7 && !header {
            let text = self.text_of_host(&text).ok_or(wrong)?;
            let data = UserData::text_with(&text, dcs.class(), None).map_err(|_| wrong)?;
            let fits = matches!(data.payload(), Payload::Septets(_));
            return if fits { Ok(data) } else { Err(wrong) };
        }
        if dcs.alphabet() == Alphabet::Ucs2 && !header && self.profile.character_set == CharacterSet::Utf8 {
            let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            return UserData::binary(dcs, None, octets).map_err(|_| wrong);
        }
        let octets = hex::decode(text.trim()).map_err(|_| wrong)?;
        if dcs.alphabet() == Alphabet::Gsm7 {
            // A header before packed septets is for PDU mode.
            return Err(CmsError::OPERATION_NOT_SUPPORTED);
        }
        let (header, octets) = if header { split_header(&octets).ok_or(wrong)? } else { (None, octets) };
        UserData::binary(dcs, header, octets).map_err(|_| wrong)
    }
}

/// The user data header that the octets begin with, and the rest.
fn split_header(octets: &[u8]) -> Option<(Option<UserDataHeader>, Vec<u8>)> {
    let (length, rest) = octets.split_first()?;
    let (header, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((Some(UserDataHeader::from_octets(header.to_vec())?), rest.to_vec()))
}

fn destination(number: &str, kind: Option<u32>) -> Result<Address, CmsError> {
    let number = phone_number(number, kind).ok_or(CmsError::INVALID_TEXT_PARAMETER)?;
    Ok(Address::from_number(&number))
}

fn type_of_address(number: Option<u32>) -> Result<Option<u8>, Refusal> {
    number.map(u8::try_from).transpose().map_err(|_| Refusal::Parameter)
}

/// `<length>` of PDU mode.
fn pdu_length(list: &Parameters) -> Result<usize, CmsError> {
    let number = list.required_number(0).ok().and_then(|number| usize::try_from(number).ok());
    number.filter(|length| (1..=164).contains(length)).ok_or(CmsError::INVALID_PDU_PARAMETER)
}

fn parse_pdu(text: &[u8], length: usize) -> Result<SmscPdu, CmsError> {
    let text = std::str::from_utf8(text).map_err(|_| CmsError::INVALID_PDU_PARAMETER)?;
    let pdu = SmscPdu::parse_hex(Direction::MobileToNetwork, text.trim(), Some(length));
    pdu.map_err(|_| CmsError::INVALID_PDU_PARAMETER)
}

/// The DELIVER-REPORT of `+CNMA`: a TPDU without a service centre.
fn parse_report(text: &[u8], length: usize) -> Result<DeliverReport, CmsError> {
    let wrong = CmsError::INVALID_PDU_PARAMETER;
    let octets = hex::decode(text.trim_ascii()).map_err(|_| wrong)?;
    match Tpdu::parse(Direction::MobileToNetwork, &octets) {
        Ok(Tpdu::DeliverReport(report)) if octets.len() == length => Ok(report),
        _ => Err(wrong),
    }
}
