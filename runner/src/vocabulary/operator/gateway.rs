//! The gateways: which are installed and where, what a hand does to a simulated one, and what the backhaul carried of those
//! that came through a door.

use super::OperatorHandle;
use crate::context::{Shared, Verb};
use crate::trouble::Trouble;
use crate::vocabulary::lab::frame_of;
use crate::vocabulary::node::NodeHandle;
use crate::vocabulary::values::{array, map, narrow, optional, parse};
use drivers::blame::Blame;
use lab::NotSimulated;
use rhai::{Array, Dynamic, Engine, Map};
use simcore::lorawan::{Backhaul, GatewayConfig, MONTHLY_PLAN, Position, TxAck};
use wire::id::Eui64;
use wire::time::Instant;

/// `core.gateway(eui)`.
#[derive(Clone, Debug)]
struct GatewayHandle {
    context: Shared,
    eui: Eui64,
}

impl GatewayHandle {
    fn install(&self, position: Option<Position>) {
        self.context.step(format!("gateway {} is installed", self.eui));
        let mut lab = self.context.lab();
        let band = lab.gateway(self.eui).ok().map(|seat| seat.gateway.plan().band());
        let config = GatewayConfig { eui: self.eui, position, band };
        lab.bench_mut().core.lorawan.register_gateway(config);
    }

    fn remove(&self) -> bool {
        self.context.step(format!("gateway {} is no longer known to the network server", self.eui));
        self.context.lab().bench_mut().core.lorawan.unregister_gateway(self.eui)
    }
}

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<GatewayHandle>("Gateway")
        .register_fn("gateway", |core: &mut OperatorHandle, eui: &str| -> Verb<GatewayHandle> {
            Ok(GatewayHandle { context: core.0.clone(), eui: parse(eui)? })
        })
        .register_fn("installed_gateways", |core: &mut OperatorHandle| -> Array {
            array(core.0.lab().bench().core.lorawan.gateways().map(|eui| eui.to_string()))
        })
        .register_get("eui", |gateway: &mut GatewayHandle| gateway.eui.to_string())
        .register_fn("is_installed", |gateway: &mut GatewayHandle| {
            gateway.context.lab().bench().core.lorawan.knows_gateway(gateway.eui)
        })
        .register_fn("install", |gateway: &mut GatewayHandle| gateway.install(None))
        .register_fn("install", |gateway: &mut GatewayHandle, latitude: f64, longitude: f64| -> Verb<()> {
            gateway.install(Some(position(latitude, longitude)?));
            Ok(())
        })
        .register_fn("remove", |gateway: &mut GatewayHandle| gateway.remove())
        .register_fn("offline_since", |gateway: &mut GatewayHandle| {
            let lab = gateway.context.lab();
            seconds(lab.bench().core.lorawan.gateway_offline_since(gateway.eui))
        })
        .register_fn("gateways", |core: &mut OperatorHandle| -> Array {
            let lab = core.0.lab();
            let (now, server) = (lab.now(), &lab.bench().core.lorawan);
            let view = |(eui, known): (&Eui64, &Backhaul)| {
                let mut view = view(now, *eui, known);
                view.insert("offline_since".into(), seconds(server.gateway_offline_since(*eui)));
                view
            };
            array(server.backhauls().iter().map(view))
        });
    register_hands(engine);
}

/// What is done to a simulated gateway, of which the network server is told nothing.
fn register_hands(engine: &mut Engine) {
    engine
        .register_fn("simulated_gateways", |core: &mut OperatorHandle| -> Array {
            let lab = core.0.lab();
            let own = lab.bench().gateways.iter().filter(|seat| seat.forwarder.is_none());
            array(own.map(|seat| seat.gateway.eui().to_string()))
        })
        .register_fn("aerial", |gateway: &mut GatewayHandle, connected: bool| {
            let word = if connected { "connected" } else { "disconnected" };
            gateway.context.step(format!("the aerial of gateway {} is {word}", gateway.eui));
            simulated(gateway.context.lab().set_aerial(gateway.eui, connected))
        })
        .register_fn("path_loss", |gateway: &mut GatewayHandle, node: NodeHandle, decibel: i64| {
            let loss = narrow::<u8>(decibel, "a path loss in dB")?;
            gateway.context.step(format!("{loss} dB are between gateway {} and the node", gateway.eui));
            simulated(gateway.context.lab().set_loss(gateway.eui, node.seat, loss.into()))
        })
        .register_fn("backhaul", |gateway: &mut GatewayHandle, works: bool| {
            let word = if works { "works" } else { "is cut" };
            gateway.context.step(format!("the backhaul of gateway {} {word}", gateway.eui));
            simulated(gateway.context.lab().set_backhaul(gateway.eui, works))
        })
        .register_fn("refuse_next", |gateway: &mut GatewayHandle, word: &str| refuse_next(gateway, word, 1))
        .register_fn("refuse_next", refuse_next)
        .register_fn("transmissions", |gateway: &mut GatewayHandle| -> Verb<Array> {
            let lab = gateway.context.lab();
            let region = lab.bench().core.lorawan.region();
            let seat = simulated(lab.gateway(gateway.eui))?;
            Ok(array(seat.transmissions().map(|frame| frame_of(region, frame))))
        });
}

fn simulated<T>(done: Result<T, NotSimulated>) -> Verb<T> {
    done.map_err(|error| Trouble::new(Blame::Script, error.to_string()).terminal())
}

/// The words of TX_ACK that are a refusal.
const REFUSALS: [TxAck; 7] = [
    TxAck::TooLate,
    TxAck::TooEarly,
    TxAck::CollisionPacket,
    TxAck::CollisionBeacon,
    TxAck::TxFreq,
    TxAck::TxPower,
    TxAck::GpsUnlocked,
];

fn refuse_next(gateway: &mut GatewayHandle, word: &str, count: i64) -> Verb<()> {
    let count: u8 = narrow(count, "a number of downlinks")?;
    let refusal = REFUSALS.iter().find(|known| known.to_string() == word).ok_or_else(|| {
        let known: Vec<String> = REFUSALS.iter().map(ToString::to_string).collect();
        let message = format!("\"{word}\" is no refusal of TX_ACK: {} are", known.join(", "));
        Trouble::new(Blame::Script, message).terminal()
    })?;
    gateway.context.step(format!("gateway {} answers {word} to its next {count} downlinks", gateway.eui));
    simulated(gateway.context.lab().refuse_downlinks(gateway.eui, refusal, count.into()))
}

/// A time, `()` where there is none.
fn seconds(at: Option<Instant>) -> Dynamic {
    at.map_or(Dynamic::UNIT, |at| Dynamic::from_float(at.as_secs_f64()))
}

/// A place from degrees.
fn position(latitude: f64, longitude: f64) -> Verb<Position> {
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        let message =
            format!("{latitude}, {longitude} is no place: degrees north (-90 to 90) and east (-180 to 180)");
        return Err(Trouble::new(Blame::Script, message).thrown());
    }
    let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
    Ok(Position { latitude: millionths(latitude), longitude: millionths(longitude) })
}

fn view(now: Instant, eui: Eui64, known: &Backhaul) -> Map {
    let count = |number: u64| Dynamic::from_int(i64::try_from(number).unwrap_or(i64::MAX));
    let stat = known.stat.clone().unwrap_or_default();
    map([
        ("eui", Dynamic::from(eui.to_string())),
        ("since", Dynamic::from_float(known.since.as_secs_f64())),
        ("octets_up", count(known.traffic.octets_up)),
        ("octets_down", count(known.traffic.octets_down)),
        ("datagrams_up", count(known.traffic.datagrams_up)),
        ("datagrams_down", count(known.traffic.datagrams_down)),
        ("refused", count(known.refused)),
        ("octets_per_month", known.per_month(now).map_or(Dynamic::UNIT, count)),
        ("plan", count(MONTHLY_PLAN)),
        ("received", optional(stat.received)),
        ("forwarded", optional(stat.forwarded)),
        ("acknowledged_percent", stat.acknowledged_percent.map_or(Dynamic::UNIT, Dynamic::from_float)),
        ("downlinks", optional(stat.downlinks)),
        ("transmitted", optional(stat.transmitted)),
    ])
}
