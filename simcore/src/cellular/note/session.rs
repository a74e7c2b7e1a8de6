//! Notes on PDN connections.

use super::{Reason, Seconds, Who};
use crate::cellular::gateway::DropReason;
use std::fmt;
use wire::cause::EsmCause;
use wire::id::Imsi;
use wire::ip::Header;
use wire::nas::{Ambr, BackOffTime, PdnAddress, Qci};
use wire::plmn::Plmn;
use wire::time::Duration;

/// What happened to a PDN connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum SessionNote {
    /// A connection was granted.
    Granted { who: Who, apn: String, address: PdnAddress, bearer: u8, plmn: Plmn, cause: Option<EsmCause> },
    /// A connection was rejected, in an attach or later.
    Rejected { imsi: Imsi, apn: Option<String>, cause: EsmCause, t3396: Option<Duration>, reason: Reason },
    /// A connection ended.
    Released { who: Who, apn: String, address: PdnAddress, bearer: u8, lasted: Duration, cause: EsmCause },
    /// A connection was not released on request.
    DisconnectRejected { imsi: Imsi, bearer: u8, cause: EsmCause, reason: Reason },
    /// A packet went nowhere; told once for each connection, reason and destination.
    PacketDropped { who: Who, bearer: u8, header: Option<Header>, reason: DropReason },
    /// A subscriber has used up its volume.
    QuotaReached { imsi: Imsi, used: u64 },
    /// An account has used up the volume of all its subscribers.
    AccountQuotaReached { account: String, used: u64 },
    /// A mobile did not take the connection that it was granted.
    GrantRejected { who: Who, bearer: u8, cause: EsmCause },
    /// A mobile took another class of service, other bit rates or other DNS servers for a connection.
    Modified { who: Who, apn: String, bearer: u8, qci: Qci, ambr: Option<Ambr> },
    /// A mobile did not take a change of a connection, which stays as it was.
    ModificationRejected { who: Who, bearer: u8, cause: EsmCause },
    /// A mobile did not answer a change of a connection, or was not to be reached with it.
    ModificationUnanswered { who: Who, bearer: u8 },
    /// A mobile says what is wrong with a message of session management.
    Status { who: Who, pti: u8, cause: EsmCause },
}

impl SessionNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "pdn-granted",
            Self::Rejected { .. } => "pdn-rejected",
            Self::Released { .. } => "pdn-released",
            Self::DisconnectRejected { .. } => "pdn-disconnect-rejected",
            Self::PacketDropped { .. } => "packet-dropped",
            Self::QuotaReached { .. } => "quota-reached",
            Self::AccountQuotaReached { .. } => "account-quota-reached",
            Self::GrantRejected { .. } => "pdn-grant-rejected",
            Self::Modified { .. } => "pdn-modified",
            Self::ModificationRejected { .. } => "pdn-modification-rejected",
            Self::ModificationUnanswered { .. } => "pdn-modification-unanswered",
            Self::Status { .. } => "esm-status",
        }
    }

    /// The mobile that the note is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Granted { who, .. }
            | Self::Released { who, .. }
            | Self::GrantRejected { who, .. }
            | Self::Modified { who, .. }
            | Self::ModificationRejected { who, .. }
            | Self::ModificationUnanswered { who, .. }
            | Self::Status { who, .. }
            | Self::PacketDropped { who, .. } => who.to_string(),
            Self::AccountQuotaReached { account, .. } => account.clone(),
            Self::Rejected { imsi, .. }
            | Self::DisconnectRejected { imsi, .. }
            | Self::QuotaReached { imsi, .. } => imsi.to_string(),
        }
    }
}

impl fmt::Display for SessionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted { who, apn, address, bearer, plmn, cause } => {
                write!(
                    f,
                    "PDN connection of {who} to {apn} granted on {plmn}: address {address}, bearer {bearer}"
                )?;
                cause.map_or(Ok(()), |cause| write!(f, ", {cause}"))
            }
            Self::Rejected { imsi, apn, cause, t3396, reason } => {
                let apn = apn.as_deref().unwrap_or("the default APN");
                write!(f, "PDN connection of {imsi} to {apn} rejected {cause}: {reason}")?;
                t3396.map_or(Ok(()), |timer| write!(f, ", back-off T3396 {}", BackOffTime(timer)))
            }
            Self::Released { who, apn, address, bearer, lasted, cause } => {
                write!(f, "PDN connection of {who} to {apn} ended after {} {cause}: ", Seconds(*lasted))?;
                write!(f, "address {address}, bearer {bearer}")
            }
            Self::DisconnectRejected { imsi, bearer, cause, reason } => {
                write!(f, "release of bearer {bearer} of {imsi} rejected {cause}: {reason}")
            }
            Self::PacketDropped { who, bearer, header: None, reason } => {
                write!(f, "packet on bearer {bearer} of {who} dropped: {reason}")
            }
            Self::PacketDropped { who, bearer, header: Some(header), reason } => {
                let Header { source, destination, transport } = header;
                write!(
                    f,
                    "{transport} from {source} to {destination} on bearer {bearer} of {who} dropped: "
                )?;
                reason.fmt(f)
            }
            Self::QuotaReached { imsi, used } => {
                write!(f, "{imsi} has used its volume: {used} octets; its connections end")
            }
            Self::AccountQuotaReached { account, used } => {
                write!(f, "account {account} has used its volume: {used} octets; its connections end")
            }
            Self::GrantRejected { who, bearer, cause } => {
                write!(f, "{who} does not take bearer {bearer} {cause}")
            }
            Self::Modified { who, apn, bearer, qci, ambr } => {
                let class = qci.number();
                write!(f, "PDN connection of {who} to {apn} modified: bearer {bearer}, QCI {class}")?;
                ambr.map_or(Ok(()), |ambr| write!(f, ", APN-AMBR {ambr}"))
            }
            Self::ModificationRejected { who, bearer, cause } => {
                write!(f, "{who} does not take the modification of bearer {bearer} {cause}")
            }
            Self::ModificationUnanswered { who, bearer } => {
                write!(f, "{who} did not answer the modification of bearer {bearer}, which stays as it was")
            }
            Self::Status { who, pti, cause } => write!(f, "ESM STATUS from {who}, pti {pti}, {cause}"),
        }
    }
}
