//! Idle and connected, paging, power saving, and registration on GSM and UTRAN.

use super::*;
use wire::cause::EmmCause;
use wire::nas::{Edrx, LocationUpdateType, PowerSaving, Reject, ServiceType};

/// An operator that releases connections after ten seconds.
fn releasing() -> Timeline {
    let mut config = config();
    config.policy.inactivity = Some(secs(10));
    Timeline::with(config)
}

fn saving(t3324: &str, edrx: Option<Edrx>) -> PowerSaving {
    let t3324 = (!t3324.is_empty()).then(|| t3324.parse().unwrap());
    PowerSaving { t3324, t3412_extended: None, edrx }
}

fn attach_saving(t: &mut Timeline, dev: Dev, power: PowerSaving) -> PowerSaving {
    let (imsi, imei, pdn) = (Some(dev.imsi()), dev.imei(), no_apn());
    let attach_type = AttachType::Combined;
    let request = NasUp::AttachRequest { imsi, imei, attach_type, pdn, guti: None, power };
    let answer = t.ask(dev, FRANCE, request);
    let [NasDown::AttachAccept { grant, .. }] = &answer[..] else { panic!("{answer:?}") };
    t.up(dev, FRANCE, NasUp::AttachComplete);
    grant.power
}

fn location(dev: Dev) -> NasUp {
    let update = LocationUpdateType::ImsiAttach;
    NasUp::LocationUpdatingRequest { imsi: dev.imsi(), imei: dev.imei(), update }
}

fn gprs(dev: Dev) -> NasUp {
    NasUp::GprsAttachRequest { imsi: dev.imsi(), imei: dev.imei() }
}

#[test]
fn silence_releases_the_connection_and_a_message_pages() {
    let mut t = releasing();
    t.attach(VOICE, FRANCE);
    t.pass(secs(10));
    assert_eq!(t.releases.len(), 1);
    t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(1));
    assert_eq!((t.pages.len(), t.heard(VOICE)), (1, vec![]), "SETUP waits for the answer to paging");
    t.up(VOICE, FRANCE, NasUp::ServiceRequest(ServiceType::PagingResponse));
    t.pass(secs(1));
    assert!(matches!(t.heard(VOICE)[..], [NasDown::ServiceAccept, NasDown::Call(_)]));
    t.pass(secs(5));
    assert_eq!(t.pages.len(), 1, "paging ended with the answer");
}

#[test]
fn paging_is_repeated_once_and_then_the_call_fails() {
    let mut t = releasing();
    t.attach(VOICE, FRANCE);
    t.pass(secs(10));
    let id = t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(10));
    assert_eq!(t.pages.len(), 2);
    assert!(matches!(t.core.call_state(id), Some(CallState::Ended { .. })));
    assert_eq!(t.heard(VOICE), []);
}

#[test]
fn a_service_request_of_an_unknown_mobile_is_rejected_with_9_and_of_a_lost_one_with_10() {
    let mut t = Timeline::new();
    let request = || NasUp::ServiceRequest(ServiceType::MobileOriginated);
    let rejected = |cause: EmmCause| [NasDown::ServiceReject(cause.into())];
    assert_eq!(t.ask(VOICE, FRANCE, request()), rejected(EmmCause::IDENTITY_NOT_DERIVED));
    t.attach(VOICE, FRANCE);
    t.up(VOICE, FRANCE, NasUp::DetachRequest { switch_off: true });
    t.pass(secs(1));
    t.heard(VOICE);
    assert_eq!(t.ask(VOICE, FRANCE, request()), rejected(EmmCause::IMPLICITLY_DETACHED));
    t.attach(VOICE, FRANCE);
    t.core.forget(t.now(), &VOICE.imsi());
    assert_eq!(t.ask(VOICE, FRANCE, request()), rejected(EmmCause::IDENTITY_NOT_DERIVED));
}

#[test]
fn each_reject_can_be_ordered_for_each_procedure() {
    let procedures = [
        Procedure::Attach,
        Procedure::TrackingAreaUpdate,
        Procedure::Service,
        Procedure::LocationUpdate,
        Procedure::GprsAttach,
        Procedure::RoutingAreaUpdate,
    ];
    for procedure in procedures {
        for (cause, back_off, protected) in [(11, None, true), (22, Some(secs(90)), true), (3, None, false)] {
            let mut t = Timeline::new();
            t.attach(VOICE, FRANCE);
            let reject = Reject { cause: EmmCause(cause), back_off, protected };
            t.core.inject(Injection::new(procedure, Answer::Emm(reject), 1, None).unwrap());
            let (request, want) = match procedure {
                Procedure::Attach => (
                    Timeline::request(VOICE, AttachType::Combined, no_apn()),
                    NasDown::AttachReject { reject, esm: None },
                ),
                Procedure::TrackingAreaUpdate => {
                    (Timeline::update(UpdateType::Area), NasDown::TrackingAreaUpdateReject(reject))
                }
                Procedure::Service => {
                    (NasUp::ServiceRequest(ServiceType::MobileOriginated), NasDown::ServiceReject(reject))
                }
                Procedure::LocationUpdate => (location(VOICE), NasDown::LocationUpdatingReject(reject)),
                Procedure::GprsAttach => (gprs(VOICE), NasDown::GprsAttachReject(reject)),
                Procedure::RoutingAreaUpdate
                | Procedure::Detach
                | Procedure::Pdn
                | Procedure::PdnDisconnect
                | Procedure::MoSms
                | Procedure::MoCall
                | Procedure::Ss
                | Procedure::Paging
                | Procedure::Authentication
                | Procedure::Identity
                | Procedure::MtSms
                | Procedure::MtCall
                | Procedure::NetworkDetach
                | Procedure::Deactivation
                | Procedure::Modification => (
                    NasUp::RoutingAreaUpdateRequest { periodic: true, contexts: vec![5] },
                    NasDown::RoutingAreaUpdateReject(reject),
                ),
            };
            assert_eq!(t.ask(VOICE, FRANCE, request), [want], "{procedure} {reject}");
        }
    }
}

#[test]
fn power_saving_mode_is_granted_and_then_nothing_reaches_the_mobile() {
    let mut t = releasing();
    let asked = saving("00000100", None);
    assert_eq!(attach_saving(&mut t, VOICE, asked), asked);
    // Ten seconds to the release, eight of active time.
    t.pass(secs(30));
    let id = t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(1));
    assert!(matches!(t.core.call_state(id), Some(CallState::Ended { .. })));
    assert_eq!((t.pages.len(), t.heard(VOICE)), (0, vec![]));
    t.up(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    t.pass(secs(1));
    assert!(matches!(t.heard(VOICE)[..], [NasDown::TrackingAreaUpdateAccept { .. }]));
    t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(1));
    assert!(matches!(t.heard(VOICE)[..], [NasDown::Call(_)]), "awake until T3324 has run out again");
}

#[test]
fn pages_of_extended_reception_are_a_whole_number_of_cycles_apart() {
    let mut t = releasing();
    let edrx = Some(Edrx { cycle: 5, window: None });
    attach_saving(&mut t, VOICE, saving("", edrx));
    t.pass(secs(20));
    t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(200));
    let starts: Vec<u64> = t.pages.iter().map(|(at, _)| at.as_micros() / 1_000).collect();
    assert!(!starts.is_empty());
    let place = |at: u64| at % 81_920;
    assert!(starts.iter().all(|at| (place(*at) + 81_920 - place(starts[0])) % 81_920 < 5_120), "{starts:?}");
}

#[test]
fn both_domains_register_by_themselves_and_leave_by_themselves() {
    let mut t = Timeline::new();
    let answer = t.ask(VOICE, FRANCE, location(VOICE));
    let [NasDown::LocationUpdatingAccept(grant)] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(grant.periodic, secs(3600));
    assert!(t.core.registration(&VOICE.imsi()).unwrap().combined);
    let answer = t.ask(VOICE, FRANCE, gprs(VOICE));
    assert!(matches!(answer[..], [NasDown::GprsAttachAccept(_)]));
    let answer = t.ask(VOICE, FRANCE, NasUp::PdnConnectivityRequest { pti: 1, pdn: no_apn() });
    assert!(matches!(answer[..], [NasDown::PdnGranted { .. }]));
    assert_eq!(t.ask(VOICE, FRANCE, NasUp::DetachRequest { switch_off: false }), [NasDown::DetachAccept]);
    assert!(t.core.sessions(&VOICE.imsi()).is_empty());
    assert!(t.core.registration(&VOICE.imsi()).is_some(), "circuit-switched services stay");
    t.up(VOICE, FRANCE, NasUp::ImsiDetach);
    assert!(t.core.registration(&VOICE.imsi()).is_none());
}

#[test]
fn sessions_go_along_to_another_technology_and_back() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let address = t.core.sessions(&VOICE.imsi())[0].address;
    t.ask(VOICE, FRANCE, location(VOICE));
    let answer = t.ask(VOICE, FRANCE, NasUp::RoutingAreaUpdateRequest { periodic: false, contexts: vec![5] });
    let [NasDown::RoutingAreaUpdateAccept { contexts, .. }] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(*contexts, [5]);
    let update = Timeline::update(UpdateType::Combined { imsi_attach: true });
    let answer = t.ask(VOICE, FRANCE, update);
    let [NasDown::TrackingAreaUpdateAccept { combined: true, bearers, .. }] = &answer[..] else {
        panic!("{answer:?}")
    };
    assert_eq!(*bearers, [5]);
    assert_eq!(t.core.sessions(&VOICE.imsi())[0].address, address);
}

#[test]
fn a_bearer_that_the_mobile_does_not_have_is_gone() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let (update, power) = (UpdateType::Periodic, PowerSaving::default());
    let answer =
        t.ask(VOICE, FRANCE, NasUp::TrackingAreaUpdateRequest { update, bearers: Vec::new(), power });
    let [NasDown::TrackingAreaUpdateAccept { bearers, .. }] = &answer[..] else { panic!("{answer:?}") };
    assert!(bearers.is_empty() && t.core.sessions(&VOICE.imsi()).is_empty());
}

#[test]
fn the_questions_of_an_attach_are_asked_on_every_technology() {
    let mut t = Timeline::new();
    let reject = Reject::from(EmmCause::PLMN_NOT_ALLOWED);
    assert_eq!(t.ask(VOICE, SPAIN_STRANGER, location(VOICE)), [NasDown::LocationUpdatingReject(reject)]);
    assert_eq!(t.ask(VOICE, SPAIN_STRANGER, gprs(VOICE)), [NasDown::GprsAttachReject(reject)]);
    t.core.set_steering(Steering { enabled: true, rejects: 1, ..Steering::default() });
    let steered = Reject::from(EmmCause::NETWORK_FAILURE);
    assert_eq!(t.ask(VOICE, SPAIN_PARTNER, location(VOICE)), [NasDown::LocationUpdatingReject(steered)]);
    assert!(matches!(t.ask(VOICE, SPAIN_PARTNER, location(VOICE))[..], [NasDown::LocationUpdatingAccept(_)]));
}

#[test]
fn half_an_acceptance_has_its_cause() {
    let mut t = Timeline::new();
    let answer = Answer::EpsOnly(EmmCause::CS_NOT_AVAILABLE);
    t.core.inject(Injection::new(Procedure::Attach, answer, 1, None).unwrap());
    let NasDown::AttachAccept { combined: false, grant, pdn: Some(_), .. } = t.try_attach(VOICE, FRANCE)
    else {
        panic!("no attach accept")
    };
    assert_eq!(grant.cause, Some(EmmCause::CS_NOT_AVAILABLE));
    assert!(!t.core.registration(&VOICE.imsi()).unwrap().combined);
}
