//! Messages that nobody asked for: answers to procedures that do not run.
//!
//! A mobile must not obey them (TS 24.301 clause 7.4, TS 24.011 clause 9.2, TS 24.008 clause 8.3.1).

use crate::cellular::CellularCore;
use crate::cellular::control::ControlError;
use crate::cellular::note::ControlNote;
use std::net::Ipv4Addr;
use wire::cause::{EmmCause, EsmCause, RpCause};
use wire::id::Imsi;
use wire::nas::{
    CallContent, CallMessage, MobilityGrant, MobilityProtocol, NasDown, PdnAddress, PdnGrant, Qci, Reject,
    Side, TransactionId,
};
use wire::sms::{self, CpMessage, Direction, RpMessage};
use wire::ss::{Component, InvokeId, SsMessage, SsMessageKind};
use wire::time::Instant;

/// A message that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unasked {
    /// ATTACH ACCEPT without a connection.
    AttachAccept,
    /// ATTACH REJECT #3, illegal UE.
    AttachReject,
    /// TRACKING AREA UPDATE REJECT #11, PLMN not allowed.
    TrackingAreaUpdateReject,
    /// LOCATION UPDATING REJECT #3.
    LocationReject,
    /// GPRS ATTACH REJECT #3.
    GprsAttachReject,
    /// ROUTING AREA UPDATE REJECT #11.
    RoutingReject,
    /// STATUS #98 of a protocol of mobility management.
    Status(MobilityProtocol),
    /// SERVICE ACCEPT.
    ServiceAccept,
    /// SERVICE REJECT #9.
    ServiceReject,
    /// DETACH ACCEPT.
    DetachAccept,
    /// A PDN connection.
    PdnGrant,
    /// PDN CONNECTIVITY REJECT #8.
    PdnReject,
    /// The end of a bearer that does not exist.
    Deactivation,
    /// RP-ACK of a short message that was not sent.
    RpAck,
    /// RP-ERROR of a short message that was not sent.
    RpError,
    /// The result of a service that was not asked for.
    SsResult,
    /// The answer to a call that was not made.
    CallConnect,
}

/// A bearer that no test has: the highest there is.
const BEARER: u8 = 15;
/// A transaction that a mobile comes to late, if ever.
const PTI: u8 = 200;
const TRANSACTION: u8 = 6;

impl Unasked {
    /// All of them with their names in scripts.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("attach-accept", Self::AttachAccept),
        ("attach-reject", Self::AttachReject),
        ("tau-reject", Self::TrackingAreaUpdateReject),
        ("location-reject", Self::LocationReject),
        ("gprs-attach-reject", Self::GprsAttachReject),
        ("routing-reject", Self::RoutingReject),
        ("emm-status", Self::Status(MobilityProtocol::Emm)),
        ("mm-status", Self::Status(MobilityProtocol::Mm)),
        ("gmm-status", Self::Status(MobilityProtocol::Gmm)),
        ("service-accept", Self::ServiceAccept),
        ("service-reject", Self::ServiceReject),
        ("detach-accept", Self::DetachAccept),
        ("pdn-grant", Self::PdnGrant),
        ("pdn-reject", Self::PdnReject),
        ("deactivation", Self::Deactivation),
        ("rp-ack", Self::RpAck),
        ("rp-error", Self::RpError),
        ("ss-result", Self::SsResult),
        ("call-connect", Self::CallConnect),
    ];

    /// The name in scripts and notes.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }

    /// `None` where the transaction could not be one, which it can.
    fn message(self) -> Option<NasDown> {
        let unprotected = |cause: EmmCause| Reject { protected: false, ..Reject::from(cause) };
        Some(match self {
            Self::AttachAccept => NasDown::AttachAccept {
                pdn: None,
                esm: None,
                combined: false,
                grant: MobilityGrant::default(),
            },
            Self::AttachReject => {
                NasDown::AttachReject { reject: unprotected(EmmCause::ILLEGAL_UE), esm: None }
            }
            Self::TrackingAreaUpdateReject => {
                NasDown::TrackingAreaUpdateReject(unprotected(EmmCause::PLMN_NOT_ALLOWED))
            }
            Self::LocationReject => NasDown::LocationUpdatingReject(unprotected(EmmCause::ILLEGAL_UE)),
            Self::GprsAttachReject => NasDown::GprsAttachReject(unprotected(EmmCause::ILLEGAL_UE)),
            Self::RoutingReject => NasDown::RoutingAreaUpdateReject(unprotected(EmmCause::PLMN_NOT_ALLOWED)),
            Self::Status(protocol) => {
                NasDown::MobilityStatus { protocol, cause: EmmCause::INCOMPATIBLE_MESSAGE_TYPE }
            }
            Self::ServiceAccept => NasDown::ServiceAccept,
            Self::ServiceReject => NasDown::ServiceReject(unprotected(EmmCause::IDENTITY_NOT_DERIVED)),
            Self::DetachAccept => NasDown::DetachAccept,
            Self::PdnGrant => NasDown::PdnGranted { pti: PTI, pdn: grant() },
            Self::PdnReject => NasDown::PdnConnectivityReject {
                pti: PTI,
                cause: EsmCause::OPERATOR_DETERMINED_BARRING,
                t3396: None,
            },
            Self::Deactivation => {
                NasDown::BearerDeactivated { pti: 0, bearer: BEARER, cause: EsmCause::REGULAR_DEACTIVATION }
            }
            Self::RpAck => relay(&RpMessage::Ack { reference: PTI, user_data: None }),
            Self::RpError => {
                let cause = RpCause::NETWORK_OUT_OF_ORDER;
                relay(&RpMessage::Error { reference: PTI, cause, diagnostic: None, user_data: None })
            }
            Self::SsResult => service(TransactionId::new(Side::Mobile, TRANSACTION)?),
            Self::CallConnect => {
                let transaction = TransactionId::new(Side::Mobile, TRANSACTION)?;
                NasDown::Call(CallMessage::new(transaction, CallContent::Connect { connected: None }))
            }
        })
    }
}

fn grant() -> PdnGrant {
    PdnGrant {
        bearer: BEARER,
        apn: "nobody.asked".to_owned(),
        address: PdnAddress::Ipv4(Ipv4Addr::new(192, 0, 2, 1)),
        dns: Vec::new(),
        mtu: None,
        cause: None,
        qci: Qci::BEST_EFFORT,
        ambr: None,
    }
}

fn relay(message: &RpMessage) -> NasDown {
    let transaction = sms::TransactionId::originator(TRANSACTION).opposite();
    NasDown::Sms(CpMessage::data(transaction, message, Direction::NetworkToMobile).to_octets())
}

fn service(transaction: TransactionId) -> NasDown {
    let component = Component::ReturnResult { id: InvokeId(1), result: None };
    let message = SsMessage::new(transaction, SsMessageKind::Facility, component);
    NasDown::Ss(message.encode(Side::Network))
}

impl CellularCore {
    /// Sends a message that nobody asked for.
    ///
    /// # Errors
    /// The subscriber is not registered.
    pub fn send_unasked(&mut self, now: Instant, imsi: &Imsi, what: Unasked) -> Result<(), ControlError> {
        self.advance(now);
        let ue = self.ue_of(imsi).ok_or_else(|| ControlError::NotRegistered(imsi.clone()))?;
        self.note(ControlNote::Unasked { imsi: imsi.clone(), what });
        if let Some(message) = what.message() {
            self.send(ue, message);
        }
        Ok(())
    }
}
