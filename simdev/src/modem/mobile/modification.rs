//! The network changes a bearer that is there (TS 24.301 6.4.3, TS 24.008 6.1.3.3).
//!
//! A bearer that the mobile does not have is refused with #43. What the options leave out stays as it was. Not here:
//! packet filters, since a default bearer takes every packet.

use super::{Mobile, MobileEvent};
use crate::defect::Defect;
use wire::cause::EsmCause;
use wire::nas::{BearerModification, NasUp, PdnGrant};

impl Mobile {
    pub(super) fn modification_ordered(&mut self, change: &BearerModification) {
        let (bearer, deaf) = (change.bearer, self.has(Defect::KeepsOldQuality));
        let Some((cid, grant)) = self.sessions.of_bearer(bearer) else {
            let cause = EsmCause::INVALID_BEARER_IDENTITY;
            return self.send(NasUp::BearerModificationRejected { bearer, cause });
        };
        let has_new_quality = !deaf && modify(grant, change);
        self.send(NasUp::BearerModificationAccepted { bearer });
        if has_new_quality {
            self.event(MobileEvent::PdnModified { cid });
        }
    }
}

/// Applies a change; whether class or rates are other ones now, which a repeated request does not bring about.
fn modify(grant: &mut PdnGrant, change: &BearerModification) -> bool {
    let before = (grant.qci, grant.ambr);
    grant.qci = change.qci.unwrap_or(grant.qci);
    grant.ambr = change.ambr.or(grant.ambr);
    let servers: Vec<_> = change.dns.iter().copied().filter(|server| !server.is_unspecified()).collect();
    if !servers.is_empty() {
        grant.dns = servers;
    }
    (grant.qci, grant.ambr) != before
}
