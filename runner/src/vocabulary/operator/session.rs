//! Connections that the operator changes while they are there.

use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{narrow, parse};
use drivers::blame::Blame;
use rhai::{Dynamic, Engine, Map};
use simcore::cellular::SessionChange;
use std::net::IpAddr;
use wire::nas::{Ambr, BitRate, Qci};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine.register_fn(
        "modify_session",
        |core: &mut OperatorHandle, modem: ModemHandle, apn: &str, wanted: Map| -> Verb<()> {
            let (imsi, change) = (subscription(&modem)?, change(&wanted)?);
            permitted(core.order(|core, now| core.modify_session(now, &imsi, apn, change)))
        },
    );
}

/// `#{ class, down, up, dns }`; the two rates go together.
fn change(wanted: &Map) -> Verb<SessionChange> {
    let mut change = SessionChange::default();
    let (mut down, mut up) = (None, None);
    for (key, value) in wanted {
        match key.as_str() {
            "class" => change.qci = Some(class(value)?),
            "down" => down = Some(rate(value)?),
            "up" => up = Some(rate(value)?),
            "dns" => change.dns = servers(value)?,
            _ => {
                let text = format!("\"{key}\" is nothing of a connection; known keys: class, down, up, dns");
                return Err(wrong(text));
            }
        }
    }
    change.ambr = match (down, up) {
        (Some(down), Some(up)) => Some(Ambr { down, up }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(wrong("the bit rates \"down\" and \"up\" go together: expected both".to_owned()));
        }
    };
    Ok(change)
}

fn wrong(text: String) -> Box<rhai::EvalAltResult> {
    Trouble::new(Blame::Script, text).terminal()
}

fn number<T: TryFrom<i64>>(value: &Dynamic, what: &str) -> Verb<T> {
    narrow(value.as_int().map_err(|kind| wrong(format!("{what} is a number, not a {kind}")))?, what)
}

fn class(value: &Dynamic) -> Verb<Qci> {
    Qci::try_from(number::<u8>(value, "a class of service")?).map_err(wrong)
}

fn rate(value: &Dynamic) -> Verb<BitRate> {
    BitRate::try_from(number::<u32>(value, "a bit rate in kbit/s")?).map_err(wrong)
}

fn servers(value: &Dynamic) -> Verb<Vec<IpAddr>> {
    let list = value
        .read_lock::<rhai::Array>()
        .ok_or_else(|| wrong(format!("\"dns\" is an array of IP addresses, not a {}", value.type_name())))?;
    list.iter().map(|server| parse::<IpAddr>(&server.to_string())).collect()
}
