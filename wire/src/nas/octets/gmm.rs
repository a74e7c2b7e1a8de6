//! GPRS mobility management (TS 24.008 clause 9.4).

use super::Encoder;
use super::element::{self, Writer};
use super::emm::some_of;
use super::mm::{NO_KEY, identity};
use crate::cause::EmmCause;
use crate::nas::{MobilityGrant, PowerSaving, Reject, ServiceType};

/// MS network capability: none that an element can name.
const NETWORK_CAPABILITY: &[u8] = &[0x00, 0x00];
/// DRX parameter: split paging cycle 1, no timer after transfer (10.5.5.6).
const DRX: &[u8] = &[0x00, 0x00];
/// MS radio access capability: GSM P, 9 bits, power class 4, early classmark sending, nothing else (10.5.5.12a).
const RADIO_CAPABILITY: &[u8] = &[0x00, 0x98, 0x80, 0x00, 0x00];
/// Radio priority of SMS and of TOM8: level 4, the lowest.
const RADIO_PRIORITY: u8 = 0x44;

fn message(kind: u8) -> Writer {
    Writer::new(&[0x08, kind])
}

fn old_area(known: &Encoder) -> Vec<u8> {
    element::routing_area(&known.area.unwrap_or_else(|| element::deleted_area(&known.cell)))
}

pub(super) fn attach_request(known: &Encoder) -> Vec<u8> {
    message(0x01)
        .lv(NETWORK_CAPABILITY)
        .put(&[NO_KEY | 1])
        .put(DRX)
        .lv(&identity(known))
        .put(&old_area(known))
        .lv(RADIO_CAPABILITY)
        .done()
}

pub(super) fn attach_complete() -> Vec<u8> {
    message(0x03).done()
}

/// T3312 extended has a tag of its own here.
fn power(accept: Writer, power: &PowerSaving) -> Writer {
    accept
        .with(power.t3412_extended, |accept, timer| accept.tlv(0x39, &[timer.0]))
        .with(power.t3324, |accept, timer| accept.tlv(0x6a, &[timer.0]))
        .with(power.edrx, |accept, grant| accept.tlv(0x6e, &element::edrx(grant)))
}

pub(super) fn attach_accept(known: &Encoder, grant: &MobilityGrant) -> Vec<u8> {
    let accept = message(0x02)
        .put(&[0x01])
        .put(&element::periodic(grant.periodic))
        .put(&[RADIO_PRIORITY])
        .put(&element::routing_area(&known.cell))
        .with(grant.guti, |accept, guti| accept.tlv(0x18, &element::tmsi(&guti)))
        .with(grant.cause, |accept, cause| accept.tv(0x25, &[cause.0]))
        .with(grant.after_attempts, |accept, span| accept.tlv(0x2a, &element::timer(span)))
        .with(some_of(&grant.equivalents), |accept, plmns| accept.tlv(0x4a, &element::plmn_list(plmns)));
    power(accept, &grant.power).done()
}

/// The back-off is T3346.
fn back_off(message: Writer, reject: &Reject) -> Vec<u8> {
    message.with(reject.back_off, |message, span| message.tlv(0x3a, &element::timer(span))).done()
}

pub(super) fn attach_reject(reject: &Reject) -> Vec<u8> {
    back_off(message(0x04).put(&[reject.cause.0]), reject)
}

pub(super) fn update_request(known: &Encoder, periodic: bool, contexts: &[u8]) -> Vec<u8> {
    let kind = if periodic { 3 } else { 0 };
    message(0x08)
        .put(&[NO_KEY | kind])
        .put(&old_area(known))
        .lv(RADIO_CAPABILITY)
        .tlv(0x32, &element::status(contexts))
        .done()
}

pub(super) fn update_accept(known: &Encoder, contexts: &[u8], grant: &MobilityGrant) -> Vec<u8> {
    let accept = message(0x09)
        .put(&[0x00])
        .put(&element::periodic(grant.periodic))
        .put(&element::routing_area(&known.cell))
        .with(grant.guti, |accept, guti| accept.tlv(0x18, &element::tmsi(&guti)))
        .with(grant.cause, |accept, cause| accept.tv(0x25, &[cause.0]))
        .with(grant.after_attempts, |accept, span| accept.tlv(0x2a, &element::timer(span)))
        .with(some_of(&grant.equivalents), |accept, plmns| accept.tlv(0x4a, &element::plmn_list(plmns)))
        .tlv(0x32, &element::status(contexts));
    power(accept, &grant.power).done()
}

pub(super) fn update_reject(reject: &Reject) -> Vec<u8> {
    back_off(message(0x0b).put(&[reject.cause.0, 0x00]), reject)
}

pub(super) fn service_request(known: &Encoder, kind: ServiceType) -> Vec<u8> {
    let service = match kind {
        ServiceType::MobileOriginated => 0x10,
        ServiceType::PagingResponse => 0x20,
    };
    let identity = known.guti.as_ref().map_or_else(element::no_identity, element::tmsi);
    message(0x0c).put(&[service | NO_KEY >> 4]).lv(&identity).done()
}

pub(super) fn service_accept() -> Vec<u8> {
    message(0x0d).done()
}

pub(super) fn service_reject(reject: &Reject) -> Vec<u8> {
    back_off(message(0x0e).put(&[reject.cause.0]), reject)
}

pub(super) fn detach_request(switch_off: bool) -> Vec<u8> {
    message(0x05).put(&[u8::from(switch_off) << 3 | 1]).done()
}

pub(super) fn detach_accept() -> Vec<u8> {
    message(0x06).put(&[0x00]).done()
}

pub(super) fn detach_by_network(reattach: bool, cause: Option<EmmCause>) -> Vec<u8> {
    let kind = if reattach { 1 } else { 2 };
    message(0x05).put(&[kind]).with(cause, |request, cause| request.tv(0x25, &[cause.0])).done()
}
