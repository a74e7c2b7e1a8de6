//! Answers on purpose.

use super::*;
use wire::cause::{CcCause, EmmCause, EsmCause};
use wire::nas::Reject;

fn inject(t: &mut Timeline, procedure: Procedure, answer: Answer, count: u32) {
    t.core.inject(Injection::new(procedure, answer, count, None).unwrap());
}

#[test]
fn an_attach_is_answered_as_ordered_and_then_as_usual() {
    let mut t = Timeline::new();
    let t3346 = Some(secs(600));
    inject(
        &mut t,
        Procedure::Attach,
        Answer::Emm(Reject::from(EmmCause::CONGESTION).with_back_off(t3346)),
        1,
    );
    inject(&mut t, Procedure::Attach, Answer::Esm { cause: EsmCause(33), t3396: None }, 1);
    inject(&mut t, Procedure::Attach, Answer::Silence, 1);
    let congestion =
        NasDown::AttachReject { reject: Reject::from(EmmCause::CONGESTION).with_back_off(t3346), esm: None };
    assert_eq!(t.try_attach(VOICE, FRANCE), congestion);
    let esm = NasDown::AttachReject { reject: EmmCause::ESM_FAILURE.into(), esm: Some(EsmCause(33)) };
    assert_eq!(t.try_attach(VOICE, FRANCE), esm);
    assert_eq!(t.ask(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Eps, no_apn())), []);
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachAccept { .. }));
    let notes = t.codes();
    assert_eq!(notes.iter().filter(|code| **code == "injected").count(), 3);
    assert_eq!(t.core.counters(&VOICE.imsi()).attach_requests.len(), 4);
}

#[test]
fn a_subscriber_alone_can_be_meant() {
    let mut t = Timeline::new();
    let answer = Answer::Emm(EmmCause::ILLEGAL_ME.into());
    t.core.inject(Injection::new(Procedure::Attach, answer, 9, Some(DATA.imsi())).unwrap());
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachAccept { .. }));
    assert!(matches!(t.try_attach(DATA, FRANCE), NasDown::AttachReject { .. }));
    t.core.clear_injections();
    assert!(matches!(t.try_attach(DATA, FRANCE), NasDown::AttachAccept { .. }));
}

#[test]
fn sessions_updates_and_calls_are_answered_as_ordered() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let t3396 = Some(secs(1800));
    inject(&mut t, Procedure::Pdn, Answer::Esm { cause: EsmCause::INSUFFICIENT_RESOURCES, t3396 }, 1);
    let answer = t.ask(VOICE, FRANCE, NasUp::PdnConnectivityRequest { pti: 4, pdn: apn("iot.public") });
    assert_eq!(answer, [NasDown::PdnConnectivityReject { pti: 4, cause: EsmCause(26), t3396 }]);
    inject(&mut t, Procedure::MoCall, Answer::Cc(CcCause::NETWORK_OUT_OF_ORDER), 1);
    let setup = || setup(&number("+33123456789"));
    let refused = [
        told(mo(0), CallContent::CallProceeding),
        told(mo(0), CallContent::Disconnect(CcCause::NETWORK_OUT_OF_ORDER)),
    ];
    assert_eq!(t.ask(VOICE, FRANCE, setup()), refused);
    t.up(VOICE, FRANCE, says(mo(0), CallContent::ReleaseComplete(CcCause::NETWORK_OUT_OF_ORDER)));
    inject(&mut t, Procedure::MoCall, Answer::Silence, 1);
    assert_eq!(t.ask(VOICE, FRANCE, setup()), []);
    let answer = Answer::Emm(EmmCause::IMPLICITLY_DETACHED.into());
    inject(&mut t, Procedure::TrackingAreaUpdate, answer, 1);
    let answer = t.ask(VOICE, FRANCE, Timeline::update(UpdateType::Periodic));
    assert_eq!(answer, [NasDown::TrackingAreaUpdateReject(EmmCause::IMPLICITLY_DETACHED.into())]);
    assert_eq!(t.core.registration(&VOICE.imsi()), None);
}

#[test]
fn emergencies_are_never_answered_on_purpose() {
    let mut t = Timeline::new();
    inject(&mut t, Procedure::Attach, Answer::Silence, 9);
    inject(&mut t, Procedure::MoCall, Answer::Silence, 9);
    let answer = t.ask(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Emergency, no_apn()));
    assert!(matches!(answer[..], [NasDown::AttachAccept { .. }]));
    let answer = t.ask(VOICE, FRANCE, says(mo(0), CallContent::EmergencySetup { dialled: number("112") }));
    assert_eq!(answer[0], told(mo(0), CallContent::CallProceeding));
}
