//! Seeed LoRa-E5 (Wio-E5), firmware 4.0.11: the command set of RisingHF (LoRa-E5 AT command specification 1.0).
//!
//! `AT+X` asks and `AT+X=value` sets, both answered with `+X: value`; names, words and hexadecimal digits are taken in either
//! case, quotes around data may be left out. What is set is kept at once, but for the class. The module is delivered in mode
//! LWABP. A send is answered with a block of lines that ends with `Done`; nothing else is taken before. Not here: mode TEST,
//! proprietary frames, class B, `+INFO: Input timeout` after a line without end.

mod commands;
mod traffic;

use super::super::class_c::Class;
use super::super::event::{Downlink, Event};
use super::super::parameters::Parameters;
use super::at::after_at;
use super::{Desk, Dialect, Ends, Framing, Line, NodeConfig, Stall, delivered};
use wire::id::{Eui64, Key};
use wire::lorawan::DevAddr;

/// The longest command.
const LONGEST_LINE: usize = 528;
const FACTORY_APP_EUI: u64 = 0x8000_0000_0000_0006;
const FACTORY_KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3C";
/// A confirmed uplink is sent four times.
const RETRANSMISSIONS: u8 = 3;
/// 14 dBm.
const FIRST_POWER: u8 = 1;
const FIRST_PORT: u8 = 8;

/// Why a command is refused: `+X: ERROR(-n)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Parameter,
    UnknownCommand,
    Format,
    WrongMode,
    TooManyParameters,
    TooLong,
    Character,
}

impl Refusal {
    const fn number(self) -> i8 {
        match self {
            Self::Parameter => -1,
            Self::UnknownCommand => -10,
            Self::Format => -11,
            Self::WrongMode => -12,
            Self::TooManyParameters => -20,
            Self::TooLong => -21,
            Self::Character => -23,
        }
    }
}

/// How the module is activated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Abp,
    Otaa,
    /// Radio tests, of which there are none here.
    Test,
}

impl Mode {
    const fn name(self) -> &'static str {
        match self {
            Self::Abp => "LWABP",
            Self::Otaa => "LWOTAA",
            Self::Test => "TEST",
        }
    }
}

/// What the module keeps without power, beside the MAC's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    mode: Mode,
    port: u8,
}

impl Default for Kept {
    fn default() -> Self {
        Self { mode: Mode::Abp, port: FIRST_PORT }
    }
}

/// The console.
#[derive(Debug, Default)]
pub(in super::super) struct LoraE5 {
    kept: Kept,
    /// The prefix of the send or join that is under way.
    under_way: Option<&'static str>,
}

/// A command with its parameters, cleared of quotes and of spaces around them.
#[derive(Clone, Debug)]
struct Words<'a> {
    /// Parameters in order; empty where the command only asks.
    values: Vec<&'a str>,
    /// Everything after `=`.
    whole: &'a str,
}

impl Dialect for LoraE5 {
    fn framing(&self) -> Framing {
        let data_after = |_: &str| None;
        let waking = Some(0xff);
        Framing { ends: Ends::Lf, longest: LONGEST_LINE, backspace: false, echo: false, waking, data_after }
    }

    fn factory(&self, config: &NodeConfig) -> Parameters {
        let mut parameters = delivered(config);
        let key = || FACTORY_KEY.parse::<Key>().ok();
        parameters.dev_eui.get_or_insert(config.hw_eui);
        parameters.app_eui.get_or_insert(Eui64::from_value(FACTORY_APP_EUI));
        parameters.app_key = parameters.app_key.or_else(key);
        (parameters.nwk_s_key, parameters.app_s_key) = (key(), key());
        let chip = u32::try_from(config.hw_eui.value() & 0x01ff_ffff).unwrap_or_default();
        parameters.dev_addr = Some(DevAddr::from_value(chip));
        (parameters.adr, parameters.retransmissions) = (true, RETRANSMISSIONS);
        let mut parameters = parameters.in_region(config.band.region());
        parameters.set_power(FIRST_POWER);
        parameters
    }

    fn woken(&mut self, desk: &mut Desk<'_>, stall: Stall) {
        match stall {
            Stall::Starting => self.enter_mode(desk),
            Stall::Sleeping => desk.line("+LOWPOWER: WAKEUP"),
            Stall::Saving => {}
        }
    }

    fn wakes_on(&self, bytes: &[u8]) -> bool {
        !bytes.is_empty()
    }

    fn run(&mut self, desk: &mut Desk<'_>, line: &Line) {
        match line {
            Line::Text(text) => self.run_command(desk, text),
            Line::TooLong => refuse(desk, "AT", Refusal::TooLong),
            Line::NoText | Line::WithData(..) => refuse(desk, "AT", Refusal::Character),
        }
    }

    fn tell(&mut self, desk: &mut Desk<'_>, event: &Event) {
        self.tell_host(desk, event);
    }

    fn power_off(&mut self) {
        *self = Self { kept: self.kept, ..Self::default() };
    }
}

impl LoraE5 {
    fn run_command(&mut self, desk: &mut Desk<'_>, text: &str) {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return refuse(desk, "AT", Refusal::Character);
        }
        let Some(body) = after_at(text.trim_end()) else { return refuse(desk, "AT", Refusal::Format) };
        if body.is_empty() {
            return desk.line("+AT: OK");
        }
        let Some(body) = body.strip_prefix('+') else { return refuse(desk, "AT", Refusal::Format) };
        let (name, whole) = body.split_once('=').unwrap_or((body, ""));
        let name = name.trim();
        let Some((known, command)) = commands::named(name) else {
            return refuse(desk, &name.to_ascii_uppercase(), Refusal::UnknownCommand);
        };
        let whole = whole.trim();
        let values =
            if whole.is_empty() || whole == "?" { Vec::new() } else { whole.split(',').map(bare).collect() };
        if let Err(refusal) = command(self, desk, known, &Words { values, whole: bare(whole) }) {
            refuse(desk, known, refusal);
        }
    }

    /// In mode LWABP the session is there from the beginning; in the others it has to be opened.
    fn enter_mode(&mut self, desk: &mut Desk<'_>) {
        desk.mac.end_session();
        if self.kept.mode == Mode::Abp {
            // Address and keys are never missing.
            desk.mac.personalise().ok();
        }
    }

    /// A downlink outside an exchange comes under the name of a plain message.
    fn tell_class_c(&self, desk: &mut Desk<'_>, downlink: &Downlink) {
        if downlink.data.is_some() {
            traffic::downlink_lines(desk, "MSG", downlink);
            desk.line("+MSG: Done");
        }
    }
}

/// Without quotes and without spaces around.
fn bare(text: &str) -> &str {
    text.trim().trim_matches('"')
}

fn refuse(desk: &mut Desk<'_>, name: &str, refusal: Refusal) {
    desk.line(&format!("+{name}: ERROR({})", refusal.number()));
}

/// The class by its letter; the module knows class B too.
fn class_named(text: &str) -> Option<Class> {
    match text.to_ascii_uppercase().as_str() {
        "A" => Some(Class::A),
        "C" => Some(Class::C),
        _ => None,
    }
}
