//! `mac set …` (RN2483 command reference, DS40001784 clause 2.4.8). None means that a word is wrong.
//!
//! Sync words other than that of public networks are refused: the radio path does not have them.

use super::super::super::class_c::Class;
use super::super::super::mac::Mac;
use super::super::notation::{hex_value, number};
use super::super::settings::{legal_frequency, radio_data_rate};
use super::Maker;
use wire::id::{Eui64, Key};
use wire::lorawan::DevAddr;
use wire::lorawan::crypto::Direction;
use wire::time::{Duration, Instant};

pub(super) fn set(maker: &Maker, mac: &mut Mac, now: Instant, words: &[&str]) -> Option<()> {
    match words {
        ["pwridx", index] => {
            let known = |index: &u8| maker.power_indexes.contains(index);
            mac.parameters.set_power(number::<u8>(index).filter(known)?);
            Some(())
        }
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
        [name, value] if name.starts_with("mcast") => set_group(mac, name, value),
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

/// The one multicast group of the module.
fn set_group(mac: &mut Mac, name: &str, value: &str) -> Option<()> {
    let [group, ..] = &mut mac.parameters.groups;
    match name {
        "mcast" => group.enabled = on_off(value)?,
        "mcastdevaddr" => group.address = Some(hex_value::<DevAddr>(value, 8)?),
        "mcastnwkskey" => group.nwk_s_key = Some(hex_value::<Key>(value, 32)?),
        "mcastappskey" => group.app_s_key = Some(hex_value::<Key>(value, 32)?),
        "mcastdnctr" => group.fcnt_down = number(value)?,
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
        "retx" => parameters.retransmissions = number(value)?,
        "rxdelay1" => {
            let millis = number::<u16>(value).filter(|millis| *millis > 0)?;
            parameters.network.rx_delay1 = Duration::from_millis(u64::from(millis));
        }
        "bat" => parameters.battery = number(value)?,
        "upctr" => parameters.fcnt_up = number(value)?,
        "dnctr" => parameters.fcnt_down = number(value)?,
        "sync" if value == "34" => {}
        "class" => {
            parameters.class = match value {
                "a" => Class::A,
                "c" => Class::C,
                _ => return None,
            }
        }
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
            let channel = channels.added(legal_frequency(region, frequency)?, false);
            channels.set(index, Some(channel));
        }
        ["drrange", _, min, max] => {
            let rate = |text: &str| radio_data_rate(region, Direction::Up, text).map(|rate| rate.0);
            let (min, max) = (rate(min)?, rate(max)?);
            let channel = channels.get_mut(index).filter(|_| min <= max)?;
            (channel.min_data_rate, channel.max_data_rate) = (min, max);
        }
        ["dcycle", _, value] => channels.get_mut(index)?.duty_divider = number(value)?,
        ["status", _, value] => {
            channels.get_mut(index)?.enabled = on_off(value)?;
            if region.is_fixed() {
                channels.choose(channels.enabled_set());
            }
        }
        _ => return None,
    }
    Some(())
}

fn on_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}
