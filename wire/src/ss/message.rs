//! REGISTER, FACILITY and RELEASE COMPLETE: the messages of services outside a call (TS 24.080 clause 2).

use super::{Component, Malformed};
use crate::cause::CcCause;
use crate::nas::{Side, TransactionId};
use std::fmt;

/// Protocol discriminator of supplementary services outside a call (TS 24.007 11.2.3.1.1).
const DISCRIMINATOR: u8 = 0x0b;
const REGISTER: u8 = 0x3b;
const FACILITY: u8 = 0x3a;
const RELEASE_COMPLETE: u8 = 0x2a;
const FACILITY_ELEMENT: u8 = 0x1c;
const CAUSE_ELEMENT: u8 = 0x08;
const VERSION_ELEMENT: u8 = 0x7f;
/// Phase 2: the coding of ellipsis is understood (TS 24.008 10.5.4.24).
const PHASE_2: u8 = 0x00;
/// User, GSM coding (TS 24.008 10.5.4.11).
const LOCATION: u8 = 0xe0;

/// What a message does to its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsMessageKind {
    /// Begins it.
    Register,
    /// Goes on with it.
    Facility,
    /// Ends it.
    ReleaseComplete,
}

/// A message of services outside a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsMessage {
    /// The transaction.
    pub transaction: TransactionId,
    /// What it does.
    pub kind: SsMessageKind,
    /// The components.
    pub components: Vec<Component>,
    /// The cause of a release.
    pub cause: Option<CcCause>,
}

impl SsMessage {
    /// A message with one component.
    #[must_use]
    pub fn new(transaction: TransactionId, kind: SsMessageKind, component: Component) -> Self {
        Self { transaction, kind, components: vec![component], cause: None }
    }

    /// A release without a component.
    #[must_use]
    pub const fn release(transaction: TransactionId, cause: Option<CcCause>) -> Self {
        Self { transaction, kind: SsMessageKind::ReleaseComplete, components: Vec::new(), cause }
    }

    /// The octets, as `sender` sends them. A mobile's REGISTER says that it is of phase 2.
    #[must_use]
    pub fn encode(&self, sender: Side) -> Vec<u8> {
        let facility: Vec<u8> = self.components.iter().flat_map(Component::encode).collect();
        let length = u8::try_from(facility.len()).unwrap_or(u8::MAX);
        let mut out = vec![self.transaction.octet(sender, DISCRIMINATOR)];
        match self.kind {
            SsMessageKind::Register => out.extend([REGISTER, FACILITY_ELEMENT, length]),
            SsMessageKind::Facility => out.extend([FACILITY, length]),
            SsMessageKind::ReleaseComplete => {
                out.push(RELEASE_COMPLETE);
                if let Some(cause) = self.cause {
                    out.extend([CAUSE_ELEMENT, 2, LOCATION, 0x80 | cause.0]);
                }
                if !facility.is_empty() {
                    out.extend([FACILITY_ELEMENT, length]);
                }
            }
        }
        out.extend(facility);
        if self.kind == SsMessageKind::Register && sender == Side::Mobile {
            out.extend([VERSION_ELEMENT, 1, PHASE_2]);
        }
        out
    }

    /// Reads a message that `sender` sent.
    ///
    /// # Errors
    /// [`Malformed`]; where the transaction can be read all the same, [`SsMessage::transaction_of`] gives it.
    pub fn parse(sender: Side, octets: &[u8]) -> Result<Self, Malformed> {
        let transaction = Self::transaction_of(sender, octets).ok_or(Malformed("transaction identifier"))?;
        let (kind, rest) = match octets.get(1..) {
            // The two upper bits carry a send sequence number on some networks.
            Some([octet, rest @ ..]) => match octet & 0x3f {
                REGISTER => (SsMessageKind::Register, rest),
                FACILITY => (SsMessageKind::Facility, rest),
                RELEASE_COMPLETE => (SsMessageKind::ReleaseComplete, rest),
                _ => return Err(Malformed("message type")),
            },
            Some([]) | None => return Err(Malformed("message type")),
        };
        let mut message = Self { transaction, kind, components: Vec::new(), cause: None };
        if kind == SsMessageKind::Facility {
            let (facility, _) = element(rest)?;
            message.components = Component::parse_all(facility)?;
        } else {
            message.read_elements(rest)?;
            if kind == SsMessageKind::Register && message.components.is_empty() {
                return Err(Malformed("facility"));
            }
        }
        Ok(message)
    }

    /// The transaction of a message of this protocol, however the rest of it looks.
    #[must_use]
    pub fn transaction_of(sender: Side, octets: &[u8]) -> Option<TransactionId> {
        let first = octets.first().filter(|octet| *octet & 0x0f == DISCRIMINATOR)?;
        TransactionId::from_octet(*first, sender)
    }

    fn read_elements(&mut self, mut rest: &[u8]) -> Result<(), Malformed> {
        while let Some((tag, after)) = rest.split_first() {
            if tag & 0x80 != 0 {
                // An element of one octet; none is known here.
                rest = after;
                continue;
            }
            let (value, after) = element(after)?;
            match *tag {
                FACILITY_ELEMENT => self.components.extend(Component::parse_all(value)?),
                CAUSE_ELEMENT => {
                    self.cause = Some(CcCause(value.last().ok_or(Malformed("cause"))? & 0x7f));
                }
                _ => {}
            }
            rest = after;
        }
        Ok(())
    }
}

/// A length and that many octets; then the rest.
fn element(octets: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (length, rest) = octets.split_first().ok_or(Malformed("element"))?;
    rest.split_at_checked(usize::from(*length)).ok_or(Malformed("element"))
}

impl fmt::Display for SsMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SsMessageKind::Register => "REGISTER",
            SsMessageKind::Facility => "FACILITY",
            SsMessageKind::ReleaseComplete => "RELEASE COMPLETE",
        })?;
        write!(f, " {}", self.transaction)?;
        for component in &self.components {
            write!(f, ", {component}")?;
        }
        self.cause.map_or(Ok(()), |cause| write!(f, " {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InvokeId, UssdArgument, UssdString, operation};
    use super::*;
    use crate::seed::Seed;

    /// The request `*#100#` and its answer, as the tests of Osmocom's MSC have them.
    const REQUEST: &str = "0b3b1c15a11302010002013b300b04010f0406aa510c061b017f0100";
    const ANSWER: &str =
        "8b2a1c27a225020100302002013b301b04010f0416d9775d0e2ae3e965f73cfd7683d27310cd06bbc51a0d";

    #[test]
    fn a_request_of_another_implementation_is_read_and_written_alike() {
        let octets = hex::decode(REQUEST).unwrap();
        let message = SsMessage::parse(Side::Mobile, &octets).unwrap();
        assert_eq!(message.to_string(), "REGISTER TI 0 MO, invoke processUnstructuredSS-Request");
        assert_eq!(hex::encode(message.encode(Side::Mobile)), REQUEST);
        let [Component::Invoke { id: InvokeId(0), operation: operation::PROCESS_USSD, argument, .. }] =
            message.components.as_slice()
        else {
            panic!("{message}")
        };
        let argument = UssdArgument::parse(argument).unwrap();
        assert_eq!(argument.string.text().as_deref(), Some("*#100#"));
        assert_eq!(argument.string, UssdString::new("*#100#").unwrap());
    }

    #[test]
    fn an_answer_of_another_implementation_is_written_alike() {
        // 24 characters that end with CR on an octet boundary get another CR (TS 23.038 6.1.2.3.1).
        let string = UssdString::new("Your extension is 46071\r").unwrap();
        let result = Some((operation::PROCESS_USSD, UssdArgument::new(string).encode()));
        let transaction = TransactionId::new(Side::Mobile, 0).unwrap();
        let component = Component::ReturnResult { id: InvokeId(0), result };
        let message = SsMessage::new(transaction, SsMessageKind::ReleaseComplete, component);
        assert_eq!(hex::encode(message.encode(Side::Network)), ANSWER);
        assert_eq!(SsMessage::parse(Side::Network, &hex::decode(ANSWER).unwrap()), Ok(message));
    }

    #[test]
    fn a_release_carries_its_cause() {
        let transaction = TransactionId::new(Side::Network, 2).unwrap();
        let message = SsMessage::release(transaction, Some(CcCause::FACILITY_REJECTED));
        let octets = message.encode(Side::Mobile);
        assert_eq!(hex::encode(&octets), "ab2a0802e09d");
        assert_eq!(SsMessage::parse(Side::Mobile, &octets), Ok(message));
    }

    #[test]
    fn garbage_is_malformed_or_read_and_never_panics() {
        let mut rng = Seed(24080).rng();
        let valid = [hex::decode(REQUEST).unwrap(), hex::decode(ANSWER).unwrap()];
        for round in 0..20_000_u64 {
            let octets: Vec<u8> = if round % 2 == 0 {
                let mut octets = valid[usize::from(round % 4 == 0)].clone();
                for _ in 0..=rng.between(0, 3) {
                    let place = rng.between(0, octets.len() as u64 - 1) as usize;
                    octets[place] = rng.between(0, 255) as u8;
                }
                octets.truncate(rng.between(0, octets.len() as u64) as usize);
                octets
            } else {
                (0..rng.between(0, 40)).map(|_| rng.between(0, 255) as u8).collect()
            };
            for side in [Side::Mobile, Side::Network] {
                if let Ok(message) = SsMessage::parse(side, &octets) {
                    let again = SsMessage::parse(side, &message.encode(side));
                    assert_eq!(again.as_ref(), Ok(&message), "{octets:02x?}");
                    for component in &message.components {
                        if let Component::Invoke { argument, .. } = component {
                            let _ = UssdArgument::parse(argument).map(|argument| argument.string.text());
                        }
                    }
                }
            }
        }
    }
}
