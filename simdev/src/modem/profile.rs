//! What `&W` stores, `Z` restores and `&F` sets to the factory's values (V.250 6.1, TS 27.007 clause 8, TS 27.005).

use super::commands::{Accepted, TextParameters};
use super::messages::Memory;
use super::settings::Numbers;
use std::collections::BTreeMap;
use wire::at::command::EditingCharacters;

/// `+CMEE`: how errors are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorFormat {
    Plain,
    Number,
    Text,
}

/// `+CSCS`: the character set of strings between host and modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharacterSet {
    Gsm,
    Hex,
    Ira,
    Ucs2,
    Utf8,
    Latin1,
}

impl CharacterSet {
    pub(super) const ALL: &'static [Self] =
        &[Self::Gsm, Self::Hex, Self::Ira, Self::Ucs2, Self::Utf8, Self::Latin1];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gsm => "GSM",
            Self::Hex => "HEX",
            Self::Ira => "IRA",
            Self::Ucs2 => "UCS2",
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "8859-1",
        }
    }
}

/// `+CNMI`: how arriving messages are indicated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indications {
    pub(super) mode: u8,
    pub(super) mt: u8,
    pub(super) bm: u8,
    pub(super) ds: u8,
    pub(super) bfr: u8,
}

/// The part of the profile that each channel of a multiplexer has of its own: how its lines look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineSettings {
    echo: bool,
    verbose: bool,
    quiet: bool,
    result_set: u32,
    registers: BTreeMap<u32, u8>,
    inert: BTreeMap<String, u32>,
    errors: ErrorFormat,
    character_set: CharacterSet,
}

impl Default for LineSettings {
    fn default() -> Self {
        Profile::default().line_settings()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) echo: bool,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    /// `X`: 0 to 4.
    pub(super) result_set: u32,
    pub(super) registers: BTreeMap<u32, u8>,
    /// `&C`, `&D`, `L`, `M` and the like: kept and shown, without effect here.
    pub(super) inert: BTreeMap<String, u32>,
    pub(super) errors: ErrorFormat,
    pub(super) character_set: CharacterSet,
    pub(super) creg: u32,
    pub(super) cgreg: u32,
    pub(super) cereg: u32,
    pub(super) cgerep: u32,
    /// `<bfr>` of `+CGEREP`: 1 sends what was held back, 0 forgets it.
    pub(super) cgerep_buffer: u32,
    pub(super) operator_format: u32,
    pub(super) crc: bool,
    pub(super) clip: bool,
    /// `+CLIR`: 0 per subscription, 1 hide, 2 show.
    pub(super) clir: u32,
    pub(super) ccwa: bool,
    pub(super) cvhu: u32,
    pub(super) csta: u32,
    /// `+CMGF`: text mode.
    pub(super) text_mode: bool,
    pub(super) csdh: bool,
    /// `+CSMS=1`: messages that were routed directly must be acknowledged.
    pub(super) acknowledged: bool,
    pub(super) cnmi: Indications,
    /// What [`Setting`](super::settings::Setting)s of this class keep.
    pub(super) numbers: Numbers,
    /// `+CPMS`: read and delete, write and send, receive.
    pub(super) storage: [Memory; 3],
    pub(super) csmp: TextParameters,
    /// `+CSCB`.
    pub(super) broadcasts: Accepted,
}

/// S-registers: number, factory value, lowest and highest value (V.250 6.2, 6.3).
pub(super) const REGISTERS: &[(u32, u8, u32, u32)] = &[
    (0, 0, 0, 255),
    (3, 13, 0, 127),
    (4, 10, 0, 127),
    (5, 8, 0, 127),
    (6, 2, 0, 255),
    (7, 60, 1, 255),
    (8, 2, 0, 255),
    (10, 2, 0, 255),
    (12, 50, 0, 255),
];

impl Default for Profile {
    fn default() -> Self {
        Self {
            echo: true,
            verbose: true,
            quiet: false,
            result_set: 4,
            registers: REGISTERS.iter().map(|row| (row.0, row.1)).collect(),
            inert: BTreeMap::from([("&C".to_owned(), 1), ("&D".to_owned(), 2)]),
            errors: ErrorFormat::Plain,
            character_set: CharacterSet::Ira,
            creg: 0,
            cgreg: 0,
            cereg: 0,
            cgerep: 0,
            cgerep_buffer: 0,
            operator_format: 0,
            crc: false,
            clip: false,
            clir: 0,
            ccwa: false,
            cvhu: 0,
            csta: 129,
            text_mode: false,
            csdh: false,
            acknowledged: false,
            cnmi: Indications { mode: 2, mt: 1, bm: 0, ds: 0, bfr: 0 },
            numbers: Numbers::default(),
            storage: [Memory::Card; 3],
            csmp: TextParameters::default(),
            broadcasts: Accepted::default(),
        }
    }
}

impl Profile {
    pub(super) fn line_settings(self) -> LineSettings {
        LineSettings {
            echo: self.echo,
            verbose: self.verbose,
            quiet: self.quiet,
            result_set: self.result_set,
            registers: self.registers,
            inert: self.inert,
            errors: self.errors,
            character_set: self.character_set,
        }
    }

    /// Swaps what a channel has of its own for what another channel has.
    pub(super) fn exchange(&mut self, settings: &mut LineSettings) {
        std::mem::swap(&mut self.echo, &mut settings.echo);
        std::mem::swap(&mut self.verbose, &mut settings.verbose);
        std::mem::swap(&mut self.quiet, &mut settings.quiet);
        std::mem::swap(&mut self.result_set, &mut settings.result_set);
        std::mem::swap(&mut self.registers, &mut settings.registers);
        std::mem::swap(&mut self.inert, &mut settings.inert);
        std::mem::swap(&mut self.errors, &mut settings.errors);
        std::mem::swap(&mut self.character_set, &mut settings.character_set);
    }

    fn register(&self, number: u32, otherwise: u8) -> u8 {
        self.registers.get(&number).copied().unwrap_or(otherwise)
    }

    /// S3: what ends a line.
    pub(super) fn terminator(&self) -> u8 {
        self.register(3, 13)
    }

    /// S4: what follows the terminator in responses.
    pub(super) fn formatting(&self) -> u8 {
        self.register(4, 10)
    }

    /// S0: rings before the modem answers by itself; 0 for never.
    pub(super) fn rings_to_answer(&self) -> u8 {
        self.register(0, 0)
    }

    /// S7: seconds that a call may take to be answered.
    pub(super) fn connection_wait(&self) -> u8 {
        self.register(7, 60)
    }

    /// S12: the guard time of the escape from the data state, in fiftieths of a second.
    pub(super) fn guard_time(&self) -> u8 {
        self.register(12, 50)
    }

    pub(super) fn editing(&self) -> EditingCharacters {
        EditingCharacters {
            terminator: self.terminator(),
            backspace: self.register(5, 8),
            mixed_prefix: false,
        }
    }
}
