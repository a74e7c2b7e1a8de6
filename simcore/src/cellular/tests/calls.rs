//! Calls from setup to release, and who is refused for what.

use super::*;
use crate::cellular::calls::{HOME_DECISION, T301, T303, T305};
use wire::cause::{CcCause, EmmCause};

fn setup(called: &PhoneNumber) -> NasUp {
    NasUp::Setup { called: called.clone(), clir: false }
}

fn last_call(t: &Timeline) -> Call {
    t.core.calls().last().unwrap().1.clone()
}

fn ended(call: &Call) -> (CcCause, EndedBy) {
    match call.state {
        CallState::Ended { cause, by, .. } => (cause, by),
        CallState::Proceeding | CallState::Alerting | CallState::Active => panic!("{call:?}"),
    }
}

#[test]
fn a_call_between_devices_rings_connects_and_ends() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, SPAIN_BEST);
    t.codes();
    t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::CallProceeding]);
    assert_eq!(t.heard(OTHER), [NasDown::Setup { calling: Some(VOICE.msisdn()) }]);
    t.up(OTHER, SPAIN_BEST, NasUp::Alerting);
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::Alerting]);
    t.up(OTHER, SPAIN_BEST, NasUp::Connect);
    t.pass(secs(30));
    assert_eq!(t.heard(VOICE), [NasDown::Connect]);
    assert_eq!(last_call(&t).state, CallState::Active);
    t.up(VOICE, FRANCE, NasUp::Disconnect(CcCause::NORMAL_CLEARING));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::ReleaseComplete(CcCause::NORMAL_CLEARING)]);
    assert_eq!(t.heard(OTHER), [NasDown::Disconnect(CcCause::NORMAL_CLEARING)]);
    t.up(OTHER, SPAIN_BEST, NasUp::ReleaseComplete(CcCause::NORMAL_CLEARING));
    t.pass(T305 + secs(1));
    assert_eq!(t.heard(OTHER), [], "the release was complete");
    assert_eq!(ended(&last_call(&t)), (CcCause::NORMAL_CLEARING, EndedBy::Caller));
    assert_eq!(t.codes(), ["call-connected", "call-ended"]);
}

#[test]
fn a_device_that_does_not_release_is_released() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let now = t.now();
    let call = t.core.call(now, number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(1));
    let now = t.now();
    t.core.hang_up(now, call).unwrap();
    t.pass(secs(1));
    t.heard(VOICE);
    t.pass(T305);
    assert_eq!(t.heard(VOICE), [NasDown::ReleaseComplete(CcCause::RECOVERY_ON_TIMER)]);
    assert_eq!(t.core.hang_up(now, call), Err(ControlError::NothingToHangUp(call)));
}

#[test]
fn the_party_outside_takes_calls_as_it_is_told() {
    let rows = [
        (ExternalParty::Busy, CcCause::USER_BUSY, false),
        (ExternalParty::Rejects, CcCause::CALL_REJECTED, false),
        (ExternalParty::Unassigned, CcCause::UNASSIGNED_NUMBER, false),
        (ExternalParty::Clears(CcCause::NO_CIRCUIT), CcCause::NO_CIRCUIT, false),
        (ExternalParty::NoAnswer, CcCause::NO_ANSWER, true),
    ];
    for (behaviour, cause, rings) in rows {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        t.core.set_external(&number("0123456789"), behaviour.clone());
        t.up(VOICE, FRANCE, setup(&number("+33123456789")));
        t.pass(T301 - secs(1));
        let mut heard = t.heard(VOICE);
        t.pass(secs(3));
        heard.extend(t.heard(VOICE));
        let mut want = vec![NasDown::CallProceeding, NasDown::Disconnect(cause)];
        if rings {
            want.insert(1, NasDown::Alerting);
        } else {
            want.push(NasDown::ReleaseComplete(CcCause::RECOVERY_ON_TIMER));
        }
        assert_eq!(heard, want, "{behaviour:?}");
        assert_eq!(ended(&last_call(&t)).0, cause, "{behaviour:?}");
    }
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_external(&number("+33123456789"), ExternalParty::Answers { after: secs(7) });
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(7));
    assert_eq!(t.heard(VOICE), [NasDown::CallProceeding, NasDown::Alerting]);
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::Connect]);
    let call = t.core.calls().last().unwrap().0;
    let now = t.now();
    t.core.hang_up(now, call).unwrap();
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::Disconnect(CcCause::NORMAL_CLEARING)]);
    assert_eq!(ended(&last_call(&t)), (CcCause::NORMAL_CLEARING, EndedBy::Callee));
}

#[test]
fn a_data_only_profile_has_no_calls_in_either_direction() {
    let mut t = Timeline::new();
    t.attach(DATA, FRANCE);
    t.codes();
    let answer = t.ask(DATA, FRANCE, setup(&number("+33123456789")));
    assert_eq!(answer, [NasDown::CmServiceReject(EmmCause::SERVICE_OPTION_NOT_SUBSCRIBED)]);
    let now = t.now();
    t.core.call(now, number("+33123456789"), DATA.msisdn(), false);
    t.pass(secs(60));
    assert_eq!(t.heard(DATA), []);
    assert_eq!(ended(&last_call(&t)), (CcCause::BEARER_NOT_AUTHORIZED, EndedBy::Network));
    assert_eq!(t.codes(), ["call-refused-by-profile"; 2]);
}

#[test]
fn voice_barred_in_a_country_wins_over_the_whitelist() {
    let mut t = Timeline::new();
    t.core.set_voice_whitelist("acme", &[number("+33123456789")]).unwrap();
    let bar = Bearers { voice: true, ..Bearers::default() };
    t.core.set_roaming_control(Instant::ZERO, "acme", 214, bar).unwrap();
    t.attach(VOICE, SPAIN_BEST);
    t.codes();
    let answer = t.ask(VOICE, SPAIN_BEST, setup(&number("+33123456789")));
    assert_eq!(answer, [NasDown::CallProceeding, NasDown::Disconnect(CcCause::OPERATOR_DETERMINED_BARRING)]);
    t.up(VOICE, SPAIN_BEST, NasUp::ReleaseComplete(CcCause(8)));
    let now = t.now();
    t.core.call(now, number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE), []);
    assert_eq!(t.codes(), ["call-refused-by-roaming-control"; 2]);
}

#[test]
fn incoming_calls_barred_in_roaming_are_barred_there_only() {
    for (plmn, on, reached) in [(FRANCE, true, true), (SPAIN_BEST, true, false), (SPAIN_BEST, false, true)] {
        let mut t = Timeline::new();
        t.attach(VOICE, plmn);
        let now = t.now();
        t.core.set_service(now, &VOICE.imsi(), Service::BarIncomingInRoaming, on).unwrap();
        t.core.call(now, number("+33123456789"), VOICE.msisdn(), false);
        t.pass(secs(1));
        assert_eq!(!t.heard(VOICE).is_empty(), reached, "{plmn} {on}");
    }
}

#[test]
fn the_number_is_shown_or_withheld_as_the_services_say() {
    let rows = [
        ("shown", false, true, true, Some("+33639980001")),
        ("withheld on request", true, true, true, None),
        ("request not subscribed", true, false, true, Some("+33639980001")),
        ("called party without CLIP", false, true, false, None),
    ];
    for (name, asks, clir, clip, want) in rows {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        t.attach(OTHER, FRANCE);
        let now = t.now();
        t.core.set_service(now, &VOICE.imsi(), Service::Clir, clir).unwrap();
        t.core.set_service(now, &OTHER.imsi(), Service::Clip, clip).unwrap();
        t.up(VOICE, FRANCE, NasUp::Setup { called: OTHER.msisdn(), clir: asks });
        t.pass(secs(1));
        assert_eq!(t.heard(OTHER), [NasDown::Setup { calling: want.map(number) }], "{name}");
    }
}

#[test]
fn a_call_that_nobody_takes_ends_with_the_cause_of_where_it_stuck() {
    // (what the called device does, how long the call may last, what the caller hears)
    let mut t = Timeline::new();
    let caller = number("+33123456789");
    let mut now = t.now();
    t.core.call(now, caller.clone(), VOICE.msisdn(), false);
    assert_eq!(
        ended(&last_call(&t)),
        (CcCause::DESTINATION_OUT_OF_ORDER, EndedBy::Network),
        "not registered"
    );
    t.core.call(now, caller.clone(), number("+33600000000"), false);
    assert_eq!(ended(&last_call(&t)), (CcCause::UNASSIGNED_NUMBER, EndedBy::Network), "no such number");

    t.attach(VOICE, FRANCE);
    now = t.now();
    t.core.call(now, caller.clone(), VOICE.msisdn(), false);
    t.pass(HOME_DECISION + T303);
    assert_eq!(ended(&last_call(&t)), (CcCause::NO_USER_RESPONDING, EndedBy::Network), "T303");
    t.pass(T305);

    now = t.now();
    t.core.call(now, caller.clone(), VOICE.msisdn(), false);
    t.pass(secs(1));
    t.core.handle_undeliverable(t.now, VOICE.ue(), NasDown::Setup { calling: Some(caller.clone()) });
    assert_eq!(ended(&last_call(&t)), (CcCause::NO_USER_RESPONDING, EndedBy::Network), "paging");

    now = t.now();
    t.core.call(now, caller.clone(), VOICE.msisdn(), false);
    t.pass(secs(1));
    t.up(VOICE, FRANCE, NasUp::Alerting);
    t.pass(T301);
    assert_eq!(ended(&last_call(&t)), (CcCause::NO_ANSWER, EndedBy::Network), "T301, and no voice mail");
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE).last(), Some(&NasDown::Disconnect(CcCause::RECOVERY_ON_TIMER)));

    now = t.now();
    t.core.call(now, caller, VOICE.msisdn(), false);
    t.pass(secs(1));
    t.up(VOICE, FRANCE, NasUp::ReleaseComplete(CcCause::USER_BUSY));
    assert_eq!(ended(&last_call(&t)), (CcCause::USER_BUSY, EndedBy::Callee), "refused by the device");
}

#[test]
fn a_device_has_one_call_at_a_time() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, FRANCE);
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(10));
    t.heard(VOICE);
    let answer = t.ask(VOICE, FRANCE, setup(&number("+33123456780")));
    assert_eq!(answer, [NasDown::CmServiceReject(EmmCause(34))]);
    t.up(OTHER, FRANCE, setup(&VOICE.msisdn()));
    t.pass(secs(2));
    assert_eq!(t.heard(VOICE), []);
    assert_eq!(t.heard(OTHER), [NasDown::CallProceeding, NasDown::Disconnect(CcCause::USER_BUSY)]);
}

#[test]
fn a_call_ends_when_its_device_is_gone() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, FRANCE);
    t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
    t.pass(secs(1));
    t.up(OTHER, FRANCE, NasUp::Connect);
    t.pass(secs(1));
    t.heard(VOICE);
    t.up(OTHER, FRANCE, NasUp::DetachRequest { switch_off: true });
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::Disconnect(CcCause::DESTINATION_OUT_OF_ORDER)]);
}

#[test]
fn a_call_needs_a_combined_attach_and_a_registration() {
    let mut t = Timeline::new();
    let answer = t.ask(VOICE, FRANCE, setup(&number("+33123456789")));
    assert_eq!(answer, [NasDown::CmServiceReject(EmmCause(4))]);
    t.ask(VOICE, FRANCE, Timeline::request(VOICE, AttachType::Eps, no_apn()));
    let answer = t.ask(VOICE, FRANCE, setup(&number("+33123456789")));
    assert_eq!(answer, [NasDown::CmServiceReject(EmmCause::CS_NOT_AVAILABLE)]);
}

#[test]
fn a_device_that_calls_itself_hears_that_it_is_busy() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.up(VOICE, FRANCE, setup(&VOICE.msisdn()));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [NasDown::CallProceeding, NasDown::Disconnect(CcCause::USER_BUSY)]);
    assert_eq!(ended(&last_call(&t)), (CcCause::USER_BUSY, EndedBy::Network));
}
