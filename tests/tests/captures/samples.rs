//! One message of every kind, and the causes.

use wire::cause::{CcCause, EmmCause, EsmCause};
use wire::milenage::Response;
use wire::nas::{
    Ambr, AttachType, Authentication, BearerModification, BitRate, CallContent, CallMessage, Clir, Edrx,
    GprsTimer2, GprsTimer3, Guti, Identity, IdentityKind, InterfaceIdentifier, LocationUpdateType,
    MobilityGrant, MobilityProtocol, NasDown, NasUp, NetworkInformation, PdnAddress, PdnGrant, PdnRequest,
    PdnType, PowerSaving, Qci, Reject, ServiceType, Side, TransactionId, UpdateType,
};
use wire::ss::{Component, InvokeId, SsMessage, SsMessageKind, operation};
use wire::time::Duration;

const POWER: PowerSaving = PowerSaving {
    t3324: Some(GprsTimer2(0x04)),
    t3412_extended: Some(GprsTimer3(0x06)),
    edrx: Some(Edrx { cycle: 5, window: Some(3) }),
};

fn guti() -> Guti {
    Guti { plmn: "208-01".parse().unwrap(), group: 0x8001, code: 2, m_tmsi: 0xc000_0001 }
}

fn grant(guti: Option<Guti>) -> MobilityGrant {
    MobilityGrant {
        guti,
        areas: vec![100, 101],
        equivalents: vec!["208-10".parse().unwrap(), "310-410".parse().unwrap()],
        periodic: Duration::from_secs(3240),
        after_attempts: Some(Duration::from_secs(720)),
        power: POWER,
        cause: None,
    }
}

fn request(pdn_type: PdnType, authentication: Option<Authentication>) -> PdnRequest {
    PdnRequest { authentication, ..PdnRequest::new(Some("iot.example".to_owned()), pdn_type) }
}

fn credentials() -> [Option<Authentication>; 3] {
    let (user, password) = ("meter".to_owned(), "hunter2".to_owned());
    let chap = Authentication::chap(user.clone(), 7, (0..16).collect(), "hunter2");
    [None, Some(Authentication::Pap { user, password }), Some(chap)]
}

fn granted(bearer: u8, address: PdnAddress) -> PdnGrant {
    PdnGrant {
        bearer,
        apn: "iot.example.mnc001.mcc208.gprs".to_owned(),
        address,
        dns: vec![[10, 10, 10, 10].into(), "2001:db8::1".parse().unwrap()],
        mtu: Some(1358),
        cause: Some(EsmCause::IPV4_ONLY),
        qci: Qci::BEST_EFFORT,
        ambr: None,
    }
}

const PROTOCOLS: [MobilityProtocol; 3] = [MobilityProtocol::Emm, MobilityProtocol::Mm, MobilityProtocol::Gmm];

const TYPES: [PdnType; 3] = [PdnType::Ipv4, PdnType::Ipv6, PdnType::Ipv4v6];

fn addresses() -> [PdnAddress; 3] {
    let (address, interface) = ([10, 64, 0, 1].into(), InterfaceIdentifier([0, 0, 0, 0, 0, 0, 0, 9]));
    [PdnAddress::Ipv4(address), PdnAddress::Ipv6(interface), PdnAddress::Ipv4v6(address, interface)]
}

fn calls(sender: Side) -> Vec<CallMessage> {
    let number = || "+33639980002".parse().unwrap();
    let cause = CcCause::USER_BUSY;
    let mut contents = match sender {
        Side::Mobile => vec![
            CallContent::Setup { called: number(), clir: Clir::Subscription },
            CallContent::Setup { called: number(), clir: Clir::Invoked },
            CallContent::Setup { called: "*21#5".parse().unwrap(), clir: Clir::Suppressed },
            CallContent::EmergencySetup { dialled: "112".parse().unwrap() },
            CallContent::CallConfirmed,
            CallContent::Hold,
            CallContent::Retrieve,
            CallContent::StartDtmf('#'),
            CallContent::StopDtmf,
        ],
        Side::Network => vec![
            CallContent::IncomingSetup { calling: Some(number()) },
            CallContent::IncomingSetup { calling: None },
            CallContent::CallProceeding,
            CallContent::HoldAcknowledge,
            CallContent::HoldReject(cause),
            CallContent::RetrieveAcknowledge,
            CallContent::RetrieveReject(cause),
            CallContent::StartDtmfAcknowledge,
            CallContent::StartDtmfReject(cause),
            CallContent::StopDtmfAcknowledge,
            CallContent::Connect { connected: Some(number()) },
        ],
    };
    contents.extend([
        CallContent::Alerting,
        CallContent::Connect { connected: None },
        CallContent::ConnectAcknowledge,
    ]);
    for value in 0..=127 {
        let cause = CcCause(value);
        contents.extend([
            CallContent::Disconnect(cause),
            CallContent::Release(cause),
            CallContent::ReleaseComplete(cause),
        ]);
    }
    let transaction = TransactionId::new(Side::Mobile, 3).unwrap();
    let mut calls: Vec<CallMessage> =
        contents.into_iter().map(|content| CallMessage::new(transaction, content)).collect();
    calls.push(CallMessage::facility(transaction, &invoke()));
    calls
}

fn invoke() -> Component {
    Component::Invoke {
        id: InvokeId(1),
        linked: None,
        operation: operation::BUILD_MPTY,
        argument: Vec::new(),
    }
}

fn service(side: Side) -> Vec<u8> {
    let transaction = TransactionId::new(side, 0).unwrap();
    SsMessage::new(transaction, SsMessageKind::Register, invoke()).encode(side)
}

/// What a mobile says; in an order in which the later ones know what the earlier ones told.
pub fn up() -> Vec<NasUp> {
    let imsi = || Some("208010000000001".parse().unwrap());
    let imei = || "867997030000019".parse().unwrap();
    let mut all = Vec::new();
    for (attach_type, imsi, guti) in [
        (AttachType::Eps, imsi(), None),
        (AttachType::Emergency, None, None),
        (AttachType::Combined, imsi(), Some(guti())),
    ] {
        for (authentication, pdn_type) in credentials().into_iter().zip(TYPES) {
            let pdn = request(pdn_type, authentication);
            let (imsi, imei, power) = (imsi.clone(), imei(), POWER);
            all.push(NasUp::AttachRequest { imsi, imei, attach_type, pdn, guti, power });
        }
    }
    all.extend([NasUp::AttachComplete, NasUp::AuthenticationResponse { res: Response::Res([7; 8]) }]);
    for (cause, auts) in [(EmmCause::MAC_FAILURE, None), (EmmCause::SYNCH_FAILURE, Some([9; 14]))] {
        all.push(NasUp::AuthenticationFailure { cause, auts });
    }
    for update in [
        UpdateType::Area,
        UpdateType::Periodic,
        UpdateType::Combined { imsi_attach: false },
        UpdateType::Combined { imsi_attach: true },
    ] {
        all.push(NasUp::TrackingAreaUpdateRequest { update, bearers: vec![5, 6], power: POWER });
    }
    all.extend([ServiceType::MobileOriginated, ServiceType::PagingResponse].map(NasUp::ServiceRequest));
    for update in [LocationUpdateType::Normal, LocationUpdateType::Periodic, LocationUpdateType::ImsiAttach] {
        all.push(NasUp::LocationUpdatingRequest { imsi: imsi().unwrap(), imei: imei(), update });
    }
    all.push(NasUp::ImsiDetach);
    all.push(NasUp::GprsAttachRequest { imsi: imsi().unwrap(), imei: imei() });
    for periodic in [false, true] {
        all.push(NasUp::RoutingAreaUpdateRequest { periodic, contexts: vec![5] });
    }
    all.extend([true, false].map(|switch_off| NasUp::DetachRequest { switch_off }));
    for (pti, authentication) in (2..).zip(credentials()) {
        let pdn = request(TYPES[usize::from(pti) % 3], authentication);
        all.push(NasUp::PdnConnectivityRequest { pti, pdn });
    }
    all.push(NasUp::PdnDisconnectRequest { pti: 9, bearer: 6 });
    let (imsi, imei) = (imsi().unwrap(), imei());
    for identity in [
        None,
        Some(Identity::Imsi(imsi)),
        Some(Identity::Imei(imei.clone())),
        Some(Identity::Imeisv(imei, 12)),
    ] {
        all.push(NasUp::IdentityResponse(identity));
    }
    for value in 0..=127 {
        for protocol in PROTOCOLS {
            all.push(NasUp::MobilityStatus { protocol, cause: EmmCause(value) });
        }
        all.push(NasUp::EsmStatus { pti: 2, cause: EsmCause(value) });
        all.push(NasUp::BearerRejected { bearer: 6, cause: EsmCause(value) });
        all.push(NasUp::BearerModificationRejected { bearer: 6, cause: EsmCause(value) });
    }
    all.push(NasUp::BearerModificationAccepted { bearer: 6 });
    let submit = "09012500010007913336999800F019312A0B913336990800F20000A70CD4721BDE93C55C35D07309";
    all.push(NasUp::Sms(hex::decode(submit).unwrap()));
    all.push(NasUp::Ss(service(Side::Mobile)));
    all.extend(calls(Side::Mobile).into_iter().map(NasUp::Call));
    all
}

/// Names in seven bits and in UCS2, of every length of the last octet.
fn information() -> Vec<NetworkInformation> {
    let names = ["Orange F", "Orange", "O", "Seven77", "Оранж"];
    let told = names.map(|name| NetworkInformation {
        full_name: Some(name.to_owned()),
        short_name: Some(name.to_owned()),
        zone: Some(-14),
        time: Some("2026-11-21T10:20:30Z".parse().unwrap()),
        daylight_saving: Some(1),
    });
    told.into_iter().chain([NetworkInformation::default()]).collect()
}

/// Every class, and rates with and without the extension.
fn modifications() -> Vec<NasDown> {
    let rates = [1, 64, 8_640, 8_700, 17_000, 256_000].map(BitRate::new);
    let change = |qci| BearerModification { bearer: 6, qci, ambr: None, dns: Vec::new() };
    let mut all: Vec<_> = (5..=9).map(|class| change(Qci::new(class))).collect();
    for (down, up) in rates.into_iter().flatten().zip(rates.into_iter().flatten().rev()) {
        let dns = vec![[10, 10, 10, 12].into(), "2001:db8::2".parse().unwrap()];
        all.push(BearerModification { ambr: Some(Ambr { down, up }), dns, ..change(None) });
    }
    all.into_iter().map(NasDown::ModifyBearer).collect()
}

/// What a network says.
pub fn down() -> Vec<NasDown> {
    let mut all = Vec::new();
    for address in addresses() {
        let (pdn, grant) = (Some(granted(5, address)), grant(Some(guti())));
        all.push(NasDown::AttachAccept { pdn, esm: None, combined: true, grant });
        all.push(NasDown::PdnGranted { pti: 2, pdn: granted(6, address) });
    }
    for esm in [None, Some(EsmCause::MISSING_OR_UNKNOWN_APN)] {
        let grant = MobilityGrant { cause: Some(EmmCause::CS_NOT_AVAILABLE), ..grant(None) };
        all.push(NasDown::AttachAccept { pdn: None, esm, combined: false, grant });
    }
    all.push(NasDown::AuthenticationRequest { rand: [1; 16], autn: Some([2; 16]) });
    all.extend([IdentityKind::Imsi, IdentityKind::Imei, IdentityKind::Imeisv].map(NasDown::IdentityRequest));
    for told in information() {
        all.push(NasDown::EmmInformation(told.clone()));
        all.push(NasDown::MmInformation(told.clone()));
        all.push(NasDown::GmmInformation(told));
    }
    all.push(NasDown::AuthenticationReject);
    for combined in [true, false] {
        let (bearers, grant) = (vec![5, 6], grant(Some(guti())));
        all.push(NasDown::TrackingAreaUpdateAccept { combined, bearers, grant });
    }
    all.push(NasDown::LocationUpdatingAccept(grant(None)));
    all.push(NasDown::LocationUpdatingAccept(MobilityGrant::default()));
    all.push(NasDown::GprsAttachAccept(grant(Some(guti()))));
    for guti in [None, Some(guti())] {
        all.push(NasDown::RoutingAreaUpdateAccept { contexts: vec![5, 15], grant: grant(guti) });
    }
    all.extend([NasDown::ServiceAccept, NasDown::DetachAccept]);
    for value in 0..=127 {
        all.extend(refusals(value));
    }
    all.push(NasDown::DetachRequest { reattach: false, cause: None });
    all.extend(modifications());
    all.push(NasDown::Sms(vec![0x89, 0x04]));
    all.push(NasDown::Ss(service(Side::Network)));
    all.extend(calls(Side::Network).into_iter().map(NasDown::Call));
    all
}

/// Every message that has a cause, with this one.
fn refusals(value: u8) -> Vec<NasDown> {
    let back_off = value.is_multiple_of(3).then(|| Duration::from_secs(60 + u64::from(value)));
    let reject = Reject { cause: EmmCause(value), back_off, protected: value.is_multiple_of(2) };
    let cause = EsmCause(value);
    let status = |protocol| NasDown::MobilityStatus { protocol, cause: EmmCause(value) };
    let [emm, mm, gmm] = PROTOCOLS.map(status);
    vec![
        emm,
        mm,
        gmm,
        NasDown::AttachReject { reject, esm: (value == EmmCause::ESM_FAILURE.0).then_some(EsmCause(33)) },
        NasDown::TrackingAreaUpdateReject(reject),
        NasDown::ServiceReject(reject),
        NasDown::LocationUpdatingReject(reject),
        NasDown::GprsAttachReject(reject),
        NasDown::RoutingAreaUpdateReject(reject),
        NasDown::CmServiceReject(EmmCause(value)),
        NasDown::DetachRequest { reattach: true, cause: Some(EmmCause(value)) },
        NasDown::PdnConnectivityReject { pti: 2, cause, t3396: back_off },
        NasDown::PdnDisconnectReject { pti: 2, cause },
        NasDown::BearerDeactivated { pti: 0, bearer: 5, cause },
        NasDown::BearerDeactivated { pti: 3, bearer: 6, cause },
    ]
}
