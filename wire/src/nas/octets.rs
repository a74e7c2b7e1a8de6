//! The octets of the typed messages, as they would cross the air: for captures (TS 24.301 clause 8, TS 24.008 clause 9).
//!
//! A message says no more than the parties exchanged. What an element must hold and no typed message has (old identity,
//! transaction, area) is taken from what the same mobile said before; where nobody said it, the element holds the value
//! that stands for "none". The one thing withheld is a PAP password: its characters are replaced by asterisks.
//!
//! On E-UTRAN these are EMM and ESM messages, on GSM and UTRAN those of MM, GMM and SM. Calls and supplementary services
//! are messages of TS 24.008 everywhere.

mod call;
mod element;
mod emm;
mod esm;
mod gmm;
mod inquiry;
mod mm;
mod sm;

#[cfg(test)]
mod tests;

use super::MobilityProtocol as Mobility;
use super::{CallContent, CallMessage, Guti, MobilityGrant, NasDown, NasUp, Side};
use crate::air::cellular::{CellId, Rat};
use crate::cause::EmmCause;
use crate::id::{Imei, Imsi};
use sm::Transactions;

/// How the octets of a message are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framing {
    /// EMM or ESM without a security header (TS 24.301 9.1).
    EpsPlain,
    /// EMM with a security header: SERVICE REQUEST, which has no other form.
    EpsSecured,
    /// Layer 3 of GSM and UTRAN (TS 24.007 11.2).
    Layer3,
}

/// A message as octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Octets {
    /// How they begin.
    pub framing: Framing,
    /// The octets, from the protocol discriminator on.
    pub octets: Vec<u8>,
}

impl Octets {
    const fn eps(octets: Vec<u8>) -> Self {
        Self { framing: Framing::EpsPlain, octets }
    }

    const fn layer3(octets: Vec<u8>) -> Self {
        Self { framing: Framing::Layer3, octets }
    }
}

fn status(of: Mobility, cause: EmmCause) -> Octets {
    let octets = inquiry::status(of, cause);
    if of == Mobility::Emm { Octets::eps(octets) } else { Octets::layer3(octets) }
}

/// Turns the messages of one mobile into octets, in the order in which they crossed the air.
#[derive(Clone, Debug)]
pub struct Encoder {
    cell: CellId,
    rat: Rat,
    imsi: Option<Imsi>,
    imei: Option<Imei>,
    guti: Option<Guti>,
    /// Where the mobile was last accepted.
    area: Option<CellId>,
    /// Whether the registration includes circuit-switched services.
    combined: bool,
    /// Whether the last registration procedure was one of the packet domain.
    packet_domain: bool,
    /// The key of the last START DTMF, which its acknowledgement repeats.
    key: Option<char>,
    /// The bearer that the last ATTACH ACCEPT brought.
    default_bearer: Option<u8>,
    transactions: Transactions,
}

impl Encoder {
    /// For a mobile that has said nothing yet, on this cell.
    #[must_use]
    pub const fn new(rat: Rat, cell: CellId) -> Self {
        Self {
            cell,
            rat,
            imsi: None,
            imei: None,
            guti: None,
            area: None,
            combined: false,
            packet_domain: false,
            key: None,
            default_bearer: None,
            transactions: Transactions::new(),
        }
    }

    /// The mobile uses another cell.
    pub const fn move_to(&mut self, rat: Rat, cell: CellId) {
        self.rat = rat;
        self.cell = cell;
    }

    fn on_lte(&self) -> bool {
        self.rat == Rat::Eutran
    }

    /// EMM octets on E-UTRAN, layer 3 octets elsewhere.
    fn either(&self, eps: impl FnOnce(&Self) -> Vec<u8>, layer3: impl FnOnce(&Self) -> Vec<u8>) -> Octets {
        if self.on_lte() { Octets::eps(eps(self)) } else { Octets::layer3(layer3(self)) }
    }

    /// The protocol of mobility management that the last registration used here.
    fn speaking(&self) -> Mobility {
        match (self.on_lte(), self.packet_domain) {
            (true, _) => Mobility::Emm,
            (false, true) => Mobility::Gmm,
            (false, false) => Mobility::Mm,
        }
    }

    fn mobility(&self, octets: Vec<u8>) -> Octets {
        if self.on_lte() { Octets::eps(octets) } else { Octets::layer3(octets) }
    }

    /// Short message octets: in a transport message on E-UTRAN, bare elsewhere.
    fn sms(&self, cp: &[u8], transport: u8) -> Octets {
        self.either(|_| emm::transport(transport, cp), |_| cp.to_vec())
    }

    /// A message from the mobile.
    pub fn up(&mut self, message: &NasUp) -> Octets {
        self.hear_up(message);
        match message {
            NasUp::AttachRequest { attach_type, pdn, power, .. } => {
                Octets::eps(emm::attach_request(self, *attach_type, pdn, power))
            }
            NasUp::AttachComplete => self.either(emm::attach_complete, |_| gmm::attach_complete()),
            NasUp::AuthenticationResponse { res } => {
                self.either(|_| emm::authentication_response(res), |own| mm::response(own.packet_domain, res))
            }
            NasUp::AuthenticationFailure { cause, auts } => self.either(
                |_| emm::authentication_failure(*cause, *auts),
                |own| mm::failure(own.packet_domain, *cause, *auts),
            ),
            NasUp::TrackingAreaUpdateRequest { update, bearers, power } => {
                Octets::eps(emm::update_request(self, *update, bearers, power))
            }
            NasUp::ServiceRequest(_) if self.on_lte() => {
                Octets { framing: Framing::EpsSecured, octets: emm::service_request() }
            }
            NasUp::ServiceRequest(kind) => Octets::layer3(gmm::service_request(self, *kind)),
            NasUp::LocationUpdatingRequest { update, .. } => {
                Octets::layer3(mm::update_request(self, *update))
            }
            NasUp::ImsiDetach => Octets::layer3(mm::imsi_detach(self)),
            NasUp::GprsAttachRequest { .. } => Octets::layer3(gmm::attach_request(self)),
            NasUp::RoutingAreaUpdateRequest { periodic, contexts } => {
                Octets::layer3(gmm::update_request(self, *periodic, contexts))
            }
            NasUp::DetachRequest { switch_off } => {
                self.either(|own| emm::detach_request(own, *switch_off), |_| gmm::detach_request(*switch_off))
            }
            NasUp::PdnConnectivityRequest { pti, pdn } => {
                let ti = self.transactions.begun(*pti);
                self.either(|_| esm::connectivity_request(*pti, pdn, false), |_| sm::activate(ti, pdn))
            }
            NasUp::PdnDisconnectRequest { pti, bearer } => {
                let ti = self.transactions.ending(*bearer);
                self.either(|_| esm::disconnect_request(*pti, *bearer), |_| sm::deactivate_by_mobile(ti))
            }
            NasUp::Sms(cp) => self.sms(cp, emm::UPLINK_TRANSPORT),
            NasUp::Ss(octets) => Octets::layer3(octets.clone()),
            NasUp::Call(message) => Octets::layer3(call::encode(message, Side::Mobile, self.key)),
            NasUp::IdentityResponse(identity) => {
                self.mobility(inquiry::identity_response(self.speaking(), identity.as_ref()))
            }
            NasUp::MobilityStatus { protocol, cause } => status(*protocol, *cause),
            NasUp::EsmStatus { pti, cause } => {
                let ti = self.transactions.refused(*pti);
                self.either(|_| esm::status(*pti, *cause), |_| sm::status(ti, Side::Mobile, *cause))
            }
            NasUp::BearerRejected { bearer, cause } => {
                let ti = self.transactions.of_bearer(*bearer);
                self.either(
                    |_| esm::activate_default_reject(*bearer, *cause),
                    |_| sm::status(ti, Side::Mobile, *cause),
                )
            }
            NasUp::BearerModificationAccepted { bearer } => {
                let ti = self.transactions.of_bearer(*bearer);
                self.either(|_| esm::modify_accept(*bearer), |_| sm::modify_accept(ti))
            }
            NasUp::BearerModificationRejected { bearer, cause } => {
                let ti = self.transactions.of_bearer(*bearer);
                self.either(|_| esm::modify_reject(*bearer, *cause), |_| sm::status(ti, Side::Mobile, *cause))
            }
        }
    }

    /// A message from the network.
    pub fn down(&mut self, message: &NasDown) -> Octets {
        self.hear_down(message);
        match message {
            NasDown::AttachAccept { pdn, esm, combined, grant } => {
                Octets::eps(emm::attach_accept(self, pdn.as_ref(), *esm, *combined, grant))
            }
            NasDown::AttachReject { reject, esm } => Octets::eps(emm::attach_reject(reject, *esm)),
            NasDown::AuthenticationRequest { rand, autn } => self.either(
                |_| emm::authentication_request(rand, autn.as_ref()),
                |own| mm::challenge(own.packet_domain, rand, autn.as_ref()),
            ),
            NasDown::AuthenticationReject => self
                .either(|_| emm::authentication_reject(), |own| mm::authentication_reject(own.packet_domain)),
            NasDown::TrackingAreaUpdateAccept { combined, bearers, grant } => {
                Octets::eps(emm::update_accept(self, *combined, bearers, grant))
            }
            NasDown::TrackingAreaUpdateReject(reject) => Octets::eps(emm::update_reject(reject)),
            NasDown::ServiceAccept => self.either(|_| emm::service_accept(), |_| gmm::service_accept()),
            NasDown::ServiceReject(reject) => {
                self.either(|_| emm::service_reject(reject), |_| gmm::service_reject(reject))
            }
            NasDown::LocationUpdatingAccept(grant) => Octets::layer3(mm::update_accept(self, grant)),
            NasDown::LocationUpdatingReject(reject) => Octets::layer3(mm::update_reject(reject)),
            NasDown::GprsAttachAccept(grant) => Octets::layer3(gmm::attach_accept(self, grant)),
            NasDown::GprsAttachReject(reject) => Octets::layer3(gmm::attach_reject(reject)),
            NasDown::RoutingAreaUpdateAccept { contexts, grant } => {
                Octets::layer3(gmm::update_accept(self, contexts, grant))
            }
            NasDown::RoutingAreaUpdateReject(reject) => Octets::layer3(gmm::update_reject(reject)),
            NasDown::DetachAccept => self.either(|_| emm::detach_accept(), |_| gmm::detach_accept()),
            NasDown::DetachRequest { reattach, cause } => self.either(
                |_| emm::detach_by_network(*reattach, *cause),
                |_| gmm::detach_by_network(*reattach, *cause),
            ),
            NasDown::PdnGranted { pti, pdn } => {
                let ti = self.transactions.granted(*pti, pdn.bearer);
                self.either(|_| esm::activate_default(*pti, pdn), |_| sm::activate_accept(ti, pdn))
            }
            NasDown::PdnConnectivityReject { pti, cause, t3396 } => {
                let ti = self.transactions.refused(*pti);
                self.either(
                    |_| esm::connectivity_reject(*pti, *cause, *t3396),
                    |_| sm::activate_reject(ti, *cause, *t3396),
                )
            }
            NasDown::BearerDeactivated { pti, bearer, cause } => {
                let ti = self.transactions.ended(*bearer);
                self.either(|_| esm::deactivate(*pti, *bearer, *cause), |_| sm::deactivated(ti, *pti, *cause))
            }
            NasDown::ModifyBearer(change) => {
                let ti = self.transactions.of_bearer(change.bearer);
                self.either(|_| esm::modify(change), |_| sm::modify(ti, change))
            }
            NasDown::PdnDisconnectReject { pti, cause } => {
                let ti = self.transactions.last_ending();
                self.either(
                    |_| esm::disconnect_reject(*pti, *cause),
                    |_| sm::status(ti, Side::Network, *cause),
                )
            }
            NasDown::Sms(cp) => self.sms(cp, emm::DOWNLINK_TRANSPORT),
            NasDown::Ss(octets) => Octets::layer3(octets.clone()),
            NasDown::CmServiceReject(cause) => Octets::layer3(mm::service_reject(*cause)),
            NasDown::Call(message) => Octets::layer3(call::encode(message, Side::Network, self.key)),
            NasDown::IdentityRequest(kind) => {
                self.mobility(inquiry::identity_request(self.speaking(), *kind))
            }
            NasDown::MobilityStatus { protocol, cause } => status(*protocol, *cause),
            NasDown::EmmInformation(told) => Octets::eps(inquiry::information(Mobility::Emm, told)),
            NasDown::MmInformation(told) => Octets::layer3(inquiry::information(Mobility::Mm, told)),
            NasDown::GmmInformation(told) => Octets::layer3(inquiry::information(Mobility::Gmm, told)),
        }
    }

    /// What later messages of the mobile need of this one.
    fn hear_up(&mut self, message: &NasUp) {
        if let NasUp::AttachRequest { imsi, imei, guti, .. } = message {
            imsi.clone_into(&mut self.imsi);
            self.imei = Some(imei.clone());
            self.guti = *guti;
            self.transactions = Transactions::new();
        }
        if let NasUp::Call(CallMessage { content: CallContent::StartDtmf(key), .. }) = message {
            self.key = Some(*key);
        }
        if let NasUp::LocationUpdatingRequest { imsi, imei, .. } | NasUp::GprsAttachRequest { imsi, imei } =
            message
        {
            self.imsi = Some(imsi.clone());
            self.imei = Some(imei.clone());
            self.packet_domain = matches!(message, NasUp::GprsAttachRequest { .. });
        }
    }

    fn hear_down(&mut self, message: &NasDown) {
        if let NasDown::AttachAccept { pdn, combined, .. } = message {
            self.default_bearer = pdn.as_ref().map(|grant| grant.bearer);
            self.combined = *combined;
        }
        if let NasDown::AttachAccept { grant, .. } | NasDown::TrackingAreaUpdateAccept { grant, .. } = message
        {
            self.registered(grant);
        }
        if let NasDown::LocationUpdatingAccept(grant)
        | NasDown::GprsAttachAccept(grant)
        | NasDown::RoutingAreaUpdateAccept { grant, .. } = message
        {
            self.registered(grant);
        }
    }

    fn registered(&mut self, grant: &MobilityGrant) {
        self.area = Some(self.cell);
        self.guti = grant.guti.or(self.guti);
    }
}
