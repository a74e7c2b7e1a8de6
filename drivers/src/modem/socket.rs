//! Sockets, name lookups and pings with the makers' commands: one row of functions for each family (`wire::sockets`).
//!
//! A family answers either with its result code or with a report that follows; both are read here. Nothing is repaired:
//! a code that a maker gives is handed on as it is.

use crate::at::{Answer, AtError, Command};
use std::net::IpAddr;
use wire::at::response::{fields, name, parameters};
use wire::at::text::{octets_of, text_of};
use wire::sockets::SocketFamily;
use wire::time::Duration;

const LOCAL: Duration = Duration::from_secs(5);
/// A context may take this long (TS 27.007 leaves it to the network; makers say 150 s).
const CONTEXT: Duration = Duration::from_secs(150);
/// A connection or a name may take this long.
pub const NETWORK: Duration = Duration::from_secs(150);
/// The most that is read at once.
const MOST_READ: usize = 1_024;

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Where a socket leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Why a maker's command did not do it: the maker's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketError(pub u16);

/// Whether the driver has the commands of a family.
#[must_use]
pub const fn speaks(family: SocketFamily) -> bool {
    match family {
        SocketFamily::Quectel | SocketFamily::Simcom | SocketFamily::UbloxR4 | SocketFamily::UbloxR5 => true,
        SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic => false,
    }
}

/// What makes a context usable for sockets; `None` where it is so already.
#[must_use]
pub fn prepare(family: SocketFamily, cid: u8) -> Option<Command> {
    match family {
        SocketFamily::Quectel => Some(Command::new(format!("AT+QIACT={cid}"), CONTEXT)),
        SocketFamily::Simcom => Some(Command::new("AT+NETOPEN", CONTEXT)),
        SocketFamily::UbloxR5 => Some(Command::new("AT+UPSDA=0,3", CONTEXT)),
        SocketFamily::UbloxR4 | SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic => None,
    }
}

/// Asks whether a context is usable for sockets already.
#[must_use]
pub fn ask_prepared(family: SocketFamily) -> Option<Command> {
    match family {
        SocketFamily::Quectel => Some(Command::new("AT+QIACT?", LOCAL)),
        SocketFamily::Simcom => Some(Command::new("AT+NETOPEN?", LOCAL)),
        SocketFamily::UbloxR5 => Some(Command::new("AT+UPSND=0,8", LOCAL)),
        SocketFamily::UbloxR4 | SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic => None,
    }
}

/// Reads the answer to [`ask_prepared`].
#[must_use]
pub fn is_prepared(family: SocketFamily, answer: &Answer, cid: u8) -> bool {
    let has = |line: &str| answer.lines.iter().any(|known| known.starts_with(line));
    match family {
        SocketFamily::Quectel => has(&format!("+QIACT: {cid},1,")),
        SocketFamily::Simcom => has("+NETOPEN: 1"),
        SocketFamily::UbloxR5 => has("+UPSND: 0,8,1"),
        SocketFamily::UbloxR4 | SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic => true,
    }
}

/// Makes a socket, where that is a step of its own; the modem chooses the number.
#[must_use]
pub fn create(family: SocketFamily, protocol: Protocol) -> Option<Command> {
    let number = match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
    };
    matches!(family, SocketFamily::UbloxR4 | SocketFamily::UbloxR5)
        .then(|| Command::new(format!("AT+USOCR={number}"), LOCAL))
}

/// The number that the modem chose.
///
/// # Errors
/// [`AtError::Malformed`].
pub fn created(answer: &Answer) -> Result<u8, AtError> {
    const FORM: &str = "+USOCR: <socket>";
    let number = answer.parameters("+USOCR", FORM)?.parse();
    number.map_err(|_| answer.malformed(FORM))
}

/// Opens or connects socket `id`; `None` where nothing more is to be done.
#[must_use]
pub fn open(family: SocketFamily, cid: u8, id: u8, peer: &Peer) -> Option<Command> {
    let Peer { protocol, host, port } = peer;
    match (family, protocol) {
        (SocketFamily::Quectel, _) => {
            let kind = if *protocol == Protocol::Tcp { "TCP" } else { "UDP" };
            Some(Command::new(format!("AT+QIOPEN={cid},{id},\"{kind}\",\"{host}\",{port},0,0"), LOCAL))
        }
        (SocketFamily::Simcom, Protocol::Tcp) => {
            Some(Command::new(format!("AT+CIPOPEN={id},\"TCP\",\"{host}\",{port}"), NETWORK))
        }
        (SocketFamily::Simcom, Protocol::Udp) => {
            let local = 5_000 + u16::from(id);
            Some(Command::new(format!("AT+CIPOPEN={id},\"UDP\",,,{local}"), NETWORK))
        }
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, _) => {
            Some(Command::new(format!("AT+USOCO={id},\"{host}\",{port}"), NETWORK))
        }
        (SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic, _) => None,
    }
}

/// Whether a report follows that says what came of [`open`].
#[must_use]
pub const fn tells_opening(family: SocketFamily) -> bool {
    matches!(family, SocketFamily::Quectel | SocketFamily::Simcom)
}

/// What a report says about the opening of socket `id`; `None` when it says nothing about it.
#[must_use]
pub fn opening(family: SocketFamily, report: &str, id: u8) -> Option<Result<(), SocketError>> {
    let wanted = match family {
        SocketFamily::Quectel => "+QIOPEN",
        SocketFamily::Simcom => "+CIPOPEN",
        SocketFamily::UbloxR4
        | SocketFamily::UbloxR5
        | SocketFamily::Telit
        | SocketFamily::Sierra
        | SocketFamily::Nordic => return None,
    };
    let [told, error] = numbers(report, wanted)?;
    (told == u16::from(id)).then_some(if error == 0 { Ok(()) } else { Err(SocketError(error)) })
}

/// Sends octets.
#[must_use]
pub fn send(family: SocketFamily, id: u8, peer: &Peer, octets: Vec<u8>) -> Option<Command> {
    let length = octets.len();
    let (line, prompt) = match (family, peer.protocol) {
        (SocketFamily::Quectel, _) => (format!("AT+QISEND={id},{length}"), "> "),
        (SocketFamily::Simcom, Protocol::Tcp) => (format!("AT+CIPSEND={id},{length}"), ">"),
        (SocketFamily::Simcom, Protocol::Udp) => {
            (format!("AT+CIPSEND={id},{length},\"{}\",{}", peer.host, peer.port), ">")
        }
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, _) => (format!("AT+USOWR={id},{length}"), "@"),
        (SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic, _) => return None,
    };
    Some(Command::with_octets(line, prompt, octets, NETWORK))
}

/// How what arrives is to be given: kept until it is read, and in hexadecimal digits where it stands in quotes.
#[must_use]
pub fn keep_received(family: SocketFamily) -> Option<Command> {
    match family {
        SocketFamily::Simcom => Some(Command::new("AT+CIPRXGET=1", LOCAL)),
        SocketFamily::UbloxR4 | SocketFamily::UbloxR5 => Some(Command::new("AT+UDCONF=1,1", LOCAL)),
        SocketFamily::Quectel | SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic => None,
    }
}

/// Whether a report says that socket `id` has something to read.
#[must_use]
pub fn has_arrived(family: SocketFamily, report: &str, id: u8) -> bool {
    let parts = fields(parameters(report));
    let is = |place: usize, text: &str| parts.get(place).is_some_and(|part| part == text);
    let id = id.to_string();
    match (family, name(report)) {
        (SocketFamily::Quectel, "+QIURC") => is(0, "recv") && is(1, &id),
        (SocketFamily::Simcom, "+CIPRXGET") => parts.len() == 2 && is(0, "1") && is(1, &id),
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+UUSORD" | "+UUSORF") => is(0, &id),
        _ => false,
    }
}

/// Whether a report says that socket `id` was closed by the other side or with its context.
#[must_use]
pub fn has_closed(family: SocketFamily, report: &str, id: u8) -> bool {
    let parts = fields(parameters(report));
    let is = |place: usize, text: &str| parts.get(place).is_some_and(|part| part == text);
    let id = id.to_string();
    match (family, name(report)) {
        (SocketFamily::Quectel, "+QIURC") => (is(0, "closed") && is(1, &id)) || is(0, "pdpdeact"),
        (SocketFamily::Simcom, "+IPCLOSE") => is(0, &id),
        (SocketFamily::Simcom, "+CIPEVENT") => true,
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+UUSOCL") => is(0, &id),
        _ => false,
    }
}

/// Reads what has arrived.
#[must_use]
pub fn read(family: SocketFamily, id: u8, protocol: Protocol) -> Option<Command> {
    let line = match (family, protocol) {
        (SocketFamily::Quectel, _) => format!("AT+QIRD={id},{MOST_READ}"),
        (SocketFamily::Simcom, _) => format!("AT+CIPRXGET=2,{id},{MOST_READ}"),
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, Protocol::Tcp) => {
            format!("AT+USORD={id},{MOST_READ}")
        }
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, Protocol::Udp) => {
            format!("AT+USORF={id},{MOST_READ}")
        }
        (SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic, _) => return None,
    };
    Some(Command::new(line, LOCAL))
}

/// What was read; empty when there was nothing.
///
/// # Errors
/// [`AtError::Malformed`] when the answer has another form, or another length than it says.
pub fn received(family: SocketFamily, answer: &Answer) -> Result<String, AtError> {
    const FORM: &str = "a line with a length, and as many characters";
    let first = answer.lines.first().map(String::as_str).unwrap_or_default();
    let parts = fields(parameters(first));
    let (length, text) = match (family, name(first)) {
        (SocketFamily::Quectel, "+QIRD") => (parts.first(), answer.lines.get(1)),
        (SocketFamily::Simcom, "+CIPRXGET") => (parts.get(2), answer.lines.get(1)),
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+USORD") => (parts.get(1), parts.get(2)),
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+USORF") if parts.len() == 3 => {
            (parts.get(1), parts.get(2))
        }
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+USORF") => (parts.get(3), parts.get(4)),
        _ => return Err(answer.malformed(FORM)),
    };
    let length: usize =
        length.and_then(|length| length.parse().ok()).ok_or_else(|| answer.malformed(FORM))?;
    let mut text = text.cloned().unwrap_or_default();
    if matches!(family, SocketFamily::UbloxR4 | SocketFamily::UbloxR5) {
        text = text_of(&hex::decode(&text).map_err(|_| answer.malformed(FORM))?);
    }
    if octets_of(&text).len() == length { Ok(text) } else { Err(answer.malformed(FORM)) }
}

/// Closes socket `id`.
#[must_use]
pub fn close(family: SocketFamily, id: u8) -> Option<Command> {
    let line = match family {
        SocketFamily::Quectel => format!("AT+QICLOSE={id}"),
        SocketFamily::Simcom => format!("AT+CIPCLOSE={id}"),
        SocketFamily::UbloxR4 | SocketFamily::UbloxR5 => format!("AT+USOCL={id}"),
        SocketFamily::Telit | SocketFamily::Sierra | SocketFamily::Nordic => return None,
    };
    Some(Command::new(line, Duration::from_secs(15)))
}

/// Looks a name up.
#[must_use]
pub fn look_up(family: SocketFamily, cid: u8, host: &str) -> Option<Command> {
    let line = match family {
        SocketFamily::Quectel => format!("AT+QIDNSGIP={cid},\"{host}\""),
        SocketFamily::Simcom => format!("AT+CDNSGIP=\"{host}\""),
        SocketFamily::UbloxR4 | SocketFamily::UbloxR5 => format!("AT+UDNSRN=0,\"{host}\""),
        SocketFamily::Nordic => format!("AT#XGETADDRINFO=\"{host}\""),
        SocketFamily::Telit | SocketFamily::Sierra => return None,
    };
    Some(Command::new(line, NETWORK))
}

/// The address that a line of an answer or a report tells; an error where it says that there is none.
#[must_use]
pub fn found(family: SocketFamily, line: &str) -> Option<Result<IpAddr, SocketError>> {
    let parts = fields(parameters(line));
    let place = match (family, name(line)) {
        (SocketFamily::Quectel, "+QIURC") if parts.first().is_some_and(|kind| kind == "dnsgip") => 1,
        (SocketFamily::Simcom, "+CDNSGIP") => 2,
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+UDNSRN") => 0,
        (SocketFamily::Nordic, "#XGETADDRINFO") => 0,
        _ => return None,
    };
    if let Some(address) = parts.get(place).and_then(|part| part.parse().ok()) {
        return Some(Ok(address));
    }
    let error: u16 = parts.get(1)?.parse().ok()?;
    (error != 0).then_some(Err(SocketError(error)))
}

/// Pings.
#[must_use]
pub fn ping(family: SocketFamily, cid: u8, host: &str, count: u8) -> Option<Command> {
    let line = match family {
        SocketFamily::Quectel => format!("AT+QPING={cid},\"{host}\",4,{count}"),
        SocketFamily::Simcom => format!("AT+CPING=\"{host}\",1,{count}"),
        SocketFamily::UbloxR4 | SocketFamily::UbloxR5 => format!("AT+UPING=\"{host}\",{count}"),
        SocketFamily::Nordic => format!("AT#XPING=\"{host}\",45,5000,{count},1000"),
        SocketFamily::Telit | SocketFamily::Sierra => return None,
    };
    Some(Command::new(line, LOCAL))
}

/// What one report of a ping says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingReport {
    /// An answer came after this many milliseconds.
    Answered(u32),
    /// No answer came.
    Lost,
    /// All are done.
    Ended,
}

/// Reads a report of a ping.
#[must_use]
pub fn ping_report(family: SocketFamily, report: &str) -> Option<PingReport> {
    let parts = fields(parameters(report));
    let number = |place: usize| parts.get(place).and_then(|part| part.parse::<i64>().ok());
    let answered =
        |place: usize| number(place).and_then(|ms| u32::try_from(ms).ok()).map(PingReport::Answered);
    match (family, name(report), parts.len()) {
        (SocketFamily::Quectel, "+QPING", 5) => answered(3),
        (SocketFamily::Quectel, "+QPING", 1) if number(0) == Some(569) => Some(PingReport::Lost),
        (SocketFamily::Quectel, "+QPING", _) => Some(PingReport::Ended),
        (SocketFamily::Simcom, "+CPING", _) => match number(0)? {
            1 => answered(3),
            2 => Some(PingReport::Lost),
            _ => Some(PingReport::Ended),
        },
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+UUPING", _) => {
            answered(5).or(Some(PingReport::Lost))
        }
        (SocketFamily::UbloxR4 | SocketFamily::UbloxR5, "+UUPINGER", _) => Some(PingReport::Ended),
        (SocketFamily::Nordic, "#XPING", _) => nordic_ping(parameters(report)),
        _ => None,
    }
}

/// `0.637 seconds`, `timeout`, or the average that ends them.
fn nordic_ping(told: &str) -> Option<PingReport> {
    if told.starts_with("average ") {
        return Some(PingReport::Ended);
    }
    if told == "timeout" {
        return Some(PingReport::Lost);
    }
    let (whole, thousandths) = told.split(' ').next()?.split_once('.')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if thousandths.len() != 3 || !is_number(whole) || !is_number(thousandths) {
        return None;
    }
    let seconds: u32 = whole.parse().ok()?;
    let ms: u32 = thousandths.parse().ok()?;
    seconds.checked_mul(1_000)?.checked_add(ms).map(PingReport::Answered)
}

/// The numbers that follow the name of a report.
fn numbers<const N: usize>(report: &str, wanted: &str) -> Option<[u16; N]> {
    if name(report) != wanted {
        return None;
    }
    let parts = fields(parameters(report));
    let mut numbers = [0; N];
    for (place, number) in numbers.iter_mut().enumerate() {
        *number = parts.get(place)?.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    fn answer(lines: &[&str]) -> Answer {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Answer { command: "AT+X".to_owned(), lines, result: FinalResult::Ok }
    }

    /// Lines as modules sent them.
    #[test]
    fn reports_of_each_family_are_read() {
        use SocketFamily::{Quectel, Simcom, UbloxR4};
        assert_eq!(opening(Quectel, "+QIOPEN: 0,0", 0), Some(Ok(())));
        assert_eq!(opening(Quectel, "+QIOPEN: 0,566", 0), Some(Err(SocketError(566))));
        assert_eq!(opening(Quectel, "+QIOPEN: 1,0", 0), None);
        assert_eq!(opening(Simcom, "+CIPOPEN: 0,10", 0), Some(Err(SocketError(10))));
        assert!(has_arrived(Quectel, "+QIURC: \"recv\",0", 0));
        assert!(has_arrived(Quectel, "+QIURC: \"recv\",0,5", 0));
        assert!(!has_arrived(Quectel, "+QIURC: \"closed\",0", 0));
        assert!(has_arrived(Simcom, "+CIPRXGET: 1,0", 0));
        assert!(has_arrived(UbloxR4, "+UUSORD: 0,5", 0));
        assert!(has_closed(Quectel, "+QIURC: \"closed\",0", 0));
        assert!(has_closed(Quectel, "+QIURC: \"pdpdeact\",1", 0));
        assert!(has_closed(Simcom, "+IPCLOSE: 0,1", 0));
        assert!(has_closed(UbloxR4, "+UUSOCL: 0", 0));
        assert_eq!(
            found(Quectel, "+QIURC: \"dnsgip\",\"192.0.2.1\""),
            Some(Ok("192.0.2.1".parse().unwrap()))
        );
        assert_eq!(found(Quectel, "+QIURC: \"dnsgip\",0,1,600"), None);
        assert_eq!(found(Quectel, "+QIURC: \"dnsgip\",565"), Some(Err(SocketError(565))));
        assert_eq!(found(UbloxR4, "+UDNSRN: \"192.0.2.1\""), Some(Ok("192.0.2.1".parse().unwrap())));
        let ping = |family, line| ping_report(family, line);
        assert_eq!(ping(Quectel, "+QPING: 0,\"192.0.2.1\",32,192,255"), Some(PingReport::Answered(192)));
        assert_eq!(ping(Quectel, "+QPING: 0,4,4,0,192,479,287"), Some(PingReport::Ended));
        assert_eq!(ping(Quectel, "+QPING: 569"), Some(PingReport::Lost));
        assert_eq!(ping(Simcom, "+CPING: 1,192.0.2.1,60,85,54"), Some(PingReport::Answered(85)));
        assert_eq!(ping(Simcom, "+CPING: 3,4,4,0,25,85,43"), Some(PingReport::Ended));
        let line = "+UUPING: 1,32,\"host\",\"192.0.2.1\",55,812";
        assert_eq!(ping(UbloxR4, line), Some(PingReport::Answered(812)));
        assert_eq!(ping(UbloxR4, "+UUPING: 1,32,\"host\",\"192.0.2.1\",0,-1"), Some(PingReport::Lost));
    }

    #[test]
    fn names_and_pings_of_the_nordic_family_are_read() {
        use SocketFamily::Nordic;
        let address = "104.20.251.111".parse().unwrap();
        assert_eq!(found(Nordic, "#XGETADDRINFO: \"104.20.251.111\""), Some(Ok(address)));
        let ping = |told: &str| ping_report(Nordic, &format!("#XPING: {told}"));
        assert_eq!(ping("0.637 seconds"), Some(PingReport::Answered(637)));
        assert_eq!(ping("12.005 seconds"), Some(PingReport::Answered(12_005)));
        assert_eq!(ping("timeout"), Some(PingReport::Lost));
        assert_eq!(ping("average 0.341 seconds"), Some(PingReport::Ended));
        for garbage in ["", "0.6 seconds", "-1.637 seconds", "9999999999.000 seconds", "x.637", "."] {
            assert_eq!(ping(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn what_was_read_has_the_length_that_is_told() {
        use SocketFamily::{Quectel, Simcom, UbloxR4};
        let read = |family, lines: &[&str]| received(family, &answer(lines)).ok();
        assert_eq!(read(Quectel, &["+QIRD: 5", "hello"]).as_deref(), Some("hello"));
        assert_eq!(read(Quectel, &["+QIRD: 0"]).as_deref(), Some(""));
        assert_eq!(read(Quectel, &["+QIRD: 6", "hello"]), None);
        assert_eq!(read(Simcom, &["+CIPRXGET: 2,0,5,0", "hello"]).as_deref(), Some("hello"));
        assert_eq!(read(UbloxR4, &["+USORD: 0,5,\"68656C6C6F\""]).as_deref(), Some("hello"));
        assert_eq!(read(UbloxR4, &["+USORF: 0,\"192.0.2.1\",80,5,\"68656C6C6F\""]).as_deref(), Some("hello"));
        assert_eq!(read(UbloxR4, &[]), None);
    }
}
