//! Short message commands (TS 27.005 clauses 3 and 4): services, storages, formats and indications.

mod broadcast;
mod compose;
mod stored;
mod text_parameters;

pub(in crate::modem) use broadcast::Accepted;
pub(in crate::modem) use text_parameters::{SavedSettings, TextParameters};

use super::super::Modem;
use super::super::messages::Memory;
use super::super::outcome::{Flow, Outcome, Prompt, Refusal};
use super::super::profile::Indications;
use super::super::settings::{Field, Setting};
use super::{Entry, Test, plain, setting, sms};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmsError;
use wire::id::PhoneNumber;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    sms("+CSMS", Test::Text("(0,1)"), Modem::message_service),
    sms("+CPMS", Test::Own, Modem::message_storage),
    sms("+CMGF", Test::Text("(0,1)"), Modem::message_format),
    sms("+CSCA", Test::Bare, Modem::service_centre),
    sms("+CSMP", Test::Bare, Modem::text_parameters),
    sms("+CSDH", Test::Text("(0,1)"), Modem::show_headers),
    sms("+CSCB", Test::Text("(0,1)"), Modem::broadcast_types),
    sms("+CSAS", Test::Text("(0,1)"), Modem::save_settings),
    sms("+CRES", Test::Text("(0,1)"), Modem::restore_settings),
    sms("+CNMI", Test::Text("(0-3),(0-3),(0-3),(0-2),(0,1)"), Modem::indications),
    sms("+CMGS", Test::Bare, Modem::send_message),
    sms("+CMGW", Test::Bare, Modem::write_message),
    sms("+CMSS", Test::Bare, Modem::send_stored),
    sms("+CMGC", Test::Bare, Modem::send_command),
    sms("+CMGL", Test::Own, Modem::list_messages),
    sms("+CMGR", Test::Bare, Modem::read_message),
    sms("+CMGD", Test::Own, Modem::delete_message),
    sms("+CNMA", Test::Text("(0-2)"), Modem::acknowledge_message),
    sms("+CMMS", Test::Own, Modem::more_messages),
];

/// Whether the relay link is kept between messages.
const MORE_MESSAGES: Setting = Setting { name: "+CMMS", fields: &[Field { allowed: &[0..=2], factory: 0 }] };

impl Modem {
    pub(super) fn message_service(&mut self, _now: Instant, form: &Form) -> Outcome {
        let service = u8::from(self.profile.acknowledged);
        match form {
            Form::Read => self.information(&format!("+CSMS: {service},1,1,1")),
            Form::Set(list) => {
                self.profile.acknowledged = match list.required_number(0)? {
                    0 => false,
                    1 => true,
                    _ => return Err(CmsError::OPERATION_NOT_SUPPORTED.into()),
                };
                self.information("+CSMS: 1,1,1");
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn message_storage(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                let names = |memories: &[Memory]| {
                    let names: Vec<String> =
                        memories.iter().map(|memory| format!("\"{}\"", memory.name())).collect();
                    format!("({})", names.join(","))
                };
                let (readable, writable) = (names(Memory::READABLE), names(Memory::WRITABLE));
                self.information(&format!("+CPMS: {readable},{writable},{writable}"));
            }
            Form::Read => {
                let mut texts = Vec::new();
                for memory in self.profile.storage {
                    let (used, total) = (self.used(memory)?, self.capacity(memory));
                    texts.push(format!("\"{}\",{used},{total}", memory.name()));
                }
                self.information(&format!("+CPMS: {}", texts.join(",")));
            }
            Form::Set(list) => self.choose_storage(list)?,
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// A storage that is left out stays as it is.
    fn choose_storage(&mut self, list: &Parameters) -> Result<(), Refusal> {
        let wrong = CmsError::OPERATION_NOT_ALLOWED;
        let mut storage = self.profile.storage;
        list.required_text(0).map_err(|_| wrong)?;
        if list.len() > storage.len() {
            return Err(wrong.into());
        }
        for (index, memory) in storage.iter_mut().enumerate() {
            let possible = if index == 0 { Memory::READABLE } else { Memory::WRITABLE };
            if let Some(name) = list.text(index).map_err(|_| wrong)? {
                *memory = Memory::named(name).filter(|memory| possible.contains(memory)).ok_or(wrong)?;
            }
        }
        let mut texts = Vec::new();
        for memory in storage {
            texts.push(format!("{},{}", self.used(memory)?, self.capacity(memory)));
        }
        self.profile.storage = storage;
        self.information(&format!("+CPMS: {}", texts.join(",")));
        Ok(())
    }

    pub(super) fn message_format(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = u32::from(self.profile.text_mode);
        if let Some(value) = plain(setting(self, form, "+CMGF", current, 0..=1))? {
            self.profile.text_mode = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn show_headers(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = u32::from(self.profile.csdh);
        if let Some(value) = plain(setting(self, form, "+CSDH", current, 0..=1))? {
            self.profile.csdh = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn service_centre(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let text = match self.centre_of_card()? {
                    Some(number) => format!("+CSCA: \"{number}\",{}", number.type_of_address()),
                    None => "+CSCA: \"\",129".to_owned(),
                };
                self.information(&text);
            }
            Form::Set(list) => {
                let wrong = CmsError::INVALID_PDU_PARAMETER;
                let digits = list.required_text(0).map_err(|_| wrong)?;
                let kind = list.number(1).map_err(|_| wrong)?;
                // Digits are the same in most character sets: hosts send them as they are in the others too.
                let number = phone_number(digits, kind)
                    .or_else(|| phone_number(&self.text_of_host(digits)?, kind))
                    .ok_or(wrong)?;
                self.write_centre(&number)?;
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    fn centre_of_card(&self) -> Result<Option<PhoneNumber>, CmsError> {
        let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
        card.smsc().map_err(|_| CmsError::SIM_FAILURE)
    }

    fn write_centre(&mut self, number: &PhoneNumber) -> Result<(), CmsError> {
        let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
        card.set_smsc(number).map_err(|_| CmsError::MEMORY_FAILURE)
    }

    pub(super) fn indications(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let Indications { mode, mt, bm, ds, bfr } = self.profile.cnmi;
                self.information(&format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"));
            }
            Form::Set(list) => {
                let wrong = CmsError::OPERATION_NOT_ALLOWED;
                let now = self.profile.cnmi;
                let octet = |index, current| octet(list, index, current).ok_or(wrong);
                let wanted = Indications {
                    mode: octet(0, now.mode)?,
                    mt: octet(1, now.mt)?,
                    bm: octet(2, now.bm)?,
                    ds: octet(3, now.ds)?,
                    bfr: octet(4, now.bfr)?,
                };
                let Indications { mode, mt, bm, ds, bfr } = wanted;
                if mode > 3 || mt > 3 || bm > 3 || ds > 2 || bfr > 1 || list.len() > 5 {
                    return Err(wrong.into());
                }
                self.profile.cnmi = wanted;
                self.release_indications();
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// In PDU mode the host may send a report of its own after a prompt, where it states its length.
    pub(super) fn acknowledge_message(&mut self, now: Instant, form: &Form) -> Outcome {
        let (accepted, length) = match form {
            Form::Action => (true, 0),
            Form::Set(_) if self.profile.text_mode => return Err(CmsError::OPERATION_NOT_ALLOWED.into()),
            Form::Set(list) => {
                let accepted = match list.number(0)?.unwrap_or(0) {
                    0 | 1 => true,
                    2 => false,
                    _ => return Err(CmsError::OPERATION_NOT_ALLOWED.into()),
                };
                (accepted, list.number(1)?.unwrap_or(0))
            }
            Form::Read | Form::Test => return Err(Refusal::NoSuchForm),
        };
        if !self.awaits_acknowledgement() {
            return Err(CmsError::NO_ACKNOWLEDGEMENT_EXPECTED.into());
        }
        if length > 0 {
            return Ok(Flow::Prompt(Prompt::Acknowledge { accepted, length: length as usize }));
        }
        self.acknowledged_by_host(now, accepted, None);
        Ok(Flow::Done)
    }

    pub(super) fn more_messages(&mut self, now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&MORE_MESSAGES, form)?;
        if matches!(form, Form::Set(_)) {
            self.relay_link_used(now);
        }
        Ok(Flow::Done)
    }

    /// A message was sent: with `+CMMS=1` the relay link is kept a little longer.
    pub(in crate::modem) fn relay_link_used(&mut self, now: Instant) {
        if self.number(&MORE_MESSAGES, 0) == 1 {
            self.keep_relay_link(now);
        }
    }

    /// No message followed in time: the link is gone and so is the wish for it.
    pub(in crate::modem) fn relay_link_ended(&mut self) {
        if self.number(&MORE_MESSAGES, 0) == 1 {
            self.set_numbers(&MORE_MESSAGES, vec![0]);
        }
    }
}

fn octet(list: &Parameters, index: usize, current: u8) -> Option<u8> {
    list.number(index).ok()?.map_or(Some(current), |value| u8::try_from(value).ok())
}

/// A number with the type of address that goes with it: 145 makes it international.
fn phone_number(digits: &str, type_of_address: Option<u32>) -> Option<PhoneNumber> {
    let international = type_of_address == Some(145) && !digits.starts_with('+');
    if international { format!("+{digits}").parse().ok() } else { digits.parse().ok() }
}
