//! Notes on attach, tracking area update, detach and location.

use super::{Reason, Who};
use crate::cellular::config::SimState;
use crate::cellular::inject::Procedure;
use std::fmt;
use wire::air::cellular::CellId;
use wire::cause::{EmmCause, EsmCause};
use wire::id::{Imei, Imsi};
use wire::nas::{Identity, IdentityKind, MobilityProtocol};
use wire::plmn::Plmn;

/// Why the network detached a mobile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetachReason {
    /// The card's state changed.
    SimState(SimState),
    /// The same subscriber attached from another equipment, or the equipment with another card.
    Replaced,
    /// The mobile was not heard for longer than its periodic timer: the mobile is not told.
    NotHeard,
    /// The network element that knew it restarted: the mobile is not told.
    Restarted,
    /// A test asked for it.
    Ordered,
}

/// What happened to a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields carry the names of the specification")]
pub enum MobilityNote {
    /// An attach was accepted.
    AttachAccepted { who: Who, imei: Imei, cell: CellId, combined: bool, emergency: bool, guti: bool },
    /// An attach was rejected.
    AttachRejected { who: Who, cell: CellId, cause: EmmCause, esm: Option<EsmCause>, reason: Reason },
    /// An attach was rejected to move the subscriber to a better network of the country.
    SteeringRejected { imsi: Imsi, cell: CellId, cause: EmmCause, count: u32, limit: u32, better: Plmn },
    /// A tracking area update was accepted.
    TauAccepted { who: Who, cell: CellId, periodic: bool },
    /// A tracking area update was rejected.
    TauRejected { who: Who, cell: CellId, cause: EmmCause, reason: Reason },
    /// A procedure of registration or service was accepted, other than attach and tracking area update.
    Accepted { procedure: Procedure, who: Who, cell: CellId, periodic: bool },
    /// The same, rejected.
    Rejected { procedure: Procedure, who: Who, cell: CellId, cause: EmmCause, reason: Reason },
    /// A mobile got its connection.
    ServiceAccepted { who: Who, cell: CellId, paged: bool },
    /// A mobile is paged.
    Paged { who: Who },
    /// A mobile detached.
    Detached { who: Who, switch_off: bool },
    /// The network detached a mobile.
    NetworkDetached { who: Who, reason: DetachReason, cause: Option<EmmCause> },
    /// A subscriber is seen on another network than before.
    LocationChanged { imsi: Imsi, from: Plmn, to: Plmn },
    /// A card is seen in another equipment than before.
    ImeiChanged { imsi: Imsi, from: Imei, to: Imei },
    /// The home network told a visited network that the subscriber is elsewhere now (TS 29.272 5.2.1.2).
    LocationCancelled { imsi: Imsi, at: Plmn },
    /// The network forgot a mobile that it had detached for not being heard (TS 29.272 5.2.1.3).
    Purged { who: Who },
    /// An equipment on the grey list was let in.
    GreyEquipment { imsi: Imsi, imei: Imei },
    /// A mobile said who it is; `None` where it has no such identity.
    Identified { who: Who, asked: IdentityKind, identity: Option<Identity> },
    /// A mobile did not say who it is.
    IdentityUnanswered { who: Who, asked: IdentityKind },
    /// A mobile says what is wrong with a message of mobility management.
    Status { who: Who, protocol: MobilityProtocol, cause: EmmCause },
    /// A message came that fits no procedure that runs.
    UnexpectedMessage { who: Who, message: String },
}

impl MobilityNote {
    /// The stable name of the note.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AttachAccepted { .. } => "attach-accepted",
            Self::AttachRejected { .. } => "attach-rejected",
            Self::SteeringRejected { .. } => "steering-rejected",
            Self::TauAccepted { .. } => "tau-accepted",
            Self::TauRejected { .. } => "tau-rejected",
            Self::Accepted { procedure: Procedure::LocationUpdate, .. } => "location-accepted",
            Self::Accepted { procedure: Procedure::GprsAttach, .. } => "gprs-attach-accepted",
            Self::Accepted { .. } => "routing-accepted",
            Self::Rejected { procedure: Procedure::Service, .. } => "service-rejected",
            Self::Rejected { procedure: Procedure::LocationUpdate, .. } => "location-rejected",
            Self::Rejected { procedure: Procedure::GprsAttach, .. } => "gprs-attach-rejected",
            Self::Rejected { .. } => "routing-rejected",
            Self::ServiceAccepted { .. } => "service-accepted",
            Self::Paged { .. } => "paged",
            Self::Detached { .. } => "detach",
            Self::NetworkDetached { .. } => "network-detach",
            Self::LocationChanged { .. } => "location-changed",
            Self::ImeiChanged { .. } => "imei-changed",
            Self::LocationCancelled { .. } => "location-cancelled",
            Self::Purged { .. } => "purged",
            Self::GreyEquipment { .. } => "equipment-grey",
            Self::Identified { .. } => "identity",
            Self::IdentityUnanswered { .. } => "identity-unanswered",
            Self::Status { protocol: MobilityProtocol::Emm, .. } => "emm-status",
            Self::Status { protocol: MobilityProtocol::Mm, .. } => "mm-status",
            Self::Status { protocol: MobilityProtocol::Gmm, .. } => "gmm-status",
            Self::UnexpectedMessage { .. } => "unexpected-message",
        }
    }

    /// The mobile that the note is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::AttachAccepted { who, .. }
            | Self::AttachRejected { who, .. }
            | Self::TauAccepted { who, .. }
            | Self::TauRejected { who, .. }
            | Self::Accepted { who, .. }
            | Self::Rejected { who, .. }
            | Self::ServiceAccepted { who, .. }
            | Self::Paged { who }
            | Self::Detached { who, .. }
            | Self::NetworkDetached { who, .. }
            | Self::Purged { who }
            | Self::Identified { who, .. }
            | Self::IdentityUnanswered { who, .. }
            | Self::Status { who, .. }
            | Self::UnexpectedMessage { who, .. } => who.to_string(),
            Self::SteeringRejected { imsi, .. }
            | Self::LocationChanged { imsi, .. }
            | Self::LocationCancelled { imsi, .. }
            | Self::GreyEquipment { imsi, .. }
            | Self::ImeiChanged { imsi, .. } => imsi.to_string(),
        }
    }
}

impl fmt::Display for MobilityNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttachAccepted { who, cell, emergency: true, .. } => {
                write!(f, "attach of {who} on {} accepted for emergency services", cell.plmn)
            }
            Self::AttachAccepted { who, cell, combined, guti, .. } => {
                let domains = if *combined { "EPS and CS" } else { "EPS" };
                let by = if *guti { ", by its GUTI" } else { "" };
                write!(f, "attach of {who} on {} accepted for {domains} services{by}", cell.plmn)
            }
            Self::AttachRejected { who, cell, cause, esm, reason } => {
                write!(f, "attach from {who} on {} rejected {cause}", cell.plmn)?;
                if let Some(esm) = esm {
                    write!(f, " with ESM cause {esm}")?;
                }
                write!(f, ": {reason}")
            }
            Self::SteeringRejected { imsi, cell, cause, count, limit, better } => {
                write!(f, "attach from {imsi} on {} rejected {cause}: ", cell.plmn)?;
                write!(f, "steering to {better}, refusal {count} of {limit}")
            }
            Self::TauAccepted { who, cell, periodic } => {
                let kind = if *periodic { "periodic tracking area update" } else { "tracking area update" };
                write!(f, "{kind} of {who} accepted on {cell}")
            }
            Self::TauRejected { who, cell, cause, reason } => {
                write!(f, "tracking area update from {who} on {} rejected {cause}: {reason}", cell.plmn)
            }
            Self::Accepted { procedure, who, cell, periodic } => {
                let periodic = if *periodic { "periodic " } else { "" };
                write!(f, "{periodic}{procedure} of {who} accepted on {cell}")
            }
            Self::Rejected { procedure, who, cell, cause, reason } => {
                write!(f, "{procedure} from {who} on {} rejected {cause}: {reason}", cell.plmn)
            }
            Self::ServiceAccepted { who, cell, paged } => {
                let why = if *paged { "answers paging" } else { "has something to send" };
                write!(f, "{who} {why} on {cell}: connected")
            }
            Self::Paged { who } => write!(f, "{who} is paged"),
            Self::Detached { who, switch_off: true } => write!(f, "{who} detached: switched off"),
            Self::Detached { who, switch_off: false } => write!(f, "{who} detached"),
            Self::NetworkDetached { who, reason, cause } => {
                write!(f, "network detached {who}")?;
                if let Some(cause) = cause {
                    write!(f, " {cause}")?;
                }
                write!(f, ": {reason}")
            }
            Self::LocationChanged { imsi, from, to } => write!(f, "{imsi} moved from {from} to {to}"),
            Self::ImeiChanged { imsi, from, to } => {
                write!(f, "SIM {imsi} moved from IMEI {from} to IMEI {to}")
            }
            Self::LocationCancelled { imsi, at } => {
                write!(f, "location of {imsi} on {at} cancelled: it is elsewhere now")
            }
            Self::Purged { who } => write!(f, "{who} purged: not heard since it was detached"),
            Self::GreyEquipment { imsi, imei } => {
                write!(f, "{imsi} is in IMEI {imei}, which is on the grey list")
            }
            Self::Identified { who, identity: Some(identity), .. } => write!(f, "{who} is {identity}"),
            Self::Identified { who, asked, identity: None } => write!(f, "{who} has no {asked}"),
            Self::IdentityUnanswered { who, asked } => {
                write!(f, "{who} did not say its {asked}: IDENTITY REQUEST not answered five times")
            }
            Self::Status { who, protocol, cause } => write!(f, "{protocol} STATUS from {who} {cause}"),
            Self::UnexpectedMessage { who, message } => write!(f, "unexpected message from {who}: {message}"),
        }
    }
}

impl fmt::Display for DetachReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SimState(state) => write!(f, "the SIM is {}", state.name()),
            Self::Replaced => f.write_str("replaced by another attach"),
            Self::NotHeard => f.write_str("not heard for longer than T3412"),
            Self::Restarted => f.write_str("the network element restarted"),
            Self::Ordered => f.write_str("ordered by the test"),
        }
    }
}
