//! Calls from setup to release, and who is refused for what.

use super::*;
use crate::cellular::calls::{HOME_DECISION, T301, T303, T305, T308, T310, T313};
use wire::cause::{CcCause, EmmCause};

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
fn a_video_call_is_refused_and_no_device_hears_of_it() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    let call = t.core.video_call(t.now(), number("+33123456789"), VOICE.msisdn());
    t.pass(secs(60));
    assert_eq!(t.heard(VOICE), []);
    let state = t.core.call_state(call).unwrap();
    let cause = CcCause::BEARER_NOT_AUTHORIZED;
    assert!(
        matches!(state, CallState::Ended { cause: ended, refused: Some(Reason::VideoOff), .. } if *ended == cause)
    );
    let told = t.sentences();
    assert!(told.iter().any(|text| text.contains("video calls are no part of the service")), "{told:?}");
    t.core.call(t.now(), number("+33123456789"), VOICE.msisdn(), false);
    t.pass(secs(5));
    assert_eq!(t.heard(VOICE).len(), 1, "an ordinary call is offered");
}

#[test]
fn a_call_between_devices_rings_connects_and_ends() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, SPAIN_BEST);
    t.codes();
    t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), CallContent::CallProceeding)]);
    assert_eq!(t.heard(OTHER), [told(mt(0), CallContent::IncomingSetup { calling: Some(VOICE.msisdn()) })]);
    t.up(OTHER, SPAIN_BEST, says(mt(0), CallContent::Alerting));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), CallContent::Alerting)]);
    t.up(OTHER, SPAIN_BEST, says(mt(0), CallContent::Connect { connected: None }));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), connect(OTHER.msisdn().as_str()))]);
    assert_eq!(t.heard(OTHER), [told(mt(0), CallContent::ConnectAcknowledge)]);
    t.up(VOICE, FRANCE, says(mo(0), CallContent::ConnectAcknowledge));
    t.pass(secs(60));
    assert_eq!(last_call(&t).state, CallState::Active);
    t.up(VOICE, FRANCE, says(mo(0), CallContent::Disconnect(CcCause::NORMAL_CLEARING)));
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), CallContent::Release(CcCause::NORMAL_CLEARING))]);
    assert_eq!(t.heard(OTHER), [told(mt(0), CallContent::Disconnect(CcCause::NORMAL_CLEARING))]);
    t.up(VOICE, FRANCE, says(mo(0), CallContent::ReleaseComplete(CcCause::NORMAL_CLEARING)));
    t.up(OTHER, SPAIN_BEST, says(mt(0), CallContent::Release(CcCause::NORMAL_CLEARING)));
    t.pass(T305 + secs(1));
    assert_eq!(t.heard(OTHER), [told(mt(0), CallContent::ReleaseComplete(CcCause::NORMAL_CLEARING))]);
    assert_eq!(t.heard(VOICE), [], "the release was complete");
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
    let release = told(mt(0), CallContent::Release(CcCause::RECOVERY_ON_TIMER));
    t.pass(T305);
    assert_eq!(t.heard(VOICE), std::slice::from_ref(&release));
    t.pass(T308);
    assert_eq!(t.heard(VOICE), [release], "once more");
    t.pass(secs(300));
    assert_eq!(t.heard(VOICE), []);
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
        let mut want =
            vec![told(mo(0), CallContent::CallProceeding), told(mo(0), CallContent::Disconnect(cause))];
        if rings {
            want.insert(1, told(mo(0), CallContent::Alerting));
        } else {
            want.extend(vec![told(mo(0), CallContent::Release(CcCause::RECOVERY_ON_TIMER)); 2]);
        }
        assert_eq!(heard, want, "{behaviour:?}");
        assert_eq!(ended(&last_call(&t)).0, cause, "{behaviour:?}");
    }
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_external(&number("+33123456789"), ExternalParty::Answers { after: secs(7) });
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(7));
    assert_eq!(
        t.heard(VOICE),
        [told(mo(0), CallContent::CallProceeding), told(mo(0), CallContent::Alerting)]
    );
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), connect("+33123456789"))]);
    let call = t.core.calls().last().unwrap().0;
    let now = t.now();
    t.core.hang_up(now, call).unwrap();
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), CallContent::Disconnect(CcCause::NORMAL_CLEARING))]);
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
    assert_eq!(
        answer,
        [
            told(mo(0), CallContent::CallProceeding),
            told(mo(0), CallContent::Disconnect(CcCause::OPERATOR_DETERMINED_BARRING))
        ]
    );
    t.up(VOICE, SPAIN_BEST, says(mo(0), CallContent::ReleaseComplete(CcCause(8))));
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
        ("shown", Clir::Subscription, true, true, Some("+33639980001")),
        ("withheld on request", Clir::Invoked, true, true, None),
        ("shown on request", Clir::Suppressed, true, true, Some("+33639980001")),
        ("request not subscribed", Clir::Invoked, false, true, Some("+33639980001")),
        ("called party without CLIP", Clir::Subscription, true, false, None),
    ];
    for (name, asks, clir, clip, want) in rows {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        t.attach(OTHER, FRANCE);
        let now = t.now();
        t.core.set_service(now, &VOICE.imsi(), Service::Clir, clir).unwrap();
        t.core.set_service(now, &OTHER.imsi(), Service::Clip, clip).unwrap();
        t.up(VOICE, FRANCE, says(mo(0), CallContent::Setup { called: OTHER.msisdn(), clir: asks }));
        t.pass(secs(1));
        assert_eq!(
            t.heard(OTHER),
            [told(mt(0), CallContent::IncomingSetup { calling: want.map(number) })],
            "{name}"
        );
    }
}

#[test]
fn a_call_that_nobody_takes_ends_with_the_cause_of_where_it_stuck() {
    let caller = || number("+33123456789");
    let mut t = Timeline::new();
    let now = t.now();
    t.core.call(now, caller(), VOICE.msisdn(), false);
    let out_of_order = (CcCause::DESTINATION_OUT_OF_ORDER, EndedBy::Network);
    assert_eq!(ended(&last_call(&t)), out_of_order, "not registered");
    t.core.call(now, caller(), number("+33600000000"), false);
    assert_eq!(ended(&last_call(&t)), (CcCause::UNASSIGNED_NUMBER, EndedBy::Network), "no such number");

    // (what the called device says, how long the call lasts then, what the caller hears)
    let alerting = [CallContent::CallConfirmed, CallContent::Alerting];
    let no_user = CcCause::NO_USER_RESPONDING;
    let rows: [(&str, &[CallContent], Duration, CcCause, EndedBy); 4] = [
        ("T303", &[], HOME_DECISION + T303, no_user, EndedBy::Network),
        ("T310", &[CallContent::CallConfirmed], T310, no_user, EndedBy::Network),
        ("T301", &alerting, T301, CcCause::NO_ANSWER, EndedBy::Network),
        (
            "refused",
            &[CallContent::ReleaseComplete(CcCause::USER_BUSY)],
            Duration::ZERO,
            CcCause::USER_BUSY,
            EndedBy::Callee,
        ),
    ];
    for (name, says_what, after, cause, by) in rows {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        let now = t.now();
        let call = t.core.call(now, caller(), VOICE.msisdn(), false);
        if !says_what.is_empty() {
            t.pass(secs(1));
        }
        for content in says_what {
            t.up(VOICE, FRANCE, says(mt(0), content.clone()));
        }
        if after > Duration::ZERO {
            t.pass(after - Duration::from_millis(1));
            assert!(!matches!(t.core.call_state(call), Some(CallState::Ended { .. })), "{name}");
        }
        t.pass(secs(1));
        assert_eq!(ended(&last_call(&t)), (cause, by), "{name}");
        if name == "T301" {
            let disconnect = told(mt(0), CallContent::Disconnect(CcCause::RECOVERY_ON_TIMER));
            assert_eq!(t.heard(VOICE).last(), Some(&disconnect), "and no voice mail");
        }
    }

    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let now = t.now();
    t.core.call(now, caller(), VOICE.msisdn(), false);
    t.pass(secs(1));
    let paged = told(mt(0), CallContent::IncomingSetup { calling: Some(caller()) });
    t.core.handle_undeliverable(t.now, VOICE.ue(), paged);
    assert_eq!(ended(&last_call(&t)), (CcCause::NO_USER_RESPONDING, EndedBy::Network), "paging");
}

#[test]
fn an_answer_that_the_caller_does_not_acknowledge_ends_the_call() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(4));
    assert_eq!(last_call(&t).state, CallState::Active);
    t.pass(T313);
    assert_eq!(ended(&last_call(&t)), (CcCause::RECOVERY_ON_TIMER, EndedBy::Network));
}

#[test]
fn a_message_for_a_call_that_is_not_there_is_answered_so() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let answer = t.ask(VOICE, FRANCE, says(mo(4), CallContent::Hold));
    assert_eq!(answer, [told(mo(4), CallContent::ReleaseComplete(CcCause(81)))]);
    let answer = t.ask(VOICE, FRANCE, says(mo(4), CallContent::Release(CcCause::NORMAL_CLEARING)));
    assert_eq!(answer, [told(mo(4), CallContent::ReleaseComplete(CcCause::NORMAL_CLEARING))]);
}

#[test]
fn keys_are_kept_in_the_call_in_which_they_were_pressed() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.up(VOICE, FRANCE, setup(&number("+33123456789")));
    t.pass(secs(1));
    t.heard(VOICE);
    let refused = [told(mo(0), CallContent::StartDtmfReject(CcCause(98)))];
    assert_eq!(t.ask(VOICE, FRANCE, says(mo(0), CallContent::StartDtmf('9'))), refused);
    t.pass(secs(5));
    t.heard(VOICE);
    for key in ['1', '#'] {
        let started = [told(mo(0), CallContent::StartDtmfAcknowledge)];
        assert_eq!(t.ask(VOICE, FRANCE, says(mo(0), CallContent::StartDtmf(key))), started);
        let stopped = [told(mo(0), CallContent::StopDtmfAcknowledge)];
        assert_eq!(t.ask(VOICE, FRANCE, says(mo(0), CallContent::StopDtmf)), stopped);
    }
    assert_eq!(last_call(&t).keys, "1#");
}

#[test]
fn a_call_ends_when_its_device_is_gone() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, FRANCE);
    t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
    t.pass(secs(1));
    t.up(OTHER, FRANCE, says(mt(0), CallContent::Connect { connected: None }));
    t.pass(secs(1));
    t.heard(VOICE);
    t.up(OTHER, FRANCE, NasUp::DetachRequest { switch_off: true });
    t.pass(secs(1));
    assert_eq!(t.heard(VOICE), [told(mo(0), CallContent::Disconnect(CcCause::DESTINATION_OUT_OF_ORDER))]);
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
    assert_eq!(
        t.heard(VOICE),
        [told(mo(0), CallContent::CallProceeding), told(mo(0), CallContent::Disconnect(CcCause::USER_BUSY))]
    );
    assert_eq!(ended(&last_call(&t)), (CcCause::USER_BUSY, EndedBy::Network));
}
