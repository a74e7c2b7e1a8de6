//! Pieces of lines, read strictly: what does not have the form is none.

use super::{Event, Heard, LinkCheck};
use wire::id::Key;

/// Digits and nothing else.
pub fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A downlink of this port and these hexadecimal octets. Port 0 carries nothing for a host.
pub fn downlink(port: &str, octets: &str) -> Option<Event> {
    let port = number(port).filter(|port| *port > 0)?;
    Some(Event::Downlink { port, payload: hex::decode(octets).ok()? })
}

/// A margin and a number of gateways.
pub fn link_check(margin: &str, gateways: &str) -> Option<LinkCheck> {
    Some(LinkCheck { margin: number(margin)?, gateways: number(gateways)? })
}

/// An event where the line has its form.
pub fn told(event: Option<Event>, form: &'static str) -> Heard {
    event.map_or(Heard::Malformed(form), Heard::told)
}

/// A key as dialects write it: upper-case digits.
pub fn key(key: &Key) -> String {
    hex::encode_upper(key.expose())
}

/// Octets with colons between them.
pub fn colons(octets: &[u8]) -> String {
    let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    pairs.join(":")
}
