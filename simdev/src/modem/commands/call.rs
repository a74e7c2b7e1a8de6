//! Calls: dial, answer, hang up, hold, join, tones, and the list of what there is (TS 27.007 6 and 7, TS 22.030 6.5.5).

use super::super::Modem;
use super::super::call_watch::REPORTS;
use super::super::mobile::{DialError, HoldCommand, HoldFlow};
use super::super::outcome::{Flow, Outcome, Pending, Refusal, ResultCode};
use super::super::quirk::Quirk;
use super::super::settings::{Field, Setting};
use super::dial_string::{Dialled, take_apart};
use super::{Entry, Test, action, free, open, plain, setting};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::id::PhoneNumber;
use wire::nas::Clir;
use wire::time::{Duration, Instant};

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CHUP", Test::Bare, Modem::hang_up_voice),
    free("+CLCC", Test::Own, Modem::list_calls),
    open("+CHLD", Test::Text("(0,1,1x,2,2x,3,4)"), Modem::hold),
    open("+VTS", Test::Text("(0-9,A-D,*,#)"), Modem::tones),
    open("+VTD", Test::Own, Modem::tone_duration),
    free("+CRC", Test::Text("(0,1)"), Modem::ring_format),
    free("+CVHU", Test::Text("(0-2)"), Modem::voice_hang_up),
    free("+CSTA", Test::Text("(129,145)"), Modem::address_type),
];

/// How long a tone of `+VTS` lasts, in tenths of a second; 0 for as long as the modem likes.
const TONE: Setting = Setting { name: "+VTD", fields: &[Field { allowed: &[0..=255], factory: 0 }] };

impl Modem {
    pub(in crate::modem) fn dial(&mut self, now: Instant, string: &str, voice: bool) -> Outcome {
        if let Some(outcome) = self.dial_pin_code(now, string) {
            return outcome;
        }
        if let Some(outcome) = self.dial_packet(now, string) {
            return outcome;
        }
        if let Some(outcome) = self.dial_code(now, string) {
            return outcome;
        }
        let dialled = match string.strip_prefix('>') {
            Some(entry) => Dialled { number: self.number_from_book(entry)?, clir: None },
            None => take_apart(string),
        };
        let number: PhoneNumber = dialled.number.parse().map_err(|_| CmeError::INVALID_DIAL_STRING)?;
        if !self.mobile.is_emergency_number(&number) {
            if !voice {
                // There are no data calls.
                return Err(ResultCode::NoCarrier.into());
            }
            self.require_card(super::Service::Mobile)?;
        }
        self.remember_dialled(&number);
        let usual = match self.profile.clir {
            1 => Clir::Invoked,
            2 => Clir::Suppressed,
            _ => Clir::Subscription,
        };
        let outcome = self.mobile.dial(now, number, dialled.clir.unwrap_or(usual));
        if outcome.is_ok() {
            self.limit_call_setup(now);
        }
        match outcome {
            Ok(()) if self.config.quirks.contains(&Quirk::DialWaits) => Ok(Flow::Pending(Pending::Call)),
            Ok(()) => Ok(Flow::Done),
            Err(DialError::NoService) => Err(ResultCode::NoDialtone.allowed_by(&self.profile).into()),
            Err(DialError::NoCircuitServices) => Err(ResultCode::NoCarrier.into()),
            Err(DialError::NotFixedNumber) => Err(CmeError::FIXED_DIAL_NUMBER_ONLY.into()),
            Err(DialError::CallInProgress) => Err(CmeError::OPERATION_NOT_ALLOWED.into()),
            Err(DialError::NoVoice) => Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
        }
    }

    /// `>1`, `>SM1` or `>"name"`.
    fn number_from_book(&mut self, entry: &str) -> Result<String, Refusal> {
        self.require_card(super::Service::Mobile)?;
        let name = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::to_owned);
        let place: String = entry.chars().skip_while(|c| !c.is_ascii_digit()).collect();
        let book = crate::sim::PhoneBook::Adn;
        let entries = self.card_or_error()?.phone_book(book).map_err(|_| CmeError::SIM_FAILURE)?;
        let found = entries.into_iter().find(|(index, entry)| match &name {
            Some(name) => entry.name == *name,
            None => index.to_string() == place,
        });
        let (_, entry) = found.ok_or(CmeError::NOT_FOUND)?;
        Ok(entry.number)
    }

    pub(super) fn answer_call(&mut self, now: Instant) -> Outcome {
        if self.mobile.answer(now) {
            self.stop_ringing();
            Ok(Flow::Done)
        } else {
            Err(ResultCode::NoCarrier.into())
        }
    }

    /// `H`: with `+CVHU=1` it does not end a voice call.
    pub(super) fn hang_up(&mut self, now: Instant) {
        if self.profile.cvhu != 1 {
            self.mobile.hang_up(now);
            self.stop_ringing();
        }
    }

    pub(super) fn hang_up_voice(&mut self, now: Instant, form: &Form) -> Outcome {
        action(form)?;
        self.mobile.hang_up(now);
        self.stop_ringing();
        Ok(Flow::Done)
    }

    pub(super) fn list_calls(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form != Form::Action {
            return self.keep_numbers(&REPORTS, form);
        }
        for call in self.mobile.calls() {
            self.information(&call.text());
        }
        Ok(Flow::Done)
    }

    pub(super) fn hold(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let id = |number: u32| u8::try_from(number % 10).map_err(|_| Refusal::Parameter);
        let command = match list.required_number(0)? {
            0 => HoldCommand::ReleaseHeld,
            1 => HoldCommand::ReleaseActive,
            number @ 11..=17 => HoldCommand::ReleaseOne(id(number)?),
            2 => HoldCommand::Swap,
            number @ 21..=27 => HoldCommand::KeepOnly(id(number)?),
            3 => HoldCommand::Join,
            4 => HoldCommand::Transfer,
            _ => return Err(Refusal::Parameter),
        };
        Ok(match self.mobile.hold_command(now, command)? {
            HoldFlow::Done => Flow::Done,
            HoldFlow::Pending => Flow::Pending(Pending::Hold),
        })
    }

    /// The network has answered the last step of `+CHLD`.
    pub(in crate::modem) fn hold_ended(&mut self, now: Instant, result: Result<(), CmeError>) {
        if self.pending() == Some(&Pending::Hold) {
            if !self.mobile.is_ringing() {
                self.stop_ringing();
            }
            let outcome = result.map(|()| Flow::Done).map_err(Into::into);
            self.after_command(now, outcome, super::Service::Mobile);
        }
    }

    /// `+VTS=<key>[,<duration>]`, quoted or not; several keys in one string are sent one after the other, as modules do.
    pub(super) fn tones(&mut self, _now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let text = list.characters(0).ok_or(Refusal::Parameter)?.to_ascii_uppercase();
        let keys: Vec<char> = text.chars().filter(|key| *key != ',').collect();
        let is_key = |key: &char| matches!(key, '0'..='9' | 'A'..='D' | '*' | '#');
        if keys.is_empty() || !keys.iter().all(is_key) {
            return Err(Refusal::Parameter);
        }
        let tenths = list.number(1)?.unwrap_or_else(|| self.number(&TONE, 0));
        if tenths > 255 {
            return Err(Refusal::Parameter);
        }
        self.mobile.set_tone_length(Duration::from_millis(u64::from(tenths) * 100));
        self.mobile.send_tones(&keys)?;
        Ok(Flow::Done)
    }

    pub(super) fn tone_duration(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&TONE, form)
    }

    pub(super) fn ring_format(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = u32::from(self.profile.crc);
        if let Some(value) = plain(setting(self, form, "+CRC", current, 0..=1))? {
            self.profile.crc = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn voice_hang_up(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = self.profile.cvhu;
        if let Some(value) = plain(setting(self, form, "+CVHU", current, 0..=2))? {
            self.profile.cvhu = value;
        }
        Ok(Flow::Done)
    }

    pub(super) fn address_type(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = self.profile.csta;
        match plain(setting(self, form, "+CSTA", current, 129..=145))? {
            Some(value @ (129 | 145)) => self.profile.csta = value,
            Some(_) => return Err(Refusal::Plain),
            None => {}
        }
        Ok(Flow::Done)
    }
}
