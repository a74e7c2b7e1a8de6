//! Microchip RN2483 and RN2903 (DS40001784, DS40001811): words in lower case, an immediate answer, and a later outcome of
//! `mac join` and `mac tx`.

use super::parse::{key, number};
use super::{Dialect, EuiForm, Event, Framing, Heard, JOIN, Later, Line, SLOW_ANSWER, UPLINK, Waiting};
use crate::lora::error::Refusal;
use crate::lora::order::{Order, Skill, Uplink};
use wire::time::Duration;

/// The module for Europe.
pub static RN2483: Dialect = Dialect {
    name: "rn2483",
    also: &[],
    what: "Microchip RN2483",
    baud: 57_600,
    line_end: "\r\n",
    framing: Framing::Whole,
    eui: EuiForm::Upper,
    lacks: &[Skill::KeepJoin],
    answer_settles: Duration::ZERO,
    exchange_settles: Duration::ZERO,
    refusals: &[
        ("invalid_param", Refusal::InvalidParam),
        ("keys_not_init", Refusal::KeysNotInit),
        ("no_free_ch", Refusal::NoFreeChannel),
        ("silent", Refusal::Silent),
        ("busy", Refusal::Busy),
        ("mac_paused", Refusal::MacPaused),
        ("not_joined", Refusal::NotJoined),
        // Firmware and manuals disagree about the beginning of this one word.
        ("frame_counter_err_rejoin_needed", Refusal::FrameCounter),
        ("fram_counter_err_rejoin_needed", Refusal::FrameCounter),
        ("invalid_data_len", Refusal::TooLong),
    ],
    shared_refusals: &[],
    lines,
    hear,
    is_version: |version| version.starts_with("RN2483 "),
};

/// The module for America.
pub static RN2903: Dialect = Dialect {
    name: "rn2903",
    what: "Microchip RN2903",
    is_version: |version| version.starts_with("RN2903 "),
    also: RN2483.also,
    baud: RN2483.baud,
    line_end: RN2483.line_end,
    framing: RN2483.framing,
    eui: RN2483.eui,
    lacks: RN2483.lacks,
    answer_settles: Duration::ZERO,
    exchange_settles: Duration::ZERO,
    refusals: RN2483.refusals,
    shared_refusals: &[],
    lines,
    hear,
};

fn lines(order: &Order) -> Option<Vec<Line>> {
    let line = match order {
        Order::Version => Line::new("sys get ver"),
        Order::ReadDevEui => Line::new("mac get deveui"),
        Order::SetDevEui(eui) => Line::new(format!("mac set deveui {:016X}", eui.value())),
        Order::SetAppEui(eui) => Line::new(format!("mac set appeui {:016X}", eui.value())),
        Order::SetAppKey(app_key) => Line::new(format!("mac set appkey {}", key(app_key))),
        Order::SetSession { dev_addr, nwk_s_key, app_s_key } => {
            return Some(vec![
                Line::new(format!("mac set devaddr {:08X}", dev_addr.value())),
                Line::new(format!("mac set nwkskey {}", key(nwk_s_key))),
                Line::new(format!("mac set appskey {}", key(app_s_key))),
            ]);
        }
        Order::Join => Line::new("mac join otaa").then(Later::Join { limit: JOIN }),
        Order::Resume => Line::new("mac join abp").then(Later::Join { limit: JOIN }),
        Order::Send(uplink) => send(uplink),
        Order::SetDataRate(rate) => Line::new(format!("mac set dr {rate}")),
        Order::SetAdr(on) => Line::new(format!("mac set adr {}", on_off(*on))),
        Order::SetPower(step) => Line::new(format!("mac set pwridx {step}")),
        Order::SetRetransmissions(count) => Line::new(format!("mac set retx {count}")),
        Order::SetSecondWindow { data_rate, frequency } => {
            Line::new(format!("mac set rx2 {data_rate} {frequency}"))
        }
        Order::SetDelay(seconds) => Line::new(format!("mac set rxdelay1 {}", u32::from(*seconds) * 1000)),
        // The shortest interval that the suites can wait for.
        Order::AskLinkCheck => Line::new("mac set linkchk 5"),
        Order::ReadLinkCheck => {
            return Some(vec![Line::new("mac get mrgn"), Line::new("mac get gwnb")]);
        }
        Order::SetBattery(level) => Line::new(format!("mac set bat {level}")),
        Order::ReplyByItself => Line::new("mac set ar on"),
        Order::StaySilent => Line::new("mac set ar off"),
        Order::SetUpCounter(counter) => Line::new(format!("mac set upctr {counter}")),
        Order::ReadCounters => {
            return Some(vec![Line::new("mac get upctr"), Line::new("mac get dnctr")]);
        }
        Order::SetClass(class) => Line::new(format!("mac set class {}", class.letter().to_ascii_lowercase())),
        Order::Save => Line::new("mac save").answered_within(SLOW_ANSWER),
        Order::Restart => Line::new("sys reset").answered_within(SLOW_ANSWER),
        Order::SetChannelShare { channel, parts } => {
            Line::new(format!("mac set ch dcycle {channel} {}", parts.saturating_sub(1)))
        }
        Order::ReadKey(name) => Line::new(format!("mac get {}", name.word())),
        Order::JoinGroup { address, nwk_s_key, app_s_key } => {
            return Some(vec![
                Line::new(format!("mac set mcastdevaddr {:08X}", address.value())),
                Line::new(format!("mac set mcastnwkskey {}", key(nwk_s_key))),
                Line::new(format!("mac set mcastappskey {}", key(app_s_key))),
                Line::new("mac set mcastdnctr 0"),
                Line::new("mac set mcast on"),
            ]);
        }
        // There is one.
        Order::LeaveGroup(_) => Line::new("mac set mcast off"),
    };
    Some(vec![line])
}

fn send(uplink: &Uplink) -> Line {
    let word = if uplink.confirmed { "cnf" } else { "uncnf" };
    let later = Later::Uplink { confirmed: uplink.confirmed, limit: UPLINK };
    Line::new(format!("mac tx {word} {} {}", uplink.port, hex::encode_upper(&uplink.payload))).then(later)
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn hear(waiting: Option<Waiting<'_>>, line: &str) -> Heard {
    if is_version_line(line) {
        let prints = ["sys get ver", "sys reset", "sys factoryRESET"];
        let asked = waiting.is_some_and(|waiting| prints.contains(&waiting.line.text.as_str()));
        return if asked { Heard::Done(Some(line.to_owned())) } else { Heard::Restarted };
    }
    let taken = waiting.is_some_and(|waiting| waiting.taken);
    let later = waiting.map_or(Later::Nothing, |waiting| waiting.line.later);
    match (later, line) {
        (Later::Join { .. }, "accepted") if taken => Heard::over(Event::Joined(true)),
        (Later::Join { .. }, "denied") if taken => Heard::over(Event::Joined(false)),
        (Later::Uplink { .. }, "mac_tx_ok") if taken => Heard::over(Event::Acknowledged(true)),
        (Later::Uplink { .. }, "mac_err") if taken => Heard::over(Event::Acknowledged(false)),
        (Later::Uplink { .. }, "invalid_data_len") if taken => Heard::over(Event::TooLong),
        (Later::Uplink { .. }, _) if taken && line.starts_with("mac_rx ") => {
            downlink(line).map_or(Heard::Malformed("mac_rx <port> <hex>"), Heard::over)
        }
        // In class C a downlink comes at any time.
        _ if !taken && line.starts_with("mac_rx ") => downlink(line).map_or(Heard::Stray, Heard::told),
        // A late line answers no command, and no other line is the outcome of one.
        _ if taken || is_late_line(line) => Heard::Stray,
        (_, "ok") => Heard::Done(None),
        _ if RN2483.meanings(line).is_empty() => Heard::Done(Some(line.to_owned())),
        _ => Heard::Refused(line.to_owned()),
    }
}

/// Reads `mac_rx <port> <hex>`; the octets may be missing.
fn downlink(line: &str) -> Option<Event> {
    let rest = line.strip_prefix("mac_rx ")?;
    // The command reference does not say whether the second space stays when there are no octets.
    let (port, octets) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Event::Downlink { port: number(port)?, payload: hex::decode(octets).ok()? })
}

/// Lines that never answer a command at once.
fn is_late_line(line: &str) -> bool {
    matches!(line, "accepted" | "denied" | "mac_tx_ok" | "mac_err" | "radio_tx_ok" | "radio_err")
        || line.starts_with("mac_rx ")
        || line.starts_with("radio_rx ")
}

fn is_version_line(line: &str) -> bool {
    ["RN2483 ", "RN2903 "].iter().any(|model| line.starts_with(model))
}
