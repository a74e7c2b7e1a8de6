//! What a network tells: name and time to one device, cell broadcast messages to every device.

use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{narrow, parse};
use drivers::blame::Blame;
use rhai::{Dynamic, Engine, Map};
use wire::nas::NetworkInformation;
use wire::plmn::Plmn;
use wire::sms::BroadcastPage;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("unix_time", |core: &mut OperatorHandle| {
            core.order(|core, now| core.utc(now).as_millisecond() as f64 / 1_000.0)
        })
        .register_fn("network_information", |core: &mut OperatorHandle, told: bool| {
            core.order(|core, _| core.change_policy(|policy| policy.network_information = told));
        })
        .register_fn("tell_time", |core: &mut OperatorHandle, modem: ModemHandle| {
            tell(core, &modem, &Map::new())
        })
        .register_fn("tell_time", |core: &mut OperatorHandle, modem: ModemHandle, options: Map| {
            tell(core, &modem, &options)
        })
        .register_fn("broadcast", broadcast);
}

fn tell(core: &OperatorHandle, modem: &ModemHandle, options: &Map) -> Verb<()> {
    let imsi = subscription(modem)?;
    let mut changes = Changes::default();
    for (key, value) in options {
        changes.set(key, value)?;
    }
    permitted(core.order(|core, now| core.order_information(now, &imsi, |told| changes.apply(told))))
}

/// What a script wants told otherwise than it is.
#[derive(Default)]
struct Changes {
    zone: Option<i8>,
    daylight_saving: Option<u8>,
    name: Option<String>,
    short_name: Option<String>,
    ahead: i64,
}

impl Changes {
    /// `zone` in quarters of an hour, `daylight_saving` in hours, `name`, `short_name`, `ahead` in seconds.
    fn set(&mut self, key: &str, value: &Dynamic) -> Verb<()> {
        let number = || value.as_int().map_err(|_| wrong(key, value));
        let text = || value.clone().into_string().map_err(|_| wrong(key, value));
        match key {
            "zone" => {
                let zone: i8 = narrow(number()?, "a time zone in quarters of an hour")?;
                self.zone = Some(zone).filter(|zone| zone.abs() <= 79);
                self.zone.ok_or_else(|| wrong(key, value))?;
            }
            "daylight_saving" => {
                let hours: u8 = narrow(number()?, "daylight saving time in hours")?;
                self.daylight_saving = Some(hours).filter(|hours| *hours <= 2);
                self.daylight_saving.ok_or_else(|| wrong(key, value))?;
            }
            "name" => self.name = Some(text()?),
            "short_name" => self.short_name = Some(text()?),
            "ahead" => self.ahead = number()?,
            _ => return Err(wrong(key, value)),
        }
        Ok(())
    }

    fn apply(self, told: &mut NetworkInformation) {
        told.zone = self.zone.or(told.zone);
        told.daylight_saving = self.daylight_saving.or(told.daylight_saving);
        told.full_name = self.name.or_else(|| told.full_name.take());
        told.short_name = self.short_name.or_else(|| told.short_name.take());
        let ahead = jiff::SignedDuration::from_secs(self.ahead);
        told.time = told.time.and_then(|time| time.checked_add(ahead).ok());
    }
}

fn wrong(key: &str, value: &Dynamic) -> Box<rhai::EvalAltResult> {
    let known = "zone (-79 to 79 quarters of an hour), daylight_saving (0 to 2 hours), name, short_name and ahead (seconds)";
    let message = format!("\"{key}: {value}\" is not an option of tell_time: {known} are");
    Trouble::new(Blame::Script, message).terminal()
}

/// One message in every cell of a network, with its serial number and message identifier.
fn broadcast(
    core: &mut OperatorHandle,
    network: &str,
    serial: i64,
    identifier: i64,
    text: &str,
) -> Verb<i64> {
    let plmn: Plmn = parse(network)?;
    let (serial, identifier) =
        (narrow(serial, "a serial number")?, narrow(identifier, "a message identifier")?);
    let pages = BroadcastPage::of_text(serial, identifier, text)
        .map_err(|error| Trouble::new(Blame::Script, error.to_string()).terminal())?;
    core.order(|core, now| core.broadcast(now, plmn, &pages));
    Ok(i64::try_from(pages.len()).unwrap_or(i64::MAX))
}
