//! Mobility management of circuit-switched services (TS 24.008 clause 9.2), and authentication of both domains.

use super::Encoder;
use super::element::{self, Writer};
use super::emm::some_of;
use crate::cause::EmmCause;
use crate::milenage::{Autn, Auts, Rand, Response};
use crate::nas::{GprsTimer3, LocationUpdateType, MobilityGrant, Reject};
use crate::time::Duration;

/// Mobile station classmark 1: revision level 2, early classmark sending, A5/1 (10.5.1.5).
const CLASSMARK_1: u8 = 0x33;
/// Ciphering key sequence number 7: no key is available.
pub(super) const NO_KEY: u8 = 0x70;

fn message(kind: u8) -> Writer {
    Writer::new(&[0x05, kind])
}

fn packet_message(kind: u8) -> Writer {
    Writer::new(&[0x08, kind])
}

pub(super) fn identity(known: &Encoder) -> Vec<u8> {
    known.imsi.as_ref().map_or_else(element::no_identity, element::imsi)
}

pub(super) fn update_request(known: &Encoder, update: LocationUpdateType) -> Vec<u8> {
    let kind = match update {
        LocationUpdateType::Normal => 0,
        LocationUpdateType::Periodic => 1,
        LocationUpdateType::ImsiAttach => 2,
    };
    let area = known.area.unwrap_or_else(|| element::deleted_area(&known.cell));
    message(0x08)
        .put(&[NO_KEY | kind])
        .put(&element::area(&area))
        .put(&[CLASSMARK_1])
        .lv(&identity(known))
        .done()
}

pub(super) fn update_accept(known: &Encoder, grant: &MobilityGrant) -> Vec<u8> {
    let accept = message(0x02)
        .put(&element::area(&known.cell))
        .with(grant.guti, |accept, guti| accept.tlv(0x17, &element::tmsi(&guti)))
        .with(some_of(&grant.equivalents), |accept, plmns| accept.tlv(0x4a, &element::plmn_list(plmns)));
    // Per MS T3212: a cell would broadcast the timer, and the simulated ones do not.
    let own = (grant.periodic > Duration::ZERO).then(|| GprsTimer3::at_least(grant.periodic));
    accept.with(own, |accept, timer| accept.tlv(0x35, &[timer.0])).done()
}

/// The back-off is T3246.
pub(super) fn update_reject(reject: &Reject) -> Vec<u8> {
    message(0x04)
        .put(&[reject.cause.0])
        .with(reject.back_off, |refused, span| refused.tlv(0x36, &element::timer(span)))
        .done()
}

pub(super) fn imsi_detach(known: &Encoder) -> Vec<u8> {
    message(0x01).put(&[CLASSMARK_1]).lv(&identity(known)).done()
}

pub(super) fn service_reject(cause: EmmCause) -> Vec<u8> {
    message(0x22).put(&[cause.0]).done()
}

/// AUTHENTICATION REQUEST, or AUTHENTICATION AND CIPHERING REQUEST in the packet domain; without AUTN one of GSM.
pub(super) fn challenge(packet: bool, rand: &Rand, autn: Option<&Autn>) -> Vec<u8> {
    if packet {
        return packet_message(0x12)
            .put(&[0, 0])
            .tv(0x21, rand)
            .put(&[0x80])
            .with(autn, |challenge, autn| challenge.tlv(0x28, autn))
            .done();
    }
    message(0x12).put(&[0]).put(rand).with(autn, |challenge, autn| challenge.tlv(0x20, autn)).done()
}

/// SRES, or RES: its first half, and the rest in the extension.
pub(super) fn response(packet: bool, response: &Response) -> Vec<u8> {
    let (first, rest) = match response {
        Response::Sres(sres) => (&sres[..], None),
        Response::Res(res) => {
            let (first, rest) = res.split_at(4);
            (first, Some(rest))
        }
    };
    if packet {
        return packet_message(0x13)
            .put(&[0])
            .tv(0x22, first)
            .with(rest, |response, rest| response.tlv(0x29, rest))
            .done();
    }
    message(0x14).put(first).with(rest, |response, rest| response.tlv(0x21, rest)).done()
}

pub(super) fn failure(packet: bool, cause: EmmCause, auts: Option<Auts>) -> Vec<u8> {
    let (failure, tag) = if packet { (packet_message(0x1c), 0x30) } else { (message(0x1c), 0x22) };
    failure.put(&[cause.0]).with(auts, |failure, auts| failure.tlv(tag, &auts)).done()
}

pub(super) fn authentication_reject(packet: bool) -> Vec<u8> {
    if packet { packet_message(0x14).done() } else { message(0x11).done() }
}
