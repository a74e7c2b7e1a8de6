//! Call control (TS 24.008 clause 9.3, TS 24.083).

use super::element::{self, Writer};
use crate::cause::CcCause;
use crate::nas::{CallContent, CallMessage, Clir, Side};

const DISCRIMINATOR: u8 = 3;
/// Bearer capability: speech, full rate, circuit mode, GSM coding (10.5.4.5).
const SPEECH: &[u8] = &[0xa0];
const BEARER_CAPABILITY: u8 = 0x04;
const CAUSE: u8 = 0x08;
const FACILITY: u8 = 0x1c;
const KEYPAD: u8 = 0x2c;
const CONNECTED_NUMBER: u8 = 0x4c;
const CALLING_NUMBER: u8 = 0x5c;
const CALLED_NUMBER: u8 = 0x5e;
const CLIR_SUPPRESSION: u8 = 0xa1;
const CLIR_INVOCATION: u8 = 0xa2;

/// Cause: GSM coding, location user, then the value (10.5.4.11).
const fn cause(cause: CcCause) -> [u8; 2] {
    [0xe0, 0x80 | cause.0]
}

/// Where the facility element stands, and what follows it.
enum Rest {
    /// It is all that the message has.
    Only,
    /// At the end, where there is one.
    Last,
    /// In the middle of a SETUP.
    Before(Vec<u8>),
    /// Nowhere: the message has no place for one.
    Nowhere,
}

/// The message from `sender`; `key` is the one that an acknowledgement of DTMF repeats.
pub(super) fn encode(message: &CallMessage, sender: Side, key: Option<char>) -> Vec<u8> {
    let (kind, elements, rest) = parts(&message.content, key);
    let head = [message.transaction.octet(sender, DISCRIMINATOR), kind];
    let octets = Writer::new(&head).put(&elements);
    let facility = message.facility.as_deref();
    let with_facility =
        |octets: Writer| octets.with(facility, |octets, facility| octets.tlv(FACILITY, facility));
    match rest {
        Rest::Only => octets.lv(facility.unwrap_or_default()).done(),
        Rest::Last => with_facility(octets).done(),
        Rest::Before(after) => with_facility(octets).put(&after).done(),
        Rest::Nowhere => octets.done(),
    }
}

fn of_cause(kind: u8, value: CcCause) -> (u8, Vec<u8>, Rest) {
    (kind, Writer::new(&[]).tlv(CAUSE, &cause(value)).done(), Rest::Last)
}

fn refusal(kind: u8, value: CcCause) -> (u8, Vec<u8>, Rest) {
    (kind, Writer::new(&[]).lv(&cause(value)).done(), Rest::Nowhere)
}

/// A key in IA5 (10.5.4.17).
fn keypad(key: char) -> Vec<u8> {
    vec![KEYPAD, u8::try_from(key).unwrap_or(b'?') & 0x7f]
}

/// Message type, the elements before the facility, and what becomes of the facility.
fn parts(content: &CallContent, last_key: Option<char>) -> (u8, Vec<u8>, Rest) {
    let none = |kind: u8, rest: Rest| (kind, Vec::new(), rest);
    let speech = || Writer::new(&[]).tlv(BEARER_CAPABILITY, SPEECH).done();
    match content {
        CallContent::Setup { called, clir } => {
            let wish: &[u8] = match clir {
                Clir::Subscription => &[],
                Clir::Invoked => &[CLIR_INVOCATION],
                Clir::Suppressed => &[CLIR_SUPPRESSION],
            };
            let number = Writer::new(&[]).tlv(CALLED_NUMBER, &element::bcd_number(called)).put(wish);
            (0x05, speech(), Rest::Before(number.done()))
        }
        CallContent::EmergencySetup { .. } => (0x0e, speech(), Rest::Nowhere),
        CallContent::IncomingSetup { calling } => {
            let number = Writer::new(&[]).with(calling.as_ref(), |octets, number| {
                octets.tlv(CALLING_NUMBER, &element::bcd_number(number))
            });
            (0x05, speech(), Rest::Before(number.done()))
        }
        CallContent::CallConfirmed => none(0x08, Rest::Nowhere),
        CallContent::CallProceeding => none(0x02, Rest::Last),
        CallContent::Alerting => none(0x01, Rest::Last),
        CallContent::Connect { connected } => {
            let number = Writer::new(&[]).with(connected.as_ref(), |octets, number| {
                octets.tlv(CONNECTED_NUMBER, &element::bcd_number(number))
            });
            (0x07, Vec::new(), Rest::Before(number.done()))
        }
        CallContent::ConnectAcknowledge => none(0x0f, Rest::Nowhere),
        CallContent::Disconnect(value) => (0x25, Writer::new(&[]).lv(&cause(*value)).done(), Rest::Last),
        CallContent::Release(value) => of_cause(0x2d, *value),
        CallContent::ReleaseComplete(value) => of_cause(0x2a, *value),
        CallContent::Facility => none(0x3a, Rest::Only),
        CallContent::Hold => none(0x18, Rest::Nowhere),
        CallContent::HoldAcknowledge => none(0x19, Rest::Nowhere),
        CallContent::HoldReject(value) => refusal(0x1a, *value),
        CallContent::Retrieve => none(0x1c, Rest::Nowhere),
        CallContent::RetrieveAcknowledge => none(0x1d, Rest::Nowhere),
        CallContent::RetrieveReject(value) => refusal(0x1e, *value),
        CallContent::StartDtmf(key) => (0x35, keypad(*key), Rest::Nowhere),
        CallContent::StartDtmfAcknowledge => (0x36, last_key.map(keypad).unwrap_or_default(), Rest::Nowhere),
        CallContent::StartDtmfReject(value) => refusal(0x37, *value),
        CallContent::StopDtmf => none(0x31, Rest::Nowhere),
        CallContent::StopDtmfAcknowledge => none(0x32, Rest::Nowhere),
    }
}
