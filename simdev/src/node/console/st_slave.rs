//! STM32WL with STMicroelectronics' LoRaWAN_AT_Slave 1.3 (STM32CubeWL: lora_command.c, lora_at.c; AN5481).
//!
//! `AT+X=?` answers the value alone on a line; every command but a reset ends with an empty line and a status word. Octets
//! are written with colons. The stack joins with NwkKey (`AT+NWKKEY`), also in a network of 1.0. Only `AT+CS` saves. After FPending or a confirmed downlink the module sends an empty uplink by
//! itself. A join that the duty cycle forbids waits; a send is refused. Not here: class B, radio tests past the carrier.

use super::super::class_c::Class;
use super::super::event::{Done, Downlink, Event, Slot};
use super::super::mac::{Refused, When};
use super::super::parameters::Parameters;
use super::at::{Ask, with_get_by_equals};
use super::notation::number;
use super::settings::{Manner, Setting};
use super::{Desk, Dialect, Ends, Framing, Line, NodeConfig, Stall, Wish, delivered};
use wire::id::{Eui64, Key};
use wire::lorawan::{Band, DevAddr};
use wire::time::Duration;

/// The command buffer.
const LONGEST_LINE: usize = 539;
const VERSIONS: [&str; 5] = [
    "APPLICATION_VERSION: V1.3.0",
    "MW_LORAWAN_VERSION:  V2.5.0",
    "MW_RADIO_VERSION:    V1.3.0",
    "L2_SPEC_VERSION:     V1.0.4",
    "RP_SPEC_VERSION:     V2-1.0.1",
];
/// What the secure element of the example is built with.
const FACTORY_KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3C";
const FACTORY_APP_EUI: u64 = 0x0101_0101_0101_0101;
/// A confirmed uplink is sent eight times.
const RETRANSMISSIONS: u8 = 7;
const MANNER: Manner = Manner {
    colons: true,
    lower_case: false,
    unit: Duration::from_millis(1),
    most_retransmissions: RETRANSMISSIONS,
};
/// Bands by number; those without parameters here are none that the simulated module has.
const BANDS: [(&str, Option<Band>); 10] = [
    ("AS923", Some(Band::As923)),
    ("AU915", Some(Band::Au915)),
    ("CN470", None),
    ("CN779", None),
    ("EU433", None),
    ("EU868", Some(Band::Eu868)),
    ("KR920", None),
    ("IN865", None),
    ("US915", Some(Band::Us915)),
    ("RU864", None),
];
/// Ports that the stack takes.
const PORTS: std::ops::RangeInclusive<u8> = 1..=223;

/// The last word of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Error,
    ParamError,
    BusyError,
    ParamOverflow,
    NoNetworkJoined,
    RxError,
    NoClassB,
    DutyCycleRestricted,
    CryptoError,
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
            Self::NoNetworkJoined => "AT_NO_NETWORK_JOINED",
            Self::RxError => "AT_RX_ERROR",
            Self::NoClassB => "AT_NO_CLASS_B_ENABLE",
            Self::DutyCycleRestricted => "AT_DUTYCYCLE_RESTRICTED",
            Self::CryptoError => "AT_CRYPTO_ERROR",
            Self::Silent => "",
        }
    }
}

type Run = fn(&mut StSlave, &mut Desk<'_>, Ask<'_>) -> Status;

/// What a name stands for.
#[derive(Clone, Copy)]
enum Command {
    /// A parameter of the MAC that is got and set.
    Setting(Setting),
    Special(Run),
}

const COMMANDS: &[(&str, Command)] = &[
    ("", Command::Special(attention)),
    ("Z", Command::Special(reset)),
    ("+VL", Command::Special(verbosity)),
    ("+VER", Command::Special(versions)),
    ("+APPEUI", Command::Setting(Setting::AppEui)),
    ("+NWKKEY", Command::Setting(Setting::AppKey)),
    ("+APPKEY", Command::Setting(Setting::AppKeyOf11)),
    ("+NWKSKEY", Command::Setting(Setting::NwkSKey)),
    ("+APPSKEY", Command::Setting(Setting::AppSKey)),
    ("+DADDR", Command::Setting(Setting::DevAddr)),
    ("+DEUI", Command::Setting(Setting::DevEui)),
    ("+NWKID", Command::Special(network_id)),
    ("+JOIN", Command::Special(join)),
    ("+LINKC", Command::Special(link_check)),
    ("+SEND", Command::Special(send)),
    ("+ADR", Command::Setting(Setting::Adr)),
    ("+DR", Command::Setting(Setting::DataRate)),
    ("+BAND", Command::Special(band)),
    ("+CLASS", Command::Special(class)),
    ("+DCS", Command::Setting(Setting::DutyCycle)),
    ("+JN1DL", Command::Setting(Setting::JoinDelay1)),
    ("+JN2DL", Command::Setting(Setting::JoinDelay2)),
    ("+RX1DL", Command::Setting(Setting::Rx1Delay)),
    ("+RX2DL", Command::Setting(Setting::Rx2Delay)),
    ("+RX2DR", Command::Setting(Setting::Rx2DataRate)),
    ("+RX2FQ", Command::Setting(Setting::Rx2Frequency)),
    ("+TXP", Command::Setting(Setting::TxPower)),
    ("+BAT", Command::Special(battery)),
    ("+RFS", Command::Special(restore)),
    ("+CS", Command::Special(save)),
];

/// The console.
#[derive(Debug)]
pub(in super::super) struct StSlave {
    verbosity: u8,
    network_id: u8,
    /// A downlink that is told after the end of its exchange.
    pending: Option<Downlink>,
}

impl Default for StSlave {
    fn default() -> Self {
        Self { verbosity: 1, network_id: 0, pending: None }
    }
}

impl Dialect for StSlave {
    fn framing(&self) -> Framing {
        let (ends, data_after) = (Ends::CrOrLf, |_: &str| None);
        Framing { ends, longest: LONGEST_LINE, backspace: true, echo: false, waking: None, data_after }
    }

    fn factory(&self, config: &NodeConfig) -> Parameters {
        let parameters = reference_stack(config, FACTORY_APP_EUI);
        Parameters { app_key_of_1_1: parameters.app_key.clone(), ..parameters }
    }

    fn woken(&mut self, _desk: &mut Desk<'_>, _stall: Stall) {}

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
        match event {
            Event::Joined => {
                // The stack begins every session in class A.
                desk.mac.parameters.class = Class::A;
                desk.line("+EVT:JOINED");
            }
            Event::JoinFailed => desk.line("+EVT:JOIN FAILED"),
            Event::Downlink(downlink) if downlink.ends_exchange => self.pending = Some(downlink.clone()),
            Event::Downlink(downlink) => tell_downlink(desk, downlink),
            Event::Done(done) => self.tell_done(desk, *done),
        }
    }

    fn power_off(&mut self) {
        *self = Self::default();
    }
}

/// What a module with the example configuration of LoRaMac-node is delivered with.
pub(super) fn reference_stack(config: &NodeConfig, app_eui: u64) -> Parameters {
    let mut parameters = delivered(config);
    let key = || FACTORY_KEY.parse::<Key>().ok();
    parameters.dev_eui.get_or_insert(config.hw_eui);
    parameters.app_eui.get_or_insert(Eui64::from_value(app_eui));
    parameters.app_key = parameters.app_key.or_else(key);
    (parameters.nwk_s_key, parameters.app_s_key) = (key(), key());
    let chip = u32::try_from(config.hw_eui.value() & 0x01ff_ffff).unwrap_or_default();
    parameters.dev_addr = Some(DevAddr::from_value(chip));
    (parameters.adr, parameters.automatic_reply) = (true, true);
    parameters.retransmissions = RETRANSMISSIONS;
    parameters.in_region(config.band.region())
}

impl StSlave {
    fn run_command(&mut self, desk: &mut Desk<'_>, text: &str) -> Status {
        // Names are taken in upper case only.
        let Some((name, ask)) = with_get_by_equals(text).filter(|_| text.starts_with("AT")) else {
            return Status::Error;
        };
        let Some((_, command)) = COMMANDS.iter().find(|(known, _)| *known == name) else {
            return Status::Error;
        };
        match (*command, ask) {
            (_, Ask::Help) => {
                help(desk, name);
                Status::Ok
            }
            (Command::Setting(setting), Ask::Get) => {
                let value = MANNER.show(&desk.mac.parameters, setting);
                desk.line(&value);
                Status::Ok
            }
            (Command::Setting(setting), Ask::Set(value)) => {
                match MANNER.change(&mut desk.mac.parameters, setting, value) {
                    Ok(()) => Status::Ok,
                    Err(_) => Status::ParamError,
                }
            }
            (Command::Special(run), ask) => run(self, desk, ask),
            (Command::Setting(_), Ask::Run) => Status::Error,
        }
    }

    /// The end of an uplink is told before the downlink that ended it, as LoRaMac-node confirms before it indicates.
    fn tell_done(&mut self, desk: &mut Desk<'_>, done: Done) {
        if done.acknowledged {
            desk.line("+EVT:SEND_CONFIRMED");
        }
        if let Some(downlink) = self.pending.take() {
            tell_downlink(desk, &downlink);
        }
    }
}

fn tell_downlink(desk: &mut Desk<'_>, downlink: &Downlink) {
    let data = downlink.data.as_ref().filter(|data| !data.octets.is_empty());
    if let Some(data) = data {
        let octets = hex::encode_upper(&data.octets);
        desk.line(&format!("+EVT:{}:{:02X}:{octets}", data.port, data.octets.len()));
    }
    let slot = match downlink.slot {
        Slot::Rx1 => "1",
        Slot::Rx2 => "2",
        Slot::ClassC => "C",
    };
    let (port, rate) = (data.map_or(0, |data| data.port), downlink.data_rate.0);
    let (rssi, snr) = (downlink.rssi_dbm, downlink.snr());
    let link = downlink
        .link
        .map_or_else(String::new, |link| format!(", DMODM {}, GWN {}", link.margin, link.gateways));
    desk.line(&format!("+EVT:RX_{slot}, PORT {port}, DR {rate}, RSSI {rssi}, SNR {snr}{link}"));
}

fn help(desk: &mut Desk<'_>, name: &str) {
    if !name.is_empty() {
        return desk.line(&format!("AT{name}: get, set or run"));
    }
    for line in [
        "AT+<CMD>?        : Help on <CMD>",
        "AT+<CMD>         : Run <CMD>",
        "AT+<CMD>=<value> : Set the value",
        "AT+<CMD>=?       : Get the value",
    ] {
        desk.line(line);
    }
}

fn attention(_: &mut StSlave, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask == Ask::Run { Status::Ok } else { Status::Error }
}

fn reset(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Run {
        return Status::Error;
    }
    desk.wish(Wish::Restart);
    Status::Silent
}

fn verbosity(console: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Get => value(desk, &console.verbosity.to_string()),
        Ask::Set(text) => match number::<u8>(text) {
            Some(level @ 0..=3) => {
                console.verbosity = level;
                Status::Ok
            }
            Some(_) => {
                desk.line("AT+VL: verbose level out of range => 0(VLEVEL_OFF) to 3(VLEVEL_H)");
                Status::ParamError
            }
            None => {
                desk.line("AT+VL: verbose level is not well set");
                Status::ParamError
            }
        },
        Ask::Run | Ask::Help => Status::Error,
    }
}

fn versions(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Get {
        return Status::Error;
    }
    VERSIONS.iter().for_each(|line| desk.line(line));
    Status::Ok
}

fn network_id(console: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Get => value(desk, &console.network_id.to_string()),
        Ask::Set(text) => match number::<u8>(text).filter(|id| *id <= 127) {
            Some(id) => {
                console.network_id = id;
                Status::Ok
            }
            None => Status::ParamError,
        },
        Ask::Run | Ask::Help => Status::Error,
    }
}

/// The answer is `OK` whatever the stack makes of it.
fn join(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Set(mode) if mode.starts_with('0') => {
            if desk.mac.personalise().is_ok() {
                desk.mac.tell(Event::Joined);
            }
            Status::Ok
        }
        Ask::Set(mode) if mode.starts_with('1') => {
            // A refusal has no word in this language; the host waits in vain.
            desk.join(When::Free).ok();
            Status::Ok
        }
        Ask::Set(_) => Status::ParamError,
        Ask::Get | Ask::Run | Ask::Help => Status::Error,
    }
}

fn link_check(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Run {
        return Status::Error;
    }
    desk.mac.link_check_due = Some(desk.now);
    Status::Ok
}

/// `AT+SEND=port:acknowledged:data`.
fn send(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    let Ask::Set(text) = ask else { return Status::Error };
    let (port, confirmed, octets) = match read_uplink(text) {
        Ok(uplink) => uplink,
        Err(complaint) => {
            complaint.into_iter().for_each(|line| desk.line(line));
            return Status::ParamError;
        }
    };
    let data = (!octets.is_empty()).then_some((port, octets));
    match desk.send(confirmed, data, When::Now) {
        Ok(()) => Status::Ok,
        Err(Refused::NotJoined) => Status::NoNetworkJoined,
        Err(Refused::Busy | Refused::Paused) if !desk.mac.joined => Status::NoNetworkJoined,
        Err(Refused::Busy | Refused::Paused) => Status::BusyError,
        Err(Refused::NoFreeChannel(Some(_))) => Status::DutyCycleRestricted,
        Err(Refused::CounterUsedUp) => Status::CryptoError,
        Err(Refused::NoFreeChannel(None) | Refused::DataTooLong(_) | Refused::KeysNotInit) => Status::Error,
    }
}

/// Port, whether it is confirmed, and octets; or what the module complains of, if it says it.
fn read_uplink(text: &str) -> Result<(u8, bool, Vec<u8>), Option<&'static str>> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (port, rest) = text.split_at(digits);
    if port.is_empty() {
        return Err(Some("AT+SEND without the application port"));
    }
    let Some(rest) = rest.strip_prefix(':') else {
        return Err(Some("AT+SEND missing : character after app port"));
    };
    let (confirmed, rest) = match rest.as_bytes() {
        [b'0', ..] => (false, &rest[1..]),
        [b'1', ..] => (true, &rest[1..]),
        _ => return Err(Some("AT+SEND without the acknowledge flag")),
    };
    let Some(data) = rest.strip_prefix(':') else {
        return Err(Some("AT+SEND missing : character after ack flag"));
    };
    let port = number::<u8>(port).filter(|port| PORTS.contains(port)).ok_or(None)?;
    Ok((port, confirmed, hex::decode(data).map_err(|_| None)?))
}

fn band(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    let current = desk.mac.parameters.network.region().band;
    match ask {
        Ask::Get => {
            let row = BANDS.iter().enumerate().find(|(_, (_, band))| *band == Some(current));
            let text = row.map_or_else(String::new, |(place, (name, _))| format!("{place}:{name}"));
            value(desk, &text)
        }
        Ask::Set(text) => match number::<usize>(text).and_then(|place| BANDS.get(place)) {
            Some((_, Some(_))) if desk.mac.exchange.is_some() => Status::ParamError,
            Some((_, Some(band))) => {
                let parameters = desk.mac.parameters.in_region(band.region());
                desk.mac.reset(parameters);
                Status::Ok
            }
            Some((_, None)) | None => Status::ParamError,
        },
        Ask::Run | Ask::Help => Status::Error,
    }
}

fn class(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    let class = match ask {
        Ask::Get => return value(desk, &desk.mac.parameters.class.letter().to_string()),
        Ask::Set("A") => Class::A,
        Ask::Set("B") => return Status::NoClassB,
        Ask::Set("C") => Class::C,
        Ask::Set(_) => return Status::ParamError,
        Ask::Run | Ask::Help => return Status::Error,
    };
    if !desk.mac.joined {
        return Status::NoNetworkJoined;
    }
    desk.mac.parameters.class = class;
    desk.print("\r\n");
    desk.line(Status::Ok.word());
    desk.line(&format!("+EVT:SWITCH_TO_CLASS_{}", class.letter()));
    Status::Silent
}

fn battery(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask == Ask::Get { value(desk, "3284") } else { Status::Error }
}

fn restore(console: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Run {
        return Status::Error;
    }
    *desk.saved = console.factory(desk.config);
    desk.wish(Wish::Restart);
    Status::Ok
}

fn save(_: &mut StSlave, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Run {
        return Status::Error;
    }
    *desk.saved = desk.mac.parameters.clone();
    desk.line("NVM DATA STORED");
    Status::Ok
}

fn value(desk: &mut Desk<'_>, text: &str) -> Status {
    desk.line(text);
    Status::Ok
}
