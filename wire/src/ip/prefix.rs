//! A prefix of IP addresses (RFC 4632, RFC 4291 clause 2.3): `10.8.0.0/16`, `2001:db8::/32`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// All addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    network: IpAddr,
    length: u8,
}

/// A text that is no prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a prefix of addresses: expected the first address and a length, such as 10.8.0.0/16 or 2001:db8::/32"
)]
pub struct NotAPrefix(pub String);

impl Prefix {
    /// Whether the address is one of it; one of IPv4 in the clothes of IPv6 is one of IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differs = network.to_bits() ^ address.to_bits();
                differs.leading_zeros() >= u32::from(self.length)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differs = network.to_bits() ^ address.to_bits();
                differs.leading_zeros() >= u32::from(self.length)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Whether no bit is set below the length.
    const fn begins_at_its_network(&self) -> bool {
        let (zeros, width) = match self.network {
            IpAddr::V4(network) => (network.to_bits().trailing_zeros(), 32),
            IpAddr::V6(network) => (network.to_bits().trailing_zeros(), 128),
        };
        self.length as u32 <= width && zeros >= width - self.length as u32
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let wrong = || NotAPrefix(text.to_owned());
        let (network, length) = text.split_once('/').ok_or_else(wrong)?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length = length.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        let prefix = Self { network: network.parse().map_err(|_| wrong())?, length };
        if prefix.begins_at_its_network() { Ok(prefix) } else { Err(wrong()) }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_the_prefix_when_it_begins_so() {
        let rows = [
            ("10.8.0.0/16", "10.8.0.1", true),
            ("10.8.0.0/16", "10.8.255.255", true),
            ("10.8.0.0/16", "10.9.0.0", false),
            ("10.8.0.0/16", "::ffff:10.8.3.4", true),
            ("10.8.0.0/16", "2001:db8::1", false),
            ("10.8.0.7/32", "10.8.0.7", true),
            ("10.8.0.7/32", "10.8.0.6", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "::1", true),
        ];
        for (prefix, address, want) in rows {
            let parsed: Prefix = prefix.parse().unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), want, "{prefix} {address}");
            assert_eq!(parsed.to_string(), prefix);
        }
    }

    #[test]
    fn what_is_no_prefix_is_refused_with_an_example() {
        for text in [
            "10.8.0.0",
            "10.8.0.0/33",
            "10.8.0.1/16",
            "10.8/16",
            "2001:db8::1/32",
            "::/129",
            "10.8.0.0/+8",
            "/8",
            "",
        ] {
            let error = text.parse::<Prefix>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("10.8.0.0/16"), "{error}");
        }
    }
}
