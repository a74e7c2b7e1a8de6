//! Messages in the storage: `+CMGL`, `+CMGR`, `+CMGD` (TS 27.005 3.4.2, 3.4.3, 3.5.4, 4.1, 4.2).

use super::super::super::Modem;
use super::super::super::messages::Memory;
use super::super::super::outcome::{Flow, Outcome, Refusal};
use crate::sim::{SmsRecord, SmsStatus};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmsError;
use wire::sms::{Direction, SmscPdu, Tpdu, smsc_pdu};
use wire::time::Instant;

/// `<stat>` as a number and as a text.
const STATES: [&str; 5] = ["REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"];
const ALL: usize = 4;

const fn stat(status: SmsStatus) -> usize {
    match status {
        SmsStatus::ReceivedUnread => 0,
        SmsStatus::ReceivedRead => 1,
        SmsStatus::ToBeSent => 2,
        SmsStatus::Sent
        | SmsStatus::SentReportPending
        | SmsStatus::SentReportReceived
        | SmsStatus::SentReportStored => 3,
    }
}

impl Modem {
    pub(in crate::modem::commands) fn list_messages(&mut self, _now: Instant, form: &Form) -> Outcome {
        let text_mode = self.profile.text_mode;
        let wanted = match form {
            Form::Test => {
                let states = if text_mode {
                    STATES.map(|name| format!("\"{name}\"")).join(",")
                } else {
                    "0-4".to_owned()
                };
                self.information(&format!("+CMGL: ({states})"));
                return Ok(Flow::Done);
            }
            Form::Action => 0,
            Form::Set(list) if text_mode => {
                let name = list.required_text(0)?;
                STATES.iter().position(|known| *known == name).ok_or(Refusal::Parameter)?
            }
            Form::Set(list) => match list.required_number(0)? {
                number @ 0..=4 => number as usize,
                _ => return Err(CmsError::INVALID_PDU_PARAMETER.into()),
            },
            Form::Read => return Err(Refusal::NoSuchForm),
        };
        let memory = self.profile.storage[0];
        for (index, record) in self.records(memory)? {
            if wanted == ALL || wanted == stat(record.status) {
                let (header, body) = self.show_record(&record, true)?;
                self.show_message(&format!("+CMGL: {index},{header}"), body.as_deref());
                self.mark_read(memory, index, &record);
            }
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem::commands) fn read_message(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let memory = self.profile.storage[0];
        let index = record_index(list)?;
        let record = self.record(memory, index)?.ok_or(CmsError::INVALID_INDEX)?;
        let (header, body) = self.show_record(&record, false)?;
        self.show_message(&format!("+CMGR: {header}"), body.as_deref());
        self.mark_read(memory, index, &record);
        Ok(Flow::Done)
    }

    /// A status report and a command have no line below the header.
    fn show_message(&mut self, header: &str, body: Option<&str>) {
        match body {
            Some(body) => self.information_with_payload(header, body),
            None => self.information(header),
        }
    }

    fn mark_read(&mut self, memory: Memory, index: u16, record: &SmsRecord) {
        if record.status == SmsStatus::ReceivedUnread {
            self.mark_record(memory, index, SmsStatus::ReceivedRead);
        }
    }

    /// The header after the name, and the line below it.
    fn show_record(&self, record: &SmsRecord, listed: bool) -> Result<(String, Option<String>), CmsError> {
        let state = stat(record.status);
        if !self.profile.text_mode {
            let length = smsc_pdu::split(&record.pdu).map(|(_, tpdu)| tpdu.len()).unwrap_or_default();
            return Ok((format!("{state},,{length}"), Some(hex::encode_upper(&record.pdu))));
        }
        let direction = if state <= 1 { Direction::NetworkToMobile } else { Direction::MobileToNetwork };
        let (pdu, _) = SmscPdu::parse_record(direction, &record.pdu).map_err(|_| CmsError::MEMORY_FAILURE)?;
        let name = STATES.get(state).copied().unwrap_or_default();
        let centre = pdu.smsc.as_ref();
        let header = match &pdu.tpdu {
            Tpdu::Deliver(deliver) if listed => self.deliver_in_list(deliver),
            Tpdu::Deliver(deliver) => self.deliver_header(deliver, centre),
            Tpdu::Submit(submit) if listed => self.submit_in_list(submit),
            Tpdu::Submit(submit) => self.submit_header(submit, centre),
            Tpdu::StatusReport(report) => {
                return Ok((format!("\"{name}\",{}", self.status_report_text(report)), None));
            }
            Tpdu::Command(command) => {
                return Ok((format!("\"{name}\",{}", self.command_text(command, listed)), None));
            }
            Tpdu::SubmitReport(_) | Tpdu::DeliverReport(_) => return Err(CmsError::MEMORY_FAILURE),
        };
        Ok((format!("\"{name}\",{header}"), Some(self.body(&pdu.tpdu))))
    }

    pub(in crate::modem::commands) fn delete_message(&mut self, now: Instant, form: &Form) -> Outcome {
        let memory = self.profile.storage[0];
        let list = match form {
            Form::Test => {
                self.information(&format!("+CMGD: (1-{}),(0-4)", self.capacity(memory)));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Action | Form::Read => return Err(Refusal::NoSuchForm),
        };
        let states: &[usize] = match list.number(1)?.unwrap_or(0) {
            0 => &[],
            1 => &[1],
            2 => &[1, 3],
            3 => &[1, 3, 2],
            4 => &[0, 1, 2, 3],
            _ => return Err(CmsError::INVALID_INDEX.into()),
        };
        let index = record_index(list)?;
        let chosen = if states.is_empty() {
            self.record(memory, index)?;
            vec![index]
        } else {
            let records = self.records(memory)?.into_iter();
            records
                .filter(|(_, record)| states.contains(&stat(record.status)))
                .map(|(index, _)| index)
                .collect()
        };
        for index in chosen {
            self.delete_record(memory, index)?;
        }
        self.room_made(now, memory);
        Ok(Flow::Done)
    }

    /// After "memory full" the network is told that there is room again (TS 24.011 8.2.5.6).
    fn room_made(&mut self, now: Instant, memory: Memory) {
        let full_before = self.mobile.card().is_some_and(|card| card.memory_exceeded() == Ok(true));
        if full_before && !self.is_full(memory) {
            self.mobile.memory_available(now);
        }
    }
}

/// The index of a command; whether it is one of the storage's is for the storage to say.
fn record_index(list: &Parameters) -> Result<u16, CmsError> {
    let number = list.required_number(0).map_err(|_| CmsError::INVALID_INDEX)?;
    u16::try_from(number).map_err(|_| CmsError::INVALID_INDEX)
}
