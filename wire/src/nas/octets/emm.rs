//! EPS mobility management (TS 24.301 clause 8.2).

use super::element::{self, Writer};
use super::{Encoder, esm};
use crate::cause::{EmmCause, EsmCause};
use crate::milenage::{Autn, Auts, Rand, Response};
use crate::nas::{AttachType, MobilityGrant, PdnGrant, PdnRequest, PowerSaving, Reject, UpdateType};

/// UPLINK NAS TRANSPORT.
pub(super) const UPLINK_TRANSPORT: u8 = 0x63;
/// DOWNLINK NAS TRANSPORT.
pub(super) const DOWNLINK_TRANSPORT: u8 = 0x62;

/// NAS key set identifier 7: no key is available, as nothing is protected.
const NO_KEY: u8 = 0x70;
/// UE network capability: EEA0 to EEA3, EIA0 to EIA3.
const CAPABILITY: &[u8] = &[0xf0, 0xf0];

fn message(kind: u8) -> Writer {
    Writer::new(&[0x07, kind])
}

pub(super) fn transport(kind: u8, cp: &[u8]) -> Vec<u8> {
    message(kind).lv(cp).done()
}

/// EPS mobile identity: the temporary one before the permanent one before the equipment's.
fn identity(known: &Encoder) -> Vec<u8> {
    match (&known.guti, &known.imsi, &known.imei) {
        (Some(guti), _, _) => element::guti(guti),
        (None, Some(imsi), _) => element::imsi(imsi),
        (None, None, Some(imei)) => element::eps_imei(imei),
        (None, None, None) => element::no_identity(),
    }
}

pub(super) fn attach_request(
    known: &Encoder,
    attach_type: AttachType,
    pdn: &PdnRequest,
    power: &PowerSaving,
) -> Vec<u8> {
    let kind = match attach_type {
        AttachType::Eps => 1,
        AttachType::Combined => 2,
        AttachType::Emergency => 6,
    };
    let emergency = attach_type == AttachType::Emergency;
    let request = message(0x41)
        .put(&[NO_KEY | kind])
        .lv(&identity(known))
        .lv(CAPABILITY)
        .lv_e(&esm::connectivity_request(esm::PTI_OF_ATTACH, pdn, emergency));
    element::power_wished(request, power).done()
}

pub(super) fn attach_complete(known: &Encoder) -> Vec<u8> {
    message(0x43).lv_e(&esm::activate_default_accept(known.default_bearer)).done()
}

pub(super) fn attach_accept(
    known: &Encoder,
    pdn: Option<&PdnGrant>,
    refusal: Option<EsmCause>,
    combined: bool,
    grant: &MobilityGrant,
) -> Vec<u8> {
    let session = match (pdn, refusal) {
        (Some(pdn), _) => esm::activate_default(esm::PTI_OF_ATTACH, pdn),
        (None, Some(cause)) => esm::connectivity_reject(esm::PTI_OF_ATTACH, cause, None),
        (None, None) => esm::dummy(),
    };
    let accept = message(0x42)
        .put(&[1 + u8::from(combined)])
        .put(&element::periodic(grant.periodic))
        .lv(&element::area_list(&known.cell, &grant.areas))
        .lv_e(&session)
        .with(grant.guti, |accept, guti| accept.tlv(0x50, &element::guti(&guti)))
        .with(grant.cause, |accept, cause| accept.tv(0x53, &[cause.0]));
    granted(accept, grant).done()
}

/// What ends ATTACH ACCEPT and TRACKING AREA UPDATE ACCEPT.
fn granted(accept: Writer, grant: &MobilityGrant) -> Writer {
    let accept = accept
        .with(grant.after_attempts, |accept, span| accept.tv(0x17, &element::timer(span)))
        .with(some_of(&grant.equivalents), |accept, plmns| accept.tlv(0x4a, &element::plmn_list(plmns)));
    element::power_granted(accept, &grant.power)
}

pub(super) fn some_of<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

fn back_off(message: Writer, reject: &Reject) -> Writer {
    message.with(reject.back_off, |message, span| message.tlv(0x5f, &element::timer(span)))
}

pub(super) fn attach_reject(reject: &Reject, refusal: Option<EsmCause>) -> Vec<u8> {
    let refused = message(0x44).put(&[reject.cause.0]).with(refusal, |refused, cause| {
        refused.put(&[0x78]).lv_e(&esm::connectivity_reject(esm::PTI_OF_ATTACH, cause, None))
    });
    back_off(refused, reject).done()
}

/// A challenge of EPS always has AUTN; one without has an empty one, which no mobile accepts.
pub(super) fn authentication_request(rand: &Rand, autn: Option<&Autn>) -> Vec<u8> {
    message(0x52).put(&[0]).put(rand).lv(autn.map_or(&[][..], |autn| autn)).done()
}

pub(super) fn authentication_response(response: &Response) -> Vec<u8> {
    match response {
        Response::Res(res) => message(0x53).lv(res).done(),
        Response::Sres(sres) => message(0x53).lv(sres).done(),
    }
}

pub(super) fn authentication_failure(cause: EmmCause, auts: Option<Auts>) -> Vec<u8> {
    message(0x5c).put(&[cause.0]).with(auts, |failure, auts| failure.tlv(0x30, &auts)).done()
}

pub(super) fn authentication_reject() -> Vec<u8> {
    message(0x54).done()
}

pub(super) fn update_request(
    known: &Encoder,
    update: UpdateType,
    bearers: &[u8],
    power: &PowerSaving,
) -> Vec<u8> {
    let kind = match update {
        UpdateType::Area => 0,
        UpdateType::Combined { imsi_attach: false } => 1,
        UpdateType::Combined { imsi_attach: true } => 2,
        UpdateType::Periodic => 3,
    };
    let request =
        message(0x48).put(&[NO_KEY | kind]).lv(&identity(known)).tlv(0x57, &element::status(bearers));
    element::power_wished(request, power).done()
}

pub(super) fn update_accept(
    known: &Encoder,
    combined: bool,
    bearers: &[u8],
    grant: &MobilityGrant,
) -> Vec<u8> {
    let accept = message(0x49)
        .put(&[u8::from(combined)])
        .tv(0x5a, &element::periodic(grant.periodic))
        .with(grant.guti, |accept, guti| accept.tlv(0x50, &element::guti(&guti)))
        .tlv(0x54, &element::area_list(&known.cell, &grant.areas))
        .tlv(0x57, &element::status(bearers))
        .with(grant.cause, |accept, cause| accept.tv(0x53, &[cause.0]));
    granted(accept, grant).done()
}

pub(super) fn update_reject(reject: &Reject) -> Vec<u8> {
    back_off(message(0x4b).put(&[reject.cause.0]), reject).done()
}

/// Key set, sequence number and short MAC are those of a message that nothing protects.
pub(super) fn service_request() -> Vec<u8> {
    vec![0xc7, 0xe0, 0x00, 0x00]
}

pub(super) fn service_accept() -> Vec<u8> {
    message(0x4f).done()
}

/// With #39 the back-off is T3442, else T3346.
pub(super) fn service_reject(reject: &Reject) -> Vec<u8> {
    let refused = message(0x4e).put(&[reject.cause.0]);
    if reject.cause == EmmCause::CS_TEMPORARILY_NOT_AVAILABLE {
        return refused.with(reject.back_off, |refused, span| refused.tv(0x5b, &element::timer(span))).done();
    }
    back_off(refused, reject).done()
}

pub(super) fn detach_request(known: &Encoder, switch_off: bool) -> Vec<u8> {
    let kind = if known.combined { 3 } else { 1 };
    message(0x45).put(&[NO_KEY | u8::from(switch_off) << 3 | kind]).lv(&identity(known)).done()
}

pub(super) fn detach_by_network(reattach: bool, cause: Option<EmmCause>) -> Vec<u8> {
    let kind = if reattach { 1 } else { 2 };
    message(0x45).put(&[kind]).with(cause, |request, cause| request.tv(0x53, &[cause.0])).done()
}

pub(super) fn detach_accept() -> Vec<u8> {
    message(0x46).done()
}
