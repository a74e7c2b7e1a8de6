//! The handle `lab` that every test gets, and the radio.

use super::modem::ModemHandle;
use super::node::NodeHandle;
use super::operator::OperatorHandle;
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use lab::{Host, SeatId};
use rhai::Engine;
use wire::air::cellular::UeId;
use wire::plmn::Plmn;

/// `lab`.
#[derive(Clone, Debug)]
pub struct LabHandle(pub Shared);

/// `lab.radio()`.
#[derive(Clone, Debug)]
pub struct RadioHandle(Shared);

/// Registers the verbs of the lab and of its radio.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<LabHandle>("Lab")
        .register_fn("modem", |lab: &mut LabHandle| modem(lab, 1))
        .register_fn("modem", |lab: &mut LabHandle, number: i64| modem(lab, number))
        .register_fn("modem", |lab: &mut LabHandle, name: &str| {
            Verb::Ok(ModemHandle { context: lab.0.clone(), seat: seat(lab, name)? })
        })
        .register_fn("node", |lab: &mut LabHandle| node(lab))
        .register_fn("core", |lab: &mut LabHandle| OperatorHandle(lab.0.clone()))
        .register_fn("radio", |lab: &mut LabHandle| RadioHandle(lab.0.clone()))
        .register_fn("now", |lab: &mut LabHandle| lab.0.now().as_secs_f64());
    engine
        .register_type_with_name::<RadioHandle>("Radio")
        .register_fn("move_to", |radio: &mut RadioHandle, country: &str| move_to(radio, None, country))
        .register_fn("move_to", |radio: &mut RadioHandle, modem: ModemHandle, country: &str| {
            move_to(radio, Some(modem.seat), country)
        })
        .register_fn("coverage", set_coverage)
        .register_fn("switch_on", |radio: &mut RadioHandle, plmn: &str| set_on_air(radio, plmn, true))
        .register_fn("switch_off", |radio: &mut RadioHandle, plmn: &str| set_on_air(radio, plmn, false))
        .register_fn("strength", set_strength);
}

fn modem(lab: &LabHandle, number: i64) -> Verb<ModemHandle> {
    let seat = nth(lab, number, |host| matches!(host, Host::Modem { .. }))
        .ok_or_else(|| missing(&format!("modem {number}"), "modem"))?;
    Ok(ModemHandle { context: lab.0.clone(), seat })
}

fn node(lab: &LabHandle) -> Verb<NodeHandle> {
    let seat = nth(lab, 1, |host| matches!(host, Host::Node { .. })).ok_or_else(|| missing("LoRaWAN node", "lora-node"))?;
    Ok(NodeHandle { context: lab.0.clone(), seat })
}

fn missing(what: &str, need: &str) -> Box<rhai::EvalAltResult> {
    let message = format!("no {what} was reserved for this test; its @needs must name `{need}`");
    Trouble::new(Blame::Script, message).terminal()
}

fn nth(lab: &LabHandle, number: i64, fits: impl Fn(&Host) -> bool) -> Option<SeatId> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    let lab = lab.0.lab();
    lab.bench()
        .seats
        .iter()
        .enumerate()
        .filter(|(_, seat)| seat.host.as_ref().is_some_and(&fits))
        .nth(index)
        .map(|(index, _)| SeatId(index))
}

fn seat(lab: &LabHandle, name: &str) -> Verb<SeatId> {
    lab.0.lab().bench().seat(name).ok_or_else(|| {
        Trouble::new(Blame::Script, format!("no device called \"{name}\" was reserved for this test")).terminal()
    })
}

fn plmn(text: &str) -> Verb<Plmn> {
    text.parse().map_err(|error: wire::plmn::PlmnError| Trouble::new(Blame::Script, error.to_string()).terminal())
}

fn radios(radio: &RadioHandle, only: Option<SeatId>) -> Vec<UeId> {
    let lab = radio.0.lab();
    let seats = 0..lab.bench().seats.len();
    seats.map(SeatId).filter(|seat| only.is_none_or(|only| only == *seat)).filter_map(|seat| lab.bench().ue(seat)).collect()
}

fn move_to(radio: &RadioHandle, only: Option<SeatId>, country: &str) -> Verb<()> {
    let known = radio.0.lab().bench().cellular_air.countries().contains(&country);
    if !known {
        let countries = radio.0.lab().bench().cellular_air.countries().join(", ");
        let message = format!("no network of this lab is in \"{country}\"; there are networks in {countries}");
        return Err(Trouble::new(Blame::Script, message).terminal());
    }
    let radios = radios(radio, only);
    radio.0.step(format!("devices move to {country}"));
    let mut lab = radio.0.lab();
    let now = lab.now();
    for ue in radios {
        lab.bench_mut().cellular_air.move_to(now, ue, country);
    }
    Ok(())
}

fn set_coverage(radio: &mut RadioHandle, covered: bool) {
    let radios = radios(radio, None);
    radio.0.step(if covered { "coverage is back" } else { "coverage is lost" });
    let mut lab = radio.0.lab();
    let now = lab.now();
    for ue in radios {
        lab.bench_mut().cellular_air.set_covered(now, ue, covered);
    }
}

fn known_network(radio: &RadioHandle, text: &str) -> Verb<Plmn> {
    let plmn = plmn(text)?;
    if radio.0.lab().bench().cellular_air.has_network(plmn) {
        return Ok(plmn);
    }
    Err(Trouble::new(Blame::Script, format!("no network {plmn} is in this lab")).terminal())
}

fn set_on_air(radio: &mut RadioHandle, network: &str, on_air: bool) -> Verb<()> {
    let plmn = known_network(radio, network)?;
    radio.0.step(format!("network {plmn} goes {} the air", if on_air { "on" } else { "off" }));
    let mut lab = radio.0.lab();
    let now = lab.now();
    lab.bench_mut().cellular_air.set_on_air(now, plmn, on_air);
    Ok(())
}

fn set_strength(radio: &mut RadioHandle, network: &str, rsrp_dbm: i64) -> Verb<()> {
    let plmn = known_network(radio, network)?;
    let rsrp_dbm = i16::try_from(rsrp_dbm)
        .ok()
        .filter(|dbm| (-140..=-44).contains(dbm))
        .ok_or_else(|| Trouble::new(Blame::Script, format!("{rsrp_dbm} dBm is not an RSRP: -140 to -44")).terminal())?;
    radio.0.step(format!("network {plmn} is now at {rsrp_dbm} dBm"));
    radio.0.lab().bench_mut().cellular_air.set_strength(plmn, rsrp_dbm);
    Ok(())
}
