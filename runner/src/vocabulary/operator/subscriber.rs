//! Subscriptions: their state, their services, and what the network knows of them.

use super::{OperatorHandle, alarm, history, permitted, subscription};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::modem::ModemHandle;
use crate::vocabulary::values::{array, map, optional};
use drivers::blame::Blame;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::cellular::{CellularCore, ControlError, Scope, Service};
use wire::id::{IdError, Imsi, Key};
use wire::time::Instant;

/// `core.subscriber(modem)`.
#[derive(Clone, Debug)]
pub struct SubscriberHandle {
    pub core: OperatorHandle,
    pub imsi: Imsi,
}

/// The services that a script can switch, by name.
const SERVICES: &[(&str, Service)] = &[
    ("clip", Service::Clip),
    ("clir", Service::Clir),
    ("second-call", Service::SecondCall),
    ("conference", Service::Conference),
    ("call-transfer", Service::Transfer),
    ("call-forwarding", Service::Forwarding),
    ("bar-incoming-in-roaming", Service::BarIncomingInRoaming),
    ("bar-voice", Service::BarVoice),
    ("bar-sms", Service::BarSms),
    ("bar-data", Service::BarData),
];

type Order = fn(&mut CellularCore, Instant, &Imsi) -> Result<(), ControlError>;

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_fn("subscriber", |core: &mut OperatorHandle, modem: ModemHandle| {
            Verb::Ok(SubscriberHandle { core: core.clone(), imsi: subscription(&modem)? })
        })
        .register_type_with_name::<SubscriberHandle>("Subscriber")
        .register_get("imsi", |subscriber: &mut SubscriberHandle| subscriber.imsi.to_string())
        .register_get("msisdn", |subscriber: &mut SubscriberHandle| {
            let imsi = subscriber.imsi.clone();
            subscriber
                .core
                .order(|core, _| core.subscriber(&imsi).map(|known| known.msisdn.to_string()))
                .unwrap_or_default()
        })
        .register_fn("suspend", |subscriber: &mut SubscriberHandle| order(subscriber, CellularCore::suspend))
        .register_fn("resume", |subscriber: &mut SubscriberHandle| order(subscriber, CellularCore::resume))
        .register_fn("terminate", |subscriber: &mut SubscriberHandle| {
            order(subscriber, CellularCore::terminate)
        })
        .register_fn("service", set_service)
        .register_fn("is_registered", |subscriber: &mut SubscriberHandle| network(subscriber).is_some())
        .register_fn("network", |subscriber: &mut SubscriberHandle| network(subscriber).unwrap_or_default())
        .register_fn("sessions", sessions)
        .register_fn("attach_requests", |subscriber: &mut SubscriberHandle| {
            count(subscriber.core.order(|core, _| core.counters(&subscriber.imsi).attach_requests.len()))
        })
        .register_fn("authentications", |subscriber: &mut SubscriberHandle| {
            count(subscriber.core.order(|core, _| core.counters(&subscriber.imsi).authentications.len()))
        })
        .register_fn("set_key", |subscriber: &mut SubscriberHandle, key: &str| -> Verb<()> {
            let key: Key = key
                .parse()
                .map_err(|error: IdError| Trouble::new(Blame::Script, error.to_string()).terminal())?;
            subscriber.core.order(|core, _| core.set_subscriber_key(&subscriber.imsi, Some(key)));
            Ok(())
        })
        .register_fn("restore_key", |subscriber: &mut SubscriberHandle| {
            subscriber.core.order(|core, _| core.set_subscriber_key(&subscriber.imsi, None));
        })
        .register_fn("attach_request_times", |subscriber: &mut SubscriberHandle| {
            let times = subscriber.core.order(|core, _| core.counters(&subscriber.imsi).attach_requests);
            array(times.iter().map(|at| at.as_secs_f64()))
        })
        .register_fn("requests", requests)
        .register_fn("area", |subscriber: &mut SubscriberHandle| -> i64 {
            let place = subscriber.core.order(|core, _| core.location(&subscriber.imsi));
            place.map_or(-1, |cell| i64::from(cell.tac))
        })
        .register_fn("pdn_requests", |subscriber: &mut SubscriberHandle, apn: &str| {
            let requests = subscriber.core.order(|core, _| core.counters(&subscriber.imsi).pdn_requests);
            count(requests.get(apn).map_or(0, Vec::len))
        })
        .register_fn("waiting_sms", |subscriber: &mut SubscriberHandle| {
            count(subscriber.core.order(|core, _| core.sms_waiting(&subscriber.imsi)))
        });
    register_use(engine);
}

/// Registers the verbs of what a line has used and of who watches it.
fn register_use(engine: &mut Engine) {
    engine
        .register_fn("alarm", |subscriber: &mut SubscriberHandle, rule: Map| {
            alarm::set(&subscriber.core, Scope::Line(subscriber.imsi.clone()), &rule)
        })
        .register_fn("usage", |subscriber: &mut SubscriberHandle| {
            history::usage(subscriber.core.order(|core, _| core.usage(&subscriber.imsi)))
        })
        .register_fn("place", |subscriber: &mut SubscriberHandle| {
            history::place(&subscriber.core, &subscriber.imsi)
        })
        .register_fn("history", |subscriber: &mut SubscriberHandle| {
            history::of_line(&subscriber.core, &subscriber.imsi, history::ALWAYS.0, history::ALWAYS.1)
        })
        .register_fn("history", |subscriber: &mut SubscriberHandle, from: f64, to: f64| {
            history::of_line(&subscriber.core, &subscriber.imsi, from, to)
        });
}

/// When a subscriber began procedures of a kind.
fn requests(subscriber: &mut SubscriberHandle, what: &str) -> Verb<Array> {
    let counters = subscriber.core.order(|core, _| core.counters(&subscriber.imsi));
    let times = match what {
        "attach" => counters.attach_requests,
        "tau" => counters.tracking_area_updates,
        "service" => counters.service_requests,
        "detach" => counters.detaches,
        "location" => counters.location_updates,
        "gprs-attach" => counters.gprs_attaches,
        "routing" => counters.routing_area_updates,
        _ => {
            let known = "attach, tau, service, detach, location, gprs-attach, routing";
            let message = format!("\"{what}\" is not counted; known: {known}");
            return Err(Trouble::new(Blame::Script, message).terminal());
        }
    };
    Ok(array(times.iter().map(|at| at.as_secs_f64())))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn order(subscriber: &SubscriberHandle, order: Order) -> Verb<()> {
    permitted(subscriber.core.order(|core, now| order(core, now, &subscriber.imsi)))
}

fn network(subscriber: &SubscriberHandle) -> Option<String> {
    subscriber
        .core
        .order(|core, _| core.registration(&subscriber.imsi).map(|view| view.cell.plmn.to_string()))
}

fn set_service(subscriber: &mut SubscriberHandle, name: &str, on: bool) -> Verb<()> {
    let service =
        SERVICES.iter().find(|(known, _)| *known == name).map(|(_, service)| *service).ok_or_else(|| {
            let known: Vec<&str> = SERVICES.iter().map(|(name, _)| *name).collect();
            Trouble::new(
                Blame::Script,
                format!("\"{name}\" is not a service; known services: {}", known.join(", ")),
            )
            .terminal()
        })?;
    permitted(subscriber.core.order(|core, now| core.set_service(now, &subscriber.imsi, service, on)))
}

fn sessions(subscriber: &mut SubscriberHandle) -> Array {
    let sessions = subscriber.core.order(|core, _| core.sessions(&subscriber.imsi));
    let session = |session: &simcore::cellular::SessionView| -> Map {
        map([
            ("apn", Dynamic::from(session.apn.clone())),
            ("address", Dynamic::from(session.address.to_string())),
            ("prefix", session.prefix.map_or(Dynamic::UNIT, |prefix| Dynamic::from(prefix.to_string()))),
            ("bearer", Dynamic::from_int(session.bearer.into())),
            ("class", Dynamic::from_int(session.qci.number().into())),
            ("down", optional(session.ambr.map(|ambr| ambr.down.kbits()))),
            ("up", optional(session.ambr.map(|ambr| ambr.up.kbits()))),
            ("traffic", Dynamic::from_map(super::server::view(session.traffic))),
        ])
    };
    array(sessions.iter().map(session))
}
