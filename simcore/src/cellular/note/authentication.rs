//! Notes on authentication. No key, response or sequence number is ever part of one.

use super::Who;
use crate::cellular::authentication::FalseChallenge;
use std::fmt;
use wire::air::cellular::CellId;
use wire::cause::EmmCause;
use wire::id::Imsi;

/// A cause of MM and GMM, which EMM uses for something else (TS 24.008 10.5.3.6).
const GSM_UNACCEPTABLE: EmmCause = EmmCause(23);

/// What happened between a card and the home network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum AuthenticationNote {
    /// A challenge was made false on purpose.
    Falsified { imsi: Imsi, what: FalseChallenge },
    /// The mobile does not accept a challenge.
    Failure { imsi: Imsi, cell: CellId, cause: EmmCause },
    /// The home network took up the card's sequence number.
    Resynchronised { imsi: Imsi },
    /// The card was rejected: a wrong response, or a failure that nothing mends.
    Rejected { who: Who, cell: CellId, failure: Option<EmmCause> },
    /// No answer, and the procedure was given up.
    Unanswered { imsi: Imsi, cell: CellId },
}

impl AuthenticationNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Falsified { .. } => "challenge-falsified",
            Self::Failure { .. } => "authentication-failure",
            Self::Resynchronised { .. } => "authentication-resynchronised",
            Self::Rejected { .. } => "authentication-rejected",
            Self::Unanswered { .. } => "authentication-unanswered",
        }
    }

    /// The subscriber that the note is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Falsified { imsi, .. }
            | Self::Failure { imsi, .. }
            | Self::Resynchronised { imsi }
            | Self::Unanswered { imsi, .. } => imsi.to_string(),
            Self::Rejected { who, .. } => who.to_string(),
        }
    }
}

impl fmt::Display for AuthenticationNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Falsified { imsi, what } => {
                write!(f, "challenge of {imsi} made false by the test: {}", what.name())
            }
            Self::Failure { imsi, cell, cause } => {
                write!(f, "{imsi} on {} does not accept the challenge: ", cell.plmn)?;
                if *cause == GSM_UNACCEPTABLE {
                    f.write_str("#23 (GSM authentication unacceptable)")
                } else {
                    write!(f, "{cause}")
                }
            }
            Self::Resynchronised { imsi } => write!(f, "sequence number of {imsi} taken from the card"),
            Self::Rejected { who, cell, failure: None } => {
                write!(f, "authentication of {who} on {} rejected: wrong response", cell.plmn)
            }
            Self::Rejected { who, cell, failure: Some(EmmCause::MAC_FAILURE) } => write!(
                f,
                "authentication of {who} on {} rejected: the card has another key than the home network",
                cell.plmn
            ),
            Self::Rejected { who, cell, failure: Some(cause) } => {
                write!(f, "authentication of {who} on {} rejected: {cause}", cell.plmn)
            }
            Self::Unanswered { imsi, cell } => {
                write!(f, "challenge of {imsi} on {} not answered: the procedure is given up", cell.plmn)
            }
        }
    }
}
