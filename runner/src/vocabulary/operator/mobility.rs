//! Registration on purpose: refusals without protection, half acceptances, timers, areas, power saving.

use super::fault::inject;
use super::{OperatorHandle, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{array, map, narrow, parse};
use drivers::blame::Blame;
use rhai::{Array, Engine, Map};
use simcore::cellular::{Answer, EquipmentList, PowerPolicy};
use wire::cause::EmmCause;
use wire::id::Imei;
use wire::nas::{Identity, IdentityKind, Reject};
use wire::plmn::Plmn;
use wire::time::Duration;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn(
            "refuse_unprotected",
            |core: &mut OperatorHandle, modem: ModemHandle, what: &str, cause: i64, count: i64| {
                unprotected(core, &modem, what, cause, count, None)
            },
        )
        .register_fn(
            "refuse_unprotected",
            |core: &mut OperatorHandle,
             modem: ModemHandle,
             what: &str,
             cause: i64,
             count: i64,
             back_off: i64| {
                let back_off = seconds(back_off, "a back-off")?;
                unprotected(core, &modem, what, cause, count, Some(back_off))
            },
        )
        .register_fn(
            "accept_packet_only",
            |core: &mut OperatorHandle, modem: ModemHandle, what: &str, cause: i64, count: i64| {
                let cause = EmmCause(narrow(cause, "an EMM cause")?);
                inject(core, Some(&modem), what, |_| Ok(Answer::EpsOnly(cause)), count)
            },
        )
        .register_fn(
            "detach",
            |core: &mut OperatorHandle, modem: ModemHandle, reattach: bool, cause: i64| -> Verb<()> {
                let (imsi, cause) = (subscription(&modem)?, EmmCause(narrow(cause, "an EMM cause")?));
                permitted(core.order(|core, now| core.order_detach(now, &imsi, reattach, Some(cause))))
            },
        )
        .register_fn("forget", |core: &mut OperatorHandle, modem: ModemHandle| -> Verb<()> {
            let imsi = subscription(&modem)?;
            core.order(|core, now| core.forget(now, &imsi));
            Ok(())
        });
    register_identity(engine);
    register_policy(engine);
    engine.register_fn("networks", |core: &mut OperatorHandle| {
        let networks = core.order(|core, _| core.networks().to_vec());
        array(networks.into_iter().map(|network| {
            map([
                ("plmn", network.plmn.to_string().into()),
                ("name", network.name.into()),
                ("country", network.country.into()),
                ("rank", network.rank.word().into()),
            ])
        }))
    });
}

/// Who a device is, and network elements that forget it.
fn register_identity(engine: &mut Engine) {
    engine
        .register_fn("restart", |core: &mut OperatorHandle| restart(core, false))
        .register_fn("restart", restart)
        .register_fn(
            "ask_identity",
            |core: &mut OperatorHandle, modem: ModemHandle, what: &str| -> Verb<()> {
                let (imsi, kind) = (subscription(&modem)?, named(IdentityKind::ALL, what, "an identity")?);
                permitted(core.order(|core, now| core.ask_identity(now, &imsi, kind)))
            },
        )
        .register_fn("identities", |core: &mut OperatorHandle, modem: ModemHandle| -> Verb<Array> {
            let imsi = subscription(&modem)?;
            Ok(core.order(|core, _| array(core.identities(&imsi).iter().map(Identity::digits))))
        })
        .register_fn("equipment", |core: &mut OperatorHandle, imei: &str, list: &str| -> Verb<()> {
            let (imei, list) = (parse::<Imei>(imei)?, named(EquipmentList::ALL, list, "a list")?);
            core.order(|core, _| core.list_equipment(&imei, list));
            Ok(())
        })
        .register_fn("emergency_in_black_equipment", |core: &mut OperatorHandle, served: bool| {
            let cause = (!served).then_some(EmmCause::IMEI_NOT_ACCEPTED);
            core.order(|core, _| core.change_policy(|policy| policy.black_in_emergency = cause));
        })
        .register_fn("purge_after", |core: &mut OperatorHandle, span: i64| -> Verb<()> {
            let span = seconds(span, "a time until purge")?;
            core.order(|core, _| core.change_policy(|policy| policy.purge_after = Some(span)));
            Ok(())
        });
}

fn restart(core: &mut OperatorHandle, keeps_identities: bool) {
    core.0.step("a network element restarts");
    core.order(|core, now| core.restart(now, keeps_identities));
}

/// One of a few things by its name.
fn named<T: Copy>(all: &[(&str, T)], name: &str, what: &str) -> Verb<T> {
    all.iter().find(|row| row.0 == name).map(|row| row.1).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|row| row.0).collect();
        let text = format!("\"{name}\" is not {what}; known ones: {}", known.join(", "));
        Trouble::new(Blame::Script, text).terminal()
    })
}

/// The verbs that change what the standards leave to the operator.
fn register_policy(engine: &mut Engine) {
    engine
        .register_fn("periodic_update", |core: &mut OperatorHandle, span: i64| -> Verb<()> {
            let span = seconds(span, "a periodic timer")?;
            core.order(|core, _| core.change_policy(|policy| policy.t3412 = span));
            Ok(())
        })
        .register_fn("periodic_location_update", |core: &mut OperatorHandle, span: i64| -> Verb<()> {
            let span = seconds(span, "a periodic timer")?;
            core.order(|core, _| core.change_policy(|policy| policy.t3212 = span));
            Ok(())
        })
        .register_fn("pause_after_attempts", |core: &mut OperatorHandle, span: i64| -> Verb<()> {
            let span = seconds(span, "T3402")?;
            core.order(|core, _| core.change_policy(|policy| policy.t3402 = Some(span)));
            Ok(())
        })
        .register_fn("authenticate_updates", |core: &mut OperatorHandle, wanted: bool| {
            core.order(|core, _| core.change_policy(|policy| policy.authenticate_updates = wanted));
        })
        .register_fn("release_after", |core: &mut OperatorHandle, span: i64| -> Verb<()> {
            let span = seconds(span, "an inactivity time")?;
            core.order(|core, _| core.change_policy(|policy| policy.inactivity = Some(span)));
            Ok(())
        })
        .register_fn("tracking_areas", |core: &mut OperatorHandle, areas: Array| -> Verb<()> {
            let area = |area: &rhai::Dynamic| narrow(area.as_int().unwrap_or(-1), "a tracking area code");
            let areas: Vec<u16> = areas.iter().map(area).collect::<Verb<_>>()?;
            core.order(|core, _| core.change_policy(|policy| policy.tracking_areas = areas));
            Ok(())
        })
        .register_fn("equivalent_networks", |core: &mut OperatorHandle, networks: Array| -> Verb<()> {
            let plmn = |text: &rhai::Dynamic| {
                let parsed: Result<Plmn, _> = text.to_string().parse();
                parsed.map_err(|error| Trouble::new(Blame::Script, error.to_string()).terminal())
            };
            let networks: Vec<Plmn> = networks.iter().map(plmn).collect::<Verb<_>>()?;
            core.order(|core, _| core.change_policy(|policy| policy.equivalents = networks));
            Ok(())
        })
        .register_fn("power_saving", |core: &mut OperatorHandle, wanted: Map| -> Verb<()> {
            let wanted = power_policy(&wanted)?;
            core.order(|core, _| core.change_policy(|policy| policy.power = wanted));
            Ok(())
        });
}

fn seconds(span: i64, what: &str) -> Verb<Duration> {
    Ok(Duration::from_secs(narrow(span, &format!("{what} in seconds"))?))
}

fn unprotected(
    core: &OperatorHandle,
    modem: &ModemHandle,
    what: &str,
    cause: i64,
    count: i64,
    back_off: Option<Duration>,
) -> Verb<()> {
    let cause = EmmCause(narrow(cause, "a cause")?);
    let answer = Answer::Emm(Reject { cause, back_off, protected: false });
    inject(core, Some(modem), what, |_| Ok(answer), count)
}

/// `#{ psm, active, periodic, edrx, cycle, window }`; what is not named is as much as can be asked for.
fn power_policy(wanted: &Map) -> Verb<PowerPolicy> {
    let mut policy = PowerPolicy::default();
    for (key, value) in wanted {
        let wrong = || {
            let known = "psm, active, periodic, edrx, cycle, window";
            Trouble::new(Blame::Script, format!("\"{key}: {value}\" is no power saving; known keys: {known}"))
                .terminal()
        };
        match key.as_str() {
            "psm" => policy.psm = value.as_bool().map_err(|_| wrong())?,
            "edrx" => policy.edrx = value.as_bool().map_err(|_| wrong())?,
            "active" => policy.longest_active = seconds(value.as_int().map_err(|_| wrong())?, "T3324")?,
            "periodic" => policy.longest_periodic = seconds(value.as_int().map_err(|_| wrong())?, "T3412")?,
            "cycle" => policy.longest_cycle = four_bits(value.as_int().map_err(|_| wrong())?)?,
            "window" => policy.window = four_bits(value.as_int().map_err(|_| wrong())?)?,
            _ => return Err(wrong()),
        }
    }
    Ok(policy)
}

fn four_bits(value: i64) -> Verb<u8> {
    let code: u8 = narrow(value, "a code of four bits")?;
    if code > 15 {
        return Err(Trouble::new(Blame::Script, format!("{code} does not fit into four bits")).terminal());
    }
    Ok(code)
}
