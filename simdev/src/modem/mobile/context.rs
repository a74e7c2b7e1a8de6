//! What a context is defined to be (TS 27.007 10.1.1), with its credentials, and the request that comes of it.

use super::Mobile;
use std::net::IpAddr;
use wire::nas::{Authentication, PdnRequest, PdnType};
use wire::seed::Rng;

/// What `+CGDCONT` defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContextDefinition {
    pub(crate) pdn_type: PdnType,
    /// `None` lets the network choose.
    pub(crate) apn: Option<String>,
    /// The numbers after the address, from `<d_comp>` on, as they were given.
    pub(crate) options: Vec<u32>,
}

impl ContextDefinition {
    /// A context of this type and nothing more.
    pub(crate) const fn of(pdn_type: PdnType) -> Self {
        Self { pdn_type, apn: None, options: Vec::new() }
    }
}

/// How a context proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Pap,
    Chap,
}

/// What `+CGAUTH` sets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) protocol: Protocol,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Credentials {
    /// As they travel: the password itself, or the answer to a challenge of the modem's own.
    fn sent(&self, rng: &mut Rng) -> Authentication {
        let user = self.user.clone();
        match self.protocol {
            Protocol::Pap => Authentication::Pap { user, password: self.password.clone() },
            Protocol::Chap => {
                let [identifier, challenge @ ..] = rng.octets::<17>();
                Authentication::chap(user, identifier, challenge.to_vec(), &self.password)
            }
        }
    }
}

impl Mobile {
    /// What a context asks the network for.
    pub(super) fn pdn_request(&mut self, cid: u8) -> PdnRequest {
        let definition = self.contexts().get(&cid);
        let request = match definition {
            Some(definition) => PdnRequest::new(definition.apn.clone(), definition.pdn_type),
            None => PdnRequest::new(None, PdnType::Ipv4),
        };
        let credentials = self.credentials(cid).cloned();
        // What the host of a data call said comes before what was set.
        let dialled = self.sessions.dial_credentials(cid).cloned();
        let authentication =
            dialled.or_else(|| credentials.map(|credentials| credentials.sent(&mut self.rng)));
        PdnRequest { authentication, ..request }
    }

    /// The /64 of a context's IPv6 address, once a router advertisement has told it.
    pub(crate) fn prefix(&self, cid: u8) -> Option<IpAddr> {
        self.prefixes.get(&cid).copied()
    }

    /// The whole addresses of a context: an IPv6 one is link-local until its prefix is known.
    pub(crate) fn addresses(&self, cid: u8) -> Vec<IpAddr> {
        let Some(grant) = self.context_grant(cid) else { return Vec::new() };
        let six = grant.address.interface().map(|interface| match self.prefix(cid) {
            Some(IpAddr::V6(prefix)) => interface.under(prefix),
            Some(IpAddr::V4(_)) | None => interface.link_local(),
        });
        grant.address.ipv4().map(IpAddr::V4).into_iter().chain(six.map(IpAddr::V6)).collect()
    }
}
