//! Murata CMWX1ZZABZ with Arduino's MKRWAN firmware (arduino/mkrwan1300-fw): lines end with CR alone, a value is `+OK=…`.
//!
//! A confirmed uplink is answered when it has been acknowledged. Of an unconfirmed one nothing is told but the data that
//! came back, and of a join that failed nothing at all: the driver waits.

use super::parse::{downlink, key};
use super::{Dialect, EuiForm, Event, Framing, Heard, Later, Line, SLOW_ANSWER, UPLINK, Waiting};
use crate::lora::error::Refusal;
use crate::lora::order::{Order, Skill, Uplink};
use wire::time::Duration;

/// What the maker's library waits for a join.
const JOIN: Duration = Duration::from_secs(60);
/// The longest uplink and the longest downlink at SF12 are 2.8 s each.
const LONGEST_FRAMES: Duration = Duration::from_secs(6);

/// The module.
pub static DIALECT: Dialect = Dialect {
    name: "murata",
    also: &["cmwx1zzabz", "mkrwan"],
    what: "Murata CMWX1ZZABZ with MKRWAN firmware",
    baud: 19_200,
    line_end: "\r",
    framing: Framing::Octets,
    eui: EuiForm::Plain,
    lacks: &[
        Skill::JoinFailure,
        Skill::UplinkEnd,
        Skill::SetRetransmissions,
        Skill::SetDelay,
        Skill::AskLinkCheck,
        Skill::ReadLinkCheck,
        Skill::SetBattery,
        Skill::StaySilent,
        Skill::Save,
        Skill::SetChannelShare,
        Skill::ReadKey,
        Skill::JoinGroup,
        Skill::LeaveGroup,
    ],
    answer_settles: Duration::ZERO,
    exchange_settles: Duration::from_millis(300),
    refusals: &[
        ("+ERR", Refusal::Unexplained),
        // It has no word of its own for a payload that does not fit.
        ("+ERR", Refusal::TooLong),
        ("+ERR_PARAM", Refusal::InvalidParam),
        ("+ERR_PARAM", Refusal::TooLong),
        ("+ERR_PARAM_OVERFLOW", Refusal::InvalidParam),
        ("+ERR_PARAM_OVERFLOW", Refusal::TooLong),
        ("+ERR_BUSY", Refusal::Busy),
        ("+ERR_NO_NETWORK", Refusal::NotJoined),
        ("+ERR_RX", Refusal::Unexplained),
        ("+ERR_UNKNOWN", Refusal::UnknownCommand),
    ],
    shared_refusals: &[],
    lines,
    hear,
    is_version: |version| version.starts_with("ARD-078"),
};

fn lines(order: &Order) -> Option<Vec<Line>> {
    let line = match order {
        // The version alone reads like that of a LoRa-E5.
        Order::Version => return Some(vec![Line::new("AT+DEV?"), Line::new("AT+VER?")]),
        Order::ReadDevEui => Line::new("AT+DEVEUI?"),
        Order::SetDevEui(eui) => Line::new(format!("AT+DEVEUI={:016X}", eui.value())),
        Order::SetAppEui(eui) => Line::new(format!("AT+APPEUI={:016X}", eui.value())),
        Order::SetAppKey(app_key) => Line::new(format!("AT+APPKEY={}", key(app_key))),
        Order::SetSession { dev_addr, nwk_s_key, app_s_key } => {
            return Some(vec![
                Line::new(format!("AT+DEVADDR={:08X}", dev_addr.value())),
                Line::new(format!("AT+NWKSKEY={}", key(nwk_s_key))),
                Line::new(format!("AT+APPSKEY={}", key(app_s_key))),
            ]);
        }
        Order::Join => return Some(join("1")),
        Order::Resume => return Some(join("0")),
        Order::Send(uplink) => return Some(send(uplink)),
        Order::SetDataRate(rate) => Line::new(format!("AT+DR={rate}")),
        Order::SetAdr(on) => Line::new(format!("AT+ADR={}", u8::from(*on))),
        Order::SetPower(step) => Line::new(format!("AT+RFPOWER=0,{step}")),
        Order::SetSecondWindow { data_rate, frequency } => {
            return Some(vec![
                Line::new(format!("AT+RX2DR={data_rate}")),
                Line::new(format!("AT+RX2FQ={frequency}")),
            ]);
        }
        Order::SetUpCounter(counter) => Line::new(format!("AT+FCU={counter}")),
        Order::ReadCounters => return Some(vec![Line::new("AT+FCU?"), Line::new("AT+FCD?")]),
        // It always does.
        Order::ReplyByItself => return Some(Vec::new()),
        Order::SetClass(class) => Line::new(format!("AT+CLASS={}", class.letter())),
        Order::Restart => Line::new("AT+REBOOT").answered_within(SLOW_ANSWER),
        Order::SetRetransmissions(_)
        | Order::SetDelay(_)
        | Order::AskLinkCheck
        | Order::ReadLinkCheck
        | Order::SetBattery(_)
        | Order::StaySilent
        | Order::Save
        | Order::SetChannelShare { .. }
        | Order::ReadKey(_)
        | Order::JoinGroup { .. }
        | Order::LeaveGroup(_) => return None,
    };
    Some(vec![line])
}

fn join(mode: &str) -> Vec<Line> {
    // Whether a line of its own comes before the event, no source says: the event alone is enough.
    vec![
        Line::new(format!("AT+MODE={mode}")),
        Line::new("AT+JOIN").answered_within(JOIN).then(Later::Join { limit: JOIN }),
    ]
}

fn send(uplink: &Uplink) -> Vec<Line> {
    let (name, length) = (if uplink.confirmed { "CTX" } else { "UTX" }, uplink.payload.len());
    let line = Line { octets: uplink.payload.clone(), ..Line::new(format!("AT+{name} {length}")) };
    let port = Line::new(format!("AT+PORT={}", uplink.port));
    if uplink.confirmed {
        let later = Later::Uplink { confirmed: true, limit: UPLINK };
        return vec![port, line.answered_within(UPLINK).then(later)];
    }
    let later = Later::UplinkAfterDelay { limit: LONGEST_FRAMES };
    vec![port, Line::new("AT+RX2DL?"), line.answered_within(SLOW_ANSWER).then(later)]
}

fn hear(waiting: Option<Waiting<'_>>, line: &str) -> Heard {
    if line == "+EVENT=0,0" {
        let asked = waiting.is_some_and(|waiting| waiting.line.text == "AT+REBOOT");
        return if asked { Heard::Done(None) } else { Heard::Restarted };
    }
    let Some(Waiting { line: asked, taken }) = waiting else {
        // In class C a downlink comes at any time.
        return if line.starts_with("+RECV=") { received(Later::Nothing, line) } else { Heard::Stray };
    };
    if line.starts_with("+RECV=") {
        return received(asked.later, line);
    }
    if line.starts_with("+ERR") {
        return refused(asked.later, taken, line);
    }
    match (asked.later, line.strip_prefix("+OK")) {
        (Later::Join { .. }, None) if line == "+EVENT=1,1" => joined(taken),
        (Later::Uplink { confirmed: true, .. }, Some("")) => Heard::Outcome(Event::Acknowledged(true)),
        (_, Some("")) if !taken => Heard::Done(None),
        (_, Some(rest)) if !taken && rest.starts_with('=') => {
            Heard::Done(rest.strip_prefix('=').map(str::to_owned))
        }
        _ => Heard::Stray,
    }
}

/// The event of a join: the answer, where none came before.
const fn joined(taken: bool) -> Heard {
    if taken { Heard::over(Event::Joined(true)) } else { Heard::Outcome(Event::Joined(true)) }
}

/// `+ERR` and `+ERR_RX` in answer to a confirmed uplink say that nobody acknowledged it; the other words refuse it.
fn refused(later: Later, taken: bool, line: &str) -> Heard {
    let confirmed = matches!(later, Later::Uplink { confirmed: true, .. });
    if confirmed && matches!(line, "+ERR" | "+ERR_RX") {
        Heard::Outcome(Event::Acknowledged(false))
    } else if taken {
        Heard::Stray
    } else {
        Heard::Refused(line.to_owned())
    }
}

/// `+RECV=port,length` with the octets, which the framing has put behind it in hexadecimal.
fn received(later: Later, line: &str) -> Heard {
    let confirmed = match later {
        Later::Uplink { confirmed, .. } => confirmed,
        Later::UplinkAfterDelay { .. } => false,
        Later::Nothing => true,
        Later::Join { .. } => return Heard::Stray,
    };
    let fields = line.strip_prefix("+RECV=").and_then(|rest| rest.split_once(','));
    let event =
        fields.and_then(|(port, rest)| downlink(port, rest.split_once(' ').map_or("", |(_, octets)| octets)));
    match event {
        Some(event) => Heard::Told { event, over: !confirmed },
        None => Heard::Malformed("+RECV=<port>,<length> and the octets"),
    }
}
