//! NAS messages between a mobile and the core (3GPP TS 24.301, TS 24.008, TS 24.011).
//!
//! Mobility, session and call control travel as typed messages named as the specifications name them; short messages
//! travel as the CP octets of TS 24.011, since their bytes are what SMS tests are about. Not here: security headers.

mod pdn;

pub use pdn::{Authentication, InterfaceIdentifier, PdnAddress, PdnGrant, PdnRequest, PdnType};

use crate::cause::{CcCause, EmmCause, EsmCause};
use crate::id::{Imei, Imsi, PhoneNumber};
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
    },
    /// ATTACH COMPLETE.
    AttachComplete,
    /// TRACKING AREA UPDATE REQUEST.
    TrackingAreaUpdateRequest {
        /// Whether the periodic timer T3412 caused it.
        periodic: bool,
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
    /// CM SERVICE REQUEST and, when it is accepted, SETUP.
    Setup {
        /// The called party number.
        called: PhoneNumber,
        /// Whether the caller's number is to be withheld (CLIR invoked).
        clir: bool,
    },
    /// EMERGENCY SETUP.
    EmergencySetup {
        /// The number that was dialled, for the record: the message itself carries none.
        dialled: PhoneNumber,
    },
    /// ALERTING.
    Alerting,
    /// CONNECT.
    Connect,
    /// DISCONNECT.
    Disconnect(CcCause),
    /// RELEASE COMPLETE, which also refuses an incoming SETUP.
    ReleaseComplete(CcCause),
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
        /// Periodic tracking area update timer T3412.
        t3412: Duration,
    },
    /// ATTACH REJECT.
    AttachReject {
        /// EMM cause.
        cause: EmmCause,
        /// ESM cause of the PDN CONNECTIVITY REJECT that #19 carries.
        esm: Option<EsmCause>,
        /// Mobility back-off timer T3346, with #22.
        t3346: Option<Duration>,
    },
    /// TRACKING AREA UPDATE ACCEPT.
    TrackingAreaUpdateAccept,
    /// TRACKING AREA UPDATE REJECT.
    TrackingAreaUpdateReject(EmmCause),
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
    /// PDN DISCONNECT REJECT.
    PdnDisconnectReject {
        /// The transaction of the request.
        pti: u8,
        /// ESM cause.
        cause: EsmCause,
    },
    /// Short message CP octets, in DOWNLINK NAS TRANSPORT.
    Sms(Vec<u8>),
    /// CM SERVICE REJECT: no call is set up.
    CmServiceReject(EmmCause),
    /// CALL PROCEEDING.
    CallProceeding,
    /// SETUP of an incoming call.
    Setup {
        /// The calling party number; `None` when it is withheld.
        calling: Option<PhoneNumber>,
    },
    /// ALERTING: the other side rings.
    Alerting,
    /// CONNECT: the other side answered.
    Connect,
    /// DISCONNECT.
    Disconnect(CcCause),
    /// RELEASE COMPLETE: the call is over on both sides.
    ReleaseComplete(CcCause),
}

impl fmt::Display for NasUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttachRequest { imsi, attach_type, pdn, .. } => {
                write!(f, "ATTACH REQUEST {attach_type:?}")?;
                match imsi {
                    Some(imsi) => write!(f, ", IMSI {imsi}")?,
                    None => write!(f, ", IMEI only")?,
                }
                write!(f, ", {pdn}")
            }
            Self::AttachComplete => f.write_str("ATTACH COMPLETE"),
            Self::TrackingAreaUpdateRequest { periodic: true } => {
                f.write_str("TRACKING AREA UPDATE REQUEST, periodic")
            }
            Self::TrackingAreaUpdateRequest { periodic: false } => {
                f.write_str("TRACKING AREA UPDATE REQUEST")
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
            Self::Setup { called, clir: false } => write!(f, "SETUP to {called}"),
            Self::Setup { called, clir: true } => write!(f, "SETUP to {called}, CLIR invoked"),
            Self::EmergencySetup { dialled } => write!(f, "EMERGENCY SETUP ({dialled} dialled)"),
            Self::Alerting => f.write_str("ALERTING"),
            Self::Connect => f.write_str("CONNECT"),
            Self::Disconnect(cause) => write!(f, "DISCONNECT {cause}"),
            Self::ReleaseComplete(cause) => write!(f, "RELEASE COMPLETE {cause}"),
        }
    }
}

impl fmt::Display for NasDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttachAccept { pdn, esm, combined, t3412 } => {
                let domains = if *combined { "EPS and CS" } else { "EPS only" };
                write!(f, "ATTACH ACCEPT {domains}, ")?;
                match pdn {
                    Some(pdn) => pdn.fmt(f)?,
                    None => f.write_str("no PDN connection")?,
                }
                if let Some(esm) = esm {
                    write!(f, " {esm}")?;
                }
                write!(f, ", T3412 {} s", t3412.as_secs())
            }
            Self::AttachReject { cause, esm, t3346 } => {
                write!(f, "ATTACH REJECT {cause}")?;
                if let Some(esm) = esm {
                    write!(f, ", PDN CONNECTIVITY REJECT {esm}")?;
                }
                timer(f, "T3346", *t3346)
            }
            Self::TrackingAreaUpdateAccept => f.write_str("TRACKING AREA UPDATE ACCEPT"),
            Self::TrackingAreaUpdateReject(cause) => write!(f, "TRACKING AREA UPDATE REJECT {cause}"),
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
            Self::PdnDisconnectReject { pti, cause } => write!(f, "PDN DISCONNECT REJECT pti {pti} {cause}"),
            Self::Sms(cp) => write!(f, "DOWNLINK NAS TRANSPORT, SMS {}", hex::encode_upper(cp)),
            Self::CmServiceReject(cause) => write!(f, "CM SERVICE REJECT {cause}"),
            Self::CallProceeding => f.write_str("CALL PROCEEDING"),
            Self::Setup { calling: Some(calling) } => write!(f, "SETUP from {calling}"),
            Self::Setup { calling: None } => f.write_str("SETUP, number withheld"),
            Self::Alerting => f.write_str("ALERTING"),
            Self::Connect => f.write_str("CONNECT"),
            Self::Disconnect(cause) => write!(f, "DISCONNECT {cause}"),
            Self::ReleaseComplete(cause) => write!(f, "RELEASE COMPLETE {cause}"),
        }
    }
}

fn timer(f: &mut fmt::Formatter<'_>, name: &str, value: Option<Duration>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, ", {name} {} s", value.as_secs()))
}
