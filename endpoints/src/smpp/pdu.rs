//! Protocol data units: cutting them out of a stream, reading their bodies, writing them.
//!
//! Spec: SMPP 3.4 clauses 3.2 and 5.1. The codec of the bodies is rusmpp's; the frame is ours, so that a body that cannot
//! be read costs its own answer and not the session.

use bytes::BytesMut;
use rusmpp::decode::{COctetStringDecodeError, DecodeError, DecodeErrorKind, DecodeWithLength};
use rusmpp::encode::owned::Encode;
use rusmpp::fields::SmppField;

/// Octets of a header.
pub const HEADER: usize = 16;
/// The longest PDU: a message_payload of 64 KiB and everything that can stand before it.
pub const LONGEST: usize = 0x1_0000 + 1024;

/// command_id, by the names of the specification.
pub mod command {
    macro_rules! commands {
        ($($name:ident = $value:literal, $text:literal;)*) => {
            $(#[doc = concat!("`", $text, "`.")] pub const $name: u32 = $value;)*

            /// The name of a command; none of a command that the specification does not know.
            #[must_use]
            pub const fn name(command: u32) -> Option<&'static str> {
                match command {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        };
    }

    commands! {
        BIND_RECEIVER = 0x1, "bind_receiver";
        BIND_TRANSMITTER = 0x2, "bind_transmitter";
        QUERY_SM = 0x3, "query_sm";
        SUBMIT_SM = 0x4, "submit_sm";
        DELIVER_SM = 0x5, "deliver_sm";
        UNBIND = 0x6, "unbind";
        REPLACE_SM = 0x7, "replace_sm";
        CANCEL_SM = 0x8, "cancel_sm";
        BIND_TRANSCEIVER = 0x9, "bind_transceiver";
        OUTBIND = 0xb, "outbind";
        ENQUIRE_LINK = 0x15, "enquire_link";
        SUBMIT_MULTI = 0x21, "submit_multi";
        ALERT_NOTIFICATION = 0x102, "alert_notification";
        DATA_SM = 0x103, "data_sm";
        GENERIC_NACK = 0x8000_0000, "generic_nack";
        DELIVER_SM_RESP = 0x8000_0005, "deliver_sm_resp";
        SUBMIT_MULTI_RESP = 0x8000_0021, "submit_multi_resp";
        UNBIND_RESP = 0x8000_0006, "unbind_resp";
        ENQUIRE_LINK_RESP = 0x8000_0015, "enquire_link_resp";
    }

    /// The bit that makes a request its response.
    pub const RESPONSE: u32 = 0x8000_0000;
}

/// command_status, by the names of the specification without `ESME_`.
#[expect(missing_docs, reason = "SMPP 3.4 clause 5.1.3 says what each means")]
pub mod status {
    pub const ROK: u32 = 0x00;
    pub const RINVMSGLEN: u32 = 0x01;
    pub const RINVCMDLEN: u32 = 0x02;
    pub const RINVCMDID: u32 = 0x03;
    pub const RINVBNDSTS: u32 = 0x04;
    pub const RALYBND: u32 = 0x05;
    pub const RINVPRTFLG: u32 = 0x06;
    pub const RINVREGDLVFLG: u32 = 0x07;
    pub const RSYSERR: u32 = 0x08;
    pub const RINVSRCADR: u32 = 0x0a;
    pub const RINVDSTADR: u32 = 0x0b;
    pub const RINVMSGID: u32 = 0x0c;
    pub const RBINDFAIL: u32 = 0x0d;
    pub const RINVPASWD: u32 = 0x0e;
    pub const RINVSYSID: u32 = 0x0f;
    pub const RCANCELFAIL: u32 = 0x11;
    pub const RREPLACEFAIL: u32 = 0x13;
    pub const RMSGQFUL: u32 = 0x14;
    pub const RINVSERTYP: u32 = 0x15;
    pub const RINVNUMDESTS: u32 = 0x33;
    pub const RINVDLNAME: u32 = 0x34;
    pub const RINVDESTFLAG: u32 = 0x40;
    pub const RINVESMCLASS: u32 = 0x43;
    pub const RSUBMITFAIL: u32 = 0x45;
    pub const RINVSRCTON: u32 = 0x48;
    pub const RINVDSTTON: u32 = 0x50;
    pub const RINVSYSTYP: u32 = 0x53;
    pub const RINVREPFLAG: u32 = 0x54;
    pub const RTHROTTLED: u32 = 0x58;
    pub const RINVSCHED: u32 = 0x61;
    pub const RINVEXPIRY: u32 = 0x62;
    pub const RINVDFTMSGID: u32 = 0x63;
    pub const RX_T_APPN: u32 = 0x64;
    pub const RQUERYFAIL: u32 = 0x67;
    pub const RINVOPTPARSTREAM: u32 = 0xc0;
    pub const ROPTPARNOTALLWD: u32 = 0xc1;
    pub const RINVPARLEN: u32 = 0xc2;
    pub const RMISSINGOPTPARAM: u32 = 0xc3;
    pub const RINVOPTPARAMVAL: u32 = 0xc4;
}

/// A PDU: its header without the length, and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// command_id.
    pub command: u32,
    /// command_status.
    pub status: u32,
    /// sequence_number.
    pub sequence: u32,
    /// What follows the header.
    pub body: Vec<u8>,
}

/// A command_length that no PDU has; what follows cannot be told apart any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLength {
    /// command_length.
    pub length: u32,
    /// sequence_number, zero where the header has not come whole.
    pub sequence: u32,
}

/// What is wrong with a PDU, as it is answered and as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// command_status of the answer.
    pub status: u32,
    /// In words.
    pub text: String,
}

impl Flaw {
    /// A flaw that the specification has a status for.
    pub fn new(status: u32, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

/// Cuts a stream of octets into PDUs.
#[derive(Debug, Default)]
pub struct Frames {
    octets: Vec<u8>,
    /// Octets that were cut off already.
    taken: usize,
}

impl Frames {
    /// Takes octets as they come.
    pub fn push(&mut self, octets: &[u8]) {
        self.octets.drain(..self.taken);
        self.taken = 0;
        self.octets.extend_from_slice(octets);
    }

    /// Whether a PDU has begun and not ended.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.octets.len() > self.taken
    }

    /// The next whole PDU.
    ///
    /// # Errors
    /// [`BadLength`]; there is no PDU after that.
    pub fn next_pdu(&mut self) -> Result<Option<Pdu>, BadLength> {
        let rest = self.octets.get(self.taken..).unwrap_or_default();
        let Some(length) = word(rest, 0) else { return Ok(None) };
        let size = length as usize;
        let whole = word(rest, 12);
        if size < HEADER || (size > LONGEST && whole.is_some()) {
            return Err(BadLength { length, sequence: whole.unwrap_or_default() });
        }
        let (Some(sequence), Some(body)) = (whole, rest.get(HEADER..size)) else { return Ok(None) };
        let (command, status) = (word(rest, 4).unwrap_or_default(), word(rest, 8).unwrap_or_default());
        let pdu = Pdu { command, status, sequence, body: body.to_vec() };
        self.taken += size;
        Ok(Some(pdu))
    }
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    let four = octets.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*four))
}

/// Reads a body.
///
/// # Errors
/// [`Flaw`] with the status that fits the first field that cannot be read.
pub fn read<T: DecodeWithLength>(body: &[u8]) -> Result<T, Flaw> {
    let mut octets = BytesMut::from(body);
    let (value, size) = T::decode(&mut octets, body.len()).map_err(|error| flaw_of(&error))?;
    if size == body.len() {
        Ok(value)
    } else {
        Err(Flaw::new(status::RINVCMDLEN, format!("{} octets follow the body", body.len().abs_diff(size))))
    }
}

/// What a field that cannot be read is answered with.
const FLAWS: [(SmppField, u32); 13] = [
    (SmppField::value, status::RINVPARLEN),
    (SmppField::tlvs, status::RINVOPTPARSTREAM),
    (SmppField::system_id, status::RINVSYSID),
    (SmppField::password, status::RINVPASWD),
    (SmppField::system_type, status::RINVSYSTYP),
    (SmppField::service_type, status::RINVSERTYP),
    (SmppField::source_addr, status::RINVSRCADR),
    (SmppField::destination_addr, status::RINVDSTADR),
    (SmppField::dest_address, status::RINVDESTFLAG),
    (SmppField::schedule_delivery_time, status::RINVSCHED),
    (SmppField::validity_period, status::RINVEXPIRY),
    (SmppField::message_id, status::RINVMSGID),
    (SmppField::short_message, status::RINVMSGLEN),
];

fn flaw_of(error: &DecodeError) -> Flaw {
    let field = FLAWS.iter().find(|(field, _)| error.field_exists(*field));
    let ended = matches!(
        error.kind(),
        DecodeErrorKind::UnexpectedEof
            | DecodeErrorKind::COctetStringDecodeError(COctetStringDecodeError::TooFewBytes { .. })
    );
    // A time that is neither absent nor whole counts as one of too few octets; the end of a parameter is not that of the
    // body.
    let status = match field {
        Some((_, status @ (status::RINVSCHED | status::RINVEXPIRY | status::RINVPARLEN))) => *status,
        Some((_, status)) if !ended => *status,
        Some(_) | None => status::RINVCMDLEN,
    };
    let mut text = "the body cannot be read".to_owned();
    if let Some(source) = error.source() {
        text = format!("{text}: {source}");
    }
    Flaw { status, text }
}

/// Writes a PDU.
pub fn write(out: &mut Vec<u8>, command: u32, status: u32, sequence: u32, body: Option<&dyn Body>) {
    let mut octets = BytesMut::new();
    if let Some(body) = body {
        body.write(&mut octets);
    }
    let length = HEADER + octets.len();
    for word in [length as u32, command, status, sequence] {
        out.extend(word.to_be_bytes());
    }
    out.extend_from_slice(&octets);
}

/// A body that can be written.
pub trait Body {
    /// Appends the octets of the body.
    fn write(&self, octets: &mut BytesMut);
}

impl<T: Encode> Body for T {
    fn write(&self, octets: &mut BytesMut) {
        octets.reserve(self.length());
        self.encode(octets);
    }
}
