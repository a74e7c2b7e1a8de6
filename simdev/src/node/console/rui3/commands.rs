//! The commands of RUI3 by name. A row says whether the command exists in LoRaWAN mode only.

use super::super::super::class_c::Class;
use super::super::super::parameters::Parameters;
use super::super::at::Ask;
use super::super::notation::{hex_value, number};
use super::super::settings::{Setting, Wrong, flag};
use super::super::{Desk, Stall, Wish};
use super::{JoinPlan, Kept, Rui3, Status, VERSION, groups, show};
use wire::lorawan::Band;
use wire::lorawan::region::ChannelSet;
use wire::time::Duration;

type Run = fn(&mut Rui3, &mut Desk<'_>, &str, Ask<'_>) -> Status;

/// What a name stands for.
#[derive(Clone, Copy)]
pub(super) enum Command {
    /// A parameter of the MAC.
    Setting(Setting),
    Special(Run),
}

const COMMANDS: &[(&str, bool, Command)] = &[
    ("", false, Command::Special(attention)),
    ("Z", false, Command::Special(reset)),
    ("R", false, Command::Special(restore)),
    ("E", false, Command::Special(echo)),
    ("+VER", false, Command::Special(version)),
    ("+SN", false, Command::Special(serial_number)),
    ("+BAT", false, Command::Special(battery)),
    ("+SLEEP", false, Command::Special(sleep)),
    ("+NWM", false, Command::Special(work_mode)),
    ("+DEVEUI", true, Command::Setting(Setting::DevEui)),
    ("+APPEUI", true, Command::Setting(Setting::AppEui)),
    ("+APPKEY", true, Command::Setting(Setting::AppKey)),
    ("+DEVADDR", true, Command::Setting(Setting::DevAddr)),
    ("+NWKSKEY", true, Command::Setting(Setting::NwkSKey)),
    ("+APPSKEY", true, Command::Setting(Setting::AppSKey)),
    ("+NETID", true, Command::Special(net_id)),
    ("+NJM", true, Command::Special(join_mode)),
    ("+NJS", true, Command::Special(join_status)),
    ("+JOIN", true, Command::Special(Rui3::join)),
    ("+CFM", true, Command::Special(confirm_mode)),
    ("+CFS", true, Command::Special(confirm_status)),
    ("+SEND", true, Command::Special(Rui3::send)),
    ("+USEND", true, Command::Special(Rui3::send_unified)),
    ("+RECV", true, Command::Special(received)),
    ("+RETY", true, Command::Setting(Setting::Retransmissions)),
    ("+ADR", true, Command::Setting(Setting::Adr)),
    ("+CLASS", true, Command::Special(class)),
    ("+DCS", true, Command::Setting(Setting::DutyCycle)),
    ("+DR", true, Command::Setting(Setting::DataRate)),
    ("+TXP", true, Command::Setting(Setting::TxPower)),
    ("+JN1DL", true, Command::Setting(Setting::JoinDelay1)),
    ("+JN2DL", true, Command::Setting(Setting::JoinDelay2)),
    ("+RX1DL", true, Command::Setting(Setting::Rx1Delay)),
    ("+RX2DL", true, Command::Setting(Setting::Rx2Delay)),
    ("+RX2DR", true, Command::Setting(Setting::Rx2DataRate)),
    ("+RX2FQ", true, Command::Setting(Setting::Rx2Frequency)),
    ("+PNM", true, Command::Special(public_network)),
    ("+LINKCHECK", true, Command::Special(link_check)),
    ("+TIMEREQ", true, Command::Special(time_request)),
    ("+RSSI", true, Command::Special(rssi)),
    ("+SNR", true, Command::Special(snr)),
    ("+BAND", true, Command::Special(band)),
    ("+MASK", true, Command::Special(mask)),
    ("+ADDMULC", true, Command::Special(groups::add)),
    ("+RMVMULC", true, Command::Special(groups::remove)),
    ("+LSTMULC", true, Command::Special(groups::list)),
];

/// The command of this name, in either case.
pub(super) fn named(name: &str) -> Option<(&'static str, bool, Command)> {
    COMMANDS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name)).copied()
}

/// Bands that the module numbers; those without parameters here are none that the simulated module has.
const BANDS: [Option<Band>; 13] = [
    None,
    None,
    None,
    None,
    Some(Band::Eu868),
    Some(Band::Us915),
    Some(Band::Au915),
    None,
    Some(Band::As923),
    None,
    None,
    None,
    None,
];

fn attention(_: &mut Rui3, _: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
    if ask == Ask::Run { Status::Ok } else { Status::ParamError }
}

fn reset(_: &mut Rui3, desk: &mut Desk<'_>, _: &str, _: Ask<'_>) -> Status {
    desk.wish(Wish::Restart);
    Status::Silent
}

fn restore(console: &mut Rui3, desk: &mut Desk<'_>, _: &str, _: Ask<'_>) -> Status {
    use super::super::Dialect as _;
    console.kept = Kept::default();
    *desk.saved = console.factory(desk.config);
    desk.mac.reset(desk.saved.clone());
    Status::Ok
}

fn echo(console: &mut Rui3, _: &mut Desk<'_>, _: &str, _: Ask<'_>) -> Status {
    console.kept.echo = !console.kept.echo;
    Status::Ok
}

fn version(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    read_only(desk, name, ask, VERSION)
}

fn serial_number(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let number = format!("{:016X}", desk.config.hw_eui.value());
    read_only(desk, name, ask, &number)
}

fn battery(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    read_only(desk, name, ask, "3.284000")
}

fn sleep(_: &mut Rui3, desk: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(span) = ask else { return Status::ParamError };
    let Some(millis) = number::<u32>(span) else { return Status::ParamError };
    desk.wish(Wish::Stall(Stall::Sleeping, Duration::from_millis(u64::from(millis))));
    Status::Ok
}

/// The module restarts when the mode changes.
fn work_mode(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(value) = ask else {
        return read_only(desk, name, ask, if console.kept.lorawan { "1" } else { "0" });
    };
    match flag(value) {
        Ok(lorawan) if lorawan == console.kept.lorawan => Status::Ok,
        Ok(lorawan) => {
            console.kept.lorawan = lorawan;
            desk.wish(Wish::Restart);
            Status::Silent
        }
        Err(Wrong) => Status::ParamError,
    }
}

fn net_id(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let value = format!("{:06X}", desk.mac.net_id.map_or(0, wire::lorawan::NetId::value));
    read_only(desk, name, ask, &value)
}

/// A change of the mode ends the session.
fn join_mode(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(value) = ask else { return read_flag(desk, name, ask, console.kept.otaa) };
    match flag(value) {
        Ok(otaa) => {
            desk.mac.joined &= otaa == console.kept.otaa;
            console.kept.otaa = otaa;
            Status::Ok
        }
        Err(Wrong) => Status::ParamError,
    }
}

fn join_status(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let joined = desk.mac.joined;
    read_flag(desk, name, ask, joined)
}

fn confirm_mode(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(value) = ask else { return read_flag(desk, name, ask, console.kept.confirmed) };
    match flag(value) {
        Ok(confirmed) => {
            console.kept.confirmed = confirmed;
            Status::Ok
        }
        Err(Wrong) => Status::ParamError,
    }
}

fn confirm_status(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    read_flag(desk, name, ask, console.volatile.last_was_confirmed)
}

/// Reading empties it.
fn received(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    if ask != Ask::Get {
        return Status::ParamError;
    }
    let value = console
        .volatile
        .last_data
        .take()
        .map_or_else(|| "0:".to_owned(), |data| format!("{}:{}", data.port, hex::encode_upper(data.octets)));
    show(desk, name, &value)
}

fn class(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let class = match ask {
        Ask::Set("A") => Class::A,
        Ask::Set("C") => Class::C,
        Ask::Set("B") => return Status::NoClassB,
        Ask::Get => {
            let letter = desk.mac.parameters.class.letter().to_string();
            return show(desk, name, &letter);
        }
        Ask::Set(_) | Ask::Run | Ask::Help => return Status::ParamError,
    };
    keep(desk, |parameters| {
        parameters.class = class;
        Ok(())
    })
}

fn public_network(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    // The radio path has the sync word of public networks only.
    match ask {
        Ask::Set("1") => Status::Ok,
        Ask::Get => show(desk, name, "1"),
        Ask::Set(_) | Ask::Run | Ask::Help => Status::ParamError,
    }
}

fn link_check(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(value) = ask else {
        return read_only(desk, name, ask, &console.kept.link_check.to_string());
    };
    match number::<u8>(value).filter(|mode| *mode <= 2) {
        Some(mode) => {
            console.kept.link_check = mode;
            Status::Ok
        }
        None => Status::ParamError,
    }
}

fn time_request(console: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(value) = ask else { return read_flag(desk, name, ask, console.volatile.time_asked) };
    match flag(value) {
        Ok(asked) => {
            console.volatile.time_asked = asked;
            Status::Ok
        }
        Err(Wrong) => Status::ParamError,
    }
}

fn rssi(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let value = desk.mac.last_signal.map_or(0, |(rssi, _)| rssi).to_string();
    read_only(desk, name, ask, &value)
}

fn snr(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let value = desk.mac.last_signal.map_or(0, |(_, snr)| snr).to_string();
    read_only(desk, name, ask, &value)
}

fn band(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    let current = desk.mac.parameters.network.region().band;
    let Ask::Set(value) = ask else {
        let place = BANDS.iter().position(|band| *band == Some(current)).unwrap_or_default();
        return read_only(desk, name, ask, &place.to_string());
    };
    match number::<usize>(value).and_then(|place| BANDS.get(place)) {
        Some(Some(_)) if desk.mac.exchange.is_some() => Status::BusyError,
        Some(Some(band)) => {
            if *band != current {
                desk.change_band(*band);
            }
            Status::Ok
        }
        Some(None) => Status::UnsupportedBand,
        None => Status::ParamError,
    }
}

/// Groups of eight channels, bit 0 for channels 0 to 7 with 64, bit 8 for channels 64 to 71; 0 stands for all. Only where all
/// channels are fixed.
fn mask(_: &mut Rui3, desk: &mut Desk<'_>, name: &str, ask: Ask<'_>) -> Status {
    if !desk.mac.parameters.network.region().is_fixed() {
        return Status::CommandNotFound;
    }
    let Ask::Set(value) = ask else {
        let set = desk.mac.parameters.network.channels.enabled_set();
        let group = |at: &u8| set.contains(usize::from(*at) * 8);
        let wide = (64..72).all(|channel| set.contains(channel));
        let mask = (0..8).filter(group).fold(u16::from(wide) << 8, |mask, at| mask | 1 << at);
        return read_only(desk, name, ask, &format!("{mask:04X}"));
    };
    let Some(octets) = hex_value::<HexMask>(value, 4) else { return Status::ParamError };
    let groups = match octets.0 {
        0 => 0x01ff,
        mask if mask <= 0x01ff => mask,
        _ => return Status::ParamError,
    };
    let set = (0..9).filter(|at| groups & 1 << at != 0).fold(ChannelSet::default(), |set, at| {
        let wide = if at < 8 { ChannelSet::span(64 + at, 1) } else { ChannelSet::default() };
        set.with(ChannelSet::span(at * 8, 8)).with(wide)
    });
    keep(desk, |parameters| {
        parameters.network.channels.choose(set);
        Ok(())
    })
}

struct HexMask(u16);

impl std::str::FromStr for HexMask {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u16::from_str_radix(text, 16).map(Self)
    }
}

impl JoinPlan {
    /// The plan that `AT+JOIN` asks for: what is not given stays. None when a value is wrong.
    pub(super) fn with(self, values: &str) -> Option<Self> {
        let mut plan = Self { start: true, ..self };
        for (place, value) in values.split(':').enumerate() {
            match place {
                0 => plan.start = flag(value).ok()?,
                1 => plan.at_power_up = flag(value).ok()?,
                2 => plan.period = number(value).filter(|seconds| *seconds >= 7)?,
                3 => plan.attempts = number(value)?,
                _ => return None,
            }
        }
        Some(plan)
    }
}

fn keep(desk: &mut Desk<'_>, change: impl Fn(&mut Parameters) -> Result<(), Wrong>) -> Status {
    if desk.keep(change).is_ok() { Status::Ok } else { Status::ParamError }
}

fn read_only(desk: &mut Desk<'_>, name: &str, ask: Ask<'_>, value: &str) -> Status {
    if ask == Ask::Get { show(desk, name, value) } else { Status::ParamError }
}

fn read_flag(desk: &mut Desk<'_>, name: &str, ask: Ask<'_>, value: bool) -> Status {
    read_only(desk, name, ask, if value { "1" } else { "0" })
}
