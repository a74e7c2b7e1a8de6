//! NAS messages between a mobile and the core (3GPP TS 24.301, TS 24.008, TS 24.011).
//!
//! Mobility, session and call control travel as typed messages named as the specifications name them; short messages
//! travel as the CP octets of TS 24.011, since their bytes are what SMS tests are about. Not here: security headers.

mod call;
mod identity;
mod information;
mod modification;
pub mod octets;
mod pdn;

pub use call::{CallContent, CallMessage, Clir};
pub use identity::{Identity, IdentityKind};
pub use information::NetworkInformation;
pub use modification::{Ambr, BearerModification, BitRate};
pub use pdn::{Authentication, InterfaceIdentifier, PdnAddress, PdnGrant, PdnRequest, PdnType, Qci};

mod mobility;
mod timer;

pub use mobility::{
    Guti, LocationUpdateType, MobilityGrant, MobilityProtocol, Reject, ServiceType, UpdateType,
};
mod transaction;

pub use timer::{BackOffTime, Edrx, GprsTimer2, GprsTimer3, NotATimer, PowerSaving};
pub use transaction::{Side, TransactionId};

use crate::cause::{EmmCause, EsmCause};
use crate::id::{Imei, Imsi};
use crate::milenage::{Autn, Auts, Rand, Response};
use crate::ss::SsMessage;
use crate::time::Duration;
use std::fmt;

/// What an attach is for (TS 24.301 9.9.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachType {
    /// Packet services only.
    Eps,
    /// Packet and circuit-switched services: calls and SMS over SGs.
    Combined,
    /// Emergency services only.
    Emergency,
}

/// From the mobile to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NasUp {
    /// ATTACH REQUEST, with the PDN CONNECTIVITY REQUEST that it carries.
    AttachRequest {
        /// Subscriber identity; `None` in an emergency attach without a card.
        imsi: Option<Imsi>,
        /// Equipment identity, as the IDENTITY REQUEST would fetch it.
        imei: Imei,
        /// What for.
        attach_type: AttachType,
        /// The default PDN connection.
        pdn: PdnRequest,
        /// The temporary identity that the message carries in place of the IMSI.
        guti: Option<Guti>,
        /// Power saving that is asked for.
        power: PowerSaving,
    },
    /// ATTACH COMPLETE.
    AttachComplete,
    /// AUTHENTICATION RESPONSE; AUTHENTICATION AND CIPHERING RESPONSE of GMM.
    AuthenticationResponse {
        /// RES, or SRES to a challenge of GSM.
        res: Response,
    },
    /// AUTHENTICATION FAILURE; AUTHENTICATION AND CIPHERING FAILURE of GMM.
    AuthenticationFailure {
        /// #20 MAC failure, #21 synch failure, #26 non-EPS authentication unacceptable; #23 of MM and GMM: GSM
        /// authentication unacceptable.
        cause: EmmCause,
        /// AUTS, with #21.
        auts: Option<Auts>,
    },
    /// TRACKING AREA UPDATE REQUEST.
    TrackingAreaUpdateRequest {
        /// What for.
        update: UpdateType,
        /// EPS bearer context status: the bearers that the mobile has.
        bearers: Vec<u8>,
        /// Power saving that is asked for.
        power: PowerSaving,
    },
    /// SERVICE REQUEST.
    ServiceRequest(ServiceType),
    /// LOCATION UPDATING REQUEST, on GSM and UTRAN.
    LocationUpdatingRequest {
        /// Subscriber identity.
        imsi: Imsi,
        /// Equipment identity, as the IDENTITY REQUEST would fetch it.
        imei: Imei,
        /// What for.
        update: LocationUpdateType,
    },
    /// IMSI DETACH INDICATION, on GSM and UTRAN: no answer follows.
    ImsiDetach,
    /// GPRS ATTACH REQUEST, on GSM and UTRAN.
    GprsAttachRequest {
        /// Subscriber identity.
        imsi: Imsi,
        /// Equipment identity, as the IDENTITY REQUEST would fetch it.
        imei: Imei,
    },
    /// ROUTING AREA UPDATE REQUEST, on GSM and UTRAN.
    RoutingAreaUpdateRequest {
        /// Whether the periodic timer T3312 caused it.
        periodic: bool,
        /// PDP context status: the contexts that the mobile has, by their EPS bearer identity.
        contexts: Vec<u8>,
    },
    /// DETACH REQUEST.
    DetachRequest {
        /// Whether the mobile switches off, in which case no answer follows.
        switch_off: bool,
    },
    /// PDN CONNECTIVITY REQUEST for a further connection.
    PdnConnectivityRequest {
        /// Procedure transaction identity, 1 to 254.
        pti: u8,
        /// What is asked for.
        pdn: PdnRequest,
    },
    /// PDN DISCONNECT REQUEST.
    PdnDisconnectRequest {
        /// Procedure transaction identity.
        pti: u8,
        /// The bearer to release.
        bearer: u8,
    },
    /// Short message CP octets (TS 24.011 clause 7), in UPLINK NAS TRANSPORT.
    Sms(Vec<u8>),
    /// Octets of a message of supplementary services outside a call (TS 24.080), see [`crate::ss`].
    Ss(Vec<u8>),
    /// Call control.
    Call(CallMessage),
    /// IDENTITY RESPONSE; `None` is "no identity".
    IdentityResponse(Option<Identity>),
    /// EMM STATUS, MM STATUS or GMM STATUS: what is wrong with a message of mobility management.
    MobilityStatus {
        /// Whose message it was.
        protocol: MobilityProtocol,
        /// What is wrong.
        cause: EmmCause,
    },
    /// ESM STATUS: what is wrong with a message of session management.
    EsmStatus {
        /// The transaction that the message named.
        pti: u8,
        /// ESM cause.
        cause: EsmCause,
    },
    /// ACTIVATE DEFAULT EPS BEARER CONTEXT REJECT: the mobile does not take what was granted.
    BearerRejected {
        /// The bearer.
        bearer: u8,
        /// ESM cause.
        cause: EsmCause,
    },
    /// MODIFY EPS BEARER CONTEXT ACCEPT.
    BearerModificationAccepted {
        /// The bearer.
        bearer: u8,
    },
    /// MODIFY EPS BEARER CONTEXT REJECT: the bearer stays as it was.
    BearerModificationRejected {
        /// The bearer.
        bearer: u8,
        /// ESM cause.
        cause: EsmCause,
    },
}

/// From the network to the mobile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NasDown {
    /// ATTACH ACCEPT.
    AttachAccept {
        /// The default PDN connection; `None` registers without PDN connectivity.
        pdn: Option<PdnGrant>,
        /// Why no PDN connection goes with the acceptance; `None` where one does.
        esm: Option<EsmCause>,
        /// Whether circuit-switched services (calls, SMS) were granted too.
        combined: bool,
        /// Timers, areas and the rest.
        grant: MobilityGrant,
    },
    /// ATTACH REJECT.
    AttachReject {
        /// EMM cause and back-off.
        reject: Reject,
        /// ESM cause of the PDN CONNECTIVITY REJECT that #19 carries.
        esm: Option<EsmCause>,
    },
    /// AUTHENTICATION REQUEST; AUTHENTICATION AND CIPHERING REQUEST of GMM.
    AuthenticationRequest {
        /// RAND.
        rand: Rand,
        /// AUTN; a challenge of GSM has none.
        autn: Option<Autn>,
    },
    /// AUTHENTICATION REJECT.
    AuthenticationReject,
    /// TRACKING AREA UPDATE ACCEPT.
    TrackingAreaUpdateAccept {
        /// Whether circuit-switched services are part of the registration.
        combined: bool,
        /// EPS bearer context status: the bearers that the network has.
        bearers: Vec<u8>,
        /// Timers, areas and the rest.
        grant: MobilityGrant,
    },
    /// TRACKING AREA UPDATE REJECT.
    TrackingAreaUpdateReject(Reject),
    /// SERVICE ACCEPT, or the bearers that stand for it.
    ServiceAccept,
    /// SERVICE REJECT.
    ServiceReject(Reject),
    /// LOCATION UPDATING ACCEPT.
    LocationUpdatingAccept(MobilityGrant),
    /// LOCATION UPDATING REJECT.
    LocationUpdatingReject(Reject),
    /// GPRS ATTACH ACCEPT.
    GprsAttachAccept(MobilityGrant),
    /// GPRS ATTACH REJECT.
    GprsAttachReject(Reject),
    /// ROUTING AREA UPDATE ACCEPT.
    RoutingAreaUpdateAccept {
        /// PDP context status: the contexts that the network has.
        contexts: Vec<u8>,
        /// Timers and the rest.
        grant: MobilityGrant,
    },
    /// ROUTING AREA UPDATE REJECT.
    RoutingAreaUpdateReject(Reject),
    /// EMM INFORMATION.
    EmmInformation(NetworkInformation),
    /// MM INFORMATION, on GSM and UTRAN.
    MmInformation(NetworkInformation),
    /// GMM INFORMATION, on GSM and UTRAN.
    GmmInformation(NetworkInformation),
    /// DETACH ACCEPT.
    DetachAccept,
    /// DETACH REQUEST from the network.
    DetachRequest {
        /// Whether the mobile is to attach again at once.
        reattach: bool,
        /// Why, where the network says so.
        cause: Option<EmmCause>,
    },
    /// ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST: the connection is granted.
    PdnGranted {
        /// The transaction of the request.
        pti: u8,
        /// What was granted.
        pdn: PdnGrant,
    },
    /// PDN CONNECTIVITY REJECT.
    PdnConnectivityReject {
        /// The transaction of the request.
        pti: u8,
        /// ESM cause.
        cause: EsmCause,
        /// Session back-off timer T3396.
        t3396: Option<Duration>,
    },
    /// DEACTIVATE EPS BEARER CONTEXT REQUEST.
    BearerDeactivated {
        /// The transaction of the mobile's own request, 0 where the network began it.
        pti: u8,
        /// The bearer that is gone.
        bearer: u8,
        /// ESM cause.
        cause: EsmCause,
    },
    /// MODIFY EPS BEARER CONTEXT REQUEST.
    ModifyBearer(BearerModification),
    /// PDN DISCONNECT REJECT.
    PdnDisconnectReject {
        /// The transaction of the request.
        pti: u8,
        /// ESM cause.
        cause: EsmCause,
    },
    /// Short message CP octets, in DOWNLINK NAS TRANSPORT.
    Sms(Vec<u8>),
    /// Octets of a message of supplementary services outside a call (TS 24.080), see [`crate::ss`].
    Ss(Vec<u8>),
    /// CM SERVICE REJECT: no call is set up.
    CmServiceReject(EmmCause),
    /// Call control.
    Call(CallMessage),
    /// IDENTITY REQUEST.
    IdentityRequest(IdentityKind),
    /// EMM STATUS, MM STATUS or GMM STATUS: what is wrong with a message of the mobile.
    MobilityStatus {
        /// Whose message it was.
        protocol: MobilityProtocol,
        /// What is wrong.
        cause: EmmCause,
    },
}

impl NasDown {
    /// The refusal of registration or service, where the message is one.
    #[must_use]
    pub const fn reject(&self) -> Option<&Reject> {
        if let Self::AttachReject { reject, .. }
        | Self::TrackingAreaUpdateReject(reject)
        | Self::ServiceReject(reject)
        | Self::LocationUpdatingReject(reject)
        | Self::GprsAttachReject(reject)
        | Self::RoutingAreaUpdateReject(reject) = self
        {
            Some(reject)
        } else {
            None
        }
    }
}

impl fmt::Display for NasUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttachRequest { imsi, attach_type, pdn, guti, power, .. } => {
                write!(f, "ATTACH REQUEST {attach_type:?}")?;
                match (guti, imsi) {
                    (Some(guti), _) => write!(f, ", {guti}")?,
                    (None, Some(imsi)) => write!(f, ", IMSI {imsi}")?,
                    (None, None) => write!(f, ", IMEI only")?,
                }
                write!(f, ", {pdn}{power}")
            }
            Self::AttachComplete => f.write_str("ATTACH COMPLETE"),
            Self::AuthenticationResponse { .. } => f.write_str("AUTHENTICATION RESPONSE"),
            Self::AuthenticationFailure { cause, auts } => {
                write!(f, "AUTHENTICATION FAILURE {cause}")?;
                if auts.is_some() { f.write_str(" with AUTS") } else { Ok(()) }
            }
            Self::TrackingAreaUpdateRequest { update, power, .. } => {
                let kind = match update {
                    UpdateType::Area => "",
                    UpdateType::Combined { imsi_attach: false } => ", combined",
                    UpdateType::Combined { imsi_attach: true } => ", combined with IMSI attach",
                    UpdateType::Periodic => ", periodic",
                };
                write!(f, "TRACKING AREA UPDATE REQUEST{kind}{power}")
            }
            Self::ServiceRequest(ServiceType::MobileOriginated) => f.write_str("SERVICE REQUEST"),
            Self::ServiceRequest(ServiceType::PagingResponse) => f.write_str("SERVICE REQUEST, paged"),
            Self::LocationUpdatingRequest { imsi, update, .. } => {
                write!(f, "LOCATION UPDATING REQUEST {update:?}, IMSI {imsi}")
            }
            Self::ImsiDetach => f.write_str("IMSI DETACH INDICATION"),
            Self::GprsAttachRequest { imsi, .. } => write!(f, "GPRS ATTACH REQUEST, IMSI {imsi}"),
            Self::RoutingAreaUpdateRequest { periodic: true, .. } => {
                f.write_str("ROUTING AREA UPDATE REQUEST, periodic")
            }
            Self::RoutingAreaUpdateRequest { periodic: false, .. } => {
                f.write_str("ROUTING AREA UPDATE REQUEST")
            }
            Self::DetachRequest { switch_off: true } => f.write_str("DETACH REQUEST, switch off"),
            Self::DetachRequest { switch_off: false } => f.write_str("DETACH REQUEST"),
            Self::PdnConnectivityRequest { pti, pdn } => {
                write!(f, "PDN CONNECTIVITY REQUEST pti {pti}, {pdn}")
            }
            Self::PdnDisconnectRequest { pti, bearer } => {
                write!(f, "PDN DISCONNECT REQUEST pti {pti}, bearer {bearer}")
            }
            Self::Sms(cp) => write!(f, "UPLINK NAS TRANSPORT, SMS {}", hex::encode_upper(cp)),
            Self::Ss(octets) => ss(f, Side::Mobile, octets),
            Self::Call(message) => message.fmt(f),
            Self::IdentityResponse(Some(identity)) => write!(f, "IDENTITY RESPONSE {identity}"),
            Self::IdentityResponse(None) => f.write_str("IDENTITY RESPONSE, no identity"),
            Self::MobilityStatus { protocol, cause } => write!(f, "{protocol} STATUS {cause}"),
            Self::EsmStatus { pti, cause } => write!(f, "ESM STATUS pti {pti} {cause}"),
            Self::BearerRejected { bearer, cause } => {
                write!(f, "ACTIVATE DEFAULT EPS BEARER CONTEXT REJECT bearer {bearer} {cause}")
            }
            Self::BearerModificationAccepted { bearer } => {
                write!(f, "MODIFY EPS BEARER CONTEXT ACCEPT bearer {bearer}")
            }
            Self::BearerModificationRejected { bearer, cause } => {
                write!(f, "MODIFY EPS BEARER CONTEXT REJECT bearer {bearer} {cause}")
            }
        }
    }
}

impl fmt::Display for NasDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttachAccept { pdn, esm, combined, grant } => {
                let domains = if *combined { "EPS and CS" } else { "EPS only" };
                write!(f, "ATTACH ACCEPT {domains}, ")?;
                match pdn {
                    Some(pdn) => pdn.fmt(f)?,
                    None => f.write_str("no PDN connection")?,
                }
                if let Some(esm) = esm {
                    write!(f, " {esm}")?;
                }
                grant.fmt(f)
            }
            Self::AttachReject { reject, esm } => {
                write!(f, "ATTACH REJECT {reject}")?;
                esm.map_or(Ok(()), |esm| write!(f, ", PDN CONNECTIVITY REJECT {esm}"))
            }
            Self::AuthenticationRequest { .. } => f.write_str("AUTHENTICATION REQUEST"),
            Self::AuthenticationReject => f.write_str("AUTHENTICATION REJECT"),
            Self::TrackingAreaUpdateAccept { combined, grant, .. } => {
                let domains = if *combined { "EPS and CS" } else { "EPS only" };
                write!(f, "TRACKING AREA UPDATE ACCEPT {domains}{grant}")
            }
            Self::TrackingAreaUpdateReject(reject) => write!(f, "TRACKING AREA UPDATE REJECT {reject}"),
            Self::ServiceAccept => f.write_str("SERVICE ACCEPT"),
            Self::ServiceReject(reject) => write!(f, "SERVICE REJECT {reject}"),
            Self::LocationUpdatingAccept(grant) => write!(f, "LOCATION UPDATING ACCEPT{grant}"),
            Self::LocationUpdatingReject(reject) => write!(f, "LOCATION UPDATING REJECT {reject}"),
            Self::GprsAttachAccept(grant) => write!(f, "GPRS ATTACH ACCEPT{grant}"),
            Self::GprsAttachReject(reject) => write!(f, "GPRS ATTACH REJECT {reject}"),
            Self::RoutingAreaUpdateAccept { grant, .. } => write!(f, "ROUTING AREA UPDATE ACCEPT{grant}"),
            Self::RoutingAreaUpdateReject(reject) => write!(f, "ROUTING AREA UPDATE REJECT {reject}"),
            Self::EmmInformation(information) => write!(f, "EMM INFORMATION{information}"),
            Self::MmInformation(information) => write!(f, "MM INFORMATION{information}"),
            Self::GmmInformation(information) => write!(f, "GMM INFORMATION{information}"),
            Self::DetachAccept => f.write_str("DETACH ACCEPT"),
            Self::DetachRequest { reattach, cause } => {
                let again = if *reattach { "re-attach required" } else { "re-attach not required" };
                write!(f, "DETACH REQUEST, {again}")?;
                cause.map_or(Ok(()), |cause| write!(f, ", {cause}"))
            }
            Self::PdnGranted { pti, pdn } => {
                write!(f, "ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST pti {pti}, {pdn}")
            }
            Self::PdnConnectivityReject { pti, cause, t3396 } => {
                write!(f, "PDN CONNECTIVITY REJECT pti {pti} {cause}")?;
                timer(f, "T3396", *t3396)
            }
            Self::BearerDeactivated { bearer, cause, .. } => {
                write!(f, "DEACTIVATE EPS BEARER CONTEXT REQUEST bearer {bearer} {cause}")
            }
            Self::ModifyBearer(change) => write!(f, "MODIFY EPS BEARER CONTEXT REQUEST {change}"),
            Self::PdnDisconnectReject { pti, cause } => write!(f, "PDN DISCONNECT REJECT pti {pti} {cause}"),
            Self::Sms(cp) => write!(f, "DOWNLINK NAS TRANSPORT, SMS {}", hex::encode_upper(cp)),
            Self::Ss(octets) => ss(f, Side::Network, octets),
            Self::CmServiceReject(cause) => write!(f, "CM SERVICE REJECT {cause}"),
            Self::Call(message) => message.fmt(f),
            Self::IdentityRequest(kind) => write!(f, "IDENTITY REQUEST {kind}"),
            Self::MobilityStatus { protocol, cause } => write!(f, "{protocol} STATUS {cause}"),
        }
    }
}

fn ss(f: &mut fmt::Formatter<'_>, sender: Side, octets: &[u8]) -> fmt::Result {
    match SsMessage::parse(sender, octets) {
        Ok(message) => write!(f, "SS {message}"),
        Err(error) => write!(f, "SS {}: {error}", hex::encode_upper(octets)),
    }
}

fn timer(f: &mut fmt::Formatter<'_>, name: &str, value: Option<Duration>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, ", {name} {}", BackOffTime(value)))
}
