//! The access points of a lab file, as they are written.

use super::text::{Secret, Text};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use toml::Spanned;
use wire::nas::{PdnType, Qci};

/// Kind of an access point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApnKind {
    /// Shared by all customers, private addresses behind NAT.
    SharedPrivate,
    /// Shared by all customers, public addresses.
    SharedPublic,
    /// One customer's own.
    Dedicated,
}

/// `[[apn]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApnPlan {
    /// Network identifier.
    pub name: Spanned<String>,
    /// Kind.
    pub kind: ApnKind,
    /// The account that a dedicated access point belongs to.
    pub account: Option<Spanned<String>>,
    /// Address pool, such as `10.64.0.0/16`.
    pub pool: Text<Pool>,
    /// DNS servers.
    #[serde(default)]
    pub dns: Vec<IpAddr>,
    /// `"IP"`, `"IPV6"` or `"IPV4V6"`.
    #[serde(default = "ipv4")]
    pub pdn_type: Text<Family>,
    /// The /48 out of which each session gets a /64, such as `"2001:db8:64::"`.
    pub prefix: Option<Ipv6Addr>,
    /// A request for both families is granted one, with #52.
    #[serde(default)]
    pub single_address: bool,
    /// The largest packet.
    pub mtu: Option<u16>,
    /// User that the access point asks for.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Whether the content filter works here.
    #[serde(default)]
    pub content_filter: bool,
    /// What a dedicated access point carries goes through a tunnel to the customer's gateway.
    #[serde(default)]
    pub tunnel: bool,
    /// Class of service, 5 (best) to 9.
    #[serde(default)]
    pub qci: ServiceClass,
    /// Seconds that an idle binding of the address translation lives: TCP and UDP.
    pub nat_idle: Option<(u64, u64)>,
}

fn ipv4() -> Text<Family> {
    Text(Family(PdnType::Ipv4))
}

/// Address family of an access point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family(pub PdnType);

impl FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [PdnType::Ipv4, PdnType::Ipv6, PdnType::Ipv4v6];
        let found = known.into_iter().find(|known| known.to_string() == text);
        found
            .map(Self)
            .ok_or_else(|| format!("\"{text}\" is not a PDN type: expected \"IP\", \"IPV6\" or \"IPV4V6\""))
    }
}

/// Class of service of an access point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct ServiceClass(pub Qci);

impl Default for ServiceClass {
    fn default() -> Self {
        Self(Qci::BEST_EFFORT)
    }
}

impl TryFrom<u8> for ServiceClass {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        let wrong = || format!("{number} is not the class of a default bearer: expected 5 (best) to 9");
        Qci::new(number).map(Self).ok_or_else(wrong)
    }
}

/// A pool of IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The first address of the network.
    pub network: Ipv4Addr,
    /// Prefix length.
    pub prefix: u8,
}

impl FromStr for Pool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "\"{text}\" is not an address pool: expected an IPv4 prefix of length 8 to 30, such as 10.64.0.0/16"
            )
        };
        let (network, prefix) = text.split_once('/').ok_or_else(error)?;
        let network: Ipv4Addr = network.parse().map_err(|_| error())?;
        let prefix: u8 = prefix.parse().map_err(|_| error())?;
        let host_bits = 32_u32.checked_sub(u32::from(prefix)).ok_or_else(error)?;
        let inside = (8..=30).contains(&prefix) && network.to_bits() & ((1_u32 << host_bits) - 1) == 0;
        if inside { Ok(Self { network, prefix }) } else { Err(error()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_must_be_a_prefix() {
        assert_eq!("10.64.0.0/16".parse(), Ok(Pool { network: Ipv4Addr::new(10, 64, 0, 0), prefix: 16 }));
        for text in ["10.64.0.1/16", "10.64.0.0", "10.64.0.0/33", "10.64.0.0/0", "x/16"] {
            assert!(text.parse::<Pool>().is_err(), "{text}");
        }
    }
}
