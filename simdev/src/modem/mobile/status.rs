//! Messages that do not fit: what the mobile answers in place of obeying them; and questions for its identity.
//!
//! Spec: TS 24.301 clauses 7.3 and 7.4 (unknown transaction, message not compatible with the protocol state), 5.4.4
//! (identification). On GSM and UTRAN such a message is ignored; MM and GMM STATUS are not here.

use super::{Emm, Mobile};
use crate::defect::Defect;
use wire::cause::{EmmCause, EsmCause};
use wire::nas::{Identity, IdentityKind, NasDown, NasUp};
use wire::time::Instant;

/// The version of the simulated modem's software, in its IMEISV.
const SOFTWARE_VERSION: u8 = 1;

impl Mobile {
    /// Whether a message answers a procedure of E-UTRAN that does not run.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is bound to a state here")]
    pub(super) fn is_misplaced(&self, message: &NasDown) -> bool {
        if self.on_legacy() || self.serving.is_none() {
            return false;
        }
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

    /// EMM STATUS #98; a defective device believes a reject that it did not ask for.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only rejects are believed")]
    pub(super) fn refuse_misplaced(&mut self, now: Instant, message: NasDown) {
        use super::reject::Procedure;
        if self.has(Defect::BelievesUnaskedReject) {
            match message {
                NasDown::AttachReject { reject, .. } => return self.react(now, Procedure::Attach, reject),
                NasDown::TrackingAreaUpdateReject(reject) => {
                    return self.react(now, Procedure::Update, reject);
                }
                NasDown::ServiceReject(reject) => return self.react(now, Procedure::Service, reject),
                _ => {}
            }
        }
        self.send(NasUp::EmmStatus(EmmCause::INCOMPATIBLE_MESSAGE_TYPE));
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
