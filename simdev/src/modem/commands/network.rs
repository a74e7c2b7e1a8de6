//! Registration state and signal (TS 27.007 7.2, 8.5, 8.69, 10.1.20, 10.1.22).

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::super::reports::Domain;
use super::{Entry, Test, action, free};
use wire::air::cellular::Rat;
use wire::at::command::Form;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    free("+CREG", Test::Text("(0-3)"), Modem::circuit_registration),
    free("+CGREG", Test::Text("(0-3)"), Modem::packet_registration),
    free("+CEREG", Test::Text("(0-5)"), Modem::eps_registration),
    free("+CSQ", Test::Text("(0-31,99),(0-7,99)"), Modem::signal_quality),
    free(
        "+CESQ",
        Test::Text("(0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"),
        Modem::extended_quality,
    ),
];

/// What a carrier of 10 MHz has in power above one of its reference signals: 12 subcarriers in 50 blocks.
const RSSI_ABOVE_RSRP_DB: i16 = 28;

impl Modem {
    pub(super) fn circuit_registration(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.registration_command(form, Domain::Circuit)
    }

    pub(super) fn packet_registration(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.registration_command(form, Domain::Packet)
    }

    pub(super) fn eps_registration(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.registration_command(form, Domain::Eps)
    }

    fn registration_command(&mut self, form: &Form, domain: Domain) -> Outcome {
        match form {
            Form::Read => {
                let view = self.mobile.registration();
                let detail = self.report_detail(domain);
                let text = domain.text(&view, detail.max(1));
                self.information(&format!("{}: {detail},{text}", domain.name()));
            }
            Form::Set(list) => {
                let detail = list.number(0)?.unwrap_or(0);
                if detail > domain.most_detail() || list.len() > 1 {
                    return Err(Refusal::Parameter);
                }
                self.set_report_detail(domain, detail);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn signal_quality(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let level = self.signal_level().unwrap_or(99);
        self.information(&format!("+CSQ: {level},99"));
        Ok(Flow::Done)
    }

    /// The 32 steps of 2 dB; `None` without a cell.
    pub(super) fn signal_level(&self) -> Option<u8> {
        let cell = self.mobile.serving()?;
        let rssi = cell.rsrp_dbm + if cell.rat == Rat::Eutran { RSSI_ABOVE_RSRP_DB } else { 0 };
        u8::try_from(((rssi + 113) / 2).clamp(0, 31)).ok()
    }

    /// The radio path knows a level and no quality: what is not known has the value for that.
    pub(super) fn extended_quality(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let text = match self.mobile.serving().map(|cell| (cell.rat, cell.rsrp_dbm)) {
            None => "99,99,255,255,255,255".to_owned(),
            Some((Rat::Gsm, dbm)) => format!("{},99,255,255,255,255", (dbm + 111).clamp(0, 63)),
            Some((Rat::Utran, dbm)) => format!("99,99,{},255,255,255", (dbm + 121).clamp(0, 96)),
            Some((Rat::Eutran, dbm)) => format!("99,99,255,255,255,{}", (dbm + 141).clamp(0, 97)),
        };
        self.information(&format!("+CESQ: {text}"));
        Ok(Flow::Done)
    }
}
