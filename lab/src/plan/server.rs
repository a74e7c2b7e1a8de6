//! `[[server]]`: what stands behind the access points.

use super::text::Text;
use serde::Deserialize;
use std::net::IpAddr;
use std::str::FromStr;
use toml::Spanned;

/// `[[server]]`: a server of the Internet or of a customer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerPlan {
    /// Its name, which DNS knows.
    pub name: Spanned<String>,
    /// Its addresses: at most two.
    pub addresses: Spanned<Vec<IpAddr>>,
    /// The access points that lead to it.
    pub apns: Vec<Spanned<String>>,
    /// The customer whose cards alone reach it.
    pub account: Option<Spanned<String>>,
    /// Whether the content filter stands in its place.
    #[serde(default)]
    pub filtered: bool,
    /// What it listens to, such as `"tcp/7 echo"`.
    pub services: Vec<Text<ServicePlan>>,
}

/// What a port does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// Sends back what it gets.
    Echo,
    /// Keeps what it gets.
    Sink,
    /// Answers HTTP requests.
    Http,
}

/// One port of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServicePlan {
    /// TCP, or UDP.
    pub tcp: bool,
    /// The port.
    pub port: u16,
    /// What it does.
    pub kind: ServiceKind,
}

impl FromStr for ServicePlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "\"{text}\" is not a service: expected a protocol, a port and echo, sink or http, such as \"tcp/7 echo\""
            )
        };
        let (place, kind) = text.split_once(' ').ok_or_else(error)?;
        let (protocol, port) = place.split_once('/').ok_or_else(error)?;
        let tcp = match protocol {
            "tcp" => true,
            "udp" => false,
            _ => return Err(error()),
        };
        let kind = match kind {
            "echo" => ServiceKind::Echo,
            "sink" => ServiceKind::Sink,
            "http" if tcp => ServiceKind::Http,
            _ => return Err(error()),
        };
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(error)?;
        Ok(Self { tcp, port, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_protocol_a_port_and_a_kind() {
        let echo = ServicePlan { tcp: true, port: 7, kind: ServiceKind::Echo };
        assert_eq!("tcp/7 echo".parse(), Ok(echo));
        for text in
            ["", "tcp", "tcp/7", "tcp/0 echo", "tcp/65536 echo", "sctp/7 echo", "udp/80 http", "tcp/7 x"]
        {
            assert!(text.parse::<ServicePlan>().is_err(), "{text}");
        }
    }
}
