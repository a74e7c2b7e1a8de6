//! ST's LoRaWAN_AT_Slave on the STM32WL (UM2592): values and a status word; what comes later begins with `+EVT:`.
//!
//! It tells when a confirmed uplink was acknowledged, and when data came. That an uplink and its windows are over without
//! either it does not tell: the driver waits until the second window must have passed.

use super::parse::{colons, downlink, link_check, number};
use super::status::{self, REFUSALS};
use super::{
    Dialect, EuiForm, Event, Framing, Heard, Later, Line, SLOW_ANSWER, UPLINK, WAITING_JOIN, Waiting,
};
use crate::lora::error::Refusal;
use crate::lora::order::{Order, Skill, Uplink};
use wire::time::Duration;

/// The longest uplink and the longest downlink at SF12 are 2.8 s each.
const LONGEST_FRAMES: Duration = Duration::from_secs(6);

/// The module.
pub static DIALECT: Dialect = Dialect {
    name: "stm32wl",
    also: &["st-at-slave"],
    what: "ST LoRaWAN_AT_Slave",
    baud: 9_600,
    line_end: "\r\n",
    framing: Framing::Filled,
    eui: EuiForm::Colons,
    lacks: &[
        Skill::UplinkEnd,
        Skill::SetRetransmissions,
        Skill::SetBattery,
        Skill::StaySilent,
        Skill::SetUpCounter,
        Skill::ReadCounters,
        Skill::ReadLinkCheck,
        Skill::SetChannelShare,
        Skill::JoinGroup,
        Skill::LeaveGroup,
    ],
    answer_settles: Duration::ZERO,
    exchange_settles: Duration::from_millis(300),
    // It has no word of its own for a payload that does not fit.
    refusals: &[("AT_ERROR", Refusal::TooLong)],
    shared_refusals: REFUSALS,
    lines,
    hear,
    is_version: |version| version.starts_with("APPLICATION_VERSION:"),
};

fn lines(order: &Order) -> Option<Vec<Line>> {
    let line = match order {
        Order::Version => Line::new("AT+VER=?"),
        Order::ReadDevEui => Line::new("AT+DEUI=?"),
        Order::SetDevEui(eui) => Line::new(format!("AT+DEUI={}", colons(&eui.value().to_be_bytes()))),
        Order::SetAppEui(eui) => Line::new(format!("AT+APPEUI={}", colons(&eui.value().to_be_bytes()))),
        // The stack knows 1.1, and joins a network of 1.0 with NwkKey. Whoever asks for the AppKey gets the same.
        Order::SetAppKey(app_key) => {
            let key = colons(app_key.expose());
            return Some(vec![Line::new(format!("AT+NWKKEY={key}")), Line::new(format!("AT+APPKEY={key}"))]);
        }
        Order::SetSession { dev_addr, nwk_s_key, app_s_key } => {
            return Some(vec![
                Line::new(format!("AT+DADDR={}", colons(&dev_addr.value().to_be_bytes()))),
                Line::new(format!("AT+NWKSKEY={}", colons(nwk_s_key.expose()))),
                Line::new(format!("AT+APPSKEY={}", colons(app_s_key.expose()))),
            ]);
        }
        Order::Join => Line::new("AT+JOIN=1").then(Later::Join { limit: WAITING_JOIN }),
        Order::Resume => Line::new("AT+JOIN=0").then(Later::Join { limit: WAITING_JOIN }),
        Order::Send(uplink) => return Some(send(uplink)),
        Order::SetDataRate(rate) => Line::new(format!("AT+DR={rate}")),
        Order::SetAdr(on) => Line::new(format!("AT+ADR={}", u8::from(*on))),
        Order::SetPower(step) => Line::new(format!("AT+TXP={step}")),
        Order::SetSecondWindow { data_rate, frequency } => {
            return Some(vec![
                Line::new(format!("AT+RX2DR={data_rate}")),
                Line::new(format!("AT+RX2FQ={frequency}")),
            ]);
        }
        Order::SetDelay(seconds) => Line::new(format!("AT+RX1DL={}", u32::from(*seconds) * 1000)),
        Order::AskLinkCheck => Line::new("AT+LINKC"),
        // It always does.
        Order::ReplyByItself => return Some(Vec::new()),
        Order::SetClass(class) => Line::new(format!("AT+CLASS={}", class.letter())),
        Order::Save => Line::new("AT+CS").answered_within(SLOW_ANSWER),
        Order::Restart => Line::new("ATZ").answered_within(SLOW_ANSWER),
        Order::ReadKey(name) => Line::new(format!("AT+{}=?", name.word().to_ascii_uppercase())),
        Order::SetRetransmissions(_)
        | Order::SetBattery(_)
        | Order::StaySilent
        | Order::SetUpCounter(_)
        | Order::ReadCounters
        | Order::ReadLinkCheck
        | Order::SetChannelShare { .. }
        | Order::JoinGroup { .. }
        | Order::LeaveGroup(_) => return None,
    };
    Some(vec![line])
}

fn send(uplink: &Uplink) -> Vec<Line> {
    let (confirmed, port) = (u8::from(uplink.confirmed), uplink.port);
    let text = format!("AT+SEND={port}:{confirmed}:{}", hex::encode_upper(&uplink.payload));
    if uplink.confirmed {
        return vec![Line::new(text).then(Later::Uplink { confirmed: true, limit: UPLINK })];
    }
    let later = Later::UplinkAfterDelay { limit: LONGEST_FRAMES };
    vec![Line::new("AT+RX2DL=?"), Line::new(text).then(later)]
}

fn hear(waiting: Option<Waiting<'_>>, line: &str) -> Heard {
    let Some(event) = line.strip_prefix("+EVT:") else {
        let banner = line.starts_with("APPLICATION_VERSION:");
        return match waiting.map(|waiting| waiting.line.text.as_str()) {
            Some("ATZ") if banner => Heard::Done(Some(line.to_owned())),
            Some("AT+VER=?") => status::hear(waiting, line),
            _ if banner => Heard::Restarted,
            _ => status::hear(waiting, line),
        };
    };
    let Some(Waiting { line: Line { later, .. }, taken: true }) = waiting else { return unasked(event) };
    match (later, event) {
        (Later::Join { .. }, "JOINED") => Heard::over(Event::Joined(true)),
        (Later::Join { .. }, "JOIN FAILED") => Heard::over(Event::Joined(false)),
        (Later::Uplink { .. }, "SEND_CONFIRMED") => Heard::over(Event::Acknowledged(true)),
        (Later::Uplink { confirmed: true, .. }, _) => received(event, false),
        (Later::Uplink { .. } | Later::UplinkAfterDelay { .. }, _) => received(event, true),
        (Later::Join { .. } | Later::Nothing, _) => Heard::Stray,
    }
}

/// In class C a downlink comes at any time.
fn unasked(event: &str) -> Heard {
    let told = received(event, false);
    if matches!(told, Heard::Told { event: Event::Downlink { .. }, .. }) { told } else { Heard::Stray }
}

/// `42:04:DEADBEEF`, and `RX_1, PORT 42, DR 5, RSSI -57, SNR 8` with `, DMODM 20, GWN 1` after a link check.
fn received(event: &str, over: bool) -> Heard {
    if let Some(about) = event.strip_prefix("RX_") {
        let field =
            |name: &str| about.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix(' '));
        return match (field("DMODM"), field("GWN")) {
            (Some(margin), Some(gateways)) => match link_check(margin, gateways) {
                Some(check) => Heard::Told { event: Event::LinkCheck(check), over },
                None => Heard::Malformed("+EVT:RX_<window>, …, DMODM <margin>, GWN <gateways>"),
            },
            // A frame was heard, with data or without.
            (Some(_) | None, _) => Heard::Told { event: Event::Ended, over },
        };
    }
    let fields: Vec<&str> = event.split(':').collect();
    match *fields.as_slice() {
        [port, length, octets] if number::<u8>(port).is_some() => {
            let whole =
                u8::from_str_radix(length, 16).is_ok_and(|length| usize::from(length) * 2 == octets.len());
            match downlink(port, octets).filter(|_| whole) {
                Some(event) => Heard::Told { event, over },
                None => Heard::Malformed("+EVT:<port>:<length>:<hex>"),
            }
        }
        _ => Heard::Progress,
    }
}
