//! EPS session management (TS 24.301 clause 8.3).

use super::element::{self, Writer};
use crate::cause::EsmCause;
use crate::nas::{BearerModification, PdnGrant, PdnRequest, PdnType};
use crate::time::Duration;

/// The transaction of the connection that an attach brings; the typed message has none.
pub(super) const PTI_OF_ATTACH: u8 = 1;

fn message(bearer: u8, pti: u8, kind: u8) -> Writer {
    Writer::new(&[bearer << 4 | 0x02, pti, kind])
}

const fn type_number(pdn_type: PdnType) -> u8 {
    match pdn_type {
        PdnType::Ipv4 => 1,
        PdnType::Ipv6 => 2,
        PdnType::Ipv4v6 => 3,
    }
}

pub(super) fn connectivity_request(pti: u8, pdn: &PdnRequest, emergency: bool) -> Vec<u8> {
    let request_type = if emergency { 4 } else { 1 };
    message(0, pti, 0xd0)
        .put(&[type_number(pdn.pdn_type) << 4 | request_type])
        .with(pdn.apn.as_deref(), |request, name| request.tlv(0x28, &element::apn(name)))
        .with(element::credentials(pdn), |request, options| request.tlv(0x27, &options))
        .done()
}

pub(super) fn connectivity_reject(pti: u8, cause: EsmCause, t3396: Option<Duration>) -> Vec<u8> {
    message(0, pti, 0xd1)
        .put(&[cause.0])
        .with(t3396, |reject, span| reject.tlv(0x37, &element::session_timer(span)))
        .done()
}

pub(super) fn activate_default(pti: u8, pdn: &PdnGrant) -> Vec<u8> {
    message(pdn.bearer, pti, 0xc1)
        .lv(&[pdn.qci.number()])
        .lv(&element::apn(&pdn.apn))
        .lv(&element::pdn_address(pdn.address))
        .with(pdn.ambr, |request, ambr| request.tlv(0x5e, &element::ambr(ambr)))
        .with(pdn.cause, |request, cause| request.tv(0x58, &[cause.0]))
        .with(element::configuration(pdn), |request, options| request.tlv(0x27, &options))
        .done()
}

/// The answer to the connection of an attach; without one, the message that says nothing.
pub(super) fn activate_default_accept(bearer: Option<u8>) -> Vec<u8> {
    bearer.map_or_else(dummy, |bearer| message(bearer, 0, 0xc2).done())
}

/// ESM DUMMY MESSAGE: an attach without a connection.
pub(super) fn dummy() -> Vec<u8> {
    message(0, 0, 0xdc).done()
}

pub(super) fn disconnect_request(pti: u8, bearer: u8) -> Vec<u8> {
    message(0, pti, 0xd2).put(&[bearer & 0x0f]).done()
}

pub(super) fn disconnect_reject(pti: u8, cause: EsmCause) -> Vec<u8> {
    message(0, pti, 0xd3).put(&[cause.0]).done()
}

pub(super) fn deactivate(pti: u8, bearer: u8, cause: EsmCause) -> Vec<u8> {
    message(bearer, pti, 0xcd).put(&[cause.0]).done()
}

/// MODIFY EPS BEARER CONTEXT REQUEST: the network begins it, and so it has no transaction.
pub(super) fn modify(change: &BearerModification) -> Vec<u8> {
    message(change.bearer, 0, 0xc9)
        .with(change.qci, |request, qci| request.tlv(0x5b, &[qci.number()]))
        .with(change.ambr, |request, ambr| request.tlv(0x5e, &element::ambr(ambr)))
        .with(element::options(&change.dns, None), |request, options| request.tlv(0x27, &options))
        .done()
}

pub(super) fn modify_accept(bearer: u8) -> Vec<u8> {
    message(bearer, 0, 0xca).done()
}

pub(super) fn modify_reject(bearer: u8, cause: EsmCause) -> Vec<u8> {
    message(bearer, 0, 0xcb).put(&[cause.0]).done()
}

/// ACTIVATE DEFAULT EPS BEARER CONTEXT REJECT.
pub(super) fn activate_default_reject(bearer: u8, cause: EsmCause) -> Vec<u8> {
    message(bearer, 0, 0xc3).put(&[cause.0]).done()
}

/// ESM STATUS.
pub(super) fn status(pti: u8, cause: EsmCause) -> Vec<u8> {
    message(0, pti, 0xe8).put(&[cause.0]).done()
}
