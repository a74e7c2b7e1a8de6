//! Multicast groups of RUI3: `AT+ADDMULC`, `AT+RMVMULC`, `AT+LSTMULC` (RAK-STM32-RUI, `atcmd_multicast.c`).
//!
//! The module prints the keys of its groups, and of its four places the empty ones too. Not here: groups of class B.

use super::super::super::multicast::Group;
use super::super::Desk;
use super::super::at::Ask;
use super::super::notation::{dev_addr, hex_value, key};
use super::super::settings::{legal_frequency, radio_data_rate};
use super::{Rui3, Status};
use wire::air::lora::Hertz;
use wire::lorawan::crypto::Direction;
use wire::lorawan::{DataRate, DevAddr, Region};

/// `AT+ADDMULC=C:address:McNwkSKey:McAppSKey`, with `:frequency:data rate` where they are not those of the region's RX2.
pub(super) fn add(_: &mut Rui3, desk: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(text) = ask else { return Status::ParamError };
    let region = desk.mac.parameters.network.region();
    let Some(group) = read(region, text) else { return Status::ParamError };
    let added = desk.keep(|parameters| {
        let known = parameters.groups.iter().any(|other| other.address == group.address);
        let free = parameters.groups.iter_mut().find(|place| place.address.is_none());
        *free.filter(|_| !known).ok_or(())? = group.clone();
        Ok::<(), ()>(())
    });
    if added.is_ok() { Status::Ok } else { Status::ParamError }
}

fn read(region: &Region, text: &str) -> Option<Group> {
    let fields: Vec<&str> = text.split(':').collect();
    let (address, nwk_s_key, app_s_key, receive) = match *fields.as_slice() {
        ["C" | "c", address, nwk_s_key, app_s_key, ref rest @ ..] => {
            (address, nwk_s_key, app_s_key, place(region, rest)?)
        }
        _ => return None,
    };
    // An address of zeros marks a free place.
    let address: DevAddr = hex_value(address, 8).filter(|address: &DevAddr| address.value() != 0)?;
    Some(Group {
        enabled: true,
        address: Some(address),
        nwk_s_key: Some(hex_value(nwk_s_key, 32)?),
        app_s_key: Some(hex_value(app_s_key, 32)?),
        fcnt_down: 0,
        receive: Some(receive),
    })
}

/// Frequency and data rate come together. A seventh field is a periodicity, which class C does not have.
fn place(region: &Region, fields: &[&str]) -> Option<(Hertz, DataRate)> {
    match *fields {
        [] => Some((region.rx2_frequency, region.rx2_data_rate)),
        [frequency, data_rate] | [frequency, data_rate, "0"] => {
            let two_digits = data_rate.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(data_rate);
            let data_rate = radio_data_rate(region, Direction::Down, two_digits)?;
            Some((legal_frequency(region, frequency)?, data_rate))
        }
        _ => None,
    }
}

/// `AT+RMVMULC=address`.
pub(super) fn remove(_: &mut Rui3, desk: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
    let Ask::Set(text) = ask else { return Status::ParamError };
    let Some(address) = hex_value::<DevAddr>(text, 8) else { return Status::ParamError };
    let removed = desk.keep(|parameters| {
        let found = parameters.groups.iter_mut().find(|group| group.address == Some(address));
        *found.ok_or(())? = Group::default();
        Ok::<(), ()>(())
    });
    if removed.is_ok() { Status::Ok } else { Status::ParamError }
}

/// `AT+LSTMULC=?`, on one line without its name.
pub(super) fn list(_: &mut Rui3, desk: &mut Desk<'_>, _: &str, ask: Ask<'_>) -> Status {
    if ask != Ask::Get {
        return Status::ParamError;
    }
    let shown: Vec<String> = desk.mac.parameters.groups.iter().map(show).collect();
    desk.line(&shown.join(","));
    Status::Ok
}

fn show(group: &Group) -> String {
    let (frequency, data_rate) = group.receive.unwrap_or((Hertz(0), DataRate(0)));
    let class = if group.address.is_some() { 'C' } else { '0' };
    let (address, keys) = (dev_addr(group.address), [&group.nwk_s_key, &group.app_s_key]);
    let [nwk_s_key, app_s_key] = keys.map(|value| key(value.as_ref()));
    format!("{class}:{address}:{nwk_s_key}:{app_s_key}:{:09}:{:02}:0", frequency.0, data_rate.0)
}
