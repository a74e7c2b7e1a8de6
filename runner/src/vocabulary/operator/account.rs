//! Accounts: voice whitelist and roaming control.

use super::server::volume;
use super::{OperatorHandle, alarm, history, permitted};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, narrow, parse};
use drivers::blame::Blame;
use rhai::{Array, Engine, Map};
use simcore::cellular::{Bearers, Scope};
use wire::id::PhoneNumber;

/// `core.account(name)`.
#[derive(Clone, Debug)]
struct AccountHandle {
    core: OperatorHandle,
    name: String,
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("account", |core: &mut OperatorHandle, name: &str| AccountHandle {
            core: core.clone(),
            name: name.to_owned(),
        })
        .register_type_with_name::<AccountHandle>("Account")
        .register_fn("voice_whitelist", set_whitelist)
        .register_fn("voice_whitelist_add", |account: &mut AccountHandle, number: &str| {
            let number: PhoneNumber = parse(number)?;
            permitted(account.core.order(|core, _| core.add_to_voice_whitelist(&account.name, &number)))
        })
        .register_fn("voice_whitelist_remove", |account: &mut AccountHandle, number: &str| {
            let number: PhoneNumber = parse(number)?;
            permitted(account.core.order(|core, _| core.remove_from_voice_whitelist(&account.name, &number)))
        })
        .register_fn("voice_whitelist_off", |account: &mut AccountHandle| {
            permitted(account.core.order(|core, _| core.clear_voice_whitelist(&account.name)))
        })
        .register_fn("voice_whitelist_numbers", |account: &mut AccountHandle| {
            let numbers =
                account.core.order(|core, _| core.voice_whitelist(&account.name)).unwrap_or_default();
            array(numbers.iter().map(ToString::to_string))
        });
    register_roaming_control(engine);
    register_use(engine);
}

/// What is barred in which countries.
fn register_roaming_control(engine: &mut Engine) {
    engine
        .register_fn("bar", |account: &mut AccountHandle, mcc: i64, barred: Array| {
            let (mcc, barred) = (narrow(mcc, "a mobile country code")?, bearers(barred)?);
            permitted(
                account.core.order(|core, now| core.set_roaming_control(now, &account.name, mcc, barred)),
            )
        })
        .register_fn("bar", |account: &mut AccountHandle, country: &str, barred: Array| {
            let barred = bearers(barred)?;
            permitted(
                account.core.order(|core, now| {
                    core.set_roaming_control_of_country(now, &account.name, country, barred)
                }),
            )
        })
        .register_fn("unbar", |account: &mut AccountHandle, country: &str| {
            permitted(
                account
                    .core
                    .order(|core, now| core.remove_roaming_control_of_country(now, &account.name, country)),
            )
        })
        .register_fn("unbar", |account: &mut AccountHandle, mcc: i64| {
            let mcc = narrow(mcc, "a mobile country code")?;
            permitted(account.core.order(|core, now| core.remove_roaming_control(now, &account.name, mcc)))
        })
        .register_fn("barred_countries", |account: &mut AccountHandle| {
            let bars = account.core.order(|core, _| core.roaming_control(&account.name));
            array(bars.iter().map(|bar| i64::from(bar.mcc)))
        });
}

/// What may be used and what was used.
fn register_use(engine: &mut Engine) {
    engine
        .register_fn("quota", |account: &mut AccountHandle, octets: i64| quota(account, octets, None))
        .register_fn("quota", |account: &mut AccountHandle, octets: i64, period: i64| {
            quota(account, octets, Some(period))
        })
        .register_fn("no_quota", |account: &mut AccountHandle| {
            permitted(account.core.order(|core, now| core.set_account_quota(now, &account.name, None, None)))
        })
        .register_fn("alarm", |account: &mut AccountHandle, rule: Map| {
            alarm::set(&account.core, Scope::Account(account.name.clone()), &rule)
        })
        .register_fn("usage", |account: &mut AccountHandle| {
            history::usage(account.core.order(|core, _| core.usage_of_account(&account.name)))
        })
        .register_fn("call_data_records", |account: &mut AccountHandle| {
            history::of_account(&account.core, &account.name, history::ALWAYS.0, history::ALWAYS.1)
        })
        .register_fn("call_data_records", |account: &mut AccountHandle, from: f64, to: f64| {
            history::of_account(&account.core, &account.name, from, to)
        })
        .register_fn("lines", |account: &mut AccountHandle| {
            account.core.order(|core, _| array(core.fleet(&account.name).map(|known| known.imsi.to_string())))
        });
}

fn quota(account: &AccountHandle, octets: i64, period: Option<i64>) -> Verb<()> {
    let (octets, period) = volume(octets, period)?;
    let name = &account.name;
    permitted(account.core.order(|core, now| core.set_account_quota(now, name, Some(octets), period)))
}

fn set_whitelist(account: &mut AccountHandle, numbers: Array) -> Verb<()> {
    let numbers: Vec<PhoneNumber> =
        numbers.iter().map(|number| parse(&number.to_string())).collect::<Verb<_>>()?;
    permitted(account.core.order(|core, _| core.set_voice_whitelist(&account.name, &numbers)))
}

/// The bearers of these words: `"voice"`, `"sms"`, `"data"`.
fn bearers(words: Array) -> Verb<Bearers> {
    let mut barred = Bearers::default();
    for word in words {
        match word.to_string().as_str() {
            "voice" => barred.voice = true,
            "sms" => barred.sms = true,
            "data" => barred.data = true,
            other => {
                let message = format!("\"{other}\" is not a bearer: voice, sms and data are");
                return Err(Trouble::new(Blame::Script, message).terminal());
            }
        }
    }
    Ok(barred)
}
