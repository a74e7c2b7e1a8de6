//! Packet domain: contexts, activation, addresses (TS 27.007 clause 10.1).

use crate::at::{Answer, AtError, Command};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::at::response::fields;
use wire::time::Duration;

/// Defines a context; an empty `apn` lets the network choose.
#[must_use]
pub fn define_context(cid: u8, pdp_type: &str, apn: &str) -> Command {
    Command::new(format!("AT+CGDCONT={cid},\"{pdp_type}\",\"{apn}\""), Duration::from_secs(5))
}

/// Activates or deactivates a context.
#[must_use]
pub fn set_active(cid: u8, active: bool) -> Command {
    Command::new(format!("AT+CGACT={},{cid}", u8::from(active)), Duration::from_secs(150))
}

/// Asks which contexts are active.
#[must_use]
pub fn read_active() -> Command {
    Command::new("AT+CGACT?", Duration::from_secs(5))
}

/// Reads whether context `cid` is active.
///
/// # Errors
/// [`AtError::Malformed`] when a line is not `<cid>,<state>`.
pub fn is_active(answer: &Answer, cid: u8) -> Result<bool, AtError> {
    for line in answer.lines.iter().filter(|line| wire::at::response::name(line) == "+CGACT") {
        let fields = fields(wire::at::response::parameters(line));
        let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u8>().ok());
        let (id, state) =
            number(0).zip(number(1)).ok_or_else(|| answer.malformed("+CGACT: <cid>,<state>"))?;
        if id == cid {
            return Ok(state == 1);
        }
    }
    Ok(false)
}

/// Attaches to or detaches from packet service.
#[must_use]
pub fn set_attached(attached: bool) -> Command {
    Command::new(format!("AT+CGATT={}", u8::from(attached)), Duration::from_secs(140))
}

/// Asks for the address of a context.
#[must_use]
pub fn read_address(cid: u8) -> Command {
    Command::new(format!("AT+CGPADDR={cid}"), Duration::from_secs(5))
}

/// Reads the IPv4 address of context `cid`; `None` when it has none.
///
/// # Errors
/// [`AtError::Malformed`] when the text is not an address.
pub fn address(answer: &Answer, cid: u8) -> Result<Option<Ipv4Addr>, AtError> {
    let four = |address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    };
    Ok(addresses(answer, cid)?.into_iter().find_map(four))
}

/// Reads every address of context `cid`, IPv6 in dotted numbers or with colons; none when it has none.
///
/// # Errors
/// [`AtError::Malformed`] when a text is not an address.
pub fn addresses(answer: &Answer, cid: u8) -> Result<Vec<IpAddr>, AtError> {
    const FORM: &str = "+CGPADDR: <cid>[,<address>[,<IPv6 address>]]";
    for line in answer.lines.iter().filter(|line| wire::at::response::name(line) == "+CGPADDR") {
        let fields = fields(wire::at::response::parameters(line));
        if fields.first().and_then(|field| field.parse().ok()) == Some(cid) {
            let there = fields.iter().skip(1).filter(|text| !matches!(text.as_str(), "" | "0.0.0.0"));
            let address = |text: &String| any_address(text).ok_or_else(|| answer.malformed(FORM));
            return there.map(address).collect();
        }
    }
    Ok(Vec::new())
}

/// Asks which contexts can be defined.
#[must_use]
pub fn read_context_ranges() -> Command {
    Command::new("AT+CGDCONT=?", Duration::from_secs(5))
}

/// The contexts that can be defined for one type of address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextRange {
    /// First and last context of each part of the range.
    pub parts: Vec<(u16, u16)>,
    /// The type, such as `IP`.
    pub pdp_type: String,
}

/// Reads `+CGDCONT: (<range of cid>),<PDP_type>,…`, a line for each type; a range may have several parts (trap 13).
///
/// # Errors
/// [`AtError::Malformed`] when there is no line or a range is none.
pub fn context_ranges(answer: &Answer) -> Result<Vec<ContextRange>, AtError> {
    const FORM: &str = "+CGDCONT: (<first cid>-<last cid>[,…]),<PDP_type>,…";
    answer.parameters("+CGDCONT", FORM)?;
    let part = |text: &str| -> Option<(u16, u16)> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
    };
    let range = |line: &String| -> Option<ContextRange> {
        let fields = fields(wire::at::response::parameters(line));
        let inside = fields.first()?.trim().trim_start_matches('(').trim_end_matches(')');
        let parts: Option<Vec<(u16, u16)>> = inside.split(',').map(part).collect();
        Some(ContextRange { parts: parts?, pdp_type: fields.get(1)?.clone() })
    };
    let lines = answer.lines.iter().filter(|line| wire::at::response::name(line) == "+CGDCONT");
    lines.map(|line| range(line).ok_or_else(|| answer.malformed(FORM))).collect()
}

/// Whether a module takes the name or the password first in `+CGAUTH` (trap 23).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialOrder {
    /// TS 27.007 clause 10.1.31.
    #[default]
    NameFirst,
    /// SIM7600.
    PasswordFirst,
}

/// Sets how a context proves who it is: `protocol` 1 is PAP, 2 CHAP.
#[must_use]
pub fn authenticate(cid: u8, protocol: u8, name: &str, password: &str, order: CredentialOrder) -> Command {
    let (first, second) = match order {
        CredentialOrder::NameFirst => (name, password),
        CredentialOrder::PasswordFirst => (password, name),
    };
    Command::new(format!("AT+CGAUTH={cid},{protocol},\"{first}\",\"{second}\""), Duration::from_secs(5))
}

/// Asks for the dynamic parameters of a context.
#[must_use]
pub fn read_dynamic_parameters(cid: u8) -> Command {
    Command::new(format!("AT+CGCONTRDP={cid}"), Duration::from_secs(5))
}

/// Reads the APN with its operator identifier from `+CGCONTRDP: <cid>,<bearer>,<apn>,…`; `None` when inactive.
#[must_use]
pub fn granted_apn(answer: &Answer) -> Option<String> {
    let parameters = answer.parameters("+CGCONTRDP", "").ok()?;
    fields(parameters).get(2).cloned()
}

/// What the network gave a context, address family by address family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicParameters {
    /// Context.
    pub cid: u8,
    /// Access point with its operator identifier.
    pub apn: String,
    /// The device's own address.
    pub address: Option<IpAddr>,
    /// Subnet mask, or the prefix as an address of its length.
    pub mask: Option<IpAddr>,
    /// Gateway.
    pub gateway: Option<IpAddr>,
    /// DNS servers.
    pub dns: Vec<IpAddr>,
}

/// Reads `+CGCONTRDP: <cid>,<bearer>,<apn>[,<address and mask>[,<gateway>[,<DNS>[,<DNS>…]]]]` of either generation: with
/// the mask behind the address in one field, or in a field of its own; IPv6 in dotted numbers or with colons (trap 14).
///
/// # Errors
/// [`AtError::Malformed`] when a line lacks its first fields or a field is no address.
pub fn dynamic_parameters(answer: &Answer) -> Result<Vec<DynamicParameters>, AtError> {
    const FORM: &str = "+CGCONTRDP: <cid>,<bearer>,<apn>[,<address and mask>[,<gateway>[,<DNS>…]]]";
    let lines = answer.lines.iter().filter(|line| wire::at::response::name(line) == "+CGCONTRDP");
    let parameters = |line: &String| {
        let fields = fields(wire::at::response::parameters(line));
        read_parameters(&fields).ok_or_else(|| answer.malformed(FORM))
    };
    lines.map(parameters).collect()
}

fn read_parameters(fields: &[String]) -> Option<DynamicParameters> {
    let [cid, _, apn, rest @ ..] = fields else { return None };
    let (address, mask, rest) = match rest {
        [] => (None, None, rest),
        [first, rest @ ..] => match (address_and_mask(first)?, rest) {
            // The newer form has a field of its own for the mask.
            ((address, None), [second, rest @ ..]) if any_address(second).is_some_and(is_mask) => {
                (address, any_address(second), rest)
            }
            ((address, mask), rest) => (address, mask, rest),
        },
    };
    // Gateway and two DNS servers; P-CSCF addresses and numbers follow.
    let addresses: Option<Vec<Option<IpAddr>>> =
        rest.iter().take(3).map(|text| optional_address(text)).collect();
    let (gateway, dns) = match addresses?.as_slice() {
        [] => (None, Vec::new()),
        [gateway, dns @ ..] => (*gateway, dns.iter().copied().flatten().collect()),
    };
    Some(DynamicParameters { cid: cid.trim().parse().ok()?, apn: apn.clone(), address, mask, gateway, dns })
}

/// Ones and then zeros.
fn is_mask(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.to_bits().leading_ones() + address.to_bits().trailing_zeros() == 32,
        IpAddr::V6(address) => address.to_bits().leading_ones() + address.to_bits().trailing_zeros() == 128,
    }
}

fn optional_address(text: &str) -> Option<Option<IpAddr>> {
    if text.is_empty() { Some(None) } else { any_address(text).map(Some) }
}

/// An address alone, or with its mask: eight or thirty-two numbers, or the prefix length behind a stroke.
fn address_and_mask(text: &str) -> Option<(Option<IpAddr>, Option<IpAddr>)> {
    if text.is_empty() {
        return Some((None, None));
    }
    let numbers: Vec<&str> = text.split('.').collect();
    if matches!(numbers.len(), 8 | 32) {
        let (address, mask) = numbers.split_at(numbers.len() / 2);
        return Some((Some(any_address(&address.join("."))?), Some(any_address(&mask.join("."))?)));
    }
    if let Some((address, length)) = text.split_once('/') {
        let mask = u128::MAX.checked_shl(128_u32.checked_sub(length.parse().ok()?)?).unwrap_or(0);
        return Some((Some(any_address(address)?), Some(Ipv6Addr::from_bits(mask).into())));
    }
    Some((Some(any_address(text)?), None))
}

/// IPv4, IPv6 with colons, or IPv6 as sixteen dotted numbers (`+CGPIAF`).
fn any_address(text: &str) -> Option<IpAddr> {
    let octets: Option<Vec<u8>> = text.split('.').map(|number| number.parse().ok()).collect();
    match octets {
        Some(octets) if octets.len() == 16 => <[u8; 16]>::try_from(octets).ok().map(IpAddr::from),
        Some(_) | None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::at::response::FinalResult;

    fn answer(lines: &[&str]) -> Answer {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Answer { command: "AT".into(), lines, result: FinalResult::Ok }
    }

    #[test]
    fn an_address_is_read_and_its_absence_is_none() {
        let answer = answer(&["+CGPADDR: 1,\"10.64.0.1\"", "+CGPADDR: 2,"]);
        assert_eq!(address(&answer, 1).unwrap(), Some(Ipv4Addr::new(10, 64, 0, 1)));
        assert_eq!(address(&answer, 2).unwrap(), None);
        assert_eq!(address(&answer, 3).unwrap(), None);
    }

    #[test]
    fn a_context_without_a_line_is_not_active() {
        let answer = answer(&["+CGACT: 1,1", "+CGACT: 2,0"]);
        assert!(is_active(&answer, 1).unwrap());
        assert!(!is_active(&answer, 2).unwrap());
        assert!(!is_active(&answer, 9).unwrap());
    }

    #[test]
    fn addresses_of_both_families_are_read_in_either_form() {
        let both: Vec<IpAddr> = ["10.64.0.7", "2001:db8::12"].map(|text| text.parse().unwrap()).to_vec();
        for six in ["32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.18", "2001:0DB8::12"] {
            let answer = answer(&[&format!("+CGPADDR: 2,\"10.64.0.7\",\"{six}\"")]);
            assert_eq!(addresses(&answer, 2).unwrap(), both);
            assert_eq!(address(&answer, 2).unwrap(), Some(Ipv4Addr::new(10, 64, 0, 7)));
        }
        let six_alone = answer(&["+CGPADDR: 2,\"2001:db8::12\""]);
        assert_eq!(address(&six_alone, 2).unwrap(), None);
        assert!(addresses(&answer(&["+CGPADDR: 2,\"2001:db8\""]), 2).is_err());
    }

    #[test]
    fn the_granted_apn_carries_the_operator_identifier() {
        let answer =
            answer(&["+CGCONTRDP: 1,5,\"iot.example.mnc001.mcc208.gprs\",\"10.64.0.1.255.255.255.255\""]);
        assert_eq!(granted_apn(&answer).unwrap(), "iot.example.mnc001.mcc208.gprs");
    }
}
