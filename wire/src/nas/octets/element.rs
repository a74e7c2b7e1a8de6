//! Information elements: their formats (TS 24.007 11.2.1.1) and the contents that several protocols share.

use crate::air::cellular::CellId;
use crate::id::{Imei, Imsi, PhoneNumber};
use crate::nas::{
    Ambr, Authentication, Edrx, GprsTimer2, GprsTimer3, Guti, Identity, IdentityKind, PdnAddress, PdnGrant,
    PdnRequest, PowerSaving,
};
use crate::plmn::Plmn;
use crate::time::Duration;
use std::net::IpAddr;

/// A message as it is put together.
#[derive(Clone, Debug)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(head: &[u8]) -> Self {
        Self(head.to_vec())
    }

    pub(super) fn put(mut self, value: &[u8]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// Length and value; a value of more than 255 octets is cut, as no message can carry it.
    pub(super) fn lv(mut self, value: &[u8]) -> Self {
        let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
        self.0.push(length);
        self.0.extend(value.iter().take(usize::from(length)));
        self
    }

    pub(super) fn tv(self, tag: u8, value: &[u8]) -> Self {
        self.put(&[tag]).put(value)
    }

    pub(super) fn tlv(self, tag: u8, value: &[u8]) -> Self {
        self.put(&[tag]).lv(value)
    }

    /// Length in two octets and value.
    pub(super) fn lv_e(mut self, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(value.iter().take(usize::from(length)));
        self
    }

    /// What an optional value adds.
    pub(super) fn with<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => add(self, value),
            None => self,
        }
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// GPRS timer 2; of the codings of a few whole minutes the one in minutes.
pub(super) fn timer(span: Duration) -> [u8; 1] {
    [whole_minutes(span).map_or_else(|| GprsTimer2::at_least(span).0, |count| 0x20 | count)]
}

/// The same for GPRS timer 3, which T3396 is (TS 24.301 9.9.3.16B).
pub(super) fn session_timer(span: Duration) -> [u8; 1] {
    [whole_minutes(span).map_or_else(|| GprsTimer3::at_least(span).0, |count| 0xa0 | count)]
}

fn whole_minutes(span: Duration) -> Option<u8> {
    let whole = span.as_micros().is_multiple_of(Duration::from_secs(60).as_micros());
    u8::try_from(span.as_secs() / 60).ok().filter(|count| whole && (1..=31).contains(count))
}

/// A periodic timer, which is deactivated when it is zero.
pub(super) fn periodic(span: Duration) -> [u8; 1] {
    if span == Duration::ZERO { [GprsTimer2::DEACTIVATED.0] } else { timer(span) }
}

/// Mobile identity of digits: the first shares its octet with the parity and the type (TS 24.008 10.5.1.4).
fn digit_identity(digits: &str, kind: u8) -> Vec<u8> {
    let mut digits: Vec<u8> = digits.bytes().map(|digit| digit & 0x0f).collect();
    let odd = u8::from(digits.len() % 2 == 1) << 3;
    let first = if digits.is_empty() { 0x0f } else { digits.remove(0) };
    let mut octets = vec![first << 4 | odd | kind];
    octets.extend(semi_octets(&digits));
    octets
}

pub(super) fn imsi(imsi: &Imsi) -> Vec<u8> {
    digit_identity(imsi.as_str(), 1)
}

/// Type of identity 2 in a mobile identity, 3 in an EPS mobile identity (TS 24.301 9.9.3.12).
pub(super) fn eps_imei(imei: &Imei) -> Vec<u8> {
    digit_identity(imei.as_str(), 3)
}

/// What a mobile answers to IDENTITY REQUEST.
pub(super) fn mobile_identity(identity: &Identity) -> Vec<u8> {
    let kind = match identity.kind() {
        IdentityKind::Imsi => 1,
        IdentityKind::Imei => 2,
        IdentityKind::Imeisv => 3,
    };
    digit_identity(&identity.digits(), kind)
}

/// The identity that names nobody (TS 24.008 10.5.1.4).
pub(super) fn no_identity() -> Vec<u8> {
    vec![0xf0]
}

/// TMSI or P-TMSI.
pub(super) fn tmsi(guti: &Guti) -> Vec<u8> {
    Writer::new(&[0xf4]).put(&guti.m_tmsi.to_be_bytes()).done()
}

pub(super) fn guti(guti: &Guti) -> Vec<u8> {
    Writer::new(&[0xf6])
        .put(&guti.plmn.to_octets())
        .put(&guti.group.to_be_bytes())
        .put(&[guti.code])
        .put(&guti.m_tmsi.to_be_bytes())
        .done()
}

/// Two values in each octet, the first in the lower half, the last filled up (TS 24.008 10.5.4.7).
fn semi_octets(values: &[u8]) -> Vec<u8> {
    let pair = |pair: &[u8]| match pair {
        [low, high] => high << 4 | low,
        [low] => 0xf0 | low,
        _ => 0xff,
    };
    values.chunks(2).map(pair).collect()
}

/// BCD number: type of number and plan, then the digits (TS 24.008 10.5.4.7).
pub(super) fn bcd_number(number: &PhoneNumber) -> Vec<u8> {
    let value = |digit: u8| match digit {
        b'*' => 0x0a,
        b'#' => 0x0b,
        digit => digit & 0x0f,
    };
    let digits: Vec<u8> = number.digits().bytes().map(value).collect();
    Writer::new(&[number.type_of_address()]).put(&semi_octets(&digits)).done()
}

/// Location area or tracking area identity.
pub(super) fn area(cell: &CellId) -> Vec<u8> {
    Writer::new(&cell.plmn.to_octets()).put(&cell.tac.to_be_bytes()).done()
}

/// A routing area; the simulated cells have one in each location area, and its code is 0.
pub(super) fn routing_area(cell: &CellId) -> Vec<u8> {
    Writer::new(&area(cell)).put(&[0]).done()
}

/// The location area of a mobile that has none (TS 24.008 10.5.1.3).
pub(super) fn deleted_area(cell: &CellId) -> CellId {
    CellId { tac: 0xfffe, ..*cell }
}

/// Tracking area identity list, of non-consecutive areas of one network (TS 24.301 9.9.3.33).
pub(super) fn area_list(cell: &CellId, areas: &[u16]) -> Vec<u8> {
    let own = [cell.tac];
    let areas = if areas.is_empty() { &own } else { areas.get(..16).unwrap_or(areas) };
    let count = u8::try_from(areas.len()).unwrap_or(1).saturating_sub(1);
    let list = Writer::new(&[count]).put(&cell.plmn.to_octets());
    areas.iter().fold(list, |list, area| list.put(&area.to_be_bytes())).done()
}

pub(super) fn plmn_list(plmns: &[Plmn]) -> Vec<u8> {
    plmns.iter().take(15).flat_map(|plmn| plmn.to_octets()).collect()
}

/// Bearer or PDP context status: a bit for each identity (TS 24.301 9.9.2.1, TS 24.008 10.5.7.1).
pub(super) fn status(bearers: &[u8]) -> [u8; 2] {
    let bit = |bearer: &u8| 1_u16 << (bearer & 0x0f);
    bearers.iter().map(bit).fold(0, |all, bit| all | bit).to_le_bytes()
}

/// Power saving, in the order in which every message has it.
pub(super) fn edrx(edrx: Edrx) -> [u8; 1] {
    [edrx.window.unwrap_or(0) << 4 | edrx.cycle & 0x0f]
}

/// Power saving in a request: T3324 before the extended T3412 (TS 24.301 8.2.4, 8.2.29).
pub(super) fn power_wished(message: Writer, power: &PowerSaving) -> Writer {
    message
        .with(power.t3324, |message, timer| message.tlv(0x6a, &[timer.0]))
        .with(power.t3412_extended, |message, timer| message.tlv(0x5e, &[timer.0]))
        .with(power.edrx, |message, wish| message.tlv(0x6e, &edrx(wish)))
}

/// Power saving in an acceptance: the extended T3412 comes first (TS 24.301 8.2.1, 8.2.26).
pub(super) fn power_granted(message: Writer, power: &PowerSaving) -> Writer {
    message
        .with(power.t3412_extended, |message, timer| message.tlv(0x5e, &[timer.0]))
        .with(power.t3324, |message, timer| message.tlv(0x6a, &[timer.0]))
        .with(power.edrx, |message, grant| message.tlv(0x6e, &edrx(grant)))
}

/// Access point name: labels with their lengths (TS 23.003 9.1).
pub(super) fn apn(name: &str) -> Vec<u8> {
    name.split('.').fold(Writer::new(&[]), |octets, label| octets.lv(label.as_bytes())).done()
}

/// PDN address of TS 24.301 9.9.4.9.
pub(super) fn pdn_address(address: PdnAddress) -> Vec<u8> {
    match address {
        PdnAddress::Ipv4(address) => Writer::new(&[1]).put(&address.octets()).done(),
        PdnAddress::Ipv6(interface) => Writer::new(&[2]).put(&interface.0).done(),
        PdnAddress::Ipv4v6(address, interface) => {
            Writer::new(&[3]).put(&interface.0).put(&address.octets()).done()
        }
    }
}

/// PDP address of TS 24.008 10.5.6.4, which has whole IPv6 addresses.
pub(super) fn pdp_address(address: PdnAddress) -> Vec<u8> {
    match address {
        PdnAddress::Ipv4(address) => Writer::new(&[0x01, 0x21]).put(&address.octets()).done(),
        PdnAddress::Ipv6(interface) => {
            Writer::new(&[0x01, 0x57]).put(&interface.link_local().octets()).done()
        }
        PdnAddress::Ipv4v6(address, interface) => {
            let both = Writer::new(&[0x01, 0x8d]).put(&address.octets());
            both.put(&interface.link_local().octets()).done()
        }
    }
}

/// A container of the protocol configuration options: identifier of two octets, length, contents.
fn container(options: Writer, id: u16, contents: &[u8]) -> Writer {
    options.put(&id.to_be_bytes()).lv(contents)
}

/// Protocol configuration options for use with IP (TS 24.008 10.5.6.3).
const OPTIONS: &[u8] = &[0x80];

/// What a mobile sends: its credentials, where it has any. The characters of a password are withheld.
pub(super) fn credentials(request: &PdnRequest) -> Option<Vec<u8>> {
    let options = Writer::new(OPTIONS);
    Some(match request.authentication.as_ref()? {
        Authentication::Pap { user, password } => {
            let hidden = vec![b'*'; password.len()];
            let data = Writer::new(&[]).lv(user.as_bytes()).lv(&hidden).done();
            container(options, 0xc023, &ppp_packet(1, 1, &data)).done()
        }
        Authentication::Chap { user, identifier, challenge, response } => {
            let data = Writer::new(&[]).lv(challenge).put(user.as_bytes()).done();
            let options = container(options, 0xc223, &ppp_packet(1, *identifier, &data));
            let data = Writer::new(&[]).lv(response).put(user.as_bytes()).done();
            container(options, 0xc223, &ppp_packet(2, *identifier, &data)).done()
        }
    })
}

/// Code, identifier, length over all, data (RFC 1334 2.2.1, RFC 1994 4).
fn ppp_packet(code: u8, identifier: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 4).unwrap_or(u16::MAX);
    Writer::new(&[code, identifier]).put(&length.to_be_bytes()).put(data).done()
}

/// What a network sends with a connection: DNS servers and the largest packet of the link.
pub(super) fn configuration(grant: &PdnGrant) -> Option<Vec<u8>> {
    options(&grant.dns, grant.mtu)
}

/// The options of a network; `None` where there is nothing to say.
pub(super) fn options(dns: &[IpAddr], mtu: Option<u16>) -> Option<Vec<u8>> {
    if dns.is_empty() && mtu.is_none() {
        return None;
    }
    let servers = dns.iter().fold(Writer::new(OPTIONS), |options, server| match server {
        IpAddr::V4(server) => container(options, 0x000d, &server.octets()),
        IpAddr::V6(server) => container(options, 0x0003, &server.octets()),
    });
    Some(servers.with(mtu, |options, mtu| container(options, 0x0010, &mtu.to_be_bytes())).done())
}

/// APN aggregate maximum bit rate (TS 24.301 9.9.4.2); the extension is left out where neither rate needs it.
pub(super) fn ambr(ambr: Ambr) -> Vec<u8> {
    let ([down, more_down], [up, more_up]) = (ambr.down.octets(), ambr.up.octets());
    let mut octets = vec![down, up];
    if (more_down, more_up) != (0, 0) {
        octets.extend([more_down, more_up]);
    }
    octets
}
