//! Registration, selection and packet contexts.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::vocabulary::values::{array, map, narrow, optional};
use drivers::modem::packet;
use drivers::modem::registration::{self, Domain, Registration};
use rhai::{Array, Dynamic, Engine, Map};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("registration", |modem: &mut ModemHandle| registration_of(modem, Domain::Eps))
        .register_fn("cs_registration", |modem: &mut ModemHandle| {
            registration_of(modem, Domain::CircuitSwitched)
        })
        .register_fn("ps_registration", |modem: &mut ModemHandle| registration_of(modem, Domain::Packet))
        .register_fn("is_registered", |modem: &mut ModemHandle| {
            Verb::Ok(registered(modem, Domain::Eps)?.is_registered())
        })
        .register_fn("operator", |modem: &mut ModemHandle| {
            Verb::Ok(read(registration::operator(&modem.execute(registration::read_operator())?))?.plmn)
        })
        .register_fn("selection_mode", |modem: &mut ModemHandle| {
            Verb::Ok(i64::from(
                read(registration::operator(&modem.execute(registration::read_operator())?))?.mode,
            ))
        })
        .register_fn("networks", networks)
        .register_fn("select_network", |modem: &mut ModemHandle, plmn: &str| {
            modem.execute(registration::select_manually(&plmn.replace('-', ""))).map(drop)
        })
        .register_fn("select_automatically", |modem: &mut ModemHandle| {
            modem.execute(registration::select_automatically()).map(drop)
        })
        .register_fn("deregister", |modem: &mut ModemHandle| {
            modem.execute(registration::deregister()).map(drop)
        })
        .register_fn("functionality", |modem: &mut ModemHandle, level: i64| {
            modem.execute(registration::set_functionality(narrow(level, "a functionality level")?)).map(drop)
        })
        .register_fn("signal_dbm", |modem: &mut ModemHandle| {
            Verb::Ok(optional(read(registration::signal_dbm(&modem.execute(registration::read_signal())?))?))
        });
    engine
        .register_fn("define_context", |modem: &mut ModemHandle, cid: i64, apn: &str| {
            modem.execute(packet::define_context(narrow(cid, "a context")?, "IP", apn)).map(drop)
        })
        .register_fn("define_context", |modem: &mut ModemHandle, cid: i64, pdp_type: &str, apn: &str| {
            modem.execute(packet::define_context(narrow(cid, "a context")?, pdp_type, apn)).map(drop)
        })
        .register_fn("activate", |modem: &mut ModemHandle, cid: i64| {
            super::family::activate(modem, narrow(cid, "a context")?)
        })
        .register_fn("deactivate", |modem: &mut ModemHandle, cid: i64| {
            modem.execute(packet::set_active(narrow(cid, "a context")?, false)).map(drop)
        })
        .register_fn("is_active", |modem: &mut ModemHandle, cid: i64| {
            read(packet::is_active(&modem.execute(packet::read_active())?, narrow(cid, "a context")?))
        })
        .register_fn("attach_packet", |modem: &mut ModemHandle| {
            modem.execute(packet::set_attached(true)).map(drop)
        })
        .register_fn("detach_packet", |modem: &mut ModemHandle| {
            modem.execute(packet::set_attached(false)).map(drop)
        })
        .register_fn("address", address)
        .register_fn("addresses", addresses)
        .register_fn("granted_apn", |modem: &mut ModemHandle, cid: i64| {
            let answer = modem.execute(packet::read_dynamic_parameters(narrow(cid, "a context")?))?;
            Verb::Ok(packet::granted_apn(&answer).unwrap_or_default())
        });
}

fn registered(modem: &ModemHandle, domain: Domain) -> Verb<Registration> {
    read(registration::registration(&modem.execute(registration::read(domain))?, domain))
}

fn registration_of(modem: &ModemHandle, domain: Domain) -> Verb<Map> {
    let registration = registered(modem, domain)?;
    Ok(map([
        ("stat", Dynamic::from_int(registration.stat.into())),
        ("registered", Dynamic::from(registration.is_registered())),
        ("home", Dynamic::from(registration.stat == 1)),
        ("roaming", Dynamic::from(registration.stat == 5)),
        ("area", optional(registration.area)),
        ("cell", optional(registration.cell)),
        ("cause", optional(registration.cause)),
    ]))
}

fn networks(modem: &mut ModemHandle) -> Verb<Array> {
    let found = read(registration::found_networks(&modem.execute(registration::search())?))?;
    let network = |network: registration::FoundNetwork| {
        map([("stat", Dynamic::from_int(network.stat.into())), ("plmn", Dynamic::from(network.plmn))])
    };
    Ok(array(found.into_iter().map(network)))
}

/// Every address of a context, an IPv6 one in its shortest form.
fn addresses(modem: &mut ModemHandle, cid: i64) -> Verb<Array> {
    let cid = narrow(cid, "a context")?;
    let addresses = read(packet::addresses(&modem.execute(packet::read_address(cid))?, cid))?;
    Ok(array(addresses.iter().map(ToString::to_string)))
}

fn address(modem: &mut ModemHandle, cid: i64) -> Verb<String> {
    let cid = narrow(cid, "a context")?;
    let address = read(packet::address(&modem.execute(packet::read_address(cid))?, cid))?;
    Ok(address.map(|address| address.to_string()).unwrap_or_default())
}
