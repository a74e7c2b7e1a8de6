//! Calls (TS 27.007 6 and 7; V.250 6.3). Waiting, holding and joining calls need more than one call: not here.

use super::super::Modem;
use super::super::mobile::{CallPhase, DialError};
use super::super::outcome::{Flow, Outcome, Pending, Refusal, ResultCode};
use super::super::quirk::Quirk;
use super::{Entry, Test, action, free, open, plain, setting};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::id::PhoneNumber;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CHUP", Test::Bare, Modem::hang_up_voice),
    free("+CLCC", Test::Bare, Modem::list_calls),
    open("+CLIP", Test::Text("(0,1)"), Modem::calling_line),
    open("+CLIR", Test::Text("(0-2)"), Modem::line_restriction),
    open("+CCWA", Test::Text("(0,1)"), Modem::call_waiting),
    free("+CRC", Test::Text("(0,1)"), Modem::ring_format),
    free("+CVHU", Test::Text("(0-2)"), Modem::voice_hang_up),
    free("+CSTA", Test::Text("(129,145)"), Modem::address_type),
];

/// A dial string taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Dialled {
    number: String,
    /// `I` or `*31#` hides the caller's number, `i` or `#31#` shows it, whatever `+CLIR` says.
    clir: Option<bool>,
}

/// Drops what only a modem on a telephone line needs, and reads the modifiers (TS 27.007 6.2, TS 22.030).
fn take_apart(string: &str) -> Dialled {
    let mut clir = None;
    let mut rest = string.trim_start_matches(['T', 't', 'P', 'p']);
    for (prefix, hide) in [("*31#", true), ("#31#", false)] {
        if let Some(number) = rest.strip_prefix(prefix) {
            clir = Some(hide);
            rest = number;
        }
    }
    let mut number = String::new();
    for c in rest.chars() {
        match c {
            'I' => clir = Some(true),
            'i' => clir = Some(false),
            'G' | 'g' | 'W' | 'w' | ',' | '!' | '@' | '-' | '(' | ')' | '.' => {}
            _ => number.push(c),
        }
    }
    Dialled { number, clir }
}

impl Modem {
    pub(in crate::modem) fn dial(&mut self, now: Instant, string: &str, voice: bool) -> Outcome {
        if let Some(outcome) = self.dial_pin_code(now, string) {
            return outcome;
        }
        if let Some(outcome) = self.dial_packet(now, string) {
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
        let clir = dialled.clir.unwrap_or(self.profile.clir == 1);
        self.remember_dialled(&number);
        match self.mobile.dial(now, number, clir) {
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

    pub(super) fn answer_call(&mut self) -> Outcome {
        if self.mobile.answer() {
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
        action(form)?;
        if let Some(call) = self.mobile.call() {
            let number = match &call.number {
                Some(number) => format!(",\"{number}\",{}", number.type_of_address()),
                None => String::new(),
            };
            self.information(&format!(
                "+CLCC: 1,{},{},0,0{number}",
                u8::from(!call.outgoing),
                call.phase.stat()
            ));
        }
        Ok(Flow::Done)
    }

    /// `+CLIP: <number>,<type>,,,,<validity>` of the call that rings.
    pub(in crate::modem) fn caller_text(&self) -> String {
        let caller =
            self.mobile.call().filter(|call| call.phase == CallPhase::Incoming).and_then(|call| call.number);
        match caller {
            Some(number) => format!("+CLIP: \"{number}\",{},,,,0", number.type_of_address()),
            None => "+CLIP: \"\",128,,,,1".to_owned(),
        }
    }

    /// The second number of the read form, whether the subscription has the service, is 2: not known without asking.
    pub(super) fn calling_line(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Read {
            let shown = u8::from(self.profile.clip);
            self.information(&format!("+CLIP: {shown},2"));
        } else if let Some(value) = setting(self, form, "+CLIP", 0, 0..=1)? {
            self.profile.clip = value == 1;
        }
        Ok(Flow::Done)
    }

    pub(super) fn line_restriction(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Read {
            let clir = self.profile.clir;
            self.information(&format!("+CLIR: {clir},2"));
        } else if let Some(value) = setting(self, form, "+CLIR", 0, 0..=2)? {
            self.profile.clir = value;
        }
        Ok(Flow::Done)
    }

    pub(super) fn call_waiting(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            // Switching or asking the service itself needs the network's supplementary services.
            Form::Set(list) if list.len() > 1 => return Err(CmeError::OPERATION_NOT_SUPPORTED.into()),
            Form::Set(_) | Form::Read | Form::Action | Form::Test => {}
        }
        let current = u32::from(self.profile.ccwa);
        if let Some(value) = setting(self, form, "+CCWA", current, 0..=1)? {
            self.profile.ccwa = value == 1;
        }
        Ok(Flow::Done)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_string_gives_its_number_and_its_wish_for_secrecy() {
        for (string, number, clir) in [
            ("+33639980002", "+33639980002", None),
            ("T0612345678", "0612345678", None),
            ("0612-34(56),W", "06123456", None),
            ("112I", "112", Some(true)),
            ("112i", "112", Some(false)),
            ("*31#0612345678", "0612345678", Some(true)),
            ("#31#0612345678", "0612345678", Some(false)),
        ] {
            assert_eq!(take_apart(string), Dialled { number: number.to_owned(), clir }, "{string}");
        }
    }
}
