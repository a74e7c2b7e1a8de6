//! Supplementary services between a mobile and the network, octet by octet.
//!
//! Spec: TS 24.080 (messages, components, operations), TS 29.002 clause 17 (the ASN.1 of the arguments), TS 22.090 and
//! TS 23.038 clauses 5 and 6.1.2.3 (USSD). Lengths are definite, as networks send them; the indefinite form is malformed
//! here. What a parser does not know inside a sequence it skips, as the extension markers ask for. Not here: what a
//! service does.

mod ber;
mod code;
mod component;
mod message;
mod notify;
mod service;
mod ussd;

pub use code::{BasicService, SsCode, SsStatus};
pub use component::{Component, InvokeId, Problem, operation};
pub use message::{SsMessage, SsMessageKind};
pub use notify::Notification;
pub use service::{
    ForwardingFeature, Interrogation, ServiceRequest, changed, guidance, password, read_guidance,
    read_password, read_service_alone, service_alone,
};
pub use ussd::{UssdArgument, UssdString, cell_broadcast_alphabet};

/// Octets that are not what TS 24.080 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed supplementary service {0}")]
pub struct Malformed(pub &'static str);
