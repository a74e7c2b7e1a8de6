//! How IPv6 addresses are written (TS 27.007 10.1.41 `+CGPIAF`), in `+CGPADDR` and `+CGCONTRDP`.

use super::super::Modem;
use super::super::outcome::Outcome;
use super::super::settings::{Field, Setting};
use super::{Entry, Test, open};
use std::net::{IpAddr, Ipv6Addr};
use wire::at::command::Form;
use wire::time::Instant;

/// The row of this command.
pub(super) const ROWS: &[Entry] = &[open("+CGPIAF", Test::Own, Modem::address_format)];

const FLAG: Field = Field { allowed: &[0..=1], factory: 0 };
const FORMAT: Setting = Setting { name: "+CGPIAF", fields: &[FLAG, FLAG, FLAG, FLAG] };
/// A host has one IPv4 address and a /64 of IPv6.
const IPV6_PREFIX: u32 = 64;

/// The four flags of `+CGPIAF`; the last three count with colons only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AddressFormat {
    /// Groups with colons, in place of sixteen decimal numbers with dots.
    colons: bool,
    /// The length of the prefix behind a stroke, in place of the mask behind a space.
    prefix_length: bool,
    leading_zeros: bool,
    compressed: bool,
}

impl AddressFormat {
    /// An address.
    pub(super) fn text(self, address: IpAddr) -> String {
        match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) if self.colons => self.groups(address),
            IpAddr::V6(address) => dotted(address),
        }
    }

    /// An address with its subnet mask.
    pub(super) fn with_mask(self, address: IpAddr) -> String {
        let text = self.text(address);
        let mask = Ipv6Addr::from_bits(u128::MAX << (128 - IPV6_PREFIX));
        match address {
            IpAddr::V4(_) => format!("{text}.255.255.255.255"),
            IpAddr::V6(_) if !self.colons => format!("{text}.{}", dotted(mask)),
            IpAddr::V6(_) if self.prefix_length => format!("{text}/{IPV6_PREFIX}"),
            IpAddr::V6(_) => format!("{text} {}", self.groups(mask)),
        }
    }

    fn groups(self, address: Ipv6Addr) -> String {
        let group =
            |group: &u16| if self.leading_zeros { format!("{group:04X}") } else { format!("{group:X}") };
        let joined = |groups: &[u16]| groups.iter().map(group).collect::<Vec<_>>().join(":");
        let segments = address.segments();
        match longest_zeros(&segments).filter(|_| self.compressed) {
            Some((start, end)) => {
                let (before, after) = (segments.get(..start), segments.get(end..));
                format!("{}::{}", joined(before.unwrap_or_default()), joined(after.unwrap_or_default()))
            }
            None => joined(&segments),
        }
    }
}

/// Where the longest run of zero groups begins and ends, the first of several; one group alone is none.
fn longest_zeros(segments: &[u16]) -> Option<(usize, usize)> {
    let mut longest: Option<(usize, usize)> = None;
    let mut start = None;
    for (index, segment) in segments.iter().chain([&1]).enumerate() {
        match (*segment, start) {
            (0, None) => start = Some(index),
            (0, Some(_)) | (_, None) => {}
            (_, Some(first)) => {
                let length = longest.map_or(1, |(first, end)| end - first);
                longest = if index - first > length { Some((first, index)) } else { longest };
                start = None;
            }
        }
    }
    longest
}

/// Sixteen decimal numbers (TS 27.007 10.1.41, format 0).
fn dotted(address: Ipv6Addr) -> String {
    address.octets().map(|octet| octet.to_string()).join(".")
}

impl Modem {
    pub(super) fn address_format(&mut self, _now: Instant, form: &Form) -> Outcome {
        self.keep_numbers(&FORMAT, form)
    }

    /// As the host wants addresses.
    pub(super) fn written(&self) -> AddressFormat {
        let flag = |place| self.number(&FORMAT, place) == 1;
        AddressFormat { colons: flag(0), prefix_length: flag(1), leading_zeros: flag(2), compressed: flag(3) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of TS 27.007 10.1.41.
    #[test]
    fn an_address_is_written_as_the_flags_say() {
        let address: IpAddr = "2001:db8:0:cd30::".parse().unwrap();
        let rows = [
            ([false, false, false, false], "32.1.13.184.0.0.205.48.0.0.0.0.0.0.0.0"),
            ([true, false, false, false], "2001:DB8:0:CD30:0:0:0:0"),
            ([true, false, true, false], "2001:0DB8:0000:CD30:0000:0000:0000:0000"),
            ([true, false, false, true], "2001:DB8:0:CD30::"),
        ];
        for ([colons, prefix_length, leading_zeros, compressed], want) in rows {
            let format = AddressFormat { colons, prefix_length, leading_zeros, compressed };
            assert_eq!(format.text(address), want);
        }
        let stroke =
            AddressFormat { colons: true, prefix_length: true, compressed: true, ..AddressFormat::default() };
        assert_eq!(stroke.with_mask(address), "2001:DB8:0:CD30::/64");
        let space = AddressFormat { prefix_length: false, ..stroke };
        assert_eq!(space.with_mask(address), "2001:DB8:0:CD30:: FFFF:FFFF:FFFF:FFFF::");
        assert_eq!(space.text("::1".parse().unwrap()), "::1");
        assert_eq!(space.text("1:0:0:1:0:0:0:1".parse().unwrap()), "1:0:0:1::1");
    }
}
