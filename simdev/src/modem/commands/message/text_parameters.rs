//! What a message in text mode gets besides its text, and settings that are put aside (TS 27.005 3.1, 3.3.1 to 3.3.4).

use super::super::super::Modem;
use super::super::super::messages::validity_text;
use super::super::super::outcome::{Flow, Outcome, Refusal};
use super::super::parse_clock;
use super::{Accepted, octet};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmsError;
use wire::id::PhoneNumber;
use wire::sms::{Timestamp, ValidityPeriod};
use wire::time::Instant;

/// TP-VPF in the first octet of a SUBMIT.
pub(super) const VALIDITY_FORMAT: u8 = 0x18;
const RELATIVE: u8 = 0x10;
const ENHANCED: u8 = 0x08;
const ABSOLUTE: u8 = 0x18;

/// `+CSMP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modem) struct TextParameters {
    /// First octet of the TPDU.
    pub(in crate::modem) first: u8,
    /// TP-VP in the format that the first octet names; kept while it names none.
    pub(in crate::modem) validity: ValidityPeriod,
    /// TP-PID.
    pub(in crate::modem) pid: u8,
    /// TP-DCS.
    pub(in crate::modem) dcs: u8,
}

impl Default for TextParameters {
    fn default() -> Self {
        Self { first: 17, validity: ValidityPeriod::RELATIVE_24H, pid: 0, dcs: 0 }
    }
}

/// `+CSAS`: what `+CRES` brings back.
#[derive(Clone, Debug)]
pub(in crate::modem) struct SavedSettings {
    centre: Option<PhoneNumber>,
    parameters: TextParameters,
    accepted: Accepted,
}

impl Modem {
    pub(in crate::modem::commands) fn text_parameters(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let TextParameters { first, validity, pid, dcs } = self.profile.csmp;
                self.information(&format!("+CSMP: {first},{},{pid},{dcs}", validity_text(validity)));
            }
            Form::Set(list) => {
                let changed = changed(self.profile.csmp, list).ok_or(CmsError::OPERATION_NOT_ALLOWED)?;
                self.profile.csmp = changed;
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(in crate::modem::commands) fn save_settings(&mut self, _now: Instant, form: &Form) -> Outcome {
        let place = place(form)?;
        let saved = SavedSettings {
            centre: self.centre_of_card()?,
            parameters: self.profile.csmp,
            accepted: self.profile.broadcasts.clone(),
        };
        *self.flash.saved.get_mut(place).ok_or(CmsError::MEMORY_FAILURE)? = Some(saved);
        Ok(Flow::Done)
    }

    pub(in crate::modem::commands) fn restore_settings(&mut self, _now: Instant, form: &Form) -> Outcome {
        let place = place(form)?;
        let saved = self.flash.saved.get(place).cloned().flatten().ok_or(CmsError::MEMORY_FAILURE)?;
        if let Some(centre) = saved.centre {
            self.write_centre(&centre)?;
        }
        self.profile.csmp = saved.parameters;
        self.profile.broadcasts = saved.accepted;
        Ok(Flow::Done)
    }
}

/// Where settings are put aside: 0 unless the host says which.
fn place(form: &Form) -> Result<usize, Refusal> {
    match form {
        Form::Action => Ok(0),
        Form::Set(list) => match list.number(0) {
            Ok(Some(1)) => Ok(1),
            Ok(Some(0) | None) => Ok(0),
            Ok(Some(_)) | Err(_) => Err(CmsError::MEMORY_FAILURE.into()),
        },
        Form::Read | Form::Test => Err(Refusal::NoSuchForm),
    }
}

/// The parameters after a set command; `None` where one of them is wrong.
fn changed(current: TextParameters, list: &Parameters) -> Option<TextParameters> {
    let first = octet(list, 0, current.first)?;
    Some(TextParameters {
        first,
        validity: validity(first, list, current.validity)?,
        pid: octet(list, 2, current.pid)?,
        dcs: octet(list, 3, current.dcs)?,
    })
    .filter(|_| list.len() <= 4)
}

/// TP-VP as the format in the first octet reads it.
fn validity(first: u8, list: &Parameters, current: ValidityPeriod) -> Option<ValidityPeriod> {
    let given = list.characters(1).is_some();
    match (first & VALIDITY_FORMAT, current) {
        (RELATIVE, ValidityPeriod::Relative(_)) if !given => Some(current),
        (ABSOLUTE, ValidityPeriod::Absolute(_)) if !given => Some(current),
        (ENHANCED, ValidityPeriod::Enhanced(_)) if !given => Some(current),
        (ABSOLUTE, _) => {
            let (utc, quarter_hours) = parse_clock(list.text(1).ok()??)?;
            Some(ValidityPeriod::Absolute(Timestamp::from_utc(utc, quarter_hours)))
        }
        (ENHANCED, _) => {
            let octets = list.octets(1).ok()??;
            octets.try_into().ok().map(ValidityPeriod::Enhanced)
        }
        // Without a format the number is kept for the next time.
        (_, ValidityPeriod::Relative(octet_now)) => octet(list, 1, octet_now).map(ValidityPeriod::Relative),
        (RELATIVE, _) => octet(list, 1, 167).map(ValidityPeriod::Relative),
        (_, _) => Some(current),
    }
}
