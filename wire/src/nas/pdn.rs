//! What a mobile asks for and what it is granted with a PDN connection (TS 24.301 9.9.4, TS 24.008 10.5.6.3).
//!
//! The protocol configuration options travel as the values that their containers hold. A password never shows in a
//! debug text.

use super::Ambr;
use crate::cause::EsmCause;
use crate::ppp::chap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// PDN type (TS 24.301 9.9.4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PdnType {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// Both in one connection.
    Ipv4v6,
}

impl fmt::Display for PdnType {
    /// As the `<PDP_type>` of `+CGDCONT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4 => "IP",
            Self::Ipv6 => "IPV6",
            Self::Ipv4v6 => "IPV4V6",
        })
    }
}

/// Class of service of a default bearer, the QoS class identifier (TS 23.203 6.1.7.2): 5 to 9. The classes 1 to 4 have a
/// guaranteed bit rate, which a default bearer never has (TS 23.401 4.7.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Qci(u8);

impl From<Qci> for u8 {
    fn from(qci: Qci) -> Self {
        qci.0
    }
}

impl TryFrom<u8> for Qci {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("{number} is no class of a default bearer: expected 5 to 9"))
    }
}

impl Qci {
    /// What a connection has that nothing better was ordered for.
    pub const BEST_EFFORT: Self = Self(9);

    /// The class of this number; `None` where a default bearer cannot have it.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (5..=9).contains(&number).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What a mobile asks for when it asks for a PDN connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdnRequest {
    /// Access point name; `None` lets the network choose the subscription's default.
    pub apn: Option<String>,
    /// Requested address family.
    pub pdn_type: PdnType,
    /// Credentials for the access point, in the protocol configuration options (0xC023 or 0xC223).
    pub authentication: Option<Authentication>,
}

impl PdnRequest {
    /// A request without credentials.
    #[must_use]
    pub const fn new(apn: Option<String>, pdn_type: PdnType) -> Self {
        Self { apn, pdn_type, authentication: None }
    }
}

/// Credentials for an access point.
#[derive(Clone, PartialEq, Eq)]
pub enum Authentication {
    /// PAP (RFC 1334).
    Pap {
        /// Peer identity.
        user: String,
        /// Password.
        password: String,
    },
    /// CHAP with MD5 (RFC 1994): the mobile plays the challenge and its answer together.
    Chap {
        /// Name.
        user: String,
        /// Identifier of the challenge.
        identifier: u8,
        /// The challenge.
        challenge: Vec<u8>,
        /// MD5 over identifier, secret and challenge.
        response: [u8; 16],
    },
}

impl Authentication {
    /// Credentials with the answer to a challenge (RFC 1994 4.1).
    #[must_use]
    pub fn chap(user: String, identifier: u8, challenge: Vec<u8>, secret: &str) -> Self {
        let response = chap::response(identifier, secret.as_bytes(), &challenge);
        Self::Chap { user, identifier, challenge, response }
    }

    /// Whether these are the credentials of a user with a password.
    #[must_use]
    pub fn proves(&self, name: &str, secret: &str) -> bool {
        match self {
            Self::Pap { user, password } => user == name && password == secret,
            Self::Chap { user, identifier, challenge, response } => {
                user == name && *response == chap::response(*identifier, secret.as_bytes(), challenge)
            }
        }
    }

    /// The name that the mobile gives.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::Pap { user, .. } | Self::Chap { user, .. } => user,
        }
    }

    /// `PAP` or `CHAP`.
    #[must_use]
    pub const fn protocol(&self) -> &'static str {
        match self {
            Self::Pap { .. } => "PAP",
            Self::Chap { .. } => "CHAP",
        }
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.protocol()).field("user", &self.user()).finish_non_exhaustive()
    }
}

/// The lower half of an IPv6 address, as the network assigns it (TS 24.301 9.9.4.9). The prefix follows in a router
/// advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InterfaceIdentifier(pub [u8; 8]);

impl InterfaceIdentifier {
    /// The address of this interface under a /64 prefix, whose lower half is ignored.
    #[must_use]
    pub fn under(self, prefix: Ipv6Addr) -> Ipv6Addr {
        let high = prefix.to_bits() & !u128::from(u64::MAX);
        Ipv6Addr::from_bits(high | u128::from(u64::from_be_bytes(self.0)))
    }

    /// Its link-local address.
    #[must_use]
    pub fn link_local(self) -> Ipv6Addr {
        self.under(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0))
    }
}

/// PDN address (TS 24.301 9.9.4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum PdnAddress {
    /// IPv4.
    Ipv4(Ipv4Addr),
    /// IPv6: the interface identifier.
    Ipv6(InterfaceIdentifier),
    /// Both.
    Ipv4v6(Ipv4Addr, InterfaceIdentifier),
}

impl PdnAddress {
    /// The IPv4 address, where there is one.
    #[must_use]
    pub const fn ipv4(self) -> Option<Ipv4Addr> {
        match self {
            Self::Ipv4(address) | Self::Ipv4v6(address, _) => Some(address),
            Self::Ipv6(_) => None,
        }
    }

    /// The interface identifier, where there is one.
    #[must_use]
    pub const fn interface(self) -> Option<InterfaceIdentifier> {
        match self {
            Self::Ipv6(interface) | Self::Ipv4v6(_, interface) => Some(interface),
            Self::Ipv4(_) => None,
        }
    }
}

impl fmt::Display for PdnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(address) => address.fmt(f),
            Self::Ipv6(interface) => interface.link_local().fmt(f),
            Self::Ipv4v6(address, interface) => write!(f, "{address} and {}", interface.link_local()),
        }
    }
}

/// What the network grants with a PDN connection.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PdnGrant {
    /// EPS bearer identity, 5 to 15.
    pub bearer: u8,
    /// The access point name with the operator identifier appended.
    pub apn: String,
    /// The address of the mobile.
    pub address: PdnAddress,
    /// DNS servers from the protocol configuration options (0x000D, 0x0003).
    pub dns: Vec<IpAddr>,
    /// The largest packet of the link, from the protocol configuration options (0x0010); `None` leaves 1500.
    pub mtu: Option<u16>,
    /// ESM cause that goes with an acceptance, such as #50 (IPv4 only allowed).
    pub cause: Option<EsmCause>,
    /// Class of service of the bearer.
    pub qci: Qci,
    /// Bit rates of the access point, where the operator sets any.
    #[serde(default)]
    pub ambr: Option<Ambr>,
}

impl PdnGrant {
    /// DNS servers that are reached by IPv4.
    pub fn dns_ipv4(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.dns.iter().filter_map(|server| match server {
            IpAddr::V4(server) => Some(*server),
            IpAddr::V6(_) => None,
        })
    }
}

impl fmt::Display for PdnRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.apn {
            Some(apn) => write!(f, "APN {apn} {}", self.pdn_type)?,
            None => write!(f, "no APN {}", self.pdn_type)?,
        }
        match &self.authentication {
            Some(credentials) => write!(f, ", {} as \"{}\"", credentials.protocol(), credentials.user()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PdnGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "APN {} bearer {} address {}", self.apn, self.bearer, self.address)?;
        self.cause.map_or(Ok(()), |cause| write!(f, " {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_shows() {
        let (user, password) = ("meter".to_owned(), "hunter2".to_owned());
        let request = PdnRequest {
            authentication: Some(Authentication::Pap { user, password }),
            ..PdnRequest::new(Some("acme.dedicated".to_owned()), PdnType::Ipv4)
        };
        assert_eq!(request.to_string(), "APN acme.dedicated IP, PAP as \"meter\"");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn a_challenge_is_answered_as_rfc_1994_says() {
        let challenge: Vec<u8> = (0..16).collect();
        let credentials = Authentication::chap("meter".to_owned(), 7, challenge, "hunter2");
        let Authentication::Chap { response, .. } = &credentials else { panic!("not CHAP") };
        // Computed with another implementation of MD5.
        assert_eq!(hex::encode(response), "624f9dcb5f700137837398d391a7b1a8");
        assert!(credentials.proves("meter", "hunter2"));
        assert!(!credentials.proves("meter", "hunter3"));
        assert!(!credentials.proves("Meter", "hunter2"));
    }

    #[test]
    fn an_interface_identifier_is_the_lower_half_of_an_address() {
        let interface = InterfaceIdentifier([0, 0, 0, 0, 0, 0, 0, 1]);
        let prefix: Ipv6Addr = "2001:db8:1:2::ffff".parse().unwrap();
        assert_eq!(interface.under(prefix), "2001:db8:1:2::1".parse::<Ipv6Addr>().unwrap());
        assert_eq!(interface.link_local(), "fe80::1".parse::<Ipv6Addr>().unwrap());
    }
}
