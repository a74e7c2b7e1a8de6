//! Control of the modem itself (TS 27.007 clauses 8 and 9).

use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::profile::{CharacterSet, ErrorFormat};
use super::super::{Functionality, Modem};
use super::{Entry, Test, action, free, plain, setting};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CMEE", Test::Text("(0-2)"), Modem::error_format),
    free("+CEER", Test::Bare, Modem::extended_error),
    free("+CSCS", Test::Own, Modem::character_set),
    free("+CFUN", Test::Text("(0-4),(0,1)"), Modem::functionality),
    free("+CPAS", Test::Text("(0,3,4,5)"), Modem::activity),
];

impl Modem {
    pub(super) fn error_format(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = match self.profile.errors {
            ErrorFormat::Plain => 0,
            ErrorFormat::Number => 1,
            ErrorFormat::Text => 2,
        };
        match plain(setting(self, form, "+CMEE", current, 0..=2))? {
            Some(0) => self.profile.errors = ErrorFormat::Plain,
            Some(1) => self.profile.errors = ErrorFormat::Number,
            Some(_) => self.profile.errors = ErrorFormat::Text,
            None => {}
        }
        Ok(Flow::Done)
    }

    pub(super) fn extended_error(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let dialect = self.config.model;
        let line = if self.mobile.last_failure().is_some() { dialect.failure } else { dialect.no_failure };
        let line = self.filled(line);
        self.information(&line);
        Ok(Flow::Done)
    }

    pub(super) fn character_set(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                let names = self.config.model.character_sets;
                let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
                self.information(&format!("+CSCS: ({})", names.join(",")));
            }
            Form::Read => {
                let name = self.profile.character_set.name();
                self.information(&format!("+CSCS: \"{name}\""));
            }
            Form::Set(list) => {
                let name = list.required_text(0)?;
                let known = self.config.model.character_sets;
                let known = known.iter().find(|known| known.eq_ignore_ascii_case(name));
                let set = CharacterSet::ALL.iter().find(|set| known == Some(&set.name()));
                self.profile.character_set = *set.ok_or(Refusal::Parameter)?;
            }
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn functionality(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let number = self.flash.functionality.number();
                self.information(&format!("+CFUN: {number}"));
                Ok(Flow::Done)
            }
            Form::Set(list) => {
                let functionality = Functionality::numbered(list.required_number(0)?)
                    .ok_or(CmeError::OPERATION_NOT_ALLOWED)?;
                let reset = match list.number(1)?.unwrap_or(0) {
                    0 => false,
                    1 => true,
                    _ => return Err(Refusal::Parameter),
                };
                self.flash.functionality = functionality;
                if reset {
                    return Ok(Flow::Restart);
                }
                self.mobile.set_radio(now, functionality == Functionality::Full);
                Ok(Flow::Done)
            }
            Form::Action | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    pub(super) fn activity(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let ringing = self.next_ring.is_some();
        let activity = match self.mobile.has_call() {
            true if ringing => 3,
            true => 4,
            false if self.flash.functionality == Functionality::Minimum => 5,
            false => 0,
        };
        self.information(&format!("+CPAS: {activity}"));
        Ok(Flow::Done)
    }
}
