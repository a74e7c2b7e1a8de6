//! The handle `lab` that every test gets, and the radio.

use super::modem::ModemHandle;
use super::node::NodeHandle;
use super::operator::OperatorHandle;
use super::tester::TesterHandle;
use super::values::{array, map, narrow, octets, optional};
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use drivers::blame::Blame;
use lab::{Happening, Identity, SeatId};
use rhai::{Array, Dynamic, Engine, Map};
use std::collections::BTreeSet;
use wire::air::cellular::UeId;
use wire::air::lora::{HeardFrame, Hertz, LoraFrame};
use wire::lorawan::{DataRate, Direction, Frame, Region};
use wire::plmn::Plmn;

/// `lab`.
#[derive(Clone, Debug)]
pub struct LabHandle(pub Shared);

/// `lab.radio()`.
#[derive(Clone, Debug)]
pub struct RadioHandle(Shared);

/// Where FCtrl is in a PHYPayload, and its ACK bit (LoRaWAN 1.0.2 clauses 4 and 4.3.1).
const FCTRL: usize = 5;
const FCTRL_ACK: u8 = 0x20;

/// Registers the verbs of the lab and of its radio.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<LabHandle>("Lab")
        .register_fn("modem", |lab: &mut LabHandle| modem(lab, 1))
        .register_fn("modem", |lab: &mut LabHandle, number: i64| modem(lab, number))
        .register_fn("modem", |lab: &mut LabHandle, name: &str| modem_called(lab, name))
        .register_fn("node", |lab: &mut LabHandle| node(lab))
        .register_fn("node", |lab: &mut LabHandle, name: &str| node_called(lab, name))
        .register_fn("core", |lab: &mut LabHandle| OperatorHandle(lab.0.clone()))
        .register_fn("tester", |lab: &mut LabHandle, node: NodeHandle| TesterHandle::new(&lab.0, &node))
        .register_fn("band", |lab: &mut LabHandle| band(&lab.0))
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
        .register_fn("switch_on", |radio: &mut RadioHandle, plmn: &str, cell: &str| {
            set_cell_on_air(radio, plmn, cell, true)
        })
        .register_fn("switch_off", |radio: &mut RadioHandle, plmn: &str, cell: &str| {
            set_cell_on_air(radio, plmn, cell, false)
        })
        .register_fn("strength", set_cell_strength)
        .register_fn("strength", set_strength)
        .register_fn("searches", searches)
        .register_fn("transmissions", |radio: &mut RadioHandle, node: NodeHandle| frames(radio, &node, true))
        .register_fn("receptions", |radio: &mut RadioHandle, node: NodeHandle| frames(radio, &node, false))
        .register_fn("replay", replay);
}

/// What a test that runs in every band asks of the network's.
fn band(context: &Shared) -> Map {
    let lab = context.lab();
    let region = lab.bench().core.lorawan.region();
    let gateways = lab.bench().gateways.iter();
    let heard: BTreeSet<Hertz> = gateways.flat_map(|seat| seat.gateway.plan().frequencies()).collect();
    let hertz = |frequency: Hertz| i64::from(frequency.0);
    let usual = region.usual_channels.into_iter().flatten();
    map([
        ("name", Dynamic::from(region.band.to_string())),
        ("fixed", Dynamic::from_bool(region.is_fixed())),
        ("channels", array(region.channels().map(|channel| hertz(channel.frequency))).into()),
        ("usual", array(usual.map(hertz)).into()),
        ("heard", array(heard.into_iter().map(hertz)).into()),
        ("rx2_frequency", Dynamic::from_int(hertz(region.rx2_frequency))),
        ("rx2_data_rate", Dynamic::from_int(region.rx2_data_rate.0.into())),
        ("fastest", Dynamic::from_int((*region.channel_data_rates.end()).into())),
        ("max_eirp", Dynamic::from_int(region.max_eirp_dbm.into())),
    ])
}

fn modem(lab: &LabHandle, number: i64) -> Verb<ModemHandle> {
    let seat = nth(lab, number, is_modem).ok_or_else(|| missing(&format!("modem {number}"), "modem"))?;
    Ok(ModemHandle { context: lab.0.clone(), seat })
}

fn modem_called(lab: &LabHandle, name: &str) -> Verb<ModemHandle> {
    Ok(ModemHandle { context: lab.0.clone(), seat: called(lab, name, is_modem, "modem")? })
}

fn node(lab: &LabHandle) -> Verb<NodeHandle> {
    let seat = nth(lab, 1, is_node).ok_or_else(|| missing("LoRaWAN node", "lora-node"))?;
    Ok(NodeHandle { context: lab.0.clone(), seat })
}

fn node_called(lab: &LabHandle, name: &str) -> Verb<NodeHandle> {
    Ok(NodeHandle { context: lab.0.clone(), seat: called(lab, name, is_node, "LoRaWAN node")? })
}

const fn is_modem(identity: &Identity) -> bool {
    matches!(identity, Identity::Modem(_))
}

const fn is_node(identity: &Identity) -> bool {
    matches!(identity, Identity::Node(_))
}

fn missing(what: &str, need: &str) -> Box<rhai::EvalAltResult> {
    let message = format!("there is no {what} on the table; in a test, @needs must name `{need}`");
    Trouble::new(Blame::Script, message).terminal()
}

fn nth(lab: &LabHandle, number: i64, fits: impl Fn(&Identity) -> bool) -> Option<SeatId> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    let lab = lab.0.lab();
    lab.bench().seats.iter().filter(|(_, seat)| fits(&seat.identity)).nth(index).map(|(id, _)| id)
}

fn called(lab: &LabHandle, name: &str, fits: impl Fn(&Identity) -> bool, kind: &str) -> Verb<SeatId> {
    let lab = lab.0.lab();
    let seat = lab.bench().seat(name);
    seat.filter(|seat| lab.bench().seats.get(*seat).is_some_and(|seat| fits(&seat.identity))).ok_or_else(
        || Trouble::new(Blame::Script, format!("no {kind} called \"{name}\" is on the table")).terminal(),
    )
}

fn plmn(text: &str) -> Verb<Plmn> {
    text.parse()
        .map_err(|error: wire::plmn::PlmnError| Trouble::new(Blame::Script, error.to_string()).terminal())
}

fn radios(radio: &RadioHandle, only: Option<SeatId>) -> Vec<UeId> {
    let lab = radio.0.lab();
    let seats = 0..lab.bench().seats.len();
    seats
        .map(SeatId)
        .filter(|seat| only.is_none_or(|only| only == *seat))
        .filter_map(|seat| lab.bench().ue(seat))
        .collect()
}

fn move_to(radio: &RadioHandle, only: Option<SeatId>, country: &str) -> Verb<()> {
    let known = radio.0.lab().bench().cellular_air.countries().contains(&country);
    if !known {
        let countries = radio.0.lab().bench().cellular_air.countries().join(", ");
        let message =
            format!("no network of this lab is in \"{country}\"; there are networks in {countries}");
        return Err(Trouble::inconclusive(message).terminal());
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
    Err(Trouble::inconclusive(format!("no network {plmn} is in this lab")).terminal())
}

fn set_on_air(radio: &mut RadioHandle, network: &str, on_air: bool) -> Verb<()> {
    let plmn = known_network(radio, network)?;
    radio.0.step(format!("network {plmn} goes {} the air", if on_air { "on" } else { "off" }));
    let mut lab = radio.0.lab();
    let now = lab.now();
    lab.bench_mut().cellular_air.set_on_air(now, plmn, on_air);
    Ok(())
}

fn no_cell(plmn: Plmn, cell: &str) -> Box<rhai::EvalAltResult> {
    Trouble::inconclusive(format!("network {plmn} has no cell called \"{cell}\" in this lab")).terminal()
}

/// One cell of a network; the first has the empty name.
fn set_cell_on_air(radio: &mut RadioHandle, network: &str, cell: &str, on_air: bool) -> Verb<()> {
    let plmn = known_network(radio, network)?;
    radio.0.step(format!("cell \"{cell}\" of {plmn} goes {} the air", if on_air { "on" } else { "off" }));
    let mut lab = radio.0.lab();
    let now = lab.now();
    let found = lab.bench_mut().cellular_air.set_cell_on_air(now, plmn, cell, on_air);
    if found { Ok(()) } else { Err(no_cell(plmn, cell)) }
}

fn set_cell_strength(radio: &mut RadioHandle, network: &str, cell: &str, rsrp_dbm: i64) -> Verb<()> {
    let plmn = known_network(radio, network)?;
    let rsrp_dbm = level(rsrp_dbm)?;
    radio.0.step(format!("cell \"{cell}\" of {plmn} is now at {rsrp_dbm} dBm"));
    let found = radio.0.lab().bench_mut().cellular_air.set_cell_strength(plmn, cell, rsrp_dbm);
    if found { Ok(()) } else { Err(no_cell(plmn, cell)) }
}

fn level(rsrp_dbm: i64) -> Verb<i16> {
    i16::try_from(rsrp_dbm).ok().filter(|dbm| (-140..=-44).contains(dbm)).ok_or_else(|| {
        Trouble::new(Blame::Script, format!("{rsrp_dbm} dBm is not an RSRP: -140 to -44")).terminal()
    })
}

fn set_strength(radio: &mut RadioHandle, network: &str, rsrp_dbm: i64) -> Verb<()> {
    let plmn = known_network(radio, network)?;
    let rsrp_dbm = level(rsrp_dbm)?;
    radio.0.step(format!("network {plmn} is now at {rsrp_dbm} dBm"));
    radio.0.lab().bench_mut().cellular_air.set_strength(plmn, rsrp_dbm);
    Ok(())
}

/// When a modem began to search for networks.
fn searches(radio: &mut RadioHandle, modem: ModemHandle) -> Array {
    let lab = radio.0.lab();
    let own = lab.bench().trace().iter().filter(|record| record.what == Happening::Search(modem.seat));
    array(own.map(|record| record.at.as_secs_f64()))
}

/// The LoRa frames that a node sent, or heard, in order.
fn frames(radio: &RadioHandle, node: &NodeHandle, sent: bool) -> Array {
    let lab = radio.0.lab();
    let region = lab.bench().core.lorawan.region();
    let own = lab.bench().trace().iter().filter_map(|record| {
        if let Happening::Lora { seat: Some(seat), uplink, frame } = &record.what
            && (*seat, *uplink) == (node.seat, sent)
        {
            return Some(frame_of(region, frame));
        }
        None
    });
    array(own)
}

/// A frame as an eavesdropper without keys sees it; `kind` is the message type, `fcnt` the half that is on the air.
pub fn frame_of(region: &Region, heard: &HeardFrame) -> Map {
    let direction = if heard.frame.inverted_iq { Direction::Down } else { Direction::Up };
    let (mut nonce, mut fcnt, mut port, mut ack) = (String::new(), None, None, false);
    let kind = match Frame::parse(&heard.frame.payload) {
        Ok(Frame::JoinRequest(request)) => {
            nonce = request.request().dev_nonce.to_string();
            "join-request"
        }
        Ok(Frame::JoinAccept(_)) => "join-accept",
        Ok(Frame::Data(data)) => {
            (fcnt, port) = (Some(data.fcnt()), data.port());
            ack = data.octets().get(FCTRL).is_some_and(|octet| octet & FCTRL_ACK != 0);
            if data.is_confirmed() { "confirmed" } else { "unconfirmed" }
        }
        Ok(Frame::Proprietary(_)) | Err(_) => "other",
    };
    map([
        ("at", Dynamic::from_float(heard.started.as_secs_f64())),
        ("ended", Dynamic::from_float(heard.ended.as_secs_f64())),
        ("kind", Dynamic::from(kind)),
        ("dev_nonce", Dynamic::from(nonce)),
        ("fcnt", optional(fcnt)),
        ("port", optional(port)),
        ("ack", Dynamic::from(ack)),
        ("frequency", Dynamic::from_int(heard.frame.frequency.0.into())),
        ("data_rate", optional(region.data_rate(heard.frame.modulation, direction).map(|rate| rate.0))),
        ("octets", Dynamic::from(hex::encode(&heard.frame.payload))),
    ])
}

/// Sends a frame, as `transmissions` gives it, from a transmitter that belongs to nobody. A script may change it before.
fn replay(radio: &mut RadioHandle, frame: Map) -> Verb<()> {
    let number = |key: &str| frame.get(key).and_then(|value| value.as_int().ok()).unwrap_or(-1);
    let wrong = |message: &str| Trouble::new(Blame::Script, message).terminal();
    let region = radio.0.lab().bench().core.lorawan.region();
    let modulation = region.modulation(DataRate(narrow(number("data_rate"), "a data rate")?));
    let text = frame.get("octets").map(ToString::to_string).unwrap_or_default();
    let frame = LoraFrame {
        frequency: Hertz(narrow(number("frequency"), "a frequency in Hz")?),
        modulation: modulation
            .ok_or_else(|| wrong("the data rate of the frame is no LoRa modulation of the band"))?,
        inverted_iq: false,
        crc: true,
        eirp_dbm: region.max_eirp_dbm,
        payload: octets(&text)?,
    };
    radio.0.step("a stranger's transmitter sends a recorded LoRa frame");
    radio.0.lab().transmit_stray(frame);
    Ok(())
}
