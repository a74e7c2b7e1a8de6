//! The operator's server for cards in a script.

use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{array, map, narrow};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{OtaAnswer, OtaFault};
use wire::ota::RefreshKind;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("ota_update", |core: &mut OperatorHandle, modem: ModemHandle, file: &str, data: &str| {
            update(core, &modem, file, data, None)
        })
        .register_fn("ota_falsified", falsified)
        .register_fn("ota_update_record", update_record)
        .register_fn("ota_refresh", refresh)
        .register_fn("ota_answers", answers);
}

fn wrong(text: String) -> Box<rhai::EvalAltResult> {
    Trouble::new(Blame::Script, text).terminal()
}

/// A file identifier of four hexadecimal digits.
fn identifier(file: &str) -> Verb<u16> {
    let digits = file.len() == 4 && file.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u16::from_str_radix(file, 16).ok().filter(|_| digits);
    number.ok_or_else(|| wrong(format!("\"{file}\" is no file identifier: four hexadecimal digits")))
}

fn octets(data: &str) -> Verb<Vec<u8>> {
    hex::decode(data).map_err(|_| wrong("the content is not made of hexadecimal octets".to_owned()))
}

fn update(
    core: &OperatorHandle,
    modem: &ModemHandle,
    file: &str,
    data: &str,
    fault: Option<OtaFault>,
) -> Verb<()> {
    let (imsi, file, data) = (subscription(modem)?, identifier(file)?, octets(data)?);
    permitted(core.order(|core, now| core.ota_update(now, &imsi, file, &data, fault))).map(drop)
}

/// An update that is wrong on purpose: `wrong-key`, `old-counter`, `unsecured`.
fn falsified(core: &mut OperatorHandle, modem: ModemHandle, what: &str, file: &str, data: &str) -> Verb<()> {
    let fault = OtaFault::ALL.iter().find(|row| row.0 == what).map(|row| row.1);
    let fault = fault.ok_or_else(|| {
        let names: Vec<&str> = OtaFault::ALL.iter().map(|row| row.0).collect();
        wrong(format!("\"{what}\" makes no packet wrong; known ones: {}", names.join(", ")))
    })?;
    update(core, &modem, file, data, Some(fault))
}

fn update_record(
    core: &mut OperatorHandle,
    modem: ModemHandle,
    file: &str,
    record: i64,
    data: &str,
) -> Verb<()> {
    let (imsi, file, data) = (subscription(&modem)?, identifier(file)?, octets(data)?);
    let record = narrow(record, "a record")?;
    permitted(core.order(|core, now| core.ota_update_record(now, &imsi, file, record, &data))).map(drop)
}

fn refresh(core: &mut OperatorHandle, modem: ModemHandle, qualifier: i64) -> Verb<()> {
    let kind = u8::try_from(qualifier).ok().and_then(RefreshKind::of_qualifier);
    let kind = kind.ok_or_else(|| wrong("a REFRESH has a qualifier of 0 to 7".to_owned()))?;
    let imsi = subscription(&modem)?;
    permitted(core.order(|core, now| core.ota_refresh(now, &imsi, kind, &[]))).map(drop)
}

/// What the card answered so far: `status` in words, `data` in hexadecimal digits, `at`.
fn answers(core: &mut OperatorHandle, modem: ModemHandle) -> Verb<Array> {
    let imsi = subscription(&modem)?;
    let answer = |answer: &OtaAnswer| -> Map {
        let status = answer.response.as_ref().map_or("none", |response| response.status.name());
        let data = answer.response.as_ref().map(|response| hex::encode_upper(&response.data));
        map([
            ("at", Dynamic::from_float(answer.at.as_secs_f64())),
            ("status", Dynamic::from(status)),
            ("data", Dynamic::from(data.unwrap_or_default())),
        ])
    };
    Ok(core.order(|core, _| array(core.ota_answers(&imsi).iter().map(answer))))
}
