//! Components: invoke, return result, return error, reject (TS 24.080 clause 3.6).

use super::Malformed;
use super::ber::{INTEGER, NULL, Reader, SEQUENCE, constructed, context, push, push_with};
use crate::cause::SsError;
use std::fmt;

/// Names an invocation within its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvokeId(pub u8);

/// Operation codes (TS 24.080 4.5, TS 29.002 17.5).
pub mod operation {
    /// registerSS.
    pub const REGISTER_SS: u8 = 10;
    /// eraseSS.
    pub const ERASE_SS: u8 = 11;
    /// activateSS.
    pub const ACTIVATE_SS: u8 = 12;
    /// deactivateSS.
    pub const DEACTIVATE_SS: u8 = 13;
    /// interrogateSS.
    pub const INTERROGATE_SS: u8 = 14;
    /// notifySS.
    pub const NOTIFY_SS: u8 = 16;
    /// registerPassword.
    pub const REGISTER_PASSWORD: u8 = 17;
    /// getPassword.
    pub const GET_PASSWORD: u8 = 18;
    /// processUnstructuredSS-Request: USSD from the mobile.
    pub const PROCESS_USSD: u8 = 59;
    /// unstructuredSS-Request: USSD from the network that wants a reply.
    pub const USSD_REQUEST: u8 = 60;
    /// unstructuredSS-Notify: USSD from the network that wants none.
    pub const USSD_NOTIFY: u8 = 61;
    /// splitMPTY.
    pub const SPLIT_MPTY: u8 = 121;
    /// retrieveMPTY.
    pub const RETRIEVE_MPTY: u8 = 122;
    /// holdMPTY.
    pub const HOLD_MPTY: u8 = 123;
    /// buildMPTY.
    pub const BUILD_MPTY: u8 = 124;
    /// explicitCT: call transfer.
    pub const EXPLICIT_CT: u8 = 126;

    /// The name of an operation.
    #[must_use]
    pub const fn name(code: u8) -> &'static str {
        match code {
            REGISTER_SS => "registerSS",
            ERASE_SS => "eraseSS",
            ACTIVATE_SS => "activateSS",
            DEACTIVATE_SS => "deactivateSS",
            INTERROGATE_SS => "interrogateSS",
            NOTIFY_SS => "notifySS",
            REGISTER_PASSWORD => "registerPassword",
            GET_PASSWORD => "getPassword",
            PROCESS_USSD => "processUnstructuredSS-Request",
            USSD_REQUEST => "unstructuredSS-Request",
            USSD_NOTIFY => "unstructuredSS-Notify",
            SPLIT_MPTY => "splitMPTY",
            RETRIEVE_MPTY => "retrieveMPTY",
            HOLD_MPTY => "holdMPTY",
            BUILD_MPTY => "buildMPTY",
            EXPLICIT_CT => "explicitCT",
            _ => "unknown operation",
        }
    }
}

/// Why a component was rejected (TS 24.080 3.6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// General problem: 0 unrecognized, 1 mistyped, 2 badly structured component.
    General(u8),
    /// Invoke problem: 0 duplicate identity, 1 unrecognized operation, 2 mistyped parameter, and so on.
    Invoke(u8),
    /// Return result problem: 0 unrecognized identity, 1 result unexpected, 2 mistyped parameter.
    ReturnResult(u8),
    /// Return error problem: 0 unrecognized identity, 1 error unexpected, and so on.
    ReturnError(u8),
}

impl Problem {
    /// The component cannot be read.
    pub const BADLY_STRUCTURED: Self = Self::General(2);
    /// The operation is not known.
    pub const UNRECOGNIZED_OPERATION: Self = Self::Invoke(1);
    /// The argument is not that of the operation.
    pub const MISTYPED_PARAMETER: Self = Self::Invoke(2);

    const fn parts(self) -> (u8, u8) {
        match self {
            Self::General(code) => (0, code),
            Self::Invoke(code) => (1, code),
            Self::ReturnResult(code) => (2, code),
            Self::ReturnError(code) => (3, code),
        }
    }
}

/// One component. Arguments and results are kept as the octets of their elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// An operation is to be carried out.
    Invoke {
        /// Its identity.
        id: InvokeId,
        /// The invocation that it belongs to, such as the request for a password within a registration.
        linked: Option<InvokeId>,
        /// Which operation: one of [`operation`].
        operation: u8,
        /// Its argument; empty where it has none.
        argument: Vec<u8>,
    },
    /// An operation was carried out.
    ReturnResult {
        /// The invocation.
        id: InvokeId,
        /// Operation and result; `None` where nothing is returned.
        result: Option<(u8, Vec<u8>)>,
    },
    /// An operation was refused.
    ReturnError {
        /// The invocation.
        id: InvokeId,
        /// Why.
        error: SsError,
    },
    /// A component was not understood.
    Reject {
        /// The invocation, where it could be read.
        id: Option<InvokeId>,
        /// Why.
        problem: Problem,
    },
}

impl Component {
    /// The octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Invoke { id, linked, operation, argument } => push_with(&mut out, 0xa1, |out| {
                push(out, INTEGER, &[id.0]);
                if let Some(linked) = linked {
                    push(out, context(0), &[linked.0]);
                }
                push(out, INTEGER, &[*operation]);
                out.extend_from_slice(argument);
            }),
            Self::ReturnResult { id, result } => push_with(&mut out, 0xa2, |out| {
                push(out, INTEGER, &[id.0]);
                if let Some((operation, value)) = result {
                    push_with(out, SEQUENCE, |out| {
                        push(out, INTEGER, &[*operation]);
                        out.extend_from_slice(value);
                    });
                }
            }),
            Self::ReturnError { id, error } => push_with(&mut out, 0xa3, |out| {
                push(out, INTEGER, &[id.0]);
                push(out, INTEGER, &[error.0]);
            }),
            Self::Reject { id, problem } => push_with(&mut out, 0xa4, |out| {
                match id {
                    Some(id) => push(out, INTEGER, &[id.0]),
                    None => push(out, NULL, &[]),
                }
                let (kind, code) = problem.parts();
                push(out, context(kind), &[code]);
            }),
        }
        out
    }

    /// Reads every component of a facility element.
    ///
    /// # Errors
    /// [`Malformed`] for octets that are no components.
    pub fn parse_all(octets: &[u8]) -> Result<Vec<Self>, Malformed> {
        let mut reader = Reader::new(octets);
        let mut components = Vec::new();
        while let Some((tag, value)) = reader.next()? {
            components.push(Self::parse(tag, Reader::new(value))?);
        }
        Ok(components)
    }

    fn parse(tag: u8, mut reader: Reader<'_>) -> Result<Self, Malformed> {
        if tag == constructed(4) {
            return parse_reject(reader);
        }
        let id = InvokeId(number(reader.required(INTEGER, "invoke identity")?)?);
        match tag {
            0xa1 => {
                let linked = reader.optional(context(0))?.map(number).transpose()?.map(InvokeId);
                let operation = number(reader.required(INTEGER, "operation code")?)?;
                Ok(Self::Invoke { id, linked, operation, argument: reader.rest().to_vec() })
            }
            0xa2 => {
                let result = match reader.optional(SEQUENCE)? {
                    None => None,
                    Some(sequence) => {
                        let mut inner = Reader::new(sequence);
                        let operation = number(inner.required(INTEGER, "operation code")?)?;
                        Some((operation, inner.rest().to_vec()))
                    }
                };
                Ok(Self::ReturnResult { id, result })
            }
            0xa3 => {
                Ok(Self::ReturnError { id, error: SsError(number(reader.required(INTEGER, "error code")?)?) })
            }
            _ => Err(Malformed("component type")),
        }
    }
}

fn parse_reject(mut reader: Reader<'_>) -> Result<Component, Malformed> {
    let id = match reader.next()? {
        Some((INTEGER, value)) => Some(InvokeId(number(value)?)),
        Some((NULL, _)) => None,
        _ => return Err(Malformed("invoke identity")),
    };
    let (tag, value) = reader.next()?.ok_or(Malformed("problem"))?;
    let code = number(value)?;
    let problem = match tag {
        0x80 => Problem::General(code),
        0x81 => Problem::Invoke(code),
        0x82 => Problem::ReturnResult(code),
        0x83 => Problem::ReturnError(code),
        _ => return Err(Malformed("problem")),
    };
    Ok(Component::Reject { id, problem })
}

/// A number of one octet; the sign is not used by any identity, operation or error.
fn number(value: &[u8]) -> Result<u8, Malformed> {
    super::ber::octet(value, "number")
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invoke { operation, .. } => write!(f, "invoke {}", operation::name(*operation)),
            Self::ReturnResult { result: Some((operation, _)), .. } => {
                write!(f, "result of {}", operation::name(*operation))
            }
            Self::ReturnResult { result: None, .. } => f.write_str("result"),
            Self::ReturnError { error, .. } => write!(f, "error {error}"),
            Self::Reject { problem, .. } => write!(f, "reject {problem:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_component_is_written_as_it_is_read() {
        // Dissected as such by Wireshark 4.0 (gsm_ss).
        let rows = [
            ("a11302010002013b300b04010f0406aa510c061b01", "invoke processUnstructuredSS-Request"),
            ("a10a0201018001000201120a0100", ""),
            ("a203020100", "result"),
            ("a306020105020124", "error #36 (unexpected data value)"),
            ("a406020105810101", "reject Invoke(1)"),
            ("a4050500800102", "reject General(2)"),
        ];
        for (octets, text) in rows {
            let octets = hex::decode(octets).unwrap();
            let Ok(components) = Component::parse_all(&octets) else {
                assert_eq!(text, "", "{octets:02x?}");
                continue;
            };
            assert_eq!(components.iter().flat_map(Component::encode).collect::<Vec<u8>>(), octets);
            if !text.is_empty() {
                assert_eq!(components[0].to_string(), text);
            }
        }
    }
}
