//! What Wireshark calls each message.

use wire::air::cellular::Rat;
use wire::nas::{CallContent, MobilityProtocol, NasDown, NasUp};

/// On E-UTRAN, and elsewhere.
type Names = (&'static str, &'static str);

fn at(rat: Rat, (eps, other): Names) -> &'static str {
    if rat == Rat::Eutran { eps } else { other }
}

pub fn up(rat: Rat, message: &NasUp) -> &'static str {
    let both = |name| (name, name);
    let names = match message {
        NasUp::AttachRequest { .. } => both("Attach request, PDN connectivity request"),
        NasUp::AttachComplete => ("Attach complete", "(GMM) Attach Complete"),
        NasUp::AuthenticationResponse { .. } => ("Authentication response", "Authentication"),
        NasUp::AuthenticationFailure { .. } => ("Authentication failure", "Authentication"),
        NasUp::TrackingAreaUpdateRequest { .. } => both("Tracking area update request"),
        NasUp::ServiceRequest(_) => ("Service request", "(GMM) Service Request"),
        NasUp::LocationUpdatingRequest { .. } => both("(MM) Location Updating Request"),
        NasUp::ImsiDetach => both("(MM) IMSI Detach Indication"),
        NasUp::GprsAttachRequest { .. } => both("(GMM) Attach Request"),
        NasUp::RoutingAreaUpdateRequest { .. } => both("(GMM) Routing Area Update Request"),
        NasUp::DetachRequest { .. } => ("Detach request", "(GMM) Detach Request"),
        NasUp::PdnConnectivityRequest { .. } => {
            ("PDN connectivity request", "(SM) Activate PDP Context Request")
        }
        NasUp::PdnDisconnectRequest { .. } => {
            ("PDN disconnect request", "(SM) Deactivate PDP Context Request")
        }
        NasUp::Sms(_) => {
            ("Uplink NAS transport(DTAP) (SMS) CP-DATA (RP) RP-DATA", "(SMS) CP-DATA (RP) RP-DATA")
        }
        NasUp::Ss(_) => both("(SS) Register"),
        NasUp::Call(message) => both(call(&message.content)),
        NasUp::IdentityResponse(_) => ("Identity response", "Identity Response"),
        NasUp::MobilityStatus { protocol, .. } => both(status(*protocol)),
        NasUp::EsmStatus { .. } => ("ESM status", "(SM) SM Status"),
        NasUp::BearerRejected { .. } => ("Activate default EPS bearer context reject", "(SM) SM Status"),
        NasUp::BearerModificationAccepted { .. } => {
            ("Modify EPS bearer context accept", "(SM) Modify PDP Context Accept")
        }
        NasUp::BearerModificationRejected { .. } => ("Modify EPS bearer context reject", "(SM) SM Status"),
    };
    at(rat, names)
}

pub fn down(rat: Rat, message: &NasDown) -> &'static str {
    let both = |name| (name, name);
    let names = match message {
        NasDown::AttachAccept { pdn: Some(_), .. } => {
            both("Attach accept, Activate default EPS bearer context request")
        }
        NasDown::AttachAccept { esm: Some(_), .. } => both("Attach accept, PDN connectivity reject"),
        NasDown::AttachAccept { .. } => both("Attach accept, ESM dummy message"),
        NasDown::AttachReject { .. } => both("Attach reject"),
        NasDown::AuthenticationRequest { .. } => ("Authentication request", "Authentication"),
        NasDown::AuthenticationReject => ("Authentication reject", "Authentication"),
        NasDown::TrackingAreaUpdateAccept { .. } => both("Tracking area update accept"),
        NasDown::TrackingAreaUpdateReject(_) => both("Tracking area update reject"),
        NasDown::ServiceAccept => ("Service accept", "(GMM) Service Accept"),
        NasDown::ServiceReject(_) => ("Service reject", "(GMM) Service Reject"),
        NasDown::LocationUpdatingAccept(_) => both("(MM) Location Updating Accept"),
        NasDown::LocationUpdatingReject(_) => both("(MM) Location Updating Reject"),
        NasDown::GprsAttachAccept(_) => both("(GMM) Attach Accept"),
        NasDown::GprsAttachReject(_) => both("(GMM) Attach Reject"),
        NasDown::RoutingAreaUpdateAccept { .. } => both("(GMM) Routing Area Update Accept"),
        NasDown::RoutingAreaUpdateReject(_) => both("(GMM) Routing Area Update Reject"),
        NasDown::DetachAccept => ("Detach accept", "(GMM) Detach Accept"),
        NasDown::DetachRequest { .. } => ("Detach request", "(GMM) Detach Request"),
        NasDown::PdnGranted { .. } => {
            ("Activate default EPS bearer context request", "(SM) Activate PDP Context Accept")
        }
        NasDown::PdnConnectivityReject { .. } => {
            ("PDN connectivity reject", "(SM) Activate PDP Context Reject")
        }
        NasDown::BearerDeactivated { pti: 0, .. } => {
            ("Deactivate EPS bearer context request", "(SM) Deactivate PDP Context Request")
        }
        NasDown::BearerDeactivated { .. } => {
            ("Deactivate EPS bearer context request", "(SM) Deactivate PDP Context Accept")
        }
        NasDown::ModifyBearer(_) => ("Modify EPS bearer context request", "(SM) Modify PDP Context Request"),
        NasDown::PdnDisconnectReject { .. } => ("PDN disconnect reject", "(SM) SM Status"),
        NasDown::Sms(_) => ("Downlink NAS transport(DTAP) (SMS) CP-ACK", "(SMS) CP-ACK"),
        NasDown::Ss(_) => both("(SS) Register"),
        NasDown::CmServiceReject(_) => both("(MM) CM Service Reject"),
        NasDown::Call(message) => both(call(&message.content)),
        NasDown::MobilityStatus { protocol, .. } => both(status(*protocol)),
        NasDown::IdentityRequest(_) => ("Identity request", "Identity Request"),
        NasDown::EmmInformation(_) => both("EMM information"),
        NasDown::MmInformation(_) => both("(MM) MM Information"),
        NasDown::GmmInformation(_) => both("(GMM) GMM Information"),
    };
    at(rat, names)
}

fn status(protocol: MobilityProtocol) -> &'static str {
    match protocol {
        MobilityProtocol::Emm => "EMM status",
        MobilityProtocol::Mm => "MM Status",
        MobilityProtocol::Gmm => "GMM Status",
    }
}

fn call(content: &CallContent) -> &'static str {
    match content {
        CallContent::Setup { .. } | CallContent::IncomingSetup { .. } => "(CC) Setup",
        CallContent::EmergencySetup { .. } => "(CC) Emergency Setup",
        CallContent::CallConfirmed => "(CC) Call Confirmed",
        CallContent::CallProceeding => "(CC) Call Proceeding",
        CallContent::Alerting => "(CC) Alerting",
        CallContent::Connect { .. } => "(CC) Connect",
        CallContent::ConnectAcknowledge => "(CC) Connect Acknowledge",
        CallContent::Disconnect(_) => "(CC) Disconnect",
        CallContent::Release(_) => "(CC) Release",
        CallContent::ReleaseComplete(_) => "(CC) Release Complete",
        CallContent::Facility => "(CC) Facility",
        CallContent::Hold => "(CC) Hold",
        CallContent::HoldAcknowledge => "(CC) Hold Acknowledge",
        CallContent::HoldReject(_) => "(CC) Hold Reject",
        CallContent::Retrieve => "(CC) Retrieve",
        CallContent::RetrieveAcknowledge => "(CC) Retrieve Acknowledge",
        CallContent::RetrieveReject(_) => "(CC) Retrieve Reject",
        CallContent::StartDtmf(_) => "(CC) Start DTMF",
        CallContent::StartDtmfAcknowledge => "(CC) Start DTMF Acknowledge",
        CallContent::StartDtmfReject(_) => "(CC) Start DTMF Reject",
        CallContent::StopDtmf => "(CC) Stop DTMF",
        CallContent::StopDtmfAcknowledge => "(CC) Stop DTMF Acknowledge",
    }
}
