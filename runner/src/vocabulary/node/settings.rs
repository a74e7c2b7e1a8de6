//! What a script sets and reads at a node, in one word each for every dialect.

use super::{NodeHandle, accepted, ask, read};
use crate::context::Verb;
use crate::trouble::Trouble;
use crate::vocabulary::values::{array, map, narrow, parse};
use drivers::blame::Blame;
use drivers::lora::{Class, KeyName, LinkCheck, Order};
use lab::Host;
use rhai::{Array, Dynamic, Engine};

/// Registers the verbs.
pub fn register(engine: &mut Engine) {
    identities(engine);
    radio(engine);
    state(engine);
}

fn identities(engine: &mut Engine) {
    engine
        .register_fn("version", |node: &mut NodeHandle| {
            Verb::Ok(ask(node, &Order::Version)?.value().to_owned())
        })
        .register_fn("dev_eui", |node: &mut NodeHandle| {
            Verb::Ok(read(ask(node, &Order::ReadDevEui)?.eui())?.to_string())
        })
        .register_fn("set_app_eui", |node: &mut NodeHandle, eui: &str| {
            accepted(node, &Order::SetAppEui(parse(eui)?))
        })
        .register_fn("key", |node: &mut NodeHandle, name: &str| {
            let found = KeyName::ALL.into_iter().find(|key| key.word() == name);
            let unknown = || Trouble::new(Blame::Script, format!("no key is called \"{name}\"")).terminal();
            Verb::Ok(ask(node, &Order::ReadKey(found.ok_or_else(unknown)?))?.value().to_owned())
        });
}

/// The fastest data rate of 125 kHz in the band that the node is built for.
fn fastest_rate(node: &mut NodeHandle) -> Verb<i64> {
    let band = node.context.lab().node_keys(node.seat).map(|keys| keys.band);
    let unknown = || Trouble::new(Blame::Lab, "the lab file does not tell the band of this node").terminal();
    Ok((*band.ok_or_else(unknown)?.region().channel_data_rates.end()).into())
}

fn radio(engine: &mut Engine) {
    engine
        .register_fn("set_data_rate", |node: &mut NodeHandle, data_rate: i64| {
            accepted(node, &Order::SetDataRate(narrow(data_rate, "a data rate")?))
        })
        .register_fn("fastest_rate", fastest_rate)
        .register_fn("set_adr", |node: &mut NodeHandle, on: bool| accepted(node, &Order::SetAdr(on)))
        .register_fn("set_power_step", |node: &mut NodeHandle, step: i64| {
            accepted(node, &Order::SetPower(narrow(step, "a step of the power")?))
        })
        .register_fn("set_retransmissions", |node: &mut NodeHandle, count: i64| {
            accepted(node, &Order::SetRetransmissions(narrow(count, "a number of retransmissions")?))
        })
        .register_fn("set_second_window", |node: &mut NodeHandle, data_rate: i64, hertz: i64| {
            let (data_rate, frequency) = (narrow(data_rate, "a data rate")?, narrow(hertz, "a frequency")?);
            accepted(node, &Order::SetSecondWindow { data_rate, frequency })
        })
        .register_fn("set_receive_delay", |node: &mut NodeHandle, seconds: i64| {
            accepted(node, &Order::SetDelay(narrow(seconds, "a delay in seconds")?))
        })
        .register_fn("set_class", |node: &mut NodeHandle, letter: &str| {
            let class =
                [Class::A, Class::B, Class::C].into_iter().find(|class| class.letter().to_string() == letter);
            let unknown =
                || Trouble::new(Blame::Script, format!("no class is called \"{letter}\"")).terminal();
            accepted(node, &Order::SetClass(class.ok_or_else(unknown)?))
        })
        .register_fn("set_channel_share", |node: &mut NodeHandle, channel: i64, parts: i64| {
            let (channel, parts) = (narrow(channel, "a channel")?, narrow(parts, "a share in parts")?);
            accepted(node, &Order::SetChannelShare { channel, parts })
        });
}

fn state(engine: &mut Engine) {
    engine
        .register_fn("set_battery", |node: &mut NodeHandle, level: i64| {
            accepted(node, &Order::SetBattery(narrow(level, "a battery level")?))
        })
        .register_fn("set_automatic_reply", |node: &mut NodeHandle, on: bool| {
            accepted(node, if on { &Order::ReplyByItself } else { &Order::StaySilent })
        })
        .register_fn("set_up_counter", |node: &mut NodeHandle, counter: i64| {
            accepted(node, &Order::SetUpCounter(narrow(counter, "a frame counter")?))
        })
        .register_fn("counters", |node: &mut NodeHandle| -> Verb<Array> {
            Ok(array(read(ask(node, &Order::ReadCounters)?.two_numbers())?.map(i64::from)))
        })
        .register_fn("ask_link_check", |node: &mut NodeHandle| accepted(node, &Order::AskLinkCheck))
        .register_fn("link_check", link_check)
        .register_fn("reports", |node: &mut NodeHandle| reports(node))
        .register_fn("save", |node: &mut NodeHandle| accepted(node, &Order::Save))
        .register_fn("restart", |node: &mut NodeHandle| accepted(node, &Order::Restart));
}

/// The answer to the last link check: asked for, or told unasked, as the dialect has it. `()` when there was none.
fn link_check(node: &mut NodeHandle) -> Verb<Dynamic> {
    let told = |check: LinkCheck| (i64::from(check.margin), i64::from(check.gateways));
    let check = if node.dialect()?.can(Order::ReadLinkCheck.skill()) {
        let [margin, gateways] = read(ask(node, &Order::ReadLinkCheck)?.two_numbers())?;
        Some((i64::from(margin), i64::from(gateways)))
    } else {
        node.with_host(|host| host.link_check()).flatten().map(told)
    };
    let shown = |(margin, gateways)| {
        map([("margin", Dynamic::from_int(margin)), ("gateways", Dynamic::from_int(gateways))])
    };
    Ok(check.map_or(Dynamic::UNIT, |check| Dynamic::from_map(shown(check))))
}

/// The lines that the node sent unasked.
fn reports(node: &NodeHandle) -> Array {
    let lab = node.context.lab();
    match lab.bench().seats.get(node.seat).and_then(|seat| seat.host.as_ref()) {
        Some(Host::Node { driver, .. }) => array(driver.reports().iter().map(|report| report.line.clone())),
        Some(Host::Modem { .. }) | None => Array::new(),
    }
}
