//! RAKwireless RAK3172 with RUI3 (RUI3 AT command manual; RAK-STM32-RUI 4.x).
//!
//! `AT+X=?` answers `AT+X=value`; every command but a reset ends with an empty line and a status word. Parameters are parted
//! by colons, names are taken in either case. What is set is kept at once. After FPending or a confirmed downlink the module
//! sends an empty uplink by itself, and tells of it. A send that the duty cycle forbids waits. Not here: LoRa P2P, class B,
//! `AT+LPSEND`, radio tests.

mod commands;
mod groups;
mod traffic;

use super::super::event::{Downlink, Event};
use super::super::parameters::Parameters;
use super::at::{Ask, with_get_by_equals};
use super::settings::Manner;
use super::{Desk, Dialect, Ends, Framing, Line, NodeConfig, Stall, delivered};
use commands::Command;
use wire::id::{Eui64, Key};
use wire::lorawan::PortPayload;
use wire::time::{Duration, Instant, Wakeup};

const VERSION: &str = "RUI_4.1.0_RAK3172-E";
/// The longest line that the command buffer holds.
const LONGEST_LINE: usize = 1500;
/// The JoinEUI that the module is delivered with.
const FACTORY_APP_EUI: u64 = 0xac1f_09ff_f915_3172;
const MANNER: Manner =
    Manner { colons: false, lower_case: false, unit: Duration::from_secs(1), most_retransmissions: 7 };

/// The last word of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Error,
    ParamError,
    BusyError,
    ParamOverflow,
    NoClassB,
    NoNetworkJoined,
    RxError,
    ModeNoSupport,
    CommandNotFound,
    UnsupportedBand,
    /// The module resets; nothing is answered.
    Silent,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Error => "AT_ERROR",
            Self::ParamError => "AT_PARAM_ERROR",
            Self::BusyError => "AT_BUSY_ERROR",
            Self::ParamOverflow => "AT_TEST_PARAM_OVERFLOW",
            Self::NoClassB => "AT_NO_CLASSB_ENABLE",
            Self::NoNetworkJoined => "AT_NO_NETWORK_JOINED",
            Self::RxError => "AT_RX_ERROR",
            Self::ModeNoSupport => "AT_MODE_NO_SUPPORT",
            Self::CommandNotFound => "AT_COMMAND_NOT_FOUND",
            Self::UnsupportedBand => "AT_UNSUPPORTED_BAND",
            Self::Silent => "",
        }
    }
}

/// `AT+JOIN`: whether to join, also at power-up, seconds between tries, and how many tries after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct JoinPlan {
    start: bool,
    at_power_up: bool,
    period: u8,
    attempts: u8,
}

/// What the module keeps without power.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    echo: bool,
    lorawan: bool,
    otaa: bool,
    confirmed: bool,
    join: JoinPlan,
    /// 0 off, 1 with the next uplink, 2 with every uplink.
    link_check: u8,
}

impl Default for Kept {
    fn default() -> Self {
        let join = JoinPlan { start: false, at_power_up: false, period: 8, attempts: 0 };
        Self { echo: false, lorawan: true, otaa: true, confirmed: false, join, link_check: 0 }
    }
}

/// What it forgets.
#[derive(Clone, Debug, Default)]
struct Volatile {
    /// Failed tries of the join that is under way.
    failed_joins: u16,
    next_join: Option<Instant>,
    last_data: Option<PortPayload>,
    last_was_confirmed: bool,
    link_check_out: bool,
    time_asked: bool,
    /// A downlink that is told after the end of its exchange.
    pending: Option<Downlink>,
}

/// The console.
#[derive(Debug, Default)]
pub(in super::super) struct Rui3 {
    kept: Kept,
    volatile: Volatile,
}

impl Dialect for Rui3 {
    fn framing(&self) -> Framing {
        let (ends, data_after) = (Ends::CrOrLf, |_: &str| None);
        Framing {
            ends,
            longest: LONGEST_LINE,
            backspace: true,
            echo: self.kept.echo,
            waking: None,
            data_after,
        }
    }

    fn factory(&self, config: &NodeConfig) -> Parameters {
        let mut parameters = delivered(config);
        let app_eui = Eui64::from_value(FACTORY_APP_EUI);
        let mut app_key = [0; 16];
        app_key[..8].copy_from_slice(&config.hw_eui.value().to_be_bytes());
        app_key[8..].copy_from_slice(&FACTORY_APP_EUI.to_be_bytes());
        parameters.dev_eui.get_or_insert(config.hw_eui);
        parameters.app_eui.get_or_insert(app_eui);
        parameters.app_key.get_or_insert(Key::new(app_key));
        (parameters.adr, parameters.automatic_reply, parameters.retransmissions) = (true, true, 0);
        parameters.in_region(config.band.region())
    }

    fn woken(&mut self, desk: &mut Desk<'_>, stall: Stall) {
        match stall {
            Stall::Starting => {
                desk.line("RAKwireless RAK3172-E");
                desk.line("------------------------------------------------------");
                desk.line(&format!("Version: {VERSION}"));
                let mode = if self.kept.lorawan { "LoRaWAN" } else { "LoRa P2P" };
                desk.line(&format!("Current Work Mode: {mode}."));
                if self.kept.lorawan && self.kept.join.at_power_up {
                    self.begin_join(desk);
                }
            }
            Stall::Saving | Stall::Sleeping => {}
        }
    }

    fn wakes_on(&self, bytes: &[u8]) -> bool {
        !bytes.is_empty()
    }

    fn run(&mut self, desk: &mut Desk<'_>, line: &Line) {
        let status = match line {
            Line::Text(text) => self.run_command(desk, text),
            Line::TooLong => Status::ParamOverflow,
            Line::NoText | Line::WithData(..) => Status::RxError,
        };
        if status != Status::Silent {
            desk.print("\r\n");
            desk.line(status.word());
        }
    }

    fn tell(&mut self, desk: &mut Desk<'_>, event: &Event) {
        self.tell_host(desk, event);
    }

    fn due(&self) -> Option<Wakeup> {
        self.volatile.next_join.map(|at| Wakeup::new(at, "next join try"))
    }

    fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        if self.volatile.next_join.take_if(|at| *at <= desk.now).is_some() {
            self.try_join(desk);
        }
    }

    fn power_off(&mut self) {
        self.volatile = Volatile::default();
    }
}

impl Rui3 {
    fn run_command(&mut self, desk: &mut Desk<'_>, text: &str) -> Status {
        let Some((name, ask)) = with_get_by_equals(text) else { return Status::CommandNotFound };
        let Some((name, needs_lorawan, command)) = commands::named(name) else {
            return Status::CommandNotFound;
        };
        if let Ask::Help = ask {
            desk.line(&format!("AT{name}: get, set or run"));
            return Status::Ok;
        }
        if needs_lorawan && !self.kept.lorawan {
            return Status::ModeNoSupport;
        }
        match (command, ask) {
            (Command::Setting(setting), Ask::Get) => {
                let value = MANNER.show(&desk.mac.parameters, setting);
                show(desk, name, &value)
            }
            (Command::Setting(setting), Ask::Set(value)) => {
                let change = |parameters: &mut Parameters| MANNER.change(parameters, setting, value);
                if desk.keep(change).is_ok() { Status::Ok } else { Status::ParamError }
            }
            (Command::Special(run), ask) => run(self, desk, name, ask),
            (Command::Setting(_), Ask::Run | Ask::Help) => Status::ParamError,
        }
    }
}

/// Writes a value behind its name.
fn show(desk: &mut Desk<'_>, name: &str, value: &str) -> Status {
    desk.line(&format!("AT{name}={value}"));
    Status::Ok
}
