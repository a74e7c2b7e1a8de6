//! Notes on supplementary services.

use crate::cellular::ss::UssdOutcome;
use std::fmt;
use wire::cause::SsError;
use wire::id::Imsi;

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsReason {
    /// The operator has no such code.
    UnknownUssdCode,
    /// The string is not a text.
    NoText,
    /// The answer does not fit a USSD string.
    TextTooLong,
    /// The service is not part of the subscription.
    NotSubscribed,
    /// The service works at home only.
    NotInRoaming,
    /// The device does not have the calls that the operation is about.
    NoFittingCalls,
    /// As many parties as a multiparty call may have.
    TooManyParties,
    /// The service has no such operation.
    NoSuchOperation,
    /// There is no number to forward to.
    NoNumber,
    /// The time before forwarding is not 5 to 30 seconds.
    NoReplyTime,
    /// The password of barring is wrong, or was too often.
    WrongPassword,
}

impl fmt::Display for SsReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownUssdCode => "the operator has no such code",
            Self::NoText => "the string is not a text",
            Self::TextTooLong => "the answer is too long for USSD",
            Self::NotSubscribed => "the service is not part of the subscription",
            Self::NotInRoaming => "the service is not available in roaming",
            Self::NoFittingCalls => "the device has no calls that fit",
            Self::TooManyParties => "a multiparty call has at most five parties",
            Self::NoSuchOperation => "the service has no such operation",
            Self::NoNumber => "there is no number to forward to",
            Self::NoReplyTime => "calls ring 5 to 30 seconds before they are forwarded",
            Self::WrongPassword => "the password is wrong",
        })
    }
}

/// What happened to a request for a service. Texts of USSD are not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum SsNote {
    /// A request was refused.
    Refused { imsi: Imsi, what: String, error: SsError, reason: SsReason },
    /// A request was carried out.
    CarriedOut { imsi: Imsi, what: String },
    /// A USSD request got its answer; `more` when it waits for a reply.
    UssdAnswered { imsi: Imsi, code: String, more: bool },
    /// A dialogue ended otherwise than with an answer of the network.
    UssdEnded { imsi: Imsi, by_network: bool, outcome: UssdOutcome },
    /// A device released a transaction that was over.
    Released { imsi: Imsi },
}

impl SsNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "ss-refused",
            Self::CarriedOut { .. } => "ss-carried-out",
            Self::UssdAnswered { .. } => "ussd-answered",
            Self::UssdEnded { .. } => "ussd-ended",
            Self::Released { .. } => "ss-released",
        }
    }

    /// The subscriber.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Refused { imsi, .. }
            | Self::CarriedOut { imsi, .. }
            | Self::UssdAnswered { imsi, .. }
            | Self::UssdEnded { imsi, .. }
            | Self::Released { imsi } => imsi.to_string(),
        }
    }
}

impl fmt::Display for SsNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { imsi, what, error, reason } => {
                write!(f, "{what} of {imsi} refused {error}: {reason}")
            }
            Self::CarriedOut { imsi, what } => write!(f, "{what} for {imsi}"),
            Self::UssdAnswered { imsi, code, more: false } => write!(f, "USSD {code} of {imsi} answered"),
            Self::UssdAnswered { imsi, code, more: true } => {
                write!(f, "USSD {code} of {imsi} answered with a menu")
            }
            Self::UssdEnded { imsi, by_network, outcome } => {
                let whose = if *by_network { "the network" } else { "the device" };
                let how = match outcome {
                    UssdOutcome::Replied(_) => "was replied to".to_owned(),
                    UssdOutcome::Acknowledged => "was acknowledged".to_owned(),
                    UssdOutcome::Refused(error) => format!("was refused by the device {error}"),
                    UssdOutcome::Released => "was given up by the device".to_owned(),
                    UssdOutcome::Unreachable => "did not reach the device".to_owned(),
                    UssdOutcome::TimedOut => "got no reply in time".to_owned(),
                };
                write!(f, "USSD dialogue of {whose} with {imsi} {how}")
            }
            Self::Released { imsi } => write!(f, "{imsi} released a service request that was over"),
        }
    }
}
