//! PINs by the codes that a person dials (TS 22.030 clause 6.6.1).
//!
//! `**04*OLD*NEW*NEW#` changes PIN1, `**042*` PIN2; `**05*PUK*NEW*NEW#` unblocks PIN1, `**052*` PIN2. A new PIN that is
//! not given twice alike goes no further.

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use crate::sim::PinRef;
use wire::at::error::CmeError;
use wire::time::Instant;

/// What a code does.
#[derive(Clone, Copy)]
enum Procedure {
    Change,
    Unblock,
}

const CODES: &[(&str, Procedure, PinRef)] = &[
    ("**04*", Procedure::Change, PinRef::Pin1),
    ("**042*", Procedure::Change, PinRef::Pin2),
    ("**05*", Procedure::Unblock, PinRef::Pin1),
    ("**052*", Procedure::Unblock, PinRef::Pin2),
];

impl Modem {
    /// `None` for a dial string that is no such code.
    pub(super) fn dial_pin_code(&mut self, now: Instant, string: &str) -> Option<Outcome> {
        let string = string.trim_start_matches(['T', 't', 'P', 'p']);
        let (code, procedure, pin) = CODES.iter().find(|row| string.starts_with(row.0))?;
        let fields: Vec<&str> =
            string.strip_prefix(code)?.trim_end_matches(';').strip_suffix('#')?.split('*').collect();
        let [old, new, again] = fields[..] else { return Some(Err(Refusal::Parameter)) };
        if new != again {
            return Some(Err(CmeError::INCORRECT_PASSWORD.into()));
        }
        Some(self.carry_out_pin_code(now, *procedure, *pin, (old, new)))
    }

    fn carry_out_pin_code(
        &mut self,
        now: Instant,
        procedure: Procedure,
        pin: PinRef,
        (old, new): (&str, &str),
    ) -> Outcome {
        match procedure {
            Procedure::Change => self.change_pin(pin, old, new)?,
            Procedure::Unblock => {
                self.unblock_pin(pin, old, new)?;
                if pin == PinRef::Pin1 {
                    self.mobile.card_unlocked(now);
                    self.local.card_report_due = true;
                }
            }
        }
        Ok(Flow::Done)
    }

    /// Fixed dialling holds for codes of services too (TS 22.101 A.24).
    pub(super) fn require_fixed_string(&self, string: Option<&str>) -> Result<(), Refusal> {
        let number = string.and_then(|string| string.parse().ok());
        let limited = self.mobile.card().is_some_and(|card| card.fdn_enabled() == Ok(true));
        let allowed = number.is_some_and(|number| self.mobile.fixed_dialling_allows(&number));
        if !limited || allowed { Ok(()) } else { Err(CmeError::FIXED_DIAL_NUMBER_ONLY.into()) }
    }
}
