//! The card behind the modem: codes, phone books, files.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::vocabulary::values::{array, map, narrow};
use drivers::modem::sim;
use rhai::{Array, Dynamic, Engine, Map};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    register_codes(engine);
    engine
        .register_fn("phone_book", phone_book)
        .register_fn("phone_book_entries", entries)
        .register_fn("write_phone_book", |modem: &mut ModemHandle, book: &str, number: &str, text: &str| {
            select(modem, book)?;
            modem.execute(sim::write_phone_book(None, number, text)).map(drop)
        })
        .register_fn(
            "write_phone_book",
            |modem: &mut ModemHandle, book: &str, index: i64, number: &str, text: &str| {
                select(modem, book)?;
                modem
                    .execute(sim::write_phone_book(Some(narrow(index, "a phone book")?), number, text))
                    .map(drop)
            },
        )
        .register_fn("delete_phone_book", |modem: &mut ModemHandle, book: &str, index: i64| {
            select(modem, book)?;
            modem.execute(sim::delete_phone_book(narrow(index, "a phone book")?)).map(drop)
        })
        .register_fn("crsm", |modem: &mut ModemHandle, command: i64, file: i64, p1: i64, p2: i64, p3: i64| {
            restricted_access(modem, command, file, [p1, p2, p3], "")
        })
        .register_fn(
            "crsm",
            |modem: &mut ModemHandle, command: i64, file: i64, p1: i64, p2: i64, p3: i64, data: &str| {
                restricted_access(modem, command, file, [p1, p2, p3], data)
            },
        );
}

fn register_codes(engine: &mut Engine) {
    engine
        .register_fn("pin_state", |modem: &mut ModemHandle| {
            read(sim::pin_state(&modem.execute(sim::read_pin_state())?))
        })
        .register_fn("enter_pin", |modem: &mut ModemHandle, pin: &str| {
            modem.execute(sim::enter_pin(pin)).map(drop)
        })
        .register_fn("unblock_pin", |modem: &mut ModemHandle, puk: &str, new_pin: &str| {
            modem.execute(sim::unblock_pin(puk, new_pin)).map(drop)
        })
        .register_fn("is_locked", |modem: &mut ModemHandle, facility: &str| {
            read(sim::is_locked(&modem.execute(sim::read_lock(facility))?))
        })
        .register_fn("lock", |modem: &mut ModemHandle, facility: &str, code: &str| {
            modem.execute(sim::set_lock(facility, true, code)).map(drop)
        })
        .register_fn("unlock", |modem: &mut ModemHandle, facility: &str, code: &str| {
            modem.execute(sim::set_lock(facility, false, code)).map(drop)
        })
        .register_fn("change_code", |modem: &mut ModemHandle, facility: &str, old: &str, new: &str| {
            modem.execute(sim::change_code(facility, old, new)).map(drop)
        });
}

fn select(modem: &ModemHandle, book: &str) -> Verb<(u16, u16)> {
    read(sim::phone_book_size(&modem.execute(sim::select_phone_book(book))?))
}

fn phone_book(modem: &mut ModemHandle, book: &str) -> Verb<Map> {
    let (used, total) = select(modem, book)?;
    Ok(map([("used", Dynamic::from_int(used.into())), ("total", Dynamic::from_int(total.into()))]))
}

fn entries(modem: &mut ModemHandle, book: &str) -> Verb<Array> {
    let (used, total) = select(modem, book)?;
    if used == 0 {
        return Ok(Array::new());
    }
    let entries = read(sim::phone_book_entries(&modem.execute(sim::read_phone_book(1, total))?))?;
    let entry = |entry: sim::PhoneBookEntry| {
        map([
            ("index", Dynamic::from_int(entry.index.into())),
            ("number", Dynamic::from(entry.number)),
            ("text", Dynamic::from(entry.text)),
        ])
    };
    Ok(array(entries.into_iter().map(entry)))
}

fn restricted_access(
    modem: &ModemHandle,
    command: i64,
    file: i64,
    parameters: [i64; 3],
    data: &str,
) -> Verb<Map> {
    let [p1, p2, p3] = parameters;
    let command = sim::restricted_access(
        narrow(command, "a card command")?,
        narrow(file, "a file identifier")?,
        narrow(p1, "P1")?,
        narrow(p2, "P2")?,
        narrow(p3, "P3")?,
        data,
    );
    let answer = read(sim::card_answer(&modem.execute(command)?))?;
    Ok(map([
        ("sw1", Dynamic::from_int(answer.sw1.into())),
        ("sw2", Dynamic::from_int(answer.sw2.into())),
        ("data", Dynamic::from(answer.data)),
    ]))
}
