//! The commands of the LoRa-E5 by name.

use super::super::super::channels::Channel;
use super::super::super::multicast::Group;
use super::super::super::parameters::Parameters;
use super::super::notation::{dev_addr, eui, hex_value, number, with_colons};
use super::super::settings::radio_data_rate;
use super::super::{Desk, Dialect as _, Stall, Wish};
use super::{Kept, LoraE5, Mode, Refusal, Words, class_named};
use std::str::FromStr;
use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::crypto::Direction;
use wire::lorawan::region::ChannelSet;
use wire::lorawan::timing::RX2_AFTER_RX1;
use wire::lorawan::{Band, DataRate, DevAddr};
use wire::time::Duration;

type Answer = Result<(), Refusal>;
pub(super) type Command = fn(&mut LoraE5, &mut Desk<'_>, &'static str, &Words<'_>) -> Answer;

const VERSION: &str = "4.0.11";
/// A sleep without a span lasts until the host types.
const LONG_SLEEP: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

const COMMANDS: &[(&str, Command)] = &[
    ("VER", version),
    ("ID", identity),
    ("KEY", key),
    ("MODE", mode),
    ("DR", data_rate),
    ("CH", channel),
    ("ADR", adr),
    ("CLASS", class),
    ("PORT", port),
    ("POWER", power),
    ("RETRY", retry),
    ("REPT", repeat),
    ("RXWIN2", rx2),
    ("DELAY", delay),
    ("LW", lorawan),
    ("JOIN", LoraE5::join),
    ("MSG", LoraE5::send),
    ("CMSG", LoraE5::send),
    ("MSGHEX", LoraE5::send),
    ("CMSGHEX", LoraE5::send),
    ("RESET", reset),
    ("FDEFAULT", factory_default),
    ("LOWPOWER", low_power),
    ("UART", uart),
];

/// The command of this name, in either case.
pub(super) fn named(name: &str) -> Option<(&'static str, Command)> {
    COMMANDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).copied()
}

fn version(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, _: &Words<'_>) -> Answer {
    desk.line(&format!("+VER: {VERSION}"));
    Ok(())
}

fn identity(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    let names = ["DevAddr", "DevEui", "AppEui"];
    let known = |text: &str| names.into_iter().find(|name| name.eq_ignore_ascii_case(text));
    match words.values[..] {
        [] => names.iter().for_each(|name| show_identity(desk, name)),
        [name] => show_identity(desk, known(name).ok_or(Refusal::Parameter)?),
        [name, value] => {
            let name = known(name).ok_or(Refusal::Parameter)?;
            let digits: String = value.chars().filter(|letter| !matches!(letter, ':' | ' ')).collect();
            desk.keep(|parameters| set_identity(parameters, name, &digits))?;
            show_identity(desk, name);
        }
        _ => return Err(Refusal::TooManyParameters),
    }
    Ok(())
}

fn set_identity(parameters: &mut Parameters, name: &str, digits: &str) -> Answer {
    match name {
        "DevAddr" => parameters.dev_addr = Some(hex::<DevAddr>(digits, 8)?),
        "DevEui" => parameters.dev_eui = Some(hex::<Eui64>(digits, 16)?),
        _ => parameters.app_eui = Some(hex::<Eui64>(digits, 16)?),
    }
    Ok(())
}

fn show_identity(desk: &mut Desk<'_>, name: &str) {
    let parameters = &desk.mac.parameters;
    let digits = match name {
        "DevAddr" => dev_addr(parameters.dev_addr),
        "DevEui" => eui(parameters.dev_eui),
        _ => eui(parameters.app_eui),
    };
    desk.line(&format!("+ID: {name}, {}", with_colons(&digits)));
}

/// The module repeats what it was given.
fn key(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    let [name, value] = words.values[..] else { return Err(Refusal::Parameter) };
    let digits: String = value.chars().filter(|letter| *letter != ' ').collect();
    let key = hex::<Key>(&digits, 32)?;
    let name = name.to_ascii_uppercase();
    desk.keep(|parameters| {
        let place = match name.as_str() {
            "APPKEY" => &mut parameters.app_key,
            "NWKSKEY" => &mut parameters.nwk_s_key,
            "APPSKEY" => &mut parameters.app_s_key,
            _ => return Err(Refusal::Parameter),
        };
        *place = Some(key.clone());
        Ok(())
    })?;
    desk.line(&format!("+KEY: {name} {}", digits.to_ascii_uppercase()));
    Ok(())
}

fn mode(console: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        let modes = [Mode::Abp, Mode::Otaa, Mode::Test];
        let mode = modes.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(text));
        let mode = mode.ok_or(Refusal::Parameter)?;
        if mode != console.kept.mode {
            console.kept.mode = mode;
            console.enter_mode(desk);
        }
    }
    desk.line(&format!("+MODE: {}", console.kept.mode.name()));
    Ok(())
}

/// A band, or a data rate with or without `DR`.
fn data_rate(console: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        if let Ok(band) = text.to_ascii_uppercase().parse::<Band>() {
            if band != desk.mac.parameters.network.region().band {
                desk.change_band(band);
                console.enter_mode(desk);
            }
            desk.line(&format!("+DR: {band}"));
            return Ok(());
        }
        let rate = rate(desk, Direction::Up, text)?;
        desk.keep(|parameters| {
            parameters.network.data_rate = rate;
            Ok(())
        })?;
    }
    let network = &desk.mac.parameters.network;
    let (rate, region) = (network.data_rate, network.region());
    desk.line(&format!("+DR: DR{}", rate.0));
    if let Some(modulation) = region.modulation(rate) {
        let (spreading, bandwidth) = (modulation.spreading_factor, modulation.bandwidth_khz);
        desk.line(&format!("+DR: {} DR{}  SF{spreading}  BW{bandwidth}K", region.band, rate.0));
    }
    Ok(())
}

/// `AT+CH=NUM,0-2,5`, `AT+CH=3,867.1,0,5`, `AT+CH=3,OFF`, `AT+CH=3`.
fn channel(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    match words.values[..] {
        [] => {
            let channels = &desk.mac.parameters.network.channels;
            let on: Vec<_> = channels.defined().filter(|(_, channel)| channel.enabled).collect();
            let listed: Vec<_> = on.iter().map(|(index, channel)| channel_text(*index, channel)).collect();
            let text = format!("+CH: {}; {}", on.len(), listed.join("; "));
            desk.line(&text);
            Ok(())
        }
        [name, ref ranges @ ..] if name.eq_ignore_ascii_case("NUM") => choose_channels(desk, ranges),
        [index] => show_channel(desk, number(index).ok_or(Refusal::Parameter)?),
        [index, what] if what.eq_ignore_ascii_case("OFF") => {
            let index = changeable(desk, index)?;
            desk.keep(|parameters| {
                parameters.network.channels.set(index, None);
                Ok::<(), Refusal>(())
            })?;
            desk.line(&format!("+CH: CH{index} OFF"));
            Ok(())
        }
        [index, frequency, ref rates @ ..] => {
            let index = changeable(desk, index)?;
            let frequency = frequency_of(desk, frequency)?;
            let rates =
                rates.iter().map(|text| rate(desk, Direction::Up, text)).collect::<Result<Vec<_>, _>>()?;
            let region = desk.mac.parameters.network.region();
            let mut channel = Channel::new(region, frequency, true);
            match rates[..] {
                [] => {}
                [only] => (channel.min_data_rate, channel.max_data_rate) = (only.0, only.0),
                [min, max] if min <= max => (channel.min_data_rate, channel.max_data_rate) = (min.0, max.0),
                [_, _] => return Err(Refusal::Parameter),
                _ => return Err(Refusal::TooManyParameters),
            }
            desk.keep(|parameters| {
                parameters.network.channels.set(index, Some(channel));
                Ok::<(), Refusal>(())
            })?;
            show_channel(desk, index)
        }
    }
}

fn choose_channels(desk: &mut Desk<'_>, ranges: &[&str]) -> Answer {
    let mut set = ChannelSet::default();
    for range in ranges {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let bound = |text: &str| number::<usize>(text.trim()).ok_or(Refusal::Parameter);
        let (first, last) = (bound(first)?, bound(last)?);
        let count = last.checked_sub(first).ok_or(Refusal::Parameter)? + 1;
        set = set.with(ChannelSet::span(first, count));
    }
    let defined = desk.mac.parameters.network.channels.defined_set();
    if set.is_empty() || !set.without(defined).is_empty() {
        return Err(Refusal::Parameter);
    }
    desk.keep(|parameters| {
        parameters.network.channels.choose(set);
        Ok::<(), Refusal>(())
    })?;
    desk.line(&format!("+CH: NUM, {}", ranges.join(", ")));
    Ok(())
}

fn show_channel(desk: &mut Desk<'_>, index: usize) -> Answer {
    let channel = desk.mac.parameters.network.channels.get(index).ok_or(Refusal::Parameter)?;
    let text = channel_text(index, channel);
    desk.line(&format!("+CH: {text}"));
    Ok(())
}

fn channel_text(index: usize, channel: &Channel) -> String {
    format!("{index},{},DR{},DR{}", channel.frequency.0, channel.min_data_rate, channel.max_data_rate)
}

fn changeable(desk: &Desk<'_>, text: &str) -> Result<usize, Refusal> {
    let channels = &desk.mac.parameters.network.channels;
    number(text).filter(|index| channels.is_changeable(*index)).ok_or(Refusal::Parameter)
}

fn adr(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        let on = on_off(text)?;
        desk.keep(|parameters| {
            parameters.adr = on;
            Ok::<(), Refusal>(())
        })?;
    }
    desk.line(if desk.mac.parameters.adr { "+ADR: ON" } else { "+ADR: OFF" });
    Ok(())
}

/// The class is kept only with the word `SAVE`.
fn class(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    match words.values[..] {
        [] => {}
        [class] => desk.mac.parameters.class = class_named(class).ok_or(Refusal::Parameter)?,
        [class, save] if save.eq_ignore_ascii_case("SAVE") => {
            let class = class_named(class).ok_or(Refusal::Parameter)?;
            (desk.mac.parameters.class, desk.saved.class) = (class, class);
        }
        [_, _] => return Err(Refusal::Parameter),
        _ => return Err(Refusal::TooManyParameters),
    }
    let letter = desk.mac.parameters.class.letter();
    desk.line(&format!("+CLASS: {letter}"));
    Ok(())
}

fn port(console: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        console.kept.port = number(text).filter(|port| (1..=223).contains(port)).ok_or(Refusal::Parameter)?;
    }
    desk.line(&format!("+PORT: {}", console.kept.port));
    Ok(())
}

/// In dBm; the radio takes the next lower step of the region.
fn power(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        let dbm: i8 = number(text).ok_or(Refusal::Parameter)?;
        let network = &desk.mac.parameters.network;
        let mut steps = 0..=network.region().max_tx_power;
        let index = steps.find(|index| network.eirp_dbm(*index).is_some_and(|eirp| eirp <= dbm));
        let index = index.filter(|_| dbm <= network.max_eirp_dbm).ok_or(Refusal::Parameter)?;
        desk.keep(|parameters| {
            parameters.set_power(index);
            Ok::<(), Refusal>(())
        })?;
    }
    let network = &desk.mac.parameters.network;
    let dbm = network.eirp_dbm(network.tx_power).unwrap_or(network.max_eirp_dbm);
    desk.line(&format!("+POWER: {dbm}"));
    Ok(())
}

fn retry(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        let tries = number(text).ok_or(Refusal::Parameter)?;
        desk.keep(|parameters| {
            parameters.retransmissions = tries;
            Ok::<(), Refusal>(())
        })?;
    }
    desk.line(&format!("+RETRY: {}", desk.mac.parameters.retransmissions));
    Ok(())
}

fn repeat(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    if let Some(text) = one(words)? {
        let times = number(text).filter(|times| (1..=15).contains(times)).ok_or(Refusal::Parameter)?;
        desk.keep(|parameters| {
            parameters.network.nb_trans = times;
            Ok::<(), Refusal>(())
        })?;
    }
    desk.line(&format!("+REPT: {}", desk.mac.parameters.network.nb_trans));
    Ok(())
}

/// `AT+RXWIN2=869.525,DR3`.
fn rx2(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    match words.values[..] {
        [] => {}
        [frequency, data_rate] => {
            let (frequency, data_rate) =
                (frequency_of(desk, frequency)?, rate(desk, Direction::Down, data_rate)?);
            desk.keep(|parameters| {
                let network = &mut parameters.network;
                (network.rx2_frequency, network.rx2_data_rate) = (frequency, data_rate);
                Ok::<(), Refusal>(())
            })?;
        }
        [_] => return Err(Refusal::Parameter),
        _ => return Err(Refusal::TooManyParameters),
    }
    let network = &desk.mac.parameters.network;
    let (frequency, data_rate) = (network.rx2_frequency.0, network.rx2_data_rate.0);
    desk.line(&format!("+RXWIN2: {frequency},DR{data_rate}"));
    Ok(())
}

/// `AT+DELAY=RX1,1000`. RX2 is always a second later.
fn delay(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    let names = ["RX1", "RX2", "JRX1", "JRX2"];
    let known = |text: &str| names.into_iter().find(|name| name.eq_ignore_ascii_case(text));
    match words.values[..] {
        [] => names.iter().for_each(|name| show_delay(desk, name)),
        [name] => show_delay(desk, known(name).ok_or(Refusal::Parameter)?),
        [name, millis] => {
            let name = known(name).ok_or(Refusal::Parameter)?;
            let later = if name.ends_with('2') { RX2_AFTER_RX1 } else { Duration::ZERO };
            let delay = Duration::from_millis(number(millis).ok_or(Refusal::Parameter)?).checked_sub(later);
            let legal = Duration::from_secs(1)..=Duration::from_secs(15);
            let delay = delay.filter(|delay| legal.contains(delay)).ok_or(Refusal::Parameter)?;
            desk.keep(|parameters| {
                if name.starts_with('J') {
                    parameters.join_delay1 = delay;
                } else {
                    parameters.network.rx_delay1 = delay;
                }
                Ok::<(), Refusal>(())
            })?;
            show_delay(desk, name);
        }
        _ => return Err(Refusal::TooManyParameters),
    }
    Ok(())
}

fn show_delay(desk: &mut Desk<'_>, name: &str) {
    let parameters = &desk.mac.parameters;
    let rx1 = if name.starts_with('J') { parameters.join_delay1 } else { parameters.network.rx_delay1 };
    let delay = if name.ends_with('2') { rx1 + RX2_AFTER_RX1 } else { rx1 };
    desk.line(&format!("+DELAY: {name}, {}", delay.as_millis()));
}

/// `AT+LW=`: what has no command of its own.
fn lorawan(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    let values: Vec<String> = words.values.iter().map(|value| value.to_ascii_uppercase()).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    match values[..] {
        ["DC" | "JDC", on] => {
            let on = on_off(on)?;
            let join = values.first() == Some(&"JDC");
            desk.keep(|parameters| {
                *(if join { &mut parameters.join_duty_cycle } else { &mut parameters.duty_cycle }) = on;
                Ok::<(), Refusal>(())
            })?;
            desk.line(&format!("+LW: {}", values.join(", ")));
        }
        ["DC"] => {
            let on = if desk.mac.parameters.duty_cycle { "ON" } else { "OFF" };
            let limit = desk.mac.parameters.network.max_duty_cycle;
            desk.line(&format!("+LW: DC, {on}, {limit}"));
        }
        ["JDC"] => {
            desk.line(if desk.mac.parameters.join_duty_cycle { "+LW: JDC, ON" } else { "+LW: JDC, OFF" });
        }
        ["ULDL"] => show_counters(desk),
        ["ULDL", up, down] => {
            let counter = |text: &str| number::<u32>(text).ok_or(Refusal::Parameter);
            let (up, down) = (counter(up)?, counter(down)?);
            desk.keep(|parameters| {
                (parameters.fcnt_up, parameters.fcnt_down) = (up, down);
                Ok::<(), Refusal>(())
            })?;
            show_counters(desk);
        }
        // The radio path has the sync word of public networks only.
        ["NET"] | ["NET", "ON"] => desk.line("+LW: NET, ON"),
        ["LEN"] => {
            let network = &desk.mac.parameters.network;
            let most = network.max_frm_payload(network.data_rate).unwrap_or_default();
            desk.line(&format!("+LW: LEN, {most}"));
        }
        ["LCR"] => {
            desk.mac.link_check_due = Some(desk.now);
            desk.line("+LW: LCR");
        }
        ["BAT", level] => {
            let level = number(level).ok_or(Refusal::Parameter)?;
            desk.keep(|parameters| {
                parameters.battery = level;
                Ok::<(), Refusal>(())
            })?;
            desk.line(&format!("+LW: BAT, {level}"));
        }
        ["MC", ref rest @ ..] => return multicast(desk, rest),
        _ => return Err(Refusal::Parameter),
    }
    Ok(())
}

/// `AT+LW=MC,ON,"address","McNwkSKey","McAppSKey",counter`, `AT+LW=MC,OFF`: the one multicast group of the module.
fn multicast(desk: &mut Desk<'_>, values: &[&str]) -> Answer {
    match *values {
        [] => {}
        [on] => {
            let on = on_off(on)?;
            desk.keep(|parameters| {
                let [group, ..] = &mut parameters.groups;
                group.enabled = on;
                Ok::<(), Refusal>(())
            })?;
        }
        [on, address, nwk_s_key, app_s_key, counter] => {
            let group = Group {
                enabled: on_off(on)?,
                address: Some(hex(address, 8)?),
                nwk_s_key: Some(hex(nwk_s_key, 32)?),
                app_s_key: Some(hex(app_s_key, 32)?),
                fcnt_down: number(counter).ok_or(Refusal::Parameter)?,
                receive: None,
            };
            desk.keep(|parameters| {
                let [place, ..] = &mut parameters.groups;
                *place = group.clone();
                Ok::<(), Refusal>(())
            })?;
        }
        [_, _, _, _, _, _, ..] => return Err(Refusal::TooManyParameters),
        [..] => return Err(Refusal::Parameter),
    }
    let [group, ..] = &desk.mac.parameters.groups;
    let (on, address) = (if group.enabled { "ON" } else { "OFF" }, dev_addr(group.address).to_lowercase());
    let text = format!("+LW: MC, {on}, {address}, {}", group.fcnt_down);
    desk.line(&text);
    Ok(())
}

fn show_counters(desk: &mut Desk<'_>) {
    let (up, down) = (desk.mac.parameters.fcnt_up, desk.mac.parameters.fcnt_down);
    desk.line(&format!("+LW: ULDL, {up}, {down}"));
}

fn reset(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, _: &Words<'_>) -> Answer {
    desk.line("+RESET: OK");
    desk.wish(Wish::Restart);
    Ok(())
}

fn factory_default(console: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, _: &Words<'_>) -> Answer {
    console.kept = Kept::default();
    *desk.saved = console.factory(desk.config);
    desk.mac.reset(desk.saved.clone());
    console.enter_mode(desk);
    desk.line("+FDEFAULT: OK");
    Ok(())
}

/// `AT+LOWPOWER=AUTOON` makes the module sleep whenever it has nothing to do; here it hears its host all the same.
fn low_power(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    let word = one(words)?.map(str::to_ascii_uppercase);
    let span = match word.as_deref() {
        Some(auto @ ("AUTOON" | "AUTOOFF")) => {
            desk.line(&format!("+LOWPOWER: {auto}"));
            return Ok(());
        }
        None => LONG_SLEEP,
        Some(millis) => Duration::from_millis(number(millis).ok_or(Refusal::Parameter)?),
    };
    desk.line("+LOWPOWER: SLEEP");
    desk.wish(Wish::Stall(Stall::Sleeping, span));
    Ok(())
}

/// A new speed holds after a reset; the simulated line has no speed, and a line may take as long as it likes.
fn uart(_: &mut LoraE5, desk: &mut Desk<'_>, _: &'static str, words: &Words<'_>) -> Answer {
    let [what, value] = words.values[..] else { return Err(Refusal::Parameter) };
    let (what, value) = (what.to_ascii_uppercase(), number::<u32>(value).ok_or(Refusal::Parameter)?);
    let legal = match what.as_str() {
        "BR" => 9600..=230_400,
        "TIMEOUT" => 0..=u32::from(u16::MAX),
        _ => return Err(Refusal::Parameter),
    };
    if !legal.contains(&value) {
        return Err(Refusal::Parameter);
    }
    desk.line(&format!("+UART: {what}, {value}"));
    Ok(())
}

/// The only parameter, where there is one.
fn one<'a>(words: &Words<'a>) -> Result<Option<&'a str>, Refusal> {
    match words.values[..] {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(Refusal::TooManyParameters),
    }
}

fn on_off(text: &str) -> Result<bool, Refusal> {
    match text.to_ascii_uppercase().as_str() {
        "ON" => Ok(true),
        "OFF" => Ok(false),
        _ => Err(Refusal::Parameter),
    }
}

fn hex<T: FromStr>(digits: &str, count: usize) -> Result<T, Refusal> {
    hex_value(digits, count).ok_or(Refusal::Parameter)
}

/// A data rate with or without `DR`.
fn rate(desk: &Desk<'_>, direction: Direction, text: &str) -> Result<DataRate, Refusal> {
    let upper = text.to_ascii_uppercase();
    let digits = upper.strip_prefix("DR").unwrap_or(&upper);
    radio_data_rate(desk.mac.parameters.network.region(), direction, digits).ok_or(Refusal::Parameter)
}

/// A frequency in MHz with as many decimals as one likes, to 1 Hz.
fn frequency_of(desk: &Desk<'_>, text: &str) -> Result<Hertz, Refusal> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let decimals = format!("{decimals:0<6}");
    let parts = (number::<u32>(whole), number::<u32>(&decimals).filter(|_| decimals.len() == 6));
    let (Some(mhz), Some(hz)) = parts else { return Err(Refusal::Parameter) };
    let frequency = mhz.checked_mul(1_000_000).and_then(|whole| whole.checked_add(hz)).map(Hertz);
    let region = desk.mac.parameters.network.region();
    frequency.filter(|frequency| region.sub_band(*frequency).is_some()).ok_or(Refusal::Parameter)
}
