//! Writing and sending messages: `+CMGS`, `+CMGW`, `+CMSS` (TS 27.005 3.5, 4.3, 4.4).

use super::super::super::Modem;
use super::super::super::line::Entry;
use super::super::super::outcome::{Flow, Outcome, Pending, Prompt, Refusal};
use super::super::super::profile::CharacterSet;
use super::phone_number;
use crate::sim::{SmsRecord, SmsStatus, SmsStoreError};
use wire::at::command::Form;
use wire::at::error::CmsError;
use wire::sms::{
    Address, Alphabet, DataCoding, Direction, Payload, ProtocolId, SmscPdu, Submit, Tpdu, UserData,
    UserDataHeader, ValidityPeriod,
};
use wire::time::Instant;

/// Bits of a SUBMIT's first octet (TS 23.040 9.2.3).
const REJECT_DUPLICATES: u8 = 0x04;
const VALIDITY_FORMAT: u8 = 0x18;
const RELATIVE_VALIDITY: u8 = 0x10;
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
            Prompt::SendPdu { length: pdu_length(list.required_number(0)?)? }
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
                Prompt::WritePdu { length: pdu_length(list.required_number(0)?)?, sent }
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
            Prompt::SendText { number, type_of_address } => {
                let submit = self.submit_from_text(&number, type_of_address, &entry.text)?;
                self.send_submit(now, None, submit, None)
            }
            Prompt::SendPdu { length } => {
                let pdu = parse_pdu(&entry.text, length)?;
                let Tpdu::Submit(submit) = pdu.tpdu else {
                    return Err(CmsError::OPERATION_NOT_SUPPORTED.into());
                };
                self.send_submit(now, pdu.smsc, submit, None)
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
        }
    }

    pub(in crate::modem::commands) fn send_stored(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let index = u8::try_from(list.required_number(0)?).map_err(|_| CmsError::INVALID_INDEX)?;
        let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
        let record =
            card.sms_record(index).map_err(|_| CmsError::INVALID_INDEX)?.ok_or(CmsError::INVALID_INDEX)?;
        let (pdu, _) = SmscPdu::parse_record(Direction::MobileToNetwork, &record.pdu)
            .map_err(|_| CmsError::OPERATION_NOT_ALLOWED)?;
        let Tpdu::Submit(mut submit) = pdu.tpdu else { return Err(CmsError::OPERATION_NOT_ALLOWED.into()) };
        if let Some(number) = list.text(1)? {
            let number = self.text_of_host(number).ok_or(Refusal::Parameter)?;
            submit.destination = destination(&number, list.number(2)?)?;
        }
        self.send_submit(now, pdu.smsc, submit, Some(index))
    }

    fn send_submit(
        &mut self,
        now: Instant,
        centre: Option<Address>,
        submit: Submit,
        stored: Option<u8>,
    ) -> Outcome {
        let from_card = || self.mobile.card().and_then(|card| card.smsc().ok().flatten());
        let centre = centre.or_else(|| from_card().map(|number| Address::from_number(&number)));
        self.mobile.send_message(now, centre.ok_or(CmsError::SMSC_UNKNOWN)?, submit)?;
        Ok(Flow::Pending(Pending::Message { stored }))
    }

    fn keep(&mut self, pdu: SmscPdu, sent: bool) -> Outcome {
        let status = if sent { SmsStatus::Sent } else { SmsStatus::ToBeSent };
        let record = SmsRecord { status, pdu: pdu.to_octets() };
        let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
        let index = card.store_sms(&record).map_err(|error| match error {
            SmsStoreError::Full => CmsError::MEMORY_FULL,
            SmsStoreError::TooLong => CmsError::INVALID_PDU_PARAMETER,
            SmsStoreError::Card(_) => CmsError::MEMORY_FAILURE,
        })?;
        self.information(&format!("+CMGW: {index}"));
        Ok(Flow::Done)
    }

    pub(in crate::modem) fn mark_sent(&mut self, index: u8) {
        if let Some(card) = self.mobile.card_mut() {
            // The message is sent; a record that keeps its old mark is all that is lost.
            let _ = card.set_sms_status(index, SmsStatus::Sent);
        }
    }

    /// A SUBMIT of a text and the parameters of `+CSMP`.
    fn submit_from_text(&self, number: &str, kind: Option<u8>, text: &[u8]) -> Result<Submit, CmsError> {
        let [first, validity, pid, dcs] = self.profile.csmp;
        let user_data = self.user_data(DataCoding(dcs), first & HEADER != 0, text)?;
        let mut submit = Submit::new(destination(number, kind.map(u32::from))?, user_data);
        submit.pid = ProtocolId(pid);
        submit.reject_duplicates = first & REJECT_DUPLICATES != 0;
        submit.status_report_request = first & STATUS_REPORT != 0;
        submit.reply_path = first & REPLY_PATH != 0;
        submit.validity = match first & VALIDITY_FORMAT {
            0 => None,
            RELATIVE_VALIDITY => Some(ValidityPeriod::Relative(validity)),
            // The other formats need more than the one octet that is kept.
            _ => return Err(CmsError::INVALID_TEXT_PARAMETER),
        };
        Ok(submit)
    }

    /// TS 27.005 3.1 `<data>`: characters for the GSM alphabet, else two hexadecimal digits for each octet.
    fn user_data(&self, dcs: DataCoding, header: bool, text: &[u8]) -> Result<UserData, CmsError> {
        let wrong = CmsError::INVALID_TEXT_PARAMETER;
        let text = std::str::from_utf8(text).map_err(|_| wrong)?;
        if dcs.alphabet() == Alphabet::Gsm7 && !header {
            let text = self.text_of_host(text).ok_or(wrong)?;
            let data = UserData::text_with(&text, dcs.class(), None).map_err(|_| wrong)?;
            let fits = matches!(data.payload(), Payload::Septets(_));
            return if fits { Ok(data) } else { Err(wrong) };
        }
        if dcs.alphabet() == Alphabet::Ucs2 && !header && self.profile.character_set == CharacterSet::Utf8 {
            let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            return UserData::binary(dcs, None, octets).map_err(|_| wrong);
        }
        let octets = hex::decode(text.trim()).map_err(|_| wrong)?;
        let none: Option<UserDataHeader> = None;
        if header || dcs.alphabet() == Alphabet::Gsm7 {
            return Err(CmsError::OPERATION_NOT_SUPPORTED);
        }
        UserData::binary(dcs, none, octets).map_err(|_| wrong)
    }
}

fn destination(number: &str, kind: Option<u32>) -> Result<Address, CmsError> {
    let number = phone_number(number, kind).ok_or(CmsError::INVALID_TEXT_PARAMETER)?;
    Ok(Address::from_number(&number))
}

fn type_of_address(number: Option<u32>) -> Result<Option<u8>, Refusal> {
    number.map(u8::try_from).transpose().map_err(|_| Refusal::Parameter)
}

fn pdu_length(number: u32) -> Result<usize, CmsError> {
    usize::try_from(number)
        .ok()
        .filter(|length| (1..=164).contains(length))
        .ok_or(CmsError::INVALID_PDU_PARAMETER)
}

fn parse_pdu(text: &[u8], length: usize) -> Result<SmscPdu, CmsError> {
    let text = std::str::from_utf8(text).map_err(|_| CmsError::INVALID_PDU_PARAMETER)?;
    let pdu = SmscPdu::parse_hex(Direction::MobileToNetwork, text.trim(), Some(length));
    pdu.map_err(|_| CmsError::INVALID_PDU_PARAMETER)
}
