//! The servers behind the access points, DNS, and what subscribers have sent and received.

use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{array, map, narrow};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{Condition, SessionRecord, Stored, Traffic, UnknownServer};
use std::net::IpAddr;
use wire::at::text::{octets_of, text_of};
use wire::cause::EsmCause;
use wire::time::Duration;

/// `core.server(name)`.
#[derive(Clone, Debug)]
struct ServerHandle {
    core: OperatorHandle,
    name: String,
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("server", |core: &mut OperatorHandle, name: &str| {
            let server = ServerHandle { core: core.clone(), name: name.to_owned() };
            known(core.order(|core, _| core.server_received(name).map(drop)))?;
            Verb::Ok(server)
        })
        .register_type_with_name::<ServerHandle>("Server")
        .register_fn("up", |server: &mut ServerHandle| set(server, Condition::Up))
        .register_fn("refuse", |server: &mut ServerHandle| set(server, Condition::Refusing))
        .register_fn("down", |server: &mut ServerHandle| set(server, Condition::Silent))
        .register_fn("received", received)
        .register_fn("send", |server: &mut ServerHandle, port: i64, text: &str| {
            let port = port_number(port)?;
            let sent =
                server.core.order(|core, now| core.server_sends(now, &server.name, port, &octets_of(text)));
            known(sent).map(count)
        })
        .register_fn("close", |server: &mut ServerHandle, port: i64| {
            let port = port_number(port)?;
            known(server.core.order(|core, now| core.server_closes(now, &server.name, port))).map(count)
        });
    engine
        .register_fn("dns", |core: &mut OperatorHandle, address: &str, answers: bool| -> Verb<()> {
            let address: IpAddr = address.parse().map_err(|_| {
                Trouble::new(Blame::Script, format!("\"{address}\" is not an IP address")).terminal()
            })?;
            core.order(|core, _| core.set_resolver(address, answers));
            Ok(())
        })
        .register_fn("quota", |core: &mut OperatorHandle, modem: ModemHandle, octets: i64| -> Verb<()> {
            quota(core, &modem, octets, None)
        })
        .register_fn(
            "quota",
            |core: &mut OperatorHandle, modem: ModemHandle, octets: i64, period: i64| -> Verb<()> {
                quota(core, &modem, octets, Some(period))
            },
        )
        .register_fn("no_quota", |core: &mut OperatorHandle, modem: ModemHandle| -> Verb<()> {
            let imsi = subscription(&modem)?;
            core.order(|core, now| core.set_quota(now, &imsi, None, None));
            Ok(())
        })
        .register_fn("gateway_fails", |core: &mut OperatorHandle, apn: &str, cause: i64| -> Verb<()> {
            let cause = EsmCause(narrow(cause, "an ESM cause")?);
            permitted(core.order(|core, _| core.set_gateway_failure(apn, Some(cause))))
        })
        .register_fn("gateway_works", |core: &mut OperatorHandle, apn: &str| -> Verb<()> {
            permitted(core.order(|core, _| core.set_gateway_failure(apn, None)))
        })
        .register_fn("tunnel", |core: &mut OperatorHandle, apn: &str, up: bool| -> Verb<()> {
            permitted(core.order(|core, now| core.set_tunnel(now, apn, up)))
        })
        .register_fn("session_limit", |core: &mut OperatorHandle, limit: i64| -> Verb<()> {
            let limit = narrow(limit, "a number of connections")?;
            core.order(|core, _| core.change_policy(|policy| policy.max_pdn = limit));
            Ok(())
        })
        .register_fn("traffic", |core: &mut OperatorHandle, modem: ModemHandle| -> Verb<Map> {
            let imsi = subscription(&modem)?;
            Ok(view(core.order(|core, _| core.traffic(&imsi))))
        })
        .register_fn("session_records", |core: &mut OperatorHandle, modem: ModemHandle| -> Verb<Array> {
            let imsi = subscription(&modem)?;
            Ok(core.order(|core, _| array(core.session_records(&imsi).iter().map(record))))
        });
}

fn known<T>(result: Result<T, UnknownServer>) -> Verb<T> {
    result.map_err(|error| Trouble::new(Blame::Script, error.to_string()).terminal())
}

fn port_number(port: i64) -> Verb<u16> {
    u16::try_from(port).map_err(|_| Trouble::new(Blame::Script, format!("{port} is not a port")).terminal())
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn set(server: &ServerHandle, condition: Condition) -> Verb<()> {
    known(server.core.order(|core, now| core.set_server(now, &server.name, condition)))
}

fn received(server: &mut ServerHandle) -> Verb<Array> {
    let view = |stored: &Stored| {
        map([
            ("at", Dynamic::from_float(stored.at.as_secs_f64())),
            ("from", Dynamic::from(stored.from.to_string())),
            ("port", Dynamic::from_int(stored.port.into())),
            ("text", Dynamic::from(text_of(&stored.octets))),
        ])
    };
    known(
        server
            .core
            .order(|core, _| core.server_received(&server.name).map(|stored| array(stored.iter().map(view)))),
    )
}

/// Traffic as a script sees it.
pub fn view(traffic: Traffic) -> Map {
    let number = |number: u64| Dynamic::from_int(i64::try_from(number).unwrap_or(i64::MAX));
    map([
        ("packets_up", number(traffic.packets_up)),
        ("octets_up", number(traffic.octets_up)),
        ("packets_down", number(traffic.packets_down)),
        ("octets_down", number(traffic.octets_down)),
        ("dropped", number(traffic.dropped)),
    ])
}

fn record(record: &SessionRecord) -> Map {
    map([
        ("apn", Dynamic::from(record.apn.clone())),
        ("address", Dynamic::from(record.address.to_string())),
        ("began", Dynamic::from_float(record.since.as_secs_f64())),
        ("ended", Dynamic::from_float(record.until.as_secs_f64())),
        ("network", Dynamic::from(record.cell.plmn.to_string())),
        ("cause", Dynamic::from_int(record.cause.0.into())),
        ("traffic", Dynamic::from_map(view(record.traffic))),
    ])
}

fn quota(core: &OperatorHandle, modem: &ModemHandle, octets: i64, period: Option<i64>) -> Verb<()> {
    let imsi = subscription(modem)?;
    let (octets, period) = volume(octets, period)?;
    core.order(|core, now| core.set_quota(now, &imsi, Some(octets), period));
    Ok(())
}

/// A volume, and the period in which it may be used.
pub(super) fn volume(octets: i64, period: Option<i64>) -> Verb<(u64, Option<Duration>)> {
    let octets = narrow(octets, "a number of octets")?;
    let period = period.map(|span| narrow(span, "a period in seconds")).transpose()?;
    Ok((octets, period.map(Duration::from_secs)))
}
