//! `mac set …` (RN2483 command reference, DS40001784 clause 2.4.8). None means that a word is wrong.
//!
//! Class C and sync words other than that of public networks are refused: the radio path does not have them.

use super::channels::Channel;
use super::mac::Mac;
use std::str::FromStr;
use wire::air::lora::Hertz;
use wire::id::{Eui64, Key};
use wire::lorawan::crypto::Direction;
use wire::lorawan::{DataRate, DevAddr, Region};
use wire::time::{Duration, Instant};

/// `mac set pwridx` at 868 MHz.
const HIGHEST_POWER_INDEX: u8 = 5;

pub(super) fn set(mac: &mut Mac, now: Instant, words: &[&str]) -> Option<()> {
    match words {
        ["ch", rest @ ..] => set_channel(mac, rest),
        ["rx2", data_rate, frequency] => {
            let network = &mut mac.parameters.network;
            let data_rate = radio_data_rate(network.region(), Direction::Down, data_rate)?;
            network.rx2_frequency = legal_frequency(network.region(), frequency)?;
            network.rx2_data_rate = data_rate;
            Some(())
        }
        ["linkchk", seconds] => {
            let seconds = number::<u16>(seconds)?;
            let interval = (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)));
            mac.parameters.link_check = interval;
            mac.link_check_due = interval.map(|interval| now + interval);
            Some(())
        }
        [name @ ("deveui" | "appeui" | "appkey" | "devaddr" | "nwkskey" | "appskey"), value] => {
            set_identity(mac, name, value)
        }
        [name, value] => set_value(mac, name, value),
        _ => None,
    }
}

fn set_identity(mac: &mut Mac, name: &str, value: &str) -> Option<()> {
    let parameters = &mut mac.parameters;
    match name {
        "deveui" => parameters.dev_eui = Some(hex_value::<Eui64>(value, 16)?),
        "appeui" => parameters.app_eui = Some(hex_value::<Eui64>(value, 16)?),
        "appkey" => parameters.app_key = Some(hex_value::<Key>(value, 32)?),
        "devaddr" => parameters.dev_addr = Some(hex_value::<DevAddr>(value, 8)?),
        "nwkskey" => parameters.nwk_s_key = Some(hex_value::<Key>(value, 32)?),
        "appskey" => parameters.app_s_key = Some(hex_value::<Key>(value, 32)?),
        _ => return None,
    }
    Some(())
}

fn set_value(mac: &mut Mac, name: &str, value: &str) -> Option<()> {
    let parameters = &mut mac.parameters;
    match name {
        "adr" => parameters.adr = on_off(value)?,
        "ar" => parameters.automatic_reply = on_off(value)?,
        "dr" => {
            parameters.network.data_rate = radio_data_rate(parameters.network.region(), Direction::Up, value)?
        }
        "pwridx" => {
            parameters.network.tx_power =
                number::<u8>(value).filter(|index| *index <= HIGHEST_POWER_INDEX)?;
        }
        "retx" => parameters.retransmissions = number(value)?,
        "rxdelay1" => {
            let millis = number::<u16>(value).filter(|millis| *millis > 0)?;
            parameters.network.rx_delay1 = Duration::from_millis(u64::from(millis));
        }
        "bat" => parameters.battery = number(value)?,
        "upctr" => parameters.fcnt_up = number(value)?,
        "dnctr" => parameters.fcnt_down = number(value)?,
        "sync" if value == "34" => {}
        "class" if value == "a" => {}
        _ => return None,
    }
    Some(())
}

fn set_channel(mac: &mut Mac, words: &[&str]) -> Option<()> {
    let channels = &mut mac.parameters.network.channels;
    let region = channels.region();
    let index = usize::from(number::<u8>(words.get(1)?)?);
    match words {
        ["freq", _, frequency] if channels.is_changeable(index) => {
            // A channel is off until it is switched on.
            channels.set(index, Some(Channel::new(region, legal_frequency(region, frequency)?, false)));
        }
        ["drrange", _, min, max] => {
            let rate = |text: &str| radio_data_rate(region, Direction::Up, text).map(|rate| rate.0);
            let (min, max) = (rate(min)?, rate(max)?);
            let channel = channels.get_mut(index).filter(|_| min <= max)?;
            (channel.min_data_rate, channel.max_data_rate) = (min, max);
        }
        ["dcycle", _, value] => channels.get_mut(index)?.duty_divider = number(value)?,
        ["status", _, value] => channels.get_mut(index)?.enabled = on_off(value)?,
        _ => return None,
    }
    Some(())
}

/// A decimal number without sign.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn on_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn hex_value<T: FromStr>(text: &str, digits: usize) -> Option<T> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.parse().ok()).flatten()
}

/// A data rate that the radio can do: LoRa only.
fn radio_data_rate(region: &Region, direction: Direction, text: &str) -> Option<DataRate> {
    let known = |rate: &DataRate| region.is_defined(*rate, direction) && region.modulation(*rate).is_some();
    number(text).map(DataRate).filter(known)
}

fn legal_frequency(region: &Region, text: &str) -> Option<Hertz> {
    number(text).map(Hertz).filter(|frequency| region.sub_band(*frequency).is_some())
}
