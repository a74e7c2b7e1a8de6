//! RAK3172 with RUI3 (RAK's RUI3 AT command manual): a value line, an empty line and a status word; what comes later begins
//! with `+EVT:`.

use super::parse::{downlink, key, link_check, number};
use super::status::{self, REFUSALS};
use super::{
    Dialect, EuiForm, Event, Framing, Heard, Later, Line, SLOW_ANSWER, UPLINK, WAITING_JOIN, Waiting,
};
use crate::lora::order::{Order, Skill, Uplink};
use wire::time::Duration;

/// The module.
pub static DIALECT: Dialect = Dialect {
    name: "rak3172",
    also: &["rui3"],
    what: "RAK3172 with RUI3",
    baud: 115_200,
    line_end: "\r\n",
    framing: Framing::Filled,
    eui: EuiForm::Plain,
    lacks: &[
        Skill::SetBattery,
        Skill::StaySilent,
        Skill::SetUpCounter,
        Skill::ReadCounters,
        Skill::ReadLinkCheck,
        Skill::Save,
        Skill::SetChannelShare,
    ],
    // The downlink is told right after the end of the uplink.
    answer_settles: Duration::ZERO,
    exchange_settles: Duration::from_millis(300),
    refusals: &[],
    shared_refusals: REFUSALS,
    lines,
    hear,
    is_version: |version| version.starts_with("RUI_"),
};

fn lines(order: &Order) -> Option<Vec<Line>> {
    let line = match order {
        Order::Version => Line::new("AT+VER=?"),
        Order::ReadDevEui => Line::new("AT+DEVEUI=?"),
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
        Order::SetPower(step) => Line::new(format!("AT+TXP={step}")),
        Order::SetRetransmissions(count) => Line::new(format!("AT+RETY={count}")),
        Order::SetSecondWindow { data_rate, frequency } => {
            return Some(vec![
                Line::new(format!("AT+RX2DR={data_rate}")),
                Line::new(format!("AT+RX2FQ={frequency}")),
            ]);
        }
        Order::SetDelay(seconds) => Line::new(format!("AT+RX1DL={seconds}")),
        Order::AskLinkCheck => Line::new("AT+LINKCHECK=1"),
        // It always does.
        Order::ReplyByItself => return Some(Vec::new()),
        Order::SetClass(class) => Line::new(format!("AT+CLASS={}", class.letter())),
        Order::Restart => Line::new("ATZ").answered_within(SLOW_ANSWER),
        Order::ReadKey(name) => Line::new(format!("AT+{}=?", name.word().to_ascii_uppercase())),
        Order::JoinGroup { address, nwk_s_key, app_s_key } => {
            let (nwk_s_key, app_s_key) = (key(nwk_s_key), key(app_s_key));
            Line::new(format!("AT+ADDMULC=C:{:08X}:{nwk_s_key}:{app_s_key}", address.value()))
        }
        Order::LeaveGroup(address) => Line::new(format!("AT+RMVMULC={:08X}", address.value())),
        Order::SetBattery(_)
        | Order::StaySilent
        | Order::SetUpCounter(_)
        | Order::ReadCounters
        | Order::ReadLinkCheck
        | Order::Save
        | Order::SetChannelShare { .. } => return None,
    };
    Some(vec![line])
}

fn join(mode: &str) -> Vec<Line> {
    // Now, not at every start, and no further attempt after the first.
    let join = Line::new("AT+JOIN=1:0:8:0").then(Later::Join { limit: WAITING_JOIN });
    vec![Line::new(format!("AT+NJM={mode}")), join]
}

fn send(uplink: &Uplink) -> Vec<Line> {
    let later = Later::Uplink { confirmed: uplink.confirmed, limit: UPLINK };
    vec![
        Line::new(format!("AT+CFM={}", u8::from(uplink.confirmed))),
        Line::new(format!("AT+SEND={}:{}", uplink.port, hex::encode_upper(&uplink.payload))).then(later),
    ]
}

fn hear(waiting: Option<Waiting<'_>>, line: &str) -> Heard {
    let Some(event) = line.strip_prefix("+EVT:") else {
        // The first line and the last of what it prints when it starts; before the last it takes no command.
        let (first, last) = (line.starts_with("RAKwireless"), line.starts_with("Current Work Mode"));
        let asked = waiting.is_some_and(|waiting| waiting.line.text == "ATZ");
        return match asked {
            true if last => Heard::Done(Some(line.to_owned())),
            true if first => Heard::Progress,
            false if first || last => Heard::Restarted,
            _ => status::hear(waiting, line),
        };
    };
    let joining = waiting.is_some_and(|waiting| matches!(waiting.line.later, Later::Join { .. }));
    match event {
        "JOINED" if joining => Heard::over(Event::Joined(true)),
        _ if joining && event.starts_with("JOIN_FAILED_") => Heard::over(Event::Joined(false)),
        "TX_DONE" => Heard::over(Event::Ended),
        "SEND_CONFIRMED_OK" => Heard::over(Event::Acknowledged(true)),
        _ if event.starts_with("SEND_CONFIRMED_FAILED") => Heard::over(Event::Acknowledged(false)),
        _ => received(event),
    }
}

/// `RX_1:-70:8:UNICAST:1:1234`, or of older firmware `1:1234` after two lines about the radio; `LINKCHECK:0:20:1:-57:8`.
fn received(event: &str) -> Heard {
    let fields: Vec<&str> = event.split(':').collect();
    match *fields.as_slice() {
        [window, _, _, _, port, octets] if window.starts_with("RX_") => about(port, octets),
        ["LINKCHECK", "0", margin, gateways, ..] => {
            let check = link_check(margin, gateways).map(Event::LinkCheck);
            super::parse::told(check, "+EVT:LINKCHECK:0:<margin>:<gateways>:<RSSI>:<SNR>")
        }
        [port, octets] if number::<u8>(port).is_some() => about(port, octets),
        _ => Heard::Progress,
    }
}

/// A downlink without data is told on port 0.
fn about(port: &str, octets: &str) -> Heard {
    if port == "0" && octets.is_empty() {
        return Heard::Progress;
    }
    super::parse::told(downlink(port, octets), "+EVT:RX_<window>:<RSSI>:<SNR>:<cast>:<port>:<hex>")
}
