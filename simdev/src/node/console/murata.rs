//! Murata CMWX1ZZABZ with the firmware of Arduino's MKR WAN boards (arduino/mkrwan1300-fw 1.2.3, arduino-libraries/MKRWAN).
//!
//! Lines end with CR alone, both ways. `AT+X?` answers `+OK=value`, a set `+OK`. Uplinks are typed as a length and then as
//! many octets. A confirmed uplink is answered at its end. A join that fails says nothing. Nothing that is set outlives a
//! reset. What the duty cycle forbids waits. Not here: class B, private networks.

use super::super::class_c::Class;
use super::super::event::{Downlink, Event};
use super::super::mac::{Refused, When};
use super::super::parameters::Parameters;
use super::at::{Ask, after_at, with_get_by_mark};
use super::notation::number;
use super::settings::{Manner, Setting, flag};
use super::st_slave::reference_stack;
use super::{Desk, Dialect, Ends, Framing, Line, NodeConfig, Stall, Wish};
use std::ops::RangeInclusive;
use wire::lorawan::Band;
use wire::lorawan::region::ChannelSet;
use wire::time::Duration;

/// The command buffer.
const LONGEST_LINE: usize = 127;
/// It collects as many octets as its eight bits count, and only then asks whether they fit (at_SendV2 of mkrwan1300-fw).
const MOST_DATA: usize = 255;
const DEVICE: &str = "ARD-078";
const VERSION: &str = "1.2.3";
/// The bands by number; those without parameters here are none that the simulated module has.
const BANDS: [Option<Band>; 10] = [
    Some(Band::As923),
    Some(Band::Au915),
    None,
    None,
    None,
    Some(Band::Eu868),
    None,
    None,
    Some(Band::Us915),
    Some(Band::Us915),
];
/// US915 with the channels of sub-band 1 only.
const US915_HYBRID: usize = 9;
/// The mask of channels is set in six groups of sixteen, whatever the band.
const MASK_DIGITS: usize = 24;
/// Ports of applications.
const PORTS: RangeInclusive<u8> = 1..=223;
const FIRST_PORT: u8 = 2;
const MANNER: Manner =
    Manner { colons: false, lower_case: true, unit: Duration::from_millis(1), most_retransmissions: 7 };

/// How a command ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Value(String),
    Error,
    ParamError,
    Busy,
    ParamOverflow,
    NoNetwork,
    RxError,
    /// Nothing now: the answer comes later, or the module resets.
    Later,
}

impl Status {
    fn text(&self) -> Option<String> {
        let word = match self {
            Self::Ok => "+OK",
            Self::Value(value) => return Some(format!("+OK={value}")),
            Self::Error => "+ERR",
            Self::ParamError => "+ERR_PARAM",
            Self::Busy => "+ERR_BUSY",
            Self::ParamOverflow => "+ERR_PARAM_OVERFLOW",
            Self::NoNetwork => "+ERR_NO_NETWORK",
            Self::RxError => "+ERR_RX",
            Self::Later => return None,
        };
        Some(word.to_owned())
    }
}

type Run = fn(&mut Murata, &mut Desk<'_>, Ask<'_>) -> Status;

/// What a name stands for.
#[derive(Clone, Copy)]
enum Command {
    /// A parameter of the MAC that is got and set.
    Setting(Setting),
    /// One that is only set.
    Secret(Setting),
    Special(Run),
}

const COMMANDS: &[(&str, Command)] = &[
    ("", Command::Special(attention)),
    ("+DEV", Command::Special(device)),
    ("+VER", Command::Special(version)),
    ("+REBOOT", Command::Special(reboot)),
    ("+BAND", Command::Special(band)),
    ("+MODE", Command::Special(mode)),
    ("+DEVEUI", Command::Setting(Setting::DevEui)),
    ("+APPEUI", Command::Setting(Setting::AppEui)),
    ("+APPKEY", Command::Setting(Setting::AppKey)),
    ("+DEVADDR", Command::Setting(Setting::DevAddr)),
    ("+NWKSKEY", Command::Secret(Setting::NwkSKey)),
    ("+APPSKEY", Command::Secret(Setting::AppSKey)),
    ("+JOIN", Command::Special(join)),
    ("+NJS", Command::Special(join_status)),
    ("+PORT", Command::Special(port)),
    ("+DR", Command::Setting(Setting::DataRate)),
    ("+ADR", Command::Setting(Setting::Adr)),
    ("+DUTYCYCLE", Command::Setting(Setting::DutyCycle)),
    ("+NWK", Command::Special(public_network)),
    ("+CLASS", Command::Special(class)),
    ("+RFPOWER", Command::Special(power)),
    ("+DFORMAT", Command::Special(data_format)),
    ("+RX2FQ", Command::Setting(Setting::Rx2Frequency)),
    ("+RX2DR", Command::Setting(Setting::Rx2DataRate)),
    ("+RX1DL", Command::Setting(Setting::Rx1Delay)),
    ("+RX2DL", Command::Setting(Setting::Rx2Delay)),
    ("+FCU", Command::Setting(Setting::UplinkCounter)),
    ("+FCD", Command::Setting(Setting::DownlinkCounter)),
    ("+CHANMASK", Command::Special(channel_mask)),
];

/// The console. All of it is forgotten without power.
#[derive(Debug)]
pub(in super::super) struct Murata {
    otaa: bool,
    port: u8,
    /// Downlinks are written as hexadecimal text.
    hex_downlinks: bool,
    rf_mode: u8,
    /// The band is US915 hybrid.
    hybrid: bool,
    /// The host waits for the end of its confirmed uplink.
    awaits_end: bool,
}

impl Default for Murata {
    fn default() -> Self {
        Self {
            otaa: true,
            port: FIRST_PORT,
            hex_downlinks: false,
            rf_mode: 0,
            hybrid: false,
            awaits_end: false,
        }
    }
}

impl Dialect for Murata {
    fn framing(&self) -> Framing {
        let data_after = |text: &str| uplink(text).map(|(_, length)| length);
        Framing {
            ends: Ends::Cr,
            longest: LONGEST_LINE,
            backspace: false,
            echo: false,
            waking: None,
            data_after,
        }
    }

    fn factory(&self, config: &NodeConfig) -> Parameters {
        reference_stack(config, 0)
    }

    fn woken(&mut self, desk: &mut Desk<'_>, stall: Stall) {
        if stall == Stall::Starting {
            desk.print("+EVENT=0,0\r");
        }
    }

    fn run(&mut self, desk: &mut Desk<'_>, line: &Line) {
        let status = match line {
            Line::Text(text) => self.run_command(desk, text),
            Line::WithData(text, octets) => self.send(desk, text, octets),
            Line::TooLong => Status::ParamOverflow,
            Line::NoText => Status::RxError,
        };
        if let Some(text) = status.text() {
            desk.print(&format!("{text}\r"));
        }
    }

    fn tell(&mut self, desk: &mut Desk<'_>, event: &Event) {
        match event {
            Event::Joined => {
                // The stack begins every session in class A.
                desk.mac.parameters.class = Class::A;
                desk.print("+EVENT=1,1\r");
            }
            Event::JoinFailed => {}
            Event::Downlink(downlink) => self.tell_downlink(desk, downlink),
            Event::Done(done) if !done.unasked && std::mem::take(&mut self.awaits_end) => {
                desk.print(if done.acknowledged { "+OK\r" } else { "+ERR\r" });
            }
            Event::Done(_) => {}
        }
    }

    fn power_off(&mut self) {
        *self = Self::default();
    }
}

impl Murata {
    fn run_command(&mut self, desk: &mut Desk<'_>, text: &str) -> Status {
        // Names are taken in upper case only.
        let Some((name, ask)) = with_get_by_mark(text).filter(|_| text.starts_with("AT")) else {
            return Status::Error;
        };
        let Some((_, command)) = COMMANDS.iter().find(|(known, _)| *known == name) else {
            return Status::Error;
        };
        match (*command, ask) {
            (Command::Setting(setting), Ask::Get) => {
                Status::Value(MANNER.show(&desk.mac.parameters, setting))
            }
            (Command::Setting(setting) | Command::Secret(setting), Ask::Set(value)) => {
                match MANNER.change(&mut desk.mac.parameters, setting, value) {
                    Ok(()) => Status::Ok,
                    Err(_) => Status::ParamError,
                }
            }
            (Command::Special(run), ask) => run(self, desk, ask),
            (Command::Setting(_), Ask::Run | Ask::Help)
            | (Command::Secret(_), Ask::Get | Ask::Run | Ask::Help) => Status::Error,
        }
    }

    fn send(&mut self, desk: &mut Desk<'_>, text: &str, octets: &[u8]) -> Status {
        let Some((confirmed, _)) = uplink(text) else { return Status::Error };
        let data = (!octets.is_empty()).then(|| (self.port, octets.to_vec()));
        match desk.send(confirmed, data, When::Free) {
            Ok(()) if confirmed => {
                self.awaits_end = true;
                Status::Later
            }
            Ok(()) => Status::Ok,
            Err(refused) => status(refused),
        }
    }

    /// Two line feeds part the head from the octets.
    fn tell_downlink(&self, desk: &mut Desk<'_>, downlink: &Downlink) {
        let Some(data) = &downlink.data else { return };
        let text =
            if self.hex_downlinks { hex::encode(&data.octets).into_bytes() } else { data.octets.clone() };
        desk.print(&format!("+RECV={},{}\r\n\n", data.port, text.len()));
        desk.text.extend(text);
    }
}

/// Whether a line announces octets: `AT+UTX n` unconfirmed, `AT+CTX n` confirmed.
fn uplink(text: &str) -> Option<(bool, usize)> {
    let (name, length) = after_at(text)?.split_once(' ')?;
    let confirmed = match name {
        "+UTX" => false,
        "+CTX" => true,
        _ => return None,
    };
    let length = number::<usize>(length).filter(|length| *length <= MOST_DATA)?;
    Some((confirmed, length))
}

fn status(refused: Refused) -> Status {
    match refused {
        Refused::NotJoined => Status::NoNetwork,
        Refused::Busy | Refused::Paused => Status::Busy,
        Refused::DataTooLong(_) => Status::ParamError,
        Refused::KeysNotInit | Refused::NoFreeChannel(_) | Refused::CounterUsedUp => Status::Error,
    }
}

fn attention(_: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask == Ask::Run { Status::Ok } else { Status::Error }
}

fn device(_: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    read_only(ask, DEVICE.to_owned())
}

fn version(_: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    read_only(ask, VERSION.to_owned())
}

fn reboot(_: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Run {
        return Status::Error;
    }
    desk.wish(Wish::Restart);
    Status::Later
}

fn band(console: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    let current = desk.mac.parameters.network.region().band;
    let Ask::Set(text) = ask else {
        let place = BANDS.iter().position(|band| *band == Some(current)).unwrap_or_default();
        return read_only(ask, if console.hybrid { US915_HYBRID } else { place }.to_string());
    };
    let place = number::<usize>(text);
    match place.and_then(|place| *BANDS.get(place)?) {
        Some(_) if desk.mac.exchange.is_some() => Status::Busy,
        Some(band) => {
            let mut parameters = desk.mac.parameters.in_region(band.region());
            console.hybrid = place == Some(US915_HYBRID);
            if console.hybrid {
                parameters.network.channels.choose(band.region().sub_band_channels(1));
            }
            desk.mac.reset(parameters);
            Status::Ok
        }
        None => Status::ParamError,
    }
}

fn mode(console: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Get => Status::Value(u8::from(console.otaa).to_string()),
        Ask::Set(text) => flag(text).map_or(Status::ParamError, |otaa| {
            console.otaa = otaa;
            Status::Ok
        }),
        Ask::Run | Ask::Help => Status::Error,
    }
}

fn join(console: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    if ask != Ask::Run {
        return Status::Error;
    }
    let result = if console.otaa { desk.join(When::Free) } else { desk.mac.personalise() };
    if result.is_ok() && !console.otaa {
        desk.mac.tell(Event::Joined);
    }
    result.map_or_else(status, |()| Status::Ok)
}

fn join_status(_: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    read_only(ask, u8::from(desk.mac.joined).to_string())
}

fn port(console: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Get => Status::Value(console.port.to_string()),
        Ask::Set(text) => match number::<u8>(text).filter(|port| PORTS.contains(port)) {
            Some(port) => {
                console.port = port;
                Status::Ok
            }
            None => Status::ParamError,
        },
        Ask::Run | Ask::Help => Status::Error,
    }
}

fn public_network(_: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    // The radio path has the sync word of public networks only.
    match ask {
        Ask::Get => Status::Value("1".to_owned()),
        Ask::Set("1") => Status::Ok,
        Ask::Set(_) => Status::ParamError,
        Ask::Run | Ask::Help => Status::Error,
    }
}

fn class(_: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Get => Status::Value(MANNER.show(&desk.mac.parameters, Setting::Class)),
        Ask::Set(text) => match MANNER.change(&mut desk.mac.parameters, Setting::Class, text) {
            Ok(()) => Status::Ok,
            Err(_) => Status::ParamError,
        },
        Ask::Run | Ask::Help => Status::Error,
    }
}

/// `AT+RFPOWER=mode,index`: the mode chooses the amplifier, the index the power.
fn power(console: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    let text = match ask {
        Ask::Get => {
            let index = MANNER.show(&desk.mac.parameters, Setting::TxPower);
            return Status::Value(format!("{},{index}", console.rf_mode));
        }
        Ask::Set(text) => text,
        Ask::Run | Ask::Help => return Status::Error,
    };
    let Some((mode, index)) = text.split_once(',') else { return Status::ParamError };
    let Some(mode) = number::<u8>(mode).filter(|mode| *mode <= 1) else { return Status::ParamError };
    match MANNER.change(&mut desk.mac.parameters, Setting::TxPower, index) {
        Ok(()) => {
            console.rf_mode = mode;
            Status::Ok
        }
        Err(_) => Status::ParamError,
    }
}

fn data_format(console: &mut Murata, _: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    match ask {
        Ask::Get => Status::Value(u8::from(console.hex_downlinks).to_string()),
        Ask::Set(text) => flag(text).map_or(Status::ParamError, |hex| {
            console.hex_downlinks = hex;
            Status::Ok
        }),
        Ask::Run | Ask::Help => Status::Error,
    }
}

/// Sixteen channels to a group of four digits. All six groups are set at once; channels that do not exist do not count.
fn channel_mask(_: &mut Murata, desk: &mut Desk<'_>, ask: Ask<'_>) -> Status {
    let network = &mut desk.mac.parameters.network;
    let (region, data_rate) = (network.region(), network.data_rate);
    let Ask::Set(text) = ask else {
        let groups = if region.is_fixed() { MASK_DIGITS / 4 } else { region.max_channels.div_ceil(16) };
        let set = network.channels.enabled_set();
        return read_only(ask, (0..groups).map(|group| format!("{:04x}", set.mask(group * 16))).collect());
    };
    let Some(octets) = hex::decode(text).ok().filter(|_| text.len() == MASK_DIGITS) else {
        return Status::ParamError;
    };
    let set = channels_of(&octets).common(network.channels.defined_set());
    if !region.accepts_channels(set, data_rate) {
        return Status::ParamError;
    }
    if region.is_fixed() {
        network.channels.choose(set);
    } else {
        network.channels.enable_only(set);
    }
    Status::Ok
}

/// Channel 0 is the last bit of the second octet.
fn channels_of(octets: &[u8]) -> ChannelSet {
    let groups =
        octets.chunks_exact(2).map(|pair| pair.iter().fold(0, |mask, octet| mask << 8 | u16::from(*octet)));
    let bits = groups.enumerate().flat_map(|(group, mask)| {
        (0..16).filter(move |bit| mask >> bit & 1 == 1).map(move |bit| group * 16 + bit)
    });
    bits.collect()
}

fn read_only(ask: Ask<'_>, value: String) -> Status {
    if ask == Ask::Get { Status::Value(value) } else { Status::Error }
}
