//! Messages in the storage: `+CMGL`, `+CMGR`, `+CMGD` (TS 27.005 3.4.2, 3.4.3, 3.5.4, 4.1, 4.2).

use super::super::super::Modem;
use super::super::super::messages::centre_text;
use super::super::super::outcome::{Flow, Outcome, Refusal};
use crate::sim::{SmsRecord, SmsStatus};
use wire::at::command::Form;
use wire::at::error::CmsError;
use wire::sms::{Direction, SmscPdu, Tpdu, ValidityPeriod, smsc_pdu};
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
        let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
        for (index, record) in card.sms_records().map_err(|_| CmsError::SIM_FAILURE)? {
            if wanted == ALL || wanted == stat(record.status) {
                let (header, body) = self.show_record(&record, true)?;
                self.information_with_payload(&format!("+CMGL: {index},{header}"), &body);
                self.mark_read(index, &record);
            }
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem::commands) fn read_message(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let index = self.record_index(list.required_number(0)?)?;
        let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
        let record =
            card.sms_record(index).map_err(|_| CmsError::SIM_FAILURE)?.ok_or(CmsError::INVALID_INDEX)?;
        let (header, body) = self.show_record(&record, false)?;
        self.information_with_payload(&format!("+CMGR: {header}"), &body);
        self.mark_read(index, &record);
        Ok(Flow::Done)
    }

    fn record_index(&self, number: u32) -> Result<u8, CmsError> {
        let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
        u8::try_from(number)
            .ok()
            .filter(|index| (1..=card.sms_capacity()).contains(index))
            .ok_or(CmsError::INVALID_INDEX)
    }

    fn mark_read(&mut self, index: u8, record: &SmsRecord) {
        if let (SmsStatus::ReceivedUnread, Some(card)) = (record.status, self.mobile.card_mut()) {
            // A message that stays unread is no reason to withhold it.
            let _ = card.set_sms_status(index, SmsStatus::ReceivedRead);
        }
    }

    /// The header after the name, and the line below it.
    fn show_record(&self, record: &SmsRecord, listed: bool) -> Result<(String, String), CmsError> {
        let state = stat(record.status);
        if !self.profile.text_mode {
            let length = smsc_pdu::split(&record.pdu).map(|(_, tpdu)| tpdu.len()).unwrap_or_default();
            return Ok((format!("{state},,{length}"), hex::encode_upper(&record.pdu)));
        }
        let direction = if state <= 1 { Direction::NetworkToMobile } else { Direction::MobileToNetwork };
        let (pdu, _) = SmscPdu::parse_record(direction, &record.pdu).map_err(|_| CmsError::MEMORY_FAILURE)?;
        let name = STATES.get(state).copied().unwrap_or_default();
        let header = match &pdu.tpdu {
            Tpdu::Deliver(deliver) if listed => {
                let mut text = format!(
                    "\"{}\",,\"{}\"",
                    self.host_text(&deliver.originator.to_string()),
                    deliver.timestamp
                );
                if self.profile.csdh {
                    text += &format!(
                        ",{},{}",
                        deliver.originator.type_of_address().0,
                        deliver.user_data.length()
                    );
                }
                text
            }
            Tpdu::Deliver(deliver) => self.deliver_header(deliver, pdu.smsc.as_ref()),
            Tpdu::Submit(submit) => {
                let mut text = format!("\"{}\",", self.host_text(&submit.destination.to_string()));
                if self.profile.csdh && listed {
                    text += &format!(
                        ",,{},{}",
                        submit.destination.type_of_address().0,
                        submit.user_data.length()
                    );
                } else if self.profile.csdh {
                    let validity = match submit.validity {
                        Some(ValidityPeriod::Relative(octet)) => octet.to_string(),
                        Some(ValidityPeriod::Enhanced(_) | ValidityPeriod::Absolute(_)) | None => {
                            String::new()
                        }
                    };
                    text += &format!(
                        ",{},{},{},{},{validity},{},{}",
                        submit.destination.type_of_address().0,
                        submit.to_octets().first().copied().unwrap_or_default(),
                        submit.pid.0,
                        submit.user_data.dcs().0,
                        centre_text(pdu.smsc.as_ref()),
                        submit.user_data.length(),
                    );
                }
                text
            }
            Tpdu::StatusReport(_) | Tpdu::SubmitReport(_) | Tpdu::DeliverReport(_) | Tpdu::Command(_) => {
                return Err(CmsError::MEMORY_FAILURE);
            }
        };
        Ok((format!("\"{name}\",{header}"), self.body(&pdu.tpdu)))
    }

    pub(in crate::modem::commands) fn delete_message(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Test => {
                let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
                let records = card.sms_records().map_err(|_| CmsError::SIM_FAILURE)?;
                let used: Vec<String> = records.iter().map(|(index, _)| index.to_string()).collect();
                self.information(&format!("+CMGD: ({}),(0-4)", used.join(",")));
                return Ok(Flow::Done);
            }
            Form::Set(list) => list,
            Form::Action | Form::Read => return Err(Refusal::NoSuchForm),
        };
        let most = match list.number(1)?.unwrap_or(0) {
            0 => None,
            1 => Some(vec![1]),
            2 => Some(vec![1, 3]),
            3 => Some(vec![1, 3, 2]),
            4 => Some(vec![0, 1, 2, 3]),
            _ => return Err(Refusal::Parameter),
        };
        let number = list.required_number(0)?;
        let chosen: Vec<u8> = match most {
            None => vec![self.record_index(number)?],
            Some(states) => {
                let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
                let records = card.sms_records().map_err(|_| CmsError::SIM_FAILURE)?;
                records
                    .into_iter()
                    .filter(|(_, record)| states.contains(&stat(record.status)))
                    .map(|(index, _)| index)
                    .collect()
            }
        };
        for index in chosen {
            let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
            card.delete_sms(index).map_err(|_| CmsError::MEMORY_FAILURE)?;
        }
        self.room_made(now);
        Ok(Flow::Done)
    }

    /// After "memory full" the network is told that there is room again (TS 24.011 8.2.5.6).
    fn room_made(&mut self, now: Instant) {
        let Some(card) = self.mobile.card() else { return };
        let full_before = card.memory_exceeded().unwrap_or(false);
        if full_before && card.sms_free().is_ok_and(|free| free > 0) {
            self.mobile.memory_available(now);
        }
    }
}
