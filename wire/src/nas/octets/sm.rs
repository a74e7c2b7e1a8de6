//! GPRS session management (TS 24.008 clause 9.5): PDP contexts, where the typed messages speak of bearers.

use super::element::{self, Writer};
use crate::cause::EsmCause;
use crate::nas::{BearerModification, PdnGrant, PdnRequest, PdnType, Qci, Side, TransactionId};
use crate::time::Duration;
use std::collections::BTreeMap;

const DISCRIMINATOR: u8 = 0x0a;
/// The network chooses the bearer, so that a request names none: a reserved value.
const NO_NSAPI: u8 = 0;
/// LLC SAPI not assigned: below the messages there is no LLC.
const NO_SAPI: u8 = 0;
/// Quality of service: as subscribed, in every field.
const SUBSCRIBED: &[u8] = &[0; 11];
/// Radio priority level 4, the lowest.
const RADIO_PRIORITY: u8 = 0x04;

/// The transactions of a mobile: typed messages have a procedure's identity and a bearer's instead.
#[derive(Clone, Debug)]
pub(super) struct Transactions {
    by_procedure: BTreeMap<u8, u8>,
    by_bearer: BTreeMap<u8, u8>,
    ending: u8,
}

impl Transactions {
    pub(super) const fn new() -> Self {
        Self { by_procedure: BTreeMap::new(), by_bearer: BTreeMap::new(), ending: 0 }
    }

    /// The lowest value that is free; a mobile has at most seven.
    fn free(&self) -> u8 {
        let taken = |id: TransactionId| {
            self.by_procedure.values().chain(self.by_bearer.values()).any(|value| *value == id.value())
        };
        TransactionId::free(Side::Mobile, taken).map_or(0, TransactionId::value)
    }

    /// The transaction of a request, which may be a repeated one.
    pub(super) fn begun(&mut self, pti: u8) -> u8 {
        let free = self.free();
        *self.by_procedure.entry(pti).or_insert(free)
    }

    pub(super) fn granted(&mut self, pti: u8, bearer: u8) -> u8 {
        let value = self.refused(pti);
        self.by_bearer.insert(bearer, value);
        value
    }

    pub(super) fn refused(&mut self, pti: u8) -> u8 {
        let free = self.free();
        self.by_procedure.remove(&pti).unwrap_or(free)
    }

    /// The transaction of a bearer; one that began on E-UTRAN gets its own now.
    pub(super) fn of_bearer(&mut self, bearer: u8) -> u8 {
        let free = self.free();
        *self.by_bearer.entry(bearer).or_insert(free)
    }

    /// The same where the mobile asks for the end of the bearer.
    pub(super) fn ending(&mut self, bearer: u8) -> u8 {
        self.ending = self.of_bearer(bearer);
        self.ending
    }

    pub(super) fn ended(&mut self, bearer: u8) -> u8 {
        let value = self.of_bearer(bearer);
        self.by_bearer.remove(&bearer);
        value
    }

    /// The transaction that the mobile last asked to end.
    pub(super) const fn last_ending(&self) -> u8 {
        self.ending
    }
}

fn message(ti: u8, sender: Side, kind: u8) -> Writer {
    let flag = u8::from(sender == Side::Network) << 7;
    Writer::new(&[flag | (ti & 7) << 4 | DISCRIMINATOR, kind])
}

/// The address of a mobile that has none yet.
const fn no_address(pdn_type: PdnType) -> [u8; 2] {
    match pdn_type {
        PdnType::Ipv4 => [0x01, 0x21],
        PdnType::Ipv6 => [0x01, 0x57],
        PdnType::Ipv4v6 => [0x01, 0x8d],
    }
}

/// ACTIVATE PDP CONTEXT REQUEST.
pub(super) fn activate(ti: u8, pdn: &PdnRequest) -> Vec<u8> {
    message(ti, Side::Mobile, 0x41)
        .put(&[NO_NSAPI, NO_SAPI])
        .lv(SUBSCRIBED)
        .lv(&no_address(pdn.pdn_type))
        .with(pdn.apn.as_deref(), |request, name| request.tlv(0x28, &element::apn(name)))
        .with(element::credentials(pdn), |request, options| request.tlv(0x27, &options))
        .done()
}

/// ACTIVATE PDP CONTEXT ACCEPT.
pub(super) fn activate_accept(ti: u8, pdn: &PdnGrant) -> Vec<u8> {
    message(ti, Side::Network, 0x42)
        .put(&[NO_SAPI])
        .lv(SUBSCRIBED)
        .put(&[RADIO_PRIORITY])
        .tlv(0x2b, &element::pdp_address(pdn.address))
        .with(element::configuration(pdn), |accept, options| accept.tlv(0x27, &options))
        .with(pdn.cause, |accept, cause| accept.tlv(0x39, &[cause.0]))
        .done()
}

/// ACTIVATE PDP CONTEXT REJECT.
pub(super) fn activate_reject(ti: u8, cause: EsmCause, t3396: Option<Duration>) -> Vec<u8> {
    message(ti, Side::Network, 0x43)
        .put(&[cause.0])
        .with(t3396, |reject, span| reject.tlv(0x37, &element::session_timer(span)))
        .done()
}

/// DEACTIVATE PDP CONTEXT REQUEST from the mobile, which means to end it and has no other cause.
pub(super) fn deactivate_by_mobile(ti: u8) -> Vec<u8> {
    message(ti, Side::Mobile, 0x46).put(&[EsmCause::REGULAR_DEACTIVATION.0]).done()
}

/// DEACTIVATE PDP CONTEXT ACCEPT to a mobile that asked, else DEACTIVATE PDP CONTEXT REQUEST.
pub(super) fn deactivated(ti: u8, pti: u8, cause: EsmCause) -> Vec<u8> {
    if pti == 0 {
        message(ti, Side::Network, 0x46).put(&[cause.0]).done()
    } else {
        message(ti, Side::Network, 0x47).done()
    }
}

/// The quality of service that stands for a class (TS 23.401 annex E): its traffic class in the fourth octet, and the
/// handling priority of interactive traffic in the ninth; everything else as subscribed.
fn quality(qci: Qci) -> [u8; 11] {
    const INTERACTIVE: u8 = 3 << 5;
    const BACKGROUND: u8 = 4 << 5;
    let (class, priority) = match qci.number() {
        5 | 6 => (INTERACTIVE, 1),
        7 => (INTERACTIVE, 2),
        8 => (INTERACTIVE, 3),
        _ => (BACKGROUND, 0),
    };
    [0, 0, 0, class, 0, 0, 0, 0, priority, 0, 0]
}

/// MODIFY PDP CONTEXT REQUEST of the network, whose quality of service is never left out.
pub(super) fn modify(ti: u8, change: &BearerModification) -> Vec<u8> {
    let quality = change.qci.map_or_else(|| SUBSCRIBED.to_vec(), |qci| quality(qci).to_vec());
    message(ti, Side::Network, 0x48)
        .put(&[RADIO_PRIORITY, NO_SAPI])
        .lv(&quality)
        .with(element::options(&change.dns, None), |request, options| request.tlv(0x27, &options))
        .done()
}

/// MODIFY PDP CONTEXT ACCEPT of the mobile.
pub(super) fn modify_accept(ti: u8) -> Vec<u8> {
    message(ti, Side::Mobile, 0x49).done()
}

/// SM STATUS; the network sends it in the place of a refusal of a deactivation, which there is not.
pub(super) fn status(ti: u8, sender: Side, cause: EsmCause) -> Vec<u8> {
    message(ti, sender, 0x55).put(&[cause.0]).done()
}
