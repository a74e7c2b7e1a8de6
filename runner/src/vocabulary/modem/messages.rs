//! Short messages at the device's end, in PDU mode.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, narrow, parse};
use drivers::blame::Blame;
use drivers::modem::sms::{self, StoredMessage};
use rhai::{Array, Dynamic, Engine, Map};
use wire::id::PhoneNumber;
use wire::sms::{Address, Submit, UserData, ValidityPeriod};
use wire::time::{Duration, Instant};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("prepare_sms", |modem: &mut ModemHandle| modem.execute(sms::prepare()).map(drop))
        .register_fn("send_sms", |modem: &mut ModemHandle, to: &str, text: &str| {
            send(modem, to, text, &Map::new())
        })
        .register_fn("send_sms", |modem: &mut ModemHandle, to: &str, text: &str, options: Map| {
            send(modem, to, text, &options)
        })
        .register_fn("messages", messages)
        .register_fn("direct_messages", direct_messages)
        .register_fn("status_reports", status_reports)
        .register_fn("broadcasts", broadcasts)
        .register_fn("delete_message", |modem: &mut ModemHandle, index: i64| {
            modem.execute(sms::delete(narrow(index, "a message index")?)).map(drop)
        })
        .register_fn("delete_all_messages", |modem: &mut ModemHandle| {
            modem.execute(sms::delete_all()).map(drop)
        })
        .register_fn("sms_storage", storage)
        .register_fn("service_centre", |modem: &mut ModemHandle| {
            read(sms::service_centre(&modem.execute(sms::read_service_centre())?))
        });
}

/// Sends a text; options: `report` (true asks for a status report), `validity` in seconds.
fn send(modem: &ModemHandle, to: &str, text: &str, options: &Map) -> Verb<i64> {
    let to: PhoneNumber = parse(to)?;
    let wrong = |message: String| Trouble::new(Blame::Script, message).terminal();
    let user_data =
        UserData::text(text).map_err(|error| wrong(format!("failed to write the message: {error}")))?;
    let mut message = Submit::new(Address::from_number(&to), user_data);
    for (key, value) in options {
        match (key.as_str(), value.as_bool(), value.as_int()) {
            ("report", Ok(wanted), _) => message.status_report_request = wanted,
            ("validity", _, Ok(seconds)) => {
                let span = Duration::from_secs(narrow(seconds, "a validity in seconds")?);
                message.validity = Some(ValidityPeriod::relative(span));
            }
            _ => {
                let message = format!(
                    "{key}: {value} is not an option of send_sms: report (true or false) and validity (seconds) are"
                );
                return Err(wrong(message));
            }
        }
    }
    let answer = modem.execute(sms::submit(&message))?;
    Ok(read(sms::message_reference(&answer))?.into())
}

fn storage(modem: &mut ModemHandle) -> Verb<Map> {
    let (used, total) = read(sms::storage(&modem.execute(sms::read_storage())?))?;
    Ok(map([("used", Dynamic::from_int(used.into())), ("total", Dynamic::from_int(total.into()))]))
}

fn message(message: &StoredMessage) -> Map {
    map([
        ("index", Dynamic::from_int(message.index.into())),
        ("stat", Dynamic::from_int(message.stat.into())),
        ("from", Dynamic::from(message.originator().map(ToString::to_string).unwrap_or_default())),
        ("text", Dynamic::from(message.text().unwrap_or_default())),
    ])
}

fn messages(modem: &mut ModemHandle) -> Verb<Array> {
    let stored = read(sms::stored_messages(&modem.execute(sms::list())?))?;
    Ok(array(stored.iter().map(message)))
}

/// Messages that the modem handed over directly (`+CMT`), without storing them.
fn direct_messages(modem: &mut ModemHandle) -> Array {
    array(modem.reports_from(Instant::ZERO, |report| {
        sms::direct_message(&report.line, report.payload.as_deref()).map(|direct| message(&direct))
    }))
}

/// Pages of cell broadcast messages that the modem handed over in PDU mode (`+CBM`).
fn broadcasts(modem: &mut ModemHandle) -> Array {
    array(modem.reports_from(Instant::ZERO, |report| {
        sms::broadcast_page(&report.line, report.payload.as_deref()).map(|page| {
            map([
                ("serial", Dynamic::from_int(page.serial.into())),
                ("identifier", Dynamic::from_int(page.identifier.into())),
                ("page", Dynamic::from_int(page.page.into())),
                ("pages", Dynamic::from_int(page.pages.into())),
                ("text", Dynamic::from(page.text().unwrap_or_default())),
            ])
        })
    }))
}

fn status_reports(modem: &mut ModemHandle) -> Array {
    array(modem.reports_from(Instant::ZERO, |report| {
        sms::status_report(&report.line, report.payload.as_deref()).map(|report| {
            map([
                ("reference", Dynamic::from_int(report.message_reference.into())),
                ("delivered", Dynamic::from(report.status.is_completed())),
                ("status", Dynamic::from(report.status.name())),
            ])
        })
    }))
}
