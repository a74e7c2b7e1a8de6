//! Messages of the control channel, DLCI 0 (TS 27.010 5.4.6).
//!
//! A message is a type octet with its own C/R bit, a length, and a value. An answer repeats the type, and in most cases
//! the value, with the C/R bit cleared.

/// The EA bit: the field ends with this octet.
const EA: u8 = 0x01;
const CR: u8 = 0x02;
/// CLD without its length octet, as the documentation of the Linux line discipline tells people to send it by hand.
const CLOSE_DOWN_ALONE: u8 = 0xc3;

/// Message types, without EA and C/R.
mod code {
    pub(super) const PN: u8 = 0x80;
    pub(super) const PSC: u8 = 0x40;
    pub(super) const CLD: u8 = 0xc0;
    pub(super) const TEST: u8 = 0x20;
    pub(super) const FCON: u8 = 0xa0;
    pub(super) const FCOFF: u8 = 0x60;
    pub(super) const MSC: u8 = 0xe0;
    pub(super) const NSC: u8 = 0x10;
    pub(super) const RPN: u8 = 0x90;
    pub(super) const RLS: u8 = 0x50;
    pub(super) const SNC: u8 = 0xd0;
}

/// Parameters of a connection (5.4.6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterNegotiation {
    /// The connection.
    pub dlci: u8,
    /// The frames that carry its information: 0 UIH, 1 UI, 2 I.
    pub frame_type: u8,
    /// Convergence layer less one: 0 for type 1, unstructured octets.
    pub convergence_layer: u8,
    /// 0 to 63, 0 the highest.
    pub priority: u8,
    /// T1 in hundredths of a second.
    pub t1: u8,
    /// N1: the longest information field.
    pub frame_size: u16,
    /// N2: most retransmissions.
    pub retransmissions: u8,
    /// k: window of error recovery mode.
    pub window: u8,
}

/// The signals of a connection (5.4.6.3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModemStatus {
    /// FC: the sender cannot take frames.
    pub flow_control: bool,
    /// RTC: ready to communicate. Carries DTR to the modem and DSR to the host.
    pub ready_to_communicate: bool,
    /// RTR: ready to receive. Carries RTS to the modem and CTS to the host.
    pub ready_to_receive: bool,
    /// IC: incoming call, RI.
    pub incoming_call: bool,
    /// DV: data valid, DCD.
    pub data_valid: bool,
}

impl ModemStatus {
    fn parse(octet: u8) -> Self {
        let bit = |mask: u8| octet & mask != 0;
        Self {
            flow_control: bit(0x02),
            ready_to_communicate: bit(0x04),
            ready_to_receive: bit(0x08),
            incoming_call: bit(0x40),
            data_valid: bit(0x80),
        }
    }

    fn octet(self) -> u8 {
        let bit = |set: bool, mask: u8| if set { mask } else { 0 };
        bit(self.flow_control, 0x02)
            | bit(self.ready_to_communicate, 0x04)
            | bit(self.ready_to_receive, 0x08)
            | bit(self.incoming_call, 0x40)
            | bit(self.data_valid, 0x80)
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Parameter negotiation.
    Pn(ParameterNegotiation),
    /// Power saving control.
    Psc,
    /// Multiplexer close down.
    Cld,
    /// Test: the answer repeats the octets.
    Test(Vec<u8>),
    /// The sender can take frames on all connections again.
    FlowOn,
    /// The sender cannot take frames on any connection but DLCI 0.
    FlowOff,
    /// Modem status command.
    Msc {
        /// The connection.
        dlci: u8,
        /// Its signals.
        status: ModemStatus,
        /// The break octet where there is one: the length of a break in units of 200 ms, 0 for none.
        line_break: Option<u8>,
    },
    /// Non-supported command response: the type octet that was not understood.
    Nsc(u8),
    /// Remote port negotiation: the settings of a serial port, or none in a question.
    Rpn {
        /// The connection.
        dlci: u8,
        /// The settings, seven octets, or none.
        settings: Vec<u8>,
    },
    /// Remote line status.
    Rls {
        /// The connection.
        dlci: u8,
        /// L1 to L4: an error and its kind.
        status: u8,
    },
    /// Service negotiation.
    Snc {
        /// The connection.
        dlci: u8,
        /// The service and voice codec octets.
        services: Vec<u8>,
    },
    /// A type that TS 27.010 does not know.
    Unknown {
        /// The type octet as it came.
        type_octet: u8,
        /// What it carries.
        value: Vec<u8>,
    },
}

/// A message with its C/R bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlMessage {
    /// Whether it is a command; an answer otherwise.
    pub command: bool,
    /// What it says.
    pub message: Message,
}

/// Why octets on DLCI 0 are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The message ends within type or length.
    #[error("the message ends in its header")]
    Header,
    /// The value is shorter than announced.
    #[error("the value has {available} octets, not {announced}")]
    Short {
        /// What the length says.
        announced: usize,
        /// What there is.
        available: usize,
    },
    /// The value does not fit the type.
    #[error("a value of {0} octets does not fit the type")]
    Value(usize),
}

impl ControlMessage {
    /// The messages of one information field.
    ///
    /// # Errors
    /// The first that is wrong spoils the field, since the next cannot be found.
    pub fn parse_all(octets: &[u8]) -> Result<Vec<Self>, ControlError> {
        let mut messages = Vec::new();
        let mut rest = octets;
        while !rest.is_empty() {
            let (message, after) = Self::parse(rest)?;
            messages.push(message);
            rest = after;
        }
        Ok(messages)
    }

    fn parse(octets: &[u8]) -> Result<(Self, &[u8]), ControlError> {
        let (type_octet, rest) = octets.split_first().ok_or(ControlError::Header)?;
        if octets == [CLOSE_DOWN_ALONE] {
            return Ok((Self { command: true, message: Message::Cld }, rest));
        }
        let (length, rest) = parse_length(rest)?;
        let short = ControlError::Short { announced: length, available: rest.len() };
        let (value, after) = rest.split_at_checked(length).ok_or(short)?;
        let message = Message::parse(*type_octet, value)?;
        Ok((Self { command: type_octet & CR != 0, message }, after))
    }

    /// The octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (type_octet, value) = self.message.parts();
        let command_response = if self.command { CR } else { 0 };
        let mut octets = vec![type_octet & !CR | command_response];
        octets.extend(encode_length(value.len()));
        octets.extend(value);
        octets
    }
}

/// A length in as many octets of seven bits as it needs (5.4.6.1).
fn parse_length(octets: &[u8]) -> Result<(usize, &[u8]), ControlError> {
    let mut length = 0usize;
    let mut rest = octets;
    for place in 0..3 {
        let (octet, after) = rest.split_first().ok_or(ControlError::Header)?;
        length |= usize::from(octet >> 1) << (7 * place);
        rest = after;
        if octet & EA != 0 {
            return Ok((length, rest));
        }
    }
    Err(ControlError::Header)
}

fn encode_length(mut length: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        octets.push(low << 1 | if length == 0 { EA } else { 0 });
        if length == 0 {
            return octets;
        }
    }
}

/// The DLCI octet of a value: EA and a bit that is always one.
fn dlci_octet(dlci: u8) -> u8 {
    dlci << 2 | CR | EA
}

impl Message {
    fn parse(type_octet: u8, value: &[u8]) -> Result<Self, ControlError> {
        let wrong = ControlError::Value(value.len());
        let empty = |message: Self| if value.is_empty() { Ok(message) } else { Err(wrong) };
        match (type_octet & !(EA | CR), value) {
            _ if type_octet & EA == 0 => Ok(Self::Unknown { type_octet, value: value.to_vec() }),
            (code::PN, _) => ParameterNegotiation::parse(value).map(Self::Pn).ok_or(wrong),
            (code::PSC, _) => empty(Self::Psc),
            (code::CLD, _) => empty(Self::Cld),
            (code::TEST, _) => Ok(Self::Test(value.to_vec())),
            (code::FCON, _) => empty(Self::FlowOn),
            (code::FCOFF, _) => empty(Self::FlowOff),
            (code::MSC, [dlci, signals]) => Ok(Self::msc(*dlci, *signals, None)),
            (code::MSC, [dlci, signals, octet]) => Ok(Self::msc(*dlci, *signals, Some(*octet))),
            (code::NSC, [unknown]) => Ok(Self::Nsc(*unknown)),
            (code::RPN, [dlci, settings @ ..]) if matches!(settings.len(), 0 | 7) => {
                Ok(Self::Rpn { dlci: dlci >> 2, settings: settings.to_vec() })
            }
            (code::RLS, [dlci, status]) => Ok(Self::Rls { dlci: dlci >> 2, status: status & 0x0f }),
            (code::SNC, [dlci, services @ ..]) => {
                Ok(Self::Snc { dlci: dlci >> 2, services: services.to_vec() })
            }
            (code::MSC | code::NSC | code::RPN | code::RLS | code::SNC, _) => Err(wrong),
            _ => Ok(Self::Unknown { type_octet, value: value.to_vec() }),
        }
    }

    fn msc(dlci: u8, signals: u8, octet: Option<u8>) -> Self {
        // B1 tells whether there is a break at all.
        let line_break = octet.map(|octet| if octet & 0x02 == 0 { 0 } else { octet >> 4 });
        Self::Msc { dlci: dlci >> 2, status: ModemStatus::parse(signals), line_break }
    }

    /// The type octet of a command or answer, and the value.
    fn parts(&self) -> (u8, Vec<u8>) {
        let known = |code: u8, value: Vec<u8>| (code | EA, value);
        match self {
            Self::Pn(parameters) => known(code::PN, parameters.encode().to_vec()),
            Self::Psc => known(code::PSC, Vec::new()),
            Self::Cld => known(code::CLD, Vec::new()),
            Self::Test(octets) => known(code::TEST, octets.clone()),
            Self::FlowOn => known(code::FCON, Vec::new()),
            Self::FlowOff => known(code::FCOFF, Vec::new()),
            Self::Msc { dlci, status, line_break } => {
                let mut value = vec![dlci_octet(*dlci)];
                match line_break {
                    None => value.push(status.octet() | EA),
                    Some(0) => value.extend([status.octet(), EA]),
                    Some(length) => value.extend([status.octet(), length << 4 | 0x02 | EA]),
                }
                known(code::MSC, value)
            }
            Self::Nsc(octet) => known(code::NSC, vec![*octet]),
            Self::Rpn { dlci, settings } => {
                known(code::RPN, [&[dlci_octet(*dlci)], settings.as_slice()].concat())
            }
            Self::Rls { dlci, status } => known(code::RLS, vec![dlci_octet(*dlci), *status]),
            Self::Snc { dlci, services } => {
                known(code::SNC, [&[dlci_octet(*dlci)], services.as_slice()].concat())
            }
            Self::Unknown { type_octet, value } => (*type_octet, value.clone()),
        }
    }
}

impl ParameterNegotiation {
    fn parse(value: &[u8]) -> Option<Self> {
        let [dlci, kinds, priority, t1, low, high, retransmissions, window] = *value else { return None };
        Some(Self {
            dlci: dlci & 0x3f,
            frame_type: kinds & 0x0f,
            convergence_layer: kinds >> 4,
            priority: priority & 0x3f,
            t1,
            frame_size: u16::from_le_bytes([low, high]),
            retransmissions,
            window: window & 0x07,
        })
    }

    fn encode(self) -> [u8; 8] {
        let [low, high] = self.frame_size.to_le_bytes();
        let kinds = self.frame_type & 0x0f | self.convergence_layer << 4;
        let Self { dlci, priority, t1, retransmissions, window, .. } = self;
        [dlci & 0x3f, kinds, priority & 0x3f, t1, low, high, retransmissions, window & 0x07]
    }
}

#[cfg(test)]
mod tests;
