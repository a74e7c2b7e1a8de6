//! Messages that do not fit: what the mobile answers in place of obeying them; and questions for its identity.
//!
//! Spec: TS 24.301 clauses 7.3 and 7.4 (unknown transaction, message not compatible with the protocol state), 5.4.4
//! (identification); TS 24.008 8.4 on GSM and UTRAN.

use super::legacy::{Domain, DomainState};
use super::{Emm, Mobile};
use crate::defect::Defect;
use wire::cause::{EmmCause, EsmCause};
use wire::nas::{Identity, IdentityKind, MobilityProtocol, NasDown, NasUp};
use wire::time::Instant;

/// The version of the simulated modem's software, in its IMEISV.
const SOFTWARE_VERSION: u8 = 1;

impl Mobile {
    /// The protocol whose procedure a message answers although it does not run.
    pub(super) fn misplaced(&self, message: &NasDown) -> Option<MobilityProtocol> {
        self.serving?;
        if self.on_legacy() {
            self.misplaced_on_legacy(message)
        } else {
            self.is_misplaced_on_lte(message).then_some(MobilityProtocol::Emm)
        }
    }

    /// The same on GSM and UTRAN; messages of EMM do not come there.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is bound to a state here")]
    fn misplaced_on_legacy(&self, message: &NasDown) -> Option<MobilityProtocol> {
        let asked = |domain: &Domain| domain.state == DomainState::Asked;
        match message {
            NasDown::LocationUpdatingAccept(_) | NasDown::LocationUpdatingReject(_) => {
                (!asked(&self.circuit)).then_some(MobilityProtocol::Mm)
            }
            NasDown::GprsAttachAccept(_)
            | NasDown::GprsAttachReject(_)
            | NasDown::RoutingAreaUpdateAccept { .. }
            | NasDown::RoutingAreaUpdateReject(_) => (!asked(&self.packet)).then_some(MobilityProtocol::Gmm),
            NasDown::ServiceAccept | NasDown::ServiceReject(_) => {
                (!self.service_requested()).then_some(MobilityProtocol::Gmm)
            }
            NasDown::DetachAccept => {
                (self.emm != Emm::DeregisteredInitiated).then_some(MobilityProtocol::Gmm)
            }
            _ => None,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is bound to a state here")]
    fn is_misplaced_on_lte(&self, message: &NasDown) -> bool {
        match message {
            NasDown::AttachAccept { .. } | NasDown::AttachReject { .. } => {
                self.emm != Emm::RegisteredInitiated
            }
            NasDown::TrackingAreaUpdateAccept { .. } | NasDown::TrackingAreaUpdateReject(_) => {
                self.emm != Emm::TrackingAreaUpdating
            }
            NasDown::ServiceAccept | NasDown::ServiceReject(_) => !self.service_requested(),
            NasDown::DetachAccept => self.emm != Emm::DeregisteredInitiated,
            _ => false,
        }
    }

    /// STATUS #98; a defective device believes a reject that it did not ask for.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only rejects are believed")]
    pub(super) fn refuse_misplaced(&mut self, now: Instant, message: NasDown, protocol: MobilityProtocol) {
        use super::reject::Procedure;
        if self.has(Defect::BelievesUnaskedReject) {
            match message {
                NasDown::AttachReject { reject, .. } => return self.react(now, Procedure::Attach, reject),
                NasDown::TrackingAreaUpdateReject(reject) => {
                    return self.react(now, Procedure::Update, reject);
                }
                NasDown::ServiceReject(reject) => return self.react(now, Procedure::Service, reject),
                NasDown::LocationUpdatingReject(reject) => {
                    return self.react(now, Procedure::Location, reject);
                }
                NasDown::GprsAttachReject(reject) => return self.react(now, Procedure::GprsAttach, reject),
                NasDown::RoutingAreaUpdateReject(reject) => {
                    return self.react(now, Procedure::Routing, reject);
                }
                _ => {}
            }
        }
        self.send(NasUp::MobilityStatus { protocol, cause: EmmCause::INCOMPATIBLE_MESSAGE_TYPE });
    }

    /// ESM STATUS #47: no procedure of the mobile has this transaction.
    pub(super) fn refuse_transaction(&mut self, pti: u8) {
        self.send(NasUp::EsmStatus { pti, cause: EsmCause::PTI_MISMATCH });
    }

    pub(super) fn identity_requested(&mut self, kind: IdentityKind) {
        let identity = match kind {
            IdentityKind::Imsi => self.subscriber.as_ref().map(|who| Identity::Imsi(who.imsi.clone())),
            IdentityKind::Imei => Some(Identity::Imei(self.config.imei.clone())),
            IdentityKind::Imeisv => Some(Identity::Imeisv(self.config.imei.clone(), SOFTWARE_VERSION)),
        };
        self.send(NasUp::IdentityResponse(identity));
    }
}
