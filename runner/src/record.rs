//! From what happened on the table to the events of a report.

use lab::{Bench, Happening, Record, SeatId};
use reports::run::{Direction, Event, What};
use wire::air::lora::HeardFrame;
use wire::time::Instant;

/// How many lines of the exchange a finding shows.
const EXCHANGE_LINES: usize = 12;
/// How many octets of one write a finding shows.
const LONGEST_SHOWN: usize = 400;
/// How many notes of the core a finding shows.
const NOTES: usize = 8;

/// All events of a test.
#[must_use]
pub fn events(bench: &Bench) -> Vec<Event> {
    let event = |record: &Record| Event { at: record.at.as_micros(), what: what(bench, &record.what) };
    bench.trace().iter().map(event).collect()
}

/// The last lines that crossed a device's port, oldest first, as in `+32.001 modem-a > ATD+33999999999;`.
#[must_use]
pub fn exchange(bench: &Bench) -> Vec<String> {
    let mut lines: Vec<String> = bench
        .trace()
        .iter()
        .rev()
        .filter_map(|record| match &record.what {
            Happening::ToDevice(seat, bytes) => {
                Some(format!("{} {} > {}", record.at, name(bench, *seat), shown(bytes)))
            }
            Happening::FromDevice(seat, bytes) => {
                Some(format!("{} {} < {}", record.at, name(bench, *seat), shown(bytes)))
            }
            Happening::Line(seat, event) => {
                Some(format!("{} {} line: {event}", record.at, name(bench, *seat)))
            }
            Happening::PortGone(seat, reason) => {
                Some(format!("{} {} port gone: {reason}", record.at, name(bench, *seat)))
            }
            Happening::PortBack(seat, path) => {
                Some(format!("{} {} port back: {path}", record.at, name(bench, *seat)))
            }
            Happening::Search(_)
            | Happening::NasUp(..)
            | Happening::NasDown(..)
            | Happening::Lora { .. }
            | Happening::Carrier(..)
            | Happening::Note(_)
            | Happening::Step(_)
            | Happening::Measure(..)
            | Happening::Identified(..) => None,
        })
        .take(EXCHANGE_LINES)
        .collect();
    lines.reverse();
    lines
}

/// The last notes of the core, oldest first; the same note many times in a row is told once.
#[must_use]
pub fn notes(bench: &Bench) -> Vec<String> {
    /// A note with the time of its first and last telling, and how often it was told.
    struct Told {
        text: String,
        first: Instant,
        last: Instant,
        times: u32,
    }
    let mut told: Vec<Told> = Vec::new();
    for (at, note) in bench.trace().iter().filter_map(|record| Some((record.at, record.note()?))) {
        let text = note.to_string();
        match told.last_mut() {
            Some(same) if same.text == text => {
                same.last = at;
                same.times += 1;
            }
            Some(_) | None => told.push(Told { text, first: at, last: at, times: 1 }),
        }
    }
    let show = |told: &Told| match told.times {
        1 => format!("{} {}", told.first, told.text),
        times => format!("{} {} ({times} times in a row, last at {})", told.first, told.text, told.last),
    };
    told.iter().skip(told.len().saturating_sub(NOTES)).map(show).collect()
}

fn name(bench: &Bench, seat: SeatId) -> &str {
    bench.seats.get(seat).map_or("", |seat| seat.name.as_str())
}

fn what(bench: &Bench, happening: &Happening) -> What {
    let device = |seat: SeatId| name(bench, seat).to_owned();
    let serial = |seat: SeatId, direction: Direction, bytes: &[u8]| What::Serial {
        device: device(seat),
        direction,
        text: text(bytes),
    };
    let nas = |seat: SeatId, direction: Direction, text: String| What::Air {
        device: device(seat),
        direction,
        layer: "nas".to_owned(),
        text,
        hex: None,
    };
    match happening {
        Happening::ToDevice(seat, bytes) => serial(*seat, Direction::ToDevice, bytes),
        Happening::FromDevice(seat, bytes) => serial(*seat, Direction::FromDevice, bytes),
        Happening::Search(seat) => nas(*seat, Direction::FromDevice, "searches for networks".to_owned()),
        Happening::NasUp(seat, message) => nas(*seat, Direction::FromDevice, message.to_string()),
        Happening::NasDown(seat, message) => nas(*seat, Direction::ToDevice, message.to_string()),
        Happening::Lora { seat, uplink, frame } => lora(seat.map(device).unwrap_or_default(), *uplink, frame),
        Happening::Carrier(seat, carrier) => {
            let (frequency, seconds) = (carrier.frequency, carrier.lasts.as_secs());
            let text = format!(
                "{} sends a carrier on {frequency} at {} dBm for {seconds} s",
                name(bench, *seat),
                carrier.eirp_dbm
            );
            What::Step { text }
        }
        Happening::Note(note) => {
            What::Note { code: note.code().to_owned(), subject: note.subject(), text: note.to_string() }
        }
        Happening::Step(text) => What::Step { text: text.clone() },
        Happening::Measure(seat, name, value, unit, reference) => What::Measure {
            name: (*name).to_owned(),
            device: device(*seat),
            value: *value,
            unit: (*unit).to_owned(),
            reference: reference.to_string(),
        },
        Happening::Identified(seat, who) => {
            What::Step { text: format!("{} answers as {who}", name(bench, *seat)) }
        }
        Happening::Line(seat, event) => {
            What::Step { text: format!("line of {}: {event}", name(bench, *seat)) }
        }
        Happening::PortBack(seat, path) => {
            What::Step { text: format!("port of {} is back: {path}", name(bench, *seat)) }
        }
        Happening::PortGone(seat, reason) => {
            What::Step { text: format!("port of {} is gone: {reason}", name(bench, *seat)) }
        }
    }
}

fn lora(device: String, uplink: bool, heard: &HeardFrame) -> What {
    let frame = &heard.frame;
    let kind = wire::lorawan::Frame::parse(&frame.payload)
        .map_or_else(|error| format!("unreadable frame ({error})"), |frame| describe(&frame));
    What::Air {
        device,
        direction: if uplink { Direction::FromDevice } else { Direction::ToDevice },
        layer: "lora".to_owned(),
        text: format!(
            "{kind}, {} {}, {} octets from {} to {} s",
            frame.frequency,
            frame.modulation,
            frame.payload.len(),
            heard.started.as_secs_f64(),
            heard.ended.as_secs_f64(),
        ),
        hex: Some(hex::encode(&frame.payload)),
    }
}

fn describe(frame: &wire::lorawan::Frame) -> String {
    match frame {
        wire::lorawan::Frame::JoinRequest(join) => {
            let request = join.request();
            format!("join-request of {} with DevNonce {}", request.dev_eui, request.dev_nonce)
        }
        wire::lorawan::Frame::JoinAccept(_) => "join-accept".to_owned(),
        wire::lorawan::Frame::Data(data) => {
            let confirmed = if data.is_confirmed() { "confirmed" } else { "unconfirmed" };
            let port = data.port().map_or("no FPort".to_owned(), |port| format!("FPort {port}"));
            format!("{confirmed} data, DevAddr {}, FCnt {}, {port}", data.dev_addr(), data.fcnt())
        }
        wire::lorawan::Frame::Proprietary(_) => "proprietary frame".to_owned(),
    }
}

/// Bytes of a port as text; what a node's port says of its keys is hidden.
fn text(bytes: &[u8]) -> String {
    let escaped: String = bytes.iter().flat_map(|byte| byte.escape_ascii()).map(char::from).collect();
    let plain = escaped.replace("\\\"", "\"").replace("\\'", "'");
    drivers::lora::redact(&plain).into_owned()
}

/// Bytes of a port for the exchange: without the line ends around them.
fn shown(bytes: &[u8]) -> String {
    let trimmed = bytes.trim_ascii();
    if trimmed.len() > LONGEST_SHOWN {
        let head = text(trimmed.get(..LONGEST_SHOWN).unwrap_or_default());
        return format!("{head}… ({} octets)", bytes.len());
    }
    text(if trimmed.is_empty() { bytes } else { trimmed })
        .replace("\\r\\n\\r\\n", " | ")
        .replace("\\r\\n", " | ")
}
