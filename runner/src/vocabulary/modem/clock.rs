//! The modem's clock.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{map, optional};
use drivers::blame::Blame;
use drivers::modem::clock;
use rhai::{Dynamic, Engine, Map};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine.register_fn("clock", shown);
}

/// `local`: seconds from 1970 to the date and time that are shown, as if they were UTC; `zone` in quarters of an hour.
fn shown(modem: &mut ModemHandle) -> Verb<Map> {
    let clock = read(clock::clock(&modem.execute(clock::read())?))?;
    let [year, month, day] = clock.date.map(u8::cast_signed);
    let [hour, minute, second] = clock.time.map(u8::cast_signed);
    let local = jiff::civil::DateTime::new(2000 + i16::from(year), month, day, hour, minute, second, 0);
    let local = local.and_then(|local| jiff::tz::Offset::UTC.to_timestamp(local));
    let local = local
        .map_err(|error| Trouble::new(Blame::Device, format!("the clock shows no time: {error}")).thrown())?;
    Ok(map([("local", Dynamic::from_int(local.as_second())), ("zone", optional(clock.quarter_hours))]))
}
