//! Between the bodies of PDUs and what the service centre understands.

mod multi;

pub use multi::submit_multi;

use super::content::{self, Content};
use super::pdu::{Flaw, read, status};
use super::time;
use rusmpp::encode::Length as _;
use rusmpp::pdus::{
    AlertNotification, CancelSm, DataSm, DeliverSm, QuerySm, QuerySmResp, ReplaceSm, SubmitSm,
};
use rusmpp::tlvs::{MessageDeliveryRequestTlvValue as DeliveryTlv, Tlv, TlvValue};
use rusmpp::types::{COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    DataCoding, ErrorCodeNetworkType, EsmClass, MessageState, MsAvailabilityStatus, NetworkErrorCode, Npi,
    SetDpf, Ton, UserMessageReference,
};
use simcore::cellular::{
    Alert, Cancel, EsmeContent, EsmeSubmit, EsmeTime, ManageRefusal, MessageId, Receipt, ReceiptKind,
    ReceiptWish, Replace, SmsState, SubmitRefusal,
};
use wire::id::PhoneNumber;
use wire::sms::{Address, Concatenation, ProtocolId, TypeOfAddress, gsm7};
use wire::time::Duration;

/// The highest type of number that there is: abbreviated.
const LAST_TON: u8 = 6;
/// The highest priority.
const LAST_PRIORITY: u8 = 3;
/// The most octets of short_message.
const LONGEST_SHORT_MESSAGE: u8 = 254;
/// esm_class of a receipt and of an intermediate notification.
const RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

/// What a submit_sm and a submit_multi must keep to alike.
fn check_limits(sm_length: u8, priority: impl Into<u8>, default_message: u8) -> Result<(), Flaw> {
    if sm_length > LONGEST_SHORT_MESSAGE {
        return Err(Flaw::new(status::RINVMSGLEN, "sm_length is above 254"));
    }
    if priority.into() > LAST_PRIORITY {
        return Err(Flaw::new(status::RINVPRTFLG, "priority_flag is above 3"));
    }
    if default_message != 0 {
        return Err(Flaw::new(status::RINVDFTMSGID, "there are no predefined messages"));
    }
    Ok(())
}

/// A submit_sm.
///
/// # Errors
/// [`Flaw`] with the status of its answer.
pub fn submit(body: &[u8], reference: u8) -> Result<EsmeSubmit, Flaw> {
    let pdu: SubmitSm = read(body)?;
    let options = Options::of(pdu.tlvs())?;
    check_limits(pdu.sm_length(), pdu.priority_flag, pdu.sm_default_msg_id)?;
    let replace = match u8::from(pdu.replace_if_present_flag) {
        0 => false,
        1 => true,
        other => return Err(Flaw::new(status::RINVREPFLAG, format!("replace_if_present_flag is {other}"))),
    };
    let esm_class = esm_class(pdu.esm_class)?;
    let octets = options.payload(pdu.short_message())?;
    let content = options.content(u8::from(pdu.data_coding), esm_class, octets)?;
    let (receipt, intermediate) = wishes(u8::from(pdu.registered_delivery))?;
    Ok(EsmeSubmit {
        from: source(pdu.source_addr_ton, pdu.source_addr.as_str())?,
        to: destination(pdu.dest_addr_ton, pdu.destination_addr.as_str())?,
        service_type: pdu.service_type.value().as_str().to_owned(),
        pid: ProtocolId(pdu.protocol_id),
        parts: content::read(&content, reference)?,
        validity: options.validity.or(validity(pdu.validity_period.as_str())?),
        schedule: schedule(pdu.schedule_delivery_time.as_str())?,
        receipt,
        intermediate,
        replace,
        user_reference: options.user_reference,
        alert: false,
    })
}

/// A data_sm.
///
/// # Errors
/// [`Flaw`] with the status of its answer.
pub fn data(body: &[u8], reference: u8) -> Result<EsmeSubmit, Flaw> {
    let pdu: DataSm = read(body)?;
    let options = Options::of(pdu.tlvs())?;
    let esm_class = esm_class(pdu.esm_class)?;
    let octets = options.payload(&[])?;
    let content = options.content(u8::from(pdu.data_coding), esm_class, octets)?;
    let (receipt, intermediate) = wishes(u8::from(pdu.registered_delivery))?;
    Ok(EsmeSubmit {
        from: source(pdu.source_addr_ton, pdu.source_addr.as_str())?,
        to: destination(pdu.dest_addr_ton, pdu.destination_addr.as_str())?,
        service_type: pdu.service_type.value().as_str().to_owned(),
        pid: ProtocolId::NORMAL,
        parts: content::read(&content, reference)?,
        validity: options.validity,
        schedule: None,
        receipt,
        intermediate,
        replace: false,
        user_reference: options.user_reference,
        alert: options.set_dpf,
    })
}

/// A query_sm: the message, and the source address.
///
/// # Errors
/// [`Flaw`] with the status of its answer.
pub fn query(body: &[u8]) -> Result<(MessageId, Option<Address>), Flaw> {
    let pdu: QuerySm = read(body)?;
    Ok((message_id(pdu.message_id.as_str())?, source(pdu.source_addr_ton, pdu.source_addr.as_str())?))
}

/// A cancel_sm: which messages, and the source address.
///
/// # Errors
/// [`Flaw`] with the status of its answer.
pub fn cancel(body: &[u8]) -> Result<(Cancel, Option<Address>), Flaw> {
    let pdu: CancelSm = read(body)?;
    let from = source(pdu.source_addr_ton, pdu.source_addr.as_str())?;
    let which = if pdu.message_id.as_str().is_empty() {
        let to = destination(pdu.dest_addr_ton, pdu.destination_addr.as_str())?;
        Cancel::Between { to, service_type: pdu.service_type.value().as_str().to_owned() }
    } else {
        Cancel::One(message_id(pdu.message_id.as_str())?)
    };
    Ok((which, from))
}

/// A replace_sm: the new content, and the source address.
///
/// # Errors
/// [`Flaw`] with the status of its answer.
pub fn replace(body: &[u8]) -> Result<(Replace, Option<Address>), Flaw> {
    let pdu: ReplaceSm = read(body)?;
    if pdu.sm_default_msg_id != 0 {
        return Err(Flaw::new(status::RINVDFTMSGID, "there are no predefined messages"));
    }
    // There is no data_coding: the default alphabet.
    let options = pdu.message_payload_tlv().map(std::slice::from_ref).map(Options::of).transpose()?;
    let options = options.unwrap_or_default();
    let octets = options.payload(pdu.short_message())?;
    let mut parts = content::read(&Content { octets, ..Content::default() }, 0)?;
    let one = parts.pop().filter(|_| parts.is_empty());
    let (receipt, _) = wishes(u8::from(pdu.registered_delivery))?;
    let replace = Replace {
        message: message_id(pdu.message_id.as_str())?,
        user_data: one.ok_or_else(|| Flaw::new(status::RINVMSGLEN, "more than one short message"))?,
        validity: validity(pdu.validity_period.as_str())?,
        schedule: schedule(pdu.schedule_delivery_time.as_str())?,
        receipt,
    };
    Ok((replace, source(pdu.source_addr_ton, pdu.source_addr.as_str())?))
}

/// The message_id of a message.
#[must_use]
pub fn written(id: MessageId) -> COctetString<1, 65> {
    text(&format!("{:08X}", id.0))
}

/// A text that is known to fit; what does not fit is left out.
pub fn text<const MAX: usize>(text: &str) -> COctetString<1, MAX> {
    COctetString::from_string(text.to_owned()).unwrap_or_default()
}

/// A query_sm_resp.
#[must_use]
pub fn query_resp(receipt: &Receipt) -> QuerySmResp {
    let is_final = receipt.state != SmsState::Enroute;
    let date = if is_final { time::write(receipt.done) } else { String::new() };
    QuerySmResp::new(
        written(receipt.message),
        EmptyOrFullCOctetString::from_string(date).unwrap_or_default(),
        message_state(receipt.state),
        network_error(receipt.state),
    )
}

/// An alert_notification.
#[must_use]
pub fn alert(alert: &Alert) -> AlertNotification {
    let (source_ton, source_npi, source) = address(&Address::from_number(&alert.device));
    let (ton, npi, esme) = address(&alert.to);
    let available = Some(MsAvailabilityStatus::Available);
    AlertNotification::new(source_ton, source_npi, source, ton, npi, esme, available)
}

/// The deliver_sm of a message or a receipt; an alert has none, and is an empty one.
#[must_use]
pub fn deliver(content: &EsmeContent) -> DeliverSm {
    match content {
        EsmeContent::Message { from, to, pid, user_data } => {
            let (data_coding, esm_class, octets) = content::write(user_data);
            addressed(from, &Address::from_number(to))
                .esm_class(EsmClass::from(esm_class))
                .protocol_id(pid.0)
                .data_coding(DataCoding::from(data_coding))
                .short_message(OctetString::from_vec(octets).unwrap_or_default())
                .build()
        }
        EsmeContent::Receipt(receipt) => {
            let esm_class = match receipt.kind {
                ReceiptKind::Final => RECEIPT,
                ReceiptKind::Intermediate => INTERMEDIATE,
            };
            let error =
                NetworkErrorCode::new(ErrorCodeNetworkType::Gsm, u16::from(network_error(receipt.state)));
            let mut pdu = addressed(&receipt.to, &receipt.from)
                .esm_class(EsmClass::from(esm_class))
                .short_message(OctetString::from_vec(receipt_text(receipt)).unwrap_or_default())
                .push_tlv(DeliveryTlv::ReceiptedMessageId(written(receipt.message)))
                .push_tlv(DeliveryTlv::MessageState(message_state(receipt.state)))
                .push_tlv(DeliveryTlv::NetworkErrorCode(error));
            if let Some(reference) = receipt.user_reference {
                let reference = UserMessageReference::new(reference);
                pdu = pdu.push_tlv(DeliveryTlv::UserMessageReference(reference));
            }
            pdu.build()
        }
        EsmeContent::Alert(_) => DeliverSm::default(),
    }
}

fn addressed(from: &PhoneNumber, to: &Address) -> rusmpp::pdus::builders::DeliverSmBuilder {
    let (source_ton, source_npi, source) = address(&Address::from_number(from));
    let (ton, npi, destination) = address(to);
    DeliverSm::builder()
        .source_addr_ton(source_ton)
        .source_addr_npi(source_npi)
        .source_addr(source)
        .dest_addr_ton(ton)
        .dest_addr_npi(npi)
        .destination_addr(destination)
}

/// The text of a receipt (SMPP 3.4 appendix B).
fn receipt_text(receipt: &Receipt) -> Vec<u8> {
    let state = match receipt.state {
        SmsState::Enroute => "ENROUTE",
        SmsState::Delivered { .. } => "DELIVRD",
        SmsState::Expired { .. } => "EXPIRED",
        SmsState::Undeliverable { .. } => "UNDELIV",
        SmsState::Deleted { .. } => "DELETED",
    };
    let front = format!(
        "id:{:08X} sub:{:03} dlvrd:{:03} submit date:{} done date:{} stat:{state} err:{:03} text:",
        receipt.message.0,
        receipt.parts,
        receipt.delivered,
        time::write_short(receipt.submitted),
        time::write_short(receipt.done),
        network_error(receipt.state),
    );
    let septets = |character: char| gsm7::encode(character.encode_utf8(&mut [0; 4])).unwrap_or(vec![b'?']);
    front.bytes().chain(receipt.text.chars().flat_map(septets)).collect()
}

const fn message_state(state: SmsState) -> MessageState {
    match state {
        SmsState::Enroute => MessageState::Enroute,
        SmsState::Delivered { .. } => MessageState::Delivered,
        SmsState::Expired { .. } => MessageState::Expired,
        SmsState::Undeliverable { .. } => MessageState::Undeliverable,
        SmsState::Deleted { .. } => MessageState::Deleted,
    }
}

/// The RP cause of a failure, zero without one.
const fn network_error(state: SmsState) -> u8 {
    match state {
        SmsState::Undeliverable { cause } => cause.0,
        SmsState::Enroute
        | SmsState::Delivered { .. }
        | SmsState::Expired { .. }
        | SmsState::Deleted { .. } => 0,
    }
}

/// The status that says why a message was refused.
#[must_use]
pub const fn status_of(refusal: SubmitRefusal) -> u32 {
    match refusal {
        SubmitRefusal::NotTransmitter => status::RINVBNDSTS,
        SubmitRefusal::Throttled(_) => status::RTHROTTLED,
        SubmitRefusal::QueueFull(_) => status::RMSGQFUL,
        SubmitRefusal::SourceNotAllowed => status::RINVSRCADR,
        SubmitRefusal::UnknownRecipient => status::RINVDSTADR,
        SubmitRefusal::Schedule => status::RINVSCHED,
        SubmitRefusal::Validity => status::RINVEXPIRY,
        SubmitRefusal::Empty => status::RSUBMITFAIL,
    }
}

/// The status that says why an order was refused; `fail` is that of the order.
#[must_use]
pub const fn status_of_order(refusal: ManageRefusal, fail: u32) -> u32 {
    match refusal {
        ManageRefusal::UnknownMessage => status::RINVMSGID,
        ManageRefusal::SourceDiffers
        | ManageRefusal::TooLate
        | ManageRefusal::NothingMatches
        | ManageRefusal::Unfit => fail,
    }
}

/// The optional parameters that are understood; all others are skipped, as clause 3.3 asks for.
#[derive(Debug, Default)]
struct Options<'a> {
    payload: Option<&'a [u8]>,
    place: [Option<u16>; 3],
    ports: (Option<u16>, Option<u16>),
    user_reference: Option<u16>,
    validity: Option<EsmeTime>,
    set_dpf: bool,
}

impl<'a> Options<'a> {
    fn of(tlvs: &'a [Tlv]) -> Result<Self, Flaw> {
        let mut options = Self::default();
        for tlv in tlvs {
            let Some(value) = tlv.value() else { continue };
            if value.length() != usize::from(tlv.value_length()) {
                return Err(Flaw::new(status::RINVPARLEN, format!("the length of {:?} is wrong", tlv.tag())));
            }
            options.take(value);
        }
        Ok(options)
    }

    fn take(&mut self, value: &'a TlvValue) {
        if let TlvValue::MessagePayload(payload) = value {
            self.payload = Some(payload.value.as_ref());
        } else if let TlvValue::SarMsgRefNum(reference) = value {
            self.place[0] = Some(*reference);
        } else if let TlvValue::SarTotalSegments(total) = value {
            self.place[1] = Some(u16::from(*total));
        } else if let TlvValue::SarSegmentSeqnum(sequence) = value {
            self.place[2] = Some(u16::from(*sequence));
        } else if let TlvValue::SourcePort(port) = value {
            self.ports.0 = Some(*port);
        } else if let TlvValue::DestPort(port) = value {
            self.ports.1 = Some(*port);
        } else if let TlvValue::UserMessageReference(reference) = value {
            self.user_reference = Some(reference.value);
        } else if let TlvValue::QosTimeToLive(seconds) = value {
            self.validity = Some(EsmeTime::After(Duration::from_secs(u64::from(*seconds))));
        } else if let TlvValue::SetDpf(wish) = value {
            self.set_dpf = *wish == SetDpf::Requested;
        }
    }

    /// short_message or message_payload, of which one has to be empty.
    fn payload(&self, short_message: &'a [u8]) -> Result<&'a [u8], Flaw> {
        match self.payload {
            None => Ok(short_message),
            Some(payload) if short_message.is_empty() => Ok(payload),
            Some(_) => Err(Flaw::new(status::ROPTPARNOTALLWD, "short_message and message_payload at once")),
        }
    }

    fn content(&self, data_coding: u8, esm_class: u8, octets: &'a [u8]) -> Result<Content<'a>, Flaw> {
        let place = match self.place {
            [None, None, None] => None,
            [Some(reference), Some(total), Some(sequence)] => {
                let wrong =
                    || Flaw::new(status::RINVOPTPARAMVAL, "sar_segment_seqnum is not a part of the total");
                let (total, sequence) = (total as u8, sequence as u8);
                let inside = (1..=total).contains(&sequence);
                Some(if inside {
                    Concatenation { reference, total, sequence, wide: true }
                } else {
                    return Err(wrong());
                })
            }
            _ => return Err(Flaw::new(status::RMISSINGOPTPARAM, "sar_* parameters go together")),
        };
        let ports = self.ports.0.zip(self.ports.1);
        Ok(Content { data_coding, esm_class, octets, place, ports })
    }
}

/// esm_class, which must not say that the message is a receipt or an acknowledgement.
fn esm_class(value: EsmClass) -> Result<u8, Flaw> {
    let value = u8::from(value);
    if value & 0x3c == 0 {
        Ok(value)
    } else {
        Err(Flaw::new(status::RINVESMCLASS, format!("esm_class {value:#04x} is not one of a message")))
    }
}

/// registered_delivery: receipts, and intermediate notifications. Acknowledgements of the SME are not asked for.
fn wishes(value: u8) -> Result<(ReceiptWish, bool), Flaw> {
    let receipt = match value & 3 {
        0 => ReceiptWish::Never,
        1 => ReceiptWish::Always,
        2 => ReceiptWish::OnFailure,
        _ => return Err(Flaw::new(status::RINVREGDLVFLG, "registered_delivery 3 is reserved")),
    };
    Ok((receipt, value & 0x10 != 0))
}

fn validity(text: &str) -> Result<Option<EsmeTime>, Flaw> {
    time::read(text)
        .map_err(|()| Flaw::new(status::RINVEXPIRY, format!("validity_period {text:?} is no time")))
}

fn schedule(text: &str) -> Result<Option<EsmeTime>, Flaw> {
    time::read(text)
        .map_err(|()| Flaw::new(status::RINVSCHED, format!("schedule_delivery_time {text:?} is no time")))
}

fn message_id(text: &str) -> Result<MessageId, Flaw> {
    let digits = (1..=8).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_hexdigit());
    let number = digits.then(|| u32::from_str_radix(text, 16).ok()).flatten();
    number
        .map(MessageId)
        .ok_or_else(|| Flaw::new(status::RINVMSGID, format!("message_id {text:?} is none of ours")))
}

fn source(ton: Ton, text: &str) -> Result<Option<Address>, Flaw> {
    let ton = u8::from(ton);
    if ton > LAST_TON {
        return Err(Flaw::new(status::RINVSRCTON, format!("source_addr_ton is {ton}")));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Flaw::new(status::RINVSRCADR, format!("source_addr {text:?} is none of ton {ton}"));
    let address = if ton == TypeOfAddress::ALPHANUMERIC.type_of_number() {
        Address::alphanumeric(text)
    } else {
        number(ton, text).map(|number| Address::from_number(&number))
    };
    address.map(Some).ok_or_else(wrong)
}

fn destination(ton: Ton, text: &str) -> Result<PhoneNumber, Flaw> {
    let ton = u8::from(ton);
    if ton > LAST_TON || ton == TypeOfAddress::ALPHANUMERIC.type_of_number() {
        return Err(Flaw::new(status::RINVDSTTON, format!("dest_addr_ton is {ton}")));
    }
    number(ton, text).ok_or_else(|| {
        Flaw::new(status::RINVDSTADR, format!("destination_addr {text:?} is none of ton {ton}"))
    })
}

/// A number; with the type of number international the + may be there or not.
fn number(ton: u8, text: &str) -> Option<PhoneNumber> {
    if ton == TypeOfAddress::INTERNATIONAL.type_of_number() && !text.starts_with('+') {
        return format!("+{text}").parse().ok();
    }
    text.parse().ok()
}

/// An address as the ESME sees it: type, plan, digits or letters.
fn address<const MAX: usize>(address: &Address) -> (Ton, Npi, COctetString<1, MAX>) {
    if let Some(name) = address.text() {
        return (Ton::Alphanumeric, Npi::Unknown, text(&name));
    }
    let shown = address.to_string();
    match shown.strip_prefix('+') {
        Some(digits) => (Ton::International, Npi::Isdn, text(digits)),
        None => (Ton::Unknown, Npi::Isdn, text(&shown)),
    }
}
