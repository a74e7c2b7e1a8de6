//! Who the modem is (TS 27.007 clause 5, V.250 6.1).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, action, free};
use wire::at::command::Form;
use wire::time::Instant;

/// The software version number of the equipment.
const SOFTWARE_VERSION: &str = "01";

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+GMI", Test::Bare, Modem::manufacturer),
    free("+GMM", Test::Bare, Modem::model_name),
    free("+GMR", Test::Bare, Modem::revision),
    free("+GSN", Test::Bare, Modem::serial_number),
    free("+GCAP", Test::Bare, Modem::capabilities),
    free("+CGMI", Test::Bare, Modem::manufacturer),
    free("+CGMM", Test::Bare, Modem::model_name),
    free("+CGMR", Test::Bare, Modem::revision),
    free("+CGSN", Test::Text("(0-3)"), Modem::serial_number),
];

impl Modem {
    pub(super) fn identify(&mut self) {
        for line in self.config.model.identity.card {
            let line = self.filled(line);
            self.information(&line);
        }
    }

    fn show(&mut self, form: &Form, text: &str) -> Outcome {
        action(form)?;
        self.information(text);
        Ok(Flow::Done)
    }

    pub(super) fn manufacturer(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.show(form, self.config.model.identity.manufacturer)
    }

    pub(super) fn model_name(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.show(form, self.config.model.identity.model)
    }

    pub(super) fn revision(&mut self, _now: Instant, form: &Form) -> Outcome {
        let line = self.filled(self.config.model.identity.revision_line);
        self.show(form, &line)
    }

    pub(super) fn capabilities(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.show(form, "+GCAP: +CGSM")
    }

    pub(super) fn serial_number(&mut self, _now: Instant, form: &Form) -> Outcome {
        let imei = self.config.imei.to_string();
        let kind = match form {
            Form::Action => 0,
            Form::Set(list) => list.required_number(0)?,
            Form::Read | Form::Test => return Err(Refusal::NoSuchForm),
        };
        match kind {
            0 => self.information(&imei),
            1 => self.information(&format!("+CGSN: \"{imei}\"")),
            // The check digit makes way for the software version (TS 23.003 6.2.2).
            2 => {
                let body = imei.get(..14).unwrap_or_default();
                self.information(&format!("+CGSN: \"{body}{SOFTWARE_VERSION}\""));
            }
            3 => self.information(&format!("+CGSN: \"{SOFTWARE_VERSION}\"")),
            _ => return Err(Refusal::Parameter),
        }
        Ok(Flow::Done)
    }
}
