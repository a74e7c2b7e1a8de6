//! Short message commands (TS 27.005 clauses 3 and 4). The storage is the card (`SM`).

mod compose;
mod stored;

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::profile::Indications;
use super::{Entry, Test, setting, sms};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmsError;
use wire::id::PhoneNumber;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    sms("+CSMS", Test::Text("(0,1)"), Modem::message_service),
    sms("+CPMS", Test::Text("(\"SM\"),(\"SM\"),(\"SM\")"), Modem::message_storage),
    sms("+CMGF", Test::Text("(0,1)"), Modem::message_format),
    sms("+CSCA", Test::Bare, Modem::service_centre),
    sms("+CSMP", Test::Bare, Modem::text_parameters),
    sms("+CSDH", Test::Text("(0,1)"), Modem::show_headers),
    sms("+CNMI", Test::Text("(0-3),(0-3),(0),(0,1),(0,1)"), Modem::indications),
    sms("+CMGS", Test::Bare, Modem::send_message),
    sms("+CMGW", Test::Bare, Modem::write_message),
    sms("+CMSS", Test::Bare, Modem::send_stored),
    sms("+CMGL", Test::Own, Modem::list_messages),
    sms("+CMGR", Test::Bare, Modem::read_message),
    sms("+CMGD", Test::Own, Modem::delete_message),
    sms("+CNMA", Test::Text("(0-2)"), Modem::acknowledge_message),
];

impl Modem {
    pub(super) fn message_service(&mut self, _now: Instant, form: &Form) -> Outcome {
        let service = u8::from(self.profile.acknowledged);
        match form {
            Form::Read => self.information(&format!("+CSMS: {service},1,1,0")),
            Form::Set(list) => {
                self.profile.acknowledged = match list.required_number(0)? {
                    0 => false,
                    1 => true,
                    _ => return Err(CmsError::OPERATION_NOT_SUPPORTED.into()),
                };
                self.information("+CSMS: 1,1,0");
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// How many messages there are, and how many there can be.
    fn storage_level(&self) -> Result<(usize, u8), CmsError> {
        let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
        let total = card.sms_capacity();
        let free = card.sms_free().map_err(|_| CmsError::SIM_FAILURE)?;
        Ok((usize::from(total.saturating_sub(free)) + self.messages.hidden(), total))
    }

    pub(super) fn message_storage(&mut self, _now: Instant, form: &Form) -> Outcome {
        let (used, total) = self.storage_level()?;
        match form {
            Form::Read => {
                let one = format!("\"SM\",{used},{total}");
                self.information(&format!("+CPMS: {one},{one},{one}"));
            }
            Form::Set(list) => {
                list.required_text(0)?;
                for index in 0..list.len().min(3) {
                    if list.text(index)?.is_some_and(|memory| memory != "SM") {
                        return Err(CmsError::OPERATION_NOT_ALLOWED.into());
                    }
                }
                self.information(&format!("+CPMS: {used},{total},{used},{total},{used},{total}"));
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn message_format(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = u32::from(self.profile.text_mode);
        if let Some(value) = setting(self, form, "+CMGF", current, 0..=1)? {
            self.profile.text_mode = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn show_headers(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = u32::from(self.profile.csdh);
        if let Some(value) = setting(self, form, "+CSDH", current, 0..=1)? {
            self.profile.csdh = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn service_centre(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
                let centre = card.smsc().map_err(|_| CmsError::SIM_FAILURE)?;
                let text = match centre {
                    Some(number) => format!("+CSCA: \"{number}\",{}", number.type_of_address()),
                    None => "+CSCA: \"\",129".to_owned(),
                };
                self.information(&text);
            }
            Form::Set(list) => {
                let digits = list.required_text(0)?;
                let number = phone_number(digits, list.number(1)?).ok_or(CmsError::INVALID_PDU_PARAMETER)?;
                let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
                card.set_smsc(&number).map_err(|_| CmsError::MEMORY_FAILURE)?;
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn text_parameters(&mut self, _now: Instant, form: &Form) -> Outcome {
        let [fo, vp, pid, dcs] = self.profile.csmp;
        match form {
            Form::Read => self.information(&format!("+CSMP: {fo},{vp},{pid},{dcs}")),
            Form::Set(list) => {
                let mut csmp = self.profile.csmp;
                for (index, value) in csmp.iter_mut().enumerate() {
                    *value = octet(list, index, *value)?;
                }
                self.profile.csmp = csmp;
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn indications(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let Indications { mode, mt, bm, ds, bfr } = self.profile.cnmi;
                self.information(&format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"));
            }
            Form::Set(list) => {
                let now = self.profile.cnmi;
                let wanted = Indications {
                    mode: octet(list, 0, now.mode)?,
                    mt: octet(list, 1, now.mt)?,
                    bm: octet(list, 2, now.bm)?,
                    ds: octet(list, 3, now.ds)?,
                    bfr: octet(list, 4, now.bfr)?,
                };
                if wanted.mode > 3 || wanted.mt > 3 || wanted.bm > 0 || wanted.ds > 1 || wanted.bfr > 1 {
                    return Err(CmsError::OPERATION_NOT_SUPPORTED.into());
                }
                self.profile.cnmi = wanted;
                self.release_indications();
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn acknowledge_message(&mut self, now: Instant, form: &Form) -> Outcome {
        let accepted = match form {
            Form::Action => true,
            // A report of the host's own, after a prompt, is not taken.
            Form::Set(list) if list.number(1)?.unwrap_or(0) == 0 => match list.number(0)?.unwrap_or(0) {
                0 | 1 => true,
                2 => false,
                _ => return Err(Refusal::Parameter),
            },
            Form::Set(_) => return Err(CmsError::OPERATION_NOT_SUPPORTED.into()),
            Form::Read | Form::Test => return Err(Refusal::NoSuchForm),
        };
        if self.acknowledged_by_host(now, accepted) {
            Ok(Flow::Done)
        } else {
            Err(CmsError::NO_ACKNOWLEDGEMENT_EXPECTED.into())
        }
    }
}

fn octet(list: &Parameters, index: usize, current: u8) -> Result<u8, Refusal> {
    list.number(index)?.map_or(Ok(current), |value| u8::try_from(value).map_err(|_| Refusal::Parameter))
}

/// A number with the type of address that goes with it: 145 makes it international.
fn phone_number(digits: &str, type_of_address: Option<u32>) -> Option<PhoneNumber> {
    let international = type_of_address == Some(145) && !digits.starts_with('+');
    if international { format!("+{digits}").parse().ok() } else { digits.parse().ok() }
}
