//! `[[gateway]]`: LoRaWAN gateways, simulated and outside.

use super::ground::Position;
use super::text::Text;
use serde::Deserialize;
use std::str::FromStr;
use toml::Spanned;
use wire::id::Eui64;
use wire::ip::Prefix;
use wire::lorawan::Band;

/// `[[gateway]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayPlan {
    /// Its identity.
    pub eui: Spanned<Text<Eui64>>,
    /// Whether it is simulated or connects through a door of a live lab.
    #[serde(default = "yes")]
    pub simulated: bool,
    /// The network server that a simulated gateway speaks Semtech UDP to, instead of the lab's own; live labs only.
    pub server: Option<Spanned<Text<ServerUri>>>,
    /// The band that a simulated one is built for, where that is another than the network's, which then does not serve it.
    pub band: Option<Spanned<Text<Band>>>,
    /// The addresses that the tunnel of its backhaul gives, where a gateway outside has one: it is served from there only.
    pub tunnel: Option<Spanned<Text<Prefix>>>,
    /// How many channels of 125 kHz it listens on: 8, or 16 with two concentrators; where channels are fixed 64 too.
    #[serde(default = "eight")]
    pub channels: u16,
    /// Where it stands; absent where everybody hears it.
    pub position: Option<Spanned<Position>>,
    /// Gain of its aerial, dBi.
    #[serde(default)]
    pub antenna_gain: f64,
}

/// A network server outside: `udp://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUri {
    /// Name or address.
    pub host: String,
    /// UDP port.
    pub port: u16,
}

impl FromStr for ServerUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is not a network server: udp://host:port, as udp://192.0.2.1:1700");
        let (host, port) =
            text.strip_prefix("udp://").and_then(|rest| rest.rsplit_once(':')).ok_or_else(wrong)?;
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let strange = |c: char| c.is_whitespace() || matches!(c, '/' | '@' | '[' | ']');
        if host.is_empty() || port == 0 || host.contains(strange) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

const fn eight() -> u16 {
    8
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_a_gateway_is_a_host_and_a_port() {
        let server = |host: &str, port| Ok(ServerUri { host: host.to_owned(), port });
        assert_eq!("udp://ns.example:1700".parse(), server("ns.example", 1700));
        assert_eq!("udp://[::1]:1700".parse(), server("::1", 1700));
        for text in
            ["ns:1700", "tcp://ns:1", "udp://ns", "udp://:1", "udp://ns:0", "udp://ns:70000", "udp://a/b:1"]
        {
            assert!(text.parse::<ServerUri>().unwrap_err().contains("udp://host:port"), "{text}");
        }
    }
}
