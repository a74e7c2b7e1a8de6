//! New subscribers, the life of a card and its place in the inventory.

use super::subscriber::SubscriberHandle;
use super::{OperatorHandle, permitted};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, parse};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{Actor, CardItem, FormFactor, Profile, Services, SimKind, SimState, Subscriber};
use std::collections::BTreeMap;
use wire::id::PhoneNumber;

const KEYS: [&str; 11] = [
    "imsi",
    "iccid",
    "msisdn",
    "account",
    "profile",
    "apns",
    "form",
    "memory",
    "kind",
    "state",
    "roaming_control",
];

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("provision", |core: &mut OperatorHandle, what: Map| -> Verb<SubscriberHandle> {
            let subscriber = read(&what)?;
            let imsi = subscriber.imsi.clone();
            core.order(|core, now| core.provision(now, subscriber))
                .map_err(|error| Trouble::new(Blame::Script, error.to_string()).thrown())?;
            Ok(SubscriberHandle { core: core.clone(), imsi })
        })
        .register_fn("subscriber_of", |core: &mut OperatorHandle, number: &str| -> Verb<SubscriberHandle> {
            let number: PhoneNumber = parse(number)?;
            let imsi = core.order(|core, _| core.imsi_of(&number).cloned());
            let nobody = || Trouble::new(Blame::Script, format!("nobody has the number {number}")).thrown();
            Ok(SubscriberHandle { core: core.clone(), imsi: imsi.ok_or_else(nobody)? })
        })
        .register_fn("unaccepted_mixed_apns", |core: &mut OperatorHandle| -> Array {
            core.order(|core, _| array(core.unaccepted_mixed_apns().map(|known| known.imsi.to_string())))
        })
        .register_fn("state", |subscriber: &mut SubscriberHandle| {
            let state = subscriber.core.order(|core, _| core.sim_state(&subscriber.imsi));
            state.map_or("", SimState::word).to_owned()
        })
        .register_fn("set_state", |subscriber: &mut SubscriberHandle, to: &str| {
            set_state(subscriber, to, Actor::Customer)
        })
        .register_fn("set_state", |subscriber: &mut SubscriberHandle, to: &str, by: &str| -> Verb<()> {
            let by = match by {
                "customer" => Actor::Customer,
                "operator" => Actor::Operator,
                other => {
                    let message = format!("\"{other}\" orders nothing: customer and operator do");
                    return Err(Trouble::new(Blame::Script, message).terminal());
                }
            };
            set_state(subscriber, to, by)
        })
        .register_fn("card", |subscriber: &mut SubscriberHandle| -> Map {
            let known = subscriber.core.order(|core, _| core.subscriber(&subscriber.imsi).cloned());
            known.map(|known| card(&known)).unwrap_or_default()
        })
        .register_fn("profile", |subscriber: &mut SubscriberHandle| {
            let known =
                subscriber.core.order(|core, _| core.subscriber(&subscriber.imsi).map(|known| known.profile));
            match known {
                Some(Profile::DataOnly) => "data-only".to_owned(),
                Some(Profile::DataVoice) => "data-voice".to_owned(),
                None => String::new(),
            }
        })
        .register_fn("change_profile", |subscriber: &mut SubscriberHandle, to: &str| -> Verb<()> {
            let profile = profile(to)?;
            permitted(subscriber.core.order(|core, now| core.change_profile(now, &subscriber.imsi, profile)))
        })
        .register_fn("uses_camel", |subscriber: &mut SubscriberHandle| {
            subscriber.core.order(|core, _| core.uses_camel(&subscriber.imsi))
        });
}

fn set_state(subscriber: &SubscriberHandle, to: &str, by: Actor) -> Verb<()> {
    let to: SimState = parse(to)?;
    permitted(subscriber.core.order(|core, now| core.move_sim(now, &subscriber.imsi, to, by)))
}

fn card(known: &Subscriber) -> Map {
    let CardItem { form, memory, kind } = known.card;
    let (lowest, highest) = form.temperature();
    map([
        ("iccid", Dynamic::from(known.iccid.to_string())),
        ("form", Dynamic::from(form.to_string())),
        ("memory", Dynamic::from(memory.to_string())),
        ("kind", Dynamic::from(kind.to_string())),
        ("lowest", Dynamic::from_int(lowest.into())),
        ("highest", Dynamic::from_int(highest.into())),
    ])
}

fn profile(text: &str) -> Verb<Profile> {
    match text {
        "data-only" => Ok(Profile::DataOnly),
        "data-voice" => Ok(Profile::DataVoice),
        other => {
            let message = format!("\"{other}\" is not a profile: data-only and data-voice are");
            Err(Trouble::new(Blame::Script, message).terminal())
        }
    }
}

/// A subscriber as a script writes it.
fn read(what: &Map) -> Verb<Subscriber> {
    let wrong = |message: String| Trouble::new(Blame::Script, message).terminal();
    if let Some(key) = what.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(wrong(format!("\"{key}\" is no part of a subscriber; known: {}", KEYS.join(", "))));
    }
    let given = |key: &str| what.get(key).map(ToString::to_string);
    let needed = |key: &str| given(key).ok_or_else(|| wrong(format!("a subscriber needs its {key}")));
    let form: FormFactor = given("form").map_or(Ok(FormFactor::default()), |text| parse(&text))?;
    let memory = given("memory").map_or(Ok(form.memory()), |text| parse(&text))?;
    let kind = given("kind").map_or(Ok(SimKind::Production), |text| parse(&text))?;
    let state = given("state").map_or(Ok(SimState::Activated), |text| parse(&text))?;
    let apns = what.get("apns").cloned().and_then(Dynamic::try_cast::<Array>);
    let apns = apns.ok_or_else(|| wrong("a subscriber needs its apns, an array of names".to_owned()))?;
    let compatible = what.get("roaming_control").map_or(Ok(true), Dynamic::as_bool);
    Ok(Subscriber {
        imsi: parse(&needed("imsi")?)?,
        iccid: parse(&needed("iccid")?)?,
        card: CardItem { form, memory, kind },
        imei_lock: None,
        msisdn: parse(&needed("msisdn")?)?,
        account: needed("account")?.into(),
        profile: profile(&needed("profile")?)?,
        apns: apns.iter().map(ToString::to_string).collect(),
        static_addresses: BTreeMap::new(),
        roaming_control_compatible: compatible
            .map_err(|_| wrong("roaming_control is true or false".to_owned()))?,
        state,
        services: Services::default(),
    })
}
