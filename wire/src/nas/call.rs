//! Call control messages, each with the transaction of its call (TS 24.008 9.3, TS 24.083).
//!
//! Any of them may carry a facility element: an operation on the call, or a notification (TS 24.080).

use super::TransactionId;
use crate::cause::CcCause;
use crate::id::PhoneNumber;
use crate::ss::Component;
use std::fmt;

/// A call control message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMessage {
    /// Whose call.
    pub transaction: TransactionId,
    /// What it says.
    pub content: CallContent,
    /// The octets of the facility element, where it has one.
    pub facility: Option<Vec<u8>>,
}

impl CallMessage {
    /// A message without a facility element.
    #[must_use]
    pub const fn new(transaction: TransactionId, content: CallContent) -> Self {
        Self { transaction, content, facility: None }
    }

    /// The same with a component.
    #[must_use]
    pub fn with(mut self, component: &Component) -> Self {
        self.facility = Some(component.encode());
        self
    }

    /// FACILITY with a component.
    #[must_use]
    pub fn facility(transaction: TransactionId, component: &Component) -> Self {
        Self::new(transaction, CallContent::Facility).with(component)
    }
}

/// Whether a caller withholds its number (TS 24.081).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clir {
    /// As the subscription says.
    #[default]
    Subscription,
    /// CLIR invocation: hide it.
    Invoked,
    /// CLIR suppression: show it.
    Suppressed,
}

/// The messages of call control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallContent {
    /// SETUP from the mobile, with its CM SERVICE REQUEST.
    Setup {
        /// The called party number.
        called: PhoneNumber,
        /// The wish about the own number.
        clir: Clir,
    },
    /// EMERGENCY SETUP.
    EmergencySetup {
        /// The number that was dialled, for the record: the message itself carries none.
        dialled: PhoneNumber,
    },
    /// SETUP from the network.
    IncomingSetup {
        /// The calling party number; `None` when it is withheld.
        calling: Option<PhoneNumber>,
    },
    /// CALL CONFIRMED.
    CallConfirmed,
    /// CALL PROCEEDING.
    CallProceeding,
    /// ALERTING: the called party rings.
    Alerting,
    /// CONNECT: the called party answered.
    Connect {
        /// The number that answered, where the network tells it (COLP).
        connected: Option<PhoneNumber>,
    },
    /// CONNECT ACKNOWLEDGE.
    ConnectAcknowledge,
    /// DISCONNECT.
    Disconnect(CcCause),
    /// RELEASE.
    Release(CcCause),
    /// RELEASE COMPLETE, which also refuses a SETUP.
    ReleaseComplete(CcCause),
    /// FACILITY.
    Facility,
    /// HOLD.
    Hold,
    /// HOLD ACKNOWLEDGE.
    HoldAcknowledge,
    /// HOLD REJECT.
    HoldReject(CcCause),
    /// RETRIEVE.
    Retrieve,
    /// RETRIEVE ACKNOWLEDGE.
    RetrieveAcknowledge,
    /// RETRIEVE REJECT.
    RetrieveReject(CcCause),
    /// START DTMF with its key: 0 to 9, A to D, `*`, `#`.
    StartDtmf(char),
    /// START DTMF ACKNOWLEDGE.
    StartDtmfAcknowledge,
    /// START DTMF REJECT.
    StartDtmfReject(CcCause),
    /// STOP DTMF.
    StopDtmf,
    /// STOP DTMF ACKNOWLEDGE.
    StopDtmfAcknowledge,
}

impl fmt::Display for CallMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.content, self.transaction)?;
        let Some(facility) = &self.facility else { return Ok(()) };
        match Component::parse_all(facility) {
            Ok(components) => components.iter().try_for_each(|component| write!(f, ", {component}")),
            Err(error) => write!(f, ", {}: {error}", hex::encode_upper(facility)),
        }
    }
}

impl fmt::Display for CallContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup { called, clir: Clir::Subscription } => write!(f, "SETUP to {called}"),
            Self::Setup { called, clir: Clir::Invoked } => write!(f, "SETUP to {called}, CLIR invoked"),
            Self::Setup { called, clir: Clir::Suppressed } => write!(f, "SETUP to {called}, CLIR suppressed"),
            Self::EmergencySetup { dialled } => write!(f, "EMERGENCY SETUP ({dialled} dialled)"),
            Self::IncomingSetup { calling: Some(calling) } => write!(f, "SETUP from {calling}"),
            Self::IncomingSetup { calling: None } => f.write_str("SETUP, number withheld"),
            Self::CallConfirmed => f.write_str("CALL CONFIRMED"),
            Self::CallProceeding => f.write_str("CALL PROCEEDING"),
            Self::Alerting => f.write_str("ALERTING"),
            Self::Connect { .. } => f.write_str("CONNECT"),
            Self::ConnectAcknowledge => f.write_str("CONNECT ACKNOWLEDGE"),
            Self::Disconnect(cause) => write!(f, "DISCONNECT {cause}"),
            Self::Release(cause) => write!(f, "RELEASE {cause}"),
            Self::ReleaseComplete(cause) => write!(f, "RELEASE COMPLETE {cause}"),
            Self::Facility => f.write_str("FACILITY"),
            Self::Hold => f.write_str("HOLD"),
            Self::HoldAcknowledge => f.write_str("HOLD ACKNOWLEDGE"),
            Self::HoldReject(cause) => write!(f, "HOLD REJECT {cause}"),
            Self::Retrieve => f.write_str("RETRIEVE"),
            Self::RetrieveAcknowledge => f.write_str("RETRIEVE ACKNOWLEDGE"),
            Self::RetrieveReject(cause) => write!(f, "RETRIEVE REJECT {cause}"),
            Self::StartDtmf(key) => write!(f, "START DTMF {key}"),
            Self::StartDtmfAcknowledge => f.write_str("START DTMF ACKNOWLEDGE"),
            Self::StartDtmfReject(cause) => write!(f, "START DTMF REJECT {cause}"),
            Self::StopDtmf => f.write_str("STOP DTMF"),
            Self::StopDtmfAcknowledge => f.write_str("STOP DTMF ACKNOWLEDGE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Side;
    use super::*;
    use crate::ss::{InvokeId, operation};

    #[test]
    fn a_message_names_its_call_and_its_operation() {
        let transaction = TransactionId::new(Side::Mobile, 1).unwrap();
        let invoke = Component::Invoke {
            id: InvokeId(1),
            linked: None,
            operation: operation::BUILD_MPTY,
            argument: Vec::new(),
        };
        let message = CallMessage::facility(transaction, &invoke);
        assert_eq!(message.to_string(), "FACILITY, TI 1 MO, invoke buildMPTY");
        let garbled = CallMessage { facility: Some(vec![0xa1, 9]), ..message };
        assert_eq!(garbled.to_string(), "FACILITY, TI 1 MO, A109: malformed supplementary service length");
    }
}
