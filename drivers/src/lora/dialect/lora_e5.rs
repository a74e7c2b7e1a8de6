//! Seeed LoRa-E5 and Wio-E5 (Seeed's AT command specification, of the RisingHF set): every line of the node begins with the
//! name of the command that it belongs to.
//!
//! Nothing but silence says that an answer is complete, so the lines of one name are taken together.

use super::parse::{downlink, key, link_check};
use super::{Dialect, EuiForm, Event, Framing, Heard, JOIN, Later, Line, SLOW_ANSWER, UPLINK, Waiting};
use crate::lora::error::Refusal;
use crate::lora::order::{Order, Skill, Uplink};
use wire::time::Duration;

/// The module.
pub static DIALECT: Dialect = Dialect {
    name: "lora-e5",
    also: &["wio-e5"],
    what: "Seeed LoRa-E5",
    baud: 9_600,
    line_end: "\r\n",
    framing: Framing::Filled,
    eui: EuiForm::Colons,
    lacks: &[
        Skill::KeepJoin,
        Skill::Resume,
        // Its +POWER counts dBm, not steps.
        Skill::SetPower,
        Skill::SetBattery,
        Skill::ReplyByItself,
        Skill::ReadLinkCheck,
        Skill::Save,
        Skill::SetChannelShare,
        Skill::ReadKey,
    ],
    // 60 characters at 9,600 bit/s.
    answer_settles: Duration::from_millis(70),
    exchange_settles: Duration::ZERO,
    refusals: &[
        ("ERROR(-1)", Refusal::InvalidParam),
        ("ERROR(-10)", Refusal::UnknownCommand),
        ("ERROR(-11)", Refusal::InvalidParam),
        ("ERROR(-12)", Refusal::InvalidParam),
        ("ERROR(-20)", Refusal::InvalidParam),
        ("ERROR(-21)", Refusal::TooLong),
        ("ERROR(-22)", Refusal::InvalidParam),
        ("ERROR(-23)", Refusal::InvalidParam),
        ("Please join network first*", Refusal::NotJoined),
        ("No band in *", Refusal::NoFreeChannel),
        ("No free channel*", Refusal::NoFreeChannel),
        ("DR error*", Refusal::InvalidParam),
        ("Length error*", Refusal::TooLong),
        ("LoRaWAN modem is busy*", Refusal::Busy),
        ("Joined already*", Refusal::AlreadyJoined),
    ],
    shared_refusals: &[],
    lines,
    hear,
    is_version: |version| {
        let numbers = version.split('.');
        numbers.clone().count() == 3
            && numbers.clone().all(|part| super::parse::number::<u16>(part).is_some())
    },
};

fn lines(order: &Order) -> Option<Vec<Line>> {
    let line = match order {
        Order::Version => Line::new("AT+VER"),
        Order::ReadDevEui => Line::new("AT+ID=DevEui"),
        Order::SetDevEui(eui) => Line::new(format!("AT+ID=DevEui,\"{:016X}\"", eui.value())),
        Order::SetAppEui(eui) => Line::new(format!("AT+ID=AppEui,\"{:016X}\"", eui.value())),
        // A key for joins is of no use in the mode in which it is delivered, which is ABP.
        Order::SetAppKey(app_key) => {
            return Some(vec![set_key("APPKEY", &key(app_key)), Line::new("AT+MODE=LWOTAA")]);
        }
        Order::SetSession { dev_addr, nwk_s_key, app_s_key } => {
            return Some(vec![
                Line::new(format!("AT+ID=DevAddr,\"{:08X}\"", dev_addr.value())),
                set_key("NWKSKEY", &key(nwk_s_key)),
                set_key("APPSKEY", &key(app_s_key)),
                Line::new("AT+MODE=LWABP"),
            ]);
        }
        Order::Join => {
            // Plain AT+JOIN does nothing where there is a session.
            let join = Line::new("AT+JOIN=FORCE").then(Later::Join { limit: JOIN });
            return Some(vec![Line::new("AT+MODE=LWOTAA"), join]);
        }
        Order::Send(uplink) => return Some(send(uplink)),
        Order::SetDataRate(rate) => Line::new(format!("AT+DR=DR{rate}")),
        Order::SetAdr(on) => Line::new(format!("AT+ADR={}", on_off(*on))),
        Order::SetRetransmissions(count) => Line::new(format!("AT+RETRY={count}")),
        Order::SetSecondWindow { data_rate, frequency } => {
            let (mega, rest) = (frequency / 1_000_000, frequency / 1000 % 1000);
            Line::new(format!("AT+RXWIN2={mega}.{rest:03},DR{data_rate}"))
        }
        Order::SetDelay(seconds) => Line::new(format!("AT+DELAY=RX1,{}", u32::from(*seconds) * 1000)),
        Order::AskLinkCheck => Line::new("AT+LW=LCR"),
        // It never sends by itself.
        Order::StaySilent => return Some(Vec::new()),
        Order::SetUpCounter(counter) => Line::new(format!("AT+LW=ULDL,{counter},0")),
        Order::ReadCounters => Line::new("AT+LW=ULDL"),
        Order::SetClass(class) => Line::new(format!("AT+CLASS={}", class.letter())),
        Order::JoinGroup { address, nwk_s_key, app_s_key } => {
            let (nwk_s_key, app_s_key) = (key(nwk_s_key), key(app_s_key));
            Line::new(format!("AT+LW=MC,ON,\"{:08X}\",\"{nwk_s_key}\",\"{app_s_key}\",0", address.value()))
        }
        // There is one.
        Order::LeaveGroup(_) => Line::new("AT+LW=MC,OFF"),
        Order::Restart => Line::new("AT+RESET").answered_within(SLOW_ANSWER),
        Order::Resume
        | Order::SetPower(_)
        | Order::SetBattery(_)
        | Order::ReplyByItself
        | Order::ReadLinkCheck
        | Order::Save
        | Order::SetChannelShare { .. }
        | Order::ReadKey(_) => return None,
    };
    Some(vec![line])
}

fn set_key(name: &str, digits: &str) -> Line {
    Line::new(format!("AT+KEY={name},\"{digits}\""))
}

fn send(uplink: &Uplink) -> Vec<Line> {
    let name = if uplink.confirmed { "CMSGHEX" } else { "MSGHEX" };
    let later = Later::Uplink { confirmed: uplink.confirmed, limit: UPLINK };
    let payload = hex::encode_upper(&uplink.payload);
    vec![
        Line::new(format!("AT+PORT={}", uplink.port)),
        Line::new(format!("AT+{name}=\"{payload}\"")).then(later),
    ]
}

const fn on_off(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

fn hear(waiting: Option<Waiting<'_>>, line: &str) -> Heard {
    let Some((name, text)) = line.strip_prefix('+').and_then(|line| line.split_once(':')) else {
        return Heard::Stray;
    };
    let (name, text) = (name.trim(), text.trim());
    let unasked = waiting.is_none_or(|waiting| !name.eq_ignore_ascii_case(command(&waiting.line.text)));
    // A downlink of class C comes under the name of a plain message, which is never sent.
    if unasked && name == "MSG" && text.starts_with("PORT:") {
        let told = uplink(text);
        let in_exchange = waiting.is_some_and(|waiting| waiting.taken);
        return if matches!(told, Heard::Told { .. }) && !in_exchange { told } else { Heard::Stray };
    }
    let Some(Waiting { line: asked, taken }) = waiting else { return Heard::Stray };
    let refused = || (!DIALECT.meanings(text).is_empty()).then(|| Heard::Refused(text.to_owned()));
    // What it cannot read it answers in the name of AT.
    if !name.eq_ignore_ascii_case(command(&asked.text)) {
        return if name == "AT" && !taken { refused().unwrap_or(Heard::Stray) } else { Heard::Stray };
    }
    if let Some(refused) = refused() {
        return refused;
    }
    match asked.later {
        Later::Nothing => Heard::Done(Some(text.to_owned())),
        _ if text == "Start" => Heard::Done(None),
        Later::Join { .. } => join(text),
        Later::Uplink { .. } | Later::UplinkAfterDelay { .. } => uplink(text),
    }
}

/// The name of the command on a line of the host.
fn command(text: &str) -> &str {
    let name = text.strip_prefix("AT+").unwrap_or("AT");
    name.split_once('=').map_or(name, |(name, _)| name)
}

fn join(text: &str) -> Heard {
    match text {
        "Network joined" => Heard::told(Event::Joined(true)),
        "Join failed" => Heard::told(Event::Joined(false)),
        "Done" => Heard::over(Event::Ended),
        _ => Heard::Progress,
    }
}

fn uplink(text: &str) -> Heard {
    if let Some(rest) = text.strip_prefix("PORT:") {
        let parts =
            rest.split_once("; RX:").map(|(port, octets)| (port.trim(), octets.trim().trim_matches('"')));
        let event = parts.and_then(|(port, octets)| downlink(port, octets));
        return super::parse::told(event, "PORT: <port>; RX: \"<hex>\"");
    }
    if let Some(rest) = text.strip_prefix("Link ") {
        let check =
            rest.split_once(',').and_then(|(margin, gateways)| link_check(margin.trim(), gateways.trim()));
        return super::parse::told(check.map(Event::LinkCheck), "Link <margin>, <gateways>");
    }
    match text {
        "ACK Received" => Heard::told(Event::Acknowledged(true)),
        "Done" => Heard::over(Event::Ended),
        _ => Heard::Progress,
    }
}
