//! What differs between families of modems: who answers, and the verbs whose commands come from the row of the family.

use super::{ModemHandle, read};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{map, optional};
use drivers::at::AtError;
use drivers::blame::Blame;
use drivers::modem::family::{self, ModuleIdentity, ServingCell};
use drivers::modem::{call, packet};
use lab::{Happening, Host};
use rhai::{Dynamic, Engine, Map};
use wire::at::response::FinalResult;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("identity", |modem: &mut ModemHandle| Verb::Ok(identity_map(&identity(modem)?)))
        .register_fn("iccid", |modem: &mut ModemHandle| {
            let dialect = identity(modem)?.dialect;
            read(family::iccid(dialect, &modem.execute(family::read_iccid(dialect))?))
        })
        .register_fn("attempts", |modem: &mut ModemHandle, code: &str| {
            let dialect = identity(modem)?.dialect;
            let answer = modem.execute(family::read_attempts(dialect, code))?;
            Verb::Ok(i64::from(read(family::attempts(dialect, code, &answer))?))
        })
        .register_fn("serving_cell", serving_cell)
        .register_fn("switch_off", |modem: &mut ModemHandle| {
            let dialect = identity(modem)?.dialect;
            let command =
                family::switch_off(dialect).ok_or_else(|| no_command(dialect.name, "switch off"))?;
            modem.execute(command).map(drop)
        })
        .register_fn("restart", |modem: &mut ModemHandle| {
            let dialect = identity(modem)?.dialect;
            let command = family::restart(dialect).ok_or_else(|| no_command(dialect.name, "restart"))?;
            modem.execute(command).map(drop)
        });
}

/// Who answers. Asked once for each modem and test; what was found stands in the log.
pub fn identity(modem: &ModemHandle) -> Verb<ModuleIdentity> {
    if let Some(known) = with_host(modem, |host| host.identity.clone()).flatten() {
        return Ok(known);
    }
    let mut answers = [const { None }; 4];
    for (question, answer) in family::questions().into_iter().zip(&mut answers) {
        *answer = Some(modem.context.ask(modem.seat, question)?);
    }
    let found = family::identity(&answers);
    with_host(modem, |host| host.identity = Some(found.clone()));
    let mut lab = modem.context.lab();
    let now = lab.now();
    lab.bench_mut().record(now, Happening::Identified(modem.seat, found.to_string()));
    Ok(found)
}

fn with_host<T>(modem: &ModemHandle, action: impl FnOnce(&mut drivers::modem::ModemHost) -> T) -> Option<T> {
    match modem.context.lab().bench_mut().seats.touch(modem.seat)?.host.as_mut()? {
        Host::Modem { driver, .. } => Some(action(&mut *driver)),
        Host::Node { .. } => None,
    }
}

fn identity_map(identity: &ModuleIdentity) -> Map {
    map([
        ("manufacturer", Dynamic::from(identity.manufacturer.clone())),
        ("model", Dynamic::from(identity.model.clone())),
        ("revision", Dynamic::from(identity.revision.clone())),
        ("family", Dynamic::from(identity.dialect.name)),
        ("low_power", Dynamic::from(identity.dialect.low_power)),
        ("recognised", Dynamic::from(identity.recognised)),
    ])
}

fn no_command(family: &str, what: &str) -> Box<rhai::EvalAltResult> {
    Trouble::new(Blame::Script, format!("the family {family} has no command to {what}")).terminal()
}

/// The serving cell as the maker's own command tells it; `()` without service.
fn serving_cell(modem: &mut ModemHandle) -> Verb<Dynamic> {
    let dialect = identity(modem)?.dialect;
    let command =
        family::read_radio(dialect).ok_or_else(|| no_command(dialect.name, "show its serving cell"))?;
    let answer = modem.execute(command)?;
    let cell = read(family::serving_cell(dialect, &answer))?;
    Ok(cell.map_or(Dynamic::UNIT, |cell| Dynamic::from_map(cell_map(&cell))))
}

fn cell_map(cell: &ServingCell) -> Map {
    map([
        ("plmn", cell.plmn.clone().map_or(Dynamic::UNIT, Dynamic::from)),
        ("area", optional(cell.tac)),
        ("cell", optional(cell.cell)),
        ("earfcn", optional(cell.earfcn)),
        ("band", optional(cell.band)),
        ("rsrp", optional(cell.rsrp)),
        ("rsrq", optional(cell.rsrq)),
        ("rssi", optional(cell.rssi)),
    ])
}

/// Activates a context. A family that hides the cause behind plain `ERROR` is asked for it with `+CEER`.
pub fn activate(modem: &ModemHandle, cid: u8) -> Verb<()> {
    let answer = modem.context.ask(modem.seat, packet::set_active(cid, true))?;
    if answer.result != FinalResult::Error || !family::hides_cause_of(identity(modem)?.dialect, "+CGACT") {
        return answer.success().map(drop).map_err(|error| Trouble::from(error).thrown());
    }
    let cause = call::cause(&modem.execute(call::read_cause())?);
    let error = AtError::Refused { command: answer.command, result: answer.result };
    let mut trouble = Trouble::from(error);
    trouble.code = family::session_error(&cause).map(|error| error.0);
    trouble.message = format!("{} (+CEER: {cause})", trouble.message);
    Err(trouble.thrown())
}
