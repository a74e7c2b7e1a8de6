//! Operator selection and the lists that guide it (TS 27.007 7.3, 7.18 to 7.20).

use super::super::Modem;
use super::super::mobile::{ScanEntry, ScanStatus, SelectionMode};
use super::super::names::{NAMES, names_of, network_named};
use super::super::outcome::{Flow, Outcome, Pending, Refusal};
use super::{Entry, Test, action, free, open};
use wire::air::cellular::Rat;
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::dialect::template;
use wire::plmn::Plmn;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+COPS", Test::Own, Modem::operator_selection),
    free("+COPN", Test::Bare, Modem::operator_names),
    open("+CPOL", Test::Text("(1-80),(0-2)"), Modem::preferred_operators),
    open("+CPLS", Test::Text("(0-2)"), Modem::preferred_list),
];

/// `+CPLS`: the list that `+CPOL` means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::modem) enum PlmnListChoice {
    /// EF_PLMNwAcT.
    #[default]
    User,
    /// EF_OPLMNwAcT.
    Operator,
    /// EF_HPLMNwAcT.
    Home,
}

impl PlmnListChoice {
    const fn number(self) -> u32 {
        match self {
            Self::User => 0,
            Self::Operator => 1,
            Self::Home => 2,
        }
    }

    const fn file(self) -> u16 {
        match self {
            Self::User => 0x6f60,
            Self::Operator => 0x6f61,
            Self::Home => 0x6f62,
        }
    }
}

/// The bits of the access technology identifier that `+CPOL` shows: GSM, GSM Compact, UTRAN, E-UTRAN.
const TECHNOLOGIES: [u16; 4] = [0x0080, 0x0040, 0x8000, 0x4000];

impl Modem {
    pub(super) fn operator_selection(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let text = self.operator_text();
                self.information(&text);
                Ok(Flow::Done)
            }
            Form::Test => {
                if self.mobile.has_call() || !self.mobile.radio_is_on() {
                    return Err(CmeError::OPERATION_NOT_ALLOWED.into());
                }
                self.mobile.scan();
                Ok(Flow::Pending(Pending::Scan))
            }
            Form::Set(list) => self.select_operator(now, list),
            Form::Action => Err(Refusal::NoSuchForm),
        }
    }

    fn operator_text(&self) -> String {
        let mode = match self.mobile.selection_mode() {
            SelectionMode::Automatic => 0,
            SelectionMode::Manual { .. } => 1,
            SelectionMode::Deregistered => 2,
            SelectionMode::ManualThenAutomatic { .. } => 4,
        };
        let Some(cell) = self.mobile.registration().cell else { return format!("+COPS: {mode}") };
        let (long, short) = self.network_names(cell.id.plmn);
        let format = self.profile.operator_format;
        let name = match format {
            0 => long,
            1 => short,
            _ => cell.id.plmn.digits(),
        };
        format!("+COPS: {mode},{format},\"{name}\",{}", self.shown_act(cell.rat))
    }

    fn select_operator(&mut self, now: Instant, list: &Parameters) -> Outcome {
        let mode = list.required_number(0)?;
        let format = match list.number(1)? {
            Some(format @ 0..=2) => Some(format),
            None => None,
            Some(_) => return Err(Refusal::Parameter),
        };
        let selection = match mode {
            0 => SelectionMode::Automatic,
            1 | 4 => {
                let plmn =
                    wanted_network(format.unwrap_or(self.profile.operator_format), list.required_text(2)?)?;
                let rat = wanted_technology(list.number(3)?)?;
                if mode == 1 {
                    SelectionMode::Manual { plmn, rat }
                } else {
                    SelectionMode::ManualThenAutomatic { plmn, rat }
                }
            }
            2 => {
                self.mobile.detach(now, true);
                return Ok(Flow::Pending(Pending::Detach));
            }
            3 => {
                self.profile.operator_format = format.ok_or(Refusal::Parameter)?;
                return Ok(Flow::Done);
            }
            _ => return Err(Refusal::Parameter),
        };
        if let Some(format) = format {
            self.profile.operator_format = format;
        }
        self.mobile.select(now, selection);
        Ok(Flow::Pending(Pending::Selection { abortable: true }))
    }

    pub(in crate::modem) fn show_scan(&mut self, entries: &[ScanEntry]) {
        let dialect = self.config.model;
        let entry = |entry: &ScanEntry| {
            let status = match entry.status {
                ScanStatus::Available => "1",
                ScanStatus::Current => "2",
                ScanStatus::Forbidden => "3",
            };
            let (long, short) = names_of(entry.plmn);
            template::fill(dialect.scan_entry, |name| match name {
                "stat" => Some(status.to_owned()),
                "long" => Some(long.clone()),
                "short" => Some(short.clone()),
                "plmn" => Some(entry.plmn.digits()),
                "act" => Some(self.shown_act(entry.rat).to_string()),
                _ => None,
            })
        };
        let [between, after] = dialect.scan_frame;
        let found: Vec<String> = entries.iter().map(entry).collect();
        self.information(&format!("+COPS: {}{after}", found.join(between)));
    }

    pub(super) fn operator_names(&mut self, _now: Instant, form: &Form) -> Outcome {
        action(form)?;
        for (digits, long, _) in NAMES {
            self.information(&format!("+COPN: \"{digits}\",\"{long}\""));
        }
        Ok(Flow::Done)
    }

    pub(super) fn preferred_list(&mut self, _now: Instant, form: &Form) -> Outcome {
        let current = self.local.plmn_list.number();
        match super::setting(self, form, "+CPLS", current, 0..=2)? {
            Some(0) => self.local.plmn_list = PlmnListChoice::User,
            Some(1) => self.local.plmn_list = PlmnListChoice::Operator,
            Some(_) => self.local.plmn_list = PlmnListChoice::Home,
            None => {}
        }
        Ok(Flow::Done)
    }

    pub(super) fn preferred_operators(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => self.show_preferred(),
            Form::Set(list) => self.write_preferred(list),
            Form::Action | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    fn show_preferred(&mut self) -> Outcome {
        let choice = self.local.plmn_list;
        let card = self.card_or_error()?;
        let rows = match choice {
            PlmnListChoice::User => card.user_plmns(),
            PlmnListChoice::Operator => card.operator_plmns(),
            PlmnListChoice::Home => card.home_plmns(),
        }
        .map_err(|_| CmeError::NOT_FOUND)?;
        for (place, (plmn, technologies)) in rows.iter().enumerate() {
            let flags = TECHNOLOGIES.map(|bit| u8::from(technologies & bit != 0).to_string()).join(",");
            let format = self.local.plmn_format.unwrap_or(2);
            let name = named(*plmn, format);
            self.information(&format!("+CPOL: {},{format},\"{name}\",{flags}", place + 1));
        }
        Ok(Flow::Done)
    }

    /// The card decides who may write which list.
    fn write_preferred(&mut self, list: &Parameters) -> Outcome {
        let format = match list.number(1)? {
            Some(format @ 0..=2) => Some(format),
            None => None,
            Some(_) => return Err(Refusal::Parameter),
        };
        let Some(place) = list.number(0)? else {
            // Without a place there is nothing to write: the format of the read form is meant.
            self.local.plmn_format = Some(format.filter(|_| list.len() == 2).ok_or(Refusal::Parameter)?);
            return Ok(Flow::Done);
        };
        if !(1..=80).contains(&place) {
            return Err(CmeError::INVALID_INDEX.into());
        }
        let mut octets = vec![0xff, 0xff, 0xff, 0, 0];
        if let Some(digits) = list.text(2)? {
            let plmn = wanted_network(format.unwrap_or(2), digits)?;
            let mut technologies = 0;
            for (index, bit) in TECHNOLOGIES.iter().enumerate() {
                if list.number(3 + index)?.unwrap_or(0) == 1 {
                    technologies |= bit;
                }
            }
            octets = plmn.to_octets().to_vec();
            octets.extend(technologies.to_be_bytes());
        }
        let offset = u16::try_from((place - 1) * 5).unwrap_or(u16::MAX);
        let file = self.local.plmn_list.file();
        let written = self.card_or_error()?.update_binary(file, offset, &octets);
        written.map_err(|_| CmeError::OPERATION_NOT_ALLOWED)?;
        Ok(Flow::Done)
    }
}

/// A network in the format of 27.007 7.3: long name, short name, digits.
fn named(plmn: Plmn, format: u32) -> String {
    let (long, short) = names_of(plmn);
    match format {
        0 => long,
        1 => short,
        _ => plmn.digits(),
    }
}

fn wanted_network(format: u32, name: &str) -> Result<Plmn, Refusal> {
    let plmn = if format == 2 { name.parse().ok() } else { network_named(name) };
    plmn.ok_or(Refusal::Parameter)
}

fn wanted_technology(act: Option<u32>) -> Result<Option<Rat>, Refusal> {
    match act {
        None => Ok(None),
        Some(0 | 1 | 3) => Ok(Some(Rat::Gsm)),
        Some(2 | 4 | 5 | 6) => Ok(Some(Rat::Utran)),
        Some(7..=9) => Ok(Some(Rat::Eutran)),
        Some(_) => Err(Refusal::Parameter),
    }
}
