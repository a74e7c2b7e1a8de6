//! Who a mobile is, what a network is called, and what is wrong with a message: the same contents in EMM, MM and GMM
//! (TS 24.301 clauses 8.2.13, 8.2.14, 8.2.18, 8.2.19; TS 24.008 clauses 9.2.10, 9.2.15a, 9.2.16, 9.4.12 to 9.4.15, 9.4.19).

use super::element::{self, Writer};
use crate::cause::EmmCause;
use crate::nas::{Identity, IdentityKind, MobilityProtocol as Mobility, NetworkInformation};
use crate::sms::{Timestamp, gsm7};

/// The head of a message: its protocol discriminator, and its type in each protocol.
fn message(of: Mobility, emm: u8, mm: u8, gmm: u8) -> Writer {
    match of {
        Mobility::Emm => Writer::new(&[0x07, emm]),
        Mobility::Mm => Writer::new(&[0x05, mm]),
        Mobility::Gmm => Writer::new(&[0x08, gmm]),
    }
}

pub(super) fn identity_request(of: Mobility, kind: IdentityKind) -> Vec<u8> {
    let kind = match kind {
        IdentityKind::Imsi => 1,
        IdentityKind::Imei => 2,
        IdentityKind::Imeisv => 3,
    };
    message(of, 0x55, 0x18, 0x15).put(&[kind]).done()
}

pub(super) fn identity_response(of: Mobility, identity: Option<&Identity>) -> Vec<u8> {
    let octets = match identity {
        Some(identity) => element::mobile_identity(identity),
        None => element::no_identity(),
    };
    message(of, 0x56, 0x19, 0x16).lv(&octets).done()
}

pub(super) fn status(of: Mobility, cause: EmmCause) -> Vec<u8> {
    message(of, 0x60, 0x31, 0x20).put(&[cause.0]).done()
}

pub(super) fn information(of: Mobility, told: &NetworkInformation) -> Vec<u8> {
    let zone = told.zone.map(|zone| Timestamp::from_utc(jiff::Timestamp::UNIX_EPOCH, zone).octets()[6]);
    let time = told.time.map(|time| Timestamp::from_utc(time, told.zone.unwrap_or_default()).octets());
    message(of, 0x61, 0x32, 0x21)
        .with(told.full_name.as_deref(), |message, text| message.tlv(0x43, &name(text)))
        .with(told.short_name.as_deref(), |message, text| message.tlv(0x45, &name(text)))
        .with(zone, |message, zone| message.tv(0x46, &[zone]))
        .with(time, |message, time| message.tv(0x47, &time))
        .with(told.daylight_saving, |message, hours| message.tlv(0x49, &[hours & 0x03]))
        .done()
}

/// Network name (TS 24.008 10.5.3.5a): the coding and the bits that are spare in the last octet, then the text.
fn name(text: &str) -> Vec<u8> {
    match gsm7::encode(text) {
        Some(septets) => {
            let spare = (8 - septets.len() * 7 % 8) % 8;
            let head = 0x80 | u8::try_from(spare).unwrap_or_default();
            Writer::new(&[head]).put(&gsm7::pack(&septets, 0)).done()
        }
        None => {
            text.encode_utf16().fold(Writer::new(&[0x90]), |name, unit| name.put(&unit.to_be_bytes())).done()
        }
    }
}
