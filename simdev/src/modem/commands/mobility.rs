//! Connection, power saving, technologies and modes of operation (TS 27.007 5.9, 7.38 to 7.42, 10.1.28, 10.1.30, 10.1.47).

use super::super::Modem;
use super::super::mobile::{PowerSettings, Procedure};
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, action, free, open, setting};
use wire::air::cellular::Rat;
use wire::at::command::{Form, Parameters};
use wire::cause::{EmmCause, EsmCause};
use wire::nas::Edrx;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CSCON", Test::Text("(0-3)"), Modem::connection_status),
    open(
        "+CPSMS",
        Test::Text("(0-2),,,(\"00000000\"-\"11111111\"),(\"00000000\"-\"11111111\")"),
        Modem::power_saving,
    ),
    open("+CEDRXS", Test::Text("(0-3),(0,4),(\"0000\"-\"1111\")"), Modem::extended_reception),
    open("+CEDRXRDP", Test::Bare, Modem::show_extended_reception),
    open("+CEMODE", Test::Text("(0-3)"), Modem::mode_of_operation),
    open("+CCIOTOPT", Test::Text("(0,1,3),(0),(0)"), Modem::optimisations),
    open("+CNEC", Test::Text("(0-31)"), Modem::network_errors),
    free("+WS46", Test::Own, Modem::technologies),
    open("+C5GREG", Test::Text("(0-3)"), Modem::registration_5g),
];

/// Settings of reports that end with the power.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::modem) struct RadioReports {
    connection: u32,
    fifth_generation: u32,
    optimisations: u32,
    /// `+CNEC`: 1 MM, 2 GMM, 8 EMM.
    network_errors: u32,
    /// `+CEMODE` with the distinction between voice centric and data centric, which changes nothing here.
    mode: Option<u32>,
}

/// `+WS46`: number and technologies.
const TECHNOLOGIES: &[(u32, &[Rat])] = &[
    (12, &[Rat::Gsm]),
    (22, &[Rat::Utran]),
    (25, &[Rat::Gsm, Rat::Utran, Rat::Eutran]),
    (28, &[Rat::Eutran]),
    (29, &[Rat::Gsm, Rat::Utran]),
    (30, &[Rat::Gsm, Rat::Eutran]),
    (31, &[Rat::Utran, Rat::Eutran]),
];

impl Modem {
    pub(super) fn connection_status(&mut self, _now: Instant, form: &Form) -> Outcome {
        let detail = self.local.radio_reports.connection;
        match form {
            Form::Read => {
                let text = self.connection_text(self.mobile.is_connected());
                self.information(&format!("+CSCON: {detail},{text}"));
            }
            Form::Set(_) | Form::Action | Form::Test => {
                if let Some(detail) = setting(self, form, "+CSCON", detail, 0..=3)? {
                    self.local.radio_reports.connection = detail;
                }
            }
        }
        Ok(Flow::Done)
    }

    /// `<mode>[,<state>[,<access>]]`: state 7 is E-UTRAN connected, access 4 E-UTRAN FDD.
    fn connection_text(&self, connected: bool) -> String {
        let mode = u8::from(connected);
        match self.local.radio_reports.connection {
            2 if connected => format!("{mode},7"),
            3 if connected => format!("{mode},7,4"),
            _ => mode.to_string(),
        }
    }

    pub(in crate::modem) fn report_connection(&mut self, connected: bool) {
        let evolved = self.mobile.serving().is_some_and(|cell| cell.rat == Rat::Eutran);
        if self.local.radio_reports.connection > 0 && (evolved || !connected) {
            let text = self.connection_text(connected);
            self.line.report(vec![format!("+CSCON: {text}")]);
        }
    }

    pub(super) fn power_saving(&mut self, now: Instant, form: &Form) -> Outcome {
        let current = self.mobile.power_settings();
        match form {
            Form::Read => {
                let PowerSettings { psm, periodic, active, .. } = current;
                self.information(&format!("+CPSMS: {},,,\"{periodic}\",\"{active}\"", u8::from(psm)));
            }
            Form::Set(list) => {
                let wanted = wanted_power_saving(list, current)?;
                self.mobile.set_power_settings(now, wanted);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn extended_reception(&mut self, now: Instant, form: &Form) -> Outcome {
        let current = self.mobile.power_settings();
        match form {
            Form::Read if current.edrx => {
                self.information(&format!("+CEDRXS: 4,\"{:04b}\"", current.cycle));
            }
            Form::Read => {}
            Form::Set(list) => {
                let wanted = wanted_reception(list, current)?;
                self.mobile.set_power_settings(now, wanted);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn show_extended_reception(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        let text = self.granted_reception(self.mobile.edrx());
        self.information(&format!("+CEDRXRDP: {text}"));
        Ok(Flow::Done)
    }

    /// `<AcT-type>,<requested>,<granted>,<window>`, or 0 where eDRX is not used.
    fn granted_reception(&self, granted: Option<Edrx>) -> String {
        let settings = self.mobile.power_settings();
        match granted {
            None => "0".to_owned(),
            Some(Edrx { cycle, window }) => {
                let requested =
                    if settings.edrx { format!("\"{:04b}\"", settings.cycle) } else { String::new() };
                format!("4,{requested},\"{cycle:04b}\",\"{:04b}\"", window.unwrap_or(0))
            }
        }
    }

    pub(in crate::modem) fn report_edrx(&mut self, granted: Option<Edrx>) {
        if self.mobile.power_settings().edrx_reports {
            let text = self.granted_reception(granted);
            self.line.report(vec![format!("+CEDRXP: {text}")]);
        }
    }

    pub(super) fn network_errors(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = self.local.radio_reports.network_errors;
        if let Some(wanted) = setting(self, form, "+CNEC", current, 0..=31)? {
            self.local.radio_reports.network_errors = wanted;
        }
        Ok(Flow::Done)
    }

    /// `+CNEC_EMM: <cause>` and its like (TS 27.007 9.1c), where the host asked for that protocol.
    pub(in crate::modem) fn report_network_error(&mut self, procedure: Procedure, cause: EmmCause) {
        let (bit, name) = match procedure {
            Procedure::Location => (1, "MM"),
            Procedure::GprsAttach | Procedure::Routing => (2, "GMM"),
            Procedure::Attach | Procedure::Update | Procedure::Service | Procedure::Detach => (8, "EMM"),
        };
        if self.local.radio_reports.network_errors & bit != 0 {
            self.line.report(vec![format!("+CNEC_{name}: {}", cause.0)]);
        }
    }

    /// `+CNEC_ESM: <cause>,<cid>`.
    pub(in crate::modem) fn report_session_error(&mut self, cid: u8, cause: EsmCause) {
        if self.local.radio_reports.network_errors & 16 != 0 {
            self.line.report(vec![format!("+CNEC_ESM: {},{cid}", cause.0)]);
        }
    }

    /// 0 and 3 are packet services alone, 1 and 2 both.
    pub(super) fn mode_of_operation(&mut self, _now: Instant, form: &Form) -> Outcome {
        let stands = if self.mobile.wants_circuit_services() { 2 } else { 0 };
        let current = self.local.radio_reports.mode.unwrap_or(stands);
        if let Some(mode) = setting(self, form, "+CEMODE", current, 0..=3)? {
            self.local.radio_reports.mode = Some(mode);
            self.mobile.set_circuit_services(matches!(mode, 1 | 2));
        }
        Ok(Flow::Done)
    }

    /// Circuit-switched services are wanted or not, whichever command said so.
    pub(super) fn set_mode_of_operation(&mut self, circuit: bool) {
        self.local.radio_reports.mode = None;
        self.mobile.set_circuit_services(circuit);
    }

    /// No optimisation is supported, which the network is told.
    pub(super) fn optimisations(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let detail = self.local.radio_reports.optimisations;
                self.information(&format!("+CCIOTOPT: {detail},0,0"));
            }
            Form::Set(list) => {
                let detail = list.number(0)?.unwrap_or(0);
                let supported = |index: usize| Ok::<_, Refusal>(list.number(index)?.unwrap_or(0) == 0);
                if !matches!(detail, 0 | 1 | 3) || !supported(1)? || !supported(2)? {
                    return Err(Refusal::Parameter);
                }
                self.local.radio_reports.optimisations = if detail == 3 { 0 } else { detail };
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// The technologies that the model has are offered, and no others.
    pub(super) fn technologies(&mut self, now: Instant, form: &Form) -> Outcome {
        let possible = self.config.model.rats;
        match form {
            Form::Read => {
                let allowed = self.mobile.allowed_rats();
                let covers = |(_, rats): &&(u32, &[Rat])| {
                    possible.iter().all(|rat| rats.contains(rat) == allowed.contains(rat))
                };
                let number = TECHNOLOGIES.iter().find(covers).map_or(25, |(number, _)| *number);
                self.information(&format!("+WS46: {number}"));
            }
            Form::Test => {
                let offered =
                    TECHNOLOGIES.iter().filter(|(_, rats)| rats.iter().all(|rat| possible.contains(rat)));
                let numbers: Vec<String> = offered.map(|(number, _)| number.to_string()).collect();
                self.information(&format!("+WS46: ({})", numbers.join(",")));
            }
            Form::Set(list) => {
                let wanted = list.required_number(0)?;
                let row =
                    TECHNOLOGIES.iter().find(|(number, _)| *number == wanted).ok_or(Refusal::Parameter)?;
                if list.len() > 1 || !self.mobile.set_rats(now, row.1) {
                    return Err(Refusal::Parameter);
                }
            }
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// No model here has NR: it is never registered there.
    pub(super) fn registration_5g(&mut self, _now: Instant, form: &Form) -> Outcome {
        let detail = self.local.radio_reports.fifth_generation;
        match form {
            Form::Read => self.information(&format!("+C5GREG: {detail},0")),
            Form::Set(_) | Form::Action | Form::Test => {
                if let Some(detail) = setting(self, form, "+C5GREG", detail, 0..=3)? {
                    self.local.radio_reports.fifth_generation = detail;
                }
            }
        }
        Ok(Flow::Done)
    }
}

/// `<mode>[,<RAU>[,<READY>[,<TAU>[,<Active>]]]]`; the two of GSM are checked and not used.
fn wanted_power_saving(list: &Parameters, current: PowerSettings) -> Result<PowerSettings, Refusal> {
    let mode = list.number(0)?.unwrap_or(1);
    for index in [1, 2] {
        timer::<wire::nas::GprsTimer3>(list, index)?;
    }
    let wanted = PowerSettings {
        psm: mode == 1,
        periodic: timer(list, 3)?.unwrap_or(current.periodic),
        active: timer(list, 4)?.unwrap_or(current.active),
        ..current
    };
    let factory = PowerSettings::default();
    match mode {
        0 | 1 if list.len() <= 5 => Ok(wanted),
        2 if list.len() == 1 => {
            Ok(PowerSettings { periodic: factory.periodic, active: factory.active, ..wanted })
        }
        _ => Err(Refusal::Parameter),
    }
}

fn timer<T: std::str::FromStr>(list: &Parameters, index: usize) -> Result<Option<T>, Refusal> {
    list.text(index)?.map(|text| text.parse().map_err(|_| Refusal::Parameter)).transpose()
}

/// `<mode>[,<AcT-type>[,<value>]]`; type 4 is the only one of these models.
fn wanted_reception(list: &Parameters, current: PowerSettings) -> Result<PowerSettings, Refusal> {
    let mode = list.number(0)?.unwrap_or(0);
    if !matches!(list.number(1)?, None | Some(0 | 4)) || list.len() > 3 {
        return Err(Refusal::Parameter);
    }
    let cycle = match list.text(2)? {
        None => current.cycle,
        Some(text) if text.len() == 4 && text.bytes().all(|digit| matches!(digit, b'0' | b'1')) => {
            u8::from_str_radix(text, 2).map_err(|_| Refusal::Parameter)?
        }
        Some(_) => return Err(Refusal::Parameter),
    };
    match mode {
        0 => Ok(PowerSettings { edrx: false, edrx_reports: false, cycle, ..current }),
        1 | 2 => Ok(PowerSettings { edrx: true, edrx_reports: mode == 2, cycle, ..current }),
        3 => {
            let factory = PowerSettings::default().cycle;
            Ok(PowerSettings { edrx: false, edrx_reports: false, cycle: factory, ..current })
        }
        _ => Err(Refusal::Parameter),
    }
}
