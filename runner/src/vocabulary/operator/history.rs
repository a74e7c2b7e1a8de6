//! What the network knows of a line: its communications, what it has used, where it is.

use super::OperatorHandle;
use super::server::view;
use crate::vocabulary::values::{array, map};
use rhai::{Array, Dynamic, Map};
use simcore::cellular::{CellularCore, Communication, Place, Usage};
use wire::id::Imsi;
use wire::time::Instant;

/// A point of lab time out of seconds since its start.
fn instant(seconds: f64) -> Instant {
    Instant::from_micros((seconds.max(0.0) * 1e6) as u64)
}

/// The communications of a line between two times.
pub fn of_line(core: &OperatorHandle, imsi: &Imsi, from: f64, to: f64) -> Array {
    core.order(|core, now| {
        let known = core.history(imsi, instant(from), instant(to));
        array(known.iter().map(|known| communication(core, now, imsi, known)))
    })
}

/// The call data records of an account between two times.
pub fn of_account(core: &OperatorHandle, account: &str, from: f64, to: f64) -> Array {
    core.order(|core, now| {
        let records = core.call_data_records(account, instant(from), instant(to));
        array(records.iter().map(|(imsi, known)| communication(core, now, imsi, known)))
    })
}

/// Everything so far.
pub const ALWAYS: (f64, f64) = (0.0, 1e12);

/// Where a line is, or was last: empty where it was never seen.
pub fn place(core: &OperatorHandle, imsi: &Imsi) -> Map {
    core.order(|core, _| {
        let registration = core.registration(imsi);
        let Some(cell) = core.location(imsi) else { return Map::new() };
        let place = Place {
            cell,
            access: core.radio_access(imsi),
            imei: match (&registration, core.equipment(imsi)) {
                (Some(registration), _) => registration.imei.clone(),
                (None, Some(imei)) => imei.clone(),
                (None, None) => return Map::new(),
            },
        };
        let mut seen = place_view(core, &place);
        seen.insert("registered".into(), Dynamic::from_bool(registration.is_some()));
        seen
    })
}

fn place_view(core: &CellularCore, place: &Place) -> Map {
    let (operator, country) = core.network_name(place.cell.plmn).unwrap_or_default();
    map([
        ("network", Dynamic::from(place.cell.plmn.to_string())),
        ("operator", Dynamic::from(operator.to_owned())),
        ("country", Dynamic::from(country.to_owned())),
        ("area", Dynamic::from_int(place.cell.tac.into())),
        ("cell", Dynamic::from_int(place.cell.cell.into())),
        ("access", place.access.map_or(Dynamic::UNIT, |access| Dynamic::from(access.to_string()))),
        ("imei", Dynamic::from(place.imei.to_string())),
    ])
}

fn communication(core: &CellularCore, now: Instant, imsi: &Imsi, known: &Communication) -> Map {
    let text = |value: Option<String>| value.map_or(Dynamic::UNIT, Dynamic::from);
    let mut seen = known.place.as_ref().map(|place| place_view(core, place)).unwrap_or_default();
    seen.extend(map([
        ("imsi", Dynamic::from(imsi.to_string())),
        ("bearer", Dynamic::from(known.medium.to_string())),
        ("direction", Dynamic::from(known.direction.to_string())),
        ("began", Dynamic::from_float(known.began.as_secs_f64())),
        ("ended", known.ended.map_or(Dynamic::UNIT, |(at, _)| Dynamic::from_float(at.as_secs_f64()))),
        ("closing", text(known.ended.map(|(_, closing)| closing.to_string()))),
        ("lasted", Dynamic::from_float(known.lasted(now).as_secs_f64())),
        ("apn", text(known.apn.clone())),
        ("address", text(known.address.map(|address| address.to_string()))),
        ("peer", text(known.peer.clone())),
        ("traffic", Dynamic::from_map(view(known.traffic))),
    ]));
    seen
}

/// What was used, as a script sees it: `octets_up` and its like, messages, calls and seconds of calls.
pub fn usage(usage: Usage) -> Map {
    let number = |number: u64| Dynamic::from_int(i64::try_from(number).unwrap_or(i64::MAX));
    let mut seen = view(usage.data);
    seen.extend(map([
        ("sms_mo", number(usage.sms_mo)),
        ("sms_mt", number(usage.sms_mt)),
        ("calls_mo", number(usage.calls_mo)),
        ("calls_mt", number(usage.calls_mt)),
        ("talk_mo", Dynamic::from_float(usage.talk_mo.as_secs_f64())),
        ("talk_mt", Dynamic::from_float(usage.talk_mt.as_secs_f64())),
    ]));
    seen
}
