//! The toolkit of the card for the host (TS 27.007 clause 12, USAT).
//!
//! `+CUSATA` and `+CUSATR` switch the reports of commands from the card; `+CUSATW` keeps a profile that the host wants to
//! be shown to the card at its next reset, `+CUSATE` passes an envelope. The modem carries out what the card asks for, so
//! there is never a command that waits for `+CUSATT`.

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, open, setting};
use wire::at::command::Form;
use wire::at::error::CmeError;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CUSATA", Test::Text("(0,1)"), Modem::toolkit_reports),
    open("+CUSATR", Test::Text("(0,1)"), Modem::toolkit_reports),
    open("+CUSATW", Test::Bare, Modem::toolkit_profile),
    open("+CUSATE", Test::Bare, Modem::toolkit_envelope),
    open("+CUSATT", Test::Bare, Modem::toolkit_response),
];

/// Octets of an envelope or profile that a host may give.
const LONGEST: usize = 255;

/// What the host has set.
#[derive(Debug, Default)]
pub(in crate::modem) struct ToolkitReports {
    pub(in crate::modem) reports: bool,
}

impl Modem {
    fn toolkit_reports(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = u32::from(self.local.toolkit.reports);
        if let Some(value) = setting(self, form, "+CUSATR", current, 0..=1)? {
            self.local.toolkit.reports = value == 1;
        }
        Ok(Flow::Done)
    }

    fn toolkit_profile(&mut self, _now: Instant, form: &Form) -> Outcome {
        let profile = octets(form, 1)?;
        self.card_or_error()?.terminal_profile(&profile);
        Ok(Flow::Done)
    }

    /// The card's answer, empty where it has none; a refusal of the card is an error.
    fn toolkit_envelope(&mut self, now: Instant, form: &Form) -> Outcome {
        let envelope = octets(form, 0)?;
        let answer =
            self.card_or_error()?.envelope(&envelope).map_err(|_| CmeError::OPERATION_NOT_ALLOWED)?;
        self.information(&format!("+CUSATE: \"{}\"", hex::encode_upper(answer)));
        self.serve_card(now);
        Ok(Flow::Done)
    }

    fn toolkit_response(&mut self, _now: Instant, form: &Form) -> Outcome {
        octets(form, 0)?;
        Err(CmeError::OPERATION_NOT_ALLOWED.into())
    }
}

fn octets(form: &Form, index: usize) -> Result<Vec<u8>, Refusal> {
    let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
    let octets = list.octets(index)?.ok_or(Refusal::Parameter)?;
    if octets.len() <= LONGEST && !octets.is_empty() { Ok(octets) } else { Err(Refusal::Parameter) }
}
